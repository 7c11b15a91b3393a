//! What holds when several things happen at once, and when something breaks in the middle.

use std::{
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_util::{StreamExt as _, future::join_all};
use reqwest::Method;
use sanquan::{
    http::Registry,
    identity::{Caller, Role, by_name},
    journal::seal_next,
    register::regions::{self, NewRegion, RegionError},
    storage::{Clock, Outlet, Read, StorageError, Target, migrate},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::town::{Answer, EAST, Engine, TOWNSHIP, Town, id, postgres};

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
    let beside = sanquan::cli::open(&town.settings, Clock::default()).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = sanquan::http::serve(&beside, socket).unwrap();
    let (other_url, handle) = (server.base_url.clone(), server.handle.clone());
    let running = actix_web::rt::spawn(server.run());

    let officer = town.officer();
    let answers = join_all((0..12).map(|number| {
        let body = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
        let mut request = officer.request_with_key(Method::POST, "/v1/parties", Some("shared"));
        if number % 2 == 0 {
            let (client, built) = request.build_split();
            let mut built = built.unwrap();
            *built.url_mut() = format!("{other_url}/v1/parties").parse().unwrap();
            request = reqwest::RequestBuilder::from_parts(client, built);
        }
        Answer::of(request.json(&body))
    }))
    .await;
    let mut made: Vec<_> = answers.iter().filter(|it| it.status == 201).map(|it| id(&it.body)).collect();
    made.dedup();
    assert_eq!(made.len(), 1, "one act, whoever was asked");
    assert!(
        answers.iter().all(|it| [201, 409].contains(&it.status)),
        "{:?}",
        answers.iter().map(|it| it.status).collect::<Vec<_>>()
    );
    let found = officer.reads("/v1/parties").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    handle.stop(false).await;
    running.await.unwrap().unwrap();
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

pub async fn migrations_and_keys_are_made_once_by_whoever_comes_first(town: Town) {
    let url = town.settings.database();
    let migrated = join_all((0..4).map(|_| {
        let target = Target::parse(&url, false).unwrap();
        tokio::task::spawn_blocking(move || migrate(&target))
    }))
    .await;
    assert!(migrated.into_iter().all(|it| it.unwrap().is_ok()));
    for entry in std::fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// A request whose body is still to come.
async fn begun(town: &Town, body: &str) -> TcpStream {
    let address = town.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/parties HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: slow\r\n\
         Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        town.token("township_officer"),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

pub async fn what_is_in_flight_is_finished_before_the_end(town: Town) {
    let body = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let body = body.to_string();
    let mut stream = begun(&town, &body).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
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

pub async fn a_request_that_never_ends_is_ended(town: Town) {
    let mut stream = begun(&town, "never sent").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"code\":\"unavailable\""),
        "{answer}"
    );
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
