//! What the county approved although a loss rule sent it there: the rules that an approval named, each with its reason.
//!
//! They are kept with the step that named them, and never change. Which rules have to be named, the room above knows.

mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub use crate::register::restrictions::overrides::Wanted;
use crate::{
    cases::{CaseError, CaseKind},
    identity::{Caller, Permission},
    register::restrictions,
    storage::{Read, StorageError, Write},
    values::{Id, OverrideReason, RegionCode, Scope, id::kind},
};

/// A rule that an approval names.
#[derive(Debug, Clone)]
pub struct NewOverride {
    /// The rule.
    pub rule: String,
    /// Why the county approves all the same.
    pub reason: OverrideReason,
    /// The same as anybody may read it.
    pub public_reason: String,
    /// What the rule had found, as it is kept with the case.
    pub findings: Value,
}

/// A rule that an approval named, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The rule.
    pub rule: String,
    /// Why the county approved all the same.
    pub reason: String,
}

/// The same as anybody may read it.
#[derive(Debug, Clone)]
pub struct Published {
    /// The rule.
    pub rule: String,
    /// Why the county approved all the same; those whom the case concerns are named by their surname.
    pub reason: String,
    /// When it was approved.
    pub at: DateTime<Utc>,
}

/// What the county agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// A case.
    Case(Id<kind::Case>, CaseKind),
    /// A restriction, which takes no case.
    Restriction(Id<kind::Restriction>),
}

/// What the county named of a rule's findings, with what it agreed to.
#[derive(Debug, Clone)]
pub struct Override {
    /// The identifier.
    pub id: Id<kind::Override>,
    /// What it agreed to.
    pub to: Agreed,
    /// The region of that.
    pub region_code: RegionCode,
    /// The rule.
    pub rule: String,
    /// What the rule had found.
    pub findings: Value,
    /// Why the county approved all the same.
    pub reason: String,
    /// Who approved.
    pub by: Id<kind::User>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<restrictions::overrides::Override> for Override {
    fn from(it: restrictions::overrides::Override) -> Self {
        Self {
            id: it.id,
            to: Agreed::Restriction(it.restriction_id),
            region_code: it.region_code,
            rule: it.rule,
            findings: it.findings,
            reason: it.reason,
            by: it.by,
            at: it.at,
        }
    }
}

/// What steps named, by the case and the place of the step in it.
pub(super) type NamedBySteps = BTreeMap<(Id<kind::Case>, i32), Vec<Named>>;

/// A step in a case: where it stands, who took it and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepOf {
    pub(super) case_id: Id<kind::Case>,
    pub(super) ordinal: i32,
    pub(super) region_code: RegionCode,
    pub(super) by: Id<kind::User>,
    pub(super) at: DateTime<Utc>,
}

/// Keeps what an approval names, with its step.
pub(super) fn keep(unit: &mut Write<'_>, step: &StepOf, named: &[NewOverride]) -> Result<(), StorageError> {
    store::insert(unit, step, named)
}

/// What the steps of some cases named.
pub(super) fn of_steps(unit: &mut Read<'_>, cases: &[Id<kind::Case>]) -> Result<NamedBySteps, StorageError> {
    store::of_steps(unit, cases)
}

/// What was named in approvals of cases, and of restrictions, by region and then in their order: of a scope within the caller's.
///
/// # Errors
/// That of whoever may not list them.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Override>, CaseError> {
    caller.permit(Permission::OverridesRead)?;
    let mut all = store::list(unit, scope, wanted, limit)?;
    let of_restrictions = restrictions::overrides::list(unit, scope, wanted, limit)?;
    all.extend(of_restrictions.into_iter().map(Override::from));
    all.sort_by_key(|it| (it.region_code, it.id));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// What approvals in some cases named, as anybody may read it: nobody needs a permission.
pub fn published(
    unit: &mut Read<'_>,
    cases: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, Vec<Published>>, StorageError> {
    store::published(unit, cases)
}
