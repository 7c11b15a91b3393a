//! Which grant ends where a party has several leases of the same asset: the one behind a contract.

use std::collections::BTreeSet;

use super::OfAsset;
use crate::{
    acts::ActError,
    money::contracts,
    register::{codes::RightKind, rights},
    storage::Read,
    values::{Faults, Id, Reason, Scope, id::kind},
};

/// The rights behind a contract of a holder; none where they are all that the holder was granted.
///
/// # Errors
/// Faults at `/contract_id`: no such contract about the asset, or none of this holder, or one that has no grant of its own that is
/// still told from others.
pub(super) fn behind(
    unit: &mut Read<'_>,
    contract: Id<kind::Contract>,
    (right, holder): (RightKind, Id<kind::Party>),
    rights: &[OfAsset],
) -> Result<Option<BTreeSet<Id<kind::Right>>>, ActError> {
    let refused = |reason| ActError::from(Faults::one("/contract_id", reason));
    let assets: Vec<_> = rights.iter().map(|(asset, _)| *asset).collect();
    let found = contracts::one(unit, &Scope::WHOLE, contract)?;
    let found = found.filter(|it| assets.iter().all(|asset| it.agreed.asset_ids.contains(asset)));
    let Some(found) = found else { return Err(refused(Reason::NotFound { what: "contract" })) };
    if right != RightKind::Management {
        return Err(refused(Reason::Contradicts { other: "/right".to_owned() }));
    }
    if found.agreed.lessee_id != holder {
        return Err(refused(Reason::Contradicts { other: "/holder_id".to_owned() }));
    }
    let given = match found.agreed.case_id {
        Some(case) => {
            let granted = rights::granted(unit, &assets, right)?.into_iter();
            granted.filter(|it| it.case_id == Some(case)).map(|it| it.right.id).collect()
        }
        None => BTreeSet::new(),
    };
    let all = || rights.iter().flat_map(|(_, rights)| rights).filter(|it| it.kind == right);
    let (own, others): (Vec<_>, Vec<_>) =
        all().filter(|it| it.holder_id == holder).map(|it| it.id).partition(|it| given.contains(it));
    if others.is_empty() && !own.is_empty() {
        return Ok(None);
    }
    // What the case of the lease gave is there no more.
    if own.is_empty() && found.agreed.case_id.is_some() {
        return Err(refused(Reason::NothingLeft));
    }
    // What was let on came out of any of the leases, and does not say of which.
    if own.is_empty() || all().any(|it| it.through.contains(&holder)) {
        return Err(refused(Reason::NoGrantOfItsOwn));
    }
    Ok(Some(own.into_iter().collect()))
}
