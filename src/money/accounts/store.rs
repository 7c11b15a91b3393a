//! The table of accounts.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    money::accounts::{Account, AccountPurpose, NewAccount, Wanted},
    storage::{Read, StorageError, Write, schema::accounts},
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = accounts)]
struct AccountRow {
    id: Id<kind::Account>,
    party_id: Option<Id<kind::Party>>,
    asset_id: Option<Id<kind::Asset>>,
    region_code: RegionCode,
    purpose: AccountPurpose,
    code: String,
    debits_fen: i64,
    credits_fen: i64,
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
            debits_fen: row.debits_fen,
            credits_fen: row.credits_fen,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = accounts)]
#[diesel(treat_none_as_default_value = false)]
struct NewAccountRow {
    id: Id<kind::Account>,
    party_id: Option<Id<kind::Party>>,
    asset_id: Option<Id<kind::Asset>>,
    region_code: RegionCode,
    purpose: AccountPurpose,
    code: &'static str,
    may_overdraw: bool,
    opened_at: NaiveDateTime,
}

pub(super) fn ensure(unit: &mut Write<'_>, wanted: &[NewAccount]) -> Result<(), StorageError> {
    let ids: Vec<_> = wanted.iter().map(|it| it.id).collect();
    let open: Vec<Id<kind::Account>> =
        accounts::table.filter(accounts::id.eq_any(&ids)).select(accounts::id).load(unit.conn())?;
    let opened_at = unit.timestamp();
    let rows: Vec<NewAccountRow> = wanted
        .iter()
        .filter(|it| !open.contains(&it.id))
        .map(|it| NewAccountRow {
            id: it.id,
            party_id: it.party_id,
            asset_id: it.asset_id,
            region_code: it.region_code,
            purpose: it.purpose,
            code: it.code(),
            may_overdraw: it.may_overdraw(),
            opened_at,
        })
        .collect();
    for row in &rows {
        // Another transaction may open the same account at the same time; its id is derived, so either row will do.
        unit.change(diesel::insert_into(accounts::table).values(row).on_conflict_do_nothing())?;
    }
    Ok(())
}

/// Lets an account belong to a region, if it is open.
pub(super) fn follow(
    unit: &mut Write<'_>,
    id: Id<kind::Account>,
    region_code: RegionCode,
) -> Result<(), StorageError> {
    unit.alter(accounts::table.find(id), accounts::region_code.eq(region_code))?;
    Ok(())
}

pub(super) fn owners(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Account>],
) -> Result<BTreeMap<Id<kind::Account>, Option<Id<kind::Party>>>, StorageError> {
    let mut owners = BTreeMap::new();
    for some in ids.chunks(400) {
        let rows: Vec<(Id<kind::Account>, Option<Id<kind::Party>>)> = accounts::table
            .filter(accounts::id.eq_any(some))
            .select((accounts::id, accounts::party_id))
            .load(unit.conn())?;
        owners.extend(rows);
    }
    Ok(owners)
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Account>, StorageError> {
    let mut query = accounts::table
        .filter(accounts::region_code.between(scope.first(), scope.last()))
        .order((accounts::region_code, accounts::id))
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
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(accounts::region_code.ge(region))
            .filter(accounts::region_code.gt(region).or(accounts::id.gt(id)));
    }
    let rows: Vec<AccountRow> = query.load(unit.conn())?;
    Ok(rows.into_iter().map(Account::from).collect())
}

pub(super) fn not_empty(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Account>, StorageError> {
    let rows: Vec<AccountRow> = accounts::table
        .filter(accounts::party_id.eq(party))
        .filter(accounts::debits_fen.ne(accounts::credits_fen))
        // What it only keeps for others is not its own.
        .filter(accounts::purpose.ne(AccountPurpose::Unclaimed))
        .order(accounts::id)
        .limit(limit)
        .select(AccountRow::as_select())
        .load(unit.conn())?;
    Ok(rows.into_iter().map(Account::from).collect())
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

/// An account with the sums of what was booked up to the end of a day: those of now, less what was booked since, each side
/// summed over its own index.
pub(super) fn find_as_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Account>,
    day: NaiveDate,
) -> Result<Option<Account>, StorageError> {
    let row: Option<AccountRow> = diesel::sql_query(
        "select a.id, a.party_id, a.asset_id, a.region_code, a.purpose, a.code,
                cast(a.debits_fen - coalesce((select sum(amount_fen) from ledger_entries
                    where debit_account_id = a.id and booked_on > $1), 0) as bigint) as debits_fen,
                cast(a.credits_fen - coalesce((select sum(amount_fen) from ledger_entries
                    where credit_account_id = a.id and booked_on > $1), 0) as bigint) as credits_fen
         from accounts a
         where a.id = $2 and a.region_code between $3 and $4",
    )
    .bind::<diesel::sql_types::Date, _>(day)
    .bind::<crate::storage::sql::Uuid, _>(id)
    .bind::<diesel::sql_types::Text, _>(scope.first())
    .bind::<diesel::sql_types::Text, _>(scope.last())
    .get_result(unit.conn())
    .optional()?;
    Ok(row.map(Account::from))
}
