//! What rests on a record, and so would rest on something else if the record were put right at once.

use serde::Serialize;

use crate::{
    acts::{ActError, ActRefused},
    cases,
    maintenance::assignments,
    money::{contracts, receipts},
    register::{
        assets::{self, Asset},
        restrictions,
    },
    storage::{Read, StorageError},
    values::{Id, id::kind},
};

/// How many things of each kind are told.
const TOLD: i64 = 100;

/// What rests on a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resting {
    /// Cases about it that are under way or were executed.
    pub case_ids: Vec<Id<kind::Case>>,
    /// Contracts about it.
    pub contract_ids: Vec<Id<kind::Contract>>,
    /// Receipts for it.
    pub receipt_ids: Vec<Id<kind::Receipt>>,
    /// Restrictions on it.
    pub restriction_ids: Vec<Id<kind::Restriction>>,
    /// Assignments of its upkeep.
    pub assignment_ids: Vec<Id<kind::Assignment>>,
    /// Assets that it came from, or that came from it.
    pub asset_ids: Vec<Id<kind::Asset>>,
}

impl Resting {
    /// Whether nothing does.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What rests on some assets as they were recorded.
pub(super) fn on_assets(unit: &mut Read<'_>, ids: &[Id<kind::Asset>]) -> Result<Resting, StorageError> {
    let mut family = Vec::new();
    for id in ids {
        family.extend(assets::family(unit, *id)?);
    }
    Ok(Resting {
        case_ids: cases::resting_on(unit, ids, TOLD)?,
        contract_ids: contracts::about(unit, ids, TOLD)?,
        receipt_ids: receipts::of_assets(unit, ids, false, TOLD)?,
        restriction_ids: restrictions::ever_on(unit, ids)?,
        assignment_ids: assignments::in_assets(unit, ids, None)?,
        asset_ids: family,
    })
}

/// What stands in the way of an asset that is to be void: what is not settled yet, and would be left without it.
pub(super) fn on_void(
    unit: &mut Read<'_>,
    id: Id<kind::Asset>,
    case: Option<Id<kind::Case>>,
) -> Result<Resting, StorageError> {
    let today = unit.today();
    let lying = restrictions::open_from(unit, &[id], today)?;
    Ok(Resting {
        case_ids: cases::under_way_about(unit, &[id], case, TOLD)?,
        contract_ids: contracts::about(unit, &[id], TOLD)?,
        receipt_ids: receipts::of_assets(unit, &[id], true, TOLD)?,
        restriction_ids: lying.into_iter().map(|it| it.id).collect(),
        assignment_ids: assignments::in_assets(unit, &[id], Some(today))?,
        asset_ids: assets::family(unit, id)?,
    })
}

/// Refuses what an asset that was divided or merged has in common with what it came from and what came of it: that cannot be
/// put right in one of them alone. And a place, where money was booked in it.
pub(super) fn within_family(unit: &mut Read<'_>, before: &Asset, after: &Asset) -> Result<(), ActError> {
    let (one, other) = (&before.described, &after.described);
    let in_common = one.write_off != other.write_off
        || one.class != other.class
        || one.region_code != other.region_code
        || (one.quantity != other.quantity || one.unit != other.unit);
    if in_common {
        let asset_ids = assets::family(unit, before.id)?;
        if !asset_ids.is_empty() {
            return Err(ActRefused::Resting(Box::new(Resting { asset_ids, ..Resting::default() })).into());
        }
    }
    if one.region_code != other.region_code {
        let receipt_ids = receipts::of_assets(unit, &[before.id], false, TOLD)?;
        let contract_ids = contracts::about(unit, &[before.id], TOLD)?;
        let booked = Resting { receipt_ids, contract_ids, ..Resting::default() };
        if !booked.is_nothing() {
            return Err(ActRefused::Resting(Box::new(booked)).into());
        }
    }
    Ok(())
}
