//! The table of documents.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    register::documents::{Document, Kept},
    storage::{Read, StorageError, Write, schema::documents},
    values::{Id, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = documents)]
#[diesel(treat_none_as_default_value = false)]
struct DocumentRow {
    id: Id<kind::Document>,
    sha256: String,
    size: i64,
    media_type: String,
    name: String,
    region_code: String,
    created_by: Option<Id<kind::User>>,
    created_at: NaiveDateTime,
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.id,
            sha256: row.sha256,
            size: row.size,
            media_type: row.media_type,
            name: row.name,
            created_at: row.created_at.and_utc(),
        }
    }
}

/// Keeps what is known of a document, in the region of a scope.
pub(super) fn insert(
    unit: &mut Write<'_>,
    it: &Document,
    scope: &Scope,
    by: Id<kind::User>,
) -> Result<(), StorageError> {
    let row = DocumentRow {
        id: it.id,
        sha256: it.sha256.clone(),
        size: it.size,
        media_type: it.media_type.clone(),
        name: it.name.clone(),
        region_code: scope.first(),
        created_by: Some(by),
        created_at: it.created_at.naive_utc(),
    };
    unit.change(diesel::insert_into(documents::table).values((&row, documents::salt.eq(Id::unguessable()))))?;
    Ok(())
}

/// A document, and the code of its region.
pub(super) fn find(
    unit: &mut Read<'_>,
    id: Id<kind::Document>,
) -> Result<Option<(Document, String)>, StorageError> {
    let row: Option<DocumentRow> =
        documents::table.find(id).select(DocumentRow::as_select()).first(unit.conn()).optional()?;
    Ok(row.map(|row| {
        let region_code = row.region_code.clone();
        (row.into(), region_code)
    }))
}

/// What is on record of the bytes of documents, after one.
pub(super) fn kept(
    unit: &mut Read<'_>,
    after: Option<Id<kind::Document>>,
    limit: i64,
) -> Result<Vec<Kept>, StorageError> {
    let mut query = documents::table
        .order(documents::id)
        .limit(limit)
        .select((documents::id, documents::sha256, documents::size))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(documents::id.gt(after));
    }
    let found: Vec<(Id<kind::Document>, String, i64)> = query.load(unit.conn())?;
    Ok(found.into_iter().map(|(id, sha256, size)| Kept { id, sha256, size }).collect())
}

pub(super) fn count(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    Ok(documents::table.count().get_result(unit.conn())?)
}

/// What one column says of each of some documents that are on record.
macro_rules! of_each {
    ($unit:expr, $ids:expr, $column:expr) => {{
        let mut found = BTreeMap::new();
        for some in $ids.chunks(2000) {
            let rows: Vec<(Id<kind::Document>, String)> = documents::table
                .filter(documents::id.eq_any(some))
                .select((documents::id, $column))
                .load($unit.conn())?;
            found.extend(rows);
        }
        Ok(found)
    }};
}

/// The codes of the regions of those of some documents that are on record.
pub(super) fn regions_of(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Document>],
) -> Result<BTreeMap<Id<kind::Document>, String>, StorageError> {
    of_each!(unit, ids, documents::region_code)
}

/// The SHA-256 of the bytes of some documents.
pub(super) fn contents(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Document>],
) -> Result<BTreeMap<Id<kind::Document>, String>, StorageError> {
    of_each!(unit, ids, documents::sha256)
}

/// The names of the files of some documents.
pub(super) fn names(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Document>],
) -> Result<BTreeMap<Id<kind::Document>, String>, StorageError> {
    of_each!(unit, ids, documents::name)
}

/// How many documents of the same bytes are looked at, the first that were brought.
const ALIKE: i64 = 1000;

/// The documents that have the bytes of a SHA-256: the first of them, where there are very many.
pub(super) fn alike(unit: &mut Read<'_>, sha256: &str) -> Result<Vec<Id<kind::Document>>, StorageError> {
    Ok(documents::table
        .filter(documents::sha256.eq(sha256))
        .order(documents::id)
        .limit(ALIKE)
        .select(documents::id)
        .load(unit.conn())?)
}
