//! What stands around an act: L08, L17, L19 and L51; what is handed out, invested, encumbered and paid: L39, L42, L13, L14, L07 and L38.

use super::*;
use crate::{
    loss::facts::{
        CONTRACTED_LAND, DealFacts, EncumbranceFacts, Measure, Near, PaperFacts, PaperOf, PaymentFacts,
        TradeFacts,
    },
    register::codes::RestrictionKind,
};

/// A village sells the firm the whole of what cost some money, for that money, and offered it nowhere.
fn sold(amount: i64) -> TransferFacts {
    let mut deal = TransferFacts { consideration: Consideration::Price(fen(amount)), trade: None, ..sale() };
    deal.lots = vec![lot(1, east(), firm(), "1")];
    deal.lots[0].asset.original_value = fen(amount);
    deal
}

/// A village lets the firm a greenhouse of 1,200,000 yuan, of which 900,000 are left in the books, for a rent in all.
fn rented(rent: i64, from: &str, to: &str) -> TransferFacts {
    TransferFacts {
        right: RightKind::Management,
        lots: vec![lot(1, east(), firm(), "1")],
        consideration: Consideration::Rent(vec![Payment { due_on: day(from), amount: fen(rent) }]),
        appraisal: None,
        trade: None,
        ..for_term(sale(), from, to)
    }
}

fn traded(on: &str, deal: TransferFacts) -> TransferFacts {
    TransferFacts { trade: Some(TradeFacts { on: day(on), confirmed: None, used_by: vec![] }), ..deal }
}

#[test]
fn what_is_sold_above_the_value_is_traded_on_an_exchange() {
    leaves_alone(RuleId::L17, sold(20_000_000));
    check(
        RuleId::L17,
        sold(20_000_001),
        &[escalates(
            "trade_missing",
            json!({"from_id": east().id, "to_id": firm().id, "value_fen": 20_000_001, "threshold_fen": 20_000_000,
                "lot": 0}),
        )],
    );
    leaves_alone(RuleId::L17, traded("2026-06-10", sold(20_000_001)));
    // A low price makes it no small sale.
    let cheap = TransferFacts { consideration: Consideration::Price(fen(1)), ..sold(20_000_001) };
    check(RuleId::L17, cheap, &[escalates("trade_missing", json!({"value_fen": 20_000_001}))]);
    let policy = PolicyValues { exchange_required_above_fen: 20_000_001, ..PolicyValues::national() };
    check_under(&policy, RuleId::L17, sold(20_000_001), &[]);
}

#[test]
fn a_lease_counts_by_its_rent_or_by_what_of_the_books_goes_with_its_term() {
    leaves_alone(RuleId::L17, rented(20_000_000, "2026-07-01", "2027-07-01"));
    check(
        RuleId::L17,
        rented(20_000_001, "2026-07-01", "2026-07-02"),
        &[escalates("trade_missing", json!({"value_fen": 20_000_001}))],
    );
    let books = |worth: i64, to: &str, class| {
        let mut deal = rented(1, "2026-07-01", to);
        deal.lots[0].asset.book_value = fen(worth);
        deal.lots[0].asset.class = class;
        deal
    };
    let operating = |worth, to| books(worth, to, AssetClass::Operating);
    // What cost 500,000 yuan is let for a year, which is a twentieth of it.
    leaves_alone(RuleId::L17, operating(50_000_000, "2027-07-01"));
    // Of 365 of 7305 days no more than the limit goes, up to books of 4,002,739.72 yuan.
    leaves_alone(RuleId::L17, operating(400_273_972, "2027-07-01"));
    let found = [escalates("trade_missing", json!({"value_fen": 20_000_000}))];
    check(RuleId::L17, operating(400_273_973, "2027-07-01"), &found);
    // For twenty years it is the whole, and never more.
    leaves_alone(RuleId::L17, operating(20_000_000, "2046-07-01"));
    leaves_alone(RuleId::L17, operating(20_000_000, "2066-07-01"));
    let found = [escalates("trade_missing", json!({"value_fen": 20_000_001}))];
    check(RuleId::L17, operating(20_000_001, "2046-07-01"), &found);
    leaves_alone(RuleId::L17, books(20_000_001, "2046-07-01", AssetClass::PublicWelfare));
}

/// The firm has rented the greenhouse for a year, or will.
fn year_of(number: u128, from: &str, to: &str, made_on: &str, worth: i64) -> DealFacts {
    DealFacts {
        right: RightKind::Management,
        term: Some(over(from, to)),
        made_on: Some(day(made_on)),
        assets: vec![id(1)],
        ..other(number, from, worth)
    }
}

#[test]
fn years_that_are_agreed_upon_ahead_of_each_other_are_one_lease() {
    // 900,000 yuan in the books: a year counts for its rent of 60,000.
    let first = |others| beside(others, rented(6_000_000, "2026-07-01", "2027-07-01"));
    let ahead = |made_on: &str| {
        let years =
            [("2027-07-01", "2028-07-01"), ("2028-07-01", "2029-07-01"), ("2029-07-01", "2030-07-01")];
        let of = |(number, (from, to)): (u128, (&str, &str))| year_of(number, from, to, made_on, 6_000_000);
        (300_u128..).zip(years).map(of).collect::<Vec<_>>()
    };
    let found = json!({"deals": 4, "sum_fen": 24_000_000, "own_fen": 6_000_000});
    check(RuleId::L08, first(ahead("2026-06-15")), &[escalates("split_below_exchange", found)]);
    leaves_alone(RuleId::L08, first(ahead("2026-06-15")[..2].to_vec()));
    // Each in its time is a renewal, and lies further away than the window.
    leaves_alone(
        RuleId::L08,
        first(vec![year_of(300, "2027-07-01", "2028-07-01", "2027-06-15", 19_000_000)]),
    );
    leaves_alone(
        RuleId::L08,
        first(vec![year_of(300, "2025-07-01", "2026-07-01", "2025-06-15", 19_000_000)]),
    );
    // This one is agreed upon before the other has begun.
    let before = year_of(300, "2026-06-16", "2027-06-16", "2026-06-01", 19_000_000);
    let after = beside(vec![before], rented(6_000_000, "2027-06-16", "2028-06-16"));
    check(RuleId::L08, after, &[escalates("split_below_exchange", json!({"sum_fen": 25_000_000}))]);
}

/// A sale that an auction house holds.
fn auctioned(by: PartyFacts, shown: bool) -> TransferFacts {
    TransferFacts { auctioneer: Some(by), auction_shown: Some(shown), ..sold(90_000_000) }
}

#[test]
fn an_auction_by_somebody_close_to_nobody_is_an_open_trade() {
    let house = party(40, PartyKind::Enterprise);
    leaves_alone(RuleId::L17, auctioned(house, true));
    leaves_alone(RuleId::L17, auctioned(party(41, PartyKind::StateEnterprise), true));
    let found = json!({"value_fen": 90_000_000, "auctioneer_id": house.id});
    check(RuleId::L17, auctioned(house, false), &[escalates("auction_without_document", found)]);
    let missing = [escalates("trade_missing", json!({"value_fen": 90_000_000}))];
    for no_house in [person(), household(), cooperative(), firm()] {
        check(RuleId::L17, auctioned(no_house, true), &missing);
    }
    let of_kin = vec![
        in_office(officer(), OfficerPost::Head, east()),
        tie(officer(), RelationKind::LegalRepresentative, house),
    ];
    check(RuleId::L17, TransferFacts { ties: of_kin, ..auctioned(house, true) }, &missing);
    // Nobody said that it was auctioned.
    check(RuleId::L17, TransferFacts { auction_shown: None, ..auctioned(house, true) }, &missing);
    // What is auctioned is no part of what was split, as little as what is traded.
    let beside_it = |deal| beside(vec![other(300, "2026-06-01", 15_000_000)], deal);
    let small =
        TransferFacts { consideration: Consideration::Price(fen(10_000_000)), ..auctioned(house, true) };
    let mut small = beside_it(small);
    small.lots[0].asset.original_value = fen(10_000_000);
    leaves_alone(RuleId::L08, small.clone());
    let split = [escalates("split_below_exchange", json!({}))];
    check(RuleId::L08, TransferFacts { auctioneer: Some(person()), ..small.clone() }, &split);
    small.auction_shown = None;
    check(RuleId::L08, small, &split);
}

#[test]
fn what_was_appraised_or_comes_back_is_no_part_of_what_was_not() {
    let policy = PolicyValues {
        appraisal_required_above_fen: 20_000_000,
        exchange_required_above_fen: 500_000_000,
        county_approval_above_fen: 500_000_000,
        ..PolicyValues::national()
    };
    let one = || DealFacts { appraised: false, ..other(300, "2026-06-01", 15_000_000) };
    let unappraised = |it| beside(vec![it], TransferFacts { appraisal: None, ..sold(10_000_000) });
    check_under(&policy, RuleId::L08, unappraised(one()), &[escalates("split_below_appraisal", json!({}))]);
    let term = Some(over("2026-06-01", "2029-06-01"));
    for met in [
        DealFacts { appraised: true, ..one() },
        DealFacts { right: RightKind::Income, term, ..one() },
        DealFacts { right: RightKind::Management, ..one() },
    ] {
        check_under(&policy, RuleId::L08, unappraised(met), &[]);
    }
    let appraised = beside(vec![one()], sold(10_000_000));
    check_under(&policy, RuleId::L08, appraised, &[]);
}

#[test]
fn what_is_told_of_a_receiver_hides_nothing_of_a_project() {
    let of_project = |number| DealFacts {
        near: Near::Project(id(60)),
        receivers: vec![person()],
        ..other(number, "2026-06-01", 15_000_000)
    };
    let deal = beside(
        vec![other(300, "2026-06-01", 15_000_000), of_project(301), of_project(302)],
        sold(10_000_000),
    );
    let of_receiver = json!({"case_ids": [id::<kind::Case>(300)], "sum_fen": 25_000_000});
    let all = json!({"case_ids": [id::<kind::Case>(301), id::<kind::Case>(302)], "sum_fen": 40_000_000});
    check(
        RuleId::L08,
        deal,
        &[escalates("split_below_exchange", of_receiver), warns("project_in_parts", all)],
    );
}

#[test]
fn the_pieces_of_what_was_divided_are_one_thing_to_whomever_they_go() {
    let piece = |number: u128, of: u128| DealFacts {
        near: Near::Asset(id(of)),
        beside: vec![id(1)],
        receivers: vec![party(50 + number, PartyKind::Person)],
        ..other(300 + number, "2026-06-01", 8_000_000)
    };
    let sold_to_person = |nearby| {
        let mut deal = beside(nearby, sold(8_000_000));
        deal.lots[0].to = person();
        deal
    };
    leaves_alone(RuleId::L08, sold_to_person(vec![piece(0, 90)]));
    let found = json!({"asset_id": id::<kind::Asset>(90), "deals": 3, "sum_fen": 24_000_000, "lot": 0});
    check(
        RuleId::L08,
        sold_to_person(vec![piece(0, 90), piece(1, 90)]),
        &[escalates("pieces_of_one", found)],
    );
    // Pieces of two others, or of another than what is given.
    leaves_alone(RuleId::L08, sold_to_person(vec![piece(0, 90), piece(1, 91)]));
    let strange = |number| DealFacts { beside: vec![], ..piece(number, 90) };
    leaves_alone(RuleId::L08, sold_to_person(vec![strange(0), strange(1)]));
}

#[test]
fn what_stays_public_or_is_no_trade_is_not_offered() {
    let to = |receiver: PartyFacts, mut deal: TransferFacts| {
        deal.lots[0].to = receiver;
        deal
    };
    let five_years = || rented(1, "2026-07-01", "2031-07-01");
    leaves_alone(RuleId::L17, to(west(), five_years()));
    leaves_alone(RuleId::L17, to(township(), sold(90_000_000)));
    leaves_alone(RuleId::L17, given_by(household(), sold(90_000_000)));
    leaves_alone(RuleId::L17, TransferFacts { consideration: Consideration::Nothing, ..sold(90_000_000) });
    // Its own cooperative runs it for the village.
    let own = TransferFacts {
        ties: vec![holding(east(), "3/5", cooperative())],
        ..to(cooperative(), five_years())
    };
    leaves_alone(RuleId::L17, own.clone());
    let others = [holding(east(), "3/5", cooperative()), holding(person(), "2/5", cooperative())];
    check(
        RuleId::L17,
        TransferFacts { ties: others.to_vec(), ..own },
        &[escalates("trade_missing", json!({}))],
    );
    // Land that a household contracts, and land that a firm does.
    let mut land = to(household(), five_years());
    land.lots[0].asset.category = CONTRACTED_LAND.to_owned();
    leaves_alone(RuleId::L17, land.clone());
    check(RuleId::L17, to(firm(), land), &[escalates("trade_missing", json!({}))]);
}

#[test]
fn whoever_rented_it_has_it_again_on_equal_terms() {
    let again = |ended: &str, appraisal| {
        let mut deal = TransferFacts { appraisal, ..rented(36_000_000, "2026-07-01", "2031-07-01") };
        deal.lots[0].earlier_terms = vec![over("2021-07-01", ended)];
        deal
    };
    leaves_alone(RuleId::L17, again("2026-07-01", Some(appraised(36_000_000))));
    check(
        RuleId::L17,
        again("2026-07-01", None),
        &[warns("renewed_without_trade", json!({"value_fen": 36_000_000}))],
    );
    assert_eq!((day("2026-07-01") - day("2026-04-02")).num_days(), 90);
    check(RuleId::L17, again("2026-04-02", None), &[warns("renewed_without_trade", json!({}))]);
    check(RuleId::L17, again("2026-04-01", None), &[escalates("trade_missing", json!({}))]);
    check(
        RuleId::L17,
        again("2026-04-01", Some(appraised(36_000_000))),
        &[escalates("trade_missing", json!({}))],
    );
}

#[test]
fn what_was_agreed_before_there_were_exchanges_is_not_asked() {
    let of_day = |from: &str, of_its_day| TransferFacts {
        entered: Entered { explained: of_its_day, of_its_day, ..entered() },
        ..rented(36_000_000, from, "2030-01-01")
    };
    leaves_alone(RuleId::L17, of_day("2014-12-31", true));
    check(RuleId::L17, of_day("2015-01-01", true), &[escalates("trade_missing", json!({}))]);
    check(RuleId::L17, of_day("2014-12-31", false), &[escalates("trade_missing", json!({}))]);
}

#[test]
fn a_trade_is_shown_before_the_deal_and_not_long_before() {
    leaves_alone(RuleId::L17, traded("2026-07-01", sold(90_000_000)));
    check(
        RuleId::L17,
        traded("2026-07-02", sold(90_000_000)),
        &[escalates("traded_after_effect", json!({"traded_on": "2026-07-02", "effective_on": "2026-07-01"}))],
    );
    leaves_alone(RuleId::L17, traded("2025-07-01", sold(90_000_000)));
    check(
        RuleId::L17,
        traded("2025-06-30", sold(90_000_000)),
        &[escalates("trade_stale", json!({"passed_days": 366, "valid_days": 365}))],
    );
    let longer = PolicyValues { appraisal_validity_days: 366, ..PolicyValues::national() };
    check_under(&longer, RuleId::L17, traded("2025-06-30", sold(90_000_000)), &[]);
    let unshown = TransferFacts { sources: 0, ..traded("2026-06-10", sold(90_000_000)) };
    check(
        RuleId::L17,
        unshown,
        &[escalates("trade_without_document", json!({"value_fen": 90_000_000, "traded_on": "2026-06-10"}))],
    );
    // Below the value nobody has to trade, and nobody asks how it was done.
    leaves_alone(RuleId::L17, TransferFacts { sources: 0, ..traded("2026-07-02", sold(20_000_000)) });
}

/// Another sale to the firm.
fn other(number: u128, on: &str, worth: i64) -> DealFacts {
    DealFacts {
        case: id(number),
        giver: east().id,
        near: Near::Receiver(firm().id),
        right: RightKind::Ownership,
        on: day(on),
        made_on: None,
        term: None,
        assets: vec![id(50 + number)],
        receivers: vec![firm()],
        worth: fen(worth),
        traded: false,
        appraised: true,
        of_other_projects: false,
        beside: vec![],
    }
}

fn beside(nearby: Vec<DealFacts>, deal: TransferFacts) -> TransferFacts {
    TransferFacts { nearby, ..deal }
}

#[test]
fn small_deals_come_to_a_large_one_together() {
    leaves_alone(RuleId::L08, beside(vec![other(300, "2026-06-01", 10_000_000)], sold(10_000_000)));
    check(
        RuleId::L08,
        beside(vec![other(300, "2026-06-01", 10_000_000), other(301, "2026-05-01", 1)], sold(10_000_000)),
        &[escalates(
            "split_below_exchange",
            json!({"from_id": east().id, "sum_fen": 20_000_001, "own_fen": 10_000_000, "threshold_fen": 20_000_000,
                "deals": 3, "window_days": 365, "lot": 0,
                "case_ids": [id::<kind::Case>(300).to_string(), id::<kind::Case>(301).to_string()]}),
        )],
    );
    // The same case is counted once, however near it is.
    let twice = DealFacts { near: Near::Project(id(60)), ..other(300, "2026-06-01", 15_000_000) };
    check(
        RuleId::L08,
        beside(vec![other(300, "2026-06-01", 15_000_000), twice], sold(10_000_000)),
        &[escalates("split_below_exchange", json!({"deals": 2, "sum_fen": 25_000_000}))],
    );
    let higher = PolicyValues { exchange_required_above_fen: 25_000_000, ..PolicyValues::national() };
    let two = beside(vec![other(300, "2026-06-01", 15_000_000)], sold(10_000_000));
    check_under(&higher, RuleId::L08, two, &[]);
}

#[test]
fn the_window_ends_on_its_last_day() {
    let on = |other_day: &str| beside(vec![other(300, other_day, 15_000_000)], sold(10_000_000));
    for (other_day, counts) in
        [("2025-07-01", true), ("2025-06-30", false), ("2027-07-01", true), ("2027-07-02", false)]
    {
        let expected = [escalates("split_below_exchange", json!({}))];
        check(RuleId::L08, on(other_day), if counts { &expected } else { &[] });
    }
    let narrow = PolicyValues { structuring_window_days: 30, ..PolicyValues::national() };
    check_under(&narrow, RuleId::L08, on("2026-05-31"), &[]);
    let found = [escalates("split_below_exchange", json!({"window_days": 30}))];
    check_under(&narrow, RuleId::L08, on("2026-06-01"), &found);
}

#[test]
fn parts_of_one_asset_are_parts_of_one_right_for_good() {
    let to_another = |right, term: Option<Period>| {
        let one = other(300, "2026-06-01", 15_000_000);
        let near = Near::Receiver(person().id);
        let receivers = vec![person()];
        beside(vec![DealFacts { right, term, near, receivers, assets: vec![id(1)], ..one }], sold(10_000_000))
    };
    let found = [escalates("asset_in_parts", json!({"asset_id": id::<kind::Asset>(1)}))];
    check(RuleId::L08, to_another(RightKind::Ownership, None), &found);
    leaves_alone(RuleId::L08, to_another(RightKind::Income, None));
    leaves_alone(RuleId::L08, to_another(RightKind::Ownership, Some(over("2026-06-01", "2027-06-01"))));
}

#[test]
fn what_meets_the_limit_by_itself_is_no_part() {
    let with = |it: DealFacts, deal| beside(vec![it], deal);
    let one = || other(300, "2026-06-01", 15_000_000);
    leaves_alone(RuleId::L08, with(other(300, "2026-06-01", 20_000_001), sold(10_000_000)));
    check(
        RuleId::L08,
        with(other(300, "2026-06-01", 20_000_000), sold(10_000_000)),
        &[escalates("split_below_exchange", json!({}))],
    );
    leaves_alone(RuleId::L08, with(one(), sold(20_000_001)));
    leaves_alone(RuleId::L08, with(DealFacts { traded: true, ..one() }, sold(10_000_000)));
    leaves_alone(RuleId::L08, with(one(), traded("2026-06-10", sold(10_000_000))));
    leaves_alone(RuleId::L08, with(DealFacts { giver: west().id, ..one() }, sold(10_000_000)));
    leaves_alone(
        RuleId::L08,
        with(DealFacts { near: Near::Receiver(person().id), ..one() }, sold(10_000_000)),
    );
    // What stays public.
    let mut public = with(DealFacts { near: Near::Receiver(west().id), ..one() }, sold(10_000_000));
    public.lots[0].to = west();
    leaves_alone(RuleId::L08, public);
    // What the village's own cooperative got.
    let own = DealFacts { near: Near::Project(id(60)), receivers: vec![cooperative()], ..one() };
    let mut deal = with(own, sold(10_000_000));
    check(RuleId::L08, deal.clone(), &[warns("project_in_parts", json!({}))]);
    deal.ties = vec![holding(east(), "3/5", cooperative())];
    leaves_alone(RuleId::L08, deal);
}

#[test]
fn the_sum_is_held_to_the_limits_of_appraisals_and_of_the_county_where_there_are_any() {
    let policy = PolicyValues {
        appraisal_required_above_fen: 12_000_000,
        county_approval_above_fen: 18_000_000,
        exchange_required_above_fen: 100_000_000,
        ..PolicyValues::national()
    };
    let unappraised = DealFacts { appraised: false, ..other(300, "2026-06-01", 9_000_000) };
    let deal = |worth| TransferFacts { appraisal: None, ..beside(vec![unappraised.clone()], sold(worth)) };
    check_under(&policy, RuleId::L08, deal(3_000_000), &[]);
    let appraisal = escalates("split_below_appraisal", json!({"threshold_fen": 12_000_000}));
    check_under(&policy, RuleId::L08, deal(3_000_001), std::slice::from_ref(&appraisal));
    check_under(&policy, RuleId::L08, deal(9_000_000), std::slice::from_ref(&appraisal));
    let county = escalates("split_below_county", json!({"threshold_fen": 18_000_000, "sum_fen": 18_000_001}));
    check_under(&policy, RuleId::L08, deal(9_000_001), &[appraisal.clone(), county]);
    // What reaches the limit by itself is not above it, and is one of those that together are.
    let together = escalates("split_below_county", json!({"own_fen": 12_000_000}));
    check_under(&policy, RuleId::L08, deal(12_000_000), &[appraisal, together]);
    // What is appraised itself was split for nothing.
    let is_appraised = TransferFacts { appraisal: Some(appraised(9_000_000)), ..deal(9_000_000) };
    check_under(&policy, RuleId::L08, is_appraised, &[]);
    // What was appraised is no part of what should have been.
    let done = beside(vec![other(300, "2026-06-01", 9_000_000)], deal(9_000_000));
    check_under(&policy, RuleId::L08, done, &[]);
}

#[test]
fn a_renewal_is_no_part_of_what_was_let_before() {
    let small = |mut deal: TransferFacts| {
        deal.lots[0].asset.book_value = fen(1);
        deal
    };
    let lease = |from: &str, to: &str| small(rented(15_000_000, from, to));
    let before = |from: &str, to: &str, asset: u128| DealFacts {
        right: RightKind::Management,
        on: day(from),
        term: Some(over(from, to)),
        assets: vec![id(asset)],
        ..other(300, from, 15_000_000)
    };
    leaves_alone(
        RuleId::L08,
        beside(vec![before("2025-07-01", "2026-07-01", 1)], lease("2026-07-01", "2027-07-01")),
    );
    let found = [escalates("split_below_exchange", json!({"sum_fen": 30_000_000}))];
    // For less than a year, or of another asset, or while the other runs.
    let sliced = beside(vec![before("2026-01-01", "2026-07-01", 1)], lease("2026-07-01", "2027-01-01"));
    check(RuleId::L08, sliced, &found);
    let another = beside(vec![before("2025-07-01", "2026-07-01", 2)], lease("2026-07-01", "2027-07-01"));
    check(RuleId::L08, another, &found);
    let both = beside(vec![before("2025-07-01", "2026-08-01", 1)], lease("2026-07-01", "2027-07-01"));
    check(RuleId::L08, both, &found);
}

#[test]
fn nothing_but_a_year_s_lease_after_another_is_a_renewal() {
    let small = |mut deal: TransferFacts| {
        deal.lots[0].asset.book_value = fen(1);
        deal
    };
    let beside_it = |right, from: &str, to: &str, deal: TransferFacts| {
        let before = DealFacts { right, ..year_of(300, from, to, from, 15_000_000) };
        beside(vec![before], small(deal))
    };
    let lease = |to: &str| rented(15_000_000, "2026-07-01", to);
    let found = [escalates("split_below_exchange", json!({"sum_fen": 30_000_000}))];
    let managed = RightKind::Management;
    leaves_alone(RuleId::L08, beside_it(managed, "2025-07-01", "2026-07-01", lease("2027-07-01")));
    // One of both is for less than a year.
    check(RuleId::L08, beside_it(managed, "2026-01-01", "2026-07-01", lease("2027-07-01")), &found);
    check(RuleId::L08, beside_it(managed, "2025-07-01", "2026-07-01", lease("2027-01-01")), &found);
    // Income is sold, and not let.
    let income = TransferFacts { right: RightKind::Income, ..lease("2027-07-01") };
    check(RuleId::L08, beside_it(RightKind::Income, "2025-07-01", "2026-07-01", income), &found);
}

#[test]
fn what_is_sold_long_after_it_is_let_is_no_part_of_the_lease() {
    // Both are agreed upon at once, which makes one lease of two terms and no lease of a sale.
    let sold_later = |on: &str| DealFacts {
        made_on: Some(day("2026-06-15")),
        assets: vec![id(1)],
        ..other(300, on, 15_000_000)
    };
    let let_before = |on: &str| {
        let mut deal = rented(10_000_000, "2026-07-01", "2027-07-01");
        deal.lots[0].asset.book_value = fen(1);
        beside(vec![sold_later(on)], deal)
    };
    check(RuleId::L08, let_before("2027-07-01"), &[escalates("split_below_exchange", json!({}))]);
    leaves_alone(RuleId::L08, let_before("2027-07-02"));
}

#[test]
fn people_who_rent_one_shed_each_of_a_project_are_no_parts_of_each_other() {
    let of_project = DealFacts { near: Near::Project(id(60)), ..other(300, "2026-06-01", 15_000_000) };
    let mut deal = beside(vec![of_project.clone()], sold(10_000_000));
    let figures =
        json!({"asset_id": greenhouse(1).id, "sum_fen": 25_000_000, "deals": 2, "threshold_fen": 20_000_000});
    check(RuleId::L08, deal.clone(), &[warns("project_in_parts", figures)]);
    // Of one asset that is sold by parts it does not matter to whom; let by parts, each lessee has its own.
    let same = DealFacts { assets: vec![id(1)], ..of_project };
    check(
        RuleId::L08,
        beside(vec![same.clone()], sold(10_000_000)),
        &[escalates("asset_in_parts", json!({}))],
    );
    let mut lease = rented(10_000_000, "2026-07-01", "2027-07-01");
    lease.lots[0].asset.book_value = fen(1);
    check(RuleId::L08, beside(vec![same], lease), &[warns("project_in_parts", json!({}))]);
    deal.lots[0].to = household();
    leaves_alone(RuleId::L08, deal);
}

#[test]
fn of_a_project_the_lots_of_that_project_are_looked_at_each_asset_by_itself() {
    let of_project = |assets: &[u128]| DealFacts {
        near: Near::Project(id(60)),
        assets: assets.iter().map(|it| id(*it)).collect(),
        beside: vec![id(2), id(3)],
        receivers: vec![cooperative()],
        ..other(300, "2026-06-01", 15_000_000)
    };
    let mut deal = sold(18_000_000);
    let cheap = |asset: u128| {
        let mut it = lot(asset, east(), firm(), "1/2");
        it.asset.original_value = fen(10_000_000);
        it
    };
    deal.lots = vec![cheap(1), cheap(2), cheap(3)];
    // The second lot is the asset that is sold by parts, and the first one is of no project.
    check(
        RuleId::L08,
        beside(vec![of_project(&[3])], TransferFacts { trade: None, ..deal.clone() }),
        &[escalates("asset_in_parts", json!({"asset_id": greenhouse(3).id, "lot": 2, "own_fen": 6_000_000}))],
    );
    check(
        RuleId::L08,
        beside(vec![of_project(&[9])], deal),
        &[warns("project_in_parts", json!({"asset_id": greenhouse(2).id, "lot": 1, "own_fen": 12_000_000}))],
    );
}

#[test]
fn of_one_asset_in_parts_it_does_not_matter_to_whom_they_go() {
    let part = |number: u128, near: Near| DealFacts {
        near,
        assets: vec![id(1)],
        receivers: vec![party(50 + number, PartyKind::Person)],
        ..other(300 + number, "2026-06-01", 5_000_000)
    };
    let in_parts = |deals: u128| {
        let nearby = (0..deals).map(|it| part(it, Near::Asset(id(1)))).collect();
        let mut deal = beside(nearby, sold(5_000_000));
        deal.lots[0].to = person();
        deal
    };
    leaves_alone(RuleId::L08, in_parts(3));
    let found = json!({"asset_id": greenhouse(1).id, "deals": 5, "sum_fen": 25_000_000});
    check(RuleId::L08, in_parts(4), &[escalates("asset_in_parts", found)]);
    let mut other_asset = in_parts(4);
    other_asset.lots[0].asset = AssetFacts { id: id(2), ..other_asset.lots[0].asset.clone() };
    leaves_alone(RuleId::L08, other_asset);
}

#[test]
fn the_link_between_deals_is_named() {
    let path = |ties: Vec<Tie>, receivers: Vec<PartyFacts>| {
        let nearby = vec![DealFacts { receivers, ..other(300, "2026-06-01", 15_000_000) }];
        let deal = TransferFacts { ties, ..beside(nearby, sold(10_000_000)) };
        found_by(RuleId::L08, &deal.into(), &PolicyValues::national()).remove(0)
    };
    let names = [(firm().id, "惠农公司"), (person().id, "王五")];
    let names = names.map(|(id, name)| (id.to_string(), crate::loss::finding::Called::from(name))).into();
    let same = path(vec![], vec![firm()]);
    assert!(same.message(&names).zh.contains("与同一方（惠农公司）共2笔"), "{same:?}");
    let controlled = path(vec![tie(firm(), RelationKind::ControlledBy, person())], vec![person()]);
    assert!(controlled.message(&names).zh.contains("（惠农公司—受控制→王五）"), "{controlled:?}");
}

#[test]
fn a_lease_counts_by_the_books_in_a_sum_as_by_itself() {
    let lease = |books: i64| {
        let mut deal = rented(1, "2026-07-01", "2046-07-01");
        deal.lots[0].asset.book_value = fen(books);
        beside(vec![other(300, "2026-06-01", 10_000_000)], deal)
    };
    leaves_alone(RuleId::L08, lease(10_000_000));
    let expected = json!({"own_fen": 10_000_001, "sum_fen": 20_000_001});
    check(RuleId::L08, lease(10_000_001), &[escalates("split_below_exchange", expected)]);
    leaves_alone(RuleId::L08, lease(20_000_001));
}

#[test]
fn who_rents_one_thing_after_another_splits_nothing() {
    let lease = |before_to: &str, of_other_projects| {
        let before = DealFacts {
            right: RightKind::Management,
            term: Some(over("2026-01-01", before_to)),
            of_other_projects,
            ..other(300, "2026-01-01", 15_000_000)
        };
        let mut deal = rented(10_000_000, "2026-07-01", "2027-01-01");
        deal.lots[0].asset.book_value = fen(1);
        beside(vec![before], deal)
    };
    leaves_alone(RuleId::L08, lease("2026-07-01", true));
    let found = [escalates("split_below_exchange", json!({}))];
    check(RuleId::L08, lease("2026-07-02", true), &found);
    check(RuleId::L08, lease("2026-07-01", false), &found);
}

#[test]
fn a_trade_is_shown_by_its_own_paper_and_is_that_of_one_deal() {
    let with = |confirmed, used_by| TransferFacts {
        trade: Some(TradeFacts { on: day("2026-06-10"), confirmed, used_by }),
        ..sold(90_000_000)
    };
    leaves_alone(RuleId::L17, with(Some(true), vec![]));
    check(RuleId::L17, with(Some(false), vec![]), &[escalates("trade_without_document", json!({}))]);
    let used = json!({"case_ids": [id::<kind::Case>(390)], "traded_on": "2026-06-10"});
    check(RuleId::L17, with(Some(true), vec![id(390)]), &[escalates("trade_used_before", used)]);
    let small = TransferFacts { trade: with(Some(false), vec![id(390)]).trade, ..sold(20_000_000) };
    leaves_alone(RuleId::L17, small);
}

#[test]
fn a_county_looks_at_leases_that_are_longer_than_it_wants() {
    let ten = PolicyValues { lease_term_county_years: 10, ..PolicyValues::national() };
    let for_years = |to: &str| rented(1, "2026-07-01", to);
    check_under(&ten, RuleId::L19, for_years("2036-07-01"), &[]);
    let found = escalates(
        "term_above_local_cap",
        json!({"asset_id": greenhouse(1).id, "until_on": "2036-07-02", "counted_from_on": "2026-07-01", "cap_years": 10,
            "latest_on": "2036-07-01", "lot": 0}),
    );
    check_under(&ten, RuleId::L19, for_years("2036-07-02"), &[found]);
    // By itself the law is enough, and what is beyond it L18 blocks.
    leaves_alone(RuleId::L19, for_years("2046-07-01"));
    check_under(&ten, RuleId::L19, for_years("2046-07-01"), &[escalates("term_above_local_cap", json!({}))]);
    check_under(&ten, RuleId::L19, for_years("2046-07-02"), &[]);
    check(RuleId::L18, for_years("2046-07-02"), &[blocks("term_above_cap", json!({}))]);
    // Land has terms of its own, and what is a household's is its own.
    let mut land = for_years("2040-07-01");
    land.lots[0].asset.category = CONTRACTED_LAND.to_owned();
    check_under(&ten, RuleId::L19, land, &[]);
    check_under(&ten, RuleId::L19, given_by(household(), for_years("2040-07-01")), &[]);
}

#[test]
fn contracts_standing_leases_and_longer_terms_are_held_to_it_as_well() {
    let ten = PolicyValues { lease_term_county_years: 10, ..PolicyValues::national() };
    let found = || [escalates("term_above_local_cap", json!({"asset_id": greenhouse(1).id}))];
    let terms = |to: &str| LeaseTerms { term: over("2026-07-01", to), ..contract().terms };
    let contracted = |to: &str| ContractFacts { terms: terms(to), ..contract() };
    check_under(&ten, RuleId::L19, contracted("2036-07-01"), &[]);
    check_under(&ten, RuleId::L19, contracted("2036-07-02"), &found());
    let altered = |lengthened| AlterationFacts {
        eased: Some(LeaseTerms { lengthened, ..terms("2036-07-02") }),
        ..termination()
    };
    check_under(&ten, RuleId::L19, altered(true), &found());
    check_under(&ten, RuleId::L19, altered(false), &[]);
    let lease = |to: &str| Granting {
        claim_number: 2,
        claim: claim(RightKind::Management, firm(), "1"),
        term: Some(over("2024-01-01", to)),
        rent: None,
        others: vec![],
        made: GrantMade::LongAgo,
        in_place_of: None,
    };
    let standing = |to: &str| RegistrationFacts { grants: vec![lease(to)], ..registration() };
    check_under(&ten, RuleId::L19, standing("2034-01-01"), &[]);
    check_under(&ten, RuleId::L19, standing("2034-01-02"), &found());
    let of_household = registered(&[claim(RightKind::Ownership, household(), "1")]);
    check_under(
        &ten,
        RuleId::L19,
        RegistrationFacts { grants: vec![lease("2040-01-01")], ..of_household },
        &[],
    );
}

fn paper(giver: PartyFacts, receiver: PartyFacts) -> PaperFacts {
    PaperFacts { document: id(110), of: PaperOf::Case(id(300)), giver: giver.id, receiver: receiver.id }
}

#[test]
fn a_paper_of_another_deal_is_told_once() {
    let with = |papers_elsewhere| TransferFacts { papers_elsewhere, ..sale() };
    leaves_alone(RuleId::L51, with(vec![paper(east(), firm())]));
    for (giver, receiver) in [(east(), person()), (west(), firm())] {
        let expected = json!({"document_id": id::<kind::Document>(110), "giver_id": giver.id, "receiver_id": receiver.id,
            "case_ids": [id::<kind::Case>(300)]});
        check(RuleId::L51, with(vec![paper(giver, receiver)]), &[warns("paper_of_another_deal", expected)]);
    }
    let many = vec![
        paper(east(), person()),
        PaperFacts { of: PaperOf::Contract(id(80)), ..paper(east(), household()) },
        paper(east(), firm()),
    ];
    check(RuleId::L51, with(many), &[warns("paper_of_another_deal", json!({}))]);
    let contracted = |papers_elsewhere| ContractFacts { papers_elsewhere, ..contract() };
    leaves_alone(RuleId::L51, contracted(vec![paper(east(), firm())]));
    check(
        RuleId::L51,
        contracted(vec![paper(east(), person())]),
        &[warns("paper_of_another_deal", json!({"receiver_id": person().id}))],
    );
}

#[test]
fn a_village_that_hands_out_more_than_it_may_goes_to_the_county() {
    let plan = |members: i64, rest: i64| DistributionFacts {
        lines: vec![line(east(), Purpose::PublicPosts, rest), line(east(), Purpose::Members, members)],
        ..distribution()
    };
    leaves_alone(RuleId::L39, plan(7_000_000, 3_000_000));
    check(
        RuleId::L39,
        plan(7_000_001, 2_999_999),
        &[escalates(
            "handed_out",
            json!({"party_id": east().id, "total_fen": 10_000_000, "members_fen": 7_000_001, "members_share_bp": 7000,
                "most_bp": 7000, "lot": 1}),
        )],
    );
    check(RuleId::L39, plan(10_000_000, 0), &[escalates("handed_out", json!({"members_share_bp": 10_000}))]);
    leaves_alone(RuleId::L39, plan(0, 0));
    let all = PolicyValues { members_share_max_bp: 10_000, ..PolicyValues::national() };
    check_under(&all, RuleId::L39, plan(10_000_000, 0), &[]);
    let none = PolicyValues { members_share_max_bp: 0, ..PolicyValues::national() };
    check_under(&none, RuleId::L39, plan(1, 9_999_999), &[escalates("handed_out", json!({}))]);
}

#[test]
fn each_village_is_looked_at_by_itself_and_a_households_own_part_is_no_handout() {
    let lines = |lines| DistributionFacts { lines, ..distribution() };
    check(
        RuleId::L39,
        lines(vec![
            line(east(), Purpose::Members, 1_000_000),
            line(west(), Purpose::Consolidation, 9_000_000),
            line(west(), Purpose::Members, 1_000_000),
        ]),
        &[escalates("handed_out", json!({"party_id": east().id, "lot": 0}))],
    );
    let own = vec![line(household(), Purpose::Members, 1_000_000)];
    let mut of_its_own = lines(own.clone());
    of_its_own.sources[0].owners = vec![household()];
    leaves_alone(RuleId::L39, of_its_own);
    // Of what is the village's it is told that one household has nearly all of it.
    let found = json!({"party_id": household().id, "own_fen": 1_000_000, "total_fen": 1_000_000, "own_share_bp": 10_000});
    check(RuleId::L39, lines(own), &[warns("to_one_household", found)]);
    let with_village = |its: i64| {
        lines(vec![
            line(household(), Purpose::PublicPosts, its),
            line(east(), Purpose::VillagePublicWelfare, 10_000_000 - its),
        ])
    };
    leaves_alone(RuleId::L39, with_village(7_000_000));
    check(RuleId::L39, with_village(7_000_001), &[warns("to_one_household", json!({"own_share_bp": 7000}))]);
}

/// A share in a firm that a village put money into, which the firm uses for five years against a dividend.
fn invested_in() -> RegistrationFacts {
    let mut facts = registration();
    facts.asset.category = "share_investment".to_owned();
    facts.grants = vec![Granting {
        claim_number: 2,
        claim: claim(RightKind::Management, firm(), "1"),
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: Some(vec![Payment { due_on: day("2027-07-01"), amount: fen(7_200_000) }]),
        others: vec![],
        made: GrantMade::LongAgo,
        in_place_of: None,
    }];
    facts
}

#[test]
fn an_investment_has_a_term_and_a_return() {
    leaves_alone(RuleId::L42, invested_in());
    let found = [escalates("investment_without_exit", json!({"asset_id": greenhouse(1).id}))];
    let changes: [fn(&mut RegistrationFacts); 6] = [
        |it| it.grants.clear(),
        |it| it.grants[0].term = None,
        |it| it.grants[0].term = Some(since("2026-07-01")),
        |it| it.grants[0].rent = None,
        |it| it.grants[0].rent = Some(vec![]),
        |it| it.grants[0].claim.right = RightKind::Income,
    ];
    for change in changes {
        let mut facts = invested_in();
        change(&mut facts);
        check(RuleId::L42, facts.clone(), &found);
        // Of another kind, of a household, or put right later it is not asked.
        leaves_alone(RuleId::L42, RegistrationFacts { asset: greenhouse(1), ..facts.clone() });
        let of_household = vec![claim(RightKind::Ownership, household(), "1")];
        leaves_alone(RuleId::L42, RegistrationFacts { claims: of_household, ..facts.clone() });
        leaves_alone(RuleId::L42, RegistrationFacts { standing: facts.claims.clone(), ..facts });
    }
    check(
        RuleId::L42,
        RegistrationFacts { sources: 0, ..invested_in() },
        &[escalates("investment_without_paper", json!({"asset_id": greenhouse(1).id}))],
    );
}

/// A greenhouse of a village that the firm runs is mortgaged for the village's own debt.
fn mortgage() -> EncumbranceFacts {
    EncumbranceFacts {
        kind: RestrictionKind::Mortgage,
        asset: greenhouse(1),
        owners: vec![east()],
        running: vec![firm()],
        debtor: Some(east()),
        standing: false,
        shown: true,
        holder: Some(person()),
        amount: Some(fen(120_000_000)),
        ties: vec![],
    }
}

#[test]
fn a_village_pledges_nothing_unshown_above_its_worth_or_to_its_own_officers() {
    let unshown = EncumbranceFacts { shown: false, ..mortgage() };
    let expected = json!({"asset_id": greenhouse(1).id, "owner_id": east().id, "restriction": "mortgage",
        "at_risk_fen": 90_000_000});
    check(RuleId::L13, unshown.clone(), &[escalates("pledged_unshown", expected)]);
    leaves_alone(RuleId::L13, EncumbranceFacts { standing: true, ..unshown.clone() });
    leaves_alone(RuleId::L13, EncumbranceFacts { kind: RestrictionKind::Seizure, ..unshown });
    let above = EncumbranceFacts { amount: Some(fen(120_000_001)), ..mortgage() };
    let expected = json!({"cost_fen": 120_000_000, "amount_fen": 120_000_001, "at_risk_fen": null});
    check(RuleId::L13, above.clone(), &[warns("pledged_above_value", expected)]);
    leaves_alone(RuleId::L13, EncumbranceFacts { amount: None, ..above });
    // Whoever decides for the owner, or is close to whoever does, is its creditor.
    leaves_alone(RuleId::L07, mortgage());
    let head = in_office(person(), OfficerPost::Head, east());
    let expected = json!({"from_id": east().id, "to_id": person().id, "restriction": "mortgage"});
    let to_head = EncumbranceFacts { ties: vec![head], ..mortgage() };
    check(RuleId::L07, to_head.clone(), &[escalates("creditor_related", expected)]);
    let pledge = EncumbranceFacts { kind: RestrictionKind::Pledge, ..to_head.clone() };
    check(RuleId::L07, pledge, &[escalates("creditor_related", json!({"restriction": "pledge"}))]);
    leaves_alone(RuleId::L07, EncumbranceFacts { kind: RestrictionKind::Seizure, ..to_head.clone() });
    leaves_alone(RuleId::L07, EncumbranceFacts { holder: Some(household()), ..to_head.clone() });
    // What is private is its owner's to pledge; what an officer represents for the state is no interest of theirs.
    let of_firm = in_office(person(), OfficerPost::Head, firm());
    leaves_alone(
        RuleId::L07,
        EncumbranceFacts { owners: vec![firm()], ties: vec![of_firm], ..to_head.clone() },
    );
    let bank = party(70, PartyKind::StateEnterprise);
    let represents = tie(person(), RelationKind::LegalRepresentative, bank);
    let mut to_bank = EncumbranceFacts { holder: Some(bank), ..to_head.clone() };
    to_bank.ties.push(represents);
    leaves_alone(RuleId::L07, to_bank);
    // Nor is it where the village has the creditor in its hand.
    let own = tie(cooperative(), RelationKind::ControlledBy, east());
    let mut to_own = EncumbranceFacts { holder: Some(cooperative()), ..to_head.clone() };
    to_own.ties.extend([own, tie(person(), RelationKind::LegalRepresentative, cooperative())]);
    leaves_alone(RuleId::L07, to_own);
    leaves_alone(RuleId::L07, EncumbranceFacts { holder: None, ..to_head });
}

fn for_debt_of(debtor: PartyFacts) -> EncumbranceFacts {
    EncumbranceFacts { debtor: Some(debtor), ..mortgage() }
}

#[test]
fn whose_debt_is_secured_is_said_of_what_is_public() {
    let unsaid = |standing, shown| EncumbranceFacts { debtor: None, standing, shown, ..mortgage() };
    let expected = json!({"asset_id": greenhouse(1).id, "owner_id": east().id, "restriction": "mortgage"});
    check(RuleId::L13, unsaid(false, true), &[blocks("debtor_unnamed", expected)]);
    check(RuleId::L13, unsaid(true, true), &[warns("standing_debtor_unnamed", json!({}))]);
    check(RuleId::L13, unsaid(true, false), &[escalates("unshown_debtor_unnamed", json!({}))]);
    leaves_alone(RuleId::L13, EncumbranceFacts { owners: vec![firm()], ..unsaid(false, false) });
    leaves_alone(RuleId::L13, EncumbranceFacts { owners: vec![], ..unsaid(false, false) });
    leaves_alone(RuleId::L13, EncumbranceFacts { kind: RestrictionKind::Seizure, ..unsaid(false, false) });
}

#[test]
fn no_spelling_makes_land_or_a_school_or_an_investment_something_else() {
    let called = |category: &str, class, measured_in| {
        let mut facts = mortgage();
        (facts.asset.category, facts.asset.class, facts.asset.measured_in) =
            (category.to_owned(), class, measured_in);
        facts
    };
    for land in ["land", "construction_land", "farmland2", "tudi", "east_paddy"] {
        check(RuleId::L14, called(land, AssetClass::Operating, None), &[blocks("land_mortgaged", json!({}))]);
    }
    leaves_alone(RuleId::L14, called("landscape_hall", AssetClass::Operating, None));
    let measured = called("base", AssetClass::Operating, Some(Measure::Land));
    check(
        RuleId::L14,
        measured.clone(),
        &[escalates("perhaps_land_mortgaged", json!({"owner_id": east().id}))],
    );
    leaves_alone(RuleId::L14, EncumbranceFacts { debtor: Some(firm()), ..measured });
    let school = called("primary_school", AssetClass::PublicWelfare, None);
    check(RuleId::L14, school, &[blocks("welfare_mortgaged", json!({}))]);
    let classroom = called("classroom", AssetClass::PublicWelfare, None);
    check(RuleId::L14, classroom, &[escalates("public_asset_mortgaged", json!({}))]);
    for (category, measured_in, is_one) in [
        ("loan", None, true),
        ("equity2", None, true),
        ("base", Some(Measure::Money), true),
        ("base", Some(Measure::Land), false),
        ("base", None, false),
    ] {
        let mut facts = RegistrationFacts { grants: vec![], ..invested_in() };
        (facts.asset.category, facts.asset.measured_in) = (category.to_owned(), measured_in);
        let found = [escalates("investment_without_exit", json!({}))];
        check(RuleId::L42, facts, if is_one { &found } else { &[] });
    }
    for (unit, measure) in [
        ("亩", Some(Measure::Land)),
        (" MU", Some(Measure::Land)),
        ("万元", Some(Measure::Money)),
        ("股", Some(Measure::Money)),
        ("处", None),
        ("单元", None),
    ] {
        assert_eq!(Measure::of(unit), measure, "{unit}");
    }
}

#[test]
fn what_is_the_villages_secures_nobody_elses_debt() {
    leaves_alone(RuleId::L13, mortgage());
    leaves_alone(RuleId::L13, for_debt_of(east()));
    let expected = json!({"asset_id": greenhouse(1).id, "owner_id": east().id, "debtor_id": person().id, "restriction": "mortgage",
        "at_risk_fen": 90_000_000});
    check(RuleId::L13, for_debt_of(person()), &[blocks("secures_debt_of_another", expected)]);
    // No more than what is secured, where that is less than what the asset stands at; nobody can tell where it is not said.
    for (amount, at_risk) in [(Some(fen(1_000_000)), json!(1_000_000)), (None, json!(null))] {
        let facts = EncumbranceFacts { amount, ..for_debt_of(person()) };
        check(RuleId::L13, facts, &[blocks("secures_debt_of_another", json!({"at_risk_fen": at_risk}))]);
    }
    check(
        RuleId::L13,
        for_debt_of(firm()),
        &[blocks("secures_debt_of_operator", json!({"debtor_id": firm().id}))],
    );
    let pledge = EncumbranceFacts { kind: RestrictionKind::Pledge, ..for_debt_of(person()) };
    check(RuleId::L13, pledge, &[blocks("secures_debt_of_another", json!({"restriction": "pledge"}))]);
    for kind in [RestrictionKind::Seizure, RestrictionKind::Dispute, RestrictionKind::TransferBan] {
        leaves_alone(RuleId::L13, EncumbranceFacts { kind, ..for_debt_of(person()) });
    }
    // Whoever owns a part of it pledges the whole with it.
    for debtor in [west(), person()] {
        let joint = EncumbranceFacts { owners: vec![east(), debtor], ..for_debt_of(debtor) };
        let expected = json!({"owner_id": east().id, "debtor_id": debtor.id});
        check(RuleId::L13, joint, &[escalates("secures_debt_of_co_owner", expected)]);
    }
    // What is a firm's own is its own, and what a village's own cooperative has is the village's.
    leaves_alone(RuleId::L13, EncumbranceFacts { owners: vec![firm()], ..for_debt_of(person()) });
    let of_cooperative =
        |ties| EncumbranceFacts { owners: vec![cooperative()], ties, ..for_debt_of(person()) };
    let own = tie(cooperative(), RelationKind::ControlledBy, east());
    let expected = json!({"owner_id": cooperative().id, "debtor_id": person().id});
    check(RuleId::L13, of_cooperative(vec![own]), &[blocks("secures_debt_of_another", expected)]);
    leaves_alone(RuleId::L13, of_cooperative(vec![]));
    let head = in_office(person(), OfficerPost::Head, east());
    let to_head = EncumbranceFacts { debtor: Some(cooperative()), ..of_cooperative(vec![own, head]) };
    check(RuleId::L07, to_head, &[escalates("creditor_related", json!({"from_id": cooperative().id}))]);
}

#[test]
fn land_is_mortgaged_by_whoever_runs_it_alone_and_a_school_by_nobody() {
    leaves_alone(RuleId::L14, mortgage());
    let land = |debtor| {
        let mut facts = EncumbranceFacts { debtor, ..mortgage() };
        facts.asset.category = CONTRACTED_LAND.to_owned();
        facts
    };
    let expected = json!({"asset_id": greenhouse(1).id, "owner_id": east().id, "restriction": "mortgage"});
    check(RuleId::L14, land(None), &[blocks("land_mortgaged", expected)]);
    check(RuleId::L14, land(Some(east())), &[blocks("land_mortgaged", json!({}))]);
    leaves_alone(RuleId::L14, land(Some(firm())));
    leaves_alone(RuleId::L13, land(Some(firm())));
    check(RuleId::L13, land(Some(person())), &[blocks("secures_debt_of_another", json!({}))]);
    let welfare = |category: &str, class| {
        let mut facts = mortgage();
        (facts.asset.category, facts.asset.class) = (category.to_owned(), class);
        facts
    };
    check(
        RuleId::L14,
        welfare("school", AssetClass::PublicWelfare),
        &[blocks("welfare_mortgaged", json!({"category": "school", "restriction": "mortgage"}))],
    );
    check(
        RuleId::L14,
        welfare("road", AssetClass::PublicWelfare),
        &[escalates("public_asset_mortgaged", json!({}))],
    );
    leaves_alone(RuleId::L14, welfare("school", AssetClass::Operating));
    let seized =
        EncumbranceFacts { kind: RestrictionKind::Seizure, ..welfare("school", AssetClass::PublicWelfare) };
    leaves_alone(RuleId::L14, seized);
}

fn payment(payee: PartyFacts, ties: Vec<Tie>) -> PaymentFacts {
    PaymentFacts {
        payer: east(),
        payee,
        purpose: "road_repair".to_owned(),
        amount: fen(150_000),
        account: None,
        ties,
    }
}

#[test]
fn whoever_is_paid_and_decides_for_the_payer_is_told_with_the_path() {
    let head = || in_office(officer(), OfficerPost::Head, east());
    leaves_alone(RuleId::L07, payment(firm(), vec![head()]));
    let expected =
        json!({"from_id": east().id, "to_id": officer().id, "amount_fen": 150_000, "path": ["head"]});
    check(RuleId::L07, payment(officer(), vec![head()]), &[warns("payee_related_to_officers", expected)]);
    let of_kin = vec![
        head(),
        tie(officer(), RelationKind::Kin, person()),
        tie(person(), RelationKind::LegalRepresentative, firm()),
    ];
    check(
        RuleId::L07,
        payment(firm(), of_kin.clone()),
        &[warns("payee_related_to_officers", json!({"path": ["head", "kin", "legal_representative"]}))],
    );
    let near = PolicyValues { related_party_depth: 1, ..PolicyValues::national() };
    check_under(&near, RuleId::L07, payment(firm(), of_kin.clone()), &[]);
    // What a firm pays, and what a village pays to another, is nobody's interest.
    leaves_alone(RuleId::L07, PaymentFacts { payer: cooperative(), ..payment(firm(), of_kin.clone()) });
    leaves_alone(RuleId::L07, payment(west(), of_kin));
    leaves_alone(RuleId::L07, payment(cooperative(), vec![head(), holding(east(), "1/2", cooperative())]));
}

#[test]
fn what_is_the_members_goes_to_members_and_nobody_pays_itself() {
    let to = |payee, account| PaymentFacts { account, ..payment(payee, vec![]) };
    leaves_alone(RuleId::L35, to(firm(), Some(Purpose::VillagePublicWelfare)));
    leaves_alone(RuleId::L35, to(firm(), None));
    leaves_alone(RuleId::L35, to(household(), Some(Purpose::Members)));
    let expected = json!({"from_id": east().id, "to_id": firm().id, "amount_fen": 150_000});
    check(
        RuleId::L35,
        to(firm(), Some(Purpose::Members)),
        &[warns("members_money_to_organisation", expected)],
    );
    check(RuleId::L35, to(east(), Some(Purpose::Members)), &[warns("paid_to_itself", json!({}))]);
}

#[test]
fn a_payment_for_a_forbidden_use_is_blocked() {
    leaves_alone(RuleId::L38, payment(firm(), vec![]));
    let office = || PaymentFacts { purpose: "office_buildings".to_owned(), ..payment(firm(), vec![]) };
    let expected = json!({"use": "office_buildings", "amount_fen": 150_000});
    check(RuleId::L38, office(), &[blocks("use_forbidden", expected)]);
    let free = PolicyValues { forbidden_uses: vec![], ..PolicyValues::national() };
    check_under(&free, RuleId::L38, office(), &[]);
}
