//! What an act changes: a share that moves, and holders that should have been said to be others. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use num_rational::BigRational;
use num_traits::{Signed as _, Zero as _};

use super::{
    Change, EndedBy, Move, NewRight, Right, RightsError,
    held::{held, residuals, steps},
};
use crate::{
    register::codes::RightKind,
    values::{Id, Period, Share, id::kind},
};

/// Where a moved share comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    /// From a right on record.
    From(Id<kind::Right>),
    /// From what rests with the giver as an owner.
    Residual,
}

/// A share that is taken for some days.
struct Piece {
    period: Period,
    share: Share,
    /// Whether it rests with whoever gets it.
    rests: bool,
}

/// Whether a share that is taken from somewhere rests with whoever gets it on a day: with the owner who granted it, or with the
/// only one.
fn rests(rights: &[Right], act: &Move, source: Taken, day: NaiveDate) -> bool {
    let Taken::From(id) = source else { return false };
    if act.kind == RightKind::Ownership {
        return false;
    }
    let grantor = rights.iter().find(|it| it.id == id).and_then(|it| it.grantor_id);
    let owners = || rights.iter().filter(|it| it.kind == RightKind::Ownership && it.period.contains(day));
    let owns = owners().any(|it| it.holder_id == act.to_id);
    owns && (grantor == Some(act.to_id) || owners().all(|it| it.holder_id == act.to_id))
}

/// What moving a share changes.
///
/// It is taken first from rights that the giver holds on record, then from what rests with the giver as an owner. What
/// is moved for a term comes back after it by itself, since only the days of the term are touched. A share that goes
/// back to the owner who granted it, or to whoever owns all of it by then, is not put on record again: it rests. One that goes
/// back to somebody through whose hands it came has not come through anybody behind them.
///
/// # Errors
/// [`RightsError::Insufficient`] with a day on which the giver does not hold that much; [`RightsError::TooFine`].
pub fn moved(rights: &[Right], act: &Move) -> Result<Change, RightsError> {
    let mut taken: BTreeMap<Taken, Vec<Piece>> = BTreeMap::new();
    for step in steps(rights, act.kind, &act.period) {
        for (source, share) in take(rights, act, &step)? {
            let rests = rests(rights, act, source, step.from());
            let pieces = taken.entry(source).or_default();
            match pieces.last_mut() {
                // Days that follow each other and lose the same share are one piece.
                Some(last)
                    if (last.share, last.rests) == (share, rests)
                        && last.period.to() == Some(step.from()) =>
                {
                    last.period = Period::new(last.period.from(), step.to())?;
                }
                _ => pieces.push(Piece { period: step, share, rests }),
            }
        }
    }
    let mut change = Change::default();
    for (source, pieces) in taken {
        let right = match source {
            Taken::From(id) => rights.iter().find(|it| it.id == id),
            Taken::Residual => None,
        };
        if let Some(right) = right {
            change.close.push(right.id);
            let lost: Vec<_> = pieces.iter().map(|it| (it.period, it.share)).collect();
            change.open.extend(remaining(right, &lost)?);
        }
        let grantor_id = match (act.kind, right) {
            (RightKind::Ownership, _) => None,
            (_, Some(right)) => right.grantor_id,
            (_, None) => Some(act.from_id),
        };
        let mut through = match right {
            Some(right) if act.kind != RightKind::Ownership => hands(right),
            _ => Vec::new(),
        };
        if let Some(back) = through.iter().position(|it| *it == act.to_id) {
            through.truncate(back);
        }
        change.open.extend(pieces.into_iter().filter(|it| !it.rests).map(|it| NewRight {
            kind: act.kind,
            holder_id: act.to_id,
            grantor_id,
            through: through.clone(),
            share: it.share,
            period: it.period,
            begun_by: None,
            ended_by: EndedBy::Nothing,
        }));
    }
    Ok(change)
}

/// What moving a share changes where it should never have been said to be with whoever gives it: it did not come through their hands, but by
/// way of whoever granted it to them.
///
/// # Errors
/// Those of [`moved`].
pub fn put_right(rights: &[Right], act: &Move) -> Result<Change, RightsError> {
    let mut change = moved(rights, act)?;
    for it in &mut change.open {
        if it.kind == act.kind && it.begun_by.is_none() && it.through.last() == Some(&act.from_id) {
            it.through.pop();
        }
    }
    Ok(change)
}

/// The moves that make the holders of a right on the first day of a period what they should have been said to be.
///
/// Whoever was said to hold too much gives, in the order of identifiers, to whoever was said to hold too little; so what was
/// recorded for later days on top of the mistake moves along with it. None where everything is as it should be.
///
/// # Errors
/// [`RightsError::TooFine`].
pub fn restated(
    rights: &[Right],
    kind: RightKind,
    holders: &[(Id<kind::Party>, Share)],
    period: &Period,
) -> Result<Vec<Move>, RightsError> {
    let mut missing: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for (party, share) in holders {
        *missing.entry(*party).or_insert_with(BigRational::zero) += share.to_ratio();
    }
    for it in super::holders(rights, kind, period.from())? {
        *missing.entry(it.holder_id).or_insert_with(BigRational::zero) -= it.share.to_ratio();
    }
    let too_much = missing.iter().filter(|(_, it)| it.is_negative()).map(|(party, it)| (*party, -it));
    let mut too_little: Vec<_> = missing.iter().filter(|(_, it)| it.is_positive()).rev().collect();
    let mut open: Option<(Id<kind::Party>, BigRational)> = None;
    let mut moves = Vec::new();
    for (from_id, mut surplus) in too_much {
        while surplus.is_positive() {
            let next = open.take().or_else(|| too_little.pop().map(|(party, it)| (*party, it.clone())));
            let Some((to_id, lacking)) = next else { break };
            let share = lacking.clone().min(surplus.clone());
            surplus -= &share;
            open = Some((to_id, lacking - &share)).filter(|(_, it)| it.is_positive());
            moves.push(Move { kind, from_id, to_id, share: Share::from_ratio(&share)?, period: *period });
        }
    }
    Ok(moves)
}

/// Everybody through whose hands a granted right came to where it is, its holder included.
pub fn hands(right: &Right) -> Vec<Id<kind::Party>> {
    right.through.iter().copied().chain(std::iter::once(right.holder_id)).collect()
}

/// Whether a right lets something to a party on any day of a period: the management that came to it, which it holds or has let on.
pub fn lets_to(right: &Right, lessee: Id<kind::Party>, days: &Period) -> bool {
    right.kind == RightKind::Management && right.period.overlaps(days) && hands(right).contains(&lessee)
}

/// From what the giver's share is taken in a step in which nothing changes.
fn take(rights: &[Right], act: &Move, step: &Period) -> Result<Vec<(Taken, Share)>, RightsError> {
    let mut wanted = act.share.to_ratio();
    let mut taken = Vec::new();
    let on_record = rights
        .iter()
        .filter(|it| it.kind == act.kind && it.holder_id == act.from_id && it.period.contains(step.from()));
    for right in on_record {
        if !wanted.is_positive() {
            break;
        }
        let part = right.share.to_ratio().min(wanted.clone());
        wanted -= &part;
        taken.push((Taken::From(right.id), Share::from_ratio(&part)?));
    }
    if wanted.is_positive() {
        let resting = match act.kind {
            RightKind::Ownership => None,
            RightKind::Management | RightKind::Income => {
                residuals(rights, act.kind, step.from()).remove(&act.from_id)
            }
        };
        if resting.is_none_or(|it| it < wanted) {
            return Err(RightsError::Insufficient {
                holder: act.from_id,
                kind: act.kind,
                on: step.from(),
                held: held(rights, act.kind, act.from_id, step.from()),
                wanted: act.share,
            });
        }
        taken.push((Taken::Residual, Share::from_ratio(&wanted)?));
    }
    Ok(taken)
}

/// What is left of a right after pieces were taken from it.
pub(in crate::register::rights) fn remaining(
    right: &Right,
    pieces: &[(Period, Share)],
) -> Result<Vec<NewRight>, RightsError> {
    let mut left = Vec::new();
    let mut keep = |from: NaiveDate, to: Option<NaiveDate>, share: Share| {
        let Ok(period) = Period::new(from, to) else { return };
        let ended_by = match right.ended_by {
            _ if to != right.period.to() => EndedBy::ThisAct,
            Some(earlier) => EndedBy::Earlier(earlier),
            None => EndedBy::Nothing,
        };
        left.push(NewRight {
            kind: right.kind,
            holder_id: right.holder_id,
            grantor_id: right.grantor_id,
            through: right.through.clone(),
            share,
            period,
            begun_by: Some(right.begun_by),
            ended_by,
        });
    };
    let mut from = Some(right.period.from());
    for (period, share) in pieces {
        if let Some(from) = from.filter(|it| *it < period.from()) {
            keep(from, Some(period.from()), right.share);
        }
        if let Some(rest) = right.share.checked_sub(*share)? {
            keep(period.from(), period.to(), rest);
        }
        from = period.to();
    }
    if let Some(from) = from.filter(|it| right.period.contains(*it)) {
        keep(from, right.period.to(), right.share);
    }
    Ok(left)
}
