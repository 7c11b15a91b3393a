//! Who decides for a collective that ended (L15): itself to the day before, whoever succeeds to it from that day on, and nobody where the
//! state does.

use super::*;
use crate::loss::facts::Successor;

fn heir() -> PartyFacts {
    party(60, PartyKind::VillageCollective)
}

/// The east village, which ended on 10 May 2026.
fn ended(succeeded_by: Option<PartyFacts>) -> PartyFacts {
    let succeeded_by = succeeded_by.map(|it| Successor { id: it.id, sector: it.sector() });
    PartyFacts { ended_on: Some(day("2026-05-10")), succeeded_by, ..east() }
}

fn on(day: &str, by: Option<PartyFacts>) -> DecisionFacts {
    decided_on(day, by, DecisionBody::MembersAssembly, [100, 80, 75])
}

fn given(by: PartyFacts, decisions: Vec<DecisionFacts>) -> TransferFacts {
    let mut deal = TransferFacts { decisions, ..sale() };
    deal.lots[0].from = by;
    deal
}

#[test]
fn whoever_succeeds_decides_from_the_day_of_the_end_on() {
    let by_heir = |day| given(ended(Some(heir())), vec![on(day, Some(heir()))]);
    leaves_alone(RuleId::L15, by_heir("2026-05-10"));
    leaves_alone(RuleId::L15, by_heir("2026-05-11"));
    let early = json!({"by_id": heir().id, "party_id": east().id, "decided_on": "2026-05-09", "ended_on": "2026-05-10"});
    check(RuleId::L15, by_heir("2026-05-09"), &[blocks("decided_before_succession", early)]);
}

#[test]
fn a_collective_decides_to_the_day_before_its_end() {
    let late = [blocks("decided_after_its_end", json!({"party_id": east().id, "ended_on": "2026-05-10"}))];
    for succeeded_by in [None, Some(heir())] {
        let by_itself = |day| given(ended(succeeded_by), vec![on(day, Some(east()))]);
        leaves_alone(RuleId::L15, by_itself("2026-05-09"));
        check(RuleId::L15, by_itself("2026-05-10"), &late);
        check(RuleId::L15, by_itself("2026-05-11"), &late);
    }
    // Where nobody is said to have taken it, whoever was there to decide did.
    let unsaid = |succeeded_by, day| given(ended(succeeded_by), vec![on(day, None)]);
    leaves_alone(RuleId::L15, unsaid(Some(heir()), "2026-05-10"));
    leaves_alone(RuleId::L15, unsaid(None, "2026-05-09"));
    check(RuleId::L15, unsaid(None, "2026-05-10"), &late);
}

#[test]
fn what_the_state_took_over_no_assembly_decides_on() {
    let undecided = |succeeded_by| given(ended(succeeded_by), vec![]);
    leaves_alone(RuleId::L15, undecided(Some(township())));
    let missing = [blocks("decision_missing", json!({"party_id": east().id}))];
    check(RuleId::L15, undecided(Some(heir())), &missing);
    check(RuleId::L15, undecided(None), &missing);
}

#[test]
fn a_stranger_decides_for_no_collective_that_ended() {
    let another = [blocks("decision_of_another", json!({"party_id": east().id, "by_id": west().id}))];
    for succeeded_by in [None, Some(heir())] {
        check(RuleId::L15, given(ended(succeeded_by), vec![on("2026-05-20", Some(west()))]), &another);
    }
}

#[test]
fn whoever_decides_for_one_that_ended_is_no_stranger_to_the_other() {
    let mut deal = TransferFacts { decisions: vec![on("2026-05-20", Some(heir()))], ..lease() };
    deal.lots[0].from = ended(Some(heir()));
    check(RuleId::L15, deal, &[blocks("decision_missing", json!({"party_id": west().id}))]);
}

#[test]
fn other_terms_of_a_contract_end_no_right_and_want_a_decision_as_a_lease_does() {
    let amended = AlterationFacts { lost: vec![], decisions: vec![], ..termination() };
    let found = json!({"party_id": east().id, "matter": "lease"});
    check(RuleId::L15, amended, &[blocks("decision_missing", found)]);
}
