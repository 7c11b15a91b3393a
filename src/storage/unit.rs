//! Units of work: how a request reaches a connection, and how a change becomes a transaction.
//!
//! This is the only place that decides on isolation, retries, queues and threads. A command gets a [`Write`] and a query
//! a [`Read`]; there is no other way to obtain one, and a `Write` without a journal entry is rolled back.

use std::{
    any::Any,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use backon::{BlockingRetryable, ExponentialBuilder};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::{
    Connection, ConnectionError,
    associations::HasTable,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager},
    pg::Pg,
    query_builder::{
        AsChangeset, AsQuery, DeleteStatement, IntoUpdateTarget, QueryFragment, QueryId, UpdateStatement,
    },
    r2d2::{NopErrorHandler, Pool, PooledConnection},
    sqlite::Sqlite,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{
    storage::{
        AnyConnection, Clock, ClockFault, ClockLimits, Engine, Failure, Outlet, Pieces, StorageError, Target,
        chain, day_of, each,
        engine::{Access, Opener, Pooled, Reach, TimeLimits, works},
        lifeline::Lifeline,
        locks::Locks,
        outlet::{listen, outlet},
        presence::Presence,
        rights, room,
        rows::{Before, Cells, Change, ChangedRows, Declared, Layout, Returning, layout},
        sealing::enqueue,
        standby::Standby,
        underway::{Pace, Pending, Unanswered, Underway, Unit},
    },
    values::{Id, id::kind},
};

/// How long a connection is waited for before it is asked again whether any can be opened.
const WAITS_FOR: Duration = Duration::from_millis(50);

/// The longest time between two attempts to open a connection, twice over.
const OPENS_WITHIN: Duration = Duration::from_secs(1);

/// How long a statement may wait for a lock on a standby, where nothing but what is replayed takes any.
const LOCKED_ON_STANDBY: Duration = Duration::from_millis(500);

/// The settings of storage.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// The maximum number of open connections.
    pub connections: u32,
    /// How long a unit of work waits for its turn, or for a lock, before it is refused as busy.
    pub patience: Duration,
    /// How long one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
    /// How far the clock may be off.
    pub clock: ClockLimits,
}

/// Access to the database. Cheap to clone: all clones share the same connections.
#[derive(Debug, Clone)]
pub struct Storage {
    shared: Arc<Shared>,
    standby: Option<Arc<Standby>>,
    kept: Option<Kept>,
}

/// What a unit of work keeps from others while it is under way, whoever asked for it and whether they are still there, such as a
/// turn of theirs.
pub type Kept = Arc<dyn Any + Send + Sync>;

#[derive(Debug)]
pub(super) struct Shared {
    engine: Engine,
    pool: Pool<Opener>,
    opener: Opener,
    reach: Arc<Reach>,
    /// Whether its reads may lack what was committed last.
    is_standby: bool,
    folder: Option<PathBuf>,
    clock: Clock,
    clock_limits: ClockLimits,
    /// The instant up to which the journal is sealed, in microseconds, as last seen; the least number where nothing is.
    sealed_through: AtomicI64,
    patience: Duration,
    /// An unclassified failure after this time counts as having hit a time limit of the database.
    time_limit: Duration,
    /// Turns to write, handed out in order of request: one on SQLite, as many as connections on PostgreSQL.
    writers: Arc<Semaphore>,
    /// Turns to read, so that no more threads wait for connections than there are connections.
    readers: Arc<Semaphore>,
    /// Turns to stream: half of the connections.
    streams: Arc<Semaphore>,
    /// When a connection last broke; every connection that was idle then is probed before use.
    last_loss: Mutex<Option<Instant>>,
    /// When a commit was last answered.
    last_commit: Mutex<Option<Instant>>,
    /// How often a unit of work had to wait for a connection or a turn.
    waits: AtomicU64,
    /// The last change that the database had no room for, or could not take, unless one was taken since.
    not_taken: Mutex<Option<(NotTaken, Instant)>>,
    /// Whether a unit of work met that the role lacks rights, and nobody has found since that it has them.
    is_denied: AtomicBool,
    /// Whether the file of the database was found damaged. It is so until the program ends, for nobody mends it beside a server.
    is_damaged: AtomicBool,
    /// Whether the file of the database is still the one that was opened.
    presence: Presence,
    /// Notified after each commit, so that jobs need not wait for their next round.
    committed: watch::Sender<()>,
    /// How many transactions of this server may have changed anything, housekeeping included.
    changes: watch::Sender<u64>,
    /// The units of work that have threads of their own.
    underway: Underway,
    /// How long the database may leave a statement unanswered.
    unanswered: Unanswered,
    /// What knows whether the database answers anybody.
    lifeline: Arc<Lifeline>,
}

/// Why the database takes no changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no room left.
    Full,
    /// It can only be read.
    ReadOnly,
}

/// How long a database that took no change is taken to be so still: whoever waits for it to recover sends it no changes that
/// would show that it has.
const NOT_TAKEN_FOR: Duration = Duration::from_secs(30);

impl Storage {
    /// Opens the pool. The first connection is opened now, so that a wrong URL is reported at start.
    pub fn open(target: &Target, settings: &StorageSettings, clock: Clock) -> Result<Self, StorageError> {
        Self::open_for(target, Access::Full, settings, clock)
    }

    /// Opens a database for examination: neither its content nor any file beside it changes.
    pub fn open_read_only(
        target: &Target,
        settings: &StorageSettings,
        clock: Clock,
    ) -> Result<Self, StorageError> {
        Self::open_for(target, Access::ReadOnly, settings, clock)
    }

    fn open_for(
        target: &Target,
        access: Access,
        settings: &StorageSettings,
        clock: Clock,
    ) -> Result<Self, StorageError> {
        let storage = Self::closed(target, access, settings, clock);
        let Shared { opener, pool, .. } = &*storage.shared;
        if access == Access::ReadOnly {
            // A database that is not available for examination is reported at once, without waiting for it.
            drop(opener.open()?);
        }
        let failed = |_| opener.open().err().map_or(StorageError::Busy, StorageError::from);
        drop(pool.get_timeout(settings.patience).map_err(failed)?);
        storage.shared.presence.note(target);
        Ok(storage)
    }

    /// The way to a standby of PostgreSQL, whether it is there or not: nobody waits for one of its connections.
    pub(super) fn to_standby(target: &Target, settings: &StorageSettings, clock: Clock) -> Self {
        let hurried = StorageSettings { patience: Duration::ZERO, ..settings.clone() };
        Self::closed(target, Access::Standby, &hurried, clock)
    }

    /// A pool whose connections are still to be opened.
    fn closed(target: &Target, access: Access, settings: &StorageSettings, clock: Clock) -> Self {
        let engine = target.engine();
        let of_a_lock = match access {
            // Zero would be none: who waits for a lock there is better off at the primary.
            Access::Standby => LOCKED_ON_STANDBY,
            Access::Full | Access::ReadOnly => settings.patience,
        };
        let limits = TimeLimits { of_a_statement: settings.statement_timeout, of_a_lock };
        let reach = Arc::<Reach>::default();
        let opener = Opener { target: target.clone(), access, limits, reach: Arc::clone(&reach) };
        let pool = Pool::builder()
            .max_size(settings.connections.max(2))
            .min_idle(Some(1))
            // A connection that failed is replaced; probing each one would double the cost of every read.
            .test_on_check_out(false)
            .connection_timeout(OPENS_WITHIN)
            // Whoever needs a connection is told why there is none.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(opener.clone());
        let lifeline = Arc::new(Lifeline::new(opener.clone()));
        let turns = usize::try_from(pool.max_size()).unwrap_or(2);
        let writers = match engine {
            Engine::Sqlite => 1,
            Engine::Postgres => turns.saturating_sub(1).max(1),
        };
        let has_limit = !settings.statement_timeout.is_zero();
        let alone = has_limit.then(|| settings.statement_timeout.saturating_add(settings.patience));
        Self {
            standby: None,
            kept: None,
            shared: Arc::new(Shared {
                engine,
                pool,
                opener,
                reach,
                is_standby: access == Access::Standby,
                folder: target.folder().map(Path::to_owned),
                clock,
                clock_limits: settings.clock,
                sealed_through: AtomicI64::new(i64::MIN),
                patience: settings.patience,
                time_limit: limits.shortest(),
                writers: Arc::new(Semaphore::new(writers)),
                // On a standby, one connection is left for those who look how far it is, whose turns are the writers'.
                readers: Arc::new(Semaphore::new(match access {
                    Access::Standby => writers,
                    Access::Full | Access::ReadOnly => turns,
                })),
                streams: Arc::new(Semaphore::new((turns / 2).max(1))),
                last_loss: Mutex::new(None),
                last_commit: Mutex::new(None),
                waits: AtomicU64::new(0),
                not_taken: Mutex::new(None),
                is_denied: AtomicBool::new(false),
                is_damaged: AtomicBool::new(false),
                presence: Presence::default(),
                committed: watch::Sender::new(()),
                changes: watch::Sender::new(0),
                underway: Underway::default(),
                unanswered: Unanswered { alone, with_all: settings.patience },
                lifeline,
            }),
        }
    }

    /// The same storage, with a standby for the reads that it may answer.
    #[must_use]
    pub fn with_standby(self, standby: Standby) -> Self {
        Self { standby: Some(Arc::new(standby)), ..self }
    }

    /// The same storage, whose units of work on threads of their own keep something until they end or are given up. Those at a standby
    /// do not: where one is left to itself, the primary does its work.
    #[must_use]
    pub fn keeping(&self, kept: Kept) -> Self {
        Self { kept: Some(kept), ..self.clone() }
    }

    /// Its standby, if it has one.
    pub(super) fn standby(&self) -> Option<&Standby> {
        self.standby.as_deref()
    }

    /// How many transactions of this server may have changed anything so far, and what tells of the next.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How many there were so far.
    pub(super) fn changes_so_far(&self) -> u64 {
        *self.shared.changes.borrow()
    }

    /// Finds out whether the database answers anybody: a connection that is kept for this, a new one, or any unit of work.
    ///
    /// Where it leaves all of them unanswered, it stands still: until one is answered, units of work are refused at once.
    pub async fn try_to_reach(&self) {
        self.shared.lifeline.find_out().await;
    }

    /// Sees to it, while the database answers, that it can be asked beside the units of work once it no longer does.
    pub fn keep_in_touch(&self) {
        self.shared.lifeline.look_after();
    }

    /// Whether the database answers nobody, as was last seen by [`try_to_reach`](Self::try_to_reach).
    pub fn is_silent(&self) -> bool {
        self.shared.lifeline.is_silent()
    }

    /// Gives up the units of work that the database has left unanswered for longer than it may: their connections and turns are
    /// for others again.
    pub fn give_up_unanswered(&self) {
        let Shared { underway, unanswered, pool, .. } = &*self.shared;
        let most = usize::try_from(pool.max_size()).unwrap_or(2);
        let given_up = underway.give_up_unanswered(*unanswered, self.is_silent(), most);
        if given_up > 0 {
            *self.shared.last_loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            tracing::error!(given_up, "the database left units of work unanswered, which were given up");
        }
    }

    /// For how long no commit has been answered though one waits for it, such as for a standby that is away.
    pub fn commits_unanswered(&self) -> Option<Duration> {
        let last = *self.shared.last_commit.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is left behind by others waits for a server that is no longer asked.
        self.shared.underway.longest_commit(last.map(|it| it.elapsed()))
    }

    /// The clock that all units of work go by.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Connections in use and open, for the metrics.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.shared.pool.state();
        (state.connections.saturating_sub(state.idle_connections), state.connections)
    }

    /// How far the clock may be off.
    pub fn clock_limits(&self) -> ClockLimits {
        self.shared.clock_limits
    }

    /// Tells up to which instant the journal is sealed: nothing is recorded by a clock that is far from it.
    pub fn note_sealed_through(&self, instant: NaiveDateTime) {
        self.shared.sealed_through.store(instant.and_utc().timestamp_micros(), Ordering::Relaxed);
    }

    /// The folder of the database, if it is on this machine.
    pub fn folder(&self) -> Option<&Path> {
        self.shared.folder.as_deref()
    }

    /// How often a unit of work had to wait for a connection or a turn, for the metrics.
    pub fn waits(&self) -> u64 {
        self.shared.waits.load(Ordering::Relaxed)
    }

    /// Why the database took no change lately, if it did not.
    pub fn not_taken(&self) -> Option<NotTaken> {
        let last = *self.shared.not_taken.lock().unwrap_or_else(PoisonError::into_inner);
        last.filter(|(_, at)| at.elapsed() < NOT_TAKEN_FOR).map(|it| it.0)
    }

    /// Whether anybody met that the role of the database lacks rights, and nobody has found since that it has them.
    pub fn is_denied(&self) -> bool {
        self.shared.is_denied.load(Ordering::Relaxed)
    }

    /// Tells that the role has all rights, as [`lacking`](crate::storage::lacking) finds out.
    pub fn note_rights(&self) {
        self.shared.is_denied.store(false, Ordering::Relaxed);
    }

    /// Whether anybody met damage of the file of the database, in whatever part of it.
    pub fn is_damaged(&self) -> bool {
        self.shared.is_damaged.load(Ordering::Relaxed)
    }

    /// Refuses where the file of the database was removed or exchanged since it was opened.
    pub fn check_presence(&self) -> Result<(), StorageError> {
        self.shared.presence.check()
    }

    /// A channel that is notified of each commit of this server from now on.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.shared.committed.subscribe()
    }

    /// Runs a short query of **one statement**.
    ///
    /// On SQLite it runs on the calling thread, since handing it to another one costs more than the read itself.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    {
        if self.shared.engine == Engine::Sqlite
            && let Some(mut pooled) = self.shared.pool.try_get()
        {
            let Pooled { conn: Some(conn), pending, .. } = &mut *pooled else {
                return Err(StorageError::Busy.into());
            };
            let outcome = query(&mut self.shared.read(conn, pending));
            self.shared.note_damage(&outcome);
            return outcome;
        }
        self.read_apart(query).await
    }

    /// The same, on a thread of its own.
    pub(super) async fn read_apart<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.readers, move |shared, unit| {
            shared.with_connection(unit, |mut read| query(&mut read))
        })
        .await
    }

    /// The same, in a turn of those who change, so that those who read take none from it.
    pub(super) async fn look<T, F>(&self, query: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Read<'_>) -> Result<T, StorageError> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.writers, move |shared, unit| {
            shared.with_connection(unit, |mut read| query(&mut read))
        })
        .await
    }

    /// Runs a few short statements in one snapshot.
    ///
    /// On SQLite they run on the calling thread, as for [`read`](Self::read).
    pub async fn glance<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    {
        if self.shared.engine == Engine::Sqlite
            && let Some(mut pooled) = self.shared.pool.try_get()
        {
            let Pooled { conn: Some(conn), pending, .. } = &mut *pooled else {
                return Err(StorageError::Busy.into());
            };
            let outcome = in_snapshot(self.shared.read(conn, pending), query);
            self.shared.note_damage(&outcome);
            return outcome;
        }
        self.snapshot(query).await
    }

    /// Runs queries in one snapshot, however long they take.
    pub async fn snapshot<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.readers, move |shared, unit| {
            shared.with_connection(unit, |read| in_snapshot(read, query))
        })
        .await
    }

    /// Runs queries in one snapshot, and streams the results while they run.
    ///
    /// They stop when the reader goes away. At most half of the connections are used for streams, which may take long, so that
    /// other requests are still served.
    pub async fn stream<T, E, F>(&self, query: F) -> Result<Pieces<T, E>, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>, &Outlet<T>) -> Result<(), E> + Send + 'static,
    {
        self.stream_if(|_| Ok(()), query).await
    }

    /// The same, if the check that comes before the snapshot refuses nothing.
    pub(super) async fn stream_if<T, E, F>(
        &self,
        check: impl FnOnce(&mut Read<'_>) -> Result<(), E> + Send + 'static,
        query: F,
    ) -> Result<Pieces<T, E>, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>, &Outlet<T>) -> Result<(), E> + Send + 'static,
    {
        let (outlet, receiver) = outlet();
        let storage = self.clone();
        let work = async move {
            let turn = storage.turn(&storage.shared.streams).await?;
            storage
                .on_blocking_thread(&storage.shared.readers, move |shared, unit| {
                    let _turn = turn;
                    shared.with_connection(unit, |mut read| {
                        check(&mut read)?;
                        read.pending.go_at(Pace::Steady);
                        in_snapshot(read, |unit| query(unit, &outlet))
                    })
                })
                .await
        };
        listen(work, receiver).await
    }

    /// Runs a command in a transaction of its own and commits it.
    ///
    /// A transaction that conflicted with another one is retried, so the command may run more than once and must have no effects
    /// outside its unit of work. On an error, or without a journal entry, everything is rolled back.
    pub async fn write<T, E, F>(&self, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.writers, move |shared, unit| {
            let outcome = shared.try_to_write(unit, &command, commit);
            let is_refused =
                outcome.as_ref().is_err_and(|it| !it.storage().is_some_and(StorageError::is_lost));
            if !is_refused {
                shared.note_change();
            }
            if outcome.is_ok() {
                shared.note_commit();
                shared.committed.send_replace(());
                shared.note(None);
            }
            outcome
        })
        .await
    }

    /// Runs a command exactly as [`write`](Self::write) would, and rolls it back.
    pub async fn rehearse<T, E, F>(&self, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.writers, move |shared, unit| {
            shared.try_to_write(unit, &command, |conn| {
                roll_back(conn);
                Ok(())
            })
        })
        .await
    }

    /// Runs housekeeping that changes no fact of the register: sealing, deleting what has expired.
    pub async fn upkeep<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError> + Send + 'static,
    {
        self.on_blocking_thread(&self.shared.writers, move |shared, unit| shared.run_upkeep(unit, work)).await
    }

    /// Runs a query on the calling thread, before anything is served.
    pub(crate) fn read_now<T, E: Failure>(
        &self,
        query: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.shared.with_connection(&Unit::default(), |read| in_snapshot(read, query))
    }

    /// Runs a command as [`write`](Self::write) does, on the calling thread, before anything is served, and without time limits:
    /// if several servers start at once, all but one wait.
    pub(crate) fn write_now<T, E: Failure>(
        &self,
        command: impl Fn(&mut Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let unhurried = |unit: &mut Write<'_>| {
            unit.without_time_limits().map_err(StorageError::from)?;
            command(unit)
        };
        self.shared.try_to_write(&Unit::default(), &unhurried, commit)
    }

    /// Runs work as [`upkeep`](Self::upkeep) does, on the calling thread, before anything is served.
    pub(crate) fn upkeep_now<T>(
        &self,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.shared.run_upkeep(&Unit::default(), work)
    }

    async fn turn(&self, turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StorageError> {
        if let Ok(turn) = Arc::clone(turns).try_acquire_owned() {
            return Ok(turn);
        }
        self.shared.waits.fetch_add(1, Ordering::Relaxed);
        let mut silent = self.shared.lifeline.silent();
        tokio::select! {
            turn = tokio::time::timeout(self.shared.patience, Arc::clone(turns).acquire_owned()) => {
                turn.ok().and_then(Result::ok).ok_or(StorageError::Busy)
            }
            Ok(_) = silent.wait_for(|it| *it) => Err(silence()),
        }
    }

    /// Runs work on a thread where it may block. Once begun it runs to its end, even if the caller goes away, and keeps its turn
    /// and everything else that it holds until then.
    async fn on_blocking_thread<T, E, F>(&self, turns: &Arc<Semaphore>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&Shared, &Unit) -> Result<T, E> + Send + 'static,
    {
        if self.is_silent() {
            return Err(silence().into());
        }
        let (unit, given_up) = Unit::with(self.turn(turns).await?, self.kept.clone());
        let shared = Arc::clone(&self.shared);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _entered = span.entered();
            let running = shared.underway.enter(unit);
            work(&shared, &running.unit)
        });
        tokio::select! {
            biased;
            outcome = done => match outcome {
                Ok(outcome) => outcome,
                Err(stopped) => Err(StorageError::Corrupt(format!("a unit of work stopped: {stopped}")).into()),
            },
            Ok(why) = given_up => Err(why.into()),
        }
    }
}

/// What is said while the database stands still.
pub fn silence() -> StorageError {
    StorageError::Unreachable(ConnectionError::BadConnection("the database answers nobody".to_owned()))
}

impl Shared {
    /// A unit of work on a connection that only reads.
    fn read<'c>(&self, conn: &'c mut AnyConnection, pending: &'c Pending) -> Read<'c> {
        Read { conn, pending, now: self.clock.now(), is_on_standby: self.is_standby }
    }

    /// Takes a working connection, and marks it as lost if it breaks.
    fn with_connection<T, E: Failure>(
        &self,
        unit: &Unit,
        work: impl FnOnce(Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut conn, pending) = self.connection(unit)?;
        let started = Instant::now();
        let outcome = work(self.read(&mut conn, &pending));
        let (outcome, mut is_lost, mut works) = self.judged(outcome, started, &mut conn);
        unit.give_back(conn, |place| {
            place.lost |= std::mem::take(&mut is_lost);
            if std::mem::take(&mut works) {
                place.worked_at = Instant::now();
            }
        });
        outcome
    }

    /// What came of a unit of work, whether its connection broke, and whether it is known to work.
    fn judged<T, E: Failure>(
        &self,
        outcome: Result<T, E>,
        started: Instant,
        conn: &mut AnyConnection,
    ) -> (Result<T, E>, bool, bool) {
        self.note_damage(&outcome);
        match &outcome {
            Err(error)
                if started.elapsed() >= self.time_limit
                    && let Some(cause) = error.storage().filter(|it| it.is_unclassified()) =>
            {
                tracing::warn!(error = chain(cause), "a unit of work failed after a time limit had passed");
                (Err(StorageError::TookTooLong.into()), false, false)
            }
            Err(error)
                if error.storage().is_some_and(StorageError::is_unclassified) && room::is_missing(conn) =>
            {
                self.note(Some(NotTaken::Full));
                let full = StorageError::Full("the server of the database has no room left".into());
                (Err(full.into()), false, false)
            }
            Err(error)
                if error.storage().is_some_and(StorageError::is_unclassified)
                    && let Some(missing) = self.missing(conn) =>
            {
                self.is_denied.store(true, Ordering::Relaxed);
                (Err(StorageError::Denied(missing).into()), false, false)
            }
            Err(error) if error.storage().is_some_and(StorageError::is_lost) => {
                *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                (outcome, true, false)
            }
            judged => {
                match judged.as_ref().err().and_then(Failure::storage) {
                    Some(StorageError::Full(_)) => self.note(Some(NotTaken::Full)),
                    Some(StorageError::ReadOnly(_)) => self.note(Some(NotTaken::ReadOnly)),
                    _ => {}
                }
                (outcome, false, true)
            }
        }
    }

    /// What the role of the database lacks for what this storage is for.
    fn missing(&self, conn: &mut AnyConnection) -> Option<String> {
        match self.opener.access {
            Access::ReadOnly => rights::missing_to_read(conn),
            Access::Full | Access::Standby => rights::missing_to_work(conn),
        }
    }

    /// Records that somebody met damage, the first time with what it was.
    fn note_damage<T, E: Failure>(&self, outcome: &Result<T, E>) {
        let Some(error @ StorageError::Damaged(_)) = outcome.as_ref().err().and_then(Failure::storage) else {
            return;
        };
        if !self.is_damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(error = chain(error), "the database is damaged: see docs/operations.md");
        }
    }

    /// Records whether the database takes changes.
    fn note(&self, why: Option<NotTaken>) {
        *self.not_taken.lock().unwrap_or_else(PoisonError::into_inner) = why.map(|it| (it, Instant::now()));
    }

    /// Runs housekeeping in a transaction.
    fn run_upkeep<T>(
        &self,
        unit: &Unit,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.with_connection(unit, |read| {
            begin(read.conn, Begin::Write)?;
            let mut upkeep = Upkeep { read, clock_limits: self.clock_limits, unit };
            let is_there = self.presence.check();
            let done =
                is_there.and_then(|()| work(&mut upkeep)).and_then(|done| unit.commits().map(|()| done));
            let conn = upkeep.read.conn;
            match done {
                Ok(done) => {
                    let committed = commit(conn);
                    self.note_change();
                    if committed.is_ok() {
                        self.note_commit();
                    }
                    committed.map(|()| done)
                }
                Err(error) => {
                    roll_back(conn);
                    Err(error)
                }
            }
        })
    }

    /// Records that a commit was answered.
    fn note_commit(&self) {
        *self.last_commit.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Counts a transaction that may have changed something, before anybody is told of it.
    fn note_change(&self) {
        self.changes.send_modify(|it| *it = it.wrapping_add(1));
    }

    /// Refuses changes while the clock is far ahead of what was sealed last. Behind it, they wait to be sealed.
    fn check_clock(&self) -> Result<(), StorageError> {
        let seen = DateTime::from_timestamp_micros(self.sealed_through.load(Ordering::Relaxed));
        let Some(through) = seen.map(|it| it.naive_utc()) else { return Ok(()) };
        match self.clock_limits.check(through, self.clock.now().naive_utc()) {
            Err(wrong @ StorageError::Clock { fault: ClockFault::Ahead, .. }) => Err(wrong),
            _ => Ok(()),
        }
    }

    /// Takes a working connection for a unit of work, and notes where the file turns out damaged as it is opened.
    fn connection(&self, unit: &Unit) -> Result<(AnyConnection, Arc<Pending>), StorageError> {
        let taken = self.working_connection(unit);
        self.note_damage(&taken);
        taken
    }

    /// A working connection, which is the unit's from the first word on: a database that stands still does not even answer whether
    /// the connection works.
    fn working_connection(&self, unit: &Unit) -> Result<(AnyConnection, Arc<Pending>), StorageError> {
        let last_loss = *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner);
        // Each round returns a lost connection, which the pool replaces, so a new one comes up in the end.
        for _ in 0..=self.pool.max_size() {
            let mut place = self.taken()?;
            if self.lifeline.is_superseded(place.worked_at) {
                place.lost = true;
                continue;
            }
            let is_doubtful = place.is_doubtful(last_loss);
            let (mut conn, pending) = unit.keep(place)?;
            if !is_doubtful || works(&mut conn) {
                return Ok((conn, pending));
            }
            unit.give_back(conn, |place| place.lost = true);
        }
        Err(self.reach.failure().unwrap_or(StorageError::Busy))
    }

    /// Takes a connection once one is free, unless there is none and none can be opened: nobody waits for a database that is
    /// away.
    fn taken(&self) -> Result<PooledConnection<Opener>, StorageError> {
        if let Some(pooled) = self.pool.try_get() {
            return Ok(pooled);
        }
        self.waits.fetch_add(1, Ordering::Relaxed);
        let asked = Instant::now();
        loop {
            let left = self.patience.saturating_sub(asked.elapsed());
            if let Ok(pooled) = self.pool.get_timeout(left.min(WAITS_FOR)) {
                return Ok(pooled);
            }
            if self.pool.state().connections == 0
                && let Some(failure) = self.reach.failure()
            {
                return Err(failure);
            }
            if left.is_zero() {
                return Err(StorageError::Busy);
            }
        }
    }

    /// Runs a command in a transaction, retrying it after conflicts, and once more if the connection broke before the commit.
    fn try_to_write<T, E: Failure>(
        &self,
        unit: &Unit,
        command: &dyn Fn(&mut Write<'_>) -> Result<T, E>,
        end: fn(&mut AnyConnection) -> Result<(), StorageError>,
    ) -> Result<T, E> {
        self.check_clock()?;
        let limit = self.time_limit;
        let end = |conn: &mut AnyConnection| {
            self.presence.check().and_then(|()| unit.commits()).and_then(|()| end(conn))
        };
        let attempt =
            || self.with_connection(unit, |read| with_retries(read, &self.clock, limit, command, &end));
        match attempt() {
            Err(error) if matches!(error.storage(), Some(StorageError::Lost(_))) => attempt(),
            outcome => outcome,
        }
    }
}

/// How often a unit of work is retried after conflicts.
const RETRIES: usize = 12;

/// How often a unit of work is retried after an unclassified failure.
const RETRIES_OF_UNCLASSIFIED: u32 = 3;

fn with_retries<T, E: Failure>(
    read: Read<'_>,
    clock: &Clock,
    limit: Duration,
    command: &dyn Fn(&mut Write<'_>) -> Result<T, E>,
    end: &dyn Fn(&mut AnyConnection) -> Result<(), StorageError>,
) -> Result<T, E> {
    let Read { conn, pending, now: began, is_on_standby } = read;
    let mut attempts = 0_u32;
    let mut attempt = || {
        // Whoever waited for what was recorded later than they began comes after it when they begin anew.
        let now = if attempts == 0 { began } else { clock.now() };
        attempts = attempts.saturating_add(1);
        begin(conn, Begin::Write)?;
        let mut unit = Write {
            read: Read { conn, pending, now, is_on_standby },
            entries: Vec::new(),
            changed: ChangedRows::default(),
            queued: false,
            is_so_already: false,
            locks: Locks::default(),
        };
        let outcome = command(&mut unit).and_then(|done| {
            unit.enqueue_entries()?;
            Ok(done)
        });
        match outcome {
            Ok(done) => match end(conn) {
                Ok(()) => Ok(done),
                Err(error) => {
                    roll_back(conn);
                    Err(error.into())
                }
            },
            Err(error) => {
                roll_back(conn);
                Err(error)
            }
        }
    };
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(100))
        .with_max_times(RETRIES)
        .with_jitter();
    let (started, mut unclassified) = (Instant::now(), 0);
    (|| attempt())
        .retry(pauses)
        .when(|error: &E| match error.storage() {
            Some(error) if error.is_unclassified() => {
                unclassified += 1;
                unclassified <= RETRIES_OF_UNCLASSIFIED && started.elapsed() < limit
            }
            error => error.is_some_and(StorageError::is_transient),
        })
        .call()
}

enum Begin {
    Write,
    Snapshot,
}

fn begin(conn: &mut AnyConnection, how: Begin) -> Result<(), StorageError> {
    // SQLite's writers take the write lock at once, since upgrading a read transaction can fail. PostgreSQL's writers lock the
    // rows that they decide on (see `locks`), which avoids the retries of SERIALIZABLE on busy accounts.
    let begun = match (conn, how) {
        (AnyConnection::Lite(conn), Begin::Write) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        }
        (AnyConnection::Lite(conn), Begin::Snapshot) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED")
        }
        (AnyConnection::Pg(conn), Begin::Write) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL READ COMMITTED")
        }
        (AnyConnection::Pg(conn), Begin::Snapshot) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
    };
    Ok(begun?)
}

pub(super) fn in_snapshot<T, E: Failure>(
    mut read: Read<'_>,
    query: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    begin(read.conn, Begin::Snapshot)?;
    let outcome = query(&mut read);
    roll_back(read.conn);
    outcome
}

fn commit(conn: &mut AnyConnection) -> Result<(), StorageError> {
    let committed = <AnyConnection as Connection>::TransactionManager::commit_transaction(conn);
    committed.map_err(|error| match StorageError::from(error) {
        StorageError::Lost(error) => StorageError::Unconfirmed(error),
        other => other,
    })
}

/// Rolls back. A connection on which even that fails is broken, and the pool replaces it.
fn roll_back(conn: &mut AnyConnection) {
    if let Err(error) = <AnyConnection as Connection>::TransactionManager::rollback_transaction(conn) {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}

/// A unit of work that only reads.
#[derive(Debug)]
pub struct Read<'c> {
    conn: &'c mut AnyConnection,
    /// What is known of its statements.
    pending: &'c Pending,
    now: DateTime<Utc>,
    is_on_standby: bool,
}

impl Read<'_> {
    /// The instant of this unit of work.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The instant of this unit of work as both engines store it: UTC without a time zone.
    pub const fn timestamp(&self) -> NaiveDateTime {
        self.now.naive_utc()
    }

    /// Today's date in China's time zone (UTC+8), which all dates of the register use.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now)
    }

    /// Lifts the time limits of the database for the rest of this unit of work.
    pub(super) fn without_time_limits(&mut self) -> diesel::QueryResult<()> {
        if let AnyConnection::Pg(conn) = &mut *self.conn {
            conn.batch_execute("set local lock_timeout = 0; set local statement_timeout = 0")?;
        }
        self.pending.go_at(Pace::Unhurried);
        Ok(())
    }

    /// Whether it reads from a standby, which may not have everything that the primary has committed.
    pub(crate) const fn is_on_standby(&self) -> bool {
        self.is_on_standby
    }

    /// The same unit of work for a query of its own.
    pub(super) const fn again(&mut self) -> Read<'_> {
        Read { conn: self.conn, pending: self.pending, now: self.now, is_on_standby: self.is_on_standby }
    }

    /// The connection, for a room's store.
    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// Whether statements cross a network, so that few large ones are better than many.
    pub(crate) const fn is_remote(&self) -> bool {
        matches!(self.conn, AnyConnection::Pg(_))
    }

    /// Runs a statement on PostgreSQL. Returns the rows if an entry commits to them.
    fn run_remote<S>(&mut self, statement: Returning<S>) -> Result<Option<Vec<Cells>>, StorageError>
    where
        S: QueryFragment<Pg> + QueryId,
    {
        let AnyConnection::Pg(conn) = &mut self.conn else {
            return Err(StorageError::Corrupt("a statement for another engine".to_owned()));
        };
        if statement.layout.is_some() {
            Ok(Some(diesel::RunQueryDsl::load(statement, conn)?))
        } else {
            diesel::RunQueryDsl::execute(statement, conn)?;
            Ok(None)
        }
    }

    /// The rows that a statement is about to alter, locked as it would lock them, so that nobody can change them in between.
    fn before<Q>(&mut self, target: Q, layout: &'static Layout) -> Result<Vec<Cells>, StorageError>
    where
        Q: IntoUpdateTarget,
        Q::WhereClause: QueryFragment<Pg> + QueryFragment<Sqlite>,
    {
        let rows = Before { layout, of: target.into_update_target().where_clause };
        Ok(each!(self, |conn| diesel::RunQueryDsl::load(rows, conn))?)
    }

    /// Changes a table that no entry commits to.
    fn change_uncommitted<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        let statement = Returning { statement, layout: None };
        Ok(each!(self, |conn| diesel::RunQueryDsl::execute(statement, conn))?)
    }
}

/// A unit of work that changes the register: one transaction, with its journal entry.
#[derive(Debug)]
pub struct Write<'c> {
    read: Read<'c>,
    /// The journal entries of this unit.
    entries: Vec<Id<kind::Entry>>,
    /// The rows that its last entry will commit to.
    changed: ChangedRows,
    /// Whether entries of this unit were queued for sealing already.
    queued: bool,
    /// Whether what was asked for is so already.
    is_so_already: bool,
    locks: Locks,
}

impl Write<'_> {
    /// Registers journal entries of this unit. Only the journal calls it.
    pub(crate) fn journaled(&mut self, entries: impl IntoIterator<Item = Id<kind::Entry>>) {
        self.entries.extend(entries);
    }

    /// Inserts rows, and returns their number. The entry of this unit will commit to them.
    pub(crate) fn change<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        match layout(<S::Table as Declared>::TABLE.name) {
            None => self.read.change_uncommitted(statement),
            of_table @ Some(layout) => {
                let statement = Returning { statement, layout: of_table };
                let rows: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
                self.changed.inserted(layout, &rows)?;
                Ok(rows.len())
            }
        }
    }

    /// The same for an insert of many rows, which only PostgreSQL supports.
    pub(crate) fn change_remote<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryId,
    {
        let of_table = layout(<S::Table as Declared>::TABLE.name);
        let rows: Option<Vec<Cells>> = self.read.run_remote(Returning { statement, layout: of_table })?;
        if let (Some(layout), Some(rows)) = (of_table, &rows) {
            self.changed.inserted(layout, rows)?;
        }
        Ok(rows.map_or(0, |it| it.len()))
    }

    /// Alters rows, and returns their number. The entry of this unit will commit to their forms before and after, so that `verify`
    /// can tell whether anything else altered them in between.
    pub(crate) fn alter<Q, V>(&mut self, target: Q, values: V) -> Result<usize, StorageError>
    where
        Q: IntoUpdateTarget + Clone,
        <Q as HasTable>::Table: Declared,
        Q::WhereClause: QueryFragment<Pg> + QueryFragment<Sqlite>,
        V: AsChangeset<Target = <Q as HasTable>::Table>,
        UpdateStatement<<Q as HasTable>::Table, Q::WhereClause, V::Changeset>:
            QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + AsQuery,
    {
        let of_table = layout(<<Q as HasTable>::Table as Declared>::TABLE.name);
        let Some(layout) = of_table else {
            return self.read.change_uncommitted(diesel::update(target).set(values));
        };
        let before = self.read.before(target.clone(), layout)?;
        let statement = Returning { statement: diesel::update(target).set(values), layout: of_table };
        let after: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
        self.changed.altered(layout, &before, &after)?;
        Ok(after.len())
    }

    /// Removes rows, and returns their number. The entry of this unit will commit to their former content.
    pub(crate) fn remove<Q>(&mut self, target: Q) -> Result<usize, StorageError>
    where
        Q: IntoUpdateTarget + Clone,
        <Q as HasTable>::Table: Declared,
        Q::WhereClause: QueryFragment<Pg> + QueryFragment<Sqlite>,
        DeleteStatement<<Q as HasTable>::Table, Q::WhereClause>:
            QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        let of_table = layout(<<Q as HasTable>::Table as Declared>::TABLE.name);
        let Some(layout) = of_table else {
            return self.read.change_uncommitted(diesel::delete(target));
        };
        // A deleting statement returns the rows as they were.
        let statement = Returning { statement: diesel::delete(target), layout: of_table };
        let before: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
        self.changed.removed(layout, &before)?;
        Ok(before.len())
    }

    /// Commits to rows as found, although this unit did not change them; nothing is stated about their earlier form.
    pub(crate) fn commit_to(&mut self, layout: &'static Layout, rows: &[Cells]) -> Result<(), StorageError> {
        self.changed.found(layout, rows)
    }

    /// Queues the entries of this unit for sealing. The last one commits to all rows that changed.
    ///
    /// This comes last before the commit: a unit that changes one of the rows later waits for that commit, and so comes later in
    /// the journal as well. A unit that commits to very many rows may call it more than once.
    pub(crate) fn enqueue_entries(&mut self) -> Result<(), StorageError> {
        if self.entries.is_empty() {
            let nothing_left = (self.queued || self.is_so_already) && self.changed.is_empty();
            return if nothing_left { Ok(()) } else { Err(StorageError::Unjournaled) };
        }
        self.queued = true;
        let (entries, changed) = (std::mem::take(&mut self.entries), std::mem::take(&mut self.changed));
        enqueue(self, &entries, &changed.to_canonical_json())
    }

    /// Says that what this unit was asked for is so already: it changes nothing, and needs no entry.
    pub(crate) const fn is_so_already(&mut self) {
        self.is_so_already = true;
    }

    /// Declares that this unit runs several commands one after the other, each taking its own locks, so the order of locks cannot
    /// be kept. Such a unit may cause a deadlock, which the database then resolves.
    pub const fn runs_several_commands(&mut self) {
        self.locks.in_any_order = true;
    }

    /// Whether this unit changed any row that entries commit to.
    pub(super) fn has_changed(&self) -> bool {
        self.queued || !self.changed.is_empty()
    }

    /// What this unit has locked.
    pub(super) const fn locks(&mut self) -> &mut Locks {
        &mut self.locks
    }
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

/// A unit of work for housekeeping: it changes no fact of the register and needs no journal entry.
#[derive(Debug)]
pub struct Upkeep<'c> {
    read: Read<'c>,
    clock_limits: ClockLimits,
    unit: &'c Unit,
}

impl Upkeep<'_> {
    /// Looks whether it was given up meanwhile, before anything is changed outside the database.
    ///
    /// # Errors
    /// [`StorageError::TookTooLong`] if it was: the database may go on elsewhere by now.
    pub(crate) fn is_still_wanted(&self) -> Result<(), StorageError> {
        self.unit.is_still_wanted()
    }

    /// How far the clock may be off.
    pub(super) const fn clock_limits(&self) -> ClockLimits {
        self.clock_limits
    }

    /// Inserts rows into a table that no entry commits to, and returns their number.
    ///
    /// # Errors
    /// [`StorageError::Unjournaled`] for every other table: what users rely on is changed only with an entry.
    pub(crate) fn change<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        require_uncommitted::<S::Table>()?;
        self.read.change_uncommitted(statement)
    }

    /// Alters rows of such a table.
    pub(crate) fn alter<Q, V>(&mut self, target: Q, values: V) -> Result<usize, StorageError>
    where
        Q: IntoUpdateTarget,
        <Q as HasTable>::Table: Declared,
        V: AsChangeset<Target = <Q as HasTable>::Table>,
        UpdateStatement<<Q as HasTable>::Table, Q::WhereClause, V::Changeset>:
            QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + AsQuery,
    {
        require_uncommitted::<<Q as HasTable>::Table>()?;
        self.read.change_uncommitted(diesel::update(target).set(values))
    }

    /// Removes rows of such a table.
    pub(crate) fn remove<Q>(&mut self, target: Q) -> Result<usize, StorageError>
    where
        Q: IntoUpdateTarget,
        <Q as HasTable>::Table: Declared,
        DeleteStatement<<Q as HasTable>::Table, Q::WhereClause>:
            QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        require_uncommitted::<<Q as HasTable>::Table>()?;
        self.read.change_uncommitted(diesel::delete(target))
    }

    /// The same for an insert of many rows, which only PostgreSQL supports.
    pub(crate) fn change_remote<S>(&mut self, statement: S) -> Result<(), StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryId,
    {
        require_uncommitted::<S::Table>()?;
        self.read.run_remote(Returning { statement, layout: None }).map(drop)
    }
}

/// Refuses a table that entries commit to.
fn require_uncommitted<T: Declared>() -> Result<(), StorageError> {
    if layout(T::TABLE.name).is_none() { Ok(()) } else { Err(StorageError::Unjournaled) }
}

impl<'c> Deref for Upkeep<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl DerefMut for Upkeep<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}
