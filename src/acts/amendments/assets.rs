//! Assets that were recorded wrongly.

use chrono::NaiveDate;

use super::{
    Amended, Plan, Weighed, Wrong, around,
    asked::{AmendmentRequest, AssetAmendment, AssetCorrection},
    may_be_corrected, resting, settled,
};
use crate::{
    acts::{
        ActError, ActRefused, Looked, Occasion,
        named::{Named, own_organisations},
        restated::restated_of,
    },
    cases::{Case, CaseRefused, Lot, decision::Matter},
    identity::{Caller, Permission},
    journal::Actor,
    loss::facts::{Claim, Lost, Reclassed, Relabelled, StruckOff},
    money::{accounts, proceeds},
    register::{
        Because,
        assets::{self, Asset, book_value::WriteOff},
        codes::{AssetClass, RightKind},
        parties,
        rights::{self, Instrument, InstrumentKind, Right},
    },
    storage::{Locked, Read, StorageError, Write, day_of, lock},
    values::{CorrectionReason, Faults, Id, Reason, Scope, Seen, id::kind},
};

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
    // Whoever lets anything rest on it holds the same lock, and so does whoever makes the project void.
    let project = match wrong {
        Wrong::Said(corrected) => corrected.project_id.content().copied(),
        Wrong::Recorded => None,
    };
    lock(unit, &Locked::Projects(project.as_slice()))?;
    lock(unit, &Locked::Assets(&[id]))?;
    let asset = assets::some(unit, &scope, &[id])?.pop().ok_or(ActRefused::Case(CaseRefused::NotFound))?;
    let resting = resting::on_asset(unit, id)?;
    let recorder = assets::recorder(unit, id)?;
    may_be_corrected(caller, (seen, asset.version), resting, recorder)?;
    let because = Because { reason, case_id: None, documents: &[] };
    Ok(match amended_asset(unit, &scope, &asset, wrong, ("", None))? {
        Some(corrected) => correct(unit, &caller.actor(), &asset, &corrected, &because)?,
        None => assets::make_void(unit, &caller.actor(), &asset, &because)?,
    })
}

/// Puts on record what should have been said of an asset. The account of its income goes with it: nothing is in it that
/// stands, or the place would not be corrected.
fn correct(
    unit: &mut Write<'_>,
    actor: &Actor,
    before: &Asset,
    corrected: &Asset,
    because: &Because<'_>,
) -> Result<Asset, ActError> {
    let after = assets::correct(unit, actor, corrected, because)?;
    if after.described.region_code != before.described.region_code {
        accounts::follow(unit, after.id, after.described.region_code)?;
    }
    Ok(after)
}

/// An asset as it should have been recorded; none where it should not have been. `at` points to what is asked; where that has
/// its case, it is named.
fn amended_asset(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: &Asset,
    wrong: Wrong<'_, AssetCorrection>,
    (at, case): (&str, Option<Id<kind::Case>>),
) -> Result<Option<Asset>, ActError> {
    if asset.status == assets::AssetStatus::Voided {
        return Err(ActRefused::Closed { asset: asset.id, status: asset.status }.into());
    }
    let Wrong::Said(corrected) = wrong else { return Ok(None) };
    let at = format!("{at}/corrected");
    let acquired_on = corrected.acquired_on.unwrap_or(asset.described.write_off.acquired_on);
    let corrected = assets::corrected(unit, scope, asset, &corrected.into(), &at).map_err(ActError::from);
    let corrected = corrected.and_then(|it| Ok(it.ok_or(ActRefused::NothingToCorrect)?));
    let (corrected, ()) = ActError::both(corrected, there_in_time(unit, asset, acquired_on, &at))?;
    resting::within_family(unit, asset, &corrected, (&at, case))?;
    Ok(Some(corrected))
}

/// Refuses a day of acquisition by which somebody would have held an asset, or owed or paid for it, that was not there. `at`
/// points to what is asked.
fn there_in_time(
    unit: &mut Read<'_>,
    asset: &Asset,
    acquired_on: NaiveDate,
    at: &str,
) -> Result<(), ActError> {
    let rights = rights::standing(unit, &[asset.id])?;
    let mut first = rights.iter().map(|(_, it)| it.period.from()).min();
    if acquired_on > asset.described.write_off.acquired_on {
        first = first.into_iter().chain(resting::first_day(unit, asset.id)?).min();
    }
    // One that is still to come is told as such.
    match first.filter(|first| *first < acquired_on && acquired_on <= unit.today()) {
        Some(first) => {
            let latest = first.to_string();
            Err(Faults::one(format!("{at}/acquired_on"), Reason::TooLate { latest }).into())
        }
        None => Ok(()),
    }
}

/// The asset that an amendment is about, as it is and as it should have been; `case` is that of the amendment.
fn put_right(
    unit: &mut Read<'_>,
    (scope, case): (&Scope, Option<Id<kind::Case>>),
    it: &AssetAmendment,
) -> Result<(Asset, Option<Asset>), ActError> {
    let asset = assets::some(unit, scope, &[it.id])?.pop();
    let asset = asset.ok_or_else(|| Faults::one("/asset/id", Reason::NotFound { what: "asset" }));
    let (wrong, asset) = Faults::both(Wrong::of(it.corrected.as_ref(), it.void, "/asset"), asset)?;
    let amended = amended_asset(unit, scope, &asset, wrong, ("/asset", case))?;
    Ok((asset, amended))
}

/// What the amendment of an asset comes to.
pub(super) fn look(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &AmendmentRequest,
    it: &AssetAmendment,
) -> Result<Looked<Plan>, ActError> {
    let mut named = Named::default();
    named.assets.push(("/asset/id".to_owned(), it.id));
    let today = unit.today();
    // Who would lose by it is asked as of the day of the draft: what ends by itself while the notice hangs was noticed as well.
    let drafted_on = at.case.map_or(today, |(case, _)| day_of(case.created_at));
    let found = asked.named(unit, at, named)?;
    let (mut known, (asset, amended)) = found.with(put_right(unit, (&at.scope, at.case_id()), it))?;
    if amended.is_none() {
        settled(resting::on_void(unit, asset.id, at.case_id())?)?;
    }
    let held: Vec<Right> = rights::standing(unit, &[asset.id])?.into_iter().map(|(_, right)| right).collect();
    let holders: Vec<_> = held.iter().map(|it| it.holder_id).collect();
    known.also(unit, &holders)?;
    let void = amended.is_none();
    let lots: Vec<Lot> = held
        .iter()
        // What begins later would not begin.
        .filter(|it| if void { it.period.ends_after(drafted_on) } else { it.kind == RightKind::Ownership })
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
    let mut reclassed = Vec::new();
    if before.class == AssetClass::Household && after.class != AssetClass::Household {
        let owning = |it: &&Right| it.kind == RightKind::Ownership && it.period.ends_after(today);
        for it in held.iter().filter(owning) {
            let it = Reclassed { asset: asset.id, owner: known.party(it.holder_id)?, class: after.class };
            if !reclassed.contains(&it) {
                reclassed.push(it);
            }
        }
    }
    let own = known.own_organisations(unit, &[today])?;
    let mut public = false;
    for it in held.iter().filter(|it| it.kind == RightKind::Ownership && it.period.ends_after(today)) {
        public |= own.contains(&it.holder_id) || known.party(it.holder_id)?.is_public();
    }
    let relabelled = (before.class != after.class).then_some(Relabelled {
        asset: asset.id,
        before: before.class,
        after: after.class,
        public,
        cost: Some(before.write_off.original_value.max(after.write_off.original_value)),
    });
    let struck_off = match void && !held.is_empty() {
        true => {
            let twin = twin_of(unit, &asset)?;
            let restated = restated_of(unit, &[asset.id], today)?.found;
            Some((StruckOff { asset: known.asset(asset.id, today)?, public, twin }, restated))
        }
        false => None,
    };
    let matter = Matter::Confirmation;
    let weighed = Weighed {
        region,
        since: today,
        worth,
        matter,
        concerned,
        lost,
        lots,
        eased: None,
        reclassed,
        relabelled,
        struck_off,
        rebound: Vec::new(),
        given_up: None,
        replaced: Vec::new(),
        later_rent: Vec::new(),
    };
    asked.judged(unit, at, known, weighed, Plan::Asset(Amended::of(asset, amended)))
}

/// Another asset on record of the same project that is the same by name and quantity, cost no less, stands in the books with no less and for
/// as long, and is the state's, a collective's or a village's own organisation's today: the one that stays where something was recorded
/// twice.
fn twin_of(unit: &mut Read<'_>, asset: &Asset) -> Result<Option<Id<kind::Asset>>, StorageError> {
    let same: Vec<_> = assets::of_same_projects(unit, &[asset.id])?.into_keys().collect();
    let mut twins = assets::some(unit, &Scope::WHOLE, &same)?;
    let (one, today) = (&asset.described, unit.today());
    // What is never written off serves for ever.
    let serves = |it: &WriteOff| it.serves_until().unwrap_or(NaiveDate::MAX);
    twins.retain(|it| {
        let other = &it.described;
        it.id != asset.id
            && !it.status.is_final()
            && other.name == one.name
            && other.quantity == one.quantity
            && other.unit == one.unit
            && other.write_off.original_value >= one.write_off.original_value
            && other.write_off.value_on(today).book_value >= one.write_off.value_on(today).book_value
            && serves(&other.write_off) >= serves(&one.write_off)
    });
    let ids: Vec<_> = twins.iter().map(|it| it.id).collect();
    let mut owned = rights::standing(unit, &ids)?;
    owned.retain(|(_, it)| it.kind == RightKind::Ownership && it.period.contains(today));
    let owners: Vec<_> = owned.iter().map(|(_, it)| it.holder_id).collect();
    let owners = parties::standing(unit, &owners)?;
    let own = own_organisations(unit, owners.iter().map(|(id, it)| (*id, it.kind)), &[today])?;
    let is_public = |it: &Right| {
        own.contains(&it.holder_id) || owners.get(&it.holder_id).is_some_and(|it| it.sector.is_public())
    };
    Ok(owned.iter().find(|(_, it)| is_public(it)).map(|(id, _)| *id))
}

/// Puts on record what should have been.
pub(super) fn execute(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: &Case,
    amended: &Amended<Asset>,
    because: &Because<'_>,
) -> Result<(), ActError> {
    if let Some(corrected) = &amended.after {
        correct(unit, actor, &amended.before, corrected, because)?;
        return Ok(());
    }
    let instrument = Instrument {
        kind: InstrumentKind::Voiding,
        case_id: case.id,
        effective_on: unit.today(),
        region: case.region_code,
        documents: because.documents,
    };
    rights::make_void(unit, actor, &instrument, amended.before.id)?;
    proceeds::lapse_all(unit, actor, amended.before.id)?;
    assets::make_void(unit, actor, &amended.before, because)?;
    Ok(())
}
