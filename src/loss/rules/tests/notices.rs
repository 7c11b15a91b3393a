//! L16: notices that hung on paper, and acts of long ago without one.

use proptest::prelude::*;

use super::*;
use crate::{cases::notices::DayCount, loss::facts::Shown};

/// A notice of some days that nothing else is known of.
fn alone(hung: Period) -> PaperNoticeFacts {
    let photograph = id::<kind::Document>(900);
    PaperNoticeFacts { hung, acquired_on: None, decided_on: None, photograph, shows: Shown::ItAlone }
}

/// A notice that was posted on the first of March, and came down on a day.
fn hung(closed_on: &str, worked_from: Option<&str>) -> NoticeFacts {
    NoticeFacts { worked_from: worked_from.map(day), on_paper: Some(alone(over("2021-03-01", closed_on))) }
}

#[track_caller]
fn check(notice: NoticeFacts, policy: &PolicyValues, causes: &[&str]) {
    let found = finding::check(&notice, policy);
    let found: Vec<_> = found.iter().map(|it| it.cause.code).collect();
    assert_eq!(found, causes);
}

fn national() -> PolicyValues {
    PolicyValues::national()
}

#[test]
fn a_notice_on_paper_hangs_for_the_days_of_the_policy() {
    check(hung("2021-03-12", None), &national(), &["notice_on_paper"]);
    check(hung("2021-03-11", None), &national(), &["notice_short"]);
    let inclusive = PolicyValues { notice_day_count: DayCount::Inclusive, ..national() };
    check(hung("2021-03-11", None), &inclusive, &["notice_on_paper"]);
    check(hung("2021-03-10", None), &inclusive, &["notice_short"]);
    let rests = PolicyValues { rest_days: vec![day("2021-03-11")], ..national() };
    check(hung("2021-03-12", None), &rests, &["notice_short"]);
    check(hung("2021-03-13", None), &rests, &["notice_on_paper"]);
    let none = PolicyValues { notice_days: 0, ..national() };
    check(hung("2021-03-02", None), &none, &["notice_on_paper"]);
}

#[test]
fn what_is_short_is_told_in_figures() {
    let found = finding::check(&hung("2021-03-09", None), &national());
    assert_eq!(
        json!(found[0].figures),
        json!({"posted_days": 7, "needed_days": 10, "opened_on": "2021-03-01", "closed_on": "2021-03-09",
            "due_on": "2021-03-12"})
    );
    assert_eq!(found[0].severity, Severity::Block);
    let inclusive = PolicyValues { notice_day_count: DayCount::Inclusive, ..national() };
    let found = finding::check(&hung("2021-03-09", None), &inclusive);
    assert_eq!(json!(found[0].figures)["posted_days"], 8);
}

#[test]
fn what_is_entered_late_was_made_public_before_it_worked() {
    check(hung("2021-03-12", Some("2021-03-12")), &national(), &["notice_on_paper"]);
    check(hung("2021-03-12", Some("2021-03-11")), &national(), &["notice_after_effect"]);
    check(hung("2021-03-05", Some("2021-03-02")), &national(), &["notice_short", "notice_after_effect"]);
}

#[test]
fn without_a_notice_of_before_whoever_approves_is_told_where_the_policy_asks_for_one() {
    let none = |worked_from: Option<&str>| NoticeFacts { worked_from: worked_from.map(day), on_paper: None };
    check(none(Some("2021-03-01")), &national(), &["notice_missing"]);
    check(none(Some("2021-03-01")), &PolicyValues { notice_days: 0, ..national() }, &[]);
    check(none(None), &national(), &[]);
    let found = finding::check(&none(Some("2021-03-01")), &national());
    assert_eq!(found[0].severity, Severity::Warn);
}

#[test]
fn what_is_made_public_is_there_and_decided_on_by_then() {
    let of = |changed: PaperNoticeFacts| NoticeFacts { worked_from: None, on_paper: Some(changed) };
    let whole = alone(over("2021-03-01", "2021-03-12"));
    let acquired = |on: &str| of(PaperNoticeFacts { acquired_on: Some(day(on)), ..whole });
    check(acquired("2021-03-01"), &national(), &["notice_on_paper"]);
    check(acquired("2021-03-02"), &national(), &["notice_before_acquisition"]);
    let decided = |on: &str| of(PaperNoticeFacts { decided_on: Some(day(on)), ..whole });
    check(decided("2021-03-01"), &national(), &["notice_on_paper"]);
    check(decided("2021-03-02"), &national(), &["notice_before_decision"]);
}

#[test]
fn a_photograph_shows_its_own_notice() {
    let of = |shows| {
        let hung = alone(over("2021-03-01", "2021-03-12"));
        NoticeFacts { worked_from: None, on_paper: Some(PaperNoticeFacts { shows, ..hung }) }
    };
    check(of(Shown::Minutes), &national(), &["photograph_of_minutes"]);
    let other = Shown::OfOtherDays { case: id(901), hung: over("2020-03-01", "2020-03-12") };
    check(of(other), &national(), &["photograph_of_other_days"]);
}

/// Notices of some days in March, and none.
pub(super) fn any_notice() -> impl Strategy<Value = NoticeFacts> {
    (1u32..20, proptest::option::of(1u32..28), any::<bool>()).prop_map(|(days, worked, on_paper)| {
        let march = |it: u32| day(&format!("2021-03-{it:02}"));
        NoticeFacts {
            worked_from: worked.map(march),
            on_paper: on_paper.then(|| alone(Period::new(march(1), Some(march(1 + days))).unwrap())),
        }
    })
}
