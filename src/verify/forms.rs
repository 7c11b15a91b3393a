//! What the journal's own tables hold beyond what the tree commits to: rows that belong to no entry, hashes that were kept and
//! are gone, instants that are not what they were, or that have not come yet.

use chrono::TimeDelta;

use crate::{
    identity, journal,
    storage::{self, Read, StorageError},
    verify::{Damage, DamageKind, Report, database::natural},
};

/// How many rows of a kind are listed.
const LISTED: i64 = 1_000;

/// How many tokens are looked at at once.
const AT_ONCE: i64 = 400;

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
        let detail = Some("an instant is not written as it was".to_owned());
        let damage = Damage::row(DamageKind::RowDiffers, table, row, index.map(natural));
        report.add(Damage { detail, ..damage });
    }
    not_yet(unit, report)
}

/// What is said to have been sealed at an instant that has not come yet, by the clock of whoever verifies.
fn not_yet(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let ahead = unit.timestamp() + TimeDelta::seconds(storage::CLOCKS_APART_SECONDS);
    for index in journal::sealed_after(unit, ahead, LISTED)? {
        report.add(Damage::at(DamageKind::SealedInFuture, natural(index)));
    }
    if journal::progress_is_beyond(unit, ahead)? {
        report.add(Damage { table: Some("journal_progress"), ..Damage::of(DamageKind::SealedInFuture) });
    }
    Ok(())
}

/// Refresh tokens with which somebody could go on, and which no entry handed out.
pub(super) fn sessions(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut after = String::new();
    loop {
        let some = identity::tokens_in_use(unit, &after, AT_ONCE)?;
        let Some(last) = some.last() else { return Ok(()) };
        after.clone_from(&last.digest);
        for digest in identity::not_handed_out(unit, &some)? {
            report.add(Damage::row(DamageKind::RowUnexplained, "refresh_tokens", digest, None));
        }
    }
}
