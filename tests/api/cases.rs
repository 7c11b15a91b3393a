//! The life of a case: what it needs is what is needed now, and two people take part in it, always.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{COUNTY, EAST, Town, id},
};

/// An amount above which nothing goes.
const BEYOND: i64 = 9_007_199_254_740_991;

/// The county approves what is worth more than an amount; its notices need not hang.
async fn county_approves_above(town: &Town, fen: i64) {
    let values = json!({"notice_days": 0, "county_approval_above_fen": fen});
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
