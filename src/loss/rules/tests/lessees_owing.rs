//! What whoever is put right as a lessee owes, or would rent for longer (L23): of whose debts it is asked, and from which day on.

use super::*;

/// A grant of a part of the management that begins with the act.
fn grant(claim_number: usize, claim: Claim, made: GrantMade, in_place_of: Option<PartyFacts>) -> Granting {
    Granting {
        claim_number,
        claim,
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: Some(vec![]),
        others: vec![],
        made,
        in_place_of: in_place_of.map(|it| it.id),
    }
}

/// The household owes the village two payments of long ago for the greenhouse, and would have something of it by some grants.
fn owing(granted: &[(&str, GrantMade, Option<PartyFacts>)]) -> RegistrationFacts {
    let owner = [claim(RightKind::Ownership, east(), "1")];
    let parts = granted.iter().map(|(part, ..)| claim(RightKind::Management, household(), part));
    let claims: Vec<_> = owner.into_iter().chain(parts).collect();
    let grants = granted.iter().enumerate();
    let grants = grants.map(|(at, (_, made, of))| grant(at + 1, claims[at + 1], *made, *of)).collect();
    RegistrationFacts {
        grants,
        standing: claims.clone(),
        arrears: vec![owed("2024-01-01", 2)],
        ..registered(&claims)
    }
}

fn owed(since: &str, payments: u32) -> ArrearsFacts {
    ArrearsFacts {
        contract: id(80),
        lessor: east(),
        lessee: household().id,
        assets: vec![id(1)],
        amount: fen(7_200_000),
        since: day(since),
        payments,
        on: day("2026-06-15"),
        behind: vec![],
        kin: vec![],
    }
}

#[test]
fn nobody_answers_for_the_debts_of_strangers() {
    let in_place = owing(&[("1", GrantMade::ByTransfer, Some(firm()))]);
    check(RuleId::L23, in_place.clone(), &[escalates("rent_long_overdue", json!({"lot": 1}))]);
    let strange = ArrearsFacts { lessee: person().id, ..owed("2024-01-01", 2) };
    leaves_alone(RuleId::L23, RegistrationFacts { arrears: vec![strange], ..in_place });
}

#[test]
fn a_lease_that_stays_whose_it_was_is_no_new_one() {
    leaves_alone(RuleId::L23, owing(&[("1", GrantMade::ByTransfer, None)]));
}

#[test]
fn of_two_grants_the_days_that_are_added_are_told() {
    let in_place = ("1/2", GrantMade::ByTransfer, Some(firm()));
    let lengthened = ("1/4", GrantMade::Lengthened, None);
    let renewed = |lot| [blocks("renewed_in_arrears", json!({"lot": lot}))];
    check(RuleId::L23, owing(&[in_place, lengthened]), &renewed(2));
    check(RuleId::L23, owing(&[lengthened, in_place]), &renewed(1));
}

#[test]
fn one_payment_goes_to_the_county_the_day_after_the_last_of_the_policy() {
    let since = |since| RegistrationFacts {
        arrears: vec![owed(since, 1)],
        ..owing(&[("1", GrantMade::ByTransfer, Some(firm()))])
    };
    // 180 days before the day as of which it is owed, 181 and 182.
    check(RuleId::L23, since("2025-12-17"), &[warns("rent_overdue", json!({"overdue_days": 180}))]);
    for (day, overdue) in [("2025-12-16", 181), ("2025-12-15", 182)] {
        check(RuleId::L23, since(day), &[escalates("rent_long_overdue", json!({"overdue_days": overdue}))]);
    }
}
