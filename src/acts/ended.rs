//! What ends of what was let, where an act leaves nobody with it.

use chrono::NaiveDate;

use crate::{
    acts::{ActError, ActRefused},
    money::contracts::endings::{Lapsing, Left},
    storage::Read,
};

/// Refuses an act that is no end of a grant and would be one: by which a lessee, or whoever stands between, would be left with
/// nothing of what a contract lets. What ends a lease is decided by whoever lets, with the rent that is given up by it.
pub(super) fn gives_nothing_back(unit: &mut Read<'_>, left: &[Left], on: NaiveDate) -> Result<(), ActError> {
    let lapsing = Lapsing::of(unit, left, on)?;
    match lapsing.contracts() {
        [] => Ok(()),
        ending => Err(ActRefused::GivesBack(ending.iter().map(|it| it.id).collect()).into()),
    }
}
