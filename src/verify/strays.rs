//! What does not belong in a bundle, or is missing from it: files that were not exported, lines of contents that belong to no
//! entry, contents that are gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    journal::{bundle::Part, tree::TILE_WIDTH},
    verify::{Damage, DamageKind, Report, VerifyError},
};

/// Which contents were missing or superfluous while the entries were read.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The positions, among all entries present, of entries without a line of contents.
    pub(super) missing: BTreeSet<u64>,
    /// The positions after the last entry of a tile for which there are lines.
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

    /// Reports contents that are missing, which were taken for altered ones so far, and contents that belong to no entry.
    pub(super) fn report(&self, report: &mut Report) {
        for damage in &mut report.damages {
            if damage.kind == DamageKind::ContentAltered
                && damage.index.is_some_and(|it| self.missing.contains(&it))
            {
                damage.kind = DamageKind::ContentMissing;
            }
        }
        // If entries are gone, the superfluous lines are theirs.
        let gone = [DamageKind::EntryMissing, DamageKind::EntryAdded, DamageKind::TailCut];
        if !report.damages.iter().any(|it| gone.contains(&it.kind)) {
            for index in &self.added {
                report.add(Damage::at(DamageKind::ContentAdded, *index));
            }
        }
    }
}

/// Reports the files below `tile` and `contents` that do not belong to a tree of this size. A narrower tile from an earlier
/// export may lie beside the current one, and must be a prefix of it.
pub(super) fn files(folder: &Path, size: u64, report: &mut Report) -> Result<(), VerifyError> {
    let expected = expected_files(size);
    let names: BTreeSet<&String> = expected.values().collect();
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
        let current = name.rsplit_once(".p/").and_then(|(whole, _)| expected.get(whole));
        match current {
            None => {
                report.add(Damage { tile: Some(name), ..Damage::of(DamageKind::UnexpectedFile) });
            }
            // If the current one is gone, this one was read in its place.
            Some(current) if folder.join(current).exists() => {
                let is_prefix = read(&folder.join(current))?.starts_with(&read(&path)?);
                if !is_prefix {
                    report.add(Damage::tile(name));
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The files of tiles and contents in a bundle of this many entries, keyed by path without the width.
fn expected_files(size: u64) -> BTreeMap<String, String> {
    let mut expected = BTreeMap::new();
    let mut take = |name: String| {
        let whole = name.rsplit_once(".p/").map_or(name.as_str(), |it| it.0).to_owned();
        expected.insert(whole, name);
    };
    for part in Part::of_level(0, size) {
        take(part.of_entries());
        take(part.of_contents());
    }
    let mut level = 0;
    loop {
        let mut parts = Part::of_level(level, size).peekable();
        if parts.peek().is_none() {
            return expected;
        }
        parts.for_each(|part| take(part.of_hashes(level)));
        level = level.saturating_add(1);
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), VerifyError> {
    let unreadable = |source| VerifyError::File { path: folder.to_owned(), source };
    let files = match fs::read_dir(folder) {
        // A missing folder is reported by way of the files that should be in it.
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
