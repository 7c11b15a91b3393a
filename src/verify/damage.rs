//! What can be wrong with a journal, and how it is told.

use std::fmt;

use serde::Serialize;

use crate::values::closed_enum;

closed_enum! {
    /// A kind of damage.
    pub enum DamageKind {
        /// An entry is not the one that was sealed.
        EntryAltered = "entry_altered",
        /// An entry is the one that was sealed, but the content that it commits to is not.
        ContentAltered = "content_altered",
        /// An entry is gone; where there is no gap, all later ones moved up.
        EntryMissing = "entry_missing",
        /// An entry stands there that was never sealed.
        EntryAdded = "entry_added",
        /// Two entries stand in each other's place.
        EntriesSwapped = "entries_swapped",
        /// The entries end before what was signed for.
        TailCut = "tail_cut",
        /// A hash of the tree is not what it must be.
        TileAltered = "tile_altered",
        /// A checkpoint was not signed by the log, or a signature on it does not fit.
        BadSignature = "bad_signature",
        /// The entries do not come to the root that was signed.
        InconsistentCheckpoint = "inconsistent_checkpoint",
        /// Somebody holds a checkpoint that this journal is older than, or does not begin with.
        RolledBack = "rolled_back",
        /// A row says something else than the journal.
        RowDiffers = "row_differs",
        /// A row that the journal tells of is gone.
        RowMissing = "row_missing",
        /// The journal tells of no such row.
        RowUnexplained = "row_unexplained",
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// What kind of thing.
    pub kind: DamageKind,
    /// The entry, by its index; for a row, the entry that last spoke of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// The other entry, of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_index: Option<u64>,
    /// The checkpoint, by its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_size: Option<u64>,
    /// The tile, by its path in a bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile: Option<String>,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'static str>,
    /// The row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_id: Option<String>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Damage {
    /// A damage of a kind, with nothing else said.
    pub const fn of(kind: DamageKind) -> Self {
        Self {
            kind,
            index: None,
            other_index: None,
            tree_size: None,
            tile: None,
            table: None,
            row_id: None,
            detail: None,
        }
    }

    pub(super) fn at(kind: DamageKind, index: u64) -> Self {
        Self { index: Some(index), ..Self::of(kind) }
    }

    pub(super) fn tile(tile: String) -> Self {
        Self { tile: Some(tile), ..Self::of(DamageKind::TileAltered) }
    }

    pub(super) fn row(kind: DamageKind, table: &'static str, row: String, index: Option<u64>) -> Self {
        Self { index, table: Some(table), row_id: Some(row), ..Self::of(kind) }
    }
}

impl fmt::Display for Damage {
    /// One line: the kind, then what is known by name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        let number = |it: Option<u64>| it.map(|it| it.to_string());
        let named = [
            ("table", self.table.map(str::to_owned)),
            ("row_id", self.row_id.clone()),
            ("index", number(self.index)),
            ("other_index", number(self.other_index)),
            ("tree_size", number(self.tree_size)),
            ("tile", self.tile.clone()),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                write!(f, " {name}={value}")?;
            }
        }
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        Ok(())
    }
}

/// What a check came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries were looked at.
    pub entries: u64,
    /// How many checkpoints lie with the journal.
    pub checkpoints: u64,
    /// How many of them count for nothing, because only a key signed them that is no longer believed at their size.
    pub disbelieved: u64,
    /// All that is wrong, as far as it was followed up.
    pub damages: Vec<Damage>,
    /// Whether more is wrong than is told.
    pub more: bool,
}

/// How many damages are told. Whatever has more is not mended entry by entry.
const TOLD: usize = 1_000;

impl Report {
    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }

    pub(super) fn add(&mut self, damage: Damage) {
        if self.is_full() {
            self.more = true;
        } else {
            self.damages.push(damage);
        }
    }

    /// Whether no more will be told.
    pub(super) fn is_full(&self) -> bool {
        self.damages.len() >= TOLD
    }
}
