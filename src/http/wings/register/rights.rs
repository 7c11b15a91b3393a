//! Who holds the rights in an asset on a day.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::shell::{
        ask::Reading,
        problem::{Code, Problem},
        routes::Routes,
    },
    maintenance::assignments::{self, model::Mode},
    register::{
        codes::RestrictionKind,
        restrictions,
        rights::{self, NamedHolding, RecordRefused},
    },
    values::{Fen, Id, Period, Share, Validity, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(of_asset);
}

impl From<RecordRefused> for Problem {
    fn from(reason: RecordRefused) -> Self {
        match reason {
            RecordRefused::NotFound => Self::new(Code::NotFound),
            RecordRefused::AlreadyRegistered => Self::new(Code::AlreadyRegistered),
            RecordRefused::Differ(asset) => Self::new(Code::Conflict)
                .saying(
                    "拟合并资产的权利不一致；请先使各资产的权利人、份额和期限一致。",
                    "The assets to be merged do not have the same rights; make these alike first.",
                )
                .with("asset_id", asset),
            RecordRefused::NotDisposed => Self::new(Code::Conflict).saying(
                "没有可自该日起撤销的处置；请核对资产和日期。",
                "No disposal is on record that could be undone from that day on; check the asset and the day.",
            ),
            RecordRefused::SucceededByNobody(party) => Self::new(Code::Conflict)
                .saying(
                    "资产原属的主体（见 `party_id`）已终止，且未登记承继主体，资产不能恢复到其名下；请先登记由谁承继（`PATCH /v1/parties/{id}`，\
                     `successor_id`），资产随之恢复到承继主体名下。",
                    "Whoever owned it (party_id) has ended, and nobody succeeds to it: say first who does (PATCH /v1/parties/{id}, \
                     successor_id), who then owns it again.",
                )
                .with("party_id", party),
            RecordRefused::Rights(error) => error.into(),
        }
    }
}

/// As of which day, and as known at which instant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RightsQuery {
    /// The day on which the rights hold; today unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// A holder of a right.
#[derive(Debug, Serialize, ToSchema)]
struct HoldingResponse {
    /// Who holds.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// The holder's name.
    #[schema(example = "东村股份经济合作社")]
    holder_name: String,
    /// How much of the whole right.
    share: Share,
    /// The first day on which it is held like this.
    #[schema(example = "2021-08-01")]
    since: NaiveDate,
    /// The first day on which it no longer is; null while there is no end.
    #[schema(required, example = "2026-08-01")]
    until: Option<NaiveDate>,
    /// Whether it rests with an owner because nobody else was granted it.
    residual: bool,
}

impl From<NamedHolding> for HoldingResponse {
    fn from(it: NamedHolding) -> Self {
        Self {
            holder_id: it.holding.holder_id,
            holder_name: it.holder_name,
            share: it.holding.share,
            since: it.holding.period.from(),
            until: it.holding.period.to(),
            residual: it.holding.residual,
        }
    }
}

/// Something that lies on an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionOnAsset {
    /// The restriction.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Restriction>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much; null where it secures no sum.
    #[schema(required)]
    amount_fen: Option<Fen>,
    /// From when until when.
    period: Period,
}

/// Somebody who answers for an asset's upkeep.
#[derive(Debug, Serialize, ToSchema)]
struct ResponsibilityOnAsset {
    /// The assignment.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Assignment>,
    /// Who answers.
    #[schema(value_type = uuid::Uuid)]
    responsible_id: Id<kind::Party>,
    /// In which way.
    mode: Mode,
    /// From when until when.
    period: Validity,
}

/// Who holds each of the three rights in an asset; once it is registered, each sums to 1.
#[derive(Debug, Serialize, ToSchema)]
struct RightsResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The day on which the rights hold.
    as_of: NaiveDate,
    /// The instant at which the registry knew them.
    known_at: DateTime<Utc>,
    /// Who owns it.
    ownership: Vec<HoldingResponse>,
    /// Who runs it.
    management: Vec<HoldingResponse>,
    /// Who is paid by it.
    income: Vec<HoldingResponse>,
    /// What lies on it on that day.
    restrictions: Vec<RestrictionOnAsset>,
    /// Who keeps it in repair on that day.
    responsibilities: Vec<ResponsibilityOnAsset>,
}

/// Shows who holds the rights in an asset.
///
/// On any day (`as_of`), as the registry knew it at any instant (`known_at`).
#[utoipa::path(tag = "register", operation_id = "get_rights", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The asset"), RightsQuery), responses(
    (status = 200, description = "The holders", body = RightsResponse)))]
#[get("/v1/assets/{id}/rights")]
async fn of_asset(asked: Reading<RightsQuery>) -> Result<HttpResponse, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .compute_known(known_at, move |unit, caller, known, query| {
            let found = rights::rights_of(unit, caller, id, query.as_of, known)?;
            let restrictions = restrictions::active(unit, &[id], found.as_of, known)?;
            let responsibilities = assignments::responsible_on(unit, id, found.as_of, known)?;
            let responses = |it: Vec<NamedHolding>| it.into_iter().map(HoldingResponse::from).collect();
            Ok(RightsResponse {
                asset_id: id,
                as_of: found.as_of,
                known_at: known_at.unwrap_or_else(|| unit.now()),
                ownership: responses(found.ownership),
                management: responses(found.management),
                income: responses(found.income),
                restrictions: restrictions
                    .into_iter()
                    .map(|it| RestrictionOnAsset {
                        id: it.id,
                        kind: it.kind,
                        holder_id: it.holder_id,
                        amount_fen: it.amount,
                        period: it.period,
                    })
                    .collect(),
                responsibilities: responsibilities
                    .into_iter()
                    .map(|it| ResponsibilityOnAsset {
                        id: it.id,
                        responsible_id: it.assigned.responsible_id,
                        mode: it.assigned.mode,
                        period: it.assigned.period,
                    })
                    .collect(),
            })
        })
        .await
}
