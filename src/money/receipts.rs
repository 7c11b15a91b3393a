//! Receipts: money that came in, booked at once.
//!
//! Rent, dividends, electricity and the like are income of the asset and wait on its income account to be distributed.
//! What is paid for the asset itself is no income: it is the owners', and goes to their accounts for disposal proceeds.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use num_rational::BigRational;
use num_traits::Zero as _;
use serde_json::{Map, Value, json};

use crate::{
    identity::{Caller, Denied, Permission},
    money::{
        accounts::{self, AccountPurpose, NewAccount},
        allotment::{self, Claim},
        ledger::{self, LedgerError, Posting, PostingKind},
        receipts_store as store,
    },
    storage::{Failure, Locked, Read, StorageError, Write, lock},
    values::{
        Fault, Faults, Fen, Id, Period, Reason, RegionCode, Share, closed_enum,
        id::kind,
        period::{PeriodInput, calendar_day},
    },
};

closed_enum! {
    /// What money came in for.
    pub enum ReceiptKind {
        /// Rent (租金).
        Rent = "rent",
        /// Dividend of an investment (分红).
        Dividend = "dividend",
        /// Sale of electricity (电费).
        Electricity = "electricity",
        /// Price of the asset itself (处置价款).
        SaleProceeds = "sale_proceeds",
        /// Compensation for the asset (补偿款).
        Compensation = "compensation",
        /// Other income (其他收入).
        Other = "other",
    }
}

crate::storage::sql::stored_as_text!(ReceiptKind);

impl ReceiptKind {
    /// Whether it is income, which is distributed, rather than the asset itself in another form.
    pub const fn is_income(self) -> bool {
        match self {
            Self::Rent | Self::Dividend | Self::Electricity | Self::Other => true,
            Self::SaleProceeds | Self::Compensation => false,
        }
    }
}

/// A receipt to be recorded.
#[derive(Debug, Clone)]
pub struct NewReceipt {
    /// The asset that it is for.
    pub asset_id: Id<kind::Asset>,
    /// The contract under which it was paid.
    pub contract_id: Option<Id<kind::Contract>>,
    /// What for.
    pub kind: ReceiptKind,
    /// Who paid.
    pub payer_id: Id<kind::Party>,
    /// How much; not zero.
    pub amount: Fen,
    /// When it came in.
    pub received_on: NaiveDate,
    /// The period for which it was paid.
    pub period: PeriodInput,
    /// The voucher.
    pub document_id: Option<Id<kind::Document>>,
}

/// A receipt.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The identifier.
    pub id: Id<kind::Receipt>,
    /// The asset that it is for.
    pub asset_id: Id<kind::Asset>,
    /// The contract under which it was paid.
    pub contract_id: Option<Id<kind::Contract>>,
    /// What for.
    pub kind: ReceiptKind,
    /// Who paid.
    pub payer_id: Id<kind::Party>,
    /// How much.
    pub amount: Fen,
    /// When it came in.
    pub received_on: NaiveDate,
    /// The period for which it was paid.
    pub period: Period,
    /// The voucher.
    pub document_id: Option<Id<kind::Document>>,
    /// The region: that of the asset when it was recorded.
    pub region_code: RegionCode,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether it was booked back.
    pub reversed: bool,
}

/// Which receipts are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only those for this asset.
    pub asset_id: Option<Id<kind::Asset>>,
    /// Only those of this region and what is under it.
    pub region_code: Option<RegionCode>,
}

/// Why something about a receipt was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// No such receipt in the caller's region.
    #[error("no such receipt")]
    NotFound,
    /// The asset has no registered owner to whom the money could belong.
    #[error("asset {0} has no registered owner")]
    NoOwner(Id<kind::Asset>),
    /// It was distributed: what was given out cannot be taken back by booking.
    #[error("the receipt was distributed in case {0}")]
    Distributed(Id<kind::Case>),
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for ReceiptError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Ledger(error) => error.storage(),
            _ => None,
        }
    }
}

/// Records a receipt and books it.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewReceipt) -> Result<Receipt, ReceiptError> {
    let scope = caller.permit(Permission::ReceiptsWrite)?;
    let period = admissible(asked, unit.today())?;
    let missing = |pointer: &str, what| Fault::at(pointer, Reason::NotFound { what });
    let Some(known) = store::known(unit, &scope, asked)? else {
        return Err(Faults::one("/asset_id", Reason::NotFound { what: "asset" }).into());
    };
    let mut faults = Vec::new();
    if !known.payer {
        faults.push(missing("/payer_id", "party"));
    }
    if !known.document {
        faults.push(missing("/document_id", "document"));
    }
    if !known.contract {
        faults.push(missing("/contract_id", "contract"));
    }
    Faults::none_of(faults)?;

    let receipt = Receipt {
        id: Id::new(unit.now()),
        asset_id: asked.asset_id,
        contract_id: asked.contract_id,
        kind: asked.kind,
        payer_id: asked.payer_id,
        amount: asked.amount,
        received_on: asked.received_on,
        period,
        document_id: asked.document_id,
        region_code: known.region,
        recorded_at: unit.now(),
        reversed: false,
    };
    store::insert(unit, caller.user_id, &receipt)?;
    let parts = if receipt.kind.is_income() {
        vec![(NewAccount::income_of(receipt.asset_id, receipt.region_code), receipt.amount)]
    } else {
        proceeds(unit, &receipt)?
    };
    // Both accounts stand already but for the first receipt of an asset: one question less on the busiest path.
    if !(receipt.kind.is_income() && known.accounts) {
        let mut opened: Vec<_> = parts.iter().map(|(account, _)| *account).collect();
        opened.push(NewAccount::external(receipt.region_code));
        accounts::ensure(unit, &opened)?;
    }
    let postings: Vec<_> = parts.iter().map(|(account, part)| posting(&receipt, account, *part)).collect();
    ledger::book_telling(unit, &caller.actor(), &postings, &told(&receipt))?;
    Ok(receipt)
}

/// The receipt of an id, in the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Receipt>) -> Result<Receipt, ReceiptError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    store::find(unit, &scope, id)?.ok_or(ReceiptError::NotFound)
}

/// Receipts of the caller's region after an id, in the order of their recording, at most `limit`.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    wanted: &Wanted,
    after: Option<Id<kind::Receipt>>,
    limit: i64,
) -> Result<Vec<Receipt>, ReceiptError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let Some(scope) = scope.within(wanted.region_code) else { return Ok(Vec::new()) };
    Ok(store::list(unit, &scope, wanted, after, limit)?)
}

/// Why a receipt is booked back.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// The reason; it goes to the journal and names nobody.
    pub reason: String,
    /// The day to which the reversal belongs; today unless said.
    pub booked_on: Option<NaiveDate>,
}

/// Books a receipt back. The receipt stays, marked as reversed; the right one is recorded anew.
pub fn reverse(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Receipt>,
    asked: &Reversal,
) -> Result<Receipt, ReceiptError> {
    let scope = caller.permit(Permission::PaymentsWrite)?;
    let receipt = store::find(unit, &scope, id)?.ok_or(ReceiptError::NotFound)?;
    // Whoever distributes the asset's income holds the same lock.
    lock(unit, &Locked::Assets(&[receipt.asset_id]))?;
    if let Some(case) = store::distributed_by(unit, id)? {
        return Err(ReceiptError::Distributed(case));
    }
    let today = unit.today();
    let booked_on = asked.booked_on.unwrap_or(today);
    if booked_on > today {
        return Err(Faults::one("/booked_on", Reason::InFuture).into());
    }
    if booked_on < receipt.received_on {
        return Err(Faults::one("/booked_on", Reason::DatesReversed).into());
    }
    let postings: Vec<_> = ledger::of_receipt(unit, id)?
        .into_iter()
        .map(|booked| booked.posting.reversing(booked.id, booked_on))
        .collect();
    let told = Map::from_iter([("reason".to_owned(), json!(asked.reason))]);
    ledger::book_telling(unit, &caller.actor(), &postings, &told)?;
    Ok(Receipt { reversed: true, ..receipt })
}

/// What can be told of a receipt by itself.
fn admissible(asked: &NewReceipt, today: NaiveDate) -> Result<Period, Faults> {
    let mut faults = Vec::new();
    if asked.amount.is_zero() {
        faults.push(Fault::at("/amount_fen", Reason::TooSmall { min: "1".to_owned() }));
    }
    match calendar_day(asked.received_on) {
        Err(reason) => faults.push(Fault::at("/received_on", reason)),
        Ok(day) if day > today => faults.push(Fault::at("/received_on", Reason::InFuture)),
        Ok(_) => {}
    }
    if asked.contract_id.is_some() && !asked.kind.is_income() {
        // The dues of a contract are for the use of an asset, never for the asset itself.
        let because = format!("kind is {}", asked.kind);
        faults.push(Fault::at("/contract_id", Reason::NotApplicable { because }));
    }
    let period = asked.period.parse("/period");
    match &period {
        Err(fault) => faults.push(fault.clone()),
        Ok(period) if period.to().is_none() => faults.push(Fault::at("/period/to", Reason::Required)),
        Ok(_) => {}
    }
    Faults::none_of(faults)?;
    period.map_err(|fault| Faults::one(fault.pointer, fault.reason))
}

fn posting(receipt: &Receipt, account: &NewAccount, amount: Fen) -> Posting {
    Posting {
        debit: accounts::external_id(&receipt.region_code),
        credit: account.id(),
        amount,
        kind: PostingKind::Receipt,
        region: receipt.region_code,
        asset_id: Some(receipt.asset_id),
        party_id: Some(receipt.payer_id),
        purpose: account.purpose(),
        case_id: None,
        receipt_id: Some(receipt.id),
        payment_id: None,
        reverses_id: None,
        booked_on: receipt.received_on,
    }
}

fn told(receipt: &Receipt) -> Map<String, Value> {
    Map::from_iter([
        ("receipt_kind".to_owned(), json!(receipt.kind)),
        ("received_fen".to_owned(), json!(receipt.amount)),
        ("period".to_owned(), json!(receipt.period)),
        ("contract_id".to_owned(), json!(receipt.contract_id)),
        ("document_id".to_owned(), json!(receipt.document_id)),
    ])
}

/// Whose the price of an asset is: theirs who gave it to the payer, or else the owners' of that day.
///
/// The payer of a price is often the owner by the day it is paid, and must not be paid with their own money.
fn proceeds(unit: &mut Read<'_>, receipt: &Receipt) -> Result<Vec<(NewAccount, Fen)>, ReceiptError> {
    let sellers = store::sellers(unit, receipt.asset_id, receipt.payer_id, receipt.received_on)?;
    let due_to = if sellers.is_empty() {
        store::owners(unit, receipt.asset_id, receipt.received_on)?
    } else {
        sellers
    };
    let due_to: Vec<_> = due_to.into_iter().filter(|(party, ..)| *party != receipt.payer_id).collect();
    let regions: BTreeMap<_, _> = due_to.iter().map(|(party, region, _)| (*party, *region)).collect();
    let mut seed = receipt.asset_id.uuid().as_bytes().to_vec();
    seed.extend(receipt.received_on.to_string().bytes());
    let shares = due_to.iter().map(|(party, _, share)| (*party, *share));
    split(receipt.amount, &seed, shares)
        .ok_or(ReceiptError::NoOwner(receipt.asset_id))?
        .into_iter()
        .map(|(party, part)| {
            let region = regions.get(&party).ok_or(ReceiptError::NoOwner(receipt.asset_id))?;
            Ok((NewAccount::of_party(party, *region, AccountPurpose::DisposalProceeds), part))
        })
        .collect()
}

/// Divides an amount in proportion to shares, exactly; parts of nothing are left out. None where there is no share.
fn split(
    amount: Fen,
    seed: &[u8],
    shares: impl IntoIterator<Item = (Id<kind::Party>, Share)>,
) -> Option<Vec<(Id<kind::Party>, Fen)>> {
    let mut weights: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for (party, share) in shares {
        *weights.entry(party).or_insert_with(BigRational::zero) += share.to_ratio();
    }
    let claims: Vec<_> = weights
        .into_iter()
        .map(|(key, weight)| Claim { key, weight, tie: allotment::tie(seed, key.uuid().as_bytes()) })
        .collect();
    if claims.is_empty() {
        return None;
    }
    let parts = allotment::allot(amount, &claims).ok()?;
    Some(parts.into_iter().filter(|(_, part)| !part.is_zero()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn receipt() -> NewReceipt {
        NewReceipt {
            asset_id: Uuid::from_u128(1).into(),
            contract_id: None,
            kind: ReceiptKind::Rent,
            payer_id: Uuid::from_u128(2).into(),
            amount: Fen::new(7_200_001).unwrap(),
            received_on: day("2025-07-01"),
            period: PeriodInput { from: day("2025-01-01"), to: Some(day("2026-01-01")) },
            document_id: None,
        }
    }

    #[track_caller]
    fn check(asked: &NewReceipt, wanted: &[(&str, &str)]) {
        let found = admissible(asked, day("2025-07-01")).err().map(Faults::into_inner).unwrap_or_default();
        let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!(found, wanted, "{asked:?}");
    }

    #[test]
    fn a_receipt_says_when_and_for_which_period() {
        let open = PeriodInput { from: day("2025-01-01"), to: None };
        let reversed = PeriodInput { from: day("2025-01-01"), to: Some(day("2025-01-01")) };
        check(&receipt(), &[]);
        check(
            &NewReceipt { received_on: day("2025-07-02"), amount: Fen::ZERO, ..receipt() },
            &[("/amount_fen", "too_small"), ("/received_on", "in_future")],
        );
        check(&NewReceipt { period: open, ..receipt() }, &[("/period/to", "required")]);
        check(&NewReceipt { period: reversed, ..receipt() }, &[("/period/to", "dates_reversed")]);
        check(&NewReceipt { received_on: day("1025-07-01"), ..receipt() }, &[("/received_on", "wrong_date")]);
    }

    #[test]
    fn the_price_of_an_asset_is_no_due_of_its_lease() {
        let contract_id = Some(Uuid::from_u128(3).into());
        for kind in ReceiptKind::ALL {
            let wanted: &[_] =
                if kind.is_income() { &[] } else { &[("/contract_id", "not_applicable")] };
            check(&NewReceipt { contract_id, kind: *kind, ..receipt() }, wanted);
        }
    }

    #[test]
    fn owners_share_a_price_to_the_fen() {
        let [one, two, three] = [1, 2, 3].map(|it| Id::from(Uuid::from_u128(it)));
        let share = |num, den| Share::new(num, den).unwrap();
        let fen = |it| Fen::new(it).unwrap();

        let parts = split(fen(100), b"", [(one, share(1, 3)), (two, share(1, 3)), (one, share(1, 3))]);

        assert_eq!(parts, Some(vec![(one, fen(67)), (two, fen(33))]));
        assert_eq!(split(fen(1), b"", [(one, share(2, 3)), (three, share(1, 3))]), Some(vec![(one, fen(1))]));
        assert_eq!(split(fen(1), b"", []), None);
    }

    proptest! {
        #[test]
        fn no_fen_of_a_price_is_lost(
            amount in 1..=Fen::MAX, shares in prop::collection::vec((0..6_u128, 1..100_i64), 1..12),
        ) {
            let amount = Fen::new(amount).unwrap();
            let shares = shares.into_iter().map(|(it, num)| (Id::from(Uuid::from_u128(it)), Share::new(num, 100).unwrap()));
            let parts = split(amount, b"seed", shares).unwrap();
            prop_assert_eq!(Fen::sum(parts.iter().map(|(_, part)| *part)), Some(amount));
            prop_assert!(parts.iter().all(|(_, part)| !part.is_zero()));
        }
    }
}
