//! What a sale or a disposal brings and does not come in: L35; and what a disposal shows: L46.

use super::*;
use crate::register::codes::{DisposalCause, DisposalPaper, DisposalWay};

/// The firm still owes the east village for another asset.
fn owing(due_on: &str) -> ProceedsFacts {
    ProceedsFacts {
        id: id(90),
        asset: id(9),
        creditor: east(),
        payer: firm().id,
        open: fen(1),
        due_on: day(due_on),
        on: day("2026-06-15"),
        behind: vec![],
        kin: vec![],
    }
}

fn sold_to_who_owes(owed: ProceedsFacts) -> TransferFacts {
    TransferFacts { proceeds: vec![owed], ..sale() }
}

#[test]
fn who_owes_a_price_is_sold_nothing_else_without_the_county() {
    leaves_alone(RuleId::L35, sale());
    // The thirtieth day after it fell due, and the one after that.
    leaves_alone(RuleId::L35, sold_to_who_owes(owing("2026-05-16")));
    let found = json!({"payer_id": firm().id, "creditor_id": east().id, "open_fen": 1, "overdue_days": 31,
        "warn_days": 30, "due_on": "2026-05-15"});
    check(
        RuleId::L35,
        sold_to_who_owes(owing("2026-05-15")),
        &[escalates("proceeds_overdue", found.clone())],
    );
    check(
        RuleId::L35,
        TransferFacts { proceeds: vec![owing("2026-05-15")], ..lease() },
        &[escalates("proceeds_overdue", found)],
    );
    let policy = PolicyValues { proceeds_warn_days: 31, ..PolicyValues::national() };
    check_under(&policy, RuleId::L35, sold_to_who_owes(owing("2026-05-15")), &[]);
    // Owed by somebody else, or to somebody else.
    leaves_alone(
        RuleId::L35,
        sold_to_who_owes(ProceedsFacts { payer: household().id, ..owing("2026-01-01") }),
    );
    leaves_alone(RuleId::L35, sold_to_who_owes(ProceedsFacts { creditor: west(), ..owing("2026-01-01") }));
}

#[test]
fn nobody_buys_on_through_others_what_they_still_owe_for() {
    let owed = |behind: &[PartyFacts], kin: &[PartyFacts]| {
        let ids = |all: &[PartyFacts]| all.iter().map(|it| it.id).collect();
        let it = ProceedsFacts { payer: household().id, ..owing("2026-05-15") };
        sold_to_who_owes(ProceedsFacts { behind: ids(behind), kin: ids(kin), ..it })
    };
    leaves_alone(RuleId::L35, owed(&[cooperative()], &[person()]));
    let found = json!({"payer_id": household().id, "to_id": firm().id, "open_fen": 1, "overdue_days": 31});
    check(RuleId::L35, owed(&[firm()], &[]), &[escalates("proceeds_owed_by_one_behind", found.clone())]);
    check(RuleId::L35, owed(&[], &[firm()]), &[warns("proceeds_owed_by_kin", found)]);
}

#[test]
fn a_price_falls_due_within_the_days_of_the_policy() {
    let due = |on: &str| TransferFacts { proceeds_due_on: Some(day(on)), ..sale() };
    leaves_alone(RuleId::L35, due("2026-07-31"));
    let found = json!({"due_on": "2026-08-01", "latest_on": "2026-07-31", "within_days": 30});
    check(RuleId::L35, due("2026-08-01"), &[escalates("proceeds_due_late", found)]);
    let policy = PolicyValues { proceeds_due_days: 31, ..PolicyValues::national() };
    check_under(&policy, RuleId::L35, due("2026-08-01"), &[]);
}

fn disposed(change: impl FnOnce(&mut DisposalFacts)) -> AlterationFacts {
    let mut facts = disposal();
    change(facts.disposal.as_mut().unwrap());
    facts
}

#[test]
fn what_is_compensated_or_repaid_brings_something() {
    let torn_down = |proceeds: Option<i64>, book_value: i64| {
        disposed(|it| {
            it.cause = DisposalCause::Demolition;
            it.proceeds = proceeds.map(fen);
            it.payer = Some(township().id);
            it.asset.book_value = fen(book_value);
        })
    };
    let found = [escalates("nothing_received", json!({"book_value_fen": 1, "way": "demolition"}))];
    check(RuleId::L35, torn_down(None, 1), &found);
    check(RuleId::L35, torn_down(Some(0), 1), &found);
    leaves_alone(RuleId::L35, torn_down(Some(1), 1));
    leaves_alone(RuleId::L35, torn_down(None, 0));
    leaves_alone(RuleId::L35, disposal());
    let unnamed = disposed(|it| it.proceeds = Some(fen(1)));
    check(RuleId::L35, unnamed, &[warns("payer_unnamed", json!({"proceeds_fen": 1}))]);
    // What is a household's is its own affair.
    let mut private = torn_down(None, 1);
    private.lost =
        vec![Lost { asset: id(1), claim: claim(RightKind::Ownership, household(), "1"), rivals: vec![] }];
    leaves_alone(RuleId::L35, private);
}

#[test]
fn each_kind_of_disposal_shows_what_it_has_to() {
    let missing = |cause, way, evidence: &[DisposalPaper], wanted: &[&str]| {
        let facts = disposed(|it| {
            (it.cause, it.way, it.evidence) = (cause, way, evidence.to_vec());
            (it.report, it.serves_until) = (None, Some(day("2026-07-01")));
        });
        let found = json!({"cause": cause.code(), "missing": wanted, "book_value_fen": 90_000_000});
        let found = [escalates("disposal_evidence_missing", found)];
        check(RuleId::L46, facts, if wanted.is_empty() { &[] } else { &found });
    };
    use DisposalCause as Cause;
    use DisposalPaper as Paper;
    missing(Cause::NaturalDisaster, None, &[], &["disaster_proof"]);
    missing(Cause::NaturalDisaster, None, &[Paper::DisasterProof], &[]);
    missing(Cause::Demolition, None, &[], &["official_decision", "compensation_agreement"]);
    missing(Cause::Demolition, None, &[Paper::OfficialDecision], &["compensation_agreement"]);
    missing(Cause::Demolition, None, &[Paper::OfficialDecision, Paper::CompensationAgreement], &[]);
    missing(Cause::EndOfLife, None, &[], &[]);
    missing(Cause::Replaced, None, &[], &["new_project"]);
    missing(Cause::InvestmentEnded, None, &[], &["investment_agreement", "repayment"]);
    missing(Cause::InvestmentEnded, None, &[Paper::InvestmentAgreement], &["repayment"]);
    missing(Cause::LowYield, Some(DisposalWay::Conversion), &[], &["conversion_plan"]);
    missing(Cause::LowYield, Some(DisposalWay::Conversion), &[Paper::ConversionPlan], &[]);
    missing(Cause::LowYield, Some(DisposalWay::Suspension), &[], &["until_day"]);
    missing(Cause::NaturalDisaster, Some(DisposalWay::Suspension), &[], &["until_day"]);
}

#[test]
fn an_authority_or_a_new_project_shows_why_it_ends_early_and_what_does_not_end_is_not_early() {
    let early = |change: fn(&mut DisposalFacts)| {
        disposed(|it| {
            it.report = None;
            change(it);
        })
    };
    let by_decision = early(|it| {
        it.cause = DisposalCause::Demolition;
        it.evidence = vec![DisposalPaper::OfficialDecision, DisposalPaper::CompensationAgreement];
    });
    leaves_alone(RuleId::L46, by_decision);
    let covered = early(|it| (it.cause, it.replaced_by) = (DisposalCause::Replaced, Some(id(105))));
    leaves_alone(RuleId::L46, covered);
    let agreed_alone = early(|it| {
        (it.cause, it.evidence) = (DisposalCause::Demolition, vec![DisposalPaper::CompensationAgreement]);
    });
    let missing = escalates("disposal_evidence_missing", json!({"missing": ["official_decision"]}));
    check(RuleId::L46, agreed_alone, &[blocks("scrapped_early", json!({})), missing]);
    let suspended = early(|it| {
        (it.cause, it.way) = (DisposalCause::LowYield, Some(DisposalWay::Suspension));
        it.until = Some(day("2026-12-01"));
    });
    leaves_alone(RuleId::L46, suspended);
}

#[test]
fn a_fen_is_as_good_as_nothing_where_something_is_compensated_or_repaid() {
    let of = |cause, way, proceeds: Option<i64>, serves_until: &str| {
        let mut facts = disposal();
        let end = facts.disposal.as_mut().unwrap();
        (end.cause, end.way, end.proceeds, end.payer) = (cause, way, proceeds.map(fen), Some(firm().id));
        end.serves_until = Some(day(serves_until));
        facts
    };
    let torn_down = |proceeds, until| of(DisposalCause::Demolition, None, proceeds, until);
    leaves_alone(RuleId::L35, torn_down(Some(45_000_000), "2041-07-01"));
    let found = json!({"book_value_fen": 90_000_000, "received_fen": 44_999_999, "floor_fen": 45_000_000,
        "books_floor_bp": 5000, "cause": "demolition", "way": "demolition"});
    check(
        RuleId::L35,
        torn_down(Some(44_999_999), "2041-07-01"),
        &[escalates("received_far_below_books", found)],
    );
    // What has served its life is compensated by what is left of it.
    leaves_alone(RuleId::L35, torn_down(Some(1), "2026-07-01"));
    let repaid = |proceeds| of(DisposalCause::InvestmentEnded, None, Some(proceeds), "2026-07-01");
    leaves_alone(RuleId::L35, repaid(90_000_000));
    check(RuleId::L35, repaid(1), &[escalates("received_far_below_books", json!({"way": "withdrawal"}))]);
    // What is scrapped: before its time, and where it would serve on.
    let scrapped = |cause, proceeds| of(cause, Some(DisposalWay::Scrapping), proceeds, "2041-07-01");
    let far_below = [escalates("received_far_below_books", json!({"way": "scrapping"}))];
    check(RuleId::L35, scrapped(DisposalCause::EndOfLife, Some(1)), &far_below);
    check(RuleId::L35, scrapped(DisposalCause::EndOfLife, None), &far_below);
    check(RuleId::L35, scrapped(DisposalCause::LowYield, None), &far_below);
    leaves_alone(RuleId::L35, scrapped(DisposalCause::LowYield, Some(45_000_000)));
    leaves_alone(
        RuleId::L35,
        of(DisposalCause::EndOfLife, Some(DisposalWay::Scrapping), Some(1), "2026-07-01"),
    );
    // Whoever says what came of what a flood took is asked no more than whoever says nothing.
    leaves_alone(RuleId::L35, scrapped(DisposalCause::NaturalDisaster, None));
    leaves_alone(RuleId::L35, scrapped(DisposalCause::NaturalDisaster, Some(1)));
    // A new project takes its place; and a road is bought by nobody.
    leaves_alone(RuleId::L35, scrapped(DisposalCause::Replaced, None));
    let mut road = scrapped(DisposalCause::LowYield, None);
    road.disposal.as_mut().unwrap().asset.class = AssetClass::PublicWelfare;
    leaves_alone(RuleId::L35, road.clone());
    let paid_for = road.disposal.as_mut().unwrap();
    paid_for.proceeds = Some(fen(1));
    check(RuleId::L35, road, &far_below);
    let policy = PolicyValues { exchange_required_above_fen: 90_000_000, ..PolicyValues::national() };
    let warned = [warns("scrapped_below_books", json!({"received_fen": 1}))];
    check_under(&policy, RuleId::L35, scrapped(DisposalCause::EndOfLife, Some(1)), &warned);
}
