//! Checks a certificate without a server: what it says, and whose signature it carries.

use std::path::Path;

use serde::Deserialize;

use crate::{
    identity::{SecondSignature, StatementError, StatementKey, StatementKeys},
    journal::{
        bundle::{LogNames, NotAKey},
        notes::{self, NoteFault},
    },
    register::certificates::{CERTIFICATE, Certificate, CertifiedHolding, Unproved},
};

/// Why a certificate cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    #[error("{0} holds no Ed25519 keys: give a JWK set, as returned by /v1/certificates/keys, or one JWK")]
    Keys(String),
    #[error(
        "{0} does not name a journal and its keys: give what /v1/journal/keys returns, or keys.json of a bundle"
    )]
    JournalKeys(String, #[source] serde_json::Error),
    #[error("{0} cannot be used")]
    JournalKey(String, #[source] NotAKey),
    #[error("the file holds no signed certificate")]
    NoCertificate,
    #[error("NOT VALID")]
    NotValid(#[from] StatementError),
    #[error("NOT VALID: none of the given keys signed it; it names the key {0}")]
    UnknownKey(String),
    #[error("NOT VALID: its second signature (SM2)")]
    Second(#[source] StatementError),
    #[error("NOT VALID")]
    NotProved(#[from] Unproved),
    #[error("NOT VALID: the checkpoint of the journal inside")]
    Checkpoint(#[source] NoteFault),
    #[error(
        "it carries no proof that its entry is in the journal, so --journal-keys has nothing to check: a newly issued certificate \
         has one"
    )]
    NoProof,
    #[error("NOT VALID: the readable part of the file is not what was signed")]
    Contradiction,
}

/// A certificate as the registry answers with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    certificate: serde_json::Value,
    jws: String,
    #[serde(default)]
    jws_sm2: Option<String>,
}

/// What a file certifies, as readable text.
///
/// With `keys`, one of them must have signed it. Without, the signatures are checked with the keys that the certificate
/// carries, which proves that it is unaltered, but not who issued it. With `journal_keys`, one of them must have signed the
/// checkpoint inside.
pub(super) fn check(
    file: &Path,
    keys: Option<&Path>,
    journal_keys: Option<&Path>,
) -> Result<String, CheckError> {
    let text = read(file)?;
    let (jws, second, shown) = match serde_json::from_str::<Answered>(&text) {
        Ok(it) => (it.jws, it.jws_sm2, Some(it.certificate)),
        Err(_) => (text, None, None),
    };
    let (jws, second) = (jws.trim(), second.as_deref().map(str::trim));
    let carried = StatementKey::carried_by(jws).ok_or(CheckError::NoCertificate)?;
    let known = match keys {
        Some(path) => known_keys(path)?,
        None => StatementKeys::carried_by(jws, second),
    };
    let certificate: Certificate = known.check(CERTIFICATE, jws).map_err(|error| match (error, keys) {
        (StatementError::OtherKey, Some(_)) => CheckError::UnknownKey(carried.id().to_owned()),
        (error, _) => error.into(),
    })?;
    let second = known.check_second(CERTIFICATE, jws, second).map_err(CheckError::Second)?;
    if shown.is_some_and(|it| serde_json::from_value::<Certificate>(it).ok().as_ref() != Some(&certificate)) {
        return Err(CheckError::Contradiction);
    }
    let proved = proved(&certificate, journal_keys)?;
    Ok(format!(
        "{}\n{}\n{}\n{proved}\nOnly the register can tell whether anything has changed since.",
        trust(&carried, keys),
        second_signature(second, keys),
        contents(&certificate)
    ))
}

fn trust(signed_with: &StatementKey, keys: Option<&Path>) -> String {
    let key = signed_with.id();
    match keys {
        Some(path) => format!("VALID: signed with the key {key}, which is in {}.", path.display()),
        None => format!(
            "UNALTERED since it was signed with the key {key}, which the certificate itself carries. It cannot prove whose key \
             that is: compare it with the one that the office publishes, or give the office's keys with --keys."
        ),
    }
}

fn second_signature(second: SecondSignature, keys: Option<&Path>) -> String {
    match (second, keys) {
        (SecondSignature::Verified, Some(path)) => {
            format!("Also signed with SM2, with a key that is in {}.", path.display())
        }
        (SecondSignature::Verified, None) => {
            "Also signed with SM2, with a key that it carries; it cannot prove whose key that is.".to_owned()
        }
        (SecondSignature::NotGiven, _) => "It has no second signature (SM2).".to_owned(),
        (SecondSignature::NotChecked, _) => {
            "Its second signature (SM2) was NOT checked: no SM2 key was given.".to_owned()
        }
    }
}

/// The result of checking the proof in a certificate, and who signed its checkpoint.
fn proved(certificate: &Certificate, journal_keys: Option<&Path>) -> Result<String, CheckError> {
    let Some(proof) = &certificate.journal.inclusion_proof else {
        let nothing = "  without a proof that the entry is in the journal".to_owned();
        return if journal_keys.is_some() { Err(CheckError::NoProof) } else { Ok(nothing) };
    };
    let (log, size) = proof.check()?;
    let proved = format!("  which is in the tree of {size} entries of the journal {log}");
    let Some(path) = journal_keys else {
        return Ok(format!(
            "{proved}\n  who signed the checkpoint of that tree was NOT checked: give the journal's keys with \
             --journal-keys"
        ));
    };
    let names = log_names(path)?;
    let keys =
        names.verifiers().map_err(|error| CheckError::JournalKey(path.display().to_string(), error))?;
    notes::verified(&proof.checkpoint, &names.origin, &keys).map_err(CheckError::Checkpoint)?;
    Ok(format!(
        "{proved}\n  whose checkpoint was signed with a key of the journal that is in {}",
        path.display()
    ))
}

fn read(path: &Path) -> Result<String, CheckError> {
    std::fs::read_to_string(path).map_err(|error| CheckError::File(path.display().to_string(), error))
}

fn known_keys(path: &Path) -> Result<StatementKeys, CheckError> {
    let keys = StatementKeys::read(&read(path)?);
    if keys.is_empty() { Err(CheckError::Keys(path.display().to_string())) } else { Ok(keys) }
}

fn log_names(path: &Path) -> Result<LogNames, CheckError> {
    let named = serde_json::from_str(&read(path)?);
    named.map_err(|error| CheckError::JournalKeys(path.display().to_string(), error))
}

fn contents(it: &Certificate) -> String {
    let mut lines = vec![
        format!("{} certified on {}:", it.origin, it.issued_at),
        format!("  {} {} ({})", it.asset.registry_number, it.asset.name, it.asset.class),
        format!("  {} {}", it.asset.region_code, it.asset.region_name.as_deref().unwrap_or_default()),
        match it.known_at {
            Some(known_at) => format!("  as of {}, as known at {known_at}", it.as_of),
            None => format!("  as of {}", it.as_of),
        },
    ];
    for (right, held) in
        [("ownership", &it.ownership), ("management", &it.management), ("income", &it.income)]
    {
        lines.extend(held.iter().map(|it| format!("  {right}: {}", holding(it))));
    }
    if it.restrictions.is_empty() {
        lines.push("  restrictions: none".to_owned());
    }
    lines.extend(it.restrictions.iter().map(|it| {
        let until = it.until.map(|to| format!(" until {to}")).unwrap_or_default();
        format!("  restriction: {} for {}, since {}{until}", it.kind, it.holder_name, it.since)
    }));
    let journal = &it.journal;
    lines.push(format!("  last changed by journal entry {} ({})", journal.index, journal.entry_id));
    lines.join("\n")
}

fn holding(it: &CertifiedHolding) -> String {
    let until = it.until.map(|to| format!(" until {to}")).unwrap_or_default();
    let rests = if it.residual { " (granted to nobody else)" } else { "" };
    format!("{} {} since {}{until}{rests}", it.share, it.holder_name, it.since)
}
