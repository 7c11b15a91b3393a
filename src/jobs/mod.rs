//! Background work: each job runs in turns for as long as the server runs, and is retried when it fails.
//!
//! A turn is one or more transactions of its own, so a server may be killed in the middle of one. If only one server may work
//! at a time, the turn takes a lock in the database and does nothing while another server holds it.

mod progress;

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinHandle, time};

use crate::{
    storage::{Storage, StorageError, chain},
    values::closed_enum,
};

pub use progress::{JobState, Progress};

closed_enum! {
    /// What the server does in the background.
    pub enum JobName {
        /// Gives journal entries their places and signs checkpoints.
        Sealing = "sealing",
        /// Deletes what has expired.
        Tidying = "tidying",
        /// Looks whether the registry can do its work.
        Watching = "watching",
        /// Looks how far the standby of the database is, where there is one.
        Following = "following",
    }
}

/// When a job takes its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once, since there is more to do.
    Immediately,
    /// After a while.
    After(Duration),
    /// When this server commits something, and after a while at the latest.
    OnCommit(Duration),
}

type Turn = Pin<Box<dyn Future<Output = Result<Next, StorageError>> + Send>>;

/// A background job.
pub struct Job {
    name: JobName,
    turn: Box<dyn FnMut() -> Turn + Send>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.name)
    }
}

impl Job {
    /// Creates a job from the function that runs one turn of it.
    pub fn new<F, T>(name: JobName, mut turn: T) -> Self
    where
        F: Future<Output = Result<Next, StorageError>> + Send + 'static,
        T: FnMut() -> F + Send + 'static,
    {
        Self { name, turn: Box::new(move || Box::pin(turn())) }
    }
}

/// The shortest and the longest pause after a turn that failed; it doubles each time.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// The least and the most time that a job has to finish its turn when the server stops.
const STOP_TIMEOUTS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// The running jobs.
#[derive(Debug)]
pub struct Jobs {
    running: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Jobs {
    /// Starts jobs.
    pub fn start(jobs: Vec<Job>, storage: &Storage, progress: &Progress) -> Self {
        let (stop, stopped) = watch::channel(false);
        let start = |job| tokio::spawn(run(job, storage.clone(), progress.clone(), stopped.clone()));
        Self { running: jobs.into_iter().map(start).collect(), stop }
    }

    /// Lets every job finish its turn, and stops those that do not within some time: all together, so that one that hangs holds
    /// up no other.
    pub async fn stop(self, within: Duration) {
        self.stop.send_replace(true);
        let until = time::Instant::now() + within.clamp(STOP_TIMEOUTS.0, STOP_TIMEOUTS.1);
        for mut job in self.running {
            if time::timeout_at(until, &mut job).await.is_err() {
                job.abort();
            }
        }
    }
}

/// Runs the turns of a job until it is stopped.
async fn run(mut job: Job, storage: Storage, progress: Progress, mut stopped: watch::Receiver<bool>) {
    let mut backoff = BACKOFF.0;
    let mut commits = storage.commits();
    while !*stopped.borrow() {
        commits.mark_unchanged();
        // A separate task, so that a panic ends the turn and not the job.
        let next = match tokio::spawn((job.turn)()).await {
            Ok(Ok(next)) => {
                progress.succeeded(job.name, Instant::now());
                backoff = BACKOFF.0;
                next
            }
            failed => {
                let error = match failed {
                    Ok(Err(error)) => chain(&error),
                    Err(panicked) => panicked.to_string(),
                    Ok(Ok(_)) => String::new(),
                };
                tracing::warn!(job = job.name.code(), error, "a job failed and will be retried");
                progress.failed(job.name);
                let pause = backoff;
                backoff = backoff.saturating_mul(2).min(BACKOFF.1);
                Next::After(pause)
            }
        };
        let pause = async {
            match next {
                Next::Immediately => {}
                Next::After(pause) => time::sleep(pause).await,
                Next::OnCommit(pause) => drop(time::timeout(pause, commits.changed()).await),
            }
        };
        tokio::select! {
            () = pause => {}
            changed = stopped.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::storage::{Clock, ClockLimits, StorageSettings, Target};

    #[tokio::test]
    async fn a_job_that_fails_or_panics_is_retried() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
        let second = Duration::from_secs(1);
        let clock = ClockLimits::default();
        let settings = StorageSettings { connections: 2, patience: second, statement_timeout: second, clock };
        let storage =
            Storage::open(&Target::parse(&url, false).unwrap(), &settings, Clock::default()).unwrap();
        let progress = Progress::default();
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        let job = Job::new(JobName::Tidying, move || {
            let turn = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match turn {
                    0 => panic!("the first turn"),
                    1 => Err(StorageError::Corrupt("the second turn".to_owned())),
                    2 => Ok(Next::Immediately),
                    _ => Ok(Next::After(Duration::from_secs(3600))),
                }
            }
        });
        let jobs = Jobs::start(vec![job], &storage, &progress);
        while turns.load(Ordering::SeqCst) < 4 {
            time::sleep(Duration::from_millis(10)).await;
        }
        jobs.stop(second).await;
        let state = progress.of(JobName::Tidying);
        assert_eq!(state.failures, 2);
        assert!(state.succeeded.is_some());
        assert_eq!(progress.of(JobName::Sealing).failures, 0);
        assert_eq!(turns.load(Ordering::SeqCst), 4, "it rests when it is stopped");
    }
}
