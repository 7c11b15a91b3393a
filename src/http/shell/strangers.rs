//! What strangers are refused is counted, and only some of it is logged: nobody without a token fills the log.

use std::{
    cell::RefCell,
    num::NonZeroU32,
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// How many refusals of strangers are logged in a second, after a burst of as many.
const LINES_A_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Whether whoever sent a request has shown a token that is valid. It is laid beside the request before anything is done with
/// it, since a request that takes too long is gone when it is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Rc<RefCell<Option<String>>>);

impl Known {
    /// Writes down that they have, and whose it is.
    pub(crate) fn has_shown(&self, user: String) {
        self.0.replace(Some(user));
    }

    /// The user whose token it is; none of a stranger.
    pub(crate) fn user(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Whether they have so far.
    pub(crate) fn is_so(&self) -> bool {
        self.0.borrow().is_some()
    }
}

/// Which refusals of strangers are logged.
#[derive(Debug)]
pub(crate) struct Strangers {
    lines: DefaultDirectRateLimiter,
    left_out: AtomicU64,
}

impl Default for Strangers {
    fn default() -> Self {
        Self { lines: RateLimiter::direct(Quota::per_second(LINES_A_SECOND)), left_out: AtomicU64::new(0) }
    }
}

impl Strangers {
    /// Whether the next refusal is logged: then how many were left out since the last one that was.
    pub(crate) fn next(&self) -> Option<u64> {
        if self.lines.check().is_ok() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_a_few_lines_and_a_number() {
        let strangers = Strangers::default();
        let logged = (0..1000).filter_map(|_| strangers.next()).count();
        assert!((5..50).contains(&logged), "{logged}");
        let left_out = strangers.left_out.load(Ordering::Relaxed);
        assert!(left_out >= 950, "{left_out}");
    }
}
