//! The same thing by another way: through a lessee, through several hands, by another right, by another name.

use super::*;
use crate::{loss::facts::RestrictionFacts, register::codes::RestrictionKind};
use RelationKind::{ControlledBy, Kin, LegalRepresentative, Shareholder};

fn head() -> Tie {
    in_office(officer(), OfficerPost::Head, east())
}

fn state_enterprise() -> PartyFacts {
    party(70, PartyKind::StateEnterprise)
}

/// The firm lets what the village owns on to a person, with the village's word.
fn let_on(to: PartyFacts, ties: Vec<Tie>) -> TransferFacts {
    let mut deal = TransferFacts { ties, ..lease() };
    deal.lots.truncate(1);
    for lot in &mut deal.lots {
        (lot.from, lot.to, lot.owners) = (firm(), to, vec![east()]);
    }
    deal
}

#[test]
fn whoever_decides_for_the_owner_does_not_rent_through_a_lessee_unseen() {
    let related = |to: PartyFacts| {
        [escalates("sublessee_related", json!({"owner_id": east().id, "to_id": to.id, "from_id": firm().id}))]
    };
    check(RuleId::L07, let_on(officer(), vec![head()]), &related(officer()));
    let nephew = vec![head(), tie(officer(), Kin, person())];
    check(RuleId::L07, let_on(person(), nephew), &related(person()));
    leaves_alone(RuleId::L07, let_on(person(), vec![head()]));
    leaves_alone(RuleId::L07, let_on(cooperative(), vec![head(), holding(east(), "1/2", cooperative())]));
}

#[test]
fn a_state_enterprise_in_the_hands_of_whoever_decides_is_theirs() {
    let mut deal = sale();
    deal.lots[0].to = state_enterprise();
    let sold = |ties| TransferFacts { ties, ..deal.clone() };
    let controlled = vec![head(), tie(state_enterprise(), ControlledBy, officer())];
    check(
        RuleId::L06,
        sold(controlled),
        &[blocks("receiver_in_hand", json!({"to_id": state_enterprise().id}))],
    );
    let represented = vec![head(), tie(officer(), LegalRepresentative, state_enterprise())];
    leaves_alone(RuleId::L06, sold(represented));
}

#[test]
fn who_is_related_by_now_is_told_of_what_is_entered_late() {
    let mut deal = TransferFacts { ties_today: vec![head(), tie(officer(), Kin, person())], ..sale() };
    deal.lots[0].to = person();
    check(RuleId::L07, deal.clone(), &[warns("related_by_now", json!({"to_id": person().id}))]);
    // Who was related then already is told for that.
    deal.ties = deal.ties_today.clone();
    check(RuleId::L07, deal, &[escalates("parties_related", json!({}))]);
}

#[test]
fn a_state_enterprise_in_name_is_nobody_s_way_around() {
    let mut deal = TransferFacts { consideration: Consideration::Nothing, ..sale() };
    deal.lots[0].to = state_enterprise();
    leaves_alone(RuleId::L05, deal.clone());
    let controlled =
        TransferFacts { ties: vec![tie(state_enterprise(), ControlledBy, person())], ..deal.clone() };
    check(RuleId::L05, controlled, &[blocks("given_for_nothing", json!({"to_id": state_enterprise().id}))]);
    let held =
        |part| TransferFacts { ties: vec![holding(person(), part, state_enterprise())], ..deal.clone() };
    check(RuleId::L05, held("1/2"), &[blocks("given_for_nothing", json!({}))]);
    leaves_alone(RuleId::L05, held("49/100"));
    let by_state = vec![tie(state_enterprise(), ControlledBy, township())];
    leaves_alone(RuleId::L05, TransferFacts { ties: by_state, ..deal });
}

#[test]
fn a_village_s_own_cooperative_runs_what_it_owns_with_or_without_a_rent() {
    let mut deal = TransferFacts { consideration: Consideration::Nothing, ..lease() };
    deal.lots.truncate(1);
    for lot in &mut deal.lots {
        lot.to = cooperative();
    }
    check(RuleId::L05, deal.clone(), &[blocks("given_for_nothing", json!({}))]);
    let own = vec![tie(cooperative(), ControlledBy, east())];
    leaves_alone(RuleId::L05, TransferFacts { ties: own.clone(), ..deal.clone() });
    // Others have a say in it.
    let shared = [own.clone(), vec![holding(person(), "1/10", cooperative())]].concat();
    check(
        RuleId::L05,
        TransferFacts { ties: shared, ..deal.clone() },
        &[blocks("given_for_nothing", json!({}))],
    );
    // What moves for good has left the village.
    let mut sold = TransferFacts { consideration: Consideration::Nothing, ties: own, ..sale() };
    sold.lots[0].to = cooperative();
    check(RuleId::L05, sold, &[blocks("given_for_nothing", json!({}))]);
}

#[test]
fn what_comes_back_in_a_swap_is_worth_what_a_report_says() {
    let swap = |appraised: Option<i64>, appraisal: Option<AppraisalFacts>| TransferFacts {
        consideration: Consideration::Swap {
            lots: vec![lot(2, firm(), east(), "1")],
            appraised: appraised.map(fen),
            appraisal,
        },
        ..sale()
    };
    check(
        RuleId::L04,
        swap(Some(70_000_000), None),
        &[blocks("return_unreported", json!({"appraised_fen": 70_000_000}))],
    );
    leaves_alone(RuleId::L04, swap(None, None));
    let report = appraised(70_000_000);
    leaves_alone(RuleId::L04, swap(Some(70_000_000), Some(report.clone())));
    let own = AppraisalFacts { appraiser: firm().id, ..report.clone() };
    check(RuleId::L04, swap(Some(70_000_000), Some(own)), &[blocks("appraiser_is_party", json!({}))]);
    let unsigned = AppraisalFacts { signatures: 1, ..report.clone() };
    check(RuleId::L04, swap(Some(70_000_000), Some(unsigned)), &[blocks("too_few_signatures", json!({}))]);
    let old = AppraisalFacts { appraised_on: day("2024-01-01"), ..report };
    check(
        RuleId::L03,
        swap(Some(70_000_000), Some(old)),
        &[blocks("appraisal_stale", json!({"appraised_on": "2024-01-01"}))],
    );
}

#[test]
fn a_household_lets_on_with_its_own_word_and_the_owner_s() {
    let mut deal = let_on(firm(), Vec::new());
    deal.decisions = Vec::new();
    for lot in &mut deal.lots {
        (lot.from, lot.owner_consent) = (household(), Some(id(7)));
    }
    check(RuleId::L26, deal.clone(), &[escalates("sublease_without_consent", json!({}))]);
    for lot in &mut deal.lots {
        lot.sublease_consent = Some(id(8));
    }
    leaves_alone(RuleId::L26, deal);
}

#[test]
fn nobody_renews_years_ahead() {
    let renewal = |until: &str| {
        let mut deal = TransferFacts {
            effective_on: day("2036-06-15"),
            term: Some(over("2036-06-15", until)),
            ..lease()
        };
        for lot in &mut deal.lots {
            lot.earlier_terms = vec![over("2016-06-15", "2036-06-15")];
        }
        deal
    };
    leaves_alone(RuleId::L18, renewal("2046-06-15"));
    check(
        RuleId::L18,
        renewal("2046-06-16"),
        &[blocks("term_above_cap", json!({"counted_from_on": "2026-06-15", "latest_on": "2046-06-15"}))],
    );
    // In the year before its end a lease is renewed in the ordinary course.
    let soon = |on: &str| {
        let mut deal = renewal("2056-06-15");
        deal.entered.on = day(on);
        deal
    };
    leaves_alone(RuleId::L18, soon("2035-06-16"));
    check(RuleId::L18, soon("2035-06-15"), &[blocks("term_above_cap", json!({"latest_on": "2055-06-15"}))]);
    // A gap of a day makes no other lease of it; one of more than a year does.
    let after = |ended: &str| {
        let mut deal = renewal("2046-06-16");
        for lot in &mut deal.lots {
            lot.earlier_terms = vec![over("2016-06-15", ended)];
        }
        deal
    };
    check(RuleId::L18, after("2036-06-14"), &[blocks("term_above_cap", json!({}))]);
    check(RuleId::L18, after("2035-06-16"), &[blocks("term_above_cap", json!({}))]);
    leaves_alone(
        RuleId::L18,
        TransferFacts { term: Some(over("2036-06-15", "2056-06-15")), ..after("2035-06-14") },
    );
    // What was not let to them before counts from its first day, and what is entered late from its own.
    let mut new = renewal("2056-06-15");
    for lot in &mut new.lots {
        lot.earlier_terms = Vec::new();
    }
    leaves_alone(RuleId::L18, new);
    let mut late = renewal("2056-06-15");
    late.entered.of_its_day = true;
    leaves_alone(RuleId::L18, late);
}

#[test]
fn income_for_longer_than_a_lease_may_run_goes_to_the_county() {
    let income = |until: &str| TransferFacts {
        right: RightKind::Income,
        term: Some(over("2026-07-01", until)),
        consideration: Consideration::Rent(
            (2026..2050)
                .map(|year| Payment { due_on: day(&format!("{year}-07-01")), amount: fen(7_200_000) })
                .collect(),
        ),
        ..lease()
    };
    let income = |until: &str| {
        let mut deal = income(until);
        deal.lots.truncate(1);
        deal
    };
    leaves_alone(RuleId::L22, income("2046-07-01"));
    check(
        RuleId::L22,
        income("2046-07-02"),
        &[escalates("income_given_long", json!({"cap_years": 20, "until_on": "2046-07-02"}))],
    );
    let policy = PolicyValues { lease_term_cap_years: 10, ..PolicyValues::national() };
    check_under(
        &policy,
        RuleId::L22,
        income("2036-07-02"),
        &[escalates("income_given_long", json!({"cap_years": 10}))],
    );
}

#[test]
fn whoever_owes_rent_is_let_nothing_through_a_company_of_its_own() {
    let mut deal = lease();
    deal.arrears = vec![ArrearsFacts {
        contract: id(80),
        lessor: east(),
        lessee: household().id,
        assets: vec![id(1)],
        amount: fen(7_200_000),
        since: day("2025-12-16"),
        payments: 2,
        on: day("2026-06-15"),
        behind: vec![deal.lots[0].to.id],
        kin: vec![],
    }];
    let figures = json!({"lessee_id": household().id, "to_id": firm().id, "payments": 2});
    check(RuleId::L23, deal.clone(), &[escalates("owed_by_one_behind", figures)]);
    deal.arrears[0].behind = Vec::new();
    leaves_alone(RuleId::L23, deal);
}

#[test]
fn kin_of_whoever_owes_is_told_and_of_the_same_asset_goes_to_the_county() {
    let owed = |assets: Vec<Id<kind::Asset>>, days: i64, payments| {
        let mut deal = lease();
        deal.arrears = vec![ArrearsFacts {
            contract: id(80),
            lessor: east(),
            lessee: household().id,
            assets,
            amount: fen(7_200_000),
            since: day("2026-06-15") - chrono::TimeDelta::days(days),
            payments,
            on: day("2026-06-15"),
            behind: vec![],
            kin: vec![deal.lots[0].to.id],
        }];
        deal
    };
    let figures = json!({"lessee_id": household().id, "to_id": firm().id, "asset_id": greenhouse(1).id});
    check(RuleId::L23, owed(vec![id(1)], 181, 1), &[escalates("let_again_to_kin", figures)]);
    check(RuleId::L23, owed(vec![id(9)], 181, 1), &[warns("owed_by_kin", json!({"to_id": firm().id}))]);
    check(RuleId::L23, owed(vec![id(9)], 31, 2), &[warns("owed_by_kin", json!({}))]);
    leaves_alone(RuleId::L23, owed(vec![id(1)], 180, 1));
    leaves_alone(RuleId::L23, owed(vec![id(1)], 30, 2));
    let near = |ties: Vec<Tie>| crate::register::parties::ties::Web::of(&ties).near_by_kin(person().id);
    let family = vec![tie(person(), Kin, officer()), tie(officer(), RelationKind::Member, household())];
    assert_eq!(near(family), [officer().id, household().id].into());
    let one_house = vec![
        tie(person(), Kin, officer()),
        tie(officer(), RelationKind::Member, household()),
        tie(person(), RelationKind::Member, household()),
    ];
    assert!(near(one_house).is_empty(), "they are one already");
}

#[test]
fn a_state_enterprise_in_private_hands_is_private_to_every_rule() {
    let private = vec![tie(state_enterprise(), ControlledBy, person())];
    let to_it = |mut deal: TransferFacts, ties: &[Tie]| {
        for lot in &mut deal.lots {
            lot.to = state_enterprise();
        }
        TransferFacts { ties: ties.to_vec(), ..deal }
    };
    let without_end = TransferFacts { term: None, ..lease() };
    leaves_alone(RuleId::L18, to_it(without_end.clone(), &[]));
    let found = || blocks("term_without_end", json!({"to_id": state_enterprise().id}));
    check(RuleId::L18, to_it(without_end, &private), &[found(), found()]);
    let income = TransferFacts { right: RightKind::Income, ..sale() };
    leaves_alone(RuleId::L22, to_it(income.clone(), &[]));
    check(RuleId::L22, to_it(income, &private), &[escalates("income_sold_for_good", json!({}))]);
    let untraded = TransferFacts { trade: None, ..sale() };
    leaves_alone(RuleId::L17, to_it(untraded.clone(), &[]));
    let half = vec![holding(person(), "1/2", state_enterprise())];
    check(RuleId::L17, to_it(untraded.clone(), &half), &[escalates("trade_missing", json!({}))]);
    leaves_alone(RuleId::L17, to_it(untraded, &[holding(person(), "49/100", state_enterprise())]));
    // What is sold too cheap, unappraised or let too cheap is so to whomever it goes.
    let cheap = TransferFacts { consideration: Consideration::Price(fen(50_000_000)), ..sale() };
    for ties in [&[][..], &private[..]] {
        check(RuleId::L01, to_it(cheap.clone(), ties), &[escalates("price_below_appraisal", json!({}))]);
    }
}

#[test]
fn the_money_at_risk_is_told_where_the_figures_say_it() {
    let at_risk = |rule, deal: TransferFacts| {
        found_by(rule, &deal.into(), &PolicyValues::national()).first().and_then(|it| it.at_risk_fen)
    };
    // Two thirds of 900,000 yuan in the books, for 500,000.
    let to_head = |price: i64| {
        let mut deal =
            TransferFacts { consideration: Consideration::Price(fen(price)), ties: vec![head()], ..sale() };
        deal.lots[0].to = officer();
        deal
    };
    assert_eq!(at_risk(RuleId::L06, to_head(50_000_000)), Some(10_000_000));
    assert_eq!(at_risk(RuleId::L06, to_head(60_000_000)), None);
    let untraded =
        TransferFacts { trade: None, consideration: Consideration::Price(fen(50_000_000)), ..sale() };
    assert_eq!(at_risk(RuleId::L17, untraded), Some(10_000_000));
    assert_eq!(at_risk(RuleId::L15, TransferFacts { decisions: vec![], ..sale() }), Some(60_000_000));
    assert_eq!(at_risk(RuleId::L15, TransferFacts { decisions: vec![], ..lease() }), None);
}

#[test]
fn who_is_in_the_same_hands_is_found_through_those_hands() {
    let (one, other) = (firm(), cooperative());
    let hands = |ties: Vec<Tie>| crate::register::parties::ties::Web::of(&ties).in_same_hands(one.id);
    let owner = person();
    let both = vec![tie(one, ControlledBy, owner), tie(owner, LegalRepresentative, other)];
    assert_eq!(hands(both), [owner.id, other.id].into());
    assert_eq!(
        hands(vec![holding(owner, "1/2", one), holding(owner, "2/3", other)]),
        [owner.id, other.id].into()
    );
    assert!(hands(vec![holding(owner, "49/100", one)]).is_empty());
    assert!(hands(vec![tie(one, Kin, owner)]).is_empty());
    assert!(hands(vec![tie(one, ControlledBy, east()), tie(other, ControlledBy, east())]).is_empty());
    let of_house =
        vec![tie(household(), LegalRepresentative, one), tie(owner, RelationKind::Member, household())];
    assert_eq!(hands(of_house), [household().id, owner.id].into());
    assert!(hands(vec![Tie { share: None, ..tie(owner, Shareholder, one) }]).is_empty());
}

#[test]
fn the_fee_for_which_land_was_contracted_out_long_ago_is_no_interest_on_money_invested() {
    let mut land = TransferFacts {
        consideration: Consideration::Rent(vec![Payment { due_on: day("2026-07-01"), amount: fen(1) }]),
        ..lease()
    };
    check(RuleId::L20, land.clone(), &[escalates("rent_below_investment", json!({}))]);
    for lot in &mut land.lots {
        lot.asset.category = "forest_land".to_owned();
    }
    check(RuleId::L20, land.clone(), &[escalates("rent_below_investment", json!({}))]);
    land.entered.of_its_day = true;
    leaves_alone(RuleId::L20, land);
}

#[test]
fn a_correction_under_a_restriction_goes_to_the_county() {
    let to = |holder: PartyFacts| Claim { right: RightKind::Ownership, holder, share: Share::WHOLE };
    let mortgage = RestrictionFacts {
        kind: RestrictionKind::Mortgage,
        holder: firm().id,
        period: since("2025-01-01"),
        consent: None,
    };
    let corrected = RegistrationFacts {
        claims: vec![to(west())],
        standing: vec![to(east())],
        restrictions: vec![mortgage],
        ..registration()
    };
    check(
        RuleId::L12,
        corrected.clone(),
        &[escalates(
            "corrected_under_restriction",
            json!({"holder_id": firm().id, "restriction": "mortgage"}),
        )],
    );
    leaves_alone(RuleId::L12, RegistrationFacts { claims: vec![to(east())], ..corrected.clone() });
    leaves_alone(RuleId::L12, RegistrationFacts { restrictions: Vec::new(), ..corrected });
}

#[test]
fn income_is_not_sold_ahead_in_slices() {
    let slice = |from: &str, to: &str| TransferFacts {
        right: RightKind::Income,
        effective_on: day(from),
        term: Some(over(from, to)),
        consideration: Consideration::Price(fen(21_600_000)),
        ..sale()
    };
    let ahead = |it: TransferFacts| {
        check(RuleId::L22, it, &[escalates("income_sold_ahead", json!({"most_years": 3}))]);
    };
    // Entered on 15 June 2026: what begins within a year is sold in the ordinary course.
    leaves_alone(RuleId::L22, slice("2027-06-15", "2030-06-15"));
    ahead(slice("2027-06-16", "2030-06-16"));
    leaves_alone(RuleId::L22, slice("2028-06-15", "2029-06-15"));
    ahead(slice("2028-06-15", "2029-06-16"));
    let mut late = slice("2029-06-15", "2032-06-15");
    late.entered.of_its_day = true;
    leaves_alone(RuleId::L22, late);
}

#[test]
fn what_a_village_s_own_cooperative_runs_is_given_on_as_the_village_s() {
    let given_on = |rent: Consideration| {
        let mut deal = TransferFacts { consideration: rent, ..given_by(cooperative(), lease()) };
        for lot in &mut deal.lots {
            lot.owners = vec![east()];
            lot.to = firm();
        }
        deal
    };
    let own = |mut deal: TransferFacts| {
        deal.ties = vec![tie(cooperative(), RelationKind::ControlledBy, east())];
        deal
    };
    leaves_alone(RuleId::L05, given_on(Consideration::Nothing));
    let found = finding::check(&own(given_on(Consideration::Nothing)), &PolicyValues::national());
    assert!(found.iter().any(|it| it.cause.code == "given_for_nothing"), "{found:?}");
    let a_fen = Consideration::Rent(vec![Payment { due_on: day("2026-07-01"), amount: fen(1) }]);
    let found = finding::check(&own(given_on(a_fen.clone())), &PolicyValues::national());
    assert!(found.iter().any(|it| it.cause.code == "rent_below_investment"), "{found:?}");
    leaves_alone(RuleId::L20, given_on(a_fen));
}

#[test]
fn a_month_s_lease_makes_no_renewal_of_twenty_years() {
    let renewed = |rented: &[(&str, &str)], until: &str| {
        let mut deal = TransferFacts { trade: None, appraisal: Some(appraised(36_000_000)), ..lease() };
        deal.term = Some(over("2026-07-01", until));
        for lot in &mut deal.lots {
            lot.earlier_terms = rented.iter().map(|(from, to)| over(from, to)).collect();
        }
        deal
    };
    let anew = [escalates("trade_missing", json!({"to_id": firm().id}))];
    check(RuleId::L17, renewed(&[("2026-06-01", "2026-07-01")], "2046-07-01"), &anew);
    check(RuleId::L17, renewed(&[("2025-07-02", "2026-07-01")], "2027-07-01"), &anew);
    check(RuleId::L17, renewed(&[("2025-07-01", "2026-07-01")], "2031-07-02"), &anew);
    // Whoever rented it for long has it again, and so does whoever did by one lease after the other.
    leaves_alone(RuleId::L17, renewed(&[("2025-07-01", "2026-07-01")], "2031-07-01"));
    leaves_alone(RuleId::L17, renewed(&[("2022-07-01", "2026-07-01")], "2046-07-01"));
    let one_by_one = [("2022-07-01", "2024-07-01"), ("2024-08-01", "2026-06-01")];
    leaves_alone(RuleId::L17, renewed(&one_by_one, "2046-07-01"));
    check(RuleId::L17, renewed(&[("2010-07-01", "2024-07-01")], "2031-07-01"), &anew);
    // Agreed upon in the second half of the lease, and not with it.
    let agreed = |on: &str| TransferFacts {
        entered: Entered { on: day(on), ..entered() },
        ..renewed(&[("2025-07-01", "2026-07-01")], "2031-07-01")
    };
    leaves_alone(RuleId::L17, agreed("2025-12-31"));
    check(RuleId::L17, agreed("2025-12-29"), &anew);
    check(RuleId::L17, agreed("2025-07-01"), &anew);
    let unappraised = TransferFacts { appraisal: None, ..renewed(&one_by_one, "2046-07-01") };
    check(RuleId::L17, unappraised, &[warns("renewed_without_trade", json!({}))]);
}
