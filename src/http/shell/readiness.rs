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
    storage::{self, ClockFault, ClockLimits, NotTaken, Read, Release, StorageError, chain, silence},
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
    /// What of that the database said when it answered last: it is so until it says otherwise.
    said: BTreeSet<Hindrance>,
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
    /// Whether the role lacks rights that somebody missed.
    is_denied: bool,
    /// What the registry holds; none where its tables are not those of this release.
    content: Option<Content>,
}

/// What a registry holds.
#[derive(Debug)]
struct Content {
    journal: Standing,
    keys: Vec<KeyFault>,
    at: NaiveDateTime,
}

fn ask(unit: &mut Read<'_>, keyring: &Keyring, was_denied: bool) -> Result<Answers, StorageError> {
    let release = storage::release(unit)?;
    let is_writable = storage::is_writable(unit)?;
    let is_denied = was_denied && storage::lacking(unit)?.is_some();
    let content = match (release, content(unit, keyring)) {
        (_, Ok(content)) => Some(content),
        // An empty database lacks the tables, and that of another release may lack some of what is asked of them.
        (Release::None | Release::Earlier | Release::Later, Err(error)) if is_of_tables(&error) => None,
        (_, Err(error)) => return Err(error),
    };
    Ok(Answers { release, is_writable, is_denied, content })
}

fn content(unit: &mut Read<'_>, keyring: &Keyring) -> Result<Content, StorageError> {
    let keys = keyring.faults(unit)?;
    Ok(Content { keys, journal: journal::standing(unit)?, at: unit.timestamp() })
}

/// Whether the tables may be what a failure is about.
const fn is_of_tables(error: &StorageError) -> bool {
    matches!(error, StorageError::Failed(_) | StorageError::Corrupt(_))
}

/// Whether the database has not answered yet.
const fn is_of_waiting(error: &StorageError) -> bool {
    matches!(error, StorageError::Busy | StorageError::TookTooLong)
}

/// What it is that keeps the database from answering.
const fn hindrance_of(error: &StorageError) -> Hindrance {
    match error {
        StorageError::Unreachable(_) | StorageError::Lost(_) | StorageError::Unconfirmed(_) => {
            Hindrance::DatabaseUnreachable
        }
        StorageError::Busy
        | StorageError::TookTooLong
        | StorageError::Transient(_)
        | StorageError::Held(_) => Hindrance::DatabaseBusy,
        StorageError::Damaged(_) => Hindrance::DatabaseDamaged,
        StorageError::Denied(_) => Hindrance::DatabaseDenied,
        StorageError::Full(_) => Hindrance::StorageFull,
        StorageError::ReadOnly(_) => Hindrance::DatabaseReadOnly,
        _ => Hindrance::DatabaseFailing,
    }
}

impl Seen {
    /// Takes in what the database answered, or why it did not.
    fn take_in(&mut self, answers: Result<&Answers, &StorageError>, limits: ClockLimits) {
        let now = Instant::now();
        match answers {
            Ok(answers) => {
                self.said = hindrances_of(answers, limits);
                self.answered = Some(now);
                if let Some(Content { journal, at, .. }) = &answers.content {
                    if self.journal.is_none_or(|it| it.signed != journal.signed) {
                        self.signed = Some(now);
                    }
                    (self.journal, self.at) = (Some(*journal), *at);
                }
                self.hindrances = self.said.clone();
            }
            Err(error) => {
                self.hindrances = self.said.clone();
                if is_of_waiting(error) {
                    self.answered.get_or_insert(now);
                    self.hindrances.extend(self.is_overdue().then_some(Hindrance::DatabaseBusy));
                } else {
                    self.hindrances.insert(hindrance_of(error));
                }
            }
        }
    }

    /// Whether the database has not answered for some seconds.
    fn is_overdue(&self) -> bool {
        self.answered.is_none_or(|it| it.elapsed() > ANSWERS_WITHIN)
    }
}

impl Readiness {
    /// What was last seen. Where nothing new was seen for some seconds, the database is busy.
    pub(crate) fn seen(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Where it is known why nothing is answered, nothing else is said of that.
        let why = [
            Hindrance::DatabaseUnreachable,
            Hindrance::DatabaseFailing,
            Hindrance::DatabaseDamaged,
            Hindrance::DatabaseDenied,
        ];
        let is_known = why.iter().any(|it| seen.hindrances.contains(it));
        if !is_known && seen.is_overdue() {
            seen.hindrances.insert(Hindrance::DatabaseBusy);
        }
        seen
    }

    /// Looks at the registry before it serves anybody.
    pub(crate) fn look_first(&self, registry: &Registry) {
        let was_denied = registry.storage.is_denied();
        let answers = registry.storage.read_now(|unit| ask(unit, &registry.keyring, was_denied));
        self.note(registry, answers);
        registry.storage.keep_in_touch();
    }

    /// Looks at the registry. Says whether the database answered.
    pub(crate) async fn look(&self, registry: &Registry) -> bool {
        let storage = &registry.storage;
        storage.give_up_unanswered();
        // Where it answered nobody, it is not asked anything before it answers again.
        if storage.is_silent() {
            storage.try_to_reach().await;
            if storage.is_silent() {
                return self.note(registry, Err(silence()));
            }
        }
        let answers = match self.asked(registry).await {
            Err(error) if is_of_waiting(&error) && storage.is_silent() => Err(silence()),
            answers => answers,
        };
        if answers.is_ok() {
            storage.keep_in_touch();
        }
        self.note(registry, answers)
    }

    /// What the database answers to a question that may have been asked before. Where it is slow to, whether it answers anybody is
    /// found out meanwhile.
    async fn asked(&self, registry: &Registry) -> Result<Answers, StorageError> {
        let asking = self.asking().take();
        let mut asking = asking.unwrap_or_else(|| {
            let (storage, keyring) = (registry.storage.clone(), registry.keyring.clone());
            let was_denied = storage.is_denied();
            tokio::spawn(async move { storage.snapshot(move |unit| ask(unit, &keyring, was_denied)).await })
        });
        let waited = async {
            time::sleep(TRIED_AFTER).await;
            registry.storage.try_to_reach().await;
        };
        let answers = tokio::select! {
            biased;
            answers = &mut asking => {
                answers.unwrap_or_else(|it| Err(StorageError::Corrupt(it.to_string())))
            }
            () = waited => {
                // It is not asked again before it has answered: each question would keep a connection.
                *self.asking() = Some(asking);
                return Err(StorageError::Busy);
            }
        };
        if answers.as_ref().is_err_and(is_of_waiting) {
            registry.storage.try_to_reach().await;
        }
        answers
    }

    fn asking(&self) -> MutexGuard<'_, Option<JoinHandle<Result<Answers, StorageError>>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, registry: &Registry, answers: Result<Answers, StorageError>) -> bool {
        let before = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let free_bytes = registry.folders().filter_map(|it| storage::free_bytes(it).ok()).min();
        let has_answered = answers.is_ok();
        let mut seen = Seen { free_bytes, ..before.clone() };
        seen.take_in(answers.as_ref(), registry.storage.clock_limits());
        if let Ok(Answers { is_denied, content, .. }) = &answers {
            if !is_denied {
                registry.storage.note_rights();
            }
            if let Some(Content { journal, keys, .. }) = content {
                if !before.said.contains(&Hindrance::KeysUnfit) {
                    keys.iter().for_each(|it| tracing::error!(key = it.name.code(), "{it}"));
                }
                if journal.sealed > 0 {
                    registry.storage.note_sealed_through(journal.sealed_through);
                }
            }
        }
        if registry.storage.is_denied() {
            seen.hindrances.insert(Hindrance::DatabaseDenied);
        }
        if registry.storage.check_presence().is_err() {
            seen.hindrances.insert(Hindrance::DatabaseUnreachable);
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
        let committing = registry.storage.commits_unanswered().and_then(|it| TimeDelta::from_std(it).ok());
        if committing.is_some_and(|it| it > TimeDelta::seconds(SEALED_WITHIN_SECONDS)) {
            // Nobody sees yet that its entry waits.
            seen.hindrances.insert(Hindrance::SealingBehind);
        }
        if registry.log.is_refused() {
            seen.hindrances.insert(Hindrance::SigningRefused);
        }
        if seen.hindrances != before.hindrances {
            let reasons: Vec<_> = seen.hindrances.iter().map(|it| it.code()).collect();
            if reasons.is_empty() {
                tracing::info!("the registry can do its work again");
            } else {
                let error = answers.as_ref().err().map(|it| chain(it)).unwrap_or_default();
                tracing::error!(reasons = reasons.join(", "), error, "the registry cannot do its work");
            }
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        has_answered
    }
}

fn hindrances_of(answers: &Answers, limits: ClockLimits) -> BTreeSet<Hindrance> {
    let Answers { release, is_writable, is_denied, content } = answers;
    let found = [
        (matches!(release, Release::None | Release::Earlier), Hindrance::MigrationsMissing),
        (*release == Release::Later, Hindrance::MigrationsUnknown),
        (!is_writable, Hindrance::DatabaseReadOnly),
        (*is_denied, Hindrance::DatabaseDenied),
    ];
    let within = content.as_ref().map(|Content { journal, keys, at }| {
        let waited = journal.oldest_pending.map_or_else(TimeDelta::zero, |since| *at - since);
        let clock = limits.fault(journal.sealed_through, *at).filter(|_| journal.sealed > 0);
        [
            (waited > TimeDelta::seconds(SEALED_WITHIN_SECONDS), Hindrance::SealingBehind),
            (!keys.is_empty(), Hindrance::KeysUnfit),
            (clock == Some(ClockFault::Behind), Hindrance::ClockBehind),
            (clock == Some(ClockFault::Ahead), Hindrance::ClockAhead),
        ]
    });
    let found = found.into_iter().chain(within.into_iter().flatten());
    found.filter_map(|(is_so, hindrance)| is_so.then_some(hindrance)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ClockLimits = ClockLimits { ahead: TimeDelta::MAX, behind: TimeDelta::MAX };

    fn answers(release: Release) -> Answers {
        Answers { release, is_writable: true, is_denied: false, content: None }
    }

    fn told(seen: &Seen) -> Vec<Hindrance> {
        seen.hindrances.iter().copied().collect()
    }

    #[test]
    fn what_was_said_is_so_until_the_database_says_otherwise() {
        let mut seen = Seen::default();
        seen.take_in(Ok(&answers(Release::Later)), LIMITS);
        assert_eq!(told(&seen), [Hindrance::MigrationsUnknown]);
        seen.take_in(Err(&StorageError::Busy), LIMITS);
        assert_eq!(told(&seen), [Hindrance::MigrationsUnknown], "it is too early to say that it is busy");
        seen.answered = Instant::now().checked_sub(2 * ANSWERS_WITHIN);
        seen.take_in(Err(&StorageError::TookTooLong), LIMITS);
        assert_eq!(told(&seen), [Hindrance::DatabaseBusy, Hindrance::MigrationsUnknown]);
        seen.take_in(Err(&silence()), LIMITS);
        assert_eq!(told(&seen), [Hindrance::DatabaseUnreachable, Hindrance::MigrationsUnknown]);
        seen.take_in(Ok(&answers(Release::This)), LIMITS);
        assert_eq!(told(&seen), []);
    }

    #[test]
    fn a_database_that_answers_with_a_failure_is_not_said_to_be_away() {
        let unusable = std::io::Error::from(std::io::ErrorKind::NotFound);
        for error in [StorageError::Corrupt(String::new()), StorageError::Unusable(unusable)] {
            let mut seen = Seen::default();
            seen.take_in(Err(&error), LIMITS);
            assert_eq!(told(&seen), [Hindrance::DatabaseFailing], "{error:?}");
        }
    }
}
