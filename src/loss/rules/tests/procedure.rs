//! Who decides, and for how long: L15 and L18.

use super::*;
use crate::{loss::facts::CONTRACTED_LAND, register::codes::Sector};
use DecisionBody::{Council, DelegatesAssembly, MembersAssembly};

fn voted(body: DecisionBody, votes: [u32; 3]) -> Vec<DecisionFacts> {
    vec![decided_by(None, body, votes)]
}

/// The same of both villages, each by its own.
fn both_voted(body: DecisionBody, votes: [u32; 3]) -> Vec<DecisionFacts> {
    [east(), west()].map(|it| decided_by(Some(it), body, votes)).to_vec()
}

fn undecided(deal: TransferFacts) -> TransferFacts {
    TransferFacts { decisions: vec![], ..deal }
}

#[test]
fn what_a_village_gives_up_it_has_decided() {
    let income_to_a_firm = TransferFacts { right: RightKind::Income, ..sale() };
    for (deal, matter) in [(sale(), "disposal"), (income_to_a_firm, "disposal")] {
        leaves_alone(RuleId::L15, deal.clone());
        check(
            RuleId::L15,
            undecided(deal),
            &[blocks("decision_missing", json!({"party_id": east().id, "matter": matter}))],
        );
    }
}

#[test]
fn what_is_given_for_good_and_undecided_is_at_risk_by_the_books() {
    let mut both = undecided(sale());
    both.lots.push(lot(1, west(), firm(), "1/3"));
    let missing = |of: PartyFacts, at_risk: Option<i64>| {
        blocks("decision_missing", json!({"party_id": of.id, "at_risk_fen": at_risk}))
    };
    check(RuleId::L15, both, &[missing(east(), Some(60_000_000)), missing(west(), Some(30_000_000))]);
    // What comes back is not lost, and what was decided by too few may still be.
    check(RuleId::L15, undecided(lease()), &[missing(east(), None), missing(west(), None)]);
    let few = TransferFacts { decisions: voted(MembersAssembly, [100, 80, 66]), ..sale() };
    check(RuleId::L15, few, &[blocks("too_few_in_favour", json!({"at_risk_fen": null}))]);
}

#[test]
fn each_village_of_a_joint_lease_decides() {
    let missing = |of: PartyFacts| blocks("decision_missing", json!({"party_id": of.id, "matter": "lease"}));
    let decided = |by| decided_by(Some(by), MembersAssembly, [100, 80, 75]);
    let decisions = |decisions| TransferFacts { decisions, ..lease() };

    check(RuleId::L15, decisions(vec![]), &[missing(east()), missing(west())]);
    check(RuleId::L15, decisions(vec![decided(east())]), &[missing(west())]);
    leaves_alone(RuleId::L15, decisions(vec![decided(west()), decided(east())]));
    leaves_alone(RuleId::L15, lease());
}

#[test]
fn one_decision_serves_one_village() {
    let shared = |of: PartyFacts| blocks("decision_shared", json!({"party_id": of.id, "matter": "lease"}));
    let decisions = |decisions| TransferFacts { decisions, ..lease() };
    check(RuleId::L15, decisions(decided()), &[shared(east()), shared(west())]);
    // Of two villages one has its own: then it is clear whose the other decision is.
    let mut two = decided();
    two.push(decided_by(Some(west()), MembersAssembly, [100, 80, 75]));
    leaves_alone(RuleId::L15, decisions(two));
}

#[test]
fn a_village_s_own_decision_goes_before_one_that_does_not_say_whose_it_is() {
    let mut deal = TransferFacts { decisions: decided(), ..lease() };
    deal.decisions.push(decided_by(Some(west()), MembersAssembly, [100, 80, 66]));

    check(RuleId::L15, deal, &[blocks("too_few_in_favour", json!({"party_id": west().id}))]);
}

#[test]
fn a_village_decides_before_it_gives() {
    let on = |effective_on: &str| TransferFacts { effective_on: day(effective_on), ..sale() };
    leaves_alone(RuleId::L15, on("2026-05-20"));
    check(
        RuleId::L15,
        on("2026-05-19"),
        &[blocks(
            "decided_afterwards",
            json!({"party_id": east().id, "decided_on": "2026-05-20", "effective_on": "2026-05-19"}),
        )],
    );
    let ended = AlterationFacts { effective_on: day("2026-05-19"), ..termination() };
    check(RuleId::L15, ended, &[blocks("decided_afterwards", json!({"party_id": east().id}))]);
}

#[test]
fn whoever_loses_by_a_correction_decides_and_nobody_else() {
    let correction = RegistrationFacts {
        standing: vec![
            claim(RightKind::Ownership, east(), "2/3"),
            claim(RightKind::Ownership, west(), "1/3"),
        ],
        ..registered(&[
            claim(RightKind::Ownership, east(), "1/3"),
            claim(RightKind::Ownership, west(), "2/3"),
        ])
    };
    leaves_alone(RuleId::L15, correction.clone());
    let of = |party| vec![decided_by(Some(party), MembersAssembly, [100, 80, 75])];
    leaves_alone(RuleId::L15, RegistrationFacts { decisions: of(east()), ..correction.clone() });
    check(
        RuleId::L15,
        RegistrationFacts { decisions: of(west()), ..correction.clone() },
        &[blocks("decision_missing", json!({"party_id": east().id, "matter": "confirmation"}))],
    );
    // Both lose to a third: then each decides for itself.
    let claims = vec![claim(RightKind::Ownership, committee(), "1")];
    check(
        RuleId::L15,
        RegistrationFacts { claims, ..correction },
        &[blocks("decision_shared", json!({})), blocks("decision_shared", json!({}))],
    );
    // Who owned it before is confirmed by whoever owns it since, not by whoever is said to have.
    let before = RegistrationFacts {
        owners_since: vec![east(), household()],
        ..registered(&[claim(RightKind::Ownership, west(), "1")])
    };
    leaves_alone(RuleId::L15, RegistrationFacts { decisions: of(east()), ..before.clone() });
    check(
        RuleId::L15,
        RegistrationFacts { decisions: of(west()), ..before },
        &[blocks("decision_missing", json!({"party_id": east().id, "matter": "confirmation"}))],
    );
}

/// A sale of a day that was decided on another, entered in time or late.
fn sold_on(effective_on: &str, decision: DecisionFacts, entered: Entered) -> TransferFacts {
    TransferFacts { effective_on: day(effective_on), decisions: vec![decision], entered, ..sale() }
}

#[test]
fn a_decision_is_measured_by_the_law_of_its_day_whenever_it_is_entered() {
    let late = Entered { explained: true, of_its_day: true, ..entered() };
    let of = |on, votes| decided_on(on, None, MembersAssembly, votes);
    for entered in [entered(), late] {
        leaves_alone(RuleId::L15, sold_on("2026-07-01", of("2025-04-30", [100, 51, 26]), entered));
        check(
            RuleId::L15,
            sold_on("2026-07-01", of("2025-05-01", [100, 51, 26]), entered),
            &[blocks("too_few_attended", json!({"attended": 51, "needed": 67}))],
        );
        check(
            RuleId::L15,
            sold_on("2026-07-01", of("2025-04-30", [100, 50, 50]), entered),
            &[blocks(
                "too_few_villagers_attended",
                json!({"attended": 50, "needed": 51, "decided_on": "2025-04-30", "party_id": east().id}),
            )],
        );
        check(
            RuleId::L15,
            sold_on("2026-07-01", of("2025-04-30", [100, 52, 26]), entered),
            &[blocks("too_few_villagers_in_favour", json!({"in_favour": 26, "needed": 27}))],
        );
    }
    let delegates = |votes| decided_on("2025-04-30", None, DelegatesAssembly, votes);
    leaves_alone(RuleId::L15, sold_on("2025-05-02", delegates([30, 20, 11]), late));
    check(
        RuleId::L15,
        sold_on("2025-05-02", delegates([30, 19, 19]), late),
        &[blocks("too_few_villagers_attended", json!({"body": "delegates_assembly", "needed": 20}))],
    );
    // What a county asks beyond the law it asks of decisions under that law.
    let policy = PolicyValues { decision_approval: part("4/5"), ..PolicyValues::national() };
    check_under(&policy, RuleId::L15, sold_on("2026-07-01", of("2025-04-30", [100, 51, 26]), late), &[]);
}

#[test]
fn a_decision_is_good_for_two_years_and_no_way_round_the_law_of_later() {
    let two_thirds = |on| decided_on(on, None, MembersAssembly, [100, 70, 67]);
    let half = |on| decided_on(on, None, MembersAssembly, [100, 51, 26]);
    leaves_alone(RuleId::L15, sold_on("2027-04-30", half("2025-04-30"), entered()));
    let stale = warns(
        "decision_out_of_date",
        json!({"decided_on": "2025-04-30", "served_on": "2027-05-01", "validity_days": 730,
            "party_id": east().id}),
    );
    check(
        RuleId::L15,
        sold_on("2027-05-01", two_thirds("2025-04-30"), entered()),
        std::slice::from_ref(&stale),
    );
    check(
        RuleId::L15,
        sold_on("2027-05-01", half("2025-04-30"), entered()),
        &[blocks("too_few_attended", json!({"attended": 51, "needed": 67})), stale],
    );
    // Of 2016 for 2026.
    check(
        RuleId::L15,
        sold_on("2026-07-01", half("2016-07-01"), entered()),
        &[blocks("too_few_attended", json!({})), warns("decision_out_of_date", json!({}))],
    );
    // What was done then is no business of the law of today.
    let late = Entered { explained: true, of_its_day: true, ..entered() };
    leaves_alone(RuleId::L15, sold_on("2016-09-01", half("2016-07-01"), late));
    let policy = PolicyValues { decision_validity_days: 30, ..PolicyValues::national() };
    check_under(&policy, RuleId::L15, sold_on("2026-06-19", decided().remove(0), entered()), &[]);
    check_under(
        &policy,
        RuleId::L15,
        sold_on("2026-06-20", decided().remove(0), entered()),
        &[warns("decision_out_of_date", json!({"validity_days": 30}))],
    );
}

#[test]
fn a_plan_and_a_loss_are_decided_on_lately_and_a_confirmation_whenever_it_was() {
    let old = || vec![decided_on("2016-07-01", None, MembersAssembly, [100, 70, 67])];
    let stale = [warns("decision_out_of_date", json!({"decided_on": "2016-07-01"}))];
    check(RuleId::L15, DistributionFacts { decisions: old(), ..distribution() }, &stale);
    check(RuleId::L15, AlterationFacts { decisions: old(), ..termination() }, &stale);
    leaves_alone(RuleId::L15, RegistrationFacts { decisions: old(), ..registration() });
    let correction = RegistrationFacts {
        standing: vec![claim(RightKind::Ownership, east(), "1")],
        decisions: old(),
        ..registration()
    };
    check(RuleId::L15, correction, &stale);
}

#[test]
fn an_assembly_of_a_handful_is_looked_at_and_a_small_one_is_not_stopped() {
    let of = |body, votes| TransferFacts { decisions: vec![decided_by(None, body, votes)], ..sale() };
    for body in [MembersAssembly, DelegatesAssembly] {
        leaves_alone(RuleId::L15, of(body, [21, 14, 14]));
        check(
            RuleId::L15,
            of(body, [20, 20, 20]),
            &[escalates(
                "assembly_too_small",
                json!({"members": 20, "floor": 21, "body": body.code(), "party_id": east().id}),
            )],
        );
    }
    check(
        RuleId::L15,
        of(MembersAssembly, [1, 1, 1]),
        &[escalates("assembly_too_small", json!({"members": 1}))],
    );
    let policy = PolicyValues { assembly_members_floor: 10, ..PolicyValues::national() };
    check_under(&policy, RuleId::L15, of(MembersAssembly, [10, 10, 10]), &[]);
    check_under(
        &policy,
        RuleId::L15,
        of(MembersAssembly, [9, 9, 9]),
        &[escalates("assembly_too_small", json!({"floor": 10}))],
    );
}

#[test]
fn delegates_contracted_land_out_by_two_thirds_of_all_before_the_law_on_collectives() {
    let late = Entered { explained: true, of_its_day: true, ..entered() };
    let of = |on: &str, votes| {
        let mut deal = in_category("arable_land", lease());
        deal.lots.truncate(1);
        let decisions = vec![decided_on(on, None, DelegatesAssembly, votes)];
        TransferFacts { decisions, entered: late, ..for_term(deal, on, "2029-07-01") }
    };
    for on in ["2003-03-01", "2019-01-01", "2025-04-30"] {
        leaves_alone(RuleId::L15, of(on, [30, 20, 20]));
        check(
            RuleId::L15,
            of(on, [30, 28, 19]),
            &[blocks("too_few_for_land", json!({"members": 30, "in_favour": 19, "needed": 20}))],
        );
    }
    check(RuleId::L15, of("2025-05-01", [30, 30, 30]), &[blocks("wrong_body", json!({}))]);
}

#[test]
fn forest_land_for_seventy_years_that_the_delegates_decided_on_in_2005_is_lawful() {
    let mut deal = in_category("forest_land", lease());
    deal.lots.truncate(1);
    let ends =
        (1..=70).map(|year| day("2005-05-01").checked_add_months(chrono::Months::new(12 * year)).unwrap());
    let schedule = ends.map(|due_on| Payment { due_on, amount: fen(7_200_000) }).collect();
    let deal = TransferFacts {
        decisions: vec![decided_on("2005-04-01", None, DelegatesAssembly, [30, 24, 21])],
        entered: Entered { explained: true, of_its_day: true, ..entered() },
        consideration: Consideration::Rent(schedule),
        ..for_term(deal, "2005-05-01", "2075-05-01")
    };

    assert_eq!(findings(&deal.into(), &PolicyValues::national()), []);
}

#[test]
fn two_thirds_of_the_members_attend() {
    let deal = |votes| TransferFacts { decisions: voted(MembersAssembly, votes), ..sale() };
    leaves_alone(RuleId::L15, deal([99, 66, 66]));
    check(
        RuleId::L15,
        deal([99, 65, 65]),
        &[blocks(
            "too_few_attended",
            json!({"party_id": east().id, "body": "members_assembly", "members": 99, "attended": 65,
                "needed": 66}),
        )],
    );
}

#[test]
fn two_thirds_of_all_are_in_favour_and_not_of_those_who_came() {
    let deal = |votes| TransferFacts { decisions: voted(MembersAssembly, votes), ..sale() };
    leaves_alone(RuleId::L15, deal([300, 240, 200]));
    check(
        RuleId::L15,
        deal([300, 240, 199]),
        &[blocks(
            "too_few_in_favour",
            json!({"party_id": east().id, "body": "members_assembly", "members": 300, "in_favour": 199,
                "needed": 200}),
        )],
    );
}

#[test]
fn a_county_can_ask_for_more_votes() {
    let policy = PolicyValues { decision_approval: part("4/5"), ..PolicyValues::national() };

    check_under(
        &policy,
        RuleId::L15,
        sale(),
        &[blocks("too_few_in_favour", json!({"in_favour": 75, "needed": 80}))],
    );
}

#[test]
fn the_council_decides_nothing_of_this() {
    let decisions = voted(Council, [7, 7, 7]);
    let wrong = |matter| [blocks("wrong_body", json!({"body": "council", "matter": matter}))];

    check(RuleId::L15, TransferFacts { decisions: decisions.clone(), ..sale() }, &wrong("disposal"));
    check(RuleId::L15, DistributionFacts { decisions, ..distribution() }, &wrong("income_plan"));
}

#[test]
fn delegates_decide_on_sales_leases_and_plans() {
    let decisions = voted(DelegatesAssembly, [30, 20, 20]);
    leaves_alone(RuleId::L15, TransferFacts { decisions: decisions.clone(), ..sale() });
    let by_both = both_voted(DelegatesAssembly, [30, 20, 20]);
    leaves_alone(RuleId::L15, TransferFacts { decisions: by_both, ..lease() });
    leaves_alone(RuleId::L15, DistributionFacts { decisions, ..distribution() });
    check(
        RuleId::L15,
        TransferFacts { decisions: voted(DelegatesAssembly, [30, 30, 19]), ..sale() },
        &[blocks(
            "too_few_in_favour",
            json!({"body": "delegates_assembly", "members": 30, "in_favour": 19, "needed": 20}),
        )],
    );
}

#[test]
fn income_shares_for_households_and_contracts_of_land_are_for_all_members() {
    let mut income = TransferFacts { right: RightKind::Income, ..sale() };
    income.lots[0].to = household();
    for (deal, matter) in [(income, "income_shares"), (on_land(lease()), "land_contract")] {
        leaves_alone(
            RuleId::L15,
            TransferFacts { decisions: both_voted(MembersAssembly, [30, 20, 20]), ..deal.clone() },
        );
        let mut deal = TransferFacts { decisions: voted(DelegatesAssembly, [30, 30, 30]), ..deal };
        deal.lots.truncate(1);
        check(
            RuleId::L15,
            deal,
            &[blocks(
                "wrong_body",
                json!({"party_id": east().id, "body": "delegates_assembly", "matter": matter}),
            )],
        );
    }
}

#[test]
fn only_collectives_decide_in_an_assembly() {
    for giver in [township(), firm(), cooperative(), household(), person()] {
        assert_ne!(giver.sector(), Sector::Collective);
        leaves_alone(RuleId::L15, given_by(giver, undecided(sale())));
    }
    for giver in [east(), committee()] {
        check(
            RuleId::L15,
            given_by(giver, undecided(sale())),
            &[blocks("decision_missing", json!({"party_id": giver.id}))],
        );
    }
}

#[test]
fn what_a_village_gives_back_in_a_swap_it_has_decided() {
    let swap = swapped(vec![lot(1, firm(), west(), "1")], vec![lot(2, west(), firm(), "1")]);

    check(
        RuleId::L15,
        undecided(swap),
        &[blocks("decision_missing", json!({"party_id": west().id, "matter": "disposal"}))],
    );
}

#[test]
fn villages_decide_on_the_confirmation_of_what_they_own() {
    let undecided = RegistrationFacts { decisions: vec![], ..registration() };
    let missing =
        |of: PartyFacts| blocks("decision_missing", json!({"party_id": of.id, "matter": "confirmation"}));
    leaves_alone(RuleId::L15, registration());
    check(RuleId::L15, undecided.clone(), &[missing(east()), missing(west())]);

    let claims = vec![claim(RightKind::Ownership, township(), "1"), claim(RightKind::Income, east(), "1")];

    leaves_alone(RuleId::L15, RegistrationFacts { claims, ..undecided });
}

#[test]
fn the_villages_that_own_what_brought_the_income_decide_on_the_plan() {
    let undecided = DistributionFacts { decisions: vec![], ..distribution() };
    leaves_alone(RuleId::L15, distribution());
    check(
        RuleId::L15,
        undecided.clone(),
        &[blocks("decision_missing", json!({"party_id": east().id, "matter": "income_plan"}))],
    );

    let mut of_the_township = undecided;
    of_the_township.sources[0].owners = vec![township()];

    leaves_alone(RuleId::L15, of_the_township);
}

#[test]
fn a_village_that_is_named_twice_is_found_once() {
    let mut twice = DistributionFacts { decisions: vec![], ..distribution() };
    twice.sources.extend(distribution().sources);

    check(RuleId::L15, twice, &[blocks("decision_missing", json!({"party_id": east().id}))]);
}

fn on_land(deal: TransferFacts) -> TransferFacts {
    in_category(CONTRACTED_LAND, deal)
}

fn in_category(category: &str, mut deal: TransferFacts) -> TransferFacts {
    for lot in &mut deal.lots {
        category.clone_into(&mut lot.asset.category);
    }
    deal
}

fn let_until(to: &str) -> TransferFacts {
    for_term(lease(), "2026-07-01", to)
}

fn without_end(deal: TransferFacts) -> TransferFacts {
    TransferFacts { term: None, ..deal }
}

#[test]
fn a_lease_runs_twenty_years_and_no_day_longer() {
    leaves_alone(RuleId::L18, let_until("2046-07-01"));
    check(
        RuleId::L18,
        let_until("2046-07-02"),
        &[blocks(
            "term_above_cap",
            json!({"until_on": "2046-07-02", "counted_from_on": "2026-07-01", "cap_years": 20,
                "latest_on": "2046-07-01", "lot": null}),
        )],
    );
}

#[test]
fn twenty_years_from_a_leap_day_end_on_the_leap_day() {
    leaves_alone(RuleId::L18, for_term(lease(), "2024-02-29", "2044-02-29"));
    check(
        RuleId::L18,
        for_term(lease(), "2024-02-29", "2044-03-01"),
        &[blocks("term_above_cap", json!({"latest_on": "2044-02-29"}))],
    );
}

#[test]
fn a_county_can_lower_the_cap() {
    let policy = PolicyValues { lease_term_cap_years: 5, ..PolicyValues::national() };

    check_under(&policy, RuleId::L18, let_until("2031-07-01"), &[]);
    check_under(
        &policy,
        RuleId::L18,
        let_until("2031-07-02"),
        &[blocks("term_above_cap", json!({"cap_years": 5, "latest_on": "2031-07-01"}))],
    );
}

#[test]
fn a_renewal_counts_anew() {
    let mut renewed = let_until("2046-07-01");
    for lot in &mut renewed.lots {
        lot.earlier_terms = vec![over("2006-07-01", "2026-07-01")];
    }

    leaves_alone(RuleId::L18, renewed);
}

#[test]
fn the_cap_is_the_law_s_for_a_household_too() {
    check(
        RuleId::L18,
        given_by(household(), let_until("2046-07-02")),
        &[blocks("term_above_cap", json!({"until_on": "2046-07-02"}))],
    );
}

#[test]
fn land_under_contract_has_terms_of_its_own() {
    for (category, told, cap, last, after) in [
        ("contracted_land", "contracted_land", 30, "2056-07-01", "2056-07-02"),
        ("arable_land", "contracted_land", 30, "2056-07-01", "2056-07-02"),
        ("grassland", "grassland", 50, "2076-07-01", "2076-07-02"),
        ("forest_land", "forest_land", 70, "2096-07-01", "2096-07-02"),
    ] {
        leaves_alone(RuleId::L18, in_category(category, let_until(last)));
        check(
            RuleId::L18,
            in_category(category, let_until(after)),
            &[blocks(
                "land_term_above_cap",
                json!({"category": told, "cap_years": cap, "until_on": after, "latest_on": last}),
            )],
        );
        check(
            RuleId::L18,
            without_end(in_category(category, lease())),
            &[blocks("term_without_end", json!({"lot": 0})), blocks("term_without_end", json!({"lot": 1}))],
        );
    }
    // What is let together runs no longer than the first of it may.
    let mut mixed = on_land(let_until("2046-07-02"));
    "greenhouse".clone_into(&mut mixed.lots[1].asset.category);
    check(RuleId::L18, mixed, &[blocks("term_above_cap", json!({"cap_years": 20}))]);
    let mut mixed = in_category("forest_land", let_until("2056-07-02"));
    "arable_land".clone_into(&mut mixed.lots[1].asset.category);
    check(RuleId::L18, mixed, &[blocks("land_term_above_cap", json!({"cap_years": 30}))]);
}

#[test]
fn a_county_can_lower_the_terms_of_land_and_not_raise_them() {
    for (key, category, policy) in [
        (
            "arable",
            "arable_land",
            PolicyValues { arable_land_term_cap_years: 10, ..PolicyValues::national() },
        ),
        ("grass", "grassland", PolicyValues { grassland_term_cap_years: 10, ..PolicyValues::national() }),
        (
            "forest",
            "forest_land",
            PolicyValues { forest_land_term_cap_years: 10, ..PolicyValues::national() },
        ),
    ] {
        check_under(&policy, RuleId::L18, in_category(category, let_until("2036-07-01")), &[]);
        let found = found_by(RuleId::L18, &in_category(category, let_until("2036-07-02")).into(), &policy);
        assert_eq!(found.len(), 1, "{key}");
    }
    for (key, most) in [("arable_land", 30), ("grassland", 50), ("forest_land", 70)] {
        let overrides = |years: i64| -> crate::cases::policies::values::PolicyOverrides {
            serde_json::from_value(json!({ format!("{key}_term_cap_years"): years })).unwrap()
        };
        assert!(overrides(most).faults().is_empty());
        assert_eq!(overrides(most + 1).faults().len(), 1);
    }
}

#[test]
fn ownership_and_income_are_no_leases() {
    for right in [RightKind::Ownership, RightKind::Income] {
        leaves_alone(RuleId::L18, TransferFacts { right, ..let_until("2096-07-01") });
        leaves_alone(RuleId::L18, without_end(TransferFacts { right, ..lease() }));
    }
}

#[test]
fn no_private_party_gets_the_management_without_an_end() {
    let found = |giver: PartyFacts, lot| {
        blocks(
            "term_without_end",
            json!({"from_id": giver.id, "to_id": firm().id, "asset_id": greenhouse(1).id, "lot": lot}),
        )
    };
    let both = [found(east(), 0), found(west(), 1)];
    check(RuleId::L18, without_end(lease()), &both);
    check(RuleId::L18, TransferFacts { term: Some(since("2026-07-01")), ..lease() }, &both);
}

#[test]
fn management_is_handed_over_for_good_between_public_parties_and_by_private_ones() {
    let mut handed_over = without_end(lease());
    for lot in &mut handed_over.lots {
        lot.to = township();
    }
    leaves_alone(RuleId::L18, handed_over);
    leaves_alone(RuleId::L18, without_end(given_by(household(), lease())));
}

#[test]
fn management_that_a_village_gives_back_in_a_swap_has_the_same_cap() {
    let mut swap = swapped(vec![lot(1, firm(), east(), "1")], vec![lot(2, east(), firm(), "1")]);
    swap.right = RightKind::Management;
    check(
        RuleId::L18,
        swap.clone(),
        &[blocks("term_without_end", json!({"from_id": east().id, "asset_id": greenhouse(2).id, "lot": 1}))],
    );

    let land_for_a_greenhouse = for_term(on_land(swap), "2026-07-01", "2056-07-01");

    check(
        RuleId::L18,
        land_for_a_greenhouse,
        &[blocks("term_above_cap", json!({"latest_on": "2046-07-01"}))],
    );
}
