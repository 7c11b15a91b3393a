//! A copy of an SQLite database that a server left behind in the middle of its work. What it committed last stands in a log
//! of changes beside the database, and SQLite cannot read that without writing into files beside it; so whoever must change
//! nothing reads a copy.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};
use tempfile::TempDir;

use crate::storage::Target;

/// Where every connection to a database with a log of changes holds a lock, in the index of the log.
const HELD_BY_ALL: u64 = 128;

/// How often a copy is made anew that was disturbed.
const ATTEMPTS: usize = 3;

/// A copy of a database that nobody has open and that has a log of changes, in a folder that goes away with it; none where the
/// database itself can be read without changing anything.
pub fn left_behind(target: &Target) -> io::Result<Option<(Target, TempDir)>> {
    let Target::Sqlite { path, full_sync } = target else { return Ok(None) };
    let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
    let is_left = || Ok::<_, io::Error>(fs::metadata(&log).is_ok_and(|it| it.len() > 0) && !is_open(&index)?);
    for _ in 0..ATTEMPTS {
        if !is_left()? {
            return Ok(None);
        }
        let folder = TempDir::with_prefix("sanquan-examined-")?;
        let copy = folder.path().join("copy.db");
        let before = state(&[path, &log])?;
        fs::copy(path, &copy)?;
        fs::copy(&log, beside(&copy, "-wal"))?;
        // A server that started meanwhile would have changed it.
        if is_left()? && state(&[path, &log])? == before {
            for file in [&copy, &beside(&copy, "-wal")] {
                let mut permissions = fs::metadata(file)?.permissions();
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
                fs::set_permissions(file, permissions)?;
            }
            return Ok(Some((Target::Sqlite { path: copy, full_sync: *full_sync }, folder)));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(None)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Whether somebody has a database open, by the index of its log.
fn is_open(index: &Path) -> io::Result<bool> {
    let file = match File::open(index) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let wanted = Flock {
        start: HELD_BY_ALL,
        length: 1,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    Ok(fcntl_getlk(&file, &wanted)?.is_some())
}

/// What tells that files were written to.
fn state(paths: &[&PathBuf]) -> io::Result<Vec<impl PartialEq + use<>>> {
    paths.iter().map(|it| fs::metadata(it).and_then(|it| Ok((it.len(), it.modified()?)))).collect()
}
