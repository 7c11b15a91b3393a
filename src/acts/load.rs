//! Loading the facts of a case: everything that the rules look at, in a few set-based queries; and telling which of the
//! things that were named do not exist, all at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    acts::{
        alterations::asked::AlterationRequest,
        error::ActError,
        transfers::asked::{ConsiderationRequest, LotRequest, TransferRequest},
    },
    cases::{self, RivalLot, decision::DecisionInput},
    loss::facts::{
        AppraisalFacts, AssetFacts, Consideration, DecisionFacts, Held, LotFacts, PartyFacts,
        RestrictionFacts, Rival, RivalAct, Tie, TransferFacts,
    },
    money::contracts::faults_of_schedule,
    register::{
        assets,
        codes::RightKind,
        documents, parties, restrictions,
        rights::{self, LaterMove, Move, Right, RightsError, model},
    },
    storage::{Read, StorageError},
    values::{
        Fault, Faults, Id, Period, Reason, RegionCode, Scope, Share, id::kind, period::calendar_day, share,
    },
};

/// What is known of everything that an act names.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) assets: BTreeMap<Id<kind::Asset>, assets::AssetFacts>,
    pub(super) parties: BTreeMap<Id<kind::Party>, parties::PartyStanding>,
}

/// Everything that an act names, with the field that names it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) assets: Vec<(String, Id<kind::Asset>)>,
    pub(super) parties: Vec<(String, Id<kind::Party>)>,
    pub(super) documents: Vec<(String, Id<kind::Document>)>,
    /// What can be seen to be wrong without looking anything up.
    pub(super) faults: Vec<Fault>,
}

impl Named {
    /// Looks everything up, and refuses what does not exist, lies outside the scope, or has ended.
    pub(super) fn look_up(
        &self,
        unit: &mut Read<'_>,
        scope: &Scope,
        on: NaiveDate,
    ) -> Result<Known, ActError> {
        let ids: Vec<_> = self.assets.iter().map(|(_, id)| *id).collect();
        let assets = assets::facts(unit, scope, &ids)?;
        let ids: Vec<_> = self.parties.iter().map(|(_, id)| *id).collect();
        let parties = parties::standing(unit, &ids)?;
        let ids: Vec<_> = self.documents.iter().map(|(_, id)| *id).collect();
        let missing = documents::missing(unit, scope, &ids)?;
        let mut faults = self.faults.clone();
        let mut not_found = |at: &String, what| faults.push(Fault::at(at.clone(), Reason::NotFound { what }));
        for (at, _) in self.assets.iter().filter(|(_, id)| !assets.contains_key(id)) {
            not_found(at, "asset");
        }
        for (at, _) in self.documents.iter().filter(|(_, id)| missing.contains(id)) {
            not_found(at, "document");
        }
        for (at, _) in self.parties.iter().filter(|(_, id)| !parties.contains_key(id)) {
            not_found(at, "party");
        }
        for (at, id) in &self.parties {
            if let Some(ended) = parties.get(id).and_then(|it| it.ended_on).filter(|ended| *ended <= on) {
                faults.push(Fault::at(at.clone(), Reason::PartyEnded { on: ended.to_string() }));
            }
        }
        Faults::none_of(faults)?;
        Ok(Known { assets, parties })
    }

    pub(super) fn documents(&mut self, at: &str, ids: &[Id<kind::Document>]) {
        self.documents.extend(ids.iter().enumerate().map(|(index, id)| (format!("{at}/{index}"), *id)));
    }

    pub(super) fn decision(&mut self, decision: Option<&DecisionInput>) {
        self.documents.extend(decision.map(|it| ("/decision/document_id".to_owned(), it.document_id)));
        self.faults.extend(decision.and_then(|it| it.parse().err()).unwrap_or_default());
    }
}

impl Known {
    pub(super) fn asset(&self, id: Id<kind::Asset>, on: NaiveDate) -> Result<AssetFacts, StorageError> {
        let it =
            self.assets.get(&id).ok_or_else(|| StorageError::Corrupt(format!("asset {id} is missing")))?;
        Ok(AssetFacts {
            id,
            class: it.class,
            category: it.category.clone(),
            original_value: it.write_off.original_value,
            book_value: it.write_off.value_on(on).book_value,
        })
    }

    pub(super) fn party(&self, id: Id<kind::Party>) -> Result<PartyFacts, StorageError> {
        let it =
            self.parties.get(&id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing")))?;
        Ok(PartyFacts { id, kind: it.kind })
    }

    /// Refuses an act on an asset that has ended.
    pub(super) fn all_open(&self) -> Result<(), ActError> {
        match self.assets.values().find(|it| it.status.is_final()) {
            Some(it) => Err(ActError::Closed { asset: it.id, status: it.status }),
            None => Ok(()),
        }
    }

    /// The days of a period on which every asset is there.
    ///
    /// # Errors
    /// [`ActError::Closed`] where an asset had ended by the first of them.
    pub(super) fn there_for(&self, period: &Period) -> Result<Period, ActError> {
        self.assets.values().filter(|it| it.status.is_final()).try_fold(*period, |left, it| {
            let until_then = Period::new(left.from(), it.ended_on);
            let left = until_then.ok().and_then(|until_then| until_then.intersection(&left));
            left.ok_or(ActError::Closed { asset: it.id, status: it.status })
        })
    }

    /// The region of an act: the narrowest one that holds all its assets.
    pub(super) fn region(&self) -> Result<RegionCode, StorageError> {
        let mut regions = self.assets.values().map(|it| it.region_code);
        let first =
            regions.next().ok_or_else(|| StorageError::Corrupt("an act without assets".to_owned()))?;
        let all: Vec<RegionCode> = std::iter::once(first).chain(regions).collect();
        Ok(std::iter::successors(Some(first), RegionCode::parent)
            .find(|it| all.iter().all(|region| it.covers(region)))
            .unwrap_or(first))
    }
}

/// A decision as the rules see it. That its numbers can be true was seen when it was looked up.
pub(super) fn decisions(decision: Option<&DecisionInput>) -> Vec<DecisionFacts> {
    let decision = decision.and_then(|it| it.parse().ok());
    decision.map(|it| DecisionFacts { by: None, decision: it }).into_iter().collect()
}

/// The lots of a transfer, those that come back in a swap behind those that are given.
pub(super) fn all_lots(asked: &TransferRequest) -> impl Iterator<Item = &LotRequest> {
    asked.lots.iter().chain(match &asked.consideration {
        ConsiderationRequest::Swap { lots, .. } => lots.as_slice(),
        _ => &[],
    })
}

/// The days for which a transfer moves a right.
pub(super) fn span(asked: &TransferRequest) -> Result<Period, Faults> {
    let one = |fault: Fault| {
        Faults::none_of(vec![fault.clone()]).err().unwrap_or_else(|| Faults::one("", fault.reason))
    };
    calendar_day(asked.effective_on).map_err(|reason| Faults::one("/effective_on", reason))?;
    let Some(term) = asked.term else { return Ok(Period::since(asked.effective_on)) };
    let term = term.parse("/term").map_err(one)?;
    if term.from() != asked.effective_on {
        return Err(Faults::one("/term/from", Reason::Contradicts { other: "/effective_on".to_owned() }));
    }
    Ok(term)
}

/// What a transfer names, and what of it cannot be.
pub(super) fn named(asked: &TransferRequest) -> Result<Named, Faults> {
    let mut named = Named::default();
    let mut faults = Vec::new();
    let mut lots = |lots: &[LotRequest], at: &str| {
        for (index, lot) in lots.iter().enumerate() {
            named.assets.push((format!("{at}/{index}/asset_id"), lot.asset_id));
            named.parties.push((format!("{at}/{index}/from_id"), lot.from_id));
            named.parties.push((format!("{at}/{index}/to_id"), lot.to_id));
            if lot.from_id == lot.to_id {
                let other = format!("{at}/{index}/from_id");
                faults.push(Fault::at(format!("{at}/{index}/to_id"), Reason::Contradicts { other }));
            }
        }
    };
    lots(&asked.lots, "/lots");
    if let ConsiderationRequest::Swap { lots: back, .. } = &asked.consideration {
        lots(back, "/consideration/lots");
    }
    if let ConsiderationRequest::Rent { schedule } = &asked.consideration {
        let dues: Vec<_> = schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect();
        faults.extend(faults_of_schedule(&dues, "/consideration/schedule"));
    }
    if asked.right == RightKind::Ownership && asked.term.is_some() {
        let because = "ownership moves for good".to_owned();
        faults.push(Fault::at("/term", Reason::NotApplicable { because }));
    }
    Faults::none_of(faults)?;
    if let Some(id) = asked.pay_to_id {
        named.parties.push(("/pay_to_id".to_owned(), id));
    }
    if let Some(appraisal) = &asked.appraisal {
        named.parties.push(("/appraisal/appraiser_id".to_owned(), appraisal.appraiser_id));
        named.documents.extend(appraisal.document_id.map(|id| ("/appraisal/document_id".to_owned(), id)));
    }
    named.decision(asked.decision.as_ref());
    named.documents("/documents", &asked.documents);
    named.documents.extend(asked.owner_consent_id.map(|id| ("/owner_consent_id".to_owned(), id)));
    named.documents.extend(
        asked.restriction_consents.iter().map(|(of, id)| (format!("/restriction_consents/{of}"), *id)),
    );
    Ok(named)
}

/// Loads the facts of a transfer. `case` is its own case, which is no rival of itself.
pub(super) fn transfer(
    unit: &mut Read<'_>,
    known: &Known,
    asked: &TransferRequest,
    case: Option<Id<kind::Case>>,
) -> Result<TransferFacts, ActError> {
    let span = span(asked)?;
    let on = asked.effective_on;
    let ids: Vec<_> = known.assets.keys().copied().collect();
    let standing = rights::standing(unit, &ids)?;
    let after = rights_after(&standing, asked, &span)?;
    let rivals = cases::rivals(unit, &ids, asked.right, case)?;
    let later = rights::later_moves(unit, &ids, asked.right, on)?;
    let restrictions = restrictions::met(unit, &ids, &span, unit.today())?;
    let of_asset = |rows: &[(Id<kind::Asset>, Right)], asset| -> Vec<Right> {
        rows.iter().filter(|(id, _)| *id == asset).map(|(_, right)| right.clone()).collect()
    };

    let lot = |it: &LotRequest| -> Result<LotFacts, ActError> {
        let rights = of_asset(&standing, it.asset_id);
        let rivals = rivals_of((it.asset_id, it.from_id), &rivals, &later, on);
        Ok(LotFacts {
            asset: known.asset(it.asset_id, on)?,
            from: known.party(it.from_id)?,
            to: known.party(it.to_id)?,
            share: it.share,
            held: Held {
                at_start: model::held(&rights, asked.right, it.from_id, on),
                least: model::least_held(&rights, asked.right, it.from_id, &span),
            },
            holders_after: model::farthest_from_whole(&of_asset(&after, it.asset_id), asked.right, &span),
            rivals,
            restrictions: restrictions
                .iter()
                .filter(|(found, _)| found.asset_id == it.asset_id)
                .map(|(found, period)| RestrictionFacts {
                    kind: found.kind,
                    holder: found.holder_id,
                    period: *period,
                    consent: asked.restriction_consents.get(&found.id).copied(),
                })
                .collect(),
            owner_consent: asked.owner_consent_id,
            earlier_terms: rights
                .iter()
                .filter(|right| {
                    right.kind == asked.right && right.holder_id == it.to_id && right.period.to().is_some()
                })
                .map(|right| right.period)
                .collect(),
        })
    };
    let lots = asked.lots.iter().map(lot).collect::<Result<Vec<_>, _>>()?;
    let consideration = match &asked.consideration {
        ConsiderationRequest::Price { amount_fen } => Consideration::Price(*amount_fen),
        ConsiderationRequest::Rent { schedule } => {
            Consideration::Rent(schedule.iter().map(|it| it.amount_fen).collect())
        }
        ConsiderationRequest::Swap { lots, appraised_fen } => Consideration::Swap {
            lots: lots.iter().map(lot).collect::<Result<_, _>>()?,
            appraised: *appraised_fen,
        },
        ConsiderationRequest::None {} => Consideration::Nothing,
    };
    let parties: Vec<_> = known.parties.keys().copied().collect();
    let ties = parties::relations_among(unit, &parties)?
        .into_iter()
        .filter(|it| it.period.contains(on))
        .map(|it| Tie { from: it.from_id, kind: it.kind, to: it.to_id })
        .collect();
    Ok(TransferFacts {
        right: asked.right,
        lots,
        consideration,
        pay_to: asked.pay_to_id.map(|id| known.party(id)).transpose()?,
        effective_on: on,
        term: asked.term.map(|_| span),
        appraisal: asked.appraisal.map(|it| AppraisalFacts {
            value: it.value_fen,
            appraised_on: it.appraised_on,
            appraiser: it.appraiser_id,
            signatures: it.signatures,
            document: it.document_id,
        }),
        decisions: decisions(asked.decision.as_ref()),
        ties,
        today: unit.today(),
    })
}

/// The acts that take a right in an asset from a party, beside the one that is looked at and that works from a day on: those
/// that are under way, and those on record for a later day.
pub(super) fn rivals_of(
    (asset, from): (Id<kind::Asset>, Id<kind::Party>),
    pending: &[RivalLot],
    later: &[LaterMove],
    on: NaiveDate,
) -> Vec<Rival> {
    let mut claims: BTreeMap<RivalAct, (Vec<Share>, Period)> = BTreeMap::new();
    for it in pending.iter().filter(|it| it.lot.asset_id == asset && it.lot.from_id == Some(from)) {
        let theirs = days_of(&it.asked).unwrap_or(Period::since(on));
        let claim = claims.entry(RivalAct::Pending(it.case_id)).or_insert((Vec::new(), theirs));
        claim.0.push(it.lot.share);
    }
    for act in later.iter().filter(|act| act.asset_id == asset && act.from_id == from) {
        let theirs = Period::since(act.effective_on);
        let claim = claims.entry(RivalAct::LaterDated(act.instrument_id)).or_insert((Vec::new(), theirs));
        claim.0.push(act.share);
    }
    let rival = |(by, (shares, span))| {
        let share = Share::from_ratio(share::sum(shares).to_ratio()).unwrap_or(Share::WHOLE);
        Rival { by, share, span }
    };
    claims.into_iter().map(rival).collect()
}

/// The days for which another case takes rights away: those of a transfer, or of an alteration.
fn days_of(asked: &serde_json::Value) -> Option<Period> {
    if let Ok(deal) = serde_json::from_value::<TransferRequest>(asked.clone()) {
        return span(&deal).ok();
    }
    serde_json::from_value::<AlterationRequest>(asked.clone()).ok()?.days().ok()
}

/// The rights as they would be if the transfer were executed; where the giver has too little for it, as they are.
///
/// # Errors
/// [`RightsError::TooFine`]: no finding could say so, and whoever drafts should not learn it in the end.
fn rights_after(
    standing: &[(Id<kind::Asset>, Right)],
    asked: &TransferRequest,
    span: &Period,
) -> Result<Vec<(Id<kind::Asset>, Right)>, RightsError> {
    let assets: BTreeSet<_> = all_lots(asked).map(|it| it.asset_id).collect();
    let mut after = Vec::new();
    for asset in assets {
        let before: Vec<Right> =
            standing.iter().filter(|(id, _)| *id == asset).map(|(_, right)| right.clone()).collect();
        let moved =
            all_lots(asked).filter(|it| it.asset_id == asset).try_fold(before.clone(), |rights, lot| {
                Ok(played(&rights, &model::moved(&rights, &to_move(asked, lot, span))?))
            });
        let rights = match moved {
            Err(RightsError::TooFine) => return Err(RightsError::TooFine),
            moved => moved.unwrap_or(before),
        };
        after.extend(rights.into_iter().map(|right| (asset, right)));
    }
    Ok(after)
}

/// The rights as a change would leave them, which is not stored: its rows have ids that only differ from those there are.
pub(super) fn played(rights: &[Right], change: &model::Change) -> Vec<Right> {
    let mut last = rights.iter().map(|it| it.id.uuid().as_u128()).max().unwrap_or_default();
    model::after(rights, change, Id::from(uuid::Uuid::nil()), || {
        last = last.wrapping_add(1);
        Id::from(uuid::Uuid::from_u128(last))
    })
}

/// What a lot moves.
pub(super) fn to_move(asked: &TransferRequest, lot: &LotRequest, span: &Period) -> Move {
    Move { kind: asked.right, from_id: lot.from_id, to_id: lot.to_id, share: lot.share, period: *span }
}
