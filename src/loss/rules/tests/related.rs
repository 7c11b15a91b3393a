//! Who stands on both sides of a deal: L06, L07 and the appraiser of L04.

use super::*;
use RelationKind::{
    Associate, ControlledBy, EmployedBy, Kin, LegalRepresentative, Member, OfficerOf, Shareholder,
};

fn tied(ties: Vec<Tie>) -> TransferFacts {
    TransferFacts { ties, ..sale() }
}

fn given_to(receiver: PartyFacts, mut deal: TransferFacts) -> TransferFacts {
    for lot in &mut deal.lots {
        lot.to = receiver;
    }
    deal
}

/// A private person by a number of their own.
fn somebody(number: u128) -> PartyFacts {
    party(1000 + number, PartyKind::Person)
}

fn company(number: u128) -> PartyFacts {
    party(2000 + number, PartyKind::Enterprise)
}

/// The officer is the head of the village.
fn head() -> Tie {
    in_office(officer(), OfficerPost::Head, east())
}

/// A row of people, each kin of the one before, the first of the officer: so many ties.
fn row_of_kin(ties: u128) -> Vec<Tie> {
    (0..ties).map(|it| tie(if it == 0 { officer() } else { somebody(it) }, Kin, somebody(it + 1))).collect()
}

#[track_caller]
fn only(rule: RuleId, deal: TransferFacts, expected: &[Expected]) {
    for other in [RuleId::L06, RuleId::L07].into_iter().filter(|it| *it != rule) {
        leaves_alone(other, deal.clone());
    }
    check(rule, deal, expected);
}

#[track_caller]
fn nothing(deal: TransferFacts) {
    leaves_alone(RuleId::L06, deal.clone());
    leaves_alone(RuleId::L07, deal);
}

#[test]
fn the_cousin_s_company_is_related_and_every_step_is_told() {
    let cousin = person();
    let deal = tied(vec![head(), tie(officer(), Kin, cousin), tie(cousin, LegalRepresentative, firm())]);
    let found = found_by(RuleId::L07, &deal.clone().into(), &PolicyValues::national());
    only(
        RuleId::L07,
        deal,
        &[escalates(
            "parties_related",
            json!({"from_id": east().id, "to_id": firm().id, "lot": 0,
                "path": ["head", "kin", "legal_representative"],
                "path_ids": [east().id, officer().id, cousin.id, firm().id],
                "path_ways": ["against", "along", "along"]}),
        )],
    );
    let names = [(east(), "东村股份经济合作社"), (officer(), "张三"), (cousin, "李四"), (firm(), "某公司")];
    let names = names.map(|(of, name)| (of.id.to_string(), crate::loss::finding::Called::from(name))).into();
    let text = found[0].message(&names);
    assert_eq!(
        text.zh,
        "受让方“某公司”与出让方“东村股份经济合作社”存在关联关系（张三（东村股份经济合作社的负责人）—亲属→李四—法定代表人→某公司）"
    );
    assert_eq!(
        text.en,
        "the receiver 某公司 is related to the giver 东村股份经济合作社 (张三 (head of 东村股份经济合作社) —kin→ 李四 —legal representative→ 某公司)"
    );
    let ids: Vec<_> = found[0].ids().collect();
    for of in [east(), officer(), cousin, firm()] {
        assert!(ids.contains(&of.id.to_string().as_str()), "{ids:?}");
    }
}

#[test]
fn a_tie_counts_in_either_direction() {
    for kind in [Kin, ControlledBy, LegalRepresentative, Shareholder, OfficerOf, Associate] {
        for tie in [tie(firm(), kind, somebody(1)), tie(somebody(1), kind, firm())] {
            let deal = tied(vec![head(), super::tie(officer(), Kin, somebody(1)), tie]);
            check(RuleId::L07, deal, &[escalates("parties_related", json!({"to_id": firm().id}))]);
        }
    }
}

#[test]
fn the_search_ends_at_the_depth_of_the_policy() {
    let depth = |it| PolicyValues { related_party_depth: it, ..PolicyValues::national() };
    for steps in 1..=6_u128 {
        let mut ties = row_of_kin(steps - 1);
        let last = if steps == 1 { officer() } else { somebody(steps - 1) };
        ties.extend([head(), tie(last, Associate, firm())]);
        for allowed in 1..=8 {
            let expected = escalates("parties_related", json!({}));
            let expected =
                if i128::from(allowed) >= i128::try_from(steps).unwrap() { &[expected][..] } else { &[] };
            check_under(&depth(allowed), RuleId::L07, tied(ties.clone()), expected);
        }
    }
}

#[test]
fn the_shortest_path_is_told() {
    let ties = vec![
        head(),
        tie(officer(), Kin, somebody(1)),
        tie(somebody(1), Kin, somebody(2)),
        tie(somebody(2), ControlledBy, firm()),
        tie(officer(), Associate, firm()),
    ];
    check(RuleId::L07, tied(ties), &[escalates("parties_related", json!({"path": ["head", "associate"]}))]);
}

#[test]
fn members_deal_with_their_own_collective_every_day() {
    for kind in [Member, EmployedBy] {
        nothing(given_to(person(), tied(vec![tie(person(), kind, east())])));
        nothing(tied(vec![tie(person(), kind, east()), tie(person(), ControlledBy, firm())]));
        nothing(tied(vec![tie(firm(), kind, east())]));
    }
    for holder in [household(), person()] {
        nothing(given_to(holder, tied(vec![holding(holder, "1/2", east())])));
    }
    // A firm is no member: what it holds in a village is an interest.
    check(
        RuleId::L07,
        tied(vec![holding(firm(), "1/3", east())]),
        &[escalates("parties_related", json!({"path": ["shareholder"]}))],
    );
    // Everybody is a member of the cooperative, the officer as well.
    let of_all = vec![head(), tie(officer(), Member, cooperative()), tie(person(), Member, cooperative())];
    nothing(given_to(cooperative(), tied(of_all.clone())));
    nothing(given_to(person(), tied(of_all)));
}

#[test]
fn a_household_is_its_members() {
    let deal = tied(vec![head(), tie(officer(), Member, household())]);
    only(
        RuleId::L07,
        given_to(household(), deal),
        &[escalates("parties_related", json!({"path": ["head", "member"]}))],
    );
}

#[test]
fn what_is_public_passes_nothing_on() {
    for (public, kind) in [
        (committee(), OfficerOf),
        (township(), OfficerOf),
        (west(), ControlledBy),
        (township(), LegalRepresentative),
    ] {
        let ties = vec![
            head(),
            tie(officer(), kind, public),
            tie(person(), OfficerOf, public),
            tie(person(), LegalRepresentative, firm()),
            tie(cooperative(), ControlledBy, public),
            tie(east(), ControlledBy, township()),
        ];
        nothing(tied(ties.clone()));
        nothing(given_to(cooperative(), tied(ties)));
    }
}

#[test]
fn what_goes_to_the_public_is_nobody_s_interest() {
    for public in [west(), committee(), township()] {
        let ties = vec![head(), tie(officer(), OfficerOf, public), tie(public, ControlledBy, east())];
        nothing(given_to(public, tied(ties)));
    }
    nothing(given_by(household(), tied(vec![tie(firm(), Kin, household())])));
}

#[test]
fn a_small_shareholder_has_no_say() {
    let deal =
        |held| tied(vec![head(), tie(officer(), Kin, somebody(1)), holding(somebody(1), held, firm())]);
    nothing(deal("49/1000"));
    nothing(deal("1/21"));
    nothing(deal("461168601842738790/9223372036854775807"));
    check(RuleId::L07, deal("1/20"), &[escalates("parties_related", json!({}))]);
    check(RuleId::L07, deal("51/1000"), &[escalates("parties_related", json!({}))]);
    check(
        RuleId::L07,
        deal("461168601842738791/9223372036854775807"),
        &[escalates("parties_related", json!({}))],
    );
}

#[test]
fn employment_counts_for_the_employee_alone() {
    // Whoever decides works for the receiver, or for what controls it.
    check(
        RuleId::L07,
        tied(vec![head(), tie(officer(), EmployedBy, firm())]),
        &[escalates("parties_related", json!({"path": ["head", "employed_by"]}))],
    );
    let above = vec![head(), tie(officer(), EmployedBy, company(1)), tie(firm(), ControlledBy, company(1))];
    check(RuleId::L07, tied(above), &[escalates("parties_related", json!({}))]);
    // The receiver works for the company of the officer's kin.
    let for_kin = vec![
        head(),
        tie(officer(), Kin, somebody(1)),
        tie(company(1), ControlledBy, somebody(1)),
        tie(person(), EmployedBy, company(1)),
    ];
    check(RuleId::L07, given_to(person(), tied(for_kin)), &[escalates("parties_related", json!({}))]);
    // Colleagues, and kin of those who work there, are no relation by that.
    let colleagues =
        vec![head(), tie(officer(), EmployedBy, company(1)), tie(person(), EmployedBy, company(1))];
    nothing(given_to(person(), tied(colleagues)));
    nothing(tied(vec![head(), tie(officer(), Kin, somebody(1)), tie(somebody(1), EmployedBy, firm())]));
    let group = vec![
        head(),
        tie(officer(), EmployedBy, company(1)),
        tie(company(2), ControlledBy, company(1)),
        tie(person(), EmployedBy, company(2)),
    ];
    nothing(given_to(person(), tied(group)));
}

#[test]
fn what_a_village_s_own_cooperative_runs_has_not_left_it() {
    let own = || {
        vec![
            head(),
            tie(cooperative(), ControlledBy, east()),
            tie(officer(), LegalRepresentative, cooperative()),
        ]
    };
    nothing(given_to(cooperative(), tied(own())));
    let held = |by_village| {
        vec![
            head(),
            holding(east(), by_village, cooperative()),
            tie(officer(), LegalRepresentative, cooperative()),
        ]
    };
    nothing(given_to(cooperative(), tied(held("1"))));
    nothing(given_to(cooperative(), tied(held("1/2"))));
    // Where somebody private has a say in it, the county looks; its representative still acts for the village.
    let mut shared = own();
    shared.push(holding(person(), "1/10", cooperative()));
    only(
        RuleId::L07,
        given_to(cooperative(), tied(shared)),
        &[escalates("parties_related", json!({"path": ["controlled_by"]}))],
    );
    // What the village has a minor part in, and its head represents, is for the county to look at; next to none is the head's.
    for part in ["1/3", "1/10"] {
        let told = json!({"to_id": cooperative().id});
        only(RuleId::L07, given_to(cooperative(), tied(held(part))), &[escalates("parties_related", told)]);
    }
    only(
        RuleId::L06,
        given_to(cooperative(), tied(held("1/11"))),
        &[blocks("receiver_in_hand", json!({"path": ["head", "legal_representative"]}))],
    );
    // Another village's is its own, and not of this one.
    let mut others = own();
    others[1] = tie(cooperative(), ControlledBy, west());
    only(RuleId::L06, given_to(cooperative(), tied(others)), &[blocks("receiver_in_hand", json!({}))]);
}

#[test]
fn whoever_decides_gets_nothing_and_nor_does_what_they_have_in_hand() {
    for decides in [
        head(),
        tie(officer(), OfficerOf, east()),
        tie(officer(), LegalRepresentative, east()),
        tie(east(), ControlledBy, officer()),
    ] {
        let told = json!({"from_id": east().id, "to_id": officer().id, "lot": 0, "path_ids": [east().id, officer().id]});
        only(RuleId::L06, given_to(officer(), tied(vec![decides])), &[blocks("receiver_decides", told)]);
        for held in [
            tie(firm(), ControlledBy, officer()),
            tie(officer(), LegalRepresentative, firm()),
            holding(officer(), "1/2", firm()),
        ] {
            only(
                RuleId::L06,
                tied(vec![decides, held]),
                &[blocks("receiver_in_hand", json!({"path_ids": [east().id, officer().id, firm().id]}))],
            );
        }
    }
    only(
        RuleId::L07,
        tied(vec![head(), holding(officer(), "49/100", firm())]),
        &[escalates("parties_related", json!({}))],
    );
    // Over another company.
    let over = vec![head(), tie(company(1), ControlledBy, officer()), holding(company(1), "1/2", firm())];
    only(RuleId::L06, tied(over), &[blocks("receiver_in_hand", json!({}))]);
    // A tie of kin in between is none of theirs.
    let kin = vec![head(), tie(officer(), Kin, person()), holding(person(), "1", firm())];
    only(RuleId::L07, tied(kin), &[escalates("parties_related", json!({}))]);
}

#[test]
fn what_several_of_them_hold_adds_up() {
    let board = |number| in_office(somebody(number), OfficerPost::CommitteeMember, east());
    let held = |shares: [&str; 2]| {
        tied(vec![
            board(1),
            board(2),
            holding(somebody(1), shares[0], firm()),
            holding(somebody(2), shares[1], firm()),
        ])
    };
    only(
        RuleId::L06,
        held(["1/3", "1/6"]),
        &[blocks(
            "receiver_held_together",
            json!({"held_share": "1/2", "path_ids": [east().id, somebody(1).id, firm().id]}),
        )],
    );
    only(RuleId::L07, held(["1/3", "1/7"]), &[escalates("parties_related", json!({}))]);
    // The same share on two of the days is one.
    let mut twice = held(["1/3", "1/7"]);
    twice.ties.push(holding(somebody(1), "1/4", firm()));
    only(RuleId::L07, twice, &[escalates("parties_related", json!({}))]);
}

#[test]
fn whoever_is_paid_is_looked_at_as_well() {
    let paid = |to, ties| TransferFacts { pay_to: Some(to), ..tied(ties) };
    only(
        RuleId::L06,
        paid(officer(), vec![head()]),
        &[blocks(
            "payee_decides",
            json!({"from_id": east().id, "pay_to_id": officer().id, "lot": null, "at_risk_fen": 80_000_000}),
        )],
    );
    only(
        RuleId::L07,
        paid(person(), vec![head(), tie(person(), Kin, officer())]),
        &[escalates("payee_related", json!({"pay_to_id": person().id, "path": ["head", "kin"]}))],
    );
    nothing(paid(west(), vec![head(), tie(officer(), OfficerOf, west())]));
}

#[test]
fn in_a_swap_only_the_public_giver_is_asked_whom_it_gives_to() {
    let swap = swapped(vec![lot(1, firm(), east(), "1")], vec![lot(2, east(), firm(), "1")]);

    check(
        RuleId::L07,
        TransferFacts { ties: vec![holding(east(), "1/4", firm())], ..swap },
        &[escalates("parties_related", json!({"from_id": east().id, "to_id": firm().id, "lot": 1}))],
    );
}

#[test]
fn each_related_giver_is_found_once() {
    let mut deal = lease();
    deal.lots.extend(lease().lots);
    deal.ties = vec![holding(west(), "1/4", firm()), holding(east(), "1/4", firm())];

    check(
        RuleId::L07,
        deal,
        &[
            escalates("parties_related", json!({"from_id": east().id, "lot": 0})),
            escalates("parties_related", json!({"from_id": west().id, "lot": 1})),
        ],
    );
}

#[test]
fn an_appraiser_is_related_to_no_party() {
    let appraised = |ties, expected: &[Expected]| check(RuleId::L04, tied(ties), expected);
    appraised(
        vec![tie(appraiser(), Shareholder, firm())],
        &[blocks(
            "appraiser_related",
            json!({"appraiser_id": appraiser().id, "party_id": firm().id, "path": ["shareholder"]}),
        )],
    );
    // The nephew's house appraises what his uncle's village gives.
    appraised(
        vec![head(), tie(officer(), Kin, person()), tie(person(), LegalRepresentative, appraiser())],
        &[blocks(
            "appraiser_related",
            json!({"party_id": east().id, "path": ["head", "kin", "legal_representative"]}),
        )],
    );
    appraised(
        vec![tie(officer(), LegalRepresentative, firm()), tie(officer(), Shareholder, appraiser())],
        &[blocks(
            "appraiser_related",
            json!({"party_id": firm().id, "path": ["legal_representative", "shareholder"]}),
        )],
    );
    // Members and strangers do not spoil an appraisal.
    appraised(
        vec![
            tie(person(), Member, east()),
            tie(person(), Kin, appraiser()),
            tie(township(), Kin, firm()),
            tie(somebody(1), Kin, person()),
        ],
        &[],
    );
}

#[test]
fn an_auctioneer_takes_no_part_and_is_close_to_nobody() {
    let house = company(1);
    let auctioned = |by, ties| TransferFacts { auctioneer: Some(by), ..tied(ties) };
    nothing(auctioned(house, vec![head()]));
    check(
        RuleId::L07,
        auctioned(firm(), vec![]),
        &[blocks("auctioneer_is_party", json!({"auctioneer_id": firm().id}))],
    );
    let by_nephew = || vec![head(), tie(officer(), Kin, person()), tie(house, ControlledBy, person())];
    check(
        RuleId::L07,
        auctioned(house, by_nephew()),
        &[escalates("auctioneer_related", json!({"auctioneer_id": house.id, "party_id": east().id}))],
    );
    check(
        RuleId::L07,
        auctioned(house, vec![tie(firm(), ControlledBy, house)]),
        &[escalates("auctioneer_related", json!({"party_id": firm().id, "path": ["controlled_by"]}))],
    );
    // What the county runs to trade what it has is nobody's, and what is private is its owner's affair.
    nothing(auctioned(township(), vec![tie(officer(), OfficerOf, township()), head()]));
    nothing(given_by(household(), auctioned(house, vec![tie(house, Kin, household())])));
}

/// A village buys of somebody, for 500,000 yuan, what cost 1,200,000.
fn purchase(seller: PartyFacts) -> TransferFacts {
    TransferFacts {
        lots: vec![lot(1, seller, east(), "1")],
        consideration: Consideration::Price(fen(50_000_000)),
        appraisal: Some(appraised(50_000_000)),
        ..sale()
    }
}

#[test]
fn what_a_village_pays_its_own_officers_for_goes_to_the_county() {
    let head = in_office(person(), OfficerPost::Head, east());
    let kin = tie(household(), Kin, person());
    for seller in [person(), household()] {
        leaves_alone(RuleId::L07, purchase(seller));
        let found = TransferFacts { ties: vec![head, kin], ..purchase(seller) };
        let expected = json!({"from_id": seller.id, "to_id": east().id});
        check(RuleId::L07, found.clone(), &[escalates("seller_related", expected)]);
        // What they rent to it is paid for as well; what they give is not.
        let rented = TransferFacts {
            right: RightKind::Management,
            consideration: at_ends_of_years(1, "2026-07-01", "2031-07-01"),
            ..for_term(found.clone(), "2026-07-01", "2031-07-01")
        };
        check(RuleId::L07, rented, &[escalates("seller_related", json!({"from_id": seller.id}))]);
        leaves_alone(RuleId::L07, TransferFacts { consideration: Consideration::Nothing, ..found.clone() });
        leaves_alone(RuleId::L07, TransferFacts { consideration: Consideration::Price(Fen::ZERO), ..found });
    }
    // What it gives to its own firm, or its own firm to it, stays in its hands.
    let own = tie(firm(), ControlledBy, east());
    leaves_alone(RuleId::L07, TransferFacts { ties: vec![own, head], ..purchase(firm()) });
}

#[test]
fn what_a_village_pays_for_it_decides_on() {
    leaves_alone(RuleId::L15, purchase(firm()));
    let undecided = |seller| TransferFacts { decisions: vec![], ..purchase(seller) };
    let expected = json!({"party_id": east().id, "matter": "disposal"});
    check(RuleId::L15, undecided(firm()), &[blocks("decision_missing", expected)]);
    let given = TransferFacts { consideration: Consideration::Nothing, ..undecided(firm()) };
    leaves_alone(RuleId::L15, given);
    // What costs little the council buys.
    let most = PolicyValues::national().exchange_required_above_fen;
    let costs =
        |price| TransferFacts { consideration: Consideration::Price(fen(price)), ..undecided(firm()) };
    leaves_alone(RuleId::L15, costs(most));
    check(RuleId::L15, costs(most + 1), &[blocks("decision_missing", json!({}))]);
    // An office needs no decision of an assembly.
    let by_township = TransferFacts { lots: vec![lot(1, firm(), township(), "1")], ..undecided(firm()) };
    leaves_alone(RuleId::L15, by_township);
}

#[test]
fn what_a_village_buys_costs_what_it_is_appraised_at() {
    let policy = PolicyValues::national();
    let buys = |price, appraisal: Option<i64>| TransferFacts {
        consideration: Consideration::Price(fen(price)),
        appraisal: appraisal.map(appraised),
        ..purchase(firm())
    };
    // Nine tenths of 600,000 are 540,000: whoever sells may go as far below.
    leaves_alone(RuleId::L01, buys(60_000_000, Some(54_000_000)));
    let expected = json!({"price_fen": 60_000_001, "most_fen": 60_000_000, "appraised_fen": 54_000_000, "to_id": east().id,
        "at_risk_fen": 6_000_001});
    check(RuleId::L01, buys(60_000_001, Some(54_000_000)), &[escalates("price_above_appraisal", expected)]);
    // What comes back has no price of the whole; and where any price will do, any will.
    let income = TransferFacts { right: RightKind::Income, ..buys(60_000_001, Some(54_000_000)) };
    leaves_alone(RuleId::L01, for_term(income.clone(), "2026-07-01", "2028-07-01"));
    check(RuleId::L01, income, &[escalates("price_above_appraisal", json!({}))]);
    let any_price = PolicyValues { price_floor_bp: 0, price_block_bp: 0, ..PolicyValues::national() };
    check_under(&any_price, RuleId::L01, buys(60_000_001, Some(54_000_000)), &[]);
    let least = policy.exchange_required_above_fen;
    leaves_alone(RuleId::L02, buys(least, None));
    let expected = json!({"value_fen": least + 1, "threshold_fen": least, "to_id": east().id});
    check(RuleId::L02, buys(least + 1, None), &[escalates("bought_unappraised", expected)]);
    leaves_alone(RuleId::L02, buys(least + 1, Some(least + 1)));
    for rule in [RuleId::L01, RuleId::L02] {
        let of_village =
            TransferFacts { lots: vec![lot(1, firm(), household(), "1")], ..buys(least + 1, None) };
        leaves_alone(rule, of_village);
    }
}

#[test]
fn a_village_and_somebody_else_have_no_price_together() {
    let together = |seller| TransferFacts {
        lots: vec![lot(1, east(), firm(), "1"), lot(2, seller, firm(), "1")],
        ..sale()
    };
    let expected = json!({"asset_id": greenhouse(1).id, "from_id": east().id, "owner_id": person().id, "price_fen": 80_000_000});
    check(RuleId::L01, together(person()), &[escalates("one_price_for_several", expected)]);
    leaves_alone(RuleId::L01, together(west()));
    // Both own the same.
    let lots = vec![lot(1, east(), firm(), "1/2"), lot(1, person(), firm(), "1/2")];
    leaves_alone(RuleId::L01, TransferFacts { lots, ..sale() });
    leaves_alone(RuleId::L01, TransferFacts { consideration: Consideration::Nothing, ..together(person()) });
    let for_nothing = TransferFacts { appraisal: None, ..together(person()) };
    leaves_alone(
        RuleId::L01,
        TransferFacts { consideration: Consideration::Price(Fen::ZERO), ..for_nothing.clone() },
    );
    // What comes back is worth its rent, each by its own.
    let income = TransferFacts { right: RightKind::Income, ..for_nothing };
    leaves_alone(RuleId::L01, for_term(income.clone(), "2026-07-01", "2028-07-01"));
    check(RuleId::L01, income, &[escalates("one_price_for_several", json!({}))]);
}
