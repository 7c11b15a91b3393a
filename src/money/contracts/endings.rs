//! What becomes of a contract when the lease behind it ends before its term, and when what it lets ends, is divided, is
//! merged, or is found again. Acts on the rights bring it about; nobody ends a contract by itself.
//!
//! A contract is about what its lessee was let. It runs as long as any of that is left: an asset that is still there, and
//! whose management the lessee holds by the grant behind the contract, itself or through those it let it on to; or that it
//! holds by a lease from before the register. Which grant that is, the record of rights tells for good: what ended on its first
//! day stands in it no longer, and was in it. No sublease outlasts the lease that it hangs on (民法典 arts. 716-718): what was let
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
        rights::{self, Granted, Right, model::hands},
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
        let lettings = Lettings::of(unit, &all, agreed, on)?;
        let lets = |it: &Recorded, asset: Id<kind::Asset>, rights: Option<&Vec<Right>>| {
            lettings.lets(it, asset, rights.map_or(&[][..], Vec::as_slice))
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

    /// Those that it ends.
    pub fn contracts(&self) -> &[Recorded] {
        &self.contracts
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

/// All that tells whether contracts about some assets let anything.
struct Lettings {
    /// The contracts whose term is not over, ended ones included.
    agreed: Vec<Recorded>,
    /// All grants that were ever on record, of what they let.
    granted: Vec<Granted>,
    /// Who takes the place of whom.
    heirs: Heirs,
    on: NaiveDate,
}

/// Through whose hands a right came, the owner who granted it first; none where all of them did.
type Way = (Option<Id<kind::Party>>, Vec<Id<kind::Party>>);

impl Lettings {
    /// What can be let on a day or later of some assets by some contracts about them.
    fn of(
        unit: &mut Read<'_>,
        assets: &[Id<kind::Asset>],
        agreed: Vec<Recorded>,
        on: NaiveDate,
    ) -> Result<Self, StorageError> {
        let granted = rights::granted(unit, assets, RightKind::Management)?;
        let in_grants = granted.iter().flat_map(|it| it.right.grantor_id.into_iter().chain(hands(&it.right)));
        let bound = agreed.iter().flat_map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]);
        let heirs = Heirs::of(unit, in_grants.chain(bound))?;
        Ok(Self { agreed, granted, heirs, on })
    }

    /// Whoever stands in the place of a party by now.
    fn now(&self, party: Id<kind::Party>) -> Id<kind::Party> {
        self.heirs.taking(party).unwrap_or(party)
    }

    /// The way of a right, up to a hand where it came through that.
    fn way(&self, right: &Right, up_to: Option<Id<kind::Party>>) -> Option<Way> {
        let mut way: Vec<_> = hands(right).into_iter().map(|hand| self.now(hand)).collect();
        if let Some(last) = up_to {
            way.truncate(way.iter().position(|hand| *hand == last)?.saturating_add(1));
        }
        Some((right.grantor_id.map(|it| self.now(it)), way))
    }

    /// Whether a right that stands, or its days to come, came this way.
    fn stands(&self, right: &Right, way: &Way) -> bool {
        let later = right.kind == RightKind::Management && right.period.overlaps(&Period::since(self.on));
        later && self.way(right, None).is_some_and(|(by, of)| by == way.0 && of.starts_with(&way.1))
    }

    /// The ways of the grants behind a contract: those that its case gave; or, where it was made before the register, those by
    /// which its lessor let to its lessee as far as is on record.
    fn behind(&self, it: &Recorded, asset: Id<kind::Asset>, rights: &[Right]) -> Vec<Way> {
        let (lessor, lessee) = (self.now(it.agreed.lessor_id), self.now(it.agreed.lessee_id));
        if let Some(case) = it.agreed.case_id {
            let given = self.granted.iter().filter(|of| of.case_id == Some(case));
            let to_lessee = given.filter(|of| self.now(of.right.holder_id) == lessee);
            return to_lessee.filter_map(|of| self.way(&of.right, None)).collect();
        }
        let of_asset = self.granted.iter().filter(|of| of.asset_id == asset);
        let of_term = of_asset.filter(|of| of.right.period.overlaps(&it.agreed.term));
        let ways: Vec<Way> = of_term.filter_map(|of| self.way(&of.right, Some(lessee))).collect();
        let giver = |(by, hands): &Way| hands.iter().nth_back(1).copied().map_or(*by, Some);
        let by_lessor = |way: &&Way| match giver(way) {
            Some(giver) => giver == lessor,
            // All owners together.
            None => true,
        };
        let let_by_lessor: Vec<Way> = ways.iter().filter(by_lessor).cloned().collect();
        if !let_by_lessor.is_empty() {
            return let_by_lessor;
        }
        // A sale does not break a lease: what others let as owners is let by whoever owns the asset since (民法典 art. 725).
        let from_owners = |(_, hands): &Way| hands.len() == 1;
        if self.owned(it, lessor, rights) {
            return ways.into_iter().filter(from_owners).collect();
        }
        // Whoever never had it on record lets for somebody else.
        if self.had(asset, lessor) { Vec::new() } else { ways }
    }

    /// Whether a party owns an asset on any day of a contract.
    fn owned(&self, it: &Recorded, party: Id<kind::Party>, rights: &[Right]) -> bool {
        let owns = |right: &&Right| {
            right.kind == RightKind::Ownership
                && self.now(right.holder_id) == party
                && right.period.overlaps(&it.agreed.term)
        };
        rights.iter().any(|right| owns(&right))
    }

    /// Whether the management of an asset ever came through a party's hands, by what was ever on record.
    fn had(&self, asset: Id<kind::Asset>, party: Id<kind::Party>) -> bool {
        let of_asset = self.granted.iter().filter(|of| of.asset_id == asset);
        of_asset.flat_map(|of| hands(&of.right)).any(|hand| self.now(hand) == party)
    }

    /// Whether a contract lets an asset in which these are the rights, past ones included: by what of its management is left of
    /// what its lessee was granted; or, where that was never on record, as long as its lessor has it to let.
    fn lets(&self, it: &Recorded, asset: Id<kind::Asset>, rights: &[Right]) -> bool {
        self.lets_beside(it, asset, rights, &mut Vec::new())
    }

    fn lets_beside(
        &self,
        it: &Recorded,
        asset: Id<kind::Asset>,
        rights: &[Right],
        seen: &mut Vec<Id<kind::Contract>>,
    ) -> bool {
        let behind = self.behind(it, asset, rights);
        if !behind.is_empty() {
            return rights.iter().any(|right| behind.iter().any(|way| self.stands(right, way)));
        }
        if it.agreed.case_id.is_some() || seen.contains(&it.id) {
            return false;
        }
        seen.push(it.id);
        let lessor = self.now(it.agreed.lessor_id);
        if self.owned(it, lessor, rights) {
            return true;
        }
        if self.had(asset, lessor) {
            let from_then_on = Period::since(self.on);
            let later = rights
                .iter()
                .filter(|right| right.kind == RightKind::Management && right.period.overlaps(&from_then_on));
            return later.flat_map(hands).any(|hand| self.now(hand) == lessor);
        }
        // What was let before the register hangs on what its lessor rents by others of that time.
        let rents = |of: &&Recorded| {
            self.now(of.agreed.lessee_id) == lessor && of.agreed.asset_ids.contains(&asset) && of.id != it.id
        };
        let mut rented = self.agreed.iter().filter(rents).peekable();
        rented.peek().is_none()
            || rented.any(|of| runs(of, self.on) && self.lets_beside(of, asset, rights, seen))
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
    let lessees = Heirs::of(unit, found.iter().map(|it| it.agreed.lessee_id))?;
    // The day on which it ended, with this asset or once this one was gone.
    let ended = |it: &Recorded| {
        let open = it.endings.iter().find(|of| of.resumed_on.is_none() && ended_on <= of.on)?;
        lessees.taking(it.agreed.lessee_id).map(|_| open.on)
    };
    // As they would run again, those of whom nobody takes the place left as they ended.
    let again = |it: &Recorded| {
        let mut again = it.clone();
        if ended(it).is_some() {
            again.endings.retain(|of| of.resumed_on.is_some());
        }
        again
    };
    let all: BTreeSet<_> = found.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()).collect();
    let all: Vec<_> = all.into_iter().collect();
    let lettings = Lettings::of(unit, &all, found.iter().map(again).collect(), on)?;
    for mut it in found {
        let Some(ended_on) = ended(&it).filter(|_| lettings.lets(&it, asset, &standing)) else { continue };
        it.version = it.version.saturating_add(1);
        let resumed_on = on.max(ended_on);
        let entry = journal_change(unit, actor, RESUMED, &it, (json!({"resumed_on": resumed_on}), None))?;
        store::resume(unit, &it, ended_on, resumed_on, entry)?;
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
    let known: BTreeSet<_> = agreed.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()).collect();
    let known: Vec<_> = known.into_iter().collect();
    let lettings = Lettings::of(unit, &known, agreed, on)?;
    for mut it in lettings.agreed.iter().filter(|it| runs(it, on)).cloned() {
        let lets = |asset: &Id<kind::Asset>| {
            it.agreed.asset_ids.contains(asset) && lettings.lets(&it, *asset, &standing)
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
