//! Where the parts of the log stand and how they are written, in an exported bundle and at the addresses of the interface:
//! C2SP `tlog-tiles`, and the contents beside it. Pure.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};
use tlog_tiles::{HASH_SIZE, Hash};
use utoipa::ToSchema;

use crate::journal::{
    notes::VerifierKey,
    tree::{MAX_SIZE, TILE_WIDTH, tiles_of_level, width_of_level},
};

/// The file of the last checkpoint, with what witnesses said of it.
pub const CHECKPOINT: &str = "checkpoint";
/// The folder of all checkpoints, each under its size.
pub const CHECKPOINTS: &str = "checkpoints";
/// The file that names the log and the keys.
pub const KEYS: &str = "keys.json";

/// A tile by its place within its level, and how much of it there is. It is written `x001/x234/067`, with `.p/5` behind it
/// where only five of its 256 are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    tile: u64,
    width: u64,
}

/// The text is no place of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the place of a tile")]
pub struct NoPart;

impl Part {
    /// The parts of a level in the tree of a size, from the left.
    pub fn of_level(level: u8, size: u64) -> impl Iterator<Item = Self> {
        tiles_of_level(level, size)
            .map(|(tile, range)| Self { tile, width: range.end.saturating_sub(range.start) })
    }

    /// The part of a level at the place of a tile, in the tree of a size.
    pub fn at(level: u8, tile: u64, size: u64) -> Option<Self> {
        let left = width_of_level(level, size).saturating_sub(tile.checked_mul(TILE_WIDTH)?);
        (left > 0).then(|| Self { tile, width: left.min(TILE_WIDTH) })
    }

    /// The part with so many of its hashes, where it has them.
    pub fn narrowed(self, width: u64) -> Option<Self> {
        (1..=self.width).contains(&width).then_some(Self { width, ..self })
    }

    /// How many there are of its 256.
    pub const fn width(&self) -> u64 {
        self.width
    }

    /// The places within the level that it covers.
    pub const fn range(&self) -> Range<u64> {
        let from = self.tile.saturating_mul(TILE_WIDTH);
        from..from.saturating_add(self.width)
    }

    /// Whether all of the tile is there, so that it will never change.
    pub const fn is_whole(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Where its hashes stand.
    pub fn of_hashes(&self, level: u8) -> String {
        format!("tile/{level}/{self}")
    }

    /// Where its entries stand.
    pub fn of_entries(&self) -> String {
        format!("tile/entries/{self}")
    }

    /// Where the contents of its entries stand.
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
        // There is one way to write it, and this must be it.
        let fits = (1..=TILE_WIDTH).contains(&width) && tile < MAX_SIZE && part.to_string() == text;
        if fits { Ok(part) } else { Err(NoPart) }
    }
}

/// The hashes of a tile, one behind the other.
pub fn hash_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|it| it.0).collect()
}

/// The hashes that stand in a tile; a last one that is cut short is left out.
pub fn hashes_of(tile: &[u8]) -> Vec<Hash> {
    let (whole, _) = tile.as_chunks::<HASH_SIZE>();
    whole.iter().map(|it| Hash(*it)).collect()
}

/// Adds an entry to a bundle, behind its length.
///
/// # Errors
/// [`NoPart`] where it is too long for a bundle, which no header is.
pub fn add_entry(bundle: &mut Vec<u8>, entry: &str) -> Result<(), NoPart> {
    let length = u16::try_from(entry.len()).map_err(|_| NoPart)?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry.as_bytes());
    Ok(())
}

/// The next entry of a bundle, and what stands behind it. None at its end, and where it is cut short.
pub fn next_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// Which log it is and by which keys it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogNames {
    /// The name of the log.
    pub origin: String,
    /// The verifier keys of the log that sign now, `name+hash+key`.
    pub keys: Vec<String>,
    /// The size of the first tree that they signed; 0 for the first keys of the log.
    #[serde(default)]
    pub from: u64,
    /// The keys of the log that signed before, the newest first.
    #[serde(default)]
    pub former: Vec<FormerKey>,
    /// The verifier keys of its witnesses.
    #[serde(default)]
    pub witnesses: Vec<String>,
}

/// A key that signed the log once and signs no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormerKey {
    /// The verifier key, `name+hash+key`.
    #[schema(example = "sanquan/3b0c44298fc1c149+530d903a+AQz8GuzwVZdYZTOdYRpSQOrLp6kTPQQAZKB2kl7+U9WZ")]
    pub key: String,
    /// The size of the first tree that it signed; 0 for the first keys of the log.
    #[schema(minimum = 0, example = 0)]
    pub from: u64,
    /// The size of the first tree that another key signed in its place: from there on it is not believed.
    #[schema(minimum = 1, example = 1043)]
    pub until: u64,
    /// Where it signed trees of this size or more, it is not believed either: it was in other hands by then. Null where it
    /// is believed for all that it signed while it was in use.
    #[schema(required, minimum = 0, example = 1001)]
    #[serde(default)]
    pub disbelieved_from: Option<u64>,
}

impl FormerKey {
    /// The key, believed for the trees that it signed while it was in use, as far as it is.
    pub fn verifier(&self) -> Result<VerifierKey, NotAKey> {
        let key: VerifierKey = self.key.parse().map_err(|_| NotAKey(self.key.clone()))?;
        Ok(key.disbelieved_from(self.disbelieved_from.unwrap_or(self.until).min(self.until)))
    }
}

/// A text stands among the keys of a log that is no key of a kind that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no verifier key")]
pub struct NotAKey(pub String);

impl LogNames {
    /// The keys by which its checkpoints are checked.
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
