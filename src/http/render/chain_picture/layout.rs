//! Where everything in the picture of a chain stands. Pure, and in whole numbers: a unit is a tenth of a millimetre on a
//! sheet of A4, landscape.

use std::{collections::BTreeSet, ops::Range};

use chrono::{Datelike as _, NaiveDate};
use num_rational::BigRational;
use num_traits::{ToPrimitive as _, Zero as _};

use crate::{
    register::{
        codes::RightKind,
        rights::{Right, model},
    },
    values::{Id, id::kind},
};

/// The width of the sheet.
pub(super) const WIDTH: i64 = 2970;
/// The height of the sheet.
pub(super) const HEIGHT: i64 = 2100;
/// What stays empty around.
pub(super) const MARGIN: i64 = 80;
/// Where time begins; to the left of it stand the names of the lanes.
pub(super) const LEFT: i64 = 350;
/// Where time ends.
pub(super) const RIGHT: i64 = WIDTH - MARGIN;

/// Days as places from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// The day at the left end.
    pub(super) from: NaiveDate,
    /// The day at the right end.
    pub(super) to: NaiveDate,
}

impl Scale {
    /// Whole years around everything that happened up to `last`, and around terms that end not too long after it. Behind
    /// `last` some room is left, where its label stands and what goes on can be seen to.
    pub(super) fn around(first: NaiveDate, last: NaiveDate, ends: impl Iterator<Item = NaiveDate>) -> Self {
        let past = (last - first).num_days().max(365);
        let day_after = |days| last.checked_add_days(chrono::Days::new(days)).unwrap_or(last);
        let farthest = day_after(u64::try_from(past).unwrap_or(365).max(1096));
        let room = day_after(u64::try_from(past * 18 / 100).unwrap_or(0));
        let end = ends.filter(|it| *it <= farthest).max().unwrap_or(last).max(room);
        let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        Self {
            from: new_year(first.year()).unwrap_or(first),
            to: new_year(end.year().saturating_add(1)).unwrap_or(end),
        }
    }

    /// The place of a day; a day outside stands at the end.
    pub(super) fn x(&self, day: NaiveDate) -> i64 {
        let whole = (self.to - self.from).num_days().max(1);
        let days = (day - self.from).num_days().clamp(0, whole);
        LEFT + days * (RIGHT - LEFT) / whole
    }

    /// Whether a day can be seen.
    pub(super) fn shows(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// New Year's days to be labelled: as many as have room.
    pub(super) fn years(&self) -> Vec<NaiveDate> {
        let years = i64::from(self.to.year() - self.from.year()).max(1);
        let room = (RIGHT - LEFT) / years;
        let step = [1, 2, 5, 10, 20, 50, 100].into_iter().find(|it| it * room >= 110).unwrap_or(200);
        (self.from.year()..=self.to.year())
            .filter(|it| i64::from(*it).rem_euclid(step) == 0)
            .filter_map(|it| NaiveDate::from_ymd_opt(it, 1, 1))
            .collect()
    }

    /// First days of quarters to be marked between the years, where there is room.
    pub(super) fn quarters(&self) -> Vec<NaiveDate> {
        let years = i64::from(self.to.year() - self.from.year()).max(1);
        if (RIGHT - LEFT) / years < 240 {
            return Vec::new();
        }
        (self.from.year()..self.to.year())
            .flat_map(|year| {
                [4, 7, 10].into_iter().filter_map(move |it| NaiveDate::from_ymd_opt(year, it, 1))
            })
            .collect()
    }
}

/// A holder's part of a right over days on which it is neither more nor less, nor moved up or down by another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Who holds it.
    pub(super) holder_id: Id<kind::Party>,
    /// How much of the whole right.
    pub(super) share: BigRational,
    /// Whether it only rests with an owner.
    pub(super) residual: bool,
    /// From which day on.
    pub(super) from: NaiveDate,
    /// Up to which day; none while there is no end.
    pub(super) to: Option<NaiveDate>,
    /// How far below the top of the lane it begins.
    pub(super) top: i64,
    /// How high it is.
    pub(super) height: i64,
}

impl Span {
    fn goes_on_as(&self, other: &Self) -> bool {
        (self.holder_id, self.residual, self.top, self.height)
            == (other.holder_id, other.residual, other.top, other.height)
            && self.share == other.share
    }
}

/// The spans of a right in a lane of a height, in the order of their days. On every day they stand on each other without
/// a gap, in the order of the holders, and fill the lane as far as the right is held.
pub(super) fn spans(
    rights: &[Right],
    kind: RightKind,
    holders: &[Id<kind::Party>],
    height: i64,
) -> Vec<Span> {
    let relevant = rights.iter().filter(|it| it.kind == kind || it.kind == RightKind::Ownership);
    let cuts: BTreeSet<NaiveDate> =
        relevant.flat_map(|it| [Some(it.period.from()), it.period.to()]).flatten().collect();
    let (mut open, mut closed): (Vec<Span>, Vec<Span>) = Default::default();
    for day in cuts {
        let now = stacked(rights, kind, holders, height, day);
        let (kept, ended): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|span: &Span| now.iter().any(|it| span.goes_on_as(it)));
        closed.extend(ended.into_iter().map(|it| Span { to: Some(day), ..it }));
        let begun: Vec<_> =
            now.into_iter().filter(|it| !kept.iter().any(|span| span.goes_on_as(it))).collect();
        open = kept.into_iter().chain(begun).collect();
    }
    closed.append(&mut open);
    closed.sort_by_key(|it| (it.from, it.top));
    closed
}

/// The parts of a right on a day, one upon the other. Each ends where the exact sum of all up to it does, rounded down: so
/// no error adds up, and the last one ends where the lane does.
fn stacked(
    rights: &[Right],
    kind: RightKind,
    holders: &[Id<kind::Party>],
    height: i64,
    day: NaiveDate,
) -> Vec<Span> {
    let mut parts = model::division(rights, kind, day);
    parts.sort_by_key(|it| (it.residual, holders.iter().position(|id| *id == it.holder_id)));
    let mut sum = BigRational::zero();
    let mut top = 0;
    let mut spans = Vec::with_capacity(parts.len());
    for part in parts {
        sum += &part.share;
        let bottom = (&sum * BigRational::from_integer(height.into())).to_integer().to_i64();
        let bottom = bottom.unwrap_or(height);
        spans.push(Span {
            holder_id: part.holder_id,
            share: part.share,
            residual: part.residual,
            from: day,
            to: None,
            top,
            height: bottom - top,
        });
        top = bottom;
    }
    spans
}

/// How wide a text is in a size of letters, rather too much than too little: what Chinese is written in is as wide as it
/// is high, anything else a little more than half.
pub(super) fn width(text: &str, size: i64) -> i64 {
    text.chars().map(|it| if it >= '\u{1100}' { size } else { size * 58 / 100 }).sum()
}

/// As much of a text as there is room for.
pub(super) fn fitted(text: &str, size: i64, room: i64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut shown = String::new();
    for letter in text.chars() {
        shown.push(letter);
        if width(&shown, size) + size > room {
            shown.pop();
            break;
        }
    }
    shown.push('…');
    shown
}

/// The rows of flags above their places, the lowest being 0: no flag covers another, and none stands in the way of the
/// line that leads down from another. None where one would not fit on the sheet.
///
/// A flag is given by its place and its width, and stands to the right of its place.
pub(super) fn rows(flags: &[(i64, i64)]) -> Option<Vec<usize>> {
    if flags.iter().any(|(x, width)| x + width > WIDTH - MARGIN / 2) {
        return None;
    }
    let mut rows: Vec<usize> = Vec::new();
    // From the right, so that whatever a flag reaches over is lower already.
    for (index, (x, width)) in flags.iter().enumerate().rev() {
        let right = flags.iter().skip(index + 1).rev().zip(&rows);
        let below = right.filter(|((other, _), _)| *other < x + width + 16).map(|(_, row)| row + 1);
        rows.push(below.max().unwrap_or(0));
    }
    rows.reverse();
    Some(rows)
}

/// Neighbours whose tags would overlap, joined under one tag until none do. `tag` says how wide a joined tag is.
pub(super) fn joined(places: &[i64], tag: impl Fn(&Range<usize>) -> i64) -> Vec<Range<usize>> {
    let overlap = |one: &Range<usize>, other: &Range<usize>| {
        centre(places, one) + tag(one) / 2 + 6 > centre(places, other) - tag(other) / 2
    };
    let mut groups: Vec<Range<usize>> = Vec::new();
    for index in 0..places.len() {
        let mut last = index..index + 1;
        while let Some(before) = groups.pop_if(|it| overlap(it, &last)) {
            last = before.start..last.end;
        }
        groups.push(last);
    }
    groups
}

/// The middle between the first and the last place of a group.
pub(super) fn centre(places: &[i64], group: &Range<usize>) -> i64 {
    let place = |index: usize| places.get(index).copied().unwrap_or(LEFT);
    place(group.start).midpoint(place(group.end.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        register::rights::{Move, NewRight},
        values::{Period, Share},
    };

    fn party(number: u8) -> Id<kind::Party> {
        Id::from(uuid::Uuid::from_u128(number.into()))
    }

    fn day(number: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2021, 1, 1).unwrap() + chrono::TimeDelta::days(number)
    }

    fn recorded(rights: &[Right], change: &model::Change) -> Vec<Right> {
        let mut last = rights.iter().map(|it| it.id.uuid().as_u128()).max().unwrap_or(0);
        model::after(rights, change, Id::from(uuid::Uuid::nil()), || {
            last += 1;
            Id::from(uuid::Uuid::from_u128(last))
        })
    }

    /// Owners by heads from the first day on, then whatever of some random moves is lawful.
    fn played(heads: &[i64], moves: &[(RightKind, u8, u8, Share, i64, i64)]) -> Vec<Right> {
        let all = heads.iter().sum();
        let open = (0..).zip(heads).map(|(number, it)| NewRight {
            kind: RightKind::Ownership,
            holder_id: party(number),
            grantor_id: None,
            through: Vec::new(),
            share: Share::new(*it, all).unwrap(),
            period: Period::since(day(0)),
            begun_by: None,
            ended_by: model::EndedBy::Nothing,
        });
        let mut rights = recorded(&[], &model::Change { open: open.collect(), ..model::Change::default() });
        for (kind, from, to, share, on, days) in moves {
            let until = (*kind != RightKind::Ownership).then(|| day(on + days));
            let period = Period::new(day(*on), until).unwrap();
            let act = Move { kind: *kind, from_id: party(*from), to_id: party(*to), share: *share, period };
            if let Ok(change) = model::moved(&rights, &act) {
                let after = recorded(&rights, &change);
                if model::lawful(&after, &[Period::since(day(0))]).is_ok() {
                    rights = after;
                }
            }
        }
        rights
    }

    fn moves() -> impl Strategy<Value = Vec<(RightKind, u8, u8, Share, i64, i64)>> {
        let share = (1..40_i64, 1..40_i64).prop_map(|(a, b)| Share::new(a.min(b), a.max(b)).unwrap());
        let kind = prop::sample::select(RightKind::ALL.to_vec());
        prop::collection::vec((kind, 0..6_u8, 0..9_u8, share, 0..900_i64, 1..700_i64), 0..12)
    }

    proptest! {
        #[test]
        fn the_spans_of_every_day_fill_their_lane_exactly(
            heads in prop::collection::vec(1..50_i64, 1..6), moves in moves(), height in 100..900_i64,
        ) {
            let rights = played(&heads, &moves);
            let holders: Vec<_> = (0..9).map(party).collect();
            for kind in RightKind::ALL.iter().copied() {
                let spans = spans(&rights, kind, &holders, height);
                let cuts: BTreeSet<NaiveDate> = spans.iter().flat_map(|it| [Some(it.from), it.to]).flatten().collect();
                for cut in cuts {
                    let held_on = |it: &&Span| it.from <= cut && it.to.is_none_or(|to| cut < to);
                    let mut standing: Vec<&Span> = spans.iter().filter(held_on).collect();
                    standing.sort_by_key(|it| (it.top, it.height));
                    let mut top = 0;
                    for it in standing {
                        prop_assert_eq!(it.top, top, "{} on {}", kind, cut);
                        top += it.height;
                    }
                    prop_assert_eq!(top, height, "{} on {}", kind, cut);
                }
            }
        }

        #[test]
        fn flags_never_cover_each_other_nor_each_others_lines(
            places in prop::collection::btree_set(LEFT..2000_i64, 1..20), wide in 20..400_i64,
        ) {
            let flags: Vec<(i64, i64)> = places.into_iter().map(|it| (it, wide + it % 37)).collect();
            let rows = rows(&flags).unwrap();
            for (one, (x, width)) in flags.iter().enumerate() {
                for (other, (place, _)) in flags.iter().enumerate().skip(one + 1) {
                    if *place < x + width {
                        prop_assert!(rows[one] > rows[other]);
                    }
                }
            }
        }

        #[test]
        fn joined_tags_stand_apart_and_none_is_lost(
            places in prop::collection::btree_set(LEFT..RIGHT, 1..60), wide in 10..90_i64,
        ) {
            let places: Vec<i64> = places.into_iter().collect();
            let groups = joined(&places, |_| wide);
            prop_assert_eq!(groups.iter().flat_map(Range::clone).collect::<Vec<_>>(), (0..places.len()).collect::<Vec<_>>());
            for pair in groups.windows(2) {
                prop_assert!(centre(&places, &pair[0]) + wide <= centre(&places, &pair[1]));
            }
        }
    }

    #[test]
    fn what_has_no_room_is_cut_short() {
        assert_eq!(fitted("东村股份经济合作社", 20, 180), "东村股份经济合作社");
        assert_eq!(fitted("东村股份经济合作社", 20, 100), "东村股份…");
        assert!(width(&fitted("Huinong Agricultural Technology", 20, 100), 20) <= 100 + 20);
    }

    #[track_caller]
    fn check_scale(first: &str, last: &str, end: &str, wanted: (&str, &str, usize)) {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let scale = Scale::around(day(first), day(last), [day(end)].into_iter());
        assert_eq!((scale.from, scale.to, scale.years().len()), (day(wanted.0), day(wanted.1), wanted.2));
        assert_eq!((scale.x(scale.from), scale.x(scale.to)), (LEFT, RIGHT));
    }

    #[test]
    fn the_axis_has_whole_years_and_reaches_the_ends_of_terms_that_are_near() {
        check_scale("2021-08-01", "2026-11-25", "2029-01-01", ("2021-01-01", "2030-01-01", 10));
        check_scale("2021-08-01", "2026-11-25", "2099-01-01", ("2021-01-01", "2028-01-01", 8));
        check_scale("2026-03-01", "2026-03-01", "2026-03-01", ("2026-01-01", "2027-01-01", 2));
        check_scale("1950-03-01", "2026-11-25", "2026-11-25", ("1950-01-01", "2041-01-01", 19));
    }
}
