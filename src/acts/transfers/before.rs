//! What came before a transfer, of those whom it is between and of what it gives: what its receivers still owe its givers for what
//! they bought, and what was said otherwise of its assets. All of it in a few set-based queries, however many lots there are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    acts::{
        ActError,
        act::kept,
        amendments::asked::AmendmentRequest,
        named::Known,
        restated::{Restated, came_of, restated_of, said},
        transfers::{
            asked::TransferRequest,
            dealings::{distinct, takers_near},
        },
    },
    cases::{self, CaseKind},
    loss::facts::{ProceedsFacts, RestatedFacts},
    money::proceeds,
    register::{
        assets::{self, SaidThen, book_value::WriteOff},
        codes::RightKind,
        parties::{self, ties::Web},
    },
    storage::{Read, StorageError},
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
    let Restated { mut found, origins, all } = restated_of(unit, &given, asked.effective_on)?;
    let came_of = |origin: Id<kind::Asset>| came_of(&origins, origin);
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
