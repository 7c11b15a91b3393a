//! Notices that hung on paper before the register was there.

use chrono::{Days, Months, NaiveDate};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    notices::{posts, registration},
    town::{Answer, COUNTY, EAST, Town, WEST, id},
};

/// An amount above which nothing goes.
const BEYOND: i64 = 9_007_199_254_740_991;

async fn sets(town: &Town, from: NaiveDate, values: Value) {
    let policy = json!({"region_code": COUNTY, "effective_from": from, "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

fn today(town: &Town) -> NaiveDate {
    town.today().parse().unwrap()
}

/// A notice that hung for ten days in August.
fn paper(case: &Value, document: &str) -> Value {
    json!({
        "case_id": id(case), "opened_on": "2021-08-01", "closed_on": "2021-08-12", "place": "东村村务公开栏",
        "document_id": document,
    })
}

async fn is_reviewed(town: &Town, kind: &str, case: &Value) {
    for step in ["submit", "review"] {
        town.decides(kind, case, step).await.expect(200);
    }
}

fn causes(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect()
}

pub async fn what_hung_on_paper_hangs_no_second_time(town: Town) {
    sets(&town, "2021-01-01".parse().unwrap(), json!({"county_approval_above_fen": BEYOND})).await;
    let case = registration(&town).await;
    let officer = town.officer();
    let photograph = town.photograph().await;
    let body = paper(&case, &photograph);
    let path = format!("/v1/registrations/{}", id(&case));

    let early = officer.posts("/v1/notices", body.clone()).await.expect_problem(409, "conflict");
    assert_eq!(early["next_step"], "submit");
    is_reviewed(&town, "registrations", &case).await;
    let with = |field: &str, value: Value| {
        let mut changed = body.clone();
        changed[field] = value;
        changed
    };
    for (role, status) in [("township_reviewer", 403), ("village_clerk", 403), ("county_approver", 403)] {
        town.actor(role).posts("/v1/notices", body.clone()).await.expect_problem(status, "permission_denied");
    }
    let other = town.user_in("neighbour", &["township_officer"], WEST, None).await;
    let refused = town.somebody(Some(&other)).posts("/v1/notices", body.clone()).await;
    assert_eq!(refused.first_fault(), ("/case_id".to_owned(), "not_found".to_owned()));
    let tomorrow = json!(today(&town) + Days::new(1));
    for (changed, fault) in [
        (with("case_id", json!(photograph)), ("/case_id", "not_found")),
        (with("document_id", json!(id(&case))), ("/document_id", "not_found")),
        (with("document_id", Value::Null), ("/document_id", "wrong_type")),
        (with("closed_on", tomorrow), ("/closed_on", "in_future")),
        (with("closed_on", json!("2021-08-01")), ("/closed_on", "dates_reversed")),
        (with("opened_on", json!("0021-03-01")), ("/opened_on", "wrong_date")),
        (with("place", json!(" ")), ("/place", "blank")),
    ] {
        let refused = officer.posts("/v1/notices", changed).await;
        assert_eq!(refused.first_fault(), (fault.0.to_owned(), fault.1.to_owned()));
    }
    let short = officer.posts("/v1/notices", with("closed_on", json!("2021-08-10"))).await;
    let short = short.expect_problem(409, "blocked_by_loss_check");
    let found = short["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "L16").unwrap();
    assert_eq!((&found["cause"], &found["severity"]), (&json!("notice_short"), &json!("block")));
    assert_eq!(found["figures"]["posted_days"], 8);
    assert_eq!(found["figures"]["needed_days"], 10);
    assert_eq!(found["figures"]["due_on"], "2021-08-12");

    let dates = |opened: &str, closed: &str| {
        let mut changed = with("opened_on", json!(opened));
        changed["closed_on"] = json!(closed);
        changed
    };
    let minutes = case["asked"]["decision"]["document_id"].clone();
    for (changed, cause) in [
        (dates("2021-05-01", "2021-05-12"), "notice_before_acquisition"),
        (with("document_id", minutes), "photograph_of_minutes"),
    ] {
        let refused =
            officer.posts("/v1/notices", changed).await.expect_problem(409, "blocked_by_loss_check");
        assert!(causes(&refused).contains(&cause), "{cause}: {refused}");
    }

    let before = town.journal_size().await;
    let rehearsed = officer.posts("/v1/notices?dry_run=true", body.clone()).await.expect(201);
    assert_eq!(rehearsed["on_paper"]["document_id"], json!(photograph));
    assert_eq!(town.journal_size().await, before);
    let records = || {
        let key = Some("hung-on-paper");
        Answer::of(officer.request_with_key(Method::POST, "/v1/notices", key).json(&body))
    };
    let recorded = records().await.expect(201);
    let again = records().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201), recorded);
    let shown = officer.reads(&path).await;
    assert_eq!((&shown["status"], &shown["next_step"]), (&json!("noticed"), &json!("approve")), "{shown}");
    let me = officer.reads("/v1/me").await["id"].clone();
    for (done, step) in
        shown["steps_done"].as_array().unwrap()[2..].iter().zip(["start_notice", "close_notice"])
    {
        assert_eq!((&done["step"], &done["by"]), (&json!(step), &me));
        assert_eq!(done["paper_notice_id"], recorded["id"]);
    }
    assert_eq!(shown["steps_done"][1]["paper_notice_id"], Value::Null);
    let because =
        shown["steps_because"].as_array().unwrap().iter().find(|it| it["step"] == "approve").unwrap();
    assert_eq!(because["because"][0]["code"], "notice_on_paper", "{because}");
    assert_eq!(causes(&shown), ["notice_on_paper"]);
    assert_eq!(shown["outcome"], "pass");
    let twice = officer.posts("/v1/notices", body.clone()).await.expect_problem(409, "conflict");
    assert_eq!(twice["next_step"], "approve");
    town.decides("registrations", &case, "start_notice").await.expect_problem(409, "conflict");
    town.decides("registrations", &case, "execute").await.expect_problem(409, "conflict");

    // Anybody sees it, and nobody objects to it any more.
    let public = town.somebody(None);
    let listed = public.reads(&format!("/v1/notices?case_id={}", id(&case))).await["items"][0].clone();
    assert_eq!(listed, public.reads(&format!("/v1/notices/{}", id(&recorded))).await);
    assert_eq!((&listed["opened_on"], &listed["closed_on"]), (&json!("2021-08-01"), &json!("2021-08-12")));
    assert_eq!((&listed["on_paper"]["place"], &listed["content"]), (&json!("东村村务公开栏"), &Value::Null));
    public.gets(&format!("/v1/notices/{}/content", id(&recorded))).await.expect_problem(404, "not_found");
    let objection = json!({"text": "没有公示过"});
    let refused = public.posts(&format!("/v1/notices/{}/objections", id(&recorded)), objection).await;
    refused.expect_problem(409, "conflict");
    town.journal_size().await;
    let journal = town.auditor().reads(&format!("/v1/journal?subject_id={}", id(&recorded))).await;
    assert_eq!(journal["items"][0]["action"], "notice_recorded_on_paper", "{journal}");

    for step in ["approve", "execute"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    let asset = shown["asked"]["asset_id"].as_str().unwrap();
    let chain = town.auditor().reads(&format!("/v1/assets/{asset}/ownership-chain")).await;
    let noticed = &chain["links"][0]["grounds"]["paper_notice"];
    assert_eq!((&noticed["notice_id"], &noticed["document_id"]), (&recorded["id"], &json!(photograph)));
    assert_eq!((&noticed["place"], &noticed["closed_on"]), (&json!("东村村务公开栏"), &json!("2021-08-12")));

    // What hangs here hangs here.
    let case = registration(&town).await;
    posts(&town, "registrations", &case).await;
    let hangs = officer.posts("/v1/notices", paper(&case, &photograph)).await.expect_problem(409, "conflict");
    assert_eq!(hangs["next_step"], "close_notice");

    // What was made public here, and came to nothing, is not made public by a photograph.
    officer
        .posts(&format!("/v1/registrations/{}/decisions", id(&case)), json!({"step": "withdraw"}))
        .await
        .expect(200);
    let again = officer.creates("/v1/registrations", case["asked"].clone()).await;
    is_reviewed(&town, "registrations", &again).await;
    officer.posts("/v1/notices", paper(&again, &photograph)).await.expect_problem(409, "conflict");

    // Nor is what is registered of today.
    let mut of_today = registration(&town).await["asked"].clone();
    of_today["effective_on"] = json!(today(&town));
    let of_today = officer.creates("/v1/registrations", of_today).await;
    is_reviewed(&town, "registrations", &of_today).await;
    officer.posts("/v1/notices", paper(&of_today, &photograph)).await.expect_problem(409, "conflict");

    // One sheet that hung once shows many cases, and shows no other days.
    let case = registration(&town).await;
    is_reviewed(&town, "registrations", &case).await;
    let mut of_other_days = paper(&case, &photograph);
    of_other_days["closed_on"] = json!("2021-08-13");
    let refused = officer.posts("/v1/notices", of_other_days).await;
    let refused = refused.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(causes(&refused), ["photograph_of_other_days"]);
    let found = &refused["findings"][0];
    let message = found["message"].as_str().unwrap();
    assert!(message.contains(&format!("“first registration of {}”", today(&town))), "{message}");
    assert!(!message.contains(found["figures"]["case_id"].as_str().unwrap()), "{message}");
    assert!(!message.contains(found["figures"]["document_id"].as_str().unwrap()), "{message}");
    officer.posts("/v1/notices", paper(&case, &photograph)).await.expect(201);

    // Of two who record it at once, one does.
    let case = registration(&town).await;
    is_reviewed(&town, "registrations", &case).await;
    let both = join_all((0..4).map(|_| officer.posts("/v1/notices", paper(&case, &photograph)))).await;
    let mut statuses: Vec<_> = both.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

/// A lease of a shed that works from a day.
async fn lease(town: &Town, on: NaiveDate, late: bool) -> Value {
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let dues: Vec<_> =
        (0..5).map(|year| json!({"due_on": on + Months::new(12 * year), "amount_fen": 900_000})).collect();
    let mut lease = json!({
        "right": "management", "effective_on": on, "term": {"from": on, "to": on + Months::new(60)},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": dues}, "decision": town.decided(&minutes),
    });
    // The village decided a month before.
    lease["decision"]["decided_on"] = json!(on - Days::new(30));
    if late {
        lease["recorded_late"] = town.late();
    }
    let case = town.officer().creates("/v1/transfers", lease).await;
    is_reviewed(town, "transfers", &case).await;
    case
}

pub async fn what_was_done_long_ago_was_made_public_before_it_worked(town: Town) {
    let today = today(&town);
    // Nothing need hang from today on, so that this is told in a moment; ten days are asked of what was done before.
    sets(&town, today, Town::patient()).await;
    let officer = town.officer();
    let photograph = town.photograph().await;
    let worked = today - Days::new(200);
    let hung = |case: &Value, until: NaiveDate| {
        json!({
            "case_id": id(case), "opened_on": until - Days::new(11), "closed_on": until, "place": "东村村务公开栏",
            "document_id": photograph,
        })
    };
    for (on, late) in [(today, false), (today - Days::new(1), true), (worked, false)] {
        let case = lease(&town, on, late).await;
        let here = officer.posts("/v1/notices", hung(&case, worked)).await.expect_problem(409, "conflict");
        assert!(here["detail"].as_str().unwrap().contains("start_notice"), "{here}");
    }
    let case = lease(&town, worked, true).await;
    let dated_back = officer.posts("/v1/notices", hung(&case, worked + Days::new(1))).await;
    let dated_back = dated_back.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(causes(&dated_back), ["notice_after_effect"]);
    officer.posts("/v1/notices", hung(&case, worked)).await.expect(201);
    let shown = officer.reads(&format!("/v1/transfers/{}", id(&case))).await;
    assert_eq!((&shown["next_step"], causes(&shown)), (&json!("approve"), vec!["notice_on_paper"]));
    town.takes_through("transfers", &shown).await;

    // Without one, whoever approves is told, and what hangs here does as it is.
    let case = lease(&town, worked, true).await;
    for step in ["start_notice", "close_notice"] {
        town.decides("transfers", &case, step).await.expect(200);
    }
    let shown = officer.reads(&format!("/v1/transfers/{}", id(&case))).await;
    assert_eq!((&shown["outcome"], causes(&shown)), (&json!("pass"), vec!["notice_missing"]));
    town.takes_through("transfers", &shown).await;

    // What is put right now was never made public before.
    let asset = shown["asked"]["lots"][0]["asset_id"].clone();
    let other = town.party("village_collective", "西村股份经济合作社", EAST).await;
    let case = officer
        .creates(
            "/v1/corrections",
            json!({
                "asset_id": asset, "right": "ownership", "effective_on": "2022-01-01", "reason": "录入有误",
                "holders": [{"holder_id": other, "share": "1"}], "documents": [photograph],
            }),
        )
        .await;
    officer.posts("/v1/notices", hung(&case, worked)).await.expect_problem(409, "conflict");
}
