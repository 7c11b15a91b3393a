//! Exact numbers for comparisons: no rate, share or number of years is ever rounded before it is compared.

use chrono::{Months, NaiveDate};
use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::{
    cases::policies::values::WHOLE_BP,
    loss::facts::{Claim, LotFacts, RegistrationFacts},
    values::{Fen, Period, Share},
};

/// An exact amount, share, or number of years.
pub(super) type Exact = BigRational;

/// A whole number.
pub(super) fn whole(number: impl Into<i128>) -> Exact {
    Exact::from_integer(number.into().into())
}

/// An amount of money, in fen.
pub(super) fn money(amount: Fen) -> Exact {
    whole(amount.get())
}

/// A share.
pub(super) fn share(it: Share) -> Exact {
    it.to_ratio()
}

/// A rate in basis points.
pub(super) fn rate(bp: i64) -> Exact {
    Exact::new(bp.into(), WHOLE_BP.into())
}

/// How much of a right the holder of a claim that stands would be registered with less.
pub(super) fn lost(registration: &RegistrationFacts, claim: &Claim) -> Exact {
    let of = |claims: &[Claim]| -> Exact {
        let same = claims.iter().filter(|it| it.right == claim.right && it.holder.id == claim.holder.id);
        same.map(|it| share(it.share)).sum()
    };
    of(&registration.standing) - of(&registration.claims)
}

/// The part of the money invested that moves with the lots, in fen.
pub(super) fn invested<'a>(lots: impl Iterator<Item = &'a LotFacts>) -> Exact {
    lots.map(|it| money(it.asset.original_value) * share(it.share)).sum()
}

/// The part of the book value that moves with the lots, in fen.
pub(super) fn in_books<'a>(lots: impl Iterator<Item = &'a LotFacts>) -> Exact {
    lots.map(|it| money(it.asset.book_value) * share(it.share)).sum()
}

/// The length of a term in years by the calendar; none if it has no end.
///
/// Whole years run from anniversary to anniversary, so that a lease of five years is five years with or
/// without a leap day in it; the days that remain are a part of the year that they lie in.
pub(super) fn years(term: &Period) -> Option<Exact> {
    let until = term.to()?;
    let mut anniversary = term.from();
    let mut count: u32 = 0;
    loop {
        let next = years_after(term.from(), count + 1)?;
        if next > until {
            let rest = (until - anniversary).num_days();
            let year = (next - anniversary).num_days();
            return Some(whole(count) + Exact::new(rest.into(), year.into()));
        }
        anniversary = next;
        count += 1;
    }
}

/// The same day some years later: 28 February if there is no 29th.
pub(super) fn years_after(day: NaiveDate, years: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(years.checked_mul(12)?))
}

/// For a figure: rounded down, so that what is reported as missing is missing.
pub(super) fn floored(amount: &Exact) -> i64 {
    reported(&amount.floor())
}

/// For a figure: rounded up, so that a floor that is reported is one that suffices.
pub(super) fn raised(amount: &Exact) -> i64 {
    reported(&amount.ceil())
}

/// No figure is above the greatest amount that the registry knows.
fn reported(amount: &Exact) -> i64 {
    amount.to_integer().to_i64().map_or(Fen::MAX, |it| it.min(Fen::MAX))
}
