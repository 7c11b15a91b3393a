//! What an asset is worth in the books on a day, and how that is divided and put together to the fen. Pure.
//!
//! A loss of value is a fraction of a fen on most days, and is rounded down. If every part of an asset rounded for itself,
//! the parts would together have lost less than the whole. So a part remembers which piece of the whole's cost it is: its
//! loss is that of everything up to its end, less that of everything before it, each rounded down. Such losses sum to the
//! whole's on every day, whatever is divided again or put together in whatever order.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

use crate::values::{BasisPoints, Fen, Months};

/// What an asset is worth in the books on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookValue {
    /// What it cost.
    pub original_value: Fen,
    /// What it has lost.
    pub accumulated_depreciation: Fen,
    /// What is left.
    pub book_value: Fen,
}

impl BookValue {
    /// What is not in the books.
    pub const NOTHING: Self =
        Self { original_value: Fen::ZERO, accumulated_depreciation: Fen::ZERO, book_value: Fen::ZERO };
}

/// What an asset cost, and how that is written off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOff {
    /// What it cost.
    pub original_value: Fen,
    /// Of which pieces of other costs that is made, where it came from other assets.
    pub pieces: Pieces,
    /// The day from which the asset is there.
    pub acquired_on: NaiveDate,
    /// How long it serves, in months.
    pub service_life_months: Months,
    /// What part of its cost is left in the end, in basis points.
    pub residual_rate_bp: BasisPoints,
}

impl WriteOff {
    /// Whether another cost is written off on the same days by the same parts, whatever it is.
    pub fn is_like(&self, other: &Self) -> bool {
        let terms = |it: &Self| (it.acquired_on, it.service_life_months, it.residual_rate_bp);
        terms(self) == terms(other)
    }

    /// The first day on which the service life is over; none beyond the calendar.
    pub fn serves_until(&self) -> Option<NaiveDate> {
        let months = u32::try_from(self.service_life_months.get()).ok()?;
        self.acquired_on.checked_add_months(chrono::Months::new(months))
    }

    /// Nothing before the asset was there; from then on straight-line depreciation by whole months, beginning in the month after acquisition (农村集体经济组织会计制度, 财会
    /// 〔2023〕14号), down to the residual value. Fractions of a fen are left in the book value, those of an asset that was
    /// divided in that of its last part.
    pub fn value_on(&self, day: NaiveDate) -> BookValue {
        if day < self.acquired_on {
            return BookValue::NOTHING;
        }
        let month = |day: NaiveDate| i128::from(day.year()) * 12 + i128::from(day.month0());
        let life = i128::from(self.service_life_months.get());
        let served = (month(day) - month(self.acquired_on)).clamp(0, life);
        let rate = i128::from(10_000 - self.residual_rate_bp.get());
        let of_first = |amount: i128| amount * rate * served / (10_000 * life);
        let lost = match self.pieces.0.as_slice() {
            [] => of_first(self.original_value.get().into()),
            pieces => pieces.iter().map(|it| of_first(it.end()) - of_first(it.before.get().into())).sum(),
        };
        let lost = i64::try_from(lost).ok().and_then(|it| Fen::new(it).ok()).unwrap_or(self.original_value);
        BookValue {
            original_value: self.original_value,
            accumulated_depreciation: lost,
            book_value: self.original_value.checked_sub(lost).unwrap_or(Fen::ZERO),
        }
    }
}

/// A piece of a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Piece {
    /// How much of the cost lies before it.
    #[serde(rename = "before_fen")]
    before: Fen,
    /// How much it is.
    #[serde(rename = "amount_fen")]
    amount: Fen,
}

impl Piece {
    fn end(&self) -> i128 {
        i128::from(self.before.get()) + i128::from(self.amount.get())
    }
}

/// Of which pieces a cost is made. Those of an asset that came from no other are none: its cost is its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pieces(Vec<Piece>);

impl Pieces {
    fn of(&self, cost: Fen) -> Vec<Piece> {
        if self.0.is_empty() { vec![Piece { before: Fen::ZERO, amount: cost }] } else { self.0.clone() }
    }

    /// A cost cut into parts of some amounts, which sum to it: the pieces of each part, in their order.
    pub fn cut(&self, cost: Fen, amounts: impl IntoIterator<Item = Fen>) -> Vec<Self> {
        let mut left = self.of(cost);
        left.reverse();
        amounts.into_iter().map(|amount| Self(taken(&mut left, amount))).collect()
    }

    /// Costs put together. Pieces that follow each other in the cost that they are pieces of are one again.
    pub fn joined<'a>(costs: impl IntoIterator<Item = (&'a Self, Fen)>) -> Self {
        let mut pieces: Vec<Piece> = costs.into_iter().flat_map(|(pieces, cost)| pieces.of(cost)).collect();
        pieces.retain(|it| !it.amount.is_zero());
        pieces.sort();
        let mut joined: Vec<Piece> = Vec::new();
        for it in pieces {
            let follows = |last: &&mut Piece| last.end() == i128::from(it.before.get());
            let longer = joined.iter_mut().find(follows).and_then(|last| {
                last.amount = last.amount.checked_add(it.amount)?;
                Some(())
            });
            if longer.is_none() {
                joined.push(it);
            }
        }
        match joined.as_slice() {
            [only] if only.before.is_zero() => Self::default(),
            _ => Self(joined),
        }
    }
}

/// Takes an amount off the front of pieces, of which the first is the last.
fn taken(left: &mut Vec<Piece>, amount: Fen) -> Vec<Piece> {
    let mut wanted = amount;
    let mut taken = Vec::new();
    while let Some(it) = left.pop() {
        let part = it.amount.min(wanted);
        let rest = it.amount.checked_sub(part).unwrap_or(Fen::ZERO);
        wanted = wanted.checked_sub(part).unwrap_or(Fen::ZERO);
        if !part.is_zero() {
            taken.push(Piece { before: it.before, amount: part });
        }
        if let Some(before) = it.before.checked_add(part).filter(|_| !rest.is_zero()) {
            left.push(Piece { before, amount: rest });
        }
        if wanted.is_zero() {
            break;
        }
    }
    taken
}

impl fmt::Display for Pieces {
    /// As they are stored: `before+amount` for each piece, separated by spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, it) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}+{}", it.before.get(), it.amount.get())?;
        }
        Ok(())
    }
}

impl FromStr for Pieces {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fen = |text: &str| Fen::new(text.parse().map_err(|_| ())?).map_err(|_| ());
        let piece = |text: &str| {
            let (before, amount) = text.split_once('+').ok_or(())?;
            Ok(Piece { before: fen(before)?, amount: fen(amount)? })
        };
        text.split_ascii_whitespace().map(piece).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn lost(cost: Fen, pieces: &Pieces, (life, residual): (i32, i32), months: u32) -> i64 {
        let acquired_on = day("2021-07-15");
        let write_off = WriteOff {
            original_value: cost,
            pieces: pieces.clone(),
            acquired_on,
            service_life_months: life.try_into().unwrap(),
            residual_rate_bp: residual.try_into().unwrap(),
        };
        let value = write_off.value_on(acquired_on + chrono::Months::new(months));
        assert_eq!(value.book_value.checked_add(value.accumulated_depreciation), Some(cost));
        value.accumulated_depreciation.get()
    }

    #[track_caller]
    fn check(on: &str, book_value_fen: i64) {
        let write_off = WriteOff {
            original_value: fen(120_000_000),
            pieces: Pieces::default(),
            acquired_on: day("2021-07-15"),
            service_life_months: 240.try_into().unwrap(),
            residual_rate_bp: 500.try_into().unwrap(),
        };
        assert_eq!(write_off.value_on(day(on)).book_value.get(), book_value_fen, "{on}");
    }

    #[test]
    fn value_is_lost_month_by_month_from_the_month_after_acquisition() {
        check("2020-01-01", 0);
        check("2021-07-14", 0);
        check("2021-07-15", 120_000_000);
        check("2021-07-31", 120_000_000);
        check("2021-08-01", 119_525_000);
        check("2022-07-31", 114_300_000);
        check("2041-07-01", 6_000_000);
        check("2099-01-01", 6_000_000);
    }

    #[test]
    fn pieces_are_cut_joined_and_stored() {
        let cut = Pieces::default().cut(fen(10), [fen(3), fen(0), fen(3), fen(4)]);
        let told: Vec<_> = cut.iter().map(Pieces::to_string).collect();
        assert_eq!(told, ["0+3", "", "3+3", "6+4"]);
        let ends = Pieces::joined([(&cut[3], fen(4)), (&cut[0], fen(3))]);
        assert_eq!(ends.to_string(), "0+3 6+4");
        assert_eq!("0+3 6+4".parse(), Ok(ends.clone()));
        let again = ends.cut(fen(7), [fen(5), fen(2)]);
        assert_eq!(again.iter().map(Pieces::to_string).collect::<Vec<_>>(), ["0+3 6+2", "8+2"]);
        let whole =
            Pieces::joined([(&again[1], fen(2)), (&cut[2], fen(3)), (&again[0], fen(5)), (&cut[1], fen(0))]);
        assert_eq!(whole, Pieces::default());
        let strangers = Pieces::joined([(&whole, fen(10)), (&whole, fen(7))]);
        assert_eq!(strangers.to_string(), "0+7 0+10");
        assert_eq!("".parse(), Ok(Pieces::default()));
        assert!(["1", "1+", "-1+2", "1+2 x"].iter().all(|it| it.parse::<Pieces>().is_err()));
    }

    proptest! {
        #[test]
        fn value_only_falls_and_never_below_the_residual(
            cost in 0..Fen::MAX, life in 1..1200_i32, residual in 0..=10_000_i32, months in 0..1300_u32, more in 0..130_u32,
        ) {
            let on = |months| cost - lost(fen(cost), &Pieces::default(), (life, residual), months);
            prop_assert!(on(months + more) <= on(months));
            prop_assert!(i128::from(on(months)) * 10_000 >= i128::from(cost) * i128::from(residual));
        }

        #[test]
        fn parts_lose_together_what_the_whole_loses_however_often_they_are_divided_and_merged(
            amounts in prop::collection::vec(0..10_000_000_i64, 2..8),
            others in prop::collection::vec(1..10_000_000_i64, 0..3),
            acts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..12),
            life in 1..400_i32, residual in 0..=10_000_i32, months in prop::collection::vec(0..420_u32, 1..6),
        ) {
            let whole = fen(amounts.iter().sum());
            let terms = (life, residual);
            let mut parts: Vec<(Pieces, Fen)> = Pieces::default()
                .cut(whole, amounts.iter().map(|it| fen(*it)))
                .into_iter()
                .zip(amounts.iter().map(|it| fen(*it)))
                .collect();
            parts.extend(others.iter().map(|it| (Pieces::default(), fen(*it))));
            for (one, other) in acts {
                let (one, other) = (one.index(parts.len()), other.index(parts.len()));
                if one == other {
                    let (pieces, cost) = parts.swap_remove(one);
                    let half = fen(cost.get() / 2);
                    let rest = cost.checked_sub(half).unwrap();
                    parts.extend(pieces.cut(cost, [half, rest]).into_iter().zip([half, rest]));
                } else {
                    let (second, first) = (parts.remove(one.max(other)), parts.remove(one.min(other)));
                    let cost = first.1.checked_add(second.1).unwrap();
                    parts.push((Pieces::joined([(&first.0, first.1), (&second.0, second.1)]), cost));
                }
            }
            for months in months {
                let own = others.iter().map(|it| lost(fen(*it), &Pieces::default(), terms, months)).sum::<i64>();
                let before = lost(whole, &Pieces::default(), terms, months) + own;
                let after: i64 = parts.iter().map(|(pieces, cost)| lost(*cost, pieces, terms, months)).sum();
                prop_assert_eq!(after, before);
                for (pieces, cost) in &parts {
                    prop_assert!((0..=cost.get()).contains(&lost(*cost, pieces, terms, months)));
                }
            }
        }
    }
}
