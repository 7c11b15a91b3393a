//! Contracts on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{
        self,
        amendments::{self, Wrong, asked::ContractCorrection},
        contracts::asked::{ContractPapers, ContractRequest},
        names,
    },
    http::shell::{
        act::{Acting, Correcting, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        findings::FindingResponse,
        language::Language,
        listing::{Filters, Listing, Portion},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    journal::Known,
    loss::finding::{Finding, Names},
    money::contracts::{self, Contract, ContractError, Wanted},
    register::codes::{RecordStatus, RightKind},
    storage::{Read, StorageError, day_of},
    values::{CorrectionReason, Fen, Id, Period, RegionCode, Share, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(correct);
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

/// A right under which a contract stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct UnderResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Which right.
    right: RightKind,
    /// Who has it: whoever rents, or whom it was let on to.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// How much of it.
    share: Share,
    /// For how long.
    period: Period,
}

/// A contract: the terms behind a lease, and how far they were kept.
#[derive(Debug, Serialize, ToSchema)]
struct ContractResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Contract>,
    /// The case that it came from, or that gave a contract its right that was recorded by itself; null for one that stands under no right of a
    /// case.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// The region of its assets.
    region_code: RegionCode,
    /// What is let.
    #[schema(value_type = Vec<uuid::Uuid>)]
    asset_ids: Vec<Id<kind::Asset>>,
    /// Who lets; of several, the one with the largest share, of equal ones the first that was named.
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
    /// The rights under which it lets what it lets; none where whoever rents was never put on record as running it.
    stands_under: Vec<UnderResponse>,
    /// What it came with; null for the contract of a lease that went through a case, which has its own, and for one that was
    /// recorded before papers were.
    #[schema(required)]
    papers: Option<ContractPapers>,
    /// What the loss rules found of it when it was recorded or corrected last. Of the contract of a lease its case says it.
    findings: Vec<FindingResponse>,
    /// The versions of the policies that the findings were made with; null where nothing was looked at.
    #[schema(required, example = "national@1 130828000000@3")]
    policy_version: Option<String>,
    /// Whether it counts; nothing falls due under one that is void.
    status: RecordStatus,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

/// A contract with its papers, and with what those are called that the findings about it name.
struct Named {
    contract: Contract,
    papers: Option<ContractPapers>,
    names: Names,
}

impl Named {
    fn all(unit: &mut Read<'_>, contracts: Vec<Contract>) -> Result<Vec<Self>, StorageError> {
        let findings = contracts.iter().filter_map(|it| it.checked.as_ref()).flat_map(|it| &it.findings);
        let names = names(unit, findings.flat_map(Finding::ids), Known::Now)?;
        let named = |contract: Contract| {
            let papers = contract.checked.as_ref().map(|it| serde_json::from_value(it.papers.clone()));
            let papers = papers.transpose().map_err(|error| {
                StorageError::Corrupt(format!("the papers of contract {}: {error}", contract.id))
            })?;
            Ok(Self { contract, papers, names: names.clone() })
        };
        contracts.into_iter().map(named).collect()
    }
}

impl ContractResponse {
    fn one(unit: &mut Read<'_>, contract: Contract, language: Language) -> Result<Self, Problem> {
        let named = Named::all(unit, vec![contract])?.pop();
        named.map(|it| Self::of(it, language)).ok_or_else(|| Problem::new(Code::NotFound))
    }

    fn of(it: Named, language: Language) -> Self {
        let Named { contract, papers, names } = it;
        let it = contract.agreed;
        let under = contract.under.into_iter().map(|under| UnderResponse {
            asset_id: under.asset_id,
            right: RightKind::Management,
            holder_id: under.holder_id,
            share: under.share,
            period: under.period,
        });
        let findings =
            contract.checked.as_ref().map(|it| FindingResponse::all(&it.findings, &names, language));
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
            stands_under: under.collect(),
            papers,
            findings: findings.unwrap_or_default(),
            policy_version: contract.checked.map(|it| it.policy_version),
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
///
/// It moves no right: `stands_under` says under which ones it lets. The loss rules look at it like at a lease. One that is entered
/// long after its day is recorded with whatever they find; one that is entered in time is a lease of today, and is refused where
/// they find more than a warning: `POST /v1/transfers` makes it.
#[utoipa::path(tag = "money", operation_id = "record_contract", security(("bearer" = ["contracts:write"])), params(IdempotencyKey, DryRun),
    request_body = ContractRequest, responses(
    (status = 201, description = "The contract, with its findings", body = ContractResponse),
    (status = 409, description = "`blocked_by_loss_check`: a lease that is agreed now, of which the rules find something; `conflict`: an asset has ended")))]
#[post("/v1/contracts")]
async fn record(request: HttpRequest, act: Acting<ContractRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    act.perform(move |unit, _, caller, asked| {
        let contract = acts::contracts::record(unit, caller, asked)?;
        Done::created(&ContractResponse::one(unit, contract, language)?)
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
    request: HttpRequest,
    asked: Listing<ContractsFilters, (RegionCode, Id<kind::Contract>)>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .answer_portion(
            |unit, caller, it| -> Result<_, ContractError> {
                let ContractsFilters { asset_id: asset, status, .. } = it.filters;
                let wanted = Wanted { asset, status, after: it.after, ..Wanted::default() };
                let (found, more) = contracts::list(unit, caller, &it.scope, &wanted, it.limit)?;
                Ok(Portion { items: Named::all(unit, found)?, more })
            },
            |it| (it.contract.agreed.region_code, it.contract.id),
            move |it| ContractResponse::of(it, language),
        )
        .await
}

/// Shows a contract, with what came in and what is owed.
#[utoipa::path(tag = "money", operation_id = "get_contract", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The contract"), KnownQuery), responses(
    (status = 200, description = "The contract", body = ContractResponse)))]
#[get("/v1/contracts/{id}")]
async fn fetch(
    request: HttpRequest,
    asked: Reading<KnownQuery>,
) -> Result<Fetched<ContractResponse>, Problem> {
    let language = Language::of(&request);
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_whole_known(known_at, move |unit, caller, known| {
            let on = known_at.map_or_else(|| unit.today(), day_of);
            let contract = contracts::find(unit, caller, id, known, on)?;
            ContractResponse::one(unit, contract, language)
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
    let (id, language) = (id_in(&request, "id")?, Language::of(&request));
    change
        .perform(move |unit, caller, seen, asked| {
            let wrong = Wrong::of(asked.corrected.as_ref(), asked.void, "")?;
            let contract = amendments::correct_contract(unit, caller, id, seen, wrong, &asked.reason)?;
            Done::changed(&ContractResponse::one(unit, contract, language)?)
        })
        .await
}
