//! L32: an act would stand in the chain of an asset with no source document behind it.
//!
//! What is put on record without a paper that shows it is what a ghost asset is made of: whoever follows the chain later finds a right
//! and nothing that it came from. The minutes of a village are the ground of what it decided, and not of what was done. Acts that put
//! nothing in a chain, a distribution or what puts a record right, have their own grounds.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::loss::facts::{AlterationFacts, RegistrationFacts, TransferFacts};

pub(super) const L32: Rule = Rule {
    id: RuleId::L32,
    name: bilingual("缺少权属来源材料", "Nothing behind what is put on record"),
    basis: "《中华人民共和国民法典》第二百一十一条",
    severity: Severity::Warn,
    parameters: &[],
    checks: &[Check::Transfer(moved), Check::Registration(registered), Check::Alteration(altered)],
    causes: &[SOURCE_DOCUMENT_MISSING],
};

const SOURCE_DOCUMENT_MISSING: Cause = Cause {
    code: "source_document_missing",
    severity: None,
    sentence: bilingual(
        "自{effective_on}起生效的事项未附权属来源材料，登记后权属链将显示 `missing_document`",
        "nothing shows what works from {effective_on}, and the chain of title will say `missing_document`",
    ),
    cure: bilingual(
        "请以 `documents` 附合同、验收或者移交单等原始材料",
        "attach the contract, the acceptance, the handover sheet or whatever shows it (`documents`)",
    ),
};

fn moved(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    if deal.sources > 0 {
        return Vec::new();
    }
    vec![Found::of(SOURCE_DOCUMENT_MISSING).on("effective", deal.effective_on)]
}

fn registered(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    if registration.sources > 0 {
        return Vec::new();
    }
    vec![Found::of(SOURCE_DOCUMENT_MISSING).on("effective", registration.effective_on)]
}

fn altered(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    if alteration.sources != Some(0) {
        return Vec::new();
    }
    vec![Found::of(SOURCE_DOCUMENT_MISSING).on("effective", alteration.effective_on)]
}
