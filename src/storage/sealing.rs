//! The statements of sealing: who may seal, the queue of waiting entries, and the new leaves with the tiles they complete.

use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::{
    storage::{
        AnyConnection, Read, StorageError, Upkeep, Write, insert_all,
        schema::{
            journal_entries, journal_leaves, journal_nodes, journal_pending, journal_progress, journal_rows,
            journal_subjects,
        },
    },
    values::{Id, id::kind},
};

/// Any number that no other program takes as its advisory lock in this database.
const SEALING_LOCK: i64 = 0x5341_4e51_5541_4e01;

#[derive(diesel::QueryableByName)]
struct Chosen {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    chosen: bool,
}

/// Tries to make this unit of work the sealer, the only one that may seal and sign until it ends. On SQLite it is the only
/// writer anyway.
pub fn is_sealer(unit: &mut Upkeep<'_>) -> Result<bool, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(true) };
    let Chosen { chosen } = diesel::sql_query("select pg_try_advisory_xact_lock($1) as chosen")
        .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
        .get_result(conn)?;
    Ok(chosen)
}

/// Makes this unit of work the sealer, waiting as long as that takes: the time limits of the database do not apply to the rest
/// of the unit.
pub fn become_sealer(unit: &mut Upkeep<'_>) -> Result<(), StorageError> {
    unit.without_time_limits()?;
    if let AnyConnection::Pg(conn) = unit.conn() {
        diesel::sql_query("select pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
            .execute(conn)?;
    }
    Ok(())
}

/// Whether a server has been sealing or signing for more than a second, so that what it did is perhaps signed already and cannot be
/// seen: such as one whose commit waits for a standby. Of another role's work PostgreSQL does not say when it began.
pub fn seals_for_long(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(false) };
    let asked = "select exists (
            select from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
            where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
                and (l.classid::bigint << 32) | l.objid::bigint = $1
                and coalesce(clock_timestamp() - a.xact_start > interval '1 second', true)
        ) as chosen";
    let Chosen { chosen } =
        diesel::sql_query(asked).bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK).get_result(conn)?;
    Ok(chosen)
}

#[derive(Insertable)]
#[diesel(table_name = journal_pending)]
struct PendingRow<'a> {
    entry_id: Id<kind::Entry>,
    rows: &'a str,
}

/// Puts entries into the queue of those that wait to be sealed. The last one commits to the rows.
pub(super) fn enqueue(
    unit: &mut Write<'_>,
    entries: &[Id<kind::Entry>],
    rows: &str,
) -> Result<(), StorageError> {
    let last = entries.last();
    let rows: Vec<PendingRow<'_>> = entries
        .iter()
        .map(|id| PendingRow { entry_id: *id, rows: if Some(id) == last { rows } else { "[]" } })
        .collect();
    insert_all!(unit, journal_pending::table, &rows)
}

/// An entry that waits to be sealed.
#[derive(Debug, Queryable)]
pub struct Waiting {
    /// Its position in the queue.
    pub sequence: i64,
    /// The entry.
    pub entry_id: Id<kind::Entry>,
    /// When the unit of work that wrote it began.
    pub at: NaiveDateTime,
    /// Who acted.
    pub actor_id: Option<Id<kind::User>>,
    /// What was done.
    pub action: String,
    /// Where.
    pub region_code: String,
    /// The facts, as canonical JSON.
    pub facts: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The feed that it belongs to.
    pub feed: Option<String>,
    /// The rows that it commits to, as canonical JSON.
    pub rows: String,
}

/// An entry, a subject of it, and whether it changed that subject.
pub type EntrySubject = (Id<kind::Entry>, Id<kind::Subject>, bool);

/// A batch ends once its facts and rows have this many bytes, since entries may be many and long.
const MAX_BATCH_BYTES: usize = 4_000_000;

/// How many waiting entries are read per query.
const ENTRIES_PER_READ: i64 = 100;

/// At most `most` waiting entries, in the order in which their commits became visible, with their subjects; fewer if they are
/// long. Also whether more may be waiting.
pub fn waiting(
    unit: &mut Upkeep<'_>,
    most: i64,
) -> Result<(Vec<Waiting>, Vec<EntrySubject>, bool), StorageError> {
    let (mut entries, mut bytes, mut left): (Vec<Waiting>, usize, i64) = (Vec::new(), 0, most);
    let mut more = false;
    while left > 0 && bytes < MAX_BATCH_BYTES {
        let asked = left.min(ENTRIES_PER_READ);
        let some = waiting_after(unit, entries.last().map_or(i64::MIN, |it| it.sequence), asked)?;
        let found = i64::try_from(some.len()).unwrap_or(asked);
        bytes = some
            .iter()
            .fold(bytes, |sum, it| sum.saturating_add(it.facts.len().saturating_add(it.rows.len())));
        entries.extend(some);
        more = found == asked;
        left = if more { left.saturating_sub(found) } else { 0 };
    }
    let subjects = subjects_of(unit, &entries)?;
    Ok((entries, subjects, more))
}

fn waiting_after(unit: &mut Upkeep<'_>, after: i64, limit: i64) -> Result<Vec<Waiting>, StorageError> {
    Ok(journal_pending::table
        .inner_join(journal_entries::table)
        .filter(journal_pending::sequence.gt(after))
        .order(journal_pending::sequence)
        .limit(limit)
        .select((
            journal_pending::sequence,
            journal_entries::id,
            journal_entries::at,
            journal_entries::actor_id,
            journal_entries::action,
            journal_entries::region_code,
            journal_entries::facts,
            journal_entries::request_id,
            journal_entries::feed,
            journal_pending::rows,
        ))
        .load(unit.conn())?)
}

fn subjects_of(unit: &mut Upkeep<'_>, entries: &[Waiting]) -> Result<Vec<EntrySubject>, StorageError> {
    let ids: Vec<_> = entries.iter().map(|it| it.entry_id).collect();
    let mut subjects: Vec<EntrySubject> = Vec::new();
    for some in ids.chunks(400) {
        let found: Vec<EntrySubject> = journal_subjects::table
            .filter(journal_subjects::entry_id.eq_any(some))
            .select((journal_subjects::entry_id, journal_subjects::subject_id, journal_subjects::changed))
            .load(unit.conn())?;
        subjects.extend(found);
    }
    Ok(subjects)
}

/// A leaf to be stored: an entry that gets its index.
#[derive(Debug)]
pub struct NewLeaf {
    /// Its position in the queue.
    pub sequence: i64,
    /// The entry.
    pub entry_id: Id<kind::Entry>,
    /// The feed that it belongs to.
    pub feed: Option<String>,
    /// The hash of the leaf.
    pub hash: [u8; 32],
    /// SHA-256 of the content.
    pub content_hash: [u8; 32],
    /// The rows that it commits to, as canonical JSON.
    pub rows: String,
}

#[derive(Insertable)]
#[diesel(table_name = journal_leaves)]
#[diesel(treat_none_as_default_value = false)]
struct LeafRow {
    leaf_index: i64,
    entry_id: Id<kind::Entry>,
    feed: Option<String>,
    hash: Vec<u8>,
    sealed_at: NaiveDateTime,
    content_hash: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = journal_rows)]
struct RowsRow<'a> {
    entry_id: Id<kind::Entry>,
    rows: &'a str,
}

/// Stores leaves with the indexes from `first` on, all sealed at the same instant, and removes their entries from the queue.
pub fn put_leaves(
    unit: &mut Upkeep<'_>,
    first: i64,
    sealed_at: NaiveDateTime,
    leaves: &[NewLeaf],
) -> Result<(), StorageError> {
    let committed: Vec<RowsRow<'_>> =
        leaves.iter().map(|it| RowsRow { entry_id: it.entry_id, rows: &it.rows }).collect();
    insert_all!(unit, journal_rows::table, &committed)?;
    let rows: Vec<LeafRow> = (first..)
        .zip(leaves)
        .map(|(leaf_index, it)| LeafRow {
            leaf_index,
            entry_id: it.entry_id,
            feed: it.feed.clone(),
            hash: it.hash.to_vec(),
            sealed_at,
            content_hash: it.content_hash.to_vec(),
        })
        .collect();
    insert_all!(unit, journal_leaves::table, &rows)?;
    let sequences: Vec<i64> = leaves.iter().map(|it| it.sequence).collect();
    for some in sequences.chunks(400) {
        unit.remove(journal_pending::table.filter(journal_pending::sequence.eq_any(some.to_vec())))?;
    }
    Ok(())
}

/// By how much the clocks of servers may differ. A time of sealing further ahead than this comes from a wrong clock, or from
/// tampering.
pub const CLOCKS_APART_SECONDS: i64 = 300;

/// The progress of a journal in which nothing was sealed yet.
const NEVER: NaiveDateTime = DateTime::UNIX_EPOCH.naive_utc();

/// Whether a server with a correct clock can have sealed the journal up to an instant.
pub fn is_plausible(through: NaiveDateTime, now: NaiveDateTime) -> bool {
    through <= now + TimeDelta::seconds(CLOCKS_APART_SECONDS)
}

/// Advances the progress of sealing to an instant or, if it is already later, by one microsecond, since clocks of servers differ
/// and times of sealing must increase. Returns the new progress.
///
/// A recorded progress far ahead of the clock is ignored, since entries sealed now would not be visible until then. The times at
/// which entries were sealed are never ignored, since the tree commits to them.
///
/// # Errors
/// [`StorageError::Clock`] where the clock is too far from what was sealed last; [`StorageError::Corrupt`] beyond the year 9999, which the format of entries does not allow.
pub fn seal_up_to(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<NaiveDateTime, StorageError> {
    let through: NaiveDateTime =
        journal_progress::table.select(journal_progress::sealed_through).first(unit.conn())?;
    let (now, mut from) = (unit.timestamp(), through);
    if !is_plausible(through, now) {
        let last: Option<NaiveDateTime> = journal_leaves::table
            .order(journal_leaves::leaf_index.desc())
            .select(journal_leaves::sealed_at)
            .first(unit.conn())
            .optional()?;
        from = last.unwrap_or_default();
        let (through, last) = (through.to_string(), from.to_string());
        if is_plausible(from, now) {
            tracing::error!(
                through,
                last,
                "the recorded progress of sealing was far ahead of the clock, and has been corrected"
            );
        } else {
            tracing::error!(
                last,
                "entries are dated as sealed far ahead of the clock, and entries sealed now are dated after them: a clock was wrong"
            );
        }
    }
    if from > NEVER {
        unit.clock_limits().check(from, now)?;
    }
    let next = instant.max(from + TimeDelta::microseconds(1));
    if next.year() > 9999 {
        return Err(StorageError::Corrupt(format!("an entry would be sealed at {next}")));
    }
    unit.alter(journal_progress::table, journal_progress::sealed_through.eq(next))?;
    Ok(next)
}

#[derive(Insertable)]
#[diesel(table_name = journal_nodes)]
struct NodeRow {
    level: i32,
    node_index: i64,
    hash: Vec<u8>,
}

/// The root of a complete tile.
#[derive(Debug, Clone, Copy)]
pub struct NewNode {
    /// The level of tiles that contains the hash.
    pub level: u8,
    /// Its position there.
    pub index: i64,
    /// The root of the tile below.
    pub hash: [u8; 32],
}

/// Stores the roots of tiles that became complete.
pub fn put_nodes(unit: &mut Upkeep<'_>, nodes: &[NewNode]) -> Result<(), StorageError> {
    let rows: Vec<NodeRow> = nodes
        .iter()
        .map(|it| NodeRow { level: it.level.into(), node_index: it.index, hash: it.hash.to_vec() })
        .collect();
    insert_all!(unit, journal_nodes::table, &rows)
}
