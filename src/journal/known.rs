//! As known then: what the registry had on record at an instant.
//!
//! The axis is the journal itself. An entry is known from the instant at which it was sealed, and nothing is ever sealed at
//! an instant that somebody has asked about, so no later act changes what was known before it.

use chrono::{DateTime, Utc};

use crate::{
    journal::{sealing::seal_through, store},
    storage::{Read, Storage, StorageError, is_plausible},
};

/// How much of the journal a reading knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Everything on record, entries that wait for their seal included.
    Now,
    /// The entries up to this index and no other; below 0 for none.
    Through(i64),
}

impl Known {
    /// What was known at an instant; everything on record where none is given.
    ///
    /// The journal must be sealed up to it ([`settle`]), or an entry could still be sealed at an earlier instant.
    pub fn at(unit: &mut Read<'_>, instant: Option<DateTime<Utc>>) -> Result<Self, StorageError> {
        match instant {
            None => Ok(Self::Now),
            Some(instant) => Ok(Self::Through(store::last_sealed_by(unit, instant.naive_utc())?)),
        }
    }
}

/// Sees to it that nothing will be sealed at an instant, or before it, any more: where the sealer has not come so far, what
/// waits is sealed now.
///
/// The instant must not lie in the future.
pub async fn settle(storage: &Storage, instant: DateTime<Utc>) -> Result<(), StorageError> {
    let instant = instant.naive_utc();
    let through = storage.read::<_, StorageError, _>(store::sealed_through).await?;
    let is_settled = instant <= through && is_plausible(through, storage.clock().now().naive_utc());
    if is_settled { Ok(()) } else { storage.upkeep(move |unit| seal_through(unit, instant)).await }
}
