//! Access tokens: JSON Web Tokens signed with Ed25519 (RFC 8037), and the callers that they stand for.

use std::{num::NonZeroU64, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::{
    identity::{Caller, Keys, User, store},
    storage::{Storage, StorageError},
    values::{Id, id::kind},
};

/// How long an access token is valid.
pub const ACCESS_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);

/// The issuer and the audience that every token names.
const REGISTRY: &str = "sanquan";

/// How long a checked token is trusted before its user is looked at again: within this time a user that was disabled
/// through another server loses access.
const TRUSTED_FOR: Duration = Duration::from_secs(10);

/// The most tokens whose callers are remembered.
const REMEMBERED: NonZeroU64 = NonZeroU64::MIN.saturating_add(9_999);

/// Makes and checks access tokens.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    key_id: String,
    checked: Cache<[u8; 32], (Caller, DateTime<Utc>)>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({})", self.key_id)
    }
}

/// What a token says. Roles and region are not in it: they are read when the token is checked, so that a change of them
/// needs no new token.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: uuid::Uuid,
    epoch: i64,
    iat: i64,
    exp: i64,
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this registry, or no longer valid.
    #[error("the token is not valid")]
    Invalid,
    /// The user could not be looked up.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl crate::storage::Failure for TokenError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Invalid => None,
        }
    }
}

impl Tokens {
    /// Tokens signed with the registry's key.
    pub fn new(keys: &Keys) -> Self {
        Self {
            signing: EncodingKey::from_ed_der(&keys.signing),
            checking: DecodingKey::from_ed_der(&keys.public),
            key_id: hex::encode(digest(&SHA256, &keys.public)).chars().take(16).collect(),
            checked: Cache::builder().max_capacity(REMEMBERED.get()).time_to_live(TRUSTED_FOR).build(),
        }
    }

    /// A token for a user. None only where the key cannot sign.
    pub fn issue(&self, user: &User, now: DateTime<Utc>, life: TimeDelta) -> Option<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        let claims = Claims {
            iss: REGISTRY.to_owned(),
            aud: REGISTRY.to_owned(),
            sub: user.id.uuid(),
            epoch: user.epoch,
            iat: now.timestamp(),
            exp: now.timestamp().saturating_add(life.num_seconds()),
        };
        jsonwebtoken::encode(&header, &claims, &self.signing).ok()
    }

    /// The caller behind a token.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] for anything but an unexpired token of this registry for a user who is not disabled and
    /// whose password and roles have not changed since.
    pub async fn caller(&self, storage: &Storage, token: &str) -> Result<Caller, TokenError> {
        let now = storage.clock().now();
        let mut key = [0_u8; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some((caller, expires)) = self.checked.get(&key) {
            return if now < expires { Ok(caller) } else { Err(TokenError::Invalid) };
        }
        let claims = self.check(token, now)?;
        let user_id: Id<kind::User> = claims.sub.into();
        let user = storage.read(move |unit| store::find::<TokenError>(unit, user_id)).await?;
        let user = user.filter(|it| !it.disabled && it.epoch == claims.epoch).ok_or(TokenError::Invalid)?;
        let expires = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Invalid)?;
        let caller = user.as_caller(None);
        self.checked.insert(key, (caller.clone(), expires));
        Ok(caller)
    }

    /// Forgets every checked token, after a change of users on this server.
    pub fn forget_checked(&self) {
        self.checked.invalidate_all();
    }

    fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        // One algorithm and one key: neither `none` nor another family can be talked into here.
        let mut wanted = Validation::new(Algorithm::EdDSA);
        wanted.set_issuer(&[REGISTRY]);
        wanted.set_audience(&[REGISTRY]);
        wanted.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is judged below, by the clock of the registry.
        wanted.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &wanted)
            .map_err(|_| TokenError::Invalid)?
            .claims;
        let fits = claims.iat <= now.timestamp().saturating_add(60) && now.timestamp() < claims.exp;
        if fits { Ok(claims) } else { Err(TokenError::Invalid) }
    }
}
