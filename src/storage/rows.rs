//! The canonical form of a row, the same on both engines, and its digest, to which the journal commits.
//!
//! Every statement that changes a table of the register goes through [`Write::change`](super::Write::change),
//! [`Write::alter`](super::Write::alter) or [`Write::remove`](super::Write::remove), which read the rows before the
//! statement and after it (`returning`), and collect the digests of both. When the unit of work ends, the digests go into its
//! journal entry. So an entry commits to every row that its unit of work wrote, in any table, and a new table needs no extra
//! code here.
//!
//! `docs/journal.md` says to the byte what is hashed.

use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    QueryableByName, RunQueryDsl,
    backend::Backend,
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    query_builder::{AstPass, InsertStatement, Query, QueryFragment, QueryId},
    query_source::QuerySource,
    result::QueryResult,
    row::{Field, NamedRow, Row},
    sql_types::{BigInt, Binary, Bool, Date, Double, Integer, Text, Timestamp, Untyped},
    sqlite::{Sqlite, SqliteType},
};

use crate::{
    storage::{Read, StorageError, each, folding::NAME_FOLDED, rows_of, schema, sql},
    values::Id,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// An identifier.
    Uuid,
    /// A text, or a code.
    Text,
    /// A number of 64 bits.
    BigInt,
    /// A number of 32 bits.
    Integer,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// An instant, in UTC.
    Timestamp,
    /// Bytes.
    Binary,
}

/// A column, as `schema.rs` declares it.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds, where it is not null.
    pub kind: ColumnKind,
}

/// A table, as `schema.rs` declares it.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// All its columns.
    pub columns: &'static [Column],
}

/// A table whose layout is known at run time: every one that `schema.rs` declares.
pub trait Declared {
    /// The table.
    const TABLE: &'static Table;
}

/// Declares a table for Diesel, and for [`Declared`].
macro_rules! table {
    (
        $name:ident ($($key:ident),+) {
            $($column:ident -> $kind:ident $(<$inner:ident>)?,)*
        }
    ) => {
        diesel::table! {
            use diesel::sql_types::*;
            use $crate::storage::sql::Uuid;

            $name ($($key),+) {
                $($column -> $kind $(<$inner>)?,)*
            }
        }
        impl $crate::storage::rows::Declared for $name::table {
            const TABLE: &'static $crate::storage::rows::Table = &$crate::storage::rows::Table {
                name: stringify!($name),
                key: &[$(stringify!($key)),+],
                columns: &[$($crate::storage::rows::Column {
                    name: stringify!($column),
                    kind: $crate::storage::rows::column_kind!($kind $($inner)?),
                }),*],
            };
        }
    };
}

macro_rules! column_kind {
    (Nullable $kind:ident) => {
        $crate::storage::rows::ColumnKind::$kind
    };
    ($kind:ident) => {
        $crate::storage::rows::ColumnKind::$kind
    };
}

/// Tells Diesel that all tables may stand in one query, and lists them.
macro_rules! all_tables {
    ($($name:ident),+ $(,)?) => {
        diesel::allow_tables_to_appear_in_same_query!($($name),+);
        /// Every table.
        pub const TABLES: &[&$crate::storage::rows::Table] =
            &[$(<$name::table as $crate::storage::rows::Declared>::TABLE),+];
    };
}

pub(crate) use {all_tables, column_kind, table};

/// Tables that no entry commits to: those of the journal itself, which its tree protects, and those whose rows expire and say
/// nothing about the register.
pub const UNCOMMITTED: &[&str] = &[
    "idempotent_answers",
    "journal_checkpoints",
    "journal_cosignatures",
    "journal_entries",
    "journal_leaves",
    "journal_nodes",
    "journal_pending",
    "journal_progress",
    "journal_rows",
    "journal_subjects",
    "journaled_tables",
    "refresh_tokens",
];

/// Tables whose rows a migration rewrites without changing a column, each with that migration: all their rows are committed to
/// again when a database is upgraded. A migration that changes columns need not be listed.
pub const REWRITTEN: &[(&str, &str)] = &[
    ("distribution_receipts", "2026-11-28-205300_plans_held"),
    ("notices", "2026-11-28-210500_notices"),
    ("asset_versions", "2026-11-28-212000_assets_corrected"),
    ("project_versions", "2026-11-29-004500_projects_and_contracts_corrected"),
    ("contract_versions", "2026-11-29-004500_projects_and_contracts_corrected"),
    ("restriction_overrides", "2026-11-30-101500_restriction_overrides"),
];

/// Columns derived from other rows, which `verify` recomputes.
pub const DERIVED: &[(&str, &[&str])] =
    &[("accounts", &["debits_fen", "credits_fen"]), ("assets", &[NAME_FOLDED]), ("parties", &[NAME_FOLDED])];

/// The columns of a table that entries commit to, in the order of their names, and the statements about them.
#[derive(Debug)]
pub struct Layout {
    /// The table.
    pub table: &'static Table,
    columns: Vec<&'static Column>,
    /// The positions of the key columns among them.
    key: Vec<usize>,
    /// ` returning …`.
    returning: String,
    /// `select … from …`.
    select: String,
}

static LAYOUTS: LazyLock<BTreeMap<&'static str, Layout>> = LazyLock::new(|| {
    let tables = schema::TABLES.iter().filter(|it| !UNCOMMITTED.contains(&it.name));
    tables.map(|table| (table.name, Layout::of(table))).collect()
});

/// The layouts of all tables that entries commit to, in the order of their names.
pub fn layouts() -> impl Iterator<Item = &'static Layout> {
    LAYOUTS.values()
}

/// The layout of a table; `None` if no entry commits to it.
pub fn layout(table: &str) -> Option<&'static Layout> {
    LAYOUTS.get(table)
}

impl Layout {
    fn of(table: &'static Table) -> Self {
        let derived = DERIVED.iter().find(|it| it.0 == table.name).map_or(&[][..], |it| it.1);
        let mut columns: Vec<_> = table.columns.iter().filter(|it| !derived.contains(&it.name)).collect();
        columns.sort_by_key(|it| it.name);
        let place = |name: &&str| columns.iter().position(|it| it.name == *name);
        let key = table.key.iter().filter_map(place).collect();
        let quoted: Vec<_> = columns.iter().map(|it| format!("\"{}\"", it.name)).collect();
        let listed = quoted.join(", ");
        Self {
            returning: format!(" returning {listed}"),
            select: format!("select {listed} from \"{}\"", table.name),
            table,
            key,
            columns,
        }
    }

    /// The columns with their types, and the migrations that rewrote rows. This text changes whenever digests change although no
    /// act changed the rows.
    pub fn described(&self) -> String {
        let columns = self.columns.iter().map(|it| format!("{} {:?}", it.name, it.kind).to_lowercase());
        let rewritten = REWRITTEN.iter().filter(|it| it.0 == self.table.name);
        columns.chain(rewritten.map(|it| format!("rewritten by {}", it.1))).collect::<Vec<_>>().join(", ")
    }

    /// The key of a row and the digest of its canonical form.
    pub fn digest(&self, row: &Cells) -> Result<RowDigest, StorageError> {
        let odd = |column: &Column| {
            StorageError::Corrupt(format!(
                "{}.{} holds a value that is not allowed",
                self.table.name, column.name
            ))
        };
        let mut text = String::with_capacity(64 * self.columns.len());
        let mut cells = self.columns.iter().zip(&row.0).peekable();
        text.push('{');
        while let Some((column, cell)) = cells.next() {
            let separator = if cells.peek().is_some() { "," } else { "" };
            let value = cell.canonical(column.kind).ok_or_else(|| odd(column))?;
            write!(text, "\"{}\":{value}{separator}", column.name)
                .map_err(|_| StorageError::Corrupt("a row cannot be written".to_owned()))?;
        }
        text.push('}');
        let mut sha256 = [0; 32];
        sha256.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
        Ok(RowDigest { key: self.key_of(row)?, sha256 })
    }

    /// The key of a row, its values with `/` between them.
    pub fn key_of(&self, row: &Cells) -> Result<String, StorageError> {
        let of_key = self.key.iter().filter_map(|place| row.0.get(*place).zip(self.columns.get(*place)));
        let values = of_key.map(|(cell, column)| {
            let written = cell.canonical(column.kind);
            let written =
                written.ok_or_else(|| StorageError::Corrupt(format!("the key of {}", self.table.name)))?;
            Ok(written.trim_matches('"').to_owned())
        });
        Ok(values.collect::<Result<Vec<_>, StorageError>>()?.join("/"))
    }

    /// The key of a row as far as it can be read, to report a row with a value that is not allowed.
    pub fn shown_key_of(&self, row: &Cells) -> String {
        let of_key = self.key.iter().filter_map(|place| row.0.get(*place).zip(self.columns.get(*place)));
        let shown = of_key.map(|(cell, column)| match (cell.canonical(column.kind), cell) {
            (Some(written), _) => written.trim_matches('"').to_owned(),
            (None, Cell::Bytes(bytes)) => hex::encode(bytes),
            (None, cell) => format!("{cell:?}"),
        });
        shown.collect::<Vec<_>>().join("/")
    }

    /// A page of its rows after a given one, ordered by key.
    pub fn page(
        &self,
        unit: &mut Read<'_>,
        after: Option<&Cells>,
        limit: i64,
    ) -> Result<Vec<Cells>, StorageError> {
        self.some(unit, after.map(|it| (">", it)), limit)
    }

    /// The rows with the same key as the given one: several if the primary key was dropped.
    pub fn with_same_key(&self, unit: &mut Read<'_>, of: &Cells) -> Result<Vec<Cells>, StorageError> {
        self.some(unit, Some(("=", of)), i64::MAX)
    }

    /// The number of its rows, counted without using its indexes.
    pub fn count(&self, unit: &mut Read<'_>) -> Result<u64, StorageError> {
        Ok(u64::try_from(rows_of(unit, self.table.name)?).unwrap_or_default())
    }

    fn some(
        &self,
        unit: &mut Read<'_>,
        after: Option<(&str, &Cells)>,
        limit: i64,
    ) -> Result<Vec<Cells>, StorageError> {
        let key = self.table.key.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ");
        let mut text = self.select.clone();
        if let Some((than, _)) = after {
            let places: Vec<_> = (1..=self.key.len()).map(|it| format!("${it}")).collect();
            text.push_str(&format!(" where ({key}) {than} ({})", places.join(", ")));
        }
        text.push_str(&format!(" order by {key} limit {limit}"));
        let of_key: Vec<(ColumnKind, &Cell)> = after
            .into_iter()
            .flat_map(|(_, row)| {
                let place = |it: &usize| Some((self.columns.get(*it)?.kind, row.0.get(*it)?));
                self.key.iter().filter_map(place)
            })
            .collect();
        let rows: Vec<Cells> = each!(unit, |conn| {
            let mut query = diesel::sql_query(text).into_boxed();
            for (kind, cell) in of_key {
                query = match (kind, cell) {
                    (ColumnKind::Uuid, Cell::Bytes(bytes)) => match uuid::Uuid::from_slice(bytes) {
                        Ok(id) => query.bind::<sql::Uuid, Id<()>>(id.into()),
                        // SQLite stores any value in any column.
                        Err(_) => query.bind::<Binary, _>(bytes.clone()),
                    },
                    (_, Cell::Real(number)) => query.bind::<Double, _>(*number),
                    (_, Cell::Int(number)) if kind == ColumnKind::Integer => {
                        query.bind::<Integer, _>(i32::try_from(*number).unwrap_or(i32::MAX))
                    }
                    (_, Cell::Int(number)) => query.bind::<BigInt, _>(*number),
                    (_, Cell::Text(text)) => query.bind::<Text, _>(text.clone()),
                    _ => {
                        return Err(StorageError::Corrupt(format!("the key of {}", self.table.name)));
                    }
                };
            }
            query.load(conn)
        })?;
        Ok(rows)
    }
}

/// A row by its key, and the SHA-256 of its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDigest {
    /// The values of its key, in the order of the key, with `/` between them.
    pub key: String,
    /// The digest.
    pub sha256: [u8; 32],
}

/// A row as the database gives it, its columns in the order of their names.
#[derive(Debug)]
pub struct Cells(Vec<Cell>);

/// A value as the engine returns it.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Int(i64),
    /// No column has this type, but SQLite stores any value in any column.
    Real(f64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    Date(NaiveDate),
    Instant(NaiveDateTime),
}

impl Cell {
    /// The value as canonical JSON; `None` if it is not allowed in the column.
    fn canonical(&self, kind: ColumnKind) -> Option<String> {
        use ColumnKind as Kind;
        Some(match (kind, self) {
            (_, Self::Null) => "null".to_owned(),
            (Kind::BigInt | Kind::Integer, Self::Int(number)) => number.to_string(),
            (Kind::Bool, Self::Bool(yes)) => yes.to_string(),
            (Kind::Bool, Self::Int(number @ (0 | 1))) => (*number == 1).to_string(),
            (Kind::Uuid, Self::Bytes(bytes)) => {
                format!("\"{}\"", uuid::Uuid::from_slice(bytes).ok()?.hyphenated())
            }
            (Kind::Binary, Self::Bytes(bytes)) => format!("\"{}\"", hex::encode(bytes)),
            (Kind::Text, Self::Text(text)) => serde_json::to_string(text).ok()?,
            (Kind::Date, Self::Date(day)) => format!("\"{day}\""),
            (Kind::Date, Self::Text(text)) => {
                // SQLite stores a date as text: only the canonical form is accepted.
                let day = NaiveDate::parse_from_str(text, "%F").ok()?;
                (day.to_string() == *text).then(|| format!("\"{day}\""))?
            }
            (Kind::Timestamp, Self::Instant(at)) => canonical_instant(*at),
            (Kind::Timestamp, Self::Text(text)) => {
                // Only up to microseconds, since the digest covers no more.
                let at = NaiveDateTime::parse_from_str(text, "%F %T%.f").ok()?;
                let is_whole = at.and_utc().timestamp_subsec_nanos() % 1_000 == 0;
                (is_whole && at.format("%F %T%.f").to_string() == *text).then(|| canonical_instant(at))?
            }
            _ => return None,
        })
    }
}

/// An instant in the form used in entries.
fn canonical_instant(at: NaiveDateTime) -> String {
    format!("\"{}\"", at.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
}

impl FromSql<Untyped, Pg> for Cell {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(match value.get_oid().get() {
            16 => Self::Bool(<bool as FromSql<Bool, Pg>>::from_sql(value)?),
            17 | 2950 => Self::Bytes(value.as_bytes().to_vec()),
            20 => Self::Int(<i64 as FromSql<BigInt, Pg>>::from_sql(value)?),
            23 => Self::Int(<i32 as FromSql<Integer, Pg>>::from_sql(value)?.into()),
            25 => Self::Text(<String as FromSql<Text, Pg>>::from_sql(value)?),
            1082 => Self::Date(<NaiveDate as FromSql<Date, Pg>>::from_sql(value)?),
            1114 => Self::Instant(<NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value)?),
            other => return Err(format!("a column of the type {other}").into()),
        })
    }
}

impl FromSql<Untyped, Sqlite> for Cell {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(match value.value_type() {
            None => Self::Null,
            Some(SqliteType::Binary) => Self::Bytes(value.read_blob().to_vec()),
            Some(SqliteType::Text) => Self::Text(value.read_text().to_owned()),
            Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
                Self::Int(value.read_long())
            }
            Some(SqliteType::Float | SqliteType::Double) => Self::Real(value.read_double()),
        })
    }
}

impl<DB: Backend> QueryableByName<DB> for Cells
where
    Cell: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let mut cells = Vec::with_capacity(row.field_count());
        for place in 0..row.field_count() {
            let field = Row::get(row, place).ok_or("a row is too short")?;
            cells.push(match field.value() {
                None => Cell::Null,
                Some(value) => Cell::from_sql(value)?,
            });
        }
        Ok(Self(cells))
    }
}

/// A statement that puts rows into a table that is declared.
pub trait Change {
    /// Which table.
    type Table: Declared;
}

impl<T: QuerySource + Declared, U, Op, Ret> Change for InsertStatement<T, U, Op, Ret> {
    type Table = T;
}

/// A query for the rows that a statement is about to alter.
#[derive(Debug)]
pub(super) struct Before<C> {
    pub(super) layout: &'static Layout,
    /// The condition, as the statement has it.
    pub(super) of: C,
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Before<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(&self.layout.select);
        self.of.walk_ast(out.reborrow())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Before<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.layout.select);
        self.of.walk_ast(out.reborrow())?;
        out.push_sql(" for no key update");
        Ok(())
    }
}

impl<C> QueryId for Before<C> {
    type QueryId = ();
    // Its type does not identify the table, so the query cannot be cached by type.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> Query for Before<C> {
    type SqlType = Untyped;
}

impl<C, Conn> RunQueryDsl<Conn> for Before<C> {}

/// A statement that returns the rows that it changed.
#[derive(Debug)]
pub(super) struct Returning<S> {
    pub(super) statement: S,
    /// `None` if no entry commits to the table; then nothing is returned.
    pub(super) layout: Option<&'static Layout>,
}

impl<S: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Returning<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out.reborrow())?;
        if let Some(layout) = self.layout {
            out.push_sql(&layout.returning);
        }
        Ok(())
    }
}

impl<S: QueryId> QueryId for Returning<S> {
    type QueryId = Returning<S::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
}

impl<S> Query for Returning<S> {
    type SqlType = Untyped;
}

impl<S, Conn> RunQueryDsl<Conn> for Returning<S> {}

/// What a unit of work did to a row.
#[derive(Debug, Clone, Copy)]
struct Changed {
    /// The digest of its earlier form, or `Some(None)` if the row is new; `None` if the earlier form is not stated.
    before: Option<Option<[u8; 32]>>,
    /// The digest of its present form; `None` if it was removed.
    after: Option<[u8; 32]>,
}

/// The rows that a unit of work changed, by table and key.
#[derive(Debug, Default)]
pub(super) struct ChangedRows(BTreeMap<(&'static str, String), Changed>);

impl ChangedRows {
    /// Records inserted rows.
    pub(super) fn inserted(&mut self, layout: &'static Layout, rows: &[Cells]) -> Result<(), StorageError> {
        for row in rows {
            let RowDigest { key, sha256 } = layout.digest(row)?;
            self.note(layout, key, Some(None), Some(sha256));
        }
        Ok(())
    }

    /// Records altered rows, before and after.
    ///
    /// # Errors
    /// [`StorageError::Transient`] if one of them appeared in between: on a retry, the unit of work finds it.
    pub(super) fn altered(
        &mut self,
        layout: &'static Layout,
        before: &[Cells],
        after: &[Cells],
    ) -> Result<(), StorageError> {
        let before = before.iter().map(|row| layout.digest(row).map(|it| (it.key, it.sha256)));
        let before = before.collect::<Result<BTreeMap<_, _>, StorageError>>()?;
        for row in after {
            let RowDigest { key, sha256 } = layout.digest(row)?;
            let was = before.get(&key).ok_or(StorageError::Transient(diesel::result::Error::NotFound))?;
            self.note(layout, key, Some(Some(*was)), Some(sha256));
        }
        Ok(())
    }

    /// Records removed rows.
    pub(super) fn removed(&mut self, layout: &'static Layout, before: &[Cells]) -> Result<(), StorageError> {
        for row in before {
            let RowDigest { key, sha256 } = layout.digest(row)?;
            self.note(layout, key, Some(Some(sha256)), None);
        }
        Ok(())
    }

    /// Records rows as found, without their earlier form.
    pub(super) fn found(&mut self, layout: &'static Layout, rows: &[Cells]) -> Result<(), StorageError> {
        for row in rows {
            let RowDigest { key, sha256 } = layout.digest(row)?;
            self.note(layout, key, None, Some(sha256));
        }
        Ok(())
    }

    fn note(
        &mut self,
        layout: &'static Layout,
        key: String,
        before: Option<Option<[u8; 32]>>,
        after: Option<[u8; 32]>,
    ) {
        let changed = self.0.entry((layout.table.name, key)).or_insert(Changed { before, after });
        // If the row changes again, its form before this unit of work stays the same.
        changed.after = after;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Canonical JSON for the entry, ordered by table and key. Rows that ended up unchanged are left out.
    pub(super) fn to_canonical_json(&self) -> String {
        let hashed = |it: Option<[u8; 32]>| match it {
            Some(sha256) => format!("\"{}\"", hex::encode(sha256)),
            None => "null".to_owned(),
        };
        let rows = self.0.iter().filter_map(|((table, key), Changed { before, after })| match before {
            Some(before) if before == after => None,
            Some(before) => Some(format!("[\"{table}\",\"{key}\",{},{}]", hashed(*after), hashed(*before))),
            None => Some(format!("[\"{table}\",\"{key}\",{}]", hashed(*after))),
        });
        format!("[{}]", rows.collect::<Vec<_>>().join(","))
    }
}
