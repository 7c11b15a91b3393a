//! Distributions as cases: the plan is made and kept when the case is drafted, and executed to the letter.

pub mod asked;

use serde_json::json;

use self::asked::DistributionRequest;
use crate::{
    acts::{
        ActError, Checked,
        course::{Taking, take_step},
        load::{self, Known, Named},
    },
    cases::{
        self, Case, CaseKind, Draft, Lot, Step,
        policies::{self, values::Effective},
    },
    identity::{Caller, Permission},
    loss::facts::{DistributionFacts, IncomeSource, LineFacts},
    money::distributions::{self, Asked, DistributionError, Plan},
    register::{
        codes::RightKind,
        rights::{self, model},
    },
    storage::{Read, StorageError, Write},
    values::{Faults, Fen, Id, Reason, Share, id::kind},
};

/// Makes the plan of a distribution. Nothing is stored.
pub fn preview(unit: &mut Read<'_>, caller: &Caller, asked: &DistributionRequest) -> Result<Plan, ActError> {
    let (_, _, plan) = plan_for(unit, caller, asked, Permission::CasesDraft)?;
    Ok(plan)
}

/// Drafts a distribution, with its plan.
pub fn draft(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &DistributionRequest,
) -> Result<(Case, Plan), ActError> {
    let (known, policy, plan) = plan_for(unit, caller, asked, Permission::CasesDraft)?;
    let checked = checked(unit, &known, &policy, &plan, asked, plan.amount)?;
    // A distribution moves no rights; its lots say whose assets and parts it is about.
    let mut lots: Vec<Lot> = Vec::new();
    for line in &plan.lines {
        if !lots.iter().any(|it| it.asset_id == line.asset_id && it.to_id == Some(line.party_id)) {
            lots.push(Lot {
                asset_id: line.asset_id,
                kind: RightKind::Income,
                from_id: None,
                to_id: Some(line.party_id),
                share: Share::WHOLE,
            });
        }
    }
    let draft = Draft {
        kind: CaseKind::Distribution,
        region_code: known.region()?,
        asked: json!(asked),
        assessment: checked.assessment(),
        lots,
    };
    let case = cases::draft(unit, caller, &draft)?;
    distributions::keep(unit, case.id, &plan)?;
    Ok((case, plan))
}

/// Takes a step in the case of a distribution; the last one pays it out.
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
        Taking { kind: CaseKind::Distribution, id, step, comment },
        |asked: &DistributionRequest| asked.asset_ids.clone(),
        |unit, case, asked, policy| {
            let plan = kept(unit, case)?;
            let known = look_up(unit, caller, asked, Permission::CasesDecide, &plan)?;
            let still_there = distributions::still_there(unit, &plan)?;
            let received = if still_there { plan.amount } else { Fen::ZERO };
            let checked = checked(unit, &known, policy, &plan, asked, received)?;
            if still_there { Ok((checked, (known, plan))) } else { Err(DistributionError::Overtaken.into()) }
        },
        |unit, case, _, (known, plan)| {
            let regions = known.assets.iter().map(|(id, it)| (*id, it.region_code)).collect();
            let parties = known.parties.iter().map(|(id, it)| (*id, it.region_code)).collect();
            distributions::pay(unit, &caller.actor(), case.id, &plan, &regions, &parties)?;
            Ok(())
        },
    )
}

/// The plan that a case was drafted with.
pub fn kept(unit: &mut Read<'_>, case: &Case) -> Result<Plan, ActError> {
    let plan = distributions::kept(unit, case.id)?;
    Ok(plan.ok_or_else(|| StorageError::Corrupt(format!("case {} has no plan", case.id)))?)
}

fn plan_for(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &DistributionRequest,
    permission: Permission,
) -> Result<(Known, Effective, Plan), ActError> {
    let scope = caller.permit(permission)?;
    let mut named = Named::default();
    for (index, id) in asked.asset_ids.iter().enumerate() {
        named.assets.push((format!("/asset_ids/{index}"), *id));
        if asked.asset_ids.iter().take(index).any(|earlier| earlier == id) {
            return Err(Faults::one(format!("/asset_ids/{index}"), Reason::Duplicate).into());
        }
    }
    named.decision(asked.decision.as_ref());
    named.documents("/documents", &asked.documents);
    named.documents.extend(asked.owner_consent_id.map(|id| ("/owner_consent_id".to_owned(), id)));
    let period = asked.period.parse("/period").map_err(|it| Faults::one(it.pointer, it.reason))?;
    let today = unit.today();
    let known = named.look_up(unit, &scope, today)?;
    let policy = policies::effective(unit, known.region()?, today)?;
    let asked_plan = Asked { assets: asked.asset_ids.clone(), period, uses: asked.uses.clone() };
    let plan = distributions::plan(unit, &policy.values, &asked_plan)?;
    let known = look_up(unit, caller, asked, permission, &plan)?;
    Ok((known, policy, plan))
}

/// Looks up the assets and everybody who is paid.
fn look_up(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &DistributionRequest,
    permission: Permission,
    plan: &Plan,
) -> Result<Known, ActError> {
    let scope = caller.permit(permission)?;
    let mut known = Named {
        assets: asked.asset_ids.iter().map(|id| ("/asset_ids".to_owned(), *id)).collect(),
        ..Named::default()
    }
    .look_up(unit, &scope, unit.today())?;
    let mut parties: Vec<Id<kind::Party>> = plan.lines.iter().map(|it| it.party_id).collect();
    let owners = rights::standing(unit, &asked.asset_ids)?;
    parties.extend(owners.iter().map(|(_, right)| right.holder_id));
    parties.sort();
    parties.dedup();
    known.parties = crate::register::parties::standing(unit, &parties)?;
    Ok(known)
}

fn checked(
    unit: &mut Read<'_>,
    known: &Known,
    policy: &Effective,
    plan: &Plan,
    asked: &DistributionRequest,
    received: Fen,
) -> Result<Checked, ActError> {
    let today = unit.today();
    let standing = rights::standing(unit, &asked.asset_ids)?;
    let sources = asked
        .asset_ids
        .iter()
        .map(|id| {
            let rights: Vec<_> =
                standing.iter().filter(|(asset, _)| asset == id).map(|(_, right)| right.clone()).collect();
            let mut owners: Vec<_> = model::holders_over(&rights, RightKind::Ownership, &plan.period)?
                .into_iter()
                .map(|(party, ..)| party)
                .collect();
            owners.sort();
            owners.dedup();
            Ok(IncomeSource {
                asset: known.asset(*id, today)?,
                owners: owners.into_iter().map(|it| known.party(it)).collect::<Result<_, _>>()?,
                owner_consent: asked.owner_consent_id,
            })
        })
        .collect::<Result<_, ActError>>()?;
    let lines = plan
        .lines
        .iter()
        .map(|it| {
            Ok(LineFacts {
                party: known.party(it.party_id)?,
                account_owner: it.party_id,
                purpose: it.purpose,
                amount: it.amount,
                use_code: None,
            })
        })
        .collect::<Result<_, ActError>>()?;
    let facts = DistributionFacts {
        sources,
        received,
        reserved: Fen::ZERO,
        lines,
        decisions: load::decisions(asked.decision.as_ref()),
    };
    Ok(Checked::by_rules(&facts, policy, plan.amount.get().into()))
}
