//! Restoring a registry from a backup.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    backup::{
        BackupError, DOCUMENTS, LIST, Manifest, Parts, SNAPSHOTS, keys,
        making::{copy_document, listed, snapshots},
    },
    register::documents,
    storage::{copies, files, versions},
};

/// How many damages of a backup are listed at most.
const LISTED: usize = 20;

/// A finished backup.
#[derive(Debug)]
pub struct Backup {
    /// Its folder.
    pub snapshot: PathBuf,
    /// The folder of the documents of all backups beside it.
    documents: PathBuf,
    /// What it consists of.
    pub manifest: Manifest,
    /// Later ones that were not finished.
    pub unfinished: Vec<PathBuf>,
}

/// The backup of a name in a folder of backups, or the last that was finished.
pub fn find(folder: &Path, name: Option<&str>) -> Result<Backup, BackupError> {
    let documents = folder.join(DOCUMENTS);
    if let Some(name) = name {
        let snapshot = folder.join(SNAPSHOTS).join(name);
        if !snapshot.is_dir() {
            let all = snapshots(folder)?;
            let names: Vec<_> = all.iter().filter_map(|it| it.file_name()?.to_str()).collect();
            return Err(BackupError::None(snapshot, format!("; there are {}", names.join(", "))));
        }
        let manifest = Manifest::read(&snapshot)?;
        return Ok(Backup { snapshot, documents, manifest, unfinished: Vec::new() });
    }
    let mut unfinished = Vec::new();
    for snapshot in snapshots(folder)?.into_iter().rev() {
        match Manifest::read(&snapshot) {
            Err(BackupError::Unfinished(path)) => unfinished.push(path),
            read => return Ok(Backup { manifest: read?, snapshot, documents, unfinished }),
        }
    }
    Err(BackupError::None(folder.to_owned(), String::new()))
}

/// What is in the way of a registry in a data folder, whose keys are in one of its folders: everything in it except keys, unless
/// those are to be restored as well.
fn occupied(
    data: &Path,
    keys_folder: &Path,
    with_keys: bool,
    parts: &Parts,
) -> Result<Vec<String>, BackupError> {
    let mut found = copies::in_the_way(&parts.target)?;
    if data.exists() {
        for entry in fs::read_dir(data).map_err(BackupError::of(data))? {
            let path = entry.map_err(BackupError::of(data))?.path();
            let is_allowed = path == keys_folder || path.file_name().is_some_and(|it| it == "lost+found");
            let name = path.display().to_string();
            if !is_allowed && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    if with_keys && keys::has_keys(keys_folder) {
        found.push(keys_folder.display().to_string());
    }
    Ok(found)
}

impl Backup {
    /// Whether everything is as it was made: the files that the manifest lists, and each document.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] with what is missing or altered, up to a limit.
    fn check(&self) -> Result<(), BackupError> {
        let mut wrong = Vec::new();
        for file in &self.manifest.files {
            let path = self.snapshot.join(&file.name);
            match files::digest(&path) {
                Ok((sha256, size)) if sha256 == file.sha256 && size == file.size => {}
                Ok(_) => wrong.push(format!("{} was altered", path.display())),
                Err(error) => wrong.push(format!("{} cannot be read ({error})", path.display())),
            }
        }
        if !wrong.is_empty() {
            return Err(BackupError::Damaged(wrong));
        }
        let mut count = 0_u64;
        for sha256 in listed(&self.snapshot.join(LIST))? {
            let sha256 = sha256?;
            count = count.saturating_add(1);
            if self.manifest.documents_without_content.contains(&sha256) {
                continue;
            }
            let path = documents::file_of(&self.documents, &sha256);
            match files::digest(&path) {
                Ok((found, _)) if found == sha256 => {}
                Ok(_) => wrong.push(format!("{} was altered", path.display())),
                Err(error) => wrong.push(format!("{} cannot be read ({error})", path.display())),
            }
            if wrong.len() >= LISTED {
                wrong.push("and perhaps more".to_owned());
                break;
            }
        }
        if wrong.is_empty() && count != self.manifest.documents {
            wrong.push(format!("{} documents are listed, and there were {}", count, self.manifest.documents));
        }
        if wrong.is_empty() { Ok(()) } else { Err(BackupError::Damaged(wrong)) }
    }
}

/// The keys to restore: the encrypted file, and the identity that decrypts it.
pub type Sealed<'a> = (&'a Path, &'a Path);

/// Checks a backup, and makes a registry of it in a data folder and a database that hold none. The database comes last, so a
/// restoration that was interrupted leaves none.
pub fn restore(
    backup: &Backup,
    parts: &Parts,
    data: &Path,
    keys_folder: &Path,
    keys: Option<Sealed<'_>>,
) -> Result<(), BackupError> {
    let manifest = &backup.manifest;
    let (engine, _) = parts.target.names();
    if manifest.engine != engine {
        return Err(BackupError::OtherEngine { of: manifest.engine.clone(), set: engine });
    }
    let known = versions()?;
    if !manifest.migrations.iter().all(|it| known.contains(it)) {
        return Err(BackupError::LaterRelease);
    }
    let in_the_way = occupied(data, keys_folder, keys.is_some(), parts)?;
    if !in_the_way.is_empty() {
        return Err(BackupError::Occupied(in_the_way));
    }
    backup.check()?;
    let keys = keys.map(|(from, identity)| keys::decrypted(from, identity)).transpose()?;
    let undo = Undo::of(&parts.documents, [data, keys_folder]);
    files::private_folder(data).map_err(BackupError::of(data))?;
    let mut copied = 0;
    files::private_folder(&parts.documents).map_err(BackupError::of(&parts.documents))?;
    for sha256 in listed(&backup.snapshot.join(LIST))? {
        let sha256 = sha256?;
        let is_there = copy_document(&sha256, &backup.documents, &parts.documents, &mut copied)?;
        if !is_there && !manifest.documents_without_content.contains(&sha256) {
            return Err(BackupError::Damaged(vec![sha256]));
        }
    }
    let undo = undo.and_keys(keys, keys_folder)?;
    let database = manifest.files.first().ok_or_else(|| BackupError::Unfinished(backup.snapshot.clone()))?;
    let from = backup.snapshot.join(&database.name);
    copies::make_of_copy(&parts.target, &parts.programs, &from, &database.sha256)?;
    undo.never();
    Ok(())
}

/// Removes what was put into place, unless all went well.
struct Undo<'f> {
    documents: Option<PathBuf>,
    keys: Option<(keys::Decrypted, &'f Path)>,
    /// The folders that were not there before, in the order in which they are made.
    made: Vec<&'f Path>,
}

impl<'f> Undo<'f> {
    fn of(documents: &Path, folders: [&'f Path; 2]) -> Self {
        let made = folders.into_iter().filter(|it| !it.exists()).collect();
        Self { documents: Some(documents.to_owned()), keys: None, made }
    }

    /// Puts keys into place.
    fn and_keys(mut self, keys: Option<keys::Decrypted>, folder: &'f Path) -> Result<Self, BackupError> {
        self.keys = keys.map(|it| (it, folder));
        if let Some((keys, folder)) = &self.keys {
            keys.write(folder)?;
        }
        Ok(self)
    }

    fn never(mut self) {
        (self.documents, self.keys, self.made) = (None, None, Vec::new());
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(folder) = &self.documents {
            // What cannot be removed is told to be in the way of the next attempt.
            let _ = fs::remove_dir_all(folder);
        }
        if let Some((keys, folder)) = &self.keys {
            keys.remove(folder);
        }
        for folder in self.made.iter().rev() {
            // One that holds anything stays.
            let _ = fs::remove_dir(folder);
        }
    }
}
