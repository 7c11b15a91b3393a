//! Restrictions as they are laid on assets: the loss rules look at whose debt a mortgage or a pledge secures, and at what.
//!
//! What they block is void by law, and is not put on record as if it were not. Where a court or the authority for such rights has it on
//! its books all the same, it is a fact that whoever deals with the asset must see: it is recorded with where that is, and with what was
//! found of it.

use serde_json::json;

use crate::{
    acts::{ActError, ActRefused},
    cases::policies,
    identity::{Caller, Permission},
    journal::Known as AsKnown,
    loss::{
        facts::{AssetFacts, EncumbranceFacts, PartyFacts},
        finding::{self, Finding, Outcome},
    },
    register::{
        assets,
        codes::RightKind,
        names, parties,
        restrictions::{self, NewRestriction, Restriction},
        rights::{self, model},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{RegionCode, Scope},
};

/// Records a restriction on an asset.
///
/// # Errors
/// [`ActRefused::Encumbered`] with what the rules found of one that is void, and is said to be registered nowhere.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewRestriction,
) -> Result<Restriction, ActError> {
    let scope = caller.permit(Permission::RestrictionsWrite)?;
    // Whoever gives the asset to somebody else holds the same lock.
    lock(unit, &Locked::Assets(&[asked.asset_id]))?;
    // What is asked wrongly is told below.
    let Some((facts, region)) = facts(unit, &scope, asked)? else {
        return Ok(restrictions::impose(unit, caller, asked)?);
    };
    let today = unit.today();
    let policy = policies::effective(unit, region, today)?;
    let findings = finding::check(&facts, &policy.values);
    if asked.registered.is_none() && Outcome::of(&findings) == Outcome::Block {
        let names = names(unit, findings.iter().flat_map(Finding::ids), AsKnown::Now)?;
        return Err(ActRefused::Encumbered { findings, names }.into());
    }
    let found = NewRestriction { findings: Some(json!(findings)), ..asked.clone() };
    Ok(restrictions::impose(unit, caller, &found)?)
}

/// The facts of a restriction, and the region of its asset; none where something that it names is not there.
fn facts(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &NewRestriction,
) -> Result<Option<(EncumbranceFacts, RegionCode)>, ActError> {
    let on = asked.period.from();
    let Some(asset) = assets::facts(unit, scope, &[asked.asset_id])?.remove(&asked.asset_id) else {
        return Ok(None);
    };
    let rights: Vec<_> =
        rights::standing(unit, &[asked.asset_id])?.into_iter().map(|(_, right)| right).collect();
    let holders = |kind| -> Result<Vec<_>, ActError> {
        Ok(model::holders(&rights, kind, on)?.into_iter().map(|it| it.holder_id).collect())
    };
    let (owners, running) = (holders(RightKind::Ownership)?, holders(RightKind::Management)?);
    let everybody: Vec<_> = owners.iter().chain(&running).copied().chain(asked.secures_debt_of).collect();
    let standing = parties::standing(unit, &everybody)?;
    let party = |id| {
        let it = standing.get(&id)?;
        Some(PartyFacts { id, kind: it.kind, ended_on: it.ended_on, succeeded_by: None })
    };
    let known = |ids: &[_]| -> Result<Vec<PartyFacts>, StorageError> {
        let facts = ids
            .iter()
            .map(|id| party(*id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing"))));
        facts.collect()
    };
    let debtor = asked.secures_debt_of.map(party);
    if debtor == Some(None) {
        return Ok(None);
    }
    let facts = EncumbranceFacts {
        kind: asked.kind,
        asset: AssetFacts {
            id: asset.id,
            class: asset.class,
            category: asset.category.to_string(),
            original_value: asset.write_off.original_value,
            book_value: asset.write_off.value_on(on).book_value,
        },
        owners: known(&owners)?,
        running: known(&running)?,
        debtor: debtor.flatten(),
    };
    Ok(Some((facts, asset.region_code)))
}
