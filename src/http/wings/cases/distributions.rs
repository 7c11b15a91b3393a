//! Distributions of income over HTTP.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    acts::distributions::{self, asked::DistributionRequest},
    cases::{Case, purpose::Purpose},
    http::{
        shell::{answer::Resource, ask::Asking, language::Language, problem::Problem, routes::Routes},
        wings::cases::{
            case::CaseResponse,
            operations::{CaseAnswer, case_operations},
        },
    },
    identity::Caller,
    money::distributions::{Line, Plan},
    storage::{Read, StorageError},
    values::{Fen, Id, Period, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(preview).service(draft).service(list).service(fetch).service(decide);
}

/// A line of a plan.
#[derive(Debug, Serialize, ToSchema)]
struct LineResponse {
    /// Whose part it is.
    #[schema(value_type = uuid::Uuid)]
    party_id: Id<kind::Party>,
    /// The account that it goes into. It is opened when the plan is executed, and keeps this identifier.
    #[schema(value_type = uuid::Uuid)]
    account_id: Id<kind::Account>,
    /// The asset whose income it is.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The purpose of the account.
    purpose: Purpose,
    /// How much.
    amount_fen: Fen,
    /// How it came about: the ground, what the asset received in all, and the exact part of that; and in
    /// `before_registration` what of it came in for days before the asset was registered, with the day by whose rights that is
    /// divided (`held_on`). The receipts of the asset stand in `sources`, once for all its lines.
    #[schema(value_type = Object)]
    because: Value,
}

impl From<Line> for LineResponse {
    fn from(line: Line) -> Self {
        Self {
            party_id: line.party_id,
            account_id: line.account_id,
            asset_id: line.asset_id,
            purpose: line.purpose,
            amount_fen: line.amount,
            because: line.because,
        }
    }
}

/// What an asset brings to a plan.
#[derive(Debug, Serialize, ToSchema)]
struct IncomeSourceResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// How much of its income is divided.
    received_fen: Fen,
    /// The receipts that this consists of.
    #[schema(value_type = Vec<uuid::Uuid>)]
    receipt_ids: Vec<Id<kind::Receipt>>,
}

/// A plan: what is divided, and how, to the fen.
#[derive(Debug, Serialize, ToSchema)]
struct PlanResponse {
    /// What is divided.
    amount_fen: Fen,
    /// The period.
    period: Period,
    /// The lines, which sum to exactly the amount.
    lines: Vec<LineResponse>,
    /// The receipts that are divided.
    #[schema(value_type = Vec<uuid::Uuid>)]
    receipt_ids: Vec<Id<kind::Receipt>>,
    /// The same receipts by the assets that they came in for.
    sources: Vec<IncomeSourceResponse>,
    /// Receipts whose period overlaps the plan's and does not lie in it: they are left for another distribution.
    #[schema(value_type = Vec<uuid::Uuid>)]
    left_out: Vec<Id<kind::Receipt>>,
    /// Receipts of the period that another plan holds, which is being decided on: they are left to it. Said when the plan is
    /// made, and not kept with its case.
    #[schema(value_type = Vec<uuid::Uuid>)]
    held_elsewhere: Vec<Id<kind::Receipt>>,
}

impl From<Plan> for PlanResponse {
    fn from(plan: Plan) -> Self {
        let mut sources: BTreeMap<_, IncomeSourceResponse> = BTreeMap::new();
        for it in &plan.income {
            let source = sources.entry(it.asset_id).or_insert_with(|| IncomeSourceResponse {
                asset_id: it.asset_id,
                received_fen: Fen::ZERO,
                receipt_ids: Vec::new(),
            });
            // All of it together is the amount of the plan, which is one.
            source.received_fen = source.received_fen.checked_add(it.amount).unwrap_or(plan.amount);
            source.receipt_ids.push(it.receipt_id);
        }
        Self {
            amount_fen: plan.amount,
            period: plan.period,
            lines: plan.lines.into_iter().map(LineResponse::from).collect(),
            receipt_ids: plan.income.iter().map(|it| it.receipt_id).collect(),
            sources: sources.into_values().collect(),
            left_out: plan.left_out,
            held_elsewhere: plan.held_elsewhere,
        }
    }
}

/// The case of a distribution, with its plan.
#[derive(Debug, Serialize, ToSchema)]
struct DistributionResponse {
    #[serde(flatten)]
    case: CaseResponse,
    /// The plan that is decided on, and executed to the letter as long as rights and policy come to the same.
    plan: PlanResponse,
}

impl Resource for DistributionResponse {
    fn location(&self) -> String {
        self.case.location()
    }

    fn version(&self) -> Option<i64> {
        self.case.version()
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        self.case.subject()
    }

    fn follows_others(&self) -> bool {
        self.case.follows_others()
    }
}

impl CaseAnswer<DistributionRequest> for DistributionResponse {
    fn of(
        unit: &mut Read<'_>,
        caller: &Caller,
        case: Case,
        plan: Option<distributions::Plan>,
        language: Language,
    ) -> Result<Self, StorageError> {
        let division = match plan {
            Some(plan) => plan.division,
            None => distributions::kept(unit, &case)?,
        };
        Ok(Self { case: CaseResponse::of(unit, caller, case, language)?, plan: division.into() })
    }
}

/// Makes the plan of a distribution.
///
/// Nothing is stored. The same request drafted as a case divides alike, to the fen.
#[utoipa::path(tag = "money", operation_id = "preview_distribution", security(("bearer" = ["cases:draft"])), request_body = DistributionRequest, responses(
    (status = 200, description = "The plan", body = PlanResponse),
    (status = 409, description = "`nothing_to_distribute`, `conflict`")))]
#[post("/v1/distributions/preview")]
async fn preview(asked: Asking<DistributionRequest>) -> Result<HttpResponse, Problem> {
    asked
        .compute(|unit, caller, content| {
            Ok(PlanResponse::from(distributions::preview(unit, caller, content)?))
        })
        .await
}

case_operations! {
    DistributionRequest, DistributionResponse, "money":
        "/v1/distributions", "/v1/distributions/{id}", "/v1/distributions/{id}/decisions";

    /// Drafts a distribution of income.
    ///
    /// First what policy sets aside, then by income rights weighted by days, then by use; each receipt once.
    "draft_distribution": "The case, with its plan",
        403 "`out_of_scope`",
        409 "`nothing_to_distribute`, `conflict`";

    /// Lists the cases of distributions.
    "list_distributions": "Cases in the order of their drafting, without their plans";

    /// Shows the case of a distribution, with its plan.
    "get_distribution": "The case";

    /// Takes a step in the case of a distribution.
    ///
    /// From `submit` on the plan holds its income. `execute` books every line into its account. Where rights, set-asides or
    /// bounds changed since the draft, so that the income would be divided otherwise, no step but `reject` and `withdraw` is
    /// taken: the plan is drafted anew.
    "decide_on_distribution": "The case as it is now",
        409 "`plan_outdated`, `conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`";
}
