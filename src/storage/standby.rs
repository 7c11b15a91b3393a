//! Reads from a standby of PostgreSQL, which replays what the primary has committed a little later.
//!
//! A read goes there only if it will see everything that this server has committed, and everything that any other server had
//! committed a bounded time ago. Both are positions in the primary's write-ahead log: this server asks the primary where that ends,
//! after each of its commits and several times within the bound, and the standby says, in the unit of work that reads and before it
//! does, how far it has replayed. No clock but this server's own is asked, and only for how long ago it asked.
//!
//! Whatever the standby fails in, the primary is asked instead. Nobody waits for it: what it is worth is looked at beside the
//! requests ([`Storage::follow_standby`]).

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{OptionalExtension as _, QueryableByName, RunQueryDsl as _, sql_types};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time,
};

use crate::storage::{
    AnyConnection, Clock, Failure, Outlet, Pieces, Read, Release, Storage, StorageError, StorageSettings,
    Target, chain, release, unit::in_snapshot,
};

/// How long a standby may take to say how far it is, before the primary is asked instead.
const SAYS_WITHIN: Duration = Duration::from_millis(250);

/// How long a short query may take there from then on. What takes long at the primary as well has no limit but those of its
/// statements: for locks, the one of standbys.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// How long it may take where nobody waits for that. One that takes longer is trusted again once it says it in time.
const SEEN_WITHIN: Duration = Duration::from_millis(500);

/// How many times within the bound is looked how far the primary and the standby are.
const LOOKS: u32 = 4;

/// The longest time between two looks, and the shortest between two questions to the primary.
const BETWEEN_LOOKS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_millis(10));

/// For how long is remembered where the log ended: a standby that is further behind is behind by this much at least.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Where a server is in the log, and whose log that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
struct Place {
    /// The database cluster: the same for a primary and its standbys.
    #[diesel(sql_type = sql_types::BigInt)]
    system: i64,
    /// The history of it: each promotion begins another.
    #[diesel(sql_type = sql_types::Integer)]
    timeline: i32,
    /// Up to where: what the primary has inserted, or the standby has replayed.
    #[diesel(sql_type = sql_types::BigInt)]
    position: i64,
}

/// Where the primary's log ends. Nothing that it has made visible is beyond; behind the header of a page that holds nothing
/// else yet, that is where the page begins, as the standby will say.
const OF_PRIMARY: &str = "
with log as (
    select pg_current_wal_insert_lsn() as at, pg_current_wal_insert_lsn() - '0/0'::pg_lsn as position,
        pg_size_bytes(current_setting('wal_segment_size')) as segment, current_setting('wal_block_size')::bigint as page
    where not pg_is_in_recovery())
select (select system_identifier from pg_control_system()) as system,
    ('x' || left(pg_walfile_name(at), 8))::bit(32)::integer as timeline,
    (position - case when position % segment = 40 then 40 when position % page = 24 then 24 else 0 end)::bigint as position
from log";

/// How far a standby has replayed; nothing of a server that replays nothing. Who follows whom, only the receiver knows at
/// once, and tells those alone who may see it; after a promotion, what the last checkpoint says is late.
const OF_STANDBY: &str = "
select (select system_identifier from pg_control_system()) as system,
    coalesce((select received_tli from pg_stat_wal_receiver limit 1), (select timeline_id from pg_control_checkpoint())) as timeline,
    (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint as position
where pg_is_in_recovery() and pg_last_wal_replay_lsn() is not null";

/// Asks a server for its place; none where it is not what it is taken for.
fn place(unit: &mut Read<'_>, asked: &str) -> Result<Option<Place>, StorageError> {
    let AnyConnection::Pg(conn) = unit.conn() else { return Ok(None) };
    Ok(diesel::sql_query(asked).get_result(conn).optional()?)
}

/// What the primary said, and when it was asked.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Instant,
    place: Place,
}

/// What is known of both servers.
#[derive(Debug, Default)]
struct Seen {
    /// What the primary said, the oldest first.
    marks: VecDeque<Mark>,
    /// What it said first after the last change of this server, and how many changes there were by then.
    after_change: Option<(u64, Mark)>,
    /// Everything that anybody had committed by then, the standby has replayed.
    caught_up: Option<Instant>,
    /// When the standby was last looked at.
    looked: Option<Instant>,
    /// What keeps the standby from being trusted, as it was last logged.
    distrust: Option<&'static str>,
}

impl Seen {
    /// Takes in what the primary said when there had been so many changes.
    fn note(&mut self, changes: u64, mark: Mark, apart: Duration) {
        let is_another =
            |it: &Mark| (it.place.system, it.place.timeline) != (mark.place.system, mark.place.timeline);
        if self.marks.back().is_some_and(is_another) {
            *self = Self { looked: self.looked, distrust: self.distrust, ..Self::default() };
        }
        if self.after_change.is_none_or(|(counted, _)| counted != changes) {
            self.after_change = Some((changes, mark));
        }
        if self.marks.back().is_none_or(|it| mark.at.duration_since(it.at) >= apart) {
            self.marks.push_back(mark);
        }
        while self.marks.front().is_some_and(|it| it.at.elapsed() > REMEMBERED) {
            self.marks.pop_front();
        }
    }

    /// What the standby must have replayed, for a read after so many changes that may miss what others committed within `lag`;
    /// none where the primary has not said it yet.
    fn wanted(&self, changes: u64, lag: Duration) -> Option<Place> {
        let (_, own) = self.after_change.filter(|(counted, _)| *counted == changes)?;
        let of_others = self.marks.iter().find(|it| it.at.elapsed() <= lag)?;
        let position = own.place.position.max(of_others.place.position);
        Some(Place { position, ..of_others.place })
    }

    /// Takes in how far the standby is.
    fn note_replayed(&mut self, place: Place) {
        let reached = self.marks.iter().rev().find(|it| it.place.position <= place.position);
        if let Some(mark) = reached {
            self.caught_up = self.caught_up.max(Some(mark.at));
        }
    }
}

/// How a standby is doing, for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct Following {
    /// Whether reads go there at present.
    pub is_usable: bool,
    /// How far it is behind the primary at most; none where that was never found out.
    pub lag: Option<Duration>,
    /// How many reads went there, of those that may.
    pub reads: u64,
    /// How many of them went to the primary.
    pub reads_of_primary: u64,
}

/// A standby of PostgreSQL. It gives out nothing but [`Read`]s.
#[derive(Debug)]
pub struct Standby {
    storage: Storage,
    /// How far it may be behind what other servers committed.
    lag: Duration,
    seen: Mutex<Seen>,
    /// Whether it is there, is a standby of the primary, and holds a registry of this release.
    trusted: watch::Sender<bool>,
    /// A look that has not been answered yet.
    looking: Mutex<Option<JoinHandle<Result<Look, StorageError>>>>,
    reads: AtomicU64,
    reads_of_primary: AtomicU64,
}

/// What a look finds.
type Look = (Option<Place>, Release);

impl Standby {
    /// A standby that may be behind by so much. Whether it is there shows later.
    pub fn new(target: &Target, settings: &StorageSettings, clock: Clock, lag: Duration) -> Self {
        Self {
            storage: Storage::to_standby(target, settings, clock),
            lag,
            seen: Mutex::default(),
            trusted: watch::Sender::new(false),
            looking: Mutex::default(),
            reads: AtomicU64::new(0),
            reads_of_primary: AtomicU64::new(0),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn looking(&self) -> MutexGuard<'_, Option<JoinHandle<Result<Look, StorageError>>>> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long between two looks.
    fn between_looks(&self) -> Duration {
        self.lag.checked_div(LOOKS).unwrap_or_default().clamp(BETWEEN_LOOKS.1, BETWEEN_LOOKS.0)
    }

    /// What it must have replayed for a read after so many changes; none where it is not to be asked.
    fn wanted(&self, changes: u64) -> Option<Place> {
        (*self.trusted.borrow()).then(|| self.seen().wanted(changes, self.lag)).flatten()
    }

    /// Looks how far it is, and whether it is to be trusted.
    async fn look(&self) {
        self.seen().looked = Some(Instant::now());
        let looking = self.looking().take();
        let mut looking = looking.unwrap_or_else(|| {
            let storage = self.storage.clone();
            tokio::spawn(
                async move { storage.look(|unit| Ok((place(unit, OF_STANDBY)?, release(unit)?))).await },
            )
        });
        let found = match time::timeout(SEEN_WITHIN, &mut looking).await {
            Ok(Ok(found)) => found,
            Ok(Err(stopped)) => Err(StorageError::Corrupt(stopped.to_string())),
            Err(_) => {
                // It is not asked again before it has answered: each question would keep a connection.
                *self.looking() = Some(looking);
                Err(StorageError::Busy)
            }
        };
        self.storage.give_up_unanswered();
        let primary = self.seen().marks.back().map(|it| it.place);
        let distrust = match &found {
            Err(StorageError::Busy | StorageError::TookTooLong) => Some("it does not answer in time"),
            Err(_) => Some("it cannot be reached"),
            Ok((None, _)) => Some("it is no standby"),
            Ok((Some(place), release)) => match primary {
                None => Some("the primary does not answer"),
                Some(primary) if primary.system != place.system => Some("it is of another database cluster"),
                Some(primary) if primary.timeline != place.timeline => Some("it follows another primary"),
                Some(_) if *release != Release::This => Some("its database is of another release"),
                Some(_) => None,
            },
        };
        let mut seen = self.seen();
        if let (Ok((Some(place), _)), None) = (&found, distrust) {
            seen.note_replayed(*place);
        }
        if seen.distrust != distrust || (distrust.is_none() && !*self.trusted.borrow()) {
            match distrust {
                None => tracing::info!("reads may go to the standby"),
                Some(why) => {
                    let error = found.as_ref().err().map(|it| chain(it)).unwrap_or_default();
                    tracing::warn!(why, error, "no reads go to the standby");
                }
            }
        }
        seen.distrust = distrust;
        drop(seen);
        self.trusted.send_if_modified(|it| std::mem::replace(it, distrust.is_none()) != distrust.is_none());
    }

    /// What some work at the standby comes to; none where it is slow to say how far it is, takes longer than it may from then on, or
    /// stops being trusted meanwhile.
    async fn in_time<T, E>(
        &self,
        follows: oneshot::Receiver<()>,
        within: Option<Duration>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Option<T> {
        let (mut work, mut trusted) = (pin!(work), self.trusted.subscribe());
        tokio::select! {
            biased;
            done = &mut work => return done.ok(),
            _ = follows => {}
            () = time::sleep(SAYS_WITHIN) => return None,
        }
        tokio::select! {
            biased;
            done = &mut work => done.ok(),
            _ = trusted.wait_for(|it| !it) => None,
            () = time::sleep(within.unwrap_or(Duration::MAX)), if within.is_some() => None,
        }
    }

    /// Runs a query there, if it has replayed what it must; none where the primary is to be asked, whose word counts wherever
    /// the answer is a refusal.
    async fn ask<T, E, F>(&self, changes: u64, how: How, query: &Arc<F>) -> Option<T>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>) -> Result<T, E> + Send + Sync + 'static,
    {
        let (wanted, query) = (self.wanted(changes)?, Arc::clone(query));
        let (said, follows) = oneshot::channel();
        let work = self.storage.read_apart(move |unit| {
            check::<E>(unit, wanted, said)?;
            match how {
                How::Once => query(unit),
                How::AtAGlance | How::InSnapshot => in_snapshot(unit.again(), |unit| query(unit)),
            }
        });
        let within = match how {
            How::Once | How::AtAGlance => Some(ANSWERS_WITHIN),
            How::InSnapshot => None,
        };
        self.in_time(follows, within, work).await
    }

    /// The same for what is streamed.
    async fn stream<T, E, F>(&self, changes: u64, query: &Arc<F>) -> Option<Pieces<T, E>>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>, &Outlet<T>) -> Result<(), E> + Send + Sync + 'static,
    {
        let (wanted, query) = (self.wanted(changes)?, Arc::clone(query));
        let (said, follows) = oneshot::channel();
        let work = self
            .storage
            .stream_if(move |unit| check::<E>(unit, wanted, said), move |unit, outlet| query(unit, outlet));
        self.in_time(follows, None, work).await
    }

    fn count(&self, is_answered: bool) {
        let counter = if is_answered { &self.reads } else { &self.reads_of_primary };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Has the standby say that it has replayed what it must.
fn check<E: Failure>(unit: &mut Read<'_>, wanted: Place, said: oneshot::Sender<()>) -> Result<(), E> {
    let found = place(unit, OF_STANDBY)?.ok_or(StorageError::NotReplayed)?;
    let is_same = (found.system, found.timeline) == (wanted.system, wanted.timeline);
    if !is_same || found.position < wanted.position {
        return Err(StorageError::NotReplayed.into());
    }
    // Whoever asked may have gone to the primary.
    let _ = said.send(());
    Ok(())
}

/// How a query is run.
#[derive(Debug, Clone, Copy)]
enum How {
    /// One statement.
    Once,
    /// A few short ones in one snapshot.
    AtAGlance,
    /// As many as it takes in one snapshot.
    InSnapshot,
}

/// Runs queries on the standby where they may lag and it is good for them, and on the primary otherwise.
#[derive(Debug, Clone)]
pub struct Reader {
    storage: Storage,
    may_lag: bool,
}

impl Storage {
    /// Runs queries; if they `may_lag`, perhaps on the standby: see [`Standby`].
    pub fn reader(&self, may_lag: bool) -> Reader {
        Reader { storage: self.clone(), may_lag }
    }

    /// How its standby is doing, if it has one.
    pub fn following(&self) -> Option<Following> {
        let standby = self.standby()?;
        let lag = standby.seen().caught_up.map(|it| it.elapsed());
        Some(Following {
            is_usable: *standby.trusted.borrow() && lag.is_some_and(|it| it <= standby.lag),
            lag,
            reads: standby.reads.load(Ordering::Relaxed),
            reads_of_primary: standby.reads_of_primary.load(Ordering::Relaxed),
        })
    }

    /// Waits for the next change of this server, or until it is time for another look; asks the primary how far it is, and looks
    /// at the standby where that is due.
    pub async fn follow_standby(&self) -> Result<(), StorageError> {
        let Some(standby) = self.standby() else { return Ok(()) };
        let pause = standby.between_looks();
        let (mut changes, counted) = (self.changes(), standby.seen().after_change.map(|it| it.0));
        if counted == Some(*changes.borrow()) {
            // Whether there was a change or not, it is time to ask.
            let _ = time::timeout(pause, changes.changed()).await;
        }
        let (counted, at) = (self.changes_so_far(), Instant::now());
        let of_primary = self.read(|unit| place(unit, OF_PRIMARY)).await;
        if let Ok(Some(place)) = &of_primary {
            standby.seen().note(
                counted,
                Mark { at, place: *place },
                pause.checked_div(2).unwrap_or_default(),
            );
        }
        let looked = standby.seen().looked;
        if looked.is_none_or(|it| it.elapsed() >= pause) {
            standby.look().await;
        }
        time::sleep(BETWEEN_LOOKS.1).await;
        of_primary.map(drop)
    }
}

impl Reader {
    /// The same for what is asked as it was known at a settled instant: wherever that is on record, it is the same.
    #[must_use]
    pub fn of_what_was_known(self, then: bool) -> Self {
        Self { may_lag: self.may_lag || then, ..self }
    }

    fn standby(&self) -> Option<(&Standby, u64)> {
        let standby = self.storage.standby().filter(|_| self.may_lag)?;
        Some((standby, self.storage.changes_so_far()))
    }

    async fn on_standby<T, E, F>(&self, how: How, query: &Arc<F>) -> Option<T>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>) -> Result<T, E> + Send + Sync + 'static,
    {
        let (standby, changes) = self.standby()?;
        let found = standby.ask(changes, how, query).await;
        standby.count(found.is_some());
        found
    }

    /// Runs a short query of one statement, as [`Storage::read`] does.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>) -> Result<T, E> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        match self.on_standby(How::Once, &query).await {
            Some(found) => Ok(found),
            None => self.storage.read(move |unit| query(unit)).await,
        }
    }

    /// Runs a few short statements in one snapshot, as [`Storage::glance`] does.
    pub async fn glance<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>) -> Result<T, E> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        match self.on_standby(How::AtAGlance, &query).await {
            Some(found) => Ok(found),
            None => self.storage.glance(move |unit| query(unit)).await,
        }
    }

    /// Runs queries in one snapshot, however long they take, as [`Storage::snapshot`] does.
    pub async fn snapshot<T, E, F>(&self, query: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>) -> Result<T, E> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        match self.on_standby(How::InSnapshot, &query).await {
            Some(found) => Ok(found),
            None => self.storage.snapshot(move |unit| query(unit)).await,
        }
    }

    /// Streams what queries find in one snapshot, as [`Storage::stream`] does.
    pub async fn stream<T, E, F>(&self, query: F) -> Result<Pieces<T, E>, E>
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Read<'_>, &Outlet<T>) -> Result<(), E> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        if let Some((standby, changes)) = self.standby() {
            let pieces = standby.stream(changes, &query).await;
            standby.count(pieces.is_some());
            if let Some(pieces) = pieces {
                return Ok(pieces);
            }
        }
        self.storage.stream(move |unit, outlet| query(unit, outlet)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAG: Duration = Duration::from_secs(1);

    fn mark(ago: Duration, position: i64, timeline: i32) -> Mark {
        let at = Instant::now().checked_sub(ago).unwrap();
        Mark { at, place: Place { system: 1, timeline, position } }
    }

    #[test]
    fn what_this_server_changed_is_wanted_whole_and_what_others_did_but_for_the_last_moment() {
        let mut seen = Seen::default();
        assert_eq!(seen.wanted(0, LAG), None, "nobody was asked yet");
        seen.note(0, mark(5 * LAG, 10, 1), Duration::ZERO);
        assert_eq!(seen.wanted(0, LAG), None, "what was done since is not known");
        seen.note(0, mark(LAG / 2, 30, 1), Duration::ZERO);
        seen.note(0, mark(LAG / 4, 40, 1), Duration::ZERO);
        assert_eq!(seen.wanted(0, LAG).unwrap().position, 30);
        assert_eq!(seen.wanted(1, LAG), None, "the primary was not asked since the change");
        seen.note(1, mark(Duration::ZERO, 50, 1), Duration::ZERO);
        seen.note(1, mark(Duration::ZERO, 60, 1), Duration::ZERO);
        assert_eq!(seen.wanted(1, LAG).unwrap().position, 50);
    }

    #[test]
    fn another_history_is_begun_anew() {
        let mut seen = Seen::default();
        seen.note(3, mark(LAG / 2, 100, 1), Duration::ZERO);
        seen.note_replayed(Place { system: 1, timeline: 1, position: 100 });
        assert!(seen.caught_up.is_some());
        seen.note(3, mark(Duration::ZERO, 90, 2), Duration::ZERO);
        assert_eq!(seen.wanted(3, LAG), Some(Place { system: 1, timeline: 2, position: 90 }));
        assert_eq!(seen.caught_up, None);
    }

    #[test]
    fn a_standby_is_behind_by_as_much_as_it_has_not_replayed() {
        let mut seen = Seen::default();
        for (ago, position) in [(4, 10), (3, 20), (2, 30)] {
            seen.note(0, mark(ago * LAG, position, 1), Duration::ZERO);
        }
        seen.note_replayed(Place { system: 1, timeline: 1, position: 29 });
        let behind = seen.caught_up.unwrap().elapsed();
        assert!((3 * LAG..4 * LAG).contains(&behind), "{behind:?}");
    }
}
