//! The tables themselves: that they are what the migrations of this release make, so that rows are read from tables and from
//! nothing that stands in their place, and are guarded as they were.

use crate::{
    storage::{Difference, Read, Release, Standing, are_seen, differences, standing},
    verify::{Damage, DamageKind, Report, VerifyError},
};

/// Where a database lists the migrations that were applied to it.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// Tells of which release a database is, and in what its tables differ from those of this one, if it is this one.
pub(super) fn check(unit: &mut Read<'_>, report: &mut Report) -> Result<Release, VerifyError> {
    let Standing { release, missing, unknown } = standing(unit)?;
    let found = differences(unit)?;
    if release != Release::This {
        // The list says one thing. Where the tables are exactly those of this release, it is the list that was changed.
        let is_exact = found.as_ref().is_some_and(Vec::is_empty);
        if !is_exact || !(missing.is_empty() || are_seen(&missing)?) {
            return Ok(release);
        }
        let row = |kind, version: String| Damage::row(kind, MIGRATIONS, version, None);
        for version in missing {
            let detail = Some("what it makes is there".to_owned());
            report.add(Damage { detail, ..row(DamageKind::RowMissing, version) });
        }
        for version in unknown {
            let detail = Some("this release knows no such migration, and nothing of it is there".to_owned());
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
