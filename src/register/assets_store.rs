//! The table of assets.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    register::{
        assets::{Asset, AssetFacts, AssetStatus, NewAsset, Wanted},
        codes::AssetClass,
        parties_store::containing,
    },
    storage::{
        Read, StorageError, Write,
        schema::{assets, projects},
    },
    values::{Fen, Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = assets)]
#[diesel(treat_none_as_default_value = false)]
struct AssetRow {
    id: Id<kind::Asset>,
    registry_number: String,
    name: String,
    class: AssetClass,
    category: String,
    region_code: RegionCode,
    project_id: Option<Id<kind::Project>>,
    parent_id: Option<Id<kind::Asset>>,
    quantity: String,
    unit: String,
    original_value_fen: Fen,
    acquired_on: NaiveDate,
    service_life_months: i32,
    residual_rate_bp: i32,
    location: Option<String>,
    specification: Option<String>,
    status: AssetStatus,
    version: i64,
    created_at: NaiveDateTime,
}

impl From<AssetRow> for Asset {
    fn from(row: AssetRow) -> Self {
        Self {
            id: row.id,
            registry_number: row.registry_number,
            described: NewAsset {
                name: row.name,
                class: row.class,
                category: row.category,
                region_code: row.region_code,
                project_id: row.project_id,
                quantity: row.quantity,
                unit: row.unit,
                original_value: row.original_value_fen,
                acquired_on: row.acquired_on,
                service_life_months: row.service_life_months,
                residual_rate_bp: row.residual_rate_bp,
                location: row.location,
                specification: row.specification,
            },
            status: row.status,
            parent_id: row.parent_id,
            version: row.version,
            created_at: row.created_at.and_utc(),
        }
    }
}

pub(super) fn insert(unit: &mut Write<'_>, asset: &Asset) -> Result<(), StorageError> {
    let it = asset.described.clone();
    let row = AssetRow {
        id: asset.id,
        registry_number: asset.registry_number.clone(),
        name: it.name,
        class: it.class,
        category: it.category,
        region_code: it.region_code,
        project_id: it.project_id,
        parent_id: asset.parent_id,
        quantity: it.quantity,
        unit: it.unit,
        original_value_fen: it.original_value,
        acquired_on: it.acquired_on,
        service_life_months: it.service_life_months,
        residual_rate_bp: it.residual_rate_bp,
        location: it.location,
        specification: it.specification,
        status: asset.status,
        version: asset.version,
        created_at: asset.created_at.naive_utc(),
    };
    diesel::insert_into(assets::table).values(row).execute(unit.conn())?;
    Ok(())
}

/// Writes the description of an asset whose version is still the one that was seen; false where it is not.
pub(super) fn update(unit: &mut Write<'_>, asset: &Asset, seen_version: i64) -> Result<bool, StorageError> {
    let seen = assets::table.filter(assets::id.eq(asset.id)).filter(assets::version.eq(seen_version));
    let changed = diesel::update(seen)
        .set((
            assets::name.eq(&asset.described.name),
            assets::location.eq(&asset.described.location),
            assets::specification.eq(&asset.described.specification),
            assets::status.eq(asset.status),
            assets::version.eq(seen_version.saturating_add(1)),
        ))
        .execute(unit.conn())?;
    Ok(changed > 0)
}

pub(super) fn find(unit: &mut Read<'_>, scope: &Scope, id: Id<kind::Asset>) -> Result<Option<Asset>, StorageError> {
    let row: Option<AssetRow> = assets::table
        .find(id)
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select(AssetRow::as_select())
        .first(unit.conn())
        .optional()?;
    Ok(row.map(Asset::from))
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
    if let Some(status) = wanted.status {
        query = query.filter(assets::status.eq(status));
    }
    if let Some(category) = &wanted.category {
        query = query.filter(assets::category.eq(category.clone()));
    }
    if let Some(q) = &wanted.q {
        query = query.filter(assets::name.like(containing(q)).escape('!'));
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(assets::region_code.ge(region))
            .filter(assets::region_code.gt(region).or(assets::id.gt(id)));
    }
    let rows: Vec<AssetRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Asset::from).collect())
}

pub(super) fn facts(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, AssetFacts>, StorageError> {
    type Row = (Id<kind::Asset>, AssetClass, String, RegionCode, Fen, NaiveDate, i32, i32);
    let mut found = BTreeMap::new();
    for some in ids.chunks(400) {
        let rows: Vec<Row> = assets::table
            .filter(assets::id.eq_any(some))
            .filter(assets::region_code.between(scope.first(), scope.last()))
            .select((
                assets::id,
                assets::class,
                assets::category,
                assets::region_code,
                assets::original_value_fen,
                assets::acquired_on,
                assets::service_life_months,
                assets::residual_rate_bp,
            ))
            .load(unit.conn())?;
        for (id, class, category, region_code, original_value, acquired_on, life, residual) in rows {
            found.insert(
                id,
                AssetFacts {
                    id,
                    class,
                    category,
                    region_code,
                    original_value,
                    acquired_on,
                    service_life_months: life,
                    residual_rate_bp: residual,
                },
            );
        }
    }
    Ok(found)
}

pub(super) fn project_exists(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Project>,
) -> Result<bool, StorageError> {
    let found: Option<Id<kind::Project>> = projects::table
        .find(id)
        .filter(projects::region_code.between(scope.first(), scope.last()))
        .select(projects::id)
        .first(unit.conn())
        .optional()?;
    Ok(found.is_some())
}
