//! Distributions of income: the plan that divides what was received, exactly, and its execution to the letter, as long as
//! the rights and the policy still come to the same.
//!
//! Income is divided for each asset by itself, so that its income account is emptied of exactly what is distributed:
//! first what policy sets aside, which stays with the owners; then by income rights, weighted by the days that each holder
//! held them in the period of each receipt; then, within each collective, by use.
//!
//! Income may come in after somebody who held a right is there no more. What is due to a party that ended goes to its successor;
//! what nobody can claim, since the holder ended without one or their data were erased, the owners keep in an account of its own:
//! it is not theirs to spend, and no fen of it is lost. Where no owner is there either, it is kept unclaimed for the owners who are
//! gone. What an asset that is gone still brings is theirs who held it last.

pub(in crate::money) mod store;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use chrono::NaiveDate;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    cases::{
        policies::values::{PolicyValues, SetAside, UseBounds, WHOLE_BP},
        purpose::{Purpose, UseOfPart},
    },
    identity::{Refusal, reason, takes_over},
    journal::Actor,
    money::{
        accounts::{self, AccountPurpose, NewAccount},
        allotment::{self, Claim, Unallottable},
        ledger::{self, LedgerRefused, Posting, PostingKind},
    },
    register::{
        codes::RightKind,
        parties::Heirs,
        rights::{self, Right, RightsError, model},
    },
    storage::{Read, StorageError, Write},
    values::{Fault, Faults, Fen, Id, Period, Reason, RegionCode, Share, closed_enum, id::kind, share},
};

/// A part of what a party gets, for one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseShare {
    /// What it is for.
    #[schema(value_type = UseOfPart)]
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
    pub uses: UsesByParty,
}

/// How the parts of parties are to be used.
pub type UsesByParty = BTreeMap<Id<kind::Party>, Vec<UseShare>>;

/// A receipt that a plan divides.
#[derive(Debug, Clone, Copy)]
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

/// Where a line says how much of the income came in for days before the asset was registered, and by the rights of which day that is
/// divided.
const BEFORE_REGISTRATION: &str = "before_registration";

/// Where a line says whom the party succeeds.
const SUCCESSOR_OF: &str = "successor_of";

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

impl Line {
    /// Whom the party succeeds, where it is paid in the place of others who ended.
    pub fn successor_of(&self) -> Vec<Id<kind::Party>> {
        let told = self.because.get(SUCCESSOR_OF).and_then(Value::as_array).into_iter().flatten();
        told.filter_map(Value::as_str).filter_map(|it| it.parse().ok()).collect()
    }
}

/// The figures of a policy that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    set_asides: Vec<SetAside>,
    uses: BTreeMap<Purpose, UseBounds>,
}

impl Terms {
    fn of(policy: &PolicyValues) -> Self {
        Self { set_asides: policy.set_asides.clone(), uses: policy.uses.clone() }
    }

    /// A policy with these figures in the place of its own.
    fn within(&self, policy: &PolicyValues) -> PolicyValues {
        PolicyValues { set_asides: self.set_asides.clone(), uses: self.uses.clone(), ..policy.clone() }
    }
}

/// A plan: what is divided, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The period.
    pub period: Period,
    /// What is divided.
    pub amount: Fen,
    /// The receipts that it consists of.
    pub income: Vec<Income>,
    /// The lines, which sum to exactly the amount.
    pub lines: Vec<Line>,
    /// Receipts whose period overlaps the plan's and does not lie in it: they are left for another distribution.
    pub left_out: Vec<Id<kind::Receipt>>,
    /// Receipts of the period that another plan holds, which is being decided on.
    pub held_elsewhere: Vec<Id<kind::Receipt>>,
    /// The figures of the policy that it was made with; none for a plan of an earlier release.
    terms: Option<Terms>,
}

closed_enum! {
    /// What a plan rests on.
    pub enum Ground {
        /// Who holds the assets and their income.
        Rights = "rights",
        /// What policy sets aside.
        SetAsides = "set_asides",
        /// The least and greatest parts for each use.
        Bounds = "bounds",
    }
}

/// A part of a plan that is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The asset whose income it is.
    pub asset_id: Id<kind::Asset>,
    /// Whose part it is.
    pub party_id: Id<kind::Party>,
    /// The purpose of the account that it goes into.
    pub purpose: Purpose,
    /// How much the plan gives.
    pub planned_fen: Fen,
    /// How much it would be now.
    pub now_fen: Fen,
}

/// What changed since a plan was drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// What the plan rests on and is no longer the same; empty where that cannot be told of a plan of an earlier release.
    pub changed: Vec<Ground>,
    /// The parts that are others now; empty where no plan with these uses can be made any more.
    pub differences: Vec<Difference>,
    /// What is wrong today with what was asked, where no plan can be made of it any more.
    pub refused: Vec<Fault>,
}

/// Why a distribution was refused.
#[derive(Debug, thiserror::Error)]
pub enum DistributionRefused {
    /// There is no income of the period that was not distributed yet.
    #[error("there is nothing to distribute")]
    Nothing {
        /// The cases whose plans hold income of the period.
        held_by: Vec<Id<kind::Case>>,
    },
    /// Nobody held the income right of an asset in the period of a receipt.
    #[error("asset {0} has no holders of income in the period")]
    NoHolders(Id<kind::Asset>),
    /// A receipt of the plan was reversed or distributed by another plan meanwhile.
    #[error("what the plan divides is no longer there")]
    Overtaken,
    /// Another plan that is being decided on holds income of this one.
    #[error("another plan holds some of the income")]
    Held,
    /// By the rights and the policy of today the plan would be another one.
    #[error("the plan is no longer what the rights and the policy come to")]
    Outdated(Outdated),
    /// The rights cannot be told.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerRefused),
}

/// Why it was refused, or why it failed.
pub type DistributionError = Refusal<DistributionRefused>;

reason!(DistributionRefused, RightsError, LedgerRefused);
takes_over!(LedgerRefused => DistributionRefused);

/// A right on record in an asset.
pub type RightIn = (Id<kind::Asset>, Right);

/// The rights on record in some assets.
type Standing = [RightIn];

/// Makes the plan of a distribution by the rights that stand. Nothing is stored.
pub fn plan(
    unit: &mut Read<'_>,
    policy: &PolicyValues,
    asked: &Asked,
    (standing, heirs): (&Standing, &Heirs),
) -> Result<Plan, DistributionError> {
    let found = store::undistributed(unit, &asked.assets, &asked.period)?;
    let (within, left_out): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(it, _)| asked.period.covers(&it.period));
    let (held, free): (Vec<_>, Vec<_>) = within.into_iter().partition(|(_, held)| *held);
    let ids = |of: &[(Income, bool)]| of.iter().map(|(it, _)| it.receipt_id).collect::<Vec<_>>();
    let income: Vec<Income> = free.into_iter().map(|(it, _)| it).collect();
    let amount = Fen::sum(income.iter().map(|it| it.amount)).ok_or(LedgerRefused::TooLarge)?;
    if amount.is_zero() {
        return Err(DistributionRefused::Nothing { held_by: store::holding(unit, &ids(&held))? }.into());
    }
    Ok(Plan {
        period: asked.period,
        amount,
        lines: division(&income, standing, heirs, policy, asked)?,
        income,
        left_out: ids(&left_out),
        held_elsewhere: ids(&held),
        terms: Some(Terms::of(policy)),
    })
}

/// The income of days on which a party had a share in it, that is not distributed yet; at most a number of receipts.
pub fn awaited_by(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: usize,
) -> Result<Vec<Id<kind::Receipt>>, StorageError> {
    let earning = rights::earning(unit, party)?;
    let Some(first) = earning.iter().map(|(_, held)| held.from()).min() else { return Ok(Vec::new()) };
    let mut assets: Vec<_> = earning.iter().map(|(asset, _)| *asset).collect();
    assets.dedup();
    let mut awaited = Vec::new();
    for some in assets.chunks(400) {
        let found = store::undistributed(unit, some, &Period::since(first))?.into_iter();
        let its = |it: &Income| {
            earning.iter().any(|(asset, held)| *asset == it.asset_id && held.overlaps(&it.period))
        };
        let left = limit.saturating_sub(awaited.len());
        awaited.extend(found.map(|(it, _)| it).filter(its).map(|it| it.receipt_id).take(left));
        if awaited.len() == limit {
            break;
        }
    }
    Ok(awaited)
}

/// The cases by which somebody other than some was paid in the place of a party that ended; at most a number of them.
pub fn taken_for(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    but_by: &[Id<kind::Party>],
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut assets: Vec<_> = rights::earning(unit, party)?.into_iter().map(|(asset, _)| asset).collect();
    assets.dedup();
    store::taken_for(unit, party, (but_by, &assets), limit)
}

/// Divides a kept plan's income anew, by the rights and the policy of today: whoever decided on the plan decided on what it
/// comes to, and not on whatever the same income may come to later.
///
/// # Errors
/// [`DistributionRefused::Overtaken`] where some of the income is gone, [`DistributionRefused::Outdated`] where it would be divided
/// otherwise now.
pub fn confirm(
    unit: &mut Read<'_>,
    policy: &PolicyValues,
    asked: &Asked,
    kept: &Plan,
    by: (&Standing, &Heirs),
) -> Result<(), DistributionError> {
    let receipts: Vec<_> = kept.income.iter().map(|it| it.receipt_id).collect();
    if !store::still_undistributed(unit, &receipts)? {
        return Err(DistributionRefused::Overtaken.into());
    }
    outdated(policy, asked, kept, by)?.map_or(Ok(()), |it| Err(DistributionRefused::Outdated(it).into()))
}

/// What changed since a plan was drafted; none where it would be the same today.
fn outdated(
    policy: &PolicyValues,
    asked: &Asked,
    kept: &Plan,
    (standing, heirs): (&Standing, &Heirs),
) -> Result<Option<Outdated>, DistributionError> {
    // In the order in which they were divided, by which fen that are left over go.
    let mut income = kept.income.clone();
    income.sort_by_key(|it| (it.asset_id, it.period.from(), it.receipt_id));
    let by = |policy: &PolicyValues| match division(&income, standing, heirs, policy, asked) {
        Ok(lines) => Ok(Ok(amounts(&lines))),
        // What is asked cannot be any more: a use is out of bounds, a party holds nothing.
        Err(DistributionError::Invalid(faults)) => Ok(Err(faults.into_inner())),
        Err(DistributionError::Because(
            DistributionRefused::NoHolders(_) | DistributionRefused::Rights(_),
        )) => Ok(Err(Vec::new())),
        Err(error) => Err(error),
    };
    let planned = amounts(&kept.lines);
    let now = by(policy)?;
    if now.as_ref() == Ok(&planned) {
        return Ok(None);
    }
    let mut changed = Vec::new();
    if let Some(terms) = &kept.terms {
        if by(&terms.within(policy))?.as_ref() != Ok(&planned) {
            changed.push(Ground::Rights);
        }
        let of_today = Terms::of(policy);
        if of_today.set_asides != terms.set_asides {
            changed.push(Ground::SetAsides);
        }
        if of_today.uses != terms.uses {
            changed.push(Ground::Bounds);
        }
    }
    let (differences, refused) = match now {
        Ok(now) => (differences(&planned, &now), Vec::new()),
        Err(refused) => (Vec::new(), refused),
    };
    Ok(Some(Outdated { changed, differences, refused }))
}

/// The parts of a plan: by asset, by what they come from, by party, by purpose.
type Amounts = BTreeMap<(Id<kind::Asset>, String, Id<kind::Party>, Purpose), Fen>;

/// The parts of some lines. Into which account a part goes follows from the party and the purpose, and is no part of it.
fn amounts(lines: &[Line]) -> Amounts {
    let key = |it: &Line| {
        let ground = it.because.get("ground").and_then(Value::as_str).unwrap_or_default();
        (it.asset_id, ground.to_owned(), it.party_id, it.purpose)
    };
    lines.iter().map(|it| (key(it), it.amount)).collect()
}

fn differences(planned: &Amounts, now: &Amounts) -> Vec<Difference> {
    let keys: BTreeSet<_> = planned.keys().chain(now.keys()).collect();
    let difference = |key: &(Id<kind::Asset>, String, Id<kind::Party>, Purpose)| {
        let of = |amounts: &Amounts| amounts.get(key).copied().unwrap_or(Fen::ZERO);
        let (asset_id, _, party_id, purpose) = *key;
        let (planned_fen, now_fen) = (of(planned), of(now));
        (planned_fen != now_fen).then_some(Difference { asset_id, party_id, purpose, planned_fen, now_fen })
    };
    keys.into_iter().filter_map(difference).collect()
}

/// The heirs of those who own or owned some assets, or have or had a right to their income.
pub fn heirs_of(unit: &mut Read<'_>, standing: &Standing) -> Result<Heirs, StorageError> {
    let earns = |it: &&RightIn| matches!(it.1.kind, RightKind::Ownership | RightKind::Income);
    Heirs::of(unit, standing.iter().filter(earns).map(|(_, it)| it.holder_id))
}

/// Whom a party succeeds of those who get something themselves or by it.
fn succeeded_by<'a>(
    heirs: &Heirs,
    heir: Id<kind::Party>,
    due: &'a BTreeMap<Id<kind::Party>, BigRational>,
) -> Vec<&'a Id<kind::Party>> {
    due.keys().filter(|it| heirs.successor(**it) == Some(heir)).collect()
}

/// What is due to those who are there, successors in the place of whom they succeed, and what is due to nobody who is.
fn inherited(
    heirs: &Heirs,
    due: BTreeMap<Id<kind::Party>, BigRational>,
) -> (BTreeMap<Id<kind::Party>, BigRational>, BigRational) {
    let (mut taken, mut unclaimed) = (BTreeMap::new(), BigRational::zero());
    for (party, part) in due {
        match heirs.taking(party) {
            Some(party) => *taken.entry(party).or_insert_with(BigRational::zero) += part,
            None => unclaimed += part,
        }
    }
    (taken, unclaimed)
}

/// Who keeps what nobody can claim, and what part of it each: the owners of its days, or else the last who are there. None where
/// none is.
fn keepers(
    heirs: &Heirs,
    owned: &BTreeMap<Id<kind::Party>, BigRational>,
    rights: &[Right],
) -> BTreeMap<Id<kind::Party>, BigRational> {
    let mut keepers = owned.clone();
    if keepers.is_empty() {
        let owns = |it: &&Right| it.kind == RightKind::Ownership && heirs.taking(it.holder_id).is_some();
        let until = |it: &Right| it.period.to().unwrap_or(NaiveDate::MAX);
        let last = rights.iter().filter(owns).map(until).max();
        for it in rights.iter().filter(owns).filter(|it| Some(until(it)) == last) {
            if let Some(keeper) = heirs.taking(it.holder_id) {
                *keepers.entry(keeper).or_insert_with(BigRational::zero) += it.share.to_ratio();
            }
        }
    }
    let together = keepers.values().fold(BigRational::zero(), |sum, part| sum + part);
    keepers.retain(|_, part| !part.is_zero());
    keepers.into_iter().map(|(party, part)| (party, part / &together)).collect()
}

/// Divides income, asset by asset.
fn division(
    income: &[Income],
    standing: &Standing,
    heirs: &Heirs,
    policy: &PolicyValues,
    asked: &Asked,
) -> Result<Vec<Line>, DistributionError> {
    let mut of_assets: BTreeMap<Id<kind::Asset>, (Vec<Income>, Vec<Right>)> = BTreeMap::new();
    for it in income {
        of_assets.entry(it.asset_id).or_default().0.push(*it);
    }
    for (asset, right) in standing {
        if let Some((_, rights)) = of_assets.get_mut(asset) {
            rights.push(right.clone());
        }
    }
    let mut faults = faults_of_uses(&asked.uses, policy);
    // Who holds income shows as well where what is asked of somebody cannot be.
    let uses = if faults.is_empty() { asked.uses.clone() } else { BTreeMap::new() };
    let uses = Uses { asked: uses, policy };
    let mut lines = Vec::new();
    for asset in &asked.assets {
        if let Some((income, rights)) = of_assets.get(asset) {
            lines.extend(divide(*asset, income, (rights, heirs), &uses)?);
        }
    }
    let parties: BTreeSet<_> = lines.iter().map(|it| it.party_id).collect();
    let strangers = asked.uses.keys().filter(|it| !parties.contains(it));
    faults.extend(
        strangers.map(|it| Fault::at(format!("/uses/{it}"), Reason::NotFound { what: "holder of income" })),
    );
    Faults::none_of(faults)?;
    Ok(lines)
}

/// By what a part is divided by use.
struct Uses<'a> {
    asked: UsesByParty,
    policy: &'a PolicyValues,
}

/// Why a party gets a part of an asset's income.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Because {
    SetAside,
    IncomeRight,
    /// Nobody is there to claim it: the owners keep it for whom it is due to, in an account from which nothing is spent.
    Unclaimed,
}

/// Divides the income of one asset.
///
/// The work grows with the number of receipts and that of holders, and not with the one times the other.
fn divide(
    asset: Id<kind::Asset>,
    income: &[Income],
    (rights, heirs): (&[Right], &Heirs),
    uses: &Uses<'_>,
) -> Result<Vec<Line>, DistributionError> {
    let policy = uses.policy;
    let amount = Fen::sum(income.iter().map(|it| it.amount)).ok_or(LedgerRefused::TooLarge)?;
    if amount.is_zero() {
        return Ok(Vec::new());
    }
    let mut owned: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    let mut entitled = owned.clone();
    for (received, period) in alike(income, rights) {
        for (right, due) in [(RightKind::Ownership, &mut owned), (RightKind::Income, &mut entitled)] {
            for (party, part) in parts(rights, right, &period, asset)? {
                *due.entry(party).or_insert_with(BigRational::zero) += &received * part;
            }
        }
    }
    let (owned_once, entitled_once) = (owned.clone(), entitled.clone());
    let ((owned, unowned), (entitled, unclaimed)) = (inherited(heirs, owned), inherited(heirs, entitled));
    let keepers = if unowned.is_zero() && unclaimed.is_zero() {
        BTreeMap::new()
    } else {
        keepers(heirs, &owned, rights)
    };
    let mut weights: BTreeMap<(Because, Id<kind::Party>, Purpose), BigRational> = BTreeMap::new();
    let mut add = |key, weight| *weights.entry(key).or_insert_with(BigRational::zero) += weight;
    let set_aside_bp: i64 = policy.set_asides.iter().map(|it| it.bp).sum();
    for set_aside in &policy.set_asides {
        for (party, due) in &owned {
            add((Because::SetAside, *party, set_aside.purpose), due * rate(set_aside.bp));
        }
        for (party, part) in &keepers {
            add((Because::SetAside, *party, set_aside.purpose), &unowned * part * rate(set_aside.bp));
        }
    }
    let rest = rate(WHOLE_BP.saturating_sub(set_aside_bp));
    if keepers.is_empty() {
        // Nobody is there to keep it for others: it waits for those who owned the asset.
        let waiting = &unowned * rate(set_aside_bp) + &unclaimed * &rest;
        for (party, due) in &owned_once {
            let of_all = due / BigRational::from_integer(amount.get().into());
            add((Because::Unclaimed, *party, Purpose::Unclaimed), &waiting * of_all);
        }
    }
    for (party, due) in &entitled {
        for (purpose, of_use) in uses.of(*party) {
            add((Because::IncomeRight, *party, purpose), due * &rest * of_use);
        }
    }
    for (party, part) in &keepers {
        add((Because::Unclaimed, *party, Purpose::Unclaimed), &unclaimed * part * &rest);
    }
    weights.retain(|_, weight| !weight.is_zero());
    // The same content is always divided alike, so that a preview and its execution cannot differ by a fen.
    let mut divided: Vec<u8> = asset.uuid().as_bytes().to_vec();
    for receipt in income {
        divided.extend(receipt.receipt_id.uuid().as_bytes());
    }
    let claims: Vec<Claim<(Because, Id<kind::Party>, Purpose)>> = weights
        .into_iter()
        .map(|(key, weight)| {
            let account = accounts::account_id(key.1.uuid(), key.2.into());
            Claim { key, weight, tie: allotment::tie(&divided, account.uuid().as_bytes()) }
        })
        .collect();
    let shares = allotment::allot(amount, &claims).map_err(|refused| match refused {
        Unallottable::NoClaim | Unallottable::NegativeClaim | Unallottable::Unbalanced => {
            DistributionRefused::NoHolders(asset)
        }
    })?;
    let together = BigRational::from_integer(amount.get().into());
    // Of days of which nothing is on record it is said by whose rights they are divided.
    let early: Vec<_> =
        income.iter().filter_map(|it| Some((it.amount, before_registration(rights, &it.period)?))).collect();
    let early = early.first().map(|(_, first)| {
        let amount = Fen::sum(early.iter().map(|(amount, _)| *amount)).unwrap_or(amount);
        (BEFORE_REGISTRATION, json!({"received_fen": amount, "held_on": first}))
    });
    Ok(shares
        .into_iter()
        .zip(&claims)
        .filter(|((_, amount), _)| !amount.is_zero())
        .map(|(((because, party_id, purpose), part), claim)| {
            let (ground, succeeds) = match because {
                Because::SetAside => ("set_aside", succeeded_by(heirs, party_id, &owned_once)),
                Because::IncomeRight => ("income_right", succeeded_by(heirs, party_id, &entitled_once)),
                Because::Unclaimed => ("unclaimed", Vec::new()),
            };
            let told = [
                ("ground", json!(ground)),
                ("received_fen", json!(amount)),
                ("part", json!((&claim.weight / &together).to_string())),
            ];
            let successor_of = (!succeeds.is_empty()).then(|| (SUCCESSOR_OF, json!(succeeds)));
            let told = told
                .into_iter()
                .chain(successor_of)
                .chain(early.clone())
                .map(|(name, it)| (name.to_owned(), it));
            Line {
                asset_id: asset,
                party_id,
                account_id: accounts::account_id(party_id.uuid(), purpose.into()),
                purpose,
                amount: part,
                because: Value::Object(told.collect()),
            }
        })
        .collect())
}

fn rate(bp: i64) -> BigRational {
    BigRational::new(BigInt::from(bp), BigInt::from(WHOLE_BP))
}

/// The income by the periods over which it is divided. What came in for periods within which nobody's right begins or ends is
/// divided alike however long they are, and so it is divided together.
fn alike(income: &[Income], rights: &[Right]) -> Vec<(BigRational, Period)> {
    let changes: BTreeSet<NaiveDate> =
        rights.iter().flat_map(|it| std::iter::once(it.period.from()).chain(it.period.to())).collect();
    let mut together: BTreeMap<_, (BigInt, Period)> = BTreeMap::new();
    for it in income {
        let (from, to) = (it.period.from(), it.period.to());
        let until = to.map_or(Bound::Unbounded, Bound::Excluded);
        let changes_within = changes.range((Bound::Excluded(from), until)).next().is_some();
        let key = if changes_within {
            (Some(from), Some((from, to)))
        } else {
            (changes.range(..=from).next_back().copied(), None)
        };
        together.entry(key).or_insert_with(|| (BigInt::zero(), it.period)).0 += it.amount.get();
    }
    together.into_values().map(|(received, period)| (BigRational::from_integer(received), period)).collect()
}

/// The first day on which an asset is on record as owned, where a period ends before.
fn before_registration(rights: &[Right], period: &Period) -> Option<NaiveDate> {
    let owned = rights.iter().filter(|it| it.kind == RightKind::Ownership);
    let first = owned.map(|it| it.period.from()).min()?;
    period.to().filter(|to| *to <= first).map(|_| first)
}

/// Who held a right on the days of a period; where nobody did any more, those who held it on the last day before on which the asset
/// was owned; and for days before the asset was registered, of which nothing is on record, those who held it on the first day of which
/// something is. Whoever is said later to have owned it on such days takes it.
///
/// # Errors
/// As for [`model::holders_over`].
pub fn earners(
    rights: &[Right],
    right: RightKind,
    period: &Period,
) -> Result<Vec<(Id<kind::Party>, Share, Period)>, RightsError> {
    if let Some(first) = before_registration(rights, period) {
        let first_day = first.succ_opt().and_then(|next| Period::new(first, Some(next)).ok());
        return first_day.map_or(Ok(Vec::new()), |day| model::holders_over(rights, right, &day));
    }
    let held = model::holders_over(rights, right, period)?;
    let owned = rights.iter().filter(|it| it.kind == RightKind::Ownership);
    let ends = owned.filter_map(|it| it.period.to()).filter(|to| *to <= period.from()).max();
    match ends.filter(|_| held.is_empty()) {
        Some(end) => match end.pred_opt().and_then(|last| Period::new(last, Some(end)).ok()) {
            Some(last_day) => model::holders_over(rights, right, &last_day),
            None => Ok(held),
        },
        None => Ok(held),
    }
}

/// The part of each holder in what was received for a period, by the days held in it; the parts sum to 1.
fn parts(
    rights: &[Right],
    right: RightKind,
    period: &Period,
    asset: Id<kind::Asset>,
) -> Result<Vec<(Id<kind::Party>, BigRational)>, DistributionError> {
    let held = earners(rights, right, period)?;
    let period = held.iter().map(|(.., days)| days).find(|days| !days.overlaps(period)).unwrap_or(period);
    let weights = allotment::day_weighted(&held, period);
    let together = weights.iter().fold(BigRational::zero(), |sum, (_, weight)| sum + weight);
    if together.is_zero() {
        return Err(DistributionRefused::NoHolders(asset).into());
    }
    Ok(weights.into_iter().map(|(party, weight)| (party, weight / &together)).collect())
}

impl Uses<'_> {
    /// How a party's part is divided by use; the parts sum to 1.
    fn of(&self, party: Id<kind::Party>) -> Vec<(Purpose, BigRational)> {
        if let Some(uses) = self.asked.get(&party) {
            return uses.iter().map(|it| (it.purpose, it.share.to_ratio())).collect();
        }
        let bounds = &self.policy.uses;
        let least = bounds.iter().filter(|(_, it)| it.min_bp > 0);
        let mut least: Vec<_> = least.map(|(purpose, it)| (*purpose, rate(it.min_bp))).collect();
        let given = bounds.values().map(|it| it.min_bp).sum::<i64>();
        least.push((Purpose::Undistributed, rate(WHOLE_BP.saturating_sub(given))));
        least
    }
}

/// What is wrong with the uses that are asked for, by the bounds of a policy.
pub fn faults_of_uses(asked: &UsesByParty, policy: &PolicyValues) -> Vec<Fault> {
    asked.iter().flat_map(|(party, uses)| faults_of_use(*party, uses, policy)).collect()
}

fn faults_of_use(party: Id<kind::Party>, uses: &[UseShare], policy: &PolicyValues) -> Vec<Fault> {
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
    faults
}

/// Keeps the plan of a case, so that what is decided on is what is executed.
pub fn keep(unit: &mut Write<'_>, case: Id<kind::Case>, plan: &Plan) -> Result<(), StorageError> {
    store::keep(unit, case, plan)
}

/// The plan of a case, as it was kept.
pub fn kept(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Plan>, StorageError> {
    store::kept(unit, case)
}

/// Lets the plan of a case hold its income, so that no other plan is decided on that would distribute the same.
///
/// # Errors
/// [`DistributionRefused::Held`] where another plan holds some of it.
pub fn hold(unit: &mut Write<'_>, case: Id<kind::Case>) -> Result<(), DistributionError> {
    store::set_held(unit, case, true).map_err(|error| {
        if error.refused_by("income_held_once") {
            DistributionError::from(DistributionRefused::Held)
        } else {
            error.into()
        }
    })
}

/// Lets go of the income that the plan of a case holds.
pub fn release(unit: &mut Write<'_>, case: Id<kind::Case>) -> Result<(), StorageError> {
    store::set_held(unit, case, false)
}

/// The income of some assets in a period, as the receipts say it, whatever any plan says.
#[derive(Debug, Clone)]
pub struct Available {
    /// What was received and not reversed.
    pub received: Fen,
    /// What of it other plans hold or have distributed.
    pub reserved: Fen,
    /// The cases of those plans, so many at most.
    pub reserved_by: Vec<Id<kind::Case>>,
}

/// The income of some assets in a period, and what of it plans other than that of a case hold or have distributed.
pub fn available(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    period: &Period,
    but: Option<Id<kind::Case>>,
) -> Result<Available, StorageError> {
    store::available(unit, assets, period, but)
}

/// Pays a plan that was [confirmed](confirm) in the same unit of work out into the accounts: all of it, or none.
pub fn pay(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: Id<kind::Case>,
    plan: &Plan,
    regions: &BTreeMap<Id<kind::Asset>, RegionCode>,
    parties: &BTreeMap<Id<kind::Party>, RegionCode>,
) -> Result<(), DistributionError> {
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
    let receipts: Vec<_> = plan.income.iter().map(|it| it.receipt_id).collect();
    store::mark_distributed(unit, case, &receipts).map_err(|error| {
        if error.refused_by("distributed_receipts_pkey") {
            DistributionError::from(DistributionRefused::Overtaken)
        } else {
            error.into()
        }
    })?;
    ledger::book(unit, actor, &postings)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Months};
    use uuid::Uuid;

    use super::*;

    fn id<Kind>(number: u128) -> Id<Kind> {
        Uuid::from_u128(number).into()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn holds(kind: RightKind, holder: u128, share: Share, from: &str, to: Option<&str>) -> Right {
        Right {
            id: id(0),
            kind,
            holder_id: id(holder),
            grantor_id: None,
            through: vec![],
            share,
            period: Period::new(day(from), to.map(day)).unwrap(),
            begun_by: id(0),
            ended_by: None,
        }
    }

    fn owns(holder: u128, share: Share) -> Right {
        holds(RightKind::Ownership, holder, share, "2010-01-01", None)
    }

    fn came_in(number: u128, amount: i64, from: NaiveDate, to: NaiveDate) -> Income {
        Income {
            receipt_id: id(number),
            asset_id: id(1),
            amount: Fen::new(amount).unwrap(),
            period: Period::new(from, Some(to)).unwrap(),
        }
    }

    fn asked(uses: &[(u128, &[(Purpose, Share)])]) -> Asked {
        let of_party = |shares: &[(Purpose, Share)]| {
            shares.iter().map(|(purpose, share)| UseShare { purpose: *purpose, share: *share }).collect()
        };
        Asked {
            assets: vec![id(1)],
            period: Period::new(day("2015-01-01"), Some(day("2026-01-01"))).unwrap(),
            uses: uses.iter().map(|(party, shares)| (id(*party), of_party(shares))).collect(),
        }
    }

    fn drafted(income: Vec<Income>, standing: &Standing, policy: &PolicyValues, asked: &Asked) -> Plan {
        Plan {
            period: asked.period,
            amount: Fen::sum(income.iter().map(|it| it.amount)).unwrap(),
            lines: division(&income, standing, &Heirs::default(), policy, asked).unwrap(),
            income,
            left_out: vec![],
            held_elsewhere: vec![],
            terms: Some(Terms::of(policy)),
        }
    }

    fn half() -> Share {
        Share::new(1, 2).unwrap()
    }

    fn standing(rights: &[Right]) -> Vec<(Id<kind::Asset>, Right)> {
        rights.iter().map(|it| (id(1), it.clone())).collect()
    }

    fn year() -> Vec<Income> {
        vec![came_in(100, 1001, day("2024-01-01"), day("2025-01-01"))]
    }

    #[test]
    fn ten_years_of_daily_income_are_divided_among_two_thousand_households_at_once() {
        let share = Share::new(1, 2000).unwrap();
        let rights: Vec<Right> = (1..=2000).map(|it| owns(it, share)).collect();
        let income: Vec<Income> = (0..3650)
            .map(|it| {
                let from = day("2015-01-01") + Days::new(it);
                came_in(u128::from(it) + 10_000, 200_000, from, from + Days::new(1))
            })
            .collect();
        let plan = drafted(income, &standing(&rights), &PolicyValues::national(), &asked(&[]));

        assert_eq!(plan.lines.len(), 2000);
        assert!(plan.lines.iter().all(|it| it.amount.get() == 365_000));
        let said: usize = plan.lines.iter().map(|it| it.because.to_string().len()).sum();
        assert!(said < 2000 * 200, "{said} bytes");
    }

    #[test]
    fn what_is_divided_together_is_divided_as_each_receipt_would_be() {
        let mut rights = vec![owns(1, Share::WHOLE)];
        rights.push(holds(RightKind::Income, 2, half(), "2024-03-10", Some("2024-11-20")));
        let income: Vec<Income> = (0..24)
            .map(|it| {
                let from = day("2023-06-01") + Months::new(it);
                came_in(u128::from(it) + 100, 1_000_003, from, from + Months::new(1))
            })
            .collect();
        let exact = |income: &[Income]| -> BTreeMap<Id<kind::Party>, BigRational> {
            let mut due = BTreeMap::new();
            for (received, period) in alike(income, &rights) {
                for (party, part) in parts(&rights, RightKind::Income, &period, id(1)).unwrap() {
                    *due.entry(party).or_insert_with(BigRational::zero) += &received * part;
                }
            }
            due
        };
        let mut one_by_one = BTreeMap::new();
        for it in &income {
            for (party, due) in exact(&[*it]) {
                *one_by_one.entry(party).or_insert_with(BigRational::zero) += due;
            }
        }

        assert_eq!(exact(&income), one_by_one);
        // Three spans in which nothing changes, and the two months in which something does.
        assert_eq!(alike(&income, &rights).len(), 5);
    }

    #[track_caller]
    fn check(
        (then, policy_then): (&[Right], &PolicyValues),
        (now, policy_now): (&[Right], &PolicyValues),
        uses: &[(u128, &[(Purpose, Share)])],
        wanted: Option<(&[Ground], usize)>,
    ) {
        let asked = asked(uses);
        let plan = drafted(year(), &standing(then), policy_then, &asked);
        let found = outdated(policy_now, &asked, &plan, (&standing(now), &Heirs::default())).unwrap();
        let found = found.as_ref().map(|it| (it.changed.as_slice(), it.differences.len()));
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_plan_stands_as_long_as_rights_and_policy_come_to_the_same() {
        let national = PolicyValues::national();
        let set_asides = |bp| {
            let set_asides = vec![SetAside { purpose: Purpose::Reserve, bp }];
            PolicyValues { set_asides, ..PolicyValues::national() }
        };
        let at_least = |min_bp| {
            let bounds = UseBounds { min_bp, ..UseBounds::default() };
            PolicyValues {
                uses: BTreeMap::from([(Purpose::PublicPosts, bounds)]),
                ..PolicyValues::national()
            }
        };
        let one = [owns(1, Share::WHOLE)];
        let two = [owns(1, half()), owns(2, half())];
        let posts: &[(u128, &[(Purpose, Share)])] =
            &[(1, &[(Purpose::PublicPosts, half()), (Purpose::Members, half())])];

        check((&one, &national), (&one, &national), &[], None);
        check((&one, &national), (&two, &national), &[], Some((&[Ground::Rights], 2)));
        check((&one, &set_asides(500)), (&one, &set_asides(1000)), &[], Some((&[Ground::SetAsides], 2)));
        check((&one, &national), (&one, &at_least(3000)), &[], Some((&[Ground::Bounds], 2)));
        // Whoever said what for is bound by it, and not by bounds that leave room for it.
        check((&one, &national), (&one, &at_least(3000)), posts, None);
        check((&one, &national), (&one, &at_least(6000)), posts, Some((&[Ground::Bounds], 0)));
        let both: &[Ground] = &[Ground::Rights, Ground::SetAsides];
        check((&one, &national), (&two, &set_asides(1000)), &[], Some((both, 4)));
        check((&one, &national), (&[owns(2, Share::WHOLE)], &national), posts, Some((&[Ground::Rights], 0)));
    }
}
