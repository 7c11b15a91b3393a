//! How often somebody may try to sign in, and how many passwords are worked on at a time.

use std::{num::NonZeroU32, sync::Arc, thread::available_parallelism, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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

/// Turns at hashing passwords. Each takes 19 MiB of memory and a core for as long as it lasts, on purpose: a hundred at once would
/// take two gigabytes and the time of everybody else, and none of them would be done sooner.
#[derive(Debug)]
pub struct Hashing {
    turns: Arc<Semaphore>,
    patience: Duration,
}

/// A turn at hashing passwords; whoever has it may hash one at a time.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Hashing {
    /// So many turns at a time, or as many as there are cores; who waits longer than `patience` is refused.
    pub fn new(at_once: Option<usize>, patience: Duration) -> Self {
        let at_once = at_once.or_else(|| available_parallelism().ok().map(usize::from)).unwrap_or(1);
        Self { turns: Arc::new(Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS))), patience }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn turn(&self) -> Result<Turn, TooManyAttempts> {
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        let refused = TooManyAttempts { wait: self.patience };
        turn.map_err(|_| refused)?.map(Turn).map_err(|_| refused)
    }
}
