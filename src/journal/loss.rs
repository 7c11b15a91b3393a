//! Losses of entries that were signed for: how an administrator acknowledges one, so that signing goes on.
//!
//! After a lawful restore of an older backup the journal ends before a tree that was signed, and nothing more is signed. The
//! acknowledgement is an entry like any other: it names the tree that is lost, and states so once more in a note that the keys of
//! the log sign, so that nobody who has only the database can make one. It excuses that one tree and no other. What was
//! signed and is still stored with the journal is never excused, and whoever holds a checkpoint of what was lost still finds
//! that the journal does not go on from it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tlog_tiles::Hash;

use crate::{
    journal::{
        Action, Log, Signing,
        notes::{self, Head, NoteFault, VerifierKey},
        sealing::seal_all,
        store::{self, natural},
        succession::{append_own, settle},
        tree::{self, TreeError},
    },
    storage::{Read, Storage, StorageError, Write, failure},
};

/// An administrator acknowledged that the journal does not go on from a tree that was signed.
pub const ACKNOWLEDGED: Action = Action::named("journal_loss_acknowledged");

/// The second line of the signed note. No checkpoint has such a one: theirs is a number.
const STATEMENT: &str = "sanquan/loss-acknowledged/v1";

/// What the entry says, and what the note in it says again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// The tree that was signed, and which the journal does not go on from.
    pub lost: Head,
    /// The last tree that was signed and which it does go on from, if that is smaller. Entries after it may be lost.
    pub kept: Option<Head>,
}

/// An acknowledgement in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Acknowledged {
    /// The index of the entry.
    pub index: u64,
    /// What it says.
    pub loss: Loss,
}

/// An entry that looks like an acknowledgement: its index, and what it says if a key of the log signed it.
pub type Found = (u64, Result<Acknowledged, NoteFault>);

#[derive(Serialize, Deserialize)]
struct TreeFacts {
    tree_size: u64,
    root: String,
}

impl TreeFacts {
    fn of(head: Head) -> Self {
        Self { tree_size: head.size, root: head.root.to_string() }
    }

    fn head(&self) -> Option<Head> {
        Some(Head { size: self.tree_size, root: Hash::parse_hash(&self.root).ok()? })
    }
}

#[derive(Serialize, Deserialize)]
struct Facts {
    lost: TreeFacts,
    kept: Option<TreeFacts>,
    statement: String,
}

impl Loss {
    /// The text that is signed.
    fn statement(&self, origin: &str) -> String {
        let lines = |it: Head| format!("{}\n{}\n", it.size, it.root);
        let kept = self.kept.map(lines).unwrap_or_default();
        format!("{origin}\n{STATEMENT}\n{}{kept}", lines(self.lost))
    }

    /// Reads the facts of an entry at an index, and checks that a key of the log signed what they say.
    ///
    /// # Errors
    /// [`NoteFault::Malformed`] if the note says something else than the facts.
    fn read(facts: &str, index: u64, origin: &str, keys: &[VerifierKey]) -> Result<Self, NoteFault> {
        let facts: Facts = serde_json::from_str(facts).map_err(|_| NoteFault::Malformed)?;
        let head = |it: &TreeFacts| it.head().ok_or(NoteFault::Malformed);
        let loss = Self { lost: head(&facts.lost)?, kept: facts.kept.as_ref().map(head).transpose()? };
        let text = notes::signed_text(&facts.statement, keys, index)?;
        if text == loss.statement(origin) { Ok(loss) } else { Err(NoteFault::Malformed) }
    }

    /// Whether a tree is the one that is lost.
    pub fn names(&self, head: Head) -> bool {
        self.lost == head
    }

    /// Whether a tree lies between what is kept and what is lost.
    pub fn covers(&self, head: Head) -> bool {
        self.kept.is_some_and(|it| it.size < head.size) && head.size < self.lost.size
    }
}

/// What the facts of an acknowledgement at an index say, if a key of the log signed it.
pub fn acknowledgement(
    index: u64,
    facts: &str,
    origin: &str,
    keys: &[VerifierKey],
) -> Result<Acknowledged, NoteFault> {
    Loss::read(facts, index, origin, keys).map(|loss| Acknowledged { index, loss })
}

/// The sealed acknowledgements at or after an index, in order, each with its index; those that no key of the log signed as faults.
pub fn acknowledgements(
    unit: &mut Read<'_>,
    from: u64,
    origin: &str,
    keys: &[VerifierKey],
) -> Result<Vec<Found>, StorageError> {
    let found = store::sealed_of(unit, ACKNOWLEDGED, store::signed(from)?)?;
    let read = |(index, facts): (i64, String)| {
        let index = natural(index)?;
        Ok((index, acknowledgement(index, &facts, origin, keys)))
    };
    found.into_iter().map(read).collect()
}

/// Whether a sealed entry acknowledges the loss of exactly this tree.
pub(super) fn is_acknowledged(unit: &mut Read<'_>, log: &Log, lost: Head) -> Result<bool, StorageError> {
    // While signing is refused this is asked again and again, of ever more entries: those that were read are not read again.
    let size = natural(store::size(unit)?)?;
    let from = log.searched_for_loss(lost);
    let all = acknowledgements(unit, from, log.origin(), log.verifiers())?;
    let found = all.into_iter().filter_map(|it| it.1.ok()).any(|it| it.loss.names(lost));
    if !found {
        log.note_search_for_loss(lost, size);
    }
    Ok(found)
}

/// Why a loss could not be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    /// The journal goes on from everything that is said to be lost.
    #[error("nothing is lost: the journal goes on from {0}")]
    NothingLost(String),
    /// The registry remembers nothing that it signed, and no checkpoint was given.
    #[error(
        "nothing says what is lost: keys/journal-last-signed is not there, and no checkpoint that was kept elsewhere was given"
    )]
    Unknown,
    /// The journal does not go on from a checkpoint that is stored with it.
    #[error(
        "the journal does not go on from a checkpoint that is stored with it, which is no loss that could be acknowledged: run `sanquan verify`"
    )]
    Refused,
    /// The keys of the log cannot sign.
    #[error("a key of the journal cannot sign")]
    Keys,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(LossError);

/// Records that the journal does not go on from trees that were signed, and has what the journal is now signed. Trees whose loss
/// is acknowledged already, or from which it does go on, are left out. Returns all acknowledgements of them, and the size
/// that is signed.
///
/// If it is interrupted, it can simply be run again.
pub async fn acknowledge(
    storage: &Storage,
    log: &Arc<Log>,
    lost: Vec<Head>,
) -> Result<Vec<Acknowledged>, LossError> {
    if lost.is_empty() {
        return Err(LossError::Unknown);
    }
    storage.upkeep(seal_all).await?;
    let (of_log, asked) = (Arc::clone(log), lost.clone());
    let losses = move |unit: &mut Read<'_>| outstanding(unit, &of_log, &asked);
    let (lost, outstanding) = storage.snapshot::<_, LossError, _>(losses).await?;
    for loss in outstanding {
        let statement = log.note(loss.statement(log.origin()).as_bytes()).ok_or(LossError::Keys)?;
        let facts = Facts { lost: TreeFacts::of(loss.lost), kept: loss.kept.map(TreeFacts::of), statement };
        let record = move |unit: &mut Write<'_>| append_own(unit, ACKNOWLEDGED, &facts);
        storage.write::<_, StorageError, _>(record).await?;
    }
    if settle(storage, log).await? == Signing::Refused {
        return Err(LossError::Refused);
    }
    let of_log = Arc::clone(log);
    let read = move |unit: &mut Read<'_>| acknowledgements(unit, 0, of_log.origin(), of_log.verifiers());
    let all = storage.snapshot::<_, StorageError, _>(read).await?;
    let of_these = |it: &Acknowledged| lost.iter().any(|head| it.loss.names(*head));
    Ok(all.into_iter().filter_map(|it| it.1.ok()).filter(of_these).collect())
}

/// Those of some trees that the journal does not go on from, and what is yet to be recorded of them.
fn outstanding(unit: &mut Read<'_>, log: &Log, asked: &[Head]) -> Result<(Vec<Head>, Vec<Loss>), LossError> {
    let size = natural(store::size(unit)?)?;
    let stored = match store::checkpoint(unit, None)? {
        Some((_, note)) => {
            let head = notes::verified(&note, log.origin(), log.verifiers());
            Some(head.map_err(|_| LossError::Refused)?)
        }
        None => None,
    };
    if let Some(stored) = stored
        && !goes_on_from(unit, size, stored)?
    {
        return Err(LossError::Refused);
    }
    let (mut lost, mut outstanding) = (Vec::new(), Vec::new());
    for head in asked {
        // The same tree may be known from more than one place.
        if lost.contains(head) || goes_on_from(unit, size, *head)? {
            continue;
        }
        lost.push(*head);
        if !is_acknowledged(unit, log, *head)? {
            outstanding.push(Loss { lost: *head, kept: stored.filter(|it| it.size < head.size) });
        }
    }
    if lost.is_empty() {
        let sizes: Vec<_> = asked.iter().map(|it| format!("the tree of {} entries", it.size)).collect();
        return Err(LossError::NothingLost(sizes.join(" and ")));
    }
    Ok((lost, outstanding))
}

/// Whether the tree of a size begins with a smaller one.
fn goes_on_from(unit: &mut Read<'_>, size: u64, head: Head) -> Result<bool, StorageError> {
    if head.size > size {
        return Ok(false);
    }
    let root = tree::root(&mut store::StoredTree::of(unit), head.size);
    root.map(|it| it == head.root).map_err(|error| match error {
        TreeError::Unreadable(error) => error,
        TreeError::Outside | TreeError::Missing => {
            StorageError::Corrupt("hashes of the journal are missing".to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};

    use super::*;
    use crate::journal::{LogKeys, Succession};

    fn log() -> Log {
        let made = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        let keys = LogKeys::new(made.as_ref(), None).unwrap();
        Log::new(keys, Succession::default(), "a.example/log", &[], PathBuf::new()).unwrap()
    }

    #[test]
    fn a_loss_is_believed_only_as_the_log_signed_it() {
        let log = log();
        let head = |size: u64| Head { size, root: Hash([u8::try_from(size).unwrap(); 32]) };
        let loss = Loss { lost: head(9), kept: Some(head(5)) };
        let facts = |loss: Loss, statement: String| {
            let facts =
                Facts { lost: TreeFacts::of(loss.lost), kept: loss.kept.map(TreeFacts::of), statement };
            serde_json::to_string(&facts).unwrap()
        };
        let statement = log.note(loss.statement(log.origin()).as_bytes()).unwrap();
        let read = |facts: &str| Loss::read(facts, 7, log.origin(), log.verifiers());

        assert_eq!(read(&facts(loss, statement.clone())), Ok(loss));
        assert!(loss.names(head(9)) && !loss.names(head(8)) && loss.covers(head(8)) && !loss.covers(head(5)));
        let other = Loss { lost: head(8), ..loss };
        assert_eq!(read(&facts(other, statement.clone())), Err(NoteFault::Malformed));
        assert_eq!(read(&facts(Loss { kept: None, ..loss }, statement.clone())), Err(NoteFault::Malformed));
        assert_eq!(read(&facts(loss, statement.replace("\n9\n", "\n8\n"))), Err(NoteFault::Signature));
        let of_another = self::log().note(loss.statement(log.origin()).as_bytes()).unwrap();
        assert_eq!(read(&facts(loss, of_another)), Err(NoteFault::Signature));
        assert_eq!(read("{}"), Err(NoteFault::Malformed));
        assert_eq!(notes::head(&statement), Err(NoteFault::Malformed), "it is no checkpoint");
    }
}
