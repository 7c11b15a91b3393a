//! The tables of parties and their relations.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Date, Nullable, Text},
};

use crate::{
    journal::Known,
    register::{
        codes::{OfficerPost, PartyKind, RelationKind, Sector},
        parties::{
            Party, PartyStanding, Wanted, WantedRelations,
            identifiers::{IdentifierScheme, as_shown},
            relations::Relation,
            ties::{SAY_FROM_ONE_IN, Tie},
        },
    },
    storage::{
        Read, StorageError, Write, each,
        schema::{journal_leaves, parties, party_relations, party_versions, relation_versions},
        sql::Uuid,
    },
    values::{Folded, Id, RegionCode, Scope, Share, Validity, id::kind},
};

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
    erased_at: Option<NaiveDateTime>,
    successor_id: Option<Id<kind::Party>>,
}

#[derive(Insertable)]
#[diesel(table_name = parties)]
#[diesel(treat_none_as_default_value = false)]
struct NewPartyRow<'a> {
    id: Id<kind::Party>,
    kind: PartyKind,
    sector: Sector,
    name: &'a str,
    name_folded: Folded,
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
            identifier_shown: as_shown(row.identifier_scheme, row.identifier_shown),
            ended_on: row.ended_on,
            successor_id: row.successor_id,
            version: row.version,
            created_at: row.created_at.and_utc(),
            erased_at: row.erased_at.map(|it| it.and_utc()),
        }
    }
}

/// What a version of a party says, and the journal entry that says it.
#[derive(Insertable)]
#[diesel(table_name = party_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow<'a> {
    party_id: Id<kind::Party>,
    version: i64,
    name: &'a str,
    ended_on: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
    identifier_scheme: IdentifierScheme,
    identifier_shown: Option<&'a str>,
    successor_id: Option<Id<kind::Party>>,
}

fn insert_version(unit: &mut Write<'_>, party: &Party, entry: Id<kind::Entry>) -> Result<(), StorageError> {
    let row = VersionRow {
        party_id: party.id,
        version: party.version,
        name: &party.name,
        ended_on: party.ended_on,
        entry_id: entry,
        identifier_scheme: party.scheme,
        identifier_shown: party.identifier_shown.as_deref(),
        successor_id: party.successor_id,
    };
    unit.change(
        diesel::insert_into(party_versions::table).values((row, party_versions::salt.eq(Id::unguessable()))),
    )?;
    Ok(())
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    party: &Party,
    kept: &Kept,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row = NewPartyRow {
        id: party.id,
        kind: party.kind,
        sector: party.sector,
        name: &party.name,
        name_folded: Folded::of(&party.name),
        region_code: party.region_code,
        identifier_scheme: party.scheme,
        identifier_shown: party.identifier_shown.as_deref(),
        identifier_sealed: kept.sealed.as_deref(),
        identifier_digest: kept.digest.as_deref(),
        version: party.version,
        created_at: party.created_at.naive_utc(),
    };
    unit.change(diesel::insert_into(parties::table).values((row, parties::salt.eq(Id::unguessable()))))?;
    insert_version(unit, party, entry)
}

/// The parties that name another as their successor.
pub(super) fn succeeded_by(
    unit: &mut Read<'_>,
    successor: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Party>>, StorageError> {
    Ok(parties::table
        .filter(parties::successor_id.eq(successor))
        .order(parties::id)
        .select(parties::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// A party that ended, and its successor.
type Succeeded = (Id<kind::Party>, Id<kind::Party>);

/// The parties that name some others as their successors, with those.
pub(super) fn ended_for(
    unit: &mut Read<'_>,
    successors: &[Id<kind::Party>],
) -> Result<Vec<Succeeded>, StorageError> {
    let mut found = Vec::new();
    for some in successors.chunks(2000) {
        let rows: Vec<(Id<kind::Party>, Option<Id<kind::Party>>)> = parties::table
            .filter(parties::successor_id.eq_any(some))
            .order(parties::id)
            .select((parties::id, parties::successor_id))
            .load(unit.conn())?;
        found.extend(rows.into_iter().filter_map(|(party, successor)| Some((party, successor?))));
    }
    Ok(found)
}

/// Writes a new version of a party whose version is still the one that was seen; false where it is not. What is kept of its
/// identifier stays unless another is given.
pub(super) fn update(
    unit: &mut Write<'_>,
    party: &Party,
    kept: Option<&Kept>,
    seen_version: i64,
    entry: Id<kind::Entry>,
) -> Result<bool, StorageError> {
    let seen = parties::table.filter(parties::id.eq(party.id)).filter(parties::version.eq(seen_version));
    let changed = unit.alter(
        seen,
        (
            (parties::name.eq(&party.name), parties::name_folded.eq(Folded::of(&party.name))),
            parties::identifier_scheme.eq(party.scheme),
            parties::identifier_shown.eq(&party.identifier_shown),
            parties::ended_on.eq(party.ended_on),
            parties::successor_id.eq(party.successor_id),
            parties::version.eq(party.version),
            parties::erased_at.eq(party.erased_at.map(|it| it.naive_utc())),
            // What was known of a person before cannot be guessed from its digest any more.
            parties::salt.eq(Id::unguessable()),
            kept.map(|it| {
                (parties::identifier_sealed.eq(&it.sealed), parties::identifier_digest.eq(&it.digest))
            }),
        ),
    )?;
    if changed > 0 {
        insert_version(unit, party, entry)?;
    }
    Ok(changed > 0)
}

/// The digest by which the identifier of a party is compared with others; none where it has none.
pub(super) fn identifier_digest(
    unit: &mut Read<'_>,
    id: Id<kind::Party>,
) -> Result<Option<String>, StorageError> {
    let digest: Option<Option<String>> =
        parties::table.find(id).select(parties::identifier_digest).first(unit.conn()).optional()?;
    Ok(digest.flatten())
}

/// Forgets the names that a party had, and what was shown of its identifiers.
pub(super) fn forget(unit: &mut Write<'_>, id: Id<kind::Party>, name: &str) -> Result<(), StorageError> {
    unit.alter(
        party_versions::table.filter(party_versions::party_id.eq(id)),
        (
            party_versions::name.eq(name),
            party_versions::identifier_shown.eq(None::<String>),
            party_versions::salt.eq(Id::unguessable()),
        ),
    )?;
    Ok(())
}

/// What a version of a party says of it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = party_versions)]
struct SaidRow {
    version: i64,
    name: String,
    ended_on: Option<NaiveDate>,
    identifier_scheme: IdentifierScheme,
    identifier_shown: Option<String>,
    successor_id: Option<Id<kind::Party>>,
}

impl SaidRow {
    /// A party as this version says it.
    fn of(self, row: PartyRow) -> Party {
        let Self { version, name, ended_on, identifier_scheme, identifier_shown, successor_id } = self;
        Party::from(PartyRow {
            version,
            name,
            ended_on,
            identifier_scheme,
            identifier_shown,
            successor_id,
            ..row
        })
    }
}

/// A party as it was described when the journal had reached an index.
pub(super) fn find_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Party>,
    index: i64,
) -> Result<Option<Party>, StorageError> {
    let row: Option<(PartyRow, SaidRow)> = parties::table
        .inner_join(party_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(party_versions::entry_id)))
        .filter(parties::id.eq(id))
        .filter(parties::region_code.between(scope.first(), scope.last()))
        .filter(journal_leaves::leaf_index.le(index))
        .order(party_versions::version.desc())
        .select((PartyRow::as_select(), SaidRow::as_select()))
        .first(unit.conn())
        .optional()?;
    Ok(row.map(|(row, said)| said.of(row)))
}

/// The names that parties had when the journal had reached an index.
pub(super) fn names_through(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    index: i64,
) -> Result<BTreeMap<Id<kind::Party>, String>, StorageError> {
    let mut names = BTreeMap::new();
    for some in ids.chunks(2000) {
        let versions: Vec<(Id<kind::Party>, String)> = party_versions::table
            .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(party_versions::entry_id)))
            .filter(party_versions::party_id.eq_any(some))
            .filter(journal_leaves::leaf_index.le(index))
            .order((party_versions::party_id, party_versions::version))
            .select((party_versions::party_id, party_versions::name))
            .load(unit.conn())?;
        // Of each party's names the last one stays.
        names.extend(versions);
    }
    Ok(names)
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
        query = query.filter(parties::name_folded.like(containing(q)).escape('!'));
    }
    if let Some((region, id)) = wanted.after {
        query = query.filter(
            parties::region_code.gt(region).or(parties::region_code.eq(region).and(parties::id.gt(id))),
        );
    }
    let rows: Vec<PartyRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Party::from).collect())
}

/// A pattern for folded texts that contain another, whatever signs stand in it.
pub(in crate::register) fn containing(text: &str) -> String {
    let escaped = Folded::of(text).as_str().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

pub(super) fn standing(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, PartyStanding>, StorageError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(2000) {
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
                successor_id: row.successor_id,
                erased: row.erased_at.is_some(),
            };
            (it.id, it)
        }));
    }
    Ok(found)
}

/// Some parties as they were described when the journal had reached an index, or as they are.
pub(super) fn described(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    known: Known,
) -> Result<BTreeMap<Id<kind::Party>, Party>, StorageError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(2000) {
        let of_some = parties::table.filter(parties::id.eq_any(some));
        match known {
            Known::Now => {
                let rows: Vec<PartyRow> = of_some.select(PartyRow::as_select()).load(unit.conn())?;
                found.extend(rows.into_iter().map(|row| (row.id, Party::from(row))));
            }
            Known::Through(index) => {
                let rows: Vec<(PartyRow, SaidRow)> = of_some
                    .inner_join(party_versions::table)
                    .inner_join(
                        journal_leaves::table.on(journal_leaves::entry_id.eq(party_versions::entry_id)),
                    )
                    .filter(journal_leaves::leaf_index.le(index))
                    .order((parties::id, party_versions::version))
                    .select((PartyRow::as_select(), SaidRow::as_select()))
                    .load(unit.conn())?;
                // Of each party's versions the last one stays.
                found.extend(rows.into_iter().map(|(row, said)| (row.id, said.of(row))));
            }
        }
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
    version: i64,
    recorded_at: NaiveDateTime,
    post: Option<OfficerPost>,
}

/// What a version of a relation says, and the journal entry that says it.
#[derive(Insertable)]
#[diesel(table_name = relation_versions)]
#[diesel(treat_none_as_default_value = false)]
struct RelationVersionRow {
    relation_id: Id<kind::Relation>,
    version: i64,
    valid_to: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
}

fn insert_relation_version(
    unit: &mut Write<'_>,
    it: &Relation,
    entry_id: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row =
        RelationVersionRow { relation_id: it.id, version: it.version, valid_to: it.period.to(), entry_id };
    unit.change(diesel::insert_into(relation_versions::table).values(row))?;
    Ok(())
}

pub(super) fn insert_relation(
    unit: &mut Write<'_>,
    it: &Relation,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row = RelationRow {
        id: it.id,
        from_id: it.from_id,
        to_id: it.to_id,
        kind: it.kind,
        share_num: it.share.map(Share::num),
        share_den: it.share.map(Share::den),
        valid_from: it.period.from(),
        valid_to: it.period.to(),
        version: it.version,
        recorded_at: unit.timestamp(),
        post: it.post,
    };
    unit.change(diesel::insert_into(party_relations::table).values(row))?;
    insert_relation_version(unit, it, entry)
}

impl TryFrom<RelationRow> for Relation {
    type Error = StorageError;

    fn try_from(row: RelationRow) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt(format!("relation {}", row.id));
        let share = match (row.share_num, row.share_den) {
            (Some(num), Some(den)) => Some(Share::new(num, den).map_err(corrupt)?),
            _ => None,
        };
        let period = Validity::new(row.valid_from, row.valid_to).map_err(corrupt)?;
        Ok(Self {
            id: row.id,
            from_id: row.from_id,
            to_id: row.to_id,
            kind: row.kind,
            share,
            post: row.post,
            period,
            version: row.version,
        })
    }
}

/// Writes a new version of a relation whose version is still the one that was seen; false where it is not.
pub(super) fn end_relation(
    unit: &mut Write<'_>,
    ended: &Relation,
    seen_version: i64,
    entry: Id<kind::Entry>,
) -> Result<bool, StorageError> {
    let seen = party_relations::table
        .filter(party_relations::id.eq(ended.id))
        .filter(party_relations::version.eq(seen_version));
    let changed = unit.alter(
        seen,
        (party_relations::valid_to.eq(ended.period.to()), party_relations::version.eq(ended.version)),
    )?;
    if changed > 0 {
        insert_relation_version(unit, ended, entry)?;
    }
    Ok(changed > 0)
}

pub(super) fn relation(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    id: Id<kind::Relation>,
    known: Known,
) -> Result<Option<Relation>, StorageError> {
    let either = party_relations::from_id.eq(of).or(party_relations::to_id.eq(of));
    let Known::Through(index) = known else {
        let row: Option<RelationRow> = party_relations::table
            .find(id)
            .filter(either)
            .select(RelationRow::as_select())
            .first(unit.conn())
            .optional()?;
        return row.map(Relation::try_from).transpose();
    };
    let row: Option<KnownRelation> = party_relations::table
        .inner_join(relation_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(relation_versions::entry_id)))
        .filter(party_relations::id.eq(id))
        .filter(either)
        .filter(journal_leaves::leaf_index.le(index))
        .order(relation_versions::version.desc())
        .select((RelationRow::as_select(), (relation_versions::version, relation_versions::valid_to)))
        .first(unit.conn())
        .optional()?;
    row.map(as_known).transpose()
}

/// A relation, with the version and the end that are known of it.
type KnownRelation = (RelationRow, (i64, Option<NaiveDate>));

fn as_known((row, (version, valid_to)): KnownRelation) -> Result<Relation, StorageError> {
    RelationRow { version, valid_to, ..row }.try_into()
}

/// The relations of a party when the journal had reached an index.
fn relations_through(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    wanted: &WantedRelations,
    limit: i64,
    index: i64,
) -> Result<Vec<Relation>, StorageError> {
    let (later, known) = diesel::alias!(relation_versions as later_version, journal_leaves as known_leaf);
    let known_later = later
        .inner_join(
            known.on(known.field(journal_leaves::entry_id).eq(later.field(relation_versions::entry_id))),
        )
        .filter(later.field(relation_versions::relation_id).eq(relation_versions::relation_id))
        .filter(later.field(relation_versions::version).gt(relation_versions::version))
        .filter(known.field(journal_leaves::leaf_index).le(index));
    let mut query = party_relations::table
        .inner_join(relation_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(relation_versions::entry_id)))
        .filter(party_relations::from_id.eq(of).or(party_relations::to_id.eq(of)))
        .filter(journal_leaves::leaf_index.le(index))
        .filter(diesel::dsl::not(diesel::dsl::exists(known_later)))
        .order(party_relations::id)
        .limit(limit)
        .select((RelationRow::as_select(), (relation_versions::version, relation_versions::valid_to)))
        .into_boxed();
    if let Some(day) = wanted.as_of {
        query = query
            .filter(party_relations::valid_from.le(day))
            .filter(relation_versions::valid_to.is_null().or(relation_versions::valid_to.gt(day)));
    }
    if let Some(after) = wanted.after {
        query = query.filter(party_relations::id.gt(after));
    }
    let rows: Vec<KnownRelation> = query.load(unit.conn())?;
    rows.into_iter().map(as_known).collect()
}

pub(super) fn relations_of(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    wanted: &WantedRelations,
    limit: i64,
) -> Result<Vec<Relation>, StorageError> {
    if let Known::Through(index) = wanted.known {
        return relations_through(unit, of, wanted, limit, index);
    }
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

/// The relations of a party that begin on a day or later and hold on some day; at most a number of them.
pub(super) fn related_from(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Relation>>, StorageError> {
    let ever = party_relations::valid_to
        .is_null()
        .or(party_relations::valid_to.gt(party_relations::valid_from.nullable()));
    Ok(party_relations::table
        .filter(party_relations::from_id.eq(of).or(party_relations::to_id.eq(of)))
        .filter(party_relations::valid_from.ge(day))
        .filter(ever)
        .order(party_relations::id)
        .select(party_relations::id)
        .limit(limit)
        .load(unit.conn())?)
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

/// A tie as the search finds it.
#[derive(QueryableByName)]
struct TieRow {
    #[diesel(sql_type = Uuid)]
    from_id: Id<kind::Party>,
    #[diesel(sql_type = Text)]
    from_kind: PartyKind,
    #[diesel(sql_type = Text)]
    kind: RelationKind,
    #[diesel(sql_type = Nullable<Text>)]
    post: Option<OfficerPost>,
    #[diesel(sql_type = Nullable<BigInt>)]
    share_num: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    share_den: Option<i64>,
    #[diesel(sql_type = Uuid)]
    to_id: Id<kind::Party>,
    #[diesel(sql_type = Text)]
    to_kind: PartyKind,
}

impl TryFrom<TieRow> for Tie {
    type Error = StorageError;

    fn try_from(row: TieRow) -> Result<Self, StorageError> {
        let TieRow { from_id: from, from_kind, kind, post, share_num, share_den, to_id: to, to_kind } = row;
        let share = share_num.zip(share_den).map(|(num, den)| Share::new(num, den)).transpose();
        let share = share.map_err(|_| StorageError::Corrupt(format!("a relation from {from} to {to}")))?;
        Ok(Self { from, from_kind, kind, post, share, to, to_kind })
    }
}

/// Codes as they stand in a list of a statement. They are our own, and hold no quotes.
fn listed(codes: impl Iterator<Item = &'static str>) -> String {
    codes.map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ")
}

/// The ties by which some parties could be related to each other in at most `depth` steps ([`ties`](super::ties) says which count),
/// in force on any of some days.
///
/// One recursive query. It goes from all the parties at once, and half as far as a path may be long: every step of a path between
/// two of them lies within half of it from one or the other. What it has reached once it does not go through again at the same
/// distance; it does not go through what is public, and from a company neither to its members nor to those who work there or hold
/// a small part, of whom there may be thousands. The two partial indexes hold what is left, in the words of this query.
pub(super) fn ties_around(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    days: &[NaiveDate],
    depth: i64,
) -> Result<Vec<Tie>, StorageError> {
    if ids.is_empty() || days.is_empty() {
        return Ok(Vec::new());
    }
    // Parameters are counted as they come, which is how SQLite counts them.
    let mut counted = 0_usize;
    let mut places = |count: usize| {
        let of = (0..count).map(|_| {
            counted = counted.saturating_add(1);
            format!("(${counted})")
        });
        of.collect::<Vec<_>>().join(", ")
    };
    let (seeds, in_force) = (places(ids.len()), places(days.len()));
    let radius = depth.saturating_add(1).div_euclid(2);
    let kinds_of = |wanted: fn(PartyKind) -> bool| {
        listed(PartyKind::ALL.iter().filter(|it| wanted(**it)).map(|it| it.code()))
    };
    let public = kinds_of(|it| it.sector().is_public());
    let collective = kinds_of(|it| it.sector() == Sector::Collective);
    let personal = kinds_of(PartyKind::is_personal);
    let of_interest = format!(
        "e.kind not in ('member', 'employed_by') \
         and (e.share_num is null or e.share_num > (e.share_den - 1) / {SAY_FROM_ONE_IN})"
    );
    let touches = format!(
        "((e.from_id = r.party and {of_interest}) or (e.to_id = r.party and {of_interest}) \
           or (e.from_id = r.party and e.kind = 'member') \
           or (e.to_id = case when r.kind = 'household' then r.party end and e.kind = 'member') \
           or (e.from_id = case when r.depth = 0 then r.party end and e.kind = 'employed_by')) \
         and exists (select 1 from days d where e.valid_from <= d.day and (e.valid_to is null or e.valid_to > d.day))"
    );
    let goes_on = format!("r.depth < {radius} and (r.depth = 0 or r.kind not in ({public}))");
    let counts = |from_kind: &str, to_kind: &str| {
        format!(
            "(e.kind <> 'member' or {to_kind} = 'household') \
             and (e.kind <> 'employed_by' or {to_kind} not in ({public})) \
             and (e.kind <> 'shareholder' or {to_kind} not in ({collective}) or {from_kind} not in ({personal}))"
        )
    };
    let on_the_way = counts(
        "case when e.from_id = r.party then r.kind else o.kind end",
        "case when e.from_id = r.party then o.kind else r.kind end",
    );
    let found = counts("f.kind", "t.kind");
    let decides = format!(
        "r.kind in ({public}) and o.kind not in ({public}) \
         and (e.to_id = r.party and e.kind in ('officer_of', 'legal_representative') \
              or e.from_id = r.party and e.kind = 'controlled_by')"
    );
    let text = format!(
        "with recursive seeds (id) as (values {seeds}), days (day) as (values {in_force}), \
         reach (party, kind, depth) as ( \
             select p.id, p.kind, 0 from parties p where p.id in (select id from seeds) \
             union \
             select o.id, o.kind, r.depth + case when {decides} then 0 else 1 end \
             from reach r \
             join party_relations e on {touches} \
             join parties o on o.id = case when e.from_id = r.party then e.to_id else e.from_id end \
             where {goes_on} and {on_the_way} \
         ) \
         select distinct e.from_id, f.kind as from_kind, e.kind, e.post, e.share_num, e.share_den, e.to_id, t.kind as to_kind \
         from (select party, kind, min(depth) as depth from reach group by party, kind) r \
         join party_relations e on {touches} \
         join parties f on f.id = e.from_id \
         join parties t on t.id = e.to_id \
         where {goes_on} and {found}"
    );
    let rows: Vec<TieRow> = each!(unit, |conn| {
        let mut query = diesel::sql_query(text).into_boxed();
        for id in ids {
            query = query.bind::<Uuid, _>(*id);
        }
        for day in days {
            query = query.bind::<Date, _>(*day);
        }
        query.load(conn)
    })?;
    rows.into_iter().map(Tie::try_from).collect()
}
