//! What can be wrong with a journal, and how it is reported.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    journal::loss::Acknowledged,
    storage::{self, StorageError},
    values::closed_enum,
};

closed_enum! {
    /// A kind of damage.
    pub enum DamageKind {
        /// An entry is not the one that was sealed.
        EntryAltered = "entry_altered",
        /// An entry is the one that was sealed, but the content that it commits to is not.
        ContentAltered = "content_altered",
        /// The content of an entry is gone.
        ContentMissing = "content_missing",
        /// There is content that belongs to no entry.
        ContentAdded = "content_added",
        /// An entry is gone; if there is no gap, all later ones moved up.
        EntryMissing = "entry_missing",
        /// There is an entry that was never sealed.
        EntryAdded = "entry_added",
        /// Two entries were swapped.
        EntriesSwapped = "entries_swapped",
        /// The entries end before the size that was signed.
        TailCut = "tail_cut",
        /// A hash of the tree is not what it must be.
        TileAltered = "tile_altered",
        /// A bundle contains a file that was not exported.
        UnexpectedFile = "unexpected_file",
        /// A checkpoint was not signed by the log, or a signature on it is not valid.
        BadSignature = "bad_signature",
        /// The entries do not hash to the root that was signed.
        InconsistentCheckpoint = "inconsistent_checkpoint",
        /// The journal is older than a checkpoint that was kept elsewhere, or does not begin with it.
        RolledBack = "rolled_back",
        /// A checkpoint that was signed is not stored with the journal.
        CheckpointMissing = "checkpoint_missing",
        /// A stored cosignature is not a valid one of its checkpoint by its witness.
        BadCosignature = "bad_cosignature",
        /// An entry is neither sealed nor waiting to be sealed.
        EntryUnplaced = "entry_unplaced",
        /// Something waits to be sealed that is not an entry, or is sealed already.
        PendingUnexplained = "pending_unexplained",
        /// The leaf of an entry names another feed than the entry itself.
        FeedDiffers = "feed_differs",
        /// An entry is dated as sealed earlier than the one before it.
        SealedOutOfOrder = "sealed_out_of_order",
        /// An entry is dated as sealed in the future.
        SealedInFuture = "sealed_in_future",
        /// The recorded progress of sealing lies before the last sealed entry.
        ProgressBehind = "progress_behind",
        /// The balance of an account differs from the ledger.
        BalanceDiffers = "balance_differs",
        /// The database engine finds its own files damaged: a page that cannot be read, an index that lacks rows.
        DatabaseDamaged = "database_damaged",
        /// A table is not as the migrations create it.
        SchemaDiffers = "schema_differs",
        /// The bytes of a document are not those that were uploaded.
        DocumentAltered = "document_altered",
        /// The bytes of a document are gone.
        DocumentMissing = "document_missing",
        /// A row differs from what the journal records.
        RowDiffers = "row_differs",
        /// A row that the journal records is missing.
        RowMissing = "row_missing",
        /// The journal records no such row.
        RowUnexplained = "row_unexplained",
        /// There are entries, and no valid checkpoint covers any of them.
        NothingSigned = "nothing_signed",
        /// Something that is stored cannot be read.
        Unreadable = "unreadable",
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The kind of damage.
    pub kind: DamageKind,
    /// The index of the entry; for a row, that of the last entry that recorded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// The index of the other of two entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_index: Option<u64>,
    /// The size of the checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_size: Option<u64>,
    /// The path of the tile in a bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile: Option<String>,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'static str>,
    /// The identifier of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_id: Option<String>,
    /// Further details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Damage {
    /// A damage of the given kind, without details.
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
    /// One line: the kind, then the known details as `name=value`.
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

closed_enum! {
    /// What a check could not examine.
    pub enum NotExamined {
        /// The tables beside the journal, because the database is of an earlier release.
        TablesOfEarlierRelease = "tables_of_earlier_release",
        /// The entries and the tables, because the database is of an earlier release.
        EntriesOfEarlierRelease = "entries_of_earlier_release",
        /// Everything that is checked after a table that differs so much that it cannot be read.
        AfterSchema = "after_schema",
        /// Everything that is checked after what the database engine cannot read.
        AfterDamage = "after_damage",
        /// Whether the journal continues what the registry signed last, because the file that records it is gone.
        LastSigned = "last_signed",
        /// The same, because the file that records it is damaged.
        LastSignedDamaged = "last_signed_damaged",
        /// Whether the last checkpoint is stored, because a server is about to store it, and its commit has not ended.
        LastCheckpoint = "last_checkpoint",
    }
}

impl NotExamined {
    /// What was not examined, why, and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TablesOfEarlierRelease => {
                "the tables, because the database is of an earlier release: upgrade it, or a copy of it, with \
                 `sanquan migrate`, and verify it again"
            }
            Self::EntriesOfEarlierRelease => {
                "the entries and the tables, because the database is of an earlier release: upgrade it, or a copy of it, \
                 with `sanquan migrate`, and verify it again"
            }
            Self::AfterSchema => {
                "everything that is checked after the tables that differ so much that they cannot be read: restore them, or examine a \
                 copy of the database in which they are as they were"
            }
            Self::AfterDamage => {
                "everything that is checked after what the database cannot read: restore the registry from a backup, or examine a copy \
                 of the database that was repaired"
            }
            Self::LastSigned => {
                "whether the journal continues what this registry signed last, because keys/journal-last-signed is gone from \
                 the data folder: supply a checkpoint that was kept elsewhere with --checkpoint"
            }
            Self::LastSignedDamaged => {
                "whether the journal continues what this registry signed last, because keys/journal-last-signed in the data folder is \
                 damaged: supply a checkpoint that was kept elsewhere with --checkpoint; if the journal continues it, move the file away, \
                 and the registry writes it anew"
            }
            Self::LastCheckpoint => {
                "whether the checkpoint that was signed last is stored, because a server has been sealing or signing for more than a second, \
                 and its commit has not ended: see what it waits for, such as a standby (\"The standby is lost\" in docs/operations.md), and \
                 verify again"
            }
        }
    }
}

/// The keys belong to another journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherJournal {
    /// The journal to which the keys belong.
    pub keys_of: String,
    /// The journal that its checkpoints name.
    pub journal: String,
}

impl fmt::Display for OtherJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys_of, journal } = self;
        if keys_of == journal {
            return write!(
                f,
                "the keys are those of a journal {keys_of}, but none of them signed any checkpoint of this journal, which has the same name"
            );
        }
        write!(f, "the keys are those of the journal {keys_of}, but this is the journal {journal}")
    }
}

/// Rows that the journal committed to as it found them. No entry says what they were before that in the columns they have now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommittedAsFound {
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// The first of the entries that commit to them; `None` until it is sealed.
    pub index: Option<u64>,
    /// The last of them.
    #[serde(skip)]
    pub(super) last: Option<u64>,
}

impl fmt::Display for CommittedAsFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, rows, index, .. } = self;
        write!(f, "{rows} rows of {table} were committed to as they were found, ")?;
        match index {
            Some(index) => write!(f, "from entry {index} on"),
            None => f.write_str("by entries that are not sealed yet"),
        }
    }
}

/// A loss of entries that an administrator acknowledged: the journal does not go on from a tree that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LossAcknowledged {
    /// The entry that says so.
    pub index: u64,
    /// How many entries the lost tree had.
    pub lost_size: u64,
    /// Its root, in base64.
    pub lost_root: String,
    /// How many entries the last tree had that was signed before and is kept; `None` if the entry does not say.
    pub kept_size: Option<u64>,
}

impl From<&Acknowledged> for LossAcknowledged {
    fn from(it: &Acknowledged) -> Self {
        Self {
            index: it.index,
            lost_size: it.loss.lost.size,
            lost_root: it.loss.lost.root.to_string(),
            kept_size: it.loss.kept.map(|it| it.size),
        }
    }
}

impl fmt::Display for LossAcknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, lost_size, lost_root, kept_size } = self;
        write!(
            f,
            "entry {index} acknowledges that the tree of {lost_size} entries with the root {lost_root} is lost"
        )?;
        match kept_size {
            Some(kept) => write!(f, "; of what was signed, the first {kept} entries are kept"),
            None => Ok(()),
        }
    }
}

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries were examined.
    pub entries: u64,
    /// How many checkpoints are stored with the journal.
    pub checkpoints: u64,
    /// How many of them are ignored, because they are signed only by a key that is no longer trusted at their size.
    pub disbelieved: u64,
    /// How many rows of the tables were compared with the journal.
    pub rows: u64,
    /// Whether the schema was not compared with the migrations, because this program was built without the catalogue for them.
    /// No release is built so.
    pub schema_not_examined: bool,
    /// Whether the database engine did not examine its own files, because PostgreSQL has no extension `amcheck` for this role.
    pub engine_not_examined: bool,
    /// How many entries the last checkpoint covers.
    pub signed: u64,
    /// How many entries wait to be sealed.
    pub waiting: u64,
    /// How many documents had their bytes compared.
    pub documents: u64,
    /// How many documents on record did not have their bytes compared, because no data folder was given.
    pub documents_not_examined: u64,
    /// Whether no entry commits to any row, as in a registry of a release before 2026-12 that was not upgraded. Then only
    /// rights, the ledger and cases were compared with the journal.
    pub rows_uncommitted: bool,
    /// Tables whose rows were not compared with the journal, because it does not know their columns yet.
    pub tables_uncommitted: Vec<&'static str>,
    /// Tables whose rows the journal committed to as it found them, when their columns were new to it.
    pub committed_as_found: Vec<CommittedAsFound>,
    /// The losses of entries that the journal itself acknowledges.
    pub losses: Vec<LossAcknowledged>,
    /// How many entries the last checkpoint does not cover, including those that are not sealed yet.
    pub unsigned: u64,
    /// The age of the oldest of them: when it was sealed or, if it still waits, written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsigned_since: Option<DateTime<Utc>>,
    /// Whether that is longer ago than a running server takes to sign.
    pub unsigned_for_long: bool,
    /// The damages found, up to a limit.
    pub damages: Vec<Damage>,
    /// Whether there is more damage than is listed.
    pub more: bool,
    /// Set if the keys belong to another journal; then nothing was examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_journal: Option<OtherJournal>,
    /// What was not examined; `None` if everything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_examined: Option<NotExamined>,
}

/// How many damages are listed at most: a journal with more is not going to be repaired entry by entry.
const LISTED: usize = 1_000;

impl Report {
    /// Whether everything was examined.
    pub const fn is_whole(&self) -> bool {
        let of_tables = self.rows_uncommitted || !self.tables_uncommitted.is_empty();
        self.not_examined.is_none() && !of_tables && !self.unsigned_for_long
    }

    /// Passes on what was read. If a stored value cannot be read, that is reported as damage and the check goes on without it.
    pub(super) fn read<T: Default>(
        &mut self,
        table: &'static str,
        read: Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match read {
            Err(error) if error.is_unreadable() => {
                let detail = Some(storage::chain(&error));
                self.add(Damage { table: Some(table), detail, ..Damage::of(DamageKind::Unreadable) });
                Ok(T::default())
            }
            read => read,
        }
    }

    /// The report of a database that is too damaged to be examined.
    pub fn of_damage(error: &StorageError) -> Self {
        let mut report = Self { not_examined: Some(NotExamined::AfterDamage), ..Self::default() };
        let detail = Some(storage::chain(error));
        report.add(Damage { detail, ..Damage::of(DamageKind::DatabaseDamaged) });
        report
    }

    /// Whether nothing is wrong with what was examined.
    pub const fn is_sound(&self) -> bool {
        self.damages.is_empty() && self.other_journal.is_none()
    }

    /// Adds a damage, unless the same one was already reported for that row.
    pub(super) fn add(&mut self, damage: Damage) {
        let of = |it: &Damage| it.row_id.as_deref().and_then(|it| it.split('/').next()).map(str::to_owned);
        let known = |it: &Damage| (it.kind, it.table, of(it)) == (damage.kind, damage.table, of(&damage));
        if damage.row_id.is_some() && self.damages.iter().any(known) {
            return;
        }
        if self.is_full() {
            self.more = true;
        } else {
            self.damages.push(damage);
        }
    }

    /// Whether the list is full.
    pub(super) fn is_full(&self) -> bool {
        self.damages.len() >= LISTED
    }
}
