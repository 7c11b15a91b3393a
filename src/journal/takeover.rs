//! Committing to rows that no entry of theirs commits to: those of a release whose entries committed to less, and all rows of
//! a table whose columns changed.
//!
//! It happens once, before anything is served, in one transaction. The entries say of which table they speak and what its
//! columns are; what the rows said before that, only the entries of then can tell.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    journal::{Action, Actor, Record, append, store},
    storage::{
        Locked, Read, Storage, StorageError, Upkeep, Write, lock,
        rows::{Cells, Layout, layouts},
    },
};

/// Rows were committed to as they were found, and not by the entry of the act that wrote them.
const COMMITTED: Action = Action::named("rows_committed");

/// How many rows one entry commits to.
const ROWS_OF_AN_ENTRY: i64 = 1_000;

/// Commits to the rows of all tables whose columns the journal does not know yet. Returns how many rows that were.
pub fn commit_to_all_rows(storage: &Storage) -> Result<usize, StorageError> {
    if storage.read_now(unknown)?.is_empty() {
        return Ok(0);
    }
    if storage.read_now(is_empty)? {
        let keep = |unit: &mut Upkeep<'_>| {
            let unknown = unknown(unit)?;
            store::keep_layouts(unit, &unknown)
        };
        return storage.upkeep_now(keep).map(|()| 0);
    }
    let committed = storage.write_now(|unit| {
        lock(unit, &Locked::Name("journaled_tables"))?;
        let unknown = unknown(unit)?;
        let mut rows = 0;
        for layout in &unknown {
            rows += commit_to_table(unit, layout)?;
        }
        store::learn_layouts(unit, &unknown)?;
        Ok(rows)
    });
    match committed {
        // Another server was faster, and there was nothing left to enter.
        Err(StorageError::Unjournaled) => Ok(0),
        other => other,
    }
}

/// The layouts that the journal does not know yet.
fn unknown(unit: &mut Read<'_>) -> Result<Vec<&'static Layout>, StorageError> {
    let known: BTreeMap<String, String> = store::layouts(unit)?.into_iter().collect();
    Ok(layouts().filter(|it| known.get(it.table.name) != Some(&it.described())).collect())
}

/// Whether nothing was ever recorded.
fn is_empty(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    for layout in unknown(unit)? {
        if !layout.page(unit, None, 1)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn commit_to_table(unit: &mut Write<'_>, layout: &'static Layout) -> Result<usize, StorageError> {
    let mut rows = 0_usize;
    let mut after: Option<Cells> = None;
    loop {
        let some = layout.page(unit, after.as_ref(), ROWS_OF_AN_ENTRY)?;
        if some.is_empty() {
            return Ok(rows);
        }
        rows = rows.saturating_add(some.len());
        let facts = json!({"table": layout.table.name, "columns": layout.described(), "rows": some.len()});
        append(unit, &Actor::default(), &Record::new(COMMITTED, None, &[], &facts))?;
        unit.commit_to(layout, &some)?;
        unit.wait_for_the_seal()?;
        after = some.into_iter().last();
    }
}
