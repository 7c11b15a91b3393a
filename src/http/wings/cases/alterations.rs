//! Alterations over HTTP: grants ended and renewed, assets divided, merged, disposed of and restored.

use actix_web::{get, post};

use crate::{
    acts::alterations::asked::AlterationRequest,
    http::{
        shell::routes::Routes,
        wings::cases::{case::CaseResponse, operations::case_operations},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(draft).service(list).service(fetch).service(decide);
}

case_operations! {
    AlterationRequest, CaseResponse, "alterations":
        "/v1/alterations", "/v1/alterations/{id}", "/v1/alterations/{id}/decisions";

    /// Drafts an alteration.
    ///
    /// What ends or renews a grant, or changes the asset under all rights: termination, renewal, division, merger, disposal,
    /// restoration. What a loss rule blocks stays a draft; what the rights do not allow is refused.
    "draft_alteration": "The case, with its findings",
        403 "`out_of_scope`",
        409 "`conflict`, `insufficient_right`",
        422 "`share_too_fine`";

    /// Lists the cases of alterations.
    "list_alterations": "Cases in the order of their drafting";

    /// Shows the case of an alteration.
    "get_alteration": "The case";

    /// Takes a step in the case of an alteration.
    ///
    /// `execute` makes the alteration; what ends, divides or restores an asset is executed once its day has come.
    "decide_on_alteration": "The case as it is now",
        409 "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `insufficient_right`",
        422 "`share_too_fine`";
}
