//! The tables of restrictions.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::auto_type, prelude::*};

use crate::{
    journal::Known,
    register::{
        codes::RestrictionKind,
        restrictions::{Elsewhere, Restriction},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{assets, journal_leaves, restriction_versions, restrictions},
    },
    values::{Fen, Id, Name, Period, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = restrictions)]
#[diesel(treat_none_as_default_value = false)]
struct RestrictionRow {
    id: Id<kind::Restriction>,
    asset_id: Id<kind::Asset>,
    kind: RestrictionKind,
    holder_id: Id<kind::Party>,
    amount_fen: Option<Fen>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    document_id: Option<Id<kind::Document>>,
    released_on: Option<NaiveDate>,
    version: i64,
    recorded_at: NaiveDateTime,
    secures_debt_of_id: Option<Id<kind::Party>>,
    registered_by: Option<Name>,
    registered_as: Option<Name>,
    findings: Option<String>,
}

impl TryFrom<RestrictionRow> for Restriction {
    type Error = StorageError;

    fn try_from(row: RestrictionRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            asset_id: row.asset_id,
            kind: row.kind,
            holder_id: row.holder_id,
            amount: row.amount_fen,
            period: Period::new(row.valid_from, row.valid_to)
                .map_err(|_| StorageError::Corrupt(format!("restriction {}", row.id)))?,
            document_id: row.document_id,
            released_on: row.released_on,
            version: row.version,
            secures_debt_of: row.secures_debt_of_id,
            registered: match (row.registered_by, row.registered_as) {
                (Some(authority), Some(reference)) => Some(Elsewhere { authority, reference }),
                _ => None,
            },
            findings: row
                .findings
                .map(|it| serde_json::from_str(&it))
                .transpose()
                .map_err(|_| StorageError::Corrupt(format!("what was found of restriction {}", row.id)))?,
        })
    }
}

/// Keeps restrictions that are new.
pub(super) fn insert(unit: &mut Write<'_>, new: &[&Restriction]) -> Result<(), StorageError> {
    let recorded_at = unit.timestamp();
    let rows: Vec<RestrictionRow> = new
        .iter()
        .map(|it| RestrictionRow {
            id: it.id,
            asset_id: it.asset_id,
            kind: it.kind,
            holder_id: it.holder_id,
            amount_fen: it.amount,
            valid_from: it.period.from(),
            valid_to: it.period.to(),
            document_id: it.document_id,
            released_on: it.released_on,
            version: it.version,
            recorded_at,
            secures_debt_of_id: it.secures_debt_of,
            registered_by: it.registered.as_ref().map(|it| it.authority.clone()),
            registered_as: it.registered.as_ref().map(|it| it.reference.clone()),
            findings: it.findings.as_ref().map(ToString::to_string),
        })
        .collect();
    insert_all!(unit, restrictions::table, &rows)
}

/// Releases a restriction, or takes its release back, where its version is still the one that was seen; whether it was.
pub(super) fn release(
    unit: &mut Write<'_>,
    id: Id<kind::Restriction>,
    seen_version: i64,
    on: Option<NaiveDate>,
) -> Result<bool, StorageError> {
    let seen =
        restrictions::table.filter(restrictions::id.eq(id)).filter(restrictions::version.eq(seen_version));
    let changed = unit.alter(
        seen,
        (restrictions::released_on.eq(on), restrictions::version.eq(seen_version.saturating_add(1))),
    )?;
    Ok(changed > 0)
}

/// Releases restrictions on a day, those that begin later on the day on which they begin.
pub(super) fn release_all(
    unit: &mut Write<'_>,
    ids: &[Id<kind::Restriction>],
    on: NaiveDate,
) -> Result<(), StorageError> {
    let left = || restrictions::table.filter(restrictions::id.eq_any(ids.to_vec()));
    unit.alter(
        left().filter(restrictions::valid_from.le(on)),
        (restrictions::released_on.eq(on), restrictions::version.eq(restrictions::version + 1)),
    )?;
    unit.alter(
        left().filter(restrictions::valid_from.gt(on)),
        (
            restrictions::released_on.eq(restrictions::valid_from.nullable()),
            restrictions::version.eq(restrictions::version + 1),
        ),
    )?;
    Ok(())
}

/// A restriction on an asset of a scope, as far as is known.
pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Restriction>,
    known: Known,
) -> Result<Option<Restriction>, StorageError> {
    let row: Option<RestrictionRow> = restrictions::table
        .inner_join(assets::table)
        .filter(restrictions::id.eq(id))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select(RestrictionRow::as_select())
        .first(unit.conn())
        .optional()?;
    Ok(as_known(unit, row.into_iter().collect(), known)?.pop())
}

/// On which asset each of some restrictions lies.
pub(super) fn assets_under(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Restriction>],
) -> Result<BTreeMap<Id<kind::Restriction>, Id<kind::Asset>>, StorageError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Restriction>, Id<kind::Asset>)> = restrictions::table
            .filter(restrictions::id.eq_any(some))
            .select((restrictions::id, restrictions::asset_id))
            .load(unit.conn())?;
        found.extend(rows);
    }
    Ok(found)
}

/// The restrictions that ever lay on some assets, in the order of their identifiers; at most a number of them.
pub(super) fn ids_on(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    Ok(restrictions::table
        .filter(restrictions::asset_id.eq_any(of))
        .order(restrictions::id)
        .select(restrictions::id)
        .limit(limit)
        .load(unit.conn())?)
}

pub(super) fn of_assets(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    known: Known,
) -> Result<Vec<Restriction>, StorageError> {
    let rows: Vec<RestrictionRow> = restrictions::table
        .filter(restrictions::asset_id.eq_any(of))
        .order((restrictions::asset_id, restrictions::id))
        .select(RestrictionRow::as_select())
        .load(unit.conn())?;
    as_known(unit, rows, known)
}

/// Restrictions as they were described as far as is known; those that were not on record are left out.
fn as_known(
    unit: &mut Read<'_>,
    rows: Vec<RestrictionRow>,
    known: Known,
) -> Result<Vec<Restriction>, StorageError> {
    let Known::Through(index) = known else {
        return rows.into_iter().map(Restriction::try_from).collect();
    };
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    type Version = (Id<kind::Restriction>, i64, Option<NaiveDate>);
    let versions: Vec<Version> = restriction_versions::table
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(restriction_versions::entry_id)))
        .filter(restriction_versions::restriction_id.eq_any(&ids))
        .filter(journal_leaves::leaf_index.le(index))
        .order((restriction_versions::restriction_id, restriction_versions::version))
        .select((
            restriction_versions::restriction_id,
            restriction_versions::version,
            restriction_versions::released_on,
        ))
        .load(unit.conn())?;
    rows.into_iter()
        .filter_map(|row| {
            let (_, version, released_on) = versions.iter().rfind(|(id, ..)| *id == row.id)?;
            Some(Restriction::try_from(RestrictionRow {
                version: *version,
                released_on: *released_on,
                ..row
            }))
        })
        .collect()
}

/// What a version of a restriction says, and the journal entry that says it.
#[derive(Insertable)]
#[diesel(table_name = restriction_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow {
    restriction_id: Id<kind::Restriction>,
    version: i64,
    released_on: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
}

/// Keeps what versions of restrictions say, each with the journal entry that says it.
pub(super) fn insert_versions(
    unit: &mut Write<'_>,
    versions: &[(&Restriction, Id<kind::Entry>)],
) -> Result<(), StorageError> {
    let rows: Vec<VersionRow> = versions
        .iter()
        .map(|(it, entry_id)| VersionRow {
            restriction_id: it.id,
            version: it.version,
            released_on: it.released_on,
            entry_id: *entry_id,
        })
        .collect();
    insert_all!(unit, restriction_versions::table, &rows)
}

pub(super) fn begun_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    Ok(restrictions::table
        .filter(restrictions::holder_id.eq(holder))
        .filter(restrictions::valid_from.ge(day))
        .filter(ever_lay())
        .order(restrictions::id)
        .select(restrictions::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// Whether a restriction lies on its asset on some day.
#[auto_type(no_type_alias)]
fn ever_lay() -> _ {
    restrictions::released_on.is_null().or(restrictions::released_on.gt(restrictions::valid_from.nullable()))
}

pub(super) fn held_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    Ok(restrictions::table
        .filter(restrictions::holder_id.eq(holder))
        .filter(ever_lay())
        .filter(restrictions::valid_to.is_null().or(restrictions::valid_to.gt(day)))
        .filter(restrictions::released_on.is_null().or(restrictions::released_on.gt(day)))
        .order(restrictions::id)
        .select(restrictions::id)
        .limit(limit)
        .load(unit.conn())?)
}
