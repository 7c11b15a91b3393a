//! Parties on the wire.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use crate::{
    http::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{Reading, id_in},
        cases::confined,
        paging::{ListResponse, Page},
        problem::{Code, Problem},
    },
    register::{
        codes::{PartyKind, RelationKind, Sector},
        identifiers::IdentifierScheme,
        parties::{self, ChangedParty, NewParty, NewRelation, Party, PartyError, Relation},
    },
    values::{Fault, Id, Period, Reason, RegionCode, Share, id::kind, period::PeriodInput},
};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(record).service(list).service(fetch).service(change).service(relate).service(relations);
}

impl From<PartyError> for Problem {
    fn from(error: PartyError) -> Self {
        match error {
            PartyError::NotFound => Self::new(Code::NotFound),
            PartyError::AlreadyRecorded => {
                Self::new(Code::AlreadyRegistered).at(Fault::at("/identifier/value", Reason::Duplicate))
            }
            PartyError::Outdated => Self::new(Code::PreconditionFailed),
            PartyError::Unsealed => Self::internal(PartyError::Unsealed),
            PartyError::Invalid(faults) => faults.into(),
            PartyError::Denied(denied) => denied.into(),
            PartyError::Storage(error) => error.into(),
        }
    }
}

/// What identifies a party.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentifierRequest {
    /// By which scheme: `uscc` (GB 32100-2015), `citizen_id` (GB 11643-1999), or `none`.
    scheme: IdentifierScheme,
    /// The identifier, with a right check character; absent with `none`.
    #[schema(min_length = 1, max_length = 18, example = "91350100M000100Y43")]
    value: Option<String>,
}

/// A party to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PartyRequest {
    /// What it is.
    kind: PartyKind,
    /// Its name.
    #[schema(min_length = 1, max_length = 200, example = "东村股份经济合作社")]
    name: String,
    /// Where it belongs.
    region_code: RegionCode,
    /// What identifies it.
    identifier: IdentifierRequest,
}

/// What changes in a party; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
struct PartyChangeRequest {
    /// A new name.
    #[schema(min_length = 1, max_length = 200, example = "东村股份经济合作联合社")]
    name: Option<String>,
    /// The day from which it no longer exists: from then on it can take no part in an act.
    #[schema(example = "2026-01-01")]
    ended_on: Option<NaiveDate>,
}

/// What identifies a party, as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
struct IdentifierResponse {
    /// By which scheme.
    scheme: IdentifierScheme,
    /// The identifier; that of a person is masked.
    #[schema(required, example = "91350100M000100Y43")]
    value: Option<String>,
}

/// A party: whoever can hold a right or a duty.
#[derive(Debug, Serialize, ToSchema)]
struct PartyResponse {
    /// The identifier in the register.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Party>,
    /// What it is.
    kind: PartyKind,
    /// Whose wealth it holds.
    sector: Sector,
    /// Its name.
    #[schema(example = "东村股份经济合作社")]
    name: String,
    /// Where it belongs.
    region_code: RegionCode,
    /// What identifies it.
    identifier: IdentifierResponse,
    /// The day from which it no longer exists; null while it does.
    #[schema(required)]
    ended_on: Option<NaiveDate>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<Party> for PartyResponse {
    fn from(party: Party) -> Self {
        Self {
            id: party.id,
            kind: party.kind,
            sector: party.sector,
            name: party.name,
            region_code: party.region_code,
            identifier: IdentifierResponse { scheme: party.scheme, value: party.identifier_shown },
            ended_on: party.ended_on,
            version: party.version,
            created_at: party.created_at,
        }
    }
}

impl Resource for PartyResponse {
    fn location(&self) -> String {
        format!("/v1/parties/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Records a party.
#[utoipa::path(tag = "register", operation_id = "record_party", security(("bearer" = ["parties:write"])), params(IdempotencyKey, DryRun),
    request_body = PartyRequest, responses(
    (status = 201, description = "The party", body = PartyResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`already_registered`: a party with this identifier is on record")))]
#[post("/v1/parties")]
async fn record(act: Acting<PartyRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, registry, caller, asked| {
        let party = NewParty {
            kind: asked.kind,
            name: asked.name.clone(),
            region_code: asked.region_code,
            scheme: asked.identifier.scheme,
            identifier: asked.identifier.value.clone(),
        };
        Done::created(&PartyResponse::from(parties::record(unit, caller, &registry.keys.vault, &party)?))
    })
    .await
}

/// Which parties are wanted.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PartiesQuery {
    /// Only parties whose name contains this.
    #[param(max_length = 100, example = "合作社")]
    q: Option<String>,
    /// Only parties of this kind.
    #[param(inline)]
    kind: Option<PartyKind>,
    /// Only parties of this region and everything under it.
    #[param(value_type = Option<String>, pattern = "^[1-9][0-9]{11}$", example = "130828101000")]
    region_code: Option<RegionCode>,
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists parties.
#[utoipa::path(tag = "register", operation_id = "list_parties", security(("bearer" = ["parties:read"])), params(PartiesQuery), responses(
    (status = 200, description = "Parties by region and then by the time of their recording", body = ListResponse<PartyResponse>)))]
#[get("/v1/parties")]
async fn list(asked: Reading<PartiesQuery>) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, request } = asked;
    let filters = (&query.q, query.kind, query.region_code);
    let page = Page::<(RegionCode, Id<kind::Party>)>::asked(
        "parties",
        &filters,
        query.limit,
        query.cursor.as_deref(),
    )?;
    let scope = confined(&caller, query.region_code)?;
    let wanted = parties::Wanted { q: query.q, kind: query.kind, after: page.after };
    let limit = page.look_for();
    let found =
        registry.storage.read(move |unit| parties::list(unit, &caller, &scope, &wanted, limit)).await?;
    page.answer(&request, found, |it| (it.region_code, it.id), PartyResponse::from)
}

/// Shows a party.
#[utoipa::path(tag = "register", operation_id = "get_party", security(("bearer" = ["parties:read"])),
    params(("id" = uuid::Uuid, Path, description = "The party")), responses(
    (status = 200, description = "The party", body = PartyResponse)))]
#[get("/v1/parties/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<PartyResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, _| Ok(parties::find(unit, caller, id)?.into())).await
}

/// Changes a party's name, or ends it.
#[utoipa::path(tag = "register", operation_id = "change_party", security(("bearer" = ["parties:write"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), IfMatch), request_body = PartyChangeRequest, responses(
    (status = 200, description = "The party as it is now", body = PartyResponse)))]
#[patch("/v1/parties/{id}")]
async fn change(request: HttpRequest, change: Changing<PartyChangeRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let changed = ChangedParty { name: asked.name.clone(), ended_on: asked.ended_on };
            Done::changed(&PartyResponse::from(parties::change(unit, caller, id, seen, &changed)?))
        })
        .await
}

/// A relation to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RelationRequest {
    /// The other party.
    #[schema(value_type = uuid::Uuid)]
    to_id: Id<kind::Party>,
    /// How the party of the path stands to the other.
    kind: RelationKind,
    /// A shareholder's share; only for shareholders, and needed for them.
    share: Option<Share>,
    /// From when until when.
    period: PeriodInput,
}

/// How a party stands to another.
#[derive(Debug, Serialize, ToSchema)]
struct RelationResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Relation>,
    /// The shareholder, the member, the controlled one, the representative.
    #[schema(value_type = uuid::Uuid)]
    from_id: Id<kind::Party>,
    /// The other.
    #[schema(value_type = uuid::Uuid)]
    to_id: Id<kind::Party>,
    /// How the first stands to the other.
    kind: RelationKind,
    /// A shareholder's share.
    #[schema(required)]
    share: Option<Share>,
    /// From when until when.
    period: Period,
}

impl From<Relation> for RelationResponse {
    fn from(it: Relation) -> Self {
        Self {
            id: it.id,
            from_id: it.from_id,
            to_id: it.to_id,
            kind: it.kind,
            share: it.share,
            period: it.period,
        }
    }
}

impl Resource for RelationResponse {
    fn location(&self) -> String {
        format!("/v1/parties/{}/relations", self.from_id)
    }

    fn version(&self) -> Option<i64> {
        None
    }
}

/// Records how a party stands to another.
#[utoipa::path(tag = "register", operation_id = "relate_parties", security(("bearer" = ["parties:write"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), IdempotencyKey, DryRun), request_body = RelationRequest, responses(
    (status = 201, description = "The relation", body = RelationResponse)))]
#[post("/v1/parties/{id}/relations")]
async fn relate(request: HttpRequest, act: Acting<RelationRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let relation = NewRelation {
            to_id: asked.to_id,
            kind: asked.kind,
            share: asked.share,
            period: asked.period.parse("/period")?,
        };
        Done::created(&RelationResponse::from(parties::relate(unit, caller, id, &relation)?))
    })
    .await
}

/// The relations of a party.
#[derive(Debug, Serialize, ToSchema)]
struct RelationsResponse {
    /// The relations, in the order of their recording.
    items: Vec<RelationResponse>,
}

/// Lists how a party stands to others, and others to it.
#[utoipa::path(tag = "register", operation_id = "list_relations", security(("bearer" = ["parties:read"])),
    params(("id" = uuid::Uuid, Path, description = "The party")), responses(
    (status = 200, description = "The relations", body = RelationsResponse)))]
#[get("/v1/parties/{id}/relations")]
async fn relations(asked: Reading) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    asked
        .compute(move |unit, caller, _| {
            let found = parties::relations(unit, caller, id)?;
            Ok(RelationsResponse { items: found.into_iter().map(RelationResponse::from).collect() })
        })
        .await
}
