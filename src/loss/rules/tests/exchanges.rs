//! Which leases that a registration or a correction says something of were to be offered in the open (L17).

use super::*;

/// The firm runs the village's greenhouse for five years and 300,000 yuan, by what is said of it.
fn said(made: GrantMade, in_place_of: Option<PartyFacts>, from: &str) -> RegistrationFacts {
    let claims = [claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, firm(), "1")];
    let grants = vec![Granting {
        claim_number: 1,
        claim: claims[1],
        term: Some(over(from, "2031-07-01")),
        rent: Some(vec![Payment { due_on: day(from), amount: fen(30_000_000) }]),
        others: vec![],
        made,
        in_place_of: in_place_of.map(|it| it.id),
    }];
    RegistrationFacts { grants, ..registered(&claims) }
}

/// The same by a correction of what is on record.
fn corrected(made: GrantMade, in_place_of: Option<PartyFacts>, from: &str) -> RegistrationFacts {
    let standing =
        vec![claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, person(), "1")];
    RegistrationFacts { standing, ..said(made, in_place_of, from) }
}

#[test]
fn a_correction_of_a_late_lease_is_no_lease_of_today() {
    let from = "2026-07-01";
    check(
        RuleId::L17,
        said(GrantMade::Lately, None, from),
        &[escalates("lease_of_today_untraded", json!({"lot": 1, "value_fen": 30_000_000}))],
    );
    leaves_alone(RuleId::L17, corrected(GrantMade::Lately, None, from));
    check(
        RuleId::L17,
        corrected(GrantMade::Lately, Some(person()), from),
        &[escalates("lessee_put_right_untraded", json!({"lot": 1, "from_id": person().id}))],
    );
}

#[test]
fn what_began_before_there_were_exchanges_was_offered_on_none() {
    let put_right = |from| corrected(GrantMade::ByTransfer, Some(person()), from);
    leaves_alone(RuleId::L17, put_right("2014-12-31"));
    for from in ["2015-01-01", "2015-01-02"] {
        check(
            RuleId::L17,
            put_right(from),
            &[escalates("lessee_put_right_untraded", json!({"from_on": from}))],
        );
    }
}
