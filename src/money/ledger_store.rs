//! The table of the ledger, and its rows in the order of the journal.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{prelude::*, sql_types};

use crate::{
    journal::Feed,
    money::{
        accounts::{Account, AccountPurpose},
        accounts_store::AccountRow,
        ledger::{Booked, Entry, IncomeRecord, Posting, PostingKind},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{journal_leaves, ledger_entries},
    },
    values::{Fen, Id, RegionCode, Scope, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = ledger_entries)]
#[diesel(treat_none_as_default_value = false)]
struct LedgerRow {
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

impl From<LedgerRow> for Entry {
    fn from(row: LedgerRow) -> Self {
        Self {
            id: row.id,
            at: row.recorded_at.and_utc(),
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
    postings: &[Posting],
    booked: &[Booked],
) -> Result<(), StorageError> {
    let recorded_at = unit.timestamp();
    let rows: Vec<LedgerRow> = postings
        .iter()
        .zip(booked)
        .map(|(it, booked)| LedgerRow {
            id: booked.id,
            booked_on: it.booked_on,
            recorded_at,
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
            entry_id: booked.entry_id,
        })
        .collect();
    insert_all!(unit, ledger_entries::table, &rows)
}

/// The rows of an account. Each side has an index of its own in the order of ids, so that each is asked for by itself: one
/// question with `or` would read all rows of the account for every page.
pub(super) fn entries(
    unit: &mut Read<'_>,
    account: Id<kind::Account>,
    after: Option<Id<kind::LedgerEntry>>,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let after = after.unwrap_or_else(|| Id::from(uuid::Uuid::nil()));
    let side = || {
        ledger_entries::table
            .filter(ledger_entries::id.gt(after))
            .order(ledger_entries::id)
            .limit(limit)
            .select(LedgerRow::as_select())
    };
    let mut rows: Vec<LedgerRow> =
        side().filter(ledger_entries::debit_account_id.eq(account)).load(unit.conn())?;
    let credits: Vec<LedgerRow> =
        side().filter(ledger_entries::credit_account_id.eq(account)).load(unit.conn())?;
    rows.extend(credits);
    rows.sort_by_key(|it| it.id);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub(super) fn of_receipt(
    unit: &mut Read<'_>,
    receipt: Id<kind::Receipt>,
) -> Result<Vec<Entry>, StorageError> {
    let rows: Vec<LedgerRow> = ledger_entries::table
        .filter(ledger_entries::receipt_id.eq(receipt))
        .filter(ledger_entries::reverses_id.is_null())
        .order(ledger_entries::id)
        .select(LedgerRow::as_select())
        .load(unit.conn())?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// The accounts that rows of a scope touched up to the end of a day, with the sums of those rows.
pub(super) fn sums_by_account(
    unit: &mut Read<'_>,
    scope: &Scope,
    as_of: NaiveDate,
) -> Result<Vec<Account>, StorageError> {
    let rows: Vec<AccountRow> = diesel::sql_query(
        "select a.id, a.party_id, a.asset_id, a.region_code, a.purpose, a.code, a.may_overdraw, a.opened_at,
            moved.debits_fen, moved.credits_fen
         from (
            select account_id, cast(sum(debit_fen) as bigint) as debits_fen, cast(sum(credit_fen) as bigint) as credits_fen
            from (
                select debit_account_id as account_id, amount_fen as debit_fen, 0 as credit_fen
                from ledger_entries where region_code between $1 and $2 and booked_on <= $3
                union all
                select credit_account_id, 0, amount_fen
                from ledger_entries where region_code between $1 and $2 and booked_on <= $3
            ) as sides
            group by account_id
         ) as moved
         join accounts a on a.id = moved.account_id
         order by a.region_code, a.id",
    )
    .bind::<sql_types::Text, _>(scope.first())
    .bind::<sql_types::Text, _>(scope.last())
    .bind::<sql_types::Date, _>(as_of)
    .load(unit.conn())?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// Rows in the order of the journal. The feed's own index gives the order, and each row is then found by its entry.
pub(super) fn income_records(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<IncomeRecord>, StorageError> {
    let rows: Vec<(i64, LedgerRow)> = journal_leaves::table
        .inner_join(ledger_entries::table.on(ledger_entries::entry_id.eq(journal_leaves::entry_id)))
        .filter(journal_leaves::feed.eq(Feed::Income.name()))
        // The index of a record is one more than that of its leaf.
        .filter(journal_leaves::leaf_index.ge(after))
        .filter(ledger_entries::region_code.between(scope.first(), scope.last()))
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select((journal_leaves::leaf_index, LedgerRow::as_select()))
        .load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|(index, row)| IncomeRecord { index: index.saturating_add(1), entry: row.into() })
        .collect())
}
