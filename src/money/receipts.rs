//! Receipts: money that came in for an asset. Income is booked to the asset; proceeds of a disposal and compensation are
//! no income and go to the owners.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Permission},
    journal::{self, Action, Record},
    money::{
        MoneyError,
        accounts::{self, AccountPurpose, NewAccount},
        allotment::{self, Claim},
        ledger::{self, Posting, PostingKind},
        receipts_store as store,
    },
    register::{codes::RightKind, documents, rights},
    storage::{Read, Write},
    values::{Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope, closed_enum, id::kind, period::calendar_day},
};

const RECORDED: Action = Action::named("receipt_recorded");
const REVERSED: Action = Action::named("receipt_reversed");

closed_enum! {
    /// What money was received for.
    pub enum ReceiptKind {
        /// Rent (租金).
        Rent = "rent",
        /// Dividend (分红).
        Dividend = "dividend",
        /// Sale of electricity (发电收入).
        Electricity = "electricity",
        /// Proceeds of a sale (处置价款).
        SaleProceeds = "sale_proceeds",
        /// Compensation (补偿).
        Compensation = "compensation",
        /// Anything else that the asset earned.
        Other = "other",
    }
}

crate::storage::sql::stored_as_text!(ReceiptKind);

impl ReceiptKind {
    /// Whether it is income, which is distributed. What an asset itself was turned into never is.
    pub const fn is_income(self) -> bool {
        !matches!(self, Self::SaleProceeds | Self::Compensation)
    }
}

/// A receipt.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The identifier.
    pub id: Id<kind::Receipt>,
    /// What was received.
    pub received: NewReceipt,
    /// The period for which it was received.
    pub period: Period,
    /// The region of the asset.
    pub region_code: RegionCode,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether it was reversed.
    pub reversed: bool,
}

/// A receipt to be recorded.
#[derive(Debug, Clone)]
pub struct NewReceipt {
    /// The asset that earned it.
    pub asset_id: Id<kind::Asset>,
    /// The contract under which it was owed.
    pub contract_id: Option<Id<kind::Contract>>,
    /// What it was received for.
    pub kind: ReceiptKind,
    /// Who paid.
    pub payer_id: Id<kind::Party>,
    /// How much.
    pub amount: Fen,
    /// The day on which it came in.
    pub received_on: NaiveDate,
    /// The document behind it.
    pub document_id: Option<Id<kind::Document>>,
}

/// Records a receipt and books it.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewReceipt,
    period: Period,
) -> Result<Receipt, MoneyError> {
    let scope = caller.permit(Permission::ReceiptsWrite)?;
    let mut faults = Vec::new();
    match calendar_day(asked.received_on) {
        Err(reason) => faults.push(Fault::at("/received_on", reason)),
        Ok(day) if day > unit.today() => faults.push(Fault::at("/received_on", Reason::InFuture)),
        Ok(_) => {}
    }
    if period.to().is_none() {
        faults.push(Fault::at("/period/to", Reason::Required));
    }
    let looked_up = store::look_up(unit, &scope, asked)?;
    let region = looked_up.region;
    if region.is_none() {
        faults.push(Fault::at("/asset_id", Reason::NotFound { what: "asset" }));
    }
    if !looked_up.payer_known {
        faults.push(Fault::at("/payer_id", Reason::NotFound { what: "party" }));
    }
    if !looked_up.contract_fits {
        faults.push(Fault::at("/contract_id", Reason::NotFound { what: "contract" }));
    }
    if let Some(document) = asked.document_id
        && !documents::require(unit, &[document])?.is_empty()
    {
        faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
    }
    Faults::none_of(faults)?;
    let region = region.ok_or(MoneyError::NotFound)?;
    let receipt = Receipt {
        id: Id::new(unit.now()),
        received: asked.clone(),
        period,
        region_code: region,
        recorded_at: unit.now(),
        reversed: false,
    };
    store::insert(unit, &receipt, caller.user_id)?;
    let postings = postings(unit, &receipt)?;
    ledger::book(unit, &caller.actor(), &postings)?;
    let facts = json!({
        "receipt_id": receipt.id, "asset_id": asked.asset_id, "contract_id": asked.contract_id, "kind": asked.kind,
        "payer_id": asked.payer_id, "amount_fen": asked.amount, "received_on": asked.received_on, "period": period,
        "document_id": asked.document_id,
    });
    let subjects = [receipt.id.seen_as(), asked.asset_id.seen_as(), asked.payer_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, region, &subjects, &facts))?;
    Ok(receipt)
}

/// How a receipt is booked: income to the asset, anything else to its owners by their shares on the day.
fn postings(unit: &mut Write<'_>, receipt: &Receipt) -> Result<Vec<Posting>, MoneyError> {
    let it = &receipt.received;
    let outside = NewAccount::of_region(receipt.region_code);
    let posting = |credit: &NewAccount, party, amount| Posting {
        debit: outside.id(),
        credit: credit.id(),
        amount,
        kind: PostingKind::Receipt,
        region: receipt.region_code,
        asset_id: Some(it.asset_id),
        party_id: Some(party),
        purpose: credit.purpose,
        case_id: None,
        receipt_id: Some(receipt.id),
        payment_id: None,
        reverses_id: None,
        booked_on: it.received_on,
    };
    if it.kind.is_income() {
        let income = NewAccount::of_asset(it.asset_id, receipt.region_code);
        accounts::ensure(unit, &[outside, income])?;
        return Ok(vec![posting(&income, it.payer_id, it.amount)]);
    }
    let rights: Vec<_> =
        rights::standing(unit, &[it.asset_id])?.into_iter().map(|(_, right)| right).collect();
    let owners = rights::model::holders(&rights, RightKind::Ownership, it.received_on)
        .map_err(|_| MoneyError::NoOwner)?;
    let claims: Vec<Claim<Id<kind::Party>>> = owners
        .iter()
        .map(|owner| Claim {
            key: owner.holder_id,
            weight: owner.share.to_ratio(),
            tie: allotment::tie(receipt.id.uuid().as_bytes(), owner.holder_id.uuid().as_bytes()),
        })
        .collect();
    let parts = allotment::allot(it.amount, &claims).map_err(|_| MoneyError::NoOwner)?;
    let mut by_owner: BTreeMap<Id<kind::Party>, Fen> = BTreeMap::new();
    for (owner, part) in parts {
        let sum = by_owner.entry(owner).or_default();
        *sum = sum.checked_add(part).ok_or(ledger::LedgerError::TooLarge)?;
    }
    let ids: Vec<_> = by_owner.keys().copied().collect();
    let known = crate::register::parties::standing(unit, &ids)?;
    let mut open = vec![outside];
    let mut postings = Vec::new();
    for (owner, part) in by_owner.into_iter().filter(|(_, part)| !part.is_zero()) {
        let home = known.get(&owner).map_or(receipt.region_code, |it| it.region_code);
        let account = NewAccount::of_party(owner, home, AccountPurpose::DisposalProceeds);
        open.push(account);
        postings.push(posting(&account, owner, part));
    }
    accounts::ensure(unit, &open)?;
    Ok(postings)
}

/// Reverses a receipt that was booked wrongly: contrary rows name the rows that were wrong.
pub fn reverse(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Receipt>,
    reason: &str,
) -> Result<Receipt, MoneyError> {
    let scope = caller.permit(Permission::PaymentsWrite)?;
    let mut receipt = store::find(unit, &scope, id)?.ok_or(MoneyError::NotFound)?;
    // Whoever distributes the income of the asset holds the same lock.
    crate::storage::lock(unit, &crate::storage::Locked::Assets(&[receipt.received.asset_id]))?;
    if store::is_distributed(unit, id)? {
        return Err(MoneyError::Distributed);
    }
    if receipt.reversed {
        return Err(ledger::LedgerError::AlreadyReversed.into());
    }
    let booked_on = unit.today();
    let contrary: Vec<Posting> = store::rows(unit, id)?
        .into_iter()
        .map(|(row, it)| Posting {
            debit: it.credit,
            credit: it.debit,
            kind: PostingKind::Reversal,
            reverses_id: Some(row),
            booked_on,
            ..it
        })
        .collect();
    ledger::book(unit, &caller.actor(), &contrary)?;
    receipt.reversed = true;
    let facts = json!({"receipt_id": id, "reason": reason});
    let subjects = [id.seen_as(), receipt.received.asset_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(REVERSED, receipt.region_code, &subjects, &facts))?;
    Ok(receipt)
}

/// The receipt of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Receipt>) -> Result<Receipt, MoneyError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    store::find(unit, &scope, id)?.ok_or(MoneyError::NotFound)
}

/// Receipts of a scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    asset: Option<Id<kind::Asset>>,
    after: Option<(RegionCode, Id<kind::Receipt>)>,
    limit: i64,
) -> Result<Vec<Receipt>, MoneyError> {
    caller.permit(Permission::MoneyRead)?;
    Ok(store::list(unit, scope, asset, after, limit)?)
}
