//! Passwords: Argon2id, with the parameters that its authors recommend as a default (RFC 9106).

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use zeroize::ZeroizeOnDrop;

use crate::values::Reason;

/// A password as somebody typed it. It is never shown, and wiped from memory when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

impl Password {
    /// The least number of characters of a new password.
    pub const MIN: usize = 12;
    /// The greatest number of characters of a password.
    pub const MAX: usize = 128;

    /// A password to compare with a hash.
    pub const fn typed(text: String) -> Self {
        Self(text)
    }

    /// A password to be set.
    ///
    /// # Errors
    /// Shorter than [`Self::MIN`] or longer than [`Self::MAX`] characters.
    pub fn chosen(text: String) -> Result<Self, Reason> {
        match text.chars().count() {
            short if short < Self::MIN => Err(Reason::TooShort { min: 12 }),
            long if long > Self::MAX => Err(Reason::TooLong { max: 128 }),
            _ => Ok(Self(text)),
        }
    }

    /// The hash to keep, in PHC form with a salt of its own. Takes tens of milliseconds on purpose.
    pub fn hash(&self) -> Result<String, HashError> {
        Argon2::default()
            .hash_password(self.0.as_bytes())
            .map(|it| it.to_string())
            .map_err(|error| HashError(error.to_string()))
    }

    /// Whether this is the password of a hash. Takes as long as hashing.
    pub fn matches(&self, hash: &str) -> bool {
        PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(self.0.as_bytes(), &hash).is_ok())
    }
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);
