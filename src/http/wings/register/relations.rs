//! Relations: how parties stand to each other.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{relations, taken_back::Mistaken},
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    register::{
        codes::{Mistake, OfficerPost, RelationKind},
        parties::{
            self, WantedRelations,
            relations::{NewRelation, Relation},
        },
    },
    values::{Id, Share, Validity, id::kind, period::PeriodInput},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(end);
}

/// How a party stands to another.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RelationRequest {
    /// The other party; it may belong anywhere in the register.
    #[schema(value_type = uuid::Uuid)]
    to_id: Id<kind::Party>,
    /// How the party of the path stands to it: it is the shareholder, the member, the controlled one, the
    /// representative, the officer, the employee.
    kind: RelationKind,
    /// The share that a shareholder holds; for no other kind.
    share: Option<Share>,
    /// The post that an officer holds; for no other kind.
    post: Option<OfficerPost>,
    /// From when until when.
    period: PeriodInput,
    /// The paper that shows it. Needed where an organisation that has rights in assets is in the hands of the village or the state no longer
    /// by it, which an approver of the county says.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// What changes in a relation.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RelationChangeRequest {
    /// The first day on which it no longer is; null where it goes on after all. On its own first day it never was.
    #[schema(required, example = "2026-01-01")]
    ended_on: Option<NaiveDate>,
    /// Where days change that are over: what was wrong with the record. Needed once acts were looked at while it was there.
    mistake: Option<Mistake>,
    /// The paper that shows it. Needed where days change that are over, once acts were looked at while it was there.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// A relation between two parties.
#[derive(Debug, Serialize, ToSchema)]
struct RelationResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Relation>,
    /// The shareholder, the member, the controlled one, the representative, the officer, the employee.
    #[schema(value_type = uuid::Uuid)]
    from_id: Id<kind::Party>,
    /// The other.
    #[schema(value_type = uuid::Uuid)]
    to_id: Id<kind::Party>,
    /// How the first stands to the other.
    kind: RelationKind,
    /// A shareholder's share; null for other kinds.
    #[schema(required)]
    share: Option<Share>,
    /// An officer's post; null where it is not known, and for other kinds.
    #[schema(required)]
    post: Option<OfficerPost>,
    /// From when until when; on no day where it ends on its first, since it was entered by mistake.
    period: Validity,
    /// The version of this record; another for each end that it is given.
    #[schema(minimum = 1, example = 1)]
    version: i64,
}

impl From<Relation> for RelationResponse {
    fn from(relation: Relation) -> Self {
        Self {
            id: relation.id,
            from_id: relation.from_id,
            to_id: relation.to_id,
            kind: relation.kind,
            share: relation.share,
            post: relation.post,
            period: relation.period,
            version: relation.version,
        }
    }
}

impl Resource for RelationResponse {
    fn location(&self) -> String {
        format!("/v1/parties/{}/relations/{}", self.from_id, self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records how a party stands to another.
#[utoipa::path(tag = "register", operation_id = "relate_party", security(("bearer" = ["parties:write"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), IdempotencyKey, DryRun),
    request_body = RelationRequest, responses(
    (status = 201, description = "The relation", body = RelationResponse),
    (status = 409, description = "`already_registered`: the same relation is on record for some of these days; `four_eyes`: an organisation \
        that has rights in assets would be in public hands no longer, which an approver of the county says with `document_id`"),
    (status = 422, description = "`share_exceeded`: the shares in the other would sum to more than the whole")))]
#[post("/v1/parties/{id}/relations")]
async fn record(request: HttpRequest, act: Acting<RelationRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let relation = NewRelation {
            to_id: asked.to_id,
            kind: asked.kind,
            share: asked.share,
            post: asked.post,
            period: asked.period.parse("/period")?,
        };
        let it = relations::record(unit, caller, id, (&relation, asked.document_id))?;
        Done::created(&RelationResponse::from(it))
    })
    .await
}

/// Which relations of a party are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RelationsFilters {
    /// Only relations that hold on this day.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

impl Filters for RelationsFilters {
    fn known_at(&self) -> Option<DateTime<Utc>> {
        self.known_at
    }
}

/// Lists how a party stands to others, and others to it.
#[utoipa::path(tag = "register", operation_id = "list_relations", security(("bearer" = ["parties:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The party"), RelationsFilters, PageQuery), responses(
    (status = 200, description = "Relations in the order of their recording", body = ListResponse<RelationResponse>)))]
#[get("/v1/parties/{id}/relations")]
async fn list(asked: Listing<RelationsFilters, Id<kind::Relation>>) -> Result<HttpResponse, Problem> {
    let id: Id<kind::Party> = asked.id("id")?;
    asked
        .answer_whole(
            move |unit, caller, it| {
                let wanted = WantedRelations { as_of: it.filters.as_of, known: it.known, after: it.after };
                parties::relations(unit, caller, id, &wanted, it.limit)
            },
            |it| it.id,
            RelationResponse::from,
        )
        .await
}

/// Shows a relation.
#[utoipa::path(tag = "register", operation_id = "get_relation", security(("bearer" = ["parties:read"])),
    params(("id" = uuid::Uuid, Path, description = "A party that stands in it"),
        ("relation_id" = uuid::Uuid, Path, description = "The relation"), KnownQuery), responses(
    (status = 200, description = "The relation", body = RelationResponse)))]
#[get("/v1/parties/{id}/relations/{relation_id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<RelationResponse>, Problem> {
    let (id, relation_id) = (asked.id("id")?, asked.id("relation_id")?);
    let known_at = asked.query.known_at;
    asked
        .fetch_known(known_at, move |unit, caller, known| {
            Ok(parties::find_relation(unit, caller, id, relation_id, known)?.into())
        })
        .await
}

/// Says when a relation ended, or takes an end back that was entered by mistake.
///
/// One that ends on its first day never was. Where this says something else of days that are over, and acts of either party were looked at
/// while it was on record, an approver of the county says so who neither recorded it nor drafted them, with `mistake` and `document_id`; the
/// journal names the acts. Where the loss rules take the relation for no interest (an employee or a member of a village), only acts count
/// that name both parties.
#[utoipa::path(tag = "register", operation_id = "end_relation", security(("bearer" = ["parties:write"])),
    params(("id" = uuid::Uuid, Path, description = "The party from which the relation goes out"),
        ("relation_id" = uuid::Uuid, Path, description = "The relation"), DryRun, IfMatch),
    request_body = RelationChangeRequest, responses(
    (status = 200, description = "The relation as it is now", body = RelationResponse),
    (status = 409, description = "`already_registered`: the same relation is on record for some of these days; `four_eyes`: acts were looked at while it was there, this is about days that are over, and the caller recorded it, drafted one of them, or does not approve for the county"),
    (status = 422, description = "`share_exceeded`: the shares in the other would sum to more than the whole")))]
#[patch("/v1/parties/{id}/relations/{relation_id}")]
async fn end(request: HttpRequest, change: Changing<RelationChangeRequest>) -> Result<HttpResponse, Problem> {
    let (id, relation_id) = (id_in(&request, "id")?, id_in(&request, "relation_id")?);
    change
        .perform(move |unit, caller, seen, asked| {
            let mistaken = Mistaken { mistake: asked.mistake, document_id: asked.document_id };
            let ended = relations::end(unit, caller, (id, relation_id), seen, (asked.ended_on, &mistaken))?;
            Done::changed(&RelationResponse::from(ended))
        })
        .await
}
