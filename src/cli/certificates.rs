//! Checking a certificate with no server: what it says, and whose signature it carries.

use std::path::Path;

use serde::Deserialize;

use crate::{
    identity::StatementKey,
    register::certificates::{CERTIFICATE, Certificate, CertifiedHolding, Unproved},
};

/// Why a file is no certificate that can be trusted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    #[error("{0} holds no Ed25519 keys: give a JWK set, such as /v1/certificates/keys answers, or one JWK")]
    Keys(String),
    #[error("the file holds no signed certificate")]
    NoCertificate,
    #[error("NOT VALID")]
    NotValid(#[from] crate::identity::StatementError),
    #[error("NOT VALID: none of the given keys signed it; it names the key {0}")]
    UnknownKey(String),
    #[error("NOT VALID")]
    NotProved(#[from] Unproved),
    #[error("NOT VALID: what the file shows beside the signed form is not what was signed")]
    Contradiction,
}

/// A certificate as the interface answers it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    certificate: serde_json::Value,
    jws: String,
}

/// What a file certifies, in lines for people.
///
/// With `keys`, one of them must have signed it. Without, the signature is checked by the key that the certificate carries:
/// that proves it whole, and not yet whose it is.
pub(super) fn check(file: &Path, keys: Option<&Path>) -> Result<String, CheckError> {
    let text = read(file)?;
    let (jws, shown) = match serde_json::from_str::<Answered>(&text) {
        Ok(it) => (it.jws, Some(it.certificate)),
        Err(_) => (text, None),
    };
    let jws = jws.trim();
    let carried = StatementKey::carried_by(jws).ok_or(CheckError::NoCertificate)?;
    let (key, trust) = match keys {
        Some(path) => {
            let known = known_keys(path)?.into_iter().find(|it| it.id() == carried.id());
            let key = known.ok_or_else(|| CheckError::UnknownKey(carried.id().to_owned()))?;
            let trust = format!("VALID: signed with the key {}, which is in {}.", key.id(), path.display());
            (key, trust)
        }
        None => {
            let trust = format!(
                "WHOLE: unaltered since it was signed with the key {}, which the certificate itself carries. Whose key that \
                 is, it cannot prove: compare it with the one that the office publishes, or give its keys with --keys.",
                carried.id()
            );
            (carried, trust)
        }
    };
    let certificate: Certificate = key.check(CERTIFICATE, jws)?;
    if shown.is_some_and(|it| serde_json::from_value::<Certificate>(it).ok().as_ref() != Some(&certificate)) {
        return Err(CheckError::Contradiction);
    }
    let proved = match &certificate.journal.inclusion_proof {
        Some(proof) => {
            let (log, size) = proof.check()?;
            format!(
                "  which is in the tree of {size} entries of the journal {log}; its checkpoint is in the certificate"
            )
        }
        None => "  without a proof that the entry is in the journal".to_owned(),
    };
    Ok(format!(
        "{trust}\n{}\n{proved}\nWhether anything has changed since, only the register can tell.",
        told(&certificate)
    ))
}

fn read(path: &Path) -> Result<String, CheckError> {
    std::fs::read_to_string(path).map_err(|error| CheckError::File(path.display().to_string(), error))
}

fn known_keys(path: &Path) -> Result<Vec<StatementKey>, CheckError> {
    let text = read(path)?;
    let keys = StatementKey::read_all(&text);
    if keys.is_empty() { Err(CheckError::Keys(path.display().to_string())) } else { Ok(keys) }
}

fn told(it: &Certificate) -> String {
    let mut lines = vec![
        format!("{} certified on {}:", it.origin, it.issued_at),
        format!("  {} {} ({})", it.asset.registry_number, it.asset.name, it.asset.class),
        format!("  {} {}", it.asset.region_code, it.asset.region_name.as_deref().unwrap_or_default()),
        format!("  as of {}", it.as_of),
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
