//! Lessees that are put right, and leases that are on record by a contract already: L05, L07, L11, L12, L17, L20, L23 and L25 on them.

use super::*;
use crate::{
    loss::facts::{LaterRent, LetAlready, RestrictionFacts},
    register::codes::RestrictionKind,
};

/// A person would run half of the village's greenhouse for five years in the place of the firm, by a lease that a transfer made.
fn in_place(rent: Option<i64>) -> RegistrationFacts {
    let claims = [claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, household(), "1/2")];
    let standing =
        vec![claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, firm(), "1/2")];
    let grants = vec![Granting {
        claim_number: 1,
        claim: claims[1],
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: rent.map(|amount| vec![Payment { due_on: day("2026-07-01"), amount: fen(amount) }]),
        others: vec![],
        made: GrantMade::ByTransfer,
        in_place_of: Some(firm().id),
    }];
    RegistrationFacts { grants, standing, ..registered(&claims) }
}

#[test]
fn who_comes_in_the_place_of_another_shows_a_contract() {
    let figures = json!({"lot": 1, "from_id": firm().id, "to_id": household().id, "until_on": "2031-07-01"});
    check(RuleId::L25, in_place(None), &[escalates("in_place_without_contract", figures)]);
    leaves_alone(RuleId::L25, in_place(Some(1)));
    // It never was public, and so nothing of that is given away.
    leaves_alone(RuleId::L05, in_place(None));
    let mut endless = in_place(None);
    endless.grants[0].term = None;
    leaves_alone(RuleId::L05, endless);
    // What people own is theirs to let.
    let mut private = in_place(None);
    private.claims[0].holder = household();
    leaves_alone(RuleId::L25, private);
}

#[test]
fn rent_that_lapses_later_is_told() {
    let later = |lessor| LaterRent {
        contract: id(80),
        lessor,
        lessee: firm().id,
        amount: fen(5_700_000),
        from: day("2026-06-16"),
    };
    let figures = json!({"given_up_fen": 5_700_000, "lessee_id": firm().id, "from_on": "2026-06-16"});
    let found = [escalates("later_rent_lapses", figures)];
    let corrected = |it| RegistrationFacts { later_rent: vec![later(it)], ..registration() };
    check(RuleId::L20, corrected(east()), &found);
    leaves_alone(RuleId::L20, corrected(household()));
    check(RuleId::L20, AlterationFacts { later_rent: vec![later(east())], ..termination() }, &found);
}

#[test]
fn a_large_lease_goes_to_nobody_else_unseen() {
    let threshold = |exchange_required_above_fen| PolicyValues {
        exchange_required_above_fen,
        ..PolicyValues::national()
    };
    let policy = threshold(11_248_459);
    let found = |cause| [escalates(cause, json!({"lot": 1, "value_fen": 11_248_460}))];
    check_under(&policy, RuleId::L17, in_place(Some(11_248_460)), &found("lessee_put_right_untraded"));
    check_under(&threshold(11_248_460), RuleId::L17, in_place(Some(11_248_460)), &[]);
    let mut same = in_place(Some(11_248_460));
    same.grants[0].in_place_of = None;
    check_under(&policy, RuleId::L17, same.clone(), &[]);
    // Days that are added are let now.
    same.grants[0].made = GrantMade::Lengthened;
    check_under(&policy, RuleId::L17, same, &found("lengthened_untraded"));
    let mut long_ago = in_place(Some(11_248_460));
    long_ago.grants[0].made = GrantMade::LongAgo;
    check_under(&policy, RuleId::L17, long_ago, &[]);
}

#[test]
fn whoever_is_put_right_as_the_lessee_is_asked_what_it_owes() {
    let owed = |since: &str, payments| ArrearsFacts {
        contract: id(80),
        lessor: east(),
        lessee: household().id,
        assets: vec![id(1)],
        amount: fen(7_200_000),
        since: day(since),
        payments,
        on: day("2026-06-15"),
        behind: Vec::new(),
        kin: Vec::new(),
    };
    let owing = |it| RegistrationFacts { arrears: vec![it], ..in_place(Some(1)) };
    leaves_alone(RuleId::L23, owing(owed("2026-05-16", 1)));
    check(RuleId::L23, owing(owed("2026-05-15", 1)), &[warns("rent_overdue", json!({"lot": 1}))]);
    check(RuleId::L23, owing(owed("2026-05-15", 2)), &[escalates("rent_long_overdue", json!({"lot": 1}))]);
    leaves_alone(RuleId::L23, owing(ArrearsFacts { lessor: household(), ..owed("2024-01-01", 2) }));
    let through = ArrearsFacts { lessee: firm().id, behind: vec![household().id], ..owed("2024-01-01", 2) };
    check(RuleId::L23, owing(through), &[escalates("owed_by_one_behind", json!({"to_id": household().id}))]);
    // Nobody who owes rent for it is let it for longer.
    let mut longer = owing(owed("2024-01-01", 2));
    (longer.grants[0].made, longer.grants[0].in_place_of) = (GrantMade::Lengthened, None);
    check(RuleId::L23, longer, &[blocks("renewed_in_arrears", json!({"asset_id": id::<kind::Asset>(1)}))]);
}

#[test]
fn a_ban_keeps_a_lease_from_others() {
    let under = |kind, period| RegistrationFacts {
        restrictions: vec![RestrictionFacts { kind, holder: west().id, period, consent: None }],
        ..in_place(Some(1))
    };
    let ever = || since("2025-01-01");
    let forbidden = [blocks("restriction_forbids", json!({"restriction": "transfer_ban"}))];
    check(RuleId::L12, under(RestrictionKind::TransferBan, ever()), &forbidden);
    let asked = [escalates("let_to_another_under_restriction", json!({"restriction": "dispute"}))];
    check(RuleId::L12, under(RestrictionKind::Dispute, ever()), &asked);
    leaves_alone(RuleId::L12, under(RestrictionKind::Mortgage, ever()));
    leaves_alone(RuleId::L12, under(RestrictionKind::TransferBan, over("2020-01-01", "2021-01-01")));
    leaves_alone(RuleId::L12, under(RestrictionKind::TransferBan, since("2031-07-01")));
}

#[test]
fn a_lease_is_on_record_once() {
    let already = LetAlready { asset: id(1), lessor: east().id, lessee: firm().id, contracts: vec![id(80)] };
    check(
        RuleId::L11,
        TransferFacts { let_already: vec![already], ..lease() },
        &[escalates(
            "lease_on_record",
            json!({"lessee_id": firm().id, "others": [id::<kind::Contract>(80)]}),
        )],
    );
}

#[test]
fn what_nobody_owns_is_told_once() {
    let mut deal = lease();
    deal.lots.truncate(1);
    deal.lots[0].owners = Vec::new();
    deal.lots[0].held = Held { at_start: total("0"), least: total("0") };
    deal.lots[0].holders_after = total("0");
    check(RuleId::L10, deal.clone(), &[blocks("asset_unregistered", json!({"from_id": east().id}))]);
    leaves_alone(RuleId::L50, deal);
}

#[test]
fn what_was_unregistered_lacks_a_right_once_it_is() {
    let unregistered = LettingFacts { registered: Registered::Never, granted: total("0"), ..letting() };
    let contract = ContractFacts { lets: vec![unregistered], ..contract() };
    let mut found = found_by(RuleId::L25, &contract.into(), &PolicyValues::national()).remove(0);
    found.tell_of_registered(&[id(2)]);
    assert_eq!(found.cause.code, "let_asset_unregistered");
    found.tell_of_registered(&[id(2), id(1)]);
    assert_eq!(found.cause.code, "contract_without_right");
}
