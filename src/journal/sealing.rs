//! Sealing and signing: entries get their indexes in commit order, the tree grows, and checkpoints of it are signed.
//!
//! Sealing is one transaction: indexes, hashes of leaves, roots of complete tiles. Signing is a separate, later one: it reads
//! back what is durable, compares it with everything that was signed before, records in a file what it is about to sign, and
//! only then publishes. So a crash at any point neither loses nor repeats anything, and no two checkpoints ever contradict
//! each other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDateTime;
use tlog_tiles::Hash;

use crate::{
    jobs::{Job, JobName, Next},
    journal::{
        entry::{Committed, EntryBody, content_hash},
        log::Log,
        loss,
        notes::{self, Before, Head, NoteFault},
        store::{self, natural, signed},
        tree::{self, TILE_WIDTH, Tiles as _, TreeError},
    },
    storage::{self, NewLeaf, NewNode, Storage, StorageError, Upkeep},
};

/// How many entries are sealed in one transaction.
const ENTRIES_PER_BATCH: i64 = 2_000;

/// The minimum time between two checkpoints.
const SIGNED_EVERY: Duration = Duration::from_secs(1);

/// The job that seals entries: after each commit of this server, and once a second for the others. Signs what is sealed,
/// at most once a second.
///
/// Any number of servers may run it: a lock in the database lets one of them seal at a time.
pub fn sealing(storage: Storage, log: Arc<Log>) -> Job {
    let signed_at: Arc<Mutex<Option<Instant>>> = Arc::default();
    Job::new(JobName::Sealing, move || turn(storage.clone(), Arc::clone(&log), Arc::clone(&signed_at)))
}

async fn turn(
    storage: Storage,
    log: Arc<Log>,
    signed_at: Arc<Mutex<Option<Instant>>>,
) -> Result<Next, StorageError> {
    let turn = |unit: &mut Upkeep<'_>| {
        if storage::is_sealer(unit)? { seal_some(unit, ENTRIES_PER_BATCH) } else { Ok((0, false)) }
    };
    let (_, more) = storage.upkeep(turn).await?;
    if more {
        return Ok(Next::Immediately);
    }
    let last = || signed_at.lock().unwrap_or_else(PoisonError::into_inner);
    let too_soon = last().is_some_and(|it| it.elapsed() < SIGNED_EVERY);
    if !too_soon {
        let signing = storage.upkeep(move |unit| sign_next(unit, &log)).await?;
        if matches!(signing, Signing::Signed(_)) {
            *last() = Some(Instant::now());
        }
    }
    let left = last().map_or(SIGNED_EVERY, |it| SIGNED_EVERY.saturating_sub(it.elapsed()));
    // The timer covers what other servers committed, and what was sealed too soon after a checkpoint to be signed.
    Ok(Next::OnCommit(if left.is_zero() { SIGNED_EVERY } else { left }))
}

/// Gives the next indexes to at most `most` waiting entries, in the order in which their commits became visible, and appends
/// them to the tree.
///
/// Returns how many were sealed, or `None` if another server is sealing at the moment.
pub fn seal_next(unit: &mut Upkeep<'_>, most: i64) -> Result<Option<usize>, StorageError> {
    if storage::is_sealer(unit)? { Ok(Some(seal_some(unit, most)?.0)) } else { Ok(None) }
}

/// Seals all waiting entries, however many there are.
pub(super) fn seal_all(unit: &mut Upkeep<'_>) -> Result<(), StorageError> {
    storage::become_sealer(unit)?;
    while seal_some(unit, ENTRIES_PER_BATCH)?.0 > 0 {}
    Ok(())
}

/// Seals all waiting entries, and makes sure that nothing will be sealed at or before an instant any more.
pub(super) fn seal_through(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<(), StorageError> {
    seal_all(unit)?;
    storage::seal_up_to(unit, instant).map(drop)
}

/// Seals at most `most` entries; the caller must hold the sealing lock. Returns how many were sealed, and whether more may wait.
fn seal_some(unit: &mut Upkeep<'_>, most: i64) -> Result<(usize, bool), StorageError> {
    let (waiting, subjects_found, more) = storage::waiting(unit, most)?;
    if waiting.is_empty() {
        return Ok((0, false));
    }
    let sealed_at = storage::seal_up_to(unit, unit.timestamp())?;
    let mut subjects: HashMap<_, Vec<_>> = HashMap::new();
    let mut changes = HashMap::new();
    for (entry, subject, changed) in subjects_found {
        subjects.entry(entry).or_default().push(subject);
        if changed {
            changes.insert(entry, subject);
        }
    }
    let leaves = waiting
        .into_iter()
        .map(|it| {
            let mut subject_ids = subjects.remove(&it.entry_id).unwrap_or_default();
            subject_ids.sort();
            let committed = Committed {
                sealed_at: sealed_at.and_utc(),
                changes: changes.get(&it.entry_id).copied(),
                rows: it.rows.clone(),
            };
            let body = EntryBody {
                id: it.entry_id,
                at: it.at.and_utc(),
                actor_id: it.actor_id,
                action: it.action,
                region_code: it.region_code,
                subject_ids,
                facts: it.facts,
                request_id: it.request_id,
                feed: it.feed,
                committed: Some(committed),
            };
            let content = content_hash(&body.content()?);
            let hash = body.leaf_hash_of(content)?.0;
            Ok(NewLeaf {
                sequence: it.sequence,
                entry_id: it.entry_id,
                feed: body.feed,
                hash,
                content_hash: content.0,
                rows: it.rows,
            })
        })
        .collect::<Result<Vec<_>, StorageError>>()?;
    let first = store::size(unit)?;
    storage::put_leaves(unit, first, sealed_at, &leaves)?;
    let nodes = completed(unit, natural(first)?, leaves.iter().map(|it| Hash(it.hash)).collect())?;
    storage::put_nodes(unit, &nodes)?;
    Ok((leaves.len(), more))
}

/// The roots of the tiles that become complete when leaves are appended to a tree of `size` leaves.
fn completed(unit: &mut Upkeep<'_>, size: u64, leaves: Vec<Hash>) -> Result<Vec<NewNode>, StorageError> {
    let mut nodes = Vec::new();
    let (mut level, mut from, mut added) = (0_u8, size, leaves);
    while !added.is_empty() {
        let tile_from = from - from % TILE_WIDTH;
        let mut hashes = if tile_from < from {
            store::StoredTree::of(unit).hashes(level, tile_from..from)?
        } else {
            Vec::new()
        };
        if hashes.len() != usize::try_from(from - tile_from).unwrap_or(usize::MAX) {
            return Err(StorageError::Corrupt("the tree of the journal has gaps".to_owned()));
        }
        hashes.append(&mut added);
        (level, from) = (level.saturating_add(1), tile_from / TILE_WIDTH);
        let tile = usize::try_from(TILE_WIDTH).unwrap_or(256);
        for (place, whole) in (from..).zip(hashes.chunks_exact(tile)) {
            let hash = tree::tile_root(whole).ok_or_else(|| {
                StorageError::Corrupt("the size of a tile is not a power of two".to_owned())
            })?;
            nodes.push(NewNode { level, index: signed(place)?, hash: hash.0 });
            added.push(hash);
        }
    }
    Ok(nodes)
}

/// The result of an attempt to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// Another server is sealing or signing.
    NotOurTurn,
    /// Everything that is sealed is signed already.
    UpToDate,
    /// A checkpoint of this size was signed.
    Signed(u64),
    /// The journal does not continue what was signed before, so nothing was signed.
    Refused,
}

/// Signs a checkpoint of everything that is sealed, unless it would contradict one that was signed before.
///
/// This must be a separate unit of work after the one that sealed, so that it signs only what is durable.
pub fn sign_next(unit: &mut Upkeep<'_>, log: &Log) -> Result<Signing, StorageError> {
    if !storage::is_sealer(unit)? {
        return Ok(Signing::NotOurTurn);
    }
    let size = natural(store::size(unit)?)?;
    let last = store::checkpoint(unit, None)?;
    let signed_size = last.as_ref().map_or(0, |it| it.0);
    if signed_size == signed(size)? && log.settled().is_some_and(|it| it.size == size) {
        return Ok(Signing::UpToDate);
    }
    let head = match head_to_sign(unit, log, size, last.as_ref().map(|it| it.1.as_str())) {
        Ok(head) => head,
        Err(Unsigned::Storage(error)) => return Err(error),
        Err(refusal) => return Ok(refuse(log, &refusal)),
    };
    if size == 0 || signed_size == signed(size)? {
        accept(log, head);
        return Ok(Signing::UpToDate);
    }
    let before = before(unit, last)?;
    let published = log.signed(head, &before).ok_or(Unsigned::Keys).and_then(|note| {
        // After a failover another database may have gone on while this one stood still.
        unit.is_still_wanted().map_err(Unsigned::Storage)?;
        log.last_signed.write(head).map_err(Unsigned::of_file)?;
        store::insert_checkpoint(unit, signed(size)?, &note).map_err(Unsigned::Storage)
    });
    match published {
        Ok(()) => {
            accept(log, head);
            Ok(Signing::Signed(size))
        }
        Err(Unsigned::Storage(error)) => Err(error),
        Err(refusal) => Ok(refuse(log, &refusal)),
    }
}

/// What the next checkpoint states about those before it: what the last one states, plus that one itself. If the last one
/// states nothing, because an earlier release signed it, all of them are read once.
fn before(unit: &mut Upkeep<'_>, last: Option<(i64, String)>) -> Result<Before, StorageError> {
    let Some((size, note)) = last else { return Ok(Before::default()) };
    if let Some(before) = Before::stated_in(&note) {
        return Ok(before.followed_by(natural(size)?, &note));
    }
    let (mut before, mut after) = (Before::default(), 0);
    loop {
        let some = store::checkpoints(unit, after, 500)?;
        let Some((last, _)) = some.last() else { return Ok(before) };
        after = *last;
        for (size, note) in &some {
            before = before.followed_by(natural(*size)?, note);
        }
    }
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
enum Unsigned {
    #[error(
        "the journal has {size} entries, but a checkpoint of {known} entries was signed: the database is an older copy"
    )]
    RolledBack { size: u64, known: u64 },
    #[error("the journal does not begin with the {known} entries that were signed")]
    Inconsistent { known: u64 },
    #[error("the last checkpoint in the database was not signed by this log")]
    Foreign,
    #[error(
        "the last checkpoint in the database is one of the journal {of}, and this one is called {own} (journal.origin)"
    )]
    OtherName { of: String, own: String },
    #[error("hashes of the tree are missing")]
    Gaps,
    #[error("the record of what was signed last cannot be read or written")]
    Memory(#[source] std::io::Error),
    #[error("a key cannot sign")]
    Keys,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Unsigned {
    /// The file of what was signed last cannot be used. A full or a read-only disk says nothing against the journal: signing is
    /// tried again.
    fn of_file(error: std::io::Error) -> Self {
        match StorageError::from(error) {
            StorageError::Unusable(error) => Self::Memory(error),
            passing => Self::Storage(passing),
        }
    }
}

impl From<TreeError<StorageError>> for Unsigned {
    fn from(error: TreeError<StorageError>) -> Self {
        match error {
            TreeError::Outside | TreeError::Missing => Self::Gaps,
            TreeError::Unreadable(error) => Self::Storage(error),
        }
    }
}

/// The head of the tree of a size, after checking that it continues both the last stored checkpoint and the one on record in
/// the file, unless an entry acknowledges that the latter is lost.
fn head_to_sign(unit: &mut Upkeep<'_>, log: &Log, size: u64, last: Option<&str>) -> Result<Head, Unsigned> {
    let published = match last {
        Some(note) => {
            let head = notes::verified(note, log.origin(), log.verifiers());
            Some(head.map_err(|fault| match notes::head(note) {
                Ok((of, _)) if fault == NoteFault::OtherOrigin => {
                    Unsigned::OtherName { of, own: log.origin().to_owned() }
                }
                _ => Unsigned::Foreign,
            })?)
        }
        None => None,
    };
    let remembered = log.last_signed.read().map_err(Unsigned::of_file)?;
    let head = Head { size, root: tree::root(&mut store::StoredTree::of(unit), size)? };
    if let Some(published) = published {
        goes_on_from(unit, head, published)?;
    }
    // What is stored with the journal is never excused. What only the file records may have been lost lawfully.
    if let Some(remembered) = remembered
        && let Err(refusal) = goes_on_from(unit, head, remembered)
    {
        let may_be_lost = matches!(refusal, Unsigned::RolledBack { .. } | Unsigned::Inconsistent { .. });
        if !may_be_lost || !loss::is_acknowledged(unit, log, remembered)? {
            return Err(refusal);
        }
        tracing::warn!(
            size,
            lost = remembered.size,
            "the journal does not continue what was signed last, which an entry of it acknowledges"
        );
    }
    Ok(head)
}

/// Checks that a tree continues one that was signed before.
fn goes_on_from(unit: &mut Upkeep<'_>, head: Head, known: Head) -> Result<(), Unsigned> {
    if known.size > head.size {
        return Err(Unsigned::RolledBack { size: head.size, known: known.size });
    }
    if known.size > 0 {
        let proof = tree::consistency(&mut store::StoredTree::of(unit), known.size, head.size)?;
        if !tree::begins_with(&proof, (head.size, head.root), (known.size, known.root)) {
            return Err(Unsigned::Inconsistent { known: known.size });
        }
    }
    Ok(())
}

fn accept(log: &Log, head: Head) {
    log.settle(Some(head));
    if log.note_refusal(false) {
        tracing::info!(size = head.size, "the journal continues what was signed before; signing resumes");
    }
}

fn refuse(log: &Log, why: &Unsigned) -> Signing {
    log.settle(None);
    if log.note_refusal(true) {
        tracing::error!(error = storage::chain(why), "signing the journal is refused; sealing continues");
    }
    Signing::Refused
}
