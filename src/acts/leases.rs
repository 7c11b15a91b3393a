//! Leases: who signs where several let together.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::Zero as _;

use crate::values::{Id, Share, id::kind};

/// Who lets for all where several let together: the one with the largest share, taken over everything that is let; of equal ones
/// the first that is named.
pub(super) fn lead(lets: impl IntoIterator<Item = (Id<kind::Party>, Share)>) -> Option<Id<kind::Party>> {
    let mut named: Vec<Id<kind::Party>> = Vec::new();
    let mut shares: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for (party, share) in lets {
        if !named.contains(&party) {
            named.push(party);
        }
        *shares.entry(party).or_insert_with(BigRational::zero) += share.to_ratio();
    }
    // Of equal ones the last in the order of an iterator is the greatest.
    named.into_iter().rev().max_by(|one, other| shares.get(one).cmp(&shares.get(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_share_leads_and_of_equal_ones_the_first() {
        let party = |number: u128| -> Id<kind::Party> { uuid::Uuid::from_u128(number).into() };
        let lead_of = |lets: &[(u128, &str)]| {
            lead(lets.iter().map(|(number, share)| (party(*number), share.parse().unwrap())))
        };
        assert_eq!(lead_of(&[]), None);
        assert_eq!(lead_of(&[(1, "1/2"), (2, "1/2")]), Some(party(1)));
        assert_eq!(lead_of(&[(2, "1/2"), (1, "1/2")]), Some(party(2)));
        assert_eq!(lead_of(&[(1, "1/3"), (2, "2/3")]), Some(party(2)));
        // Two lots of a third are more than one of a half.
        assert_eq!(lead_of(&[(1, "1/2"), (2, "1/3"), (2, "1/3")]), Some(party(2)));
    }
}
