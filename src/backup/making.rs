//! Making a backup.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, DirBuilder, File},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    backup::{
        BackupError, CHECKPOINT, DOCUMENTS, FileOfBackup, JournalOfBackup, LIST, Manifest, Parts, Recipients,
        SNAPSHOTS, manifest::FORMAT,
    },
    journal,
    register::documents,
    storage::{
        Read, Release, copies,
        files::{self, Existing},
        standing,
    },
};

/// How many documents are read per query.
const BATCH_SIZE: i64 = 1_000;

/// A backup that was made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// Its folder.
    pub snapshot: PathBuf,
    /// How many documents were copied; the others were there already.
    pub documents_copied: u64,
    /// How many files of keys were encrypted.
    pub keys: usize,
    /// What it consists of.
    pub manifest: Manifest,
}

/// Makes a backup in a folder of backups, which is made if it is missing. Nothing in it is written over, except documents that
/// are not what they should be, and of a backup that fails only its documents stay. `keys`: the folder of the keys, and whom they are for.
///
/// A server may be at work meanwhile. What cannot be had of the documents is listed in the manifest, and the rest is backed up.
pub fn make(
    of: &Parts,
    to: &Path,
    keys: Option<(&Path, &Recipients)>,
    now: DateTime<Utc>,
) -> Result<Made, BackupError> {
    let snapshots = to.join(SNAPSHOTS);
    for folder in [to, &snapshots, &to.join(DOCUMENTS)] {
        files::private_folder(folder).map_err(BackupError::of(folder))?;
    }
    let snapshot = new_folder(&snapshots, now)?;
    let made = make_in(snapshot.clone(), of, to, keys, now);
    if made.is_err() {
        // It would keep the disk full that it perhaps filled.
        let _ = fs::remove_dir_all(&snapshot);
    }
    made
}

/// Makes a backup in the folder of a snapshot, in a folder of backups.
fn make_in(
    snapshot: PathBuf,
    of: &Parts,
    to: &Path,
    keys: Option<(&Path, &Recipients)>,
    now: DateTime<Utc>,
) -> Result<Made, BackupError> {
    let pool = to.join(DOCUMENTS);
    let (engine, name) = of.target.names();
    let list = snapshot.join(LIST);
    let look = |unit: &mut Read<'_>| Found::read(unit, &list);
    let found = copies::copy(&of.target, &of.storage, &of.programs, &snapshot.join(name), look)?;
    let mut names = vec![name, LIST];
    if let Some(note) = &found.journal.checkpoint {
        let path = snapshot.join(CHECKPOINT);
        files::replace(&path, note.as_bytes()).map_err(BackupError::of(&path))?;
        names.push(CHECKPOINT);
    }
    let (documents_copied, documents_without_content) = copy_documents(&list, &of.documents, &pool)?;
    let keys = keys.map_or(Ok(0), |(folder, recipients)| recipients.write(folder))?;
    let files = names.into_iter().map(|name| {
        let path = snapshot.join(name);
        let (sha256, size) = files::digest(&path).map_err(BackupError::of(&path))?;
        Ok(FileOfBackup { name: name.to_owned(), sha256, size })
    });
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        engine: engine.to_owned(),
        migrations: found.migrations,
        journal: found.journal,
        documents: found.documents,
        documents_without_content,
        files: files.collect::<Result<_, BackupError>>()?,
    };
    manifest.write(&snapshot)?;
    for folder in [&to.join(SNAPSHOTS), to] {
        File::open(folder).and_then(|it| it.sync_all()).map_err(BackupError::of(folder))?;
    }
    Ok(Made { snapshot, documents_copied, keys, manifest })
}

/// A new folder whose name is an instant, with a number behind it if there is one of that instant already.
fn new_folder(snapshots: &Path, now: DateTime<Utc>) -> Result<PathBuf, BackupError> {
    let instant = now.format("%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(instant.clone()).chain((2..).map(|it| format!("{instant}-{it}")));
    for path in names.map(|it| snapshots.join(it)) {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| path.clone()).map_err(BackupError::of(&path)),
        }
    }
    Err(BackupError::Exists(snapshots.to_owned()))
}

/// What is to be known of a database beside its copy.
struct Found {
    migrations: Vec<String>,
    journal: JournalOfBackup,
    documents: u64,
}

impl Found {
    /// Reads it, and lists the documents in a file.
    fn read(unit: &mut Read<'_>, list: &Path) -> Result<Self, BackupError> {
        let standing = standing(unit)?;
        match standing.release {
            Release::None => return Err(BackupError::NoRegistry),
            Release::Later => return Err(BackupError::LaterRelease),
            Release::Earlier | Release::This => {}
        }
        let head = journal::head(unit)?;
        let natural = |it: i64| u64::try_from(it).unwrap_or_default();
        let journal = JournalOfBackup {
            entries: head.size,
            root: head.root.to_string(),
            waiting: natural(journal::count_waiting(unit)?),
            signed: natural(journal::signed_size(unit)?),
            checkpoint: journal::checkpoint(unit, None)?,
        };
        let documents = list_documents(unit, list)?;
        Ok(Self { migrations: standing.applied, journal, documents })
    }
}

/// Writes a line for each content that a document has, as `sha256sum` does, and returns their number.
fn list_documents(unit: &mut Read<'_>, list: &Path) -> Result<u64, BackupError> {
    files::private_file(list).map_err(BackupError::of(list))?;
    let file = File::options().write(true).open(list).map_err(BackupError::of(list))?;
    let mut lines = BufWriter::new(file);
    let (mut after, mut listed) = (None, HashSet::new());
    loop {
        let some = documents::kept(unit, after, BATCH_SIZE)?;
        let Some(last) = some.last() else { break };
        after = Some(last.id);
        for kept in some {
            let path = documents::file_of(Path::new(DOCUMENTS), &kept.sha256);
            if listed.insert(kept.sha256.clone()) {
                writeln!(lines, "{}  {}", kept.sha256, path.display()).map_err(BackupError::of(list))?;
            }
        }
    }
    let written = lines.into_inner().map_err(io::IntoInnerError::into_error).and_then(|it| it.sync_all());
    written.map_err(BackupError::of(list))?;
    Ok(u64::try_from(listed.len()).unwrap_or(u64::MAX))
}

/// The SHA-256 of the documents in a list.
pub(super) fn listed(list: &Path) -> Result<impl Iterator<Item = Result<String, BackupError>>, BackupError> {
    let lines = BufReader::new(File::open(list).map_err(BackupError::of(list))?).lines();
    let path = list.to_owned();
    Ok(lines.map(move |line| {
        let line = line.map_err(BackupError::of(&path))?;
        let sha256 = line.split_once("  ").map_or(line.as_str(), |it| it.0);
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|it| it.is_ascii_hexdigit());
        if is_hash { Ok(sha256.to_owned()) } else { Err(BackupError::Manifest(path.clone())) }
    }))
}

/// Copies the documents of a list that are not there yet, and returns how many, and those that cannot be had.
fn copy_documents(list: &Path, from: &Path, to: &Path) -> Result<(u64, BTreeSet<String>), BackupError> {
    let (mut copied, mut missing) = (0_u64, BTreeSet::new());
    for sha256 in listed(list)? {
        let sha256 = sha256?;
        if copy_document(&sha256, from, to, &mut copied)? {
            continue;
        }
        missing.insert(sha256);
    }
    Ok((copied, missing))
}

/// Copies a document unless it is there as it should be; whether it is there in the end. What is wrong with the place that it is
/// copied to is an error.
pub(super) fn copy_document(
    sha256: &str,
    from: &Path,
    to: &Path,
    copied: &mut u64,
) -> Result<bool, BackupError> {
    let (from, to) = (documents::file_of(from, sha256), documents::file_of(to, sha256));
    if files::digest(&to).is_ok_and(|it| it.0 == sha256) {
        return Ok(true);
    }
    // A bad sector of the disk is met when it is read, and is no matter of the place that is copied to.
    if !files::digest(&from).is_ok_and(|it| it.0 == sha256) {
        return Ok(false);
    }
    if let Some(folder) = to.parent().filter(|it| !it.exists()) {
        files::private_folder(folder).map_err(BackupError::of(folder))?;
        files::settle(folder).map_err(BackupError::of(folder))?;
    }
    let is_it = files::copy(&from, &to, sha256, Existing::Replaced).map_err(BackupError::of(&to))?;
    *copied = copied.saturating_add(u64::from(is_it));
    Ok(is_it)
}

/// The names of the snapshots in a folder of backups, in order.
pub(super) fn snapshots(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let snapshots = folder.join(SNAPSHOTS);
    let entries = fs::read_dir(&snapshots).map_err(BackupError::of(&snapshots))?;
    let mut found: Vec<_> = entries.filter_map(|it| Some(it.ok()?.path())).filter(|it| it.is_dir()).collect();
    found.sort();
    Ok(found)
}
