//! Units of work: how a request reaches a connection, and how a change becomes a transaction.
//!
//! This is the one place that decides on isolation, retries, queues and threads. A command gets a [`Write`] and a query
//! a [`Read`]; neither can be had in another way, and a `Write` that leaves no journal entry is rolled back.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
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
    r2d2::{Pool, PooledConnection},
    sqlite::Sqlite,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{
    storage::{
        AnyConnection, Clock, Engine, Failure, Outlet, Pieces, StorageError, Target, applied_migrations,
        chain, day_of, each,
        engine::{Access, Opener, TimeLimits},
        locks::Locks,
        outlet::{listen, outlet},
        rows::{Before, Cells, Change, ChangedRows, Declared, Layout, Returning, layout},
        sealing::put_waiting,
    },
    values::{Id, id::kind},
};

/// How storage is set up.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// The most connections to keep open.
    pub connections: u32,
    /// How long a unit of work waits for its turn, or for a lock, before it is refused as busy.
    pub patience: Duration,
    /// How long one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
}

/// The way to the database. Cheap to clone: all clones share the same connections.
#[derive(Debug, Clone)]
pub struct Storage {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    pool: Pool<Opener>,
    clock: Clock,
    patience: Duration,
    /// What failed for no known reason after so long has met a time limit of the database's.
    time_limit: Duration,
    /// Turns to write, handed out in the order of asking: one on SQLite, as many as connections on PostgreSQL.
    writers: Arc<Semaphore>,
    /// Turns to read, so that no more threads wait for connections than there are connections.
    readers: Arc<Semaphore>,
    /// Turns to read at length: half of the connections.
    streams: Arc<Semaphore>,
    /// When a connection last broke: each that was idle at the time is probed before it is used.
    last_loss: Mutex<Option<Instant>>,
    /// Notified after each commit, so that jobs need not wait for their next round.
    committed: watch::Sender<()>,
}

impl Storage {
    /// Opens the pool. The first connection is made now, so that a wrong URL is reported at start.
    pub fn open(target: &Target, settings: &StorageSettings, clock: Clock) -> Result<Self, StorageError> {
        Self::open_for(target, Access::Full, settings, clock)
    }

    /// Opens a database that is examined: nothing in it changes, nor any file beside it.
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
        let opener = Opener { target: target.clone(), access, limits };
        let first = Opener { target: target.clone(), access, limits };
        if access == Access::ReadOnly {
            // Whoever examines a database has it before them or not: it is not waited for.
            drop(first.open().map_err(StorageError::Unreachable)?);
        }
        let pool = Pool::builder()
            .max_size(settings.connections.max(2))
            .min_idle(Some(1))
            // A connection that failed is replaced; asking each one whether it lives would double every read.
            .test_on_check_out(false)
            .connection_timeout(settings.patience)
            .build_unchecked(opener);
        let failed = |_| first.open().err().map_or(StorageError::Busy, StorageError::Unreachable);
        drop(pool.get().map_err(failed)?);
        let turns = usize::try_from(pool.max_size()).unwrap_or(2);
        let writers = match engine {
            Engine::Sqlite => 1,
            Engine::Postgres => turns.saturating_sub(1).max(1),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                pool,
                clock,
                patience: settings.patience,
                time_limit: limits.shortest(),
                writers: Arc::new(Semaphore::new(writers)),
                readers: Arc::new(Semaphore::new(turns)),
                streams: Arc::new(Semaphore::new((turns / 2).max(1))),
                last_loss: Mutex::new(None),
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

    /// Hears of each commit of this server from now on.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.shared.committed.subscribe()
    }

    /// Runs a short query of **one statement**.
    ///
    /// On SQLite it runs where it is asked, since handing it to another thread costs more than the read itself.
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
        self.on_a_thread(&self.shared.readers, move |shared| {
            shared.with_connection(|conn, now| query(&mut Read { conn, now }))
        })
        .await
    }

    /// Runs a few short statements that must all see the same moment: what is read of one thing.
    ///
    /// On SQLite they run where they are asked, as for [`read`](Self::read).
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

    /// Runs queries that must all see the same moment, however long they take.
    pub async fn snapshot<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_a_thread(&self.shared.readers, move |shared| {
            shared.with_connection(|conn, now| in_snapshot(conn, now, query))
        })
        .await
    }

    /// Runs queries that must all see the same moment, and hands out what they find while they go on.
    ///
    /// They end where nobody listens any more. Only half of the connections are ever given to streams, which may take
    /// long, so that all others are still served.
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
                .on_a_thread(&storage.shared.readers, move |shared| {
                    let _turn = turn;
                    shared.with_connection(|conn, now| in_snapshot(conn, now, |unit| query(unit, &outlet)))
                })
                .await
        };
        listen(work, receiver).await
    }

    /// Runs a command in a transaction of its own and commits it.
    ///
    /// A transaction that met another one is tried again, so the command may run more than once and must do nothing
    /// outside its unit of work. On an error, or without a journal entry, everything is rolled back.
    pub async fn write<T, E, F>(&self, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    {
        self.on_a_thread(&self.shared.writers, move |shared| {
            let outcome = shared.try_to_write(&command, commit);
            if outcome.is_ok() {
                shared.committed.send_replace(());
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
        self.on_a_thread(&self.shared.writers, move |shared| {
            shared.try_to_write(&command, |conn| {
                roll_back(conn);
                Ok(())
            })
        })
        .await
    }

    /// Runs what keeps the house in order and changes no fact: sealing, forgetting what has run out.
    pub async fn upkeep<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError> + Send + 'static,
    {
        self.on_a_thread(&self.shared.writers, move |shared| shared.keep_up(work)).await
    }

    /// Runs a query before anything is served, on this thread.
    pub(crate) fn read_now<T>(
        &self,
        query: impl FnOnce(&mut Read<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.shared.with_connection(|conn, now| in_snapshot(conn, now, query))
    }

    /// Runs a command as [`write`](Self::write) does, before anything is served, on this thread, and for as long as it takes:
    /// of several servers that start, all but one wait.
    pub(crate) fn write_now<T>(
        &self,
        command: impl Fn(&mut Write<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let unhurried = |unit: &mut Write<'_>| {
            unit.without_limits()?;
            command(unit)
        };
        self.shared.try_to_write(&unhurried, commit)
    }

    /// Runs work as [`upkeep`](Self::upkeep) does, before anything is served, on this thread.
    pub(crate) fn upkeep_now<T>(
        &self,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.shared.keep_up(work)
    }

    /// Whether the database answers and every migration is applied.
    pub async fn is_ready(&self) -> Result<bool, StorageError> {
        self.on_a_thread(&self.shared.readers, |shared| {
            shared.with_connection(|conn, _| applied_migrations(conn))
        })
        .await
    }

    async fn turn(&self, turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StorageError> {
        let turn = tokio::time::timeout(self.shared.patience, Arc::clone(turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(StorageError::Busy)
    }

    /// Runs work on a thread where it may wait. Once it has begun it runs to its end, whether or not anybody still waits
    /// for it, and what it holds, it holds until then: its turn, and all that it was given.
    async fn on_a_thread<T, E, F>(&self, turns: &Arc<Semaphore>, work: F) -> Result<T, E>
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
    /// Takes a connection that works, and gives it up for lost where it breaks.
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
                    && let Some(cause) = error.storage().filter(|it| it.is_of_no_kind()) =>
            {
                tracing::warn!(error = chain(cause), "a unit of work failed after a time limit");
                return Err(StorageError::TookTooLong.into());
            }
            Err(error) if error.storage().is_some_and(StorageError::is_lost) => {
                pooled.lost = true;
                *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
            _ => pooled.worked_at = Instant::now(),
        }
        outcome
    }

    /// Runs what keeps the house in order in a transaction.
    fn keep_up<T>(
        &self,
        work: impl FnOnce(&mut Upkeep<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.with_connection(|conn, now| {
            begin(conn, Begin::Write)?;
            match work(&mut Upkeep(Read { conn, now })) {
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

    fn connection(&self) -> Result<PooledConnection<Opener>, StorageError> {
        let last_loss = *self.last_loss.lock().unwrap_or_else(PoisonError::into_inner);
        // Each round gives back one that is lost and will be replaced, so this ends with a new connection at the latest.
        for _ in 0..=self.pool.max_size() {
            let mut pooled = self.pool.get().map_err(|_| StorageError::Busy)?;
            if pooled.works(last_loss) {
                return Ok(pooled);
            }
        }
        Err(StorageError::Busy)
    }

    /// Runs a command in a transaction, again where it met another one, and once more where the connection broke before
    /// the commit.
    fn try_to_write<T, E: Failure>(
        &self,
        command: &dyn Fn(&mut Write<'_>) -> Result<T, E>,
        end: fn(&mut AnyConnection) -> Result<(), StorageError>,
    ) -> Result<T, E> {
        let limit = self.time_limit;
        let attempt = || self.with_connection(|conn, now| with_retries(conn, now, limit, command, end));
        match attempt() {
            Err(error) if matches!(error.storage(), Some(StorageError::Lost(_))) => attempt(),
            outcome => outcome,
        }
    }
}

/// How many times a unit of work is tried again.
const RETRIES: usize = 12;

/// How many times a unit of work is tried again that failed for a reason that the engine did not tell.
const RETRIES_OF_NO_KIND: u32 = 3;

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
            waits: false,
            is_so_already: false,
            locks: Locks::default(),
        };
        let outcome = command(&mut unit).and_then(|done| {
            unit.wait_for_the_seal()?;
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
    let (started, mut of_no_kind) = (Instant::now(), 0);
    (|| attempt())
        .retry(pauses)
        .when(|error: &E| match error.storage() {
            Some(error) if error.is_of_no_kind() => {
                of_no_kind += 1;
                of_no_kind <= RETRIES_OF_NO_KIND && started.elapsed() < limit
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
    // SQLite's writers begin as writers, since a reader that turns into one can fail in the middle. PostgreSQL's lock
    // the rows they decide on (see `locks`), which spares a hot account the retries of SERIALIZABLE.
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

    /// The instant of this unit of work as both engines store it: UTC without a zone.
    pub const fn timestamp(&self) -> NaiveDateTime {
        self.now.naive_utc()
    }

    /// Today, in China's one time zone (UTC+8), by which every date of the register goes.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now)
    }

    /// Lets the rest of this unit of work take as long as it takes, whatever the time limits of the database are.
    pub(super) fn without_limits(&mut self) -> diesel::QueryResult<()> {
        if let AnyConnection::Pg(conn) = &mut *self.conn {
            conn.batch_execute("set local lock_timeout = 0; set local statement_timeout = 0")?;
        }
        Ok(())
    }

    /// The connection, for a room's store.
    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// Whether statements go over a network, so that few are better than many.
    pub(crate) const fn is_remote(&self) -> bool {
        matches!(self.conn, AnyConnection::Pg(_))
    }

    /// Runs a statement on PostgreSQL. The rows come back where an entry commits to them.
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

    /// The rows that a statement is about to alter, as they are, locked as it would lock them: nobody can come between.
    fn before<Q>(&mut self, target: Q, layout: &'static Layout) -> Result<Vec<Cells>, StorageError>
    where
        Q: IntoUpdateTarget,
        Q::WhereClause: QueryFragment<Pg> + QueryFragment<Sqlite>,
    {
        let rows = Before { layout, of: target.into_update_target().where_clause };
        Ok(each!(self, |conn| diesel::RunQueryDsl::load(rows, conn))?)
    }

    /// Changes a table that no entry commits to.
    fn change_outside<S>(&mut self, statement: S) -> Result<usize, StorageError>
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
    /// Whether entries of this unit wait for their places already.
    waits: bool,
    /// Whether what was asked for is so already.
    is_so_already: bool,
    locks: Locks,
}

impl Write<'_> {
    /// Takes note of journal entries of this unit. Only the journal calls it.
    pub(crate) fn journaled(&mut self, entries: impl IntoIterator<Item = Id<kind::Entry>>) {
        self.entries.extend(entries);
    }

    /// Puts rows into a table, and returns how many those are. The entry of this unit will commit to them as they are then.
    pub(crate) fn change<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        match layout(<S::Table as Declared>::TABLE.name) {
            None => self.read.change_outside(statement),
            of_table @ Some(layout) => {
                let statement = Returning { statement, layout: of_table };
                let rows: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
                self.changed.put(layout, &rows)?;
                Ok(rows.len())
            }
        }
    }

    /// The same for a statement that only PostgreSQL understands: of many rows at once.
    pub(crate) fn change_remote<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryId,
    {
        let of_table = layout(<S::Table as Declared>::TABLE.name);
        let rows: Option<Vec<Cells>> = self.read.run_remote(Returning { statement, layout: of_table })?;
        if let (Some(layout), Some(rows)) = (of_table, &rows) {
            self.changed.put(layout, rows)?;
        }
        Ok(rows.map_or(0, |it| it.len()))
    }

    /// Alters rows, and returns how many those were. The entry of this unit will commit to what they were before and to what
    /// they are then: so whoever verifies sees that no other hand altered them in between.
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
            return self.read.change_outside(diesel::update(target).set(values));
        };
        let before = self.read.before(target.clone(), layout)?;
        let statement = Returning { statement: diesel::update(target).set(values), layout: of_table };
        let after: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
        self.changed.alter(layout, &before, &after)?;
        Ok(after.len())
    }

    /// Removes rows, and returns how many those were. The entry of this unit will commit to what they were before.
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
            return self.read.change_outside(diesel::delete(target));
        };
        // What a statement that removes rows hands back is what they were.
        let statement = Returning { statement: diesel::delete(target), layout: of_table };
        let before: Vec<Cells> = each!(self, |conn| diesel::RunQueryDsl::load(statement, conn))?;
        self.changed.remove(layout, &before)?;
        Ok(before.len())
    }

    /// Commits to rows as they are, although this unit did not change them: of what they were before it says nothing.
    pub(crate) fn commit_to(&mut self, layout: &'static Layout, rows: &[Cells]) -> Result<(), StorageError> {
        self.changed.found(layout, rows)
    }

    /// Puts the entries of this unit among those that wait for their places. The last one commits to all rows that changed.
    ///
    /// It is the last thing before the commit: whoever changes one of the rows later waits for it, and so comes later in the
    /// journal as well. A unit that commits to very many rows may do it more than once.
    pub(crate) fn wait_for_the_seal(&mut self) -> Result<(), StorageError> {
        if self.entries.is_empty() {
            let nothing_left = (self.waits || self.is_so_already) && self.changed.is_empty();
            return if nothing_left { Ok(()) } else { Err(StorageError::Unjournaled) };
        }
        self.waits = true;
        let (entries, changed) = (std::mem::take(&mut self.entries), std::mem::take(&mut self.changed));
        put_waiting(self, &entries, &changed.written())
    }

    /// Says that what this unit was asked for is so already: it changes nothing, and needs no entry.
    pub(crate) const fn is_so_already(&mut self) {
        self.is_so_already = true;
    }

    /// Says that this unit runs several commands, one after the other, each with locks of its own: the order of locks holds
    /// for none but the first. Such a unit may meet others in a circle, which the database then ends.
    pub const fn runs_several_commands(&mut self) {
        self.locks.in_any_order = true;
    }

    /// Whether this unit changed any row that entries commit to.
    pub(super) fn has_changed(&self) -> bool {
        self.waits || !self.changed.is_empty()
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

/// A unit of work that keeps the house in order: it changes no fact of the register and needs no journal entry.
#[derive(Debug)]
pub struct Upkeep<'c>(Read<'c>);

impl Upkeep<'_> {
    /// Puts rows into a table which no entry commits to, and returns how many those are.
    ///
    /// # Errors
    /// [`StorageError::Unjournaled`] for every other table: what users rely on changes with an entry.
    pub(crate) fn change<S>(&mut self, statement: S) -> Result<usize, StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        outside::<S::Table>()?;
        self.0.change_outside(statement)
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
        outside::<<Q as HasTable>::Table>()?;
        self.0.change_outside(diesel::update(target).set(values))
    }

    /// Removes rows of such a table.
    pub(crate) fn remove<Q>(&mut self, target: Q) -> Result<usize, StorageError>
    where
        Q: IntoUpdateTarget,
        <Q as HasTable>::Table: Declared,
        DeleteStatement<<Q as HasTable>::Table, Q::WhereClause>:
            QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId,
    {
        outside::<<Q as HasTable>::Table>()?;
        self.0.change_outside(diesel::delete(target))
    }

    /// The same for a statement that only PostgreSQL understands: of many rows at once.
    pub(crate) fn change_remote<S>(&mut self, statement: S) -> Result<(), StorageError>
    where
        S: Change + QueryFragment<Pg> + QueryId,
    {
        outside::<S::Table>()?;
        self.0.run_remote(Returning { statement, layout: None }).map(drop)
    }
}

/// That no entry commits to a table.
fn outside<T: Declared>() -> Result<(), StorageError> {
    if layout(T::TABLE.name).is_none() { Ok(()) } else { Err(StorageError::Unjournaled) }
}

impl<'c> Deref for Upkeep<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Upkeep<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
