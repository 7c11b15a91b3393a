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
        paging::{ListResponse, Page},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::regions::{self, NewRegion, Prefix, Region, RegionError, Wanted},
    values::{Fault, Id, Reason, RegionCode, RegionLevel, RegionName, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch);
}

impl From<RegionError> for Problem {
    fn from(error: RegionError) -> Self {
        match error {
            RegionError::NotFound => Self::new(Code::NotFound),
            RegionError::AlreadyRecorded => {
                Self::new(Code::AlreadyRegistered).at(Fault::at("/code", Reason::Duplicate))
            }
            RegionError::Invalid(faults) => faults.into(),
            RegionError::Denied(denied) => denied.into(),
            RegionError::Storage(error) => error.into(),
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
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RegionsQuery {
    /// Only regions whose code begins with these digits.
    #[param(min_length = 1, max_length = 12, pattern = "^[0-9]{1,12}$", example = "130828101")]
    prefix: Option<String>,
    /// Only regions of this level.
    #[param(inline)]
    level: Option<RegionLevel>,
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists regions.
///
/// Those of the caller's region, and those in which it lies; by code.
#[utoipa::path(tag = "register", operation_id = "list_regions", security(("bearer" = ["regions:read"])),
    params(RegionsQuery), responses(
    (status = 200, description = "Regions by code", body = ListResponse<RegionResponse>)))]
#[get("/v1/regions")]
async fn list(asked: Reading<RegionsQuery>) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, request } = asked;
    let filters = (&query.prefix, query.level);
    let page = Page::<RegionCode>::asked("regions", &filters, query.limit, query.cursor.as_deref())?;
    let prefix = query.prefix.map(|it| Prefix::parse(&it, "/prefix")).transpose()?;
    let wanted = Wanted { prefix, level: query.level, after: page.after };
    let limit = page.look_for();
    let found = registry.storage.read(move |unit| regions::list(unit, &caller, &wanted, limit)).await?;
    page.answer(&request, found, |it| it.code, RegionResponse::from)
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
