//! Days that somebody chose: L03 on the days by which an appraisal grows old, and L52.

use super::*;

/// A sale of a day, entered on another.
fn entered_on(effective_on: &str, on: &str, explained: bool) -> TransferFacts {
    let entered = Entered { on: day(on), explained, of_its_day: explained };
    TransferFacts { effective_on: day(effective_on), entered, today: day(on), ..sale() }
}

#[test]
fn what_is_entered_within_a_quarter_is_entered_in_time() {
    for on in ["2026-07-01", "2026-05-20", "2026-09-29"] {
        leaves_alone(RuleId::L52, entered_on("2026-07-01", on, false));
    }
    check(
        RuleId::L52,
        entered_on("2026-07-01", "2026-09-30", false),
        &[escalates(
            "entered_late",
            json!({"effective_on": "2026-07-01", "entered_on": "2026-09-30", "late_days": 91, "allowed_days": 90}),
        )],
    );
    leaves_alone(RuleId::L52, entered_on("2026-07-01", "2029-09-30", true));
}

#[test]
fn an_alteration_is_entered_in_time_as_well() {
    let ended = |on: &str, explained| AlterationFacts {
        entered: Entered { on: day(on), explained, of_its_day: explained },
        ..termination()
    };
    leaves_alone(RuleId::L52, ended("2026-09-29", false));
    check(RuleId::L52, ended("2027-07-01", false), &[escalates("entered_late", json!({"late_days": 365}))]);
    leaves_alone(RuleId::L52, ended("2027-07-01", true));
}

#[test]
fn a_county_says_how_long_an_entry_may_take() {
    let policy = PolicyValues { late_entry_days: 30, ..PolicyValues::national() };

    check_under(&policy, RuleId::L52, entered_on("2026-07-01", "2026-07-31", false), &[]);
    check_under(
        &policy,
        RuleId::L52,
        entered_on("2026-07-01", "2026-08-01", false),
        &[escalates("entered_late", json!({"allowed_days": 30}))],
    );
}

#[test]
fn nobody_keeps_an_appraisal_fresh_by_dating_a_sale_back() {
    leaves_alone(RuleId::L03, entered_on("2026-07-01", "2027-06-01", false));
    check(
        RuleId::L03,
        entered_on("2026-07-01", "2027-06-02", false),
        &[blocks("appraisal_stale", json!({"deal_on": "2027-06-02"}))],
    );
    // What is entered late, and says why, is looked at as of its own days.
    leaves_alone(RuleId::L03, entered_on("2026-07-01", "2027-06-02", true));
}

#[test]
fn an_appraisal_is_fresh_on_the_day_on_which_the_village_decides() {
    let appraised_on = |text: &str| {
        let appraisal = AppraisalFacts { appraised_on: day(text), ..appraised(80_000_000) };
        TransferFacts { appraisal: Some(appraisal), ..entered_on("2025-06-01", "2026-06-15", true) }
    };
    leaves_alone(RuleId::L03, appraised_on("2025-05-20"));
    check(
        RuleId::L03,
        appraised_on("2025-05-19"),
        &[blocks("appraisal_stale", json!({"deal_on": "2026-05-20"}))],
    );
}
