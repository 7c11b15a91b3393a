//! What becomes of a contract when the lease behind it ends before its term, and when what it lets ends, is divided, is
//! merged, or is found again. Acts on the rights bring it about; nobody ends a contract by itself.
//!
//! A contract is about what its lessee was let. It runs as long as any of that is left: an asset that is still there, and
//! whose management the lessee was either granted and has not lost, or holds by a lease from before the register.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{Ending, arrears, settled};
use crate::{
    journal::{self, Action, Actor, Known, Record},
    money::{
        contracts::{ContractError, Recorded, store},
        receipts,
    },
    register::{
        assets,
        codes::RightKind,
        rights::{self, Right},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, Period, Scope, id::kind},
};

const ENDED: Action = Action::named("contract_ended");
const RESUMED: Action = Action::named("contract_resumed");
const CARRIED: Action = Action::named("contract_carried_over");

/// Who manages an asset by a grant on a day or later: whose contracts an act on it may end.
pub fn managers(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    on: NaiveDate,
) -> Result<BTreeSet<Id<kind::Party>>, StorageError> {
    let granted = rights::standing(unit, &[asset])?;
    Ok(managing(granted.iter().map(|(_, it)| it), on))
}

/// Who manages an asset by a grant on a day or later, by the rights in it.
pub fn managing<'a>(rights: impl IntoIterator<Item = &'a Right>, on: NaiveDate) -> BTreeSet<Id<kind::Party>> {
    let from_then_on =
        rights.into_iter().filter(|it| is_management(it) && it.period.overlaps(&Period::since(on)));
    from_then_on.map(|it| it.holder_id).collect()
}

fn is_management(it: &Right) -> bool {
    it.kind == RightKind::Management
}

/// Rent that fell due before the end of a contract was entered, and that the end forgives: it fell due on a day on which the
/// contract no longer ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The contract.
    pub contract_id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who would owe it.
    pub lessee_id: Id<kind::Party>,
    /// How much of it did not come in.
    pub amount: Fen,
}

/// Whose contracts about an asset end from a day on.
#[derive(Debug, Clone, Copy)]
pub enum Ends<'a> {
    /// Those of the lessees who lose the management of it. One who keeps a part keeps the contract; what is paid for the part
    /// is for the parties to agree upon.
    Leases(&'a BTreeSet<Id<kind::Party>>),
    /// All of them: the asset is gone.
    WithAsset,
}

/// The rent that is given up where contracts about an asset end from a day on and that is entered on another, by contract.
pub fn given_up(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    ends: Ends<'_>,
    (on, entered_on): (NaiveDate, NaiveDate),
) -> Result<Vec<GivenUp>, StorageError> {
    let Some(by) = entered_on.pred_opt().filter(|by| on <= *by) else { return Ok(Vec::new()) };
    let ending = ending_with(unit, asset, ends, on)?;
    let ids: Vec<_> = ending.iter().map(|it| it.id).collect();
    let received: BTreeMap<_, _> =
        receipts::store::received_under(unit, &ids, Known::Now)?.into_iter().collect();
    let given_up = |it: Recorded| {
        let received = received.get(&it.id).copied().unwrap_or_default();
        let owed = |endings: &[Ending]| arrears(&settled(&it.agreed.dues, endings, received).0, by);
        let ended: Vec<_> = it.endings.iter().copied().chain([Ending { on, resumed_on: None }]).collect();
        let amount = owed(&it.endings).checked_sub(owed(&ended)).filter(|it| !it.is_zero())?;
        let (lessor_id, lessee_id) = (it.agreed.lessor_id, it.agreed.lessee_id);
        Some(GivenUp { contract_id: it.id, lessor_id, lessee_id, amount })
    };
    Ok(ending.into_iter().filter_map(given_up).collect())
}

/// Ends the contracts about an asset that end from a day on. `given_up` is what was said of the rent that is given up by it.
pub fn end(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    (ends, given_up): (Ends<'_>, &[GivenUp]),
    on: NaiveDate,
) -> Result<(), ContractError> {
    for mut it in ending_with(unit, asset, ends, on)? {
        it.version = it.version.saturating_add(1);
        let amount = given_up.iter().find(|of| of.contract_id == it.id).map(|it| it.amount);
        let entry = journal_change(unit, actor, ENDED, &it, (json!({"ended_on": on}), amount))?;
        store::end(unit, &it, on, entry)?;
    }
    Ok(())
}

/// Locks every contract about some locked assets, before anything is written: an act on what is let may end them, and whoever
/// ends what else they let at the same moment must see that it did.
pub fn lock_about(unit: &mut Write<'_>, assets: &[Id<kind::Asset>]) -> Result<(), StorageError> {
    let ids = store::ids_about(unit, assets)?;
    lock(unit, &Locked::Contracts(&ids))
}

fn running(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Recorded>, StorageError> {
    let mut found = store::about(unit, assets, on)?;
    found.retain(|it| !it.endings.iter().any(|ending| ending.resumed_on.is_none() && ending.on <= on));
    Ok(found)
}

/// The contracts that no longer let an asset from a day on, as far as they let nothing else.
fn ending_with(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    ends: Ends<'_>,
    on: NaiveDate,
) -> Result<Vec<Recorded>, StorageError> {
    let mut concerned = running(unit, &[asset], on)?;
    if let Ends::Leases(lost_by) = ends {
        concerned.retain(|it| lost_by.contains(&it.agreed.lessee_id));
    }
    let others: BTreeSet<_> = concerned
        .iter()
        .flat_map(|it| it.agreed.asset_ids.iter().copied())
        .filter(|it| *it != asset)
        .collect();
    let others: Vec<_> = others.into_iter().collect();
    let standing = rights::standing(unit, &others)?;
    let known = assets::facts(unit, &Scope::WHOLE, &others)?;
    concerned.retain(|it| {
        let still_let = |asset: &&Id<kind::Asset>| {
            let there = known.get(asset).is_some_and(|it| !it.status.is_final());
            let theirs = |(of, right): &&(Id<kind::Asset>, Right)| {
                of == *asset && is_management(right) && right.holder_id == it.agreed.lessee_id
            };
            let mut granted = standing.iter().filter(theirs).peekable();
            let never = granted.peek().is_none();
            there && (never || granted.any(|(_, right)| right.period.overlaps(&Period::since(on))))
        };
        !it.agreed.asset_ids.iter().any(|asset| still_let(&asset))
    });
    Ok(concerned)
}

/// Lets the contracts run again from a day on that ended with an asset on another, where the asset is found again and the
/// lessee manages it again.
pub fn resume(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    (ended_on, on): (NaiveDate, NaiveDate),
) -> Result<(), ContractError> {
    let managers = managers(unit, asset, on)?;
    let granted = rights::standing(unit, &[asset])?;
    let ever = |lessee| granted.iter().any(|(_, it)| is_management(it) && it.holder_id == lessee);
    for mut it in store::about(unit, &[asset], on)? {
        let lessee = it.agreed.lessee_id;
        let ended = it.endings.iter().any(|it| it.on == ended_on && it.resumed_on.is_none());
        if !ended || (ever(lessee) && !managers.contains(&lessee)) {
            continue;
        }
        it.version = it.version.saturating_add(1);
        let entry = journal_change(unit, actor, RESUMED, &it, (json!({"resumed_on": on}), None))?;
        store::resume(unit, &it, ended_on, on, entry)?;
    }
    Ok(())
}

/// Lets the contracts about some assets be about those as well that they become on a day: a market's parts are let as the
/// market was, and what is owed for it is owed for them.
pub fn carry(
    unit: &mut Write<'_>,
    actor: &Actor,
    from: &[Id<kind::Asset>],
    to: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<(), ContractError> {
    for mut it in running(unit, from, on)? {
        it.version = it.version.saturating_add(1);
        it.agreed.asset_ids.extend_from_slice(to);
        it.agreed.asset_ids.sort();
        let entry = journal_change(unit, actor, CARRIED, &it, (json!({"since": on}), None))?;
        store::add_assets(unit, &it, to, entry)?;
    }
    Ok(())
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    it: &Recorded,
    (told, given_up): (Value, Option<Fen>),
) -> Result<Id<kind::Entry>, StorageError> {
    let agreed = &it.agreed;
    let of_contract = [
        ("contract_id", json!(it.id)),
        ("asset_ids", json!(agreed.asset_ids)),
        ("version", json!(it.version)),
    ];
    let of_contract = of_contract.into_iter().chain(given_up.map(|it| ("given_up_fen", json!(it))));
    let mut facts = Map::from_iter(of_contract.map(|(name, it)| (name.to_owned(), it)));
    if let Value::Object(told) = told {
        facts.extend(told);
    }
    journal::append(unit, actor, &Record::new(action, agreed.region_code, &it.subjects(), &facts))
}
