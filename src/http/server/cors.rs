//! Front ends of others: from which origins a browser may use the interface (CORS, the Fetch standard).

use actix_cors::Cors;
use actix_web::http::{Method, header};

/// For how many seconds a browser need not ask again.
const MAX_AGE: usize = 3600;

/// Lets pages of some origins use the interface. They send tokens by themselves: there are no cookies to be sent along.
pub(super) fn cors(origins: &[String]) -> Cors {
    let allowed = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .allowed_headers(["idempotency-key", "traceparent", "tracestate"])
        .expose_headers([
            header::CONTENT_DISPOSITION,
            header::CONTENT_LANGUAGE,
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
        ])
        .expose_headers([
            "deprecation",
            "dry-run",
            "idempotency-replayed",
            "journal-index",
            "ratelimit",
            "ratelimit-policy",
            "sunset",
            "x-request-id",
        ])
        .max_age(MAX_AGE);
    origins.iter().fold(allowed, |allowed, origin| allowed.allowed_origin(origin))
}
