//! The life of a case: what it needs is what is needed now, and two people take part in it, always.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{COUNTY, EAST, Town, WEST, id},
};

/// An amount above which nothing goes.
const BEYOND: i64 = 9_007_199_254_740_991;

/// The county approves what is worth more than an amount; its notices need not hang.
async fn county_approves_above(town: &Town, fen: i64) {
    let mut values = Town::patient();
    values["county_approval_above_fen"] = json!(fen);
    let policy = json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// A case by who may read it, as it is now.
async fn shown(town: &Town, kind: &str, case: &Value) -> Value {
    town.auditor().reads(&format!("/v1/{kind}/{}", id(case))).await
}

/// The registration of a road, not yet decided on.
async fn a_road(town: &Town, owner: &str, minutes: &str) -> Value {
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    json!({"asset_id": road, "effective_on": "2021-08-01", "documents": [minutes], "decision": town.decided(minutes),
        "ownership": [{"holder_id": owner, "share": "1"}]})
}

async fn brought_to_its_execution(town: &Town, kind: &str, case: &Value) {
    for step in ["submit", "review", "start_notice", "close_notice"] {
        town.decides(kind, case, step).await.expect(200);
    }
}

/// What a refusal says comes next is what the case says, and that step is then taken.
async fn refused_for_what_is_next(town: &Town, kind: &str, case: &Value, step: &str, next: &str) {
    let refused = town.decides(kind, case, step).await.expect_problem(409, "conflict");
    assert_eq!(
        (&refused["next_step"], &refused["next_step_roles"]),
        (&json!(next), &json!(["county_approver"]))
    );
    let shown = shown(town, kind, case).await;
    assert_eq!(
        (&shown["next_step"], &shown["next_step_by"]["roles"]),
        (&json!(next), &json!(["county_approver"]))
    );
}

pub async fn a_case_goes_on_whatever_the_policy_becomes(town: Town) {
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let officer = town.officer();

    // The county comes in before the execution.
    county_approves_above(&town, BEYOND).await;
    let case = officer.creates("/v1/registrations", a_road(&town, &east, &minutes).await).await;
    assert!(!case["steps_required"].as_array().unwrap().contains(&json!("approve")), "{case}");
    brought_to_its_execution(&town, "registrations", &case).await;
    assert_eq!(shown(&town, "registrations", &case).await["next_step"], "execute");
    let path = format!("/v1/registrations/{}", id(&case));
    let tag = town.auditor().gets(&path).await.header("etag").to_owned();
    county_approves_above(&town, 0).await;
    refused_for_what_is_next(&town, "registrations", &case, "execute", "approve").await;
    assert_ne!(town.auditor().gets(&path).await.header("etag"), tag, "what a reader keeps is out of date");
    town.decides("registrations", &case, "approve").await.expect(200);
    assert_eq!(town.decides("registrations", &case, "execute").await.expect(200)["status"], "executed");

    // The county drops out before it approved.
    let case = officer.creates("/v1/registrations", a_road(&town, &east, &minutes).await).await;
    brought_to_its_execution(&town, "registrations", &case).await;
    assert_eq!(shown(&town, "registrations", &case).await["next_step"], "approve");
    county_approves_above(&town, BEYOND).await;
    refused_for_what_is_next(&town, "registrations", &case, "approve", "execute").await;
    assert_eq!(town.decides("registrations", &case, "execute").await.expect(200)["status"], "executed");

    // What was approved is approved, whether that is needed by now or not.
    county_approves_above(&town, 0).await;
    let case = officer.creates("/v1/registrations", a_road(&town, &east, &minutes).await).await;
    brought_to_its_execution(&town, "registrations", &case).await;
    town.decides("registrations", &case, "approve").await.expect(200);
    county_approves_above(&town, BEYOND).await;
    let approved = shown(&town, "registrations", &case).await;
    assert!(approved["steps_required"].as_array().unwrap().contains(&json!("approve")), "{approved}");
    let executed = town.decides("registrations", &case, "execute").await.expect(200);
    assert_eq!((&executed["status"], &executed["next_step"]), (&json!("executed"), &Value::Null));
    assert_eq!(executed["next_step_by"], Value::Null);
}

pub async fn a_case_goes_on_though_its_parties_turn_out_to_be_related(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let (from, to) = (today(&town), today(&town) + Days::new(365));
    let lease = json!({
        "right": "management", "effective_on": from, "term": {"from": from, "to": to}, "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": from, "amount_fen": 9_000_000}]},
        "decision": town.decided(&minutes),
    });
    let case = town.officer().creates("/v1/transfers", lease).await;
    assert_eq!((&case["outcome"], &case["findings"]), (&json!("pass"), &json!([])));
    brought_to_its_execution(&town, "transfers", &case).await;
    assert_eq!(shown(&town, "transfers", &case).await["next_step"], "execute");

    let stake =
        json!({"to_id": firm, "kind": "shareholder", "share": "1/4", "period": {"from": "2020-01-01"}});
    town.officer().creates(&format!("/v1/parties/{east}/relations"), stake).await;
    refused_for_what_is_next(&town, "transfers", &case, "execute", "approve").await;
    let approved = town.decides("transfers", &case, "approve").await.expect(200);
    assert_eq!(approved["findings"][0]["rule"], "L07");
    assert_eq!(town.decides("transfers", &case, "execute").await.expect(200)["status"], "executed");
}

pub async fn whoever_drafted_a_case_decides_nothing_in_it(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let roles = ["township_officer", "township_reviewer", "county_approver"];
    let alone = town.user("alone", &roles, None).await;
    let alone = town.somebody(Some(&alone));
    let me = alone.reads("/v1/me").await["id"].clone();
    let case = alone.creates("/v1/registrations", a_road(&town, &east, &minutes).await).await;
    let path = format!("/v1/registrations/{}/decisions", id(&case));
    let submitted = alone.posts(&path, json!({"step": "submit"})).await.expect(200);
    assert_eq!(submitted["next_step"], "review");
    assert_eq!(submitted["next_step_by"], json!({"roles": ["township_reviewer"], "not_by": [me]}));
    let before = town.journal_size().await;
    let refused = alone.posts(&path, json!({"step": "review"})).await.expect_problem(409, "four_eyes");
    assert!(refused["detail"].as_str().unwrap().contains("drafted"), "{refused}");
    assert_eq!(town.journal_size().await, before);

    // The database refuses it as well, whatever program writes.
    let forged = |step: &str| {
        format!(
            "insert into case_steps (case_id, ordinal, step, taken_by, taken_at) \
             select id, 9, '{step}', created_by, created_at from cases where status = 'submitted'"
        )
    };
    for step in ["review", "approve"] {
        let refused = Beside::of(&town).execute(&forged(step)).unwrap_err().to_string();
        assert!(refused.contains("case_drafter_decides") || refused.contains("decides nothing"), "{refused}");
    }

    // Somebody else reviews; the county is asked to approve, and not by whoever drafted.
    town.decides("registrations", &case, "review").await.expect(200);
    for step in ["start_notice", "close_notice"] {
        alone.posts(&path, json!({"step": step})).await.expect(200);
    }
    county_approves_above(&town, 0).await;
    alone.posts(&path, json!({"step": "approve"})).await.expect_problem(409, "four_eyes");
    let shown = shown(&town, "registrations", &case).await;
    assert!(shown["next_step_by"]["not_by"].as_array().unwrap().contains(&me), "{shown}");
    town.decides("registrations", &case, "approve").await.expect(200);
    town.decides("registrations", &case, "execute").await.expect(200);
}

pub async fn a_number_that_nothing_reads_says_so_when_it_is_set(town: Town) {
    let county = town.actor("county_approver");
    let policy =
        |values: Value| json!({"region_code": COUNTY, "effective_from": "2025-01-01", "values": values});
    let read = county.creates("/v1/policies", policy(json!({"notice_days": 5, "rent_floor_bp": 500}))).await;
    assert_eq!(read["warnings"], json!([]));

    let values = json!({"notice_days": 5, "idle_warn_days": 90});
    let set = county.creates("/v1/policies", policy(values.clone())).await;
    let warned: Vec<_> = set["warnings"].as_array().unwrap().iter().map(|it| &it["pointer"]).collect();
    assert_eq!(warned, [&json!("/values/idle_warn_days")]);
    assert_eq!(set["warnings"][0]["code"], "without_effect");
    assert!(set["warnings"][0]["detail"].as_str().unwrap().contains("nothing reads it yet"), "{set}");
    let path = format!("/v1/policies/{}", id(&set));
    let chinese = town.actor("county_approver").in_chinese().reads(&path).await;
    assert!(chinese["warnings"][0]["detail"].as_str().unwrap().contains("不起作用"), "{chinese}");
    let again = town.actor("county_approver").in_chinese().creates("/v1/policies", policy(values)).await;
    assert_eq!(again["warnings"], chinese["warnings"]);
    let kept = town.auditor().reads(&format!("/v1/policies/effective?region_code={EAST}")).await;
    assert_eq!(kept["values"]["idle_warn_days"], 90);
}

fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

fn decided_on(town: &Town, minutes: &str, day: NaiveDate) -> Value {
    let mut decision = town.decided(minutes);
    decision["decided_on"] = json!(day);
    decision
}

/// A lease of five years from a day on, for a yearly rent.
fn lease(asset: &str, [from, to, minutes]: [&str; 3], on: NaiveDate, rent: i64) -> Value {
    let due = |year: u32| on + chrono::Months::new(12 * year);
    let dues: Vec<_> = (0..5).map(|year| json!({"due_on": due(year), "amount_fen": rent})).collect();
    json!({
        "right": "management", "effective_on": on, "term": {"from": on, "to": due(5)}, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": dues},
    })
}

pub async fn a_village_decides_before_it_gives_and_confirms_what_was_when_it_likes(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let today = today(&town);

    // What a village owns since 2021 it may confirm today, and correct as well.
    let registration = json!({
        "asset_id": shed, "effective_on": "2021-08-01", "documents": [minutes], "decision": decided_on(&town, &minutes, today),
        "ownership": [{"holder_id": west, "share": "1"}],
    });
    let case = officer.creates("/v1/registrations", registration).await;
    assert_eq!(rules(&case), Vec::<&str>::new());
    town.takes_through("registrations", &case).await;
    let correction = json!({
        "asset_id": shed, "right": "ownership", "effective_on": "2021-08-01", "reason": "登记到邻村名下", "documents": [minutes],
        "holders": [{"holder_id": east, "share": "1"}], "decision": decided_on(&town, &minutes, today),
    });
    let case = officer.creates("/v1/corrections", correction).await;
    assert_eq!(rules(&case), Vec::<&str>::new(), "who loses by it has decided");
    town.takes_through("corrections", &case).await;

    // What it gives, or ends, it decides on before that works: on the day at the latest.
    let yesterday = today - Days::new(1);
    let mut given = lease(&shed, [&east, &firm, &minutes], yesterday, 3_900_000);
    given["decision"] = decided_on(&town, &minutes, today);
    let afterwards = officer.creates("/v1/transfers", given.clone()).await;
    assert_eq!((&afterwards["outcome"], rules(&afterwards)), (&json!("block"), vec!["L15"]));
    let figures = &afterwards["findings"][0]["figures"];
    assert_eq!((&figures["decided_on"], &figures["effective_on"]), (&json!(today), &json!(yesterday)));
    given["decision"] = decided_on(&town, &minutes, yesterday);
    let case = officer.creates("/v1/transfers", given).await;
    assert_eq!(rules(&case), Vec::<&str>::new());
    town.takes_through("transfers", &case).await;
    let ending = |on: NaiveDate| {
        json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": yesterday,
            "reason": "承租方提前退租", "documents": [minutes], "decision": decided_on(&town, &minutes, on)})
    };
    // The rent that fell due yesterday is given up by it, of which the county hears.
    assert_eq!(rules(&officer.creates("/v1/alterations", ending(today)).await), ["L15", "L20"]);
    assert_eq!(rules(&officer.creates("/v1/alterations", ending(yesterday)).await), ["L20"]);
}

pub async fn what_is_entered_long_after_its_day_goes_to_the_county(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", WEST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let today = today(&town);
    // Since last month a tenth of what was invested is asked for.
    let stricter = json!({"region_code": COUNTY, "effective_from": today - Days::new(30), "values": {"rent_floor_bp": 1000}});
    town.actor("county_approver").creates("/v1/policies", stricter).await;
    let asks_the_county =
        |case: &Value| case["steps_required"].as_array().unwrap().contains(&json!("approve"));
    let let_at = |days: u64, late: bool| {
        let mut lease = lease(&shed, [&east, &firm, &minutes], today - Days::new(days), 900_000);
        lease["decision"] = town.decided(&minutes);
        if late {
            lease["recorded_late"] = town.late();
        }
        lease
    };

    let unexplained = officer.creates("/v1/transfers", let_at(91, false)).await;
    assert_eq!((&unexplained["outcome"], rules(&unexplained)), (&json!("escalate"), vec!["L20", "L52"]));
    assert!(asks_the_county(&unexplained));
    let explained = officer.creates("/v1/transfers", let_at(91, true)).await;
    assert_eq!(
        (&explained["outcome"], rules(&explained)),
        (&json!("pass"), vec![]),
        "by the policy of its day"
    );
    assert!(asks_the_county(&explained), "the county knows of it");
    assert_eq!(explained["asked"]["recorded_late"], town.late());
    // What is entered in time is judged by today's policy, whatever it says of itself.
    for late in [false, true] {
        let in_time = officer.creates("/v1/transfers", let_at(90, late)).await;
        assert_eq!((&in_time["outcome"], rules(&in_time)), (&json!("escalate"), vec!["L20"]));
    }
    let case = town.takes_through("transfers", &explained).await;
    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain?kind=management")).await;
    let link = chain["links"].as_array().unwrap().iter().find(|it| it["case_id"] == case).unwrap();
    assert_eq!(link["grounds"]["recorded_late"], town.late());

    // An appraisal of years ago carries no sale of today that is dated back.
    let mut sale = json!({
        "right": "ownership", "effective_on": "2022-06-01", "documents": [minutes], "decision": town.decided(&minutes),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "price", "amount_fen": 12_000_000},
        "appraisal": {"value_fen": 12_000_000, "appraised_on": "2022-01-01", "appraiser_id": appraiser, "signatures": 2,
            "document_id": minutes},
    });
    let dated_back = officer.posts("/v1/transfers/check", sale.clone()).await.expect(200);
    assert_eq!((&dated_back["outcome"], rules(&dated_back)), (&json!("block"), vec!["L03", "L52"]));
    sale["recorded_late"] = town.late();
    let check = officer.posts("/v1/transfers/check", sale.clone()).await.expect(200);
    assert_eq!(rules(&check), Vec::<&str>::new());
    sale["decision"] = decided_on(&town, &minutes, today);
    let check = officer.posts("/v1/transfers/check", sale).await.expect(200);
    assert_eq!(
        rules(&check),
        ["L03", "L15"],
        "the village decided when the appraisal was stale, and afterwards"
    );
}
