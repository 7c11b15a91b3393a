//! How fast SQLite takes journal entries, with nothing around them: in transactions of many, with the registry's own pragmas.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::engine::{Outcome, open};

/// How many entries go into one transaction: as many as a turn of the sealer takes.
const AT_ONCE: usize = 2_000;

type Id = Vec<u8>;

/// An entry as it is on record, and what it speaks of.
struct Entry {
    at: String,
    actor_id: Option<Id>,
    action: String,
    region_code: String,
    facts: String,
    request_id: Option<String>,
    feed: Option<String>,
    subjects: Vec<(Id, bool)>,
}

/// Writes so many entries that say what others on record say, and leaves them to the sealer. Gives the entries a second.
pub fn rate(database: &str, entries: usize) -> Outcome<f64> {
    let conn = open(database)?;
    let known = known(&conn)?;
    let largest: Id = conn.query_row("select max(id) from journal_entries", [], |it| it.get(0))?;
    let mut number = u128::from_be_bytes(largest.as_slice().try_into()?);
    let (mut left, mut spent) = (entries, Duration::ZERO);
    while left > 0 {
        let some = left.min(AT_ONCE);
        let started = Instant::now();
        write(&conn, known.iter().cycle().skip(entries - left).take(some), &mut number)?;
        spent += started.elapsed();
        left -= some;
    }
    Ok(entries as f64 / spent.as_secs_f64())
}

fn known(conn: &Connection) -> Outcome<Vec<Entry>> {
    let mut find = conn.prepare(
        "select id, at, actor_id, action, region_code, facts, request_id, feed from journal_entries
         where rowid > (select max(rowid) from journal_entries) - 20000",
    )?;
    let mut subjects = conn.prepare("select subject_id, changed from journal_subjects where entry_id = ?")?;
    let mut found = Vec::new();
    let mut rows = find.query([])?;
    while let Some(it) = rows.next()? {
        let id: Id = it.get(0)?;
        found.push(Entry {
            at: it.get(1)?,
            actor_id: it.get(2)?,
            action: it.get(3)?,
            region_code: it.get(4)?,
            facts: it.get(5)?,
            request_id: it.get(6)?,
            feed: it.get(7)?,
            subjects: subjects
                .query_map([id], |it| Ok((it.get(0)?, it.get(1)?)))?
                .collect::<Result<_, _>>()?,
        });
    }
    if found.is_empty() { Err("the database has no entries".into()) } else { Ok(found) }
}

fn write<'e>(conn: &Connection, some: impl Iterator<Item = &'e Entry>, number: &mut u128) -> Outcome<()> {
    conn.execute_batch("begin immediate")?;
    let mut entries = conn.prepare(
        "insert into journal_entries (id, at, actor_id, action, region_code, facts, request_id, feed) values (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut subjects =
        conn.prepare("insert into journal_subjects (subject_id, entry_id, changed) values (?, ?, ?)")?;
    let mut pending = conn.prepare("insert into journal_pending (entry_id) values (?)")?;
    for it in some {
        *number += 1 << 64;
        let id: &[u8] = &number.to_be_bytes();
        entries.execute(params![
            id,
            it.at,
            it.actor_id,
            it.action,
            it.region_code,
            it.facts,
            it.request_id,
            it.feed
        ])?;
        for (subject, changed) in &it.subjects {
            subjects.execute(params![subject, id, changed])?;
        }
        pending.execute([id])?;
    }
    conn.execute_batch("commit")?;
    Ok(())
}
