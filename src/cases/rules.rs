//! The life of a case: which step comes when, and who may take it. Pure.

use crate::{
    cases::{Case, StepDone},
    identity::{Caller, Denied, Permission},
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

    /// Whether the step ends a case instead of bringing it on.
    pub const fn ends(self) -> bool {
        matches!(self, Self::Reject | Self::Withdraw)
    }

    /// The permissions of which one is needed to take the step.
    const fn permissions(self) -> &'static [Permission] {
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
    /// The caller works for a party of the case.
    #[error("nobody decides on a case whose party they are")]
    PartyToTheCase,
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

/// The steps that a case needs. Every case is submitted, reviewed, posted and executed; the county approves those that its
/// policy or a finding sends to it.
pub(super) fn steps_required(county_approves: bool) -> Vec<Step> {
    let all =
        [Step::Submit, Step::Review, Step::StartNotice, Step::CloseNotice, Step::Approve, Step::Execute];
    all.into_iter().filter(|it| county_approves || *it != Step::Approve).collect()
}

/// The steps that a case needs once it was looked at again: the county can come in, and never drops out.
pub(super) fn steps_once_assessed(case: &Case, county_approves: bool) -> Vec<Step> {
    steps_required(county_approves || case.steps_required.contains(&Step::Approve))
}

/// The first required step that was not taken yet.
pub(super) fn next_step(case: &Case) -> Option<Step> {
    next_of(case.status, &case.steps_required, &case.steps_done)
}

/// The same of what is known of a case in a list.
pub(super) fn next_of(status: CaseStatus, required: &[Step], done: &[StepDone]) -> Option<Step> {
    if status.is_final() {
        return None;
    }
    required.iter().copied().find(|step| !done.iter().any(|done| done.step == *step))
}

/// Admits a step: it is the next one, the caller's roles take it, and the caller is nobody who must not.
pub(super) fn admit(
    case: &Case,
    step: Step,
    caller: &Caller,
    parties: &[Id<kind::Party>],
) -> Result<(), StepRefused> {
    let withdraws_draft = step == Step::Withdraw
        && case.status == CaseStatus::Draft
        && case.created_by == caller.user_id
        && caller.may(Permission::CasesDraft);
    if !withdraws_draft && !step.permissions().iter().any(|it| caller.may(*it)) {
        let wanted = step.permissions().first().copied().unwrap_or(Permission::CasesDecide);
        return Err(Denied::Permission(wanted).into());
    }
    let next = next_step(case);
    let in_order = match step {
        Step::Reject => !case.status.is_final() && case.status != CaseStatus::Draft,
        Step::Withdraw => !case.status.is_final(),
        _ => next == Some(step),
    };
    if !in_order {
        return Err(StepRefused::OutOfOrder { step, status: case.status, next });
    }
    if step.decides() || step == Step::Reject {
        if caller.party_id.is_some_and(|it| parties.contains(&it)) {
            return Err(StepRefused::PartyToTheCase);
        }
        if case.steps_done.iter().any(|done| done.step.decides() && done.by == caller.user_id)
            && step.decides()
        {
            return Err(StepRefused::FourEyes);
        }
    }
    Ok(())
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
    use crate::{cases::CaseKind, identity::Role, values::Scope};

    fn caller(role: Role) -> Caller {
        Caller {
            user_id: Id::new(DateTime::UNIX_EPOCH),
            username: String::new(),
            roles: vec![role],
            scope: Scope::WHOLE,
            party_id: None,
            request_id: None,
        }
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
            steps_required: steps_required(true),
            steps_done: Vec::new(),
            created_by: Id::new(DateTime::UNIX_EPOCH),
            created_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    fn take(case: &mut Case, step: Step, caller: &Caller) -> Result<(), StepRefused> {
        admit(case, step, caller, &[])?;
        case.status = status_after(case.status, step);
        case.steps_done.push(StepDone { step, by: caller.user_id, at: DateTime::UNIX_EPOCH, comment: None });
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
        let party = Id::new(DateTime::UNIX_EPOCH);
        let concerned = Caller { party_id: Some(party), ..both.clone() };
        assert_eq!(admit(&case, Step::Review, &concerned, &[party]), Err(StepRefused::PartyToTheCase));
        take(&mut case, Step::Review, &both).unwrap();
        case.steps_required.retain(|it| !matches!(it, Step::StartNotice | Step::CloseNotice));
        assert_eq!(take(&mut case, Step::Approve, &both), Err(StepRefused::FourEyes));
    }
}
