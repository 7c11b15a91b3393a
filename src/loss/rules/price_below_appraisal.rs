//! L01: the price is below the part of the appraisal that the policy asks for. The county may agree to it, down to a second floor
//! below which nobody may.
//!
//! The rule protects the wealth of the state and of collectives; a household may sell what is its own at any
//! price. The appraisal of management is a rent, which L20 looks at. What is paid later counts for less.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, money, paid, raised, rate},
};
use crate::{loss::facts::TransferFacts, register::codes::RightKind};

pub(super) const L01: Rule = Rule {
    id: RuleId::L01,
    name: bilingual("成交价低于评估价", "Price below the appraisal"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；行政事业单位国有资产处置办法关于成交价低于评估价百分之九十须报经批准的规定",
    severity: Severity::Escalate,
    parameters: &["price_floor_bp", "price_block_bp", "discount_rate_bp"],
    checks: &[Check::Transfer(below_appraisal)],
    causes: &[PRICE_BELOW_APPRAISAL, PRICE_FAR_BELOW_APPRAISAL],
};

const PRICE_BELOW_APPRAISAL: Cause = Cause {
    code: "price_below_appraisal",
    severity: None,
    sentence: bilingual(
        "对价{price_fen}低于评估价值{appraised_fen}的{price_floor_bp}（{floor_fen}）",
        "the price of {price_fen} is below {floor_fen}, which is {price_floor_bp} of the appraisal of {appraised_fen}",
    ),
    cure: bilingual(
        "请将对价提高到{floor_fen}以上；否则由县级说明理由后核准",
        "agree on {floor_fen} or more; otherwise the county says why it agrees",
    ),
};

const PRICE_FAR_BELOW_APPRAISAL: Cause = Cause {
    code: "price_far_below_appraisal",
    severity: Some(Severity::Block),
    sentence: bilingual(
        "对价{price_fen}低于评估价值{appraised_fen}的{price_block_bp}（{floor_fen}）",
        "the price of {price_fen} is below {floor_fen}, which is {price_block_bp} of the appraisal of {appraised_fen}",
    ),
    cure: bilingual(
        "不得成交：请将对价提高到{floor_fen}以上，确有减值的重新评估",
        "nobody may agree to it: agree on {floor_fen} or more, or have what is worth less by now appraised anew",
    ),
};

fn below_appraisal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let interest = rate(policy.discount_rate_bp);
    let (Some(appraisal), Some(price)) = (&deal.appraisal, paid(deal, &interest)) else {
        return Vec::new();
    };
    if deal.right == RightKind::Management || !deal.gives_public() {
        return Vec::new();
    }
    let floors = [
        (PRICE_FAR_BELOW_APPRAISAL, "price_block", policy.price_block_bp),
        (PRICE_BELOW_APPRAISAL, "price_floor", policy.price_floor_bp),
    ];
    let floors = floors.map(|(cause, name, bp)| (cause, name, bp, money(appraisal.value) * rate(bp)));
    // The gravest alone is told.
    let below = floors.into_iter().find(|(.., floor)| price < *floor);
    let found = below.map(|(cause, name, bp, floor)| {
        Found::of(cause)
            .fen("price", floored(&price))
            .fen("appraised", appraisal.value.get())
            .fen("floor", raised(&floor))
            .fen("missing", raised(&(floor - &price)))
            .at_risk(raised(&(money(appraisal.value) - &price)))
            .bp(name, bp)
            .on("appraised", appraisal.appraised_on)
    });
    found.into_iter().collect()
}
