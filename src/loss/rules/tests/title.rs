//! Who may give what: L10, L11, L12, L48 and L50.

use super::*;
use crate::{
    loss::facts::{RestrictionFacts, Rival, RivalAct},
    register::codes::RestrictionKind,
};

#[test]
fn nobody_gives_what_it_does_not_hold() {
    leaves_alone(RuleId::L10, sale());
    let mut deal = sale();
    // Of 900,000 yuan in the books, what is given beyond what is held is at risk.
    for (held, written, at_risk) in [
        ("0", "0/1", 60_000_000),
        ("1/3", "1/3", 30_000_000),
        ("666666666666666666/1000000000000000000", "333333333333333333/500000000000000000", 0),
    ] {
        deal.lots[0].held.least = total(held);
        check(
            RuleId::L10,
            deal.clone(),
            &[blocks(
                "holds_less",
                json!({"asset_id": greenhouse(1).id, "from_id": east().id, "right": "ownership",
                    "given_share": "2/3", "held_share": written, "lot": 0, "at_risk_fen": at_risk}),
            )],
        );
    }
}

#[test]
fn several_lots_of_one_giver_count_together() {
    let given = |parts: &[(u128, PartyFacts, &str)]| {
        let mut deal = sale();
        deal.lots = parts.iter().map(|(asset, to, part)| lot(*asset, east(), *to, part)).collect();
        for lot in &mut deal.lots {
            lot.held = Held { at_start: total("2/3"), least: total("2/3") };
        }
        deal
    };
    let enough = [(2, firm(), "2/3"), (1, firm(), "1/3"), (1, household(), "1/3")];
    leaves_alone(RuleId::L10, given(&enough));
    check(
        RuleId::L10,
        given(&[enough.as_slice(), &[(1, west(), "1/1000000")]].concat()),
        &[blocks("holds_less", json!({"given_share": "2000003/3000000", "held_share": "2/3", "lot": 1}))],
    );
}

#[test]
fn what_another_giver_holds_does_not_help() {
    let mut deal = lease();
    deal.lots[1].held.least = total("1/4");

    check(
        RuleId::L10,
        deal,
        &[blocks(
            "holds_less",
            json!({"from_id": west().id, "given_share": "1/3", "held_share": "1/4", "lot": 1}),
        )],
    );
}

#[test]
fn what_is_held_for_a_part_of_the_term_only_is_not_held() {
    let mut deal = lease();
    deal.lots[0].held = Held { at_start: total("2/3"), least: total("1/3") };

    check(RuleId::L10, deal, &[blocks("holds_less", json!({"right": "management", "held_share": "1/3"}))]);
}

#[test]
fn a_household_and_the_other_side_of_a_swap_must_hold_what_they_give_too() {
    let mut back = lot(2, household(), east(), "1/2");
    back.held.least = total("1/4");

    check(
        RuleId::L10,
        swapped(vec![lot(1, east(), household(), "2/3")], vec![back]),
        &[blocks(
            "holds_less",
            json!({"from_id": household().id, "given_share": "1/2", "held_share": "1/4", "lot": 1}),
        )],
    );
}

fn pending(case: u128, taken: &str, span: Period) -> Rival {
    Rival { by: RivalAct::Pending(id(case)), share: part(taken), span }
}

fn beside(rivals: Vec<Rival>) -> TransferFacts {
    let mut deal = sale();
    deal.lots[0].share = part("1/3");
    deal.lots[0].rivals = rivals;
    deal
}

#[test]
fn a_share_is_promised_once() {
    leaves_alone(RuleId::L11, beside(vec![pending(70, "1/3", since("2026-01-01"))]));
    check(
        RuleId::L11,
        beside(vec![pending(70, "1/2", since("2026-01-01"))]),
        &[blocks(
            "promised_twice",
            json!({"asset_id": greenhouse(1).id, "from_id": east().id, "right": "ownership",
                "held_share": "2/3", "promised_share": "5/6", "others": [id::<kind::Case>(70)], "lot": 0}),
        )],
    );
}

#[test]
fn without_another_act_nothing_is_promised_twice() {
    let mut deal = beside(vec![]);
    deal.lots[0].held = Held { at_start: total("0"), least: total("0") };

    leaves_alone(RuleId::L11, deal);
}

#[test]
fn acts_that_each_fit_may_not_fit_together() {
    let rival = |case| pending(case, "1/6", since("2026-01-01"));
    leaves_alone(RuleId::L11, beside(vec![rival(70), rival(71)]));
    check(
        RuleId::L11,
        beside(vec![rival(70), rival(71), rival(72)]),
        &[blocks(
            "promised_twice",
            json!({"promised_share": "5/6", "others": ([70, 71, 72].map(id::<kind::Case>))}),
        )],
    );
}

#[test]
fn a_sale_on_record_for_a_later_day_counts() {
    let later = Rival { by: RivalAct::LaterDated(id(90)), share: part("2/3"), span: since("2027-01-01") };
    let mut deal = sale();
    deal.lots[0].rivals = vec![later];
    deal.lots[0].held.least = total("0");

    check(
        RuleId::L11,
        deal.clone(),
        &[blocks(
            "promised_twice",
            json!({"held_share": "2/3", "promised_share": "4/3", "others": [id::<kind::Instrument>(90)]}),
        )],
    );
    check(RuleId::L10, deal, &[blocks("holds_less", json!({"held_share": "0/1"}))]);
}

#[test]
fn leases_that_follow_each_other_are_no_rivals() {
    let beside = |rivals| for_term(beside(rivals), "2026-07-01", "2030-07-01");
    let (first_half, second_half) = (over("2026-07-01", "2028-07-01"), over("2028-07-01", "2030-07-01"));
    leaves_alone(RuleId::L11, beside(vec![pending(70, "2/3", over("2020-07-01", "2026-07-01"))]));
    leaves_alone(RuleId::L11, beside(vec![pending(70, "2/3", over("2030-07-01", "2035-07-01"))]));
    leaves_alone(RuleId::L11, beside(vec![pending(70, "1/3", first_half), pending(71, "1/3", second_half)]));
    let a_day_too_early = pending(71, "1/4", over("2028-06-30", "2031-01-01"));
    check(
        RuleId::L11,
        beside(vec![pending(70, "1/3", first_half), a_day_too_early]),
        &[blocks(
            "promised_twice",
            json!({"promised_share": "11/12", "others": ([70, 71].map(id::<kind::Case>))}),
        )],
    );
}

#[test]
fn a_rival_that_every_lot_knows_of_counts_once() {
    let split = |rival: &str| {
        let mut deal = sale();
        deal.lots = vec![lot(1, east(), firm(), "1/6"), lot(1, east(), west(), "1/6")];
        for lot in &mut deal.lots {
            lot.held.at_start = total("2/3");
            lot.rivals = vec![pending(70, rival, since("2026-01-01"))];
        }
        deal
    };
    leaves_alone(RuleId::L11, split("1/3"));
    check(RuleId::L11, split("1/2"), &[blocks("promised_twice", json!({"promised_share": "5/6"}))]);
}

fn under(kind: RestrictionKind, holder: PartyFacts, period: Period, consent: bool) -> RestrictionFacts {
    RestrictionFacts { kind, holder: holder.id, period, consent: consent.then(|| id(103)) }
}

fn restricted(mut deal: TransferFacts, restrictions: &[RestrictionFacts]) -> TransferFacts {
    for lot in &mut deal.lots {
        lot.restrictions = restrictions.to_vec();
    }
    deal
}

#[test]
fn whoever_holds_a_pledge_or_a_dispute_may_consent() {
    for kind in [RestrictionKind::Pledge, RestrictionKind::Dispute] {
        let deal = |consent| restricted(sale(), &[under(kind, township(), since("2024-01-01"), consent)]);
        leaves_alone(RuleId::L12, deal(true));
        check(
            RuleId::L12,
            deal(false),
            &[escalates(
                "consent_of_holder_missing",
                json!({"asset_id": greenhouse(1).id, "restriction": kind.code(),
                    "holder_id": township().id, "lot": 0}),
            )],
        );
    }
}

#[test]
fn a_mortgagee_is_told_since_the_civil_code_and_was_asked_before_it() {
    let on = |effective_on: &str, consent| {
        let mortgage = under(RestrictionKind::Mortgage, township(), since("2010-01-01"), consent);
        restricted(TransferFacts { effective_on: day(effective_on), ..sale() }, &[mortgage])
    };
    let figures = json!({"asset_id": greenhouse(1).id, "restriction": "mortgage", "holder_id": township().id, "lot": 0});
    check(RuleId::L12, on("2021-01-01", false), &[warns("mortgagee_not_told", figures.clone())]);
    check(RuleId::L12, on("2026-07-01", false), &[warns("mortgagee_not_told", figures.clone())]);
    check(
        RuleId::L12,
        on("2020-12-31", false),
        &[escalates("mortgagee_not_asked", json!({"effective_on": "2020-12-31", "restriction": "mortgage"}))],
    );
    for day in ["2020-12-31", "2026-07-01"] {
        leaves_alone(RuleId::L12, on(day, true));
    }
    // To let a mortgaged thing nobody had to ask.
    let mortgage = under(RestrictionKind::Mortgage, township(), since("2010-01-01"), false);
    let let_then = restricted(for_term(lease(), "2020-07-01", "2025-07-01"), &[mortgage]);
    check(RuleId::L12, let_then, &[warns("mortgagee_not_told", json!({}))]);
}

#[test]
fn what_is_found_by_another_law_says_which() {
    let mortgage = under(RestrictionKind::Mortgage, township(), since("2010-01-01"), false);
    let basis = |on: &str| {
        let deal =
            restricted(TransferFacts { effective_on: day(on), ..sale() }, std::slice::from_ref(&mortgage));
        found_by(RuleId::L12, &deal.into(), &PolicyValues::national())[0].basis()
    };
    assert!(basis("2026-07-01").contains("第四百零六条"));
    assert!(basis("2020-12-31").contains("物权法"));
    for (code, basis) in super::super::OWN_BASES.iter().copied().flatten() {
        assert!(RULES.iter().flat_map(|it| it.causes).any(|it| it.code == *code), "{code}");
        assert!(basis.contains('第'), "{code}");
    }
}

#[test]
fn nobody_consents_to_moving_what_is_seized_or_banned() {
    for kind in [RestrictionKind::Seizure, RestrictionKind::TransferBan] {
        for (holder, consent) in [(township(), true), (township(), false), (firm(), true)] {
            check(
                RuleId::L12,
                restricted(sale(), &[under(kind, holder, since("2024-01-01"), consent)]),
                &[blocks(
                    "restriction_forbids",
                    json!({"asset_id": greenhouse(1).id, "restriction": kind.code()}),
                )],
            );
        }
    }
}

#[test]
fn a_receiver_consents_to_what_it_holds_itself() {
    let mortgaged_to =
        |holder| restricted(sale(), &[under(RestrictionKind::Mortgage, holder, since("2024-01-01"), false)]);
    leaves_alone(RuleId::L12, mortgaged_to(firm()));
    check(RuleId::L12, mortgaged_to(east()), &[warns("mortgagee_not_told", json!({"holder_id": east().id}))]);
}

#[test]
fn a_restriction_outside_the_term_restricts_nothing() {
    let mortgaged =
        |period| restricted(lease(), &[under(RestrictionKind::Mortgage, township(), period, false)]);
    leaves_alone(RuleId::L12, mortgaged(over("2020-01-01", "2026-07-01")));
    leaves_alone(RuleId::L12, mortgaged(since("2031-07-01")));
    for period in [over("2020-01-01", "2026-07-02"), since("2031-06-30")] {
        check(
            RuleId::L12,
            mortgaged(period),
            &[warns("mortgagee_not_told", json!({"restriction": "mortgage", "lot": 0}))],
        );
    }
}

#[test]
fn each_restriction_is_found_once() {
    let restrictions = [
        under(RestrictionKind::Mortgage, township(), since("2024-01-01"), false),
        under(RestrictionKind::Mortgage, firm(), since("2024-01-01"), true),
        under(RestrictionKind::Seizure, township(), since("2025-01-01"), false),
    ];

    check(
        RuleId::L12,
        restricted(lease(), &restrictions),
        &[
            warns("mortgagee_not_told", json!({"holder_id": township().id})),
            blocks("restriction_forbids", json!({"holder_id": township().id})),
        ],
    );
}

#[test]
fn after_a_transfer_the_shares_are_the_whole() {
    let with = |after: &str| {
        let mut deal = lease();
        for lot in &mut deal.lots {
            lot.holders_after = total(after);
        }
        deal
    };
    leaves_alone(RuleId::L50, with("1"));
    for broken in ["2/3", "4/3", "999999999999999999/1000000000000000000", "0/1"] {
        check(
            RuleId::L50,
            with(broken),
            &[blocks(
                "shares_not_whole",
                json!({"asset_id": greenhouse(1).id, "right": "management", "sum_share": broken, "lot": 0}),
            )],
        );
    }
}

#[test]
fn each_asset_whose_shares_are_not_whole_is_found() {
    let mut back = lot(3, firm(), east(), "1");
    back.holders_after = total("3/2");
    let mut given = vec![lot(1, east(), firm(), "1"), lot(2, east(), firm(), "1")];
    given[1].holders_after = total("1/2");

    check(
        RuleId::L50,
        swapped(given, vec![back]),
        &[
            blocks("shares_not_whole", json!({"asset_id": greenhouse(2).id, "lot": 1})),
            blocks("shares_not_whole", json!({"asset_id": greenhouse(3).id, "lot": 2})),
        ],
    );
}

#[test]
fn a_registration_claims_the_whole_of_ownership_and_no_more_than_the_whole_of_the_rest() {
    use RightKind::{Income, Management, Ownership};
    let owners = [claim(Ownership, east(), "2/3"), claim(Ownership, west(), "1/3")];
    let with = |claims: &[Claim]| registered(&[owners.as_slice(), claims].concat());
    leaves_alone(RuleId::L50, with(&[]));
    leaves_alone(RuleId::L50, with(&[claim(Income, east(), "3/7"), claim(Management, firm(), "1")]));
    check(
        RuleId::L50,
        with(&[claim(Ownership, household(), "1/3")]),
        &[blocks(
            "shares_not_whole",
            json!({"asset_id": greenhouse(1).id, "right": "ownership", "sum_share": "4/3"}),
        )],
    );
    check(
        RuleId::L50,
        registered(&[
            claim(Ownership, east(), "2/3"),
            claim(Income, east(), "2/3"),
            claim(Income, west(), "1/2"),
        ]),
        &[
            blocks("shares_not_whole", json!({"right": "ownership", "sum_share": "2/3"})),
            blocks("shares_not_whole", json!({"right": "income", "sum_share": "7/6"})),
        ],
    );
    check(
        RuleId::L50,
        registered(&[claim(Management, firm(), "1")]),
        &[blocks("shares_not_whole", json!({"right": "ownership", "sum_share": "0/1"}))],
    );
}

#[test]
fn a_household_gives_nothing_up_without_its_consent() {
    for right in RightKind::ALL {
        let consenting = given_by(household(), TransferFacts { right: *right, ..sale() });
        leaves_alone(RuleId::L48, consenting.clone());

        let mut silent = consenting;
        silent.lots[0].owner_consent = None;

        check(
            RuleId::L48,
            silent,
            &[blocks(
                "household_consent_missing",
                json!({"from_id": household().id, "asset_id": greenhouse(1).id, "right": right.code(),
                    "lost_share": "2/3", "lot": 0}),
            )],
        );
    }
}

#[test]
fn only_people_are_asked_for_their_consent() {
    for giver in [east(), township(), firm(), cooperative()] {
        let mut deal = given_by(giver, sale());
        deal.lots[0].owner_consent = None;

        leaves_alone(RuleId::L48, deal);
    }
}

#[test]
fn what_a_household_gives_back_in_a_swap_needs_its_consent() {
    check(
        RuleId::L48,
        swapped(vec![lot(1, east(), household(), "1")], vec![lot(2, household(), east(), "1/2")]),
        &[blocks(
            "household_consent_missing",
            json!({"asset_id": greenhouse(2).id, "lost_share": "1/2", "lot": 1}),
        )],
    );
}

#[test]
fn a_registration_takes_nothing_that_a_household_held() {
    use RightKind::{Income, Ownership};
    let standing = vec![
        claim(Ownership, household(), "1/3"),
        claim(Ownership, household(), "1/3"),
        claim(Ownership, east(), "1/3"),
        claim(Income, household(), "1/2"),
    ];
    let against = |claims: &[Claim]| RegistrationFacts { standing: standing.clone(), ..registered(claims) };
    leaves_alone(
        RuleId::L48,
        against(&[claim(Ownership, household(), "1"), claim(Income, household(), "1/2")]),
    );
    let poorer = against(&[claim(Ownership, household(), "1/2"), claim(Ownership, firm(), "1/2")]);
    check(
        RuleId::L48,
        poorer.clone(),
        &[
            blocks(
                "household_consent_missing",
                json!({"from_id": household().id, "asset_id": greenhouse(1).id, "right": "ownership",
                    "lost_share": "1/6"}),
            ),
            blocks("household_consent_missing", json!({"right": "income", "lost_share": "1/2"})),
        ],
    );
    leaves_alone(RuleId::L48, RegistrationFacts { owner_consent: Some(id(102)), ..poorer });
    leaves_alone(RuleId::L48, registration());
    let before = RegistrationFacts { owners_since: vec![household(), east()], ..registration() };
    check(
        RuleId::L48,
        before.clone(),
        &[blocks(
            "prior_ownership_unconfirmed",
            json!({"from_id": household().id, "asset_id": greenhouse(1).id}),
        )],
    );
    leaves_alone(RuleId::L48, RegistrationFacts { owner_consent: Some(id(102)), ..before });
}

fn income_of_a_household(lines: Vec<LineFacts>, consent: bool) -> DistributionFacts {
    let source = IncomeSource {
        asset: greenhouse(1),
        owners: vec![household()],
        owner_consent: consent.then(|| id(102)),
    };
    DistributionFacts { sources: vec![source], lines, ..distribution() }
}

#[test]
fn the_income_of_a_household_s_own_asset_is_its_own() {
    let to_itself = vec![line(household(), Purpose::Members, 1)];
    let to_others = vec![line(household(), Purpose::Members, 1), line(east(), Purpose::Reserve, 1)];
    leaves_alone(RuleId::L48, distribution());
    leaves_alone(RuleId::L48, income_of_a_household(to_itself, false));
    leaves_alone(RuleId::L48, income_of_a_household(to_others.clone(), true));
    check(
        RuleId::L48,
        income_of_a_household(to_others, false),
        &[blocks(
            "household_income_distributed",
            json!({"from_id": household().id, "asset_id": greenhouse(1).id}),
        )],
    );
}
