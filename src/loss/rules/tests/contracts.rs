//! Contracts that are put on record by themselves, and the leases that stand when an asset is registered: L05, L10, L11, L12, L15, L18,
//! L20, L25, L47, L48 and L52 on them.

use super::*;
use crate::{loss::facts::RestrictionFacts, register::codes::RestrictionKind};

fn letting_as(it: LettingFacts) -> ContractFacts {
    ContractFacts { lets: vec![it], ..contract() }
}

fn terms(change: impl FnOnce(&mut LeaseTerms)) -> ContractFacts {
    let mut contract = contract();
    change(&mut contract.terms);
    contract
}

#[test]
fn a_contract_stands_under_the_right_that_came_to_whoever_rents() {
    for rule in [RuleId::L10, RuleId::L25] {
        leaves_alone(rule, contract());
        // What it lets was not registered before it was over.
        let over = LettingFacts { registered: Registered::Later, granted: total("0"), ..letting() };
        leaves_alone(rule, letting_as(over));
    }
    let never_moved = LettingFacts { granted: total("0"), left: total("1/1000"), ..letting() };
    leaves_alone(RuleId::L10, letting_as(never_moved.clone()));
    check(
        RuleId::L25,
        letting_as(never_moved),
        &[escalates(
            "contract_without_right",
            json!({"asset_id": id::<kind::Asset>(1), "lessee_id": firm().id}),
        )],
    );
    let unregistered = LettingFacts { registered: Registered::Never, granted: total("0"), ..letting() };
    leaves_alone(RuleId::L10, letting_as(unregistered.clone()));
    check(
        RuleId::L25,
        letting_as(unregistered),
        &[escalates("let_asset_unregistered", json!({"lessor_id": east().id}))],
    );
}

#[test]
fn nobody_lets_what_they_do_not_have() {
    let nothing = LettingFacts { granted: total("0"), ..letting() };
    leaves_alone(RuleId::L25, letting_as(nothing.clone()));
    check(
        RuleId::L10,
        letting_as(nothing.clone()),
        &[blocks("let_without_title", json!({"lessor_id": east().id, "lessee_id": firm().id}))],
    );
    // Whoever rents it itself by a contract lets it on by that one; neither of both was given the right.
    let sublet = LettingFacts { rented: true, ..nothing };
    leaves_alone(RuleId::L10, letting_as(sublet.clone()));
    check(RuleId::L25, letting_as(sublet), &[escalates("contract_without_right", json!({}))]);
}

#[test]
fn the_same_is_let_once() {
    leaves_alone(RuleId::L11, contract());
    let twice = LettingFacts { others: vec![id(70), id(71)], ..letting() };
    check(
        RuleId::L11,
        letting_as(twice),
        &[blocks("let_twice", json!({"others": [id::<kind::Contract>(70), id::<kind::Contract>(71)]}))],
    );
}

#[test]
fn what_may_not_be_moved_is_not_let_either() {
    let under = |kind| {
        let restriction =
            RestrictionFacts { kind, holder: id(60), period: since("2026-01-01"), consent: None };
        ContractFacts { restrictions: vec![(id(1), restriction)], ..contract() }
    };
    check(RuleId::L12, under(RestrictionKind::Seizure), &[blocks("restriction_forbids", json!({}))]);
    // A mortgagee is told of a lease, and whoever else has something on it agrees.
    check(RuleId::L12, under(RestrictionKind::Mortgage), &[warns("mortgagee_not_told", json!({}))]);
    for kind in [RestrictionKind::Pledge, RestrictionKind::Dispute] {
        check(RuleId::L12, under(kind), &[escalates("consent_of_holder_missing", json!({}))]);
    }
}

#[test]
fn a_contract_needs_a_decision_of_whoever_lets() {
    leaves_alone(RuleId::L15, contract());
    let undecided = ContractFacts { decisions: vec![], ..contract() };
    check(
        RuleId::L15,
        undecided.clone(),
        &[blocks("decision_missing", json!({"party_id": east().id, "matter": "lease"}))],
    );
    let mut private = undecided;
    private.terms.lessor = firm();
    leaves_alone(RuleId::L15, private);
}

#[test]
fn a_contract_runs_no_longer_than_a_lease_may() {
    let until = |to: &str| terms(|it| it.term = over("2026-07-01", to));
    leaves_alone(RuleId::L18, until("2046-07-01"));
    check(
        RuleId::L18,
        until("2046-07-02"),
        &[blocks("term_above_cap", json!({"latest_on": "2046-07-01", "cap_years": 20}))],
    );
    check(
        RuleId::L18,
        terms(|it| it.term = since("2026-07-01")),
        &[blocks("term_without_end", json!({"to_id": firm().id}))],
    );
}

#[test]
fn the_rent_of_a_contract_reaches_the_floor() {
    leaves_alone(RuleId::L20, contract());
    let short = terms(|it| it.rent[0].amount = fen(7_199_999));
    check(RuleId::L20, short.clone(), &[escalates("rent_below_investment", json!({"floor_fen": 7_200_000}))]);
    let mut private = short;
    private.terms.lessor = firm();
    leaves_alone(RuleId::L20, private);
}

#[test]
fn a_household_lets_by_its_own_word() {
    let mut asked = contract();
    asked.terms.lessor = household();
    check(RuleId::L48, asked.clone(), &[blocks("household_consent_missing", json!({"lost_share": "1/1"}))]);
    leaves_alone(RuleId::L48, ContractFacts { owner_consent: Some(id(102)), ..asked });
}

#[test]
fn a_contract_of_long_ago_says_why_it_is_entered_now() {
    let entered = |on: &str, explained| ContractFacts {
        entered: Entered { on: day(on), explained, of_its_day: explained },
        ..contract()
    };
    leaves_alone(RuleId::L52, entered("2026-09-29", false));
    check(RuleId::L52, entered("2026-09-30", false), &[escalates("entered_late", json!({"late_days": 91}))]);
    leaves_alone(RuleId::L52, entered("2036-09-30", true));
}

/// The village's greenhouse, with a right that somebody else has in it when it is registered.
fn granting(
    right: RightKind,
    holder: PartyFacts,
    term: Option<Period>,
    rent: Option<i64>,
) -> RegistrationFacts {
    let claims = [claim(RightKind::Ownership, east(), "1"), claim(right, holder, "1/2")];
    let rent = rent.map(|amount| match at_ends_of_years(amount, "2026-07-01", "2031-07-01") {
        Consideration::Rent(rent) => rent,
        _ => Vec::new(),
    });
    let grants = vec![Granting {
        claim_number: 1,
        claim: claims[1],
        term,
        rent,
        others: vec![],
        made: GrantMade::LongAgo,
        in_place_of: None,
    }];
    RegistrationFacts { grants, ..registered(&claims) }
}

fn five_years() -> Option<Period> {
    Some(over("2026-07-01", "2031-07-01"))
}

#[test]
fn nobody_is_registered_as_running_what_is_the_villages_for_ever_and_for_nothing() {
    let managing = |holder, term, rent| granting(RightKind::Management, holder, term, rent);
    let found = |right: &str| [blocks("registered_for_nothing", json!({"lot": 1, "right": right}))];
    check(RuleId::L05, managing(firm(), None, None), &found("management"));
    check(RuleId::L05, managing(cooperative(), None, None), &found("management"));
    check(RuleId::L05, granting(RightKind::Income, firm(), None, None), &found("income"));
    check(RuleId::L05, granting(RightKind::Income, person(), None, None), &found("income"));
    // What the village's own hands run, the income of a household, and a lease that stands.
    leaves_alone(RuleId::L05, managing(committee(), None, None));
    leaves_alone(RuleId::L05, managing(township(), None, None));
    leaves_alone(RuleId::L05, granting(RightKind::Income, household(), None, None));
    leaves_alone(RuleId::L05, managing(firm(), five_years(), Some(3_600_000)));
    leaves_alone(RuleId::L05, managing(firm(), five_years(), None));
    let mut private = managing(firm(), None, None);
    private.claims[0].holder = cooperative();
    leaves_alone(RuleId::L05, private);
}

#[test]
fn a_lease_that_stands_shows_its_contract() {
    let without = granting(RightKind::Management, firm(), five_years(), None);
    check(
        RuleId::L25,
        without,
        &[escalates("standing_grant_without_contract", json!({"lot": 1, "until_on": "2031-07-01"}))],
    );
    leaves_alone(RuleId::L25, granting(RightKind::Management, firm(), five_years(), Some(3_600_000)));
    leaves_alone(RuleId::L25, granting(RightKind::Management, committee(), five_years(), None));
    leaves_alone(RuleId::L25, granting(RightKind::Income, household(), five_years(), None));
    check(
        RuleId::L25,
        granting(RightKind::Income, firm(), five_years(), None),
        &[escalates("standing_grant_without_contract", json!({"right": "income"}))],
    );
}

#[test]
fn a_lease_that_stands_is_judged_by_its_term_and_its_rent() {
    let let_until = |to: &str| {
        let term = Some(over("2026-07-01", to));
        granting(RightKind::Management, firm(), term, Some(3_600_000))
    };
    leaves_alone(RuleId::L18, let_until("2046-07-01"));
    check(RuleId::L18, let_until("2046-07-02"), &[blocks("term_above_cap", json!({"lot": 1}))]);
    let land = |category: &str, to: &str| {
        let mut land = let_until(to);
        land.asset.category = category.to_owned();
        land
    };
    leaves_alone(RuleId::L18, land("contracted_land", "2056-07-01"));
    leaves_alone(RuleId::L18, land("forest_land", "2096-07-01"));
    check(
        RuleId::L18,
        land("forest_land", "2096-07-02"),
        &[blocks("land_term_above_cap", json!({"lot": 1, "cap_years": 70}))],
    );
    let let_for = |rent| granting(RightKind::Management, firm(), five_years(), Some(rent));
    leaves_alone(RuleId::L20, let_for(3_600_000));
    check(
        RuleId::L20,
        let_for(3_599_999),
        &[escalates("rent_below_investment", json!({"lot": 1, "floor_fen": 3_600_000}))],
    );
}

#[test]
fn an_asset_belongs_to_whom_its_class_fits() {
    let owned = |class, owner| {
        let mut it = registered(&[claim(RightKind::Ownership, owner, "1")]);
        it.asset.class = class;
        it
    };
    use AssetClass::{Household, Operating, PublicWelfare};
    for (class, owner) in [
        (PublicWelfare, east()),
        (PublicWelfare, township()),
        (Operating, east()),
        (Operating, cooperative()),
        (Operating, household()),
        (Household, household()),
        (Household, person()),
    ] {
        leaves_alone(RuleId::L47, owned(class, owner));
    }
    for (class, owner, cause) in [
        (PublicWelfare, firm(), "public_asset_of_private"),
        (PublicWelfare, person(), "public_asset_of_private"),
        (Household, east(), "household_asset_of_others"),
        (Household, firm(), "household_asset_of_others"),
        (Operating, firm(), "funded_asset_of_firm"),
    ] {
        let found = json!({"lot": 0, "owner_id": owner.id, "owned_share": "1/1"});
        check(RuleId::L47, owned(class, owner), &[escalates(cause, found)]);
    }
    // Whoever was on record as the owner before is not asked again.
    let stood = RegistrationFacts {
        standing: vec![claim(RightKind::Ownership, firm(), "1/2")],
        ..owned(Operating, firm())
    };
    leaves_alone(RuleId::L47, stood);
}

#[test]
fn a_standing_lease_of_the_heads_own_firm_goes_to_the_county() {
    let head = tie(officer(), RelationKind::OfficerOf, east());
    let firms = tie(officer(), RelationKind::LegalRepresentative, firm());
    let standing = granting(RightKind::Management, firm(), five_years(), Some(3_600_000));
    leaves_alone(RuleId::L07, standing.clone());
    leaves_alone(RuleId::L07, RegistrationFacts { ties: vec![head], ..standing.clone() });
    check(
        RuleId::L07,
        RegistrationFacts { ties: vec![head, firms], ..standing },
        &[escalates("holder_related", json!({"lot": 1, "from_id": east().id, "to_id": firm().id}))],
    );
    leaves_alone(RuleId::L07, contract());
    check(
        RuleId::L07,
        ContractFacts { ties: vec![head, firms], ..contract() },
        &[escalates("lessee_related", json!({"from_id": east().id, "to_id": firm().id}))],
    );
}

#[test]
fn a_lease_that_stands_has_an_end_and_one_contract() {
    let mut endless = granting(RightKind::Management, firm(), Some(since("2026-07-01")), Some(3_600_000));
    check(RuleId::L18, endless.clone(), &[blocks("term_without_end", json!({"lot": 1, "to_id": firm().id}))]);
    endless.grants[0].claim.holder = committee();
    leaves_alone(RuleId::L18, endless);
    let mut twice = granting(RightKind::Management, firm(), five_years(), Some(3_600_000));
    leaves_alone(RuleId::L11, twice.clone());
    twice.grants[0].others = vec![id(70)];
    check(RuleId::L11, twice, &[blocks("let_twice", json!({"lot": 1, "lessee_id": firm().id}))]);
}

#[test]
fn leases_that_follow_each_other_are_the_whole_each() {
    let mut both = granting(RightKind::Management, firm(), five_years(), Some(3_600_000));
    for claim in &mut both.claims[1..] {
        claim.share = Share::WHOLE;
    }
    both.claims.push(claim(RightKind::Management, cooperative(), "1"));
    leaves_alone(RuleId::L50, both.clone());
    both.grants.clear();
    check(RuleId::L50, both, &[blocks("shares_not_whole", json!({"sum_share": "2/1"}))]);
}

#[test]
fn a_household_says_whom_its_asset_is_let_to() {
    let mut of_household = granting(RightKind::Management, firm(), five_years(), Some(3_600_000));
    of_household.claims[0].holder = household();
    check(
        RuleId::L48,
        of_household.clone(),
        &[blocks(
            "household_consent_missing",
            json!({"lot": 1, "from_id": household().id, "lost_share": "1/2"}),
        )],
    );
    leaves_alone(RuleId::L48, RegistrationFacts { owner_consent: Some(id(102)), ..of_household });
    // What a village owns is let by the village, to a household as well.
    for lessee in [firm(), household()] {
        let of_village = granting(RightKind::Management, lessee, five_years(), Some(3_600_000));
        leaves_alone(RuleId::L48, of_village.clone());
        let mut to_both = of_village;
        let beside = Granting {
            claim_number: 2,
            claim: claim(RightKind::Income, person(), "1/2"),
            ..to_both.grants[0].clone()
        };
        to_both.claims.push(beside.claim);
        to_both.grants.push(beside);
        leaves_alone(RuleId::L48, to_both);
    }
}

#[test]
fn what_a_correction_takes_from_the_public_goes_to_the_county_and_never_for_ever() {
    let corrected = |right, term| RegistrationFacts {
        standing: vec![claim(right, east(), "1")],
        ..granting(right, firm(), term, None)
    };
    let county = escalates(
        "corrected_to_private",
        json!({"to_id": firm().id, "given_share": "1/2", "at_risk_fen": 45_000_000}),
    );
    let until = corrected(RightKind::Management, five_years());
    check(RuleId::L05, until.clone(), std::slice::from_ref(&county));
    leaves_alone(RuleId::L25, until);
    check(
        RuleId::L05,
        corrected(RightKind::Income, None),
        &[blocks("registered_for_nothing", json!({"right": "income", "at_risk_fen": 45_000_000})), county],
    );
}

#[test]
fn land_is_contracted_out_to_households_for_nothing_and_nothing_else_is() {
    let mut land = TransferFacts {
        consideration: Consideration::Nothing,
        lots: vec![lot(1, east(), household(), "1")],
        ..for_term(lease(), "2026-07-01", "2056-07-01")
    };
    check(RuleId::L05, land.clone(), &[blocks("given_for_nothing", json!({}))]);
    land.lots[0].asset.category = "arable_land".to_owned();
    leaves_alone(RuleId::L05, land.clone());
    land.lots[0].to = firm();
    check(RuleId::L05, land, &[blocks("given_for_nothing", json!({"to_id": firm().id}))]);
}

#[test]
fn a_lease_of_today_is_no_lease_that_stood() {
    let head = tie(officer(), RelationKind::OfficerOf, east());
    let firms = tie(officer(), RelationKind::LegalRepresentative, firm());
    let made = |made, holder, ties| {
        let mut it = granting(RightKind::Management, holder, five_years(), Some(3_600_000));
        it.grants[0].made = made;
        RegistrationFacts { ties, ..it }
    };
    for lately in [GrantMade::Lately, GrantMade::ByTransfer] {
        leaves_alone(RuleId::L06, made(lately, firm(), vec![head]));
        let company = made(lately, firm(), vec![head, firms]);
        check(
            RuleId::L06,
            company.clone(),
            &[blocks("receiver_in_hand", json!({"lot": 1, "from_id": east().id, "to_id": firm().id}))],
        );
        // It is told once.
        leaves_alone(RuleId::L07, company);
        check(
            RuleId::L06,
            made(lately, officer(), vec![head]),
            &[blocks("receiver_decides", json!({"lot": 1}))],
        );
        // What the village's own cooperative runs is no deal.
        let own = vec![head, tie(cooperative(), RelationKind::ControlledBy, east())];
        leaves_alone(RuleId::L06, made(lately, cooperative(), own));
    }
    // What was let long ago the county sees.
    let stood = made(GrantMade::LongAgo, firm(), vec![head, firms]);
    leaves_alone(RuleId::L06, stood.clone());
    check(RuleId::L07, stood, &[escalates("holder_related", json!({}))]);
}

#[test]
fn a_lease_of_today_is_offered_as_any() {
    let threshold = |exchange_required_above_fen| PolicyValues {
        exchange_required_above_fen,
        ..PolicyValues::national()
    };
    // 1826 days of the 7305 of the longest lease, for half of what is worth 900,000 yuan in the books, whatever its rent is.
    let policy = threshold(11_248_459);
    let mut today = granting(RightKind::Management, firm(), five_years(), Some(1));
    check_under(&policy, RuleId::L17, today.clone(), &[]);
    today.grants[0].made = GrantMade::Lately;
    let found = json!({"lot": 1, "owner_id": east().id, "to_id": firm().id, "from_on": "2026-07-01", "value_fen": 11_248_459});
    check_under(&policy, RuleId::L17, today.clone(), &[escalates("lease_of_today_untraded", found)]);
    check_under(&threshold(11_248_460), RuleId::L17, today.clone(), &[]);
    // Who is said otherwise of a lease that was made by a transfer, and what stays public.
    let mut amended = today.clone();
    amended.grants[0].made = GrantMade::ByTransfer;
    check_under(&policy, RuleId::L17, amended, &[]);
    let mut public = today.clone();
    public.grants[0].claim.holder = committee();
    check_under(&policy, RuleId::L17, public, &[]);
    let mut land = today.clone();
    (land.asset.category, land.grants[0].claim.holder) = ("arable_land".to_owned(), household());
    check_under(&policy, RuleId::L17, land, &[]);
    let mut private = today;
    private.claims[0].holder = household();
    check_under(&policy, RuleId::L17, private, &[]);
}

#[test]
fn the_want_of_a_right_is_cured_by_one() {
    let unregistered = LettingFacts { registered: Registered::Never, granted: total("0"), ..letting() };
    let found = found_by(RuleId::L25, &letting_as(unregistered).into(), &PolicyValues::national());
    let [found] = found.as_slice() else { panic!("{found:#?}") };
    assert!(found.is_cured_by_right_in([id(2), id(1)]));
    assert!(!found.is_cured_by_right_in([id(2)]) && !found.is_cured_by_right_in([]));
    // Of anything else it is no cure.
    let short = terms(|it| it.rent[0].amount = fen(1));
    for other in findings(&short.into(), &PolicyValues::national()) {
        assert!(!other.is_cured_by_right_in([id(1)]), "{other:?}");
    }
    // Another thing that is wrong with the same asset stays wrong.
    let of_another = LettingFacts { left: total("0"), granted: total("0"), ..letting() };
    let found = found_by(RuleId::L10, &letting_as(of_another).into(), &PolicyValues::national());
    let [found] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(json!(found.figures)["asset_id"], json!(id::<kind::Asset>(1)));
    assert!(!found.is_cured_by_right_in([id(1)]));
}
