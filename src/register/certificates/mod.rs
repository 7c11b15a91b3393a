//! Registration certificates: what the register says of an asset on a day, as known at an instant, to be signed and carried
//! away.
//!
//! A certificate is a copy, not a right: issuing one changes nothing and is not kept. It names the journal entry that last
//! changed what it says, so that anybody can tell later whether something has changed since.

mod model;
mod verification;

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};

pub use model::{
    CERTIFICATE, Certificate, CertificateForm, CertifiedAsset, CertifiedHolding, CertifiedRestriction,
    Inclusion, OnRecord, SHEET, Sheet, Unproved,
};
pub use verification::{Refusal, Verified, VerifyError, verify, verify_sheet};

use crate::{
    identity::{self, Caller, Permission, reason, takes_over},
    journal::{self, Action, Known, ProofError},
    register::{
        assets::{self, AssetStatus},
        parties, regions, restrictions,
        rights::{self, NamedHolding, RecordRefused},
    },
    storage::{Read, StorageError, day_of},
    values::{Id, Scope, id::kind},
};
use model::Named;

/// What changes the content of a certificate, so that those that were issued before are superseded. A test asks of every action
/// of the journal whether it belongs here.
pub const CHANGING: &[Action] = &[
    rights::MOVED,
    restrictions::IMPOSED,
    restrictions::CARRIED,
    restrictions::RELEASED,
    assets::CORRECTED,
    assets::CONVERTED,
];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateRefused {
    /// No such asset in the caller's region.
    #[error("no such asset")]
    NotFound,
    /// The asset has had no first registration, so there is nothing to certify.
    #[error("the asset is not registered yet")]
    Unregistered,
    /// The record of the asset was a mistake, so there is nothing to certify on any day.
    #[error("the asset is void")]
    Void,
    /// Nobody owns the asset on the day: it has ended, or its registration works from a later day.
    #[error("nobody owns the asset on this day")]
    Unowned,
    /// The day has not come yet.
    #[error("the day has not come yet")]
    InFuture,
    /// The rights cannot be worked out.
    #[error(transparent)]
    Rights(#[from] RecordRefused),
}

/// Why it was refused, or why it failed.
pub type CertificateError = identity::Refusal<CertificateRefused>;

reason!(CertificateRefused);
takes_over!(RecordRefused => CertificateRefused);

/// Of which day, and as known when, a certificate is to speak.
#[derive(Debug, Clone, Copy, Default)]
pub struct Point {
    /// The day; that of the issue where none is given.
    pub as_of: Option<NaiveDate>,
    /// The instant; that of the issue where none is given.
    pub known_at: Option<DateTime<Utc>>,
}

/// What the register says of an asset at a point in time, to be signed. `origin` names the registry.
///
/// It says what the journal has sealed; see [`journal::settle`].
pub fn issue(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    origin: &str,
    point: Point,
) -> Result<Certificate, CertificateError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    if point.as_of.is_some_and(|it| it > unit.today()) {
        return Err(CertificateRefused::InFuture.into());
    }
    let size = match Known::at(unit, point.known_at)? {
        Known::Now => journal::size(unit)?,
        Known::Through(last) => last.saturating_add(1),
    };
    let through = size.saturating_sub(1);
    if !assets::is_known(unit, &scope, asset, Known::Through(through))? {
        return Err(CertificateRefused::NotFound.into());
    }
    let known = assets::store::find_through(unit, &scope, asset, through)?;
    if known.is_some_and(|it| it.status == AssetStatus::Voided) {
        return Err(CertificateRefused::Void.into());
    }
    let last = journal::last_about(unit, asset.seen_as(), CHANGING, size.saturating_sub(1))?;
    let last = last.ok_or(CertificateRefused::Unregistered)?;
    let inclusion_proof = inclusion(unit, &scope, last.index)?;
    let journal = OnRecord { index: last.index, entry_id: last.id, size, inclusion_proof };
    // As finely as the code of a printed sheet has it, so that it leads to the same certificate.
    let issued_at = unit.now().trunc_subsecs(6);
    let point = match point {
        Point { as_of: None, known_at: None } => point,
        Point { as_of, known_at } => Point {
            as_of: Some(as_of.unwrap_or_else(|| unit.today())),
            known_at: Some(known_at.map_or(issued_at, |it| it.trunc_subsecs(6))),
        },
    };
    certified(unit, &scope, &Issue { asset, origin, issued_at, point, journal })
}

/// The proof that an entry is in the journal under the last checkpoint; none where that was signed before the entry.
fn inclusion(unit: &mut Read<'_>, scope: &Scope, index: i64) -> Result<Option<Inclusion>, CertificateError> {
    let size = journal::signed_size(unit)?;
    if size <= index {
        return Ok(None);
    }
    let corrupt = || StorageError::Corrupt(format!("entry {index} cannot be proved"));
    let proved = journal::inclusion(unit, scope, index, Some(size)).map_err(|error| match error {
        ProofError::Storage(error) => error,
        _ => corrupt(),
    })?;
    let checkpoint = journal::checkpoint(unit, Some(size))?.ok_or_else(corrupt)?;
    Ok(Some(Inclusion::of(checkpoint, index, proved.entry.leaf_hash, &proved.proof)))
}

/// The circumstances of an issue.
struct Issue<'a> {
    asset: Id<kind::Asset>,
    origin: &'a str,
    issued_at: DateTime<Utc>,
    /// Both day and instant, or neither.
    point: Point,
    journal: OnRecord,
}

/// What the register knew of an asset at the point of which a certificate speaks.
fn certified(unit: &mut Read<'_>, scope: &Scope, issue: &Issue<'_>) -> Result<Certificate, CertificateError> {
    let through = issue.journal.size.saturating_sub(1);
    let known = Known::Through(through);
    let asset = assets::store::find_through(unit, scope, issue.asset, through)?;
    let asset = asset.ok_or(CertificateRefused::NotFound)?;
    let as_of = issue.point.as_of.unwrap_or_else(|| day_of(issue.issued_at));
    let found = rights::rights_in(unit, scope, issue.asset, Some(as_of), known)?;
    if found.ownership.is_empty() {
        return Err(CertificateRefused::Unowned.into());
    }
    let restrictions = restrictions::active(unit, &[issue.asset], as_of, known)?;
    let held = [&found.ownership, &found.management, &found.income].into_iter().flatten();
    let held = held.map(|it| it.holding.holder_id);
    let ids: Vec<_> = held.chain(restrictions.iter().map(|it| it.holder_id)).collect();
    let names = parties::names(unit, &ids, known)?;
    let personal = parties::standing(unit, &ids)?.into_values().map(|it| (it.id, it.kind.is_personal()));
    let parties = Named { names, personal: personal.collect() };
    let region = regions::store::find(unit, &asset.described.region_code)?;
    Ok(Certificate {
        form: match issue.point.known_at {
            Some(_) => CertificateForm::Second,
            None => CertificateForm::First,
        },
        origin: issue.origin.to_owned(),
        issued_at: issue.issued_at,
        as_of,
        known_at: issue.point.known_at,
        asset: CertifiedAsset::of(asset, region.map(|it| it.name)),
        ownership: holdings(found.ownership, &parties),
        management: holdings(found.management, &parties),
        income: holdings(found.income, &parties),
        restrictions: restrictions.into_iter().map(|it| CertifiedRestriction::of(it, &parties)).collect(),
        journal: issue.journal.clone(),
    })
}

fn holdings(held: Vec<NamedHolding>, parties: &Named) -> Vec<CertifiedHolding> {
    held.into_iter().map(|it| CertifiedHolding::of(it, parties)).collect()
}
