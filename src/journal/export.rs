//! The journal as a bundle of files, to be checked without this server, or kept.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    journal::{
        bundle::{CHECKPOINT, CHECKPOINTS, KEYS, LogNames, NoPart, Part, add_entry, hash_tile},
        checkpoints,
        entry::content_sha256,
        hashes, sealed,
        store::{natural, signed_size},
        tree::width_of_level,
    },
    storage::{Read, StorageError, failure},
};

/// Why the journal cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder exists already.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Nothing has been signed yet, so a bundle could not prove anything.
    #[error("no checkpoint has been signed yet")]
    NothingSigned,
    /// Entries or hashes that a checkpoint covers are missing.
    #[error("the journal has a gap at {0}: check it with `sanquan verify --database`")]
    Gap(String),
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(ExportError);

/// Writes everything that the last checkpoint covers into a new folder, and returns the number of entries. The folder appears
/// complete or not at all; no more than one tile of entries is in memory at a time.
pub fn export(unit: &mut Read<'_>, names: &LogNames, to: &Path) -> Result<u64, ExportError> {
    if to.exists() {
        return Err(ExportError::Exists(to.to_owned()));
    }
    let mut name = to.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".{}.draft", std::process::id()));
    let draft = Draft(to.with_file_name(name));
    let size = write(unit, names, &draft)?;
    let into_place = fs::rename(&draft.0, to);
    into_place.map_err(|source| ExportError::File { path: to.to_owned(), source })?;
    Ok(size)
}

/// A folder that is removed on drop, unless it was renamed.
struct Draft(PathBuf);

impl Draft {
    fn put(&self, path: &str, content: &[u8]) -> Result<(), ExportError> {
        let path = self.0.join(path);
        let folder = path.parent().unwrap_or(&self.0);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, content));
        written.map_err(|source| ExportError::File { path, source })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing left under this name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(unit: &mut Read<'_>, names: &LogNames, to: &Draft) -> Result<u64, ExportError> {
    let size = natural(signed_size(unit)?)?;
    if size == 0 {
        return Err(ExportError::NothingSigned);
    }
    let names = serde_json::to_string_pretty(names)
        .map_err(|error| StorageError::Corrupt(format!("the names of the log: {error}")))?;
    to.put(KEYS, format!("{names}\n").as_bytes())?;
    write_checkpoints(unit, size, to)?;
    for part in Part::of_level(0, size) {
        write_entries(unit, part, to)?;
    }
    for level in (1..).take_while(|it| width_of_level(*it, size) > 0) {
        for part in Part::of_level(level, size) {
            let found = hashes(unit, level, part.range())?;
            if u64::try_from(found.len()) != Ok(part.range().end.saturating_sub(part.range().start)) {
                return Err(ExportError::Gap(part.of_hashes(level)));
            }
            to.put(&part.of_hashes(level), &hash_tile(&found))?;
        }
    }
    Ok(size)
}

fn write_checkpoints(unit: &mut Read<'_>, size: u64, to: &Draft) -> Result<(), ExportError> {
    let mut after = 0;
    loop {
        let some = checkpoints(unit, after, 500)?;
        let Some((last, _)) = some.last() else { return Ok(()) };
        after = *last;
        for (of, note) in &some {
            if natural(*of)? > size {
                return Ok(());
            }
            to.put(&format!("{CHECKPOINTS}/{of}"), note.as_bytes())?;
            if natural(*of)? == size {
                to.put(CHECKPOINT, note.as_bytes())?;
            }
        }
    }
}

/// The hashes, the entries and the contents of one tile of leaves.
fn write_entries(unit: &mut Read<'_>, part: Part, to: &Draft) -> Result<(), ExportError> {
    let gap = |place: u64| ExportError::Gap(format!("entry {place}"));
    let found = sealed(unit, &part.range())?;
    let (mut hashes, mut entries, mut contents) = (Vec::new(), Vec::new(), Vec::new());
    let mut of_tile = found.into_iter();
    for place in part.range() {
        let entry = of_tile.next().ok_or_else(|| gap(place))?;
        if natural(entry.index)? != place {
            return Err(gap(place));
        }
        hashes.push(entry.leaf_hash);
        let content = entry.body.content()?;
        let header = entry.body.header_of(&content_sha256(&content))?;
        add_entry(&mut entries, &header).map_err(|NoPart| gap(place))?;
        contents.extend(content.into_bytes());
        contents.push(b'\n');
    }
    to.put(&part.of_hashes(0), &hash_tile(&hashes))?;
    to.put(&part.of_entries(), &entries)?;
    to.put(&part.of_contents(), &contents)
}
