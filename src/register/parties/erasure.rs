//! The lawful erasure of what identifies a person: the one write that alters what was answered before.
//!
//! The party stays with its rights and duties of the past, so that chains of title and every proof of the journal hold: the
//! journal names it by id alone. What is erased is the name in every version, and the identifier, shown and sealed. Nobody
//! who still holds, owes or is owed anything can be erased, since the register must be able to say who that is:
//! `acts::departures` knows.

use serde_json::json;

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Record},
    register::{
        documents,
        parties::{Party, store},
    },
    storage::Write,
    values::{Faults, Id, Reason, closed_enum, id::kind},
};

/// What identified a person was erased.
const ERASED: Action = Action::named("party_erased");

/// The name that stands for one that was erased. The database lets no other take a name's place in what was known.
pub const ERASED_NAME: &str = "（已依法删除）";

closed_enum! {
    /// Why a person's data are erased: the cases of 个人信息保护法, art. 47.
    pub enum ErasureGround {
        /// Item 1: the purpose was achieved, cannot be, or no longer needs the data.
        PurposeAchieved = "purpose_achieved",
        /// Item 2: the time for which they may be kept is over.
        RetentionOver = "retention_over",
        /// Item 3: the person withdrew their consent.
        ConsentWithdrawn = "consent_withdrawn",
        /// Item 4: they were handled against the law or against what was agreed.
        UnlawfulHandling = "unlawful_handling",
        /// Item 5: another law or regulation asks for it.
        OtherLaw = "other_law",
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Erasure {
    /// Why.
    pub ground: ErasureGround,
    /// The request or decision that it rests on.
    pub document_id: Id<kind::Document>,
}

/// Why a person's data were not erased.
pub type ErasureError = Refusal<ErasureRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum ErasureRefused {
    /// No such party in the caller's region.
    #[error("no such party")]
    NotFound,
    /// The party is an organisation, whose name and identifier are public.
    #[error("an organisation has no personal data")]
    NoPerson,
    /// They were erased before.
    #[error("erased already")]
    Already,
    /// The party changed at the same moment.
    #[error("the party changed meanwhile")]
    Outdated,
}

reason!(ErasureRefused);

/// Erases what identifies a person or a household, whom this unit of work has locked.
pub fn erase(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Party>,
    asked: &Erasure,
) -> Result<Party, ErasureError> {
    let scope = caller.permit(Permission::PartiesErase)?;
    let mut party = store::find(unit, &scope, id)?.ok_or(ErasureRefused::NotFound)?;
    if !party.kind.is_personal() {
        return Err(ErasureRefused::NoPerson.into());
    }
    if party.erased_at.is_some() {
        return Err(ErasureRefused::Already.into());
    }
    if !documents::missing(unit, &scope, &[asked.document_id])?.is_empty() {
        return Err(Faults::one("/document_id", Reason::NotFound { what: "document" }).into());
    }
    let seen = party.version;
    ERASED_NAME.clone_into(&mut party.name);
    party.identifier_shown = None;
    party.version = seen.saturating_add(1);
    party.erased_at = Some(unit.now());
    let facts = json!({
        "party_id": id, "ground": asked.ground, "document_id": asked.document_id, "version": party.version,
    });
    let subjects = [id.seen_as(), asked.document_id.seen_as()];
    let record = Record::new(ERASED, party.region_code, &subjects, &facts);
    let entry = journal::append(unit, &caller.actor(), &record)?;
    let nothing = store::Kept { digest: None, sealed: None };
    if !store::update(unit, &party, Some(&nothing), seen, entry)? {
        return Err(ErasureRefused::Outdated.into());
    }
    store::forget(unit, id, ERASED_NAME)?;
    Ok(party)
}
