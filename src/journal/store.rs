//! The journal's tables.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    journal::{Action, Entry, Placed, Wanted},
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{journal_entries, journal_leaves, journal_pending, journal_progress, journal_subjects},
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
}

#[derive(Insertable)]
#[diesel(table_name = journal_pending)]
struct PendingRow {
    entry_id: Id<kind::Entry>,
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    rows: &[EntryRow],
    subjects: &[(Id<kind::Entry>, &[Id<kind::Subject>])],
) -> Result<(), StorageError> {
    let mut of_entries: Vec<SubjectRow> = subjects
        .iter()
        .flat_map(|(entry, subjects)| {
            subjects.iter().map(|subject| SubjectRow { subject_id: *subject, entry_id: *entry })
        })
        .collect();
    of_entries.sort_by_key(|it| (it.entry_id, it.subject_id));
    of_entries.dedup_by_key(|it| (it.entry_id, it.subject_id));
    let pending: Vec<PendingRow> = rows.iter().map(|row| PendingRow { entry_id: row.id }).collect();
    insert_all!(unit, journal_entries::table, rows)?;
    insert_all!(unit, journal_subjects::table, &of_entries)?;
    insert_all!(unit, journal_pending::table, &pending)
}

pub(super) fn entries(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let mut query = journal_leaves::table
        .inner_join(journal_entries::table)
        .filter(journal_entries::region_code.between(scope.first(), scope.last()))
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select((journal_leaves::leaf_index, EntryRow::as_select()))
        .into_boxed();
    if let Some(after) = wanted.after {
        query = query.filter(journal_leaves::leaf_index.gt(after));
    }
    if let Some(subject) = wanted.subject_id {
        query = query.filter(
            journal_leaves::entry_id.eq_any(
                journal_subjects::table
                    .filter(journal_subjects::subject_id.eq(subject))
                    .select(journal_subjects::entry_id),
            ),
        );
    }
    if let Some(actor) = wanted.actor_id {
        query = query.filter(journal_entries::actor_id.eq(actor));
    }
    if let Some(action) = &wanted.action {
        query = query.filter(journal_entries::action.eq(action.clone()));
    }
    let found: Vec<(i64, EntryRow)> = query.load(unit.conn())?;
    let ids: Vec<_> = found.iter().map(|(_, row)| row.id).collect();
    let subjects: Vec<(Id<kind::Entry>, Id<kind::Subject>)> = journal_subjects::table
        .filter(journal_subjects::entry_id.eq_any(&ids))
        .order((journal_subjects::entry_id, journal_subjects::subject_id))
        .select((journal_subjects::entry_id, journal_subjects::subject_id))
        .load(unit.conn())?;
    Ok(found
        .into_iter()
        .map(|(index, row)| Entry {
            index,
            id: row.id,
            at: row.at.and_utc(),
            actor_id: row.actor_id,
            action: row.action,
            region_code: row.region_code,
            subject_ids: subjects.iter().filter(|(entry, _)| *entry == row.id).map(|(_, it)| *it).collect(),
            facts: row.facts,
            request_id: row.request_id,
        })
        .collect())
}

/// The last index that was sealed by an instant; -1 for none.
pub(super) fn last_sealed_by(unit: &mut Read<'_>, instant: NaiveDateTime) -> Result<i64, StorageError> {
    let last: Option<i64> = journal_leaves::table
        .filter(journal_leaves::sealed_at.le(instant))
        .order((journal_leaves::sealed_at.desc(), journal_leaves::leaf_index.desc()))
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    Ok(last.unwrap_or(-1))
}

/// Up to when the journal is sealed.
pub(super) fn sealed_through(unit: &mut Read<'_>) -> Result<NaiveDateTime, StorageError> {
    Ok(journal_progress::table.select(journal_progress::sealed_through).first(unit.conn())?)
}

pub(super) fn size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    let last: Option<i64> = journal_leaves::table
        .order(journal_leaves::leaf_index.desc())
        .select(journal_leaves::leaf_index)
        .first(unit.conn())
        .optional()?;
    Ok(last.map_or(0, |it| it.saturating_add(1)))
}

pub(super) fn last_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
) -> Result<Option<Placed>, StorageError> {
    let found: Option<(Id<kind::Entry>, i64)> = journal_subjects::table
        .inner_join(journal_entries::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_subjects::entry_id)))
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_entries::action.eq_any(actions.iter().map(|it| it.name())))
        .order(journal_leaves::leaf_index.desc())
        .select((journal_entries::id, journal_leaves::leaf_index))
        .first(unit.conn())
        .optional()?;
    Ok(found.map(|(id, index)| Placed { id, index }))
}

pub(super) fn next_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    after: i64,
) -> Result<Option<Placed>, StorageError> {
    let found: Option<(Id<kind::Entry>, i64)> = journal_subjects::table
        .inner_join(journal_entries::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(journal_subjects::entry_id)))
        .filter(journal_subjects::subject_id.eq(subject))
        .filter(journal_entries::action.eq_any(actions.iter().map(|it| it.name())))
        .filter(journal_leaves::leaf_index.gt(after))
        .order(journal_leaves::leaf_index)
        .select((journal_entries::id, journal_leaves::leaf_index))
        .first(unit.conn())
        .optional()?;
    Ok(found.map(|(id, index)| Placed { id, index }))
}

pub(super) fn id_at(unit: &mut Read<'_>, index: i64) -> Result<Option<Id<kind::Entry>>, StorageError> {
    Ok(journal_leaves::table.find(index).select(journal_leaves::entry_id).first(unit.conn()).optional()?)
}
