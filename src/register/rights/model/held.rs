//! Who holds a right on a day: what is on record, and what rests with the owners. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

use super::{Holding, Right, RightsError, hands};
use crate::{
    register::codes::RightKind,
    values::{
        Id, Period, Share,
        id::kind,
        share::{Total, sum},
    },
};

/// The holders of a right on a day, by the rights on record. Nobody holds anything before first registration, nor once
/// the asset has ended.
///
/// # Errors
/// [`RightsError::TooFine`] where an owner's residual does not fit; recording refuses what would lead there.
pub fn holders(rights: &[Right], kind: RightKind, day: NaiveDate) -> Result<Vec<Holding>, RightsError> {
    let mut holdings: Vec<Holding> = rights
        .iter()
        .filter(|it| it.kind == kind && it.period.contains(day))
        .map(|it| Holding { holder_id: it.holder_id, share: it.share, period: it.period, residual: false })
        .collect();
    if kind != RightKind::Ownership {
        for (owner, share) in residuals(rights, kind, day) {
            let share = Share::from_ratio(&share)?;
            let period = unchanged_around(rights, kind, day, owner, &share.to_ratio());
            holdings.push(Holding { holder_id: owner, share, period, residual: true });
        }
    }
    holdings.sort_by_key(|it| (it.residual, it.period.from(), it.holder_id));
    Ok(holdings)
}

/// A part of a right on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who holds it.
    pub holder_id: Id<kind::Party>,
    /// How much of the whole right, as a fraction of any size.
    pub share: BigRational,
    /// Whether it rests with an owner because nobody else was granted it.
    pub residual: bool,
}

/// How a right is divided on a day: for each holder what is on record, then for each owner what rests with them. From
/// first registration on the parts sum to exactly 1. Unlike [`holders`] it does not look for the days around.
pub fn division(rights: &[Right], kind: RightKind, day: NaiveDate) -> Vec<Part> {
    let mut granted: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for right in rights.iter().filter(|it| it.kind == kind && it.period.contains(day)) {
        *granted.entry(right.holder_id).or_insert_with(BigRational::zero) += right.share.to_ratio();
    }
    let resting = match kind {
        RightKind::Ownership => BTreeMap::new(),
        RightKind::Management | RightKind::Income => residuals(rights, kind, day),
    };
    let part = |residual| move |(holder_id, share)| Part { holder_id, share, residual };
    granted.into_iter().map(part(false)).chain(resting.into_iter().map(part(true))).collect()
}

/// The first day after a day on which others own an asset than on the day before, or other parts of it; none where nothing
/// changes any more.
pub fn next_owners(rights: &[Right], after: NaiveDate) -> Option<NaiveDate> {
    let on = |day| division(rights, RightKind::Ownership, day);
    let steps = steps(rights, RightKind::Ownership, &Period::since(after));
    let changes = steps.windows(2).filter_map(|it| match it {
        [before, then] => (on(before.from()) != on(then.from())).then(|| then.from()),
        _ => None,
    });
    changes.min()
}

/// Whether a party is given more of any right on some day from a day on. What it lets to others goes on through its hands, so it is
/// not given what comes back to it.
pub fn grows(rights: &[Right], party: Id<kind::Party>, from: NaiveDate) -> bool {
    let mut changes: BTreeMap<(RightKind, NaiveDate), BigRational> = BTreeMap::new();
    for right in rights.iter().filter(|it| hands(it).contains(&party)) {
        let share = right.share.to_ratio();
        *changes.entry((right.kind, right.period.from())).or_insert_with(BigRational::zero) += &share;
        if let Some(to) = right.period.to() {
            *changes.entry((right.kind, to)).or_insert_with(BigRational::zero) -= share;
        }
    }
    changes.iter().any(|((_, day), by)| *day >= from && by.is_positive())
}

/// What a party holds of a right on a day, granted and residual together.
pub fn held(rights: &[Right], kind: RightKind, party: Id<kind::Party>, day: NaiveDate) -> Total {
    let granted = sum(rights
        .iter()
        .filter(|it| it.kind == kind && it.holder_id == party && it.period.contains(day))
        .map(|it| it.share));
    let residual = match kind {
        RightKind::Ownership => None,
        RightKind::Management | RightKind::Income => residuals(rights, kind, day).remove(&party),
    };
    Total::of(granted.to_ratio() + residual.unwrap_or_else(BigRational::zero))
}

/// Everybody who holds a right on any day of a period, with how much and when.
///
/// # Errors
/// [`RightsError::TooFine`], as for [`holders`].
pub fn holders_over(
    rights: &[Right],
    kind: RightKind,
    period: &Period,
) -> Result<Vec<(Id<kind::Party>, Share, Period)>, RightsError> {
    let mut held = Vec::new();
    for step in steps(rights, kind, period) {
        let of_step = rights.iter().filter(|it| it.kind == kind && it.period.contains(step.from()));
        held.extend(of_step.map(|it| (it.holder_id, it.share, step)));
        if kind != RightKind::Ownership {
            for (owner, share) in residuals(rights, kind, step.from()) {
                held.push((owner, Share::from_ratio(&share)?, step));
            }
        }
    }
    Ok(held)
}

/// The sum of all holders' shares on the day of a period on which it is farthest from the whole.
pub fn farthest_from_whole(rights: &[Right], kind: RightKind, period: &Period) -> Total {
    let sums = steps(rights, kind, period).into_iter().map(|step| {
        let granted = rights.iter().filter(|it| it.kind == kind && it.period.contains(step.from()));
        let resting = residuals(rights, kind, step.from()).into_values();
        resting.fold(sum(granted.map(|it| it.share)).to_ratio().clone(), |sum, it| sum + it)
    });
    let farthest = sums.max_by_key(|it| (it - BigRational::one()).abs());
    Total::of(farthest.unwrap_or_else(BigRational::zero))
}

/// The least that a party holds of a right on any day of a period.
pub fn least_held(rights: &[Right], kind: RightKind, party: Id<kind::Party>, period: &Period) -> Total {
    steps(rights, kind, period)
        .into_iter()
        .map(|it| held(rights, kind, party, it.from()))
        .min()
        .unwrap_or_else(|| Total::of(BigRational::zero()))
}

/// What of a granted right rests with each owner on a day.
///
/// An owner keeps its own part less what was granted out of it. Where ownership moved after a grant, an owner can have
/// less left than was granted in its name; what rests is then divided among the others in proportion, so that the sum
/// stays exactly 1.
pub(super) fn residuals(
    rights: &[Right],
    kind: RightKind,
    day: NaiveDate,
) -> BTreeMap<Id<kind::Party>, BigRational> {
    let on_day = |it: &&Right| it.period.contains(day);
    let mut own: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for right in rights.iter().filter(|it| it.kind == RightKind::Ownership).filter(on_day) {
        *own.entry(right.holder_id).or_insert_with(BigRational::zero) += right.share.to_ratio();
    }
    let grants: Vec<&Right> = rights.iter().filter(|it| it.kind == kind).filter(on_day).collect();
    let granted_by = |grantor: Option<Id<kind::Party>>| {
        sum(grants.iter().filter(|it| it.grantor_id == grantor).map(|it| it.share))
    };
    let rest = BigRational::one() - sum(grants.iter().map(|it| it.share)).to_ratio();
    if !rest.is_positive() {
        return BTreeMap::new();
    }
    let by_all = BigRational::one() - granted_by(None).to_ratio();
    let mut parts: BTreeMap<_, _> = own
        .into_iter()
        .map(|(owner, share)| (owner, share * &by_all - granted_by(Some(owner)).to_ratio()))
        .filter(|(_, part)| part.is_positive())
        .collect();
    let together: BigRational = parts.values().fold(BigRational::zero(), |sum, part| sum + part);
    if together != rest && together.is_positive() {
        for part in parts.values_mut() {
            *part = &*part * &rest / &together;
        }
    }
    parts
}

/// The longest period around a day in which an owner's residual is the same.
fn unchanged_around(
    rights: &[Right],
    kind: RightKind,
    day: NaiveDate,
    owner: Id<kind::Party>,
    share: &BigRational,
) -> Period {
    let whole = rights.iter().map(|it| it.period.from()).min().unwrap_or(day);
    let steps = steps(rights, kind, &Period::since(whole.min(day)));
    let same = |it: &Period| residuals(rights, kind, it.from()).get(&owner) == Some(share);
    let here = steps.iter().position(|it| it.contains(day)).unwrap_or(0);
    let (before, after) = steps.split_at(here);
    let from =
        before.iter().rev().take_while(|it| same(it)).last().or(after.first()).map_or(day, Period::from);
    let to = after.iter().take_while(|it| same(it)).last().and_then(Period::to);
    Period::new(from, to).unwrap_or(Period::since(from))
}

/// A period cut at every day on which something about a right changes.
pub(super) fn steps(rights: &[Right], kind: RightKind, period: &Period) -> Vec<Period> {
    let relevant = rights.iter().filter(|it| it.kind == kind || it.kind == RightKind::Ownership);
    let cuts: BTreeSet<NaiveDate> = relevant
        .flat_map(|it| [Some(it.period.from()), it.period.to()])
        .flatten()
        .filter(|day| *day > period.from() && period.contains(*day))
        .collect();
    let starts: Vec<NaiveDate> = std::iter::once(period.from()).chain(cuts).collect();
    let ends = starts.iter().skip(1).copied().map(Some).chain(std::iter::once(period.to()));
    starts.iter().zip(ends).filter_map(|(from, to)| Period::new(*from, to).ok()).collect()
}
