//! What the county named when it recorded a restriction although a loss rule sent it there: the rules, each with its reason.
//!
//! They are kept with the restriction, and never change. Which rules have to be named, the room above knows.

mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::{
    storage::{Read, StorageError, Write},
    values::{Id, OverrideReason, RegionCode, Scope, id::kind},
};

/// A rule that the county names.
#[derive(Debug, Clone)]
pub struct NewOverride {
    /// The rule.
    pub rule: String,
    /// Why it is recorded all the same.
    pub reason: OverrideReason,
    /// What the rule had found.
    pub findings: Value,
}

/// A rule that the county named, with the restriction.
#[derive(Debug, Clone)]
pub struct Override {
    /// The identifier.
    pub id: Id<kind::Override>,
    /// The restriction.
    pub restriction_id: Id<kind::Restriction>,
    /// The region of its asset when it was recorded.
    pub region_code: RegionCode,
    /// The rule.
    pub rule: String,
    /// What the rule had found.
    pub findings: Value,
    /// Why it was recorded all the same.
    pub reason: String,
    /// Who recorded it.
    pub by: Id<kind::User>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Which are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only from this day on.
    pub from: Option<NaiveDate>,
    /// Only before this day.
    pub to: Option<NaiveDate>,
    /// Only after this one, in the order of the list.
    pub after: Option<(RegionCode, Id<kind::Override>)>,
}

/// Of which restriction, where and by whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub(super) restriction_id: Id<kind::Restriction>,
    pub(super) region_code: RegionCode,
    pub(super) by: Id<kind::User>,
}

/// Keeps what the county names, with its restriction.
pub(super) fn keep(unit: &mut Write<'_>, of: &Of, named: &[NewOverride]) -> Result<(), StorageError> {
    store::insert(unit, of, named)
}

/// What was named, by region and then in its order.
pub fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Override>, StorageError> {
    store::list(unit, scope, wanted, limit)
}
