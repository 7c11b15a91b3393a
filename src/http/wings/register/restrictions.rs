//! Restrictions on the wire.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::{
        codes::RestrictionKind,
        restrictions::{self, NewRestriction, Restriction, RestrictionRefused},
    },
    values::{
        Fault, Fen, Id, Period,
        id::kind,
        period::{PeriodInput, calendar_day},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(impose).service(list).service(fetch).service(release);
}

impl From<RestrictionRefused> for Problem {
    fn from(reason: RestrictionRefused) -> Self {
        match reason {
            RestrictionRefused::NotFound => Self::new(Code::NotFound),
            RestrictionRefused::Outdated => Self::new(Code::PreconditionFailed),
            RestrictionRefused::Closed(status) => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，不能再设定限制；请选择仍在册的资产。",
                    "The asset is {status}; nothing can be laid on it any more.",
                )
                .put("status", status)
                .with("asset_status", status),
        }
    }
}

/// A restriction to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RestrictionRequest {
    /// The asset on which it lies.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much; absent where it secures no sum.
    amount_fen: Option<Fen>,
    /// From when until when.
    period: PeriodInput,
    /// The document behind it.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// The release of a restriction.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReleaseRequest {
    /// The day from which it no longer lies there; null where it was not released after all.
    #[schema(required, example = "2026-01-01")]
    released_on: Option<NaiveDate>,
}

/// A restriction on an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Restriction>,
    /// The asset on which it lies.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much.
    #[schema(required)]
    amount_fen: Option<Fen>,
    /// From when until when.
    period: Period,
    /// The document behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// The day from which it no longer lies there; null while it does.
    #[schema(required)]
    released_on: Option<NaiveDate>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

impl From<Restriction> for RestrictionResponse {
    fn from(it: Restriction) -> Self {
        Self {
            id: it.id,
            asset_id: it.asset_id,
            kind: it.kind,
            holder_id: it.holder_id,
            amount_fen: it.amount,
            period: it.period,
            document_id: it.document_id,
            released_on: it.released_on,
            version: it.version,
        }
    }
}

impl Resource for RestrictionResponse {
    fn location(&self) -> String {
        format!("/v1/restrictions/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a restriction on an asset.
#[utoipa::path(tag = "register", operation_id = "impose_restriction", security(("bearer" = ["restrictions:write"])), params(IdempotencyKey, DryRun),
    request_body = RestrictionRequest, responses(
    (status = 201, description = "The restriction", body = RestrictionResponse)))]
#[post("/v1/restrictions")]
async fn impose(act: Acting<RestrictionRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, _, caller, asked| {
        let restriction = NewRestriction {
            asset_id: asked.asset_id,
            kind: asked.kind,
            holder_id: asked.holder_id,
            amount: asked.amount_fen,
            period: asked.period.parse("/period")?,
            document_id: asked.document_id,
        };
        Done::created(&RestrictionResponse::from(restrictions::impose(unit, caller, &restriction)?))
    })
    .await
}

/// Of which asset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RestrictionsQuery {
    /// The asset.
    #[param(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Only restrictions that lie on it on this day; all that ever lay on it unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// The restrictions of an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionsResponse {
    /// The restrictions, in the order of their recording.
    items: Vec<RestrictionResponse>,
}

/// Lists the restrictions that lie on an asset, or ever lay on it.
#[utoipa::path(tag = "register", operation_id = "list_restrictions", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))), params(RestrictionsQuery), responses(
    (status = 200, description = "The restrictions", body = RestrictionsResponse)))]
#[get("/v1/restrictions")]
async fn list(asked: Reading<RestrictionsQuery>) -> Result<HttpResponse, Problem> {
    let known_at = asked.query.known_at;
    asked
        .compute_known(known_at, |unit, caller, known, query| {
            let found = restrictions::of_asset(unit, caller, query.asset_id, query.as_of, known)?;
            Ok(RestrictionsResponse { items: found.into_iter().map(RestrictionResponse::from).collect() })
        })
        .await
}

/// Shows a restriction.
#[utoipa::path(tag = "register", operation_id = "get_restriction", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The restriction"), KnownQuery), responses(
    (status = 200, description = "The restriction", body = RestrictionResponse)))]
#[get("/v1/restrictions/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<RestrictionResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_known(known_at, move |unit, caller, known| {
            Ok(restrictions::find(unit, caller, id, known)?.into())
        })
        .await
}

/// Releases a restriction, or takes a release back that was entered by mistake.
#[utoipa::path(tag = "register", operation_id = "release_restriction", security(("bearer" = ["restrictions:write"])),
    params(("id" = uuid::Uuid, Path, description = "The restriction"), DryRun, IfMatch), request_body = ReleaseRequest, responses(
    (status = 200, description = "The restriction as it is now", body = RestrictionResponse)))]
#[patch("/v1/restrictions/{id}")]
async fn release(request: HttpRequest, change: Changing<ReleaseRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let day = asked.released_on.map(calendar_day).transpose();
            let day = day.map_err(|reason| Fault::at("/released_on", reason))?;
            Done::changed(&RestrictionResponse::from(restrictions::release(unit, caller, id, seen, day)?))
        })
        .await
}
