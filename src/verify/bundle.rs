//! A journal as a bundle of files (`sanquan export journal`).

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use serde_json::value::RawValue;
use tlog_tiles::Hash;

use crate::{
    journal::{
        bundle::{CHECKPOINT, CHECKPOINTS, KEYS, LogNames, Part, hashes_of, next_entry},
        entry::{Header, content_sha256, leaf_hash},
        loss, notes,
        tree::TILE_WIDTH,
    },
    verify::{
        Damage, DamageKind, HeadSource, Heads, Keys, Report, Sequence, Signers, Trust, VerifyError,
        add_trusted_heads, losses,
        strays::{self, Contents},
        walk::{Found, Source, walk},
    },
};

/// Checks an exported bundle. The keys in it are trusted if no others are supplied.
pub fn bundle(folder: &Path, trust: &Trust) -> Result<Report, VerifyError> {
    let names = match &trust.names {
        Some(names) => names.clone(),
        None => {
            let path = folder.join(KEYS);
            let text = text(&path)?;
            serde_json::from_str::<LogNames>(&text).map_err(|_| VerifyError::Malformed(path))?
        }
    };
    let keys = Keys::of(&names)?;
    let mut report = Report::default();
    let mut heads = Heads::default();
    if let Some(mistaken) =
        signed(folder, &keys, &mut heads, &mut report)?.wrong_keys(&keys, report.checkpoints)
    {
        return Ok(mistaken);
    }
    add_trusted_heads(trust, &keys, &mut heads, &mut report)?;
    report.signed = heads.last_stored().map_or(0, |it| it.size);
    // Where the signature of the last checkpoint does not fit, such as one by newer keys than those that were brought, the
    // entries are examined as far as it says they go, and as the bundle has them: what is there was not cut off.
    let claimed = last_checkpoint(folder)?.and_then(|it| Some(notes::head(&it).ok()?.1.size)).unwrap_or(0);
    let is_there = |size: u64| {
        let last_tile = size.checked_sub(1).and_then(|it| Part::at(0, it / TILE_WIDTH, size));
        last_tile.is_some_and(|it| folder.join(it.of_hashes(0)).is_file())
    };
    let size = if heads.last_stored().is_none() || (claimed > report.signed && is_there(claimed)) {
        claimed
    } else {
        report.signed
    };
    let contents = Contents::default();
    let mut files =
        Files { folder: folder.to_owned(), size, next: 0, levels: Vec::new(), contents, losses: Vec::new() };
    walk(&mut files, size, &heads, &mut report)?;
    files.contents.report(&mut report);
    let read = |(index, facts): &(u64, String)| {
        (*index, loss::acknowledgement(*index, facts, &keys.origin, &keys.all))
    };
    losses::tell(files.losses.iter().map(read).collect(), &heads, &mut report);
    strays::files(folder, size, &mut report)?;
    Ok(report)
}

/// Checks the signatures on every checkpoint of the bundle, and collects their heads.
fn signed(
    folder: &Path,
    keys: &Keys,
    heads: &mut Heads,
    report: &mut Report,
) -> Result<Signers, VerifyError> {
    let mut signers = Signers::default();
    let (last, mut size_of_last) = (last_checkpoint(folder)?, None);
    match &last {
        Some(last) => {
            signers.look_at(last, keys);
            match keys.head(last, None) {
                Ok(head) => {
                    size_of_last = Some(head.size);
                    heads.add(head, HeadSource::Journal);
                }
                Err(damage) => report.add(*damage),
            }
        }
        None => {
            let damage = Damage::of(DamageKind::CheckpointMissing);
            report.add(Damage { tile: Some(CHECKPOINT.to_owned()), ..damage });
        }
    }
    let all = folder.join(CHECKPOINTS);
    let unreadable = |source| VerifyError::File { path: all.clone(), source };
    let mut by_size = BTreeMap::new();
    for file in fs::read_dir(&all).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        match path.file_name().and_then(|it| it.to_str()).and_then(|it| it.parse::<u64>().ok()) {
            Some(size) => drop(by_size.insert(size, path)),
            None => {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                report.add(Damage { tile: Some(name), ..Damage::of(DamageKind::UnexpectedFile) });
            }
        }
    }
    let mut sequence = Sequence::default();
    for (size, path) in by_size {
        report.checkpoints = report.checkpoints.saturating_add(1);
        let note = text(&path)?;
        signers.look_at(&note, keys);
        let head = keys.stored_head(&note, size);
        sequence.take(size, &note, head.is_ok(), report);
        match head {
            Ok(None) => report.disbelieved = report.disbelieved.saturating_add(1),
            // The last one is stored twice, and both copies must be the same.
            Ok(Some(head)) if heads.by_size.get(&size).is_some_and(|it| it.iter().any(|it| it.0 == head)) => {
            }
            Ok(Some(head)) => {
                heads.add(head, HeadSource::Journal);
                // The file `checkpoint` covers the whole bundle: an older one in its place would hide what came after it.
                if size_of_last.is_some_and(|it| it < size) {
                    report.add(Damage { tree_size: Some(size), ..Damage::of(DamageKind::RolledBack) });
                }
            }
            Err(damage) if report.damages.contains(&*damage) || last.as_ref() == Some(&note) => {}
            Err(damage) => report.add(*damage),
        }
    }
    if heads.by_size.is_empty() && report.is_sound() {
        report.add(Damage::of(DamageKind::BadSignature));
    }
    Ok(signers)
}

/// The last checkpoint of a bundle; `None` if its file is missing.
fn last_checkpoint(folder: &Path) -> Result<Option<String>, VerifyError> {
    let path = folder.join(CHECKPOINT);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(|source| VerifyError::File { path, source }),
    }
}

fn text(path: &Path) -> Result<String, VerifyError> {
    fs::read_to_string(path).map_err(|source| VerifyError::File { path: path.to_owned(), source })
}

/// The files of a bundle.
struct Files {
    folder: PathBuf,
    size: u64,
    /// The next tile of entries.
    next: u64,
    /// The tile read last at each level above the leaves.
    levels: Vec<Option<(u64, Vec<Hash>)>>,
    contents: Contents,
    /// The index and the facts of each entry that acknowledges a loss.
    losses: Vec<(u64, String)>,
}

impl Files {
    /// The bytes of a part: from its own file or, if that is missing, from the widest narrower one.
    fn read(&self, part: Part, name: impl Fn(&Part) -> String) -> Result<Vec<u8>, VerifyError> {
        for width in (1..=part.width()).rev() {
            let Some(part) = part.narrowed(width) else { continue };
            let path = self.folder.join(name(&part));
            match fs::read(&path) {
                Ok(bytes) => return Ok(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(VerifyError::File { path, source }),
            }
        }
        Ok(Vec::new())
    }
}

impl Source for Files {
    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Option<Hash>>, VerifyError> {
        let width = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        let mut leaves: Vec<Option<Hash>> = match Part::at(0, range.start / TILE_WIDTH, self.size) {
            Some(part) => hashes_of(&self.read(part, |it| it.of_hashes(0))?).into_iter().map(Some).collect(),
            None => Vec::new(),
        };
        leaves.resize(width, None);
        Ok(leaves)
    }

    fn node(&mut self, level: u8, place: u64) -> Result<Option<Hash>, VerifyError> {
        let (tile, within) = (place / TILE_WIDTH, usize::try_from(place % TILE_WIDTH).unwrap_or(0));
        let slot = usize::from(level);
        if self.levels.len() <= slot {
            self.levels.resize(slot.saturating_add(1), None);
        }
        let known = self.levels.get(slot).and_then(Option::as_ref).filter(|it| it.0 == tile);
        if let Some((_, hashes)) = known {
            return Ok(hashes.get(within).copied());
        }
        let hashes = match Part::at(level, tile, self.size) {
            Some(part) => hashes_of(&self.read(part, |it| it.of_hashes(level))?),
            None => Vec::new(),
        };
        let found = hashes.get(within).copied();
        if let Some(kept) = self.levels.get_mut(slot) {
            *kept = Some((tile, hashes));
        }
        Ok(found)
    }

    fn next(&mut self) -> Result<Vec<Found>, VerifyError> {
        // A missing file yields nothing; the entries may still go on after it.
        while let Some(part) = Part::at(0, self.next, self.size) {
            self.next = self.next.saturating_add(1);
            let entries = self.read(part, Part::of_entries)?;
            let contents = self.read(part, Part::of_contents)?;
            let found = found(&entries, &contents);
            self.losses.extend(losses_in(part.range().start, &entries, &contents));
            let lines = contents.split_inclusive(|it| *it == b'\n').count();
            self.contents.note(self.next.saturating_sub(1), found.len(), lines);
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}

/// The entries of a tile, each with whether its content matches the hash in it.
fn found(mut entries: &[u8], contents: &[u8]) -> Vec<Found> {
    let mut lines = contents.split_inclusive(|it| *it == b'\n');
    let mut found = Vec::new();
    while let Some((entry, rest)) = next_entry(entries) {
        entries = rest;
        let content = lines.next().and_then(|line| std::str::from_utf8(line.strip_suffix(b"\n")?).ok());
        let header: Option<Header<'_>> = serde_json::from_slice(entry).ok();
        let content_fits = match (header, content) {
            (Some(header), Some(content)) => content_sha256(content) == header.content_sha256,
            _ => false,
        };
        found.push(Found { leaf: Some(leaf_hash(entry)), content_fits });
    }
    found
}

/// The index and the facts of each entry of a tile that acknowledges a loss.
fn losses_in(from: u64, mut entries: &[u8], contents: &[u8]) -> Vec<(u64, String)> {
    #[derive(serde::Deserialize)]
    struct Content<'c> {
        #[serde(borrow)]
        facts: &'c RawValue,
    }
    let mut lines = contents.split(|it| *it == b'\n');
    let (mut losses, mut index) = (Vec::new(), from);
    while let Some((entry, rest)) = next_entry(entries) {
        entries = rest;
        let line = lines.next().unwrap_or_default();
        // What was altered is reported as such, and says nothing.
        let fits = |it: &Header<'_>| {
            let content = std::str::from_utf8(line).ok();
            content.is_some_and(|line| content_sha256(line) == it.content_sha256)
        };
        let is_one = |it: Header<'_>| it.action == loss::ACKNOWLEDGED.name() && fits(&it);
        if serde_json::from_slice(entry).is_ok_and(is_one)
            && let Ok(Content { facts }) = serde_json::from_slice(line)
        {
            losses.push((index, facts.get().to_owned()));
        }
        index = index.saturating_add(1);
    }
    losses
}
