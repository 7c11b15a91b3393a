//! What becomes of a contract when the lease behind it ends before its term, and when what it lets ends, is divided, is
//! merged, or is found again. Acts on the rights bring it about; nobody ends a contract by itself.
//!
//! A contract is about what its lessee was let. It runs on every day of its term on which any of that is left: an asset that is
//! there, and whose management the lessee holds by the grant behind the contract, itself or through those it let it on to; or that
//! it holds by a lease from before the register. Which grant that is, the record of rights tells for good: what ended on its first
//! day stands in it no longer, and was in it. No sublease outlasts the lease that it hangs on (民法典 arts. 716-718): what was let
//! on ends with what it was let on from, on record or not.
//!
//! So an act is looked at by the days: from those on which a contract let something before and lets nothing any more it does not
//! run, and on those on which it lets something again it does, in whatever order acts are recorded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use num_rational::BigRational;
use num_traits::Zero as _;
use range_set_blaze::RangeSetBlaze;
use serde_json::{Map, Value, json};

use super::{Ending, arrears, settled};
use crate::{
    journal::{self, Action, Actor, Record},
    money::contracts::{ContractError, Recorded, store},
    register::{
        codes::RightKind,
        parties::Heirs,
        rights::{self, Granted, Right, model::hands},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, Period, id::kind},
};

const ENDED: Action = Action::named("contract_ended");
const RESUMED: Action = Action::named("contract_resumed");
const CARRIED: Action = Action::named("contract_carried_over");

/// The rights in an asset as an act would leave them; none where the asset would be gone.
pub type Left = (Id<kind::Asset>, Option<Vec<Right>>);

/// Days, by their numbers.
type Days = RangeSetBlaze<i32>;

/// The number after that of any day of the calendar.
const FOR_EVER: i32 = i32::MAX - 1;

fn days_of(period: &Period) -> Days {
    let last = period.to().map_or(FOR_EVER, |it| it.num_days_from_ce() - 1);
    Days::from_iter([period.from().num_days_from_ce()..=last])
}

fn days_from(day: NaiveDate) -> Days {
    days_of(&Period::since(day))
}

fn days_between(on: NaiveDate, until: Option<NaiveDate>) -> Days {
    Period::new(on, until).map_or_else(|_| Days::new(), |it| days_of(&it))
}

/// Days in a row: the first of them, and the first that is none of them.
fn in_a_row(days: &Days) -> impl Iterator<Item = (NaiveDate, Option<NaiveDate>)> {
    let day = NaiveDate::from_num_days_from_ce_opt;
    days.ranges().filter_map(move |it| {
        let (first, last) = it.into_inner();
        Some((day(first)?, if last == FOR_EVER { None } else { day(last + 1) }))
    })
}

/// Rent that falls due on days on which the contract would no longer run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The contract.
    pub contract_id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who would owe it.
    pub lessee_id: Id<kind::Party>,
    /// How much of it fell due by each day on which some does.
    due_by: Vec<(NaiveDate, Fen)>,
}

impl GivenUp {
    /// How much of it fell due before a day.
    pub fn before(&self, day: NaiveDate) -> Fen {
        self.due_by.iter().rfind(|(due_on, _)| *due_on < day).map_or(Fen::ZERO, |(_, amount)| *amount)
    }

    /// How much of it falls due on a day or later.
    pub fn from(&self, day: NaiveDate) -> Fen {
        let all = self.due_by.last().map_or(Fen::ZERO, |(_, amount)| *amount);
        all.checked_sub(self.before(day)).unwrap_or(Fen::ZERO)
    }
}

/// A lease that ends before its term, with what of its rent would have fallen due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedBefore {
    /// The contract.
    pub contract_id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// The term that was agreed.
    pub term: Period,
    /// The day from which it would run no more.
    pub on: NaiveDate,
    /// The rent of the whole term.
    pub rent: Fen,
    /// What of it would have fallen due.
    pub fell_due: Fen,
    /// The greatest payment of that.
    pub greatest: Fen,
}

/// A contract that an act ends, or lets run again.
#[derive(Debug)]
pub struct Affected {
    /// The contract as it is on record.
    pub contract: Recorded,
    /// Whether an owner lets by it: whoever owns the asset on the day then does.
    pub let_by_owner: bool,
    /// The days of its term on which it would not run.
    idle: Days,
    /// Whether there are more of them.
    ends: bool,
}

/// The contracts that an act ends, or lets run again.
#[derive(Debug, Default)]
pub struct Effects {
    affected: Vec<Affected>,
    given_up: Vec<GivenUp>,
}

impl Effects {
    /// What becomes of the contracts about some assets where an act leaves these rights in them from a day on.
    pub fn of(unit: &mut Read<'_>, left: &[Left], on: NaiveDate) -> Result<Self, StorageError> {
        let Some(lettings) = Lettings::about(unit, left, on)? else { return Ok(Self::default()) };
        let known = lettings.rights(unit)?;
        let after = left_by(&known, left, on);
        let recorded: Idle = lettings.agreed.iter().map(|it| (it.id, idle(it))).collect();
        let mut then = recorded.clone();
        // What hangs on another contract runs as that one does; no more rounds than they hang on one another.
        for _ in &lettings.agreed {
            let next = lettings
                .agreed
                .iter()
                .map(|it| (it.id, lettings.idle_then(it, (&known, &recorded), (&after, &then))));
            let next: Idle = next.collect();
            if next == then {
                break;
            }
            then = next;
        }
        let mut affected = Vec::new();
        for it in &lettings.agreed {
            let (Some(before), Some(then)) = (recorded.get(&it.id), then.remove(&it.id)) else { continue };
            if then != *before {
                let ends = !(&then - before).is_empty();
                let let_by_owner = lettings.is_let_by_owner(it, &known);
                affected.push(Affected { contract: it.clone(), let_by_owner, idle: then, ends });
            }
        }
        let given_up = given_up(&affected);
        Ok(Self { affected, given_up })
    }

    /// The contracts that run on fewer days by it.
    pub fn ending(&self) -> impl Iterator<Item = &Affected> {
        self.affected.iter().filter(|it| it.ends)
    }

    /// The contracts that run on more days by it.
    pub fn resuming(&self) -> impl Iterator<Item = &Affected> {
        self.affected.iter().filter(|it| !it.ends)
    }

    /// The leases with an end that it ends before that, for good.
    pub fn ended_early(&self) -> Vec<EndedBefore> {
        self.ending().filter_map(Affected::ended_early).collect()
    }

    /// The rent that would be owed no longer, by contract: what fell due, and what will have until the act is executed.
    pub fn given_up(&self) -> &[GivenUp] {
        &self.given_up
    }

    /// Puts on record from when on the contracts no longer run, and from when on they do again.
    pub fn record(&self, unit: &mut Write<'_>, actor: &Actor) -> Result<(), ContractError> {
        let today = unit.today();
        for it in &self.affected {
            let given_up = self.given_up.iter().find(|of| of.contract_id == it.contract.id);
            it.record(unit, actor, given_up.map(|it| it.before(today)).filter(|it| !it.is_zero()))?;
        }
        Ok(())
    }
}

impl Affected {
    /// From when on it would run no more, and what would have fallen due; none where it runs to its end, or has none.
    fn ended_early(&self) -> Option<EndedBefore> {
        let agreed = &self.contract.agreed;
        let term = agreed.term;
        term.to()?;
        let (on, _) = in_a_row(&self.idle).last()?;
        if runs_again(&term, &self.idle, on).is_some() || on <= term.from() {
            return None;
        }
        let ending = |(on, _)| Ending { on, resumed_on: runs_again(&term, &self.idle, on) };
        let then: Vec<_> = in_a_row(&self.idle).map(ending).collect();
        let owed: Vec<Fen> = settled(&agreed.dues, &then, Fen::ZERO)
            .0
            .iter()
            .filter(|it| !it.lapsed)
            .map(|it| it.amount)
            .collect();
        Some(EndedBefore {
            contract_id: self.contract.id,
            lessor_id: agreed.lessor_id,
            lessee_id: agreed.lessee_id,
            term,
            on,
            rent: Fen::sum(agreed.dues.iter().map(|(_, amount)| *amount))?,
            fell_due: Fen::sum(owed.iter().copied())?,
            greatest: owed.into_iter().max().unwrap_or(Fen::ZERO),
        })
    }

    fn record(
        &self,
        unit: &mut Write<'_>,
        actor: &Actor,
        mut given_up: Option<Fen>,
    ) -> Result<(), ContractError> {
        let mut it = self.contract.clone();
        let term = days_of(&it.agreed.term);
        let mut said = Days::new();
        for ending in it.endings.clone() {
            let days = &days_between(ending.on, ending.resumed_on) & &term;
            let Some((resumed_on, _)) = in_a_row(&(&days - &self.idle)).next() else {
                said |= days;
                continue;
            };
            it.version = it.version.saturating_add(1);
            let entry = journal_change(unit, actor, RESUMED, &it, (json!({"resumed_on": resumed_on}), None))?;
            if ending.resumed_on.is_none() {
                said |= &days_between(ending.on, Some(resumed_on)) & &term;
                store::resume(unit, &it, ending.on, resumed_on, entry)?;
            } else {
                // What of it stands is said anew.
                store::supersede(unit, &it, ending, entry)?;
            }
        }
        let more = &self.idle - &said;
        for (on, _) in in_a_row(&more) {
            let resumed_on = runs_again(&it.agreed.term, &self.idle, on);
            it.version = it.version.saturating_add(1);
            let mut told = json!({"ended_on": on});
            if let (Value::Object(told), Some(resumed_on)) = (&mut told, resumed_on) {
                told.insert("resumed_on".to_owned(), json!(resumed_on));
            }
            let entry = journal_change(unit, actor, ENDED, &it, (told, given_up.take()))?;
            let ending = Ending { on, resumed_on };
            store::end(unit, &it, ending, entry)?;
            it.endings.push(ending);
        }
        Ok(())
    }
}

/// The next day of its term on which a contract runs, after one on which it does not; none where it has ended. Whatever says so of
/// the days between may be undone.
fn runs_again(term: &Period, idle: &Days, on: NaiveDate) -> Option<NaiveDate> {
    let runs = &(&days_of(term) & &days_from(on)) - idle;
    in_a_row(&runs).next().map(|(day, _)| day)
}

/// The days of its term on which a contract does not run, by what is on record.
fn idle(it: &Recorded) -> Days {
    let endings = it.endings.iter().map(|of| days_between(of.on, of.resumed_on));
    &endings.fold(Days::new(), |all, some| all | some) & &days_of(&it.agreed.term)
}

/// The rights in some assets once an act leaves these in some of them.
fn left_by(before: &OfAssets, left: &[Left], on: NaiveDate) -> OfAssets {
    let mut after = before.clone();
    for (asset, rights) in left {
        let rights = rights.clone().unwrap_or_else(|| {
            // Nothing is left of what is gone.
            let until = |it: &Right| {
                let period = match it.period.ends_after(on) {
                    true => Period::new(it.period.from(), Some(on)).ok()?,
                    false => it.period,
                };
                Some(Right { period, ..it.clone() })
            };
            before.get(asset).into_iter().flatten().filter_map(until).collect()
        });
        after.insert(*asset, rights);
    }
    after
}

/// The rent that is given up where some contracts run on fewer days: all that fell due on those, whether it came in or not. What came
/// in would be owed back.
fn given_up(affected: &[Affected]) -> Vec<GivenUp> {
    let given_up = |it: &Affected| {
        let contract = &it.contract;
        let ending = |(on, _)| Ending { on, resumed_on: runs_again(&contract.agreed.term, &it.idle, on) };
        let then: Vec<_> = in_a_row(&it.idle).map(ending).collect();
        let (as_is, as_ended) = (
            settled(&contract.agreed.dues, &contract.endings, Fen::ZERO).0,
            settled(&contract.agreed.dues, &then, Fen::ZERO).0,
        );
        let due_by = contract.agreed.dues.iter().map(|(due_on, _)| *due_on);
        let due_by: Vec<_> = due_by
            .filter_map(|by| Some((by, arrears(&as_is, by).checked_sub(arrears(&as_ended, by))?)))
            .filter(|(_, amount)| !amount.is_zero())
            .collect();
        let (lessor_id, lessee_id) = (contract.agreed.lessor_id, contract.agreed.lessee_id);
        (!due_by.is_empty()).then_some(GivenUp { contract_id: contract.id, lessor_id, lessee_id, due_by })
    };
    affected.iter().filter(|it| it.ends).filter_map(given_up).collect()
}

/// Locks every contract about some locked assets, before anything is written: an act on what is let may end them, and whoever
/// ends what else they let at the same moment must see that it did.
pub fn lock_about(unit: &mut Write<'_>, assets: &[Id<kind::Asset>]) -> Result<(), StorageError> {
    let ids = store::ids_about(unit, assets)?;
    lock(unit, &Locked::Contracts(&ids))
}

/// Whom the contracts about some assets bind that run on a day or later.
pub fn bound_by(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Id<kind::Party>>, StorageError> {
    let agreed = store::about(unit, assets, on)?;
    Ok(agreed.iter().flat_map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]).collect())
}

/// The contracts of which less would be let on any day on which they run, where an act leaves these rights from a day on.
pub fn diminished(
    unit: &mut Read<'_>,
    left: &[Left],
    on: NaiveDate,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    let Some(lettings) = Lettings::about(unit, left, on)? else { return Ok(Vec::new()) };
    let known = lettings.rights(unit)?;
    let is_less = |it: &Recorded| {
        let runs = &(&days_of(&it.agreed.term) & &days_from(on)) - &idle(it);
        left.iter().filter(|(asset, _)| it.agreed.asset_ids.contains(asset)).any(|(asset, rights)| {
            let before = known.get(asset).map_or(&[][..], Vec::as_slice);
            let after = rights.as_deref().unwrap_or_default();
            let ways = lettings.behind(it, *asset, before);
            let shares = |rights| {
                let of_it = |right: &&Right| lettings.lets(it, right, &ways);
                let rights: &[Right] = rights;
                rights.iter().filter(of_it).collect::<Vec<_>>()
            };
            let (before, after) = (shares(before), shares(after));
            let cuts =
                before.iter().chain(&after).flat_map(|right| [Some(right.period.from()), right.period.to()]);
            let days: BTreeSet<_> = cuts.flatten().chain([on.max(it.agreed.term.from())]).collect();
            let together = |rights: &[&Right], day: NaiveDate| {
                let of_day = rights.iter().filter(|right| right.period.contains(day));
                of_day.fold(BigRational::zero(), |sum, right| sum + right.share.to_ratio())
            };
            days.into_iter()
                .filter(|day| runs.contains(day.num_days_from_ce()))
                .any(|day| together(&after, day) < together(&before, day))
        })
    };
    Ok(lettings.agreed.iter().filter(|it| is_less(it)).map(|it| it.id).collect())
}

/// The days of their terms on which contracts do not run.
type Idle = BTreeMap<Id<kind::Contract>, Days>;

/// The rights in some assets, past ones included.
type OfAssets = BTreeMap<Id<kind::Asset>, Vec<Right>>;

/// All that tells on which days contracts about some assets let anything.
struct Lettings {
    /// The contracts whose term is not over, ended ones included.
    agreed: Vec<Recorded>,
    /// Everything that they let.
    assets: Vec<Id<kind::Asset>>,
    /// All grants of it that were ever on record.
    granted: Vec<Granted>,
    /// The cases by which they were given.
    cases: BTreeMap<Id<kind::Instrument>, Id<kind::Case>>,
    /// Who takes the place of whom.
    heirs: Heirs,
}

/// Through whose hands a right came, the owner who granted it first; none where all of them did.
type Way = (Option<Id<kind::Party>>, Vec<Id<kind::Party>>);

impl Lettings {
    /// What contracts about some assets let; none where there are none.
    fn about(unit: &mut Read<'_>, left: &[Left], on: NaiveDate) -> Result<Option<Self>, StorageError> {
        let changed: Vec<_> = left.iter().map(|(asset, _)| *asset).collect();
        let agreed = store::about(unit, &changed, on)?;
        Ok(if agreed.is_empty() { None } else { Some(Self::of(unit, agreed)?) })
    }

    fn of(unit: &mut Read<'_>, mut agreed: Vec<Recorded>) -> Result<Self, StorageError> {
        let assets: BTreeSet<_> = agreed.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()).collect();
        let assets: Vec<_> = assets.into_iter().collect();
        if let Some(first) = agreed.iter().map(|it| it.agreed.term.from()).min() {
            // Those that their lessors rent by, whatever else they let.
            let known: BTreeSet<_> = agreed.iter().map(|it| it.id).collect();
            let others = store::about(unit, &assets, first)?;
            agreed.extend(others.into_iter().filter(|it| !known.contains(&it.id)));
        }
        let granted = rights::granted(unit, &assets, RightKind::Management)?;
        let in_grants = granted.iter().flat_map(|it| it.right.grantor_id.into_iter().chain(hands(&it.right)));
        let bound = agreed.iter().flat_map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]);
        let heirs = Heirs::of(unit, in_grants.chain(bound))?;
        let by_case = |it: &Granted| it.case_id.map(|case| (it.right.begun_by, case));
        let cases = granted.iter().filter_map(by_case).collect();
        Ok(Self { agreed, assets, granted, cases, heirs })
    }

    /// The rights on record in everything that they let.
    fn rights(&self, unit: &mut Read<'_>) -> Result<OfAssets, StorageError> {
        Ok(rights::by_asset(rights::standing(unit, &self.assets)?))
    }

    /// Whoever stands in the place of a party by now.
    fn now(&self, party: Id<kind::Party>) -> Id<kind::Party> {
        self.heirs.taking(party).unwrap_or(party)
    }

    /// The way of a right, up to a hand where it came through that.
    fn way(&self, right: &Right, up_to: Option<Id<kind::Party>>) -> Option<Way> {
        let mut way: Vec<_> = hands(right).into_iter().map(|hand| self.now(hand)).collect();
        if let Some(last) = up_to {
            way.truncate(way.iter().position(|hand| *hand == last)?.saturating_add(1));
        }
        Some((right.grantor_id.map(|it| self.now(it)), way))
    }

    /// Whether a right came this way.
    fn came(&self, right: &Right, way: &Way) -> bool {
        right.kind == RightKind::Management
            && self.way(right, None).is_some_and(|(by, of)| by == way.0 && of.starts_with(&way.1))
    }

    /// Whether a right that came the way of a lease is what another lease gave, between the same: each of them lets what its own case
    /// gave. What was let on since hangs on both.
    fn is_of_another(&self, it: &Recorded, right: &Right) -> bool {
        let Some(own) = it.agreed.case_id else { return false };
        let given_by = self.cases.get(&right.begun_by).copied().filter(|case| *case != own);
        self.now(right.holder_id) == self.now(it.agreed.lessee_id)
            && given_by.is_some_and(|case| self.agreed.iter().any(|of| of.agreed.case_id == Some(case)))
    }

    /// Whether a right is what a contract lets, by one of its ways.
    fn lets(&self, it: &Recorded, right: &Right, ways: &BTreeSet<Way>) -> bool {
        !self.is_of_another(it, right) && ways.iter().any(|way| self.came(right, way))
    }

    /// The ways of the grants behind a contract: those that its case gave; or, where it was made before the register, those by
    /// which its lessor let to its lessee as far as is on record.
    fn behind(&self, it: &Recorded, asset: Id<kind::Asset>, rights: &[Right]) -> BTreeSet<Way> {
        let (lessor, lessee) = (self.now(it.agreed.lessor_id), self.now(it.agreed.lessee_id));
        if let Some(case) = it.agreed.case_id {
            let given = self.granted.iter().filter(|of| of.case_id == Some(case));
            let to_lessee = given.filter(|of| self.now(of.right.holder_id) == lessee);
            return to_lessee.filter_map(|of| self.way(&of.right, None)).collect();
        }
        let ways: BTreeSet<Way> =
            self.in_term(it, asset).filter_map(|of| self.way(of, Some(lessee))).collect();
        let giver = |(by, hands): &Way| hands.iter().nth_back(1).copied().map_or(*by, Some);
        let by_lessor = |way: &&Way| match giver(way) {
            Some(giver) => giver == lessor,
            // All owners together.
            None => true,
        };
        let let_by_lessor: BTreeSet<Way> = ways.iter().filter(by_lessor).cloned().collect();
        if !let_by_lessor.is_empty() {
            return let_by_lessor;
        }
        // A sale does not break a lease: what others let as owners is let by whoever owns the asset since (民法典 art. 725).
        if self.owned(it, lessor, rights) {
            return ways.into_iter().filter(|(_, hands)| hands.len() == 1).collect();
        }
        // Whoever never had it on record lets for somebody else.
        if self.had(it, asset, lessor) { BTreeSet::new() } else { ways }
    }

    /// The grants in an asset that hold on days of a contract, or were said to; what a correction took back was none.
    fn in_term(&self, it: &Recorded, asset: Id<kind::Asset>) -> impl Iterator<Item = &Right> {
        let of_asset = self.granted.iter().filter(move |of| of.asset_id == asset && !of.is_taken_back);
        of_asset.map(|of| &of.right).filter(|right| right.period.overlaps(&it.agreed.term))
    }

    /// Whether a party owns an asset on any day of a contract.
    fn owned(&self, it: &Recorded, party: Id<kind::Party>, rights: &[Right]) -> bool {
        let owns = |right: &Right| {
            right.kind == RightKind::Ownership
                && self.now(right.holder_id) == party
                && right.period.overlaps(&it.agreed.term)
        };
        rights.iter().any(owns)
    }

    /// Whether the management of an asset came through a party's hands on any day of a contract, by what was ever on record.
    fn had(&self, it: &Recorded, asset: Id<kind::Asset>, party: Id<kind::Party>) -> bool {
        self.in_term(it, asset).flat_map(hands).any(|hand| self.now(hand) == party)
    }

    /// Whether an owner lets by a contract.
    fn is_let_by_owner(&self, it: &Recorded, known: &OfAssets) -> bool {
        it.agreed.asset_ids.iter().any(|asset| {
            let rights = known.get(asset).map_or(&[][..], Vec::as_slice);
            let behind = self.behind(it, *asset, rights);
            match behind.is_empty() {
                false => behind.iter().any(|(_, hands)| hands.len() == 1),
                true => self.owned(it, self.now(it.agreed.lessor_id), rights),
            }
        })
    }

    /// The days of its term on which a contract does not run once an act has left other rights: those as before, and those on which it
    /// let something and does no more, but for those on which it lets something again. What another lease between the same lets since
    /// it ended is let by that one.
    fn idle_then(&self, it: &Recorded, before: (&OfAssets, &Idle), after: (&OfAssets, &Idle)) -> Days {
        let (mut was, mut is, mut again) = (Days::new(), Days::new(), Days::new());
        for asset in &it.agreed.asset_ids {
            let let_before = self.let_of(it, *asset, before, &mut Vec::new());
            let let_after = self.let_of(it, *asset, after, &mut Vec::new());
            again |= &(&let_after - &let_before) - &self.let_since(it, *asset);
            was |= let_before;
            is |= let_after;
        }
        // A lessee whose place nobody takes is bound to nothing again.
        if self.heirs.taking(it.agreed.lessee_id).is_none() {
            again = Days::new();
        }
        let idle = before.1.get(&it.id).cloned().unwrap_or_default();
        &(idle | (&was - &is)) - &again
    }

    /// The days on which a later contract between the same lets an asset in the place of one that ended before it began.
    fn let_since(&self, it: &Recorded, asset: Id<kind::Asset>) -> Days {
        let pair = |of: &Recorded| (self.now(of.agreed.lessor_id), self.now(of.agreed.lessee_id));
        let later = self.agreed.iter().filter(|of| {
            of.id > it.id
                && pair(of) == pair(it)
                && of.agreed.asset_ids.contains(&asset)
                && it.endings.iter().any(|ending| ending.on <= of.agreed.term.from())
        });
        later.fold(Days::new(), |all, of| all | days_of(&of.agreed.term))
    }

    /// The days of its term on which a contract lets an asset: by what of its management is left of what its lessee was granted;
    /// or, where that was never on record, as long as its lessor has it to let.
    fn let_of(
        &self,
        it: &Recorded,
        asset: Id<kind::Asset>,
        (known, idle): (&OfAssets, &Idle),
        seen: &mut Vec<Id<kind::Contract>>,
    ) -> Days {
        let rights = known.get(&asset).map_or(&[][..], Vec::as_slice);
        let behind = self.behind(it, asset, rights);
        let holding = |holds: &dyn Fn(&Right) -> bool| holding(it, rights, holds);
        let granted = holding(&|right| self.lets(it, right, &behind));
        if it.agreed.case_id.is_some() || seen.contains(&it.id) {
            return granted;
        }
        seen.push(it.id);
        // On days for which nothing of it was ever on record it is let as where nothing was.
        let ever = self.in_term(it, asset).filter(|right| behind.iter().any(|way| self.came(right, way)));
        let ever = ever.fold(Days::new(), |all, right| all | days_of(&right.period));
        granted | (&self.let_off_record(it, asset, (known, idle), seen) - &ever)
    }

    /// The days of its term on which a contract would let an asset if no grant behind it was ever on record: as long as its lessor has
    /// it to let.
    fn let_off_record(
        &self,
        it: &Recorded,
        asset: Id<kind::Asset>,
        (known, idle): (&OfAssets, &Idle),
        seen: &mut Vec<Id<kind::Contract>>,
    ) -> Days {
        let rights = known.get(&asset).map_or(&[][..], Vec::as_slice);
        let holding = |holds: &dyn Fn(&Right) -> bool| holding(it, rights, holds);
        let lessor = self.now(it.agreed.lessor_id);
        let there = |right: &Right| right.kind == RightKind::Ownership;
        if self.owned(it, lessor, rights) {
            return holding(&there);
        }
        if self.had(it, asset, lessor) {
            return holding(&|right| {
                right.kind == RightKind::Management
                    && hands(right).into_iter().any(|hand| self.now(hand) == lessor)
            });
        }
        // What was let before the register hangs on what its lessor rents by others of that time.
        let rents = |of: &&Recorded| {
            self.now(of.agreed.lessee_id) == lessor
                && of.agreed.asset_ids.contains(&asset)
                && of.id != it.id
                && of.agreed.term.overlaps(&it.agreed.term)
        };
        let mut rented = self.agreed.iter().filter(rents).peekable();
        if rented.peek().is_none() {
            return holding(&there);
        }
        let days = rented.map(|of| {
            let days = self.let_of(of, asset, (known, idle), seen);
            idle.get(&of.id).map_or_else(|| days.clone(), |idle| &days - idle)
        });
        &days.fold(Days::new(), |all, some| all | some) & &days_of(&it.agreed.term)
    }
}

/// The days of a contract on which some of the rights hold.
fn holding(it: &Recorded, rights: &[Right], holds: &dyn Fn(&Right) -> bool) -> Days {
    let days = rights.iter().filter(|right| holds(right)).map(|right| days_of(&right.period));
    &days.fold(Days::new(), |all, some| all | some) & &days_of(&it.agreed.term)
}

/// Lets the contracts about some assets be about those as well that they become on a day: a market's parts are let as the
/// market was, and what is owed for it is owed for them.
pub fn carry(
    unit: &mut Write<'_>,
    actor: &Actor,
    from: &[Id<kind::Asset>],
    to: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<(), ContractError> {
    let agreed = store::about(unit, from, on)?;
    let ids: BTreeSet<_> = agreed.iter().map(|it| it.id).collect();
    let lettings = Lettings::of(unit, agreed)?;
    // They have the rights from that day on that the others had before.
    let all: Vec<_> = from.iter().chain(to).copied().collect();
    let standing: Vec<Right> = rights::standing(unit, &all)?.into_iter().map(|(_, right)| right).collect();
    let known: OfAssets = from.iter().map(|asset| (*asset, standing.clone())).collect();
    let recorded: Idle = lettings.agreed.iter().map(|it| (it.id, idle(it))).collect();
    for mut it in lettings.agreed.iter().filter(|it| ids.contains(&it.id)).cloned() {
        let lets = |asset: &Id<kind::Asset>| {
            let days = &lettings.let_of(&it, *asset, (&known, &recorded), &mut Vec::new()) & &days_from(on);
            !(&days - &idle(&it)).is_empty()
        };
        if !from.iter().filter(|asset| it.agreed.asset_ids.contains(asset)).any(lets) {
            continue;
        }
        it.version = it.version.saturating_add(1);
        it.agreed.asset_ids.extend_from_slice(to);
        it.agreed.asset_ids.sort();
        let entry = journal_change(unit, actor, CARRIED, &it, (json!({"since": on}), None))?;
        store::add_assets(unit, &it, to, entry)?;
    }
    Ok(())
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    it: &Recorded,
    (told, given_up): (Value, Option<Fen>),
) -> Result<Id<kind::Entry>, StorageError> {
    let agreed = &it.agreed;
    let of_contract = [
        ("contract_id", json!(it.id)),
        ("asset_ids", json!(agreed.asset_ids)),
        ("version", json!(it.version)),
    ];
    let of_contract = of_contract.into_iter().chain(given_up.map(|it| ("given_up_fen", json!(it))));
    let mut facts = Map::from_iter(of_contract.map(|(name, it)| (name.to_owned(), it)));
    if let Value::Object(told) = told {
        facts.extend(told);
    }
    journal::append(unit, actor, &Record::new(action, agreed.region_code, &it.subjects(), &facts))
}
