//! Who holds what through whom: paths of shareholdings between parties, and the exact products of the shares along
//! them. Pure.
//!
//! A path visits no party twice. Where companies hold each other in a ring, what is held is what the simple paths give,
//! and the ring is reported beside it: going round for ever would give a limit that no record states.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

use crate::{
    register::codes::RightKind,
    values::{Id, Share, id::kind, share::Total},
};

type PartyId = Id<kind::Party>;

/// The most companies on a path, and so the most rounds of looking for them.
pub const DEPTH: usize = 64;
/// The most shareholdings that are looked at for one answer.
pub const SHAREHOLDINGS: usize = 20_000;
/// The most rows of an answer.
pub const ROWS: usize = 10_000;
/// The most cycles of an answer, and the most companies that may be tangled up in them.
pub const CYCLES: usize = 1_000;
/// The most steps that are taken in looking for paths or for cycles.
const STEPS: usize = 100_000;

/// What there is too much of for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Companies in a row.
    Depth,
    /// Shareholdings.
    Shareholdings,
    /// Rows, or the paths that would be their number.
    Rows,
    /// Cycles of shareholdings.
    Cycles,
}

impl Bound {
    /// The most that there may be.
    pub const fn limit(self) -> usize {
        match self {
            Self::Depth => DEPTH,
            Self::Shareholdings => SHAREHOLDINGS,
            Self::Rows => ROWS,
            Self::Cycles => CYCLES,
        }
    }

    /// Refuses more than the limit.
    pub(super) const fn hold(self, count: usize) -> Result<(), TooMany> {
        if count > self.limit() { Err(TooMany(self)) } else { Ok(()) }
    }
}

/// There is more of something than one answer can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} ({_0:?})", _0.limit())]
pub struct TooMany(pub Bound);

/// A share in a company on the day that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shareholding {
    /// The relation on record.
    pub relation_id: Id<kind::Relation>,
    /// Who holds the share.
    pub holder_id: PartyId,
    /// In what.
    pub company_id: PartyId,
    /// How much of the whole.
    pub share: Share,
}

type Edges = BTreeMap<PartyId, BTreeMap<PartyId, BigRational>>;

/// The shareholdings of a day, seen from both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    companies: Edges,
    shareholders: Edges,
}

/// A way from a shareholder down to a company, both included, and what the shares along it multiply to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path {
    parties: Vec<PartyId>,
    share: BigRational,
}

impl Graph {
    /// The graph of some shareholdings, in whatever order they come.
    pub fn of<'s>(shareholdings: impl IntoIterator<Item = &'s Shareholding>) -> Self {
        let mut graph = Self::default();
        for it in shareholdings {
            let share = it.share.to_ratio();
            *graph
                .companies
                .entry(it.holder_id)
                .or_default()
                .entry(it.company_id)
                .or_insert_with(BigRational::zero) += &share;
            *graph
                .shareholders
                .entry(it.company_id)
                .or_default()
                .entry(it.holder_id)
                .or_insert_with(BigRational::zero) += share;
        }
        graph
    }

    /// What of a party nobody is recorded to hold: all of it where it has no shareholders.
    pub fn unheld(&self, party: PartyId) -> Total {
        let held = self.shareholders.get(&party).into_iter().flat_map(BTreeMap::values);
        let unheld = held.fold(BigRational::one(), |left, share| left - share);
        Total::of(if unheld.is_negative() { BigRational::zero() } else { unheld })
    }

    /// Every path from a shareholder down to one of some companies.
    fn down(&self, from: PartyId, to: &BTreeSet<PartyId>) -> Result<Vec<Path>, TooMany> {
        // Whatever leads to none of them is not even entered.
        let leading = reaching(&self.shareholders, to.iter().copied(), None);
        let mut found = Vec::new();
        let mut walk = Walk::new(&self.companies, Some(&leading), Bound::Rows);
        walk.on(&mut vec![from], &BigRational::one(), &mut |parties, share| {
            if parties.last().is_some_and(|it| to.contains(it)) {
                found.push(Path { parties: parties.to_vec(), share: share.clone() });
            }
            Bound::Rows.hold(found.len())
        })?;
        Ok(found)
    }

    /// Every path from any shareholder down to a company; the first is that of the company itself.
    fn up(&self, to: PartyId) -> Result<Vec<Path>, TooMany> {
        let mut found = vec![Path { parties: vec![to], share: BigRational::one() }];
        let mut walk = Walk::new(&self.shareholders, None, Bound::Rows);
        walk.on(&mut vec![to], &BigRational::one(), &mut |parties, share| {
            found.push(Path { parties: parties.iter().rev().copied().collect(), share: share.clone() });
            Bound::Rows.hold(found.len())
        })?;
        Ok(found)
    }

    /// Every cycle once: from the least of its parties through what each holds, in the order of those parties.
    ///
    /// # Errors
    /// More cycles, or longer ones, than one answer can hold.
    pub fn cycles(&self) -> Result<Vec<Vec<PartyId>>, TooMany> {
        let core = self.core();
        Bound::Cycles.hold(core.len())?;
        let mut found: Vec<Vec<PartyId>> = Vec::new();
        for first in &core {
            // A cycle is found from the least of its parties alone, and so once.
            let later: BTreeSet<PartyId> = core.range(first..).copied().collect();
            let returning = reaching(&self.shareholders, [*first], Some(&later));
            let mut walk = Walk::new(&self.companies, Some(&returning), Bound::Cycles);
            walk.on(&mut vec![*first], &BigRational::one(), &mut |parties, _| {
                let closes = parties.last().and_then(|it| self.companies.get(it));
                if closes.is_some_and(|it| it.contains_key(first)) {
                    found.push(parties.to_vec());
                }
                Bound::Cycles.hold(found.len())
            })?;
        }
        Ok(found)
    }

    /// What can be part of a cycle: what is left when all who hold nobody else that is left, or are held by nobody else
    /// that is left, have gone.
    fn core(&self) -> BTreeSet<PartyId> {
        let mut left: BTreeSet<PartyId> = self.companies.keys().copied().collect();
        loop {
            let stays = |edges: &Edges, it: &PartyId| {
                edges.get(it).is_some_and(|next| next.keys().any(|next| left.contains(next)))
            };
            let staying: BTreeSet<PartyId> = left
                .iter()
                .copied()
                .filter(|it| stays(&self.companies, it) && stays(&self.shareholders, it))
                .collect();
            if staying.len() == left.len() {
                return left;
            }
            left = staying;
        }
    }
}

/// All that leads to some parties, these included, along edges that are given backwards.
fn reaching(
    backwards: &Edges,
    to: impl IntoIterator<Item = PartyId>,
    within: Option<&BTreeSet<PartyId>>,
) -> BTreeSet<PartyId> {
    let mut found: BTreeSet<PartyId> = to.into_iter().collect();
    let mut open: Vec<PartyId> = found.iter().copied().collect();
    while let Some(party) = open.pop() {
        let before = backwards.get(&party).into_iter().flat_map(BTreeMap::keys);
        for next in before.filter(|it| within.is_none_or(|within| within.contains(it))) {
            if found.insert(*next) {
                open.push(*next);
            }
        }
    }
    found
}

/// What is called for every path, with the product of the shares along it.
type Told<'t> = dyn FnMut(&[PartyId], &BigRational) -> Result<(), TooMany> + 't;

/// A walk along all paths from a party that visit no party twice.
struct Walk<'g> {
    edges: &'g Edges,
    within: Option<&'g BTreeSet<PartyId>>,
    bound: Bound,
    steps: usize,
}

impl<'g> Walk<'g> {
    const fn new(edges: &'g Edges, within: Option<&'g BTreeSet<PartyId>>, bound: Bound) -> Self {
        Self { edges, within, bound, steps: 0 }
    }

    /// Goes on from the end of a path, and reports every longer one.
    fn on(
        &mut self,
        path: &mut Vec<PartyId>,
        share: &BigRational,
        tell: &mut Told<'_>,
    ) -> Result<(), TooMany> {
        let next = path.last().and_then(|it| self.edges.get(it));
        for (party, part) in next.into_iter().flatten() {
            if path.contains(party) || self.within.is_some_and(|within| !within.contains(party)) {
                continue;
            }
            Bound::Depth.hold(path.len())?;
            self.steps += 1;
            if self.steps > STEPS {
                return Err(TooMany(self.bound));
            }
            path.push(*party);
            let share = share * part;
            tell(path, &share)?;
            self.on(path, &share, tell)?;
            path.pop();
        }
        Ok(())
    }
}

/// What a party holds of a right in an asset, granted and resting with it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who holds it.
    pub holder_id: PartyId,
    /// How much of the whole.
    pub share: Total,
}

/// What a party holds of a right in an asset through others, along one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldThrough {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    pub kind: RightKind,
    /// How much of the whole.
    pub share: Total,
    /// From the company in which the party holds shares down to the holder of the right.
    pub path: Vec<PartyId>,
}

/// What a party holds through others: one row for each right of each holder, along each path to it.
///
/// # Errors
/// More rows than one answer can hold.
pub fn through(graph: &Graph, party: PartyId, held: &[Held]) -> Result<Vec<HeldThrough>, TooMany> {
    let mut by_holder: BTreeMap<PartyId, Vec<&Held>> = BTreeMap::new();
    for it in held.iter().filter(|it| it.holder_id != party) {
        by_holder.entry(it.holder_id).or_default().push(it);
    }
    let holders = by_holder.keys().copied().collect();
    let mut found = Vec::new();
    for Path { parties, share } in graph.down(party, &holders)? {
        let at_its_end = parties.last().and_then(|it| by_holder.get(it));
        for it in at_its_end.into_iter().flatten() {
            found.push(HeldThrough {
                asset_id: it.asset_id,
                kind: it.kind,
                share: Total::of(it.share.to_ratio() * &share),
                path: parties.iter().skip(1).copied().collect(),
            });
        }
        Bound::Rows.hold(found.len())?;
    }
    found.sort_by(|one, other| {
        (one.asset_id, one.kind, &one.path).cmp(&(other.asset_id, other.kind, &other.path))
    });
    Ok(found)
}

/// Somebody who stands behind a right in an asset: a holder of it, or a shareholder of one over any number of companies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who.
    pub party_id: PartyId,
    /// How much of the whole, over all paths.
    pub share: Total,
    /// How much of that ends here, since nobody is recorded to stand behind this party for it.
    pub ends_here: Total,
    /// Along which ways.
    pub paths: Vec<OwnersPath>,
}

/// A way from an owner to a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnersPath {
    /// How much of the whole comes along it.
    pub share: Total,
    /// From the company in which the owner holds shares down to the holder of the right; empty for the holder.
    pub path: Vec<PartyId>,
}

/// Who stands behind the holders of the rights in one asset.
///
/// # Errors
/// More paths than one answer can hold.
pub fn behind(graph: &Graph, held: &[Held]) -> Result<Vec<Owner>, TooMany> {
    let mut by_holder: BTreeMap<PartyId, Vec<&Held>> = BTreeMap::new();
    for it in held {
        by_holder.entry(it.holder_id).or_default().push(it);
    }
    let mut owners: BTreeMap<(RightKind, PartyId), Owner> = BTreeMap::new();
    let mut rows = 0;
    for (holder, rights) in by_holder {
        for Path { parties, share } in graph.up(holder)? {
            let Some((first, path)) = parties.split_first() else { continue };
            for it in &rights {
                rows += 1;
                Bound::Rows.hold(rows)?;
                let share = it.share.to_ratio() * &share;
                let owner = owners.entry((it.kind, *first)).or_insert_with(|| Owner {
                    kind: it.kind,
                    party_id: *first,
                    share: Total::of(BigRational::zero()),
                    ends_here: Total::of(BigRational::zero()),
                    paths: Vec::new(),
                });
                owner.share = Total::of(owner.share.to_ratio() + &share);
                owner.paths.push(OwnersPath { share: Total::of(share), path: path.to_vec() });
            }
        }
    }
    let mut owners: Vec<Owner> = owners.into_values().collect();
    for owner in &mut owners {
        owner.ends_here = Total::of(owner.share.to_ratio() * graph.unheld(owner.party_id).to_ratio());
        owner.paths.sort_by(|one, other| one.path.cmp(&other.path));
    }
    Ok(owners)
}

/// What of a right is explained. The three shares sum to the whole of a right that is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Which of the three rights.
    pub kind: RightKind,
    /// What ends with people, collectives and the state, behind whom nobody stands.
    pub share: Total,
    /// What ends with companies whose shareholders are not on record, or not in full.
    pub unrecorded: Total,
    /// What goes round in a cycle and comes to no end.
    pub circular: Total,
}

/// How far the owners of an asset explain its rights.
pub fn explained(owners: &[Owner], is_owned: impl Fn(PartyId) -> bool) -> Vec<Explained> {
    let kinds = RightKind::ALL.iter().filter(|kind| owners.iter().any(|it| it.kind == **kind));
    let ending = |kind: RightKind, unrecorded: bool| {
        let ends = owners.iter().filter(|it| it.kind == kind && is_owned(it.party_id) == unrecorded);
        ends.fold(BigRational::zero(), |sum, it| sum + it.ends_here.to_ratio())
    };
    kinds
        .map(|kind| {
            let (share, unrecorded) = (ending(*kind, false), ending(*kind, true));
            // Every holder stands behind the right by itself, along the one path that has nobody on it.
            let held = owners.iter().filter(|it| it.kind == *kind).flat_map(|it| &it.paths);
            let held = held.filter(|it| it.path.is_empty());
            let held = held.fold(BigRational::zero(), |sum, it| sum + it.share.to_ratio());
            Explained {
                kind: *kind,
                circular: Total::of(held - &share - &unrecorded),
                share: Total::of(share),
                unrecorded: Total::of(unrecorded),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn party(number: u128) -> PartyId {
        uuid::Uuid::from_u128(number).into()
    }

    /// `1 2 1/3`: the first holds a third of the second.
    fn holds(text: &str) -> Shareholding {
        let mut words = text.split(' ');
        let mut number = || party(words.next().unwrap().parse().unwrap());
        let (holder_id, company_id) = (number(), number());
        let share = text.rsplit(' ').next().unwrap().parse().unwrap();
        Shareholding { relation_id: uuid::Uuid::nil().into(), holder_id, company_id, share }
    }

    fn graph(text: &str) -> Graph {
        Graph::of(&text.split(", ").filter(|it| !it.is_empty()).map(holds).collect::<Vec<_>>())
    }

    /// What the parties of some numbers hold of the ownership of one asset.
    fn owned(text: &str) -> Vec<Held> {
        text.split(", ")
            .map(|it| {
                let (holder, share) = it.split_once(' ').unwrap();
                Held {
                    asset_id: uuid::Uuid::from_u128(1000).into(),
                    kind: RightKind::Ownership,
                    holder_id: party(holder.parse().unwrap()),
                    share: Total::of(share.parse::<Share>().unwrap().to_ratio()),
                }
            })
            .collect()
    }

    fn numbers(path: &[PartyId]) -> String {
        path.iter().map(|it| it.uuid().as_u128().to_string()).collect::<Vec<_>>().join(">")
    }

    #[track_caller]
    fn check_through(shareholdings: &str, held: &str, wanted: &[&str]) {
        let found = through(&graph(shareholdings), party(1), &owned(held)).unwrap();
        let rows: Vec<_> = found.iter().map(|it| format!("{} {}", numbers(&it.path), it.share)).collect();
        assert_eq!(rows, wanted, "{shareholdings}; {held}");
    }

    #[test]
    fn what_is_held_through_companies_is_multiplied_along_every_path() {
        check_through("1 2 1/2, 2 3 1/3", "3 1/1", &["2>3 1/6"]);
        check_through("1 2 1/2", "1 1/1", &[]);
        check_through("", "2 1/1", &[]);
        // Two ways to the same company, and a holder on the way to another.
        check_through("1 2 1/2, 1 3 1/4, 2 4 1/3, 3 4 2/3", "4 1/1", &["2>4 1/6", "3>4 1/6"]);
        check_through("1 2 1/2, 2 3 1/3", "2 1/4, 3 3/4", &["2 1/8", "2>3 1/8"]);
        // Who is held by the party holds nothing for it the other way round.
        check_through("2 1 1/2", "2 1/1", &[]);
    }

    #[test]
    fn a_ring_is_not_followed_for_ever() {
        let ring = "1 2 1/2, 2 3 1/2, 3 4 1/2, 4 2 1/4";
        check_through(ring, "3 1/1", &["2>3 1/4"]);
        check_through(ring, "4 1/2, 2 1/2", &["2 1/4", "2>3>4 1/16"]);
        // The asked party is part of the ring itself.
        check_through("1 2 1/2, 2 1 1/2", "2 1/1, 1 1/1", &["2 1/2"]);
    }

    #[test]
    fn products_longer_than_64_bits_are_exact() {
        let fine = format!("{}/{}", i64::MAX - 1, i64::MAX);
        let found =
            through(&graph(&format!("1 2 {fine}, 2 3 {fine}")), party(1), &owned("3 1/9223372036854775807"));
        let square = BigRational::new((i64::MAX - 1).into(), i64::MAX.into()).pow(2);
        let wanted = square / BigRational::from_integer(i64::MAX.into());
        let share = found.unwrap()[0].share.to_string();
        assert_eq!(share, format!("{}/{}", wanted.numer(), wanted.denom()));
        assert!(share.len() > 90);
    }

    #[track_caller]
    fn check_cycles(shareholdings: &str, wanted: &[&str]) {
        let found = graph(shareholdings).cycles().unwrap();
        assert_eq!(found.iter().map(|it| numbers(it)).collect::<Vec<_>>(), wanted, "{shareholdings}");
    }

    #[test]
    fn each_cycle_is_found_once() {
        check_cycles("1 2 1/2, 2 3 1/2, 1 3 1/2", &[]);
        check_cycles("1 2 1/2, 2 1 1/2", &["1>2"]);
        check_cycles("3 1 1/2, 1 2 1/2, 2 3 1/2, 2 4 1/2, 5 1 1/4", &["1>2>3"]);
        check_cycles("1 2 1/4, 2 1 1/4, 2 3 1/4, 3 2 1/4, 3 1 1/4", &["1>2", "1>2>3", "2>3"]);
    }

    #[track_caller]
    fn check_behind(shareholdings: &str, held: &str, wanted: &[&str], explains: &str) {
        let graph = graph(shareholdings);
        let owners = behind(&graph, &owned(held)).unwrap();
        let rows: Vec<_> = owners
            .iter()
            .map(|it| {
                let paths: Vec<_> = it.paths.iter().map(|it| format!("[{}]", numbers(&it.path))).collect();
                format!("{} {} {} {}", numbers(&[it.party_id]), it.share, it.ends_here, paths.join(""))
            })
            .collect();
        assert_eq!(rows, wanted, "{shareholdings}; {held}");
        // Here the parties from 10 on are companies.
        let explained = explained(&owners, |it| it.uuid().as_u128() >= 10);
        let [it] = explained.as_slice() else { panic!("{explained:?}") };
        assert_eq!(format!("{} {} {}", it.share, it.unrecorded, it.circular), explains, "{shareholdings}");
    }

    #[test]
    fn whoever_stands_behind_a_holder_is_followed_to_the_end() {
        check_behind("", "1 1/1", &["1 1/1 1/1 []"], "1/1 0/1 0/1");
        check_behind(
            "1 10 1/2, 10 11 1/3",
            "11 1/1",
            &["1 1/6 1/6 [10>11]", "10 1/3 1/6 [11]", "11 1/1 2/3 []"],
            "1/6 5/6 0/1",
        );
        // Two holders with the same owner, who holds a part as well.
        check_behind(
            "1 10 1/1, 1 11 1/2, 2 11 1/2",
            "10 1/2, 11 1/4, 1 1/4",
            &["1 7/8 7/8 [][10][11]", "2 1/8 1/8 [11]", "10 1/2 0/1 []", "11 1/4 0/1 []"],
            "1/1 0/1 0/1",
        );
        // Half of each company in the ring is the other's: what goes round comes to no end.
        check_behind(
            "10 11 1/2, 11 10 1/2, 1 10 1/2, 2 11 1/2",
            "10 1/1",
            &["1 1/2 1/2 [10]", "2 1/4 1/4 [11>10]", "10 1/1 0/1 []", "11 1/2 0/1 [10]"],
            "3/4 0/1 1/4",
        );
    }

    #[test]
    fn too_much_for_one_answer_is_refused() {
        let chain = |length: u128| -> Vec<Shareholding> {
            (1..=length).map(|it| holds(&format!("{it} {} 1/2", it + 1))).collect()
        };
        let held = |holder: u128| owned(&format!("{holder} 1/1"));
        let found = through(&Graph::of(&chain(64)), party(1), &held(65)).unwrap();
        assert_eq!(found[0].share.to_string(), format!("1/{}", 1_u128 << 64));
        let too_deep = through(&Graph::of(&chain(65)), party(1), &held(66));
        assert_eq!(too_deep, Err(TooMany(Bound::Depth)));

        // Each step can go either of two ways: after fourteen there are more paths than rows.
        let ladder: Vec<Shareholding> = (0..14)
            .flat_map(|it| {
                let (from, to) = (it * 3 + 1, it * 3 + 4);
                [from + 1, from + 2].map(|over| [(from, over), (over, to)]).concat()
            })
            .map(|(from, to)| holds(&format!("{from} {to} 1/2")))
            .collect();
        let ladder = Graph::of(&ladder);
        assert_eq!(through(&ladder, party(1), &held(43)), Err(TooMany(Bound::Rows)));
        assert_eq!(behind(&ladder, &held(43)), Err(TooMany(Bound::Rows)));
        assert_eq!(through(&ladder, party(1), &held(31)).unwrap().len(), 1024);

        let tangle: Vec<Shareholding> = (1..=9)
            .flat_map(|from| (1..=9).filter(move |to| *to != from).map(move |to| (from, to)))
            .map(|(from, to)| holds(&format!("{from} {to} 1/8")))
            .collect();
        assert_eq!(Graph::of(&tangle).cycles(), Err(TooMany(Bound::Cycles)));
    }

    /// Shareholdings between six parties, in which no company is held by more than the whole.
    fn shareholdings(acyclic: bool) -> impl Strategy<Value = Vec<Shareholding>> {
        let weights = prop::collection::vec(prop::collection::vec(0..4_i64, 6), 6);
        (weights, prop::collection::vec(0..3_i64, 6)).prop_map(move |(weights, rests)| {
            let mut found = Vec::new();
            for (company, (weights, rest)) in (0_u128..).zip(weights.into_iter().zip(rests)) {
                let admitted = |holder: u128| holder != company && (!acyclic || holder < company);
                let parts: Vec<_> = (0_u128..).zip(weights).filter(|it| admitted(it.0) && it.1 > 0).collect();
                let whole = parts.iter().map(|it| it.1).sum::<i64>() + rest;
                found.extend(parts.into_iter().map(|(holder, weight)| Shareholding {
                    relation_id: uuid::Uuid::nil().into(),
                    holder_id: party(holder),
                    company_id: party(company),
                    share: Share::new(weight, whole).unwrap(),
                }));
            }
            found
        })
    }

    fn total(shares: impl IntoIterator<Item = Total>) -> BigRational {
        shares.into_iter().fold(BigRational::zero(), |sum, it| sum + it.to_ratio())
    }

    /// What a party holds of the asset by going down from owner to company, each once: a way without paths.
    fn by_recursion(graph: &Graph, party: PartyId, held: &[Held]) -> BigRational {
        let own = held.iter().filter(|it| it.holder_id == party).map(|it| it.share.clone());
        let companies = graph.companies.get(&party).into_iter().flatten();
        companies.fold(total(own), |sum, (company, share)| sum + share * by_recursion(graph, *company, held))
    }

    proptest! {
        #[test]
        fn what_is_held_down_the_paths_is_what_is_found_behind(edges in shareholdings(false)) {
            let (graph, held) = (Graph::of(&edges), owned("4 1/3, 5 2/3"));
            let owners = behind(&graph, &held).unwrap();
            for number in 0..6 {
                let down = through(&graph, party(number), &held).unwrap().into_iter().map(|it| it.share);
                let own = held.iter().filter(|it| it.holder_id == party(number)).map(|it| it.share.clone());
                let up = owners.iter().filter(|it| it.party_id == party(number)).map(|it| it.share.clone());
                prop_assert_eq!(total(down.chain(own)), total(up));
            }
            let explained = explained(&owners, |it| it.uuid().as_u128() % 2 == 0);
            let [it] = explained.as_slice() else { panic!("{explained:?}") };
            prop_assert!(!it.circular.to_ratio().is_negative());
            prop_assert_eq!(it.circular.is_zero() || !graph.cycles().unwrap().is_empty(), true);
        }

        #[test]
        fn without_cycles_nothing_is_lost_on_the_way(edges in shareholdings(true)) {
            let (graph, held) = (Graph::of(&edges), owned("4 1/3, 5 2/3"));
            prop_assert_eq!(graph.cycles(), Ok(Vec::new()));
            let owners = behind(&graph, &held).unwrap();
            prop_assert!(total(owners.iter().map(|it| it.ends_here.clone())).is_one());
            for owner in &owners {
                prop_assert_eq!(owner.share.to_ratio(), &by_recursion(&graph, owner.party_id, &held));
                // What the shareholders of a fully held company have through it is what the company has.
                if graph.unheld(owner.party_id).is_zero() {
                    let over = |path: &[PartyId]| path.first() == Some(&owner.party_id);
                    let through = owners.iter().flat_map(|it| &it.paths).filter(|it| over(&it.path));
                    prop_assert_eq!(&total(through.map(|it| it.share.clone())), owner.share.to_ratio());
                }
            }
        }

        #[test]
        fn the_order_of_shareholdings_does_not_matter(
            (edges, shuffled) in shareholdings(false).prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        ) {
            let (one, other) = (Graph::of(&edges), Graph::of(&shuffled));
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(one.cycles(), other.cycles());
        }
    }
}
