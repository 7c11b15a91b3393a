//! What other numbers of a policy would have changed, as the county sees it before it sets them.

use chrono::{Months, NaiveDate};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{COUNTY, EAST, TOWNSHIP, Town, WEST, id},
};

/// An amount above which nothing goes.
const BEYOND: i64 = 9_007_199_254_740_991;

/// What a shed cost that is let here, in fen: the least rent of a year is 6 % of it.
const COST: i64 = 12_000_000;

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// The numbers of a county to which nothing goes but what a rule sends there.
fn patient() -> Value {
    let mut values = Town::patient();
    values["county_approval_above_fen"] = json!(BEYOND);
    values["late_entry_days"] = json!(3650);
    // What is let to one firm together is no matter here.
    values["exchange_required_above_fen"] = json!(BEYOND);
    values
}

async fn sets(town: &Town, region: &str, values: Value) {
    let policy = json!({"region_code": region, "effective_from": "2021-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

async fn simulates(town: &Town, region: &str, values: Value) -> Value {
    let asked = json!({"region_code": region, "values": values});
    town.actor("county_approver").posts("/v1/policies/simulate", asked).await.expect(200)
}

/// Whoever lets and whoever rents, with the minutes.
struct Village {
    owner: String,
    lessee: String,
    minutes: String,
    region: &'static str,
}

impl Village {
    async fn of(town: &Town, region: &'static str, name: &str) -> Self {
        Self {
            owner: town.party("village_collective", &format!("{name}股份经济合作社"), region).await,
            lessee: town.party("enterprise", &format!("{name}惠农农业科技有限公司"), region).await,
            minutes: town.document().await,
            region,
        }
    }

    async fn shed(&self, town: &Town) -> String {
        let project = json!({"code": uuid::Uuid::new_v4().to_string(), "name": "大棚项目", "year": 2021,
            "region_code": TOWNSHIP, "funding": [{"source": "central", "amount_fen": COST + 1}]});
        let project = town.officer().creates("/v1/projects", project).await;
        let shed = json!({"name": "日光温室大棚", "class": "operating", "category": "greenhouse", "region_code": self.region,
            "project_id": project["id"], "quantity": "1", "unit": "处", "original_value_fen": COST,
            "acquired_on": "2021-07-01", "service_life_months": 240, "residual_rate_bp": 500});
        let shed = id(&town.officer().creates("/v1/assets", shed).await);
        town.registers(&shed, &self.minutes, json!([{"holder_id": self.owner, "share": "1"}])).await;
        shed
    }

    /// A lease of a shed for a yearly rent, for some years from today on.
    async fn lets(&self, town: &Town, rent: i64, years: u32) -> Value {
        let shed = self.shed(town).await;
        let from = today(town);
        let due = |year: u32| from + Months::new(12 * year);
        let dues: Vec<_> = (0..years).map(|it| json!({"due_on": due(it), "amount_fen": rent})).collect();
        let asked = json!({
            "right": "management", "effective_on": from, "term": {"from": from, "to": due(years)}, "documents": [self.minutes],
            "lots": [{"asset_id": shed, "from_id": self.owner, "to_id": self.lessee, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": dues}, "decision": town.decided(&self.minutes),
        });
        town.officer().creates("/v1/transfers", asked).await
    }
}

fn told(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|it| it["case_id"].as_str().unwrap().to_owned()).collect()
}

fn turned(answer: &Value, before: &str, after: &str) -> u64 {
    let all = answer["outcomes"].as_array().unwrap();
    let found = all.iter().find(|it| it["before"] == before && it["after"] == after);
    found.map_or(0, |it| it["cases"].as_u64().unwrap())
}

fn rules(judged: &Value) -> Vec<&str> {
    judged["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

pub async fn a_county_sees_which_leases_a_higher_floor_would_have_sent_to_it(town: Town) {
    sets(&town, COUNTY, patient()).await;
    let east = Village::of(&town, EAST, "东村").await;
    let little = east.lets(&town, COST / 100 * 7, 3).await;
    let enough = east.lets(&town, COST / 100 * 9, 3).await;
    for case in [&little, &enough] {
        assert_eq!(case["outcome"], "pass", "{case}");
        assert_eq!(town.takes_through("transfers", case).await, id(case));
    }
    let open = east.lets(&town, COST / 100 * 7, 12).await;
    let withdrawn = east.lets(&town, COST / 100 * 7, 3).await;
    town.decides("transfers", &withdrawn, "withdraw").await.expect(200);
    let before = town.journal_size().await;

    let none = simulates(&town, COUNTY, json!({"rent_floor_bp": 700})).await;
    assert_eq!((told(&none), &none["changed"]), (vec![], &json!(0)), "7 % is what they pay: {none}");

    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!(told(&found), [id(&little), id(&open)], "{found}");
    // Three leases, four sheds registered: what was withdrawn is not looked at.
    assert_eq!((&found["examined"], &found["not_examined"]), (&json!(7), &json!(0)), "{found}");
    assert_eq!((turned(&found, "pass", "escalate"), turned(&found, "pass", "pass")), (2, 5), "{found}");
    assert_eq!((&found["newly_for_county"], &found["no_longer_for_county"]), (&json!(2), &json!(0)));
    assert_eq!((&found["next_after"], &found["warnings"]), (&Value::Null, &json!([])));
    let first = &found["items"][0];
    assert_eq!(first["executed_on"], json!(today(&town)));
    assert_eq!((&first["kind"], &first["region_code"]), (&json!("transfer"), &json!(EAST)));
    assert_eq!(
        (&first["before"]["outcome"], &first["before"]["county_approves"]),
        (&json!("pass"), &json!(false))
    );
    assert_eq!((rules(&first["before"]), rules(&first["after"])), (vec![], vec!["L20"]));
    assert_eq!(
        (&first["after"]["outcome"], &first["after"]["county_approves"]),
        (&json!("escalate"), &json!(true))
    );
    let steps = first["steps_required_after"].as_array().unwrap();
    assert!(steps.contains(&json!("approve")), "{first}");
    assert_eq!(
        (&found["items"][1]["status"], &found["items"][1]["executed_on"]),
        (&json!("draft"), &Value::Null)
    );

    // In portions of one case that changes: all of them together say the same.
    let mut asked = json!({"region_code": COUNTY, "values": {"rent_floor_bp": 800}, "limit": 1});
    let auditor = town.auditor();
    let (mut portions, mut examined) = (Vec::new(), 0);
    loop {
        let portion = auditor.posts("/v1/policies/simulate", asked.clone()).await.expect(200);
        portions.push(told(&portion));
        examined += portion["examined"].as_u64().unwrap();
        asked["after"] = portion["next_after"].clone();
        if asked["after"].is_null() {
            break;
        }
    }
    assert_eq!((portions, examined), (vec![vec![id(&little)], vec![id(&open)], vec![]], 7));

    // A shorter cap of the term blocks what is let for longer.
    let capped = simulates(&town, COUNTY, json!({"lease_term_cap_years": 10})).await;
    assert_eq!(told(&capped), [id(&open)], "{capped}");
    assert_eq!(turned(&capped, "pass", "block"), 1);
    let blocked = &capped["items"][0]["after"];
    assert_eq!((&blocked["outcome"], rules(blocked)), (&json!("block"), vec!["L18"]));
    // A lower limit takes all to the county, whatever is found.
    let limited = simulates(&town, COUNTY, json!({"county_approval_above_fen": 0})).await;
    assert_eq!((&limited["changed"], &limited["newly_for_county"]), (&json!(7), &json!(7)), "{limited}");
    assert_eq!(turned(&limited, "pass", "pass"), 7);

    // Before these days nothing was executed.
    let asked = json!({"region_code": COUNTY, "values": {"rent_floor_bp": 800}, "from": "2021-01-01", "to": "2021-06-01"});
    let earlier = auditor.posts("/v1/policies/simulate", asked).await.expect(200);
    assert_eq!((told(&earlier), &earlier["examined"]), (vec![id(&open)], &json!(1)));
    assert_eq!(town.journal_size().await, before, "nothing is stored");
    let effective = auditor.reads(&format!("/v1/policies/effective?region_code={EAST}")).await;
    assert_eq!(effective["values"]["rent_floor_bp"], 600);
}

pub async fn a_number_of_its_own_wins_in_a_township(town: Town) {
    sets(&town, COUNTY, patient()).await;
    let (east, west) = (Village::of(&town, EAST, "东村").await, Village::of(&town, WEST, "西村").await);
    let (of_east, of_west) =
        (east.lets(&town, COST / 100 * 7, 3).await, west.lets(&town, COST / 100 * 7, 3).await);
    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!(told(&found), [id(&of_east), id(&of_west)], "{found}");

    // What was set after the look, and for days before it, did not judge it: the case is looked at anew at its next step.
    sets(&town, EAST, json!({"rent_floor_bp": 500})).await;
    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!(told(&found), [id(&of_east), id(&of_west)], "{found}");
    for case in [&of_east, &of_west] {
        town.decides("transfers", case, "submit").await.expect(200);
    }
    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!(told(&found), [id(&of_west)], "{found}");
    assert_eq!(found["items"][0]["status"], "submitted");
    let found = simulates(&town, EAST, json!({"rent_floor_bp": 800})).await;
    assert_eq!(told(&found), [id(&of_east)], "a region sees its own cases: {found}");
}

pub async fn a_case_of_an_earlier_release_is_counted(town: Town) {
    sets(&town, COUNTY, patient()).await;
    let east = Village::of(&town, EAST, "东村").await;
    let (executed, open) =
        (east.lets(&town, COST / 100 * 7, 3).await, east.lets(&town, COST / 100 * 7, 3).await);
    town.takes_through("transfers", &executed).await;
    // As that release left them: without their facts.
    let mut beside = Beside::of(&town);
    for case in [&executed, &open] {
        let key = match &beside {
            Beside::Sqlite(_) => format!("x'{}'", id(case).replace('-', "")),
            Beside::Postgres(_) => format!("'{}'", id(case)),
        };
        let removed = beside.execute(&format!("delete from case_facts where case_id = {key}")).unwrap();
        assert_eq!(removed, 1);
    }

    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!((told(&found), &found["examined"], &found["not_examined"]), (vec![], &json!(2), &json!(2)));
    town.decides("transfers", &open, "submit").await.expect(200);
    let found = simulates(&town, COUNTY, json!({"rent_floor_bp": 800})).await;
    assert_eq!((told(&found), &found["not_examined"]), (vec![id(&open)], &json!(1)), "{found}");
}

pub async fn a_due_day_that_follows_from_the_policy_follows_from_the_proposed_one(town: Town) {
    sets(&town, COUNTY, patient()).await;
    let east = Village::of(&town, EAST, "东村").await;
    let day = today(&town);
    let appraiser = town.party("enterprise", "公允资产评估有限公司", EAST).await;
    let appraised = json!({"value_fen": COST, "appraised_on": day, "appraiser_id": appraiser, "signatures": 2,
        "document_id": east.minutes});
    let mut sold = Vec::new();
    for due_in in [None, Some(20)] {
        let shed = east.shed(&town).await;
        let mut asked = json!({
            "right": "ownership", "effective_on": day, "documents": [east.minutes], "appraisal": appraised,
            "lots": [{"asset_id": shed, "from_id": east.owner, "to_id": east.lessee, "share": "1"}],
            "consideration": {"kind": "price", "amount_fen": COST}, "decision": town.decided(&east.minutes),
        });
        if let Some(days) = due_in {
            asked["proceeds_due_on"] = json!(day + chrono::Days::new(days));
        }
        sold.push(town.officer().creates("/v1/transfers", asked).await);
    }
    let mill = east.shed(&town).await;
    let scrapped = json!({"kind": "disposal", "asset_id": mill, "cause": "other", "way": "scrapping", "effective_on": day,
        "reason": "设备老化", "proceeds_fen": 1_000_000, "payer_id": east.lessee, "documents": [east.minutes],
        "decision": town.decided(&east.minutes)});
    let scrapped = town.officer().creates("/v1/alterations", scrapped).await;
    let late = |found: &Value| -> Vec<String> {
        let items = found["items"].as_array().unwrap().iter();
        let is_late = |it: &&Value| {
            let after = it["after"]["findings"].as_array().unwrap();
            after.iter().any(|it| it["cause"] == "proceeds_due_late")
        };
        items.filter(is_late).map(|it| it["case_id"].as_str().unwrap().to_owned()).collect()
    };

    // What falls due by the policy falls due by the proposed one: only a day that was agreed on is later than that allows.
    let found = simulates(&town, COUNTY, json!({"proceeds_due_days": 10})).await;
    assert_eq!((late(&found), told(&found)), (vec![id(&sold[1])], vec![id(&sold[1])]), "{found}");
    assert_eq!(found["warnings"], json!([]), "{found}");
    assert!(found["examined"].as_u64().unwrap() >= 3 && !scrapped["id"].is_null(), "{found}");
    let found = simulates(&town, COUNTY, json!({"proceeds_due_days": 20})).await;
    assert_eq!(told(&found), Vec::<String>::new(), "{found}");
}

pub async fn what_cannot_be_set_cannot_be_simulated(town: Town) {
    let county = town.actor("county_approver");
    let faults = |answer: Value| -> Vec<(String, String)> {
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        answer["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (text(&it["pointer"]), text(&it["code"])))
            .collect()
    };
    for (asked, wanted) in [
        (json!({"after": uuid::Uuid::nil()}), ("/after", "not_found")),
        (json!({"values": {"lease_term_cap_years": 21}}), ("/values/lease_term_cap_years", "too_large")),
        (
            json!({"values": {"arrears_warn_days": 60, "arrears_escalate_days": 30}}),
            ("/values/arrears_escalate_days", "contradicts"),
        ),
        (json!({"values": {"notice_hours": 3}}), ("/values/notice_hours", "unknown_field")),
        (json!({"from": "2031-01-01"}), ("/from", "in_future")),
        (json!({"from": "2025-01-01", "to": "2025-01-01"}), ("/to", "dates_reversed")),
        (json!({"limit": 0}), ("/limit", "too_small")),
    ] {
        let mut body = json!({"region_code": COUNTY, "values": {}});
        body.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let refused =
            county.posts("/v1/policies/simulate", body).await.expect_problem(422, "validation_failed");
        assert_eq!(faults(refused), [(wanted.0.to_owned(), wanted.1.to_owned())], "{asked}");
    }
    let body = |region: &str| json!({"region_code": region, "values": {"notice_days": 5, "idle_warn_days": 90, "related_party_depth": 6}});
    let told = county.posts("/v1/policies/simulate", body(COUNTY)).await.expect(200);
    let codes: Vec<_> =
        told["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["no_outcome", "without_effect", "partly_simulated"], "{told}");
    let elsewhere = town.user_in("of_west", &["county_approver"], WEST, None).await;
    let elsewhere = town.somebody(Some(&elsewhere));
    elsewhere.posts("/v1/policies/simulate", body(COUNTY)).await.expect_problem(403, "out_of_scope");
    elsewhere.posts("/v1/policies/simulate", body(WEST)).await.expect(200);
    let officer = town.officer().posts("/v1/policies/simulate", body(COUNTY)).await;
    officer.expect_problem(403, "permission_denied");
}
