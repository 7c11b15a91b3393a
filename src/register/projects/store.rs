//! The tables of projects and their funding.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::{dsl::exists, prelude::*};

use crate::{
    register::{
        codes::RecordStatus,
        projects::{FundingOfProject, FundingSource, Project, Wanted},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{funding_lines, journal_leaves, project_versions, projects},
    },
    values::{Fen, Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = projects)]
struct ProjectRow {
    id: Id<kind::Project>,
    code: String,
    name: String,
    year: i32,
    region_code: RegionCode,
    version: i64,
    created_at: NaiveDateTime,
    status: RecordStatus,
}

/// What a version of a project says, the case that decided it, and the journal entry that says it.
#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = project_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow {
    project_id: Id<kind::Project>,
    version: i64,
    code: String,
    name: String,
    year: i32,
    region_code: RegionCode,
    status: RecordStatus,
    case_id: Option<Id<kind::Case>>,
    entry_id: Id<kind::Entry>,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = funding_lines)]
#[diesel(treat_none_as_default_value = false)]
struct FundingRow {
    project_id: Id<kind::Project>,
    ordinal: i32,
    source: FundingSource,
    amount_fen: Fen,
    /// The versions that say it: from this one on, and until another one, where it was wrong.
    since_version: i64,
    until_version: Option<i64>,
}

impl FundingRow {
    const fn line(&self) -> FundingOfProject {
        FundingOfProject { source: self.source, amount_fen: self.amount_fen }
    }

    fn is_said_in(&self, version: i64) -> bool {
        self.since_version <= version && self.until_version.is_none_or(|until| version < until)
    }
}

fn project(row: ProjectRow, funding: Vec<FundingOfProject>) -> Project {
    Project {
        id: row.id,
        code: row.code,
        name: row.name,
        year: row.year,
        region_code: row.region_code,
        funding,
        status: row.status,
        version: row.version,
        created_at: row.created_at.and_utc(),
    }
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Project, entry: Id<kind::Entry>) -> Result<(), StorageError> {
    let row = ProjectRow {
        id: it.id,
        code: it.code.clone(),
        name: it.name.clone(),
        year: it.year,
        region_code: it.region_code,
        version: it.version,
        created_at: it.created_at.naive_utc(),
        status: it.status,
    };
    unit.change(diesel::insert_into(projects::table).values(row))?;
    insert_version(unit, it, None, entry)?;
    insert_funding(unit, it, 0)
}

fn insert_version(
    unit: &mut Write<'_>,
    it: &Project,
    case_id: Option<Id<kind::Case>>,
    entry_id: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row = VersionRow {
        project_id: it.id,
        version: it.version,
        code: it.code.clone(),
        name: it.name.clone(),
        year: it.year,
        region_code: it.region_code,
        status: it.status,
        case_id,
        entry_id,
    };
    unit.change(diesel::insert_into(project_versions::table).values(row))?;
    Ok(())
}

/// Writes the money as the present version says it, behind what earlier ones said.
fn insert_funding(unit: &mut Write<'_>, it: &Project, first: i32) -> Result<(), StorageError> {
    let lines: Vec<FundingRow> = (first..)
        .zip(&it.funding)
        .map(|(ordinal, line)| FundingRow {
            project_id: it.id,
            ordinal,
            source: line.source,
            amount_fen: line.amount_fen,
            since_version: it.version,
            until_version: None,
        })
        .collect();
    insert_all!(unit, funding_lines::table, &lines)
}

/// Writes a new version of a project that is locked. What was said before stays with the versions that said it.
pub(super) fn update(
    unit: &mut Write<'_>,
    it: &Project,
    case: Option<Id<kind::Case>>,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    unit.alter(
        projects::table.find(it.id),
        (
            projects::code.eq(&it.code),
            projects::name.eq(&it.name),
            projects::year.eq(it.year),
            projects::region_code.eq(it.region_code),
            projects::version.eq(it.version),
            projects::status.eq(it.status),
        ),
    )?;
    insert_version(unit, it, case, entry)?;
    let standing = funding(unit, &[it.id])?;
    if standing.iter().map(|(_, line)| line).eq(&it.funding) {
        return Ok(());
    }
    let next: Option<i32> = funding_lines::table
        .filter(funding_lines::project_id.eq(it.id))
        .select(diesel::dsl::max(funding_lines::ordinal))
        .first(unit.conn())?;
    let current = funding_lines::table
        .filter(funding_lines::project_id.eq(it.id))
        .filter(funding_lines::until_version.is_null());
    unit.alter(current, funding_lines::until_version.eq(it.version))?;
    insert_funding(unit, it, next.map_or(0, |it| it.saturating_add(1)))
}

pub(super) fn code_is_taken(unit: &mut Read<'_>, code: &str) -> Result<bool, StorageError> {
    Ok(diesel::select(exists(projects::table.filter(projects::code.eq(code)))).get_result(unit.conn())?)
}

pub(super) fn corrected_by(
    unit: &mut Read<'_>,
    id: Id<kind::Project>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let cases: Vec<Option<Id<kind::Case>>> = project_versions::table
        .filter(project_versions::project_id.eq(id))
        .filter(project_versions::case_id.is_not_null())
        .order(project_versions::version)
        .select(project_versions::case_id)
        .load(unit.conn())?;
    Ok(cases.into_iter().flatten().collect())
}

pub(super) fn can_be_named(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Project>,
) -> Result<bool, StorageError> {
    let named = projects::table
        .filter(projects::id.eq(id))
        .filter(projects::status.eq(RecordStatus::Recorded))
        .filter(projects::region_code.between(scope.first(), scope.last()));
    Ok(diesel::select(exists(named)).get_result(unit.conn())?)
}

/// A project as it was said to be when the journal had reached an index, where it lay in the scope then and does now.
pub(super) fn find_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Project>,
    index: i64,
) -> Result<Option<Project>, StorageError> {
    let row: Option<(VersionRow, NaiveDateTime)> = project_versions::table
        .inner_join(projects::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(project_versions::entry_id)))
        .filter(projects::id.eq(id))
        .filter(projects::region_code.between(scope.first(), scope.last()))
        .filter(journal_leaves::leaf_index.le(index))
        .order(project_versions::version.desc())
        .select((VersionRow::as_select(), projects::created_at))
        .first(unit.conn())
        .optional()?;
    let Some((row, created_at)) = row.filter(|(row, _)| scope.covers(&row.region_code)) else {
        return Ok(None);
    };
    let lines = funding_of_all_versions(unit, &[id])?;
    let lines = lines.iter().filter(|it| it.is_said_in(row.version)).map(FundingRow::line).collect();
    let said = ProjectRow {
        id,
        code: row.code,
        name: row.name,
        year: row.year,
        region_code: row.region_code,
        version: row.version,
        created_at,
        status: row.status,
    };
    Ok(Some(project(said, lines)))
}

/// The money of some projects as it was said to be when the journal had reached an index.
pub(super) fn funding_through(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Project>],
    index: i64,
) -> Result<Vec<FundingOfProject>, StorageError> {
    let said: Vec<(Id<kind::Project>, i64)> = project_versions::table
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(project_versions::entry_id)))
        .filter(project_versions::project_id.eq_any(ids))
        .filter(journal_leaves::leaf_index.le(index))
        .order((project_versions::project_id, project_versions::version))
        .select((project_versions::project_id, project_versions::version))
        .load(unit.conn())?;
    // Of each project's versions the last one stays.
    let said: BTreeMap<_, _> = said.into_iter().collect();
    let lines = funding_of_all_versions(unit, ids)?;
    let known = |it: &&FundingRow| said.get(&it.project_id).is_some_and(|version| it.is_said_in(*version));
    Ok(lines.iter().filter(known).map(FundingRow::line).collect())
}

fn funding_of_all_versions(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Project>],
) -> Result<Vec<FundingRow>, StorageError> {
    Ok(funding_lines::table
        .filter(funding_lines::project_id.eq_any(ids))
        .order((funding_lines::project_id, funding_lines::ordinal))
        .select(FundingRow::as_select())
        .load(unit.conn())?)
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Project>,
) -> Result<Option<Project>, StorageError> {
    let row: Option<ProjectRow> = projects::table
        .find(id)
        .filter(projects::region_code.between(scope.first(), scope.last()))
        .select(ProjectRow::as_select())
        .first(unit.conn())
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let lines = funding(unit, &[id])?.into_iter().map(|(_, line)| line).collect();
    Ok(Some(project(row, lines)))
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Project>, StorageError> {
    let mut query = projects::table
        .filter(projects::region_code.between(scope.first(), scope.last()))
        .order((projects::region_code, projects::id))
        .limit(limit)
        .select(ProjectRow::as_select())
        .into_boxed();
    // What is void made nothing, and is shown only to whoever asks for it.
    query = query.filter(projects::status.eq(wanted.status.unwrap_or(RecordStatus::Recorded)));
    if let Some(year) = wanted.year {
        query = query.filter(projects::year.eq(year));
    }
    if let Some((region, id)) = wanted.after {
        query = query.filter(
            projects::region_code.gt(region).or(projects::region_code.eq(region).and(projects::id.gt(id))),
        );
    }
    let rows: Vec<ProjectRow> = query.load(unit.conn())?;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let lines = funding(unit, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = lines.iter().filter(|(of, _)| *of == row.id).map(|(_, line)| *line).collect();
            project(row, own)
        })
        .collect())
}

pub(super) fn some(unit: &mut Read<'_>, ids: &[Id<kind::Project>]) -> Result<Vec<Project>, StorageError> {
    let rows: Vec<ProjectRow> = projects::table
        .filter(projects::id.eq_any(ids))
        .order(projects::id)
        .select(ProjectRow::as_select())
        .load(unit.conn())?;
    let lines = funding(unit, ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = lines.iter().filter(|(of, _)| *of == row.id).map(|(_, line)| *line).collect();
            project(row, own)
        })
        .collect())
}

pub(super) fn funding(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Project>],
) -> Result<Vec<(Id<kind::Project>, FundingOfProject)>, StorageError> {
    let rows: Vec<FundingRow> = funding_lines::table
        .filter(funding_lines::project_id.eq_any(ids))
        .filter(funding_lines::until_version.is_null())
        .order((funding_lines::project_id, funding_lines::ordinal))
        .select(FundingRow::as_select())
        .load(unit.conn())?;
    Ok(rows.iter().map(|it| (it.project_id, it.line())).collect())
}
