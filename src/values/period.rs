//! Periods of days, half-open: the end is the first day that no longer belongs to them.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Fault, Reason};

/// A period of days: from its first day on, up to but without `to`; open where `to` is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
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

impl PeriodInput {
    /// The period, or the fault below the pointer of the field that holds it.
    pub fn parse(self, pointer: &str) -> Result<Period, Fault> {
        calendar_day(self.from).map_err(|reason| Fault::at(format!("{pointer}/from"), reason))?;
        Period::new(self.from, self.to).map_err(|reason| Fault::at(format!("{pointer}/to"), reason))
    }
}

/// A day that the register accepts: in the years 1900 to 2999.
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

    /// From a day on, without end.
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
        self.from <= day && self.to.is_none_or(|to| day < to)
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

#[cfg(test)]
mod tests {
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
}
