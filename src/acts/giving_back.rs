//! Giving back what was let: an end of a grant, which is decided on as one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use num_rational::BigRational;
use num_traits::Zero as _;

use crate::{
    money::contracts::endings::{self, Left},
    register::{
        codes::RightKind,
        rights::{Right, model::hands},
    },
    storage::{Read, StorageError},
    values::{Id, Period, id::kind},
};

/// The contracts of which less would be let by an act that is no end of a grant, and whoever stands between those who give and
/// those who get, and would let on less.
#[derive(Debug, Default)]
pub(super) struct GivenBack {
    pub(super) contracts: Vec<Id<kind::Contract>>,
    pub(super) passed_over: BTreeSet<Id<kind::Party>>,
}

impl GivenBack {
    /// What would be given back where an act leaves rights in some assets from a day on, that `givers` give.
    pub(super) fn of(
        unit: &mut Read<'_>,
        standing: &[(Id<kind::Asset>, Right)],
        left: &[Left],
        givers: &BTreeSet<Id<kind::Party>>,
        on: NaiveDate,
    ) -> Result<Self, StorageError> {
        let contracts = endings::diminished(unit, left, on)?;
        let mut passed_over = BTreeSet::new();
        for (asset, after) in left {
            let before: Vec<&Right> =
                standing.iter().filter(|(id, _)| id == asset).map(|(_, it)| it).collect();
            let after: Vec<&Right> = after.iter().flatten().collect();
            passed_over.extend(have_less(&before, &after, on).filter(|it| !givers.contains(it)));
        }
        Ok(Self { contracts, passed_over })
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.contracts.is_empty() && self.passed_over.is_empty()
    }
}

/// Those through whose hands less of the management comes on any day from a day on.
fn have_less(before: &[&Right], after: &[&Right], on: NaiveDate) -> impl Iterator<Item = Id<kind::Party>> {
    let of = |rights: &[&Right]| {
        let mut changes: BTreeMap<(Id<kind::Party>, NaiveDate), BigRational> = BTreeMap::new();
        for right in rights.iter().filter(|it| it.kind == RightKind::Management) {
            let Some(days) = right.period.intersection(&Period::since(on)) else { continue };
            for hand in hands(right) {
                *changes.entry((hand, days.from())).or_insert_with(BigRational::zero) +=
                    right.share.to_ratio();
                if let Some(to) = days.to() {
                    *changes.entry((hand, to)).or_insert_with(BigRational::zero) -= right.share.to_ratio();
                }
            }
        }
        changes
    };
    let mut by = of(after);
    for (at, change) in of(before) {
        *by.entry(at).or_insert_with(BigRational::zero) -= change;
    }
    let mut together: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    let mut less = BTreeSet::new();
    // In the order of the days, hand by hand.
    for ((hand, _), change) in by {
        let sum = together.entry(hand).or_insert_with(BigRational::zero);
        *sum += change;
        if *sum < BigRational::zero() {
            less.insert(hand);
        }
    }
    less.into_iter()
}
