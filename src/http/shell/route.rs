//! The route of a request: the pattern of its address, looked up once, since the router looks through all of them.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};

use crate::http::server::openapi::address;

#[derive(Clone)]
struct Route(Arc<str>);

/// The pattern that the address of a request fits, such as `/v1/assets/{id}`; empty where it fits none.
pub(crate) fn route(request: &HttpRequest) -> Arc<str> {
    if let Some(Route(known)) = request.extensions().get::<Route>() {
        return Arc::clone(known);
    }
    let found: Arc<str> = address(&request.match_pattern().unwrap_or_default()).into();
    request.extensions_mut().insert(Route(Arc::clone(&found)));
    found
}
