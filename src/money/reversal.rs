//! Reversals: what was booked wrongly is booked back by contrary rows, and nothing is deleted.

use chrono::NaiveDate;

use crate::values::{Faults, Reason, ReversalReason};

/// Why, and as of which day, a receipt or a payment is reversed.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// What was wrong; it goes to the journal and names nobody.
    pub reason: ReversalReason,
    /// The day on which it is booked back; today unless said.
    pub booked_on: Option<NaiveDate>,
}

impl Reversal {
    /// The day on which what was booked on a day is booked back.
    ///
    /// # Errors
    /// A fault at `/booked_on` for a day that is still to come, or lies before what it takes back.
    pub(super) fn day(&self, first: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Faults> {
        let day = self.booked_on.unwrap_or(today);
        let wrong = |reason| Err(Faults::one("/booked_on", reason));
        if day > today {
            wrong(Reason::InFuture)
        } else if day < first {
            wrong(Reason::DatesReversed)
        } else {
            Ok(day)
        }
    }
}
