//! The table of proceeds.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::not, prelude::*};

use super::{NewProceeds, Proceeds, ProceedsKind, Wanted, settling::Paid};
use crate::{
    money::receipts::{ReceiptKind, store::is_reversed},
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{proceeds, receipts},
    },
    values::{Fen, Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = proceeds)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    id: Id<kind::Proceeds>,
    case_id: Id<kind::Case>,
    kind: ProceedsKind,
    asset_id: Id<kind::Asset>,
    region_code: RegionCode,
    creditor_id: Id<kind::Party>,
    payer_id: Option<Id<kind::Party>>,
    amount_fen: Fen,
    since: NaiveDate,
    due_on: NaiveDate,
    received_fen: Fen,
    lapsed: bool,
    recorded_at: NaiveDateTime,
}

impl From<&Proceeds> for Row {
    fn from(it: &Proceeds) -> Self {
        let due = &it.due;
        Self {
            id: it.id,
            case_id: it.case_id,
            kind: due.kind,
            asset_id: due.asset_id,
            region_code: due.region_code,
            creditor_id: due.creditor_id,
            payer_id: due.payer_id,
            amount_fen: due.amount,
            since: due.since,
            due_on: due.due_on,
            received_fen: it.received,
            lapsed: it.lapsed,
            recorded_at: it.recorded_at.naive_utc(),
        }
    }
}

impl From<Row> for Proceeds {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            due: NewProceeds {
                kind: row.kind,
                asset_id: row.asset_id,
                region_code: row.region_code,
                creditor_id: row.creditor_id,
                payer_id: row.payer_id,
                amount: row.amount_fen,
                since: row.since,
                due_on: row.due_on,
            },
            received: row.received_fen,
            lapsed: row.lapsed,
            recorded_at: row.recorded_at.and_utc(),
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Proceeds> {
    rows.into_iter().map(Proceeds::from).collect()
}

pub(super) fn insert(unit: &mut Write<'_>, all: &[Proceeds]) -> Result<(), StorageError> {
    let rows: Vec<Row> = all.iter().map(Row::from).collect();
    insert_all!(unit, proceeds::table, &rows)
}

/// Those of some assets that are owed still or were paid, in their order.
pub(super) fn of_assets(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
) -> Result<Vec<Proceeds>, StorageError> {
    let rows: Vec<Row> = proceeds::table
        .filter(proceeds::asset_id.eq_any(assets))
        .filter(proceeds::lapsed.eq(false))
        .order((proceeds::due_on, proceeds::id))
        .select(Row::as_select())
        .load(unit.conn())?;
    Ok(all(rows))
}

/// What sales of an asset brought, owed still or not.
pub(super) fn sales_of(unit: &mut Read<'_>, asset: Id<kind::Asset>) -> Result<Vec<Proceeds>, StorageError> {
    let rows: Vec<Row> = proceeds::table
        .filter(proceeds::asset_id.eq(asset))
        .filter(proceeds::kind.eq(ProceedsKind::Sale))
        .order(proceeds::id)
        .select(Row::as_select())
        .load(unit.conn())?;
    Ok(all(rows))
}

/// Says whether some are owed no longer.
pub(super) fn say_lapsed(
    unit: &mut Write<'_>,
    id: Id<kind::Proceeds>,
    lapsed: bool,
) -> Result<(), StorageError> {
    unit.alter(proceeds::table.find(id), proceeds::lapsed.eq(lapsed))?;
    Ok(())
}

/// What came in for some assets that is no income and was not booked back, in the order of the days.
pub(super) fn paid_for(unit: &mut Read<'_>, assets: &[Id<kind::Asset>]) -> Result<Vec<Paid>, StorageError> {
    type Row = (Id<kind::Asset>, Id<kind::Party>, ReceiptKind, Fen, NaiveDate);
    let kinds: Vec<ReceiptKind> = ReceiptKind::ALL.iter().copied().filter(|it| !it.is_income()).collect();
    let rows: Vec<Row> = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .filter(receipts::kind.eq_any(kinds))
        .filter(not(is_reversed()))
        .order((receipts::received_on, receipts::id))
        .select((
            receipts::asset_id,
            receipts::payer_id,
            receipts::kind,
            receipts::amount_fen,
            receipts::received_on,
        ))
        .load(unit.conn())?;
    let paid = |(asset_id, payer_id, kind, amount, received_on)| Paid {
        asset_id,
        payer_id,
        kind,
        amount,
        received_on,
    };
    Ok(rows.into_iter().map(paid).collect())
}

pub(super) fn receive(
    unit: &mut Write<'_>,
    id: Id<kind::Proceeds>,
    received: Fen,
) -> Result<(), StorageError> {
    unit.alter(proceeds::table.find(id), proceeds::received_fen.eq(received))?;
    Ok(())
}

/// Lets what is owed for an asset lapse: of one kind, or all of it.
pub(super) fn lapse(
    unit: &mut Write<'_>,
    asset: Id<kind::Asset>,
    of: Option<ProceedsKind>,
) -> Result<(), StorageError> {
    let kinds = of.map_or_else(|| ProceedsKind::ALL.to_vec(), |it| vec![it]);
    let owed = proceeds::table
        .filter(proceeds::asset_id.eq(asset))
        .filter(proceeds::kind.eq_any(kinds))
        .filter(proceeds::lapsed.eq(false));
    unit.alter(owed, proceeds::lapsed.eq(true))?;
    Ok(())
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Proceeds>, StorageError> {
    let mut query = proceeds::table
        .filter(proceeds::region_code.between(scope.first(), scope.last()))
        .order((proceeds::region_code, proceeds::id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    let is_open = || proceeds::received_fen.lt(proceeds::amount_fen).and(proceeds::lapsed.eq(false));
    query = match wanted.open {
        Some(true) => query.filter(is_open()),
        Some(false) => query.filter(not(is_open())),
        None => query,
    };
    if let Some(party) = wanted.party {
        query = query.filter(proceeds::creditor_id.nullable().eq(party).or(proceeds::payer_id.eq(party)));
    }
    if let Some(asset) = wanted.asset {
        query = query.filter(proceeds::asset_id.eq(asset));
    }
    if let Some(case) = wanted.case {
        query = query.filter(proceeds::case_id.eq(case));
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(proceeds::region_code.ge(region))
            .filter(proceeds::region_code.gt(region).or(proceeds::id.gt(id)));
    }
    Ok(all(query.load(unit.conn())?))
}

pub(super) fn of_case(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Vec<Proceeds>, StorageError> {
    let rows: Vec<Row> = proceeds::table
        .filter(proceeds::case_id.eq(case))
        .order(proceeds::id)
        .select(Row::as_select())
        .load(unit.conn())?;
    Ok(all(rows))
}

pub(super) fn owed_by(
    unit: &mut Read<'_>,
    payers: &[Id<kind::Party>],
    creditors: &[Id<kind::Party>],
    on: NaiveDate,
) -> Result<Vec<Proceeds>, StorageError> {
    let rows: Vec<Row> = proceeds::table
        .filter(proceeds::payer_id.eq_any(payers))
        .filter(proceeds::creditor_id.eq_any(creditors))
        .filter(proceeds::received_fen.lt(proceeds::amount_fen))
        .filter(proceeds::lapsed.eq(false))
        .filter(proceeds::due_on.le(on))
        .order((proceeds::due_on, proceeds::id))
        .select(Row::as_select())
        .load(unit.conn())?;
    Ok(all(rows))
}

pub(super) fn left_of(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Proceeds>>, StorageError> {
    Ok(proceeds::table
        .filter(proceeds::creditor_id.nullable().eq(party).or(proceeds::payer_id.eq(party)))
        .filter(proceeds::received_fen.lt(proceeds::amount_fen))
        .filter(proceeds::lapsed.eq(false))
        .order(proceeds::id)
        .select(proceeds::id)
        .limit(limit)
        .load(unit.conn())?)
}
