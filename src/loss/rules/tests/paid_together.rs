//! What is paid for several lots together is paid for each by its part of what they cost: L06, L09 and L17 on them, and what of it is at risk.

use super::*;

/// Half of one greenhouse and a quarter of another: of what is paid for both, two thirds are paid for the first.
fn both(from: PartyFacts, to: [PartyFacts; 2], price: i64) -> TransferFacts {
    TransferFacts {
        lots: vec![lot(1, from, to[0], "1/2"), lot(2, from, to[1], "1/4")],
        consideration: Consideration::Price(fen(price)),
        ..given_by(from, sale())
    }
}

#[test]
fn a_flip_is_told_by_the_part_of_the_price_that_is_paid_for_it() {
    let sold_on = |price| {
        let mut deal = both(firm(), [household(), household()], price);
        deal.lots[0].acquired = vec![Acquired {
            from: east(),
            on: day("2026-01-01"),
            term: None,
            share: part("1/2"),
            paid: fen(60_000_000),
        }];
        deal
    };
    // A fifth more than 600,000 yuan for the half are 720,000, of 1,080,000 for both.
    leaves_alone(RuleId::L09, sold_on(108_000_000));
    let found = json!({"lot": 0, "paid_fen": 120_000_000, "asked_fen": 144_000_002});
    check(RuleId::L09, sold_on(108_000_002), &[warns("sold_on_for_more", found)]);
}

#[test]
fn at_risk_is_what_the_books_have_of_a_lot_beyond_its_part_of_the_price() {
    let head = in_office(officer(), OfficerPost::Head, east());
    let deal = TransferFacts { ties: vec![head], ..both(east(), [officer(), household()], 30_000_000) };
    // 450,000 yuan in the books, for 200,000.
    check(RuleId::L06, deal, &[blocks("receiver_decides", json!({"lot": 0, "at_risk_fen": 25_000_000}))]);
}

#[test]
fn of_what_comes_back_and_of_what_is_swapped_nobody_can_tell_what_is_lost() {
    let untraded = TransferFacts { trade: None, consideration: at_once([30_000_000]), ..lease() };
    check(RuleId::L17, untraded, &[escalates("trade_missing", json!({"at_risk_fen": null}))]);
    let swap = swapped(vec![lot(1, east(), officer(), "1")], vec![lot(2, officer(), east(), "1/2")]);
    let to_head = TransferFacts { ties: vec![in_office(officer(), OfficerPost::Head, east())], ..swap };
    check(RuleId::L06, to_head, &[blocks("receiver_decides", json!({"at_risk_fen": null}))]);
}
