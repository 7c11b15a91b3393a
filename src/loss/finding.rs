//! Findings: what a loss rule has to say about a case, with the figures that it compared.
//!
//! A finding is stored with its case as codes and figures. Its legal basis follows from the rule and its sentences
//! from the cause (see `texts`), so both languages can be had from it at any later time.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::texts;
use crate::values::{Id, closed_enum};

closed_enum! {
    /// What a finding does to the case.
    pub enum Severity {
        /// It is said, and the case goes on.
        Warn = "warn",
        /// The county must agree.
        Escalate = "escalate",
        /// The case cannot go on, and nobody can waive that.
        Block = "block",
    }
}

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

closed_enum! {
    /// The loss rules, by the numbers that auditors know them under.
    pub enum RuleId {
        /// Price below the appraisal.
        L01 = "L01",
        /// No appraisal where one is needed.
        L02 = "L02",
        /// An appraisal that is too old.
        L03 = "L03",
        /// An appraisal that cannot be relied upon.
        L04 = "L04",
        /// Given away, or swapped for less.
        L05 = "L05",
        /// Dealing with a related party.
        L07 = "L07",
        /// The giver does not hold what it gives.
        L10 = "L10",
        /// The same right is given twice.
        L11 = "L11",
        /// Something lies on the asset.
        L12 = "L12",
        /// The village has not decided, or not validly.
        L15 = "L15",
        /// Longer than the law allows.
        L18 = "L18",
        /// Rent below the floor.
        L20 = "L20",
        /// Money that does not reach the owner's account.
        L35 = "L35",
        /// More distributed than received.
        L36 = "L36",
        /// Income put to a forbidden use.
        L38 = "L38",
        /// Scrapped before its time.
        L46 = "L46",
        /// A household's asset taken without its consent.
        L48 = "L48",
        /// Shares that do not make up the whole.
        L50 = "L50",
    }
}

impl RuleId {
    /// The legal basis, in Chinese as it is cited in decisions.
    pub const fn basis(self) -> &'static str {
        match self {
            Self::L01 => {
                "《中华人民共和国农村集体经济组织法》第三十五条；行政事业单位国有资产处置办法关于成交价低于评估价百分之九十须报经批准的规定"
            }
            Self::L02 => "《国有资产评估管理办法》第三条；《浙江省农村集体资产管理条例》第三十六条",
            Self::L03 => {
                "《资产评估执业准则——资产评估报告》关于评估结论自评估基准日起使用有效期一年的规定，第十一条"
            }
            Self::L04 => "《中华人民共和国资产评估法》第二十八条",
            Self::L05 => "《中华人民共和国农村集体经济组织法》第三十五条；国办函〔2021〕51号",
            Self::L07 => "《中华人民共和国农村集体经济组织法》第二十九条、第三十四条",
            Self::L10 | Self::L11 => "《中华人民共和国民法典》第三百一十一条",
            Self::L12 => "《中华人民共和国民法典》第四百零六条",
            Self::L15 => "《中华人民共和国农村集体经济组织法》第二十六条至第二十八条",
            Self::L18 => "《中华人民共和国民法典》第七百零五条、第三百三十二条",
            Self::L20 => {
                "《中华人民共和国农村集体经济组织法》第三十五条；县级扶贫资产管理办法关于年租金底线的规定"
            }
            Self::L35 => "《中华人民共和国农村集体经济组织法》第四十四条",
            Self::L36 => "《中华人民共和国农村集体经济组织法》第四十二条",
            Self::L38 => "国办函〔2021〕51号；乡镇扶贫资产收益分配使用管理办法关于禁止性支出的规定",
            Self::L46 => {
                "国办函〔2021〕51号；县级扶贫项目资产处置办法关于未达使用年限报废须有技术鉴定或灾害证明的规定"
            }
            Self::L48 => "国办函〔2021〕51号；《中华人民共和国民法典》第二百零七条",
            Self::L50 => "《中华人民共和国民法典》第二百九十八条；ISO 19152（土地管理域模型）",
        }
    }
}

closed_enum! {
    /// What exactly a rule found. A rule that looks at several things has a cause for each.
    pub enum Cause {
        /// The price is below the floor that the appraisal sets.
        PriceBelowAppraisal = "price_below_appraisal",
        /// Ownership is sold or swapped without an appraisal.
        AppraisalMissing = "appraisal_missing",
        /// The appraisal speaks of a day that is too far back, or still to come.
        AppraisalStale = "appraisal_stale",
        /// The appraiser is a party of the deal.
        AppraiserIsParty = "appraiser_is_party",
        /// The appraiser is related to a party of the deal.
        AppraiserRelated = "appraiser_related",
        /// Too few appraisers signed.
        TooFewSignatures = "too_few_signatures",
        /// There is no report behind the appraisal.
        ReportMissing = "report_missing",
        /// A private party gets it for nothing.
        GivenForNothing = "given_for_nothing",
        /// What comes back in a swap is worth less.
        SwapUnequal = "swap_unequal",
        /// Receiver and giver are related.
        PartiesRelated = "parties_related",
        /// The giver holds less than it gives.
        HoldsLess = "holds_less",
        /// Other acts have already promised the same share.
        PromisedTwice = "promised_twice",
        /// The holder of a restriction has not consented.
        ConsentOfHolderMissing = "consent_of_holder_missing",
        /// A restriction forbids the act.
        RestrictionForbids = "restriction_forbids",
        /// The village has not decided.
        DecisionMissing = "decision_missing",
        /// The body that decided may not decide this.
        WrongBody = "wrong_body",
        /// Too few attended.
        TooFewAttended = "too_few_attended",
        /// Too few were in favour.
        TooFewInFavour = "too_few_in_favour",
        /// The term is longer than the cap.
        TermAboveCap = "term_above_cap",
        /// The grant has no end.
        TermWithoutEnd = "term_without_end",
        /// The rent is below the floor that the money invested sets.
        RentBelowInvestment = "rent_below_investment",
        /// The rent is below the floor that the appraised rent sets.
        RentBelowAppraisal = "rent_below_appraisal",
        /// The money goes to somebody else than the giver.
        PaidToAnother = "paid_to_another",
        /// Money of a collective goes to a person or a household.
        PaidToPerson = "paid_to_person",
        /// A party's part goes into somebody else's account.
        AccountOfAnother = "account_of_another",
        /// More is distributed than there is.
        MoreThanReceived = "more_than_received",
        /// The use stands in the list of forbidden uses.
        UseForbidden = "use_forbidden",
        /// An asset is disposed of before its service life is over, and nothing shows why.
        ScrappedEarly = "scrapped_early",
        /// A household gives up a right without its recorded consent.
        HouseholdConsentMissing = "household_consent_missing",
        /// The income of a household's own asset is distributed without its recorded consent.
        HouseholdIncomeDistributed = "household_income_distributed",
        /// The shares do not make up the whole.
        SharesNotWhole = "shares_not_whole",
    }
}

impl Cause {
    /// The rule that finds it.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::PriceBelowAppraisal => RuleId::L01,
            Self::AppraisalMissing => RuleId::L02,
            Self::AppraisalStale => RuleId::L03,
            Self::AppraiserIsParty
            | Self::AppraiserRelated
            | Self::TooFewSignatures
            | Self::ReportMissing => RuleId::L04,
            Self::GivenForNothing | Self::SwapUnequal => RuleId::L05,
            Self::PartiesRelated => RuleId::L07,
            Self::HoldsLess => RuleId::L10,
            Self::PromisedTwice => RuleId::L11,
            Self::ConsentOfHolderMissing | Self::RestrictionForbids => RuleId::L12,
            Self::DecisionMissing | Self::WrongBody | Self::TooFewAttended | Self::TooFewInFavour => {
                RuleId::L15
            }
            Self::TermAboveCap | Self::TermWithoutEnd => RuleId::L18,
            Self::RentBelowInvestment | Self::RentBelowAppraisal => RuleId::L20,
            Self::PaidToAnother | Self::PaidToPerson | Self::AccountOfAnother => RuleId::L35,
            Self::MoreThanReceived => RuleId::L36,
            Self::UseForbidden => RuleId::L38,
            Self::ScrappedEarly => RuleId::L46,
            Self::HouseholdConsentMissing | Self::HouseholdIncomeDistributed => RuleId::L48,
            Self::SharesNotWhole => RuleId::L50,
        }
    }

    /// What it does to the case.
    pub const fn severity(self) -> Severity {
        match self {
            Self::PriceBelowAppraisal
            | Self::PartiesRelated
            | Self::ConsentOfHolderMissing
            | Self::RentBelowInvestment
            | Self::RentBelowAppraisal => Severity::Escalate,
            _ => Severity::Block,
        }
    }
}

/// A figure of a finding, as it stands on the wire. Its unit is the end of its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Figure {
    /// A count, money in fen, a rate in basis points, a number of days or years.
    Number(i64),
    /// A share, a day, an identifier, a code.
    Text(String),
    /// Several codes or identifiers.
    List(Vec<String>),
}

/// A sentence in both languages of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

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
    /// What was compared. The end of a name is its unit: `_fen`, `_bp`, `_days`, `_years`, `_on`, `_share`, `_id`.
    pub figures: BTreeMap<String, Figure>,
    /// Which lot it concerns, counted from 0 through the lots given and then those of a swap; for a registration the
    /// claim, for a distribution the line; none where it concerns the case as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<usize>,
}

impl Finding {
    /// A finding of a cause, to which figures are added.
    pub fn of(cause: Cause) -> Self {
        Self { rule: cause.rule(), cause, severity: cause.severity(), figures: BTreeMap::new(), lot: None }
    }

    /// The legal basis, in Chinese.
    pub const fn basis(&self) -> &'static str {
        self.rule.basis()
    }

    /// What was found, as a sentence with its figures.
    pub fn message(&self) -> Text {
        texts::sentence(self.cause, &self.figures)
    }

    /// The lot that it concerns.
    pub(super) const fn at(mut self, lot: usize) -> Self {
        self.lot = Some(lot);
        self
    }

    /// Adds an amount of money, in fen.
    pub(super) fn fen(self, name: &str, amount: i64) -> Self {
        self.with(format!("{name}_fen"), Figure::Number(amount))
    }

    /// Adds a rate, in basis points.
    pub(super) fn bp(self, name: &str, rate: i64) -> Self {
        self.with(format!("{name}_bp"), Figure::Number(rate))
    }

    /// Adds a number of days.
    pub(super) fn days(self, name: &str, days: i64) -> Self {
        self.with(format!("{name}_days"), Figure::Number(days))
    }

    /// Adds a number of years.
    pub(super) fn years(self, name: &str, years: i64) -> Self {
        self.with(format!("{name}_years"), Figure::Number(years))
    }

    /// Adds a day.
    pub(super) fn on(self, name: &str, day: NaiveDate) -> Self {
        self.with(format!("{name}_on"), Figure::Text(day.to_string()))
    }

    /// Adds a share, or a sum of shares.
    pub(super) fn share(self, name: &str, share: impl ToString) -> Self {
        self.with(format!("{name}_share"), Figure::Text(share.to_string()))
    }

    /// Adds what is meant.
    pub(super) fn id<Kind>(self, name: &str, id: Id<Kind>) -> Self {
        self.with(format!("{name}_id"), Figure::Text(id.to_string()))
    }

    /// Adds a number of heads or signatures.
    pub(super) fn count(self, name: &str, count: u32) -> Self {
        self.with(name.to_owned(), Figure::Number(count.into()))
    }

    /// Adds a code.
    pub(super) fn code(self, name: &str, code: impl Into<String>) -> Self {
        self.with(name.to_owned(), Figure::Text(code.into()))
    }

    /// Adds several codes or identifiers.
    pub(super) fn list(self, name: &str, items: Vec<String>) -> Self {
        self.with(name.to_owned(), Figure::List(items))
    }

    fn with(mut self, name: String, figure: Figure) -> Self {
        self.figures.insert(name, figure);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(causes: &[Cause], outcome: Outcome) {
        let findings: Vec<_> = causes.iter().map(|it| Finding::of(*it)).collect();
        assert_eq!(Outcome::of(&findings), outcome);
    }

    #[test]
    fn the_gravest_finding_decides() {
        check(&[], Outcome::Pass);
        check(&[Cause::PriceBelowAppraisal], Outcome::Escalate);
        check(&[Cause::PriceBelowAppraisal, Cause::HoldsLess, Cause::PartiesRelated], Outcome::Block);
    }

    #[test]
    fn a_warning_holds_nothing_up() {
        let warning = Finding { severity: Severity::Warn, ..Finding::of(Cause::HoldsLess) };

        assert_eq!(Outcome::of(&[warning]), Outcome::Pass);
    }

    #[test]
    fn a_finding_is_read_back_as_it_was_stored() {
        let finding = Finding::of(Cause::PriceBelowAppraisal)
            .at(1)
            .fen("price", 10_000_000)
            .bp("price_floor", 9000)
            .on("appraised", NaiveDate::from_ymd_opt(2026, 5, 1).unwrap())
            .share("given", "2/3")
            .list("path", vec!["kin".to_owned()]);

        let stored = serde_json::to_value(&finding).unwrap();

        assert_eq!(
            stored,
            json!({"rule": "L01", "cause": "price_below_appraisal", "severity": "escalate", "lot": 1,
                "figures": {"price_fen": 10_000_000, "price_floor_bp": 9000, "appraised_on": "2026-05-01",
                    "given_share": "2/3", "path": ["kin"]}})
        );
        assert_eq!(serde_json::from_value::<Finding>(stored).unwrap(), finding);
    }

    #[test]
    fn every_rule_has_a_cause_and_a_basis_in_chinese() {
        for rule in RuleId::ALL {
            assert!(Cause::ALL.iter().any(|it| it.rule() == *rule), "{rule} finds nothing");
            assert!(rule.basis().contains('第') || rule.basis().contains('号'), "{rule}");
        }
    }
}
