//! Reversals on the wire.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::{money::Reversal, values::ReversalReason};

/// Why a receipt or a payment is reversed.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ReversalRequest {
    /// What was wrong. It stands in the journal for good: name nobody in it.
    reason: ReversalReason,
    /// The day on which it is booked back; today unless said, not in the future and not before the day of what it takes back.
    #[schema(example = "2025-07-02")]
    booked_on: Option<NaiveDate>,
}

impl From<&ReversalRequest> for Reversal {
    fn from(it: &ReversalRequest) -> Self {
        Self { reason: it.reason.clone(), booked_on: it.booked_on }
    }
}
