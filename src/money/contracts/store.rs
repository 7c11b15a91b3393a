//! The tables of contracts.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    money::contracts::{Ending, NewContract, Recorded},
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{contract_assets, contract_dues, contract_endings, contracts},
    },
    values::{Fen, Id, Period, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contracts)]
#[diesel(treat_none_as_default_value = false)]
struct ContractRow {
    id: Id<kind::Contract>,
    case_id: Option<Id<kind::Case>>,
    region_code: RegionCode,
    lessor_id: Id<kind::Party>,
    lessee_id: Id<kind::Party>,
    term_from: NaiveDate,
    term_to: Option<NaiveDate>,
    version: i64,
    recorded_at: NaiveDateTime,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_assets)]
struct AssetRow {
    contract_id: Id<kind::Contract>,
    asset_id: Id<kind::Asset>,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_dues)]
struct DueRow {
    contract_id: Id<kind::Contract>,
    ordinal: i32,
    due_on: NaiveDate,
    amount_fen: Fen,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_endings)]
#[diesel(treat_none_as_default_value = false)]
struct EndingRow {
    contract_id: Id<kind::Contract>,
    ordinal: i32,
    ended_on: NaiveDate,
    resumed_on: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
    resumed_by: Option<Id<kind::Entry>>,
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    id: Id<kind::Contract>,
    it: &NewContract,
) -> Result<(), StorageError> {
    let row = ContractRow {
        id,
        case_id: it.case_id,
        region_code: it.region_code,
        lessor_id: it.lessor_id,
        lessee_id: it.lessee_id,
        term_from: it.term.from(),
        term_to: it.term.to(),
        version: 1,
        recorded_at: unit.timestamp(),
    };
    unit.change(diesel::insert_into(contracts::table).values(row))?;
    let assets: Vec<AssetRow> =
        it.asset_ids.iter().map(|asset_id| AssetRow { contract_id: id, asset_id: *asset_id }).collect();
    insert_all!(unit, contract_assets::table, &assets)?;
    let dues: Vec<DueRow> = (0..)
        .zip(&it.dues)
        .map(|(ordinal, (due_on, amount))| DueRow {
            contract_id: id,
            ordinal,
            due_on: *due_on,
            amount_fen: *amount,
        })
        .collect();
    insert_all!(unit, contract_dues::table, &dues)
}

/// Contracts with what was agreed, without what came in.
pub(super) fn load(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Option<Id<kind::Contract>>,
    asset: Option<Id<kind::Asset>>,
    after: Option<(RegionCode, Id<kind::Contract>)>,
    limit: i64,
) -> Result<Vec<Recorded>, StorageError> {
    let mut query = contracts::table
        .filter(contracts::region_code.between(scope.first(), scope.last()))
        .order((contracts::region_code, contracts::id))
        .limit(limit)
        .select(ContractRow::as_select())
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(contracts::id.eq(id));
    }
    if let Some(asset) = asset {
        query = query.filter(
            contracts::id.eq_any(
                contract_assets::table
                    .filter(contract_assets::asset_id.eq(asset))
                    .select(contract_assets::contract_id),
            ),
        );
    }
    if let Some((region, id)) = after {
        query = query
            .filter(contracts::region_code.ge(region))
            .filter(contracts::region_code.gt(region).or(contracts::id.gt(id)));
    }
    let rows: Vec<ContractRow> = query.load(unit.conn())?;
    assembled(unit, rows)
}

/// The contracts on some assets whose term is not over by a day, within no scope: who may alter an asset may alter what is
/// agreed about it.
pub(super) fn about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Recorded>, StorageError> {
    let about = contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .select(contract_assets::contract_id);
    let rows: Vec<ContractRow> = contracts::table
        .filter(contracts::id.eq_any(about))
        .filter(contracts::term_to.is_null().or(contracts::term_to.gt(on)))
        .order(contracts::id)
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    assembled(unit, rows)
}

/// All contracts that ever were about some assets, in the order of their identifiers.
pub(super) fn ids_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    Ok(contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .order(contract_assets::contract_id)
        .distinct()
        .select(contract_assets::contract_id)
        .load(unit.conn())?)
}

/// Contracts about some assets, in the order of their identifiers; at most a number of them.
pub(super) fn some_ids_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    Ok(contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .order(contract_assets::contract_id)
        .select(contract_assets::contract_id)
        .distinct()
        .limit(limit)
        .load(unit.conn())?)
}

/// The contracts of a party, on either side.
pub(super) fn of_party(unit: &mut Read<'_>, party: Id<kind::Party>) -> Result<Vec<Recorded>, StorageError> {
    let rows: Vec<ContractRow> = contracts::table
        .filter(contracts::lessor_id.eq(party).or(contracts::lessee_id.eq(party)))
        .order(contracts::id)
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    assembled(unit, rows)
}

/// Contracts with all that belongs to them.
fn assembled(unit: &mut Read<'_>, rows: Vec<ContractRow>) -> Result<Vec<Recorded>, StorageError> {
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let assets: Vec<AssetRow> = contract_assets::table
        .filter(contract_assets::contract_id.eq_any(&ids))
        .order((contract_assets::contract_id, contract_assets::asset_id))
        .select(AssetRow::as_select())
        .load(unit.conn())?;
    let dues: Vec<DueRow> = contract_dues::table
        .filter(contract_dues::contract_id.eq_any(&ids))
        .order((contract_dues::contract_id, contract_dues::ordinal))
        .select(DueRow::as_select())
        .load(unit.conn())?;
    let endings: Vec<EndingRow> = contract_endings::table
        .filter(contract_endings::contract_id.eq_any(&ids))
        .order((contract_endings::contract_id, contract_endings::ordinal))
        .select(EndingRow::as_select())
        .load(unit.conn())?;
    rows.into_iter()
        .map(|row| {
            let term = Period::new(row.term_from, row.term_to)
                .map_err(|_| StorageError::Corrupt(format!("the term of contract {}", row.id)))?;
            let agreed = NewContract {
                case_id: row.case_id,
                region_code: row.region_code,
                lessor_id: row.lessor_id,
                lessee_id: row.lessee_id,
                asset_ids: assets
                    .iter()
                    .filter(|it| it.contract_id == row.id)
                    .map(|it| it.asset_id)
                    .collect(),
                term,
                dues: dues
                    .iter()
                    .filter(|it| it.contract_id == row.id)
                    .map(|it| (it.due_on, it.amount_fen))
                    .collect(),
            };
            let endings = endings.iter().filter(|it| it.contract_id == row.id);
            let endings = endings.map(|it| Ending { on: it.ended_on, resumed_on: it.resumed_on }).collect();
            Ok(Recorded { id: row.id, agreed, endings, version: row.version })
        })
        .collect()
}

/// Writes that a contract no longer runs from a day on.
pub(super) fn end(
    unit: &mut Write<'_>,
    it: &Recorded,
    on: NaiveDate,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let row = EndingRow {
        contract_id: it.id,
        ordinal: i32::try_from(it.endings.len()).unwrap_or(i32::MAX),
        ended_on: on,
        resumed_on: None,
        entry_id: entry,
        resumed_by: None,
    };
    unit.change(diesel::insert_into(contract_endings::table).values(row))?;
    update(unit, it)
}

/// Writes that a contract which ended on a day runs again from another on.
pub(super) fn resume(
    unit: &mut Write<'_>,
    it: &Recorded,
    ended_on: NaiveDate,
    on: NaiveDate,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let ended = contract_endings::table
        .filter(contract_endings::contract_id.eq(it.id))
        .filter(contract_endings::ended_on.eq(ended_on))
        .filter(contract_endings::resumed_on.is_null());
    unit.alter(ended, (contract_endings::resumed_on.eq(on), contract_endings::resumed_by.eq(entry)))?;
    update(unit, it)
}

/// Writes that a contract is about further assets.
pub(super) fn add_assets(
    unit: &mut Write<'_>,
    it: &Recorded,
    assets: &[Id<kind::Asset>],
) -> Result<(), StorageError> {
    let rows: Vec<AssetRow> =
        assets.iter().map(|asset_id| AssetRow { contract_id: it.id, asset_id: *asset_id }).collect();
    insert_all!(unit, contract_assets::table, &rows)?;
    update(unit, it)
}

/// Writes the version of a contract whose assets are locked.
fn update(unit: &mut Write<'_>, it: &Recorded) -> Result<(), StorageError> {
    unit.alter(contracts::table.find(it.id), contracts::version.eq(it.version))?;
    Ok(())
}
