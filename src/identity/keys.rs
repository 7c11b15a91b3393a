//! The registry's keys: one that signs tokens, one that seals personal identifiers, those that sign the journal, and the
//! files of those that sign certificates, which nobody else can read. Whether a key may be made where it is missing is for
//! [`Keyring`](crate::identity::Keyring) to say: whoever opens keys here only reads.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    hmac,
    rand::{self, SecureRandom as _, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::{
    journal::{LogKeys, notes::SM2_SIGNER_ID},
    storage::files,
};

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
    /// There is no such file.
    #[error("the key file {0} is missing")]
    Missing(PathBuf),
    /// The file of a key cannot be read or made.
    #[error("the key file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file that says which keys came before is damaged.
    #[error(
        "{path} is damaged, which says which keys came before and which are in use: {why}. Put it back from the backup of the folder of the \
         keys. Only if it is lost for good: move it away, then `sanquan keys replace {key} --reason TEXT`"
    )]
    Succession {
        /// The file.
        path: PathBuf,
        /// What cannot be read in it.
        why: String,
        /// The key that it is about.
        key: &'static str,
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

impl KeyError {
    /// That a file which says which keys came before cannot be read.
    pub fn of_succession(path: PathBuf, source: std::io::Error) -> Self {
        let of_the_content = matches!(
            source.kind(),
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::Other
        );
        if !of_the_content {
            return Self::File { path, source };
        }
        let of_certificates = path.file_name().is_some_and(|it| it == CERTIFICATE_SUCCESSION);
        let key = if of_certificates { "certificates" } else { "journal" };
        Self::Succession { path, why: source.to_string(), key }
    }

    /// The same in Chinese, without a full stop.
    pub fn chinese(&self) -> String {
        match self {
            Self::Missing(path) => format!("缺少密钥文件 {}", path.display()),
            Self::File { path, source } => {
                let why = match source.kind() {
                    std::io::ErrorKind::PermissionDenied => "没有访问权限".to_owned(),
                    std::io::ErrorKind::IsADirectory => "该处是一个文件夹".to_owned(),
                    std::io::ErrorKind::NotADirectory => "其上级不是文件夹".to_owned(),
                    std::io::ErrorKind::StorageFull => "磁盘已满".to_owned(),
                    std::io::ErrorKind::ReadOnlyFilesystem => "磁盘以只读方式挂载".to_owned(),
                    _ => match source.raw_os_error() {
                        Some(number) => format!("读写出错，系统错误号 {number}"),
                        None => "读写出错".to_owned(),
                    },
                };
                format!("密钥文件 {} 不能使用（{why}）", path.display())
            }
            Self::Succession { path, key, .. } => format!(
                "{} 已损坏，其中记载先后使用过哪些密钥、现用的是哪一个。请从密钥备份中恢复该文件；确已无法找回的，方可先将其移走，再执行 \
                 `sanquan keys replace {key} --reason 原因`。",
                path.display()
            ),
            Self::Exposed(path) => format!("密钥文件 {} 可被他人读取，须将其权限设为 600", path.display()),
            Self::Malformed(path) => format!("密钥文件 {} 的内容不是该种密钥", path.display()),
            Self::Unmade => "无法生成密钥".to_owned(),
        }
    }
}

/// The file that says which keys signed certificates before.
pub(super) const CERTIFICATE_SUCCESSION: &str = "certificate-keys.json";

impl Keys {
    /// Reads the keys of a folder.
    ///
    /// # Errors
    /// [`KeyError::Missing`] where there is none: see [`Keyring`](crate::identity::Keyring).
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        let (signing, pair) = signing_key(token_key_file(folder))?;
        let path = identifier_key_file(folder);
        let vault = Vault::new(&read(&path)?).ok_or(KeyError::Malformed(path))?;
        Ok(Self { public: pair.public_key().as_ref().to_vec(), signing, vault })
    }
}

/// Where the key is that signs tokens.
pub(super) fn token_key_file(folder: &Path) -> PathBuf {
    folder.join("token-signing.pkcs8")
}

/// Where the key is that seals personal identifiers.
pub(super) fn identifier_key_file(folder: &Path) -> PathBuf {
    folder.join("personal-identifiers.key")
}

/// Reads the keys of a folder that sign the journal, those of a generation; the SM2 key only where it is wanted.
///
/// # Errors
/// [`KeyError::Missing`] where there is none.
pub fn open_log_keys(folder: &Path, generation: u32, sm2: bool) -> Result<LogKeys, KeyError> {
    let [path, of_sm2] = log_key_files(folder, generation);
    let ed25519 = read(&path)?;
    if !sm2 {
        return LogKeys::new(&ed25519, None).ok_or(KeyError::Malformed(path));
    }
    LogKeys::new(&ed25519, Some(&read(&of_sm2)?)).ok_or(KeyError::Malformed(of_sm2))
}

/// New keys of a generation, to sign the journal from now on: those of a renewal that was interrupted are the same ones.
pub fn make_log_keys(folder: &Path, generation: u32, sm2: bool) -> Result<LogKeys, KeyError> {
    files::private_folder(folder).map_err(|source| KeyError::File { path: folder.to_owned(), source })?;
    let [path, of_sm2] = log_key_files(folder, generation);
    make(&path, KeyKind::Ed25519)?;
    if sm2 {
        make(&of_sm2, KeyKind::Sm2)?;
    }
    open_log_keys(folder, generation, sm2)
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

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// An Ed25519 key, as PKCS #8.
    Ed25519,
    /// An SM2 key: its secret number.
    Sm2,
    /// The secret of a [`Vault`].
    Vault,
}

impl KeyKind {
    /// A new key.
    fn made(self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let random = SystemRandom::new();
        let filled = |length: usize| {
            let mut secret = Zeroizing::new(vec![0_u8; length]);
            random.fill(&mut secret).map_err(|_| KeyError::Unmade)?;
            Ok(secret)
        };
        match self {
            Self::Ed25519 => {
                let made = Ed25519KeyPair::generate_pkcs8v1(&random).map_err(|_| KeyError::Unmade)?;
                Ok(Zeroizing::new(made.as_ref().to_vec()))
            }
            // Nearly every number is a key: those from the order of the curve on, one in 2^32, are not.
            Self::Sm2 => loop {
                let secret = filled(32)?;
                if sm2::SecretKey::from_slice(&secret).is_ok() {
                    return Ok(secret);
                }
            },
            Self::Vault => filled(Vault::KEY_LEN * 2),
        }
    }

    /// What is told of a key, which says nothing of its secret; none where it is no key of this kind.
    fn print(self, secret: &[u8]) -> Option<KeyPrint> {
        let public = match self {
            Self::Ed25519 => Ed25519KeyPair::from_pkcs8(secret).ok()?.public_key().as_ref().to_vec(),
            Self::Sm2 => {
                let secret = sm2::dsa::SigningKey::from_slice(SM2_SIGNER_ID, secret).ok()?;
                secret.verifying_key().to_sec1_bytes().to_vec()
            }
            Self::Vault => {
                Vault::new(secret)?;
                // The whole secret is the key here, and its second half alone where the vault makes digests.
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                let fingerprint = hex::encode(hmac::sign(&key, FINGERPRINT_OF_VAULT));
                return Some(KeyPrint { fingerprint, public: None });
            }
        };
        Some(KeyPrint { fingerprint: hex::encode(digest(&SHA256, &public)), public: Some(public) })
    }
}

/// What the secret of a vault authenticates to show that it is the same.
const FINGERPRINT_OF_VAULT: &[u8] = b"sanquan/key-fingerprint/v1/personal-identifiers";

/// What is told of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPrint {
    /// The SHA-256 of the public half, or an HMAC of a fixed text by a secret that has none; in hexadecimal.
    pub(super) fingerprint: String,
    /// The public half.
    pub(super) public: Option<Vec<u8>>,
}

/// What is told of the key in a file; none where there is no such file.
pub(super) fn print_of(path: &Path, kind: KeyKind) -> Result<Option<KeyPrint>, KeyError> {
    match read(path) {
        Err(KeyError::Missing(_)) => Ok(None),
        read => kind.print(&read?).map(Some).ok_or_else(|| KeyError::Malformed(path.to_owned())),
    }
}

/// Makes a key in a file, unless there is one.
pub(super) fn make(path: &Path, kind: KeyKind) -> Result<(), KeyError> {
    if path.exists() {
        return Ok(());
    }
    files::make(path, &kind.made()?).map_err(|source| KeyError::File { path: path.to_owned(), source })
}

/// The Ed25519 key of a file, as it is kept and as it is used.
pub(super) fn signing_key(path: PathBuf) -> Result<(Zeroizing<Vec<u8>>, Ed25519KeyPair), KeyError> {
    let kept = read(&path)?;
    let pair = Ed25519KeyPair::from_pkcs8(&kept).map_err(|_| KeyError::Malformed(path))?;
    Ok((kept, pair))
}

/// The key of a file, which nobody but its owner can read.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file_error = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::File { path: path.to_owned(), source },
    };
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
    use crate::{identity::Keyring, journal::Succession};

    /// The keys of a folder, which are made there.
    fn made(folder: &Path) -> Keys {
        Keyring::of(folder, 1, false, false).unwrap().make_missing().unwrap();
        Keys::open(folder).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_and_only_with_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            matches!(Keys::open(folder.path()), Err(KeyError::Missing(_))),
            "nobody makes a key by looking"
        );
        let keys = made(folder.path());
        let again = Keys::open(folder.path()).unwrap();
        let other = made(&folder.path().join("other"));

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
            let keys = make_log_keys(folder.path(), 1, sm2).unwrap();
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
        made(folder.path());
        let path = folder.path().join("token-signing.pkcs8");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

        assert!(matches!(Keys::open(folder.path()), Err(KeyError::Exposed(_))));
    }
}
