//! What the shell keeps while the server runs, each part by its type, so that no part has to know the others.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use utoipa::openapi::OpenApi;

use crate::{
    http::shell::{
        act::RunningActs, body::Schemas, last_changes::LastChanges, limits::Limits, metrics::Metrics,
        operations::Operations, parameters::Parameters, published::Published, readiness::Readiness,
        registry::Registry, room::Rooms, strangers::Strangers, turns::Turns,
    },
    jobs::Progress,
};

/// The state of a server, shared by all its workers.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) registry: Data<Registry>,
    pub(super) limits: Data<Limits>,
    running: Data<RunningActs>,
    rooms: Data<Rooms>,
    published: Data<Published>,
    schemas: Data<Schemas>,
    parameters: Data<Parameters>,
    metrics: Data<Metrics>,
    pub(super) progress: Data<Progress>,
    last_changes: Data<LastChanges>,
    operations: Data<Operations>,
    strangers: Data<Strangers>,
    pub(super) turns: Data<Turns>,
    pub(super) readiness: Data<Readiness>,
}

impl Parts {
    /// The parts for a registry, and for the document that is published.
    pub(super) fn of(registry: &Arc<Registry>, document: &OpenApi) -> Self {
        let published = Arc::new(Published::of(document));
        Self {
            limits: Data::new(Limits::new(&registry.settings)),
            rooms: Data::new(Rooms::new(&registry.settings)),
            turns: Data::new(Turns::new(&registry.settings)),
            registry: Data::from(Arc::clone(registry)),
            running: Data::default(),
            schemas: Data::new(Schemas::of(&published)),
            parameters: Data::new(Parameters::of(document, &published)),
            metrics: Data::default(),
            progress: Data::default(),
            last_changes: Data::default(),
            strangers: Data::default(),
            readiness: Data::default(),
            operations: Data::new(Operations::of(document)),
            published: Data::from(published),
        }
    }

    /// Gives them to a worker.
    pub(super) fn install(&self, config: &mut ServiceConfig) {
        let Self {
            registry,
            limits,
            running,
            rooms,
            published,
            schemas,
            parameters,
            metrics,
            progress,
            last_changes,
            operations,
            strangers,
            turns,
            readiness,
        } = self.clone();
        config
            .app_data(registry)
            .app_data(limits)
            .app_data(running)
            .app_data(rooms)
            .app_data(published)
            .app_data(schemas)
            .app_data(parameters)
            .app_data(metrics)
            .app_data(progress)
            .app_data(last_changes)
            .app_data(operations)
            .app_data(strangers)
            .app_data(turns)
            .app_data(readiness);
    }
}
