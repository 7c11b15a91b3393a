//! The failures of storage.
//!
//! PostgreSQL's error messages are never parsed, since they are in the language of its server. Its SQLSTATE is not available
//! either: Diesel maps a few codes to kinds of errors (a lost connection, a failed serialization, the constraints), names
//! constraints, and hides the rest. A deadlock (40P01), a lock timeout (55P03) and a statement timeout (57014) are unclassified,
//! like a division by zero. So an unclassified failure is judged by its duration: a unit of work that failed before any time
//! limit is retried a few times, which is right after a deadlock and harmless otherwise, since everything was rolled back; one
//! that failed after a time limit had passed is taken to have hit it, and is reported as having taken too long.

use chrono::NaiveDateTime;
use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};

use crate::storage::{ClockFault, constraints};

/// A failure of storage. Rooms do not look inside it, except for *which named constraint* refused.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A named constraint refused. The name is the same on both engines; a foreign key is `foreign_key`.
    #[error("the database refused: {constraint}")]
    Refused {
        /// The constraint's name.
        constraint: String,
    },
    /// The transaction conflicted with another one and should be retried (a serialization failure, a busy file).
    #[error("the transaction conflicted with another one")]
    Transient(#[source] DieselError),
    /// The connection broke before anything was committed.
    #[error("the connection to the database broke")]
    Lost(#[source] DieselError),
    /// The connection broke while a transaction was being committed: nobody knows whether it was.
    #[error("the connection to the database broke during a commit")]
    Unconfirmed(#[source] DieselError),
    /// No connection, or no turn to write, became available in time.
    #[error("the storage is busy")]
    Busy,
    /// The reader of a stream went away, or did not take the next piece in time.
    #[error("the reader of the stream went away")]
    NotRead,
    /// The standby has not replayed what must be seen: the primary is asked instead.
    #[error("the standby has not replayed it yet")]
    NotReplayed,
    /// The database cannot be reached, or its server does not let the registry in.
    #[error("{}", if was_answered(.0) { "the server of the database does not let the registry in" } else { "the database cannot be reached" })]
    Unreachable(#[source] ConnectionError),
    /// A unit of work changed something and wrote no journal entry. It was rolled back.
    #[error("a unit of work left no journal entry")]
    Unjournaled,
    /// A unit of work took a lock out of order. It was rolled back.
    #[error("a unit of work took a lock out of order: {0}")]
    OutOfOrder(String),
    /// A row holds a value that is not allowed in its column.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// There is no room left for the database.
    #[error("there is no room left for the database")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database cannot be written to: its disk is read-only, or its server is a standby.
    #[error("the database can only be read")]
    ReadOnly(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk of the database fails.
    #[error("the disk of the database fails")]
    Disk(#[source] DieselError),
    /// Another process holds the file of the database, and lets nobody else in.
    #[error("another process holds the database and lets nobody else in")]
    Held(#[source] DieselError),
    /// The role of the database may not do what the registry does.
    #[error("the role of the database has not all the rights that it needs: {0}")]
    Denied(String),
    /// The file of the database is damaged. Of PostgreSQL, only `sanquan verify` tells it apart from other failures.
    #[error("the file of the database is damaged")]
    Damaged(#[source] DieselError),
    /// The file of the database is not there any more, or is another one: what is written goes into the one that was opened.
    #[error("the file of the database, {0}, was removed or exchanged beside this server")]
    Removed(String),
    /// A file beside the database cannot be used.
    #[error("a file beside the database cannot be used")]
    Unusable(#[source] std::io::Error),
    /// The clock of this server is wrong, as far as anybody can tell: nothing is recorded by it.
    #[error(
        "the clock is {} of what was sealed last: it says {now}, and the journal is sealed up to {sealed_through} (both UTC)",
        match fault { ClockFault::Ahead => "far ahead", ClockFault::Behind => "behind" }
    )]
    Clock {
        /// What is wrong with it.
        fault: ClockFault,
        /// The instant up to which the journal is sealed.
        sealed_through: NaiveDateTime,
        /// What the clock says.
        now: NaiveDateTime,
    },
    /// The migrations cannot be applied.
    #[error("the migrations failed: {0}")]
    Migration(String),
    /// The database is of a later release: it has a migration that this program does not know.
    #[error(
        "the database is of a later release, whose migration {0} this program does not know: use that release"
    )]
    LaterRelease(String),
    /// A statement failed with an unclassified error after a time limit had passed.
    #[error("the database took too long")]
    TookTooLong,
    /// Any other failure of the engine.
    #[error("the database failed")]
    Failed(#[source] DieselError),
}

impl StorageError {
    /// Whether trying the same unit of work again may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// Whether Diesel does not classify the failure: perhaps a deadlock, or a time limit.
    pub const fn is_unclassified(&self) -> bool {
        matches!(self, Self::Failed(DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)))
    }

    /// Whether a stored value cannot be read, although the database works.
    pub const fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::Corrupt(_) | Self::Damaged(_) | Self::Failed(DieselError::DeserializationError(_))
        )
    }

    /// Whether a server answered the attempt to connect to it, and refused.
    pub fn is_answered(&self) -> bool {
        matches!(self, Self::Unreachable(error) if was_answered(error))
    }

    /// Whether the connection can no longer be used.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Unconfirmed(_))
    }

    /// Whether the named constraint refused.
    pub fn refused_by(&self, name: &str) -> bool {
        matches!(self, Self::Refused { constraint } if constraint == name)
    }
}

/// An error that may contain a storage failure, so that the unit of work knows when to retry.
pub trait Failure: From<StorageError> + Send + 'static {
    /// The storage failure inside, if there is one.
    fn storage(&self) -> Option<&StorageError>;
}

/// Makes an error a [`Failure`] by its variant `Storage`, and by those variants named beside it whose errors are failures
/// themselves.
macro_rules! failure {
    ($error:ty $(, $inner:ident)*) => {
        impl $crate::storage::Failure for $error {
            fn storage(&self) -> Option<&$crate::storage::StorageError> {
                match self {
                    Self::Storage(error) => Some(error),
                    $(Self::$inner(error) => error.storage(),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use failure;

impl Failure for StorageError {
    fn storage(&self) -> Option<&StorageError> {
        Some(self)
    }
}

impl From<std::io::Error> for StorageError {
    /// A file beside the database that cannot be read or written.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full(error.into()),
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(error.into()),
            _ => Self::Unusable(error),
        }
    }
}

/// What a disk did to a file, wherever in an error it stands.
pub fn of_the_disk(error: &(dyn std::error::Error + 'static)) -> Option<StorageError> {
    let causes = std::iter::successors(Some(error), |it| it.source());
    let of_file = causes.filter_map(|it| it.downcast_ref::<std::io::Error>()).next()?;
    Some(std::io::Error::new(of_file.kind(), of_file.to_string()).into())
}

impl From<ConnectionError> for StorageError {
    /// A connection that cannot be opened. SQLite looks into its file then, so that what is wrong with the file is met here.
    fn from(error: ConnectionError) -> Self {
        let cause = match error {
            ConnectionError::CouldntSetupConfiguration(cause) => cause,
            ConnectionError::BadConnection(said) => {
                return Self::Unreachable(ConnectionError::BadConnection(said.trim_end().to_owned()));
            }
            error => return Self::Unreachable(error),
        };
        match Self::from(cause) {
            Self::Transient(cause) => Self::Held(cause),
            Self::Lost(cause) | Self::Failed(cause) => {
                Self::Unreachable(ConnectionError::CouldntSetupConfiguration(cause))
            }
            of_the_file => of_the_file,
        }
    }
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        let (kind, info) = match &error {
            DieselError::DatabaseError(kind, info) => (kind, info),
            DieselError::BrokenTransactionManager => return Self::Lost(error),
            _ => {
                return match error {
                    // Where the connection broke during a commit, rolling back failed as well.
                    DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
                    error => Self::Failed(error),
                };
            }
        };
        match kind {
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Self::Lost(error),
            DatabaseErrorKind::SerializationFailure => Self::Transient(error),
            // SQLite's words, which are part of this program and in no other language.
            _ if info.message() == "database is locked" => Self::Transient(error),
            _ if info.message() == "database or disk is full" => Self::Full(error.into()),
            _ if info.message() == "attempt to write a readonly database" => Self::ReadOnly(error.into()),
            _ if matches!(info.message(), "disk I/O error" | "unable to open database file") => {
                Self::Disk(error)
            }
            _ if is_of_damage(info.message()) => Self::Damaged(error),
            DatabaseErrorKind::ReadOnlyTransaction => Self::ReadOnly(error.into()),
            _ => match constraints::name(kind, info.as_ref()) {
                // A unit that waited for one that began later: it comes after that once it is tried again.
                Some(constraint) if constraint == "right_recorded_forward" => Self::Transient(error),
                Some(constraint) => Self::Refused { constraint },
                None => Self::Failed(error),
            },
        }
    }
}

/// Whether a server answered an attempt to connect. What it says is in its own language, but libpq puts the word for its gravity before
/// it, a colon, and two blanks, which nothing has that libpq says by itself.
fn was_answered(error: &ConnectionError) -> bool {
    matches!(error, ConnectionError::BadConnection(said) if said.lines().any(|it| it.contains(":  ")))
}

/// Whether SQLite says by this that its file is damaged.
fn is_of_damage(message: &str) -> bool {
    matches!(message, "database disk image is malformed" | "file is not a database")
        || message.starts_with("malformed database schema")
}

/// An error with all that caused it, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};

    use super::*;

    fn failure(before: &str, statement: &str) -> StorageError {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute(before).unwrap();
        conn.batch_execute(statement).unwrap_err().into()
    }

    #[test]
    fn what_would_end_before_it_began_is_tried_again_and_other_rows_are_refused() {
        let of = |constraint: &str| {
            let table =
                format!("create table t (a integer, b integer, constraint {constraint} check (b >= a))");
            failure(&table, "insert into t values (2, 1)")
        };
        assert!(of("right_recorded_forward").is_transient());
        let StorageError::Refused { constraint } = of("right_period_forward") else {
            panic!("it is refused")
        };
        assert_eq!(constraint, "right_period_forward");
    }

    #[test]
    fn a_server_that_answered_is_told_apart_from_one_that_cannot_be_reached() {
        let of = |said: &str| StorageError::from(ConnectionError::BadConnection(said.to_owned()));
        for said in [
            "connection to server at \"10.0.0.1\", port 5432 failed: FATAL:  password authentication failed for user \"u\"\n",
            "connection to server at \"10.0.0.1\", port 5432 failed: 致命错误:  用户 \"u\" Password 认证失败\nconnection to server at \"10.0.0.2\", port 5432 failed: timeout expired",
            "FATAL:  database \"d\" does not exist",
        ] {
            let error = of(said);
            assert!(error.is_answered(), "{said}");
            // Every line that libpq says is shown.
            assert_eq!(
                chain(&error),
                format!("the server of the database does not let the registry in: {}", said.trim_end())
            );
        }
        for said in [
            "connection to server at \"10.0.0.1\", port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
            "connection to server at \"10.0.0.1\", port 5432 failed: session is read-only",
            "could not translate host name \"nowhere\" to address: Name or service not known",
        ] {
            assert!(
                !of(said).is_answered() && chain(&of(said)).starts_with("the database cannot be reached: "),
                "{said}"
            );
        }
    }

    #[test]
    fn a_full_and_a_read_only_database_are_told_apart_from_one_that_fails() {
        let filled = "insert into t select hex(zeroblob(1000000))";
        let full = failure("create table t (a); pragma max_page_count = 3", filled);
        assert!(matches!(full, StorageError::Full(_)), "{full:?}");
        let read_only = failure("create table t (a); pragma query_only = on", filled);
        assert!(matches!(read_only, StorageError::ReadOnly(_)), "{read_only:?}");
        assert!(matches!(failure("", "select nothing from nowhere"), StorageError::Failed(_)));
    }
}
