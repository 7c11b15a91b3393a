//! What came before a transfer, of those whom it is between and of what it gives: what its receivers still owe its givers for what
//! they bought, and what was said otherwise of its assets. All of it in a few set-based queries, however many lots there are.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    acts::{
        ActError, act::kept, amendments::asked::AmendmentRequest, named::Known,
        transfers::asked::TransferRequest,
    },
    cases::{self, CaseKind},
    journal,
    loss::facts::{ProceedsFacts, RestatedFacts, SaidOfAsset},
    money::proceeds,
    register::{
        assets::{self, SaidThen, book_value::WriteOff},
        codes::RightKind,
    },
    storage::{Read, StorageError, day_of},
    values::{Category, Id, Scope, id::kind},
};

/// What its receivers owe its givers of proceeds on a day.
pub(super) fn owed(
    unit: &mut Read<'_>,
    known: &Known,
    asked: &TransferRequest,
    on: NaiveDate,
) -> Result<Vec<ProceedsFacts>, StorageError> {
    let distinct = |all: BTreeSet<Id<kind::Party>>| -> Vec<_> { all.into_iter().collect() };
    let takers = distinct(asked.all_lots().map(|it| it.to_id).collect());
    let givers = distinct(asked.all_lots().map(|it| it.from_id).collect());
    let open = proceeds::owed_by(unit, &takers, &givers, on)?;
    let facts = open.iter().filter_map(|it| it.due.payer_id.map(|payer| (it, payer))).map(|(it, payer)| {
        Ok(ProceedsFacts {
            id: it.id,
            asset: it.due.asset_id,
            creditor: known.party(it.due.creditor_id)?,
            payer,
            open: it.open(),
            due_on: it.due.due_on,
            on,
        })
    });
    facts.collect()
}

/// What was said otherwise of what it gives, or of what that came from, by a case; and what a case under way would say.
pub(super) fn restated(unit: &mut Read<'_>, asked: &TransferRequest) -> Result<Vec<RestatedFacts>, ActError> {
    let given: BTreeSet<Id<kind::Asset>> = asked.lots.iter().map(|it| it.asset_id).collect();
    let given: Vec<_> = given.into_iter().collect();
    let origins = assets::origins(unit, &given)?;
    let all: BTreeSet<Id<kind::Asset>> = origins.iter().map(|(_, origin)| *origin).collect();
    let all: Vec<_> = all.into_iter().collect();
    let came_of = |origin: Id<kind::Asset>| {
        origins.iter().filter(move |(_, it)| *it == origin).map(|(asset, _)| *asset).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    let versions = assets::said_otherwise(unit, &all)?;
    let entries: Vec<_> = versions.iter().map(|it| it.entry_id).collect();
    let told = journal::told_by(unit, &entries)?;
    for it in &versions {
        let Some((at, facts)) = told.get(&it.entry_id) else { continue };
        // What was put right at once was so while nothing rested on it.
        let case = facts.get("case_id").and_then(Value::as_str).and_then(|it| it.parse::<uuid::Uuid>().ok());
        let Some(case) = case else { continue };
        for asset in came_of(it.asset_id) {
            let (before, after) = (said(&it.before, asked.effective_on), said(&it.after, asked.effective_on));
            found.push(RestatedFacts { asset, on: Some(day_of(*at)), case: case.into(), before, after });
        }
    }
    let pending = cases::rivals(unit, &all, RightKind::Ownership, None)?;
    let pending: Vec<_> = pending.into_iter().filter(|it| it.kind == CaseKind::Amendment).collect();
    if pending.is_empty() {
        return Ok(found);
    }
    let standing = assets::facts(unit, &Scope::WHOLE, &all)?;
    for rival in &pending {
        let Ok(AmendmentRequest { asset: Some(amended), .. }) = kept::<AmendmentRequest>(&rival.asked) else {
            continue;
        };
        let (Some(corrected), Some(it)) = (&amended.corrected, standing.get(&amended.id)) else { continue };
        let said_of = |class, category: &Category, write_off: &WriteOff| {
            let then = SaidThen { class, category: category.clone(), write_off: write_off.clone() };
            said(&then, asked.effective_on)
        };
        let before = said_of(it.class, &it.category, &it.write_off);
        let mut write_off = it.write_off.clone();
        write_off.original_value = corrected.original_value_fen.unwrap_or(write_off.original_value);
        write_off.acquired_on = corrected.acquired_on.unwrap_or(write_off.acquired_on);
        write_off.service_life_months =
            corrected.service_life_months.unwrap_or(write_off.service_life_months);
        write_off.residual_rate_bp = corrected.residual_rate_bp.unwrap_or(write_off.residual_rate_bp);
        let after = said_of(
            corrected.class.unwrap_or(it.class),
            corrected.category.as_ref().unwrap_or(&it.category),
            &write_off,
        );
        for asset in came_of(amended.id).into_iter().filter(|_| before != after) {
            let (before, after) = (before.clone(), after.clone());
            found.push(RestatedFacts { asset, on: None, case: rival.case_id, before, after });
        }
    }
    Ok(found)
}

fn said(it: &SaidThen, on: NaiveDate) -> SaidOfAsset {
    SaidOfAsset {
        class: it.class,
        category: it.category.to_string(),
        original_value: it.write_off.original_value,
        book_value: Some(it.write_off.value_on(on).book_value),
    }
}
