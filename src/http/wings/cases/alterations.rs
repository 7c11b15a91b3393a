//! Alterations on the wire: grants ended and renewed, assets divided, merged, disposed of and restored.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    acts::alterations::{self, asked::AlterationRequest},
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

/// Drafts an alteration.
///
/// What ends or renews a grant, or changes the asset under all rights: termination, renewal, division, merger, disposal,
/// restoration. What a loss rule blocks stays a draft; what the rights do not allow is refused.
#[utoipa::path(tag = "alterations", operation_id = "draft_alteration", security(("bearer" = ["cases:draft"])), params(IdempotencyKey, DryRun),
    request_body = AlterationRequest, responses(
    (status = 201, description = "The case, with its findings", body = CaseResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`conflict`, `insufficient_right`"),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/alterations")]
async fn draft(request: HttpRequest, act: Acting<AlterationRequest>) -> Result<HttpResponse, Problem> {
    drafted(&request, act, alterations::draft).await
}

/// Lists the cases of alterations.
#[utoipa::path(tag = "alterations", operation_id = "list_alterations", security(("bearer" = ["cases:read"])), params(CasesQuery), responses(
    (status = 200, description = "Cases in the order of their drafting", body = ListResponse<CaseResponse>)))]
#[get("/v1/alterations")]
async fn list(asked: Reading<CasesQuery>) -> Result<HttpResponse, Problem> {
    list_of(asked, CaseKind::Alteration).await
}

/// Shows the case of an alteration.
#[utoipa::path(tag = "alterations", operation_id = "get_alteration", security(("bearer" = ["cases:read"])),
    params(("id" = uuid::Uuid, Path, description = "The case")), responses(
    (status = 200, description = "The case", body = CaseResponse)))]
#[get("/v1/alterations/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<CaseResponse>, Problem> {
    case_of(asked, CaseKind::Alteration).await
}

/// Takes a step in the case of an alteration.
///
/// `execute` makes the alteration; what ends, divides or restores an asset is executed once its day has come.
#[utoipa::path(tag = "alterations", operation_id = "decide_on_alteration", security(("bearer" = ["cases:decide"])),
    params(("id" = uuid::Uuid, Path, description = "The case"), IdempotencyKey, DryRun), request_body = DecisionRequest, responses(
    (status = 200, description = "The case as it is now", body = CaseResponse),
    (status = 409, description = "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`"),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/alterations/{id}/decisions")]
async fn decide(request: HttpRequest, act: Acting<DecisionRequest>) -> Result<HttpResponse, Problem> {
    decided(&request, act, alterations::decide).await
}
