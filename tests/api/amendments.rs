//! What was typed wrongly is put right: at once while nothing rests on it, by a case from then on. What should never have
//! been recorded is void. What was known before stays known.

use serde_json::{Value, json};

use crate::{
    times::noted,
    town::{Answer, EAST, TOWNSHIP, Town, WEST, id},
};

/// Asks for a correction at once, of what somebody saw.
async fn corrects(town: &Town, role: &str, path: &str, body: &Value, query: &str) -> Answer {
    let by = town.actor(role);
    let tag = by.gets(path).await.header("etag").to_owned();
    let request = by.request(reqwest::Method::POST, &format!("{path}/corrections{query}"));
    Answer::of(request.header("If-Match", tag).json(body)).await
}

fn greenhouse(value_fen: i64) -> Value {
    json!({
        "name": "日光温室大棚", "class": "operating", "category": "greenhouse", "region_code": EAST, "quantity": "1",
        "unit": "处", "original_value_fen": value_fen, "acquired_on": "2021-07-01", "service_life_months": 240,
        "residual_rate_bp": 500,
    })
}

pub async fn whoever_typed_a_value_wrongly_puts_it_right_at_once(town: Town) {
    let (officer, auditor) = (town.officer(), town.auditor());
    // 12 万元, typed as 12 元.
    let shed = id(&officer.creates("/v1/assets", greenhouse(1200)).await);
    let path = format!("/v1/assets/{shed}");
    let before = noted(&town).await;
    let wrong = json!({"corrected": {"original_value_fen": 12_000_000}, "reason": "万元误作元"});

    // What is asked names what it saw, and is rehearsed like any act.
    let unseen = officer.posts(&format!("{path}/corrections"), wrong.clone()).await;
    unseen.expect_problem(428, "precondition_required");
    let request = officer.request(reqwest::Method::POST, &format!("{path}/corrections"));
    let outdated = Answer::of(request.header("If-Match", "\"7\"").json(&wrong)).await;
    outdated.expect_problem(412, "precondition_failed");
    let rehearsed = corrects(&town, "township_officer", &path, &wrong, "?dry_run=true").await;
    assert_eq!(rehearsed.header("dry-run"), "true");
    assert_eq!(rehearsed.expect(200)["original_value_fen"], 12_000_000);
    assert_eq!(auditor.reads(&path).await["original_value_fen"], 1200);

    // Nobody corrects what somebody else recorded, and nobody says both or neither.
    let other = corrects(&town, "village_clerk", &path, &wrong, "").await;
    other.expect_problem(409, "conflict");
    for (body, pointer, code) in [
        (json!({"reason": "误"}), "/corrected", "required_with"),
        (
            json!({"reason": "误", "void": true, "corrected": {"quantity": "2"}}),
            "/corrected",
            "not_applicable",
        ),
        (
            json!({"reason": "误", "corrected": {"acquired_on": "2999-01-01"}}),
            "/corrected/acquired_on",
            "in_future",
        ),
        (json!({"reason": "误", "corrected": {"project_id": shed}}), "/corrected/project_id", "not_found"),
        (
            json!({"reason": "误", "corrected": {"region_code": "130828000000"}}),
            "/corrected/region_code",
            "unknown_region",
        ),
        (json!({"corrected": {"quantity": "2"}}), "/reason", "required"),
    ] {
        let refused = corrects(&town, "township_officer", &path, &body, "").await;
        let refused = refused.expect_problem(422, "validation_failed");
        let first = &refused["errors"][0];
        assert_eq!((&first["pointer"], &first["code"]), (&json!(pointer), &json!(code)), "{refused}");
    }

    let key = uuid::Uuid::new_v4().to_string();
    let once = || {
        let request =
            officer.request_with_key(reqwest::Method::POST, &format!("{path}/corrections"), Some(&key));
        Answer::of(request.header("If-Match", "\"1\"").json(&wrong))
    };
    let right = once().await;
    assert_eq!(right.header("etag"), "\"2\"");
    assert_eq!(right.expect(200)["original_value_fen"], 12_000_000);
    let again = once().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(200)["version"], 2);
    let same = corrects(&town, "township_officer", &path, &wrong, "").await;
    same.expect_problem(409, "conflict");

    let everything = json!({"reason": "整条录入有误", "corrected": {
        "name": "二号大棚", "class": "public_welfare", "category": "water_supply", "region_code": TOWNSHIP,
        "quantity": "3.5", "unit": "座", "acquired_on": "2022-07-01", "service_life_months": 120,
        "residual_rate_bp": 0, "location": "三组", "specification": "砖混",
    }});
    let right = corrects(&town, "township_officer", &path, &everything, "").await.expect(200);
    for (field, wanted) in everything["corrected"].as_object().unwrap() {
        assert_eq!(right[field], *wanted, "{field}");
    }

    // Known as of before, it is what it was.
    let then = auditor.reads(&format!("{path}?known_at={before}")).await;
    for (field, was) in greenhouse(1200).as_object().unwrap() {
        assert_eq!(then[field], *was, "{field}");
    }
    let value = auditor.reads(&format!("{path}/value?on=2022-07-31")).await;
    assert_eq!(value["original_value_fen"], 12_000_000);
    let journal = auditor.reads(&format!("/v1/journal?subject_id={shed}&limit=10")).await;
    let entries = journal["items"].as_array().unwrap();
    assert_eq!(entries[1]["action"], "asset_corrected");
    assert_eq!(entries[1]["facts"]["reason"], "万元误作元");
}

pub async fn once_something_rests_on_an_asset_a_case_puts_it_right(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 1200).await;
    let path = format!("/v1/assets/{shed}");
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let before = noted(&town).await;

    let wrong = json!({"corrected": {"original_value_fen": 12_000_000}, "reason": "万元误作元"});
    let refused = corrects(&town, "township_officer", &path, &wrong, "").await;
    let refused = refused.expect_problem(409, "conflict");
    assert_eq!(refused["resting"]["case_ids"].as_array().unwrap().len(), 1, "{refused}");

    let amendment = |corrected: Value| json!({"asset": {"id": shed, "corrected": corrected}, "reason": "万元误作元", "documents": [minutes]});
    let value = json!({"original_value_fen": 12_000_000});
    for (body, pointer, code) in [
        (amendment(json!({"acquired_on": "2022-01-01"})), "/asset/corrected/acquired_on", "contradicts"),
        (
            json!({"asset": {"id": shed}, "reason": "误", "documents": [minutes]}),
            "/asset/corrected",
            "required_with",
        ),
        (
            json!({"asset": {"id": east, "void": true}, "reason": "误", "documents": [minutes]}),
            "/asset/id",
            "not_found",
        ),
        (
            json!({"asset": {"id": shed, "corrected": value}, "reason": "误", "documents": []}),
            "/documents",
            "too_short",
        ),
    ] {
        let refused = officer.posts("/v1/amendments", body).await.expect_problem(422, "validation_failed");
        let first = &refused["errors"][0];
        assert_eq!((&first["pointer"], &first["code"]), (&json!(pointer), &json!(code)), "{refused}");
    }
    // A lease is judged by what is on record, and by the truth once it is.
    let lease = json!({
        "right": "management", "effective_on": "2025-02-01", "documents": [minutes],
        "term": {"from": "2025-02-01", "to": "2026-02-01"},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-02-01", "amount_fen": 1000}]},
        "decision": town.decided(&minutes),
    });
    let is_too_cheap =
        |checked: &Value| checked["findings"].as_array().unwrap().iter().any(|it| it["rule"] == "L20");
    let checked = officer.posts("/v1/transfers/check", lease.clone()).await.expect(200);
    assert!(!is_too_cheap(&checked), "{checked}");

    let rehearsed = officer.posts("/v1/amendments?dry_run=true", amendment(value.clone())).await;
    rehearsed.expect(201);
    let case = officer.creates("/v1/amendments", amendment(value)).await;
    assert!(case["steps_required"].as_array().unwrap().contains(&json!("approve")), "{case}");
    assert_eq!(auditor.reads(&path).await["original_value_fen"], 1200);
    town.takes_through("amendments", &case).await;
    let posted = town.somebody(None).reads(&format!("/v1/notices?region_code={EAST}&limit=500")).await;
    let posted = posted["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]).unwrap();
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(posted))).await;
    assert!(
        notice.to_string().contains("120000.00元"),
        "everybody can know what is to be put right: {notice}"
    );

    let now = auditor.reads(&path).await;
    assert_eq!(now["original_value_fen"], 12_000_000);
    let then = auditor.reads(&format!("{path}?known_at={before}")).await;
    assert_eq!(then["original_value_fen"], 1200);
    let worth = auditor.reads(&format!("{path}/value?on=2021-08-01")).await;
    assert_eq!(worth["original_value_fen"], 12_000_000);
    let checked = officer.posts("/v1/transfers/check", lease).await.expect(200);
    assert!(is_too_cheap(&checked), "{checked}");
    let again = officer.posts("/v1/amendments", amendment(json!({"original_value_fen": 12_000_000}))).await;
    again.expect_problem(409, "conflict");

    // Who owns it is as it was, in the chain as well.
    let chain = auditor.reads(&format!("{path}/ownership-chain")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain}");
    // Another class, place and project, each as known then and now.
    let project = officer
        .creates(
            "/v1/projects",
            json!({
                "code": "X-1", "name": "冷库项目", "year": 2022, "region_code": TOWNSHIP,
                "funding": [{"source": "county", "amount_fen": 77}],
            }),
        )
        .await;
    let body =
        amendment(json!({"class": "public_welfare", "region_code": WEST, "project_id": project["id"]}));
    let instant = noted(&town).await;
    let gaps = format!("/v1/maintenance-gaps?region_code={WEST}");
    assert_eq!(auditor.reads(&gaps).await["items"], json!([]));
    let case = officer.creates("/v1/amendments", body).await;
    assert_eq!(case["region_code"], TOWNSHIP, "both villages are concerned");
    town.takes_through("amendments", &case).await;
    assert_eq!(auditor.reads(&gaps).await["items"][0]["asset_id"], json!(shed));
    assert_eq!(auditor.reads(&format!("{gaps}&known_at={instant}")).await["items"], json!([]));
    let origin = |chain: &Value| chain["origin"]["funding"][0]["amount_fen"].clone();
    let chain = auditor.reads(&format!("{path}/ownership-chain")).await;
    assert_eq!(origin(&chain), 77);
    let chain = auditor.reads(&format!("{path}/ownership-chain?known_at={instant}")).await;
    assert_eq!(origin(&chain), 1201);
}

pub async fn an_asset_recorded_by_mistake_is_void_and_counts_on_no_day(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;

    // At once.
    let twice = id(&officer.creates("/v1/assets", greenhouse(12_000_000)).await);
    let path = format!("/v1/assets/{twice}");
    let void = json!({"void": true, "reason": "重复登记"});
    let gone = corrects(&town, "township_officer", &path, &void, "").await.expect(200);
    assert_eq!((&gone["status"], &gone["counts"]), (&json!("voided"), &Value::Null));
    let again = corrects(&town, "township_officer", &path, &void, "").await;
    again.expect_problem(409, "conflict");
    let tag = officer.gets(&path).await.header("etag").to_owned();
    let used = officer.patches(&path, Some(&tag), json!({"status": "idle"})).await;
    used.expect_problem(422, "validation_failed");
    let registration = json!({"asset_id": twice, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes)});
    officer.posts("/v1/registrations", registration).await.expect_problem(409, "conflict");
    let listed = auditor.reads(&format!("/v1/assets?region_code={EAST}&limit=100")).await;
    assert!(!listed["items"].as_array().unwrap().iter().any(|it| it["id"] == json!(twice)));
    let listed = auditor.reads(&format!("/v1/assets?region_code={EAST}&status=voided")).await;
    assert_eq!(listed["items"][0]["id"], json!(twice));
    for day in ["1999-01-01", "2021-07-01", "2030-01-01"] {
        assert_eq!(auditor.reads(&format!("{path}/value?on={day}")).await["original_value_fen"], 0, "{day}");
    }

    // As a case, once it was registered; what it would leave behind is settled first.
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let path = format!("/v1/assets/{shed}");
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let rent = id(&officer.creates("/v1/receipts", rent).await);
    let asked = json!({"asset": {"id": shed, "void": true}, "reason": "重复登记", "documents": [minutes],
        "decision": town.decided(&minutes)});
    let refused = officer.posts("/v1/amendments", asked.clone()).await.expect_problem(409, "conflict");
    assert_eq!(refused["resting"]["receipt_ids"], json!([rent]), "{refused}");
    let reversal = format!("/v1/receipts/{rent}/reversal");
    officer.posts(&reversal, json!({"reason": "重复"})).await.expect(200);
    let mut undecided = asked.clone();
    undecided.as_object_mut().unwrap().remove("decision");
    let undecided = officer.creates("/v1/amendments", undecided).await;
    assert_eq!(undecided["findings"][0]["rule"], "L15", "a village decides on what it loses");
    let before = noted(&town).await;
    let case = officer.creates("/v1/amendments", asked).await;
    town.takes_through("amendments", &case).await;

    assert_eq!(auditor.reads(&path).await["status"], "voided");
    let rights = format!("{path}/rights?as_of=2024-01-01");
    assert_eq!(auditor.reads(&rights).await["ownership"], json!([]));
    let then = auditor.reads(&format!("{rights}&known_at={before}")).await;
    assert_eq!(then["ownership"][0]["holder_id"], json!(east));
    let held = format!("/v1/parties/{east}/holdings?as_of=2024-01-01");
    assert_eq!(auditor.reads(&held).await["direct"], json!([]));
    let chain = auditor.reads(&format!("{path}/ownership-chain")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain}");
    assert_eq!(chain["links"][1]["kind"], "voiding");
    assert_eq!(chain["links"][1]["holders_after"], json!([]));
    town.signed_size().await;
    let report = crate::tampering::checked(&town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn a_home_is_not_said_and_nothing_is_booked_to_what_is_void(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let mut shed = greenhouse(12_000_000);
    shed["location"] = json!("三组十二号王小明家东院");
    let shed = id(&officer.creates("/v1/assets", shed).await);
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let body = json!({"asset": {"id": shed, "corrected": {"class": "household"}}, "reason": "类别录错",
        "documents": [minutes]});
    let case = officer.creates("/v1/amendments", body).await;
    town.takes_through("amendments", &case).await;
    let posted = town.somebody(None).reads(&format!("/v1/notices?region_code={EAST}&limit=500")).await;
    let posted = posted["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]).unwrap();
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(posted))).await;
    assert!(!notice.to_string().contains("东院"), "{notice}");

    let twice = id(&officer.creates("/v1/assets", greenhouse(12_000_000)).await);
    let path = format!("/v1/assets/{twice}");
    let void = json!({"void": true, "reason": "重复登记"});
    corrects(&town, "township_officer", &path, &void, "").await.expect(200);
    let rent = json!({"asset_id": twice, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.posts("/v1/receipts", rent).await.expect_problem(409, "conflict");
}
