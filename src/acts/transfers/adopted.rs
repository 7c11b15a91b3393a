//! A lease that is on record by a contract already, which stands under no right: a contract that was recorded by itself. A transfer that
//! says the very same gives it its right, and makes no second contract beside it, by which the rent would be owed twice. From then on it is
//! the contract of that case.

use std::collections::BTreeSet;

use super::{Lease, asked::TransferRequest};
use crate::{
    acts::ActError,
    loss::facts::LetAlready,
    money::contracts::{self, Occupying},
    register::rights::{self, model},
    storage::Read,
    values::{Id, id::kind},
};

/// What is on record of a lease by contracts.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    /// The one that says the very same.
    pub(super) adopts: Option<Id<kind::Contract>>,
    /// Those that say otherwise of the same.
    pub(super) others: Vec<LetAlready>,
}

/// Finds the contracts by which the lessor of a lease lets some of the same to its lessee on some of its days, and no right does.
pub(super) fn find(unit: &mut Read<'_>, asked: &TransferRequest, lease: &Lease) -> Result<Adopted, ActError> {
    let assets: BTreeSet<_> = asked.lots.iter().map(|it| it.asset_id).collect();
    let assets: Vec<_> = assets.into_iter().collect();
    let mut beside = contracts::occupying(unit, &assets, &lease.term)?;
    beside.retain(|it| !it.of_case && (it.lessor_id, it.lessee_id) == (lease.lessor_id, lease.lessee_id));
    if beside.is_empty() {
        return Ok(Adopted::default());
    }
    let standing = rights::standing(unit, &assets)?;
    let stands = |it: &Occupying| {
        let of = standing.iter().filter(|(asset, _)| it.asset_ids.contains(asset));
        of.into_iter().any(|(_, right)| model::lets_to(right, it.lessee_id, &it.days))
    };
    beside.retain(|it| !stands(it));
    if let [one] = beside.as_slice()
        && is_same(one, lease)
    {
        return Ok(Adopted { adopts: Some(one.id), others: Vec::new() });
    }
    let about = |asset| -> Vec<_> {
        beside.iter().filter(|it| it.asset_ids.contains(asset)).map(|it| it.id).collect()
    };
    let others = assets.iter().map(|asset| LetAlready {
        asset: *asset,
        lessor: lease.lessor_id,
        lessee: lease.lessee_id,
        contracts: about(asset),
    });
    Ok(Adopted { adopts: None, others: others.filter(|it| !it.contracts.is_empty()).collect() })
}

/// Whether a contract lets the same, for the same days and the same rent.
fn is_same(it: &Occupying, lease: &Lease) -> bool {
    let in_order = |dues: &[(chrono::NaiveDate, crate::values::Fen)]| {
        let mut dues = dues.to_vec();
        dues.sort_unstable();
        dues
    };
    let assets: BTreeSet<_> = lease.asset_ids.iter().collect();
    it.days == lease.term
        && it.asset_ids.iter().collect::<BTreeSet<_>>() == assets
        && in_order(&it.dues) == in_order(&lease.dues)
}
