//! The succession of the log's keys, and how new ones replace old ones.
//!
//! The log keeps its name; a new key under the same name has another id (C2SP `signed-note`). The old keys sign once more, for
//! a tree that contains the entry announcing the new ones; the new ones sign the next checkpoint, which continues that one. A
//! former key remains trusted for the trees that it signed, until it is declared to have been in other hands.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    journal::{
        Action, Actor, Log, LogError, LogKeys, Record, Signing, append,
        bundle::FormerKey,
        notes::{self, ED25519_NOTE, SM2_NOTE, VerifierKey},
        sealing::seal_all,
        sign_next, store,
    },
    storage::{Storage, StorageError, Write},
};

const ANNOUNCED: Action = Action::named("journal_keys_announced");
const RENEWED: Action = Action::named("journal_keys_renewed");
const DISBELIEVED: Action = Action::named("journal_key_disbelieved");

/// How long to wait while another server is sealing or signing.
const PAUSE: Duration = Duration::from_millis(20);

/// How often the new keys attempt to be the first to sign.
const TRIES: usize = 5;

/// What the file beside the keys records: which keys are in use, and which were before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// The generation of the keys in use; 1 for the first, whose files have no number in their names.
    pub generation: u32,
    /// The name of the log; empty while it is derived from the first keys.
    pub origin: String,
    /// The size of the first tree that the keys in use signed; 0 for the first keys.
    pub from: u64,
    /// The keys that no longer sign, newest first.
    pub former: Vec<FormerKey>,
}

impl Default for Succession {
    fn default() -> Self {
        Self { generation: 1, origin: String::new(), from: 0, former: Vec::new() }
    }
}

/// Why keys were not replaced, or a key was not disbelieved.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    /// The old keys do not sign: the journal does not continue what was signed before.
    #[error(
        "the journal does not continue what was signed before, so its keys stay as they are: run `sanquan verify`"
    )]
    Refused,
    /// Another server keeps signing with the old keys.
    #[error("another server is signing with the old keys: stop it, and try again")]
    OtherServer,
    /// The last checkpoint was signed by a key that nobody named.
    #[error(
        "the key that signed the last checkpoint is not on record, so nothing can follow it: name it with --former-key, as it stands in keys.json \
         of an export or in an answer of GET /v1/journal/keys that somebody kept"
    )]
    NotKnown,
    /// No former key goes by that name.
    #[error("{0} is not a former key of the journal; a key that is in use must be replaced first")]
    NotFormer(String),
    /// The key signed no tree of that size or more.
    #[error("that key signed no tree of {0} entries or more")]
    NeverSigned(u64),
    /// The log cannot be set up with the new keys.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl SuccessionError {
    /// Whether nothing was done yet, so that new keys signed nothing.
    pub const fn is_before_anything(&self) -> bool {
        matches!(self, Self::NotKnown | Self::Log(_))
    }
}

#[derive(Serialize)]
struct Announced<'a> {
    origin: &'a str,
    keys: Vec<String>,
}

#[derive(Serialize)]
struct Renewed {
    keys: Vec<String>,
    former_keys: Vec<String>,
}

#[derive(Serialize)]
struct Disbelieved<'a> {
    key: &'a str,
    from_tree_size: u64,
}

/// Replaces the keys of a log, and returns the succession to record. If it is interrupted, it can simply be run again with the
/// same new keys.
pub async fn renew(storage: &Storage, log: &Arc<Log>, keys: LogKeys) -> Result<Succession, SuccessionError> {
    let next = Arc::new(log.followed_by(keys)?);
    if let Some(from) = first_signed(storage, &next).await? {
        return Ok(log.succession_at(from));
    }
    announce(storage, &next).await?;
    if settle(storage, log).await? == Signing::Refused {
        return Err(SuccessionError::Refused);
    }
    for _ in 0..TRIES {
        take_over(storage, &next).await?;
        match settle(storage, &next).await? {
            Signing::Signed(from) => return Ok(log.succession_at(from)),
            Signing::Refused => return Err(SuccessionError::Refused),
            // A server that still has the old keys was faster.
            Signing::UpToDate | Signing::NotOurTurn => {}
        }
    }
    Err(SuccessionError::OtherServer)
}

/// Keys that signed the journal and are lost or were exchanged, so that they cannot sign once more for those that follow them.
#[derive(Debug)]
pub struct LostKeys {
    /// Their public halves as far as they are on record: 32 bytes for Ed25519, a point of the curve for SM2.
    pub recorded: Vec<Vec<u8>>,
    /// Those that are known from elsewhere, as texts.
    pub known: Vec<String>,
}

/// Has the keys that are there now sign the journal in the place of lost ones, and returns the succession to record: what the lost
/// ones signed stays verifiable. `origin` is the name of the log that is set, if any. Without `keys` only the second key, that of
/// SM2, is another one, and nothing needs to be signed.
///
/// If it is interrupted, it can simply be run again.
///
/// # Errors
/// [`SuccessionError::Refused`] if the journal does not go on from what was signed, [`SuccessionError::NotKnown`] if
/// nobody knows the lost key that signed it last.
pub async fn replace_lost(
    storage: &Storage,
    kept: Succession,
    keys: Option<LogKeys>,
    lost: &LostKeys,
    origin: &str,
    last_signed: PathBuf,
) -> Result<Succession, SuccessionError> {
    let last = storage.snapshot::<_, StorageError, _>(|unit| store::checkpoint(unit, None)).await?;
    // What nobody signed needs nobody to follow.
    let Some((signed_size, note)) = last else { return Ok(kept) };
    let of_note = notes::head(&note).map(|it| it.0).unwrap_or_default();
    let origin = [origin, &kept.origin, &of_note].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let recorded = lost.recorded.iter().map(|public| VerifierKey::new(origin, encoded(public)));
    let recorded = recorded.map(|it| it.map_err(|_| LogError::Origin(origin.to_owned())));
    let mut former: Vec<String> =
        recorded.map(|it| it.map(|key| key.to_string())).collect::<Result<_, _>>()?;
    former.extend(lost.known.iter().cloned());
    former.retain(|key| kept.former.iter().all(|it| it.key != *key));
    let succession = |from: u64, until: u64| Succession {
        generation: kept.generation,
        origin: origin.to_owned(),
        from,
        former: former
            .iter()
            .rev()
            .map(|key| FormerKey { key: key.clone(), from: kept.from, until, disbelieved_from: None })
            .chain(kept.former.iter().cloned())
            .collect(),
    };
    let Some(keys) = keys else {
        return Ok(succession(kept.from, store::natural(signed_size)?.saturating_add(1)));
    };
    let log = Arc::new(Log::new(keys, succession(u64::MAX, u64::MAX), origin, &[], last_signed)?);
    if let Ok(head) = notes::verified(&note, log.origin(), log.own().get(..1).unwrap_or_default()) {
        return Ok(succession(head.size, head.size));
    }
    if notes::verified(&note, log.origin(), log.verifiers()).is_err() {
        return Err(SuccessionError::NotKnown);
    }
    for _ in 0..TRIES {
        take_over(storage, &log).await?;
        match settle(storage, &log).await? {
            Signing::Signed(from) => return Ok(succession(from, from)),
            Signing::Refused => return Err(SuccessionError::Refused),
            // A server that still has the old keys was faster.
            Signing::UpToDate | Signing::NotOurTurn => {}
        }
    }
    Err(SuccessionError::OtherServer)
}

/// A public key as verifier keys encode it.
fn encoded(public: &[u8]) -> Vec<u8> {
    if public.len() == 32 { [&[ED25519_NOTE], public].concat() } else { [SM2_NOTE, public].concat() }
}

/// The size of the last checkpoint if the new keys signed it already, because a renewal was interrupted before it was recorded.
async fn first_signed(storage: &Storage, next: &Arc<Log>) -> Result<Option<u64>, StorageError> {
    let next = Arc::clone(next);
    storage
        .snapshot(move |unit| {
            let last = store::checkpoint(unit, None)?.map(|it| it.1).unwrap_or_default();
            let signed = notes::verified(&last, next.origin(), next.own());
            Ok::<_, StorageError>(signed.ok().map(|it| it.size))
        })
        .await
}

async fn announce(storage: &Storage, next: &Arc<Log>) -> Result<(), StorageError> {
    let next = Arc::clone(next);
    let command = move |unit: &mut Write<'_>| {
        append_own(unit, ANNOUNCED, &Announced { origin: next.origin(), keys: texts(next.own()) })
    };
    storage.write(command).await
}

async fn take_over(storage: &Storage, next: &Arc<Log>) -> Result<(), StorageError> {
    let next = Arc::clone(next);
    let command = move |unit: &mut Write<'_>| {
        let former_keys = texts(next.verifiers()).split_off(next.own().len());
        append_own(unit, RENEWED, &Renewed { keys: texts(next.own()), former_keys })
    };
    storage.write(command).await
}

fn texts(keys: &[VerifierKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

/// Appends an entry that concerns no region, on behalf of the registry itself.
pub(super) fn append_own(
    unit: &mut Write<'_>,
    action: Action,
    facts: &impl Serialize,
) -> Result<(), StorageError> {
    append(unit, &Actor::default(), &Record::new(action, None, &[], facts)).map(drop)
}

/// Seals all waiting entries and signs them, waiting for other servers as long as it takes.
pub(super) async fn settle(storage: &Storage, log: &Arc<Log>) -> Result<Signing, StorageError> {
    storage.upkeep(seal_all).await?;
    loop {
        let log = Arc::clone(log);
        match storage.upkeep(move |unit| sign_next(unit, &log)).await? {
            Signing::NotOurTurn => tokio::time::sleep(PAUSE).await,
            outcome => return Ok(outcome),
        }
    }
}

/// Declares that a former key, named by its text or its hash, is not trusted for trees of a size or more, because it was in
/// other hands by then. Returns the succession to record.
pub async fn disbelieve(
    storage: &Storage,
    mut succession: Succession,
    key: &str,
    from: u64,
) -> Result<Succession, SuccessionError> {
    let named = |it: &&mut FormerKey| it.key == key || it.key.split('+').nth(1) == Some(key);
    let former = succession.former.iter_mut().find(named);
    let former = former.ok_or_else(|| SuccessionError::NotFormer(key.to_owned()))?;
    if from >= former.until {
        return Err(SuccessionError::NeverSigned(from));
    }
    former.disbelieved_from = Some(former.disbelieved_from.map_or(from, |it| it.min(from)));
    let key = former.key.clone();
    let command = move |unit: &mut Write<'_>| {
        append_own(unit, DISBELIEVED, &Disbelieved { key: &key, from_tree_size: from })
    };
    storage.write::<_, StorageError, _>(command).await?;
    Ok(succession)
}
