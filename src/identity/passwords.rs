//! Passwords: Argon2id, with the parameters that its authors recommend as a default (RFC 9106).
//!
//! A new password is judged by how many guesses it takes (zxcvbn), and not by which kinds of characters stand in it: those
//! that repeat a character, go up the alphabet or along the keyboard, or are among the common ones are found at once.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use serde::Deserialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type, schema::SchemaType},
};
use zeroize::ZeroizeOnDrop;
use zxcvbn::{Score, zxcvbn};

use crate::values::{Faults, Reason, words::TYPED};

/// What is printed as an example of a password, so that somebody will type it as it stands. Nobody else has to guess it.
const PRINTED: [&str; 3] =
    ["seventh goat prefers green tea", "seventh goat prefers tea", "大棚里第七只羊爱喝隔夜茶"];

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

    /// A password to be set for a user of this name.
    ///
    /// # Errors
    /// Shorter than [`Self::MIN`] or longer than [`Self::MAX`] characters; with a control character, which nobody types; with
    /// the name in it, or guessed too soon.
    pub fn chosen(text: String, username: &str) -> Result<Self, Reason> {
        match text.chars().count() {
            short if short < Self::MIN => return Err(Reason::TooShort { min: 12 }),
            long if long > Self::MAX => return Err(Reason::TooLong { max: 128 }),
            _ if text.chars().any(char::is_control) => return Err(Reason::ControlCharacter),
            _ => {}
        }
        // A name of one or two letters stands in many a word by chance.
        let folded = text.to_lowercase();
        let named = username.len() > 2 && folded.contains(&username.to_lowercase());
        let printed = PRINTED.iter().any(|it| folded.contains(it));
        if named || printed || zxcvbn(&text, &[username, "sanquan"]).score() < Score::Three {
            return Err(Reason::TooGuessable);
        }
        Ok(Self(text))
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

/// A new password as somebody wrote it, before it is judged.
#[derive(Clone, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct NewPassword(String);

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(***)")
    }
}

impl NewPassword {
    /// It as a password of a user of this name. `at` points to where it was written.
    ///
    /// # Errors
    /// Those of [`Password::chosen`].
    pub fn chosen(&self, username: &str, at: &str) -> Result<Password, Faults> {
        Password::chosen(self.0.clone(), username).map_err(|reason| Faults::one(at, reason))
    }

    /// It as it stands, to be hashed before the name of its user is known.
    pub fn typed(&self) -> Password {
        Password::typed(self.0.clone())
    }
}

impl PartialSchema for NewPassword {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .min_length(Some(Password::MIN))
            .max_length(Some(Password::MAX))
            .pattern(Some(TYPED))
            .description(Some(
                "A new password: no repeated or successive characters, no neighbours on the keyboard, no common password, and \
                 not the user name.",
            ))
            .examples(PRINTED.last().copied())
            .into()
    }
}

impl ToSchema for NewPassword {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, username: &str) {
        assert_eq!(Password::chosen(text.to_owned(), username).unwrap_err(), Reason::TooGuessable, "{text}");
    }

    #[test]
    fn what_is_guessed_at_once_is_no_password() {
        for text in [
            "aaaaaaaaaaaa",
            "密密密密密密密密密密密密",
            "123456789012",
            "abcdefghijklmn",
            "987654321098",
            "abcabcabcabc",
            "qwertyuiop[]",
            "passwordpassword",
            "sanquansanquan",
        ] {
            refused(text, "officer");
        }
        refused("wang128933wang128933", "wang128933");
        for printed in
            ["Seventh goat prefers green tea", "seventh goat prefers tea!", "大棚里第七只羊爱喝隔夜茶。。。"]
        {
            refused(printed, "officer");
        }
        refused("township-clerk-7-Qz", "township-clerk");
        refused("Li.Si-likes-tea-at-9", "li.si");
    }

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_make_a_password() {
        for text in ["correct horse battery", "大棚里的第七只羊叫小芳呀", "k3#Vq9zLw2!x"] {
            assert!(Password::chosen(text.to_owned(), "officer").is_ok(), "{text}");
        }
    }
}
