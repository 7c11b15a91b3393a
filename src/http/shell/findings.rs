//! What the loss rules found, as it is answered: with a case, after a check, in a chain.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    http::shell::language::Language,
    loss::{
        check::{Figure, Severity},
        finding::{Finding, Names},
        rules::RuleId,
    },
};

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
    fn of(finding: &Finding, names: &Names, language: Language) -> Self {
        let text = finding.message(names);
        Self {
            rule: finding.rule,
            severity: finding.severity,
            basis: finding.basis(),
            message: language.of_two(&text.zh, &text.en).to_owned(),
            figures: serde_json::json!(finding.figures),
            lot: finding.lot,
        }
    }

    pub(crate) fn all(findings: &[Finding], names: &Names, language: Language) -> Vec<Self> {
        findings.iter().map(|it| Self::of(it, names, language)).collect()
    }
}
