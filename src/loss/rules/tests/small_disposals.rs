//! What is scrapped for little where little is at stake (L35).

use super::*;
use crate::register::codes::DisposalWay;

#[test]
fn what_the_record_tells_of_something_small_is_told_by_the_record_alone() {
    let said = |category: &str| SaidOfAsset {
        class: AssetClass::Operating,
        category: category.to_owned(),
        original_value: fen(10_000_000),
        book_value: Some(fen(10_000_000)),
        serves_until: Some(day("2041-07-01")),
    };
    let (before, after) = (said("shed"), said("greenhouse"));
    let restated = RestatedFacts { asset: id(1), on: Some(day("2026-06-01")), case: id(71), before, after };
    let mut scrapped = AlterationFacts { restated: vec![restated], ..disposal() };
    let end = scrapped.disposal.as_mut().unwrap();
    (end.cause, end.way, end.payer) =
        (DisposalCause::LowYield, Some(DisposalWay::Scrapping), Some(firm().id));
    (end.asset.original_value, end.asset.book_value) = (fen(10_000_000), fen(10_000_000));
    let found = json!({"book_value_fen": 10_000_000, "received_fen": 0, "at_risk_fen": 10_000_000});
    check(RuleId::L35, scrapped, &[warns("scrapped_below_books", found)]);
}

#[test]
fn a_compensation_far_below_the_books_goes_to_the_county_however_small_they_are() {
    let torn_down = |proceeds| {
        let mut facts = disposal();
        let end = facts.disposal.as_mut().unwrap();
        (end.cause, end.proceeds, end.payer) =
            (DisposalCause::Demolition, Some(fen(proceeds)), Some(township().id));
        end.asset.book_value = fen(100);
        facts
    };
    leaves_alone(RuleId::L35, torn_down(50));
    let found = json!({"received_fen": 49, "floor_fen": 50, "at_risk_fen": 51});
    check(RuleId::L35, torn_down(49), &[escalates("received_far_below_books", found)]);
}
