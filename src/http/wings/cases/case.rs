//! A case on the wire, as all kinds of cases have it: how it is answered, listed, drafted, and taken on by a step.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{ActError, findings_of},
    cases::{self, Case, CaseKind, CaseStatus, Step},
    http::shell::{
        act::{Acting, Done},
        answer::{Fetched, Resource},
        ask::{Reading, id_in},
        findings::FindingResponse,
        language::Language,
        paging::Page,
        problem::Problem,
        scope::confined,
    },
    identity::Caller,
    loss::finding::Outcome,
    storage::{StorageError, Write},
    values::{Id, RegionCode, id::kind},
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
}

/// A case: an act on its way through its steps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Case>,
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

impl CaseResponse {
    pub(super) fn of(case: Case, language: Language) -> Result<Self, StorageError> {
        let findings = findings_of(&case)?;
        Ok(Self {
            next_step: case.next_step(),
            outcome: Outcome::of(&findings),
            findings: FindingResponse::all(&findings, language),
            id: case.id,
            kind: case.kind,
            status: case.status,
            region_code: case.region_code,
            asked: case.asked,
            policy_version: case.policy_version,
            steps_required: case.steps_required,
            steps_done: case
                .steps_done
                .into_iter()
                .map(|it| StepResponse { step: it.step, by: it.by, at: it.at, comment: it.comment })
                .collect(),
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
}

/// A step to be taken in a case.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// The step.
    pub(super) step: Step,
    /// What there is to say about it.
    #[schema(min_length = 1, max_length = 2000, example = "材料齐全，同意。")]
    pub(super) comment: Option<String>,
}

/// Which cases are wanted.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CasesQuery {
    /// Only cases of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only cases in this status.
    #[param(inline)]
    status: Option<CaseStatus>,
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Drafts a case.
pub(super) async fn drafted<T: Send + Sync + 'static>(
    request: &HttpRequest,
    act: Acting<T>,
    draft: fn(&mut Write<'_>, &Caller, &T) -> Result<Case, ActError>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(request);
    act.perform(move |unit, _, caller, asked| {
        Done::created(&CaseResponse::of(draft(unit, caller, asked)?, language)?)
    })
    .await
}

/// Shows a case of a kind.
pub(super) async fn case_of(asked: Reading, of_kind: CaseKind) -> Result<Fetched<CaseResponse>, Problem> {
    let (id, language) = (asked.id("id")?, Language::of(&asked.request));
    asked
        .fetch_whole(move |unit, caller, _| {
            Ok(CaseResponse::of(cases::find(unit, caller, of_kind, id)?, language)?)
        })
        .await
}

/// What takes a step in a case of a kind, with a comment.
type Decide = fn(&mut Write<'_>, &Caller, Id<kind::Case>, Step, Option<String>) -> Result<Case, ActError>;

/// Takes a step in a case, as its kind does.
pub(super) async fn decided(
    request: &HttpRequest,
    act: Acting<DecisionRequest>,
    decide: Decide,
) -> Result<HttpResponse, Problem> {
    let (id, language) = (id_in(request, "id")?, Language::of(request));
    act.perform(move |unit, _, caller, asked| {
        let case = decide(unit, caller, id, asked.step, asked.comment.clone())?;
        Done::changed(&CaseResponse::of(case, language)?)
    })
    .await
}

/// Lists cases of a kind.
pub(super) async fn list_of(asked: Reading<CasesQuery>, of_kind: CaseKind) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, request } = asked;
    let language = Language::of(&request);
    let filters = (of_kind, query.region_code, query.status);
    let page = Page::<Id<kind::Case>>::asked("cases", &filters, query.limit, query.cursor.as_deref())?;
    let scope = confined(&caller, query.region_code)?;
    let wanted = cases::Wanted { scope: Some(scope), status: query.status, after: page.after };
    let limit = page.look_for();
    let found = registry
        .storage
        .snapshot(move |unit| {
            cases::list(unit, &caller, of_kind, &wanted, limit)?
                .into_iter()
                .map(|it| CaseResponse::of(it, language).map_err(Problem::from))
                .collect::<Result<Vec<_>, Problem>>()
        })
        .await?;
    page.answer(&request, found, |it| it.id, |it| it)
}
