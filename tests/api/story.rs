//! What a township does with the registry.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::town::{Answer, COUNTY, EAST, Town, WEST, id};

#[track_caller]
fn shares(rights: &Value, kind: &str) -> Vec<(String, String)> {
    let mut shares: Vec<_> = rights[kind]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["holder_id"].as_str().unwrap().to_owned(), it["share"].as_str().unwrap().to_owned()))
        .collect();
    shares.sort();
    shares
}

fn sorted<const N: usize>(pairs: [(&String, &str); N]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(id, share)| (id.clone(), share.to_owned())).collect();
    pairs.sort();
    pairs
}

pub async fn a_township_does_its_main_job(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 120_000_000).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let minutes = town.document().await;

    let registration = town
        .registers(
            &shed,
            &minutes,
            json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]),
        )
        .await;
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2022-01-01")).await;
    assert_eq!(shares(&rights, "ownership"), sorted([(&east, "2/3"), (&west, "1/3")]));
    assert_eq!(shares(&rights, "management"), sorted([(&east, "2/3"), (&west, "1/3")]));
    assert!(rights["management"].as_array().unwrap().iter().all(|it| it["residual"] == true));

    let gaps = format!("/v1/maintenance-gaps?region_code={EAST}");
    let unkept = town.auditor().reads(&gaps).await["items"][0].clone();
    assert_eq!(
        (&unkept["asset_id"], &unkept["due_on"], &unkept["is_overdue"]),
        (&json!(road), &json!("2021-07-31"), &json!(true))
    );
    let in_time = town.auditor().reads(&format!("{gaps}&on=2021-07-31")).await["items"][0].clone();
    assert_eq!(in_time["is_overdue"], false);
    officer
        .creates("/v1/maintenance-assignments", json!({
            "asset_id": road, "responsible_id": east, "mode": "self_managed", "period": {"from": "2021-08-01"},
            "duties": "路面、边沟日常养护", "inspect_every_days": 90,
        }))
        .await;
    assert_eq!(town.auditor().reads(&gaps).await["items"], json!([]));
    let held = officer
        .posts("/v1/maintenance-assignments", json!({
            "asset_id": road, "responsible_id": firm, "mode": "entrusted", "period": {"from": "2025-01-01"},
            "duties": "养护", "inspect_every_days": 90,
        }))
        .await
        .expect_problem(409, "conflict");
    assert_eq!(held["responsible_id"], east);

    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "2/3"},
                 {"asset_id": shed, "from_id": west, "to_id": firm, "share": "1/3"}],
        "consideration": {"kind": "rent", "schedule": [
            {"due_on": "2024-01-01", "amount_fen": 18_000_000}, {"due_on": "2026-01-01", "amount_fen": 18_000_000}]},
        "documents": [minutes], "recorded_late": town.late(),
        "exchange": {"platform": "县农村产权交易中心", "reference": "CD-2023-0117", "traded_on": "2023-12-20",
            "document_id": town.confirmation().await},
    });
    let alone = |lease: &Value| {
        let mut lease = lease.clone();
        lease["decision"] = town.decided(&minutes);
        lease
    };
    let check = officer.posts("/v1/transfers/check", alone(&lease)).await.expect(200);
    let findings = check["findings"].as_array().unwrap();
    assert!(
        findings.iter().all(|it| it["rule"] == "L15") && findings.len() == 2,
        "one decision for two: {check}"
    );
    let lease = town.decided_by(lease, &minutes, &[&east, &west]);
    let mut too_long = lease.clone();
    too_long["term"]["to"] = json!("2054-01-02");
    let check = officer.posts("/v1/transfers/check", too_long).await.expect(200);
    assert_eq!(check["outcome"], "block");
    assert!(check["findings"].as_array().unwrap().iter().any(|it| it["rule"] == "L18"), "{check}");
    let case = officer.creates("/v1/transfers", lease).await;
    assert_eq!((&case["outcome"], &case["findings"]), (&json!("pass"), &json!([])));
    town.takes_through("transfers", &case).await;
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2025-06-01")).await;
    assert_eq!(shares(&rights, "ownership"), sorted([(&east, "2/3"), (&west, "1/3")]));
    assert!(shares(&rights, "management").iter().all(|(holder, _)| *holder == firm));
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2029-01-01")).await;
    assert_eq!(shares(&rights, "management"), sorted([(&east, "2/3"), (&west, "1/3")]));
    let contract = town.auditor().reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0].clone();
    assert_eq!(contract["lessee_id"], firm);

    officer
        .creates("/v1/receipts", json!({
            "asset_id": shed, "contract_id": contract["id"], "kind": "rent", "payer_id": firm, "amount_fen": 7_200_001,
            "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"},
        }))
        .await;
    let contract = town.auditor().reads(&format!("/v1/contracts/{}", id(&contract))).await;
    assert_eq!(contract["schedule"][0]["received_fen"], 7_200_001);
    let plan = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let preview = officer.posts("/v1/distributions/preview", plan.clone()).await.expect(200);
    let amounts: Vec<i64> =
        preview["lines"].as_array().unwrap().iter().map(|it| it["amount_fen"].as_i64().unwrap()).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 7_200_001);
    let decided = town.decided_by(plan.clone(), &minutes, &[&east, &west]);
    let case = officer.creates("/v1/distributions", decided.clone()).await;
    assert_eq!(case["plan"]["lines"], preview["lines"]);
    town.takes_through("distributions", &case).await;
    for line in preview["lines"].as_array().unwrap() {
        let account = format!("/v1/accounts/{}", line["account_id"].as_str().unwrap());
        assert_eq!(town.actor("finance").reads(&account).await["balance_fen"], line["amount_fen"]);
    }
    officer.posts("/v1/distributions", decided).await.expect_problem(409, "nothing_to_distribute");
    let balance = town.actor("finance").reads("/v1/trial-balance").await;
    assert_eq!(balance["debits_fen"], 14_400_002);
    assert_eq!(balance["debits_fen"], balance["credits_fen"]);

    town.journal_size().await;
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page = town.actor("finance").reads(&format!("/v1/income-records?after={after}&limit=1")).await;
        let Some(record) = page["items"].get(0) else { break };
        assert!(record["index"].as_i64().unwrap() > after);
        after = page["next_after"].as_i64().unwrap();
        seen.push(record["kind"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["receipt", "distribution", "distribution"]);

    let sale = json!({
        "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(&minutes),
        "recorded_late": town.late(), "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "2/3"}],
        "consideration": {"kind": "price", "amount_fen": 10_000_000},
        "appraisal": {"value_fen": 70_000_000, "appraised_on": "2025-01-01", "appraiser_id": firm, "signatures": 2,
            "document_id": minutes},
    });
    let cheap = officer.creates("/v1/transfers", sale.clone()).await;
    let rules: Vec<_> =
        cheap["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"L01") && rules.contains(&"L04"), "{rules:?}");
    let blocked =
        town.decides("transfers", &cheap, "submit").await.expect_problem(409, "blocked_by_loss_check");
    assert!(blocked["findings"].as_array().is_some_and(|it| !it.is_empty()));
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", WEST).await;
    let mut fair = sale;
    fair["lots"][0]["to_id"] = json!(west);
    fair["lots"][0]["share"] = json!("1/3");
    fair["consideration"]["amount_fen"] = json!(36_000_000);
    fair["appraisal"]["value_fen"] = json!(36_000_000);
    fair["appraisal"]["appraiser_id"] = json!(appraiser);
    let case = officer.creates("/v1/transfers", fair).await;
    let executed = town.takes_through("transfers", &case).await;
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2025-01-31")).await;
    assert_eq!(shares(&rights, "ownership"), sorted([(&east, "2/3"), (&west, "1/3")]));

    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])));
    let cases: Vec<_> =
        chain["links"].as_array().unwrap().iter().map(|it| it["case_id"].as_str().unwrap()).collect();
    assert_eq!(cases, [registration.as_str(), executed.as_str()]);
    assert_eq!(chain["origin"]["funding"][0]["amount_fen"], 120_000_001);
    assert_eq!(chain["links"][1]["moved"][0]["consideration_fen"], 36_000_000);
    let grounds = &chain["links"][1]["grounds"];
    let deciding: Vec<_> =
        grounds["approvers"].as_array().unwrap().iter().map(|it| it["step"].as_str().unwrap()).collect();
    assert_eq!(deciding, ["review", "approve"]);
    assert_ne!(grounds["approvers"][0]["by"], grounds["approvers"][1]["by"]);
    assert_eq!(grounds["decision"], town.decided(&minutes));
    assert_eq!((&grounds["decisions"], &grounds["recorded_late"]), (&json!([]), &town.late()));
    assert_eq!(grounds["appraisal"]["value_fen"], 36_000_000);
    let found = town.auditor().reads(&format!("/v1/transfers/{executed}")).await;
    assert_eq!(
        (&grounds["findings"], &grounds["policy_version"]),
        (&found["findings"], &found["policy_version"])
    );
    let minutes = town.auditor().reads(&format!("/v1/documents/{minutes}")).await;
    let source = json!({"document_id": minutes["id"], "sha256": minutes["sha256"]});
    assert_eq!(chain["links"][1]["sources"], json!([source]));
    // Whoever may not read cases sees that there was one, and no more.
    let chain = town.actor("finance").reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    assert_eq!(
        (&chain["links"][1]["case_id"], &chain["links"][1]["grounds"]),
        (&json!(executed), &Value::Null)
    );

    let journal = town.auditor().reads(&format!("/v1/journal?subject_id={shed}&limit=100")).await;
    let actions: Vec<_> =
        journal["items"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    for action in ["asset_recorded", "case_drafted", "rights_moved", "receipt_booked", "distribution_paid"] {
        assert!(actions.contains(&action), "{action} is missing from {actions:?}");
    }
}

pub async fn an_objection_holds_a_case_until_it_is_answered(town: Town) {
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let minutes = town.document().await;
    let case = town
        .officer()
        .creates("/v1/registrations", json!({
            "asset_id": road, "effective_on": "2021-08-01", "documents": [minutes], "decision": town.decided(&minutes),
            "ownership": [{"holder_id": east, "share": "1"}],
        }))
        .await;
    for step in ["submit", "review", "start_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    let early = town.decides("registrations", &case, "close_notice").await.expect_problem(409, "conflict");
    assert!(early["due_on"].is_string());

    let public = town.somebody(None);
    let notices = public.reads(&format!("/v1/notices?region_code={EAST}")).await;
    assert_eq!(notices["items"][0]["case_id"], case["id"]);
    let notice = id(&notices["items"][0]);
    let objection = public
        .creates(
            &format!("/v1/notices/{notice}/objections"),
            json!({"text": "界址不清", "contact": "东村三组"}),
        )
        .await;
    assert!(objection.get("contact").is_none());
    let said = json!({"text": "租金过低"});
    let path = format!("/v1/notices/{notice}/objections");
    let twice = [(); 2].map(|()| public.request_with_key(Method::POST, &path, Some("once")).json(&said));
    let rehearsed = public.posts(&format!("{path}?dry_run=true"), said).await;
    assert_eq!((rehearsed.status, rehearsed.header("dry-run")), (201, "true"));
    let [first, again] = twice.map(Answer::of);
    let (first, again) = (first.await, again.await);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.expect(201), again.expect(201));
    town.clock.advance(chrono::TimeDelta::days(11));

    // The clock ran past the life of the tokens: everybody gets a new one by refreshing in earnest; here it is made.
    let held = {
        let reviewer = town.renewed("township_reviewer").await;
        town.somebody(Some(&reviewer))
            .posts(&format!("/v1/registrations/{}/decisions", id(&case)), json!({"step": "close_notice"}))
            .await
    };
    assert_eq!(held.expect_problem(409, "conflict")["open_objections"], 2);

    let reviewer = town.renewed("township_reviewer").await;
    let reviewer = town.somebody(Some(&reviewer));
    let objections = reviewer.reads(&format!("/v1/notices/{notice}/objections")).await;
    assert_eq!(objections["items"][0]["contact"], "东村三组");
    for objection in objections["items"].as_array().unwrap() {
        let path = format!("/v1/objections/{}/decisions", id(objection));
        let dismissed = json!({"step": "dismiss", "answer": "界址已复核"});
        reviewer.posts(&path, dismissed.clone()).await.expect(200);
        reviewer.posts(&path, dismissed).await.expect_problem(409, "conflict");
    }
    let closed = reviewer
        .posts(&format!("/v1/registrations/{}/decisions", id(&case)), json!({"step": "close_notice"}))
        .await
        .expect(200);
    assert_eq!(closed["status"], "noticed");
}

pub async fn two_people_take_the_two_decisions(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let minutes = town.document().await;
    let case = town
        .officer()
        .creates("/v1/registrations", json!({
            "asset_id": road, "effective_on": "2021-08-01", "documents": [minutes], "decision": town.decided(&minutes),
            "ownership": [{"holder_id": east, "share": "1"}],
        }))
        .await;
    let both = town.user("both", &["township_reviewer", "county_approver"], None).await;
    let own = town.user("own", &["township_reviewer"], Some(&east)).await;
    let path = format!("/v1/registrations/{}/decisions", id(&case));
    town.decides("registrations", &case, "submit").await.expect(200);

    town.somebody(Some(&own))
        .posts(&path, json!({"step": "review"}))
        .await
        .expect_problem(409, "party_to_the_case");
    town.somebody(Some(&both)).posts(&path, json!({"step": "review"})).await.expect(200);
    town.decides("registrations", &case, "start_notice").await.expect(200);
    town.decides("registrations", &case, "close_notice").await.expect(200);
    let before = town.journal_size().await;
    town.somebody(Some(&both))
        .posts(&path, json!({"step": "approve"}))
        .await
        .expect_problem(409, "four_eyes");
    town.decides("registrations", &case, "execute").await.expect_problem(409, "conflict");
    assert_eq!(town.journal_size().await, before);
    town.decides("registrations", &case, "approve").await.expect(200);
    assert_eq!(town.decides("registrations", &case, "execute").await.expect(200)["status"], "executed");
}

pub async fn a_mortgagee_is_told_of_a_sale_and_a_seizure_forbids_it(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let bank = town.party("enterprise", "农村信用社", WEST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let mortgage = town
        .officer()
        .creates(
            "/v1/restrictions",
            json!({
                "asset_id": shed, "kind": "mortgage", "holder_id": bank, "amount_fen": 5_000_000,
                "period": {"from": "2022-01-01"}, "document_id": minutes,
            }),
        )
        .await;
    let deal = json!({
        "right": "ownership", "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1"}],
        "consideration": {"kind": "price", "amount_fen": 12_000_000}, "effective_on": "2025-02-01",
        "appraisal": {"value_fen": 12_000_000, "appraised_on": "2025-01-01", "appraiser_id": bank, "signatures": 2,
            "document_id": minutes},
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let rules = |answer: &Value| -> Vec<String> {
        answer["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["rule"].as_str().unwrap().to_owned())
            .collect()
    };

    let check = town.officer().posts("/v1/transfers/check", deal.clone()).await.expect(200);
    assert_eq!((check["outcome"].as_str(), rules(&check)), (Some("pass"), vec!["L12".to_owned()]), "{check}");
    assert_eq!(check["findings"][0]["severity"], "warn");
    assert!(check["findings"][0]["message"].as_str().unwrap().contains("must be told"), "{check}");
    let mut consented = deal.clone();
    consented["restriction_consents"] = json!({id(&mortgage): minutes});
    let check = town.officer().posts("/v1/transfers/check", consented).await.expect(200);
    assert_eq!((&check["outcome"], &check["findings"]), (&json!("pass"), &json!([])));
    town.officer()
        .patches(
            &format!("/v1/restrictions/{}", id(&mortgage)),
            Some("\"1\""),
            json!({"released_on": "2024-01-01"}),
        )
        .await
        .expect(200);
    let check = town.officer().posts("/v1/transfers/check", deal.clone()).await.expect(200);
    assert_eq!(check["outcome"], "pass");

    // A court seizes it from next week on: what is sold for good is met by that, whenever it was sold.
    let next_week = (town.clock.now() + chrono::TimeDelta::days(7)).date_naive();
    let seizure =
        json!({"asset_id": shed, "kind": "seizure", "holder_id": bank, "period": {"from": next_week}});
    town.officer().creates("/v1/restrictions", seizure).await;
    let check = town.officer().posts("/v1/transfers/check", deal).await.expect(200);
    assert_eq!(
        (check["outcome"].as_str(), rules(&check)),
        (Some("block"), vec!["L12".to_owned()]),
        "{check}"
    );
}

pub async fn money_is_spent_only_where_it_is_and_may_be(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let builder = town.party("enterprise", "四合建筑队", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    officer
        .creates("/v1/receipts", json!({
            "asset_id": shed, "kind": "electricity", "payer_id": builder, "amount_fen": 1000, "received_on": "2025-01-03",
            "period": {"from": "2024-01-01", "to": "2025-01-01"},
        }))
        .await;
    let case = officer
        .creates(
            "/v1/distributions",
            json!({
                "asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"},
                "uses": {east.clone(): [{"purpose": "village_public_welfare", "share": "3/4"},
                                        {"purpose": "reserve", "share": "1/4"}]},
                "decision": town.decided(&minutes),
            }),
        )
        .await;
    town.takes_through("distributions", &case).await;
    let accounts = town
        .actor("finance")
        .reads(&format!("/v1/accounts?party_id={east}&purpose=village_public_welfare"))
        .await;
    let account = id(&accounts["items"][0]);
    assert_eq!(accounts["items"][0]["balance_fen"], 750);
    let today = town.today();
    let payment = |purpose: &str, amount: i64| {
        json!({"purpose": purpose, "payee_id": builder, "amount_fen": amount, "paid_on": today,
            "document_id": minutes})
    };
    let path = format!("/v1/accounts/{account}/payments");

    let before = town.journal_size().await;
    officer.posts(&path, payment("road_repair", 751)).await.expect_problem(409, "account_overdrawn");
    let forbidden = officer.posts(&path, payment("office_buildings", 1)).await;
    assert_eq!(forbidden.expect_problem(409, "blocked_by_loss_check")["rule"], "L38");
    assert_eq!(town.journal_size().await, before);
    // What the county forbids this year is not spent by saying that it was spent before.
    let policy = |uses: Value| json!({"region_code": COUNTY, "effective_from": "2026-01-01", "values": {"forbidden_uses": uses}});
    let county = town.actor("county_approver");
    county.creates("/v1/policies", policy(json!(["road_repair"]))).await;
    let forbidden = officer.posts(&path, payment("road_repair", 700)).await;
    assert_eq!(forbidden.expect_problem(409, "blocked_by_loss_check")["rule"], "L38");
    county.creates("/v1/policies", policy(json!(["office_buildings"]))).await;
    officer.creates(&path, payment("road_repair", 700)).await;
    assert_eq!(town.actor("finance").reads(&format!("/v1/accounts/{account}")).await["balance_fen"], 50);
    let entries = town.actor("finance").reads(&format!("/v1/accounts/{account}/entries")).await;
    let kinds: Vec<_> =
        entries["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["distribution", "payment"]);
}

pub async fn a_receipt_booked_wrongly_is_reversed_once(town: Town) {
    let officer = town.officer();
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let receipt = officer
        .creates("/v1/receipts", json!({
            "asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000, "received_on": "2025-01-03",
            "period": {"from": "2024-01-01", "to": "2025-01-01"},
        }))
        .await;
    let path = format!("/v1/receipts/{}/reversal", id(&receipt));

    let reversed = officer.posts(&path, json!({"reason": "重复录入"})).await.expect(200);
    assert_eq!(reversed["reversed"], true);
    officer.posts(&path, json!({"reason": "重复录入"})).await.expect_problem(409, "conflict");
    let accounts = town.actor("finance").reads(&format!("/v1/accounts?asset_id={shed}")).await;
    assert_eq!(accounts["items"][0]["balance_fen"], 0);
    assert_eq!(accounts["items"][0]["debits_fen"], 1000);
    let plan = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.posts("/v1/distributions/preview", plan).await.expect_problem(409, "nothing_to_distribute");
}

pub async fn many_clients_send_the_same_receipt_at_once(town: Town) {
    let officer = town.officer();
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let receipt = json!({
        "asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000, "received_on": "2025-01-03",
        "period": {"from": "2024-01-01", "to": "2025-01-01"},
    });

    let answers = join_all((0..12).map(|_| async {
        let request = officer.request_with_key(Method::POST, "/v1/receipts", Some("one")).json(&receipt);
        Answer::of(request).await.status
    }))
    .await;

    assert!(answers.contains(&201), "{answers:?}");
    assert!(answers.iter().all(|it| [201, 409].contains(it)), "{answers:?}");
    let accounts = town.actor("finance").reads(&format!("/v1/accounts?asset_id={shed}")).await;
    assert_eq!(accounts["items"][0]["balance_fen"], 1000);
}
