//! Amendments: what was typed wrongly is put right, and what should never have been recorded is void.
//!
//! While nothing rests on what was recorded, whoever recorded it puts it right at once. From then on it takes a case, which
//! the county approves. Either way nothing on record is lost: each version stays with the entry that said it, so that what
//! was known then is still known, and everything that is computed from what is recorded follows what it should have been.

pub mod asked;
mod noticed;
mod resting;

use std::iter;

use self::asked::{AmendmentRequest, AssetCorrection};
pub use self::resting::Resting;
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Looked, Occasion, act::Judging, named::Named, noticed::Terms,
    },
    cases::{Case, CaseKind, CaseRefused, Lot, decision::Matter},
    identity::{Caller, Permission},
    journal::Actor,
    loss::facts::{AlterationFacts, Claim, Lost},
    register::{
        assets::{self, Asset, Because},
        codes::{AssetClass, RightKind},
        parties,
        rights::{self, Instrument, InstrumentKind, Right},
    },
    storage::{Locked, Read, Write, lock},
    values::{CorrectionReason, Faults, Id, Reason, RegionCode, Scope, Seen, id::kind},
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

/// Puts an asset right at once, on which nothing rests yet, by whoever recorded it.
pub fn correct_asset(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Asset>,
    seen: &Seen,
    wrong: Wrong<'_, AssetCorrection>,
    reason: &CorrectionReason,
) -> Result<Asset, ActError> {
    let scope = caller.permit(Permission::AssetsWrite)?;
    // Whoever lets anything rest on it holds the same lock.
    lock(unit, &Locked::Assets(&[id]))?;
    let asset = assets::some(unit, &scope, &[id])?.pop().ok_or(ActRefused::Case(CaseRefused::NotFound))?;
    if !seen.includes(asset.version) {
        return Err(ActRefused::Outdated.into());
    }
    let resting = resting::on_assets(unit, &[id])?;
    if !resting.is_nothing() {
        return Err(ActRefused::Resting(Box::new(resting)).into());
    }
    if assets::recorder(unit, id)? != Some(caller.user_id) {
        return Err(ActRefused::NotTheRecorder.into());
    }
    let because = Because { reason, case_id: None, documents: &[] };
    Ok(match amended_asset(unit, &scope, &asset, wrong, "")? {
        Some(corrected) => assets::correct(unit, &caller.actor(), &corrected, &because)?,
        None => assets::make_void(unit, &caller.actor(), &asset, &because)?,
    })
}

/// An asset as it should have been recorded; none where it should not have been. `at` points to what is asked.
fn amended_asset(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: &Asset,
    wrong: Wrong<'_, AssetCorrection>,
    at: &str,
) -> Result<Option<Asset>, ActError> {
    if asset.status == assets::AssetStatus::Voided {
        return Err(ActRefused::Closed { asset: asset.id, status: asset.status }.into());
    }
    let Wrong::Said(corrected) = wrong else { return Ok(None) };
    let at = format!("{at}/corrected");
    let corrected = assets::corrected(unit, scope, asset, &corrected.into(), &at)?;
    let corrected = corrected.ok_or(ActRefused::NothingToCorrect)?;
    let rights = rights::standing(unit, &[asset.id])?;
    let first = rights.iter().map(|(_, it)| it.period.from()).min();
    if first.is_some_and(|first| first < corrected.described.write_off.acquired_on) {
        // Nobody held what was not there.
        let other = "effective_on".to_owned();
        return Err(Faults::one(format!("{at}/acquired_on"), Reason::Contradicts { other }).into());
    }
    resting::within_family(unit, asset, &corrected)?;
    Ok(Some(corrected))
}

/// What an amendment comes to.
#[derive(Debug)]
pub enum Plan {
    /// An asset is as it should have been recorded; and what it was for by the record so far.
    Corrected(Box<Asset>, AssetClass),
    /// An asset is void, with every right in it.
    Void(Box<Asset>),
}

impl Plan {
    /// The asset as it should have been recorded, or as it was where it is void.
    fn asset(&self) -> &Asset {
        match self {
            Self::Corrected(asset, _) | Self::Void(asset) => asset,
        }
    }

    /// Whether it is about something at a household's home, by what is on record or by what should be.
    fn at_home(&self) -> bool {
        let before = match self {
            Self::Corrected(_, before) => Some(*before),
            Self::Void(_) => None,
        };
        before == Some(AssetClass::Household) || self.asset().described.class == AssetClass::Household
    }
}

impl Act for AmendmentRequest {
    const KIND: CaseKind = CaseKind::Amendment;

    type Plan = Plan;

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        vec![self.asset.id]
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let wrong = Wrong::of(self.asset.corrected.as_ref(), self.asset.void, "/asset")?;
        let mut named = Named::default();
        named.assets.push(("/asset/id".to_owned(), self.asset.id));
        let today = unit.today();
        named.decisions(self.decided(), today);
        named.papers(&self.documents, self.owner_consent_id);
        let mut known = named.look_up(unit, &at.scope, today)?;
        let asset = assets::some(unit, &at.scope, &[self.asset.id])?.pop();
        let asset = asset.ok_or_else(|| Faults::one("/asset/id", Reason::NotFound { what: "asset" }))?;
        let amended = amended_asset(unit, &at.scope, &asset, wrong, "/asset")?;
        if amended.is_none() {
            let left = resting::on_void(unit, asset.id, at.case_id())?;
            if !left.is_nothing() {
                return Err(ActRefused::Resting(Box::new(left)).into());
            }
        }
        let held: Vec<Right> =
            rights::standing(unit, &[asset.id])?.into_iter().map(|(_, right)| right).collect();
        let holders: Vec<_> = held.iter().map(|it| it.holder_id).collect();
        known.parties.extend(parties::standing(unit, &holders)?);
        let void = amended.is_none();
        let lots: Vec<Lot> = held
            .iter()
            .filter(|it| if void { it.period.contains(today) } else { it.kind == RightKind::Ownership })
            .map(|it| Lot {
                asset_id: asset.id,
                kind: it.kind,
                from_id: void.then_some(it.holder_id),
                to_id: (!void).then_some(it.holder_id),
                share: it.share,
            })
            .collect();
        let mut lost = Vec::new();
        let mut concerned = Vec::new();
        for lot in lots.iter().filter(|_| void) {
            let Some(holder) = lot.from_id.map(|it| known.party(it)).transpose()? else { continue };
            let claim = Claim { right: lot.kind, holder, share: lot.share };
            lost.push(Lost { asset: asset.id, claim, rivals: Vec::new() });
            if !concerned.contains(&holder) {
                concerned.push(holder);
            }
        }
        let before = &asset.described;
        let after = amended.as_ref().map_or(before, |it| &it.described);
        let region = around(before.region_code, after.region_code);
        let worth = before.write_off.original_value.max(after.write_off.original_value).get().into();
        let judging = Judging::today(at.policy(unit, region)?, today);
        let facts = AlterationFacts {
            effective_on: today,
            entered: judging.entered,
            matter: Matter::Confirmation,
            concerned,
            lost,
            owner_consent: self.owner_consent_id,
            restrictions: Vec::new(),
            decisions: known.decisions,
            disposal: None,
        };
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth).for_the_county(),
            region,
            lots,
            plan: match amended {
                Some(corrected) => Plan::Corrected(Box::new(corrected), asset.described.class),
                None => Plan::Void(Box::new(asset)),
            },
        })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        Terms {
            reason: Some(self.reason.to_string()),
            decisions: self.decided().taken(),
            amended: noticed::sentences(&self.asset, plan.at_home()),
            at_home: plan.at_home(),
            ..Terms::default()
        }
    }

    /// Puts on record what should have been.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        let because = Because { reason: &self.reason, case_id: Some(case.id), documents: &self.documents };
        match plan {
            Plan::Corrected(asset, _) => {
                assets::correct(unit, actor, asset, &because)?;
            }
            Plan::Void(asset) => {
                let instrument = Instrument {
                    kind: InstrumentKind::Voiding,
                    case_id: case.id,
                    effective_on: unit.today(),
                    region: case.region_code,
                    documents: &self.documents,
                };
                rights::make_void(unit, actor, &instrument, asset.id)?;
                assets::make_void(unit, actor, asset, &because)?;
            }
        }
        Ok(())
    }
}

/// The narrowest region that holds two.
fn around(one: RegionCode, other: RegionCode) -> RegionCode {
    iter::successors(Some(one), RegionCode::parent).find(|it| it.covers(&other)).unwrap_or(one)
}
