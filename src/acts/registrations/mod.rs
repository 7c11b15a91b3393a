//! First registrations: giving an asset its owners, and what rights are granted from the beginning.

pub mod asked;

use serde_json::json;

use self::asked::{AllocationRequest, RegistrationRequest};
use crate::{
    acts::{
        ActError, Checked,
        course::{Taking, take_step},
        load::{self, Named},
    },
    cases::{self, Case, CaseKind, Draft, Lot, Step, policies},
    identity::{Caller, Permission},
    loss::facts::{Claim, RegistrationFacts},
    register::{
        codes::RightKind,
        rights::{self, Allocation, Instrument, InstrumentKind},
    },
    storage::{Read, Write},
    values::{Fault, Faults, Id, Reason, RegionCode, id::kind, period::calendar_day},
};

/// Drafts a first registration.
pub fn draft(unit: &mut Write<'_>, caller: &Caller, asked: &RegistrationRequest) -> Result<Case, ActError> {
    let (checked, region) = examine(unit, caller, asked, Permission::CasesDraft)?;
    let lots = allocations(asked)
        .into_iter()
        .map(|it| Lot {
            asset_id: asked.asset_id,
            kind: it.kind,
            from_id: None,
            to_id: Some(it.holder_id),
            share: it.share,
        })
        .collect();
    let draft = Draft {
        kind: CaseKind::Registration,
        region_code: region,
        asked: json!(asked),
        assessment: checked.assessment(),
        lots,
    };
    Ok(cases::draft(unit, caller, &draft)?)
}

/// Takes a step in the case of a registration; the last one puts the rights on record.
pub fn decide(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
    step: Step,
    comment: Option<String>,
) -> Result<Case, ActError> {
    take_step(
        unit,
        caller,
        Taking { kind: CaseKind::Registration, id, step, comment },
        |asked: &RegistrationRequest| vec![asked.asset_id],
        |unit, _, asked, _| examine(unit, caller, asked, Permission::CasesDecide),
        |unit, case, asked, region| {
            let instrument = Instrument {
                kind: InstrumentKind::FirstRegistration,
                case_id: case.id,
                effective_on: asked.effective_on,
                region,
                documents: &asked.documents,
            };
            rights::register(unit, &caller.actor(), &instrument, asked.asset_id, &allocations(asked))?;
            Ok(())
        },
    )
}

/// What is to be given to whom, all three rights.
fn allocations(asked: &RegistrationRequest) -> Vec<Allocation> {
    by_right(asked)
        .into_iter()
        .flat_map(|(kind, _, given)| {
            given.iter().map(move |it| Allocation { kind, holder_id: it.holder_id, share: it.share })
        })
        .collect()
}

fn by_right(asked: &RegistrationRequest) -> [(RightKind, &'static str, &[AllocationRequest]); 3] {
    [
        (RightKind::Ownership, "/ownership", &asked.ownership),
        (RightKind::Management, "/management", &asked.management),
        (RightKind::Income, "/income", &asked.income),
    ]
}

fn examine(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &RegistrationRequest,
    permission: Permission,
) -> Result<(Checked, RegionCode), ActError> {
    let scope = caller.permit(permission)?;
    let mut faults = Vec::new();
    let mut named = Named::default();
    named.assets.push(("/asset_id".to_owned(), asked.asset_id));
    faults.extend(calendar_day(asked.effective_on).err().map(|reason| Fault::at("/effective_on", reason)));
    for (_, at, given) in by_right(asked) {
        for (index, it) in given.iter().enumerate() {
            named.parties.push((format!("{at}/{index}/holder_id"), it.holder_id));
            if given.iter().take(index).any(|earlier| earlier.holder_id == it.holder_id) {
                faults.push(Fault::at(format!("{at}/{index}/holder_id"), Reason::Duplicate));
            }
        }
    }
    named.decision(asked.decision.as_ref());
    named.documents("/documents", &asked.documents);
    named.documents.extend(asked.owner_consent_id.map(|id| ("/owner_consent_id".to_owned(), id)));
    Faults::none_of(faults)?;
    // Before the rules look: shares that cannot be are no matter of asset loss.
    rights::first_rights(&allocations(asked), asked.effective_on)?;
    let known = named.look_up(unit, &scope, asked.effective_on)?;
    let region = known.region()?;
    known.all_open()?;
    if !rights::standing(unit, &[asked.asset_id])?.is_empty() {
        return Err(ActError::AlreadyRegistered);
    }
    if known.assets.values().any(|it| asked.effective_on < it.write_off.acquired_on) {
        return Err(
            Faults::one("/effective_on", Reason::Contradicts { other: "acquired_on".to_owned() }).into()
        );
    }
    let claims = allocations(asked)
        .iter()
        .map(|it| Ok(Claim { right: it.kind, holder: known.party(it.holder_id)?, share: it.share }))
        .collect::<Result<_, ActError>>()?;
    let asset = known.asset(asked.asset_id, asked.effective_on)?;
    let worth = asset.original_value.get().into();
    let facts = RegistrationFacts {
        asset,
        claims,
        standing: Vec::new(),
        owner_consent: asked.owner_consent_id,
        decisions: load::decisions(asked.decision.as_ref()),
    };
    let policy = policies::effective(unit, region, unit.today())?;
    Ok((Checked::by_rules(&facts, &policy, worth), region))
}
