//! How many requests a user or an address may send: 429 with `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers).

use std::num::NonZeroU32;

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderName, RETRY_AFTER},
    web::Data,
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use crate::http::shell::{
    callers::caller,
    problem::{Code, Problem},
    registry::{Registry, part},
};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Counts the requests of each user, and of each address that shows no token.
#[derive(Debug)]
pub(crate) struct Limits {
    per_minute: NonZeroU32,
    limiter: Limiter,
}

/// What is left of a quota; the middleware writes it on the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quotas {
    pub(crate) per_minute: u32,
    pub(crate) left: u32,
}

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

impl Limits {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute)).with_middleware();
        Self { per_minute, limiter }
    }

    /// Drops those who sent nothing for as long as the quota takes to fill up.
    pub(crate) fn drop_idle(&self) {
        self.limiter.retain_recent();
    }
}

/// Counts a request of `who`, or refuses it.
pub(crate) fn admit(request: &HttpRequest, who: &str) -> Result<(), Problem> {
    let limits = part::<Limits>(request)?;
    let per_minute = limits.per_minute.get();
    match limits.limiter.check_key(&who.to_owned()) {
        Ok(state) => {
            let quotas = Quotas { per_minute, left: state.remaining_burst_capacity() };
            request.extensions_mut().insert(quotas);
            Ok(())
        }
        Err(until) => {
            let wait = until.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1);
            Err(Problem::new(Code::TooManyRequests)
                .saying(
                    "每分钟至多 {per_minute} 次请求，请在 {wait} 秒后重试。",
                    "At most {per_minute} requests a minute are answered; try again in {wait} seconds.",
                )
                .put("per_minute", per_minute)
                .put("wait", wait)
                .header(RETRY_AFTER, wait.to_string())
                .header(RATE_LIMIT, format!("\"default\";r=0;t={wait}"))
                .header(RATE_LIMIT_POLICY, format!("\"default\";q={per_minute};w=60")))
        }
    }
}

/// Counts a request without a token, by its address.
pub(crate) fn admit_public(request: &HttpRequest) -> Result<(), Problem> {
    admit(request, &address(request))
}

/// The address that the request came from: that of the caller, where a proxy of the registry asks for somebody.
pub(crate) fn address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr() else { return String::new() };
    let proxies = request.app_data::<Data<Registry>>().map(|it| it.settings.trusted_proxies.as_slice());
    caller(peer.ip(), proxies.unwrap_or_default(), request.headers()).to_string()
}
