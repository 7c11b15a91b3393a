//! Whether the database answers anybody: asked on a connection that is kept for this alone, and by opening another.
//!
//! Either may hang for as long as it likes: a server that stands still answers nothing, and one of several hosts of a URL may
//! swallow what it is sent until libpq goes on to the next, for which the URL's own `connect_timeout` counts. So each is asked on a
//! thread of its own, one at a time, and what it comes to counts whenever it comes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tokio::{sync::watch, time};

use crate::storage::{
    AnyConnection,
    engine::{Opener, works},
};

/// How long an answer is waited for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// After how long without a connection a database stands still: one that is away, or has no room for another connection, says so at
/// once.
const SILENT_AFTER: Duration = Duration::from_secs(1);

/// How often is looked, while all is well, whether the kept connection is still good.
const LOOKED_AFTER_EVERY: Duration = Duration::from_secs(10);

/// What asks the database whether it answers.
#[derive(Debug)]
pub(super) struct Lifeline {
    opener: Opener,
    line: Mutex<Line>,
    asked: watch::Sender<Asked>,
    silent: watch::Sender<bool>,
}

/// The connection that is kept.
#[derive(Debug, Default)]
struct Line {
    /// None while it is being asked, and where there is none.
    conn: Option<AnyConnection>,
    /// When it was last looked after.
    looked_after: Option<Instant>,
}

/// What was asked, and what came of it.
#[derive(Debug, Default)]
struct Asked {
    /// Since when the kept connection is being asked, if it is.
    on_line: Option<Instant>,
    /// Whether another one is being opened.
    by_opening: bool,
    /// How often either was answered.
    answers: u64,
    /// Whether the last one that could not be opened took its time.
    opens_slowly: bool,
    /// When the last one was opened while the kept one said nothing: what was opened before is as good as gone.
    superseded: Option<Instant>,
}

/// One way to ask, as long as it is under way: it ends with this value, however its thread ends.
struct Attempt {
    of: Arc<Lifeline>,
    opens: bool,
    began: Instant,
    is_answered: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.of.asked.send_modify(|it| {
            it.answers = it.answers.wrapping_add(self.is_answered.into());
            if self.opens {
                it.by_opening = false;
                it.opens_slowly = !self.is_answered && self.began.elapsed() >= SILENT_AFTER;
                if self.is_answered && it.on_line.is_some_and(|since| since.elapsed() >= SILENT_AFTER) {
                    it.superseded = Some(self.began);
                }
            } else {
                it.on_line = None;
            }
        });
        if self.is_answered {
            self.of.note_silence(false);
        }
    }
}

impl Lifeline {
    pub(super) fn new(opener: Opener) -> Self {
        Self {
            opener,
            line: Mutex::default(),
            asked: watch::Sender::default(),
            silent: watch::Sender::new(false),
        }
    }

    /// Whether the database answers nobody, as was last seen, and what tells of a change.
    pub(super) fn silent(&self) -> watch::Receiver<bool> {
        self.silent.subscribe()
    }

    /// Whether it answers nobody, as was last seen.
    pub(super) fn is_silent(&self) -> bool {
        *self.silent.borrow()
    }

    /// Whether a connection that rests, and worked last at an instant, is as good as gone: since then another could be opened, and
    /// one like it said nothing.
    pub(super) fn is_superseded(&self, worked_at: Instant) -> bool {
        self.asked.borrow().superseded.is_some_and(|it| worked_at < it)
    }

    fn note_silence(&self, is_silent: bool) {
        self.silent.send_if_modified(|it| std::mem::replace(it, is_silent) != is_silent);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds out whether the database answers anybody: the kept connection, whoever opens another, or, meanwhile, any statement of
    /// the pool's. Where it leaves all of them unanswered, it is silent until one is answered.
    pub(super) async fn find_out(self: &Arc<Self>) {
        let mut asked = self.asked.subscribe();
        let (answers, heard) = (asked.borrow().answers, self.opener.reach.answers());
        self.ask_on_line();
        self.ask_by_opening();
        let is_over = |it: &Asked| it.answers != answers || !(it.on_line.is_some() || it.by_opening);
        // Whether it is over or not, what is known by then counts.
        let _ = time::timeout(ANSWERS_WITHIN, asked.wait_for(is_over)).await;
        let hangs = {
            let it = asked.borrow();
            it.answers == answers && (it.on_line.is_some() || it.by_opening || it.opens_slowly)
        };
        self.note_silence(hangs && self.opener.reach.answers() == heard);
    }

    /// Sees to it, while all is well, that there is a good connection to ask on when it no longer is.
    pub(super) fn look_after(self: &Arc<Self>) {
        let is_due = {
            let mut line = self.line();
            let is_due = line.looked_after.is_none_or(|it| it.elapsed() >= LOOKED_AFTER_EVERY);
            if is_due {
                line.looked_after = Some(Instant::now());
            }
            is_due
        };
        if is_due && self.opener.keeps_a_line() && !self.ask_on_line() {
            self.ask_by_opening();
        }
    }

    /// Asks on the kept connection, if there is one that is not being asked already. Whether there is.
    fn ask_on_line(self: &Arc<Self>) -> bool {
        if self.asked.borrow().on_line.is_some() {
            return true;
        }
        let Some(mut conn) = self.line().conn.take() else { return false };
        self.attempt(false, move |of| {
            let is_answered = works(&mut conn);
            if is_answered {
                of.line().conn.get_or_insert(conn);
            }
            is_answered
        });
        true
    }

    /// Opens another connection, unless one is being opened already, and keeps it where there is none.
    fn ask_by_opening(self: &Arc<Self>) {
        if self.asked.borrow().by_opening {
            return;
        }
        self.attempt(true, |of| match of.opener.open() {
            Ok(conn) => {
                if of.opener.keeps_a_line() {
                    of.line().conn.get_or_insert(conn);
                }
                true
            }
            Err(_) => false,
        });
    }

    fn attempt(self: &Arc<Self>, opens: bool, ask: impl FnOnce(&Self) -> bool + Send + 'static) {
        let attempt = Attempt { of: Arc::clone(self), opens, began: Instant::now(), is_answered: false };
        self.asked.send_modify(|it| match opens {
            true => it.by_opening = true,
            false => it.on_line = Some(Instant::now()),
        });
        // A thread that hangs keeps nobody from ending the program.
        let begun = thread::Builder::new().name("reaching".to_owned()).spawn(move || {
            let mut attempt = attempt;
            attempt.is_answered = ask(&attempt.of);
        });
        if let Err(error) = begun {
            tracing::warn!(%error, "no thread for asking the database");
        }
    }
}
