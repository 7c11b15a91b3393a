//! The other deals around a transfer: of the same givers with the same receivers, or whoever controls them or is controlled by them, or
//! with organisations about assets of the same projects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    acts::{
        ActError,
        act::kept,
        named::Known,
        transfers::asked::{ConsiderationRequest, TransferRequest},
    },
    cases::{self, Dealt, DealtLot, DealtWith},
    loss::facts::{DealFacts, LandUse, Near, PartyFacts, Tie},
    register::{
        assets,
        codes::{PartyKind, RelationKind, RightKind},
        parties,
    },
    storage::Read,
    values::{Fen, Id, Scope, id::kind},
};

type PartyId = Id<kind::Party>;

/// Finds the deals that take effect within so many days of a day, before it or after it. `case` is that of the transfer itself.
pub(super) fn find(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    known: &Known,
    ties: &[Tie],
    (on, window, case): (NaiveDate, i64, Option<Id<kind::Case>>),
) -> Result<Vec<DealFacts>, ActError> {
    let (mut givers, mut receivers, mut assets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for lot in asked.all_lots() {
        let (from, to) = (known.party(lot.from_id)?, known.party(lot.to_id)?);
        if from.is_public() && !to.is_public() {
            givers.insert(from.id);
            receivers.insert(to.id);
            assets.insert(lot.asset_id);
        }
    }
    if givers.is_empty() {
        return Ok(Vec::new());
    }
    let hands = hands_of(ties, &receivers);
    let projects = assets::of_same_projects(unit, &assets.into_iter().collect::<Vec<_>>())?;
    let with = DealtWith {
        givers: &givers.into_iter().collect::<Vec<_>>(),
        receivers: &hands.keys().copied().collect::<Vec<_>>(),
        assets: &projects.keys().copied().collect::<Vec<_>>(),
        but: case,
    };
    let dealt = cases::dealt(unit, &with)?;
    let lots = || dealt.iter().flat_map(|it| &it.lots);
    let (parties, moved): (Vec<_>, Vec<_>) = lots().map(|it| (it.receiver_id, it.asset_id)).unzip();
    let around = Around {
        hands,
        projects,
        receivers: parties::standing(unit, &parties)?.into_iter().map(|(id, it)| (id, it.kind)).collect(),
        land: assets::facts(unit, &Scope::WHOLE, &moved)?
            .into_iter()
            .filter(|(_, it)| LandUse::of(it.category.as_str()).is_some())
            .map(|(id, _)| id)
            .collect(),
    };
    let is_in_window = |it: &DealFacts| (it.on - on).num_days().abs() <= window;
    Ok(dealt.iter().flat_map(|it| near(it, &around)).filter(is_in_window).collect())
}

/// What deals are held against.
struct Around {
    /// Whoever stands for which receivers.
    hands: BTreeMap<PartyId, BTreeSet<PartyId>>,
    /// The assets of the same projects.
    projects: BTreeMap<Id<kind::Asset>, Id<kind::Project>>,
    /// What receives by the other deals.
    receivers: BTreeMap<PartyId, PartyKind>,
    /// Which of their assets are land under contract.
    land: BTreeSet<Id<kind::Asset>>,
}

/// In how many ways a deal is near, one for each.
fn near(dealt: &Dealt, around: &Around) -> Vec<DealFacts> {
    // What an earlier release kept otherwise is no deal that can be counted.
    let Ok(asked) = kept::<TransferRequest>(&dealt.asked) else { return Vec::new() };
    let Ok(days) = asked.days() else { return Vec::new() };
    let mut ways = BTreeMap::<(PartyId, Near), Vec<(&DealtLot, PartyKind)>>::new();
    for lot in &dealt.lots {
        let Some(kind) = around.receivers.get(&lot.receiver_id).copied() else { continue };
        let is_contract =
            lot.right == RightKind::Management && kind.is_personal() && around.land.contains(&lot.asset_id);
        if kind.sector().is_public() || is_contract {
            continue;
        }
        for receiver in around.hands.get(&lot.receiver_id).into_iter().flatten() {
            ways.entry((lot.giver_id, Near::Receiver(*receiver))).or_default().push((lot, kind));
        }
        if let Some(project) = around.projects.get(&lot.asset_id).filter(|_| !kind.is_personal()) {
            ways.entry((lot.giver_id, Near::Project(*project))).or_default().push((lot, kind));
        }
    }
    let worth = worth_of(dealt, &asked);
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
    };
    ways.into_iter().map(deal).collect()
}

fn receivers_of(lots: &[(&DealtLot, PartyKind)]) -> Vec<PartyFacts> {
    let each: BTreeMap<PartyId, PartyKind> = lots.iter().map(|(it, kind)| (it.receiver_id, *kind)).collect();
    let facts = |(id, kind)| PartyFacts { id, kind, ended_on: None, succeeded_by: None };
    each.into_iter().map(facts).collect()
}

/// What a deal is about: of what moves for good the greater of the money and of what was invested, of what comes back the money.
fn worth_of(dealt: &Dealt, asked: &TransferRequest) -> Fen {
    let money = match &asked.consideration {
        ConsiderationRequest::Price { amount_fen } => amount_fen.get(),
        ConsiderationRequest::Rent { schedule } => {
            Fen::sum(schedule.iter().map(|it| it.amount_fen)).map_or(Fen::MAX, Fen::get)
        }
        ConsiderationRequest::Swap { .. } | ConsiderationRequest::None {} => 0,
    };
    let is_for_good = asked.term.is_none() && asked.right != RightKind::Management;
    let invested = dealt.worth_fen.filter(|_| is_for_good).unwrap_or_default();
    Fen::new(money.max(invested).min(Fen::MAX)).unwrap_or(Fen::ZERO)
}

/// Whoever receives, controls a receiver, or is controlled by one, over any number of private parties: each with the receivers that it
/// stands for. The members of a household are one with it.
fn hands_of(ties: &[Tie], receivers: &BTreeSet<PartyId>) -> BTreeMap<PartyId, BTreeSet<PartyId>> {
    let joins = |it: &&Tie| {
        let both_private = !it.from_kind.sector().is_public() && !it.to_kind.sector().is_public();
        both_private
            && match it.kind {
                RelationKind::ControlledBy | RelationKind::LegalRepresentative => true,
                RelationKind::Shareholder => {
                    it.share.is_some_and(|share| share.num() >= share.den() - share.num())
                }
                RelationKind::Member => it.to_kind == PartyKind::Household,
                _ => false,
            }
    };
    let joined: Vec<&Tie> = ties.iter().filter(joins).collect();
    let mut hands = BTreeMap::<PartyId, BTreeSet<PartyId>>::new();
    for receiver in receivers {
        let (mut seen, mut front) = (BTreeSet::from([*receiver]), vec![*receiver]);
        while let Some(at) = front.pop() {
            for tie in &joined {
                let beyond = if tie.from == at { tie.to } else { tie.from };
                if (tie.from == at || tie.to == at) && seen.insert(beyond) {
                    front.push(beyond);
                }
            }
        }
        for party in seen {
            hands.entry(party).or_default().insert(*receiver);
        }
    }
    hands
}
