//! Exact numbers for comparisons: no rate, share or number of years is ever rounded before it is compared.

use chrono::{Months, NaiveDate};
use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::{
    cases::policies::values::WHOLE_BP,
    loss::facts::{Claim, Consideration, LotFacts, Payment, RegistrationFacts, TransferFacts},
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
        if next >= until {
            let rest = (until - anniversary).num_days();
            let year = (next - anniversary).num_days();
            return Some(whole(count) + Exact::new(rest.into(), year.into()));
        }
        anniversary = next;
        count += 1;
    }
}

/// What payments are worth on a day, in fen: each counts for less the later it comes, by simple interest. What falls due before that
/// day counts for what it is.
pub(super) fn present_value(payments: &[Payment], on: NaiveDate, interest: &Exact) -> Exact {
    payments.iter().map(|it| money(it.amount) / grown(&years_between(on, it.due_on), interest)).sum()
}

/// What a fen a year over a term is worth on its first day, each year's at the end of that year; none if the term has no end.
///
/// Money worth as much on that day is as good as this much a year, whenever it comes.
pub(super) fn annuity(term: &Period, interest: &Exact) -> Option<Exact> {
    let all = years(term)?;
    let count = all.to_integer().to_u32()?;
    let of_whole = (1..=count).map(|it| whole(1) / grown(&whole(it), interest)).sum::<Exact>();
    let rest = &all - whole(count);
    Some(of_whole + rest / grown(&all, interest))
}

/// What one fen comes to after so many years, by simple interest.
fn grown(years: &Exact, interest: &Exact) -> Exact {
    whole(1) + interest * years
}

/// How many years a day lies after another; 0 if it lies before it.
pub(super) fn years_between(from: NaiveDate, day: NaiveDate) -> Exact {
    Period::new(from, Some(day)).ok().and_then(|it| years(&it)).unwrap_or_else(|| whole(0))
}

/// The same day some years later: 28 February if there is no 29th.
pub(super) fn years_after(day: NaiveDate, years: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(years.checked_mul(12)?))
}

/// What is paid for a deal, in fen, as it is worth on its first day; none if no money is agreed upon.
pub(super) fn paid(deal: &TransferFacts, interest: &Exact) -> Option<Exact> {
    match &deal.consideration {
        Consideration::Price(amount) => Some(money(*amount)),
        Consideration::Rent(schedule) => Some(present_value(schedule, deal.span().from(), interest)),
        Consideration::Swap { .. } | Consideration::Nothing => None,
    }
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
