//! L03: the appraisal is of a day further back than it is good for, or of a day after the deal.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::loss::facts::TransferFacts;

pub(super) const L03: Rule = Rule {
    id: RuleId::L03,
    name: bilingual("评估报告过期", "Appraisal out of date"),
    basis: "《资产评估执业准则——资产评估报告》关于评估结论自评估基准日起使用有效期一年的规定，第十一条",
    severity: Severity::Block,
    parameters: &["appraisal_validity_days"],
    checks: &[Check::Transfer(stale)],
    causes: &[APPRAISAL_STALE],
};

const APPRAISAL_STALE: Cause = Cause {
    code: "appraisal_stale",
    severity: None,
    sentence: bilingual(
        "评估基准日为{appraised_on}，有效期{validity_days}，至{deal_on}已失效",
        "the appraisal speaks of {appraised_on} and is good for {validity_days}; on {deal_on} it is not",
    ),
};

fn stale(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let Some(appraisal) = &deal.appraisal else { return Vec::new() };
    if !deal.gives_public() {
        return Vec::new();
    }
    let age = deal.effective_on.signed_duration_since(appraisal.appraised_on).num_days();
    if (0..=policy.appraisal_validity_days).contains(&age) {
        return Vec::new();
    }
    vec![
        Found::of(APPRAISAL_STALE)
            .on("appraised", appraisal.appraised_on)
            .days("validity", policy.appraisal_validity_days)
            .on("deal", deal.effective_on),
    ]
}
