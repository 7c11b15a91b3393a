//! The assembly: the list of the wings, read by the server and by the OpenAPI document.

use utoipa::openapi::OpenApi;

use crate::http::{
    shell::routes::{Described, Routes},
    wings::{cases, delegations, identity, journal, maintenance, money, register, system},
};

/// Every wing of the interface.
pub(super) fn wings(config: &mut impl Routes) {
    config
        .configure(system::routes)
        .configure(identity::routes)
        .configure(delegations::routes)
        .configure(register::routes)
        .configure(cases::routes)
        .configure(money::routes)
        .configure(maintenance::routes)
        .configure(journal::routes);
}

/// The operations of every wing, without a server around them.
pub(super) fn described() -> OpenApi {
    let mut described = Described::default();
    wings(&mut described);
    described.document()
}
