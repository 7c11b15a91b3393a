//! The tables of projects and their funding.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    register::projects::{FundingLine, FundingSource, Project, Wanted},
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{funding_lines, projects},
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
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = funding_lines)]
struct FundingRow {
    project_id: Id<kind::Project>,
    ordinal: i32,
    source: FundingSource,
    amount_fen: Fen,
}

fn project(row: ProjectRow, funding: Vec<FundingLine>) -> Project {
    Project {
        id: row.id,
        code: row.code,
        name: row.name,
        year: row.year,
        region_code: row.region_code,
        funding,
        version: row.version,
        created_at: row.created_at.and_utc(),
    }
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Project) -> Result<(), StorageError> {
    let row = ProjectRow {
        id: it.id,
        code: it.code.clone(),
        name: it.name.clone(),
        year: it.year,
        region_code: it.region_code,
        version: it.version,
        created_at: it.created_at.naive_utc(),
    };
    unit.change(diesel::insert_into(projects::table).values(row))?;
    let lines: Vec<FundingRow> = (0..)
        .zip(&it.funding)
        .map(|(ordinal, line)| FundingRow {
            project_id: it.id,
            ordinal,
            source: line.source,
            amount_fen: line.amount,
        })
        .collect();
    insert_all!(unit, funding_lines::table, &lines)
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
) -> Result<Vec<(Id<kind::Project>, FundingLine)>, StorageError> {
    let rows: Vec<FundingRow> = funding_lines::table
        .filter(funding_lines::project_id.eq_any(ids))
        .order((funding_lines::project_id, funding_lines::ordinal))
        .select(FundingRow::as_select())
        .load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|it| (it.project_id, FundingLine { source: it.source, amount: it.amount_fen }))
        .collect())
}
