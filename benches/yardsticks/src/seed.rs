//! A large register out of a small one: what the registry itself wrote about a few assets is written again and again, with
//! new identifiers, in bulk.
//!
//! The copies are whole: journal entries with their subjects, hashes, places and tiles; cases with their steps; instruments,
//! moves, rights in two times. `sanquan verify --database` finds them sound. What is not as in life: all copies of a thing
//! bear the instants of the original, and only the instants of sealing go on.

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufWriter, Write},
    mem,
};

use rusqlite::{
    Connection, params_from_iter,
    types::{Value, ValueRef},
};
use sha2::{Digest as _, Sha256};

use crate::engine::Outcome;

/// What is not written again: users and their answers, and what the tree of the journal is made of, which is computed anew.
const LEFT_OUT: [&str; 9] = [
    "idempotent_answers",
    "refresh_tokens",
    "users",
    "journal_pending",
    "journal_progress",
    "journal_leaves",
    "journal_nodes",
    "journal_checkpoints",
    "journal_cosignatures",
];
/// How many copies are made side by side, so that the entries about one asset do not stand next to each other.
const SIDE_BY_SIDE: u64 = 100;
/// How many entries a turn of the sealer takes.
const SEALED_AT_ONCE: u64 = 2_000;
const TILE: usize = 256;

type Hash = [u8; 32];
type Id = [u8; 16];

/// How much is to be written.
pub struct Wanted<'a> {
    /// The database that the registry wrote.
    pub base: &'a str,
    /// A file of `table from to end` lines: the rows after `from` up to `to` are one original, those up to `end` another.
    pub marks: &'a str,
    /// How many copies of the first there are to be.
    pub groups: u64,
    /// How many copies of the second there are to be, spread over the whole journal.
    pub chains: u64,
    /// How many of the last entries wait for the sealer, as one that was just committed does.
    pub waiting: u64,
}

/// Writes the large register: into a copy of the small database, or as a script for `psql`.
pub fn seed(wanted: &Wanted<'_>, into: Option<&str>) -> Outcome<()> {
    let base = Connection::open(wanted.base)?;
    match into {
        Some(database) => {
            std::fs::copy(wanted.base, database)?;
            let conn = Connection::open(database)?;
            conn.execute_batch(
                "pragma journal_mode = off; pragma synchronous = off; pragma foreign_keys = off;
                 pragma locking_mode = exclusive; pragma cache_size = -1000000; begin;",
            )?;
            Seeding::of(&base, wanted, Sqlite(&conn))?.run()?;
            conn.execute_batch("commit; pragma journal_mode = wal;")?;
        }
        None => Seeding::of(&base, wanted, Copying(BufWriter::with_capacity(1 << 20, std::io::stdout())))?
            .run()?,
    }
    Ok(())
}

/// Where rows go.
trait Sink {
    /// Makes ready for rows that are there already in a copy of the small database, and must be written elsewhere.
    fn begin(&mut self, base: &Connection) -> Outcome<()>;
    fn rows(&mut self, table: &str, columns: &str, rows: &[Vec<Value>]) -> Outcome<()>;
    fn run(&mut self, statement: &str) -> Outcome<()>;
}

struct Sqlite<'c>(&'c Connection);

impl Sink for Sqlite<'_> {
    fn begin(&mut self, _: &Connection) -> Outcome<()> {
        Ok(())
    }

    fn rows(&mut self, table: &str, columns: &str, rows: &[Vec<Value>]) -> Outcome<()> {
        let Some(first) = rows.first() else { return Ok(()) };
        let holes = vec!["?"; first.len()].join(", ");
        let mut insert = self.0.prepare(&format!("insert into {table} ({columns}) values ({holes})"))?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    fn run(&mut self, statement: &str) -> Outcome<()> {
        Ok(self.0.execute_batch(statement)?)
    }
}

/// A script of `copy` statements, for a new database that is migrated and empty.
struct Copying<W: Write>(W);

impl<W: Write> Sink for Copying<W> {
    fn begin(&mut self, base: &Connection) -> Outcome<()> {
        // Foreign keys and triggers are left out while it runs; everything that is written satisfies them.
        self.run("\\set ON_ERROR_STOP 1\nset client_min_messages = warning; set synchronous_commit = off; set session_replication_role = replica; begin")?;
        for table in tables(base)? {
            self.run(&format!("truncate {table} cascade"))?;
        }
        for table in tables(base)? {
            let (columns, rows) = rows_of(base, &table, "true")?;
            self.rows(&table, &columns.join(", "), &rows)?;
        }
        Ok(())
    }

    fn rows(&mut self, table: &str, columns: &str, rows: &[Vec<Value>]) -> Outcome<()> {
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(self.0, "copy {table} ({columns}) from stdin;")?;
        for row in rows {
            for (place, value) in row.iter().enumerate() {
                if place > 0 {
                    self.0.write_all(b"\t")?;
                }
                match value {
                    Value::Null => self.0.write_all(b"\\N")?,
                    Value::Integer(it) => write!(self.0, "{it}")?,
                    Value::Real(it) => write!(self.0, "{it}")?,
                    Value::Text(it) if it.contains(['\\', '\t', '\n', '\r']) => {
                        let it = it
                            .replace('\\', "\\\\")
                            .replace('\t', "\\t")
                            .replace('\n', "\\n")
                            .replace('\r', "\\r");
                        self.0.write_all(it.as_bytes())?;
                    }
                    Value::Text(it) => self.0.write_all(it.as_bytes())?,
                    Value::Blob(it) => match Id::try_from(it.as_slice()) {
                        Ok(id) => self.0.write_all(hyphenated(&id).as_bytes())?,
                        Err(_) => write!(self.0, "\\\\x{}", hexadecimal(it))?,
                    },
                }
            }
            self.0.write_all(b"\n")?;
        }
        self.0.write_all(b"\\.\n")?;
        Ok(())
    }

    fn run(&mut self, statement: &str) -> Outcome<()> {
        writeln!(self.0, "{statement};")?;
        self.0.flush()?;
        Ok(())
    }
}

fn tables(conn: &Connection) -> Outcome<Vec<String>> {
    let mut statement = conn.prepare(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!' and name not like '!_%' escape '!'",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

type Rows = (Vec<String>, Vec<Vec<Value>>);

fn rows_of(conn: &Connection, table: &str, filter: &str) -> Outcome<Rows> {
    let mut statement = conn.prepare(&format!("select * from {table} where {filter} order by rowid"))?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let rows =
        statement.query_map([], |row| (0..columns.len()).map(|it| row.get_ref(it).map(owned)).collect())?;
    let rows = rows.collect::<Result<_, _>>()?;
    Ok((columns, rows))
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => Value::Integer(it),
        ValueRef::Real(it) => Value::Real(it),
        ValueRef::Text(it) => Value::Text(String::from_utf8_lossy(it).into_owned()),
        ValueRef::Blob(it) => Value::Blob(it.to_vec()),
    }
}

// The originals ---------------------------------------------------------------------------------------------------

/// A piece of a text that is written again.
enum Piece {
    Same(String),
    Id(usize),
    Village,
    /// The registry number of an asset, which follows from its identifier.
    Number(String, usize),
    /// A code that no other copy has.
    Code,
}

enum Cell {
    Same(Value),
    Id(usize),
    Text(Vec<Piece>),
}

struct Table {
    name: String,
    columns: String,
    rows: Vec<Vec<Cell>>,
}

/// An entry of the journal, with the pieces of its header and its content.
struct Entry {
    row: Vec<Cell>,
    /// What it speaks of, with what else is said of that.
    subjects: Vec<(Cell, Vec<Value>)>,
    /// Before the hash of the content, between that and the identifier, and behind it up to the region.
    header: [String; 2],
    region: Vec<Piece>,
    id: usize,
    facts: Vec<Piece>,
    feed: Option<String>,
    request_id: Option<String>,
}

/// Rows that are written again together: those of a few assets and of all that belongs to them.
struct Original {
    seed: u64,
    ids: usize,
    tables: Vec<Table>,
    entry_columns: String,
    subject_columns: String,
    entries: Vec<Entry>,
}

impl Original {
    fn of(base: &Connection, marks: &[(String, i64, i64)], seed: u64) -> Outcome<Self> {
        let mut read = Vec::new();
        for (table, from, to) in marks {
            if !LEFT_OUT.contains(&table.as_str()) {
                let (columns, rows) = rows_of(base, table, &format!("rowid > {from} and rowid <= {to}"))?;
                read.push((table.as_str(), columns, rows));
            }
        }
        let words = Words::of(&read);
        let mut made = Self {
            seed,
            ids: words.ids.len(),
            tables: Vec::new(),
            entry_columns: String::new(),
            subject_columns: String::new(),
            entries: Vec::new(),
        };
        let mut subjects: HashMap<Vec<u8>, Vec<(Cell, Vec<Value>)>> = HashMap::new();
        for (name, columns, rows) in &read {
            match *name {
                "journal_subjects" => {
                    made.subject_columns = columns.join(", ");
                    for row in rows {
                        if let [subject, Value::Blob(entry), more @ ..] = row.as_slice() {
                            subjects
                                .entry(entry.clone())
                                .or_default()
                                .push((words.cell(subject), more.to_vec()));
                        }
                    }
                }
                "journal_entries" => made.entry_columns = columns.join(", "),
                _ => made.tables.push(Table {
                    name: (*name).to_owned(),
                    columns: columns.join(", "),
                    rows: rows.iter().map(|row| words.row(row)).collect(),
                }),
            }
        }
        let (columns, rows) = read
            .iter()
            .find(|it| it.0 == "journal_entries")
            .map(|it| (&it.1, &it.2))
            .ok_or("there are no entries to be written again")?;
        for row in in_places(base, rows)? {
            let said: HashMap<&str, &Value> = columns.iter().map(String::as_str).zip(&row).collect();
            let Value::Blob(id) = said["id"] else { return Err("an entry has no identifier".into()) };
            let text = |name: &str| match said[name] {
                Value::Text(it) => it.as_str(),
                _ => "",
            };
            let optional = |name: &str| match said[name] {
                Value::Text(it) => Some(it.clone()),
                _ => None,
            };
            let actor = match said["actor_id"] {
                Value::Blob(it) => format!("\"{}\"", hyphenated(&it.as_slice().try_into()?)),
                _ => "null".to_owned(),
            };
            made.entries.push(Entry {
                row: words.row(&row),
                subjects: subjects.remove(id).unwrap_or_default(),
                header: [
                    format!(
                        "{{\"action\":\"{}\",\"actor_id\":{actor},\"at\":\"{}\",\"content_sha256\":\"",
                        text("action"),
                        instant(text("at"))
                    ),
                    "\",\"region_code\":\"".to_owned(),
                ],
                region: words.pieces(text("region_code")),
                id: *words.ids.get(id.as_slice()).ok_or("an entry stands outside")?,
                facts: words.pieces(text("facts")),
                feed: optional("feed"),
                request_id: optional("request_id"),
            });
        }
        Ok(made)
    }
}

/// Entries in the order of the journal.
fn in_places(base: &Connection, rows: &[Vec<Value>]) -> Outcome<Vec<Vec<Value>>> {
    let mut find = base.prepare("select leaf_index from journal_leaves where entry_id = ?")?;
    let mut placed = BTreeMap::new();
    for row in rows {
        let place: i64 = find.query_row([row.first()], |it| it.get(0))?;
        placed.insert(place, row.clone());
    }
    Ok(placed.into_values().collect())
}

/// An instant as entries write it, out of how the database does.
fn instant(stored: &str) -> String {
    let (whole, fraction) = stored.split_once('.').unwrap_or((stored, ""));
    format!("{}.{fraction:0<6}Z", whole.replace(' ', "T"))
}

/// What changes from copy to copy.
struct Words {
    ids: HashMap<Vec<u8>, usize>,
    texts: Vec<(String, fn(&Self, usize) -> Piece, usize)>,
    village: String,
    numbers: Vec<String>,
}

impl Words {
    fn of(read: &[(&str, Vec<String>, Vec<Vec<Value>>)]) -> Self {
        let mut words =
            Self { ids: HashMap::new(), texts: Vec::new(), village: String::new(), numbers: Vec::new() };
        for (table, columns, rows) in read {
            let at = |name: &str| columns.iter().position(|it| it == name);
            for row in rows {
                if let Some(Value::Blob(id)) = at("id").and_then(|it| row.get(it)) {
                    let next = words.ids.len();
                    words.ids.insert(id.clone(), next);
                    if let (&"assets", Some(Value::Text(number)), Some(Value::Text(village))) = (
                        table,
                        at("registry_number").and_then(|it| row.get(it)),
                        at("region_code").and_then(|it| row.get(it)),
                    ) {
                        words.village.clone_from(village);
                        words.texts.push((
                            number.clone(),
                            |it, id| Piece::Number(it.numbers[0].clone(), id),
                            next,
                        ));
                        // All numbers of an original begin with the same township and year.
                        words.numbers = vec![number.get(..15).unwrap_or(number).to_owned()];
                    }
                    if let (&"projects", Some(Value::Text(code))) =
                        (table, at("code").and_then(|it| row.get(it)))
                    {
                        words.texts.push((code.clone(), |_, _| Piece::Code, next));
                    }
                }
            }
        }
        for (id, place) in &words.ids {
            let id: Id = id.as_slice().try_into().unwrap_or_default();
            words.texts.push((hyphenated(&id), |_, id| Piece::Id(id), *place));
        }
        let village = words.village.clone();
        words.texts.push((village, |_, _| Piece::Village, 0));
        words
    }

    fn row(&self, row: &[Value]) -> Vec<Cell> {
        row.iter().map(|it| self.cell(it)).collect()
    }

    fn cell(&self, value: &Value) -> Cell {
        match value {
            Value::Blob(it) => self.ids.get(it).map_or_else(|| Cell::Same(value.clone()), |id| Cell::Id(*id)),
            Value::Text(it) => match self.pieces(it) {
                pieces if pieces.iter().all(|it| matches!(it, Piece::Same(_))) => Cell::Same(value.clone()),
                pieces => Cell::Text(pieces),
            },
            _ => Cell::Same(value.clone()),
        }
    }

    fn pieces(&self, text: &str) -> Vec<Piece> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let next = self.texts.iter().filter_map(|it| Some((rest.find(&it.0)?, it))).min_by_key(|it| it.0);
            let Some((at, (word, piece, id))) = next else {
                pieces.push(Piece::Same(rest.to_owned()));
                break;
            };
            if at > 0 {
                pieces.push(Piece::Same(rest[..at].to_owned()));
            }
            pieces.push(piece(self, *id));
            rest = &rest[at + word.len()..];
        }
        pieces
    }
}

// The copies ------------------------------------------------------------------------------------------------------

/// A copy of an original that is being made.
struct Copied {
    ids: Vec<Id>,
    texts: Vec<String>,
    village: String,
    code: String,
}

impl Copied {
    /// The copy of a number. Its identifiers are of the time of their place, so that what is recorded later has later ones.
    fn of(original: &Original, number: u64, village: &str, time: impl Fn(usize) -> u64) -> Self {
        let ids: Vec<Id> = (0..original.ids)
            .map(|place| identifier(time(place), [original.seed, number, place as u64]))
            .collect();
        let texts = ids.iter().map(hyphenated).collect();
        Self { ids, texts, village: village.to_owned(), code: format!("S{}-{number}", original.seed) }
    }

    fn write(&self, pieces: &[Piece], text: &mut String) {
        for piece in pieces {
            match piece {
                Piece::Same(it) => text.push_str(it),
                Piece::Id(it) => text.push_str(&self.texts[*it]),
                Piece::Village => text.push_str(&self.village),
                Piece::Number(township, it) => text.push_str(&number(township, &self.ids[*it])),
                Piece::Code => text.push_str(&self.code),
            }
        }
    }

    fn row(&self, cells: &[Cell]) -> Vec<Value> {
        let value = |cell: &Cell| match cell {
            Cell::Same(it) => it.clone(),
            Cell::Id(it) => Value::Blob(self.ids[*it].to_vec()),
            Cell::Text(it) => {
                let mut text = String::new();
                self.write(it, &mut text);
                Value::Text(text)
            }
        };
        cells.iter().map(value).collect()
    }
}

/// A UUID of version 7.
fn identifier(milliseconds: u64, of: [u64; 3]) -> Id {
    let mut mixed = [0_u64; 2];
    for (place, it) in mixed.iter_mut().enumerate() {
        let mut state = of.iter().fold(place as u64, |state, it| mix(state ^ mix(*it)));
        state = mix(state);
        *it = state;
    }
    let high = (milliseconds << 16) | 0x7000 | (mixed[0] & 0x0FFF);
    let low = (mixed[1] & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

/// SplitMix64.
const fn mix(state: u64) -> u64 {
    let it = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    it ^ (it >> 31)
}

/// The registry number of an asset, as the registry makes it.
fn number(township_and_year: &str, id: &Id) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = u128::from_be_bytes(*id);
    let mut text = township_and_year.to_owned();
    for place in (0..10_u32).rev() {
        text.push(char::from(DIGITS[(bits >> (place * 5) & 31) as usize]));
        if place == 5 {
            text.push('-');
        }
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|it| [it >> 4, it & 15]).map(|it| char::from(DIGITS[usize::from(it)])).collect()
}

fn hyphenated(id: &Id) -> String {
    let mut text = hexadecimal(id);
    for place in [8, 13, 18, 23] {
        text.insert(place, '-');
    }
    text
}

/// The tree of the journal at its right edge: of each level the hashes of the tile that is not whole yet.
struct Tree {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    fn of(base: &Connection) -> Outcome<Self> {
        let size: i64 = base.query_row("select count(*) from journal_leaves", [], |it| it.get(0))?;
        let size = size as u64;
        let hashes = |sql: &str| -> Outcome<Vec<Hash>> {
            let mut statement = base.prepare(sql)?;
            let rows = statement.query_map([], |it| it.get::<_, Hash>(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let edge = size - size % TILE as u64;
        let leaves = hashes(&format!(
            "select hash from journal_leaves where leaf_index >= {edge} order by leaf_index"
        ))?;
        let nodes = hashes("select hash from journal_nodes where level = 1 order by node_index")?;
        if nodes.len() >= TILE {
            return Err("the small register is too large".into());
        }
        Ok(Self { size, levels: vec![leaves, nodes] })
    }

    /// Adds a leaf; the roots of tiles that become whole come back, each with its level and its place there.
    fn push(&mut self, leaf: Hash) -> Vec<Vec<Value>> {
        self.size += 1;
        let (mut whole, mut hash, mut place) = (Vec::new(), leaf, self.size - 1);
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(hash);
            if self.levels[level].len() < TILE {
                break;
            }
            hash = root(mem::take(&mut self.levels[level]));
            place /= TILE as u64;
            whole.push(vec![
                Value::Integer(level as i64 + 1),
                Value::Integer(place as i64),
                Value::Blob(hash.to_vec()),
            ]);
        }
        whole
    }
}

fn root(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        let pairs = hashes.chunks_exact(2);
        hashes = pairs
            .map(|it| {
                Sha256::new().chain_update([1]).chain_update(it[0]).chain_update(it[1]).finalize().into()
            })
            .collect();
    }
    hashes[0]
}

struct Seeding<'a, S> {
    base: &'a Connection,
    sink: S,
    group: Original,
    chain: Original,
    groups: u64,
    chains: u64,
    waiting: u64,
    villages: Vec<String>,
    /// Milliseconds since 1970 at which the copies begin.
    since: u64,
    total: u64,
    tree: Tree,
    sealed_at: String,
    in_batch: u64,
    /// Rows that are ready to be written, by table.
    ready: Ready,
}

#[derive(Default)]
struct Ready {
    entries: Vec<Vec<Value>>,
    subjects: Vec<Vec<Value>>,
    leaves: Vec<Vec<Value>>,
    nodes: Vec<Vec<Value>>,
    pending: Vec<Vec<Value>>,
}

impl<'a, S: Sink> Seeding<'a, S> {
    fn of(base: &'a Connection, wanted: &Wanted<'_>, sink: S) -> Outcome<Self> {
        let marks = std::fs::read_to_string(wanted.marks)?;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for line in marks.lines() {
            let mut words = line.split(' ');
            let table = words.next().unwrap_or_default().to_owned();
            let at: Vec<i64> = words.map(str::parse).collect::<Result<_, _>>()?;
            let [from, to, end] = at.as_slice() else { return Err(format!("no marks: {line}").into()) };
            first.push((table.clone(), *from, *to));
            second.push((table, *to, *end));
        }
        let mut villages = base.prepare("select code from regions where level = 'village' order by code")?;
        let villages = villages.query_map([], |it| it.get(0))?.collect::<Result<_, _>>()?;
        let (sealed_at, since): (String, f64) = base.query_row(
            "select sealed_through, (julianday(sealed_through) - 2440587.5) * 86400000 from journal_progress",
            [],
            |it| Ok((it.get(0)?, it.get(1)?)),
        )?;
        let (group, chain) = (Original::of(base, &first, 1)?, Original::of(base, &second, 2)?);
        let total = wanted.groups * group.entries.len() as u64 + wanted.chains * chain.entries.len() as u64;
        Ok(Self {
            base,
            sink,
            group,
            chain,
            groups: wanted.groups,
            chains: wanted.chains,
            waiting: wanted.waiting,
            villages,
            since: since as u64,
            total,
            tree: Tree::of(base)?,
            sealed_at,
            in_batch: SEALED_AT_ONCE,
            ready: Ready::default(),
        })
    }

    fn run(mut self) -> Outcome<()> {
        self.sink.begin(self.base)?;
        let (group, chain) = (self.taken(|it| &mut it.group), self.taken(|it| &mut it.chain));
        let blocks = self.groups.div_ceil(SIDE_BY_SIDE);
        // Identifiers go on as if a block took ten milliseconds.
        let since = self.since;
        let time = |block: u64| since + block * 10;
        let chains: Vec<Copied> = (0..self.chains)
            .map(|it| {
                let village = &self.villages[it as usize % self.villages.len()];
                Copied::of(&chain, it, village, |place| time(place as u64 * blocks / chain.ids.max(1) as u64))
            })
            .collect();
        for block in 0..blocks {
            let numbers = block * SIDE_BY_SIDE..((block + 1) * SIDE_BY_SIDE).min(self.groups);
            let copies: Vec<Copied> = numbers
                .map(|it| {
                    let village = &self.villages[it as usize % self.villages.len()];
                    Copied::of(&group, it, village, |place| {
                        time(block) + place as u64 * 10 / group.ids.max(1) as u64
                    })
                })
                .collect();
            self.copy(&group, &copies, |_| true)?;
            // What happens to a chain is spread over all that happens.
            self.copy(&chain, &chains, |(place, of)| place * blocks as usize / of == block as usize)?;
            self.flush(&group.subject_columns)?;
        }
        let sealed_at = self.sealed_at;
        self.sink.run(&format!("update journal_progress set sealed_through = '{sealed_at}'"))?;
        self.sink.run("commit")?;
        self.sink.run("begin")?;
        Ok(())
    }

    fn taken(&mut self, of: impl Fn(&mut Self) -> &mut Original) -> Original {
        let empty = Original {
            seed: 0,
            ids: 0,
            tables: Vec::new(),
            entry_columns: String::new(),
            subject_columns: String::new(),
            entries: Vec::new(),
        };
        mem::replace(of(self), empty)
    }

    /// Writes those rows of an original whose turn it is, for each copy.
    fn copy(
        &mut self,
        original: &Original,
        copies: &[Copied],
        turn: impl Fn((usize, usize)) -> bool,
    ) -> Outcome<()> {
        for table in &original.tables {
            let all = table.rows.len();
            let now = table.rows.iter().enumerate().filter(|(place, _)| turn((*place, all))).map(|it| it.1);
            let rows: Vec<Vec<Value>> = now.flat_map(|row| copies.iter().map(|it| it.row(row))).collect();
            self.sink.rows(&table.name, &table.columns, &rows)?;
        }
        let all = original.entries.len();
        for (_, entry) in original.entries.iter().enumerate().filter(|(place, _)| turn((*place, all))) {
            for copied in copies {
                self.entry(entry, copied)?;
            }
        }
        let entries = mem::take(&mut self.ready.entries);
        self.sink.rows("journal_entries", &original.entry_columns, &entries)
    }

    fn entry(&mut self, entry: &Entry, copied: &Copied) -> Outcome<()> {
        let id = copied.ids[entry.id];
        let mut subjects: Vec<Vec<u8>> = Vec::with_capacity(entry.subjects.len());
        for (subject, more) in &entry.subjects {
            let subject = match subject {
                Cell::Id(it) => copied.ids[*it].to_vec(),
                Cell::Same(Value::Blob(it)) => it.clone(),
                _ => return Err("a subject is no identifier".into()),
            };
            let mut row = vec![Value::Blob(subject.clone()), Value::Blob(id.to_vec())];
            row.extend(more.iter().cloned());
            self.ready.subjects.push(row);
            subjects.push(subject);
        }
        subjects.sort();
        self.ready.entries.push(copied.row(&entry.row));
        self.total -= 1;
        if self.total < self.waiting {
            self.ready.pending.push(vec![Value::Blob(id.to_vec())]);
            return Ok(());
        }
        let mut content = String::from("{\"facts\":");
        copied.write(&entry.facts, &mut content);
        let quoted = |it: &Option<String>| it.as_ref().map_or("null".to_owned(), |it| format!("\"{it}\""));
        let named: Vec<String> = subjects
            .iter()
            .map(|it| format!("\"{}\"", hyphenated(&it.as_slice().try_into().unwrap_or_default())))
            .collect();
        content.push_str(&format!(
            ",\"feed\":{},\"request_id\":{},\"subject_ids\":[{}]}}",
            quoted(&entry.feed),
            quoted(&entry.request_id),
            named.join(",")
        ));
        let mut header = entry.header[0].clone();
        header.push_str(&hexadecimal(&Sha256::digest(content.as_bytes())));
        header.push_str("\",\"id\":\"");
        header.push_str(&copied.texts[entry.id]);
        header.push_str(&entry.header[1]);
        copied.write(&entry.region, &mut header);
        header.push_str("\"}");
        let hash: Hash = Sha256::new().chain_update([0]).chain_update(header.as_bytes()).finalize().into();
        if self.in_batch == SEALED_AT_ONCE {
            self.in_batch = 0;
            let next = "select strftime('%Y-%m-%d %H:%M:%f', ?, '+0.002 seconds')";
            self.sealed_at = self.base.query_row(next, [&self.sealed_at], |it| it.get(0))?;
        }
        self.in_batch += 1;
        let feed = entry.feed.clone().map_or(Value::Null, Value::Text);
        self.ready.leaves.push(vec![
            Value::Integer(self.tree.size as i64),
            Value::Blob(id.to_vec()),
            feed,
            Value::Blob(hash.to_vec()),
            Value::Text(self.sealed_at.clone()),
        ]);
        self.ready.nodes.extend(self.tree.push(hash));
        Ok(())
    }

    fn flush(&mut self, subject_columns: &str) -> Outcome<()> {
        let mut ready = mem::take(&mut self.ready);
        // In the order of the index that would else be filled at random.
        ready.subjects.sort_by(|one, other| blob(&one[0]).cmp(blob(&other[0])));
        self.sink.rows("journal_subjects", subject_columns, &ready.subjects)?;
        self.sink.rows("journal_leaves", "leaf_index, entry_id, feed, hash, sealed_at", &ready.leaves)?;
        self.sink.rows("journal_nodes", "level, node_index, hash", &ready.nodes)?;
        self.sink.rows("journal_pending", "entry_id", &ready.pending)
    }
}

fn blob(value: &Value) -> &[u8] {
    match value {
        Value::Blob(it) => it,
        _ => &[],
    }
}
