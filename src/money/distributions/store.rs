//! The tables of distributions.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::BigInt,
};

use crate::{
    cases::purpose::Purpose,
    money::{
        distributions::{Available, Income, Line, Plan, Terms},
        receipts::{ReceiptKind, store::is_reversed},
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

/// The kinds of receipts that are income.
fn income() -> Vec<ReceiptKind> {
    ReceiptKind::ALL.iter().copied().filter(|it| it.is_income()).collect()
}

/// A receipt that a plan could divide, as it stands in a row.
type IncomeRow = (Id<kind::Receipt>, Id<kind::Asset>, Fen, NaiveDate, NaiveDate);

fn income_of((receipt_id, asset_id, amount, from, to): IncomeRow) -> Result<Income, StorageError> {
    let period = Period::new(from, Some(to))
        .map_err(|_| StorageError::Corrupt(format!("the period of receipt {receipt_id}")))?;
    Ok(Income { receipt_id, asset_id, amount, period })
}

/// Income of some assets that has to do with a period and was neither reversed nor distributed, each with whether a plan
/// holds it.
pub(super) fn undistributed(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    period: &Period,
) -> Result<Vec<(Income, bool)>, StorageError> {
    let mut query = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .filter(receipts::kind.eq_any(income()))
        .filter(receipts::period_to.gt(period.from()))
        .filter(not(exists(
            distributed_receipts::table.filter(distributed_receipts::receipt_id.eq(receipts::id)),
        )))
        .filter(not(is_reversed()))
        .order((receipts::asset_id, receipts::period_from, receipts::id))
        .select((
            (
                receipts::id,
                receipts::asset_id,
                receipts::amount_fen,
                receipts::period_from,
                receipts::period_to,
            ),
            exists(
                distribution_receipts::table
                    .filter(distribution_receipts::receipt_id.eq(receipts::id))
                    .filter(distribution_receipts::held.eq(true)),
            ),
        ))
        .into_boxed();
    if let Some(to) = period.to() {
        query = query.filter(receipts::period_from.lt(to));
    }
    let rows: Vec<(IncomeRow, bool)> = query.load(unit.conn())?;
    rows.into_iter().map(|(row, held)| Ok((income_of(row)?, held))).collect()
}

/// How many cases are told that hold income or have distributed it.
const TOLD: i64 = 100;

/// The income of some assets in a period, and what of it plans other than that of a case hold or have distributed.
pub(super) fn available(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    period: &Period,
    but: Option<Id<kind::Case>>,
) -> Result<Available, StorageError> {
    let Some(to) = period.to() else {
        return Err(StorageError::Corrupt("a distribution without an end".to_owned()));
    };
    let within = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .filter(receipts::kind.eq_any(income()))
        .filter(receipts::period_from.ge(period.from()))
        .filter(receipts::period_to.le(to))
        .filter(not(is_reversed()));
    // No case has this identifier.
    let own = but.unwrap_or_else(|| uuid::Uuid::nil().into());
    let held_by_another = exists(
        distribution_receipts::table
            .filter(distribution_receipts::receipt_id.eq(receipts::id))
            .filter(distribution_receipts::held.eq(true))
            .filter(distribution_receipts::case_id.ne(own)),
    );
    let distributed = exists(
        distributed_receipts::table
            .filter(distributed_receipts::receipt_id.eq(receipts::id))
            .filter(distributed_receipts::case_id.ne(own)),
    );
    let sum = || sql::<BigInt>("cast(coalesce(sum(amount_fen), 0) as bigint)");
    let received: i64 = within.clone().select(sum()).get_result(unit.conn())?;
    let reserved: i64 =
        within.clone().filter(held_by_another.or(distributed)).select(sum()).get_result(unit.conn())?;
    let holding: Vec<Id<kind::Case>> = distribution_receipts::table
        .filter(distribution_receipts::receipt_id.eq_any(within.clone().select(receipts::id)))
        .filter(distribution_receipts::held.eq(true))
        .filter(distribution_receipts::case_id.ne(own))
        .select(distribution_receipts::case_id)
        .distinct()
        .limit(TOLD)
        .load(unit.conn())?;
    let done: Vec<Id<kind::Case>> = distributed_receipts::table
        .filter(distributed_receipts::receipt_id.eq_any(within.select(receipts::id)))
        .filter(distributed_receipts::case_id.ne(own))
        .select(distributed_receipts::case_id)
        .distinct()
        .limit(TOLD)
        .load(unit.conn())?;
    let reserved_by: BTreeSet<_> = holding.into_iter().chain(done).collect();
    let bounded = |fen: i64| Fen::new(fen.min(Fen::MAX)).unwrap_or(Fen::ZERO);
    let reserved_by = reserved_by.into_iter().collect();
    Ok(Available { received: bounded(received), reserved: bounded(reserved), reserved_by })
}

/// The cases whose plans hold some receipts.
pub(super) fn holding(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Receipt>],
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut found = Vec::new();
    for some in ids.chunks(400) {
        let cases: Vec<Id<kind::Case>> = distribution_receipts::table
            .filter(distribution_receipts::receipt_id.eq_any(some))
            .filter(distribution_receipts::held.eq(true))
            .select(distribution_receipts::case_id)
            .distinct()
            .load(unit.conn())?;
        found.extend(cases);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Says of all income of the plan of a case whether it holds it.
pub(super) fn set_held(
    unit: &mut Write<'_>,
    case_id: Id<kind::Case>,
    held: bool,
) -> Result<(), StorageError> {
    let of_the_case = distribution_receipts::table
        .filter(distribution_receipts::case_id.eq(case_id))
        .filter(distribution_receipts::held.ne(held));
    unit.alter(of_the_case, distribution_receipts::held.eq(held))?;
    Ok(())
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

/// The executed cases of which a line of some assets names a party in how it came about; at most a number of them.
pub(super) fn taken_for(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    (but_by, assets): (&[Id<kind::Party>], &[Id<kind::Asset>]),
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut found = Vec::new();
    for some in assets.chunks(400) {
        let cases: Vec<Id<kind::Case>> = distribution_lines::table
            .filter(distribution_lines::asset_id.eq_any(some))
            .filter(distribution_lines::because.like(format!("%{party}%")))
            .filter(distribution_lines::party_id.ne_all(but_by))
            .filter(exists(
                distributed_receipts::table
                    .filter(distributed_receipts::case_id.eq(distribution_lines::case_id)),
            ))
            .select(distribution_lines::case_id)
            .distinct()
            .limit(limit)
            .load(unit.conn())?;
        found.extend(cases);
    }
    Ok(found)
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
#[diesel(treat_none_as_default_value = false)]
struct DistributionRow {
    case_id: Id<kind::Case>,
    period_from: NaiveDate,
    period_to: NaiveDate,
    amount_fen: Fen,
    terms: Option<String>,
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
    held: bool,
}

pub(super) fn keep(unit: &mut Write<'_>, case_id: Id<kind::Case>, plan: &Plan) -> Result<(), StorageError> {
    let to =
        plan.period.to().ok_or_else(|| StorageError::Corrupt("a distribution without an end".to_owned()))?;
    let row = DistributionRow {
        case_id,
        period_from: plan.period.from(),
        period_to: to,
        amount_fen: plan.amount,
        terms: plan.terms.as_ref().map(|it| serde_json::json!(it).to_string()),
    };
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
    // A draft holds nothing yet.
    let receipts: Vec<PlannedReceiptRow> = plan
        .income
        .iter()
        .map(|it| PlannedReceiptRow { case_id, receipt_id: it.receipt_id, held: false })
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
    let income: Vec<IncomeRow> = distribution_receipts::table
        .inner_join(receipts::table)
        .filter(distribution_receipts::case_id.eq(case_id))
        .order(distribution_receipts::receipt_id)
        .select((
            receipts::id,
            receipts::asset_id,
            receipts::amount_fen,
            receipts::period_from,
            receipts::period_to,
        ))
        .load(unit.conn())?;
    let terms: Option<Terms> =
        row.terms.as_deref().map(serde_json::from_str).transpose().map_err(|_| corrupt())?;
    Ok(Some(Plan {
        period: Period::new(row.period_from, Some(row.period_to)).map_err(|_| corrupt())?,
        amount: row.amount_fen,
        income: income.into_iter().map(income_of).collect::<Result<_, _>>()?,
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
        held_elsewhere: Vec::new(),
        terms,
    }))
}
