//! What parties and assets are called, for sentences that name them.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    journal::Known,
    register::{assets, parties},
    storage::{Read, StorageError},
    values::Id,
};

/// The names of those identifiers that are of parties, as far as is known, and of assets: by the identifiers as they are
/// written.
pub fn names<'a>(
    unit: &mut Read<'_>,
    ids: impl Iterator<Item = &'a str>,
    known: Known,
) -> Result<BTreeMap<String, String>, StorageError> {
    let mut ids: Vec<Uuid> = ids.filter_map(|it| it.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (of_parties, of_assets): (Vec<_>, Vec<_>) =
        ids.iter().map(|it| (Id::from(*it), Id::from(*it))).unzip();
    let of_parties =
        parties::names(unit, &of_parties, known)?.into_iter().map(|(id, it)| (id.to_string(), it));
    let of_assets = assets::names(unit, &of_assets, known)?.into_iter().map(|(id, it)| (id.to_string(), it));
    Ok(of_parties.chain(of_assets).collect())
}
