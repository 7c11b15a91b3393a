//! Relations as they end: what is said never to have been is looked at with the acts that rested on it.

use chrono::NaiveDate;

use crate::{
    acts::{
        ActError,
        taken_back::{Mistaken, relied_upon},
    },
    identity::{Caller, Permission},
    journal::Known,
    register::parties::{self, relations::Relation},
    storage::Write,
    values::{Faults, Id, Seen, id::kind},
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
    let standing = parties::find_relation(unit, caller, from, id, Known::Now)?;
    let never_was = ended_on == Some(standing.period.from());
    Faults::none_of(mistaken.faults(unit, &scope, never_was)?)?;
    let is_new = never_was && standing.period.days().is_some();
    let because = if is_new {
        let region = parties::find(unit, caller, from, Known::Now)?.region_code;
        let recorder = parties::related_by(unit, id)?;
        let relied = relied_upon(unit, &[], &[standing.from_id, standing.to_id], id.made_at())?;
        Some(mistaken.told(caller, (&region, recorder), &relied)?)
    } else {
        None
    };
    Ok(parties::end_relation(unit, caller, from, id, seen, (ended_on, because))?)
}
