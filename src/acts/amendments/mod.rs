//! Amendments: what was typed wrongly is put right, and what should never have been recorded is void.
//!
//! While nothing rests on what was recorded, whoever recorded it puts it right at once. From then on it takes a case, which
//! the county approves. Either way nothing on record is lost: each version stays with the entry that said it, so that what
//! was known then is still known, and everything that is computed from what is recorded follows what it should have been.

pub mod asked;
mod assets;
mod contracts;
mod leases;
mod noticed;
mod projects;
mod resting;

use std::iter;

use chrono::NaiveDate;
use serde_json::{Value, json};

use self::asked::{About, AmendmentRequest};
pub use self::{
    assets::correct_asset,
    contracts::correct_contract,
    projects::correct_project,
    resting::{PARTS, Resting, WHOLE},
};
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Looked, Occasion,
        act::Judging,
        named::{Found, Known, Named},
        noticed::Terms,
    },
    cases::{
        Case, CaseKind, Lot,
        decision::{Decisions, Matter},
    },
    identity::Caller,
    journal::Actor,
    loss::facts::{
        AlterationFacts, GivenUp, LaterRent, LeaseTerms, Lost, PartyFacts, Rebound, Reclassed, Relabelled,
        ReplacedFacts, RestatedFacts, StruckOff,
    },
    money::contracts::{self as contracts_of_money, Recorded, endings as contract_endings},
    register::{Because, assets::Asset, codes::AssetClass, projects::Project},
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Faults, Id, Reason, RegionCode, Scope, Seen, id::kind},
};

/// What is wrong with a record: some of it, or that it is there at all.
#[derive(Debug, Clone, Copy)]
pub enum Wrong<'a, Corrected> {
    /// This should have been recorded.
    Said(&'a Corrected),
    /// It should not have been recorded.
    Recorded,
}

impl<'a, Corrected> Wrong<'a, Corrected> {
    /// What is wrong, where one of both is said.
    pub fn of(corrected: Option<&'a Corrected>, void: bool, at: &str) -> Result<Self, Faults> {
        match (corrected, void) {
            (Some(corrected), false) => Ok(Self::Said(corrected)),
            (None, true) => Ok(Self::Recorded),
            (None, false) => {
                let other = format!("{at}/void = false");
                Err(Faults::one(format!("{at}/corrected"), Reason::RequiredWith { other }))
            }
            (Some(_), true) => {
                let because = "void = true".to_owned();
                Err(Faults::one(format!("{at}/corrected"), Reason::NotApplicable { because }))
            }
        }
    }
}

/// What may be put right at once: what the caller saw, on which nothing rests, by whoever recorded it.
fn may_be_corrected(
    caller: &Caller,
    (seen, version): (&Seen, i64),
    resting: Resting,
    recorder: Option<Id<kind::User>>,
) -> Result<(), ActError> {
    if !seen.includes(version) {
        return Err(ActRefused::Outdated.into());
    }
    if !resting.is_nothing() {
        return Err(ActRefused::Resting(Box::new(resting)).into());
    }
    if recorder != Some(caller.user_id) {
        return Err(ActRefused::NotTheRecorder.into());
    }
    Ok(())
}

/// Refuses what leaves something unsettled.
fn settled(resting: Resting) -> Result<(), ActError> {
    if resting.is_nothing() { Ok(()) } else { Err(ActRefused::Unsettled(Box::new(resting)).into()) }
}

/// A record that is put right.
#[derive(Debug)]
pub struct Amended<Record> {
    /// As it is on record.
    before: Box<Record>,
    /// As it should have been recorded; none where it should not have been.
    after: Option<Box<Record>>,
}

impl<Record> Amended<Record> {
    fn of(before: Record, after: Option<Record>) -> Self {
        Self { before: Box::new(before), after: after.map(Box::new) }
    }
}

impl Amended<Asset> {
    /// Whether it is about something at a household's home, by what is on record or by what should be.
    fn is_at_home(&self) -> bool {
        let both = [Some(&self.before), self.after.as_ref()];
        both.into_iter().flatten().any(|it| it.described.class == AssetClass::Household)
    }
}

/// What an amendment comes to.
#[derive(Debug)]
pub enum Plan {
    /// An asset is put right; where it is void, with every right in it.
    Asset(Amended<Asset>),
    /// A project is put right.
    Project(Amended<Project>),
    /// A contract is put right.
    Contract(Amended<Recorded>),
    /// The contract of a lease that went through a case is put right, with the right under it.
    Lease(Amended<Recorded>, leases::Regranted),
}

impl Plan {
    /// Whether the record would be void.
    const fn is_void(&self) -> bool {
        match self {
            Self::Asset(it) => it.after.is_none(),
            Self::Project(it) => it.after.is_none(),
            Self::Contract(it) | Self::Lease(it, _) => it.after.is_none(),
        }
    }

    /// The version of the record as it stands.
    const fn version(&self) -> i64 {
        match self {
            Self::Asset(it) => it.before.version,
            Self::Project(it) => it.before.version,
            Self::Contract(it) | Self::Lease(it, _) => it.before.version,
        }
    }
}

/// What the county is to know of an amendment.
struct Weighed {
    /// The narrowest region that holds what it is about, as it is on record and as it should be.
    region: RegionCode,
    /// The first day of which something is put right.
    since: NaiveDate,
    /// What it is about, in fen.
    worth: i128,
    /// What the villages decide.
    matter: Matter,
    /// Who would be left with less.
    concerned: Vec<PartyFacts>,
    /// What they would lose of rights.
    lost: Vec<Lost>,
    lots: Vec<Lot>,
    /// The terms of a contract that would be easier on its lessee, or bind another one.
    eased: Option<LeaseTerms>,
    /// The households whose asset would be one of a household no longer.
    reclassed: Vec<Reclassed>,
    /// The asset of which another class would be said.
    relabelled: Option<Relabelled>,
    /// The asset that would be void, with what was said otherwise of it before.
    struck_off: Option<(StruckOff, Vec<RestatedFacts>)>,
    /// Who would be left with less by other terms of a contract, or bound to more.
    rebound: Vec<Rebound>,
    /// What fell due by today and would be owed no longer, or later.
    given_up: Option<GivenUp>,
    /// The lessee in whose place another one would be, where it owes rent.
    replaced: Vec<ReplacedFacts>,
    /// The rent that would fall due later and be owed by nobody.
    later_rent: Vec<LaterRent>,
}

impl AmendmentRequest {
    /// Everything that it names beside what it is about.
    fn named(&self, unit: &mut Read<'_>, at: &Occasion<'_>, mut named: Named) -> Result<Found, StorageError> {
        let today = unit.today();
        named.decisions(self.decided(), today);
        named.papers(&self.documents, self.owner_consent_id);
        named.find(unit, &at.scope, today)
    }

    /// What the rules say of it. The county approves it in any case.
    fn judged(
        &self,
        unit: &mut Read<'_>,
        at: &Occasion<'_>,
        known: Known,
        weighed: Weighed,
        plan: Plan,
    ) -> Result<Looked<Plan>, ActError> {
        if self.version.is_some_and(|seen| seen != plan.version()) {
            return Err(ActRefused::Overtaken.into());
        }
        let today = unit.today();
        let judging = Judging::today(at.policy(unit, weighed.region)?, today);
        let own_organisations = known.own_organisations(unit, &[weighed.since.min(today), today])?;
        let (struck_off, restated) = weighed.struck_off.unzip();
        let facts = AlterationFacts {
            effective_on: today,
            entered: judging.entered,
            matter: weighed.matter,
            concerned: weighed.concerned,
            lost: weighed.lost,
            owner_consent: self.owner_consent_id,
            restrictions: Vec::new(),
            decisions: known.decisions,
            disposal: None,
            eased: weighed.eased,
            reclassed: weighed.reclassed,
            rebound: weighed.rebound,
            given_up: weighed.given_up,
            overdue_given_up: Vec::new(),
            // What is void takes its rights off the chain, and says why by what it is about.
            sources: None,
            relabelled: weighed.relabelled,
            divided: None,
            ended_early: Vec::new(),
            replaced: weighed.replaced,
            later_rent: weighed.later_rent,
            own_organisations,
            restated: restated.unwrap_or_default(),
            struck_off,
        };
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, weighed.worth).for_the_county(),
            region: weighed.region,
            lots: weighed.lots,
            plan,
        })
    }
}

impl Act for AmendmentRequest {
    const KIND: CaseKind = CaseKind::Amendment;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        match self.about() {
            Ok(About::Asset(it)) => vec![it.id],
            // Those that the contract should have been about: nobody ends them meanwhile.
            Ok(About::Contract(it)) => {
                it.corrected.as_ref().and_then(|it| it.asset_ids.clone()).unwrap_or_default()
            }
            Ok(About::Project(_)) | Err(_) => Vec::new(),
        }
    }

    fn lock(
        &self,
        unit: &mut Write<'_>,
        parties: &[Id<kind::Party>],
        executes: bool,
    ) -> Result<(), StorageError> {
        let assets = self.assets();
        match self.about() {
            Ok(About::Asset(it)) => {
                // What divided and merged assets have in common, nobody corrects in another of them meanwhile.
                let assets = resting::kin(unit, it.id)?;
                let project = it.corrected.as_ref().and_then(|it| it.project_id.content().copied());
                lock(unit, &Locked::Projects(project.as_slice()))?;
                lock(unit, &Locked::Assets(&assets))?;
                lock(unit, &Locked::Parties(parties))?;
                if executes { contract_endings::lock_about(unit, &[it.id]) } else { Ok(()) }
            }
            Ok(About::Project(it)) => {
                lock(unit, &Locked::Project(it.id))?;
                lock(unit, &Locked::Parties(parties))
            }
            Ok(About::Contract(it)) => {
                let bound = contracts_of_money::one(unit, &Scope::WHOLE, it.id)?;
                // A lease is put right with the rights in what it lets.
                let lets = bound.iter().flat_map(|it| it.agreed.asset_ids.iter().copied());
                let mut all: Vec<_> = assets.iter().copied().chain(lets).collect();
                all.sort();
                all.dedup();
                lock(unit, &Locked::Assets(&all))?;
                let bound = bound.map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]);
                let parties: Vec<_> = parties.iter().copied().chain(bound.into_iter().flatten()).collect();
                lock(unit, &Locked::Parties(&parties))?;
                lock(unit, &Locked::Contracts(&[it.id]))
            }
            Err(_) => Ok(()),
        }
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        match self.about() {
            Ok(About::Asset(it)) => assets::look(unit, at, self, it),
            Ok(About::Project(it)) => projects::look(unit, at, self, it),
            Ok(About::Contract(it)) => contracts::look(unit, at, self, it),
            Err(faults) => {
                let found = self.named(unit, at, Named::default())?;
                found.with(Err(faults.into())).map(|(_, looked)| looked)
            }
        }
    }

    /// What hung on the wall is put right, and not what somebody else made of it meanwhile.
    fn kept(&self, plan: &Plan) -> Value {
        json!(Self { version: Some(plan.version()), ..self.clone() })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        let at_home = matches!(plan, Plan::Asset(it) if it.is_at_home());
        let (about, amended) = match plan {
            Plan::Asset(it) => (Vec::new(), noticed::of_asset(self.asset.as_ref(), it, at_home)),
            Plan::Project(it) => (Vec::new(), noticed::of_project(it)),
            Plan::Contract(it) | Plan::Lease(it, _) => {
                (it.before.agreed.asset_ids.clone(), noticed::of_contract(it))
            }
        };
        Terms {
            reason: Some(self.reason.to_string()),
            decisions: self.decided().taken(),
            about,
            amended,
            voids: plan.is_void(),
            at_home,
            ..Terms::default()
        }
    }

    /// Puts on record what should have been.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        let because = Because { reason: &self.reason, case_id: Some(case.id), documents: &self.documents };
        match plan {
            Plan::Asset(it) => assets::execute(unit, actor, case, it, &because),
            Plan::Project(it) => projects::execute(unit, actor, it, &because),
            Plan::Contract(it) => contracts::execute(unit, actor, it, &because),
            Plan::Lease(it, regranted) => leases::execute(unit, actor, case, (it, regranted), &because),
        }
    }
}

/// The narrowest region that holds two.
fn around(one: RegionCode, other: RegionCode) -> RegionCode {
    iter::successors(Some(one), RegionCode::parent).find(|it| it.covers(&other)).unwrap_or(one)
}
