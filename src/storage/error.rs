//! What can go wrong between a room and its tables.

use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};

use crate::storage::constraints;

/// A failure of storage. It is opaque to the rooms, but for *which named constraint* refused.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A named constraint refused. The name is the same on both engines; a foreign key is `foreign_key`.
    #[error("the database refused: {constraint}")]
    Refused {
        /// The constraint's name.
        constraint: String,
    },
    /// The engine asks for the transaction to be tried again (a serialization failure, a deadlock, a busy file).
    #[error("the transaction met another one")]
    Transient(#[source] DieselError),
    /// The connection broke before anything was committed.
    #[error("the connection to the database broke")]
    Lost(#[source] DieselError),
    /// The connection broke while a transaction was being committed: nobody knows whether it was.
    #[error("the connection to the database broke during a commit")]
    Unconfirmed(#[source] DieselError),
    /// No connection, or no turn to write, came free in time.
    #[error("the storage is busy")]
    Busy,
    /// Nobody listens to a stream any more, or nobody took a piece of it in time.
    #[error("nobody listens to the stream any more")]
    Unheard,
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unreachable(#[source] ConnectionError),
    /// A unit of work changed something and wrote no journal entry. It was rolled back.
    #[error("a unit of work left no journal entry")]
    Unjournaled,
    /// A unit of work locked against the order of the house. It was rolled back.
    #[error("a unit of work locked {0}")]
    OutOfOrder(String),
    /// A row holds what its column must not hold.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// The migrations cannot be brought up to date.
    #[error("the migrations failed: {0}")]
    Migration(String),
    /// Any other failure of the engine.
    #[error("the database failed")]
    Failed(#[source] DieselError),
}

impl StorageError {
    /// Whether trying the same unit of work again may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// Whether the connection is of no more use.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Unconfirmed(_))
    }

    /// Whether the named constraint refused.
    pub fn refused_by(&self, name: &str) -> bool {
        matches!(self, Self::Refused { constraint } if constraint == name)
    }
}

/// An error that may carry a storage failure, so that the unit of work knows when to try again.
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

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return Self::Failed(error);
        };
        if matches!(kind, DatabaseErrorKind::ClosedConnection) || is_loss(info.message()) {
            return Self::Lost(error);
        }
        if matches!(kind, DatabaseErrorKind::SerializationFailure) || is_contention(info.message()) {
            return Self::Transient(error);
        }
        match constraints::name(kind, info.as_ref()) {
            Some(constraint) => Self::Refused { constraint },
            None => Self::Failed(error),
        }
    }
}

/// An error with all that caused it, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What PostgreSQL says where it ends a connection, or libpq where it finds one ended.
fn is_loss(message: &str) -> bool {
    [
        "terminating connection",
        "server closed the connection",
        "no connection to the server",
        "connection not open",
        "could not receive data from server",
        "could not send data to server",
        "SSL connection has been closed",
        "the database system is shutting down",
        "the database system is starting up",
    ]
    .iter()
    .any(|it| message.contains(it))
}

/// What Diesel has no error kind for: PostgreSQL's deadlocks and lock timeouts, SQLite's busy file.
fn is_contention(message: &str) -> bool {
    [
        "deadlock detected",
        "could not serialize access",
        "canceling statement due to lock timeout",
        "database is locked",
    ]
    .iter()
    .any(|it| message.contains(it))
}
