//! Contracts: the terms behind a lease, and how far they were kept.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    identity::{Caller, Denied, Permission},
    journal::{self, Action, Actor, Record},
    money::contracts_store as store,
    register::{assets, parties},
    storage::{Failure, Read, StorageError, Write},
    values::{Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope, id::kind},
};

const CONCLUDED: Action = Action::named("contract_concluded");

/// A payment that falls due, and what of it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day on which it falls due.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Fen,
    /// How much of it was received.
    pub received: Fen,
}

/// A contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The identifier.
    pub id: Id<kind::Contract>,
    /// What was agreed.
    pub agreed: NewContract,
    /// The schedule with what came in, in the order of the days.
    pub schedule: Vec<Due>,
    /// What fell due up to a day and did not come in.
    pub arrears: Fen,
    /// The version of this record.
    pub version: i64,
}

/// A contract to be recorded.
#[derive(Debug, Clone)]
pub struct NewContract {
    /// The case that it came from; none for one made before the register.
    pub case_id: Option<Id<kind::Case>>,
    /// The region of its assets.
    pub region_code: RegionCode,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// What is let.
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// For how long.
    pub term: Period,
    /// What falls due, and when.
    pub dues: Vec<(NaiveDate, Fen)>,
}

/// Why a command on contracts was refused.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No such contract in the caller's region.
    #[error("no such contract")]
    NotFound,
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for ContractError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Records the contract of an executed lease.
pub fn conclude(unit: &mut Write<'_>, actor: &Actor, asked: &NewContract) -> Result<Contract, ContractError> {
    let mut agreed = asked.clone();
    agreed.asset_ids.sort();
    agreed.asset_ids.dedup();
    agreed.dues.sort();
    let id: Id<kind::Contract> = Id::new(unit.now());
    store::insert(unit, id, &agreed)?;
    let facts = json!({
        "contract_id": id, "case_id": agreed.case_id, "lessor_id": agreed.lessor_id, "lessee_id": agreed.lessee_id,
        "asset_ids": agreed.asset_ids, "term": agreed.term,
        "schedule": agreed.dues.iter().map(|(due_on, amount)| json!({"due_on": due_on, "amount_fen": amount})).collect::<Vec<_>>(),
    });
    let mut subjects: Vec<Id<kind::Subject>> =
        vec![id.seen_as(), agreed.lessor_id.seen_as(), agreed.lessee_id.seen_as()];
    subjects.extend(agreed.asset_ids.iter().map(|it| it.seen_as()));
    journal::append(unit, actor, &Record::new(CONCLUDED, agreed.region_code, &subjects, &facts))?;
    let schedule = received_by(&agreed.dues, Fen::ZERO);
    let today = unit.today();
    Ok(Contract { id, arrears: arrears(&schedule, today), schedule, agreed, version: 1 })
}

/// Records a contract that was made before the register.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewContract) -> Result<Contract, ContractError> {
    let scope = caller.permit(Permission::ContractsWrite)?;
    let mut faults = Vec::new();
    let known = assets::facts(unit, &scope, &asked.asset_ids)?;
    for (index, _) in asked.asset_ids.iter().enumerate().filter(|(_, id)| !known.contains_key(id)) {
        faults.push(Fault::at(format!("/asset_ids/{index}"), Reason::NotFound { what: "asset" }));
    }
    let people = parties::standing(unit, &[asked.lessor_id, asked.lessee_id])?;
    for (at, id) in [("/lessor_id", asked.lessor_id), ("/lessee_id", asked.lessee_id)] {
        if !people.contains_key(&id) {
            faults.push(Fault::at(at, Reason::NotFound { what: "party" }));
        }
    }
    if asked.lessor_id == asked.lessee_id {
        faults.push(Fault::at("/lessee_id", Reason::Contradicts { other: "/lessor_id".to_owned() }));
    }
    Faults::none_of(faults)?;
    let region_code = known.values().next().map_or(asked.region_code, |it| it.region_code);
    conclude(unit, &caller.actor(), &NewContract { region_code, ..asked.clone() })
}

/// The contract of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Contract>) -> Result<Contract, ContractError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let found = store::load(unit, &scope, Some(id), None, None, 1)?;
    let contract = found.into_iter().next().ok_or(ContractError::NotFound)?;
    Ok(completed(unit, vec![contract])?.into_iter().next().ok_or(ContractError::NotFound)?)
}

/// Contracts of a scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    asset: Option<Id<kind::Asset>>,
    after: Option<(RegionCode, Id<kind::Contract>)>,
    limit: i64,
) -> Result<Vec<Contract>, ContractError> {
    caller.permit(Permission::MoneyRead)?;
    let found = store::load(unit, scope, None, asset, after, limit)?;
    Ok(completed(unit, found)?)
}

fn completed(
    unit: &mut Read<'_>,
    found: Vec<(Id<kind::Contract>, NewContract, i64)>,
) -> Result<Vec<Contract>, StorageError> {
    let today = unit.today();
    let ids: Vec<_> = found.iter().map(|(id, ..)| *id).collect();
    let received = store::received(unit, &ids)?;
    Ok(found
        .into_iter()
        .map(|(id, agreed, version)| {
            let schedule = received_by(&agreed.dues, received.get(&id).copied().unwrap_or_default());
            Contract { id, arrears: arrears(&schedule, today), schedule, agreed, version }
        })
        .collect())
}

/// What came in settles what fell due first (民法典 art. 560). What comes in beyond the schedule settles nothing.
fn received_by(dues: &[(NaiveDate, Fen)], received: Fen) -> Vec<Due> {
    let mut left = received;
    dues.iter()
        .map(|(due_on, amount)| {
            let settled = left.min(*amount);
            left = left.checked_sub(settled).unwrap_or(Fen::ZERO);
            Due { due_on: *due_on, amount: *amount, received: settled }
        })
        .collect()
}

/// What fell due up to a day and did not come in.
fn arrears(schedule: &[Due], on: NaiveDate) -> Fen {
    let missing = schedule
        .iter()
        .filter(|it| it.due_on <= on)
        .map(|it| it.amount.checked_sub(it.received).unwrap_or(Fen::ZERO));
    Fen::sum(missing).unwrap_or(Fen::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    fn dues(amounts: &[i64]) -> Vec<(NaiveDate, Fen)> {
        let first: NaiveDate = "2021-01-01".parse().unwrap();
        amounts.iter().enumerate().map(|(year, it)| (first + chrono::Months::new(12 * year as u32), fen(*it))).collect()
    }

    #[test]
    fn money_settles_what_fell_due_first() {
        let schedule = received_by(&dues(&[100, 100, 100]), fen(150));
        assert_eq!(schedule.iter().map(|it| it.received.get()).collect::<Vec<_>>(), [100, 50, 0]);
        assert_eq!(arrears(&schedule, "2020-12-31".parse().unwrap()), Fen::ZERO);
        assert_eq!(arrears(&schedule, "2022-01-01".parse().unwrap()), fen(50));
        assert_eq!(arrears(&schedule, "2030-01-01".parse().unwrap()), fen(150));
    }

    proptest! {
        #[test]
        fn no_more_is_settled_than_came_in_and_fell_due(
            amounts in prop::collection::vec(1..1_000_000_i64, 0..20), received in 0..20_000_000_i64,
        ) {
            let settled: i64 = received_by(&dues(&amounts), fen(received)).iter().map(|it| it.received.get()).sum();
            prop_assert_eq!(settled, received.min(amounts.iter().sum()));
        }
    }
}
