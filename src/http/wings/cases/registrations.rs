//! First registrations over HTTP.

use actix_web::{get, post};

use crate::{
    acts::registrations::asked::RegistrationRequest,
    http::{
        shell::routes::Routes,
        wings::cases::{case::CaseResponse, operations::case_operations},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(draft).service(list).service(fetch).service(decide);
}

case_operations! {
    RegistrationRequest, CaseResponse, "register":
        "/v1/registrations", "/v1/registrations/{id}", "/v1/registrations/{id}/decisions";

    /// Drafts the first registration of an asset's rights.
    ///
    /// Ownership sums to exactly 1; management and income to at most 1, and what is not granted rests with the owners.
    "draft_registration": "The case",
        403 "`out_of_scope`",
        409 "`already_registered`",
        422 "`share_exceeded`";

    /// Lists the cases of registrations.
    "list_registrations": "Cases in the order of their drafting";

    /// Shows the case of a registration.
    "get_registration": "The case";

    /// Takes a step in the case of a registration.
    ///
    /// `execute` puts the rights on record.
    "decide_on_registration": "The case as it is now",
        409 "`conflict`, `four_eyes`, `party_to_the_case`, `blocked_by_loss_check`, `already_registered`";
}
