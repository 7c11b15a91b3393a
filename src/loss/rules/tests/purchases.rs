//! What a village, or its own cooperative, buys and rents of somebody private: by what appraisal, who is paid, and who decided.

use super::*;
use crate::{loss::facts::RestrictionFacts, register::codes::RestrictionKind};

/// A shed of a household, bought for 500,000 yuan by its appraisal.
fn bought_by(buyer: PartyFacts) -> TransferFacts {
    TransferFacts {
        lots: vec![lot(1, household(), buyer, "1")],
        consideration: Consideration::Price(fen(50_000_000)),
        appraisal: Some(appraised(50_000_000)),
        ..sale()
    }
}

fn own() -> Tie {
    tie(cooperative(), RelationKind::ControlledBy, east())
}

#[test]
fn its_own_cooperative_buys_as_the_village_does() {
    let head = in_office(officer(), OfficerPost::Head, east());
    let kin = tie(officer(), RelationKind::Kin, household());
    let bought = |ties: &[Tie]| TransferFacts {
        ties: ties.to_vec(),
        appraisal: None,
        decisions: vec![],
        ..bought_by(cooperative())
    };
    let ours = bought(&[own(), head, kin]);
    check(RuleId::L02, ours.clone(), &[escalates("bought_unappraised", json!({}))]);
    check(RuleId::L07, ours.clone(), &[escalates("seller_related", json!({"to_id": cooperative().id}))]);
    check(RuleId::L15, ours, &[blocks("decision_missing", json!({"party_id": east().id}))]);
    let strange = bought(&[head, kin]);
    for rule in [RuleId::L02, RuleId::L07, RuleId::L15] {
        leaves_alone(rule, strange.clone());
    }
    // What it buys of the village stays in its hands.
    let within =
        TransferFacts { lots: vec![lot(1, cooperative(), east(), "1")], ..bought(&[own(), head, kin]) };
    leaves_alone(RuleId::L07, within);
}

#[test]
fn what_it_costs_rests_on_an_appraisal_as_good_as_any() {
    let by = |change: fn(&mut AppraisalFacts)| {
        let mut appraisal = appraised(50_000_000);
        change(&mut appraisal);
        TransferFacts { appraisal: Some(appraisal), ..bought_by(east()) }
    };
    leaves_alone(RuleId::L04, by(|_| {}));
    leaves_alone(RuleId::L03, by(|_| {}));
    let of_seller = by(|it| it.appraiser = household().id);
    check(RuleId::L04, of_seller.clone(), &[blocks("appraiser_is_party", json!({}))]);
    check(RuleId::L04, by(|it| it.document = None), &[blocks("report_missing", json!({}))]);
    let old = by(|it| it.appraised_on = day("2022-01-01"));
    check(RuleId::L03, old.clone(), &[blocks("appraisal_stale", json!({}))]);
    // Of what costs no more than is bought without one, nobody asks.
    let small =
        |it: TransferFacts| TransferFacts { consideration: Consideration::Price(fen(20_000_000)), ..it };
    leaves_alone(RuleId::L04, small(of_seller));
    leaves_alone(RuleId::L03, small(old.clone()));
    let just_above = TransferFacts { consideration: Consideration::Price(fen(20_000_001)), ..old };
    check(RuleId::L03, just_above, &[blocks("appraisal_stale", json!({}))]);
}

#[test]
fn its_money_goes_to_whoever_gives() {
    let paid = |buyer, payee| TransferFacts { pay_to: Some(payee), ties: vec![own()], ..bought_by(buyer) };
    for buyer in [east(), cooperative()] {
        let expected =
            json!({"payee_id": person().id, "from_id": household().id, "to_id": buyer.id, "lot": 0});
        check(RuleId::L35, paid(buyer, person()), &[escalates("purchase_paid_to_another", expected)]);
        leaves_alone(RuleId::L35, paid(buyer, household()));
    }
    leaves_alone(RuleId::L35, paid(firm(), person()));
}

#[test]
fn what_it_buys_secures_nobody_else_s_debt() {
    let mortgage = |to, right| {
        let mut deal = TransferFacts { right, ..bought_by(to) };
        deal.lots[0].restrictions = vec![RestrictionFacts {
            kind: RestrictionKind::Mortgage,
            holder: person().id,
            period: since("2024-01-01"),
            consent: None,
        }];
        deal
    };
    let expected = json!({"asset_id": greenhouse(1).id, "holder_id": person().id, "lot": 0});
    check(
        RuleId::L12,
        mortgage(east(), RightKind::Ownership),
        &[escalates("bought_under_mortgage", expected)],
    );
    check(RuleId::L12, mortgage(firm(), RightKind::Ownership), &[warns("mortgagee_not_told", json!({}))]);
    check(RuleId::L12, mortgage(east(), RightKind::Income), &[warns("mortgagee_not_told", json!({}))]);
}

#[test]
fn what_it_rents_by_a_contract_is_of_nobody_close_and_decided_on() {
    let head = in_office(person(), OfficerPost::Head, east());
    let rents = |lessee, ties: Vec<Tie>, decisions| {
        let mut facts = ContractFacts { ties, decisions, ..contract() };
        (facts.terms.lessor, facts.terms.lessee) = (person(), lessee);
        facts
    };
    for (lessee, ties) in [(east(), vec![head]), (cooperative(), vec![head, own()])] {
        let found = json!({"from_id": person().id, "to_id": lessee.id});
        check(RuleId::L07, rents(lessee, ties.clone(), decided()), &[escalates("lessor_related", found)]);
        let undecided = [blocks("decision_missing", json!({"party_id": east().id}))];
        check(RuleId::L15, rents(lessee, ties.clone(), vec![]), &undecided);
        leaves_alone(RuleId::L15, rents(lessee, ties, decided()));
    }
    leaves_alone(RuleId::L07, rents(firm(), vec![head], vec![]));
    leaves_alone(RuleId::L15, rents(firm(), vec![head], vec![]));
    // 200,000 yuan in all is little.
    let mut little = rents(east(), vec![], vec![]);
    little.terms.rent = vec![Payment { due_on: day("2027-07-01"), amount: fen(20_000_000) }];
    leaves_alone(RuleId::L15, little.clone());
    little.terms.rent[0].amount = fen(20_000_001);
    check(RuleId::L15, little, &[blocks("decision_missing", json!({}))]);
}
