//! The server itself: whether it is alive and ready, and what it has counted.

use actix_web::{HttpResponse, get, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::shell::{
        hindrance::Hindrance,
        metrics::Metrics,
        problem::{Code, Problem},
        readiness::Readiness,
        registry::Registry,
        routes::Routes,
    },
    jobs::Progress,
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
/// Answered at once from what is looked at every second, without asking the database. Where it cannot, `reasons` says why not.
#[utoipa::path(tag = "system", operation_id = "get_readiness", security(()), responses(
    (status = 200, description = "It is ready", body = Health), (status = 507, description = "`storage_full`")))]
#[get("/readyz")]
pub(crate) async fn ready(readiness: web::Data<Readiness>) -> Result<HttpResponse, Problem> {
    let hindrances = readiness.seen().hindrances;
    if hindrances.is_empty() {
        return Ok(HttpResponse::Ok().json(Health { status: "ok" }));
    }
    let full = hindrances.contains(&Hindrance::StorageFull);
    let code = if full { Code::StorageFull } else { Code::Unavailable };
    let reasons: Vec<_> = hindrances.iter().map(|it| it.code()).collect();
    Err(Problem::new(code)
        .saying(
            "系统暂时不能正常办理：{reasons}。请系统管理员处理（见 `docs/zh/operations.md`）。",
            "The registry cannot do its work: {reasons}. Whoever runs it finds in `docs/operations.md` what to do.",
        )
        .put("reasons", hindrances)
        .with("reasons", reasons)
        .header(header::RETRY_AFTER, "5"))
}

/// What the server has counted, for Prometheus.
#[utoipa::path(tag = "system", operation_id = "get_metrics", security(()), responses(
    (status = 200, description = "The counters in OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
#[get("/metrics")]
pub(crate) async fn metrics(
    registry: web::Data<Registry>,
    counted: web::Data<Metrics>,
    progress: web::Data<Progress>,
    readiness: web::Data<Readiness>,
) -> Result<HttpResponse, Problem> {
    let text = counted.text(&registry, &readiness.seen(), &progress).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}
