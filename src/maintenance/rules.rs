//! What maintenance admits. Pure.

use crate::{
    maintenance::model::{Assignment, NewAssignment},
    values::{Id, Period, id::kind},
};

/// Another body answers for the asset on some of the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{by} answers for the asset already")]
pub struct AlreadyHeld {
    /// Which body.
    pub by: Id<kind::Party>,
    /// On which days.
    pub during: Period,
}

/// An asset has at most one responsible body on any day.
pub(super) fn admit(asked: &NewAssignment, standing: &[Assignment]) -> Result<(), AlreadyHeld> {
    match standing.iter().find(|it| it.assigned.period.overlaps(&asked.period)) {
        Some(held) => Err(AlreadyHeld { by: held.assigned.responsible_id, during: held.assigned.period }),
        None => Ok(()),
    }
}
