//! The tables of contracts.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    money::contracts::NewContract,
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{contract_assets, contract_dues, contracts, ledger_entries, receipts},
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

pub(super) fn insert(unit: &mut Write<'_>, id: Id<kind::Contract>, it: &NewContract) -> Result<(), StorageError> {
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
    diesel::insert_into(contracts::table).values(row).execute(unit.conn())?;
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
) -> Result<Vec<(Id<kind::Contract>, NewContract, i64)>, StorageError> {
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
    rows.into_iter()
        .map(|row| {
            let term = Period::new(row.term_from, row.term_to)
                .map_err(|_| StorageError::Corrupt(format!("the term of contract {}", row.id)))?;
            let agreed = NewContract {
                case_id: row.case_id,
                region_code: row.region_code,
                lessor_id: row.lessor_id,
                lessee_id: row.lessee_id,
                asset_ids: assets.iter().filter(|it| it.contract_id == row.id).map(|it| it.asset_id).collect(),
                term,
                dues: dues
                    .iter()
                    .filter(|it| it.contract_id == row.id)
                    .map(|it| (it.due_on, it.amount_fen))
                    .collect(),
            };
            Ok((row.id, agreed, row.version))
        })
        .collect()
}

/// What came in under contracts and was not reversed.
pub(super) fn received(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Contract>],
) -> Result<BTreeMap<Id<kind::Contract>, Fen>, StorageError> {
    let rows: Vec<(Option<Id<kind::Contract>>, Id<kind::Receipt>, Fen)> = receipts::table
        .filter(receipts::contract_id.eq_any(ids))
        .select((receipts::contract_id, receipts::id, receipts::amount_fen))
        .load(unit.conn())?;
    let receipts: Vec<_> = rows.iter().map(|(_, id, _)| *id).collect();
    let mut reversed: Vec<Option<Id<kind::Receipt>>> = Vec::new();
    for some in receipts.chunks(400) {
        reversed.extend(
            ledger_entries::table
                .filter(ledger_entries::receipt_id.eq_any(some))
                .filter(ledger_entries::reverses_id.is_not_null())
                .select(ledger_entries::receipt_id)
                .load::<Option<Id<kind::Receipt>>>(unit.conn())?,
        );
    }
    let mut sums: BTreeMap<Id<kind::Contract>, Fen> = BTreeMap::new();
    for (contract, receipt, amount) in rows {
        if let (Some(contract), false) = (contract, reversed.contains(&Some(receipt))) {
            let sum = sums.entry(contract).or_default();
            *sum = sum
                .checked_add(amount)
                .ok_or_else(|| StorageError::Corrupt(format!("the receipts of contract {contract}")))?;
        }
    }
    Ok(sums)
}
