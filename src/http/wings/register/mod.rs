//! The wing of the register.

mod assets;
mod certificates;
mod chain;
mod documents;
mod holders;
mod holdings;
mod parties;
mod projects;
mod regions;
mod relations;
mod restrictions;
mod rights;

use crate::http::shell::routes::Routes;

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .configure(regions::routes)
        .configure(parties::routes)
        .configure(relations::routes)
        .configure(projects::routes)
        .configure(documents::routes)
        .configure(assets::routes)
        .configure(restrictions::routes)
        .configure(rights::routes)
        .configure(chain::routes)
        .configure(certificates::routes)
        .configure(holdings::routes)
        .configure(holders::routes);
}
