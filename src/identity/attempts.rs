//! How often somebody may try to sign in, and how many passwords are worked on at a time.

use std::{num::NonZeroU32, sync::Arc, thread::available_parallelism, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits the attempts to sign in: for each user name from one address, for each address, and for each user name from everywhere. So
/// guessing one person's password and guessing many persons' are both slow, and nobody at one address keeps somebody at another from
/// signing in.
#[derive(Debug)]
pub struct SignInAttempts {
    by_name_and_address: DefaultKeyedRateLimiter<(String, String)>,
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
    /// Admits `per_minute` attempts a minute for a name from one address, and ten times as many for an address, and for a name.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let of_all = Quota::per_minute(per_minute.saturating_mul(TEN));
        Self {
            by_name_and_address: RateLimiter::keyed(Quota::per_minute(per_minute)),
            by_name: RateLimiter::keyed(of_all),
            by_address: RateLimiter::keyed(of_all),
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
        let (name, address) = (username.to_lowercase(), address.to_owned());
        self.by_address.check_key(&address).map_err(refused)?;
        // Before that of the name alone, which is used up by nobody who is refused here.
        self.by_name_and_address.check_key(&(name.clone(), address)).map_err(refused)?;
        self.by_name.check_key(&name).map_err(refused)
    }

    /// Forgets names and addresses that have been quiet.
    pub fn forget_quiet(&self) {
        self.by_name_and_address.retain_recent();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_guesses_at_one_address_keeps_nobody_out_at_another() {
        let attempts = SignInAttempts::new(NonZeroU32::new(3).unwrap());
        let admitted = |name: &str, address: &str| {
            std::iter::from_fn(|| attempts.admit(name, address).ok()).take(100).count()
        };
        assert_eq!(admitted("Officer", "10.0.0.1"), 3);
        assert_eq!(admitted("officer", "10.0.0.1"), 0);
        assert_eq!(admitted("officer", "10.0.0.2"), 3);
        // From everywhere together, ten times as many.
        let of_others: usize = (3..30).map(|it| admitted("officer", &format!("10.0.0.{it}"))).sum();
        assert_eq!(of_others, 24);
        let of_one = (0..40).filter(|it| attempts.admit(&format!("user{it}"), "10.0.1.1").is_ok()).count();
        assert_eq!(of_one, 30);
    }
}
