//! Regions: the division codes that the register knows.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::Reading,
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::regions::{self, NewRegion, Prefix, Region, RegionRefused, Wanted},
    values::{Fault, Id, Reason, RegionCode, RegionLevel, RegionName, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch);
}

impl From<RegionRefused> for Problem {
    fn from(reason: RegionRefused) -> Self {
        match reason {
            RegionRefused::NotFound => Self::new(Code::NotFound),
            RegionRefused::AlreadyRecorded => {
                Self::new(Code::AlreadyRegistered).at(Fault::at("/code", Reason::OnRecord))
            }
        }
    }
}

/// A region to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RegionRequest {
    /// Its division code; the region one level up must be recorded before.
    code: RegionCode,
    /// Its name.
    name: RegionName,
}

/// A region.
#[derive(Debug, Serialize, ToSchema)]
struct RegionResponse {
    /// Its division code.
    code: RegionCode,
    /// Its name.
    #[schema(example = "东村")]
    name: String,
    /// Its level, told by the code.
    level: RegionLevel,
    /// The version of this record.
    #[schema(minimum = 1, example = 1)]
    version: i64,
}

impl From<Region> for RegionResponse {
    fn from(region: Region) -> Self {
        Self { code: region.code, name: region.name, level: region.level, version: region.version }
    }
}

impl Resource for RegionResponse {
    fn location(&self) -> String {
        format!("/v1/regions/{}", self.code)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(regions::subject(self.code))
    }
}

/// Records a region.
#[utoipa::path(tag = "register", operation_id = "record_region", security(("bearer" = ["regions:write"])),
    params(IdempotencyKey, DryRun), request_body = RegionRequest, responses(
    (status = 201, description = "The region", body = RegionResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`already_registered`: the code is recorded")))]
#[post("/v1/regions")]
async fn record(act: Acting<RegionRequest>) -> Result<HttpResponse, Problem> {
    act.perform(move |unit, _, caller, asked| {
        let region = NewRegion { code: asked.code, name: asked.name.clone() };
        Done::created(&RegionResponse::from(regions::record(unit, caller, &region)?))
    })
    .await
}

/// Which regions are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RegionsFilters {
    /// Only regions whose code begins with these digits.
    #[param(min_length = 1, max_length = 12, pattern = "^[0-9]{1,12}$", example = "130828101")]
    prefix: Option<String>,
    /// Only regions of this level.
    #[param(inline)]
    level: Option<RegionLevel>,
}

impl Filters for RegionsFilters {}

/// Lists regions.
///
/// Those of the caller's region, and those in which it lies; by code.
#[utoipa::path(tag = "register", operation_id = "list_regions", security(("bearer" = ["regions:read"])), extensions(("x-may-lag" = json!(true))),
    params(RegionsFilters, PageQuery), responses(
    (status = 200, description = "Regions by code", body = ListResponse<RegionResponse>)))]
#[get("/v1/regions")]
async fn list(asked: Listing<RegionsFilters, RegionCode>) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| -> Result<_, Problem> {
                let prefix = it.filters.prefix.map(|it| Prefix::parse(&it, "/prefix")).transpose()?;
                let wanted = Wanted { prefix, level: it.filters.level, after: it.after };
                Ok(regions::list(unit, caller, &wanted, it.limit)?)
            },
            |it| it.code,
            RegionResponse::from,
        )
        .await
}

/// Shows a region.
#[utoipa::path(tag = "register", operation_id = "get_region", security(("bearer" = ["regions:read"])),
    params(("code" = String, Path, description = "The division code", example = "130828101201")), responses(
    (status = 200, description = "The region", body = RegionResponse)))]
#[get("/v1/regions/{code}")]
async fn fetch(asked: Reading) -> Result<Fetched<RegionResponse>, Problem> {
    let code = asked.request.match_info().query("code").parse().map_err(|_| Problem::new(Code::NotFound))?;
    asked.fetch(move |unit, caller, _| Ok(regions::find(unit, caller, &code)?.into())).await
}
