//! Leases without an end that stand when an asset is registered (L18), or are given on (L09).

use super::*;

/// A firm runs what somebody owns, with no end to it, for one payment or for nothing.
fn standing(owner: PartyFacts, term: Option<Period>, rent: Option<i64>) -> RegistrationFacts {
    let claims = [claim(RightKind::Ownership, owner, "1"), claim(RightKind::Management, firm(), "1")];
    let grants = vec![Granting {
        claim_number: 1,
        claim: claims[1],
        term,
        rent: rent.map(|amount| vec![Payment { due_on: day("2026-07-01"), amount: fen(amount) }]),
        others: vec![],
        made: GrantMade::LongAgo,
        in_place_of: None,
    }];
    RegistrationFacts { grants, ..registered(&claims) }
}

#[test]
fn what_is_had_for_a_rent_ends_and_what_is_had_for_nothing_is_given_away() {
    let endless = [blocks("term_without_end", json!({"lot": 1, "from_id": east().id, "to_id": firm().id}))];
    for term in [None, Some(since("2026-07-01"))] {
        check(RuleId::L18, standing(east(), term, Some(1)), &endless);
    }
    leaves_alone(RuleId::L18, standing(east(), None, None));
    check(RuleId::L05, standing(east(), None, None), &[blocks("registered_for_nothing", json!({}))]);
}

#[test]
fn whoever_owns_an_asset_itself_lets_it_for_as_long_as_it_likes() {
    for owner in [household(), cooperative()] {
        leaves_alone(RuleId::L18, standing(owner, Some(since("2026-07-01")), Some(1)));
    }
}

#[test]
fn management_without_an_end_has_no_price_of_the_whole() {
    let mut deal = TransferFacts {
        right: RightKind::Management,
        consideration: Consideration::Price(fen(80_000_000)),
        ..given_by(firm(), sale())
    };
    deal.lots[0].to = household();
    deal.lots[0].acquired =
        vec![Acquired { from: east(), on: day("2026-01-01"), term: None, share: part("2/3"), paid: fen(1) }];
    leaves_alone(RuleId::L09, deal.clone());
    deal.right = RightKind::Income;
    check(RuleId::L09, deal, &[warns("sold_on_for_more", json!({"right": "income"}))]);
}
