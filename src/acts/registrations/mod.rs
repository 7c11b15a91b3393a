//! First registrations: giving an asset its owners, and what rights are granted from the beginning: the leases that stand.

pub mod asked;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::asked::{GrantRequest, RegistrationRequest};
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Looked, Occasion, Terms,
        act::made_on,
        leases,
        named::{Known, Named},
        noticed::Granted,
    },
    cases::{Case, CaseKind, Lot, decision::Decisions},
    journal::Actor,
    loss::facts::{Claim, Entered, GrantMade, Granting, MadeBy, Payment, RegistrationFacts},
    money::contracts::{self, NewContract, Occupying, faults_of_due_days, faults_of_schedule},
    register::{
        assets,
        codes::RightKind,
        parties, projects,
        rights::{self, Allocation, Instrument, InstrumentKind},
    },
    storage::{Read, StorageError, Write},
    values::{
        Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope,
        id::kind,
        period::{self, calendar_day},
    },
};

/// What a registration comes to: what is given to whom, of all three rights, and the contracts of the leases that stand.
#[derive(Debug)]
pub struct Plan {
    allocations: Vec<Allocation>,
    contracts: Vec<NewContract>,
    /// The contracts on record that say the very leases, and stand under them from then on.
    adopts: Vec<Id<kind::Contract>>,
}

impl Act for RegistrationRequest {
    const KIND: CaseKind = CaseKind::Registration;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        vec![self.asset_id]
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let mut found = named(self, unit.today()).find(unit, &at.scope, self.effective_on)?;
        let since = found.known().assets.values().map(|it| it.write_off.acquired_on).max();
        if since.is_some_and(|it| self.effective_on < it) && calendar_day(self.effective_on).is_ok() {
            let other = "acquired_on".to_owned();
            found.tell([Fault::at("/effective_on", Reason::Contradicts { other })]);
        }
        let terms = terms(self);
        if let (Ok(terms), Some(since)) = (&terms, since) {
            found.tell(faults_of_grants(self, terms, since, unit.today()));
        }
        // Before the rules look: shares that cannot be are no matter of asset loss.
        let fits = terms.map_err(Into::into).and_then(|terms| {
            let allocations = allocations(self, &terms);
            rights::first_rights(&allocations, self.effective_on)?;
            Ok(allocations)
        });
        let (known, allocations) = found.with(fits)?;
        let region = known.region()?;
        known.all_open()?;
        if !rights::standing(unit, &[self.asset_id])?.is_empty() {
            return Err(ActRefused::AlreadyRegistered.into());
        }
        let judging = at.judging(unit, region, self.effective_on, self.recorded_late.as_ref())?;
        let mut facts = facts(self, known, &allocations, judging.entered)?;
        for grant in &mut facts.grants {
            let from = grant.term.map_or(self.effective_on, |it| it.from());
            grant.made = made_on(from, &judging);
        }
        let holders: Vec<_> = facts.claims.iter().map(|it| it.holder.id).collect();
        let depth = judging.policy.values.related_party_depth;
        let let_from = facts.grants.iter().filter(|_| !judging.entered.of_its_day);
        let let_from =
            let_from.filter_map(|it| it.term).map(|it| it.from()).filter(|it| *it < judging.entered.on);
        let tied_on: BTreeSet<_> = let_from.chain([judging.entered.on]).collect();
        facts.ties = parties::ties_around(unit, &holders, &Vec::from_iter(tied_on), depth)?;
        facts.project = made_by(unit, self.asset_id)?;
        let adopted = standing_contracts(unit, self, &mut facts)?;
        let worth = facts.asset.original_value.get().into();
        let mut contracts = contracts_of(self, &allocations, region);
        contracts.retain(|it| !adopted.contains_key(&it.lessee_id));
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth),
            region,
            lots: allocations.iter().map(|it| lot(self.asset_id, it)).collect(),
            plan: Plan { allocations, contracts, adopts: adopted.into_values().collect() },
        })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        let granted = |it: &Allocation| {
            let contract = plan.contracts.iter().find(|of| of.lessee_id == it.holder_id);
            let contract = contract.filter(|_| it.kind == RightKind::Management);
            let rent = contract.map(|it| it.dues.clone()).unwrap_or_default();
            let lessor = lessor_of(self).filter(|_| it.kind == RightKind::Management);
            ((it.kind, it.holder_id), Granted { term: it.term, lessor, rent })
        };
        let granted_to_others = plan.allocations.iter().filter(|it| it.kind != RightKind::Ownership);
        Terms {
            effective_on: Some(self.effective_on),
            decisions: self.decided().taken(),
            granted: granted_to_others.map(granted).collect(),
            ..Terms::default()
        }
    }

    /// Puts the rights on record, and the contracts of the leases that stand.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        let instrument = Instrument {
            kind: InstrumentKind::FirstRegistration,
            case_id: case.id,
            effective_on: self.effective_on,
            region: case.region_code,
            documents: &self.documents,
        };
        rights::register(unit, actor, &instrument, self.asset_id, &plan.allocations)?;
        for contract in &plan.contracts {
            let contract = NewContract { case_id: Some(case.id), ..contract.clone() };
            contracts::conclude(unit, actor, &contract)?;
        }
        for contract in &plan.adopts {
            contracts::adopt(unit, actor, *contract, case.id)?;
        }
        Ok(())
    }
}

/// The rights that are granted beside ownership, each with the field that says whose they are.
const fn granted(asked: &RegistrationRequest) -> [(RightKind, &'static str, &Vec<GrantRequest>); 2] {
    [(RightKind::Management, "/management", &asked.management), (RightKind::Income, "/income", &asked.income)]
}

/// Every grant, with the field that says it.
fn grants(asked: &RegistrationRequest) -> impl Iterator<Item = (RightKind, String, &GrantRequest)> {
    granted(asked).into_iter().flat_map(|(kind, at, given)| {
        given.iter().enumerate().map(move |(index, it)| (kind, format!("{at}/{index}"), it))
    })
}

/// The terms of the grants, by the field that says them.
type GrantTerms = BTreeMap<String, Period>;

/// The terms of the grants.
///
/// # Errors
/// Every term that is none.
fn terms(asked: &RegistrationRequest) -> Result<GrantTerms, Faults> {
    let mut terms = GrantTerms::new();
    let mut wrong = Vec::new();
    for (_, at, it) in grants(asked) {
        match it.term.map(|term| term.parse(&format!("{at}/term"))).transpose() {
            Ok(term) => terms.extend(term.map(|term| (at, term))),
            Err(faults) => wrong.push(faults),
        }
    }
    match wrong.into_iter().reduce(Faults::and) {
        Some(faults) => Err(faults),
        None => Ok(terms),
    }
}

/// What is wrong with what was granted for a term, and with the contracts under it, of an asset that is there since a day.
fn faults_of_grants(
    asked: &RegistrationRequest,
    terms: &GrantTerms,
    since: NaiveDate,
    today: NaiveDate,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (kind, at, it) in grants(asked) {
        let term = terms.get(&at);
        if let Some(term) = term {
            if term.to().is_some_and(|to| to <= asked.effective_on) {
                // What was over by then is none that stands: a contract of before is recorded by itself.
                let on = asked.effective_on.to_string();
                faults.push(Fault::at(format!("{at}/term/to"), Reason::OverByThen { on }));
            }
            // What begins later is no lease that stands: a transfer makes it, which is looked at as one.
            let latest = asked.effective_on.min(today);
            let later = || (term.from() > latest).then(|| Reason::BeginsLater { latest: latest.to_string() });
            let begins = period::before(term.from(), since).or_else(later);
            faults.extend(begins.map(|it| Fault::at(format!("{at}/term/from"), it)));
        }
        let Some(contract) = &it.contract else { continue };
        let schedule = format!("{at}/contract/schedule");
        if kind != RightKind::Management {
            let because = "only what is let has a contract".to_owned();
            faults.push(Fault::at(format!("{at}/contract"), Reason::NotApplicable { because }));
        }
        if let Some(index) = asked.ownership.iter().position(|owner| owner.holder_id == it.holder_id) {
            // Nobody rents from themselves.
            let other = format!("/ownership/{index}/holder_id");
            faults.push(Fault::at(format!("{at}/holder_id"), Reason::Contradicts { other }));
        }
        let dues = contract.dues();
        faults.extend(faults_of_schedule(&dues, &schedule));
        match term {
            Some(term) => faults.extend(faults_of_due_days(&dues, since, Some(term), &schedule)),
            None => {
                let other = format!("{at}/contract");
                faults.push(Fault::at(format!("{at}/term"), Reason::RequiredWith { other }));
            }
        }
    }
    faults
}

/// What is to be given to whom, of all three rights.
fn allocations(asked: &RegistrationRequest, terms: &GrantTerms) -> Vec<Allocation> {
    let owners = asked.ownership.iter().map(|it| Allocation {
        kind: RightKind::Ownership,
        holder_id: it.holder_id,
        share: it.share,
        term: None,
    });
    let granted = grants(asked).map(|(kind, at, it)| Allocation {
        kind,
        holder_id: it.holder_id,
        share: it.share,
        term: terms.get(&at).copied(),
    });
    owners.chain(granted).collect()
}

/// Sets beside each lease that stands what is on record of the asset by contracts: its own, where it was recorded by itself before, so
/// that it is not made a second time; and those by which somebody else rents it. Answers with the contracts on record that are those of the
/// leases, by lessee: each says what the one would that comes with the lease; or the lease comes with none, and it is of the same parties,
/// the same asset and the same term.
fn standing_contracts(
    unit: &mut Read<'_>,
    asked: &RegistrationRequest,
    facts: &mut RegistrationFacts,
) -> Result<BTreeMap<Id<kind::Party>, Id<kind::Contract>>, ActError> {
    let mut adopted = BTreeMap::new();
    let days_of = |it: &Granting| it.term.unwrap_or(Period::since(asked.effective_on));
    let standing = |it: &&mut Granting| it.claim.right == RightKind::Management;
    let Some(first) = facts.grants.iter_mut().filter(standing).map(|it| days_of(it).from()).min() else {
        return Ok(adopted);
    };
    let recorded = contracts::occupying(unit, &[asked.asset_id], &Period::since(first))?;
    for grant in facts.grants.iter_mut().filter(standing) {
        let days = days_of(grant);
        let (own, others): (Vec<_>, Vec<_>) = recorded
            .iter()
            .filter(|it| it.days.overlaps(&days))
            .partition(|it| it.lessee_id == grant.claim.holder.id);
        match (&grant.rent, own.as_slice()) {
            (None, [one]) => {
                grant.rent = Some(Payment::all(&one.dues));
                if is_of_the_same(asked, grant, one) {
                    adopted.insert(one.lessee_id, one.id);
                }
                grant.others = others.iter().map(|it| it.id).collect();
            }
            (Some(_), [one]) if says_the_same(asked, grant, one) => {
                adopted.insert(one.lessee_id, one.id);
                grant.others = others.iter().map(|it| it.id).collect();
            }
            _ => grant.others = own.iter().chain(&others).map(|it| it.id).collect(),
        }
    }
    Ok(adopted)
}

/// Whether a contract that was recorded by itself says what the one would that comes with a lease.
fn says_the_same(asked: &RegistrationRequest, grant: &Granting, recorded: &Occupying) -> bool {
    let in_order = |dues: &[(NaiveDate, Fen)]| {
        let mut dues = dues.to_vec();
        dues.sort_unstable();
        dues
    };
    let given = asked.management.iter().find(|it| it.holder_id == recorded.lessee_id);
    let dues = given.and_then(|it| it.contract.as_ref()).map(|it| in_order(&it.dues()));
    is_of_the_same(asked, grant, recorded) && dues == Some(in_order(&recorded.dues))
}

/// Whether a contract that was recorded by itself lets the asset, and nothing else, for the very term, and by whoever would let it.
fn is_of_the_same(asked: &RegistrationRequest, grant: &Granting, recorded: &Occupying) -> bool {
    !recorded.of_case
        && lessor_of(asked) == Some(recorded.lessor_id)
        && recorded.asset_ids == [asked.asset_id]
        && grant.term == Some(recorded.days)
}

/// Who lets what is let when an asset is registered.
fn lessor_of(asked: &RegistrationRequest) -> Option<Id<kind::Party>> {
    leases::lead(asked.ownership.iter().map(|it| (it.holder_id, it.share)))
}

/// The contracts of the leases that stand.
fn contracts_of(
    asked: &RegistrationRequest,
    allocations: &[Allocation],
    region_code: RegionCode,
) -> Vec<NewContract> {
    let Some(lessor_id) = lessor_of(asked) else { return Vec::new() };
    let contract = |it: &GrantRequest| {
        let of_it = |of: &&Allocation| of.kind == RightKind::Management && of.holder_id == it.holder_id;
        Some(NewContract {
            case_id: None,
            region_code,
            lessor_id,
            lessee_id: it.holder_id,
            asset_ids: vec![asked.asset_id],
            term: allocations.iter().find(of_it)?.term?,
            dues: it.contract.as_ref()?.dues(),
        })
    };
    asked.management.iter().filter_map(contract).collect()
}

fn lot(asset_id: Id<kind::Asset>, it: &Allocation) -> Lot {
    Lot { asset_id, kind: it.kind, from_id: None, to_id: Some(it.holder_id), share: it.share }
}

/// What a registration names, and what of it cannot be.
fn named(asked: &RegistrationRequest, today: NaiveDate) -> Named {
    let mut named = Named::default();
    named.assets.push(("/asset_id".to_owned(), asked.asset_id));
    // What is put on record for the first time is so already.
    named.past("/effective_on", asked.effective_on, today);
    named.distinct_holders("/ownership", asked.ownership.iter().map(|it| it.holder_id));
    for (_, at, given) in granted(asked) {
        named.distinct_holders(at, given.iter().map(|it| it.holder_id));
    }
    named.decisions(asked.decided(), today);
    named.papers(&asked.documents, asked.owner_consent_id);
    named
}

fn facts(
    asked: &RegistrationRequest,
    known: Known,
    allocations: &[Allocation],
    entered: Entered,
) -> Result<RegistrationFacts, ActError> {
    let claims = allocations
        .iter()
        .map(|it| Ok(Claim { right: it.kind, holder: known.party(it.holder_id)?, share: it.share }))
        .collect::<Result<_, ActError>>()?;
    let mut grants = Vec::new();
    for (index, it) in allocations.iter().enumerate().filter(|(_, it)| it.kind != RightKind::Ownership) {
        let of_it = |of: &&GrantRequest| of.holder_id == it.holder_id;
        let contract = asked.management.iter().find(of_it).filter(|_| it.kind == RightKind::Management);
        let rent = contract.and_then(|it| it.contract.as_ref()).map(|it| Payment::all(&it.dues()));
        let claim = Claim { right: it.kind, holder: known.party(it.holder_id)?, share: it.share };
        grants.push(Granting {
            claim_number: index,
            claim,
            term: it.term,
            rent,
            others: Vec::new(),
            made: GrantMade::LongAgo,
            in_place_of: None,
        });
    }
    Ok(RegistrationFacts {
        effective_on: asked.effective_on,
        rebound: Vec::new(),
        overdue_given_up: Vec::new(),
        ended_early: Vec::new(),
        replaced: Vec::new(),
        later_rent: Vec::new(),
        arrears: Vec::new(),
        asset: known.asset(asked.asset_id, asked.effective_on)?,
        claims,
        grants,
        ties: Vec::new(),
        restrictions: Vec::new(),
        standing: Vec::new(),
        owners_since: Vec::new(),
        owner_consent: asked.owner_consent_id,
        entered,
        decisions: known.decisions,
        sources: asked.documents.len(),
        own_organisations: Vec::new(),
        project: None,
    })
}

/// The project that made an asset.
fn made_by(unit: &mut Read<'_>, asset: Id<kind::Asset>) -> Result<Option<MadeBy>, StorageError> {
    let Some(asset) = assets::some(unit, &Scope::WHOLE, &[asset])?.pop() else { return Ok(None) };
    let Some(project) = asset.described.project_id else { return Ok(None) };
    let project = projects::one(unit, &Scope::WHOLE, project)?;
    Ok(project.map(|it| MadeBy {
        year: it.year,
        public: it.funding.iter().any(|it| it.source.is_public()),
        acquired_on: asset.described.write_off.acquired_on,
    }))
}
