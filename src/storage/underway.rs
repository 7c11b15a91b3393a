//! Units of work under way and what each of them holds, so that one that the database does not answer can be given up.
//!
//! A server that stands still with its connections open (its disk hangs, its machine is suspended) breaks nothing: its system goes
//! on acknowledging what it is sent, so that no time limit of TCP passes, and its own time limits stand still with it. Nothing wakes a
//! thread that waits for its answer inside libpq. So the unit of work is taken its place in the pool and its turn, which others then
//! get, with whatever else it keeps from others, and whoever asked for it is answered; the thread and the connection are left to each other until the server goes on or
//! the connection breaks. What such a unit wanted to change is not committed any more, unless it was being committed already.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    connection::InstrumentationEvent,
    r2d2::PooledConnection,
    result::{DatabaseErrorKind, Error as DieselError},
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::storage::{
    AnyConnection, StorageError,
    engine::{Opener, Pooled},
    unit::Kept,
};

/// For how long the statement under way on a connection has gone without an answer.
#[derive(Debug)]
pub(super) struct Pending {
    opened: Instant,
    /// When it began, in milliseconds after the opening, plus one; 0 where there is none.
    since: AtomicU64,
    /// At what pace it goes.
    pace: Mutex<Pace>,
}

/// How long a unit of work lets its statements go without an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Pace {
    /// Somebody waits for it: while the server answers nobody, no longer than anybody waits.
    #[default]
    Hurried,
    /// It takes long in any case, and is worth being waited for: until the server has not kept its own time limit either.
    Steady,
    /// Its statements have no time limit: until its connection breaks.
    Unhurried,
}

impl Default for Pending {
    fn default() -> Self {
        Self { opened: Instant::now(), since: AtomicU64::new(0), pace: Mutex::default() }
    }
}

impl Pending {
    /// Follows what a connection does.
    pub(super) fn note(&self, event: &InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                let since = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.since.store(since.saturating_add(1), Ordering::Relaxed);
            }
            InstrumentationEvent::FinishQuery { .. } => self.since.store(0, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Says at what pace the unit of work goes.
    pub(super) fn go_at(&self, pace: Pace) {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = pace;
    }

    /// How long its statement may go without an answer, if there is any limit.
    fn limit(&self, limits: Unanswered, is_silent: bool) -> Option<Duration> {
        match *self.pace.lock().unwrap_or_else(PoisonError::into_inner) {
            Pace::Unhurried => None,
            Pace::Hurried if is_silent => Some(limits.with_all),
            Pace::Hurried | Pace::Steady => limits.alone,
        }
    }

    /// How long the statement has waited, if there is one.
    fn waited(&self) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.opened.elapsed().saturating_sub(Duration::from_millis(since)))
    }
}

/// A unit of work, by what it holds.
#[derive(Debug, Default)]
pub(super) struct Unit(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    turn: Option<OwnedSemaphorePermit>,
    /// What it keeps from others besides.
    kept: Option<Kept>,
    /// Its place in the pool. The connection itself is with the thread that works on it.
    place: Option<PooledConnection<Opener>>,
    pending: Option<Arc<Pending>>,
    /// Whether its transaction is being committed.
    commits: bool,
    is_given_up: bool,
    /// Tells whoever asked for it that it was given up.
    tell: Option<oneshot::Sender<StorageError>>,
}

impl Unit {
    /// A unit that has its turn, and what tells that it was given up.
    pub(super) fn with(
        turn: OwnedSemaphorePermit,
        kept: Option<Kept>,
    ) -> (Self, oneshot::Receiver<StorageError>) {
        let (tell, told) = oneshot::channel();
        let held = Held { turn: Some(turn), kept, tell: Some(tell), ..Held::default() };
        (Self(Mutex::new(held)), told)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the place of a connection, and gives the connection to the thread.
    pub(super) fn keep(
        &self,
        mut place: PooledConnection<Opener>,
    ) -> Result<(AnyConnection, Arc<Pending>), StorageError> {
        let mut held = self.held();
        if held.is_given_up {
            return Err(StorageError::TookTooLong);
        }
        let conn = place.conn.take().ok_or(StorageError::Busy)?;
        let pending = Arc::clone(&place.pending);
        pending.go_at(Pace::Hurried);
        held.pending = Some(Arc::clone(&pending));
        held.commits = false;
        held.place = Some(place);
        Ok((conn, pending))
    }

    /// Gives the connection back to its place, if the unit has it still.
    pub(super) fn give_back(&self, conn: AnyConnection, note: impl FnOnce(&mut Pooled)) {
        let place = {
            let mut held = self.held();
            held.pending = None;
            held.place.take()
        };
        if let Some(mut place) = place {
            place.conn = Some(conn);
            note(&mut place);
        }
    }

    /// Looks whether the unit was given up.
    ///
    /// # Errors
    /// [`StorageError::TookTooLong`] if it was.
    pub(super) fn is_still_wanted(&self) -> Result<(), StorageError> {
        if self.held().is_given_up { Err(StorageError::TookTooLong) } else { Ok(()) }
    }

    /// Says that the unit is about to commit.
    ///
    /// # Errors
    /// [`StorageError::TookTooLong`] if it was given up: whoever asked was told that it is not done.
    pub(super) fn commits(&self) -> Result<(), StorageError> {
        let mut held = self.held();
        if held.is_given_up {
            return Err(StorageError::TookTooLong);
        }
        held.commits = true;
        Ok(())
    }

    /// Gives the unit up.
    fn give_up(&self) {
        let mut held = self.held();
        let why = if held.commits {
            let said = Box::new("the database did not answer the commit".to_owned());
            StorageError::Unconfirmed(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, said))
        } else {
            StorageError::TookTooLong
        };
        held.is_given_up = true;
        let _left = (held.place.take(), held.turn.take(), held.kept.take());
        if let Some(tell) = held.tell.take() {
            // Whoever asked may have gone away.
            let _ = tell.send(why);
        }
    }
}

/// How long a statement may go without an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unanswered {
    /// While the server answers others: beyond its own time limit. None where it has none.
    pub(super) alone: Option<Duration>,
    /// While it answers nobody, for whoever is hurried.
    pub(super) with_all: Duration,
}

/// All units of work under way that have a thread of their own.
#[derive(Debug, Default)]
pub(super) struct Underway {
    units: Mutex<HashMap<u64, Arc<Unit>>>,
    last: AtomicU64,
}

/// A unit of work while its thread runs.
#[derive(Debug)]
pub(super) struct Running<'u> {
    all: &'u Underway,
    number: u64,
    pub(super) unit: Arc<Unit>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.all.units().remove(&self.number);
    }
}

impl Underway {
    fn units(&self) -> MutexGuard<'_, HashMap<u64, Arc<Unit>>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists a unit for as long as its thread runs.
    pub(super) fn enter(&self, unit: Unit) -> Running<'_> {
        let (unit, number) = (Arc::new(unit), self.last.fetch_add(1, Ordering::Relaxed));
        self.units().insert(number, Arc::clone(&unit));
        Running { all: self, number, unit }
    }

    /// For how long the commit that waits longest has gone without an answer, given up or not, of those that are no older than that.
    pub(super) fn longest_commit(&self, no_older_than: Option<Duration>) -> Option<Duration> {
        let units: Vec<Arc<Unit>> = self.units().values().cloned().collect();
        let waited = units.iter().filter_map(|unit| {
            let held = unit.held();
            held.pending.as_ref().filter(|_| held.commits)?.waited()
        });
        waited.filter(|waited| no_older_than.is_none_or(|most| *waited <= most)).max()
    }

    /// Gives up the units whose statements have gone without an answer for too long, so long as not more than `most` of them wait
    /// for one: each keeps a thread, and a connection of the server. Returns how many were given up.
    pub(super) fn give_up_unanswered(&self, limits: Unanswered, is_silent: bool, most: usize) -> usize {
        let units: Vec<Arc<Unit>> = self.units().values().cloned().collect();
        let given_up = units.iter().filter(|it| it.held().is_given_up).count();
        let is_overdue = |unit: &&Arc<Unit>| {
            let held = unit.held();
            let Some(pending) = held.pending.as_ref().filter(|_| !held.is_given_up) else { return false };
            let limit = pending.limit(limits, is_silent);
            pending.waited().is_some_and(|waited| limit.is_some_and(|limit| waited >= limit))
        };
        let overdue = units.iter().filter(is_overdue).take(most.saturating_sub(given_up));
        overdue.map(|unit| unit.give_up()).count()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_is_given_up_gives_its_turn_back_and_commits_nothing() {
        let turns = Arc::new(Semaphore::new(1));
        let kept = Arc::new("a key");
        let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
        let (unit, told) = Unit::with(turn, Some(Arc::<&str>::clone(&kept)));
        assert_eq!((turns.available_permits(), Arc::strong_count(&kept)), (0, 2));
        unit.give_up();
        assert_eq!((turns.available_permits(), Arc::strong_count(&kept)), (1, 1));
        assert!(matches!(told.await, Ok(StorageError::TookTooLong)));
        assert!(matches!(unit.is_still_wanted(), Err(StorageError::TookTooLong)));
        assert!(matches!(unit.commits(), Err(StorageError::TookTooLong)));
    }

    #[test]
    fn whoever_takes_long_is_not_given_up_because_others_are_not_answered() {
        let limits = Unanswered { alone: Some(Duration::from_secs(40)), with_all: Duration::from_secs(10) };
        let pending = Pending::default();
        assert_eq!(pending.limit(limits, true), Some(limits.with_all));
        assert_eq!(pending.limit(limits, false), limits.alone);
        pending.go_at(Pace::Steady);
        assert_eq!(pending.limit(limits, true), limits.alone);
        pending.go_at(Pace::Unhurried);
        assert_eq!(pending.limit(limits, true), None);
        assert_eq!(pending.limit(limits, false), None);
    }

    #[tokio::test]
    async fn whoever_waits_for_a_commit_is_told_that_it_may_have_been_done() {
        let turns = Arc::new(Semaphore::new(1));
        let (unit, told) = Unit::with(turns.acquire_owned().await.unwrap(), None);
        unit.commits().unwrap();
        unit.give_up();
        assert!(matches!(told.await, Ok(StorageError::Unconfirmed(_))));
    }
}
