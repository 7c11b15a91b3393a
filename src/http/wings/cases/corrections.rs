//! Corrections over HTTP.

use actix_web::{get, post};

use crate::{
    acts::corrections::asked::CorrectionRequest,
    http::{
        shell::routes::Routes,
        wings::cases::{case::CaseResponse, operations::case_operations},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(draft).service(list).service(fetch).service(decide);
}

case_operations! {
    CorrectionRequest, CaseResponse, "cases":
        "/v1/corrections", "/v1/corrections/{id}", "/v1/corrections/{id}/decisions";

    /// Drafts a correction of what was recorded wrongly.
    ///
    /// Nothing on record is changed: the correction is a link of its own in the chain, and as known before it the registry says
    /// what it said. What was recorded for later days moves along. The county approves every correction.
    "draft_correction": "The case",
        403 "`out_of_scope`",
        409 "`conflict`: not registered by that day, nothing to correct, or somebody was erased; `insufficient_right`";

    /// Lists the cases of corrections.
    "list_corrections": "Cases in the order of their drafting";

    /// Shows the case of a correction.
    "get_correction": "The case";

    /// Takes a step in the case of a correction.
    ///
    /// `execute` puts it on record.
    "decide_on_correction": "The case as it is now",
        409 "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`";
}
