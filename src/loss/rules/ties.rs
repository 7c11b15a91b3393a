//! Who stands on both sides of a deal. `register::parties::ties` says which ties count and how they are passed on; here is
//! between whom a deal may have any.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{One as _, Zero as _};

use super::{Found, PolicyValues};
use crate::{
    loss::facts::{LotFacts, PartyFacts, TransferFacts},
    register::{
        codes::{PartyKind, RelationKind, Sector},
        parties::ties::{Path, Tie, Web},
    },
    values::{Id, Share, id::kind},
};

type PartyId = Id<kind::Party>;

/// A public giver, and somebody private who gets what it gives, or the money for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dealing {
    /// Whose wealth it is, or who decides on it: the collective whose own organisation gives as well.
    pub(super) giver: PartyFacts,
    /// Who gives by the deal.
    pub(super) by: PartyFacts,
    pub(super) other: PartyFacts,
    /// The first lot that is given to the other; none where it is paid.
    pub(super) lot: Option<usize>,
}

/// Every such pair of a deal, once for each who stands behind the giver. What goes to the state or to a collective stays public, and is
/// nobody's interest.
pub(super) fn dealings(deal: &TransferFacts, web: &Web) -> Vec<Dealing> {
    let mut pairs = BTreeMap::new();
    let given = || deal.all_lots().enumerate().filter(|(_, it)| gives_public(web, it));
    for (index, it) in given().filter(|(_, it)| is_private(web, it.to)) {
        pairs.entry((it.from.id, it.to.id)).or_insert((it.from, it.to, Some(index)));
    }
    let mut pairs: Vec<_> = pairs.into_values().collect();
    if let Some(paid) = deal.pay_to.filter(|it| is_private(web, *it)) {
        let givers: BTreeMap<_, _> = given().map(|(_, it)| (it.from.id, it.from)).collect();
        let is_new =
            |by: &PartyFacts| !pairs.iter().any(|(it, other, _)| (it.id, other.id) == (by.id, paid.id));
        let more: Vec<_> = givers.into_values().filter(is_new).collect();
        pairs.extend(more.into_iter().map(|by| (by, paid, None)));
    }
    let dealings = pairs.into_iter().flat_map(|(by, other, lot)| {
        acting(web, by).into_iter().map(move |giver| Dealing { giver, by, other, lot })
    });
    dealings.collect()
}

/// For whom a public party acts: a village's own organisation for the village, and for itself after that. Nobody of what is private.
pub(super) fn acting(web: &Web, party: PartyFacts) -> Vec<PartyFacts> {
    if party.is_public() {
        return vec![party];
    }
    let behind = web.collectives_behind(party.id).into_iter();
    let mut all: Vec<_> =
        behind.map(|(id, kind)| PartyFacts { id, kind, ended_on: None, succeeded_by: None }).collect();
    if !all.is_empty() {
        all.push(party);
    }
    all
}

/// What a public body, or a village's own organisation, gets from somebody private, and pays for with money: in the order of the lots.
pub(super) fn purchases<'a>(
    deal: &'a TransferFacts,
    web: &'a Web,
) -> impl Iterator<Item = (usize, &'a LotFacts)> {
    let is_paid = deal.consideration.money().is_some_and(|it| it > 0);
    let bought = |it: &LotFacts| {
        is_of_public(web, it.to) && is_private(web, it.from) && !is_of_one_purse(web, it.to.id, it.from.id)
    };
    deal.lots.iter().enumerate().filter(move |(_, it)| is_paid && bought(it))
}

/// Those that cost more than what it would have to offer in the open, if it sold.
pub(super) fn large_purchases<'a>(
    deal: &'a TransferFacts,
    web: &'a Web,
    policy: &PolicyValues,
) -> impl Iterator<Item = (usize, &'a LotFacts)> + use<'a> {
    let threshold = i128::from(policy.exchange_required_above_fen);
    let is_much = deal.consideration.money().is_some_and(|it| it > threshold);
    purchases(deal, web).filter(move |_| is_much)
}

/// Whether an appraisal of what is given counts: of what is public, and of what somebody public pays so much for that it is appraised.
pub(super) fn rests_on_appraisal(deal: &TransferFacts, web: &Web, policy: &PolicyValues) -> bool {
    deal.gives_public() || large_purchases(deal, web, policy).next().is_some()
}

/// How those who decide for a public body have a company in hand.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    /// From the body over whoever decides for it to the company.
    pub(super) path: Path,
    /// What several of them hold in it together, where no other hold is on record.
    pub(super) together: Option<BigRational>,
}

/// Who decides for a giver, and what private organisations those people have in hand: what they control, what they represent by
/// law, and in what they hold half or more together, over any number of companies.
///
/// Whoever represents what the giving collective itself controls does so for the collective, and has it not in hand by that.
pub(super) fn in_hand(web: &Web, giver: PartyFacts) -> BTreeMap<PartyId, Hold> {
    let start = Path::from(giver.id);
    let insiders = deciding(web, giver).into_iter();
    let mut held: BTreeMap<PartyId, Hold> =
        insiders.map(|(it, tie)| (it, Hold { path: start.then(&tie, it), together: None })).collect();
    loop {
        let mut found: BTreeMap<PartyId, Hold> = BTreeMap::new();
        let mut shares: BTreeMap<PartyId, BTreeMap<PartyId, (Share, Path)>> = BTreeMap::new();
        for (holder, hold) in &held {
            for tie in web.ties_of(*holder) {
                let (company, kind) = match tie.kind {
                    // The other way round it is the holder itself, who is held already.
                    RelationKind::ControlledBy => (tie.from, tie.from_kind),
                    RelationKind::LegalRepresentative | RelationKind::Shareholder => (tie.to, tie.to_kind),
                    _ => continue,
                };
                // A state enterprise in private hands is private.
                let is_somebodys =
                    kind.is_owned() || kind == PartyKind::StateEnterprise && web.is_private(company, kind);
                if !is_somebodys || held.contains_key(&company) {
                    continue;
                }
                let path = hold.path.then(tie, company);
                match (tie.kind, tie.share) {
                    (RelationKind::Shareholder, Some(share)) => {
                        let of_company = shares.entry(company).or_default();
                        let known = of_company.entry(*holder).or_insert_with(|| (share, path));
                        // On one of the days it may have held less.
                        known.0 = known.0.max(share);
                    }
                    (RelationKind::Shareholder, None) => {}
                    (RelationKind::LegalRepresentative, _) if acts_for_part(web, giver, company) => {}
                    _ => {
                        found.entry(company).or_insert(Hold { path, together: None });
                    }
                }
            }
        }
        for (company, holders) in shares {
            let sum: BigRational =
                holders.values().map(|(it, _)| it.to_ratio()).fold(BigRational::zero(), |sum, it| sum + it);
            let largest = holders.values().max_by_key(|(it, _)| *it).map(|(_, path)| path.clone());
            let together = (holders.len() > 1).then(|| sum.clone());
            if let Some(path) = largest.filter(|_| is_half(&sum)) {
                found.entry(company).or_insert(Hold { path, together });
            }
        }
        if found.is_empty() {
            return held;
        }
        held.extend(found);
    }
}

/// Who decides for a giver, with the tie by which they do: for a village's own organisation those who manage it or represent it.
fn deciding(web: &Web, giver: PartyFacts) -> BTreeMap<PartyId, Tie> {
    if web.collectives_behind(giver.id).is_empty() {
        return web.insiders(giver.id);
    }
    let decides = |it: &&Tie| {
        it.to == giver.id
            && !it.from_kind.sector().is_public()
            && matches!(it.kind, RelationKind::OfficerOf | RelationKind::LegalRepresentative)
    };
    web.ties_of(giver.id).iter().filter(decides).map(|it| (it.from, *it)).collect()
}

fn is_half(part: &BigRational) -> bool {
    part + part >= BigRational::one()
}

/// The least part of a cooperative of the villagers that is the village's, in tenths, for whoever represents it to do so for the village.
const PART_OF_VILLAGE_TENTHS: i64 = 1;

/// Whether a collective runs an organisation, or has a tenth of it or more: whoever represents it then may do so for the village, as
/// where a party branch leads a cooperative of the villagers. That goes to the county (L07), which sees whether they have any part in
/// it themselves.
fn has_part(web: &Web, collective: PartyFacts, organisation: PartyId) -> bool {
    let least = BigRational::new(PART_OF_VILLAGE_TENTHS.into(), 10.into());
    let holds = |it: &&Tie| {
        it.kind == RelationKind::Shareholder
            && it.to == organisation
            && it.from == collective.id
            && it.share.is_some_and(|share| share.to_ratio() >= least)
    };
    is_run_by(web, collective, organisation)
        || collective.sector() == Sector::Collective && web.ties_of(organisation).iter().any(|it| holds(&it))
}

/// The same of whoever a giver acts for.
fn acts_for_part(web: &Web, giver: PartyFacts, organisation: PartyId) -> bool {
    acting(web, giver).into_iter().any(|it| has_part(web, it, organisation))
}

/// Whether a collective controls an organisation, or holds half of it or more.
fn is_run_by(web: &Web, collective: PartyFacts, organisation: PartyId) -> bool {
    collective.sector() == Sector::Collective
        && web.ties_of(organisation).iter().any(|it| match it.kind {
            RelationKind::ControlledBy => it.from == organisation && it.to == collective.id,
            RelationKind::Shareholder => {
                let is_its = it.to == organisation && it.from == collective.id;
                is_its && it.share.is_some_and(|share| is_half(&share.to_ratio()))
            }
            _ => false,
        })
}

/// Whether an organisation is a giving collective's own: it runs it, and nobody private controls it or has a say in it by shares.
/// What a village gives to its own cooperative to run has not left it, whoever of the village speaks for the cooperative.
pub(super) fn is_own(web: &Web, collective: PartyFacts, organisation: PartyFacts) -> bool {
    let id = organisation.id;
    organisation.kind.is_owned() && is_run_by(web, collective, id) && !web.has_private_say(id)
}

/// Whether what one gives to another has not left the village: the other is its own organisation, or another one of the same village
/// whose own organisation gives.
pub(super) fn keeps(web: &Web, from: PartyFacts, to: PartyFacts) -> bool {
    from.id == to.id || acting(web, from).into_iter().any(|it| is_own(web, it, to))
}

/// Whether what a party has is public: its own, or that of the village whose own organisation it is.
pub(super) fn is_of_public(web: &Web, party: PartyFacts) -> bool {
    web.is_of_public(party.id, party.kind)
}

/// Whether what a lot gives is public: its giver's, or that of the village whose own organisation gives it.
pub(super) fn gives_public(web: &Web, lot: &LotFacts) -> bool {
    is_of_public(web, lot.from)
}

/// Whether two are of one purse: one and the same, a village and its own organisation, or two such of one village.
pub(super) fn is_of_one_purse(web: &Web, one: PartyId, other: PartyId) -> bool {
    one == other || web.of_one_purse(one).contains(&other)
}

/// Whether a party is private, or a state enterprise in name that somebody private controls or has half of or more.
pub(super) fn is_private(web: &Web, party: PartyFacts) -> bool {
    web.is_private(party.id, party.kind)
}

/// Adds a path to the figures: what each step is, between whom, and which way.
pub(super) fn along(path: &Path, found: Found) -> Found {
    let way = |along| if along { "along" } else { "against" }.to_owned();
    found
        .list("path", path.steps.iter().map(|it| it.code.to_owned()).collect())
        .list("path_ids", path.parties.iter().map(ToString::to_string).collect())
        .list("path_ways", path.steps.iter().map(|it| way(it.along)).collect())
}
