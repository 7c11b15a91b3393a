//! Periods of days, half-open: the end is the first day that no longer belongs to them.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::values::{Fault, Faults, Reason};

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
    pub fn parse(self, pointer: &str) -> Result<Period, Faults> {
        PeriodInput { from: self.from, to: Some(self.to) }.parse(pointer)
    }
}

impl PeriodInput {
    /// The period.
    ///
    /// # Errors
    /// Faults at `{pointer}/from` and `{pointer}/to`, `pointer` being that of the field that holds the period.
    pub fn parse(self, pointer: &str) -> Result<Period, Faults> {
        let day = |field, day| {
            calendar_day(day).map_err(|reason| Faults::one(format!("{pointer}/{field}"), reason))
        };
        let (from, to) = Faults::both(day("from", self.from), self.to.map(|it| day("to", it)).transpose())?;
        Period::new(from, to).map_err(|reason| Faults::one(format!("{pointer}/to"), reason))
    }
}

/// The days of an act that works from a day on, for a term or for good. The term begins with the act.
///
/// # Errors
/// All that is wrong with the day, at `/effective_on`, and with the term, at `/term`.
pub fn days_of_act(on: NaiveDate, term: Option<PeriodInput>) -> Result<Period, Faults> {
    let begins = calendar_day(on).map_err(|reason| Faults::one("/effective_on", reason));
    let read = term.map(|it| it.parse("/term")).transpose();
    let (other, at) = ("/effective_on".to_owned(), "/term/from");
    let differs = term.is_some_and(|it| calendar_day(it.from).is_ok() && begins.is_ok() && it.from != on);
    let others = Vec::from_iter(differs.then(|| Fault::at(at, Reason::Contradicts { other })));
    let (on, term) = Faults::both(begins, Faults::with(read, others))?;
    Ok(term.unwrap_or(Period::since(on)))
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

/// The days on which something on record holds: a period, or none at all where its end was put on its first day, since it was
/// entered by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first day.
    #[schema(example = "2025-01-01")]
    from: NaiveDate,
    /// The first day on which it holds no longer; absent while it holds, the first day itself where it never held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-01")]
    to: Option<NaiveDate>,
}

impl From<Period> for Validity {
    fn from(it: Period) -> Self {
        Self { from: it.from, to: it.to }
    }
}

impl Validity {
    /// From a day on, up to another, which may be the same.
    ///
    /// # Errors
    /// [`Reason::TooSmall`] where `to` is earlier than `from`; [`Reason::WrongDate`] outside the calendar.
    pub fn new(from: NaiveDate, to: Option<NaiveDate>) -> Result<Self, Reason> {
        let (from, to) = (calendar_day(from)?, to.map(calendar_day).transpose()?);
        if to.is_some_and(|to| to < from) {
            Err(Reason::TooSmall { min: from.to_string() })
        } else {
            Ok(Self { from, to })
        }
    }

    /// The first day.
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// The first day on which it holds no longer.
    pub const fn to(&self) -> Option<NaiveDate> {
        self.to
    }

    /// The days on which it holds; none where it was entered by mistake.
    pub fn days(&self) -> Option<Period> {
        (self.to != Some(self.from)).then_some(Period { from: self.from, to: self.to })
    }

    /// Whether it holds on a day.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.days().is_some_and(|it| it.contains(day))
    }

    /// The days on which it holds within a period.
    pub fn intersection(&self, period: &Period) -> Option<Period> {
        self.days()?.intersection(period)
    }

    /// The days on which it holds, where they are not all among those of another.
    pub fn beyond(&self, other: &Self) -> Option<Period> {
        self.days().filter(|own| !other.days().is_some_and(|it| it.covers(own)))
    }

    /// The days on which two hold.
    pub fn in_common(&self, other: &Self) -> Option<Period> {
        self.intersection(&other.days()?)
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
const YEARS_AHEAD: u32 = 5;

/// The day so many years after another.
pub fn years_after(day: NaiveDate, years: u32) -> NaiveDate {
    day.checked_add_months(chrono::Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MAX)
}

/// Why something that is recorded on a day cannot begin on another: it lies too far ahead. A day outside the calendar is told
/// by [`calendar_day`].
pub fn too_far_ahead(day: NaiveDate, today: NaiveDate) -> Option<Reason> {
    calendar_day(day).ok().and_then(|day| beyond(day, years_after(today, YEARS_AHEAD)))
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
    fn check_faults(from: &str, to: Option<&str>, wanted: &[(&str, Reason)]) {
        let input = PeriodInput { from: day(from), to: to.map(day) };
        let wanted = wanted.iter().map(|(pointer, reason)| Fault::at(*pointer, reason.clone())).collect();
        assert_eq!(input.parse("/term").map(drop), Faults::none_of(wanted), "{from} to {to:?}");
    }

    #[test]
    fn each_day_that_is_wrong_has_its_fault() {
        check_faults("2025-01-01", Some("2025-01-02"), &[]);
        check_faults("2025-01-01", None, &[]);
        check_faults("2025-01-02", Some("2025-01-01"), &[("/term/to", Reason::DatesReversed)]);
        check_faults("0205-01-02", None, &[("/term/from", Reason::WrongDate)]);
        check_faults("2025-01-02", Some("+20250-01-01"), &[("/term/to", Reason::WrongDate)]);
        let both = [("/term/from", Reason::WrongDate), ("/term/to", Reason::WrongDate)];
        check_faults("0205-01-02", Some("+20250-01-01"), &both);
    }

    #[track_caller]
    fn check_days_of_act(on: &str, term: Option<(&str, &str)>, wanted: &[(&str, Reason)]) {
        let input = term.map(|(from, to)| PeriodInput { from: day(from), to: Some(day(to)) });
        let wanted = wanted.iter().map(|(pointer, reason)| Fault::at(*pointer, reason.clone())).collect();
        let days = days_of_act(day(on), input);
        assert_eq!(days.map(drop), Faults::none_of(wanted), "{on}, {term:?}");
    }

    #[test]
    fn an_act_begins_with_its_term_and_all_its_days_are_judged_at_once() {
        let apart = Reason::Contradicts { other: "/effective_on".to_owned() };
        check_days_of_act("2025-01-01", None, &[]);
        check_days_of_act("2025-01-01", Some(("2025-01-01", "2026-01-01")), &[]);
        let late = Some(("2025-01-02", "2026-01-01"));
        check_days_of_act("2025-01-01", late, &[("/term/from", apart.clone())]);
        check_days_of_act("0205-01-01", late, &[("/effective_on", Reason::WrongDate)]);
        let reversed = [("/term/to", Reason::DatesReversed), ("/term/from", apart)];
        check_days_of_act("2025-01-01", Some(("2025-01-02", "2024-01-01")), &reversed);
        let all = ["/effective_on", "/term/from", "/term/to"].map(|it| (it, Reason::WrongDate));
        check_days_of_act("0205-01-01", Some(("0205-01-01", "0206-01-01")), &all);
    }

    #[test]
    fn what_was_entered_by_mistake_holds_on_no_day() {
        let first = day("2025-01-01");
        let never = Validity::new(first, Some(first)).unwrap();
        assert_eq!((never.days(), never.contains(first)), (None, false));
        assert_eq!(serde_json::to_value(never).unwrap(), json!({"from": "2025-01-01", "to": "2025-01-01"}));
        let year = Validity::new(first, Some(day("2026-01-01"))).unwrap();
        assert_eq!(year.days(), Some(Period::new(first, Some(day("2026-01-01"))).unwrap()));
        assert_eq!((year.in_common(&never), year.in_common(&year)), (None, year.days()));
        assert_eq!((year.beyond(&never), year.beyond(&year), never.beyond(&year)), (year.days(), None, None));
        assert_eq!(
            Validity::new(first, Some(day("2024-12-31"))),
            Err(Reason::TooSmall { min: first.to_string() })
        );
        assert_eq!(Validity::new(day("1899-12-31"), Some(day("1899-12-31"))), Err(Reason::WrongDate));
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
