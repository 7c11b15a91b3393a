//! Every row of every table, held against what the journal last committed to.
//!
//! One mechanism for all tables: the entries are read once, in their order, and of each row the last digest is kept in memory
//! (some 50 bytes a row); then each table is read once. What no entry commits to is on a short list (`storage::rows`).

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};

use crate::{
    journal::{self, entry::Said},
    storage::{
        Read, StorageError,
        rows::{self, Cells, Layout},
    },
    verify::{Damage, DamageKind, Report, database::natural},
};

/// How many rows are read at once.
const AT_ONCE: i64 = 1_000;

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
    by_row: HashMap<Half, Last>,
    /// Whether any entry commits to rows at all.
    any: bool,
}

impl Commitments {
    /// Takes in what an entry commits to.
    pub(super) fn take(&mut self, index: Option<u64>, said: &Said) -> Result<(), StorageError> {
        self.any |= said.committed.is_some();
        for row in said.rows()? {
            let digest = row.2.as_deref().map(half_of_hex);
            self.by_row.insert(name(&row.0, &row.1), Last { digest, index });
        }
        Ok(())
    }

    /// Holds every row of every table against what was said of it.
    pub(super) fn compare(mut self, unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
        if !self.any && report.entries > 0 {
            report.rows_uncommitted = true;
            return Ok(());
        }
        let mut journaled: HashMap<_, _> = journal::journaled_tables(unit)?.into_iter().collect();
        for layout in rows::layouts() {
            self.compare_table(unit, layout, report)?;
            let kind = match journaled.remove(layout.table.name) {
                Some(described) if described == layout.described() => continue,
                Some(_) => DamageKind::RowDiffers,
                None => DamageKind::RowMissing,
            };
            report.add(Damage::row(kind, JOURNALED_TABLES, layout.table.name.to_owned(), None));
        }
        for (name, _) in journaled {
            report.add(Damage::row(DamageKind::RowUnexplained, JOURNALED_TABLES, name, None));
        }
        self.by_row.retain(|_, it| it.digest.is_some());
        if self.by_row.is_empty() { Ok(()) } else { self.missing(unit, report) }
    }

    fn compare_table(
        &mut self,
        unit: &mut Read<'_>,
        layout: &'static Layout,
        report: &mut Report,
    ) -> Result<(), StorageError> {
        let table = layout.table.name;
        let mut after: Option<Cells> = None;
        loop {
            let found = layout.page(unit, after.as_ref(), AT_ONCE)?;
            for row in &found {
                report.rows = report.rows.saturating_add(1);
                let key = layout.key_of(row)?;
                let (kind, index) = match self.by_row.remove(&name(table, &key)) {
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
                None => return Ok(()),
            }
        }
    }

    /// Names the rows that should be there: their names were not kept, so the journal is asked once more.
    fn missing(mut self, unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
        each_batch(unit, |_, entries| {
            for (_, said) in entries {
                for row in said.rows()? {
                    if let Some(last) = self.by_row.remove(&name(&row.0, &row.1)) {
                        let table = rows::layout(&row.0).map_or("", |it| it.table.name);
                        report.add(Damage::row(DamageKind::RowMissing, table, row.1, last.index));
                    }
                }
            }
            Ok(())
        })
    }
}

/// Reads all entries in their order, some at a time, those that wait for their places last and without a place.
pub(super) fn each_batch(
    unit: &mut Read<'_>,
    mut each: impl FnMut(&mut Read<'_>, Vec<(Option<u64>, Said)>) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let size = natural(journal::size(unit)?);
    let mut from = 0;
    while from < size {
        let to = from.saturating_add(natural(AT_ONCE)).min(size);
        let sealed = journal::sealed(unit, &(from..to))?;
        each(unit, sealed.into_iter().map(|it| (Some(natural(it.index)), it.said)).collect())?;
        from = to;
    }
    let mut after = None;
    loop {
        let waiting = journal::waiting(unit, after, AT_ONCE)?;
        let Some((last, _)) = waiting.last() else { return Ok(()) };
        after = Some(*last);
        each(unit, waiting.into_iter().map(|(_, said)| (None, said)).collect())?;
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

/// What stands for a table and a key.
fn name(table: &str, key: &str) -> Half {
    let mut context = Context::new(&SHA256);
    context.update(table.as_bytes());
    context.update(b"/");
    context.update(key.as_bytes());
    half(context.finish().as_ref())
}
