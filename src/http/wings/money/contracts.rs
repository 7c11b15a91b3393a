//! Contracts on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::amendments::{self, Wrong, asked::ContractCorrection},
    http::shell::{
        act::{Acting, Correcting, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing, Portion},
        paging::{ListResponse, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    money::contracts::{self, Contract, ContractError, OldContract, Wanted},
    register::codes::RecordStatus,
    storage::day_of,
    values::{CorrectionReason, Fen, Id, Period, RegionCode, id::kind, period::PeriodInput},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(correct);
}

/// A payment that falls due.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DueOfContract {
    /// The day on which it falls due.
    #[schema(example = "2021-07-01")]
    due_on: NaiveDate,
    /// How much; not zero.
    #[schema(value_type = i64, format = Int64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 7_200_000)]
    amount_fen: Fen,
}

/// A contract that was made before the register.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ContractRequest {
    /// What is let.
    #[schema(min_items = 1, max_items = 200, value_type = Vec<uuid::Uuid>)]
    asset_ids: Vec<Id<kind::Asset>>,
    /// Who lets.
    #[schema(value_type = uuid::Uuid)]
    lessor_id: Id<kind::Party>,
    /// Who rents.
    #[schema(value_type = uuid::Uuid)]
    lessee_id: Id<kind::Party>,
    /// For how long.
    term: PeriodInput,
    /// What falls due, and when.
    #[schema(min_items = 1, max_items = 1200)]
    schedule: Vec<DueOfContract>,
}

/// A payment that falls due, and what of it came in.
#[derive(Debug, Serialize, ToSchema)]
struct DueResponse {
    /// The day on which it falls due.
    due_on: NaiveDate,
    /// How much.
    amount_fen: Fen,
    /// How much of it was received; what came in settles what fell due first.
    received_fen: Fen,
    /// Whether it does not fall due after all: the contract ended by then, or what it lets was gone on that day.
    lapsed: bool,
}

/// A contract: the terms behind a lease, and how far they were kept.
#[derive(Debug, Serialize, ToSchema)]
struct ContractResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Contract>,
    /// The case that it came from; null for one made before the register.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// The region of its assets.
    region_code: RegionCode,
    /// What is let.
    #[schema(value_type = Vec<uuid::Uuid>)]
    asset_ids: Vec<Id<kind::Asset>>,
    /// Who lets; of several, the one with the largest share.
    #[schema(value_type = uuid::Uuid)]
    lessor_id: Id<kind::Party>,
    /// Who rents.
    #[schema(value_type = uuid::Uuid)]
    lessee_id: Id<kind::Party>,
    /// For how long, as it was agreed.
    term: Period,
    /// The day from which it no longer runs, where it ended before its term: the lease was terminated, or what it lets is
    /// gone. What would fall due on that day or later lapses.
    #[schema(required)]
    ended_on: Option<NaiveDate>,
    /// What falls due, and what of it came in.
    schedule: Vec<DueResponse>,
    /// What fell due up to today and did not come in; as known at an instant, up to its day.
    arrears_fen: Fen,
    /// What came in beyond everything that falls due: paid for days on which the contract no longer runs, or too much.
    overpaid_fen: Fen,
    /// Whether it counts; nothing falls due under one that is void.
    status: RecordStatus,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

impl From<Contract> for ContractResponse {
    fn from(contract: Contract) -> Self {
        let it = contract.agreed;
        Self {
            id: contract.id,
            case_id: it.case_id,
            region_code: it.region_code,
            asset_ids: it.asset_ids,
            lessor_id: it.lessor_id,
            lessee_id: it.lessee_id,
            term: it.term,
            ended_on: contract.ended_on,
            schedule: contract
                .schedule
                .into_iter()
                .map(|due| DueResponse {
                    due_on: due.due_on,
                    amount_fen: due.amount,
                    received_fen: due.received,
                    lapsed: due.lapsed,
                })
                .collect(),
            arrears_fen: contract.arrears,
            overpaid_fen: contract.overpaid,
            status: contract.status,
            version: contract.version,
        }
    }
}

impl Resource for ContractResponse {
    fn location(&self) -> String {
        format!("/v1/contracts/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    /// What came in changes the answer without changing the contract.
    fn follows_others(&self) -> bool {
        true
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a contract that was made before the register.
#[utoipa::path(tag = "money", operation_id = "record_contract", security(("bearer" = ["contracts:write"])), params(IdempotencyKey, DryRun),
    request_body = ContractRequest, responses(
    (status = 201, description = "The contract", body = ContractResponse)))]
#[post("/v1/contracts")]
async fn record(act: Acting<ContractRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, _, caller, asked| {
        let contract = OldContract {
            lessor_id: asked.lessor_id,
            lessee_id: asked.lessee_id,
            asset_ids: asked.asset_ids.clone(),
            term: asked.term.parse("/term")?,
            dues: asked.schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect(),
        };
        Done::created(&ContractResponse::from(contracts::record(unit, caller, &contract)?))
    })
    .await
}

/// Which contracts are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ContractsFilters {
    /// Only contracts about this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only contracts in this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only contracts of this status; those that count unless said.
    #[param(inline)]
    status: Option<RecordStatus>,
}

impl Filters for ContractsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists contracts.
///
/// A page may hold fewer of them than `limit` where much falls due under them; `next_cursor` leads on.
#[utoipa::path(tag = "money", operation_id = "list_contracts", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(ContractsFilters, PageQuery), responses(
    (status = 200, description = "Contracts by region and then by the time of their recording", body = ListResponse<ContractResponse>)))]
#[get("/v1/contracts")]
async fn list(
    asked: Listing<ContractsFilters, (RegionCode, Id<kind::Contract>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer_portion(
            |unit, caller, it| -> Result<_, ContractError> {
                let ContractsFilters { asset_id: asset, status, .. } = it.filters;
                let wanted = Wanted { asset, status, after: it.after, ..Wanted::default() };
                let (items, more) = contracts::list(unit, caller, &it.scope, &wanted, it.limit)?;
                Ok(Portion { items, more })
            },
            |it| (it.agreed.region_code, it.id),
            ContractResponse::from,
        )
        .await
}

/// Shows a contract, with what came in and what is owed.
#[utoipa::path(tag = "money", operation_id = "get_contract", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The contract"), KnownQuery), responses(
    (status = 200, description = "The contract", body = ContractResponse)))]
#[get("/v1/contracts/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<ContractResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_whole_known(known_at, move |unit, caller, known| {
            let on = known_at.map_or_else(|| unit.today(), day_of);
            Ok(contracts::find(unit, caller, id, known, on)?.into())
        })
        .await
}

/// What is wrong with the record of a contract: some of it, or that it is there at all.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ContractCorrectionRequest {
    /// What should have been recorded; absent where the record is void.
    corrected: Option<ContractCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and nothing falls due under it.
    #[serde(default)]
    #[schema(default = false)]
    void: bool,
    /// What was wrong. It goes to the journal, so it must name nobody.
    reason: CorrectionReason,
}

/// Puts right what was recorded wrongly of a contract, while nothing rests on it.
///
/// At once, by whoever recorded it: a schedule typed with a wrong year, a wrong lessee, asset or term; or all of it is void,
/// where it was recorded twice. Once anything came in under it, or a case made it, altered what it lets or corrects it,
/// `POST /v1/amendments` puts it right. As known before it, the registry says what it said.
#[utoipa::path(tag = "money", operation_id = "correct_contract", security(("bearer" = ["contracts:write"])),
    params(("id" = uuid::Uuid, Path, description = "The contract"), IdempotencyKey, DryRun, IfMatch),
    request_body = ContractCorrectionRequest, responses(
    (status = 200, description = "The contract as it should have been recorded", body = ContractResponse),
    (status = 409, description = "`conflict`: nothing to correct, recorded by somebody else, or `resting` says what rests on it")))]
#[post("/v1/contracts/{id}/corrections")]
async fn correct(
    request: HttpRequest,
    change: Correcting<ContractCorrectionRequest>,
) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let wrong = Wrong::of(asked.corrected.as_ref(), asked.void, "")?;
            let contract = amendments::correct_contract(unit, caller, id, seen, wrong, &asked.reason)?;
            Done::changed(&ContractResponse::from(contract))
        })
        .await
}
