//! Reads a table a page at a time, ordered by key, without trusting that keys are unique.

use crate::{
    storage::{
        Read, StorageError,
        rows::{Cells, Layout},
    },
    verify::{Damage, DamageKind, Report},
};

/// How many rows are read per query.
const BATCH_SIZE: i64 = 1_000;

/// The rows after a given one, ordered by key. A page ends with every row that has its last key, since the next page begins after
/// that key.
pub(super) fn page(
    unit: &mut Read<'_>,
    layout: &'static Layout,
    after: Option<&Cells>,
) -> Result<Vec<Cells>, StorageError> {
    let mut found = layout.page(unit, after, BATCH_SIZE)?;
    let is_full = i64::try_from(found.len()).is_ok_and(|it| it >= BATCH_SIZE);
    let Some(last) = (if is_full { found.pop() } else { None }) else { return Ok(found) };
    let Ok(key) = layout.key_of(&last) else {
        found.push(last);
        return Ok(found);
    };
    let same = |it: &Cells| layout.key_of(it).is_ok_and(|it| it == key);
    let before = found.iter().rev().take_while(|it| same(it)).count();
    found.truncate(found.len().saturating_sub(before));
    found.extend(layout.with_same_key(unit, &last)?);
    if !found.last().is_some_and(same) {
        // A search by its own key does not find it; it must not be skipped all the same.
        found.push(last);
    }
    Ok(found)
}

/// Reports a table whose number of rows differs from the number found by key.
pub(super) fn counted(
    unit: &mut Read<'_>,
    layout: &'static Layout,
    seen: u64,
    report: &mut Report,
) -> Result<(), StorageError> {
    let there = layout.count(unit)?;
    if there != seen {
        let detail = Some(format!("the table has {there} rows, and {seen} are found by their keys"));
        let damage = Damage::of(DamageKind::RowUnexplained);
        report.add(Damage { table: Some(layout.table.name), detail, ..damage });
    }
    Ok(())
}
