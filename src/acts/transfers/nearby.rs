//! The other deals around a transfer: of the same givers with the same receivers, or whoever controls them or is controlled by them, with
//! anybody about parts of the same assets, where those move for good, or with organisations about assets of the same projects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive as _;

use crate::{
    acts::{
        ActError,
        act::kept,
        named::Known,
        transfers::asked::{ConsiderationRequest, TransferRequest},
    },
    cases::{self, Dealt, DealtLot, DealtWith},
    loss::facts::{DealFacts, LandUse, Near, PartyFacts},
    register::{
        assets::{self, AssetFacts},
        codes::{AssetClass, PartyKind, RightKind},
        parties::{self, ties::Web},
    },
    storage::Read,
    values::{Fen, Id, Period, Scope, id::kind},
};

type PartyId = Id<kind::Party>;

/// Finds the deals that take effect within so many days of a day, before it or after it. `case` is that of the transfer itself.
pub(super) fn find(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    known: &Known,
    web: &Web,
    (on, window, case): (NaiveDate, i64, Option<Id<kind::Case>>),
) -> Result<Vec<DealFacts>, ActError> {
    let (mut givers, mut receivers, mut assets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for lot in asked.all_lots() {
        let (from, to) = (known.party(lot.from_id)?, known.party(lot.to_id)?);
        if from.is_public() && web.is_private(to.id, to.kind) {
            givers.insert(from.id);
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
    let about: BTreeSet<_> = projects.keys().chain(&in_parts).copied().collect();
    let with = DealtWith {
        givers: &givers.into_iter().collect::<Vec<_>>(),
        receivers: &hands.keys().copied().collect::<Vec<_>>(),
        assets: &about.into_iter().collect::<Vec<_>>(),
        but: case,
    };
    let dealt = cases::dealt(unit, &with)?;
    let lots = || dealt.iter().flat_map(|it| &it.lots);
    let (parties, moved): (Vec<_>, Vec<_>) = lots().map(|it| (it.receiver_id, it.asset_id)).unzip();
    let around = Around {
        hands,
        receivers: parties::standing(unit, &parties)?.into_iter().map(|(id, it)| (id, it.kind)).collect(),
        all_of_projects: given.iter().all(|it| projects.contains_key(it)),
        given,
        in_parts,
        right: asked.right,
        projects,
        assets: assets::facts(unit, &Scope::WHOLE, &moved)?,
    };
    let is_in_window = |it: &DealFacts| (it.on - on).num_days().abs() <= window;
    Ok(dealt.iter().flat_map(|it| near(it, &around, web)).filter(is_in_window).collect())
}

/// What deals are held against.
struct Around {
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
fn near(dealt: &Dealt, around: &Around, web: &Web) -> Vec<DealFacts> {
    // What an earlier release kept otherwise is no deal that can be counted.
    let Ok(asked) = kept::<TransferRequest>(&dealt.asked) else { return Vec::new() };
    let Ok(days) = asked.days() else { return Vec::new() };
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
        let is_part = around.right == asked.right && is_for_good(&asked);
        if is_part && around.in_parts.contains(&lot.asset_id) {
            ways.entry((lot.giver_id, Near::Asset(lot.asset_id))).or_default().push((lot, kind));
        }
        if let Some(project) = around.projects.get(&lot.asset_id).filter(|_| !kind.is_personal()) {
            ways.entry((lot.giver_id, Near::Project(*project))).or_default().push((lot, kind));
        }
    }
    let worth = worth_of(dealt, &asked, &days, around);
    let deal = |((giver, near), lots): ((PartyId, Near), Vec<(&DealtLot, PartyKind)>)| DealFacts {
        case: dealt.case_id,
        giver,
        near,
        right: asked.right,
        on: asked.effective_on,
        term: asked.term.map(|_| days),
        assets: lots.iter().map(|(it, _)| it.asset_id).collect(),
        receivers: receivers_of(&lots),
        worth,
        traded: asked.exchange.is_some(),
        appraised: asked.appraisal.is_some(),
        of_other_projects: around.all_of_projects
            && !lots.iter().any(|(it, _)| around.projects.contains_key(&it.asset_id)),
        beside: match near {
            Near::Project(project) => {
                let of_it = around.given.iter().filter(|it| around.projects.get(it) == Some(&project));
                of_it.copied().collect()
            }
            Near::Receiver(_) | Near::Asset(_) => Vec::new(),
        },
    };
    ways.into_iter().map(deal).collect()
}

fn receivers_of(lots: &[(&DealtLot, PartyKind)]) -> Vec<PartyFacts> {
    let each: BTreeMap<PartyId, PartyKind> = lots.iter().map(|(it, kind)| (it.receiver_id, *kind)).collect();
    let facts = |(id, kind)| PartyFacts { id, kind, ended_on: None, succeeded_by: None };
    each.into_iter().map(facts).collect()
}

/// What a deal is about: of what moves for good the greater of the money and of what was invested, of what comes back the
/// money, and of operating assets that are let for a year or more what the books say where that is more.
fn worth_of(dealt: &Dealt, asked: &TransferRequest, days: &Period, around: &Around) -> Fen {
    let money = match &asked.consideration {
        ConsiderationRequest::Price { amount_fen } => amount_fen.get(),
        ConsiderationRequest::Rent { schedule } => {
            Fen::sum(schedule.iter().map(|it| it.amount_fen)).map_or(Fen::MAX, Fen::get)
        }
        ConsiderationRequest::Swap { .. } | ConsiderationRequest::None {} => 0,
    };
    let is_for_good = is_for_good(asked);
    let invested = dealt.worth_fen.filter(|_| is_for_good).unwrap_or_default();
    let year = asked.effective_on.checked_add_months(Months::new(12));
    let is_long = days.to().is_none_or(|until| year.is_some_and(|it| it <= until));
    let in_books = if !is_for_good && is_long { in_books(asked, around) } else { 0 };
    Fen::new(money.max(invested).max(in_books).min(Fen::MAX)).unwrap_or(Fen::ZERO)
}

/// What the operating assets of a deal that are known are worth in the books, by the parts of them that it moves.
fn in_books(asked: &TransferRequest, around: &Around) -> i64 {
    let parts = asked.lots.iter().filter_map(|lot| {
        let it = around.assets.get(&lot.asset_id).filter(|it| it.class == AssetClass::Operating)?;
        let worth = it.write_off.value_on(asked.effective_on).book_value.get();
        Some(lot.share.to_ratio() * BigInt::from(worth))
    });
    let sum: BigRational = parts.sum();
    sum.floor().to_integer().to_i64().unwrap_or(Fen::MAX)
}
