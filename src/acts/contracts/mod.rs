//! Contracts that are put on record by themselves, since they were made before the register: no case, and no right moves.
//!
//! The rules look at them like at any lease. What is entered long after its day was, and is put on record with whatever is
//! found of it; what is entered in time would be a lease of today, which is made by a transfer: whatever the rules find of it
//! refuses it.

pub mod asked;
mod facts;

use serde_json::json;

use self::asked::{ContractPapers, ContractRequest};
use crate::{
    acts::{
        ActError, ActRefused, Occasion,
        act::{Judging, kept},
        named::{Known, Named},
        names,
    },
    identity::{Caller, Permission},
    journal,
    loss::{
        check::Severity,
        facts::Entered,
        finding::{self, Finding, Outcome},
    },
    money::contracts::{self, Checked, Contract, NewContract, OldContract, Recorded},
    storage::{Locked, Read, StorageError, Write, day_of, lock},
    values::{RegionCode, Scope},
};

/// Records a contract that was made before the register.
///
/// # Errors
/// [`ActRefused::LeaseOfToday`] with what the rules found of one that is entered in time.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &ContractRequest) -> Result<Contract, ActError> {
    let scope = caller.permit(Permission::ContractsWrite)?;
    let (agreed, papers) = (asked.agreed()?, asked.papers());
    // Nothing is locked for what cannot be.
    look_up(unit, &scope, &agreed, &papers)?;
    lock(unit, &Locked::Basis)?;
    lock(unit, &Locked::Assets(&agreed.asset_ids))?;
    lock(unit, &Locked::Parties(&[agreed.lessor_id, agreed.lessee_id]))?;
    // Looked up again under the locks, which whoever ends or corrects an asset, or ends a party, takes.
    let (known, region_code) = look_up(unit, &scope, &agreed, &papers)?;
    let agreed = NewContract {
        case_id: None,
        region_code,
        lessor_id: agreed.lessor_id,
        lessee_id: agreed.lessee_id,
        asset_ids: agreed.asset_ids,
        term: agreed.term,
        dues: agreed.dues,
    };
    if let Some(recorded) = contracts::identical(unit, &agreed)? {
        return Err(ActRefused::RecordedAlready(recorded).into());
    }
    let occasion = Occasion { scope, case: None };
    let judging = occasion.judging(unit, region_code, agreed.term.from(), papers.recorded_late.as_ref())?;
    let checked = checked(unit, known, (&agreed, None), &papers, &judging)?;
    refuse_lease_of_today(unit, &agreed, &checked, &judging)?;
    Ok(contracts::record(unit, &caller.actor(), &agreed, &checked)?)
}

/// What the rules say of a contract as it should have been recorded; none of one that was made by a case. One that a case gave its right later
/// is looked at as it was.
///
/// # Errors
/// [`ActRefused::LeaseOfToday`], where it is put right at once and would not have been recorded so.
pub(super) fn anew(
    unit: &mut Read<'_>,
    corrected: &Recorded,
    at_once: bool,
) -> Result<Option<Checked>, ActError> {
    let agreed = &corrected.agreed;
    let before = contracts::checked(unit, corrected)?;
    if agreed.case_id.is_some() && before.is_none() {
        return Ok(None);
    }
    let papers = match &before {
        Some(before) => kept::<ContractPapers>(&before.papers).map_err(|error| {
            StorageError::Corrupt(format!("the papers of contract {}: {error}", corrected.id))
        })?,
        None => ContractPapers::default(),
    };
    let entered_on = day_of(contracts::recorded_at(unit, corrected.id)?);
    let occasion = Occasion { scope: Scope::WHOLE, case: None };
    let from = agreed.term.from();
    let judging = occasion.judging(unit, agreed.region_code, from, papers.recorded_late.as_ref())?;
    let entered = Entered { on: entered_on, ..judging.entered };
    let judging = Judging { entered, ..judging };
    let known = named(&papers, unit).find(unit, &Scope::WHOLE, from)?.whatever_is_wrong();
    let checked = checked(unit, known, (agreed, Some(corrected)), &papers, &judging)?;
    if at_once {
        refuse_lease_of_today(unit, agreed, &checked, &judging)?;
        refuse_what_is_graver(unit, before.as_ref(), &checked)?;
    }
    Ok(Some(checked))
}

/// What a contract names, where all of it can be.
fn look_up(
    unit: &mut Read<'_>,
    scope: &Scope,
    agreed: &OldContract,
    papers: &ContractPapers,
) -> Result<(Known, RegionCode), ActError> {
    let mut found = named(papers, unit).find(unit, scope, agreed.term.from())?;
    found.tell(contracts::faults(unit, scope, agreed)?);
    let (known, ()) = found.with(Ok(()))?;
    Ok((known, contracts::region(unit, scope, agreed)?))
}

/// What its papers name.
fn named(papers: &ContractPapers, unit: &Read<'_>) -> Named {
    let mut named = Named::default();
    named.decisions(papers.decided(), unit.today());
    named.papers(&papers.documents, papers.owner_consent_id);
    named
}

/// What the rules say of a contract; `recorded` is what is on record of it.
fn checked(
    unit: &mut Read<'_>,
    mut known: Known,
    (agreed, recorded): (&NewContract, Option<&Recorded>),
    papers: &ContractPapers,
    judging: &Judging<'_>,
) -> Result<Checked, ActError> {
    known.also(unit, &[agreed.lessor_id, agreed.lessee_id])?;
    let facts = facts::load(
        unit,
        known,
        agreed,
        recorded.map(|it| it.id),
        (papers, judging.entered, judging.policy.values.related_party_depth),
    )?;
    Ok(Checked {
        papers: json!(papers),
        findings: finding::check(&facts, &judging.policy.values),
        policy_version: judging.policy.version(),
    })
}

/// Refuses to put right at once what the rules then find more of than before: that is decided on by a case.
fn refuse_what_is_graver(
    unit: &mut Read<'_>,
    before: Option<&Checked>,
    checked: &Checked,
) -> Result<(), ActError> {
    let Some(before) = before else { return Ok(()) };
    let known = |it: &&Finding| before.findings.iter().any(|was| was.cause == it.cause && was.lot == it.lot);
    let graver = checked.findings.iter().filter(|it| it.severity > Severity::Warn && !known(it));
    let findings: Vec<Finding> = graver.cloned().collect();
    if findings.is_empty() {
        return Ok(());
    }
    let names = names(unit, findings.iter().flat_map(Finding::ids), journal::Known::Now)?;
    Err(ActRefused::NotAtOnce { findings, names }.into())
}

/// Refuses what was entered in time, where a rule finds more of it than a warning: a lease that is agreed now goes to the village, the
/// township and, where a rule says so, the county.
fn refuse_lease_of_today(
    unit: &mut Read<'_>,
    agreed: &NewContract,
    checked: &Checked,
    judging: &Judging<'_>,
) -> Result<(), ActError> {
    let entered = judging.entered;
    let late = entered.of_its_day || entered.is_late(agreed.term.from(), &judging.policy.values);
    if late || Outcome::of(&checked.findings) == Outcome::Pass {
        return Ok(());
    }
    let findings = checked.findings.clone();
    let names = names(unit, findings.iter().flat_map(Finding::ids), journal::Known::Now)?;
    Err(ActRefused::LeaseOfToday { findings, names }.into())
}
