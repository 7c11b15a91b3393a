//! The table of what the county named.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    register::restrictions::overrides::{NewOverride, Of, Override, Wanted},
    storage::{Read, StorageError, Write, beginning_of, insert_all, schema::restriction_overrides},
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Insertable)]
#[diesel(table_name = restriction_overrides)]
struct NewRow {
    id: Id<kind::Override>,
    restriction_id: Id<kind::Restriction>,
    rule: String,
    reason: String,
    findings: String,
    region_code: RegionCode,
    named_by: Id<kind::User>,
    named_at: NaiveDateTime,
    salt: Id<kind::Salt>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = restriction_overrides)]
struct Row {
    id: Id<kind::Override>,
    restriction_id: Id<kind::Restriction>,
    rule: String,
    reason: String,
    findings: String,
    region_code: RegionCode,
    named_by: Id<kind::User>,
    named_at: NaiveDateTime,
}

pub(super) fn insert(unit: &mut Write<'_>, of: &Of, named: &[NewOverride]) -> Result<(), StorageError> {
    let (at, named_at) = (unit.now(), unit.timestamp());
    // What is named at once stands in the order in which it is named, although all of it is of one instant.
    let mut ids: Vec<Id<kind::Override>> = named.iter().map(|_| Id::new(at)).collect();
    ids.sort();
    let rows: Vec<NewRow> = named
        .iter()
        .zip(ids)
        .map(|(it, id)| NewRow {
            id,
            restriction_id: of.restriction_id,
            rule: it.rule.clone(),
            reason: it.reason.to_string(),
            findings: it.findings.to_string(),
            region_code: of.region_code,
            named_by: of.by,
            named_at,
            salt: Id::unguessable(),
        })
        .collect();
    insert_all!(unit, restriction_overrides::table, &rows)
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Override>, StorageError> {
    let mut query = restriction_overrides::table
        .filter(restriction_overrides::region_code.between(scope.first(), scope.last()))
        .order((restriction_overrides::region_code, restriction_overrides::id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(rule) = &wanted.rule {
        query = query.filter(restriction_overrides::rule.eq(rule));
    }
    if let Some(from) = wanted.from.and_then(beginning_of) {
        query = query.filter(restriction_overrides::named_at.ge(from.naive_utc()));
    }
    if let Some(to) = wanted.to.and_then(beginning_of) {
        query = query.filter(restriction_overrides::named_at.lt(to.naive_utc()));
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(restriction_overrides::region_code.ge(region))
            .filter(restriction_overrides::region_code.gt(region).or(restriction_overrides::id.gt(id)));
    }
    let rows: Vec<Row> = query.load(unit.conn())?;
    rows.into_iter()
        .map(|row| {
            let findings = serde_json::from_str(&row.findings)
                .map_err(|_| StorageError::Corrupt(format!("override {}", row.id)))?;
            Ok(Override {
                id: row.id,
                restriction_id: row.restriction_id,
                region_code: row.region_code,
                rule: row.rule,
                findings,
                reason: row.reason,
                by: row.named_by,
                at: row.named_at.and_utc(),
            })
        })
        .collect()
}
