//! What becomes of a contract when the lease behind it ends before its term, and when what it lets ends, is divided, is
//! merged, or is found again. Acts on the rights bring it about; nobody ends a contract by itself.
//!
//! A contract is about what its lessee was let. It runs as long as any of that is left: an asset that is still there, and
//! whose management the lessee holds by the grant behind the contract, itself or through those it let it on to; or that it
//! holds by a lease from before the register. No sublease outlasts the lease that it hangs on (民法典 arts. 716-718): what was let
//! on ends with what it was let on from, on record or not.

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
        parties::Heirs,
        rights::{self, Right, model::hands},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, Period, Scope, id::kind},
};

const ENDED: Action = Action::named("contract_ended");
const RESUMED: Action = Action::named("contract_resumed");
const CARRIED: Action = Action::named("contract_carried_over");

/// The rights in an asset as an act would leave them; none where the asset would be gone.
pub type Left = (Id<kind::Asset>, Option<Vec<Right>>);

/// Rent that falls due on days on which the contract would no longer run, and that did not come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The contract.
    pub contract_id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who would owe it.
    pub lessee_id: Id<kind::Party>,
    /// How much of it fell due by each day on which some does.
    due_by: Vec<(NaiveDate, Fen)>,
}

impl GivenUp {
    /// How much of it fell due before a day.
    pub fn before(&self, day: NaiveDate) -> Fen {
        self.due_by.iter().rfind(|(due_on, _)| *due_on < day).map_or(Fen::ZERO, |(_, amount)| *amount)
    }
}

/// The contracts that an act ends.
#[derive(Debug, Default)]
pub struct Lapsing {
    contracts: Vec<Recorded>,
    given_up: Vec<GivenUp>,
}

impl Lapsing {
    /// The contracts that end from a day on where an act leaves rights in some assets: those that let any of them before, and let
    /// nothing any more.
    pub fn of(unit: &mut Read<'_>, left: &[Left], on: NaiveDate) -> Result<Self, StorageError> {
        let changed: Vec<_> = left.iter().map(|(asset, _)| *asset).collect();
        let mut contracts = running(unit, &changed, on)?;
        if contracts.is_empty() {
            return Ok(Self::default());
        }
        let all: BTreeSet<_> = contracts.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()).collect();
        let all: Vec<_> = all.into_iter().collect();
        let agreed = store::about(unit, &all, on)?;
        let known = assets::facts(unit, &Scope::WHOLE, &all)?;
        let before = rights::by_asset(rights::standing(unit, &all)?);
        let lets = |it: &Recorded, asset: Id<kind::Asset>, rights: Option<&Vec<Right>>| {
            let rights = rights.map_or(&[][..], Vec::as_slice);
            Letting { asset, rights, agreed: &agreed, on }.stands(it)
        };
        contracts.retain(|it| {
            let of_it = |asset: &&Left| it.agreed.asset_ids.contains(&asset.0);
            let loses = |(asset, rights): &Left| match rights {
                None => true,
                Some(rights) => lets(it, *asset, before.get(asset)) && !lets(it, *asset, Some(rights)),
            };
            let still_let = |asset: &Id<kind::Asset>| {
                if let Some((_, rights)) = left.iter().find(|(changed, _)| changed == asset) {
                    return rights.as_ref().is_some_and(|rights| lets(it, *asset, Some(rights)));
                }
                let there = known.get(asset).is_some_and(|it| !it.status.is_final());
                there && lets(it, *asset, before.get(asset))
            };
            left.iter().filter(of_it).any(loses) && !it.agreed.asset_ids.iter().any(still_let)
        });
        let given_up = given_up(unit, &contracts, on)?;
        Ok(Self { contracts, given_up })
    }

    /// Whether it ends none.
    pub const fn is_nothing(&self) -> bool {
        self.contracts.is_empty()
    }

    /// The rent that would be owed no longer, by contract: what fell due, and what will have until the act is executed.
    pub fn given_up(&self) -> &[GivenUp] {
        &self.given_up
    }
}

/// The rent that is given up where some contracts end from a day on.
fn given_up(unit: &mut Read<'_>, ending: &[Recorded], on: NaiveDate) -> Result<Vec<GivenUp>, StorageError> {
    let ids: Vec<_> = ending.iter().map(|it| it.id).collect();
    let received: BTreeMap<_, _> =
        receipts::store::received_under(unit, &ids, Known::Now)?.into_iter().collect();
    let given_up = |it: &Recorded| {
        let received = received.get(&it.id).copied().unwrap_or_default();
        let ended: Vec<_> = it.endings.iter().copied().chain([Ending { on, resumed_on: None }]).collect();
        let (as_is, as_ended) =
            (settled(&it.agreed.dues, &it.endings, received).0, settled(&it.agreed.dues, &ended, received).0);
        let due_by = it.agreed.dues.iter().map(|(due_on, _)| *due_on).filter(|due_on| on <= *due_on);
        let due_by: Vec<_> = due_by
            .filter_map(|by| Some((by, arrears(&as_is, by).checked_sub(arrears(&as_ended, by))?)))
            .filter(|(_, amount)| !amount.is_zero())
            .collect();
        let (lessor_id, lessee_id) = (it.agreed.lessor_id, it.agreed.lessee_id);
        (!due_by.is_empty()).then_some(GivenUp { contract_id: it.id, lessor_id, lessee_id, due_by })
    };
    Ok(ending.iter().filter_map(given_up).collect())
}

/// Ends the contracts that an act ends from a day on.
pub fn end(
    unit: &mut Write<'_>,
    actor: &Actor,
    lapsing: &Lapsing,
    on: NaiveDate,
) -> Result<(), ContractError> {
    let today = unit.today();
    for it in &lapsing.contracts {
        let it = Recorded { version: it.version.saturating_add(1), ..it.clone() };
        let amount = lapsing.given_up.iter().find(|of| of.contract_id == it.id).map(|it| it.before(today));
        let told = (json!({"ended_on": on}), amount.filter(|it| !it.is_zero()));
        let entry = journal_change(unit, actor, ENDED, &it, told)?;
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
    found.retain(|it| runs(it, on));
    Ok(found)
}

/// Whether a contract did not end by a day before its term.
fn runs(it: &Recorded, on: NaiveDate) -> bool {
    !it.endings.iter().any(|ending| ending.resumed_on.is_none() && ending.on <= on)
}

/// What is let of an asset on a day or later.
struct Letting<'a> {
    asset: Id<kind::Asset>,
    /// The rights in it, past ones included.
    rights: &'a [Right],
    /// The contracts about it whose term is not over, ended ones included.
    agreed: &'a [Recorded],
    on: NaiveDate,
}

impl Letting<'_> {
    /// Whether a contract lets it.
    fn stands(&self, it: &Recorded) -> bool {
        self.lets(it, it.agreed.lessor_id, it.agreed.lessee_id, &mut Vec::new())
    }

    /// Whether a contract lets it by one party to another: by what of its management the one gave the other; or, where that is
    /// not on record, as long as the one has it to let.
    fn lets(
        &self,
        it: &Recorded,
        lessor: Id<kind::Party>,
        lessee: Id<kind::Party>,
        seen: &mut Vec<Id<kind::Contract>>,
    ) -> bool {
        let from_then_on = Period::since(self.on);
        let held = |it: &&Right| it.period.overlaps(&from_then_on);
        let granted = self.rights.iter().filter(|it| it.kind == RightKind::Management);
        let through = |party, it: &Right| hands(it).contains(&party);
        let giver = |it: &Right| hands(it).into_iter().take_while(|hand| *hand != lessee).last();
        let to_lessee: Vec<&Right> = granted.clone().filter(|it| through(lessee, it)).collect();
        let by_lessor: Vec<&&Right> = to_lessee.iter().filter(|it| giver(it) == Some(lessor)).collect();
        if !by_lessor.is_empty() {
            return by_lessor.into_iter().any(&held);
        }
        let by_owner: Vec<&&Right> = to_lessee.iter().filter(|it| giver(it).is_none()).collect();
        let of_lessor: Vec<&Right> = granted.filter(|it| through(lessor, it)).collect();
        let owns = |it: &&Right| it.kind == RightKind::Ownership && it.holder_id == lessor;
        let lets_as_owner = by_owner.iter().any(|it| it.grantor_id == Some(lessor));
        if !of_lessor.is_empty() && !lets_as_owner {
            return of_lessor.iter().any(held) || self.rights.iter().filter(owns).any(|it| held(&it));
        }
        if !by_owner.is_empty() {
            return by_owner.into_iter().any(&held);
        }
        if !to_lessee.is_empty() {
            return to_lessee.iter().any(held);
        }
        // What a case let is on record; what was let before the register hangs on what the lessor rents by others of that time.
        if it.agreed.case_id.is_some() || seen.contains(&it.id) {
            return false;
        }
        seen.push(it.id);
        if self.rights.iter().filter(owns).any(|it| held(&it)) {
            return true;
        }
        let rents = |of: &&Recorded| {
            of.agreed.lessee_id == lessor && of.agreed.asset_ids.contains(&self.asset) && of.id != it.id
        };
        let mut rented = self.agreed.iter().filter(rents).peekable();
        rented.peek().is_none()
            || rented
                .any(|of| runs(of, self.on) && self.lets(of, of.agreed.lessor_id, of.agreed.lessee_id, seen))
    }
}

/// Lets the contracts run again from a day on that ended with an asset on another, where the asset is found again and is let by
/// them again. Whoever succeeds to a party that is there no more takes its place; a lessee whose place nobody takes is bound to
/// nothing again.
pub fn resume(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    (ended_on, on): (NaiveDate, NaiveDate),
) -> Result<(), ContractError> {
    let standing = rights::standing(unit, &[asset])?;
    let standing: Vec<Right> = standing.into_iter().map(|(_, right)| right).collect();
    let found = store::about(unit, &[asset], on)?;
    let bound = found.iter().flat_map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]);
    let heirs = Heirs::of(unit, bound)?;
    let ended = |it: &Recorded| it.endings.iter().any(|it| it.on == ended_on && it.resumed_on.is_none());
    // As they would run again, those of whom nobody takes the place left as they ended.
    let again = |it: &Recorded| {
        let mut again = it.clone();
        if ended(it) && heirs.taking(it.agreed.lessee_id).is_some() {
            again.endings.retain(|it| it.on != ended_on || it.resumed_on.is_some());
        }
        again
    };
    let agreed: Vec<Recorded> = found.iter().map(again).collect();
    let letting = Letting { asset, rights: &standing, agreed: &agreed, on };
    for mut it in found {
        let Some(lessee) = heirs.taking(it.agreed.lessee_id).filter(|_| ended(&it)) else { continue };
        let lessor = heirs.taking(it.agreed.lessor_id).unwrap_or(it.agreed.lessor_id);
        if !letting.stands(&it) && !letting.lets(&it, lessor, lessee, &mut Vec::new()) {
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
    let all: Vec<_> = from.iter().chain(to).copied().collect();
    let standing = rights::standing(unit, &all)?;
    // They have the rights from that day on that the others had before.
    let standing: Vec<Right> = standing.into_iter().map(|(_, right)| right).collect();
    let agreed = store::about(unit, from, on)?;
    for mut it in agreed.iter().filter(|it| runs(it, on)).cloned() {
        let lets = |asset: &Id<kind::Asset>| {
            it.agreed.asset_ids.contains(asset)
                && Letting { asset: *asset, rights: &standing, agreed: &agreed, on }.stands(&it)
        };
        if !from.iter().any(lets) {
            continue;
        }
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
