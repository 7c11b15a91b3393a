//! What came before a transfer, of those whom it is between and of what it gives: what its receivers still owe its givers for what
//! they bought, and what was said otherwise of its assets. All of it in a few set-based queries, however many lots there are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    acts::{
        ActError,
        act::kept,
        amendments::asked::AmendmentRequest,
        named::Known,
        transfers::{
            asked::TransferRequest,
            dealings::{distinct, takers_near},
        },
    },
    cases::{self, CaseKind},
    journal,
    loss::facts::{ProceedsFacts, RestatedFacts, SaidOfAsset},
    money::proceeds,
    register::{
        assets::{self, SaidThen, book_value::WriteOff},
        codes::RightKind,
        parties::{self, ties::Web},
        rights,
    },
    storage::{Read, StorageError, day_of},
    values::{Category, Id, Scope, id::kind},
};

type PartyId = Id<kind::Party>;

/// What its receivers owe its givers of proceeds on a day; or whoever is one with them, or their kin. Who took the place of somebody who
/// is there no more owes what that one owed, and is owed what that one was owed.
pub(super) fn owed(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    (web, on): (&Web, NaiveDate),
) -> Result<Vec<ProceedsFacts>, StorageError> {
    let takers = distinct(asked.all_lots().map(|it| it.to_id));
    let givers = distinct(asked.all_lots().map(|it| it.from_id));
    let behind: BTreeMap<_, _> = takers.iter().map(|it| (*it, web.in_same_hands(*it))).collect();
    let kin: BTreeMap<_, _> = takers.iter().map(|it| (*it, web.near_by_kin(*it))).collect();
    let near = behind.values().chain(kin.values()).flatten();
    let debtors: BTreeSet<PartyId> = takers.iter().chain(near).copied().collect();
    // What a village gives and what its own organisation is owed is one purse.
    let creditors: BTreeSet<PartyId> = givers.iter().flat_map(|it| web.of_one_purse(*it)).collect();
    let places = Places::among(unit, debtors.iter().chain(&creditors).copied())?;
    let open = proceeds::owed_by(unit, &places.of(&debtors), &places.of(&creditors), on)?;
    let mut known = Known::default();
    known.also(unit, &distinct(open.iter().map(|it| places.taken_by(it.due.creditor_id))))?;
    let facts = open.iter().filter_map(|it| it.due.payer_id.map(|payer| (it, payer))).map(|(it, payer)| {
        let payer = places.taken_by(payer);
        Ok(ProceedsFacts {
            id: it.id,
            asset: it.due.asset_id,
            creditor: known.party(places.taken_by(it.due.creditor_id))?,
            payer,
            open: it.open(),
            due_on: it.due.due_on,
            on,
            behind: takers_near(&behind, payer),
            kin: takers_near(&kin, payer),
        })
    });
    facts.collect()
}

/// Whose place is taken by whom.
pub(super) struct Places(BTreeMap<PartyId, PartyId>);

impl Places {
    /// Whose places some parties take.
    pub(super) fn among(
        unit: &mut Read<'_>,
        some: impl Iterator<Item = PartyId>,
    ) -> Result<Self, StorageError> {
        Ok(Self(parties::predecessors(unit, &distinct(some))?))
    }

    /// Some parties, and all whose place they take.
    pub(super) fn of(&self, parties: &BTreeSet<PartyId>) -> Vec<PartyId> {
        let before = self.0.iter().filter(|(_, heir)| parties.contains(heir)).map(|(party, _)| party);
        distinct(parties.iter().chain(before).copied())
    }

    /// Who takes the place of a party; itself where nobody does.
    pub(super) fn taken_by(&self, party: PartyId) -> PartyId {
        self.0.get(&party).copied().unwrap_or(party)
    }
}

/// What was said otherwise of what it gives, or of what that came from, by a case; and what a case under way would say.
pub(super) fn restated(unit: &mut Read<'_>, asked: &TransferRequest) -> Result<Vec<RestatedFacts>, ActError> {
    let given = distinct(asked.all_lots().map(|it| it.asset_id));
    let origins = assets::origins(unit, &given)?;
    let all = distinct(origins.of.iter().map(|(_, origin)| *origin));
    let came_of = |origin: Id<kind::Asset>| {
        origins.of.iter().filter(move |(_, it)| *it == origin).map(|(asset, _)| *asset).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    let versions = assets::said_otherwise(unit, &all, &origins.steps)?;
    let became = distinct(versions.iter().filter(|it| it.by_becoming).map(|it| it.asset_id));
    let became = rights::became_by(unit, &became)?;
    let entries: Vec<_> = versions.iter().map(|it| it.entry_id).collect();
    let told = journal::told_by(unit, &entries)?;
    for it in &versions {
        let Some((at, facts)) = told.get(&it.entry_id) else { continue };
        // What was put right at once was so while nothing rested on it.
        let told = facts.get("case_id").and_then(Value::as_str).and_then(|it| it.parse::<uuid::Uuid>().ok());
        let case = match it.by_becoming {
            true => became.get(&it.asset_id).copied(),
            false => told.map(Into::into),
        };
        let Some(case) = case else { continue };
        for asset in came_of(it.asset_id) {
            let (before, after) = (said(&it.before, asked.effective_on), said(&it.after, asked.effective_on));
            let it = RestatedFacts { asset, on: Some(day_of(*at)), case, before, after };
            // What was merged of several that were alike is told once.
            if !found.contains(&it) {
                found.push(it);
            }
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
