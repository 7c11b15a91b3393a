//! Checking the journal without trusting the server that wrote it: an exported bundle, or a database as it lies there.
//!
//! Everything is computed anew: the hashes of contents and entries, the tiles, the roots, the signatures. And that the
//! tables say what the journal says: rights, the ledger and cases are rebuilt from the entries and compared row by row.
//! What is damaged is named: which entry, which row, in what way.

mod bundle;
mod damage;
mod database;
mod tables;
mod walk;

use std::{collections::BTreeMap, io, path::PathBuf};

pub use bundle::bundle;
pub use damage::{Damage, DamageKind, Report};
pub use database::database;

use crate::{
    journal::{
        bundle::{LogNames, NotAKey},
        notes::{self, Head, NoteFault, VerifierKey},
    },
    storage::{StorageError, failure},
};

/// What whoever checks brings along and believes.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The log and its keys; none to believe those that lie with what is checked.
    pub names: Option<LogNames>,
    /// Signed checkpoints that were kept elsewhere, which the journal must go on from.
    pub checkpoints: Vec<String>,
    /// What the registry itself remembers to have signed last.
    pub last_signed: Option<Head>,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{0} does not hold what it should")]
    Malformed(PathBuf),
    /// A key is none that is known here.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// Nobody says by which keys the log is checked.
    #[error("it is not known by which keys to check: give them with --keys")]
    NoKeys,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(VerifyError);

/// The heads that a journal must have at their sizes, and who says so.
#[derive(Debug, Default)]
struct Heads {
    /// By size: the root, and whether it was kept elsewhere.
    by_size: BTreeMap<u64, Vec<(Head, Kept)>>,
}

/// Where a head was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// With the journal itself.
    Within,
    /// With whoever checks.
    Elsewhere,
}

impl Heads {
    fn add(&mut self, head: Head, kept: Kept) {
        self.by_size.entry(head.size).or_default().push((head, kept));
    }

    /// The last head that lies with the journal itself.
    fn last_within(&self) -> Option<Head> {
        let within = |all: &Vec<(Head, Kept)>| all.iter().find(|it| it.1 == Kept::Within).map(|it| it.0);
        self.by_size.values().rev().find_map(within)
    }

    /// The last head of a size in a range, whoever kept it.
    fn last_in(&self, after: u64, to: u64) -> Option<Head> {
        let (_, all) = self.by_size.range(after.saturating_add(1)..=to).next_back()?;
        all.first().map(|it| it.0)
    }
}

/// The keys of a log, read.
struct Keys {
    origin: String,
    all: Vec<VerifierKey>,
}

impl Keys {
    fn of(names: &LogNames) -> Result<Self, VerifyError> {
        if names.keys.is_empty() {
            return Err(VerifyError::NoKeys);
        }
        Ok(Self { origin: names.origin.clone(), all: names.verifiers()? })
    }

    /// The head of a checkpoint that lies with the journal; none where only a key signed it that is no longer believed: it
    /// counts for nothing then, and is no damage, for the registry itself signed such until it learnt of the theft.
    fn head_within(&self, note: &str, size: u64) -> Result<Option<Head>, Box<Damage>> {
        match notes::verified(note, &self.origin, &self.all) {
            Err(NoteFault::Disbelieved) => Ok(None),
            _ => self.head(note, Some(size)).map(Some),
        }
    }

    /// The head of a signed checkpoint, or the damage that its signature is. `size` is the size that it should have.
    fn head(&self, note: &str, size: Option<u64>) -> Result<Head, Box<Damage>> {
        let claimed = size.or_else(|| notes::head(note).ok().map(|(_, head)| head.size));
        let bad = |why: String| {
            Box::new(Damage { tree_size: claimed, detail: Some(why), ..Damage::of(DamageKind::BadSignature) })
        };
        let head = notes::verified(note, &self.origin, &self.all).map_err(|fault| bad(fault.to_string()))?;
        match size {
            Some(size) if size != head.size => Err(bad(format!("it is signed for the size {}", head.size))),
            _ => Ok(head),
        }
    }
}

/// What those who check brought along, as heads; whatever is older than what they saw is rolled back.
fn trusted(trust: &Trust, keys: &Keys, heads: &mut Heads, report: &mut Report) {
    for note in &trust.checkpoints {
        match keys.head(note, None) {
            Ok(head) => heads.add(head, Kept::Elsewhere),
            Err(damage) => report.add(*damage),
        }
    }
    if let Some(head) = trust.last_signed {
        heads.add(head, Kept::Elsewhere);
    }
}
