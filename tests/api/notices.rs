//! Public notices: what they say, for how long they hang, and what is objected to them.

use chrono::{NaiveDate, TimeDelta};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    alterations::leased,
    house::Beside,
    town::{Actor, Answer, COUNTY, EAST, Engine, Town, WEST, id},
};

/// The notice of a case, as anybody reads it.
async fn notice_of(town: &Town, case: &Value) -> Value {
    let found = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(case))).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    found["items"][0].clone()
}

/// Takes a case to where its notice hangs, and gives the notice.
pub async fn posts(town: &Town, kind: &str, case: &Value) -> Value {
    for step in ["submit", "review", "start_notice"] {
        town.decides(kind, case, step).await.expect(200);
    }
    notice_of(town, case).await
}

/// The draft of a registration of a road that belongs to a village.
pub async fn registration(town: &Town) -> Value {
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let minutes = town.document().await;
    town.officer()
        .creates("/v1/registrations", json!({
            "asset_id": road, "effective_on": "2021-08-01", "documents": [minutes], "decision": town.decided(&minutes),
            "ownership": [{"holder_id": east, "share": "1"}],
        }))
        .await
}

fn day(of: &Value) -> NaiveDate {
    of.as_str().unwrap_or_else(|| panic!("{of} is no day")).parse().unwrap()
}

/// Somebody in an office with a token of today.
async fn today<'t>(town: &'t Town, role: &'static str) -> Actor<'t> {
    let token = town.renewed(role).await;
    town.somebody(Some(&token))
}

pub async fn decides_today(town: &Town, kind: &str, case: &Value, step: &str) -> Answer {
    today(town, Town::takes(step)).await.decides(kind, case, step).await
}

pub async fn a_notice_says_what_is_noticed_and_stays_as_it_hung(town: Town) {
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let person = town.party("person", "欧阳大农", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.notices_come_down_at_once().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let named = format!("/v1/assets/{shed}");
    let tag = officer.gets(&named).await.header("etag").to_owned();
    officer
        .patches(&named, Some(&tag), json!({"name": "欧阳大农承包的大棚", "location": "欧阳大农家东侧"}))
        .await
        .expect(200);
    let lease = officer
        .creates("/v1/transfers", json!({
            "right": "management", "effective_on": "2025-01-01", "term": {"from": "2025-01-01", "to": "2027-01-01"},
            "lots": [{"asset_id": shed, "from_id": east, "to_id": person, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": [
                {"due_on": "2026-01-01", "amount_fen": 9_000_000}, {"due_on": "2025-01-01", "amount_fen": 9_000_001}]},
            "documents": [minutes], "decision": town.decided(&minutes),
        }))
        .await;
    let notice = posts(&town, "transfers", &lease).await;

    let said = &notice["content"];
    assert_eq!(said["assets"][0]["id"], json!(shed));
    assert_eq!(said["assets"][0]["original_value_fen"], 12_000_000);
    assert_eq!(said["assets"][0]["name"], "欧阳*承包的大棚");
    assert_eq!(said["assets"][0]["project"]["name"], "设施蔬菜大棚项目");
    let right = &said["rights"][0];
    assert_eq!(
        (&right["right"], &right["share"], &right["from"]["id"], &right["from"]["name"]),
        (&json!("management"), &json!("1/1"), &json!(east), &json!("东村股份经济合作社"))
    );
    assert_eq!(right["to"], json!({"kind": "person", "name": "欧阳*"}));
    let given = &said["consideration"];
    assert_eq!((&given["kind"], &given["amount_fen"]), (&json!("rent"), &json!(18_000_001)));
    assert_eq!(given["schedule"][0]["due_on"], "2025-01-01");
    assert_eq!(said["period"], json!({"from": "2025-01-01", "to": "2027-01-01"}));
    assert_eq!(
        (&said["decisions"][0]["members"], &said["decisions"][0]["in_favour"]),
        (&json!(100), &json!(75))
    );
    assert_eq!(said["objections"]["due_on"], notice["due_on"]);
    assert_eq!(said["objections"]["path"], format!("/v1/notices/{}/objections", id(&notice)));
    let wall = said["text"]["zh"].as_str().unwrap();
    for part in ["欧阳*", "经营权", "180000.01元", "2025年1月1日至2026年12月31日", "成员大会", "12317"]
    {
        assert!(wall.contains(part), "{part} is missing from {wall}");
    }
    assert!(!notice.to_string().contains("大农"), "{notice}");

    // What hung stays what hung, whatever is changed or comes to be known afterwards.
    let path = format!("/v1/notices/{}", id(&notice));
    let bytes = town.somebody(None).request(Method::GET, &format!("{path}/content")).send().await.unwrap();
    let bytes = bytes.bytes().await.unwrap();
    let sha256 = hex::encode(Sha256::digest(&bytes));
    assert_eq!(notice["content_sha256"], json!(sha256));
    let tag = officer.gets(&named).await.header("etag").to_owned();
    officer.patches(&named, Some(&tag), json!({"name": "一号大棚"})).await.expect(200);
    town.decides("transfers", &lease, "close_notice").await.expect(200);
    let again = town.somebody(None).gets(&format!("{path}/content")).await;
    assert_eq!(again.header("etag"), format!("\"{sha256}\""));
    let shown = town.somebody(None).reads(&path).await;
    assert_eq!((&shown["content"], &shown["closed_because"]), (said, &json!("period_over")));

    // The journal has the hash, and nothing about the person.
    town.journal_size().await;
    let posted =
        town.auditor().reads(&format!("/v1/journal?subject_id={}&action=notice_posted", id(&notice))).await;
    assert_eq!(posted["items"][0]["facts"]["content_sha256"], json!(sha256), "{posted}");
    assert!(!posted.to_string().contains("欧阳"));
}

pub async fn every_kind_of_case_says_what_it_is_about(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let minutes = town.document().await;
    let decision = town.decided(&minutes);
    let whole = json!([{"holder_id": east, "share": "1"}]);
    let mut assets = Vec::new();
    for _ in 0..4 {
        let asset = town.asset("operating", "greenhouse", 12_000_000).await;
        town.registers(&asset, &minutes, whole.clone()).await;
        assets.push(asset);
    }
    let [shed, barn, market, hut] = assets.as_slice() else { panic!("four assets") };
    leased(&town, barn, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    officer
        .creates("/v1/receipts", json!({
            "asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 90_001, "received_on": "2024-02-01",
            "period": {"from": "2024-01-01", "to": "2025-01-01"}, "document_id": minutes,
        }))
        .await;

    let correction = json!({
        "asset_id": hut, "right": "ownership", "effective_on": "2021-08-01", "reason": "首次登记份额录入有误",
        "holders": [{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}],
        "documents": [minutes], "decision": decision,
    });
    let case = officer.creates("/v1/corrections", correction).await;
    let said = posts(&town, "corrections", &case).await["content"].clone();
    assert_eq!(
        (&said["rights"][0]["share"], &said["reason"]),
        (&json!("1/3"), &json!("首次登记份额录入有误"))
    );
    assert_eq!(said["rights"][0]["to"]["name"], "西村股份经济合作社");

    let distribution = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"}, "decision": decision});
    let case = officer.creates("/v1/distributions", distribution).await;
    let said = posts(&town, "distributions", &case).await["content"].clone();
    assert_eq!((&said["income"]["amount_fen"], &said["rights"]), (&json!(90_001), &json!([])));
    let lines = said["income"]["lines"].as_array().unwrap();
    assert_eq!(lines.iter().map(|it| it["amount_fen"].as_i64().unwrap()).sum::<i64>(), 90_001);
    assert_eq!(lines[0]["party"]["name"], "东村股份经济合作社");
    assert!(said["text"]["zh"].as_str().unwrap().contains("收益所属期：2024年1月1日至2024年12月31日"));

    let ended = json!({
        "kind": "termination", "asset_id": barn, "right": "management", "holder_id": firm, "effective_on": "2026-06-01",
        "reason": "承租方提前退租", "documents": [minutes], "decision": decision,
    });
    let case = officer.creates("/v1/alterations", ended).await;
    let said = posts(&town, "alterations", &case).await["content"].clone();
    assert_eq!(
        (&said["alteration"]["kind"], &said["reason"]),
        (&json!("termination"), &json!("承租方提前退租"))
    );
    assert_eq!(said["rights"][0]["from"]["name"], "绿源种植专业合作社");

    // Nothing was agreed to be paid for the further term, and nothing is given away by it.
    leased(&town, shed, [&east, &west], "1", ["2024-01-01", "2026-01-01"], &minutes).await;
    let renewed = json!({
        "kind": "renewal", "asset_id": shed, "right": "management", "holder_id": west, "effective_on": "2026-01-01",
        "term": {"from": "2026-01-01", "to": "2027-01-01"}, "reason": "续租", "documents": [minutes],
        "decision": decision, "recorded_late": town.late(),
    });
    let case = officer.creates("/v1/alterations", renewed).await;
    let said = posts(&town, "alterations", &case).await["content"].clone();
    assert_eq!(said["consideration"]["kind"], "none");
    let zh = said["text"]["zh"].as_str().unwrap();
    assert!(zh.contains("租金：未约定。") && !zh.contains("无偿"), "{zh}");
    assert!(said["text"]["en"].as_str().unwrap().contains("Rent: none agreed."), "{said}");

    let part =
        |name: &str| json!({"name": name, "quantity": "0.5", "unit": "处", "original_value_fen": 6_000_000});
    let divided = json!({
        "kind": "division", "asset_id": market, "effective_on": "2025-07-01", "reason": "分摊经营",
        "parts": [part("东棚"), part("西棚")], "documents": [minutes], "decision": decision,
    });
    let case = officer.creates("/v1/alterations", divided).await;
    let said = posts(&town, "alterations", &case).await["content"].clone();
    let names: Vec<_> =
        said["alteration"]["becomes"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["东棚", "西棚"]);
    assert_eq!(said["rights"][0]["to"]["name"], "东村股份经济合作社");
}

pub async fn a_notice_hangs_for_whole_days(town: Town) {
    let sets = |values: Value| {
        let town = &town;
        async move {
            let policy = json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": values});
            today(town, "county_approver").await.creates("/v1/policies", policy).await;
        }
    };
    sets(json!({"notice_days": 1})).await;
    let case = registration(&town).await;
    // Drafted before the clock runs past the life of the tokens.
    let second = registration(&town).await;
    let notice = posts(&town, "registrations", &case).await;
    let opened = day(&notice["opened_on"]);
    assert_eq!(day(&notice["last_day"]), opened + TimeDelta::days(1));
    assert_eq!(day(&notice["due_on"]), opened + TimeDelta::days(2));

    let early = decides_today(&town, "registrations", &case, "close_notice").await;
    assert_eq!(early.expect_problem(409, "conflict")["due_on"], notice["due_on"]);
    town.clock.advance(TimeDelta::days(1));
    decides_today(&town, "registrations", &case, "close_notice").await.expect_problem(409, "conflict");
    // The last day counts to its end.
    let ends = (opened + TimeDelta::days(2)).and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::hours(8);
    town.clock.advance(ends - town.clock.now() - TimeDelta::seconds(60));
    decides_today(&town, "registrations", &case, "close_notice").await.expect_problem(409, "conflict");
    town.clock.advance(TimeDelta::seconds(61));
    decides_today(&town, "registrations", &case, "close_notice").await.expect(200);

    // A county may count the day of posting, and names the days on which nothing ends.
    let rest = town.clock.now() + TimeDelta::hours(8) + TimeDelta::days(2);
    sets(json!({"notice_days": 3, "notice_day_count": "inclusive", "rest_days": [rest.date_naive()]})).await;
    for step in ["submit", "review", "start_notice"] {
        decides_today(&town, "registrations", &second, step).await.expect(200);
    }
    let notice = notice_of(&town, &second).await;
    let opened = day(&notice["opened_on"]);
    assert_eq!(day(&notice["last_day"]), opened + TimeDelta::days(3));
    assert_eq!(day(&notice["due_on"]), opened + TimeDelta::days(4));
    let twice = json!({"region_code": COUNTY, "effective_from": "2021-01-01",
        "values": {"rest_days": ["2026-10-01", "2026-10-01"]}});
    let refused = today(&town, "county_approver").await.posts("/v1/policies", twice).await;
    let refused = refused.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "/values/rest_days/1");
}

pub async fn a_notice_comes_down_with_its_case(town: Town) {
    for (step, by, because) in
        [("reject", "township_reviewer", "case_rejected"), ("withdraw", "township_officer", "case_withdrawn")]
    {
        let case = registration(&town).await;
        let notice = posts(&town, "registrations", &case).await;
        assert_eq!((&notice["closed_on"], &notice["closed_because"]), (&Value::Null, &Value::Null));
        let hanging = format!("/v1/notices?region_code={EAST}&hanging=true");
        assert_eq!(town.somebody(None).reads(&hanging).await["items"][0]["id"], notice["id"]);
        let path = format!("/v1/registrations/{}/decisions", id(&case));
        town.actor(by).posts(&path, json!({"step": step})).await.expect(200);

        let down = notice_of(&town, &case).await;
        assert_eq!((&down["closed_on"], &down["closed_because"]), (&notice["opened_on"], &json!(because)));
        assert_eq!(town.somebody(None).reads(&hanging).await["items"], json!([]));
        let objected = format!("/v1/notices/{}/objections", id(&notice));
        let late = town.somebody(None).posts(&objected, json!({"text": "界址不清"})).await;
        late.expect_problem(409, "conflict");
    }
    // A draft that is withdrawn never had one.
    let case = registration(&town).await;
    town.decides("registrations", &case, "withdraw").await.expect(200);
    let nothing = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    assert_eq!(nothing["items"], json!([]));
    let nowhere = format!("/v1/notices/{}/objections", id(&case));
    town.somebody(None).posts(&nowhere, json!({"text": "界址不清"})).await.expect_problem(404, "not_found");
}

pub async fn an_upheld_objection_holds_the_case_for_good(town: Town) {
    town.notices_come_down_at_once().await;
    let case = registration(&town).await;
    let notice = posts(&town, "registrations", &case).await;
    let path = format!("/v1/notices/{}/objections", id(&notice));
    let objection = town.somebody(None).creates(&path, json!({"text": "该路由西村出资修建"})).await;
    // Whatever is tried says what holds the case, and so does the case itself.
    for (role, step) in [("township_reviewer", "close_notice"), ("county_approver", "execute")] {
        let path = format!("/v1/registrations/{}/decisions", id(&case));
        let held = town.actor(role).in_chinese().posts(&path, json!({"step": step})).await;
        let held = held.expect_problem(409, "conflict");
        assert_eq!(held["open_objections"], 1, "{step}: {held}");
        assert!(held["detail"].as_str().unwrap().contains("审核人员"), "{held}");
    }
    let held = town.auditor().reads(&format!("/v1/registrations/{}", id(&case))).await["held_by"].clone();
    assert_eq!((&held["notice_id"], &held["open_objections"]), (&notice["id"], &json!(1)), "{held}");
    assert!(held["answered_by"].as_array().unwrap().contains(&json!("township_reviewer")), "{held}");

    // Neither whoever drafted the case nor whoever works for a party of it answers what is objected to it.
    let answered = format!("/v1/objections/{}/decisions", id(&objection));
    let dismissed = json!({"step": "dismiss", "answer": "界址已复核"});
    let asked = town.auditor().reads(&format!("/v1/registrations/{}", id(&case))).await["asked"].clone();
    let owner = asked["ownership"][0]["holder_id"].as_str().unwrap().to_owned();
    let own = town.user("own", &["township_reviewer"], Some(&owner)).await;
    let refused = town.somebody(Some(&own)).posts(&answered, dismissed.clone()).await;
    refused.expect_problem(409, "party_to_the_case");
    let both = town.user("both", &["township_officer", "township_reviewer"], None).await;
    let both = town.somebody(Some(&both));
    let mine = both.creates("/v1/registrations", asked).await;

    let upheld = json!({"step": "uphold", "answer": "经查，西村出资三分之一"});
    town.actor("township_reviewer").posts(&answered, upheld).await.expect(200);
    for (role, step) in [("township_reviewer", "close_notice"), ("county_approver", "approve")] {
        let path = format!("/v1/registrations/{}/decisions", id(&case));
        let held = town.actor(role).posts(&path, json!({"step": step})).await;
        let held = held.expect_problem(409, "conflict");
        assert_eq!(held["upheld_objections"], 1, "{step}: {held}");
    }
    town.decides("registrations", &case, "reject").await.expect(200);
    assert_eq!(notice_of(&town, &case).await["closed_because"], "case_rejected");

    let hung = posts(&town, "registrations", &mine).await;
    let path = format!("/v1/notices/{}/objections", id(&hung));
    let objection = town.somebody(None).creates(&path, json!({"text": "界址不清"})).await;
    let answered = format!("/v1/objections/{}/decisions", id(&objection));
    both.posts(&answered, dismissed.clone()).await.expect_problem(409, "four_eyes");
    town.actor("township_reviewer").posts(&answered, dismissed).await.expect(200);
    town.decides("registrations", &mine, "close_notice").await.expect(200);
}

pub async fn strangers_share_no_keys(town: Town) {
    let case = registration(&town).await;
    let notice = posts(&town, "registrations", &case).await;
    let path = format!("/v1/notices/{}/objections", id(&notice));
    let public = town.somebody(None);
    let objects = |text: &str| {
        let request = public.request_with_key(Method::POST, &path, Some("1"));
        Answer::of(request.json(&json!({"text": text})))
    };
    let texts = ["界址不清", "该路由西村出资修建", "造价过高"];
    let answers = join_all(texts.iter().map(|it| objects(it))).await;
    let mut ids: Vec<String> = answers.into_iter().map(|it| id(&it.expect(201))).collect();
    let again = objects(texts[1]).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(id(&again.expect(201)), ids[1]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let reviewer = town.actor("township_reviewer");
    let page = reviewer.reads(&format!("{path}?limit=2")).await;
    let next = format!("{path}?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    let last = reviewer.reads(&next).await;
    let on = |page: &Value| page["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    assert_eq!(([on(&page), on(&last)].concat(), &last["next_cursor"]), (ids.clone(), &Value::Null));
    let received = town.actor("township_reviewer").reads(&path).await;
    assert_eq!(received["items"].as_array().unwrap().len(), 3);
}

pub async fn a_page_of_notices_is_full_when_they_say_much(town: Town) {
    let mut wanted = Vec::new();
    for _ in 0..3 {
        let case = registration(&town).await;
        wanted.push(id(&posts(&town, "registrations", &case).await));
    }
    let public = town.somebody(None);
    let mut path = format!("/v1/notices?region_code={EAST}&limit=2");
    let mut found = Vec::new();
    loop {
        let page = public.reads(&path).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2 && items.iter().all(|it| it["content"]["assets"][0]["name"].is_string()));
        found.extend(items.iter().map(id));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/notices?region_code={EAST}&limit=2&cursor={cursor}");
    }
    assert_eq!(found, wanted);
}

pub async fn a_page_of_notices_is_full_by_its_bytes(town: Town) {
    for _ in 0..3 {
        let case = registration(&town).await;
        posts(&town, "registrations", &case).await;
    }
    let public = town.somebody(None);
    let path = format!("/v1/notices?region_code={EAST}&limit=2");
    assert_eq!(public.reads(&path).await["items"].as_array().unwrap().len(), 2);
    // A million and a half of characters each, which are three times as many bytes.
    let mut beside = Beside::of(&town);
    beside.unguard("notices");
    let long = match town.engine {
        Engine::Sqlite => "json_set(content, '$.reason', replace(hex(zeroblob(750000)), '0', '农'))",
        Engine::Postgres => "jsonb_set(content::jsonb, '{reason}', to_jsonb(repeat('农', 1500000)))::text",
    };
    beside.execute(&format!("update notices set content = {long}")).unwrap();
    let page = public.reads(&path).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert!(page["next_cursor"].is_string());
}
