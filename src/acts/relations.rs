//! Relations as they end: what is said of days that are over is looked at with the acts that rested on it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    acts::{
        ActError, ActRefused,
        taken_back::{Mistaken, Moved, OnRecord, needed},
    },
    cases::{self, Concerning, policies},
    identity::{Caller, Permission},
    register::{
        codes::{RelationKind, Sector},
        parties::{self, relations::Relation},
        rights,
    },
    storage::{Read, StorageError, Write},
    values::{Faults, Id, Seen, Validity, id::kind},
};

/// Says on which day a relation of a party ended; or that it goes on after all, or never was.
///
/// # Errors
/// Those of the register; and of acts that were looked at while it was on record ([`ActRefused::ReliedUpon`](super::ActRefused)).
pub fn end(
    unit: &mut Write<'_>,
    caller: &Caller,
    (from, id): (Id<kind::Party>, Id<kind::Relation>),
    seen: &Seen,
    (ended_on, mistaken): (Option<NaiveDate>, &Mistaken),
) -> Result<Relation, ActError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    let (standing, region, counts) = parties::hold_relation(unit, caller, from, id)?;
    // The register refuses what is no end of it, and what was changed meanwhile.
    let asked = Validity::new(standing.period.from(), ended_on).ok();
    let asked = asked.filter(|_| seen.includes(standing.version));
    let moved = asked.and_then(|asked| {
        let days = (standing.period.days(), asked.days());
        Moved::between(standing.period.from(), days, unit.today())
    });
    Faults::none_of(mistaken.faults(unit, &scope, (moved.as_ref(), asked.is_some()))?)?;
    let mut because = None;
    if let Some(moved) = moved.filter(|it| it.is_over) {
        let it = OnRecord {
            region,
            recorder: parties::related_by(unit, id)?,
            recorded: id.made_at(),
            ended: parties::relation_ended_by(unit, id)?,
        };
        let both = [standing.from_id, standing.to_id];
        let today = unit.today();
        let depth = policies::effective(unit, region, today)?.values.related_party_depth;
        let around = parties::ties_around(unit, &both, &[moved.first, today], depth)?;
        let near: BTreeSet<_> = around.iter().flat_map(|it| [it.from, it.to]).collect();
        let near: Vec<_> = near.into_iter().collect();
        // Who is no more than employed by a village, or a member of it, is looked at by no rule.
        let what = if counts { Concerning::Tie { ends: both, near: &near } } else { Concerning::Both(both) };
        let resting = cases::resting_since(unit, what, it.since(&moved))?;
        because = Some(mistaken.told(caller, (&it, &moved), &resting)?);
    }
    if let Some(moved) = moved.filter(|it| it.shortened)
        && let Some(held) = held_by_own(unit, &standing, moved.first)?
    {
        if caller.permit_in(Permission::CasesApprove, &region).is_err() {
            return Err(ActRefused::LeavesPublicHands(held).into());
        }
        if mistaken.document_id.is_none() {
            return Err(
                Faults::from(needed("/document_id", "since it runs what the village let to it")).into()
            );
        }
        because = because.or_else(|| Some(json!({"document_id": mistaken.document_id, "asset_ids": held})));
    }
    Ok(parties::end_relation(unit, caller, from, id, seen, (ended_on, because))?)
}

/// How many assets an answer names at most.
const TOLD: i64 = 100;

/// The assets that an organisation has rights in from a day on which a collective or the state has in its hands by a relation; none where it
/// is no such relation, or has no such right. What was given to it as the village's own would be somebody else's with it.
fn held_by_own(
    unit: &mut Read<'_>,
    it: &Relation,
    from: NaiveDate,
) -> Result<Option<Vec<Id<kind::Asset>>>, StorageError> {
    let (owner, organisation) = match it.kind {
        RelationKind::ControlledBy => (it.to_id, it.from_id),
        RelationKind::Shareholder => (it.from_id, it.to_id),
        _ => return Ok(None),
    };
    let standing = parties::standing(unit, &[owner])?;
    if standing.get(&owner).is_none_or(|it| it.kind.sector() == Sector::Private) {
        return Ok(None);
    }
    let held = rights::held_from(unit, organisation, from, TOLD)?;
    Ok((!held.is_empty()).then_some(held))
}
