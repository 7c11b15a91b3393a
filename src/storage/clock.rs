//! The only place that looks at the wall clock. Everything else takes the time from its unit of work.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeDelta, Utc};

use crate::storage::StorageError;

/// The date of an instant in China's time zone (UTC+8), which all dates of the register use.
pub fn day_of(instant: DateTime<Utc>) -> NaiveDate {
    (instant + TimeDelta::hours(8)).date_naive()
}

/// The instant at which a day of the register begins; none for a day beyond what instants can be.
pub fn beginning_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_time(NaiveTime::MIN).and_utc()).and_then(|it| it.checked_sub_signed(TimeDelta::hours(8)))
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

/// By how much the clock may differ from the instant up to which the journal is sealed. Beyond that the clock is wrong, or
/// nobody was there for long; which of them, an administrator has to say.
#[derive(Debug, Clone, Copy)]
pub struct ClockLimits {
    /// How far ahead it may be.
    pub ahead: TimeDelta,
    /// How far behind it may be.
    pub behind: TimeDelta,
}

impl Default for ClockLimits {
    /// Three days ahead: a server that stood still over a weekend goes on by itself. Five seconds behind.
    fn default() -> Self {
        Self { ahead: TimeDelta::hours(72), behind: TimeDelta::seconds(5) }
    }
}

/// A clock that lags by more than this came from a clock that was ahead when something was sealed: waiting for it would stop
/// the registry for as long.
const WAITED_FOR: TimeDelta = TimeDelta::hours(1);

/// What is wrong with a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFault {
    /// It is far ahead of what was sealed last.
    Ahead,
    /// It is behind what was sealed last.
    Behind,
}

impl ClockLimits {
    /// Compares the clock with the instant up to which the journal is sealed.
    pub fn fault(&self, sealed_through: NaiveDateTime, now: NaiveDateTime) -> Option<ClockFault> {
        let lag = sealed_through - now;
        if -lag > self.ahead {
            Some(ClockFault::Ahead)
        } else if lag > self.behind && lag <= WAITED_FOR {
            Some(ClockFault::Behind)
        } else {
            None
        }
    }

    /// Refuses to record anything by a clock that is wrong.
    pub(super) fn check(
        &self,
        sealed_through: NaiveDateTime,
        now: NaiveDateTime,
    ) -> Result<(), StorageError> {
        match self.fault(sealed_through, now) {
            None => Ok(()),
            Some(fault) => Err(StorageError::Clock { fault, sealed_through, now }),
        }
    }
}
