//! Units of work: how a request reaches a connection, and how a change becomes a transaction.
//!
//! This is the only place that decides on isolation, retries, queues and threads. A command gets a [`Write`] and a query
//! a [`Read`]; there is no other way to obtain one, and a `Write` without a journal entry is rolled back.

use std::{
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use backon::{BlockingRetryable, ExponentialBuilder};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::{
    Connection,
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
        engine::{Access, Opener, Reach, TimeLimits},
        locks::Locks,
        outlet::{listen, outlet},
        room,
        rows::{Before, Cells, Change, ChangedRows, Declared, Layout, Returning, layout},
        sealing::enqueue,
    },
    values::{Id, id::kind},
};

/// How long a connection is waited for before it is asked again whether any can be opened.
const WAITS_FOR: Duration = Duration::from_millis(50);

/// The longest time between two attempts to open a connection, twice over.
const OPENS_WITHIN: Duration = Duration::from_secs(1);

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
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    pool: Pool<Opener>,
    reach: Arc<Reach>,
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
    /// How often a unit of work had to wait for a connection or a turn.
    waits: AtomicU64,
    /// The last change that the database had no room for, or could not take, unless one was taken since.
    not_taken: Mutex<Option<(NotTaken, Instant)>>,
    /// Notified after each commit, so that jobs need not wait for their next round.
    committed: watch::Sender<()>,
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
        let engine = target.engine();
        let limits = TimeLimits { of_a_statement: settings.statement_timeout, of_a_lock: settings.patience };
        let reach = Arc::<Reach>::default();
        let opener = Opener { target: target.clone(), access, limits, reach: Arc::clone(&reach) };
        let first = Opener { target: target.clone(), access, limits, reach: Arc::clone(&reach) };
        if access == Access::ReadOnly {
            // A database that is not available for examination is reported at once, without waiting for it.
            drop(first.open().map_err(StorageError::Unreachable)?);
        }
        let pool = Pool::builder()
            .max_size(settings.connections.max(2))
            .min_idle(Some(1))
            // A connection that failed is replaced; probing each one would double the cost of every read.
            .test_on_check_out(false)
            .connection_timeout(OPENS_WITHIN)
            // Whoever needs a connection is told why there is none.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(opener);
        let failed = |_| first.open().err().map_or(StorageError::Busy, StorageError::Unreachable);
        drop(pool.get_timeout(settings.patience).map_err(failed)?);
        let turns = usize::try_from(pool.max_size()).unwrap_or(2);
        let writers = match engine {
            Engine::Sqlite => 1,
            Engine::Postgres => turns.saturating_sub(1).max(1),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                pool,
                reach,
                folder: target.folder().map(Path::to_owned),
                clock,
                clock_limits: settings.clock,
                sealed_through: AtomicI64::new(i64::MIN),
                patience: settings.patience,
                time_limit: limits.shortest(),
                writers: Arc::new(Semaphore::new(writers)),
                readers: Arc::new(Semaphore::new(turns)),
                streams: Arc::new(Semaphore::new((turns / 2).max(1))),
                last_loss: Mutex::new(None),
                waits: AtomicU64::new(0),
                not_taken: Mutex::new(None),
                committed: watch::Sender::new(()),
            }),
        })
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
            return query(&mut Read { conn: &mut pooled.conn, now: self.shared.clock.now() });
        }
        self.on_blocking_thread(&self.shared.readers, move |shared| {
            shared.with_connection(|conn, now| query(&mut Read { conn, now }))
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
            return in_snapshot(&mut pooled.conn, self.shared.clock.now(), query);
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
        self.on_blocking_thread(&self.shared.readers, move |shared| {
            shared.with_connection(|conn, now| in_snapshot(conn, now, query))
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
        let (outlet, receiver) = outlet();
        let storage = self.clone();
        let work = async move {
            let turn = storage.turn(&storage.shared.streams).await?;
            storage
                .on_blocking_thread(&storage.shared.readers, move |shared| {
                    let _turn = turn;
                    shared.with_connection(|conn, now| in_snapshot(conn, now, |unit| query(unit, &outlet)))
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
        self.on_blocking_thread(&self.shared.writers, move |shared| {
            let outcome = shared.try_to_write(&command, commit);
            if outcome.is_ok() {
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
        self.on_blocking_thread(&self.shared.writers, move |shared| {
            shared.try_to_write(&command, |conn| {
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
        self.on_blocking_thread(&self.shared.writers, move |shared| shared.run_upkeep(work)).await
    }

    /// Runs a query on the calling thread, before anything is served.
    pub(crate) fn read_now<T, E: Failure>(
        &self,
        query: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.shared.with_connection(|conn, now| in_snapshot(conn, now, query))
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
        self.shared.try_to_write(&unhurried, commit)
    }

    /// Runs work as [`upkeep`](Self::upkeep) does, on the calling thread, before anything is served.
    pub(crate) fn upkeep_now<T>(
        &self,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.shared.run_upkeep(work)
    }

    async fn turn(&self, turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StorageError> {
        if let Ok(turn) = Arc::clone(turns).try_acquire_owned() {
            return Ok(turn);
        }
        self.shared.waits.fetch_add(1, Ordering::Relaxed);
        let turn = tokio::time::timeout(self.shared.patience, Arc::clone(turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(StorageError::Busy)
    }

    /// Runs work on a thread where it may block. Once begun it runs to its end, even if the caller goes away, and keeps its turn
    /// and everything else that it holds until then.
    async fn on_blocking_thread<T, E, F>(&self, turns: &Arc<Semaphore>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&Shared) -> Result<T, E> + Send + 'static,
    {
        let turn = self.turn(turns).await?;
        let shared = Arc::clone(&self.shared);
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let (_entered, _turn) = (span.entered(), turn);
            work(&shared)
        });
        match done.await {
            Ok(outcome) => outcome,
            Err(stopped) => Err(StorageError::Corrupt(format!("a unit of work stopped: {stopped}")).into()),
        }
    }
}

impl Shared {
    /// Takes a working connection, and marks it as lost if it breaks.
    fn with_connection<T, E: Failure>(
        &self,
        work: impl FnOnce(&mut AnyConnection, DateTime<Utc>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pooled = self.connection()?;
        let started = Instant::now();
        let outcome = work(&mut pooled.conn, self.clock.now());
        match &outcome {
            Err(error)
                if started.elapsed() >= self.time_limit
                    && let Some(cause) = error.storage().filter(|it| it.is_unclassified()) =>
            {
                tracing::warn!(error = chain(cause), "a unit of work failed after a time limit had passed");
                return Err(StorageError::TookTooLong.into());
            }
            Err(error)
                if error.storage().is_some_and(StorageError::is_unclassified)
                    && room::is_missing(&mut pooled.conn) =>
            {
                self.note(Some(NotTaken::Full));
                return Err(StorageError::Full("the server of the database has no room left".into()).into());
            }
            Err(error) if error.storage().is_some_and(StorageError::is_lost) => {
                pooled.lost = true;
                *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
            outcome => {
                pooled.worked_at = Instant::now();
                match outcome.as_ref().err().and_then(Failure::storage) {
                    Some(StorageError::Full(_)) => self.note(Some(NotTaken::Full)),
                    Some(StorageError::ReadOnly(_)) => self.note(Some(NotTaken::ReadOnly)),
                    _ => {}
                }
            }
        }
        outcome
    }

    /// Records whether the database takes changes.
    fn note(&self, why: Option<NotTaken>) {
        *self.not_taken.lock().unwrap_or_else(PoisonError::into_inner) = why.map(|it| (it, Instant::now()));
    }

    /// Runs housekeeping in a transaction.
    fn run_upkeep<T>(
        &self,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.with_connection(|conn, now| {
            begin(conn, Begin::Write)?;
            match work(&mut Upkeep { read: Read { conn, now }, clock_limits: self.clock_limits }) {
                Ok(done) => {
                    commit(conn)?;
                    Ok(done)
                }
                Err(error) => {
                    roll_back(conn);
                    Err(error)
                }
            }
        })
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

    fn connection(&self) -> Result<PooledConnection<Opener>, StorageError> {
        let last_loss = *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner);
        // Each round returns a lost connection, which the pool replaces, so a new one comes up in the end.
        for _ in 0..=self.pool.max_size() {
            let mut pooled = self.taken()?;
            if pooled.works(last_loss) {
                return Ok(pooled);
            }
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
        command: &dyn Fn(&mut Write<'_>) -> Result<T, E>,
        end: fn(&mut AnyConnection) -> Result<(), StorageError>,
    ) -> Result<T, E> {
        self.check_clock()?;
        let limit = self.time_limit;
        let attempt = || self.with_connection(|conn, now| with_retries(conn, now, limit, command, end));
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
    conn: &mut AnyConnection,
    now: DateTime<Utc>,
    limit: Duration,
    command: &dyn Fn(&mut Write<'_>) -> Result<T, E>,
    end: fn(&mut AnyConnection) -> Result<(), StorageError>,
) -> Result<T, E> {
    let mut attempt = || {
        begin(conn, Begin::Write)?;
        let mut unit = Write {
            read: Read { conn, now },
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

fn in_snapshot<T, E: Failure>(
    conn: &mut AnyConnection,
    now: DateTime<Utc>,
    query: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn, Begin::Snapshot)?;
    let outcome = query(&mut Read { conn, now });
    roll_back(conn);
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
    now: DateTime<Utc>,
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
        Ok(())
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
}

impl Upkeep<'_> {
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
