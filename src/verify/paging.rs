//! Reading a table a page at a time, by its keys, without trusting that a key stands once.

use crate::{
    storage::{
        Read, StorageError,
        rows::{Cells, Layout},
    },
    verify::{Damage, DamageKind, Report},
};

/// How many rows are read at once.
const AT_ONCE: i64 = 1_000;

/// The rows after one, by their keys; at the end of a page all that have its last key, since the next begins behind that.
pub(super) fn page(
    unit: &mut Read<'_>,
    layout: &'static Layout,
    after: Option<&Cells>,
) -> Result<Vec<Cells>, StorageError> {
    let mut found = layout.page(unit, after, AT_ONCE)?;
    let is_full = i64::try_from(found.len()).is_ok_and(|it| it >= AT_ONCE);
    let Some(last) = (if is_full { found.pop() } else { None }) else { return Ok(found) };
    let Ok(key) = layout.key_of(&last) else {
        found.push(last);
        return Ok(found);
    };
    let same = |it: &Cells| layout.key_of(it).is_ok_and(|it| it == key);
    let before = found.iter().rev().take_while(|it| same(it)).count();
    found.truncate(found.len().saturating_sub(before));
    found.extend(layout.namesakes(unit, &last)?);
    if !found.last().is_some_and(same) {
        // Its own key does not find it: at least it is not passed over.
        found.push(last);
    }
    Ok(found)
}

/// Tells where a table has more rows than were found by their keys, or fewer.
pub(super) fn counted(
    unit: &mut Read<'_>,
    layout: &'static Layout,
    seen: u64,
    report: &mut Report,
) -> Result<(), StorageError> {
    let there = layout.count(unit)?;
    if there != seen {
        let detail = Some(format!("{there} rows are there, and {seen} are found by their keys"));
        let damage = Damage::of(DamageKind::RowUnexplained);
        report.add(Damage { table: Some(layout.table.name), detail, ..damage });
    }
    Ok(())
}
