//! What it comes to that an asset is let: the one reckoning for a deal that is looked at and for those around it.

use num_rational::BigRational;

use crate::values::Period;

/// The days of the longest lease there is (民法典第七百零五条): twenty years with their leap days.
pub const LONGEST_LEASE_DAYS: i64 = 7305;

/// What of some books is let with a term: the part that the term is of the longest lease, and all of them from that on or where there
/// is no end. Whoever has an asset for a year has a twentieth of it, and by several such terms as much as by one that is as long.
pub fn let_for(books: BigRational, term: &Period) -> BigRational {
    let Some(until) = term.to() else { return books };
    let days = (until - term.from()).num_days().clamp(0, LONGEST_LEASE_DAYS);
    books * BigRational::new(days.into(), LONGEST_LEASE_DAYS.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(to: Option<&str>, wanted: i64) {
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let term = Period::new(day("2026-07-01"), to.map(day)).unwrap();
        let worth = let_for(BigRational::from_integer(73_050.into()), &term);
        assert_eq!(worth, BigRational::from_integer(wanted.into()), "{to:?}");
    }

    #[test]
    fn a_lease_is_worth_its_part_of_the_longest_from_the_first_day_and_never_more_than_the_whole() {
        check(Some("2026-07-02"), 10);
        check(Some("2027-07-01"), 3650);
        check(Some("2046-06-30"), 73_040);
        check(Some("2046-07-01"), 73_050);
        check(Some("2076-07-01"), 73_050);
        check(None, 73_050);
    }
}
