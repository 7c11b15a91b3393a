//! How many requests a user may send, and all strangers of an address: 429 with `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers).

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderName, RETRY_AFTER},
    web::Data,
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use ipnet::IpNet;

use crate::{
    http::shell::{
        callers::caller,
        problem::{Code, Problem},
        registry::{HttpSettings, Registry, part},
    },
    values::{Id, id::kind},
};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Counts the requests of each user, and of each address those that show no valid token.
#[derive(Debug)]
pub(crate) struct Limits {
    users: Budget,
    strangers: Budget,
    probes: Budget,
    objections: DefaultKeyedRateLimiter<String>,
    objections_per_day: NonZeroU32,
}

/// So many requests a minute for each of some callers.
#[derive(Debug)]
struct Budget {
    per_minute: NonZeroU32,
    limiter: Limiter,
}

impl Budget {
    fn of(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute)).with_middleware();
        Self { per_minute, limiter }
    }
}

/// Marks a request that was counted, so that it is counted once.
struct Counted;

/// What is left of a quota; the middleware writes it on the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quotas {
    pub(crate) per_minute: u32,
    pub(crate) left: u32,
}

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

impl Limits {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let objections_per_day = settings.objections_per_day;
        let one_in = DAY.checked_div(objections_per_day.get()).filter(|it| !it.is_zero());
        let objections =
            Quota::with_period(one_in.unwrap_or(DAY)).unwrap_or(Quota::per_hour(objections_per_day));
        Self {
            users: Budget::of(settings.requests_per_minute),
            strangers: Budget::of(settings.strangers_per_minute),
            probes: Budget::of(PROBES_PER_MINUTE),
            objections: RateLimiter::keyed(objections.allow_burst(objections_per_day)),
            objections_per_day,
        }
    }

    /// Drops those who sent nothing for as long as the quota takes to fill up.
    pub(crate) fn drop_idle(&self) {
        self.users.limiter.retain_recent();
        self.strangers.limiter.retain_recent();
        self.probes.limiter.retain_recent();
        self.objections.retain_recent();
    }
}

/// Counts a request of a user, or refuses it.
pub(crate) fn admit(request: &HttpRequest, user: &str) -> Result<(), Problem> {
    count(request, &part::<Limits>(request)?.users, user)
}

fn count(request: &HttpRequest, budget: &Budget, who: &str) -> Result<(), Problem> {
    let per_minute = budget.per_minute.get();
    match budget.limiter.check_key(&who.to_owned()) {
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

/// Counts a request without a valid token, by its address, or refuses it. One that shows no token at all is counted before
/// anything is done for it, whatever it asks for; one that shows something else, where that turns out.
pub(crate) fn admit_public(request: &HttpRequest) -> Result<(), Problem> {
    if request.extensions_mut().insert(Counted).is_some() {
        return Ok(());
    }
    count(request, &part::<Limits>(request)?.strangers, &address(request))
}

/// How often those at one address ask whether the server is there without waiting for it: ten times a second.
const PROBES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// Counts a request of what watches the server, by its address; whether those at that address ask too often.
pub(crate) fn is_probed_too_often(request: &HttpRequest) -> bool {
    let counted = part::<Limits>(request).map(|it| it.probes.limiter.check_key(&address(request)).is_err());
    counted.unwrap_or_default()
}

/// Counts an objection against a notice, by the address that it comes from, or refuses it.
pub(crate) fn admit_objection(request: &HttpRequest, notice: Id<kind::Notice>) -> Result<(), Problem> {
    let limits = part::<Limits>(request)?;
    let key = format!("{} {notice}", address(request));
    limits.objections.check_key(&key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1);
        Problem::new(Code::TooManyRequests)
            .saying(
                "同一地址对同一公示每日至多提出 {per_day} 件异议，已提出的均已收到；请在 {wait} 秒后再提，或者向公示所列的联系人当面反映。",
                "At most {per_day} objections a day are taken from one address against one notice; those that were raised are on \
                 record. Try again in {wait} seconds, or turn to the office that the notice names.",
            )
            .put("per_day", limits.objections_per_day.get())
            .put("wait", wait)
            .header(RETRY_AFTER, wait.to_string())
    })
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The address that the request came from: that of the caller, where a proxy of the registry asks for somebody.
pub(crate) fn address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr() else { return String::new() };
    let proxies = request.app_data::<Data<Registry>>().map(|it| it.settings.trusted_proxies.as_slice());
    counted_as(caller(peer.ip(), proxies.unwrap_or_default(), request.headers()))
}

/// As what an address is counted. In version 6 each line has a network of 64 bits to itself, and takes another address of it for
/// each request if it likes.
pub(crate) fn counted_as(address: IpAddr) -> String {
    match address {
        IpAddr::V4(_) => address.to_string(),
        IpAddr::V6(_) => IpNet::new(address, 64).map_or(address.to_string(), |it| it.trunc().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_network_has_one_budget() {
        let of = |address: &str| counted_as(address.parse().unwrap());
        assert_eq!(of("198.51.100.7"), "198.51.100.7");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
