//! The tables of users, of refresh tokens, and of the fingerprints of keys.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    identity::{ChangedUser, NewUser, Role, User},
    storage::{
        Read, StorageError, Upkeep, Write, insert_all,
        schema::{refresh_tokens, registry_keys, users},
    },
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: Id<kind::User>,
    username: String,
    roles: String,
    region_code: Option<RegionCode>,
    party_id: Option<Id<kind::Party>>,
    disabled: bool,
    epoch: i64,
    version: i64,
    created_at: NaiveDateTime,
}

impl TryFrom<UserRow> for User {
    type Error = StorageError;

    fn try_from(row: UserRow) -> Result<Self, StorageError> {
        let roles = row
            .roles
            .split_ascii_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| StorageError::Corrupt(format!("the roles of user {}", row.id)))?;
        Ok(Self {
            id: row.id,
            username: row.username,
            roles,
            region_code: row.region_code,
            party_id: row.party_id,
            disabled: row.disabled,
            epoch: row.epoch,
            version: row.version,
            created_at: row.created_at.and_utc(),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow<'a> {
    id: Id<kind::User>,
    username: &'a str,
    password_hash: &'a str,
    roles: String,
    region_code: Option<RegionCode>,
    party_id: Option<Id<kind::Party>>,
    created_at: NaiveDateTime,
}

fn codes(roles: &[Role]) -> String {
    roles.iter().map(|it| it.code()).collect::<Vec<_>>().join(" ")
}

pub(super) fn insert(unit: &mut Write<'_>, asked: &NewUser) -> Result<User, StorageError> {
    let row = NewUserRow {
        id: Id::new(unit.now()),
        username: &asked.username,
        password_hash: &asked.password_hash,
        roles: codes(&asked.roles),
        region_code: asked.region_code,
        party_id: asked.party_id,
        created_at: unit.timestamp(),
    };
    let id = row.id;
    unit.change(diesel::insert_into(users::table).values((row, users::salt.eq(Id::unguessable()))))?;
    find::<StorageError>(unit, id)?.ok_or_else(|| StorageError::Corrupt("a new user is missing".to_owned()))
}

/// Changes a user whose version is still the one that was seen; none where it is not.
pub(super) fn update(
    unit: &mut Write<'_>,
    standing: &User,
    asked: &ChangedUser,
) -> Result<Option<User>, StorageError> {
    let seen = users::table.filter(users::id.eq(standing.id)).filter(users::version.eq(standing.version));
    let changed = unit.alter(
        seen,
        (
            users::roles.eq(codes(asked.roles.as_deref().unwrap_or(&standing.roles))),
            users::disabled.eq(asked.disabled.unwrap_or(standing.disabled)),
            users::epoch.eq(standing.epoch.saturating_add(1)),
            users::version.eq(standing.version.saturating_add(1)),
        ),
    )?;
    if changed == 0 {
        return Ok(None);
    }
    if let Some(hash) = &asked.password_hash {
        unit.alter(users::table.find(standing.id), users::password_hash.eq(hash))?;
    }
    find(unit, standing.id)
}

/// The user of an id, whatever its region: for those who check tokens.
pub(super) fn find<E: From<StorageError>>(
    unit: &mut Read<'_>,
    id: Id<kind::User>,
) -> Result<Option<User>, E> {
    let row = users::table
        .find(id)
        .select(UserRow::as_select())
        .first(unit.conn())
        .optional()
        .map_err(StorageError::from)?;
    Ok(row.map(User::try_from).transpose()?)
}

/// The user of a name, with the hash of the password.
pub(super) fn by_name(unit: &mut Read<'_>, username: &str) -> Result<Option<(User, String)>, StorageError> {
    let row: Option<(UserRow, String)> = users::table
        .filter(users::username.eq(username))
        .select((UserRow::as_select(), users::password_hash))
        .first(unit.conn())
        .optional()?;
    row.map(|(row, hash)| Ok((User::try_from(row)?, hash))).transpose()
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Id<kind::User>>,
    limit: i64,
) -> Result<Vec<User>, StorageError> {
    let mut query = users::table.order(users::id).limit(limit).select(UserRow::as_select()).into_boxed();
    if scope.region().is_some() {
        query = query.filter(users::region_code.between(scope.first(), scope.last()));
    }
    if let Some(after) = after {
        query = query.filter(users::id.gt(after));
    }
    let rows: Vec<UserRow> = query.load(unit.conn())?;
    rows.into_iter().map(User::try_from).collect()
}

/// A refresh token as it is kept: by its digest alone.
#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = refresh_tokens)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct RefreshRow {
    pub(super) digest: String,
    pub(super) session_id: Id<kind::Session>,
    pub(super) user_id: Id<kind::User>,
    pub(super) epoch: i64,
    pub(super) issued_at: NaiveDateTime,
    pub(super) expires_at: NaiveDateTime,
    pub(super) rotated_at: Option<NaiveDateTime>,
    pub(super) revoked_at: Option<NaiveDateTime>,
    /// The digest of the token that it was handed out for; none for the first of a session.
    pub(super) successor_of: Option<String>,
    /// When the session began; none where an older release began it.
    pub(super) began_at: Option<NaiveDateTime>,
}

pub(super) fn insert_refresh(unit: &mut Write<'_>, row: &RefreshRow) -> Result<(), StorageError> {
    unit.change(diesel::insert_into(refresh_tokens::table).values(row))?;
    Ok(())
}

pub(super) fn find_refresh(unit: &mut Read<'_>, digest: &str) -> Result<Option<RefreshRow>, StorageError> {
    Ok(refresh_tokens::table.find(digest).select(RefreshRow::as_select()).first(unit.conn()).optional()?)
}

/// Whether anything that was handed out for a token of a session was used itself.
pub(super) fn is_succeeded(unit: &mut Read<'_>, token: &RefreshRow) -> Result<bool, StorageError> {
    let used = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(token.session_id))
        .filter(refresh_tokens::successor_of.eq(&token.digest))
        .filter(refresh_tokens::rotated_at.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(used)).get_result(unit.conn())?)
}

pub(super) fn rotate(unit: &mut Write<'_>, digest: &str) -> Result<(), StorageError> {
    let now = unit.timestamp();
    unit.alter(refresh_tokens::table.find(digest), refresh_tokens::rotated_at.eq(now))?;
    Ok(())
}

pub(super) fn revoke_session(unit: &mut Write<'_>, session: Id<kind::Session>) -> Result<(), StorageError> {
    let now = unit.timestamp();
    let standing = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session))
        .filter(refresh_tokens::revoked_at.is_null());
    unit.alter(standing, refresh_tokens::revoked_at.eq(now))?;
    Ok(())
}

/// Refresh tokens with which somebody can still go on, by their digests, after one.
pub(super) fn refresh_in_use(
    unit: &mut Read<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<RefreshRow>, StorageError> {
    let now = unit.timestamp();
    Ok(refresh_tokens::table
        .filter(refresh_tokens::digest.gt(after))
        .filter(refresh_tokens::revoked_at.is_null())
        .filter(refresh_tokens::expires_at.gt(now))
        .order(refresh_tokens::digest)
        .limit(limit)
        .select(RefreshRow::as_select())
        .load(unit.conn())?)
}

/// Forgets refresh tokens that ran out before an instant.
pub(super) fn forget_expired(unit: &mut Upkeep<'_>, instant: NaiveDateTime) -> Result<usize, StorageError> {
    unit.remove(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(instant)))
}

/// A key on record.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = registry_keys)]
pub(super) struct KeyRow {
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) fingerprint: String,
    pub(super) public_key: Option<String>,
    pub(super) recorded_at: NaiveDateTime,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = registry_keys)]
pub(super) struct NewKeyRow {
    pub(super) name: &'static str,
    pub(super) number: i32,
    pub(super) fingerprint: String,
    pub(super) public_key: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) recorded_at: NaiveDateTime,
}

/// The keys on record, those of a name in the order in which they were recorded.
pub(super) fn keys(unit: &mut Read<'_>) -> Result<Vec<KeyRow>, StorageError> {
    let rows = registry_keys::table.order((registry_keys::name, registry_keys::number));
    Ok(rows.select(KeyRow::as_select()).load(unit.conn())?)
}

pub(super) fn insert_keys(unit: &mut Write<'_>, rows: &[NewKeyRow]) -> Result<(), StorageError> {
    insert_all!(unit, registry_keys::table, rows)
}

/// Administrators who can sign in.
pub(super) fn administrators(unit: &mut Read<'_>) -> Result<Vec<User>, StorageError> {
    let rows = users::table
        .filter(users::disabled.eq(false))
        .filter(users::roles.like(format!("%{}%", Role::Administrator)))
        .select(UserRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(User::try_from).collect()
}

/// What some users sign in as.
pub(super) fn usernames(
    unit: &mut Read<'_>,
    ids: &[Id<kind::User>],
) -> Result<BTreeMap<Id<kind::User>, String>, StorageError> {
    let rows: Vec<(Id<kind::User>, String)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::username)).load(unit.conn())?;
    Ok(rows.into_iter().collect())
}

/// Whether anybody can do anything in the registry.
pub(super) fn has_users(unit: &mut Read<'_>) -> Result<bool, StorageError> {
    let some = users::table.select(users::id).first::<Id<kind::User>>(unit.conn());
    Ok(some.optional()?.is_some())
}
