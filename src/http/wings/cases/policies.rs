//! Policies on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{
        self, names, policy_readers,
        simulation::{self, Changed, Judged, Proposal, Reach, Simulation},
    },
    cases::{
        CaseKind, CaseStatus, Step,
        policies::{
            self, Policy, PolicyRefused,
            schema::{PolicyKey, PolicyUnit, policy_keys},
            values::{NATIONAL_VERSION, PolicyOverrides, PolicyValues, Source},
        },
    },
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::{Asking, Reading},
        findings::FindingResponse,
        language::Language,
        problem::{Code, FieldProblem, Problem},
        routes::Routes,
    },
    identity::Permission,
    journal::Known,
    loss::{
        finding::{Finding, Names, Outcome},
        rules::RuleId,
    },
    values::{Id, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(set).service(simulate).service(effective).service(schema).service(fetch);
}

impl From<PolicyRefused> for Problem {
    fn from(reason: PolicyRefused) -> Self {
        match reason {
            PolicyRefused::NotFound => Self::new(Code::NotFound),
        }
    }
}

/// Numbers for a region.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PolicyRequest {
    /// The region.
    region_code: RegionCode,
    /// The day from which they apply.
    #[schema(example = "2025-01-01")]
    effective_from: NaiveDate,
    /// The numbers; a key that is absent stays as it was.
    values: PolicyOverrides,
}

/// A version of a region's policy.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Policy>,
    /// The region.
    region_code: RegionCode,
    /// Counted up from 1 in each region.
    #[schema(example = 3)]
    version: i64,
    /// The day from which it applies.
    #[schema(example = "2025-01-01")]
    effective_from: NaiveDate,
    /// The numbers that it sets.
    values: PolicyOverrides,
    /// When it was set.
    created_at: DateTime<Utc>,
    /// What it sets without effect: keys that no rule and nothing else reads by now.
    warnings: Vec<FieldProblem>,
}

impl PolicyResponse {
    fn of(policy: Policy, language: Language) -> Self {
        let read = acts::policy_keys_read();
        let unread = policy.overrides.keys().into_iter().filter(|key| !read.contains(key));
        Self {
            warnings: unread.map(|key| without_effect(key, language)).collect(),
            id: policy.id,
            region_code: policy.region_code,
            version: policy.version,
            effective_from: policy.effective_from,
            values: policy.overrides,
            created_at: policy.created_at,
        }
    }
}

fn without_effect(key: &str, language: Language) -> FieldProblem {
    let chinese = format!(
        "`{key}` 这一项已保存，但目前没有规则或功能使用它，设置后暂不起作用；以后有规则使用时自动生效。"
    );
    let english = format!("{key} is kept, but nothing reads it yet: until a rule does, it changes nothing.");
    FieldProblem {
        pointer: format!("/values/{key}"),
        code: "without_effect".to_owned(),
        detail: language.of_two(&chinese, &english).to_owned(),
    }
}

impl Resource for PolicyResponse {
    fn location(&self) -> String {
        format!("/v1/policies/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Sets numbers for a region from a day on.
///
/// A new version overrides the wider region's numbers key by key. A key that no rule reads yet is kept, and named in `warnings`.
#[utoipa::path(tag = "cases", operation_id = "set_policy", security(("bearer" = ["policies:write"])), params(IdempotencyKey, DryRun),
    request_body = PolicyRequest, responses(
    (status = 201, description = "The new version", body = PolicyResponse),
    (status = 403, description = "`out_of_scope`")))]
#[post("/v1/policies")]
async fn set(request: HttpRequest, act: Acting<PolicyRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    act.perform(move |unit, _, caller, asked| {
        let policy = policies::set(unit, caller, asked.region_code, asked.effective_from, &asked.values)?;
        Done::created(&PolicyResponse::of(policy, language))
    })
    .await
}

/// How many cases that change are told at once, unless said.
const TOLD: u16 = 50;

/// Numbers that a region might set.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SimulationRequest {
    /// The region that would set them.
    region_code: RegionCode,
    /// The numbers; a key that is absent stays as it is.
    values: PolicyOverrides,
    /// The first day of the executed acts that are looked at; a year before `to` unless said.
    #[schema(example = "2025-01-01")]
    from: Option<NaiveDate>,
    /// The first day after them; tomorrow unless said.
    #[schema(example = "2026-01-01")]
    to: Option<NaiveDate>,
    /// How many cases of which something would change are told at most; 50 unless said.
    #[schema(minimum = 1, maximum = 200, example = 50)]
    limit: Option<u16>,
    /// The `next_after` of the portion before.
    #[schema(value_type = Option<uuid::Uuid>)]
    after: Option<Id<kind::Case>>,
}

impl From<&SimulationRequest> for Proposal {
    fn from(asked: &SimulationRequest) -> Self {
        Self {
            region_code: asked.region_code,
            values: asked.values.clone(),
            from: asked.from,
            to: asked.to,
            after: asked.after,
            limit: asked.limit.unwrap_or(TOLD).into(),
        }
    }
}

/// What the rules say of a case under some policy.
#[derive(Debug, Serialize, ToSchema)]
struct JudgedResponse {
    /// What all findings come to.
    outcome: Outcome,
    /// Whether the county has to approve it: for a finding, for its worth, because it is entered late, or whatever it is worth.
    county_approves: bool,
    /// The findings, in the order of the rules.
    findings: Vec<FindingResponse>,
}

impl JudgedResponse {
    fn of(judged: &Judged, names: &Names, language: Language) -> Self {
        Self {
            outcome: judged.outcome,
            county_approves: judged.county_approves,
            findings: FindingResponse::all(&judged.findings, names, language),
        }
    }
}

/// A case of which something would be otherwise.
#[derive(Debug, Serialize, ToSchema)]
struct SimulatedCase {
    /// The case.
    #[schema(value_type = uuid::Uuid)]
    case_id: Id<kind::Case>,
    /// What it is about.
    kind: CaseKind,
    /// Its region.
    region_code: RegionCode,
    /// How far it is.
    status: CaseStatus,
    /// The day on which the rules looked at it last: the facts are those of then.
    #[schema(example = "2025-06-20")]
    looked_on: NaiveDate,
    /// The day on which it was executed; null while it is open.
    #[schema(required, example = "2025-06-20")]
    executed_on: Option<NaiveDate>,
    /// By the policy that it was judged by.
    before: JudgedResponse,
    /// With the proposed numbers.
    after: JudgedResponse,
    /// The steps that it would need with the proposed numbers. In an open case what was done counts.
    steps_required_after: Vec<Step>,
}

impl SimulatedCase {
    fn of(it: Changed, names: &Names, language: Language) -> Self {
        Self {
            looked_on: it.looked_on(),
            executed_on: it.executed_on(),
            before: JudgedResponse::of(&it.before, names, language),
            after: JudgedResponse::of(&it.after, names, language),
            case_id: it.case_id,
            kind: it.kind,
            region_code: it.region_code,
            status: it.status,
            steps_required_after: it.steps_required,
        }
    }
}

/// How many cases come to what.
#[derive(Debug, Serialize, ToSchema)]
struct TurnedResponse {
    /// What they come to by the policy that they were judged by.
    before: Outcome,
    /// What they would come to.
    after: Outcome,
    /// How many.
    #[schema(example = 12)]
    cases: u64,
}

/// What other numbers would change.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationResponse {
    /// The region.
    region_code: RegionCode,
    /// The first day of the executed acts that were looked at.
    #[schema(example = "2025-01-01")]
    from: NaiveDate,
    /// The first day after them.
    #[schema(required, example = "2026-01-01")]
    to: Option<NaiveDate>,
    /// How many cases were examined in this portion.
    #[schema(example = 310)]
    examined: u64,
    /// How many cases there are in all, in whichever portion, of which earlier releases kept no facts: nothing can be said of them.
    #[schema(example = 0)]
    not_examined: u64,
    /// Of how many cases of this portion something would be otherwise: those of `items`.
    #[schema(example = 12)]
    changed: usize,
    /// How many cases of this portion come to what, before and after.
    outcomes: Vec<TurnedResponse>,
    /// How many cases of this portion would go to the county that did not have to.
    #[schema(example = 12)]
    newly_for_county: u64,
    /// How many would no longer have to.
    #[schema(example = 0)]
    no_longer_for_county: u64,
    /// The cases of which outcome, findings or the need of the county's approval would be otherwise, by their regions, and in each
    /// in the order of their drafting.
    items: Vec<SimulatedCase>,
    /// Where the next portion begins: the same question with it as `after`; null where there is none.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    next_after: Option<Id<kind::Case>>,
    /// The numbers of which this shows nothing, or not all.
    warnings: Vec<FieldProblem>,
}

impl SimulationResponse {
    fn of(asked: &SimulationRequest, found: Simulation, names: &Names, language: Language) -> Self {
        let turned = |((before, after), cases)| TurnedResponse { before, after, cases };
        Self {
            region_code: asked.region_code,
            from: found.executed.from(),
            to: found.executed.to(),
            examined: found.examined,
            not_examined: found.not_examined,
            changed: found.changed.len(),
            outcomes: found.outcomes.into_iter().map(turned).collect(),
            newly_for_county: found.newly_for_county,
            no_longer_for_county: found.no_longer_for_county,
            items: found.changed.into_iter().map(|it| SimulatedCase::of(it, names, language)).collect(),
            next_after: found.next_after,
            warnings: simulation::out_of_reach(&asked.values)
                .into_iter()
                .map(|(key, reach)| out_of_reach(key, reach, language))
                .collect(),
        }
    }
}

fn out_of_reach(key: &str, reach: Reach, language: Language) -> FieldProblem {
    let (code, chinese, english) = match reach {
        Reach::Unread => (
            "without_effect",
            format!("目前没有规则或功能使用 `{key}`，试算结果不受它影响；可以从试算中去掉这一项。"),
            format!("Nothing reads {key} yet, so that it changes nothing here: leave it out."),
        ),
        Reach::NoOutcome => (
            "no_outcome",
            format!(
                "`{key}` 不影响检查结论和是否报县级批准，本试算看不出它的作用；它的作用请在设置后看具体案件。"
            ),
            format!(
                "{key} decides on no outcome, and nothing of it shows here: what it does, cases show once it is set."
            ),
        ),
        Reach::Partly => (
            "partly_simulated",
            format!(
                "`{key}` 还决定检查时取哪些事实、按哪一天的政策判断，这些仍按当时的情况，试算可能少于实际影响；请结合个案核对。"
            ),
            format!(
                "{key} also decides on which facts are looked at, and by the policy of which day: both are here as they were, and \
                 less may show than would change. Look at single cases as well."
            ),
        ),
    };
    let detail = language.of_two(&chinese, &english).to_owned();
    FieldProblem { pointer: format!("/values/{key}"), code: code.to_owned(), detail }
}

/// Shows what other numbers would change.
///
/// The open cases of the region, and those that were executed in the period, are looked at again, as their facts were when the loss
/// rules looked at them last: by the policy that they were judged by, and with the proposed numbers in it. What a narrower region set
/// for itself still wins. Nothing is stored, so that no `Idempotency-Key` is needed. A portion is full after 10,000 cases, after
/// `limit` that change, or after much of what is found; `next_after` leads on.
#[utoipa::path(tag = "cases", operation_id = "simulate_policy", security(("bearer" = ["policies:simulate"])),
    request_body = SimulationRequest, responses(
    (status = 200, description = "What would change", body = SimulationResponse),
    (status = 403, description = "`out_of_scope`")))]
#[post("/v1/policies/simulate")]
async fn simulate(request: HttpRequest, asked: Asking<SimulationRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .compute(move |unit, caller, content| {
            let found = simulation::simulate(unit, caller, &content.into())?;
            let judged = found.changed.iter().flat_map(|it| [&it.before, &it.after]);
            let names = names(unit, judged.flat_map(|it| &it.findings).flat_map(Finding::ids), Known::Now)?;
            Ok(SimulationResponse::of(content, found, &names, language))
        })
        .await
}

/// Where and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EffectiveQuery {
    /// The region.
    #[param(inline)]
    region_code: RegionCode,
    /// The day; today unless said.
    on: Option<NaiveDate>,
}

/// The numbers in force.
#[derive(Debug, Serialize, ToSchema)]
struct EffectiveResponse {
    /// The versions that they come from, the widest region first.
    #[schema(example = "national@1 130828000000@3")]
    version: String,
    /// The numbers.
    values: PolicyValues,
    /// Where each number comes from.
    #[schema(value_type = std::collections::HashMap<String, Source>)]
    sources: std::collections::BTreeMap<&'static str, Source>,
}

/// Shows the numbers in force in a region on a day.
#[utoipa::path(tag = "cases", operation_id = "get_effective_policy", security(("bearer" = ["policies:read"])), params(EffectiveQuery), responses(
    (status = 200, description = "The numbers, and where each comes from", body = EffectiveResponse)))]
#[get("/v1/policies/effective")]
async fn effective(asked: Reading<EffectiveQuery>) -> Result<HttpResponse, Problem> {
    asked
        .compute(|unit, caller, query| {
            caller.permit(Permission::PoliciesRead)?;
            let on = query.on.unwrap_or_else(|| unit.today());
            let effective = policies::effective(unit, query.region_code, on)?;
            Ok(EffectiveResponse {
                version: effective.version(),
                values: effective.values,
                sources: effective.sources,
            })
        })
        .await
}

/// What the numbers of a policy are.
#[derive(Debug, Serialize, ToSchema)]
struct PolicySchemaResponse {
    /// The version of the national defaults.
    #[schema(example = 3)]
    national_version: i64,
    /// Every number, in the order of the interface.
    items: Vec<PolicyKeyResponse>,
}

/// What a number of a policy is.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyKeyResponse {
    /// Its name.
    #[schema(example = "notice_days")]
    key: &'static str,
    /// In what it is counted.
    unit: PolicyUnit,
    /// The least that a region can set; null for what is no number.
    #[schema(required, example = 0)]
    minimum: Option<i64>,
    /// The most that a region can set; null for what is no number.
    #[schema(required, example = 365)]
    maximum: Option<i64>,
    /// The codes that it can be; empty for what is no code.
    #[schema(example = json!([]))]
    choices: Vec<&'static str>,
    /// The national default, in the form in which it is set.
    default: Value,
    /// What it means and where it comes from, in the language that was asked for.
    #[schema(example = "Days that a public notice hangs.")]
    about: &'static str,
    /// The loss rules that read it.
    read_by_rules: Vec<RuleId>,
    /// What else reads it: `acts` decides on the way of a case, `cases` on notices, objections and who must not decide, `money` on receipts
    /// and plans.
    #[schema(example = json!(["cases"]))]
    read_by_rooms: Vec<&'static str>,
}

impl PolicyKeyResponse {
    fn of(it: PolicyKey, language: Language) -> Self {
        Self {
            read_by_rules: policy_readers::rules_reading(it.key),
            read_by_rooms: policy_readers::rooms_reading(it.key),
            key: it.key,
            unit: it.unit,
            minimum: it.bounds.map(|(min, _)| min),
            maximum: it.bounds.map(|(_, max)| max),
            choices: it.choices,
            default: it.default,
            about: language.of_two(it.zh, it.en),
        }
    }
}

/// Shows what the numbers of a policy are: unit, bounds, default, meaning, and which rules read each.
#[utoipa::path(tag = "cases", operation_id = "get_policy_schema", security(("bearer" = ["policies:read"])), responses(
    (status = 200, description = "Every number", body = PolicySchemaResponse)))]
#[get("/v1/policies/schema")]
async fn schema(request: HttpRequest, asked: Reading) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .compute(move |_, caller, _| {
            caller.permit(Permission::PoliciesRead)?;
            let items = policy_keys().into_iter().map(|it| PolicyKeyResponse::of(it, language)).collect();
            Ok(PolicySchemaResponse { national_version: NATIONAL_VERSION, items })
        })
        .await
}

/// Shows a version of a region's policy.
#[utoipa::path(tag = "cases", operation_id = "get_policy", security(("bearer" = ["policies:read"])),
    params(("id" = uuid::Uuid, Path, description = "The policy")), responses(
    (status = 200, description = "The version", body = PolicyResponse)))]
#[get("/v1/policies/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<PolicyResponse>, Problem> {
    let (id, language) = (asked.id("id")?, Language::of(&asked.request));
    asked
        .fetch(move |unit, caller, _| Ok(PolicyResponse::of(policies::find(unit, caller, id)?, language)))
        .await
}
