//! Which keys a registry uses, and whether they are those that it used before.
//!
//! The database keeps a fingerprint of each key, and the journal says so. A registry whose key is missing, or is another one, would
//! go on as if nothing had happened, and do harm: the same person would be recorded twice, and what was signed would look like
//! somebody else's. So it does not start, until the right key is back or an administrator says that it is lost. Keys are made
//! here and nowhere else: for a registry in which nothing was done yet, for a kind of key that it never had, and when one is
//! replaced.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDateTime;
use serde::Serialize;

use crate::{
    identity::{
        KeyError,
        keys::{KeyKind, KeyPrint, identifier_key_file, log_key_files, make, print_of, token_key_file},
        statements::{certificate_key_files, remember_certificate_keys},
        store::{self, KeyRow, NewKeyRow},
    },
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, Storage, StorageError, Write, chain, failure, files, lock},
    values::closed_enum,
};

/// Fingerprints of keys were recorded: at the first start, and when keys were renewed.
const RECORDED: Action = Action::named("keys_recorded");
/// An administrator acknowledged that a key is lost or was exchanged.
const REPLACED: Action = Action::named("key_replaced");

closed_enum! {
    /// A key of the registry, by what it is for.
    pub enum KeyName {
        /// Signs access tokens.
        Tokens = "tokens",
        /// Seals personal identifiers, and tells equal ones apart from others.
        PersonalIdentifiers = "personal_identifiers",
        /// Signs checkpoints of the journal.
        Journal = "journal",
        /// Signs them by SM2 as well.
        JournalSm2 = "journal_sm2",
        /// Signs certificates.
        Certificates = "certificates",
        /// Signs them by SM2 as well.
        CertificatesSm2 = "certificates_sm2",
    }
}

impl KeyName {
    const fn kind(self) -> KeyKind {
        match self {
            Self::Tokens | Self::Journal | Self::Certificates => KeyKind::Ed25519,
            Self::JournalSm2 | Self::CertificatesSm2 => KeyKind::Sm2,
            Self::PersonalIdentifiers => KeyKind::Vault,
        }
    }

    /// What hangs on the key, in English and in Chinese.
    const fn consequence(self) -> (&'static str, &'static str) {
        match self {
            Self::Tokens => (
                "It signs access tokens: with another one, everybody has to sign in anew.",
                "访问令牌由该密钥签发：换用其他密钥后，所有用户须重新登录。",
            ),
            Self::PersonalIdentifiers => (
                "It seals the numbers of identity documents and tells whether two are equal: with another one, those on record cannot \
                 be read, and the same person can be recorded twice.",
                "身份证件号码由该密钥加密并据以查重：换用其他密钥后，已登记的号码无法解密，同一个人可能被重复登记。",
            ),
            Self::Journal | Self::JournalSm2 => (
                "It signs the checkpoints of the journal: with another one, auditors and witnesses see the signatures of a stranger.",
                "日志检查点由该密钥签署：换用其他密钥后，审计人员和见证方看到的将是陌生的签名。",
            ),
            Self::Certificates | Self::CertificatesSm2 => (
                "It signs certificates: with another one, those that were issued look like somebody else's.",
                "登记证书由该密钥签署：换用其他密钥后，已签发的证书将被视为他人所签。",
            ),
        }
    }
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unfit {
    /// Its file is missing.
    Missing,
    /// Its file holds another key than the one on record; one that was on record until an instant, if it ever was.
    Other { found: String, recorded: String, until: Option<NaiveDateTime> },
    /// Its file cannot be used: why, in English and in Chinese.
    Unusable { why: String, why_zh: String },
    /// The file holds the key on record, and this server started with another one.
    Outdated,
}

/// A key that does not fit the registry. Says in English and in Chinese, each in a line, which it is, where it is looked for, what
/// hangs on it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFault {
    /// Which key.
    pub name: KeyName,
    path: PathBuf,
    what: Unfit,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, path, what } = self;
        let path = path.display();
        let (hangs, hangs_zh) = name.consequence();
        let (english, chinese) = match what {
            Unfit::Missing => (
                format!(
                    "the key `{name}` is missing: there is no file {path}. {hangs} Put the folder of the keys back from their backup; another \
                     server needs a copy of the folder of the first."
                ),
                format!(
                    "缺少密钥 `{name}`：找不到文件 {path}。{hangs_zh}请从密钥备份中恢复密钥文件夹；增设的服务器须复制首台服务器的密钥文件夹。"
                ),
            ),
            Unfit::Other { found, recorded, until } => {
                let (found, recorded) =
                    (found.get(..16).unwrap_or(found), recorded.get(..16).unwrap_or(recorded));
                let (earlier, earlier_zh) = until.map_or_else(Default::default, |it| {
                    let at = it.format("%Y-%m-%d %H:%M UTC");
                    (
                        format!(", but an earlier one that was replaced at {at}"),
                        format!("，而是已于 {at} 停用的旧密钥"),
                    )
                });
                (
                    format!(
                        "the key `{name}` in {path} is not the one of this registry{earlier} (fingerprint {found}…, on record is \
                         {recorded}…). {hangs} Put the right folder of keys back from its backup, or check whether this is the right \
                         database; another server needs a copy of the folder of the first."
                    ),
                    format!(
                        "{path} 中的密钥 `{name}` 不是本登记系统使用的密钥{earlier_zh}（指纹 {found}…，登记在案的是 {recorded}…）。{hangs_zh}\
                         请从备份中恢复正确的密钥文件夹，并核对所连接的数据库是否正确；增设的服务器须复制首台服务器的密钥文件夹。"
                    ),
                )
            }
            Unfit::Unusable { why, why_zh } => (
                format!(
                    "the key `{name}` in {path} cannot be used: {why}. {hangs} Set that right, or put the folder of the keys back from its \
                     backup."
                ),
                format!(
                    "密钥 `{name}`（{path}）无法使用：{why_zh}。{hangs_zh}请排除上述问题，或者从备份中恢复密钥文件夹。"
                ),
            ),
            Unfit::Outdated => (
                format!("the key `{name}` was replaced after this server had started: restart the server."),
                format!("密钥 `{name}` 在本服务器启动之后已被更换：请重新启动服务器。"),
            ),
        };
        let (way_out, way_out_zh) = match what {
            Unfit::Missing | Unfit::Other { .. } => (
                format!(
                    " Only if it is lost for good or was exchanged on purpose: `sanquan keys replace {name} --reason TEXT`."
                ),
                format!(
                    "确已无法找回或者系有意更换的，方可执行 `sanquan keys replace {name} --reason 原因`。"
                ),
            ),
            Unfit::Unusable { .. } => (
                format!(
                    " Only if it is lost for good: move the file away, then `sanquan keys replace {name} --reason TEXT`."
                ),
                format!(
                    "确已无法找回的，方可先将该文件移走，再执行 `sanquan keys replace {name} --reason 原因`。"
                ),
            ),
            Unfit::Outdated => Default::default(),
        };
        write!(f, "{english}{way_out}\n{chinese}{way_out_zh}")
    }
}

fn told(faults: &[KeyFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Why the keys of a registry are not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Keys are missing, or are others than those on record.
    #[error("{}", told(.0))]
    Unfit(Vec<KeyFault>),
    /// The settings use no such key.
    #[error("the key `{0}` is not in use: see the settings journal.sm2 and certificates.sm2")]
    NotUsed(KeyName),
    /// The key is the one on record, so there is nothing to acknowledge.
    #[error("the key `{0}` is the one on record: nothing is lost. To renew keys: `sanquan keys --help`")]
    Fits(KeyName),
    /// The key is there, and nothing is on record of it yet.
    #[error("the key `{0}` is there, and will be recorded at the next start")]
    NotOnRecord(KeyName),
    /// A file cannot be read or made.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(KeyringError);

/// The keys on record, by name, first the earliest.
type OnRecord = BTreeMap<KeyName, Vec<KeyRow>>;

fn on_record(unit: &mut Read<'_>) -> Result<OnRecord, StorageError> {
    let mut found = OnRecord::new();
    for row in store::keys(unit)? {
        let name = row.name.parse();
        let name = name.map_err(|_| StorageError::Corrupt(format!("the key {} is not known", row.name)))?;
        found.entry(name).or_default().push(row);
    }
    Ok(found)
}

/// The keys that a registry uses: where they are, and their fingerprints once they are found to fit.
#[derive(Debug, Clone)]
pub struct Keyring {
    folder: PathBuf,
    files: BTreeMap<KeyName, PathBuf>,
    used: BTreeMap<KeyName, String>,
}

/// What is to be done about keys.
#[derive(Debug, Default)]
struct Outstanding {
    faults: Vec<KeyFault>,
    to_make: Vec<KeyName>,
    to_record: Vec<KeyName>,
}

/// What the journal says of a key.
#[derive(Debug, Serialize)]
struct RecordedKey<'a> {
    name: KeyName,
    number: i32,
    fingerprint: &'a str,
    public_key: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct RecordedKeys<'a> {
    keys: Vec<RecordedKey<'a>>,
}

#[derive(Debug, Serialize)]
struct ReplacedKey<'a> {
    #[serde(flatten)]
    key: RecordedKey<'a>,
    former_fingerprint: Option<&'a str>,
    reason: &'a str,
}

/// The public halves of a key that was replaced and of those before it, first the earliest.
pub type FormerKeys = Vec<Vec<u8>>;

impl Keyring {
    /// The keys in a folder: those of a generation for the journal, and by SM2 where that is wanted.
    pub fn of(
        folder: &Path,
        journal_generation: u32,
        journal_sm2: bool,
        certificates_sm2: bool,
    ) -> Result<Self, KeyError> {
        let [journal, of_sm2] = log_key_files(folder, journal_generation);
        let [certificates, certificates_of_sm2] = certificate_key_files(folder)?;
        let mut files = BTreeMap::from([
            (KeyName::Tokens, token_key_file(folder)),
            (KeyName::PersonalIdentifiers, identifier_key_file(folder)),
            (KeyName::Journal, journal),
            (KeyName::Certificates, certificates),
        ]);
        if journal_sm2 {
            files.insert(KeyName::JournalSm2, of_sm2);
        }
        if certificates_sm2 {
            files.insert(KeyName::CertificatesSm2, certificates_of_sm2);
        }
        Ok(Self { folder: folder.to_owned(), files, used: BTreeMap::new() })
    }

    /// Makes the keys that are missing, whatever is on record.
    pub fn make_missing(&self) -> Result<(), KeyError> {
        self.make(self.files.keys().copied())
    }

    fn make(&self, names: impl IntoIterator<Item = KeyName>) -> Result<(), KeyError> {
        let folder = &self.folder;
        files::private_folder(folder).map_err(|source| KeyError::File { path: folder.clone(), source })?;
        for name in names {
            if let Some(path) = self.files.get(&name) {
                make(path, name.kind())?;
            }
        }
        Ok(())
    }

    /// The file of a key, if it is in use.
    pub fn file(&self, name: KeyName) -> Option<&Path> {
        self.files.get(&name).map(PathBuf::as_path)
    }

    fn print(&self, name: KeyName) -> Result<Option<KeyPrint>, KeyError> {
        self.files.get(&name).map_or(Ok(None), |path| print_of(path, name.kind()))
    }

    /// What is wrong with a key whose file cannot be used.
    fn unusable(&self, name: KeyName, error: &KeyError) -> KeyFault {
        let path = self.files.get(&name).cloned().unwrap_or_default();
        KeyFault { name, path, what: Unfit::Unusable { why: chain(error), why_zh: error.chinese() } }
    }

    /// Whether a key that is there, or is not, is the last of its name on record.
    fn fault(&self, name: KeyName, found: Option<&KeyPrint>, rows: &[KeyRow]) -> Option<KeyFault> {
        let what = match (found, rows.last()) {
            (Some(found), Some(last)) if found.fingerprint == last.fingerprint => return None,
            (Some(found), Some(last)) => {
                let place = rows.iter().rposition(|it| it.fingerprint == found.fingerprint);
                let next = place.and_then(|it| rows.get(it.saturating_add(1)));
                Unfit::Other {
                    found: found.fingerprint.clone(),
                    recorded: last.fingerprint.clone(),
                    until: next.map(|it| it.recorded_at),
                }
            }
            (None, _) => Unfit::Missing,
            (Some(_), None) => return None,
        };
        Some(KeyFault { name, path: self.files.get(&name).cloned().unwrap_or_default(), what })
    }

    fn outstanding(&self, unit: &mut Read<'_>) -> Result<Outstanding, KeyringError> {
        let on_record = on_record(unit)?;
        // Whoever has keys on record gets one that it never had, such as after SM2 was switched on.
        let mut may_make = || match on_record.is_empty() {
            true => Ok::<_, StorageError>(!store::has_users(unit)? && journal::signed_size(unit)? == 0),
            false => Ok(true),
        };
        let mut outstanding = Outstanding::default();
        for name in self.files.keys().copied() {
            let rows = on_record.get(&name).map(Vec::as_slice).unwrap_or_default();
            let found = match self.print(name) {
                Ok(found) => found,
                Err(error) => {
                    outstanding.faults.push(self.unusable(name, &error));
                    continue;
                }
            };
            if rows.is_empty() {
                if found.is_some() {
                    outstanding.to_record.push(name);
                    continue;
                }
                if may_make()? {
                    outstanding.to_make.push(name);
                    continue;
                }
            }
            outstanding.faults.extend(self.fault(name, found.as_ref(), rows));
        }
        Ok(outstanding)
    }

    /// Finds the keys to fit a registry, before it is served. In a registry in which nothing was done yet, keys that are missing are
    /// made; what is not on record yet is recorded.
    ///
    /// # Errors
    /// [`KeyringError::Unfit`] if a key is missing or is another one; then nothing was made or recorded.
    pub fn settled(mut self, storage: &Storage) -> Result<Self, KeyringError> {
        let folder = &self.folder;
        if folder.exists() {
            files::private_folder(folder)
                .map_err(|source| KeyError::File { path: folder.clone(), source })?;
        }
        let outstanding = storage.read_now(|unit| self.outstanding(unit))?;
        if !outstanding.faults.is_empty() {
            return Err(KeyringError::Unfit(outstanding.faults));
        }
        if !outstanding.to_make.is_empty() || !outstanding.to_record.is_empty() {
            storage.write_now(|unit| self.make_and_record(unit))?;
        }
        for name in self.files.keys().copied() {
            if let Some(print) = self.print(name)? {
                self.used.insert(name, print.fingerprint);
            }
        }
        Ok(self)
    }

    fn make_and_record(&self, unit: &mut Write<'_>) -> Result<(), KeyringError> {
        // Of several servers that start at once, one makes the keys.
        lock(unit, &Locked::Name(LOCK))?;
        let Outstanding { faults, to_make, to_record } = self.outstanding(unit)?;
        if !faults.is_empty() {
            return Err(KeyringError::Unfit(faults));
        }
        self.make(to_make.iter().copied())?;
        self.record(unit, &[to_make, to_record].concat(), None)
    }

    /// Records keys that were renewed. The lock of the unit comes before its changes.
    pub fn record_renewed(&self, unit: &mut Write<'_>, names: &[KeyName]) -> Result<(), KeyringError> {
        lock(unit, &Locked::Name(LOCK))?;
        self.record(unit, names, None)
    }

    /// Records a key in the place of another one, and why.
    pub fn record_replaced(
        &self,
        unit: &mut Write<'_>,
        name: KeyName,
        reason: &str,
    ) -> Result<(), KeyringError> {
        lock(unit, &Locked::Name(LOCK))?;
        self.record(unit, &[name], Some(reason))
    }

    /// Records those of some keys that are not the last on record.
    fn record(
        &self,
        unit: &mut Write<'_>,
        names: &[KeyName],
        reason: Option<&str>,
    ) -> Result<(), KeyringError> {
        let on_record = on_record(unit)?;
        let (mut rows, mut named, mut former) = (Vec::new(), Vec::new(), None);
        for name in names {
            let last = on_record.get(name).and_then(|it| it.last());
            let print =
                self.print(*name)?.filter(|it| last.is_none_or(|last| last.fingerprint != it.fingerprint));
            let Some(KeyPrint { fingerprint, public }) = print else { continue };
            former = last.map(|it| it.fingerprint.as_str());
            named.push(*name);
            rows.push(NewKeyRow {
                name: name.code(),
                number: last.map_or(1, |it| it.number.saturating_add(1)),
                fingerprint,
                public_key: public.map(|it| URL_SAFE_NO_PAD.encode(it)),
                reason: reason.map(str::to_owned),
                recorded_at: unit.timestamp(),
            });
        }
        if rows.is_empty() {
            unit.is_so_already();
            return Ok(());
        }
        store::insert_keys(unit, &rows)?;
        let mut keys = rows.iter().zip(named).map(|(it, name)| RecordedKey {
            name,
            number: it.number,
            fingerprint: &it.fingerprint,
            public_key: it.public_key.as_deref(),
        });
        let actor = Actor::default();
        match reason {
            Some(reason) => {
                if let Some(key) = keys.next() {
                    let facts = ReplacedKey { key, former_fingerprint: former, reason };
                    journal::append(unit, &actor, &Record::new(REPLACED, None, &[], &facts))?;
                }
            }
            None => {
                let facts = RecordedKeys { keys: keys.collect() };
                journal::append(unit, &actor, &Record::new(RECORDED, None, &[], &facts))?;
            }
        }
        Ok(())
    }

    /// The keys that do not fit what is on record: those in the folder now, and those that this server started with.
    pub fn faults(&self, unit: &mut Read<'_>) -> Result<Vec<KeyFault>, StorageError> {
        let on_record = on_record(unit)?;
        let mut faults = Vec::new();
        for (name, path) in &self.files {
            let Some(rows) = on_record.get(name) else { continue };
            let fault = match self.print(*name) {
                Ok(found) => self.fault(*name, found.as_ref(), rows),
                Err(error) => Some(self.unusable(*name, &error)),
            };
            let last = rows.last().map(|it| &it.fingerprint);
            let is_outdated = self.used.get(name).is_some_and(|it| Some(it) != last);
            let outdated = || KeyFault { name: *name, path: path.clone(), what: Unfit::Outdated };
            faults.extend(fault.or_else(|| is_outdated.then(outdated)));
        }
        Ok(faults)
    }

    /// The keys whose files are missing or cannot be used, whatever is on record.
    pub fn lacking(&self) -> Vec<KeyFault> {
        let lacking = |name: KeyName| match self.print(name) {
            Ok(found) => found.is_none().then(|| self.fault(name, None, &[])).flatten(),
            Err(error) => Some(self.unusable(name, &error)),
        };
        self.files.keys().copied().filter_map(lacking).collect()
    }

    /// Whether a key is lost or was exchanged, before another one is recorded in its place: one that is missing is made. Returns the
    /// public halves of those on record.
    ///
    /// # Errors
    /// The key is not in use, or fits.
    pub fn replace(&self, unit: &mut Read<'_>, name: KeyName) -> Result<FormerKeys, KeyringError> {
        let on_record = on_record(unit)?;
        let rows = on_record.get(&name).map(Vec::as_slice).unwrap_or_default();
        if !self.files.contains_key(&name) {
            return Err(KeyringError::NotUsed(name));
        }
        let found = self.print(name)?;
        match (&found, rows.last()) {
            (Some(_), None) => return Err(KeyringError::NotOnRecord(name)),
            (Some(found), Some(last)) if found.fingerprint == last.fingerprint => {
                return Err(KeyringError::Fits(name));
            }
            _ => {}
        }
        self.make([name])?;
        let current = self.print(name)?.and_then(|it| it.public);
        let public = rows.iter().filter_map(|it| URL_SAFE_NO_PAD.decode(it.public_key.as_deref()?).ok());
        Ok(public.filter(|it| Some(it) != current.as_ref()).collect())
    }

    /// Remembers keys that signed certificates, so that what they signed is accepted.
    pub fn remember_certificate_keys(&self, name: KeyName, former: &[Vec<u8>]) -> Result<(), KeyError> {
        match name {
            KeyName::CertificatesSm2 => remember_certificate_keys(&self.folder, &[], former),
            _ => remember_certificate_keys(&self.folder, former, &[]),
        }
    }
}

/// What whoever records keys locks.
const LOCK: &str = "registry_keys";
