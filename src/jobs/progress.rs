//! The progress of a server's jobs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::jobs::JobName;

/// The state of a job.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobState {
    /// When a turn last succeeded; `None` before the first time.
    pub succeeded: Option<Instant>,
    /// How often it failed since the server started.
    pub failures: u64,
}

/// The state of all jobs, for monitoring.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<JobName, JobState>>>);

impl Progress {
    fn states(&self) -> MutexGuard<'_, BTreeMap<JobName, JobState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn succeeded(&self, job: JobName, at: Instant) {
        self.states().entry(job).or_default().succeeded = Some(at);
    }

    pub(super) fn failed(&self, job: JobName) {
        let mut states = self.states();
        let state = states.entry(job).or_default();
        state.failures = state.failures.saturating_add(1);
    }

    /// The state of a job.
    pub fn of(&self, job: JobName) -> JobState {
        self.states().get(&job).copied().unwrap_or_default()
    }
}
