//! Committing to rows that no entry of theirs commits to: those of a release whose entries committed to less, and all rows of
//! a table whose columns changed, or which a migration rewrote.
//!
//! It happens once, before anything is served, in one transaction. A first entry describes the tables as they are from then
//! on; those behind it commit to their rows as they are found. What the rows said before that, only the entries of then can
//! tell: `verify` tells of every such table.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    journal::{Action, Actor, Record, append, store},
    storage::{
        Locked, Read, Storage, StorageError, Upkeep, Write, lock,
        rows::{Cells, Layout, layouts},
    },
};

/// Tables were described: which columns entries commit to from then on, null for a table that is gone.
pub const DESCRIBED: Action = Action::named("tables_described");

/// Rows were committed to as they were found, and not by the entry of the act that wrote them.
pub const COMMITTED: Action = Action::named("rows_committed");

/// How many rows one entry commits to: so few that an entry stays about as large as one of any other act.
const ROWS_OF_AN_ENTRY: i64 = 100;

/// What the journal does not know yet of the tables.
#[derive(Debug, Default)]
struct Due {
    /// Tables that are new to it, that have other columns than it knows, or that were rewritten.
    tables: Vec<&'static Layout>,
    /// Tables that are gone.
    gone: Vec<String>,
    /// Tables whose rows it commits to as they are already, although it is not on record any more which columns they have.
    known: Vec<&'static Layout>,
    /// Names on record of tables that it never described.
    strange: Vec<String>,
}

impl Due {
    const fn is_nothing(&self) -> bool {
        self.tables.is_empty() && self.gone.is_empty()
    }
}

/// Commits to the rows of all tables whose columns the journal does not know yet. Returns how many rows that were.
///
/// Rows of a table that the journal knows are not committed to anew, whatever became of the record of it: by that, somebody
/// could have the journal commit to what they altered.
pub fn commit_to_all_rows(storage: &Storage) -> Result<usize, StorageError> {
    let due = storage.read_now(due)?;
    if !due.known.is_empty() || !due.strange.is_empty() {
        let tables: Vec<_> = due.known.iter().map(|it| it.table.name).collect();
        tracing::error!(
            tables = tables.join(" "),
            unknown_tables = due.strange.join(" "),
            "journaled_tables was altered by another hand; rows are not committed to anew: run `sanquan verify --database`"
        );
        storage.upkeep_now(|unit: &mut Upkeep<'_>| {
            store::forget_layouts(unit, &due.strange)?;
            store::keep_layouts(unit, &due.known)
        })?;
    }
    if due.is_nothing() {
        return Ok(0);
    }
    let committed = storage.write_now(take_over);
    match committed {
        // Another server was faster, and there was nothing left to enter.
        Err(StorageError::Unjournaled) => Ok(0),
        Ok(rows) => {
            let tables: Vec<_> = due.tables.iter().map(|it| it.table.name).collect();
            let (tables, gone) = (tables.join(" "), due.gone.join(" "));
            if rows > 0 {
                tracing::warn!(rows, tables, gone, "the journal commits to rows as they were found");
            } else {
                tracing::info!(tables, gone, "the journal describes its tables");
            }
            Ok(rows)
        }
        failed => failed,
    }
}

fn due(unit: &mut Read<'_>) -> Result<Due, StorageError> {
    let mut on_record: BTreeMap<String, String> = store::layouts(unit)?.into_iter().collect();
    let unknown: Vec<_> =
        layouts().filter(|it| on_record.remove(it.table.name).as_ref() != Some(&it.described())).collect();
    if unknown.is_empty() && on_record.is_empty() {
        return Ok(Due::default());
    }
    let described = store::described(unit)?;
    let is_known =
        |it: &&'static Layout| described.get(it.table.name).is_some_and(|last| *last == Some(it.described()));
    let (known, tables) = unknown.into_iter().partition(is_known);
    let is_gone = |it: &String| described.get(it).is_some_and(Option::is_some);
    let (gone, strange) = on_record.into_keys().partition(is_gone);
    Ok(Due { tables, gone, known, strange })
}

fn take_over(unit: &mut Write<'_>) -> Result<usize, StorageError> {
    lock(unit, &Locked::Name("journaled_tables"))?;
    let due = due(unit)?;
    if due.is_nothing() {
        return Ok(0);
    }
    let tables = due.tables.iter().map(|it| (it.table.name, Some(it.described())));
    let gone = due.gone.iter().map(|it| (it.as_str(), None));
    let tables: BTreeMap<&str, Option<String>> = tables.chain(gone).collect();
    append(unit, &Actor::default(), &Record::new(DESCRIBED, None, &[], &json!({"tables": tables})))?;
    let mut rows = 0_usize;
    for layout in &due.tables {
        rows = rows.saturating_add(commit_to_table(unit, layout)?);
    }
    store::forget_layouts(unit, &due.gone)?;
    store::keep_layouts(unit, &due.tables)?;
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
        unit.wait_for_the_seal()?;
        after = some.into_iter().last();
    }
}
