//! Whether the registry can do its work: what keeps it from its work, looked at every second, so that whoever asks for it is answered
//! at once, whatever the matter is.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{NaiveDateTime, TimeDelta};
use tokio::{task::JoinHandle, time};

use crate::{
    http::shell::{hindrance::Hindrance, registry::Registry},
    identity::{KeyFault, Keyring},
    journal::{self, Standing},
    storage::{self, ClockFault, ClockLimits, NotTaken, Read, Release, StorageError, silence},
};

/// For how long an entry may wait to be sealed, in seconds.
const SEALED_WITHIN_SECONDS: i64 = 15;

/// After how long without an answer the database is busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// How many bytes a disk has left at least: enough to end in order.
const ROOM_BYTES: u64 = 64 << 20;

/// After how long without an answer is tried whether the database answers a new connection.
const TRIED_AFTER: Duration = Duration::from_secs(2);

/// Whether a registry can do its work, as last seen.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    seen: Mutex<Seen>,
    /// A question that the database has not answered yet.
    asking: Mutex<Option<JoinHandle<Result<Answers, StorageError>>>>,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// What keeps the registry from its work.
    pub(crate) hindrances: BTreeSet<Hindrance>,
    /// When the database answered last, or when it was first asked.
    answered: Option<Instant>,
    /// What the journal stood at then.
    pub(crate) journal: Option<Standing>,
    /// When it was that, by the clock.
    pub(crate) at: NaiveDateTime,
    /// When the last checkpoint became known.
    pub(crate) signed: Option<Instant>,
    /// How many bytes are left on the disk that has the fewest.
    pub(crate) free_bytes: Option<u64>,
}

/// What the database answers.
#[derive(Debug)]
struct Answers {
    release: Release,
    is_writable: bool,
    journal: Standing,
    keys: Vec<KeyFault>,
    at: NaiveDateTime,
}

fn ask(unit: &mut Read<'_>, keyring: &Keyring) -> Result<Answers, StorageError> {
    let release = storage::release(unit)?;
    let is_writable = storage::is_writable(unit)?;
    let keys = keyring.faults(unit)?;
    Ok(Answers { release, is_writable, journal: journal::standing(unit)?, keys, at: unit.timestamp() })
}

impl Readiness {
    /// What was last seen. Where nothing new was seen for some seconds, the database is busy.
    pub(crate) fn seen(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Where it is known why nothing is answered, nothing else is said of that.
        let why = [Hindrance::DatabaseUnreachable, Hindrance::DatabaseDamaged, Hindrance::DatabaseDenied];
        let is_known = why.iter().any(|it| seen.hindrances.contains(it));
        if !is_known && seen.answered.is_none_or(|it| it.elapsed() > ANSWERS_WITHIN) {
            seen.hindrances.insert(Hindrance::DatabaseBusy);
        }
        seen
    }

    /// Looks at the registry before it serves anybody.
    pub(crate) fn look_first(&self, registry: &Registry) {
        let answers = registry.storage.read_now(|unit| ask(unit, &registry.keyring));
        self.note(registry, answers);
    }

    /// Looks at the registry. Says whether the database answered.
    pub(crate) async fn look(&self, registry: &Registry) -> bool {
        registry.storage.give_up_unanswered();
        // Where it answered nobody, it is not asked anything before it answers again.
        if registry.storage.is_silent() && !registry.storage.try_to_reach().await {
            return self.note(registry, Err(silence()));
        }
        let asking = self.asking().take();
        let mut asking = asking.unwrap_or_else(|| {
            let (storage, keyring) = (registry.storage.clone(), registry.keyring.clone());
            tokio::spawn(async move { storage.snapshot(move |unit| ask(unit, &keyring)).await })
        });
        let answers = match time::timeout(TRIED_AFTER, &mut asking).await {
            Ok(answers) => answers.unwrap_or_else(|it| Err(StorageError::Corrupt(it.to_string()))),
            Err(_) => {
                // It is not asked again before it has answered: each question would keep a connection.
                *self.asking() = Some(asking);
                Err(StorageError::Busy)
            }
        };
        let answers = match answers {
            Err(StorageError::Busy | StorageError::TookTooLong)
                if !registry.storage.try_to_reach().await && registry.storage.is_silent() =>
            {
                Err(silence())
            }
            answers => answers,
        };
        self.note(registry, answers)
    }

    fn asking(&self) -> MutexGuard<'_, Option<JoinHandle<Result<Answers, StorageError>>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, registry: &Registry, answers: Result<Answers, StorageError>) -> bool {
        let before = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let free_bytes = registry.folders().filter_map(|it| storage::free_bytes(it).ok()).min();
        let has_answered = answers.is_ok();
        let mut seen = Seen { free_bytes, hindrances: BTreeSet::new(), ..before.clone() };
        match answers {
            Ok(answers) => {
                seen.hindrances = hindrances_of(&answers, registry.storage.clock_limits());
                if !before.hindrances.contains(&Hindrance::KeysUnfit) {
                    answers.keys.iter().for_each(|it| tracing::error!(key = it.name.code(), "{it}"));
                }
                if answers.journal.sealed > 0 {
                    registry.storage.note_sealed_through(answers.journal.sealed_through);
                }
                if before.journal.is_none_or(|it| it.signed != answers.journal.signed) {
                    seen.signed = Some(Instant::now());
                }
                seen.answered = Some(Instant::now());
                (seen.journal, seen.at) = (Some(answers.journal), answers.at);
            }
            // Whether it is busy, the time since the last answer shows.
            Err(StorageError::Busy | StorageError::TookTooLong) => {
                seen.answered = before.answered.or_else(|| Some(Instant::now()));
            }
            Err(error) => {
                seen.hindrances.insert(match error {
                    StorageError::Damaged(_) => Hindrance::DatabaseDamaged,
                    StorageError::Denied(_) => Hindrance::DatabaseDenied,
                    StorageError::Held(_) => Hindrance::DatabaseBusy,
                    StorageError::Full(_) => Hindrance::StorageFull,
                    StorageError::ReadOnly(_) => Hindrance::DatabaseReadOnly,
                    _ => Hindrance::DatabaseUnreachable,
                });
            }
        }
        if registry.storage.is_damaged() {
            seen.hindrances.insert(Hindrance::DatabaseDamaged);
        }
        match registry.storage.not_taken() {
            Some(NotTaken::Full) => drop(seen.hindrances.insert(Hindrance::StorageFull)),
            Some(NotTaken::ReadOnly) => drop(seen.hindrances.insert(Hindrance::DatabaseReadOnly)),
            None => {}
        }
        if free_bytes.is_some_and(|it| it < ROOM_BYTES) {
            seen.hindrances.insert(Hindrance::StorageFull);
        }
        if registry.log.is_refused() {
            seen.hindrances.insert(Hindrance::SigningRefused);
        }
        if seen.hindrances != before.hindrances {
            let reasons: Vec<_> = seen.hindrances.iter().map(|it| it.code()).collect();
            if reasons.is_empty() {
                tracing::info!("the registry can do its work again");
            } else {
                tracing::error!(reasons = reasons.join(", "), "the registry cannot do its work");
            }
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        has_answered
    }
}

fn hindrances_of(answers: &Answers, limits: ClockLimits) -> BTreeSet<Hindrance> {
    let Answers { release, is_writable, journal, keys, at } = answers;
    let waited = journal.oldest_pending.map_or_else(TimeDelta::zero, |since| *at - since);
    let clock = limits.fault(journal.sealed_through, *at).filter(|_| journal.sealed > 0);
    let found = [
        (matches!(release, Release::None | Release::Earlier), Hindrance::MigrationsMissing),
        (*release == Release::Later, Hindrance::MigrationsUnknown),
        (!is_writable, Hindrance::DatabaseReadOnly),
        (waited > TimeDelta::seconds(SEALED_WITHIN_SECONDS), Hindrance::SealingBehind),
        (!keys.is_empty(), Hindrance::KeysUnfit),
        (clock == Some(ClockFault::Behind), Hindrance::ClockBehind),
        (clock == Some(ClockFault::Ahead), Hindrance::ClockAhead),
    ];
    found.into_iter().filter_map(|(is_so, hindrance)| is_so.then_some(hindrance)).collect()
}
