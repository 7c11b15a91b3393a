//! How the parties of a deal are related to each other.
//!
//! Kin, control, representation and shareholding count, in either direction, over one or two steps: a firm
//! that the village's representative controls is related to the village. Membership does not count, or nobody
//! in a village could deal with it.

use super::Found;
use crate::{
    loss::facts::{Tie, TransferFacts},
    register::codes::{RelationKind, Sector},
    values::{Id, id::kind},
};

type PartyId = Id<kind::Party>;

/// The ties of a deal without membership. Those who hold shares in a village collective are its members too,
/// as its households are, unless it is a firm that holds them: a firm is not a member, and its shares count.
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
    /// Adds the path to the figures.
    pub(super) fn described(&self, found: Found) -> Found {
        let found = found.list("path", self.kinds.iter().map(ToString::to_string).collect());
        match self.via {
            Some(via) => found.id("via", via),
            None => found,
        }
    }
}

/// The shortest path from one party to another, whatever the order of the ties.
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
