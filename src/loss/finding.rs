//! Findings: what a loss rule has to say about an act, with the figures that it compared.
//!
//! A finding is stored with its case, as codes and figures. Its legal basis follows from the rule and its
//! sentence from the cause, so it can be read in both languages at any later time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check::{AnyFacts, Cause, Facts, Figure, Figures, Found, Severity},
    rules::{self, RULES, Rule, RuleId},
    sentence::{self, Text},
};
use crate::{
    cases::{CaseKind, policies::values::PolicyValues},
    values::{Id, closed_enum, id::kind},
};

closed_enum! {
    /// What all findings of a case come to.
    pub enum Outcome {
        /// Nothing stands in the way.
        Pass = "pass",
        /// The county must agree.
        Escalate = "escalate",
        /// The case cannot go on.
        Block = "block",
    }
}

impl Outcome {
    /// The outcome of all findings of a case: that of the gravest one. A warning holds nothing up.
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|it| it.severity).max() {
            Some(Severity::Block) => Self::Block,
            Some(Severity::Escalate) => Self::Escalate,
            Some(Severity::Warn) | None => Self::Pass,
        }
    }
}

/// What something is called in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// By its name: a party, an asset, the file of a document.
    Name(String),
    /// A case, by what it is about and the day on which it was drafted.
    Case(CaseKind, NaiveDate),
}

impl From<&str> for Called {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// What parties, assets, documents and cases are called, by their identifiers.
pub type Names = BTreeMap<String, Called>;

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// What exactly it found.
    pub cause: Cause,
    /// What that does to the case.
    pub severity: Severity,
    /// What was compared. The end of a name is its unit: `_fen`, `_bp`, `_days`, `_years`, `_on`, `_share`,
    /// `_id`, `_ids`.
    #[schema(value_type = std::collections::BTreeMap<String, super::check::Figure>)]
    pub figures: Figures,
    /// Which lot it concerns, counted from 0 through the lots given and then those of a swap; for a
    /// registration the claim, for a distribution the line; none if it concerns the case as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<usize>,
    /// The money that would be lost, in fen; none where nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 27_000_000)]
    pub at_risk_fen: Option<i64>,
}

closed_enum! {
    /// What kind of record shows what was found.
    pub enum EvidenceKind {
        /// An asset.
        Asset = "asset",
        /// A party: of the act, or one through whom others are related.
        Party = "party",
        /// A contract.
        Contract = "contract",
        /// A case.
        Case = "case",
        /// An executed act, as the chain of title names it.
        Instrument = "instrument",
        /// A document.
        Document = "document",
    }
}

/// A record that shows what was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its identifier.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
}

/// Which kind of record each identifier among the figures is of, by the name of the figure without its unit.
const EVIDENCE: &[(EvidenceKind, &[&str])] = &[
    (EvidenceKind::Contract, &["contract"]),
    (EvidenceKind::Case, &["case"]),
    (EvidenceKind::Instrument, &["instrument"]),
    (EvidenceKind::Document, &["document"]),
    (EvidenceKind::Asset, &["asset", "twin_asset"]),
    (
        EvidenceKind::Party,
        &[
            "from",
            "to",
            "giver",
            "receiver",
            "debtor",
            "lessor",
            "lessee",
            "owner",
            "holder",
            "party",
            "by",
            "pay_to",
            "payee",
            "payer",
            "creditor",
            "appraiser",
            "auctioneer",
            "path",
        ],
    ),
];

impl Finding {
    fn of(rule: &Rule, found: Found) -> Self {
        Self {
            rule: rule.id,
            cause: found.cause,
            severity: rule.severity_of(&found.cause),
            figures: found.figures,
            lot: found.lot,
            at_risk_fen: found.at_risk,
        }
    }

    /// Whether it is that an asset is let without a right on record under which it could be, and one of some assets: those of which
    /// there is such a right by now.
    pub fn is_cured_by_right_in(&self, assets: impl IntoIterator<Item = Id<kind::Asset>>) -> bool {
        let Some(Figure::Text(of)) = self.figures.get("asset_id").filter(|_| rules::lacks_right(&self.cause))
        else {
            return false;
        };
        assets.into_iter().any(|it| it.to_string() == *of)
    }

    /// Says what is so by now of an asset that had no first registration when it was looked at, where it is one of some that have.
    pub fn tell_of_registered(&mut self, assets: &[Id<kind::Asset>]) {
        let Some(Figure::Text(of)) = self.figures.get("asset_id") else { return };
        if assets.iter().any(|it| it.to_string() == *of)
            && let Some(cause) = rules::once_registered(&self.cause)
        {
            self.cause = cause;
        }
    }

    /// The legal basis, in Chinese.
    pub fn basis(&self) -> &'static str {
        rules::basis_of(self.rule, &self.cause)
    }

    /// What was found, as a sentence with its figures. Whoever has a name is called by it, and by the identifier otherwise.
    pub fn message(&self, names: &Names) -> Text {
        sentence::with_figures(self.cause.sentence, &self.figures, names)
    }

    /// What would put it right, or what to do next, as a sentence with its figures.
    pub fn cure(&self, names: &Names) -> Text {
        sentence::with_figures(self.cause.cure, &self.figures, names)
    }

    /// The records that show it, each once: contracts and cases before assets and parties.
    pub fn evidence(&self) -> Vec<Evidence> {
        let mut all = Vec::new();
        for (kind, names) in EVIDENCE {
            for name in *names {
                let one = match self.figures.get(&format!("{name}_id")) {
                    Some(Figure::Text(id)) => std::slice::from_ref(id),
                    _ => &[],
                };
                let several = match self.figures.get(&format!("{name}_ids")) {
                    Some(Figure::List(ids)) => ids.as_slice(),
                    _ => &[],
                };
                all.extend(one.iter().chain(several).map(|id| Evidence { kind: *kind, id: id.clone() }));
            }
        }
        let mut seen = BTreeSet::new();
        all.retain(|it: &Evidence| seen.insert(it.clone()));
        all
    }

    /// The identifiers among its figures.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.figures
            .iter()
            .flat_map(|(name, figure)| match figure {
                Figure::Text(id) if name.ends_with("_id") => std::slice::from_ref(id),
                Figure::List(ids) if name.ends_with("_ids") => ids.as_slice(),
                _ => &[],
            })
            .map(String::as_str)
    }
}

/// Everything that the rules find in an act, in the order of the rules.
pub fn check<F: Facts>(facts: &F, policy: &PolicyValues) -> Vec<Finding> {
    RULES.iter().flat_map(|it| check_by(it, facts, policy)).collect()
}

/// The same of facts that were kept.
pub fn check_kept(facts: &AnyFacts, policy: &PolicyValues) -> Vec<Finding> {
    let by_rule = |rule: &'static Rule| {
        let found = rule.checks.iter().flat_map(|it| facts.found_by(it, policy));
        found.map(|it| Finding::of(rule, it))
    };
    RULES.iter().flat_map(by_rule).collect()
}

/// Everything that one rule finds in an act; nothing if it does not look at facts of this kind.
pub fn check_by<F: Facts>(rule: &Rule, facts: &F, policy: &PolicyValues) -> Vec<Finding> {
    let looks = rule.checks.iter().filter_map(F::look_of);
    looks.flat_map(|look| look(facts, policy)).map(|found| Finding::of(rule, found)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::{Id, id::kind};

    fn found(code: &str) -> Finding {
        let declares = |rule: &&Rule| rule.causes.iter().any(|it| it.code == code);
        let rule = RULES.iter().find(declares).unwrap();
        let cause = rule.causes.iter().find(|it| it.code == code).unwrap();
        Finding::of(rule, Found::of(*cause))
    }

    #[track_caller]
    fn check(causes: &[&str], outcome: Outcome) {
        let findings: Vec<_> = causes.iter().map(|it| found(it)).collect();
        assert_eq!(Outcome::of(&findings), outcome);
    }

    #[test]
    fn the_gravest_finding_decides() {
        check(&[], Outcome::Pass);
        check(&["price_below_appraisal"], Outcome::Escalate);
        check(&["price_below_appraisal", "holds_less", "parties_related"], Outcome::Block);
    }

    #[test]
    fn a_warning_holds_nothing_up() {
        let warning = Finding { severity: Severity::Warn, ..found("holds_less") };

        assert_eq!(Outcome::of(&[warning]), Outcome::Pass);
    }

    #[test]
    fn a_finding_is_read_back_as_it_was_stored() {
        let rule = RuleId::L01.rule();
        let found = Found::of(rule.causes[0])
            .at(1)
            .fen("price", 10_000_000)
            .bp("price_floor", 9000)
            .on("appraised", NaiveDate::from_ymd_opt(2026, 5, 1).unwrap())
            .share("given", "2/3")
            .list("path", vec!["kin".to_owned()]);
        let finding = Finding::of(rule, found);

        let stored = serde_json::to_value(&finding).unwrap();

        assert_eq!(
            stored,
            json!({"rule": "L01", "cause": "price_below_appraisal", "severity": "escalate", "lot": 1,
                "figures": {"price_fen": 10_000_000, "price_floor_bp": 9000, "appraised_on": "2026-05-01",
                    "given_share": "2/3", "path": ["kin"]}})
        );
        assert_eq!(serde_json::from_value::<Finding>(stored).unwrap(), finding);
    }

    /// The causes as the first release stored them: by rule, with what they do.
    const STORED: &[(&str, &str, &[&str])] = &[
        ("L01", "escalate", &["price_below_appraisal"]),
        ("L02", "block", &["appraisal_missing"]),
        ("L03", "block", &["appraisal_stale"]),
        (
            "L04",
            "block",
            &["appraiser_is_party", "appraiser_related", "too_few_signatures", "report_missing"],
        ),
        ("L05", "block", &["given_for_nothing", "swap_unequal"]),
        ("L07", "escalate", &["parties_related"]),
        ("L10", "block", &["holds_less"]),
        ("L11", "block", &["promised_twice"]),
        ("L12", "block", &["restriction_forbids"]),
        ("L12", "escalate", &["consent_of_holder_missing"]),
        ("L15", "block", &["decision_missing", "wrong_body", "too_few_attended", "too_few_in_favour"]),
        ("L18", "block", &["term_above_cap", "term_without_end"]),
        ("L20", "escalate", &["rent_below_investment", "rent_below_appraisal"]),
        ("L35", "block", &["paid_to_another", "paid_to_person", "account_of_another"]),
        ("L36", "block", &["more_than_received"]),
        ("L38", "block", &["use_forbidden"]),
        ("L46", "block", &["scrapped_early"]),
        ("L48", "block", &["household_consent_missing", "household_income_distributed"]),
        ("L50", "block", &["shares_not_whole"]),
    ];

    #[test]
    fn findings_of_the_first_release_are_still_read_and_made_alike() {
        for (rule, severity, causes) in STORED {
            for cause in *causes {
                let stored = json!({"rule": rule, "cause": cause, "severity": severity, "figures": {}});

                let read: Finding = serde_json::from_value(stored.clone()).unwrap();

                assert_eq!(serde_json::to_value(&read).unwrap(), stored);
                assert_eq!(read, found(cause));
            }
        }
    }

    #[test]
    fn no_finding_is_read_whose_rule_or_cause_does_not_exist() {
        for (rule, cause) in [("L00", "holds_less"), ("l10", "holds_less"), ("L10", "holds_more")] {
            let stored = json!({"rule": rule, "cause": cause, "severity": "block", "figures": {}});

            assert!(serde_json::from_value::<Finding>(stored).is_err(), "{rule} {cause}");
        }
    }

    #[test]
    fn what_shows_it_is_told_by_kind_and_once() {
        let id = |number| Id::<kind::Party>::from(uuid::Uuid::from_u128(number));
        let found = Found::of(RuleId::L23.rule().causes[0]).id("lessor", id(1)).id("lessee", id(2));
        let found = found.list("path_ids", vec![id(2).to_string(), id(3).to_string()]);
        let found = found.id("contract", Id::<kind::Contract>::from(uuid::Uuid::from_u128(9)));

        let evidence = Finding::of(RuleId::L23.rule(), found).evidence();

        let told: Vec<_> = evidence.iter().map(|it| (it.kind.code(), it.id.ends_with('3'))).collect();
        assert_eq!(told, [("contract", false), ("party", false), ("party", false), ("party", true)]);
    }

    /// Every identifier that a rule reports is evidence of a kind.
    #[test]
    fn every_identifier_that_a_rule_reports_is_of_a_kind() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/loss/rules");
        let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
        let mut reported = BTreeSet::new();
        for text in files.map(|it| std::fs::read_to_string(it).unwrap()) {
            let after = |call: &str| -> Vec<String> {
                text.split(call).skip(1).map(|it| it.split('"').next().unwrap().to_owned()).collect()
            };
            reported.extend(after(".id(\""));
            reported
                .extend(after(".list(\"").iter().filter_map(|it| it.strip_suffix("_ids")).map(str::to_owned));
        }
        assert!(reported.len() > 10);
        for name in reported {
            assert!(EVIDENCE.iter().any(|(_, names)| names.contains(&name.as_str())), "{name} is of no kind");
        }
    }

    #[test]
    fn every_rule_has_a_cause_a_check_and_a_basis_in_chinese() {
        for rule in RULES {
            assert!(!rule.causes.is_empty(), "{} finds nothing", rule.id);
            assert!(!rule.checks.is_empty(), "{} looks at nothing", rule.id);
            assert!(rule.basis.contains('第') || rule.basis.contains('号'), "{}", rule.id);
        }
    }

    #[test]
    fn no_two_causes_share_a_code_and_no_two_checks_of_a_rule_a_kind() {
        let mut rules_of = BTreeMap::<_, Vec<_>>::new();
        for rule in RULES {
            for cause in rule.causes {
                rules_of.entry(cause.code).or_default().push(rule.id);
            }
            let kinds: BTreeSet<_> = rule.checks.iter().map(|it| it.kind()).collect();
            assert_eq!(kinds.len(), rule.checks.len(), "{}", rule.id);
        }
        rules_of.retain(|_, rules| rules.len() > 1);
        assert_eq!(rules_of, BTreeMap::new());
    }

    #[test]
    fn the_schema_of_a_cause_lists_every_code() {
        use utoipa::PartialSchema as _;

        let schema = serde_json::to_value(Cause::schema()).unwrap();

        let codes: Vec<_> = RULES.iter().flat_map(|it| it.causes).map(|it| it.code).collect();
        assert_eq!(schema["enum"], json!(codes));
    }
}
