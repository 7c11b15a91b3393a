//! Departures: an organisation that ends, a person whose data are erased, and a party that becomes another by its name or its
//! identifier.
//!
//! Neither leaves anything behind that is theirs or that they owe. What is left is told, thing by thing, so that it can be
//! ended or moved first. An organisation may also name its successor when it ends: what is left stays with it on record until
//! acts move it, and can go to nobody else; so whoever says who that is approves for the county, and recorded neither of both.
//!
//! What identifies a party on which something rests is not put right into something else: what rests on it would be another's,
//! and that takes a case. Its name changes as names do, by whoever approves for the county and did not record it.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    cases,
    identity::{Caller, Permission, Refusal, Vault, reason, takes_over},
    journal::Known,
    maintenance::assignments,
    money::{accounts, contracts, distributions, payments, proceeds, receipts},
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
const TOLD: u8 = 100;

/// Before anything that can be on record.
const FIRST_OF_ALL_DAYS: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

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
    /// The proceeds of sales and disposals that it owes or is owed, and that did not come in.
    pub proceeds_ids: Vec<Id<kind::Proceeds>>,
    /// The parties that it succeeds, of which something is left.
    pub predecessor_ids: Vec<Id<kind::Party>>,
    /// The accounts that hold money.
    pub accounts: Vec<Balance>,
    /// The restrictions on assets that it holds.
    pub restriction_ids: Vec<Id<kind::Restriction>>,
    /// The assets for whose upkeep it answers, by assignment.
    pub assignment_ids: Vec<Id<kind::Assignment>>,
    /// How it stands to others, or they to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relation_ids: Vec<Id<kind::Relation>>,
    /// What it was paid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payment_ids: Vec<Id<kind::Payment>>,
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

    /// Whether all of it is left of those whom the party succeeds.
    pub fn is_of_predecessors(&self) -> bool {
        *self == Self { predecessor_ids: self.predecessor_ids.clone(), ..Self::default() }
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
    /// By its name or its identifier the party would be another, on which all of this would rest.
    #[error("something rests on the party")]
    Resting(Box<Left>),
    /// Whoever recorded one of both says who succeeds the other.
    #[error("whoever recorded a party does not say whom it succeeds")]
    OwnRecord,
    /// Its end cannot be undone, since something was done by it.
    #[error("what was done by the succession stands")]
    Succeeded(Vec<Id<kind::Case>>),
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
    for predecessor in parties::succeeded_by(unit, party, TOLD.into())? {
        if !of_its_own(unit, predecessor, on)?.is_nothing() {
            left.predecessor_ids.push(predecessor);
        }
    }
    if left.is_nothing() { Ok(()) } else { Err(DepartureRefused::Left(Box::new(left)).into()) }
}

/// What is left of a party itself from a day on.
fn of_its_own(unit: &mut Read<'_>, party: Id<kind::Party>, on: NaiveDate) -> Result<Left, StorageError> {
    let of_accounts = accounts::not_empty(unit, party, TOLD.into())?.into_iter();
    Ok(Left {
        asset_ids: rights::held_from(unit, party, on, TOLD.into())?,
        case_ids: cases::under_way_of(unit, party, TOLD.into())?,
        contract_ids: contracts::owing(unit, party, on, TOLD.into())?,
        receipt_ids: distributions::awaited_by(unit, party, TOLD.into())?,
        proceeds_ids: proceeds::left_of(unit, party, TOLD.into())?,
        predecessor_ids: Vec::new(),
        accounts: of_accounts
            .map(|it| Balance { account_id: it.id, balance_fen: it.balance_fen() })
            .collect(),
        restriction_ids: restrictions::held_from(unit, party, on, TOLD.into())?,
        assignment_ids: assignments::held_from(unit, party, on, TOLD.into())?,
        relation_ids: Vec::new(),
        payment_ids: Vec::new(),
    })
}

/// What a party was given or took on from a day on, when it would have ended already.
fn begun_from(unit: &mut Read<'_>, party: Id<kind::Party>, on: NaiveDate) -> Result<Left, StorageError> {
    Ok(Left {
        asset_ids: rights::begun_from(unit, party, on, TOLD.into())?,
        contract_ids: contracts::begun_from(unit, party, on, TOLD.into())?,
        restriction_ids: restrictions::begun_from(unit, party, on, TOLD.into())?,
        assignment_ids: assignments::begun_from(unit, party, on, TOLD.into())?,
        relation_ids: parties::related_from(unit, party, on, TOLD.into())?,
        payment_ids: payments::made_to(unit, party, on, TOLD.into())?,
        ..Left::default()
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
    // Nobody gives it anything meanwhile: whoever did so before is seen, whoever comes later sees that it has ended, or what it is
    // called now. And its successor stays.
    let successor = asked.successor_id.content().filter(|it| **it != id);
    let alone = Some(Locked::Party(id));
    let stays = successor.map(std::slice::from_ref).map(Locked::Parties);
    let both = if successor.is_some_and(|it| *it < id) { [stays, alone] } else { [alone, stays] };
    for locked in both.into_iter().flatten() {
        lock(unit, &locked)?;
    }
    let before = parties::find(unit, caller, id, Known::Now)?;
    let identified = parties::identified_by(unit, id)?;
    let party = parties::change(unit, caller, vault, id, seen, asked)?;
    let is_another = identified.is_some() && parties::identified_by(unit, id)? != identified;
    if is_another || party.name != before.name {
        stays_itself(unit, caller, &party, is_another)?;
    }
    if (party.ended_on, party.successor_id) != (before.ended_on, before.successor_id) {
        departs(unit, caller, (&before, &party))?;
    }
    Ok(party)
}

/// Refuses another name or identifier of a party on which something rests, unless it is a name, said by whoever approves for the
/// county and did not record it.
fn stays_itself(
    unit: &mut Read<'_>,
    caller: &Caller,
    party: &Party,
    is_another: bool,
) -> Result<(), DepartureError> {
    let approves = caller.permit_in(Permission::CasesApprove, &party.region_code).is_ok();
    if !is_another && approves && parties::recorder(unit, party.id)? != Some(caller.user_id) {
        return Ok(());
    }
    let mut resting = of_its_own(unit, party.id, FIRST_OF_ALL_DAYS)?;
    // Who was paid, and who paid, stays who it was.
    resting.payment_ids = payments::made_to(unit, party.id, FIRST_OF_ALL_DAYS, TOLD.into())?;
    resting.receipt_ids.extend(receipts::paid_by(unit, party.id, TOLD.into())?);
    resting.receipt_ids.sort();
    resting.receipt_ids.dedup();
    if resting.is_nothing() { Ok(()) } else { Err(DepartureRefused::Resting(Box::new(resting)).into()) }
}

/// Refuses an end that leaves something, one by which somebody alone says who takes it, and one that is undone after something was
/// done by it.
fn departs(
    unit: &mut Read<'_>,
    caller: &Caller,
    (before, party): (&Party, &Party),
) -> Result<(), DepartureError> {
    let id = party.id;
    if let Some(ended) = before.ended_on.filter(|_| before.successor_id.is_some()) {
        let mut done = rights::given_from(unit, id, ended, TOLD.into())?;
        // What came to it from others went on with what was its own.
        let through = through(unit, id)?;
        for taken in &through {
            // What came to itself in the place of another came before its end.
            done.extend(distributions::taken_for(unit, *taken, &through, TOLD.into())?);
        }
        done.sort();
        done.dedup();
        if !done.is_empty() {
            return Err(DepartureRefused::Succeeded(done).into());
        }
    }
    let begun = party.ended_on.map(|on| begun_from(unit, id, on)).transpose()?.unwrap_or_default();
    if party.successor_id.is_some() {
        // What is its own waits for its successor; but it was there for as long as it was given something.
        nothing_left(unit, id, party.ended_on.unwrap_or(FIRST_OF_ALL_DAYS), begun.clone())?;
    }
    // Who takes what is left, or takes it no longer, nobody says alone; and income of its days may come at any time, so it is not
    // enough that nothing is left just now.
    let successors: Vec<_> = [before.successor_id, party.successor_id].into_iter().flatten().collect();
    if !successors.is_empty() && !of_its_own(unit, id, FIRST_OF_ALL_DAYS)?.is_nothing() {
        caller.permit_in(Permission::CasesApprove, &party.region_code)?;
        for recorded in successors.into_iter().chain([id]) {
            if parties::recorder(unit, recorded)? == Some(caller.user_id) {
                return Err(DepartureRefused::OwnRecord.into());
            }
        }
    }
    match party.ended_on.filter(|_| party.successor_id.is_none()) {
        Some(on) => {
            let mut left = of_its_own(unit, id, on)?;
            left.relation_ids = begun.relation_ids;
            left.payment_ids = begun.payment_ids;
            nothing_left(unit, id, on, left)
        }
        None => Ok(()),
    }
}

/// A party, and all whose place it takes.
fn through(unit: &mut Read<'_>, party: Id<kind::Party>) -> Result<Vec<Id<kind::Party>>, StorageError> {
    let mut all = vec![party];
    let mut next = vec![party];
    while let Some(it) = next.pop() {
        for predecessor in parties::succeeded_by(unit, it, TOLD.into())? {
            if !all.contains(&predecessor) {
                all.push(predecessor);
                next.push(predecessor);
            }
        }
    }
    Ok(all)
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
