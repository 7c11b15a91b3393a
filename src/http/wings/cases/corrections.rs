//! Corrections on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    acts::corrections::{self, asked::CorrectionRequest},
    cases::CaseKind,
    http::{
        shell::{
            act::{Acting, DryRun, IdempotencyKey},
            answer::Fetched,
            ask::Reading,
            paging::ListResponse,
            problem::Problem,
            routes::Routes,
        },
        wings::cases::case::{CaseResponse, CasesQuery, DecisionRequest, case_of, decided, drafted, list_of},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(draft).service(list).service(fetch).service(decide);
}

/// Drafts a correction of what was recorded wrongly.
///
/// Nothing on record is changed: the correction is a link of its own in the chain, and as known before it the registry says
/// what it said. What was recorded for later days moves along. The county approves every correction.
#[utoipa::path(tag = "cases", operation_id = "draft_correction", security(("bearer" = ["cases:draft"])), params(IdempotencyKey, DryRun),
    request_body = CorrectionRequest, responses(
    (status = 201, description = "The case", body = CaseResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`conflict`: not registered by that day, or nothing to correct; `insufficient_right`")))]
#[post("/v1/corrections")]
async fn draft(request: HttpRequest, act: Acting<CorrectionRequest>) -> Result<HttpResponse, Problem> {
    drafted(&request, act, corrections::draft).await
}

/// Lists the cases of corrections.
#[utoipa::path(tag = "cases", operation_id = "list_corrections", security(("bearer" = ["cases:read"])), params(CasesQuery), responses(
    (status = 200, description = "Cases in the order of their drafting", body = ListResponse<CaseResponse>)))]
#[get("/v1/corrections")]
async fn list(asked: Reading<CasesQuery>) -> Result<HttpResponse, Problem> {
    list_of(asked, CaseKind::Correction).await
}

/// Shows the case of a correction.
#[utoipa::path(tag = "cases", operation_id = "get_correction", security(("bearer" = ["cases:read"])),
    params(("id" = uuid::Uuid, Path, description = "The case")), responses(
    (status = 200, description = "The case", body = CaseResponse)))]
#[get("/v1/corrections/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<CaseResponse>, Problem> {
    case_of(asked, CaseKind::Correction).await
}

/// Takes a step in the case of a correction.
///
/// `execute` puts it on record.
#[utoipa::path(tag = "cases", operation_id = "decide_on_correction", security(("bearer" = ["cases:decide"])),
    params(("id" = uuid::Uuid, Path, description = "The case"), IdempotencyKey, DryRun), request_body = DecisionRequest, responses(
    (status = 200, description = "The case as it is now", body = CaseResponse),
    (status = 409, description = "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`")))]
#[post("/v1/corrections/{id}/decisions")]
async fn decide(request: HttpRequest, act: Acting<DecisionRequest>) -> Result<HttpResponse, Problem> {
    decided(&request, act, corrections::decide).await
}
