//! The table of receipts.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::exists, prelude::*};

use crate::{
    money::{
        accounts::AccountPurpose,
        ledger::{Posting, PostingKind},
        receipts::{NewReceipt, Receipt, ReceiptKind},
    },
    storage::{
        Read, StorageError, Write,
        schema::{assets, contract_assets, distributed_receipts, ledger_entries, parties, receipts},
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
pub(super) struct LookedUp {
    pub(super) region: Option<RegionCode>,
    pub(super) payer_known: bool,
    pub(super) contract_fits: bool,
}

/// Looks up asset, payer and contract in as few statements as can be.
pub(super) fn look_up(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &NewReceipt,
) -> Result<LookedUp, StorageError> {
    let found: Option<(RegionCode, Option<Id<kind::Party>>)> = assets::table
        .left_join(parties::table.on(parties::id.eq(asked.payer_id)))
        .filter(assets::id.eq(asked.asset_id))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .select((assets::region_code, parties::id.nullable()))
        .first(unit.conn())
        .optional()?;
    let contract_fits = match asked.contract_id {
        None => true,
        Some(contract) => diesel::select(exists(
            contract_assets::table
                .filter(contract_assets::contract_id.eq(contract))
                .filter(contract_assets::asset_id.eq(asked.asset_id)),
        ))
        .get_result(unit.conn())?,
    };
    Ok(match found {
        Some((region, payer)) => LookedUp { region: Some(region), payer_known: payer.is_some(), contract_fits },
        None => LookedUp { region: None, payer_known: true, contract_fits },
    })
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
    diesel::insert_into(receipts::table).values(row).execute(unit.conn())?;
    Ok(())
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Receipt>,
) -> Result<Option<Receipt>, StorageError> {
    let row: Option<ReceiptRow> = receipts::table
        .find(id)
        .filter(receipts::region_code.between(scope.first(), scope.last()))
        .select(ReceiptRow::as_select())
        .first(unit.conn())
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let reversed = reversed_among(unit, &[id])?.contains(&id);
    receipt(row, reversed).map(Some)
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
        .select(ReceiptRow::as_select())
        .into_boxed();
    if let Some(asset) = asset {
        query = query.filter(receipts::asset_id.eq(asset));
    }
    if let Some((region, id)) = after {
        query = query
            .filter(receipts::region_code.ge(region))
            .filter(receipts::region_code.gt(region).or(receipts::id.gt(id)));
    }
    let rows: Vec<ReceiptRow> = query.load(unit.conn())?;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let reversed = reversed_among(unit, &ids)?;
    rows.into_iter()
        .map(|row| {
            let is_reversed = reversed.contains(&row.id);
            receipt(row, is_reversed)
        })
        .collect()
}

fn reversed_among(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Receipt>],
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    let found: Vec<Option<Id<kind::Receipt>>> = ledger_entries::table
        .filter(ledger_entries::receipt_id.eq_any(ids))
        .filter(ledger_entries::reverses_id.is_not_null())
        .select(ledger_entries::receipt_id)
        .distinct()
        .load(unit.conn())?;
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn is_distributed(unit: &mut Read<'_>, id: Id<kind::Receipt>) -> Result<bool, StorageError> {
    Ok(diesel::select(exists(distributed_receipts::table.filter(distributed_receipts::receipt_id.eq(id))))
        .get_result(unit.conn())?)
}

type Row = (
    (Id<kind::LedgerEntry>, Id<kind::Account>, Id<kind::Account>, Fen, RegionCode, NaiveDate),
    (Option<Id<kind::Asset>>, Option<Id<kind::Party>>, AccountPurpose, Option<Id<kind::Receipt>>),
);

/// The rows by which a receipt was booked.
pub(super) fn rows(
    unit: &mut Read<'_>,
    id: Id<kind::Receipt>,
) -> Result<Vec<(Id<kind::LedgerEntry>, Posting)>, StorageError> {
    let rows: Vec<Row> = ledger_entries::table
        .filter(ledger_entries::receipt_id.eq(id))
        .filter(ledger_entries::kind.eq(PostingKind::Receipt))
        .order(ledger_entries::id)
        .select((
            (
                ledger_entries::id,
                ledger_entries::debit_account_id,
                ledger_entries::credit_account_id,
                ledger_entries::amount_fen,
                ledger_entries::region_code,
                ledger_entries::booked_on,
            ),
            (
                ledger_entries::asset_id,
                ledger_entries::party_id,
                ledger_entries::purpose,
                ledger_entries::receipt_id,
            ),
        ))
        .load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|((row, debit, credit, amount, region, booked_on), (asset_id, party_id, purpose, receipt_id))| {
            let posting = Posting {
                debit,
                credit,
                amount,
                kind: PostingKind::Receipt,
                region,
                asset_id,
                party_id,
                purpose,
                case_id: None,
                receipt_id,
                payment_id: None,
                reverses_id: None,
                booked_on,
            };
            (row, posting)
        })
        .collect())
}
