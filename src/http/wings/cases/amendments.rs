//! Amendments over HTTP: what was recorded wrongly of an asset, a project or a contract is
//! corrected, or is void.

use actix_web::{get, post};

use crate::{
    acts::amendments::asked::AmendmentRequest,
    http::{
        shell::routes::Routes,
        wings::cases::{case::CaseResponse, operations::case_operations},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(draft).service(list).service(fetch).service(decide);
}

case_operations! {
    AmendmentRequest, CaseResponse, "cases":
        "/v1/amendments", "/v1/amendments/{id}", "/v1/amendments/{id}/decisions";

    /// Drafts an amendment of what was recorded wrongly.
    ///
    /// A value typed in 万元 instead of 元, a wrong class, day or project, a schedule of rent with a wrong year, an asset or a
    /// contract recorded twice: once anything rests on what was recorded, it is put right by a case, which the county approves.
    /// It is about just one `asset`, `project` or `contract`. What is void stays on record and counts on no day; before,
    /// everything that would be left without it is settled. Where less would fall due under a contract, or later, whoever lets
    /// decides on it. As known before it, the registry says what it said.
    "draft_amendment": "The case",
        403 "`out_of_scope`",
        409 "`conflict`: nothing to correct, void already, or `resting` says what stands in the way";

    /// Lists the cases of amendments.
    "list_amendments": "Cases in the order of their drafting";

    /// Shows the case of an amendment.
    "get_amendment": "The case";

    /// Takes a step in the case of an amendment.
    ///
    /// `execute` puts it on record.
    "decide_on_amendment": "The case as it is now",
        409 "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`";
}
