//! Who takes the place of parties that are there no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    register::parties::{self, PartyStanding},
    storage::{Read, StorageError},
    values::{Id, id::kind},
};

/// Who takes what somebody would get, or decides what somebody would decide, who is there no more: whose data were erased, or who
/// ended.
#[derive(Debug, Clone, Default)]
pub struct Heirs {
    /// Whoever ended and is succeeded, with who succeeds in the end.
    successors: BTreeMap<Id<kind::Party>, Id<kind::Party>>,
    /// Whoever is gone, and is succeeded by nobody who is there.
    gone: BTreeSet<Id<kind::Party>>,
}

impl Heirs {
    /// The heirs of some parties, through all who succeeded one another.
    pub fn of(
        unit: &mut Read<'_>,
        parties: impl IntoIterator<Item = Id<kind::Party>>,
    ) -> Result<Self, StorageError> {
        let distinct: BTreeSet<_> = parties.into_iter().collect();
        let mut known = parties::standing(unit, &distinct.into_iter().collect::<Vec<_>>())?;
        Self::among(unit, &mut known)
    }

    /// The heirs of the parties that are known, through all who succeeded one another; whoever succeeds in the end is known
    /// afterwards as well. Asks nothing where all of them are there.
    pub fn among(
        unit: &mut Read<'_>,
        of: &mut BTreeMap<Id<kind::Party>, PartyStanding>,
    ) -> Result<Self, StorageError> {
        let mut known = of.clone();
        let mut next: Vec<_> = of.values().filter_map(|it| it.successor_id).collect();
        loop {
            next.retain(|it| !known.contains_key(it));
            next.sort();
            next.dedup();
            if next.is_empty() {
                break;
            }
            let found = parties::standing(unit, &next)?;
            next = found.values().filter_map(|it| it.successor_id).collect();
            known.extend(found);
        }
        let mut heirs = Self::default();
        for holder in of.keys() {
            let (mut at, mut seen) = (*holder, BTreeSet::new());
            let there = loop {
                let Some(it) = known.get(&at).filter(|_| seen.insert(at)) else { break None };
                match (it.erased, it.ended_on, it.successor_id) {
                    (false, None, _) => break Some(at),
                    (_, _, Some(successor)) => at = successor,
                    (_, _, None) => break None,
                }
            };
            match there {
                Some(there) if there == *holder => {}
                Some(there) => drop(heirs.successors.insert(*holder, there)),
                None => drop(heirs.gone.insert(*holder)),
            }
        }
        for there in heirs.successors() {
            if let Some(standing) = known.remove(&there) {
                of.entry(there).or_insert(standing);
            }
        }
        Ok(heirs)
    }

    /// Who takes what a party would get; none where nobody does.
    pub fn taking(&self, party: Id<kind::Party>) -> Option<Id<kind::Party>> {
        (!self.gone.contains(&party)).then(|| self.successor(party).unwrap_or(party))
    }

    /// Who succeeds a party that ended; none where it is there, and where nobody who is there succeeds it.
    pub fn successor(&self, party: Id<kind::Party>) -> Option<Id<kind::Party>> {
        self.successors.get(&party).copied()
    }

    /// Whoever succeeds to somebody.
    pub fn successors(&self) -> impl Iterator<Item = Id<kind::Party>> {
        self.successors.values().copied()
    }
}
