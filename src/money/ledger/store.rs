//! The table of the ledger.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    journal::Feed,
    money::{
        accounts::AccountPurpose,
        ledger::{AccountTotals, Entry, Posting, PostingKind},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{journal_leaves, ledger_entries},
        sql::Uuid,
    },
    values::{Fen, Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = ledger_entries)]
#[diesel(treat_none_as_default_value = false)]
struct EntryRow {
    id: Id<kind::LedgerEntry>,
    booked_on: NaiveDate,
    recorded_at: NaiveDateTime,
    debit_account_id: Id<kind::Account>,
    credit_account_id: Id<kind::Account>,
    amount_fen: Fen,
    kind: PostingKind,
    region_code: RegionCode,
    asset_id: Option<Id<kind::Asset>>,
    party_id: Option<Id<kind::Party>>,
    purpose: AccountPurpose,
    case_id: Option<Id<kind::Case>>,
    receipt_id: Option<Id<kind::Receipt>>,
    payment_id: Option<Id<kind::Payment>>,
    reverses_id: Option<Id<kind::LedgerEntry>>,
    entry_id: Id<kind::Entry>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            recorded_at: row.recorded_at.and_utc(),
            posting: Posting {
                debit: row.debit_account_id,
                credit: row.credit_account_id,
                amount: row.amount_fen,
                kind: row.kind,
                region: row.region_code,
                asset_id: row.asset_id,
                party_id: row.party_id,
                purpose: row.purpose,
                case_id: row.case_id,
                receipt_id: row.receipt_id,
                payment_id: row.payment_id,
                reverses_id: row.reverses_id,
                booked_on: row.booked_on,
            },
        }
    }
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    rows: &[Entry],
    entries: &[Id<kind::Entry>],
) -> Result<(), StorageError> {
    let rows: Vec<EntryRow> = rows
        .iter()
        .zip(entries)
        .map(|(Entry { id, recorded_at, posting: it }, entry_id)| EntryRow {
            id: *id,
            booked_on: it.booked_on,
            recorded_at: recorded_at.naive_utc(),
            debit_account_id: it.debit,
            credit_account_id: it.credit,
            amount_fen: it.amount,
            kind: it.kind,
            region_code: it.region,
            asset_id: it.asset_id,
            party_id: it.party_id,
            purpose: it.purpose,
            case_id: it.case_id,
            receipt_id: it.receipt_id,
            payment_id: it.payment_id,
            reverses_id: it.reverses_id,
            entry_id: *entry_id,
        })
        .collect();
    insert_all!(unit, ledger_entries::table, &rows)
}

/// The rows of an account: those that took from it and those that put into it, merged by their ids.
pub(super) fn of_account(
    unit: &mut Read<'_>,
    account: Id<kind::Account>,
    after: Option<Id<kind::LedgerEntry>>,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let side = |debit: bool| {
        let query = ledger_entries::table
            .order(ledger_entries::id)
            .limit(limit)
            .select(EntryRow::as_select())
            .into_boxed();
        let query = if debit {
            query.filter(ledger_entries::debit_account_id.eq(account))
        } else {
            query.filter(ledger_entries::credit_account_id.eq(account))
        };
        match after {
            Some(after) => query.filter(ledger_entries::id.gt(after)),
            None => query,
        }
    };
    // Two index scans, each bounded, instead of one over either side, for which no index would serve.
    let mut rows: Vec<EntryRow> = side(true).load(unit.conn())?;
    let credits: Vec<EntryRow> = side(false).load(unit.conn())?;
    rows.extend(credits);
    rows.sort_by_key(|it| it.id);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The rows that booked a receipt.
pub(super) fn of_receipt(
    unit: &mut Read<'_>,
    receipt: Id<kind::Receipt>,
) -> Result<Vec<Entry>, StorageError> {
    let rows: Vec<EntryRow> = ledger_entries::table
        .filter(ledger_entries::receipt_id.eq(receipt))
        .filter(ledger_entries::reverses_id.is_null())
        .order(ledger_entries::id)
        .select(EntryRow::as_select())
        .load(unit.conn())?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

#[derive(QueryableByName)]
struct TotalsRow {
    #[diesel(sql_type = Uuid)]
    account_id: Id<kind::Account>,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uuid>)]
    party_id: Option<Id<kind::Party>>,
    #[diesel(sql_type = diesel::sql_types::Nullable<Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    purpose: AccountPurpose,
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    debits_fen: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    credits_fen: i64,
}

pub(super) fn trial_balance(
    unit: &mut Read<'_>,
    scope: &Scope,
    as_of: NaiveDate,
) -> Result<Vec<AccountTotals>, StorageError> {
    let rows: Vec<TotalsRow> = diesel::sql_query(
        "with sides as (
             select debit_account_id as account_id, amount_fen as debit_fen, 0 as credit_fen from ledger_entries
             where region_code between $1 and $2 and booked_on <= $3
             union all
             select credit_account_id, 0, amount_fen from ledger_entries
             where region_code between $1 and $2 and booked_on <= $3
         )
         select a.id as account_id, a.party_id, a.asset_id, a.purpose, a.code,
                cast(sum(s.debit_fen) as bigint) as debits_fen, cast(sum(s.credit_fen) as bigint) as credits_fen
         from sides s join accounts a on a.id = s.account_id
         group by a.id, a.party_id, a.asset_id, a.purpose, a.code
         order by a.code, a.id",
    )
    .bind::<diesel::sql_types::Text, _>(scope.first())
    .bind::<diesel::sql_types::Text, _>(scope.last())
    .bind::<diesel::sql_types::Date, _>(as_of)
    .load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|it| AccountTotals {
            account_id: it.account_id,
            party_id: it.party_id,
            asset_id: it.asset_id,
            purpose: it.purpose,
            code: it.code,
            debits_fen: it.debits_fen,
            credits_fen: it.credits_fen,
        })
        .collect())
}

pub(super) fn income_records(
    unit: &mut Read<'_>,
    scope: &Scope,
    after_leaf: i64,
    limit: i64,
) -> Result<Vec<(i64, Entry)>, StorageError> {
    let rows: Vec<(i64, EntryRow)> = journal_leaves::table
        .inner_join(ledger_entries::table.on(ledger_entries::entry_id.eq(journal_leaves::entry_id)))
        .filter(journal_leaves::feed.eq(Feed::Income.name()))
        .filter(journal_leaves::leaf_index.gt(after_leaf))
        .filter(ledger_entries::region_code.between(scope.first(), scope.last()))
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select((journal_leaves::leaf_index, EntryRow::as_select()))
        .load(unit.conn())?;
    Ok(rows.into_iter().map(|(index, row)| (index, row.into())).collect())
}
