//! What parties, assets, documents and cases are called, for sentences that name them.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    cases,
    journal::Known,
    loss::finding::{Called, Names},
    register::{assets, documents, parties},
    storage::{Read, StorageError, day_of},
    values::Id,
};

/// What those identifiers stand for that are of parties and assets, as far as is known, of documents and of cases: by the identifiers as
/// they are written. A document is called by the name of its file, which may name a person: nothing of this is for public notices.
pub fn names<'a>(
    unit: &mut Read<'_>,
    ids: impl Iterator<Item = &'a str>,
    known: Known,
) -> Result<Names, StorageError> {
    let mut ids: BTreeSet<Uuid> = ids.filter_map(|it| it.parse().ok()).collect();
    let mut called = Names::new();
    let mut take = |ids: &mut BTreeSet<Uuid>, found: Vec<(Uuid, Called)>| {
        for (id, it) in found {
            ids.remove(&id);
            called.insert(id.to_string(), it);
        }
    };
    if !ids.is_empty() {
        let found = parties::names(unit, &all(&ids), known)?.into_iter();
        take(&mut ids, found.map(|(id, it)| (id.uuid(), Called::Name(it))).collect());
    }
    if !ids.is_empty() {
        let found = assets::names(unit, &all(&ids), known)?.into_iter();
        take(&mut ids, found.map(|(id, it)| (id.uuid(), Called::Name(it))).collect());
    }
    if !ids.is_empty() {
        let found = documents::names(unit, &all(&ids))?.into_iter();
        take(&mut ids, found.map(|(id, it)| (id.uuid(), Called::Name(it))).collect());
    }
    if !ids.is_empty() {
        let found = cases::heads(unit, &all(&ids))?.into_iter();
        take(&mut ids, found.map(|it| (it.id.uuid(), Called::Case(it.kind, day_of(it.at)))).collect());
    }
    Ok(called)
}

fn all<Kind>(ids: &BTreeSet<Uuid>) -> Vec<Id<Kind>> {
    ids.iter().copied().map(Id::from).collect()
}
