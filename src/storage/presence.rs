//! Whether the file of a database is still the one that was opened. A file that is removed or exchanged beside a server stays open: what is
//! written into it is gone with the server.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::storage::{StorageError, Target};

/// The file of a database, once it was opened; nothing for one on a server.
#[derive(Debug, Default)]
pub(super) struct Presence {
    opened: OnceLock<(PathBuf, FileId)>,
    is_missed: AtomicBool,
}

/// The device and the number of a file on it.
type FileId = (u64, u64);

fn id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
}

impl Presence {
    /// Notes which file was opened.
    pub(super) fn note(&self, target: &Target) {
        if let Target::Sqlite { path, .. } = target
            && let Some(id) = id(path)
        {
            self.opened.get_or_init(|| (path.clone(), id));
        }
    }

    /// Refuses where the file is another one by now, or none. The log says so, the first time.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        let Some((path, opened)) = self.opened.get() else { return Ok(()) };
        let is_missed = id(path) != Some(*opened);
        if self.is_missed.swap(is_missed, Ordering::Relaxed) != is_missed {
            let path = path.display();
            if is_missed {
                tracing::error!(%path, "the file of the database was removed or exchanged beside this server: nothing is changed any more");
            } else {
                tracing::info!(%path, "the file of the database is back");
            }
        }
        if is_missed { Err(StorageError::Removed(path.display().to_string())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_removed_or_exchanged_is_missed_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("it.db"), folder.path().join("aside"));
        fs::write(&path, "").unwrap();
        let presence = Presence::default();
        assert!(presence.check().is_ok(), "nothing was opened yet");
        presence.note(&Target::Sqlite { path: path.clone(), full_sync: true });
        assert!(presence.check().is_ok());
        fs::rename(&path, &aside).unwrap();
        assert!(matches!(presence.check(), Err(StorageError::Removed(_))));
        fs::write(&path, "").unwrap();
        assert!(matches!(presence.check(), Err(StorageError::Removed(_))), "another file of the same name");
        fs::rename(&aside, &path).unwrap();
        assert!(presence.check().is_ok());
    }
}
