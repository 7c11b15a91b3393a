//! Checking the journal without trusting the server that wrote it: an exported bundle, or a database.
//!
//! Everything is recomputed: the hashes of contents and entries, the tiles, the roots, the signatures. The tables are compared
//! with the journal: rights, the ledger and cases are rebuilt from the entries and compared row by row. Each damage is reported
//! with the entry or row and the kind of damage.

mod beyond_tree;
mod bundle;
mod damage;
mod database;
mod documents;
mod engine;
mod losses;
mod paging;
mod placement;
mod rows;
mod schema;
mod strays;
mod tables;
mod walk;

use std::{collections::BTreeMap, io, ops::Range, path::PathBuf};

pub use bundle::bundle;
pub use damage::{CommittedAsFound, Damage, DamageKind, LossAcknowledged, NotExamined, OtherJournal, Report};
pub use database::database;

use crate::{
    journal::{
        bundle::{LogNames, NotAKey},
        notes::{self, Head, NoteFault, VerifierKey},
    },
    storage::{StorageError, failure},
};

/// What the person who verifies supplies and trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The log and its keys; `None` to trust the keys that are stored with a bundle.
    pub names: Option<LogNames>,
    /// Signed checkpoints that were kept elsewhere, which the journal must be a continuation of.
    pub checkpoints: Vec<String>,
    /// The last head that the registry itself remembers signing.
    pub last_signed: Option<Head>,
    /// Whether the file that records it is damaged.
    pub last_signed_is_damaged: bool,
    /// Whether the registry is expected to remember the last head that it signed.
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
    /// The content of a file is not of the expected form.
    #[error("{0} is not of the expected form")]
    Malformed(PathBuf),
    /// A key is not of a known kind.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// No keys were given to verify the log with.
    #[error("no keys to verify the journal with: supply them with --keys")]
    NoKeys,
    /// The database holds no registry.
    #[error("the database holds no registry")]
    NoRegistry,
    /// The database is of a later release.
    #[error("the database is of a later release than this program: verify it with that release")]
    LaterRelease,
    /// A file supplied as a checkpoint is not one.
    #[error("the checkpoint supplied is not a signed checkpoint; nothing was examined")]
    NoCheckpoint,
    /// A checkpoint that was supplied belongs to another journal.
    #[error(
        "the checkpoint supplied is one of the journal {checkpoint_of}, but this is the journal {journal}; nothing was examined"
    )]
    OtherCheckpoint {
        /// The journal that it names.
        checkpoint_of: String,
        /// The journal whose keys are trusted.
        journal: String,
    },
    /// The database failed in the middle of it.
    #[error(transparent)]
    Interrupted(Interrupted),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(VerifyError, Interrupted);

/// What was found until the database failed: it is told, unless it turns out that the failure has another cause than damage, such as
/// a right that is missing.
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
pub struct Interrupted {
    /// What was found, the failure included.
    pub found: Box<Report>,
    failure: StorageError,
}

impl Interrupted {
    const fn storage(&self) -> Option<&StorageError> {
        Some(&self.failure)
    }
}

/// The heads that a journal must have, by size, and where each came from.
#[derive(Debug, Default)]
struct Heads {
    /// By size.
    by_size: BTreeMap<u64, Vec<(Head, HeadSource)>>,
}

/// Where a head came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeadSource {
    /// It is stored with the journal.
    Journal,
    /// The person who verifies supplied it.
    Verifier,
}

impl Heads {
    fn add(&mut self, head: Head, kept: HeadSource) {
        self.by_size.entry(head.size).or_default().push((head, kept));
    }

    /// The last head that is stored with the journal.
    fn last_stored(&self) -> Option<Head> {
        let stored =
            |all: &Vec<(Head, HeadSource)>| all.iter().find(|it| it.1 == HeadSource::Journal).map(|it| it.0);
        self.by_size.values().rev().find_map(stored)
    }

    /// The last head of a size in a range, wherever it came from.
    fn last_in(&self, after: u64, to: u64) -> Option<Head> {
        let (_, all) = self.by_size.range(after.saturating_add(1)..=to).next_back()?;
        all.first().map(|it| it.0)
    }
}

/// The checkpoints of a journal in order of size. Each states which precede it, so a missing one is noticed. `None` if the last
/// one is not a checkpoint of this log, so that nothing can be concluded from it.
#[derive(Debug)]
struct Sequence(Option<notes::Before>);

impl Default for Sequence {
    fn default() -> Self {
        Self(Some(notes::Before::default()))
    }
}

impl Sequence {
    /// Takes in the next one. One that is not of this log is reported elsewhere, and nothing is concluded from it.
    fn take(&mut self, size: u64, note: &str, is_of_the_log: bool, report: &mut Report) {
        if !is_of_the_log {
            self.0 = None;
            return;
        }
        let stated = notes::Before::stated_in(note);
        if let (Some(stated), Some(found)) = (stated, self.0)
            && stated != found
        {
            let (last, what) = if stated.last == found.last {
                (found.last, "one before it is gone, or is not the one that was signed")
            } else {
                (stated.last, "it is gone")
            };
            let detail = Some(format!("{what}, according to the checkpoint of size {size}"));
            let damage = Damage::of(DamageKind::CheckpointMissing);
            report.add(Damage { tree_size: Some(last), detail, ..damage });
        }
        self.0 = stated.or(self.0).map(|it| it.followed_by(size, note));
    }
}

/// Reads a range of positions at once or, if something in it cannot be read, in ever smaller parts, so that one unreadable value
/// hides no others. Also returns the positions that cannot be read.
fn read_around_damage<T>(
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
    let (mut found, mut unreadable) = read_around_damage(range.start..middle, read)?;
    let (more, others) = read_around_damage(middle..range.end, read)?;
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

    /// Whether a line is a cosignature of a checkpoint by the witness that it is stored under. That is the witness's key, so
    /// cosignatures of witnesses who are no longer accepted can still be checked.
    fn is_cosigned(&self, note: &str, witness: &str, line: &str) -> bool {
        witness.parse().is_ok_and(|key: VerifierKey| {
            key.is_witness()
                && key.to_string() == witness
                && notes::cosigner(note, line, std::slice::from_ref(&key)).is_some()
        })
    }

    /// The head of a checkpoint that is stored with the journal; `None` if only a key that is no longer trusted signed it. Such a
    /// checkpoint is ignored and is not a damage: the registry itself signed it before the theft was known.
    fn stored_head(&self, note: &str, size: u64) -> Result<Option<Head>, Box<Damage>> {
        match notes::verified(note, &self.origin, &self.all) {
            Err(NoteFault::Disbelieved) => Ok(None),
            _ => self.head(note, Some(size)).map(Some),
        }
    }

    /// The head of a signed checkpoint, or what is wrong with it. `size` is the size that it should have, if known.
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

/// Whose keys signed the checkpoints of a journal that were read so far.
#[derive(Debug, Default)]
struct Signers {
    /// The journal that the last read_around_damage checkpoint names.
    journal: Option<String>,
    /// Whether any of them carries a signature line of one of the keys used for the check.
    claimed: bool,
}

impl Signers {
    fn look_at(&mut self, note: &str, keys: &Keys) {
        if let Ok((journal, _)) = notes::head(note) {
            self.claimed |= journal == keys.origin && notes::is_claimed(note, &keys.all);
            self.journal = Some(journal);
        }
    }

    /// If the keys belong to another journal, a report that says only that.
    fn wrong_keys(self, keys: &Keys, checkpoints: u64) -> Option<Report> {
        let journal = self.journal.filter(|_| !self.claimed)?;
        let other_journal = Some(OtherJournal { keys_of: keys.origin.clone(), journal });
        Some(Report { checkpoints, other_journal, ..Report::default() })
    }
}

/// Whether a text has the form of a signed checkpoint, of any journal and by any key.
pub fn is_checkpoint(note: &str) -> bool {
    notes::head(&normalised(note)).is_ok()
}

/// The head of a checkpoint that was kept elsewhere.
///
/// # Errors
/// It is no checkpoint, one of another journal, or none of the keys signed it.
pub fn trusted_head(note: &str, names: &LogNames) -> Result<Head, VerifyError> {
    let keys = Keys::of(names)?;
    let note = normalised(note);
    let (checkpoint_of, _) = notes::head(&note).map_err(|_| VerifyError::NoCheckpoint)?;
    if checkpoint_of != keys.origin {
        return Err(VerifyError::OtherCheckpoint { checkpoint_of, journal: keys.origin });
    }
    notes::verified(&note, &keys.origin, &keys.all).map_err(|_| VerifyError::NoCheckpoint)
}

/// A checkpoint as it was signed, from a copy that went through an e-mail or an editor: these change line endings and add
/// blank lines at the end.
fn normalised(note: &str) -> String {
    let note = note.replace("\r\n", "\n");
    format!("{}\n", note.trim_start_matches('\u{feff}').trim_end_matches('\n'))
}

/// Adds the heads that the person who verifies supplied: a journal that is older than one of them was rolled back.
fn add_trusted_heads(
    trust: &Trust,
    keys: &Keys,
    heads: &mut Heads,
    report: &mut Report,
) -> Result<(), VerifyError> {
    for note in &trust.checkpoints {
        let note = normalised(note);
        let (checkpoint_of, _) = notes::head(&note).map_err(|_| VerifyError::NoCheckpoint)?;
        if checkpoint_of != keys.origin {
            return Err(VerifyError::OtherCheckpoint { checkpoint_of, journal: keys.origin.clone() });
        }
        match keys.head(&note, None) {
            Ok(head) => heads.add(head, HeadSource::Verifier),
            Err(damage) => report.add(*damage),
        }
    }
    if let Some(head) = trust.last_signed {
        heads.add(head, HeadSource::Verifier);
    }
    Ok(())
}
