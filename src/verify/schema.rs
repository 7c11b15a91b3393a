//! Checks the schema: the tables must be exactly what the migrations of this release create. Then rows are read from tables,
//! not from views put in their place, and their constraints and triggers are still there.

use crate::{
    storage::{Difference, Read, Release, Standing, differences, leave_traces, standing},
    verify::{Damage, DamageKind, Report, VerifyError},
};

/// The table that lists the migrations applied to a database.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// Determines the release of a database and, if it is this one, reports how its tables differ.
pub(super) fn check(unit: &mut Read<'_>, report: &mut Report) -> Result<Release, VerifyError> {
    let Standing { release, missing, unknown, .. } = standing(unit)?;
    let found = differences(unit)?;
    if release != Release::This {
        // If the tables are exactly those of this release all the same, it is the list that was tampered with.
        let is_exact = found.as_ref().is_some_and(Vec::is_empty);
        if !is_exact || !(missing.is_empty() || leave_traces(&missing)?) {
            return Ok(release);
        }
        let row = |kind, version: String| Damage::row(kind, MIGRATIONS, version, None);
        for version in missing {
            let detail = Some("what it creates is there".to_owned());
            report.add(Damage { detail, ..row(DamageKind::RowMissing, version) });
        }
        for version in unknown {
            let detail = Some("this release has no such migration, and there is no trace of it".to_owned());
            report.add(Damage { detail, ..row(DamageKind::RowUnexplained, version) });
        }
    }
    match found {
        None => report.schema_not_examined = true,
        Some(found) => {
            for Difference { table, what } in found {
                let damage = Damage::of(DamageKind::SchemaDiffers);
                report.add(Damage { table: Some(table), detail: Some(what), ..damage });
            }
        }
    }
    Ok(Release::This)
}
