//! Files beside the database that are read and replaced as wholes: what a registry must remember even where its database is
//! lost, or put back.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};
use tempfile::NamedTempFile;

/// Makes a folder that is missing, for its owner alone; one that is there is closed to all who are neither its owner nor of
/// its group, who may have been let in on purpose.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    close(path)
}

/// Makes a file that is missing, empty and for its owner alone; one that is there is closed as a folder is.
pub fn private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => close(path),
        made => made.map(drop),
    }
}

/// Takes from strangers what they may do with a file. Where that is not ours to do, it stays as whoever owns it wants it.
fn close(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o007 != 0
        && let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode & 0o770))
    {
        tracing::warn!(path = %path.display(), %error, "others than its owner can look into this, and that cannot be changed");
    }
    Ok(())
}

/// Puts a content in the place of a file, for good before this returns; the file is the old one or the new one, and never
/// half of either.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    drafted(path, content)?.persist(path)?;
    File::open(folder_of(path))?.sync_all()
}

/// Makes a file of a content, whole or not at all, for good before this returns. Where it is there meanwhile it stays as it
/// is, so that of several servers that start at once all have the first one's.
pub fn make(path: &Path, content: &[u8]) -> io::Result<()> {
    match drafted(path, content)?.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => return Err(failed.error),
        Ok(_) | Err(_) => {}
    }
    File::open(folder_of(path))?.sync_all()
}

/// A content under a name of its own beside a file, for its owner alone. Process numbers would not do: in two containers
/// they are the same.
fn drafted(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut draft = NamedTempFile::new_in(folder_of(path))?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What a file of JSON remembers; the beginning of all where there is no such file.
pub fn recall<T: DeserializeOwned + Default>(path: &Path) -> io::Result<T> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        read => Ok(serde_json::from_slice(&read?)?),
    }
}

/// Lets a file of JSON remember something, for good before this returns.
pub fn remember(path: &Path, what: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(what)?;
    text.push(b'\n');
    replace(path, &text)
}
