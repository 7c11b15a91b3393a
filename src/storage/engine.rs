//! The two engines: SQLite, embedded, and PostgreSQL; one connection type for both.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection,
    connection::{Instrumentation as _, InstrumentationEvent, SimpleConnection, get_default_instrumentation},
    r2d2::{ManageConnection, R2D2Connection},
    result::{DatabaseErrorKind, Error as DieselError},
};

use percent_encoding::percent_decode_str;

use crate::storage::{StorageError, underway::Pending};

/// A connection to whichever engine runs. Queries that both engines understand work on it as they are.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Lite(SqliteConnection),
}

impl std::fmt::Debug for AnyConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pg(_) => "AnyConnection::Pg",
            Self::Lite(_) => "AnyConnection::Lite",
        })
    }
}

/// Runs one expression on the concrete connection of whichever engine runs: for statements that the shared backend
/// cannot express (batches, upserts).
macro_rules! each {
    ($unit:expr, |$conn:ident| $body:expr) => {
        match $unit.conn() {
            $crate::storage::AnyConnection::Pg($conn) => $body,
            $crate::storage::AnyConnection::Lite($conn) => $body,
        }
    };
}

/// Inserts rows: on PostgreSQL a few hundred per statement, well below its limit of bound values; on SQLite, where statements
/// do not cross a network, one by one.
macro_rules! insert_all {
    ($unit:expr, $table:expr, $rows:expr) => {{
        let rows: &[_] = $rows;
        if $unit.is_remote() {
            rows.chunks(400)
                .try_for_each(|some| $unit.change_remote(diesel::insert_into($table).values(some)).map(drop))
        } else {
            rows.iter().try_for_each(|row| $unit.change(diesel::insert_into($table).values(row)).map(drop))
        }
    }};
}

pub(crate) use {each, insert_all};

/// Which engine a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite in a file of this machine.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Why a URL names no standby of a database.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum NoStandby {
    /// SQLite has none.
    #[error(
        "a registry on SQLite has no standby; leave it empty, or let database_url name the PostgreSQL server that it follows"
    )]
    OfSqlite,
    /// It names no server of PostgreSQL.
    #[error("it must begin with postgres://, as database_url does")]
    NotPostgres,
}

/// Where the data is: a file for SQLite, a server for PostgreSQL.
#[derive(Clone)]
pub enum Target {
    /// The path of the database file.
    Sqlite {
        /// The file; its folder exists.
        path: PathBuf,
        /// Whether every commit reaches the disk before it is answered (`synchronous=FULL`).
        full_sync: bool,
    },
    /// The URL of the server and database, with its secrets.
    Postgres {
        /// `postgres://user:password@host/database`.
        url: String,
    },
}

impl Target {
    /// Reads a database URL: `postgres://…`, `postgresql://…` or `sqlite://path`.
    pub fn parse(url: &str, full_sync: bool) -> Option<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Some(Self::Postgres { url: url.to_owned() });
        }
        let path = url.strip_prefix("sqlite://")?;
        (!path.is_empty()).then(|| Self::Sqlite { path: path.into(), full_sync })
    }

    /// A standby of this database, by its URL.
    pub fn standby(&self, url: &str) -> Result<Self, NoStandby> {
        if self.engine() == Engine::Sqlite {
            return Err(NoStandby::OfSqlite);
        }
        let standby = Self::parse(url, true).filter(|it| it.engine() == Engine::Postgres);
        standby.ok_or(NoStandby::NotPostgres)
    }

    /// Whether the database exists, since opening a missing file would create an empty one.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Sqlite { path, .. } => path.exists(),
            Self::Postgres { .. } => true,
        }
    }

    /// The folder that holds the data; `None` if it is on a server.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite { path, .. } => path.parent(),
            Self::Postgres { .. } => None,
        }
    }

    /// The name of the engine, and that of the file of a copy.
    pub const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite { .. } => ("sqlite", "database.sqlite"),
            Self::Postgres { .. } => ("postgres", "database.pgdump"),
        }
    }

    /// The engine of this target.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Opens a connection and configures it, however long that takes.
    pub(super) fn open(&self, limits: TimeLimits) -> Result<AnyConnection, ConnectionError> {
        self.open_with(limits, |url, settings| established(&url, &settings))
    }

    /// The same, if its server answers in time.
    fn open_within(
        &self,
        limits: TimeLimits,
        reach: &Arc<Reach>,
        prepare: Prepare,
    ) -> Result<AnyConnection, ConnectionError> {
        self.open_with(limits, |url, settings| established_within(url, settings, reach, prepare))
    }

    /// Opens a connection and configures it: on SQLite by the pragmas, on PostgreSQL by the session settings.
    fn open_with(
        &self,
        limits: TimeLimits,
        establish: impl FnOnce(String, String) -> Result<PgConnection, ConnectionError>,
    ) -> Result<AnyConnection, ConnectionError> {
        match self {
            Self::Sqlite { path, full_sync } => {
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::InvalidConnectionUrl("the path of the database is not UTF-8".to_owned())
                })?;
                let mut conn = SqliteConnection::establish(path)?;
                let synchronous = if *full_sync { "full" } else { "normal" };
                conn.batch_execute(&format!(
                    "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = {synchronous};
                     pragma foreign_keys = on; pragma recursive_triggers = on; pragma trusted_schema = off;
                     pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 1000;"
                ))
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Lite(conn))
            }
            Self::Postgres { url } => {
                let settings = format!(
                    "set time zone 'UTC'; set statement_timeout = {}; set lock_timeout = {};
                     set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning;",
                    limits.of_a_statement.as_millis(),
                    limits.of_a_lock.as_millis(),
                );
                Ok(AnyConnection::Pg(establish(with_keepalives(url), settings)?))
            }
        }
    }

    /// Opens a read-only connection. It creates no file beside an SQLite database, except if there is a `-wal` file without its
    /// `-shm` file, which SQLite needs to read it.
    fn open_read_only(
        &self,
        limits: TimeLimits,
        reach: &Arc<Reach>,
        prepare: Prepare,
    ) -> Result<AnyConnection, ConnectionError> {
        match self {
            Self::Sqlite { path, .. } => {
                let mut conn = SqliteConnection::establish(&read_only_uri(path)?)?;
                conn.batch_execute(
                    "pragma busy_timeout = 5000; pragma query_only = on; pragma trusted_schema = off;
                     pragma temp_store = memory; pragma cache_size = -8000;",
                )
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Lite(conn))
            }
            Self::Postgres { .. } => self.open_with(limits, |url, settings| {
                let settings = format!("{settings} set default_transaction_read_only = on;");
                established_within(url, settings, reach, prepare)
            }),
        }
    }

    /// A concrete connection for migrations, without time limits; see `migrations`.
    pub(super) fn open_bare(&self) -> Result<AnyConnection, StorageError> {
        self.open(TimeLimits::NONE).map_err(StorageError::from)
    }
}

/// How long a server may take to answer while a new connection is configured.
const CONFIGURED_WITHIN: Duration = Duration::from_secs(5);

/// How many addresses a host has, at most, of which all but the last one may swallow what they are sent.
const ADDRESSES: u32 = 4;

/// A new connection, configured.
fn established(url: &str, settings: &str) -> Result<PgConnection, ConnectionError> {
    let mut conn = PgConnection::establish(url)?;
    conn.batch_execute(settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// What is done with a new connection before anybody has it, on the thread that opened it.
type Prepare = Box<dyn FnOnce(&mut PgConnection) + Send>;

/// The same, prepared, unless the server does not answer in time.
///
/// What libpq waits for has a time limit for each address it tries, but no statement that follows: a pooler between the two lets
/// anybody in, whether the server behind it answers or not, and goes on acknowledging what it is sent. Nothing wakes a thread
/// that waits inside libpq: it is left with its connection until either ends. The more are left, the longer the next one waits, so
/// that they are never many, and whoever opens connections never stops trying.
fn established_within(
    url: String,
    settings: String,
    reach: &Arc<Reach>,
    prepare: Prepare,
) -> Result<PgConnection, ConnectionError> {
    let prepared = move |url: &str, settings: &str| {
        let mut conn = established(url, settings)?;
        prepare(&mut conn);
        Ok(conn)
    };
    let Some(tried) = tried_within(&url) else { return prepared(&url, &settings) };
    // Either it is handed over or whoever waited has gone, and nothing in between.
    let (tell, told) = mpsc::sync_channel(0);
    let within = tried.saturating_add(CONFIGURED_WITHIN);
    let within = within.saturating_mul(reach.left.load(Ordering::Relaxed).saturating_add(1));
    let here = Arc::clone(reach);
    let begun = thread::Builder::new().name("opening".to_owned()).spawn(move || {
        if tell.send(prepared(&url, &settings)).is_err() {
            here.left.fetch_sub(1, Ordering::Relaxed);
        }
    });
    begun.map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
    told.recv_timeout(within).unwrap_or_else(|_| {
        reach.left.fetch_add(1, Ordering::Relaxed);
        let said = format!("the server has not answered a new connection for {} s", within.as_secs());
        Err(ConnectionError::BadConnection(said))
    })
}

/// How long libpq may try the hosts of a URL, of which any but the last may answer nothing; none where it tries for ever.
fn tried_within(url: &str) -> Option<Duration> {
    let after = |name: &str| url.split_once(name).and_then(|it| it.1.split(['&', '/', '?']).next());
    let each = after("connect_timeout=").and_then(|it| it.parse().ok()).unwrap_or(0_u64);
    let count = |hosts: &str| hosts.replace("%2C", ",").replace("%2c", ",").split(',').count();
    let hosts = ["://", "host=", "hostaddr="].into_iter().filter_map(after).map(count).max().unwrap_or(1);
    let addresses = u32::try_from(hosts).unwrap_or(u32::MAX).saturating_mul(ADDRESSES);
    // Less than two seconds count as two.
    (each > 0).then(|| Duration::from_secs(each.max(2)).saturating_mul(addresses))
}

/// The URL with parameters that end a connection whose server vanished, when the server's own time limits cannot. Parameters
/// that the URL already has take precedence.
fn with_keepalives(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in KEEPALIVES {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

/// Parameters of libpq: seconds to establish a connection, seconds before an idle connection is probed, seconds between probes,
/// number of probes, and milliseconds for which sent data may go unacknowledged.
const KEEPALIVES: [(&str, u32); 5] = [
    ("connect_timeout", 2),
    ("keepalives_idle", 3),
    ("keepalives_interval", 1),
    ("keepalives_count", 3),
    ("tcp_user_timeout", 5_000),
];

/// The URI with which SQLite opens a file read-only.
pub(super) fn read_only_uri(path: &Path) -> Result<String, ConnectionError> {
    let unusable = || ConnectionError::InvalidConnectionUrl(format!("{} cannot be opened", path.display()));
    let path = path.canonicalize().map_err(|_| unusable())?;
    let mut uri = url::Url::from_file_path(&path).map_err(|()| unusable())?;
    // A database in WAL mode without a `-wal` file is complete, and nobody has it open. SQLite would create that file in order to
    // read, unless it is told that the database is immutable.
    let immutable = is_logged(&path) && has_no_log(&path);
    uri.set_query(Some(if immutable { "mode=ro&immutable=1" } else { "mode=ro" }));
    Ok(uri.into())
}

/// Whether an SQLite database is in WAL mode, as its header says (byte 19: the version that a reader needs).
fn is_logged(path: &Path) -> bool {
    let mut header = [0; 20];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok() && header.last() == Some(&2)
}

/// Whether an SQLite database has no `-wal` file, or an empty one that nobody has open.
pub(super) fn has_no_log(path: &Path) -> bool {
    let of = |suffix: &str| fs::metadata(beside(path, suffix));
    of("-wal").map_or(true, |log| log.len() == 0 && of("-shm").is_err())
}

/// The file that SQLite keeps beside a database under a suffix.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read and write.
    Full,
    /// Read, and change nothing: neither rows nor files.
    ReadOnly,
    /// Read what a standby of PostgreSQL has.
    Standby,
}

impl std::fmt::Debug for Target {
    /// Shows the place without its password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl std::fmt::Display for Target {
    /// Shows the place without its secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path, .. } => write!(f, "sqlite://{}", path.display()),
            Self::Postgres { url } => f.write_str(&without_secrets(url)),
        }
    }
}

/// The parameters of libpq that hold secrets.
const SECRETS: [&str; 3] = ["password", "sslpassword", "oauth_client_secret"];

/// A URL of PostgreSQL with its secrets hidden, and everything else as it is: whoever looks for a mistake needs to see the rest. It
/// may name several servers, which makes it no URL to others than libpq.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let (authority, path) = before.split_at(before.find('/').unwrap_or(before.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, hosts)) if user.contains(':') => {
            format!("{}:***@{hosts}", user.split(':').next().unwrap_or_default())
        }
        _ => authority.to_owned(),
    };
    let shown = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_secret = percent_decode_str(name).decode_utf8().map_or(true, |it| SECRETS.contains(&&*it));
        if is_secret { format!("{name}=***") } else { format!("{name}={value}") }
    };
    let query = query.map(|it| format!("?{}", it.split('&').map(shown).collect::<Vec<_>>().join("&")));
    format!("{scheme}://{authority}{path}{}", query.unwrap_or_default())
}

/// Time limits for PostgreSQL; zero for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimits {
    /// For a whole statement.
    pub(super) of_a_statement: Duration,
    /// For one lock that a statement waits for.
    pub(super) of_a_lock: Duration,
}

impl TimeLimits {
    pub(super) const NONE: Self = Self { of_a_statement: Duration::ZERO, of_a_lock: Duration::ZERO };

    /// The duration after which a failed statement may have hit a limit.
    pub(super) fn shortest(&self) -> Duration {
        let limits = [self.of_a_statement, self.of_a_lock].into_iter().filter(|it| !it.is_zero());
        limits.min().unwrap_or(Duration::MAX)
    }
}

/// A connection of the pool, with the information needed to decide whether to probe it.
#[derive(Debug)]
pub(super) struct Pooled {
    /// None while a unit of work has it, and for good if that unit was given up.
    pub(super) conn: Option<AnyConnection>,
    /// What is known of the statement under way on it.
    pub(super) pending: Arc<Pending>,
    /// Set once the connection broke; the pool then replaces it.
    pub(super) lost: bool,
    /// When the connection was last known to work.
    pub(super) worked_at: Instant,
}

impl Pooled {
    /// Whether the connection is to be probed before use. It is not if it worked a moment ago and no connection was lost since;
    /// probing every time would double the cost of every read.
    pub(super) fn is_doubtful(&self, last_loss: Option<Instant>) -> bool {
        let is_recent = self.worked_at.elapsed() < Duration::from_secs(5)
            && last_loss.is_none_or(|it| it < self.worked_at);
        matches!(self.conn, Some(AnyConnection::Pg(_))) && !is_recent
    }
}

/// Whether a connection works.
pub(super) fn works(conn: &mut AnyConnection) -> bool {
    diesel::sql_query("select 1").execute(conn).is_ok()
}

/// What is known of the way to a database.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What kept the last connection from being opened, if anything did.
    not_opened: Mutex<Option<NotOpened>>,
    /// How many statements of all connections were answered, be it with an error.
    answers: AtomicU64,
    /// How many new connections are still being opened that nobody waits for any more.
    left: AtomicU32,
}

/// What kept a connection from being opened.
#[derive(Debug, Clone)]
struct NotOpened {
    /// What was said of it.
    said: String,
    /// Whether it was said when the connection was there already, and its configuration was to be set.
    once_there: bool,
}

impl Reach {
    fn note(&self, failure: Option<&ConnectionError>) {
        *self.not_opened.lock().unwrap_or_else(PoisonError::into_inner) = failure.map(|it| NotOpened {
            said: it.to_string(),
            once_there: matches!(it, ConnectionError::CouldntSetupConfiguration(_)),
        });
    }

    /// How many statements were answered so far.
    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Counts a statement that was answered.
    fn hear(&self, event: &InstrumentationEvent<'_>) {
        let InstrumentationEvent::FinishQuery { error, .. } = event else { return };
        if !error.is_some_and(is_of_no_answer) {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Why the last connection could not be opened.
    pub(super) fn failure(&self) -> Option<StorageError> {
        let NotOpened { said, once_there } =
            self.not_opened.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        if !once_there {
            return Some(ConnectionError::BadConnection(said).into());
        }
        let cause = DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(said));
        Some(ConnectionError::CouldntSetupConfiguration(cause).into())
    }
}

/// Whether a statement failed because its connection broke.
const fn is_of_no_answer(error: &DieselError) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    matches!(error, DieselError::DatabaseError(ClosedConnection | UnableToSendCommand, _))
}

/// Opens connections for the pool.
#[derive(Debug, Clone)]
pub(super) struct Opener {
    pub(super) target: Target,
    pub(super) access: Access,
    pub(super) limits: TimeLimits,
    pub(super) reach: Arc<Reach>,
}

impl Opener {
    /// Opens a connection.
    pub(super) fn open(&self) -> Result<AnyConnection, ConnectionError> {
        self.open_prepared(Box::new(|_| ()))
    }

    /// The same, prepared where it is one to PostgreSQL.
    fn open_prepared(&self, prepare: Prepare) -> Result<AnyConnection, ConnectionError> {
        let opened = match self.access {
            Access::Full => self.target.open_within(self.limits, &self.reach, prepare),
            Access::ReadOnly | Access::Standby => {
                self.target.open_read_only(self.limits, &self.reach, prepare)
            }
        };
        self.reach.note(opened.as_ref().err());
        opened
    }

    /// Whether a connection beside those of the pool is kept to ask on. To a file, another can be opened at any time.
    pub(super) fn keeps_a_line(&self) -> bool {
        self.target.engine() == Engine::Postgres && self.access == Access::Full
    }
}

impl ManageConnection for Opener {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let pending = Arc::<Pending>::default();
        let (noted, reach) = (Arc::clone(&pending), Arc::clone(&self.reach));
        let listen: Prepare = Box::new(move |conn| {
            // Whoever else listens to all connections goes on to.
            let mut others = get_default_instrumentation();
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                noted.note(&event);
                reach.hear(&event);
                if let Some(others) = &mut others {
                    others.on_connection_event(event);
                }
            });
        });
        let conn = self.open_prepared(listen).map_err(diesel::r2d2::Error::ConnectionError)?;
        Ok(Pooled { conn: Some(conn), pending, lost: false, worked_at: Instant::now() })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        let Some(conn) = &mut pooled.conn else { return Ok(()) };
        diesel::sql_query("select 1").execute(conn).map(|_| ()).map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        std::thread::panicking()
            || pooled.lost
            || match &mut pooled.conn {
                Some(AnyConnection::Pg(conn)) => R2D2Connection::is_broken(conn),
                Some(AnyConnection::Lite(conn)) => R2D2Connection::is_broken(conn),
                None => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_opens_a_connection_waits_for_all_hosts_of_its_url() {
        for (url, seconds) in [
            ("postgres://h/d", Some(8)),
            ("postgres://u@a:1,b:2/d?target_session_attrs=read-write", Some(16)),
            ("postgres://u@a,b/d?connect_timeout=10", Some(80)),
            ("postgres://u@a/d?connect_timeout=1", Some(8)),
            ("postgres:///d?host=a,b%2Cc&connect_timeout=3", Some(36)),
            ("postgres://u@a/d?connect_timeout=0", None),
        ] {
            assert_eq!(tried_within(&with_keepalives(url)), seconds.map(Duration::from_secs), "{url}");
        }
    }

    #[test]
    fn a_place_is_shown_whole_but_for_its_secrets() {
        for (url, shown) in [
            ("postgres://u:p%40s%2F@h:5432/d", "postgres://u:***@h:5432/d"),
            ("postgres://u:p@ss@h/d", "postgres://u:***@h/d"),
            ("postgresql://h/d", "postgresql://h/d"),
            ("postgres:///d?host=/run/p&user=u", "postgres:///d?host=/run/p&user=u"),
            ("postgres:///d?password=s&host=/run/p", "postgres:///d?password=***&host=/run/p"),
            ("postgres:///d?pass%77ord=s&sslpassword=t", "postgres:///d?pass%77ord=***&sslpassword=***"),
            (
                "postgres://u:p@a:1,b:2/d?target_session_attrs=read-write",
                "postgres://u:***@a:1,b:2/d?target_session_attrs=read-write",
            ),
        ] {
            let target = Target::parse(url, true).unwrap();
            assert_eq!(target.to_string(), shown);
            assert_eq!(format!("{target:?}"), shown);
        }
    }
}
