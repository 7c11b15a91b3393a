//! Acts by the law of their day: what a village decided, for how long land is let, who lets on, and who owes rent.

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};

use crate::town::{COUNTY, EAST, TOWNSHIP, Town, id};

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// Notices need not hang; all other numbers are the country's.
async fn notices_do_not_hang(town: &Town) {
    let policy = json!({"region_code": COUNTY, "effective_from": "2000-01-01", "values": {"notice_days": 0}});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

/// What an act is found to be: what it comes to, and each cause with what it does, told by rule.
async fn found(town: &Town, deal: &Value) -> (String, Vec<(String, String)>) {
    let check = town.officer().posts("/v1/transfers/check", deal.clone()).await.expect(200);
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let all = check["findings"].as_array().unwrap();
    (text(&check["outcome"]), all.iter().map(|it| (text(&it["rule"]), text(&it["severity"]))).collect())
}

fn finds(outcome: &str, findings: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    (
        outcome.to_owned(),
        findings.iter().map(|(rule, severity)| ((*rule).to_owned(), (*severity).to_owned())).collect(),
    )
}

fn decided(on: impl ToString, body: &str, [members, attended, in_favour]: [u32; 3], minutes: &str) -> Value {
    json!({"body": body, "decided_on": on.to_string(), "members": members, "attended": attended, "in_favour": in_favour,
        "document_id": minutes})
}

/// A lease of an asset for some years from a day on, at a yearly rent that falls due ahead.
fn lease(asset: &str, [from, to, minutes]: [&str; 3], (on, years): (NaiveDate, u32), rent: i64) -> Value {
    let due = |year: u32| on + Months::new(12 * year);
    let dues: Vec<_> = (0..years).map(|year| json!({"due_on": due(year), "amount_fen": rent})).collect();
    json!({
        "right": "management", "effective_on": on, "term": {"from": on, "to": due(years)}, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": dues},
    })
}

pub async fn a_decision_is_measured_by_the_law_of_its_day(town: Town) {
    notices_do_not_hang(&town).await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let of = |on: &str, decision: Value| {
        let mut act = lease(&shed, [&east, &firm, &minutes], (on.parse().unwrap(), 5), 900_000);
        act["decision"] = decision;
        act["recorded_late"] = town.late();
        act
    };
    let by = |on: &str, votes| decided(on, "members_assembly", votes, &minutes);
    let delegates = |on: &str, votes| decided(on, "delegates_assembly", votes, &minutes);

    // Before the law on collectives half of the villagers came, and half of those who came agreed; since then two thirds of all.
    assert_eq!(found(&town, &of("2025-06-01", by("2025-04-30", [100, 51, 26]))).await, finds("pass", &[]));
    assert_eq!(
        found(&town, &of("2025-06-01", delegates("2025-04-30", [30, 20, 11]))).await,
        finds("pass", &[])
    );
    let blocked = finds("block", &[("L15", "block")]);
    assert_eq!(found(&town, &of("2025-06-01", by("2025-04-30", [100, 50, 50]))).await, blocked);
    assert_eq!(found(&town, &of("2025-06-01", by("2025-05-01", [100, 51, 26]))).await, blocked);
    assert_eq!(found(&town, &of("2025-06-01", by("2025-05-01", [100, 67, 67]))).await, finds("pass", &[]));
    let check = town
        .officer()
        .posts("/v1/transfers/check", of("2025-06-01", by("2025-04-30", [100, 50, 50])))
        .await
        .expect(200);
    let finding = &check["findings"][0];
    assert!(finding["basis"].as_str().unwrap().contains("村民委员会组织法"), "{finding}");
    assert!(finding["cure"].as_str().unwrap().contains("must decide anew"), "{finding}");

    // Nobody gains by dating a decision far back.
    let old = |votes| of("2025-06-01", by("2022-05-01", votes));
    assert_eq!(found(&town, &old([100, 51, 26])).await, finds("block", &[("L15", "block"), ("L15", "warn")]));
    assert_eq!(found(&town, &old([100, 70, 67])).await, finds("pass", &[("L15", "warn")]));
    // An assembly of one is looked at by the county.
    let alone = of("2025-06-01", by("2025-05-01", [1, 1, 1]));
    assert_eq!(found(&town, &alone).await, finds("escalate", &[("L15", "escalate")]));

    // What nothing shows is told before the chain tells it.
    let mut bare = of("2025-06-01", by("2025-04-30", [100, 51, 26]));
    bare["documents"] = json!([]);
    assert_eq!(found(&town, &bare).await, finds("pass", &[("L32", "warn")]));
}

pub async fn land_is_let_for_as_long_as_its_kind_may_be(town: Town) {
    notices_do_not_hang(&town).await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let grower = town.party("enterprise", "绿源林业有限公司", EAST).await;
    let minutes = town.document().await;
    let project = officer
        .creates(
            "/v1/projects",
            json!({
                "code": "LD-2012-01", "name": "造林项目", "year": 2012, "region_code": TOWNSHIP,
                "funding": [{"source": "central", "amount_fen": 12_000_001}],
            }),
        )
        .await;
    let mut land = Vec::new();
    for category in ["arable_land", "grassland", "forest_land"] {
        let body = json!({
            "name": "集体土地", "class": "operating", "category": category, "region_code": EAST, "project_id": project["id"],
            "quantity": "1", "unit": "亩", "original_value_fen": 4_000_000, "acquired_on": "2004-07-01",
            "service_life_months": 1200, "residual_rate_bp": 500,
        });
        let asset = id(&officer.creates("/v1/assets", body).await);
        let registration = json!({
            "asset_id": asset, "effective_on": "2004-08-01", "documents": [minutes],
            "ownership": [{"holder_id": east, "share": "1"}],
            "decision": decided("2004-07-20", "members_assembly", [100, 80, 75], &minutes),
        });
        let case = officer.creates("/v1/registrations", registration).await;
        town.takes_through("registrations", &case).await;
        land.push(asset);
    }
    let of = |asset: &str, years: u32, votes| {
        let mut act =
            lease(asset, [&east, &grower, &minutes], ("2005-05-01".parse().unwrap(), years), 300_000);
        act["decision"] = decided("2005-04-20", "delegates_assembly", votes, &minutes);
        act["recorded_late"] = town.late();
        act
    };
    for (asset, years) in land.iter().zip([30, 50, 70]) {
        assert_eq!(found(&town, &of(asset, years, [30, 24, 20])).await, finds("pass", &[]));
        let longer = finds("block", &[("L18", "block")]);
        assert_eq!(found(&town, &of(asset, years + 1, [30, 24, 20])).await, longer);
        let few = finds("block", &[("L15", "block")]);
        assert_eq!(found(&town, &of(asset, years, [30, 24, 19])).await, few);
    }
    let case = officer.creates("/v1/transfers", of(&land[2], 70, [30, 24, 20])).await;
    town.takes_through("transfers", &case).await;
}

pub async fn what_a_firm_rents_is_let_on_with_the_owners_consent_and_not_for_much_more(town: Town) {
    notices_do_not_hang(&town).await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let grower = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let today = today(&town);
    let agreed = decided(today, "members_assembly", [100, 80, 75], &minutes);
    let mut head = lease(&shed, [&east, &firm, &minutes], (today, 5), 900_000);
    head["decision"] = agreed.clone();
    let case = officer.creates("/v1/transfers", head).await;
    assert_eq!(case["findings"], json!([]));
    town.takes_through("transfers", &case).await;

    let let_on = |rent: i64| lease(&shed, [&firm, &grower, &minutes], (today, 2), rent);
    let both = finds("escalate", &[("L09", "escalate"), ("L26", "escalate")]);
    assert_eq!(found(&town, &let_on(9_000_000)).await, both);
    let consented = |rent: i64| {
        let mut act = let_on(rent);
        let mut decision = agreed.clone();
        decision["by_id"] = json!(east);
        act["decisions"] = json!([decision]);
        act
    };
    assert_eq!(found(&town, &consented(9_000_000)).await, finds("escalate", &[("L09", "escalate")]));
    assert_eq!(found(&town, &consented(1_080_001)).await, finds("escalate", &[("L09", "escalate")]));
    assert_eq!(found(&town, &consented(1_080_000)).await, finds("pass", &[]));
    let mut in_writing = let_on(1_080_000);
    in_writing["owner_consent_id"] = json!(minutes);
    assert_eq!(found(&town, &in_writing).await, finds("pass", &[]));
    let check = officer.posts("/v1/transfers/check", let_on(1_080_000)).await.expect(200);
    let finding = &check["findings"][0];
    assert_eq!((&finding["rule"], &finding["figures"]["owner_id"]), (&json!("L26"), &json!(east)));
    assert!(finding["cure"].as_str().unwrap().contains("six months"), "{finding}");
    let case = officer.creates("/v1/transfers", consented(1_080_000)).await;
    town.takes_through("transfers", &case).await;
}

pub async fn whoever_owes_rent_is_let_nothing_again_before_it_is_paid(town: Town) {
    notices_do_not_hang(&town).await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let (shed, barn) = (town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await);
    let today = today(&town);
    let start = today - Months::new(12) - Days::new(10);
    let over = start + Months::new(12);
    let mut first = lease(&shed, [&east, &firm, &minutes], (start, 1), 900_000);
    first["decision"] = decided(start, "members_assembly", [100, 80, 75], &minutes);
    first["recorded_late"] = town.late();
    let case = officer.creates("/v1/transfers", first).await;
    assert_eq!(case["findings"], json!([]));
    town.takes_through("transfers", &case).await;

    let decision = decided(over, "members_assembly", [100, 80, 75], &minutes);
    let renewal = json!({
        "kind": "renewal", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": over,
        "term": {"from": over, "to": over + Months::new(12)}, "reason": "续租", "documents": [minutes],
        "schedule": [{"due_on": over, "amount_fen": 900_000}], "decision": decision,
    });
    let blocked = officer.creates("/v1/alterations", renewal.clone()).await;
    let finding = &blocked["findings"][0];
    assert_eq!((&blocked["outcome"], &finding["rule"]), (&json!("block"), &json!("L23")), "{blocked}");
    assert!(finding["cure"].as_str().unwrap().contains("before it is let to it again"), "{finding}");
    assert_eq!(finding["figures"]["overdue_fen"], 900_000);
    let mut another = lease(&barn, [&east, &firm, &minutes], (today, 1), 900_000);
    another["decision"] = decision.clone();
    assert_eq!(found(&town, &another).await, finds("escalate", &[("L23", "escalate")]));
    let contracts = town.auditor().reads(&format!("/v1/contracts?asset_id={shed}")).await;
    let receipt = json!({
        "asset_id": shed, "contract_id": contracts["items"][0]["id"], "kind": "rent", "payer_id": firm, "amount_fen": 900_000,
        "received_on": today, "period": {"from": start, "to": over},
    });
    officer.creates("/v1/receipts", receipt).await;
    assert_eq!(found(&town, &another).await, finds("pass", &[]));
    let case = officer.creates("/v1/alterations", renewal).await;
    assert_eq!(case["findings"], json!([]));
    town.takes_through("alterations", &case).await;
}
