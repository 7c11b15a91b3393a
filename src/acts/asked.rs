//! What every act may be asked with, whatever it is about: as it comes in, and as it is kept with its case.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::LateReason;

/// That an act is entered long after its day, and why. Only then is it judged by the law and the policy of its own day, and
/// the county approves it whatever it is worth; an act that is entered in time is judged by today's.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedLate {
    /// Why. It goes to the journal, so it must name nobody.
    pub reason: LateReason,
}
