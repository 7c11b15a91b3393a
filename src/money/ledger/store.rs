//! The table of the ledger.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::BigInt,
};

use crate::{
    journal::Feed,
    money::{
        accounts::AccountPurpose,
        ledger::{AccountTotals, CodeTotals, Entry, HeldNow, InChart, Posting, PostingKind},
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{accounts, journal_leaves, ledger_entries},
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

/// What some accounts hold, with what was booked on them after a day; without those that may be overdrawn.
pub(super) fn held(
    unit: &mut Read<'_>,
    of: &[Id<kind::Account>],
    after: NaiveDate,
) -> Result<BTreeMap<Id<kind::Account>, HeldNow>, StorageError> {
    let mut held = BTreeMap::new();
    for some in of.chunks(400) {
        let balances: Vec<(Id<kind::Account>, i64, i64)> = accounts::table
            .filter(accounts::id.eq_any(some))
            .filter(accounts::may_overdraw.eq(false))
            .select((accounts::id, accounts::debits_fen, accounts::credits_fen))
            .load(unit.conn())?;
        held.extend(balances.into_iter().map(|(id, debits, credits)| {
            (id, HeldNow { balance_fen: credits.saturating_sub(debits), net_fen: BTreeMap::new() })
        }));
        // Nothing is booked on a day to come.
        if after >= unit.today() {
            continue;
        }
        let taken: Vec<(Id<kind::Account>, NaiveDate, i64)> = ledger_entries::table
            .filter(ledger_entries::debit_account_id.eq_any(some))
            .filter(ledger_entries::booked_on.gt(after))
            .group_by((ledger_entries::debit_account_id, ledger_entries::booked_on))
            .select((
                ledger_entries::debit_account_id,
                ledger_entries::booked_on,
                sql::<BigInt>("cast(-sum(amount_fen) as bigint)"),
            ))
            .load(unit.conn())?;
        let put: Vec<(Id<kind::Account>, NaiveDate, i64)> = ledger_entries::table
            .filter(ledger_entries::credit_account_id.eq_any(some))
            .filter(ledger_entries::booked_on.gt(after))
            .group_by((ledger_entries::credit_account_id, ledger_entries::booked_on))
            .select((
                ledger_entries::credit_account_id,
                ledger_entries::booked_on,
                sql::<BigInt>("cast(sum(amount_fen) as bigint)"),
            ))
            .load(unit.conn())?;
        for (account, on, net) in taken.into_iter().chain(put) {
            if let Some(it) = held.get_mut(&account) {
                let day = it.net_fen.entry(on).or_default();
                *day = day.saturating_add(net);
            }
        }
    }
    Ok(held)
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

pub(super) fn of_payment(
    unit: &mut Read<'_>,
    payment: Id<kind::Payment>,
) -> Result<Vec<Entry>, StorageError> {
    let rows: Vec<EntryRow> = ledger_entries::table
        .filter(ledger_entries::payment_id.eq(payment))
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

#[derive(QueryableByName)]
struct SumsRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: String,
    #[diesel(sql_type = BigInt)]
    debits_fen: i64,
    #[diesel(sql_type = BigInt)]
    credits_fen: i64,
}

/// The sums of both sides of an account `a` up to the end of a day, which is a parameter: those of now, less what was booked
/// since. SQLite counts parameters as they come, so the day is the last of them, and stands somewhere else once more.
fn sums_of_an_account(today: NaiveDate, as_of: NaiveDate, parameter: &str) -> String {
    let side = |side: &str| {
        let since = format!(
            "coalesce((select sum(l.amount_fen) from ledger_entries l
                where l.{side}_account_id = a.id and l.booked_on > {parameter}), 0)"
        );
        // Nothing is booked on a day to come.
        let since = if as_of < today { since } else { "0".to_owned() };
        format!("cast(a.{side}s_fen - {since} as bigint) as {side}s_fen")
    };
    format!("{}, {}", side("debit"), side("credit"))
}

/// The sums of the accounts of a scope, by their code in the chart.
pub(super) fn sums_by_code(
    unit: &mut Read<'_>,
    scope: &Scope,
    as_of: NaiveDate,
) -> Result<Vec<CodeTotals>, StorageError> {
    let sums = sums_of_an_account(unit.today(), as_of, "$3");
    let rows: Vec<SumsRow> = diesel::sql_query(format!(
        "with within as (
             select id, code, debits_fen, credits_fen from accounts where region_code between $1 and $2
         ), booked as (
             select a.code, {sums} from within a
         )
         select code, cast(sum(debits_fen) as bigint) as debits_fen, cast(sum(credits_fen) as bigint) as credits_fen
         from booked where (debits_fen > 0 or credits_fen > 0) and $3 = $3
         group by code order by code"
    ))
    .bind::<diesel::sql_types::Text, _>(scope.first())
    .bind::<diesel::sql_types::Text, _>(scope.last())
    .bind::<diesel::sql_types::Date, _>(as_of)
    .load(unit.conn())?;
    let totals = |SumsRow { code, debits_fen, credits_fen }| CodeTotals { code, debits_fen, credits_fen };
    Ok(rows.into_iter().map(totals).collect())
}

/// The accounts of a scope on which anything was booked up to the end of a day, after one of them.
pub(super) fn trial_balance(
    unit: &mut Read<'_>,
    scope: &Scope,
    as_of: NaiveDate,
    after: Option<&InChart>,
    limit: i64,
) -> Result<Vec<AccountTotals>, StorageError> {
    let sums = sums_of_an_account(unit.today(), as_of, "$5");
    let (code, account) = match after {
        Some((code, account)) => (code.as_str(), *account),
        None => ("", uuid::Uuid::nil().into()),
    };
    let rows: Vec<TotalsRow> = diesel::sql_query(format!(
        "with within as (
             select id, party_id, asset_id, purpose, code, debits_fen, credits_fen from accounts
             where region_code between $1 and $2 and (code > $3 or (code = $3 and id > $4))
         ), booked as (
             select a.id as account_id, a.party_id, a.asset_id, a.purpose, a.code, {sums} from within a
         )
         select * from booked where (debits_fen > 0 or credits_fen > 0) and $5 = $5
         order by code, account_id limit {limit}"
    ))
    .bind::<diesel::sql_types::Text, _>(scope.first())
    .bind::<diesel::sql_types::Text, _>(scope.last())
    .bind::<diesel::sql_types::Text, _>(code)
    .bind::<Uuid, _>(account)
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
        .filter(
            ledger_entries::region_code.between(scope.first(), scope.last()).or(exists(
                accounts::table
                    .filter(
                        accounts::id
                            .eq(ledger_entries::debit_account_id)
                            .or(accounts::id.eq(ledger_entries::credit_account_id)),
                    )
                    .filter(accounts::region_code.between(scope.first(), scope.last())),
            )),
        )
        .order(journal_leaves::leaf_index)
        .limit(limit)
        .select((journal_leaves::leaf_index, EntryRow::as_select()))
        .load(unit.conn())?;
    Ok(rows.into_iter().map(|(index, row)| (index, row.into())).collect())
}
