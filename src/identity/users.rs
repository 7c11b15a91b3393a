//! Users: made and changed by administrators.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Denied, Permission, Refusal, Role, delegations, reason, store},
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Id, RegionCode, Scope, Seen, Username, id::kind},
};

const CREATED: Action = Action::named("user_created");
const CHANGED: Action = Action::named("user_changed");

/// A user, without the password.
#[derive(Debug, Clone)]
pub struct User {
    /// The identifier.
    pub id: Id<kind::User>,
    /// The name to sign in with.
    pub username: String,
    /// What the user is.
    pub roles: Vec<Role>,
    /// The region that the user sees, with everything under it; none for the whole register.
    pub region_code: Option<RegionCode>,
    /// The party for which the user works.
    pub party_id: Option<Id<kind::Party>>,
    /// Whether the user can no longer sign in.
    pub disabled: bool,
    /// Raised when tokens made before must no longer count.
    pub epoch: i64,
    /// The version of this record.
    pub version: i64,
    /// When the user was made.
    pub created_at: DateTime<Utc>,
}

impl User {
    /// The user as a caller.
    pub fn as_caller(&self, request_id: Option<String>) -> Caller {
        Caller {
            user_id: self.id,
            username: self.username.clone(),
            roles: self.roles.clone(),
            scope: self.region_code.map_or(Scope::WHOLE, Scope::of),
            party_id: self.party_id,
            request_id,
        }
    }
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: Username,
    /// The hash of the password, made outside of the unit of work since that takes long on purpose.
    pub password_hash: String,
    /// What the user is.
    pub roles: Vec<Role>,
    /// The region that the user sees; none for the whole register.
    pub region_code: Option<RegionCode>,
    /// The party for which the user works.
    pub party_id: Option<Id<kind::Party>>,
}

/// What changes in a user; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChangedUser {
    /// A new hash of a new password.
    pub password_hash: Option<String>,
    /// New roles.
    pub roles: Option<Vec<Role>>,
    /// Whether the user can sign in.
    pub disabled: Option<bool>,
}

/// Why a command on users was refused.
#[derive(Debug, thiserror::Error)]
pub enum UserRefused {
    /// No such user in the caller's region.
    #[error("no such user")]
    NotFound,
    /// Somebody has this name already.
    #[error("the user name is taken")]
    NameTaken,
    /// Nobody would be left who makes users.
    #[error("the user is the only administrator left")]
    OnlyAdministrator,
    /// The user changed since the version that the caller saw.
    #[error("the user changed meanwhile")]
    Outdated,
}

/// Why it was refused, or why it failed.
pub type UserError = Refusal<UserRefused>;

reason!(UserRefused);

/// Makes a user within the caller's region.
pub fn create(unit: &mut Write<'_>, caller: &Caller, asked: &NewUser) -> Result<User, UserError> {
    admit(caller, asked.region_code)?;
    make(unit, &caller.actor(), asked)
}

/// Lets a caller make users of a region; without one, of the whole register.
pub fn admit(caller: &Caller, region: Option<RegionCode>) -> Result<(), Denied> {
    confine(&caller.permit(Permission::UsersWrite)?, region)
}

/// Makes a user for the local operator: the first administrator, and the users of the demo. The journal names
/// nobody as the actor.
pub fn create_first(unit: &mut Write<'_>, asked: &NewUser) -> Result<User, UserError> {
    make(unit, &Actor::default(), asked)
}

fn make(unit: &mut Write<'_>, actor: &Actor, asked: &NewUser) -> Result<User, UserError> {
    let user = store::insert(unit, asked).map_err(|error| {
        if error.refused_by("user_username_unique") {
            UserError::from(UserRefused::NameTaken)
        } else {
            error.into()
        }
    })?;
    record(unit, actor, CREATED, &user)?;
    Ok(user)
}

/// The user of a name, whatever its region: for the local operator.
pub fn by_name(unit: &mut Read<'_>, username: &str) -> Result<Option<User>, StorageError> {
    Ok(store::by_name(unit, username)?.map(|(user, _)| user))
}

/// Whether anybody is on record: for the local operator.
pub fn has_users(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    store::has_users(unit)
}

/// What whoever takes an administrator away locks.
const ADMINISTRATORS: &str = "administrators";

/// Refuses a change that leaves nobody who can make users where a user could.
fn administrators_remain(
    unit: &mut Write<'_>,
    standing: &User,
    asked: &ChangedUser,
) -> Result<(), UserError> {
    let administers = |disabled: bool, roles: &[Role]| !disabled && roles.contains(&Role::Administrator);
    let stays = administers(
        asked.disabled.unwrap_or(standing.disabled),
        asked.roles.as_deref().unwrap_or(&standing.roles),
    );
    if stays || !administers(standing.disabled, &standing.roles) {
        return Ok(());
    }
    let covers = |it: &User| match (it.region_code, standing.region_code) {
        (None, _) => true,
        (Some(own), Some(region)) => own.covers(&region),
        (Some(_), None) => false,
    };
    let others = store::administrators(unit)?;
    let remains = others.iter().any(|it| it.id != standing.id && covers(it));
    if remains { Ok(()) } else { Err(UserRefused::OnlyAdministrator.into()) }
}

/// Changes a user; tokens made before no longer count. A password is new even where it is the same.
pub fn change(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::User>,
    seen: &Seen,
    asked: &ChangedUser,
) -> Result<User, UserError> {
    let scope = caller.permit(Permission::UsersWrite)?;
    // Of two who take each other's place away at once, one comes second.
    if asked.disabled.is_some() || asked.roles.is_some() {
        lock(unit, &Locked::Name(ADMINISTRATORS))?;
        delegations::lock_of(unit, id)?;
    }
    let standing = store::find::<StorageError>(unit, id)?.ok_or(UserRefused::NotFound)?;
    confine(&scope, standing.region_code).map_err(|_| UserRefused::NotFound)?;
    if !seen.includes(standing.version) {
        return Err(UserRefused::Outdated.into());
    }
    let same_roles = asked.roles.as_ref().is_none_or(|it| *it == standing.roles);
    let same_standing = asked.disabled.is_none_or(|it| it == standing.disabled);
    if same_roles && same_standing && asked.password_hash.is_none() {
        unit.is_so_already();
        return Ok(standing);
    }
    administrators_remain(unit, &standing, asked)?;
    let changed = store::update(unit, &standing, asked)?.ok_or(UserRefused::Outdated)?;
    record(unit, &caller.actor(), CHANGED, &changed)?;
    delegations::end_with(unit, &caller.actor(), &changed)?;
    Ok(changed)
}

/// The user of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::User>) -> Result<User, UserError> {
    let scope = caller.permit(Permission::UsersRead)?;
    let user = store::find::<StorageError>(unit, id)?.ok_or(UserRefused::NotFound)?;
    confine(&scope, user.region_code).map_err(|_| UserRefused::NotFound)?;
    Ok(user)
}

/// Users of the caller's region after an id, in the order of their making.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    after: Option<Id<kind::User>>,
    limit: i64,
) -> Result<Vec<User>, UserError> {
    let scope = caller.permit(Permission::UsersRead)?;
    Ok(store::list(unit, &scope, after, limit)?)
}

/// A user without a region sees everything, so only somebody who does too can make or see one.
fn confine(scope: &Scope, region: Option<RegionCode>) -> Result<(), Denied> {
    match (region, scope.region()) {
        (Some(region), _) if scope.covers(&region) => Ok(()),
        (None, None) => Ok(()),
        (region, own) => match region.or(own) {
            Some(region) => Err(Denied::OutOfScope(region)),
            None => Ok(()),
        },
    }
}

fn record(unit: &mut Write<'_>, actor: &Actor, action: Action, user: &User) -> Result<(), UserError> {
    let facts = json!({
        "user_id": user.id, "roles": user.roles, "region_code": user.region_code, "party_id": user.party_id,
        "disabled": user.disabled, "version": user.version,
    });
    let subjects = [user.id.seen_as()];
    journal::append(unit, actor, &Record::new(action, user.region_code, &subjects, &facts))?;
    Ok(())
}
