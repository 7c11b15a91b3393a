//! Every row of every table, held against what the journal last committed to.
//!
//! One mechanism for all tables: the entries are read once, in their order, and of each row the last digest is kept in memory
//! (some 50 bytes a row); then each table is read once. What no entry commits to is on a short list (`storage::rows`).

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    journal::{
        self, COMMITTED, DESCRIBED,
        entry::{Before, CommittedRow, Said},
    },
    storage::{
        Read, StorageError,
        rows::{self, Cells, Layout},
    },
    verify::{CommittedAsFound, Damage, DamageKind, Report, database::natural, paging, readable},
};

/// How many rows are read at once.
const AT_ONCE: i64 = 1_000;

/// How many entries are read at once.
const SEALED_AT_ONCE: u64 = 500;

/// Where it stands which columns the journal commits to.
const JOURNALED_TABLES: &str = "journaled_tables";

/// Half of a SHA-256: enough that no two are ever taken for each other.
type Half = [u8; 16];

/// What the journal last said of a row.
#[derive(Debug, Clone, Copy)]
struct Last {
    /// The first half of the digest; none where the row is gone.
    digest: Option<Half>,
    /// The entry that committed to it; none where that waits for its place.
    index: Option<u64>,
}

/// What the journal said of all rows so far.
#[derive(Debug, Default)]
pub(super) struct Commitments {
    by_table: HashMap<String, HashMap<Half, Last>>,
    /// The columns of tables as entries describe them: none where the table is gone.
    described: BTreeMap<String, Option<String>>,
    /// Tables whose columns were new to the journal when they were last described.
    new: HashSet<String>,
    /// Whether any entry commits to rows at all.
    any: bool,
}

impl Commitments {
    /// Takes in what an entry commits to, and holds what it says of rows as they were before against what was said of them.
    pub(super) fn take(&mut self, index: Option<u64>, said: &Said, report: &mut Report) {
        let rows = said.rows().unwrap_or_else(|error| {
            let damage = Damage { index, table: Some("journal_rows"), ..Damage::of(DamageKind::Unreadable) };
            report.add(Damage {
                row_id: Some(said.id.to_string()),
                detail: Some(error.to_string()),
                ..damage
            });
            Vec::new()
        });
        // What waits since before a database was brought up to date commits to no rows yet.
        self.any |= said.committed.is_some() && (index.is_some() || !rows.is_empty());
        if said.action == DESCRIBED.name() {
            self.describe(&said.facts);
        }
        let as_found = said.action == COMMITTED.name();
        for CommittedRow(table, key, after, before) in rows {
            let (digest, name) = (after.as_deref().map(half_of_hex), name(&key));
            let is_new = self.new.contains(&table);
            let of_table = self.by_table.entry(table.clone()).or_default();
            let last = of_table.insert(name, Last { digest, index }).and_then(|it| it.digest);
            if as_found && is_new {
                note(report, &table, index);
            }
            let before = match before {
                Before::Was(before) => before.as_deref().map(half_of_hex),
                // Rows are committed to as they are found: where the journal knew their columns, they are as it knew them.
                Before::Untold if as_found && !is_new => digest,
                Before::Untold => continue,
            };
            if before != last {
                let kind = if last.is_some() { DamageKind::RowDiffers } else { DamageKind::RowUnexplained };
                let table = rows::layout(&table).map_or("", |it| it.table.name);
                let detail = Some("another hand had changed it before this entry did".to_owned());
                report.add(Damage { detail, ..Damage::row(kind, table, key, index) });
            }
        }
    }

    fn describe(&mut self, facts: &str) {
        for (table, columns) in journal::tables_described(facts) {
            if columns.is_none() {
                self.by_table.remove(&table);
            }
            if self.described.get(&table) == Some(&columns) {
                self.new.remove(&table);
            } else {
                self.new.insert(table.clone());
            }
            self.described.insert(table, columns);
        }
    }

    /// Holds every row of every table against what was said of it.
    pub(super) fn compare(mut self, unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
        let journaled = report.read(JOURNALED_TABLES, journal::journaled_tables(unit))?;
        if !self.any && journaled.is_empty() && report.entries > 0 {
            report.rows_uncommitted = true;
            return Ok(());
        }
        for layout in rows::layouts() {
            let table = layout.table.name;
            let described = self.described.get(table).and_then(Option::as_deref);
            if described != Some(layout.described().as_str()) {
                // Whoever brings the database up to date commits to them.
                self.by_table.remove(table);
                report.tables_uncommitted.push(table);
                continue;
            }
            let of_table = self.by_table.entry(table.to_owned()).or_default();
            let done = compare_table(unit, layout, of_table, report);
            report.read(table, done)?;
        }
        self.layouts_as_described(journaled, report);
        for of_table in self.by_table.values_mut() {
            of_table.retain(|_, it| it.digest.is_some());
        }
        self.by_table.retain(|_, it| !it.is_empty());
        if self.by_table.is_empty() { Ok(()) } else { self.missing(unit, report) }
    }

    /// The columns on record, which the next server goes by, are those that entries describe.
    fn layouts_as_described(&self, journaled: Vec<(String, String)>, report: &mut Report) {
        let mut journaled: HashMap<_, _> = journaled.into_iter().collect();
        for (table, columns) in &self.described {
            let kind = match (journaled.remove(table), columns) {
                (Some(known), Some(columns)) if known == *columns => continue,
                (None, None) => continue,
                (None, Some(_)) => DamageKind::RowMissing,
                (Some(_), Some(_)) => DamageKind::RowDiffers,
                (Some(_), None) => DamageKind::RowUnexplained,
            };
            report.add(Damage::row(kind, JOURNALED_TABLES, table.clone(), None));
        }
        for table in journaled.into_keys() {
            report.add(Damage::row(DamageKind::RowUnexplained, JOURNALED_TABLES, table, None));
        }
    }

    /// Names the rows that should be there: their names were not kept, so the journal is asked once more.
    fn missing(mut self, unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
        each_batch(unit, report, |_, report, entries| {
            for (_, said) in entries {
                for CommittedRow(table, key, ..) in said.rows().unwrap_or_default() {
                    let Some(of_table) = self.by_table.get_mut(&table) else { continue };
                    if let Some(last) = of_table.remove(&name(&key)) {
                        let table = rows::layout(&table).map_or("", |it| it.table.name);
                        report.add(Damage::row(DamageKind::RowMissing, table, key, last.index));
                    }
                }
            }
            Ok(())
        })
    }
}

/// Notes that a row was committed to as it was found.
fn note(report: &mut Report, table: &str, index: Option<u64>) {
    match report.committed_as_found.iter_mut().rev().find(|it| it.table == table) {
        // The entries of one take-over follow each other; what another one found is another note.
        Some(noted) if noted.last == index || noted.last.map(|it| it.saturating_add(1)) == index => {
            noted.rows = noted.rows.saturating_add(1);
            noted.last = index;
        }
        _ => report.committed_as_found.push(CommittedAsFound {
            table: table.to_owned(),
            rows: 1,
            index,
            last: index,
        }),
    }
}

fn compare_table(
    unit: &mut Read<'_>,
    layout: &'static Layout,
    of_table: &mut HashMap<Half, Last>,
    report: &mut Report,
) -> Result<(), StorageError> {
    let table = layout.table.name;
    let (mut after, mut seen): (Option<Cells>, u64) = (None, 0);
    loop {
        let found = paging::page(unit, layout, after.as_ref())?;
        seen = seen.saturating_add(u64::try_from(found.len()).unwrap_or_default());
        for row in &found {
            report.rows = report.rows.saturating_add(1);
            let Ok(key) = layout.key_of(row) else {
                let shown = layout.shown_key_of(row);
                report.add(Damage::row(DamageKind::RowUnexplained, table, shown, None));
                continue;
            };
            let (kind, index) = match of_table.remove(&name(&key)) {
                None | Some(Last { digest: None, .. }) => (DamageKind::RowUnexplained, None),
                Some(Last { digest: Some(told), index }) => match layout.digest(row) {
                    Ok(found) if half(&found.sha256) == told => continue,
                    _ => (DamageKind::RowDiffers, index),
                },
            };
            report.add(Damage::row(kind, table, key, index));
        }
        match found.into_iter().last() {
            Some(last) => after = Some(last),
            None => return paging::counted(unit, layout, seen, report),
        }
    }
}

/// Reads all entries in their order, some at a time, those that wait for their places last and without a place. What cannot
/// be read is left out: that it is not what was sealed is told where the tree is looked at.
pub(super) fn each_batch(
    unit: &mut Read<'_>,
    report: &mut Report,
    mut each: impl FnMut(&mut Read<'_>, &mut Report, Vec<(Option<u64>, Said)>) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let size = natural(report.read("journal_leaves", journal::size(unit))?);
    let mut from = 0;
    while from < size {
        let to = from.saturating_add(SEALED_AT_ONCE).min(size);
        let (sealed, _) = readable(from..to, &mut |some| journal::sealed(unit, &some))?;
        each(unit, report, sealed.into_iter().map(|it| (Some(natural(it.index)), it.said)).collect())?;
        from = to;
    }
    let mut after = None;
    loop {
        let waiting = report.read("journal_pending", journal::waiting(unit, after, AT_ONCE))?;
        let Some((last, _)) = waiting.last() else { return Ok(()) };
        after = Some(*last);
        each(unit, report, waiting.into_iter().map(|(_, said)| (None, said)).collect())?;
    }
}

fn half(sha256: &[u8]) -> Half {
    let mut half = Half::default();
    half.iter_mut().zip(sha256).for_each(|(to, from)| *to = *from);
    half
}

/// Half of a digest as entries write it. What is none is like no digest that a row can have.
fn half_of_hex(text: &str) -> Half {
    hex::decode(text).ok().filter(|it| it.len() == 32).map_or_else(Half::default, |it| half(&it))
}

/// What stands for a key.
fn name(key: &str) -> Half {
    half(digest(&SHA256, key.as_bytes()).as_ref())
}
