//! The journal: every change of the register, once, in the transaction that made it.
//!
//! Entries are appended by the rooms above, sealed afterwards into a gapless order by one sealer, and read from a
//! cursor by whoever follows the register: auditors, the finance feed, notices. Rows are immutable in the database.
//!
//! What is sealed grows a Merkle tree, whose checkpoints are signed: so whoever keeps one can tell that nothing before it
//! was rewritten. `docs/journal.md` says how, to the byte.

pub mod bundle;
pub mod entry;
mod export;
mod known;
mod log;
pub mod notes;
mod sealing;
mod store;
mod succession;
mod takeover;
pub mod tree;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use chrono::NaiveDateTime;
use serde::Serialize;
use tlog_tiles::Hash;

pub use export::{ExportError, export};
pub use known::{Known, settle};
pub use log::{Log, LogError, LogKeys, read_head};
pub use sealing::{Signing, seal_next, sealing, sign_next};
pub use succession::{Succession, SuccessionError, disbelieve, renew};
pub use takeover::{COMMITTED, DESCRIBED, commit_to_all_rows};

use crate::{
    journal::{
        entry::Said,
        notes::Head,
        store::{Side, natural},
        tree::{Tiles as _, TreeError},
    },
    storage::{Read, StorageError, Upkeep, Write, failure},
    values::{Id, RegionCode, Scope, id::kind},
};

/// The name of what was done. Each room declares its own; a test proves the names unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action(&'static str);

impl Action {
    /// Declares an action, as a verb in the past: `asset_registered`.
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// A stream of entries that somebody reads for itself, in the order of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Movements of money: what finance systems read as income records.
    Income,
}

impl Feed {
    /// The name under which the feed is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Income => "income",
        }
    }
}

/// Who acted: a user by its id, or nobody for what the public and the registry itself do.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The user; none for an objection from the public and for what the registry does by itself.
    pub user_id: Option<Id<kind::User>>,
    /// The id of the request that asked for it.
    pub request_id: Option<String>,
}

/// What a room has to say about a change. It holds no personal data: people are named by party id.
#[derive(Debug)]
pub struct Record<'a, Facts> {
    /// What was done.
    pub action: Action,
    /// The region in which it was done; none for what concerns no region.
    pub region: Option<RegionCode>,
    /// Everything that the entry speaks of, so that each can be asked for its entries.
    pub subjects: &'a [Id<kind::Subject>],
    /// The one of them that it made or changed; none where it changed nothing that has an address of its own.
    pub changes: Option<Id<kind::Subject>>,
    /// The facts, which are stored as canonical JSON (RFC 8785).
    pub facts: &'a Facts,
    /// The feed that the entry belongs to.
    pub feed: Option<Feed>,
}

impl<'a, Facts> Record<'a, Facts> {
    /// A record outside any feed, of what changed the first of its subjects.
    pub fn new(
        action: Action,
        region: impl Into<Option<RegionCode>>,
        subjects: &'a [Id<kind::Subject>],
        facts: &'a Facts,
    ) -> Self {
        Self {
            action,
            region: region.into(),
            subjects,
            changes: subjects.first().copied(),
            facts,
            feed: None,
        }
    }
}

/// Appends one entry. The entry's id comes back, for rows that name the entry which made them.
pub fn append<Facts: Serialize>(
    unit: &mut Write<'_>,
    actor: &Actor,
    record: &Record<'_, Facts>,
) -> Result<Id<kind::Entry>, StorageError> {
    let ids = append_all(unit, actor, std::slice::from_ref(record))?;
    ids.first().copied().ok_or_else(|| StorageError::Corrupt("an appended entry has no id".to_owned()))
}

/// Appends many entries in a few statements, in their order.
pub fn append_all<Facts: Serialize>(
    unit: &mut Write<'_>,
    actor: &Actor,
    records: &[Record<'_, Facts>],
) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    let mut rows = Vec::with_capacity(records.len());
    let mut subjects = Vec::with_capacity(records.len());
    for record in records {
        let facts = serde_json_canonicalizer::to_string(record.facts)
            .map_err(|error| StorageError::Corrupt(format!("facts are no canonical JSON: {error}")))?;
        let id = Id::new(unit.now());
        subjects.push((id, record.subjects, record.changes));
        rows.push(store::EntryRow {
            id,
            at: unit.timestamp(),
            actor_id: actor.user_id,
            action: record.action.name().to_owned(),
            region_code: record.region.map_or_else(|| NO_REGION.to_owned(), |it| it.as_str().to_owned()),
            facts,
            request_id: actor.request_id.clone(),
            feed: record.feed.map(|it| it.name().to_owned()),
        });
    }
    store::insert(unit, &rows, &subjects)?;
    let ids: Vec<_> = rows.into_iter().map(|it| it.id).collect();
    unit.journaled(ids.iter().copied());
    Ok(ids)
}

/// The region of entries that concern none: seen by those whose scope is the whole register.
const NO_REGION: &str = "000000000000";

/// A sealed entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the journal: gapless, from 0, in the order of commits.
    pub index: i64,
    /// Its hash as a leaf of the tree, as it was sealed.
    pub leaf_hash: Hash,
    /// The hash of its content, as it was sealed; none of entries that were sealed before it was kept.
    pub content_hash: Option<Hash>,
    /// What it says.
    pub said: Said,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only entries with a greater index; none for all.
    pub after: Option<i64>,
    /// Only entries that speak of this.
    pub subject_id: Option<Id<kind::Subject>>,
    /// Only entries of this user.
    pub actor_id: Option<Id<kind::User>>,
    /// Only entries of this action.
    pub action: Option<String>,
}

/// How many bytes of facts and rows are given at once.
const BYTES_AT_ONCE: usize = 4_000_000;

/// How many entries are read at once.
const READ_AT_ONCE: i64 = 100;

/// Sealed entries after a cursor, in the order of the journal, at most `limit`; fewer where they are long, but never none
/// where there are some.
pub fn entries(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let mut wanted = wanted.clone();
    let (mut entries, mut bytes, mut left): (Vec<Entry>, usize, i64) = (Vec::new(), 0, limit);
    while left > 0 && bytes < BYTES_AT_ONCE {
        let asked = left.min(READ_AT_ONCE);
        let some = store::entries(unit, scope, &wanted, asked)?;
        let found = i64::try_from(some.len()).unwrap_or(asked);
        let length = |it: &Entry| {
            let rows = it.said.committed.as_ref().map_or(0, |it| it.rows.len());
            it.said.facts.len().saturating_add(rows)
        };
        for entry in some {
            if bytes >= BYTES_AT_ONCE {
                break;
            }
            bytes = bytes.saturating_add(length(&entry));
            wanted.after = Some(entry.index);
            entries.push(entry);
        }
        left = if found < asked { 0 } else { left.saturating_sub(found) };
    }
    Ok(entries)
}

/// A sealed entry by its place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its identifier.
    pub id: Id<kind::Entry>,
    /// Its index.
    pub index: i64,
}

/// The last sealed entry up to an index, of some actions, that speaks of a subject.
pub fn last_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    through: i64,
) -> Result<Option<Placed>, StorageError> {
    store::about(unit, subject, actions, Side::Through(through))
}

/// The first sealed entry after an index, of some actions, that speaks of a subject.
pub fn next_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    after: i64,
) -> Result<Option<Placed>, StorageError> {
    store::about(unit, subject, actions, Side::After(after))
}

/// Who wrote the first entry of an action about something; nobody where the registry itself or the public did, or where there
/// is none.
pub fn author(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    action: Action,
) -> Result<Option<Id<kind::User>>, StorageError> {
    store::author(unit, subject, action)
}

/// The index of the last entry that changed a subject, as far as is known; none while such an entry waits for its place.
pub fn last_change(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    known: Known,
) -> Result<Option<i64>, StorageError> {
    store::last_change(unit, subject, known)
}

/// The entry at an index.
pub fn id_at(unit: &mut Read<'_>, index: i64) -> Result<Option<Id<kind::Entry>>, StorageError> {
    store::id_at(unit, index)
}

/// How many entries are sealed.
pub fn size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::size(unit)
}

/// How many entries are signed for: the size of the last checkpoint, 0 before the first.
pub fn signed_size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::signed_size(unit)
}

/// The entries of a range of places, whatever their regions: for those whose scope is the whole register.
pub fn sealed(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<Entry>, StorageError> {
    store::sealed(unit, range)
}

/// Entries that wait for their places, after one by its place among those that wait.
pub fn waiting(
    unit: &mut Read<'_>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, Said)>, StorageError> {
    store::waiting(unit, after, limit)
}

/// What was done by some entries.
pub fn actions_of(
    unit: &mut Read<'_>,
    entries: &[Id<kind::Entry>],
) -> Result<HashMap<Id<kind::Entry>, String>, StorageError> {
    store::actions_of(unit, entries)
}

/// The tables whose rows the journal commits to, each with the columns that it commits to.
pub fn journaled_tables(unit: &mut Read<'_>) -> Result<Vec<(String, String)>, StorageError> {
    store::layouts(unit)
}

/// The tables that an entry of [`DESCRIBED`] describes, by its facts, each with its columns: none where it is gone.
pub fn tables_described(facts: &str) -> BTreeMap<String, Option<String>> {
    store::tables_of(facts)
}

/// How many entries the checkpoint of a size does not sign for, those that wait for their places included, and since when
/// the oldest of them is there.
pub fn unsigned(unit: &mut Read<'_>, signed: i64) -> Result<(i64, Option<NaiveDateTime>), StorageError> {
    store::unsigned(unit, signed)
}

/// The hashes of the leaves of a range by their places, with gaps where leaves are gone.
pub fn leaves(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<(i64, Hash)>, StorageError> {
    store::leaves(unit, range)
}

/// Hashes of a tile of the tree as the database keeps it: as many of the range as are there.
pub fn hashes(unit: &mut Read<'_>, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StorageError> {
    store::Kept::of(unit).hashes(level, range)
}

/// Checkpoints of more than `after` entries with what witnesses said of them, from the least, at most `limit`.
pub fn checkpoints(unit: &mut Read<'_>, after: i64, limit: i64) -> Result<Vec<(i64, String)>, StorageError> {
    let mut found = store::checkpoints(unit, after, limit)?;
    let sizes: Vec<i64> = found.iter().map(|(size, _)| *size).collect();
    for some in sizes.chunks(400) {
        for (size, line) in store::cosignatures(unit, some)? {
            if let Some((_, note)) = found.iter_mut().find(|(it, _)| *it == size) {
                note.push_str(&line);
                note.push('\n');
            }
        }
    }
    Ok(found)
}

/// A checkpoint as it is stored, and what is stored as cosignatures of it.
#[derive(Debug, Clone)]
pub struct Cosigned {
    /// The size under which it is stored.
    pub size: i64,
    /// The signed note, without cosignatures.
    pub note: String,
    /// Each witness with its line.
    pub cosignatures: Vec<(String, String)>,
}

/// Checkpoints of more than `after` entries as they are stored, from the least, at most `limit`.
pub fn cosigned(unit: &mut Read<'_>, after: i64, limit: i64) -> Result<Vec<Cosigned>, StorageError> {
    let found = store::checkpoints(unit, after, limit)?;
    let mut found: Vec<Cosigned> =
        found.into_iter().map(|(size, note)| Cosigned { size, note, cosignatures: Vec::new() }).collect();
    let sizes: Vec<i64> = found.iter().map(|it| it.size).collect();
    for (size, witness, line) in store::cosignatures_by_witness(unit, &sizes)? {
        if let Some(it) = found.iter_mut().find(|it| it.size == size) {
            it.cosignatures.push((witness, line));
        }
    }
    Ok(found)
}

/// Sizes for which cosignatures are kept, but no checkpoint, at most `limit`.
pub fn cosigned_without_checkpoint(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::cosigned_without_checkpoint(unit, limit)
}

/// Entries that have no place and wait for none, at most `limit`.
pub fn unplaced(unit: &mut Read<'_>, limit: i64) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    store::unplaced(unit, limit)
}

/// Places among those that wait, of what is no entry or has its place in the journal (then with that), at most `limit`.
pub fn pending_unexplained(unit: &mut Read<'_>, limit: i64) -> Result<Vec<(i64, Option<i64>)>, StorageError> {
    store::pending_unexplained(unit, limit)
}

/// Indexes whose leaves name another feed than their entries, at most `limit`.
pub fn feeds_that_differ(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::feeds_that_differ(unit, limit)
}

/// Indexes of entries that are said to be sealed before the one in front of them, at most `limit`.
pub fn sealed_out_of_order(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::sealed_out_of_order(unit, limit)
}

/// Whether the journal was sealed beyond the instant up to which it is said to be.
pub fn progress_is_behind(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    store::progress_is_behind(unit)
}

/// Indexes of entries that are said to be sealed after an instant, at most `limit`.
pub fn sealed_after(
    unit: &mut Read<'_>,
    instant: NaiveDateTime,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    store::sealed_after(unit, instant, limit)
}

/// Whether the journal is said to be sealed beyond an instant.
pub fn progress_is_beyond(unit: &mut Read<'_>, instant: NaiveDateTime) -> Result<bool, StorageError> {
    store::progress_is_beyond(unit, instant)
}

/// Indexes of leaves whose content had a hash of its own when they were sealed, and has none now, at most `limit`.
pub fn content_hashes_gone(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::content_hashes_gone(unit, limit)
}

/// What an entry is said to speak of, and the entry.
pub type SaidAbout = (Id<kind::Subject>, Id<kind::Entry>);

/// What entries are said to speak of that are not there, with those entries, at most `limit`.
pub fn subjects_without_entries(unit: &mut Read<'_>, limit: i64) -> Result<Vec<SaidAbout>, StorageError> {
    store::subjects_without_entries(unit, limit)
}

/// Entries for which rows are kept as of sealed ones, and that have no place in the journal, at most `limit`.
pub fn rows_without_places(unit: &mut Read<'_>, limit: i64) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    store::rows_without_places(unit, limit)
}

/// How many entries wait for their places.
pub fn count_waiting(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::count_waiting(unit)
}

/// What entries of some actions say that users did, at the instants that are given with them: user, instant, facts. There may be more
/// than was asked for.
pub fn done_at(
    unit: &mut Read<'_>,
    of: &[(Id<kind::User>, NaiveDateTime)],
    actions: &[Action],
) -> Result<Vec<(Id<kind::User>, NaiveDateTime, String)>, StorageError> {
    store::done_at(unit, of, actions)
}

/// How many hashes of each level above the leaves are stored.
pub fn nodes_of_levels(unit: &mut Read<'_>) -> Result<Vec<(i32, i64)>, StorageError> {
    store::nodes_of_levels(unit)
}

/// The checkpoint of a size, or the last one, with what witnesses said of it; none where none of that size was signed.
pub fn checkpoint(unit: &mut Read<'_>, size: Option<i64>) -> Result<Option<String>, StorageError> {
    let Some((size, mut note)) = store::checkpoint(unit, size)? else { return Ok(None) };
    for (_, line) in store::cosignatures(unit, &[size])? {
        note.push_str(&line);
        note.push('\n');
    }
    Ok(Some(note))
}

/// Why a proof cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// No tree of that size was signed for yet.
    #[error("the tree that is signed for has {signed} entries")]
    NoSuchTree {
        /// How many entries are signed for.
        signed: i64,
    },
    /// What is to be proved does not lie in that tree.
    #[error("the tree ends at {greatest}")]
    NoSuchPart {
        /// The greatest index, or the greatest smaller size, that it has.
        greatest: i64,
    },
    /// No entry of that index in the caller's region.
    #[error("no such entry")]
    NotFound,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(ProofError);

impl From<TreeError<StorageError>> for ProofError {
    fn from(error: TreeError<StorageError>) -> Self {
        Self::Storage(match error {
            TreeError::Unreadable(error) => error,
            TreeError::Outside | TreeError::Missing => {
                StorageError::Corrupt("hashes of the journal are missing".to_owned())
            }
        })
    }
}

/// That the tree of a size has an entry.
#[derive(Debug, Clone)]
pub struct Inclusion {
    /// The entry.
    pub entry: Entry,
    /// The tree.
    pub head: Head,
    /// The hashes beside the way from the leaf to the root.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, has an entry of a scope.
pub fn inclusion(
    unit: &mut Read<'_>,
    scope: &Scope,
    index: i64,
    size: Option<i64>,
) -> Result<Inclusion, ProofError> {
    let (at, of) = placed(unit, index, size)?;
    let entry = store::entry(unit, scope, index)?.ok_or(ProofError::NotFound)?;
    let mut kept = store::Kept::of(unit);
    let root = tree::root(&mut kept, of)?;
    let proof = tree::inclusion(&mut kept, of, at)?;
    Ok(Inclusion { entry, head: Head { size: of, root }, proof })
}

/// That the tree of a size has a leaf.
#[derive(Debug, Clone)]
pub struct LeafProof {
    /// The hash of the leaf.
    pub leaf_hash: Hash,
    /// The tree.
    pub head: Head,
    /// The hashes beside the way from the leaf to the root.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, has at an index the leaf whose hash is given, in base64: for
/// whoever knows the entry, so that nothing of it is shown.
pub fn leaf(
    unit: &mut Read<'_>,
    index: i64,
    leaf_hash: &str,
    size: Option<i64>,
) -> Result<LeafProof, ProofError> {
    let (at, of) = placed(unit, index, size)?;
    let found = store::leaves(unit, &(at..at.saturating_add(1)))?.pop().map(|it| it.1);
    let leaf_hash = found.filter(|it| it.to_string() == leaf_hash).ok_or(ProofError::NotFound)?;
    let mut kept = store::Kept::of(unit);
    let root = tree::root(&mut kept, of)?;
    let proof = tree::inclusion(&mut kept, of, at)?;
    Ok(LeafProof { leaf_hash, head: Head { size: of, root }, proof })
}

/// The place of an index in the tree of a size, or of the last checkpoint, and that size.
fn placed(unit: &mut Read<'_>, index: i64, size: Option<i64>) -> Result<(u64, u64), ProofError> {
    let signed = store::signed_size(unit)?;
    let size = size.unwrap_or(signed);
    if !(1..=signed).contains(&size) {
        return Err(ProofError::NoSuchTree { signed });
    }
    if !(0..size).contains(&index) {
        return Err(ProofError::NoSuchPart { greatest: size.saturating_sub(1) });
    }
    Ok((natural(index)?, natural(size)?))
}

/// That the tree of a size begins with the tree of a smaller one.
#[derive(Debug, Clone)]
pub struct Consistency {
    /// The smaller tree.
    pub from: Head,
    /// The larger tree.
    pub to: Head,
    /// The hashes from which both roots follow.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, begins with a smaller one.
pub fn consistency(unit: &mut Read<'_>, from: i64, to: Option<i64>) -> Result<Consistency, ProofError> {
    let signed = store::signed_size(unit)?;
    let to = to.unwrap_or(signed);
    if !(1..=signed).contains(&to) {
        return Err(ProofError::NoSuchTree { signed });
    }
    if !(1..=to).contains(&from) {
        return Err(ProofError::NoSuchPart { greatest: to });
    }
    let (from, to) = (natural(from)?, natural(to)?);
    let mut kept = store::Kept::of(unit);
    let (older, newer) = (tree::root(&mut kept, from)?, tree::root(&mut kept, to)?);
    let proof = tree::consistency(&mut kept, from, to)?;
    Ok(Consistency { from: Head { size: from, root: older }, to: Head { size: to, root: newer }, proof })
}

/// Why a cosignature is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// No checkpoint of that size was signed.
    #[error("no checkpoint of that size was signed")]
    NoCheckpoint,
    /// It is no cosignature of that checkpoint by a witness that is known.
    #[error("no known witness signed that checkpoint so")]
    NotByWitness,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Takes what a witness says of a checkpoint: a signature line of a note. The checkpoint comes back with all that
/// witnesses said of it. It is no change of the register, and leaves no entry: one would ask for the next checkpoint, and
/// so for the next cosignature, without end.
pub fn cosign(unit: &mut Upkeep<'_>, log: &Log, size: i64, line: &str) -> Result<String, CosignError> {
    let (_, note) = store::checkpoint(unit, Some(size))?.ok_or(CosignError::NoCheckpoint)?;
    let line = line.trim_end_matches('\n');
    let witness = notes::cosigner(&note, line, log.witnesses()).ok_or(CosignError::NotByWitness)?;
    store::insert_cosignature(unit, size, &witness.to_string(), line)?;
    checkpoint(unit, Some(size))?.ok_or(CosignError::NoCheckpoint)
}
