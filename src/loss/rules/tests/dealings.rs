//! What was dealt before, and what is left unsaid: L09, L23, L26 and L32.

use super::*;
use crate::loss::facts::ReplacedFacts;

/// A firm gives on for a price what it bought for some money.
fn sold_on(bought: Acquired, price: i64) -> TransferFacts {
    let mut deal =
        TransferFacts { consideration: Consideration::Price(fen(price)), ..given_by(firm(), sale()) };
    deal.lots[0].to = household();
    deal.lots[0].acquired = vec![bought];
    deal
}

/// What a firm bought of a village: two thirds, for 800,000 yuan, two years before the deal.
fn bought() -> Acquired {
    Acquired { from: east(), on: day("2024-07-01"), term: None, share: part("2/3"), paid: fen(80_000_000) }
}

#[test]
fn what_is_sold_on_soon_for_a_fifth_more_is_a_warning_beyond_that() {
    leaves_alone(RuleId::L09, sold_on(bought(), 96_000_000));
    check(
        RuleId::L09,
        sold_on(bought(), 96_000_002),
        &[warns(
            "sold_on_for_more",
            json!({"from_id": firm().id, "giver_id": east().id, "asset_id": greenhouse(1).id, "right": "ownership",
                "acquired_on": "2024-07-01", "paid_fen": 120_000_000, "asked_fen": 144_000_003,
                "flip_ratio_bp": 12_000, "lot": 0, "at_risk_fen": 16_000_002}),
        )],
    );
}

#[test]
fn what_is_sold_on_late_or_was_nobody_s_but_private_is_no_flip() {
    let on = |text: &str| Acquired { on: day(text), ..bought() };
    // It takes effect later than it is entered, and is made when that is.
    assert_eq!((day("2026-06-15") - day("2024-06-15")).num_days(), 730);
    check(RuleId::L09, sold_on(on("2024-06-15"), 200_000_000), &[warns("sold_on_for_more", json!({}))]);
    leaves_alone(RuleId::L09, sold_on(on("2024-06-14"), 200_000_000));
    let put_off = TransferFacts { effective_on: day("2026-12-31"), ..sold_on(on("2024-06-15"), 200_000_000) };
    check(RuleId::L09, put_off, &[warns("sold_on_for_more", json!({}))]);
    // What is entered late with its reason was made on its own day.
    let mut of_its_day = sold_on(on("2024-06-30"), 200_000_000);
    of_its_day.entered.of_its_day = true;
    leaves_alone(RuleId::L09, of_its_day.clone());
    of_its_day.lots[0].acquired = vec![on("2024-07-01")];
    check(RuleId::L09, of_its_day, &[warns("sold_on_for_more", json!({}))]);
    check(RuleId::L09, sold_on(on("2026-07-01"), 200_000_000), &[warns("sold_on_for_more", json!({}))]);
    leaves_alone(RuleId::L09, sold_on(Acquired { from: cooperative(), ..bought() }, 200_000_000));
    leaves_alone(RuleId::L09, given_by(firm(), sale()));
    // What a village had from another one goes to private hands with the county alone, where it brings so much more.
    let by_village = |paid: i64, price: i64| {
        let mut deal = sold_on(Acquired { paid: fen(paid), ..bought() }, price);
        deal.lots[0].from = west();
        deal
    };
    check(
        RuleId::L09,
        by_village(80_000_000, 96_000_002),
        &[escalates(
            "passed_through",
            json!({"from_id": west().id, "giver_id": east().id, "to_id": household().id}),
        )],
    );
    leaves_alone(RuleId::L09, by_village(80_000_000, 96_000_000));
    check(RuleId::L09, by_village(0, 2), &[escalates("passed_through", json!({"paid_fen": 0}))]);
    let mut back = by_village(0, 200_000_000);
    back.lots[0].to = east();
    leaves_alone(RuleId::L09, back);
    let mut own = by_village(0, 200_000_000);
    own.lots[0].from = east();
    leaves_alone(RuleId::L09, own);
    let narrow = PolicyValues { flip_window_days: 365, ..PolicyValues::national() };
    check_under(&narrow, RuleId::L09, sold_on(bought(), 200_000_000), &[]);
    let strict = PolicyValues { flip_ratio_bp: 10_000, ..PolicyValues::national() };
    check_under(&strict, RuleId::L09, sold_on(bought(), 80_000_000), &[]);
    check_under(
        &strict,
        RuleId::L09,
        sold_on(bought(), 80_000_001),
        &[warns("sold_on_for_more", json!({"flip_ratio_bp": 10_000}))],
    );
}

#[test]
fn a_state_enterprise_in_private_hands_flips_as_anybody_private() {
    let enterprise = party(11, PartyKind::StateEnterprise);
    let private = vec![tie(enterprise, RelationKind::ControlledBy, person())];
    let mut through = sold_on(bought(), 200_000_000);
    (through.lots[0].from, through.lots[0].to) = (west(), enterprise);
    leaves_alone(RuleId::L09, through.clone());
    through.ties = private.clone();
    check(RuleId::L09, through, &[escalates("passed_through", json!({"to_id": enterprise.id}))]);
    let mut on = let_on(8_640_001);
    on.lots[0].from = enterprise;
    leaves_alone(RuleId::L09, on.clone());
    on.ties = private;
    check(RuleId::L09, on, &[escalates("let_on_for_more", json!({"from_id": enterprise.id}))]);
}

#[test]
fn shares_are_compared_by_the_whole_and_the_cheapest_counts() {
    let mut deal = sold_on(bought(), 48_000_000);
    deal.lots[0].share = part("1/3");
    leaves_alone(RuleId::L09, deal.clone());
    deal.lots[0].acquired.push(Acquired { share: part("1/3"), paid: fen(10_000_000), ..bought() });
    check(
        RuleId::L09,
        deal,
        &[warns("sold_on_for_more", json!({"paid_fen": 30_000_000, "asked_fen": 144_000_000}))],
    );
}

/// A firm has the whole of a village's greenhouse for five years at 72,000 yuan a year, and lets it on for some rent a year.
fn let_on(yearly: i64) -> TransferFacts {
    let head = Acquired {
        from: east(),
        on: day("2026-01-01"),
        term: Some(over("2026-01-01", "2031-01-01")),
        share: Share::WHOLE,
        paid: fen(36_000_000),
    };
    let mut lots = vec![lot(1, firm(), cooperative(), "1")];
    lots[0].acquired = vec![head];
    lots[0].owners = vec![east()];
    TransferFacts {
        right: RightKind::Management,
        lots,
        consideration: at_ends_of_years(yearly, "2026-07-01", "2028-07-01"),
        appraisal: None,
        ..for_term(sale(), "2026-07-01", "2028-07-01")
    }
}

#[test]
fn what_is_let_on_for_more_a_year_goes_to_the_county() {
    leaves_alone(RuleId::L09, let_on(8_640_000));
    check(
        RuleId::L09,
        let_on(8_640_001),
        &[escalates(
            "let_on_for_more",
            json!({"from_id": firm().id, "giver_id": east().id, "asset_id": greenhouse(1).id, "right": "management",
                "acquired_on": "2026-01-01", "paid_fen": 7_200_000, "asked_fen": 8_640_001,
                "at_risk_fen": 2_880_002}),
        )],
    );
    // At ten times the rent.
    check(RuleId::L09, let_on(72_000_000), &[escalates("let_on_for_more", json!({"asked_fen": 72_000_000}))]);
    // A year of half of it for half of the rent is the same price.
    let mut half = let_on(4_320_000);
    half.lots[0].share = part("1/2");
    leaves_alone(RuleId::L09, half);
}

#[test]
fn what_is_had_for_a_term_is_not_compared_with_what_is_had_for_good() {
    let mut deal = let_on(72_000_000);
    deal.lots[0].acquired[0].term = None;
    leaves_alone(RuleId::L09, deal);
    leaves_alone(RuleId::L09, TransferFacts { consideration: Consideration::Nothing, ..let_on(1) });
}

fn unasked() -> TransferFacts {
    TransferFacts { decisions: vec![], ..let_on(7_200_000) }
}

#[test]
fn what_a_village_owns_is_let_on_with_its_consent() {
    let found = [escalates(
        "sublease_without_consent",
        json!({"from_id": firm().id, "to_id": cooperative().id, "owner_id": east().id,
            "asset_id": greenhouse(1).id, "lot": 0}),
    )];
    check(RuleId::L26, unasked(), &found);
    let by = |by, votes| TransferFacts {
        decisions: vec![decided_by(by, DecisionBody::Council, votes)],
        ..unasked()
    };
    leaves_alone(RuleId::L26, by(Some(east()), [7, 7, 4]));
    leaves_alone(RuleId::L26, by(None, [7, 7, 4]));
    check(RuleId::L26, by(Some(east()), [7, 6, 3]), &found);
    check(RuleId::L26, by(Some(west()), [7, 7, 7]), &found);
    let mut in_writing = unasked();
    in_writing.lots[0].owner_consent = Some(id(102));
    leaves_alone(RuleId::L26, in_writing.clone());
    // A household consents for itself.
    in_writing.lots[0].from = household();
    check(
        RuleId::L26,
        in_writing,
        &[escalates("sublease_without_consent", json!({"from_id": household().id}))],
    );
}

#[test]
fn each_public_owner_is_asked() {
    let mut deal = TransferFacts {
        decisions: vec![decided_by(Some(east()), DecisionBody::MembersAssembly, [100, 80, 75])],
        ..unasked()
    };
    deal.lots[0].owners = vec![east(), west()];
    check(
        RuleId::L26,
        deal.clone(),
        &[escalates("sublease_without_consent", json!({"owner_id": west().id}))],
    );
    leaves_alone(RuleId::L26, TransferFacts { decisions: both_decided(), ..deal.clone() });
    deal.lots[0].owners = vec![township()];
    check(RuleId::L26, deal, &[escalates("sublease_without_consent", json!({"owner_id": township().id}))]);
}

#[test]
fn an_owner_that_lets_and_a_private_owner_are_asked_by_nobody() {
    leaves_alone(RuleId::L26, lease());
    let owned = |owners: Vec<PartyFacts>| {
        let mut deal = unasked();
        deal.lots[0].owners = owners;
        deal
    };
    leaves_alone(RuleId::L26, owned(vec![household()]));
    leaves_alone(RuleId::L26, owned(vec![firm(), east()]));
    leaves_alone(RuleId::L26, TransferFacts { right: RightKind::Income, ..unasked() });
    // What goes back to its owner is let on to nobody, and who takes a lessee's place rents nothing anew.
    let mut back = unasked();
    back.lots[0].to = east();
    leaves_alone(RuleId::L26, back);
    let mut succeeded = unasked();
    let heir = crate::loss::facts::Successor { id: cooperative().id, sector: cooperative().sector() };
    succeeded.lots[0].from.succeeded_by = Some(heir);
    leaves_alone(RuleId::L26, succeeded);
}

/// The firm owes the village a year's rent for an asset, since some day.
fn owed(asset: u128, since: &str, payments: u32) -> ArrearsFacts {
    ArrearsFacts {
        contract: id(80),
        lessor: east(),
        lessee: firm().id,
        assets: vec![id(asset)],
        amount: fen(7_200_000),
        since: day(since),
        payments,
        on: day("2026-06-15"),
        behind: Vec::new(),
        kin: vec![],
    }
}

/// The firm is let what it rents already, with some rent open.
fn renewed(arrears: ArrearsFacts) -> TransferFacts {
    TransferFacts { arrears: vec![arrears], ..lease() }
}

#[test]
fn nobody_is_let_again_what_it_did_not_pay_for() {
    leaves_alone(RuleId::L23, lease());
    leaves_alone(RuleId::L23, renewed(owed(1, "2026-05-16", 1)));
    let figures = json!({"lessor_id": east().id, "lessee_id": firm().id, "contract_id": id::<kind::Contract>(80),
        "overdue_fen": 7_200_000, "owed_on": "2026-06-15"});
    check(RuleId::L23, renewed(owed(1, "2026-05-15", 1)), &[warns("rent_overdue", figures.clone())]);
    check(
        RuleId::L23,
        renewed(owed(1, "2025-12-17", 1)),
        &[warns("rent_overdue", json!({"overdue_days": 180}))],
    );
    check(RuleId::L23, renewed(owed(1, "2025-12-16", 1)), &[blocks("renewed_in_arrears", figures)]);
    // What was let again then is a fact, which the county sees.
    let mut then = renewed(owed(1, "2025-12-16", 1));
    then.entered.of_its_day = true;
    check(RuleId::L23, then, &[escalates("rent_long_overdue", json!({"overdue_days": 181}))]);
    // Two payments are more than one period.
    check(
        RuleId::L23,
        renewed(owed(1, "2026-03-01", 2)),
        &[blocks("renewed_in_arrears", json!({"asset_id": greenhouse(1).id, "payments": 2}))],
    );
}

#[test]
fn another_asset_of_the_same_owner_is_let_with_the_county() {
    check(
        RuleId::L23,
        renewed(owed(9, "2025-12-16", 1)),
        &[escalates("rent_long_overdue", json!({"overdue_days": 181, "payments": 1}))],
    );
    check(RuleId::L23, renewed(owed(9, "2026-05-15", 1)), &[warns("rent_overdue", json!({}))]);
    // Of somebody else, or by somebody else.
    leaves_alone(RuleId::L23, renewed(ArrearsFacts { lessor: committee(), ..owed(9, "2024-01-01", 2) }));
    leaves_alone(RuleId::L23, renewed(ArrearsFacts { lessee: household().id, ..owed(1, "2024-01-01", 2) }));
    leaves_alone(RuleId::L23, renewed(ArrearsFacts { lessor: household(), ..owed(1, "2024-01-01", 2) }));
}

#[test]
fn whoever_owes_rent_buys_of_the_same_owner_with_the_county() {
    let buying = |it: ArrearsFacts| TransferFacts { arrears: vec![it], ..sale() };
    let found = json!({"lessee_id": firm().id, "lessor_id": east().id, "overdue_fen": 7_200_000});
    // Of what it rents, and of anything else; nobody is refused it.
    for asset in [1, 9] {
        leaves_alone(RuleId::L23, buying(owed(asset, "2026-05-16", 1)));
        check(RuleId::L23, buying(owed(asset, "2026-05-15", 1)), &[warns("rent_overdue", json!({}))]);
        let long = [escalates("owed_by_buyer", found.clone())];
        check(RuleId::L23, buying(owed(asset, "2025-12-16", 1)), &long);
        check(RuleId::L23, buying(owed(asset, "2026-03-01", 2)), &long);
    }
    let through = ArrearsFacts { lessee: person().id, behind: vec![firm().id], ..owed(9, "2025-12-16", 1) };
    check(
        RuleId::L23,
        buying(through),
        &[escalates("owed_by_one_behind", json!({"to_id": firm().id, "lessee_id": person().id}))],
    );
    // Of others, by others, and by kin, who buy for themselves.
    leaves_alone(RuleId::L23, buying(ArrearsFacts { lessor: committee(), ..owed(9, "2024-01-01", 2) }));
    leaves_alone(RuleId::L23, buying(ArrearsFacts { lessee: person().id, ..owed(9, "2024-01-01", 2) }));
    let kin = ArrearsFacts { lessee: person().id, kin: vec![firm().id], ..owed(1, "2024-01-01", 2) };
    leaves_alone(RuleId::L23, buying(kin));
}

#[test]
fn nobody_takes_a_debtor_s_place_unseen() {
    let by = |owed: ArrearsFacts, passes| ReplacedFacts { owed, by: cooperative().id, passes };
    let amended = |it| AlterationFacts { replaced: vec![it], ..termination() };
    let corrected = |it| RegistrationFacts { replaced: vec![it], ..registration() };
    let figures = json!({"lessee_id": firm().id, "to_id": cooperative().id, "overdue_fen": 7_200_000,
        "contract_id": id::<kind::Contract>(80)});
    // 30 days are a matter of reminders.
    let lately = || owed(1, "2026-05-16", 1);
    check(RuleId::L23, amended(by(lately(), true)), &[warns("lessee_replaced_owing", figures.clone())]);
    check(RuleId::L23, corrected(by(lately(), false)), &[warns("lessee_leaves_owing", figures.clone())]);
    let lately = || owed(1, "2026-05-15", 1);
    let passing = [escalates("lessee_replaced_in_arrears", figures.clone())];
    check(RuleId::L23, amended(by(lately(), true)), &passing);
    check(RuleId::L23, corrected(by(lately(), true)), &passing);
    check(RuleId::L23, corrected(by(lately(), false)), &[escalates("lessee_leaves_in_arrears", figures)]);
    // What falls due today is not owed yet for a day, and what is owed to people is theirs.
    leaves_alone(RuleId::L23, amended(by(owed(1, "2026-06-15", 1), true)));
    leaves_alone(RuleId::L23, amended(by(ArrearsFacts { lessor: household(), ..lately() }, true)));
}

#[test]
fn a_county_says_how_long_rent_may_be_open() {
    let policy =
        PolicyValues { arrears_warn_days: 60, arrears_escalate_days: 90, ..PolicyValues::national() };
    check_under(&policy, RuleId::L23, renewed(owed(1, "2026-04-16", 1)), &[]);
    check_under(&policy, RuleId::L23, renewed(owed(1, "2026-04-15", 1)), &[warns("rent_overdue", json!({}))]);
    check_under(
        &policy,
        RuleId::L23,
        renewed(owed(1, "2026-03-16", 1)),
        &[blocks("renewed_in_arrears", json!({}))],
    );
}

#[test]
fn what_stands_in_a_chain_has_something_behind_it() {
    let found = [warns("source_document_missing", json!({"effective_on": "2026-07-01"}))];
    check(RuleId::L32, TransferFacts { sources: 0, ..sale() }, &found);
    check(RuleId::L32, RegistrationFacts { sources: 0, ..registration() }, &found);
    check(RuleId::L32, AlterationFacts { sources: Some(0), ..termination() }, &found);
    for facts in [Facts::from(sale()), registration().into(), termination().into(), distribution().into()] {
        check(RuleId::L32, facts, &[]);
    }
    // What puts a record right puts nothing in a chain.
    leaves_alone(RuleId::L32, AlterationFacts { sources: None, ..termination() });
}
