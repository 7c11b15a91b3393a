//! The journal's tables.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use chrono::NaiveDateTime;
use diesel::{QueryableByName, prelude::*, sql_types::BigInt};
use tlog_tiles::Hash;

use crate::{
    journal::{
        Action, Entry, EntryFilter, Known, Placed, SubjectOfEntry, Told,
        entry::{Committed, EntryBody},
        takeover::DESCRIBED,
        tree::Tiles,
    },
    storage::{
        Read, StorageError, Upkeep, Write, insert_all,
        rows::Layout,
        schema::{
            journal_checkpoints, journal_cosignatures, journal_entries, journal_leaves, journal_nodes,
            journal_pending, journal_progress, journal_rows, journal_subjects, journaled_tables,
        },
    },
    values::{Id, Scope, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = journal_entries)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct EntryRow {
    pub(super) id: Id<kind::Entry>,
    pub(super) at: NaiveDateTime,
    pub(super) actor_id: Option<Id<kind::User>>,
    pub(super) action: String,
    pub(super) region_code: String,
    pub(super) facts: String,
    pub(super) request_id: Option<String>,
    pub(super) feed: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = journal_subjects)]
struct SubjectRow {
    subject_id: Id<kind::Subject>,
    entry_id: Id<kind::Entry>,
    changed: bool,
}

/// An entry, its subjects, and the one that it changed.
pub(super) type EntrySubjects<'a> = (Id<kind::Entry>, &'a [Id<kind::Subject>], Option<Id<kind::Subject>>);

pub(super) fn insert(
    unit: &mut Write<'_>,
    rows: &[EntryRow],
    subjects: &[EntrySubjects<'_>],
) -> Result<(), StorageError> {
    let mut of_entries: Vec<SubjectRow> = subjects
        .iter()
        .flat_map(|(entry, subjects, changes)| {
            subjects.iter().map(|subject| SubjectRow {
                subject_id: *subject,
                entry_id: *entry,
                changed: Some(*subject) == *changes,
            })
        })
        .collect();
    of_entries.sort_by_key(|it| (it.entry_id, it.subject_id));
    of_entries.dedup_by_key(|it| (it.entry_id, it.subject_id));
    insert_all!(unit, journal_entries::table, rows)?;
    insert_all!(unit, journal_subjects::table, &of_entries)
}

pub(super) fn entries(
    unit: &mut Read<'_>,
    scope: &Scope,
    filter: &EntryFilter,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let mut query = journal_leaves::table
        .inner_join(journal_entries::table)
        .filter(journal_entries::region_code.between(scope.first(), scope.last()))
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select((LeafRow::as_select(), EntryRow::as_select()))
        .into_boxed();
    if let Some(after) = filter.after {
        query = query.filter(journal_leaves::leaf_index.gt(after));
    }
    if let Some(subject) = filter.subject_id {
        query = query.filter(
            journal_leaves::entry_id.eq_any(
                journal_subjects::table
                    .filter(journal_subjects::subject_id.eq(subject))
                    .select(journal_subjects::entry_id),
            ),
        );
    }
    if let Some(actor) = filter.actor_id {
        query = query.filter(journal_entries::actor_id.eq(actor));
    }
    if let Some(action) = &filter.action {
        query = query.filter(journal_entries::action.eq(action.clone()));
    }
    let found: Vec<(LeafRow, EntryRow)> = query.load(unit.conn())?;
    with_rows(unit, found)
}

/// How many entries lie beyond the first `signed`, including those that wait to be sealed, and the time of the oldest of them.
pub(super) fn unsigned(
    unit: &mut Read<'_>,
    signed: i64,
) -> Result<(i64, Option<NaiveDateTime>), StorageError> {
    let (sealed, first): (i64, Option<NaiveDateTime>) = journal_leaves::table
        .filter(journal_leaves::leaf_index.ge(signed))
        .select((diesel::dsl::count_star(), diesel::dsl::min(journal_leaves::sealed_at)))
        .first(unit.conn())?;
    let (waiting, oldest): (i64, Option<NaiveDateTime>) = journal_pending::table
        .inner_join(journal_entries::table)
        .select((diesel::dsl::count_star(), diesel::dsl::min(journal_entries::at)))
        .first(unit.conn())?;
    Ok((sealed.saturating_add(waiting), first.into_iter().chain(oldest).min()))
}

/// A leaf: the index of an entry, its leaf hash and its content hash.
#[derive(Queryable, Selectable)]
#[diesel(table_name = journal_leaves)]
struct LeafRow {
    leaf_index: i64,
    hash: Vec<u8>,
    content_hash: Option<Vec<u8>>,
    sealed_at: NaiveDateTime,
}

/// Completes entries with their subjects and the rows that they commit to.
fn with_rows(unit: &mut Read<'_>, found: Vec<(LeafRow, EntryRow)>) -> Result<Vec<Entry>, StorageError> {
    let (leaves, rows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut committed = rows_of(unit, &rows)?;
    leaves
        .into_iter()
        .zip(bodies_of(unit, rows)?)
        .map(|(leaf, (mut body, changes))| {
            body.committed = committed.remove(&body.id).map(|rows| Committed {
                sealed_at: leaf.sealed_at.and_utc(),
                changes,
                rows,
            });
            let content_hash = leaf.content_hash.as_deref().map(hash_of).transpose()?;
            Ok(Entry { index: leaf.leaf_index, leaf_hash: hash_of(&leaf.hash)?, content_hash, body })
        })
        .collect()
}

/// The rows that entries commit to, by entry; those of the first form have none.
fn rows_of(
    unit: &mut Read<'_>,
    entries: &[EntryRow],
) -> Result<HashMap<Id<kind::Entry>, String>, StorageError> {
    let ids: Vec<_> = entries.iter().map(|row| row.id).collect();
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(400) {
        let of_some: Vec<(Id<kind::Entry>, String)> = journal_rows::table
            .filter(journal_rows::entry_id.eq_any(some))
            .select((journal_rows::entry_id, journal_rows::rows))
            .load(unit.conn())?;
        found.extend(of_some);
    }
    Ok(found)
}

/// The body of an entry without the rows it commits to, and the subject that it changed.
type BodyAndChange = (EntryBody, Option<Id<kind::Subject>>);

/// Reads the subjects of entries and assembles their bodies, without the rows they commit to.
fn bodies_of(unit: &mut Read<'_>, rows: Vec<EntryRow>) -> Result<Vec<BodyAndChange>, StorageError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut subjects: Vec<(Id<kind::Entry>, Id<kind::Subject>, bool)> = Vec::new();
    for some in ids.chunks(400) {
        let of_some: Vec<(Id<kind::Entry>, Id<kind::Subject>, bool)> = journal_subjects::table
            .filter(journal_subjects::entry_id.eq_any(some))
            .select((journal_subjects::entry_id, journal_subjects::subject_id, journal_subjects::changed))
            .load(unit.conn())?;
        subjects.extend(of_some);
    }
    subjects.sort();
    Ok(rows
        .into_iter()
        .map(|row| {
            let from = subjects.partition_point(|(entry, ..)| *entry < row.id);
            let to = subjects.partition_point(|(entry, ..)| *entry <= row.id);
            let of_entry = subjects.get(from..to).unwrap_or_default();
            let subject_ids = of_entry.iter().map(|it| it.1).collect();
            // An entry changes at most one subject. If more are marked, none is certain.
            let mut changed = of_entry.iter().filter(|it| it.2).map(|it| it.1);
            let changes = changed.next().filter(|_| changed.next().is_none());
            let body = EntryBody {
                id: row.id,
                at: row.at.and_utc(),
                actor_id: row.actor_id,
                action: row.action,
                region_code: row.region_code,
                subject_ids,
                facts: row.facts,
                request_id: row.request_id,
                feed: row.feed,
                committed: None,
            };
            (body, changes)
        })
        .collect())
}

/// The last index that was sealed by an instant; -1 if none was.
pub(super) fn last_sealed_by(unit: &mut Read<'_>, instant: NaiveDateTime) -> Result<i64, StorageError> {
    let last: Option<i64> = journal_leaves::table
        .filter(journal_leaves::sealed_at.le(instant))
        .order((journal_leaves::sealed_at.desc(), journal_leaves::leaf_index.desc()))
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    Ok(last.unwrap_or(-1))
}

/// When the first entry of those that wait to be sealed was written.
pub(super) fn oldest_waiting(unit: &mut Read<'_>) -> Result<Option<NaiveDateTime>, StorageError> {
    Ok(journal_pending::table
        .inner_join(journal_entries::table)
        .order(journal_pending::sequence)
        .select(journal_entries::at)
        .first(unit.conn())
        .optional()?)
}

/// The instant up to which the journal is sealed.
pub(super) fn sealed_through(unit: &mut Read<'_>) -> Result<NaiveDateTime, StorageError> {
    Ok(journal_progress::table.select(journal_progress::sealed_through).first(unit.conn())?)
}

/// A page of the entries that wait to be sealed, each with its position in the queue.
pub(super) fn waiting(
    unit: &mut Read<'_>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, EntryBody)>, StorageError> {
    let found: Vec<((i64, String), EntryRow)> = journal_pending::table
        .inner_join(journal_entries::table)
        .filter(journal_pending::sequence.gt(after.unwrap_or(i64::MIN)))
        .order(journal_pending::sequence)
        .limit(limit)
        .select(((journal_pending::sequence, journal_pending::rows), EntryRow::as_select()))
        .load(unit.conn())?;
    let (places, rows): (Vec<_>, Vec<EntryRow>) = found.into_iter().unzip();
    let bodies = places.into_iter().zip(bodies_of(unit, rows)?).map(|((place, rows), (body, changes))| {
        let committed = Committed { sealed_at: body.at, changes, rows };
        (place, EntryBody { committed: Some(committed), ..body })
    });
    Ok(bodies.collect())
}

pub(super) fn actions_of(
    unit: &mut Read<'_>,
    entries: &[Id<kind::Entry>],
) -> Result<HashMap<Id<kind::Entry>, String>, StorageError> {
    let mut found = HashMap::new();
    for some in entries.chunks(400) {
        let rows: Vec<(Id<kind::Entry>, String)> = journal_entries::table
            .filter(journal_entries::id.eq_any(some))
            .select((journal_entries::id, journal_entries::action))
            .load(unit.conn())?;
        found.extend(rows);
    }
    Ok(found)
}

/// A hash as stored, which must have 32 bytes.
fn hash_of(hash: &[u8]) -> Result<Hash, StorageError> {
    hash.try_into().map(Hash).map_err(|_| StorageError::Corrupt("a hash of the journal".to_owned()))
}

/// The entry at an index, if the scope includes it.
pub(super) fn entry(unit: &mut Read<'_>, scope: &Scope, index: i64) -> Result<Option<Entry>, StorageError> {
    let found: Vec<(LeafRow, EntryRow)> = journal_leaves::table
        .inner_join(journal_entries::table)
        .filter(journal_leaves::leaf_index.eq(index))
        .filter(journal_entries::region_code.between(scope.first(), scope.last()))
        .select((LeafRow::as_select(), EntryRow::as_select()))
        .load(unit.conn())?;
    Ok(with_rows(unit, found)?.pop())
}

/// The entries of a range of indexes, in any region.
pub(super) fn sealed(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<Entry>, StorageError> {
    let Range { start, end } = signed_range(range)?;
    let found: Vec<(LeafRow, EntryRow)> = journal_leaves::table
        .inner_join(journal_entries::table)
        .filter(journal_leaves::leaf_index.ge(start))
        .filter(journal_leaves::leaf_index.lt(end))
        .order(journal_leaves::leaf_index)
        .select((LeafRow::as_select(), EntryRow::as_select()))
        .load(unit.conn())?;
    with_rows(unit, found)
}

/// The hashes of the leaves in a range, each with its index; missing leaves leave gaps.
pub(super) fn leaves(unit: &mut Read<'_>, range: &Range<u64>) -> Result<Vec<(i64, Hash)>, StorageError> {
    let Range { start, end } = signed_range(range)?;
    let found: Vec<(i64, Vec<u8>)> = journal_leaves::table
        .filter(journal_leaves::leaf_index.ge(start))
        .filter(journal_leaves::leaf_index.lt(end))
        .order(journal_leaves::leaf_index)
        .select((journal_leaves::leaf_index, journal_leaves::hash))
        .load(unit.conn())?;
    found.into_iter().map(|(place, hash)| Ok((place, hash_of(&hash)?))).collect()
}

/// The tree as stored in the database.
pub(super) struct StoredTree<'u, 'c>(&'u mut Read<'c>);

impl<'u, 'c> StoredTree<'u, 'c> {
    pub(super) const fn of(unit: &'u mut Read<'c>) -> Self {
        Self(unit)
    }
}

impl Tiles for StoredTree<'_, '_> {
    type Error = StorageError;

    fn hashes(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StorageError> {
        let found: Vec<(i64, Hash)> = if level == 0 {
            leaves(self.0, &range)?
        } else {
            let Range { start, end } = signed_range(&range)?;
            let found: Vec<(i64, Vec<u8>)> = journal_nodes::table
                .filter(journal_nodes::level.eq(i32::from(level)))
                .filter(journal_nodes::node_index.ge(start))
                .filter(journal_nodes::node_index.lt(end))
                .order(journal_nodes::node_index)
                .select((journal_nodes::node_index, journal_nodes::hash))
                .load(self.0.conn())?;
            found
                .into_iter()
                .map(|(place, hash)| Ok((place, hash_of(&hash)?)))
                .collect::<Result<_, StorageError>>()?
        };
        // Hashes after a gap are left out.
        let in_place = (signed(range.start)?..).zip(found).take_while(|(filter, (place, _))| filter == place);
        Ok(in_place.map(|(_, (_, hash))| hash).collect())
    }
}

/// A checkpoint by its size, or the last one.
pub(super) fn checkpoint(
    unit: &mut Read<'_>,
    size: Option<i64>,
) -> Result<Option<(i64, String)>, StorageError> {
    let mut query = journal_checkpoints::table
        .order(journal_checkpoints::tree_size.desc())
        .select((journal_checkpoints::tree_size, journal_checkpoints::note))
        .into_boxed();
    if let Some(size) = size {
        query = query.filter(journal_checkpoints::tree_size.eq(size));
    }
    Ok(query.first(unit.conn()).optional()?)
}

/// The size of the last checkpoint; 0 before the first.
pub(super) fn signed_size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    let last: Option<i64> = journal_checkpoints::table
        .order(journal_checkpoints::tree_size.desc())
        .select(journal_checkpoints::tree_size)
        .first(unit.conn())
        .optional()?;
    Ok(last.unwrap_or(0))
}

/// At most `limit` checkpoints of more than `after` entries, smallest first.
pub(super) fn checkpoints(
    unit: &mut Read<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, StorageError> {
    Ok(journal_checkpoints::table
        .filter(journal_checkpoints::tree_size.gt(after))
        .order(journal_checkpoints::tree_size)
        .limit(limit)
        .select((journal_checkpoints::tree_size, journal_checkpoints::note))
        .load(unit.conn())?)
}

#[derive(Insertable)]
#[diesel(table_name = journal_checkpoints)]
struct CheckpointRow<'a> {
    tree_size: i64,
    note: &'a str,
}

pub(super) fn insert_checkpoint(
    unit: &mut Upkeep<'_>,
    tree_size: i64,
    note: &str,
) -> Result<(), StorageError> {
    let row = CheckpointRow { tree_size, note };
    unit.change(diesel::insert_into(journal_checkpoints::table).values(row))?;
    Ok(())
}

/// The cosignatures of the checkpoints of the given sizes.
pub(super) fn cosignatures(unit: &mut Read<'_>, sizes: &[i64]) -> Result<Vec<(i64, String)>, StorageError> {
    Ok(journal_cosignatures::table
        .filter(journal_cosignatures::tree_size.eq_any(sizes))
        .order((journal_cosignatures::tree_size, journal_cosignatures::witness))
        .select((journal_cosignatures::tree_size, journal_cosignatures::line))
        .load(unit.conn())?)
}

#[derive(Insertable)]
#[diesel(table_name = journal_cosignatures)]
struct CosignatureRow<'a> {
    tree_size: i64,
    witness: &'a str,
    line: &'a str,
}

/// Stores a witness's cosignature of a checkpoint, unless there is one already.
pub(super) fn insert_cosignature(
    unit: &mut Upkeep<'_>,
    tree_size: i64,
    witness: &str,
    line: &str,
) -> Result<(), StorageError> {
    let known: Option<i64> = journal_cosignatures::table
        .find((tree_size, witness))
        .select(journal_cosignatures::tree_size)
        .first(unit.conn())
        .optional()?;
    if known.is_some() {
        return Ok(());
    }
    let row = CosignatureRow { tree_size, witness, line };
    unit.change(diesel::insert_into(journal_cosignatures::table).values(row))?;
    Ok(())
}

pub(super) fn size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    let last: Option<i64> = journal_leaves::table
        .order(journal_leaves::leaf_index.desc())
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    Ok(last.map_or(0, |it| it.saturating_add(1)))
}

/// An index or size from the database, where it is signed.
pub(super) fn natural(count: i64) -> Result<u64, StorageError> {
    u64::try_from(count).map_err(|_| StorageError::Corrupt("a size of the journal is negative".to_owned()))
}

/// An index or size as the database stores it.
pub(super) fn signed(size: u64) -> Result<i64, StorageError> {
    i64::try_from(size).map_err(|_| StorageError::Corrupt("a size of the journal is too large".to_owned()))
}

/// A range of indexes as the database stores them.
fn signed_range(range: &Range<u64>) -> Result<Range<i64>, StorageError> {
    Ok(signed(range.start)?..signed(range.end)?)
}

/// On which side of an index to look for an entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    /// The last one up to it.
    Through(i64),
    /// The first one after it.
    After(i64),
}

/// The sealed entry about a subject that is nearest to an index, among the given actions.
pub(super) fn about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    side: Side,
) -> Result<Option<Placed>, StorageError> {
    let query = journal_subjects::table
        .inner_join(journal_entries::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_subjects::entry_id)))
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_entries::action.eq_any(actions.iter().map(|it| it.name())))
        .select((journal_entries::id, journal_leaves::leaf_index))
        .into_boxed();
    let query = match side {
        Side::After(index) => {
            query.filter(journal_leaves::leaf_index.gt(index)).order(journal_leaves::leaf_index.asc())
        }
        Side::Through(index) => {
            query.filter(journal_leaves::leaf_index.le(index)).order(journal_leaves::leaf_index.desc())
        }
    };
    let found: Option<(Id<kind::Entry>, i64)> = query.first(unit.conn()).optional()?;
    Ok(found.map(|(id, index)| Placed { id, index }))
}

/// The index of the last known entry that changed a subject; `None` if there is none, and while one waits to be sealed.
pub(super) fn last_change(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    known: Known,
) -> Result<Option<i64>, StorageError> {
    let places: Vec<Option<i64>> = journal_subjects::table
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_subjects::entry_id)))
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_subjects::changed)
        .select(journal_leaves::leaf_index.nullable())
        .load(unit.conn())?;
    Ok(match known {
        Known::Now => places.into_iter().collect::<Option<Vec<_>>>().and_then(|it| it.into_iter().max()),
        Known::Through(last) => places.into_iter().flatten().filter(|it| *it <= last).max(),
    })
}

pub(super) fn id_at(unit: &mut Read<'_>, index: i64) -> Result<Option<Id<kind::Entry>>, StorageError> {
    Ok(journal_leaves::table.find(index).select(journal_leaves::entry_id).first(unit.conn()).optional()?)
}

/// Each cosignature of the given checkpoints, with the witness it is stored under.
pub(super) fn cosignatures_by_witness(
    unit: &mut Read<'_>,
    sizes: &[i64],
) -> Result<Vec<(i64, String, String)>, StorageError> {
    Ok(journal_cosignatures::table
        .filter(journal_cosignatures::tree_size.eq_any(sizes))
        .order((journal_cosignatures::tree_size, journal_cosignatures::witness))
        .select((journal_cosignatures::tree_size, journal_cosignatures::witness, journal_cosignatures::line))
        .load(unit.conn())?)
}

/// Sizes for which there are cosignatures but no checkpoint.
pub(super) fn cosigned_without_checkpoint(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    Ok(journal_cosignatures::table
        .left_join(journal_checkpoints::table)
        .filter(journal_checkpoints::tree_size.nullable().is_null())
        .order(journal_cosignatures::tree_size)
        .limit(limit)
        .select(journal_cosignatures::tree_size)
        .load(unit.conn())?)
}

pub(super) fn unplaced(unit: &mut Read<'_>, limit: i64) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    Ok(journal_entries::table
        .left_join(journal_leaves::table)
        .left_join(journal_pending::table)
        .filter(journal_leaves::leaf_index.nullable().is_null())
        .filter(journal_pending::sequence.nullable().is_null())
        .order(journal_entries::id)
        .limit(limit)
        .select(journal_entries::id)
        .load(unit.conn())?)
}

pub(super) fn pending_unexplained(
    unit: &mut Read<'_>,
    limit: i64,
) -> Result<Vec<(i64, Option<i64>)>, StorageError> {
    Ok(journal_pending::table
        .left_join(journal_entries::table)
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_pending::entry_id)))
        .filter(
            journal_entries::id.nullable().is_null().or(journal_leaves::leaf_index.nullable().is_not_null()),
        )
        .order(journal_pending::sequence)
        .limit(limit)
        .select((journal_pending::sequence, journal_leaves::leaf_index.nullable()))
        .load(unit.conn())?)
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = BigInt)]
    leaf_index: i64,
}

fn places(unit: &mut Read<'_>, statement: &str, limit: i64) -> Result<Vec<i64>, StorageError> {
    let found: Vec<PlaceRow> = diesel::sql_query(statement).bind::<BigInt, _>(limit).load(unit.conn())?;
    Ok(found.into_iter().map(|it| it.leaf_index).collect())
}

pub(super) fn feeds_that_differ(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    let statement = "select l.leaf_index from journal_leaves l join journal_entries e on e.id = l.entry_id
        where coalesce(l.feed, '') <> coalesce(e.feed, '') order by l.leaf_index limit $1";
    places(unit, statement, limit)
}

pub(super) fn sealed_out_of_order(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    let statement = "select l.leaf_index from journal_leaves l
        join journal_leaves earlier on earlier.leaf_index = l.leaf_index - 1
        where l.sealed_at < earlier.sealed_at order by l.leaf_index limit $1";
    places(unit, statement, limit)
}

pub(super) fn progress_is_behind(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    let last: Option<NaiveDateTime> =
        journal_leaves::table.select(diesel::dsl::max(journal_leaves::sealed_at)).first(unit.conn())?;
    let through: Option<NaiveDateTime> = journal_progress::table
        .filter(journal_progress::id.eq(1))
        .select(diesel::dsl::max(journal_progress::sealed_through))
        .first(unit.conn())?;
    Ok(through.is_none() || through < last)
}

pub(super) fn sealed_after(
    unit: &mut Read<'_>,
    instant: NaiveDateTime,
    limit: i64,
) -> Result<Vec<i64>, StorageError> {
    Ok(journal_leaves::table
        .filter(journal_leaves::sealed_at.gt(instant))
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select(journal_leaves::leaf_index)
        .load(unit.conn())?)
}

pub(super) fn progress_is_beyond(unit: &mut Read<'_>, instant: NaiveDateTime) -> Result<bool, StorageError> {
    let beyond = journal_progress::table.filter(journal_progress::sealed_through.gt(instant));
    Ok(diesel::select(diesel::dsl::exists(beyond)).get_result(unit.conn())?)
}

pub(super) fn content_hashes_gone(unit: &mut Read<'_>, limit: i64) -> Result<Vec<i64>, StorageError> {
    // Entries that never had one are older than all that have one, and commit to no rows.
    let statement = "select l.leaf_index from journal_leaves l where l.content_hash is null and
        (l.leaf_index > (select min(k.leaf_index) from journal_leaves k where k.content_hash is not null)
            or exists (select 1 from journal_rows r where r.entry_id = l.entry_id))
        order by l.leaf_index limit $1";
    places(unit, statement, limit)
}

pub(super) fn subjects_without_entries(
    unit: &mut Read<'_>,
    limit: i64,
) -> Result<Vec<SubjectOfEntry>, StorageError> {
    Ok(journal_subjects::table
        .left_join(journal_entries::table)
        .filter(journal_entries::id.nullable().is_null())
        .order((journal_subjects::entry_id, journal_subjects::subject_id))
        .limit(limit)
        .select((journal_subjects::subject_id, journal_subjects::entry_id))
        .load(unit.conn())?)
}

pub(super) fn rows_without_places(
    unit: &mut Read<'_>,
    limit: i64,
) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    Ok(journal_rows::table
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_rows::entry_id)))
        .filter(journal_leaves::leaf_index.nullable().is_null())
        .order(journal_rows::entry_id)
        .limit(limit)
        .select(journal_rows::entry_id)
        .load(unit.conn())?)
}

pub(super) fn count_waiting(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    Ok(journal_pending::table.count().get_result(unit.conn())?)
}

pub(super) fn done_at(
    unit: &mut Read<'_>,
    of: &[(Id<kind::User>, NaiveDateTime)],
    actions: &[Action],
) -> Result<Vec<(Id<kind::User>, NaiveDateTime, String)>, StorageError> {
    let (actors, instants): (Vec<_>, Vec<_>) = of.iter().copied().unzip();
    let names: Vec<_> = actions.iter().map(|it| it.name()).collect();
    Ok(journal_entries::table
        .filter(journal_entries::actor_id.eq_any(actors))
        .filter(journal_entries::at.eq_any(instants))
        .filter(journal_entries::action.eq_any(names))
        .select((journal_entries::actor_id.assume_not_null(), journal_entries::at, journal_entries::facts))
        .load(unit.conn())?)
}

pub(super) fn nodes_of_levels(unit: &mut Read<'_>) -> Result<Vec<(i32, i64)>, StorageError> {
    Ok(journal_nodes::table
        .group_by(journal_nodes::level)
        .order(journal_nodes::level)
        .select((journal_nodes::level, diesel::dsl::count_star()))
        .load(unit.conn())?)
}

/// The tables whose rows the journal commits to, each with the columns it covers.
pub(super) fn layouts(unit: &mut Read<'_>) -> Result<Vec<(String, String)>, StorageError> {
    Ok(journaled_tables::table
        .select((journaled_tables::name, journaled_tables::layout))
        .load(unit.conn())?)
}

/// A row of `journaled_tables`.
#[derive(Insertable)]
#[diesel(table_name = journaled_tables)]
pub(super) struct LayoutRow {
    name: &'static str,
    layout: String,
}

/// Records which columns of the given tables the journal covers from now on.
pub(super) fn keep_layouts(
    unit: &mut impl KeepsLayouts,
    layouts: &[&'static Layout],
) -> Result<(), StorageError> {
    let names: Vec<String> = layouts.iter().map(|it| it.table.name.to_owned()).collect();
    forget_layouts(unit, &names)?;
    let rows = layouts.iter().map(|it| LayoutRow { name: it.table.name, layout: it.described() });
    rows.into_iter().try_for_each(|row| unit.keep_layout(row))
}

/// Deletes the records of the given tables.
pub(super) fn forget_layouts(unit: &mut impl KeepsLayouts, names: &[String]) -> Result<(), StorageError> {
    if names.is_empty() { Ok(()) } else { unit.forget_layouts(names) }
}

/// A unit of work that may change `journaled_tables`.
pub(super) trait KeepsLayouts {
    fn keep_layout(&mut self, row: LayoutRow) -> Result<(), StorageError>;
    fn forget_layouts(&mut self, names: &[String]) -> Result<(), StorageError>;
}

macro_rules! keeps_layouts {
    ($unit:ty) => {
        impl KeepsLayouts for $unit {
            fn keep_layout(&mut self, row: LayoutRow) -> Result<(), StorageError> {
                let new = diesel::insert_into(journaled_tables::table).values(row).on_conflict_do_nothing();
                self.change(new).map(drop)
            }

            fn forget_layouts(&mut self, names: &[String]) -> Result<(), StorageError> {
                self.remove(journaled_tables::table.filter(journaled_tables::name.eq_any(names))).map(drop)
            }
        }
    };
}
keeps_layouts!(Upkeep<'_>);
keeps_layouts!(Write<'_>);

/// The tables that entries describe, each as last described; `None` for a table that was dropped.
pub(super) fn described(unit: &mut Read<'_>) -> Result<BTreeMap<String, Option<String>>, StorageError> {
    let of_action = journal_entries::table.filter(journal_entries::action.eq(DESCRIBED.name()));
    let sealed: Vec<String> = of_action
        .inner_join(journal_leaves::table)
        .order(journal_leaves::leaf_index)
        .select(journal_entries::facts)
        .load(unit.conn())?;
    let waiting: Vec<String> = of_action
        .inner_join(journal_pending::table)
        .order(journal_pending::sequence)
        .select(journal_entries::facts)
        .load(unit.conn())?;
    let mut described = BTreeMap::new();
    for facts in sealed.iter().chain(&waiting) {
        described.extend(tables_of(facts));
    }
    Ok(described)
}

/// The indexes and the facts of the sealed entries of an action, at or after an index, in order.
pub(super) fn sealed_of(
    unit: &mut Read<'_>,
    action: Action,
    from: i64,
) -> Result<Vec<(i64, String)>, StorageError> {
    Ok(journal_leaves::table
        .inner_join(journal_entries::table)
        .filter(journal_leaves::leaf_index.ge(from))
        .filter(journal_entries::action.eq(action.name()))
        .order(journal_leaves::leaf_index)
        .select((journal_leaves::leaf_index, journal_entries::facts))
        .load(unit.conn())?)
}

/// The tables described by the facts of an entry.
pub(super) fn tables_of(facts: &str) -> BTreeMap<String, Option<String>> {
    #[derive(serde::Deserialize)]
    struct Facts {
        tables: BTreeMap<String, Option<String>>,
    }
    serde_json::from_str(facts).map(|it: Facts| it.tables).unwrap_or_default()
}

/// When some entries were written, and what they tell.
pub(super) fn told_by(unit: &mut Read<'_>, entries: &[Id<kind::Entry>]) -> Result<Told, StorageError> {
    let mut told = BTreeMap::new();
    for some in entries.chunks(2000) {
        let rows: Vec<(Id<kind::Entry>, NaiveDateTime, String)> = journal_entries::table
            .filter(journal_entries::id.eq_any(some))
            .select((journal_entries::id, journal_entries::at, journal_entries::facts))
            .load(unit.conn())?;
        for (id, at, facts) in rows {
            let facts = serde_json::from_str(&facts)
                .map_err(|_| StorageError::Corrupt(format!("the facts of entry {id}")))?;
            told.insert(id, (at.and_utc(), facts));
        }
    }
    Ok(told)
}

pub(super) fn authors(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    action: Action,
) -> Result<Vec<super::Authored>, StorageError> {
    Ok(journal_subjects::table
        .inner_join(journal_entries::table)
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_entries::action.eq(action.name()))
        .order(journal_entries::id)
        .select((journal_entries::id, journal_entries::actor_id))
        .load(unit.conn())?)
}

pub(super) fn author(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    action: Action,
) -> Result<Option<Id<kind::User>>, StorageError> {
    let found: Option<Option<Id<kind::User>>> = journal_subjects::table
        .inner_join(journal_entries::table)
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_entries::action.eq(action.name()))
        .order(journal_entries::id)
        .select(journal_entries::actor_id)
        .first(unit.conn())
        .optional()?;
    Ok(found.flatten())
}
