//! The statements of sealing that the engines do differently: who may seal, and the batch of new leaves.

use diesel::prelude::*;

use crate::{
    storage::{
        AnyConnection, StorageError, Upkeep, insert_all,
        schema::{journal_entries, journal_leaves, journal_pending},
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
    let waiting: Vec<(i64, Id<kind::Entry>, Option<String>)> = journal_pending::table
        .inner_join(journal_entries::table)
        .order(journal_pending::sequence)
        .limit(most)
        .select((journal_pending::sequence, journal_pending::entry_id, journal_entries::feed))
        .load(unit.conn())?;
    if waiting.is_empty() {
        return Ok(Some(0));
    }
    let last: Option<i64> = journal_leaves::table
        .order(journal_leaves::leaf_index.desc())
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    let (sequences, entries): (Vec<i64>, Vec<_>) =
        waiting.into_iter().map(|(sequence, entry, feed)| (sequence, (entry, feed))).unzip();
    let leaves: Vec<Leaf> = (last.map_or(0, |it| it + 1)..)
        .zip(entries)
        .map(|(leaf_index, (entry_id, feed))| Leaf { leaf_index, entry_id, feed })
        .collect();
    insert_all!(unit, journal_leaves::table, &leaves)?;
    for some in sequences.chunks(400) {
        diesel::delete(journal_pending::table.filter(journal_pending::sequence.eq_any(some)))
            .execute(unit.conn())?;
    }
    Ok(Some(leaves.len()))
}
