//! A case over HTTP, whatever its kind: how it is shown, asked for, and decided on.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{findings_of, names},
    cases::{
        self, Case, CaseKind, CaseStatus, ListedCase, Step, StepDone,
        changes::Change,
        notices::{self, Held},
    },
    http::{
        shell::{
            answer::Resource,
            findings::{FindingResponse, OverrideRequest, OverrideResponse},
            language::Language,
            listing::{Filters, Listing},
        },
        wings::cases::because::StepBecause,
    },
    identity::{Caller, Permission, Role},
    journal::Known,
    loss::finding::{Finding, Outcome},
    money::proceeds::{self, Proceeds},
    storage::{Read, StorageError},
    values::{Comment, Fen, Id, RegionCode, id::kind},
};

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct StepResponse {
    /// The step.
    step: Step,
    /// The user who took it.
    #[schema(value_type = uuid::Uuid)]
    by: Id<kind::User>,
    /// When.
    at: DateTime<Utc>,
    /// What they said about it.
    #[schema(required, example = "材料齐全，同意。")]
    comment: Option<String>,
    /// In whose place they took it; null for a step that they took for themselves. Both count as having taken it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    on_behalf_of: Option<Id<kind::User>>,
    /// The delegation by which they took it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    delegation_id: Option<Id<kind::Delegation>>,
    /// The notice that hung on paper by which the step counts as done, which `by` recorded; null for every step that was taken here.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    paper_notice_id: Option<Id<kind::Notice>>,
    /// The rules that an approval named although they had found something, each with its reason.
    overrides: Vec<OverrideResponse>,
}

impl StepResponse {
    fn all(done: Vec<StepDone>) -> Result<Vec<Self>, StorageError> {
        let one = |it: StepDone| {
            let overrides = OverrideResponse::all(it.overrides)?;
            Ok(Self {
                step: it.step,
                by: it.by,
                at: it.at,
                comment: it.comment,
                on_behalf_of: it.on_behalf_of.map(|(user, _)| user),
                delegation_id: it.on_behalf_of.map(|(_, delegation)| delegation),
                paper_notice_id: it.on_paper,
                overrides,
            })
        };
        done.into_iter().map(one).collect()
    }
}

/// A case in a list: without what was asked and what was found, which the case itself has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedCaseResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: Id<kind::Case>,
    /// What it is about.
    kind: CaseKind,
    /// How far it is.
    status: CaseStatus,
    /// Its region.
    region_code: RegionCode,
    /// What all findings came to when the loss rules last looked.
    outcome: Outcome,
    /// The versions of the policies that they were made with.
    #[schema(example = "national@1 130828000000@3")]
    policy_version: String,
    /// The steps that it needs, in their order.
    steps_required: Vec<Step>,
    /// The steps that were taken, in their order.
    steps_done: Vec<StepResponse>,
    /// The step that comes next; null at its end.
    #[schema(required)]
    next_step: Option<Step>,
    /// Who drafted it.
    #[schema(value_type = uuid::Uuid)]
    created_by: Id<kind::User>,
    /// When it was drafted.
    created_at: DateTime<Utc>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

impl ListedCaseResponse {
    pub(super) fn of(case: ListedCase) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt(format!("the outcome of case {}", case.id));
        Ok(Self {
            next_step: case.next_step(),
            outcome: case.outcome.parse().map_err(corrupt)?,
            id: case.id,
            kind: case.kind,
            status: case.status,
            region_code: case.region_code,
            policy_version: case.policy_version,
            steps_required: case.steps_required,
            steps_done: StepResponse::all(case.steps_done)?,
            created_by: case.created_by,
            created_at: case.created_at,
            version: case.version,
        })
    }
}

/// Who may take the step that comes next.
#[derive(Debug, Serialize, ToSchema)]
struct NextStepBy {
    /// The roles that take it.
    roles: Vec<Role>,
    /// The users who must not, for what they did in the case before: whoever drafted it takes no deciding step, and nobody
    /// takes two.
    #[schema(value_type = Vec<uuid::Uuid>)]
    not_by: Vec<Id<kind::User>>,
}

impl NextStepBy {
    fn of(case: &Case) -> Option<Self> {
        let step = case.next_step()?;
        Some(Self { roles: step.roles(), not_by: case.kept_from(step) })
    }
}

/// What objections against the notice of a case do to it.
#[derive(Debug, Serialize, ToSchema)]
struct HeldBy {
    /// The notice against which they were raised.
    #[schema(value_type = uuid::Uuid)]
    notice_id: Id<kind::Notice>,
    /// How many wait for an answer: the next step is taken after it.
    #[schema(example = 1)]
    open_objections: i64,
    /// How many were upheld: the case goes no further as it is, and can be rejected or withdrawn.
    #[schema(example = 0)]
    upheld_objections: i64,
    /// The roles that answer them.
    answered_by: Vec<Role>,
}

impl HeldBy {
    fn of(held: Held) -> Self {
        Self {
            notice_id: held.notice_id,
            open_objections: held.open,
            upheld_objections: held.upheld,
            answered_by: Role::ALL
                .iter()
                .copied()
                .filter(|it| it.may(Permission::ObjectionsAnswer))
                .collect(),
        }
    }
}

/// A case: an act on its way through its steps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: Id<kind::Case>,
    /// What it is about.
    kind: CaseKind,
    /// How far it is.
    status: CaseStatus,
    /// Its region.
    region_code: RegionCode,
    /// What was asked, to the letter.
    #[schema(value_type = Object)]
    asked: Value,
    /// What all findings come to.
    outcome: Outcome,
    /// What the loss rules found when they last looked.
    findings: Vec<FindingResponse>,
    /// The versions of the policies that they were made with.
    #[schema(example = "national@1 130828000000@3")]
    policy_version: String,
    /// The steps that it needs, in their order. They follow from the policy, from relations and from facts, and change with
    /// them: in the answer for a single case they are those of now, in a list those of the last step. What was done counts.
    steps_required: Vec<Step>,
    /// Why it needs each of them.
    steps_because: Vec<StepBecause>,
    /// The steps that were taken, in their order. A case is approved again where a rule found something since that its approval
    /// does not name.
    steps_done: Vec<StepResponse>,
    /// The step that comes next; null at its end.
    #[schema(required)]
    next_step: Option<Step>,
    /// Who may take it; null at its end.
    #[schema(required)]
    next_step_by: Option<NextStepBy>,
    /// The objections that hold it, whatever step comes next; null where none does.
    #[schema(required)]
    held_by: Option<HeldBy>,
    /// The case that it asks for anew, after that was rejected or withdrawn; null where it does not.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    resubmits: Option<Id<kind::Case>>,
    /// In what it asks for something else than that case did; null where it asks for none anew, or that case lies outside the caller's
    /// region.
    #[schema(required)]
    changes: Option<Vec<ChangeResponse>>,
    /// The cases that ask for it anew, the latest first; at most 20 of them.
    #[schema(value_type = Vec<uuid::Uuid>)]
    resubmitted_by: Vec<Id<kind::Case>>,
    /// What it brought the state and collectives, by a sale or a disposal, and what of that is open: `GET /v1/proceeds` says more.
    proceeds: Vec<CaseProceeds>,
    /// Who drafted it.
    #[schema(value_type = uuid::Uuid)]
    created_by: Id<kind::User>,
    /// When it was drafted.
    created_at: DateTime<Utc>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

/// What an executed case brought.
#[derive(Debug, Serialize, ToSchema)]
struct CaseProceeds {
    /// The record of it.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Proceeds>,
    /// What was sold or disposed of.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// To whom it is owed.
    #[schema(value_type = uuid::Uuid)]
    creditor_id: Id<kind::Party>,
    /// The day on which it falls due.
    due_on: NaiveDate,
    /// How much.
    amount_fen: Fen,
    /// How much of it is open.
    open_fen: Fen,
}

impl From<Proceeds> for CaseProceeds {
    fn from(it: Proceeds) -> Self {
        Self {
            open_fen: it.open(),
            id: it.id,
            asset_id: it.due.asset_id,
            creditor_id: it.due.creditor_id,
            due_on: it.due.due_on,
            amount_fen: it.due.amount,
        }
    }
}

/// A place where a case asks for something else than the one that it asks for anew.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeResponse {
    /// Where, as a JSON pointer into what was asked (RFC 6901).
    #[schema(example = "/consideration/amount_fen")]
    pointer: String,
    /// What was asked before; null where nothing was.
    #[schema(required)]
    before: Option<Value>,
    /// What is asked now; null where nothing is.
    #[schema(required)]
    after: Option<Value>,
}

impl From<Change> for ChangeResponse {
    fn from(it: Change) -> Self {
        Self { pointer: it.pointer, before: it.before, after: it.after }
    }
}

impl CaseResponse {
    pub(super) fn of(
        unit: &mut Read<'_>,
        caller: &Caller,
        case: Case,
        language: Language,
    ) -> Result<Self, StorageError> {
        let resubmission = cases::resubmission(unit, &caller.scope, &case)?;
        let findings = findings_of(&case)?;
        let names = names(unit, findings.iter().flat_map(Finding::ids), Known::Now)?;
        Ok(Self {
            steps_because: StepBecause::all(&case, &findings, language),
            resubmits: case.resubmits,
            changes: resubmission.changes.map(|all| all.into_iter().map(ChangeResponse::from).collect()),
            resubmitted_by: resubmission.by,
            proceeds: proceeds::of_case(unit, case.id)?.into_iter().map(CaseProceeds::from).collect(),
            held_by: notices::held(unit, &case)?.map(HeldBy::of),
            next_step: case.next_step(),
            next_step_by: NextStepBy::of(&case),
            outcome: Outcome::of(&findings),
            findings: FindingResponse::all(&findings, &names, language),
            id: case.id,
            kind: case.kind,
            status: case.status,
            region_code: case.region_code,
            asked: case.asked,
            policy_version: case.policy_version,
            steps_required: case.steps_required,
            steps_done: StepResponse::all(case.steps_done)?,
            created_by: case.created_by,
            created_at: case.created_at,
            version: case.version,
        })
    }
}

impl Resource for CaseResponse {
    fn location(&self) -> String {
        format!("/v1/{}s/{}", self.kind, self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }

    fn follows_others(&self) -> bool {
        true
    }
}

/// A step to be taken in a case.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// The step.
    pub(super) step: Step,
    /// What there is to say about it.
    pub(super) comment: Option<Comment>,
    /// With `approve`: each rule that has a finding which goes to the county (`severity` is `escalate`) just once, with the reason
    /// for approving all the same. Left out where there is none, and with every other step.
    #[schema(max_items = 100)]
    pub(super) overrides: Option<Vec<OverrideRequest>>,
    /// In whose place it is taken, by a delegation of theirs. Needed where several people delegated it, or where the caller may take it
    /// too; whoever may not takes it in the place of the one who delegated it.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(super) on_behalf_of: Option<Id<kind::User>>,
}

/// Which cases are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CasesFilters {
    /// Only cases of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only cases in this status.
    #[param(inline)]
    pub(super) status: Option<CaseStatus>,
}

impl Filters for CasesFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// The request for a list of cases.
pub(super) type CasesListing = Listing<CasesFilters, Id<kind::Case>>;
