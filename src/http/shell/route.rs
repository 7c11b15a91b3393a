//! The route of a request: the pattern of its address, looked up once, since the router looks through all of them.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};

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

/// The same of a request that the router has not seen yet: by its address alone, whatever the method.
pub(crate) fn foreseen(request: &HttpRequest) -> String {
    address(&request.match_pattern().unwrap_or_default())
}

/// The address of an operation in the document, for the pattern by which the router found it: `{index:.*}` is `{index}` there.
fn address(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |address, part| {
        let (place, rest) = part.split_once('}').unwrap_or((part, ""));
        let name = place.split(':').next().unwrap_or_default();
        format!("{address}{{{name}}}{rest}")
    })
}
