//! How parties are related to each other through others: from the officers of a village over kin to the company that deals with
//! it. Pure: [`ties_around`](super::ties_around) loads what is looked at here.
//!
//! # Which ties count
//!
//! - Kinship, control, representation, office and whatever else was declared count, in both directions.
//! - **Membership** is no interest: members rent from their own collective every day, and a cooperative has members in every
//!   house. The members of a household are one household, and count. Shares that people or households hold in a collective are
//!   their membership; what a firm holds in one is none, and counts.
//! - **Shares** of less than a twentieth have no say ([`Tie::counts`]): the limit by which the rules of stock exchanges tell who
//!   is related to a company.
//! - **Employment** counts for the employee alone: it is the first or the last step of a path, and a path has one at most. From an
//!   employer nothing is passed on to others who work there, nor from them to their kin. Whoever works for the state or for a
//!   collective is related to it by an office, or not at all.
//!
//! # Who passes ties on
//!
//! People and private organisations do. What belongs to all (collectives, committees, townships, agencies, state enterprises)
//! stands at the ends of a path alone, or everybody in a village would be related to everybody. Where it stands at an end, so do
//! the people who decide for it ([`Web::insiders`]): its officers, its legal representative, whoever controls it. The step from it to
//! them is part of the path that is told, and of its length no part.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use num_rational::BigRational;
use num_traits::{One as _, Zero as _};
use serde::{Deserialize, Serialize};

use crate::{
    register::codes::{OfficerPost, PartyKind, RelationKind, Sector},
    values::{Id, Share, id::kind},
};

type PartyId = Id<kind::Party>;

/// The part of a company from which on a shareholder has a say in it: one in so many.
pub(super) const SAY_FROM_ONE_IN: i64 = 20;

/// A relation between two parties, on the days in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tie {
    /// The shareholder, the member, the one who is controlled, the representative, the officer, the employee, one of two kin.
    pub from: Id<kind::Party>,
    /// What that party is.
    pub from_kind: PartyKind,
    /// What it is to the other.
    pub kind: RelationKind,
    /// The post of an officer, where it is known.
    pub post: Option<OfficerPost>,
    /// A shareholder's share.
    pub share: Option<Share>,
    /// The other.
    pub to: Id<kind::Party>,
    /// What the other is.
    pub to_kind: PartyKind,
}

impl Tie {
    /// Whether it is an interest of one in the other at all.
    pub fn counts(&self) -> bool {
        match self.kind {
            RelationKind::Member => self.to_kind == PartyKind::Household,
            RelationKind::Shareholder => {
                let is_membership =
                    self.to_kind.sector() == Sector::Collective && self.from_kind.is_personal();
                !is_membership && self.share.is_none_or(has_say)
            }
            RelationKind::EmployedBy => !is_public(self.to_kind),
            RelationKind::ControlledBy
            | RelationKind::LegalRepresentative
            | RelationKind::Kin
            | RelationKind::OfficerOf
            | RelationKind::Associate => true,
        }
    }

    /// The other end, what is there, and whether it is the end to which the tie goes.
    fn beyond(&self, end: PartyId) -> Option<(PartyId, PartyKind, bool)> {
        if self.from == end {
            Some((self.to, self.to_kind, true))
        } else if self.to == end {
            Some((self.from, self.from_kind, false))
        } else {
            None
        }
    }

    /// What it is called: an office by the post, where that is known.
    const fn code(&self) -> &'static str {
        match self.post {
            Some(post) => post.code(),
            None => self.kind.code(),
        }
    }
}

/// Whether a share is large enough for a say in the company: as a division, since the product may not fit.
fn has_say(share: Share) -> bool {
    share.num() > share.den().saturating_sub(1).div_euclid(SAY_FROM_ONE_IN)
}

/// Whether a share is half or more: as a division, since the product may not fit.
fn is_half(share: Share) -> bool {
    share.num() > share.den().saturating_sub(1).div_euclid(2)
}

const fn is_public(kind: PartyKind) -> bool {
    kind.sector().is_public()
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The relation, or the post of an officer.
    pub code: &'static str,
    /// Whether the relation goes the way of the path, or against it.
    pub along: bool,
}

/// How a party is related to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The parties from one to the other, both included.
    pub parties: Vec<Id<kind::Party>>,
    /// The steps between them: one less.
    pub steps: Vec<Step>,
}

impl Path {
    /// A path that begins at a party.
    pub fn from(party: Id<kind::Party>) -> Self {
        Self { parties: vec![party], steps: Vec::new() }
    }

    /// The path with a tie more, to the party at its other end.
    #[must_use]
    pub fn then(&self, tie: &Tie, party: Id<kind::Party>) -> Self {
        let mut longer = self.clone();
        longer.steps.push(Step { code: tie.code(), along: tie.to == party });
        longer.parties.push(party);
        longer
    }

    /// The way back.
    #[must_use]
    fn reversed(mut self) -> Self {
        self.parties.reverse();
        self.steps.reverse();
        for step in &mut self.steps {
            step.along = !step.along;
        }
        self
    }

    /// The path on to the end of another, which begins where this one ends.
    #[must_use]
    fn onward(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self.parties.extend(other.parties.into_iter().skip(1));
        self
    }
}

/// The ties that count, by those between whom they are: in one order, whatever the order in which they were given.
#[derive(Debug, Default)]
pub struct Web {
    of: BTreeMap<PartyId, Vec<Tie>>,
    kinds: BTreeMap<PartyId, PartyKind>,
}

/// How far a search has come: where it is, and whether it came by an employment.
type Reached = (PartyId, bool);

impl Web {
    /// Of some ties.
    pub fn of(ties: &[Tie]) -> Self {
        let mut web = Self::default();
        let counting: BTreeSet<Tie> =
            ties.iter().filter(|it| it.counts() && it.from != it.to).copied().collect();
        for tie in counting {
            for (party, kind) in [(tie.from, tie.from_kind), (tie.to, tie.to_kind)] {
                web.of.entry(party).or_default().push(tie);
                web.kinds.insert(party, kind);
            }
        }
        web
    }

    /// The ties of a party that count.
    pub fn ties_of(&self, party: Id<kind::Party>) -> &[Tie] {
        self.of.get(&party).map_or(&[], Vec::as_slice)
    }

    /// Who decides for a public body, with the tie by which they do: its officers, its legal representative, whoever controls it,
    /// in so far as they are private. Nobody for anybody else.
    pub fn insiders(&self, body: Id<kind::Party>) -> BTreeMap<Id<kind::Party>, Tie> {
        let mut insiders = BTreeMap::new();
        if !self.kinds.get(&body).copied().is_some_and(is_public) {
            return insiders;
        }
        for tie in self.ties_of(body) {
            let Some((party, kind, is_out)) = tie.beyond(body) else { continue };
            let decides = match tie.kind {
                RelationKind::OfficerOf | RelationKind::LegalRepresentative => !is_out,
                RelationKind::ControlledBy => is_out,
                _ => false,
            };
            if decides && !is_public(kind) {
                insiders.entry(party).or_insert(*tie);
            }
        }
        insiders
    }

    /// Whether a party is private, or a state enterprise in name that somebody private controls or has half of or more.
    pub fn is_private(&self, party: Id<kind::Party>, kind: PartyKind) -> bool {
        if kind != PartyKind::StateEnterprise {
            return !is_public(kind);
        }
        let mut held = BigRational::zero();
        for tie in self.ties_of(party) {
            match tie.kind {
                RelationKind::ControlledBy if tie.from == party && !is_public(tie.to_kind) => return true,
                RelationKind::Shareholder if tie.to == party && !is_public(tie.from_kind) => {
                    held += tie.share.map_or_else(BigRational::zero, |share| share.to_ratio());
                }
                _ => {}
            }
        }
        &held + &held >= BigRational::one()
    }

    /// Whether an organisation is in the hands of the state or of collectives: their own, or a state enterprise that nobody private controls
    /// or has half of.
    pub fn is_in_public_hands(&self, organisation: Id<kind::Party>, kind: PartyKind) -> bool {
        match kind {
            PartyKind::StateEnterprise => !self.is_private(organisation, kind),
            _ => !self.collectives_behind(organisation).is_empty(),
        }
    }

    /// Whether somebody private controls an organisation, or has a say in it by shares.
    pub fn has_private_say(&self, organisation: Id<kind::Party>) -> bool {
        self.ties_of(organisation).iter().any(|it| match it.kind {
            RelationKind::ControlledBy => it.from == organisation && !is_public(it.to_kind),
            RelationKind::Shareholder => it.to == organisation && !is_public(it.from_kind),
            _ => false,
        })
    }

    /// The collectives whose own organisation a party is: those that control it, or hold half of it or more together, where nobody
    /// private controls it or has a say in it by shares. None of what is no organisation that somebody can own.
    pub fn collectives_behind(&self, party: Id<kind::Party>) -> BTreeMap<Id<kind::Party>, PartyKind> {
        let mut behind = BTreeMap::new();
        if !self.kinds.get(&party).is_some_and(|it| it.is_owned()) || self.has_private_say(party) {
            return behind;
        }
        let is_collective = |kind: PartyKind| kind.sector() == Sector::Collective;
        // On one of the days one of them may have held less.
        let mut holders = BTreeMap::<PartyId, (PartyKind, Share)>::new();
        for tie in self.ties_of(party) {
            match (tie.kind, tie.share) {
                (RelationKind::ControlledBy, _) if tie.from == party && is_collective(tie.to_kind) => {
                    behind.insert(tie.to, tie.to_kind);
                }
                (RelationKind::Shareholder, Some(share))
                    if tie.to == party && is_collective(tie.from_kind) =>
                {
                    let held = holders.entry(tie.from).or_insert((tie.from_kind, share));
                    held.1 = held.1.max(share);
                }
                _ => {}
            }
        }
        let held: BigRational = holders.values().map(|(_, share)| share.to_ratio()).sum();
        if &held + &held >= BigRational::one() {
            behind.extend(holders.into_iter().map(|(it, (kind, _))| (it, kind)));
        }
        behind
    }

    /// Whether what a party has is the wealth of the state or of a collective: its own, or that of the collectives whose own
    /// organisation it is.
    pub fn is_of_public(&self, party: Id<kind::Party>, kind: PartyKind) -> bool {
        is_public(kind) || !self.collectives_behind(party).is_empty()
    }

    /// A party with the collectives whose own organisation it is, and the other own organisations of those or of itself: what one of
    /// them gives or is owed is that of one purse.
    pub fn of_one_purse(&self, party: Id<kind::Party>) -> BTreeSet<Id<kind::Party>> {
        let mut purse: BTreeSet<_> = self.collectives_behind(party).into_keys().collect();
        purse.insert(party);
        for head in purse.clone() {
            let beyond = self.ties_of(head).iter().filter_map(|tie| tie.beyond(head)).map(|(it, ..)| it);
            purse.extend(beyond.filter(|it| self.collectives_behind(*it).contains_key(&head)));
        }
        purse
    }

    /// The parties that are one with another in what they do, each with how it comes to that: whom it controls, who controls it, what
    /// the same people control, represent by law or have half of or more; the members of a household are one with it. A share of which
    /// nobody knows how large it is joins nobody. Public bodies are nobody's, and join nobody.
    pub fn hands(&self, party: Id<kind::Party>) -> BTreeMap<Id<kind::Party>, Path> {
        let mut found = BTreeMap::new();
        let mut front = VecDeque::from([Path::from(party)]);
        while let Some(path) = front.pop_front() {
            let Some(at) = path.parties.last().copied() else { continue };
            if self.kinds.get(&at).is_some_and(|kind| !self.is_private(at, *kind)) {
                continue;
            }
            for tie in self.ties_of(at) {
                let Some((to, kind, _)) = tie.beyond(at) else { continue };
                let joins = match tie.kind {
                    RelationKind::ControlledBy | RelationKind::LegalRepresentative => true,
                    RelationKind::Shareholder => tie.share.is_some_and(is_half),
                    RelationKind::Member => tie.to_kind == PartyKind::Household,
                    _ => false,
                };
                if joins && to != party && self.is_private(to, kind) && !found.contains_key(&to) {
                    let longer = path.then(tie, to);
                    found.insert(to, longer.clone());
                    front.push_back(longer);
                }
            }
        }
        found
    }

    /// Those parties alone.
    pub fn in_same_hands(&self, party: Id<kind::Party>) -> BTreeSet<Id<kind::Party>> {
        self.hands(party).into_keys().collect()
    }

    /// The next of kin of a party, of its household or of whoever else is one with it, with whatever is one with those; not the party
    /// itself, nor what is one with it.
    pub fn near_by_kin(&self, party: Id<kind::Party>) -> BTreeSet<Id<kind::Party>> {
        let mut own = self.in_same_hands(party);
        own.insert(party);
        let mut found = BTreeSet::new();
        for one in &own {
            for tie in self.ties_of(*one).iter().filter(|it| it.kind == RelationKind::Kin) {
                let Some((to, kind, _)) = tie.beyond(*one) else { continue };
                if !is_public(kind) && found.insert(to) {
                    found.extend(self.in_same_hands(to));
                }
            }
        }
        found.difference(&own).copied().collect()
    }

    /// Where a path from or to a party begins or ends: at the party itself, or at whoever decides for it, each with the path
    /// there.
    fn ends(&self, party: PartyId) -> BTreeMap<PartyId, Path> {
        let here = Path::from(party);
        let inside = self.insiders(party).into_iter().map(|(it, tie)| (it, here.then(&tie, it)));
        let mut ends: BTreeMap<_, _> = inside.collect();
        ends.insert(party, here);
        ends
    }

    /// A shortest path from one party to another, of at most a number of steps beside those from a public body to whoever decides
    /// for it; none where they are not related.
    pub fn path(&self, one: Id<kind::Party>, other: Id<kind::Party>, depth: i64) -> Option<Path> {
        let (starts, goals) = (self.ends(one), self.ends(other));
        let whole = |between: Path| -> Option<Path> {
            let before = starts.get(between.parties.first()?)?.clone();
            let behind = goals.get(between.parties.last()?)?.clone();
            Some(before.onward(between).onward(behind.reversed()))
        };
        if let Some(both) = starts.keys().find(|it| goals.contains_key(*it)) {
            return whole(Path::from(*both));
        }
        let mut front: Vec<(Reached, Path)> =
            starts.keys().map(|it| ((*it, false), Path::from(*it))).collect();
        let mut seen: BTreeSet<Reached> = front.iter().map(|(at, _)| *at).collect();
        for taken in 0..depth {
            let mut next = Vec::new();
            for ((at, employed), path) in &front {
                // At its beginning alone a path is at a public body.
                if taken > 0 && self.kinds.get(at).copied().is_some_and(is_public) {
                    continue;
                }
                for tie in self.ties_of(*at) {
                    let Some((to, _, is_out)) = tie.beyond(*at) else { continue };
                    let is_goal = goals.contains_key(&to);
                    let employs = tie.kind == RelationKind::EmployedBy;
                    let is_own = if is_out { taken == 0 } else { is_goal };
                    if employs && (*employed || !is_own) {
                        continue;
                    }
                    let longer = path.then(tie, to);
                    if is_goal {
                        return whole(longer);
                    }
                    if seen.insert((to, *employed || employs)) {
                        next.push(((to, *employed || employs), longer));
                    }
                }
            }
            front = next;
        }
        None
    }
}

/// How a party is related to another by some ties, in at most a number of steps; none where it is not.
pub fn related(ties: &[Tie], one: Id<kind::Party>, other: Id<kind::Party>, depth: i64) -> Option<Path> {
    Web::of(ties).path(one, other, depth)
}

/// What the steps of a path are called, in Chinese and in English.
pub const WORDS: &[(&str, &str, &str)] = &[
    ("shareholder", "持股", "shareholder"),
    ("member", "成员", "member"),
    ("controlled_by", "受控制", "controlled by"),
    ("legal_representative", "法定代表人", "legal representative"),
    ("kin", "亲属", "kin"),
    ("officer_of", "管理人员", "officer"),
    ("employed_by", "受雇", "employed"),
    ("associate", "其他利害关系", "associate"),
    ("party_secretary", "党组织书记", "party secretary"),
    ("head", "负责人", "head"),
    ("committee_member", "委员", "committee member"),
    ("bookkeeper", "会计", "bookkeeper"),
    ("supervisor", "监督人员", "supervisor"),
];

/// Whether a step is an office in an organisation.
fn is_office(code: &str) -> bool {
    code == RelationKind::OfficerOf.code() || OfficerPost::ALL.iter().any(|it| it.code() == code)
}

/// A path as a sentence names it, in Chinese and in English: the names of the parties, with what lies between each of them and the
/// next, and whether it goes along the path. Of an organisation at an end, whoever holds an office there is called by the office.
pub fn said(names: &[String], steps: &[(&str, bool)]) -> (String, String) {
    let word = |code: &str| {
        let known = WORDS.iter().find(|(it, _, _)| *it == code);
        known.map_or((code.to_owned(), code.to_owned()), |(_, zh, en)| ((*zh).to_owned(), (*en).to_owned()))
    };
    let last = steps.len();
    let heads_in = steps.first().is_some_and(|(code, along)| is_office(code) && !along);
    let heads_out =
        last > usize::from(heads_in) && steps.last().is_some_and(|(code, along)| is_office(code) && *along);
    let (begin, end) = (usize::from(heads_in), last.saturating_sub(usize::from(heads_out)));
    let name = |index: usize| names.get(index).cloned().unwrap_or_default();
    let called = |index: usize| {
        let mut offices = Vec::new();
        if heads_in && index == begin {
            offices.extend(steps.first().map(|(code, _)| (word(code), name(0))));
        }
        if heads_out && index == end {
            offices.extend(steps.last().map(|(code, _)| (word(code), name(last))));
        }
        if offices.is_empty() {
            return (name(index), name(index));
        }
        let (zh, en): (Vec<_>, Vec<_>) =
            offices.iter().map(|((zh, en), of)| (format!("{of}的{zh}"), format!("{en} of {of}"))).unzip();
        (format!("{}（{}）", name(index), zh.join("、")), format!("{} ({})", name(index), en.join(", ")))
    };
    let (mut zh, mut en) = called(begin);
    for (index, (code, along)) in steps.iter().enumerate().take(end).skip(begin) {
        let (of_zh, of_en) = word(code);
        let next = called(index.saturating_add(1));
        let is_mutual = [RelationKind::Kin, RelationKind::Associate].iter().any(|it| it.code() == *code);
        if *along || is_mutual {
            zh.push_str(&format!("—{of_zh}→{}", next.0));
            en.push_str(&format!(" —{of_en}→ {}", next.1));
        } else {
            zh.push_str(&format!("←{of_zh}—{}", next.0));
            en.push_str(&format!(" ←{of_en}— {}", next.1));
        }
    }
    (zh, en)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*, sample::select};

    use super::*;

    fn party(number: u8) -> PartyId {
        uuid::Uuid::from_u128(u128::from(number)).into()
    }

    /// Whether a row of parties and the ties between them is a path from one end to another, by what the head of this file says.
    fn is_path(web: &Web, (starts, goals): (&[PartyId], &[PartyId]), row: &[PartyId], ties: &[Tie]) -> bool {
        let (Some(first), Some(last)) = (row.first(), row.last()) else { return false };
        let within = || row.iter().skip(1).take(row.len().saturating_sub(2));
        let employed: Vec<_> =
            ties.iter().enumerate().filter(|(_, it)| it.kind == RelationKind::EmployedBy).collect();
        let is_own = |(index, tie): &(usize, &Tie)| {
            (*index == 0 && tie.from == *first) || (*index + 1 == ties.len() && tie.from == *last)
        };
        starts.contains(first)
            && goals.contains(last)
            && within().all(|it| !is_public(web.kinds[it]))
            && employed.len() < 2
            && employed.iter().all(is_own)
    }

    /// The fewest steps between two ends, by trying every row of different parties.
    fn patiently(web: &Web, one: PartyId, other: PartyId, depth: usize) -> Option<usize> {
        let ends = |of: PartyId| -> Vec<PartyId> { web.insiders(of).into_keys().chain([of]).collect() };
        let (starts, goals) = (ends(one), ends(other));
        let mut rows: Vec<(Vec<PartyId>, Vec<Tie>)> =
            starts.iter().map(|it| (vec![*it], Vec::new())).collect();
        let mut best: Option<usize> = None;
        while let Some((row, ties)) = rows.pop() {
            if is_path(web, (&starts, &goals), &row, &ties) {
                best = Some(best.map_or(ties.len(), |it| it.min(ties.len())));
            }
            if ties.len() == depth {
                continue;
            }
            let at = row[row.len() - 1];
            for tie in web.ties_of(at) {
                let (to, ..) = tie.beyond(at).unwrap();
                if !row.contains(&to) {
                    let (mut longer, mut more) = (row.clone(), ties.clone());
                    longer.push(to);
                    more.push(*tie);
                    rows.push((longer, more));
                }
            }
        }
        best
    }

    /// Ties among a few parties; what a party is follows from its number.
    fn any_ties() -> impl Strategy<Value = Vec<Tie>> {
        let kind = |number: u8| PartyKind::ALL[usize::from(number) % PartyKind::ALL.len()];
        let share = (1..=40_i64).prop_map(|it| Share::new(it, 40).unwrap());
        let one = (0..12_u8, select(RelationKind::ALL), option::of(share), 0..12_u8);
        let tie = move |(from, relation, share, to): (u8, RelationKind, Option<Share>, u8)| Tie {
            from: party(from),
            from_kind: kind(from),
            kind: relation,
            post: None,
            share: share.filter(|_| relation == RelationKind::Shareholder),
            to: party(to),
            to_kind: kind(to),
        };
        vec(one.prop_map(tie), 0..24)
    }

    proptest! {
        #[test]
        fn a_search_finds_what_a_patient_one_finds(
            ties in any_ties(), one in 0..12_u8, other in 0..12_u8, depth in 1..=5_i64,
        ) {
            prop_assume!(one != other);
            let web = Web::of(&ties);
            let (one, other) = (party(one), party(other));
            let steps = usize::try_from(depth).unwrap();
            let fewest = patiently(&web, one, other, steps);
            let found = web.path(one, other, depth);
            prop_assert_eq!(found.is_some(), fewest.is_some());
            prop_assert_eq!(web.path(other, one, depth).is_some(), found.is_some(), "both ways");
            prop_assert_eq!(patiently(&web, other, one, steps), fewest);
            if let (Some(path), Some(fewest)) = (found, fewest) {
                // From a public body to whoever decides for it, at both ends at most.
                prop_assert!((fewest..=fewest + 2).contains(&path.steps.len()), "{:?}", path);
                prop_assert_eq!(path.parties.len(), path.steps.len() + 1);
                prop_assert_eq!((path.parties.first(), path.parties.last()), (Some(&one), Some(&other)));
                for (index, step) in path.steps.iter().enumerate() {
                    let (near, far) = (path.parties[index], path.parties[index + 1]);
                    let (from, to) = if step.along { (near, far) } else { (far, near) };
                    let is_there = web.ties_of(near).iter().any(|it| (it.from, it.code(), it.to) == (from, step.code, to));
                    prop_assert!(is_there, "{:?}", path);
                }
                prop_assert_eq!(web.path(one, other, depth + 1), Some(path), "no deeper search finds another");
            }
        }

        #[test]
        fn the_order_of_ties_does_not_matter(ties in any_ties(), one in 0..12_u8, other in 0..12_u8) {
            let back: Vec<_> = ties.iter().rev().copied().collect();
            prop_assert_eq!(related(&ties, party(one), party(other), 4), related(&back, party(one), party(other), 4));
        }
    }

    #[track_caller]
    fn check(names: &[&str], steps: &[(&str, bool)], zh: &str, en: &str) {
        let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(said(&names, steps), (zh.to_owned(), en.to_owned()));
    }

    #[test]
    fn an_organisation_is_a_village_s_own_where_nobody_private_has_a_say_in_it() {
        let (east, west, firm, person) = (party(1), party(2), party(5), party(8));
        let kind_of = |it: PartyId| match it {
            it if it == east || it == west => PartyKind::VillageCollective,
            it if it == person => PartyKind::Person,
            _ => PartyKind::Cooperative,
        };
        let tie = |from, kind, to, share: Option<&str>| Tie {
            from,
            from_kind: kind_of(from),
            kind,
            post: None,
            share: share.map(|it| it.parse().unwrap()),
            to,
            to_kind: kind_of(to),
        };
        let holds = |from, share| tie(from, RelationKind::Shareholder, firm, Some(share));
        let controls = tie(firm, RelationKind::ControlledBy, east, None);
        let behind = |ties: &[Tie]| Vec::from_iter(Web::of(ties).collectives_behind(firm).into_keys());
        assert_eq!(behind(&[controls]), [east]);
        assert_eq!(behind(&[holds(east, "1/2")]), [east]);
        assert_eq!(behind(&[holds(east, "1/3"), holds(west, "1/6")]), [east, west]);
        assert_eq!(behind(&[holds(east, "1/3")]), []);
        // What somebody holds on two of the days is held once.
        assert_eq!(behind(&[holds(east, "1/3"), holds(east, "1/4")]), []);
        assert_eq!(behind(&[controls, holds(person, "1/21")]), [east]);
        assert_eq!(behind(&[controls, holds(person, "1/20")]), []);
        assert_eq!(behind(&[controls, tie(firm, RelationKind::ControlledBy, person, None)]), []);
        assert_eq!(behind(&[]), []);

        let sibling = party(6);
        let web = Web::of(&[controls, tie(sibling, RelationKind::ControlledBy, east, None)]);
        let all = BTreeSet::from([east, firm, sibling]);
        assert!([east, firm, sibling].iter().all(|it| web.of_one_purse(*it) == all));
        assert_eq!(web.of_one_purse(west), BTreeSet::from([west]));
        assert!(
            web.is_of_public(firm, PartyKind::Cooperative)
                && web.is_of_public(west, PartyKind::VillageCollective)
        );
        assert!(!web.is_of_public(party(7), PartyKind::Cooperative));
    }

    #[test]
    fn a_path_is_said_by_names() {
        check(
            &["东村", "张三", "李四", "某公司"],
            &[("head", false), ("kin", false), ("legal_representative", true)],
            "张三（东村的负责人）—亲属→李四—法定代表人→某公司",
            "张三 (head of 东村) —kin→ 李四 —legal representative→ 某公司",
        );
        check(
            &["东村", "张三"],
            &[("officer_of", false)],
            "张三（东村的管理人员）",
            "张三 (officer of 东村)",
        );
        check(&["张三", "东村"], &[("bookkeeper", true)], "张三（东村的会计）", "张三 (bookkeeper of 东村)");
        check(
            &["东村", "张三", "西村"],
            &[("head", false), ("supervisor", true)],
            "张三（东村的负责人、西村的监督人员）",
            "张三 (head of 东村, supervisor of 西村)",
        );
        check(
            &["张三", "甲公司", "乙公司"],
            &[("controlled_by", false), ("shareholder", true)],
            "张三←受控制—甲公司—持股→乙公司",
            "张三 ←controlled by— 甲公司 —shareholder→ 乙公司",
        );
    }

    #[test]
    fn every_step_has_its_words() {
        let codes = RelationKind::ALL.iter().map(|it| it.code());
        for code in codes.chain(OfficerPost::ALL.iter().map(|it| it.code())) {
            assert!(WORDS.iter().any(|(it, _, _)| *it == code), "{code}");
        }
    }
}
