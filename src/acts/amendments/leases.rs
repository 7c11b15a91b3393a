//! Leases that were recorded wrongly through a case: the contract is put right together with the right under it, since neither can be
//! so alone. What was known of both before stays known as of then.
//!
//! Of a lease that stood when its asset was registered that is who rents and for how long; of one that was made by a transfer or a renewal
//! who rents, since its term is what the village decided. What is owed is owed by the right one from then on, and who owed it is told.
//!
//! Nothing may rest on the grant: what was let on, given back or carried over since is put right by the acts that did so.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    Amended, Plan, around,
    asked::AmendmentRequest,
    contracts::{as_fen, holds},
};
use crate::{
    acts::{
        ActError, ActRefused, Looked, Occasion,
        act::{Checked, Judging, made_on},
        contracts as recorded_contracts,
        encumbrances::restricting,
        named::{Known, Named, own_organisations},
        transfers::{Near, owed_by, owing},
    },
    cases::{self, Case, CaseKind, Lot},
    journal::Actor,
    loss::facts::{
        Claim, GrantMade, Granting, LaterRent, Payment, Rebinding, Rebound, RegistrationFacts, RentGivenUp,
        ReplacedFacts,
    },
    money::contracts::{self, NewContract, Recorded, WithRight},
    register::{
        Because,
        codes::{RightKind, Sector},
        parties::{self, ties::Web},
        restrictions,
        rights::{
            self, Instrument, InstrumentKind, Right, RightsError,
            model::{self, Change, EndedBy, NewRight},
        },
    },
    storage::{Read, StorageError, Write},
    values::{Fault, Faults, Fen, Id, Period, Reason, Scope, Share, id::kind, share},
};

/// A lease on which nothing rests since.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The asset.
    asset: Id<kind::Asset>,
    /// The rights that its case gave: one, or one of each owner who let.
    granted: Vec<Right>,
    /// All rights in the asset.
    rights: Vec<Right>,
    /// Whether a transfer made it, or a renewal; else it was registered with its asset.
    by_transfer: bool,
    /// The cases that renewed it: what they gave begins when it is over, and went to whoever it names.
    renewed_by: Vec<Id<kind::Case>>,
}

impl Standing {
    /// The lease behind a contract; none where that is of another kind, and where something rests on it.
    pub(super) fn behind(unit: &mut Read<'_>, it: &Recorded) -> Result<Option<Self>, StorageError> {
        let (Some(case), [asset]) = (it.agreed.case_id, it.agreed.asset_ids.as_slice()) else {
            return Ok(None);
        };
        if it.has_ended() {
            return Ok(None);
        }
        let by_transfer = match cases::kind_of(unit, &Scope::WHOLE, case)? {
            Some(CaseKind::Registration) => false,
            Some(CaseKind::Transfer | CaseKind::Alteration) => true,
            _ => return Ok(None),
        };
        let given = rights::granted(unit, &[*asset], RightKind::Management)?;
        let (lessee, term) = (it.agreed.lessee_id, it.agreed.term);
        let rights: Vec<Right> = rights::standing(unit, &[*asset])?.into_iter().map(|(_, it)| it).collect();
        // What ended on its first day renews nothing; what was let on since does.
        let stands = |of: &Right| {
            let let_on = |it: &Right| it.through.contains(&lessee) && it.period.overlaps(&of.period);
            rights.iter().any(|it| it.id == of.id || let_on(it))
        };
        let renews = |of: &&rights::Granted| {
            of.right.holder_id == lessee
                && !of.is_taken_back
                && term.to() == Some(of.right.period.from())
                && stands(&of.right)
        };
        let renewed_by: BTreeSet<_> = given.iter().filter(renews).filter_map(|of| of.case_id).collect();
        let given: Vec<_> =
            given.iter().filter(|of| of.case_id == Some(case)).map(|of| of.right.id).collect();
        // All management that ever came to the lessee, on whatever days, be it let on since or not.
        let of_lessee = |it: &&Right| it.kind == RightKind::Management && model::hands(it).contains(&lessee);
        let all = || rights.iter().filter(of_lessee);
        let is_let_on = all().any(|it| it.through.contains(&lessee) && it.period.overlaps(&term));
        let own: Vec<Right> = all().filter(|it| given.contains(&it.id)).cloned().collect();
        let untouched = |it: &Right| {
            it.ended_by.is_none()
                && if by_transfer { it.period == term } else { it.through.is_empty() && all().count() == 1 }
        };
        let stands = !is_let_on && !own.is_empty() && own.iter().all(untouched);
        let renewed_by = renewed_by.into_iter().collect();
        Ok(stands.then_some(Self { asset: *asset, granted: own, rights, by_transfer, renewed_by }))
    }

    /// Refuses another lessee while the one that is named has renewed the lease: the renewal is put right first, since it would go on
    /// with whoever never rented.
    fn gone_on(&self) -> Result<(), ActError> {
        if self.renewed_by.is_empty() {
            Ok(())
        } else {
            Err(ActRefused::Renewed(self.renewed_by.clone()).into())
        }
    }

    /// What of the contract is put right with the right under it.
    pub(super) const fn with_right(&self) -> WithRight {
        WithRight { lessee: true, term: !self.by_transfer }
    }

    /// How much is let.
    fn share(&self) -> Result<Share, ActError> {
        let sum = share::sum(self.granted.iter().map(|it| it.share));
        Ok(Share::from_ratio(sum.to_ratio()).map_err(RightsError::from)?)
    }

    /// The day from which the asset is owned.
    fn owned_from(&self) -> NaiveDate {
        let first = self.granted.first().map_or(NaiveDate::MIN, |it| it.period.from());
        model::owned_days(&self.rights).first().map_or(first, Period::from)
    }
}

/// What the correction of such a lease comes to.
#[derive(Debug)]
pub struct Regranted {
    asset: Id<kind::Asset>,
    /// What changes in the rights.
    change: Change,
    /// The first day of which something else is said.
    from: NaiveDate,
    /// What goes to whom should have been the lessee.
    lot: Option<Lot>,
}

/// The rights as they should have been recorded.
///
/// # Errors
/// A lessee that let it itself; of a standing lease a term that was over by the registration, or begins after today; more than can be let
/// beside others.
fn regranted(
    standing: &Standing,
    (before, after): (&Recorded, &Recorded),
    today: NaiveDate,
) -> Result<Regranted, ActError> {
    let (term, lessee) = (after.agreed.term, after.agreed.lessee_id);
    let owned_from = standing.owned_from();
    let mut faults = Vec::new();
    if !standing.by_transfer {
        if term.to().is_some_and(|to| to <= owned_from) {
            let on = owned_from.to_string();
            faults.push(Fault::at("/contract/corrected/term/to", Reason::OverByThen { on }));
        }
        if term.from() > today {
            let latest = today.to_string();
            faults.push(Fault::at("/contract/corrected/term/from", Reason::BeginsLater { latest }));
        }
    }
    // Nobody rents what comes through their own hands.
    let lets = |it: &Right| it.grantor_id == Some(lessee) || it.through.contains(&lessee);
    if standing.granted.iter().any(lets) {
        let other = "lessor_id".to_owned();
        faults.push(Fault::at("/contract/corrected/lessee_id", Reason::Contradicts { other }));
    }
    Faults::none_of(faults)?;
    let wrong = |reason| Faults::one("/contract/corrected/term/to", reason);
    let mut change = Change::default();
    let mut from = NaiveDate::MAX;
    for right in &standing.granted {
        let period = match standing.by_transfer {
            true => right.period,
            false => Period::new(term.from().max(owned_from), term.to()).map_err(wrong)?,
        };
        from = from.min(period.from()).min(right.period.from());
        change.close.push(right.id);
        change.open.push(NewRight {
            kind: RightKind::Management,
            holder_id: lessee,
            grantor_id: right.grantor_id,
            through: right.through.clone(),
            share: right.share,
            period,
            // It is what its case gave, as it should have been said.
            begun_by: Some(right.begun_by),
            ended_by: EndedBy::Nothing,
        });
    }
    let then = model::foreseen(&standing.rights, &change);
    model::lawful(&then, &model::owned_days_after(&standing.rights, &change))?;
    let was = before.agreed.lessee_id;
    let lot = if was == lessee {
        None
    } else {
        Some(Lot {
            asset_id: standing.asset,
            kind: RightKind::Management,
            from_id: Some(was),
            to_id: Some(lessee),
            share: standing.share()?,
        })
    };
    Ok(Regranted { asset: standing.asset, change, from, lot })
}

/// What the lessee of a contract owes in whose place another one would be; nothing where it stays, or owes nothing. Who would be the lessee
/// then owes it: it is what the contract says.
pub(super) fn replaced(
    unit: &mut Read<'_>,
    known: &Known,
    before: &Recorded,
    by: Id<kind::Party>,
) -> Result<Vec<ReplacedFacts>, StorageError> {
    if before.agreed.lessee_id == by {
        return Ok(Vec::new());
    }
    let today = unit.today();
    let lessor = known.party(before.agreed.lessor_id)?;
    let owed = contracts::owed_under(unit, vec![before.clone()], today)?;
    let owed = owed.iter().filter_map(|it| owing(it, (lessor, it.agreed.lessee_id), today, Near::default()));
    Ok(owed.map(|owed| ReplacedFacts { owed, by, passes: true }).collect())
}

/// What such a correction comes to: it is looked at as the registration would have been, had it said so.
pub(super) fn look(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &AmendmentRequest,
    (standing, recorded, after): (&Standing, Recorded, Recorded),
) -> Result<Looked<Plan>, ActError> {
    let today = unit.today();
    let mut named = Named::default();
    named.assets.push(("/contract/id".to_owned(), standing.asset));
    let found = asked.named(unit, at, named)?;
    let (mut known, regranted) = found.with(regranted(standing, (&recorded, &after), today))?;
    known.all_open()?;
    if asked.version.is_some_and(|seen| seen != recorded.version) {
        return Err(ActRefused::Overtaken.into());
    }
    if recorded.agreed.lessee_id != after.agreed.lessee_id {
        standing.gone_on()?;
    }
    let region = around(recorded.agreed.region_code, after.agreed.region_code);
    let judging = Judging::today(at.policy(unit, region)?, today);
    let (before, is) = (&recorded.agreed, &after.agreed);
    let owners: Vec<_> = model::holders(&standing.rights, RightKind::Ownership, regranted.from)?;
    let mut all: Vec<_> = owners.iter().map(|it| it.holder_id).collect();
    all.extend([before.lessor_id, before.lessee_id, is.lessee_id]);
    known.also(unit, &all)?;
    let claim =
        |right, holder, share| Ok::<_, StorageError>(Claim { right, holder: known.party(holder)?, share });
    let mut claims = owners
        .iter()
        .map(|it| claim(RightKind::Ownership, it.holder_id, it.share))
        .collect::<Result<Vec<_>, _>>()?;
    let collectives = claims.iter().map(|it| it.holder).filter(|it| it.kind.sector() == Sector::Collective);
    let owners_since = collectives.collect();
    let let_to = claim(RightKind::Management, is.lessee_id, standing.share()?)?;
    let others = contracts::occupying(unit, &[standing.asset], &is.term)?;
    // What was let through a case stands under a right, and takes no more than that.
    let others = others.iter().filter(|it| it.id != recorded.id && !it.of_case).map(|it| it.id).collect();
    let another = before.lessee_id != is.lessee_id;
    let was = known.party(before.lessee_id)?;
    let mut grants = vec![Granting {
        claim_number: claims.len(),
        claim: let_to,
        term: Some(is.term),
        rent: Some(Payment::all(&is.dues)),
        others,
        made: match standing.by_transfer {
            true => GrantMade::ByTransfer,
            false => made_on(is.term.from(), &judging),
        },
        in_place_of: Some(was.id).filter(|_| another && !was.is_public()),
    }];
    // The days that are added are let now, for what is added to the rent.
    if let Some(added) = added_days(&before.term, &is.term) {
        let rent = added_rent(&before.dues, &is.dues);
        grants.push(Granting {
            claim_number: claims.len(),
            claim: let_to,
            term: Some(added),
            rent: Some(Payment::all(&rent)),
            others: Vec::new(),
            made: GrantMade::Lengthened,
            in_place_of: None,
        });
    }
    claims.push(let_to);
    let holders: Vec<_> = claims.iter().map(|it| it.holder.id).collect();
    let depth = judging.policy.values.related_party_depth;
    let decided_on = known.decisions.iter().map(|it| it.decision.decided_on());
    let tied_on: BTreeSet<_> = decided_on.chain([today, is.term.from().min(today)]).collect();
    let ties = parties::ties_around(unit, &holders, &Vec::from_iter(tied_on), depth)?;
    let mut arrears =
        owed_by(unit, (is.lessee_id, &Web::of(&ties)), (standing.asset, &owners_of(&claims)), today)?;
    // Of this very lease whoever is said to rent in the place of another owes what that one did, which is told for that.
    arrears.retain(|it| it.contract != recorded.id || !another);
    let restrictions = restrictions::met(unit, &[standing.asset], &Period::since(today), today)?;
    let lessors = arrears.iter().map(|it| (it.lessor.id, it.lessor.kind));
    let own_on = [is.term.from().min(today), today];
    let mut own_organisations = own_organisations(unit, lessors, &own_on)?;
    own_organisations.extend(known.own_organisations(unit, &own_on)?);
    let facts = RegistrationFacts {
        effective_on: regranted.from,
        asset: known.asset(standing.asset, regranted.from)?,
        claims,
        grants,
        ties,
        restrictions: restrictions.iter().map(|it| restricting(it, None)).collect(),
        standing: Vec::new(),
        owners_since,
        rebound: rebound(&known, &recorded, &after)?,
        overdue_given_up: overdue(&known, &recorded, &after, today)?,
        ended_early: Vec::new(),
        replaced: replaced(unit, &known, &recorded, is.lessee_id)?,
        later_rent: later_rent(&known, &recorded, Some(is), today)?,
        arrears,
        owner_consent: asked.owner_consent_id,
        entered: judging.entered,
        decisions: known.decisions.clone(),
        sources: asked.documents.len(),
        own_organisations,
        project: None,
    };
    let worth = facts.asset.original_value.get().into();
    Ok(Looked {
        checked: Checked::by_rules(&facts, &judging, worth).for_the_county(),
        region,
        lots: regranted.lot.iter().cloned().collect(),
        plan: Plan::Lease(Amended::of(recorded, Some(after)), regranted),
    })
}

/// Whoever should not have been the lessee, or rents for fewer days; and whoever owes more by it, or owes it at all.
fn rebound(known: &Known, before: &Recorded, after: &Recorded) -> Result<Vec<Rebound>, StorageError> {
    let (was, is) = (&before.agreed, &after.agreed);
    let mut rebound = Vec::new();
    let another = was.lessee_id != is.lessee_id;
    // Nobody is asked whose data were erased.
    if (another || !holds(&is.term, &was.term)) && !known.is_erased(was.lessee_id) {
        rebound.push(Rebound { party: known.party(was.lessee_id)?, by: Rebinding::Loses });
    }
    if another || contracts::eased_by(&was.dues, &is.dues, NaiveDate::MAX) > 0 {
        rebound.push(Rebound { party: known.party(is.lessee_id)?, by: Rebinding::Owes });
    }
    Ok(rebound)
}

/// What fell due before today and would be owed by nobody.
fn overdue(
    known: &Known,
    before: &Recorded,
    after: &Recorded,
    today: NaiveDate,
) -> Result<Vec<RentGivenUp>, StorageError> {
    // What falls due today is rent of later: it is owed by nobody yet.
    let last = today.pred_opt().unwrap_or(today);
    let given_up = contracts::eased_by(&after.agreed.dues, &before.agreed.dues, last);
    let Some(amount) = as_fen(given_up) else { return Ok(Vec::new()) };
    let lessor = known.party(before.agreed.lessor_id)?;
    let lessee = before.agreed.lessee_id;
    Ok(vec![RentGivenUp { contract: before.id, lessor, lessee, amount, due_before: today }])
}

/// The days after a term by which another one is longer.
fn added_days(before: &Period, after: &Period) -> Option<Period> {
    let end = before.to()?;
    let from = end.max(after.from());
    Period::new(from, after.to()).ok().filter(|_| after.ends_after(end))
}

/// The rent that is owed over what was owed before: the last of it, whatever fell due on which day before.
fn added_rent(before: &[(NaiveDate, Fen)], after: &[(NaiveDate, Fen)]) -> Vec<(NaiveDate, Fen)> {
    let total = |dues: &[(NaiveDate, Fen)]| dues.iter().map(|(_, it)| i128::from(it.get())).sum::<i128>();
    let mut left = (total(after) - total(before)).max(0);
    let mut latest = after.to_vec();
    latest.sort_by_key(|(on, _)| std::cmp::Reverse(*on));
    let mut added = Vec::new();
    for (on, due) in latest {
        let of_it = i128::from(due.get()).min(left);
        left -= of_it;
        added.extend(as_fen(of_it).map(|it| (on, it)));
    }
    added
}

/// Who owns what is let.
fn owners_of(claims: &[Claim]) -> Vec<Id<kind::Party>> {
    claims.iter().filter(|it| it.right == RightKind::Ownership).map(|it| it.holder.id).collect()
}

/// The rent from a day on that by what a contract should have been would be owed to its lessor no longer: what is owed sooner instead is
/// owed, and what somebody else owes as well. After a contract that lets in its place there is none where another lessor does.
pub(super) fn later_rent(
    known: &Known,
    before: &Recorded,
    after: Option<&NewContract>,
    from: NaiveDate,
) -> Result<Vec<LaterRent>, StorageError> {
    let was = &before.agreed;
    let owed = |dues: &[(NaiveDate, Fen)], since: NaiveDate| -> i128 {
        dues.iter().filter(|(on, _)| *on >= since).map(|(_, due)| i128::from(due.get())).sum()
    };
    let less = |since| owed(&was.dues, since) - after.map_or(0, |it| owed(&it.dues, since));
    // What a lease lets no longer since it ended is owed by nobody already.
    if before.has_ended() {
        return Ok(Vec::new());
    }
    let lapses = less(from).min(less(NaiveDate::MIN)).max(0);
    let Some(amount) = as_fen(lapses) else { return Ok(Vec::new()) };
    let lessor = known.party(was.lessor_id)?;
    Ok(vec![LaterRent { contract: before.id, lessor, lessee: was.lessee_id, amount, from }])
}

/// Puts on record what should have been: the right, and the contract.
pub(super) fn execute(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: &Case,
    (amended, regranted): (&Amended<Recorded>, &Regranted),
    because: &Because<'_>,
) -> Result<(), ActError> {
    let instrument = Instrument {
        kind: InstrumentKind::Correction,
        case_id: case.id,
        effective_on: regranted.from,
        region: case.region_code,
        documents: because.documents,
    };
    let moved = regranted.lot.as_ref().and_then(|it| Some((it.from_id?, it.to_id?, it.share)));
    rights::correct_grant(unit, actor, &instrument, regranted.asset, (&regranted.change, moved))?;
    if let Some(corrected) = &amended.after {
        let checked = recorded_contracts::anew(unit, corrected, false)?;
        contracts::correct(unit, actor, corrected, checked.as_ref(), because)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_added_days_are_paid_with_is_what_is_owed_more() {
        let due = |on: &str, amount: i64| (on.parse().unwrap(), Fen::new(amount).unwrap());
        let before = [due("2024-01-01", 100), due("2025-01-01", 100)];
        for (after, added) in [
            (vec![due("2024-01-01", 100), due("2025-01-01", 100)], vec![]),
            // The same rent on other days is no rent of more days.
            (vec![due("2023-12-31", 100), due("2024-12-31", 100)], vec![]),
            (vec![due("2024-01-01", 50)], vec![]),
            (
                vec![due("2024-01-01", 100), due("2025-01-01", 100), due("2026-01-01", 70)],
                vec![due("2026-01-01", 70)],
            ),
            (vec![due("2026-01-01", 70), due("2025-01-01", 200)], vec![due("2026-01-01", 70)]),
            (vec![due("2025-01-01", 200), due("2026-01-01", 70)], vec![due("2026-01-01", 70)]),
            (vec![due("2025-01-01", 300)], vec![due("2025-01-01", 100)]),
        ] {
            assert_eq!(added_rent(&before, &after), added, "{after:?}");
        }
    }
}
