//! Contracts that were recorded wrongly.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Amended, Plan, Weighed, Wrong, around,
    asked::{AmendmentRequest, ContractAmendment, ContractCorrection},
    leases::{self, Standing},
    may_be_corrected, resting, settled,
};
use crate::{
    acts::{ActError, ActRefused, Looked, Occasion, contracts as recorded_contracts, grounds, named::Named},
    cases::{self, CaseRefused, Lot, decision::Matter},
    identity::{Caller, Permission},
    journal::Actor,
    loss::facts::{GivenUp, LandUse, LeaseTerms, LetFacts, PartyFacts, Payment, Rebinding, Rebound},
    money::contracts::{self, Contract, NewContract, Recorded, WithRight, due_by, eased_by},
    register::{
        Because,
        assets::{self, AssetFacts},
        codes::{RecordStatus, RightKind},
    },
    storage::{Locked, Read, Write, lock},
    values::{CorrectionReason, Faults, Fen, Id, Period, Reason, Scope, Seen, Share, id::kind, share},
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
    lock(unit, &Locked::Basis)?;
    // Whoever ends what it should have been about, or whom it should have bound, holds locks that do not go with these.
    lock(unit, &Locked::Assets(asked.asset_ids.as_deref().unwrap_or_default()))?;
    let standing = contracts::one(unit, &scope, id)?.map(|it| [it.agreed.lessor_id, it.agreed.lessee_id]);
    let asked_for = [asked.lessor_id, asked.lessee_id].into_iter().flatten();
    let bound: Vec<_> = asked_for.chain(standing.into_iter().flatten()).collect();
    lock(unit, &Locked::Parties(&bound))?;
    // Whoever is paid under it, or ends it, holds the same lock.
    lock(unit, &Locked::Contracts(&[id]))?;
    let recorded = contracts::one(unit, &scope, id)?.ok_or(ActRefused::Case(CaseRefused::NotFound))?;
    let resting = resting::on_contract(unit, &recorded)?;
    let recorder = contracts::recorder(unit, id)?;
    may_be_corrected(caller, (seen, recorded.version), resting, recorder)?;
    let amended = amended_contract(unit, &scope, &recorded, (wrong, WithRight::default()), "")?;
    let kept = amended.as_ref().map(|it| &it.agreed);
    let resting =
        resting::on_what_fell_due(&recorded.agreed, |by| forgives(kept, &recorded.agreed, by), unit.today());
    if !resting.is_nothing() {
        return Err(ActRefused::Resting(Box::new(resting)).into());
    }
    let because = Because { reason, case_id: None, documents: &[] };
    Ok(match amended {
        Some(corrected) => {
            let checked = recorded_contracts::anew(unit, &corrected, true)?;
            contracts::correct(unit, &caller.actor(), &corrected, checked.as_ref(), &because)?
        }
        None => contracts::make_void(unit, &caller.actor(), &recorded, &because)?,
    })
}

/// A contract as it should have been recorded; none where it should not have been. `with_right` says as to what the right under it is
/// put right with it. `at` points to what is asked.
fn amended_contract(
    unit: &mut Read<'_>,
    scope: &Scope,
    recorded: &Recorded,
    (wrong, with_right): (Wrong<'_, ContractCorrection>, WithRight),
    at: &str,
) -> Result<Option<Recorded>, ActError> {
    if recorded.status == RecordStatus::Voided {
        return Err(ActRefused::Void.into());
    }
    let Wrong::Said(corrected) = wrong else { return Ok(None) };
    let at = format!("{at}/corrected");
    let corrected = contracts::corrected(unit, scope, (recorded, with_right), &corrected.parse(&at)?, &at)?;
    Ok(Some(corrected.ok_or(ActRefused::NothingToCorrect)?))
}

/// The contract that an amendment is about, as it is and as it should have been.
fn put_right(
    unit: &mut Read<'_>,
    scope: &Scope,
    it: &ContractAmendment,
) -> Result<(Recorded, Option<Recorded>, Option<Standing>), ActError> {
    let recorded = contracts::one(unit, scope, it.id)?;
    let missing = || Faults::one("/contract/id", Reason::NotFound { what: "contract" });
    let wrong = Wrong::of(it.corrected.as_ref(), it.void, "/contract");
    let (wrong, recorded) = Faults::both(wrong, recorded.ok_or_else(missing))?;
    let standing = Standing::behind(unit, &recorded)?;
    let with_right = standing.as_ref().map(Standing::with_right).unwrap_or_default();
    let amended = amended_contract(unit, scope, &recorded, (wrong, with_right), "/contract")?;
    Ok((recorded, amended, standing))
}

/// What the amendment of a contract comes to.
pub(super) fn look(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &AmendmentRequest,
    it: &ContractAmendment,
) -> Result<Looked<Plan>, ActError> {
    let found = asked.named(unit, at, Named::default())?;
    let (mut known, (recorded, amended, standing)) = found.with(put_right(unit, &at.scope, it))?;
    settled(match &amended {
        Some(after) => resting::on_let_no_longer(unit, after)?,
        None => resting::on_void_contract(unit, &recorded, at.case_id())?,
    })?;
    let of_right = |it: &Recorded| {
        (it.agreed.lessee_id, it.agreed.term) != (recorded.agreed.lessee_id, recorded.agreed.term)
    };
    if let (Some(standing), Some(after)) = (&standing, amended.as_ref().filter(|it| of_right(it))) {
        return leases::look(unit, at, asked, (standing, recorded, after.clone()));
    }
    let before = &recorded.agreed;
    let after = amended.as_ref().map(|it| &it.agreed);
    let lessor = before.lessor_id;
    let lessee = after.map(|it| it.lessee_id);
    let parties = [lessor, before.lessee_id].into_iter().chain(lessee).chain(after.map(|it| it.lessor_id));
    known.also(unit, &Vec::from_iter(parties))?;
    let today = unit.today();
    // Whoever lets decides on what is no longer owed to it, and on what it would let for longer, more of it, or to another one.
    let loses = after.is_none_or(|it| it.lessor_id != lessor || eases(it, before));
    let mut concerned: Vec<_> = loses.then(|| known.party(lessor)).transpose()?.into_iter().collect();
    let mut let_now = assets::facts(unit, &Scope::WHOLE, &after.unwrap_or(before).asset_ids)?;
    // What others count in the place of is let by them.
    let_now.retain(|_, it| !it.status.is_final());
    let eased = match after.filter(|it| eases(it, before)) {
        Some(after) => {
            // What was public is let for that, whoever is said to let it.
            let (was, is) = (known.party(lessor)?, known.party(after.lessor_id)?);
            let was_public = was.is_public()
                || known.own_organisations(unit, &[before.term.from(), today])?.contains(&lessor);
            let parties = (if was_public { was } else { is }, known.party(after.lessee_id)?);
            Some(eased(unit, after, parties, (&let_now, !holds(&before.term, &after.term)))?)
        }
        None => None,
    };
    // Who lets is left with less where it decides on it, and who rents is bound to more where more falls due, or another rents.
    let binds =
        after.filter(|it| it.lessee_id != before.lessee_id || falls_short(before, it, NaiveDate::MAX));
    // Whoever would let it from now on decides on that, as on any lease.
    if let Some(after) = after.filter(|it| it.lessor_id != lessor) {
        concerned.push(known.party(after.lessor_id)?);
    }
    let lets = concerned.iter().map(|it| Rebound { party: *it, by: Rebinding::Lets });
    let mut rebound: Vec<_> = lets.collect();
    // A collective that rents decides on what it is bound to.
    if let Some(after) = binds {
        let owes = known.party(after.lessee_id)?;
        rebound.push(Rebound { party: owes, by: Rebinding::Owes });
        concerned.push(owes);
    }
    // Nobody is asked whose data were erased.
    if !known.is_erased(before.lessee_id) && loses_lease(before, after) {
        rebound.push(Rebound { party: known.party(before.lessee_id)?, by: Rebinding::Loses });
    }
    // Of what is owed to somebody else nothing is left. What another lessee owes instead is told for that (L23).
    let same = |it: &&NewContract| it.lessor_id == before.lessor_id;
    let overdue = after
        .filter(same)
        .map_or_else(|| due_by(&before.dues, today), |it| eased_by(&it.dues, &before.dues, today));
    let given_up = match as_fen(overdue) {
        Some(amount) => Some(GivenUp { creditor: known.party(lessor)?, due_by: today, amount }),
        None => None,
    };
    // What falls due today is told with what fell due.
    let tomorrow = today.succ_opt().unwrap_or(today);
    let replaced = match lessee {
        Some(by) => leases::replaced(unit, &known, &recorded, by)?,
        None => Vec::new(),
    };
    let land = !let_now.is_empty() && let_now.values().all(|it| LandUse::of(it.category.as_str()).is_some());
    let owed = |it: &NewContract| it.dues.iter().map(|(_, due)| i128::from(due.get())).sum::<i128>();
    let weighed = Weighed {
        region: around(before.region_code, after.unwrap_or(before).region_code),
        since: before.term.from(),
        worth: owed(before).max(after.map(owed).unwrap_or_default()),
        matter: if land { Matter::LandContract } else { Matter::Lease },
        concerned,
        lost: Vec::new(),
        lots: Vec::new(),
        eased,
        reclassed: Vec::new(),
        relabelled: None,
        struck_off: None,
        rebound,
        given_up,
        replaced,
        later_rent: leases::later_rent(&known, &recorded, after.filter(same), tomorrow)?,
    };
    asked.judged(unit, at, known, weighed, Plan::Contract(Amended::of(recorded, amended)))
}

/// The terms by which a contract would let from then on, as the rules judge those of a lease: by what is let of each asset, and
/// by the appraisal, where it was let through a case. What became of what was let is let in the same share.
fn eased(
    unit: &mut Read<'_>,
    after: &NewContract,
    (lessor, lessee): (PartyFacts, PartyFacts),
    (let_now, lengthened): (&BTreeMap<Id<kind::Asset>, AssetFacts>, bool),
) -> Result<LeaseTerms, ActError> {
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
    let lets = |it: &AssetFacts| LetFacts {
        asset: it.id,
        category: it.category.to_string(),
        cost: it.write_off.original_value,
        share: of_asset(it.id),
    };
    Ok(LeaseTerms {
        lessor,
        lessee,
        lets: let_now.values().map(lets).collect(),
        rent: Payment::all(&after.dues),
        term: after.term,
        lengthened,
        appraised,
    })
}

/// Whether a contract is easier on its lessee than another, or has another lessee. Where the term is no longer and no more
/// falls short, the rent of a year is no lower either.
fn eases(it: &NewContract, than: &NewContract) -> bool {
    falls_short(it, than, NaiveDate::MAX)
        || !holds(&than.term, &it.term)
        || it.lessee_id != than.lessee_id
        || it.lessor_id != than.lessor_id
        || it.asset_ids.iter().any(|id| !than.asset_ids.contains(id))
}

/// Whether somebody would rent less by a contract, for fewer days, or not at all. What a case let is theirs by the rights,
/// and ends with them.
fn loses_lease(it: &NewContract, after: Option<&NewContract>) -> bool {
    it.case_id.is_none()
        && after.is_none_or(|after| {
            after.lessee_id != it.lessee_id
                || !holds(&after.term, &it.term)
                || it.asset_ids.iter().any(|id| !after.asset_ids.contains(id))
        })
}

/// A sum as an amount; none where it is none.
pub(super) fn as_fen(sum: i128) -> Option<Fen> {
    i64::try_from(sum).ok().and_then(|it| Fen::new(it).ok()).filter(|it| !it.is_zero())
}

/// Whether all days of a period are among those of another.
pub(super) fn holds(all: &Period, some: &Period) -> bool {
    all.intersection(some).as_ref() == Some(some)
}

/// Whether of what fell due by a day some would be owed no longer, or later, or by or to somebody else.
fn forgives(kept: Option<&NewContract>, recorded: &NewContract, by: NaiveDate) -> bool {
    kept.is_none_or(|it| {
        it.lessor_id != recorded.lessor_id
            || it.lessee_id != recorded.lessee_id
            || falls_short(it, recorded, by)
    })
}

/// Whether on some day, a last one at most, less has fallen due by one contract than by another.
fn falls_short(it: &NewContract, of: &NewContract, last: NaiveDate) -> bool {
    eased_by(&it.dues, &of.dues, last) > 0
}

/// Puts on record what should have been.
pub(super) fn execute(
    unit: &mut Write<'_>,
    actor: &Actor,
    amended: &Amended<Recorded>,
    because: &Because<'_>,
) -> Result<(), ActError> {
    match &amended.after {
        Some(corrected) => {
            let checked = recorded_contracts::anew(unit, corrected, false)?;
            contracts::correct(unit, actor, corrected, checked.as_ref(), because)?
        }
        None => contracts::make_void(unit, actor, &amended.before, because)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(falls_short(&contract(dues), &agreed, NaiveDate::MAX), wanted, "{dues:?}");
            assert_eq!(eases(&contract(dues), &agreed), wanted, "{dues:?}");
        }
        // Of what fell due by the end of 2021 nothing is missing, though a year later something would be.
        let later = contract(&[("2021-01-01", 100), ("2022-01-02", 100)]);
        let forgiven = |kept, by: &str| forgives(kept, &agreed, by.parse().unwrap());
        assert!(!forgiven(Some(&later), "2021-12-31") && forgiven(Some(&later), "2022-01-01"));
        assert!(forgiven(None, "2021-12-31"));
    }

    #[test]
    fn more_or_longer_or_to_another_is_easier_and_less_or_shorter_is_not() {
        let agreed = NewContract {
            case_id: None,
            region_code: "130828101201".parse().unwrap(),
            lessor_id: uuid::Uuid::from_u128(1).into(),
            lessee_id: uuid::Uuid::from_u128(2).into(),
            asset_ids: vec![uuid::Uuid::from_u128(3).into(), uuid::Uuid::from_u128(4).into()],
            term: Period::new("2021-01-01".parse().unwrap(), Some("2026-01-01".parse().unwrap())).unwrap(),
            dues: vec![("2021-01-01".parse().unwrap(), Fen::new(100).unwrap())],
        };
        let term = |from: &str, to: Option<&str>| {
            Period::new(from.parse().unwrap(), to.map(|it| it.parse().unwrap())).unwrap()
        };
        let letting = |asset: u128| NewContract {
            asset_ids: vec![uuid::Uuid::from_u128(asset).into()],
            ..agreed.clone()
        };
        let running = |from, to| NewContract { term: term(from, to), ..agreed.clone() };
        for (contract, wanted) in [
            (agreed.clone(), false),
            (letting(3), false),
            (letting(5), true),
            (running("2022-01-01", Some("2026-01-01")), false),
            (running("2021-01-01", Some("2026-01-02")), true),
            (running("2020-12-31", Some("2026-01-01")), true),
            (running("2021-01-01", None), true),
            (NewContract { lessee_id: uuid::Uuid::from_u128(5).into(), ..agreed.clone() }, true),
        ] {
            assert_eq!(eases(&contract, &agreed), wanted, "{contract:?}");
        }
    }
}
