//! How often somebody may try to sign in.

use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Limits the attempts to sign in, for each user name and for each address apart, so that guessing one person's
/// password and guessing many persons' are both slow.
#[derive(Debug)]
pub struct SignInAttempts {
    by_name: DefaultKeyedRateLimiter<String>,
    by_address: DefaultKeyedRateLimiter<String>,
}

/// Too many attempts: how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts to sign in")]
pub struct TooManyAttempts {
    /// After this long an attempt is admitted again.
    pub wait: Duration,
}

impl SignInAttempts {
    /// Admits `per_minute` attempts a minute for a name, and ten times as many for an address.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self {
            by_name: RateLimiter::keyed(Quota::per_minute(per_minute)),
            by_address: RateLimiter::keyed(Quota::per_minute(per_minute.saturating_mul(TEN))),
        }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// When the name or the address has used up its attempts.
    pub fn admit(&self, username: &str, address: &str) -> Result<(), TooManyAttempts> {
        use governor::clock::{Clock, DefaultClock};
        let refused = |not_until: governor::NotUntil<_>| TooManyAttempts {
            wait: not_until.wait_time_from(DefaultClock::default().now()),
        };
        self.by_address.check_key(&address.to_owned()).map_err(refused)?;
        self.by_name.check_key(&username.to_lowercase()).map_err(refused)
    }

    /// Forgets names and addresses that have been quiet.
    pub fn forget_quiet(&self) {
        self.by_name.retain_recent();
        self.by_address.retain_recent();
    }
}

const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
