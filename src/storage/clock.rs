//! The only place that looks at the wall clock. Everything else takes the time from its unit of work.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

/// The date of an instant in China's time zone (UTC+8), which all dates of the register use.
pub fn day_of(instant: DateTime<Utc>) -> NaiveDate {
    (instant + TimeDelta::hours(8)).date_naive()
}

/// The source of the current time. Tests move their own clock forward instead of sleeping.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Seconds by which this clock runs ahead of the wall clock.
    ahead_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The current instant, to the microsecond, which is what both engines store.
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
        let wall = Utc::now();
        let ahead = TimeDelta::try_seconds(self.ahead_seconds.load(Ordering::Relaxed)).unwrap_or_default();
        (wall + ahead).trunc_subsecs(6)
    }

    /// Moves this clock, and every clone of it, forward.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
