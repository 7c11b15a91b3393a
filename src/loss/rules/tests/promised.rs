//! What is lost by a right that is given away twice, and who let what is let twice (L11).

use super::*;
use crate::loss::facts::{Rival, RivalAct};

fn beside(taken: &str, mut deal: TransferFacts) -> TransferFacts {
    let span = deal.span();
    deal.lots[0].rivals = vec![Rival { by: RivalAct::Pending(id(70)), share: part(taken), span }];
    deal
}

#[test]
fn what_is_sold_twice_is_at_risk_by_the_books_and_a_term_is_worth_what_they_do_not_say() {
    // Of 900,000 yuan in the books a quarter is promised beyond the two thirds that the village has.
    let found = json!({"held_share": "2/3", "promised_share": "11/12", "at_risk_fen": 22_500_000});
    check(RuleId::L11, beside("1/4", sale()), &[blocks("promised_twice", found)]);
    let found = json!({"promised_share": "11/12", "at_risk_fen": null});
    check(RuleId::L11, beside("1/4", lease()), &[blocks("promised_twice", found)]);
}

#[test]
fn the_owner_lets_what_is_let_twice_when_it_is_registered() {
    let claims = [claim(RightKind::Management, firm(), "1"), claim(RightKind::Ownership, east(), "1")];
    let grants = vec![Granting {
        claim_number: 0,
        claim: claims[0],
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: None,
        others: vec![id(80)],
        made: GrantMade::LongAgo,
        in_place_of: None,
    }];
    let found = json!({"lot": 0, "lessor_id": east().id, "lessee_id": firm().id});
    check(RuleId::L11, RegistrationFacts { grants, ..registered(&claims) }, &[blocks("let_twice", found)]);
}
