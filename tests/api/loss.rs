//! How value was really lost, and by which doors nobody gets any further: contracts that stand under no right, and rights that are
//! registered for nothing.

use serde_json::{Value, json};

use crate::town::{EAST, Town, WEST, id};

/// The rules that found something.
fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

/// What one of them says, in the language of the answer.
fn said<'a>(answer: &'a Value, rule: &str) -> &'a str {
    let of_rule = |it: &&Value| it["rule"] == rule;
    answer["findings"].as_array().unwrap().iter().find(of_rule).unwrap()["message"].as_str().unwrap()
}

/// A rent of an amount on the first day of each year from one on, up to another.
fn yearly(from: i32, to: i32, amount: i64) -> Value {
    (from..to).map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": amount})).collect()
}

pub async fn a_contract_is_recorded_with_what_is_found_of_it(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let let_by = |lessor: &str, from: i32, to: i32, amount: i64| {
        json!({"asset_ids": [shed], "lessor_id": lessor, "lessee_id": firm,
            "term": {"from": format!("{from}-01-01"), "to": format!("{to}-01-01")},
            "schedule": yearly(from, to, amount)})
    };
    // Fifty years for next to nothing, by a village that owns none of it, of which nobody decided anything.
    let strange = officer.creates("/v1/contracts", let_by(&west, 2022, 2072, 1)).await;
    assert_eq!(rules(&strange), ["L10", "L15", "L18", "L20", "L52"]);
    assert!(said(&strange, "L10").contains("西村股份经济合作社"), "{strange}");
    assert_eq!(strange["stands_under"], json!([]));

    // The same by its owner, soundly: what is left to do is to register it.
    let mut sound = let_by(&east, 2022, 2030, 720_000);
    sound["recorded_late"] = town.late();
    sound["decision"] = town.decided(&minutes);
    sound["documents"] = json!([minutes]);
    let sound = officer.creates("/v1/contracts", sound).await;
    assert_eq!(rules(&sound), ["L25"]);
    assert_eq!(sound["papers"]["decision"], town.decided(&minutes));
    assert_eq!(officer.reads(&format!("/v1/contracts/{}", id(&sound))).await["findings"], sound["findings"]);
    // Letting it a second time is found.
    let again = officer.creates("/v1/contracts", let_by(&east, 2026, 2033, 720_000)).await;
    assert!(rules(&again).contains(&"L11"), "{again}");
}

pub async fn a_lease_of_today_is_no_contract_of_before(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let asked = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": town.today(), "to": "2076-01-01"}, "decision": town.decided(&minutes),
        "schedule": [{"due_on": town.today(), "amount_fen": 1}]});
    let refused = officer.posts("/v1/contracts", asked).await;
    let problem = refused.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(rules(&problem), ["L18", "L20", "L25"]);
    assert!(problem["detail"].as_str().unwrap().contains("/v1/transfers"), "{problem}");
    assert_eq!(officer.reads(&format!("/v1/contracts?asset_id={shed}")).await["items"], json!([]));
}

pub async fn what_is_let_by_a_contract_is_not_let_again(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let grower = town.party("person", "王小农", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
        "term": {"from": "2022-01-01", "to": "2030-01-01"}, "schedule": yearly(2022, 2030, 720_000)});
    let contract = officer.creates("/v1/contracts", contract).await;
    let lease = |to: &str, from: &str| {
        json!({"right": "management", "lots": [{"asset_id": shed, "from_id": east, "to_id": to, "share": "1"}],
            "effective_on": from, "term": {"from": from, "to": "2032-01-01"}, "recorded_late": town.late(),
            "consideration": {"kind": "rent", "schedule": [{"due_on": from, "amount_fen": 20_000_000}]},
            "decision": town.decided(&minutes), "documents": [minutes]})
    };
    let other = officer.posts("/v1/transfers/check", lease(&grower, "2025-01-01")).await.expect(200);
    assert_eq!(other["outcome"], "block");
    assert_eq!(other["findings"][0]["rule"], "L11");
    assert_eq!(other["findings"][0]["figures"]["others"], json!([id(&contract)]));
    // After it, or to whoever rents by it: that gives the contract the right under which it stands.
    let after = officer.posts("/v1/transfers/check", lease(&grower, "2030-01-01")).await.expect(200);
    assert!(!rules(&after).contains(&"L11"), "{after}");
    let right = officer.posts("/v1/transfers/check", lease(&firm, "2022-01-01")).await.expect(200);
    // By other terms rent would be owed twice.
    assert_eq!((&right["outcome"], rules(&right).contains(&"L11")), (&json!("escalate"), true), "{right}");
}

pub async fn a_lease_that_stands_is_registered_with_the_asset(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let asked = |management: Value| {
        json!({"asset_id": shed, "effective_on": "2023-08-01", "documents": [minutes], "recorded_late": town.late(),
            "ownership": [{"holder_id": east, "share": "1"}], "management": management,
            "decision": town.decided(&minutes)})
    };
    // For ever, and for nothing.
    let given = officer.creates("/v1/registrations", asked(json!([{"holder_id": firm, "share": "1"}]))).await;
    assert_eq!((given["outcome"].as_str(), rules(&given)), (Some("block"), vec!["L05"]));
    // For a term, but nobody knows for how much: the county agrees to it, or the contract is found.
    let term = json!({"from": "2022-01-01", "to": "2030-01-01"});
    let unpaid = asked(json!([{"holder_id": firm, "share": "1", "term": term}]));
    let unpaid = officer.creates("/v1/registrations", unpaid).await;
    assert_eq!((unpaid["outcome"].as_str(), rules(&unpaid)), (Some("escalate"), vec!["L25"]));
    // As it was agreed, from before the registration on.
    let contract = json!({"schedule": yearly(2022, 2030, 800_000)});
    let standing = json!([{"holder_id": firm, "share": "1", "term": term, "contract": contract}]);
    let case = officer.creates("/v1/registrations", asked(standing)).await;
    assert_eq!((case["outcome"].as_str(), rules(&case)), (Some("pass"), vec![]));
    for step in ["submit", "review", "start_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    let notices = officer.reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let right = &notices["items"][0]["content"]["rights"][1];
    assert_eq!(right["term"], term, "{notices}");
    assert_eq!(right["rent"].as_array().unwrap().len(), 8, "{notices}");
    for step in ["close_notice", "approve", "execute"] {
        town.decides("registrations", &case, step).await.expect(200);
    }

    let rights = officer.reads(&format!("/v1/assets/{shed}/rights?as_of=2024-01-01")).await;
    let management = &rights["management"][0];
    assert_eq!((&management["holder_id"], &management["since"]), (&json!(firm), &json!("2023-08-01")));
    let later = officer.reads(&format!("/v1/assets/{shed}/rights?as_of=2030-01-01")).await;
    assert_eq!(later["management"][0]["holder_id"], json!(east));
    let contracts = officer.reads(&format!("/v1/contracts?asset_id={shed}")).await;
    let contract = &contracts["items"][0];
    assert_eq!((&contract["term"], &contract["lessor_id"]), (&term, &json!(east)));
    let under = &contract["stands_under"][0];
    assert_eq!((&under["holder_id"], &under["share"]), (&json!(firm), &json!("1/1")));
    // It ends like any lease.
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm,
        "effective_on": "2026-01-01", "reason": "承租方提前退租", "documents": [minutes],
        "decision": town.decided(&minutes), "recorded_late": town.late()});
    let ended = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &ended).await;
    let contract = officer.reads(&format!("/v1/contracts/{}", id(contract))).await;
    assert_eq!(contract["ended_on"], "2026-01-01");
}

pub async fn what_stands_wrongly_is_refused_at_its_field(town: Town) {
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let asked = |granted: Value, right: &str| {
        let mut asked = json!({"asset_id": shed, "effective_on": "2023-08-01", "documents": [minutes],
            "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes)});
        asked[right] = json!([granted]);
        asked
    };
    let contract = json!({"schedule": yearly(2022, 2024, 800_000)});
    let grant = |term: Value| json!({"holder_id": firm, "share": "1", "term": term, "contract": contract});
    for (asked, at) in [
        // Over before it is registered.
        (
            asked(grant(json!({"from": "2022-01-01", "to": "2023-08-01"})), "management"),
            "/management/0/term/to",
        ),
        // Before there was anything to let.
        (
            asked(grant(json!({"from": "2012-01-01", "to": "2032-01-01"})), "management"),
            "/management/0/term/from",
        ),
        (
            asked(grant(json!({"from": "2025-01-01", "to": "2022-01-01"})), "management"),
            "/management/0/term/to",
        ),
        (asked(grant(json!(null)), "management"), "/management/0/term"),
        (asked(grant(json!({"from": "2022-01-01", "to": "2032-01-01"})), "income"), "/income/0/contract"),
    ] {
        let problem = officer.posts("/v1/registrations", asked).await.expect(422);
        let pointers: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str()).collect();
        assert!(pointers.contains(&Some(at)), "{at}: {problem}");
    }
}

pub async fn a_public_road_is_nobodys_business(town: Town) {
    let officer = town.officer();
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let road = town.asset("public_welfare", "road", 50_000_000).await;
    let case = officer
        .creates(
            "/v1/registrations",
            json!({"asset_id": road, "effective_on": "2021-08-01", "documents": [minutes],
            "ownership": [{"holder_id": firm, "share": "1"}]}),
        )
        .await;
    assert_eq!((case["outcome"].as_str(), rules(&case)), (Some("escalate"), vec!["L47"]));
}

pub async fn the_rules_tell_what_they_look_for(town: Town) {
    let told = town.auditor().reads("/v1/loss-rules").await;
    let items = told["items"].as_array().unwrap();
    let cap = items.iter().find(|it| it["id"] == "L18").unwrap();
    assert!(cap["parameters"].as_array().unwrap().contains(&json!("lease_term_cap_years")), "{cap}");
    let kinds = cap["applies_to"].as_array().unwrap();
    assert!(kinds.contains(&json!("transfer")) && kinds.contains(&json!("contract")), "{cap}");
    assert!(cap["causes"].as_array().unwrap().iter().any(|it| it["code"] == "term_above_cap"), "{cap}");
    let chinese = town.auditor().in_chinese().reads("/v1/loss-rules").await;
    assert_ne!(chinese["items"][0]["name"], items[0]["name"]);
    town.somebody(None).gets("/v1/loss-rules").await.expect_problem(401, "unauthenticated");
}

pub async fn a_lease_on_record_by_its_contract_is_registered_once(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let term = json!({"from": "2022-01-01", "to": "2030-01-01"});
    let schedule = yearly(2022, 2030, 800_000);
    let mut contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "term": term,
        "schedule": schedule, "recorded_late": town.late(), "documents": [minutes]});
    contract["decision"] = town.decided(&minutes);
    let recorded = officer.creates("/v1/contracts", contract.clone()).await;
    assert_eq!(rules(&recorded), ["L25"]);
    // Word for word the same is that one.
    let again = officer.posts("/v1/contracts", contract).await.expect_problem(409, "conflict");
    assert_eq!(again["contract_id"], json!(id(&recorded)));
    // What would be found more of once it is put right at once goes through a case.
    let path = format!("/v1/contracts/{}", id(&recorded));
    let seen = officer.gets(&path).await.header("ETag").to_owned();
    let longer =
        json!({"corrected": {"term": {"from": "2022-01-01", "to": "2047-01-01"}}, "reason": "期限录入有误"});
    let refused = officer
        .request(reqwest::Method::POST, &format!("{path}/corrections"))
        .header("If-Match", seen)
        .json(&longer)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 409);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "blocked_by_loss_check", "{problem}");
    assert!(rules(&problem).contains(&"L18"), "{problem}");
    // Registered with a contract of its own it would be owed twice; without, it gives the right to the one there is.
    let asked = |own: Value| {
        let mut lease = json!({"holder_id": firm, "share": "1", "term": term});
        if own != Value::Null {
            lease["contract"] = json!({"schedule": own});
        }
        json!({"asset_id": shed, "effective_on": "2023-08-01", "documents": [minutes], "management": [lease],
            "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes),
            "recorded_late": town.late()})
    };
    let mut dearer = schedule.clone();
    dearer[0]["amount_fen"] = json!(900_000);
    let twice = officer.creates("/v1/registrations", asked(dearer)).await;
    assert_eq!((twice["outcome"].as_str(), rules(&twice)), (Some("block"), vec!["L11"]));
    let once = officer.creates("/v1/registrations", asked(Value::Null)).await;
    assert_eq!((once["outcome"].as_str(), rules(&once)), (Some("pass"), vec![]));
    town.takes_through("registrations", &once).await;
    let contracts = officer.reads(&format!("/v1/contracts?asset_id={shed}")).await;
    assert_eq!(contracts["items"].as_array().unwrap().len(), 1, "{contracts}");
    assert_eq!(contracts["items"][0]["stands_under"][0]["holder_id"], json!(firm));
}

pub async fn a_correction_gives_nobody_what_is_the_villages_for_ever(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let asked = |until: Value| {
        json!({"asset_id": shed, "right": "management", "effective_on": "2022-01-01", "until": until,
            "holders": [{"holder_id": firm, "share": "1"}], "reason": "首次登记时漏登租赁", "documents": [minutes],
            "decision": town.decided(&minutes)})
    };
    let for_ever = officer.creates("/v1/corrections", asked(Value::Null)).await;
    assert_eq!(for_ever["outcome"], "block", "{for_ever}");
    assert!(rules(&for_ever).contains(&"L05"), "{for_ever}");
    let too_long = officer.creates("/v1/corrections", asked(json!("2062-01-01"))).await;
    assert!(rules(&too_long).contains(&"L18"), "{too_long}");
    let for_term = officer.creates("/v1/corrections", asked(json!("2030-01-01"))).await;
    assert_eq!(for_term["outcome"], "escalate", "{for_term}");
    assert!(rules(&for_term).contains(&"L05"), "{for_term}");
}
