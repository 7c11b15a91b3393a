//! Relations as they end: what is said of days that are over is looked at with the acts that rested on it.

use chrono::NaiveDate;

use crate::{
    acts::{
        ActError,
        taken_back::{Mistaken, Moved, OnRecord},
    },
    cases::{self, Concerning},
    identity::{Caller, Permission},
    register::parties::{self, relations::Relation},
    storage::Write,
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
    Faults::none_of(mistaken.faults(unit, &scope, moved.as_ref())?)?;
    let mut because = None;
    if let Some(moved) = moved.filter(|it| it.is_over) {
        let it = OnRecord {
            region,
            recorder: parties::related_by(unit, id)?,
            recorded: id.made_at(),
            ended: parties::relation_ended_by(unit, id)?,
        };
        let both = [standing.from_id, standing.to_id];
        // Who is no more than employed by a village, or a member of it, is looked at by no rule.
        let what = if counts { Concerning::Either(both) } else { Concerning::Both(both) };
        let resting = cases::resting_since(unit, what, it.since(&moved))?;
        because = Some(mistaken.told(caller, (&it, &moved), &resting)?);
    }
    Ok(parties::end_relation(unit, caller, from, id, seen, (ended_on, because))?)
}
