//! Identifiers: version 7 UUIDs that carry, for the compiler alone, what they identify.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::SchemaType, schema::Type,
};
use uuid::{NoContext, Timestamp, Uuid};

/// The identifier of a `Kind`: an `Id<Asset>` cannot be given where an `Id<Party>` is wanted.
pub struct Id<Kind>(Uuid, PhantomData<fn() -> Kind>);

impl Id<kind::Salt> {
    /// A salt: 122 random bits (UUID version 4).
    pub fn unguessable() -> Self {
        Self::from(Uuid::new_v4())
    }
}

impl<Kind> Id<Kind> {
    /// A new identifier (UUID version 7), so that identifiers made later sort later.
    pub fn new(at: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
        Self::from(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos())))
    }

    /// When it was made, to the millisecond; none where it was made elsewhere, in another way.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }

    /// The identifier as a plain UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same identifier, now of another kind: for what is one thing seen from two rooms.
    pub const fn seen_as<Other>(self) -> Id<Other> {
        Id(self.0, PhantomData)
    }
}

impl<Kind> From<Uuid> for Id<Kind> {
    fn from(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
}

impl<Kind> FromStr for Id<Kind> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from)
    }
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for Id<Kind> {}
impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<Kind> Eq for Id<Kind> {}
impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<Kind> hash::Hash for Id<Kind> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, Kind> Deserialize<'de> for Id<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from)
    }
}

impl<Kind> utoipa::PartialSchema for Id<Kind> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into()
    }
}
impl<Kind> utoipa::ToSchema for Id<Kind> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// What an identifier can name. The types have no values: they only keep identifiers apart.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
            $($(#[$meta])* #[derive(Debug)] pub enum $name {})+
        };
    }
    kinds! {
        /// A user of the registry.
        User,
        /// A family of refresh tokens: one sign-in and what was rotated from it.
        Session,
        /// A journal entry.
        Entry,
        /// A party: anybody who can hold a right or a duty.
        Party,
        /// A relation between two parties.
        Relation,
        /// A funded project.
        Project,
        /// A document.
        Document,
        /// An asset.
        Asset,
        /// A right on record.
        Right,
        /// An act that changed rights.
        Instrument,
        /// A restriction on an asset.
        Restriction,
        /// A case: an act on its way through its steps.
        Case,
        /// What an approval named of a rule's findings.
        Override,
        /// A public notice.
        Notice,
        /// Deciding steps that somebody has another take in their place.
        Delegation,
        /// An objection against a public notice.
        Objection,
        /// A version of a region's policy.
        Policy,
        /// A contract.
        Contract,
        /// A receipt of money.
        Receipt,
        /// Proceeds of a sale or of a disposal that fall due.
        Proceeds,
        /// A payment out of an account.
        Payment,
        /// An account.
        Account,
        /// A row of the double-entry ledger.
        LedgerEntry,
        /// A maintenance assignment.
        Assignment,
        /// What makes the digest of a personal row impossible to guess.
        Salt,
        /// What a journal entry is about, of whatever kind.
        Subject,
    }
}
