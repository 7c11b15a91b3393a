//! Backups: a copy of the database of one instant, every document that it names, and a manifest of all of it; and registries made
//! of them.
//!
//! A folder of backups holds `snapshots/<instant>/` for each backup, and one `documents/` for all of them, since documents are known
//! by their content and never change. The manifest of a snapshot is written last: a snapshot without one was not finished.
//! Keys are not part of it. They are backed up apart, encrypted, and only when asked for.

mod keys;
mod making;
mod manifest;
mod restoring;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use keys::Recipients;
pub use making::{Made, make};
pub use manifest::{FileOfBackup, JournalOfBackup, Manifest};
pub use restoring::{Backup, Sealed, find, restore};

use crate::storage::{
    StorageError, StorageSettings, Target,
    copies::{CopyError, Programs},
    failure,
};

/// The folder of the snapshots in a folder of backups.
const SNAPSHOTS: &str = "snapshots";
/// The folder of the documents in a folder of backups.
const DOCUMENTS: &str = "documents";
/// The manifest of a snapshot.
const MANIFEST: &str = "manifest.json";
/// The list of the documents of a snapshot, as `sha256sum` writes and checks it.
const LIST: &str = "documents.sha256";
/// The last checkpoint that was signed.
const CHECKPOINT: &str = "checkpoint";

/// What is backed up, or restored.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The database.
    pub target: Target,
    /// How it is used.
    pub storage: StorageSettings,
    /// Where the programs of PostgreSQL are.
    pub programs: Programs,
    /// The folder of the documents.
    pub documents: PathBuf,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// A file exists that must not be written over.
    #[error("{0} exists already, and is not written over")]
    Exists(PathBuf),
    /// The database holds no registry.
    #[error("the database holds no registry")]
    NoRegistry,
    /// The database is of a later release.
    #[error("the database is of a later release than this program: use that release")]
    LaterRelease,
    /// A recipient is not a key of age.
    #[error("{0} is not the public key of an age identity (age1…)")]
    Recipient(String),
    /// The keys cannot be encrypted.
    #[error("the keys cannot be encrypted")]
    Encrypt(#[from] age::EncryptError),
    /// The keys cannot be decrypted.
    #[error("the keys cannot be decrypted with this identity")]
    Decrypt(#[from] age::DecryptError),
    /// The archive of the keys holds something else.
    #[error("the archive of the keys holds {0}, which is no file of a key")]
    NoKey(String),
    /// There is no finished backup.
    #[error("there is no finished backup in {0}{1}")]
    None(PathBuf, String),
    /// The backup was not finished.
    #[error("the backup {0} was not finished: it has no manifest")]
    Unfinished(PathBuf),
    /// The manifest cannot be understood.
    #[error("{0} is not a manifest that this program understands")]
    Manifest(PathBuf),
    /// The backup is of another engine.
    #[error(
        "the backup is of {of}, and the database that is set is one of {set}: set database_url (--database-url) accordingly"
    )]
    OtherEngine {
        /// The engine that the backup is of.
        of: String,
        /// The engine that is set.
        set: &'static str,
    },
    /// There is something where the registry is to be restored.
    #[error(
        "a registry is restored only where there is none, and this is in the way: {}. Move it away, or give another folder (--data-dir) or an \
         empty database (--database-url)",
        .0.join(", ")
    )]
    Occupied(Vec<String>),
    /// The backup is not as it was made.
    #[error("the backup is not as it was made, and nothing was restored: {}", .0.join("; "))]
    Damaged(Vec<String>),
    /// The database cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(BackupError, Copy);

impl BackupError {
    fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
