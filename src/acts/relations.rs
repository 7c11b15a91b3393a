//! Relations as they are recorded and end: nothing leaves public hands by one unseen, and what is said of days that are over is looked at
//! with the acts that rested on it.

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
    journal::Known,
    register::{
        assets,
        codes::{PartyKind, RelationKind},
        documents,
        parties::{
            self,
            relations::{NewRelation, Relation},
            ties::{Tie, Web},
        },
        rights,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Faults, Id, Reason, RegionCode, Scope, Seen, Validity, id::kind},
};

/// Records how a party is related to another. `document_id` is the paper that shows it.
///
/// # Errors
/// Those of the register; and where an organisation that has rights in assets is in public hands no longer by it
/// ([`ActRefused::LeavesPublicHands`](super::ActRefused)).
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    from: Id<kind::Party>,
    (asked, document_id): (&NewRelation, Option<Id<kind::Document>>),
) -> Result<Relation, ActError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    lock(unit, &Locked::NewBasis)?;
    let region = parties::find(unit, caller, from, Known::Now)?.region_code;
    let ends = parties::standing(unit, &[from, asked.to_id])?;
    let held = match (ends.get(&from), ends.get(&asked.to_id)) {
        (Some(it), Some(other)) => {
            let tie = asked.tie((from, it.kind), other.kind);
            let today = unit.today().max(asked.period.from());
            let days = [asked.period.from(), today].into_iter().filter(|it| asked.period.contains(*it));
            leaves_public_hands(unit, &tie, Becomes::OnRecord, days)?
        }
        _ => None,
    };
    let because = document_id.map(|it| json!({"document_id": it, "asset_ids": held}));
    let relation = parties::relate(unit, caller, from, asked, because)?;
    if let Some(document) = document_id
        && !documents::missing(unit, &scope, &[document])?.is_empty()
    {
        return Err(Faults::one("/document_id", Reason::NotFound { what: "document" }).into());
    }
    if let Some(held) = held {
        by_the_county(unit, caller, (&scope, region), (&held, document_id))?;
    }
    Ok(relation)
}

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
    if let Some(moved) = moved.filter(|it| it.shortened) {
        let tie = parties::tie_of(unit, &standing)?;
        let today = unit.today().max(moved.first);
        let days = [moved.first, today].into_iter().filter(|it| standing.period.contains(*it));
        if let Some(held) = leaves_public_hands(unit, &tie, Becomes::Ended, days)? {
            by_the_county(unit, caller, (&scope, region), (&held, mistaken.document_id))?;
            because =
                because.or_else(|| Some(json!({"document_id": mistaken.document_id, "asset_ids": held})));
        }
    }
    Ok(parties::end_relation(unit, caller, from, id, seen, (ended_on, because))?)
}

/// How many assets an answer names at most.
const TOLD: i64 = 100;

/// What becomes of a relation.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    OnRecord,
    Ended,
}

/// The assets that an organisation has rights in from a day on which it is in the hands of collectives or of the state, and would be no
/// longer by a relation; none where it stays so, or has no such right. What was given to it as the village's own would be somebody else's.
fn leaves_public_hands(
    unit: &mut Read<'_>,
    tie: &Tie,
    becomes: Becomes,
    days: impl Iterator<Item = NaiveDate>,
) -> Result<Option<Vec<Id<kind::Asset>>>, StorageError> {
    let (organisation, kind) = match tie.kind {
        RelationKind::ControlledBy => (tie.from, tie.from_kind),
        RelationKind::Shareholder => (tie.to, tie.to_kind),
        _ => return Ok(None),
    };
    // A share without a say changes nothing.
    if !tie.counts() || !(kind.is_owned() || kind == PartyKind::StateEnterprise) {
        return Ok(None);
    }
    for day in days {
        let was = parties::ties_around(unit, &[organisation], &[day], 1)?;
        let mut is = was.clone();
        match becomes {
            Becomes::OnRecord => is.push(*tie),
            Becomes::Ended => is.retain(|it| it != tie),
        }
        let in_public_hands = |ties| Web::of(ties).is_in_public_hands(organisation, kind);
        if in_public_hands(&was) && !in_public_hands(&is) {
            let held = rights::held_from(unit, organisation, day, TOLD)?;
            return Ok((!held.is_empty()).then_some(held));
        }
    }
    Ok(None)
}

/// What an approver of the county says with a paper alone: refused to whoever else says it. An answer names the assets that whoever asks
/// may know of.
fn by_the_county(
    unit: &mut Read<'_>,
    caller: &Caller,
    (scope, region): (&Scope, RegionCode),
    (held, document): (&[Id<kind::Asset>], Option<Id<kind::Document>>),
) -> Result<(), ActError> {
    if caller.permit_in(Permission::CasesApprove, &region).is_err() {
        let seen = assets::some(unit, scope, held)?;
        return Err(ActRefused::LeavesPublicHands(seen.into_iter().map(|it| it.id).collect()).into());
    }
    if document.is_none() {
        return Err(Faults::from(needed("/document_id", "since it runs what the village let to it")).into());
    }
    Ok(())
}
