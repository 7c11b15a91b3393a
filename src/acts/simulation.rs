//! What other numbers of a policy would have changed: the facts of cases, as the loss rules looked at them last, are looked at
//! again, by the policy that they were judged by and by the same with the proposed numbers in it. Nothing is stored.
//!
//! Both looks are by the rules of this release, so that what they differ in comes from the numbers alone.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{POLICY_KEYS_READ, act::weigh};
use crate::{
    cases::{
        self, CaseKind, CaseStatus, Examined, Step, Window,
        policies::{
            self, Book, PolicyError,
            values::{PolicyOverrides, PolicyValues},
        },
    },
    identity::{Caller, Permission},
    loss::{
        check::{AnyFacts, Check},
        facts::FORMAT,
        finding::{self, Finding, Outcome},
        rules::{RULES, Rule},
    },
    storage::{Read, StorageError, day_of},
    values::{
        Faults, Id, Period, Reason, RegionCode, Scope,
        id::kind,
        period::{PeriodInput, past_day},
    },
};

/// How many cases are read at once: the facts of one may be those of hundreds of lots.
const PAGE: i64 = 50;

/// After so many cases a portion is full.
pub const EXAMINED_AT_ONCE: u64 = 10_000;

/// After so many bytes of facts a portion is full.
const BYTES_AT_ONCE: usize = 64 << 20;

/// After so many findings, before and after, a portion is full.
const FINDINGS_AT_ONCE: usize = 5_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The region that would set the numbers.
    pub region_code: RegionCode,
    /// The numbers.
    pub values: PolicyOverrides,
    /// The first day of the executed acts that are looked at; a year before `to` unless said.
    pub from: Option<NaiveDate>,
    /// The first day after them; tomorrow unless said.
    pub to: Option<NaiveDate>,
    /// The last case of the portion before.
    pub after: Option<Id<kind::Case>>,
    /// How many cases that change are told at once.
    pub limit: usize,
}

/// What the rules say of a case under some policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What all findings come to.
    pub outcome: Outcome,
    /// The findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Whether the county has to approve the case.
    pub county_approves: bool,
}

impl Judged {
    fn of(facts: &AnyFacts, it: &Examined, policy: &PolicyValues) -> Self {
        let findings = finding::check_kept(facts, policy);
        let (outcome, because) = weigh(&findings, policy, it.look.worth_fen, it.look.of_its_day);
        Self { outcome, findings, county_approves: it.look.of_its_kind || !because.is_empty() }
    }
}

/// A case of which something would be otherwise.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The case.
    pub case_id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// Its region.
    pub region_code: RegionCode,
    /// How far it is.
    pub status: CaseStatus,
    /// When the rules looked at it last: the facts are those of then.
    pub looked_at: DateTime<Utc>,
    /// What the rules find by the policy that it was judged by.
    pub before: Judged,
    /// What they find with the proposed numbers.
    pub after: Judged,
    /// The steps that it would need.
    pub steps_required: Vec<Step>,
}

/// What would change.
#[derive(Debug)]
pub struct Simulation {
    /// The days of the executed acts that were looked at.
    pub executed: Period,
    /// How many cases were examined in this portion.
    pub examined: u64,
    /// How many cases there are in all that cannot be examined, since no facts were kept of them.
    pub not_examined: u64,
    /// How many cases come to what, before and after.
    pub outcomes: BTreeMap<(Outcome, Outcome), u64>,
    /// How many go to the county that did not.
    pub newly_for_county: u64,
    /// How many go there no more.
    pub no_longer_for_county: u64,
    /// The cases of which something would be otherwise, by their regions, and in each in the order of their drafting.
    pub changed: Vec<Changed>,
    /// The last case of this portion; none where it is the last portion.
    pub next_after: Option<Id<kind::Case>>,
}

/// What becomes of a proposed number here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing reads it yet.
    Unread,
    /// Something reads it, but neither the rules nor the county's limit: no outcome hangs on it.
    NoOutcome,
    /// It also decides on what is looked at, which is as it was.
    Partly,
}

/// The keys that also decide on which facts are loaded, or on the day of whose policy judges.
const DECIDE_ON_FACTS: &[&str] = &["late_entry_days", "related_party_depth", "structuring_window_days"];

/// The proposed numbers of which a simulation shows not all.
pub fn out_of_reach(values: &PolicyOverrides) -> Vec<(&'static str, Reach)> {
    let read = super::policy_keys_read();
    // How a case was made public is no part of the facts that are kept.
    let kept = |rule: &Rule| !rule.checks.iter().all(|it| matches!(it, Check::Notice(_)));
    let weighed = |key: &&str| {
        POLICY_KEYS_READ.contains(key) || RULES.iter().any(|rule| kept(rule) && rule.parameters.contains(key))
    };
    let reach = |key: &'static str| {
        if !read.contains(key) {
            Some((key, Reach::Unread))
        } else if !weighed(&key) {
            Some((key, Reach::NoOutcome))
        } else {
            DECIDE_ON_FACTS.contains(&key).then_some((key, Reach::Partly))
        }
    };
    values.keys().into_iter().filter_map(reach).collect()
}

/// Looks at the open cases of a region, and at those that were executed in a period, by other numbers.
pub fn simulate(unit: &mut Read<'_>, caller: &Caller, asked: &Proposal) -> Result<Simulation, PolicyError> {
    caller.permit_in(Permission::PoliciesSimulate, &asked.region_code)?;
    let executed = period(asked, unit.today());
    let book = policies::proposed(unit, asked.region_code, &asked.values);
    let (executed, book) = PolicyError::both(executed.map_err(PolicyError::from), book)?;
    let window = Window { scope: Scope::of(asked.region_code), executed, format: FORMAT };
    let mut portion = Portion::default();
    let next_after = portion.fill(unit, &book, &window, asked)?;
    let needs: Vec<_> = portion.changed.iter().map(|it| (it.case_id, it.after.county_approves)).collect();
    for (it, steps) in portion.changed.iter_mut().zip(cases::steps_needed(unit, &needs)?) {
        it.steps_required = steps;
    }
    let not_examined = u64::try_from(cases::not_examined(unit, &window)?).unwrap_or_default();
    let Portion { examined, outcomes, newly_for_county, no_longer_for_county, changed, .. } = portion;
    Ok(Simulation {
        executed,
        examined,
        not_examined,
        outcomes,
        newly_for_county,
        no_longer_for_county,
        changed,
        next_after,
    })
}

/// The days of the executed acts that are looked at: the last year unless said.
fn period(asked: &Proposal, today: NaiveDate) -> Result<Period, Faults> {
    let past = asked.from.map(|it| past_day(it, today)).transpose();
    past.map_err(|reason| Faults::one("/from", reason))?;
    let to = asked.to.or_else(|| today.succ_opt()).unwrap_or(today);
    let a_year_before = to.checked_sub_months(chrono::Months::new(12)).unwrap_or(to);
    PeriodInput { from: asked.from.unwrap_or(a_year_before), to: Some(to) }.parse("")
}

/// What was found so far.
#[derive(Default)]
struct Portion {
    examined: u64,
    bytes: usize,
    findings: usize,
    outcomes: BTreeMap<(Outcome, Outcome), u64>,
    newly_for_county: u64,
    no_longer_for_county: u64,
    changed: Vec<Changed>,
}

impl Portion {
    /// Examines cases until there are no more, or the portion is full: the last case then.
    fn fill(
        &mut self,
        unit: &mut Read<'_>,
        book: &Book,
        window: &Window,
        asked: &Proposal,
    ) -> Result<Option<Id<kind::Case>>, PolicyError> {
        let mut after = match asked.after {
            Some(case) => {
                let place = cases::place_of(unit, &window.scope, case)?;
                Some(place.ok_or_else(|| Faults::one("/after", Reason::NotFound { what: "case" }))?)
            }
            None => None,
        };
        loop {
            let page = cases::examined(unit, window, after, PAGE)?;
            let is_last = i64::try_from(page.len()).is_ok_and(|it| it < PAGE);
            for it in page {
                if self.is_full(asked.limit) {
                    return Ok(after.map(|(_, case)| case));
                }
                after = Some((it.region_code, it.case_id));
                self.examine(book, it)?;
            }
            if is_last {
                return Ok(None);
            }
        }
    }

    fn is_full(&self, limit: usize) -> bool {
        self.changed.len() >= limit
            || self.examined >= EXAMINED_AT_ONCE
            || self.bytes >= BYTES_AT_ONCE
            || self.findings >= FINDINGS_AT_ONCE
    }

    fn examine(&mut self, book: &Book, it: Examined) -> Result<(), StorageError> {
        let corrupt =
            |because: String| StorageError::Corrupt(format!("the facts of case {}: {because}", it.case_id));
        let facts = AnyFacts::read(&it.look.kind, &mut serde_json::Deserializer::from_str(&it.look.facts))
            .ok_or_else(|| corrupt("of no kind".to_owned()))?
            .map_err(|error| corrupt(error.to_string()))?;
        let (before, after) = book.around(it.region_code, it.look.policy_on, it.looked_at);
        let (before, after) =
            (Judged::of(&facts, &it, &before.values), Judged::of(&facts, &it, &after.values));
        self.examined = self.examined.saturating_add(1);
        self.bytes = self.bytes.saturating_add(it.look.facts.len());
        let count = self.outcomes.entry((before.outcome, after.outcome)).or_default();
        *count = count.saturating_add(1);
        match (before.county_approves, after.county_approves) {
            (false, true) => self.newly_for_county = self.newly_for_county.saturating_add(1),
            (true, false) => self.no_longer_for_county = self.no_longer_for_county.saturating_add(1),
            _ => {}
        }
        if before != after {
            let findings = before.findings.len().saturating_add(after.findings.len());
            self.findings = self.findings.saturating_add(findings);
            self.changed.push(Changed {
                case_id: it.case_id,
                kind: it.kind,
                region_code: it.region_code,
                status: it.status,
                looked_at: it.looked_at,
                before,
                after,
                steps_required: Vec::new(),
            });
        }
        Ok(())
    }
}

impl Changed {
    /// The day of the last look, in China's time: that of the execution, where it was executed.
    pub fn looked_on(&self) -> NaiveDate {
        day_of(self.looked_at)
    }

    /// The day on which it was executed.
    pub fn executed_on(&self) -> Option<NaiveDate> {
        (self.status == CaseStatus::Executed).then(|| self.looked_on())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_says_how_far_it_reaches() {
        let values: PolicyOverrides = serde_json::from_value(json!({
            "notice_days": 5, "rent_floor_bp": 700, "idle_warn_days": 90, "related_party_depth": 6,
            "county_approval_above_fen": 1,
        }))
        .unwrap();

        assert_eq!(
            out_of_reach(&values),
            [
                ("notice_days", Reach::NoOutcome),
                ("idle_warn_days", Reach::Unread),
                ("related_party_depth", Reach::Partly),
            ]
        );
    }
}
