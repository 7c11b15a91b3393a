//! The loss rules on the wire: what is looked for, by what law, and what a region can set.

use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::shell::{ask::Reading, language::Language, problem::Problem, routes::Routes},
    identity::Permission,
    loss::{
        check::{Cause, Check, Severity},
        rules::{RULES, Rule, RuleId, basis_of},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list);
}

/// The loss rules.
#[derive(Debug, Serialize, ToSchema)]
struct LossRulesResponse {
    /// Every rule, in the order in which findings are reported.
    items: Vec<LossRuleResponse>,
}

/// A loss rule.
#[derive(Debug, Serialize, ToSchema)]
struct LossRuleResponse {
    /// The number under which auditors know it.
    id: RuleId,
    /// What it is called.
    #[schema(example = "Term above the cap")]
    name: &'static str,
    /// The legal basis, as it is cited.
    #[schema(example = "《中华人民共和国民法典》第七百零五条")]
    basis: &'static str,
    /// What its findings do, unless their cause says otherwise.
    severity: Severity,
    /// The keys of the policy that it reads: what a region can set within the law.
    #[schema(example = json!(["lease_term_cap_years"]))]
    parameters: &'static [&'static str],
    /// What it looks at.
    #[schema(example = json!(["transfer", "contract"]))]
    applies_to: Vec<&'static str>,
    /// Everything that it can find.
    causes: Vec<CauseResponse>,
}

/// One thing that a rule can find.
#[derive(Debug, Serialize, ToSchema)]
struct CauseResponse {
    /// Its code.
    #[schema(example = "term_above_cap")]
    code: &'static str,
    /// What it does.
    severity: Severity,
    /// The legal basis, as it is cited: that of the rule, unless it is found by another law.
    #[schema(example = "《中华人民共和国民法典》第七百零五条")]
    basis: &'static str,
    /// How it is said: the names in braces are those of the figures.
    #[schema(
        example = "the term runs until {until_on}; {cap_years} from {counted_from_on} end on {latest_on}"
    )]
    sentence: &'static str,
    /// What would put it right, or what to do next.
    #[schema(example = "let it end on {latest_on} at the latest; it may be renewed then")]
    cure: &'static str,
}

impl LossRuleResponse {
    fn of(rule: &'static Rule, language: Language) -> Self {
        let cause = |it: &'static Cause| CauseResponse {
            code: it.code,
            severity: rule.severity_of(it),
            basis: basis_of(rule.id, it),
            sentence: language.of_two(it.sentence.zh, it.sentence.en),
            cure: language.of_two(it.cure.zh, it.cure.en),
        };
        Self {
            id: rule.id,
            name: language.of_two(rule.name.zh, rule.name.en),
            basis: rule.basis,
            severity: rule.severity,
            parameters: rule.parameters,
            applies_to: rule.checks.iter().map(Check::kind).collect(),
            causes: rule.causes.iter().map(cause).collect(),
        }
    }
}

/// Lists the loss rules: what each looks at and can find, its law, and what of it a region's policy sets.
#[utoipa::path(tag = "cases", operation_id = "list_loss_rules", security(("bearer" = ["policies:read"])), responses(
    (status = 200, description = "Every rule", body = LossRulesResponse)))]
#[get("/v1/loss-rules")]
async fn list(request: HttpRequest, asked: Reading) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    asked
        .compute(move |_, caller, _| {
            caller.permit(Permission::PoliciesRead)?;
            let items = RULES.iter().map(|it| LossRuleResponse::of(it, language)).collect();
            Ok(LossRulesResponse { items })
        })
        .await
}
