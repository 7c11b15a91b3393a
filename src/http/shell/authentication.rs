//! Who calls: the bearer token of a request becomes a caller, who must have the permission that the operation declares.

use actix_web::{HttpMessage, HttpRequest, http::header};
use tracing_actix_web::RequestId;

use crate::{
    http::shell::{
        limits,
        operations::Operations,
        problem::{Code, Problem},
        registry::{part, registry},
        route::route,
        strangers::Known,
    },
    identity::{Caller, Denied, TokenError},
};

/// Checks the token, the rate and the permission of a request.
///
/// The permission is the one that the operation's place in the OpenAPI document names. An operation that declares none
/// refuses everybody: forgetting it cannot give access.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Caller, Problem> {
    let registry = registry(request)?;
    let Some(token) = bearer(request) else {
        limits::admit_public(request)?;
        return Err(Problem::new(Code::Unauthenticated));
    };
    let mut caller = match registry.tokens.caller(&registry.storage, token).await {
        Ok(caller) => caller,
        Err(TokenError::Invalid) => {
            limits::admit_public(request)?;
            return Err(Problem::new(Code::Unauthenticated)
                .header(header::WWW_AUTHENTICATE, "Bearer realm=\"sanquan\", error=\"invalid_token\""));
        }
        Err(TokenError::Storage(error)) => return Err(error.into()),
    };
    let user = caller.user_id.to_string();
    if let Some(known) = request.extensions().get::<Known>() {
        known.has_shown(user.clone());
    }
    limits::admit(request, &user)?;
    let pattern = route(request);
    match part::<Operations>(request)?.permission(request.method().as_str(), &pattern) {
        Some(Some(permission)) if caller.may(permission) => {}
        Some(Some(permission)) => return Err(Denied::Permission(permission).into()),
        _ => return Err(Problem::internal(format!("{pattern} declares no permission"))),
    }
    caller.request_id = request_id(request);
    Ok(caller)
}

/// The id of a request, as its answer and its log lines carry it.
pub(crate) fn request_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(ToString::to_string)
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|it| !it.is_empty())
}
