//! The life of the server: the wings with the layers around them, on a socket, and what runs beside them until it stops.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_http::{HttpService, Request};
use actix_service::{
    IntoServiceFactory as _, Service as _, ServiceFactoryExt as _, apply_fn_factory, fn_service, map_config,
};
use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    dev::{AppConfig, ServerHandle},
    middleware::{Compress, Condition, from_fn},
    rt::net::TcpStream,
    web,
};
use futures_util::future::ready;
use tokio::task::JoinHandle;
use tracing_actix_web::TracingLogger;

use crate::{
    http::{
        server::{
            answers::answers,
            assembly::wings,
            connections::Connections,
            cors::cors,
            middleware::{RequestSpan, around},
            openapi::document,
            page,
            parts::Parts,
            patience::Patient,
            pipelining::Answered,
        },
        shell::{
            limits::{Limits, admit_public, counted_as},
            operations::{Operations, method_not_allowed},
            problem::{Code, Problem},
            published::Published,
            readiness::Readiness,
            registry::Registry,
            route::route,
            turns::Turns,
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
    /// When it was told to stop, once it is.
    told_to_stop: JoinHandle<Instant>,
    shutdown_timeout: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.base_url)
    }
}

impl Server {
    /// Runs until it is stopped; requests in flight are finished first. The time that it has for that is the jobs' as well.
    pub async fn run(self) -> std::io::Result<()> {
        let outcome = self.running.await;
        let took = match self.told_to_stop.is_finished() {
            true => self.told_to_stop.await.map(|it| it.elapsed()).unwrap_or_default(),
            false => Duration::ZERO,
        };
        self.jobs.stop(self.shutdown_timeout.saturating_sub(took)).await;
        outcome
    }
}

/// Starts to serve on a socket that listens already.
pub fn serve(registry: &Arc<Registry>, socket: TcpListener) -> std::io::Result<Server> {
    let base_url = format!("http://{}", socket.local_addr()?);
    let parts = Parts::of(registry, &document());
    let (settings, limits, progress) = (&registry.settings, parts.limits.clone(), parts.progress.clone());
    let turns = parts.turns.clone();
    let readiness = parts.readiness.clone();
    readiness.look_first(registry);
    let origins = settings.cors_origins.clone();
    let address = socket.local_addr()?;
    let (write_timeout, workers) = (settings.write_timeout, settings.workers);
    let app = move || {
        App::new()
            .configure(|config| parts.install(config))
            .wrap(from_fn(answers))
            .wrap(Compress::default())
            .wrap(from_fn(around))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .configure(wings)
            .service(web::resource("/openapi.json").get(published))
            .configure(page::routes)
            .default_service(web::to(nowhere))
    };
    // What `HttpServer` would put together, but for the connections, whose writing has a time limit here.
    let mut server = actix_web::dev::Server::build().shutdown_timeout(settings.shutdown_timeout.as_secs());
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    let stops = server.graceful_shutdown_signal();
    let told_to_stop = tokio::spawn({
        let stops = stops.clone();
        async move {
            stops.notified().await;
            Instant::now()
        }
    });
    let connections = Connections::new(settings.connections);
    let server = server.listen("http", socket, move || {
        let stops = stops.clone();
        let app = app().into_factory().map_err(|error: Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stops = stops.clone();
                async move { stops.notified().await }
            })
            .client_request_timeout(Duration::from_secs(10))
            .client_disconnect_timeout(Duration::from_secs(1))
            .keep_alive(IDLE_KEPT)
            .local_addr(address)
            .on_connect_ext(|connection: &Patient, data| {
                data.insert(connection.answered());
            })
            .h1(apply_fn_factory(map_config(app, |()| AppConfig::default()), |request: Request, app| {
                let connection = request.conn_data::<Arc<Answered>>().cloned();
                let answer = app.call(request);
                async move {
                    let answer = answer.await;
                    if let Some(connection) = connection {
                        connection.now();
                    }
                    answer
                }
            }));
        let connections = Arc::clone(&connections);
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            let place = connections.take(peer.map(|it| counted_as(it.ip())).unwrap_or_default());
            ready(Ok((Patient::new(stream, place, write_timeout), peer)))
        })
        .and_then(http)
    })?;
    let running = server.run();
    let mut jobs = vec![
        journal::sealing(registry.storage.clone(), Arc::clone(&registry.log)),
        Job::new(JobName::Tidying, {
            let registry = Arc::clone(registry);
            move || tidy(Arc::clone(&registry), limits.clone(), turns.clone())
        }),
        Job::new(JobName::Watching, {
            let registry = Arc::clone(registry);
            move || watch(Arc::clone(&registry), readiness.clone())
        }),
    ];
    if registry.storage.following().is_some() {
        let registry = Arc::clone(registry);
        jobs.push(Job::new(JobName::Following, move || follow(Arc::clone(&registry))));
    }
    let jobs = Jobs::start(jobs, &registry.storage, &progress);
    let shutdown_timeout = settings.shutdown_timeout;
    Ok(Server { base_url, handle: running.handle(), running, jobs, told_to_stop, shutdown_timeout })
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

/// Looks how far the standby is.
async fn follow(registry: Arc<Registry>) -> Result<Next, StorageError> {
    registry.storage.follow_standby().await?;
    Ok(Next::Immediately)
}

/// Deletes what has expired.
async fn tidy(
    registry: Arc<Registry>,
    limits: web::Data<Limits>,
    turns: web::Data<Turns>,
) -> Result<Next, StorageError> {
    registry.attempts.forget_quiet();
    limits.drop_idle();
    turns.drop_idle();
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
async fn published(request: HttpRequest, document: web::Data<Published>) -> Result<HttpResponse, Problem> {
    admit_public(&request)?;
    document.text().answer(&request).await
}

/// Answers what is no operation: another method of a known address, or an unknown address.
async fn nowhere(request: HttpRequest, operations: web::Data<Operations>) -> Result<HttpResponse, Problem> {
    admit_public(&request)?;
    // What fits no pattern is not held against them again.
    let methods = if route(&request).is_empty() { None } else { operations.methods_at(request.path()) };
    match methods {
        Some(methods) => Err(method_not_allowed(&methods)),
        None => Err(Problem::new(Code::NotFound)),
    }
}
