//! L07: the receiver is related to whoever gives wealth of the state or of a collective. The county may agree
//! to it, and then knows.

use std::collections::BTreeMap;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    ties::{path_between, ties_that_count},
};
use crate::loss::facts::TransferFacts;

pub(super) const L07: Rule = Rule {
    id: RuleId::L07,
    name: bilingual("与关联方交易", "Dealing with a related party"),
    basis: "《中华人民共和国农村集体经济组织法》第二十九条、第三十四条",
    severity: Severity::Escalate,
    parameters: &[],
    checks: &[Check::Transfer(related)],
    causes: &[PARTIES_RELATED],
};

const PARTIES_RELATED: Cause = Cause {
    code: "parties_related",
    severity: None,
    sentence: bilingual(
        "受让方{to_id}与出让方{from_id}存在关联关系（{path}）",
        "the receiver {to_id} is related to the giver {from_id} ({path})",
    ),
};

fn related(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let ties = ties_that_count(deal);
    let mut pairs = BTreeMap::new();
    for (index, lot) in deal.all_lots().enumerate().filter(|(_, it)| it.from.is_public()) {
        pairs.entry((lot.from.id, lot.to.id)).or_insert(index);
    }
    let found = pairs.into_iter().filter_map(|((from, to), lot)| {
        let path = path_between(to, from, &ties)?;
        Some(path.described(Found::of(PARTIES_RELATED).at(lot).id("from", from).id("to", to)))
    });
    found.collect()
}
