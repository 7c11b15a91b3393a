//! The rights once a change is recorded, and the laws that they must keep. Pure.

use super::{
    Change, EndedBy, Owned, Right, RightsError,
    held::{holders, steps},
};
use crate::{
    register::codes::RightKind,
    values::{Id, Period, id::kind, share::sum},
};

/// The rights as they will be on record once a change is recorded.
pub fn after(
    rights: &[Right],
    change: &Change,
    this_act: Id<kind::Instrument>,
    mut id: impl FnMut() -> Id<kind::Right>,
) -> Vec<Right> {
    let kept = rights.iter().filter(|it| !change.close.contains(&it.id)).cloned();
    let opened = change.open.iter().map(|new| Right {
        id: id(),
        kind: new.kind,
        holder_id: new.holder_id,
        grantor_id: new.grantor_id,
        through: new.through.clone(),
        share: new.share,
        period: new.period,
        begun_by: new.begun_by.unwrap_or(this_act),
        ended_by: match new.ended_by {
            EndedBy::Nothing => None,
            EndedBy::Earlier(act) => Some(act),
            EndedBy::ThisAct => Some(this_act),
        },
    });
    kept.chain(opened).collect()
}

/// The rights as a change would leave them, which is not recorded: its rows have ids that are only told apart from those
/// there are.
pub fn foreseen(rights: &[Right], change: &Change) -> Vec<Right> {
    let mut last = rights.iter().map(|it| it.id.uuid().as_u128()).max().unwrap_or_default();
    after(rights, change, Id::from(uuid::Uuid::nil()), || {
        last = last.wrapping_add(1);
        Id::from(uuid::Uuid::from_u128(last))
    })
}

/// The days on which an asset is owned, as periods that do not touch: from first registration to its end, and again from
/// its restoration on.
pub fn owned_days(rights: &[Right]) -> Vec<Period> {
    let mut periods: Vec<Period> =
        rights.iter().filter(|it| it.kind == RightKind::Ownership).map(|it| it.period).collect();
    periods.sort_by_key(Period::from);
    joined(periods)
}

/// The days on which an asset is owned once a change is recorded.
pub fn owned_days_after(rights: &[Right], change: &Change) -> Vec<Period> {
    let before = owned_days(rights);
    match &change.owned {
        Owned::AsBefore => before,
        Owned::Also(days) => {
            let mut all: Vec<Period> = before.iter().chain(days).copied().collect();
            all.sort_by_key(Period::from);
            joined(all)
        }
        Owned::Until(day) => before
            .into_iter()
            .filter_map(|it| {
                let to = it.to().map_or(*day, |to| to.min(*day));
                Period::new(it.from(), Some(to)).ok()
            })
            .collect(),
    }
}

/// Joins periods that touch; they come in the order of their first days.
fn joined(periods: Vec<Period>) -> Vec<Period> {
    let mut joined: Vec<Period> = Vec::new();
    for it in periods {
        match joined.last_mut() {
            Some(last) if last.to().is_none_or(|to| it.from() <= to) => {
                let to = last.to().zip(it.to()).map(|(one, other)| one.max(other));
                *last = Period::new(last.from(), to).unwrap_or(*last);
            }
            _ => joined.push(it),
        }
    }
    joined
}

/// Holds the laws against rights: on every day on which the asset is to be owned, ownership sums to exactly 1, each
/// granted right to at most 1, and every residual can be stated exactly; on any other day there is no right at all.
pub fn lawful(rights: &[Right], owned: &[Period]) -> Result<(), RightsError> {
    if let Some(right) = rights.iter().find(|it| !owned.iter().any(|period| period.covers(&it.period))) {
        return Err(RightsError::Unowned { kind: right.kind, on: right.period.from() });
    }
    for kind in RightKind::ALL.iter().copied() {
        for step in owned.iter().flat_map(|period| steps(rights, kind, period)) {
            let on_day = rights.iter().filter(|it| it.kind == kind && it.period.contains(step.from()));
            let sum = sum(on_day.map(|it| it.share));
            match kind {
                RightKind::Ownership if !sum.is_whole() => return Err(RightsError::NotWhole { sum }),
                _ if sum.exceeds_whole() => return Err(RightsError::Exceeded { kind, sum }),
                _ => holders(rights, kind, step.from())?,
            };
        }
    }
    Ok(())
}
