//! The table of maintenance assignments.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::auto_type, prelude::*};

use crate::{
    journal::Known,
    maintenance::assignments::model::{Assignment, Gap, Mode, NewAssignment, Wanted, WantedGaps},
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{assets, assignment_versions, journal_leaves, maintenance_assignments},
        sql::{Uuid, stored_as_text},
    },
    values::{Days, Duties, Fen, Id, RegionCode, Scope, Validity, id::kind},
};

stored_as_text!(Mode);

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = maintenance_assignments)]
#[diesel(treat_none_as_default_value = false)]
struct AssignmentRow {
    id: Id<kind::Assignment>,
    asset_id: Id<kind::Asset>,
    responsible_id: Id<kind::Party>,
    mode: Mode,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    duties: Duties,
    inspect_every_days: Days,
    budget_fen: Option<Fen>,
    version: i64,
    recorded_at: NaiveDateTime,
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = StorageError;

    fn try_from(row: AssignmentRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            assigned: NewAssignment {
                asset_id: row.asset_id,
                responsible_id: row.responsible_id,
                mode: row.mode,
                period: Validity::new(row.valid_from, row.valid_to)
                    .map_err(|_| StorageError::Corrupt(format!("assignment {}", row.id)))?,
                duties: row.duties,
                inspect_every_days: row.inspect_every_days,
                budget: row.budget_fen,
            },
            version: row.version,
        })
    }
}

/// What a version of an assignment says, and the journal entry that says it.
#[derive(Insertable)]
#[diesel(table_name = assignment_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow {
    assignment_id: Id<kind::Assignment>,
    version: i64,
    valid_to: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
}

/// An assignment, and the journal entry that tells of it.
pub(super) type Told = (Assignment, Id<kind::Entry>);

fn insert_versions(unit: &mut Write<'_>, told: &[Told]) -> Result<(), StorageError> {
    let row = |(it, entry): &Told| VersionRow {
        assignment_id: it.id,
        version: it.version,
        valid_to: it.assigned.period.to(),
        entry_id: *entry,
    };
    let rows: Vec<_> = told.iter().map(row).collect();
    insert_all!(unit, assignment_versions::table, &rows)
}

pub(super) fn insert(unit: &mut Write<'_>, told: &[Told]) -> Result<(), StorageError> {
    let recorded_at = unit.timestamp();
    let row = |(assignment, _): &Told| {
        let it = assignment.assigned.clone();
        AssignmentRow {
            id: assignment.id,
            asset_id: it.asset_id,
            responsible_id: it.responsible_id,
            mode: it.mode,
            valid_from: it.period.from(),
            valid_to: it.period.to(),
            duties: it.duties,
            inspect_every_days: it.inspect_every_days,
            budget_fen: it.budget,
            version: assignment.version,
            recorded_at,
        }
    };
    let rows: Vec<_> = told.iter().map(row).collect();
    insert_all!(unit, maintenance_assignments::table, &rows)?;
    insert_versions(unit, told)
}

/// Ends assignments, whose assets are locked, on a day.
pub(super) fn end_all(unit: &mut Write<'_>, told: &[Told], on: NaiveDate) -> Result<(), StorageError> {
    let ids: Vec<_> = told.iter().map(|(it, _)| it.id).collect();
    unit.alter(
        maintenance_assignments::table.filter(maintenance_assignments::id.eq_any(ids)),
        (
            maintenance_assignments::valid_to.eq(on),
            maintenance_assignments::version.eq(maintenance_assignments::version + 1),
        ),
    )?;
    insert_versions(unit, told)
}

/// Writes a new version of an assignment whose version is still the one that was seen; false where it is not.
pub(super) fn update(
    unit: &mut Write<'_>,
    assignment: &Assignment,
    seen_version: i64,
    entry: Id<kind::Entry>,
) -> Result<bool, StorageError> {
    let seen = maintenance_assignments::table
        .filter(maintenance_assignments::id.eq(assignment.id))
        .filter(maintenance_assignments::version.eq(seen_version));
    let changed = unit.alter(
        seen,
        (
            maintenance_assignments::valid_to.eq(assignment.assigned.period.to()),
            maintenance_assignments::version.eq(assignment.version),
        ),
    )?;
    if changed > 0 {
        insert_versions(unit, &[(assignment.clone(), entry)])?;
    }
    Ok(changed > 0)
}

/// The assignments in some assets that hold on some day, of those only that hold on a day or later where one is given, in the order of their
/// identifiers; at most a number of them.
pub(super) fn ids_in(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    from: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    let mut query = maintenance_assignments::table
        .filter(maintenance_assignments::asset_id.eq_any(assets))
        .filter(ever_held())
        .order(maintenance_assignments::id)
        .select(maintenance_assignments::id)
        .limit(limit)
        .into_boxed();
    if let Some(day) = from {
        let to = maintenance_assignments::valid_to;
        query = query.filter(to.is_null().or(to.gt(day)));
    }
    Ok(query.load(unit.conn())?)
}

/// All assignments of some assets, as far as is known, by their first day.
pub(super) fn standing(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    known: Known,
) -> Result<Vec<Assignment>, StorageError> {
    let rows: Vec<AssignmentRow> = maintenance_assignments::table
        .filter(maintenance_assignments::asset_id.eq_any(of))
        .order((maintenance_assignments::valid_from, maintenance_assignments::id))
        .select(AssignmentRow::as_select())
        .load(unit.conn())?;
    as_known(unit, rows, known)
}

/// Whether an assignment holds on some day.
#[auto_type(no_type_alias)]
fn ever_held() -> _ {
    maintenance_assignments::valid_to
        .is_null()
        .or(maintenance_assignments::valid_to.gt(maintenance_assignments::valid_from.nullable()))
}

pub(super) fn begun_from(
    unit: &mut Read<'_>,
    body: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    Ok(maintenance_assignments::table
        .filter(maintenance_assignments::responsible_id.eq(body))
        .filter(maintenance_assignments::valid_from.ge(day))
        .filter(ever_held())
        .order(maintenance_assignments::id)
        .select(maintenance_assignments::id)
        .limit(limit)
        .load(unit.conn())?)
}

pub(super) fn held_from(
    unit: &mut Read<'_>,
    body: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    Ok(maintenance_assignments::table
        .inner_join(assets::table)
        .filter(maintenance_assignments::responsible_id.eq(body))
        .filter(ever_held())
        .filter(maintenance_assignments::valid_to.is_null().or(maintenance_assignments::valid_to.gt(day)))
        .filter(assets::counts_to.is_null().or(assets::counts_to.gt(day)))
        .order(maintenance_assignments::id)
        .select(maintenance_assignments::id)
        .limit(limit)
        .load(unit.conn())?)
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Assignment>,
    known: Known,
) -> Result<Option<Assignment>, StorageError> {
    let row: Option<AssignmentRow> = maintenance_assignments::table
        .inner_join(assets::table)
        .filter(maintenance_assignments::id.eq(id))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select(AssignmentRow::as_select())
        .first(unit.conn())
        .optional()?;
    Ok(as_known(unit, row.into_iter().collect(), known)?.pop())
}

/// Assignments as they were described as far as is known; those that were not on record are left out.
fn as_known(
    unit: &mut Read<'_>,
    rows: Vec<AssignmentRow>,
    known: Known,
) -> Result<Vec<Assignment>, StorageError> {
    let Known::Through(index) = known else {
        return rows.into_iter().map(Assignment::try_from).collect();
    };
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    type Version = (Id<kind::Assignment>, i64, Option<NaiveDate>);
    let versions: Vec<Version> = assignment_versions::table
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(assignment_versions::entry_id)))
        .filter(assignment_versions::assignment_id.eq_any(&ids))
        .filter(journal_leaves::leaf_index.le(index))
        .order((assignment_versions::assignment_id, assignment_versions::version))
        .select((
            assignment_versions::assignment_id,
            assignment_versions::version,
            assignment_versions::valid_to,
        ))
        .load(unit.conn())?;
    rows.into_iter()
        .filter_map(|row| {
            let (_, version, valid_to) = versions.iter().rfind(|(id, ..)| *id == row.id)?;
            Some(Assignment::try_from(AssignmentRow { version: *version, valid_to: *valid_to, ..row }))
        })
        .collect()
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Assignment>, StorageError> {
    if let Known::Through(index) = wanted.known {
        return list_through(unit, scope, wanted, limit, index);
    }
    let mut query = maintenance_assignments::table
        .inner_join(assets::table)
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .order(maintenance_assignments::id)
        .limit(limit)
        .select(AssignmentRow::as_select())
        .into_boxed();
    if let Some(asset) = wanted.asset_id {
        query = query.filter(maintenance_assignments::asset_id.eq(asset));
    }
    if let Some(day) = wanted.as_of {
        query = query.filter(maintenance_assignments::valid_from.le(day)).filter(
            maintenance_assignments::valid_to.is_null().or(maintenance_assignments::valid_to.gt(day)),
        );
    }
    if let Some(after) = wanted.after {
        query = query.filter(maintenance_assignments::id.gt(after));
    }
    let rows: Vec<AssignmentRow> = query.load(unit.conn())?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// The assignments of a scope when the journal had come to an index: of each the last version that was known.
fn list_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
    index: i64,
) -> Result<Vec<Assignment>, StorageError> {
    let (later, known) = diesel::alias!(assignment_versions as later_version, journal_leaves as known_leaf);
    let known_later = later
        .inner_join(
            known.on(known.field(journal_leaves::entry_id).eq(later.field(assignment_versions::entry_id))),
        )
        .filter(later.field(assignment_versions::assignment_id).eq(assignment_versions::assignment_id))
        .filter(later.field(assignment_versions::version).gt(assignment_versions::version))
        .filter(known.field(journal_leaves::leaf_index).le(index));
    let mut query = maintenance_assignments::table
        .inner_join(assets::table)
        .inner_join(assignment_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(assignment_versions::entry_id)))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .filter(journal_leaves::leaf_index.le(index))
        .filter(diesel::dsl::not(diesel::dsl::exists(known_later)))
        .order(maintenance_assignments::id)
        .limit(limit)
        .select((AssignmentRow::as_select(), (assignment_versions::version, assignment_versions::valid_to)))
        .into_boxed();
    if let Some(asset) = wanted.asset_id {
        query = query.filter(maintenance_assignments::asset_id.eq(asset));
    }
    if let Some(day) = wanted.as_of {
        query = query
            .filter(maintenance_assignments::valid_from.le(day))
            .filter(assignment_versions::valid_to.is_null().or(assignment_versions::valid_to.gt(day)));
    }
    if let Some(after) = wanted.after {
        query = query.filter(maintenance_assignments::id.gt(after));
    }
    let rows: Vec<(AssignmentRow, (i64, Option<NaiveDate>))> = query.load(unit.conn())?;
    rows.into_iter()
        .map(|(row, (version, valid_to))| AssignmentRow { version, valid_to, ..row }.try_into())
        .collect()
}

#[derive(QueryableByName)]
struct GapRow {
    #[diesel(sql_type = Uuid)]
    asset_id: Id<kind::Asset>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    asset_name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    region_code: RegionCode,
    #[diesel(sql_type = diesel::sql_types::Date)]
    since: NaiveDate,
}

/// What is on record of assets and of their assignments, in the place of which known ones can stand.
const ON_RECORD: [&str; 2] = ["assets", "maintenance_assignments"];

/// The same as the last versions say that were known when the journal had come to an index. The index is written into the
/// text: SQLite counts `$7` by where it first stands, and that would be before `$1`.
fn versions_through(through: i64) -> [String; 2] {
    [
    format!("(select it.id, v.name, it.region_code, v.class, it.counts_from, v.acquired_on, v.counts_to
      from assets it join asset_versions v on v.asset_id = it.id
      where v.version = (select max(w.version) from asset_versions w join journal_leaves l on l.entry_id = w.entry_id
                         where w.asset_id = it.id and l.leaf_index <= {through}))"),
    format!("(select it.asset_id, it.valid_from, v.valid_to
      from maintenance_assignments it join assignment_versions v on v.assignment_id = it.id
      where v.version = (select max(w.version) from assignment_versions w join journal_leaves l on l.entry_id = w.entry_id
                         where w.assignment_id = it.id and l.leaf_index <= {through}))"),
    ]
}

pub(super) fn gaps(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &WantedGaps,
    limit: i64,
) -> Result<Vec<Gap>, StorageError> {
    let WantedGaps { on, known, after, .. } = *wanted;
    let (after_region, after_id) = match after {
        Some((region, id)) => (region.as_str().to_owned(), id),
        None => (String::new(), Id::from(uuid::Uuid::nil())),
    };
    let [assets, assignments] = match known {
        Known::Now => ON_RECORD.map(str::to_owned),
        Known::Through(index) => versions_through(index),
    };
    let query = diesel::sql_query(format!(
        "select a.id as asset_id, a.name as asset_name, a.region_code,
                coalesce((select max(m.valid_to) from {assignments} m
                          where m.asset_id = a.id and m.valid_to <= $1 and m.valid_to > m.valid_from), a.counts_from, a.acquired_on) as since
         from {assets} a
         where a.region_code between $2 and $3 and a.region_code >= $4
           and (a.region_code > $4 or a.id > $5)
           and a.class = 'public_welfare' and coalesce(a.counts_from, a.acquired_on) <= $1
           and (a.counts_to is null or a.counts_to > $1)
           and not exists (select 1 from {assignments} m
                           where m.asset_id = a.id and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $1))
         order by a.region_code, a.id
         limit $6",
    ))
    .bind::<diesel::sql_types::Date, _>(on)
    .bind::<diesel::sql_types::Text, _>(scope.first())
    .bind::<diesel::sql_types::Text, _>(scope.last())
    .bind::<diesel::sql_types::Text, _>(after_region)
    .bind::<Uuid, _>(after_id)
    .bind::<diesel::sql_types::BigInt, _>(limit);
    let rows: Vec<GapRow> = query.load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|it| Gap {
            asset_id: it.asset_id,
            asset_name: it.asset_name,
            region_code: it.region_code,
            since: it.since,
            due_on: None,
            is_overdue: false,
        })
        .collect())
}
