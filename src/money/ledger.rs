//! The double-entry ledger: each row moves an amount from one account to another, so that it balances by construction.
//! Rows are never changed; a mistake is reversed by a contrary row that names it.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Permission},
    journal::{self, Action, Actor, Feed, Record},
    money::{MoneyError, accounts::AccountPurpose, ledger_store as store},
    storage::{Failure, Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, RegionCode, Scope, closed_enum, id::kind},
};

const RECEIPT_BOOKED: Action = Action::named("receipt_booked");
const DISTRIBUTION_PAID: Action = Action::named("distribution_paid");
const PAYMENT_MADE: Action = Action::named("payment_made");
const BOOKING_REVERSED: Action = Action::named("booking_reversed");

closed_enum! {
    /// Why money moved.
    pub enum PostingKind {
        /// It was received.
        Receipt = "receipt",
        /// It was distributed.
        Distribution = "distribution",
        /// It was spent.
        Payment = "payment",
        /// An earlier row was wrong.
        Reversal = "reversal",
    }
}

crate::storage::sql::stored_as_text!(PostingKind);

impl PostingKind {
    const fn action(self) -> Action {
        match self {
            Self::Receipt => RECEIPT_BOOKED,
            Self::Distribution => DISTRIBUTION_PAID,
            Self::Payment => PAYMENT_MADE,
            Self::Reversal => BOOKING_REVERSED,
        }
    }
}

/// An amount to be moved from one account to another.
#[derive(Debug, Clone, Copy)]
pub struct Posting {
    /// From which account.
    pub debit: Id<kind::Account>,
    /// To which account.
    pub credit: Id<kind::Account>,
    /// How much; not zero.
    pub amount: Fen,
    /// Why.
    pub kind: PostingKind,
    /// Where: the region of the asset or of the account.
    pub region: RegionCode,
    /// The asset that it concerns.
    pub asset_id: Option<Id<kind::Asset>>,
    /// The party that it concerns.
    pub party_id: Option<Id<kind::Party>>,
    /// What the money is for.
    pub purpose: AccountPurpose,
    /// The case that it executes.
    pub case_id: Option<Id<kind::Case>>,
    /// The receipt behind it.
    pub receipt_id: Option<Id<kind::Receipt>>,
    /// The payment behind it.
    pub payment_id: Option<Id<kind::Payment>>,
    /// The row that it reverses.
    pub reverses_id: Option<Id<kind::LedgerEntry>>,
    /// The day on which it is booked.
    pub booked_on: NaiveDate,
}

/// A row of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The identifier.
    pub id: Id<kind::LedgerEntry>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What moved.
    pub posting: Posting,
}

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// An account does not hold that much.
    #[error("an account would be overdrawn")]
    Overdrawn,
    /// The row was reversed already.
    #[error("the row was reversed already")]
    AlreadyReversed,
    /// Amounts together would be greater than the ledger keeps exactly.
    #[error("the amounts together are too large")]
    TooLarge,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for LedgerError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Moves amounts: all of them, or none. Each row has a journal entry of its own in the feed of income.
pub fn book(unit: &mut Write<'_>, actor: &Actor, postings: &[Posting]) -> Result<Vec<Entry>, LedgerError> {
    let mut accounts: Vec<_> = postings.iter().flat_map(|it| [it.debit, it.credit]).collect();
    accounts.sort();
    accounts.dedup();
    lock(unit, &Locked::Accounts(&accounts))?;
    let rows: Vec<Entry> = postings
        .iter()
        .map(|posting| Entry { id: Id::new(unit.now()), recorded_at: unit.now(), posting: *posting })
        .collect();
    let facts: Vec<serde_json::Value> = rows
        .iter()
        .map(|Entry { id, posting: it, .. }| {
            json!({
                "ledger_entry_id": id, "debit_account_id": it.debit, "credit_account_id": it.credit,
                "amount_fen": it.amount, "kind": it.kind, "asset_id": it.asset_id, "party_id": it.party_id,
                "purpose": it.purpose, "case_id": it.case_id, "receipt_id": it.receipt_id,
                "payment_id": it.payment_id, "reverses_id": it.reverses_id, "booked_on": it.booked_on,
            })
        })
        .collect();
    let subjects: Vec<Vec<Id<kind::Subject>>> = postings
        .iter()
        .map(|it| {
            [
                it.asset_id.map(Id::seen_as),
                it.party_id.map(Id::seen_as),
                it.case_id.map(Id::seen_as),
                it.receipt_id.map(Id::seen_as),
                it.payment_id.map(Id::seen_as),
            ]
            .into_iter()
            .flatten()
            .collect()
        })
        .collect();
    let records: Vec<Record<'_, serde_json::Value>> = postings
        .iter()
        .zip(&facts)
        .zip(&subjects)
        .map(|((it, facts), subjects)| Record {
            action: it.kind.action(),
            region: Some(it.region),
            subjects,
            facts,
            feed: Some(Feed::Income),
        })
        .collect();
    let entries = journal::append_all(unit, actor, &records)?;
    store::insert(unit, &rows, &entries).map_err(|error| {
        if error.refused_by("account_not_overdrawn") {
            LedgerError::Overdrawn
        } else if error.refused_by("account_totals_bounded") {
            LedgerError::TooLarge
        } else if error.refused_by("ledger_reversed_once") {
            LedgerError::AlreadyReversed
        } else {
            error.into()
        }
    })?;
    Ok(rows)
}

/// The rows of an account of the caller's region, in the order of their booking.
pub fn of_account(
    unit: &mut Read<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
    after: Option<Id<kind::LedgerEntry>>,
    limit: i64,
) -> Result<Vec<Entry>, MoneyError> {
    crate::money::accounts::find(unit, caller, account, None)?;
    Ok(store::of_account(unit, account, after, limit)?)
}

/// What was taken from and put into an account by the rows of a region.
#[derive(Debug, Clone)]
pub struct AccountTotals {
    /// The account.
    pub account_id: Id<kind::Account>,
    /// The party whose account it is.
    pub party_id: Option<Id<kind::Party>>,
    /// The asset whose account it is.
    pub asset_id: Option<Id<kind::Asset>>,
    /// What its money is for.
    pub purpose: AccountPurpose,
    /// Its code in the chart of accounts.
    pub code: String,
    /// What was taken from it, in fen.
    pub debits_fen: i64,
    /// What was put into it, in fen.
    pub credits_fen: i64,
}

/// The trial balance of a scope up to the end of a day: what its rows took from each account and put into it.
pub fn trial_balance(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    as_of: NaiveDate,
) -> Result<Vec<AccountTotals>, MoneyError> {
    caller.permit(Permission::MoneyRead)?;
    Ok(store::trial_balance(unit, scope, as_of)?)
}

/// A movement of money in the feed that finance systems read.
#[derive(Debug, Clone, Copy)]
pub struct IncomeRecord {
    /// Its place in the feed: above 0, rising, each once.
    pub index: i64,
    /// The row.
    pub entry: Entry,
}

/// The movements of money after an index of the feed, within the caller's region.
pub fn income_records(
    unit: &mut Read<'_>,
    caller: &Caller,
    after: i64,
    limit: i64,
) -> Result<Vec<IncomeRecord>, MoneyError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    // The journal counts from 0. Here it is counted from 1, so that whoever begins after 0 misses nothing.
    let found = store::income_records(unit, &scope, after.saturating_sub(1), limit)?;
    Ok(found
        .into_iter()
        .map(|(index, entry)| IncomeRecord { index: index.saturating_add(1), entry })
        .collect())
}
