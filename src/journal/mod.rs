//! The journal: every change of the register, once, in the transaction that made it.
//!
//! Entries are appended by the rooms above, sealed afterwards into a gapless order by one sealer, and read from a
//! cursor by whoever follows the register: auditors, the finance feed, notices. Rows are immutable in the database.

mod known;
mod store;

pub use known::{Known, settle};

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    storage::{Read, Storage, StorageError, Write},
    values::{Id, RegionCode, Scope, id::kind},
};

/// The name of what was done. Each room declares its own; a test proves the names unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action(&'static str);

impl Action {
    /// Declares an action, as a verb in the past: `asset_registered`.
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// A stream of entries that somebody reads for itself, in the order of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Movements of money: what finance systems read as income records.
    Income,
}

impl Feed {
    /// The name under which the feed is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Income => "income",
        }
    }
}

/// Who acted: a user by its id, or nobody for what the public and the registry itself do.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// The user; none for an objection from the public and for what the registry does by itself.
    pub user_id: Option<Id<kind::User>>,
    /// The id of the request that asked for it.
    pub request_id: Option<String>,
}

/// What a room has to say about a change. It holds no personal data: people are named by party id.
#[derive(Debug)]
pub struct Record<'a, Facts> {
    /// What was done.
    pub action: Action,
    /// The region in which it was done; none for what concerns no region.
    pub region: Option<RegionCode>,
    /// Everything that the entry speaks of, so that each can be asked for its entries.
    pub subjects: &'a [Id<kind::Subject>],
    /// The facts, which are stored as canonical JSON (RFC 8785).
    pub facts: &'a Facts,
    /// The feed that the entry belongs to.
    pub feed: Option<Feed>,
}

impl<'a, Facts> Record<'a, Facts> {
    /// A record outside any feed.
    pub const fn new(
        action: Action,
        region: RegionCode,
        subjects: &'a [Id<kind::Subject>],
        facts: &'a Facts,
    ) -> Self {
        Self { action, region: Some(region), subjects, facts, feed: None }
    }
}

/// Appends one entry. The entry's id comes back, for rows that name the entry which made them.
pub fn append<Facts: Serialize>(
    unit: &mut Write<'_>,
    actor: &Actor,
    record: &Record<'_, Facts>,
) -> Result<Id<kind::Entry>, StorageError> {
    let ids = append_all(unit, actor, std::slice::from_ref(record))?;
    ids.first().copied().ok_or_else(|| StorageError::Corrupt("an appended entry has no id".to_owned()))
}

/// Appends many entries in a few statements, in their order.
pub fn append_all<Facts: Serialize>(
    unit: &mut Write<'_>,
    actor: &Actor,
    records: &[Record<'_, Facts>],
) -> Result<Vec<Id<kind::Entry>>, StorageError> {
    let mut rows = Vec::with_capacity(records.len());
    let mut subjects = Vec::with_capacity(records.len());
    for record in records {
        let facts = serde_json_canonicalizer::to_string(record.facts)
            .map_err(|error| StorageError::Corrupt(format!("facts are no canonical JSON: {error}")))?;
        let id = Id::new(unit.now());
        subjects.push((id, record.subjects));
        rows.push(store::EntryRow {
            id,
            at: unit.timestamp(),
            actor_id: actor.user_id,
            action: record.action.name().to_owned(),
            region_code: record.region.map_or_else(|| NO_REGION.to_owned(), |it| it.as_str().to_owned()),
            facts,
            request_id: actor.request_id.clone(),
            feed: record.feed.map(|it| it.name().to_owned()),
        });
    }
    store::insert(unit, &rows, &subjects)?;
    unit.journaled(rows.len());
    Ok(rows.into_iter().map(|it| it.id).collect())
}

/// The region of entries that concern none: seen by those whose scope is the whole register.
const NO_REGION: &str = "000000000000";

/// A sealed entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the journal: gapless, from 0, in the order of commits.
    pub index: i64,
    /// Its identifier.
    pub id: Id<kind::Entry>,
    /// When the unit of work that wrote it began.
    pub at: DateTime<Utc>,
    /// Who acted.
    pub actor_id: Option<Id<kind::User>>,
    /// What was done.
    pub action: String,
    /// Where; `000000000000` for nowhere in particular.
    pub region_code: String,
    /// What it speaks of.
    pub subject_ids: Vec<Id<kind::Subject>>,
    /// The facts, as canonical JSON.
    pub facts: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only entries with a greater index; none for all.
    pub after: Option<i64>,
    /// Only entries that speak of this.
    pub subject_id: Option<Id<kind::Subject>>,
    /// Only entries of this user.
    pub actor_id: Option<Id<kind::User>>,
    /// Only entries of this action.
    pub action: Option<String>,
}

/// Sealed entries after a cursor, in the order of the journal, at most `limit`.
pub fn entries(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    store::entries(unit, scope, wanted, limit)
}

/// A sealed entry by its place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its identifier.
    pub id: Id<kind::Entry>,
    /// Its index.
    pub index: i64,
}

/// The last sealed entry of some actions that speaks of a subject.
pub fn last_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
) -> Result<Option<Placed>, StorageError> {
    store::last_about(unit, subject, actions)
}

/// The first sealed entry after an index, of some actions, that speaks of a subject.
pub fn next_about(
    unit: &mut Read<'_>,
    subject: Id<kind::Subject>,
    actions: &[Action],
    after: i64,
) -> Result<Option<Placed>, StorageError> {
    store::next_about(unit, subject, actions, after)
}

/// The entry at an index.
pub fn id_at(unit: &mut Read<'_>, index: i64) -> Result<Option<Id<kind::Entry>>, StorageError> {
    store::id_at(unit, index)
}

/// How many entries are sealed.
pub fn size(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::size(unit)
}

/// How many entries one turn of the sealer takes.
const SEALED_AT_ONCE: i64 = 2_000;

/// Seals entries for as long as the server runs: after each commit of this server, and once a second for the others.
///
/// Any number of servers may run it: a lock in the database lets one of them seal at a time. Being stopped anywhere
/// loses nothing, since a turn is one transaction.
pub async fn keep_sealing(storage: Storage) {
    loop {
        match storage.upkeep(|unit| crate::storage::seal_next(unit, SEALED_AT_ONCE)).await {
            Ok(Some(sealed)) if i64::try_from(sealed) == Ok(SEALED_AT_ONCE) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = crate::storage::chain(&error),
                "sealing failed and will be tried again"
            ),
        }
        // The timer is for what other servers committed.
        let _ = tokio::time::timeout(Duration::from_secs(1), storage.committed()).await;
    }
}
