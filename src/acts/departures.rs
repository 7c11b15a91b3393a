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
    money::{accounts, contracts},
    register::{
        parties::{
            self, ChangedParty, Party, PartyRefused,
            erasure::{self, Erasure, ErasureRefused},
        },
        restrictions, rights,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Id, Seen, id::kind},
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

/// What is left of a party from a day on.
fn left(unit: &mut Read<'_>, party: Id<kind::Party>, on: NaiveDate) -> Result<Left, StorageError> {
    let of_accounts = accounts::not_empty(unit, party, TOLD)?.into_iter();
    Ok(Left {
        asset_ids: rights::held_from(unit, party, on, TOLD)?,
        case_ids: cases::under_way_of(unit, party, TOLD)?,
        contract_ids: contracts::owing(unit, party, on, usize::try_from(TOLD).unwrap_or(usize::MAX))?,
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
    if asked.ended_on.content().is_some() {
        // Nobody gives it anything meanwhile: whoever did so before is seen, whoever comes later sees that it has ended.
        lock(unit, &Locked::Party(id))?;
    }
    let party = parties::change(unit, caller, vault, id, seen, asked)?;
    if let (Some(on), None) = (asked.ended_on.content(), party.successor_id) {
        let left = left(unit, id, *on)?;
        if !left.is_nothing() {
            return Err(DepartureRefused::Left(Box::new(left)).into());
        }
    }
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
    let left = left(unit, id, today)?;
    if left.is_nothing() { Ok(party) } else { Err(DepartureRefused::Left(Box::new(left)).into()) }
}
