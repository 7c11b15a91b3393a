//! What becomes of a contract when the lease behind it ends before its term, and when what it lets ends, is divided, is
//! merged, or is found again. Acts on the rights bring it about; nobody ends a contract by itself.
//!
//! A contract is about what its lessee was let. It runs as long as any of that is left: an asset that is still there, and
//! whose management the lessee was either granted and has not lost, or holds by a lease from before the register.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    journal::{self, Action, Actor, Record},
    money::contracts::{ContractError, Recorded, store},
    register::{
        assets,
        codes::RightKind,
        rights::{self, Right},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Id, Period, Scope, id::kind},
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
    let from_then_on =
        granted.iter().filter(|(_, it)| is_management(it) && it.period.overlaps(&Period::since(on)));
    Ok(from_then_on.map(|(_, it)| it.holder_id).collect())
}

fn is_management(it: &Right) -> bool {
    it.kind == RightKind::Management
}

/// Ends the contracts of those who lost the management of an asset from a day on, as far as nothing is left of what they
/// were let. A lessee who keeps a part keeps the contract; what is paid for the part is for the parties to agree upon.
pub fn end_leases(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    lost_by: &BTreeSet<Id<kind::Party>>,
    on: NaiveDate,
) -> Result<(), ContractError> {
    let concerned = running(unit, &[asset], on)?.into_iter();
    let concerned = concerned.filter(|it| lost_by.contains(&it.agreed.lessee_id)).collect();
    end_without(unit, actor, asset, concerned, on)
}

/// Ends the contracts about an asset that is gone from a day on, as far as nothing is left of what they let.
pub fn end_with_asset(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    on: NaiveDate,
) -> Result<(), ContractError> {
    let concerned = running(unit, &[asset], on)?;
    end_without(unit, actor, asset, concerned, on)
}

/// Locks every contract about some locked assets, before anything is written: an act on what is let may end them, and whoever
/// ends what else they let at the same moment must see that it did.
pub fn lock_about(unit: &mut Write<'_>, assets: &[Id<kind::Asset>]) -> Result<(), StorageError> {
    let ids = store::ids_about(unit, assets)?;
    lock(unit, &Locked::Contracts(&ids))
}

fn running(
    unit: &mut Write<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Recorded>, StorageError> {
    let mut found = store::about(unit, assets, on)?;
    found.retain(|it| !it.endings.iter().any(|ending| ending.resumed_on.is_none() && ending.on <= on));
    Ok(found)
}

/// Ends some contracts that no longer let an asset, as far as they let nothing else.
fn end_without(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    concerned: Vec<Recorded>,
    on: NaiveDate,
) -> Result<(), ContractError> {
    let others: BTreeSet<_> = concerned
        .iter()
        .flat_map(|it| it.agreed.asset_ids.iter().copied())
        .filter(|it| *it != asset)
        .collect();
    let others: Vec<_> = others.into_iter().collect();
    let standing = rights::standing(unit, &others)?;
    let known = assets::facts(unit, &Scope::WHOLE, &others)?;
    for mut it in concerned {
        let still_let = |asset: &&Id<kind::Asset>| {
            let there = known.get(asset).is_some_and(|it| !it.status.is_final());
            let theirs = |(of, right): &&(Id<kind::Asset>, Right)| {
                of == *asset && is_management(right) && right.holder_id == it.agreed.lessee_id
            };
            let mut granted = standing.iter().filter(theirs).peekable();
            let never = granted.peek().is_none();
            there && (never || granted.any(|(_, right)| right.period.overlaps(&Period::since(on))))
        };
        if it.agreed.asset_ids.iter().any(|asset| still_let(&asset)) {
            continue;
        }
        it.version = it.version.saturating_add(1);
        let entry = journal_change(unit, actor, ENDED, &it, ("ended_on", json!(on)))?;
        store::end(unit, &it, on, entry)?;
    }
    Ok(())
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
        let entry = journal_change(unit, actor, RESUMED, &it, ("resumed_on", json!(on)))?;
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
        let entry = journal_change(unit, actor, CARRIED, &it, ("since", json!(on)))?;
        store::add_assets(unit, &it, to, entry)?;
    }
    Ok(())
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    it: &Recorded,
    (what, day): (&str, serde_json::Value),
) -> Result<Id<kind::Entry>, StorageError> {
    let agreed = &it.agreed;
    let facts = json!({
        "contract_id": it.id, "asset_ids": agreed.asset_ids, what: day, "version": it.version,
    });
    journal::append(unit, actor, &Record::new(action, agreed.region_code, &it.subjects(), &facts))
}
