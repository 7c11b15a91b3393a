//! The statements of sealing: who may seal, what waits, and the batch of new leaves with what they complete.

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::{
    storage::{
        AnyConnection, StorageError, Upkeep, Write, insert_all,
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

/// Whether this unit of work is the one that may seal and sign until it ends. On SQLite it is the only writer anyway.
pub fn is_sealer(unit: &mut Upkeep<'_>) -> Result<bool, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(true) };
    let Chosen { chosen } = diesel::sql_query("select pg_try_advisory_xact_lock($1) as chosen")
        .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
        .get_result(conn)?;
    Ok(chosen)
}

/// Makes this unit of work the one that may seal until it ends, however long that takes: the time limits of the database
/// do not hold for the rest of the unit.
pub fn wait_to_seal(unit: &mut Upkeep<'_>) -> Result<(), StorageError> {
    unit.without_limits()?;
    if let AnyConnection::Pg(conn) = unit.conn() {
        diesel::sql_query("select pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
            .execute(conn)?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = journal_pending)]
struct PendingRow<'a> {
    entry_id: Id<kind::Entry>,
    rows: &'a str,
}

/// Puts entries among those that wait for their places. The last one commits to the rows.
pub(super) fn put_waiting(
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

/// An entry that waits for its place.
#[derive(Debug, Queryable)]
pub struct Waiting {
    /// Its place among those that wait.
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

/// An entry, something that it speaks of, and whether it changed that.
pub type Spoken = (Id<kind::Entry>, Id<kind::Subject>, bool);

/// How many bytes of facts and rows are taken at once: what waits may be much, and each of it long.
const BYTES_AT_ONCE: usize = 4_000_000;

/// How many waiting entries are read at once.
const READ_AT_ONCE: i64 = 100;

/// At most so many waiting entries, in the order in which they are seen committed, and what they speak of; fewer where they
/// are long. And whether more may wait behind them.
pub fn waiting(unit: &mut Upkeep<'_>, most: i64) -> Result<(Vec<Waiting>, Vec<Spoken>, bool), StorageError> {
    let (mut entries, mut bytes, mut left): (Vec<Waiting>, usize, i64) = (Vec::new(), 0, most);
    let mut more = false;
    while left > 0 && bytes < BYTES_AT_ONCE {
        let asked = left.min(READ_AT_ONCE);
        let some = waiting_after(unit, entries.last().map_or(i64::MIN, |it| it.sequence), asked)?;
        let found = i64::try_from(some.len()).unwrap_or(asked);
        bytes = some
            .iter()
            .fold(bytes, |sum, it| sum.saturating_add(it.facts.len().saturating_add(it.rows.len())));
        entries.extend(some);
        more = found == asked;
        left = if more { left.saturating_sub(found) } else { 0 };
    }
    let spoken = spoken_of(unit, &entries)?;
    Ok((entries, spoken, more))
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

fn spoken_of(unit: &mut Upkeep<'_>, entries: &[Waiting]) -> Result<Vec<Spoken>, StorageError> {
    let ids: Vec<_> = entries.iter().map(|it| it.entry_id).collect();
    let mut spoken: Vec<Spoken> = Vec::new();
    for some in ids.chunks(400) {
        let found: Vec<Spoken> = journal_subjects::table
            .filter(journal_subjects::entry_id.eq_any(some))
            .select((journal_subjects::entry_id, journal_subjects::subject_id, journal_subjects::changed))
            .load(unit.conn())?;
        spoken.extend(found);
    }
    Ok(spoken)
}

/// An entry that gets its place.
#[derive(Debug)]
pub struct NewLeaf {
    /// Its place among those that waited.
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

/// Gives entries that are sealed at an instant the places from `first` on, and strikes them from those that wait.
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

/// By how much the clocks of servers may differ. What is said to be sealed further ahead was never asked about by anybody.
pub const CLOCKS_APART_SECONDS: i64 = 300;

/// Whether the journal can have been sealed up to an instant by a server whose clock is right.
pub fn is_plausible(through: NaiveDateTime, now: NaiveDateTime) -> bool {
    through <= now + TimeDelta::seconds(CLOCKS_APART_SECONDS)
}

/// Moves the journal on to an instant, or just beyond where it is already: clocks of servers differ, and the order of
/// sealing must not. Where it has come to comes back.
///
/// Where it is said to have come further than any clock, that is not believed: nobody would see what is sealed now until then.
/// What entries are said to be sealed at is believed, since the tree commits to it.
///
/// # Errors
/// [`StorageError::Corrupt`] beyond the year 9999, for which entries have no form.
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
                "the journal was said to be sealed far ahead of the clock; that is put right"
            );
        } else {
            tracing::error!(
                last,
                "entries were sealed far ahead of the clock, and what is sealed now is known after them only: a clock was wrong"
            );
        }
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

/// The root of a complete tile: its level, its place there, the hash.
#[derive(Debug, Clone, Copy)]
pub struct NewNode {
    /// The level of tiles in which the hash stands.
    pub level: u8,
    /// Its place there.
    pub index: i64,
    /// The root of the tile below.
    pub hash: [u8; 32],
}

/// Keeps the roots of tiles that became complete.
pub fn put_nodes(unit: &mut Upkeep<'_>, nodes: &[NewNode]) -> Result<(), StorageError> {
    let rows: Vec<NodeRow> = nodes
        .iter()
        .map(|it| NodeRow { level: it.level.into(), node_index: it.index, hash: it.hash.to_vec() })
        .collect();
    insert_all!(unit, journal_nodes::table, &rows)
}
