//! The lots of a deal by what they take from whom: several lots of one giver in one asset count together.

use std::collections::BTreeMap;

use super::{
    exact::{Exact, share},
    ties::is_of_public,
};
use crate::{
    loss::facts::{LotFacts, RegistrationFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
    values::{Id, id::kind, share::Total},
};

/// Lots that take the same right in the same asset from the same giver.
pub(super) struct Taken<'a> {
    /// The number of the first of them.
    pub(super) first: usize,
    /// All of them.
    pub(super) lots: Vec<&'a LotFacts>,
}

impl Taken<'_> {
    /// How much they take together.
    pub(super) fn share(&self) -> Exact {
        self.lots.iter().map(|it| share(it.share)).sum()
    }

    /// How much the giver holds: the least that any of them says.
    pub(super) fn held(&self, of: impl Fn(&LotFacts) -> &Total) -> Exact {
        self.lots.iter().map(|it| of(it).to_ratio()).min().cloned().unwrap_or_default()
    }
}

/// The lots of a deal, those of a swap included.
pub(super) fn by_asset_and_giver(
    deal: &TransferFacts,
) -> BTreeMap<(Id<kind::Asset>, Id<kind::Party>), Taken<'_>> {
    let mut groups = BTreeMap::new();
    for (index, lot) in deal.all_lots().enumerate() {
        let key = (lot.asset.id, lot.from.id);
        groups.entry(key).or_insert_with(|| Taken { first: index, lots: Vec::new() }).lots.push(lot);
    }
    groups
}

/// Whether the state or a collective is to own some of an asset, or a village's own organisation is.
pub(super) fn owned_by_public(registration: &RegistrationFacts) -> bool {
    let web = Web::of(&registration.ties);
    let mut owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    owners.any(|it| is_of_public(&web, it.holder))
}
