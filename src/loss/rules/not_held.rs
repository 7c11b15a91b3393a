//! L10: a giver gives more than it holds on some day of the term, all its lots in the asset together.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, lots::by_asset_and_giver};
use crate::{loss::facts::TransferFacts, values::share::Total};

pub(super) const L10: Rule = Rule {
    id: RuleId::L10,
    name: bilingual("无权处分", "The giver does not hold what it gives"),
    basis: "《中华人民共和国民法典》第三百一十一条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(not_held)],
    causes: &[HOLDS_LESS],
};

const HOLDS_LESS: Cause = Cause {
    code: "holds_less",
    severity: None,
    sentence: bilingual(
        "{from_id}拟转出资产{asset_id}{right}的{given_share}，但在整个期间内至少有一日仅持有{held_share}",
        "{from_id} gives {given_share} of the {right} of asset {asset_id}, of which it holds only {held_share} on some day of the period",
    ),
};

fn not_held(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let found = by_asset_and_giver(deal).into_iter().filter_map(|((asset, from), taken)| {
        let (given, held) = (taken.share(), taken.held(|it| &it.held.least));
        (given > held).then(|| {
            Found::of(HOLDS_LESS)
                .at(taken.first)
                .id("asset", asset)
                .id("from", from)
                .code("right", deal.right.code())
                .share("given", Total::of(given))
                .share("held", Total::of(held))
        })
    });
    found.collect()
}
