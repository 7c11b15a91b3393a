//! Acts that go through a case and are checked for asset loss: transfers, first registrations, distributions, alterations.
//!
//! `facts` and `rules` are pure; `load` brings the facts in; each kind of act has a file with its commands. The rules run
//! when an act is drafted, at every step, and again inside the executing transaction, so a stale pass is worth nothing.

pub mod alterations;
pub mod corrections;
mod course;
pub mod distributions;
mod error;
pub mod grounds;
mod load;
pub mod registrations;
pub mod transfers;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use error::{ActError, Difference};

use crate::{
    cases::{
        self, Assessment, Case, CaseKind, Draft, Lot, Step, StepRefused,
        policies::{self, values::Effective},
    },
    identity::{Caller, Permission},
    loss::{
        check::Facts,
        finding::{self, Finding, Outcome},
    },
    money::{allotment, contracts},
    register::{
        codes::RightKind,
        rights::{self, AssetMove, Instrument, InstrumentKind},
    },
    storage::{Read, StorageError, Write},
    values::{Faults, Fen, Id, Reason, RegionCode, id::kind},
};
use course::{Taking, take_step};
use transfers::asked::{ConsiderationRequest, TransferRequest};

/// What the rules say of an act that is asked for.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What all findings come to.
    pub outcome: Outcome,
    /// The findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// The policy that they were made with.
    pub policy_version: String,
    /// Whether the county must approve.
    county_approves: bool,
}

impl Checked {
    /// Runs the rules. `worth` is what the act is about, in fen: above the policy's limit the county approves.
    fn by_rules<F: Facts>(facts: &F, policy: &Effective, worth: i128) -> Self {
        let findings = finding::check(facts, &policy.values);
        let outcome = Outcome::of(&findings);
        let above = worth > i128::from(policy.values.county_approval_above_fen);
        Self {
            county_approves: above || outcome == Outcome::Escalate,
            policy_version: policy.version(),
            outcome,
            findings,
        }
    }

    /// What the county must approve in any case.
    const fn for_the_county(mut self) -> Self {
        self.county_approves = true;
        self
    }

    fn assessment(&self) -> Assessment {
        Assessment {
            findings: json!(self.findings),
            outcome: self.outcome.code(),
            policy_version: self.policy_version.clone(),
            county_approves: self.county_approves,
        }
    }
}

/// The findings that are kept with a case.
pub fn findings_of(case: &Case) -> Result<Vec<Finding>, StorageError> {
    stored(&case.findings, case)
}

/// What was asked, as it is kept with a case.
fn stored<T: DeserializeOwned>(value: &Value, case: &Case) -> Result<T, StorageError> {
    serde_json::from_value(value.clone())
        .map_err(|error| StorageError::Corrupt(format!("case {}: {error}", case.id)))
}

/// Checks a transfer for asset loss. Nothing is stored.
pub fn check(unit: &mut Read<'_>, caller: &Caller, asked: &TransferRequest) -> Result<Checked, ActError> {
    Ok(examine(unit, caller, asked, None)?.0)
}

/// Drafts a transfer. A blocked one stays a draft.
pub fn draft(unit: &mut Write<'_>, caller: &Caller, asked: &TransferRequest) -> Result<Case, ActError> {
    let (checked, region) = examine(unit, caller, asked, None)?;
    let draft = Draft {
        kind: CaseKind::Transfer,
        region_code: region,
        asked: json!(asked),
        assessment: checked.assessment(),
        lots: lots_of(asked),
    };
    Ok(cases::draft(unit, caller, &draft)?)
}

/// What the case of a transfer would move.
fn lots_of(asked: &TransferRequest) -> Vec<Lot> {
    load::all_lots(asked)
        .map(|it| Lot {
            asset_id: it.asset_id,
            kind: asked.right,
            from_id: Some(it.from_id),
            to_id: Some(it.to_id),
            share: it.share,
        })
        .collect()
}

/// Takes a step in the case of a transfer; the last one moves the rights.
pub fn decide(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
    step: Step,
    comment: Option<String>,
) -> Result<Case, ActError> {
    take_step(
        unit,
        caller,
        Taking { kind: CaseKind::Transfer, id, step, comment },
        |asked: &TransferRequest| load::all_lots(asked).map(|it| it.asset_id).collect(),
        |unit, case, asked, _| examine(unit, caller, asked, Some(case.id)),
        |unit, case, asked, region| {
            let kind = if asked.term.is_some() { InstrumentKind::Grant } else { InstrumentKind::Transfer };
            execute(unit, caller, case, asked, kind, region)
        },
    )
}

/// What a case was found to be when the rules last looked.
fn standing(case: &Case) -> Assessment {
    Assessment {
        findings: case.findings.clone(),
        outcome: case.outcome.parse().map_or("block", |it: Outcome| it.code()),
        policy_version: case.policy_version.clone(),
        county_approves: case.steps_required.contains(&Step::Approve),
    }
}

/// Lets a step pass only if no rule blocks the act now, and only if the county has approved what must be approved now.
fn admit(checked: &Checked, case: &Case, step: Step) -> Result<(), ActError> {
    if checked.outcome == Outcome::Block {
        return Err(ActError::Blocked(checked.findings.clone()));
    }
    let approved = case.steps_done.iter().any(|it| it.step == Step::Approve);
    if step == Step::Execute && checked.county_approves && !approved {
        return Err(StepRefused::OutOfOrder { step, status: case.status, next: Some(Step::Approve) }.into());
    }
    Ok(())
}

fn examine(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &TransferRequest,
    case: Option<Id<kind::Case>>,
) -> Result<(Checked, RegionCode), ActError> {
    let scope =
        caller.permit(if case.is_some() { Permission::CasesDecide } else { Permission::CasesDraft })?;
    load::span(asked)?;
    let known = load::named(asked)?.look_up(unit, &scope, asked.effective_on)?;
    let region = known.region()?;
    known.all_open()?;
    let facts = load::transfer(unit, &known, asked, case)?;
    let worth = facts.consideration.money().unwrap_or(0).max(
        facts
            .all_lots()
            .map(|it| {
                i128::from(it.asset.original_value.get()) * i128::from(it.share.num())
                    / i128::from(it.share.den())
            })
            .sum(),
    );
    let policy = policies::effective(unit, region, unit.today())?;
    Ok((Checked::by_rules(&facts, &policy, worth), region))
}

/// Moves the rights, and concludes the contract of a lease.
fn execute(
    unit: &mut Write<'_>,
    caller: &Caller,
    case: &Case,
    asked: &TransferRequest,
    kind: InstrumentKind,
    region: RegionCode,
) -> Result<(), ActError> {
    let span = load::span(asked)?;
    let considerations = per_lot(unit, caller, asked)?;
    let moves: Vec<AssetMove> = load::all_lots(asked)
        .zip(considerations.into_iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(lot, consideration)| AssetMove {
            asset_id: lot.asset_id,
            act: load::to_move(asked, lot, &span),
            consideration,
        })
        .collect();
    let instrument = Instrument {
        kind,
        case_id: case.id,
        effective_on: asked.effective_on,
        region,
        documents: &asked.documents,
    };
    rights::move_shares(unit, &caller.actor(), &instrument, &moves)?;
    if let (RightKind::Management, ConsiderationRequest::Rent { schedule }) =
        (asked.right, &asked.consideration)
    {
        // Where several villages let together, the one with the largest share signs for them.
        let lead = asked.lots.iter().max_by_key(|it| it.share).or(asked.lots.first());
        if let Some(lead) = lead {
            let contract = contracts::NewContract {
                case_id: Some(case.id),
                region_code: region,
                lessor_id: lead.from_id,
                lessee_id: lead.to_id,
                asset_ids: asked.lots.iter().map(|it| it.asset_id).collect(),
                term: span,
                dues: schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect(),
            };
            contracts::conclude(unit, &caller.actor(), &contract)?;
        }
    }
    Ok(())
}

/// A price divided among the lots, in proportion to the money invested in what each one moves.
fn per_lot(unit: &mut Read<'_>, caller: &Caller, asked: &TransferRequest) -> Result<Vec<Fen>, ActError> {
    let ConsiderationRequest::Price { amount_fen } = &asked.consideration else { return Ok(Vec::new()) };
    let ids: Vec<_> = asked.lots.iter().map(|it| it.asset_id).collect();
    let assets = crate::register::assets::facts(unit, &caller.scope, &ids)?;
    let claims: Vec<allotment::Claim<()>> = asked
        .lots
        .iter()
        .zip(0_u64..)
        .map(|(lot, index)| {
            // What cost nothing still weighs something, or a price for it could not be divided.
            let invested = assets.get(&lot.asset_id).map_or(1, |it| it.write_off.original_value.get().max(1));
            allotment::Claim {
                key: (),
                weight: lot.share.to_ratio() * num_bigint::BigInt::from(invested),
                tie: allotment::tie(lot.asset_id.uuid().as_bytes(), &index.to_be_bytes()),
            }
        })
        .collect();
    let parts = allotment::allot(*amount_fen, &claims)
        .map_err(|_| Faults::one("/consideration/amount_fen", Reason::Required))?;
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}
