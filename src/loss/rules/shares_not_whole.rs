//! L50: after the act the shares of a right do not make up the whole.
//!
//! What is not granted of management and income rests with the owners, so a registration may claim less than
//! the whole of these two.

use std::collections::BTreeMap;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{LotFacts, RegistrationFacts, TransferFacts},
    register::codes::RightKind,
    values::{
        Id,
        id::kind,
        share::{self, Total},
    },
};

pub(super) const L50: Rule = Rule {
    id: RuleId::L50,
    name: bilingual("份额合计不为一", "Shares that do not make up the whole"),
    basis: "《中华人民共和国民法典》第二百九十八条；ISO 19152（土地管理域模型）",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(moved), Check::Registration(claimed)],
    causes: &[SHARES_NOT_WHOLE],
};

const SHARES_NOT_WHOLE: Cause = Cause {
    code: "shares_not_whole",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的{right}份额合计为{sum_share}，应为1",
        "the shares of the {right} of asset {asset_id} come to {sum_share} and not to the whole",
    ),
    cure: bilingual("请调整各方份额，使合计为1", "make the shares come to the whole"),
};

fn moved(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let mut sums = BTreeMap::new();
    // Of what nobody owns, since it was never registered, L10 says so.
    let unregistered = |it: &LotFacts| it.owners.is_empty() && it.held.least.is_zero();
    let broken_by = |it: &LotFacts| !it.holders_after.is_whole() && !unregistered(it);
    for (index, lot) in deal.all_lots().enumerate().filter(|(_, it)| broken_by(it)) {
        sums.entry(lot.asset.id).or_insert((index, &lot.holders_after));
    }
    let found = sums.into_iter().map(|(asset, (lot, sum))| broken(asset, deal.right, sum).at(lot));
    found.collect()
}

fn claimed(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let sums = RightKind::ALL.iter().map(|right| {
        let claims = registration.claims.iter().filter(|claim| claim.right == *right);
        (*right, share::sum(claims.map(|claim| claim.share)))
    });
    // Grants for terms that follow each other are the whole each: that they fit on every day is seen to before.
    let in_turn =
        |right: RightKind| registration.grants.iter().any(|it| it.claim.right == right && it.term.is_some());
    let is_broken = |right: RightKind, sum: &Total| {
        sum.exceeds_whole() && !in_turn(right) || right == RightKind::Ownership && !sum.is_whole()
    };
    sums.filter(|(right, sum)| is_broken(*right, sum))
        .map(|(right, sum)| broken(registration.asset.id, right, &sum))
        .collect()
}

fn broken(asset: Id<kind::Asset>, right: RightKind, sum: &Total) -> Found {
    Found::of(SHARES_NOT_WHOLE).id("asset", asset).code("right", right.code()).share("sum", sum)
}
