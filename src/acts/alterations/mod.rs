//! Alterations: acts that end or renew a grant, or change the asset under all rights, and give nothing away.
//!
//! `asked` is what comes in, `plan` what it comes to; here it is looked at and carried out. A renewal is checked and carried
//! out as the transfer that it is.

pub mod asked;
mod disposing;
mod evidence;
mod one_lease;
mod plan;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use self::{
    asked::AlterationRequest,
    evidence::Shown,
    plan::{Brought, Plan},
};
use crate::{
    acts::{
        Act, ActError, ActRefused, Checked, Difference, Looked, Occasion, Terms,
        act::bound_to,
        encumbrances::restricting,
        named::{Known, Named, unbound},
        restated::restated_of,
        rivals::Rivals,
        transfers::asked::TransferRequest,
    },
    cases::{
        Case, CaseKind, Lot,
        decision::{Decisions, Matter},
        policies::values::PolicyValues,
    },
    journal::Actor,
    loss::facts::{AlterationFacts, Claim, DisposalFacts, Entered, Lost, PartyFacts, RestrictionFacts},
    maintenance::assignments,
    money::{
        allotment,
        contracts::{
            endings::{self as contract_endings, Effects},
            faults_of_due_days, faults_of_schedule,
        },
        proceeds,
    },
    register::{
        assets::{self, Asset, AssetStatus, Closing, NewAsset},
        codes::{DisposalWay, RightKind},
        restrictions::{self, Restriction},
        rights::{
            self, Instrument, InstrumentKind, Right,
            endings::{self, Ending},
            model,
        },
    },
    storage::{Read, StorageError, Write},
    values::{Fault, Faults, Fen, Id, Period, Reason, Scope, id::kind, period},
};

impl Act for AlterationRequest {
    const KIND: CaseKind = CaseKind::Alteration;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.papers().resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        self.papers().decided
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        self.asset_ids()
    }

    fn staying(&self, unit: &mut Read<'_>) -> Result<Vec<Id<kind::Party>>, StorageError> {
        bound_to(unit, &self.assets(), self.papers().effective_on)
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let on = self.papers().effective_on;
        let mut found = named(self, unit.today()).find(unit, &at.scope, on)?;
        let days = self.days();
        let changed = self.changed(unit, &at.scope)?;
        let what_cannot_be = faults_of(self, (&changed, found.known()), days.as_ref().ok(), unit.today());
        found.tell(what_cannot_be);
        let of_disposal = disposing::faults_of(unit, &at.scope, self, found.known())?;
        found.tell(of_disposal);
        let (mut known, days) = found.with(days.map_err(Into::into))?;
        let region = known.region()?;
        if let Self::Restoration { .. } = self {
            if known.assets.values().any(|it| !it.status.is_disposed()) {
                return Err(ActRefused::NotDisposed.into());
            }
        } else {
            known.all_open()?;
        }
        let rights = rights_of(unit, self, &days)?;
        if let Self::Renewal { .. } = self {
            let rights: Vec<Right> = rights.into_iter().flat_map(|(_, it)| it).collect();
            return look_at_renewal(unit, at, plan::renewal(&rights, self, days)?);
        }
        for (asset, rights) in &rights {
            if model::holders(rights, RightKind::Ownership, days.from())?.is_empty() {
                return Err(ActRefused::Unowned(*asset).into());
            }
        }
        let mut people: Vec<Id<kind::Party>> = rights.iter().flat_map(|(_, it)| parties_in(it)).collect();
        people.sort();
        people.dedup();
        known.also(unit, &people)?;
        let judging = at.judging(unit, region, days.from(), self.papers().recorded_late)?;
        let Planned { plan, lots, rests_with } = planned(
            unit,
            (self, changed),
            (&known, &rights),
            &days,
            (judging.entered, &judging.policy.values),
        )?;
        let between = lots.iter().flat_map(|it| [it.from_id, it.to_id]).flatten();
        let of_contracts = plan.effects().into_iter().flat_map(Effects::ending);
        let of_contracts =
            of_contracts.flat_map(|it| [it.contract.agreed.lessor_id, it.contract.agreed.lessee_id]);
        let others: Vec<_> = between.chain(of_contracts).collect();
        known.also(unit, &others)?;
        let mut facts =
            facts(unit, &known, self, (judging.entered, at.case_id()), &rights, (&lots, rests_with))?;
        facts.overdue_given_up = known.overdue(plan.given_up(), unit.today())?;
        if let Plan::Termination(_, _, effects) = &plan {
            facts.ended_early = known.ended_early(effects)?;
            let owners = rights.iter().flat_map(|(_, it)| rights::last_days(it, days.from()));
            facts.rebound = unbound(
                &known,
                plan.effects().unwrap_or(&Effects::default()),
                owners.map(|it| it.holder_id),
            )?;
        }
        let worth = known.assets.values().map(|it| i128::from(it.write_off.original_value.get())).sum();
        let checked = Checked::by_rules(&facts, &judging, worth);
        Ok(Looked { checked, region, lots, plan })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        let of_deal = match plan {
            Plan::Renewal(deal, transfer) => deal.terms(transfer),
            _ => Terms::default(),
        };
        Terms {
            effective_on: Some(self.papers().effective_on),
            reason: Some(self.papers().reason.to_string()),
            decisions: self.papers().decided.taken(),
            alteration: Some(plan::noticed(self, plan)),
            given_up: plan.given_up().to_vec(),
            ..of_deal
        }
    }

    /// Makes the alteration. What ends, divides or restores an asset is executed once its day has come, since a status says
    /// what is so now.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        if plan.changes_asset() {
            plan::not_before(self.papers().effective_on, unit.today())?;
        }
        let making = Making { actor, case, asked: self };
        match plan {
            Plan::Renewal(deal, transfer) => deal.execute(unit, actor, case, transfer),
            Plan::Termination(asset, ending, effects) => making.terminate(unit, *asset, ending, effects),
            Plan::Division(whole, parts) => making.divide(unit, whole, parts),
            Plan::Merger(merged, whole) => making.merge(unit, merged, whole),
            Plan::Disposal(asset, closing, brought, effects) => {
                making.dispose(unit, asset, (closing, brought), effects)
            }
            Plan::Use(before, after) => making.put_to_use(unit, before, after),
            Plan::Restoration(asset, effects) => making.restore(unit, asset, effects),
        }
    }
}

/// Looks at a renewal as at any transfer; in the chains it stands as what it is.
fn look_at_renewal(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    deal: TransferRequest,
) -> Result<Looked<Plan>, ActError> {
    let Looked { checked, region, lots, mut plan } = deal.look(unit, at)?;
    plan.kind = InstrumentKind::Renewal;
    Ok(Looked { checked, region, lots, plan: Plan::Renewal(Box::new(deal), Box::new(plan)) })
}

impl AlterationRequest {
    /// The assets that change, as they are on record and in the order in which they are named; none where only rights do.
    fn changed(&self, unit: &mut Read<'_>, scope: &Scope) -> Result<Vec<Asset>, StorageError> {
        if matches!(self, Self::Renewal { .. } | Self::Termination { .. }) {
            return Ok(Vec::new());
        }
        let ids = self.asset_ids();
        let found = assets::some(unit, scope, &ids)?;
        Ok(ids.into_iter().filter_map(|id| found.iter().find(|it| it.id == id).cloned()).collect())
    }
}

/// What of an alteration cannot be, by what is on record of its assets. Where its days themselves are wrong, only what does not
/// hang on them is told here.
fn faults_of(
    asked: &AlterationRequest,
    (changed, known): (&[Asset], &Known),
    days: Option<&Period>,
    today: NaiveDate,
) -> Vec<Fault> {
    let made = match (asked, changed) {
        (AlterationRequest::Division { parts, .. }, [whole]) => plan::parts(whole, parts).map(drop),
        // What is named twice, or is not there, has no sum.
        (AlterationRequest::Merger { asset_ids, .. }, all) if distinct(all) == asset_ids.len() => {
            plan::merged(all, asked).map(drop)
        }
        _ => Ok(()),
    };
    let mut faults = made.err().map(Faults::into_inner).unwrap_or_default();
    if let AlterationRequest::Renewal { schedule, effective_on, .. } = asked {
        faults.extend(period::too_far_ahead(*effective_on, today).map(|it| Fault::at("/effective_on", it)));
        let since = known.assets.values().map(|it| it.write_off.acquired_on).max();
        let dues: Vec<_> = schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect();
        faults
            .extend(since.into_iter().flat_map(|since| faults_of_due_days(&dues, since, days, "/schedule")));
    }
    faults
}

/// How many assets they are.
fn distinct(assets: &[Asset]) -> usize {
    assets.iter().map(|it| it.id).collect::<BTreeSet<_>>().len()
}

/// What an alteration names, and what of it cannot be.
fn named(asked: &AlterationRequest, today: NaiveDate) -> Named {
    let (mut named, papers) = (Named::default(), asked.papers());
    match asked {
        AlterationRequest::Merger { asset_ids, .. } => named.distinct_assets("/asset_ids", asset_ids),
        _ => named.assets.extend(asked.asset_ids().into_iter().map(|id| ("/asset_id".to_owned(), id))),
    }
    match asked {
        AlterationRequest::Termination { right: RightKind::Ownership, .. }
        | AlterationRequest::Renewal { right: RightKind::Ownership, .. } => {
            let because = "ownership is not granted for a term".to_owned();
            named.faults.push(Fault::at("/right", Reason::NotApplicable { because }));
        }
        AlterationRequest::Renewal { holder_id, schedule, .. } => {
            named.parties.push(("/holder_id".to_owned(), *holder_id));
            let dues: Vec<_> = schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect();
            named.faults.extend(faults_of_schedule(&dues, "/schedule"));
        }
        _ => disposing::named(asked, &mut named),
    }
    named.decisions(papers.decided, today);
    named.decides_of_assets = true;
    named.papers(papers.documents, papers.owner_consent_id);
    named.restriction_consents(papers.restriction_consents);
    named
}

/// The rights in an asset.
type OfAsset = (Id<kind::Asset>, Vec<Right>);

/// The rights that an alteration is about, asset by asset; for a restoration those that would hold again.
fn rights_of(
    unit: &mut Read<'_>,
    asked: &AlterationRequest,
    days: &Period,
) -> Result<Vec<OfAsset>, ActError> {
    if let AlterationRequest::Restoration { asset_id, .. } = asked {
        return Ok(vec![(*asset_id, rights::undone(unit, *asset_id, days.from())?)]);
    }
    let assets = asked.asset_ids();
    let standing = rights::standing(unit, &assets)?;
    let of = |asset: Id<kind::Asset>| {
        let rights = standing.iter().filter(|(it, _)| *it == asset).map(|(_, right)| right.clone());
        (asset, rights.collect())
    };
    Ok(assets.into_iter().map(of).collect())
}

fn parties_in(rights: &[Right]) -> impl Iterator<Item = Id<kind::Party>> {
    rights
        .iter()
        .flat_map(|it| std::iter::once(it.holder_id).chain(it.grantor_id).chain(it.through.iter().copied()))
}

/// What an alteration comes to.
struct Planned {
    plan: Plan,
    /// The lots of its case.
    lots: Vec<Lot>,
    /// The owners of today and of the day of entry with whom more rests by it: whoever owns the asset by then lets it,
    /// and decides what becomes of the lease, whatever day the end of that is said to be (民法典 art. 725).
    rests_with: BTreeSet<Id<kind::Party>>,
}

fn planned(
    unit: &mut Read<'_>,
    (asked, mut changed): (&AlterationRequest, Vec<Asset>),
    (known, rights): (&Known, &[OfAsset]),
    days: &Period,
    (entered, policy): (Entered, &PolicyValues),
) -> Result<Planned, ActError> {
    let on = days.from();
    if let AlterationRequest::Termination { asset_id, right, holder_id, share, contract_id, .. } = asked {
        let only = match contract_id {
            Some(contract) => one_lease::behind(unit, *contract, (*right, *holder_id, on), rights)?,
            None => None,
        };
        let ending = Ending { kind: *right, holder_id: *holder_id, share: *share, on, only };
        let (mut lots, mut left, mut rests_with) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (asset, rights) in rights {
            let heirs = rights::between(unit, rights)?;
            let (change, returned) = endings::ended_grant(rights, &ending, |it| heirs.taking(it))?;
            for day in [entered.on, unit.today()].into_iter().filter(|day| *day > on) {
                rests_with.extend(endings::resting_with(rights, &change, (*right, day)));
            }
            left.push((*asset, Some(model::foreseen(rights, &change))));
            lots.extend(returned.iter().map(|it| Lot {
                asset_id: *asset,
                kind: *right,
                from_id: Some(it.from_id),
                to_id: it.to_id,
                share: it.share,
            }));
        }
        let effects = Effects::of(unit, &left, on)?;
        return Ok(Planned { plan: Plan::Termination(*asset_id, ending, effects), lots, rests_with });
    }
    let plan = match (asked, changed.pop()) {
        (AlterationRequest::Division { parts, .. }, Some(whole)) => {
            let parts = plan::parts(&whole, parts)?;
            Plan::Division(whole, parts)
        }
        (AlterationRequest::Merger { .. }, Some(last)) => {
            changed.push(last);
            let whole = plan::merged(&changed, asked)?;
            alike(unit, rights, days)?;
            Plan::Merger(changed, Box::new(whole))
        }
        (AlterationRequest::Disposal { cause, way, proceeds_fen, .. }, Some(asset)) => {
            if let Some(after) = disposing::goes_on(asked, &asset) {
                Plan::Use(Box::new(asset), Box::new(after))
            } else {
                let status = plan::status_after(way.unwrap_or(cause.usual_way()));
                let closing = Closing { status, merged_into_id: None, on };
                let parts = proceeds_fen.map(|it| per_owner(it, rights, days)).unwrap_or_default();
                let owners: Vec<&Right> =
                    rights.iter().flat_map(|(_, it)| rights::last_days(it, on)).collect();
                let due_on = disposing::due_on(asked, policy);
                let own = known.own_organisations(unit, &[on.min(unit.today()), unit.today()])?;
                let dues = disposing::dues(asked, (known, &own), &asset, &owners, (&parts, due_on))?;
                let effects = Effects::of(unit, &[(asset.id, None)], on)?;
                Plan::Disposal(asset, closing, Brought { parts, dues }, effects)
            }
        }
        (AlterationRequest::Restoration { .. }, Some(asset)) => {
            let standing = rights::standing(unit, &[asset.id])?.into_iter().map(|(_, it)| it);
            let again = rights.iter().flat_map(|(_, it)| it.iter().cloned());
            let again = again.filter_map(|it| Some(Right { period: it.period.intersection(days)?, ..it }));
            let left = [(asset.id, Some(standing.chain(again).collect()))];
            let effects = Effects::of(unit, &left, on)?;
            Plan::Restoration(asset, effects)
        }
        _ => return Err(Faults::one("/asset_id", Reason::NotFound { what: "asset" }).into()),
    };
    // Only a disposal takes the ownership from anybody, and so stands in the way of whoever would sell it meanwhile.
    let ends = matches!(plan, Plan::Disposal(..));
    let owners = rights.iter().flat_map(|(asset, it)| rights::last_days(it, on).map(|right| (*asset, right)));
    let lots = owners.map(|(asset_id, it)| Lot {
        asset_id,
        kind: RightKind::Ownership,
        from_id: ends.then_some(it.holder_id),
        to_id: (!ends).then_some(it.holder_id),
        share: it.share,
    });
    Ok(Planned { plan, lots: lots.collect(), rests_with: BTreeSet::new() })
}

/// Refuses to merge assets whose rights differ, or on which not the same lies.
fn alike(unit: &mut Read<'_>, rights: &[OfAsset], days: &Period) -> Result<(), ActError> {
    let Some(((first, of_first), others)) = rights.split_first() else { return Ok(()) };
    let ids: Vec<_> = rights.iter().map(|(id, _)| *id).collect();
    let found = restrictions::open_from(unit, &ids, days.from())?;
    let lying_on = |asset: Id<kind::Asset>| {
        let on_asset = found.iter().filter(|it| it.asset_id == asset);
        let mut lying: Vec<_> = on_asset
            .map(|it| {
                let left = it.days().and_then(|it| it.intersection(days));
                let left = left.map(|it| (it.from(), it.to()));
                let secures = (it.secures_debt_of, it.registered.as_ref().map(|of| of.reference.as_str()));
                (it.kind, it.holder_id, it.amount, it.document_id, left, secures)
            })
            .collect();
        lying.sort();
        lying
    };
    for (asset, rights) in others {
        let by = if !endings::same_from(of_first, rights, days.from()) {
            Difference::Rights
        } else if lying_on(*first) != lying_on(*asset) {
            Difference::Restrictions
        } else {
            continue;
        };
        return Err(ActRefused::Differs { asset: *asset, by }.into());
    }
    Ok(())
}

/// What an asset brought in the end, divided among its owners by their shares, in the order of the rights.
fn per_owner(proceeds: Fen, rights: &[OfAsset], days: &Period) -> Vec<Fen> {
    let owners =
        rights.iter().flat_map(|(asset, it)| rights::last_days(it, days.from()).map(|right| (*asset, right)));
    let claims: Vec<allotment::Claim<()>> = owners
        .map(|(asset, it)| allotment::Claim {
            key: (),
            weight: it.share.to_ratio(),
            tie: allotment::tie(asset.uuid().as_bytes(), it.id.uuid().as_bytes()),
        })
        .collect();
    let parts = allotment::allot(proceeds, &claims).unwrap_or_default();
    parts.into_iter().map(|(_, part)| part).collect()
}

/// The facts of an alteration that is no renewal.
fn facts(
    unit: &mut Read<'_>,
    known: &Known,
    asked: &AlterationRequest,
    (entered, case): (Entered, Option<Id<kind::Case>>),
    rights: &[OfAsset],
    (lots, rests_with): (&[Lot], BTreeSet<Id<kind::Party>>),
) -> Result<AlterationFacts, ActError> {
    let (papers, on) = (asked.papers(), asked.papers().effective_on);
    let mut people: Vec<Id<kind::Party>> =
        lots.iter().flat_map(|it| [it.from_id, it.to_id]).flatten().collect();
    if lots.iter().any(|it| it.to_id.is_none()) {
        let owners = rights.iter().flat_map(|(_, it)| rights::last_days(it, on));
        people.extend(owners.map(|it| it.holder_id));
    }
    people.extend(rests_with);
    people.sort();
    people.dedup();
    let concerned = people.into_iter().map(|it| known.party(it)).collect::<Result<Vec<PartyFacts>, _>>()?;
    let lost = lots
        .iter()
        .filter_map(|it| Some((it, it.from_id?)))
        .map(|(it, from)| {
            let claim = Claim { right: it.kind, holder: known.party(from)?, share: it.share };
            Ok(Lost { asset: it.asset_id, claim, rivals: Vec::new() })
        })
        .collect::<Result<Vec<Lost>, ActError>>()?;
    let from_people = lost.iter().any(|it| it.claim.holder.kind.is_personal());
    let mut found = AlterationFacts {
        effective_on: on,
        entered,
        matter: Matter::Confirmation,
        concerned,
        lost,
        owner_consent: papers.owner_consent_id,
        restrictions: Vec::new(),
        decisions: known.decisions.clone(),
        disposal: None,
        eased: None,
        reclassed: Vec::new(),
        rebound: Vec::new(),
        given_up: None,
        overdue_given_up: Vec::new(),
        sources: Some(papers.documents.len()),
        relabelled: None,
        divided: None,
        ended_early: Vec::new(),
        replaced: Vec::new(),
        later_rent: Vec::new(),
        own_organisations: known.own_organisations(unit, &[on.min(unit.today()), unit.today()])?,
        restated: Vec::new(),
        struck_off: None,
    };
    match asked {
        AlterationRequest::Division { asset_id, parts, .. } => {
            let public = found.concerned.iter().any(|it| found.is_public(*it));
            found.divided = known.assets.get(asset_id).and_then(|it| plan::divided(it, public, parts));
        }
        AlterationRequest::Termination { right: RightKind::Management, .. } => found.matter = Matter::Lease,
        AlterationRequest::Termination { .. } if from_people => found.matter = Matter::IncomeShares,
        AlterationRequest::Termination { .. } => found.matter = Matter::Disposal,
        AlterationRequest::Disposal {
            asset_id,
            cause,
            technical_report_id,
            way,
            evidence,
            replaced_by_project_id,
            until,
            proceeds_fen,
            payer_id,
            proceeds_due_on,
            ..
        } => {
            let taken = way.unwrap_or(cause.usual_way());
            let is_idle = known.assets.get(asset_id).is_some_and(|it| it.status == AssetStatus::Idle);
            // What is only not used for some time is neither given up nor changed.
            if taken != DisposalWay::Suspension {
                found.matter = Matter::Disposal;
            }
            if taken == DisposalWay::Suspension
                && let Some(other) = disposing::suspended_by(unit, (*asset_id, on, *until), is_idle, case)?
            {
                return Err(ActRefused::SuspendedAlready(other).into());
            }
            if taken.ends_the_asset() {
                found.restrictions = in_the_way(unit, asked, &Period::since(on))?;
            } else {
                found.sources = None;
            }
            let rivals = Rivals::find(unit, &[*asset_id], RightKind::Ownership, case, on)?;
            for it in &mut found.lost {
                it.rivals = rivals.of(it.asset, it.claim.holder.id);
            }
            if taken.ends_the_asset() {
                found.restated = restated_of(unit, &[*asset_id], on)?.found;
            }
            let shown = Shown::by(unit, papers.decided, (evidence, *technical_report_id))?;
            found.disposal = Some(DisposalFacts {
                asset: known.asset(*asset_id, on)?,
                cause: *cause,
                serves_until: known.assets.get(asset_id).and_then(|it| it.write_off.serves_until()),
                report: shown.report,
                way: *way,
                evidence: shown.kinds,
                of_several_kinds: shown.of_several_kinds,
                replaced_by: *replaced_by_project_id,
                until: *until,
                proceeds: *proceeds_fen,
                payer: *payer_id,
                // A day that follows from the policy is no fact: by another policy it is another one.
                proceeds_due_on: *proceeds_due_on,
            });
        }
        _ => {}
    }
    Ok(found)
}

/// What lies on an asset that comes to an end, with the consents of those who hold it.
fn in_the_way(
    unit: &mut Read<'_>,
    asked: &AlterationRequest,
    days: &Period,
) -> Result<Vec<(Id<kind::Asset>, RestrictionFacts)>, ActError> {
    let today = unit.today();
    let met = restrictions::met(unit, &asked.asset_ids(), days, today)?;
    let consents = asked.papers().restriction_consents;
    let facts =
        |it: &(Restriction, Period)| (it.0.asset_id, restricting(it, consents.get(&it.0.id).copied()));
    Ok(met.iter().map(facts).collect())
}

/// An alteration that is being made.
struct Making<'a> {
    actor: &'a Actor,
    case: &'a Case,
    asked: &'a AlterationRequest,
}

impl Making<'_> {
    fn on(&self) -> NaiveDate {
        self.asked.papers().effective_on
    }

    fn as_a(&self, kind: InstrumentKind) -> Instrument<'_> {
        Instrument {
            kind,
            case_id: self.case.id,
            effective_on: self.on(),
            region: self.case.region_code,
            documents: self.asked.papers().documents,
        }
    }

    fn terminate(
        &self,
        unit: &mut Write<'_>,
        asset: Id<kind::Asset>,
        ending: &Ending,
        effects: &Effects,
    ) -> Result<(), ActError> {
        rights::end_grant(unit, self.actor, &self.as_a(InstrumentKind::Termination), asset, ending)?;
        Ok(effects.record(unit, self.actor)?)
    }

    fn divide(&self, unit: &mut Write<'_>, whole: &Asset, parts: &[NewAsset]) -> Result<(), ActError> {
        let (actor, on) = (self.actor, self.on());
        let mut made = Vec::new();
        for part in parts {
            made.push(assets::derive(unit, actor, part, Some(whole.id), on)?.id);
        }
        rights::divide(unit, actor, &self.as_a(InstrumentKind::Division), whole.id, &made)?;
        let divided = Closing { status: AssetStatus::Divided, merged_into_id: None, on };
        assets::close(unit, actor, whole, &divided)?;
        let lying = restrictions::open_from(unit, &[whole.id], on)?;
        restrictions::carry(unit, actor, &lying, &[], &made, (on, self.case.region_code))?;
        self.carry_over(unit, &[whole.id], &made)
    }

    fn merge(&self, unit: &mut Write<'_>, merged: &[Asset], whole: &NewAsset) -> Result<(), ActError> {
        let (actor, on) = (self.actor, self.on());
        let whole = assets::derive(unit, actor, whole, None, on)?.id;
        let ids: Vec<_> = merged.iter().map(|it| it.id).collect();
        rights::merge(unit, actor, &self.as_a(InstrumentKind::Merger), &ids, whole)?;
        for it in merged {
            let into = Closing { status: AssetStatus::Merged, merged_into_id: Some(whole), on };
            assets::close(unit, actor, it, &into)?;
        }
        let lying = restrictions::open_from(unit, &ids, on)?;
        let (carried, same): (Vec<_>, Vec<_>) =
            lying.into_iter().partition(|it| ids.first() == Some(&it.asset_id));
        restrictions::carry(unit, actor, &carried, &same, &[whole], (on, self.case.region_code))?;
        self.carry_over(unit, &ids, &[whole])
    }

    /// Contracts and maintenance go along with the assets.
    fn carry_over(
        &self,
        unit: &mut Write<'_>,
        from: &[Id<kind::Asset>],
        into: &[Id<kind::Asset>],
    ) -> Result<(), ActError> {
        contract_endings::carry(unit, self.actor, from, into, self.on())?;
        assignments::carry(unit, self.actor, from, into, (self.on(), self.case.region_code))?;
        Ok(())
    }

    fn dispose(
        &self,
        unit: &mut Write<'_>,
        asset: &Asset,
        (closing, brought): (&Closing, &Brought),
        effects: &Effects,
    ) -> Result<(), ActError> {
        rights::end_asset(unit, self.actor, &self.as_a(InstrumentKind::Disposal), asset.id, &brought.parts)?;
        assets::close(unit, self.actor, asset, closing)?;
        proceeds::record(unit, self.actor, (self.case.id, self.case.region_code), &brought.dues)?;
        Ok(effects.record(unit, self.actor)?)
    }

    /// Nobody gains or loses a right by it, and what is let stays let.
    fn put_to_use(&self, unit: &mut Write<'_>, before: &Asset, after: &Asset) -> Result<(), ActError> {
        let told = (self.case.id, self.asked.papers().documents);
        Ok(assets::put_to_use(unit, self.actor, before, after, told)?)
    }

    fn restore(&self, unit: &mut Write<'_>, asset: &Asset, effects: &Effects) -> Result<(), ActError> {
        rights::restore(unit, self.actor, &self.as_a(InstrumentKind::Restoration), asset.id)?;
        assets::reopen(unit, self.actor, asset)?;
        // What came in stays where it was booked, and is paid back from there; what did not is owed no longer.
        proceeds::lapse_of_disposal(unit, self.actor, asset.id)?;
        Ok(effects.record(unit, self.actor)?)
    }
}
