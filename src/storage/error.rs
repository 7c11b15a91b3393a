//! What can go wrong between a room and its tables.
//!
//! Nothing here is told by PostgreSQL's words, which are in the language of its server. Its SQLSTATE cannot be had instead:
//! Diesel tells a few of them by a kind of error (a lost connection, a failed serialization, the constraints), names
//! constraints, and keeps the rest to itself. A deadlock (40P01), a lock that was waited for too long (55P03) and a statement
//! that took too long (57014) are of no kind, as a division by zero is. So a failure of no kind is judged by what can be
//! known of it: a unit of work that failed sooner than any time limit is tried again a few times, which is right after a
//! deadlock and does no harm after anything else, since all of it was undone; one that failed after a time limit had
//! passed has met it, and is answered as what took too long.

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
    /// The engine asks for the transaction to be tried again (a serialization failure, a busy file).
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
    NotRead,
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
    /// The database is of a later release: it has a migration that this program does not know.
    #[error(
        "the database is of a later release, whose migration {0} this program does not know: start that release"
    )]
    LaterRelease(String),
    /// A statement failed for no reason that is known, once a time limit had passed.
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

    /// Whether the engine failed for a reason that it did not tell: perhaps a deadlock, or a time limit.
    pub const fn is_of_no_kind(&self) -> bool {
        matches!(self, Self::Failed(DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)))
    }

    /// Whether what is stored cannot be read, although the database works.
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Failed(DieselError::DeserializationError(_)))
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
            _ => match constraints::name(kind, info.as_ref()) {
                Some(constraint) => Self::Refused { constraint },
                None => Self::Failed(error),
            },
        }
    }
}

/// An error with all that caused it, in one line for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
