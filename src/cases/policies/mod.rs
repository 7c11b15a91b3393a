//! The policies of regions: versioned, dated, and laid over each other from the widest region to the narrowest.

pub mod values;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::json;

use crate::{
    cases::policies::values::{Effective, Layer, PolicyOverrides},
    identity::{Caller, Denied, Permission},
    journal::{self, Action, Record},
    storage::{Locked, Read, StorageError, Write, failure, lock, schema::policies},
    values::{Faults, Id, RegionCode, id::kind},
};

const SET: Action = Action::named("policy_set");

/// A version of a region's policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The identifier.
    pub id: Id<kind::Policy>,
    /// The region whose numbers they are.
    pub region_code: RegionCode,
    /// Counted up from 1 in each region.
    pub version: i64,
    /// The day from which they apply.
    pub effective_from: NaiveDate,
    /// The numbers that it sets.
    pub overrides: PolicyOverrides,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

/// Why a policy was refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// No such policy in the caller's region.
    #[error("no such policy")]
    NotFound,
    /// Numbers that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(PolicyError);

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

/// Sets numbers for a region from a day on. What it does not name stays as it was.
pub fn set(
    unit: &mut Write<'_>,
    caller: &Caller,
    region: RegionCode,
    effective_from: NaiveDate,
    overrides: &PolicyOverrides,
) -> Result<Policy, PolicyError> {
    caller.permit_in(Permission::PoliciesWrite, &region)?;
    Faults::none_of(overrides.faults())?;
    lock(unit, &Locked::Name(&format!("policy {region}")))?;
    let last: Option<i64> = policies::table
        .filter(policies::region_code.eq(region))
        .order(policies::version.desc())
        .select(policies::version)
        .first(unit.conn())
        .optional()
        .map_err(StorageError::from)?;
    let row = PolicyRow {
        id: Id::new(unit.now()),
        region_code: region,
        version: last.map_or(1, |it| it.saturating_add(1)),
        effective_from,
        overrides: json!(overrides).to_string(),
        set_by: Some(caller.user_id),
        created_at: unit.timestamp(),
    };
    diesel::insert_into(policies::table).values(&row).execute(unit.conn()).map_err(|error| {
        let error = StorageError::from(error);
        if error.refused_by("foreign_key") {
            PolicyError::Invalid(Faults::one("/region_code", crate::values::Reason::UnknownRegion))
        } else {
            error.into()
        }
    })?;
    let facts = json!({
        "policy_id": row.id, "region_code": region, "version": row.version, "effective_from": effective_from,
        "values": overrides,
    });
    let subjects = [row.id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(SET, region, &subjects, &facts))?;
    Ok(row.try_into()?)
}

/// The policy of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Policy>) -> Result<Policy, PolicyError> {
    let scope = caller.permit(Permission::PoliciesRead)?;
    let row: Option<PolicyRow> = policies::table
        .find(id)
        .filter(policies::region_code.between(scope.first(), scope.last()))
        .select(PolicyRow::as_select())
        .first(unit.conn())
        .optional()
        .map_err(StorageError::from)?;
    Ok(row.ok_or(PolicyError::NotFound)?.try_into()?)
}

/// The numbers in force in a region on a day, with the source of each. Anybody may know the rules of their region.
pub fn effective(unit: &mut Read<'_>, region: RegionCode, on: NaiveDate) -> Result<Effective, StorageError> {
    let around: Vec<RegionCode> = std::iter::successors(Some(region), RegionCode::parent).collect();
    let rows: Vec<PolicyRow> = policies::table
        .filter(policies::region_code.eq_any(&around))
        .filter(policies::effective_from.le(on))
        .order((policies::effective_from, policies::version))
        .select(PolicyRow::as_select())
        .load(unit.conn())?;
    let layers = rows
        .into_iter()
        .map(|row| {
            let policy = Policy::try_from(row)?;
            Ok(Layer {
                region_code: policy.region_code,
                version: policy.version,
                overrides: policy.overrides,
            })
        })
        .collect::<Result<Vec<_>, StorageError>>()?;
    Ok(Effective::layered(&layers))
}
