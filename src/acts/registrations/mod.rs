//! First registrations: giving an asset its owners, and what rights are granted from the beginning.

pub mod asked;

use chrono::NaiveDate;

use self::asked::{AllocationRequest, RegistrationRequest};
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Looked, Occasion, Terms,
        named::{Known, Named},
    },
    cases::{Case, CaseKind, Lot},
    journal::Actor,
    loss::facts::{Claim, Entered, RegistrationFacts},
    register::{
        codes::RightKind,
        rights::{self, Allocation, Instrument, InstrumentKind},
    },
    storage::{Read, Write},
    values::{Fault, Id, Reason, id::kind, period::calendar_day},
};

impl Act for RegistrationRequest {
    const KIND: CaseKind = CaseKind::Registration;

    /// What is given to whom, of all three rights.
    type Plan = Vec<Allocation>;

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        vec![self.asset_id]
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Vec<Allocation>>, ActError> {
        let mut found = named(self, unit.today()).find(unit, &at.scope, self.effective_on)?;
        let allocations = allocations(self);
        if found.known().assets.values().any(|it| self.effective_on < it.write_off.acquired_on)
            && calendar_day(self.effective_on).is_ok()
        {
            let other = "acquired_on".to_owned();
            found.tell([Fault::at("/effective_on", Reason::Contradicts { other })]);
        }
        // Before the rules look: shares that cannot be are no matter of asset loss.
        let fits = rights::first_rights(&allocations, self.effective_on).map_err(Into::into);
        let (known, _) = found.with(fits)?;
        let region = known.region()?;
        known.all_open()?;
        if !rights::standing(unit, &[self.asset_id])?.is_empty() {
            return Err(ActRefused::AlreadyRegistered.into());
        }
        let judging = at.judging(unit, region, self.effective_on, self.recorded_late.as_ref())?;
        let facts = facts(self, known, &allocations, judging.entered)?;
        let worth = facts.asset.original_value.get().into();
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth),
            region,
            lots: allocations.iter().map(|it| lot(self.asset_id, it)).collect(),
            plan: allocations,
        })
    }

    fn terms(&self, _: &Vec<Allocation>) -> Terms {
        Terms { effective_on: Some(self.effective_on), decisions: self.decided().taken(), ..Terms::default() }
    }

    /// Puts the rights on record.
    fn execute(
        &self,
        unit: &mut Write<'_>,
        actor: &Actor,
        case: &Case,
        plan: &Vec<Allocation>,
    ) -> Result<(), ActError> {
        let instrument = Instrument {
            kind: InstrumentKind::FirstRegistration,
            case_id: case.id,
            effective_on: self.effective_on,
            region: case.region_code,
            documents: &self.documents,
        };
        rights::register(unit, actor, &instrument, self.asset_id, plan)?;
        Ok(())
    }
}

const fn by_right(asked: &RegistrationRequest) -> [(RightKind, &'static str, &Vec<AllocationRequest>); 3] {
    [
        (RightKind::Ownership, "/ownership", &asked.ownership),
        (RightKind::Management, "/management", &asked.management),
        (RightKind::Income, "/income", &asked.income),
    ]
}

/// What is to be given to whom, of all three rights.
fn allocations(asked: &RegistrationRequest) -> Vec<Allocation> {
    by_right(asked)
        .into_iter()
        .flat_map(|(kind, _, given)| {
            given.iter().map(move |it| Allocation { kind, holder_id: it.holder_id, share: it.share })
        })
        .collect()
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
    for (_, at, given) in by_right(asked) {
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
    Ok(RegistrationFacts {
        effective_on: asked.effective_on,
        rebound: Vec::new(),
        overdue_given_up: Vec::new(),
        asset: known.asset(asked.asset_id, asked.effective_on)?,
        claims,
        standing: Vec::new(),
        owners_since: Vec::new(),
        owner_consent: asked.owner_consent_id,
        entered,
        decisions: known.decisions,
    })
}
