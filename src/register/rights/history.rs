//! Everything on record about the rights in an asset, past and to come: what a drawing of its chain is made from.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    identity::{Caller, Permission},
    journal::Known,
    register::{
        assets,
        codes::RightKind,
        rights::{InstrumentKind, RecordError, RecordRefused, Right, store},
    },
    storage::Read,
    values::{Id, id::kind},
};

/// The rights in an asset over all days.
#[derive(Debug, Clone)]
pub struct History {
    /// The rights, in the order in which they begin.
    pub rights: Vec<Right>,
    /// The names of their holders.
    pub names: BTreeMap<Id<kind::Party>, String>,
    /// The acts that changed them, in the order in which they took effect.
    pub acts: Vec<Act>,
}

/// An act that changed rights in an asset.
#[derive(Debug, Clone)]
pub struct Act {
    /// The act.
    pub instrument_id: Id<kind::Instrument>,
    /// What kind of act.
    pub kind: InstrumentKind,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The case that it executed.
    pub case_id: Option<Id<kind::Case>>,
    /// The rights of which it moved shares.
    pub moved: Vec<RightKind>,
}

/// All rights on record in an asset, with the acts that made them, as far as is known.
pub fn history(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    known: Known,
) -> Result<History, RecordError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let rows = store::named_rights(unit, &scope, asset, known)?;
    if rows.is_empty() && !assets::is_known(unit, &scope, asset, known)? {
        return Err(RecordRefused::NotFound.into());
    }
    let names = rows.iter().map(|(right, name)| (right.holder_id, name.clone())).collect();
    let mut acts: Vec<Act> = Vec::new();
    for (act, right) in store::acts_of(unit, asset, known)? {
        match acts.last_mut() {
            Some(last) if last.instrument_id == act.instrument_id => last.moved.push(right),
            _ => acts.push(Act { moved: vec![right], ..act }),
        }
    }
    for act in &mut acts {
        act.moved.dedup();
    }
    Ok(History { rights: rows.into_iter().map(|(right, _)| right).collect(), names, acts })
}
