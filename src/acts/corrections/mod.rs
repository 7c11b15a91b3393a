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
        named::{Known, Named, own_organisations, unbound},
        registrations::asked::AllocationRequest,
        transfers::{Near, owed_by_any, owing},
    },
    cases::{self, Case, CaseKind, Lot, decision::Decisions},
    journal::Actor,
    loss::facts::{
        ArrearsFacts, Claim, Entered, GrantMade, Granting, Payment, Rebinding, Rebound, RegistrationFacts,
        ReplacedFacts,
    },
    money::{
        contracts::{self, Occupying, endings::Effects},
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
        let own_on = [self.effective_on, unit.today()];
        let own_of_village = known.own_organisations(unit, &own_on)?;
        let by_transfer = is_let_by_transfer(unit, self)?;
        let facts = RegistrationFacts {
            rebound,
            later_rent,
            overdue_given_up,
            ended_early,
            replaced,
            own_organisations: own_of_village,
            ..facts(
                unit,
                known,
                (self, &by_transfer),
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
        let lessors = facts.arrears.iter().map(|it| (it.lessor.id, it.lessor.kind));
        let theirs = own_organisations(unit, lessors, &own_on)?;
        facts.own_organisations.extend(theirs);
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
    let granted = rights::granted(unit, &[asked.asset_id], asked.right)?.into_iter();
    let granted = granted.filter(|it| it.right.period.ends_after(asked.effective_on));
    let granted: Vec<_> = granted.filter_map(|it| Some((it.case_id?, it.right.holder_id))).collect();
    let by: BTreeSet<_> = granted.iter().map(|(case, _)| *case).collect();
    let kinds = cases::kinds_of(unit, &Vec::from_iter(by))?;
    for (case, holder) in granted {
        if matches!(kinds.get(&case), Some(CaseKind::Transfer | CaseKind::Alteration)) {
            found.insert(holder);
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
    let mut grants: Vec<_> = facts.grants.iter_mut().filter(replacing).collect();
    if grants.is_empty() {
        return Ok(());
    }
    let days_of = |it: &Granting| it.term.unwrap_or(Period::since(asked.effective_on));
    let first = grants.iter().map(|it| days_of(it).from()).min().unwrap_or(asked.effective_on);
    let on_record = contracts::occupying(unit, &[asked.asset_id], &Period::since(first))?;
    for grant in &mut grants {
        let lessee = grant.claim.holder.id;
        let resumed = effects.resuming().find(|it| it.contract.agreed.lessee_id == lessee);
        let own = match resumed {
            Some(it) => Some((it.contract.agreed.term, it.contract.agreed.dues.clone())),
            None => {
                let days = days_of(grant);
                let lets = |it: &&Occupying| it.lessee_id == lessee && it.days.overlaps(&days);
                on_record.iter().find(lets).map(|it| (it.days, it.dues.clone()))
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
    let replacing = facts.grants.iter().filter(|it| it.in_place_of.is_some());
    let lessees = Vec::from_iter(replacing.map(|it| it.claim.holder.id).collect::<BTreeSet<_>>());
    if lessees.is_empty() {
        return Ok(Vec::new());
    }
    let today = unit.today();
    let mut all = owed_by_any(unit, (&lessees, &web), (facts.asset.id, &owners), today)?;
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
    (web, by_transfer): (&Web, &BTreeSet<Id<kind::Party>>),
) -> Vec<Granting> {
    let of = |all: &[Claim], wanted: &dyn Fn(&Claim) -> bool| {
        share::sum(all.iter().filter(|it| it.right == asked.right && wanted(it)).map(|it| it.share))
            .to_ratio()
            .clone()
    };
    let public = |it: &Claim| !web.is_private(it.holder.id, it.holder.kind);
    let owns = |it: &Claim| it.right == RightKind::Ownership;
    // What a village's own organisation owns is the village's, and leaves it by whoever else would have owned it; nor does the village's
    // become its organisation's.
    let of_public = |it: &Claim| web.is_of_public(it.holder.id, it.holder.kind);
    let is_lost = of(claims, &public) < of(standing, &public)
        || asked.right == RightKind::Ownership && of(claims, &of_public) < of(standing, &of_public);
    let is_owned = |it: &Claim| owns(it) && (public(it) || of_public(it));
    let is_theirs = asked.right != RightKind::Ownership && claims.iter().any(is_owned);
    if standing.is_empty() || !(is_lost || is_theirs) {
        return Vec::new();
    }
    let held = |all: &[Claim], by: Id<kind::Party>| of(all, &|it: &Claim| it.holder.id == by);
    let loses = |it: &&Claim| {
        it.right == asked.right && !public(it) && held(claims, it.holder.id) < held(standing, it.holder.id)
    };
    let losers: Vec<_> = standing.iter().filter(loses).map(|it| it.holder.id).filter(|_| !is_lost).collect();
    // Of several, whoever had it by a transfer: what is gained comes from all of them, and is looked at as the gravest of it.
    let let_to = losers.iter().find(|it| by_transfer.contains(it));
    let in_place_of = let_to.or(losers.first()).copied();
    // It goes on for as long as any of those who were said to have it did.
    let ends = |of: &Id<kind::Party>| {
        let own = rows.iter().filter(|it| {
            it.kind == asked.right && it.holder_id == *of && it.period.contains(asked.effective_on)
        });
        own.filter_map(|it| it.period.to()).max()
    };
    let all_end = losers.iter().map(ends).collect::<Option<Vec<_>>>();
    let until = asked.until.or_else(|| all_end?.into_iter().max());
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
    (asked, by_transfer): (&CorrectionRequest, &BTreeSet<Id<kind::Party>>),
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
    // Whoever would have lost it may be a village's own organisation.
    let losing = standing.iter().filter(|it| it.holder.kind.is_owned());
    let parties: BTreeSet<_> = claims.iter().chain(losing.clone()).map(|it| it.holder.id).collect();
    let parties = Vec::from_iter(parties);
    // A state enterprise may be in private hands.
    let concerns_private = claims.iter().any(|it| it.holder.kind == PartyKind::StateEnterprise)
        || claims.iter().any(|it| it.right == RightKind::Ownership && it.holder.kind.is_owned())
        || losing.count() > 0
        || !gained(asked, rows, (&claims, &standing), (&Web::default(), by_transfer)).is_empty();
    let ties = match concerns_private {
        true => {
            let decided_on = known.decisions.iter().map(|it| it.decision.decided_on());
            let then = Some(on.min(entered.on)).filter(|_| !entered.of_its_day);
            let tied_on: BTreeSet<_> = decided_on.chain(then).chain([entered.on]).collect();
            parties::ties_around(unit, &parties, &Vec::from_iter(tied_on), depth)?
        }
        false => Vec::new(),
    };
    let grants = gained(asked, rows, (&claims, &standing), (&Web::of(&ties), by_transfer));
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
        own_organisations: Vec::new(),
        project: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::facts::PartyFacts;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn party(number: u128, kind: PartyKind) -> PartyFacts {
        PartyFacts { id: uuid::Uuid::from_u128(number).into(), kind, ended_on: None, succeeded_by: None }
    }

    fn claim(right: RightKind, holder: PartyFacts, share: &str) -> Claim {
        Claim { right, holder, share: share.parse().unwrap() }
    }

    fn asked(right: &str) -> CorrectionRequest {
        let id = |number| uuid::Uuid::from_u128(number);
        let asked = serde_json::json!({"asset_id": id(100), "right": right, "effective_on": "2026-01-01",
            "holders": [{"holder_id": id(5), "share": "1"}], "reason": "误登", "documents": [id(101)]});
        serde_json::from_value(asked).unwrap()
    }

    fn let_until(holder: PartyFacts, to: Option<&str>) -> Right {
        Right {
            id: uuid::Uuid::from_u128(102).into(),
            kind: RightKind::Management,
            holder_id: holder.id,
            grantor_id: None,
            through: Vec::new(),
            share: "1/2".parse().unwrap(),
            period: Period::new(day("2024-01-01"), to.map(day)).unwrap(),
            begun_by: uuid::Uuid::from_u128(103).into(),
            ended_by: None,
        }
    }

    #[test]
    fn who_comes_in_the_place_of_several_is_looked_at_by_all_of_them() {
        let village = party(1, PartyKind::VillageCollective);
        let (one, other, firm) =
            (party(3, PartyKind::Person), party(4, PartyKind::Person), party(5, PartyKind::Enterprise));
        let owns = claim(RightKind::Ownership, village, "1");
        let of = |holder, share| claim(RightKind::Management, holder, share);
        let claims = [of(firm, "1"), owns];
        let standing = [of(one, "1/2"), of(other, "1/2")];
        let gains = |ends: [Option<&str>; 2], by_transfer: &[PartyFacts]| {
            let rows = [let_until(one, ends[0]), let_until(other, ends[1])];
            let by_transfer = by_transfer.iter().map(|it| it.id).collect();
            let all =
                gained(&asked("management"), &rows, (&claims, &standing), (&Web::default(), &by_transfer));
            let [grant] = all.try_into().unwrap();
            (grant.in_place_of, grant.term.and_then(|it| it.to()))
        };
        let ends = [Some("2027-01-01"), Some("2029-01-01")];
        assert_eq!(gains(ends, &[]), (Some(one.id), Some(day("2029-01-01"))));
        assert_eq!(gains(ends, &[other]), (Some(other.id), Some(day("2029-01-01"))));
        assert_eq!(gains([ends[1], ends[0]], &[one, other]), (Some(one.id), Some(day("2029-01-01"))));
        assert_eq!(gains([ends[0], None], &[]), (Some(one.id), None));
    }

    #[test]
    fn what_a_village_s_own_organisation_owned_leaves_the_village() {
        let village = party(1, PartyKind::VillageCollective);
        let (own, firm) = (party(6, PartyKind::Cooperative), party(5, PartyKind::Enterprise));
        let tie = crate::register::parties::ties::Tie {
            from: own.id,
            from_kind: own.kind,
            kind: crate::register::codes::RelationKind::ControlledBy,
            post: None,
            share: None,
            to: village.id,
            to_kind: village.kind,
        };
        let of = |holder| [claim(RightKind::Ownership, holder, "1")];
        let gains = |ties: &[_], from, to| {
            let web = Web::of(ties);
            let none = BTreeSet::new();
            let all = gained(&asked("ownership"), &[], (&of(to), &of(from)), (&web, &none));
            all.iter().map(|it| it.claim.holder.id).collect::<Vec<_>>()
        };
        assert_eq!(gains(&[tie], own, firm), [firm.id]);
        assert!(gains(&[], own, firm).is_empty());
        assert!(gains(&[tie], own, village).is_empty());
        assert_eq!(gains(&[tie], village, own), [own.id]);
    }
}
