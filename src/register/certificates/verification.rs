//! Whether a certificate is genuine, and whether what it says has changed since.

use chrono::DateTime;

use crate::{
    identity::{SecondSignature, StatementError, StatementKeys},
    journal::{self, Placed},
    register::certificates::{
        CERTIFICATE, CHANGING, Certificate, CertificateError, Issue, OnRecord, Point, SHEET, Sheet, certified,
    },
    storage::{Read, StorageError, failure},
    values::{Scope, closed_enum},
};

closed_enum! {
    /// Why something is no certificate of this registry.
    pub enum Refusal {
        /// It is not in the form of a certificate.
        Malformed = "malformed",
        /// It was signed with another key than this registry's.
        OtherKey = "other_key",
        /// It was altered after it was signed, or never signed by this registry.
        BadSignature = "bad_signature",
        /// The journal does not have the entry that it names.
        NotInJournal = "not_in_journal",
    }
}

/// Why a certificate could not be confirmed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is none of this registry's.
    #[error("it is no certificate of this registry: {0}")]
    Refused(Refusal),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(VerifyError);

impl From<StatementError> for VerifyError {
    fn from(error: StatementError) -> Self {
        Self::Refused(match error {
            StatementError::Malformed => Refusal::Malformed,
            StatementError::OtherKey => Refusal::OtherKey,
            StatementError::BadSignature => Refusal::BadSignature,
        })
    }
}

/// A genuine certificate.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What it says, which was true at the point of which it speaks.
    pub certificate: Certificate,
    /// What is known of its second signature.
    pub second_signature: SecondSignature,
    /// The first entry that changed the rights or restrictions of the asset since.
    pub superseded_by: Option<Placed>,
}

/// Confirms a signed certificate, and its second signature where there is one.
pub fn verify(
    unit: &mut Read<'_>,
    keys: &StatementKeys,
    jws: &str,
    second: Option<&str>,
) -> Result<Verified, VerifyError> {
    let certificate: Certificate = keys.check(CERTIFICATE, jws)?;
    let second_signature = keys.check_second(CERTIFICATE, jws, second)?;
    let superseded_by = changed_since(unit, &certificate)?;
    Ok(Verified { certificate, second_signature, superseded_by })
}

/// Confirms the code of a printed sheet, and says what must stand on the sheet: what the register knew when it was issued.
pub fn verify_sheet(
    unit: &mut Read<'_>,
    keys: &StatementKeys,
    origin: &str,
    code: &str,
) -> Result<Verified, VerifyError> {
    let sheet: Sheet = keys.check(SHEET, code)?;
    let unknown = || VerifyError::Refused(Refusal::NotInJournal);
    let issued_at = DateTime::from_timestamp_micros(sheet.issued_at_us).ok_or_else(unknown)?;
    let entry_id = journal::id_at(unit, sheet.index)?.ok_or_else(unknown)?;
    let journal = OnRecord { index: sheet.index, entry_id, size: sheet.size, inclusion_proof: None };
    let known_at = sheet.known_at_us.and_then(DateTime::from_timestamp_micros);
    let point = Point { as_of: sheet.as_of, known_at };
    let issue = Issue { asset: sheet.asset_id, origin, issued_at, point, journal };
    // Whoever holds the signed code has seen the certificate, which is all the permission that this takes.
    let certificate = certified(unit, &Scope::WHOLE, &issue).map_err(|error| match error {
        CertificateError::Storage(error) => VerifyError::Storage(error),
        _ => unknown(),
    })?;
    let superseded_by = changed_since(unit, &certificate)?;
    // A code has one signature: a second one would not fit into the square.
    Ok(Verified { certificate, second_signature: SecondSignature::NotGiven, superseded_by })
}

/// The first entry after that of a certificate that changed what it says.
fn changed_since(unit: &mut Read<'_>, it: &Certificate) -> Result<Option<Placed>, VerifyError> {
    if journal::id_at(unit, it.journal.index)? != Some(it.journal.entry_id) {
        return Err(VerifyError::Refused(Refusal::NotInJournal));
    }
    Ok(journal::next_about(unit, it.asset.id.seen_as(), CHANGING, it.journal.index)?)
}
