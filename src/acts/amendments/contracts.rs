//! Contracts that were recorded wrongly.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    Amended, Plan, Weighed, Wrong, around,
    asked::{AmendmentRequest, ContractAmendment, ContractCorrection},
    may_be_corrected, resting, settled,
};
use crate::{
    acts::{ActError, ActRefused, Looked, Occasion, grounds, named::Named},
    cases::{self, CaseRefused, Lot},
    identity::{Caller, Permission},
    journal::Actor,
    loss::facts::{LoweredRent, PartyFacts},
    money::contracts::{self, Contract, NewContract, Recorded},
    register::{
        Because, assets,
        codes::{RecordStatus, RightKind},
        parties,
    },
    storage::{Locked, Read, Write, lock},
    values::{CorrectionReason, Faults, Fen, Id, Reason, Scope, Seen, Share, id::kind, share},
};

/// Puts a contract right at once, on which nothing rests yet, by whoever recorded it.
pub fn correct_contract(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Contract>,
    seen: &Seen,
    wrong: Wrong<'_, ContractCorrection>,
    reason: &CorrectionReason,
) -> Result<Contract, ActError> {
    let scope = caller.permit(Permission::ContractsWrite)?;
    let asked = match wrong {
        Wrong::Said(it) => it.clone(),
        Wrong::Recorded => ContractCorrection::default(),
    };
    // Whoever ends what it should have been about, or whom it should have bound, holds locks that do not go with these.
    lock(unit, &Locked::Assets(asked.asset_ids.as_deref().unwrap_or_default()))?;
    let bound: Vec<_> = [asked.lessor_id, asked.lessee_id].into_iter().flatten().collect();
    lock(unit, &Locked::Parties(&bound))?;
    // Whoever is paid under it, or ends it, holds the same lock.
    lock(unit, &Locked::Contracts(&[id]))?;
    let recorded = contracts::one(unit, &scope, id)?.ok_or(ActRefused::Case(CaseRefused::NotFound))?;
    let resting = resting::on_contract(unit, &recorded)?;
    let recorder = contracts::recorder(unit, id)?;
    may_be_corrected(caller, (seen, recorded.version), resting, recorder)?;
    let because = Because { reason, case_id: None, documents: &[] };
    Ok(match amended_contract(unit, &scope, &recorded, wrong, "")? {
        Some(corrected) => contracts::correct(unit, &caller.actor(), &corrected, &because)?,
        None => contracts::make_void(unit, &caller.actor(), &recorded, &because)?,
    })
}

/// A contract as it should have been recorded; none where it should not have been. `at` points to what is asked.
fn amended_contract(
    unit: &mut Read<'_>,
    scope: &Scope,
    recorded: &Recorded,
    wrong: Wrong<'_, ContractCorrection>,
    at: &str,
) -> Result<Option<Recorded>, ActError> {
    if recorded.status == RecordStatus::Voided {
        return Err(ActRefused::Void.into());
    }
    let Wrong::Said(corrected) = wrong else { return Ok(None) };
    let at = format!("{at}/corrected");
    let corrected = contracts::corrected(unit, scope, recorded, &corrected.parse(&at)?, &at)?;
    Ok(Some(corrected.ok_or(ActRefused::NothingToCorrect)?))
}

/// The contract that an amendment is about, as it is and as it should have been.
fn put_right(
    unit: &mut Read<'_>,
    scope: &Scope,
    it: &ContractAmendment,
) -> Result<(Recorded, Option<Recorded>), ActError> {
    let recorded = contracts::one(unit, scope, it.id)?;
    let missing = || Faults::one("/contract/id", Reason::NotFound { what: "contract" });
    let wrong = Wrong::of(it.corrected.as_ref(), it.void, "/contract");
    let (wrong, recorded) = Faults::both(wrong, recorded.ok_or_else(missing))?;
    let amended = amended_contract(unit, scope, &recorded, wrong, "/contract")?;
    Ok((recorded, amended))
}

/// What the amendment of a contract comes to.
pub(super) fn look(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &AmendmentRequest,
    it: &ContractAmendment,
) -> Result<Looked<Plan>, ActError> {
    let found = asked.named(unit, at, Named::default())?;
    let (mut known, (recorded, amended)) = found.with(put_right(unit, &at.scope, it))?;
    settled(match &amended {
        Some(after) => resting::on_let_no_longer(unit, after)?,
        None => resting::on_void_contract(unit, &recorded, at.case_id())?,
    })?;
    let before = &recorded.agreed;
    let after = amended.as_ref().map(|it| &it.agreed);
    let lessor = before.lessor_id;
    known.parties.extend(parties::standing(unit, &[lessor])?);
    // Whoever lets decides on what is no longer owed to it.
    let loses = after.is_none_or(|it| it.lessor_id != lessor || falls_short(it, before));
    let concerned = loses.then(|| known.party(lessor)).transpose()?;
    let lowered = match after.filter(|it| falls_short(it, before)) {
        Some(after) => Some(lowered(unit, after, known.party(lessor)?)?),
        None => None,
    };
    let owed = |it: &NewContract| it.dues.iter().map(|(_, due)| i128::from(due.get())).sum::<i128>();
    let weighed = Weighed {
        region: around(before.region_code, after.unwrap_or(before).region_code),
        worth: owed(before).max(after.map(owed).unwrap_or_default()),
        concerned: concerned.into_iter().collect(),
        lost: Vec::new(),
        lots: Vec::new(),
        lowered,
        reclassed: Vec::new(),
    };
    asked.judged(unit, at, known, weighed, Plan::Contract(Amended::of(recorded, amended)))
}

/// What a contract would let for from then on, as the rules judge the rent of a lease: by what is let of each asset, and by the
/// appraisal, where it was let through a case. What became of what was let is let in the same share.
fn lowered(unit: &mut Read<'_>, after: &NewContract, lessor: PartyFacts) -> Result<LoweredRent, ActError> {
    let (shares, appraised) = match after.case_id {
        Some(case) => (cases::lots_of(unit, case)?, grounds::appraised(unit, case)?),
        None => (Vec::new(), None),
    };
    let of_asset = |id: Id<kind::Asset>| {
        let of = |it: &&Lot| it.asset_id == id && it.kind == RightKind::Management;
        let let_of_it = share::sum(shares.iter().filter(of).map(|it| it.share));
        let others = shares.first().map_or(Share::WHOLE, |it| it.share);
        Share::from_ratio(let_of_it.to_ratio()).unwrap_or(others)
    };
    let assets = assets::facts(unit, &Scope::WHOLE, &after.asset_ids)?;
    Ok(LoweredRent {
        lessor,
        lets: assets.values().map(|it| (it.write_off.original_value, of_asset(it.id))).collect(),
        rent: after.dues.iter().map(|(_, due)| *due).collect(),
        term: after.term,
        appraised,
    })
}

/// Whether on some day less has fallen due by one contract than by another.
fn falls_short(it: &NewContract, of: &NewContract) -> bool {
    let due_by = |contract: &NewContract, day: NaiveDate| {
        let due = contract.dues.iter().filter(|(on, _)| *on <= day);
        due.map(|(_, amount): &(NaiveDate, Fen)| i128::from(amount.get())).sum::<i128>()
    };
    let days: BTreeSet<NaiveDate> = of.dues.iter().map(|(on, _)| *on).collect();
    days.into_iter().any(|day| due_by(it, day) < due_by(of, day))
}

/// Puts on record what should have been.
pub(super) fn execute(
    unit: &mut Write<'_>,
    actor: &Actor,
    amended: &Amended<Recorded>,
    because: &Because<'_>,
) -> Result<(), ActError> {
    match &amended.after {
        Some(corrected) => contracts::correct(unit, actor, corrected, because)?,
        None => contracts::make_void(unit, actor, &amended.before, because)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Period;

    #[test]
    fn less_or_later_is_less_and_more_or_sooner_is_not() {
        let contract = |dues: &[(&str, i64)]| NewContract {
            case_id: None,
            region_code: "130828101201".parse().unwrap(),
            lessor_id: uuid::Uuid::from_u128(1).into(),
            lessee_id: uuid::Uuid::from_u128(2).into(),
            asset_ids: Vec::new(),
            term: Period::since("2021-01-01".parse().unwrap()),
            dues: dues.iter().map(|(on, amount)| (on.parse().unwrap(), Fen::new(*amount).unwrap())).collect(),
        };
        let agreed = contract(&[("2021-01-01", 100), ("2022-01-01", 100)]);
        for (dues, wanted) in [
            (&[("2021-01-01", 100), ("2022-01-01", 100)][..], false),
            (&[("2021-01-01", 200)], false),
            (&[("2021-01-01", 100), ("2022-01-02", 100)], true),
            (&[("2021-01-01", 100)], true),
            (&[("2020-01-01", 250)], false),
        ] {
            assert_eq!(falls_short(&contract(dues), &agreed), wanted, "{dues:?}");
        }
    }
}
