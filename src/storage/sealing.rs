//! The statements of sealing that the engines do differently: who may seal, and the batch of new leaves.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::{
    storage::{
        AnyConnection, StorageError, Upkeep, insert_all,
        schema::{journal_entries, journal_leaves, journal_pending, journal_progress},
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

#[derive(Insertable)]
#[diesel(table_name = journal_leaves)]
#[diesel(treat_none_as_default_value = false)]
struct Leaf {
    leaf_index: i64,
    entry_id: Id<kind::Entry>,
    feed: Option<String>,
    sealed_at: NaiveDateTime,
}

/// Gives the next indexes to at most `most` waiting entries, in the order in which they are seen committed.
///
/// Returns how many were sealed, 0 when none waits; none when another server is the sealer just now.
pub fn seal_next(unit: &mut Upkeep<'_>, most: i64) -> Result<Option<usize>, StorageError> {
    if let AnyConnection::Pg(conn) = unit.conn() {
        let Chosen { chosen } = diesel::sql_query("select pg_try_advisory_xact_lock($1) as chosen")
            .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
            .get_result(conn)?;
        if !chosen {
            return Ok(None);
        }
    }
    let waiting = waiting(unit, most)?;
    if !waiting.is_empty() {
        let instant = unit.timestamp();
        let sealed_at = progress(unit, instant)?;
        seal(unit, &waiting, sealed_at)?;
    }
    Ok(Some(waiting.len()))
}

/// Seals all that waits, however much it is, and from then on nothing at an instant or before it.
pub fn seal_through(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<(), StorageError> {
    if let AnyConnection::Pg(conn) = unit.conn() {
        diesel::sql_query("select pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(SEALING_LOCK)
            .execute(conn)?;
    }
    let instant = instant.max(unit.timestamp());
    let sealed_at = progress(unit, instant)?;
    loop {
        let waiting = waiting(unit, AT_ONCE)?;
        if waiting.is_empty() {
            return Ok(());
        }
        seal(unit, &waiting, sealed_at)?;
    }
}

/// How many entries are loaded at once where all of them are wanted.
const AT_ONCE: i64 = 2_000;

/// An entry that waits: its turn, the entry, its feed.
type Waiting = (i64, Id<kind::Entry>, Option<String>);

fn waiting(unit: &mut Upkeep<'_>, most: i64) -> Result<Vec<Waiting>, StorageError> {
    Ok(journal_pending::table
        .inner_join(journal_entries::table)
        .order(journal_pending::sequence)
        .limit(most)
        .select((journal_pending::sequence, journal_pending::entry_id, journal_entries::feed))
        .load(unit.conn())?)
}

/// Moves the journal on to an instant, or just beyond where it is already: clocks of servers differ, and the order of
/// sealing must not.
fn progress(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<NaiveDateTime, StorageError> {
    let through: NaiveDateTime =
        journal_progress::table.select(journal_progress::sealed_through).first(unit.conn())?;
    let next = instant.max(through + TimeDelta::microseconds(1));
    diesel::update(journal_progress::table)
        .set(journal_progress::sealed_through.eq(next))
        .execute(unit.conn())?;
    Ok(next)
}

fn seal(unit: &mut Upkeep<'_>, waiting: &[Waiting], sealed_at: NaiveDateTime) -> Result<(), StorageError> {
    let last: Option<i64> = journal_leaves::table
        .order(journal_leaves::leaf_index.desc())
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    let leaves: Vec<Leaf> = (last.map_or(0, |it| it + 1)..)
        .zip(waiting)
        .map(|(leaf_index, (_, entry_id, feed))| Leaf {
            leaf_index,
            entry_id: *entry_id,
            feed: feed.clone(),
            sealed_at,
        })
        .collect();
    insert_all!(unit, journal_leaves::table, &leaves)?;
    let sequences: Vec<i64> = waiting.iter().map(|(sequence, ..)| *sequence).collect();
    for some in sequences.chunks(400) {
        diesel::delete(journal_pending::table.filter(journal_pending::sequence.eq_any(some)))
            .execute(unit.conn())?;
    }
    Ok(())
}
