//! The life of a case: which step comes when, and who may take it. Pure.

use crate::{
    cases::{Case, StepDone},
    identity::{Caller, Denied, Permission, Role, delegations::ActingFor},
    values::{Id, closed_enum, id::kind},
};

closed_enum! {
    /// How far a case is.
    pub enum CaseStatus {
        /// Drafted: it reserves nothing.
        Draft = "draft",
        /// Submitted by the township.
        Submitted = "submitted",
        /// Reviewed by the township; its notice may hang.
        Reviewed = "reviewed",
        /// Its public notice is over.
        Noticed = "noticed",
        /// Approved by the county.
        Approved = "approved",
        /// Executed: what was asked has happened.
        Executed = "executed",
        /// Rejected.
        Rejected = "rejected",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}

impl CaseStatus {
    /// Whether the case has come to its end.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Executed | Self::Rejected | Self::Withdrawn)
    }
}

closed_enum! {
    /// A step in the life of a case.
    pub enum Step {
        /// The township submits it.
        Submit = "submit",
        /// The township reviews it: a deciding step.
        Review = "review",
        /// Its public notice is posted.
        StartNotice = "start_notice",
        /// Its public notice comes down.
        CloseNotice = "close_notice",
        /// The county approves it: a deciding step.
        Approve = "approve",
        /// What was asked happens.
        Execute = "execute",
        /// It is turned down.
        Reject = "reject",
        /// Whoever asked no longer asks.
        Withdraw = "withdraw",
    }
}

impl Step {
    /// Whether the step is one of the two decisions that no one person takes both of.
    pub const fn decides(self) -> bool {
        matches!(self, Self::Review | Self::Approve)
    }

    /// Whether nobody takes the step who has a part in the case, or is close to those who have.
    pub const fn needs_distance(self) -> bool {
        self.decides() || matches!(self, Self::Reject)
    }

    /// Whether the step ends a case instead of bringing it on.
    pub const fn ends(self) -> bool {
        matches!(self, Self::Reject | Self::Withdraw)
    }

    /// The roles that take the step.
    pub fn roles(self) -> Vec<Role> {
        let takes = |role: &Role| self.permissions().iter().any(|it| role.may(*it));
        Role::ALL.iter().copied().filter(takes).collect()
    }

    /// The permissions of which one is needed to take the step.
    pub(super) const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Submit | Self::StartNotice => &[Permission::CasesSubmit],
            Self::Review | Self::CloseNotice => &[Permission::CasesReview],
            Self::Approve | Self::Execute => &[Permission::CasesApprove],
            Self::Reject => &[Permission::CasesReview, Permission::CasesApprove],
            Self::Withdraw => &[Permission::CasesSubmit],
        }
    }
}

/// Why a step was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// Another step comes next, or the case is at its end.
    #[error("{step} cannot follow in the status {status}")]
    OutOfOrder {
        /// The step that was asked for.
        step: Step,
        /// How far the case is.
        status: CaseStatus,
        /// What comes next.
        next: Option<Step>,
    },
    /// The caller took the other deciding step.
    #[error("nobody takes two deciding steps in one case")]
    FourEyes,
    /// The caller drafted the case.
    #[error("nobody decides on a case that they drafted")]
    OwnDraft,
    /// The caller works for a party of the case.
    #[error("nobody decides on a case whose party they are")]
    PartyToTheCase,
    /// Whoever the caller works for, or is, is related to a party of the case.
    #[error("nobody decides on a case of those to whom they are related")]
    Related {
        /// How, as a sentence names it: in Chinese and in English.
        said: (String, String),
        /// Those through whom they are, from the caller's own party to that of the case.
        path: Vec<Id<kind::Party>>,
    },
    /// Whoever delegated the step drafted the case, or took the other deciding step.
    #[error("whoever delegated it decides nothing more in the case")]
    DelegatorDecided,
    /// Whoever delegated the step has a part in the case, or is close to those who have.
    #[error("whoever delegated it has a part in the case")]
    DelegatorConcerned,
    /// The public notice still has to hang.
    #[error("the notice hangs until {due_on}")]
    NoticeRunning {
        /// The first day on which it may be closed.
        due_on: chrono::NaiveDate,
    },
    /// An objection is open.
    #[error("{open} objections are open")]
    ObjectionOpen {
        /// How many.
        open: i64,
    },
    /// An objection was upheld: the case goes no further as it is.
    #[error("{upheld} objections were upheld")]
    ObjectionUpheld {
        /// How many.
        upheld: i64,
    },
    /// The caller's roles do not take this step.
    #[error(transparent)]
    Denied(#[from] Denied),
}

/// The steps that a case needs as things are now. Every case is submitted, reviewed, posted and executed; the county approves
/// those that its policy or a finding sends to it. What was done counts, whether it is needed now or not.
///
/// Two people always: where whoever drafted a case reviewed it as well, which earlier releases allowed, somebody else approves.
pub(super) fn steps_required(
    drafted_by: Id<kind::User>,
    done: &[StepDone],
    county_approves: bool,
) -> Vec<Step> {
    let was_approved = done.iter().any(|it| it.step == Step::Approve);
    let approves = county_approves || was_approved || reviewed_by(drafted_by, done);
    let all =
        [Step::Submit, Step::Review, Step::StartNotice, Step::CloseNotice, Step::Approve, Step::Execute];
    all.into_iter().filter(|it| approves || *it != Step::Approve).collect()
}

/// Whether somebody reviewed.
pub(super) fn reviewed_by(who: Id<kind::User>, done: &[StepDone]) -> bool {
    done.iter().any(|it| it.step == Step::Review && it.takers().any(|by| by == who))
}

/// The rules that found something for the county, and that the last approval does not name. An approval from before they were
/// asked for holds as it is.
pub(super) fn unnamed(done: &[StepDone], escalating: &[String]) -> Vec<String> {
    let approved = done.iter().rfind(|it| it.step == Step::Approve);
    let Some(named) = approved.and_then(|it| it.overrides.as_ref()) else { return Vec::new() };
    escalating.iter().filter(|rule| !named.iter().any(|it| it.rule == **rule)).cloned().collect()
}

/// The first required step that was not taken yet; where a rule found something that the approval does not name, the approval
/// again.
pub(super) fn next_step(case: &Case) -> Option<Step> {
    if case.status == CaseStatus::Approved && !case.unnamed.is_empty() {
        return Some(Step::Approve);
    }
    next_of(case.status, &case.steps_required, &case.steps_done)
}

/// The same of what is known of a case in a list.
pub(super) fn next_of(status: CaseStatus, required: &[Step], done: &[StepDone]) -> Option<Step> {
    if status.is_final() {
        return None;
    }
    required.iter().copied().find(|step| !done.iter().any(|done| done.step == *step))
}

/// The steps of which one comes next, whatever the county has to approve by now.
fn next_steps(case: &Case) -> Vec<Step> {
    let next = |county_approves| {
        let steps_required = steps_required(case.created_by, &case.steps_done, county_approves);
        next_step(&Case { steps_required, ..case.clone() })
    };
    [true, false].into_iter().filter_map(next).collect()
}

/// Whether somebody must not take a step for what they did in the case before.
pub(super) fn is_kept_from(case: &Case, step: Step, user: Id<kind::User>) -> Result<(), StepRefused> {
    if !step.decides() {
        return Ok(());
    }
    if case.created_by == user {
        return Err(StepRefused::OwnDraft);
    }
    // Whoever approved may approve again: it is the same decision, taken anew on what was found since.
    if case
        .steps_done
        .iter()
        .any(|done| done.step.decides() && done.step != step && done.takers().any(|by| by == user))
    {
        return Err(StepRefused::FourEyes);
    }
    Ok(())
}

/// Admits a step before anything else is looked at: it can be the next one, the caller's roles take it, and the caller is
/// nobody who must not.
pub(super) fn admit(
    case: &Case,
    step: Step,
    (caller, acting_for): (&Caller, Option<&ActingFor>),
    parties: &[Id<kind::Party>],
) -> Result<(), StepRefused> {
    let withdraws_draft = step == Step::Withdraw
        && case.status == CaseStatus::Draft
        && case.created_by == caller.user_id
        && caller.may(Permission::CasesDraft);
    // What was delegated covers what it was looked up for.
    if !withdraws_draft && acting_for.is_none() && !step.permissions().iter().any(|it| caller.may(*it)) {
        let wanted = step.permissions().first().copied().unwrap_or(Permission::CasesDecide);
        return Err(Denied::Permission(wanted).into());
    }
    let candidates = next_steps(case);
    let in_order = match step {
        Step::Reject => !case.status.is_final() && case.status != CaseStatus::Draft,
        Step::Withdraw => !case.status.is_final(),
        // Whether it is needed again, only a look at the case tells.
        Step::Approve if case.status == CaseStatus::Approved => true,
        // Which of two steps is next, only a look at the case tells.
        _ => candidates.contains(&step) || candidates.iter().any(|it| Some(it) != candidates.first()),
    };
    if !in_order {
        let next = candidates.first().copied();
        return Err(StepRefused::OutOfOrder { step, status: case.status, next });
    }
    if step.needs_distance() && caller.party_id.is_some_and(|it| parties.contains(&it)) {
        return Err(StepRefused::PartyToTheCase);
    }
    is_kept_from(case, step, caller.user_id)?;
    let Some(delegator) = acting_for.map(|it| &it.delegator) else { return Ok(()) };
    // Whoever took the case in does not decide on it in another's place: by their own office they could not.
    let took_it_in = |it: &StepDone| it.step == Step::Submit && it.by == caller.user_id;
    if step.decides() && case.steps_done.iter().any(took_it_in) {
        return Err(StepRefused::FourEyes);
    }
    if step.needs_distance() && delegator.party_id.is_some_and(|it| parties.contains(&it)) {
        return Err(StepRefused::DelegatorConcerned);
    }
    // Whoever delegated counts as having taken the step.
    is_kept_from(case, step, delegator.user_id).map_err(|_| StepRefused::DelegatorDecided)
}

/// Admits a step that brings the case on, once its steps are what is required now: it is the very next one.
pub(super) fn admit_next(case: &Case, step: Step) -> Result<(), StepRefused> {
    match next_step(case) {
        Some(next) if next == step => Ok(()),
        next => Err(StepRefused::OutOfOrder { step, status: case.status, next }),
    }
}

/// Where a step leads.
pub(super) const fn status_after(status: CaseStatus, step: Step) -> CaseStatus {
    match step {
        Step::Submit => CaseStatus::Submitted,
        Step::Review => CaseStatus::Reviewed,
        Step::StartNotice => status,
        Step::CloseNotice => CaseStatus::Noticed,
        Step::Approve => CaseStatus::Approved,
        Step::Execute => CaseStatus::Executed,
        Step::Reject => CaseStatus::Rejected,
        Step::Withdraw => CaseStatus::Withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::{
        cases::{CaseKind, overrides::Named},
        values::Scope,
    };

    fn caller(role: Role) -> Caller {
        Caller {
            user_id: uuid::Uuid::from_u128(role.code().bytes().map(u128::from).sum()).into(),
            username: String::new(),
            roles: vec![role],
            scope: Scope::WHOLE,
            party_id: None,
            request_id: None,
        }
    }

    fn clerk() -> Id<kind::User> {
        caller(Role::VillageClerk).user_id
    }

    fn case() -> Case {
        Case {
            id: Id::new(DateTime::UNIX_EPOCH),
            kind: CaseKind::Transfer,
            status: CaseStatus::Draft,
            region_code: "130828101201".parse().unwrap(),
            asked: json!({}),
            findings: json!([]),
            outcome: "pass".into(),
            policy_version: String::new(),
            steps_required: steps_required(clerk(), &[], true),
            steps_done: Vec::new(),
            created_by: clerk(),
            created_at: DateTime::UNIX_EPOCH,
            version: 1,
            county_because: Some(Vec::new()),
            unnamed: Vec::new(),
            resubmits: None,
        }
    }

    fn take(case: &mut Case, step: Step, caller: &Caller) -> Result<(), StepRefused> {
        admit(case, step, (caller, None), &[])?;
        admit_next(case, step)?;
        case.status = status_after(case.status, step);
        let overrides = (step == Step::Approve).then(Vec::new);
        let (by, at) = (caller.user_id, DateTime::UNIX_EPOCH);
        let done = StepDone { step, by, at, comment: None, on_paper: None, on_behalf_of: None, overrides };
        case.steps_done.push(done);
        Ok(())
    }

    #[test]
    fn a_case_takes_its_steps_in_their_order_and_by_those_who_may() {
        let mut case = case();
        let (officer, reviewer, approver) =
            (caller(Role::TownshipOfficer), caller(Role::TownshipReviewer), caller(Role::CountyApprover));

        assert!(matches!(take(&mut case, Step::Execute, &approver), Err(StepRefused::OutOfOrder { .. })));
        assert!(matches!(take(&mut case, Step::Submit, &reviewer), Err(StepRefused::Denied(_))));
        take(&mut case, Step::Submit, &officer).unwrap();
        take(&mut case, Step::Review, &reviewer).unwrap();
        take(&mut case, Step::StartNotice, &officer).unwrap();
        take(&mut case, Step::CloseNotice, &reviewer).unwrap();
        assert_eq!(case.status, CaseStatus::Noticed);
        take(&mut case, Step::Approve, &approver).unwrap();
        take(&mut case, Step::Execute, &approver).unwrap();
        assert!(case.status.is_final());
        assert!(matches!(
            take(&mut case, Step::Withdraw, &officer),
            Err(StepRefused::OutOfOrder { next: None, .. })
        ));
    }

    #[test]
    fn nobody_decides_twice_or_for_themselves() {
        let mut case = case();
        let mut both = caller(Role::TownshipReviewer);
        both.roles.push(Role::CountyApprover);
        take(&mut case, Step::Submit, &caller(Role::TownshipOfficer)).unwrap();
        let drafter = Caller { user_id: clerk(), ..both.clone() };
        assert_eq!(admit(&case, Step::Review, (&drafter, None), &[]), Err(StepRefused::OwnDraft));
        let party = Id::new(DateTime::UNIX_EPOCH);
        let concerned = Caller { party_id: Some(party), ..both.clone() };
        assert_eq!(
            admit(&case, Step::Review, (&concerned, None), &[party]),
            Err(StepRefused::PartyToTheCase)
        );
        take(&mut case, Step::Review, &both).unwrap();
        take(&mut case, Step::StartNotice, &caller(Role::TownshipOfficer)).unwrap();
        take(&mut case, Step::CloseNotice, &both).unwrap();
        assert_eq!(take(&mut case, Step::Approve, &both), Err(StepRefused::FourEyes));
    }

    /// Takes a case up to its execution, by who may take each step.
    fn noticed(reviewer: &Caller) -> Case {
        let mut case = case();
        let officer = caller(Role::TownshipOfficer);
        for (step, by) in [(Step::Submit, &officer), (Step::Review, reviewer), (Step::StartNotice, &officer)]
        {
            take(&mut case, step, by).unwrap();
        }
        take(&mut case, Step::CloseNotice, &caller(Role::TownshipReviewer)).unwrap();
        case
    }

    #[test]
    fn what_is_required_now_decides_on_the_next_step_and_what_was_done_counts() {
        let (approver, both_ways) = (caller(Role::CountyApprover), [true, false]);
        for county_approves in both_ways {
            let mut case = noticed(&caller(Role::TownshipReviewer));
            case.steps_required = steps_required(case.created_by, &case.steps_done, county_approves);
            let (next, other) =
                if county_approves { (Step::Approve, Step::Execute) } else { (Step::Execute, Step::Approve) };
            // Before the case is looked at either may come next; then just one does, and the refusal names it.
            assert_eq!(admit(&case, other, (&approver, None), &[]), Ok(()));
            assert!(
                matches!(admit_next(&case, other), Err(StepRefused::OutOfOrder { next: Some(it), .. }) if it == next)
            );
            assert_eq!(admit_next(&case, next), Ok(()));
        }
        let mut approved = noticed(&caller(Role::TownshipReviewer));
        take(&mut approved, Step::Approve, &approver).unwrap();
        approved.steps_required = steps_required(approved.created_by, &approved.steps_done, false);
        assert!(approved.steps_required.contains(&Step::Approve));
        assert_eq!(next_step(&approved), Some(Step::Execute));
    }

    #[test]
    fn what_is_found_after_an_approval_is_approved_anew_by_whoever_did_not_review() {
        let (approver, both) = (caller(Role::CountyApprover), Role::CountyApprover);
        let mut reviewer = caller(Role::TownshipReviewer);
        reviewer.roles.push(both);
        let mut case = noticed(&reviewer);
        take(&mut case, Step::Approve, &approver).unwrap();
        let found = ["L07".to_owned()];
        assert_eq!(unnamed(&case.steps_done, &[]), [""; 0]);
        // Nothing was found since: it is executed, and not approved again.
        assert!(matches!(
            take(&mut case, Step::Approve, &approver),
            Err(StepRefused::OutOfOrder { next: Some(Step::Execute), .. })
        ));
        case.unnamed = unnamed(&case.steps_done, &found);
        assert_eq!(case.unnamed, found);
        assert_eq!(next_step(&case), Some(Step::Approve));
        assert_eq!(admit(&case, Step::Approve, (&reviewer, None), &[]), Err(StepRefused::FourEyes));
        take(&mut case, Step::Approve, &approver).unwrap();
        let named = Named { rule: "L07".to_owned(), reason: "属实".to_owned() };
        case.steps_done.last_mut().unwrap().overrides = Some(vec![named]);
        case.unnamed = unnamed(&case.steps_done, &found);
        assert_eq!(next_step(&case), Some(Step::Execute));
        // An approval of an earlier release was asked for nothing, and holds.
        case.steps_done.last_mut().unwrap().overrides = None;
        assert_eq!(unnamed(&case.steps_done, &found), [""; 0]);
    }

    #[test]
    fn where_one_person_drafted_and_reviewed_before_another_approves() {
        let mut case = noticed(&caller(Role::TownshipReviewer));
        case.created_by = caller(Role::TownshipReviewer).user_id;
        case.steps_required = steps_required(case.created_by, &case.steps_done, false);
        assert_eq!(next_step(&case), Some(Step::Approve));
    }
}
