//! The facts of cases, as the loss rules looked at them last: what was so then cannot be asked of the register any more once an
//! act is executed, and what a rule would have said by other numbers can be asked all the same.
//!
//! What the facts are is the business of the rooms above: here they are JSON, with what else decides on the steps of a case.

mod store;

use chrono::{DateTime, NaiveDate, Utc};

use super::{CaseKind, CaseStatus, Step, rules};
use crate::{
    storage::{Read, StorageError, Write},
    values::{Id, Period, RegionCode, Scope, id::kind},
};

/// A look of the loss rules at a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The kind of the facts.
    pub kind: String,
    /// The form in which they are kept.
    pub format: i32,
    /// The facts, as JSON.
    pub facts: String,
    /// What the act is about, in fen: above the limit of the policy the county approves.
    pub worth_fen: i64,
    /// Whether it is judged as of its own day, which the county approves.
    pub of_its_day: bool,
    /// Whether the county approves all cases of its kind.
    pub of_its_kind: bool,
    /// The day of the policy by which it is judged.
    pub policy_on: NaiveDate,
}

/// A case with the last look at it.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The case.
    pub case_id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// How far it is.
    pub status: CaseStatus,
    /// Its region.
    pub region_code: RegionCode,
    /// The look.
    pub look: Look,
    /// When that was.
    pub looked_at: DateTime<Utc>,
}

/// Which cases are examined: those that are open, and those that were executed on the days of a period.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Only in this scope.
    pub scope: Scope,
    /// The days of execution.
    pub executed: Period,
    /// The form in which the facts must be kept.
    pub format: i32,
}

/// Keeps the last look at a case, in the place of an earlier one.
pub(super) fn keep(unit: &mut Write<'_>, case: Id<kind::Case>, look: &Look) -> Result<(), StorageError> {
    store::keep(unit, case, look)
}

/// Cases with the last look at each of them, by their regions, and in each in the order of their drafting.
pub fn examined(
    unit: &mut Read<'_>,
    window: &Window,
    after: Option<(RegionCode, Id<kind::Case>)>,
    limit: i64,
) -> Result<Vec<Examined>, StorageError> {
    store::examined(unit, window, after, limit)
}

/// How many cases there are beside those: such as were looked at last by a release that kept no facts, or kept them in another form.
pub fn not_examined(unit: &mut Read<'_>, window: &Window) -> Result<i64, StorageError> {
    store::not_examined(unit, window)
}

/// Where a case of a scope stands among them; none where there is no such case.
pub fn place_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    case: Id<kind::Case>,
) -> Result<Option<(RegionCode, Id<kind::Case>)>, StorageError> {
    store::place_of(unit, scope, case)
}

/// The steps that some cases would need, in the order in which they are given, each with whether the county would have to approve
/// it. In an open case what was done counts; of one that was executed, it is what it would have needed.
pub fn steps_needed(
    unit: &mut Read<'_>,
    cases: &[(Id<kind::Case>, bool)],
) -> Result<Vec<Vec<Step>>, StorageError> {
    let ids: Vec<_> = cases.iter().map(|(id, _)| *id).collect();
    let mut taken = super::store::taken(unit, &ids)?;
    let needed = |(id, county_approves): &(Id<kind::Case>, bool)| {
        let (drafted_by, status, done) =
            taken.remove(id).ok_or_else(|| StorageError::Corrupt(format!("case {id} is gone")))?;
        let done = if status.is_final() { Vec::new() } else { done };
        Ok(rules::steps_required(drafted_by, &done, *county_approves))
    };
    cases.iter().map(needed).collect()
}
