//! The registry's keys: one that signs tokens, one that seals personal identifiers, those that sign the journal, and the
//! files of those that sign certificates. They are made at the first start, in files that nobody else can read.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{self, SecureRandom as _, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::{journal::LogKeys, storage::files};

/// The registry's keys.
#[derive(Debug)]
pub struct Keys {
    /// Ed25519, PKCS #8: signs access tokens.
    pub(super) signing: Zeroizing<Vec<u8>>,
    /// The public half of the signing key.
    pub(super) public: Vec<u8>,
    /// Seals personal identifiers.
    pub vault: Vault,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file of a key cannot be read or made.
    #[error("the key file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Others than the owner could read the file.
    #[error("the key file {0} can be read by others; set its mode to 600")]
    Exposed(PathBuf),
    /// The content of the file is not a key.
    #[error("the key file {0} holds no key of its kind")]
    Malformed(PathBuf),
    /// No key could be made.
    #[error("no key could be made")]
    Unmade,
}

impl Keys {
    /// Reads the keys of a folder, and makes those that are missing.
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        files::private_folder(folder).map_err(|source| KeyError::File { path: folder.to_owned(), source })?;
        let (signing, pair) = signing_key(folder.join("token-signing.pkcs8"))?;
        let path = folder.join("personal-identifiers.key");
        let secret = read_or_make(&path, || {
            let mut secret = Zeroizing::new(vec![0_u8; Vault::KEY_LEN * 2]);
            SystemRandom::new().fill(&mut secret).map_err(|_| KeyError::Unmade)?;
            Ok(secret)
        })?;
        let vault = Vault::new(&secret).ok_or(KeyError::Malformed(path))?;
        Ok(Self { public: pair.public_key().as_ref().to_vec(), signing, vault })
    }
}

/// Reads the keys of a folder that sign the journal, those of a generation, and makes those that are missing; the SM2 key
/// only where it is wanted.
pub fn open_log_keys(folder: &Path, generation: u32, sm2: bool) -> Result<LogKeys, KeyError> {
    files::private_folder(folder).map_err(|source| KeyError::File { path: folder.to_owned(), source })?;
    let [path, of_sm2] = log_key_files(folder, generation);
    let ed25519 = read_or_make(&path, made_pair)?;
    if !sm2 {
        return LogKeys::new(&ed25519, None).ok_or(KeyError::Malformed(path));
    }
    let secret = read_or_make(&of_sm2, made_sm2)?;
    LogKeys::new(&ed25519, Some(&secret)).ok_or(KeyError::Malformed(of_sm2))
}

/// Where the keys of a generation are that sign the journal: that of Ed25519, that of SM2.
pub fn log_key_files(folder: &Path, generation: u32) -> [PathBuf; 2] {
    signing_key_files(folder, "journal", generation)
}

/// The files of the keys of a generation that sign something: that of Ed25519, that of SM2. Those of the first generation
/// have plain names.
pub(super) fn signing_key_files(folder: &Path, what: &str, generation: u32) -> [PathBuf; 2] {
    let number = if generation < 2 { String::new() } else { format!("-{generation}") };
    [folder.join(format!("{what}-signing{number}.pkcs8")), folder.join(format!("{what}-sm2{number}.key"))]
}

/// Removes the files of keys that sign no more; those that are gone already do not matter.
pub fn remove_keys(files: &[PathBuf]) -> Result<(), KeyError> {
    for path in files {
        match fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(KeyError::File { path: path.clone(), source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// A new Ed25519 key.
fn made_pair() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let made = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeyError::Unmade)?;
    Ok(Zeroizing::new(made.as_ref().to_vec()))
}

/// A new SM2 key: its secret number.
pub(super) fn made_sm2() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut secret = Zeroizing::new(vec![0_u8; 32]);
    // Nearly every number is a key: those from the order of the curve on, one in 2^32, are not.
    loop {
        SystemRandom::new().fill(&mut secret).map_err(|_| KeyError::Unmade)?;
        if sm2::SecretKey::from_slice(&secret).is_ok() {
            return Ok(secret);
        }
    }
}

/// An Ed25519 key of a file, as it is kept and as it is used; it is made where it is missing.
pub(super) fn signing_key(path: PathBuf) -> Result<(Zeroizing<Vec<u8>>, Ed25519KeyPair), KeyError> {
    let kept = read_or_make(&path, made_pair)?;
    let pair = Ed25519KeyPair::from_pkcs8(&kept).map_err(|_| KeyError::Malformed(path))?;
    Ok((kept, pair))
}

pub(super) fn read_or_make(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, KeyError>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file_error = |source| KeyError::File { path: path.to_owned(), source };
    if !path.exists() {
        let made = make()?;
        files::make(path, &made).map_err(file_error)?;
    }
    let mode = fs::metadata(path).map_err(file_error)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    fs::read(path).map(Zeroizing::new).map_err(file_error)
}

/// Seals personal identifiers (AES-256-GCM), and tells equal ones apart from others by a keyed digest
/// (HMAC-SHA-256), so that a copy of the database alone gives nobody's number away.
pub struct Vault {
    seal: LessSafeKey,
    digest: hmac::Key,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    const KEY_LEN: usize = 32;

    fn new(secret: &[u8]) -> Option<Self> {
        let (seal, digest) = secret.split_at_checked(Self::KEY_LEN)?;
        if digest.len() != Self::KEY_LEN {
            return None;
        }
        let seal = UnboundKey::new(&aead::AES_256_GCM, seal).ok()?;
        Some(Self { seal: LessSafeKey::new(seal), digest: hmac::Key::new(hmac::HMAC_SHA256, digest) })
    }

    /// The digest by which equal values are found, in hexadecimal.
    pub fn digest(&self, value: &str) -> String {
        hex::encode(hmac::sign(&self.digest, value.as_bytes()))
    }

    /// The value, sealed: a random nonce and the ciphertext, in base64. None only where the system gives no randomness.
    pub fn seal(&self, value: &str) -> Option<String> {
        let nonce: [u8; NONCE_LEN] = rand::generate(&SystemRandom::new()).ok()?.expose();
        let mut sealed = value.as_bytes().to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .ok()?;
        Some(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The value of something sealed by this vault.
    pub fn open(&self, sealed: &str) -> Option<Zeroizing<String>> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self.seal.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
        std::str::from_utf8(opened).ok().map(|it| Zeroizing::new(it.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Succession;

    #[test]
    fn what_is_sealed_opens_again_and_only_with_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let again = Keys::open(folder.path()).unwrap();
        let other = Keys::open(&folder.path().join("other")).unwrap();

        let sealed = keys.vault.seal("11010519491231002X").unwrap();

        assert!(!sealed.contains("1101"));
        assert_eq!(again.vault.open(&sealed).unwrap().as_str(), "11010519491231002X");
        assert!(other.vault.open(&sealed).is_none());
        assert_eq!(keys.vault.digest("x"), again.vault.digest("x"));
        assert_ne!(keys.vault.digest("x"), other.vault.digest("x"));
    }

    #[test]
    fn the_keys_of_the_journal_stay_the_same_and_sm2_comes_when_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let verifiers = |sm2| {
            let keys = open_log_keys(folder.path(), 1, sm2).unwrap();
            let log = crate::journal::Log::new(keys, Succession::default(), "", &[], PathBuf::new()).unwrap();
            log.verifiers().iter().map(ToString::to_string).collect::<Vec<_>>()
        };

        let alone = verifiers(false);
        let both = verifiers(true);

        assert_eq!((alone.len(), both.len()), (1, 2));
        assert_eq!(alone[0], both[0]);
        assert_eq!(verifiers(true), both);
        for key in ["journal-signing.pkcs8", "journal-sm2.key"] {
            let mode = fs::metadata(folder.path().join(key)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
        fs::write(folder.path().join("journal-sm2.key"), [0; 32]).unwrap();
        assert!(matches!(open_log_keys(folder.path(), 1, true), Err(KeyError::Malformed(_))));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path()).unwrap();
        let path = folder.path().join("token-signing.pkcs8");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

        assert!(matches!(Keys::open(folder.path()), Err(KeyError::Exposed(_))));
    }
}
