//! Periods of days, half-open: the end is the first day that no longer belongs to them.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::values::{Fault, Reason};

/// A period of days: from its first day on, up to but without `to`; open where `to` is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    #[schema(example = "2025-01-01")]
    from: NaiveDate,
    /// The first day that no longer belongs to it; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-01")]
    to: Option<NaiveDate>,
}

/// A period as somebody wrote it: a half-open span of days, `to` being the first day no longer in it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodInput {
    /// The first day.
    #[schema(example = "2025-01-01")]
    pub from: NaiveDate,
    /// The first day that no longer belongs to it; absent or null for an open period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-01")]
    pub to: Option<NaiveDate>,
}

/// A period with its end, as somebody wrote it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedPeriodInput {
    /// The first day.
    #[schema(example = "2025-01-01")]
    pub from: NaiveDate,
    /// The first day that no longer belongs to it.
    #[schema(example = "2026-01-01")]
    pub to: NaiveDate,
}

impl ClosedPeriodInput {
    /// The period.
    ///
    /// # Errors
    /// Those of [`PeriodInput::parse`].
    pub fn parse(self, pointer: &str) -> Result<Period, Fault> {
        PeriodInput { from: self.from, to: Some(self.to) }.parse(pointer)
    }
}

impl PeriodInput {
    /// The period.
    ///
    /// # Errors
    /// A fault at `{pointer}/from` or `{pointer}/to`, `pointer` being that of the field that holds the period.
    pub fn parse(self, pointer: &str) -> Result<Period, Fault> {
        calendar_day(self.from).map_err(|reason| Fault::at(format!("{pointer}/from"), reason))?;
        Period::new(self.from, self.to).map_err(|reason| Fault::at(format!("{pointer}/to"), reason))
    }
}

/// A day that the register accepts: in the years 1900 to 2999. What lies outside is a slip of the pen, not a right.
///
/// # Errors
/// [`Reason::WrongDate`] for any other day.
pub fn calendar_day(day: NaiveDate) -> Result<NaiveDate, Reason> {
    if (1900..=2999).contains(&day.year()) { Ok(day) } else { Err(Reason::WrongDate) }
}

impl Period {
    /// A period that ends after it begins.
    ///
    /// # Errors
    /// [`Reason::DatesReversed`] unless `to` is later than `from`; [`Reason::WrongDate`] outside the calendar.
    pub fn new(from: NaiveDate, to: Option<NaiveDate>) -> Result<Self, Reason> {
        calendar_day(from)?;
        if let Some(to) = to {
            calendar_day(to)?;
            if to <= from {
                return Err(Reason::DatesReversed);
            }
        }
        Ok(Self { from, to })
    }

    /// From a day that the register has accepted ([`calendar_day`]) on, without end.
    pub const fn since(from: NaiveDate) -> Self {
        Self { from, to: None }
    }

    /// The first day.
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// The first day that no longer belongs to it.
    pub const fn to(&self) -> Option<NaiveDate> {
        self.to
    }

    /// Whether a day belongs to it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && self.ends_after(day)
    }

    /// Whether it ends after a day, or not at all.
    pub fn ends_after(&self, day: NaiveDate) -> bool {
        self.to.is_none_or(|to| day < to)
    }

    /// Whether it has a day in common with another.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.intersection(other).is_some()
    }

    /// Whether every day of another belongs to it.
    pub fn covers(&self, other: &Self) -> bool {
        self.from <= other.from
            && match (self.to, other.to) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(own), Some(others)) => others <= own,
            }
    }

    /// The days in common with another.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let from = self.from.max(other.from);
        let to = match (self.to, other.to) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        to.is_none_or(|to| from < to).then_some(Self { from, to })
    }

    /// How many days it has; none while it is open.
    pub fn days(&self) -> Option<i64> {
        self.to.map(|to| to.signed_duration_since(self.from).num_days())
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let PeriodInput { from, to } = PeriodInput::deserialize(deserializer)?;
        Self::new(from, to).map_err(|reason| serde::de::Error::custom(reason.code()))
    }
}

/// A day of the calendar that has come by today: something was done on it, or is so from it on.
///
/// # Errors
/// [`Reason::WrongDate`] for a day outside the calendar, [`Reason::InFuture`] for one that is still to come.
pub fn past_day(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Reason> {
    let day = calendar_day(day)?;
    if day > today { Err(Reason::InFuture) } else { Ok(day) }
}

/// Why something cannot be of a day before `since`, from which on its asset is there.
pub fn before(day: NaiveDate, since: NaiveDate) -> Option<Reason> {
    (day < since).then(|| Reason::BeforeAsset { since: since.to_string() })
}

/// How many years ahead of the day on which it is recorded something may begin: what is said to begin later is
/// a slip of the pen.
pub const YEARS_AHEAD: u32 = 5;

/// The day so many years after another.
pub fn years_after(day: NaiveDate, years: u32) -> NaiveDate {
    day.checked_add_months(chrono::Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MAX)
}

/// Why something cannot begin on a day that lies beyond another.
pub fn beyond(day: NaiveDate, latest: NaiveDate) -> Option<Reason> {
    (day > latest).then(|| Reason::TooLate { latest: latest.to_string() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_is_the_first_day_outside() {
        let year = Period::new(day("2025-01-01"), Some(day("2026-01-01"))).unwrap();
        assert!(year.contains(day("2025-12-31")));
        assert!(!year.contains(day("2026-01-01")));
        assert_eq!(year.days(), Some(365));
        assert!(!year.overlaps(&Period::since(day("2026-01-01"))));
        assert!(Period::since(day("2024-01-01")).covers(&year));
        assert_eq!(Period::new(day("2025-01-01"), Some(day("2025-01-01"))), Err(Reason::DatesReversed));
        assert_eq!(Period::new(day("1899-12-31"), None), Err(Reason::WrongDate));
    }

    #[track_caller]
    fn check_read(text: Value, wanted: Option<&str>) {
        let read = serde_json::from_value::<Period>(text.clone());
        let written = read.ok().map(|it| serde_json::to_string(&it).unwrap());
        assert_eq!(written.as_deref(), wanted, "{text}");
    }

    #[test]
    fn a_period_is_written_without_an_end_that_it_has_not() {
        let open = r#"{"from":"2025-01-01"}"#;
        check_read(json!({"from": "2025-01-01"}), Some(open));
        check_read(json!({"from": "2025-01-01", "to": null}), Some(open));
        let closed = json!({"from": "2025-01-01", "to": "2025-01-02"});
        check_read(closed, Some(r#"{"from":"2025-01-01","to":"2025-01-02"}"#));
        check_read(json!({"from": "2025-01-01", "to": "2025-01-01"}), None);
        check_read(json!({"from": "2025-01-01", "until": "2026-01-01"}), None);
        check_read(json!({"from": "2025-02-30"}), None);
        check_read(json!({"to": "2025-01-01"}), None);
    }

    #[track_caller]
    fn check_fault(from: &str, to: Option<&str>, wanted: Option<(&str, Reason)>) {
        let input = PeriodInput { from: day(from), to: to.map(day) };
        let fault = input.parse("/term").err();
        assert_eq!(fault, wanted.map(|(pointer, reason)| Fault::at(pointer, reason)), "{from} to {to:?}");
    }

    #[test]
    fn the_fault_is_at_the_day_that_is_wrong() {
        check_fault("2025-01-01", Some("2025-01-02"), None);
        check_fault("2025-01-01", None, None);
        check_fault("2025-01-02", Some("2025-01-01"), Some(("/term/to", Reason::DatesReversed)));
        check_fault("0205-01-02", None, Some(("/term/from", Reason::WrongDate)));
        check_fault("2025-01-02", Some("+20250-01-01"), Some(("/term/to", Reason::WrongDate)));
    }

    fn period() -> impl Strategy<Value = Period> {
        (0..60_u64, prop::option::of(1..60_u64)).prop_map(|(start, length)| {
            let from = day("2025-01-01") + chrono::Days::new(start);
            Period::new(from, length.map(|it| from + chrono::Days::new(it))).unwrap()
        })
    }

    proptest! {
        #[test]
        fn the_days_in_common_are_those_of_both(one in period(), two in period(), offset in 0..150_u64) {
            let on = day("2025-01-01") + chrono::Days::new(offset);
            let common = one.intersection(&two);
            prop_assert_eq!(common.is_some_and(|it| it.contains(on)), one.contains(on) && two.contains(on));
            prop_assert_eq!(common, two.intersection(&one));
            prop_assert_eq!(one.covers(&two), common == Some(two));
        }
    }
}
