//! Holdings: what a party holds, directly and through organisations, and who stands behind an asset.

use actix_web::{HttpResponse, get, http::header::VARY};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        render::bods::{self, BodsStatement},
        shell::{
            ask::{Reading, settled},
            negotiation::{JSON, VARIES, preferred},
            problem::{Code, Problem},
            routes::Routes,
        },
    },
    register::{
        codes::RightKind,
        holdings::{
            self, Asked, Behind, Holdings, HoldingsRefused,
            model::{Bound, Explained, Held, HeldThrough, Owner, OwnersPath, TooMany},
        },
    },
    values::{Id, id::kind, share::Total},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(of_party).service(behind_asset);
}

impl From<HoldingsRefused> for Problem {
    fn from(reason: HoldingsRefused) -> Self {
        match reason {
            HoldingsRefused::NotFound => Self::new(Code::NotFound),
            HoldingsRefused::TooMany(too_many) => too_many.into(),
            HoldingsRefused::Rights(error) => error.into(),
        }
    }
}

impl From<TooMany> for Problem {
    fn from(TooMany(bound): TooMany) -> Self {
        let limit = bound.limit();
        let problem = Self::new(Code::AnswerTooLarge);
        let problem = match bound {
            Bound::Depth => problem.saying(
                "一次答复至多 {limit} 层持股；请从较近一层的企业查起。",
                "One answer has at most {limit} companies that hold each other in a row.",
            ),
            Bound::Shareholdings => problem.saying(
                "一次答复至多 {limit} 条持股关系；请缩小查询范围。",
                "One answer has at most {limit} shareholdings.",
            ),
            Bound::Rows => problem
                .saying("一次答复至多 {limit} 行；请缩小查询范围。", "One answer has at most {limit} rows."),
            Bound::Cycles => problem.saying(
                "一次答复至多 {limit} 个循环持股；请缩小查询范围。",
                "One answer has at most {limit} cycles of shareholdings.",
            ),
        };
        problem.put("limit", limit).with("limit", limit)
    }
}

/// About which day, as known at which instant, and about which right.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HoldingsQuery {
    /// The day on which rights and shareholdings hold; today unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// Only this one of the three rights.
    #[param(inline)]
    kind: Option<RightKind>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

impl From<&HoldingsQuery> for Asked {
    fn from(query: &HoldingsQuery) -> Self {
        Self { as_of: query.as_of, known_at: query.known_at, kind: query.kind }
    }
}

/// What a party holds itself.
#[derive(Debug, Serialize, ToSchema)]
struct DirectHoldingResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    kind: RightKind,
    /// How much of the whole right, granted and resting with the party together.
    share: Total,
}

impl From<Held> for DirectHoldingResponse {
    fn from(it: Held) -> Self {
        Self { asset_id: it.asset_id, kind: it.kind, share: it.share }
    }
}

/// What a party holds through others, along one path.
#[derive(Debug, Serialize, ToSchema)]
struct ThroughHoldingResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    kind: RightKind,
    /// How much of the whole right: the holder's share times the shares along the path, exactly.
    share: Total,
    /// From the company in which the party holds shares down to the holder of the right.
    #[schema(value_type = Vec<uuid::Uuid>)]
    path: Vec<Id<kind::Party>>,
}

impl From<HeldThrough> for ThroughHoldingResponse {
    fn from(it: HeldThrough) -> Self {
        Self { asset_id: it.asset_id, kind: it.kind, share: it.share, path: it.path }
    }
}

/// What a party holds in the assets of the caller's region.
#[derive(Debug, Serialize, ToSchema)]
struct HoldingsResponse {
    /// The party.
    #[schema(value_type = uuid::Uuid)]
    party_id: Id<kind::Party>,
    /// The day on which it holds this.
    as_of: NaiveDate,
    /// The instant at which the registry knew it.
    known_at: DateTime<Utc>,
    /// What it holds itself.
    direct: Vec<DirectHoldingResponse>,
    /// What it holds through others: a row for each right, each holder, and each path to it. A path visits no party
    /// twice.
    through: Vec<ThroughHoldingResponse>,
    /// Companies that hold each other in a ring, each ring once: from the party with the least identifier, in the order
    /// in which each holds shares in the next, and the last in the first.
    #[schema(value_type = Vec<Vec<uuid::Uuid>>)]
    cycles: Vec<Vec<Id<kind::Party>>>,
}

impl HoldingsResponse {
    fn of(party_id: Id<kind::Party>, found: Holdings) -> Self {
        Self {
            party_id,
            as_of: found.when.as_of,
            known_at: found.when.known_at,
            direct: found.direct.into_iter().map(DirectHoldingResponse::from).collect(),
            through: found.through.into_iter().map(ThroughHoldingResponse::from).collect(),
            cycles: found.cycles,
        }
    }
}

/// Shows what a party holds, itself and through organisations.
///
/// Shareholdings of the day are followed down from the party, and the exact shares along every path multiplied. Only
/// assets of the caller's region are shown; the companies between may belong anywhere.
#[utoipa::path(tag = "register", operation_id = "get_holdings", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The party"), HoldingsQuery), responses(
    (status = 200, description = "What it holds", body = HoldingsResponse),
    (status = 422, description = "`answer_too_large`: more than 10,000 rows, 20,000 shareholdings, 1,000 cycles, or 64 companies in a row")))]
#[get("/v1/parties/{id}/holdings")]
async fn of_party(asked: Reading<HoldingsQuery>) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    settled(&asked.registry, asked.query.known_at).await?;
    asked
        .compute(move |unit, caller, query| {
            Ok(HoldingsResponse::of(id, holdings::holdings(unit, caller, id, &query.into())?))
        })
        .await
}

/// A way from an owner down to the holder of a right.
#[derive(Debug, Serialize, ToSchema)]
struct OwnersPathResponse {
    /// How much of the whole right comes along it.
    share: Total,
    /// From the company in which the owner holds shares down to the holder of the right; empty for the holder itself.
    #[schema(value_type = Vec<uuid::Uuid>)]
    path: Vec<Id<kind::Party>>,
}

impl From<OwnersPath> for OwnersPathResponse {
    fn from(it: OwnersPath) -> Self {
        Self { share: it.share, path: it.path }
    }
}

/// Somebody who stands behind a right in an asset: its holder, or a shareholder over any number of companies.
#[derive(Debug, Serialize, ToSchema)]
struct OwnerResponse {
    /// Which of the three rights.
    kind: RightKind,
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    party_id: Id<kind::Party>,
    /// How much of the whole right, over all paths.
    share: Total,
    /// How much of that ends with this party, since nobody is recorded to hold shares in it, or not all of them. Where
    /// it is all of `share`, the party is an ultimate owner.
    ends_here: Total,
    /// Every path. A path visits no party twice.
    paths: Vec<OwnersPathResponse>,
}

impl From<Owner> for OwnerResponse {
    fn from(it: Owner) -> Self {
        Self {
            kind: it.kind,
            party_id: it.party_id,
            share: it.share,
            ends_here: it.ends_here,
            paths: it.paths.into_iter().map(OwnersPathResponse::from).collect(),
        }
    }
}

/// What of a right is explained by the owners on record. The three shares sum to the whole.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainedResponse {
    /// Which of the three rights.
    kind: RightKind,
    /// What ends with people, households, collectives and the state.
    share: Total,
    /// What ends with cooperatives and enterprises whose shareholders are not on record, or not in full.
    unrecorded: Total,
    /// What goes round in a ring of companies and comes to no end.
    circular: Total,
}

impl From<Explained> for ExplainedResponse {
    fn from(it: Explained) -> Self {
        Self { kind: it.kind, share: it.share, unrecorded: it.unrecorded, circular: it.circular }
    }
}

/// Who stands behind an asset.
#[derive(Debug, Serialize, ToSchema)]
struct BeneficialOwnersResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The day on which they do.
    as_of: NaiveDate,
    /// The instant at which the registry knew it.
    known_at: DateTime<Utc>,
    /// The holders of each right, and all who stand behind them.
    owners: Vec<OwnerResponse>,
    /// How far that explains each right.
    explained: Vec<ExplainedResponse>,
    /// Companies that hold each other in a ring, each ring once: from the party with the least identifier, in the order
    /// in which each holds shares in the next, and the last in the first.
    #[schema(value_type = Vec<Vec<uuid::Uuid>>)]
    cycles: Vec<Vec<Id<kind::Party>>>,
}

impl From<Behind> for BeneficialOwnersResponse {
    fn from(found: Behind) -> Self {
        Self {
            asset_id: found.asset.id,
            as_of: found.when.as_of,
            known_at: found.when.known_at,
            owners: found.owners.into_iter().map(OwnerResponse::from).collect(),
            explained: found.explained.into_iter().map(ExplainedResponse::from).collect(),
            cycles: found.cycles,
        }
    }
}

/// Shows who stands behind an asset.
///
/// Shareholdings of the day are followed up from the holders of each right to those in whom nobody is recorded to hold
/// shares. With `Accept: application/vnd.bods+json` the same comes as statements of the Beneficial Ownership Data
/// Standard 0.4.
#[utoipa::path(tag = "register", operation_id = "get_beneficial_owners", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The asset"), HoldingsQuery), responses(
    (status = 200, description = "Who stands behind it", content(
        (BeneficialOwnersResponse = "application/json"),
        (Vec<BodsStatement> = "application/vnd.bods+json"))),
    (status = 406, description = "`not_acceptable`: neither form is accepted"),
    (status = 422, description = "`answer_too_large`: more than 10,000 rows, 20,000 shareholdings, 1,000 cycles, or 64 companies in a row")))]
#[get("/v1/assets/{id}/beneficial-owners")]
async fn behind_asset(asked: Reading<HoldingsQuery>) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    settled(&asked.registry, asked.query.known_at).await?;
    let form = preferred(&asked.request, &[JSON, bods::MEDIA_TYPE])?;
    let Reading { reader, caller, query, .. } = asked;
    let found = reader
        .snapshot(move |unit| Ok::<_, Problem>(holdings::behind(unit, &caller, id, &(&query).into())?))
        .await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((VARY, VARIES));
    Ok(if form == bods::MEDIA_TYPE {
        answer.content_type(bods::MEDIA_TYPE).body(bods::text(&found)?)
    } else {
        answer.json(BeneficialOwnersResponse::from(found))
    })
}
