//! Thousands of sequences of acts, by the commands that cases execute: many assets at once, an act of each in a round.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use num_traits::One as _;
use sanquan::{
    identity::{self, Caller},
    journal::Known,
    register::{
        assets::{
            self, Details, NewAsset,
            book_value::{Pieces, WriteOff},
        },
        codes::{AssetClass, RestrictionKind, RightKind},
        holdings::{self, Asked, HoldingsError, ManyHolders},
        restrictions::{self, NewRestriction, RestrictionError},
        rights::{
            self, Allocation, AssetMove, Instrument, InstrumentKind, RecordError, RecordRefused, Right,
            RightsError, endings::Ending, model as real,
        },
    },
    storage::{Storage, StorageError, Write},
    values::{Fen, Id, Period, Seen, Share, id::kind},
};

use super::{
    drawn,
    model::{Act, DAYS, Day, Family, Fraction, Kind, Party, Refused, Shares, Way, fraction, listed},
    noted,
    wishes::{Means, Wishes},
};
use crate::town::{EAST, Town, WEST};

/// How many acts each asset lives through.
const ROUNDS: usize = 9;
/// How many acts are done in a unit of work.
const TOGETHER: usize = 250;

/// The first date on which a day of the model's calendar has come.
pub(super) fn date(day: Day) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + Days::new(182 * u64::try_from(day).unwrap())
}

fn period(on: Day, until: Option<Day>) -> Period {
    Period::new(date(on), until.map(date)).unwrap()
}

const fn right_kind(kind: Kind) -> RightKind {
    match kind {
        Kind::Ownership => RightKind::Ownership,
        Kind::Management => RightKind::Management,
        Kind::Income => RightKind::Income,
    }
}

fn exact(share: &Share) -> Fraction {
    fraction(share.num(), share.den())
}

fn share(it: &Fraction) -> Share {
    it.to_string().parse().unwrap()
}

/// The parties, in the order of their identifiers, and who acts.
struct Cast {
    parties: Vec<Id<kind::Party>>,
    officer: Caller,
}

/// An act on assets of the registry.
struct Errand {
    act: Act,
    assets: Vec<Id<kind::Asset>>,
    /// Whether the model has to be told how shares lie afterwards.
    tells: bool,
}

/// What came of an errand.
struct Done {
    made: Vec<Id<kind::Asset>>,
    rights: Vec<Right>,
}

impl Cast {
    fn place(&self, party: Id<kind::Party>) -> Party {
        self.parties.binary_search(&party).unwrap()
    }

    fn allocations(&self, given: &[Vec<(Party, Fraction)>; 3]) -> Vec<Allocation> {
        let of_kind = |(kind, given): (Kind, &Vec<(Party, Fraction)>)| -> Vec<Allocation> {
            let kind = right_kind(kind);
            given
                .iter()
                .map(|(party, it)| Allocation {
                    kind,
                    holder_id: self.parties[*party],
                    share: share(it),
                    term: None,
                })
                .collect()
        };
        Kind::ALL.into_iter().zip(given).flat_map(of_kind).collect()
    }

    fn does(&self, unit: &mut Write<'_>, errand: &Errand) -> Result<Vec<Id<kind::Asset>>, RecordError> {
        let (ids, officer, actor) = (&errand.assets, &self.officer, self.officer.actor());
        let region = EAST.parse().unwrap();
        let case_id = Id::new(unit.now());
        let instrument =
            |kind, on| Instrument { kind, case_id, effective_on: date(on), region, documents: &[] };
        match &errand.act {
            Act::Register { asset, on, given } => {
                let act = instrument(InstrumentKind::FirstRegistration, *on);
                rights::register(unit, &actor, &act, ids[*asset], &self.allocations(given))?;
            }
            Act::Move { asset, it } => {
                let moved = real::Move {
                    kind: right_kind(it.kind),
                    from_id: self.parties[it.from],
                    to_id: self.parties[it.to],
                    share: share(&it.share),
                    period: period(it.on, it.until),
                };
                let moves = [AssetMove { asset_id: ids[*asset], act: moved, consideration: None }];
                rights::move_shares(unit, &actor, &instrument(InstrumentKind::Transfer, it.on), &moves)?;
            }
            Act::End { asset, kind, holder, share: part, on } => {
                let holder_id = self.parties[*holder];
                let part = part.as_ref().map(share);
                let ending =
                    Ending { kind: right_kind(*kind), holder_id, share: part, on: date(*on), only: None };
                let act = instrument(InstrumentKind::Termination, *on);
                rights::end_grant(unit, &actor, &act, ids[*asset], &ending)?;
            }
            Act::Correct { asset, kind, holders, on, until } => {
                let standing = rights::standing(unit, &[ids[*asset]])?;
                let standing: Vec<Right> = standing.into_iter().map(|(_, it)| it).collect();
                let holders: Vec<_> =
                    holders.iter().map(|(party, it)| (self.parties[*party], share(it))).collect();
                let restated = real::restated(&standing, right_kind(*kind), &holders, &period(*on, *until))?;
                let moved = |act| AssetMove { asset_id: ids[*asset], act, consideration: None };
                let moves: Vec<AssetMove> = restated.into_iter().map(moved).collect();
                if !moves.is_empty() {
                    let act = instrument(InstrumentKind::Correction, *on);
                    rights::move_shares(unit, &actor, &act, &moves)?;
                }
            }
            Act::Divide { asset, on } => {
                let whole = ids[*asset];
                let mut parts = Vec::new();
                for _ in 0..2 {
                    parts.push(assets::derive(unit, &actor, &shed(), Some(whole), date(*on))?.id);
                }
                rights::divide(unit, &actor, &instrument(InstrumentKind::Division, *on), whole, &parts)?;
                let lying = restrictions::open_from(unit, &[whole], date(*on))?;
                restrictions::carry(unit, &actor, &lying, &[], &parts, (date(*on), region))?;
                return Ok(parts);
            }
            Act::Merge { assets: merged, on } => {
                let [one, other] = merged.map(|it| ids[it]);
                let act = instrument(InstrumentKind::Merger, *on);
                // Of a merger that is refused this is left: an asset without rights, which nobody asks about.
                let whole = assets::derive(unit, &actor, &shed(), None, date(*on))?.id;
                rights::merge(unit, &actor, &act, &[one, other], whole)?;
                let carried = restrictions::open_from(unit, &[one], date(*on))?;
                let same = restrictions::open_from(unit, &[other], date(*on))?;
                restrictions::carry(unit, &actor, &carried, &same, &[whole], (date(*on), region))?;
                return Ok(vec![whole]);
            }
            Act::Dispose { asset, on } => {
                let act = instrument(InstrumentKind::Disposal, *on);
                rights::end_asset(unit, &actor, &act, ids[*asset], &[])?;
            }
            Act::Restore { asset, on } => {
                let act = instrument(InstrumentKind::Restoration, *on);
                rights::restore(unit, &actor, &act, ids[*asset])?;
            }
            Act::Impose { asset, holder, on, until } => {
                let asked = NewRestriction {
                    asset_id: ids[*asset],
                    kind: RestrictionKind::Mortgage,
                    holder_id: self.parties[*holder],
                    amount: None,
                    period: period(*on, *until),
                    document_id: None,
                    secures_debt_of: None,
                    registered: None,
                    findings: None,
                    named: Vec::new(),
                };
                restrictions::impose(unit, officer, &asked).map_err(storage_of)?;
            }
            Act::Release { asset, holder, on } => {
                let holder = self.parties[*holder];
                let known = restrictions::of_asset(unit, officer, ids[*asset], None, Known::Now);
                let mut known = known.map_err(storage_of)?.into_iter();
                let it = known.find(|it| it.holder_id == holder && it.released_on.is_none()).unwrap();
                let seen = Seen::one_of(vec![it.version]);
                if date(*on) < it.period.from() {
                    let refused = restrictions::release(unit, officer, it.id, &seen, (Some(date(*on)), None));
                    assert!(matches!(refused, Err(RestrictionError::Invalid(_))));
                    return Err(RecordRefused::NotFound.into());
                }
                restrictions::release(unit, officer, it.id, &seen, (Some(date(*on)), None))
                    .map_err(storage_of)?;
            }
        }
        Ok(vec![])
    }

    /// How the registry says that shares of a right lie in an asset on a day.
    fn told(&self, rights: &[Right], kind: Kind, day: Day) -> Shares {
        let mut shares = Shares::new();
        let on_day = |it: &&Right| it.kind == right_kind(kind) && it.period.contains(date(day));
        for it in rights.iter().filter(on_day) {
            let hands = it.through.iter().chain([&it.holder_id]).map(|it| self.place(*it)).collect();
            let way = Way { grantor: it.grantor_id.map(|it| self.place(it)), hands };
            *shares.entry(way).or_insert_with(|| fraction(0, 1)) += exact(&it.share);
        }
        shares
    }
}

fn storage_of(error: RestrictionError) -> RecordError {
    match error {
        RestrictionError::Storage(error) => error.into(),
        other => panic!("{other}"),
    }
}

fn shed() -> NewAsset {
    NewAsset {
        name: "日光温室大棚".parse().unwrap(),
        class: AssetClass::Operating,
        category: "greenhouse".parse().unwrap(),
        region_code: EAST.parse().unwrap(),
        project_id: None,
        quantity: "1".parse().unwrap(),
        unit: "处".parse().unwrap(),
        write_off: WriteOff {
            original_value: Fen::new(12_000_000).unwrap(),
            pieces: Pieces::default(),
            acquired_on: NaiveDate::from_ymd_opt(2021, 7, 1).unwrap(),
            service_life_months: 240.try_into().unwrap(),
            residual_rate_bp: 500.try_into().unwrap(),
        },
        details: Details::default(),
    }
}

/// Why the registry refused, in the words of the model.
fn refused(error: &RecordError) -> Refused {
    let RecordError::Because(reason) = error else { panic!("{error}") };
    match reason {
        RecordRefused::Rights(it) => match it {
            RightsError::Insufficient { .. } | RightsError::Unowned { .. } => Refused::Lacking,
            RightsError::NoGrant { .. } => Refused::NothingGranted,
            RightsError::NotWhole { .. } => Refused::NotWhole,
            RightsError::Exceeded { .. } => Refused::Exceeded,
            RightsError::TooFine => Refused::TooFine,
        },
        RecordRefused::AlreadyRegistered => Refused::Registered,
        RecordRefused::Differ(_) => Refused::Differ,
        RecordRefused::NotDisposed => Refused::NotDisposed,
        RecordRefused::NotFound => Refused::Backwards,
        // Everybody is there for as long as they may hold something.
        RecordRefused::SucceededByNobody(_) => panic!("{error}"),
    }
}

/// An asset and all that became of it, in the model and in the registry.
struct Living {
    family: Family,
    ids: Vec<Id<kind::Asset>>,
    wishes: Wishes,
    acts: Vec<Act>,
}

/// How things were, and when that was known.
struct Noted {
    known_at: DateTime<Utc>,
    families: Vec<Family>,
}

pub async fn many_assets_live_through_what_the_model_does(town: Town) {
    let (sequences, seed) = drawn(300);
    println!("{}: drawn from {seed}", town.engine);
    let storage = &town.registry.storage;
    let cast = Arc::new(cast(&town).await);
    let means = Means {
        parties: cast.parties.len(),
        owners: cast.parties.len(),
        today: DAYS - 2,
        unusual_grants: true,
    };
    let mut all = living(storage, &cast, sequences, seed).await;
    let (mut history, mut done, mut refused) = (Vec::new(), 0, 0);

    for _ in 0..ROUNDS {
        for some in all.chunks_mut(TOGETHER) {
            let (did, did_not) = round(storage, &cast, &means, some).await;
            done += did;
            refused += did_not;
        }
        let families = all.iter().map(|it| it.family.clone()).collect();
        history.push(Noted { known_at: noted(&town).await, families });
    }

    println!("{}: {done} acts of {sequences} assets, {refused} refused", town.engine);
    assert!(done > 3 * sequences && refused > sequences, "{done} acts, {refused} refused");
    check(&town, &cast, &all, &history).await;
}

async fn caller(town: &Town, name: &'static str) -> Caller {
    let storage = &town.registry.storage;
    let user = storage.read::<_, StorageError, _>(move |unit| identity::by_name(unit, name)).await.unwrap();
    user.unwrap().as_caller(None)
}

async fn cast(town: &Town) -> Cast {
    let mut parties = Vec::new();
    for (number, region) in (1..).zip([EAST, WEST, EAST, WEST, EAST]) {
        let party = town.party("village_collective", &format!("第{number}村股份经济合作社"), region).await;
        parties.push(party.parse().unwrap());
    }
    parties.sort();
    Cast { parties, officer: caller(town, "township_officer").await }
}

async fn living(storage: &Storage, cast: &Arc<Cast>, sequences: usize, seed: u128) -> Vec<Living> {
    let officer = cast.officer.clone();
    let recorded = storage.write::<_, assets::AssetError, _>(move |unit| {
        (0..sequences).map(|_| Ok(assets::record(unit, &officer, &shed())?.id)).collect::<Result<Vec<_>, _>>()
    });
    let recorded = recorded.await.unwrap().into_iter().zip(0..);
    let begins = |(id, number)| Living {
        family: Family::new(),
        ids: vec![id],
        wishes: Wishes::of((seed << 32) | number),
        acts: vec![],
    };
    recorded.map(begins).collect()
}

/// An act of each; how many were done, and how many refused.
async fn round(storage: &Storage, cast: &Arc<Cast>, means: &Means, some: &mut [Living]) -> (usize, usize) {
    let mut errands = Vec::new();
    for (index, it) in some.iter_mut().enumerate() {
        let Some(act) = it.wishes.next(&it.family, means) else { continue };
        let tells = it.family.leaves_a_choice(&act);
        // From whose share a party with several gives, and to whom, is not told of each move of a correction.
        if !(tells && matches!(act, Act::Correct { .. })) {
            errands.push((index, Errand { act, assets: it.ids.clone(), tells }));
        }
    }
    let errands = Arc::new(errands);
    let (asked, by) = (Arc::clone(&errands), Arc::clone(cast));
    let outcomes = storage.write::<_, StorageError, _>(move |unit| {
        unit.runs_several_commands();
        asked.iter().map(|(_, errand)| outcome(unit, &by, errand)).collect::<Result<Vec<_>, _>>()
    });
    let mut done = 0;
    for ((index, errand), outcome) in errands.iter().zip(outcomes.await.unwrap()) {
        let living = &mut some[*index];
        living.acts.push(errand.act.clone());
        done += usize::from(outcome.is_ok());
        living.holds_against(cast, errand, outcome);
    }
    (done, errands.len() - done)
}

fn outcome(
    unit: &mut Write<'_>,
    cast: &Cast,
    errand: &Errand,
) -> Result<Result<Done, Refused>, StorageError> {
    let made = match cast.does(unit, errand) {
        Ok(made) => made,
        Err(RecordError::Storage(error)) => return Err(error),
        Err(error) => return Ok(Err(refused(&error))),
    };
    let rights = match &errand.act {
        Act::Move { asset, .. } if errand.tells => rights::standing(unit, &[errand.assets[*asset]])?,
        _ => vec![],
    };
    Ok(Ok(Done { made, rights: rights.into_iter().map(|(_, it)| it).collect() }))
}

impl Living {
    /// The model does, or refuses, what the registry did, or refused.
    fn holds_against(&mut self, cast: &Cast, errand: &Errand, outcome: Result<Done, Refused>) {
        let rights = outcome.as_ref().map_or(&[][..], |it| &it.rights);
        let says = |kind, day| cast.told(rights, kind, day);
        let after = self.family.after(&errand.act, if rights.is_empty() { None } else { Some(&says) });
        match (outcome, after) {
            (Ok(done), Ok(after)) => {
                self.family = after;
                self.ids.extend(done.made);
            }
            (Err(Refused::TooFine), Ok(after)) => assert!(after.is_fine(), "{}", listed(&self.acts)),
            // That an asset was found already is, at this depth, one reason among others not to find it again.
            (Err(_), Err(Refused::NotDisposed)) => {}
            (Err(refused), Err(why)) => assert_eq!(refused, why, "{}", listed(&self.acts)),
            (Err(refused), Ok(_)) => panic!("the registry refused ({refused:?}): {}", listed(&self.acts)),
            (Ok(_), Err(why)) => panic!("the registry should have refused ({why:?}): {}", listed(&self.acts)),
        }
    }
}

/// What the registry says of every day, as known at each time, is what the model said at that time.
async fn check(town: &Town, cast: &Cast, all: &[Living], history: &[Noted]) {
    let auditor = caller(town, "auditor").await;
    for (round, noted) in history.iter().enumerate() {
        let is_last = round + 1 == history.len();
        // Of what was known earlier, other days each time; of what is known last, every day.
        for day in (0..DAYS).filter(|day| is_last || (day + round) % 6 == 0) {
            // The first of the days for which it stands, or the last.
            let on = if (day + round) % 4 < 2 { date(day) } else { date(day + 1) - Days::new(1) };
            let ids: Vec<_> = all
                .iter()
                .zip(&noted.families)
                .flat_map(|(it, family)| it.ids[..family.assets.len()].iter().copied())
                .collect();
            let said = holders(&town.registry.storage, &auditor, ids.clone(), on, noted.known_at).await;
            same(cast, all, noted, day, &said);
            let lying = mortgages(&town.registry.storage, ids, on, noted.known_at).await;
            as_mortgaged(cast, all, noted, day, lying);
        }
        let before = date(0) - Days::new(1);
        let ids = all.iter().map(|it| it.ids[0]).collect();
        let said = holders(&town.registry.storage, &auditor, ids, before, noted.known_at).await;
        assert!(said.items.iter().all(|it| it.holders.is_empty()));
    }
}

async fn holders(
    storage: &Storage,
    auditor: &Caller,
    ids: Vec<Id<kind::Asset>>,
    on: NaiveDate,
    known_at: DateTime<Utc>,
) -> ManyHolders {
    let asked = Asked { as_of: Some(on), known_at: Some(known_at), kind: None };
    let auditor = auditor.clone();
    let asking = storage
        .snapshot::<_, HoldingsError, _>(move |unit| holdings::holders_of(unit, &auditor, &ids, &asked));
    asking.await.unwrap()
}

/// Who has mortgages on which assets.
async fn mortgages(
    storage: &Storage,
    ids: Vec<Id<kind::Asset>>,
    on: NaiveDate,
    known_at: DateTime<Utc>,
) -> BTreeMap<Id<kind::Asset>, Vec<Id<kind::Party>>> {
    let asking = storage.snapshot::<_, StorageError, _>(move |unit| {
        let known = Known::at(unit, Some(known_at))?;
        restrictions::active(unit, &ids, on, known)
    });
    let mut lying: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for it in asking.await.unwrap() {
        lying.entry(it.asset_id).or_default().push(it.holder_id);
    }
    lying
}

fn as_mortgaged(
    cast: &Cast,
    all: &[Living],
    noted: &Noted,
    day: Day,
    mut lying: BTreeMap<Id<kind::Asset>, Vec<Id<kind::Party>>>,
) {
    for (living, family) in all.iter().zip(&noted.families) {
        for (asset, id) in family.assets.iter().zip(&living.ids) {
            let holders = lying.remove(id).unwrap_or_default();
            let mut holders: Vec<Party> = holders.into_iter().map(|it| cast.place(it)).collect();
            holders.sort_unstable();
            assert_eq!(holders, asset.mortgaged_to(day), "on day {day}: {}", listed(&living.acts));
        }
    }
    assert!(lying.is_empty());
}

fn same(cast: &Cast, all: &[Living], noted: &Noted, day: Day, said: &ManyHolders) {
    assert!(said.not_found.is_empty());
    let mut items = said.items.iter();
    for (living, family) in all.iter().zip(&noted.families) {
        for (asset, id) in family.assets.iter().zip(&living.ids) {
            for kind in Kind::ALL {
                let it = items.next().unwrap();
                assert_eq!((it.asset_id, it.kind), (*id, right_kind(kind)));
                let mut held: BTreeMap<(Party, bool), Fraction> = BTreeMap::new();
                for it in &it.holders {
                    let place = (cast.place(it.holder_id), it.residual);
                    *held.entry(place).or_insert_with(|| fraction(0, 1)) += exact(&it.share);
                }
                let all_together = held.values().fold(fraction(0, 1), |sum, it| sum + it);
                let is_whole = asset.on(day).is_owned() == all_together.is_one();
                assert!(is_whole, "{kind:?} on day {day}: {all_together} {}", listed(&living.acts));
                let wanted = asset.on(day).holders(kind);
                assert_eq!(held, wanted, "{kind:?} on day {day}: {}", listed(&living.acts));
            }
        }
    }
    assert!(items.next().is_none());
}
