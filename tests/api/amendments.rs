//! What was typed wrongly is put right: at once while nothing rests on it, by a case from then on. What should never have
//! been recorded is void. What was known before stays known.

use serde_json::{Value, json};

use crate::{
    alterations::leased,
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
        (amendment(json!({"acquired_on": "2022-01-01"})), "/asset/corrected/acquired_on", "too_late"),
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

/// What is refused, by the first of its faults.
fn is_refused(answer: Answer, pointer: &str, code: &str) {
    let refused = answer.expect_problem(422, "validation_failed");
    let first = &refused["errors"][0];
    assert_eq!((&first["pointer"], &first["code"]), (&json!(pointer), &json!(code)), "{refused}");
}

/// What rests on a record that cannot be put right, by its kind.
fn rests(answer: Answer, what: &str) -> Value {
    answer.expect_problem(409, "conflict")["resting"][what].clone()
}

/// What the notice of a case says to everybody.
async fn notice_of(town: &Town, case: &Value) -> String {
    let hung = town.somebody(None).reads("/v1/notices?region_code=130828101000&limit=500").await;
    let hung =
        hung["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]).unwrap().clone();
    town.somebody(None).reads(&format!("/v1/notices/{}", id(&hung))).await.to_string()
}

async fn is_sound(town: &Town) {
    town.signed_size().await;
    let report = crate::tampering::checked(town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn what_an_asset_never_had_is_cleared_and_where_it_was_thought_to_be_confines_who_reads_it(
    town: Town,
) {
    let auditor = town.auditor();
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let path = format!("/v1/assets/{shed}");
    let typed = json!({"reason": "录入他处", "corrected": {"location": "三组", "specification": "砖混"}});
    corrects(&town, "township_officer", &path, &typed, "").await.expect(200);
    let before = noted(&town).await;
    let never = json!({"reason": "并无此项", "corrected": {
        "location": null, "specification": null, "project_id": null, "region_code": WEST,
    }});
    let right = corrects(&town, "township_officer", &path, &never, "").await.expect(200);
    for field in ["location", "specification", "project_id"] {
        assert_eq!(right[field], Value::Null, "{field}");
    }
    let again = corrects(&town, "township_officer", &path, &never, "").await;
    again.expect_problem(409, "conflict");
    let then = auditor.reads(&format!("{path}?known_at={before}")).await;
    assert_eq!((&then["location"], &then["specification"]), (&json!("三组"), &json!("砖混")));

    // It is the western village's, which was not known then: nobody reads there what was thought to be elsewhere.
    let now = noted(&town).await;
    let west = town.user_in("west", &["auditor"], WEST, None).await;
    let east = town.user_in("east", &["auditor"], EAST, None).await;
    for (token, known_at, status) in [
        (&west, None, 200),
        (&west, Some(&now), 200),
        (&west, Some(&before), 404),
        (&east, None, 404),
        (&east, Some(&before), 404),
    ] {
        let by = town.somebody(Some(token));
        let query = known_at.map(|it| format!("?known_at={it}")).unwrap_or_default();
        for path in [format!("{path}{query}"), format!("{path}/rights{query}")] {
            assert_eq!(by.gets(&path).await.status, status, "{path}");
        }
    }
    is_sound(&town).await;
}

pub async fn the_money_of_a_project_is_put_right_and_stays_known_as_it_was(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    // 500 万元, typed as 500 元.
    let typed = json!({
        "code": "HB-2021-0042", "name": "设施蔬菜大棚项目", "year": 2021, "region_code": EAST,
        "funding": [{"source": "central", "amount_fen": 50_000}, {"source": "county", "amount_fen": 7}],
    });
    let project = id(&officer.creates("/v1/projects", typed.clone()).await);
    let path = format!("/v1/projects/{project}");
    let before = noted(&town).await;
    let funds =
        json!([{"source": "central", "amount_fen": 500_000_000}, {"source": "county", "amount_fen": 7}]);
    let wrong = json!({"corrected": {"funding": funds}, "reason": "万元误作元"});

    let unseen = officer.posts(&format!("{path}/corrections"), wrong.clone()).await;
    unseen.expect_problem(428, "precondition_required");
    let request = officer.request(reqwest::Method::POST, &format!("{path}/corrections"));
    let outdated = Answer::of(request.header("If-Match", "\"7\"").json(&wrong)).await;
    outdated.expect_problem(412, "precondition_failed");
    let neighbour = town.user_in("neighbour", &["township_officer"], WEST, None).await;
    let colleague = town.user_in("colleague", &["township_officer"], TOWNSHIP, None).await;
    for (token, status) in [(&neighbour, 404), (&colleague, 409)] {
        let request =
            town.somebody(Some(token)).request(reqwest::Method::POST, &format!("{path}/corrections"));
        let refused = Answer::of(request.header("If-Match", "\"1\"").json(&wrong)).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    let rehearsed = corrects(&town, "township_officer", &path, &wrong, "?dry_run=true").await;
    assert_eq!(rehearsed.expect(200)["funding"], funds);
    assert_eq!(auditor.reads(&path).await["funding"], typed["funding"]);
    let other = typed.as_object().unwrap().clone();
    officer
        .creates(
            "/v1/projects",
            json!({"code": "HB-1", "name": other["name"], "year": 2021,
        "region_code": EAST, "funding": funds}),
        )
        .await;
    let taken = json!({"corrected": {"code": "HB-1"}, "reason": "编号有误"});
    let taken = corrects(&town, "township_officer", &path, &taken, "").await;
    is_refused(taken, "/corrected/code", "duplicate");
    let right = corrects(&town, "township_officer", &path, &wrong, "").await;
    assert_eq!(right.header("etag"), "\"2\"");
    assert_eq!(right.expect(200)["funding"], funds);
    let same = corrects(&town, "township_officer", &path, &wrong, "").await;
    same.expect_problem(409, "conflict");
    let then = auditor.reads(&format!("{path}?known_at={before}")).await;
    for (field, was) in typed.as_object().unwrap() {
        assert_eq!(then[field], *was, "{field}");
    }
    assert_eq!((&then["version"], &auditor.reads(&path).await["version"]), (&json!(1), &json!(2)));

    // An asset is made by it: from then on it is a case.
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let mut shed = greenhouse(12_000_000);
    shed["project_id"] = json!(project);
    let shed = id(&officer.creates("/v1/assets", shed).await);
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let known = noted(&town).await;
    let less = json!([{"source": "central", "amount_fen": 400_000_000}]);
    let at_once = json!({"corrected": {"funding": less}, "reason": "资金有误"});
    let at_once = corrects(&town, "township_officer", &path, &at_once, "").await;
    assert_eq!(rests(at_once, "asset_ids"), json!([shed]));
    let amendment =
        |project: Value| json!({"project": project, "reason": "资金有误", "documents": [minutes]});
    let void = officer.posts("/v1/amendments", amendment(json!({"id": project, "void": true}))).await;
    assert_eq!(rests(void, "asset_ids"), json!([shed]));
    let neither = json!({"reason": "资金有误", "documents": [minutes]});
    is_refused(officer.posts("/v1/amendments", neither).await, "/asset", "required");
    let mut both = amendment(json!({"id": project, "void": true}));
    both["asset"] = json!({"id": shed, "void": true});
    is_refused(officer.posts("/v1/amendments", both).await, "/project", "contradicts");
    let unknown = amendment(json!({"id": shed, "corrected": {"year": 2022}}));
    is_refused(officer.posts("/v1/amendments", unknown).await, "/project/id", "not_found");

    let double = town.user_in("double", &["township_officer", "township_reviewer"], TOWNSHIP, None).await;
    let double = town.somebody(Some(&double));
    let asked = amendment(json!({"id": project, "corrected": {"funding": less, "name": "蔬菜大棚项目"}}));
    let case = double.creates("/v1/amendments", asked).await;
    assert_eq!(case["findings"], json!([]), "{case}");
    assert!(case["steps_required"].as_array().unwrap().contains(&json!("approve")), "{case}");
    let steps = format!("/v1/amendments/{}/decisions", id(&case));
    let submitted = double.posts(&steps, json!({"step": "submit"})).await.expect(200);
    double.posts(&steps, json!({"step": "review"})).await.expect_problem(409, "four_eyes");
    town.takes_through("amendments", &submitted).await;
    let said = notice_of(&town, &case).await;
    assert!(said.contains("HB-2021-0042") && said.contains("4000000.00元"), "{said}");
    let now = auditor.reads(&path).await;
    assert_eq!((&now["funding"], &now["name"]), (&less, &json!("蔬菜大棚项目")));
    assert_eq!(auditor.reads(&format!("{path}?known_at={known}")).await["funding"], funds);
    let chain = format!("/v1/assets/{shed}/ownership-chain");
    assert_eq!(auditor.reads(&chain).await["origin"]["funding"], less);
    let then = auditor.reads(&format!("{chain}?known_at={known}")).await;
    assert_eq!(then["origin"]["funding"], funds);

    // Another was recorded twice: it is void, is listed to whoever asks for such, and no asset may name it.
    let twice =
        json!({"code": "HB-2", "name": "重复项目", "year": 2021, "region_code": EAST, "funding": less});
    let twice = id(&officer.creates("/v1/projects", twice).await);
    let path = format!("/v1/projects/{twice}");
    let void = json!({"void": true, "reason": "重复登记"});
    let gone = corrects(&town, "township_officer", &path, &void, "").await.expect(200);
    assert_eq!(gone["status"], "voided");
    corrects(&town, "township_officer", &path, &void, "").await.expect_problem(409, "conflict");
    let listed = |query: &str| format!("/v1/projects?region_code={EAST}&limit=100{query}");
    let has = |page: &Value| page["items"].as_array().unwrap().iter().any(|it| it["id"] == json!(twice));
    assert!(!has(&auditor.reads(&listed("")).await));
    assert!(has(&auditor.reads(&listed("&status=voided")).await));
    let mut shed = greenhouse(12_000_000);
    shed["project_id"] = json!(twice);
    is_refused(officer.posts("/v1/assets", shed).await, "/project_id", "not_found");
    town.journal_size().await;
    let journal = auditor.reads(&format!("/v1/journal?subject_id={twice}&limit=10")).await;
    assert_eq!(journal["items"][1]["action"], "project_voided");
    assert_eq!(journal["items"][1]["facts"]["reason"], "重复登记");
    is_sound(&town).await;
}

pub async fn a_contract_is_put_right_with_all_that_follows_from_it(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let grower = town.party("person", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    // The rent fell due in 2024; 2028 was typed.
    let due = |on: &str, amount: i64| json!([{"due_on": on, "amount_fen": amount}]);
    let typed = json!({
        "asset_ids": [shed], "lessor_id": east, "lessee_id": grower, "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "schedule": due("2028-01-01", 100_000),
    });
    let contract = id(&officer.creates("/v1/contracts", typed.clone()).await);
    let path = format!("/v1/contracts/{contract}");
    let before = noted(&town).await;
    assert_eq!(auditor.reads(&path).await["arrears_fen"], 0);
    let wrong = json!({"corrected": {"schedule": due("2024-01-01", 100_000)}, "reason": "年份录入有误"});
    let unseen = officer.posts(&format!("{path}/corrections"), wrong.clone()).await;
    unseen.expect_problem(428, "precondition_required");
    let request = officer.request(reqwest::Method::POST, &format!("{path}/corrections"));
    let outdated = Answer::of(request.header("If-Match", "\"7\"").json(&wrong)).await;
    outdated.expect_problem(412, "precondition_failed");
    let neighbour = town.user_in("neighbour", &["township_officer"], WEST, None).await;
    let colleague = town.user_in("colleague", &["township_officer"], TOWNSHIP, None).await;
    for (token, status) in [(&neighbour, 404), (&colleague, 409)] {
        let request =
            town.somebody(Some(token)).request(reqwest::Method::POST, &format!("{path}/corrections"));
        let refused = Answer::of(request.header("If-Match", "\"1\"").json(&wrong)).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    for (corrected, pointer, code) in [
        (json!({"lessee_id": east}), "/corrected/lessee_id", "contradicts"),
        (json!({"schedule": due("2040-01-01", 1)}), "/corrected/schedule/0/due_on", "too_late"),
        (json!({"term": {"from": "2024-01-01", "to": "2023-01-01"}}), "/corrected/term/to", "dates_reversed"),
        (json!({"asset_ids": [shed, east]}), "/corrected/asset_ids/1", "not_found"),
    ] {
        let body = json!({"corrected": corrected, "reason": "误"});
        is_refused(corrects(&town, "township_officer", &path, &body, "").await, pointer, code);
    }
    let right = corrects(&town, "township_officer", &path, &wrong, "").await.expect(200);
    assert_eq!((&right["arrears_fen"], &right["version"]), (&json!(100_000), &json!(2)));
    let then = auditor.reads(&format!("{path}?known_at={before}")).await;
    assert_eq!((&then["arrears_fen"], &then["version"]), (&json!(0), &json!(1)));
    assert_eq!(then["schedule"][0]["due_on"], "2028-01-01");

    // What comes in rests on it.
    let rent = json!({"asset_id": shed, "contract_id": contract, "kind": "rent", "payer_id": grower,
        "amount_fen": 80_000, "received_on": "2024-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let receipt = id(&officer.creates("/v1/receipts", rent.clone()).await);
    let paid = noted(&town).await;
    let less = json!({"corrected": {"schedule": due("2024-01-01", 60_000)}, "reason": "金额录入有误"});
    let at_once = corrects(&town, "township_officer", &path, &less, "").await;
    assert_eq!(rests(at_once, "receipt_ids"), json!([receipt]));
    let amendment =
        |contract: Value| json!({"contract": contract, "reason": "金额录入有误", "documents": [minutes]});
    let void = officer.posts("/v1/amendments", amendment(json!({"id": contract, "void": true}))).await;
    assert_eq!(rests(void, "receipt_ids"), json!([receipt]));
    let other = town.asset("operating", "greenhouse", 12_000_000).await;
    let elsewhere = amendment(json!({"id": contract, "corrected": {"asset_ids": [other]}}));
    assert_eq!(rests(officer.posts("/v1/amendments", elsewhere).await, "receipt_ids"), json!([receipt]));
    let unknown = amendment(json!({"id": shed, "void": true}));
    is_refused(officer.posts("/v1/amendments", unknown).await, "/contract/id", "not_found");

    let mut asked = amendment(json!({"id": contract, "corrected": less["corrected"]}));
    let undecided = officer.creates("/v1/amendments", asked.clone()).await;
    assert_eq!(undecided["findings"][0]["rule"], "L15", "a village decides on what it is owed no longer");
    asked["decision"] = town.decided(&minutes);
    let case = officer.creates("/v1/amendments", asked).await;
    town.takes_through("amendments", &case).await;
    let said = notice_of(&town, &case).await;
    assert!(said.contains("600.00元") && said.contains("承租方：王"), "{said}");
    assert!(!said.contains("王小农"), "{said}");
    let now = auditor.reads(&path).await;
    assert_eq!((&now["arrears_fen"], &now["overpaid_fen"]), (&json!(0), &json!(20_000)));
    assert_eq!(now["schedule"].as_array().unwrap().len(), 1);
    let then = auditor.reads(&format!("{path}?known_at={paid}")).await;
    assert_eq!((&then["arrears_fen"], &then["overpaid_fen"]), (&json!(20_000), &json!(0)));

    // The lessee is another one, and another thing was let as well: the village decides on that as well.
    let mut more =
        amendment(json!({"id": contract, "corrected": {"lessee_id": firm, "asset_ids": [shed, other]}}));
    let undecided = officer.creates("/v1/amendments", more.clone()).await;
    assert_eq!(found(&undecided), ["L15", "L20", "L48"], "{undecided}");
    more["decision"] = town.decided(&minutes);
    more["owner_consent_id"] = json!(minutes);
    let case = officer.creates("/v1/amendments", more).await;
    assert_eq!(found(&case), ["L20"], "{case}");
    town.takes_through("amendments", &case).await;
    let known = noted(&town).await;
    assert_eq!(auditor.reads(&path).await["lessee_id"], json!(firm));
    let then = auditor.reads(&format!("{path}?known_at={paid}")).await;
    assert_eq!((&then["lessee_id"], &then["asset_ids"]), (&json!(grower), &json!([shed])));

    // After all it was recorded twice: what came in is booked back, and it is void.
    officer.posts(&format!("/v1/receipts/{receipt}/reversal"), json!({"reason": "重复"})).await.expect(200);
    let mut asked = amendment(json!({"id": contract, "void": true}));
    asked["decision"] = town.decided(&minutes);
    let case = officer.creates("/v1/amendments", asked).await;
    town.takes_through("amendments", &case).await;
    let gone = auditor.reads(&path).await;
    assert_eq!((&gone["status"], &gone["arrears_fen"]), (&json!("voided"), &json!(0)));
    assert_eq!(gone["schedule"][0]["lapsed"], json!(true));
    let then = auditor.reads(&format!("{path}?known_at={known}")).await;
    assert_eq!((&then["status"], &then["overpaid_fen"]), (&json!("recorded"), &json!(20_000)));
    let listed = |query: &str| format!("/v1/contracts?region_code={EAST}&limit=100{query}");
    let has = |page: &Value| page["items"].as_array().unwrap().iter().any(|it| it["id"] == json!(contract));
    assert!(!has(&auditor.reads(&listed("")).await));
    assert!(has(&auditor.reads(&listed("&status=voided")).await));
    is_refused(officer.posts("/v1/receipts", rent).await, "/contract_id", "not_found");

    // One that was typed twice is void at once.
    let twice = id(&officer.creates("/v1/contracts", typed).await);
    let void = json!({"void": true, "reason": "重复登记"});
    let path = format!("/v1/contracts/{twice}");
    let gone = corrects(&town, "township_officer", &path, &void, "").await.expect(200);
    assert_eq!(gone["status"], "voided");
    corrects(&town, "township_officer", &path, &void, "").await.expect_problem(409, "conflict");
    town.journal_size().await;
    let journal = auditor.reads(&format!("/v1/journal?subject_id={twice}&limit=10")).await;
    assert_eq!(journal["items"][1]["action"], "contract_voided");
    is_sound(&town).await;
}

pub async fn the_contract_of_a_lease_stays_what_the_village_decided(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    leased(&town, &shed, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    let contract = auditor.reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0].clone();
    let (lease, contract) = (contract["case_id"].clone(), id(&contract));
    let schedule = json!([{"due_on": "2024-01-01", "amount_fen": 9_500_000}]);
    let path = format!("/v1/contracts/{contract}");
    let at_once = json!({"corrected": {"schedule": schedule}, "reason": "金额录入有误"});
    let at_once = corrects(&town, "township_officer", &path, &at_once, "").await;
    assert_eq!(rests(at_once, "case_ids"), json!([lease]));
    let amendment =
        |contract: Value| json!({"contract": contract, "reason": "金额录入有误", "documents": [minutes]});
    for (field, value) in [
        ("lessor_id", json!(firm)),
        ("asset_ids", json!([shed])),
        ("term", json!({"from": "2024-01-01", "to": "2030-01-01"})),
    ] {
        let asked = amendment(json!({"id": contract, "corrected": {field: value}}));
        let refused = officer.posts("/v1/amendments", asked).await.expect_problem(409, "conflict");
        assert_eq!(refused["case_id"], lease, "{field}: {refused}");
        assert!(!refused["detail"].as_str().unwrap().contains("  "), "{refused}");
    }
    let void = officer.posts("/v1/amendments", amendment(json!({"id": contract, "void": true}))).await;
    assert_eq!(rests(void, "case_ids"), json!([lease]));
    let case = officer
        .creates("/v1/amendments", amendment(json!({"id": contract, "corrected": {"schedule": schedule}})))
        .await;
    town.takes_through("amendments", &case).await;
    let now = auditor.reads(&path).await;
    assert_eq!(now["schedule"][0]["amount_fen"], 9_500_000);
    assert_eq!(now["case_id"], lease);
    is_sound(&town).await;
}

/// The rules that find something wrong with a case.
fn found(case: &Value) -> Vec<&str> {
    case["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

pub async fn what_a_notice_names_it_names_so_that_people_know_it(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let funding = json!([{"source": "county", "amount_fen": 77}]);
    let project =
        json!({"code": "HB-9", "name": "冷库项目", "year": 2022, "region_code": EAST, "funding": funding});
    let project = id(&officer.creates("/v1/projects", project).await);
    let (shed, barn) = (
        town.asset("operating", "greenhouse", 12_000_000).await,
        town.asset("operating", "greenhouse", 12_000_000).await,
    );
    let called = async |code: &str| {
        let region = officer.reads(&format!("/v1/regions/{code}")).await;
        format!("{}（{code}）", region["name"].as_str().unwrap())
    };
    let (here, there) = (called(EAST).await, called(WEST).await);
    let number =
        officer.reads(&format!("/v1/assets/{barn}")).await["registry_number"].as_str().unwrap().to_owned();
    let wall = async |body: Value| {
        let case = officer.creates("/v1/amendments", body).await;
        town.takes_through("amendments", &case).await;
        notice_of(&town, &case).await
    };
    let about = |what: &str, it: Value| json!({what: it, "reason": "录错", "documents": [minutes]});

    let said =
        wall(about("asset", json!({"id": shed, "corrected": {"project_id": project, "region_code": WEST}})))
            .await;
    assert!(said.contains("冷库项目（HB-9）") && said.contains("冷库项目 (HB-9)"), "{said}");
    assert!(said.contains(&there) && !said.contains(&project), "{said}");
    let said = wall(about("project", json!({"id": project, "corrected": {"region_code": WEST}}))).await;
    assert!(said.contains(&format!("位于{here}")) && said.contains(&there), "{said}");
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": [{"due_on": "2024-01-01", "amount_fen": 9_000_000}]});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let decided = json!([{"by_id": east, "body": "members_assembly", "decided_on": "2021-07-01", "members": 100,
        "attended": 80, "in_favour": 75, "document_id": minutes}]);
    let mut body = about("contract", json!({"id": contract, "corrected": {"asset_ids": [barn]}}));
    body["decisions"] = decided;
    let said = wall(body).await;
    assert!(said.contains(&format!("出租资产为：日光温室大棚（登记编号{number}）")), "{said}");
    assert!(said.contains("决议：东村股份经济合作社"), "{said}");
}

pub async fn what_hung_is_what_is_done_or_it_is_drafted_anew(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let lease = json!({
        "right": "management", "effective_on": "2025-02-01", "documents": [minutes], "recorded_late": town.late(),
        "term": {"from": "2025-02-01", "to": "2026-02-01"}, "decision": town.decided(&minutes),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-02-01", "amount_fen": 9_000_000}]},
    });
    let case = officer.creates("/v1/transfers", lease).await;
    for step in ["submit", "review", "start_notice", "close_notice"] {
        town.decides("transfers", &case, step).await.expect(200);
    }
    let county = town.actor("county_approver");
    let renames = async |path: String, name: &str| {
        let tag = officer.gets(&path).await.header("etag").to_owned();
        let who = if path.starts_with("/v1/parties/") { &county } else { &officer };
        who.patches(&path, Some(&tag), json!({"name": name})).await.expect(200);
    };
    let hung =
        town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await["items"][0].clone();

    // Whoever passed by read of another firm, and of another shed.
    for (path, new, old, at) in [
        (format!("/v1/parties/{firm}"), "绿源公司", "惠农公司", "/rights/0/to/name"),
        (format!("/v1/assets/{shed}"), "养殖场", "日光温室大棚", "/assets/0/name"),
    ] {
        renames(path.clone(), new).await;
        let refused = town.decides("transfers", &case, "approve").await.expect_problem(409, "conflict");
        assert_eq!((&refused["notice_id"], &refused["case_id"]), (&hung["id"], &case["id"]), "{refused}");
        assert_eq!(refused["changed"], json!([{"at": at, "noticed": old, "now": new}]));
        // A mistake is undone, and what hung is true again.
        renames(path, old).await;
    }
    // Nor did anybody read where the shed stands, of which nothing was said.
    let path = format!("/v1/assets/{shed}");
    let moves = async |location: Value| {
        let tag = officer.gets(&path).await.header("etag").to_owned();
        officer.patches(&path, Some(&tag), json!({"location": location})).await.expect(200);
    };
    moves(json!("三组")).await;
    let refused = town.decides("transfers", &case, "approve").await.expect_problem(409, "conflict");
    assert_eq!(refused["changed"], json!([{"at": "/assets/0/location", "noticed": null, "now": "三组"}]));
    moves(Value::Null).await;
    town.decides("transfers", &case, "approve").await.expect(200);
    // So it is with what a case puts right meanwhile.
    let more = json!({"asset": {"id": shed, "corrected": {"quantity": "2", "unit": "座"}}, "reason": "录错",
        "documents": [minutes]});
    let more = officer.creates("/v1/amendments", more).await;
    town.takes_through("amendments", &more).await;
    let refused = town.decides("transfers", &case, "execute").await.expect_problem(409, "conflict");
    let changed: Vec<_> = refused["changed"].as_array().unwrap().iter().map(|it| &it["at"]).collect();
    assert_eq!(changed, ["/assets/0/quantity", "/assets/0/unit"], "{refused}");
    town.decides("transfers", &case, "withdraw").await.expect(200);
}

pub async fn a_rent_that_is_lowered_is_judged_like_the_rent_that_was_agreed(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    leased(&town, &shed, [&east, &firm], "1/2", ["2024-01-01", "2029-01-01"], &minutes).await;
    let contract = auditor.reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0].clone();
    let of = |amount: i64| {
        json!({"contract": {"id": contract["id"], "corrected": {
        "schedule": [{"due_on": "2024-01-01", "amount_fen": amount}]}}, "reason": "金额录入有误",
        "documents": [minutes], "decision": town.decided(&minutes)})
    };
    // Half of 120 000 yuan for five years, at six percent a year: 18 000 yuan, of which 16 538.85 are enough that are paid ahead.
    let enough = officer.creates("/v1/amendments", of(1_800_000)).await;
    // It is enough, though less than fell due already, which the county is told.
    assert_eq!(found(&enough), ["L20"], "{enough}");
    assert_eq!(enough["findings"][0]["figures"]["amount_fen"], json!(7_200_000), "{enough}");
    let low = officer.creates("/v1/amendments", of(1_653_884)).await;
    assert_eq!(found(&low), ["L20", "L20"], "{low}");
    assert_eq!(
        (&low["outcome"], &low["findings"][1]["figures"]["invested_fen"]),
        (&json!("escalate"), &json!(6_000_000))
    );
}

pub async fn a_household_agrees_before_its_asset_is_no_longer_one_of_a_household(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let family = town.party("household", "王小农", EAST).await;
    let minutes = town.document().await;
    let cattle = town.asset("household", "livestock", 12_000_000).await;
    town.registers(&cattle, &minutes, json!([{"holder_id": family, "share": "1"}])).await;
    let mut asked = json!({"asset": {"id": cattle, "corrected": {"class": "operating"}}, "reason": "类别录错",
        "documents": [minutes]});
    let taken = officer.creates("/v1/amendments", asked.clone()).await;
    assert_eq!(found(&taken), ["L48"], "{taken}");
    town.decides("amendments", &taken, "submit").await.expect_problem(409, "blocked_by_loss_check");
    asked["owner_consent_id"] = json!(minutes);
    let agreed = officer.creates("/v1/amendments", asked).await;
    assert_eq!(agreed["findings"], json!([]), "{agreed}");
    town.takes_through("amendments", &agreed).await;
}

pub async fn a_person_agrees_before_what_is_theirs_is_given_away(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let person = town.party("person", "王小农", EAST).await;
    let minutes = town.document().await;
    let cattle = town.asset("household", "livestock", 12_000_000).await;
    town.registers(&cattle, &minutes, json!([{"holder_id": person, "share": "1"}])).await;
    for taker in [&east, &firm] {
        let mut gift = json!({"right": "ownership", "effective_on": town.today(), "documents": [minutes],
            "lots": [{"asset_id": cattle, "from_id": person, "to_id": taker, "share": "1"}],
            "consideration": {"kind": "none"}});
        let taken = officer.creates("/v1/transfers", gift.clone()).await;
        assert!(found(&taken).contains(&"L48"), "{taken}");
        town.decides("transfers", &taken, "submit").await.expect_problem(409, "blocked_by_loss_check");
        gift["owner_consent_id"] = json!(minutes);
        let agreed = officer.creates("/v1/transfers", gift).await;
        assert!(!found(&agreed).contains(&"L48"), "{agreed}");
    }
    let asked = json!({"asset": {"id": cattle, "corrected": {"class": "operating"}}, "reason": "类别录错",
        "documents": [minutes]});
    let taken = officer.creates("/v1/amendments", asked).await;
    assert_eq!(found(&taken), ["L48"], "{taken}");
    let said = taken["findings"][0].to_string();
    assert!(said.contains("would be recorded as an operating asset"), "{said}");
}

pub async fn a_household_is_asked_before_its_lease_is_taken(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let tenant = town.party("household", "王小农", EAST).await;
    let minutes = town.document().await;
    let [shed, barn] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    let lets_to = async |lessee: &str| {
        let contract = json!({"asset_ids": [shed, barn], "lessor_id": east, "lessee_id": lessee,
            "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": [{"due_on": "2028-01-01", "amount_fen": 9_000_000}]});
        id(&officer.creates("/v1/contracts", contract).await)
    };
    let (contract, of_firm) = (lets_to(&tenant).await, lets_to(&firm).await);
    let amended = |contract: &str, wrong: Value| {
        let mut about = wrong;
        about["id"] = json!(contract);
        json!({"contract": about, "reason": "录入有误", "documents": [minutes], "decision": town.decided(&minutes)})
    };
    for wrong in [
        json!({"void": true}),
        json!({"corrected": {"term": {"from": "2024-01-01", "to": "2027-01-01"}}}),
        json!({"corrected": {"term": {"from": "2025-01-01", "to": "2029-01-01"}}}),
        json!({"corrected": {"lessee_id": firm}}),
        json!({"corrected": {"asset_ids": [shed]}}),
    ] {
        let taken = officer.creates("/v1/amendments", amended(&contract, wrong.clone())).await;
        let is_asked = |it: &&Value| {
            it["rule"] == "L48" && it["message"].as_str().unwrap().contains("bind another lessee")
        };
        let lost = taken["findings"].as_array().unwrap().iter().find(is_asked);
        assert_eq!(lost.map(|it| &it["figures"]["from_id"]), Some(&json!(tenant)), "{wrong}: {taken}");
        town.decides("amendments", &taken, "submit").await.expect_problem(409, "blocked_by_loss_check");
        let mut agreed = amended(&contract, wrong.clone());
        agreed["owner_consent_id"] = json!(minutes);
        let agreed = officer.creates("/v1/amendments", agreed).await;
        assert!(!found(&agreed).contains(&"L48"), "{wrong}: {agreed}");
        if wrong["corrected"]["lessee_id"].is_null() {
            let of_firm = officer.creates("/v1/amendments", amended(&of_firm, wrong.clone())).await;
            assert!(!found(&of_firm).contains(&"L48"), "{wrong}: {of_firm}");
        }
    }
}

pub async fn what_hung_names_parties_and_projects_whole(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let branch = town.party("enterprise", "惠农公司第二分公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": [{"due_on": "2024-01-01", "amount_fen": 9_000_000}]});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let body = json!({"contract": {"id": contract, "corrected": {"lessee_id": branch}}, "reason": "承租方录错",
        "documents": [minutes], "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", body).await;
    let hangs = async |kind: &str, case: &Value| {
        for step in ["submit", "review", "start_notice", "close_notice"] {
            town.decides(kind, case, step).await.expect(200);
        }
    };
    hangs("amendments", &case).await;
    let renames = async |name: &str| {
        let path = format!("/v1/parties/{branch}");
        let tag = county.gets(&path).await.header("etag").to_owned();
        county.patches(&path, Some(&tag), json!({"name": name})).await.expect(200);
    };
    // A part of what hung is another firm.
    renames("惠农公司第二").await;
    let refused = town.decides("amendments", &case, "approve").await.expect_problem(409, "conflict");
    assert_eq!(refused["changed"][0]["noticed"], "惠农公司第二分公司", "{refused}");
    renames("惠农公司第二分公司").await;
    town.decides("amendments", &case, "approve").await.expect(200);

    // So it is with the project that a notice names, whose money alone may be put right.
    let asset = officer.reads(&format!("/v1/assets/{shed}")).await;
    let project = asset["project_id"].as_str().unwrap();
    let lease = json!({
        "right": "management", "effective_on": "2025-02-01", "documents": [minutes], "recorded_late": town.late(),
        "term": {"from": "2025-02-01", "to": "2026-02-01"}, "decision": town.decided(&minutes),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-02-01", "amount_fen": 9_000_000}]},
    });
    let lease = officer.creates("/v1/transfers", lease).await;
    hangs("transfers", &lease).await;
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&lease))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    assert_eq!(notice["content"]["decisions"][0]["by"]["name"], "东村股份经济合作社", "{notice}");
    let amends = async |corrected: Value| {
        let body = json!({"project": {"id": project, "corrected": corrected}, "reason": "录错", "documents": [minutes]});
        let case = officer.creates("/v1/amendments", body).await;
        town.takes_through("amendments", &case).await;
    };
    amends(json!({"funding": [{"source": "county", "amount_fen": 50_000_000}]})).await;
    town.decides("transfers", &lease, "approve").await.expect(200);
    amends(json!({"name": "冷库项目"})).await;
    let refused = town.decides("transfers", &lease, "execute").await.expect_problem(409, "conflict");
    assert_eq!(refused["changed"][0]["at"], "/assets/0/project/name", "{refused}");
}

pub async fn whoever_would_hold_something_later_is_told_before_it_is_void(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let later = (town.clock.now() + chrono::TimeDelta::days(200)).date_naive().to_string();
    let gift = json!({"right": "ownership", "effective_on": later, "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes)});
    let gift = officer.creates("/v1/transfers", gift).await;
    town.takes_through("transfers", &gift).await;
    let mut asked = json!({"asset": {"id": shed, "void": true}, "reason": "重复登记", "documents": [minutes],
        "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", asked.clone()).await;
    let undecided: Vec<_> = case["findings"].as_array().unwrap().iter().map(|it| &it["rule"]).collect();
    assert_eq!(undecided, ["L15", "L15"], "both villages decide: {case}");
    asked.as_object_mut().unwrap().remove("decision");
    let of = |by: &str| {
        let mut it = town.decided(&minutes);
        it["by_id"] = json!(by);
        it
    };
    asked["decisions"] = json!([of(&east), of(&west)]);
    let case = officer.creates("/v1/amendments", asked).await;
    town.takes_through("amendments", &case).await;
    let said = notice_of(&town, &case).await;
    assert!(said.contains("西村股份经济合作社对日光温室大棚的所有权"), "{said}");
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain?as_of={later}")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain}");
    is_sound(&town).await;
}

pub async fn a_part_is_put_right_as_long_as_the_parts_come_to_the_whole(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let market = town.asset("operating", "market", 12_000_000).await;
    town.registers(&market, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let part = |name: &str| json!({"name": name, "quantity": "12", "unit": "平方米", "original_value_fen": 6_000_000});
    let division = json!({"kind": "division", "asset_id": market, "effective_on": "2025-07-01", "reason": "分摊经营",
        "recorded_late": town.late(), "parts": [part("一号"), part("二号")], "documents": [minutes],
        "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/alterations", division).await;
    town.takes_through("alterations", &case).await;
    let stalls = auditor.reads(&format!("/v1/assets?region_code={EAST}&parent_id={market}")).await;
    let stall = id(&stalls["items"][0]);
    let of = |corrected: Value| json!({"asset": {"id": stall, "corrected": corrected}, "reason": "录错", "documents": [minutes]});
    // 12 was typed for 21; what a stall cost is a part of what the market cost.
    let case = officer.creates("/v1/amendments", of(json!({"quantity": "21"}))).await;
    town.takes_through("amendments", &case).await;
    assert_eq!(auditor.reads(&format!("/v1/assets/{stall}")).await["quantity"], "21");
    let value = officer.posts("/v1/amendments", of(json!({"original_value_fen": 7_000_000}))).await;
    let value = value.expect_problem(409, "conflict");
    assert!(value["resting"]["asset_ids"].as_array().unwrap().contains(&json!(market)));
    assert!(value["detail"].as_str().unwrap().contains("in common with others"), "{value}");
    let whole = json!({"asset": {"id": market, "corrected": {"unit": "平方米", "quantity": "32"}}, "reason": "录错",
        "documents": [minutes]});
    let refused =
        officer.posts("/v1/amendments", whole.clone()).await.expect_problem(422, "validation_failed");
    let first = &refused["errors"][0];
    assert_eq!(
        (&first["pointer"], &first["code"]),
        (&json!("/asset/corrected/quantity"), &json!("contradicts"))
    );
    assert!(first["detail"].as_str().unwrap().contains("the sum of what the parts have"), "{refused}");
    let mut whole = whole;
    whole["asset"]["corrected"]["quantity"] = json!("33");
    officer.creates("/v1/amendments", whole).await;
}

pub async fn what_was_noticed_is_put_right_and_nothing_is_left_behind_it(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let amendment = |corrected: Value| json!({"asset": {"id": shed, "corrected": corrected}, "reason": "录错", "documents": [minutes]});

    // Two drafts of the same record: the first that is executed leaves the other one nothing that it was decided on.
    let first = officer.creates("/v1/amendments", amendment(json!({"original_value_fen": 20_000_000}))).await;
    let second =
        officer.creates("/v1/amendments", amendment(json!({"original_value_fen": 30_000_000}))).await;
    let submitted = town.decides("amendments", &second, "submit").await.expect(200);
    town.takes_through("amendments", &first).await;
    let step = submitted["next_step"].as_str().unwrap().to_owned();
    town.decides("amendments", &submitted, &step).await.expect_problem(409, "conflict");
    town.decides("amendments", &submitted, "withdraw").await.expect(200);
    let worth = town.auditor().reads(&format!("/v1/assets/{shed}")).await;
    assert_eq!(worth["original_value_fen"], 20_000_000);
    // Whoever says what they saw is told at once.
    let mut seen = amendment(json!({"original_value_fen": 30_000_000}));
    seen["version"] = json!(1);
    officer.posts("/v1/amendments", seen).await.expect_problem(409, "conflict");

    // It was there on every day on which anything came in for it, or was owed, or lay on it.
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2022-07-03", "period": {"from": "2022-01-01", "to": "2023-01-01"}});
    officer.creates("/v1/receipts", rent).await;
    let late = amendment(json!({"acquired_on": "2022-07-04"}));
    let refused = officer.posts("/v1/amendments", late).await.expect_problem(422, "validation_failed");
    assert_eq!(
        (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
        (&json!("/asset/corrected/acquired_on"), &json!("too_late"))
    );
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("receipts"), "{refused}");
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2022-02-01", "to": "2023-02-01"}, "schedule": [{"due_on": "2022-02-01", "amount_fen": 1}]});
    officer.creates("/v1/contracts", contract).await;
    let late = amendment(json!({"acquired_on": "2022-02-02"}));
    officer.posts("/v1/amendments", late).await.expect_problem(422, "validation_failed");
    officer.creates("/v1/amendments", amendment(json!({"acquired_on": "2022-02-01"}))).await;
}

pub async fn what_fell_due_is_forgiven_by_no_clerk_alone(town: Town) {
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let dues = |amount: i64| -> Value {
        (2022..2026).map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": amount})).collect()
    };
    let old = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2022-01-01", "to": "2032-01-01"}, "schedule": dues(86_400_000)});
    let contract = id(&officer.creates("/v1/contracts", old).await);
    let path = format!("/v1/contracts/{contract}");
    let owed = auditor.reads(&path).await["arrears_fen"].clone();
    assert_eq!(owed, 345_600_000);

    // Nobody ever paid, so neither a receipt nor a case rests on it; four years of rent do.
    let fell_due = json!(["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"]);
    for wrong in [
        json!({"void": true, "reason": "误登"}),
        json!({"corrected": {"schedule": dues(1)}, "reason": "误登"}),
        json!({"corrected": {"lessee_id": east, "lessor_id": firm}, "reason": "误登"}),
    ] {
        let refused = corrects(&town, "township_officer", &path, &wrong, "").await;
        assert_eq!(rests(refused, "fallen_due_on"), fell_due, "{wrong}");
    }
    assert_eq!(auditor.reads(&path).await["arrears_fen"], owed);
    // What more was due, or for how short a time, whoever recorded it says at once.
    let more = json!({"corrected": {"schedule": dues(86_400_001), "term": {"from": "2022-01-01", "to": "2026-01-01"}},
        "reason": "少录一分"});
    let right = corrects(&town, "township_officer", &path, &more, "").await.expect(200);
    assert_eq!(right["arrears_fen"], 345_600_004);
}

pub async fn a_contract_that_becomes_easier_is_judged_like_one_that_is_agreed(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let grower = town.party("person", "王小农", EAST).await;
    let minutes = town.document().await;
    let (shed, barn) = (
        town.asset("operating", "greenhouse", 12_000_000).await,
        town.asset("operating", "greenhouse", 12_000_000).await,
    );
    // Ten years at six percent of what the shed cost.
    let old = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2022-01-01", "to": "2032-01-01"},
        "schedule": [{"due_on": "2022-01-01", "amount_fen": 7_200_000}]});
    let contract = id(&officer.creates("/v1/contracts", old).await);
    let amended = async |corrected: Value, decided: bool| {
        let mut body = json!({"contract": {"id": contract, "corrected": corrected}, "reason": "录错",
            "documents": [minutes]});
        if decided {
            body["decision"] = town.decided(&minutes);
        }
        officer.creates("/v1/amendments", body).await
    };
    let until = |to: Value| json!({"term": {"from": "2022-01-01", "to": to}});
    for (corrected, undecided) in [
        (until(json!("2069-09-01")), vec!["L15", "L18", "L20"]),
        (until(Value::Null), vec!["L15", "L18"]),
        (until(json!("2042-01-01")), vec!["L15", "L20"]),
        // Whoever would rent by it is asked as well, where that is somebody's own affair.
        (json!({"lessee_id": grower}), vec!["L15", "L23", "L48"]),
        (json!({"asset_ids": [shed, barn]}), vec!["L15", "L20"]),
        (until(json!("2031-01-01")), vec![]),
    ] {
        let case = amended(corrected.clone(), false).await;
        assert_eq!(found(&case), undecided, "{corrected}: {case}");
        let first = &case["findings"][0];
        if !undecided.is_empty() {
            let message = first["message"].as_str().unwrap();
            assert_eq!(first["figures"]["matter"], "lease", "{first}");
            assert!(message.contains("no decision of the collective"), "{message}");
        }
        let case = amended(corrected.clone(), true).await;
        let decided: Vec<_> = undecided.into_iter().filter(|it| *it != "L15").collect();
        assert_eq!(found(&case), decided, "{corrected}: {case}");
    }
}

pub async fn a_place_is_put_right_once_nothing_stands_in_the_old_one(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let place = json!({"asset": {"id": shed, "corrected": {"region_code": WEST}}, "reason": "录入他村",
        "documents": [minutes]});
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let receipt = id(&officer.creates("/v1/receipts", rent.clone()).await);
    let dues = json!([{"due_on": "2023-01-01", "amount_fen": 5}]);
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2022-01-01", "to": "2023-06-01"}, "schedule": dues});
    let contract = id(&officer.creates("/v1/contracts", contract).await);

    // What stands: the rent, what is owed for a term that is over, and a sale by the policy of the old place.
    let refused = officer.posts("/v1/amendments", place.clone()).await.expect_problem(409, "conflict");
    assert_eq!(refused["resting"]["receipt_ids"], json!([receipt]), "{refused}");
    assert_eq!(refused["resting"]["contract_ids"], json!([contract]), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("book a receipt back"), "{refused}");
    officer.posts(&format!("/v1/receipts/{receipt}/reversal"), json!({"reason": "重复"})).await.expect(200);
    let mut void =
        json!({"contract": {"id": contract, "void": true}, "reason": "误登", "documents": [minutes]});
    void["decision"] = town.decided(&minutes);
    let void = officer.creates("/v1/amendments", void).await;
    town.takes_through("amendments", &void).await;
    let lease = json!({
        "right": "management", "effective_on": "2025-02-01", "documents": [minutes], "recorded_late": town.late(),
        "term": {"from": "2025-02-01", "to": "2026-02-01"}, "decision": town.decided(&minutes),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-02-01", "amount_fen": 9_000_000}]},
    });
    let lease = officer.creates("/v1/transfers", lease).await;
    town.decides("transfers", &lease, "submit").await.expect(200);
    let refused = officer.posts("/v1/amendments", place.clone()).await;
    assert_eq!(rests(refused, "case_ids"), json!([lease["id"]]));
    town.decides("transfers", &lease, "withdraw").await.expect(200);

    // What was booked back, is void or was withdrawn stands no more: the account of its income goes with the asset.
    let case = officer.creates("/v1/amendments", place).await;
    town.takes_through("amendments", &case).await;
    officer.creates("/v1/receipts", rent).await;
    let accounts = auditor.reads(&format!("/v1/accounts?asset_id={shed}")).await;
    assert_eq!(accounts["items"][0]["region_code"], WEST, "{accounts}");
    let balance = auditor.reads(&format!("/v1/trial-balance?region_code={WEST}")).await;
    assert!(balance.to_string().contains(&shed), "{balance}");
    is_sound(&town).await;
}

pub async fn what_an_amendment_names_that_hangs_is_not_changed_under_it(town: Town) {
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let (shed, barn) = (
        town.asset("operating", "greenhouse", 12_000_000).await,
        town.asset("operating", "greenhouse", 12_000_000).await,
    );
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": [{"due_on": "2024-01-01", "amount_fen": 9_000_000}]});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let body = json!({"contract": {"id": contract, "corrected": {"asset_ids": [barn]}}, "reason": "录错",
        "documents": [minutes], "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", body).await;
    town.decides("amendments", &case, "submit").await.expect(200);
    let path = format!("/v1/assets/{barn}");
    for wrong in
        [json!({"void": true, "reason": "误登"}), json!({"corrected": {"quantity": "2"}, "reason": "误登"})]
    {
        let refused = corrects(&town, "township_officer", &path, &wrong, "").await;
        assert_eq!(rests(refused, "case_ids"), json!([case["id"]]), "{wrong}");
    }
    let void = json!({"asset": {"id": barn, "void": true}, "reason": "误登", "documents": [minutes]});
    assert_eq!(rests(officer.posts("/v1/amendments", void).await, "case_ids"), json!([case["id"]]));
    town.decides("amendments", &case, "withdraw").await.expect(200);
    let wrong = json!({"void": true, "reason": "误登"});
    corrects(&town, "township_officer", &path, &wrong, "").await.expect(200);
}

pub async fn only_what_counts_says_since_when_an_asset_was_there(town: Town) {
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2021-08-01", "to": "2029-01-01"}, "schedule": [{"due_on": "2028-01-01", "amount_fen": 9}]});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let mortgage = json!({"asset_id": shed, "kind": "mortgage", "holder_id": firm, "amount_fen": 5_000_000,
        "period": {"from": "2021-09-01", "to": "2029-01-01"}, "document_id": minutes});
    let mortgage = id(&officer.creates("/v1/restrictions", mortgage).await);
    let since = |day: &str| {
        json!({"asset": {"id": shed, "corrected": {"acquired_on": day}}, "reason": "录错",
        "documents": [minutes]})
    };
    is_refused(
        officer.posts("/v1/amendments", since("2022-01-01")).await,
        "/asset/corrected/acquired_on",
        "too_late",
    );
    let void = json!({"void": true, "reason": "误登"});
    let path = format!("/v1/contracts/{contract}");
    corrects(&town, "township_officer", &path, &void, "").await.expect(200);
    let path = format!("/v1/restrictions/{mortgage}");
    let tag = officer.gets(&path).await.header("etag").to_owned();
    officer.patches(&path, Some(&tag), json!({"released_on": "2021-09-01"})).await.expect(200);
    officer.creates("/v1/amendments", since("2022-01-01")).await;

    // Rent that came in later, for a year that was over by then: it was there on a day of that year.
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2023-07-03", "period": {"from": "2021-02-01", "to": "2022-01-01"}});
    officer.creates("/v1/receipts", rent).await;
    officer.creates("/v1/amendments", since("2021-12-31")).await;
    is_refused(
        officer.posts("/v1/amendments", since("2022-01-01")).await,
        "/asset/corrected/acquired_on",
        "too_late",
    );
}

pub async fn a_contract_is_put_right_at_once_whatever_became_of_its_asset_before(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let grower = town.party("person", "王小农", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    leased(&town, &shed, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    let ends = |holder: &str, on: &str| {
        json!({
            "kind": "termination", "asset_id": shed, "right": "management", "holder_id": holder, "effective_on": on,
            "reason": "承租方提前退租", "documents": [minutes], "owner_consent_id": minutes, "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };
    let ended = officer.creates("/v1/alterations", ends(&firm, "2025-06-01")).await;
    town.takes_through("alterations", &ended).await;
    let next = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": grower,
        "term": {"from": "2025-06-01", "to": "2030-06-01"}, "schedule": [{"due_on": "2029-06-01", "amount_fen": 9}]});
    let next = id(&officer.creates("/v1/contracts", next).await);
    let path = format!("/v1/contracts/{next}");
    let slip = |amount: i64| {
        json!({"corrected": {"schedule": [{"due_on": "2029-06-01", "amount_fen": amount}]},
        "reason": "金额录入有误"})
    };
    let right = corrects(&town, "township_officer", &path, &slip(9_000_000), "").await.expect(200);
    assert_eq!(right["version"], 2);
    // What becomes of it afterwards rests on it.
    leased(&town, &shed, [&east, &grower], "1", ["2025-07-01", "2029-01-01"], &minutes).await;
    let later = officer.creates("/v1/alterations", ends(&grower, "2026-01-01")).await;
    town.takes_through("alterations", &later).await;
    let refused = corrects(&town, "township_officer", &path, &slip(9_000_001), "").await;
    assert_eq!(rests(refused, "case_ids"), json!([later["id"]]));
}

pub async fn time_alone_outdates_no_notice(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let tomorrow = (town.clock.now() + chrono::TimeDelta::hours(32)).date_naive().to_string();
    let income = json!({"right": "income", "effective_on": "2025-01-01", "documents": [minutes],
        "term": {"from": "2025-01-01", "to": tomorrow}, "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1/2"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes)});
    let income = officer.creates("/v1/transfers", income).await;
    town.takes_through("transfers", &income).await;
    let asked = json!({"asset": {"id": shed, "void": true}, "reason": "重复登记", "documents": [minutes]});
    let asked = town.decided_by(asked, &minutes, &[&east, &west]);
    let case = officer.creates("/v1/amendments", asked).await;
    for step in ["submit", "review", "start_notice", "close_notice"] {
        town.decides("amendments", &case, step).await.expect(200);
    }
    let said = notice_of(&town, &case).await;
    assert!(said.contains("西村股份经济合作社"), "{said}");
    // By the day after the grant is over.
    town.clock.advance(chrono::TimeDelta::hours(25));
    let steps = format!("/v1/amendments/{}/decisions", id(&case));
    for (role, step) in [("county_approver", "approve"), ("county_approver", "execute")] {
        let by = town.renewed(role).await;
        town.somebody(Some(&by)).posts(&steps, json!({"step": step})).await.expect(200);
    }
}

pub async fn rent_that_fell_due_is_given_up_by_nobody_in_silence(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let family = town.party("household", "王小农", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let agreed = async |lessor: &str, lessee: &str| {
        let contract = json!({"asset_ids": [shed], "lessor_id": lessor, "lessee_id": lessee,
            "term": {"from": "2022-01-01", "to": "2029-01-01"},
            "schedule": [{"due_on": "2022-01-01", "amount_fen": 9_000_000}, {"due_on": "2028-01-01", "amount_fen": 9_000_000}]});
        id(&officer.creates("/v1/contracts", contract).await)
    };
    let amends = async |contract: &str, corrected: Value| {
        let body = json!({"contract": {"id": contract, "corrected": corrected}, "reason": "录错", "documents": [minutes],
            "decision": town.decided(&minutes)});
        officer.creates("/v1/amendments", body).await
    };
    let due = |first: &str, amount: i64| json!({"schedule": [{"due_on": first, "amount_fen": amount}, {"due_on": "2028-01-01", "amount_fen": 9_000_000}]});
    let village = agreed(&east, &firm).await;
    let later = amends(&village, due("2028-06-01", 9_000_000)).await;
    assert_eq!(found(&later), ["L20"], "{later}");
    assert_eq!(later["findings"][0]["figures"]["amount_fen"], json!(9_000_000), "{later}");
    let less = amends(&village, due("2022-01-01", 8_000_000)).await;
    assert_eq!(less["findings"][0]["figures"]["amount_fen"], json!(1_000_000), "{less}");
    // What has not fallen due yet is weighed by the rent alone.
    let moved = json!({"schedule": [{"due_on": "2022-01-01", "amount_fen": 9_000_000}, {"due_on": "2028-06-01", "amount_fen": 9_000_000}]});
    let moved = amends(&village, moved).await;
    assert_eq!(found(&moved), Vec::<String>::new(), "{moved}");

    // Of people's rent they are asked, whether they let or rent.
    let theirs = agreed(&family, &firm).await;
    let unasked = amends(&theirs, due("2028-06-01", 9_000_000)).await;
    assert_eq!(found(&unasked), ["L48"], "{unasked}");
    let rented = agreed(&east, &family).await;
    let bound = amends(&rented, due("2022-01-01", 90_000_000)).await;
    assert_eq!(found(&bound), ["L48"], "{bound}");
    let taken_over = amends(&village, json!({"lessee_id": family})).await;
    // What is owed is owed all the same: by whom, the county sees.
    assert_eq!(found(&taken_over), ["L23", "L48"], "{taken_over}");
    let owed = &taken_over["findings"][0];
    assert_eq!(
        (&owed["cause"], &owed["figures"]["overdue_fen"], &owed["figures"]["lessee_id"]),
        (&json!("lessee_replaced_owing"), &json!(9_000_000), &json!(firm)),
        "{taken_over}"
    );
    // Nor is it owed to somebody else.
    let another = amends(&village, json!({"lessor_id": firm, "lessee_id": east})).await;
    assert!(found(&another).contains(&"L20"), "{another}");
}

pub async fn what_a_case_put_right_no_clerk_alone_puts_right_again(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let path = format!("/v1/assets/{shed}");
    let mistyped = json!({"corrected": {"original_value_fen": 600}, "reason": "录错"});
    corrects(&town, "township_officer", &path, &mistyped, "").await.expect(200);
    let body = json!({"asset": {"id": shed, "corrected": {"original_value_fen": 60_000_000}}, "reason": "万元录成元",
        "documents": [minutes]});
    let case = officer.creates("/v1/amendments", body).await;
    town.takes_through("amendments", &case).await;
    for again in [mistyped, json!({"void": true, "reason": "误登"})] {
        let refused =
            corrects(&town, "township_officer", &path, &again, "").await.expect_problem(409, "conflict");
        assert_eq!(refused["resting"]["case_ids"], json!([id(&case)]), "{refused}");
    }
}

pub async fn a_lease_that_is_moved_to_another_lessor_is_looked_at_as_the_village_s(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let stranger = town.party("enterprise", "他人公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let dues: Vec<_> = (2024..2029)
        .map(|year| json!({"due_on": format!("{year}-12-31"), "amount_fen": 9_000_000}))
        .collect();
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": dues});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let moved = json!({"lessor_id": stranger, "schedule": [{"due_on": "2028-12-31", "amount_fen": 100}]});
    let body = json!({"contract": {"id": contract, "corrected": moved}, "reason": "出租方录错",
        "documents": [minutes], "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", body).await;

    let found: Vec<_> =
        case["findings"].as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect();
    assert_eq!(case["outcome"], "escalate", "{case}");
    assert!(found.contains(&"rent_below_investment") && found.contains(&"later_rent_lapses"), "{found:?}");
}
