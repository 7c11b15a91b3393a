//! Which grant ends where a party has several leases of the same asset: the one behind a contract.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::OfAsset;
use crate::{
    acts::ActError,
    money::contracts,
    register::{
        codes::RightKind,
        rights::{self, Right},
    },
    storage::Read,
    values::{Faults, Id, Reason, Scope, id::kind},
};

/// The rights behind a contract of a holder that ends on a day; none where they are all that the holder was granted.
///
/// # Errors
/// Faults at `/contract_id`: no such contract about the asset, or none of this holder, or one that has no grant of its own that is
/// still told from others.
pub(super) fn behind(
    unit: &mut Read<'_>,
    contract: Id<kind::Contract>,
    (right, holder, on): (RightKind, Id<kind::Party>, NaiveDate),
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
    if own.is_empty() || all().any(|it| is_let_on_by(it, holder, on)) {
        return Err(refused(Reason::NoGrantOfItsOwn));
    }
    Ok(Some(own.into_iter().collect()))
}

/// Whether a right is what a holder has let on from a day on, or later: that came out of any of its leases, and does not say of which.
/// What came back before the day is the holder's own again.
fn is_let_on_by(right: &Right, holder: Id<kind::Party>, on: NaiveDate) -> bool {
    right.through.contains(&holder) && right.period.to().is_none_or(|it| on < it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Period, Share};

    #[test]
    fn what_was_let_on_and_came_back_says_nothing_of_a_lease() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let id = uuid::Uuid::from_u128;
        let let_on = |until: Option<&str>| Right {
            id: id(1).into(),
            kind: RightKind::Management,
            holder_id: id(2).into(),
            grantor_id: Some(id(3).into()),
            through: vec![id(4).into()],
            share: Share::WHOLE,
            period: Period::new(day("2020-01-01"), until.map(day)).unwrap(),
            begun_by: id(5).into(),
            ended_by: None,
        };
        let (lessee, on) = (id(4).into(), day("2022-01-01"));
        assert!(!is_let_on_by(&let_on(Some("2021-01-01")), lessee, on));
        assert!(!is_let_on_by(&let_on(Some("2022-01-01")), lessee, on));
        assert!(is_let_on_by(&let_on(Some("2022-01-02")), lessee, on));
        assert!(is_let_on_by(&let_on(None), lessee, on));
        assert!(!is_let_on_by(&let_on(None), id(3).into(), on));
    }
}
