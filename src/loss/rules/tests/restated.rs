//! What was said otherwise of an asset before it is given away: L49.

use super::*;
use crate::register::codes::AssetClass;

fn said(class: AssetClass, category: &str, value: i64) -> SaidOfAsset {
    SaidOfAsset {
        class,
        category: category.to_owned(),
        original_value: fen(value),
        book_value: Some(fen(value)),
        serves_until: None,
    }
}

/// The greenhouse served the public, by what was on record before a day.
fn opened(on: Option<&str>) -> RestatedFacts {
    RestatedFacts {
        asset: id(1),
        on: on.map(day),
        case: id(71),
        before: said(AssetClass::PublicWelfare, "greenhouse", 100),
        after: said(AssetClass::Operating, "greenhouse", 100),
    }
}

fn after(it: RestatedFacts, deal: TransferFacts) -> TransferFacts {
    TransferFacts { restated: vec![it], ..deal }
}

#[test]
fn what_served_the_public_is_sold_with_the_county_alone() {
    leaves_alone(RuleId::L49, sale());
    // Entered on 15 June 2026: two years are from 15 June 2024 on.
    leaves_alone(RuleId::L49, after(opened(Some("2024-06-14")), sale()));
    let found = json!({"asset_id": id::<kind::Asset>(1), "case_id": id::<kind::Case>(71), "to_id": firm().id,
        "before_class": "public_welfare", "after_class": "operating", "restated_on": "2024-06-15",
        "ago_days": 730, "window_days": 730});
    check(
        RuleId::L49,
        after(opened(Some("2024-06-15")), sale()),
        &[escalates("reclassed_before_deal", found)],
    );
    let shorter = PolicyValues { reclass_window_days: 729, ..PolicyValues::national() };
    check_under(&shorter, RuleId::L49, after(opened(Some("2024-06-15")), sale()), &[]);
    let mut household = opened(Some("2026-06-01"));
    household.before.class = AssetClass::Household;
    check(
        RuleId::L49,
        after(household, sale()),
        &[escalates("reclassed_before_deal", json!({"before_class": "household"}))],
    );
    // The other way round, and what is of another asset.
    let closed = RestatedFacts {
        before: opened(None).after,
        after: opened(None).before,
        ..opened(Some("2026-06-01"))
    };
    leaves_alone(RuleId::L49, after(closed, sale()));
    leaves_alone(RuleId::L49, after(RestatedFacts { asset: id(9), ..opened(Some("2026-06-01")) }, sale()));
}

#[test]
fn to_the_state_it_may_go_and_a_lease_of_it_is_a_warning() {
    let mut to_township = sale();
    to_township.lots[0].to = township();
    leaves_alone(RuleId::L49, after(opened(Some("2026-06-01")), to_township));
    let mut of_firm = sale();
    of_firm.lots[0].from = firm();
    leaves_alone(RuleId::L49, after(opened(Some("2026-06-01")), of_firm));
    check(
        RuleId::L49,
        after(opened(Some("2026-06-01")), lease()),
        &[
            warns("reclassed_before_lease", json!({"ago_days": 14, "lot": 0})),
            warns("reclassed_before_lease", json!({"ago_days": 14, "lot": 1})),
        ],
    );
}

#[test]
fn what_goes_back_in_a_swap_is_looked_at_as_what_is_given() {
    let swap = swapped(vec![lot(2, firm(), east(), "1")], vec![lot(1, east(), firm(), "1")]);
    check(
        RuleId::L49,
        after(opened(Some("2026-06-01")), swap),
        &[escalates("reclassed_before_deal", json!({"asset_id": id::<kind::Asset>(1), "lot": 1}))],
    );
}

#[test]
fn a_change_that_is_under_way_is_waited_for() {
    check(
        RuleId::L49,
        after(opened(None), sale()),
        &[escalates("reclassing_under_way", json!({"case_id": id::<kind::Case>(71)}))],
    );
    leaves_alone(RuleId::L49, after(opened(None), lease()));
}

#[test]
fn what_is_entered_late_is_held_against_what_was_so_on_its_day() {
    let mut late = after(opened(Some("2026-06-01")), sale());
    (late.effective_on, late.entered.of_its_day) = (day("2026-05-31"), true);
    leaves_alone(RuleId::L49, late.clone());
    late.effective_on = day("2026-06-01");
    check(RuleId::L49, late, &[escalates("reclassed_before_deal", json!({"ago_days": 0}))]);
}

#[test]
fn a_cost_that_was_lowered_is_held_against_the_price() {
    let lowered = |before, after| RestatedFacts {
        before: said(AssetClass::Operating, "greenhouse", before),
        after: said(AssetClass::Operating, "greenhouse", after),
        ..opened(Some("2026-06-01"))
    };
    let found = json!({"before_fen": 100, "after_fen": 99, "ago_days": 14});
    check(RuleId::L49, after(lowered(100, 99), sale()), &[escalates("value_amended_before_deal", found)]);
    leaves_alone(RuleId::L49, after(lowered(100, 100), sale()));
    leaves_alone(RuleId::L49, after(lowered(99, 100), sale()));
    leaves_alone(RuleId::L49, after(lowered(100, 99), lease()));
}

#[test]
fn what_became_land_is_let_no_longer_than_before_without_the_county() {
    let let_until = |until: &str| {
        let mut deal = lease();
        let from = deal.term.unwrap().from();
        deal.term = Some(over(&from.to_string(), until));
        let became = RestatedFacts {
            before: said(AssetClass::Operating, "greenhouse", 100),
            after: said(AssetClass::Operating, "arable_land", 100),
            ..opened(Some("2026-06-01"))
        };
        after(became, deal)
    };
    leaves_alone(RuleId::L49, let_until("2046-07-01"));
    let found = json!({"until_on": "2046-07-02", "latest_on": "2046-07-01"});
    let of_lot = |lot: usize| {
        let mut found = found.clone();
        found["lot"] = json!(lot);
        escalates("category_amended_before_lease", found)
    };
    check(RuleId::L49, let_until("2046-07-02"), &[of_lot(0), of_lot(1)]);
    // What could be let for no longer before is let too long, and by no change of it.
    let mut dearer = let_until("2046-07-02");
    dearer.restated[0].before = said(AssetClass::Operating, "greenhouse", 99);
    dearer.restated[0].after = said(AssetClass::Operating, "greenhouse", 100);
    leaves_alone(RuleId::L49, dearer);
}

#[test]
fn the_change_of_class_itself_goes_to_the_county_with_a_reason() {
    let relabelled = |before, after, public| AlterationFacts {
        relabelled: Some(Relabelled { asset: id(1), before, after, public, cost: None }),
        ..termination()
    };
    use AssetClass::{Household, Operating, PublicWelfare};
    check(
        RuleId::L49,
        relabelled(PublicWelfare, Operating, true),
        &[escalates("class_would_change", json!({"before_class": "public_welfare"}))],
    );
    check(RuleId::L49, relabelled(Household, Operating, true), &[escalates("class_would_change", json!({}))]);
    leaves_alone(RuleId::L49, relabelled(Operating, PublicWelfare, true));
    leaves_alone(RuleId::L49, relabelled(PublicWelfare, Operating, false));
    leaves_alone(RuleId::L49, termination());
}

#[test]
fn what_is_written_off_faster_is_sold_with_the_county_alone() {
    let with = |book: i64| {
        let mut it = opened(Some("2026-06-01"));
        it.before = said(AssetClass::Operating, "greenhouse", 100);
        it.after = SaidOfAsset { book_value: Some(fen(book)), ..it.before.clone() };
        it
    };
    check(
        RuleId::L49,
        after(with(99), sale()),
        &[escalates("write_off_amended_before_deal", json!({"before_fen": 100, "after_fen": 99}))],
    );
    leaves_alone(RuleId::L49, after(with(100), sale()));
    leaves_alone(RuleId::L49, after(with(101), sale()));
    // What was kept without it says nothing of it.
    let mut unknown = with(99);
    unknown.before.book_value = None;
    leaves_alone(RuleId::L49, after(unknown, sale()));
}

fn one_lease() -> TransferFacts {
    let mut deal = lease();
    deal.lots.truncate(1);
    deal
}

#[test]
fn what_is_said_to_have_cost_far_less_is_let_with_the_county_alone() {
    let with = |value: i64| {
        let mut it = opened(Some("2026-06-01"));
        it.asset = one_lease().lots[0].asset.id;
        it.before = said(AssetClass::Operating, "greenhouse", 100);
        it.after = said(AssetClass::Operating, "greenhouse", value);
        it
    };
    check(
        RuleId::L49,
        after(with(49), one_lease()),
        &[escalates("value_amended_before_deal", json!({"before_fen": 100, "after_fen": 49}))],
    );
    leaves_alone(RuleId::L49, after(with(50), one_lease()));
    let strict = PolicyValues { appraisal_books_floor_bp: 10_000, ..PolicyValues::national() };
    check_under(
        &strict,
        RuleId::L49,
        after(with(99), one_lease()),
        &[escalates("value_amended_before_deal", json!({}))],
    );
}

fn divided(pieces: &[(i64, i64)]) -> AlterationFacts {
    let piece = |(quantity, cost): &(i64, i64)| PieceFacts {
        quantity: *quantity,
        unit: "亩".to_owned(),
        cost: fen(*cost),
        of_its_kind: true,
    };
    let divided = Divided { asset: id(1), public: true, pieces: pieces.iter().map(piece).collect() };
    AlterationFacts { divided: Some(divided), ..termination() }
}

#[test]
fn a_piece_costs_what_its_quantity_tells_unless_the_county_knows_better() {
    leaves_alone(RuleId::L49, divided(&[(40, 400), (60, 600)]));
    // The shops in front and those at the back: a unit of them costs half or twice as much.
    leaves_alone(RuleId::L49, divided(&[(500, 250), (500, 750)]));
    let found = json!({"asset_id": id::<kind::Asset>(1), "piece": 1, "said_fen": 249, "expected_fen": 500, "books_floor_bp": 5000,
        "at_risk_fen": 251});
    check(RuleId::L49, divided(&[(500, 249), (500, 751)]), &[escalates("cost_against_quantity", found)]);
    // Nearly all of it, for a fen.
    check(
        RuleId::L49,
        divided(&[(1, 99_999_999), (999, 1)]),
        &[escalates("cost_against_quantity", json!({"piece": 2, "said_fen": 1, "expected_fen": 99_900_000}))],
    );
    let with = |change: fn(&mut Divided)| {
        let mut facts = divided(&[(1, 99_999_999), (999, 1)]);
        facts.divided.iter_mut().for_each(change);
        facts
    };
    leaves_alone(RuleId::L49, with(|it| it.public = false));
    let next_to_nothing = escalates("cost_against_quantity", json!({"piece": 2}));
    check(RuleId::L49, with(|it| it.pieces[1].of_its_kind = false), std::slice::from_ref(&next_to_nothing));
    // What is counted otherwise than the rest says nothing by its quantity, but is not had for next to nothing.
    check(RuleId::L49, with(|it| it.pieces[1].unit = "栋".to_owned()), &[next_to_nothing]);
    let shed = |cost| {
        let mut facts = divided(&[(1, 10_000 - cost), (999, cost)]);
        facts.divided.iter_mut().for_each(|it| it.pieces[1].unit = "栋".to_owned());
        facts
    };
    check(RuleId::L49, shed(499), &[escalates("cost_against_quantity", json!({"expected_fen": 5000}))]);
    check(RuleId::L49, shed(500), &[warns("cost_of_another_kind", json!({"expected_fen": 5000}))]);
    check(RuleId::L49, shed(2499), &[warns("cost_of_another_kind", json!({"piece": 2}))]);
    leaves_alone(RuleId::L49, shed(2500));
    let looser = PolicyValues { appraisal_books_floor_bp: 4980, ..PolicyValues::national() };
    check_under(&looser, RuleId::L49, divided(&[(500, 249), (500, 751)]), &[]);
    leaves_alone(RuleId::L49, divided(&[(0, 1), (0, 2)]));
}

#[test]
fn an_appraisal_is_held_against_the_books_as_they_were_before_they_were_lowered() {
    // 900,000 yuan in the books, appraised at 300,000 for two thirds: half of the books.
    let appraised_at = |value, restated: Vec<RestatedFacts>| TransferFacts {
        appraisal: Some(appraised(value)),
        restated,
        ..sale()
    };
    let lowered = |on: &str, before: i64, after: i64| RestatedFacts {
        before: said(AssetClass::Operating, "greenhouse", before),
        after: said(AssetClass::Operating, "greenhouse", after),
        ..opened(Some(on))
    };
    leaves_alone(RuleId::L04, appraised_at(30_000_000, vec![]));
    check(
        RuleId::L04,
        appraised_at(29_999_999, vec![]),
        &[escalates("appraisal_far_below_books", json!({"books_fen": 60_000_000}))],
    );
    let found = json!({"books_fen": 66_666_666, "lowered_fen": 60_000_000, "floor_fen": 33_333_334});
    let at = |value| appraised_at(value, vec![lowered("2026-06-01", 100_000_000, 90_000_000)]);
    leaves_alone(RuleId::L04, at(33_333_334));
    check(RuleId::L04, at(33_333_333), &[escalates("appraisal_far_below_former_books", found)]);
    // Long ago, of another asset, or raised.
    leaves_alone(RuleId::L04, appraised_at(33_333_333, vec![lowered("2024-06-14", 100_000_000, 90_000_000)]));
    let elsewhere = RestatedFacts { asset: id(9), ..lowered("2026-06-01", 100_000_000, 90_000_000) };
    leaves_alone(RuleId::L04, appraised_at(33_333_333, vec![elsewhere]));
    leaves_alone(RuleId::L04, appraised_at(33_333_333, vec![lowered("2026-06-01", 80_000_000, 90_000_000)]));
    // By two steps.
    let steps =
        vec![lowered("2026-05-01", 120_000_000, 100_000_000), lowered("2026-06-01", 100_000_000, 90_000_000)];
    check(
        RuleId::L04,
        appraised_at(39_999_999, steps.clone()),
        &[escalates("appraisal_far_below_former_books", json!({"books_fen": 80_000_000}))],
    );
    leaves_alone(RuleId::L04, appraised_at(40_000_000, steps));
}
