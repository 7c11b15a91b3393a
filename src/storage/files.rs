//! Small files beside the database that are read and replaced as a whole: what a registry must remember even if its database is
//! lost or restored from a backup.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::NamedTempFile;

/// Creates a folder that is accessible only to its owner. If it exists, access is removed for everybody but its owner and its
/// group, which may have access on purpose.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    remove_others_access(path)
}

/// Creates an empty file that is accessible only to its owner. If it exists, access is removed as for a folder.
pub fn private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_others_access(path),
        made => made.map(drop),
    }
}

/// Removes everybody else's access to a file. If this user may not do that, the file stays as its owner has it.
fn remove_others_access(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o007 != 0
        && let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode & 0o770))
    {
        tracing::warn!(path = %path.display(), %error, "this is accessible to other users, and that cannot be changed");
    }
    Ok(())
}

/// Replaces a file atomically; the new content is on disk before this returns.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    drafted(path, content)?.persist(path)?;
    File::open(folder_of(path))?.sync_all()
}

/// Creates a file atomically; its content is on disk before this returns. If another process created it meanwhile, that one
/// stays, so that several servers starting at once all use the same file.
pub fn make(path: &Path, content: &[u8]) -> io::Result<()> {
    match drafted(path, content)?.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => return Err(failed.error),
        Ok(_) | Err(_) => {}
    }
    File::open(folder_of(path))?.sync_all()
}

/// Has a file and its entry in its folder on disk before this returns.
pub fn settle(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    File::open(folder_of(path))?.sync_all()
}

/// Writes content to a temporary file in the same folder, accessible only to its owner. Its name is random, since process ids
/// may be equal in two containers.
fn drafted(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut draft = NamedTempFile::new_in(folder_of(path))?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

/// The SHA-256 of a file, in hexadecimal, and its size in bytes.
pub fn digest(path: &Path) -> io::Result<(String, u64)> {
    digest_through(&mut File::open(path)?, &mut io::sink())
}

/// Copies everything, and returns its SHA-256 in hexadecimal and its size in bytes.
fn digest_through(from: &mut impl Read, to: &mut impl io::Write) -> io::Result<(String, u64)> {
    let (mut context, mut size, mut some) = (Context::new(&SHA256), 0_u64, vec![0; 1 << 16]);
    loop {
        let count = from.read(&mut some)?;
        let Some(read) = some.get(..count).filter(|it| !it.is_empty()) else {
            return Ok((hex::encode(context.finish().as_ref()), size));
        };
        context.update(read);
        to.write_all(read)?;
        size = size.saturating_add(u64::try_from(count).unwrap_or_default());
    }
}

/// What becomes of a file that is where a copy is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The copy replaces it.
    Replaced,
    /// It stays, and copying fails.
    Stays,
}

/// Copies a file that must have a SHA-256; whether it had. If not, there is no copy. The copy appears at once, is on disk before
/// this returns, and is accessible only to its owner.
pub fn copy(from: &Path, to: &Path, sha256: &str, existing: Existing) -> io::Result<bool> {
    let mut draft = NamedTempFile::new_in(folder_of(to))?;
    if digest_through(&mut File::open(from)?, &mut draft)?.0 != sha256 {
        return Ok(false);
    }
    draft.as_file().sync_all()?;
    match existing {
        Existing::Replaced => draft.persist(to)?,
        Existing::Stays => draft.persist_noclobber(to)?,
    };
    File::open(folder_of(to))?.sync_all()?;
    Ok(true)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Reads a JSON file; the default value if there is no such file.
pub fn recall<T: DeserializeOwned + Default>(path: &Path) -> io::Result<T> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        read => Ok(serde_json::from_slice(&read?)?),
    }
}

/// Writes a JSON file atomically; its content is on disk before this returns.
pub fn remember(path: &Path, what: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(what)?;
    text.push(b'\n');
    replace(path, &text)
}
