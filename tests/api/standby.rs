//! Reads from a standby of PostgreSQL, and databases that stand still.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use sanquan::{
    demo,
    settings::Settings,
    storage::{Clock, ClockLimits, Storage, StorageSettings, Target},
};
use serde_json::{Value, json};

use crate::town::{
    Actor, Beside, EAST, Engine, Town, postgres,
    wire::{Stuck, Wire},
};

/// A registry on a primary of its own with a standby, and somebody who asks it.
struct Followed<'t> {
    town: &'t Town,
    pair: postgres::Pair,
    settings: Settings,
    server: Beside,
    officer: String,
    _data: tempfile::TempDir,
}

impl<'t> Followed<'t> {
    /// None where there are no programs of PostgreSQL to start one with.
    async fn of(town: &'t Town, change: fn(&mut Settings)) -> Option<Self> {
        let pair = tokio::task::spawn_blocking(postgres::Pair::start).await.unwrap()?;
        let data = tempfile::tempdir().unwrap();
        let mut settings = town.settings.clone();
        settings.data_dir = data.path().to_owned();
        settings.database_url = pair.primary_url();
        settings.storage.standby_url = pair.standby_url();
        settings.http.requests_per_minute = NonZeroU32::MAX;
        change(&mut settings);
        let registry = sanquan::cli::open(&settings, town.clock.clone()).unwrap();
        let tokens = demo::load(&registry, &settings.data_dir, true).await.unwrap();
        drop(registry);
        let server = Town::beside_with(&settings, &town.clock);
        Some(Self { town, pair, settings, server, officer: tokens["township_officer"].clone(), _data: data })
    }

    fn officer(&self) -> Actor<'t> {
        self.officer_at(&self.server)
    }

    fn officer_at(&self, server: &Beside) -> Actor<'t> {
        self.town.somebody(Some(&self.officer)).of(&server.base_url)
    }

    /// A figure of the metrics.
    async fn counted(&self, name: &str) -> f64 {
        let metrics = self.officer().gets("/metrics").await.expect(200);
        let lines = metrics.as_str().unwrap().lines();
        let line = lines.filter_map(|it| it.strip_prefix(name)).next();
        line.and_then(|it| it.trim().parse().ok()).unwrap_or_default()
    }

    async fn read_there(&self) -> f64 {
        self.counted("sanquan_storage_reads_total{server=\"standby\"}").await
    }

    /// Waits until reads may go to the standby, or may not any more.
    async fn becomes_usable(&self, usable: bool) {
        let began = Instant::now();
        while (self.counted("sanquan_storage_standby_usable").await > 0.5) != usable {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the standby does not become usable: {usable}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks for a list until the standby has answered it.
    async fn is_asked(&self) {
        let (began, before) = (Instant::now(), self.read_there().await);
        while self.read_there().await <= before {
            assert!(began.elapsed() < Duration::from_secs(30), "no read goes to the standby");
            self.officer().reads("/v1/parties?limit=200").await;
        }
    }

    /// Records a party, which whoever recorded it then sees in the list at once.
    async fn records(&self, by: &Actor<'_>, number: usize) {
        let made = by.creates("/v1/parties", party(number)).await;
        let listed = by.reads("/v1/parties?limit=200").await;
        let is_there = listed["items"].as_array().unwrap().iter().any(|it| it["id"] == made["id"]);
        assert!(is_there, "{number} is missing");
    }

    /// Asks for lists for a while: each is answered, and soon.
    async fn answers_for(&self, span: Duration, soon: Duration) {
        let began = Instant::now();
        while began.elapsed() < span {
            let asked = Instant::now();
            let all = (0..4).map(|_| async { self.officer().gets("/v1/parties").await.expect(200) });
            futures_util::future::join_all(all).await;
            assert!(asked.elapsed() < soon, "a list took {:?}", asked.elapsed());
        }
        self.officer().gets("/readyz").await.expect(200);
    }
}

fn party(number: usize) -> Value {
    json!({
        "kind": "enterprise", "name": format!("第{number}农业有限公司"), "region_code": EAST,
        "identifier": {"scheme": "none"},
    })
}

fn with_little_patience(settings: &mut Settings) {
    settings.storage.patience_seconds = 2;
    settings.storage.statement_timeout_seconds = 2;
}

pub async fn a_standby_answers_what_it_has_and_is_missed_by_nobody(town: Town) {
    if town.engine == Engine::Sqlite {
        let mut settings = town.settings.clone();
        settings.storage.standby_url = "postgres://nobody@127.0.0.1:1/none".to_owned();
        let refused = sanquan::cli::open(&settings, town.clock.clone()).unwrap_err();
        assert!(refused.to_string().contains("storage.standby_url"), "{refused}");
        return;
    }
    let Some(followed) = Followed::of(&town, |_| {}).await else { return };
    followed.becomes_usable(true).await;
    followed.is_asked().await;
    let officer = followed.officer();
    for number in 0..20 {
        followed.records(&officer, number).await;
    }
    followed.is_asked().await;

    // What was known at an instant is the same wherever it is read: that of now as well, at which a thing was just sealed.
    for number in 20..30 {
        let made = officer.creates("/v1/parties", party(number)).await;
        let place = format!("/v1/parties/{}", made["id"].as_str().unwrap());
        while officer.gets(&place).await.headers.get("journal-index").is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let now = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ");
        let known = officer.reads(&format!("{place}?known_at={now}")).await;
        assert_eq!(known["name"], made["name"]);
    }

    // One that replays nothing is never believed, neither about this server's changes nor about another's.
    let beside = Town::beside_with(&followed.settings, &town.clock);
    followed.pair.on_standby("select pg_wal_replay_pause()");
    for number in 30..40 {
        followed.records(&officer, number).await;
    }
    let of_another = followed.officer_at(&beside).creates("/v1/parties", party(40)).await;
    followed.becomes_usable(false).await;
    let listed = officer.reads("/v1/parties?limit=200").await;
    assert!(listed["items"].as_array().unwrap().iter().any(|it| it["id"] == of_another["id"]));
    followed.pair.on_standby("select pg_wal_replay_resume()");
    followed.becomes_usable(true).await;
    followed.is_asked().await;
    beside.stops().await;

    // One that stands still costs nobody an answer, and neither does one that is gone.
    followed.pair.standby_stands_still(true);
    followed.answers_for(Duration::from_secs(3), Duration::from_secs(5)).await;
    followed.becomes_usable(false).await;
    followed.pair.standby_stands_still(false);
    followed.becomes_usable(true).await;
    followed.is_asked().await;
    followed.pair.kill_standby();
    followed.answers_for(Duration::from_secs(2), Duration::from_secs(5)).await;
    followed.becomes_usable(false).await;
    followed.records(&officer, 41).await;
    followed.server.stops().await;
}

pub async fn a_database_that_stands_still_holds_nobody_up_for_ever(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let Some(followed) = Followed::of(&town, with_little_patience).await else { return };
    let officer = followed.officer();
    followed.records(&officer, 0).await;
    followed.pair.primary_stands_still(true);
    // More than there are connections, each with something of its own to wait for.
    let asked = Instant::now();
    let all = (1..20).map(|number| officer.posts("/v1/parties", party(number)));
    for answer in futures_util::future::join_all(all).await {
        answer.expect_problem(503, "unavailable");
    }
    assert!(asked.elapsed() < Duration::from_secs(15), "they waited for {:?}", asked.elapsed());
    while officer.gets("/readyz").await.body["reasons"] != json!(["database_unreachable"]) {
        assert!(asked.elapsed() < Duration::from_secs(20), "it is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // By now nobody waits at all.
    let asked = Instant::now();
    officer.gets("/v1/parties").await.expect_problem(503, "unavailable");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());

    followed.pair.primary_stands_still(false);
    let began = Instant::now();
    while officer.gets("/readyz").await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(15), "it is not found again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    followed.records(&officer, 21).await;
    // What was given up was told to be not done, and is not.
    let listed = officer.reads("/v1/parties?limit=200").await;
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert!((1..20).all(|it| !names.contains(&party(it)["name"])), "{names:?}");
    followed.server.stops().await;
}

pub async fn a_reading_that_the_standby_holds_up_is_done_by_the_primary(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let far_behind =
        |settings: &mut Settings| settings.storage.standby_lag_seconds = NonZeroU32::new(60).unwrap();
    let Some(followed) = Followed::of(&town, far_behind).await else { return };
    followed.becomes_usable(true).await;
    followed.is_asked().await;
    followed.pair.locks_on_standby("parties");
    for _ in 0..3 {
        let asked = Instant::now();
        followed.officer().reads("/v1/parties?limit=200").await;
        assert!(asked.elapsed() < Duration::from_secs(5), "a reading took {:?}", asked.elapsed());
    }
    followed.pair.on_standby("select pg_wal_replay_resume()");
    followed.is_asked().await;
    followed.server.stops().await;
}

/// What `/readyz` gives as reasons.
async fn reasons(somebody: &Actor<'_>) -> Vec<String> {
    let answer = somebody.gets("/readyz").await;
    let reasons = answer.body["reasons"].as_array().cloned().unwrap_or_default();
    reasons.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Waits until `/readyz` says that all is well, or that it is not.
async fn is_ready(somebody: &Actor<'_>, ready: bool) {
    let began = Instant::now();
    while reasons(somebody).await.is_empty() != ready {
        assert!(began.elapsed() < Duration::from_secs(60), "still {:?}", reasons(somebody).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub async fn a_database_is_found_behind_a_host_that_swallows_everything(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let url = town.settings.database();
    let wire = Wire::to(&url);
    let mut settings = town.settings.clone();
    with_little_patience(&mut settings);
    // Whoever tries both hosts needs longer than anybody waits.
    settings.database_url = format!("{}?connect_timeout=7", wire.url_before(&url));
    let server = Town::beside_with(&settings, &town.clock);
    let officer = town.officer().of(&server.base_url);
    officer.reads("/v1/parties").await;
    is_ready(&officer, true).await;
    wire.gets_stuck(Stuck::Everything);
    is_ready(&officer, false).await;
    is_ready(&officer, true).await;
    officer.reads("/v1/parties").await;
    officer.creates("/v1/parties", party(0)).await;
    server.stops().await;
}

pub async fn a_commit_that_is_not_answered_is_told(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let url = town.settings.database();
    let wire = Wire::to(&url);
    let mut settings = town.settings.clone();
    settings.database_url = wire.url(&url);
    let server = Town::beside_with(&settings, &town.clock);
    let officer = town.officer().of(&server.base_url);
    is_ready(&officer, true).await;
    // Whether the act was done nobody knows, so it waits as it does for a standby that is away.
    wire.gets_stuck(Stuck::Commits);
    let acting = officer.posts("/v1/parties", party(0));
    let watching = async {
        let began = Instant::now();
        while reasons(&officer).await != ["sealing_behind"] {
            assert!(began.elapsed() < Duration::from_secs(120), "still {:?}", reasons(&officer).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        officer.reads("/v1/parties").await;
        wire.gets_stuck(Stuck::Nothing);
    };
    let (answer, ()) = futures_util::future::join(acting, watching).await;
    assert!(matches!(answer.status, 201 | 503), "{}", answer.status);
    is_ready(&officer, true).await;
    server.stops().await;
}

pub async fn connections_that_are_busy_are_not_taken_for_a_database_that_is_away(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let url = town.settings.database();
    let wire = Wire::to(&url);
    let mut settings = town.settings.clone();
    settings.database_url = wire.url(&url);
    settings.http.requests_at_once = 16;
    let server = Town::beside_with(&settings, &town.clock);
    let officer = town.officer().of(&server.base_url);
    is_ready(&officer, true).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let hold = move || {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute("begin; lock table parties in access exclusive mode").unwrap();
        connection
    };
    let held = tokio::task::spawn_blocking(hold).await.unwrap();
    wire.gets_stuck(Stuck::New);
    // More than there are connections.
    let all = futures_util::future::join_all((0..8).map(|_| officer.gets("/v1/parties")));
    let watching = async {
        let began = Instant::now();
        let mut told = Vec::new();
        while began.elapsed() < Duration::from_secs(15) {
            told.extend(reasons(&officer).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::task::spawn_blocking(move || drop(held)).await.unwrap();
        told
    };
    let (answers, told) = futures_util::future::join(all, watching).await;
    answers.into_iter().for_each(|it| drop(it.expect(200)));
    assert!(!told.is_empty() && told.iter().all(|it| it == "database_busy"), "{told:?}");
    is_ready(&officer, true).await;
    wire.gets_stuck(Stuck::Nothing);
    server.stops().await;
}

pub async fn a_connection_that_is_let_in_and_not_answered_is_given_up(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let wire = Wire::to(&town.settings.database());
    let target = Target::parse(&wire.url(&town.settings.database()), true).unwrap();
    let settings = StorageSettings {
        connections: 4,
        patience: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(1),
        clock: ClockLimits::default(),
    };
    wire.gets_stuck(Stuck::Statements);
    let opens = || {
        let (tell, told) = tokio::sync::oneshot::channel();
        let (target, settings) = (target.clone(), settings.clone());
        // A thread that hangs for good keeps nobody from telling so.
        std::thread::spawn(move || {
            let _ = tell.send(Storage::open(&target, &settings, Clock::default()).is_ok());
        });
        tokio::time::timeout(Duration::from_secs(40), told)
    };
    assert!(!opens().await.unwrap().unwrap(), "whoever opens it is told");
    wire.gets_stuck(Stuck::Nothing);
    assert!(opens().await.unwrap().unwrap());
}
