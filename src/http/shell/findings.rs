//! What the loss rules found, as it is answered: with a case, after a check, in a chain; and what an approval says to it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    acts::{Override, encumbrances::KeptOverride},
    cases::overrides::{Named, Published},
    http::shell::language::Language,
    loss::{
        check::{Cause, Figure, Severity},
        finding::{Evidence, Finding, Names},
        rules::RuleId,
    },
    storage::{StorageError, day_of},
    values::OverrideReason,
};

/// What a loss rule found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingResponse {
    /// The rule.
    rule: RuleId,
    /// What exactly it found.
    cause: Cause,
    /// What it does to the case.
    severity: Severity,
    /// The legal basis, as it is cited.
    #[schema(example = "《中华人民共和国民法典》第七百零五条")]
    basis: &'static str,
    /// What was found, in the language that was asked for.
    #[schema(example = "The term ends on 2055-10-20, later than the 2045-10-20 that 20 years allow.")]
    message: String,
    /// What would put it right, or what to do next, in the language that was asked for.
    #[schema(example = "let it end on 2045-10-20 at the latest; it may be renewed then")]
    cure: String,
    /// The records that show it: contracts, cases, acts, documents, assets, parties.
    evidence: Vec<Evidence>,
    /// The money that would be lost, in fen; absent where nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 27_000_000)]
    at_risk_fen: Option<i64>,
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
        let (text, cure) = (finding.message(names), finding.cure(names));
        Self {
            rule: finding.rule,
            cause: finding.cause,
            severity: finding.severity,
            basis: finding.basis(),
            message: language.of_two(&text.zh, &text.en).to_owned(),
            cure: language.of_two(&cure.zh, &cure.en).to_owned(),
            evidence: finding.evidence(),
            at_risk_fen: finding.at_risk_fen,
            figures: serde_json::json!(finding.figures),
            lot: finding.lot,
        }
    }

    pub(crate) fn all(findings: &[Finding], names: &Names, language: Language) -> Vec<Self> {
        findings.iter().map(|it| Self::of(it, names, language)).collect()
    }
}

/// A rule that an approval named although it had found something, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OverrideResponse {
    /// The rule.
    rule: RuleId,
    /// Why it was approved all the same.
    #[schema(example = "经评估复核，价格合理")]
    reason: String,
}

impl OverrideResponse {
    pub(crate) fn all(named: Option<Vec<Named>>) -> Result<Vec<Self>, StorageError> {
        let named = named.unwrap_or_default().into_iter();
        named.map(|it| Ok(Self { rule: rule_of(&it.rule)?, reason: it.reason })).collect()
    }
}

impl From<KeptOverride> for OverrideResponse {
    fn from(it: KeptOverride) -> Self {
        Self { rule: it.rule, reason: it.reason }
    }
}

/// A rule that an approval names although it found something.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideRequest {
    /// The rule.
    pub(crate) rule: RuleId,
    /// Why it is approved all the same.
    pub(crate) reason: OverrideReason,
}

impl From<&OverrideRequest> for Override {
    fn from(it: &OverrideRequest) -> Self {
        Self { rule: it.rule, reason: it.reason.clone() }
    }
}

/// The same as anybody may read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PublishedOverride {
    /// The rule.
    rule: RuleId,
    /// What it is called, in the language that was asked for.
    #[schema(example = "Price below the appraisal")]
    rule_name: String,
    /// Why it was approved all the same. People whom the case concerns are named by their surname.
    #[schema(example = "经评估复核，价格合理")]
    reason: String,
    /// The day of the approval, in China's time.
    #[schema(example = "2026-12-10")]
    approved_on: NaiveDate,
}

impl PublishedOverride {
    pub(crate) fn all(published: Vec<Published>, language: Language) -> Result<Vec<Self>, StorageError> {
        let one = |it: Published| {
            let rule = rule_of(&it.rule)?;
            let name = rule.rule().name;
            let rule_name = language.of_two(name.zh, name.en).to_owned();
            Ok(Self { rule, rule_name, reason: it.reason, approved_on: day_of(it.at) })
        };
        published.into_iter().map(one).collect()
    }
}

/// The rule behind the number that is kept.
pub(crate) fn rule_of(code: &str) -> Result<RuleId, StorageError> {
    RuleId::of(code).ok_or_else(|| StorageError::Corrupt(format!("no rule is {code}")))
}
