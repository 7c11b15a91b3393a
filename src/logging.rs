//! The log: lines for people or for machines, on standard error.
//!
//! Nothing waits for the log and nothing fails by it. Lines go to a thread of their own through a queue of bounded length; where
//! they cannot be written as fast as they come (a pipe that nobody reads), those that no longer fit are dropped, as are those that
//! cannot be written at all (a full disk). Both are counted.

use std::{
    io::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSection};

/// How many lines wait at most to be written.
const LINES_WAITING: usize = 4_096;

/// Those that did not fit into the queue.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Those that could not be written.
static FAILED: AtomicU64 = AtomicU64::new(0);

/// Counts the lines that cannot be written.
struct Counting<W>(W);

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, some: &[u8]) -> io::Result<usize> {
        self.0.write(some)
    }

    /// Writes one line.
    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.0.write_all(line);
        if written.is_err() {
            FAILED.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The setting is no filter of `tracing`.
    #[error(
        "log.filter is {0}, and must be a filter, such as info or sanquan=debug\n设置项 log.filter 为 {0}，应为日志过滤规则，例如 info 或 sanquan=debug"
    )]
    Filter(String),
    /// Something else logs already.
    #[error("the log cannot be started")]
    Started(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Writes what still waits when it is dropped, for a second at most.
#[derive(Debug)]
#[must_use]
pub struct Logging {
    _writer: WorkerGuard,
}

/// Starts to log.
pub fn start(settings: &LogSection) -> Result<Logging, LoggingError> {
    let filter =
        EnvFilter::try_new(&settings.filter).map_err(|_| LoggingError::Filter(settings.filter.clone()))?;
    let queue = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_WAITING);
    let (writer, guard) = queue.thread_name("log").finish(Counting(io::stderr()));
    DROPPED.get_or_init(|| writer.error_counter());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Its own complaints go to standard error, and panic where nobody reads that.
        .log_internal_errors(false)
        .with_writer(writer);
    let started = match settings.format {
        LogFormat::Human => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(LoggingError::Started)?;
    Ok(Logging { _writer: guard })
}

/// How many lines were dropped since the start.
pub fn dropped_lines() -> u64 {
    let without_room = DROPPED.get().map_or(0, |it| u64::try_from(it.dropped_lines()).unwrap_or(u64::MAX));
    without_room.saturating_add(FAILED.load(Ordering::Relaxed))
}
