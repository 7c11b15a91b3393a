//! Payments: spending from the accounts of parties, on what the policy in force allows.

pub(in crate::money) mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, json};

use crate::{
    cases::policies::{self, values::PolicyValues},
    identity::{Caller, Permission},
    loss::{
        facts::{PartyFacts, PaymentFacts},
        finding::{self, Finding, Outcome},
    },
    money::{
        MoneyError, MoneyRefused, Reversal,
        accounts::{self, Account, AccountPurpose, NewAccount},
        ledger::{self, LedgerRefused, Posting, PostingKind},
    },
    register::{
        documents,
        parties::{self, Heirs},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fault, Faults, Fen, Id, Reason, RegionCode, UseCode, id::kind, period::past_day},
};

/// A payment to be made.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// What it is for, as a code of a use.
    pub purpose: UseCode,
    /// Who is paid.
    pub payee_id: Id<kind::Party>,
    /// How much; not zero.
    pub amount: Fen,
    /// The day on which it was paid.
    pub paid_on: NaiveDate,
    /// The document behind it.
    pub document_id: Option<Id<kind::Document>>,
}

/// A payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The identifier.
    pub id: Id<kind::Payment>,
    /// The account that it was made from.
    pub account_id: Id<kind::Account>,
    /// What was paid.
    pub paid: NewPayment,
    /// The region of the account.
    pub region_code: RegionCode,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether it was booked back.
    pub reversed: bool,
    /// What the loss rules found of it when it was recorded.
    pub findings: Vec<Finding>,
}

/// Pays somebody from a party's account, unless the policy that is in force today in the account's region forbids the use
/// (rule L38): whoever pays chooses the day on which it was paid, and does not choose a policy by it.
pub fn pay(
    unit: &mut Write<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
    asked: &NewPayment,
) -> Result<Payment, MoneyError> {
    let scope = caller.permit(Permission::PaymentsWrite)?;
    lock(unit, &Locked::Basis)?;
    // Whoever ends or erases who is paid holds the same lock.
    lock(unit, &Locked::Parties(&[asked.payee_id]))?;
    let account = accounts::find(unit, caller, account, None)?;
    if account.party_id.is_none() {
        return Err(MoneyRefused::NotOfAParty.into());
    }
    if account.purpose == AccountPurpose::Unclaimed {
        return Err(MoneyRefused::Unclaimed.into());
    }
    // What one that ended still holds is its successor's, and goes to nobody else.
    if let Some(owner) = account.party_id {
        let there = Heirs::of(unit, [owner])?.taking(owner);
        if there != Some(owner) && there != Some(asked.payee_id) {
            return Err(MoneyRefused::OwnerGone(there).into());
        }
    }
    let mut faults = Vec::new();
    faults.extend(past_day(asked.paid_on, unit.today()).err().map(|it| Fault::at("/paid_on", it)));
    match parties::standing(unit, &[asked.payee_id])?.get(&asked.payee_id) {
        None => faults.push(Fault::at("/payee_id", Reason::NotFound { what: "party" })),
        Some(payee) => {
            faults.extend(payee.refused_on(asked.paid_on).map(|it| Fault::at("/payee_id", it)));
        }
    }
    if let Some(document) = asked.document_id
        && !documents::missing(unit, &scope, &[document])?.is_empty()
    {
        faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
    }
    Faults::none_of(faults)?;
    // Today's policy rules what is entered today, whatever day it says: nobody chooses an older one by choosing a day.
    let today = unit.today();
    let policy = policies::effective(unit, account.region_code, today)?;
    let findings = match account.party_id {
        Some(payer) => found(unit, (payer, account.purpose), asked, &policy.values)?,
        None => Vec::new(),
    };
    if Outcome::of(&findings) == Outcome::Block {
        return Err(MoneyRefused::ForbiddenUse(asked.purpose.to_string()).into());
    }
    let payment = Payment {
        id: Id::new(unit.now()),
        account_id: account.id,
        paid: asked.clone(),
        region_code: account.region_code,
        recorded_at: unit.now(),
        reversed: false,
        findings,
    };
    let outside = NewAccount::of_region(account.region_code);
    accounts::ensure(unit, &[outside])?;
    let postings = [posting(&payment, &account, &outside)];
    // The payment names the account, so the account is locked before there is one.
    ledger::lock_accounts(unit, &postings)?;
    store::insert(unit, &payment, caller.user_id)?;
    let told = Map::from_iter(
        [
            ("use", json!(asked.purpose)),
            ("payee_id", json!(asked.payee_id)),
            ("document_id", json!(asked.document_id)),
        ]
        .map(|(name, figure)| (name.to_owned(), figure)),
    );
    ledger::book_telling(unit, &caller.actor(), &postings, &told)?;
    Ok(payment)
}

/// What the loss rules find of a payment.
fn found(
    unit: &mut Read<'_>,
    (payer, account): (Id<kind::Party>, AccountPurpose),
    asked: &NewPayment,
    policy: &PolicyValues,
) -> Result<Vec<Finding>, StorageError> {
    let both = [payer, asked.payee_id];
    let standing = parties::standing(unit, &both)?;
    let party = |id: Id<kind::Party>| {
        let it = standing.get(&id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing")))?;
        Ok::<_, StorageError>(PartyFacts { id, kind: it.kind, ended_on: it.ended_on, succeeded_by: None })
    };
    // Nobody leaves an office for the day of a payment.
    let mut days = vec![asked.paid_on, unit.today()];
    days.dedup();
    let facts = PaymentFacts {
        payer: party(payer)?,
        payee: party(asked.payee_id)?,
        purpose: asked.purpose.to_string(),
        amount: asked.amount,
        account: account.code().parse().ok(),
        ties: parties::ties_around(unit, &both, &days, policy.related_party_depth)?,
    };
    Ok(finding::check(&facts, policy))
}

fn posting(payment: &Payment, account: &Account, outside: &NewAccount) -> Posting {
    Posting {
        debit: account.id,
        credit: outside.id(),
        amount: payment.paid.amount,
        kind: PostingKind::Payment,
        region: account.region_code,
        asset_id: None,
        party_id: account.party_id,
        purpose: account.purpose,
        case_id: None,
        receipt_id: None,
        payment_id: Some(payment.id),
        reverses_id: None,
        booked_on: payment.paid.paid_on,
    }
}

/// Reverses a payment that was booked wrongly: a contrary row names the row that was wrong, and the account holds what it held. Where
/// whose account it is is there no more, and nobody succeeds, what comes back is kept unclaimed, as whatever else is due to them.
pub fn reverse(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Payment>,
    asked: &Reversal,
) -> Result<Payment, MoneyError> {
    let scope = caller.permit(Permission::PaymentsWrite)?;
    let payment = store::find(unit, &scope, id)?.ok_or(MoneyRefused::NotFound)?;
    let booked_on = asked.day(payment.paid.paid_on, unit.today())?;
    let booked = ledger::of_payment(unit, id)?;
    let owners: Vec<_> = booked.iter().filter_map(|row| row.posting.party_id).collect();
    // Whoever ends or erases them holds the same lock.
    let known = parties::engaged(unit, &owners)?;
    let heirs = Heirs::of(unit, owners)?;
    // Whoever reverses it at the same moment waits here, and a row is reversed once by a constraint of the ledger.
    let mut opened = Vec::new();
    let mut contrary = Vec::new();
    for row in booked {
        let mut back = row.posting.reversing(row.id, booked_on);
        if let Some(gone) = back.party_id.filter(|owner| heirs.taking(*owner).is_none()) {
            let home = known.get(&gone).map_or(back.region, |it| it.region_code);
            let unclaimed = NewAccount::of_party(gone, home, AccountPurpose::Unclaimed);
            (back.credit, back.purpose) = (unclaimed.id(), unclaimed.purpose);
            opened.push(unclaimed);
        }
        contrary.push(back);
    }
    accounts::ensure(unit, &opened)?;
    ledger::lock_accounts(unit, &contrary)?;
    let payment = store::find(unit, &scope, id)?.ok_or(MoneyRefused::NotFound)?;
    if payment.reversed {
        return Err(MoneyRefused::from(LedgerRefused::AlreadyReversed).into());
    }
    let told = Map::from_iter([("reason".to_owned(), json!(asked.reason))]);
    ledger::book_telling(unit, &caller.actor(), &contrary, &told)?;
    Ok(Payment { reversed: true, ..payment })
}

/// The payments that were made to a party from a day on and not booked back; at most a number of them.
pub fn made_to(
    unit: &mut Read<'_>,
    payee: Id<kind::Party>,
    from: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Payment>>, StorageError> {
    store::made_to(unit, payee, from, limit)
}

/// The payment of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Payment>) -> Result<Payment, MoneyError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    store::find(unit, &scope, id)?.ok_or_else(|| MoneyRefused::NotFound.into())
}

/// The payments from an account of the caller's region after one of them, in the order of their recording.
pub fn of_account(
    unit: &mut Read<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
    after: Option<Id<kind::Payment>>,
    limit: i64,
) -> Result<Vec<Payment>, MoneyError> {
    let account = accounts::find(unit, caller, account, None)?;
    Ok(store::of_account(unit, account.id, after, limit)?)
}
