//! Delegations: whoever decides has another take deciding steps in their place, for some days.
//!
//! Nobody has another do what they may not do themselves, and what was delegated to them they do not pass on: what somebody may
//! do follows from their roles alone. A delegation ends with its days, when it is revoked, and with the account or the role of either;
//! it does not come back with them. Who takes a step, and in whose place, stands with the step.

mod store;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Denied, Permission, Refusal, Role, User, reason, store as users},
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, StorageError, Write, day_of, lock, sql::stored_as_text},
    values::{
        DelegationReason, Fault, Faults, Id, Period, Reason, RegionCode, Scope, Username, closed_enum,
        id::kind, period::ClosedPeriodInput,
    },
};

const GIVEN: Action = Action::named("decisions_delegated");
const ENDED: Action = Action::named("delegation_ended");

/// The most days of a year on which somebody has others take a step, and the most days ahead of the beginning of a delegation.
/// Whoever is away for longer than half a year has a successor in office.
pub const DAYS_AT_MOST: u64 = 180;

/// The days of a year.
const YEAR: i64 = 365;

closed_enum! {
    /// A decision that can be delegated.
    pub enum DelegatedStep {
        /// To review cases for the township, close their notices, and reject them.
        Review = "review",
        /// To approve cases for the county, execute them, and reject them.
        Approve = "approve",
    }
}

impl DelegatedStep {
    /// What whoever delegates it must be permitted, and what whoever it is delegated to is permitted by it.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Review => Permission::CasesReview,
            Self::Approve => Permission::CasesApprove,
        }
    }
}

closed_enum! {
    /// Why a delegation ended before its days were over.
    pub enum EndedBecause {
        /// Whoever delegated revoked it.
        Revoked = "revoked",
        /// Whoever delegated can no longer sign in, or no longer takes the step.
        DelegatorLeft = "delegator_left",
        /// Whoever it was delegated to can no longer sign in, or takes no steps in cases any more.
        DelegateLeft = "delegate_left",
    }
}

stored_as_text!(DelegatedStep, EndedBecause);

/// A delegation.
#[derive(Debug, Clone)]
pub struct Delegation {
    /// The identifier.
    pub id: Id<kind::Delegation>,
    /// Who delegates.
    pub from_id: Id<kind::User>,
    /// To whom.
    pub to_id: Id<kind::User>,
    /// Which decisions.
    pub steps: Vec<DelegatedStep>,
    /// Only about cases in this region; none for all that whoever delegates sees.
    pub region_code: Option<RegionCode>,
    /// The region by which it is listed; none for the whole register.
    pub listed_in: Option<RegionCode>,
    /// On which days.
    pub period: Period,
    /// Why.
    pub reason: String,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When it ended before its days were over, and why; none where it did not.
    pub ended: Option<(DateTime<Utc>, EndedBecause)>,
}

impl Delegation {
    /// Whether it counts on a day.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.ended.is_none() && self.period.contains(on)
    }

    /// The days on which it counts, or counted before it ended.
    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let to = self.period.to().unwrap_or(NaiveDate::MAX);
        // It counted on the day on which it was ended.
        let last = |at| day_of(at).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let to = self.ended.map_or(to, |(at, _)| to.min(last(at)));
        self.period.from().iter_days().take_while(move |day| *day < to)
    }

    /// Whether it lets whoever it was given to do what needs one of some permissions, in a region.
    fn lets(&self, any_of: &[Permission], region: &RegionCode) -> bool {
        self.steps.iter().any(|it| any_of.contains(&it.permission()))
            && self.region_code.is_none_or(|it| it.covers(region))
    }
}

/// How somebody says who is to decide in their place.
#[derive(Debug, Clone)]
pub enum Deputy {
    /// By the identifier of their account.
    Known(Id<kind::User>),
    /// By the name under which they sign in: colleagues know each other's, and see no list of users.
    Called(Username),
}

impl Deputy {
    /// The field that says it.
    const fn field(&self) -> &'static str {
        match self {
            Self::Known(_) => "/to_user_id",
            Self::Called(_) => "/to_username",
        }
    }
}

/// A delegation to be given.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    /// To whom.
    pub to: Deputy,
    /// Which decisions.
    pub steps: Vec<DelegatedStep>,
    /// Only about cases in this region.
    pub region_code: Option<RegionCode>,
    /// On which days.
    pub period: ClosedPeriodInput,
    /// Why.
    pub reason: DelegationReason,
}

/// In whose place somebody takes a step.
#[derive(Debug, Clone)]
pub struct ActingFor {
    /// By which delegation.
    pub delegation_id: Id<kind::Delegation>,
    /// Whoever delegated, as they could ask themselves.
    pub delegator: Caller,
}

/// Why something about delegations was refused.
#[derive(Debug, thiserror::Error)]
pub enum DelegationRefused {
    /// No such delegation that the caller may see.
    #[error("no such delegation")]
    NotFound,
    /// Nobody delegates to themselves.
    #[error("nobody delegates to themselves")]
    ToOneself,
    /// Whoever it would be given to works for a lower office, or elsewhere.
    #[error("the other's office is a lower one, or elsewhere")]
    LowerOffice,
    /// Whoever it would be given to takes no steps in cases for a township or a county.
    #[error("the other takes no steps in cases")]
    TakesNoSteps,
    /// It ended already.
    #[error("it ended already")]
    Ended,
    /// Nothing was delegated to the caller that is in force and covers what is to be done.
    #[error("nothing was delegated that covers it")]
    NotDelegated,
    /// Several people delegated it to the caller, who does not say in whose place the step is taken.
    #[error("several people delegated it")]
    Several(Vec<Id<kind::User>>),
}

/// Why it was refused, or why it failed.
pub type DelegationError = Refusal<DelegationRefused>;

reason!(DelegationRefused);

/// What whoever changes anything about the delegations of a user locks, and whoever takes a step by one of them.
fn name_of(from: Id<kind::User>) -> String {
    format!("delegations of {from}")
}

/// Has another take deciding steps in the caller's place.
///
/// # Errors
/// All that is wrong with what is asked; an office that is none to delegate to.
pub fn give(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewDelegation,
) -> Result<Delegation, DelegationError> {
    let scope = caller.permit(Permission::DelegationsWrite)?;
    if let Some(region) = asked.region_code.filter(|it| !scope.covers(it)) {
        return Err(Denied::OutOfScope(region).into());
    }
    lock(unit, &Locked::Name(&name_of(caller.user_id)))?;
    let today = unit.today();
    let mut faults = Vec::new();
    for (index, step) in asked.steps.iter().enumerate() {
        let at = format!("/steps/{index}");
        if asked.steps.iter().take(index).any(|before| before == step) {
            faults.push(Fault::at(at, Reason::Duplicate));
        } else if !caller.may(step.permission()) {
            // What one may depends on who one is: the same request is right of somebody else.
            let because = "nobody delegates what they may not do themselves".to_owned();
            faults.push(Fault::at(at, Reason::NotApplicable { because }));
        }
    }
    let period = days(asked.period, today);
    let other = match &asked.to {
        Deputy::Known(id) => users::find::<StorageError>(unit, *id)?,
        Deputy::Called(name) => users::by_name(unit, name.as_str())?.map(|(user, _)| user),
    };
    // A name that is no deputy's is like one that nobody has: whoever asks learns nothing of other offices.
    let is_named = matches!(asked.to, Deputy::Called(_));
    let may_be = |it: &User| !it.disabled && (!is_named || covers(it, &scope) && takes_steps(&it.roles));
    let other = other.filter(may_be);
    if other.is_none() {
        faults.push(Fault::at(asked.to.field(), Reason::NotFound { what: "user" }));
    }
    let period = Faults::with(period, faults)?;
    within_half_of_each_year(unit, caller.user_id, &asked.steps, asked.period)?;
    let Some(other) = other else { return Err(DelegationRefused::NotFound.into()) };
    if other.id == caller.user_id {
        return Err(DelegationRefused::ToOneself.into());
    }
    if !covers(&other, &scope) {
        return Err(DelegationRefused::LowerOffice.into());
    }
    if !takes_steps(&other.roles) {
        return Err(DelegationRefused::TakesNoSteps.into());
    }
    let mut steps = asked.steps.clone();
    steps.sort();
    let delegation = Delegation {
        id: Id::new(unit.now()),
        from_id: caller.user_id,
        to_id: other.id,
        steps,
        region_code: asked.region_code,
        listed_in: asked.region_code.or(scope.region()),
        period,
        reason: asked.reason.to_string(),
        given_at: unit.now(),
        ended: None,
    };
    store::insert(unit, &delegation)?;
    let facts = json!({
        "delegation_id": delegation.id, "from_id": delegation.from_id, "to_id": delegation.to_id,
        "steps": delegation.steps, "region_code": delegation.region_code, "period": delegation.period,
    });
    record(unit, &caller.actor(), GIVEN, &delegation, &facts)?;
    Ok(delegation)
}

/// Whether somebody's office is that of a scope, or a higher one.
fn covers(other: &User, scope: &Scope) -> bool {
    match (other.region_code, scope.region()) {
        (None, _) => true,
        (Some(region), Some(own)) => region.covers(&own),
        (Some(_), None) => false,
    }
}

/// The days of a delegation: from today on, or from a later day, and not for too long.
fn days(asked: ClosedPeriodInput, today: NaiveDate) -> Result<Period, Faults> {
    let read = asked.parse("/period");
    let later = |day: NaiveDate| day.checked_add_days(Days::new(DAYS_AT_MOST)).unwrap_or(NaiveDate::MAX);
    let mut faults = Vec::new();
    if read.is_ok() {
        if asked.from < today {
            faults.push(Fault::at("/period/from", Reason::TooSmall { min: today.to_string() }));
        } else if asked.from > later(today) {
            let latest = later(today).to_string();
            faults.push(Fault::at("/period/from", Reason::TooLate { latest }));
        }
        if asked.to > later(asked.from) {
            let latest = later(asked.from).to_string();
            faults.push(Fault::at("/period/to", Reason::TooLate { latest }));
        }
    }
    Faults::with(read, faults)
}

/// Refuses days by which somebody would have others take a step for more than half of a year, all who ever were asked to taken
/// together.
fn within_half_of_each_year(
    unit: &mut Read<'_>,
    from_id: Id<kind::User>,
    steps: &[DelegatedStep],
    asked: ClosedPeriodInput,
) -> Result<(), DelegationError> {
    let before = store::given_by(unit, from_id)?;
    for step in steps {
        let near = before.iter().filter(|it| it.steps.contains(step)).flat_map(Delegation::days);
        let near: BTreeSet<_> = near
            .filter(|day| {
                day.signed_duration_since(asked.from).num_days() > -YEAR
                    && day.signed_duration_since(asked.to).num_days() < YEAR
            })
            .collect();
        let fits = |to: NaiveDate| {
            let mut all = near.clone();
            all.extend(asked.from.iter_days().take_while(|day| *day < to));
            is_within_half_of_each_year(&all.into_iter().collect::<Vec<_>>())
        };
        if fits(asked.to) {
            continue;
        }
        let earlier = asked.from.iter_days().skip(1).take_while(|day| *day < asked.to);
        let latest = earlier.filter(|to| fits(*to)).max();
        let fault = match latest {
            Some(latest) => Fault::at("/period/to", Reason::TooLate { latest: latest.to_string() }),
            None => Fault::at(
                "/period/from",
                Reason::NotApplicable {
                    because: format!("the step was delegated for {DAYS_AT_MOST} days of a year already"),
                },
            ),
        };
        Faults::none_of(vec![fault])?;
    }
    Ok(())
}

/// Whether no year has more than half of its days among some, which are in order.
fn is_within_half_of_each_year(days: &[NaiveDate]) -> bool {
    let most = usize::try_from(DAYS_AT_MOST).unwrap_or(usize::MAX);
    days.iter()
        .zip(days.iter().skip(most))
        .all(|(first, beyond)| beyond.signed_duration_since(*first).num_days() >= YEAR)
}

/// Whether somebody takes steps in cases for a township or a county. Whoever looks after users decides nothing, whatever else they are.
fn takes_steps(roles: &[Role]) -> bool {
    !roles.contains(&Role::Administrator)
        && roles.iter().any(|it| *it != Role::VillageClerk && it.may(Permission::CasesDecide))
}

/// Revokes a delegation of the caller's own.
pub fn revoke(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Delegation>,
) -> Result<Delegation, DelegationError> {
    caller.permit(Permission::DelegationsWrite)?;
    lock(unit, &Locked::Name(&name_of(caller.user_id)))?;
    let standing = store::find(unit, id)?.filter(|it| it.from_id == caller.user_id);
    let standing = standing.ok_or(DelegationRefused::NotFound)?;
    if standing.ended.is_some() || standing.period.to().is_some_and(|to| to <= unit.today()) {
        return Err(DelegationRefused::Ended.into());
    }
    Ok(end(unit, &caller.actor(), standing, EndedBecause::Revoked)?)
}

fn end(
    unit: &mut Write<'_>,
    actor: &Actor,
    mut standing: Delegation,
    because: EndedBecause,
) -> Result<Delegation, StorageError> {
    let at = unit.now();
    store::end(unit, standing.id, (at, because), actor.user_id)?;
    standing.ended = Some((at, because));
    let facts = json!({"delegation_id": standing.id, "because": because});
    record(unit, actor, ENDED, &standing, &facts)?;
    Ok(standing)
}

fn record(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    it: &Delegation,
    facts: &serde_json::Value,
) -> Result<(), StorageError> {
    let subjects = [it.id.seen_as(), it.from_id.seen_as(), it.to_id.seen_as()];
    journal::append(unit, actor, &Record::new(action, it.listed_in, &subjects, facts))?;
    Ok(())
}

/// What a user has to do with delegations that have not ended: locked, before the user is changed.
pub(super) fn lock_of(unit: &mut Write<'_>, user: Id<kind::User>) -> Result<(), StorageError> {
    let mut names: Vec<_> =
        store::standing(unit, user)?.iter().map(|it| name_of(it.from_id)).chain([name_of(user)]).collect();
    names.sort();
    names.dedup();
    names.iter().try_for_each(|it| lock(unit, &Locked::Name(it)))
}

/// Ends what a user delegates and can no longer do, and what was delegated to a user who takes no steps any more.
pub(super) fn end_with(unit: &mut Write<'_>, actor: &Actor, user: &User) -> Result<(), StorageError> {
    let may = |it: &DelegatedStep| user.roles.iter().any(|role| role.may(it.permission()));
    for it in store::standing(unit, user.id)? {
        let because = if it.from_id == user.id && (user.disabled || !it.steps.iter().all(may)) {
            EndedBecause::DelegatorLeft
        } else if it.to_id == user.id && (user.disabled || !takes_steps(&user.roles)) {
            EndedBecause::DelegateLeft
        } else {
            continue;
        };
        end(unit, actor, it, because)?;
    }
    Ok(())
}

/// In whose place a caller does what needs one of some permissions, in a region; none where they do it for themselves. It is locked:
/// it is not revoked before what is done by it is done.
///
/// Whoever may do it by their own roles does it for themselves, unless they say in whose place.
///
/// # Errors
/// [`DelegationRefused::NotDelegated`], where they say in whose place and it was not delegated to them;
/// [`DelegationRefused::Several`], where it was delegated by several people.
pub fn acting_for(
    unit: &mut Write<'_>,
    caller: &Caller,
    any_of: &[Permission],
    region: &RegionCode,
    on_behalf_of: Option<Id<kind::User>>,
) -> Result<Option<ActingFor>, DelegationError> {
    if on_behalf_of.is_none() && any_of.iter().any(|it| caller.may(*it)) {
        return Ok(None);
    }
    let today = unit.today();
    let counts =
        |it: &Delegation| it.to_id == caller.user_id && it.is_in_force(today) && it.lets(any_of, region);
    let mut given: Vec<_> = store::standing(unit, caller.user_id)?.into_iter().filter(counts).collect();
    given.retain(|it| on_behalf_of.is_none_or(|from| it.from_id == from));
    let mut people: Vec<_> = given.iter().map(|it| it.from_id).collect();
    people.sort();
    people.dedup();
    let refused = || match on_behalf_of {
        Some(_) => Err(DelegationRefused::NotDelegated.into()),
        // Whoever may not do it is told so by whoever asks further.
        None => Ok(None),
    };
    let Some(first) = given.first() else { return refused() };
    if people.len() > 1 {
        return Err(DelegationRefused::Several(people).into());
    }
    lock(unit, &Locked::Name(&name_of(first.from_id)))?;
    // It may have ended while the lock was waited for.
    let Some(standing) = store::find(unit, first.id)?.filter(counts) else { return refused() };
    let delegator = users::find::<StorageError>(unit, standing.from_id)?;
    let still = |it: &User| {
        let delegator = it.as_caller(None);
        !it.disabled && delegator.scope.covers(region) && any_of.iter().any(|of| delegator.may(*of))
    };
    let Some(delegator) = delegator.filter(still) else { return refused() };
    let delegator = delegator.as_caller(caller.request_id.clone());
    Ok(Some(ActingFor { delegation_id: standing.id, delegator }))
}

/// Which delegations are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only those that the caller gave, or only those that the caller received.
    pub direction: Option<Direction>,
    /// Only those in force on this day.
    pub on: Option<NaiveDate>,
    /// Only after this one.
    pub after: Option<Id<kind::Delegation>>,
}

closed_enum! {
    /// Which of the two the caller is.
    pub enum Direction {
        /// Who delegates.
        Given = "given",
        /// To whom.
        Received = "received",
    }
}

/// Delegations in the order in which they were given. Everybody sees those that they gave or received; whoever reads the journal,
/// all of a scope within their own.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Delegation>, DelegationError> {
    caller.permit(Permission::DelegationsRead)?;
    let own = (wanted.direction.is_some() || !oversees(caller)).then_some(caller.user_id);
    Ok(store::list(unit, scope, own, wanted, limit)?)
}

/// The delegation of an id that the caller may see.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Delegation>,
) -> Result<Delegation, DelegationError> {
    let scope = caller.permit(Permission::DelegationsRead)?;
    let in_scope = |it: &Delegation| match (it.listed_in, scope.region()) {
        (_, None) => true,
        (Some(region), Some(_)) => scope.covers(&region),
        (None, Some(_)) => false,
    };
    let seen = |it: &Delegation| {
        it.from_id == caller.user_id || it.to_id == caller.user_id || oversees(caller) && in_scope(it)
    };
    store::find(unit, id)?.filter(seen).ok_or_else(|| DelegationRefused::NotFound.into())
}

/// Whether somebody sees what others delegated.
fn oversees(caller: &Caller) -> bool {
    caller.may(Permission::JournalRead)
}

/// What some users sign in as, by their identifiers.
pub fn usernames(
    unit: &mut Read<'_>,
    of: &[Delegation],
) -> Result<std::collections::BTreeMap<Id<kind::User>, String>, StorageError> {
    let ids: Vec<_> = of.iter().flat_map(|it| [it.from_id, it.to_id]).collect();
    users::usernames(unit, &ids)
}
