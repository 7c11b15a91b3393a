//! The server itself: whether it is alive and ready, and what it has counted.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::shell::{
        metrics::Metrics,
        problem::{Code, Problem},
        registry::Registry,
        routes::Routes,
    },
    jobs::Progress,
    storage::StorageError,
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(alive).service(ready).service(metrics);
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
        Err(Problem::new(Code::Unavailable).saying(
            "数据库结构尚未更新；请管理员运行 `sanquan migrate`。",
            "Migrations of the database are missing; run sanquan migrate.",
        ))
    }
}

/// What the server has counted, for Prometheus.
#[utoipa::path(tag = "system", operation_id = "get_metrics", security(()), responses(
    (status = 200, description = "The counters in OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
#[get("/metrics")]
pub(crate) async fn metrics(
    registry: web::Data<Registry>,
    counted: web::Data<Metrics>,
    progress: web::Data<Progress>,
) -> Result<HttpResponse, Problem> {
    let sealed = registry.storage.read::<_, StorageError, _>(crate::journal::size).await?;
    let (connections, refused) = (registry.storage.connections(), registry.log.is_refused());
    let text = counted.text(connections, sealed, refused, &progress).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}
