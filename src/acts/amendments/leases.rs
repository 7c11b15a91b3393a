//! Leases that stood when an asset was registered and were recorded wrongly: the contract is put right together with the right under it,
//! since neither can be so alone. What was known of both before stays known as of then.
//!
//! Nothing may rest on the grant: what was let on, given back or carried over since is put right by the acts that did so.

use chrono::NaiveDate;

use super::{
    Amended, Plan, around,
    asked::AmendmentRequest,
    contracts::{as_fen, holds},
};
use crate::{
    acts::{
        ActError, ActRefused, Looked, Occasion,
        act::{Checked, Judging},
        named::{Known, Named},
    },
    cases::{self, Case, CaseKind, Lot},
    journal::Actor,
    loss::facts::{Claim, Granting, Payment, Rebinding, Rebound, RegistrationFacts, RentGivenUp},
    money::contracts::{self, Recorded},
    register::{
        Because,
        codes::{RightKind, Sector},
        parties,
        rights::{
            self, Instrument, InstrumentKind, Right,
            model::{self, Change, EndedBy, NewRight},
        },
    },
    storage::{Read, StorageError, Write},
    values::{Fault, Faults, Id, Period, Reason, Scope, id::kind},
};

/// A lease that stood when its asset was registered, and on which nothing rests since.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The asset.
    asset: Id<kind::Asset>,
    /// The right that was registered with it.
    right: Right,
    /// All rights in the asset.
    rights: Vec<Right>,
}

impl Standing {
    /// The lease behind a contract; none where that is of another kind, and where something rests on it.
    pub(super) fn behind(unit: &mut Read<'_>, it: &Recorded) -> Result<Option<Self>, StorageError> {
        let (Some(case), [asset]) = (it.agreed.case_id, it.agreed.asset_ids.as_slice()) else {
            return Ok(None);
        };
        if it.has_ended() || cases::kind_of(unit, &Scope::WHOLE, case)? != Some(CaseKind::Registration) {
            return Ok(None);
        }
        let given = rights::granted(unit, &[*asset], RightKind::Management)?;
        let given: Vec<_> =
            given.iter().filter(|of| of.case_id == Some(case)).map(|of| of.right.id).collect();
        let rights: Vec<Right> = rights::standing(unit, &[*asset])?.into_iter().map(|(_, it)| it).collect();
        let lessee = it.agreed.lessee_id;
        // All management that ever came to the lessee, on whatever days, be it let on since or not.
        let of_lessee = |it: &&Right| it.kind == RightKind::Management && model::hands(it).contains(&lessee);
        let all: Vec<&Right> = rights.iter().filter(of_lessee).collect();
        let [right] = all.as_slice() else { return Ok(None) };
        let untouched = given.contains(&right.id) && right.through.is_empty() && right.ended_by.is_none();
        let right = Right::clone(right);
        Ok(untouched.then_some(Self { asset: *asset, right, rights }))
    }

    /// The day from which the asset is owned.
    fn owned_from(&self) -> NaiveDate {
        model::owned_days(&self.rights).first().map_or(self.right.period.from(), Period::from)
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

/// The right as it should have been registered.
///
/// # Errors
/// A term that was over by the registration, or begins after today; more than can be let beside others.
fn regranted(standing: &Standing, after: &Recorded, today: NaiveDate) -> Result<Regranted, ActError> {
    let (term, right) = (after.agreed.term, &standing.right);
    let owned_from = standing.owned_from();
    let mut faults = Vec::new();
    if term.to().is_some_and(|to| to <= owned_from) {
        let on = owned_from.to_string();
        faults.push(Fault::at("/contract/corrected/term/to", Reason::OverByThen { on }));
    }
    if term.from() > today {
        let latest = today.to_string();
        faults.push(Fault::at("/contract/corrected/term/from", Reason::BeginsLater { latest }));
    }
    Faults::none_of(faults)?;
    let wrong = |reason| Faults::one("/contract/corrected/term/to", reason);
    let period = Period::new(term.from().max(owned_from), term.to()).map_err(wrong)?;
    let open = NewRight {
        kind: RightKind::Management,
        holder_id: after.agreed.lessee_id,
        grantor_id: right.grantor_id,
        through: Vec::new(),
        share: right.share,
        period,
        // It is what the registration gave, as it should have been said.
        begun_by: Some(right.begun_by),
        ended_by: EndedBy::Nothing,
    };
    let change = Change { close: vec![right.id], open: vec![open], ..Change::default() };
    let then = model::foreseen(&standing.rights, &change);
    model::lawful(&then, &model::owned_days_after(&standing.rights, &change))?;
    let lot = (right.holder_id != after.agreed.lessee_id).then_some(Lot {
        asset_id: standing.asset,
        kind: RightKind::Management,
        from_id: Some(right.holder_id),
        to_id: Some(after.agreed.lessee_id),
        share: right.share,
    });
    Ok(Regranted { asset: standing.asset, change, from: period.from().min(right.period.from()), lot })
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
    let (mut known, regranted) = found.with(regranted(standing, &after, today))?;
    known.all_open()?;
    if asked.version.is_some_and(|seen| seen != recorded.version) {
        return Err(ActRefused::Overtaken.into());
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
    let let_to = claim(RightKind::Management, is.lessee_id, standing.right.share)?;
    let others = contracts::occupying(unit, &[standing.asset], &is.term)?;
    let others = others.iter().filter(|it| it.id != recorded.id).map(|it| it.id).collect();
    let grants = vec![Granting {
        claim_number: claims.len(),
        claim: let_to,
        term: Some(is.term),
        rent: Some(Payment::all(&is.dues)),
        others,
    }];
    claims.push(let_to);
    let holders: Vec<_> = claims.iter().map(|it| it.holder.id).collect();
    let depth = judging.policy.values.related_party_depth;
    let facts = RegistrationFacts {
        effective_on: regranted.from,
        asset: known.asset(standing.asset, regranted.from)?,
        claims,
        grants,
        ties: parties::ties_around(unit, &holders, &[today], depth)?,
        restrictions: Vec::new(),
        standing: Vec::new(),
        owners_since,
        rebound: rebound(&known, &recorded, &after)?,
        overdue_given_up: overdue(&known, &recorded, &after, today)?,
        owner_consent: asked.owner_consent_id,
        entered: judging.entered,
        decisions: known.decisions.clone(),
        sources: asked.documents.len(),
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
    let given_up = contracts::eased_by(&after.agreed.dues, &before.agreed.dues, today);
    let Some(amount) = as_fen(given_up) else { return Ok(Vec::new()) };
    let lessor = known.party(before.agreed.lessor_id)?;
    let lessee = before.agreed.lessee_id;
    Ok(vec![RentGivenUp { contract: before.id, lessor, lessee, amount, due_before: today }])
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
        contracts::correct(unit, actor, corrected, None, because)?;
    }
    Ok(())
}
