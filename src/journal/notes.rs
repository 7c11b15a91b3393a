//! Checkpoints as signed notes (C2SP `tlog-checkpoint`, `signed-note`, `tlog-cosignature`), and the keys that verify them.
//! Pure.
//!
//! Three kinds of signature are known: Ed25519 (`0x01`), a witness's timestamped cosignature (`0x04`), and, under the byte
//! reserved for other algorithms (`0xff`) followed by a name of our own, SM2 with SM3 (GB/T 32918.2).

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ED25519, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use signed_note::{Note, Signature, Verifier};
use sm2::dsa::signature::Verifier as _;
use tlog_tiles::{Checkpoint, Hash};

/// The byte of Ed25519 signatures of notes.
pub(super) const ED25519_NOTE: u8 = 0x01;
/// The byte of witnesses' timestamped Ed25519 cosignatures.
const COSIGNATURE: u8 = 0x04;
/// The byte for algorithms without one of their own, followed by the name of ours.
pub(super) const SM2_NOTE: &[u8] = b"\xffsanquan/sm2-sm3/v1";
/// The default signer identifier of SM2 signatures (GM/T 0009, section 10).
pub const SM2_SIGNER_ID: &str = "1234567812345678";

/// A key that verifies signatures of notes, as `name+hash+key`.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    id: u32,
    /// The algorithm and the key, as encoded after the hash in the text form.
    encoded: Vec<u8>,
    scheme: Scheme,
    /// For trees of this size or more, its signatures are not trusted.
    disbelieved_from: Option<u64>,
}

#[derive(Clone)]
enum Scheme {
    Ed25519(Vec<u8>),
    Cosignature(Vec<u8>),
    Sm2(Box<sm2::dsa::VerifyingKey>),
}

/// The text is not a key of a known kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key of the form name+hash+key, or not of a known kind")]
pub struct UnknownKey;

impl VerifierKey {
    /// A key with the given name, from its encoded algorithm and bytes.
    ///
    /// # Errors
    /// The name is not allowed in a note, or the algorithm is not known.
    pub fn new(name: &str, encoded: Vec<u8>) -> Result<Self, UnknownKey> {
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err(UnknownKey);
        }
        let scheme = if let Some(point) = encoded.strip_prefix(SM2_NOTE) {
            let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_SIGNER_ID, point);
            Scheme::Sm2(Box::new(key.map_err(|_| UnknownKey)?))
        } else {
            match encoded.split_first() {
                Some((&ED25519_NOTE, key)) if key.len() == 32 => Scheme::Ed25519(key.to_vec()),
                Some((&COSIGNATURE, key)) if key.len() == 32 => Scheme::Cosignature(key.to_vec()),
                _ => return Err(UnknownKey),
            }
        };
        let id = signed_note::key_id(name, &encoded);
        Ok(Self { name: name.to_owned(), id, encoded, scheme, disbelieved_from: None })
    }

    /// The same key, not to be trusted for trees of a size or more.
    #[must_use]
    pub fn disbelieved_from(self, size: u64) -> Self {
        Self { disbelieved_from: Some(size), ..self }
    }

    /// Whether it verifies the cosignatures of a witness rather than the signatures of a log.
    pub const fn is_witness(&self) -> bool {
        matches!(self.scheme, Scheme::Cosignature(_))
    }

    /// Whether a signature line names this key.
    fn is_named_by(&self, signature: &Signature) -> bool {
        signature.name() == self.name && signature.id() == self.id
    }
}

impl FromStr for VerifierKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let (name, rest) = text.trim().split_once('+').ok_or(UnknownKey)?;
        let (id, key) = rest.split_once('+').ok_or(UnknownKey)?;
        let key = Self::new(name, STANDARD.decode(key).map_err(|_| UnknownKey)?)?;
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(UnknownKey) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(&self.encoded))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Verifier for VerifierKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.scheme {
            Scheme::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok(),
            Scheme::Cosignature(key) => {
                let Some((time, signature)) = signature.split_first_chunk() else { return false };
                let message = cosigned(u64::from_be_bytes(*time), message);
                UnparsedPublicKey::new(&ED25519, key).verify(&message, signature).is_ok()
            }
            Scheme::Sm2(key) => sm2::dsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

/// What a witness signs: that it saw a checkpoint, and when, in seconds of the Unix epoch.
pub fn cosigned(time: u64, checkpoint: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {time}\n").as_bytes(), checkpoint].concat()
}

/// What is wrong with a signed checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// It is not a signed note, or its text is not a checkpoint.
    #[error("it is not a signed checkpoint")]
    Malformed,
    /// It belongs to another log.
    #[error("it belongs to another log")]
    OtherOrigin,
    /// A signature by a known key is not valid, or there is none.
    #[error("no known key of the log signed it, or a signature by a known key is not valid")]
    Signature,
    /// It is signed only by a key that is not trusted for trees of this size.
    #[error("it is signed only by a key that is no longer trusted at this size")]
    Disbelieved,
}

/// The statement of a checkpoint: the log of this size has this root.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head {
    /// How many entries the tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// What a checkpoint states about those before it: the size of the last one, and a hash over all of them. So none but the last
/// can be removed without being missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before {
    /// The size of the last one; 0 if there was none.
    pub last: u64,
    /// SHA-256 of the hash before the last one, followed by the text of the last one; zeros if there was none.
    pub sha256: [u8; 32],
}

impl Before {
    /// What the checkpoint after the given one has to state.
    pub fn followed_by(&self, size: u64, note: &str) -> Self {
        let text = note.find("\n\n").and_then(|end| note.get(..=end)).unwrap_or(note);
        let mut context = Context::new(&SHA256);
        context.update(&self.sha256);
        context.update(text.as_bytes());
        let mut sha256 = [0; 32];
        sha256.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self { last: size, sha256 }
    }

    /// What a checkpoint states about those before it; `None` if it states nothing, as those of releases before 2026-12.
    pub fn stated_in(note: &str) -> Option<Self> {
        let line = note.split("\n\n").next()?.lines().nth(3)?;
        let (last, sha256) = line.strip_prefix("after ")?.split_once(' ')?;
        let sha256 = STANDARD.decode(sha256).ok()?.try_into().ok()?;
        Some(Self { last: last.parse().ok()?, sha256 })
    }

    /// The line of a checkpoint that states it.
    pub fn line(&self) -> String {
        format!("after {} {}\n", self.last, STANDARD.encode(self.sha256))
    }
}

/// Reads a checkpoint without checking its signatures.
pub fn head(note: &str) -> Result<(String, Head), NoteFault> {
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| NoteFault::Malformed)?;
    let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| NoteFault::Malformed)?;
    Ok((checkpoint.origin().to_owned(), Head { size: checkpoint.size(), root: *checkpoint.hash() }))
}

/// Reads a checkpoint of a log and checks every signature by a known key. At least one key of the log must have signed it;
/// witnesses may have.
pub fn verified(note: &str, origin: &str, keys: &[VerifierKey]) -> Result<Head, NoteFault> {
    let (of, head) = head(note)?;
    if of != origin {
        return Err(NoteFault::OtherOrigin);
    }
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| NoteFault::Malformed)?;
    check_signatures(&note, keys, head.size)?;
    Ok(head)
}

/// The text of a note that is no checkpoint, after checking every signature by a known key, as for a checkpoint of a size.
pub(super) fn signed_text(note: &str, keys: &[VerifierKey], size: u64) -> Result<String, NoteFault> {
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| NoteFault::Malformed)?;
    check_signatures(&note, keys, size)?;
    String::from_utf8(note.text().to_vec()).map_err(|_| NoteFault::Malformed)
}

/// Checks every signature by a known key. At least one key of the log that is trusted for trees of the size must have signed.
fn check_signatures(note: &Note, keys: &[VerifierKey], size: u64) -> Result<(), NoteFault> {
    let (mut by_log, mut by_disbelieved) = (false, false);
    for signature in signatures(note) {
        for key in keys.iter().filter(|it| it.is_named_by(&signature)) {
            if !key.verify(note.text(), signature.signature()) {
                return Err(NoteFault::Signature);
            }
            let disbelieved = key.disbelieved_from.is_some_and(|from| size >= from);
            by_log |= !key.is_witness() && !disbelieved;
            by_disbelieved |= disbelieved;
        }
    }
    match (by_log, by_disbelieved) {
        (true, _) => Ok(()),
        (false, true) => Err(NoteFault::Disbelieved),
        (false, false) => Err(NoteFault::Signature),
    }
}

/// Whether a signature line of a checkpoint names one of the given keys of a log, valid or not.
pub fn is_claimed(note: &str, keys: &[VerifierKey]) -> bool {
    let Ok(note) = Note::from_bytes(note.as_bytes()) else { return false };
    let of_log = |signature: &Signature| keys.iter().any(|it| !it.is_witness() && it.is_named_by(signature));
    signatures(&note).iter().any(of_log)
}

/// The signature lines of a note. The crate does not expose them, so they are parsed from the text of the note.
fn signatures(note: &Note) -> Vec<Signature> {
    let written = note.to_bytes();
    let lines = written.get(note.text().len().saturating_add(1)..).unwrap_or_default();
    lines.split(|it| *it == b'\n').filter_map(|line| Signature::from_bytes(line).ok()).collect()
}

/// The witness whose valid cosignature of a note this line is, if it is one.
pub fn cosigner<'k>(note: &str, line: &str, witnesses: &'k [VerifierKey]) -> Option<&'k VerifierKey> {
    let signature = Signature::from_bytes(line.as_bytes()).ok()?;
    let note = Note::from_bytes(note.as_bytes()).ok()?;
    witnesses.iter().find(|it| it.is_named_by(&signature) && it.verify(note.text(), signature.signature()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GB/T 32918.5, appendix A.2: the message `message digest`, signed under the usual identifier.
    #[test]
    fn sm2_signatures_are_those_of_the_standard() {
        let point = hex::decode(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        )
        .unwrap();
        let mut signature = hex::decode(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        )
        .unwrap();
        let key = VerifierKey::new("a.example/log", [SM2_NOTE, &point].concat()).unwrap();

        assert!(key.verify(b"message digest", &signature));
        assert!(!key.verify(b"message digesT", &signature));
        signature[0] ^= 1;
        assert!(!key.verify(b"message digest", &signature));
        assert!(!key.verify(b"message digest", &[]));
        assert_eq!(key.to_string().parse::<VerifierKey>().unwrap().to_string(), key.to_string());
    }

    /// The example of C2SP `tlog-cosignature`.
    #[test]
    fn a_cosignature_is_over_time_and_text() {
        let message = cosigned(1_679_315_147, b"example.com/behind-the-sofa\n20852163\nCsUY=\n");
        assert!(
            message.starts_with(b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n")
        );
    }

    #[test]
    fn keys_that_cannot_be_are_refused() {
        let whole = VerifierKey::new("a", [&[ED25519_NOTE][..], &[7; 32]].concat()).unwrap().to_string();
        assert!(whole.parse::<VerifierKey>().is_ok());
        for text in ["", "a", "a+b", "a+00000000+AQ==", &whole.replace('a', "b"), "+00000000+", "a b+0+0"] {
            assert_eq!(text.parse::<VerifierKey>().unwrap_err(), UnknownKey, "{text}");
        }
        assert!(VerifierKey::new("a", [SM2_NOTE, &[4; 65]].concat()).is_err(), "no point of the curve");
        assert!(VerifierKey::new("a", vec![2; 33]).is_err());
    }

    #[test]
    fn notes_that_cannot_be_read_are_malformed() {
        for text in ["", "a\n1\nb\n", "a\n1\n\n\n\u{2014} a AAAAAAA=\n", "\u{1}\n\n\u{2014} a AAAAAAA=\n"] {
            assert_eq!(head(text), Err(NoteFault::Malformed), "{text}");
        }
    }
}
