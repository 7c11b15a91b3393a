//! Checks a journal in a database, and the tables beside it.

use std::ops::Range;

use chrono::TimeDelta;
use tlog_tiles::Hash;

use crate::{
    journal::{self, Cosigned, Entry, entry::content_hash, loss, tree::TILE_WIDTH},
    storage::{self, Read, Release, StorageError, chain},
    verify::{
        Damage, DamageKind, HeadSource, Heads, Interrupted, Keys, NotExamined, Report, Sequence, Signers,
        Trust, VerifyError, add_trusted_heads, beyond_tree, documents, engine, losses, placement,
        read_around_damage, schema, tables,
        walk::{Found, Source, walk},
    },
};

/// A running server signs what it has sealed within this time.
const SIGNED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Checks the journal of a database, and that its tables agree with it.
pub fn database(unit: &mut Read<'_>, trust: &Trust) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    engine::check(unit, &mut report)?;
    let is_damaged = !report.is_sound();
    match examine(unit, trust, &mut report) {
        // A query that fails altogether is explained by what was found already: a page that cannot be read, a table that differs
        // from the schema.
        Err(VerifyError::Storage(StorageError::Failed(_) | StorageError::Damaged(_))) if is_damaged => {
            report.not_examined = Some(NotExamined::AfterDamage);
        }
        Err(VerifyError::Storage(StorageError::Failed(_)))
            if report.damages.iter().any(|it| it.kind == DamageKind::SchemaDiffers) =>
        {
            report.not_examined = Some(NotExamined::AfterSchema);
        }
        // Whatever else it was, somebody has to look at it: it is told as what could not be read.
        Err(VerifyError::Storage(error @ (StorageError::Failed(_) | StorageError::Damaged(_)))) => {
            report.add(Damage { detail: Some(chain(&error)), ..Damage::of(DamageKind::Unreadable) });
            report.not_examined = Some(NotExamined::AfterDamage);
            return Err(VerifyError::Interrupted(Interrupted { found: Box::new(report), failure: error }));
        }
        examined => examined?,
    }
    Ok(report)
}

fn examine(unit: &mut Read<'_>, trust: &Trust, report: &mut Report) -> Result<(), VerifyError> {
    let of_this_release = match schema::check(unit, report)? {
        Release::None => return Err(VerifyError::NoRegistry),
        Release::Later => return Err(VerifyError::LaterRelease),
        Release::Earlier => false,
        Release::This => true,
    };
    let keys = Keys::of(trust.names.as_ref().ok_or(VerifyError::NoKeys)?)?;
    let mut heads = Heads::default();
    let signers = signed(unit, &keys, &mut heads, report)?;
    if let Some(mistaken) = signers.wrong_keys(&keys, report.checkpoints) {
        *report = mistaken;
        return Ok(());
    }
    let last_stored = heads.last_stored().map_or(0, |it| it.size);
    add_trusted_heads(trust, &keys, &mut heads, report)?;
    report.signed = last_stored;
    if trust.last_signed_is_damaged {
        report.not_examined = Some(NotExamined::LastSignedDamaged);
    } else if trust.remembers && trust.last_signed.is_none() && last_stored > 0 {
        report.not_examined = Some(NotExamined::LastSigned);
    }
    let size = natural(journal::size(unit)?);
    // The registry records a checkpoint in its file before storing it, and never deletes one.
    if let Some(head) = trust.last_signed.filter(|it| it.size > last_stored && it.size <= size) {
        if storage::seals_for_long(unit)? {
            report.not_examined = Some(NotExamined::LastCheckpoint);
        } else {
            let detail =
                "it was signed by this registry and is not stored; a running server will sign it again"
                    .to_owned();
            report.add(Damage {
                tree_size: Some(head.size),
                detail: Some(detail),
                ..Damage::of(DamageKind::CheckpointMissing)
            });
        }
    }
    let (unsigned, since) = report
        .read("journal_leaves", journal::unsigned(unit, i64::try_from(last_stored).unwrap_or(i64::MAX)))?;
    report.unsigned = natural(unsigned);
    report.unsigned_since = since.map(|it| it.and_utc());
    report.unsigned_for_long = report.unsigned_since.is_some_and(|it| unit.now() - it > SIGNED_WITHIN);
    if size > 0 && last_stored == 0 && report.not_examined != Some(NotExamined::LastCheckpoint) {
        let detail = Some(format!("{size} entries, and no valid checkpoint"));
        report.add(Damage { detail, ..Damage::of(DamageKind::NothingSigned) });
    }
    let mut rows = Rows { unit, size, next: 0 };
    match walk(&mut rows, size, &heads, report) {
        // The entries of an earlier release may have other columns.
        Err(VerifyError::Storage(StorageError::Failed(_))) if !of_this_release => {
            report.not_examined = Some(NotExamined::EntriesOfEarlierRelease);
            report.entries = 0;
            return Ok(());
        }
        Err(VerifyError::Storage(error)) => report.read("journal_entries", Err(error))?,
        walked => walked?,
    }
    if of_this_release {
        let found = loss::acknowledgements(unit, 0, &keys.origin, &keys.all);
        losses::tell(report.read("journal_entries", found)?, &heads, report);
    }
    placement::check(unit, report)?;
    if of_this_release {
        report.waiting = natural(journal::count_waiting(unit)?);
        let done = beyond_tree::check(unit, report);
        report.read("journal_leaves", done)?;
        tables::compare(unit, report)?;
        let done = beyond_tree::sessions(unit, report);
        report.read("refresh_tokens", done)?;
        match documents::check(unit, trust.documents.as_deref(), report) {
            Err(VerifyError::Storage(error)) => report.read("documents", Err(error))?,
            done => done?,
        }
    } else {
        report.not_examined = Some(NotExamined::TablesOfEarlierRelease);
    }
    Ok(())
}

fn signed(
    unit: &mut Read<'_>,
    keys: &Keys,
    heads: &mut Heads,
    report: &mut Report,
) -> Result<Signers, StorageError> {
    let (mut signers, mut sequence) = (Signers::default(), Sequence::default());
    let mut after = 0;
    loop {
        let some = report.read("journal_checkpoints", journal::cosigned(unit, after, 400))?;
        let Some(last) = some.last().filter(|it| it.size > after) else { return Ok(signers) };
        after = last.size;
        for Cosigned { size, note, cosignatures } in some {
            report.checkpoints = report.checkpoints.saturating_add(1);
            signers.look_at(&note, keys);
            let head = keys.stored_head(&note, natural(size));
            sequence.take(natural(size), &note, head.is_ok(), report);
            match head {
                Ok(Some(head)) => heads.add(head, HeadSource::Journal),
                Ok(None) => report.disbelieved = report.disbelieved.saturating_add(1),
                Err(damage) => report.add(*damage),
            }
            for (witness, line) in cosignatures {
                if !keys.is_cosigned(&note, &witness, &line) {
                    report.add(Damage {
                        tree_size: Some(natural(size)),
                        detail: Some(witness),
                        ..Damage::of(DamageKind::BadCosignature)
                    });
                }
            }
        }
    }
}

/// An index of the journal as an unsigned number; it is never negative.
pub(super) fn natural(place: i64) -> u64 {
    u64::try_from(place).unwrap_or(0)
}

/// The rows of the journal.
struct Rows<'u, 'c> {
    unit: &'u mut Read<'c>,
    size: u64,
    /// The index of the next entry to read.
    next: u64,
}

impl Source for Rows<'_, '_> {
    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Option<Hash>>, VerifyError> {
        let (found, _) = read_around_damage(range.clone(), &mut |some| journal::leaves(self.unit, &some))?;
        Ok(by_position(range, found.into_iter().map(|(place, hash)| (natural(place), hash))))
    }

    fn node(&mut self, level: u8, place: u64) -> Result<Option<Hash>, VerifyError> {
        match journal::hashes(self.unit, level, place..place.saturating_add(1)) {
            // A hash that cannot be read counts as missing.
            Err(error) if error.is_unreadable() => Ok(None),
            found => Ok(found?.first().copied()),
        }
    }

    fn next(&mut self) -> Result<Vec<Found>, VerifyError> {
        let range = self.next..self.next.saturating_add(TILE_WIDTH.saturating_mul(4)).min(self.size);
        self.next = range.end;
        let mut found = Vec::new();
        let (entries, unreadable) =
            read_around_damage(range.clone(), &mut |some| journal::sealed(self.unit, &some))?;
        for entry in entries {
            found.push((natural(entry.index), classify(&entry)?));
        }
        // An entry that cannot be read counts as altered.
        let odd = Found { leaf: Some(tlog_tiles::EMPTY_HASH), content_fits: true };
        found.extend(unreadable.into_iter().map(|place| (place, odd)));
        found.sort_by_key(|it| it.0);
        let gap = Found { leaf: None, content_fits: true };
        Ok(by_position(range, found.into_iter()).into_iter().map(|it| it.unwrap_or(gap)).collect())
    }
}

/// An entry with the hash of its leaf. The hash of the content that was stored at sealing distinguishes an entry whose content
/// alone was altered from one that was altered itself; whether that stored hash is right, the tree decides.
fn classify(entry: &Entry) -> Result<Found, StorageError> {
    let content = content_hash(&entry.body.content()?);
    let leaf = entry.body.leaf_hash_of(content)?;
    let Some(sealed) = entry.content_hash.filter(|it| *it != content) else {
        return Ok(Found { leaf: Some(leaf), content_fits: true });
    };
    // If the leaf matches as it is, it is the stored hash of the content that was altered.
    let leaf = if leaf == entry.leaf_hash { leaf } else { entry.body.leaf_hash_of(sealed)? };
    Ok(Found { leaf: Some(leaf), content_fits: false })
}

/// One item per position of the range; `None` where nothing was found.
fn by_position<T>(range: Range<u64>, found: impl Iterator<Item = (u64, T)>) -> Vec<Option<T>> {
    let mut found = found.peekable();
    range.map(|place| found.next_if(|it| it.0 == place).map(|it| it.1)).collect()
}
