//! Compares every row of every table with the last digest that the journal committed to.
//!
//! One mechanism serves all tables: the entries are read once, in order, and the last digest of each row is kept in memory
//! (some 50 bytes a row); then each table is read once. Tables without commitments are listed in `storage::rows`.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    journal::{
        self, COMMITTED, DESCRIBED,
        entry::{Before, CommittedRow, EntryBody},
    },
    storage::{
        Read, StorageError,
        rows::{self, Cells, Layout},
    },
    verify::{CommittedAsFound, Damage, DamageKind, Report, database::natural, paging, read_around_damage},
};

/// How many entries that are not sealed yet are read per query.
const BATCH_SIZE: i64 = 1_000;

/// How many sealed entries are read per query.
const ENTRIES_PER_BATCH: u64 = 500;

/// The table that records which columns the journal commits to.
const JOURNALED_TABLES: &str = "journaled_tables";

/// The first half of a SHA-256, which is enough to tell any two rows apart.
type Half = [u8; 16];

/// What the journal last committed to for a row.
#[derive(Debug, Clone, Copy)]
struct Last {
    /// The first half of the digest; `None` if the row was removed.
    digest: Option<Half>,
    /// The index of the entry that committed to it; `None` if that entry is not sealed yet.
    index: Option<u64>,
}

/// What the entries read so far commit to.
#[derive(Debug, Default)]
pub(super) struct Commitments {
    by_table: HashMap<String, HashMap<Half, Last>>,
    /// The columns of tables as entries describe them; `None` for a table that was dropped.
    described: BTreeMap<String, Option<String>>,
    /// Tables whose columns were new to the journal when they were last described.
    new: HashSet<String>,
    /// Whether any entry commits to rows at all.
    any: bool,
}

impl Commitments {
    /// Takes in what an entry commits to, and compares the earlier digests it states with those of earlier entries.
    pub(super) fn take(&mut self, index: Option<u64>, body: &EntryBody, report: &mut Report) {
        let rows = body.rows().unwrap_or_else(|error| {
            let damage = Damage { index, table: Some("journal_rows"), ..Damage::of(DamageKind::Unreadable) };
            report.add(Damage {
                row_id: Some(body.id.to_string()),
                detail: Some(error.to_string()),
                ..damage
            });
            Vec::new()
        });
        // An entry that has been waiting since before the database was upgraded commits to no rows yet.
        self.any |= body.committed.is_some() && (index.is_some() || !rows.is_empty());
        if body.action == DESCRIBED.name() {
            self.describe(&body.facts);
        }
        let as_found = body.action == COMMITTED.name();
        for CommittedRow(table, key, after, before) in rows {
            let (digest, hash) = (after.as_deref().map(half_of_hex), key_hash(&key));
            let is_new = self.new.contains(&table);
            let of_table = self.by_table.entry(table.clone()).or_default();
            let last = of_table.insert(hash, Last { digest, index }).and_then(|it| it.digest);
            if as_found && is_new {
                count_as_found(report, &table, index);
            }
            let before = match before {
                Before::Was(before) => before.as_deref().map(half_of_hex),
                // The rows are committed to as found. If the journal knew their columns, their digests must not have changed.
                Before::NotStated if as_found && !is_new => digest,
                Before::NotStated => continue,
            };
            if before != last {
                let kind = if last.is_some() { DamageKind::RowDiffers } else { DamageKind::RowUnexplained };
                let table = rows::layout(&table).map_or("", |it| it.table.name);
                let detail =
                    Some("it had been changed outside the program before this entry changed it".to_owned());
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

    /// Compares every row of every table with what the journal committed to.
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
                // The next upgrade of the database will commit to them.
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

    /// Compares `journaled_tables`, which a starting server relies on, with the columns that entries describe.
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

    /// Reports the rows that should exist and do not. Only hashes of their keys were kept, so the journal is read once more.
    fn missing(mut self, unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
        each_batch(unit, report, |_, report, entries| {
            for (_, body) in entries {
                for CommittedRow(table, key, ..) in body.rows().unwrap_or_default() {
                    let Some(of_table) = self.by_table.get_mut(&table) else { continue };
                    if let Some(last) = of_table.remove(&key_hash(&key)) {
                        let table = rows::layout(&table).map_or("", |it| it.table.name);
                        report.add(Damage::row(DamageKind::RowMissing, table, key, last.index));
                    }
                }
            }
            Ok(())
        })
    }
}

/// Counts a row that was committed to as found.
fn count_as_found(report: &mut Report, table: &str, index: Option<u64>) {
    match report.committed_as_found.iter_mut().rev().find(|it| it.table == table) {
        // Entries of one takeover are consecutive; another takeover is listed separately.
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
            let (kind, index) = match of_table.remove(&key_hash(&key)) {
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

/// Reads all entries in order, a batch at a time; those that are not sealed yet come last and without an index. Entries that
/// cannot be read are skipped: the check of the tree reports them.
pub(super) fn each_batch(
    unit: &mut Read<'_>,
    report: &mut Report,
    mut each: impl FnMut(&mut Read<'_>, &mut Report, Vec<(Option<u64>, EntryBody)>) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let size = natural(report.read("journal_leaves", journal::size(unit))?);
    let mut from = 0;
    while from < size {
        let to = from.saturating_add(ENTRIES_PER_BATCH).min(size);
        let (sealed, _) = read_around_damage(from..to, &mut |some| journal::sealed(unit, &some))?;
        each(unit, report, sealed.into_iter().map(|it| (Some(natural(it.index)), it.body)).collect())?;
        from = to;
    }
    let mut after = None;
    loop {
        let waiting = report.read("journal_pending", journal::waiting(unit, after, BATCH_SIZE))?;
        let Some((last, _)) = waiting.last() else { return Ok(()) };
        after = Some(*last);
        each(unit, report, waiting.into_iter().map(|(_, body)| (None, body)).collect())?;
    }
}

fn half(sha256: &[u8]) -> Half {
    let mut half = Half::default();
    half.iter_mut().zip(sha256).for_each(|(to, from)| *to = *from);
    half
}

/// The first half of a digest in hexadecimal. Anything else becomes zeros, which no row's digest equals.
fn half_of_hex(text: &str) -> Half {
    hex::decode(text).ok().filter(|it| it.len() == 32).map_or_else(Half::default, |it| half(&it))
}

/// The short hash under which a key is kept.
fn key_hash(key: &str) -> Half {
    half(digest(&SHA256, key.as_bytes()).as_ref())
}
