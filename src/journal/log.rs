//! The log from the point of view of its own registry: its name, its signing keys, its witnesses, and what was signed last.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use signed_note::{Note, Signer};
use sm2::dsa::signature::Signer as _;
use tlog_tiles::{Checkpoint, Hash};

use crate::{
    journal::{
        bundle::{FormerKey, LogNames, NotAKey},
        notes::{self, Before, ED25519_NOTE, Head, SM2_NOTE, SM2_SIGNER_ID, VerifierKey},
        succession::Succession,
    },
    storage::files,
};

/// The keys that sign checkpoints: Ed25519, and also SM2 if configured.
pub struct LogKeys {
    ed25519: Ed25519KeyPair,
    sm2: Option<sm2::dsa::SigningKey>,
}

impl LogKeys {
    /// The keys of a log from an Ed25519 key (PKCS #8) and an SM2 secret; `None` if either is not valid.
    pub fn new(ed25519: &[u8], sm2: Option<&[u8]>) -> Option<Self> {
        let sm2 = match sm2 {
            Some(secret) => Some(sm2::dsa::SigningKey::from_slice(SM2_SIGNER_ID, secret).ok()?),
            None => None,
        };
        Some(Self { ed25519: Ed25519KeyPair::from_pkcs8(ed25519).ok()?, sm2 })
    }

    /// The name of the log if none is configured: derived from the key, so that no two logs share it by accident.
    fn default_origin(&self) -> String {
        let hash = hex::encode(digest(&SHA256, self.ed25519.public_key().as_ref()));
        format!("sanquan/{}", hash.get(..16).unwrap_or(&hash))
    }

    /// The public keys, as encoded in verifier keys.
    fn encoded(&self) -> Vec<Vec<u8>> {
        let ed25519 = [&[ED25519_NOTE], self.ed25519.public_key().as_ref()].concat();
        let sm2 = self.sm2.as_ref().map(|it| [SM2_NOTE, &it.verifying_key().to_sec1_bytes()].concat());
        std::iter::once(ed25519).chain(sm2).collect()
    }
}

/// Signs notes with one of the keys.
struct NoteSigner<'k> {
    key: &'k VerifierKey,
    keys: &'k LogKeys,
    by_sm2: bool,
}

impl Signer for NoteSigner<'_> {
    fn name(&self) -> &str {
        signed_note::Verifier::name(self.key)
    }

    fn key_id(&self) -> u32 {
        signed_note::Verifier::key_id(self.key)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        match &self.keys.sm2 {
            Some(sm2) if self.by_sm2 => {
                let signed = sm2.try_sign(message).map_err(|_| signature::Error::new())?;
                Ok(signed.to_bytes().to_vec())
            }
            _ => Ok(self.keys.ed25519.sign(message).as_ref().to_vec()),
        }
    }
}

/// Why a log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The name of the log is not allowed in a note.
    #[error("journal.origin must be a name without spaces or plus signs: {0}")]
    Origin(String),
    /// A former key cannot be read.
    #[error("{}, among the former keys of the journal, is not a verifier key", .0.0)]
    Former(#[from] NotAKey),
    /// The key of a witness cannot be read, or is not one for cosignatures.
    #[error("journal.witnesses: {0} is not the verifier key of a witness (name+hash+key, algorithm 4)")]
    Witness(String),
}

/// Whether a log can have a name (empty for one that follows from its key) and witnesses.
pub fn check_names(origin: &str, witnesses: &[String]) -> Result<(), LogError> {
    let encoded = [&[ED25519_NOTE][..], &[0; 32]].concat();
    if !origin.is_empty() && VerifierKey::new(origin, encoded).is_err() {
        return Err(LogError::Origin(origin.to_owned()));
    }
    parsed_witnesses(witnesses).map(drop)
}

fn parsed_witnesses(witnesses: &[String]) -> Result<Vec<VerifierKey>, LogError> {
    let witness = |text: &String| match text.parse::<VerifierKey>() {
        Ok(key) if key.is_witness() => Ok(key),
        _ => Err(LogError::Witness(text.clone())),
    };
    witnesses.iter().map(witness).collect()
}

/// The log: everything needed to sign it and to check its witnesses.
pub struct Log {
    origin: String,
    keys: LogKeys,
    /// The keys that sign, followed by those that signed before.
    verifiers: Vec<VerifierKey>,
    /// How many of them sign.
    signing: usize,
    succession: Succession,
    witnesses: Vec<VerifierKey>,
    pub(super) last_signed: LastSigned,
    refused: AtomicBool,
    /// The last head that passed all checks, so that an idle journal is not checked again every second.
    settled: Mutex<Option<Head>>,
    /// A tree of which no acknowledgement was found among the entries before an index.
    searched: Mutex<Option<(Head, u64)>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log({})", self.origin)
    }
}

impl Log {
    /// A log with its current keys and those before them. If `origin` is empty, the log keeps the name it has, or gets one
    /// derived from its first keys. `last_signed` is the file that records what was signed last.
    pub fn new(
        keys: LogKeys,
        succession: Succession,
        origin: &str,
        witnesses: &[String],
        last_signed: PathBuf,
    ) -> Result<Self, LogError> {
        let witnesses = parsed_witnesses(witnesses)?;
        let origin = match (origin, succession.origin.as_str()) {
            ("", "") => keys.default_origin(),
            ("", kept) => kept.to_owned(),
            (set, _) => set.to_owned(),
        };
        Self::of(keys, succession, origin, witnesses, last_signed)
    }

    fn of(
        keys: LogKeys,
        succession: Succession,
        origin: String,
        witnesses: Vec<VerifierKey>,
        last_signed: PathBuf,
    ) -> Result<Self, LogError> {
        let named = keys.encoded().into_iter().map(|it| VerifierKey::new(&origin, it));
        let mut verifiers: Vec<_> =
            named.collect::<Result<_, _>>().map_err(|_| LogError::Origin(origin.clone()))?;
        let signing = verifiers.len();
        for former in &succession.former {
            verifiers.push(former.verifier()?);
        }
        Ok(Self {
            origin,
            keys,
            verifiers,
            signing,
            succession,
            witnesses,
            last_signed: LastSigned(last_signed),
            refused: AtomicBool::new(false),
            settled: Mutex::new(None),
            searched: Mutex::new(None),
        })
    }

    /// The same log with new keys in place of the current ones.
    pub(super) fn followed_by(&self, keys: LogKeys) -> Result<Self, LogError> {
        let (origin, witnesses) = (self.origin.clone(), self.witnesses.clone());
        Self::of(keys, self.succession_at(u64::MAX), origin, witnesses, self.last_signed.0.clone())
    }

    /// The succession to record once new keys have taken over with a tree of the given size.
    pub(super) fn succession_at(&self, size: u64) -> Succession {
        let kept = &self.succession;
        let now = self.own().iter().map(|key| FormerKey {
            key: key.to_string(),
            from: kept.from,
            until: size,
            disbelieved_from: None,
        });
        Succession {
            generation: kept.generation.saturating_add(1),
            origin: self.origin.clone(),
            from: size,
            former: now.chain(kept.former.iter().cloned()).collect(),
        }
    }

    /// Which keys followed which.
    pub const fn succession(&self) -> &Succession {
        &self.succession
    }

    /// The keys that sign.
    pub(super) fn own(&self) -> &[VerifierKey] {
        self.verifiers.get(..self.signing).unwrap_or_default()
    }

    /// The name of the log: the first line of its checkpoints.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys that verify its checkpoints: those that sign, followed by those that signed before.
    pub fn verifiers(&self) -> &[VerifierKey] {
        &self.verifiers
    }

    /// The keys of those who may witness it.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// The public description of the log: its name and its keys.
    pub fn names(&self) -> LogNames {
        let texts = |keys: &[VerifierKey]| keys.iter().map(ToString::to_string).collect();
        LogNames {
            origin: self.origin.clone(),
            keys: texts(self.own()),
            from: self.succession.from,
            former: self.succession.former.clone(),
            witnesses: texts(&self.witnesses),
        }
    }

    /// The other name under which the keys of this log signed a checkpoint: it is one of theirs, and the log is called otherwise now.
    /// `None` if it is not that.
    pub fn former_name(&self, note: &str) -> Option<String> {
        let (of, _) = notes::head(note).ok().filter(|it| it.0 != self.origin)?;
        let own = self.keys.encoded().into_iter().map(|it| VerifierKey::new(&of, it));
        let own: Vec<_> = own.collect::<Result<_, _>>().ok()?;
        notes::verified(note, &of, &own).is_ok().then_some(of)
    }

    /// Whether signing is refused, because the journal does not continue what was signed before.
    pub fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Records whether signing is refused; returns whether that changed.
    pub(super) fn note_refusal(&self, refused: bool) -> bool {
        self.refused.swap(refused, Ordering::Relaxed) != refused
    }

    pub(super) fn settled(&self) -> Option<Head> {
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settle(&self, head: Option<Head>) {
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }

    /// The index from which on an acknowledgement of the loss of a tree is yet to be looked for.
    pub(super) fn searched_for_loss(&self, lost: Head) -> u64 {
        let searched = *self.searched.lock().unwrap_or_else(PoisonError::into_inner);
        searched.filter(|it| it.0 == lost).map_or(0, |it| it.1)
    }

    /// Notes that no entry before an index acknowledges the loss of a tree.
    pub(super) fn note_search_for_loss(&self, lost: Head, before: u64) {
        *self.searched.lock().unwrap_or_else(PoisonError::into_inner) = Some((lost, before));
    }

    /// Signs a checkpoint that states which ones precede it; `None` only if a key cannot sign.
    pub(super) fn signed(&self, head: Head, before: &Before) -> Option<String> {
        self.note(&Checkpoint::new(&self.origin, head.size, head.root, &before.line()).ok()?.to_bytes())
    }

    /// Signs a text, which ends with a line feed, with all keys that sign; `None` only if a key cannot sign.
    pub(super) fn note(&self, text: &[u8]) -> Option<String> {
        let signers: Vec<NoteSigner<'_>> = self
            .own()
            .iter()
            .enumerate()
            .map(|(place, key)| NoteSigner { key, keys: &self.keys, by_sm2: place > 0 })
            .collect();
        let signers: Vec<&dyn Signer> = signers.iter().map(|it| -> &dyn Signer { it }).collect();
        let mut note = Note::new(text, &[]).ok()?;
        note.add_sigs(&signers).ok()?;
        String::from_utf8(note.to_bytes()).ok()
    }
}

/// The file beside the keys that records the size and root that were signed last. It is written before a checkpoint is
/// published, so that a restored older database is noticed.
#[derive(Debug)]
pub(super) struct LastSigned(PathBuf);

impl LastSigned {
    /// What was signed last; `None` if nothing was.
    pub(super) fn read(&self) -> io::Result<Option<Head>> {
        read_head(&self.0)
    }

    /// Records a head; it is on disk before this returns.
    pub(super) fn write(&self, head: Head) -> io::Result<()> {
        write_head(&self.0, head)
    }
}

/// Writes the file of what was signed last; it is on disk before this returns.
pub fn write_head(path: &Path, head: Head) -> io::Result<()> {
    files::replace(path, format!("{}\n{}\n", head.size, head.root).as_bytes())
}

/// The head that the file of what was signed last records; `None` if there is no such file.
pub fn read_head(path: &Path) -> io::Result<Option<Head>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if is_damage(&error) => return Err(damaged(path)),
        Err(error) => {
            return Err(io::Error::new(error.kind(), format!("{} cannot be read: {error}", path.display())));
        }
        Ok(text) => text,
    };
    let parsed = || {
        let (size, root) = text.trim_end().split_once('\n')?;
        Some(Head { size: size.parse().ok()?, root: Hash::parse_hash(root).ok()? })
    };
    parsed().map(Some).ok_or_else(|| damaged(path))
}

/// Whether a file cannot be read because of what it holds.
pub fn is_damage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// The file of what was signed last holds something else.
fn damaged(path: &Path) -> io::Error {
    let told = format!(
        "{path} is damaged: it holds no size and root of a tree. Check with `sanquan verify --checkpoint FILE` that the journal continues a \
         checkpoint that was kept elsewhere, then move the file away: the registry writes it anew.\n{path} 已损坏，其中没有日志的条目数和根散列值。\
         请先用 `sanquan verify --checkpoint 文件` 核对日志与他处留存的检查点是否衔接，再将该文件移走，登记系统会重新写入。",
        path = path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, told)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;

    use super::*;
    use crate::journal::notes::{NoteFault, cosigned, cosigner, verified};

    fn keys(sm2: bool) -> LogKeys {
        let made = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        // The private key of the example of GB/T 32918.5.
        let secret = hex::decode("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8").unwrap();
        LogKeys::new(made.as_ref(), sm2.then_some(secret.as_slice())).unwrap()
    }

    fn log(sm2: bool) -> Log {
        Log::new(keys(sm2), Succession::default(), "", &[], PathBuf::new()).unwrap()
    }

    #[test]
    fn a_checkpoint_is_signed_by_every_key_and_verifies() {
        let head = Head { size: 5, root: Hash([7; 32]) };
        for (sm2, signatures) in [(false, 1), (true, 2)] {
            let log = log(sm2);
            let note = log.signed(head, &Before::default()).unwrap();

            assert_eq!(note.matches('\u{2014}').count(), signatures);
            assert_eq!(verified(&note, log.origin(), log.verifiers()), Ok(head));
            for key in log.verifiers() {
                assert_eq!(verified(&note, log.origin(), std::slice::from_ref(key)), Ok(head), "{key}");
            }
            let larger = note.replacen("\n5\n", "\n6\n", 1);
            assert_eq!(verified(&larger, log.origin(), log.verifiers()), Err(NoteFault::Signature));
            assert_eq!(verified(&note, "another", log.verifiers()), Err(NoteFault::OtherOrigin));
            assert_eq!(
                verified(&note, log.origin(), super::tests::log(sm2).verifiers()),
                Err(NoteFault::Signature)
            );
        }
    }

    #[test]
    fn the_standards_example_key_has_the_standards_public_key() {
        let log = log(true);
        let point = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                     ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
        let wanted =
            VerifierKey::new(log.origin(), [SM2_NOTE, &hex::decode(point).unwrap()].concat()).unwrap();
        assert_eq!(log.verifiers()[1].to_string(), wanted.to_string());
    }

    #[test]
    fn a_witness_cosigns_and_cannot_stand_in_for_the_log() {
        let log = log(false);
        let note = log.signed(Head { size: 5, root: Hash([7; 32]) }, &Before::default()).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let witness = VerifierKey::new("w.example", [&[4], pair.public_key().as_ref()].concat()).unwrap();
        let text = note.split_once("\n\n").unwrap().0.to_owned() + "\n";
        let time = 1_700_000_000_u64;
        let signature = [&time.to_be_bytes(), pair.sign(&cosigned(time, text.as_bytes())).as_ref()].concat();
        let id = signed_note::Verifier::key_id(&witness);
        let line = signed_note::Signature::new("w.example".to_owned(), id, signature).unwrap().to_bytes();
        let line = String::from_utf8(line).unwrap();

        let known = [witness];
        assert!(cosigner(&note, line.trim_end(), &known).is_some());
        assert!(cosigner(&note.replacen("\n5\n", "\n6\n", 1), line.trim_end(), &known).is_none());
        assert!(cosigner(&note, line.trim_end(), &[]).is_none());
        assert_eq!(verified(&(note + &line), log.origin(), &known), Err(NoteFault::Signature));
        assert!(
            Log::new(keys(false), Succession::default(), "", &[known[0].to_string()], PathBuf::new()).is_ok()
        );
        assert!(matches!(
            Log::new(
                keys(false),
                Succession::default(),
                "",
                &[log.verifiers()[0].to_string()],
                PathBuf::new()
            ),
            Err(LogError::Witness(_))
        ));
        assert!(matches!(
            Log::new(keys(false), Succession::default(), "a b", &[], PathBuf::new()),
            Err(LogError::Origin(_))
        ));
    }

    #[test]
    fn a_former_key_is_believed_for_the_trees_of_its_time() {
        let old = log(true);
        let followed = |disbelieved_from| {
            let mut kept = old.succession_at(9);
            kept.former.iter_mut().for_each(|it| it.disbelieved_from = disbelieved_from);
            Log::new(keys(false), kept, "", &[], PathBuf::new()).unwrap()
        };
        let check = |log: &Log, size| {
            let note = old.signed(Head { size, root: Hash([7; 32]) }, &Before::default()).unwrap();
            verified(&note, log.origin(), &log.names().verifiers().unwrap()).map(|it| it.size)
        };

        let next = followed(None);
        assert_eq!((next.origin(), next.verifiers().len()), (old.origin(), 3));
        assert_eq!((check(&next, 8), check(&next, 9)), (Ok(8), Err(NoteFault::Disbelieved)));
        let stolen = followed(Some(4));
        assert_eq!((check(&stolen, 3), check(&stolen, 4)), (Ok(3), Err(NoteFault::Disbelieved)));
        assert_eq!(check(&followed(Some(20)), 9), Err(NoteFault::Disbelieved));
        assert_eq!(next.succession_at(12).former.iter().map(|it| it.until).collect::<Vec<_>>(), [12, 9, 9]);
    }

    #[test]
    fn the_last_head_signed_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = LastSigned(folder.path().join("journal-last-signed"));
        let head = Head { size: 12, root: Hash([3; 32]) };
        assert_eq!(file.read().unwrap(), None);

        file.write(head).unwrap();

        assert_eq!(file.read().unwrap(), Some(head));
        fs::write(folder.path().join("journal-last-signed"), "12").unwrap();
        assert!(file.read().is_err());
    }
}
