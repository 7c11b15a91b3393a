//! The table of regions.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    register::regions::{Region, Wanted},
    storage::{Read, StorageError, Write, schema::regions},
    values::{RegionCode, RegionLevel, Scope},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = regions)]
struct RegionRow {
    code: RegionCode,
    name: String,
    level: RegionLevel,
    version: i64,
    created_at: NaiveDateTime,
}

impl From<RegionRow> for Region {
    fn from(row: RegionRow) -> Self {
        Self { code: row.code, name: row.name, level: row.level, version: row.version }
    }
}

pub(super) fn insert(unit: &mut Write<'_>, region: &Region) -> Result<(), StorageError> {
    let row = RegionRow {
        code: region.code,
        name: region.name.clone(),
        level: region.level,
        version: region.version,
        created_at: unit.timestamp(),
    };
    unit.change(diesel::insert_into(regions::table).values(row))?;
    Ok(())
}

pub(in crate::register) fn find(
    unit: &mut Read<'_>,
    code: &RegionCode,
) -> Result<Option<Region>, StorageError> {
    let row: Option<RegionRow> =
        regions::table.find(code).select(RegionRow::as_select()).first(unit.conn()).optional()?;
    Ok(row.map(Region::from))
}

pub(super) fn names(
    unit: &mut Read<'_>,
    codes: &[RegionCode],
) -> Result<BTreeMap<RegionCode, String>, StorageError> {
    let rows: Vec<(RegionCode, String)> = regions::table
        .filter(regions::code.eq_any(codes))
        .select((regions::code, regions::name))
        .load(unit.conn())?;
    Ok(rows.into_iter().collect())
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    around: &[RegionCode],
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Region>, StorageError> {
    let mut query = regions::table
        .filter(regions::code.between(scope.first(), scope.last()).or(regions::code.eq_any(around)))
        .order(regions::code)
        .limit(limit)
        .select(RegionRow::as_select())
        .into_boxed();
    if let Some(prefix) = &wanted.prefix {
        let (first, last) = prefix.range();
        query = query.filter(regions::code.between(first, last));
    }
    if let Some(level) = wanted.level {
        query = query.filter(regions::level.eq(level));
    }
    if let Some(after) = wanted.after {
        query = query.filter(regions::code.gt(after));
    }
    let rows: Vec<RegionRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Region::from).collect())
}
