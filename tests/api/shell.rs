//! What every operation has in common.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::town::{Answer, COUNTY, EAST, Town, id};

fn party(name: &str) -> Value {
    json!({"kind": "enterprise", "name": name, "region_code": EAST, "identifier": {"scheme": "none"}})
}

pub async fn the_server_tells_how_it_is(town: Town) {
    let anybody = town.somebody(None);
    assert_eq!(anybody.reads("/healthz").await["status"], "ok");
    assert_eq!(anybody.reads("/readyz").await["status"], "ok");
    town.officer().reads("/v1/me").await;
    let mut metrics = anybody.gets("/metrics").await;
    // The first turn of the sealer may not be over yet.
    while !metrics.body.as_str().unwrap().contains("sanquan_job_last_success_age_seconds{job=\"sealing\"} ") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        metrics = anybody.gets("/metrics").await;
    }
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.body.as_str().unwrap();
    assert!(text.contains("route=\"/v1/me\""), "{text}");
    for job in ["sealing", "tidying", "watching"] {
        assert!(text.contains(&format!("sanquan_job_failures_total{{job=\"{job}\"}} 0")), "{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    let page = anybody.gets("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().unwrap().contains("swagger-ui"));
    let document = anybody.reads("/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");

    let answer = anybody.gets("/healthz").await;
    assert!(uuid::Uuid::parse_str(answer.header("x-request-id")).is_ok());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

pub async fn addresses_and_methods_that_are_not_there(town: Town) {
    let officer = town.officer();
    officer.gets("/v1/nowhere").await.expect_problem(404, "not_found");
    officer.gets("/").await.expect_problem(404, "not_found");
    officer.gets("/v1/parties/no-identifier").await.expect_problem(404, "not_found");
    officer.gets(&format!("/v1/parties/{}", uuid::Uuid::now_v7())).await.expect_problem(404, "not_found");
    let refused = Answer::of(officer.request(Method::DELETE, "/v1/parties")).await;
    assert_eq!(refused.header("allow"), "GET, POST");
    refused.expect_problem(405, "method_not_allowed");
    let refused = officer.gets("/v1/transfers/check").await;
    assert_eq!(refused.header("allow"), "POST");
    refused.expect_problem(405, "method_not_allowed");
    let head = officer.request(Method::HEAD, "/v1/me").send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert!(head.headers()["content-length"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(head.text().await.unwrap(), "");
    let chinese = officer.in_chinese().gets("/v1/nowhere").await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert_eq!(chinese.expect_problem(404, "not_found")["title"], "在您的辖区内未找到");
}

pub async fn what_a_schema_allows_is_taken_and_what_it_forbids_is_named(town: Town) {
    let errors = |refused: Value| {
        let named =
            |it: &Value| format!("{} {}", it["pointer"].as_str().unwrap(), it["code"].as_str().unwrap());
        refused["errors"].as_array().unwrap().iter().map(named).collect::<Vec<_>>()
    };
    // What is answered as the place to go on from is one that can be asked from, and clients read it exactly.
    let last: i64 = 9_007_199_254_740_991;
    for (feed, reader) in [("/v1/income-records", "finance"), ("/v1/journal", "auditor")] {
        let reader = town.actor(reader);
        assert_eq!(reader.reads(&format!("{feed}?after={last}")).await["next_after"], last);
        let beyond = reader.gets(&format!("{feed}?after={}", last + 1)).await;
        assert_eq!(errors(beyond.expect_problem(422, "validation_failed")), ["/after too_large"]);
    }

    // The schemas of a policy say all that can be said of a code; a key of a map is named like a field.
    let county = town.actor("county_approver");
    for (values, wanted) in [
        (json!({"uses": {"disposal_proceeds": {}}}), "/values/uses/disposal_proceeds not_one_of"),
        (
            json!({"set_asides": [{"purpose": "undistributed", "bp": 1}]}),
            "/values/set_asides/0/purpose not_one_of",
        ),
        (json!({"forbidden_uses": ["banquets", "吃喝"]}), "/values/forbidden_uses/1 wrong_form"),
    ] {
        let policy = json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": values});
        let refused = county.posts("/v1/policies", policy).await;
        assert_eq!(errors(refused.expect_problem(422, "validation_failed")), [wanted]);
    }

    // Among several decisions each says whose it is, which its schema asks for.
    let document = town.document().await;
    let nobodys = json!({"asset_id": uuid::Uuid::now_v7(), "effective_on": "2021-08-01", "documents": [document],
        "decisions": [town.decided(&document)], "ownership": [{"holder_id": uuid::Uuid::now_v7(), "share": "1"}]});
    let refused = town.officer().posts("/v1/registrations", nobodys).await;
    let refused = errors(refused.expect_problem(422, "validation_failed"));
    assert!(refused.contains(&"/decisions/0/by_id required".to_owned()), "{refused:?}");
}

pub async fn bodies_that_cannot_be_read(town: Town) {
    let officer = town.officer();
    let sends = |body: Vec<u8>, media_type: &'static str| {
        let request =
            officer.request(Method::POST, "/v1/parties").header("Content-Type", media_type).body(body);
        Answer::of(request)
    };
    let before = town.journal_size().await;
    sends(b"{\"name\": \"".to_vec(), "application/json").await.expect_problem(400, "malformed_request");
    sends(b"".to_vec(), "application/json").await.expect_problem(400, "malformed_request");
    sends(b"{\"name\": \"\xff\xfe\"}".to_vec(), "application/json")
        .await
        .expect_problem(400, "malformed_request");
    sends(b"{\"name\": \"\\ud800\"}".to_vec(), "application/json")
        .await
        .expect_problem(400, "malformed_request");
    sends([b"[".repeat(10_000), b"]".repeat(10_000)].concat(), "application/json")
        .await
        .expect_problem(400, "malformed_request");
    sends(party("甲").to_string().into_bytes(), "text/plain")
        .await
        .expect_problem(415, "unsupported_media_type");
    sends(b"[1]".to_vec(), "application/json").await.expect_problem(422, "validation_failed");

    let large =
        sends(vec![b' '; 100 << 20], "application/json").await.expect_problem(413, "payload_too_large");
    assert!(large["limit_bytes"].as_u64().is_some());
    assert_eq!(town.journal_size().await, before);
}

pub async fn a_key_acts_once(town: Town) {
    let officer = town.officer();
    let sends = |key: &str, body: Value| {
        Answer::of(officer.request_with_key(Method::POST, "/v1/parties", Some(key)).json(&body))
    };
    let first = sends("a-key", party("甲公司")).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let (location, tag) = (first.header("location").to_owned(), first.header("etag").to_owned());
    let first = first.expect(201);
    let again = sends("a-key", party("甲公司")).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.header("location"), again.header("etag")), (location.as_str(), tag.as_str()));
    assert_eq!(again.expect(201), first);
    sends("a-key", party("乙公司")).await.expect_problem(422, "idempotency_key_reused");

    let elsewhere =
        officer.request_with_key(Method::POST, "/v1/projects", Some("a-key")).json(&party("甲公司"));
    let elsewhere = Answer::of(elsewhere).await;
    assert_eq!(elsewhere.status, 422);
    let of_another = town.actor("village_clerk");
    let other = Answer::of(
        of_another.request_with_key(Method::POST, "/v1/parties", Some("a-key")).json(&party("乙公司")),
    )
    .await;
    other.expect(201);

    let keyless = officer.request_with_key(Method::POST, "/v1/parties", None).json(&party("丙公司"));
    Answer::of(keyless).await.expect_problem(400, "idempotency_key_required");
    let blank =
        officer.request_with_key(Method::POST, "/v1/parties", Some("with a blank")).json(&party("丙公司"));
    let refused = Answer::of(blank).await.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "/Idempotency-Key");

    sends("refused", json!({})).await.expect_problem(422, "validation_failed");
    sends("refused", party("丁公司")).await.expect(201);

    town.clock.advance(chrono::TimeDelta::days(31));
    let officer = town.renewed("township_officer").await;
    let found = town.somebody(Some(&officer)).reads("/v1/parties?limit=500").await;
    assert_eq!(found["items"].as_array().unwrap().iter().filter(|it| it["name"] == "甲公司").count(), 1);
}

pub async fn a_dry_run_answers_as_the_act_and_stores_nothing(town: Town) {
    let officer = town.officer();
    let before = town.journal_size().await;
    let dry = officer.posts("/v1/parties?dry_run=true", party("甲公司")).await;
    assert_eq!(dry.header("dry-run"), "true");
    let dry = dry.expect(201);
    assert_eq!(town.journal_size().await, before);
    officer.gets(&format!("/v1/parties/{}", id(&dry))).await.expect_problem(404, "not_found");
    let earnest = officer.posts("/v1/parties", party("甲公司")).await;
    assert_eq!(earnest.header("dry-run"), "");
    let earnest = earnest.expect(201);
    for same in ["name", "kind", "sector", "region_code", "identifier", "version"] {
        assert_eq!(dry[same], earnest[same]);
    }
    officer.posts("/v1/parties?dry_run=true", json!({})).await.expect_problem(422, "validation_failed");
    officer
        .posts("/v1/parties?dry_run=perhaps", party("甲公司"))
        .await
        .expect_problem(422, "validation_failed");

    let of_key = |dry: &str| {
        let path = format!("/v1/parties{dry}");
        Answer::of(officer.request_with_key(Method::POST, &path, Some("k")).json(&party("乙公司")))
    };
    of_key("?dry_run=true").await.expect(201);
    let earnest = of_key("").await;
    assert_eq!(earnest.header("idempotency-replayed"), "", "a rehearsal keeps no answer");
    earnest.expect(201);
}

pub async fn a_change_names_what_it_saw(town: Town) {
    let officer = town.officer();
    let made = officer.creates("/v1/parties", party("甲公司")).await;
    let path = format!("/v1/parties/{}", id(&made));
    let renamed = json!({"name": "甲有限公司"});
    officer.patches(&path, None, renamed.clone()).await.expect_problem(428, "precondition_required");
    for tag in ["\"7\"", "W/\"1\"", "W/\"1\", \"7\"", "\"01\"", "\"1", "nonsense", "1"] {
        officer.patches(&path, Some(tag), renamed.clone()).await.expect_problem(412, "precondition_failed");
    }
    let changed = officer.patches(&path, Some("\"1\""), renamed.clone()).await;
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(changed.expect(200)["version"], 2);
    officer.patches(&path, Some("\"1\""), renamed).await.expect_problem(412, "precondition_failed");
    // One of a list, or another field of the same name: as RFC 9110 has it.
    for (tags, version) in
        [(vec!["\"7\", W/\"2\" ,\"2\""], 3), (vec!["\"3\""], 4), (vec!["\"1\"", "\"4\""], 5)]
    {
        let request =
            officer.request(Method::PATCH, &path).json(&json!({"name": format!("甲公司 {version}")}));
        let request = tags.into_iter().fold(request, |request, tag| request.header("If-Match", tag));
        assert_eq!(Answer::of(request).await.expect(200)["version"], version);
    }

    let known = Answer::of(officer.request(Method::GET, &path).header("If-None-Match", "\"5\"")).await;
    assert_eq!((known.status, known.header("etag"), &known.body), (304, "\"5\"", &json!("")));
    let outdated = Answer::of(officer.request(Method::GET, &path).header("If-None-Match", "\"1\"")).await;
    assert_eq!(outdated.expect(200)["name"], "甲公司 5");
}

pub async fn two_changes_at_once_make_one(town: Town) {
    let officer = town.officer();
    let made = officer.creates("/v1/parties", party("甲公司")).await;
    let path = format!("/v1/parties/{}", id(&made));
    let answers = join_all(
        (0..8).map(|it| officer.patches(&path, Some("\"1\""), json!({"name": format!("甲公司{it}")}))),
    )
    .await;
    let mut statuses: Vec<_> = answers.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

pub async fn lists_go_on_where_they_stopped(town: Town) {
    let officer = town.officer();
    for name in ["甲", "乙", "丙", "丁", "戊"] {
        officer.creates("/v1/parties", party(name)).await;
    }
    let list = format!("/v1/parties?region_code={EAST}&limit=2");
    let mut names = Vec::new();
    let mut next = Some(list.clone());
    while let Some(path) = next {
        let page = officer.gets(&path).await;
        let link = page.header("link").to_owned();
        let page = page.expect(200);
        names.extend(
            page["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()),
        );
        next = page["next_cursor"].as_str().map(|it| format!("{list}&cursor={it}"));
        let linked =
            link.strip_prefix('<').and_then(|it| it.strip_suffix(">; rel=\"next\"")).map(str::to_owned);
        assert_eq!(linked, next);
    }
    assert_eq!(names, ["甲", "乙", "丙", "丁", "戊"]);

    let cursor = officer.reads(&list).await["next_cursor"].as_str().unwrap().to_owned();
    for elsewhere in [
        format!("/v1/assets?cursor={cursor}"),
        format!("/v1/parties?cursor={cursor}"),
        format!("{list}&cursor=nonsense"),
        format!("{list}&cursor="),
    ] {
        let refused = officer.gets(&elsewhere).await.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], "/cursor", "{elsewhere}");
    }
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=501", "/limit"),
        ("limit=ten", "/limit"),
        ("colour=red", "/colour"),
        ("limit=1&limit=2", "/limit"),
    ] {
        let refused =
            officer.gets(&format!("/v1/parties?{query}")).await.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
}

pub fn few_requests(settings: &mut sanquan::settings::Settings) {
    settings.http.requests_per_minute = std::num::NonZeroU32::MIN.saturating_add(4);
    settings.http.strangers_per_minute = settings.http.requests_per_minute;
}

pub async fn too_many_requests_are_turned_away(town: Town) {
    let officer = town.officer();
    let first = officer.gets("/v1/me").await;
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=5;w=60");
    assert!(first.header("ratelimit").starts_with("\"default\";r=4"));
    let refused = loop {
        let answer = officer.gets("/v1/me").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="));
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    refused.expect_problem(429, "too_many_requests");
    town.auditor().reads("/v1/me").await;
}
