//! Where money goes: L35, L36 and L38.

use super::*;

/// A village gives a household a part of the income of a greenhouse for nothing.
fn certificate(part_of_it: &str, term: Option<Period>) -> TransferFacts {
    TransferFacts {
        right: RightKind::Income,
        lots: vec![lot(1, east(), household(), part_of_it)],
        consideration: Consideration::Nothing,
        term,
        trade: None,
        ..sale()
    }
}

#[test]
fn the_income_of_an_asset_is_not_one_household_s_for_good() {
    leaves_alone(RuleId::L22, certificate("1/2", None));
    let found = json!({"from_id": east().id, "to_id": household().id, "asset_id": greenhouse(1).id, "given_share": "1/1"});
    check(RuleId::L22, certificate("1", None), &[escalates("income_to_one_household", found)]);
    // In two slices it is as much; for a year it is looked at anew.
    let mut sliced = certificate("1/2", None);
    sliced.lots.push(lot(1, east(), household(), "1/3"));
    check(RuleId::L22, sliced, &[escalates("income_to_one_household", json!({"given_share": "5/6"}))]);
    leaves_alone(RuleId::L22, certificate("1", Some(over("2026-07-01", "2027-07-01"))));
    let mut to_several = certificate("1/2", None);
    to_several.lots.push(lot(1, east(), person(), "1/2"));
    leaves_alone(RuleId::L22, to_several);
    leaves_alone(RuleId::L22, given_by(household(), certificate("1", None)));
    let standing = |part_of_it, term| {
        let claim = claim(RightKind::Income, household(), part_of_it);
        let grant = Granting {
            claim_number: 2,
            claim,
            term,
            rent: None,
            others: vec![],
            made: GrantMade::LongAgo,
            in_place_of: None,
        };
        RegistrationFacts { grants: vec![grant], ..registration() }
    };
    leaves_alone(RuleId::L22, standing("1/2", None));
    leaves_alone(RuleId::L22, standing("1", Some(over("2026-07-01", "2027-07-01"))));
    check(RuleId::L22, standing("1", None), &[warns("income_is_one_household_s", json!({"lot": 2}))]);
}

fn paid_to(payee: PartyFacts) -> TransferFacts {
    TransferFacts { pay_to: Some(payee), ..sale() }
}

#[test]
fn the_price_goes_to_whoever_gives() {
    leaves_alone(RuleId::L35, sale());
    leaves_alone(RuleId::L35, paid_to(east()));
    for other in [west(), township(), firm(), cooperative()] {
        check(
            RuleId::L35,
            paid_to(other),
            &[blocks("paid_to_another", json!({"payee_id": other.id, "from_id": east().id}))],
        );
    }
}

#[test]
fn money_of_a_collective_goes_to_no_person() {
    for payee in [officer(), household()] {
        check(
            RuleId::L35,
            paid_to(payee),
            &[blocks("paid_to_person", json!({"payee_id": payee.id, "from_id": east().id}))],
        );
        check(
            RuleId::L35,
            given_by(township(), paid_to(payee)),
            &[blocks("paid_to_another", json!({"payee_id": payee.id, "from_id": township().id}))],
        );
    }
}

#[test]
fn a_private_giver_has_its_money_paid_to_whom_it_likes() {
    for giver in [household(), person(), firm(), cooperative()] {
        leaves_alone(RuleId::L35, given_by(giver, paid_to(officer())));
    }
}

#[test]
fn where_no_money_is_agreed_upon_none_goes_astray() {
    leaves_alone(RuleId::L35, TransferFacts { consideration: Consideration::Nothing, ..paid_to(officer()) });
    let swap = swapped(vec![lot(1, east(), firm(), "1")], vec![lot(2, firm(), east(), "1")]);
    leaves_alone(RuleId::L35, TransferFacts { pay_to: Some(officer()), ..swap });
}

#[test]
fn one_village_does_not_take_the_rent_of_both() {
    let mut deal = TransferFacts { pay_to: Some(east()), ..lease() };
    deal.lots.extend(lease().lots);

    check(
        RuleId::L35,
        deal,
        &[blocks("paid_to_another", json!({"payee_id": east().id, "from_id": west().id}))],
    );
}

#[test]
fn a_part_of_the_income_goes_into_the_account_of_whose_part_it_is() {
    let mut plan = distribution();
    leaves_alone(RuleId::L35, plan.clone());

    plan.lines[1].account_owner = officer().id;

    check(
        RuleId::L35,
        plan,
        &[blocks(
            "account_of_another",
            json!({"party_id": household().id, "owner_id": officer().id, "amount_fen": 4_000_000, "lot": 1}),
        )],
    );
}

fn planned(amount: i64) -> DistributionFacts {
    DistributionFacts { lines: vec![line(east(), Purpose::PublicPosts, amount)], ..distribution() }
}

#[test]
fn no_more_is_distributed_than_was_received_and_not_kept_back() {
    leaves_alone(RuleId::L36, planned(7_000_000));
    check(
        RuleId::L36,
        planned(7_000_001),
        &[blocks(
            "more_than_received",
            json!({"planned_fen": 7_000_001, "available_fen": 7_000_000, "received_fen": 10_000_000,
                "reserved_fen": 3_000_000, "at_risk_fen": 1}),
        )],
    );
}

#[test]
fn all_lines_of_a_plan_count_together() {
    let mut plan = distribution();
    plan.lines.push(line(west(), Purpose::Reserve, 1));

    check(RuleId::L36, plan, &[blocks("more_than_received", json!({"planned_fen": 7_000_001}))]);
}

#[test]
fn where_more_is_kept_back_than_received_nothing_can_be_distributed() {
    let plan = |amount| DistributionFacts { reserved: fen(10_000_001), ..planned(amount) };
    leaves_alone(RuleId::L36, plan(0));
    check(RuleId::L36, plan(1), &[blocks("more_than_received", json!({"available_fen": 0}))]);
}

#[test]
fn a_plan_that_no_amount_can_hold_is_too_much_too() {
    let lines = vec![line(east(), Purpose::Reserve, Fen::MAX), line(west(), Purpose::Reserve, Fen::MAX)];

    check(
        RuleId::L36,
        DistributionFacts { lines, ..distribution() },
        &[blocks("more_than_received", json!({"planned_fen": Fen::MAX}))],
    );
}

fn used_for(code: &str) -> DistributionFacts {
    let mut plan = distribution();
    plan.lines[1].use_code = Some(code.to_owned());
    plan
}

#[test]
fn income_is_put_to_no_use_of_the_national_list() {
    let forbidden = PolicyValues::national().forbidden_uses;
    assert_eq!(forbidden.len(), 8);
    for code in forbidden {
        check(
            RuleId::L38,
            used_for(&code),
            &[blocks("use_forbidden", json!({"use": code, "amount_fen": 4_000_000, "lot": 1}))],
        );
    }
    leaves_alone(RuleId::L38, used_for("road_repair"));
    leaves_alone(RuleId::L38, distribution());
}

#[test]
fn a_county_can_forbid_more_uses_and_whole_purposes() {
    let forbidden_uses = ["banquets", "public_posts"].map(str::to_owned).to_vec();
    let policy = PolicyValues { forbidden_uses, ..PolicyValues::national() };

    check_under(
        &policy,
        RuleId::L38,
        used_for("vehicles_and_phones"),
        &[blocks("use_forbidden", json!({"use": "public_posts", "lot": 1}))],
    );
    check_under(
        &policy,
        RuleId::L38,
        used_for("banquets"),
        &[
            blocks("use_forbidden", json!({"use": "public_posts", "lot": 1})),
            blocks("use_forbidden", json!({"use": "banquets", "lot": 1})),
        ],
    );
}
