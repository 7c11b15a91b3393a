//! Transfers of shares of one of the three rights: sales, leases, swaps, gifts.

mod adopted;
pub mod asked;
mod before;
mod dealings;
mod facts;
mod nearby;

use chrono::NaiveDate;
use num_bigint::BigInt;

use self::asked::{ConsiderationRequest, TransferRequest};
pub(super) use self::dealings::{Near, owed_by, owed_by_any, owing};
use crate::{
    acts::{Act, ActError, Checked, Looked, Occasion, Terms, leases, named::Known, noticed::Given},
    cases::{Case, CaseKind, Lot, decision::Decisions, notices::content::ConsiderationKind},
    journal::Actor,
    money::{
        allotment, contracts,
        proceeds::{self, NewProceeds, ProceedsKind},
    },
    register::{
        codes::RightKind,
        parties::ties::Web,
        rights::{self, AssetMove, Instrument, InstrumentKind},
    },
    storage::{Read, StorageError, Write},
    values::{Faults, Fen, Id, Period, Reason, id::kind},
};

/// What a transfer comes to.
#[derive(Debug)]
pub struct Plan {
    /// The kind of act as which it stands in the chains.
    pub(super) kind: InstrumentKind,
    days: Period,
    moves: Vec<AssetMove>,
    /// What falls due to the state and to collectives that sell.
    dues: Vec<NewProceeds>,
    /// The contract on record that says the very lease, and stands under it from then on.
    adopts: Option<Id<kind::Contract>>,
}

impl Act for TransferRequest {
    const KIND: CaseKind = CaseKind::Transfer;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        self.all_lots().map(|it| it.asset_id).collect()
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let mut found = facts::named(self, unit.today()).find(unit, &at.scope, self.effective_on)?;
        let days = self.days();
        let of_days = facts::faults_of_days(self, found.known(), days.as_ref().ok(), unit.today());
        found.tell(of_days);
        let (known, days) = found.with(days.map_err(Into::into))?;
        let region = known.region()?;
        known.all_open()?;
        let judging = at.judging(unit, region, self.effective_on, self.recorded_late.as_ref())?;
        let policy = &judging.policy.values;
        let reach =
            facts::Reach { depth: policy.related_party_depth, window_days: policy.structuring_window_days };
        let mut facts = facts::load(unit, &known, self, &days, (judging.entered, at.case_id(), reach))?;
        let falls_due = facts::falls_due(&facts);
        // A day that follows from the policy is no fact: by another policy it is another one.
        facts.proceeds_due_on = self.proceeds_due_on.filter(|_| falls_due);
        let due_on = falls_due.then(|| facts::due_on(self, policy)).flatten();
        let agreed = lease(self, &days);
        let adopted = match &agreed {
            Some(agreed) => adopted::find(unit, self, agreed)?,
            None => adopted::Adopted::default(),
        };
        facts.let_already = adopted.others;
        let value_of_shares = facts
            .all_lots()
            .map(|it| {
                i128::from(it.asset.original_value.get()) * i128::from(it.share.num())
                    / i128::from(it.share.den())
            })
            .sum();
        let worth = facts.consideration.money().unwrap_or(0).max(value_of_shares);
        let kind = if self.term.is_some() { InstrumentKind::Grant } else { InstrumentKind::Transfer };
        let moves = moves(self, &known, &days)?;
        let web = Web::of(&facts.ties);
        let dues = dues(&known, &moves, &web, (self.effective_on, due_on))?;
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth),
            region,
            lots: lots_of(self),
            plan: Plan { kind, days, moves, dues, adopts: adopted.adopts },
        })
    }

    fn terms(&self, plan: &Plan) -> Terms {
        let (kind, amount, schedule) = match &self.consideration {
            ConsiderationRequest::Price { amount_fen } => {
                (ConsiderationKind::Price, Some(*amount_fen), Vec::new())
            }
            ConsiderationRequest::Rent { schedule } => {
                (ConsiderationKind::Rent, Fen::sum(schedule.iter().map(|it| it.amount_fen)), schedule.clone())
            }
            ConsiderationRequest::Swap { appraised_fen, appraisal, .. } => {
                let appraised = appraisal.map(|it| it.value_fen).or(*appraised_fen);
                (ConsiderationKind::Swap, appraised, Vec::new())
            }
            ConsiderationRequest::None {} => (ConsiderationKind::Nothing, None, Vec::new()),
        };
        Terms {
            effective_on: Some(self.effective_on),
            period: self.term.map(|_| plan.days),
            given: Some(Given { kind, amount, schedule, pay_to: self.pay_to_id }),
            appraisal: self.appraisal,
            auctioneer: self.auctioneer_id,
            exchange: self.exchange.clone(),
            decisions: self.decided().taken(),
            ..Terms::default()
        }
    }

    /// Moves the rights, and concludes the contract of a lease.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        let papers = self.papers();
        let instrument = Instrument {
            kind: plan.kind,
            case_id: case.id,
            effective_on: self.effective_on,
            region: case.region_code,
            documents: &papers,
        };
        rights::move_shares(unit, actor, &instrument, &plan.moves)?;
        proceeds::record(unit, actor, (case.id, case.region_code), &plan.dues)?;
        if let Some(contract) = plan.adopts {
            contracts::adopt(unit, actor, contract, case.id)?;
        } else if let Some(agreed) = lease(self, &plan.days) {
            let contract = contracts::NewContract {
                case_id: Some(case.id),
                region_code: case.region_code,
                lessor_id: agreed.lessor_id,
                lessee_id: agreed.lessee_id,
                asset_ids: agreed.asset_ids,
                term: agreed.term,
                dues: agreed.dues,
            };
            contracts::conclude(unit, actor, &contract)?;
        }
        Ok(())
    }
}

/// What the case of a transfer would move.
fn lots_of(asked: &TransferRequest) -> Vec<Lot> {
    let lot = |it: &asked::LotRequest| Lot {
        asset_id: it.asset_id,
        kind: asked.right,
        from_id: Some(it.from_id),
        to_id: Some(it.to_id),
        share: it.share,
    };
    asked.all_lots().map(lot).collect()
}

/// The moves, each with its part of the price. What comes back in a swap has none.
fn moves(asked: &TransferRequest, known: &Known, days: &Period) -> Result<Vec<AssetMove>, Faults> {
    let prices = price_by_lot(asked, known)?.into_iter().map(Some).chain(std::iter::repeat(None));
    let lots = asked.all_lots().zip(prices);
    Ok(lots
        .map(|(lot, consideration)| AssetMove {
            asset_id: lot.asset_id,
            act: facts::to_move(asked, lot, days),
            consideration,
        })
        .collect())
}

/// What falls due to the state, to collectives and to villages' own organisations, lot by lot: each buyer owes each giver the part of the price that is its own.
fn dues(
    known: &Known,
    moves: &[AssetMove],
    web: &Web,
    (since, due_on): (NaiveDate, Option<NaiveDate>),
) -> Result<Vec<NewProceeds>, StorageError> {
    let Some(due_on) = due_on else { return Ok(Vec::new()) };
    let mut dues = Vec::new();
    for it in moves {
        let (Some(amount), Some(asset)) = (it.consideration, known.assets.get(&it.asset_id)) else {
            continue;
        };
        let giver = known.party(it.act.from_id)?;
        if amount.is_zero() || !web.is_of_public(giver.id, giver.kind) {
            continue;
        }
        dues.push(NewProceeds {
            kind: ProceedsKind::Sale,
            asset_id: it.asset_id,
            region_code: asset.region_code,
            creditor_id: it.act.from_id,
            payer_id: Some(it.act.to_id),
            amount,
            since,
            due_on,
        });
    }
    Ok(dues)
}

/// A price divided among the lots, in proportion to the money invested in what each one moves.
fn price_by_lot(asked: &TransferRequest, known: &Known) -> Result<Vec<Fen>, Faults> {
    let ConsiderationRequest::Price { amount_fen } = &asked.consideration else { return Ok(Vec::new()) };
    let claims: Vec<allotment::Claim<()>> = asked
        .lots
        .iter()
        .zip(0_u64..)
        .map(|(lot, index)| {
            let asset = known.assets.get(&lot.asset_id);
            // What cost nothing still weighs something, or a price for it could not be divided.
            let invested = asset.map_or(1, |it| it.write_off.original_value.get().max(1));
            allotment::Claim {
                key: (),
                weight: lot.share.to_ratio() * BigInt::from(invested),
                tie: allotment::tie(lot.asset_id.uuid().as_bytes(), &index.to_be_bytes()),
            }
        })
        .collect();
    let parts = allotment::allot(*amount_fen, &claims)
        .map_err(|_| Faults::one("/consideration/amount_fen", Reason::Required))?;
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

/// What a lease comes to between its parties.
struct Lease {
    lessor_id: Id<kind::Party>,
    lessee_id: Id<kind::Party>,
    asset_ids: Vec<Id<kind::Asset>>,
    term: Period,
    dues: Vec<(NaiveDate, Fen)>,
}

/// The lease that a transfer makes; none for other transfers.
fn lease(asked: &TransferRequest, days: &Period) -> Option<Lease> {
    let (RightKind::Management, ConsiderationRequest::Rent { schedule }) =
        (asked.right, &asked.consideration)
    else {
        return None;
    };
    let lessor_id = leases::lead(asked.lots.iter().map(|it| (it.from_id, it.share)))?;
    let lead = asked.lots.iter().find(|it| it.from_id == lessor_id)?;
    Some(Lease {
        lessor_id,
        lessee_id: lead.to_id,
        asset_ids: asked.lots.iter().map(|it| it.asset_id).collect(),
        term: *days,
        dues: schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect(),
    })
}
