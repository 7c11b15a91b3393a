//! What the county approved although a loss rule sent it there, for those who look into it.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    acts::names,
    cases::{
        CaseKind,
        overrides::{self, Agreed},
    },
    http::shell::{
        findings::{FindingResponse, rule_of},
        language::Language,
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    journal::Known,
    loss::{
        check::Cause,
        finding::{Finding, Names},
        rules::RuleId,
    },
    storage::StorageError,
    values::{Fault, Id, Reason, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list);
}

/// A rule that an approval named although it had found something.
#[derive(Debug, Serialize, ToSchema)]
struct ListedOverride {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Override>,
    /// The case; null where it is a restriction that was recorded.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// What the case is about; null where there is none.
    #[schema(required)]
    case_kind: Option<CaseKind>,
    /// The restriction; null where it is a case.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    restriction_id: Option<Id<kind::Restriction>>,
    /// The region of the case, or of the asset of the restriction.
    region_code: RegionCode,
    /// The rule.
    rule: RuleId,
    /// What exactly it had found.
    causes: Vec<Cause>,
    /// The same with what was compared, as it was when it was approved.
    findings: Vec<FindingResponse>,
    /// Why it was approved all the same.
    #[schema(example = "经评估复核，价格合理")]
    reason: String,
    /// The user who approved.
    #[schema(value_type = uuid::Uuid)]
    by: Id<kind::User>,
    /// When.
    at: DateTime<Utc>,
}

impl ListedOverride {
    fn of(
        it: overrides::Override,
        findings: &[Finding],
        names: &Names,
        language: Language,
    ) -> Result<Self, StorageError> {
        let mut causes: Vec<_> = findings.iter().map(|it| it.cause).collect();
        causes.dedup();
        let (case, restriction_id) = match it.to {
            Agreed::Case(id, kind) => (Some((id, kind)), None),
            Agreed::Restriction(id) => (None, Some(id)),
        };
        Ok(Self {
            id: it.id,
            case_id: case.map(|(id, _)| id),
            case_kind: case.map(|(_, kind)| kind),
            restriction_id,
            region_code: it.region_code,
            rule: rule_of(&it.rule)?,
            causes,
            findings: FindingResponse::all(findings, names, language),
            reason: it.reason,
            by: it.by,
            at: it.at,
        })
    }
}

/// Which are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OverridesFilters {
    /// Only in this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only of this rule.
    #[param(inline)]
    rule: Option<RuleId>,
    /// Only what was approved on this day or later.
    #[param(example = "2025-01-01")]
    from: Option<NaiveDate>,
    /// Only what was approved before this day.
    #[param(example = "2026-01-01")]
    to: Option<NaiveDate>,
}

impl Filters for OverridesFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists what the county approved although a loss rule had found something.
///
/// Each rule that was named when a case was approved, or when a restriction was recorded (`restriction_id`), with what it had found then and
/// the reason. What a case was approved with stays listed, also where it was approved anew, rejected or withdrawn later, and so does a
/// restriction that was released.
#[utoipa::path(tag = "cases", operation_id = "list_overrides", security(("bearer" = ["overrides:read"])), extensions(("x-may-lag" = json!(true))),
    params(OverridesFilters, PageQuery), responses(
    (status = 200, description = "By region and then in the order of the approvals", body = ListResponse<ListedOverride>)))]
#[get("/v1/overrides")]
async fn list(
    asked: Listing<OverridesFilters, (RegionCode, Id<kind::Override>)>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(&asked.request);
    asked
        .answer_whole(
            move |unit, caller, it| -> Result<Vec<_>, Problem> {
                let (from, to) = (it.filters.from, it.filters.to);
                if from.zip(to).is_some_and(|(from, to)| to <= from) {
                    return Err(Fault::at("/to", Reason::DatesReversed).into());
                }
                let rule = it.filters.rule.map(|it| it.code().to_owned());
                let wanted = overrides::Wanted { rule, from, to, after: it.after };
                let found = overrides::list(unit, caller, &it.scope, &wanted, it.limit)?;
                let found = found.into_iter().map(|it| {
                    let findings: Vec<Finding> = serde_json::from_value(it.findings.clone())
                        .map_err(|error| StorageError::Corrupt(format!("override {}: {error}", it.id)))?;
                    Ok((it, findings))
                });
                let found = found.collect::<Result<Vec<_>, StorageError>>()?;
                let ids = found.iter().flat_map(|(_, findings)| findings).flat_map(Finding::ids);
                let names = names(unit, ids, Known::Now)?;
                let shown = found
                    .into_iter()
                    .map(|(it, findings)| ListedOverride::of(it, &findings, &names, language));
                Ok(shown.collect::<Result<_, StorageError>>()?)
            },
            |it: &ListedOverride| (it.region_code, it.id),
            |it| it,
        )
        .await
}
