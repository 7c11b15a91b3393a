//! A copy of an SQLite database whose server was killed. Its last commits are still in the write-ahead log, which SQLite cannot
//! read without writing to files beside the database; so a strictly read-only examination uses a copy.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};
use tempfile::TempDir;

use crate::storage::{Target, engine::beside};

/// The byte of the `-shm` file on which every open connection holds a lock.
const OPEN_LOCK_BYTE: u64 = 128;

/// How often to try again when a server changes the database during the copy.
const ATTEMPTS: usize = 3;

/// How long to wait before the next attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// If a database has a write-ahead log and nobody has it open, a copy of it in a temporary folder; `None` if the database itself
/// can be read without changing anything.
///
/// # Errors
/// A folder that cannot be made, a file that cannot be read; [`io::ErrorKind::ResourceBusy`] where the database changes whenever
/// it is copied. Nothing is to be read then: whoever opened the database itself would write beside it.
pub fn copy_of_abandoned(target: &Target) -> io::Result<Option<(Target, TempDir)>> {
    let Target::Sqlite { path, full_sync } = target else { return Ok(None) };
    let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
    let is_left = || Ok::<_, io::Error>(fs::metadata(&log).is_ok_and(|it| it.len() > 0) && !is_open(&index)?);
    for _ in 0..ATTEMPTS {
        if !is_left()? {
            return Ok(None);
        }
        let folder = TempDir::with_prefix("sanquan-examined-")?;
        let copy = folder.path().join("copy.db");
        match copied([path, &log], &copy) {
            // A server that started meanwhile would have changed it.
            Ok(true) if is_left()? => {
                return Ok(Some((Target::Sqlite { path: copy, full_sync: *full_sync }, folder)));
            }
            Ok(_) => {}
            // A server that ends removes the `-shm` file, and then the log; another may have begun a new one since.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && path.exists() && folder.path().exists() => {}
            Err(error) => return Err(error),
        }
        std::thread::sleep(PAUSE);
    }
    if is_left()? {
        Err(io::Error::new(io::ErrorKind::ResourceBusy, "it changes all the time"))
    } else {
        Ok(None)
    }
}

/// Copies a database and its log; whether neither changed meanwhile.
fn copied(files: [&PathBuf; 2], copy: &Path) -> io::Result<bool> {
    let before = state(&files)?;
    for (file, to) in files.into_iter().zip([copy.to_owned(), beside(copy, "-wal")]) {
        fs::copy(file, &to)?;
        let mut permissions = fs::metadata(&to)?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
        fs::set_permissions(&to, permissions)?;
    }
    Ok(state(&files)? == before)
}

/// Whether somebody has a database open, judging by the locks on its `-shm` file.
fn is_open(index: &Path) -> io::Result<bool> {
    let file = match File::open(index) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let wanted = Flock {
        start: OPEN_LOCK_BYTE,
        length: 1,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    Ok(fcntl_getlk(&file, &wanted)?.is_some())
}

/// Sizes and times of files, which reveal whether they were written to.
fn state(paths: &[&PathBuf]) -> io::Result<Vec<impl PartialEq + use<>>> {
    paths.iter().map(|it| fs::metadata(it).and_then(|it| Ok((it.len(), it.modified()?)))).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        time::Instant,
    };

    use super::*;

    #[test]
    fn a_log_that_is_removed_meanwhile_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        fs::write(&path, [7; 100_000]).unwrap();
        let (log, done) = (beside(&path, "-wal"), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    fs::write(&log, [7; 100_000]).unwrap();
                    fs::remove_file(&log).unwrap();
                }
            });
            let target = Target::Sqlite { path: path.clone(), full_sync: false };
            let (mut met, mut failed) = (0, None);
            while met < 8 && failed.is_none() {
                let asked = Instant::now();
                // That it changed each time is told; whoever is told so does not go on to read it.
                let told = |it: &io::Error| it.kind() == io::ErrorKind::ResourceBusy;
                failed = copy_of_abandoned(&target).err().filter(|it| !told(it));
                // Whoever met the log waits before it is looked for again.
                met += usize::from(asked.elapsed() >= PAUSE);
            }
            done.store(true, Ordering::Relaxed);
            assert!(failed.is_none(), "{failed:?}");
        });
    }
}
