//! What becomes of the rights in an asset when a grant ends before its term, and when the asset itself ends, is divided,
//! is merged with others, or is found again. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

use super::model::{
    Change, EndedBy, NewRight, Owned, Right, RightsError, division, foreseen, hands, owned_days, remaining,
};
use crate::{
    register::codes::RightKind,
    values::{Id, Period, Share, id::kind, share::sum},
};

/// A grant that ends before its term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which right was granted.
    pub kind: RightKind,
    /// To whom.
    pub holder_id: Id<kind::Party>,
    /// How much of the whole right ends; all that the party was granted unless given.
    pub share: Option<Share>,
    /// The first day on which it no longer holds.
    pub on: NaiveDate,
    /// Which of the rights that the party was granted end; all of them unless given, by the same part.
    pub only: Option<BTreeSet<Id<kind::Right>>>,
}

/// A share that goes back to where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Who held it.
    pub from_id: Id<kind::Party>,
    /// Who has it again: whoever had granted it and stands between, or the owner with whom it rests then; none for all owners
    /// pro rata.
    pub to_id: Option<Id<kind::Party>>,
    /// How much of the whole right.
    pub share: Share,
    /// For which days.
    pub period: Period,
}

/// Ends what a party was granted, from a day on: it goes back to whom it was granted by, as long as somebody takes it for them by
/// `takes`, and to the owners of the day in the end: a sale does not break a lease, and whoever owns the asset then has let it
/// (民法典 art. 725).
///
/// No right outlives the one that it was granted from: what came through the party's hands ends with it, by the same
/// part. So where a lessee who sublet a quarter gives half of the lease back, an eighth of the sublease ends, and the
/// half is exactly a half on every day.
///
/// # Errors
/// [`RightsError::NoGrant`]; [`RightsError::Insufficient`] where more is to end than the party was granted on the first
/// day; [`RightsError::TooFine`].
pub fn ended_grant(
    rights: &[Right],
    ending: &Ending,
    takes: impl Fn(Id<kind::Party>) -> Option<Id<kind::Party>>,
) -> Result<(Change, Vec<Returned>), RightsError> {
    let Ending { kind, holder_id, share, on, ref only } = *ending;
    let is_meant = |it: &Right| only.as_ref().is_none_or(|only| only.contains(&it.id));
    let came_through = |it: &&Right| it.kind == kind && hands(it).contains(&holder_id) && is_meant(it);
    let from_then_on = Period::since(on);
    let meant: Vec<(&Right, Period)> = rights
        .iter()
        .filter(came_through)
        .filter_map(|it| Some((it, it.period.intersection(&from_then_on)?)))
        .collect();
    if kind == RightKind::Ownership || meant.is_empty() {
        return Err(RightsError::NoGrant { holder: holder_id, kind, on });
    }
    let part = match share {
        None => BigRational::one(),
        Some(wanted) => {
            let held = sum(meant.iter().filter(|(_, days)| days.contains(on)).map(|(it, _)| it.share));
            if wanted.to_ratio() > *held.to_ratio() {
                return Err(RightsError::Insufficient { holder: holder_id, kind, on, held, wanted });
            }
            wanted.to_ratio() / held.to_ratio()
        }
    };
    let mut change = Change::default();
    let mut returned = Vec::new();
    for (right, days) in meant {
        let ended = Share::from_ratio(&(right.share.to_ratio() * &part))?;
        change.close.push(right.id);
        change.open.extend(remaining(right, &[(days, ended)])?);
        let mut through: Vec<_> = hands(right).into_iter().take_while(|it| *it != holder_id).collect();
        let mut back_to = None;
        while back_to.is_none()
            && let Some(giver) = through.pop()
        {
            // Whoever took the place of the one before gives it back to the one before that.
            back_to = takes(giver).filter(|it| *it != holder_id);
        }
        // What comes back to the owner who granted it rests.
        let back_to = back_to.filter(|it| right.grantor_id != Some(*it));
        if let Some(holder) = back_to {
            change.open.push(NewRight {
                kind,
                holder_id: holder,
                grantor_id: right.grantor_id,
                through,
                share: ended,
                period: days,
                begun_by: None,
                ended_by: right.ended_by.map_or(EndedBy::Nothing, EndedBy::Earlier),
            });
        }
        let to_id = back_to.or(right.grantor_id);
        let it = Returned { from_id: right.holder_id, to_id, share: ended, period: days };
        returned.push((it, back_to.is_none()));
    }
    // What goes back are shares on the first day; the rows behind them may change hands again later.
    let Some(first) = returned.iter().map(|(it, _)| it.period.from()).min() else {
        return Ok((change, Vec::new()));
    };
    returned.retain(|(it, _)| it.period.from() == first);
    let mut gained = gained(rights, &change, (kind, first));
    let mut all = Vec::new();
    for (it, rests) in returned {
        if rests && it.to_id.is_some() {
            all.extend(resting(it, &mut gained)?);
        } else {
            all.push(it);
        }
    }
    Ok((change, all))
}

/// The owners with whom more of a right rests on a day by a change.
pub fn resting_with(
    rights: &[Right],
    change: &Change,
    (kind, on): (RightKind, NaiveDate),
) -> impl Iterator<Item = Id<kind::Party>> {
    gained(rights, change, (kind, on)).into_keys()
}

/// How much more of a right rests with each owner on a day by a change.
fn gained(
    rights: &[Right],
    change: &Change,
    (kind, on): (RightKind, NaiveDate),
) -> BTreeMap<Id<kind::Party>, BigRational> {
    let mut gained = BTreeMap::new();
    for it in division(&foreseen(rights, change), kind, on).into_iter().filter(|it| it.residual) {
        *gained.entry(it.holder_id).or_insert_with(BigRational::zero) += it.share;
    }
    for it in division(rights, kind, on).into_iter().filter(|it| it.residual) {
        *gained.entry(it.holder_id).or_insert_with(BigRational::zero) -= it.share;
    }
    gained.retain(|_, more| more.is_positive());
    gained
}

/// A share that rests with the owners again, by with whom: with whoever granted it as far as that is still an owner, and else with
/// the others who have more by it.
fn resting(
    it: Returned,
    gained: &mut BTreeMap<Id<kind::Party>, BigRational>,
) -> Result<Vec<Returned>, RightsError> {
    let mut left = it.share.to_ratio();
    let owners: Vec<_> = gained.keys().copied().filter(|owner| Some(*owner) != it.to_id).collect();
    let mut parts = Vec::new();
    for owner in it.to_id.into_iter().chain(owners) {
        let Some(more) = gained.get_mut(&owner) else { continue };
        let part = left.clone().min(more.clone());
        if part.is_positive() {
            left -= &part;
            *more -= &part;
            parts.push(Returned { to_id: Some(owner), share: Share::from_ratio(&part)?, ..it.clone() });
        }
    }
    Ok(if left.is_zero() { parts } else { vec![it] })
}

/// The same rights, each that of whoever takes it by `takes`: what was granted to somebody whose place nobody takes goes back
/// to whoever it came through, or rests with the owner, and so does what they let on, since no right outlives the one that it was
/// granted from. Ownership that nobody takes stays as it is.
pub fn succeeded(
    rights: Vec<Right>,
    takes: impl Fn(Id<kind::Party>) -> Option<Id<kind::Party>>,
) -> Vec<Right> {
    let succeeded = |it: Right| {
        if it.kind == RightKind::Ownership {
            return Some(Right { holder_id: takes(it.holder_id).unwrap_or(it.holder_id), ..it });
        }
        let grantor_id = it.grantor_id.map(|grantor| takes(grantor).unwrap_or(grantor));
        let mut through: Vec<_> = hands(&it).into_iter().map_while(&takes).collect();
        let holder_id = through.pop().filter(|holder| grantor_id != Some(*holder))?;
        Some(Right { holder_id, grantor_id, through, ..it })
    };
    rights.into_iter().filter_map(succeeded).collect()
}

/// Ends every right in an asset from a day on; what would have begun later never does.
pub fn ended(rights: &[Right], on: NaiveDate) -> Result<Change, RightsError> {
    let from_then_on = Period::since(on);
    let mut change = Change { owned: Owned::Until(on), ..Change::default() };
    for right in rights {
        if let Some(days) = right.period.intersection(&from_then_on) {
            change.close.push(right.id);
            change.open.extend(remaining(right, &[(days, right.share)])?);
        }
    }
    Ok(change)
}

/// The rights in an asset from a day on, as they hold in what the asset becomes: in each of its parts, in what it is merged
/// into, or in itself once it is found again. Those that hold on the day begin with the act, later ones with their own.
pub fn carried(rights: &[Right], on: NaiveDate) -> Change {
    let from_then_on = Period::since(on);
    let open = rights.iter().filter_map(|it| {
        Some(NewRight {
            kind: it.kind,
            holder_id: it.holder_id,
            grantor_id: it.grantor_id,
            through: it.through.clone(),
            share: it.share,
            period: it.period.intersection(&from_then_on)?,
            begun_by: (it.period.from() > on).then_some(it.begun_by),
            ended_by: it.ended_by.map_or(EndedBy::Nothing, EndedBy::Earlier),
        })
    });
    // An asset that was lost and found between is owned on the same days as before, and on no others.
    let owned = owned_days(rights).iter().filter_map(|it| it.intersection(&from_then_on)).collect();
    Change { open: open.collect(), owned: Owned::Also(owned), ..Change::default() }
}

/// A right, its holder, its grantor, and through whose hands it came.
type Held = (RightKind, Id<kind::Party>, Option<Id<kind::Party>>, Vec<Id<kind::Party>>);

/// Whether two assets have the same rights from a day on, however many rows each keeps them in.
pub fn same_from(one: &[Right], other: &[Right], on: NaiveDate) -> bool {
    changes(one, on) == changes(other, on)
}

/// By how much each holding changes on each day, from a day on. A row that ends where the next one begins leaves no trace.
fn changes(rights: &[Right], on: NaiveDate) -> BTreeMap<(Held, NaiveDate), BigRational> {
    let mut changes: BTreeMap<(Held, NaiveDate), BigRational> = BTreeMap::new();
    for it in rights {
        let Some(days) = it.period.intersection(&Period::since(on)) else { continue };
        let held = (it.kind, it.holder_id, it.grantor_id, it.through.clone());
        *changes.entry((held.clone(), days.from())).or_insert_with(BigRational::zero) += it.share.to_ratio();
        if let Some(to) = days.to() {
            *changes.entry((held, to)).or_insert_with(BigRational::zero) -= it.share.to_ratio();
        }
    }
    changes.retain(|_, by| !by.is_zero());
    changes
}
