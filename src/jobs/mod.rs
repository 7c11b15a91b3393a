//! Work in the background: each job takes turns for as long as the server runs, and is started again when it fails.
//!
//! A turn is a transaction of its own or several, so a server may be killed in the middle of one. Where only one server may
//! work at a time, the turn takes a lock in the database and does nothing where another server holds it.

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
    }
}

/// When a job takes its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to do.
    AtOnce,
    /// After a while.
    After(Duration),
    /// When this server commits something, and after a while at the latest.
    OnCommit(Duration),
}

type Turn = Pin<Box<dyn Future<Output = Result<Next, StorageError>> + Send>>;

/// Something that the server does in the background.
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
    /// A job by what one turn of it does.
    pub fn new<F, T>(name: JobName, mut turn: T) -> Self
    where
        F: Future<Output = Result<Next, StorageError>> + Send + 'static,
        T: FnMut() -> F + Send + 'static,
    {
        Self { name, turn: Box::new(move || Box::pin(turn())) }
    }
}

/// The least and the greatest pause after a turn that failed; it doubles in between.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// How long a job may take for its last turn.
const LAST_TURN: Duration = Duration::from_secs(10);

/// Jobs that run.
#[derive(Debug)]
pub struct Jobs {
    running: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Jobs {
    /// Starts jobs.
    pub fn start(jobs: Vec<Job>, storage: &Storage, progress: &Progress) -> Self {
        let (stop, stopped) = watch::channel(false);
        let start = |job| tokio::spawn(keep(job, storage.clone(), progress.clone(), stopped.clone()));
        Self { running: jobs.into_iter().map(start).collect(), stop }
    }

    /// Lets every job finish its turn, the one that was started last before the others.
    pub async fn end(self) {
        self.stop.send_replace(true);
        for mut job in self.running.into_iter().rev() {
            if time::timeout(LAST_TURN, &mut job).await.is_err() {
                job.abort();
            }
        }
    }
}

/// Lets a job take its turns until it is stopped.
async fn keep(mut job: Job, storage: Storage, progress: Progress, mut stopped: watch::Receiver<bool>) {
    let mut back_off = BACK_OFF.0;
    let mut commits = storage.commits();
    while !*stopped.borrow() {
        commits.mark_unchanged();
        // A task of its own, so that a panic ends the turn and not the job.
        let next = match tokio::spawn((job.turn)()).await {
            Ok(Ok(next)) => {
                progress.succeeded(job.name, Instant::now());
                back_off = BACK_OFF.0;
                next
            }
            failed => {
                let error = match failed {
                    Ok(Err(error)) => chain(&error),
                    Err(panicked) => panicked.to_string(),
                    Ok(Ok(_)) => String::new(),
                };
                tracing::warn!(job = job.name.code(), error, "a job failed and will be tried again");
                progress.failed(job.name);
                let pause = back_off;
                back_off = back_off.saturating_mul(2).min(BACK_OFF.1);
                Next::After(pause)
            }
        };
        let pause = async {
            match next {
                Next::AtOnce => {}
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
    use crate::storage::{Clock, StorageSettings, Target};

    #[tokio::test]
    async fn a_job_that_fails_or_panics_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
        let second = Duration::from_secs(1);
        let settings = StorageSettings { connections: 2, patience: second, statement_timeout: second };
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
                    2 => Ok(Next::AtOnce),
                    _ => Ok(Next::After(Duration::from_secs(3600))),
                }
            }
        });
        let jobs = Jobs::start(vec![job], &storage, &progress);
        while turns.load(Ordering::SeqCst) < 4 {
            time::sleep(Duration::from_millis(10)).await;
        }
        jobs.end().await;
        let state = progress.of(JobName::Tidying);
        assert_eq!(state.failures, 2);
        assert!(state.succeeded.is_some());
        assert_eq!(progress.of(JobName::Sealing).failures, 0);
        assert_eq!(turns.load(Ordering::SeqCst), 4, "it rests when it is stopped");
    }
}
