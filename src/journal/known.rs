//! What the registry knew at an instant (`known_at`).
//!
//! The time axis is the journal itself. An entry is known from the instant at which it was sealed, and nothing is ever sealed
//! at an instant that was already asked about, so no later act changes what was known then.

use chrono::{DateTime, Utc};

use crate::{
    journal::{sealing::seal_through, store},
    storage::{Read, Storage, StorageError, is_plausible},
};

/// How much of the journal a query takes into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Everything on record, including entries that are not sealed yet.
    Now,
    /// Only the entries up to this index; -1 for none.
    Through(i64),
}

impl Known {
    /// What was known at an instant; everything on record if none is given.
    ///
    /// The journal must be sealed up to it ([`settle`]), or an entry could still be sealed at an earlier instant.
    pub fn at(unit: &mut Read<'_>, instant: Option<DateTime<Utc>>) -> Result<Self, StorageError> {
        match instant {
            None => Ok(Self::Now),
            Some(instant) => {
                let instant = instant.naive_utc();
                // What was settled on the primary a moment ago, a standby may not have yet.
                if unit.is_on_standby() && store::sealed_through(unit)? < instant {
                    return Err(StorageError::NotReplayed);
                }
                Ok(Self::Through(store::last_sealed_by(unit, instant)?))
            }
        }
    }
}

/// Makes sure that nothing will be sealed at or before an instant any more. If the sealer has not got that far, the waiting
/// entries are sealed now.
///
/// The instant must not lie in the future.
pub async fn settle(storage: &Storage, instant: DateTime<Utc>) -> Result<(), StorageError> {
    let instant = instant.naive_utc();
    let through = storage.read::<_, StorageError, _>(store::sealed_through).await?;
    let is_settled = instant <= through && is_plausible(through, storage.clock().now().naive_utc());
    if is_settled { Ok(()) } else { storage.upkeep(move |unit| seal_through(unit, instant)).await }
}
