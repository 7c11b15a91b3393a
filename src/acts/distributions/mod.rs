//! Distributions as cases: the plan is made and kept when the case is drafted, and executed to the letter, unless rights or
//! policy have changed since: then it is drafted anew.

pub mod asked;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::asked::DistributionRequest;
use crate::{
    acts::{
        Act, ActError, Checked, Looked, Occasion, Terms,
        act::Judging,
        named::{Known, Named},
        noticed::{Income, Part},
    },
    cases::{Case, CaseKind, Lot, Step, decision::Decisions},
    identity::{Caller, Permission},
    journal::Actor,
    loss::facts::{DistributionFacts, IncomeSource, LineFacts},
    money::{
        accounts,
        distributions::{self, Asked, Available, RightIn},
    },
    register::{codes::RightKind, parties::Heirs, rights},
    storage::{Read, StorageError, Write},
    values::{Faults, Id, Period, RegionCode, Share, id::kind},
};

/// What a distribution comes to: what is paid to whom, and where the assets and the parties belong.
#[derive(Debug)]
pub struct Plan {
    /// What is divided, and how.
    pub division: distributions::Plan,
    /// Who owned the assets, successors in the place of whom they succeed.
    owners: Vec<Id<kind::Party>>,
    assets: BTreeMap<Id<kind::Asset>, RegionCode>,
    parties: BTreeMap<Id<kind::Party>, RegionCode>,
}

impl Act for DistributionRequest {
    const KIND: CaseKind = CaseKind::Distribution;

    type Plan = Plan;

    fn resubmits(&self) -> Option<Id<kind::Case>> {
        self.resubmits
    }

    fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }

    fn assets(&self) -> Vec<Id<kind::Asset>> {
        self.asset_ids.clone()
    }

    /// Whoever held a right in the assets: where it ended, its successor takes its part.
    fn staying(&self, unit: &mut Read<'_>) -> Result<Vec<Id<kind::Party>>, StorageError> {
        Ok(rights::standing(unit, &self.asset_ids)?.into_iter().map(|(_, it)| it.holder_id).collect())
    }

    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Plan>, ActError> {
        let Divided { mut known, region, standing, heirs, division } = match at.case {
            None => divided(unit, at, self)?,
            Some((case, _)) => as_kept(unit, at, self, case)?,
        };
        let judging = Judging::today(at.policy(unit, region)?, unit.today());
        known.also(unit, &concerned(&division, &standing, &heirs))?;
        let facts = facts(unit, &known, (&standing, &heirs), &division, self, at.case_id())?;
        let worth = division.amount.get().into();
        Ok(Looked {
            checked: Checked::by_rules(&facts, &judging, worth),
            region,
            lots: lots(&division, &heirs),
            plan: Plan {
                division,
                owners: facts.sources.iter().flat_map(|it| &it.owners).map(|it| it.id).collect(),
                assets: known.assets.iter().map(|(id, it)| (*id, it.region_code)).collect(),
                parties: known.parties.iter().map(|(id, it)| (*id, it.region_code)).collect(),
            },
        })
    }

    fn keep(unit: &mut Write<'_>, case: &Case, plan: &Plan) -> Result<(), ActError> {
        Ok(distributions::keep(unit, case.id, &plan.division)?)
    }

    fn terms(&self, plan: &Plan) -> Terms {
        let part = |it: &distributions::Line| Part {
            asset: it.asset_id,
            party: it.party_id,
            purpose: it.purpose,
            amount: it.amount,
            successor_of: it.successor_of(),
        };
        let division = &plan.division;
        Terms {
            period: Some(division.period),
            income: Some(Income {
                amount: division.amount,
                parts: division.lines.iter().map(part).collect(),
            }),
            owners: plan.owners.clone(),
            decisions: self.decided().taken(),
            ..Terms::default()
        }
    }

    /// From its submission on the plan holds its income, until the case ends without having been executed.
    fn follow(unit: &mut Write<'_>, case: &Case, step: Step) -> Result<(), ActError> {
        match step {
            Step::Submit => Ok(distributions::hold(unit, case.id)?),
            Step::Reject | Step::Withdraw => Ok(distributions::release(unit, case.id)?),
            _ => Ok(()),
        }
    }

    /// Pays the plan out.
    fn execute(&self, unit: &mut Write<'_>, actor: &Actor, case: &Case, plan: &Plan) -> Result<(), ActError> {
        Ok(distributions::pay(unit, actor, case.id, &plan.division, &plan.assets, &plan.parties)?)
    }
}

/// Makes the plan of a distribution. Nothing is stored.
pub fn preview(
    unit: &mut Read<'_>,
    caller: &Caller,
    asked: &DistributionRequest,
) -> Result<distributions::Plan, ActError> {
    let scope = caller.permit(Permission::CasesDraft)?;
    Ok(divided(unit, &Occasion { scope, case: None }, asked)?.division)
}

/// The plan that a case was drafted with.
pub fn kept(unit: &mut Read<'_>, case: &Case) -> Result<distributions::Plan, StorageError> {
    let plan = distributions::kept(unit, case.id)?;
    plan.ok_or_else(|| StorageError::Corrupt(format!("case {} has no plan", case.id)))
}

/// The income of some assets as it is divided.
struct Divided {
    known: Known,
    region: RegionCode,
    /// The rights on record in the assets.
    standing: Vec<RightIn>,
    heirs: Heirs,
    division: distributions::Plan,
}

/// Divides what has come in.
fn divided(unit: &mut Read<'_>, at: &Occasion<'_>, asked: &DistributionRequest) -> Result<Divided, ActError> {
    let mut named = named(asked, unit.today());
    named.papers(&asked.documents, asked.owner_consent_id);
    let wanted = wanted(asked).map_err(Into::into);
    let mut found = named.find(unit, &at.scope, unit.today())?;
    let all_known = asked.asset_ids.iter().all(|it| found.known().assets.contains_key(it));
    // Where nothing else is wrong, the division tells them with those who hold no income.
    if all_known && (found.is_refused() || wanted.is_err()) {
        let region = found.known().region()?;
        found.tell(distributions::faults_of_uses(&asked.uses, &at.policy(unit, region)?.values));
    }
    let (known, wanted) = found.with(wanted)?;
    let region = known.region()?;
    let policy = at.policy(unit, region)?;
    let standing = rights::standing(unit, &asked.asset_ids)?;
    let heirs = distributions::heirs_of(unit, &standing)?;
    let division = distributions::plan(unit, &policy.values, &wanted, (&standing, &heirs))?;
    Ok(Divided { known, region, standing, heirs, division })
}

/// What a distribution names, but for its papers.
fn named(asked: &DistributionRequest, today: NaiveDate) -> Named {
    let mut named = Named::default();
    named.distinct_assets("/asset_ids", &asked.asset_ids);
    named.decisions(asked.decided(), today);
    named.decides_of_assets = true;
    named
}

/// What is to be divided, and for what.
fn wanted(asked: &DistributionRequest) -> Result<Asked, Faults> {
    let period: Period = asked.period.parse("/period")?;
    Ok(Asked { assets: asked.asset_ids.clone(), period, uses: asked.uses.clone() })
}

/// What the case was drafted with, if all of it is still there to be divided, and would be divided alike today. The
/// documents were looked up then.
fn as_kept(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &DistributionRequest,
    case: &Case,
) -> Result<Divided, ActError> {
    let division = kept(unit, case)?;
    let mut named = named(asked, unit.today());
    named.documents.clear();
    let known = named.look_up(unit, &at.scope, unit.today())?;
    let policy = at.policy(unit, case.region_code)?;
    let standing = rights::standing(unit, &asked.asset_ids)?;
    let heirs = distributions::heirs_of(unit, &standing)?;
    distributions::confirm(unit, &policy.values, &wanted(asked)?, &division, (&standing, &heirs))?;
    Ok(Divided { known, region: case.region_code, standing, heirs, division })
}

/// Whose assets and parts a distribution is about; it moves no rights. What waits for somebody who is there no more is given
/// to nobody.
fn lots(division: &distributions::Plan, heirs: &Heirs) -> Vec<Lot> {
    let to = |it: &distributions::Line| Some(it.party_id).filter(|it| heirs.taking(*it).is_some());
    let parts: BTreeSet<_> = division.lines.iter().map(|it| (it.asset_id, to(it))).collect();
    let lot = |(asset_id, to_id)| Lot {
        asset_id,
        kind: RightKind::Income,
        from_id: None,
        to_id,
        share: Share::WHOLE,
    };
    parts.into_iter().map(lot).collect()
}

/// Everybody who is paid, and everybody who holds a right in the assets.
fn concerned(division: &distributions::Plan, standing: &[RightIn], heirs: &Heirs) -> Vec<Id<kind::Party>> {
    let paid = division.lines.iter().map(|it| it.party_id);
    let holders = standing.iter().map(|(_, right)| right.holder_id);
    let mut all: Vec<_> = paid.chain(holders).chain(heirs.successors()).collect();
    all.sort();
    all.dedup();
    all
}

/// The facts of a distribution. What came in is asked of the receipts and whose the accounts are of the accounts, so that the
/// rules do not hold the plan against itself.
fn facts(
    unit: &mut Read<'_>,
    known: &Known,
    (standing, heirs): (&[RightIn], &Heirs),
    division: &distributions::Plan,
    asked: &DistributionRequest,
    case: Option<Id<kind::Case>>,
) -> Result<DistributionFacts, ActError> {
    let Available { received, reserved, reserved_by } =
        distributions::available(unit, &asked.asset_ids, &division.period, case)?;
    let account_ids: Vec<_> = division.lines.iter().map(|it| it.account_id).collect();
    let owners_of_accounts = accounts::owners(unit, &account_ids)?;
    let today = unit.today();
    let source = |id: &Id<kind::Asset>| {
        let in_asset = standing.iter().filter(|(asset, _)| asset == id);
        let rights: Vec<_> = in_asset.map(|(_, right)| right.clone()).collect();
        let owners = distributions::earners(&rights, RightKind::Ownership, &division.period)?;
        // Whoever succeeds to an owner decides in its place, and nobody does for whoever is gone.
        let mut owners: Vec<_> = owners.into_iter().filter_map(|(party, ..)| heirs.taking(party)).collect();
        owners.sort();
        owners.dedup();
        Ok(IncomeSource {
            asset: known.asset(*id, today)?,
            owners: owners.into_iter().map(|it| known.party(it)).collect::<Result<_, _>>()?,
            owner_consent: asked.owner_consent_id,
        })
    };
    let line = |it: &distributions::Line| {
        let own = accounts::account_id(it.party_id.uuid(), it.purpose.into());
        let owner = match owners_of_accounts.get(&it.account_id) {
            Some(owner) => *owner,
            // An account that is not open yet is known by whose it will be.
            None => (own == it.account_id).then_some(it.party_id),
        };
        let owner =
            owner.ok_or_else(|| StorageError::Corrupt(format!("account {} is no party's", it.account_id)))?;
        Ok(LineFacts {
            party: known.party(it.party_id)?,
            account_owner: owner,
            purpose: it.purpose,
            amount: it.amount,
            use_code: None,
        })
    };
    Ok(DistributionFacts {
        sources: asked.asset_ids.iter().map(source).collect::<Result<_, ActError>>()?,
        received,
        reserved,
        reserved_by,
        lines: division.lines.iter().map(line).collect::<Result<_, ActError>>()?,
        decisions: known.decisions.clone(),
        today,
    })
}
