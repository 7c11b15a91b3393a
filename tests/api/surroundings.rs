//! What a registry lives among: a log that nobody reads, and strangers who ask for what is not there.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::town::{EAST, Engine, Town, postgres};

/// A second server of a town, as an administrator starts one.
struct Server {
    process: Child,
    base_url: String,
}

impl Server {
    async fn of(town: &Town) -> Self {
        Self::logging_to(town, Stdio::piped()).await
    }

    async fn logging_to(town: &Town, log: impl Into<Stdio>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        drop(socket);
        let process = Command::new(env!("CARGO_BIN_EXE_sanquan"))
            .arg("--data-dir")
            .arg(&town.settings.data_dir)
            .args(["--database-url", &town.settings.database(), "--listen", &address, "serve"])
            .env("SANQUAN_LOG__FILTER", "info")
            .env("SANQUAN_HTTP__TIMEOUT_SECONDS", "120")
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { process, base_url: format!("http://{address}") };
        let client = reqwest::Client::new();
        while client.get(format!("{}/healthz", server.base_url)).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    async fn ends(mut self) {
        let signalled = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(signalled.success());
        let asked = Instant::now();
        let code = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status.code();
            }
            assert!(asked.elapsed() < Duration::from_secs(60), "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(code, Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub async fn a_log_that_nobody_reads_stops_nobody(town: Town) {
    let mut server = Server::of(&town).await;
    let officer = town.officer().of(&server.base_url);
    let refusals = async |times: usize| {
        for _ in 0..times {
            let nobody = format!("/v1/parties/{}", uuid::Uuid::now_v7());
            officer.gets(&nobody).await.expect_problem(404, "not_found");
        }
    };
    // More than a pipe holds, each with a line of its own.
    refusals(1_000).await;
    // Whoever could have read it goes away.
    drop(server.process.stderr.take());
    refusals(20).await;
    let metrics = officer.gets("/metrics").await.expect(200);
    assert!(metrics.as_str().unwrap().contains("sanquan_log_lines_dropped_total "), "{metrics}");
    officer.gets("/readyz").await.expect(200);
    server.ends().await;
}

pub async fn a_log_that_cannot_be_written_is_counted(town: Town) {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let server = Server::logging_to(&town, full).await;
    let officer = town.officer().of(&server.base_url);
    officer.gets("/v1/nothing").await.expect_problem(404, "not_found");
    let dropped = async || {
        let metrics = officer.gets("/metrics").await.expect(200).as_str().unwrap().to_owned();
        let line = metrics.lines().find_map(|it| it.strip_prefix("sanquan_log_lines_dropped_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let asked = Instant::now();
    while dropped().await == 0 {
        assert!(asked.elapsed() < Duration::from_secs(60), "nothing says that the log is not written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.ends().await;
}

pub async fn a_probe_that_is_told_the_state_is_no_line_of_the_log(town: Town) {
    let mut server = Server::of(&town).await;
    let probe = town.somebody(None).of(&server.base_url);
    runs(&town, "insert into __diesel_schema_migrations (version) values ('20990101000000')").await;
    let asked = Instant::now();
    while probe.gets("/readyz").await.status != 503 {
        assert!(asked.elapsed() < Duration::from_secs(60), "nothing is told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..20 {
        probe.gets("/readyz").await.expect_problem(503, "unavailable");
    }
    probe.gets("/v1/parties").await.expect_problem(401, "unauthenticated");
    runs(&town, "delete from __diesel_schema_migrations where version = '20990101000000'").await;
    let mut log = server.process.stderr.take().unwrap();
    server.ends().await;
    let mut lines = String::new();
    std::io::Read::read_to_string(&mut log, &mut lines).unwrap();
    assert!(lines.contains("the registry cannot do its work"), "{lines}");
    assert_eq!(lines.matches("a request of a stranger was refused").count(), 1, "{lines}");
}

pub async fn strangers_leave_no_trace_that_grows(town: Town) {
    let stranger = town.somebody(None);
    let invented = join_all((0..50).map(|number| {
        let method = Method::from_bytes(format!("INVENTED{number}").as_bytes()).unwrap();
        stranger.request(method, "/v1/parties").send()
    }))
    .await;
    assert!(invented.into_iter().all(|it| it.unwrap().status() == 405));
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        stranger.request(method, "/v1/parties").send().await.unwrap();
    }
    let metrics = stranger.gets("/metrics").await.expect(200);
    let metrics = metrics.as_str().unwrap();
    assert!(!metrics.contains("INVENTED") && !metrics.contains("method=\"DELETE\""), "{metrics}");
    assert!(metrics.contains("method=\"other\",route=\"/v1/parties\",status=\"405\""), "{metrics}");
}

/// Asks `/readyz` until the reasons that it gives are those awaited. It is looked at every second, so whoever asks a few times
/// is told.
async fn readiness(town: &Town, is_awaited: impl Fn(&[String]) -> bool) {
    let stranger = town.somebody(None);
    let began = Instant::now();
    loop {
        let answer = stranger.gets("/readyz").await;
        let reasons = answer.body["reasons"].as_array().cloned().unwrap_or_default();
        let reasons: Vec<String> = reasons.iter().map(|it| it.as_str().unwrap().to_owned()).collect();
        assert_eq!(answer.status == 200, reasons.is_empty(), "{}", answer.body);
        if is_awaited(&reasons) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "still {reasons:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub async fn is_told(town: &Town, reason: &str) {
    readiness(town, |reasons| reasons.iter().any(|it| it == reason)).await;
    let metrics = town.somebody(None).gets("/metrics").await.expect(200);
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains(&format!("sanquan_not_ready{{reason=\"{reason}\"}} 1")), "{metrics}");
    assert!(metrics.contains("sanquan_ready 0"), "{metrics}");
}

pub async fn is_well(town: &Town) {
    readiness(town, <[String]>::is_empty).await;
}

fn somebody(name: &str) -> Value {
    json!({"kind": "enterprise", "name": name, "region_code": EAST, "identifier": {"scheme": "none"}})
}

async fn set(town: &Town, what: &'static str) {
    let url = town.settings.database();
    tokio::task::spawn_blocking(move || postgres::set_database(&url, what)).await.unwrap();
}

pub async fn a_database_that_is_away_is_told_of_at_once_and_found_again_at_once(town: Town) {
    is_well(&town).await;
    if town.engine == Engine::Sqlite {
        return;
    }
    set(&town, "allow_connections false").await;
    is_told(&town, "database_unreachable").await;
    let officer = town.officer();
    for _ in 0..3 {
        let asked = Instant::now();
        let answer = officer.posts("/v1/parties", somebody("甲公司")).await;
        let patience = Duration::from_secs(town.settings.storage.patience_seconds);
        assert!(asked.elapsed() < patience, "nobody waits for it: {:?}", asked.elapsed());
        assert_eq!(answer.header("retry-after"), "1");
        answer.expect_problem(503, "unavailable");
    }
    let began = Instant::now();
    set(&town, "allow_connections true").await;
    while officer.gets("/v1/parties").await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "it is not found again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    is_well(&town).await;
    officer.creates("/v1/parties", somebody("乙公司")).await;
}

pub async fn a_database_that_can_only_be_read_is_read(town: Town) {
    if town.engine == Engine::Sqlite {
        is_well(&town).await;
        return;
    }
    let party = town.party("enterprise", "甲公司", EAST).await;
    town.signed_size().await;
    set(&town, "set default_transaction_read_only = on").await;
    is_told(&town, "database_read_only").await;
    let officer = town.officer();
    officer.reads(&format!("/v1/parties/{party}")).await;
    let refused = officer.posts("/v1/parties", somebody("乙公司")).await;
    assert_eq!(refused.header("retry-after"), "1");
    refused.expect_problem(503, "unavailable");

    set(&town, "reset default_transaction_read_only").await;
    is_well(&town).await;
    officer.creates("/v1/parties", somebody("乙公司")).await;
}

/// Runs statements in the database of a town, as no server of this release does.
pub async fn runs(town: &Town, statements: &'static str) {
    let (url, engine) = (town.settings.database(), town.engine);
    let run = move || match engine {
        Engine::Sqlite => {
            let path = url.strip_prefix("sqlite://").unwrap();
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection.batch_execute("pragma busy_timeout = 60000").unwrap();
            connection.batch_execute(statements).unwrap();
        }
        Engine::Postgres => PgConnection::establish(&url).unwrap().batch_execute(statements).unwrap(),
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

pub async fn a_database_of_another_release_is_told_of(town: Town) {
    is_well(&town).await;
    runs(&town, "insert into __diesel_schema_migrations (version) values ('20990101000000')").await;
    is_told(&town, "migrations_unknown").await;
    runs(&town, "delete from __diesel_schema_migrations where version = '20990101000000'").await;
    is_well(&town).await;
    runs(
        &town,
        "create table kept as select * from __diesel_schema_migrations;
         delete from __diesel_schema_migrations where version = (select max(version) from kept)",
    )
    .await;
    is_told(&town, "migrations_missing").await;
    runs(
        &town,
        "insert into __diesel_schema_migrations select * from kept
             where version = (select max(version) from kept);
         drop table kept",
    )
    .await;
    is_well(&town).await;
}

pub async fn a_database_that_holds_no_registry_is_not_said_to_be_away(town: Town) {
    is_well(&town).await;
    // Something of it is not as it was.
    runs(&town, "alter table registry_keys rename to odd").await;
    readiness(&town, |reasons| reasons == ["database_failing"]).await;
    // There is nothing of it.
    runs(&town, "alter table __diesel_schema_migrations rename to gone").await;
    readiness(&town, |reasons| reasons == ["migrations_missing"]).await;
    runs(
        &town,
        "alter table gone rename to __diesel_schema_migrations; alter table odd rename to registry_keys",
    )
    .await;
    is_well(&town).await;
}

pub async fn entries_that_wait_too_long_to_be_sealed_are_told_of(town: Town) {
    if town.engine == Engine::Sqlite {
        // There, whoever keeps the sealer from its work keeps everybody from it.
        is_well(&town).await;
        return;
    }
    let url = town.settings.database();
    let hold = move || {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute("select pg_advisory_lock(x'53414e5155414e01'::bigint)").unwrap();
        connection
    };
    let sealer = tokio::task::spawn_blocking(hold).await.unwrap();
    town.party("enterprise", "甲公司", EAST).await;
    is_told(&town, "sealing_behind").await;
    let metrics = town.somebody(None).gets("/metrics").await.expect(200);
    assert!(!metrics.as_str().unwrap().contains("sanquan_journal_pending_entries 0"), "{metrics}");
    drop(sealer);
    is_well(&town).await;
}

/// A town whose clock is believed as far as that of a registry in earnest.
async fn by_the_clock(town: &mut Town) {
    town.settings.journal.clock_ahead_hours = 72;
    town.settings.journal.clock_behind_seconds = 5;
    town.restarts().await;
}

pub async fn nothing_is_recorded_by_a_clock_that_is_a_year_ahead(mut town: Town) {
    town.party("enterprise", "甲公司", EAST).await;
    town.signed_size().await;
    by_the_clock(&mut town).await;
    let year = chrono::TimeDelta::days(366);
    town.clock.advance(year);
    is_told(&town, "clock_ahead").await;
    let token = town.renewed("township_officer").await;
    let officer = town.somebody(Some(&token));
    let refused = officer.posts("/v1/parties", somebody("乙公司")).await;
    assert_eq!(refused.header("retry-after"), "1");
    let why = refused.expect_problem(503, "unavailable");
    assert!(why["detail"].as_str().unwrap().contains("clock"), "{why}");

    town.clock.advance(-year);
    is_well(&town).await;
    let made = town.officer().creates("/v1/parties", somebody("乙公司")).await;
    town.signed_size().await;
    let known = town.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    town.officer().reads(&format!("/v1/parties/{}?known_at={known}", made["id"].as_str().unwrap())).await;
}

pub async fn a_registry_that_stood_still_goes_on_once_its_clock_is_confirmed(mut town: Town) {
    town.party("enterprise", "甲公司", EAST).await;
    crate::journal::whole_auditor(&town).await;
    town.signed_size().await;
    by_the_clock(&mut town).await;
    town.clock.advance(chrono::TimeDelta::days(10));
    is_told(&town, "clock_ahead").await;

    let mut confirming = town.settings.clone();
    confirming.journal.clock_ahead_hours = u32::MAX;
    let beside = sanquan::cli::open(&confirming, town.clock.clone()).unwrap();
    sanquan::journal::confirm_clock(&beside.storage).await.unwrap();
    is_well(&town).await;
    let token = town.renewed("township_officer").await;
    town.somebody(Some(&token)).creates("/v1/parties", somebody("乙公司")).await;
    let token = crate::journal::whole_auditor_again(&town).await;
    let entries = town.somebody(Some(&token)).reads("/v1/journal?action=clock_confirmed").await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "{entries}");
}

pub async fn what_is_recorded_by_a_clock_that_lags_waits_to_be_sealed(mut town: Town) {
    town.party("enterprise", "甲公司", EAST).await;
    town.signed_size().await;
    by_the_clock(&mut town).await;
    let minutes = chrono::TimeDelta::minutes(20);
    town.clock.advance(-minutes);
    is_told(&town, "clock_behind").await;
    let token = town.renewed("township_officer").await;
    let officer = town.somebody(Some(&token));
    let made = officer.creates("/v1/parties", somebody("乙公司")).await;
    officer.reads(&format!("/v1/parties/{}", made["id"].as_str().unwrap())).await;
    town.clock.advance(minutes);
    is_well(&town).await;
    town.signed_size().await;
}

/// A town behind a proxy on the same machine, with few requests a minute.
pub fn behind_a_proxy(settings: &mut sanquan::settings::Settings) {
    crate::shell::few_requests(settings);
    settings.http.trusted_proxies = vec!["::ffff:127.0.0.1".to_owned(), "10.20.0.0/16".to_owned()];
}

/// The status of what anybody may read, asked with some headers.
async fn asked(town: &Town, headers: &[(&str, &str)]) -> u16 {
    let mut request = town.somebody(None).request(Method::GET, "/v1/certificates/keys");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

pub async fn whoever_asks_through_a_proxy_has_a_quota_of_their_own(town: Town) {
    let by = "X-Forwarded-For";
    for _ in 0..5 {
        assert_eq!(asked(&town, &[(by, "203.0.113.1")]).await, 200);
    }
    assert_eq!(asked(&town, &[(by, "203.0.113.1")]).await, 429);
    assert_eq!(asked(&town, &[(by, "203.0.113.2")]).await, 200, "others are not held up");
    // What the caller wrote before the proxy added its address changes nothing, and neither does a second proxy.
    for forged in ["198.51.100.7, 203.0.113.1", "198.51.100.8,203.0.113.1,10.20.0.7", "nobody, 203.0.113.1"] {
        assert_eq!(asked(&town, &[(by, forged)]).await, 429, "{forged}");
    }
    assert_eq!(asked(&town, &[("Forwarded", "for=203.0.113.1;proto=https")]).await, 429);
    assert_eq!(asked(&town, &[("Forwarded", "for=\"[2001:db8::1]:4711\"")]).await, 200);
    // One of two headers that differ is the caller's: all such requests share one quota.
    let mut statuses = Vec::new();
    for number in 0..8 {
        let forged = format!("for=198.51.100.{number}");
        statuses.push(asked(&town, &[(by, "203.0.113.3"), ("Forwarded", &forged)]).await);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
    assert_eq!(asked(&town, &[(by, "203.0.113.3")]).await, 200);
}

pub async fn nobody_says_by_a_header_who_they_are(town: Town) {
    let mut statuses = Vec::new();
    for number in 0..8 {
        let (one, other) = (format!("203.0.113.{number}"), format!("for=203.0.113.{number}"));
        statuses.push(asked(&town, &[("X-Forwarded-For", &one), ("Forwarded", &other)]).await);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);

    let mut wrong = town.settings.clone();
    wrong.http.trusted_proxies = vec!["10.0.0.0/33".to_owned()];
    let refused = sanquan::cli::open(&wrong, town.clock.clone()).unwrap_err().to_string();
    assert!(refused.contains("http.trusted_proxies") && refused.contains("10.0.0.0/33"), "{refused}");
}
