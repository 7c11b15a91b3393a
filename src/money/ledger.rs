//! The double-entry ledger: each row moves an amount from one account (debit) to another (credit), so it balances by
//! construction. Rows are never changed; what was booked wrongly is booked back.
//!
//! Every row has a journal entry of its own in the income feed, and the database checks the limits of the accounts.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use crate::{
    identity::{Caller, Denied, Permission},
    journal::{self, Action, Actor, Feed, Record},
    money::{
        accounts::{self, Account, AccountError, AccountPurpose},
        ledger_store as store,
    },
    storage::{Failure, Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, RegionCode, closed_enum, id::kind},
};

const RECEIVED: Action = Action::named("receipt_booked");
const DISTRIBUTED: Action = Action::named("distribution_paid");
const PAID: Action = Action::named("payment_made");
const REVERSED: Action = Action::named("booking_reversed");

closed_enum! {
    /// Why money moved.
    pub enum PostingKind {
        /// Money came in.
        Receipt = "receipt",
        /// Income was divided.
        Distribution = "distribution",
        /// Money was spent.
        Payment = "payment",
        /// Something was booked back.
        Reversal = "reversal",
    }
}

crate::storage::sql::stored_as_text!(PostingKind);

impl PostingKind {
    const fn action(self) -> Action {
        match self {
            Self::Receipt => RECEIVED,
            Self::Distribution => DISTRIBUTED,
            Self::Payment => PAID,
            Self::Reversal => REVERSED,
        }
    }
}

/// A movement of money, to be booked or booked already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account that the amount leaves.
    pub debit: Id<kind::Account>,
    /// The account that the amount enters.
    pub credit: Id<kind::Account>,
    /// How much; not zero.
    pub amount: Fen,
    /// Why.
    pub kind: PostingKind,
    /// The region in which it is booked.
    pub region: RegionCode,
    /// The asset whose money it is.
    pub asset_id: Option<Id<kind::Asset>>,
    /// The party that pays or is paid: the payer of a receipt, the receiver of a distribution, the payee of a payment.
    pub party_id: Option<Id<kind::Party>>,
    /// The purpose of the account that it goes into; of a payment, of the one that it comes from.
    pub purpose: AccountPurpose,
    /// The case that decided it.
    pub case_id: Option<Id<kind::Case>>,
    /// The receipt.
    pub receipt_id: Option<Id<kind::Receipt>>,
    /// The payment.
    pub payment_id: Option<Id<kind::Payment>>,
    /// The row that is booked back.
    pub reverses_id: Option<Id<kind::LedgerEntry>>,
    /// The day to which it belongs.
    pub booked_on: NaiveDate,
}

impl Posting {
    /// The contrary movement, which takes back what a row did.
    pub fn reversing(self, reversed: Id<kind::LedgerEntry>, booked_on: NaiveDate) -> Self {
        Self {
            debit: self.credit,
            credit: self.debit,
            kind: PostingKind::Reversal,
            reverses_id: Some(reversed),
            booked_on,
            ..self
        }
    }

    /// The account that a record of it is about: the one that gained, or that spent; for a reversal, the same as that of
    /// what it takes back.
    pub const fn account_id(&self) -> Id<kind::Account> {
        match (self.kind, self.payment_id.is_some()) {
            (PostingKind::Receipt | PostingKind::Distribution, _) | (PostingKind::Reversal, true) => self.credit,
            (PostingKind::Payment, _) | (PostingKind::Reversal, false) => self.debit,
        }
    }

    fn subjects(&self) -> Vec<Id<kind::Subject>> {
        [
            self.asset_id.map(Id::seen_as),
            self.party_id.map(Id::seen_as),
            self.case_id.map(Id::seen_as),
            self.receipt_id.map(Id::seen_as),
            self.payment_id.map(Id::seen_as),
            // What no asset stands for is found by its account.
            self.asset_id.is_none().then(|| self.account_id().seen_as()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn facts(&self, id: Id<kind::LedgerEntry>, told: &Map<String, Value>) -> Value {
        let mut facts = json!({
            "ledger_entry_id": id, "debit_account_id": self.debit, "credit_account_id": self.credit,
            "amount_fen": self.amount, "kind": self.kind, "asset_id": self.asset_id, "party_id": self.party_id,
            "purpose": self.purpose, "case_id": self.case_id, "receipt_id": self.receipt_id,
            "payment_id": self.payment_id, "reverses_id": self.reverses_id, "booked_on": self.booked_on,
        });
        if let Value::Object(facts) = &mut facts {
            facts.extend(told.clone());
        }
        facts
    }
}

/// What was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The row of the ledger.
    pub id: Id<kind::LedgerEntry>,
    /// Its journal entry.
    pub entry_id: Id<kind::Entry>,
}

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// An account does not hold that much.
    #[error("an account would be overdrawn")]
    Overdrawn,
    /// A row was booked back before.
    #[error("this was reversed before")]
    ReversedBefore,
    /// A sum above the greatest amount.
    #[error("a sum is too large")]
    TooLarge,
    /// Storage failed.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for LedgerError {
    fn from(error: StorageError) -> Self {
        if error.refused_by("account_not_overdrawn") {
            Self::Overdrawn
        } else if error.refused_by("ledger_reversed_once") {
            Self::ReversedBefore
        } else if error.refused_by("account_totals_bounded") {
            Self::TooLarge
        } else {
            Self::Storage(error)
        }
    }
}

impl Failure for LedgerError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Books movements, all or none, in their order. The accounts are open (see [`accounts::ensure`]).
pub fn book(unit: &mut Write<'_>, actor: &Actor, postings: &[Posting]) -> Result<Vec<Booked>, LedgerError> {
    book_telling(unit, actor, postings, &Map::new())
}

/// Books movements, and tells the journal more about them: what the document behind them says.
pub(super) fn book_telling(
    unit: &mut Write<'_>,
    actor: &Actor,
    postings: &[Posting],
    told: &Map<String, Value>,
) -> Result<Vec<Booked>, LedgerError> {
    let mut touched: Vec<_> = postings.iter().flat_map(|it| [it.debit, it.credit]).collect();
    touched.sort();
    touched.dedup();
    lock(unit, &Locked::Accounts(&touched))?;

    let prepared: Vec<_> = postings
        .iter()
        .map(|it| {
            let id = Id::new(unit.now());
            (id, it, it.subjects(), it.facts(id, told))
        })
        .collect();
    let records: Vec<_> = prepared
        .iter()
        .map(|(_, posting, subjects, facts)| Record {
            action: posting.kind.action(),
            region: Some(posting.region),
            subjects,
            facts,
            feed: Some(Feed::Income),
        })
        .collect();
    let entries = journal::append_all(unit, actor, &records)?;

    let booked: Vec<_> =
        prepared.iter().zip(entries).map(|((id, ..), entry_id)| Booked { id: *id, entry_id }).collect();
    store::insert(unit, postings, &booked)?;
    Ok(booked)
}

/// A row of the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The identifier.
    pub id: Id<kind::LedgerEntry>,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What it moved.
    pub posting: Posting,
}

/// The rows of an account after one of them, in the order of their recording, at most `limit`.
pub fn entries(
    unit: &mut Read<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
    after: Option<Id<kind::LedgerEntry>>,
    limit: i64,
) -> Result<Vec<Entry>, AccountError> {
    let account = accounts::find(unit, caller, account, None)?;
    Ok(store::entries(unit, account.id, after, limit)?)
}

/// The rows that booked a receipt, without those that booked it back.
pub(super) fn of_receipt(
    unit: &mut Read<'_>,
    receipt: Id<kind::Receipt>,
) -> Result<Vec<Entry>, StorageError> {
    store::of_receipt(unit, receipt)
}

/// What was booked in a region up to the end of a day.
#[derive(Debug, Clone)]
pub struct TrialBalance {
    /// The sum of all debits, in fen.
    pub debits_fen: i64,
    /// The sum of all credits, in fen: the same, since each row is one of both.
    pub credits_fen: i64,
    /// The accounts that were touched, with what the region's rows did to them.
    pub accounts: Vec<Account>,
}

/// The trial balance of a region and everything under it; without a region, of all that the caller sees.
pub fn trial_balance(
    unit: &mut Read<'_>,
    caller: &Caller,
    region: Option<RegionCode>,
    as_of: NaiveDate,
) -> Result<TrialBalance, AccountError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let within = scope.within(region);
    // A wider region than the caller's is not cut down in silence: its sums would not be what they say.
    let scope = match (within, region) {
        (Some(within), None) => within,
        (Some(within), Some(region)) if within.region() == Some(region) => within,
        (_, Some(region)) => return Err(Denied::OutOfScope(region).into()),
        (None, None) => scope,
    };
    let accounts = store::sums_by_account(unit, &scope, as_of)?;
    Ok(TrialBalance {
        debits_fen: accounts.iter().map(|it| it.debits_fen).fold(0, i64::saturating_add),
        credits_fen: accounts.iter().map(|it| it.credits_fen).fold(0, i64::saturating_add),
        accounts,
    })
}

/// A movement of money as finance systems read it.
#[derive(Debug, Clone)]
pub struct IncomeRecord {
    /// Its place in the feed: greater than that of every record before, with gaps; never given twice. It is one more than
    /// the index in the journal, so that a reader who begins after 0 misses nothing.
    pub index: i64,
    /// The row of the ledger.
    pub entry: Entry,
}

/// Movements of money after an index, in the order of the journal, each exactly once, at most `limit`.
pub fn income_records(
    unit: &mut Read<'_>,
    caller: &Caller,
    after: i64,
    limit: i64,
) -> Result<Vec<IncomeRecord>, AccountError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    Ok(store::income_records(unit, &scope, after, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(kind: PostingKind) -> Posting {
        let region: RegionCode = "130828101201".parse().unwrap();
        Posting {
            debit: accounts::external_id(&region),
            credit: accounts::account_id(uuid::Uuid::from_u128(1), AccountPurpose::Income),
            amount: Fen::new(7_200_001).unwrap(),
            kind,
            region,
            asset_id: Some(uuid::Uuid::from_u128(1).into()),
            party_id: None,
            purpose: AccountPurpose::Income,
            case_id: None,
            receipt_id: None,
            payment_id: None,
            reverses_id: None,
            booked_on: "2025-07-01".parse().unwrap(),
        }
    }

    #[test]
    fn a_reversal_takes_back_exactly_what_was_booked() {
        let booked = posting(PostingKind::Receipt);
        let id = Id::from(uuid::Uuid::from_u128(9));

        let back = booked.clone().reversing(id, "2025-08-01".parse().unwrap());

        assert_eq!((back.debit, back.credit, back.amount), (booked.credit, booked.debit, booked.amount));
        assert_eq!((back.kind, back.reverses_id), (PostingKind::Reversal, Some(id)));
        assert_eq!(back.account_id(), booked.account_id());
    }

    #[test]
    fn a_record_of_spending_is_about_the_account_that_spent() {
        let spent = Posting { payment_id: Some(uuid::Uuid::from_u128(3).into()), ..posting(PostingKind::Payment) };
        assert_eq!(spent.account_id(), spent.debit);
        let id = Id::from(uuid::Uuid::from_u128(9));
        assert_eq!(spent.clone().reversing(id, spent.booked_on).account_id(), spent.account_id());
    }

    #[test]
    fn facts_hold_every_figure_and_what_the_document_says() {
        let told = Map::from_iter([("period".to_owned(), json!({"from": "2025-01-01"}))]);
        let facts = posting(PostingKind::Receipt).facts(Id::from(uuid::Uuid::from_u128(9)), &told);
        assert_eq!(facts["amount_fen"], 7_200_001);
        assert_eq!(facts["booked_on"], "2025-07-01");
        assert_eq!(facts["period"]["from"], "2025-01-01");
    }
}
