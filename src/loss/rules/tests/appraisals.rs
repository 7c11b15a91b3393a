//! Appraisals: L02, L03 and L04.

use super::*;

fn unappraised(price: i64) -> TransferFacts {
    TransferFacts { appraisal: None, consideration: Consideration::Price(fen(price)), ..sale() }
}

#[test]
fn what_a_village_sells_is_appraised_whatever_the_price() {
    leaves_alone(RuleId::L02, sale());
    for (price, value) in [(0, 80_000_000), (100, 80_000_000), (90_000_000, 90_000_000)] {
        check(
            RuleId::L02,
            unappraised(price),
            &[blocks("appraisal_missing", json!({"value_fen": value, "threshold_fen": 0}))],
        );
    }
}

#[test]
fn a_county_can_spare_small_sales_the_appraisal() {
    let above =
        |threshold| PolicyValues { appraisal_required_above_fen: threshold, ..PolicyValues::national() };
    check_under(&above(80_000_000), RuleId::L02, unappraised(100), &[]);
    check_under(
        &above(79_999_999),
        RuleId::L02,
        unappraised(100),
        &[blocks(
            "appraisal_missing",
            json!({"value_fen": 80_000_000, "threshold_fen": 79_999_999, "at_risk_fen": 79_999_900}),
        )],
    );
    check_under(
        &above(80_000_000),
        RuleId::L02,
        unappraised(80_000_001),
        &[blocks("appraisal_missing", json!({"value_fen": 80_000_001}))],
    );
}

#[test]
fn the_lots_of_a_sale_are_no_smaller_for_being_several() {
    let policy = PolicyValues { appraisal_required_above_fen: 100_000_000, ..PolicyValues::national() };
    let mut deal = unappraised(100);
    check_under(&policy, RuleId::L02, deal.clone(), &[]);

    deal.lots.push(lot(2, west(), firm(), "1/2"));

    check_under(
        &policy,
        RuleId::L02,
        deal,
        &[blocks("appraisal_missing", json!({"value_fen": 140_000_000}))],
    );
}

#[test]
fn what_comes_back_gifts_and_private_sales_need_no_appraisal() {
    leaves_alone(RuleId::L02, lease());
    leaves_alone(RuleId::L02, TransferFacts { right: RightKind::Income, ..lease() });
    leaves_alone(RuleId::L02, TransferFacts { consideration: Consideration::Nothing, ..unappraised(0) });
    leaves_alone(RuleId::L02, given_by(household(), unappraised(100)));
    leaves_alone(RuleId::L02, given_by(firm(), unappraised(100)));
}

#[test]
fn income_that_is_sold_for_good_is_appraised_as_what_it_comes_from() {
    for price in [1, 100] {
        check(
            RuleId::L02,
            TransferFacts { right: RightKind::Income, ..unappraised(price) },
            &[blocks("appraisal_missing", json!({"value_fen": 80_000_000, "right": "income"}))],
        );
    }
}

/// What the books say of two thirds of the greenhouse: 600,000 yuan.
#[test]
fn an_appraisal_far_below_the_books_goes_to_the_county() {
    let worth = |value| TransferFacts { appraisal: Some(appraised(value)), ..sale() };
    leaves_alone(RuleId::L04, worth(30_000_000));
    let far_below = |value| {
        [escalates(
            "appraisal_far_below_books",
            json!({"appraised_fen": value, "books_fen": 60_000_000, "floor_fen": 30_000_000, "books_floor_bp": 5000}),
        )]
    };
    check(RuleId::L04, worth(29_999_999), &far_below(29_999_999));
    check(RuleId::L04, worth(10_000), &far_below(10_000));
    check(RuleId::L04, TransferFacts { right: RightKind::Income, ..worth(10_000) }, &far_below(10_000));
    leaves_alone(RuleId::L04, given_by(firm(), worth(10_000)));
    leaves_alone(RuleId::L04, TransferFacts { appraisal: Some(appraised(10_000)), ..lease() });
    let policy = PolicyValues { appraisal_books_floor_bp: 0, ..PolicyValues::national() };
    check_under(&policy, RuleId::L04, worth(1), &[]);
}

fn swap_appraised(given: bool, in_return: bool, [one, other]: [PartyFacts; 2]) -> TransferFacts {
    TransferFacts {
        lots: vec![lot(1, one, other, "1/2")],
        consideration: Consideration::Swap {
            lots: vec![lot(2, other, one, "1")],
            appraised: in_return.then(|| fen(1)),
            appraisal: None,
        },
        appraisal: given.then(|| appraised(1)),
        ..sale()
    }
}

#[test]
fn a_swap_needs_an_appraisal_from_whichever_side_it_is_filed() {
    let [village_first, firm_first] = [[east(), firm()], [firm(), east()]];
    let missing = |value| [blocks("appraisal_missing", json!({"value_fen": value}))];

    check(RuleId::L02, swap_appraised(false, false, village_first), &missing(60_000_000));
    check(RuleId::L02, swap_appraised(false, false, firm_first), &missing(120_000_000));
    leaves_alone(RuleId::L02, swap_appraised(true, false, village_first));
    leaves_alone(RuleId::L02, swap_appraised(false, true, firm_first));
}

#[test]
fn an_appraisal_of_what_the_firm_gives_is_none_of_what_the_village_gives() {
    let [village_first, firm_first] = [[east(), firm()], [firm(), east()]];
    let missing = |value| [blocks("appraisal_missing", json!({"value_fen": value}))];

    check(RuleId::L02, swap_appraised(false, true, village_first), &missing(60_000_000));
    check(RuleId::L02, swap_appraised(true, false, firm_first), &missing(120_000_000));
}

#[test]
fn two_villages_that_swap_have_both_sides_appraised() {
    let villages = [east(), west()];
    let missing = |value| [blocks("appraisal_missing", json!({"value_fen": value}))];

    check(RuleId::L02, swap_appraised(false, false, villages), &missing(180_000_000));
    check(RuleId::L02, swap_appraised(true, false, villages), &missing(120_000_000));
    check(RuleId::L02, swap_appraised(false, true, villages), &missing(60_000_000));
    leaves_alone(RuleId::L02, swap_appraised(true, true, villages));
}

/// The appraisal is as of 1 June 2026.
fn dealt_on(effective_on: &str) -> TransferFacts {
    TransferFacts { effective_on: day(effective_on), ..sale() }
}

#[test]
fn an_appraisal_is_good_for_a_year_and_no_day_longer() {
    for good in ["2026-06-01", "2026-06-02", "2027-06-01"] {
        leaves_alone(RuleId::L03, dealt_on(good));
    }
    check(
        RuleId::L03,
        dealt_on("2027-06-02"),
        &[blocks(
            "appraisal_stale",
            json!({"appraised_on": "2026-06-01", "validity_days": 365, "deal_on": "2027-06-02"}),
        )],
    );
}

#[test]
fn an_appraisal_of_a_day_to_come_is_none() {
    check(
        RuleId::L03,
        dealt_on("2026-05-31"),
        &[blocks("appraisal_stale", json!({"appraised_on": "2026-06-01", "deal_on": "2026-05-31"}))],
    );
}

#[test]
fn a_county_says_how_long_an_appraisal_is_good_for() {
    let policy = PolicyValues { appraisal_validity_days: 30, ..PolicyValues::national() };

    check_under(&policy, RuleId::L03, dealt_on("2026-07-01"), &[]);
    check_under(
        &policy,
        RuleId::L03,
        dealt_on("2026-07-02"),
        &[blocks("appraisal_stale", json!({"validity_days": 30}))],
    );
}

#[test]
fn the_appraisal_of_a_rent_grows_old_too() {
    let old = for_term(lease(), "2027-06-02", "2032-06-02");
    leaves_alone(RuleId::L03, old.clone());

    check(
        RuleId::L03,
        TransferFacts { appraisal: Some(appraised(36_000_000)), ..old },
        &[blocks("appraisal_stale", json!({"deal_on": "2027-06-02"}))],
    );
}

fn appraised_by(appraiser: PartyFacts) -> TransferFacts {
    let appraisal = AppraisalFacts { appraiser: appraiser.id, ..appraised(80_000_000) };
    TransferFacts { appraisal: Some(appraisal), ..sale() }
}

#[test]
fn nobody_appraises_its_own_deal() {
    leaves_alone(RuleId::L04, appraised_by(cooperative()));
    for own in [east(), firm()] {
        check(
            RuleId::L04,
            appraised_by(own),
            &[blocks("appraiser_is_party", json!({"appraiser_id": own.id}))],
        );
    }
    let swap = TransferFacts {
        appraisal: appraised_by(cooperative()).appraisal,
        ..swapped(vec![lot(1, east(), firm(), "1")], vec![lot(2, cooperative(), east(), "1")])
    };
    check(RuleId::L04, swap, &[blocks("appraiser_is_party", json!({"appraiser_id": cooperative().id}))]);
}

#[test]
fn an_appraisal_of_ownership_bears_two_signatures() {
    let signed = |signatures| AppraisalFacts { signatures, ..appraised(80_000_000) };
    leaves_alone(RuleId::L04, TransferFacts { appraisal: Some(signed(2)), ..sale() });
    for signatures in [0, 1] {
        check(
            RuleId::L04,
            TransferFacts { appraisal: Some(signed(signatures)), ..sale() },
            &[blocks("too_few_signatures", json!({"signatures": signatures, "needed": 2}))],
        );
    }
    leaves_alone(RuleId::L04, TransferFacts { appraisal: Some(signed(0)), ..lease() });
    check_under(
        &PolicyValues { appraisal_signatures_min: 3, ..PolicyValues::national() },
        RuleId::L04,
        sale(),
        &[blocks("too_few_signatures", json!({"signatures": 2, "needed": 3}))],
    );
}

#[test]
fn behind_every_appraisal_there_is_a_report_on_the_object() {
    let unreported = Some(AppraisalFacts { document: None, ..appraised(80_000_000) });
    for deal in [sale(), lease()] {
        check(
            RuleId::L04,
            TransferFacts { appraisal: unreported.clone(), ..deal },
            &[blocks("report_missing", json!({"appraised_fen": 80_000_000}))],
        );
    }
}

#[test]
fn everything_that_is_wrong_with_an_appraisal_is_found() {
    let appraisal =
        AppraisalFacts { appraiser: firm().id, signatures: 1, document: None, ..appraised(80_000_000) };

    check(
        RuleId::L04,
        TransferFacts { appraisal: Some(appraisal), ..sale() },
        &[
            blocks("appraiser_is_party", json!({})),
            blocks("too_few_signatures", json!({})),
            blocks("report_missing", json!({})),
        ],
    );
}

#[test]
fn how_a_household_has_its_own_appraised_is_its_own_affair() {
    let appraisal = AppraisalFacts {
        appraiser: firm().id,
        signatures: 0,
        document: None,
        appraised_on: day("2020-01-01"),
        ..appraised(80_000_000)
    };
    let deal = given_by(household(), TransferFacts { appraisal: Some(appraisal), ..sale() });

    leaves_alone(RuleId::L03, deal.clone());
    leaves_alone(RuleId::L04, deal);
}

#[test]
fn nobody_appraises_who_is_no_firm() {
    let by = |kind: Option<PartyKind>| {
        let appraisal = AppraisalFacts { appraiser_kind: kind, ..appraised(80_000_000) };
        TransferFacts { appraisal: Some(appraisal), ..sale() }
    };
    for kind in [PartyKind::Enterprise, PartyKind::StateEnterprise, PartyKind::CountyAgency] {
        leaves_alone(RuleId::L04, by(Some(kind)));
    }
    for kind in [PartyKind::Person, PartyKind::Household, PartyKind::VillageCollective] {
        check(RuleId::L04, by(Some(kind)), &[blocks("appraiser_unfit", json!({}))]);
    }
    leaves_alone(RuleId::L04, by(None));
}
