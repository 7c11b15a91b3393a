//! For whose debts land may be mortgaged (L14): for those of whoever runs it, and neither of its owner nor of a stranger.

use super::*;
use crate::{loss::facts::CONTRACTED_LAND, register::codes::RestrictionKind};

#[test]
fn land_secures_the_debts_of_nobody_but_whoever_runs_it_and_does_not_own_it() {
    let land = |running: PartyFacts, debtor: PartyFacts| EncumbranceFacts {
        kind: RestrictionKind::Mortgage,
        asset: AssetFacts { category: CONTRACTED_LAND.to_owned(), ..greenhouse(1) },
        owners: vec![east()],
        running: vec![running],
        debtor: Some(debtor),
        standing: false,
        shown: true,
        holder: Some(person()),
        amount: Some(fen(1)),
        ties: vec![],
    };
    let found = [blocks("land_mortgaged", json!({"owner_id": east().id}))];
    leaves_alone(RuleId::L14, land(firm(), firm()));
    check(RuleId::L14, land(firm(), household()), &found);
    check(RuleId::L14, land(east(), east()), &found);
}
