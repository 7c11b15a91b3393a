//! The server itself: is it alive, is it ready, what has it counted.

use actix_web::{
    HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    get, web,
};
use serde::Serialize;
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use utoipa::ToSchema;

use crate::{
    http::shell::{
        problem::{Code, Problem},
        registry::Registry,
        routes::Routes,
    },
    storage::StorageError,
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(alive).service(ready).service(metrics);
}

/// The span of a request: its id and its method, and once it was answered its route and status.
///
/// Neither the query, in which people are searched for by name, nor addresses and agents: logs hold no personal data.
pub(crate) struct RequestSpan;

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

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok` where all is well.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the server is alive.
///
/// Asks nothing of the database: a server that waits for its database is alive.
#[utoipa::path(tag = "system", operation_id = "get_health", security(()), responses((status = 200, description = "It is alive", body = Health)))]
#[get("/healthz")]
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Whether the server can do its work.
///
/// The database answers and all migrations are applied.
#[utoipa::path(tag = "system", operation_id = "get_readiness", security(()), responses((status = 200, description = "It is ready", body = Health)))]
#[get("/readyz")]
pub(crate) async fn ready(registry: web::Data<Registry>) -> Result<HttpResponse, Problem> {
    if registry.storage.is_ready().await? {
        Ok(HttpResponse::Ok().json(Health { status: "ok" }))
    } else {
        Err(Problem::new(Code::Unavailable)
            .saying("数据库结构尚未更新。", "Migrations of the database are missing."))
    }
}

/// What the server has counted, for Prometheus.
#[utoipa::path(tag = "system", operation_id = "get_metrics", security(()), responses(
    (status = 200, description = "The counters in OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
#[get("/metrics")]
pub(crate) async fn metrics(registry: web::Data<Registry>) -> Result<HttpResponse, Problem> {
    let sealed = registry.storage.read::<_, StorageError, _>(crate::journal::size).await?;
    let (connections, refused) = (registry.storage.connections(), registry.log.is_refused());
    let text = registry.metrics.text(connections, sealed, refused).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}
