//! Compares the bytes of each document with the hash in its row. The row itself is committed to like any other.

use std::{io, path::Path};

use crate::{
    register::documents::{self, Kept},
    storage::{Read, chain, files},
    verify::{Damage, DamageKind, Report, VerifyError},
};

/// How many documents are read per query.
const BATCH_SIZE: i64 = 1_000;

/// Compares every document on record with its file in a folder; if no folder is given, the documents are only counted.
pub(super) fn check(
    unit: &mut Read<'_>,
    folder: Option<&Path>,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let Some(folder) = folder else {
        report.documents_not_examined = u64::try_from(documents::count(unit)?).unwrap_or_default();
        return Ok(());
    };
    let mut after = None;
    loop {
        let some = documents::kept(unit, after, BATCH_SIZE)?;
        let Some(last) = some.last() else { return Ok(()) };
        after = Some(last.id);
        for Kept { id, sha256, size } in some {
            report.documents = report.documents.saturating_add(1);
            let (kind, detail) = match files::digest(&documents::file_of(folder, &sha256)) {
                Ok(found) if found == (sha256, u64::try_from(size).unwrap_or_default()) => continue,
                Ok(_) => (DamageKind::DocumentAltered, None),
                Err(error) if error.kind() == io::ErrorKind::NotFound => (DamageKind::DocumentMissing, None),
                Err(error) => (DamageKind::DocumentMissing, Some(chain(&error))),
            };
            report.add(Damage { detail, ..Damage::row(kind, "documents", id.to_string(), None) });
        }
    }
}
