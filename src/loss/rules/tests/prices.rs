//! What is paid: L01, L05, L20 and L22.

use super::*;
use crate::loss::facts::EndedEarly;
use crate::loss::facts::{CONTRACTED_LAND, RentGivenUp};

fn sold_for(price: i64, value: i64) -> TransferFacts {
    TransferFacts {
        appraisal: Some(appraised(value)),
        consideration: Consideration::Price(fen(price)),
        ..sale()
    }
}

/// Let for five years.
fn let_for(yearly: i64) -> TransferFacts {
    let_over(yearly, "2026-07-01", "2031-07-01")
}

/// Let for as much at the end of each year.
fn let_over(yearly: i64, from: &str, to: &str) -> TransferFacts {
    for_term(TransferFacts { consideration: at_ends_of_years(yearly, from, to), ..lease() }, from, to)
}

#[test]
fn a_price_of_nine_tenths_of_the_appraisal_is_enough() {
    leaves_alone(RuleId::L01, sold_for(63_000_000, 70_000_000));
    leaves_alone(RuleId::L01, sold_for(90_000_000, 70_000_000));
    check(
        RuleId::L01,
        sold_for(62_999_999, 70_000_000),
        &[escalates(
            "price_below_appraisal",
            json!({"price_fen": 62_999_999, "appraised_fen": 70_000_000, "floor_fen": 63_000_000,
                "missing_fen": 1, "price_floor_bp": 9000, "appraised_on": "2026-06-01", "lot": null,
                "at_risk_fen": 7_000_001}),
        )],
    );
}

#[test]
fn the_floor_of_an_odd_appraisal_is_not_rounded_away() {
    leaves_alone(RuleId::L01, sold_for(91, 101));
    check(
        RuleId::L01,
        sold_for(90, 101),
        &[escalates("price_below_appraisal", json!({"floor_fen": 91, "missing_fen": 1}))],
    );
}

#[test]
fn the_greatest_amounts_are_compared_to_the_fen() {
    leaves_alone(RuleId::L01, sold_for(8_106_479_329_266_892, Fen::MAX));
    check(
        RuleId::L01,
        sold_for(8_106_479_329_266_891, Fen::MAX),
        &[escalates("price_below_appraisal", json!({"floor_fen": 8_106_479_329_266_892_i64}))],
    );
}

#[test]
fn a_county_that_asks_for_the_whole_appraisal_gets_it() {
    let policy = PolicyValues { price_floor_bp: 10_000, ..PolicyValues::national() };

    check_under(&policy, RuleId::L01, sold_for(70_000_000, 70_000_000), &[]);
    check_under(
        &policy,
        RuleId::L01,
        sold_for(69_999_999, 70_000_000),
        &[escalates("price_below_appraisal", json!({"floor_fen": 70_000_000, "price_floor_bp": 10_000}))],
    );
}

#[test]
fn a_sale_by_instalments_counts_what_they_come_to() {
    let deal =
        |instalment| TransferFacts { consideration: at_once([instalment; 3]), ..sold_for(0, 10_000_000) };
    leaves_alone(RuleId::L01, deal(3_000_000));
    check(
        RuleId::L01,
        deal(2_999_999),
        &[escalates("price_below_appraisal", json!({"price_fen": 8_999_997, "missing_fen": 3}))],
    );
}

#[test]
fn an_income_right_has_a_price_and_a_lease_a_rent() {
    let cheap = sold_for(1, 70_000_000);
    check(
        RuleId::L01,
        TransferFacts { right: RightKind::Income, ..cheap.clone() },
        &[blocks("price_far_below_appraisal", json!({"price_fen": 1}))],
    );
    leaves_alone(RuleId::L01, TransferFacts { right: RightKind::Management, ..cheap });
}

#[test]
fn what_has_no_price_or_no_appraisal_is_not_below_it() {
    leaves_alone(RuleId::L01, TransferFacts { consideration: Consideration::Nothing, ..sale() });
    leaves_alone(RuleId::L01, TransferFacts { appraisal: None, ..sold_for(1, 1) });
}

#[test]
fn a_household_sells_its_own_at_its_own_price() {
    leaves_alone(RuleId::L01, given_by(household(), sold_for(1, 70_000_000)));
}

#[test]
fn the_rent_of_a_year_is_six_hundredths_of_the_money_invested() {
    leaves_alone(RuleId::L20, let_for(7_200_000));
    check(
        RuleId::L20,
        let_for(7_199_999),
        &[escalates(
            "rent_below_investment",
            json!({"annual_rent_fen": 7_199_999, "rent_fen": 35_999_995, "invested_fen": 120_000_000,
                "floor_fen": 7_200_000, "rent_floor_bp": 600, "term_days": 1826}),
        )],
    );
}

#[test]
fn one_fen_too_little_in_all_the_years_is_found() {
    let Consideration::Rent(mut schedule) = lease().consideration else { unreachable!() };
    schedule[3].amount = fen(7_199_999);

    check(
        RuleId::L20,
        TransferFacts { consideration: Consideration::Rent(schedule), ..lease() },
        &[escalates("rent_below_investment", json!({"rent_fen": 35_999_999, "annual_rent_fen": 7_199_999}))],
    );
}

#[test]
fn only_the_share_that_is_let_asks_for_rent() {
    let mut deal = let_for(4_800_000);
    deal.lots.truncate(1);
    leaves_alone(RuleId::L20, deal.clone());

    deal.lots[0].asset.original_value = fen(120_000_003);

    check(
        RuleId::L20,
        deal,
        &[escalates("rent_below_investment", json!({"invested_fen": 80_000_002, "floor_fen": 4_800_001}))],
    );
}

#[test]
fn a_leap_day_makes_no_lease_too_cheap() {
    let terms = [("2024-01-01", "2025-01-01"), ("2025-01-01", "2030-01-01"), ("2024-02-29", "2025-02-28")];
    for (from, to) in terms {
        leaves_alone(RuleId::L20, let_over(7_200_000, from, to));
        check(
            RuleId::L20,
            let_over(7_199_999, from, to),
            &[escalates("rent_below_investment", json!({"annual_rent_fen": 7_199_999}))],
        );
    }
}

#[test]
fn seventy_three_days_pay_a_fifth_of_the_year() {
    let deal = |rent| let_over(rent, "2025-01-01", "2025-03-15");
    leaves_alone(RuleId::L20, deal(1_440_000));
    check(
        RuleId::L20,
        deal(1_439_999),
        &[escalates("rent_below_investment", json!({"annual_rent_fen": 7_199_995, "term_days": 73}))],
    );
}

#[test]
fn a_single_sum_for_a_term_is_a_rent() {
    let deal = |sum| TransferFacts { consideration: Consideration::Price(fen(sum)), ..lease() };
    // Whoever is paid at once has the interest.
    leaves_alone(RuleId::L20, deal(33_077_690));
    check(
        RuleId::L20,
        deal(33_077_689),
        &[escalates("rent_below_investment", json!({"rent_fen": 33_077_689, "annual_rent_fen": 7_199_999}))],
    );
}

#[test]
fn rent_at_the_end_is_not_as_much_as_rent_each_year() {
    let at_the_end = |amount| {
        let payment = Payment { due_on: day("2031-07-01"), amount: fen(amount) };
        TransferFacts { consideration: Consideration::Rent(vec![payment]), ..lease() }
    };
    check(
        RuleId::L20,
        at_the_end(36_000_000),
        &[escalates("rent_below_investment", json!({"rent_fen": 36_000_000, "floor_fen": 7_200_000}))],
    );
    leaves_alone(RuleId::L20, at_the_end(38_100_000));
    let policy = PolicyValues { discount_rate_bp: 0, ..PolicyValues::national() };
    check_under(&policy, RuleId::L20, at_the_end(36_000_000), &[]);
}

#[test]
fn whoever_has_the_income_for_a_term_pays_what_it_would_rent_for() {
    let income = |deal: TransferFacts| TransferFacts { right: RightKind::Income, ..deal };
    leaves_alone(RuleId::L20, income(lease()));
    check(
        RuleId::L20,
        income(let_for(7_199_999)),
        &[escalates("rent_below_investment", json!({"annual_rent_fen": 7_199_999}))],
    );
    let for_a_yuan = TransferFacts { consideration: Consideration::Price(fen(100)), ..lease() };
    check(
        RuleId::L20,
        for_term(income(for_a_yuan), "2026-07-01", "2076-07-01"),
        &[escalates("rent_below_investment", json!({"rent_fen": 100}))],
    );
}

#[test]
fn income_of_more_than_three_years_is_not_sold_ahead_without_the_county() {
    let sold = |to: &str, consideration: Consideration| {
        let deal = TransferFacts {
            right: RightKind::Income,
            lots: vec![lot(1, east(), firm(), "2/3")],
            consideration,
            ..lease()
        };
        for_term(deal, "2026-07-01", to)
    };
    let price = || Consideration::Price(fen(80_000_000));
    leaves_alone(RuleId::L22, sold("2029-07-01", price()));
    check(
        RuleId::L22,
        sold("2029-07-02", price()),
        &[escalates("income_sold_ahead", json!({"until_on": "2029-07-02", "most_years": 3, "lot": 0}))],
    );
    let policy = PolicyValues { income_sale_years: 10, ..PolicyValues::national() };
    check_under(&policy, RuleId::L22, sold("2036-07-01", price()), &[]);
    // Whoever pays as the income comes has not bought it ahead; whoever pays for ten years after two has.
    let yearly = at_ends_of_years(8_000_000, "2026-07-01", "2036-07-01");
    leaves_alone(RuleId::L22, sold("2036-07-01", yearly));
    let ahead = Payment { due_on: day("2028-07-01"), amount: fen(80_000_000) };
    check(
        RuleId::L22,
        sold("2036-07-01", Consideration::Rent(vec![ahead])),
        &[escalates("income_sold_ahead", json!({"lot": 0}))],
    );
    // For good there is no term to it; between villages, and as a gift that alleviates, it is no sale to a private party.
    let for_good = TransferFacts { term: None, ..sold("2036-07-01", price()) };
    check(RuleId::L22, for_good.clone(), &[escalates("income_sold_for_good", json!({"lot": 0}))]);
    let mut between = for_good.clone();
    between.lots[0].to = west();
    leaves_alone(RuleId::L22, between);
    leaves_alone(RuleId::L22, TransferFacts { consideration: Consideration::Nothing, ..for_good.clone() });
    leaves_alone(RuleId::L22, given_by(household(), for_good.clone()));
    leaves_alone(RuleId::L22, TransferFacts { right: RightKind::Management, ..for_good });
}

#[test]
fn below_half_of_the_appraisal_nobody_may_agree() {
    check(
        RuleId::L01,
        sold_for(35_000_000, 70_000_000),
        &[escalates("price_below_appraisal", json!({"price_floor_bp": 9000}))],
    );
    check(
        RuleId::L01,
        sold_for(34_999_999, 70_000_000),
        &[blocks(
            "price_far_below_appraisal",
            json!({"price_fen": 34_999_999, "floor_fen": 35_000_000, "missing_fen": 1, "price_block_bp": 5000}),
        )],
    );
    let policy = PolicyValues { price_block_bp: 0, ..PolicyValues::national() };
    let nearly_nothing = [escalates("price_below_appraisal", json!({}))];
    check_under(&policy, RuleId::L01, sold_for(1, 70_000_000), &nearly_nothing);
}

#[test]
fn instalments_that_come_late_are_not_the_whole_price() {
    let payment = Payment { due_on: day("2046-07-01"), amount: fen(70_000_000) };
    // At three in a hundred, twenty years take three eighths of it.
    check(
        RuleId::L01,
        TransferFacts { consideration: Consideration::Rent(vec![payment]), ..sold_for(0, 70_000_000) },
        &[escalates("price_below_appraisal", json!({"price_fen": 43_750_000}))],
    );
}

#[test]
fn a_rent_is_four_fifths_of_the_appraised_one() {
    let deal = |value| TransferFacts { appraisal: Some(appraised(value)), ..lease() };
    leaves_alone(RuleId::L20, deal(45_000_000));
    check(
        RuleId::L20,
        deal(45_000_001),
        &[escalates(
            "rent_below_appraisal",
            json!({"rent_fen": 36_000_000, "appraised_fen": 45_000_001, "floor_fen": 36_000_001,
                "comparable_floor_bp": 8000}),
        )],
    );
}

#[test]
fn what_comes_back_for_a_term_is_worth_its_rent() {
    // Two thirds of 1,200,000 yuan invested, for a year.
    let swap = |appraised: Option<i64>| {
        let deal = swapped(vec![lot(1, east(), firm(), "2/3")], vec![lot(2, firm(), east(), "1")]);
        let mut deal = for_term(deal, "2026-07-01", "2027-07-01");
        deal.right = RightKind::Management;
        if let Consideration::Swap { appraised: back, .. } = &mut deal.consideration {
            *back = appraised.map(fen);
        }
        deal
    };
    leaves_alone(RuleId::L20, swap(None));
    leaves_alone(RuleId::L20, swap(Some(4_800_000)));
    check(
        RuleId::L20,
        swap(Some(1)),
        &[escalates("rent_below_investment", json!({"rent_fen": 1, "floor_fen": 4_800_000}))],
    );
    leaves_alone(RuleId::L20, TransferFacts { term: None, right: RightKind::Ownership, ..swap(Some(1)) });
}

#[test]
fn a_rent_below_both_floors_is_found_twice() {
    let deal = TransferFacts { appraisal: Some(appraised(50_000_000)), ..let_for(7_000_000) };

    check(
        RuleId::L20,
        deal,
        &[
            escalates("rent_below_investment", json!({"floor_fen": 7_200_000, "at_risk_fen": 1_000_000})),
            escalates("rent_below_appraisal", json!({"floor_fen": 40_000_000, "at_risk_fen": 15_000_000})),
        ],
    );
}

#[test]
fn a_county_can_ask_for_more_rent_or_less() {
    let asking = |bp| PolicyValues { rent_floor_bp: bp, ..PolicyValues::national() };
    check_under(&asking(500), RuleId::L20, let_for(6_000_000), &[]);
    check_under(
        &asking(800),
        RuleId::L20,
        let_for(9_599_999),
        &[escalates("rent_below_investment", json!({"floor_fen": 9_600_000, "rent_floor_bp": 800}))],
    );
    check_under(&asking(800), RuleId::L20, let_for(9_600_000), &[]);
}

#[test]
fn a_lessee_that_sublets_and_a_sale_have_no_rent_floor() {
    leaves_alone(RuleId::L20, given_by(firm(), let_for(1)));
    leaves_alone(RuleId::L20, given_by(household(), let_for(1)));
    leaves_alone(RuleId::L20, TransferFacts { right: RightKind::Ownership, ..let_for(1) });
    leaves_alone(RuleId::L20, TransferFacts { consideration: Consideration::Nothing, ..lease() });
}

/// One village lets something that little was invested in, for five years, beside what its rent was appraised
/// at.
fn let_beside_an_appraisal(category: &str, yearly: i64, appraised_yearly: i64) -> TransferFacts {
    let mut deal = TransferFacts { appraisal: Some(appraised(5 * appraised_yearly)), ..let_for(yearly) };
    deal.lots.truncate(1);
    deal.lots[0].share = Share::WHOLE;
    deal.lots[0].held = Held { at_start: total("1"), least: total("1") };
    category.clone_into(&mut deal.lots[0].asset.category);
    deal.lots[0].asset.original_value = fen(10_000_000);
    deal
}

#[test]
fn a_plant_at_five_yuan_a_square_metre_where_the_market_pays_seven_and_a_half_is_let_too_cheap() {
    let (square_metres, months) = (1000, 12);
    let yearly = |yuan_tenths: i64| square_metres * months * yuan_tenths * 10;
    assert_eq!([yearly(50), yearly(75), yearly(100)], [6_000_000, 9_000_000, 12_000_000]);

    let plant = |market| let_beside_an_appraisal("plant", yearly(50), market);

    for (market, floor) in [(yearly(75), 36_000_000), (yearly(100), 48_000_000)] {
        check(
            RuleId::L20,
            plant(market),
            &[escalates(
                "rent_below_appraisal",
                json!({"rent_fen": 30_000_000, "appraised_fen": 5 * market, "floor_fen": floor}),
            )],
        );
    }
}

#[test]
fn a_tea_plant_let_at_its_appraised_rent_passes_every_rule_and_the_first_quote_does_not() {
    let tea_plant = |yearly| let_beside_an_appraisal("tea_plant", yearly, 5_100_000);

    assert_eq!(findings(&tea_plant(5_100_000).into(), &PolicyValues::national()), []);
    check(
        RuleId::L20,
        tea_plant(4_000_000),
        &[escalates(
            "rent_below_appraisal",
            json!({"rent_fen": 20_000_000, "appraised_fen": 25_500_000, "floor_fen": 20_400_000}),
        )],
    );
}

#[test]
fn ponds_at_a_tenth_of_what_open_bidding_brings_are_let_too_cheap() {
    let mu = 257;
    let bid = mu * 60_000;
    assert_eq!(bid, 15_420_000);

    let ponds = |yearly| let_beside_an_appraisal("pond", yearly, bid);

    leaves_alone(RuleId::L20, ponds(bid));
    check(
        RuleId::L20,
        ponds(mu * 6_000),
        &[escalates(
            "rent_below_appraisal",
            json!({"rent_fen": 7_710_000, "appraised_fen": 77_100_000, "floor_fen": 61_680_000}),
        )],
    );
}

fn gift(right: RightKind, from: PartyFacts, to: PartyFacts) -> TransferFacts {
    TransferFacts {
        right,
        lots: vec![lot(1, from, to, "1/3")],
        consideration: Consideration::Nothing,
        appraisal: None,
        ..sale()
    }
}

#[test]
fn nothing_leaves_the_state_or_a_village_for_nothing() {
    for from in [east(), committee(), township()] {
        for to in [firm(), cooperative(), person()] {
            for right in RightKind::ALL {
                check(
                    RuleId::L05,
                    gift(*right, from, to),
                    &[blocks(
                        "given_for_nothing",
                        json!({"from_id": from.id, "to_id": to.id, "asset_id": greenhouse(1).id,
                            "right": right.code(), "given_share": "1/3", "lot": 0}),
                    )],
                );
            }
        }
    }
}

#[test]
fn a_price_or_rent_of_nothing_is_nothing_and_one_fen_is_something() {
    let paid = |consideration| TransferFacts { consideration, ..lease() };
    let nothing = [
        Consideration::Nothing,
        Consideration::Price(Fen::ZERO),
        Consideration::Rent(vec![]),
        at_once([0; 5]),
    ];
    for consideration in nothing {
        let found = [0, 1].map(|lot| blocks("given_for_nothing", json!({"to_id": firm().id, "lot": lot})));
        check(RuleId::L05, paid(consideration), &found);
    }
    leaves_alone(RuleId::L05, paid(Consideration::Price(fen(1))));
    leaves_alone(RuleId::L05, paid(at_once([0, 1])));
}

#[test]
fn assets_are_handed_over_between_the_state_and_collectives() {
    leaves_alone(RuleId::L05, gift(RightKind::Ownership, township(), east()));
    leaves_alone(RuleId::L05, gift(RightKind::Ownership, east(), committee()));
    leaves_alone(RuleId::L05, gift(RightKind::Management, east(), township()));
}

#[test]
fn households_get_income_rights_and_their_own_cattle_for_nothing_and_no_more() {
    leaves_alone(RuleId::L05, gift(RightKind::Income, east(), household()));
    for right in [RightKind::Ownership, RightKind::Management] {
        let mut deal = gift(right, township(), household());
        check(
            RuleId::L05,
            deal.clone(),
            &[blocks("given_for_nothing", json!({"to_id": household().id, "right": right.code()}))],
        );
        deal.lots[0].asset.class = AssetClass::Household;
        leaves_alone(RuleId::L05, deal);
    }
    let mut cattle_for_a_firm = gift(RightKind::Ownership, township(), firm());
    cattle_for_a_firm.lots[0].asset.class = AssetClass::Household;
    check(RuleId::L05, cattle_for_a_firm, &[blocks("given_for_nothing", json!({"to_id": firm().id}))]);
}

#[test]
fn a_household_gives_as_it_likes() {
    leaves_alone(RuleId::L05, gift(RightKind::Ownership, household(), firm()));
}

/// What one side of a swap gives: its value in the books, the money invested, and what it was appraised at.
#[derive(Clone, Copy)]
struct Worth {
    in_books: i64,
    invested: i64,
    appraised: Option<i64>,
}

const fn worth(in_books: i64) -> Worth {
    Worth { in_books, invested: 2 * in_books, appraised: None }
}

impl Worth {
    const fn appraised(self, value: i64) -> Self {
        Self { appraised: Some(value), ..self }
    }

    fn lots(self, asset: u128, from: PartyFacts, to: PartyFacts) -> Vec<LotFacts> {
        let mut lot = lot(asset, from, to, "1");
        lot.asset.book_value = fen(self.in_books);
        lot.asset.original_value = fen(self.invested);
        vec![lot]
    }
}

fn swap_between([one, other]: [PartyFacts; 2], ours: Worth, theirs: Worth) -> TransferFacts {
    TransferFacts {
        lots: ours.lots(1, one, other),
        consideration: Consideration::Swap {
            lots: theirs.lots(2, other, one),
            appraised: theirs.appraised.map(fen),
            appraisal: None,
        },
        appraisal: ours.appraised.map(appraised),
        ..sale()
    }
}

/// A swap between the village and the firm finds the same from whichever side it is filed.
#[track_caller]
fn check_swap(ours: Worth, theirs: Worth, expected: &[Expected]) {
    check(RuleId::L05, swap_between([east(), firm()], ours, theirs), expected);
    check(RuleId::L05, swap_between([firm(), east()], theirs, ours), expected);
}

#[test]
fn a_swap_brings_back_nine_tenths() {
    check_swap(worth(1000), worth(900), &[]);
    check_swap(worth(1000), worth(5000), &[]);
    check_swap(
        worth(1000),
        worth(899),
        &[blocks(
            "swap_unequal",
            json!({"given_fen": 1000, "returned_fen": 899, "tolerance_bp": 1000, "lot": null}),
        )],
    );
}

#[test]
fn a_county_can_let_a_swap_bring_back_no_fen_less() {
    let policy = PolicyValues { swap_tolerance_bp: 0, ..PolicyValues::national() };
    let swap = |theirs| swap_between([east(), firm()], worth(1000), worth(theirs));

    check_under(&policy, RuleId::L05, swap(1000), &[]);
    check_under(&policy, RuleId::L05, swap(999), &[blocks("swap_unequal", json!({"tolerance_bp": 0}))]);
}

#[test]
fn appraisals_of_both_sides_stand_in_the_place_of_the_books() {
    check_swap(worth(100).appraised(1000), worth(10).appraised(900), &[]);
    check_swap(
        worth(100).appraised(1000),
        worth(5000).appraised(899),
        &[blocks("swap_unequal", json!({"given_fen": 1000, "returned_fen": 899, "at_risk_fen": 101}))],
    );
}

#[test]
fn what_was_never_worth_it_does_not_make_up_for_an_appraisal() {
    let written_off = Worth { in_books: 10, invested: 2000, appraised: None };
    let return_of = |invested| Worth { invested, ..written_off };
    check_swap(written_off.appraised(1000), return_of(900), &[]);
    check_swap(
        written_off.appraised(1000),
        return_of(899),
        &[blocks("swap_unequal", json!({"given_fen": 1000, "returned_fen": 899}))],
    );
}

#[test]
fn between_two_villages_neither_loses() {
    let between = |one, other| swap_between([east(), west()], worth(one), worth(other));
    leaves_alone(RuleId::L05, between(1000, 900));
    leaves_alone(RuleId::L05, between(900, 1000));
    for (one, other) in [(1000, 800), (800, 1000)] {
        check(
            RuleId::L05,
            between(one, other),
            &[blocks("swap_unequal", json!({"given_fen": 1000, "returned_fen": 800}))],
        );
    }
}

#[test]
fn two_firms_swap_as_they_like() {
    leaves_alone(RuleId::L05, swap_between([firm(), cooperative()], worth(1000), worth(1)));
}

#[test]
fn land_under_contract_has_the_rent_floor_of_anything_else() {
    let mut deal = let_for(7_199_999);
    for lot in &mut deal.lots {
        CONTRACTED_LAND.clone_into(&mut lot.asset.category);
    }

    check(RuleId::L20, deal, &[escalates("rent_below_investment", json!({}))]);
}

#[test]
fn rent_that_fell_due_is_given_up_with_the_countys_leave_where_it_is_public() {
    let ended = |lessor| AlterationFacts {
        overdue_given_up: vec![RentGivenUp {
            contract: id(50),
            lessor,
            lessee: firm().id,
            amount: fen(18_000_000),
            due_before: day("2025-07-01"),
        }],
        ..termination()
    };
    check(
        RuleId::L20,
        ended(east()),
        &[escalates("overdue_rent_given_up", json!({"given_up_fen": 18_000_000, "lessee_id": firm().id}))],
    );
    leaves_alone(RuleId::L20, ended(firm()));
}

/// A lease of ten years from 2021 on, which ends early; what fell due by then is all that is owed.
fn ended(on: &str, fell_due: i64, greatest: i64) -> AlterationFacts {
    let early = EndedEarly {
        contract: id(80),
        lessor: east(),
        lessee: firm().id,
        term: over("2021-01-01", "2031-01-01"),
        on: day(on),
        rent: fen(1_000_000),
        fell_due: fen(fell_due),
        greatest: fen(greatest),
    };
    AlterationFacts { ended_early: vec![early], ..termination() }
}

#[test]
fn a_rent_that_falls_due_at_the_end_is_not_gone_with_the_lease() {
    let figures = json!({"used_fen": 600_000, "fell_due_fen": 0, "missing_fen": 600_000, "rent_fen": 1_000_000,
        "contract_id": id::<kind::Contract>(80), "effective_on": "2027-01-01"});
    check(RuleId::L20, ended("2027-01-01", 0, 0), &[escalates("used_term_unpaid", figures.clone())]);
    let corrected =
        RegistrationFacts { ended_early: ended("2027-01-01", 0, 0).ended_early, ..registration() };
    check(RuleId::L20, corrected, &[escalates("used_term_unpaid", figures)]);
    // A down payment does not make it another rent.
    check(
        RuleId::L20,
        ended("2027-01-01", 100_000, 100_000),
        &[escalates("used_term_unpaid", json!({"missing_fen": 500_000}))],
    );
}

#[test]
fn a_lease_that_is_paid_as_it_is_used_ends_when_it_may() {
    // In advance, to the fen, whatever days the years have.
    for (on, paid) in [("2024-01-01", 300_000), ("2025-01-01", 400_000), ("2024-07-01", 400_000)] {
        leaves_alone(RuleId::L20, ended(on, paid, 100_000));
    }
    // Of the period in which it ends a part is told, and stops nothing.
    check(
        RuleId::L20,
        ended("2023-07-02", 200_000, 100_000),
        &[warns("used_term_underpaid", json!({"used_fen": 249_863, "missing_fen": 49_863}))],
    );
    check(RuleId::L20, ended("2024-01-01", 200_000, 100_000), &[warns("used_term_underpaid", json!({}))]);
    check(RuleId::L20, ended("2024-01-02", 200_000, 100_000), &[escalates("used_term_unpaid", json!({}))]);
    let mut private = ended("2027-01-01", 0, 0);
    private.ended_early[0].lessor = household();
    leaves_alone(RuleId::L20, private);
}
