//! Maintenance: who answers for an asset's upkeep, and which public-welfare assets have nobody.
//!
//! No asset loses its responsible body in silence. What an asset is divided into, or merged into with others, keeps the body
//! that answered for it; where the merged had different ones it has none, and is listed as a gap from its first day on. What
//! is assigned in an asset that is disposed of stays, and holds again if the asset is found again.

pub mod model;
mod rules;
mod store;

use chrono::{Days, NaiveDate};
use serde_json::json;

pub use model::{Assignment, Gap, NewAssignment, Wanted, WantedGaps};

use crate::{
    cases::policies,
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    register::{
        assets::{self, AssetStatus},
        parties::{self, PartyStanding},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fault, Faults, Id, Period, Reason, RegionCode, Scope, Seen, Validity, id::kind, period},
};
use rules::AlreadyHeld;

/// The keys of the policy that this room reads.
pub const POLICY_KEYS_READ: &[&str] = &["responsible_body_within_days"];

const ASSIGNED: Action = Action::named("maintenance_assigned");
const ENDED: Action = Action::named("maintenance_ended");
const CARRIED: Action = Action::named("maintenance_carried_over");

/// Why a command on maintenance was refused.
pub type AssignError = Refusal<AssignRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum AssignRefused {
    /// No such assignment in the caller's region.
    #[error("no such assignment")]
    NotFound,
    /// The assignment changed since the version that the caller saw.
    #[error("the assignment changed meanwhile")]
    Outdated,
    /// The asset has ended: it was disposed of, or others count in its place.
    #[error("the asset is {0}")]
    Closed(AssetStatus),
    /// Another body answers for the asset on some of the days.
    #[error(transparent)]
    AlreadyHeld(#[from] AlreadyHeld),
}

reason!(AssignRefused, AlreadyHeld);

/// Makes a body answer for an asset's upkeep during a period.
pub fn assign(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewAssignment,
) -> Result<Assignment, AssignError> {
    let scope = caller.permit(Permission::MaintenanceWrite)?;
    let known = assets::facts(unit, &scope, &[asked.asset_id])?;
    let bodies = parties::standing(unit, &[asked.responsible_id])?;
    let mut faults = Vec::new();
    let from = asked.period.from();
    match known.get(&asked.asset_id) {
        None => faults.push(Fault::at("/asset_id", Reason::NotFound { what: "asset" })),
        Some(asset) => {
            let wrong = asset.not_there_on(from).or_else(|| period::too_far_ahead(from, unit.today()));
            faults.extend(wrong.map(|reason| Fault::at("/period/from", reason)));
        }
    }
    match bodies.get(&asked.responsible_id) {
        None => faults.push(Fault::at("/responsible_id", Reason::NotFound { what: "party" })),
        Some(body) => faults.extend(refused(body, asked.period.days())),
    }
    Faults::none_of(faults)?;
    lock(unit, &Locked::Assets(&[asked.asset_id]))?;
    // Looked up again under the locks, which whoever ends the asset or the body takes as well.
    if let Some(body) = parties::engaged(unit, &[asked.responsible_id])?.get(&asked.responsible_id) {
        Faults::none_of(refused(body, asked.period.days()).into_iter().collect())?;
    }
    let known = assets::facts(unit, &scope, &[asked.asset_id])?;
    if let Some(early) = known.values().find_map(|it| it.not_there_on(from)) {
        return Err(Faults::one("/period/from", early).into());
    }
    if let Some(ended) = known.values().find(|it| it.status.is_final()) {
        return Err(AssignRefused::Closed(ended.status).into());
    }
    let standing = store::standing(unit, &[asked.asset_id], Known::Now)?;
    rules::admit(asked, &standing)?;
    let assignment = Assignment { id: Id::new(unit.now()), assigned: asked.clone(), version: 1 };
    let region = known.get(&asked.asset_id).map(|it| it.region_code);
    let entry = journal_change(unit, &caller.actor(), ASSIGNED, &assignment, region)?;
    store::insert(unit, &[(assignment.clone(), entry)])?;
    Ok(assignment)
}

/// Why a body cannot answer for an asset through a period; none where it can.
fn refused(body: &PartyStanding, days: Option<Period>) -> Option<Fault> {
    body.refused_for(&days?).map(|it| Fault::at("/responsible_id", it))
}

/// The assignments of a body that hold on a day or later, of assets that are there; at most a number of them.
pub fn held_from(
    unit: &mut Read<'_>,
    body: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    store::held_from(unit, body, day, limit)
}

/// The assignments of a body that begin on a day or later; at most a number of them.
pub fn begun_from(
    unit: &mut Read<'_>,
    body: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    store::begun_from(unit, body, day, limit)
}

/// The assignments in some assets that hold on a day or later; all that ever held where none is given. At most a number of them.
pub fn in_assets(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    from: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<Id<kind::Assignment>>, StorageError> {
    store::ids_in(unit, assets, from, limit)
}

/// The first day on which somebody answered for an asset.
pub fn first_day(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    let standing = store::standing(unit, &[of], Known::Now)?.into_iter();
    Ok(standing.filter_map(|it| it.assigned.period.days()).map(|days| days.from()).min())
}

/// Ends an assignment on a day, or lets it go on after all. One that was entered by mistake ends on its first day, and held on
/// none.
pub fn end(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Assignment>,
    seen: &Seen,
    to: Option<NaiveDate>,
) -> Result<Assignment, AssignError> {
    let scope = caller.permit(Permission::MaintenanceWrite)?;
    let found = store::find(unit, &scope, id, Known::Now)?.ok_or(AssignRefused::NotFound)?;
    lock(unit, &Locked::Assets(&[found.assigned.asset_id]))?;
    let mut assignment = store::find(unit, &scope, id, Known::Now)?.ok_or(AssignRefused::NotFound)?;
    if !seen.includes(assignment.version) {
        return Err(AssignRefused::Outdated.into());
    }
    let seen_version = assignment.version;
    let period =
        Validity::new(assignment.assigned.period.from(), to).map_err(|reason| Faults::one("/to", reason))?;
    if period == assignment.assigned.period {
        unit.is_so_already();
        return Ok(assignment);
    }
    let body = assignment.assigned.responsible_id;
    let more = period.beyond(&assignment.assigned.period);
    let engaged = parties::engaged(unit, &[body])?;
    if let Some(gone) = more.and_then(|days| engaged.get(&body)?.refused_for(&days)) {
        return Err(Faults::one("/to", gone).into());
    }
    let known = assets::facts(unit, &scope, &[assignment.assigned.asset_id])?;
    // That it never was, nobody says alone of what somebody else recorded.
    if period.days().is_none() && journal::author(unit, id.seen_as(), ASSIGNED)? != Some(caller.user_id) {
        for asset in known.values() {
            caller.permit_in(Permission::CasesApprove, &asset.region_code)?;
        }
    }
    // Nobody has to keep an asset that has ended.
    if let Some(ended) = known.values().find(|it| to.is_none() && it.status.is_final()) {
        return Err(AssignRefused::Closed(ended.status).into());
    }
    let others = store::standing(unit, &[assignment.assigned.asset_id], Known::Now)?;
    assignment.assigned.period = period;
    let others: Vec<Assignment> = others.into_iter().filter(|it| it.id != id).collect();
    rules::admit(&assignment.assigned, &others)?;
    assignment.version = seen_version.saturating_add(1);
    let region = known.get(&assignment.assigned.asset_id).map(|it| it.region_code);
    let entry = journal_change(unit, &caller.actor(), ENDED, &assignment, region)?;
    if store::update(unit, &assignment, seen_version, entry)? {
        Ok(assignment)
    } else {
        Err(AssignRefused::Outdated.into())
    }
}

/// Lets those who answer for some assets answer for each of others that they become on a day. In the assets that end it ends;
/// what would only begin later stays on record with an asset that nobody has to keep any more.
pub fn carry(
    unit: &mut Write<'_>,
    actor: &Actor,
    from: &[Id<kind::Asset>],
    to: &[Id<kind::Asset>],
    (on, region): (NaiveDate, RegionCode),
) -> Result<(), StorageError> {
    let standing = store::standing(unit, from, Known::Now)?;
    let of_one = |asset: &Id<kind::Asset>| {
        let of_it = standing.iter().filter(|it| it.assigned.asset_id == *asset);
        of_it.map(|it| it.assigned.clone()).collect()
    };
    let of_each: Vec<Vec<NewAssignment>> = from.iter().map(of_one).collect();
    let carried = rules::carried(&of_each, on);
    let mut ended = Vec::new();
    for mut it in standing.into_iter().filter(|it| it.assigned.period.contains(on)) {
        let Ok(until_then) = Validity::new(it.assigned.period.from(), Some(on)) else { continue };
        it.assigned.period = until_then;
        it.version = it.version.saturating_add(1);
        let entry = journal_change(unit, actor, ENDED, &it, Some(region))?;
        ended.push((it, entry));
    }
    let mut begun = Vec::new();
    for asset_id in to {
        for it in &carried {
            let assigned = NewAssignment { asset_id: *asset_id, ..it.clone() };
            let it = Assignment { id: Id::new(unit.now()), assigned, version: 1 };
            let entry = journal_change(unit, actor, CARRIED, &it, Some(region))?;
            begun.push((it, entry));
        }
    }
    store::end_all(unit, &ended, on)?;
    store::insert(unit, &begun)
}

/// The assignment of an id, within the caller's region, as far as is known.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Assignment>,
    known: Known,
) -> Result<Assignment, AssignError> {
    let scope = caller.permit(Permission::MaintenanceRead)?;
    store::find(unit, &scope, id, known)?.ok_or(AssignRefused::NotFound.into())
}

/// Assignments of a scope, in the order of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Assignment>, AssignError> {
    caller.permit(Permission::MaintenanceRead)?;
    Ok(store::list(unit, scope, wanted, limit)?)
}

/// Who answers for an asset on a day, as far as is known.
pub fn responsible_on(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    on: NaiveDate,
    known: Known,
) -> Result<Vec<Assignment>, StorageError> {
    let standing = store::standing(unit, &[asset], known)?;
    Ok(standing.into_iter().filter(|it| it.assigned.period.contains(on)).collect())
}

/// Public-welfare assets of a scope that have nobody who answers for their upkeep on a day, as far as is known, and by when
/// somebody must, by the policy of that day.
pub fn gaps(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &WantedGaps,
    limit: i64,
) -> Result<Vec<Gap>, AssignError> {
    caller.permit(Permission::MaintenanceRead)?;
    let mut found = store::gaps(unit, scope, wanted, limit)?;
    let regions = found.iter().map(|it| it.region_code).collect();
    let policies = policies::effective_in(unit, &regions, (wanted.on, wanted.known_at))?;
    for gap in &mut found {
        let within = policies.get(&gap.region_code).map(|it| it.values.responsible_body_within_days);
        let within = within.and_then(|it| u64::try_from(it).ok()).unwrap_or_default();
        gap.due_on = gap.since.checked_add_days(Days::new(within));
        gap.is_overdue = gap.due_on.is_some_and(|due| due < wanted.on);
    }
    Ok(found)
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    assignment: &Assignment,
    region: Option<RegionCode>,
) -> Result<Id<kind::Entry>, StorageError> {
    let it = &assignment.assigned;
    let facts = json!({
        "assignment_id": assignment.id, "asset_id": it.asset_id, "responsible_id": it.responsible_id, "mode": it.mode,
        "period": it.period, "duties": it.duties, "inspect_every_days": it.inspect_every_days,
        "budget_fen": it.budget, "version": assignment.version,
    });
    let subjects = [assignment.id.seen_as(), it.asset_id.seen_as(), it.responsible_id.seen_as()];
    journal::append(unit, actor, &Record::new(action, region, &subjects, &facts))
}
