//! The wing of the register, a file for each kind of thing in it.

mod parties;
mod projects;
mod regions;
mod relations;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.configure(parties::routes);
    config.configure(projects::routes);
    config.configure(regions::routes);
    config.configure(relations::routes);
}
