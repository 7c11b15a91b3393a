//! What ends rights or changes the asset under them: L11, L12, L15, L46 and L48.

use super::*;
use crate::{
    cases::decision::Matter,
    loss::facts::{Rebinding, Rebound, Reclassed, RestrictionFacts, Rival, RivalAct},
    register::codes::{DisposalCause, DisposalPaper, RestrictionKind},
};

fn lost(holder: PartyFacts, right: RightKind) -> Lost {
    Lost { asset: id(1), claim: claim(right, holder, "1/3"), rivals: vec![] }
}

fn restriction(kind: RestrictionKind) -> RestrictionFacts {
    RestrictionFacts { kind, holder: firm().id, period: since("2025-01-01"), consent: None }
}

fn disposed(change: impl FnOnce(&mut DisposalFacts)) -> AlterationFacts {
    let mut facts = disposal();
    change(facts.disposal.as_mut().unwrap());
    facts
}

#[test]
fn an_asset_goes_before_its_time_only_with_proof() {
    let early = |cause| disposed(|it| (it.cause, it.report) = (cause, None));
    for cause in DisposalCause::ALL.iter().copied().filter(|it| it.ends_a_service_life()) {
        let mut found = vec![blocks(
            "scrapped_early",
            json!({"asset_id": id::<kind::Asset>(1), "cause": cause.code(), "disposed_on": "2026-07-01",
                "serves_until_on": "2041-07-01", "book_value_fen": 90_000_000}),
        )];
        // What its kind has to show whatever its age is told in the same look.
        let always = match cause {
            DisposalCause::NaturalDisaster => json!(["disaster_proof"]),
            DisposalCause::Demolition => json!(["official_decision", "compensation_agreement"]),
            DisposalCause::Replaced => json!(["new_project"]),
            _ => json!([]),
        };
        if always != json!([]) {
            found.push(escalates("disposal_evidence_missing", json!({"missing": always})));
        }
        check(RuleId::L46, early(cause), &found);
    }
    leaves_alone(RuleId::L46, disposal());
    let repaid = disposed(|it| {
        (it.cause, it.report, it.proceeds) = (DisposalCause::InvestmentEnded, None, Some(fen(1)));
        it.evidence = vec![DisposalPaper::InvestmentAgreement];
    });
    leaves_alone(RuleId::L46, repaid);
}

#[test]
fn one_paper_that_is_several_is_a_warning() {
    let kinds = vec![DisposalPaper::OfficialDecision, DisposalPaper::CompensationAgreement];
    let torn_down = disposed(|it| {
        (it.cause, it.report, it.evidence) = (DisposalCause::Demolition, None, kinds.clone());
        it.of_several_kinds = vec![(id(106), kinds.clone())];
    });
    let papers = json!({"document_id": id::<kind::Document>(106), "papers": ["official_decision", "compensation_agreement"]});
    check(RuleId::L46, torn_down, &[warns("one_paper_for_several", papers)]);
}

#[test]
fn what_has_served_its_time_needs_no_proof() {
    let worn_out = |serves_until| {
        let cause = DisposalCause::EndOfLife;
        disposed(|it| (it.cause, it.report, it.serves_until) = (cause, None, serves_until))
    };
    let until = |day_of: &str| worn_out(Some(day(day_of)));
    leaves_alone(RuleId::L46, until("2026-07-01"));
    check(RuleId::L46, until("2026-07-02"), &[blocks("scrapped_early", json!({}))]);
    check(RuleId::L46, worn_out(None), &[]);
}

#[test]
fn nothing_but_a_disposal_scraps_an_asset() {
    leaves_alone(RuleId::L46, termination());
    leaves_alone(RuleId::L46, sale());
}

#[test]
fn a_restriction_on_an_asset_stands_in_the_way_of_its_end() {
    let under = |it: RestrictionFacts| AlterationFacts { restrictions: vec![(id(1), it)], ..disposal() };
    for kind in [RestrictionKind::Seizure, RestrictionKind::TransferBan] {
        let consents = RestrictionFacts { consent: Some(id(103)), ..restriction(kind) };
        for it in [restriction(kind), consents] {
            check(
                RuleId::L12,
                under(it),
                &[blocks("restriction_forbids", json!({"restriction": kind.code()}))],
            );
        }
    }
    for kind in [RestrictionKind::Mortgage, RestrictionKind::Pledge, RestrictionKind::Dispute] {
        let found =
            json!({"asset_id": id::<kind::Asset>(1), "holder_id": firm().id, "restriction": kind.code()});
        check(RuleId::L12, under(restriction(kind)), &[escalates("consent_of_holder_missing", found)]);
        leaves_alone(RuleId::L12, under(RestrictionFacts { consent: Some(id(103)), ..restriction(kind) }));
    }
}

#[test]
fn nothing_ends_that_was_promised_to_somebody() {
    let promised = |rivals: Vec<Rival>| {
        let mut facts = disposal();
        facts.lost[1].rivals = rivals;
        facts
    };
    let sale = |span| Rival { by: RivalAct::Pending(id(70)), share: part("1/4"), span };
    check(
        RuleId::L11,
        promised(vec![sale(since("2026-08-01"))]),
        &[blocks(
            "promised_twice",
            json!({"asset_id": id::<kind::Asset>(1), "from_id": west().id, "right": "ownership",
                "held_share": "1/3", "promised_share": "7/12", "others": [id::<kind::Case>(70)]}),
        )],
    );
    leaves_alone(RuleId::L11, promised(vec![sale(over("2024-07-01", "2026-07-01"))]));
    leaves_alone(RuleId::L11, disposal());
    leaves_alone(RuleId::L11, termination());
}

#[test]
fn each_collective_that_it_concerns_has_decided() {
    let undecided = AlterationFacts { decisions: vec![], ..termination() };
    check(
        RuleId::L15,
        undecided,
        &[blocks("alteration_undecided", json!({"party_id": east().id, "matter": "lease"}))],
    );
    let by_delegates = |matter| AlterationFacts {
        matter,
        decisions: vec![decided_by(None, DecisionBody::DelegatesAssembly, [30, 20, 20])],
        ..termination()
    };
    leaves_alone(RuleId::L15, by_delegates(Matter::Disposal));
    leaves_alone(RuleId::L15, by_delegates(Matter::Confirmation));
    check(RuleId::L15, by_delegates(Matter::IncomeShares), &[blocks("wrong_body", json!({}))]);
    leaves_alone(
        RuleId::L15,
        AlterationFacts { concerned: vec![firm(), township()], decisions: vec![], ..termination() },
    );
}

#[test]
fn a_household_loses_nothing_without_its_consent() {
    let of_household = AlterationFacts { lost: vec![lost(household(), RightKind::Income)], ..termination() };
    check(
        RuleId::L48,
        of_household.clone(),
        &[blocks(
            "household_consent_missing",
            json!({"from_id": household().id, "right": "income", "lost_share": "1/3"}),
        )],
    );
    leaves_alone(RuleId::L48, AlterationFacts { owner_consent: Some(id(102)), ..of_household });
    leaves_alone(RuleId::L48, termination());
}

#[test]
fn what_a_household_owns_is_no_longer_a_household_s_with_its_consent_alone() {
    let reclassed = |owner, owner_consent| AlterationFacts {
        reclassed: vec![Reclassed { asset: id(1), owner, class: AssetClass::Operating }],
        owner_consent,
        ..termination()
    };
    for owner in [household(), person()] {
        let found = json!({"from_id": owner.id, "asset_id": id::<kind::Asset>(1), "class": "operating"});
        check(RuleId::L48, reclassed(owner, None), &[blocks("household_asset_reclassed", found)]);
        leaves_alone(RuleId::L48, reclassed(owner, Some(id(102))));
    }
    leaves_alone(RuleId::L48, reclassed(east(), None));
}

#[test]
fn a_contract_binds_people_to_no_more_and_leaves_them_no_less_without_their_consent() {
    let rebound = |party, by, owner_consent| AlterationFacts {
        rebound: vec![Rebound { party, by }],
        owner_consent,
        ..termination()
    };
    for (by, cause) in [
        (Rebinding::Lets, "household_contract_eased"),
        (Rebinding::Owes, "household_bound_to_more"),
        (Rebinding::Loses, "household_lease_lost"),
    ] {
        let found = json!({"from_id": household().id});
        check(RuleId::L48, rebound(household(), by, None), &[blocks(cause, found)]);
        leaves_alone(RuleId::L48, rebound(household(), by, Some(id(102))));
        leaves_alone(RuleId::L48, rebound(firm(), by, None));
    }
}
