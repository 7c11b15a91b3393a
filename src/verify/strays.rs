//! What lies in a bundle beside what its tree asks for: files that nobody exported, lines of contents that belong to no entry,
//! contents that are gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    journal::{bundle::Part, tree::TILE_WIDTH},
    verify::{Damage, DamageKind, Report, VerifyError},
};

/// What was seen of the contents while the entries were read.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Entries that have no line of contents, by their places among all entries that are there.
    pub(super) missing: BTreeSet<u64>,
    /// Places behind the last entry of a tile for which there are lines.
    pub(super) added: Vec<u64>,
}

impl Contents {
    /// Notes how many entries and how many lines of contents a tile has.
    pub(super) fn note(&mut self, tile: u64, entries: usize, lines: usize) {
        let place = |within: usize| {
            tile.saturating_mul(TILE_WIDTH).saturating_add(u64::try_from(within).unwrap_or(u64::MAX))
        };
        self.missing.extend((lines..entries).map(place));
        self.added.extend((entries..lines).map(place));
    }

    /// Tells a content that is gone from one that was altered, and names those that belong to no entry.
    pub(super) fn tell(&self, report: &mut Report) {
        for damage in &mut report.damages {
            if damage.kind == DamageKind::ContentAltered
                && damage.index.is_some_and(|it| self.missing.contains(&it))
            {
                damage.kind = DamageKind::ContentMissing;
            }
        }
        // Where entries are gone, the lines that are left over are theirs.
        let gone = [DamageKind::EntryMissing, DamageKind::EntryAdded, DamageKind::TailCut];
        if !report.damages.iter().any(|it| gone.contains(&it.kind)) {
            for index in &self.added {
                report.add(Damage::at(DamageKind::ContentAdded, *index));
            }
        }
    }
}

/// Names the files below `tile` and `contents` that the tree of a size does not ask for. A narrower tile of an earlier day may
/// lie beside the one of today, and must be how that begins.
pub(super) fn files(folder: &Path, size: u64, report: &mut Report) -> Result<(), VerifyError> {
    let asked = asked_for(size);
    let names: BTreeSet<&String> = asked.values().collect();
    let mut found = Vec::new();
    for top in ["tile", "contents"] {
        walk(&folder.join(top), &mut found)?;
    }
    found.sort();
    for path in found {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        if names.contains(&name) {
            continue;
        }
        let today = name.rsplit_once(".p/").and_then(|(whole, _)| asked.get(whole));
        match today {
            None => {
                report.add(Damage { tile: Some(name), ..Damage::of(DamageKind::UnexpectedFile) });
            }
            // Where the one of today is gone, this one is read in its place.
            Some(today) if folder.join(today).exists() => {
                let begins = read(&folder.join(today))?.starts_with(&read(&path)?);
                if !begins {
                    report.add(Damage::tile(name));
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The files of tiles and contents in a bundle of so many entries, each by its path without its width.
fn asked_for(size: u64) -> BTreeMap<String, String> {
    let mut asked = BTreeMap::new();
    let mut take = |name: String| {
        let whole = name.rsplit_once(".p/").map_or(name.as_str(), |it| it.0).to_owned();
        asked.insert(whole, name);
    };
    for part in Part::of_level(0, size) {
        take(part.of_entries());
        take(part.of_contents());
    }
    let mut level = 0;
    loop {
        let mut parts = Part::of_level(level, size).peekable();
        if parts.peek().is_none() {
            return asked;
        }
        parts.for_each(|part| take(part.of_hashes(level)));
        level = level.saturating_add(1);
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let unreadable = |source| VerifyError::File { path: folder.to_owned(), source };
    let files = match fs::read_dir(folder) {
        // That all of it is gone is told of what should be in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files.map_err(unreadable)?,
    };
    for file in files {
        let file = file.map_err(unreadable)?;
        if file.file_type().map_err(unreadable)?.is_dir() {
            walk(&file.path(), found)?;
        } else {
            found.push(file.path());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    fs::read(path).map_err(|source| VerifyError::File { path: path.to_owned(), source })
}
