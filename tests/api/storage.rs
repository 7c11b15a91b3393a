//! What holds when several things happen at once, and when something breaks in the middle.

use std::{
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use futures_util::{StreamExt as _, future::join_all};
use reqwest::Method;
use sanquan::{
    http::Registry,
    identity::{Caller, Role, by_name},
    journal::seal_next,
    register::regions::{self, NewRegion, RegionError},
    storage::{Clock, Failure as _, Locked, Outlet, Read, StorageError, Target, lock, migrate},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::town::{Answer, EAST, Engine, TOWNSHIP, Town, World, id, postgres};

async fn administrator(registry: &Registry) -> Caller {
    let user =
        registry.storage.read::<_, StorageError, _>(|unit| by_name(unit, Role::Administrator.code())).await;
    user.unwrap().unwrap().as_caller(None)
}

fn village(number: u32) -> NewRegion {
    NewRegion {
        code: format!("{}{number}", &TOWNSHIP[..9]).parse().unwrap(), name: "新村".parse().unwrap()
    }
}

pub async fn a_unit_without_a_journal_entry_is_undone(town: Town) {
    let answer = town.registry.storage.write::<_, StorageError, _>(|_| Ok("done")).await;
    assert!(matches!(answer, Err(StorageError::Unjournaled)), "{answer:?}");
}

pub async fn what_met_another_transaction_is_tried_again_and_what_failed_is_undone(town: Town) {
    let administrator = administrator(&town.registry).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let by = administrator.clone();
    let recorded = town
        .registry
        .storage
        .write::<_, RegionError, _>(move |unit| {
            let recorded = regions::record(unit, &by, &village(301))?;
            if counted.fetch_add(1, Ordering::SeqCst) < 2 {
                return Err(StorageError::Transient(diesel::result::Error::NotFound).into());
            }
            Ok(recorded)
        })
        .await;
    assert!(recorded.is_ok(), "the first two attempts left nothing behind that the third could trip over");
    assert_eq!(attempts.load(Ordering::SeqCst), 3);

    let before = town.journal_size().await;
    let failed = town
        .registry
        .storage
        .write::<(), RegionError, _>(move |unit| {
            regions::record(unit, &administrator, &village(302))?;
            Err(StorageError::Corrupt("in the middle".to_owned()).into())
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(town.journal_size().await, before);
    let path = format!("/v1/regions/{}302000", &TOWNSHIP[..6]);
    town.auditor().gets(&path).await.expect_problem(404, "not_found");
}

pub async fn the_journal_has_every_entry_once_and_in_order(town: Town) {
    let officer = town.officer();
    let sealers = join_all((0..3).map(|_| async {
        for _ in 0..20 {
            town.registry.storage.upkeep(|unit| seal_next(unit, 3)).await.unwrap();
        }
    }));
    let made = join_all((0..30).map(|number| {
        let body = json!({"kind": "enterprise", "name": format!("公司{number}"), "region_code": EAST,
            "identifier": {"scheme": "none"}});
        officer.creates("/v1/parties", body)
    }));
    let (made, _) = futures_util::join!(made, sealers);
    let size = town.journal_size().await;

    let auditor = town.auditor();
    let (mut after, mut indexes, mut subjects) = (-1, Vec::new(), Vec::new());
    loop {
        let path = if after < 0 {
            "/v1/journal?limit=7".to_owned()
        } else {
            format!("/v1/journal?limit=7&after={after}")
        };
        let page = auditor.reads(&path).await;
        let items = page["items"].as_array().unwrap().clone();
        let Some(last) = items.last() else { break };
        after = last["index"].as_i64().unwrap();
        indexes.extend(items.iter().map(|it| it["index"].as_i64().unwrap()));
        subjects.extend(items.iter().flat_map(|it| it["subject_ids"].as_array().unwrap().clone()));
        if i64::try_from(indexes.len()).unwrap() > size {
            break;
        }
    }
    assert!(indexes.is_sorted_by(|one, next| one < next), "{indexes:?}");
    assert_eq!(indexes.last(), Some(&(size - 1)));
    for party in made {
        assert_eq!(subjects.iter().filter(|it| **it == party["id"]).count(), 1);
    }
}

pub async fn two_servers_share_one_database(town: Town) {
    let beside = town.beside();
    let here_and_there = [town.officer(), town.officer().of(&beside.base_url)];
    let answers = join_all((0..12).map(|number| {
        let body = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
        let by = &here_and_there[number % 2];
        Answer::of(by.request_with_key(Method::POST, "/v1/parties", Some("shared")).json(&body))
    }))
    .await;
    let first_answers = answers.iter().filter(|it| it.header("idempotency-replayed") != "true").count();
    assert_eq!(first_answers, 1, "one acted, and the others were told what came of it");
    let mut made: Vec<_> = answers.into_iter().map(|it| id(&it.expect(201))).collect();
    made.dedup();
    assert_eq!(made.len(), 1, "one act, whoever was asked");
    let found = town.officer().reads("/v1/parties").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    beside.stops().await;
}

pub async fn units_that_wait_for_each_other_in_a_circle_are_tried_again(town: Town) {
    let storage = &town.registry.storage;
    let administrator = administrator(&town.registry).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let both_have_one = Arc::new(Barrier::new(2));
    let outcomes = join_all([("one", "other"), ("other", "one")].into_iter().zip(303..).map(
        |((first, second), number)| {
            let (counted, met) = (Arc::clone(&attempts), Arc::clone(&both_have_one));
            let (by, several) = (administrator.clone(), town.engine == Engine::Postgres);
            storage.write::<_, RegionError, _>(move |unit| {
                unit.runs_several_commands();
                lock(unit, &Locked::Name(first))?;
                // Only the first two attempts meet; on SQLite there is one at a time.
                if several && counted.fetch_add(1, Ordering::SeqCst) < 2 {
                    met.wait();
                }
                lock(unit, &Locked::Name(second))?;
                regions::record(unit, &by, &village(number))
            })
        },
    ))
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    if town.engine == Engine::Postgres {
        assert_eq!(attempts.load(Ordering::SeqCst), 3, "one of the two was tried again");
    }
}

pub fn no_patience(settings: &mut sanquan::settings::Settings) {
    settings.storage.patience_seconds = 1;
}

pub async fn a_lock_is_not_waited_for_without_end(town: Town) {
    if town.engine == Engine::Sqlite {
        return;
    }
    let url = town.settings.database();
    let mut elsewhere = PgConnection::establish(&url).unwrap();
    elsewhere.batch_execute("begin; select pg_advisory_xact_lock(hashtextextended('taken', 0))").unwrap();
    let waited =
        town.registry.storage.write::<(), StorageError, _>(|unit| lock(unit, &Locked::Name("taken")));
    let waited = waited.await;
    assert!(matches!(waited, Err(StorageError::TookTooLong)), "{waited:?}");
    let failed = town.registry.storage.write::<(), StorageError, _>(|unit| {
        lock(unit, &Locked::Case(uuid::Uuid::nil().into()))?;
        Err(StorageError::Failed(diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::Unknown,
            Box::new("something else".to_owned()),
        )))
    });
    let failed = failed.await;
    assert!(matches!(failed, Err(StorageError::Failed(_))), "{failed:?}");
}

pub async fn no_unit_locks_against_the_order(town: Town) {
    let storage = &town.registry.storage;
    let [one, other] = [1, 2].map(|it| uuid::Uuid::from_u128(it).into());
    let case = Locked::Case(uuid::Uuid::nil().into());
    let against = storage.write::<(), StorageError, _>(move |unit| {
        lock(unit, &Locked::Assets(&[one]))?;
        lock(unit, &case)
    });
    assert!(matches!(against.await, Err(StorageError::OutOfOrder(_))));
    let against = storage.write::<(), StorageError, _>(move |unit| {
        lock(unit, &Locked::Assets(&[other]))?;
        lock(unit, &Locked::Assets(&[other, one]))
    });
    assert!(matches!(against.await, Err(StorageError::OutOfOrder(_))));
    let in_order = storage.write::<(), StorageError, _>(move |unit| {
        lock(unit, &Locked::Assets(&[other, one]))?;
        lock(unit, &Locked::Accounts(&[]))?;
        lock(unit, &Locked::Assets(&[one]))
    });
    assert!(matches!(in_order.await, Err(StorageError::Unjournaled)), "what is held is held");

    let administrator = administrator(&town.registry).await;
    let too_late = storage.write::<(), RegionError, _>(move |unit| {
        regions::record(unit, &administrator, &village(303))?;
        lock(unit, &Locked::Accounts(&[]))?;
        Ok(lock(unit, &Locked::Assets(&[one]))?)
    });
    let refused = too_late.await.unwrap_err();
    assert!(matches!(refused.storage(), Some(StorageError::OutOfOrder(_))), "{refused:?}");
}

/// A transaction of somebody else, in which a case, or on SQLite the whole database, is held.
enum Elsewhere {
    Pg(PgConnection),
    Lite(SqliteConnection),
}

impl Elsewhere {
    fn holds(town: &Town, case: &str) -> Self {
        let url = town.settings.database();
        match town.engine {
            Engine::Postgres => {
                let mut conn = PgConnection::establish(&url).unwrap();
                let held = format!("begin; select 1 from cases where id = '{case}' for no key update");
                conn.batch_execute(&held).unwrap();
                Self::Pg(conn)
            }
            Engine::Sqlite => {
                let mut conn = SqliteConnection::establish(url.strip_prefix("sqlite://").unwrap()).unwrap();
                conn.batch_execute("pragma busy_timeout = 5000; begin immediate").unwrap();
                Self::Lite(conn)
            }
        }
    }

    fn lets_go(self) {
        match self {
            Self::Pg(mut conn) => conn.batch_execute("rollback").unwrap(),
            Self::Lite(mut conn) => conn.batch_execute("rollback").unwrap(),
        }
    }
}

pub async fn what_was_given_up_goes_on_with_all_that_it_holds(town: Town) {
    let public = town.somebody(None);
    let world = World::of(&town).await;
    let case = town.auditor().reads(&format!("/v1/notices?region_code={EAST}")).await;
    let hung = case["items"].as_array().unwrap().iter().find(|it| it["id"] == world.notice).unwrap();
    let path = format!("/v1/notices/{}/objections", world.notice);
    let objects = |key: &str| {
        let said = json!({"text": format!("异议{key}")});
        Answer::of(public.request_with_key(Method::POST, &path, Some(key)).json(&said))
    };
    let elsewhere = Elsewhere::holds(&town, hung["case_id"].as_str().unwrap());
    objects("first").await.expect_problem(503, "unavailable");
    // The key is still at work. On SQLite nobody else gets a turn meanwhile.
    let again = objects("first").await;
    again.expect_problem(409, "idempotency_key_in_use");
    let given_up = join_all(["second", "third", "fourth", "fifth", "sixth"].map(objects)).await;
    for answer in given_up {
        answer.expect_problem(503, "unavailable");
    }
    // What has no key is not said to be answered again by one.
    let released = json!({"released_on": null});
    let path = format!("/v1/restrictions/{}", world.restriction);
    let tag = town.auditor().gets(&path).await.header("etag").to_owned();
    if town.engine == Engine::Sqlite {
        let given_up =
            town.officer().patches(&path, Some(&tag), released).await.expect_problem(503, "unavailable");
        assert!(
            !given_up["detail"].as_str().unwrap().contains("with the same Idempotency-Key to learn"),
            "{given_up}"
        );
        assert!(given_up["detail"].as_str().unwrap().contains("anew"), "{given_up}");
    }
    // Those who were given up hold what they hold, and no more: there is a connection for whoever reads.
    town.auditor().reads("/v1/assets").await;
    assert!(town.registry.storage.connections().0 < 4, "{:?}", town.registry.storage.connections());
    elsewhere.lets_go();

    let answer = loop {
        let answer = objects("first").await;
        if answer.status < 400 {
            break answer;
        }
        assert!([409, 503].contains(&answer.status), "{}", answer.body);
    };
    assert_eq!(answer.header("idempotency-replayed"), "true", "the first answer is there");
    answer.expect(201);
    let raised =
        town.actor("county_approver").reads(&format!("/v1/notices/{}/objections", world.notice)).await;
    let raised = raised["items"].as_array().unwrap().iter().filter(|it| it["text"] == "异议first").count();
    assert_eq!(raised, 1);
}

pub async fn a_server_outlives_the_connections_to_its_database(town: Town) {
    town.officer().reads("/v1/parties").await;
    if town.engine == Engine::Postgres {
        let url = town.settings.database();
        tokio::task::spawn_blocking(move || postgres::terminate_connections(&url)).await.unwrap();
    }
    // A query that was handed to a broken connection is not tried again; whoever asked is told to.
    let first = town.officer().gets("/v1/parties").await;
    assert!(first.status == 200 || (first.status == 503 && first.header("retry-after") == "1"));
    let mut statuses = Vec::new();
    for number in 0..6 {
        statuses.push(town.officer().gets("/v1/parties").await.status);
        let body = json!({"kind": "enterprise", "name": format!("公司{number}"), "region_code": EAST,
            "identifier": {"scheme": "none"}});
        statuses.push(town.officer().posts("/v1/parties", body).await.status);
    }
    assert_eq!(statuses, [200, 201].repeat(6));
}

pub async fn whoever_asks_whether_it_is_ready_is_never_told_of_a_failure(town: Town) {
    let ready = async || town.somebody(None).gets("/readyz").await;
    ready().await.expect(200);
    if town.engine == Engine::Postgres {
        let url = town.settings.database();
        tokio::task::spawn_blocking(move || postgres::terminate_connections(&url)).await.unwrap();
        // The connection that it is asked by broke: it is not ready just now.
        let asked = ready().await;
        assert!([200, 503].contains(&asked.status), "{}", asked.body);
        // Whoever is the first to ask the database finds the connection broken, and everybody after that is served.
        while town.officer().gets("/v1/parties").await.status != 200 || ready().await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    ready().await.expect(200);
    // Whoever was signing just then signs again.
    town.signed_size().await;
}

pub async fn migrations_and_keys_are_made_once_by_whoever_comes_first(town: Town) {
    let url = town.settings.database();
    let migrated = join_all((0..4).map(|_| {
        let target = Target::parse(&url, false).unwrap();
        tokio::task::spawn_blocking(move || migrate(&target))
    }))
    .await;
    assert!(migrated.into_iter().all(|it| it.unwrap().is_ok()));

    // Servers of an empty database that start at once, each of which would make everything.
    let folder = tempfile::tempdir().unwrap();
    let empty = match town.engine {
        Engine::Sqlite => None,
        Engine::Postgres => postgres::empty_database(),
    };
    let mut settings = town.settings.clone();
    settings.data_dir = folder.path().to_owned();
    settings.database_url = empty.as_ref().map(|it| it.url().to_owned()).unwrap_or_default();
    let opened = join_all((0..4).map(|_| {
        let settings = settings.clone();
        tokio::task::spawn_blocking(move || sanquan::cli::open(&settings, Clock::default()).map(drop))
    }))
    .await;
    for it in opened {
        it.unwrap().unwrap();
    }
    for entry in std::fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

pub async fn a_connection_that_rests_is_not_closed_under_its_client(town: Town) {
    let mut stream = TcpStream::connect(town.base_url.strip_prefix("http://").unwrap()).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"{\"status\":\"ok\"}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed before it was answered");
        }
        // Longer than a server waits that nobody has told to.
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    }
}

/// As clients of Java begin each connection, whose next request then met a closed door.
pub async fn a_connection_that_asks_for_another_protocol_is_told_that_it_ends(town: Town) {
    for (target, status) in [("/healthz", "200"), ("/v1/assets", "401"), ("/v1/nothing", "404")] {
        let mut stream = TcpStream::connect(town.base_url.strip_prefix("http://").unwrap()).await.unwrap();
        let asked = format!(
            "GET {target} HTTP/1.1\r\nhost: here\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\
             http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n"
        );
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

/// A request whose body is still to come.
async fn begun(town: &Town, more: &str, body: &str) -> TcpStream {
    let address = town.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/parties HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: slow\r\n\
         Content-Type: application/json\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n",
        town.token("township_officer"),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

pub async fn what_is_in_flight_is_finished_before_the_end(town: Town) {
    let body = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let body = body.to_string();
    let mut stream = begun(&town, "Expect: 100-continue\r\n", &body).await;
    let mut goes_on = [0; 25];
    stream.read_exact(&mut goes_on).await.unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n", "the server has the request");
    let stopping = town.stopping();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    stopping.await.unwrap();
    assert!(TcpStream::connect(town.base_url.strip_prefix("http://").unwrap()).await.is_err());
}

pub fn little_patience(settings: &mut sanquan::settings::Settings) {
    settings.http.timeout_seconds = 1;
}

pub fn some_patience(settings: &mut sanquan::settings::Settings) {
    // Half of it is what a key is waited for: far enough apart for a machine that is busy.
    settings.http.timeout_seconds = 6;
    // And what is given up is given up by the time that it takes, not for want of a turn.
    settings.http.requests_at_once = 16;
}

pub async fn a_request_that_never_ends_is_ended(town: Town) {
    let mut stream = begun(&town, "", "never sent").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"code\":\"unavailable\""),
        "{answer}"
    );
    // It is counted where it belongs.
    let metrics = town.somebody(None).reads("/metrics").await;
    let counted = |line: &&str| line.contains("route=\"/v1/parties\"") && line.contains("status=\"503\"");
    assert!(metrics.as_str().unwrap().lines().any(|it| counted(&it)), "{metrics}");
}

pub async fn a_stream_is_cut_in_the_middle(town: Town) {
    let storage = &town.registry.storage;
    let ended = Arc::new(AtomicU32::new(0));
    for _ in 0..6 {
        let ended = Arc::clone(&ended);
        let endless = move |unit: &mut Read<'_>, outlet: &Outlet<i64>| {
            let outcome = loop {
                let size = sanquan::journal::size(unit)?;
                if let Err(unheard) = outlet.tell(size) {
                    break unheard;
                }
            };
            ended.fetch_add(1, Ordering::SeqCst);
            Err(outcome)
        };
        let mut stream = storage.stream::<_, StorageError, _>(endless).await.unwrap();
        for _ in 0..3 {
            assert!(stream.next().await.unwrap().is_ok());
        }
        // Whoever listened goes away.
    }
    while ended.load(Ordering::SeqCst) < 6 {
        tokio::task::yield_now().await;
    }
    town.auditor().reads("/v1/assets").await;

    let mut broken = storage
        .stream::<_, StorageError, _>(|_, outlet| {
            outlet.tell(1)?;
            outlet.tell(2)?;
            Err(StorageError::Corrupt("in the middle".to_owned()))
        })
        .await
        .unwrap();
    let mut came = Vec::new();
    while let Some(piece) = broken.next().await {
        came.push(piece.map_err(|error| error.to_string()));
    }
    assert_eq!(came, [Ok(1), Ok(2), Err("a stored value cannot be read: in the middle".to_owned())]);
    let at_once =
        storage.stream::<i64, StorageError, _>(|_, _| Err(StorageError::Corrupt("at once".to_owned()))).await;
    assert!(at_once.is_err(), "what fails before the first piece is no stream");
}
