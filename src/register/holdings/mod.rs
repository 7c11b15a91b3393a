//! Holdings: what a party holds, directly and through others; who stands behind an asset; and who holds many assets.
//!
//! Parties may belong anywhere and are named by their identifiers alone; assets are those of the caller's region.

pub mod model;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::Known,
    register::{
        assets::{self, Asset, AssetError, AssetRefused},
        codes::RightKind,
        parties::{self, Party, PartyError, PartyRefused},
        regions,
        rights::{
            self, Holding, Right, RightsError,
            model::{held, holders},
        },
    },
    storage::{Read, StorageError},
    values::{Id, RegionCode, Scope, id::kind, share::Total},
};
use model::{Bound, Explained, Graph, Held, HeldThrough, Owner, Shareholding, TooMany};

/// Why holdings could not be worked out.
#[derive(Debug, thiserror::Error)]
pub enum HoldingsRefused {
    /// No such party or asset in the caller's region.
    #[error("no such party or asset")]
    NotFound,
    /// It is too much for one answer.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The rights on record cannot be worked out.
    #[error(transparent)]
    Rights(#[from] RightsError),
}

/// Why it was refused, or why it failed.
pub type HoldingsError = Refusal<HoldingsRefused>;

reason!(HoldingsRefused, TooMany, RightsError);

/// About which moment somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The day on which it holds; today unless given.
    pub as_of: Option<NaiveDate>,
    /// As the register knew it at this instant, up to which the journal must be sealed; now unless given.
    pub known_at: Option<DateTime<Utc>>,
    /// Only this one of the three rights.
    pub kind: Option<RightKind>,
}

/// The moment that an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The day on which it holds.
    pub as_of: NaiveDate,
    /// The instant at which the register knew it.
    pub known_at: DateTime<Utc>,
    known: Known,
}

impl When {
    fn of(unit: &mut Read<'_>, asked: &Asked) -> Result<Self, StorageError> {
        Ok(Self {
            as_of: asked.as_of.unwrap_or_else(|| unit.today()),
            known_at: asked.known_at.unwrap_or_else(|| unit.now()),
            known: Known::at(unit, asked.known_at)?,
        })
    }
}

/// The rights that are asked about.
fn kinds(asked: &Asked) -> impl Iterator<Item = RightKind> + use<> {
    let only = asked.kind;
    RightKind::ALL.iter().copied().filter(move |it| only.is_none_or(|only| only == *it))
}

/// What a party holds.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// About which moment.
    pub when: When,
    /// What it holds itself, granted and resting with it together.
    pub direct: Vec<Held>,
    /// What it holds through others, along every path.
    pub through: Vec<HeldThrough>,
    /// Companies that hold each other in a ring, among those in which it holds shares.
    pub cycles: Vec<Vec<Id<kind::Party>>>,
}

/// What a party of the caller's region holds in the assets of that region: itself, and through organisations.
pub fn holdings(
    unit: &mut Read<'_>,
    caller: &Caller,
    party: Id<kind::Party>,
    asked: &Asked,
) -> Result<Holdings, HoldingsError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let when = When::of(unit, asked)?;
    parties::find(unit, caller, party, when.known)?;
    let shareholdings = shareholdings(unit, Side::Companies, [party].into(), &when)?;
    let graph = Graph::of(&shareholdings);
    let holders: BTreeSet<Id<kind::Party>> =
        shareholdings.iter().map(|it| it.company_id).chain([party]).collect();
    let held = held_by(unit, &scope, &holders, &when, asked)?;
    let direct: Vec<Held> = held.iter().filter(|it| it.holder_id == party).cloned().collect();
    let through = model::through(&graph, party, &held)?;
    Bound::Rows.hold(direct.len().saturating_add(through.len()))?;
    Ok(Holdings { when, direct, through, cycles: graph.cycles()? })
}

/// What some parties hold of each right in the assets of a scope.
fn held_by(
    unit: &mut Read<'_>,
    scope: &Scope,
    parties: &BTreeSet<Id<kind::Party>>,
    when: &When,
    asked: &Asked,
) -> Result<Vec<Held>, HoldingsError> {
    let all: Vec<Id<kind::Party>> = parties.iter().copied().collect();
    let limit = Bound::Rows.limit().saturating_add(1);
    let assets = rights::held_by(unit, scope, &all, when.as_of, when.known, limit)?;
    Bound::Rows.hold(assets.len())?;
    let by_asset = rights::on_day(unit, &assets, when.as_of, when.known)?;
    let mut found = Vec::new();
    for (asset, rights) in by_asset {
        let of_all = held_in(asset, &rights, when, asked);
        found.extend(of_all.into_iter().filter(|it| parties.contains(&it.holder_id)));
    }
    Ok(found)
}

/// What each holder has of each right in an asset on the day.
fn held_in(asset: Id<kind::Asset>, on_record: &[Right], when: &When, asked: &Asked) -> Vec<Held> {
    // Who is granted nothing and owns nothing has nothing resting with it either.
    let parties: BTreeSet<Id<kind::Party>> = on_record.iter().map(|it| it.holder_id).collect();
    let each = kinds(asked).flat_map(|kind| parties.iter().map(move |party| (kind, *party)));
    each.map(|(kind, holder_id)| {
        let share = held(on_record, kind, holder_id, when.as_of);
        Held { asset_id: asset, kind, holder_id, share }
    })
    .filter(|it| !it.share.is_zero())
    .collect()
}

/// From which side shareholdings are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The companies in which parties hold shares.
    Companies,
    /// The shareholders of companies.
    Shareholders,
}

/// All shareholdings that can be reached from some parties, round by round: all of a round in one question.
fn shareholdings(
    unit: &mut Read<'_>,
    side: Side,
    from: BTreeSet<Id<kind::Party>>,
    when: &When,
) -> Result<Vec<Shareholding>, HoldingsError> {
    let mut frontier: Vec<Id<kind::Party>> = from.iter().copied().collect();
    let mut seen = from;
    let mut found: Vec<Shareholding> = Vec::new();
    let limit = Bound::Shareholdings.limit().saturating_add(1);
    for _ in 0..=Bound::Depth.limit() {
        let more = store::shareholdings(unit, side, &frontier, when, limit.saturating_sub(found.len()))?;
        let next = more.iter().map(|it| match side {
            Side::Companies => it.company_id,
            Side::Shareholders => it.holder_id,
        });
        frontier = next.filter(|it| seen.insert(*it)).collect();
        found.extend(more);
        Bound::Shareholdings.hold(found.len())?;
        if frontier.is_empty() {
            return Ok(found);
        }
    }
    Err(TooMany(Bound::Depth).into())
}

/// Who stands behind an asset.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The asset.
    pub asset: Asset,
    /// About which moment.
    pub when: When,
    /// Its holders, and all who stand behind them.
    pub owners: Vec<Owner>,
    /// How far that explains its rights.
    pub explained: Vec<Explained>,
    /// Companies that hold each other in a ring, among those that stand behind it.
    pub cycles: Vec<Vec<Id<kind::Party>>>,
    /// The shareholdings that lead to them.
    pub shareholdings: Vec<Shareholding>,
    /// The parties, wherever they belong: of what lies outside `scope`, people must not be named.
    pub parties: BTreeMap<Id<kind::Party>, Party>,
    /// What the caller may see.
    pub scope: Scope,
    graph: Graph,
}

impl Behind {
    /// What of a party nobody is recorded to hold.
    pub fn unheld(&self, party: Id<kind::Party>) -> Total {
        self.graph.unheld(party)
    }
}

/// Who stands behind the holders of the rights in an asset of the caller's region.
pub fn behind(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    asked: &Asked,
) -> Result<Behind, HoldingsError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let when = When::of(unit, asked)?;
    let asset = assets::find(unit, caller, asset, when.known)?;
    let on_record = rights::on_day(unit, &[asset.id], when.as_of, when.known)?.remove(&asset.id);
    let on_record = on_record.unwrap_or_default();
    let held = held_in(asset.id, &on_record, &when, asked);
    let holders = held.iter().map(|it| it.holder_id).collect();
    let shareholdings = shareholdings(unit, Side::Shareholders, holders, &when)?;
    let graph = Graph::of(&shareholdings);
    let owners = model::behind(&graph, &held)?;
    let all: BTreeSet<Id<kind::Party>> = owners.iter().map(|it| it.party_id).collect();
    let parties = parties::described(unit, &all.into_iter().collect::<Vec<_>>(), when.known)?;
    let is_owned = |party| parties.get(&party).is_some_and(|it: &Party| it.kind.is_owned());
    Ok(Behind {
        explained: model::explained(&owners, is_owned),
        cycles: graph.cycles()?,
        asset,
        when,
        owners,
        shareholdings,
        parties,
        scope,
        graph,
    })
}

/// Who holds one of the rights in an asset.
#[derive(Debug, Clone)]
pub struct RightHolders {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who holds it; nobody before first registration.
    pub holders: Vec<Holding>,
}

/// Who holds the rights in many assets.
#[derive(Debug, Clone)]
pub struct ManyHolders {
    /// About which moment.
    pub when: When,
    /// The holders of each right, in the order in which the assets were asked about.
    pub items: Vec<RightHolders>,
    /// What is no asset of the caller's region.
    pub not_found: Vec<Id<kind::Asset>>,
}

/// Who holds the rights in many assets. One that is named twice is answered once.
pub fn holders_of(
    unit: &mut Read<'_>,
    caller: &Caller,
    ids: &[Id<kind::Asset>],
    asked: &Asked,
) -> Result<ManyHolders, HoldingsError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let when = When::of(unit, asked)?;
    let mut named = BTreeSet::new();
    let ids: Vec<Id<kind::Asset>> = ids.iter().copied().filter(|it| named.insert(*it)).collect();
    let existing = assets::existing(unit, &scope, &ids, when.known)?;
    let (found, not_found): (Vec<_>, Vec<_>) = ids.into_iter().partition(|it| existing.contains(it));
    Ok(ManyHolders { items: holders_in_each(unit, &found, &when, asked)?, when, not_found })
}

/// The holders of each right in some assets, in their order.
fn holders_in_each(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    when: &When,
    asked: &Asked,
) -> Result<Vec<RightHolders>, HoldingsError> {
    let mut by_asset = rights::on_day(unit, assets, when.as_of, when.known)?;
    let mut items = Vec::new();
    for asset in assets {
        let on_record = by_asset.remove(asset).unwrap_or_default();
        for kind in kinds(asked) {
            items.push(RightHolders {
                asset_id: *asset,
                kind,
                holders: holders(&on_record, kind, when.as_of)?,
            });
        }
    }
    Ok(items)
}

/// A piece of the answer for a whole region.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The holders of each right in the next assets.
    Holders(Vec<RightHolders>),
    /// That was all.
    End {
        /// About which moment.
        when: When,
        /// How many assets there were.
        assets: usize,
    },
}

/// How many assets make a piece.
const PIECE: i64 = 400;

/// Who holds the rights in the assets of a region and everything under it, told piece by piece: by region, then in the
/// order of recording. The last piece says that there are no more.
pub fn holders_in<E: From<HoldingsError>>(
    unit: &mut Read<'_>,
    caller: &Caller,
    region: RegionCode,
    asked: &Asked,
    tell: &mut dyn FnMut(Piece) -> Result<(), E>,
) -> Result<(), E> {
    let scope = caller.permit(Permission::AssetsRead).map_err(HoldingsError::from)?;
    let scope = regions::confined(&scope, Some(region)).map_err(HoldingsError::from)?;
    let when = When::of(unit, asked).map_err(HoldingsError::from)?;
    let (mut after, mut assets) = (None, 0);
    loop {
        let places = assets::next_places(unit, &scope, after, when.known, PIECE);
        let places = places.map_err(HoldingsError::from)?;
        after = places.last().copied();
        if after.is_none() {
            return tell(Piece::End { when, assets });
        }
        let ids: Vec<Id<kind::Asset>> = places.into_iter().map(|(_, id)| id).collect();
        assets += ids.len();
        tell(Piece::Holders(holders_in_each(unit, &ids, &when, asked)?))?;
    }
}

impl From<AssetError> for HoldingsError {
    fn from(error: AssetError) -> Self {
        match error {
            AssetError::Denied(denied) => Self::Denied(denied),
            AssetError::Storage(error) => Self::Storage(error),
            AssetError::Because(AssetRefused::NotFound | AssetRefused::Outdated) | AssetError::Invalid(_) => {
                HoldingsRefused::NotFound.into()
            }
        }
    }
}

impl From<PartyError> for HoldingsError {
    fn from(error: PartyError) -> Self {
        match error {
            PartyError::Denied(denied) => Self::Denied(denied),
            PartyError::Storage(error) => Self::Storage(error),
            PartyError::Because(
                PartyRefused::NotFound
                | PartyRefused::AlreadyRecorded
                | PartyRefused::Outdated
                | PartyRefused::Erased
                | PartyRefused::AlreadyRelated
                | PartyRefused::TooManyShares(_)
                | PartyRefused::Unsealed,
            )
            | PartyError::Invalid(_) => HoldingsRefused::NotFound.into(),
        }
    }
}
