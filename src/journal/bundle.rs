//! The paths and formats of the parts of the log, in an exported bundle and over HTTP: C2SP `tlog-tiles`, and the contents
//! beside it. Pure functions.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};
use tlog_tiles::{HASH_SIZE, Hash};
use utoipa::ToSchema;

use crate::journal::{
    notes::VerifierKey,
    tree::{MAX_SIZE, TILE_WIDTH, tiles_of_level, width_of_level},
};

/// The file of the last checkpoint, with its cosignatures.
pub const CHECKPOINT: &str = "checkpoint";
/// The folder of all checkpoints, each named by its size.
pub const CHECKPOINTS: &str = "checkpoints";
/// The file that names the log and the keys.
pub const KEYS: &str = "keys.json";

/// A tile by its position within its level, and how many of its 256 items exist. It is written `x001/x234/067`, followed by
/// `.p/5` if only five of them do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    tile: u64,
    width: u64,
}

/// The text does not name a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct NoPart;

impl Part {
    /// The parts of a level in the tree of a size, from the left.
    pub fn of_level(level: u8, size: u64) -> impl Iterator<Item = Self> {
        tiles_of_level(level, size)
            .map(|(tile, range)| Self { tile, width: range.end.saturating_sub(range.start) })
    }

    /// The part of a level at the position of a tile, in the tree of a size.
    pub fn at(level: u8, tile: u64, size: u64) -> Option<Self> {
        let left = width_of_level(level, size).saturating_sub(tile.checked_mul(TILE_WIDTH)?);
        (left > 0).then(|| Self { tile, width: left.min(TILE_WIDTH) })
    }

    /// The part reduced to this many of its hashes, if it has that many.
    pub fn narrowed(self, width: u64) -> Option<Self> {
        (1..=self.width).contains(&width).then_some(Self { width, ..self })
    }

    /// How many of its 256 items exist.
    pub const fn width(&self) -> u64 {
        self.width
    }

    /// The positions within the level that it covers.
    pub const fn range(&self) -> Range<u64> {
        let from = self.tile.saturating_mul(TILE_WIDTH);
        from..from.saturating_add(self.width)
    }

    /// Whether the tile is complete, so that it will never change.
    pub const fn is_whole(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The path of its hashes.
    pub fn of_hashes(&self, level: u8) -> String {
        format!("tile/{level}/{self}")
    }

    /// The path of its entries.
    pub fn of_entries(&self) -> String {
        format!("tile/entries/{self}")
    }

    /// The path of the contents of its entries.
    pub fn of_contents(&self) -> String {
        format!("contents/{}", self.with_suffix(".ndjson"))
    }

    fn with_suffix(&self, suffix: &str) -> String {
        let mut groups = vec![format!("{:03}", self.tile % 1000)];
        let mut rest = self.tile / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let place = groups.join("/") + suffix;
        if self.is_whole() { place } else { format!("{place}.p/{}", self.width) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_suffix(""))
    }
}

impl FromStr for Part {
    type Err = NoPart;

    fn from_str(text: &str) -> Result<Self, NoPart> {
        let (place, width) = match text.split_once(".p/") {
            Some((place, width)) => (place, width.parse().map_err(|_| NoPart)?),
            None => (text, TILE_WIDTH),
        };
        let mut tile = 0_u64;
        for group in place.split('/') {
            let group: u64 = group.trim_start_matches('x').parse().map_err(|_| NoPart)?;
            tile = tile.checked_mul(1000).and_then(|it| it.checked_add(group)).ok_or(NoPart)?;
        }
        let part = Self { tile, width };
        // There is only one valid way to write it.
        let fits = (1..=TILE_WIDTH).contains(&width) && tile < MAX_SIZE && part.to_string() == text;
        if fits { Ok(part) } else { Err(NoPart) }
    }
}

/// The bytes of a tile: its hashes one after the other.
pub fn hash_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|it| it.0).collect()
}

/// The hashes in the bytes of a tile; a truncated one at the end is left out.
pub fn hashes_of(tile: &[u8]) -> Vec<Hash> {
    let (whole, _) = tile.as_chunks::<HASH_SIZE>();
    whole.iter().map(|it| Hash(*it)).collect()
}

/// Adds an entry to a bundle, preceded by its length.
///
/// # Errors
/// [`NoPart`] if it is too long for a bundle, which no header is.
pub fn add_entry(bundle: &mut Vec<u8>, entry: &str) -> Result<(), NoPart> {
    let length = u16::try_from(entry.len()).map_err(|_| NoPart)?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry.as_bytes());
    Ok(())
}

/// The next entry of a bundle, and the rest after it; `None` at the end, and if the bundle is truncated.
pub fn next_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// The name of a log and the keys that verify it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogNames {
    /// The name of the log.
    pub origin: String,
    /// The verifier keys of the current signing keys, `name+hash+key`.
    pub keys: Vec<String>,
    /// The size of the first tree that they signed; 0 for the first keys of the log.
    #[serde(default)]
    pub from: u64,
    /// The keys that signed before, newest first.
    #[serde(default)]
    pub former: Vec<FormerKey>,
    /// The verifier keys of its witnesses.
    #[serde(default)]
    pub witnesses: Vec<String>,
}

/// A key that used to sign the log and no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormerKey {
    /// The verifier key, `name+hash+key`.
    #[schema(example = "sanquan/3b0c44298fc1c149+530d903a+AQz8GuzwVZdYZTOdYRpSQOrLp6kTPQQAZKB2kl7+U9WZ")]
    pub key: String,
    /// The size of the first tree that it signed; 0 for the first keys of the log.
    #[schema(minimum = 0, example = 0)]
    pub from: u64,
    /// The size of the first tree that another key signed in its place: from there on it is not trusted.
    #[schema(minimum = 1, example = 1043)]
    pub until: u64,
    /// It is not trusted for trees of this size or more either, because it was in other hands by then. Null if it is trusted
    /// for everything that it signed while it was in use.
    #[schema(required, minimum = 0, example = 1001)]
    #[serde(default)]
    pub disbelieved_from: Option<u64>,
}

impl FormerKey {
    /// The key, trusted only for the trees that it may have signed.
    pub fn verifier(&self) -> Result<VerifierKey, NotAKey> {
        let key: VerifierKey = self.key.parse().map_err(|_| NotAKey(self.key.clone()))?;
        Ok(key.disbelieved_from(self.disbelieved_from.unwrap_or(self.until).min(self.until)))
    }
}

/// One of the keys of a log is not a verifier key of a known kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a verifier key")]
pub struct NotAKey(pub String);

impl LogNames {
    /// The keys that verify its checkpoints.
    pub fn verifiers(&self) -> Result<Vec<VerifierKey>, NotAKey> {
        let texts = self.keys.iter().chain(&self.witnesses);
        let now = texts.map(|text| text.parse().map_err(|_| NotAKey(text.clone())));
        now.chain(self.former.iter().map(FormerKey::verifier)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_place() {
        for (text, range) in [
            ("000", 0..256),
            ("000.p/1", 0..1),
            ("273.p/112", 69_888..70_000),
            ("x001/x234/067", 315_921_152..315_921_408),
            ("x001/000.p/255", 256_000..256_255),
        ] {
            let part: Part = text.parse().unwrap();
            assert_eq!((part.range(), part.to_string()), (range, text.to_owned()));
        }
        for text in [
            "",
            "0",
            "00",
            "0000",
            "x000",
            "x000/001",
            "001/002",
            "x001/x002",
            "000.p/0",
            "000.p/256",
            "000.p/01",
            "000.p/",
            "000.p/1/",
            "000/",
            "/000",
            "xx01/000",
            "-01",
            "+01",
            "1000",
            "../000",
            "000.p/-1",
            "x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(text.parse::<Part>(), Err(NoPart), "{text}");
        }
    }

    #[test]
    fn a_tree_of_70_000_has_these_files() {
        let last = Part::of_level(0, 70_000).last().unwrap();
        assert_eq!(last.of_hashes(0), "tile/0/273.p/112");
        assert_eq!(last.of_entries(), "tile/entries/273.p/112");
        assert_eq!(last.of_contents(), "contents/273.ndjson.p/112");
        assert_eq!(
            Part::of_level(2, 70_000).map(|it| it.of_hashes(2)).collect::<Vec<_>>(),
            ["tile/2/000.p/1"]
        );
    }

    #[test]
    fn entries_go_into_a_bundle_and_come_out() {
        let mut bundle = Vec::new();
        for entry in ["one", "", "三"] {
            add_entry(&mut bundle, entry).unwrap();
        }
        assert_eq!(add_entry(&mut Vec::new(), &"x".repeat(65_536)), Err(NoPart));
        let (mut rest, mut found) = (bundle.as_slice(), Vec::new());
        while let Some((entry, behind)) = next_entry(rest) {
            (rest, found) = (behind, [found, vec![entry]].concat());
        }
        assert_eq!(found, ["one".as_bytes(), b"", "三".as_bytes()]);
        assert!(rest.is_empty());
        assert!(next_entry(&bundle[..4]).is_none(), "cut short");
        assert!(next_entry(&[0]).is_none());
    }
}
