//! What rests on a record, and so would rest on something else if the record were put right at once.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    acts::{ActError, ActRefused},
    cases,
    maintenance::assignments,
    money::{
        contracts::{self, Recorded},
        receipts,
    },
    register::{
        assets::{self, Asset},
        codes::RightKind,
        projects, restrictions, rights,
    },
    storage::{Read, StorageError},
    values::{Faults, Id, Reason, Scope, id::kind},
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

/// The assets with which one was divided or merged: itself, what it came from, what came of it, and what came from the same.
pub(super) fn kin(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    let mut all = vec![id];
    for it in assets::family(unit, id)? {
        all.push(it);
        all.extend(assets::family(unit, it)?);
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// Refuses a quantity by which the parts of an asset, all in its unit, would not come to it.
fn sums_up(unit: &mut Read<'_>, after: &Asset, at: &str) -> Result<(), ActError> {
    let kin = kin(unit, after.id)?;
    let mut all = assets::some(unit, &Scope::WHOLE, &kin)?;
    for it in all.iter_mut().filter(|it| it.id == after.id) {
        *it = after.clone();
    }
    for whole in &all {
        let divided: Vec<&Asset> = all.iter().filter(|it| it.parent_id == Some(whole.id)).collect();
        let merged: Vec<&Asset> = all.iter().filter(|it| it.merged_into_id == Some(whole.id)).collect();
        for parts in [divided, merged] {
            let concerned = whole.id == after.id || parts.iter().any(|it| it.id == after.id);
            let alike = parts.iter().all(|it| it.described.unit == whole.described.unit);
            let sum: i128 = parts.iter().map(|it| it.described.quantity.millionths()).sum();
            if concerned && alike && !parts.is_empty() && sum != whole.described.quantity.millionths() {
                let other = if whole.id == after.id { "parts" } else { "the whole" };
                let reason = Reason::Contradicts { other: other.to_owned() };
                return Err(Faults::one(format!("{at}/quantity"), reason).into());
            }
        }
    }
    Ok(())
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

/// The first day on which anything rests on an asset beside rights: on which income came in or fell due, a contract or a
/// restriction began, or somebody answered for its upkeep.
pub(super) fn first_day(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    let days = [
        receipts::first_day(unit, id)?,
        contracts::first_day(unit, id)?,
        restrictions::first_day(unit, id)?,
        assignments::first_day(unit, id)?,
    ];
    Ok(days.into_iter().flatten().min())
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

/// What rests on a project as it was recorded: the assets that it made, and the cases that correct it or name it.
pub(super) fn on_project(unit: &mut Read<'_>, id: Id<kind::Project>) -> Result<Resting, StorageError> {
    let mut case_ids = projects::corrected_by(unit, id)?;
    case_ids.extend(cases::amending(unit, id.seen_as(), None, TOLD)?);
    Ok(Resting { case_ids, asset_ids: assets::of_project(unit, id, TOLD)?, ..Resting::default() })
}

/// What stands in the way of a project that is to be void.
pub(super) fn on_void_project(
    unit: &mut Read<'_>,
    id: Id<kind::Project>,
    case: Option<Id<kind::Case>>,
) -> Result<Resting, StorageError> {
    Ok(Resting {
        case_ids: cases::amending(unit, id.seen_as(), case, TOLD)?,
        asset_ids: assets::of_project(unit, id, TOLD)?,
        ..Resting::default()
    })
}

/// What rests on a contract as it was recorded: what came in under it, the case that made it, and those that altered what it
/// lets or corrected it.
pub(super) fn on_contract(unit: &mut Read<'_>, it: &Recorded) -> Result<Resting, StorageError> {
    let mut case_ids: Vec<_> = it.agreed.case_id.into_iter().collect();
    case_ids.extend(contracts::corrected_by(unit, it.id)?);
    case_ids.extend(cases::amending(unit, it.id.seen_as(), None, TOLD)?);
    case_ids.extend(cases::altering(unit, &it.agreed.asset_ids, TOLD)?);
    case_ids.sort();
    case_ids.dedup();
    Ok(Resting {
        case_ids,
        receipt_ids: receipts::under(unit, it.id, false, &[], TOLD)?,
        ..Resting::default()
    })
}

/// What stands in the way of a contract that is to be void: what came in under it and was not booked back, and, where it is that
/// of a lease, the case by which the lessee still manages what it lets.
pub(super) fn on_void_contract(
    unit: &mut Read<'_>,
    it: &Recorded,
    case: Option<Id<kind::Case>>,
) -> Result<Resting, StorageError> {
    let mut case_ids = cases::amending(unit, it.id.seen_as(), case, TOLD)?;
    if let Some(lease) = it.agreed.case_id {
        let standing = rights::standing(unit, &it.agreed.asset_ids)?;
        let granted = standing.iter().any(|(_, right)| {
            right.kind == RightKind::Management
                && right.holder_id == it.agreed.lessee_id
                && right.period.overlaps(&it.agreed.term)
        });
        case_ids.extend(granted.then_some(lease));
    }
    Ok(Resting {
        case_ids,
        receipt_ids: receipts::under(unit, it.id, true, &[], TOLD)?,
        ..Resting::default()
    })
}

/// What came in for assets that a contract should not have let.
pub(super) fn on_let_no_longer(unit: &mut Read<'_>, after: &Recorded) -> Result<Resting, StorageError> {
    let receipt_ids = receipts::under(unit, after.id, true, &after.agreed.asset_ids, TOLD)?;
    Ok(Resting { receipt_ids, ..Resting::default() })
}

/// Refuses what an asset that was divided or merged has in common with what it came from and what came of it: that cannot be
/// put right in one of them alone. And a place, where money was booked in it. How much there is of each is its own, as long as
/// the parts come to the whole. `at` points to what is asked.
pub(super) fn within_family(
    unit: &mut Read<'_>,
    before: &Asset,
    after: &Asset,
    at: &str,
) -> Result<(), ActError> {
    let (one, other) = (&before.described, &after.described);
    let in_common =
        one.write_off != other.write_off || one.class != other.class || one.region_code != other.region_code;
    if in_common {
        let asset_ids = assets::family(unit, before.id)?;
        if !asset_ids.is_empty() {
            return Err(ActRefused::Unsettled(Box::new(Resting { asset_ids, ..Resting::default() })).into());
        }
    }
    if one.quantity != other.quantity || one.unit != other.unit {
        sums_up(unit, after, at)?;
    }
    if one.region_code != other.region_code {
        let receipt_ids = receipts::of_assets(unit, &[before.id], false, TOLD)?;
        let contract_ids = contracts::about(unit, &[before.id], TOLD)?;
        let booked = Resting { receipt_ids, contract_ids, ..Resting::default() };
        if !booked.is_nothing() {
            return Err(ActRefused::Unsettled(Box::new(booked)).into());
        }
    }
    Ok(())
}
