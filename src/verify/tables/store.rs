//! Reads the tables that are compared with the journal, exactly as stored.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{QueryableByName, prelude::*, sql_types::BigInt};

use crate::{
    storage::{
        Read, StorageError,
        schema::{case_steps, cases, journal_leaves, ledger_entries, rights},
        sql::Uuid,
    },
    values::{Id, id::kind},
};

/// A row of `rights`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable)]
#[diesel(table_name = rights)]
pub(super) struct RightRow {
    pub(super) id: Id<kind::Right>,
    pub(super) asset_id: Id<kind::Asset>,
    pub(super) kind: String,
    pub(super) holder_id: Id<kind::Party>,
    pub(super) grantor_id: Option<Id<kind::Party>>,
    pub(super) through: String,
    pub(super) share_num: i64,
    pub(super) share_den: i64,
    pub(super) valid_from: NaiveDate,
    pub(super) valid_to: Option<NaiveDate>,
    pub(super) begun_by: Id<kind::Instrument>,
    pub(super) ended_by: Option<Id<kind::Instrument>>,
    pub(super) recorded_from: NaiveDateTime,
    pub(super) recorded_by: Id<kind::Entry>,
}

/// When the recorded interval of a right ended, and by which entry; both `None` while it is on record.
pub(super) type Superseded = (Option<NaiveDateTime>, Option<Id<kind::Entry>>);

/// A page of rights ordered by id, each with the end of its recorded interval.
pub(super) fn rights_after(
    unit: &mut Read<'_>,
    after: Option<Id<kind::Right>>,
    limit: i64,
) -> Result<Vec<(RightRow, Superseded)>, StorageError> {
    let mut query = rights::table
        .order(rights::id)
        .limit(limit)
        .select((RightRow::as_select(), (rights::recorded_to, rights::superseded_by)))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(rights::id.gt(after));
    }
    Ok(query.load(unit.conn())?)
}

/// A row of `ledger_entries`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger_entries)]
pub(super) struct LedgerRow {
    pub(super) id: Id<kind::LedgerEntry>,
    pub(super) booked_on: NaiveDate,
    pub(super) recorded_at: NaiveDateTime,
    pub(super) debit_account_id: Id<kind::Account>,
    pub(super) credit_account_id: Id<kind::Account>,
    pub(super) amount_fen: i64,
    pub(super) kind: String,
    pub(super) region_code: String,
    pub(super) asset_id: Option<Id<kind::Asset>>,
    pub(super) party_id: Option<Id<kind::Party>>,
    pub(super) purpose: String,
    pub(super) case_id: Option<Id<kind::Case>>,
    pub(super) receipt_id: Option<Id<kind::Receipt>>,
    pub(super) payment_id: Option<Id<kind::Payment>>,
    pub(super) reverses_id: Option<Id<kind::LedgerEntry>>,
    pub(super) entry_id: Id<kind::Entry>,
}

/// The ledger rows that the given journal entries created.
pub(super) fn ledger_of(
    unit: &mut Read<'_>,
    entries: &[Id<kind::Entry>],
) -> Result<Vec<LedgerRow>, StorageError> {
    let mut found = Vec::new();
    for some in entries.chunks(400) {
        let rows: Vec<LedgerRow> = ledger_entries::table
            .filter(ledger_entries::entry_id.eq_any(some))
            .select(LedgerRow::as_select())
            .load(unit.conn())?;
        found.extend(rows);
    }
    Ok(found)
}

/// A ledger row, its journal entry, and the index of that entry.
pub(super) type Booked = (Id<kind::LedgerEntry>, Id<kind::Entry>, Option<i64>);

/// A page of ledger rows ordered by id.
pub(super) fn ledger_after(
    unit: &mut Read<'_>,
    after: Option<Id<kind::LedgerEntry>>,
    limit: i64,
) -> Result<Vec<Booked>, StorageError> {
    let mut query = ledger_entries::table
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(ledger_entries::entry_id)))
        .order(ledger_entries::id)
        .limit(limit)
        .select((ledger_entries::id, ledger_entries::entry_id, journal_leaves::leaf_index.nullable()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(ledger_entries::id.gt(after));
    }
    Ok(query.load(unit.conn())?)
}

#[derive(QueryableByName)]
struct BalanceRow {
    #[diesel(sql_type = Uuid)]
    id: Id<kind::Account>,
    #[diesel(sql_type = BigInt)]
    debits_fen: i64,
    #[diesel(sql_type = BigInt)]
    credits_fen: i64,
    #[diesel(sql_type = BigInt)]
    debited_fen: i64,
    #[diesel(sql_type = BigInt)]
    credited_fen: i64,
}

/// At most `limit` accounts whose balances differ from the ledger, with the difference.
pub(super) fn balances_that_differ(
    unit: &mut Read<'_>,
    limit: i64,
) -> Result<Vec<(Id<kind::Account>, String)>, StorageError> {
    let rows: Vec<BalanceRow> = diesel::sql_query(
        "with sides as (
             select debit_account_id as account_id, amount_fen as debit_fen, 0 as credit_fen from ledger_entries
             union all
             select credit_account_id, 0, amount_fen from ledger_entries
         ), sums as (
             select account_id, cast(sum(debit_fen) as bigint) as debited_fen,
                    cast(sum(credit_fen) as bigint) as credited_fen
             from sides group by account_id
         )
         select a.id, a.debits_fen, a.credits_fen, coalesce(s.debited_fen, 0) as debited_fen,
                coalesce(s.credited_fen, 0) as credited_fen
         from accounts a left join sums s on s.account_id = a.id
         where a.debits_fen <> coalesce(s.debited_fen, 0) or a.credits_fen <> coalesce(s.credited_fen, 0)
         order by a.id limit $1",
    )
    .bind::<BigInt, _>(limit)
    .load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|it| {
            let BalanceRow { id, debits_fen, credits_fen, debited_fen, credited_fen } = it;
            let booked = format!("{debited_fen} and {credited_fen} fen were booked");
            (id, format!("debits and credits of {debits_fen} and {credits_fen} fen, where {booked}"))
        })
        .collect())
}

/// A row of `cases`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub(super) struct CaseRow {
    pub(super) id: Id<kind::Case>,
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) region_code: String,
    pub(super) asked: String,
    pub(super) findings: String,
    pub(super) outcome: String,
    pub(super) policy_version: String,
    pub(super) steps_required: String,
    pub(super) created_by: Id<kind::User>,
    pub(super) created_at: NaiveDateTime,
    pub(super) version: i64,
}

/// A page of cases ordered by id.
pub(super) fn cases_after(
    unit: &mut Read<'_>,
    after: Option<Id<kind::Case>>,
    limit: i64,
) -> Result<Vec<CaseRow>, StorageError> {
    let mut query = cases::table.order(cases::id).limit(limit).select(CaseRow::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(cases::id.gt(after));
    }
    Ok(query.load(unit.conn())?)
}

/// A row of `case_steps`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_steps)]
pub(super) struct StepRow {
    pub(super) case_id: Id<kind::Case>,
    pub(super) ordinal: i32,
    pub(super) step: String,
    pub(super) taken_by: Id<kind::User>,
    pub(super) taken_at: NaiveDateTime,
    pub(super) comment: Option<String>,
}

/// The steps of the given cases, in order.
pub(super) fn steps_of(unit: &mut Read<'_>, of: &[Id<kind::Case>]) -> Result<Vec<StepRow>, StorageError> {
    let mut found = Vec::new();
    for some in of.chunks(400) {
        let rows: Vec<StepRow> = case_steps::table
            .filter(case_steps::case_id.eq_any(some))
            .order((case_steps::case_id, case_steps::ordinal))
            .select(StepRow::as_select())
            .load(unit.conn())?;
        found.extend(rows);
    }
    Ok(found)
}
