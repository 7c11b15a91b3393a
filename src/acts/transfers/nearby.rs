//! The other deals around a transfer: of the same givers with the same receivers, or whoever controls them or is controlled by them, with
//! anybody about parts of the same assets, where those move for good, or with organisations about assets of the same projects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive as _, Zero as _};

use crate::{
    acts::{
        ActError,
        act::kept,
        named::Known,
        transfers::asked::{ConsiderationRequest, LotRequest, TransferRequest},
    },
    cases::{self, Dealt, DealtLot, DealtWith},
    loss::{
        facts::{DealFacts, LandUse, Near, PartyFacts},
        worth,
    },
    register::{
        assets::{self, AssetFacts},
        codes::{AssetClass, PartyKind, RightKind},
        parties::{self, ties::Web},
    },
    storage::Read,
    values::{Fen, Id, Period, Scope, id::kind},
};

type PartyId = Id<kind::Party>;

/// The days on which a transfer takes effect and was agreed upon, and how far around them others are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// The day on which it takes effect.
    pub(super) on: NaiveDate,
    /// The day on which it was made: that of its draft, or its own where that is earlier.
    pub(super) made_on: NaiveDate,
    /// Within how many days others count.
    pub(super) window_days: i64,
    /// Its own case.
    pub(super) case: Option<Id<kind::Case>>,
}

/// Finds the deals that take effect within so many days of a transfer, before it or after it; and leases of the same that were agreed upon
/// within them.
pub(super) fn find(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    known: &Known,
    web: &Web,
    around: Around,
) -> Result<Vec<DealFacts>, ActError> {
    let (mut givers, mut receivers, mut assets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for lot in asked.all_lots() {
        let (from, to) = (known.party(lot.from_id)?, known.party(lot.to_id)?);
        if web.is_of_public(from.id, from.kind) && web.is_private(to.id, to.kind) {
            // What a village gives and what its own organisation does is of one purse.
            givers.extend(web.of_one_purse(from.id));
            receivers.insert(to.id);
            assets.insert(lot.asset_id);
        }
    }
    if givers.is_empty() {
        return Ok(Vec::new());
    }
    // Whoever is one with a receiver, each with the receivers that it stands for.
    let mut hands = BTreeMap::<PartyId, BTreeSet<PartyId>>::new();
    for receiver in receivers {
        for party in web.in_same_hands(receiver).into_iter().chain([receiver]) {
            hands.entry(party).or_default().insert(receiver);
        }
    }
    let given = assets.clone();
    let projects = assets::of_same_projects(unit, &assets.into_iter().collect::<Vec<_>>())?;
    // Of what is let or given for a term each has its own part; an asset that goes for good is looked at as a whole.
    let in_parts = if is_for_good(asked) { given.clone() } else { BTreeSet::new() };
    // What was divided is one thing by its pieces.
    let pieces = assets::pieces_of_one(unit, &in_parts)?;
    let about: BTreeSet<_> = projects.keys().chain(&in_parts).chain(pieces.keys()).copied().collect();
    let with = DealtWith {
        givers: &givers.into_iter().collect::<Vec<_>>(),
        receivers: &hands.keys().copied().collect::<Vec<_>>(),
        assets: &about.into_iter().collect::<Vec<_>>(),
        but: around.case,
    };
    let dealt = cases::dealt(unit, &with)?;
    // What an earlier release kept otherwise is no deal that can be counted.
    let others: Vec<_> = dealt.into_iter().filter_map(Other::of).collect();
    let is_near = |it: &Other| it.is_within(around, asked);
    let others: Vec<_> = others.into_iter().filter(is_near).collect();
    let parties: Vec<_> = others.iter().flat_map(|it| &it.dealt.lots).map(|it| it.receiver_id).collect();
    let moved: BTreeSet<_> = others.iter().flat_map(|it| it.asked.all_lots()).map(|it| it.asset_id).collect();
    let moved: Vec<_> = moved.into_iter().collect();
    let surroundings = Surroundings {
        hands,
        receivers: parties::standing(unit, &parties)?.into_iter().map(|(id, it)| (id, it.kind)).collect(),
        all_of_projects: given.iter().all(|it| projects.contains_key(it)),
        given,
        in_parts,
        pieces,
        right: asked.right,
        projects,
        assets: assets::facts(unit, &Scope::WHOLE, &moved)?,
    };
    Ok(others.iter().flat_map(|it| near(it, &surroundings, web)).collect())
}

/// Another deal, as it was asked for.
struct Other {
    dealt: Dealt,
    asked: TransferRequest,
    days: Period,
    made_on: NaiveDate,
}

impl Other {
    fn of(dealt: Dealt) -> Option<Self> {
        let asked = kept::<TransferRequest>(&dealt.asked).ok()?;
        let days = asked.days().ok()?;
        let made_on = dealt.drafted_on.min(asked.effective_on);
        Some(Self { dealt, asked, days, made_on })
    }

    fn is_within(&self, around: Around, deal: &TransferRequest) -> bool {
        let is_within =
            |one: NaiveDate, other: NaiveDate| (one - other).num_days().abs() <= around.window_days;
        let of_same = || {
            let given: BTreeSet<_> = deal.all_lots().map(|it| it.asset_id).collect();
            self.asked.all_lots().any(|it| given.contains(&it.asset_id))
        };
        let are_terms_of_one = self.asked.term.is_some() && deal.term.is_some() && of_same();
        is_within(self.asked.effective_on, around.on)
            || are_terms_of_one && is_within(self.made_on, around.made_on)
    }
}

/// What deals are held against.
struct Surroundings {
    /// Whoever stands for which receivers.
    hands: BTreeMap<PartyId, BTreeSet<PartyId>>,
    /// The assets of the same projects.
    projects: BTreeMap<Id<kind::Asset>, Id<kind::Project>>,
    /// What receives by the other deals.
    receivers: BTreeMap<PartyId, PartyKind>,
    /// Whether all that this deal moves is of a project.
    all_of_projects: bool,
    /// What this deal gives.
    given: BTreeSet<Id<kind::Asset>>,
    /// Of that, what it moves parts of for good.
    in_parts: BTreeSet<Id<kind::Asset>>,
    /// The pieces of what was divided into those, each with the whole.
    pieces: BTreeMap<Id<kind::Asset>, Id<kind::Asset>>,
    /// Which right it moves.
    right: RightKind,
    /// What they move.
    assets: BTreeMap<Id<kind::Asset>, AssetFacts>,
}

/// Whether a transfer moves something that does not come back.
fn is_for_good(asked: &TransferRequest) -> bool {
    asked.term.is_none() && asked.right != RightKind::Management
}

/// In how many ways a deal is near, one for each.
fn near(other: &Other, around: &Surroundings, web: &Web) -> Vec<DealFacts> {
    let Other { dealt, asked, days, made_on } = other;
    let mut ways = BTreeMap::<(PartyId, Near), Vec<(&DealtLot, PartyKind)>>::new();
    for lot in &dealt.lots {
        let Some(kind) = around.receivers.get(&lot.receiver_id).copied() else { continue };
        let is_land =
            around.assets.get(&lot.asset_id).is_some_and(|it| LandUse::of(it.category.as_str()).is_some());
        let is_contract = lot.right == RightKind::Management && kind.is_personal() && is_land;
        if !web.is_private(lot.receiver_id, kind) || is_contract {
            continue;
        }
        for receiver in around.hands.get(&lot.receiver_id).into_iter().flatten() {
            ways.entry((lot.giver_id, Near::Receiver(*receiver))).or_default().push((lot, kind));
        }
        if around.right == asked.right && is_for_good(asked) {
            let own = around.in_parts.get(&lot.asset_id);
            if let Some(whole) = around.pieces.get(&lot.asset_id).or(own) {
                ways.entry((lot.giver_id, Near::Asset(*whole))).or_default().push((lot, kind));
            }
        }
        if let Some(project) = around.projects.get(&lot.asset_id).filter(|_| !kind.is_personal()) {
            ways.entry((lot.giver_id, Near::Project(*project))).or_default().push((lot, kind));
        }
    }
    let deal = |((giver, near), lots): ((PartyId, Near), Vec<(&DealtLot, PartyKind)>)| DealFacts {
        case: dealt.case_id,
        giver,
        near,
        right: asked.right,
        on: asked.effective_on,
        made_on: Some(*made_on),
        term: asked.term.map(|_| *days),
        assets: lots.iter().map(|(it, _)| it.asset_id).collect(),
        receivers: receivers_of(&lots),
        worth: worth_of(other, &lots, around),
        traded: asked.exchange.is_some(),
        appraised: asked.appraisal.is_some(),
        of_other_projects: around.all_of_projects
            && !lots.iter().any(|(it, _)| around.projects.contains_key(&it.asset_id)),
        beside: around.beside(near),
    };
    ways.into_iter().map(deal).collect()
}

impl Surroundings {
    /// What of this deal is near in a way, beside what says so itself.
    fn beside(&self, near: Near) -> Vec<Id<kind::Asset>> {
        let of_it = |it: &&Id<kind::Asset>| match near {
            Near::Project(project) => self.projects.get(it) == Some(&project),
            Near::Asset(whole) => self.pieces.get(it) == Some(&whole),
            Near::Receiver(_) => false,
        };
        self.given.iter().filter(of_it).copied().collect()
    }
}

fn receivers_of(lots: &[(&DealtLot, PartyKind)]) -> Vec<PartyFacts> {
    let each: BTreeMap<PartyId, PartyKind> = lots.iter().map(|(it, kind)| (it.receiver_id, *kind)).collect();
    let facts = |(id, kind)| PartyFacts { id, kind, ended_on: None, succeeded_by: None };
    each.into_iter().map(facts).collect()
}

/// What some lots of a deal are about: of what moves for good the greater of the money and of what was invested, of what comes back the
/// money, or what of the books of operating assets goes with the term where that is more. What is paid for all together is paid for
/// each by what it cost.
fn worth_of(other: &Other, lots: &[(&DealtLot, PartyKind)], around: &Surroundings) -> Fen {
    let Other { dealt, asked, days, .. } = other;
    let money = match &asked.consideration {
        ConsiderationRequest::Price { amount_fen } => amount_fen.get(),
        ConsiderationRequest::Rent { schedule } => {
            Fen::sum(schedule.iter().map(|it| it.amount_fen)).map_or(Fen::MAX, Fen::get)
        }
        ConsiderationRequest::Swap { .. } | ConsiderationRequest::None {} => 0,
    };
    let is_for_good = is_for_good(asked);
    let invested = dealt.worth_fen.filter(|_| is_for_good).unwrap_or_default();
    let together = whole(money.max(invested)) * around.part_of(asked, lots);
    let worth =
        if is_for_good { together } else { together.max(worth::let_for(around.books(asked, lots), days)) };
    let worth = worth.floor().to_integer().to_i64().unwrap_or(Fen::MAX);
    Fen::new(worth.min(Fen::MAX)).unwrap_or(Fen::ZERO)
}

fn whole(amount: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(amount))
}

/// Whether a lot that is asked for is one of some.
fn is_among(lot: &LotRequest, lots: &[(&DealtLot, PartyKind)]) -> bool {
    lots.iter()
        .any(|(it, _)| (it.asset_id, it.giver_id, it.receiver_id) == (lot.asset_id, lot.from_id, lot.to_id))
}

impl Surroundings {
    /// The part of what a deal moves that some of its lots are, by what they cost.
    fn part_of(&self, asked: &TransferRequest, lots: &[(&DealtLot, PartyKind)]) -> BigRational {
        let weight = |lot: &LotRequest| {
            let cost = self.assets.get(&lot.asset_id).map_or(0, |it| it.write_off.original_value.get());
            lot.share.to_ratio() * whole(cost.max(1))
        };
        let all: BigRational = asked.all_lots().map(weight).sum();
        let part: BigRational = asked.all_lots().filter(|it| is_among(it, lots)).map(weight).sum();
        if all.is_zero() { all } else { part / all }
    }

    /// What the operating assets of some lots of a deal are worth in the books, by the parts of them that it moves.
    fn books(&self, asked: &TransferRequest, lots: &[(&DealtLot, PartyKind)]) -> BigRational {
        let parts = asked.lots.iter().filter(|it| is_among(it, lots)).filter_map(|lot| {
            let it = self.assets.get(&lot.asset_id).filter(|it| it.class == AssetClass::Operating)?;
            let worth = it.write_off.value_on(asked.effective_on).book_value.get();
            Some(lot.share.to_ratio() * whole(worth))
        });
        parts.sum()
    }
}
