//! Distributions of income on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    acts::distributions::{self, asked::DistributionRequest},
    cases::{self, CaseKind, purpose::Purpose},
    http::{
        shell::{
            act::{Acting, Done, DryRun, IdempotencyKey},
            answer::{Fetched, Resource},
            ask::{Asking, Reading, id_in},
            language::Language,
            paging::ListResponse,
            problem::Problem,
            routes::Routes,
        },
        wings::cases::case::{CaseResponse, CasesQuery, DecisionRequest, list_of},
    },
    money::distributions::{Line, Plan},
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
    /// How it came about: the ground, the exact part, the receipts.
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
    /// Receipts whose period overlaps the plan's and does not lie in it: they are left for another distribution.
    #[schema(value_type = Vec<uuid::Uuid>)]
    left_out: Vec<Id<kind::Receipt>>,
}

impl From<Plan> for PlanResponse {
    fn from(plan: Plan) -> Self {
        Self {
            amount_fen: plan.amount,
            period: plan.period,
            lines: plan.lines.into_iter().map(LineResponse::from).collect(),
            receipt_ids: plan.receipts,
            left_out: plan.left_out,
        }
    }
}

/// The case of a distribution, with its plan.
#[derive(Debug, Serialize, ToSchema)]
struct DistributionResponse {
    #[serde(flatten)]
    case: CaseResponse,
    /// The plan that is decided on, and executed to the letter.
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

/// Drafts a distribution of income.
///
/// First what policy sets aside, then by income rights weighted by days, then by use; each receipt once.
#[utoipa::path(tag = "money", operation_id = "draft_distribution", security(("bearer" = ["cases:draft"])), params(IdempotencyKey, DryRun),
    request_body = DistributionRequest, responses(
    (status = 201, description = "The case, with its plan", body = DistributionResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`nothing_to_distribute`, `conflict`")))]
#[post("/v1/distributions")]
async fn draft(request: HttpRequest, act: Acting<DistributionRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    act.perform(move |unit, _, caller, asked| {
        let (case, plan) = distributions::draft(unit, caller, asked)?;
        Done::created(&DistributionResponse { case: CaseResponse::of(case, language)?, plan: plan.into() })
    })
    .await
}

/// Lists the cases of distributions.
#[utoipa::path(tag = "money", operation_id = "list_distributions", security(("bearer" = ["cases:read"])), params(CasesQuery), responses(
    (status = 200, description = "Cases in the order of their drafting, without their plans", body = ListResponse<CaseResponse>)))]
#[get("/v1/distributions")]
async fn list(asked: Reading<CasesQuery>) -> Result<HttpResponse, Problem> {
    list_of(asked, CaseKind::Distribution).await
}

/// Shows the case of a distribution, with its plan.
#[utoipa::path(tag = "money", operation_id = "get_distribution", security(("bearer" = ["cases:read"])),
    params(("id" = uuid::Uuid, Path, description = "The case")), responses(
    (status = 200, description = "The case", body = DistributionResponse)))]
#[get("/v1/distributions/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<DistributionResponse>, Problem> {
    let (id, language) = (asked.id("id")?, Language::of(&asked.request));
    asked
        .fetch_whole(move |unit, caller, _| {
            let case = cases::find(unit, caller, CaseKind::Distribution, id)?;
            let plan = distributions::kept(unit, &case)?;
            Ok(DistributionResponse { case: CaseResponse::of(case, language)?, plan: plan.into() })
        })
        .await
}

/// Takes a step in the case of a distribution.
///
/// `execute` books every line into its account.
#[utoipa::path(tag = "money", operation_id = "decide_on_distribution", security(("bearer" = ["cases:decide"])),
    params(("id" = uuid::Uuid, Path, description = "The case"), IdempotencyKey, DryRun), request_body = DecisionRequest, responses(
    (status = 200, description = "The case as it is now", body = DistributionResponse),
    (status = 409, description = "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`")))]
#[post("/v1/distributions/{id}/decisions")]
async fn decide(request: HttpRequest, act: Acting<DecisionRequest>) -> Result<HttpResponse, Problem> {
    let (id, language) = (id_in(&request, "id")?, Language::of(&request));
    act.perform(move |unit, _, caller, asked| {
        let case = distributions::decide(unit, caller, id, asked.step, asked.comment.clone())?;
        let plan = distributions::kept(unit, &case)?;
        Done::changed(&DistributionResponse { case: CaseResponse::of(case, language)?, plan: plan.into() })
    })
    .await
}
