//! L01: the price is below the part of the appraisal that the policy asks for. The county may agree to it.
//!
//! The rule protects the wealth of the state and of collectives; a household may sell what is its own at any
//! price. The appraisal of management is a rent, which L20 looks at.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, money, raised, rate, whole},
};
use crate::{loss::facts::TransferFacts, register::codes::RightKind};

pub(super) const L01: Rule = Rule {
    id: RuleId::L01,
    name: bilingual("成交价低于评估价", "Price below the appraisal"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；行政事业单位国有资产处置办法关于成交价低于评估价百分之九十须报经批准的规定",
    severity: Severity::Escalate,
    parameters: &["price_floor_bp"],
    checks: &[Check::Transfer(below_appraisal)],
    causes: &[PRICE_BELOW_APPRAISAL],
};

const PRICE_BELOW_APPRAISAL: Cause = Cause {
    code: "price_below_appraisal",
    severity: None,
    sentence: bilingual(
        "对价{price_fen}低于评估价值{appraised_fen}的{price_floor_bp}（{floor_fen}）",
        "the price of {price_fen} is below {floor_fen}, which is {price_floor_bp} of the appraisal of {appraised_fen}",
    ),
};

fn below_appraisal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let (Some(appraisal), Some(price)) = (&deal.appraisal, deal.consideration.money()) else {
        return Vec::new();
    };
    if deal.right == RightKind::Management || !deal.gives_public() {
        return Vec::new();
    }
    let price = whole(price);
    let floor = money(appraisal.value) * rate(policy.price_floor_bp);
    if price >= floor {
        return Vec::new();
    }
    vec![
        Found::of(PRICE_BELOW_APPRAISAL)
            .fen("price", floored(&price))
            .fen("appraised", appraisal.value.get())
            .fen("floor", raised(&floor))
            .fen("missing", raised(&(floor - price)))
            .bp("price_floor", policy.price_floor_bp)
            .on("appraised", appraisal.appraised_on),
    ]
}
