//! Checking the journal without trusting the server that wrote it: an exported bundle, or a database.
//!
//! Everything is computed anew: the hashes of contents and entries, the tiles, the roots, the signatures. And that the
//! tables say what the journal says: rights, the ledger and cases are rebuilt from the entries and compared row by row.
//! What is damaged is named: which entry, which row, in what way.

mod bundle;
mod damage;
mod database;
mod documents;
mod forms;
mod order;
mod paging;
mod rows;
mod schema;
mod strays;
mod tables;
mod walk;

use std::{collections::BTreeMap, io, ops::Range, path::PathBuf};

pub use bundle::bundle;
pub use damage::{CommittedAsFound, Damage, DamageKind, NotExamined, OtherJournal, Report};
pub use database::database;

use crate::{
    journal::{
        bundle::{LogNames, NotAKey},
        notes::{self, Head, NoteFault, VerifierKey},
    },
    storage::{StorageError, failure},
};

/// What the person who verifies brings along and trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The log and its keys; none to trust the keys that are stored with a bundle.
    pub names: Option<LogNames>,
    /// Signed checkpoints that were kept elsewhere, which the journal must go on from.
    pub checkpoints: Vec<String>,
    /// What the registry itself remembers to have signed last.
    pub last_signed: Option<Head>,
    /// Whether it must remember something, once a checkpoint was signed.
    pub remembers: bool,
    /// The folder of its documents.
    pub documents: Option<PathBuf>,
}

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{0} does not hold what it should")]
    Malformed(PathBuf),
    /// A key is not of a known kind.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// No keys were given to verify the log with.
    #[error("no keys to verify the journal with: bring them with --keys")]
    NoKeys,
    /// The database holds no registry.
    #[error("the database holds no registry")]
    NoRegistry,
    /// The database is of a later release.
    #[error("the database is of a later release than this program: verify it with that release")]
    LaterRelease,
    /// What was brought along as a checkpoint is none.
    #[error("what was brought as a checkpoint is no signed checkpoint; nothing was examined")]
    NoCheckpoint,
    /// A checkpoint that was brought along is of another journal.
    #[error(
        "what was brought is a checkpoint of the journal {checkpoint_of}, and this is the journal {journal}; nothing was examined"
    )]
    OtherCheckpoint {
        /// The journal that it names.
        checkpoint_of: String,
        /// The journal whose keys are believed.
        journal: String,
    },
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(VerifyError);

/// The heads that a journal must have at their sizes, and where each was kept.
#[derive(Debug, Default)]
struct Heads {
    /// By size.
    by_size: BTreeMap<u64, Vec<(Head, Kept)>>,
}

/// Where a head was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// With the journal itself.
    Within,
    /// With the person who verifies.
    Elsewhere,
}

impl Heads {
    fn add(&mut self, head: Head, kept: Kept) {
        self.by_size.entry(head.size).or_default().push((head, kept));
    }

    /// The last head that was kept with the journal itself.
    fn last_within(&self) -> Option<Head> {
        let within = |all: &Vec<(Head, Kept)>| all.iter().find(|it| it.1 == Kept::Within).map(|it| it.0);
        self.by_size.values().rev().find_map(within)
    }

    /// The last head of a size in a range, wherever it was kept.
    fn last_in(&self, after: u64, to: u64) -> Option<Head> {
        let (_, all) = self.by_size.range(after.saturating_add(1)..=to).next_back()?;
        all.first().map(|it| it.0)
    }
}

/// The checkpoints of a journal in the order of their sizes: each says which stand before it, so that none can be missed out.
/// None where that cannot be told, because the last one is no checkpoint of the log.
#[derive(Debug)]
struct Sequence(Option<notes::Before>);

impl Default for Sequence {
    fn default() -> Self {
        Self(Some(notes::Before::default()))
    }
}

impl Sequence {
    /// Takes in the next one. What is none of the log is a damage in itself, and nothing is to be told from it.
    fn take(&mut self, size: u64, note: &str, is_of_the_log: bool, report: &mut Report) {
        if !is_of_the_log {
            self.0 = None;
            return;
        }
        let told = notes::Before::told_by(note);
        if let (Some(told), Some(found)) = (told, self.0)
            && told != found
        {
            let (last, what) = if told.last == found.last {
                (found.last, "one before it is gone, or is not the one that was signed")
            } else {
                (told.last, "it is gone")
            };
            let detail = Some(format!("{what}, as the checkpoint of size {size} tells"));
            let damage = Damage::of(DamageKind::CheckpointMissing);
            report.add(Damage { tree_size: Some(last), detail, ..damage });
        }
        self.0 = told.or(self.0).map(|it| it.and(size, note));
    }
}

/// Reads a range of places: all at once, or, where something in it cannot be read, ever smaller parts of it, so that one
/// odd value hides no other. Gives the places that cannot be read as well.
fn readable<T>(
    range: Range<u64>,
    read: &mut impl FnMut(Range<u64>) -> Result<Vec<T>, StorageError>,
) -> Result<(Vec<T>, Vec<u64>), StorageError> {
    match read(range.clone()) {
        Err(error) if error.is_unreadable() => {}
        found => return Ok((found?, Vec::new())),
    }
    let middle = range.start.saturating_add(range.end.saturating_sub(range.start) / 2);
    if middle == range.start {
        return Ok((Vec::new(), vec![range.start]));
    }
    let (mut found, mut unreadable) = readable(range.start..middle, read)?;
    let (more, others) = readable(middle..range.end, read)?;
    found.extend(more);
    unreadable.extend(others);
    Ok((found, unreadable))
}

/// The keys of a log, parsed.
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

    /// Whether a line is a cosignature of a checkpoint by the witness that it is kept for. A witness whose cosignatures are no
    /// longer taken stays named by its key.
    fn is_cosigned(&self, note: &str, witness: &str, line: &str) -> bool {
        witness.parse().is_ok_and(|key: VerifierKey| {
            key.is_witness()
                && key.to_string() == witness
                && notes::cosigner(note, line, std::slice::from_ref(&key)).is_some()
        })
    }

    /// The head of a checkpoint that is stored with the journal; none where only a key signed it that is no longer believed.
    /// Such a checkpoint counts for nothing, and is no damage: the registry itself signed it before it learnt of the theft.
    fn head_within(&self, note: &str, size: u64) -> Result<Option<Head>, Box<Damage>> {
        match notes::verified(note, &self.origin, &self.all) {
            Err(NoteFault::Disbelieved) => Ok(None),
            _ => self.head(note, Some(size)).map(Some),
        }
    }

    /// The head of a signed checkpoint, or what is wrong with it. `size` is the size that it should have.
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

/// Whose keys signed the checkpoints of a journal, as far as those were looked at.
#[derive(Debug, Default)]
struct Signers {
    /// The journal that the last readable checkpoint names.
    journal: Option<String>,
    /// Whether any of them names one of the keys by which the journal is checked.
    claimed: bool,
}

impl Signers {
    fn look_at(&mut self, note: &str, keys: &Keys) {
        if let Ok((journal, _)) = notes::head(note) {
            self.claimed |= journal == keys.origin && notes::is_claimed(note, &keys.all);
            self.journal = Some(journal);
        }
    }

    /// A report of nothing else, where the keys are those of another journal.
    fn mistaken(self, keys: &Keys, checkpoints: u64) -> Option<Report> {
        let journal = self.journal.filter(|_| !self.claimed)?;
        let other_journal = Some(OtherJournal { keys_of: keys.origin.clone(), journal });
        Some(Report { checkpoints, other_journal, ..Report::default() })
    }
}

/// Whether a text is a signed checkpoint, of whatever journal and by whatever keys.
pub fn is_checkpoint(note: &str) -> bool {
    notes::head(&unmailed(note)).is_ok()
}

/// A checkpoint as it was signed, of a copy that went through a letter or an editor: those put other ends on lines, and
/// lines behind the last.
fn unmailed(note: &str) -> String {
    let note = note.replace("\r\n", "\n");
    format!("{}\n", note.trim_start_matches('\u{feff}').trim_end_matches('\n'))
}

/// Adds the heads that the person who verifies brought along: a journal that is older than one of them was rolled back.
fn trusted(trust: &Trust, keys: &Keys, heads: &mut Heads, report: &mut Report) -> Result<(), VerifyError> {
    for note in &trust.checkpoints {
        let note = unmailed(note);
        let (checkpoint_of, _) = notes::head(&note).map_err(|_| VerifyError::NoCheckpoint)?;
        if checkpoint_of != keys.origin {
            return Err(VerifyError::OtherCheckpoint { checkpoint_of, journal: keys.origin.clone() });
        }
        match keys.head(&note, None) {
            Ok(head) => heads.add(head, Kept::Elsewhere),
            Err(damage) => report.add(*damage),
        }
    }
    if let Some(head) = trust.last_signed {
        heads.add(head, Kept::Elsewhere);
    }
    Ok(())
}
