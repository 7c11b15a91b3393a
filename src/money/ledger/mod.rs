//! The double-entry ledger: each row moves an amount from one account to another, so that it balances by construction.
//! Rows are never changed; a mistake is reversed by a contrary row that names it.

pub(in crate::money) mod store;

use std::{collections::BTreeMap, ops::Bound};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Feed, Record},
    money::{MoneyError, accounts::AccountPurpose},
    storage::{Locked, Read, StorageError, Write, lock},
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
    /// What the journal calls it.
    pub const fn action(self) -> Action {
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

impl Posting {
    /// The contrary movement, which takes back what a row did.
    pub(super) const fn reversing(self, row: Id<kind::LedgerEntry>, booked_on: NaiveDate) -> Self {
        Self {
            debit: self.credit,
            credit: self.debit,
            kind: PostingKind::Reversal,
            reverses_id: Some(row),
            booked_on,
            ..self
        }
    }

    /// The account that a record of it is about: the one that gained, or that spent. A reversal is about the account of
    /// what it reverses.
    pub const fn account_id(&self) -> Id<kind::Account> {
        if self.is_about_its_credit() { self.credit } else { self.debit }
    }

    /// The account on the other side.
    pub const fn contra_account_id(&self) -> Id<kind::Account> {
        if self.is_about_its_credit() { self.debit } else { self.credit }
    }

    const fn is_about_its_credit(&self) -> bool {
        match self.kind {
            PostingKind::Receipt | PostingKind::Distribution => true,
            PostingKind::Payment => false,
            PostingKind::Reversal => self.payment_id.is_some(),
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

/// What an account cannot give on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// The account.
    pub account: Id<kind::Account>,
    /// The day.
    pub on: NaiveDate,
    /// What can be taken from it on that day, so that enough is left for all that was booked since.
    pub available: Fen,
    /// What was to be taken.
    pub wanted: Fen,
}

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerRefused {
    /// An account does not hold that much, on the day of the booking or on one after it.
    #[error("an account would be overdrawn")]
    Overdrawn(Option<Shortage>),
    /// The row was reversed already.
    #[error("the row was reversed already")]
    AlreadyReversed,
    /// An account would hold more than the ledger keeps exactly.
    #[error("the amounts together are too large")]
    TooLarge,
}

/// Why it was refused, or why it failed.
pub type LedgerError = Refusal<LedgerRefused>;

reason!(LedgerRefused);

/// Moves amounts: all of them, or none. Each row has a journal entry of its own in the feed of income.
pub fn book(unit: &mut Write<'_>, actor: &Actor, postings: &[Posting]) -> Result<Vec<Entry>, LedgerError> {
    book_telling(unit, actor, postings, &Map::new())
}

/// Locks the accounts that some amounts move between. Whoever writes a document that names one of them does so first.
pub(super) fn lock_accounts(unit: &mut Write<'_>, postings: &[Posting]) -> Result<(), StorageError> {
    let accounts: Vec<_> = postings.iter().flat_map(|it| [it.debit, it.credit]).collect();
    lock(unit, &Locked::Accounts(&accounts))
}

/// Moves amounts, and puts further facts of the document behind them into the same entries: a busy register would
/// otherwise write two entries for every receipt.
pub(super) fn book_telling(
    unit: &mut Write<'_>,
    actor: &Actor,
    postings: &[Posting],
    told: &Map<String, Value>,
) -> Result<Vec<Entry>, LedgerError> {
    lock_accounts(unit, postings)?;
    if let Some(shortage) = shortage(unit, postings)? {
        return Err(LedgerRefused::Overdrawn(Some(shortage)).into());
    }
    let rows: Vec<Entry> = postings
        .iter()
        .map(|posting| Entry { id: Id::new(unit.now()), recorded_at: unit.now(), posting: *posting })
        .collect();
    let said: Vec<_> = rows.iter().map(|it| (it.posting.subjects(), it.posting.facts(it.id, told))).collect();
    let records: Vec<Record<'_, Value>> = postings
        .iter()
        .zip(&said)
        .map(|(it, (subjects, facts))| Record {
            action: it.kind.action(),
            region: Some(it.region),
            subjects,
            changes: it.receipt_id.map(Id::seen_as).or_else(|| it.payment_id.map(Id::seen_as)),
            facts,
            feed: Some(Feed::Income),
        })
        .collect();
    let entries = journal::append_all(unit, actor, &records)?;
    store::insert(unit, &rows, &entries).map_err(|error| {
        if error.refused_by("account_not_overdrawn") {
            LedgerError::from(LedgerRefused::Overdrawn(None))
        } else if error.refused_by("account_balance_bounded") || error.refused_by("account_passed_bounded") {
            LedgerRefused::TooLarge.into()
        } else if error.refused_by("ledger_reversed_once") {
            LedgerRefused::AlreadyReversed.into()
        } else {
            error.into()
        }
    })?;
    Ok(rows)
}

/// The first account that cannot give what some amounts would take from it. What is received comes from outside, which can
/// always give it; the database itself holds the same for whatever is booked.
fn shortage(unit: &mut Read<'_>, postings: &[Posting]) -> Result<Option<Shortage>, StorageError> {
    let mut taken: BTreeMap<Id<kind::Account>, (Fen, NaiveDate)> = BTreeMap::new();
    for it in postings.iter().filter(|it| it.kind != PostingKind::Receipt) {
        let (wanted, on) = taken.entry(it.debit).or_insert((Fen::ZERO, it.booked_on));
        *wanted = wanted.checked_add(it.amount).unwrap_or(*wanted);
        *on = it.booked_on.min(*on);
    }
    let Some(first) = taken.values().map(|(_, on)| *on).min() else { return Ok(None) };
    let accounts: Vec<_> = taken.keys().copied().collect();
    for (account, held) in store::held(unit, &accounts, first)? {
        if let Some((wanted, on)) = taken.get(&account) {
            let available = held.available(*on);
            if available < *wanted {
                return Ok(Some(Shortage { account, on: *on, available, wanted: *wanted }));
            }
        }
    }
    Ok(None)
}

/// What an account holds, and how that came about lately.
#[derive(Debug, Default)]
struct HeldNow {
    /// What it holds, in fen.
    balance_fen: i64,
    /// What was put into it less what was taken from it, by day.
    net_fen: BTreeMap<NaiveDate, i64>,
}

impl HeldNow {
    /// What can be taken from it on a day: the least that it holds at the end of any day from that one on.
    fn available(&self, on: NaiveDate) -> Fen {
        let since = self.net_fen.range((Bound::Excluded(on), Bound::Unbounded)).rev();
        let (least, _) = since.fold((self.balance_fen, self.balance_fen), |(least, held), (_, net)| {
            let before = held.saturating_sub(*net);
            (least.min(before), before)
        });
        Fen::new(least).unwrap_or(Fen::ZERO)
    }
}

/// The rows that booked a receipt, without those that reversed it.
pub(super) fn of_receipt(
    unit: &mut Read<'_>,
    receipt: Id<kind::Receipt>,
) -> Result<Vec<Entry>, StorageError> {
    store::of_receipt(unit, receipt)
}

/// The row that booked a payment, without that which reversed it.
pub(super) fn of_payment(
    unit: &mut Read<'_>,
    payment: Id<kind::Payment>,
) -> Result<Vec<Entry>, StorageError> {
    store::of_payment(unit, payment)
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

/// What was taken from and put into an account up to the end of a day.
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

impl AccountTotals {
    /// What it holds, in fen; below zero only for the world outside.
    pub const fn balance_fen(&self) -> i64 {
        self.credits_fen.saturating_sub(self.debits_fen)
    }
}

/// What was taken from and put into all accounts of a code in the chart.
#[derive(Debug, Clone)]
pub struct CodeTotals {
    /// The code.
    pub code: String,
    /// What was taken from them, in fen.
    pub debits_fen: i64,
    /// What was put into them, in fen.
    pub credits_fen: i64,
}

/// Where an account stands in a trial balance: its code in the chart, then itself.
pub type InChart = (String, Id<kind::Account>);

/// The trial balance of a scope up to the end of a day: the accounts in it, whatever booked on them and wherever. The sums by
/// code are those of all accounts; the accounts are those after one of them.
pub fn trial_balance(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    as_of: NaiveDate,
    after: Option<&InChart>,
    limit: i64,
) -> Result<(Vec<CodeTotals>, Vec<AccountTotals>), MoneyError> {
    caller.permit(Permission::MoneyRead)?;
    let sums = store::sums_by_code(unit, scope, as_of)?;
    Ok((sums, store::trial_balance(unit, scope, as_of, after, limit)?))
}

/// A movement of money in the feed that finance systems read.
#[derive(Debug, Clone, Copy)]
pub struct IncomeRecord {
    /// Its place in the feed: above 0, rising, each once.
    pub index: i64,
    /// The row.
    pub entry: Entry,
}

/// The movements of money after an index of the feed, within the caller's region: those on accounts in it, and those that
/// concern an asset in it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::accounts::{NewAccount, account_id};

    fn id<Kind>(number: u128) -> Id<Kind> {
        uuid::Uuid::from_u128(number).into()
    }

    fn posting(kind: PostingKind) -> Posting {
        let region: RegionCode = "130828101201".parse().unwrap();
        Posting {
            debit: NewAccount::of_region(region).id(),
            credit: account_id(uuid::Uuid::from_u128(1), AccountPurpose::Income),
            amount: Fen::new(7_200_001).unwrap(),
            kind,
            region,
            asset_id: Some(id(1)),
            party_id: Some(id(2)),
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

        let back = booked.reversing(id(9), "2025-08-01".parse().unwrap());

        assert_eq!((back.debit, back.credit, back.amount), (booked.credit, booked.debit, booked.amount));
        assert_eq!((back.kind, back.reverses_id), (PostingKind::Reversal, Some(id(9))));
        assert_eq!(back.account_id(), booked.account_id());
        assert_eq!(back.contra_account_id(), booked.contra_account_id());
    }

    #[test]
    fn no_more_is_taken_on_a_day_than_all_later_days_can_spare() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let nets = [("2026-01-01", 40), ("2026-01-03", 100), ("2026-01-05", -110), ("2026-01-07", 20)];
        let held = HeldNow { balance_fen: 50, net_fen: nets.map(|(on, net)| (day(on), net)).into() };
        let available = |on| held.available(day(on)).get();
        assert_eq!(available("2026-01-07"), 50);
        assert_eq!(available("2026-01-06"), 30);
        assert_eq!(available("2026-01-04"), 30);
        assert_eq!(available("2026-01-02"), 30);
        assert_eq!(available("2025-12-31"), 0);
        assert_eq!(HeldNow::default().available(day("2026-01-01")), Fen::ZERO);
    }

    #[test]
    fn a_record_of_spending_is_about_the_account_that_spent() {
        let spent = Posting { payment_id: Some(id(3)), ..posting(PostingKind::Payment) };

        assert_eq!(spent.account_id(), spent.debit);
        assert_eq!(spent.reversing(id(9), spent.booked_on).account_id(), spent.debit);
    }

    #[test]
    fn the_journal_hears_every_figure_and_what_the_document_says() {
        let told = Map::from_iter([("period".to_owned(), json!({"from": "2025-01-01"}))]);

        let facts = posting(PostingKind::Receipt).facts(id(9), &told);

        assert_eq!(facts["amount_fen"], 7_200_001);
        assert_eq!(facts["booked_on"], "2025-07-01");
        assert_eq!(facts["period"]["from"], "2025-01-01");
    }

    #[test]
    fn what_concerns_no_asset_is_found_by_its_account() {
        let spent = Posting { asset_id: None, ..posting(PostingKind::Payment) };

        assert!(spent.subjects().contains(&spent.debit.seen_as()));
        assert_eq!(posting(PostingKind::Receipt).subjects(), [id(1), id(2)]);
    }
}
