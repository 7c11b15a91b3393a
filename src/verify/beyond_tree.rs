//! Checks what the journal's own tables hold beyond what the tree commits to: rows that belong to no entry, hashes that were
//! kept and are gone, instants that were rewritten or lie in the future.

use chrono::TimeDelta;

use crate::{
    identity, journal,
    storage::{self, Read, StorageError},
    verify::{Damage, DamageKind, Report, database::natural},
};

/// How many rows of each kind are listed at most.
const LISTED: i64 = 1_000;

/// How many tokens are read per query.
const BATCH_SIZE: i64 = 400;

/// Checks what the tree does not commit to.
pub(super) fn check(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    for (subject, entry) in journal::subjects_without_entries(unit, LISTED)? {
        let row = format!("{subject}/{entry}");
        report.add(Damage::row(DamageKind::RowUnexplained, "journal_subjects", row, None));
    }
    for entry in journal::rows_without_places(unit, LISTED)? {
        report.add(Damage::row(DamageKind::RowUnexplained, "journal_rows", entry.to_string(), None));
    }
    for index in journal::content_hashes_gone(unit, LISTED)? {
        let detail = Some("the hash of the content, which was kept when it was sealed, is gone".to_owned());
        report.add(Damage { detail, ..Damage::at(DamageKind::ContentAltered, natural(index)) });
    }
    for (table, row, index) in storage::odd_instants(unit, LISTED)? {
        let detail = Some("an instant is not in the form in which this program writes it".to_owned());
        let damage = Damage::row(DamageKind::RowDiffers, table, row, index.map(natural));
        report.add(Damage { detail, ..damage });
    }
    sealed_in_future(unit, report)
}

/// Reports entries whose seal is dated in the future, by the clock of this machine.
fn sealed_in_future(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let ahead = unit.timestamp() + TimeDelta::seconds(storage::CLOCKS_APART_SECONDS);
    for index in journal::sealed_after(unit, ahead, LISTED)? {
        report.add(Damage::at(DamageKind::SealedInFuture, natural(index)));
    }
    if journal::progress_is_beyond(unit, ahead)? {
        report.add(Damage { table: Some("journal_progress"), ..Damage::of(DamageKind::SealedInFuture) });
    }
    Ok(())
}

/// Reports refresh tokens that are still usable and that no entry records as issued.
pub(super) fn sessions(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut after = String::new();
    loop {
        let some = identity::tokens_in_use(unit, &after, BATCH_SIZE)?;
        let Some(last) = some.last() else { return Ok(()) };
        after.clone_from(&last.digest);
        for digest in identity::not_handed_out(unit, &some)? {
            report.add(Damage::row(DamageKind::RowUnexplained, "refresh_tokens", digest, None));
        }
    }
}
