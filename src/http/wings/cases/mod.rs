//! The wing of cases: what all kinds of cases have in common on the wire.

mod alterations;
mod corrections;
mod distributions;
mod notices;
mod policies;
mod registrations;
mod transfers;

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{ActError, Difference, findings_of},
    cases::{self, Case, CaseError, CaseKind, CaseStatus, Step, StepRefused},
    http::shell::{
        act::{Acting, Done},
        answer::{Fetched, Resource},
        ask::{Reading, id_in},
        language::Language,
        paging::Page,
        problem::{Code, Problem},
        routes::Routes,
    },
    identity::Caller,
    loss::{
        check::{Figure, Severity},
        finding::{Finding, Outcome},
        rules::RuleId,
    },
    money::distributions::DistributionError,
    register::rights::RightsError,
    storage::{StorageError, Write},
    values::{Fault, Id, Reason, RegionCode, Scope, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .configure(registrations::routes)
        .configure(transfers::routes)
        .configure(distributions::routes)
        .configure(corrections::routes)
        .configure(alterations::routes)
        .configure(notices::routes)
        .configure(policies::routes);
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotFound => Self::new(Code::NotFound),
            CaseError::Step(refused) => refused.into(),
            CaseError::Denied(denied) => denied.into(),
            CaseError::Storage(error) => error.into(),
        }
    }
}

impl From<StepRefused> for Problem {
    fn from(refused: StepRefused) -> Self {
        match refused {
            StepRefused::OutOfOrder { step, status, next } => Self::new(Code::Conflict)
                .saying(
                    format!("案件处于 {status}，此时不能执行 {step}。"),
                    format!("The case is {status}; {step} cannot be taken now."),
                )
                .with("case_status", status)
                .with("next_step", next),
            StepRefused::FourEyes => Self::new(Code::FourEyes),
            StepRefused::PartyToTheCase => Self::new(Code::PartyToTheCase),
            StepRefused::NoticeRunning { due_on } => Self::new(Code::Conflict)
                .saying(
                    format!("公示期未满，{due_on} 方可结束。"),
                    format!("The notice still hangs; it can be closed on {due_on}."),
                )
                .with("due_on", due_on),
            StepRefused::ObjectionOpen { open } => Self::new(Code::Conflict)
                .saying(
                    format!("尚有 {open} 件异议未答复。"),
                    format!("{open} objections have not been answered."),
                )
                .with("open_objections", open),
            StepRefused::Denied(denied) => denied.into(),
        }
    }
}

impl From<RightsError> for Problem {
    fn from(error: RightsError) -> Self {
        match error {
            RightsError::Insufficient { holder, kind, on, held, wanted } => {
                Self::new(Code::InsufficientRight)
                    .with("holder_id", holder)
                    .with("right", kind)
                    .with("on", on)
                    .with("held", held.to_string())
                    .with("wanted", wanted)
            }
            RightsError::Exceeded { kind, sum } => Self::new(Code::ShareExceeded)
                .with("right", kind)
                .with("sum", sum.to_string())
                .at(Fault::at(format!("/{kind}"), Reason::SharesNotWhole { sum: sum.to_string() })),
            RightsError::NotWhole { sum } => {
                Fault::at("/ownership", Reason::SharesNotWhole { sum: sum.to_string() }).into()
            }
            RightsError::NoGrant { holder, kind, on } => Self::new(Code::Conflict)
                .saying(
                    format!("自 {on} 起，该主体没有可终止的授予权利（{kind}）。"),
                    format!("From {on} on the party holds no grant of {kind} that could end."),
                )
                .with("holder_id", holder)
                .with("right", kind)
                .with("on", on),
            RightsError::Unowned { kind, on } => Self::new(Code::Conflict)
                .saying(format!("该资产在 {on} 没有所有权人。"), format!("Nobody owns the asset on {on}."))
                .with("right", kind)
                .with("on", on),
            RightsError::TooFine => Self::new(Code::ShareTooFine),
        }
    }
}

impl From<DistributionError> for Problem {
    fn from(error: DistributionError) -> Self {
        match error {
            DistributionError::Nothing => Self::new(Code::NothingToDistribute),
            DistributionError::NoHolders(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产在所属期内没有收益权人。",
                    "Nobody held the income right of the asset in the period.",
                )
                .with("asset_id", asset),
            DistributionError::Overtaken => Self::new(Code::Conflict).saying(
                "方案中的收益已被冲销或已由其他方案分配。",
                "Income of the plan was reversed, or distributed by another plan.",
            ),
            DistributionError::Invalid(faults) => faults.into(),
            DistributionError::Rights(error) => error.into(),
            DistributionError::Ledger(error) => error.into(),
            DistributionError::Storage(error) => error.into(),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Invalid(faults) => faults.into(),
            ActError::Rights(error) => error.into(),
            ActError::AlreadyRegistered => Self::new(Code::AlreadyRegistered),
            ActError::NotRegistered => Self::new(Code::Conflict)
                .saying("该资产在此日尚未登记权利。", "No rights in the asset are registered by that day."),
            ActError::NothingToCorrect => Self::new(Code::Conflict)
                .saying("登记内容与所述一致，无需更正。", "The register says already what it should."),
            ActError::Closed { asset, status } => Self::new(Code::Conflict)
                .saying(
                    format!("该资产已处于 {status} 状态，不能再办理此事项。"),
                    format!("The asset is {status}; nothing of this kind can happen to it any more."),
                )
                .with("asset_id", asset)
                .with("asset_status", status),
            ActError::CarriedOver { asset, status, into } => Self::new(Code::Conflict)
                .saying(
                    format!("该资产已处于 {status} 状态，更正不得改变其终止时的权利；请以 until 限定更正的期间，或更正由其形成的资产。"),
                    format!(
                        "The asset is {status}; a correction may not change what was held when it ended. Say with until when \
                         the correction stops, or correct what the asset became."
                    ),
                )
                .with("asset_id", asset)
                .with("asset_status", status)
                .with("carried_into", into),
            ActError::Unowned(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产当日没有登记的所有权人。",
                    "Nobody is on record as owner of the asset on that day.",
                )
                .with("asset_id", asset),
            ActError::NotDisposed => Self::new(Code::Conflict).saying(
                "没有可自该日起撤销的处置记录。",
                "No disposal is on record that could be undone from that day on.",
            ),
            ActError::NothingToRenew { holder, on } => Self::new(Code::Conflict)
                .saying(
                    format!("该主体没有于 {on} 到期的授予权利。"),
                    format!("No grant to the party ends by itself on {on}."),
                )
                .with("holder_id", holder)
                .with("on", on),
            ActError::Differs { asset, by } => {
                let problem = Self::new(Code::Conflict).with("asset_id", asset);
                match by {
                    Difference::Rights => problem.saying(
                        "拟合并资产的权利不一致。",
                        "The assets to be merged do not have the same rights.",
                    ),
                    Difference::Restrictions => problem.saying(
                        "拟合并资产上的限制不一致。",
                        "The assets to be merged do not lie under the same restrictions.",
                    ),
                }
            }
            ActError::TooEarly(on) => Self::new(Code::Conflict)
                .saying(format!("{on} 方可执行。"), format!("It can be executed on {on}."))
                .with("due_on", on),
            ActError::Blocked(findings) => {
                let blocking: Vec<&Finding> =
                    findings.iter().filter(|it| it.severity == Severity::Block).collect();
                let said = |chinese: bool| {
                    blocking
                        .iter()
                        .map(|it| {
                            let text = it.message();
                            format!("{} {}", it.rule, if chinese { text.zh } else { text.en })
                        })
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                Self::new(Code::BlockedByLossCheck)
                    .saying(said(true), said(false))
                    .with("findings", &findings)
            }
            ActError::Case(error) => error.into(),
            ActError::Distribution(error) => error.into(),
            ActError::Contract(error) => error.into(),
            ActError::Denied(denied) => denied.into(),
            ActError::Storage(error) => error.into(),
        }
    }
}

/// What a loss rule found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingResponse {
    /// The rule.
    rule: RuleId,
    /// What it does to the case.
    severity: Severity,
    /// The legal basis, as it is cited.
    #[schema(example = "《中华人民共和国民法典》第七百零五条")]
    basis: &'static str,
    /// What was found, in the language that was asked for.
    #[schema(example = "The term ends on 2055-10-20, later than the 2045-10-20 that 20 years allow.")]
    message: String,
    /// What was compared; the end of a name is its unit.
    #[schema(value_type = std::collections::HashMap<String, Figure>)]
    figures: Value,
    /// The lot, claim or line that it concerns, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    lot: Option<usize>,
}

impl FindingResponse {
    fn of(finding: &Finding, language: Language) -> Self {
        let text = finding.message();
        Self {
            rule: finding.rule,
            severity: finding.severity,
            basis: finding.basis(),
            message: language.of_two(&text.zh, &text.en).to_owned(),
            figures: serde_json::json!(finding.figures),
            lot: finding.lot,
        }
    }

    pub(crate) fn all(findings: &[Finding], language: Language) -> Vec<Self> {
        findings.iter().map(|it| Self::of(it, language)).collect()
    }
}

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
    fn of(case: Case, language: Language) -> Result<Self, StorageError> {
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
    step: Step,
    /// What there is to say about it.
    #[schema(min_length = 1, max_length = 2000, example = "材料齐全，同意。")]
    comment: Option<String>,
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

/// The scope of a list: the caller's own, confined to the region that was asked for.
pub(crate) fn confined(caller: &Caller, region: Option<RegionCode>) -> Result<Scope, Problem> {
    caller.scope.within(region).ok_or_else(|| {
        let problem = Problem::new(Code::OutOfScope);
        match region {
            Some(region) => problem.with("region_code", region),
            None => problem,
        }
    })
}

/// Drafts a case.
async fn drafted<T: Send + Sync + 'static>(
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
async fn case_of(asked: Reading, of_kind: CaseKind) -> Result<Fetched<CaseResponse>, Problem> {
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
async fn decided(
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
async fn list_of(asked: Reading<CasesQuery>, of_kind: CaseKind) -> Result<HttpResponse, Problem> {
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
