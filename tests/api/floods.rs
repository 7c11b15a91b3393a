//! Floods: what strangers and clients in a hurry send costs the registry little, and nobody else waits for it.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use crate::{
    house::Beside,
    notices::{posts, registration},
    town::{Answer, COUNTY, EAST, Engine, Town, id},
};

fn number(of: u32) -> NonZeroU32 {
    NonZeroU32::new(of).unwrap()
}

/// A request of somebody, of which only a part of the body has been sent; with no token it is a stranger's.
async fn begun(town: &Town, token: Option<&str>, path: &str, length: usize, part: &[u8]) -> TcpStream {
    let address = town.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let token = token.map(|it| format!("Authorization: Bearer {it}\r\n")).unwrap_or_default();
    let kind = if path == "/v1/documents" { "multipart/form-data; boundary=b" } else { "application/json" };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{token}Idempotency-Key: {}\r\nContent-Type: {kind}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n",
        uuid::Uuid::new_v4(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(part).await.unwrap();
    stream
}

/// What is answered at last.
async fn answer_of(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await;
    // What was not read of a request may have the connection reset, behind the answer to it.
    drop(read.unwrap());
    String::from_utf8_lossy(&answer).into_owned()
}

pub async fn faults_are_told_up_to_a_hundred_and_then_counted(town: Town) {
    let officer = town.officer();
    let began = Instant::now();
    let body = |items: &str| format!("{{\"lots\":[{}]}}", vec![items; 300_000].join(","));
    for items in ["{}", "1"] {
        let request = officer.request(Method::POST, "/v1/transfers/check");
        let request = request.header("Content-Type", "application/json").body(body(items));
        let refused = Answer::of(request).await.expect_problem(422, "validation_failed");
        let only =
            json!([{"pointer": "/lots", "code": "too_long", "detail": refused["errors"][0]["detail"]}]);
        assert_eq!((&refused["errors"], &refused["more_errors"]), (&only, &Value::Null));
    }
    // What has no limit of its own in the document has one all the same.
    let many: Vec<_> = (0..10_001).map(|it| json!(format!("use_{it}"))).collect();
    let policy =
        json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": {"forbidden_uses": many}});
    let refused = town.actor("county_approver").posts("/v1/policies", policy).await;
    assert_eq!(refused.first_fault(), ("/values/forbidden_uses".to_owned(), "too_long".to_owned()));

    // A list that is no longer than it may be is looked into, and what is not told is counted.
    let lots = json!({"right": "ownership", "lots": vec![json!({}); 200], "effective_on": "2024-01-01",
        "consideration": {"kind": "none"}});
    let refused = officer.posts("/v1/transfers/check", lots).await.expect_problem(422, "validation_failed");
    let told = refused["errors"].as_array().unwrap().len();
    assert_eq!(told, 100);
    assert!(refused["more_errors"].as_u64().unwrap() >= 500, "{}", refused["more_errors"]);
    // On a machine of two cores that does other things as well.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

pub fn little_patience(settings: &mut sanquan::settings::Settings) {
    settings.http.timeout_seconds = 5;
    settings.http.pace_bytes = 4000;
    settings.http.pace_seconds = 3;
}

pub async fn a_large_file_over_a_slow_link_comes_through(town: Town) {
    let (head, end) = (
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n",
        "\r\n--b--\r\n",
    );
    let officer = town.token("township_officer");
    let piece = [b'x'; 5000];
    let length = head.len() + 16 * piece.len() + end.len();
    let began = Instant::now();
    let mut slow = begun(&town, Some(officer), "/v1/documents", length, head.as_bytes()).await;
    for _ in 0..16 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        slow.write_all(&piece).await.unwrap();
    }
    assert!(began.elapsed() > Duration::from_secs(7), "longer than a request may take");
    slow.write_all(end.as_bytes()).await.unwrap();
    let answer = answer_of(slow).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");

    // One that stops on its way is given up, and so is a stranger's that would go on for ever.
    let stopped = begun(&town, Some(officer), "/v1/documents", length, head.as_bytes()).await;
    let answer = answer_of(stopped).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
    let mut dripping = begun(&town, None, "/v1/tokens", 1_000_000, b"{").await;
    let began = Instant::now();
    while dripping.write_all(&[b' '; 4000]).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(began.elapsed() < Duration::from_secs(40), "a stranger's body is read for ever");
    }
}

pub fn little_room(settings: &mut sanquan::settings::Settings) {
    settings.http.bodies_bytes = 8 * (256 << 10);
    settings.http.bodies_bytes_per_user = 768 << 10;
    // So that nothing is given up for being slow.
    settings.http.pace_seconds = 600;
    settings.http.timeout_seconds = 600;
}

/// Waits until one of two requests is refused: the other, and the answer to this one.
async fn one_refused(mut one: TcpStream, mut other: TcpStream) -> (TcpStream, String) {
    let (mut of_one, mut of_other) = ([0; 1], [0; 1]);
    let first = async {
        tokio::select! {
            answered = one.peek(&mut of_one) => answered.map(|_| true),
            answered = other.peek(&mut of_other) => answered.map(|_| false),
        }
    };
    let is_one = tokio::time::timeout(Duration::from_secs(60), first).await.unwrap().unwrap();
    if is_one {
        std::mem::swap(&mut one, &mut other);
    }
    (one, answer_of(other).await)
}

pub async fn bodies_are_limited_before_they_are_read(town: Town) {
    let (officer, clerk) = (town.token("township_officer"), town.token("village_clerk"));
    let (head, end) =
        ("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n", "\r\n--b--\r\n");
    let content = vec![b'x'; 700 << 10];
    let whole = [head.as_bytes(), &content, end.as_bytes()].concat();
    let upload = |token| begun(&town, Some(token), "/v1/documents", whole.len(), b"");
    // Only what is announced has come: one person brings so much at a time, and all of them together do.
    let (held, refused) = one_refused(upload(officer).await, upload(officer).await).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: "), "{refused}");
    drop(held);
    let (held, refused) = one_refused(upload(officer).await, upload(clerk).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: "), "{refused}");
    // Who leaves holds nothing any more: whether they close the connection, or break it off.
    held.set_zero_linger().unwrap();
    drop(held);
    for token in [officer, clerk] {
        let began = Instant::now();
        loop {
            let whole = begun(&town, Some(token), "/v1/documents", whole.len(), &whole).await;
            let answer = answer_of(whole).await;
            if answer.starts_with("HTTP/1.1 201") {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{answer}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    // Strangers have a part of their own, of which those at one address have a part. What is small needs none.
    let large = || begun(&town, None, "/v1/tokens", 100 << 10, b"{");
    let (held, refused) = one_refused(large().await, large().await).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: "), "{refused}");
    let wrong = json!({"username": "nobody", "password": "not the right one"});
    town.somebody(None).posts("/v1/tokens", wrong).await.expect_problem(401, "bad_credentials");
    drop(held);
}

pub fn nobody_waits_long(settings: &mut sanquan::settings::Settings) {
    settings.http.write_timeout_seconds = 1;
}

pub async fn an_answer_that_nobody_reads_is_given_up(town: Town) {
    let address: std::net::SocketAddr = town.base_url.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let asked = "GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n";
    let whole = town.somebody(None).request(Method::GET, "/openapi.json").send().await.unwrap();
    let whole = whole.bytes().await.unwrap().len() * 16;
    stream.write_all(asked.repeat(16).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut got = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut got)).await;
    drop(read.unwrap());
    assert!(got.len() < whole, "{} of {whole} bytes came", got.len());
    town.officer().reads("/v1/me").await;
}

pub fn few_connections(settings: &mut sanquan::settings::Settings) {
    settings.http.connections = 20;
}

pub async fn requests_that_wait_for_no_answer_are_answered_one_after_the_other(town: Town) {
    let (token, address) = (town.token("township_officer"), town.base_url.strip_prefix("http://").unwrap());
    let head = format!("Host: x\r\nAuthorization: Bearer {token}\r\n");
    let party = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let party = party.to_string();
    let (first, rest) = party.split_at(10);
    let requests = [
        format!("GET /v1/me HTTP/1.1\r\n{head}\r\n"),
        format!(
            "POST /v1/parties HTTP/1.1\r\n{head}Idempotency-Key: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{party}",
            party.len()
        ),
        "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        format!(
            "POST /v1/parties HTTP/1.1\r\n{head}Idempotency-Key: b\r\nContent-Type: application/json\r\nTransfer-Encoding: \
             chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
            first.len(),
            rest.len()
        ),
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50),
        format!("GET /v1/me HTTP/1.1\r\n{head}Connection: close\r\n\r\n"),
    ];
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (sent, answers) = {
        let (mut reading, mut writing) = stream.split();
        let mut answers = Vec::new();
        let sent = requests.concat();
        tokio::join!(writing.write_all(sent.as_bytes()), async {
            reading.read_to_end(&mut answers).await.unwrap();
            String::from_utf8(answers).unwrap()
        })
    };
    sent.unwrap();
    let statuses: Vec<_> =
        answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]).collect();
    let wanted = [&["200", "201", "404", "201"][..], &["200"; 50], &["200"]].concat();
    assert_eq!(statuses, wanted);

    // What is no HTTP is told so, and nothing after it is done.
    let long = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(40_000));
    for bad in ["GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n", &long] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bad.as_bytes()).await.unwrap();
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.matches("HTTP/1.1").count() <= 1, "{answer}");
    }
}

pub async fn whoever_opens_connections_keeps_nobody_out(town: Town) {
    let address = town.base_url.strip_prefix("http://").unwrap();
    let idle = join_all((0..80).map(|_| TcpStream::connect(address))).await;
    let mut idle: Vec<_> = idle.into_iter().map(Result::unwrap).collect();
    for _ in 0..3 {
        let mut probe = TcpStream::connect(address).await.unwrap();
        let asked = "GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
        probe.write_all(asked.as_bytes()).await.unwrap();
        let answer = answer_of(probe).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let mut closed = 0;
    for stream in &mut idle {
        let mut some = [0; 1];
        let read = tokio::time::timeout(Duration::from_millis(10), stream.read(&mut some)).await;
        closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
    }
    assert!(closed >= 60, "{closed} of 80 were closed");
}

pub fn one_password_at_a_time(settings: &mut sanquan::settings::Settings) {
    settings.http.sign_ins_at_once = 1;
    settings.http.sign_in_patience_seconds = 0;
}

pub async fn passwords_are_worked_on_in_turn(town: Town) {
    let stranger = town.somebody(None);
    let guess = |name: String| {
        stranger.posts("/v1/tokens", json!({"username": name, "password": "not the right one"}))
    };
    let answers = join_all((0..20).map(|it| guess(format!("user-{it}")))).await;
    let refused: Vec<_> = answers.into_iter().filter(|it| it.status != 401).collect();
    assert!(!refused.is_empty(), "all at once");
    for answer in refused {
        assert!(answer.header("retry-after").parse::<u64>().is_ok());
        answer.expect_problem(429, "too_many_requests");
    }
    guess("later".to_owned()).await.expect_problem(401, "bad_credentials");
}

pub fn few_strangers(settings: &mut sanquan::settings::Settings) {
    settings.http.strangers_per_minute = number(8);
}

pub async fn strangers_have_one_budget_before_anything_is_done_for_them(town: Town) {
    let (stranger, liar) = (town.somebody(None), town.somebody(Some("eyJ.not.a-token")));
    let certificate = json!({"statement": "x"});
    assert_eq!(stranger.gets("/v1/notices").await.header("ratelimit-policy"), "\"default\";q=8;w=60");
    stranger.gets("/nothing").await.expect_problem(404, "not_found");
    stranger.gets("/v1/me").await.expect_problem(401, "unauthenticated");
    stranger.gets("/docs/").await.expect(200);
    liar.gets("/v1/me").await.expect_problem(401, "unauthenticated");
    liar.gets("/nothing").await.expect_problem(404, "not_found");
    liar.reads("/openapi.json").await;
    stranger.gets("/docs/page.css").await.expect(200);
    // A little of the budget comes back while this goes on.
    let paths = ["/nothing", "/v1/me", "/v1/notices", "/docs/", "/openapi.json", "/v1/regions"];
    for (who, path) in paths.iter().flat_map(|path| [(&stranger, path), (&liar, path)]) {
        let mut tries = 0;
        let refused = loop {
            let answer = who.gets(path).await;
            if answer.status == 429 || tries > 5 {
                break answer;
            }
            tries += 1;
        };
        assert!(refused.header("retry-after").parse::<u64>().is_ok(), "{path}");
        refused.expect_problem(429, "too_many_requests");
    }
    let answers = [
        ("/v1/tokens".to_owned(), json!({"username": "a", "password": "b"})),
        ("/v1/certificates/verification".to_owned(), certificate),
        (format!("/v1/notices/{}/objections", uuid::Uuid::new_v4()), json!({"text": "界址不清"})),
    ];
    for (path, body) in answers {
        while stranger.posts(&path, body.clone()).await.status != 429 {}
    }
    // Whoever shows a token has a budget of their own, and what watches the server is answered.
    town.officer().reads("/v1/me").await;
    for _ in 0..20 {
        stranger.reads("/healthz").await;
        stranger.reads("/readyz").await;
    }
}

pub async fn what_is_always_the_same_is_made_ready_once(town: Town) {
    let anybody = town.somebody(None);
    for path in ["/openapi.json", "/docs/", "/docs/swagger-ui.css"] {
        let asks =
            |name: &'static str, value: String| anybody.request(Method::GET, path).header(name, value).send();
        let plain = anybody.request(Method::GET, path).send().await.unwrap();
        let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
        let cached = asks("If-None-Match", tag.clone()).await.unwrap();
        assert_eq!(
            (cached.status().as_u16(), cached.headers()["etag"].to_str().unwrap()),
            (304, tag.as_str())
        );
        let other = asks("If-None-Match", "\"another\"".to_owned()).await.unwrap();
        assert_eq!(other.status(), 200, "{path}");
        let plain = plain.bytes().await.unwrap();
        assert_eq!(plain, other.bytes().await.unwrap());
        let packed = asks("Accept-Encoding", "gzip, deflate, br".to_owned()).await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip", "{path}");
        assert_ne!(packed.headers()["etag"].to_str().unwrap(), tag);
        let length: usize = packed.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let packed = packed.bytes().await.unwrap();
        assert!(length == packed.len() && length < plain.len(), "{path}: {length} of {}", plain.len());
        let head = anybody.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(head.headers()["content-length"].to_str().unwrap(), plain.len().to_string());
    }
}

pub async fn the_same_objection_is_one_and_many_are_answered_by_one_decision(town: Town) {
    let case = registration(&town).await;
    let notice = posts(&town, "registrations", &case).await;
    let path = format!("/v1/notices/{}/objections", id(&notice));
    let public = town.somebody(None);
    let first = public.creates(&path, json!({"text": "界址不清"})).await;
    let same = public.posts(&path, json!({"text": " 界址不清 "})).await;
    assert_eq!(same.expect(200), first, "what was said in the same words is the same objection");
    // Whoever says the same and can be reached is another one, once.
    let reached = json!({"text": "界址不清", "contact": "东村三组"});
    let of_another = public.creates(&path, reached.clone()).await;
    assert_ne!(of_another["id"], first["id"]);
    assert_eq!(public.posts(&path, reached).await.expect(200), of_another);
    let texts: Vec<_> = (0..39).map(|it| json!({"text": format!("第 {it} 件")})).collect();
    let raised = join_all(texts.iter().map(|it| public.creates(&path, it.clone()))).await;
    let mut ids: Vec<_> = raised.iter().map(id).collect();
    ids.extend([id(&of_another), id(&first)]);

    let decisions = format!("{path}/decisions");
    let dismissed =
        |ids: &[String]| json!({"step": "dismiss", "answer": "与公示事项无关", "objection_ids": ids});
    let reviewer = town.actor("township_reviewer");
    // Whoever drafted the case answers nothing, and neither does anybody without the permission.
    town.officer().posts(&decisions, dismissed(&ids)).await.expect_problem(403, "permission_denied");
    let foreign = [ids[0].clone(), uuid::Uuid::now_v7().to_string()];
    let refused = reviewer.posts(&decisions, dismissed(&foreign)).await;
    assert_eq!(refused.first_fault(), ("/objection_ids/1".to_owned(), "not_found".to_owned()));
    let twice = [ids[0].clone(), ids[0].clone()];
    let refused = reviewer.posts(&decisions, dismissed(&twice)).await;
    assert_eq!(refused.first_fault(), ("/objection_ids/1".to_owned(), "duplicate".to_owned()));
    reviewer.posts(&decisions, dismissed(&[])).await.expect_problem(422, "validation_failed");

    let rehearsed = reviewer.posts(&format!("{decisions}?dry_run=true"), dismissed(&ids)).await.expect(200);
    let done = reviewer.posts(&decisions, dismissed(&ids)).await.expect(200);
    assert_eq!(rehearsed, done);
    assert_eq!(
        done,
        json!({"notice_id": notice["id"], "answered": 41, "open_objections": 0, "upheld_objections": 0})
    );
    let answered = reviewer.posts(&decisions, dismissed(&ids[..2])).await.expect_problem(409, "conflict");
    let mut named: Vec<_> = ids[..2].to_vec();
    named.sort();
    assert_eq!(answered["objection_ids"], json!(named), "{answered}");
    let page = reviewer.reads(&format!("{path}?limit=500")).await;
    for objection in page["items"].as_array().unwrap() {
        assert_eq!(
            (&objection["status"], &objection["answer"]),
            (&json!("dismissed"), &json!("与公示事项无关"))
        );
    }
    // What was dismissed holds nothing, and is not raised again in the same words.
    let again = public.posts(&path, json!({"text": "界址不清"})).await.expect(200);
    assert_eq!(again["status"], "dismissed");
    // Each has its entry.
    town.journal_size().await;
    let of_one = format!("/v1/journal?subject_id={}", ids[3]);
    let entries = town.auditor().reads(&of_one).await;
    let actions: Vec<_> =
        entries["items"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    assert_eq!(actions, ["objection_raised", "objection_answered"]);
    town.decides("registrations", &case, "reject").await.expect(200);
}

pub fn one_at_a_time(settings: &mut sanquan::settings::Settings) {
    settings.http.requests_at_once = 1;
    settings.http.timeout_seconds = 6;
}

pub async fn whoever_sends_much_at_once_waits_for_themselves(town: Town) {
    let mut beside = Beside::of(&town);
    match town.engine {
        Engine::Sqlite => beside.execute("begin immediate").unwrap(),
        Engine::Postgres => {
            beside.execute("begin").unwrap();
            beside.execute("lock table parties in exclusive mode").unwrap()
        }
    };
    let (officer, auditor) = (town.officer(), town.auditor());
    let waits = town.party("enterprise", "惠农公司", EAST);
    let others = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // The first of theirs goes on; theirs alone wait for it.
        let asked = Instant::now();
        let (theirs, ours) = tokio::join!(officer.gets("/v1/me"), async {
            auditor.reads("/v1/me").await;
            asked.elapsed()
        });
        let refused = theirs.expect_problem(429, "too_many_requests");
        assert!(refused["detail"].as_str().unwrap().contains("worked on at a time"), "{refused}");
        assert!(ours < asked.elapsed(), "{ours:?}");
        beside.execute("rollback").unwrap();
    };
    tokio::join!(waits, others);
    officer.reads("/v1/me").await;
}

pub fn few_objections(settings: &mut sanquan::settings::Settings) {
    settings.http.objections_per_day = number(3);
}

pub async fn an_address_objects_so_often_and_says_who_asks_where_the_policy_wants_it(town: Town) {
    let case = registration(&town).await;
    let notice = posts(&town, "registrations", &case).await;
    let path = format!("/v1/notices/{}/objections", id(&notice));
    let public = town.somebody(None);
    for text in ["一", "二", "三"] {
        public.creates(&path, json!({"text": text})).await;
    }
    let refused = public.posts(&path, json!({"text": "四"})).await;
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    refused.expect_problem(429, "too_many_requests");
    let chinese = town.somebody(None).in_chinese().posts(&path, json!({"text": "四"})).await;
    chinese.expect_problem(429, "too_many_requests");

    // Notices that nobody posted are not counted for anybody.
    let invented = format!("/v1/notices/{}/objections", uuid::Uuid::now_v7());
    for text in ["一", "二", "三", "四", "五"] {
        public.posts(&invented, json!({"text": text})).await.expect_problem(404, "not_found");
    }

    // Another notice is another matter, and there the policy asks for a contact.
    let values = json!({"objection_contact_required": true});
    let policy = json!({"region_code": EAST, "effective_from": "2021-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
    let other = registration(&town).await;
    let notice = posts(&town, "registrations", &other).await;
    let path = format!("/v1/notices/{}/objections", id(&notice));
    let refused = public.posts(&path, json!({"text": "界址不清"})).await;
    assert_eq!(refused.first_fault(), ("/contact".to_owned(), "required".to_owned()));
    public.creates(&path, json!({"text": "界址不清", "contact": "东村三组"})).await;
}
