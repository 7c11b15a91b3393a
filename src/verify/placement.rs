//! Checks that the journal's own tables agree with each other: every entry has an index or waits for one, leaves name the feeds
//! of their entries, the times of sealing never decrease, and no hash is stored outside the tree.

use crate::{
    journal,
    storage::{Read, StorageError},
    verify::{Damage, DamageKind, Report, database::natural},
};

/// How many rows of each kind are listed at most.
const LISTED: i64 = 1_000;

/// Checks that the tables of the journal agree with each other.
pub(super) fn check(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    for size in report.read("journal_cosignatures", journal::cosigned_without_checkpoint(unit, LISTED))? {
        let detail = Some("there is no checkpoint of that size".to_owned());
        let damage = Damage::of(DamageKind::BadCosignature);
        report.add(Damage { tree_size: Some(natural(size)), detail, ..damage });
    }
    for entry in report.read("journal_entries", journal::unplaced(unit, LISTED))? {
        let row = entry.to_string();
        report.add(Damage::row(DamageKind::EntryUnplaced, "journal_entries", row, None));
    }
    for (sequence, index) in report.read("journal_pending", journal::pending_unexplained(unit, LISTED))? {
        let (row, index) = (sequence.to_string(), index.map(natural));
        report.add(Damage::row(DamageKind::PendingUnexplained, "journal_pending", row, index));
    }
    for index in report.read("journal_leaves", journal::feeds_that_differ(unit, LISTED))? {
        report.add(Damage::at(DamageKind::FeedDiffers, natural(index)));
    }
    for index in report.read("journal_leaves", journal::sealed_out_of_order(unit, LISTED))? {
        report.add(Damage::at(DamageKind::SealedOutOfOrder, natural(index)));
    }
    if report.read("journal_progress", journal::progress_is_behind(unit))? {
        report.add(Damage { table: Some("journal_progress"), ..Damage::of(DamageKind::ProgressBehind) });
    }
    let size = natural(report.read("journal_leaves", journal::size(unit))?);
    for (level, nodes) in report.read("journal_nodes", journal::nodes_of_levels(unit))? {
        let wanted =
            u32::try_from(level).ok().and_then(|it| size.checked_shr(it.saturating_mul(8))).unwrap_or(0);
        if natural(nodes) > wanted {
            let detail = Some(format!("{nodes} hashes, where the tree has {wanted}"));
            report.add(Damage { detail, ..Damage::tile(format!("tile/{level}")) });
        }
    }
    Ok(())
}
