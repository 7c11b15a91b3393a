//! The assembly: the wings with their operations, the layers around them, and the life of the server.

pub(in crate::http) mod openapi;

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, Error, HttpMessage, HttpRequest, HttpResponse, HttpServer,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::{Compress, Next, from_fn},
    web,
};
use tracing_actix_web::TracingLogger;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    http::{
        shell::{
            ask::method_not_allowed,
            authentication::request_id,
            language::Language,
            limits::{Quotas, RATE_LIMIT, RATE_LIMIT_POLICY},
            problem::{Code, Problem},
            registry::Registry,
            route::route,
            routes::{Routes, Said},
        },
        wings::{cases, identity, journal, maintenance, money, register, system},
    },
    storage::forget_answers_before,
};

/// Every wing of the interface.
fn wings(config: &mut impl Routes) {
    config
        .configure(system::routes)
        .configure(identity::routes)
        .configure(register::routes)
        .configure(cases::routes)
        .configure(money::routes)
        .configure(maintenance::routes)
        .configure(journal::routes);
}

/// The operations of every wing, without a server around them.
pub(crate) fn described() -> OpenApi {
    let mut said = Said::default();
    wings(&mut said);
    said.document()
}

/// A server that listens.
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Stops it.
    pub handle: ServerHandle,
    running: actix_web::dev::Server,
    upkeep: Vec<tokio::task::JoinHandle<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.base_url)
    }
}

impl Server {
    /// Runs until it is told to stop; requests in flight are finished first.
    pub async fn run(self) -> std::io::Result<()> {
        let outcome = self.running.await;
        for task in &self.upkeep {
            task.abort();
        }
        outcome
    }
}

/// Starts to serve on a socket that listens already.
pub fn serve(registry: &Arc<Registry>, socket: TcpListener) -> std::io::Result<Server> {
    let base_url = format!("http://{}", socket.local_addr()?);
    let data = web::Data::from(Arc::clone(registry));
    let settings = registry.settings.clone();
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .wrap(Compress::default())
            .wrap(from_fn(shell))
            .wrap(TracingLogger::<system::RequestSpan>::new())
            .configure(wings)
            .service(web::resource("/openapi.json").get(published))
            .service(SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json")))
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(nowhere))
    })
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(settings.shutdown_timeout.as_secs());
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let running = server.listen(socket)?.run();
    let upkeep = vec![
        tokio::spawn(crate::journal::keep_sealing(registry.storage.clone(), Arc::clone(&registry.log))),
        tokio::spawn(tidy(Arc::clone(registry))),
    ];
    Ok(Server { base_url, handle: running.handle(), running, upkeep })
}

/// How long the answer to an idempotency key is kept.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Forgets what has run out, once an hour.
async fn tidy(registry: Arc<Registry>) {
    loop {
        let tidied = registry
            .storage
            .upkeep(|unit| {
                let before = unit.timestamp() - ANSWERS_KEPT;
                forget_answers_before(unit, before)?;
                crate::identity::forget_expired(unit)
            })
            .await;
        if let Err(error) = tidied {
            tracing::warn!(
                error = crate::storage::chain(&error),
                "tidying up failed and will be tried again"
            );
        }
        registry.attempts.forget_quiet();
        registry.limits.forget_quiet();
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

/// The OpenAPI document.
async fn published(registry: web::Data<Registry>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(registry.published.text())
}

/// What is no operation: another method of a known address, or no address at all.
async fn nowhere(request: HttpRequest, registry: web::Data<Registry>) -> Result<HttpResponse, Problem> {
    match registry.operations.methods_at(request.path()) {
        Some(methods) => Err(method_not_allowed(&methods)),
        None => Err(Problem::new(Code::NotFound)),
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request: a time limit, the metrics, the wording of problems, and the headers that every answer has.
///
/// The request itself is not kept: the router refuses one that somebody else holds too.
async fn shell(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static, BoxBody>>, Error> {
    let started = std::time::Instant::now();
    let language = Language::of(request.request());
    request.extensions_mut().insert(language);
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered as GET; the server leaves the body out (RFC 9110, section 9.3.2).
        request.head_mut().method = Method::GET;
    }
    let id = request_id(request.request());
    let registry = request.app_data::<web::Data<Registry>>().cloned();
    let limit = registry.as_ref().map_or(Duration::from_secs(30), |it| it.settings.timeout);
    let answered = match tokio::time::timeout(limit, next.call(request)).await {
        Ok(answered) => answered,
        Err(_) => Err(Problem::new(Code::Unavailable)
            .saying("处理超时。", "It took too long.")
            .header(header::RETRY_AFTER, "1")
            .into()),
    };
    let count = |route: &str, status: u16| {
        if let Some(registry) = &registry {
            registry.metrics.answered(method.as_str(), route, status, started.elapsed());
        }
    };
    let mut response = match answered {
        Ok(response) => match response.response().error().map(worded) {
            None => response.map_into_left_body(),
            Some(problem) => {
                tracing::Span::current().record("route", &*route(response.request()));
                let rendered = render(&problem, id.as_deref(), language);
                response.into_response(rendered).map_into_right_body()
            }
        },
        Err(error) => {
            let mut rendered = render(&worded(&error), id.as_deref(), language);
            complete(rendered.headers_mut(), id.as_deref(), None);
            count("none", rendered.status().as_u16());
            return Err(InternalError::from_response(error, rendered).into());
        }
    };
    let quotas = response.request().extensions().get::<Quotas>().copied();
    complete(response.headers_mut(), id.as_deref(), quotas);
    let route = route(response.request());
    count(if route.is_empty() { "none" } else { &route }, response.status().as_u16());
    Ok(response)
}

/// The headers that every answer has.
fn complete(headers: &mut HeaderMap, id: Option<&str>, quotas: Option<Quotas>) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if let Some(Ok(id)) = id.map(HeaderValue::try_from) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(Quotas { per_minute, left }) = quotas {
        for (name, value) in [
            (RATE_LIMIT_POLICY, format!("\"default\";q={per_minute};w=60")),
            (RATE_LIMIT, format!("\"default\";r={left};t=60")),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

/// The problem behind an error; what the framework refused by itself gets the code of its status.
fn worded(error: &Error) -> Worded<'_> {
    match error.as_error::<Problem>() {
        Some(problem) => Worded::Ours(problem),
        None => {
            let status = error.as_response_error().status_code();
            let code = Code::ALL.iter().copied().find(|it| it.status() == status).unwrap_or(Code::Internal);
            Worded::Framework(if status.is_client_error() {
                Problem::new(code)
            } else {
                Problem::internal(error)
            })
        }
    }
}

enum Worded<'e> {
    Ours(&'e Problem),
    Framework(Problem),
}

fn render(problem: &Worded<'_>, id: Option<&str>, language: Language) -> HttpResponse {
    let problem = match problem {
        Worded::Ours(problem) => problem,
        Worded::Framework(problem) => problem,
    };
    problem.log();
    problem.render(language, &format!("urn:uuid:{}", id.unwrap_or_default()))
}
