//! What is wrong with a request is said field by field, in both languages, and changes nothing.

use serde_json::{Value, json};

use crate::town::{Answer, EAST, Town, WEST, World, id, is_for_people};

/// A body with one change.
fn but(body: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = body.clone();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        Value::Object(fields) => drop(fields.insert(field.to_owned(), value)),
        other => panic!("{pointer} leads into {other}"),
    }
    changed
}

/// Numbers that JSON can hold and no integer of the registry can.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub async fn bad_fields_are_named_in_both_languages_and_change_nothing(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let gone = officer
        .creates("/v1/parties", json!({
            "kind": "enterprise", "name": "已注销公司", "region_code": EAST, "identifier": {"scheme": "none"},
        }))
        .await;
    let gone = id(&gone);
    officer
        .patches(&format!("/v1/parties/{gone}"), Some("\"1\""), json!({"ended_on": "2020-01-01"}))
        .await
        .expect(200);
    let asset = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let nobody = uuid::Uuid::now_v7().to_string();

    let party = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST,
        "identifier": {"scheme": "uscc", "value": "91350100M000100Y43"}});
    let citizen = json!({"kind": "person", "name": "张三", "region_code": EAST,
        "identifier": {"scheme": "citizen_id", "value": "11010519491231002X"}});
    let project = json!({"code": "WC-2021-07", "name": "大棚项目", "year": 2021, "region_code": EAST,
        "funding": [{"source": "central", "amount_fen": 1}]});
    let recorded = json!({"name": "水塔", "class": "public_welfare", "category": "water_supply", "region_code": EAST,
        "quantity": "1", "unit": "座", "original_value_fen": 100, "acquired_on": "2021-07-01", "service_life_months": 240,
        "residual_rate_bp": 500});
    let registration = json!({"asset_id": asset, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1/2"}, {"holder_id": firm, "share": "1/2"}]});
    let lease = json!({"right": "management", "effective_on": "2024-01-01",
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2024-01-01", "amount_fen": 1}]}});
    let receipt = json!({"asset_id": asset, "kind": "rent", "payer_id": firm, "amount_fen": 1, "received_on": "2025-01-03",
        "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let disposal = json!({"kind": "disposal", "asset_id": asset, "cause": "low_yield", "effective_on": "2025-02-01",
        "reason": "效益低下", "documents": []});
    let part = json!({"name": "1 号摊位", "quantity": "1", "unit": "处", "original_value_fen": 12_000_000});
    let division = json!({"kind": "division", "asset_id": asset, "effective_on": "2025-02-01", "reason": "分摊位确权",
        "documents": [], "parts": [part, part]});
    let correction = json!({"asset_id": asset, "right": "ownership", "effective_on": "2021-08-01", "reason": "录入有误",
        "holders": [{"holder_id": east, "share": "1"}], "documents": [minutes]});
    let distribution = json!({"asset_ids": [asset], "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let decided = |on: &str, by: Value| {
        let mut decision = json!({"body": "members_assembly", "decided_on": on, "members": 100, "attended": 80,
            "in_favour": 75, "document_id": minutes});
        if !by.is_null() {
            decision["by_id"] = by;
        }
        decision
    };
    let policy = json!({"region_code": EAST, "effective_from": "2025-01-01", "values": {"notice_days": 5}});
    let user = json!({"username": "clerk", "password": "correct horse battery", "roles": ["village_clerk"]});

    #[rustfmt::skip]
    let refused: Vec<(&str, &str, Value, &str, &str)> = vec![
        ("township_officer", "/v1/parties", but(&party, "/colour", json!("red")), "/colour", "unknown_field"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!(7)), "/name", "wrong_type"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!(null)), "/name", "wrong_type"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!("")), "/name", "too_short"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!("村".repeat(1000))), "/name", "too_long"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!("\u{3000} ")), "/name", "blank"),
        ("township_officer", "/v1/parties", but(&party, "/name", json!("甲\n公司")), "/name", "control_character"),
        ("township_officer", "/v1/projects", but(&project, "/code", json!("WC\u{85}7")), "/code", "control_character"),
        ("township_officer", "/v1/projects", but(&project, "/year", json!(2011)), "/year", "too_small"),
        ("township_officer", "/v1/assets", but(&recorded, "/name", json!(" ")), "/name", "blank"),
        ("township_officer", "/v1/assets", but(&recorded, "/unit", json!("座\u{0}")), "/unit", "control_character"),
        ("township_officer", "/v1/assets", but(&recorded, "/location", json!("\t")), "/location", "control_character"),
        ("township_officer", "/v1/assets", but(&recorded, "/specification", json!("\n\n")), "/specification", "blank"),
        ("township_officer", "/v1/assets", but(&recorded, "/category", json!("Water supply")), "/category", "wrong_form"),
        ("township_officer", "/v1/assets", but(&recorded, "/service_life_months", json!(0)), "/service_life_months", "too_small"),
        ("township_officer", "/v1/assets", but(&recorded, "/residual_rate_bp", json!(10_001)), "/residual_rate_bp", "too_large"),
        // Each of these is two characters once it is normalised, so that twenty are more than a unit may have.
        ("township_officer", "/v1/assets", but(&recorded, "/unit", json!("\u{958}".repeat(20))), "/unit", "too_long"),
        ("township_officer", "/v1/parties", but(&party, "/kind", json!("dragon")), "/kind", "not_one_of"),
        ("township_officer", "/v1/parties", but(&party, "/region_code", json!("1308")), "/region_code", "wrong_form"),
        ("township_officer", "/v1/parties", but(&party, "/region_code", json!("130828101999")), "/region_code", "unknown_region"),
        ("township_officer", "/v1/parties", but(&party, "/identifier/value", json!("91350100M000100Y44")), "/identifier/value", "wrong_check_character"),
        ("township_officer", "/v1/parties", but(&party, "/identifier/scheme", json!("none")), "/identifier/value", "not_applicable"),
        ("township_officer", "/v1/parties", but(&citizen, "/identifier/value", json!("110105194912310021")), "/identifier/value", "wrong_check_character"),
        ("township_officer", "/v1/projects", but(&project, "/funding/0/amount_fen", number("99999999999999999999")), "/funding/0/amount_fen", "too_large"),
        ("township_officer", "/v1/projects", but(&project, "/funding/0/amount_fen", json!(9_007_199_254_740_992_i64)), "/funding/0/amount_fen", "too_large"),
        ("township_officer", "/v1/projects", but(&project, "/funding/0/amount_fen", json!(-1)), "/funding/0/amount_fen", "too_small"),
        ("township_officer", "/v1/projects", but(&project, "/funding/0/amount_fen", number("0.5")), "/funding/0/amount_fen", "wrong_type"),
        ("township_officer", "/v1/projects", but(&project, "/funding/0/amount_fen", json!("1")), "/funding/0/amount_fen", "wrong_type"),
        ("township_officer", "/v1/assets", but(&recorded, "/acquired_on", json!("2021-02-30")), "/acquired_on", "wrong_date"),
        ("township_officer", "/v1/assets", but(&recorded, "/acquired_on", json!("yesterday")), "/acquired_on", "wrong_date"),
        ("township_officer", "/v1/assets", but(&recorded, "/quantity", json!("many")), "/quantity", "wrong_form"),
        ("township_officer", "/v1/assets", but(&recorded, "/project_id", json!(nobody)), "/project_id", "not_found"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/share", json!("3/2")), "/ownership/0/share", "share_above_whole"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/share", json!("1/0")), "/ownership/0/share", "zero_denominator"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/share", json!("0/1")), "/ownership/0/share", "share_not_positive"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/share", json!("-1/2")), "/ownership/0/share", "wrong_form"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/share", json!(0.5)), "/ownership/0/share", "wrong_type"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/holder_id", json!(gone)), "/ownership/0/holder_id", "party_ended"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/0/holder_id", json!(nobody)), "/ownership/0/holder_id", "not_found"),
        ("township_officer", "/v1/registrations", but(&registration, "/ownership/1/holder_id", json!(east)), "/ownership/1/holder_id", "duplicate"),
        ("township_officer", "/v1/registrations", but(&registration, "/documents/0", json!(nobody)), "/documents/0", "not_found"),
        ("township_officer", "/v1/transfers", but(&lease, "/term", json!({"from": "2024-01-01", "to": "2023-01-01"})), "/term/to", "dates_reversed"),
        ("township_officer", "/v1/transfers", but(&lease, "/consideration/kind", json!("favour")), "/consideration/kind", "not_one_of"),
        ("township_officer", "/v1/transfers", but(&lease, "/lots", json!([])), "/lots", "too_short"),
        ("township_officer", "/v1/transfers", but(&lease, "/consideration/schedule/0/due_on", json!("0024-01-01")), "/consideration/schedule/0/due_on", "wrong_date"),
        ("township_officer", "/v1/transfers", but(&lease, "/consideration/schedule", json!([{"due_on": "2024-01-01", "amount_fen": 9_007_199_254_740_991_i64}, {"due_on": "2025-01-01", "amount_fen": 1}])), "/consideration/schedule", "too_large"),
        ("township_officer", "/v1/alterations", but(&disposal, "/cause", json!("boredom")), "/cause", "not_one_of"),
        ("township_officer", "/v1/alterations", but(&disposal, "/reason", json!(" \r\n")), "/reason", "blank"),
        ("township_officer", "/v1/alterations", but(&division, "/parts/1/name", json!("2 号\n摊位")), "/parts/1/name", "control_character"),
        ("township_officer", "/v1/alterations", but(&disposal, "/asset_id", json!(nobody)), "/asset_id", "not_found"),
        ("township_officer", "/v1/alterations", but(&disposal, "/effective_on", json!("0025-02-01")), "/effective_on", "wrong_date"),
        ("township_officer", "/v1/alterations", but(&disposal, "/parts", json!([part, part])), "/parts", "unknown_field"),
        ("township_officer", "/v1/alterations", but(&division, "/parts", json!([part])), "/parts", "too_short"),
        ("township_officer", "/v1/alterations", but(&division, "/parts/1/quantity", json!("many")), "/parts/1/quantity", "wrong_form"),
        ("township_officer", "/v1/receipts", but(&receipt, "/period", json!({"from": "2025-01-01", "to": "2025-01-01"})), "/period/to", "dates_reversed"),
        ("township_officer", "/v1/receipts", but(&receipt, "/amount_fen", number("1e300")), "/amount_fen", "too_large"),
        ("county_approver", "/v1/policies", but(&policy, "/values/notice_days", json!(-1)), "/values/notice_days", "too_small"),
        ("county_approver", "/v1/policies", but(&policy, "/values/no_such_key", json!(1)), "/values/no_such_key", "unknown_field"),
        ("township_officer", "/v1/parties", but(&party, "/identifier", json!({"scheme": "uscc"})), "/identifier/value", "required"),
        ("township_officer", "/v1/registrations", but(&registration, "/decision", json!({"body": "council", "decided_on": "2025-01-01", "members": 3, "attended": 4, "in_favour": 1, "document_id": minutes})), "/decision/attended", "exceeds"),
        ("township_officer", "/v1/registrations", but(&registration, "/decision", decided("2999-01-01", json!(null))), "/decision/decided_on", "in_future"),
        ("township_officer", "/v1/transfers", but(&lease, "/decision", decided("2999-01-01", json!(null))), "/decision/decided_on", "in_future"),
        ("township_officer", "/v1/alterations", but(&disposal, "/decision", decided("2999-01-01", json!(null))), "/decision/decided_on", "in_future"),
        ("township_officer", "/v1/corrections", but(&correction, "/decision", decided("2999-01-01", json!(null))), "/decision/decided_on", "in_future"),
        ("township_officer", "/v1/distributions", but(&distribution, "/decision", decided("2999-01-01", json!(null))), "/decision/decided_on", "in_future"),
        ("township_officer", "/v1/distributions", but(&distribution, "/decisions", json!([decided("1066-10-14", json!(east))])), "/decisions/0/decided_on", "too_small"),
        ("township_officer", "/v1/transfers", but(&lease, "/decision", decided("1066-10-14", json!(null))), "/decision/decided_on", "too_small"),
        ("township_officer", "/v1/transfers", but(&lease, "/decisions", json!([decided("2023-01-01", json!(null))])), "/decisions/0/by_id", "required"),
        ("township_officer", "/v1/transfers", but(&lease, "/decisions", json!([decided("2023-01-01", json!(east)), decided("2023-02-01", json!(east))])), "/decisions/1/by_id", "duplicate"),
        ("township_officer", "/v1/transfers", but(&lease, "/decisions", json!([decided("2023-01-01", json!(firm))])), "/decisions/0/by_id", "wrong_kind"),
        ("township_officer", "/v1/transfers", but(&lease, "/decisions", json!([decided("2023-01-01", json!(nobody))])), "/decisions/0/by_id", "not_found"),
        ("township_officer", "/v1/transfers", but(&lease, "/recorded_late", json!({"reason": " "})), "/recorded_late/reason", "blank"),
        ("township_officer", "/v1/transfers", but(&lease, "/appraisal", json!({"value_fen": 1, "appraised_on": "2999-01-01", "appraiser_id": firm, "signatures": 2})), "/appraisal/appraised_on", "in_future"),
        ("township_officer", "/v1/transfers", but(&lease, "/exchange", json!({"platform": "县农村产权交易中心", "reference": "CD-1", "traded_on": "2999-01-01"})), "/exchange/traded_on", "in_future"),
        ("township_officer", "/v1/distributions", json!({"asset_ids": [asset], "period": {"from": "2025-01-01"}}), "/period/to", "required"),
        ("administrator", "/v1/users", but(&user, "/username", json!("Bad Name")), "/username", "wrong_form"),
        ("administrator", "/v1/users", but(&user, "/region_code", json!("130828101999")), "/region_code", "unknown_region"),
        ("administrator", "/v1/users", but(&user, "/party_id", json!(nobody)), "/party_id", "not_found"),
        ("administrator", "/v1/users", but(&user, "/password", json!("short")), "/password", "too_short"),
        ("administrator", "/v1/users", but(&user, "/roles", json!(["emperor"])), "/roles/0", "not_one_of"),
    ];
    let before = town.journal_size().await;
    let mut wrong = Vec::new();
    for (role, path, body, pointer, code) in refused {
        let english = town.actor(role).posts(path, body.clone()).await;
        let chinese = town.actor(role).in_chinese().posts(path, body).await;
        let said = |answer: &Value| answer["errors"][0]["detail"].as_str().unwrap_or_default().to_owned();
        let fits = english.status == 422
            && english.body["errors"]
                .as_array()
                .is_some_and(|it| it.iter().any(|it| it["pointer"] == pointer && it["code"] == code))
            && chinese.body["errors"][0]["pointer"] == english.body["errors"][0]["pointer"]
            && said(&english.body).is_ascii()
            && !said(&english.body).is_empty()
            && is_for_people(&said(&chinese.body))
            && is_for_people(chinese.body["detail"].as_str().unwrap())
            && !said(&english.body).contains("[0-9");
        if !fits {
            wrong.push(format!(
                "{path} {pointer} {code}: {} {} / {}",
                english.status, english.body, chinese.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));

    let many = json!({"kind": "dragon", "name": "", "colour": "red"});
    let answer = officer.posts("/v1/parties", many).await.expect_problem(422, "validation_failed");
    let mut pointers: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    pointers.dedup();
    assert_eq!(pointers, ["/colour", "/identifier", "/kind", "/name", "/region_code"]);

    let exceeding = but(&registration, "/ownership/0/share", json!("2/3"));
    officer.posts("/v1/registrations", exceeding.clone()).await.expect_problem(422, "share_exceeded");
    let chinese = officer.in_chinese().posts("/v1/registrations", exceeding).await;
    assert_eq!(chinese.expect_problem(422, "share_exceeded")["title"], "份额之和超过一");
    assert_eq!(town.journal_size().await, before);
}

pub async fn texts_are_kept_trimmed_and_normalised(town: Town) {
    let officer = town.officer();
    let asset = officer
        .creates("/v1/assets", json!({
            "name": "  Cafe\u{301}\u{3000}", "class": "public_welfare", "category": "water_supply", "region_code": EAST,
            "quantity": "1", "unit": " 座 ", "original_value_fen": 100, "acquired_on": "2021-07-01",
            "service_life_months": 240, "residual_rate_bp": 500, "location": "\u{a0}东村三组\r\n水塔旁\n",
        }))
        .await;
    assert_eq!(asset["name"], "Café");
    assert_eq!(asset["unit"], "座");
    assert_eq!(asset["location"], "东村三组\n水塔旁");
    assert_eq!(officer.reads(&format!("/v1/assets/{}", id(&asset))).await["name"], "Café");

    let party = json!({"kind": "enterprise", "name": " 甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    assert_eq!(officer.creates("/v1/parties", party).await["name"], "甲公司");
}

pub async fn a_consent_names_a_restriction_of_the_deal(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let bank = town.party("enterprise", "农村信用社", WEST).await;
    let minutes = town.document().await;
    let mut restrictions = Vec::new();
    let mut sheds = Vec::new();
    for _ in 0..2 {
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
        let mortgage = json!({
            "asset_id": shed, "kind": "mortgage", "holder_id": bank, "amount_fen": 1, "document_id": minutes,
            "period": {"from": "2022-01-01"},
        });
        restrictions.push(id(&officer.creates("/v1/restrictions", mortgage).await));
        sheds.push(shed);
    }
    let deal = |consent: &str| {
        json!({
            "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(&minutes),
            "lots": [{"asset_id": sheds[0], "from_id": east, "to_id": west, "share": "1"}],
            "consideration": {"kind": "price", "amount_fen": 12_000_000},
            "restriction_consents": {consent: minutes},
        })
    };
    let ending = |consent: &str| {
        json!({
            "kind": "disposal", "asset_id": sheds[0], "cause": "low_yield", "effective_on": "2025-02-01",
            "reason": "效益低下", "documents": [minutes], "restriction_consents": {consent: minutes},
        })
    };
    let unknown = uuid::Uuid::now_v7().to_string();
    for consent in [&unknown, &restrictions[1]] {
        for (path, body) in [
            ("/v1/transfers", deal(consent)),
            ("/v1/transfers/check", deal(consent)),
            ("/v1/alterations", ending(consent)),
        ] {
            let refused = officer.posts(path, body).await.expect_problem(422, "validation_failed");
            assert_eq!(
                (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
                (&json!(format!("/restriction_consents/{consent}")), &json!("not_found"))
            );
        }
    }
    officer.creates("/v1/transfers", deal(&restrictions[0])).await;
    officer.creates("/v1/alterations", ending(&restrictions[0])).await;
}

pub async fn a_list_of_cases_holds_no_bodies(town: Town) {
    let world = World::of(&town).await;
    for (kind, case) in [("transfers", &world.transfer), ("distributions", &world.distribution)] {
        let found = town.auditor().reads(&format!("/v1/{kind}?region_code={EAST}")).await;
        let listed = found["items"].as_array().unwrap().iter().find(|it| it["id"] == **case).unwrap();
        assert!(listed.get("asked").is_none() && listed.get("findings").is_none(), "{listed}");
        let whole = town.auditor().reads(&format!("/v1/{kind}/{case}")).await;
        for field in ["status", "outcome", "next_step", "steps_required", "steps_done", "version"] {
            assert_eq!(listed[field], whole[field], "{field}");
        }
        assert!(whole["asked"].is_object());
    }
}

pub async fn chinese_answers_are_in_the_words_of_offices(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let (east, firm) = (
        town.party("village_collective", "东村股份经济合作社", EAST).await,
        town.party("enterprise", "惠农农业科技有限公司", EAST).await,
    );
    let asset = town.asset("operating", "greenhouse", 12_000_000).await;
    let other = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let registration = json!({"asset_id": asset, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}]});
    let said = |answer: &Value| {
        let text = answer["detail"].as_str().unwrap().to_owned();
        assert!(is_for_people(&text), "{text}");
        text
    };

    // A step out of its turn: how far the case is, and what comes next.
    let case = id(&officer.creates("/v1/registrations", registration.clone()).await);
    let decisions = format!("/v1/registrations/{case}/decisions");
    let office = town.officer().in_chinese();
    let early =
        town.actor("township_reviewer").in_chinese().posts(&decisions, json!({"step": "review"})).await;
    assert_eq!(said(&early.expect_problem(409, "conflict")), "本案尚为草稿，不能审核；请先提交。");

    // Who may not: which roles may.
    let auditor = town.auditor().in_chinese().posts("/v1/registrations", registration).await;
    assert_eq!(
        said(&auditor.expect_problem(403, "permission_denied")),
        "您的角色没有“起草案件”的权限；请由村级经办人员或乡镇经办人员办理，或请管理员授予相应角色。"
    );

    // What the rules found names people and villages, and codes stand in Chinese.
    let lease = json!({"right": "management", "effective_on": "2024-01-01",
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2024-01-01", "amount_fen": 1}]}});
    let found = office.posts("/v1/transfers/check", lease).await.expect(200);
    let message = |rule: &str| {
        let all = found["findings"].as_array().unwrap();
        let of_rule =
            all.iter().find(|it| it["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {found}"));
        of_rule["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message("L15"), "集体“东村股份经济合作社”的资产出租事项未附民主决议");

    // A contract of another asset is said to be that.
    let old = json!({"lessor_id": east, "lessee_id": firm, "asset_ids": [other],
        "term": {"from": "2023-01-01", "to": "2026-01-01"}, "schedule": [{"due_on": "2023-01-01", "amount_fen": 100}]});
    let contract = id(&officer.creates("/v1/contracts", old).await);
    let receipt = json!({"asset_id": asset, "contract_id": contract, "kind": "rent", "payer_id": firm, "amount_fen": 1,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let foreign = office.posts("/v1/receipts", receipt).await;
    let foreign = foreign.expect_problem(422, "validation_failed");
    assert_eq!(foreign["errors"][0]["pointer"], "/contract_id");
    assert_eq!(
        foreign["errors"][0]["detail"],
        "没有这份合同，或者它不是关于该资产的；请填写以该资产为标的的合同编号，没有合同的不填。"
    );

    // `If-Match: *` names no version, which is not the same as an old one.
    let path = format!("/v1/parties/{firm}");
    let any = office.patches(&path, Some("*"), json!({"ended_on": "2024-01-01"})).await;
    let any = said(&any.expect_problem(412, "precondition_failed"));
    assert!(any.contains("不接受"), "{any}");
    let old = office.patches(&path, Some("\"7\""), json!({"ended_on": "2024-01-01"})).await;
    assert_ne!(said(&old.expect_problem(412, "precondition_failed")), any);

    // Nobody is left with a title: what has no words of its own has those of its code.
    let lost = office.gets("/v1/parties/0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e").await;
    assert!(said(&lost.expect_problem(404, "not_found")).contains('请'));
}

pub async fn a_body_of_nothing_but_faults_costs_little(town: Town) {
    let stranger = town.somebody(None);
    let unknown: serde_json::Map<String, Value> =
        (0..5000).map(|index| (format!("field_{index}"), json!(0))).collect();
    let request = stranger.request(reqwest::Method::POST, "/v1/tokens").json(&unknown);
    let refused = Answer::of(request).await.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"].as_array().unwrap().len(), 100);
    assert_eq!(refused["more_errors"], 4902, "of 5000 that are unknown and two that are missing");
    // A name as long as the body is not told a thousand times.
    let twice = vec!["\"a\":1"; 400].join(",");
    let body = format!("{{\"{}\":{{{twice}}}}}", "k".repeat(200_000));
    let request = stranger.request(reqwest::Method::POST, "/v1/tokens");
    let refused = Answer::of(request.header("Content-Type", "application/json").body(body)).await;
    let refused = refused.expect_problem(422, "validation_failed");
    assert!(refused.to_string().len() < 100_000, "{}", refused.to_string().len());
}

pub async fn no_day_lies_where_nothing_can_be(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = |on: &str| {
        json!({"asset_id": shed, "effective_on": on, "documents": [minutes],
            "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes)})
    };
    let at = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let refused = officer.posts("/v1/registrations", registration("2999-08-01")).await;
    assert_eq!(refused.first_fault(), at("/effective_on", "in_future"));
    let case = officer.creates("/v1/registrations", registration("2021-08-01")).await;
    town.takes_through("registrations", &case).await;
    let correction = json!({"asset_id": shed, "right": "management", "effective_on": "2999-01-01",
        "holders": [{"holder_id": firm, "share": "1"}], "reason": "更正", "documents": [minutes],
        "decision": town.decided(&minutes)});
    assert_eq!(
        officer.posts("/v1/corrections", correction).await.first_fault(),
        at("/effective_on", "in_future")
    );
    let lease = |from: &str, to: &str, due_on: &str| {
        json!({"right": "management", "effective_on": from, "term": {"from": from, "to": to},
            "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}], "documents": [minutes],
            "consideration": {"kind": "rent", "schedule": [{"due_on": due_on, "amount_fen": 720_000}]},
            "decision": town.decided(&minutes)})
    };
    for (from, to, due_on, pointer, code) in [
        ("2025-02-01", "2026-02-01", "2999-12-01", "/consideration/schedule/0/due_on", "too_late"),
        ("2025-02-01", "2026-02-01", "2015-01-01", "/consideration/schedule/0/due_on", "before_asset"),
        ("2060-02-01", "2061-02-01", "2060-12-01", "/effective_on", "too_late"),
    ] {
        let refused = officer.posts("/v1/transfers/check", lease(from, to, due_on)).await;
        assert_eq!(refused.first_fault(), at(pointer, code));
    }
}
