//! Restrictions as they are laid on assets: the loss rules look at whose debt a mortgage or a pledge secures, and at what.
//!
//! What they block is void by law, and is not put on record as if it were not. Where a court or the authority for such rights has it on
//! its books all the same, it is a fact that whoever deals with the asset must see: it is recorded with where that is, and with what was
//! found of it. That it stands there is shown by its paper.
//!
//! What they send to the county is recorded by whoever approves for it, with the reason for each rule, as cases are approved. A court's
//! seizure is nothing that they look at, and is recorded at once.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    acts::{
        ActError, ActRefused,
        act::{Overridden, Override, overridden},
        names,
        taken_back::{Mistaken, Moved, OnRecord, needed},
    },
    cases::{
        self, Concerning,
        policies::{self, values::Effective},
    },
    identity::{Caller, Permission},
    journal::Known as AsKnown,
    loss::{
        facts::{AssetFacts, EncumbranceFacts, Entered, Measure, PartyFacts, RestrictionFacts},
        finding::{self, Finding, Outcome},
        rules::RuleId,
    },
    register::{
        assets,
        codes::{RestrictionKind, RightKind, Sector},
        parties,
        restrictions::{
            self, Elsewhere, NewRestriction, Restriction, RestrictionRefused, overrides::NewOverride,
        },
        rights::{self, model},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fault, Faults, Id, Period, Reason, RegionCode, Scope, Seen, id::kind, period::past_day},
};

/// Records a restriction on an asset.
///
/// # Errors
/// [`ActRefused::Encumbered`] with what the rules found of one that is void, and is said to be registered nowhere; what is missing
/// where it is said to be.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewRestriction,
    named: &[Override],
) -> Result<Restriction, ActError> {
    let scope = caller.permit(Permission::RestrictionsWrite)?;
    lock(unit, &Locked::Basis)?;
    // Whoever gives the asset to somebody else holds the same lock.
    lock(unit, &Locked::Assets(&[asked.asset_id]))?;
    // What is asked wrongly is told below.
    let Some((mut facts, region, policy)) = facts(unit, &scope, asked)? else {
        return Ok(restrictions::impose(unit, caller, asked)?);
    };
    let today = unit.today();
    let entered = Entered { on: today, explained: false, of_its_day: false };
    facts.standing = entered.is_late(asked.period.from(), &policy.values);
    let findings = finding::check(&facts, &policy.values);
    let is_void = Outcome::of(&findings) == Outcome::Block;
    if let Some(elsewhere) = asked.registered.as_ref().filter(|_| is_void) {
        Faults::none_of(unshown(asked, elsewhere, today))?;
    } else if is_void {
        let names = names(unit, findings.iter().flat_map(Finding::ids), AsKnown::Now)?;
        return Err(ActRefused::Encumbered { findings, names }.into());
    }
    if Outcome::of(&findings) == Outcome::Escalate {
        let approves = caller.permit_in(Permission::CasesApprove, &region).is_ok();
        if !approves || named.is_empty() {
            let names = names(unit, findings.iter().flat_map(Finding::ids), AsKnown::Now)?;
            return Err(ActRefused::EncumbranceForCounty { findings, names }.into());
        }
    }
    if is_void && !named.is_empty() {
        let because = "it stands elsewhere, and nobody agrees to it here".to_owned();
        return Err(Faults::one("/overrides", Reason::NotApplicable { because }).into());
    }
    let named = if is_void { Vec::new() } else { overridden(unit, &findings, named)? };
    let found = NewRestriction {
        findings: Some(json!(Kept::of(findings, &named))),
        named: named.into_iter().map(NewOverride::from).collect(),
        ..asked.clone()
    };
    Ok(restrictions::impose(unit, caller, &found)?)
}

/// A restriction as the rules see it, on the days on which it is met, with the consent of whoever holds it.
pub(super) const fn restricting(
    (it, period): &(Restriction, Period),
    consent: Option<Id<kind::Document>>,
) -> RestrictionFacts {
    RestrictionFacts { kind: it.kind, holder: it.holder_id, period: *period, consent }
}

/// What was found of a restriction, and what the county said of it, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// What was found alone.
    Found(Vec<Finding>),
    /// The county named the rules that found something for it.
    Named {
        /// What was found.
        findings: Vec<Finding>,
        /// The rules, each with its reason.
        overrides: Vec<KeptOverride>,
    },
}

/// A rule that the county named, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptOverride {
    /// The rule.
    pub rule: RuleId,
    /// Why it was recorded all the same.
    pub reason: String,
}

impl From<Overridden> for NewOverride {
    fn from(it: Overridden) -> Self {
        Self { rule: it.rule.code().to_owned(), reason: it.reason, findings: json!(it.findings) }
    }
}

impl Kept {
    fn of(findings: Vec<Finding>, named: &[Overridden]) -> Self {
        if named.is_empty() {
            return Self::Found(findings);
        }
        let kept = |it: &Overridden| KeptOverride { rule: it.rule, reason: it.reason.to_string() };
        Self::Named { findings, overrides: named.iter().map(kept).collect() }
    }

    /// What was found of a restriction, and the rules that the county named.
    ///
    /// # Errors
    /// What is kept is nothing of the kind.
    pub fn with(it: &Restriction) -> Result<(Vec<Finding>, Vec<KeptOverride>), StorageError> {
        let kept = it.findings.clone().map(serde_json::from_value::<Self>).transpose();
        let corrupt =
            |error| StorageError::Corrupt(format!("what was found of restriction {}: {error}", it.id));
        Ok(match kept.map_err(corrupt)? {
            None => (Vec::new(), Vec::new()),
            Some(Self::Found(findings)) => (findings, Vec::new()),
            Some(Self::Named { findings, overrides }) => (findings, overrides),
        })
    }
}

/// Releases a restriction from a day on, or says that it was not released after all, or that it never lay there.
///
/// # Errors
/// Those of the register; and of acts that were looked at while it lay there ([`ActRefused::ReliedUpon`]).
pub fn release(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Restriction>,
    seen: &Seen,
    (released_on, mistaken): (Option<NaiveDate>, &Mistaken),
) -> Result<Restriction, ActError> {
    let scope = caller.permit(Permission::RestrictionsWrite)?;
    let asset = restrictions::find(unit, caller, id, AsKnown::Now)?.asset_id;
    // Nobody deals with the asset meanwhile.
    lock(unit, &Locked::Assets(&[asset]))?;
    let standing = restrictions::find(unit, caller, id, AsKnown::Now)?;
    let from = standing.period.from();
    // The register refuses what is no release of it, and what was changed meanwhile.
    let found = assets::facts(unit, &scope, &[asset])?.remove(&asset);
    let outlasts = found.as_ref().is_some_and(|it| restrictions::outlasts(&standing, released_on, it));
    let is_apt = seen.includes(standing.version) && released_on.is_none_or(|it| it >= from) && !outlasts;
    let after = Restriction { released_on, ..standing.clone() };
    let moved = Moved::between(from, (standing.days(), after.days()), unit.today()).filter(|_| is_apt);
    Faults::none_of(mistaken.faults(unit, &scope, (moved.as_ref(), is_apt))?)?;
    let because = match moved {
        Some(moved) if moved.is_over => {
            let it = OnRecord {
                region: found
                    .map(|it| it.region_code)
                    .ok_or(ActRefused::Restriction(RestrictionRefused::NotFound))?,
                recorder: restrictions::imposed_by(unit, id)?,
                recorded: id.made_at(),
                ended: restrictions::released_by(unit, id)?,
            };
            let resting = cases::resting_since(unit, Concerning::Asset(asset), it.since(&moved))?;
            Some(mistaken.told(caller, (&it, &moved), &resting)?)
        }
        Some(moved) if moved.shortened => {
            let now = unit.now();
            // What secures a debt to the village or the state is given up with a paper.
            let holder = parties::standing(unit, &[standing.holder_id])?.remove(&standing.holder_id);
            let secures = matches!(standing.kind, RestrictionKind::Mortgage | RestrictionKind::Pledge);
            let is_public = holder.is_some_and(|it| it.kind.sector() != Sector::Private);
            if secures && is_public && mistaken.document_id.is_none() {
                return Err(Faults::from(needed(
                    "/document_id",
                    "since it secures what is owed to its holder",
                ))
                .into());
            }
            let resting = cases::resting_since(unit, Concerning::Asset(asset), Some(now))?;
            mistaken.released(caller, &resting)?
        }
        _ => None,
    };
    Ok(restrictions::release(unit, caller, id, seen, (released_on, because))?)
}

/// What is missing where somebody says that a void security stands on the books of a court or an authority: what it shows is its paper,
/// by a number, of a day that has come. The word of whoever records it is not enough.
fn unshown(asked: &NewRestriction, elsewhere: &Elsewhere, today: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    if asked.document_id.is_none() {
        let other = "/registered_elsewhere".to_owned();
        faults.push(Fault::at("/document_id", Reason::RequiredWith { other }));
    }
    let is_figure = |it: char| it.is_numeric() || "〇零一二三四五六七八九十".contains(it);
    if !elsewhere.reference.as_str().chars().any(is_figure) {
        let wanted = "[0-9]".to_owned();
        faults.push(Fault::at("/registered_elsewhere/reference", Reason::WrongForm { wanted }));
    }
    faults.extend(past_day(asked.period.from(), today).err().map(|it| Fault::at("/period/from", it)));
    faults
}

/// The facts of a restriction, the region of its asset, and the policy that holds there; none where something that it names is not there.
fn facts(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &NewRestriction,
) -> Result<Option<(EncumbranceFacts, RegionCode, Effective)>, ActError> {
    let Some(asset) = assets::facts(unit, scope, &[asked.asset_id])?.remove(&asked.asset_id) else {
        return Ok(None);
    };
    let rights: Vec<_> =
        rights::standing(unit, &[asked.asset_id])?.into_iter().map(|(_, right)| right).collect();
    // Whoever owns it on any of its days has it on what is theirs. It is looked at as on the first of them on which anybody does.
    let days = asked.period;
    let owned = rights.iter().filter(|it| it.kind == RightKind::Ownership);
    let owned: Vec<_> = owned.filter(|it| it.period.overlaps(&days)).collect();
    let on = owned.iter().map(|it| it.period.from()).min().map_or(days.from(), |it| it.max(days.from()));
    let owners: BTreeSet<_> = owned.iter().map(|it| it.holder_id).collect();
    let owners = Vec::from_iter(owners);
    let running = model::holders(&rights, RightKind::Management, on)?;
    let running: Vec<_> = running.into_iter().map(|it| it.holder_id).collect();
    let others = asked.secures_debt_of.into_iter().chain([asked.holder_id]);
    let everybody: Vec<_> = owners.iter().chain(&running).copied().chain(others).collect();
    let standing = parties::standing(unit, &everybody)?;
    let party = |id| {
        let it = standing.get(&id)?;
        Some(PartyFacts { id, kind: it.kind, ended_on: it.ended_on, succeeded_by: None })
    };
    let known = |ids: &[_]| -> Result<Vec<PartyFacts>, StorageError> {
        let facts = ids
            .iter()
            .map(|id| party(*id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing"))));
        facts.collect()
    };
    let debtor = asked.secures_debt_of.map(party);
    if debtor == Some(None) {
        return Ok(None);
    }
    let today = unit.today();
    let policy = policies::effective(unit, asset.region_code, today)?;
    let depth = policy.values.related_party_depth;
    let around: Vec<_> = owners.iter().copied().chain([asked.holder_id]).collect();
    let ties = parties::ties_around(unit, &around, &[on.min(today), today], depth)?;
    let facts = EncumbranceFacts {
        kind: asked.kind,
        asset: AssetFacts {
            id: asset.id,
            class: asset.class,
            category: asset.category.to_string(),
            original_value: asset.write_off.original_value,
            book_value: asset.write_off.value_on(on).book_value,
            measured_in: Measure::of(asset.unit.as_str()),
        },
        owners: known(&owners)?,
        running: known(&running)?,
        debtor: debtor.flatten(),
        standing: false,
        shown: asked.document_id.is_some(),
        holder: party(asked.holder_id),
        amount: asked.amount,
        ties,
    };
    Ok(Some((facts, asset.region_code, policy)))
}
