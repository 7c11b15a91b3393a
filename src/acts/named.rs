//! What an act names: assets, parties, documents, what the village decided. All of it is looked up in a few set-based
//! queries, and whatever does not exist is refused at once, each thing at the field that names it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    acts::error::{ActError, ActRefused},
    cases::decision::Decisions,
    journal,
    loss::facts::{
        AssetFacts, DecisionFacts, EndedEarly, LaterRent, Measure, PartyFacts, Rebinding, Rebound,
        RentGivenUp, Successor,
    },
    money::contracts::endings::{Effects, EndedBefore, GivenUp},
    register::{
        assets,
        codes::{PartyKind, Sector},
        documents,
        parties::{self, Heirs, ties::Web},
        restrictions,
    },
    storage::{Read, StorageError},
    values::{
        Fault, Faults, Id, Period, Reason, RegionCode, Scope,
        id::kind,
        period::{self, past_day},
    },
};

/// What is known of everything that an act names.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) assets: BTreeMap<Id<kind::Asset>, assets::AssetFacts>,
    pub(super) parties: BTreeMap<Id<kind::Party>, parties::PartyStanding>,
    /// Who takes the place of those of them who are there no more.
    heirs: Heirs,
    /// What the village decided.
    pub(super) decisions: Vec<DecisionFacts>,
}

/// What was found of everything that an act names, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Found {
    known: Known,
    faults: Vec<Fault>,
}

/// Everything that an act names, with the field that names it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) assets: Vec<(String, Id<kind::Asset>)>,
    /// Who gets something, for the days of the act.
    pub(super) parties: Vec<(String, Id<kind::Party>)>,
    /// Who has to be there on the day of the act alone.
    pub(super) witnesses: Vec<(String, Id<kind::Party>)>,
    /// The first day on which nobody has any more what they get by the act; none where it is for good.
    pub(super) until: Option<NaiveDate>,
    /// Whether what was decided is what becomes of the assets, and so nobody decided it before there were any.
    pub(super) decides_of_assets: bool,
    /// The days of the decisions.
    decided_on: Vec<(String, NaiveDate)>,
    pub(super) documents: Vec<(String, Id<kind::Document>)>,
    /// What can be seen to be wrong without looking anything up.
    pub(super) faults: Vec<Fault>,
    /// Who gives what it holds to whom, with the field that names the giver.
    pub(super) givers: Vec<(String, Id<kind::Party>, Id<kind::Party>)>,
    decisions: Vec<DecisionFacts>,
    /// The restrictions whose holders consent.
    consents: Vec<(String, Id<kind::Restriction>)>,
    /// Who decided.
    deciding: Vec<(String, Id<kind::Party>)>,
}

/// The documents by which holders of restrictions consent, by restriction.
type RestrictionConsents = BTreeMap<Id<kind::Restriction>, Id<kind::Document>>;

impl Named {
    /// Assets in a list, of which none may stand twice.
    pub(super) fn distinct_assets(&mut self, at: &str, ids: &[Id<kind::Asset>]) {
        for (index, id) in ids.iter().enumerate() {
            self.assets.push((format!("{at}/{index}"), *id));
            if ids.iter().take(index).any(|earlier| earlier == id) {
                self.faults.push(Fault::at(format!("{at}/{index}"), Reason::Duplicate));
            }
        }
    }

    /// Holders in a list, of whom none may stand twice.
    pub(super) fn distinct_holders(&mut self, at: &str, ids: impl Iterator<Item = Id<kind::Party>>) {
        let mut earlier = Vec::new();
        for (index, id) in ids.enumerate() {
            let at = format!("{at}/{index}/holder_id");
            if earlier.contains(&id) {
                self.faults.push(Fault::at(at.clone(), Reason::Duplicate));
            }
            earlier.push(id);
            self.parties.push((at, id));
        }
    }

    /// What the villages decided, looked at on a day.
    pub(super) fn decisions(&mut self, decided: Decisions<'_>, today: NaiveDate) {
        self.faults.extend(decided.faults());
        for (at, it) in decided.all() {
            self.documents.push((format!("{at}/document_id"), it.document_id));
            self.decided_on.push((format!("{at}/decided_on"), it.decided_on));
            self.deciding.extend(it.by_id.map(|by| (format!("{at}/by_id"), by)));
            match it.parse(&at, today) {
                Ok(decision) => self.decisions.push(DecisionFacts { by: it.by_id, decision }),
                Err(faults) => self.faults.extend(faults),
            }
        }
    }

    /// A day on which something is said to have been done, which has come by today.
    pub(super) fn past(&mut self, at: &str, day: NaiveDate, today: NaiveDate) {
        self.faults.extend(past_day(day, today).err().map(|it| Fault::at(at, it)));
    }

    /// A day from which something is so already: one outside the calendar is told elsewhere.
    pub(super) fn not_ahead(&mut self, at: &str, day: NaiveDate, today: NaiveDate) {
        let ahead = past_day(day, today).err().filter(|it| *it == Reason::InFuture);
        self.faults.extend(ahead.map(|it| Fault::at(at, it)));
    }

    /// The papers that every act may come with.
    pub(super) fn papers(
        &mut self,
        documents: &[Id<kind::Document>],
        owner_consent: Option<Id<kind::Document>>,
    ) {
        self.documents
            .extend((0_usize..).zip(documents).map(|(index, id)| (format!("/documents/{index}"), *id)));
        self.documents.extend(owner_consent.map(|id| ("/owner_consent_id".to_owned(), id)));
    }

    /// The consents of those who hold restrictions.
    pub(super) fn restriction_consents(&mut self, consents: &RestrictionConsents) {
        let at = |of: &Id<kind::Restriction>| format!("/restriction_consents/{of}");
        self.documents.extend(consents.iter().map(|(of, id)| (at(of), *id)));
        self.consents.extend(consents.keys().map(|of| (at(of), *of)));
    }

    /// Looks everything up, and refuses what does not exist, lies outside the scope, or has ended.
    pub(super) fn look_up(
        self,
        unit: &mut Read<'_>,
        scope: &Scope,
        on: NaiveDate,
    ) -> Result<Known, ActError> {
        self.find(unit, scope, on)?.with(Ok(())).map(|(known, ())| known)
    }

    /// Looks everything up, and tells later what does not exist, lies outside the scope, or has ended: together with what
    /// else is wrong with the act.
    pub(super) fn find(
        mut self,
        unit: &mut Read<'_>,
        scope: &Scope,
        on: NaiveDate,
    ) -> Result<Found, StorageError> {
        let ids: Vec<_> = self.assets.iter().map(|(_, id)| *id).collect();
        let assets = assets::facts(unit, scope, &ids)?;
        let givers = self.givers.iter().map(|(at, from, _)| (at, *from));
        let takers = self.parties.iter().chain(&self.witnesses).map(|(at, id)| (at, *id));
        let people: Vec<_> = takers.chain(givers).collect();
        let ids: Vec<_> = people.iter().map(|(_, id)| *id).collect();
        let mut parties = parties::standing(unit, &ids)?;
        let ids: Vec<_> = self.consents.iter().map(|(_, id)| *id).collect();
        let restricted = restrictions::assets_under(unit, &ids)?;
        let ids: Vec<_> = self.deciding.iter().map(|(_, id)| *id).collect();
        let deciding = parties::standing(unit, &ids)?;
        let ids: Vec<_> = self.documents.iter().map(|(_, id)| *id).collect();
        let missing = documents::missing(unit, scope, &ids)?;
        let mut faults = std::mem::take(&mut self.faults);
        let mut not_found = |at: &String, what| faults.push(Fault::at(at.clone(), Reason::NotFound { what }));
        for (at, _) in self.assets.iter().filter(|(_, id)| !assets.contains_key(id)) {
            not_found(at, "asset");
        }
        for (at, _) in self.documents.iter().filter(|(_, id)| missing.contains(id)) {
            not_found(at, "document");
        }
        for (at, _) in people.iter().filter(|(_, id)| !parties.contains_key(id)) {
            not_found(at, "party");
        }
        // Whether it was released meanwhile does not matter; one that lies on nothing of this act does.
        for (at, _) in self
            .consents
            .iter()
            .filter(|(_, id)| !restricted.get(id).is_some_and(|asset| assets.contains_key(asset)))
        {
            not_found(at, "restriction");
        }
        for (at, id) in &self.deciding {
            match deciding.get(id) {
                None => faults.push(Fault::at(at.clone(), Reason::NotFound { what: "party" })),
                Some(it) if it.sector != Sector::Collective => {
                    // Those decide by an assembly.
                    let wanted = PartyKind::codes_of(|it| it == Sector::Collective);
                    faults.push(Fault::at(at.clone(), Reason::WrongKind { wanted }));
                }
                Some(_) => {}
            }
        }
        let there =
            assets.values().map(|it| it.write_off.acquired_on).max().filter(|_| self.decides_of_assets);
        for (at, day) in there.iter().flat_map(|_| &self.decided_on) {
            let early = there.and_then(|since| period::before(*day, since));
            faults.extend(early.map(|it| Fault::at(at.clone(), it)));
        }
        let days = Period::new(on, self.until).unwrap_or(Period::since(on));
        for (at, id) in &self.parties {
            let refused = parties.get(id).and_then(|it| it.refused_for(&days));
            faults.extend(refused.map(|it| Fault::at(at.clone(), it)));
        }
        for (at, id) in &self.witnesses {
            let refused = parties.get(id).and_then(|it| it.refused_on(on));
            faults.extend(refused.map(|it| Fault::at(at.clone(), it)));
        }
        let successors: Vec<_> =
            self.givers.iter().filter_map(|(_, from, _)| parties.get(from)?.successor_id).collect();
        let names = parties::names(unit, &successors, journal::Known::Now)?;
        for (at, from, to) in &self.givers {
            let Some(giver) = parties.get(from) else { continue };
            let refused = match (giver.refused_on(on), giver.successor_id) {
                // What an ended party still holds can leave it, but to nobody else.
                (Some(Reason::PartyEnded { .. }), Some(successor)) if successor == *to => None,
                (Some(Reason::PartyEnded { on }), successor) => {
                    let successor = successor.map(|it| names.get(&it).cloned().unwrap_or_default());
                    Some(Reason::OnlyToSuccessor { on, successor })
                }
                (refused, _) => refused,
            };
            faults.extend(refused.map(|it| Fault::at(at.clone(), it)));
        }
        let heirs = Heirs::among(unit, &mut parties)?;
        Ok(Found { known: Known { assets, parties, heirs, decisions: self.decisions }, faults })
    }
}

impl Found {
    /// What is known so far.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// What is known, whatever is wrong: of what was looked at before.
    pub(super) fn whatever_is_wrong(self) -> Known {
        self.known
    }

    /// Whether anything is wrong so far.
    pub(super) const fn is_refused(&self) -> bool {
        !self.faults.is_empty()
    }

    /// What else is wrong.
    pub(super) fn tell(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
    }

    /// All of it with what else was read of the act. Whatever is wrong with either is told at once, and before whatever else
    /// refuses the act.
    pub(super) fn with<T>(self, read: Result<T, ActError>) -> Result<(Known, T), ActError> {
        let found = Faults::none_of(self.faults).map_err(ActError::from);
        let (read, ()) = ActError::both(read, found)?;
        Ok((self.known, read))
    }
}

/// Who would let on fewer days where contracts end with a grant: whoever owns the asset where an owner lets, and else whoever lets
/// it on. Whoever rents is told of it by the grant that they lose; on paper they rent no longer than whoever lets to them has it
/// (民法典 art. 717).
pub(super) fn unbound(
    known: &Known,
    effects: &Effects,
    owners: impl IntoIterator<Item = Id<kind::Party>>,
) -> Result<Vec<Rebound>, StorageError> {
    let mut letting = BTreeSet::new();
    for it in effects.ending().filter(|it| !it.let_by_owner) {
        letting.insert(it.contract.agreed.lessor_id);
    }
    if effects.ending().any(|it| it.let_by_owner) {
        letting.extend(owners);
    }
    letting.into_iter().map(|it| Ok(Rebound { party: known.party(it)?, by: Rebinding::Lets })).collect()
}

/// Those of some parties that are a village's own organisation on any of some days: nobody takes one out of the village's hands for an
/// act. One statement a day, where any of them could be one.
pub(super) fn own_organisations(
    unit: &mut Read<'_>,
    among: impl Iterator<Item = (Id<kind::Party>, PartyKind)>,
    days: &[NaiveDate],
) -> Result<Vec<Id<kind::Party>>, StorageError> {
    let owned: BTreeSet<_> = among.filter(|(_, kind)| kind.is_owned()).map(|(id, _)| id).collect();
    if owned.is_empty() {
        return Ok(Vec::new());
    }
    let owned = Vec::from_iter(owned);
    let mut own = BTreeSet::new();
    for day in BTreeSet::from_iter(days) {
        let web = Web::of(&parties::ties_around(unit, &owned, &[*day], 1)?);
        own.extend(owned.iter().filter(|it| !web.collectives_behind(**it).is_empty()));
    }
    Ok(own.into_iter().collect())
}

impl Known {
    pub(super) fn asset(&self, id: Id<kind::Asset>, on: NaiveDate) -> Result<AssetFacts, StorageError> {
        let it =
            self.assets.get(&id).ok_or_else(|| StorageError::Corrupt(format!("asset {id} is missing")))?;
        Ok(AssetFacts {
            id,
            class: it.class,
            category: it.category.to_string(),
            original_value: it.write_off.original_value,
            book_value: it.write_off.value_on(on).book_value,
            measured_in: Measure::of(it.unit.as_str()),
        })
    }

    pub(super) fn party(&self, id: Id<kind::Party>) -> Result<PartyFacts, StorageError> {
        let it =
            self.parties.get(&id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing")))?;
        let successor = self.heirs.successor(id).and_then(|it| self.parties.get(&it));
        let succeeded_by = successor.map(|it| Successor { id: it.id, sector: it.sector });
        Ok(PartyFacts { id, kind: it.kind, ended_on: it.ended_on, succeeded_by })
    }

    /// Whether a party's data were erased, so that nobody can be asked.
    pub(super) fn is_erased(&self, id: Id<kind::Party>) -> bool {
        self.parties.get(&id).is_some_and(|it| it.erased)
    }

    /// The rent that fell due before today and would be owed no longer, as the rules see it.
    pub(super) fn overdue(
        &self,
        given_up: &[GivenUp],
        today: NaiveDate,
    ) -> Result<Vec<RentGivenUp>, StorageError> {
        let due = given_up.iter().map(|it| (it, it.before(today)));
        due.filter(|(_, amount)| !amount.is_zero())
            .map(|(it, amount)| {
                let lessor = self.party(it.lessor_id)?;
                let (contract, lessee) = (it.contract_id, it.lessee_id);
                Ok(RentGivenUp { contract, lessor, lessee, amount, due_before: today })
            })
            .collect()
    }

    /// Rent that would fall due from today on, and by what is put right would be owed by nobody.
    pub(super) fn later_rent(
        &self,
        given_up: &[GivenUp],
        today: NaiveDate,
    ) -> Result<Vec<LaterRent>, StorageError> {
        let later = given_up.iter().map(|it| (it, it.from(today))).filter(|(_, amount)| !amount.is_zero());
        later
            .map(|(it, amount)| {
                let lessor = self.party(it.lessor_id)?;
                let (contract, lessee) = (it.contract_id, it.lessee_id);
                Ok(LaterRent { contract, lessor, lessee, amount, from: today })
            })
            .collect()
    }

    /// Those of them that are private in name, and a village's own organisation on any of some days.
    pub(super) fn own_organisations(
        &self,
        unit: &mut Read<'_>,
        days: &[NaiveDate],
    ) -> Result<Vec<Id<kind::Party>>, StorageError> {
        own_organisations(unit, self.parties.iter().map(|(id, it)| (*id, it.kind)), days)
    }

    /// The leases that end before their term.
    pub(super) fn ended_early(&self, effects: &Effects) -> Result<Vec<EndedEarly>, StorageError> {
        let facts = |it: EndedBefore| {
            Ok(EndedEarly {
                contract: it.contract_id,
                lessor: self.party(it.lessor_id)?,
                lessee: it.lessee_id,
                term: it.term,
                on: it.on,
                rent: it.rent,
                fell_due: it.fell_due,
                greatest: it.greatest,
            })
        };
        effects.ended_early().into_iter().map(facts).collect()
    }

    /// Looks up more parties, with whoever takes the place of those who are there no more.
    pub(super) fn also(&mut self, unit: &mut Read<'_>, ids: &[Id<kind::Party>]) -> Result<(), StorageError> {
        self.parties.extend(parties::standing(unit, ids)?);
        self.heirs = Heirs::among(unit, &mut self.parties)?;
        Ok(())
    }

    /// Refuses an act on an asset that has ended.
    pub(super) fn all_open(&self) -> Result<(), ActError> {
        match self.assets.values().find(|it| it.status.is_final()) {
            Some(it) => Err(ActRefused::Closed { asset: it.id, status: it.status }.into()),
            None => Ok(()),
        }
    }

    /// The days of a period on which every asset is there.
    ///
    /// # Errors
    /// [`ActRefused::Closed`] where an asset had ended by the first of them.
    pub(super) fn there_for(&self, period: &Period) -> Result<Period, ActError> {
        self.assets.values().filter(|it| it.status.is_final()).try_fold(*period, |left, it| {
            let until_then = Period::new(left.from(), it.ended_on);
            let left = until_then.ok().and_then(|until_then| until_then.intersection(&left));
            left.ok_or_else(|| ActRefused::Closed { asset: it.id, status: it.status }.into())
        })
    }

    /// The region of an act: the narrowest one that holds all its assets.
    pub(super) fn region(&self) -> Result<RegionCode, StorageError> {
        let mut regions = self.assets.values().map(|it| it.region_code);
        let first =
            regions.next().ok_or_else(|| StorageError::Corrupt("an act without assets".to_owned()))?;
        let all: Vec<RegionCode> = std::iter::once(first).chain(regions).collect();
        Ok(std::iter::successors(Some(first), RegionCode::parent)
            .find(|it| all.iter().all(|region| it.covers(region)))
            .unwrap_or(first))
    }
}
