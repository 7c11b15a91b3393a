//! The tables of distributions.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    cases::purpose::Purpose,
    money::{
        distributions::{Income, Line, Plan},
        receipts::ReceiptKind,
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{
            distributed_receipts, distribution_lines, distribution_receipts, distributions, ledger_entries,
            receipts,
        },
        sql::stored_as_text,
    },
    values::{Fen, Id, Period, id::kind},
};

stored_as_text!(Purpose);

/// Income of some assets that has to do with a period and was neither reversed nor distributed.
pub(super) fn undistributed(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    period: &Period,
) -> Result<Vec<Income>, StorageError> {
    let income: Vec<ReceiptKind> = ReceiptKind::ALL.iter().copied().filter(|it| it.is_income()).collect();
    let reversal = diesel::alias!(ledger_entries as reversal);
    let mut query = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .filter(receipts::kind.eq_any(income))
        .filter(receipts::period_to.gt(period.from()))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            distributed_receipts::table.filter(distributed_receipts::receipt_id.eq(receipts::id)),
        )))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            reversal
                .filter(reversal.field(ledger_entries::receipt_id).eq(receipts::id.nullable()))
                .filter(reversal.field(ledger_entries::reverses_id).is_not_null()),
        )))
        .order((receipts::asset_id, receipts::period_from, receipts::id))
        .select((
            receipts::id,
            receipts::asset_id,
            receipts::amount_fen,
            receipts::period_from,
            receipts::period_to,
        ))
        .into_boxed();
    if let Some(to) = period.to() {
        query = query.filter(receipts::period_from.lt(to));
    }
    type Row = (Id<kind::Receipt>, Id<kind::Asset>, Fen, NaiveDate, NaiveDate);
    let rows: Vec<Row> = query.load(unit.conn())?;
    rows.into_iter()
        .map(|(receipt_id, asset_id, amount, from, to)| {
            let period = Period::new(from, Some(to))
                .map_err(|_| StorageError::Corrupt(format!("the period of receipt {receipt_id}")))?;
            Ok(Income { receipt_id, asset_id, amount, period })
        })
        .collect()
}

/// Whether none of some receipts was reversed or distributed.
pub(super) fn still_undistributed(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Receipt>],
) -> Result<bool, StorageError> {
    for some in ids.chunks(400) {
        let gone: i64 = distributed_receipts::table
            .filter(distributed_receipts::receipt_id.eq_any(some))
            .count()
            .get_result(unit.conn())?;
        let reversed: i64 = ledger_entries::table
            .filter(ledger_entries::receipt_id.eq_any(some))
            .filter(ledger_entries::reverses_id.is_not_null())
            .count()
            .get_result(unit.conn())?;
        if gone > 0 || reversed > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

#[derive(Insertable)]
#[diesel(table_name = distributed_receipts)]
struct DistributedRow {
    receipt_id: Id<kind::Receipt>,
    case_id: Id<kind::Case>,
}

pub(super) fn mark_distributed(
    unit: &mut Write<'_>,
    case_id: Id<kind::Case>,
    ids: &[Id<kind::Receipt>],
) -> Result<(), StorageError> {
    let rows: Vec<DistributedRow> =
        ids.iter().map(|receipt_id| DistributedRow { receipt_id: *receipt_id, case_id }).collect();
    insert_all!(unit, distributed_receipts::table, &rows)
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = distributions)]
struct DistributionRow {
    case_id: Id<kind::Case>,
    period_from: NaiveDate,
    period_to: NaiveDate,
    amount_fen: Fen,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = distribution_lines)]
struct LineRow {
    case_id: Id<kind::Case>,
    ordinal: i32,
    asset_id: Id<kind::Asset>,
    party_id: Id<kind::Party>,
    account_id: Id<kind::Account>,
    purpose: Purpose,
    amount_fen: Fen,
    because: String,
}

#[derive(Insertable)]
#[diesel(table_name = distribution_receipts)]
struct PlannedReceiptRow {
    case_id: Id<kind::Case>,
    receipt_id: Id<kind::Receipt>,
}

pub(super) fn keep(unit: &mut Write<'_>, case_id: Id<kind::Case>, plan: &Plan) -> Result<(), StorageError> {
    let to =
        plan.period.to().ok_or_else(|| StorageError::Corrupt("a distribution without an end".to_owned()))?;
    let row =
        DistributionRow { case_id, period_from: plan.period.from(), period_to: to, amount_fen: plan.amount };
    unit.change(diesel::insert_into(distributions::table).values(row))?;
    let lines: Vec<LineRow> = (0..)
        .zip(&plan.lines)
        .map(|(ordinal, it)| LineRow {
            case_id,
            ordinal,
            asset_id: it.asset_id,
            party_id: it.party_id,
            account_id: it.account_id,
            purpose: it.purpose,
            amount_fen: it.amount,
            because: it.because.to_string(),
        })
        .collect();
    insert_all!(unit, distribution_lines::table, &lines)?;
    let receipts: Vec<PlannedReceiptRow> = plan
        .receipts
        .iter()
        .map(|receipt_id| PlannedReceiptRow { case_id, receipt_id: *receipt_id })
        .collect();
    insert_all!(unit, distribution_receipts::table, &receipts)
}

pub(super) fn kept(unit: &mut Read<'_>, case_id: Id<kind::Case>) -> Result<Option<Plan>, StorageError> {
    let row: Option<DistributionRow> = distributions::table
        .find(case_id)
        .select(DistributionRow::as_select())
        .first(unit.conn())
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let corrupt = || StorageError::Corrupt(format!("the plan of case {case_id}"));
    let lines: Vec<LineRow> = distribution_lines::table
        .filter(distribution_lines::case_id.eq(case_id))
        .order(distribution_lines::ordinal)
        .select(LineRow::as_select())
        .load(unit.conn())?;
    let receipts = distribution_receipts::table
        .filter(distribution_receipts::case_id.eq(case_id))
        .order(distribution_receipts::receipt_id)
        .select(distribution_receipts::receipt_id)
        .load(unit.conn())?;
    Ok(Some(Plan {
        period: Period::new(row.period_from, Some(row.period_to)).map_err(|_| corrupt())?,
        amount: row.amount_fen,
        receipts,
        lines: lines
            .into_iter()
            .map(|it| {
                Ok(Line {
                    asset_id: it.asset_id,
                    party_id: it.party_id,
                    account_id: it.account_id,
                    purpose: it.purpose,
                    amount: it.amount_fen,
                    because: serde_json::from_str(&it.because).map_err(|_| corrupt())?,
                })
            })
            .collect::<Result<_, StorageError>>()?,
        left_out: Vec::new(),
    }))
}
