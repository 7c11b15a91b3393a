//! L36: a plan distributes more than was received and not kept back.

use num_traits::Zero as _;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money},
};
use crate::{loss::facts::DistributionFacts, values::Fen};

pub(super) const L36: Rule = Rule {
    id: RuleId::L36,
    name: bilingual("超额分配", "More distributed than received"),
    basis: "《中华人民共和国农村集体经济组织法》第四十二条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Distribution(more_than_received)],
    causes: &[MORE_THAN_RECEIVED],
};

const MORE_THAN_RECEIVED: Cause = Cause {
    code: "more_than_received",
    severity: None,
    sentence: bilingual(
        "拟分配{planned_fen}，可分配{available_fen}（实收{received_fen}，其他{others}个案件的方案已分配或占用{reserved_fen}，案件编号见 `others`）",
        "{planned_fen} are distributed where {available_fen} can be ({received_fen} received, {reserved_fen} held or \
         distributed by the plans of {others} other cases, see others)",
    ),
    cure: bilingual(
        "请将分配总额减至{available_fen}以内，或者先登记已收的收入",
        "distribute no more than {available_fen}, or record first what else came in",
    ),
};

fn more_than_received(distribution: &DistributionFacts, _: &PolicyValues) -> Vec<Found> {
    let planned: Exact =
        distribution.lines.iter().map(|it| money(it.amount)).fold(Exact::zero(), |sum, it| sum + it);
    let available = distribution.received.checked_sub(distribution.reserved).unwrap_or(Fen::ZERO);
    if planned <= money(available) {
        return Vec::new();
    }
    let others: Vec<_> = distribution.reserved_by.iter().map(ToString::to_string).collect();
    vec![
        Found::of(MORE_THAN_RECEIVED)
            .fen("planned", floored(&planned))
            .fen("available", available.get())
            .fen("received", distribution.received.get())
            .fen("reserved", distribution.reserved.get())
            .list("others", others.clone())
            .list("case_ids", others)
            .at_risk(floored(&(planned - money(available)))),
    ]
}
