//! What rests on a record, and so would rest on something else if the record were put right at once.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    acts::{ActError, ActRefused},
    cases,
    maintenance::assignments,
    money::{
        contracts::{self, NewContract, Recorded},
        receipts,
    },
    register::{
        assets::{self, Asset},
        parties::Heirs,
        projects, restrictions, rights,
    },
    storage::{Read, StorageError},
    values::{Faults, Id, Reason, Scope, id::kind},
};

/// What a quantity contradicts: what came of the asset, or went into it, has another one altogether.
pub const PARTS: &str = "parts";

/// What a quantity contradicts: the asset that it came from, or went into, has another one.
pub const WHOLE: &str = "the whole";

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
    /// Days on which something fell due under it.
    pub fallen_due_on: Vec<NaiveDate>,
}

impl Resting {
    /// Whether nothing does.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The assets with which one was divided or merged: itself, what it came from, what came of it, and what came from the same.
pub(super) fn kin(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    let near = assets::family(unit, &[id])?;
    let mut all = assets::family(unit, &near)?;
    all.extend(near);
    all.push(id);
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
                let other = if whole.id == after.id { PARTS } else { WHOLE };
                let reason = Reason::Contradicts { other: other.to_owned() };
                return Err(Faults::one(format!("{at}/quantity"), reason).into());
            }
        }
    }
    Ok(())
}

/// Cases of two kinds, each once.
fn all_once(some: Vec<Id<kind::Case>>, others: Vec<Id<kind::Case>>) -> Vec<Id<kind::Case>> {
    let all: BTreeSet<_> = some.into_iter().chain(others).collect();
    all.into_iter().collect()
}

/// What rests on an asset as it was recorded, amendments included that name it.
pub(super) fn on_asset(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Resting, StorageError> {
    // What a case put right, no clerk alone puts right again.
    let amendments = all_once(
        cases::amending(unit, id.seen_as(), None, TOLD)?,
        cases::amended_by(unit, id.seen_as(), TOLD)?,
    );
    Ok(Resting {
        case_ids: all_once(cases::resting_on(unit, &[id], TOLD)?, amendments),
        contract_ids: contracts::about(unit, &[id], TOLD)?,
        receipt_ids: receipts::of_assets(unit, &[id], false, TOLD)?,
        restriction_ids: restrictions::ever_on(unit, &[id], TOLD)?,
        assignment_ids: assignments::in_assets(unit, &[id], None, TOLD)?,
        asset_ids: assets::family(unit, &[id])?,
        ..Resting::default()
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

/// The cases under way about an asset, or that name it, but for one.
fn under_way(
    unit: &mut Read<'_>,
    id: Id<kind::Asset>,
    but: Option<Id<kind::Case>>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let about = cases::under_way_about(unit, &[id], but, TOLD)?;
    Ok(all_once(about, cases::amending(unit, id.seen_as(), but, TOLD)?))
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
        case_ids: under_way(unit, id, case)?,
        contract_ids: contracts::about(unit, &[id], TOLD)?,
        receipt_ids: receipts::of_assets(unit, &[id], true, TOLD)?,
        restriction_ids: lying.into_iter().map(|it| it.id).collect(),
        assignment_ids: assignments::in_assets(unit, &[id], Some(today), TOLD)?,
        asset_ids: assets::family(unit, &[id])?,
        ..Resting::default()
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
    // What became of an asset before it was let by this is no part of it.
    let since = contracts::recorded_at(unit, it.id)?;
    case_ids.extend(cases::altering(unit, &it.agreed.asset_ids, since, TOLD)?);
    case_ids.sort();
    case_ids.dedup();
    Ok(Resting {
        case_ids,
        receipt_ids: receipts::under(unit, it.id, false, &[], TOLD)?,
        ..Resting::default()
    })
}

/// What rests on a contract since it fell due, where a correction would change what was owed by a day: the days on which it
/// fell due, today included. `changes` says whether it would.
pub(super) fn on_what_fell_due(
    it: &NewContract,
    changes: impl Fn(NaiveDate) -> bool,
    today: NaiveDate,
) -> Resting {
    let fell_due = it.dues.iter().filter(|(on, amount)| *on <= today && !amount.is_zero());
    let mut fallen_due_on: Vec<NaiveDate> = fell_due.map(|(on, _)| *on).collect();
    fallen_due_on.dedup();
    if fallen_due_on.is_empty() || !changes(today) {
        return Resting::default();
    }
    fallen_due_on.truncate(usize::try_from(TOLD).unwrap_or(usize::MAX));
    Resting { fallen_due_on, ..Resting::default() }
}

/// What stands in the way of a contract that is to be void: what came in under it and was not booked back, and, where it
/// is that of a lease, the case by which the lessee manages what it lets. Nothing is booked back that somebody would owe who is
/// there no more: such a contract is void first, so that nobody does, and what the lessee was let stays as it was.
pub(super) fn on_void_contract(
    unit: &mut Read<'_>,
    it: &Recorded,
    case: Option<Id<kind::Case>>,
) -> Result<Resting, StorageError> {
    let mut case_ids = cases::amending(unit, it.id.seen_as(), case, TOLD)?;
    let lessee = it.agreed.lessee_id;
    if Heirs::of(unit, [lessee])?.taking(lessee).is_none() {
        return Ok(Resting { case_ids, ..Resting::default() });
    }
    if let Some(lease) = it.agreed.case_id {
        let standing = rights::standing(unit, &it.agreed.asset_ids)?;
        let lets = |right| rights::model::lets_to(right, it.agreed.lessee_id, &it.agreed.term);
        let granted = standing.iter().any(|(_, right)| lets(right));
        case_ids.extend(granted.then_some(lease));
    }
    let receipt_ids = receipts::under(unit, it.id, true, &[], TOLD)?;
    Ok(Resting { case_ids, receipt_ids, ..Resting::default() })
}

/// What came in for assets that a contract should not have let.
pub(super) fn on_let_no_longer(unit: &mut Read<'_>, after: &Recorded) -> Result<Resting, StorageError> {
    let receipt_ids = receipts::under(unit, after.id, true, &after.agreed.asset_ids, TOLD)?;
    Ok(Resting { receipt_ids, ..Resting::default() })
}

/// Refuses what an asset that was divided or merged has in common with what it came from and what came of it: that cannot be
/// put right in one of them alone. And a place, while a case about it is under way, whose region and policy are those of the
/// old one, or while money that was booked in it stands, or something is still owed for it. How much there is of each is its own,
/// as long as the parts come to the whole. `at` points to what is asked; where that has its case, it is no hindrance to itself.
pub(super) fn within_family(
    unit: &mut Read<'_>,
    before: &Asset,
    after: &Asset,
    (at, case): (&str, Option<Id<kind::Case>>),
) -> Result<(), ActError> {
    let (one, other) = (&before.described, &after.described);
    let in_common =
        one.write_off != other.write_off || one.class != other.class || one.region_code != other.region_code;
    if in_common {
        let asset_ids = assets::family(unit, &[before.id])?;
        if !asset_ids.is_empty() {
            return Err(ActRefused::InCommon(asset_ids).into());
        }
    }
    if one.quantity != other.quantity || one.unit != other.unit {
        sums_up(unit, after, at)?;
    }
    if one.region_code != other.region_code {
        let booked = Resting {
            case_ids: under_way(unit, before.id, case)?,
            receipt_ids: receipts::of_assets(unit, &[before.id], true, TOLD)?,
            contract_ids: contracts::binding(unit, before.id, TOLD)?,
            ..Resting::default()
        };
        if !booked.is_nothing() {
            return Err(ActRefused::Unsettled(Box::new(booked)).into());
        }
    }
    Ok(())
}
