//! What is said of days that are over of what was on record: that a relation ended in the past or a restriction was released in the past,
//! on another day, not at all, or from its first day, so that it never was.
//!
//! Whoever entered something by mistake puts it right at once, alone. Once acts were looked at while it stood there, the loss rules went by
//! it: then somebody else says so, for the county, with why and a paper; and the journal names the acts, so that they are looked at again.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::{
    acts::{ActError, ActRefused},
    cases::Resting,
    identity::{Caller, Permission},
    register::{codes::Mistake, documents},
    storage::{Read, StorageError, beginning_of},
    values::{Fault, Faults, Id, Period, Reason, RegionCode, Scope, id::kind},
};

/// How many acts an answer names at most. The journal names all of them.
const TOLD: usize = 100;

/// Why something else is said of days that are over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mistaken {
    /// What was wrong with the record.
    pub mistake: Option<Mistake>,
    /// The paper that shows it.
    pub document_id: Option<Id<kind::Document>>,
}

/// The acts that rest on something, as far as somebody may know of them.
#[derive(Debug, Clone)]
pub struct Rested {
    /// The first of those in the region of whoever asks.
    pub case_ids: Vec<Id<kind::Case>>,
    /// How many there are in that region.
    pub cases: usize,
    /// How many there are in others.
    pub cases_elsewhere: usize,
}

impl Rested {
    fn seen_by(caller: &Caller, resting: &[Resting]) -> Self {
        let seen: Vec<_> = resting.iter().filter(|it| caller.scope.covers(&it.region_code)).collect();
        Self {
            case_ids: seen.iter().take(TOLD).map(|it| it.id).collect(),
            cases: seen.len(),
            cases_elsewhere: resting.len().saturating_sub(seen.len()),
        }
    }
}

/// What another end changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// The first day of which something else is said than before.
    pub first: NaiveDate,
    /// Whether it holds on fewer days than before.
    pub shortened: bool,
    /// Whether this says something else of days that are over. Of what is to hold again, today counts as well: what was executed this
    /// morning, while it had ended, rested on that.
    pub is_over: bool,
}

impl Moved {
    /// From the days before to the days after, both of which begin on a day where they are any at all; none where they are the same.
    pub(super) fn between(
        from: NaiveDate,
        (before, after): (Option<Period>, Option<Period>),
        today: NaiveDate,
    ) -> Option<Self> {
        // What has no end goes beyond every day.
        let end = |days: Option<Period>| days.map_or(from, |it| it.to().unwrap_or(NaiveDate::MAX));
        let (before, after) = (end(before), end(after));
        let (first, shortened) = (before.min(after), after < before);
        let is_over = if shortened { first < today } else { first <= today };
        (before != after).then_some(Self { first, shortened, is_over })
    }
}

/// How something came on record, and what became of it.
#[derive(Debug)]
pub(super) struct OnRecord {
    /// Where it belongs.
    pub region: RegionCode,
    /// Who recorded it, where somebody knows.
    pub recorder: Option<Id<kind::User>>,
    /// When.
    pub recorded: Option<DateTime<Utc>>,
    /// Who gave it an end each time, the first one first.
    pub ended: Vec<crate::journal::Authored>,
}

impl OnRecord {
    /// Since when acts rest on what is changed now: of what is to end earlier, those that were looked at since it was recorded, and on one
    /// of the days that change or later; of what is to hold for longer, those since it was first said to end.
    pub(super) fn since(&self, moved: &Moved) -> Option<DateTime<Utc>> {
        let recorded = self.recorded?;
        if moved.shortened {
            return Some(beginning_of(moved.first).map_or(recorded, |it| it.max(recorded)));
        }
        match self.ended.first() {
            Some((entry, _)) => entry.made_at(),
            None => Some(recorded),
        }
    }

    /// Whether somebody would be alone with it.
    fn is_of(&self, user: Id<kind::User>, moved: &Moved) -> bool {
        let ended = || self.ended.iter().any(|(_, by)| *by == Some(user));
        self.recorder == Some(user) || (!moved.shortened && ended())
    }
}

impl Mistaken {
    /// What is said in vain, where something only ends, or nothing changes; or names a paper that is not there. What the register refuses
    /// anyway is not apt.
    pub(super) fn faults(
        &self,
        unit: &mut Read<'_>,
        scope: &Scope,
        (moved, is_apt): (Option<&Moved>, bool),
    ) -> Result<Vec<Fault>, StorageError> {
        let mut faults = Vec::new();
        if self.mistake.is_some() && is_apt && moved.is_none_or(|it| !it.is_over) {
            let because = "nothing else is said of days that are over".to_owned();
            faults.push(Fault::at("/mistake", Reason::NotApplicable { because }));
        }
        if let Some(document) = self.document_id
            && !documents::missing(unit, scope, &[document])?.is_empty()
        {
            faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
        }
        Ok(faults)
    }

    /// What the journal says of days that are over, where the caller may say so: `resting` are the acts that rest on them.
    ///
    /// # Errors
    /// [`ActRefused::ReliedUpon`] of whoever recorded it or drafted one of the acts, and of whoever does not approve for the county; what
    /// is missing.
    pub(super) fn told(
        &self,
        caller: &Caller,
        (it, moved): (&OnRecord, &Moved),
        resting: &[Resting],
    ) -> Result<Value, ActError> {
        // Of what nobody knows who recorded it, or when, nobody knows either that nothing rests on it.
        let is_unknown = it.recorder.is_none() || it.recorded.is_none();
        if is_unknown || !resting.is_empty() {
            let approves = caller.permit_in(Permission::CasesApprove, &it.region).is_ok();
            let drafted = resting.iter().any(|it| it.drafted_by == caller.user_id);
            if !approves || drafted || it.is_of(caller.user_id, moved) {
                return Err(ActRefused::ReliedUpon(Rested::seen_by(caller, resting)).into());
            }
            let missing =
                [("/mistake", self.mistake.is_none()), ("/document_id", self.document_id.is_none())];
            let missing = missing.into_iter().filter(|(_, missing)| *missing);
            Faults::none_of(missing.map(|(at, _)| rested(at)).collect())?;
        }
        Ok(self.journaled(resting))
    }

    /// What the journal says of a restriction that is released from today on or later: while acts about its asset are not over, with a
    /// paper, and not by whoever drafted one of them.
    ///
    /// # Errors
    /// [`ActRefused::ReleasedByDrafter`]; the paper that is missing.
    pub(super) fn released(&self, caller: &Caller, resting: &[Resting]) -> Result<Option<Value>, ActError> {
        let open: Vec<_> = resting.iter().filter(|it| it.is_open).cloned().collect();
        let own: Vec<_> = open.iter().filter(|it| it.drafted_by == caller.user_id).cloned().collect();
        if !own.is_empty() {
            return Err(ActRefused::ReleasedByDrafter(Rested::seen_by(caller, &own)).into());
        }
        if !open.is_empty() && self.document_id.is_none() {
            return Err(Faults::from(rested("/document_id")).into());
        }
        Ok((!open.is_empty() || self.document_id.is_some()).then(|| self.journaled(&open)))
    }

    fn journaled(&self, resting: &[Resting]) -> Value {
        let ids: Vec<_> = resting.iter().map(|it| it.id).collect();
        json!({"mistake": self.mistake, "document_id": self.document_id, "case_ids": ids, "cases": ids.len()})
    }
}

/// What is missing where acts rest on something.
fn rested(at: &'static str) -> Fault {
    needed(at, "since cases rest on it")
}

/// What is missing, and why it is needed.
pub(super) fn needed(at: &'static str, since: &'static str) -> Fault {
    Fault::at(at, Reason::RequiredWith { other: since.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(to: Option<&str>) -> Option<Period> {
        Some(Period::new(day("2020-01-01"), to.map(day)).unwrap())
    }

    #[test]
    fn what_changes_of_days_that_are_over_is_told_from_what_only_ends() {
        let today = day("2026-06-15");
        let moved = |before, after| {
            Moved::between(day("2020-01-01"), (before, after), today).map(|it| (it.shortened, it.is_over))
        };
        assert_eq!(moved(days(None), days(None)), None);
        // It never was; it ended yesterday, today, tomorrow.
        assert_eq!(moved(days(None), None), Some((true, true)));
        assert_eq!(moved(days(None), days(Some("2026-06-14"))), Some((true, true)));
        assert_eq!(moved(days(None), days(Some("2026-06-15"))), Some((true, false)));
        assert_eq!(moved(days(None), days(Some("2026-06-16"))), Some((true, false)));
        // It goes on after all, or was once.
        assert_eq!(moved(days(Some("2020-01-02")), days(None)), Some((false, true)));
        assert_eq!(moved(None, days(None)), Some((false, true)));
        assert_eq!(moved(days(Some("2026-06-15")), days(None)), Some((false, true)));
        assert_eq!(moved(days(Some("2026-06-16")), days(None)), Some((false, false)));
        // Another day of the past.
        assert_eq!(moved(days(Some("2022-01-01")), days(Some("2021-01-01"))), Some((true, true)));
        assert_eq!(moved(days(Some("2021-01-01")), days(Some("2022-01-01"))), Some((false, true)));
    }
}
