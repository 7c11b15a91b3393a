//! L02: the state or a collective sells or swaps above a value what does not come back, and nobody has appraised it: ownership, or the
//! income of an asset for good.
//!
//! The value is the greater of the price and the money invested in what is given: a low price does not make a
//! sale small. Leases need no appraisal (国有资产评估管理办法 art. 4), and what is given for nothing is not
//! sold.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, invested, whole},
    ties::{gives_public, large_purchases},
};
use crate::{
    loss::facts::{Consideration, LotFacts, TransferFacts},
    register::parties::ties::Web,
};

pub(super) const L02: Rule = Rule {
    id: RuleId::L02,
    name: bilingual("应评估而未评估", "No appraisal where one is needed"),
    basis: "《国有资产评估管理办法》第三条；《浙江省农村集体资产管理条例》第三十六条",
    severity: Severity::Block,
    parameters: &["appraisal_required_above_fen", "exchange_required_above_fen"],
    checks: &[Check::Transfer(unappraised_deal)],
    causes: &[APPRAISAL_MISSING, BOUGHT_UNAPPRAISED],
};

const BOUGHT_UNAPPRAISED: Cause = Cause {
    code: "bought_unappraised",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "{to_id}以{value_fen}购入资产，超过{threshold_fen}而未附评估报告",
        "{to_id} buys for {value_fen}, above {threshold_fen}, without an appraisal of what it buys",
    ),
    cure: bilingual(
        "请委托有资质的机构评估，并填写 `appraisal`；否则由县级逐条说明",
        "have it appraised, and name the appraisal (`appraisal`); otherwise the county says why it agrees",
    ),
};

fn unappraised_deal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    missing(deal, policy).into_iter().chain(bought(deal, policy)).collect()
}

/// What somebody public buys for much of somebody private.
fn bought(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&deal.ties);
    if !deal.is_for_good() || deal.appraisal.is_some() {
        return Vec::new();
    }
    let price = deal.consideration.money().unwrap_or_default();
    let found = large_purchases(deal, &web, policy).next().map(|(index, lot)| {
        Found::of(BOUGHT_UNAPPRAISED)
            .at(index)
            .id("to", lot.to.id)
            .fen("value", floored(&whole(price)))
            .fen("threshold", policy.exchange_required_above_fen)
            .at_risk(floored(&whole(price)))
    });
    found.into_iter().collect()
}

const APPRAISAL_MISSING: Cause = Cause {
    code: "appraisal_missing",
    severity: None,
    sentence: bilingual(
        "转让{right}不再收回，价值{value_fen}超过{threshold_fen}，应当评估而未附评估报告",
        "the {right} of what {value_fen} were paid or invested for is sold for good without an appraisal, which is needed above \
         {threshold_fen}",
    ),
    cure: bilingual(
        "请委托有资质的机构评估，并填写 `appraisal`",
        "have it appraised, and name the appraisal (`appraisal`)",
    ),
};

fn missing(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if !deal.is_for_good() || matches!(deal.consideration, Consideration::Nothing) {
        return Vec::new();
    }
    let web = Web::of(&deal.ties);
    let public: Vec<_> = unappraised(deal).filter(|it| gives_public(&web, it)).collect();
    if public.is_empty() {
        return Vec::new();
    }
    let price = whole(deal.consideration.money().unwrap_or_default());
    let value = invested(public.into_iter()).max(price.clone());
    if value <= whole(policy.appraisal_required_above_fen) {
        return Vec::new();
    }
    vec![
        Found::of(APPRAISAL_MISSING)
            .code("right", deal.right.code())
            .fen("value", floored(&value))
            .fen("threshold", policy.appraisal_required_above_fen)
            .at_risk(floored(&(value - price))),
    ]
}

/// The lots without an appraisal: each side of a swap has one of its own.
fn unappraised(deal: &TransferFacts) -> impl Iterator<Item = &LotFacts> {
    let given = if deal.appraisal.is_some() { &[] } else { deal.lots.as_slice() };
    let in_return = match &deal.consideration {
        Consideration::Swap { lots, appraised: None, .. } => lots.as_slice(),
        _ => &[],
    };
    given.iter().chain(in_return)
}
