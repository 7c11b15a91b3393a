//! Corrections: saying otherwise what was recorded wrongly, without touching what was said.
//!
//! A correction is an act like any other: it has its case, its documents, its decisions. What the registry said before it,
//! it still says of the time before it.
//!
//! What an asset was before it ended can be corrected as long as the rights on its last day stay the same: those are what its
//! parts have, or what it was merged into, and what would hold again if it were found again. Ownership moves for good, and
//! so is corrected in what the asset became.

pub mod asked;

use serde_json::json;

use self::asked::CorrectionRequest;
use crate::{
    acts::{
        ActError, Checked,
        course::{Taking, take_step},
        load::{self, Known, Named},
        registrations::asked::AllocationRequest,
    },
    cases::{self, Case, CaseKind, Draft, Lot, Step, policies},
    identity::{Caller, Permission},
    loss::facts::{Claim, RegistrationFacts},
    register::{
        assets,
        codes::RightKind,
        rights::{self, AssetMove, Instrument, InstrumentKind, Move, Right, endings, model},
    },
    storage::{Read, Write},
    values::{Fault, Faults, Id, Period, Reason, RegionCode, id::kind, period::calendar_day, share},
};

/// Drafts a correction.
pub fn draft(unit: &mut Write<'_>, caller: &Caller, asked: &CorrectionRequest) -> Result<Case, ActError> {
    let (checked, examined) = examine(unit, caller, asked, Permission::CasesDraft)?;
    let lots = examined
        .moves
        .iter()
        .map(|it| Lot {
            asset_id: asked.asset_id,
            kind: it.kind,
            from_id: Some(it.from_id),
            to_id: Some(it.to_id),
            share: it.share,
        })
        .collect();
    let draft = Draft {
        kind: CaseKind::Correction,
        region_code: examined.region,
        asked: json!(asked),
        assessment: checked.assessment(),
        lots,
    };
    Ok(cases::draft(unit, caller, &draft)?)
}

/// Takes a step in the case of a correction; the last one puts it on record.
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
        Taking { kind: CaseKind::Correction, id, step, comment },
        |asked: &CorrectionRequest| vec![asked.asset_id],
        |unit, _, asked, _| examine(unit, caller, asked, Permission::CasesDecide),
        |unit, case, asked, examined| {
            let instrument = Instrument {
                kind: InstrumentKind::Correction,
                case_id: case.id,
                effective_on: asked.effective_on,
                region: examined.region,
                documents: &asked.documents,
            };
            let moves: Vec<AssetMove> = examined
                .moves
                .into_iter()
                .map(|act| AssetMove { asset_id: asked.asset_id, act, consideration: None })
                .collect();
            rights::move_shares(unit, &caller.actor(), &instrument, &moves)?;
            Ok(())
        },
    )
}

/// What a correction comes to.
struct Examined {
    region: RegionCode,
    moves: Vec<Move>,
}

fn examine(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &CorrectionRequest,
    permission: Permission,
) -> Result<(Checked, Examined), ActError> {
    let scope = caller.permit(permission)?;
    let asked_for = period(asked)?;
    let known = named(asked)?.look_up(unit, &scope, asked.effective_on)?;
    let region = known.region()?;
    let period = known.there_for(&asked_for)?;
    let rows: Vec<Right> = rights::standing(unit, &[asked.asset_id])?.into_iter().map(|(_, it)| it).collect();
    if model::holders(&rows, RightKind::Ownership, period.from())?.is_empty() {
        return Err(ActError::NotRegistered);
    }
    let holders: Vec<_> = asked.holders.iter().map(|it| (it.holder_id, it.share)).collect();
    let moves = model::restated(&rows, asked.right, &holders, &period)?;
    if moves.is_empty() {
        return Err(ActError::NothingToCorrect);
    }
    // Whether it fits everything that was recorded for later days, the officer hears at the draft.
    let mut after = rows.clone();
    for it in &moves {
        let change = model::moved(&after, it)?;
        after = load::played(&after, &change);
    }
    if let Some(ended) = known.assets.get(&asked.asset_id).filter(|it| it.status.is_final())
        && let Some(last) = ended.ended_on.and_then(|it| it.pred_opt())
        && !endings::same_from(&rows, &after, last)
    {
        let (asset, status) = (ended.id, ended.status);
        return Err(ActError::CarriedOver { asset, status, into: assets::became(unit, asset)? });
    }
    let facts = facts(unit, known, asked, &rows)?;
    let worth = facts.asset.original_value.get().into();
    let policy = policies::effective(unit, region, unit.today())?;
    let checked = Checked::by_rules(&facts, &policy, worth).for_the_county();
    Ok((checked, Examined { region, moves }))
}

/// The days that are corrected.
fn period(asked: &CorrectionRequest) -> Result<Period, Faults> {
    calendar_day(asked.effective_on).map_err(|reason| Faults::one("/effective_on", reason))?;
    if asked.right == RightKind::Ownership && asked.until.is_some() {
        let because = "ownership moves for good".to_owned();
        return Err(Faults::one("/until", Reason::NotApplicable { because }));
    }
    Period::new(asked.effective_on, asked.until).map_err(|reason| Faults::one("/until", reason))
}

/// What a correction names, and what of it cannot be.
fn named(asked: &CorrectionRequest) -> Result<Named, Faults> {
    let mut named = Named::default();
    let mut faults = Vec::new();
    named.assets.push(("/asset_id".to_owned(), asked.asset_id));
    for (index, it) in asked.holders.iter().enumerate() {
        let at = format!("/holders/{index}/holder_id");
        if asked.holders.iter().take(index).any(|earlier| earlier.holder_id == it.holder_id) {
            faults.push(Fault::at(at.clone(), Reason::Duplicate));
        }
        named.parties.push((at, it.holder_id));
    }
    let sum = share::sum(asked.holders.iter().map(|it| it.share));
    if !sum.is_whole() {
        faults.push(Fault::at("/holders", Reason::SharesNotWhole { sum: sum.to_string() }));
    }
    Faults::none_of(faults)?;
    named.decision(asked.decision.as_ref());
    named.documents("/documents", &asked.documents);
    named.documents.extend(asked.owner_consent_id.map(|id| ("/owner_consent_id".to_owned(), id)));
    Ok(named)
}

/// The facts that the rules look at: those of a registration that says otherwise what stands.
fn facts(
    unit: &mut Read<'_>,
    mut known: Known,
    asked: &CorrectionRequest,
    rows: &[Right],
) -> Result<RegistrationFacts, ActError> {
    let on = asked.effective_on;
    let owners = model::holders(rows, RightKind::Ownership, on)?;
    let standing = model::holders(rows, asked.right, on)?;
    let others: Vec<_> = owners.iter().chain(&standing).map(|it| it.holder_id).collect();
    known.parties.extend(crate::register::parties::standing(unit, &others)?);
    let claim = |right, holder, share| -> Result<Claim, ActError> {
        Ok(Claim { right, holder: known.party(holder)?, share })
    };
    let said = |it: &AllocationRequest| claim(asked.right, it.holder_id, it.share);
    let mut claims: Vec<Claim> = asked.holders.iter().map(said).collect::<Result<_, _>>()?;
    if asked.right != RightKind::Ownership {
        for it in &owners {
            claims.push(claim(RightKind::Ownership, it.holder_id, it.share)?);
        }
    }
    let standing = standing.iter().map(|it| claim(asked.right, it.holder_id, it.share));
    Ok(RegistrationFacts {
        asset: known.asset(asked.asset_id, on)?,
        claims,
        standing: standing.collect::<Result<_, _>>()?,
        owner_consent: asked.owner_consent_id,
        decisions: load::decisions(asked.decision.as_ref()),
    })
}
