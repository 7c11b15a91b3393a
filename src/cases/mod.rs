//! Cases: acts on their way through their steps; the policies that say which steps are needed; public notices.
//!
//! What a case is about is the business of the room above that opened it: here it is what was asked, as JSON, and the lots
//! it would move. `rules` decides on steps, `store` keeps them.

pub mod changes;
pub mod decision;
mod facts;
mod kinds;
pub mod notices;
pub mod overrides;
pub mod policies;
pub mod purpose;
mod rules;
mod store;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::{
    changes::Change,
    notices::ClosedBecause,
    overrides::{Named, NewOverride, StepOf},
};
pub use facts::{Examined, Look, Window, examined, not_examined, place_of, steps_needed};
pub use kinds::CaseKind;
pub use rules::{CaseStatus, Step, StepRefused};

use crate::{
    identity::{
        Caller, Permission, Refusal,
        delegations::{self, ActingFor, DelegationError},
        reason,
    },
    journal::{self, Action, Record},
    register::{
        codes::RightKind,
        parties::{
            self,
            ties::{self, Web},
        },
    },
    storage::{Locked, Read, StorageError, Write, day_of, lock},
    values::{Comment, Faults, Id, Reason, RegionCode, Scope, Share, id::kind},
};

/// The keys of the policy that this room reads.
pub const POLICY_KEYS_READ: &[&str] =
    &["notice_day_count", "notice_days", "objection_contact_required", "related_party_depth", "rest_days"];

/// A case was drafted: the entry tells all of it.
pub const DRAFTED: Action = Action::named("case_drafted");
/// A step was taken in a case: the entry tells what it changed.
pub const STEP_TAKEN: Action = Action::named("case_step_taken");

crate::storage::sql::stored_as_text!(CaseKind, CaseStatus, Step);

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The identifier.
    pub id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// How far it is.
    pub status: CaseStatus,
    /// Its region: that of its assets, or the one that holds them all.
    pub region_code: RegionCode,
    /// What was asked.
    pub asked: Value,
    /// What the loss rules found when they last looked.
    pub findings: Value,
    /// What the findings come to: `pass`, `escalate` or `block`.
    pub outcome: String,
    /// The policy that the findings were made with.
    pub policy_version: String,
    /// The steps that it needs, in their order.
    pub steps_required: Vec<Step>,
    /// The steps that were taken, in their order.
    pub steps_done: Vec<StepDone>,
    /// Who drafted it.
    pub created_by: Id<kind::User>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// The version of this record.
    pub version: i64,
    /// Why the county approves it, as of the last look at it; none where it was last decided on by a release that did not keep it.
    pub county_because: Option<Vec<CountyBecause>>,
    /// The rules that found something for the county by the last look, and that its approval does not name: it is approved anew
    /// before it is executed.
    pub unnamed: Vec<String>,
    /// The case that it asks for anew.
    pub resubmits: Option<Id<kind::Case>>,
}

impl Case {
    /// The step that comes next; none when the case has come to its end.
    pub fn next_step(&self) -> Option<Step> {
        rules::next_step(self)
    }

    /// Who must not take a step for what they did in the case before, each once: whoever drafted it decides nothing, and
    /// nobody takes both decisions.
    pub fn kept_from(&self, step: Step) -> Vec<Id<kind::User>> {
        let mut users: Vec<_> = std::iter::once(self.created_by)
            .chain(self.steps_done.iter().flat_map(StepDone::takers))
            .filter(|it| rules::is_kept_from(self, step, *it).is_err())
            .collect();
        users.sort();
        users.dedup();
        users
    }

    /// The case as it looks now: with what was found, and with the steps that it needs.
    ///
    /// What is needed follows from the policy, from relations and from facts, which change while a case is under way: so it
    /// is worked out anew whenever the case is looked at. What was done still counts.
    pub fn looked_at(mut self, assessment: &Assessment) -> Self {
        self.findings = assessment.findings.clone();
        assessment.outcome.clone_into(&mut self.outcome);
        self.policy_version = assessment.policy_version.clone();
        self.county_because.clone_from(&assessment.county_because);
        self.unnamed = rules::unnamed(&self.steps_done, &assessment.escalating);
        self.steps_required =
            rules::steps_required(self.created_by, &self.steps_done, assessment.county_approves());
        self
    }

    /// Whether whoever drafted it reviewed it as well, which earlier releases allowed: somebody else approves it then.
    pub fn reviewed_by_drafter(&self) -> bool {
        rules::reviewed_by(self.created_by, &self.steps_done)
    }
}

/// Why the county approves a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CountyBecause {
    /// It is about more than the policy leaves to the township.
    AboveLimit {
        /// What it is about.
        worth_fen: i64,
        /// The most that the township decides on.
        limit_fen: i64,
    },
    /// A loss rule found something that the county decides on.
    Finding {
        /// The rule.
        rule: String,
    },
    /// It is entered long after its day, and says why.
    RecordedLate,
    /// Its public notice hung on paper, which the registry knows by a photograph alone.
    NoticeOnPaper,
    /// The county approves all cases of its kind.
    OfItsKind,
}

/// A case as it stands in a list: without what was asked and what was found, which may be long.
#[derive(Debug, Clone)]
pub struct ListedCase {
    /// The identifier.
    pub id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// How far it is.
    pub status: CaseStatus,
    /// Its region.
    pub region_code: RegionCode,
    /// What the findings come to: `pass`, `escalate` or `block`.
    pub outcome: String,
    /// The policy that the findings were made with.
    pub policy_version: String,
    /// The steps that it needs, in their order.
    pub steps_required: Vec<Step>,
    /// The steps that were taken, in their order.
    pub steps_done: Vec<StepDone>,
    /// Who drafted it.
    pub created_by: Id<kind::User>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// The version of this record.
    pub version: i64,
}

impl ListedCase {
    /// The step that comes next; none when the case has come to its end.
    pub fn next_step(&self) -> Option<Step> {
        rules::next_of(self.status, &self.steps_required, &self.steps_done)
    }
}

/// A step that was taken.
#[derive(Debug, Clone)]
pub struct StepDone {
    /// The step.
    pub step: Step,
    /// Who took it.
    pub by: Id<kind::User>,
    /// When.
    pub at: DateTime<Utc>,
    /// What they said about it.
    pub comment: Option<String>,
    /// The notice that hung on paper by which the step counts as done; none for every step that was taken here.
    pub on_paper: Option<Id<kind::Notice>>,
    /// In whose place they took it, and by which delegation; none for a step that they took for themselves.
    pub on_behalf_of: Option<(Id<kind::User>, Id<kind::Delegation>)>,
    /// The rules that an approval named, each with its reason; none for any other step, and for approvals from before they were
    /// asked for.
    pub overrides: Option<Vec<Named>>,
}

/// A step that somebody takes.
#[derive(Debug, Clone)]
pub struct NewStep {
    /// The step.
    pub step: Step,
    /// What they say about it.
    pub comment: Option<Comment>,
    /// The rules that an approval names; none for any other step.
    pub overrides: Option<Vec<NewOverride>>,
    /// The notice that hung on paper by which the step counts as done.
    pub on_paper: Option<Id<kind::Notice>>,
    /// In whose place it is taken.
    pub acting_for: Option<ActingFor>,
}

impl StepDone {
    /// Who counts as having taken it: who did, and whoever delegated it.
    pub fn takers(&self) -> impl Iterator<Item = Id<kind::User>> {
        std::iter::once(self.by).chain(self.on_behalf_of.map(|(user, _)| user))
    }
}

/// A share that a case would move.
#[derive(Debug, Clone)]
pub struct Lot {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who gives; nobody at first registration.
    pub from_id: Option<Id<kind::Party>>,
    /// Who receives.
    pub to_id: Option<Id<kind::Party>>,
    /// How much of the whole.
    pub share: Share,
}

/// Another case that would move the same right in some of the same assets.
#[derive(Debug, Clone)]
pub struct RivalCase {
    /// The other case.
    pub case_id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// What it asks for.
    pub asked: Value,
    /// What it would move of that right in those assets.
    pub lots: Vec<Lot>,
}

/// Which other deals are looked for.
#[derive(Debug)]
pub struct DealtWith<'a> {
    /// Who gives by them.
    pub givers: &'a [Id<kind::Party>],
    /// Who receives by them, unless they are about some of `assets`.
    pub receivers: &'a [Id<kind::Party>],
    /// What they are about, unless `receivers` receive by them.
    pub assets: &'a [Id<kind::Asset>],
    /// The case that is none of them.
    pub but: Option<Id<kind::Case>>,
}

/// A transfer that is under way or was executed.
#[derive(Debug, Clone)]
pub struct Dealt {
    /// The case.
    pub case_id: Id<kind::Case>,
    /// What it asks for.
    pub asked: Value,
    /// What it was about, in fen, when it was looked at last; none where that was not kept.
    pub worth_fen: Option<i64>,
    /// The day on which it was drafted.
    pub drafted_on: NaiveDate,
    /// Those of its lots that were looked for.
    pub lots: Vec<DealtLot>,
}

/// What a deal moves.
#[derive(Debug, Clone)]
pub struct DealtLot {
    /// Which right.
    pub right: RightKind,
    /// Who gives.
    pub giver_id: Id<kind::Party>,
    /// Who receives.
    pub receiver_id: Id<kind::Party>,
    /// The asset.
    pub asset_id: Id<kind::Asset>,
}

/// A case to be drafted.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is about.
    pub kind: CaseKind,
    /// Its region.
    pub region_code: RegionCode,
    /// What is asked.
    pub asked: Value,
    /// What was found.
    pub assessment: Assessment,
    /// What it would move.
    pub lots: Vec<Lot>,
    /// The case that it asks for anew.
    pub resubmits: Option<Id<kind::Case>>,
}

/// What the loss rules say of a case, and which steps that asks for.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The findings.
    pub findings: Value,
    /// What they come to: `pass`, `escalate` or `block`.
    pub outcome: &'static str,
    /// The policy that they were made with.
    pub policy_version: String,
    /// Why the county must approve, if it must; none where nothing was looked at, and nobody kept it.
    pub county_because: Option<Vec<CountyBecause>>,
    /// The rules that found something for the county, in their order, each once.
    pub escalating: Vec<String>,
    /// What was looked at.
    pub look: Look,
}

impl Assessment {
    /// Whether the county must approve.
    fn county_approves(&self) -> bool {
        self.county_because.as_ref().is_some_and(|it| !it.is_empty())
    }

    /// Whether the case cannot go on.
    pub fn blocks(&self) -> bool {
        self.outcome == "block"
    }
}

/// Why something about a case was refused.
#[derive(Debug, thiserror::Error)]
pub enum CaseRefused {
    /// No such case of this kind in the caller's region.
    #[error("no such case")]
    NotFound,
    /// The step cannot be taken now, or not by this caller.
    #[error(transparent)]
    Step(#[from] StepRefused),
}

/// Why it was refused, or why it failed.
pub type CaseError = Refusal<CaseRefused>;

reason!(CaseRefused, StepRefused);

/// Drafts a case. A draft reserves nothing.
pub fn draft(unit: &mut Write<'_>, caller: &Caller, asked: &Draft) -> Result<Case, CaseError> {
    caller.permit_in(Permission::CasesDraft, &asked.region_code)?;
    let case = Case {
        id: Id::new(unit.now()),
        kind: asked.kind,
        status: CaseStatus::Draft,
        region_code: asked.region_code,
        asked: asked.asked.clone(),
        findings: asked.assessment.findings.clone(),
        outcome: asked.assessment.outcome.to_owned(),
        policy_version: asked.assessment.policy_version.clone(),
        steps_required: rules::steps_required(caller.user_id, &[], asked.assessment.county_approves()),
        steps_done: Vec::new(),
        created_by: caller.user_id,
        created_at: unit.now(),
        version: 1,
        county_because: asked.assessment.county_because.clone(),
        unnamed: Vec::new(),
        resubmits: asked.resubmits,
    };
    store::insert(unit, &case, &asked.lots)?;
    facts::keep(unit, case.id, &asked.assessment.look)?;
    let facts = json!({
        "case_id": case.id, "kind": case.kind, "asked": case.asked, "outcome": case.outcome,
        "findings": case.findings, "policy_version": case.policy_version, "steps_required": case.steps_required,
    });
    journal_about(unit, caller, DRAFTED, &case, &asked.lots, &facts)?;
    Ok(case)
}

/// A case that is about to take a step, locked until the unit of work ends.
pub fn about_to(
    unit: &mut Write<'_>,
    caller: &Caller,
    of_kind: CaseKind,
    id: Id<kind::Case>,
    step: Step,
    acting_for: Option<&ActingFor>,
) -> Result<Case, CaseError> {
    let scope = caller.permit(Permission::CasesDecide)?;
    lock(unit, &Locked::Case(id))?;
    let case = store::find(unit, &scope, of_kind, id)?.ok_or(CaseRefused::NotFound)?;
    let parties = store::parties(unit, id)?;
    rules::admit(&case, step, (caller, acting_for), &parties)
        .map_err(|refused| or_held(unit, &case, refused))?;
    // Whoever takes a case in for the township, or makes it public, has no part in it either, but may work for the village whose case
    // it is.
    if step.needs_distance() || matches!(step, Step::Submit | Step::StartNotice) {
        let of_case = (case.region_code, day_of(case.created_at));
        if let Some(related) = related(unit, caller, of_case, &parties)? {
            return Err(related.into());
        }
        if let Some(it) = acting_for
            && related(unit, &it.delegator, of_case, &parties)?.is_some()
        {
            return Err(StepRefused::DelegatorConcerned.into());
        }
    }
    Ok(case)
}

/// How the party of a caller is related to one of a case, which keeps them from deciding on it; none where it is not. What the
/// registry knows of the day of drafting or of today counts, so that nobody is a stranger for a day.
///
/// Whoever works for the state or for a collective, and is on record as that body, is close to nobody by it.
fn related(
    unit: &mut Read<'_>,
    caller: &Caller,
    (region, drafted_on): (RegionCode, NaiveDate),
    parties: &[Id<kind::Party>],
) -> Result<Option<StepRefused>, StorageError> {
    let Some(own) = caller.party_id else { return Ok(None) };
    let known = parties::standing(unit, &[own])?;
    if parties.is_empty() || known.get(&own).is_none_or(|it| it.sector.is_public()) {
        return Ok(None);
    }
    if parties.contains(&own) {
        return Ok(Some(StepRefused::PartyToTheCase));
    }
    let today = unit.today();
    let depth = policies::effective(unit, region, today)?.values.related_party_depth;
    let mut days = vec![drafted_on, today];
    days.dedup();
    let mut all: Vec<_> = parties.iter().copied().chain([own]).collect();
    all.sort_unstable();
    all.dedup();
    let web = Web::of(&parties::ties_around(unit, &all, &days, depth)?);
    let Some(path) = all.iter().filter(|it| **it != own).find_map(|it| web.path(own, *it, depth)) else {
        return Ok(None);
    };
    let through = parties::standing(unit, &path.parties)?;
    // Whom it goes through need not be known to whoever is refused.
    let names: Vec<_> = path
        .parties
        .iter()
        .map(|it| through.get(it).map_or_else(|| it.to_string(), |it| it.shown_name()))
        .collect();
    let steps: Vec<_> = path.steps.iter().map(|it| (it.code, it.along)).collect();
    Ok(Some(StepRefused::Related { said: ties::said(&names, &steps), path: path.parties }))
}

/// Why a step is refused: where it is not its turn because an objection holds the case, by the objection. No other step would
/// help.
fn or_held(unit: &mut Read<'_>, case: &Case, refused: StepRefused) -> CaseError {
    let waits = |step: Step| matches!(step, Step::CloseNotice | Step::Approve | Step::Execute);
    match refused {
        StepRefused::OutOfOrder { step, .. } if waits(step) => {
            notices::free_of_objections(unit, case).err().unwrap_or_else(|| refused.into())
        }
        refused => refused.into(),
    }
}

/// Lets a step pass that brings the case on, if it is the very next one of those that the case needs now.
pub fn admit_next(unit: &mut Read<'_>, case: &Case, step: Step) -> Result<(), CaseError> {
    rules::admit_next(case, step).map_err(|refused| or_held(unit, case, refused))
}

/// In whose place a caller takes a step in a case; none where they take it for themselves. Asked before the case is locked.
///
/// # Errors
/// Those of [`delegations::acting_for`].
pub fn acting_for(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
    step: Step,
    on_behalf_of: Option<Id<kind::User>>,
) -> Result<Option<ActingFor>, DelegationError> {
    let scope = caller.permit(Permission::CasesDecide)?;
    // What is no case here is told by whoever asks for it.
    let Some((_, region)) = store::kind_of(unit, &scope, id)? else { return Ok(None) };
    delegations::acting_for(unit, caller, step.permissions(), &region, on_behalf_of)
}

/// What a case of a scope is about; none where there is no such case.
pub fn kind_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Case>,
) -> Result<Option<CaseKind>, StorageError> {
    Ok(store::kind_of(unit, scope, id)?.map(|(kind, _)| kind))
}

/// By what people tell a case from others.
#[derive(Debug, Clone, Copy)]
pub struct CaseHead {
    /// The case.
    pub id: Id<kind::Case>,
    /// What it is about.
    pub kind: CaseKind,
    /// When it was drafted.
    pub at: DateTime<Utc>,
}

/// What some cases are about, wherever they are, and when they were drafted.
pub fn heads(unit: &mut Read<'_>, ids: &[Id<kind::Case>]) -> Result<Vec<CaseHead>, StorageError> {
    store::heads(unit, ids)
}

/// What some cases are about, whichever their region; one statement for all of them.
pub fn kinds_of(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, CaseKind>, StorageError> {
    store::kinds_of(unit, ids)
}

/// Takes a step that was admitted by [`about_to`], with what the loss rules say now where they looked. The notice of the case comes down with
/// its steps; it is posted by whoever knows what it says ([`notices::post`]).
pub fn take_step(
    unit: &mut Write<'_>,
    caller: &Caller,
    case: &Case,
    taken: &NewStep,
    assessment: Option<&Assessment>,
) -> Result<Case, CaseError> {
    let actor = caller.actor();
    let NewStep { step, comment, overrides, on_paper, acting_for } = taken;
    let step = *step;
    match step {
        Step::CloseNotice => notices::close(unit, &actor, case)?,
        Step::Approve | Step::Execute => notices::free_of_objections(unit, case)?,
        Step::Reject => notices::take_down(unit, &actor, case, ClosedBecause::CaseRejected)?,
        Step::Withdraw => notices::take_down(unit, &actor, case, ClosedBecause::CaseWithdrawn)?,
        Step::Submit | Step::Review | Step::StartNotice => {}
    }
    let mut changed = case.clone();
    changed.status = rules::status_after(case.status, step);
    let named = |it: &NewOverride| Named { rule: it.rule.clone(), reason: it.reason.to_string() };
    let for_another = acting_for.as_ref().map(|it| (it.delegator.user_id, it.delegation_id));
    let done = StepDone {
        step,
        by: caller.user_id,
        at: unit.now(),
        comment: comment.clone().map(String::from),
        on_paper: *on_paper,
        on_behalf_of: for_another,
        overrides: overrides.as_ref().map(|all| all.iter().map(named).collect()),
    };
    changed.version = case.version.saturating_add(1);
    let ordinal = case.steps_done.len();
    changed.steps_done.push(done);

    // A case that is rejected or withdrawn is not looked at, and needs no more than it had.
    if let Some(assessment) = assessment {
        changed = changed.looked_at(assessment);
    }
    store::take_step(unit, &changed, overrides.as_deref().unwrap_or_default()).map_err(|error| {
        if error.refused_by("case_four_eyes") {
            StepRefused::FourEyes.into()
        } else if error.refused_by("case_drafter_decides") {
            StepRefused::OwnDraft.into()
        } else {
            CaseError::from(error)
        }
    })?;
    if let Some(assessment) = assessment {
        facts::keep(unit, case.id, &assessment.look)?;
    }
    let lots = store::lots(unit, case.id)?;
    // What a comment or a reason says may be personal and stands with the step alone; its hash tells whether it was changed since.
    let mut facts = json!({
        "case_id": case.id, "kind": case.kind, "step": step, "ordinal": ordinal,
        "comment_sha256": comment.as_deref().map(sha256), "status": changed.status, "outcome": changed.outcome,
        "findings": changed.findings, "policy_version": changed.policy_version,
        "steps_required": changed.steps_required, "version": changed.version,
    });
    if let (Some(overrides), Some(members)) = (overrides, facts.as_object_mut()) {
        let said = |it: &NewOverride| json!({"rule": it.rule, "reason_sha256": sha256(&it.reason)});
        members.insert("overrides".to_owned(), overrides.iter().map(said).collect());
    }
    if let Some(members) = facts.as_object_mut() {
        if let Some(notice) = on_paper {
            members.insert("notice_id".to_owned(), json!(notice));
        }
        if let Some((user, delegation)) = for_another {
            members.insert("on_behalf_of".to_owned(), json!(user));
            members.insert("delegation_id".to_owned(), json!(delegation));
        }
    }
    journal_about(unit, caller, STEP_TAKEN, &changed, &lots, &facts)?;
    Ok(changed)
}

/// Whether the caller may decide about a case beside its steps: refused is whoever drafted it, works for a party of it, or is
/// related to one.
fn unconcerned(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
) -> Result<Result<(), StepRefused>, StorageError> {
    let parties = store::parties(unit, id)?;
    let (drafted_by, created_at, region) = store::drafted(unit, id)?;
    if drafted_by == caller.user_id {
        return Ok(Err(StepRefused::OwnDraft));
    }
    if caller.party_id.is_some_and(|it| parties.contains(&it)) {
        return Ok(Err(StepRefused::PartyToTheCase));
    }
    Ok(related(unit, caller, (region, day_of(created_at)), &parties)?.map_or(Ok(()), Err))
}

/// The hash by which the journal knows a text that it does not hold, in hexadecimal.
pub fn sha256(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// A case of a kind, within the caller's region.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    of_kind: CaseKind,
    id: Id<kind::Case>,
) -> Result<Case, CaseError> {
    let scope = caller.permit(Permission::CasesRead)?;
    store::find(unit, &scope, of_kind, id)?.ok_or_else(|| CaseRefused::NotFound.into())
}

/// Refuses to ask anew for anything but a case of the same kind, in the same scope, that was rejected or withdrawn. Nothing changes
/// about such a case any more.
///
/// # Errors
/// The fault of the field that names it.
pub fn may_be_resubmitted(
    unit: &mut Read<'_>,
    scope: &Scope,
    of_kind: CaseKind,
    id: Id<kind::Case>,
) -> Result<(), CaseError> {
    let fault = match store::find(unit, scope, of_kind, id)?.map(|it| it.status) {
        Some(CaseStatus::Rejected | CaseStatus::Withdrawn) => return Ok(()),
        Some(status) => Reason::NotApplicable { because: format!("status = {status}") },
        None => Reason::NotFound { what: "case" },
    };
    Err(Faults::one("/resubmits", fault).into())
}

/// What a case has to do with others of its kind in a scope.
#[derive(Debug, Default)]
pub struct Resubmission {
    /// In what it asks for something else than the case that it asks for anew; none where it does not, or that case lies elsewhere.
    pub changes: Option<Vec<Change>>,
    /// The cases that ask for it anew, the latest first; at most a number of them.
    pub by: Vec<Id<kind::Case>>,
}

/// How many cases that ask for a case anew are named with it.
pub const RESUBMISSIONS_NAMED: i64 = 20;

/// What a case has to do with the one that it asks for anew, and with those that ask for it anew: as far as they lie in a scope.
pub fn resubmission(unit: &mut Read<'_>, scope: &Scope, case: &Case) -> Result<Resubmission, StorageError> {
    let former = match case.resubmits {
        Some(id) => store::find(unit, scope, case.kind, id)?,
        None => None,
    };
    let by = match case.status {
        CaseStatus::Rejected | CaseStatus::Withdrawn => {
            store::resubmitted_by(unit, scope, case.id, RESUBMISSIONS_NAMED)?
        }
        _ => Vec::new(),
    };
    Ok(Resubmission { changes: former.map(|it| changes::between(&it.asked, &case.asked)), by })
}

/// Which cases are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only in this scope.
    pub scope: Option<Scope>,
    /// Only in this status.
    pub status: Option<CaseStatus>,
    /// Only after this one.
    pub after: Option<Id<kind::Case>>,
}

/// Cases of a kind in the order of their drafting.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    of_kind: CaseKind,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<ListedCase>, CaseError> {
    let scope = caller.permit(Permission::CasesRead)?;
    Ok(store::list(unit, &wanted.scope.unwrap_or(scope), of_kind, wanted, limit)?)
}

/// Cases that were executed, of any kind, within the caller's region; none for a caller who may not read cases. Nothing
/// about them changes any more.
pub fn executed(
    unit: &mut Read<'_>,
    caller: &Caller,
    ids: &[Id<kind::Case>],
) -> Result<Vec<Case>, StorageError> {
    match caller.permit(Permission::CasesRead) {
        Ok(scope) => store::executed(unit, &scope, ids),
        Err(_) => Ok(Vec::new()),
    }
}

/// The other cases that would move a right in some assets: those that are submitted and not yet at their end.
pub fn rivals(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    right: RightKind,
    but: Option<Id<kind::Case>>,
) -> Result<Vec<RivalCase>, StorageError> {
    store::rivals(unit, assets, right, but)
}

/// The transfers of some givers that are under way or were executed and name a trade on an exchange, with what they ask for; `but` is
/// none of them.
pub fn traded(
    unit: &mut Read<'_>,
    givers: &[Id<kind::Party>],
    but: Option<Id<kind::Case>>,
) -> Result<Vec<(Id<kind::Case>, Value)>, StorageError> {
    let ids = store::traded(unit, givers, but)?;
    store::asked_of_all(unit, &ids)
}

/// The other transfers of some givers, under way or executed, to some receivers or about some assets. Two statements.
pub fn dealt(unit: &mut Read<'_>, with: &DealtWith<'_>) -> Result<Vec<Dealt>, StorageError> {
    store::dealt(unit, with)
}

/// What some cases ask for.
pub fn asked_of_all(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<Vec<(Id<kind::Case>, Value)>, StorageError> {
    store::asked_of_all(unit, ids)
}

/// The cases under way in which a party gives or receives, or which name it in what they ask for; at most a number of them.
pub fn under_way_of(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::under_way_of(unit, party, limit)
}

/// The cases that rest on some assets as they were recorded: those under way, and those that were executed. At most a number
/// of them.
pub fn resting_on(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::resting_on(unit, assets, limit)
}

/// What cases are about.
#[derive(Debug, Clone, Copy)]
pub enum Concerning<'a> {
    /// They move something in an asset, or put a lease of it right.
    Asset(Id<kind::Asset>),
    /// One of the two ends of a tie gives or receives; or one of those around it does, and the rules went by both ends when they looked.
    Tie {
        /// The ends.
        ends: [Id<kind::Party>; 2],
        /// Those to whom it may lead, by others.
        near: &'a [Id<kind::Party>],
    },
    /// One of two parties gives or receives, and the other does as well, or is named in what is asked for, such as among those who
    /// decided.
    Both([Id<kind::Party>; 2]),
}

/// A case for which it matters what is on record.
#[derive(Debug, Clone)]
pub struct Resting {
    /// The case.
    pub id: Id<kind::Case>,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// Who drafted it.
    pub drafted_by: Id<kind::User>,
    /// Whether it is a draft or under way, and will be looked at again.
    pub is_open: bool,
}

/// The cases that concern something: drafts and those under way, whenever they were drafted, since they will be looked at again and may
/// have been refused a step by what was found; and of those that were executed, the ones that were drafted, looked at, or taken a step
/// further since an instant.
pub fn resting_since(
    unit: &mut Read<'_>,
    what: Concerning<'_>,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Resting>, StorageError> {
    store::resting_since(unit, what, since)
}

/// The amendments that put something right and were executed; at most a number of them.
pub fn amended_by(
    unit: &mut Read<'_>,
    what: Id<kind::Subject>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::amended_by(unit, what, limit)
}

/// The amendments under way that name something, but for one; at most a number of them.
pub fn amending(
    unit: &mut Read<'_>,
    what: Id<kind::Subject>,
    but: Option<Id<kind::Case>>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::amending(unit, what, but, limit)
}

/// The alterations of some assets that are under way, or were executed after an instant; at most a number of them.
pub fn altering(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::altering(unit, assets, since, limit)
}

/// The cases under way about some assets, but for one; at most a number of them.
pub fn under_way_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    but: Option<Id<kind::Case>>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::under_way_about(unit, assets, but, limit)
}

/// What a case moves, or moved.
pub fn lots_of(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Vec<Lot>, StorageError> {
    store::lots(unit, case)
}

/// What a case asks for; none where there is no such case.
pub fn asked_of(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Value>, StorageError> {
    store::asked(unit, case)
}

/// The parties that a case may concern: those who give or receive in it, and whatever else it names. What is no party is
/// among them, since only the room above knows what it asks for.
pub fn parties_of(unit: &mut Read<'_>, case: &Case) -> Result<Vec<Id<kind::Party>>, StorageError> {
    let mut all = store::parties(unit, case.id)?;
    collect_ids(&case.asked, &mut all);
    all.sort();
    all.dedup();
    Ok(all)
}

/// Whatever reads as an identifier, as values and as names of members.
fn collect_ids(asked: &Value, found: &mut Vec<Id<kind::Party>>) {
    match asked {
        Value::String(text) => found.extend(text.parse::<Id<kind::Party>>()),
        Value::Array(items) => items.iter().for_each(|it| collect_ids(it, found)),
        Value::Object(members) => {
            for (name, it) in members {
                found.extend(name.parse::<Id<kind::Party>>());
                collect_ids(it, found);
            }
        }
        _ => {}
    }
}

fn journal_about(
    unit: &mut Write<'_>,
    caller: &Caller,
    action: Action,
    case: &Case,
    lots: &[Lot],
    facts: &Value,
) -> Result<(), StorageError> {
    let mut subjects: Vec<Id<kind::Subject>> = vec![case.id.seen_as()];
    for lot in lots {
        subjects.push(lot.asset_id.seen_as());
        subjects.extend([lot.from_id, lot.to_id].into_iter().flatten().map(Id::seen_as));
    }
    journal::append(unit, &caller.actor(), &Record::new(action, case.region_code, &subjects, facts))?;
    Ok(())
}
