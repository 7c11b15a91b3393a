//! Corrections: saying otherwise what was recorded wrongly, without touching what was recorded.
//!
//! A correction is an act like any other: it has its case, its documents, its decisions. What the registry said before it,
//! it still says of the time before it.
//!
//! What an asset was before it ended can be corrected as long as the rights on its last day stay the same: those are what its
//! parts have, or what it was merged into, and what would hold again if it were found again. Ownership moves for good, and
//! so is corrected in what the asset became.
//!
//! Where the first registration named too late a day, a correction of ownership says who owned the asset from the true one on: as
//! known from then on it is owned since, and as known before it still is not.
//!
//! Ownership moves for good, and so a correction of it goes on for good, as far as whoever was said to own the asset still
//! does. Where others own it later, it ends on the day on which they begin, and says so: whatever is on record from then on
//! stays.

pub mod asked;

use std::{cmp::Ordering, collections::BTreeSet};

use chrono::NaiveDate;
use num_traits::Signed as _;

use self::asked::CorrectionRequest;
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Looked, Occasion, Terms,
        act::{Judging, bound_to, made_on},
        encumbrances::restricting,
        giving_back::GivenBack,
        named::{Known, Named, unbound},
        registrations::asked::AllocationRequest,
        transfers::{Near, owed_by, owing},
    },
    cases::{self, Case, CaseKind, Lot, decision::Decisions},
    journal::Actor,
    loss::facts::{
        ArrearsFacts, Claim, Entered, GrantMade, Granting, Payment, Rebinding, Rebound, RegistrationFacts,
        ReplacedFacts,
    },
    money::{
        contracts::{self, endings::Effects},
        proceeds,
    },
    register::{
        assets,
        codes::{PartyKind, RightKind},
        parties::{self, ties::Web},
        restrictions,
        rights::{
            self, AssetMove, Earlier, Instrument, InstrumentKind, Move, Restated, Right, RightsError,
            endings, model,
        },
    },
    storage::{Read, StorageError, Write},
    values::{
        Fault, Faults, Id, Period, Reason, Scope, Share,
        id::kind,
        period::{self, calendar_day},
        share,
    },
};

/// What a correction comes to.
#[derive(Debug)]
pub struct Plan {
    /// By what the holders become those who should have been recorded.
    restated: Restated,
    /// Who owns the asset since the days that something is said of for the first time.
    owners_since: Vec<Id<kind::Party>>,
    /// What becomes of the contracts about the asset.
    effects: Effects,
}

impl Act for CorrectionRequest {
    const KIND: CaseKind = CaseKind::Correction;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        vec![self.asset_id]
    }

    fn staying(&self, unit: &mut Read<'_>) -> Result<Vec<Id<kind::Party>>, StorageError> {
        bound_to(unit, &self.assets(), self.effective_on)
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let found = named(self, unit.today()).find(unit, &at.scope, self.effective_on)?;
        let (mut known, asked_for) = found.with(days_of(self).map_err(Into::into))?;
        let region = known.region()?;
        let period = known.there_for(&asked_for)?;
        let rows: Vec<Right> =
            rights::standing(unit, &[self.asset_id])?.into_iter().map(|(_, it)| it).collect();
        let earlier = earlier(unit, self, &rows, &period)?;
        // From the day on that was said to be the first, it is corrected like any other.
        let said = earlier.map_or(period, |it| it.to().map_or(period, Period::since));
        let holders: Vec<_> = self.holders.iter().map(|it| (it.holder_id, it.share)).collect();
        // The day from which others own it.
        let next = match self.right {
            RightKind::Ownership => match earlier {
                Some(days) => days.to(),
                None => model::next_owners(&rows, period.from()),
            },
            RightKind::Management | RightKind::Income => None,
        };
        if self.right == RightKind::Ownership {
            ends_where_others_begin(next, self.until)?;
        }
        let moves = match earlier {
            // Until the day that was said to be the first others owned it, and nothing changes from then on.
            Some(_) if self.until.is_some() => Vec::new(),
            Some(days) => {
                still_there(unit, self, &days)?;
                model::restated(&rows, self.right, &holders, &said)?
            }
            None => model::restated(&rows, self.right, &holders, &said)?,
        };
        if moves.is_empty() && earlier.is_none() {
            return Err(ActRefused::NothingToCorrect.into());
        }
        let after = fits_what_follows(unit, self, (&known, next), &rows, &moves)?;
        let left = [(self.asset_id, Some(after))];
        let effects = Effects::of(unit, &left, self.effective_on)?;
        let standing: Vec<_> = rows.iter().map(|it| (self.asset_id, it.clone())).collect();
        let givers = moves.iter().map(|it| it.from_id).collect();
        let passed_over = GivenBack::of(unit, &standing, &left, &givers, self.effective_on)?.passed_over;
        let judging = Judging::today(at.policy(unit, region)?, unit.today());
        // Of days of which nothing was said nobody loses anything: whoever owns it since confirms who did before.
        let unsaid = earlier.is_some() && self.until.is_some();
        let stands = if unsaid { Stands::Since(said.from()) } else { Stands::From(said.from()) };
        let bound =
            effects.ending().flat_map(|it| [it.contract.agreed.lessor_id, it.contract.agreed.lessee_id]);
        let owners: Vec<_> = model::holders(&rows, RightKind::Ownership, said.from())?;
        let owners: Vec<_> = owners.iter().map(|it| it.holder_id).collect();
        let others: Vec<_> = bound.chain(passed_over.iter().chain(&owners).copied()).collect();
        known.also(unit, &others)?;
        let mut rebound = unbound(&known, &effects, owners)?;
        for party in passed_over {
            rebound.push(Rebound { party: known.party(party)?, by: Rebinding::Loses });
        }
        let overdue_given_up = known.overdue(effects.given_up(), unit.today())?;
        let later_rent = known.later_rent(effects.given_up(), unit.today())?;
        let ended_early = known.ended_early(&effects)?;
        let replaced = replaced(unit, &known, (&effects, &moves), self.effective_on)?;
        let made = made_on(self.effective_on, &judging);
        let by_transfer = is_let_by_transfer(unit, self)?;
        let facts = RegistrationFacts {
            rebound,
            later_rent,
            overdue_given_up,
            ended_early,
            replaced,
            ..facts(
                unit,
                known,
                self,
                (rows.as_slice(), stands, judging.entered, judging.policy.values.related_party_depth),
            )?
        };
        let made_of = |it: &Granting| match it.in_place_of {
            Some(of) if by_transfer.contains(&of) => GrantMade::ByTransfer,
            _ => made,
        };
        let grants = facts.grants.iter().map(|it| Granting { made: made_of(it), ..it.clone() }).collect();
        let mut facts = RegistrationFacts { grants, ..facts };
        under_contracts(unit, self, &mut facts, &effects)?;
        facts.arrears = arrears(unit, &facts, &effects)?;
        let worth = facts.asset.original_value.get().into();
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth).for_the_county(),
            region,
            lots: earlier
                .iter()
                .flat_map(|_| &self.holders)
                .map(|it| begun(self.asset_id, it))
                .chain(moves.iter().map(|it| lot(self.asset_id, it)))
                .collect(),
            plan: Plan {
                restated: Restated {
                    earlier: earlier.map(|days| Earlier {
                        days,
                        owners: self.holders.iter().map(|it| (it.holder_id, it.share)).collect(),
                    }),
                    moves: moves
                        .into_iter()
                        .map(|act| AssetMove { asset_id: self.asset_id, act, consideration: None })
                        .collect(),
                },
                owners_since: facts.owners_since.iter().map(|it| it.id).collect(),
                effects,
            },
        })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        Terms {
            owners: plan.owners_since.clone(),
            moves_from: plan.restated.earlier.as_ref().and_then(|it| it.days.to()),
            effective_on: Some(self.effective_on),
            period: Period::new(self.effective_on, self.until).ok().filter(|it| it.to().is_some()),
            reason: Some(self.reason.to_string()),
            decisions: self.decided().taken(),
            given_up: plan.effects.given_up().to_vec(),
            ..Terms::default()
        }
    }

    /// Puts the correction on record.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        let instrument = Instrument {
            kind: match (self.right, self.until) {
                (RightKind::Ownership, Some(_)) => InstrumentKind::PriorOwnership,
                _ => InstrumentKind::Correction,
            },
            case_id: case.id,
            effective_on: self.effective_on,
            region: case.region_code,
            documents: &self.documents,
        };
        rights::restate(unit, actor, &instrument, self.asset_id, &plan.restated)?;
        // Whoever bought it, as this says, owes its price in the place of who was said to have.
        let moves: Vec<_> = plan.restated.moves.iter().map(|it| &it.act).collect();
        proceeds::follow_title(unit, actor, self.asset_id, &moves)?;
        Ok(plan.effects.record(unit, actor)?)
    }
}

/// The days before the first registration for which it is said who owned the asset; none where a correction says nothing of such
/// days. Whatever else held then is corrected once it is on record who owned it.
///
/// # Errors
/// [`ActRefused::NotRegistered`] where nobody was ever registered, and where another right is said to have been held on such days;
/// [`ActRefused::NotYetItself`] where something else was the asset then: what a part came from, what was merged into it. A fault
/// where it was not there yet.
fn earlier(
    unit: &mut Read<'_>,
    asked: &CorrectionRequest,
    rows: &[Right],
    period: &Period,
) -> Result<Option<Period>, ActError> {
    let from = period.from();
    if !model::holders(rows, RightKind::Ownership, from)?.is_empty() {
        return Ok(None);
    }
    let asset = assets::some(unit, &Scope::WHOLE, &[asked.asset_id])?.pop();
    let asset = asset.ok_or(ActRefused::NotRegistered)?;
    if let Some(since) = asset.counted.from.filter(|since| from < *since) {
        let came_from = assets::came_from(unit, &asset)?;
        return Err(ActRefused::NotYetItself { asset: asset.id, since, came_from }.into());
    }
    let first = model::owned_days(rows).first().map(Period::from).filter(|first| from < *first);
    let (RightKind::Ownership, Some(first)) = (asked.right, first) else {
        return Err(ActRefused::NotRegistered.into());
    };
    if let Some(reason) = period::before(from, asset.described.write_off.acquired_on) {
        return Err(Faults::one("/effective_on", reason).into());
    }
    Ok(Period::new(from, Some(first)).ok())
}

/// Refuses a correction of ownership that ends on another day than that on which others are on record as owners: nobody would
/// have owned the asset in between, or what was decided since would be undone; and one that ends where nobody else follows.
fn ends_where_others_begin(next: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<(), Faults> {
    let Some(until) = until else { return Ok(()) };
    let Some(next) = next else {
        let because = "ownership moves for good".to_owned();
        return Err(Faults::one("/until", Reason::NotApplicable { because }));
    };
    match until.cmp(&next) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(Faults::one("/until", Reason::TooSmall { min: next.to_string() })),
        Ordering::Greater => Err(Faults::one("/until", Reason::TooLarge { max: next.to_string() })),
    }
}

/// Refuses holders who would own it after the first registration too, and were there no longer by then: theirs are the days up to
/// it, which `until` says.
fn still_there(unit: &mut Read<'_>, asked: &CorrectionRequest, days: &Period) -> Result<(), ActError> {
    let Some(first) = days.to() else { return Ok(()) };
    let ids: Vec<_> = asked.holders.iter().map(|it| it.holder_id).collect();
    let found = parties::standing(unit, &ids)?;
    let faults = (0_usize..).zip(&ids).filter_map(|(index, id)| {
        let refused = found.get(id)?.ends_before(first)?;
        Some(Fault::at(format!("/holders/{index}/holder_id"), refused))
    });
    Ok(Faults::none_of(faults.collect())?)
}

/// The lessees whose contracts end since others had the management in their place, and what they owe for the days before: that stays with
/// them.
fn replaced(
    unit: &mut Read<'_>,
    known: &Known,
    (effects, moves): (&Effects, &[Move]),
    on: NaiveDate,
) -> Result<Vec<ReplacedFacts>, ActError> {
    let owed_on = on.pred_opt().unwrap_or(on).min(unit.today());
    let ending: Vec<_> = effects.ending().map(|it| it.contract.clone()).collect();
    let mut found = Vec::new();
    for it in contracts::owed_under(unit, ending, owed_on)? {
        let (lessor, lessee) = (known.party(it.agreed.lessor_id)?, it.agreed.lessee_id);
        let by = moves.iter().find(|of| of.from_id == lessee).map(|of| of.to_id);
        // What goes back to whoever let it is no lease of somebody else.
        let Some(by) = by.filter(|by| *by != lessor.id) else { continue };
        let owed = owing(&it, (lessor, lessee), owed_on, Near::default());
        found.extend(owed.map(|owed| ReplacedFacts { owed, by, passes: false }));
    }
    Ok(found)
}

/// Those who had the right by a transfer, or a renewal of one.
fn is_let_by_transfer(
    unit: &mut Read<'_>,
    asked: &CorrectionRequest,
) -> Result<BTreeSet<Id<kind::Party>>, StorageError> {
    let mut found = BTreeSet::new();
    if asked.right == RightKind::Ownership {
        return Ok(found);
    }
    for it in rights::granted(unit, &[asked.asset_id], asked.right)? {
        let Some(case) = it.case_id.filter(|_| it.right.period.ends_after(asked.effective_on)) else {
            continue;
        };
        let kind = cases::kind_of(unit, &Scope::WHOLE, case)?;
        if matches!(kind, Some(CaseKind::Transfer | CaseKind::Alteration)) {
            found.insert(it.right.holder_id);
        }
    }
    Ok(found)
}

/// Sets beside what somebody would have in the place of another the contract by which it rents it: one that is on record, or runs again by
/// this.
fn under_contracts(
    unit: &mut Read<'_>,
    asked: &CorrectionRequest,
    facts: &mut RegistrationFacts,
    effects: &Effects,
) -> Result<(), ActError> {
    let replacing = |it: &&mut Granting| {
        it.in_place_of.is_some() && it.claim.right == RightKind::Management && it.rent.is_none()
    };
    for grant in facts.grants.iter_mut().filter(replacing) {
        let lessee = grant.claim.holder.id;
        let resumed = effects.resuming().find(|it| it.contract.agreed.lessee_id == lessee);
        let own = match resumed {
            Some(it) => Some((it.contract.agreed.term, it.contract.agreed.dues.clone())),
            None => {
                let days = grant.term.unwrap_or(Period::since(asked.effective_on));
                let on_record = contracts::occupying(unit, &[asked.asset_id], &days)?;
                on_record.into_iter().find(|it| it.lessee_id == lessee).map(|it| (it.days, it.dues))
            }
        };
        if let Some((term, dues)) = own {
            grant.term = Some(term);
            grant.rent = Some(Payment::all(&dues));
        }
    }
    Ok(())
}

/// What those who would run it in the place of others owe its owners, but for what ends by this.
fn arrears(
    unit: &mut Read<'_>,
    facts: &RegistrationFacts,
    effects: &Effects,
) -> Result<Vec<ArrearsFacts>, ActError> {
    let web = Web::of(&facts.ties);
    let owners: Vec<_> =
        facts.claims.iter().filter(|it| it.right == RightKind::Ownership).map(|it| it.holder.id).collect();
    let mut all = Vec::new();
    for grant in facts.grants.iter().filter(|it| it.in_place_of.is_some()) {
        let today = unit.today();
        all.extend(owed_by(unit, (grant.claim.holder.id, &web), (facts.asset.id, &owners), today)?);
    }
    let about = |it: &ArrearsFacts| {
        effects.ending().chain(effects.resuming()).any(|of| of.contract.id == it.contract)
    };
    all.retain(|it| !about(it));
    Ok(all)
}

/// A share that would have been held before anybody was said to hold anything.
fn begun(asset_id: Id<kind::Asset>, it: &AllocationRequest) -> Lot {
    let kind = RightKind::Ownership;
    Lot { asset_id, kind, from_id: None, to_id: Some(it.holder_id), share: it.share }
}

fn lot(asset_id: Id<kind::Asset>, it: &Move) -> Lot {
    Lot { asset_id, kind: it.kind, from_id: Some(it.from_id), to_id: Some(it.to_id), share: it.share }
}

/// Refuses moves that do not fit what was recorded for later days, so that the officer learns it from the draft, and those
/// that would change what was held when the asset ended. `next` is the day from which others own the asset. What is left is
/// the rights as they would be.
///
/// # Errors
/// [`ActRefused::HeldByOthers`] where whoever was said to hold it gave it on since.
fn fits_what_follows(
    unit: &mut Read<'_>,
    asked: &CorrectionRequest,
    (known, next): (&Known, Option<NaiveDate>),
    rows: &[Right],
    moves: &[Move],
) -> Result<Vec<Right>, ActError> {
    let mut after = rows.to_vec();
    for it in moves {
        after = match model::put_right(&after, it) {
            Err(RightsError::Insufficient { on, .. }) if on > asked.effective_on => {
                let from = next.filter(|_| asked.until.is_none()).unwrap_or(on);
                return Err(
                    ActRefused::HeldByOthers { asset: asked.asset_id, right: asked.right, from }.into()
                );
            }
            change => model::foreseen(&after, &change?),
        };
    }
    if let Some(ended) = known.assets.get(&asked.asset_id).filter(|it| it.status.is_final())
        && let Some(last) = ended.ended_on.and_then(|it| it.pred_opt())
        && !endings::same_from(rows, &after, last)
    {
        let (asset, status) = (ended.id, ended.status);
        return Err(ActRefused::CarriedOver { asset, status, into: assets::became(unit, asset)? }.into());
    }
    Ok(after)
}

/// The days that are corrected.
fn days_of(asked: &CorrectionRequest) -> Result<Period, Faults> {
    let from = calendar_day(asked.effective_on).map_err(|reason| Faults::one("/effective_on", reason));
    let wrong = |reason| Faults::one("/until", reason);
    let (from, until) = Faults::both(from, asked.until.map(calendar_day).transpose().map_err(wrong))?;
    Period::new(from, until).map_err(wrong)
}

/// What a correction names, and what of it cannot be.
fn named(asked: &CorrectionRequest, today: NaiveDate) -> Named {
    let mut named = Named::default();
    named.assets.push(("/asset_id".to_owned(), asked.asset_id));
    // What is corrected is what was recorded; what is to be so only later is agreed anew.
    named.not_ahead("/effective_on", asked.effective_on, today);
    named.until = asked.until;
    named.distinct_holders("/holders", asked.holders.iter().map(|it| it.holder_id));
    let sum = share::sum(asked.holders.iter().map(|it| it.share));
    if !sum.is_whole() {
        named.faults.push(Fault::at("/holders", Reason::SharesNotWhole { sum: sum.to_string() }));
    }
    named.decisions(asked.decided(), today);
    named.papers(&asked.documents, asked.owner_consent_id);
    named
}

/// What stood before a correction.
#[derive(Clone, Copy)]
enum Stands {
    /// Something on the days that it is about, from this one on.
    From(NaiveDate),
    /// Nothing on those days, and something only since.
    Since(NaiveDate),
}

/// What private parties would hold more of, where the state or collectives would hold less: by the correction it was theirs. Of the
/// management and the income of what those own, whoever loses it: who runs it, and for what rent, is theirs to say.
fn gained(
    asked: &CorrectionRequest,
    rows: &[Right],
    (claims, standing): (&[Claim], &[Claim]),
    web: &Web,
) -> Vec<Granting> {
    let of = |all: &[Claim], wanted: &dyn Fn(&Claim) -> bool| {
        share::sum(all.iter().filter(|it| it.right == asked.right && wanted(it)).map(|it| it.share))
            .to_ratio()
            .clone()
    };
    let public = |it: &Claim| !web.is_private(it.holder.id, it.holder.kind);
    let owns = |it: &Claim| it.right == RightKind::Ownership;
    let is_lost = of(claims, &public) < of(standing, &public);
    let is_theirs = asked.right != RightKind::Ownership && claims.iter().any(|it| owns(it) && public(it));
    if standing.is_empty() || !(is_lost || is_theirs) {
        return Vec::new();
    }
    let held = |all: &[Claim], by: Id<kind::Party>| of(all, &|it: &Claim| it.holder.id == by);
    let loses = |it: &&Claim| {
        it.right == asked.right && !public(it) && held(claims, it.holder.id) < held(standing, it.holder.id)
    };
    let in_place_of = standing.iter().find(loses).map(|it| it.holder.id).filter(|_| !is_lost);
    // It goes on for as long as whoever was said to have it did.
    let ends = |of: Id<kind::Party>| {
        let own = rows.iter().filter(|it| {
            it.kind == asked.right && it.holder_id == of && it.period.contains(asked.effective_on)
        });
        own.filter_map(|it| it.period.to()).max()
    };
    let until = asked.until.or_else(|| in_place_of.and_then(ends));
    let term = until.and_then(|until| Period::new(asked.effective_on, Some(until)).ok());
    let owner = |it: &Claim| claims.iter().any(|of| owns(of) && of.holder.id == it.holder.id);
    let gained = claims.iter().enumerate().filter(|(_, it)| {
        it.right == asked.right && !public(it) && (is_lost || in_place_of.is_some() && !owner(it))
    });
    let gained = gained.filter_map(|(claim_number, it)| {
        let more = held(claims, it.holder.id) - held(standing, it.holder.id);
        let share = Share::from_ratio(&more).ok().filter(|_| more.is_positive())?;
        let claim = Claim { share, ..*it };
        let made = GrantMade::LongAgo;
        Some(Granting { claim_number, claim, term, rent: None, others: Vec::new(), made, in_place_of })
    });
    gained.collect()
}

/// The facts that the rules look at: those of a registration that says otherwise what stands on the day from which that
/// changes; where it only says more, with whoever owns the asset since.
fn facts(
    unit: &mut Read<'_>,
    mut known: Known,
    asked: &CorrectionRequest,
    (rows, stands, entered, depth): (&[Right], Stands, Entered, i64),
) -> Result<RegistrationFacts, ActError> {
    let on = asked.effective_on;
    let (owners, standing, since) = match stands {
        Stands::From(day) => {
            let holders = |kind| model::holders(rows, kind, day);
            (holders(RightKind::Ownership)?, holders(asked.right)?, Vec::new())
        }
        Stands::Since(day) => (Vec::new(), Vec::new(), model::holders(rows, RightKind::Ownership, day)?),
    };
    let others: Vec<_> = owners.iter().chain(&standing).chain(&since).map(|it| it.holder_id).collect();
    known.also(unit, &others)?;
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
    let standing: Vec<Claim> =
        standing.iter().map(|it| claim(asked.right, it.holder_id, it.share)).collect::<Result<_, _>>()?;
    let parties: Vec<_> = claims.iter().map(|it| it.holder.id).collect();
    // A state enterprise may be in private hands.
    let concerns_private = claims.iter().any(|it| it.holder.kind == PartyKind::StateEnterprise)
        || !gained(asked, rows, (&claims, &standing), &Web::default()).is_empty();
    let ties = match concerns_private {
        true => parties::ties_around(unit, &parties, &[entered.on], depth)?,
        false => Vec::new(),
    };
    let grants = gained(asked, rows, (&claims, &standing), &Web::of(&ties));
    Ok(RegistrationFacts {
        effective_on: on,
        rebound: Vec::new(),
        overdue_given_up: Vec::new(),
        ended_early: Vec::new(),
        replaced: Vec::new(),
        later_rent: Vec::new(),
        arrears: Vec::new(),
        asset: known.asset(asked.asset_id, on)?,
        claims,
        grants,
        ties,
        restrictions: restrictions::met(unit, &[asked.asset_id], &Period::since(on), unit.today())?
            .iter()
            .map(|it| restricting(it, None))
            .collect(),
        standing,
        owners_since: since.iter().map(|it| known.party(it.holder_id)).collect::<Result<_, _>>()?,
        owner_consent: asked.owner_consent_id,
        entered,
        decisions: known.decisions,
        sources: asked.documents.len(),
        project: None,
    })
}
