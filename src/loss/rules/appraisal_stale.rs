//! L03: the appraisal is of a day further back than it is good for, or of a day after the deal.
//!
//! It is good on the day of the deal, on that on which the village decided, and on that on which the deal is entered, so that
//! nobody gains by choosing one of them. Only a deal that is entered late, and says why, is looked at as of its own days.

use chrono::NaiveDate;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, ties::rests_on_appraisal};
use crate::{
    loss::facts::{AppraisalFacts, Consideration, TransferFacts},
    register::parties::ties::Web,
};

pub(super) const L03: Rule = Rule {
    id: RuleId::L03,
    name: bilingual("评估报告过期", "Appraisal out of date"),
    basis: "《资产评估执业准则——资产评估报告》关于评估结论自评估基准日起使用有效期一年的规定，第十一条",
    severity: Severity::Block,
    parameters: &["appraisal_validity_days", "exchange_required_above_fen"],
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
    cure: bilingual(
        "请重新评估，或者在有效期内成交",
        "have it appraised anew, or close the deal while the appraisal is good",
    ),
};

fn stale(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if !rests_on_appraisal(deal, &Web::of(&deal.ties), policy) {
        return Vec::new();
    }
    let returned = match &deal.consideration {
        Consideration::Swap { appraisal, .. } => appraisal.as_ref(),
        _ => None,
    };
    deal.appraisal.iter().chain(returned).filter_map(|it| stale_by(deal, it, policy)).collect()
}

fn stale_by(deal: &TransferFacts, appraisal: &AppraisalFacts, policy: &PolicyValues) -> Option<Found> {
    let age = |day: &NaiveDate| day.signed_duration_since(appraisal.appraised_on).num_days();
    let is_stale = |day: &NaiveDate| age(day) > policy.appraisal_validity_days;
    // A village may decide to sell before it has the value appraised; nobody deals by an appraisal to come.
    let deal_on = Some(deal.effective_on).filter(|it| age(it) < 0 || is_stale(it));
    let decided_on = || deal.decisions.iter().map(|it| it.decision.decided_on()).filter(is_stale).min();
    let entered_on = || Some(deal.today).filter(|it| !deal.entered.of_its_day && is_stale(it));
    let stale_on = deal_on.or_else(decided_on).or_else(entered_on)?;
    let found = Found::of(APPRAISAL_STALE).on("appraised", appraisal.appraised_on).on("deal", stale_on);
    Some(found.days("validity", policy.appraisal_validity_days))
}
