//! What was dealt before a transfer: who owns what it moves, how its givers came by that and for how much, and what its receivers owe.
//! All of it is looked up in a few set-based queries, however many lots there are.

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
        transfers::{
            asked::{ConsiderationRequest, LotRequest, TransferRequest},
            before::Places,
        },
    },
    cases,
    loss::facts::{Acquired, ArrearsFacts, PartyFacts},
    money::contracts::{self, Contract},
    register::{
        assets,
        codes::RightKind,
        parties::ties::Web,
        rights::{self, Bought, Right, model},
    },
    storage::{Read, StorageError},
    values::{Fen, Id, Period, Scope, Share, id::kind},
};

/// A right, and the asset in which it is.
type OfAsset = (Id<kind::Asset>, Right);

/// A party to whom something came, and the asset.
type Held = (Id<kind::Party>, Id<kind::Asset>);

/// What was dealt before a transfer.
pub(super) struct Dealings {
    owners: BTreeMap<Id<kind::Asset>, Vec<PartyFacts>>,
    acquired: BTreeMap<Held, Vec<Acquired>>,
    /// What the receivers owe.
    pub(super) arrears: Vec<ArrearsFacts>,
}

impl Dealings {
    /// Looks up what was dealt before a transfer that works from a day on, and what is owed on another.
    pub(super) fn find(
        unit: &mut Read<'_>,
        asked: &TransferRequest,
        (standing, web): (&[OfAsset], &Web),
        (on, owed_on): (NaiveDate, NaiveDate),
    ) -> Result<Self, ActError> {
        let assets = distinct(asked.all_lots().map(|it| it.asset_id));
        let (givers, takers) =
            (distinct(asked.all_lots().map(|it| it.from_id)), distinct(asked.all_lots().map(|it| it.to_id)));
        let mut owning = BTreeMap::new();
        for (asset, rights) in rights::by_asset(standing.to_vec()) {
            owning.insert(asset, model::holders(&rights, RightKind::Ownership, on)?);
        }
        let bought = rights::bought(unit, &assets, asked.right, on)?;
        // Whoever owes rents nothing anew through a company of its own.
        let behind: BTreeMap<_, _> = takers.iter().map(|it| (*it, web.in_same_hands(*it))).collect();
        let kin: BTreeMap<_, _> = takers.iter().map(|it| (*it, web.near_by_kin(*it))).collect();
        let near = behind.values().chain(kin.values()).flatten();
        let lessees: BTreeSet<_> = near.chain(&givers).chain(&takers).copied().collect();
        // What a village lets and what its own organisation is owed is one purse.
        let lessors: BTreeSet<_> = givers.iter().flat_map(|it| web.of_one_purse(*it)).collect();
        // Who took the place of a lessee that is there no more owes what that one owed, and is owed in the place of a lessor.
        let places = Places::among(unit, lessees.iter().copied())?;
        let rented =
            contracts::rented_by(unit, &places.of(&lessees), (&assets, &places.of(&lessors)), owed_on)?;
        let mut known = Known::default();
        let people = owning.values().flatten().map(|it| it.holder_id);
        let people = people.chain(bought.iter().flat_map(|it| [it.from_id, it.to_id]));
        let people = people.chain(givers.iter().copied());
        let lessors_of =
            rented.iter().flat_map(|it| [it.agreed.lessor_id, places.taken_by(it.agreed.lessor_id)]);
        known.also(unit, &distinct(people.chain(lessors_of)))?;

        let mut acquired = BTreeMap::<Held, Vec<Acquired>>::new();
        let of_public = |it: PartyFacts| web.is_of_public(it.id, it.kind);
        let public: BTreeSet<_> =
            givers.iter().filter(|it| known.party(**it).is_ok_and(of_public)).copied().collect();
        let gifts = given_for_nothing(unit, &unpaid(&bought, &public))?;
        for it in &bought {
            let paid = match (it.paid, it.case_id) {
                (Some(paid), _) => paid,
                // What people were given they may sell; what a village was given is looked at.
                (None, Some(case)) if gifts.contains(&case) && public.contains(&it.to_id) => Fen::ZERO,
                (None, _) => continue,
            };
            let began = |(asset, right): &&OfAsset| {
                *asset == it.asset_id && right.kind == asked.right && right.begun_by == it.instrument_id
            };
            let term = match standing.iter().find(began) {
                Some((_, right)) => Some(right.period).filter(|it| it.to().is_some()),
                None if asked.right == RightKind::Ownership => None,
                None => continue,
            };
            let how =
                Acquired { from: known.party(it.from_id)?, on: it.effective_on, term, share: it.share, paid };
            acquired.entry((it.to_id, it.asset_id)).or_default().push(how);
        }
        let is_let =
            |it: &&Contract| it.agreed.asset_ids.iter().any(|of| assets.contains(of)) && runs_on(it, on);
        let leases: Vec<_> =
            rented.iter().filter(is_let).filter(|_| asked.right == RightKind::Management).collect();
        for (held, how) in let_by(unit, &known, &leases, &assets)? {
            acquired.entry(held).or_default().push(how);
        }
        let owed = rented.iter().map(|it| {
            let lessee = places.taken_by(it.agreed.lessee_id);
            let near = Near { behind: takers_near(&behind, lessee), kin: takers_near(&kin, lessee) };
            (it, lessee, near)
        });
        let owed = owed.filter(|(_, lessee, near)| {
            takers.contains(lessee) || !near.behind.is_empty() || !near.kin.is_empty()
        });
        let arrears = owed.map(|(it, lessee, near)| {
            let lessor = known.party(places.taken_by(it.agreed.lessor_id))?;
            Ok(owing(it, (lessor, lessee), owed_on, near))
        });
        let arrears = arrears.collect::<Result<Vec<_>, StorageError>>()?.into_iter().flatten().collect();
        let owners = owning.into_iter().map(|(asset, holdings)| {
            let owners =
                holdings.iter().map(|it| known.party(it.holder_id)).collect::<Result<Vec<_>, _>>()?;
            Ok((asset, owners))
        });
        Ok(Self { owners: owners.collect::<Result<_, StorageError>>()?, acquired, arrears })
    }

    /// Who owns what a lot moves.
    pub(super) fn owners_of(&self, lot: &LotRequest) -> Vec<PartyFacts> {
        self.owners.get(&lot.asset_id).cloned().unwrap_or_default()
    }

    /// How the giver of a lot came by what it moves, and those from whom it came to the giver, whatever they paid each other: what
    /// went through several hands is not asked what the last of them paid.
    pub(super) fn acquired_for(&self, lot: &LotRequest, web: &Web) -> Vec<Acquired> {
        let mut found = Vec::new();
        let (mut hands, mut front) = (BTreeSet::from([lot.from_id]), vec![lot.from_id]);
        while let Some(holder) = front.pop() {
            let came = self.acquired.get(&(holder, lot.asset_id)).map(Vec::as_slice).unwrap_or_default();
            for it in came {
                if web.is_private(it.from.id, it.from.kind) && hands.insert(it.from.id) {
                    front.push(it.from.id);
                }
                found.push(it.clone());
            }
        }
        found
    }
}

/// The cases by which something came to some public parties that says no price. What people were given is not asked for: it may have
/// gone to thousands of them, each by a case of its own.
fn unpaid(bought: &[Bought], public: &BTreeSet<Id<kind::Party>>) -> Vec<Id<kind::Case>> {
    let to_them = bought.iter().filter(|it| it.paid.is_none() && public.contains(&it.to_id));
    distinct(to_them.filter_map(|it| it.case_id))
}

/// The cases of some by which something moved for nothing.
fn given_for_nothing(
    unit: &mut Read<'_>,
    unpaid: &[Id<kind::Case>],
) -> Result<BTreeSet<Id<kind::Case>>, StorageError> {
    if unpaid.is_empty() {
        return Ok(BTreeSet::new());
    }
    let asked = cases::asked_of_all(unit, unpaid)?.into_iter();
    // What an earlier release kept otherwise shows nothing.
    let gifts = asked.filter(|(_, asked)| {
        kept::<TransferRequest>(asked)
            .is_ok_and(|it| matches!(it.consideration, ConsiderationRequest::None {}))
    });
    Ok(gifts.map(|(case, _)| case).collect())
}

/// The receivers that are near to a party, and are not that party.
pub(super) fn takers_near(
    near: &BTreeMap<Id<kind::Party>, BTreeSet<Id<kind::Party>>>,
    party: Id<kind::Party>,
) -> Vec<Id<kind::Party>> {
    let takers = near.iter().filter(|(taker, others)| **taker != party && others.contains(&party));
    takers.map(|(taker, _)| *taker).collect()
}

/// All of them in their order, each once.
pub(super) fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<_> = all.collect();
    all.sort();
    all.dedup();
    all
}

fn runs_on(contract: &Contract, day: NaiveDate) -> bool {
    contract.agreed.term.contains(day) && contract.ended_on.is_none_or(|ended| day < ended)
}

/// What some leases let to whom of some assets, each for its part of the rent: what is let together is let by what it cost, as a price
/// is divided among lots.
fn let_by(
    unit: &mut Read<'_>,
    known: &Known,
    leases: &[&Contract],
    assets: &[Id<kind::Asset>],
) -> Result<Vec<(Held, Acquired)>, StorageError> {
    let all = distinct(leases.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()));
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let costs = assets::facts(unit, &Scope::WHOLE, &all)?;
    let rights = rights::standing(unit, &all)?;
    let mut found = Vec::new();
    for lease in leases {
        let agreed = &lease.agreed;
        let rent: i128 = agreed.dues.iter().map(|(_, amount)| i128::from(amount.get())).sum();
        let parts: Vec<_> = agreed
            .asset_ids
            .iter()
            .map(|asset| {
                let share = let_share(&rights, *asset, (agreed.lessee_id, &agreed.term));
                let cost = costs.get(asset).map_or(1, |it| it.write_off.original_value.get().max(1));
                (*asset, share, share.to_ratio() * BigInt::from(cost))
            })
            .collect();
        let weight: BigRational = parts.iter().map(|(.., it)| it).sum();
        for (asset, share, part) in parts.iter().filter(|(asset, ..)| assets.contains(asset)) {
            if weight.is_zero() {
                continue;
            }
            // Rounded up: nobody is found for a part of a fen.
            let paid = (BigRational::from_integer(rent.into()) * part / &weight).ceil().to_integer();
            let Some(paid) = paid.to_i64().and_then(|it| Fen::new(it).ok()) else { continue };
            let from = known.party(agreed.lessor_id)?;
            let how = Acquired { from, on: agreed.term.from(), term: Some(agreed.term), share: *share, paid };
            found.push(((agreed.lessee_id, *asset), how));
        }
    }
    Ok(found)
}

/// How much of an asset a lessee was let from the first day of a term on; all of it where no right says.
fn let_share(rights: &[OfAsset], of: Id<kind::Asset>, (lessee, term): (Id<kind::Party>, &Period)) -> Share {
    let let_to = rights.iter().filter(|(asset, right)| {
        *asset == of
            && right.kind == RightKind::Management
            && right.holder_id == lessee
            && right.period.from() == term.from()
    });
    let sum: BigRational = let_to.map(|(_, right)| right.share.to_ratio()).sum();
    Share::from_ratio(&sum).unwrap_or(Share::WHOLE)
}

/// The receivers of a deal that are near to whoever owes.
#[derive(Debug, Default)]
pub(in crate::acts) struct Near {
    /// Those that are one with it.
    behind: Vec<Id<kind::Party>>,
    /// Its kin.
    kin: Vec<Id<kind::Party>>,
}

/// What is owed under a contract on a day, to whom and by whom by now; nothing where nothing is.
pub(in crate::acts) fn owing(
    contract: &Contract,
    (lessor, lessee): (PartyFacts, Id<kind::Party>),
    on: NaiveDate,
    Near { behind, kin }: Near,
) -> Option<ArrearsFacts> {
    let open = contract.schedule.iter().filter(|it| it.due_on <= on && !it.lapsed && it.received < it.amount);
    let open: Vec<_> = open.collect();
    Some(ArrearsFacts {
        contract: contract.id,
        lessor,
        lessee,
        assets: contract.agreed.asset_ids.clone(),
        amount: contract.arrears,
        since: open.iter().map(|it| it.due_on).min()?,
        payments: u32::try_from(open.len()).unwrap_or(u32::MAX),
        on,
        behind,
        kin,
    })
}

/// What somebody that is said to rent an asset of some owners, or whoever is one with it, owes them or for that asset.
pub(in crate::acts) fn owed_by(
    unit: &mut Read<'_>,
    (lessee, web): (Id<kind::Party>, &Web),
    of: (Id<kind::Asset>, &[Id<kind::Party>]),
    on: NaiveDate,
) -> Result<Vec<ArrearsFacts>, ActError> {
    owed_by_any(unit, (&[lessee], web), of, on)
}

/// The same of some that are said to rent it; one question for all of them.
pub(in crate::acts) fn owed_by_any(
    unit: &mut Read<'_>,
    (said, web): (&[Id<kind::Party>], &Web),
    (asset, owners): (Id<kind::Asset>, &[Id<kind::Party>]),
    on: NaiveDate,
) -> Result<Vec<ArrearsFacts>, ActError> {
    let hands: BTreeMap<_, _> = said.iter().map(|it| (*it, web.in_same_hands(*it))).collect();
    let lessees: BTreeSet<_> = said.iter().chain(hands.values().flatten()).copied().collect();
    // What a village lets and what its own organisation is owed is one purse.
    let lessors: BTreeSet<_> = owners.iter().flat_map(|it| web.of_one_purse(*it)).collect();
    let places = Places::among(unit, lessees.union(&lessors).copied())?;
    let rented = contracts::rented_by(unit, &places.of(&lessees), (&[asset], &places.of(&lessors)), on)?;
    let mut known = Known::default();
    known.also(unit, &distinct(rented.iter().map(|it| places.taken_by(it.agreed.lessor_id))))?;
    let mut found = Vec::new();
    for it in &rented {
        let lessor = known.party(places.taken_by(it.agreed.lessor_id))?;
        let by = places.taken_by(it.agreed.lessee_id);
        // Of this asset whoever rents it is asked as well: what they owe concerns those alone who are one with them.
        let behind = takers_near(&hands, by);
        if said.contains(&by) || !behind.is_empty() {
            found.extend(owing(it, (lessor, by), on, Near { behind, kin: Vec::new() }));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_were_given_is_not_asked_for() {
        let id = uuid::Uuid::from_u128;
        let bought = |case: u128, to: u128, paid: Option<Fen>| Bought {
            instrument_id: id(case).into(),
            effective_on: NaiveDate::MIN,
            asset_id: id(1).into(),
            from_id: id(2).into(),
            to_id: id(to).into(),
            share: Share::WHOLE,
            case_id: Some(id(case).into()),
            paid,
        };
        let village: Id<kind::Party> = id(3).into();
        let mut all: Vec<_> = (100..3_100).map(|case| bought(case, case, None)).collect();
        all.extend([bought(50, 3, None), bought(51, 3, Some(Fen::ZERO)), bought(50, 3, None)]);
        assert_eq!(unpaid(&all, &BTreeSet::from([village])), [id(50).into()]);
        assert!(unpaid(&all, &BTreeSet::new()).is_empty());
    }
}
