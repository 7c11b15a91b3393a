//! The tables of parties and their relations.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    register::{
        codes::{PartyKind, RelationKind, Sector},
        identifiers::IdentifierScheme,
        parties::{Party, PartyStanding, Wanted, WantedRelations},
        relations::Relation,
    },
    storage::{
        Read, StorageError, Write,
        schema::{parties, party_relations},
    },
    values::{Id, Period, RegionCode, Scope, Share, id::kind},
};

diesel::define_sql_function! {
    /// The text in small letters. The engines' `like` differ on capitals, so that both sides are lowered.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// What is kept of an identifier beside what is shown.
pub(super) struct Kept {
    pub(super) digest: Option<String>,
    pub(super) sealed: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = parties)]
struct PartyRow {
    id: Id<kind::Party>,
    kind: PartyKind,
    sector: Sector,
    name: String,
    region_code: RegionCode,
    identifier_scheme: IdentifierScheme,
    identifier_shown: Option<String>,
    ended_on: Option<NaiveDate>,
    version: i64,
    created_at: NaiveDateTime,
}

#[derive(Insertable)]
#[diesel(table_name = parties)]
#[diesel(treat_none_as_default_value = false)]
struct NewPartyRow<'a> {
    id: Id<kind::Party>,
    kind: PartyKind,
    sector: Sector,
    name: &'a str,
    region_code: RegionCode,
    identifier_scheme: IdentifierScheme,
    identifier_shown: Option<&'a str>,
    identifier_sealed: Option<&'a str>,
    identifier_digest: Option<&'a str>,
    version: i64,
    created_at: NaiveDateTime,
}

impl From<PartyRow> for Party {
    fn from(row: PartyRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            sector: row.sector,
            name: row.name,
            region_code: row.region_code,
            scheme: row.identifier_scheme,
            identifier_shown: row.identifier_shown,
            ended_on: row.ended_on,
            version: row.version,
            created_at: row.created_at.and_utc(),
        }
    }
}

pub(super) fn insert(unit: &mut Write<'_>, party: &Party, kept: &Kept) -> Result<(), StorageError> {
    let row = NewPartyRow {
        id: party.id,
        kind: party.kind,
        sector: party.sector,
        name: &party.name,
        region_code: party.region_code,
        identifier_scheme: party.scheme,
        identifier_shown: party.identifier_shown.as_deref(),
        identifier_sealed: kept.sealed.as_deref(),
        identifier_digest: kept.digest.as_deref(),
        version: party.version,
        created_at: party.created_at.naive_utc(),
    };
    diesel::insert_into(parties::table).values(row).execute(unit.conn())?;
    Ok(())
}

/// Writes a party whose version is still the one that was seen; false where it is not.
pub(super) fn update(unit: &mut Write<'_>, party: &Party, seen_version: i64) -> Result<bool, StorageError> {
    let seen = parties::table.filter(parties::id.eq(party.id)).filter(parties::version.eq(seen_version));
    let changed = diesel::update(seen)
        .set((
            parties::name.eq(&party.name),
            parties::ended_on.eq(party.ended_on),
            parties::version.eq(seen_version.saturating_add(1)),
        ))
        .execute(unit.conn())?;
    Ok(changed > 0)
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Party>,
) -> Result<Option<Party>, StorageError> {
    let row: Option<PartyRow> = parties::table
        .find(id)
        .filter(parties::region_code.between(scope.first(), scope.last()))
        .select(PartyRow::as_select())
        .first(unit.conn())
        .optional()?;
    Ok(row.map(Party::from))
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Party>, StorageError> {
    let mut query = parties::table
        .filter(parties::region_code.between(scope.first(), scope.last()))
        .order((parties::region_code, parties::id))
        .limit(limit)
        .select(PartyRow::as_select())
        .into_boxed();
    if let Some(kind) = wanted.kind {
        query = query.filter(parties::kind.eq(kind));
    }
    if let Some(q) = &wanted.q {
        query = query.filter(lower(parties::name).like(lower(containing(q))).escape('!'));
    }
    if let Some((region, id)) = wanted.after {
        query = query.filter(
            parties::region_code.gt(region).or(parties::region_code.eq(region).and(parties::id.gt(id))),
        );
    }
    let rows: Vec<PartyRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Party::from).collect())
}

/// A pattern for texts that contain another, whatever signs stand in it.
pub(super) fn containing(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

pub(super) fn standing(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, PartyStanding>, StorageError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(400) {
        let rows: Vec<PartyRow> = parties::table
            .filter(parties::id.eq_any(some))
            .select(PartyRow::as_select())
            .load(unit.conn())?;
        found.extend(rows.into_iter().map(|row| {
            let it = PartyStanding {
                id: row.id,
                kind: row.kind,
                sector: row.sector,
                name: row.name,
                region_code: row.region_code,
                ended_on: row.ended_on,
            };
            (it.id, it)
        }));
    }
    Ok(found)
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = party_relations)]
#[diesel(treat_none_as_default_value = false)]
struct RelationRow {
    id: Id<kind::Relation>,
    from_id: Id<kind::Party>,
    to_id: Id<kind::Party>,
    kind: RelationKind,
    share_num: Option<i64>,
    share_den: Option<i64>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    recorded_at: NaiveDateTime,
}

pub(super) fn insert_relation(unit: &mut Write<'_>, it: &Relation) -> Result<(), StorageError> {
    let row = RelationRow {
        id: it.id,
        from_id: it.from_id,
        to_id: it.to_id,
        kind: it.kind,
        share_num: it.share.map(Share::num),
        share_den: it.share.map(Share::den),
        valid_from: it.period.from(),
        valid_to: it.period.to(),
        recorded_at: unit.timestamp(),
    };
    diesel::insert_into(party_relations::table).values(row).execute(unit.conn())?;
    Ok(())
}

impl TryFrom<RelationRow> for Relation {
    type Error = StorageError;

    fn try_from(row: RelationRow) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt(format!("relation {}", row.id));
        let share = match (row.share_num, row.share_den) {
            (Some(num), Some(den)) => Some(Share::new(num, den).map_err(corrupt)?),
            _ => None,
        };
        let period = Period::new(row.valid_from, row.valid_to).map_err(corrupt)?;
        Ok(Self { id: row.id, from_id: row.from_id, to_id: row.to_id, kind: row.kind, share, period })
    }
}

/// Gives a relation its end where it still has the one that was seen; false where it has not.
pub(super) fn end_relation(
    unit: &mut Write<'_>,
    ended: &Relation,
    seen: Option<NaiveDate>,
) -> Result<bool, StorageError> {
    let relation = party_relations::table.filter(party_relations::id.eq(ended.id));
    let to = party_relations::valid_to.eq(ended.period.to());
    let changed = match seen {
        None => diesel::update(relation.filter(party_relations::valid_to.is_null()))
            .set(to)
            .execute(unit.conn())?,
        Some(seen) => diesel::update(relation.filter(party_relations::valid_to.eq(seen)))
            .set(to)
            .execute(unit.conn())?,
    };
    Ok(changed > 0)
}

pub(super) fn relation(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    id: Id<kind::Relation>,
) -> Result<Option<Relation>, StorageError> {
    let row: Option<RelationRow> = party_relations::table
        .find(id)
        .filter(party_relations::from_id.eq(of).or(party_relations::to_id.eq(of)))
        .select(RelationRow::as_select())
        .first(unit.conn())
        .optional()?;
    row.map(Relation::try_from).transpose()
}

pub(super) fn relations_of(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    wanted: &WantedRelations,
    limit: i64,
) -> Result<Vec<Relation>, StorageError> {
    let mut query = party_relations::table
        .filter(party_relations::from_id.eq(of).or(party_relations::to_id.eq(of)))
        .order(party_relations::id)
        .limit(limit)
        .select(RelationRow::as_select())
        .into_boxed();
    if let Some(day) = wanted.as_of {
        query = query
            .filter(party_relations::valid_from.le(day))
            .filter(party_relations::valid_to.is_null().or(party_relations::valid_to.gt(day)));
    }
    if let Some(after) = wanted.after {
        query = query.filter(party_relations::id.gt(after));
    }
    let rows: Vec<RelationRow> = query.load(unit.conn())?;
    rows.into_iter().map(Relation::try_from).collect()
}

/// All relations of a kind to a party.
pub(super) fn relations_to(
    unit: &mut Read<'_>,
    to: Id<kind::Party>,
    kind: RelationKind,
) -> Result<Vec<Relation>, StorageError> {
    let rows: Vec<RelationRow> = party_relations::table
        .filter(party_relations::to_id.eq(to))
        .filter(party_relations::kind.eq(kind))
        .select(RelationRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Relation::try_from).collect()
}

pub(super) fn relations_among(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
) -> Result<Vec<Relation>, StorageError> {
    let mut found: BTreeMap<Id<kind::Relation>, Relation> = BTreeMap::new();
    for some in ids.chunks(400) {
        let rows: Vec<RelationRow> = party_relations::table
            .filter(party_relations::from_id.eq_any(some).or(party_relations::to_id.eq_any(some)))
            .select(RelationRow::as_select())
            .load(unit.conn())?;
        for row in rows {
            found.insert(row.id, row.try_into()?);
        }
    }
    Ok(found.into_values().collect())
}
