//! What is refused says what would be right: the right values, names for identifiers, and the step that helps.

use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    departures::changes,
    town::{Answer, EAST, TOWNSHIP, Town, WEST, id, is_for_people},
};

/// What is wrong: field, code, and what would be right.
#[track_caller]
fn errors(answer: Answer) -> Vec<(String, String, String)> {
    let problem = answer.expect_problem(422, "validation_failed");
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|it| (text(&it["pointer"]), text(&it["code"]), text(&it["detail"]))).collect()
}

/// That just one field is wrong; what is said of it.
#[track_caller]
fn only(answer: Answer, pointer: &str, code: &str) -> String {
    let mut errors = errors(answer);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let (at, because, detail) = errors.remove(0);
    assert_eq!((at.as_str(), because.as_str()), (pointer, code), "{detail}");
    detail
}

pub async fn a_wrong_kind_is_told_with_all_the_right_ones(town: Town) {
    let (officer, office) = (town.officer(), town.officer().in_chinese());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let asset = town.asset("operating", "greenhouse", 12_000_000).await;
    let sale = |kind: &str| {
        json!({"right": "ownership", "effective_on": "2025-02-01", "documents": [asset],
            "lots": [{"asset_id": asset, "from_id": east, "to_id": asset, "share": "1"}],
            "consideration": {"kind": kind, "amount_fen": 1}})
    };
    for kind in ["nothing", "sale"] {
        let said = only(office.posts("/v1/transfers", sale(kind)).await, "/consideration/kind", "not_one_of");
        assert_eq!(said, "须为下列之一：`price`（价款）、`rent`（租金）、`swap`（置换）、`none`（无偿）。");
    }
    let said = only(officer.posts("/v1/transfers", sale("gift")).await, "/consideration/kind", "not_one_of");
    assert_eq!(said, "This must be one of: price, rent, swap, none.");

    let party = json!({"kind": "person", "name": "张三", "region_code": EAST,
        "identifier": {"scheme": "passport", "value": "E12345678"}});
    let said = only(office.posts("/v1/parties", party).await, "/identifier/scheme", "not_one_of");
    assert!(said.contains("`uscc`") && said.contains("`citizen_id`") && said.contains("`none`"), "{said}");

    let said = only(office.posts("/v1/alterations", json!({"kind": "foo"})).await, "/kind", "not_one_of");
    for kind in ["termination", "renewal", "division", "merger", "disposal", "restoration"] {
        assert!(said.contains(&format!("`{kind}`（")), "{said}");
    }

    // The name of a use is a field of its own.
    let policy = json!({"region_code": EAST, "effective_from": "2025-01-01", "values": {"uses": {"feasts": {"min_bp": 1}}}});
    let county = town.actor("county_approver").in_chinese();
    let said = only(county.posts("/v1/policies", policy).await, "/values/uses/feasts", "not_one_of");
    assert!(said.contains("`public_posts`（公益岗位）"), "{said}");
    let plan = json!({"asset_ids": [asset], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "uses": {"东村": [{"purpose": "members", "share": "1"}]}});
    only(office.posts("/v1/distributions", plan).await, "/uses/东村", "wrong_form");
}

pub async fn what_is_there_already_or_missing_is_told_with_the_way_out(town: Town) {
    let (officer, office) = (town.officer(), town.officer().in_chinese());
    let administrator = town.actor("administrator").in_chinese();
    let region = |code: &str| json!({"code": code, "name": "新村"});
    let said =
        only(administrator.posts("/v1/regions", region("130828199201")).await, "/code", "unknown_region");
    assert!(said.contains("130828199000") && !said.contains("管理员"), "{said}");
    let known = administrator.posts("/v1/regions", region(EAST)).await;
    let known = known.expect_problem(409, "already_registered");
    assert_eq!(known["errors"][0]["code"], "duplicate");
    assert!(known["errors"][0]["detail"].as_str().unwrap().contains("已有"), "{known}");

    only(officer.gets("/v1/parties?q=%FF").await, "/q", "wrong_form");
    officer.gets("/v1/parties?q=%EF%BF%BD").await.expect(200);

    // A decision in which more attended than belong to the assembly is told how many these are.
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let early = office.gets(&format!("/v1/parties/{east}?known_at=2999-01-01T00:00:00Z")).await;
    assert!(only(early, "/known_at", "in_future").contains("时刻"));
    let committee = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let asset = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = |attended: i64, on: &str, by: &str| {
        json!({"asset_id": asset, "effective_on": "2021-08-01", "documents": [minutes],
            "ownership": [{"holder_id": east, "share": "1"}],
            "decision": {"body": "members_assembly", "decided_on": on, "members": 100, "attended": attended,
                "in_favour": 75, "document_id": minutes, "by_id": by}})
    };
    let many = office.posts("/v1/registrations", registration(120, "2021-07-20", &east)).await;
    assert!(only(many, "/decision/attended", "exceeds").contains("100"));
    let old = office.posts("/v1/registrations", registration(80, "1950-01-01", &east)).await;
    assert!(only(old, "/decision/decided_on", "too_small").starts_with("不得早于"));
    let other = office.posts("/v1/registrations", registration(80, "2021-07-20", &committee)).await;
    let said = only(other, "/decision/by_id", "wrong_kind");
    assert!(said.contains("编号") && said.contains("农村集体经济组织") && !said.contains('`'), "{said}");

    // One deeper than any body is.
    let deep = "[".repeat(300) + &"]".repeat(300);
    let deep =
        office.request(Method::POST, "/v1/parties").header("Content-Type", "application/json").body(deep);
    let deep = Answer::of(deep).await.expect_problem(400, "malformed_request");
    assert!(deep["detail"].as_str().unwrap().contains("嵌套"), "{deep}");
}

pub async fn sentences_name_people_and_uses_and_not_their_codes(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, office) = (town.officer(), town.officer().in_chinese());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let lease = json!({"right": "management", "effective_on": town.today(),
        "term": {"from": town.today(), "to": "2031-01-01"}, "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "decision": town.decided(&minutes),
        "consideration": {"kind": "rent", "schedule": [{"due_on": town.today(), "amount_fen": 10_000_000}]}});
    let pending = officer.creates("/v1/transfers", lease.clone()).await;
    town.decides("transfers", &pending, "submit").await.expect(200);
    let found = office.posts("/v1/transfers/check", lease.clone()).await.expect(200);
    let message = |found: &Value, rule: &str| {
        let all = found["findings"].as_array().unwrap();
        let of_rule =
            all.iter().find(|it| it["rule"] == rule).unwrap_or_else(|| panic!("no {rule}: {found}"));
        (of_rule["message"].as_str().unwrap().to_owned(), of_rule["figures"].clone())
    };
    let (twice, figures) = message(&found, "L11");
    assert!(twice.contains("其他1项") && is_for_people(&format!("{twice}。")), "{twice}");
    assert_eq!(figures["others"], json!([id(&pending)]));

    // A decision of another village is told from none at all.
    let mut foreign = lease;
    foreign["decision"]["by_id"] = json!(west);
    let found = office.posts("/v1/transfers/check", foreign).await.expect(200);
    let (said, _) = message(&found, "L15");
    assert!(said.contains("“西村股份经济合作社”作出") && said.contains("“东村股份经济合作社”"), "{said}");

    // A lease that ends early is no lease that is made.
    town.decides("transfers", &pending, "withdraw").await.expect(200);
    let lasting = json!({"right": "management", "effective_on": town.today(),
        "term": {"from": town.today(), "to": "2031-01-01"}, "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "decision": town.decided(&minutes),
        "consideration": {"kind": "rent", "schedule": [{"due_on": town.today(), "amount_fen": 10_000_000}]}});
    let lasting = officer.creates("/v1/transfers", lasting).await;
    town.takes_through("transfers", &lasting).await;
    let ending = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "share": "1",
        "effective_on": town.today(), "reason": "承租方提前退租", "documents": [minutes]});
    let ended = office.posts("/v1/alterations", ending).await.expect(201);
    let (said, _) = message(&ended, "L15");
    assert!(said.contains("提前终止") && said.contains("未附民主决议"), "{said}");

    // A key that nothing reads, and a use that is forbidden, in words.
    let county = town.actor("county_approver").in_chinese();
    let policy = json!({"region_code": TOWNSHIP, "effective_from": "2021-01-01",
        "values": {"idle_warn_days": 1, "forbidden_uses": ["office_buildings"]}});
    let kept = county.posts("/v1/policies", policy).await.expect(201);
    assert!(is_for_people(kept["warnings"][0]["detail"].as_str().unwrap()), "{kept}");
    let receipt = json!({"asset_id": shed, "kind": "sale_proceeds", "payer_id": firm, "amount_fen": 100_000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", receipt).await;
    let accounts = town.auditor().reads(&format!("/v1/accounts?party_id={east}")).await;
    let account = accounts["items"][0]["id"].as_str().unwrap().to_owned();
    let spends = json!({"payee_id": firm, "amount_fen": 1, "paid_on": "2025-06-01", "purpose": "office_buildings",
            "document_id": minutes});
    let refused = office.posts(&format!("/v1/accounts/{account}/payments"), spends).await;
    let refused = refused.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(refused["detail"], "现行政策禁止将款项用于修建楼堂馆所；请改为允许的用途。");
}

pub async fn all_that_a_body_breaks_by_itself_is_told_at_once(town: Town) {
    let officer = town.officer();
    let nobody = "0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e";
    let told = |answer: Answer| {
        let mut told: Vec<_> = errors(answer).into_iter().map(|(at, code, _)| (at, code)).collect();
        told.sort();
        told
    };
    let wanted = |all: &[(&str, &str)]| {
        all.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect::<Vec<_>>()
    };
    let share = |share: &str| json!({"holder_id": nobody, "share": share});
    let registration = json!({"asset_id": nobody, "effective_on": "2021-08-32", "documents": [nobody],
        "ownership": [share("0.5"), share("1/0"), share("3/2"), share("0/1")]});
    assert_eq!(
        told(officer.posts("/v1/registrations", registration).await),
        wanted(&[
            ("/effective_on", "wrong_date"),
            ("/ownership/0/share", "wrong_form"),
            ("/ownership/1/share", "zero_denominator"),
            ("/ownership/2/share", "share_above_whole"),
            ("/ownership/3/share", "share_not_positive"),
        ])
    );
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [nobody], "lots": [],
        "term": {"from": "2024-01-01", "to": "2023-01-01"},
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2024-01-01", "amount_fen": -1}]}});
    assert_eq!(
        told(officer.posts("/v1/transfers", lease).await),
        wanted(&[
            ("/consideration/schedule/0/amount_fen", "too_small"),
            ("/lots", "too_short"),
            ("/term/to", "dates_reversed"),
        ])
    );
}

pub async fn a_tag_that_names_no_version_is_told_from_an_old_one(town: Town) {
    let office = town.officer().in_chinese();
    let path = format!("/v1/parties/{}", town.party("enterprise", "甲公司", EAST).await);
    let tried = async |tag: &str| {
        let refused = office.patches(&path, Some(tag), json!({"name": "乙公司"})).await;
        refused.expect_problem(412, "precondition_failed")["detail"].as_str().unwrap().to_owned()
    };
    let old = tried("\"7\"").await;
    for unquoted in ["1", "\"01\"", "nonsense", "\"\""] {
        let said = tried(unquoted).await;
        assert!(said.contains("双引号") && said != old, "{unquoted}: {said}");
    }
    assert!(tried("W/\"1\"").await.contains("弱标签"));
    for star in ["*", "*, \"1\"", "\"1\", *"] {
        assert!(tried(star).await.contains("不接受"), "{star}");
    }
    office.patches(&path, Some("\"1\""), json!({"name": "乙公司"})).await.expect(200);
}

pub async fn nothing_is_dropped_in_silence(town: Town) {
    let officer = town.officer();
    let shed = officer
        .creates("/v1/assets", json!({
            "name": "大棚", "class": "operating", "category": "greenhouse", "region_code": EAST, "quantity": "1", "unit": "处",
            "original_value_fen": 12_000_000, "acquired_on": "2021-07-01", "service_life_months": 240,
            "residual_rate_bp": 500, "location": "东村三组",
        }))
        .await;
    let path = format!("/v1/assets/{}", id(&shed));
    let corrects = |corrected: Value| {
        let request =
            officer.request(Method::POST, &format!("{path}/corrections")).header("If-Match", "\"1\"");
        Answer::of(request.json(&json!({"corrected": corrected, "reason": "录入有误"})))
    };
    for field in ["name", "category", "quantity", "original_value_fen", "acquired_on", "region_code"] {
        let mut corrected = json!({"unit": "座"});
        corrected[field] = json!(null);
        only(corrects(corrected).await, &format!("/corrected/{field}"), "wrong_type");
    }
    // What may be empty is emptied.
    let right = corrects(json!({"location": null, "unit": "座"})).await.expect(200);
    assert_eq!((&right["location"], &right["unit"]), (&json!(null), &json!("座")));

    // One party by its identifier in small and in large letters.
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let uses = json!([{"purpose": "members", "share": "1"}]);
    let plan = json!({"asset_ids": [id(&shed)], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "uses": {east.clone(): uses, east.to_uppercase(): uses}});
    let refused = errors(officer.posts("/v1/distributions", plan).await);
    let twice = |(at, code, _): &(String, String, String)| at.starts_with("/uses/") && code == "duplicate";
    assert!(refused.iter().any(twice), "{refused:?}");

    // What turns a text around, and what ends a line beside the line feed, is no part of a name.
    for hidden in ['\u{202e}', '\u{2066}', '\u{200f}', '\u{2028}', '\u{2029}'] {
        let party = json!({"kind": "enterprise", "name": format!("甲{hidden}公司"), "region_code": EAST,
            "identifier": {"scheme": "none"}});
        only(officer.posts("/v1/parties", party).await, "/name", "control_character");
        let file = reqwest::multipart::Part::text("纪要").file_name(format!("纪{hidden}要.pdf"));
        let form = reqwest::multipart::Form::new().part("file", file);
        let refused = Answer::of(officer.request(Method::POST, "/v1/documents").multipart(form)).await;
        only(refused, "/file", "control_character");
    }
    let nothing = reqwest::multipart::Part::text("").file_name("纪要.pdf");
    let form = reqwest::multipart::Form::new().part("file", nothing);
    let empty = Answer::of(officer.request(Method::POST, "/v1/documents").multipart(form)).await;
    assert!(only(empty, "/file", "too_short").contains("empty"));
}

pub async fn what_is_said_is_so_and_says_what_would_be_right(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let notice = async |case: &Value| {
        let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(case))).await;
        town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await["content"]
            .clone()
    };

    // A payment was paid on a day, and not received on one.
    let compensation = json!({"asset_id": shed, "kind": "compensation", "payer_id": firm, "amount_fen": 5000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", compensation).await;
    let account = id(&auditor.reads(&format!("/v1/accounts?party_id={east}")).await["items"][0]);
    let payment = json!({"purpose": "roof_repair", "payee_id": firm, "amount_fen": 5000, "paid_on": "2025-02-01",
        "document_id": minutes});
    let payment = id(&officer.creates(&format!("/v1/accounts/{account}/payments"), payment).await);
    let early = json!({"reason": "误记", "booked_on": "2025-01-31"});
    let refused = officer.posts(&format!("/v1/payments/{payment}/reversal"), early).await;
    let refused = refused.expect_problem(422, "validation_failed");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("(paid_on)"), "{refused}");

    // Nobody succeeds itself, and a successor decides from the end on.
    let own = json!({"ended_on": "2025-06-01", "successor_id": east});
    let refused =
        changes(&town, "county_approver", &east, own).await.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "contradicts");
    assert!(
        refused["errors"][0]["detail"].as_str().unwrap().contains("does not succeed itself"),
        "{refused}"
    );
    let ends = json!({"ended_on": "2025-06-01", "successor_id": west});
    changes(&town, "county_approver", &east, ends).await.expect(200);
    let mut decision = town.decided(&minutes);
    decision["decided_on"] = json!("2025-05-31");
    decision["by_id"] = json!(west);
    let gift = json!({"right": "ownership", "effective_on": "2025-07-01", "documents": [minutes], "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1"}], "consideration": {"kind": "none"},
        "decision": decision});
    let early = officer.creates("/v1/transfers", gift).await;
    let said = early["findings"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("2025-05-31") && said.contains("before 东村股份经济合作社 ended on 2025-06-01"),
        "{said}"
    );

    // A correction is headed as one, and calls a category by its name; a record that is void, as what it is.
    let store = town.shed_of(&west, &minutes).await;
    let amended = |about: Value| json!({"asset": about, "reason": "录入有误", "documents": [minutes], "decision": town.decided(&minutes)});
    let corrected = amended(json!({"id": store, "corrected": {"category": "cold_storage"}}));
    let case = officer.creates("/v1/amendments", corrected).await;
    town.takes_through("amendments", &case).await;
    let hung = notice(&case).await;
    assert_eq!(hung["title"]["zh"], "登记内容更正公示");
    let said = hung["amended"][0]["zh"].as_str().unwrap();
    assert!(said.contains("冷库") && !said.contains("cold"), "{said}");
    let case = officer.creates("/v1/amendments", amended(json!({"id": store, "void": true}))).await;
    town.takes_through("amendments", &case).await;
    assert_eq!(notice(&case).await["title"]["zh"], "登记作废公示");
    for void in [&store, &{
        let bare = town.asset("operating", "barn", 12_000_000).await;
        let path = format!("/v1/assets/{bare}");
        let tag = officer.gets(&path).await.header("etag").to_owned();
        let request = officer.request(Method::POST, &format!("{path}/corrections"));
        let asked = json!({"void": true, "reason": "重复登记"});
        Answer::of(request.header("If-Match", tag).json(&asked)).await.expect(200);
        bare
    }] {
        let refused = auditor.gets(&format!("/v1/assets/{void}/certificate")).await;
        let refused = refused.expect_problem(409, "conflict");
        assert!(refused["detail"].as_str().unwrap().contains("is void"), "{refused}");
    }

    // What is found again is worth something.
    let barn = town.shed_of(&west, &minutes).await;
    let fate = |kind: &str, on: &str| {
        json!({"kind": kind, "asset_id": barn, "effective_on": on, "reason": "洪水", "documents": [minutes],
            "decision": town.decided(&minutes), "recorded_late": town.late()})
    };
    let mut lost = fate("disposal", "2025-08-01");
    lost["cause"] = json!("natural_disaster");
    lost["technical_report_id"] = json!(report);
    let case = officer.creates("/v1/alterations", lost).await;
    town.takes_through("alterations", &case).await;
    let case = officer.creates("/v1/alterations", fate("restoration", "2026-03-01")).await;
    town.takes_through("alterations", &case).await;
    assert!(notice(&case).await["assets"][0]["book_value_fen"].as_i64().unwrap() > 0);
}

pub async fn whoever_has_read_enough_of_a_command_ends_it_quietly(town: Town) {
    let folder = town.settings.data_dir.to_str().unwrap().to_owned();
    for arguments in
        [vec!["settings"], vec!["openapi"], vec!["verify", "--database", &town.settings.database()]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sanquan"));
        command.args(["--data-dir", &folder]).args(&arguments);
        let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Nobody reads what it prints.
        drop(running.stdout.take());
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked") && ended.status.code() != Some(101), "{arguments:?}: {said}");
    }
}
