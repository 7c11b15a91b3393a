//! The clock, as the journal knows it: nothing is recorded by one that is far from what was sealed last.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    journal::{Action, sealing::seal_all, store, succession::append_own},
    storage::{self, Storage, StorageError, Upkeep, Write},
};

const CONFIRMED: Action = Action::named("clock_confirmed");

#[derive(Serialize)]
struct Confirmed {
    sealed_through: DateTime<Utc>,
}

/// Moves the journal on to now where nothing has happened for long, so that it shows how far the clock has come.
pub fn keep_time(unit: &mut Upkeep<'_>) -> Result<(), StorageError> {
    if store::size(unit)? > 0 && storage::is_sealer(unit)? {
        storage::seal_up_to(unit, unit.timestamp())?;
    }
    Ok(())
}

/// Records that the clock is right, although it is far ahead of what was sealed last. The storage must have been opened with
/// limits that let it.
pub async fn confirm_clock(storage: &Storage) -> Result<(), StorageError> {
    let confirm = |unit: &mut Write<'_>| {
        let sealed_through = store::sealed_through(unit)?.and_utc();
        append_own(unit, CONFIRMED, &Confirmed { sealed_through })
    };
    storage.write(confirm).await?;
    storage.upkeep(seal_all).await
}
