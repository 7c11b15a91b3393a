//! Sessions: signing in, and refreshing with tokens that are used once.
//!
//! Refresh tokens of one sign-in form a family. Each is good for one use; whoever presents one a second time holds a
//! stolen copy, or is the one it was stolen from, so the whole family ends (RFC 9700, section 4.14). Only within a moment
//! of the first use, and while nothing that came of it was used, is a second one what it looks like: a client that never
//! got the answer, or two windows of it that woke up together. However often it is continued, a session ends at last.

use std::sync::LazyLock;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::{self, SystemRandom},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{NaiveDateTime, TimeDelta};
use serde::Deserialize;
use serde_json::json;

use crate::{
    identity::{
        Caller, ChangedUser, Password, Refusal, Turn, User, reason,
        store::{self, RefreshRow},
        takes_over,
    },
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, Storage, StorageError, Upkeep, Write, lock},
    values::{Faults, Id, Reason, Username, id::kind},
};

const SIGNED_IN: Action = Action::named("signed_in");
const REFRESHED: Action = Action::named("session_refreshed");
const PASSWORD_CHANGED: Action = Action::named("password_changed");
const REFRESHED_AGAIN: Action = Action::named("session_refreshed_again");
const REVOKED: Action = Action::named("session_revoked");

/// What hands out refresh tokens, one each time.
const HANDS_OUT: [Action; 4] = [SIGNED_IN, REFRESHED, REFRESHED_AGAIN, PASSWORD_CHANGED];

/// How long a refresh token is good for.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(14);

/// How long after signing in a session ends, however often it was continued.
const SESSION_LIFE: TimeDelta = TimeDelta::days(90);

/// How long after its first use a refresh token may be used again.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// Somebody who has signed in: their user, and the one refresh token that continues the session.
#[derive(Debug)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The refresh token, shown once and kept only as a digest.
    pub refresh_token: String,
}

/// What came of presenting a refresh token.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on.
    Continued(SignedIn),
    /// The token had been used before, and not just now: the session was ended.
    Reused,
}

/// Why a session was not begun or continued.
#[derive(Debug, thiserror::Error)]
pub enum SessionRefused {
    /// Wrong name or password, an unknown or expired refresh token, or a disabled user: which one is not said.
    #[error("the credentials are not valid")]
    BadCredentials,
    /// The system gave no randomness for a token.
    #[error("no token could be made")]
    Unmade,
}

/// Why it was refused, or why it failed.
pub type SessionError = Refusal<SessionRefused>;

reason!(SessionRefused);

/// A hash of no one's password: compared with when there is no such user, so that both take equally long.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| Password::typed("nobody's password".to_owned()).hash().unwrap_or_default());

/// Signs somebody in. The comparison of the password runs on a thread of its own, in its turn, outside of any transaction.
pub async fn sign_in(
    storage: &Storage,
    username: Username,
    password: Password,
    turn: Turn,
    request_id: Option<String>,
) -> Result<SignedIn, SessionError> {
    let found = storage.read(move |unit| store::by_name(unit, &username)).await?;
    let compared = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        match found {
            Some((user, hash)) => (password.matches(&hash) && !user.disabled).then_some(user),
            None => {
                password.matches(&NOBODYS);
                None
            }
        }
    });
    let user = compared.await.ok().flatten().ok_or(SessionRefused::BadCredentials)?;
    storage.write(move |unit| begin(unit, &user, request_id.clone())).await
}

fn begin(unit: &mut Write<'_>, user: &User, request_id: Option<String>) -> Result<SignedIn, SessionError> {
    let session = Id::new(unit.now());
    let refresh_token = hand_out(unit, user, session, None)?;
    record(unit, user, session, SIGNED_IN, Some(&refresh_token), request_id)?;
    Ok(SignedIn { user: user.clone(), refresh_token })
}

/// Continues a session: the token presented is used up, and another comes back. Where it was used up just now, another one
/// comes back as well.
pub fn refresh(
    unit: &mut Write<'_>,
    refresh_token: &str,
    request_id: Option<String>,
) -> Result<Refreshed, SessionError> {
    let digest = digest_of(refresh_token);
    let session = store::find_refresh(unit, &digest)?.ok_or(SessionRefused::BadCredentials)?.session_id;
    lock(unit, &Locked::Session(session))?;
    let standing = store::find_refresh(unit, &digest)?.ok_or(SessionRefused::BadCredentials)?;
    let user = store::find::<StorageError>(unit, standing.user_id)?.ok_or(SessionRefused::BadCredentials)?;
    if standing.revoked_at.is_some()
        || standing.expires_at <= unit.timestamp()
        || user.disabled
        || user.epoch != standing.epoch
    {
        return Err(SessionRefused::BadCredentials.into());
    }
    let action = match standing.rotated_at {
        None => {
            store::rotate(unit, &digest)?;
            REFRESHED
        }
        Some(first) if unit.timestamp() - first <= GRACE && !store::is_succeeded(unit, &standing)? => {
            REFRESHED_AGAIN
        }
        Some(_) => {
            store::revoke_session(unit, session)?;
            record(unit, &user, session, REVOKED, None, request_id)?;
            return Ok(Refreshed::Reused);
        }
    };
    let refresh_token = hand_out(unit, &user, session, Some(&standing))?;
    record(unit, &user, session, action, Some(&refresh_token), request_id)?;
    Ok(Refreshed::Continued(SignedIn { user, refresh_token }))
}

/// Refuses a refresh token that nobody was given. Asked before anything is written, so that whoever guesses keeps nobody waiting.
pub fn known_refresh_token(unit: &mut Read<'_>, refresh_token: &str) -> Result<(), SessionError> {
    let found = store::find_refresh(unit, &digest_of(refresh_token))?;
    found.map(|_| ()).ok_or_else(|| SessionRefused::BadCredentials.into())
}

/// Ends the session of a refresh token.
pub fn sign_out(
    unit: &mut Write<'_>,
    refresh_token: &str,
    request_id: Option<String>,
) -> Result<(), SessionError> {
    let standing =
        store::find_refresh(unit, &digest_of(refresh_token))?.ok_or(SessionRefused::BadCredentials)?;
    lock(unit, &Locked::Session(standing.session_id))?;
    let user = store::find::<StorageError>(unit, standing.user_id)?.ok_or(SessionRefused::BadCredentials)?;
    store::revoke_session(unit, standing.session_id)?;
    record(unit, &user, standing.session_id, REVOKED, None, request_id)
}

/// Why somebody's password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefused {
    /// The new password could not be hashed.
    #[error("the password could not be hashed")]
    Unhashed,
    /// No new session could be begun.
    #[error(transparent)]
    Session(#[from] SessionRefused),
}

/// Why it was refused, or why it failed.
pub type PasswordError = Refusal<PasswordRefused>;

reason!(PasswordRefused);
takes_over!(SessionRefused => PasswordRefused);

/// Changes the caller's own password to one that was chosen, or tells why that cannot be together with what is wrong with the old
/// one. Every session of theirs ends, and a new one begins for whoever changed it.
pub async fn change_password(
    storage: &Storage,
    caller: Caller,
    old: Password,
    new: Result<Password, Faults>,
    turn: Turn,
) -> Result<SignedIn, PasswordError> {
    let wrong = || Faults::one("/old_password", Reason::WrongPassword);
    let username = caller.username.clone();
    let found = storage.read(move |unit| store::by_name(unit, &username)).await?;
    let (user, hash) = found.ok_or_else(wrong)?;
    let compared = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let known = if old.matches(&hash) { Ok(()) } else { Err(wrong()) };
        let ((), new) = Faults::both(known, new)?;
        if new.matches(&hash) {
            return Err(PasswordError::from(Faults::one("/new_password", Reason::SamePassword)));
        }
        new.hash().map_err(|_| PasswordRefused::Unhashed.into())
    });
    let password_hash: String = compared.await.map_err(|_| PasswordRefused::Unhashed)??;
    let changed = ChangedUser { password_hash: Some(password_hash), ..ChangedUser::default() };
    storage
        .write(move |unit| {
            // Whoever changed the user meanwhile may have changed the password that was compared.
            let user = store::update(unit, &user, &changed)?;
            let user = user.ok_or_else(wrong)?;
            let session = Id::new(unit.now());
            let refresh_token = hand_out(unit, &user, session, None)?;
            record(unit, &user, session, PASSWORD_CHANGED, Some(&refresh_token), caller.request_id.clone())?;
            Ok(SignedIn { user, refresh_token })
        })
        .await
}

/// Forgets refresh tokens that can no longer be used.
pub fn forget_expired(unit: &mut Upkeep<'_>) -> Result<usize, StorageError> {
    let now = unit.timestamp();
    store::forget_expired(unit, now)
}

/// A refresh token with which somebody can go on, as it is kept.
#[derive(Debug)]
pub struct TokenInUse {
    /// SHA-256 of the token, in hexadecimal.
    pub digest: String,
    session_id: Id<kind::Session>,
    user_id: Id<kind::User>,
    issued_at: NaiveDateTime,
}

/// Refresh tokens with which somebody can go on, by their digests, after one.
pub fn tokens_in_use(unit: &mut Read<'_>, after: &str, limit: i64) -> Result<Vec<TokenInUse>, StorageError> {
    let rows = store::refresh_in_use(unit, after, limit)?;
    let token = |it: RefreshRow| TokenInUse {
        digest: it.digest,
        session_id: it.session_id,
        user_id: it.user_id,
        issued_at: it.issued_at,
    };
    Ok(rows.into_iter().map(token).collect())
}

/// What an entry says of the token that it handed out.
#[derive(Deserialize)]
struct HandedOut {
    session_id: Id<kind::Session>,
    /// Not told by entries of releases before 2026-12.
    refresh_token_sha256: Option<String>,
}

/// The digests of those of some tokens that no entry of the journal handed out.
pub fn not_handed_out(unit: &mut Read<'_>, tokens: &[TokenInUse]) -> Result<Vec<String>, StorageError> {
    let of: Vec<_> = tokens.iter().map(|it| (it.user_id, it.issued_at)).collect();
    let mut handed_out: Vec<_> = journal::done_at(unit, &of, &HANDS_OUT)?
        .into_iter()
        .filter_map(|(user, at, facts)| Some((user, at, serde_json::from_str::<HandedOut>(&facts).ok()?)))
        .collect();
    let unexplained = tokens.iter().filter(|token| {
        let by = handed_out.iter().position(|(user, at, said)| {
            let of_it = (*user, *at, said.session_id) == (token.user_id, token.issued_at, token.session_id);
            of_it && said.refresh_token_sha256.as_ref().is_none_or(|it| *it == token.digest)
        });
        // An entry hands out one token.
        by.map(|it| handed_out.swap_remove(it)).is_none()
    });
    Ok(unexplained.map(|it| it.digest.clone()).collect())
}

/// Makes the next refresh token of a session: its first one, or one for a token that was presented.
fn hand_out(
    unit: &mut Write<'_>,
    user: &User,
    session: Id<kind::Session>,
    presented: Option<&RefreshRow>,
) -> Result<String, SessionError> {
    let now = unit.timestamp();
    let began_at = presented.map_or(now, |it| it.began_at.unwrap_or(it.issued_at));
    let random: [u8; 32] = rand::generate(&SystemRandom::new()).map_err(|_| SessionRefused::Unmade)?.expose();
    let token = URL_SAFE_NO_PAD.encode(random);
    let row = RefreshRow {
        digest: digest_of(&token),
        session_id: session,
        user_id: user.id,
        epoch: user.epoch,
        issued_at: now,
        expires_at: (now + REFRESH_LIFE).min(began_at + SESSION_LIFE),
        rotated_at: None,
        revoked_at: None,
        successor_of: presented.map(|it| it.digest.clone()),
        began_at: Some(began_at),
    };
    store::insert_refresh(unit, &row)?;
    Ok(token)
}

fn digest_of(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}

fn record(
    unit: &mut Write<'_>,
    user: &User,
    session: Id<kind::Session>,
    action: Action,
    handed_out: Option<&str>,
    request_id: Option<String>,
) -> Result<(), SessionError> {
    let mut facts = json!({"user_id": user.id, "session_id": session});
    if let (Some(token), Some(facts)) = (handed_out, facts.as_object_mut()) {
        facts.insert("refresh_token_sha256".to_owned(), digest_of(token).into());
    }
    let subjects = [user.id.seen_as()];
    journal::append(
        unit,
        &Actor { user_id: Some(user.id), request_id },
        &Record {
            action,
            region: user.region_code,
            subjects: &subjects,
            changes: None,
            facts: &facts,
            feed: None,
        },
    )?;
    Ok(())
}
