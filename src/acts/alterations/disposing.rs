//! Disposals, by their kinds: which ways there are for which cause, what cannot be said with which way, what falls due, and what
//! becomes of an asset that goes on.

use chrono::{Days, NaiveDate};

use super::asked::AlterationRequest;
use crate::{
    acts::{
        act::kept,
        named::{Known, Named},
    },
    cases::{self, policies::values::PolicyValues},
    money::proceeds::{NewProceeds, ProceedsKind},
    register::{
        assets::{self, Asset, AssetStatus, Details, unmeasured},
        codes::{DisposalCause, DisposalWay},
        projects,
        rights::Right,
    },
    storage::{Read, StorageError},
    values::{
        Fault, Fen, Id, Reason, Scope,
        id::kind,
        period::{before, beyond, calendar_day, years_after},
    },
};

use DisposalWay::{Conversion, Demolition, LossReport, Scrapping, Suspension, Withdrawal};

/// In which ways an asset is disposed of for a cause.
const WAYS: &[(DisposalCause, &[DisposalWay])] = &[
    (DisposalCause::NaturalDisaster, &[LossReport, Scrapping, Demolition, Suspension]),
    (DisposalCause::Demolition, &[Demolition, Scrapping]),
    (DisposalCause::EndOfLife, &[Scrapping, Demolition, Suspension]),
    (DisposalCause::LowYield, &[Conversion, Suspension, Scrapping, Withdrawal]),
    (DisposalCause::InvestmentEnded, &[Withdrawal]),
    (DisposalCause::Replaced, &[Scrapping, Demolition]),
    (DisposalCause::Other, DisposalWay::ALL),
];

/// How many years after its day at most what a disposal brings falls due, or an asset that is not used is used again.
const YEARS_LATER: u32 = 5;

/// What a disposal names, and what of it cannot be.
pub(super) fn named(asked: &AlterationRequest, named: &mut Named) {
    let AlterationRequest::Disposal {
        cause,
        technical_report_id,
        proceeds_fen,
        way,
        evidence,
        until,
        becomes,
        payer_id,
        proceeds_due_on,
        effective_on,
        ..
    } = asked
    else {
        return;
    };
    named.documents.extend(technical_report_id.map(|id| ("/technical_report_id".to_owned(), id)));
    let papers = (0_usize..).zip(evidence);
    named
        .documents
        .extend(papers.map(|(index, it)| (format!("/evidence/{index}/document_id"), it.document_id)));
    named.parties.extend(payer_id.map(|id| ("/payer_id".to_owned(), id)));
    let mut faults = Vec::new();
    let ways = WAYS.iter().filter(|(it, _)| it == cause).flat_map(|(_, ways)| *ways);
    let ways: Vec<DisposalWay> = ways.copied().collect();
    let taken = way.unwrap_or(cause.usual_way());
    if !ways.contains(&taken) {
        let because = format!("cause is {cause}");
        faults.push(Fault::at("/way", Reason::NotApplicable { because }));
    }
    let mut only_with = |said: bool, at: &str, fits: bool, because: String| {
        if said && !fits {
            faults.push(Fault::at(at, Reason::NotApplicable { because }));
        }
    };
    let of_way = || format!("way is {taken}");
    only_with(until.is_some(), "/until", taken == Suspension, of_way());
    only_with(becomes.is_some(), "/becomes", taken == Conversion, of_way());
    only_with(proceeds_fen.is_some(), "/proceeds_fen", taken.ends_the_asset(), of_way());
    let brings = proceeds_fen.is_some_and(|it| !it.is_zero());
    let nothing = || "proceeds_fen is 0".to_owned();
    only_with(payer_id.is_some(), "/payer_id", brings, nothing());
    only_with(proceeds_due_on.is_some(), "/proceeds_due_on", brings, nothing());
    if let Some(until) = until {
        faults.extend(day_after(*until, *effective_on).map(|it| Fault::at("/until", it)));
    }
    if let Some(due_on) = proceeds_due_on {
        let last = years_after(*effective_on, YEARS_LATER);
        let wrong = calendar_day(*due_on).err().or_else(|| beyond(*due_on, last));
        faults.extend(wrong.map(|it| Fault::at("/proceeds_due_on", it)));
    }
    named.faults.extend(faults);
}

/// What is wrong with a day that comes after another, within some years.
fn day_after(day: NaiveDate, on: NaiveDate) -> Option<Reason> {
    if let Err(reason) = calendar_day(day) {
        return Some(reason);
    }
    if day <= on {
        let min = on.succ_opt().unwrap_or(on).to_string();
        return Some(Reason::TooSmall { min });
    }
    beyond(day, years_after(on, YEARS_LATER))
}

/// What of a disposal cannot be, by what is on record.
pub(super) fn faults_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &AlterationRequest,
    known: &Known,
) -> Result<Vec<Fault>, StorageError> {
    let AlterationRequest::Disposal { asset_id, replaced_by_project_id, proceeds_due_on, becomes, .. } =
        asked
    else {
        return Ok(Vec::new());
    };
    let mut faults = Vec::new();
    let category = becomes.as_ref().and_then(|it| it.category.as_ref());
    if let Some((category, it)) = category.zip(known.assets.get(asset_id)) {
        // What it becomes is measured as it was.
        let wrong = unmeasured(category.as_str(), it.unit.as_str(), "").map(|it| it.reason);
        faults.extend(wrong.map(|reason| Fault::at("/becomes/category", reason)));
    }
    if let Some(project) = replaced_by_project_id
        && !projects::can_be_named(unit, scope, *project)?
    {
        faults.push(Fault::at("/replaced_by_project_id", Reason::NotFound { what: "project" }));
    }
    // Nothing is replaced by what made it.
    if let Some(project) = replaced_by_project_id
        && assets::some(unit, scope, &[*asset_id])?.iter().any(|it| it.described.project_id == Some(*project))
    {
        let other = "project_id".to_owned();
        faults.push(Fault::at("/replaced_by_project_id", Reason::Contradicts { other }));
    }
    let since = known.assets.get(asset_id).map(|it| it.write_off.acquired_on);
    let early = since.zip(*proceeds_due_on).and_then(|(since, due_on)| before(due_on, since));
    faults.extend(early.map(|it| Fault::at("/proceeds_due_on", it)));
    Ok(faults)
}

/// The other case that puts an asset out of use for some of the days from one on up to another.
pub(super) fn suspended_by(
    unit: &mut Read<'_>,
    (asset, on, until): (Id<kind::Asset>, NaiveDate, Option<NaiveDate>),
    is_idle: bool,
    but: Option<Id<kind::Case>>,
) -> Result<Option<Id<kind::Case>>, StorageError> {
    let mut resting = cases::resting_on(unit, &[asset], CASES_LOOKED_AT)?;
    resting.retain(|it| Some(*it) != but);
    resting.dedup();
    let is_same = |asked: &serde_json::Value| {
        // What an earlier release kept otherwise is none.
        let Ok(AlterationRequest::Disposal { asset_id, cause, way, until: to, effective_on, .. }) =
            kept::<AlterationRequest>(asked)
        else {
            return false;
        };
        let overlaps = until.is_none_or(|it| effective_on < it) && to.is_none_or(|it| on < it);
        asset_id == asset && way.unwrap_or(cause.usual_way()) == Suspension && overlaps
    };
    let asked = cases::asked_of_all(unit, &resting)?;
    let mut same: Vec<_> = asked.iter().filter(|(_, it)| is_same(it)).map(|(case, _)| *case).collect();
    // One that was executed is over once the asset is in use again.
    if !is_idle && !same.is_empty() {
        let under_way = cases::under_way_about(unit, &[asset], but, CASES_LOOKED_AT)?;
        same.retain(|it| under_way.contains(it));
    }
    Ok(same.first().copied())
}

/// How many cases about an asset are looked at, at most.
const CASES_LOOKED_AT: i64 = 1000;

/// The day on which what comes of it falls due; none where nothing does.
pub(super) fn due_on(asked: &AlterationRequest, policy: &PolicyValues) -> Option<NaiveDate> {
    let AlterationRequest::Disposal { proceeds_fen, proceeds_due_on, effective_on, .. } = asked else {
        return None;
    };
    proceeds_fen.filter(|it| !it.is_zero())?;
    let days = Days::new(u64::try_from(policy.proceeds_due_days).unwrap_or_default());
    proceeds_due_on.or_else(|| effective_on.checked_add_days(days))
}

/// What falls due to those of the state and the collectives who own the asset, or to the villages' own organisations that do, each its part.
pub(super) fn dues(
    asked: &AlterationRequest,
    (known, own): (&Known, &[Id<kind::Party>]),
    asset: &Asset,
    owners: &[&Right],
    (parts, due_on): (&[Fen], Option<NaiveDate>),
) -> Result<Vec<NewProceeds>, StorageError> {
    let (AlterationRequest::Disposal { payer_id, effective_on, .. }, Some(due_on)) = (asked, due_on) else {
        return Ok(Vec::new());
    };
    let mut dues = Vec::new();
    for (owner, part) in owners.iter().zip(parts).filter(|(_, part)| !part.is_zero()) {
        if own.contains(&owner.holder_id) || known.party(owner.holder_id)?.is_public() {
            dues.push(NewProceeds {
                kind: ProceedsKind::Disposal,
                asset_id: asset.id,
                region_code: asset.described.region_code,
                creditor_id: owner.holder_id,
                payer_id: *payer_id,
                amount: *part,
                since: *effective_on,
                due_on,
            });
        }
    }
    Ok(dues)
}

/// The asset as it goes on, where it does not end.
pub(super) fn goes_on(asked: &AlterationRequest, asset: &Asset) -> Option<Asset> {
    let AlterationRequest::Disposal { cause, way, becomes, .. } = asked else { return None };
    let mut after = asset.clone();
    match way.unwrap_or(cause.usual_way()) {
        Suspension => after.status = AssetStatus::Idle,
        Conversion => {
            after.status = AssetStatus::InUse;
            if let Some(it) = becomes {
                let of = &mut after.described;
                of.name = it.name.clone().unwrap_or_else(|| of.name.clone());
                of.category = it.category.clone().unwrap_or_else(|| of.category.clone());
                let specification = it.specification.clone().or_else(|| of.details.specification.clone());
                of.details = Details::of(of.details.location.clone(), specification);
            }
        }
        _ => return None,
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_ways_and_its_usual_one_among_them() {
        for cause in DisposalCause::ALL {
            let ways: Vec<_> = WAYS.iter().filter(|(it, _)| it == cause).collect();
            assert_eq!(ways.len(), 1, "{cause}");
            assert!(ways.iter().all(|(_, ways)| ways.contains(&cause.usual_way())), "{cause}");
        }
    }
}
