//! When shares have to be the whole (L50): after every deal in what somebody owns, and where grants do not follow each other.

use super::*;

#[test]
fn what_somebody_owns_or_holds_is_whole_after_a_deal() {
    let broken = |owners: Vec<PartyFacts>, held: &str| {
        let mut deal = sale();
        deal.lots[0].owners = owners;
        deal.lots[0].held = Held { at_start: total(held), least: total(held) };
        deal.lots[0].holders_after = total("2/3");
        deal
    };
    let found = [blocks("shares_not_whole", json!({"sum_share": "2/3", "lot": 0}))];
    check(RuleId::L50, broken(vec![east()], "0"), &found);
    check(RuleId::L50, broken(vec![], "2/3"), &found);
    // What was never registered has no shares.
    leaves_alone(RuleId::L50, broken(vec![], "0"));
}

#[test]
fn grants_of_a_term_follow_each_other_and_others_do_not() {
    let claims = [
        claim(RightKind::Ownership, east(), "1"),
        claim(RightKind::Management, firm(), "1"),
        claim(RightKind::Management, household(), "1/2"),
        claim(RightKind::Income, household(), "1/2"),
    ];
    let grant = |number: usize, term| Granting {
        claim_number: number,
        claim: claims[number],
        term,
        rent: None,
        others: vec![],
        made: GrantMade::LongAgo,
        in_place_of: None,
    };
    let term = Some(over("2026-07-01", "2031-07-01"));
    let granted = |grants| RegistrationFacts { grants, ..registered(&claims) };
    leaves_alone(RuleId::L50, granted(vec![grant(1, term), grant(2, term)]));
    let found = [blocks("shares_not_whole", json!({"right": "management", "sum_share": "3/2"}))];
    check(RuleId::L50, granted(vec![grant(1, None), grant(2, None)]), &found);
    // That the income is granted for a term says nothing of the management.
    check(RuleId::L50, granted(vec![grant(1, None), grant(2, None), grant(3, term)]), &found);
}
