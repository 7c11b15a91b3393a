//! Who decides for a village's own organisation, and what those who decide have in hand (L06, L07).

use super::*;
use RelationKind::{ControlledBy, EmployedBy, LegalRepresentative, OfficerOf, Shareholder};

fn own() -> Tie {
    tie(cooperative(), ControlledBy, east())
}

fn head() -> Tie {
    in_office(officer(), OfficerPost::Head, east())
}

/// The village gives to somebody what is its own.
fn to(receiver: PartyFacts, ties: Vec<Tie>) -> TransferFacts {
    let mut deal = TransferFacts { ties, ..sale() };
    deal.lots[0].to = receiver;
    deal
}

/// The village's own cooperative gives it.
fn by_cooperative(receiver: PartyFacts, more: Vec<Tie>) -> TransferFacts {
    let mut deal = to(receiver, [vec![own()], more].concat());
    (deal.lots[0].from, deal.lots[0].owner_consent) = (cooperative(), Some(id(102)));
    deal
}

#[test]
fn a_share_of_which_nobody_knows_how_large_it_is_goes_to_the_county() {
    let unknown = to(firm(), vec![head(), tie(officer(), Shareholder, firm())]);
    leaves_alone(RuleId::L06, unknown.clone());
    let path = json!({"path": ["head", "shareholder"]});
    check(RuleId::L07, unknown, &[escalates("parties_related", path)]);
}

#[test]
fn whoever_works_for_a_cooperative_does_not_decide_for_it() {
    let deal = by_cooperative(person(), vec![tie(person(), EmployedBy, cooperative())]);
    leaves_alone(RuleId::L06, deal.clone());
    check(
        RuleId::L07,
        deal,
        &[escalates("parties_related", json!({"path": ["controlled_by", "employed_by"]}))],
    );
}

#[test]
fn what_a_township_has_is_in_the_hands_of_nobody_who_decides_for_a_cooperative() {
    // The township speaks for the cooperative, and runs a firm of its own.
    for speaks in [OfficerOf, LegalRepresentative] {
        let ties = vec![tie(township(), speaks, cooperative()), tie(firm(), ControlledBy, township())];
        let deal = by_cooperative(firm(), ties);
        leaves_alone(RuleId::L06, deal.clone());
        leaves_alone(RuleId::L07, deal);
    }
}

#[test]
fn what_another_village_holds_half_of_is_not_run_by_this_one() {
    let represented = |holder| {
        let ties = vec![
            head(),
            tie(officer(), LegalRepresentative, cooperative()),
            holding(holder, "1/2", cooperative()),
        ];
        to(cooperative(), ties)
    };
    leaves_alone(RuleId::L06, represented(east()));
    check(RuleId::L06, represented(west()), &[blocks("receiver_in_hand", json!({}))]);
}

#[test]
fn whoever_decides_for_both_is_told_of_the_village_and_each_receiver_once() {
    let represents = tie(officer(), LegalRepresentative, cooperative());
    let both = by_cooperative(officer(), vec![head(), represents]);
    check(RuleId::L06, both.clone(), &[blocks("receiver_decides", json!({"from_id": east().id}))]);
    // Another receiver is told beside.
    let mut two = both;
    two.lots.push(LotFacts { from: cooperative(), ..lot(2, east(), person(), "1") });
    two.ties.push(tie(person(), LegalRepresentative, cooperative()));
    let found = [
        blocks("receiver_decides", json!({"to_id": person().id, "from_id": cooperative().id})),
        blocks("receiver_decides", json!({"to_id": officer().id, "from_id": east().id})),
    ];
    check(RuleId::L06, two, &found);
}

#[test]
fn where_nothing_is_paid_nothing_of_it_is_at_risk_with_whoever_is_paid() {
    let paid = |price| TransferFacts {
        pay_to: Some(officer()),
        consideration: Consideration::Price(fen(price)),
        ..to(firm(), vec![head()])
    };
    check(RuleId::L06, paid(1), &[blocks("payee_decides", json!({"at_risk_fen": 1}))]);
    check(RuleId::L06, paid(0), &[blocks("payee_decides", json!({"at_risk_fen": null}))]);
}
