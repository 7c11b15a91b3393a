//! The table of assets.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    dsl::{auto_type, exists, not},
    prelude::*,
};

use crate::{
    journal::Known,
    register::{
        assets::{
            Asset, AssetFacts, AssetStatus, CameFrom, Counted, Details, NewAsset, Place, SaidOtherwise,
            SaidThen, Wanted, book_value::WriteOff,
        },
        codes::AssetClass,
        parties::store::containing,
    },
    storage::{
        Read, StorageError, Write,
        schema::{asset_versions, assets, journal_leaves},
    },
    values::{
        BasisPoints, Category, Fen, Folded, Id, Location, Months, Name, Quantity, RegionCode, Scope,
        Specification, Unit, id::kind,
    },
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = assets)]
#[diesel(treat_none_as_default_value = false)]
struct AssetRow {
    id: Id<kind::Asset>,
    registry_number: String,
    parent_id: Option<Id<kind::Asset>>,
    counts_from: Option<NaiveDate>,
    created_at: NaiveDateTime,
    #[diesel(embed)]
    said: SaidRow,
}

/// Declares rows of what is said of an asset, which stand in both tables alike: the asset's own, and that of a version.
macro_rules! said {
    ($row:ident in $table:ident: $($column:ident as $type:ty),+) => {
        #[derive(Debug, Clone, Queryable, Insertable, Selectable, AsChangeset)]
        #[diesel(table_name = $table)]
        #[diesel(treat_none_as_default_value = false)]
        #[diesel(treat_none_as_null = true)]
        struct $row {
            $($column: $type),+
        }
    };
    ($($column:ident: $type:ty),+ $(,)?) => {
        said!(SaidRow in assets: $($column as $type),+);
        said!(SaidOfVersion in asset_versions: $($column as $type),+);

        impl From<SaidRow> for SaidOfVersion {
            fn from(row: SaidRow) -> Self {
                Self { $($column: row.$column),+ }
            }
        }

        impl From<SaidOfVersion> for SaidRow {
            fn from(row: SaidOfVersion) -> Self {
                Self { $($column: row.$column),+ }
            }
        }
    };
}

said! {
    name: Name,
    class: AssetClass,
    category: Category,
    region_code: RegionCode,
    project_id: Option<Id<kind::Project>>,
    merged_into_id: Option<Id<kind::Asset>>,
    quantity: Quantity,
    unit: Unit,
    original_value_fen: Fen,
    acquired_on: NaiveDate,
    service_life_months: Months,
    residual_rate_bp: BasisPoints,
    pieces: String,
    location: Option<Location>,
    specification: Option<Specification>,
    status: AssetStatus,
    counts_to: Option<NaiveDate>,
    version: i64,
}

impl From<&Asset> for SaidRow {
    fn from(asset: &Asset) -> Self {
        let it = asset.described.clone();
        Self {
            name: it.name,
            class: it.class,
            category: it.category,
            region_code: it.region_code,
            project_id: it.project_id,
            merged_into_id: asset.merged_into_id,
            quantity: it.quantity,
            unit: it.unit,
            original_value_fen: it.write_off.original_value,
            acquired_on: it.write_off.acquired_on,
            service_life_months: it.write_off.service_life_months,
            residual_rate_bp: it.write_off.residual_rate_bp,
            pieces: it.write_off.pieces.to_string(),
            location: it.details.location,
            specification: it.details.specification,
            status: asset.status,
            counts_to: asset.counted.to,
            version: asset.version,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = assets)]
struct WriteOffRow {
    original_value_fen: Fen,
    acquired_on: NaiveDate,
    service_life_months: Months,
    residual_rate_bp: BasisPoints,
    pieces: String,
}

impl TryFrom<WriteOffRow> for WriteOff {
    type Error = StorageError;

    fn try_from(row: WriteOffRow) -> Result<Self, StorageError> {
        let corrupt = |()| StorageError::Corrupt(format!("the pieces of a cost: {}", row.pieces));
        Ok(Self {
            original_value: row.original_value_fen,
            pieces: row.pieces.parse().map_err(corrupt)?,
            acquired_on: row.acquired_on,
            service_life_months: row.service_life_months,
            residual_rate_bp: row.residual_rate_bp,
        })
    }
}

impl TryFrom<AssetRow> for Asset {
    type Error = StorageError;

    fn try_from(row: AssetRow) -> Result<Self, StorageError> {
        let said = row.said;
        let write_off = WriteOffRow {
            original_value_fen: said.original_value_fen,
            acquired_on: said.acquired_on,
            service_life_months: said.service_life_months,
            residual_rate_bp: said.residual_rate_bp,
            pieces: said.pieces,
        };
        Ok(Self {
            id: row.id,
            registry_number: row.registry_number,
            described: NewAsset {
                name: said.name,
                class: said.class,
                category: said.category,
                region_code: said.region_code,
                project_id: said.project_id,
                quantity: said.quantity,
                unit: said.unit,
                write_off: write_off.try_into()?,
                details: Details::of(said.location, said.specification),
            },
            status: said.status,
            parent_id: row.parent_id,
            merged_into_id: said.merged_into_id,
            counted: Counted { from: row.counts_from, to: said.counts_to },
            version: said.version,
            created_at: row.created_at.and_utc(),
        })
    }
}

/// What a version of an asset says, and the journal entry that says it.
#[derive(Insertable)]
#[diesel(table_name = asset_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow {
    asset_id: Id<kind::Asset>,
    #[diesel(embed)]
    said: SaidOfVersion,
    entry_id: Id<kind::Entry>,
}

fn insert_version(unit: &mut Write<'_>, asset: &Asset, entry: Id<kind::Entry>) -> Result<(), StorageError> {
    let row = VersionRow { asset_id: asset.id, said: SaidRow::from(asset).into(), entry_id: entry };
    unit.change(diesel::insert_into(asset_versions::table).values(row))?;
    Ok(())
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    asset: &Asset,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row = AssetRow {
        id: asset.id,
        registry_number: asset.registry_number.clone(),
        parent_id: asset.parent_id,
        counts_from: asset.counted.from,
        created_at: asset.created_at.naive_utc(),
        said: asset.into(),
    };
    let folded = Folded::of(&asset.described.name);
    unit.change(diesel::insert_into(assets::table).values((row, assets::name_folded.eq(folded))))?;
    insert_version(unit, asset, entry)
}

/// Writes a new version of an asset whose version is still the one that was seen; false where it is not.
pub(super) fn update(
    unit: &mut Write<'_>,
    asset: &Asset,
    seen_version: i64,
    entry: Id<kind::Entry>,
) -> Result<bool, StorageError> {
    let seen = assets::table.filter(assets::id.eq(asset.id)).filter(assets::version.eq(seen_version));
    let folded = Folded::of(&asset.described.name);
    let changed = unit.alter(seen, (SaidRow::from(asset), assets::name_folded.eq(folded)))?;
    if changed > 0 {
        insert_version(unit, asset, entry)?;
    }
    Ok(changed > 0)
}

/// An asset as it is described now.
pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Asset>,
) -> Result<Option<Asset>, StorageError> {
    let row: Option<AssetRow> = assets::table
        .find(id)
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select(AssetRow::as_select())
        .first(unit.conn())
        .optional()?;
    row.map(Asset::try_from).transpose()
}

/// An asset as it was described when the journal had reached an index.
pub(in crate::register) fn find_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Asset>,
    index: i64,
) -> Result<Option<Asset>, StorageError> {
    let row: Option<(AssetRow, SaidOfVersion)> = assets::table
        .inner_join(asset_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
        .filter(assets::id.eq(id))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .filter(journal_leaves::leaf_index.le(index))
        .order(asset_versions::version.desc())
        .select((AssetRow::as_select(), SaidOfVersion::as_select()))
        .first(unit.conn())
        .optional()?;
    // Where it was thought to be then confines who may read it, as where it is now does.
    let row = row.filter(|(_, said)| scope.covers(&said.region_code));
    row.map(|(row, said)| Asset::try_from(AssetRow { said: said.into(), ..row })).transpose()
}

/// Whether an asset is in a scope, and was on record as far as is known.
pub(super) fn is_known(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Asset>,
    known: Known,
) -> Result<bool, StorageError> {
    Ok(match known {
        Known::Now => find(unit, scope, id)?,
        Known::Through(index) => find_through(unit, scope, id, index)?,
    }
    .is_some())
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Asset>, StorageError> {
    let mut query = assets::table
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .order((assets::region_code, assets::id))
        .limit(limit)
        .select(AssetRow::as_select())
        .into_boxed();
    if let Some(class) = wanted.class {
        query = query.filter(assets::class.eq(class));
    }
    query = match wanted.status {
        Some(status) => query.filter(assets::status.eq(status)),
        // What is void is no asset, and is shown only to whoever asks for it.
        None => query.filter(assets::status.ne(AssetStatus::Voided)),
    };
    if let Some(category) = &wanted.category {
        query = query.filter(assets::category.eq(category.clone()));
    }
    if let Some(parent) = wanted.parent_id {
        query = query.filter(assets::parent_id.eq(parent));
    }
    if let Some(q) = &wanted.q {
        query = query.filter(assets::name_folded.like(containing(q)).escape('!'));
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(assets::region_code.ge(region))
            .filter(assets::region_code.gt(region).or(assets::id.gt(id)));
    }
    let rows: Vec<AssetRow> = query.load(unit.conn())?;
    rows.into_iter().map(Asset::try_from).collect()
}

pub(super) fn some(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
) -> Result<Vec<Asset>, StorageError> {
    let rows: Vec<AssetRow> = assets::table
        .filter(assets::id.eq_any(ids))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .order(assets::id)
        .select(AssetRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Asset::try_from).collect()
}

/// What an asset was divided into or merged into.
pub(super) fn became(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    let parts: Vec<Id<kind::Asset>> = assets::table
        .filter(assets::parent_id.eq(id))
        .order(assets::id)
        .select(assets::id)
        .load(unit.conn())?;
    let whole: Option<Option<Id<kind::Asset>>> =
        assets::table.find(id).select(assets::merged_into_id).first(unit.conn()).optional()?;
    Ok(parts.into_iter().chain(whole.flatten()).collect())
}

/// What was merged into an asset.
pub(super) fn merged_into(
    unit: &mut Read<'_>,
    id: Id<kind::Asset>,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    Ok(assets::table
        .filter(assets::merged_into_id.eq(id))
        .order(assets::id)
        .select(assets::id)
        .load(unit.conn())?)
}

/// Every time that something else was said of the class, the category or the cost of some assets, or of the class or category of what
/// came of them.
pub(super) fn said_otherwise(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Asset>],
    steps: &BTreeSet<CameFrom>,
) -> Result<Vec<SaidOtherwise>, StorageError> {
    type Row = (
        Id<kind::Asset>,
        AssetClass,
        Category,
        (Fen, NaiveDate, Months, BasisPoints, String),
        Id<kind::Entry>,
    );
    let mut found = Vec::new();
    let mut first = BTreeMap::<Id<kind::Asset>, (SaidThen, Id<kind::Entry>)>::new();
    let mut latest = BTreeMap::<Id<kind::Asset>, SaidThen>::new();
    for some in ids.chunks(2000) {
        let rows: Vec<Row> = asset_versions::table
            .filter(asset_versions::asset_id.eq_any(some))
            .order((asset_versions::asset_id, asset_versions::version))
            .select((
                asset_versions::asset_id,
                asset_versions::class,
                asset_versions::category,
                (
                    asset_versions::original_value_fen,
                    asset_versions::acquired_on,
                    asset_versions::service_life_months,
                    asset_versions::residual_rate_bp,
                    asset_versions::pieces,
                ),
                asset_versions::entry_id,
            ))
            .load(unit.conn())?;
        let mut last: Option<(Id<kind::Asset>, SaidThen)> = None;
        for (asset_id, class, category, said, entry_id) in rows {
            let (original_value_fen, acquired_on, service_life_months, residual_rate_bp, pieces) = said;
            let row = WriteOffRow {
                original_value_fen,
                acquired_on,
                service_life_months,
                residual_rate_bp,
                pieces,
            };
            let after = SaidThen { class, category, write_off: row.try_into()? };
            match last {
                Some((of, before)) if of == asset_id && before != after => {
                    let after = after.clone();
                    found.push(SaidOtherwise { asset_id, before, after, entry_id, by_becoming: false });
                }
                _ => {}
            }
            first.entry(asset_id).or_insert_with(|| (after.clone(), entry_id));
            latest.insert(asset_id, after.clone());
            last = Some((asset_id, after));
        }
    }
    for (asset_id, origin) in steps {
        let (Some((after, entry_id)), Some(origin)) = (first.get(asset_id), latest.get(origin)) else {
            continue;
        };
        let became = after.other_than(origin).map(|before| SaidOtherwise {
            asset_id: *asset_id,
            before,
            after: after.clone(),
            entry_id: *entry_id,
            by_becoming: true,
        });
        found.extend(became);
    }
    Ok(found)
}

/// What some assets were divided or merged from, each pair with what came of it first.
pub(super) fn came_from(unit: &mut Read<'_>, of: &[Id<kind::Asset>]) -> Result<Vec<CameFrom>, StorageError> {
    let mut found = Vec::new();
    for some in of.chunks(2000) {
        let wholes: Vec<(Id<kind::Asset>, Option<Id<kind::Asset>>)> = assets::table
            .filter(assets::id.eq_any(some))
            .filter(assets::parent_id.is_not_null())
            .select((assets::id, assets::parent_id))
            .load(unit.conn())?;
        found.extend(wholes.into_iter().filter_map(|(part, whole)| Some((part, whole?))));
        let merged: Vec<(Id<kind::Asset>, Option<Id<kind::Asset>>)> = assets::table
            .filter(assets::merged_into_id.eq_any(some))
            .select((assets::id, assets::merged_into_id))
            .load(unit.conn())?;
        found.extend(merged.into_iter().filter_map(|(it, whole)| Some((whole?, it))));
    }
    Ok(found)
}

/// Which of some assets are pieces, each with what was divided into it.
pub(super) fn divided_from(
    unit: &mut Read<'_>,
    pieces: &BTreeSet<Id<kind::Asset>>,
) -> Result<Vec<CameFrom>, StorageError> {
    let ids: Vec<_> = pieces.iter().copied().collect();
    let mut found = Vec::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Asset>>)> = assets::table
            .filter(assets::id.eq_any(some))
            .filter(assets::parent_id.is_not_null())
            .select((assets::id, assets::parent_id))
            .load(unit.conn())?;
        found.extend(rows.into_iter().filter_map(|(piece, whole)| Some((piece, whole?))));
    }
    Ok(found)
}

/// The pieces of some assets, each with what was divided into it.
pub(super) fn divided_into(
    unit: &mut Read<'_>,
    wholes: &BTreeSet<Id<kind::Asset>>,
) -> Result<Vec<CameFrom>, StorageError> {
    let ids: Vec<_> = wholes.iter().copied().collect();
    let mut found = Vec::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Asset>>)> = assets::table
            .filter(assets::parent_id.eq_any(some))
            .select((assets::id, assets::parent_id))
            .load(unit.conn())?;
        found.extend(rows.into_iter().filter_map(|(piece, whole)| Some((piece, whole?))));
    }
    Ok(found)
}

/// What some assets were divided from or into, merged from or into.
pub(super) fn family(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    type Ends = (Option<Id<kind::Asset>>, Option<Id<kind::Asset>>);
    let mut found = Vec::new();
    for some in of.chunks(2000) {
        let ends: Vec<Ends> = assets::table
            .filter(assets::id.eq_any(some))
            .select((assets::parent_id, assets::merged_into_id))
            .load(unit.conn())?;
        found.extend(ends.into_iter().flat_map(|(whole, into)| [whole, into]).flatten());
        let parts: Vec<Id<kind::Asset>> = assets::table
            .filter(assets::parent_id.eq_any(some).or(assets::merged_into_id.eq_any(some)))
            .select(assets::id)
            .load(unit.conn())?;
        found.extend(parts);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The entry that made an asset void, where the journal had reached it by an index.
#[auto_type(no_type_alias)]
fn voided_through(void: AssetStatus, index: i64) -> _ {
    asset_versions::table
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
        .filter(asset_versions::asset_id.eq(assets::id))
        .filter(asset_versions::status.eq(void))
        .filter(journal_leaves::leaf_index.le(index))
}

diesel::alias! {
    const LATER: Alias<Later> = asset_versions as later;
    const LATER_LEAVES: Alias<LaterLeaves> = journal_leaves as later_leaves;
}

/// Whether an asset was thought to be outside a scope when the journal had reached an index, as an expression beside its row:
/// by the last version that was known then.
macro_rules! elsewhere_through {
    ($index:expr, $scope:expr) => {{
        let later =
            LATER
                .inner_join(LATER_LEAVES.on(
                    LATER_LEAVES.field(journal_leaves::entry_id).eq(LATER.field(asset_versions::entry_id)),
                ))
                .filter(LATER.field(asset_versions::asset_id).eq(asset_versions::asset_id))
                .filter(LATER.field(asset_versions::version).gt(asset_versions::version))
                .filter(LATER_LEAVES.field(journal_leaves::leaf_index).le($index));
        exists(
            asset_versions::table
                .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
                .filter(asset_versions::asset_id.eq(assets::id))
                .filter(journal_leaves::leaf_index.le($index))
                .filter(not(asset_versions::region_code.between($scope.first(), $scope.last())))
                .filter(not(exists(later))),
        )
    }};
}

/// The entry that put an asset on record, where the journal had reached it by an index.
#[auto_type(no_type_alias)]
fn recorded_through(index: i64) -> _ {
    asset_versions::table
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
        .filter(asset_versions::asset_id.eq(assets::id))
        .filter(asset_versions::version.eq(1_i64))
        .filter(journal_leaves::leaf_index.le(index))
}

/// Those of some assets that are in a scope, as far as is known.
pub(super) fn existing(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
    known: Known,
) -> Result<BTreeSet<Id<kind::Asset>>, StorageError> {
    let mut found = BTreeSet::new();
    for some in ids.chunks(2000) {
        let mut query = assets::table
            .filter(assets::id.eq_any(some))
            .filter(assets::region_code.between(scope.first(), scope.last()))
            .select(assets::id)
            .into_boxed();
        if let Known::Through(index) = known {
            query =
                query.filter(exists(recorded_through(index))).filter(not(elsewhere_through!(index, scope)));
        }
        found.extend(query.load::<Id<kind::Asset>>(unit.conn())?);
    }
    Ok(found)
}

/// The next assets of a scope, as far as is known, by region and then by the time of their recording.
pub(super) fn next_places(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Place>,
    known: Known,
    limit: i64,
) -> Result<Vec<Place>, StorageError> {
    let mut query = assets::table
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .order((assets::region_code, assets::id))
        .limit(limit)
        .select((assets::region_code, assets::id))
        .into_boxed();
    query = match known {
        Known::Now => query.filter(assets::status.ne(AssetStatus::Voided)),
        Known::Through(index) => query
            .filter(exists(recorded_through(index)))
            .filter(not(exists(voided_through(AssetStatus::Voided, index))))
            .filter(not(elsewhere_through!(index, scope))),
    };
    if let Some((region, id)) = after {
        query = query
            .filter(assets::region_code.ge(region))
            .filter(assets::region_code.gt(region).or(assets::id.gt(id)));
    }
    Ok(query.load(unit.conn())?)
}

pub(super) fn names(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, String>, StorageError> {
    let mut names = BTreeMap::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Asset>, String)> = assets::table
            .filter(assets::id.eq_any(some))
            .select((assets::id, assets::name))
            .load(unit.conn())?;
        names.extend(rows);
    }
    Ok(names)
}

/// The names that assets had when the journal had reached an index.
pub(super) fn names_through(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Asset>],
    index: i64,
) -> Result<BTreeMap<Id<kind::Asset>, String>, StorageError> {
    let mut names = BTreeMap::new();
    for some in ids.chunks(2000) {
        let versions: Vec<(Id<kind::Asset>, String)> = asset_versions::table
            .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
            .filter(asset_versions::asset_id.eq_any(some))
            .filter(journal_leaves::leaf_index.le(index))
            .order((asset_versions::asset_id, asset_versions::version))
            .select((asset_versions::asset_id, asset_versions::name))
            .load(unit.conn())?;
        // Of each asset's names the last one stays.
        names.extend(versions);
    }
    Ok(names)
}

pub(super) fn facts(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, AssetFacts>, StorageError> {
    type Described =
        (Id<kind::Asset>, AssetClass, Category, Unit, RegionCode, AssetStatus, Option<NaiveDate>);
    let mut found = BTreeMap::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Described, WriteOffRow)> = assets::table
            .filter(assets::id.eq_any(some))
            .filter(assets::region_code.between(scope.first(), scope.last()))
            .select((
                (
                    assets::id,
                    assets::class,
                    assets::category,
                    assets::unit,
                    assets::region_code,
                    assets::status,
                    assets::counts_to,
                ),
                WriteOffRow::as_select(),
            ))
            .load(unit.conn())?;
        for ((id, class, category, unit, region_code, status, ended_on), write_off) in rows {
            let write_off = write_off.try_into()?;
            found.insert(
                id,
                AssetFacts { id, class, category, unit, region_code, write_off, status, ended_on },
            );
        }
    }
    Ok(found)
}

/// So many assets of the same projects are looked at.
const OF_PROJECTS: i64 = 5_000;

/// The assets of the projects by which some assets were made, with those.
pub(super) fn of_same_projects(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, Id<kind::Project>>, StorageError> {
    let projects: Vec<Option<Id<kind::Project>>> = assets::table
        .filter(assets::id.eq_any(of))
        .filter(assets::project_id.is_not_null())
        .select(assets::project_id)
        .distinct()
        .load(unit.conn())?;
    let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Project>>)> = assets::table
        .filter(assets::project_id.eq_any(projects))
        .order(assets::id.desc())
        .limit(OF_PROJECTS)
        .select((assets::id, assets::project_id))
        .load(unit.conn())?;
    Ok(rows.into_iter().filter_map(|(asset, project)| Some((asset, project?))).collect())
}

/// The projects by which some assets were made as far as is known, by asset.
pub(in crate::register) fn projects_through(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    index: i64,
) -> Result<BTreeMap<Id<kind::Asset>, Option<Id<kind::Project>>>, StorageError> {
    let mut found = BTreeMap::new();
    for some in of.chunks(2000) {
        let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Project>>)> = asset_versions::table
            .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(asset_versions::entry_id)))
            .filter(asset_versions::asset_id.eq_any(some))
            .filter(journal_leaves::leaf_index.le(index))
            .order((asset_versions::asset_id, asset_versions::version))
            .select((asset_versions::asset_id, asset_versions::project_id))
            .load(unit.conn())?;
        // Of each asset's versions the last one stays.
        found.extend(rows);
    }
    Ok(found)
}

/// The assets that a project made, void ones left out; at most a number of them.
pub(super) fn of_project(
    unit: &mut Read<'_>,
    project: Id<kind::Project>,
    limit: i64,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    Ok(assets::table
        .filter(assets::project_id.eq(project))
        .filter(assets::status.ne(AssetStatus::Voided))
        .order(assets::id)
        .select(assets::id)
        .limit(limit)
        .load(unit.conn())?)
}
