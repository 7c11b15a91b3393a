//! Distributions of income: the plan that divides what was received, exactly, and its execution to the letter.
//!
//! Income is divided for each asset by itself, so that its income account is emptied of exactly what is distributed:
//! first what policy sets aside, which stays with the owners; then by income rights, weighted by the days that each holder
//! held them in the period of each receipt; then, within each collective, by use.

pub(in crate::money) mod store;

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    cases::{
        policies::values::{PolicyValues, WHOLE_BP},
        purpose::Purpose,
    },
    journal::Actor,
    money::{
        accounts::{self, AccountPurpose, NewAccount},
        allotment::{self, Claim, Unallottable},
        ledger::{self, LedgerError, Posting, PostingKind},
    },
    register::{
        codes::RightKind,
        rights::{self, Right, RightsError, model},
    },
    storage::{Read, StorageError, Write, failure},
    values::{Fault, Faults, Fen, Id, Period, Reason, RegionCode, Share, id::kind, share},
};

/// A part of what a party gets, for one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseShare {
    /// What it is for.
    pub purpose: Purpose,
    /// The part of what the party gets.
    pub share: Share,
}

/// What a distribution is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The assets whose income is divided.
    pub assets: Vec<Id<kind::Asset>>,
    /// The period: receipts whose own period lies within it are divided.
    pub period: Period,
    /// The uses of each party's part; a party that is not named gets the policy's least parts and leaves the rest
    /// undistributed.
    pub uses: BTreeMap<Id<kind::Party>, Vec<UseShare>>,
}

/// A receipt that a plan divides.
#[derive(Debug, Clone)]
pub struct Income {
    /// The receipt.
    pub receipt_id: Id<kind::Receipt>,
    /// The asset that earned it.
    pub asset_id: Id<kind::Asset>,
    /// How much was received.
    pub amount: Fen,
    /// The period for which it was received.
    pub period: Period,
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The asset whose income it is.
    pub asset_id: Id<kind::Asset>,
    /// Whose part it is.
    pub party_id: Id<kind::Party>,
    /// The account that it goes into.
    pub account_id: Id<kind::Account>,
    /// The purpose of that account.
    pub purpose: Purpose,
    /// How much.
    pub amount: Fen,
    /// How it came about.
    pub because: Value,
}

/// A plan: what is divided, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The period.
    pub period: Period,
    /// What is divided.
    pub amount: Fen,
    /// The receipts that it consists of.
    pub receipts: Vec<Id<kind::Receipt>>,
    /// The lines, which sum to exactly the amount.
    pub lines: Vec<Line>,
    /// Receipts whose period overlaps the plan's and does not lie in it: they are left for another distribution.
    pub left_out: Vec<Id<kind::Receipt>>,
}

/// Why a distribution was refused.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// There is no income of the period that was not distributed yet.
    #[error("there is nothing to distribute")]
    Nothing,
    /// Nobody held the income right of an asset in the period of a receipt.
    #[error("asset {0} has no holders of income in the period")]
    NoHolders(Id<kind::Asset>),
    /// A receipt of the plan was reversed or distributed by another plan meanwhile.
    #[error("what the plan divides is no longer there")]
    Overtaken,
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The rights cannot be told.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(DistributionError, Ledger);

/// Makes the plan of a distribution. Nothing is stored.
pub fn plan(unit: &mut Read<'_>, policy: &PolicyValues, asked: &Asked) -> Result<Plan, DistributionError> {
    let found = store::undistributed(unit, &asked.assets, &asked.period)?;
    let (income, left_out): (Vec<Income>, Vec<Income>) =
        found.into_iter().partition(|it| asked.period.covers(&it.period));
    let standing = rights::standing(unit, &asked.assets)?;
    let mut lines = Vec::new();
    let mut parties = BTreeSet::new();
    for asset in &asked.assets {
        let of_asset: Vec<&Income> = income.iter().filter(|it| it.asset_id == *asset).collect();
        let rights: Vec<Right> =
            standing.iter().filter(|(of, _)| of == asset).map(|(_, right)| right.clone()).collect();
        lines.extend(divide(*asset, &of_asset, &rights, policy, asked)?);
    }
    parties.extend(lines.iter().map(|it| it.party_id));
    let strangers: Vec<Fault> = asked
        .uses
        .keys()
        .filter(|it| !parties.contains(it))
        .map(|it| Fault::at(format!("/uses/{it}"), Reason::NotFound { what: "holder of income" }))
        .collect();
    let amount = Fen::sum(income.iter().map(|it| it.amount)).ok_or(LedgerError::TooLarge)?;
    if amount.is_zero() {
        return Err(DistributionError::Nothing);
    }
    Faults::none_of(strangers)?;
    Ok(Plan {
        period: asked.period,
        amount,
        receipts: income.iter().map(|it| it.receipt_id).collect(),
        lines,
        left_out: left_out.iter().map(|it| it.receipt_id).collect(),
    })
}

/// Why a party gets a part of an asset's income.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    SetAside,
    IncomeRight,
}

/// Divides the income of one asset.
fn divide(
    asset: Id<kind::Asset>,
    income: &[&Income],
    rights: &[Right],
    policy: &PolicyValues,
    asked: &Asked,
) -> Result<Vec<Line>, DistributionError> {
    let amount = Fen::sum(income.iter().map(|it| it.amount)).ok_or(LedgerError::TooLarge)?;
    if amount.is_zero() {
        return Ok(Vec::new());
    }
    let set_aside_bp: i64 = policy.set_asides.iter().map(|it| it.bp).sum();
    let mut weights: BTreeMap<(Ground, Id<kind::Party>, Purpose), BigRational> = BTreeMap::new();
    for receipt in income {
        let received = BigRational::from_integer(receipt.amount.get().into());
        let owners = parts(rights, RightKind::Ownership, receipt, asset)?;
        for set_aside in &policy.set_asides {
            let set_aside_part = &received * rate(set_aside.bp);
            for (party, part) in &owners {
                *weights
                    .entry((Ground::SetAside, *party, set_aside.purpose))
                    .or_insert_with(BigRational::zero) += &set_aside_part * part;
            }
        }
        let rest = &received * rate(WHOLE_BP.saturating_sub(set_aside_bp));
        for (party, part) in parts(rights, RightKind::Income, receipt, asset)? {
            for (purpose, of_use) in uses_of(party, policy, asked)? {
                *weights.entry((Ground::IncomeRight, party, purpose)).or_insert_with(BigRational::zero) +=
                    &rest * &part * of_use;
            }
        }
    }
    weights.retain(|_, weight| !weight.is_zero());
    // The same content is always divided alike, so that a preview and its execution cannot differ by a fen.
    let mut divided: Vec<u8> = asset.uuid().as_bytes().to_vec();
    for receipt in income {
        divided.extend(receipt.receipt_id.uuid().as_bytes());
    }
    let claims: Vec<Claim<(Ground, Id<kind::Party>, Purpose)>> = weights
        .into_iter()
        .map(|(key, weight)| {
            let account = accounts::account_id(key.1.uuid(), key.2.into());
            Claim { key, weight, tie: allotment::tie(&divided, account.uuid().as_bytes()) }
        })
        .collect();
    let shares = allotment::allot(amount, &claims).map_err(|refused| match refused {
        Unallottable::NoClaim | Unallottable::NegativeClaim | Unallottable::Unbalanced => {
            DistributionError::NoHolders(asset)
        }
    })?;
    let together = BigRational::from_integer(amount.get().into());
    Ok(shares
        .into_iter()
        .zip(&claims)
        .filter(|((_, amount), _)| !amount.is_zero())
        .map(|(((ground, party_id, purpose), part), claim)| Line {
            asset_id: asset,
            party_id,
            account_id: accounts::account_id(party_id.uuid(), purpose.into()),
            purpose,
            amount: part,
            because: json!({
                "ground": match ground { Ground::SetAside => "set_aside", Ground::IncomeRight => "income_right" },
                "received_fen": amount,
                "part": (&claim.weight / &together).to_string(),
                "receipts": income.iter().map(|it| it.receipt_id).collect::<Vec<_>>(),
            }),
        })
        .collect())
}

fn rate(bp: i64) -> BigRational {
    BigRational::new(BigInt::from(bp), BigInt::from(WHOLE_BP))
}

/// The part of each holder in a receipt, by the days held in the receipt's period; the parts sum to 1.
fn parts(
    rights: &[Right],
    right: RightKind,
    receipt: &Income,
    asset: Id<kind::Asset>,
) -> Result<Vec<(Id<kind::Party>, BigRational)>, DistributionError> {
    let held = model::holders_over(rights, right, &receipt.period)?;
    let weights = allotment::day_weighted(&held, &receipt.period);
    let together = weights.iter().fold(BigRational::zero(), |sum, (_, weight)| sum + weight);
    if together.is_zero() {
        return Err(DistributionError::NoHolders(asset));
    }
    Ok(weights.into_iter().map(|(party, weight)| (party, weight / &together)).collect())
}

/// How a party's part is divided by use; the parts sum to 1.
fn uses_of(
    party: Id<kind::Party>,
    policy: &PolicyValues,
    asked: &Asked,
) -> Result<Vec<(Purpose, BigRational)>, DistributionError> {
    let Some(uses) = asked.uses.get(&party) else {
        let mut least: Vec<(Purpose, BigRational)> = policy
            .uses
            .iter()
            .filter(|(_, it)| it.min_bp > 0)
            .map(|(purpose, it)| (*purpose, rate(it.min_bp)))
            .collect();
        let given = policy.uses.values().map(|it| it.min_bp).sum::<i64>();
        least.push((Purpose::Undistributed, rate(WHOLE_BP.saturating_sub(given))));
        return Ok(least);
    };
    let sum = share::sum(uses.iter().map(|it| it.share));
    let mut faults = Vec::new();
    if !sum.is_whole() {
        faults.push(Fault::at(format!("/uses/{party}"), Reason::SharesNotWhole { sum: sum.to_string() }));
    }
    for (index, it) in uses.iter().enumerate() {
        let at = format!("/uses/{party}/{index}");
        let bounds = policy.bounds_of(it.purpose);
        let part = it.share.to_ratio();
        if !it.purpose.is_use_of_income() && it.purpose != Purpose::Undistributed {
            faults.push(Fault::at(
                format!("{at}/purpose"),
                Reason::NotOneOf { allowed: Purpose::uses_of_income() },
            ));
        }
        if part < rate(bounds.min_bp) {
            faults.push(Fault::at(
                format!("{at}/share"),
                Reason::TooSmall { min: rate(bounds.min_bp).to_string() },
            ));
        }
        if part > rate(bounds.max_bp) {
            faults.push(Fault::at(
                format!("{at}/share"),
                Reason::TooLarge { max: rate(bounds.max_bp).to_string() },
            ));
        }
        if uses.iter().take(index).any(|earlier| earlier.purpose == it.purpose) {
            faults.push(Fault::at(format!("{at}/purpose"), Reason::Duplicate));
        }
    }
    Faults::none_of(faults)?;
    Ok(uses.iter().map(|it| (it.purpose, it.share.to_ratio())).collect())
}

/// Keeps the plan of a case, so that what is decided on is what is executed.
pub fn keep(unit: &mut Write<'_>, case: Id<kind::Case>, plan: &Plan) -> Result<(), StorageError> {
    store::keep(unit, case, plan)
}

/// The plan of a case, as it was kept.
pub fn kept(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Plan>, StorageError> {
    store::kept(unit, case)
}

/// What of a plan's receipts can still be distributed.
pub fn still_there(unit: &mut Read<'_>, plan: &Plan) -> Result<bool, StorageError> {
    store::still_undistributed(unit, &plan.receipts)
}

/// Pays a plan out into the accounts: all of it, or none.
pub fn pay(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: Id<kind::Case>,
    plan: &Plan,
    regions: &BTreeMap<Id<kind::Asset>, RegionCode>,
    parties: &BTreeMap<Id<kind::Party>, RegionCode>,
) -> Result<(), DistributionError> {
    if !still_there(unit, plan)? {
        return Err(DistributionError::Overtaken);
    }
    let missing =
        |what: &str| StorageError::Corrupt(format!("a line of case {case} names an unknown {what}"));
    let mut opened = Vec::new();
    let mut postings = Vec::new();
    let booked_on = unit.today();
    for line in &plan.lines {
        let region = *regions.get(&line.asset_id).ok_or_else(|| missing("asset"))?;
        let home = *parties.get(&line.party_id).ok_or_else(|| missing("party"))?;
        let purpose = AccountPurpose::from(line.purpose);
        opened.push(NewAccount::of_party(line.party_id, home, purpose));
        postings.push(Posting {
            debit: accounts::account_id(line.asset_id.uuid(), AccountPurpose::Income),
            credit: line.account_id,
            amount: line.amount,
            kind: PostingKind::Distribution,
            region,
            asset_id: Some(line.asset_id),
            party_id: Some(line.party_id),
            purpose,
            case_id: Some(case),
            receipt_id: None,
            payment_id: None,
            reverses_id: None,
            booked_on,
        });
    }
    accounts::ensure(unit, &opened)?;
    ledger::lock_accounts(unit, &postings)?;
    store::mark_distributed(unit, case, &plan.receipts).map_err(|error| {
        if error.refused_by("distributed_receipts_pkey") {
            DistributionError::Overtaken
        } else {
            error.into()
        }
    })?;
    ledger::book(unit, actor, &postings)?;
    Ok(())
}
