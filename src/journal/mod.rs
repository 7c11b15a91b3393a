//! The journal: every change of the register, recorded once, in the transaction that made it.
//!
//! Entries are appended by the rooms above, sealed afterwards into a gapless order by one sealer, and read from a
//! cursor by those who follow the register: auditors, the finance feed, notices. The database keeps the rows immutable.
//!
//! Sealed entries are the leaves of a Merkle tree whose checkpoints are signed, so that anybody who keeps a checkpoint can tell
//! that nothing before it was rewritten. `docs/journal.md` specifies this to the byte.

pub mod bundle;
pub mod entry;
mod export;
mod known;
mod log;
pub mod loss;
pub mod notes;
mod sealing;
mod store;
mod succession;
mod takeover;
mod timekeeping;
pub mod tree;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tlog_tiles::Hash;

pub use export::{ExportError, export};
pub use known::{Known, settle};
pub use log::{Log, LogError, LogKeys, check_names, is_damage, read_head, write_head};
pub use sealing::{Signing, seal_next, sealing, sign_next};
pub use succession::{LostKeys, Succession, SuccessionError, disbelieve, renew, replace_lost};
pub use takeover::{COMMITTED, DESCRIBED, commit_to_all_rows};
pub use timekeeping::{confirm_clock, keep_time};

use crate::{
    journal::{
        entry::EntryBody,
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

/// A stream of entries that is read separately, in the order of the journal.
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

/// Who acted: a user, or nobody for the public and for the registry itself.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The user; `None` for an objection from the public and for what the registry does by itself.
    pub user_id: Option<Id<kind::User>>,
    /// The id of the request that asked for it.
    pub request_id: Option<String>,
}

/// What a room records of a change. It holds no personal data: people are named by party id.
#[derive(Debug)]
pub struct Record<'a, Facts> {
    /// What was done.
    pub action: Action,
    /// The region in which it was done; `None` for what concerns no region.
    pub region: Option<RegionCode>,
    /// Everything that the entry is about, so that entries can be found by subject.
    pub subjects: &'a [Id<kind::Subject>],
    /// The one subject that it created or changed; `None` if it changed nothing that has an address of its own.
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

/// Appends one entry and returns its id, for rows that name the entry which created them.
pub fn append<Facts: Serialize>(
    unit: &mut Write<'_>,
    actor: &Actor,
    record: &Record<'_, Facts>,
) -> Result<Id<kind::Entry>, StorageError> {
    let ids = append_all(unit, actor, std::slice::from_ref(record))?;
    ids.first().copied().ok_or_else(|| StorageError::Corrupt("an appended entry has no id".to_owned()))
}

/// Appends many entries, in order, with few statements.
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

/// The region code of entries that concern no region; only those who see the whole register see them.
const NO_REGION: &str = "000000000000";

/// A sealed entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its position in the journal: gapless, from 0, in the order of commits.
    pub index: i64,
    /// Its hash as a leaf of the tree, as it was sealed.
    pub leaf_hash: Hash,
    /// The hash of its content, as it was sealed; `None` for entries that were sealed before this hash was stored.
    pub content_hash: Option<Hash>,
    /// Everything that it records.
    pub body: EntryBody,
}

/// Which entries to return.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only entries with a greater index; `None` for all.
    pub after: Option<i64>,
    /// Only entries about this subject.
    pub subject_id: Option<Id<kind::Subject>>,
    /// Only entries by this user.
    pub actor_id: Option<Id<kind::User>>,
    /// Only entries of this action.
    pub action: Option<String>,
}

/// A batch ends once its facts and rows have this many bytes.
const MAX_BATCH_BYTES: usize = 4_000_000;

/// How many entries are read per query.
const ENTRIES_PER_READ: i64 = 100;

/// At most `limit` sealed entries after a cursor, in the order of the journal; fewer if they are long, but at least one if there
/// is any.
pub fn entries(
    unit: &mut Read<'_>,
    scope: &Scope,
    filter: &EntryFilter,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let mut filter = filter.clone();
    let (mut entries, mut bytes, mut left): (Vec<Entry>, usize, i64) = (Vec::new(), 0, limit);
    while left > 0 && bytes < MAX_BATCH_BYTES {
        let asked = left.min(ENTRIES_PER_READ);
        let some = store::entries(unit, scope, &filter, asked)?;
        let found = i64::try_from(some.len()).unwrap_or(asked);
        let length = |it: &Entry| {
            let rows = it.body.committed.as_ref().map_or(0, |it| it.rows.len());
            it.body.facts.len().saturating_add(rows)
        };
        for entry in some {
            if bytes >= MAX_BATCH_BYTES {
                break;
            }
            bytes = bytes.saturating_add(length(&entry));
            filter.after = Some(entry.index);
            entries.push(entry);
        }
        left = if found < asked { 0 } else { left.saturating_sub(found) };
    }
    Ok(entries)
}

/// The id and the index of a sealed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its identifier.
    pub id: Id<kind::Entry>,
    /// Its index.
    pub index: i64,
}

/// The last sealed entry about a subject up to an index, among the given actions.
pub fn last_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    through: i64,
) -> Result<Option<Placed>, StorageError> {
    store::about(unit, subject, actions, Side::Through(through))
}

/// The first sealed entry about a subject after an index, among the given actions.
pub fn next_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    after: i64,
) -> Result<Option<Placed>, StorageError> {
    store::about(unit, subject, actions, Side::After(after))
}

/// Who wrote the first entry of an action about a subject; `None` if that was the registry itself or the public, or if there is
/// no such entry.
pub fn author(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    action: Action,
) -> Result<Option<Id<kind::User>>, StorageError> {
    store::author(unit, subject, action)
}

/// An entry of the journal, with the person whose it is; none where it is nobody's.
pub type Authored = (Id<kind::Entry>, Option<Id<kind::User>>);

/// Who wrote each entry of an action about a subject, the first one first; `None` for the registry itself and the public.
pub fn authors(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    action: Action,
) -> Result<Vec<Authored>, StorageError> {
    store::authors(unit, subject, action)
}

/// When entries were written, and what they tell, by entry.
pub type Told = BTreeMap<Id<kind::Entry>, (DateTime<Utc>, Value)>;

/// When some entries were written, and what they tell. One statement for many of them.
pub fn told_by(unit: &mut Read<'_>, entries: &[Id<kind::Entry>]) -> Result<Told, StorageError> {
    store::told_by(unit, entries)
}

/// The index of the last known entry that changed a subject; `None` while such an entry waits to be sealed.
pub fn last_change(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    known: Known,
) -> Result<Option<i64>, StorageError> {
    store::last_change(unit, subject, known)
}

/// The id of the entry at an index.
pub fn id_at(unit: &mut Read<'_>, index: i64) -> Result<Option<Id<kind::Entry>>, StorageError> {
    store::id_at(unit, index)
}

/// How many entries are sealed.
pub fn size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::size(unit)
}

/// Where sealing and signing stand.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// How many entries are sealed.
    pub sealed: i64,
    /// The instant up to which they are.
    pub sealed_through: NaiveDateTime,
    /// How many entries the last checkpoint covers.
    pub signed: i64,
    /// How many entries wait to be sealed.
    pub pending: i64,
    /// When the first of them was written.
    pub oldest_pending: Option<NaiveDateTime>,
}

/// Where sealing and signing stand.
pub fn standing(unit: &mut Read<'_>) -> Result<Standing, StorageError> {
    Ok(Standing {
        sealed: store::size(unit)?,
        sealed_through: store::sealed_through(unit)?,
        signed: store::signed_size(unit)?,
        pending: count_waiting(unit)?,
        oldest_pending: store::oldest_waiting(unit)?,
    })
}

/// The tree of all entries that are sealed.
pub fn head(unit: &mut Read<'_>) -> Result<Head, StorageError> {
    let size = natural(store::size(unit)?)?;
    let root = tree::root(&mut store::StoredTree::of(unit), size);
    let root = root.map_err(|error| match ProofError::from(error) {
        ProofError::Storage(error) => error,
        other => StorageError::Corrupt(other.to_string()),
    })?;
    Ok(Head { size, root })
}

/// How many entries the last checkpoint covers; 0 before the first.
pub fn signed_size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::signed_size(unit)
}

/// The entries of a range of indexes, in any region: only for those who see the whole register.
pub fn sealed(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<Entry>, StorageError> {
    store::sealed(unit, range)
}

/// A page of the entries that wait to be sealed, each with its position in the queue.
pub fn waiting(
    unit: &mut Read<'_>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, EntryBody)>, StorageError> {
    store::waiting(unit, after, limit)
}

/// The actions of the given entries.
pub fn actions_of(
    unit: &mut Read<'_>,
    entries: &[Id<kind::Entry>],
) -> Result<HashMap<Id<kind::Entry>, String>, StorageError> {
    store::actions_of(unit, entries)
}

/// The tables whose rows the journal commits to, each with the columns it covers.
pub fn journaled_tables(unit: &mut Read<'_>) -> Result<Vec<(String, String)>, StorageError> {
    store::layouts(unit)
}

/// The tables described by the facts of a [`DESCRIBED`] entry, each with its columns; `None` for a table that was dropped.
pub fn tables_described(facts: &str) -> BTreeMap<String, Option<String>> {
    store::tables_of(facts)
}

/// How many entries a checkpoint of the given size does not cover, including those that wait to be sealed, and the time of the
/// oldest of them.
pub fn unsigned(unit: &mut Read<'_>, signed: i64) -> Result<(i64, Option<NaiveDateTime>), StorageError> {
    store::unsigned(unit, signed)
}

/// The hashes of the leaves in a range, each with its index; missing leaves leave gaps.
pub fn leaves(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<(i64, Hash)>, StorageError> {
    store::leaves(unit, range)
}

/// The hashes of a range of one tile, as stored; they stop at the first that is missing.
pub fn hashes(unit: &mut Read<'_>, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StorageError> {
    store::StoredTree::of(unit).hashes(level, range)
}

/// At most `limit` checkpoints of more than `after` entries, smallest first, with their cosignatures.
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

/// A checkpoint and its cosignatures, as stored.
#[derive(Debug, Clone)]
pub struct Cosigned {
    /// The size under which it is stored.
    pub size: i64,
    /// The signed note, without cosignatures.
    pub note: String,
    /// Each witness with its signature line.
    pub cosignatures: Vec<(String, String)>,
}

/// At most `limit` checkpoints of more than `after` entries as stored, smallest first.
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

/// At most `limit` sizes for which there are cosignatures but no checkpoint.
pub fn cosigned_without_checkpoint(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::cosigned_without_checkpoint(unit, limit)
}

/// At most `limit` entries that are neither sealed nor waiting to be.
pub fn unplaced(unit: &mut Read<'_>, limit: i64) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    store::unplaced(unit, limit)
}

/// At most `limit` positions in the queue that belong to no entry, or to one that is sealed already (then with its index).
pub fn pending_unexplained(unit: &mut Read<'_>, limit: i64) -> Result<Vec<(i64, Option<i64>)>, StorageError> {
    store::pending_unexplained(unit, limit)
}

/// At most `limit` indexes whose leaves name another feed than their entries.
pub fn feeds_that_differ(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::feeds_that_differ(unit, limit)
}

/// At most `limit` indexes of entries dated as sealed earlier than the one before them.
pub fn sealed_out_of_order(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::sealed_out_of_order(unit, limit)
}

/// Whether the recorded progress of sealing lies before the last sealed entry.
pub fn progress_is_behind(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    store::progress_is_behind(unit)
}

/// At most `limit` indexes of entries dated as sealed after an instant.
pub fn sealed_after(
    unit: &mut Read<'_>,
    instant: NaiveDateTime,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    store::sealed_after(unit, instant, limit)
}

/// Whether the recorded progress of sealing lies after an instant.
pub fn progress_is_beyond(unit: &mut Read<'_>, instant: NaiveDateTime) -> Result<bool, StorageError> {
    store::progress_is_beyond(unit, instant)
}

/// At most `limit` indexes of leaves whose content hash was stored when they were sealed and is missing now.
pub fn content_hashes_gone(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    store::content_hashes_gone(unit, limit)
}

/// A subject, and an entry recorded as being about it.
pub type SubjectOfEntry = (Id<kind::Subject>, Id<kind::Entry>);

/// At most `limit` subjects recorded for entries that do not exist.
pub fn subjects_without_entries(
    unit: &mut Read<'_>,
    limit: i64,
) -> Result<Vec<SubjectOfEntry>, StorageError> {
    store::subjects_without_entries(unit, limit)
}

/// At most `limit` entries whose rows are stored as those of sealed entries, but which are not sealed.
pub fn rows_without_places(unit: &mut Read<'_>, limit: i64) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    store::rows_without_places(unit, limit)
}

/// How many entries wait to be sealed.
pub fn count_waiting(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::count_waiting(unit)
}

/// The entries of the given actions by any of the users at any of the instants: user, instant, facts. Users and instants are
/// not paired in the query, so the caller must pick those that it asked for.
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

/// The checkpoint of a size, or the last one, with its cosignatures; `None` if no checkpoint of that size was signed.
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
    /// No checkpoint covers a tree of that size yet.
    #[error("the last checkpoint covers {signed} entries")]
    NoSuchTree {
        /// How many entries the last checkpoint covers.
        signed: i64,
    },
    /// The entry or smaller tree asked for is not part of that tree.
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

/// A proof that a tree contains an entry.
#[derive(Debug, Clone)]
pub struct Inclusion {
    /// The entry.
    pub entry: Entry,
    /// The tree.
    pub head: Head,
    /// The hashes beside the path from the leaf to the root.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, contains an entry that the caller may see.
pub fn inclusion(
    unit: &mut Read<'_>,
    scope: &Scope,
    index: i64,
    size: Option<i64>,
) -> Result<Inclusion, ProofError> {
    let (at, of) = index_and_size(unit, index, size)?;
    let entry = store::entry(unit, scope, index)?.ok_or(ProofError::NotFound)?;
    let mut kept = store::StoredTree::of(unit);
    let root = tree::root(&mut kept, of)?;
    let proof = tree::inclusion(&mut kept, of, at)?;
    Ok(Inclusion { entry, head: Head { size: of, root }, proof })
}

/// A proof that a tree contains a leaf.
#[derive(Debug, Clone)]
pub struct LeafProof {
    /// The hash of the leaf.
    pub leaf_hash: Hash,
    /// The tree.
    pub head: Head,
    /// The hashes beside the path from the leaf to the root.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, has the leaf with the given hash (base64) at an index. The caller
/// must know the entry to know that hash, so the answer reveals nothing of it.
pub fn leaf(
    unit: &mut Read<'_>,
    index: i64,
    leaf_hash: &str,
    size: Option<i64>,
) -> Result<LeafProof, ProofError> {
    let (at, of) = index_and_size(unit, index, size)?;
    let found = store::leaves(unit, &(at..at.saturating_add(1)))?.pop().map(|it| it.1);
    let leaf_hash = found.filter(|it| it.to_string() == leaf_hash).ok_or(ProofError::NotFound)?;
    let mut kept = store::StoredTree::of(unit);
    let root = tree::root(&mut kept, of)?;
    let proof = tree::inclusion(&mut kept, of, at)?;
    Ok(LeafProof { leaf_hash, head: Head { size: of, root }, proof })
}

/// Checks that an index lies in the tree of a size, or of the last checkpoint, and returns both.
fn index_and_size(unit: &mut Read<'_>, index: i64, size: Option<i64>) -> Result<(u64, u64), ProofError> {
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

/// A proof that a tree begins with a smaller one.
#[derive(Debug, Clone)]
pub struct Consistency {
    /// The smaller tree.
    pub from: Head,
    /// The larger tree.
    pub to: Head,
    /// The hashes from which both roots can be computed.
    pub proof: Vec<Hash>,
}

/// Proves that the tree of a size, or of the last checkpoint, begins with the tree of a smaller size.
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
    let mut kept = store::StoredTree::of(unit);
    let (older, newer) = (tree::root(&mut kept, from)?, tree::root(&mut kept, to)?);
    let proof = tree::consistency(&mut kept, from, to)?;
    Ok(Consistency { from: Head { size: from, root: older }, to: Head { size: to, root: newer }, proof })
}

/// Why a cosignature is refused.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// No checkpoint of that size was signed.
    #[error("no checkpoint of that size was signed")]
    NoCheckpoint,
    /// It is not a cosignature of that checkpoint by a known witness.
    #[error("it is not a cosignature of that checkpoint by a known witness")]
    NotByWitness,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Accepts a witness's cosignature of a checkpoint, which is a signature line of a note, and returns the checkpoint with all
/// its cosignatures. This does not change the register and writes no entry: an entry would call for another checkpoint, and
/// so for another cosignature, without end.
pub fn cosign(unit: &mut Upkeep<'_>, log: &Log, size: i64, line: &str) -> Result<String, CosignError> {
    let (_, note) = store::checkpoint(unit, Some(size))?.ok_or(CosignError::NoCheckpoint)?;
    let line = line.trim_end_matches('\n');
    let witness = notes::cosigner(&note, line, log.witnesses()).ok_or(CosignError::NotByWitness)?;
    store::insert_cosignature(unit, size, &witness.to_string(), line)?;
    checkpoint(unit, Some(size))?.ok_or(CosignError::NoCheckpoint)
}
