//! The table of accounts. Their sums are written by the ledger's trigger and by nothing here.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{prelude::*, sql_types};

use crate::{
    money::{
        accounts::{Account, AccountPurpose, NewAccount, Owner, Wanted},
        chart,
    },
    storage::{Read, StorageError, Write, each, schema::accounts, sql},
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable, QueryableByName)]
#[diesel(table_name = accounts)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct AccountRow {
    id: Id<kind::Account>,
    party_id: Option<Id<kind::Party>>,
    asset_id: Option<Id<kind::Asset>>,
    region_code: RegionCode,
    purpose: AccountPurpose,
    code: String,
    may_overdraw: bool,
    debits_fen: i64,
    credits_fen: i64,
    opened_at: NaiveDateTime,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.id,
            party_id: row.party_id,
            asset_id: row.asset_id,
            region_code: row.region_code,
            purpose: row.purpose,
            code: row.code,
            may_overdraw: row.may_overdraw,
            debits_fen: row.debits_fen,
            credits_fen: row.credits_fen,
            opened_at: row.opened_at.and_utc(),
        }
    }
}

pub(super) fn open_missing(unit: &mut Write<'_>, new: &[NewAccount]) -> Result<(), StorageError> {
    let opened_at = unit.timestamp();
    let rows: Vec<AccountRow> = new
        .iter()
        .map(|it| {
            let (party_id, asset_id) = match it.owner() {
                Owner::Party(party) => (Some(party), None),
                Owner::Asset(asset) => (None, Some(asset)),
                Owner::Region => (None, None),
            };
            AccountRow {
                id: it.id(),
                party_id,
                asset_id,
                region_code: it.region(),
                purpose: it.purpose(),
                code: chart::code(it.purpose()).to_owned(),
                may_overdraw: it.may_overdraw(),
                debits_fen: 0,
                credits_fen: 0,
                opened_at,
            }
        })
        .collect();
    for some in rows.chunks(400) {
        each!(unit, |conn| diesel::insert_into(accounts::table)
            .values(some)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(())
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Account>,
) -> Result<Option<Account>, StorageError> {
    let row: Option<AccountRow> = accounts::table
        .find(id)
        .filter(accounts::region_code.between(scope.first(), scope.last()))
        .select(AccountRow::as_select())
        .first(unit.conn())
        .optional()?;
    Ok(row.map(Account::from))
}

/// The account with the sums of what was booked up to the end of a day.
pub(super) fn find_as_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Account>,
    day: NaiveDate,
) -> Result<Option<Account>, StorageError> {
    let row: Option<AccountRow> = diesel::sql_query(
        "select a.id, a.party_id, a.asset_id, a.region_code, a.purpose, a.code, a.may_overdraw, a.opened_at,
            cast(coalesce((select sum(amount_fen) from ledger_entries
                where debit_account_id = a.id and booked_on <= $1), 0) as bigint) as debits_fen,
            cast(coalesce((select sum(amount_fen) from ledger_entries
                where credit_account_id = a.id and booked_on <= $1), 0) as bigint) as credits_fen
         from accounts a
         where a.id = $2 and a.region_code between $3 and $4",
    )
    .bind::<sql_types::Date, _>(day)
    .bind::<sql::Uuid, _>(id)
    .bind::<sql_types::Text, _>(scope.first())
    .bind::<sql_types::Text, _>(scope.last())
    .get_result(unit.conn())
    .optional()?;
    Ok(row.map(Account::from))
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    after: Option<Id<kind::Account>>,
    limit: i64,
) -> Result<Vec<Account>, StorageError> {
    let mut query = accounts::table
        .filter(accounts::region_code.between(scope.first(), scope.last()))
        .order(accounts::id)
        .limit(limit)
        .select(AccountRow::as_select())
        .into_boxed();
    if let Some(party) = wanted.party_id {
        query = query.filter(accounts::party_id.eq(party));
    }
    if let Some(asset) = wanted.asset_id {
        query = query.filter(accounts::asset_id.eq(asset));
    }
    if let Some(purpose) = wanted.purpose {
        query = query.filter(accounts::purpose.eq(purpose));
    }
    if let Some(after) = after {
        query = query.filter(accounts::id.gt(after));
    }
    let rows: Vec<AccountRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Account::from).collect())
}
