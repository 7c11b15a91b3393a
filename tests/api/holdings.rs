//! What an auditor asks: what does somebody hold, through whom, and who stands behind an asset.

use reqwest::Method;
use serde_json::{Value, json};

use crate::town::{Answer, COUNTY, EAST, TOWNSHIP, Town, WEST, id};

/// Records a share of one party in another.
async fn invests(town: &Town, holder: &str, company: &str, share: &str) -> Value {
    let body =
        json!({"to_id": company, "kind": "shareholder", "share": share, "period": {"from": "2020-01-01"}});
    town.officer().creates(&format!("/v1/parties/{holder}/relations"), body).await
}

/// A cold store that belongs to somebody.
async fn cold_store(town: &Town, owner: &str) -> String {
    let store = town.asset("operating", "cold_store", 50_000_000).await;
    let minutes = town.document().await;
    town.registers(&store, &minutes, json!([{"holder_id": owner, "share": "1"}])).await;
    store
}

async fn owners(town: &Town, asset: &str, query: &str) -> Value {
    town.auditor().reads(&format!("/v1/assets/{asset}/beneficial-owners?kind=ownership{query}")).await
}

async fn holdings(town: &Town, party: &str, query: &str) -> Value {
    town.auditor().reads(&format!("/v1/parties/{party}/holdings?kind=ownership{query}")).await
}

/// The share of a party among the owners of an asset.
fn share_of<'o>(owners: &'o Value, party: &str) -> (&'o str, &'o str) {
    let found = owners["owners"].as_array().unwrap().iter().find(|it| it["party_id"] == party);
    found.map_or(("", ""), |it| (it["share"].as_str().unwrap(), it["ends_here"].as_str().unwrap()))
}

pub async fn a_village_holds_a_cold_store_through_companies(town: Town) {
    town.notices_come_down_at_once().await;
    let village = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let cooperative = town.party("cooperative", "惠农蔬菜种植专业合作社", EAST).await;
    let company = town.party("enterprise", "惠农冷链有限公司", TOWNSHIP).await;
    let store = cold_store(&town, &company).await;
    invests(&town, &village, &cooperative, "1/2").await;
    town.journal_size().await;
    let before = town.clock.now();
    town.clock.advance(chrono::TimeDelta::minutes(1));
    let last = invests(&town, &cooperative, &company, "1/3").await;

    let held = town.auditor().reads(&format!("/v1/parties/{village}/holdings")).await;
    assert_eq!(
        (&held["party_id"], &held["direct"], &held["cycles"]),
        (&json!(village), &json!([]), &json!([]))
    );
    let path = json!([cooperative, company]);
    let row = |kind: &str| json!({"asset_id": store, "kind": kind, "share": "1/6", "path": path});
    assert_eq!(held["through"], json!([row("ownership"), row("management"), row("income")]));
    let held = holdings(&town, &company, "").await;
    assert_eq!(held["direct"], json!([{"asset_id": store, "kind": "ownership", "share": "1/1"}]));

    let behind = owners(&town, &store, "").await;
    assert_eq!(share_of(&behind, &village), ("1/6", "1/6"));
    assert_eq!(share_of(&behind, &cooperative), ("1/3", "1/6"));
    assert_eq!(share_of(&behind, &company), ("1/1", "2/3"));
    assert_eq!(
        behind["explained"],
        json!([{"kind": "ownership", "share": "1/6", "unrecorded": "5/6", "circular": "0/1"}])
    );

    // A second way, and households behind the village itself.
    invests(&town, &village, &company, "1/4").await;
    let household = town.party("household", "张三户", EAST).await;
    invests(&town, &household, &village, "1/5").await;
    let person = town.party("person", "张三", EAST).await;
    let of_household = json!({"to_id": household, "kind": "member", "period": {"from": "2020-01-01"}});
    town.officer().creates(&format!("/v1/parties/{person}/relations"), of_household).await;
    let held = holdings(&town, &village, "").await;
    let shares: Vec<_> = held["through"].as_array().unwrap().iter().map(|it| &it["share"]).collect();
    assert_eq!(shares.len(), 2);
    assert!(shares.contains(&&json!("1/6")) && shares.contains(&&json!("1/4")), "{held}");
    let behind = owners(&town, &store, "").await;
    assert_eq!(share_of(&behind, &village), ("5/12", "1/3"));
    assert_eq!(share_of(&behind, &household), ("1/12", "1/12"));
    assert_eq!(share_of(&behind, &person), ("", ""), "how a household divides is its own affair");
    assert_eq!(holdings(&town, &person, "").await["through"], json!([]));
    assert_eq!(behind["explained"][0]["share"], "5/12");

    // As of another day, and as the registry knew it before.
    assert_eq!(holdings(&town, &village, "&as_of=2019-12-31").await["through"], json!([]));
    let known = format!("&known_at={}", before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    assert_eq!(holdings(&town, &village, &known).await["through"], json!([]));
    let then = owners(&town, &store, &known).await;
    assert_eq!((share_of(&then, &cooperative), share_of(&then, &company)), (("", ""), ("1/1", "1/1")));
    assert_eq!(holdings(&town, &company, &known).await["direct"][0]["share"], "1/1");
    town.officer()
        .patches(
            &format!("/v1/parties/{cooperative}/relations/{}", id(&last)),
            Some("\"1\""),
            json!({"ended_on": "2024-01-01"}),
        )
        .await
        .expect(200);
    town.journal_size().await;
    let ended = town.clock.now();
    town.clock.advance(chrono::TimeDelta::minutes(1));
    town.officer()
        .patches(
            &format!("/v1/parties/{cooperative}/relations/{}", id(&last)),
            Some("\"2\""),
            json!({"ended_on": "2025-01-01"}),
        )
        .await
        .expect(200);
    let known = format!("&known_at={}", ended.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    assert_eq!(share_of(&owners(&town, &store, "&as_of=2024-06-01").await, &cooperative).0, "1/3");
    let then = owners(&town, &store, &format!("&as_of=2024-06-01{known}")).await;
    assert_eq!(share_of(&then, &cooperative), ("", ""), "the first end was the one that was known");
    assert_eq!(share_of(&owners(&town, &store, "&as_of=2025-01-01").await, &cooperative), ("", ""));
    assert_eq!(share_of(&owners(&town, &store, "&as_of=2023-12-31").await, &cooperative).0, "1/3");

    // What lies elsewhere stays there; the companies on the way may belong anywhere.
    let token = town.user_in("neighbour", &["auditor"], WEST, None).await;
    let neighbour = town.somebody(Some(&token));
    neighbour.gets(&format!("/v1/parties/{village}/holdings")).await.expect_problem(404, "not_found");
    neighbour.gets(&format!("/v1/assets/{store}/beneficial-owners")).await.expect_problem(404, "not_found");
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    invests(&town, &west, &company, "1/12").await;
    let held = neighbour.reads(&format!("/v1/parties/{west}/holdings")).await;
    assert_eq!(held["through"], json!([]), "the cold store lies in the eastern village");
    assert_eq!(holdings(&town, &west, "").await["through"][0]["share"], "1/12");
    let refused = town.auditor().gets(&format!("/v1/parties/{west}/holdings?as_of=2024-02-30")).await;
    assert_eq!(refused.expect_problem(422, "validation_failed")["errors"][0]["pointer"], "/as_of");
    let refused =
        town.auditor().gets(&format!("/v1/parties/{west}/holdings?known_at=2999-01-01T00:00:00Z")).await;
    assert_eq!(refused.expect_problem(422, "validation_failed")["errors"][0]["pointer"], "/known_at");
}

pub async fn three_companies_hold_each_other(town: Town) {
    town.notices_come_down_at_once().await;
    let mut ring = Vec::new();
    for name in ["甲公司", "乙公司", "丙公司"] {
        ring.push(town.party("enterprise", name, EAST).await);
    }
    let village = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let store = cold_store(&town, &ring[2]).await;
    invests(&town, &village, &ring[0], "1/2").await;
    for (holder, company) in [(0, 1), (1, 2), (2, 0)] {
        invests(&town, &ring[holder], &ring[company], "1/2").await;
    }

    let held = holdings(&town, &village, "").await;
    assert_eq!(
        held["through"],
        json!([
            {"asset_id": store, "kind": "ownership", "share": "1/8", "path": ring},
        ])
    );
    // Made one after the other, the first has the least identifier.
    assert_eq!(held["cycles"], json!([ring]));
    let behind = owners(&town, &store, "").await;
    assert_eq!(behind["cycles"], json!([ring]));
    assert_eq!(share_of(&behind, &village), ("1/8", "1/8"));
    assert_eq!(share_of(&behind, &ring[0]), ("1/4", "0/1"));
    assert_eq!(share_of(&behind, &ring[2]), ("1/1", "1/2"));
    assert_eq!(
        behind["explained"],
        json!([{"kind": "ownership", "share": "1/8", "unrecorded": "3/4", "circular": "1/8"}])
    );
    let held = holdings(&town, &ring[2], "").await;
    assert_eq!((&held["direct"][0]["share"], &held["through"]), (&json!("1/1"), &json!([])));
}

pub async fn too_many_companies_in_a_row_are_not_followed(town: Town) {
    let mut chain = Vec::new();
    for number in 0..=66 {
        chain.push(town.party("enterprise", &format!("第{number}公司"), EAST).await);
    }
    for pair in chain.windows(2) {
        invests(&town, &pair[0], &pair[1], "1/2").await;
    }

    holdings(&town, &chain[2], "").await;
    let path = format!("/v1/parties/{}/holdings", chain[0]);
    let refused = town.auditor().gets(&path).await.expect_problem(422, "answer_too_large");
    assert_eq!(refused["limit"], 64);
    assert_eq!(refused["detail"], "One answer has at most 64 companies that hold each other in a row.");
    let refused = town.auditor().in_chinese().gets(&path).await.expect_problem(422, "answer_too_large");
    assert_eq!(refused["detail"], "一次答复至多 64 层持股；请从较近一层的企业查起。");
}

pub async fn who_holds_many_assets_is_asked_at_once(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 120_000_000).await;
    let halves = json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]);
    town.registers(&shed, &minutes, halves).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let nothing = uuid::Uuid::new_v4().to_string();
    let ask = |body: Value| async { town.auditor().posts("/v1/queries/holders", body).await };

    let found =
        ask(json!({"asset_ids": [road, nothing, shed, road], "as_of": "2022-01-01"})).await.expect(200);
    assert_eq!((&found["as_of"], &found["not_found"]), (&json!("2022-01-01"), &json!([nothing])));
    let items = found["items"].as_array().unwrap();
    let asked: Vec<_> = items.iter().map(|it| (it["asset_id"].clone(), it["kind"].clone())).collect();
    let each = |asset: &str| ["ownership", "management", "income"].map(|it| (json!(asset), json!(it)));
    assert_eq!(asked, [each(&road), each(&shed)].concat());
    assert!(items[..3].iter().all(|it| it["holders"] == json!([])), "nobody before first registration");
    assert_eq!(
        items[3]["holders"],
        json!([
            {"holder_id": east, "share": "1/2", "residual": false}, {"holder_id": west, "share": "1/2", "residual": false},
        ])
    );
    assert!(items[5]["holders"].as_array().unwrap().iter().all(|it| it["residual"] == true));
    let only = ask(json!({"asset_ids": [shed], "kind": "income", "as_of": "2021-07-31"})).await.expect(200);
    assert_eq!(only["items"], json!([{"asset_id": shed, "kind": "income", "holders": []}]));
    let early = ask(json!({"asset_ids": [shed], "known_at": "2020-01-01T00:00:00Z"})).await.expect(200);
    assert_eq!((&early["items"], &early["not_found"]), (&json!([]), &json!([shed])));

    let mut many: Vec<String> = (0..9_999).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    many.push(shed.clone());
    let found = ask(json!({"asset_ids": many, "kind": "ownership"})).await.expect(200);
    assert_eq!(found["not_found"].as_array().unwrap().len(), 9_999);
    assert_eq!(found["items"][0]["asset_id"], shed);
    many.push(road);
    for (body, pointer, code) in [
        (json!({"asset_ids": many}), "/asset_ids", "too_long"),
        (json!({"asset_ids": []}), "/asset_ids", "too_short"),
        (json!({"asset_ids": ["x"]}), "/asset_ids/0", "wrong_form"),
        (json!({"asset_ids": [shed], "kind": "lease"}), "/kind", "not_one_of"),
        (json!({"assets": [shed]}), "/assets", "unknown_field"),
    ] {
        let refused = ask(body).await.expect_problem(422, "validation_failed");
        let errors = refused["errors"].as_array().unwrap();
        assert!(errors.iter().any(|it| it["pointer"] == pointer && it["code"] == code), "{refused}");
    }
    let token = town.user_in("neighbour", &["auditor"], WEST, None).await;
    let elsewhere = town.somebody(Some(&token));
    let body = json!({"asset_ids": [shed]});
    let found = elsewhere.posts("/v1/queries/holders", body).await.expect(200);
    assert_eq!(found["not_found"], json!([shed]));
}

pub async fn who_holds_a_region_comes_line_by_line(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(cold_store(&town, &east).await);
    }
    let auditor = town.auditor();
    let read = async |query: String| {
        let answer = auditor.gets(&format!("/v1/queries/holders?{query}")).await;
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
        answer.expect(200).as_array().unwrap().clone()
    };

    let lines = read(format!("region_code={TOWNSHIP}&kind=income&as_of=2022-01-01")).await;
    let holder = json!([{"holder_id": east, "share": "1/1", "residual": true}]);
    let wanted: Vec<_> =
        stores.iter().map(|it| json!({"asset_id": it, "kind": "income", "holders": holder})).collect();
    assert_eq!(lines[..3], wanted);
    assert_eq!((lines.len(), &lines[3]["assets"], &lines[3]["as_of"]), (4, &json!(3), &json!("2022-01-01")));
    assert_eq!(read(format!("region_code={COUNTY}")).await.len(), 10);
    let lines = read(format!("region_code={WEST}")).await;
    assert_eq!((lines.len(), &lines[0]["assets"]), (1, &json!(0)));
    assert_eq!(read(format!("region_code={EAST}&known_at=2020-01-01T00:00:00Z")).await.len(), 1);

    let clerk = town.actor("village_clerk");
    let outside = clerk.gets(&format!("/v1/queries/holders?region_code={WEST}")).await;
    outside.expect_problem(403, "out_of_scope");
    let missing = clerk.gets("/v1/queries/holders").await.expect_problem(422, "validation_failed");
    assert_eq!(missing["errors"][0]["pointer"], "/region_code");
}

pub async fn who_stands_behind_an_asset_is_stated_for_others(town: Town) {
    town.notices_come_down_at_once().await;
    let village = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let person = town.party("person", "李四", EAST).await;
    let company = id(&town
        .officer()
        .creates(
            "/v1/parties",
            json!({"kind": "enterprise", "name": "惠农冷链有限公司", "region_code": EAST,
            "identifier": {"scheme": "uscc", "value": "91350100M000100Y43"}}),
        )
        .await);
    let store = cold_store(&town, &company).await;
    invests(&town, &person, &company, "1/3").await;
    invests(&town, &village, &company, "1/2").await;
    let path = format!("/v1/assets/{store}/beneficial-owners?as_of=2022-01-01");
    let state = |role: &'static str| {
        let town = &town;
        let path = &path;
        async move {
            let request = town.actor(role).request(Method::GET, path);
            let answer = Answer::of(request.header("Accept", "application/vnd.bods+json")).await;
            assert_eq!(answer.header("content-type"), "application/vnd.bods+json");
            answer.expect(200).as_array().unwrap().clone()
        }
    };

    let statements = state("auditor").await;
    let about = |record: &str| {
        let found = statements.iter().find(|it| it["recordId"] == record);
        found.unwrap_or_else(|| panic!("nothing about {record}: {statements:#?}"))["recordDetails"].clone()
    };
    let asset = format!("asset-{store}");
    assert!(statements.iter().all(|it| it["declarationSubject"] == asset));
    assert_eq!(about(&asset)["entityType"]["type"], "arrangement");
    let number = &town.auditor().reads(&format!("/v1/assets/{store}")).await["registry_number"];
    assert_eq!(&about(&asset)["identifiers"][0]["id"], number);
    assert_eq!(about(&format!("party-{company}"))["identifiers"][1]["id"], "91350100M000100Y43");
    let named = about(&format!("party-{person}"));
    assert_eq!(
        (&named["personType"], &named["names"][0]["fullName"]),
        (&json!("knownPerson"), &json!("李四"))
    );
    assert!(named["identifiers"].is_null());
    let direct = about(&format!("right-{store}-{company}-direct"));
    let interests: Vec<_> = direct["interests"].as_array().unwrap().iter().map(|it| &it["type"]).collect();
    assert_eq!(interests, ["shareholding", "enjoymentAndUseOfAssets", "rightToProfitOrIncomeFromAssets"]);
    let through = about(&format!("right-{store}-{person}-indirect"));
    assert_eq!(
        (&through["subject"], &through["interestedParty"]),
        (&json!(asset), &json!(format!("party-{person}")))
    );
    assert_eq!(through["interests"][0]["details"], "ownership 1/3");
    assert_eq!(through["interests"][0]["beneficialOwnershipOrControl"], true);
    assert_eq!(
        through["interests"][0]["share"],
        json!({"minimum": 33.333_333_333_3, "maximum": 33.333_333_333_4})
    );
    let through = about(&format!("right-{store}-{village}-indirect"));
    assert_eq!(through["interests"][0]["share"], json!({"exact": 50}));
    let rest = about(&format!("unrecorded-{company}"));
    assert_eq!(rest["interestedParty"]["reason"], "informationUnknownToPublisher");

    let ids = |statements: &[Value]| -> Vec<Value> {
        statements.iter().map(|it| it["statementId"].clone()).collect()
    };
    assert_eq!(ids(&statements), ids(&state("auditor").await), "stated again, it is the same statement");
    assert_eq!(statements.iter().filter(|it| it["recordType"] == "relationship").count(), 6);

    // Somebody who lives elsewhere is not named.
    let stranger = town.party("person", "王五", WEST).await;
    invests(&town, &stranger, &company, "1/12").await;
    let unnamed = |statements: Vec<Value>| {
        let record = format!("party-{stranger}");
        statements.into_iter().find(|it| it["recordId"] == record).unwrap()["recordDetails"].clone()
    };
    let for_clerk = unnamed(state("village_clerk").await);
    assert_eq!((&for_clerk["personType"], &for_clerk["names"]), (&json!("anonymousPerson"), &Value::Null));
    assert_eq!(unnamed(state("auditor").await)["names"][0]["fullName"], "王五");
}
