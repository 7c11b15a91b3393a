//! What the database engine itself finds wrong: damaged pages, and indexes that do not have every row.

use crate::{
    storage::{Read, StorageError, integrity},
    verify::{Damage, DamageKind, Report},
};

/// Lets the engine examine the database, and reports each line of what it says.
pub(super) fn check(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    match integrity(unit)? {
        None => report.engine_not_examined = true,
        Some(found) => {
            for line in found {
                report.add(Damage { detail: Some(line), ..Damage::of(DamageKind::DatabaseDamaged) });
            }
        }
    }
    Ok(())
}
