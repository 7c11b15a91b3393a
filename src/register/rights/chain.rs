//! Chains of title: the acts that moved a right in an asset, from first registration to a day, and what breaks them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use num_rational::BigRational;
use num_traits::{Signed as _, Zero as _};

use crate::{
    identity::{Caller, Permission},
    journal::Known,
    register::{
        assets,
        codes::RightKind,
        rights::{InstrumentKind, RecordError, model, store},
    },
    storage::Read,
    values::{Fen, Id, Share, closed_enum, id::kind, share::Total},
};

/// The chain of a right in an asset.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// The project whose money made the asset.
    pub project_id: Option<Id<kind::Project>>,
    /// The acts, in the order in which they took effect.
    pub links: Vec<Link>,
    /// Where the chain does not hold together; empty where it does.
    pub breaks: Vec<Break>,
}

/// An act in a chain.
#[derive(Debug, Clone)]
pub struct Link {
    /// The act.
    pub instrument_id: Id<kind::Instrument>,
    /// What kind of act.
    pub kind: InstrumentKind,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its place in the journal; none until it is sealed.
    pub journal_index: Option<i64>,
    /// The case that it executed.
    pub case_id: Option<Id<kind::Case>>,
    /// Its source documents.
    pub documents: Vec<Id<kind::Document>>,
    /// What it moved.
    pub moved: Vec<MovedShare>,
    /// Who held the right once it had worked, and how much.
    pub holders_after: Vec<(Id<kind::Party>, Total)>,
}

/// A share that an act moved.
#[derive(Debug, Clone)]
pub struct MovedShare {
    /// Who gave it; nobody at first registration.
    pub from_id: Option<Id<kind::Party>>,
    /// Who received it.
    pub to_id: Id<kind::Party>,
    /// How much of the whole.
    pub share: Share,
    /// What was given for it.
    pub consideration: Option<Fen>,
}

closed_enum! {
    /// How a chain is broken.
    pub enum BreakKind {
        /// The chain does not begin with a first registration.
        NoBeginning = "no_beginning",
        /// A giver did not hold what it gave.
        GiverNotHolder = "giver_not_holder",
        /// An act has no source document.
        MissingDocument = "missing_document",
        /// The holders at the end of the chain are not those that the register names.
        RegisterDiffers = "register_differs",
        /// The asset was made with no funded project on record.
        NoProject = "no_project",
    }
}

/// A place where a chain does not hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// What is wrong.
    pub kind: BreakKind,
    /// The act at which it shows; none for the chain as a whole.
    pub instrument_id: Option<Id<kind::Instrument>>,
}

/// Follows a right in an asset from its first registration to a day.
pub fn chain(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    right: RightKind,
    as_of: Option<NaiveDate>,
    known: Known,
) -> Result<Chain, RecordError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let project_id = store::project_of(unit, &scope, asset)?.ok_or(RecordError::NotFound)?;
    if !assets::is_known(unit, &scope, asset, known)? {
        return Err(RecordError::NotFound);
    }
    let as_of = as_of.unwrap_or_else(|| unit.today());
    let moves = store::moves_of(unit, asset, right, as_of, known)?;
    let mut ids: Vec<_> = moves.iter().map(|it| it.instrument_id).collect();
    ids.dedup();
    let documents = store::documents_of(unit, &ids)?;
    let rights: Vec<model::Right> =
        store::named_rights(unit, &scope, asset, known)?.into_iter().map(|(right, _)| right).collect();

    let mut links: Vec<Link> = Vec::new();
    for it in moves {
        let moved = MovedShare {
            from_id: it.moved.from_id,
            to_id: it.moved.to_id,
            share: it.moved.share,
            consideration: it.moved.consideration,
        };
        match links.last_mut() {
            Some(last) if last.instrument_id == it.instrument_id => last.moved.push(moved),
            _ => links.push(Link {
                instrument_id: it.instrument_id,
                kind: it.kind,
                effective_on: it.effective_on,
                recorded_at: it.recorded_at.and_utc(),
                journal_index: it.journal_index,
                case_id: it.case_id,
                documents: documents
                    .iter()
                    .filter(|(instrument, _)| *instrument == it.instrument_id)
                    .map(|(_, document)| *document)
                    .collect(),
                moved: vec![moved],
                holders_after: Vec::new(),
            }),
        }
    }
    let mut breaks = match right {
        RightKind::Ownership => replay(&mut links, &rights, as_of),
        RightKind::Management | RightKind::Income => as_registered(&mut links, &rights, right)?,
    };
    if project_id.is_none() {
        breaks.push(Break { kind: BreakKind::NoProject, instrument_id: None });
    }
    Ok(Chain { asset_id: asset, project_id, links, breaks })
}

/// Ownership moves for good, so its chain can be played again from nothing and must end where the register is.
fn replay(links: &mut [Link], rights: &[model::Right], as_of: NaiveDate) -> Vec<Break> {
    let mut breaks = Vec::new();
    let mut held: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    let mut first = true;
    for link in links.iter_mut() {
        let mut broken = |kind| breaks.push(Break { kind, instrument_id: Some(link.instrument_id) });
        if first != (link.kind == InstrumentKind::FirstRegistration) {
            broken(BreakKind::NoBeginning);
        }
        if link.documents.is_empty() {
            broken(BreakKind::MissingDocument);
        }
        for moved in &link.moved {
            if let Some(from) = moved.from_id {
                let left = held.entry(from).or_insert_with(BigRational::zero);
                *left -= moved.share.to_ratio();
                if left.is_negative() {
                    broken(BreakKind::GiverNotHolder);
                }
            }
            *held.entry(moved.to_id).or_insert_with(BigRational::zero) += moved.share.to_ratio();
        }
        held.retain(|_, share| !share.is_zero());
        link.holders_after = held.iter().map(|(id, share)| (*id, Total::of(share.clone()))).collect();
        first = false;
    }
    let mut registered: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for right in rights.iter().filter(|it| it.kind == RightKind::Ownership && it.period.contains(as_of)) {
        *registered.entry(right.holder_id).or_insert_with(BigRational::zero) += right.share.to_ratio();
    }
    if registered != held {
        breaks.push(Break { kind: BreakKind::RegisterDiffers, instrument_id: None });
    }
    breaks
}

/// Grants end by themselves, so the holders after an act are read from the rights on record.
fn as_registered(
    links: &mut [Link],
    rights: &[model::Right],
    right: RightKind,
) -> Result<Vec<Break>, RecordError> {
    let mut breaks = Vec::new();
    for link in links.iter_mut() {
        if link.documents.is_empty() {
            breaks.push(Break { kind: BreakKind::MissingDocument, instrument_id: Some(link.instrument_id) });
        }
        let mut held: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
        for it in model::holders(rights, right, link.effective_on)? {
            *held.entry(it.holder_id).or_insert_with(BigRational::zero) += it.share.to_ratio();
        }
        link.holders_after = held.into_iter().map(|(id, share)| (id, Total::of(share))).collect();
    }
    Ok(breaks)
}
