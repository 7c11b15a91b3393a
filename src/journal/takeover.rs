//! Commits to rows that no entry of their own commits to: rows written by a release whose entries committed to less, and all
//! rows of a table whose columns changed or that a migration rewrote.
//!
//! This happens once after an upgrade, before anything is served, in one transaction. The first entry describes the tables as
//! they are from then on; the following ones commit to their rows as found. Only earlier entries can tell what the rows were
//! before that, so `verify` lists every such table.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    journal::{Action, Actor, Record, append, store},
    storage::{
        Locked, Read, Storage, StorageError, Upkeep, Write, lock,
        rows::{Cells, Layout, layouts},
    },
};

/// Tables were described: which columns entries commit to from then on; null for a table that was dropped.
pub const DESCRIBED: Action = Action::named("tables_described");

/// Rows were committed to as found, not by the entry of the act that wrote them.
pub const COMMITTED: Action = Action::named("rows_committed");

/// How many rows one entry commits to, so that it stays about as large as the entry of any other act.
const ROWS_OF_AN_ENTRY: i64 = 100;

/// What the journal has yet to learn about the tables.
#[derive(Debug, Default)]
struct Outstanding {
    /// Tables that are new to it, have other columns than it knows, or were rewritten.
    tables: Vec<&'static Layout>,
    /// Tables that were dropped.
    gone: Vec<String>,
    /// Tables whose rows it already commits to in their present form, although `journaled_tables` does not say so.
    known: Vec<&'static Layout>,
    /// Tables in `journaled_tables` that it never described.
    never_described: Vec<String>,
}

impl Outstanding {
    const fn is_nothing(&self) -> bool {
        self.tables.is_empty() && self.gone.is_empty()
    }
}

/// Commits to the rows of all tables whose columns the journal does not know yet. Returns the number of rows.
///
/// Rows of a table that the journal knows are not committed to again, even if `journaled_tables` was altered: otherwise
/// somebody could get the journal to commit to rows that they had tampered with.
pub fn commit_to_all_rows(storage: &Storage) -> Result<usize, StorageError> {
    let outstanding = storage.read_now(outstanding)?;
    if !outstanding.known.is_empty() || !outstanding.never_described.is_empty() {
        let tables: Vec<_> = outstanding.known.iter().map(|it| it.table.name).collect();
        tracing::error!(
            tables = tables.join(" "),
            unknown_tables = outstanding.never_described.join(" "),
            "journaled_tables was altered outside the program; rows are not committed to again: run `sanquan verify --database`"
        );
        storage.upkeep_now(|unit: &mut Upkeep<'_>| {
            store::forget_layouts(unit, &outstanding.never_described)?;
            store::keep_layouts(unit, &outstanding.known)
        })?;
    }
    if outstanding.is_nothing() {
        return Ok(0);
    }
    let committed = storage.write_now(take_over);
    match committed {
        // Another server was faster, and there was nothing left to do.
        Err(StorageError::Unjournaled) => Ok(0),
        Ok(rows) => {
            let tables: Vec<_> = outstanding.tables.iter().map(|it| it.table.name).collect();
            let (tables, gone) = (tables.join(" "), outstanding.gone.join(" "));
            if rows > 0 {
                tracing::warn!(rows, tables, gone, "the journal commits to rows as it found them");
            } else {
                tracing::info!(tables, gone, "the journal describes its tables");
            }
            Ok(rows)
        }
        failed => failed,
    }
}

fn outstanding(unit: &mut Read<'_>) -> Result<Outstanding, StorageError> {
    let mut on_record: BTreeMap<String, String> = store::layouts(unit)?.into_iter().collect();
    let unknown: Vec<_> =
        layouts().filter(|it| on_record.remove(it.table.name).as_ref() != Some(&it.described())).collect();
    if unknown.is_empty() && on_record.is_empty() {
        return Ok(Outstanding::default());
    }
    let described = store::described(unit)?;
    let is_known =
        |it: &&'static Layout| described.get(it.table.name).is_some_and(|last| *last == Some(it.described()));
    let (known, tables) = unknown.into_iter().partition(is_known);
    let is_gone = |it: &String| described.get(it).is_some_and(Option::is_some);
    let (gone, never_described) = on_record.into_keys().partition(is_gone);
    Ok(Outstanding { tables, gone, known, never_described })
}

fn take_over(unit: &mut Write<'_>) -> Result<usize, StorageError> {
    lock(unit, &Locked::Name("journaled_tables"))?;
    let outstanding = outstanding(unit)?;
    if outstanding.is_nothing() {
        return Ok(0);
    }
    let tables = outstanding.tables.iter().map(|it| (it.table.name, Some(it.described())));
    let gone = outstanding.gone.iter().map(|it| (it.as_str(), None));
    let tables: BTreeMap<&str, Option<String>> = tables.chain(gone).collect();
    append(unit, &Actor::default(), &Record::new(DESCRIBED, None, &[], &json!({"tables": tables})))?;
    let mut rows = 0_usize;
    for layout in &outstanding.tables {
        rows = rows.saturating_add(commit_to_table(unit, layout)?);
    }
    store::forget_layouts(unit, &outstanding.gone)?;
    store::keep_layouts(unit, &outstanding.tables)?;
    Ok(rows)
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
        let facts = json!({"table": layout.table.name, "rows": some.len()});
        append(unit, &Actor::default(), &Record::new(COMMITTED, None, &[], &facts))?;
        unit.commit_to(layout, &some)?;
        unit.enqueue_entries()?;
        after = some.into_iter().last();
    }
}
