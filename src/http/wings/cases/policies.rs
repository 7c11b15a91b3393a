//! Policies on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts,
    cases::policies::{
        self, Policy, PolicyRefused,
        values::{PolicyOverrides, PolicyValues, Source},
    },
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::Reading,
        language::Language,
        problem::{Code, FieldProblem, Problem},
        routes::Routes,
    },
    identity::Permission,
    values::{Id, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(set).service(effective).service(fetch);
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
