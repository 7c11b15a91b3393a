//! What a backup consists of.

use std::{collections::BTreeSet, fs, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    backup::{BackupError, MANIFEST},
    storage::files,
};

/// The form of manifests that this program writes and understands.
pub(super) const FORMAT: u32 = 1;

/// What a backup consists of, and what the registry was like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the manifest.
    pub format: u32,
    /// The version of the program that made the backup.
    pub program: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The engine of the database: `sqlite` or `postgres`.
    pub engine: String,
    /// The migrations that were applied to it.
    pub migrations: Vec<String>,
    /// The journal.
    pub journal: JournalOfBackup,
    /// How many different contents of documents it names.
    pub documents: u64,
    /// The SHA-256 of those that were missing or altered where they were kept, so that the backup has none of them.
    pub documents_without_content: BTreeSet<String>,
    /// The files beside the manifest; the first is the database.
    pub files: Vec<FileOfBackup>,
}

/// The journal of a registry that was backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalOfBackup {
    /// How many entries were sealed.
    pub entries: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// How many waited to be sealed.
    pub waiting: u64,
    /// How many the last checkpoint covers.
    pub signed: u64,
    /// The last checkpoint; `None` if nothing had been signed.
    pub checkpoint: Option<String>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOfBackup {
    /// Its name.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
}

impl Manifest {
    /// Writes it beside what it is about. It is on disk before this returns.
    pub(super) fn write(&self, snapshot: &Path) -> Result<(), BackupError> {
        let path = snapshot.join(MANIFEST);
        files::remember(&path, self).map_err(BackupError::of(&path))
    }

    /// Reads that of a snapshot.
    pub(super) fn read(snapshot: &Path) -> Result<Self, BackupError> {
        let path = snapshot.join(MANIFEST);
        if !path.exists() {
            return Err(BackupError::Unfinished(snapshot.to_owned()));
        }
        let text = fs::read(&path).map_err(BackupError::of(&path))?;
        let read: Option<Self> = serde_json::from_slice(&text).ok();
        let is_plain = |it: &FileOfBackup| Path::new(&it.name).file_name() == Some(it.name.as_ref());
        let understood =
            |it: &Self| it.format == FORMAT && !it.files.is_empty() && it.files.iter().all(is_plain);
        read.filter(understood).ok_or(BackupError::Manifest(path))
    }
}
