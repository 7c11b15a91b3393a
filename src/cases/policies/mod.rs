//! The policies of regions: versioned, dated, and laid over each other from the widest region to the narrowest.

pub mod schema;
mod store;
pub mod values;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    cases::policies::values::{Effective, Layer, PolicyOverrides},
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Record},
    register::regions,
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fault, Faults, Id, RegionCode, Scope, id::kind, period::calendar_day},
};

const SET: Action = Action::named("policy_set");

/// A version of a region's policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The identifier.
    pub id: Id<kind::Policy>,
    /// The region whose numbers they are.
    pub region_code: RegionCode,
    /// Counted up from 1 in each region.
    pub version: i64,
    /// The day from which they apply.
    pub effective_from: NaiveDate,
    /// The numbers that it sets.
    pub overrides: PolicyOverrides,
    /// When it was set.
    pub created_at: DateTime<Utc>,
}

/// Why a policy was refused.
pub type PolicyError = Refusal<PolicyRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyRefused {
    /// No such policy in the caller's region.
    #[error("no such policy")]
    NotFound,
}

reason!(PolicyRefused);

/// Sets numbers for a region from a day on. What it does not name stays as it was.
pub fn set(
    unit: &mut Write<'_>,
    caller: &Caller,
    region: RegionCode,
    effective_from: NaiveDate,
    overrides: &PolicyOverrides,
) -> Result<Policy, PolicyError> {
    caller.permit_in(Permission::PoliciesWrite, &region)?;
    let mut faults = Vec::from_iter(regions::unknown(unit, &region, "/region_code")?);
    let wrong_day = calendar_day(effective_from).err();
    faults.extend(wrong_day.map(|reason| Fault::at("/effective_from", reason)));
    faults.extend(overrides.faults());
    Faults::none_of(faults)?;
    lock(unit, &Locked::NewBasis)?;
    lock(unit, &Locked::Name(&format!("policy {region}")))?;
    let policy = Policy {
        id: Id::new(unit.now()),
        region_code: region,
        version: store::last_version(unit, region)?.map_or(1, |it| it.saturating_add(1)),
        effective_from,
        overrides: overrides.clone(),
        created_at: unit.now(),
    };
    store::insert(unit, &policy, caller.user_id)?;
    let facts = json!({
        "policy_id": policy.id, "region_code": region, "version": policy.version, "effective_from": effective_from,
        "values": overrides,
    });
    let subjects = [policy.id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(SET, region, &subjects, &facts))?;
    Ok(policy)
}

/// All versions of the policies of a region, of those around it and of those inside, with what is proposed for it.
#[derive(Debug)]
pub struct Book {
    policies: Vec<Policy>,
    proposed: Layer,
}

impl Book {
    /// The numbers in force in a region on a day, by what had been set by an instant: as they were, and with the proposed ones in
    /// their place. What a narrower region sets for itself still wins.
    pub fn around(&self, region: RegionCode, on: NaiveDate, set_by: DateTime<Utc>) -> (Effective, Effective) {
        let in_force = |it: &&Policy| {
            it.region_code.covers(&region) && it.effective_from <= on && it.created_at <= set_by
        };
        let layer = |it: &Policy| Layer {
            region_code: it.region_code,
            version: it.version,
            overrides: it.overrides.clone(),
        };
        let mut layers: Vec<Layer> = self.policies.iter().filter(in_force).map(layer).collect();
        let before = Effective::layered(&layers);
        layers.push(self.proposed.clone());
        (before, Effective::layered(&layers))
    }
}

/// The policies of a region with numbers that are proposed for it. What cannot be set cannot be proposed.
pub fn proposed(
    unit: &mut Read<'_>,
    region: RegionCode,
    overrides: &PolicyOverrides,
) -> Result<Book, PolicyError> {
    let mut faults = Vec::from_iter(regions::unknown(unit, &region, "/region_code")?);
    faults.extend(overrides.faults());
    Faults::none_of(faults)?;
    let around: Vec<RegionCode> = std::iter::successors(region.parent(), RegionCode::parent).collect();
    let policies = store::around(unit, &Scope::of(region), &around)?;
    let own = policies.iter().filter(|it| it.region_code == region).map(|it| it.version).max();
    let version = own.unwrap_or_default().saturating_add(1);
    Ok(Book { policies, proposed: Layer { region_code: region, version, overrides: overrides.clone() } })
}

/// The policy of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Policy>) -> Result<Policy, PolicyError> {
    let scope = caller.permit(Permission::PoliciesRead)?;
    store::find(unit, &scope, id)?.ok_or(PolicyRefused::NotFound.into())
}

/// The numbers in force in a region on a day, with the source of each. Anybody may know the rules of their region.
pub fn effective(unit: &mut Read<'_>, region: RegionCode, on: NaiveDate) -> Result<Effective, StorageError> {
    Ok(effective_in(unit, &BTreeSet::from([region]), (on, None))?
        .remove(&region)
        .unwrap_or_else(|| Effective::layered(&[])))
}

/// The numbers in force in each of some regions on a day, of those that had been set by an instant where one is given: one query,
/// however many regions there are.
pub fn effective_in(
    unit: &mut Read<'_>,
    regions: &BTreeSet<RegionCode>,
    as_of: (NaiveDate, Option<DateTime<Utc>>),
) -> Result<BTreeMap<RegionCode, Effective>, StorageError> {
    let around = |it: &RegionCode| std::iter::successors(Some(*it), RegionCode::parent);
    let all: BTreeSet<RegionCode> = regions.iter().flat_map(around).collect();
    let in_force = store::in_force(unit, &Vec::from_iter(all), as_of)?;
    let of = |region: &RegionCode| {
        let layers: Vec<Layer> = in_force
            .iter()
            .filter(|it| it.region_code.covers(region))
            .map(|it| Layer {
                region_code: it.region_code,
                version: it.version,
                overrides: it.overrides.clone(),
            })
            .collect();
        Effective::layered(&layers)
    };
    Ok(regions.iter().map(|it| (*it, of(it))).collect())
}
