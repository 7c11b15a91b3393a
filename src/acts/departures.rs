//! Departures: an organisation that ends, a person whose data are erased.
//!
//! Neither leaves anything behind that is theirs or that they owe. What is left is told, thing by thing, so that it can be
//! ended or moved first. An organisation may also name its successor when it ends: what is left stays with it on record until
//! acts move it, and can go to nobody else.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    cases,
    identity::{Caller, Permission, Refusal, Vault, reason, takes_over},
    maintenance::assignments,
    money::{accounts, contracts, distributions},
    register::{
        parties::{
            self, ChangedParty, Party, PartyRefused,
            erasure::{self, Erasure, ErasureRefused},
        },
        restrictions, rights,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Change, Id, Seen, id::kind},
};

/// How many things of each kind are told. Nobody ends more in one go.
const TOLD: i64 = 100;

/// What a party holds, owes, or is about to be given or to give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The assets in which it holds a right.
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// The cases under way that concern it.
    pub case_ids: Vec<Id<kind::Case>>,
    /// The contracts that run, or under which something is owed.
    pub contract_ids: Vec<Id<kind::Contract>>,
    /// The income of days on which it had a share in it, that is not distributed yet.
    pub receipt_ids: Vec<Id<kind::Receipt>>,
    /// The parties that it succeeds, of which something is left.
    pub predecessor_ids: Vec<Id<kind::Party>>,
    /// The accounts that hold money.
    pub accounts: Vec<Balance>,
    /// The restrictions on assets that it holds.
    pub restriction_ids: Vec<Id<kind::Restriction>>,
    /// The assets for whose upkeep it answers, by assignment.
    pub assignment_ids: Vec<Id<kind::Assignment>>,
}

/// What an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The account.
    pub account_id: Id<kind::Account>,
    /// How much.
    pub balance_fen: i64,
}

impl Left {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a party cannot depart.
#[derive(Debug, thiserror::Error)]
pub enum DepartureRefused {
    /// The register refuses the change of the party.
    #[error(transparent)]
    Party(#[from] PartyRefused),
    /// The register refuses the erasure.
    #[error(transparent)]
    Erasure(#[from] ErasureRefused),
    /// Something is left.
    #[error("the party still holds or owes something")]
    Left(Box<Left>),
}

/// Why it was refused, or why it failed.
pub type DepartureError = Refusal<DepartureRefused>;

reason!(DepartureRefused);
takes_over!(PartyRefused => DepartureRefused);
takes_over!(ErasureRefused => DepartureRefused);

/// Refuses what leaves something of a party itself, or of one that it succeeds, from a day on.
fn nothing_left(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    on: NaiveDate,
    own: Left,
) -> Result<(), DepartureError> {
    let mut left = own;
    for predecessor in parties::succeeded_by(unit, party, TOLD)? {
        if !of_its_own(unit, predecessor, on)?.is_nothing() {
            left.predecessor_ids.push(predecessor);
        }
    }
    if left.is_nothing() { Ok(()) } else { Err(DepartureRefused::Left(Box::new(left)).into()) }
}

/// What is left of a party itself from a day on.
fn of_its_own(unit: &mut Read<'_>, party: Id<kind::Party>, on: NaiveDate) -> Result<Left, StorageError> {
    let of_accounts = accounts::not_empty(unit, party, TOLD)?.into_iter();
    Ok(Left {
        asset_ids: rights::held_from(unit, party, on, TOLD)?,
        case_ids: cases::under_way_of(unit, party, TOLD)?,
        contract_ids: contracts::owing(unit, party, on, usize::try_from(TOLD).unwrap_or(usize::MAX))?,
        receipt_ids: distributions::awaited_by(unit, party, usize::try_from(TOLD).unwrap_or(usize::MAX))?,
        predecessor_ids: Vec::new(),
        accounts: of_accounts
            .map(|it| Balance { account_id: it.id, balance_fen: it.balance_fen() })
            .collect(),
        restriction_ids: restrictions::held_from(unit, party, on, TOLD)?,
        assignment_ids: assignments::held_from(unit, party, on, TOLD)?,
    })
}

/// Corrects a party's name or identifier, or ends it: with a successor, or with nothing left.
pub fn change(
    unit: &mut Write<'_>,
    caller: &Caller,
    vault: &Vault,
    id: Id<kind::Party>,
    seen: &Seen,
    asked: &ChangedParty,
) -> Result<Party, DepartureError> {
    caller.permit(Permission::PartiesWrite)?;
    // Nobody gives it anything meanwhile: whoever did so before is seen, whoever comes later sees that it has ended. And its
    // successor stays.
    let departs = asked.ended_on != Change::Keep || asked.successor_id != Change::Keep;
    let successor = asked.successor_id.content().filter(|it| **it != id);
    let ends = departs.then_some(Locked::Party(id));
    let stays = successor.map(std::slice::from_ref).map(Locked::Parties);
    let both = if successor.is_some_and(|it| *it < id) { [stays, ends] } else { [ends, stays] };
    for locked in both.into_iter().flatten() {
        lock(unit, &locked)?;
    }
    let party = parties::change(unit, caller, vault, id, seen, asked)?;
    let Some(on) = party.ended_on.filter(|_| departs) else { return Ok(party) };
    let own = match party.successor_id {
        None => of_its_own(unit, id, on)?,
        // What is its own waits for its successor; but it was there for as long as it was given something.
        Some(_) => Left { asset_ids: rights::begun_from(unit, id, on, TOLD)?, ..Left::default() },
    };
    nothing_left(unit, id, on, own)?;
    Ok(party)
}

/// Erases what identifies a person or a household of whom nothing is left.
pub fn erase(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Party>,
    asked: &Erasure,
) -> Result<Party, DepartureError> {
    caller.permit(Permission::PartiesErase)?;
    lock(unit, &Locked::Party(id))?;
    let party = erasure::erase(unit, caller, id, asked)?;
    let today = unit.today();
    let own = of_its_own(unit, id, today)?;
    nothing_left(unit, id, today, own)?;
    Ok(party)
}
