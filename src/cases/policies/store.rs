//! The table of policies.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::json;

use crate::{
    cases::policies::Policy,
    storage::{Read, StorageError, Write, schema::policies},
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = policies)]
#[diesel(treat_none_as_default_value = false)]
struct PolicyRow {
    id: Id<kind::Policy>,
    region_code: RegionCode,
    version: i64,
    effective_from: NaiveDate,
    overrides: String,
    set_by: Option<Id<kind::User>>,
    created_at: NaiveDateTime,
}

impl TryFrom<PolicyRow> for Policy {
    type Error = StorageError;

    fn try_from(row: PolicyRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            region_code: row.region_code,
            version: row.version,
            effective_from: row.effective_from,
            overrides: serde_json::from_str(&row.overrides)
                .map_err(|_| StorageError::Corrupt(format!("policy {}", row.id)))?,
            created_at: row.created_at.and_utc(),
        })
    }
}

/// The last version of a region's policy.
pub(super) fn last_version(unit: &mut Read<'_>, region: RegionCode) -> Result<Option<i64>, StorageError> {
    Ok(policies::table
        .filter(policies::region_code.eq(region))
        .order(policies::version.desc())
        .select(policies::version)
        .first(unit.conn())
        .optional()?)
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Policy, by: Id<kind::User>) -> Result<(), StorageError> {
    let row = PolicyRow {
        id: it.id,
        region_code: it.region_code,
        version: it.version,
        effective_from: it.effective_from,
        overrides: json!(it.overrides).to_string(),
        set_by: Some(by),
        created_at: it.created_at.naive_utc(),
    };
    unit.change(diesel::insert_into(policies::table).values(&row))?;
    Ok(())
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Policy>,
) -> Result<Option<Policy>, StorageError> {
    let row: Option<PolicyRow> = policies::table
        .find(id)
        .filter(policies::region_code.between(scope.first(), scope.last()))
        .select(PolicyRow::as_select())
        .first(unit.conn())
        .optional()?;
    row.map(Policy::try_from).transpose()
}

/// All policies of a scope and of the regions around it, in the order in which they come to apply.
pub(super) fn around(
    unit: &mut Read<'_>,
    scope: &Scope,
    around: &[RegionCode],
) -> Result<Vec<Policy>, StorageError> {
    let inside = policies::region_code.between(scope.first(), scope.last());
    let rows: Vec<PolicyRow> = policies::table
        .filter(inside.or(policies::region_code.eq_any(around)))
        .order((policies::effective_from, policies::version))
        .select(PolicyRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Policy::try_from).collect()
}

/// The policies of some regions that apply on a day, in the order in which they came to apply; of those that had been set by an instant,
/// where one is given.
pub(super) fn in_force(
    unit: &mut Read<'_>,
    regions: &[RegionCode],
    (on, set_by): (NaiveDate, Option<DateTime<Utc>>),
) -> Result<Vec<Policy>, StorageError> {
    let rows: Vec<PolicyRow> = policies::table
        .filter(policies::region_code.eq_any(regions))
        .filter(policies::effective_from.le(on))
        .order((policies::effective_from, policies::version))
        .select(PolicyRow::as_select())
        .load(unit.conn())?;
    let had_been_set = |it: &PolicyRow| set_by.is_none_or(|at| it.created_at <= at.naive_utc());
    rows.into_iter().filter(had_been_set).map(Policy::try_from).collect()
}
