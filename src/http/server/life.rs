//! The life of the server: the wings with the layers around them, on a socket, and what runs beside them until it stops.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    middleware::{Compress, Condition, from_fn},
    web,
};
use tracing_actix_web::TracingLogger;

use crate::{
    http::{
        server::{
            assembly::wings,
            cors::cors,
            middleware::{RequestSpan, around},
            openapi::document,
            page,
            parts::Parts,
        },
        shell::{
            limits::Limits,
            operations::{Operations, method_not_allowed},
            problem::{Code, Problem},
            published::Published,
            readiness::Readiness,
            registry::Registry,
        },
    },
    identity,
    jobs::{Job, JobName, Jobs, Next},
    journal,
    storage::{StorageError, forget_answers_before},
};

/// A server that listens.
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Stops it.
    pub handle: ServerHandle,
    running: actix_web::dev::Server,
    jobs: Jobs,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.base_url)
    }
}

impl Server {
    /// Runs until it is stopped; requests in flight are finished first.
    pub async fn run(self) -> std::io::Result<()> {
        let outcome = self.running.await;
        self.jobs.stop().await;
        outcome
    }
}

/// Starts to serve on a socket that listens already.
pub fn serve(registry: &Arc<Registry>, socket: TcpListener) -> std::io::Result<Server> {
    let base_url = format!("http://{}", socket.local_addr()?);
    let parts = Parts::of(registry, &document());
    let (settings, limits, progress) = (&registry.settings, parts.limits.clone(), parts.progress.clone());
    let readiness = parts.readiness.clone();
    readiness.look_first(registry);
    let origins = settings.cors_origins.clone();
    let mut server = HttpServer::new(move || {
        App::new()
            .configure(|config| parts.install(config))
            .wrap(Compress::default())
            .wrap(from_fn(around))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .configure(wings)
            .service(web::resource("/openapi.json").get(published))
            .configure(page::routes)
            .default_service(web::to(nowhere))
    })
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(IDLE_KEPT)
    .shutdown_timeout(settings.shutdown_timeout.as_secs());
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let running = server.listen(socket)?.run();
    let jobs = vec![
        journal::sealing(registry.storage.clone(), Arc::clone(&registry.log)),
        Job::new(JobName::Tidying, {
            let registry = Arc::clone(registry);
            move || tidy(Arc::clone(&registry), limits.clone())
        }),
        Job::new(JobName::Watching, {
            let registry = Arc::clone(registry);
            move || watch(Arc::clone(&registry), readiness.clone())
        }),
    ];
    let jobs = Jobs::start(jobs, &registry.storage, &progress);
    Ok(Server { base_url, handle: running.handle(), running, jobs })
}

/// How long a connection is kept that nobody sends anything on: longer than most clients and proxies keep theirs. One that the
/// server closes first may be closed just as the next request is sent on it, whose sender then gets no answer.
const IDLE_KEPT: Duration = Duration::from_secs(75);

/// How long the answer to an idempotency key is kept.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// How often is tidied up.
const TIDIED_EVERY: Duration = Duration::from_secs(3600);

/// How often is looked whether the registry can do its work: while all is well, and while the database does not answer.
const WATCHED_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(250));

/// Looks whether the registry can do its work.
async fn watch(registry: Arc<Registry>, readiness: web::Data<Readiness>) -> Result<Next, StorageError> {
    let has_answered = readiness.look(&registry).await;
    Ok(Next::After(if has_answered { WATCHED_EVERY.0 } else { WATCHED_EVERY.1 }))
}

/// Deletes what has expired.
async fn tidy(registry: Arc<Registry>, limits: web::Data<Limits>) -> Result<Next, StorageError> {
    registry.attempts.forget_quiet();
    limits.drop_idle();
    registry
        .storage
        .upkeep(|unit| {
            journal::keep_time(unit)?;
            let before = unit.timestamp() - ANSWERS_KEPT;
            forget_answers_before(unit, before)?;
            identity::forget_expired(unit)
        })
        .await?;
    Ok(Next::After(TIDIED_EVERY))
}

/// The OpenAPI document.
async fn published(document: web::Data<Published>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.text())
}

/// Answers what is no operation: another method of a known address, or an unknown address.
async fn nowhere(request: HttpRequest, operations: web::Data<Operations>) -> Result<HttpResponse, Problem> {
    match operations.methods_at(request.path()) {
        Some(methods) => Err(method_not_allowed(&methods)),
        None => Err(Problem::new(Code::NotFound)),
    }
}
