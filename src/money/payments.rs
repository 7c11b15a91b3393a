//! Payments: spending from the accounts of parties.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::{
    identity::{Caller, Permission},
    journal::{self, Action, Record},
    money::{
        MoneyError,
        accounts::{self, AccountPurpose, NewAccount},
        ledger::{self, Posting, PostingKind},
    },
    register::{documents, parties},
    storage::{StorageError, Write, schema::payments},
    values::{Fault, Faults, Fen, Id, Reason, RegionCode, id::kind},
};

const RECORDED: Action = Action::named("payment_recorded");

/// A payment to be made.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// What it is for, as a code of a use.
    pub purpose: String,
    /// Who is paid.
    pub payee_id: Id<kind::Party>,
    /// How much.
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
}

#[derive(Insertable)]
#[diesel(table_name = payments)]
#[diesel(treat_none_as_default_value = false)]
struct PaymentRow<'a> {
    id: Id<kind::Payment>,
    account_id: Id<kind::Account>,
    payee_id: Id<kind::Party>,
    purpose: &'a str,
    amount_fen: Fen,
    paid_on: NaiveDate,
    document_id: Option<Id<kind::Document>>,
    region_code: RegionCode,
    recorded_by: Option<Id<kind::User>>,
    recorded_at: NaiveDateTime,
}

/// The region of an account of a party, where the rules about its money are made.
pub fn region_of(
    unit: &mut Write<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
) -> Result<RegionCode, MoneyError> {
    Ok(accounts::find(unit, caller, account, None)?.region_code)
}

/// Pays somebody from a party's account. `forbidden` are the uses that the policy in force forbids (rule L38).
pub fn pay(
    unit: &mut Write<'_>,
    caller: &Caller,
    account: Id<kind::Account>,
    asked: &NewPayment,
    forbidden: &BTreeSet<String>,
) -> Result<Payment, MoneyError> {
    caller.permit(Permission::PaymentsWrite)?;
    let account = accounts::find(unit, caller, account, None)?;
    if account.party_id.is_none() {
        return Err(MoneyError::NotOfAParty);
    }
    let mut faults = Vec::new();
    if asked.paid_on > unit.today() {
        faults.push(Fault::at("/paid_on", Reason::InFuture));
    }
    if parties::standing(unit, &[asked.payee_id])?.is_empty() {
        faults.push(Fault::at("/payee_id", Reason::NotFound { what: "party" }));
    }
    if let Some(document) = asked.document_id
        && !documents::require(unit, &[document])?.is_empty()
    {
        faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
    }
    Faults::none_of(faults)?;
    if forbidden.contains(&asked.purpose) {
        return Err(MoneyError::ForbiddenUse(asked.purpose.clone()));
    }
    let payment = Payment { id: Id::new(unit.now()), account_id: account.id, paid: asked.clone() };
    let row = PaymentRow {
        id: payment.id,
        account_id: account.id,
        payee_id: asked.payee_id,
        purpose: &asked.purpose,
        amount_fen: asked.amount,
        paid_on: asked.paid_on,
        document_id: asked.document_id,
        region_code: account.region_code,
        recorded_by: Some(caller.user_id),
        recorded_at: unit.timestamp(),
    };
    diesel::insert_into(payments::table).values(row).execute(unit.conn()).map_err(StorageError::from)?;
    let outside = NewAccount::of_region(account.region_code);
    accounts::ensure(unit, &[outside])?;
    let posting = Posting {
        debit: account.id,
        credit: outside.id(),
        amount: asked.amount,
        kind: PostingKind::Payment,
        region: account.region_code,
        asset_id: None,
        party_id: account.party_id,
        purpose: AccountPurpose::External,
        case_id: None,
        receipt_id: None,
        payment_id: Some(payment.id),
        reverses_id: None,
        booked_on: asked.paid_on,
    };
    ledger::book(unit, &caller.actor(), &[Posting { purpose: account.purpose, ..posting }])?;
    let facts = json!({
        "payment_id": payment.id, "account_id": account.id, "payee_id": asked.payee_id, "purpose": asked.purpose,
        "amount_fen": asked.amount, "paid_on": asked.paid_on, "document_id": asked.document_id,
    });
    let subjects = [payment.id.seen_as(), account.id.seen_as(), asked.payee_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, account.region_code, &subjects, &facts))?;
    Ok(payment)
}
