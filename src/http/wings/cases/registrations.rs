//! First registrations on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    acts::registrations::{self, asked::RegistrationRequest},
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

/// Drafts the first registration of an asset's rights.
///
/// Ownership sums to exactly 1; management and income to at most 1, and what is not granted rests with the owners.
#[utoipa::path(tag = "register", operation_id = "draft_registration", security(("bearer" = ["cases:draft"])), params(IdempotencyKey, DryRun),
    request_body = RegistrationRequest, responses(
    (status = 201, description = "The case", body = CaseResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`already_registered`"),
    (status = 422, description = "`share_exceeded`")))]
#[post("/v1/registrations")]
async fn draft(request: HttpRequest, act: Acting<RegistrationRequest>) -> Result<HttpResponse, Problem> {
    drafted(&request, act, registrations::draft).await
}

/// Lists the cases of registrations.
#[utoipa::path(tag = "register", operation_id = "list_registrations", security(("bearer" = ["cases:read"])), params(CasesQuery), responses(
    (status = 200, description = "Cases in the order of their drafting", body = ListResponse<CaseResponse>)))]
#[get("/v1/registrations")]
async fn list(asked: Reading<CasesQuery>) -> Result<HttpResponse, Problem> {
    list_of(asked, CaseKind::Registration).await
}

/// Shows the case of a registration.
#[utoipa::path(tag = "register", operation_id = "get_registration", security(("bearer" = ["cases:read"])),
    params(("id" = uuid::Uuid, Path, description = "The case")), responses(
    (status = 200, description = "The case", body = CaseResponse)))]
#[get("/v1/registrations/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<CaseResponse>, Problem> {
    case_of(asked, CaseKind::Registration).await
}

/// Takes a step in the case of a registration.
///
/// `execute` puts the rights on record.
#[utoipa::path(tag = "register", operation_id = "decide_on_registration", security(("bearer" = ["cases:decide"])),
    params(("id" = uuid::Uuid, Path, description = "The case"), IdempotencyKey, DryRun), request_body = DecisionRequest, responses(
    (status = 200, description = "The case as it is now", body = CaseResponse),
    (status = 409, description = "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `already_registered`")))]
#[post("/v1/registrations/{id}/decisions")]
async fn decide(request: HttpRequest, act: Acting<DecisionRequest>) -> Result<HttpResponse, Problem> {
    decided(&request, act, registrations::decide).await
}
