//! The table of payments.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    dsl::{auto_type, exists, not},
    prelude::*,
};

use crate::{
    money::payments::{NewPayment, Payment},
    storage::{
        Read, StorageError, Write,
        schema::{ledger_entries, payments},
    },
    values::{Fen, Id, RegionCode, Scope, UseCode, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = payments)]
#[diesel(treat_none_as_default_value = false)]
struct PaymentRow {
    id: Id<kind::Payment>,
    account_id: Id<kind::Account>,
    payee_id: Id<kind::Party>,
    purpose: UseCode,
    amount_fen: Fen,
    paid_on: NaiveDate,
    document_id: Option<Id<kind::Document>>,
    region_code: RegionCode,
    recorded_by: Option<Id<kind::User>>,
    recorded_at: NaiveDateTime,
    findings: Option<String>,
}

/// Whether the payment of a query was reversed.
#[auto_type(no_type_alias)]
fn is_reversed() -> _ {
    exists(
        ledger_entries::table
            .filter(ledger_entries::payment_id.eq(payments::id.nullable()))
            .filter(ledger_entries::reverses_id.is_not_null()),
    )
}

impl TryFrom<(PaymentRow, bool)> for Payment {
    type Error = StorageError;

    fn try_from((row, reversed): (PaymentRow, bool)) -> Result<Self, StorageError> {
        let findings = row.findings.map(|it| serde_json::from_str(&it)).transpose();
        let findings = findings
            .map_err(|_| StorageError::Corrupt(format!("what was found of payment {}", row.id)))?
            .unwrap_or_default();
        Ok(Self {
            id: row.id,
            account_id: row.account_id,
            paid: NewPayment {
                purpose: row.purpose,
                payee_id: row.payee_id,
                amount: row.amount_fen,
                paid_on: row.paid_on,
                document_id: row.document_id,
            },
            region_code: row.region_code,
            recorded_at: row.recorded_at.and_utc(),
            reversed,
            findings,
        })
    }
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Payment, by: Id<kind::User>) -> Result<(), StorageError> {
    let row = PaymentRow {
        id: it.id,
        account_id: it.account_id,
        payee_id: it.paid.payee_id,
        purpose: it.paid.purpose.clone(),
        amount_fen: it.paid.amount,
        paid_on: it.paid.paid_on,
        document_id: it.paid.document_id,
        region_code: it.region_code,
        recorded_by: Some(by),
        recorded_at: it.recorded_at.naive_utc(),
        findings: Some(serde_json::json!(it.findings).to_string()),
    };
    unit.change(diesel::insert_into(payments::table).values(row))?;
    Ok(())
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Payment>,
) -> Result<Option<Payment>, StorageError> {
    let row: Option<(PaymentRow, bool)> = payments::table
        .find(id)
        .filter(payments::region_code.between(scope.first(), scope.last()))
        .select((PaymentRow::as_select(), is_reversed()))
        .first(unit.conn())
        .optional()?;
    row.map(Payment::try_from).transpose()
}

pub(super) fn made_to(
    unit: &mut Read<'_>,
    payee: Id<kind::Party>,
    from: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Payment>>, StorageError> {
    Ok(payments::table
        .filter(payments::payee_id.eq(payee))
        .filter(payments::paid_on.ge(from))
        .filter(not(is_reversed()))
        .order(payments::id)
        .select(payments::id)
        .limit(limit)
        .load(unit.conn())?)
}

pub(super) fn of_account(
    unit: &mut Read<'_>,
    account: Id<kind::Account>,
    after: Option<Id<kind::Payment>>,
    limit: i64,
) -> Result<Vec<Payment>, StorageError> {
    let mut query = payments::table
        .filter(payments::account_id.eq(account))
        .order(payments::id)
        .limit(limit)
        .select((PaymentRow::as_select(), is_reversed()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(payments::id.gt(after));
    }
    let rows: Vec<(PaymentRow, bool)> = query.load(unit.conn())?;
    rows.into_iter().map(Payment::try_from).collect()
}
