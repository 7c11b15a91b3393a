//! How far the payments for some income may be ahead of it (L22).

use super::*;

/// The income of ten years for so many payments, each of a day.
fn paid(payments: &[(&str, i64)]) -> TransferFacts {
    let payment = |(due_on, amount): &(&str, i64)| Payment { due_on: day(due_on), amount: fen(*amount) };
    let deal = TransferFacts {
        right: RightKind::Income,
        lots: vec![lot(1, east(), firm(), "2/3")],
        consideration: Consideration::Rent(payments.iter().map(payment).collect()),
        ..sale()
    };
    for_term(deal, "2026-07-01", "2036-07-01")
}

#[test]
fn payments_are_three_years_ahead_of_the_income_and_no_more() {
    let found = [escalates("income_sold_ahead", json!({"most_years": 3, "until_on": "2036-07-01"}))];
    let at_first = |amount: i64| paid(&[("2026-07-01", amount), ("2036-07-01", 10_000 - amount)]);
    leaves_alone(RuleId::L22, at_first(3000));
    check(RuleId::L22, at_first(3001), &found);
    // After two years a half of it is paid for the next three.
    let later = |amount: i64| paid(&[("2036-07-01", 10_000 - amount), ("2028-07-01", amount)]);
    leaves_alone(RuleId::L22, later(5000));
    check(RuleId::L22, later(5001), &found);
    // What was paid before counts.
    let by_two =
        |second| paid(&[("2026-07-01", 3000), ("2027-07-01", second), ("2036-07-01", 7000 - second)]);
    leaves_alone(RuleId::L22, by_two(1000));
    check(RuleId::L22, by_two(1001), &found);
}
