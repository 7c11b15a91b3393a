//! The days of a notice, by 民法典 arts. 201 and 203. Pure.

use chrono::{Days, NaiveDate};

use crate::values::closed_enum;

closed_enum! {
    /// How the days of a notice are counted.
    pub enum DayCount {
        /// The day of posting does not count (民法典 art. 201).
        AfterPosting = "after_posting",
        /// The day of posting is the first.
        Inclusive = "inclusive",
    }
}

/// The days of a notice, each one of China's: from 0:00 to 24:00 of UTC+8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeDays {
    /// The day on which it is posted.
    pub opened_on: NaiveDate,
    /// The first day on which it may come down.
    pub due_on: NaiveDate,
}

impl NoticeDays {
    /// The days of a notice that is posted on a day and hangs for so many. The last one counts to its end, at 24:00; one that
    /// would be a day of rest is the first day after it that is none (art. 203). A notice of no days may come down at once.
    pub fn of(opened_on: NaiveDate, days: i64, count: DayCount, rest_days: &[NaiveDate]) -> Self {
        let days = u64::try_from(days).unwrap_or(0);
        if days == 0 {
            return Self { opened_on, due_on: opened_on };
        }
        let after = match count {
            DayCount::AfterPosting => days,
            DayCount::Inclusive => days.saturating_sub(1),
        };
        let later = |day: NaiveDate, by| day.checked_add_days(Days::new(by)).unwrap_or(NaiveDate::MAX);
        let mut last = later(opened_on, after);
        while rest_days.contains(&last) && last < NaiveDate::MAX {
            last = later(last, 1);
        }
        Self { opened_on, due_on: later(last, 1) }
    }

    /// The last day, which counts to its end; none where it may come down at once.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.due_on.pred_opt().filter(|last| *last >= self.opened_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(opened_on: &str, days: i64, count: DayCount, rest: &[&str], last: Option<&str>, due_on: &str) {
        let rest: Vec<_> = rest.iter().map(|it| day(it)).collect();
        let found = NoticeDays::of(day(opened_on), days, count, &rest);
        assert_eq!((found.last_day(), found.due_on), (last.map(day), day(due_on)));
    }

    #[test]
    fn the_day_of_posting_does_not_count_and_the_last_one_counts_whole() {
        check("2026-11-28", 10, DayCount::AfterPosting, &[], Some("2026-12-08"), "2026-12-09");
        check("2026-11-28", 1, DayCount::AfterPosting, &[], Some("2026-11-29"), "2026-11-30");
        check("2026-11-28", 0, DayCount::AfterPosting, &[], None, "2026-11-28");
    }

    #[test]
    fn a_county_may_count_both_days() {
        check("2026-01-22", 10, DayCount::Inclusive, &[], Some("2026-01-31"), "2026-02-01");
        check("2026-01-22", 1, DayCount::Inclusive, &[], Some("2026-01-22"), "2026-01-23");
    }

    #[test]
    fn no_notice_ends_on_a_day_of_rest() {
        let holiday = ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-10"];
        check("2026-09-21", 10, DayCount::AfterPosting, &holiday, Some("2026-10-04"), "2026-10-05");
        check("2026-09-20", 10, DayCount::AfterPosting, &holiday, Some("2026-09-30"), "2026-10-01");
    }
}
