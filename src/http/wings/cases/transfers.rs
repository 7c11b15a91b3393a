//! Transfers over HTTP.

use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    acts::{self, names, transfers::asked::TransferRequest},
    http::{
        shell::{
            ask::Asking, findings::FindingResponse, language::Language, problem::Problem, routes::Routes,
        },
        wings::cases::{case::CaseResponse, operations::case_operations},
    },
    journal::Known,
    loss::finding::{Finding, Outcome},
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
    (status = 409, description = "`conflict`: an asset has ended, somebody was erased, or a lease would be given back (`resting.contract_ids`)"),
    (status = 422, description = "`share_too_fine`")))]
#[post("/v1/transfers/check")]
async fn check(request: HttpRequest, asked: Asking<TransferRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .compute(move |unit, caller, content| {
            let checked = acts::check(unit, caller, content)?;
            let names = names(unit, checked.findings.iter().flat_map(Finding::ids), Known::Now)?;
            Ok(CheckResponse {
                outcome: checked.outcome,
                findings: FindingResponse::all(&checked.findings, &names, language),
                policy_version: checked.policy_version,
            })
        })
        .await
}

case_operations! {
    TransferRequest, CaseResponse, "transfers":
        "/v1/transfers", "/v1/transfers/{id}", "/v1/transfers/{id}/decisions";

    /// Drafts a transfer.
    ///
    /// What a loss rule blocks stays a draft; a draft reserves nothing.
    "draft_transfer": "The case, with its findings",
        403 "`out_of_scope`",
        409 "`conflict`: an asset has ended, somebody was erased, or a lease would be given back (`resting.contract_ids`)",
        422 "`share_too_fine`";

    /// Lists the cases of transfers.
    "list_transfers": "Cases in the order of their drafting";

    /// Shows the case of a transfer.
    "get_transfer": "The case";

    /// Takes a step in the case of a transfer.
    ///
    /// `execute` moves the rights. The loss rules run at every step, and what they block goes no further.
    "decide_on_transfer": "The case as it is now",
        409 "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`",
        422 "`share_too_fine`";
}
