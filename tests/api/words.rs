//! What people write is kept as they wrote it, found however they search for it, or refused with the reason.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{Answer, EAST, Town, World, id},
};

fn party(name: &str) -> Value {
    json!({"kind": "enterprise", "name": name, "region_code": EAST, "identifier": {"scheme": "none"}})
}

fn asset(name: &str) -> Value {
    json!({
        "name": name, "class": "public_welfare", "category": "water_supply", "region_code": EAST, "quantity": "1",
        "unit": "座", "original_value_fen": 100, "acquired_on": "2021-07-01", "service_life_months": 240,
        "residual_rate_bp": 500,
    })
}

/// A text as it stands in a query.
fn in_query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What is wrong, by field and code, in the order of the fields.
#[track_caller]
fn faults(answer: Answer) -> Vec<(String, String)> {
    let problem = answer.expect_problem(422, "validation_failed");
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    let mut faults: Vec<_> = errors.iter().map(|it| (text(&it["pointer"]), text(&it["code"]))).collect();
    faults.sort();
    faults
}

fn told(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

pub async fn what_is_searched_for_is_found_on_every_engine(mut town: Town) {
    let names = ["ABC 农业科技", "Straße 1 号", "Café 水塔", "㎡ 小仓库", "100% 控股_a", "ﾊﾟｲﾌﾟ 厂"];
    for name in names {
        town.officer().creates("/v1/parties", party(name)).await;
        town.officer().creates("/v1/assets", asset(name)).await;
    }
    let searches = [
        ("ａｂｃ", Some("ABC 农业科技")),
        ("abc\u{3000}农业", Some("ABC 农业科技")),
        ("ＡＢＣ 农\u{200b}业", Some("ABC 农业科技")),
        ("STRASSE", Some("Straße 1 号")),
        ("CAFE\u{301}", Some("Café 水塔")),
        ("M2", Some("㎡ 小仓库")),
        ("% 控", Some("100% 控股_a")),
        ("股_A", Some("100% 控股_a")),
        ("パイプ", Some("ﾊﾟｲﾌﾟ 厂")),
        ("农_科", None),
        ("\\", None),
    ];
    let search = async |town: &Town| {
        for list in ["parties", "assets"] {
            for (text, wanted) in searches {
                let path = format!("/v1/{list}?region_code={EAST}&q={}", in_query(text));
                let found = town.officer().reads(&path).await;
                let items = found["items"].as_array().unwrap().iter();
                let found: Vec<_> = items.map(|it| it["name"].as_str().unwrap()).collect();
                assert_eq!(found, Vec::from_iter(wanted), "{list} {text}");
            }
        }
    };
    search(&town).await;

    let renamed = id(&town.officer().creates("/v1/parties", party("旧名")).await);
    let path = format!("/v1/parties/{renamed}");
    town.officer().patches(&path, Some("\"1\""), json!({"name": "ＸＹＺ 公司"})).await.expect(200);
    let found = town.officer().reads("/v1/parties?q=xyz").await;
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["id"]), (1, &json!(renamed)));

    // As an earlier release left them, which searched the names themselves.
    town.signed_size().await;
    for table in ["parties", "assets"] {
        let forgotten = Beside::of(&town).execute(&format!("update {table} set name_folded = ''")).unwrap();
        assert!(forgotten >= names.len());
    }
    town.restarts().await;
    search(&town).await;
}

pub async fn nothing_invisible_is_taken_for_a_text(town: Town) {
    let world = World::of(&town).await;
    let officer = town.officer();
    let before = town.journal_size().await;
    for list in ["parties", "assets"] {
        for (text, code) in [
            ("\u{0}", "control_character"),
            ("a\u{0}", "control_character"),
            ("\u{7f}", "control_character"),
            (" ", "blank"),
            ("\u{3000}\u{200b}", "blank"),
            ("\u{3164}", "blank"),
            ("", "too_short"),
        ] {
            let answer = officer.gets(&format!("/v1/{list}?q={}", in_query(text))).await;
            assert_eq!(faults(answer), told(&[("/q", code)]), "{text:?}");
        }
    }
    for path in ["/v1/assets?category=%00", "/v1/regions?prefix=%00", "/v1/parties?cursor=%00"] {
        officer.gets(path).await.expect_problem(422, "validation_failed");
    }
    town.auditor().gets("/v1/journal?action=%00").await.expect_problem(422, "validation_failed");
    for path in ["/v1/regions/%00", "/v1/assets/%00", "/v1/journal/entries/%00", "/v1/nowhere/%00"] {
        officer.gets(path).await.expect_problem(404, "not_found");
    }

    for (blank, code) in [
        ("\u{0}", "control_character"),
        ("东\u{0}村", "control_character"),
        ("东\u{85}村", "control_character"),
        ("\u{200b}", "blank"),
        ("\u{3164}\u{3164}", "blank"),
        ("\u{ad}\u{2800}\u{fe0f}", "blank"),
        ("\u{e0041}", "blank"),
    ] {
        let refused = officer.posts("/v1/parties", party(blank)).await;
        assert_eq!(faults(refused), told(&[("/name", code)]), "{blank:?}");
        let refused = officer.posts("/v1/assets", asset(blank)).await;
        assert_eq!(faults(refused), told(&[("/name", code)]), "{blank:?}");
        // Whoever has no token is told the same.
        let public = town.somebody(None);
        for field in ["text", "contact"] {
            let mut objection = json!({"text": "界址不清", "contact": "东村三组"});
            objection[field] = json!(blank);
            let refused = public.posts(&format!("/v1/notices/{}/objections", world.notice), objection).await;
            assert_eq!(faults(refused), told(&[(&format!("/{field}"), code)]), "{blank:?}");
        }
        let signing_in = json!({"username": format!("officer{blank}"), "password": "correct horse battery"});
        let refused = public.posts("/v1/tokens", signing_in).await;
        assert_eq!(faults(refused), told(&[("/username", "wrong_form")]), "{blank:?}");
        let token = json!({"refresh_token": format!("a{blank}")});
        public.posts("/v1/tokens/refresh", token).await.expect_problem(401, "bad_credentials");
    }
    let payment = json!({"purpose": "road\u{0}repair", "payee_id": world.firm, "amount_fen": 1, "paid_on": "2023-03-01",
        "document_id": world.document});
    let refused = officer.posts(&format!("/v1/accounts/{}/payments", world.account), payment).await;
    assert_eq!(faults(refused), told(&[("/purpose", "wrong_form")]));
    let mut user = json!({"username": "clerk", "password": "correct horse\u{0}battery", "roles": ["village_clerk"],
        "region_code": EAST});
    let refused = town.actor("administrator").posts("/v1/users", user.clone()).await;
    assert_eq!(faults(refused), told(&[("/password", "control_character")]));
    user["username"] = json!("clerk\u{0}");
    user["password"] = json!("correct horse battery");
    let refused = town.actor("administrator").posts("/v1/users", user).await;
    assert_eq!(faults(refused), told(&[("/username", "wrong_form")]));
    assert_eq!(town.journal_size().await, before);
}

pub async fn nothing_is_recorded_but_what_was_written(town: Town) {
    let officer = town.officer();
    let project = |body: String| {
        let request = officer
            .request(Method::POST, "/v1/projects")
            .header("Content-Type", "application/json")
            .body(body);
        Answer::of(request)
    };
    let body = |amount: &str, more: &str| {
        format!(
            r#"{{"code": "A-{}", "name": "大棚", "year": 2021, "region_code": "{EAST}",
                "funding": [{{"source": "central", "amount_fen": {amount}{more}}}]}}"#,
            uuid::Uuid::now_v7(),
        )
    };
    let before = town.journal_size().await;
    let field = "/funding/0/amount_fen";
    for number in
        ["9007199254740990.9", "4503599627370495.99", "1.00000000000000000001", "2.5", "1.5e0", "12345e-1"]
    {
        assert_eq!(faults(project(body(number, "")).await), told(&[(field, "wrong_type")]), "{number}");
    }
    assert_eq!(faults(project(body("9007199254740992", "")).await), told(&[(field, "too_large")]));
    assert_eq!(faults(project(body("1", r#", "amount_fen": 2"#)).await), told(&[(field, "duplicate")]));
    assert_eq!(
        faults(project(body("1", r#", "source": "central""#)).await),
        told(&[("/funding/0/source", "duplicate")])
    );
    let twice = body("7.5", "").replace(r#""year""#, r#""name": "温室", "year""#);
    assert_eq!(faults(project(twice).await), told(&[(field, "wrong_type"), ("/name", "duplicate")]));
    assert_eq!(town.journal_size().await, before);

    for (number, kept) in [("9007199254740991", 9_007_199_254_740_991_i64), ("12.0", 12), ("1.2e3", 1200)] {
        let project = project(body(number, "")).await.expect(201);
        assert_eq!(project["funding"][0]["amount_fen"], kept);
    }
}

pub async fn a_change_says_what_is_empty_and_what_stays(town: Town) {
    let officer = town.officer();
    let of_asset = json!({"location": "东村三组", "specification": "钢骨架"});
    let mut made = asset("水塔");
    made.as_object_mut().unwrap().extend(of_asset.as_object().unwrap().clone());
    let tower = format!("/v1/assets/{}", id(&officer.creates("/v1/assets", made).await));
    let changed = officer.patches(&tower, Some("\"1\""), json!({"location": null})).await.expect(200);
    assert_eq!((&changed["location"], &changed["specification"]), (&Value::Null, &json!("钢骨架")));
    assert_eq!(changed["version"], 2);
    // What is so already changes nothing, and counts nothing up.
    let before = town.journal_size().await;
    for same in
        [json!({"location": null}), json!({"name": "水塔", "specification": " 钢骨架 ", "status": "in_use"})]
    {
        let answer = officer.patches(&tower, Some("\"2\""), same).await;
        assert_eq!(answer.header("etag"), "\"2\"");
        assert_eq!(answer.expect(200)["version"], 2);
    }
    assert_eq!(
        faults(officer.patches(&tower, Some("\"2\""), json!({"name": null})).await),
        told(&[("/name", "wrong_type")])
    );
    let nothing = officer.patches(&tower, Some("\"2\""), json!({"status": null})).await;
    nothing.expect_problem(422, "validation_failed");
    assert_eq!(town.journal_size().await, before);

    let firm = format!("/v1/parties/{}", id(&officer.creates("/v1/parties", party("甲公司")).await));
    officer.patches(&firm, Some("\"1\""), json!({"ended_on": "2025-07-01"})).await.expect(200);
    let again = officer.patches(&firm, Some("\"2\""), json!({"ended_on": "2025-07-01"})).await.expect(200);
    assert_eq!(again["version"], 2);
    let back = officer.patches(&firm, Some("\"2\""), json!({"ended_on": null})).await.expect(200);
    assert_eq!((&back["ended_on"], &back["version"]), (&Value::Null, &json!(3)));
    let none = json!({"identifier": {"scheme": "none", "value": null}});
    assert_eq!(officer.patches(&firm, Some("\"3\""), none).await.expect(200)["version"], 3);
    let number = json!({"identifier": {"scheme": "uscc", "value": "91350100M000100Y43"}});
    for seen in ["\"3\"", "\"4\""] {
        let numbered = officer.patches(&firm, Some(seen), number.clone()).await.expect(200);
        assert_eq!(
            (&numbered["version"], &numbered["identifier"]["value"]),
            (&json!(4), &json!("91350100M000100Y43"))
        );
    }
    for field in ["name", "identifier"] {
        let null = json!({field: null});
        officer.patches(&firm, Some("\"4\""), null).await.expect_problem(422, "validation_failed");
    }

    let world = World::of(&town).await;
    // Of those on which cases rest, who recorded them says nothing alone (`around::`).
    let other = id(&officer.creates("/v1/parties", party("乙公司")).await);
    let relation = json!({"to_id": other, "kind": "controlled_by", "period": {"from": "2020-01-01"}});
    let relation = id(&officer.creates(&format!("{firm}/relations"), relation).await);
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let dispute =
        json!({"asset_id": shed, "kind": "dispute", "holder_id": other, "period": {"from": "2022-01-01"}});
    let restriction = officer.creates("/v1/restrictions", dispute).await;
    for (path, field, day) in [
        (format!("{firm}/relations/{relation}"), "ended_on", "2024-01-01"),
        (format!("/v1/restrictions/{}", id(&restriction)), "released_on", "2022-01-15"),
        (format!("/v1/maintenance-assignments/{}", world.assignment), "to", "2024-01-01"),
    ] {
        let ended = officer.patches(&path, Some("\"1\""), json!({field: day})).await.expect(200);
        assert_eq!(ended["version"], 2, "{path}");
        let again = officer.patches(&path, Some("\"2\""), json!({field: day})).await.expect(200);
        assert_eq!(again["version"], 2, "{path}");
        let back = officer.patches(&path, Some("\"2\""), json!({field: null})).await.expect(200);
        assert_eq!(back["version"], 3, "{path}");
        assert!(!back.to_string().contains(day), "{back}");
        officer.patches(&path, Some("\"3\""), json!({})).await.expect_problem(422, "validation_failed");
    }
    let user = format!("/v1/users/{}", world.user);
    let administrator = town.actor("administrator");
    let same = json!({"roles": ["auditor"], "disabled": false});
    assert_eq!(administrator.patches(&user, Some("\"1\""), same).await.expect(200)["version"], 1);
    let null = json!({"disabled": null});
    administrator.patches(&user, Some("\"1\""), null).await.expect_problem(422, "validation_failed");
    town.signed_size().await;
}

/// How many files of documents there are.
fn kept(folder: &Path) -> usize {
    let within = fs::read_dir(folder).into_iter().flatten();
    within.map(|it| it.unwrap().path()).map(|it| if it.is_dir() { kept(&it) } else { 1 }).sum()
}

/// An upload whose parts are as written, with a line of its own between them.
async fn uploads(
    town: &Town,
    key: &str,
    line: &str,
    query: &str,
    disposition: &[u8],
    content: &str,
) -> Answer {
    let head = [b"Content-Disposition: form-data; name=\"file\"; ", disposition].concat();
    let body = [
        format!("--{line}\r\n").as_bytes(),
        &head,
        format!("\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--{line}--\r\n").as_bytes(),
    ]
    .concat();
    let officer = town.officer();
    let request = officer
        .request_with_key(Method::POST, &format!("/v1/documents{query}"), Some(key))
        .header("Content-Type", format!("multipart/form-data; boundary={line}"))
        .body(body);
    Answer::of(request).await
}

pub async fn a_file_sent_again_is_the_same_file(town: Town) {
    let folder = town.settings.data_dir.join("documents");
    let name = "filename=\"会议纪要.txt\"".as_bytes();
    let before = (town.journal_size().await, kept(&folder));
    let dry = uploads(&town, "minutes", "one", "?dry_run=true", name, "同意").await;
    assert_eq!(dry.header("dry-run"), "true");
    let dry = dry.expect(201);
    assert_eq!((town.journal_size().await, kept(&folder)), before, "a rehearsal keeps nothing");

    let first = uploads(&town, "minutes", "two", "", name, "同意").await.expect(201);
    assert_eq!((&first["name"], &first["sha256"]), (&json!("会议纪要.txt"), &dry["sha256"]));
    let again = uploads(&town, "minutes", "three", "", name, "同意").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201), first);
    for (name, content) in [("filename=\"会议纪要.txt\"", "不同意"), ("filename=\"决议.txt\"", "同意")]
    {
        let other = uploads(&town, "minutes", "four", "", name.as_bytes(), content).await;
        other.expect_problem(422, "idempotency_key_reused");
    }
    assert_eq!(kept(&folder), before.1 + 2, "what was refused for its key is nobody's");
}

pub async fn a_file_keeps_its_name_or_is_refused(town: Town) {
    let kept: [(&[u8], &str); 6] = [
        (b"filename*=UTF-8''%E4%BC%9A%E8%AE%AE.pdf", "会议.pdf"),
        (b"filename=\"x.pdf\"; filename*=utf-8'zh'%E4%BC%9A%E8%AE%AE.pdf", "会议.pdf"),
        (b"filename*=iso-8859-1''caf%E9.pdf", "café.pdf"),
        ("filename=\" Cafe\u{301}.pdf \"".as_bytes(), "Café.pdf"),
        (b"filename=\"a \\\"b\\\".pdf\"", "a \"b\".pdf"),
        (b"filename=\"%E4.pdf\"", "%E4.pdf"),
    ];
    for (index, (disposition, wanted)) in kept.into_iter().enumerate() {
        let document =
            uploads(&town, &format!("kept-{index}"), "line", "", disposition, "同意").await.expect(201);
        assert_eq!(document["name"], *wanted);
    }
    let long = format!("filename=\"{}\"", "长".repeat(201));
    let refused: [(&[u8], &str); 7] = [
        // As a machine writes it whose files are named in GB 18030.
        (b"filename=\"\xbb\xe1\xd2\xe9.pdf\"", "wrong_form"),
        (b"filename*=GB18030''%BB%E1%D2%E9.pdf", "wrong_form"),
        (b"filename*=UTF-8''%BB%E1.pdf", "wrong_form"),
        (b"filename*=UTF-8''a%00.pdf", "control_character"),
        (b"filename=\" \"", "blank"),
        ("filename=\"\u{3164}\"".as_bytes(), "blank"),
        (long.as_bytes(), "too_long"),
    ];
    for (index, (disposition, code)) in refused.into_iter().enumerate() {
        let refused = uploads(&town, &format!("refused-{index}"), "line", "", disposition, "同意").await;
        assert_eq!(faults(refused), told(&[("/file", code)]), "{}", String::from_utf8_lossy(disposition));
    }
}

pub async fn all_wrong_references_are_told_at_once(town: Town) {
    let nobody = uuid::Uuid::now_v7();
    let officer = town.officer();
    let receipt = json!({"asset_id": nobody, "contract_id": nobody, "kind": "rent", "payer_id": nobody, "amount_fen": 1,
        "received_on": "2999-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}, "document_id": nobody});
    assert_eq!(
        faults(officer.posts("/v1/receipts", receipt).await),
        told(&[
            ("/asset_id", "not_found"),
            ("/contract_id", "not_found"),
            ("/document_id", "not_found"),
            ("/payer_id", "not_found"),
            ("/received_on", "in_future"),
        ]),
    );
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [nobody],
        "term": {"from": "2024-02-01", "to": "2029-01-01"},
        "lots": [{"asset_id": nobody, "from_id": nobody, "to_id": nobody, "share": "1"}], "pay_to_id": nobody,
        "consideration": {"kind": "rent", "schedule": [{"due_on": "1024-01-01", "amount_fen": 1}]}});
    assert_eq!(
        faults(officer.posts("/v1/transfers/check", lease).await),
        told(&[
            ("/consideration/schedule/0/due_on", "wrong_date"),
            ("/documents/0", "not_found"),
            ("/lots/0/asset_id", "not_found"),
            ("/lots/0/from_id", "not_found"),
            ("/lots/0/to_id", "contradicts"),
            ("/lots/0/to_id", "not_found"),
            ("/pay_to_id", "not_found"),
            ("/term/from", "contradicts"),
        ]),
    );
    let registration = json!({"asset_id": nobody, "effective_on": "1066-01-01", "documents": [nobody],
        "ownership": [{"holder_id": nobody, "share": "1/2"}, {"holder_id": nobody, "share": "1/2"}]});
    assert_eq!(
        faults(officer.posts("/v1/registrations", registration).await),
        told(&[
            ("/asset_id", "not_found"),
            ("/documents/0", "not_found"),
            ("/effective_on", "wrong_date"),
            ("/ownership/0/holder_id", "not_found"),
            ("/ownership/1/holder_id", "duplicate"),
            ("/ownership/1/holder_id", "not_found"),
        ]),
    );
    let mut tower = asset("水塔");
    tower["project_id"] = json!(nobody);
    tower["region_code"] = json!("130828101999");
    tower["acquired_on"] = json!("2999-01-01");
    assert_eq!(
        faults(officer.posts("/v1/assets", tower).await),
        told(&[
            ("/acquired_on", "in_future"),
            ("/project_id", "not_found"),
            ("/region_code", "unknown_region")
        ]),
    );
    let mut firm = party("甲公司");
    firm["region_code"] = json!("130828101999");
    firm["identifier"] = json!({"scheme": "citizen_id", "value": "11010519491231002X"});
    assert_eq!(
        faults(officer.posts("/v1/parties", firm).await),
        told(&[("/identifier/scheme", "not_one_of"), ("/region_code", "unknown_region")]),
    );
    let user = json!({"username": "clerk", "password": "correct horse battery", "roles": ["village_clerk"],
        "region_code": "130828101999", "party_id": nobody});
    assert_eq!(
        faults(town.actor("administrator").posts("/v1/users", user).await),
        told(&[("/party_id", "not_found"), ("/region_code", "unknown_region")]),
    );
}

/// What only the registry can judge, since it hangs on what is on record: with the references, and all of it at once.
pub async fn what_hangs_on_what_is_on_record_is_told_with_all_else(town: Town) {
    town.notices_come_down_at_once().await;
    let nobody = uuid::Uuid::now_v7();
    let officer = town.officer();
    let minutes = town.document().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "甲公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let told_of = async |path: &str, body: Value, wanted: &[(&str, &str)]| {
        assert_eq!(faults(officer.posts(path, body).await), told(wanted), "{path}");
    };

    let registration = json!({"asset_id": shed, "effective_on": "2021-06-01", "documents": [nobody],
        "ownership": [{"holder_id": east, "share": "1/2"}]});
    let before = [("/documents/0", "not_found"), ("/effective_on", "contradicts")];
    told_of("/v1/registrations", registration, &before).await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;

    let lots = json!([{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}]);
    let appraisal =
        json!({"value_fen": 1, "appraised_on": "2021-01-01", "appraiser_id": nobody, "signatures": 2});
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [nobody], "lots": lots,
        "term": {"from": "2024-01-02", "to": "2029-01-01"}, "appraisal": appraisal,
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2020-01-01", "amount_fen": 1}]}});
    told_of(
        "/v1/transfers",
        lease,
        &[
            ("/appraisal/appraised_on", "before_asset"),
            ("/appraisal/appraiser_id", "not_found"),
            ("/consideration/schedule/0/due_on", "before_asset"),
            ("/documents/0", "not_found"),
            ("/term/from", "contradicts"),
        ],
    )
    .await;
    let sale = json!({"right": "ownership", "effective_on": "2199-01-01", "documents": [nobody], "lots": lots,
        "consideration": {"kind": "price", "amount_fen": 1}});
    told_of("/v1/transfers", sale, &[("/documents/0", "not_found"), ("/effective_on", "too_late")]).await;
    let ages = json!({"right": "management", "effective_on": "1066-01-01", "documents": [nobody], "lots": lots,
        "term": {"from": "1066-01-01", "to": "3066-01-01"}, "consideration": {"kind": "none"}});
    told_of(
        "/v1/transfers",
        ages,
        &[
            ("/documents/0", "not_found"),
            ("/effective_on", "wrong_date"),
            ("/term/from", "wrong_date"),
            ("/term/to", "wrong_date"),
        ],
    )
    .await;

    let part = json!({"name": "东棚", "quantity": "1", "unit": "处", "original_value_fen": 1});
    let division = json!({"kind": "division", "asset_id": shed, "effective_on": "1066-01-01", "reason": "分摊经营",
        "documents": [nobody], "parts": [part, part]});
    told_of(
        "/v1/alterations",
        division,
        &[
            ("/documents/0", "not_found"),
            ("/effective_on", "wrong_date"),
            ("/parts", "contradicts"),
            ("/parts", "contradicts"),
        ],
    )
    .await;
    let merger = json!({"kind": "merger", "asset_ids": [shed, road], "effective_on": "2025-01-01", "reason": "合并",
        "documents": [nobody], "name": "大棚与道路", "quantity": "3", "unit": "处"});
    told_of(
        "/v1/alterations",
        merger,
        &[
            ("/asset_ids/1", "contradicts"),
            ("/category", "required_with"),
            ("/documents/0", "not_found"),
            ("/quantity", "contradicts"),
        ],
    )
    .await;
    let renewal = json!({"kind": "renewal", "asset_id": shed, "right": "management", "holder_id": nobody,
        "effective_on": "2199-01-01", "term": {"from": "2199-02-01", "to": "2200-01-01"}, "reason": "续租",
        "documents": [nobody], "schedule": [{"due_on": "2020-01-01", "amount_fen": 1}]});
    told_of(
        "/v1/alterations",
        renewal,
        &[
            ("/documents/0", "not_found"),
            ("/effective_on", "too_late"),
            ("/holder_id", "not_found"),
            ("/schedule/0/due_on", "before_asset"),
            ("/term/from", "contradicts"),
        ],
    )
    .await;

    let correction = json!({"asset_id": shed, "right": "ownership", "effective_on": "1066-01-01",
        "reason": "录入有误", "holders": [{"holder_id": east, "share": "1/2"}], "documents": [nobody]});
    told_of(
        "/v1/corrections",
        correction,
        &[("/documents/0", "not_found"), ("/effective_on", "wrong_date"), ("/holders", "shares_not_whole")],
    )
    .await;

    let amendment = |about: Value| {
        let mut asked = json!({"reason": "录入有误", "documents": [nobody]});
        asked.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        asked
    };
    told_of("/v1/amendments", amendment(json!({})), &[("/asset", "required"), ("/documents/0", "not_found")])
        .await;
    let void = json!({"contract": {"id": nobody, "void": true, "corrected": {"lessor_id": east}}});
    told_of(
        "/v1/amendments",
        amendment(void),
        &[
            ("/contract/corrected", "not_applicable"),
            ("/contract/id", "not_found"),
            ("/documents/0", "not_found"),
        ],
    )
    .await;
    let moved =
        json!({"asset": {"id": shed, "corrected": {"acquired_on": "2021-12-01", "project_id": nobody}}});
    told_of(
        "/v1/amendments",
        amendment(moved),
        &[
            ("/asset/corrected/acquired_on", "too_late"),
            ("/asset/corrected/project_id", "not_found"),
            ("/documents/0", "not_found"),
        ],
    )
    .await;

    let uses = |party: &str| json!([{"purpose": "village_public_welfare", "share": if party == east { "1/2" } else { "1" }}]);
    let divided = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "uses": {east.clone(): uses(&east), firm.clone(): uses(&firm)}, "documents": [nobody]});
    let uneven = format!("/uses/{east}");
    told_of(
        "/v1/distributions",
        divided.clone(),
        &[("/documents/0", "not_found"), (uneven.as_str(), "shares_not_whole")],
    )
    .await;
    officer
        .creates("/v1/receipts", json!({
            "asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000, "received_on": "2024-02-01",
            "period": {"from": "2024-01-01", "to": "2025-01-01"},
        }))
        .await;
    let mut known = divided;
    known["documents"] = json!([minutes]);
    let mut wanted = [(uneven, "shares_not_whole"), (format!("/uses/{firm}"), "not_found")];
    wanted.sort();
    let wanted = wanted.each_ref().map(|(at, code)| (at.as_str(), *code));
    told_of("/v1/distributions/preview", known, &wanted).await;

    let ages = json!({"asset_id": shed, "kind": "mortgage", "holder_id": firm,
        "period": {"from": "1066-01-01", "to": "3066-01-01"}});
    told_of("/v1/restrictions", ages, &[("/period/from", "wrong_date"), ("/period/to", "wrong_date")]).await;
}

/// What is wrong with a party, a user, a password and a policy, whoever judges it.
pub async fn what_is_judged_by_one_field_hides_nothing_of_another(town: Town) {
    let nobody = uuid::Uuid::now_v7();
    let officer = town.officer();
    let mut person = party("张三");
    person["kind"] = json!("person");
    person["region_code"] = json!("130828101999");
    person["identifier"] = json!({"scheme": "uscc", "value": "91350100M000100Y44"});
    assert_eq!(
        faults(officer.posts("/v1/parties", person).await),
        told(&[
            ("/identifier/scheme", "not_one_of"),
            ("/identifier/value", "wrong_check_character"),
            ("/region_code", "unknown_region"),
        ]),
    );
    let firm = town.party("enterprise", "甲公司", EAST).await;
    let ended = json!({"ended_on": "2999-01-01", "successor_id": nobody,
        "identifier": {"scheme": "uscc", "value": "91350100M000100Y44"}});
    assert_eq!(
        faults(officer.patches(&format!("/v1/parties/{firm}"), Some("\"1\""), ended).await),
        told(&[
            ("/ended_on", "in_future"),
            ("/identifier/value", "wrong_check_character"),
            ("/successor_id", "not_found"),
        ]),
    );
    let administrator = town.actor("administrator");
    let user = json!({"username": "clerk", "password": "aaaaaaaaaaaaaaaa", "roles": ["village_clerk"],
        "region_code": "130828101999", "party_id": nobody});
    assert_eq!(
        faults(administrator.posts("/v1/users", user).await),
        told(&[
            ("/party_id", "not_found"),
            ("/password", "too_guessable"),
            ("/region_code", "unknown_region"),
        ]),
    );
    let passwords = json!({"old_password": "not the one that it is", "new_password": "aaaaaaaaaaaaaaaa"});
    assert_eq!(
        faults(officer.posts("/v1/me/password", passwords).await),
        told(&[("/new_password", "too_guessable"), ("/old_password", "wrong_password")]),
    );
    let policy = json!({"region_code": "130828101999", "effective_from": "1066-01-01",
        "values": {"decision_approval": "1/2"}});
    assert_eq!(
        faults(town.actor("county_approver").posts("/v1/policies", policy).await),
        told(&[
            ("/effective_from", "wrong_date"),
            ("/region_code", "unknown_region"),
            ("/values/decision_approval", "below_legal_minimum"),
        ]),
    );
    let query = "after=-1&limit=501&page=2";
    assert_eq!(
        faults(town.actor("finance").gets(&format!("/v1/income-records?{query}")).await),
        told(&[("/after", "too_small"), ("/limit", "too_large"), ("/page", "unknown_field")]),
    );
}

pub fn with_a_front_end(settings: &mut sanquan::settings::Settings) {
    settings.http.cors_origins =
        vec!["https://assets.example.cn/".to_owned(), "http://localhost:5173".to_owned()];
}

pub async fn the_front_end_of_a_county_may_ask_from_a_browser(town: Town) {
    let officer = town.officer();
    let asks_first = |origin: &'static str| {
        let request = officer
            .request(Method::OPTIONS, "/v1/parties")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key,if-match");
        request.send()
    };
    for origin in ["https://assets.example.cn", "http://localhost:5173"] {
        let allowed = asks_first(origin).await.unwrap();
        assert_eq!(
            (allowed.status().as_u16(), &allowed.headers()["access-control-allow-origin"]),
            (200, &origin.parse().unwrap())
        );
        let answer =
            officer.request(Method::GET, "/v1/parties").header("Origin", origin).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], origin);
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_lowercase();
        assert!(["etag", "link", "idempotency-replayed"].iter().all(|it| exposed.contains(it)), "{exposed}");
        let refused =
            officer.request(Method::GET, "/v1/nowhere").header("Origin", origin).send().await.unwrap();
        assert_eq!(refused.headers()["access-control-allow-origin"], origin);
    }
    let stranger = "https://assets.example.com";
    assert!(!asks_first(stranger).await.unwrap().headers().contains_key("access-control-allow-origin"));
    let answer = officer.request(Method::GET, "/v1/parties").header("Origin", stranger).send().await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

pub async fn no_page_of_others_asks_unless_it_is_said(town: Town) {
    let officer = town.officer();
    let answer = officer
        .request(Method::GET, "/v1/parties")
        .header("Origin", "https://assets.example.cn")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

pub async fn what_a_feed_goes_on_after_can_be_asked_for(town: Town) {
    let finance = town.actor("finance");
    let last = 9_007_199_254_740_991_i64;
    let page = finance.reads(&format!("/v1/income-records?after={last}")).await;
    assert_eq!(page["next_after"], last);
    for beyond in ["9007199254740992", "9223372036854775807", "-1"] {
        let refused = finance.gets(&format!("/v1/income-records?after={beyond}")).await;
        refused.expect_problem(422, "validation_failed");
    }
    let auditor = town.auditor();
    assert_eq!(auditor.reads(&format!("/v1/journal?after={last}")).await["next_after"], last);
    auditor.gets("/v1/journal?after=9007199254740992").await.expect_problem(422, "validation_failed");
}
