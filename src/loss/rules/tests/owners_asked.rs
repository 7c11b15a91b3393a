//! Whose a decision is that does not say it, where what others own is let on (L26).

use super::*;

/// A firm lets on what others own, and somebody decided on it who does not say who they are.
fn let_on(owners: Vec<PartyFacts>) -> TransferFacts {
    let mut of_firm = lot(1, firm(), cooperative(), "1");
    of_firm.owners = owners;
    TransferFacts { lots: vec![of_firm], decisions: decided(), ..lease() }
}

#[test]
fn an_unnamed_decision_is_that_of_the_one_owner() {
    leaves_alone(RuleId::L26, let_on(vec![east()]));
    let asked = |of: PartyFacts| [escalates("sublease_without_consent", json!({"owner_id": of.id}))];
    check(RuleId::L26, let_on(vec![east(), west()]), &asked(east()));
    // A village that lets something of its own beside it decides on that.
    let mut beside = let_on(vec![east()]);
    beside.lots.push(lot(2, west(), cooperative(), "1"));
    check(RuleId::L26, beside, &asked(east()));
}
