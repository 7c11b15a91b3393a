//! Transfers on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    acts::{self, transfers::asked::TransferRequest},
    cases::CaseKind,
    http::{
        shell::{
            act::{Acting, DryRun, IdempotencyKey},
            answer::Fetched,
            ask::{Asking, Reading},
            findings::FindingResponse,
            language::Language,
            paging::ListResponse,
            problem::Problem,
            routes::Routes,
        },
        wings::cases::case::{CaseResponse, CasesQuery, DecisionRequest, case_of, decided, drafted, list_of},
    },
    loss::finding::Outcome,
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(check).service(draft).service(list).service(fetch).service(decide);
}

/// What the loss rules say of a transfer.
#[derive(Debug, Serialize, ToSchema)]
struct CheckResponse {
    /// What all findings come to.
    outcome: Outcome,
    /// The findings, in the order of the rules.
    findings: Vec<FindingResponse>,
    /// The versions of the policies that they were made with.
    #[schema(example = "national@1 130828000000@3")]
    policy_version: String,
}

/// Checks a transfer for asset loss.
///
/// Nothing is stored. The same rules run when it is drafted, at each step, and again when it is executed.
#[utoipa::path(tag = "transfers", operation_id = "check_transfer", security(("bearer" = ["cases:draft"])), request_body = TransferRequest, responses(
    (status = 200, description = "What the rules found", body = CheckResponse),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/transfers/check")]
async fn check(request: HttpRequest, asked: Asking<TransferRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .compute(move |unit, caller, content| {
            let checked = acts::check(unit, caller, content)?;
            Ok(CheckResponse {
                outcome: checked.outcome,
                findings: FindingResponse::all(&checked.findings, language),
                policy_version: checked.policy_version,
            })
        })
        .await
}

/// Drafts a transfer.
///
/// What a loss rule blocks stays a draft; a draft reserves nothing.
#[utoipa::path(tag = "transfers", operation_id = "draft_transfer", security(("bearer" = ["cases:draft"])), params(IdempotencyKey, DryRun),
    request_body = TransferRequest, responses(
    (status = 201, description = "The case, with its findings", body = CaseResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/transfers")]
async fn draft(request: HttpRequest, act: Acting<TransferRequest>) -> Result<HttpResponse, Problem> {
    drafted(&request, act, acts::draft).await
}

/// Lists the cases of transfers.
#[utoipa::path(tag = "transfers", operation_id = "list_transfers", security(("bearer" = ["cases:read"])), params(CasesQuery), responses(
    (status = 200, description = "Cases in the order of their drafting", body = ListResponse<CaseResponse>)))]
#[get("/v1/transfers")]
async fn list(asked: Reading<CasesQuery>) -> Result<HttpResponse, Problem> {
    list_of(asked, CaseKind::Transfer).await
}

/// Shows the case of a transfer.
#[utoipa::path(tag = "transfers", operation_id = "get_transfer", security(("bearer" = ["cases:read"])),
    params(("id" = uuid::Uuid, Path, description = "The case")), responses(
    (status = 200, description = "The case", body = CaseResponse)))]
#[get("/v1/transfers/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<CaseResponse>, Problem> {
    case_of(asked, CaseKind::Transfer).await
}

/// Takes a step in the case of a transfer.
///
/// `execute` moves the rights. The loss rules run at every step, and what they block goes no further.
#[utoipa::path(tag = "transfers", operation_id = "decide_on_transfer", security(("bearer" = ["cases:decide"])),
    params(("id" = uuid::Uuid, Path, description = "The case"), IdempotencyKey, DryRun), request_body = DecisionRequest, responses(
    (status = 200, description = "The case as it is now", body = CaseResponse),
    (status = 409, description = "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`"),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/transfers/{id}/decisions")]
async fn decide(request: HttpRequest, act: Acting<DecisionRequest>) -> Result<HttpResponse, Problem> {
    decided(&request, act, acts::decide).await
}
