//! Around every request: its span, a time limit, the metrics, the wording of problems, the headers that every answer has.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::http::shell::{
    authentication::request_id,
    deadline::Deadline,
    language::Language,
    limits::{Quotas, RATE_LIMIT, RATE_LIMIT_POLICY, admit_public, is_probed_too_often},
    metrics::Metrics,
    problem::{Code, Problem},
    registry::Registry,
    route::{foreseen, route},
    strangers::{Known, Strangers},
};

/// The span of a request: its id and its method, and once it was answered its route and status.
///
/// Neither the query, in which people are searched for by name, nor addresses and agents: logs hold no personal data.
pub(super) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        tracing::info_span!(
            "request",
            id,
            method = request.method().as_str(),
            route = field::Empty,
            status = field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is said of a request that was not answered in time. Only what has a key is answered again by it.
fn too_late(method: &Method, limit: Duration) -> Problem {
    let problem = Problem::failing(Code::Unavailable, format!("it was not answered within {limit:?}"));
    let problem = if method == Method::POST {
        problem.saying(
            "处理超时，结果尚不确定；请稍候，以同一 `Idempotency-Key` 重新发送，即可得知结果。",
            "It took too long, and may still be done. Send it again with the same Idempotency-Key to learn what came of it.",
        )
    } else if method == Method::PATCH {
        problem.saying(
            "处理超时，结果尚不确定；请稍候重新读取，尚未改成的，以新的 `If-Match` 重新发送。",
            "It took too long, and may still be done. Read it anew to learn what came of it, and send the change again \
             with its new tag where nothing did.",
        )
    } else {
        problem.saying("处理超时，请稍候重新发送。", "It took too long; send it again after a while.")
    };
    problem.header(header::RETRY_AFTER, "1")
}

/// Around every request: a time limit, the metrics, the wording of problems, and the headers that every answer has.
///
/// The request itself is not kept: the router needs the only reference to it.
pub(super) async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static, BoxBody>>, Error> {
    let started = Instant::now();
    let language = Language::of(request.request());
    request.extensions_mut().insert(language);
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered as GET; the server leaves the body out (RFC 9110, section 9.3.2).
        request.head_mut().method = Method::GET;
    }
    let id = request_id(request.request());
    let known = Known::default();
    request.extensions_mut().insert(known.clone());
    // Before anything is done for them, the router's search included.
    let admitted = if is_asked_by_probes(&request) {
        if is_probed_too_often(request.request()) {
            tokio::time::sleep(TOLD_AFTER).await;
        }
        Ok(())
    } else if request.headers().contains_key(header::AUTHORIZATION) {
        Ok(())
    } else {
        admit_public(request.request())
    };
    // The server offers no other protocol, and closes a connection on which one was asked for: said beforehand, so that the
    // client sends nothing more on it.
    let parting = request.head().connection_type() == ConnectionType::Upgrade;
    let metrics = request.app_data::<Data<Metrics>>().cloned();
    let strangers = request.app_data::<Data<Strangers>>().cloned();
    let count = |route: &str, status: u16| {
        if let Some(metrics) = &metrics {
            let route = if route.is_empty() { "none" } else { route };
            metrics.answered(method.as_str(), route, status, started.elapsed());
        }
    };
    if let Err(refused) = admitted {
        let refused = Worded::Framework(refused);
        log(&refused, strangers.as_ref().map(Data::get_ref));
        let rendered = render(&refused, id.as_deref(), language);
        let mut response = request.into_response(rendered).map_into_right_body();
        complete(response.response_mut(), id.as_deref(), None, parting);
        count("", response.status().as_u16());
        put_off(response.status()).await;
        return Ok(response);
    }
    // Told beforehand and beside the request: one that takes too long is gone when it is answered.
    let foreseen = foreseen(request.request());
    let limit =
        request.app_data::<Data<Registry>>().map_or(Duration::from_secs(30), |it| it.settings.timeout);
    let is_probe = is_asked_by_probes(&request);
    let deadline = Deadline::within(limit);
    request.extensions_mut().insert(deadline.clone());
    let answered = match deadline.hold(next.call(request)).await {
        Some(answered) => answered,
        None => Err(too_late(&method, limit).into()),
    };
    let strangers = strangers.filter(|_| !known.is_so());
    let mut response = match answered {
        Ok(response) => match response.response().error().map(worded) {
            None => response.map_into_left_body(),
            Some(problem) => {
                tracing::Span::current().record("route", &*route(response.request()));
                // A probe is told the state, which the log says once by itself.
                if !(is_probe && problem.problem().is_refusal()) {
                    log(&problem, strangers.as_ref().map(Data::get_ref));
                }
                let rendered = render(&problem, id.as_deref(), language);
                response.into_response(rendered).map_into_right_body()
            }
        },
        Err(error) => {
            let problem = worded(&error);
            tracing::Span::current().record("route", &*foreseen);
            log(&problem, strangers.as_ref().map(Data::get_ref));
            let mut rendered = render(&problem, id.as_deref(), language);
            complete(&mut rendered, id.as_deref(), None, parting);
            count(&foreseen, rendered.status().as_u16());
            put_off(rendered.status()).await;
            return Err(InternalError::from_response(error, rendered).into());
        }
    };
    let quotas = response.request().extensions().get::<Quotas>().copied();
    complete(response.response_mut(), id.as_deref(), quotas, parting);
    count(&route(response.request()), response.status().as_u16());
    put_off(response.status()).await;
    Ok(response)
}

/// How long anybody waits for being told that they ask too often.
pub(super) const TOLD_AFTER: Duration = Duration::from_millis(200);

/// Lets whoever asks too often wait for the answer, so that they ask less: most wait for one before they ask again, and a refusal
/// takes time of the threads that answer everybody.
async fn put_off(status: StatusCode) {
    if status == StatusCode::TOO_MANY_REQUESTS {
        tokio::time::sleep(TOLD_AFTER).await;
    }
}

/// Whether a request is for what watches the server. What decides by it whether the server is there must not take it for dead
/// because somebody beside it sends too much: it is answered whoever asks, and later where many do.
fn is_asked_by_probes(request: &ServiceRequest) -> bool {
    matches!(request.path(), "/healthz" | "/readyz" | "/metrics")
}

/// The headers that every answer has; `parting` where nothing more is answered on its connection.
fn complete<B>(response: &mut HttpResponse<B>, id: Option<&str>, quotas: Option<Quotas>, parting: bool) {
    if parting {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
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

impl Worded<'_> {
    const fn problem(&self) -> &Problem {
        match self {
            Self::Ours(problem) => problem,
            Self::Framework(problem) => problem,
        }
    }
}

/// Logs a problem. What a stranger is refused is logged now and then, with the number of those that were not.
fn log(problem: &Worded<'_>, stranger: Option<&Strangers>) {
    let problem = problem.problem();
    match stranger.filter(|_| problem.is_refusal()) {
        None => problem.log(),
        Some(strangers) => {
            if let Some(left_out) = strangers.next() {
                tracing::info!(code = %problem, left_out, "a request of a stranger was refused");
            }
        }
    }
}

fn render(problem: &Worded<'_>, id: Option<&str>, language: Language) -> HttpResponse {
    problem.problem().render(language, &format!("urn:uuid:{}", id.unwrap_or_default()))
}
