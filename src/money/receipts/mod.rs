//! Receipts: money that came in for an asset. Income is booked to the asset; proceeds of a disposal and compensation are
//! no income and go to the owners.

pub(in crate::money) mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use num_rational::BigRational;
use num_traits::Zero as _;
use serde_json::{Map, Value, json};

use crate::{
    cases::policies::{self, values::NEVER_ABOVE_CEILING_FEN},
    identity::{Caller, Permission},
    money::{
        MoneyError, MoneyRefused, Reversal,
        accounts::{self, AccountPurpose, NewAccount},
        allotment::{self, Claim},
        contracts,
        ledger::{self, LedgerRefused, Posting, PostingKind},
        proceeds as due_proceeds,
    },
    register::{
        documents,
        parties::{self, Heirs},
        rights,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{
        Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope, Share, closed_enum,
        id::kind,
        period::{self, past_day},
    },
};

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
    // The policy by which it is taken stays.
    lock(unit, &Locked::Basis)?;
    // Whoever makes the asset void, or ends or erases who paid or is paid, holds the same locks; so does whoever corrects the
    // contract, or makes it void.
    lock(unit, &Locked::Assets(&[asked.asset_id]))?;
    let mut engaged = vec![asked.payer_id];
    if !asked.kind.is_income() {
        let due_to: Vec<_> = due_to(unit, asked)?.into_iter().map(|(party, _)| party).collect();
        engaged.extend(Heirs::of(unit, due_to.iter().copied())?.successors());
        engaged.extend(due_to);
    }
    lock(unit, &Locked::Parties(&engaged))?;
    lock(unit, &Locked::Contracts(asked.contract_id.as_slice()))?;
    let mut faults = faults_of(asked, &period, unit.today());
    let missing = |pointer: &str, what| Fault::at(pointer, Reason::NotFound { what });
    let known = store::known(unit, &scope, asked)?;
    match &known {
        None => {
            faults.push(missing("/asset_id", "asset"));
            if parties::standing(unit, &[asked.payer_id])?.is_empty() {
                faults.push(missing("/payer_id", "party"));
            }
            let document = Vec::from_iter(asked.document_id);
            if !documents::missing(unit, &scope, &document)?.is_empty() {
                faults.push(missing("/document_id", "document"));
            }
            if let Some(contract) = asked.contract_id
                && !contracts::exists(unit, &scope, contract)?
            {
                faults.push(missing("/contract_id", "contract"));
            }
        }
        Some(known) => {
            let of_contract = known.contract.is_some() || asked.contract_id.is_none();
            let fits = [(of_contract, "/contract_id", "contract"), (known.payer, "/payer_id", "party")];
            let fits = fits.into_iter().chain([(known.document, "/document_id", "document")]);
            faults.extend(fits.filter(|(fits, ..)| !fits).map(|(_, pointer, what)| missing(pointer, what)));
            faults.extend(known.payer_erased.then(|| Fault::at("/payer_id", Reason::PartyErased)));
            faults.extend(faults_of_days(asked, &period, known));
            faults.extend(above_ceiling(unit, known.region, asked.amount)?);
        }
    }
    Faults::none_of(faults)?;
    let known = known.ok_or(MoneyRefused::NotFound)?;
    if known.void {
        return Err(MoneyRefused::Void.into());
    }
    let receipt = Receipt {
        id: Id::new(unit.now()),
        received: asked.clone(),
        period,
        region_code: known.region,
        recorded_at: unit.now(),
        reversed: false,
    };
    let outside = NewAccount::of_region(receipt.region_code);
    let postings: Vec<Posting> = if asked.kind.is_income() {
        let income = NewAccount::of_asset(asked.asset_id, receipt.region_code);
        // Only the first receipts of an asset and of a region find an account missing.
        if !known.accounts {
            accounts::ensure(unit, &[outside, income])?;
        }
        vec![posting(&receipt, &outside, &income, asked.payer_id, asked.amount)]
    } else {
        let parts = proceeds(unit, &receipt)?;
        let open: Vec<_> = parts.iter().map(|(account, ..)| *account).chain([outside]).collect();
        accounts::ensure(unit, &open)?;
        parts
            .iter()
            .map(|(account, owner, part)| posting(&receipt, &outside, account, *owner, *part))
            .collect()
    };
    ledger::lock_accounts(unit, &postings)?;
    store::insert(unit, &receipt, caller.user_id)?;
    ledger::book_telling(unit, &caller.actor(), &postings, &told(&receipt))?;
    settle(unit, asked)?;
    Ok(receipt)
}

/// For how many years after it came in an income can be without a contract that says so; no lease is longer (民法典第七百零五条).
const YEARS_PAID: u32 = 20;

/// What is wrong with the days of a receipt, by what it is for: nothing comes in before the asset is there, or is for days
/// before that; and what is paid in advance is paid for days within a year, or within the term of its contract.
fn faults_of_days(asked: &NewReceipt, period: &Period, known: &store::Known) -> Vec<Fault> {
    let since = known.there_since;
    let received = period::before(asked.received_on, since);
    let latest = match known.contract {
        Some(Some(term_ends)) => term_ends,
        Some(None) => NaiveDate::MAX,
        None => period::years_after(asked.received_on, 1),
    };
    let begins = period::beyond(period.from(), latest.max(period::years_after(asked.received_on, 1)));
    // What is paid for a year may name the whole of it, although the asset came within it.
    let a_year_before = since.checked_sub_months(Months::new(12)).unwrap_or(since);
    let before = period.to().filter(|to| *to <= since).map_or(a_year_before, |_| since);
    let before = (period.from() < before).then(|| Reason::BeforeAsset { since: since.to_string() });
    // Nobody pays for days so far ahead, unless a contract lets it for them.
    let by_contract = known.contract.flatten();
    let ends = by_contract.into_iter().fold(period::years_after(asked.received_on, YEARS_PAID), Ord::max);
    let ends = period.to().and_then(|to| period::beyond(to, ends));
    [(received, "/received_on"), (begins, "/period/from"), (before, "/period/from"), (ends, "/period/to")]
        .into_iter()
        .filter_map(|(wrong, at)| wrong.map(|reason| Fault::at(at, reason)))
        .collect()
}

/// More than the policy of today takes for one receipt. Most receipts are so small that no policy refuses them.
fn above_ceiling(
    unit: &mut Read<'_>,
    region: RegionCode,
    amount: Fen,
) -> Result<Option<Fault>, StorageError> {
    if amount.get() <= NEVER_ABOVE_CEILING_FEN {
        return Ok(None);
    }
    let today = unit.today();
    let ceiling = policies::effective(unit, region, today)?.values.receipt_ceiling_fen;
    let ceiling = Fen::new(ceiling).unwrap_or_default();
    Ok((amount > ceiling).then(|| Fault::at("/amount_fen", Reason::AboveCeiling { yuan: ceiling.yuan() })))
}

/// What is wrong with a receipt, as far as it shows without looking anything up.
fn faults_of(asked: &NewReceipt, period: &Period, today: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(past_day(asked.received_on, today).err().map(|it| Fault::at("/received_on", it)));
    if period.to().is_none() {
        faults.push(Fault::at("/period/to", Reason::Required));
    }
    if asked.contract_id.is_some() && !asked.kind.is_income() {
        // What falls due under a contract is for the use of an asset, never for the asset itself.
        let because = format!("kind is {}", asked.kind);
        faults.push(Fault::at("/contract_id", Reason::NotApplicable { because }));
    }
    faults
}

fn posting(
    receipt: &Receipt,
    outside: &NewAccount,
    credit: &NewAccount,
    party: Id<kind::Party>,
    amount: Fen,
) -> Posting {
    Posting {
        debit: outside.id(),
        credit: credit.id(),
        amount,
        kind: PostingKind::Receipt,
        region: receipt.region_code,
        asset_id: Some(receipt.received.asset_id),
        party_id: Some(party),
        purpose: credit.purpose,
        case_id: None,
        receipt_id: Some(receipt.id),
        payment_id: None,
        reverses_id: None,
        booked_on: receipt.received.received_on,
    }
}

/// The facts of a receipt for its journal entry, beside those of its booking.
fn told(receipt: &Receipt) -> Map<String, Value> {
    let it = &receipt.received;
    Map::from_iter(
        [
            ("receipt_kind", json!(it.kind)),
            ("payer_id", json!(it.payer_id)),
            ("received_fen", json!(it.amount)),
            ("period", json!(receipt.period)),
            ("contract_id", json!(it.contract_id)),
            ("document_id", json!(it.document_id)),
        ]
        .map(|(name, figure)| (name.to_owned(), figure)),
    )
}

/// Whose the price of an asset is, with the account that it goes into: theirs who gave the asset to the payer, or, of a
/// sale, in the last transfer; or else the owners' on the day, or the last owners' where the asset is gone.
///
/// By the day on which a price is paid the payer often is the owner, and must not be paid with their own money.
fn proceeds(
    unit: &mut Read<'_>,
    receipt: &Receipt,
) -> Result<Vec<(NewAccount, Id<kind::Party>, Fen)>, MoneyError> {
    let NewReceipt { asset_id, received_on, amount, .. } = receipt.received;
    let due_to = due_to(unit, &receipt.received)?;
    // The same receipt is divided alike whether it is rehearsed or booked.
    let mut seed = asset_id.uuid().as_bytes().to_vec();
    seed.extend(received_on.to_string().bytes());
    let parts = split(amount, &seed, &due_to).ok_or(MoneyRefused::NoOwner)?;
    let ids: Vec<_> = parts.iter().map(|(party, _)| *party).collect();
    let mut known = parties::standing(unit, &ids)?;
    let heirs = Heirs::among(unit, &mut known)?;
    Ok(parts
        .into_iter()
        .map(|(party, part)| {
            // Whoever succeeds to one that ended takes its part; what nobody is there to take is kept, and spent by nobody.
            let (whose, purpose) = match heirs.taking(party) {
                Some(there) => (there, AccountPurpose::DisposalProceeds),
                None => (party, AccountPurpose::Unclaimed),
            };
            let home = known.get(&whose).map_or(receipt.region_code, |it| it.region_code);
            (NewAccount::of_party(whose, home, purpose), whose, part)
        })
        .collect())
}

/// Whose the price of an asset is, and in what shares; see [`proceeds`].
fn due_to(unit: &mut Read<'_>, received: &NewReceipt) -> Result<Vec<(Id<kind::Party>, Share)>, StorageError> {
    let NewReceipt { asset_id, payer_id, received_on, kind, .. } = *received;
    let mut due_to = rights::givers(unit, asset_id, Some(payer_id), received_on)?;
    if due_to.is_empty() && kind == ReceiptKind::SaleProceeds {
        // Somebody else pays for who bought it: the price is theirs who sold, and not the buyer's who owns it by now.
        due_to = rights::givers(unit, asset_id, None, received_on)?;
    }
    if due_to.is_empty() {
        due_to = rights::owners(unit, asset_id, received_on)?;
    }
    if due_to.is_empty() {
        // What an asset that is gone still brings belongs to those who owned it last.
        due_to = rights::last_owners(unit, asset_id, received_on)?;
    }
    due_to.retain(|(party, _)| *party != payer_id);
    Ok(due_to)
}

/// Divides an amount in proportion to shares, exactly; parts of nothing are left out. None where nobody has a share.
fn split(
    amount: Fen,
    seed: &[u8],
    shares: &[(Id<kind::Party>, Share)],
) -> Option<Vec<(Id<kind::Party>, Fen)>> {
    let mut weights: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for (party, share) in shares {
        *weights.entry(*party).or_insert_with(BigRational::zero) += share.to_ratio();
    }
    let claims: Vec<_> = weights
        .into_iter()
        .map(|(key, weight)| Claim { key, weight, tie: allotment::tie(seed, key.uuid().as_bytes()) })
        .collect();
    let parts = allotment::allot(amount, &claims).ok().filter(|it| !it.is_empty())?;
    Some(parts.into_iter().filter(|(_, part)| !part.is_zero()).collect())
}

/// Reverses a receipt that was booked wrongly: contrary rows name the rows that were wrong.
pub fn reverse(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Receipt>,
    asked: &Reversal,
) -> Result<Receipt, MoneyError> {
    let scope = caller.permit(Permission::PaymentsWrite)?;
    let receipt = store::find(unit, &scope, id)?.ok_or(MoneyRefused::NotFound)?;
    // What is owed again by it counts for whoever deals with the debtor at this moment, whatever the asset.
    lock(unit, &Locked::NewBasis)?;
    // Whoever distributes the income of the asset, or reverses any of it, holds the same lock.
    lock(unit, &Locked::Assets(&[receipt.received.asset_id]))?;
    // And whoever ends or erases the lessee, or corrects the contract, these.
    let contract = receipt.received.contract_id;
    let recorded = contract.map(|it| contracts::one(unit, &Scope::WHOLE, it)).transpose()?.flatten();
    lock(unit, &Locked::Parties(recorded.map(|it| it.agreed.lessee_id).as_slice()))?;
    lock(unit, &Locked::Contracts(contract.as_slice()))?;
    let receipt = store::find(unit, &scope, id)?.ok_or(MoneyRefused::NotFound)?;
    if receipt.reversed {
        return Err(MoneyRefused::from(LedgerRefused::AlreadyReversed).into());
    }
    if store::is_distributed(unit, id)? {
        return Err(MoneyRefused::Distributed.into());
    }
    let booked_on = asked.day(receipt.received.received_on, unit.today())?;
    if let Some(contract) = contract
        && let Some(party) = contracts::debtor_without(unit, contract, receipt.received.amount)?
        && Heirs::of(unit, [party])?.taking(party).is_none()
    {
        return Err(MoneyRefused::DebtorGone { contract, party }.into());
    }
    let contrary: Vec<Posting> = ledger::of_receipt(unit, id)?
        .into_iter()
        .map(|row| row.posting.reversing(row.id, booked_on))
        .collect();
    let told = Map::from_iter([("reason".to_owned(), json!(asked.reason))]);
    // That a receipt is reversed only once is a constraint of the ledger as well.
    ledger::book_telling(unit, &caller.actor(), &contrary, &told)?;
    settle(unit, &receipt.received)?;
    Ok(Receipt { reversed: true, ..receipt })
}

/// What a sale or a disposal brought is settled by it, or open again. The asset is locked.
fn settle(unit: &mut Write<'_>, received: &NewReceipt) -> Result<(), StorageError> {
    if received.kind.is_income() { Ok(()) } else { due_proceeds::settle(unit, &[received.asset_id]) }
}

/// The receipt of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Receipt>) -> Result<Receipt, MoneyError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    store::find(unit, &scope, id)?.ok_or_else(|| MoneyRefused::NotFound.into())
}

/// The receipts of some assets, only those that were not reversed where `standing` says so; at most a number of them.
pub fn of_assets(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    standing: bool,
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    store::of_assets(unit, assets, standing, limit)
}

/// The receipts that a party paid and that were not booked back; at most a number of them.
pub fn paid_by(
    unit: &mut Read<'_>,
    payer: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    store::paid_by(unit, payer, limit)
}

/// The last day from which an asset can have been there by what was received for it and not booked back: it was there when that
/// came in, and on some day of the period that it was for.
pub fn first_day(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    store::first_day(unit, of)
}

/// The receipts under a contract, only those that were not reversed where `standing` says so, and only those of assets other
/// than some; at most a number of them.
pub fn under(
    unit: &mut Read<'_>,
    contract: Id<kind::Contract>,
    standing: bool,
    of_others_than: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    store::under(unit, contract, standing, of_others_than, limit)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn year() -> Period {
        Period::new(day("2025-01-01"), Some(day("2026-01-01"))).unwrap()
    }

    fn rent() -> NewReceipt {
        NewReceipt {
            asset_id: Uuid::from_u128(1).into(),
            contract_id: None,
            kind: ReceiptKind::Rent,
            payer_id: Uuid::from_u128(2).into(),
            amount: Fen::new(7_200_001).unwrap(),
            received_on: day("2025-07-01"),
            document_id: None,
        }
    }

    #[track_caller]
    fn check(asked: &NewReceipt, period: &Period, wanted: &[(&str, &str)]) {
        let found = faults_of(asked, period, day("2025-07-01"));
        let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!(found, wanted, "{asked:?}");
    }

    #[test]
    fn a_receipt_came_in_on_a_day_and_is_for_a_period_that_ends() {
        check(&rent(), &year(), &[]);
        check(
            &NewReceipt { received_on: day("2025-07-02"), ..rent() },
            &year(),
            &[("/received_on", "in_future")],
        );
        check(
            &NewReceipt { received_on: day("1025-07-01"), ..rent() },
            &year(),
            &[("/received_on", "wrong_date")],
        );
        check(&rent(), &Period::since(day("2025-01-01")), &[("/period/to", "required")]);
    }

    #[test]
    fn nothing_comes_in_for_an_asset_that_is_not_there_or_for_days_far_ahead() {
        let known = |contract: Option<Option<&str>>| store::Known {
            region: "130828101201".parse().unwrap(),
            void: false,
            there_since: day("2021-07-01"),
            payer: true,
            payer_erased: false,
            document: true,
            contract: contract.map(|term_to| term_to.map(day)),
            accounts: true,
        };
        let check = |received_on, [from, to]: [&str; 2], contract, wanted: &[(&str, &str)]| {
            let asked = NewReceipt { received_on: day(received_on), ..rent() };
            let period = Period::new(day(from), Some(day(to))).unwrap();
            let found = faults_of_days(&asked, &period, &known(contract));
            let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
            assert_eq!(found, wanted, "{received_on} for {from}");
        };
        let early = ("/received_on", "before_asset");
        check("2021-07-01", ["2021-01-01", "2022-01-01"], None, &[]);
        check("2021-06-30", ["2021-01-01", "2022-01-01"], None, &[early]);
        check("2021-07-01", ["2020-01-01", "2021-01-01"], None, &[("/period/from", "before_asset")]);
        check("2021-06-30", ["2020-01-01", "2021-07-01"], None, &[early, ("/period/from", "before_asset")]);
        let far = [("/period/from", "too_late")];
        check("2025-07-01", ["2026-07-01", "2027-07-01"], None, &[]);
        check("2025-07-01", ["2040-01-01", "2041-01-01"], None, &far);
        check("2025-07-01", ["2029-01-01", "2030-01-01"], Some(Some("2030-01-01")), &[]);
        check("2025-07-01", ["2040-01-01", "2041-01-01"], Some(Some("2030-01-01")), &far);
        check("2025-07-01", ["2040-01-01", "2041-01-01"], Some(None), &[]);
    }

    #[test]
    fn the_price_of_an_asset_is_nothing_due_under_its_lease() {
        let contract_id = Some(Uuid::from_u128(3).into());
        for kind in ReceiptKind::ALL {
            let wanted: &[_] = if kind.is_income() { &[] } else { &[("/contract_id", "not_applicable")] };
            check(&NewReceipt { contract_id, kind: *kind, ..rent() }, &year(), wanted);
        }
    }

    #[test]
    fn owners_share_a_price_to_the_fen() {
        let [one, two] = [1, 2].map(|it| Id::from(Uuid::from_u128(it)));
        let share = |num, den| Share::new(num, den).unwrap();
        let fen = |it| Fen::new(it).unwrap();

        let parts = split(fen(100), b"", &[(one, share(1, 3)), (two, share(1, 3)), (one, share(1, 3))]);

        assert_eq!(parts, Some(vec![(one, fen(67)), (two, fen(33))]));
        assert_eq!(split(fen(1), b"", &[(one, share(2, 3)), (two, share(1, 3))]), Some(vec![(one, fen(1))]));
        assert_eq!(split(fen(1), b"", &[]), None);
    }

    proptest! {
        #[test]
        fn no_fen_of_a_price_is_lost(
            amount in 1..=Fen::MAX, shares in prop::collection::vec((0..6_u128, 1..100_i64), 1..12),
        ) {
            let amount = Fen::new(amount).unwrap();
            let shares: Vec<_> = shares
                .into_iter()
                .map(|(it, num)| (Id::from(Uuid::from_u128(it)), Share::new(num, 100).unwrap()))
                .collect();
            let parts = split(amount, b"seed", &shares).unwrap();
            prop_assert_eq!(Fen::sum(parts.iter().map(|(_, part)| *part)), Some(amount));
            prop_assert!(parts.iter().all(|(_, part)| !part.is_zero()));
        }
    }
}
