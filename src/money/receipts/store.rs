//! The table of receipts.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    dsl::{auto_type, exists, min, not},
    prelude::*,
};

use crate::{
    journal::Known as KnownThen,
    money::{
        accounts::{self, AccountPurpose},
        receipts::{NewReceipt, Receipt, ReceiptKind},
    },
    register::{assets::AssetStatus, codes::RecordStatus},
    storage::{
        Read, StorageError, Write,
        schema::{
            accounts as account, assets, contract_assets, contracts, distributed_receipts, documents,
            journal_leaves, ledger_entries, parties, receipts,
        },
    },
    values::{Fen, Id, Period, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = receipts)]
#[diesel(treat_none_as_default_value = false)]
struct ReceiptRow {
    id: Id<kind::Receipt>,
    asset_id: Id<kind::Asset>,
    contract_id: Option<Id<kind::Contract>>,
    kind: ReceiptKind,
    payer_id: Id<kind::Party>,
    amount_fen: Fen,
    received_on: NaiveDate,
    period_from: NaiveDate,
    period_to: NaiveDate,
    document_id: Option<Id<kind::Document>>,
    region_code: RegionCode,
    recorded_by: Option<Id<kind::User>>,
    recorded_at: NaiveDateTime,
}

fn receipt(row: ReceiptRow, reversed: bool) -> Result<Receipt, StorageError> {
    Ok(Receipt {
        id: row.id,
        received: NewReceipt {
            asset_id: row.asset_id,
            contract_id: row.contract_id,
            kind: row.kind,
            payer_id: row.payer_id,
            amount: row.amount_fen,
            received_on: row.received_on,
            document_id: row.document_id,
        },
        period: Period::new(row.period_from, Some(row.period_to))
            .map_err(|_| StorageError::Corrupt(format!("the period of receipt {}", row.id)))?,
        region_code: row.region_code,
        recorded_at: row.recorded_at.and_utc(),
        reversed,
    })
}

/// What is known of what a receipt names.
pub(super) struct Known {
    /// The region of the asset.
    pub(super) region: RegionCode,
    /// Whether the asset is void.
    pub(super) void: bool,
    /// The day from which the asset is there.
    pub(super) there_since: NaiveDate,
    pub(super) payer: bool,
    /// Whether the payer's data were erased.
    pub(super) payer_erased: bool,
    pub(super) document: bool,
    /// The end of the contract's term, if it has one; none where the asset is not let under that contract.
    pub(super) contract: Option<Option<NaiveDate>>,
    /// Whether both accounts that income is booked on are open.
    pub(super) accounts: bool,
}

/// Looks up everything that a receipt names, in one statement; none where the asset is not in the scope.
pub(super) fn known(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &NewReceipt,
) -> Result<Option<Known>, StorageError> {
    let income = accounts::account_id(asked.asset_id.uuid(), AccountPurpose::Income);
    let external = account::table
        .filter(account::region_code.eq(assets::region_code))
        .filter(account::purpose.eq(AccountPurpose::External))
        .filter(account::party_id.is_null())
        .filter(account::asset_id.is_null());
    let counting = contracts::table.filter(contracts::status.eq(RecordStatus::Recorded));
    let contract = counting.inner_join(contract_assets::table).filter(
        contract_assets::contract_id
            .nullable()
            .eq(asked.contract_id)
            .and(contract_assets::asset_id.eq(asked.asset_id)),
    );
    type Days = (NaiveDate, Option<NaiveDate>);
    type There = (bool, bool, bool, bool);
    type Row = (RegionCode, AssetStatus, Days, (bool, bool), There);
    let row: Option<Row> = assets::table
        .find(asked.asset_id)
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select((
            assets::region_code,
            assets::status,
            (assets::acquired_on, contract.select(contracts::term_to).single_value()),
            (
                exists(parties::table.find(asked.payer_id)),
                exists(parties::table.find(asked.payer_id).filter(parties::erased_at.is_not_null())),
            ),
            (
                exists(
                    documents::table.filter(documents::id.nullable().eq(asked.document_id)).filter(
                        documents::region_code
                            .between(scope.first(), scope.last())
                            .or(documents::region_code.eq_any(scope.around())),
                    ),
                ),
                exists(contract.select(contracts::id)),
                exists(account::table.find(income)),
                exists(external),
            ),
        ))
        .first(unit.conn())
        .optional()?;
    Ok(row.map(
        |(
            region,
            status,
            (acquired_on, term_to),
            (payer, erased),
            (document, contract, income, external),
        )| {
            Known {
                region,
                void: status == AssetStatus::Voided,
                there_since: acquired_on,
                payer,
                payer_erased: erased,
                document: document || asked.document_id.is_none(),
                contract: contract.then_some(term_to),
                accounts: income && external,
            }
        },
    ))
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Receipt, by: Id<kind::User>) -> Result<(), StorageError> {
    let to = it.period.to().ok_or_else(|| StorageError::Corrupt("a receipt without an end".to_owned()))?;
    let row = ReceiptRow {
        id: it.id,
        asset_id: it.received.asset_id,
        contract_id: it.received.contract_id,
        kind: it.received.kind,
        payer_id: it.received.payer_id,
        amount_fen: it.received.amount,
        received_on: it.received.received_on,
        period_from: it.period.from(),
        period_to: to,
        document_id: it.received.document_id,
        region_code: it.region_code,
        recorded_by: Some(by),
        recorded_at: it.recorded_at.naive_utc(),
    };
    unit.change(diesel::insert_into(receipts::table).values(row))?;
    Ok(())
}

/// Whether the receipt of a query was reversed.
#[auto_type(no_type_alias)]
pub(in crate::money) fn is_reversed() -> _ {
    exists(
        ledger_entries::table
            .filter(ledger_entries::receipt_id.eq(receipts::id.nullable()))
            .filter(ledger_entries::reverses_id.is_not_null()),
    )
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Receipt>,
) -> Result<Option<Receipt>, StorageError> {
    let row: Option<(ReceiptRow, bool)> = receipts::table
        .find(id)
        .filter(receipts::region_code.between(scope.first(), scope.last()))
        .select((ReceiptRow::as_select(), is_reversed()))
        .first(unit.conn())
        .optional()?;
    row.map(|(row, reversed)| receipt(row, reversed)).transpose()
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: Option<Id<kind::Asset>>,
    after: Option<(RegionCode, Id<kind::Receipt>)>,
    limit: i64,
) -> Result<Vec<Receipt>, StorageError> {
    let mut query = receipts::table
        .filter(receipts::region_code.between(scope.first(), scope.last()))
        .order((receipts::region_code, receipts::id))
        .limit(limit)
        .select((ReceiptRow::as_select(), is_reversed()))
        .into_boxed();
    if let Some(asset) = asset {
        query = query.filter(receipts::asset_id.eq(asset));
    }
    if let Some((region, id)) = after {
        query = query
            .filter(receipts::region_code.ge(region))
            .filter(receipts::region_code.gt(region).or(receipts::id.gt(id)));
    }
    let rows: Vec<(ReceiptRow, bool)> = query.load(unit.conn())?;
    rows.into_iter().map(|(row, reversed)| receipt(row, reversed)).collect()
}

pub(super) fn is_distributed(unit: &mut Read<'_>, id: Id<kind::Receipt>) -> Result<bool, StorageError> {
    Ok(diesel::select(exists(distributed_receipts::table.filter(distributed_receipts::receipt_id.eq(id))))
        .get_result(unit.conn())?)
}

/// The booking of a receipt, or what reversed it, where the journal had reached it by an index.
macro_rules! booked_through {
    ($index:expr) => {
        ledger_entries::table
            .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(ledger_entries::entry_id)))
            .filter(ledger_entries::receipt_id.eq(receipts::id.nullable()))
            .filter(journal_leaves::leaf_index.le($index))
    };
}

/// What was received under some contracts and not booked back, by contract, as far as is known.
pub(in crate::money) fn received_under(
    unit: &mut Read<'_>,
    contracts: &[Id<kind::Contract>],
    known: KnownThen,
) -> Result<Vec<(Id<kind::Contract>, Fen)>, StorageError> {
    use diesel::{dsl::sql, sql_types::BigInt};
    let sum = || sql::<BigInt>("cast(sum(amount_fen) as bigint)");
    let under = receipts::table
        .filter(receipts::contract_id.eq_any(contracts))
        .group_by(receipts::contract_id)
        .select((receipts::contract_id, sum()));
    let rows: Vec<(Option<Id<kind::Contract>>, i64)> = match known {
        KnownThen::Now => under.filter(not(is_reversed())).load(unit.conn())?,
        KnownThen::Through(index) => under
            .filter(exists(booked_through!(index).filter(ledger_entries::reverses_id.is_null())))
            .filter(not(exists(booked_through!(index).filter(ledger_entries::reverses_id.is_not_null()))))
            .load(unit.conn())?,
    };
    rows.into_iter()
        .filter_map(|(contract, sum)| contract.map(|it| (it, sum)))
        .map(|(contract, sum)| {
            // What comes in under a contract over the years is bounded by nothing; more than all dues settles no more.
            let sum = Fen::new(sum.min(Fen::MAX))
                .map_err(|_| StorageError::Corrupt(format!("the receipts of contract {contract}")))?;
            Ok((contract, sum))
        })
        .collect()
}

/// The earlier of the first day on which anything was received for an asset, and of the last day of the period that ended
/// first for which anything was; of what was not booked back.
pub(super) fn first_day(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    let (received, ended): (Option<NaiveDate>, Option<NaiveDate>) = receipts::table
        .filter(receipts::asset_id.eq(of))
        .filter(not(is_reversed()))
        .select((min(receipts::received_on), min(receipts::period_to)))
        .first(unit.conn())?;
    Ok(received.into_iter().chain(ended.and_then(|it| it.pred_opt())).min())
}

pub(super) fn paid_by(
    unit: &mut Read<'_>,
    payer: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    Ok(receipts::table
        .filter(receipts::payer_id.eq(payer))
        .filter(not(is_reversed()))
        .order(receipts::id)
        .select(receipts::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// The receipts under a contract, only those that were not reversed where `standing` says so, and only those of assets other
/// than some; at most a number of them.
pub(super) fn under(
    unit: &mut Read<'_>,
    contract: Id<kind::Contract>,
    standing: bool,
    of_others_than: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    let mut query = receipts::table
        .filter(receipts::contract_id.eq(contract))
        .filter(receipts::asset_id.ne_all(of_others_than))
        .order(receipts::id)
        .select(receipts::id)
        .limit(limit)
        .into_boxed();
    if standing {
        query = query.filter(not(is_reversed()));
    }
    Ok(query.load(unit.conn())?)
}

pub(super) fn of_assets(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    standing: bool,
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    let mut query = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .order(receipts::id)
        .select(receipts::id)
        .limit(limit)
        .into_boxed();
    if standing {
        query = query.filter(not(is_reversed()));
    }
    Ok(query.load(unit.conn())?)
}
