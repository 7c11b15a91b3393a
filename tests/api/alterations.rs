//! What happens to rights and to assets besides moving: grants end early and are renewed, a market is divided and put
//! together again, a barn is lost and found.

use sanquan::verify::Trust;
use serde_json::{Value, json};

use crate::{
    departures::changes,
    notices::decides_today,
    tampering::checked,
    town::{EAST, Town, WEST, id},
};

/// The rights on record can be told from the journal alone.
pub async fn told_by_the_journal(town: &Town) {
    town.signed_size().await;
    let report = checked(town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

/// Who holds how much of a right on a day, in the order of the identifiers.
async fn holders(town: &Town, asset: &str, kind: &str, on: &str) -> Vec<(String, String)> {
    let rights = town.auditor().reads(&format!("/v1/assets/{asset}/rights?as_of={on}")).await;
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let held = rights[kind].as_array().unwrap().iter().map(|it| (text(&it["holder_id"]), text(&it["share"])));
    let mut held: Vec<_> = held.collect();
    held.sort();
    held
}

fn of<const N: usize>(shares: [(&String, &str); N]) -> Vec<(String, String)> {
    let mut shares = shares.map(|(holder, share)| (holder.clone(), share.to_owned())).to_vec();
    shares.sort();
    shares
}

fn field<'a>(items: &'a Value, name: &str) -> Vec<&'a str> {
    items.as_array().unwrap().iter().map(|it| it[name].as_str().unwrap()).collect()
}

/// Takes an alteration through all its steps.
pub async fn altered(town: &Town, body: Value) {
    altered_after(town, body, &[]).await;
}

/// Takes an alteration through its case that the county approves, since some rules found something; what they found, and the
/// notice of it.
async fn altered_after(town: &Town, body: Value, rules: &[&str]) -> (Value, Value) {
    let case = town.officer().creates("/v1/alterations", body).await;
    let outcome = if rules.is_empty() { "pass" } else { "escalate" };
    assert_eq!((&case["outcome"], field(&case["findings"], "rule")), (&json!(outcome), rules.to_vec()));
    assert!(rules.is_empty() || case["steps_required"].as_array().unwrap().contains(&json!("approve")));
    let id_of_case = town.takes_through("alterations", &case).await;
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={id_of_case}")).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    (case["findings"].clone(), notice["content"].clone())
}

/// Lets an asset for a rent, through all the steps of its case.
pub async fn leased(
    town: &Town,
    asset: &str,
    [from, to]: [&str; 2],
    share: &str,
    term: [&str; 2],
    minutes: &str,
) {
    let lease = json!({
        "right": "management", "effective_on": term[0], "term": {"from": term[0], "to": term[1]},
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": share}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": term[0], "amount_fen": 9_000_000}]},
        "documents": [minutes], "decision": town.decided(minutes), "recorded_late": town.late(),
    });
    let case = town.officer().creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
}

pub async fn a_lease_ended_early_comes_back_to_the_village(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let grower = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    leased(&town, &shed, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    leased(&town, &shed, [&firm, &grower], "1/4", ["2025-01-01", "2029-01-01"], &minutes).await;
    // What is sealed by an instant is known at it.
    town.journal_size().await;
    let known = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let ending = json!({
        "kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": "2026-06-01",
        "reason": "承租方提前退租", "documents": [minutes], "recorded_late": town.late(),
    });

    let undecided = officer.creates("/v1/alterations", ending.clone()).await;
    assert_eq!(
        (&undecided["outcome"], field(&undecided["findings"], "rule")),
        (&json!("block"), vec!["L15"])
    );
    town.decides("alterations", &undecided, "submit").await.expect_problem(409, "blocked_by_loss_check");
    let mut ending = ending;
    ending["decision"] = town.decided(&minutes);
    ending["share"] = json!("1");
    ending["right"] = json!("income");
    officer.posts("/v1/alterations", ending.clone()).await.expect_problem(409, "conflict");
    ending["right"] = json!("ownership");
    officer.posts("/v1/alterations", ending.clone()).await.expect_problem(422, "validation_failed");
    ending["right"] = json!("management");
    ending["holder_id"] = json!(grower);
    let refused = officer.posts("/v1/alterations", ending.clone()).await;
    assert_eq!(refused.expect_problem(409, "insufficient_right")["held"], "1/4");
    ending["holder_id"] = json!(firm);
    altered(&town, ending.clone()).await;

    let before = of([(&firm, "3/4"), (&grower, "1/4")]);
    assert_eq!(holders(&town, &shed, "management", "2026-05-31").await, before);
    assert_eq!(holders(&town, &shed, "management", "2026-06-01").await, of([(&east, "1/1")]));
    assert_eq!(holders(&town, &shed, "management", "2028-06-01").await, of([(&east, "1/1")]));
    let then =
        town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2028-06-01&known_at={known}")).await;
    assert_eq!(then["management"].as_array().unwrap().len(), 2, "{then}");
    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain?kind=management")).await;
    assert_eq!(field(&chain["links"], "kind"), ["grant", "grant", "termination"]);
    assert!(chain["links"][2]["moved"].as_array().unwrap().iter().all(|it| it["to_id"] == east));
    assert_eq!(chain["links"][2]["holders_after"], json!([{"holder_id": east, "share": "1/1"}]));
    officer.posts("/v1/alterations", ending).await.expect_problem(409, "conflict");
    told_by_the_journal(&town).await;
}

/// The figures of the contract behind a lease: when it ended, what is owed, what was paid too much, and which dues lapsed.
async fn contract_of(town: &Town, asset: &str, lessee: &str) -> (Value, Value, Value, Vec<bool>) {
    let all = town.auditor().reads(&format!("/v1/contracts?asset_id={asset}")).await;
    let contract =
        all["items"].as_array().unwrap().iter().find(|it| it["lessee_id"] == lessee).unwrap().clone();
    let lapsed = contract["schedule"].as_array().unwrap().iter().map(|it| it["lapsed"].as_bool().unwrap());
    let figure = |name: &str| contract[name].clone();
    (figure("ended_on"), figure("arrears_fen"), figure("overpaid_fen"), lapsed.collect())
}

async fn leased_for_rent(
    town: &Town,
    asset: &str,
    [from, to]: [&str; 2],
    share: &str,
    minutes: &str,
) -> Value {
    let dues: Vec<_> =
        (2024..2029).map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": 900_000})).collect();
    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": share}],
        "consideration": {"kind": "rent", "schedule": dues}, "documents": [minutes], "decision": town.decided(minutes), "recorded_late": town.late(),
    });
    let case = town.officer().creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let all = town.auditor().reads(&format!("/v1/contracts?asset_id={asset}")).await;
    all["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]).unwrap().clone()
}

/// Lets an asset on from a day to the end of 2028, for a rent.
async fn leased_for_rent_from(town: &Town, asset: &str, [from, to]: [&str; 2], on: &str, minutes: &str) {
    let lease = json!({
        "right": "management", "effective_on": on, "term": {"from": on, "to": "2029-01-01"},
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2028-01-01", "amount_fen": 4_500_000}]},
        "decision": town.decided(minutes), "recorded_late": town.late(),
    });
    let case = town.officer().creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
}

pub async fn rent_ends_with_the_lease_and_what_was_paid_for_later_stays_in_sight(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let grower = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let contract = leased_for_rent(&town, &shed, [&east, &firm], "1", &minutes).await;
    let sublease = json!({
        "asset_ids": [shed], "lessor_id": firm, "lessee_id": grower, "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "schedule": [{"due_on": "2024-01-01", "amount_fen": 1000}, {"due_on": "2027-01-01", "amount_fen": 1000}],
    });
    officer.creates("/v1/contracts", sublease).await;
    leased(&town, &shed, [&firm, &grower], "1/4", ["2025-01-01", "2029-01-01"], &minutes).await;
    let paid = |amount: i64| {
        json!({"asset_id": shed, "contract_id": contract["id"], "kind": "rent", "payer_id": firm,
            "amount_fen": amount, "received_on": "2024-02-01", "period": {"from": "2024-01-01", "to": "2029-01-01"}})
    };
    officer.creates("/v1/receipts", paid(1_000_000)).await;
    let (_, owed, overpaid, lapsed) = contract_of(&town, &shed, &firm).await;
    assert_eq!((owed, overpaid, lapsed), (json!(1_700_000), json!(0), vec![false; 5]));
    let mut ending = json!({
        "kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": "2026-01-01",
        "share": "1/2", "reason": "承租方提前退租", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    altered(&town, ending.clone()).await;
    let (ended, owed, ..) = contract_of(&town, &shed, &firm).await;
    assert_eq!((ended, owed), (json!(null), json!(1_700_000)), "who keeps a half keeps the contract");
    ending.as_object_mut().unwrap().remove("share");
    // What fell due on that day, before this was entered, is given up with it.
    altered_after(&town, ending, &["L20"]).await;

    let (ended, owed, overpaid, lapsed) = contract_of(&town, &shed, &firm).await;
    assert_eq!((ended, owed, overpaid), (json!("2026-01-01"), json!(800_000), json!(0)));
    assert_eq!(lapsed, [false, false, true, true, true]);
    let (ended, owed, _, lapsed) = contract_of(&town, &shed, &grower).await;
    assert_eq!((ended, owed, lapsed), (json!("2026-01-01"), json!(1000), vec![false, true]));
    officer.creates("/v1/receipts", paid(2_000_000)).await;
    let (_, owed, overpaid, _) = contract_of(&town, &shed, &firm).await;
    assert_eq!((owed, overpaid), (json!(0), json!(1_200_000)));
    let entries =
        town.auditor().reads(&format!("/v1/journal?subject_id={}", contract["id"].as_str().unwrap())).await;
    assert!(field(&entries["items"], "action").contains(&"contract_ended"), "{entries:#}");
    told_by_the_journal(&town).await;
}

pub async fn rent_rests_while_a_barn_is_lost_and_is_owed_for_every_part_of_a_market(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "1"}]);
    let barn = town.asset("operating", "barn", 12_000_000).await;
    town.registers(&barn, &minutes, owners.clone()).await;
    leased_for_rent(&town, &barn, [&east, &firm], "1", &minutes).await;
    let market = market(&town, "operating", "market", owners, &minutes).await;
    let contract = leased_for_rent(&town, &market, [&east, &firm], "1", &minutes).await;

    let lost = json!({
        "kind": "disposal", "asset_id": barn, "cause": "natural_disaster", "effective_on": "2025-01-01",
        "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(), "technical_report_id": report,
    });
    altered_after(&town, lost, &["L20"]).await;
    let (ended, owed, _, lapsed) = contract_of(&town, &barn, &firm).await;
    assert_eq!((ended, owed, lapsed[1]), (json!("2025-01-01"), json!(900_000), true));
    altered(
        &town,
        json!({
            "kind": "restoration", "asset_id": barn, "effective_on": "2026-01-01", "reason": "清淤后主体完好",
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        }),
    )
    .await;
    let (ended, owed, _, lapsed) = contract_of(&town, &barn, &firm).await;
    assert_eq!((ended, owed), (json!(null), json!(1_800_000)));
    assert_eq!(lapsed, [false, true, false, false, false]);

    altered(&town, division(&town, &market, &minutes)).await;
    let stalls = parts(&town, &market).await;
    let paid = json!({"asset_id": stalls[0], "contract_id": contract["id"], "kind": "rent", "payer_id": firm,
        "amount_fen": 900_000, "received_on": "2025-02-01", "period": {"from": "2025-01-01", "to": "2026-01-01"}});
    officer.creates("/v1/receipts", paid).await;
    for (stall, ended) in stalls.iter().zip([json!(null), json!(null), json!("2026-01-01")]) {
        let ending = json!({
            "kind": "termination", "asset_id": stall, "right": "management", "holder_id": firm, "reason": "承租方提前退租",
            "effective_on": "2026-01-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        });
        // The contract ends with the last of them.
        altered_after(&town, ending, if ended.is_null() { &[] } else { &["L20"] }).await;
        assert_eq!(contract_of(&town, stall, &firm).await.0, ended);
    }
    assert_eq!(contract_of(&town, &market, &firm).await.1, json!(900_000));
}

pub async fn a_lease_is_renewed_from_the_day_on_which_it_ends(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]);
    town.registers(&shed, &minutes, owners).await;
    leased(&town, &shed, [&east, &firm], "2/3", ["2022-01-01", "2026-01-01"], &minutes).await;
    leased(&town, &shed, [&west, &firm], "1/3", ["2022-01-01", "2026-01-01"], &minutes).await;
    let renewal = json!({
        "kind": "renewal", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": "2026-01-01",
        "term": {"from": "2026-01-01", "to": "2031-01-01"}, "reason": "续租", "documents": [minutes],
        "schedule": [{"due_on": "2026-01-01", "amount_fen": 3_600_000}], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let renewal = town.decided_by(renewal, &minutes, &[&east, &west]);
    let with = |pointer: &str, value: Value| {
        let mut changed = renewal.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };

    let long = officer.creates("/v1/alterations", with("/term/to", json!("2046-01-02"))).await;
    assert_eq!(long["outcome"], "block");
    assert!(field(&long["findings"], "rule").contains(&"L18"), "{long}");
    // Five years at 720 000 fen, paid ahead: what that is worth on the first day, at three percent, is 3 307 768.97 fen.
    let enough = officer.creates("/v1/alterations", with("/schedule/0/amount_fen", json!(3_307_769))).await;
    assert!(!field(&enough["findings"], "rule").contains(&"L20"), "{enough}");
    let cheap = with("/schedule/0/amount_fen", json!(3_307_768));
    let cheap = officer.creates("/v1/alterations", cheap).await;
    assert_eq!((&cheap["outcome"], field(&cheap["findings"], "rule")), (&json!("escalate"), vec!["L20"]));
    let late = officer.posts("/v1/alterations", with("/term/from", json!("2026-02-01"))).await;
    assert_eq!(late.expect_problem(422, "validation_failed")["errors"][0]["pointer"], "/term/from");
    let mut unlike = with("/term/from", json!("2026-02-01"));
    unlike["effective_on"] = json!("2026-02-01");
    officer.posts("/v1/alterations", unlike).await.expect_problem(409, "conflict");
    altered(&town, renewal.clone()).await;

    assert_eq!(holders(&town, &shed, "management", "2025-12-31").await.len(), 2);
    let renewed = holders(&town, &shed, "management", "2026-01-01").await;
    assert_eq!(renewed, of([(&firm, "2/3"), (&firm, "1/3")]));
    let after = holders(&town, &shed, "management", "2031-01-01").await;
    assert_eq!(after, of([(&east, "2/3"), (&west, "1/3")]));
    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain?kind=management")).await;
    assert_eq!(field(&chain["links"], "kind"), ["grant", "grant", "renewal"]);
    let contracts = town.auditor().reads(&format!("/v1/contracts?asset_id={shed}")).await;
    assert_eq!(contracts["items"].as_array().unwrap().len(), 3);
    // For what rent it was let, and until when, is found from the chain.
    let of_links = chain["links"].as_array().unwrap().iter();
    let named: Vec<_> = of_links.map(|it| it["grounds"]["contract_ids"][0].clone()).collect();
    for (contract, from) in named.iter().zip(["2022-01-01", "2022-01-01", "2026-01-01"]) {
        let contract = town.auditor().reads(&format!("/v1/contracts/{}", contract.as_str().unwrap())).await;
        assert_eq!(contract["term"]["from"], from);
    }
    let twice = officer.creates("/v1/alterations", renewal).await;
    assert_eq!((&twice["outcome"], &twice["findings"][0]["rule"]), (&json!("block"), &json!("L10")));
}

/// A market of three stalls, made by a project, that belongs to two villages; its identifier.
async fn market(town: &Town, class: &str, category: &str, owners: Value, minutes: &str) -> String {
    let project = town
        .officer()
        .creates("/v1/projects", json!({
            "code": uuid::Uuid::new_v4().to_string(), "name": "农贸市场项目", "year": 2021, "region_code": EAST,
            "funding": [{"source": "east_west_cooperation", "amount_fen": 10_000_001}],
        }))
        .await;
    let market = json!({
        "name": "农贸市场", "class": class, "category": category, "region_code": EAST, "project_id": project["id"],
        "quantity": "100.5", "unit": "平方米", "original_value_fen": 10_000_001, "acquired_on": "2021-07-01",
        "service_life_months": 240, "residual_rate_bp": 500, "location": "东村三组",
    });
    let market = id(&town.officer().creates("/v1/assets", market).await);
    town.registers(&market, minutes, owners).await;
    market
}

fn division(town: &Town, market: &str, minutes: &str) -> Value {
    let stall = |name: &str, quantity: &str, value: i64| json!({"name": name, "quantity": quantity, "unit": "平方米", "original_value_fen": value, "category": "market_stall"});
    json!({
        "kind": "division", "asset_id": market, "effective_on": "2025-01-01", "reason": "分摊位确权",
        "documents": [minutes], "decision": town.decided(minutes), "recorded_late": town.late(),
        "parts": [stall("1 号摊位", "33.5", 3_333_333), stall("2 号摊位", "33.5", 3_333_334), stall("3 号摊位", "33.5", 3_333_334)],
    })
}

async fn parts(town: &Town, whole: &str) -> Vec<String> {
    let parts = town.auditor().reads(&format!("/v1/assets?parent_id={whole}")).await;
    let mut parts = parts["items"].as_array().unwrap().clone();
    parts.sort_by_key(|it| it["name"].as_str().unwrap().to_owned());
    parts.iter().map(id).collect()
}

pub async fn a_market_is_divided_into_stalls_and_what_is_left_put_together_again(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let bank = town.party("enterprise", "农村信用社", WEST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]);
    let market = market(&town, "operating", "market", owners, &minutes).await;
    leased(&town, &market, [&east, &firm], "1/2", ["2024-01-01", "2029-01-01"], &minutes).await;
    let mortgage = json!({
        "asset_id": market, "kind": "mortgage", "holder_id": bank, "amount_fen": 5_000_000,
        "period": {"from": "2023-01-01", "to": "2026-01-01"}, "document_id": minutes,
    });
    let laid = id(&officer.creates("/v1/restrictions", mortgage).await);
    let divides = town.decided_by(division(&town, &market, &minutes), &minutes, &[&east, &west]);
    for (pointer, value) in
        [("/parts/0/original_value_fen", json!(3_333_334)), ("/parts/0/quantity", json!("33.6"))]
    {
        let mut wrong = divides.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let refused = officer.posts("/v1/alterations", wrong).await.expect_problem(422, "validation_failed");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!("/parts"), &json!("contradicts"))
        );
    }
    altered(&town, divides.clone()).await;

    let whole = auditor.reads(&format!("/v1/assets/{market}")).await;
    assert_eq!((&whole["status"], &whole["counts"]["to"]), (&json!("divided"), &json!("2025-01-01")));
    let stalls = parts(&town, &market).await;
    assert_eq!(stalls.len(), 3);
    let shares = of([(&east, "2/3"), (&west, "1/3")]);
    assert_eq!(holders(&town, &market, "ownership", "2024-12-31").await, shares);
    assert_eq!(holders(&town, &market, "ownership", "2025-01-01").await, []);
    for stall in &stalls {
        assert_eq!(holders(&town, stall, "ownership", "2024-12-31").await, []);
        assert_eq!(holders(&town, stall, "ownership", "2025-01-01").await, shares);
        let managed = of([(&firm, "1/2"), (&east, "1/6"), (&west, "1/3")]);
        assert_eq!(holders(&town, stall, "management", "2025-01-01").await, managed);
        assert_eq!(holders(&town, stall, "management", "2029-01-01").await, shares);
        let lying =
            auditor.reads(&format!("/v1/assets/{stall}/rights?as_of=2025-06-01")).await["restrictions"]
                .clone();
        assert_eq!((&lying[0]["holder_id"], &lying[0]["period"]["to"]), (&json!(bank), &json!("2026-01-01")));
    }
    assert_eq!(
        auditor.reads(&format!("/v1/assets/{market}/rights?as_of=2025-06-01")).await["restrictions"],
        json!([])
    );
    // It lies on the stalls since: on the market it is neither put back nor said to have lain for longer.
    let path = format!("/v1/restrictions/{laid}");
    let tag = officer.gets(&path).await.header("etag").to_owned();
    for day in [json!(null), json!("2025-01-02")] {
        let paper = json!({"released_on": day, "mistake": "wrong_day", "document_id": minutes});
        for role in ["township_officer", "county_approver"] {
            let refused = town.actor(role).patches(&path, Some(&tag), paper.clone()).await;
            assert_eq!(refused.expect_problem(409, "conflict")["asset_status"], "divided");
        }
    }

    let sale = |asset: &str| {
        json!({
            "right": "ownership", "effective_on": "2026-02-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "lots": [{"asset_id": asset, "from_id": west, "to_id": east, "share": "1/3"}],
            "consideration": {"kind": "price", "amount_fen": 3_333_333},
            "appraisal": {"value_fen": 3_333_333, "appraised_on": "2026-01-01", "appraiser_id": bank, "signatures": 2,
                "document_id": minutes},
        })
    };
    let refused = officer.posts("/v1/transfers", sale(&market)).await.expect_problem(409, "conflict");
    assert_eq!(refused["asset_status"], "divided");
    officer.posts("/v1/alterations", divides).await.expect_problem(409, "conflict");
    let assignment = json!({"asset_id": market, "responsible_id": east, "mode": "self_managed",
        "period": {"from": "2026-01-01"}, "duties": "养护", "inspect_every_days": 90});
    officer.posts("/v1/maintenance-assignments", assignment).await.expect_problem(409, "conflict");
    let owed = json!({"asset_id": market, "kind": "rent", "payer_id": firm, "amount_fen": 1000, "received_on": "2025-02-01",
        "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", owed).await;
    let sold = officer.creates("/v1/transfers", sale(&stalls[0])).await;
    town.takes_through("transfers", &sold).await;

    let chain = auditor.reads(&format!("/v1/assets/{}/ownership-chain", stalls[0])).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    assert_eq!(field(&chain["links"], "kind"), ["first_registration", "division", "transfer"]);
    assert_eq!(field(&chain["links"], "asset_id"), [market.as_str(), stalls[0].as_str(), stalls[0].as_str()]);
    assert_eq!(chain["links"][1]["became_of"], json!([market]));
    assert_eq!(chain["origin"]["funding"][0]["amount_fen"], 10_000_001);
    let chain = auditor.reads(&format!("/v1/assets/{market}/ownership-chain")).await;
    assert_eq!(
        (&chain["complete"], field(&chain["links"], "kind")),
        (&json!(true), vec!["first_registration", "division"])
    );
    assert_eq!(chain["links"][1]["holders_after"], json!([]));

    let merger = |stalls: &[String]| {
        let merger = json!({
            "kind": "merger", "asset_ids": stalls, "name": "2、3 号摊位", "quantity": "67", "unit": "平方米",
            "effective_on": "2026-06-01", "reason": "合并经营", "documents": [minutes], "recorded_late": town.late(),
        });
        town.decided_by(merger, &minutes, &[&east, &west])
    };
    let unlike = officer.posts("/v1/alterations", merger(&stalls[..2])).await.expect_problem(409, "conflict");
    assert_eq!(unlike["asset_id"], stalls[1]);
    let mut more = merger(&stalls[1..]);
    more["quantity"] = json!("67.1");
    let refused = officer.posts("/v1/alterations", more).await.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "/quantity");
    altered(&town, merger(&stalls[1..])).await;

    let merged = auditor.reads(&format!("/v1/assets/{}", stalls[1])).await;
    assert_eq!(merged["status"], "merged");
    let whole = merged["merged_into_id"].as_str().unwrap().to_owned();
    let whole_again = auditor.reads(&format!("/v1/assets/{whole}")).await;
    assert_eq!(
        (&whole_again["original_value_fen"], &whole_again["category"]),
        (&json!(6_666_668), &json!("market_stall"))
    );
    assert_eq!(holders(&town, &whole, "ownership", "2026-06-01").await, shares);
    assert_eq!(holders(&town, &whole, "management", "2028-12-31").await.len(), 3);
    assert_eq!(holders(&town, &stalls[1], "ownership", "2026-06-01").await, []);
    let chain = auditor.reads(&format!("/v1/assets/{whole}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    assert_eq!(field(&chain["links"], "kind"), ["first_registration", "division", "division", "merger"]);
    assert_eq!(chain["links"][3]["became_of"].as_array().unwrap().len(), 2);
    assert_eq!(chain["origin"]["funding"].as_array().unwrap().len(), 1);
    told_by_the_journal(&town).await;
}

pub async fn a_whole_and_its_parts_are_never_counted_together(town: Town) {
    town.notices_come_down_at_once().await;
    let auditor = town.auditor();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "1"}]);
    let supply = market(&town, "public_welfare", "water_supply", owners, &minutes).await;
    let gaps = async |on: &str| -> Vec<String> {
        let gaps = auditor.reads(&format!("/v1/maintenance-gaps?region_code={EAST}&on={on}")).await;
        let mut gaps: Vec<_> = field(&gaps["items"], "asset_id").into_iter().map(str::to_owned).collect();
        gaps.sort();
        gaps
    };
    let total = async |on: &str, figure: &str| -> i64 {
        let mut sum = 0;
        let all = auditor.reads(&format!("/v1/assets?region_code={EAST}")).await;
        for asset in all["items"].as_array().unwrap() {
            let value = auditor.reads(&format!("/v1/assets/{}/value?on={on}", id(asset))).await;
            sum += value[figure].as_i64().unwrap();
        }
        sum
    };
    let before = total("2024-12-31", "book_value_fen").await;
    altered(&town, division(&town, &supply, &minutes)).await;

    let mut stalls = parts(&town, &supply).await;
    stalls.sort();
    assert_eq!(gaps("2024-12-31").await, [supply.as_str()]);
    assert_eq!(gaps("2025-01-01").await, stalls);
    assert_eq!(total("2024-12-31", "book_value_fen").await, before);
    for on in ["2024-12-31", "2025-01-01", "2026-06-01"] {
        assert_eq!(total(on, "original_value_fen").await, 10_000_001, "{on}");
    }

    altered(&town, json!({
        "kind": "merger", "asset_ids": stalls, "name": "供水工程", "quantity": "100.5", "unit": "平方米",
        "effective_on": "2026-01-01", "reason": "恢复整体管理", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    }))
    .await;
    let whole = auditor.reads(&format!("/v1/assets/{}", stalls[0])).await["merged_into_id"].clone();
    assert_eq!(gaps("2026-01-01").await, [whole.as_str().unwrap()]);
    assert_eq!(gaps("2025-12-31").await, stalls);
    for on in ["2024-12-31", "2025-12-31", "2026-01-01"] {
        assert_eq!(total(on, "original_value_fen").await, 10_000_001, "{on}");
    }
}

pub async fn parts_have_lost_to_the_fen_what_the_whole_would_have_lost(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "1"}]);
    let divided = market(&town, "operating", "market", owners.clone(), &minutes).await;
    let whole = market(&town, "operating", "market", owners.clone(), &minutes).await;
    let days: Vec<String> =
        (2025..2043).flat_map(|year| [1, 3, 6, 8, 11].map(|month| format!("{year}-{month:02}-01"))).collect();
    let worth = async |assets: &[&str], on: &str| -> [i64; 3] {
        let mut sum = [0; 3];
        for asset in assets {
            let value = town.auditor().reads(&format!("/v1/assets/{asset}/value?on={on}")).await;
            let figures = ["original_value_fen", "accumulated_depreciation_fen", "book_value_fen"];
            for (sum, figure) in sum.iter_mut().zip(figures) {
                *sum += value[figure].as_i64().unwrap();
            }
        }
        sum
    };
    altered(&town, division(&town, &divided, &minutes)).await;

    let stalls = parts(&town, &divided).await;
    let ids: Vec<&str> = stalls.iter().map(String::as_str).collect();
    for on in &days {
        assert_eq!(worth(&ids, on).await, worth(&[&whole], on).await, "{on}");
    }

    altered(&town, json!({
        "kind": "merger", "asset_ids": [stalls[2], stalls[0]], "name": "1、3 号摊位", "quantity": "67", "unit": "平方米",
        "effective_on": "2025-06-01", "reason": "合并经营", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    }))
    .await;
    let merged = town.auditor().reads(&format!("/v1/assets/{}", stalls[0])).await["merged_into_id"].clone();
    let merged = merged.as_str().unwrap();
    for on in days.iter().filter(|it| it.as_str() >= "2025-06-01") {
        assert_eq!(worth(&[merged, &stalls[1]], on).await, worth(&[&whole], on).await, "{on}");
    }
}

pub async fn what_is_being_sold_is_not_scrapped_and_what_is_being_scrapped_is_not_sold(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let barn = town.asset("operating", "barn", 12_000_000).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]);
    town.registers(&barn, &minutes, owners).await;
    let gift = json!({
        "right": "ownership", "effective_on": "2026-10-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "lots": [{"asset_id": barn, "from_id": west, "to_id": east, "share": "1/3"}], "consideration": {"kind": "none"},
    });
    let lost = json!({
        "kind": "disposal", "asset_id": barn, "cause": "natural_disaster", "effective_on": "2026-09-01", "reason": "洪水冲毁",
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(), "technical_report_id": report,
    });
    let lost = town.decided_by(lost, &minutes, &[&east, &west]);
    let sold = officer.creates("/v1/transfers", gift.clone()).await;
    let drafted = officer.creates("/v1/alterations", lost.clone()).await;
    assert_eq!(drafted["outcome"], "pass", "a draft promises nothing");
    town.decides("transfers", &sold, "submit").await.expect(200);

    let figures = json!({"asset_id": barn, "from_id": west, "right": "ownership", "held_share": "1/3",
        "promised_share": "2/3", "others": [sold["id"]], "case_ids": [sold["id"]]});
    let refused = town.decides("alterations", &drafted, "submit").await;
    let refused = refused.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(
        (&refused["findings"][0]["rule"], &refused["findings"][0]["figures"]),
        (&json!("L11"), &figures)
    );
    let blocked = officer.creates("/v1/alterations", lost).await;
    assert_eq!((&blocked["outcome"], field(&blocked["findings"], "rule")), (&json!("block"), vec!["L11"]));
    town.decides("transfers", &sold, "withdraw").await.expect(200);
    town.decides("alterations", &drafted, "submit").await.expect(200);
    let too_late = officer.creates("/v1/transfers", gift).await;
    assert_eq!((&too_late["outcome"], field(&too_late["findings"], "rule")), (&json!("block"), vec!["L11"]));
}

pub async fn whoever_keeps_a_water_supply_keeps_its_parts_and_no_part_is_left_in_silence(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let supply =
        market(&town, "public_welfare", "water_supply", json!([{"holder_id": east, "share": "1"}]), &minutes)
            .await;
    let assigns = async |asset: &str, to: &str, from: &str| -> String {
        let assignment = json!({"asset_id": asset, "responsible_id": to, "mode": "self_managed", "duties": "管网巡检",
            "period": {"from": from}, "inspect_every_days": 90, "budget_fen": 50_000});
        id(&officer.creates("/v1/maintenance-assignments", assignment).await)
    };
    let kept_by = async |asset: &str, on: &str| -> Vec<String> {
        let path = format!("/v1/maintenance-assignments?asset_id={asset}&as_of={on}");
        field(&auditor.reads(&path).await["items"], "responsible_id").into_iter().map(str::to_owned).collect()
    };
    let gaps = async |on: &str| -> Vec<String> {
        let gaps = auditor.reads(&format!("/v1/maintenance-gaps?region_code={EAST}&on={on}")).await;
        field(&gaps["items"], "asset_id").into_iter().map(str::to_owned).collect()
    };
    assigns(&supply, &east, "2022-01-01").await;
    town.journal_size().await;
    let known = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    altered(&town, division(&town, &supply, &minutes)).await;

    let parts = parts(&town, &supply).await;
    assert_eq!(gaps("2025-01-01").await, Vec::<String>::new());
    assert_eq!(kept_by(&supply, "2024-12-31").await, [east.as_str()]);
    assert_eq!(kept_by(&supply, "2025-01-01").await, Vec::<String>::new());
    for part in &parts {
        assert_eq!(kept_by(part, "2024-12-31").await, Vec::<String>::new());
        assert_eq!(kept_by(part, "2025-01-01").await, [east.as_str()]);
    }
    let then = format!("/v1/maintenance-assignments?asset_id={supply}&as_of=2025-06-01&known_at={known}");
    assert_eq!(field(&auditor.reads(&then).await["items"], "responsible_id"), [east.as_str()]);

    let merger = |parts: &[&str], quantity: &str, on: &str| {
        json!({
            "kind": "merger", "asset_ids": parts, "name": "供水工程", "quantity": quantity, "unit": "平方米",
            "effective_on": on, "reason": "合并管理", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };
    altered(&town, merger(&[&parts[1], &parts[2]], "67", "2025-06-01")).await;
    let two = auditor.reads(&format!("/v1/assets/{}", parts[1])).await["merged_into_id"].clone();
    let two = two.as_str().unwrap();
    let path = format!("/v1/maintenance-assignments?asset_id={two}&as_of=2025-06-01");
    let carried = auditor.reads(&path).await["items"][0].clone();
    assert_eq!((&carried["responsible_id"], &carried["budget_fen"]), (&json!(east), &json!(100_000)));
    assert_eq!(gaps("2025-06-01").await, Vec::<String>::new());

    let path = format!("/v1/maintenance-assignments?asset_id={}", parts[0]);
    let assignment = format!("/v1/maintenance-assignments/{}", id(&auditor.reads(&path).await["items"][0]));
    let tag = officer.gets(&assignment).await.header("etag").to_owned();
    officer.patches(&assignment, Some(&tag), json!({"to": "2025-09-01"})).await.expect(200);
    assigns(&parts[0], &west, "2025-09-01").await;
    altered(&town, merger(&[&parts[0], two], "100.5", "2026-01-01")).await;
    let whole = auditor.reads(&format!("/v1/assets/{two}")).await["merged_into_id"].clone();
    assert_eq!(gaps("2025-12-31").await, Vec::<String>::new());
    assert_eq!(
        gaps("2026-01-01").await,
        [whole.as_str().unwrap()],
        "two bodies, neither of which took it on"
    );
}

pub async fn what_a_market_was_is_corrected_as_long_as_its_stalls_have_what_they_have(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let other = town.party("enterprise", "绿源农业有限公司", EAST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "1"}]);
    let market = market(&town, "operating", "market", owners.clone(), &minutes).await;
    leased(&town, &market, [&east, &firm], "1", ["2022-01-01", "2024-01-01"], &minutes).await;
    leased(&town, &market, [&east, &firm], "1/2", ["2024-06-01", "2029-01-01"], &minutes).await;
    altered(&town, division(&town, &market, &minutes)).await;
    let stalls = parts(&town, &market).await;
    town.journal_size().await;
    let known = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let correction = |right: &str, from: &str, until: Option<&str>, holder: &str| {
        json!({
            "asset_id": market, "right": right, "effective_on": from, "until": until,
            "holders": [{"holder_id": holder, "share": "1"}], "reason": "承租方录入有误", "documents": [minutes],
            "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };

    let mut ids: Vec<&str> = stalls.iter().map(String::as_str).collect();
    ids.sort_unstable();
    for lasting in [
        correction("ownership", "2023-01-01", None, &other),
        correction("management", "2024-06-01", None, &east),
        correction("management", "2024-06-01", Some("2025-01-01"), &east),
        correction("management", "2024-06-01", Some("2029-01-01"), &east),
        correction("income", "2024-12-31", None, &other),
    ] {
        let refused = officer.posts("/v1/corrections", lasting).await.expect_problem(409, "conflict");
        assert_eq!(refused["asset_status"], "divided");
        let mut into = refused["carried_into"].as_array().unwrap().clone();
        into.sort_by_key(ToString::to_string);
        assert_eq!(into, ids);
    }
    // What a stall was before it was one stands with the market: whoever asks for the stall is told, and not sent in a circle.
    for right in ["ownership", "management"] {
        let mut of_stall = correction(right, "2024-12-01", None, &east);
        of_stall["asset_id"] = json!(stalls[0]);
        let refused = officer.posts("/v1/corrections", of_stall).await.expect_problem(409, "conflict");
        assert_eq!(
            (&refused["came_from"], &refused["since"]),
            (&json!([market]), &json!("2025-01-01")),
            "{refused}"
        );
    }
    let late = officer.posts("/v1/corrections", correction("management", "2025-01-01", None, &other)).await;
    assert_eq!(late.expect_problem(409, "conflict")["carried_into"], Value::Null);
    let case = officer
        .creates("/v1/corrections", correction("management", "2022-01-01", Some("2024-01-01"), &other))
        .await;
    town.takes_through("corrections", &case).await;

    assert_eq!(holders(&town, &market, "management", "2023-06-01").await, of([(&other, "1/1")]));
    assert_eq!(
        holders(&town, &market, "management", "2024-06-01").await,
        of([(&firm, "1/2"), (&east, "1/2")])
    );
    assert_eq!(
        holders(&town, &stalls[0], "management", "2025-01-01").await,
        of([(&firm, "1/2"), (&east, "1/2")])
    );
    let path = format!("/v1/assets/{market}/rights?as_of=2023-06-01&known_at={known}");
    assert_eq!(field(&auditor.reads(&path).await["management"], "holder_id"), [firm.as_str()]);
    let path = format!("/v1/assets/{}/ownership-chain?kind=management", stalls[0]);
    let chain = auditor.reads(&path).await;
    assert_eq!(chain["breaks"], json!([]));
    assert!(field(&chain["links"], "kind").contains(&"correction"), "{chain:#}");
    told_by_the_journal(&town).await;
}

pub async fn nothing_is_laid_on_an_asset_that_has_ended(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let market =
        market(&town, "operating", "market", json!([{"holder_id": east, "share": "1"}]), &minutes).await;
    let mortgage = json!({"asset_id": market, "kind": "mortgage", "holder_id": firm, "period": {"from": "2024-01-01"}, "document_id": minutes});
    let laid = id(&officer.creates("/v1/restrictions", mortgage.clone()).await);
    altered(&town, division(&town, &market, &minutes)).await;
    let stall = parts(&town, &market).await[0].clone();

    let contract = json!({
        "asset_ids": [stall, market], "lessor_id": east, "lessee_id": firm, "term": {"from": "2025-01-01", "to": "2027-01-01"},
        "schedule": [{"due_on": "2025-01-01", "amount_fen": 1000}],
    });
    let assignment = json!({"asset_id": market, "responsible_id": east, "mode": "self_managed",
        "period": {"from": "2026-01-01"}, "duties": "养护", "inspect_every_days": 90});
    for (path, body) in [
        ("/v1/restrictions", mortgage.clone()),
        ("/v1/contracts", contract.clone()),
        ("/v1/maintenance-assignments", assignment),
    ] {
        let refused = officer.posts(path, body.clone()).await.expect_problem(409, "conflict");
        assert_eq!(refused["asset_status"], "divided", "{path}");
        let in_chinese = town.officer().in_chinese().posts(path, body).await.expect_problem(409, "conflict");
        assert!(in_chinese["detail"].as_str().unwrap().starts_with("该资产已分割，"), "{in_chinese}");
    }
    let lying = town.auditor().reads(&format!("/v1/restrictions?asset_id={market}")).await;
    assert_eq!(field(&lying["items"], "id"), [laid.as_str()]);
    let about = town.auditor().reads(&format!("/v1/contracts?asset_id={market}")).await;
    assert_eq!(about["items"], json!([]));

    let of_the_part = json!({"asset_id": stall, "kind": "pledge", "holder_id": firm, "period": {"from": "2025-01-01"}, "document_id": minutes});
    officer.creates("/v1/restrictions", of_the_part).await;
    let mut about_the_part = contract;
    about_the_part["asset_ids"] = json!([stall]);
    officer.creates("/v1/contracts", about_the_part).await;
}

pub async fn a_barn_is_lost_in_a_flood_and_found_again(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let barn = town.asset("operating", "barn", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&barn, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    leased(&town, &barn, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    let mut lost = json!({
        "kind": "disposal", "asset_id": barn, "cause": "natural_disaster", "effective_on": "2025-08-01",
        "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let found = json!({
        "kind": "restoration", "asset_id": barn, "effective_on": "2026-03-01", "reason": "清淤后主体完好",
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    officer.posts("/v1/alterations", found.clone()).await.expect_problem(409, "conflict");

    let unproven = officer.creates("/v1/alterations", lost.clone()).await;
    assert_eq!(
        (&unproven["outcome"], field(&unproven["findings"], "rule")),
        (&json!("block"), vec!["L46"; 2])
    );
    let blocked = town.decides("alterations", &unproven, "submit").await;
    assert!(
        blocked.expect_problem(409, "blocked_by_loss_check")["detail"].as_str().unwrap().starts_with("L46 ")
    );
    assert_eq!(holders(&town, &barn, "management", "2025-08-01").await, of([(&firm, "1/1")]));
    lost["technical_report_id"] = json!(report);
    (lost["proceeds_fen"], lost["payer_id"]) = (json!(50_000), json!(firm));
    let mut yet_to_come = lost.clone();
    yet_to_come["effective_on"] = json!("2041-07-01");
    let case = officer.creates("/v1/alterations", yet_to_come).await;
    for step in ["submit", "review", "start_notice", "close_notice", "approve"] {
        town.decides("alterations", &case, step).await.expect(200);
    }
    let early = town.decides("alterations", &case, "execute").await.expect_problem(409, "conflict");
    assert_eq!(early["due_on"], "2041-07-01");
    town.decides("alterations", &case, "withdraw").await.expect(200);
    town.journal_size().await;
    let known = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    altered(&town, lost.clone()).await;

    assert_eq!(auditor.reads(&format!("/v1/assets/{barn}")).await["status"], "lost");
    let then = auditor.reads(&format!("/v1/assets/{barn}?known_at={known}")).await;
    assert_eq!((&then["status"], then["counts"].get("to")), (&json!("in_use"), None));
    for kind in ["ownership", "management", "income"] {
        assert_eq!(holders(&town, &barn, kind, "2025-08-01").await, []);
    }
    assert_eq!(holders(&town, &barn, "management", "2025-07-31").await, of([(&firm, "1/1")]));
    let value = auditor.reads(&format!("/v1/assets/{barn}/value?on=2025-08-01")).await;
    assert_eq!((&value["original_value_fen"], &value["book_value_fen"]), (&json!(0), &json!(0)));
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!(
        (&chain["complete"], field(&chain["links"], "kind")),
        (&json!(true), vec!["first_registration", "disposal"])
    );
    assert_eq!(chain["links"][1]["moved"][0]["consideration_fen"], 50_000);
    let refused = officer.posts("/v1/alterations", lost).await.expect_problem(409, "conflict");
    assert_eq!(refused["asset_status"], "lost");
    let insured = json!({"asset_id": barn, "kind": "compensation", "payer_id": firm, "amount_fen": 700_000,
        "received_on": "2025-12-01", "period": {"from": "2025-08-01", "to": "2025-12-01"}});
    officer.creates("/v1/receipts", insured).await;
    let path = format!("/v1/accounts?party_id={east}&purpose=disposal_proceeds");
    assert_eq!(town.actor("finance").reads(&path).await["items"][0]["balance_fen"], 700_000);

    let mut too_soon = found.clone();
    too_soon["effective_on"] = json!("2025-07-31");
    officer.posts("/v1/alterations", too_soon).await.expect_problem(409, "conflict");
    altered(&town, found).await;

    assert_eq!(auditor.reads(&format!("/v1/assets/{barn}")).await["status"], "in_use");
    assert_eq!(holders(&town, &barn, "ownership", "2026-02-28").await, []);
    assert_eq!(holders(&town, &barn, "ownership", "2026-03-01").await, of([(&east, "1/1")]));
    assert_eq!(holders(&town, &barn, "management", "2026-03-01").await, of([(&firm, "1/1")]));
    assert_eq!(holders(&town, &barn, "management", "2029-01-01").await, of([(&east, "1/1")]));
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    assert_eq!(field(&chain["links"], "kind"), ["first_registration", "disposal", "restoration"]);
    told_by_the_journal(&town).await;
}

/// Gives an asset from one village to another.
async fn handed_over(
    town: &Town,
    asset: &str,
    [from, to]: [&str; 2],
    (share, on): (&str, &str),
    minutes: &str,
) {
    let given = json!({"right": "ownership", "effective_on": on, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": share}],
        "consideration": {"kind": "none"}, "decision": town.decided(minutes), "recorded_late": town.late()});
    let given = town.officer().creates("/v1/transfers", given).await;
    town.takes_through("transfers", &given).await;
}

pub async fn whoever_owns_it_on_the_day_ends_or_renews_a_lease_that_another_let(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "1"}]);
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    town.registers(&shed, &minutes, owners.clone()).await;
    leased(&town, &shed, [&east, &firm], "1", ["2022-01-01", "2029-01-01"], &minutes).await;
    handed_over(&town, &shed, [&east, &west], ("1", "2024-01-01"), &minutes).await;
    let ending = json!({
        "kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": "2026-06-01",
        "reason": "承租方提前退租", "documents": [minutes], "recorded_late": town.late(),
    });

    let of_seller = town.decided_by(ending.clone(), &minutes, &[&east]);
    let of_seller = officer.creates("/v1/alterations", of_seller).await;
    assert_eq!(field(&of_seller["findings"], "rule"), ["L15"]);
    assert_eq!(of_seller["findings"][0]["figures"]["party_id"], json!(west));
    let (_, notice) = altered_after(&town, town.decided_by(ending, &minutes, &[&west]), &[]).await;
    assert_eq!(notice["rights"][0]["to"]["id"], json!(west), "{notice:#}");
    let text = notice["text"]["zh"].as_str().unwrap();
    assert!(text.contains("由惠农农业科技有限公司转至西村股份经济合作社。"), "{text}");
    assert_eq!(holders(&town, &shed, "management", "2026-06-01").await, of([(&west, "1/1")]));
    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain?kind=management")).await;
    assert_eq!(chain["links"][1]["moved"][0]["to_id"], json!(west), "{chain:#}");

    // Of another one half was sold: each owner has back what was let of its part.
    let barn = town.asset("operating", "barn", 12_000_000).await;
    town.registers(&barn, &minutes, owners).await;
    leased(&town, &barn, [&east, &firm], "1", ["2022-01-01", "2026-01-01"], &minutes).await;
    handed_over(&town, &barn, [&east, &west], ("1/2", "2024-01-01"), &minutes).await;
    let ending = json!({
        "kind": "termination", "asset_id": barn, "right": "management", "holder_id": firm, "effective_on": "2025-07-01",
        "reason": "承租方提前退租", "documents": [minutes], "recorded_late": town.late(),
    });
    let ending = town.decided_by(ending, &minutes, &[&east, &west]);
    let ending = officer.creates("/v1/alterations", ending).await;
    assert_eq!(ending["findings"], json!([]));
    town.decides("alterations", &ending, "submit").await.expect(200);
    town.decides("alterations", &ending, "withdraw").await.expect(200);
    handed_over(&town, &barn, [&east, &west], ("1/2", "2025-01-01"), &minutes).await;
    let renewal = json!({
        "kind": "renewal", "asset_id": barn, "right": "management", "holder_id": firm, "effective_on": "2026-01-01",
        "term": {"from": "2026-01-01", "to": "2031-01-01"}, "reason": "续租", "documents": [minutes],
        "schedule": [{"due_on": "2026-01-01", "amount_fen": 3_600_000}], "recorded_late": town.late(),
    });
    let (_, notice) = altered_after(&town, town.decided_by(renewal, &minutes, &[&west]), &[]).await;
    assert_eq!(notice["rights"][0]["from"]["id"], json!(west), "{notice:#}");
    assert_eq!(holders(&town, &barn, "management", "2031-01-01").await, of([(&west, "1/1")]));
    told_by_the_journal(&town).await;
}

pub async fn what_comes_back_goes_to_whoever_succeeds_its_holder(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let north = town.party("village_collective", "北村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let barn = town.asset("operating", "barn", 12_000_000).await;
    town.registers(&barn, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let lost = json!({
        "kind": "disposal", "asset_id": barn, "cause": "natural_disaster", "effective_on": "2025-08-01",
        "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "technical_report_id": report,
    });
    altered(&town, lost).await;
    changes(&town, "township_officer", &east, json!({"ended_on": "2025-12-01"})).await.expect(200);

    // Its owner is there no more when it is found, and nobody took its place: that is said first.
    let found = json!({
        "kind": "restoration", "asset_id": barn, "effective_on": "2026-03-01", "reason": "清淤后主体完好",
        "documents": [minutes], "recorded_late": town.late(),
    });
    let found = town.decided_by(found, &minutes, &[&north]);
    let refused = officer.posts("/v1/alterations", found.clone()).await.expect_problem(409, "conflict");
    assert_eq!(refused["party_id"], json!(east), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("successor_id"), "{refused}");
    changes(&town, "county_approver", &east, json!({"successor_id": west})).await.expect(200);
    changes(&town, "county_approver", &west, json!({"ended_on": "2026-01-01", "successor_id": north}))
        .await
        .expect(200);
    let (_, notice) = altered_after(&town, found, &[]).await;
    assert_eq!(notice["rights"][0]["to"]["id"], json!(north), "{notice:#}");
    assert_eq!(holders(&town, &barn, "ownership", "2025-07-31").await, of([(&east, "1/1")]));
    for kind in ["ownership", "management", "income"] {
        assert_eq!(holders(&town, &barn, kind, "2026-03-01").await, of([(&north, "1/1")]));
    }
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");

    // A cooperative sublet what it was let, and another took its place.
    let coop = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let heir = town.party("cooperative", "绿源农业专业合作社", EAST).await;
    leased(&town, &barn, [&north, &coop], "1", ["2026-04-01", "2029-01-01"], &minutes).await;
    leased(&town, &barn, [&coop, &firm], "1/2", ["2026-05-01", "2029-01-01"], &minutes).await;
    changes(&town, "county_approver", &coop, json!({"ended_on": "2026-08-01", "successor_id": heir}))
        .await
        .expect(200);
    let ending = json!({
        "kind": "termination", "asset_id": barn, "right": "management", "holder_id": firm, "effective_on": "2026-10-01",
        "reason": "转租提前终止", "documents": [minutes], "recorded_late": town.late(),
    });
    let (_, notice) = altered_after(&town, ending, &[]).await;
    assert_eq!(notice["rights"][0]["to"]["id"], json!(heir), "{notice:#}");
    let after = holders(&town, &barn, "management", "2026-10-01").await;
    let (mut after, mut wanted) = (after, of([(&coop, "1/2"), (&heir, "1/2")]));
    after.sort();
    wanted.sort();
    assert_eq!(after, wanted);
    told_by_the_journal(&town).await;
}

pub async fn rent_that_fell_due_is_not_given_up_in_silence(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let let_to_firm = async |category: &str| {
        let asset = town.asset("operating", category, 12_000_000).await;
        town.registers(&asset, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
        let lease = json!({
            "right": "management", "effective_on": "2025-06-01", "term": {"from": "2025-06-01", "to": "2029-06-01"},
            "lots": [{"asset_id": asset, "from_id": east, "to_id": firm, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-06-10", "amount_fen": 18_000_000},
                {"due_on": "2028-06-01", "amount_fen": 18_000_000}]},
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        });
        let case = officer.creates("/v1/transfers", lease).await;
        town.takes_through("transfers", &case).await;
        let contract = auditor.reads(&format!("/v1/contracts?asset_id={asset}")).await["items"][0].clone();
        assert_eq!(contract["arrears_fen"], 18_000_000);
        (asset, contract)
    };
    let ending = |asset: &str| {
        json!({
            "kind": "termination", "asset_id": asset, "right": "management", "holder_id": firm,
            "effective_on": "2025-06-05", "reason": "承租方提前退租", "documents": [minutes],
            "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };
    let flood = |asset: &str| {
        json!({
            "kind": "disposal", "asset_id": asset, "cause": "natural_disaster", "effective_on": "2025-06-05",
            "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes),
            "recorded_late": town.late(), "technical_report_id": report,
        })
    };
    let acts: [&dyn Fn(&str) -> Value; 2] = [&ending, &flood];
    for act in acts {
        let (asset, contract) = let_to_firm("barn").await;
        // A part of it came in, which is too much once nothing is owed, and would be owed back.
        let paid = json!({"asset_id": asset, "contract_id": contract["id"], "kind": "rent", "payer_id": firm,
            "amount_fen": 3_000_000, "received_on": "2025-07-01", "period": {"from": "2025-06-01", "to": "2026-06-01"}});
        officer.creates("/v1/receipts", paid).await;
        let (findings, notice) = altered_after(&town, act(&asset), &["L20"]).await;
        let figures = &findings[0]["figures"];
        assert_eq!(
            (&figures["given_up_fen"], &figures["contract_id"], &figures["lessee_id"]),
            (&json!(18_000_000), &contract["id"], &json!(firm)),
            "{findings:#}"
        );
        assert!(findings[0]["message"].as_str().unwrap().contains("180000 yuan"), "{findings:#}");
        let told = &notice["alteration"]["rent_given_up"];
        assert_eq!(
            (&told[0]["contract_id"], &told[0]["amount_fen"], &told[0]["lessee"]["id"]),
            (&contract["id"], &json!(18_000_000), &json!(firm)),
            "{notice:#}"
        );
        let text = notice["text"]["zh"].as_str().unwrap();
        assert!(text.contains("惠农农业科技有限公司已到期的租金180000.00元不再收取"), "{text}");
        let (ended, owed, overpaid, lapsed) = contract_of(&town, &asset, &firm).await;
        assert_eq!((ended, owed), (json!("2025-06-05"), json!(0)));
        assert_eq!((overpaid, lapsed), (json!(3_000_000), vec![true, true]));
        town.journal_size().await;
        let path = format!("/v1/journal?subject_id={}", contract["id"].as_str().unwrap());
        town.journal_size().await;
        let entries = auditor.reads(&path).await;
        let ended = entries["items"].as_array().unwrap().iter().find(|it| it["action"] == "contract_ended");
        assert_eq!(ended.unwrap()["facts"]["given_up_fen"], 18_000_000, "{entries:#}");
    }
    // Nothing is given up where the lease ends on a day that is still to come; where everything was paid, it would be owed back.
    let (asset, contract) = let_to_firm("barn").await;
    let mut later = ending(&asset);
    later["effective_on"] = json!(town.today());
    later.as_object_mut().unwrap().remove("recorded_late");
    let later = officer.creates("/v1/alterations", later).await;
    assert_eq!(later["findings"], json!([]));
    let paid = json!({"asset_id": asset, "contract_id": contract["id"], "kind": "rent", "payer_id": firm,
        "amount_fen": 18_000_000, "received_on": "2025-07-01", "period": {"from": "2025-06-01", "to": "2026-06-01"}});
    officer.creates("/v1/receipts", paid).await;
    altered_after(&town, ending(&asset), &["L20"]).await;
    assert_eq!(contract_of(&town, &asset, &firm).await.2, json!(18_000_000));
    told_by_the_journal(&town).await;
}

/// A termination of the whole of what a party was let of an asset.
fn given_back(town: &Town, asset: &str, holder: &str, on: &str, minutes: &str) -> Value {
    json!({
        "kind": "termination", "asset_id": asset, "right": "management", "holder_id": holder, "effective_on": on,
        "reason": "承租方提前退租", "documents": [minutes], "decision": town.decided(minutes), "recorded_late": town.late(),
    })
}

pub async fn a_lease_stands_as_long_as_its_lessee_has_or_lets_on_what_it_lets(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let coop = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let grower = town.party("cooperative", "丰收种植专业合作社", EAST).await;
    let minutes = town.document().await;
    let [shed, barn] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    let lot = |asset: &str| json!({"asset_id": asset, "from_id": east, "to_id": coop, "share": "1"});
    let dues: Vec<_> = (2024..2029)
        .map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": 1_800_000}))
        .collect();
    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [lot(&shed), lot(&barn)], "consideration": {"kind": "rent", "schedule": dues}, "documents": [minutes],
        "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let contract = id(&town.auditor().reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0]);
    // The one it lets on as a whole, and of the other only a paper says that somebody else has it.
    leased(&town, &barn, [&coop, &firm], "1", ["2025-01-01", "2029-01-01"], &minutes).await;
    let on_paper = json!({
        "asset_ids": [shed], "lessor_id": coop, "lessee_id": grower, "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "schedule": [{"due_on": "2024-01-01", "amount_fen": 1000}, {"due_on": "2027-01-01", "amount_fen": 1000}],
    });
    officer.creates("/v1/contracts", on_paper).await;

    altered(&town, given_back(&town, &shed, &coop, "2026-01-01", &minutes)).await;
    assert_eq!(contract_of(&town, &shed, &coop).await.0, json!(null), "it still lets the barn on");
    let (ended, .., lapsed) = contract_of(&town, &shed, &grower).await;
    assert_eq!((ended, lapsed), (json!("2026-01-01"), vec![false, true]), "it hangs on what coop was let");
    // It is no slip of the pen either, as long as somebody has the barn by it.
    let void = json!({"contract": {"id": contract, "void": true}, "reason": "误登", "documents": [minutes],
        "decision": town.decided(&minutes)});
    let refused = officer.posts("/v1/amendments", void).await.expect_problem(409, "conflict");
    assert_eq!(refused["resting"]["case_ids"], json!([id(&case)]), "{refused}");
    altered(&town, given_back(&town, &barn, &coop, "2026-06-01", &minutes)).await;
    for lessee in [&coop, &firm] {
        assert_eq!(contract_of(&town, &barn, lessee).await.0, json!("2026-06-01"));
    }

    // A hall that was let on as a whole is lost and found again: so are both leases.
    let hall = town.shed_of(&east, &minutes).await;
    leased_for_rent(&town, &hall, [&east, &coop], "1", &minutes).await;
    leased(&town, &hall, [&coop, &firm], "1", ["2025-01-01", "2029-01-01"], &minutes).await;
    let lost = json!({
        "kind": "disposal", "asset_id": hall, "cause": "natural_disaster", "effective_on": "2025-08-01",
        "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "technical_report_id": report,
    });
    altered_after(&town, lost, &["L20"]).await;
    let found = json!({
        "kind": "restoration", "asset_id": hall, "effective_on": "2025-10-01", "reason": "清淤后主体完好",
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    altered(&town, found).await;
    for lessee in [&coop, &firm] {
        assert_eq!(contract_of(&town, &hall, lessee).await.0, json!(null));
    }

    // Nobody hands back what it was let, as if it were its own to give: that ends the lease, which whoever lets decides.
    let yard = town.shed_of(&east, &minutes).await;
    let lease = leased_for_rent(&town, &yard, [&east, &coop], "1", &minutes).await;
    let sublease = leased_for_rent(&town, &yard, [&coop, &firm], "1", &minutes).await;
    let handed = |right: &str, [from, to]: [&str; 2], until: &str| {
        json!({
            "right": right, "effective_on": "2026-01-01", "documents": [minutes], "recorded_late": town.late(),
            "term": {"from": "2026-01-01", "to": until},
            "lots": [{"asset_id": yard, "from_id": from, "to_id": to, "share": "1"}], "consideration": {"kind": "none"},
        })
    };
    for (between, ended) in [([&firm, &coop], vec![&sublease]), ([&firm, &east], vec![&lease, &sublease])] {
        let refused = officer
            .posts("/v1/transfers", handed("management", between.map(String::as_str), "2029-01-01"))
            .await;
        let refused = refused.expect_problem(409, "conflict");
        let mut contracts: Vec<_> = ended.into_iter().map(|it| json!(id(it))).collect();
        contracts.sort_by_key(ToString::to_string);
        assert_eq!(refused["resting"]["contract_ids"], json!(contracts), "{refused}");
        let passed_over: Vec<_> = contracts.iter().skip(1).map(|_| &coop).collect();
        assert_eq!(refused["passed_over"], json!(passed_over), "{refused}");
    }
    // Nor a part of it, nor for a while.
    for (share, until) in [("99/100", "2029-01-01"), ("1", "2028-12-31")] {
        let mut some = handed("management", [&firm, &east], until);
        some["lots"][0]["share"] = json!(share);
        officer.posts("/v1/transfers", some).await.expect_problem(409, "conflict");
    }
    // Where it was recorded wrongly it is put right, and what is given up by that is told.
    let moved = json!({
        "asset_id": yard, "right": "management", "effective_on": "2026-01-01", "until": "2029-01-01", "reason": "误登",
        "documents": [minutes], "decision": town.decided(&minutes), "holders": [{"holder_id": east, "share": "1"}],
    });
    let moved = officer.creates("/v1/corrections", moved).await;
    assert_eq!(field(&moved["findings"], "rule"), ["L20", "L20"], "{moved}");
    assert_eq!(moved["findings"][0]["figures"]["given_up_fen"], json!(900_000), "{moved}");
    town.decides("corrections", &moved, "withdraw").await.expect(200);
    let ending = given_back(&town, &yard, &coop, "2026-01-01", &minutes);
    altered_after(&town, ending, &["L20"]).await;
    for lessee in [&coop, &firm] {
        let (ended, owed, _, lapsed) = contract_of(&town, &yard, lessee).await;
        assert_eq!((ended, owed), (json!("2026-01-01"), json!(1_800_000)));
        assert_eq!(lapsed, [false, false, true, true, true]);
    }
    told_by_the_journal(&town).await;
}

pub async fn a_contract_ends_with_the_grant_that_it_stands_on(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let coop = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let ended_on = async |contract: &Value| {
        auditor.reads(&format!("/v1/contracts/{}", id(contract))).await["ended_on"].clone()
    };

    // On its first day: nothing of it is on record any more, and it is over all the same.
    let shed = town.shed_of(&east, &minutes).await;
    let lease = leased_for_rent(&town, &shed, [&east, &coop], "1", &minutes).await;
    let sublease = leased_for_rent(&town, &shed, [&coop, &firm], "1", &minutes).await;
    altered(&town, given_back(&town, &shed, &firm, "2024-01-01", &minutes)).await;
    assert_eq!([ended_on(&lease).await, ended_on(&sublease).await], [json!(null), json!("2024-01-01")]);

    // Whoever rents from the owner as well has that lease for itself.
    let barn = town.shed_of(&east, &minutes).await;
    let lease = leased_for_rent(&town, &barn, [&east, &coop], "1/2", &minutes).await;
    let other = leased_for_rent(&town, &barn, [&east, &firm], "1/2", &minutes).await;
    let sublease = leased_for_rent(&town, &barn, [&coop, &firm], "1/2", &minutes).await;
    altered_after(&town, given_back(&town, &barn, &coop, "2024-01-01", &minutes), &["L20"]).await;
    let all = [ended_on(&lease).await, ended_on(&sublease).await, ended_on(&other).await];
    assert_eq!(all, [json!("2024-01-01"), json!("2024-01-01"), json!(null)]);

    // Two owners let the halves of a hall; one lease ends, and not that of the other.
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let hall = town.asset("operating", "greenhouse", 12_000_000).await;
    let halves = json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]);
    let registered = json!({"asset_id": hall, "effective_on": "2021-08-05", "documents": [minutes], "ownership": halves,
        "recorded_late": town.late()});
    let registered = town.decided_by(registered, &minutes, &[&east, &west]);
    let registered = officer.creates("/v1/registrations", registered).await;
    town.takes_through("registrations", &registered).await;
    let mut leases = Vec::new();
    for (lessor, lessee) in [(&east, &coop), (&west, &firm)] {
        let lease = json!({
            "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
            "lots": [{"asset_id": hall, "from_id": lessor, "to_id": lessee, "share": "1/2"}], "documents": [minutes],
            "consideration": {"kind": "rent", "schedule": [{"due_on": "2028-01-01", "amount_fen": 9_000_000}]},
            "recorded_late": town.late(),
        });
        let case = officer.creates("/v1/transfers", town.decided_by(lease, &minutes, &[lessor])).await;
        town.takes_through("transfers", &case).await;
        let all = auditor.reads(&format!("/v1/contracts?asset_id={hall}")).await;
        let contract = all["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]);
        leases.push(contract.unwrap().clone());
    }
    // What was used is not paid for at all, since the rent would have fallen due later.
    let ending = town.decided_by(given_back(&town, &hall, &coop, "2026-01-01", &minutes), &minutes, &[&east]);
    altered_after(&town, ending, &["L20"]).await;
    assert_eq!([ended_on(&leases[0]).await, ended_on(&leases[1]).await], [json!("2026-01-01"), json!(null)]);

    // Of two sheds one is lost and the other given back; the one is found, and let as it was.
    let [one, other] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    let lot = |asset: &str| json!({"asset_id": asset, "from_id": east, "to_id": coop, "share": "1"});
    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [lot(&one), lot(&other)], "documents": [minutes], "decision": town.decided(&minutes),
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2026-02-01", "amount_fen": 1_800_000},
            {"due_on": "2028-01-01", "amount_fen": 7_200_000}]}, "recorded_late": town.late(),
    });
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let lease = auditor.reads(&format!("/v1/contracts?asset_id={one}")).await["items"][0].clone();
    let lost = |asset: &str| {
        json!({
            "kind": "disposal", "asset_id": asset, "cause": "natural_disaster", "effective_on": "2025-08-01",
            "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "technical_report_id": report,
        })
    };
    let found = |asset: &str, on: &str| {
        json!({
            "kind": "restoration", "asset_id": asset, "effective_on": on, "reason": "清淤后主体完好",
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };
    altered(&town, lost(&one)).await;
    altered_after(&town, given_back(&town, &other, &coop, "2026-01-01", &minutes), &["L20"]).await;
    assert_eq!(ended_on(&lease).await, json!("2026-01-01"));
    altered(&town, found(&one, "2026-03-01")).await;
    assert_eq!(holders(&town, &one, "management", "2026-03-01").await, of([(&coop, "1/1")]));
    let (ended, owed, _, lapsed) = contract_of(&town, &one, &coop).await;
    assert_eq!((ended, owed, lapsed), (json!(null), json!(0), vec![true, false]));

    // Whoever took the lessee's place while the shed was lost has the lease, and ends it.
    let yard = town.shed_of(&east, &minutes).await;
    let tenant = town.party("cooperative", "丰收种植专业合作社", EAST).await;
    let heir = town.party("cooperative", "丰收农业专业合作社", EAST).await;
    let lease = leased_for_rent(&town, &yard, [&east, &tenant], "1", &minutes).await;
    altered_after(&town, lost(&yard), &["L20"]).await;
    assert_eq!(ended_on(&lease).await, json!("2025-08-01"));
    let succeeded = json!({"ended_on": "2025-09-01", "successor_id": heir});
    changes(&town, "county_approver", &tenant, succeeded).await.expect(200);
    altered(&town, found(&yard, "2025-10-01")).await;
    assert_eq!(ended_on(&lease).await, json!(null));
    altered_after(&town, given_back(&town, &yard, &heir, "2025-12-01", &minutes), &["L20"]).await;
    assert_eq!(ended_on(&lease).await, json!("2025-12-01"));
    told_by_the_journal(&town).await;
}

pub async fn a_contract_runs_on_the_days_on_which_it_lets_anything(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let coop = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let leased_both = async |one: &str, other: &str| {
        let lot = |asset: &str| json!({"asset_id": asset, "from_id": east, "to_id": coop, "share": "1"});
        let dues: Vec<_> = ["2026-01-01", "2026-08-15", "2026-10-15", "2027-03-01", "2027-08-01"]
            .map(|day| json!({"due_on": day, "amount_fen": 3_600_000}))
            .into();
        let lease = json!({
            "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
            "lots": [lot(one), lot(other)], "documents": [minutes], "decision": town.decided(&minutes),
            "consideration": {"kind": "rent", "schedule": dues}, "recorded_late": town.late(),
        });
        let case = officer.creates("/v1/transfers", lease).await;
        town.takes_through("transfers", &case).await;
    };
    let lost = |asset: &str, on: &str| {
        json!({
            "kind": "disposal", "asset_id": asset, "cause": "natural_disaster", "effective_on": on,
            "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "technical_report_id": report,
        })
    };

    // The one goes back later than the other, and was recorded first.
    let [one, other] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    leased_both(&one, &other).await;
    let ending = |asset: &str, on: &str| {
        let mut ending = given_back(&town, asset, &coop, on, &minutes);
        if on > town.today().as_str() {
            ending.as_object_mut().unwrap().remove("recorded_late");
        }
        ending
    };
    altered(&town, ending(&one, "2027-06-01")).await;
    altered(&town, ending(&other, "2026-06-01")).await;
    let (ended, .., lapsed) = contract_of(&town, &one, &coop).await;
    assert_eq!((ended, lapsed), (json!("2027-06-01"), vec![false, false, false, false, true]));

    // What is lost before it would have ended, and is found, is let again until it ends.
    altered_after(&town, lost(&one, "2026-08-01"), &["L20"]).await;
    let (ended, .., lapsed) = contract_of(&town, &one, &coop).await;
    assert_eq!((ended, lapsed), (json!("2026-08-01"), vec![false, true, true, true, true]));
    let found = json!({
        "kind": "restoration", "asset_id": one, "effective_on": "2026-10-01", "reason": "清淤后主体完好",
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    altered(&town, found).await;
    let (ended, .., lapsed) = contract_of(&town, &one, &coop).await;
    assert_eq!((ended, lapsed), (json!("2027-06-01"), vec![false, true, false, false, true]));

    // An end that was none is put right with the right, and the rent is owed again.
    let [one, other] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    leased_both(&one, &other).await;
    altered(&town, ending(&one, "2026-02-01")).await;
    altered_after(&town, ending(&other, "2026-02-01"), &["L20"]).await;
    assert_eq!(contract_of(&town, &one, &coop).await.0, json!("2026-02-01"));
    let again = json!({
        "asset_id": one, "right": "management", "effective_on": "2026-02-01", "until": "2029-01-01", "reason": "未曾退租",
        "documents": [minutes], "decision": town.decided(&minutes), "holders": [{"holder_id": coop, "share": "1"}],
    });
    let again = officer.creates("/v1/corrections", again).await;
    town.takes_through("corrections", &again).await;
    let (ended, .., lapsed) = contract_of(&town, &one, &coop).await;
    assert_eq!((ended, lapsed), (json!(null), vec![false; 5]));

    // A rent is owed by one, whatever is rented for it.
    let lots =
        [&coop, &firm].map(|it| json!({"asset_id": other, "from_id": east, "to_id": it, "share": "1/2"}));
    let together = json!({
        "right": "management", "effective_on": "2026-06-01", "term": {"from": "2026-06-01", "to": "2029-01-01"},
        "lots": lots, "documents": [minutes], "decision": town.decided(&minutes),
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2026-06-01", "amount_fen": 18_000_000}]},
        "recorded_late": town.late(),
    });
    let refused = officer.posts("/v1/transfers", together).await;
    assert_eq!(refused.first_fault(), ("/lots/1/to_id".to_owned(), "contradicts".to_owned()));

    // Whoever owned it once rents it like anybody else, and whoever owns it now has it back by an end of the lease alone.
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let hall = town.shed_of(&east, &minutes).await;
    leased_for_rent(&town, &hall, [&east, &coop], "1", &minutes).await;
    handed_over(&town, &hall, [&east, &west], ("1", "2025-01-01"), &minutes).await;
    leased_for_rent_from(&town, &hall, [&coop, &east], "2025-06-01", &minutes).await;
    assert_eq!(holders(&town, &hall, "management", "2026-01-01").await, of([(&east, "1/1")]));
    let back = json!({
        "right": "management", "effective_on": "2026-01-01", "documents": [minutes], "recorded_late": town.late(),
        "term": {"from": "2026-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": hall, "from_id": east, "to_id": west, "share": "1"}], "consideration": {"kind": "none"},
    });
    officer.posts("/v1/transfers", back).await.expect_problem(409, "conflict");
    let ending = given_back(&town, &hall, &coop, "2026-01-01", &minutes);
    let ending = town.decided_by(ending, &minutes, &[&east, &west]);
    let drafted = officer.creates("/v1/alterations", ending).await;
    town.takes_through("alterations", &drafted).await;
    for lessee in [&coop, &east] {
        assert_eq!(contract_of(&town, &hall, lessee).await.0, json!("2026-01-01"));
    }
    assert_eq!(holders(&town, &hall, "management", "2026-01-01").await, of([(&west, "1/1")]));

    // Whoever took a lessee's place has its lease, and ends it once.
    let yard = town.shed_of(&east, &minutes).await;
    let tenant = town.party("cooperative", "丰收种植专业合作社", EAST).await;
    let heir = town.party("cooperative", "丰收农业专业合作社", EAST).await;
    leased_for_rent(&town, &yard, [&east, &tenant], "1", &minutes).await;
    let succeeded = json!({"ended_on": "2025-09-01", "successor_id": heir});
    changes(&town, "county_approver", &tenant, succeeded).await.expect(200);
    let taken = json!({
        "right": "management", "effective_on": "2025-09-01", "documents": [minutes], "recorded_late": town.late(),
        "term": {"from": "2025-09-01", "to": "2029-01-01"},
        "lots": [{"asset_id": yard, "from_id": tenant, "to_id": heir, "share": "1"}], "consideration": {"kind": "none"},
    });
    let taken = officer.creates("/v1/transfers", taken).await;
    town.takes_through("transfers", &taken).await;
    altered_after(&town, given_back(&town, &yard, &heir, "2025-12-01", &minutes), &["L20"]).await;
    assert_eq!(holders(&town, &yard, "management", "2026-01-01").await, of([(&east, "1/1")]));
    assert_eq!(contract_of(&town, &yard, &tenant).await.0, json!("2025-12-01"));
    assert_eq!(
        auditor.reads(&format!("/v1/contracts?asset_id={yard}")).await["items"].as_array().unwrap().len(),
        1
    );
    told_by_the_journal(&town).await;
    town.signed_size().await;
    let report = crate::tampering::checked(&town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn a_lease_is_owed_for_whatever_is_found_or_put_right_in_whatever_order(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let coop = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let leased_by_the_month = async |assets: &[&str], [from, to]: [&str; 2], dues: &[&str]| {
        let lots: Vec<_> = assets
            .iter()
            .map(|it| json!({"asset_id": it, "from_id": east, "to_id": coop, "share": "1"}))
            .collect();
        let dues: Vec<_> = dues.iter().map(|it| json!({"due_on": it, "amount_fen": 3_600_000})).collect();
        let lease = json!({
            "right": "management", "effective_on": from, "term": {"from": from, "to": to}, "lots": lots,
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "consideration": {"kind": "rent", "schedule": dues},
        });
        let case = officer.creates("/v1/transfers", lease).await;
        town.takes_through("transfers", &case).await;
        let all = auditor.reads(&format!("/v1/contracts?asset_id={}", assets[0])).await;
        all["items"].as_array().unwrap().iter().find(|it| it["case_id"] == case["id"]).unwrap().clone()
    };
    let of = async |contract: &Value| {
        let contract = auditor.reads(&format!("/v1/contracts/{}", id(contract))).await;
        let lapsed =
            contract["schedule"].as_array().unwrap().iter().map(|it| it["lapsed"].as_bool().unwrap());
        (contract["ended_on"].clone(), lapsed.collect::<Vec<_>>())
    };
    let lost = |asset: &str| {
        json!({
            "kind": "disposal", "asset_id": asset, "cause": "natural_disaster", "effective_on": "2026-07-01",
            "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
            "technical_report_id": report,
        })
    };
    let found = |asset: &str, on: &str| {
        json!({
            "kind": "restoration", "asset_id": asset, "effective_on": on, "reason": "清淤后主体完好",
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        })
    };
    let goes = async |kind: &str, body: Value| {
        let case = officer.creates(&format!("/v1/{kind}"), body).await;
        town.takes_through(kind, &case).await;
    };

    // Of two sheds that were lost the one that was found first is recorded last.
    let [one, other] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    let months = ["2026-07-15", "2026-08-15", "2026-09-15", "2026-11-15", "2028-01-01"];
    let lease = leased_by_the_month(&[&one, &other], ["2024-01-01", "2029-01-01"], &months).await;
    goes("alterations", lost(&one)).await;
    goes("alterations", lost(&other)).await;
    assert_eq!(of(&lease).await, (json!("2026-07-01"), vec![true; 5]));
    goes("alterations", found(&one, "2026-11-01")).await;
    assert_eq!(of(&lease).await, (json!(null), vec![true, true, true, false, false]));
    town.signed_size().await;
    let then = town.registry.storage.clock().now();
    let then = then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    goes("alterations", found(&other, "2026-08-01")).await;
    assert_eq!(of(&lease).await, (json!(null), vec![true, false, false, false, false]));
    let known = auditor.reads(&format!("/v1/contracts/{}?known_at={then}", id(&lease))).await;
    assert_eq!(known["schedule"][1]["lapsed"], json!(true), "it was not known then: {known}");

    // A later lease to the same is its own: what is found again is let by it, and not by the one that ended.
    let shed = town.shed_of(&east, &minutes).await;
    let ended =
        leased_by_the_month(&[&shed], ["2024-01-01", "2029-01-01"], &["2024-01-01", "2026-11-15"]).await;
    altered_after(&town, given_back(&town, &shed, &coop, "2026-01-01", &minutes), &["L20"]).await;
    let later =
        leased_by_the_month(&[&shed], ["2026-01-01", "2029-01-01"], &["2026-01-01", "2026-11-15"]).await;
    goes("alterations", lost(&shed)).await;
    goes("alterations", found(&shed, "2026-10-01")).await;
    assert_eq!(of(&ended).await, (json!("2026-01-01"), vec![false, true]));
    assert_eq!(of(&later).await, (json!(null), vec![false, false]));

    // Of two sheds that ended the one is let anew; an end of the other that was none is put right by the old lease.
    let [one, other] = [town.shed_of(&east, &minutes).await, town.shed_of(&east, &minutes).await];
    let old =
        leased_by_the_month(&[&one, &other], ["2024-01-01", "2029-01-01"], &["2024-01-01", "2028-01-01"])
            .await;
    altered(&town, given_back(&town, &one, &coop, "2026-04-01", &minutes)).await;
    altered(&town, given_back(&town, &other, &coop, "2026-06-01", &minutes)).await;
    let new = leased_by_the_month(&[&one], ["2026-07-01", "2029-01-01"], &["2026-07-01", "2028-01-01"]).await;
    goes("corrections", json!({
        "asset_id": other, "right": "management", "effective_on": "2026-09-01", "until": "2029-01-01", "reason": "未曾退租",
        "documents": [minutes], "decision": town.decided(&minutes), "holders": [{"holder_id": coop, "share": "1"}],
    })).await;
    assert_eq!(of(&old).await, (json!(null), vec![false, false]));
    assert_eq!(of(&new).await, (json!(null), vec![false, false]));

    // What hangs on a lease on paper is found again with it.
    let barn = town.shed_of(&east, &minutes).await;
    let mut on_paper = Vec::new();
    for [lessor, lessee] in [[&east, &coop], [&coop, &firm]] {
        on_paper.push(officer.creates("/v1/contracts", json!({
            "asset_ids": [barn], "lessor_id": lessor, "lessee_id": lessee, "term": {"from": "2024-01-01", "to": "2029-01-01"},
            "schedule": [{"due_on": "2028-01-01", "amount_fen": 1000}],
        })).await);
    }
    goes("alterations", lost(&barn)).await;
    for contract in &on_paper {
        assert_eq!(of(contract).await, (json!("2026-07-01"), vec![true]));
    }
    goes("alterations", found(&barn, "2026-10-01")).await;
    for contract in &on_paper {
        assert_eq!(of(contract).await, (json!(null), vec![false]));
    }

    // What falls due at the end of a term that ends a day before is told like any other rent.
    let hall = town.shed_of(&east, &minutes).await;
    leased_by_the_month(&[&hall], ["2024-01-01", "2026-01-01"], &["2024-06-01", "2026-01-01"]).await;
    altered_after(&town, given_back(&town, &hall, &coop, "2025-12-31", &minutes), &["L20"]).await;

    // Nothing is let on by a lessee who is gone when it is found: it is the village's again.
    let yard = town.shed_of(&east, &minutes).await;
    let tenant = town.party("cooperative", "丰收种植专业合作社", EAST).await;
    leased(&town, &yard, [&east, &tenant], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    leased_for_rent(&town, &yard, [&tenant, &firm], "1", &minutes).await;
    goes("alterations", lost(&yard)).await;
    let contracts = auditor.reads(&format!("/v1/contracts?asset_id={yard}")).await;
    for contract in contracts["items"].as_array().unwrap() {
        assert_eq!(contract["ended_on"], json!("2026-07-01"), "{contract}");
    }
    let gone = changes(&town, "county_approver", &tenant, json!({"ended_on": "2026-08-01"})).await;
    if gone.status == 200 {
        goes("alterations", found(&yard, "2026-10-01")).await;
        assert_eq!(holders(&town, &yard, "management", "2026-11-01").await, self::of([(&east, "1/1")]));
    }
    told_by_the_journal(&town).await;
}

pub async fn a_household_that_lets_is_asked_before_its_lease_ends(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let household = town.party("household", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let tenant = town.party("household", "赵小农", EAST).await;
    let minutes = town.document().await;
    let cattle = town.asset("household", "livestock", 1_000_000).await;
    town.registers(&cattle, &minutes, json!([{"holder_id": household, "share": "1"}])).await;
    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": cattle, "from_id": household, "to_id": firm, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2026-01-01", "amount_fen": 50_000}]},
        "recorded_late": town.late(), "owner_consent_id": minutes,
    });
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let on_paper = json!({
        "asset_ids": [cattle], "lessor_id": firm, "lessee_id": tenant, "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "schedule": [{"due_on": "2028-01-01", "amount_fen": 1000}],
    });
    officer.creates("/v1/contracts", on_paper).await;

    // Nobody else's signature ends what a household lets, with rent that fell due.
    let mut ending = given_back(&town, &cattle, &firm, "2025-12-01", &minutes);
    let drafted = officer.creates("/v1/alterations", ending.clone()).await;
    let asked: std::collections::BTreeSet<_> = drafted["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["rule"] == "L48")
        .map(|it| it["figures"]["from_id"].to_string())
        .collect();
    // Whoever rents from the firm on paper rents no longer than the firm does, and is told by the notice.
    assert_eq!(asked, [&household].map(|it| json!(it).to_string()).into(), "{drafted}");
    town.decides("alterations", &drafted, "submit").await.expect_problem(409, "blocked_by_loss_check");
    ending["owner_consent_id"] = json!(minutes);
    altered(&town, ending).await;
    for lessee in [&firm, &tenant] {
        assert_eq!(contract_of(&town, &cattle, lessee).await.0, json!("2025-12-01"));
    }
}

pub async fn whoever_owns_it_by_now_decides_on_a_lease_that_is_said_to_have_ended_before(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    leased(&town, &shed, [&east, &firm], "1", ["2022-01-01", "2029-01-01"], &minutes).await;
    handed_over(&town, &shed, [&east, &west], ("1", "2024-01-01"), &minutes).await;

    // Dated before the sale, it would take from the buyer what it has let since.
    let ending = given_back(&town, &shed, &firm, "2023-06-01", &minutes);
    let of_seller = town.decided_by(ending.clone(), &minutes, &[&east]);
    let of_seller = officer.creates("/v1/alterations", of_seller).await;
    assert_eq!(field(&of_seller["findings"], "rule"), ["L15"], "{of_seller}");
    assert_eq!(of_seller["findings"][0]["figures"]["party_id"], json!(west), "{of_seller}");
    town.decides("alterations", &of_seller, "submit").await.expect_problem(409, "blocked_by_loss_check");
    altered(&town, town.decided_by(ending, &minutes, &[&east, &west])).await;
    assert_eq!(holders(&town, &shed, "management", "2026-06-01").await, of([(&west, "1/1")]));

    // What the seller decided before it sold is not done to the buyer either.
    let barn = town.shed_of(&east, &minutes).await;
    leased(&town, &barn, [&east, &firm], "1", ["2022-01-01", "2029-01-01"], &minutes).await;
    let ending = town.decided_by(given_back(&town, &barn, &firm, "2023-06-01", &minutes), &minutes, &[&east]);
    let drafted = officer.creates("/v1/alterations", ending).await;
    assert_eq!(drafted["findings"], json!([]), "{drafted}");
    handed_over(&town, &barn, [&east, &west], ("1", "2024-01-01"), &minutes).await;
    town.decides("alterations", &drafted, "submit").await.expect_problem(409, "blocked_by_loss_check");
}

pub async fn rent_that_falls_due_while_a_case_is_under_way_is_given_up_in_nobodys_silence(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let today: chrono::NaiveDate = town.today().parse().unwrap();
    let lease = json!({
        "right": "management", "effective_on": "2025-06-01", "term": {"from": "2025-06-01", "to": "2029-06-01"},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [
            {"due_on": "2025-06-01", "amount_fen": 40_000_000},
            {"due_on": today + chrono::Days::new(5), "amount_fen": 18_000_000}, {"due_on": "2028-06-01", "amount_fen": 18_000_000}]},
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let mut ending = given_back(&town, &shed, &firm, &town.today(), &minutes);
    ending.as_object_mut().unwrap().remove("recorded_late");
    let drafts = [(); 2].map(|()| officer.creates("/v1/alterations", ending.clone()));
    let [early, late] = drafts;
    let (early, late) = (early.await, late.await);
    assert_eq!((&early["findings"], &late["findings"]), (&json!([]), &json!([])));
    for step in ["submit", "review", "start_notice", "close_notice"] {
        decides_today(&town, "alterations", &early, step).await.expect(200);
    }
    town.clock.advance(chrono::TimeDelta::days(10));
    // What hung still says what is done: time alone outdates no notice. But the county hears of the rent before.
    let refused = decides_today(&town, "alterations", &early, "execute").await;
    assert_eq!(refused.expect_problem(409, "conflict")["next_step"], "approve");
    let approved = decides_today(&town, "alterations", &early, "approve").await.expect(200);
    assert_eq!(approved["findings"][0]["figures"]["given_up_fen"], json!(18_000_000), "{approved}");
    let submitted = decides_today(&town, "alterations", &late, "submit").await.expect(200);
    assert_eq!(field(&submitted["findings"], "rule"), ["L20"], "{submitted}");
    for step in ["review", "start_notice"] {
        decides_today(&town, "alterations", &late, step).await.expect(200);
    }
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&late))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let told = &notice["content"]["alteration"]["rent_given_up"][0];
    assert_eq!(told["amount_fen"], json!(18_000_000), "{notice:#}");
    decides_today(&town, "alterations", &early, "execute").await.expect(200);
}

pub async fn a_chain_through_a_hundred_parts_is_followed_once(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let mut whole = town.asset("operating", "greenhouse", 12_000_000).await;
    town.registers(&whole, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let papers = json!({"reason": "分摊经营", "documents": [minutes], "decision": town.decided(&minutes),
        "recorded_late": town.late()});
    let with_papers = |mut body: Value| {
        body.as_object_mut().unwrap().extend(papers.as_object().unwrap().clone());
        body
    };
    for [divided, merged] in [["02", "03"], ["04", "05"], ["06", "07"]] {
        let stalls: Vec<Value> = (1..=100)
            .map(|it| json!({"name": format!("{it}号棚"), "quantity": "1", "unit": "格", "original_value_fen": 120_000}))
            .collect();
        altered(&town, with_papers(json!({
            "kind": "division", "asset_id": whole, "effective_on": format!("2025-{divided}-01"), "parts": stalls,
        })))
        .await;
        let found = town.auditor().reads(&format!("/v1/assets?parent_id={whole}&limit=500")).await;
        let stalls: Vec<String> = found["items"].as_array().unwrap().iter().map(id).collect();
        altered(&town, with_papers(json!({
            "kind": "merger", "asset_ids": stalls, "effective_on": format!("2025-{merged}-01"), "name": "联合大棚",
            "quantity": "1", "unit": "处",
        })))
        .await;
        let ended = town.auditor().reads(&format!("/v1/assets/{}", stalls[0])).await;
        ended["merged_into_id"].as_str().unwrap().clone_into(&mut whole);
    }

    // A million ways lead from the market of today to that of the beginning, and it is one market.
    let asked = std::time::Instant::now();
    let chain = town.auditor().reads(&format!("/v1/assets/{whole}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])));
    assert_eq!(chain["links"][0]["kind"], "first_registration");
    assert!(asked.elapsed() < std::time::Duration::from_secs(30), "{:?}", asked.elapsed());
}
