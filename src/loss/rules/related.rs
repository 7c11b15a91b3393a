//! Dealing with oneself through others: L07, and how parties are related.

use std::collections::BTreeMap;

use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{Facts, Tie, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::{RelationKind, Sector},
    values::{Id, id::kind},
};

type PartyId = Id<kind::Party>;

/// L07: the receiver is related to a giver of the state's or a collective's wealth. The county may agree to it, and then
/// knows.
///
/// Kin, control, representation and shareholding count, in either direction, over one or two steps: the firm that the
/// village's representative controls. Membership does not, or nobody in a village could deal with it.
pub(super) fn check(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let ties = ties_that_count(deal);
    let mut pairs = BTreeMap::new();
    for (index, lot) in deal.all_lots().enumerate().filter(|(_, it)| it.from.is_public()) {
        pairs.entry((lot.from.id, lot.to.id)).or_insert(index);
    }
    let found = pairs.into_iter().filter_map(|((from, to), lot)| {
        let path = path_between(to, from, &ties)?;
        Some(path.described(Finding::of(Cause::PartiesRelated).at(lot).id("from", from).id("to", to)))
    });
    found.collect()
}

/// The ties of a deal without those of membership, which are of two kinds: by name, and by holding shares in a village
/// collective, as its member households do. A firm that holds shares in one is no member, and counts.
pub(super) fn ties_that_count(deal: &TransferFacts) -> Vec<Tie> {
    let parties: Vec<_> = deal.all_lots().flat_map(|it| [it.from, it.to]).collect();
    let is_member = |it: &Tie| {
        let into_collective = parties.iter().any(|of| of.id == it.to && of.sector() == Sector::Collective);
        let by_firm = parties.iter().any(|of| of.id == it.from && !of.kind.is_personal());
        it.kind == RelationKind::Member || it.kind == RelationKind::Shareholder && into_collective && !by_firm
    };
    deal.ties.iter().filter(|it| !is_member(it)).copied().collect()
}

/// How two parties are related: directly, or through one other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    via: Option<PartyId>,
    kinds: Vec<RelationKind>,
}

impl Path {
    /// Adds the path to the figures of a finding.
    pub(super) fn described(&self, finding: Finding) -> Finding {
        let finding = finding.list("path", self.kinds.iter().map(ToString::to_string).collect());
        match self.via {
            Some(via) => finding.id("via", via),
            None => finding,
        }
    }
}

/// The shortest path from one party to another, the same one in whatever order the ties stand.
pub(super) fn path_between(one: PartyId, other: PartyId, ties: &[Tie]) -> Option<Path> {
    let steps = |from: PartyId| ties.iter().filter_map(move |it| beyond(it, from).map(|to| (to, it.kind)));
    let direct =
        steps(one).filter(|(to, _)| *to == other).map(|(_, kind)| Path { via: None, kinds: vec![kind] });
    let through_another = || {
        let paths = steps(one).filter(|(via, _)| *via != other).flat_map(|(via, first)| {
            let onward = steps(via).filter(|(to, _)| *to == other);
            onward.map(move |(_, second)| Path { via: Some(via), kinds: vec![first, second] })
        });
        paths.min()
    };
    direct.min().or_else(through_another)
}

/// The other end of a tie.
fn beyond(tie: &Tie, from: PartyId) -> Option<PartyId> {
    if tie.from == from {
        Some(tie.to)
    } else if tie.to == from {
        Some(tie.from)
    } else {
        None
    }
}
