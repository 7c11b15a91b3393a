//! The table of proceeds.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::not, prelude::*};

use super::{NewProceeds, Proceeds, ProceedsKind, Wanted, settling::Paid};
use crate::{
    money::{
        ledger::PostingKind,
        receipts::{ReceiptKind, store::is_reversed},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{ledger_entries, proceeds, receipts},
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

/// Those of some assets, in their order.
pub(super) fn of_assets(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
) -> Result<Vec<Proceeds>, StorageError> {
    let rows: Vec<Row> = proceeds::table
        .filter(proceeds::asset_id.eq_any(assets))
        .order((proceeds::due_on, proceeds::id))
        .select(Row::as_select())
        .load(unit.conn())?;
    Ok(all(rows))
}

/// Says whether some are owed no longer.
pub(super) fn say_lapsed(
    unit: &mut Write<'_>,
    ids: &[Id<kind::Proceeds>],
    lapsed: bool,
) -> Result<(), StorageError> {
    unit.alter(proceeds::table.filter(proceeds::id.eq_any(ids)), proceeds::lapsed.eq(lapsed))?;
    Ok(())
}

/// What came in for some assets that is no income and was not booked back, by whose account it was booked to, in the order of the days.
pub(super) fn paid_for(unit: &mut Read<'_>, assets: &[Id<kind::Asset>]) -> Result<Vec<Paid>, StorageError> {
    type Row = (Id<kind::Receipt>, Id<kind::Asset>, Id<kind::Party>, ReceiptKind, NaiveDate);
    type Booked = (Option<Id<kind::Receipt>>, Option<Id<kind::Party>>, Fen);
    let kinds: Vec<ReceiptKind> = ReceiptKind::ALL.iter().copied().filter(|it| !it.is_income()).collect();
    let rows: Vec<Row> = receipts::table
        .filter(receipts::asset_id.eq_any(assets))
        .filter(receipts::kind.eq_any(kinds))
        .filter(not(is_reversed()))
        .order((receipts::received_on, receipts::id))
        .select((receipts::id, receipts::asset_id, receipts::payer_id, receipts::kind, receipts::received_on))
        .load(unit.conn())?;
    let ids: Vec<_> = rows.iter().map(|it| it.0).collect();
    let mut booked = BTreeMap::<_, Vec<_>>::new();
    for some in ids.chunks(2000) {
        let entries: Vec<Booked> = ledger_entries::table
            .filter(ledger_entries::receipt_id.eq_any(some))
            .filter(ledger_entries::kind.eq(PostingKind::Receipt))
            .filter(ledger_entries::reverses_id.is_null())
            .order(ledger_entries::id)
            .select((ledger_entries::receipt_id, ledger_entries::party_id, ledger_entries::amount_fen))
            .load(unit.conn())?;
        for (receipt, to_id, amount) in entries {
            booked.entry(receipt).or_default().extend(to_id.map(|to_id| (to_id, amount)));
        }
    }
    let paid = |(id, asset_id, payer_id, kind, received_on): Row| {
        let parts = booked.get(&Some(id)).cloned().unwrap_or_default().into_iter();
        parts.map(move |(to_id, amount)| Paid { asset_id, payer_id, to_id, kind, amount, received_on })
    };
    Ok(rows.into_iter().flat_map(paid).collect())
}

pub(super) fn receive(
    unit: &mut Write<'_>,
    id: Id<kind::Proceeds>,
    received: Fen,
) -> Result<(), StorageError> {
    unit.alter(proceeds::table.find(id), proceeds::received_fen.eq(received))?;
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
