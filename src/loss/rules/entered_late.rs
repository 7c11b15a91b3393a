//! L52: an act is entered long after its day, and does not say why. The county may agree to it, and then knows.
//!
//! An act that does say why goes to the county as well, and is then judged as of its own day. First registrations and
//! corrections say what was before the register knew it: they are never late.

use chrono::NaiveDate;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::loss::facts::{AlterationFacts, ContractFacts, Entered, TransferFacts};

pub(super) const L52: Rule = Rule {
    id: RuleId::L52,
    name: bilingual("逾期补录而未说明理由", "Entered long after its day, without a reason"),
    basis: "《中华人民共和国村民委员会组织法》第三十条（涉及村民利益的重大事项应当随时公布，一般事项至少每季度公布一次）",
    severity: Severity::Escalate,
    parameters: &["late_entry_days"],
    checks: &[Check::Transfer(transfer), Check::Alteration(alteration), Check::Contract(contract)],
    causes: &[ENTERED_LATE],
};

const ENTERED_LATE: Cause = Cause {
    code: "entered_late",
    severity: None,
    sentence: bilingual(
        "事项自{effective_on}起生效，于{entered_on}录入，超过{allowed_days}，未说明补录理由（`recorded_late`）",
        "this works from {effective_on} and was entered on {entered_on}, later than {allowed_days}, and does not say why \
         (`recorded_late`)",
    ),
    cure: bilingual("请在 `recorded_late` 中说明补录理由", "say why in `recorded_late`"),
};

fn transfer(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    late(deal.entered, deal.effective_on, policy)
}

fn alteration(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    late(alteration.entered, alteration.effective_on, policy)
}

fn contract(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    late(contract.entered, contract.terms.term.from(), policy)
}

fn late(entered: Entered, effective_on: NaiveDate, policy: &PolicyValues) -> Vec<Found> {
    if entered.explained || !entered.is_late(effective_on, policy) {
        return Vec::new();
    }
    vec![
        Found::of(ENTERED_LATE)
            .on("effective", effective_on)
            .on("entered", entered.on)
            .days("late", entered.days_after(effective_on))
            .days("allowed", policy.late_entry_days),
    ]
}
