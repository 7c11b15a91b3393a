//! What stands around an act: deals that are split, deals that are offered nowhere, terms that the county finds long, income that is handed
//! out, investments without an end, securities that are void, papers that are used twice, payments to those who decide.

use chrono::{Days, Months, NaiveDate, TimeDelta};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::town::{COUNTY, EAST, TOWNSHIP, Town, id};

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + TimeDelta::hours(8)).date_naive()
}

/// The rules that found something.
fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

/// What one of them found.
#[track_caller]
fn found<'a>(answer: &'a Value, rule: &str) -> &'a Value {
    let of_rule = |it: &&Value| it["rule"] == rule;
    answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(of_rule)
        .unwrap_or_else(|| panic!("no {rule} in {answer}"))
}

/// Brings a document of its own.
async fn paper(town: &Town, text: &str) -> String {
    let part = Part::bytes(text.as_bytes().to_vec()).file_name("contract.txt").mime_str("text/plain");
    let form = Form::new().part("file", part.unwrap());
    let answer = town.officer().request(Method::POST, "/v1/documents").multipart(form).send().await.unwrap();
    id(&answer.json::<Value>().await.unwrap())
}

async fn policy(town: &Town, values: Value) {
    let policy = json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

async fn relates(town: &Town, from: &str, to: &str, relation: Value) {
    let mut relation = relation;
    relation["to_id"] = json!(to);
    relation["period"] = json!({"from": "2020-01-01"});
    town.officer().creates(&format!("/v1/parties/{from}/relations"), relation).await;
}

/// A village with minutes of its decisions, and a firm.
struct Village {
    village: String,
    firm: String,
    minutes: String,
}

impl Village {
    async fn of(town: &Town) -> Self {
        town.notices_come_down_at_once().await;
        Self {
            village: town.party("village_collective", "东村股份经济合作社", EAST).await,
            firm: town.party("enterprise", "惠农公司", EAST).await,
            minutes: town.document().await,
        }
    }

    async fn shed(&self, town: &Town) -> String {
        town.shed_of(&self.village, &self.minutes).await
    }

    /// A lease of some sheds for some years, all the rent at once.
    fn lease(
        &self,
        town: &Town,
        sheds: &[&String],
        to: &str,
        (on, years, rent): (NaiveDate, u32, i64),
    ) -> Value {
        let lot =
            |shed: &&String| json!({"asset_id": shed, "from_id": self.village, "to_id": to, "share": "1"});
        json!({"right": "management", "lots": sheds.iter().map(lot).collect::<Vec<_>>(), "effective_on": on,
            "term": {"from": on, "to": on + Months::new(12 * years)}, "decision": town.decided(&self.minutes),
            "consideration": {"kind": "rent", "schedule": [{"due_on": on, "amount_fen": rent}]},
            "documents": [self.minutes]})
    }
}

async fn checks(town: &Town, deal: &Value) -> Value {
    town.officer().posts("/v1/transfers/check", deal.clone()).await.expect(200)
}

pub async fn deals_that_are_split_are_held_to_their_sum(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let (one, other, third) = (east.shed(&town).await, east.shed(&town).await, east.shed(&town).await);
    let first = east.lease(&town, &[&one], &east.firm, (on, 3, 12_000_000));
    let first = town.officer().creates("/v1/transfers", first).await;
    assert_eq!(rules(&first), Vec::<&str>::new(), "{first}");
    let another = east.lease(&town, &[&other], &east.firm, (on, 3, 12_000_000));
    // A draft is none yet; from its submission on a case counts.
    assert_eq!(rules(&checks(&town, &another).await), Vec::<&str>::new());
    town.decides("transfers", &first, "submit").await.expect(200);
    let both = checks(&town, &another).await;
    assert_eq!((both["outcome"].as_str(), rules(&both)), (Some("escalate"), vec!["L08"]), "{both}");
    let figures = &found(&both, "L08")["figures"];
    assert_eq!((&figures["sum_fen"], &figures["threshold_fen"]), (&json!(24_000_000), &json!(20_000_000)));
    assert_eq!((&figures["deals"], &figures["case_ids"]), (&json!(2), &json!([id(&first)])));
    assert!(found(&both, "L08")["message"].as_str().unwrap().contains("惠农公司"), "{both}");
    // And once it is executed, with whoever controls the firm as well.
    let first = town.officer().reads(&format!("/v1/transfers/{}", id(&first))).await;
    town.takes_through("transfers", &first).await;
    let person = town.party("person", "王五", EAST).await;
    let to_person = east.lease(&town, &[&third], &person, (on, 3, 12_000_000));
    assert_eq!(rules(&checks(&town, &to_person).await), Vec::<&str>::new());
    relates(&town, &person, &east.firm, json!({"kind": "legal_representative"})).await;
    let through = checks(&town, &to_person).await;
    assert_eq!(rules(&through), ["L08"], "{through}");
    assert_eq!(found(&through, "L08")["figures"]["path"], json!(["legal_representative"]), "{through}");
    // Below the limit together.
    let mut small = east.lease(&town, &[&third], &person, (on, 3, 8_000_000));
    small["lots"][0]["share"] = json!("1/2");
    assert_eq!(rules(&checks(&town, &small).await), Vec::<&str>::new());
    // On the last day of the window, and on the day after it.
    policy(&town, json!({"structuring_window_days": 30})).await;
    let after = |days| east.lease(&town, &[&other], &east.firm, (on + Days::new(days), 3, 12_000_000));
    assert_eq!(rules(&checks(&town, &after(30)).await), ["L08"]);
    assert_eq!(rules(&checks(&town, &after(31)).await), Vec::<&str>::new());
}

pub async fn what_is_worth_much_is_offered_on_an_exchange(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let sheds = [east.shed(&town).await, east.shed(&town).await];
    let deal = |sheds: &[&String], rent| east.lease(&town, sheds, &east.firm, (on, 3, rent));
    let one = deal(&[&sheds[0]], 20_000_000);
    assert_eq!(rules(&checks(&town, &one).await), Vec::<&str>::new());
    let dear = deal(&[&sheds[0]], 20_000_001);
    let untraded = checks(&town, &dear).await;
    assert_eq!(
        (untraded["outcome"].as_str(), rules(&untraded)),
        (Some("escalate"), vec!["L17"]),
        "{untraded}"
    );
    assert_eq!(found(&untraded, "L17")["figures"]["value_fen"], 20_000_001);
    let (confirmed, scan) = (town.confirmation().await, town.confirmation().await);
    let traded = |traded_on: NaiveDate| {
        let mut deal = dear.clone();
        deal["documents"] = json!([east.minutes, confirmed]);
        deal["exchange"] =
            json!({"platform": "县农村产权交易中心", "reference": "CD-2026-0117", "traded_on": traded_on});
        deal
    };
    assert_eq!(rules(&checks(&town, &traded(on)).await), Vec::<&str>::new());
    assert_eq!(rules(&checks(&town, &traded(on - Days::new(365))).await), Vec::<&str>::new());
    assert_eq!(rules(&checks(&town, &traded(on - Days::new(366))).await), ["L17"]);
    // The minutes of the village are no confirmation, under whatever name they come.
    let shown_by = |documents: Value, confirmation: Value| {
        let mut deal = traded(on);
        deal["documents"] = documents;
        deal["exchange"]["document_id"] = confirmation;
        deal
    };
    let other_scan = town.document().await;
    for (documents, confirmation) in [
        (json!([east.minutes]), Value::Null),
        (json!([east.minutes, other_scan]), Value::Null),
        (json!([east.minutes, confirmed]), json!(other_scan)),
    ] {
        let unshown = checks(&town, &shown_by(documents, confirmation)).await;
        assert_eq!(found(&unshown, "L17")["cause"], "trade_without_document", "{unshown}");
    }
    assert_eq!(
        rules(&checks(&town, &shown_by(json!([east.minutes]), json!(scan))).await),
        Vec::<&str>::new()
    );
    // A trade is that of one deal: by another reference it is another, and what is rejected counts for nothing.
    let sold = town.officer().creates("/v1/transfers", traded(on)).await;
    town.decides("transfers", &sold, "submit").await.expect(200);
    let again = |reference: &str| {
        let mut deal = deal(&[&sheds[1]], 20_000_001);
        deal["documents"] = json!([east.minutes, confirmed]);
        deal["exchange"] =
            json!({"platform": "宁河县农村产权交易中心", "reference": reference, "traded_on": on});
        deal
    };
    for reference in ["CD-2026-0117", "cd 2026－0117"] {
        let twice = checks(&town, &again(reference)).await;
        let told = found(&twice, "L17");
        assert_eq!(
            (&told["cause"], &told["severity"]),
            (&json!("trade_used_before"), &json!("escalate")),
            "{twice}"
        );
        assert_eq!(told["figures"]["case_ids"], json!([id(&sold)]));
    }
    assert_eq!(rules(&checks(&town, &again("CD-2026-0118")).await), Vec::<&str>::new());
    let own = town.officer().reads(&format!("/v1/transfers/{}", id(&sold))).await;
    assert!(!rules(&own).contains(&"L17"), "{own}");
    town.decides("transfers", &own, "withdraw").await.expect(200);
    assert_eq!(rules(&checks(&town, &again("CD-2026-0117")).await), Vec::<&str>::new());
    // What passes to another village is no trade, nor is a sum that the county raised.
    let west = town.party("village_collective", "西村股份经济合作社", EAST).await;
    let to_village = east.lease(&town, &[&sheds[0]], &west, (on, 3, 20_000_001));
    assert!(!rules(&checks(&town, &to_village).await).contains(&"L17"));
    policy(&town, json!({"exchange_required_above_fen": 20_000_001})).await;
    assert_eq!(rules(&checks(&town, &dear).await), Vec::<&str>::new());
}

pub async fn a_trade_serves_the_term_and_the_share_that_were_traded(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let shed = east.shed(&town).await;
    let confirmed = town.confirmation().await;
    let traded = |mut deal: Value, reference: &str| {
        deal["documents"] = json!([east.minutes, confirmed]);
        deal["exchange"] = json!({"platform": "县农村产权交易中心", "reference": reference, "traded_on": on});
        deal
    };
    let lets = |from: NaiveDate, to: NaiveDate| {
        let mut deal = east.lease(&town, &[&shed], &east.firm, (from, 1, 60_000_000));
        deal["term"]["to"] = json!(to);
        traded(deal, "JY-1")
    };
    let half_a_year = on + Months::new(6);
    let first = town.officer().creates("/v1/transfers", lets(on, half_a_year)).await;
    let first = town.takes_through("transfers", &first).await;
    let used = |looked_at: &Value| {
        let findings = looked_at["findings"].as_array().unwrap().iter();
        let used = findings.filter(|it| it["cause"] == "trade_used_before");
        used.map(|it| it["figures"]["case_ids"].clone()).collect::<Vec<_>>()
    };
    let ten_years = checks(&town, &lets(half_a_year, half_a_year + Months::new(120))).await;
    assert_eq!(used(&ten_years), [json!([first])], "{ten_years}");
    // A tenth that is sold is no trade of the rest; and what is withdrawn and asked for anew is the same.
    let house = town.party("enterprise", "公信资产评估有限公司", TOWNSHIP).await;
    let (other, report) = (east.shed(&town).await, paper(&town, "appraisal").await);
    let sells = |share: &str| {
        json!({"right": "ownership", "effective_on": on, "decision": town.decided(&east.minutes),
            "lots": [{"asset_id": other, "from_id": east.village, "to_id": east.firm, "share": share}],
            "consideration": {"kind": "price", "amount_fen": 30_000_000}, "documents": [east.minutes],
            "appraisal": {"value_fen": 30_000_000, "appraised_on": on, "appraiser_id": house, "signatures": 2,
                "document_id": report}})
    };
    let tenth = town.officer().creates("/v1/transfers", traded(sells("1/10"), "JY-2")).await;
    town.decides("transfers", &tenth, "submit").await.expect(200);
    let rest = checks(&town, &traded(sells("9/10"), "JY-2")).await;
    assert_eq!(used(&rest), [json!([id(&tenth)])], "{rest}");
    let again = checks(&town, &traded(sells("1/10"), "JY-2")).await;
    assert_eq!(used(&again), Vec::<Value>::new(), "{again}");
}

pub async fn a_county_sets_how_long_a_lease_it_looks_at(town: Town) {
    let east = Village::of(&town).await;
    let shed = east.shed(&town).await;
    let lease = |years| east.lease(&town, &[&shed], &east.firm, (today(&town), years, 19_000_000));
    assert_eq!(rules(&checks(&town, &lease(11)).await), Vec::<&str>::new());
    policy(&town, json!({"lease_term_county_years": 10})).await;
    assert_eq!(rules(&checks(&town, &lease(10)).await), Vec::<&str>::new());
    let long = checks(&town, &lease(11)).await;
    assert_eq!((long["outcome"].as_str(), rules(&long)), (Some("escalate"), vec!["L19"]), "{long}");
    assert_eq!(found(&long, "L19")["figures"]["cap_years"], 10);
}

pub async fn a_village_hands_out_no_more_than_a_part(town: Town) {
    let east = Village::of(&town).await;
    let shed = east.shed(&town).await;
    let year = json!({"from": "2024-01-01", "to": "2025-01-01"});
    let receipt = json!({"asset_id": shed, "kind": "rent", "payer_id": east.firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": year});
    town.officer().creates("/v1/receipts", receipt).await;
    let plan = |members: &str, rest: &str| {
        let mut uses = vec![json!({"purpose": "members", "share": members})];
        if rest != "0" {
            uses.push(json!({"purpose": "public_posts", "share": rest}));
        }
        json!({"asset_ids": [shed], "period": year, "decision": town.decided(&east.minutes),
            "uses": {east.village.clone(): uses}})
    };
    let drafts = async |plan| town.officer().creates("/v1/distributions", plan).await;
    assert_eq!(rules(&drafts(plan("7/10", "3/10")).await), Vec::<&str>::new());
    let more = drafts(plan("71/100", "29/100")).await;
    assert_eq!((more["outcome"].as_str(), rules(&more)), (Some("escalate"), vec!["L39"]), "{more}");
    assert_eq!(found(&more, "L39")["figures"]["members_fen"], 710);
    let all = drafts(plan("1", "0")).await;
    assert_eq!(found(&all, "L39")["figures"]["members_share_bp"], 10_000);
    policy(&town, json!({"members_share_max_bp": 10_000})).await;
    assert_eq!(rules(&drafts(plan("1", "0")).await), Vec::<&str>::new());
}

pub async fn an_investment_is_registered_with_its_end(town: Town) {
    let east = Village::of(&town).await;
    let asset = town.asset("operating", "share_investment", 12_000_000).await;
    let asked = |management: Value| {
        json!({"asset_id": asset, "effective_on": "2022-01-01", "documents": [east.minutes],
            "ownership": [{"holder_id": east.village, "share": "1"}], "management": management,
            "decision": town.decided(&east.minutes), "recorded_late": town.late()})
    };
    let open = town.officer().creates("/v1/registrations", asked(json!([]))).await;
    assert_eq!((open["outcome"].as_str(), rules(&open)), (Some("escalate"), vec!["L42"]), "{open}");
    // Under another name it is the same.
    let renamed = town.asset("operating", "loan", 12_000_000).await;
    let mut loan = asked(json!([]));
    loan["asset_id"] = json!(renamed);
    let loan = town.officer().creates("/v1/registrations", loan).await;
    assert_eq!(rules(&loan), vec!["L42"], "{loan}");
    let dividends: Vec<_> =
        (2022..2027).map(|it| json!({"due_on": format!("{it}-01-01"), "amount_fen": 800_000})).collect();
    let used = json!([{"holder_id": east.firm, "share": "1", "term": {"from": "2022-01-01", "to": "2027-01-01"},
        "contract": {"schedule": dividends}}]);
    let sound = town.officer().creates("/v1/registrations", asked(used)).await;
    assert_eq!(rules(&sound), Vec::<&str>::new(), "{sound}");
}

pub async fn what_is_the_villages_secures_no_debts_of_others(town: Town) {
    let east = Village::of(&town).await;
    let bank = town.party("state_enterprise", "农村商业银行", TOWNSHIP).await;
    let shed = east.shed(&town).await;
    let school = town.asset("public_welfare", "school", 12_000_000).await;
    town.registers(&school, &east.minutes, json!([{"holder_id": east.village, "share": "1"}])).await;
    let mortgage = |asset: &str, debtor: Value| {
        json!({"asset_id": asset, "kind": "mortgage", "holder_id": bank, "amount_fen": 5_000_000,
            "period": {"from": today(&town)}, "document_id": east.minutes, "secures_debt_of_id": debtor})
    };
    let posts = async |asked: Value| town.officer().posts("/v1/restrictions", asked).await;
    // Whose debt it is is said, be it the owner's own; what stood long before it is entered is there, and told.
    let unsaid = posts(mortgage(&shed, Value::Null)).await.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(unsaid["findings"][0]["cause"], "debtor_unnamed", "{unsaid}");
    let own = posts(mortgage(&shed, json!(east.village))).await.expect(201);
    assert_eq!((&own["findings"], &own["secures_debt_of_id"]), (&json!([]), &json!(east.village)));
    let standing_on = east.shed(&town).await;
    let mut standing = mortgage(&standing_on, Value::Null);
    standing["period"] = json!({"from": "2022-01-01"});
    let warned = posts(standing.clone()).await.expect(201);
    assert_eq!(found(&warned, "L13")["severity"], "warn", "{warned}");
    standing["document_id"] = Value::Null;
    // What goes to the county the county records, with its reason.
    let unshown = posts(standing.clone()).await.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(found(&unshown, "L13")["severity"], "escalate", "{unshown}");
    assert_eq!(unshown["rules"], json!(["L13"]), "{unshown}");
    let county = town.actor("county_approver");
    let bare = county.posts("/v1/restrictions", standing.clone()).await;
    bare.expect_problem(409, "blocked_by_loss_check");
    standing["overrides"] = json!([{"rule": "L13", "reason": "原合同遗失，已向信用社核实"}]);
    posts(standing.clone()).await.expect_problem(409, "blocked_by_loss_check");
    let mut in_vain = standing.clone();
    in_vain["overrides"] = json!([{"rule": "L14", "reason": "原合同遗失，已向信用社核实"}]);
    county.posts("/v1/restrictions", in_vain).await.expect_problem(422, "validation_failed");
    let unshown = county.posts("/v1/restrictions", standing).await.expect(201);
    assert_eq!(found(&unshown, "L13")["severity"], "escalate", "{unshown}");
    let named = json!([{"rule": "L13", "reason": "原合同遗失，已向信用社核实"}]);
    assert_eq!(unshown["overrides"], named, "{unshown}");
    let read = town.auditor().reads(&format!("/v1/restrictions/{}", id(&unshown))).await;
    assert_eq!(read["overrides"], named, "{read}");
    // A court's seizure nobody has to look at: the county's officer records it at once.
    let seized = json!({"asset_id": standing_on, "kind": "seizure", "holder_id": bank, "period": {"from": today(&town)}});
    let seized = county.posts("/v1/restrictions", seized).await.expect(201);
    assert_eq!((&seized["findings"], &seized["overrides"]), (&json!([]), &json!([])));
    let for_firm = mortgage(&shed, json!(east.firm));
    let refused = posts(for_firm.clone()).await.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(rules(&refused), ["L13"], "{refused}");
    let chinese = town.officer().in_chinese().posts("/v1/restrictions", for_firm.clone()).await;
    let detail = chinese.expect_problem(409, "blocked_by_loss_check")["detail"].to_string();
    assert!(detail.contains("惠农公司") && detail.contains("registered_elsewhere"), "{detail}");
    let of_school =
        posts(mortgage(&school, json!(east.village))).await.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(rules(&of_school), ["L14"], "{of_school}");
    // Where it stands on somebody's books all the same it is a fact, and is there for whoever deals with the asset.
    let mut recorded = for_firm.clone();
    recorded["registered_elsewhere"] =
        json!({"authority": "县不动产登记中心", "reference": "不动产证明第0001234号"});
    // The word of whoever records it is not enough: it has a paper, a number, and a day that has come.
    for (field, value) in [
        ("/document_id", Value::Null),
        ("/registered_elsewhere/reference", json!("不动产证明")),
        ("/period/from", json!("2027-06-01")),
    ] {
        let mut asked = recorded.clone();
        *asked.pointer_mut(field).unwrap() = value;
        assert_eq!(posts(asked).await.first_fault().0, field);
    }
    let recorded = posts(recorded).await.expect(201);
    assert_eq!(rules(&recorded), ["L13"], "{recorded}");
    let path = format!("/v1/restrictions/{}", id(&recorded));
    let again = town.officer().reads(&path).await;
    assert_eq!(again["findings"], recorded["findings"]);
    assert_eq!(again["registered_elsewhere"]["authority"], "县不动产登记中心");
    let listed = town.officer().reads(&format!("/v1/restrictions?asset_id={shed}")).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    let sold = json!({"right": "ownership", "effective_on": today(&town), "documents": [east.minutes],
        "lots": [{"asset_id": shed, "from_id": east.village, "to_id": east.firm, "share": "1"}],
        "consideration": {"kind": "price", "amount_fen": 12_000_000}, "decision": town.decided(&east.minutes)});
    assert!(rules(&checks(&town, &sold).await).contains(&"L12"));
    // A seizure secures nobody's debt, and a debtor is somebody.
    let mut seizure = for_firm.clone();
    seizure["kind"] = json!("seizure");
    assert_eq!(
        posts(seizure).await.first_fault(),
        ("/secures_debt_of_id".to_owned(), "not_applicable".to_owned())
    );
    let nobody = posts(mortgage(&shed, json!(uuid::Uuid::now_v7()))).await;
    assert_eq!(nobody.first_fault(), ("/secures_debt_of_id".to_owned(), "not_found".to_owned()));
}

pub async fn what_acts_rested_on_is_taken_back_by_the_county_with_a_paper(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let shed = east.shed(&town).await;
    let person = town.party("person", "王五", EAST).await;
    let relations = format!("/v1/parties/{person}/relations");
    let represents =
        || json!({"to_id": east.firm, "kind": "legal_representative", "period": {"from": "2020-01-01"}});
    let officer = town.officer();
    // What is entered by mistake, and nothing rested on, is put right by whoever entered it.
    let mistaken = id(&officer.creates(&relations, represents()).await);
    let path = format!("{relations}/{mistaken}");
    let never = json!({"ended_on": "2020-01-01"});
    officer.patches(&path, Some("\"1\""), never.clone()).await.expect(200);
    let relation = id(&officer.creates(&relations, represents()).await);
    let ban = json!({"asset_id": shed, "kind": "seizure", "holder_id": east.firm, "period": {"from": "2022-01-01", "to": "2022-02-01"}});
    let ban = id(&officer.creates("/v1/restrictions", ban).await);
    let lease = east.lease(&town, &[&shed], &east.firm, (on, 3, 12_000_000));
    let lease = officer.creates("/v1/transfers", lease).await;
    town.decides("transfers", &lease, "submit").await.expect(200);
    let county = town.actor("county_approver");
    let never_so =
        |field: &str, day: &str| json!({field: day, "mistake": "never_so", "document_id": east.minutes});
    for (path, field, day) in [
        (format!("{relations}/{relation}"), "ended_on", "2020-01-01"),
        (format!("/v1/restrictions/{ban}"), "released_on", "2022-01-01"),
    ] {
        let said = never_so(field, day);
        let refused =
            officer.patches(&path, Some("\"1\""), said.clone()).await.expect_problem(409, "four_eyes");
        assert_eq!(refused["case_ids"], json!([id(&lease)]), "{refused}");
        let bare =
            county.patches(&path, Some("\"1\""), json!({field: day, "document_id": east.minutes})).await;
        assert_eq!(bare.first_fault(), ("/mistake".to_owned(), "required_with".to_owned()));
        // Nor does it end in the past without them, though it was there for a day.
        let ended = officer.patches(&path, Some("\"1\""), json!({field: "2022-01-15"})).await;
        ended.expect_problem(409, "four_eyes");
        county.patches(&path, Some("\"1\""), said).await.expect(200);
    }
}

pub async fn no_end_of_the_past_switches_a_rule_off_for_a_deal(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let (shed, other) = (east.shed(&town).await, east.shed(&town).await);
    let head = town.party("person", "张三", EAST).await;
    let relations = format!("/v1/parties/{head}/relations");
    let post = json!({"to_id": east.village, "kind": "officer_of", "post": "head", "period": {"from": "2022-01-01"}});
    let relation = format!("{relations}/{}", id(&officer.creates(&relations, post).await));
    let ban = |asset: &str| json!({"asset_id": asset, "kind": "transfer_ban", "holder_id": east.village, "period": {"from": "2022-01-01"}});
    let lies = format!("/v1/restrictions/{}", id(&officer.creates("/v1/restrictions", ban(&shed)).await));
    // Nothing rests on either so far, and whoever entered them says alone when they ended, and that they did not.
    for (path, field) in [(&relation, "ended_on"), (&lies, "released_on")] {
        officer.patches(path, Some("\"1\""), json!({field: "2022-01-02"})).await.expect(200);
        officer.patches(path, Some("\"2\""), json!({field: null})).await.expect(200);
        officer.patches(path, Some("\"3\""), json!({field: "2022-01-02"})).await.expect(200);
    }
    let drafted = east.lease(&town, &[&other], &east.firm, (on, 3, 1_000_000));
    let drafted = officer.creates("/v1/transfers", drafted).await;
    // Of a restriction that ends from now on nobody says why it was wrong.
    let standing = officer.creates("/v1/restrictions", ban(&other)).await;
    let standing = format!("/v1/restrictions/{}", id(&standing));
    let vain = json!({"released_on": on, "mistake": "never_so"});
    let vain = officer.patches(&standing, Some("\"1\""), vain).await;
    assert_eq!(vain.first_fault(), ("/mistake".to_owned(), "not_applicable".to_owned()));
    // While a draft waits for it, whoever drafted it does not release it; others do with a paper.
    let ends = json!({"released_on": on, "document_id": east.minutes});
    let own = officer.patches(&standing, Some("\"1\""), ends.clone()).await;
    let own = own.expect_problem(409, "four_eyes");
    assert_eq!((&own["case_ids"], &own["cases_elsewhere"]), (&json!([id(&drafted)]), &json!(0)), "{own}");
    let bare = county.patches(&standing, Some("\"1\""), json!({"released_on": on})).await;
    assert_eq!(bare.first_fault(), ("/document_id".to_owned(), "required_with".to_owned()));
    county.patches(&standing, Some("\"1\""), ends).await.expect(200);
    // The head gets the shed while neither is on record any more: it is not as if they had been there all the time, but for the county.
    let lease = east.lease(&town, &[&shed], &head, (on, 3, 1_000_000));
    let lease = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &lease).await;
    let said =
        |field: &str, day: Value| json!({field: day, "mistake": "wrong_day", "document_id": east.minutes});
    for (path, field) in [(&relation, "ended_on"), (&lies, "released_on")] {
        for day in [json!(null), json!("2023-01-01")] {
            let refused = officer.patches(path, Some("\"4\""), said(field, day)).await;
            let refused = refused.expect_problem(409, "four_eyes");
            assert!(refused["case_ids"].as_array().unwrap().contains(&json!(id(&lease))), "{refused}");
        }
        let bare = json!({field: null, "mistake": "wrong_day"});
        let bare = county.patches(path, Some("\"4\""), bare).await;
        assert_eq!(bare.first_fault(), ("/document_id".to_owned(), "required_with".to_owned()));
        county.patches(path, Some("\"4\""), said(field, json!(null))).await.expect(200);
        // And to its second day again: whoever recorded it is not alone with that either.
        let again = officer.patches(path, Some("\"5\""), said(field, json!("2022-01-02"))).await;
        again.expect_problem(409, "four_eyes");
        county.patches(path, Some("\"5\""), said(field, json!("2022-01-02"))).await.expect(200);
        // Whoever ended it does not take that back alone.
        let back = county.patches(path, Some("\"6\""), said(field, json!(null))).await;
        back.expect_problem(409, "four_eyes");
    }
    // Who is employed by the village is looked at by no rule, unless by name.
    let clerk = town.party("person", "赵六", EAST).await;
    let relations = format!("/v1/parties/{clerk}/relations");
    let job = json!({"to_id": east.village, "kind": "employed_by", "period": {"from": "2022-01-01"}});
    let job = format!("{relations}/{}", id(&officer.creates(&relations, job).await));
    officer.patches(&job, Some("\"1\""), json!({"ended_on": "2022-01-02"})).await.expect(200);
}

pub async fn a_paper_of_another_deal_is_told(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let (one, other) = (east.shed(&town).await, east.shed(&town).await);
    let contract = paper(&town, "contract with 惠农公司").await;
    let with = |mut deal: Value, paper: &str| {
        deal["documents"] = json!([paper, east.minutes]);
        deal
    };
    let first = with(east.lease(&town, &[&one], &east.firm, (on, 2, 2_000_000)), &contract);
    let first = town.officer().creates("/v1/transfers", first).await;
    town.takes_through("transfers", &first).await;
    let person = town.party("person", "王五", EAST).await;
    // The minutes are of both, and lawfully so; the contract is not, nor is another scan of it with the same bytes.
    let sound = with(
        east.lease(&town, &[&other], &person, (on, 2, 2_000_000)),
        &paper(&town, "contract with 王五").await,
    );
    assert_eq!(rules(&checks(&town, &sound).await), Vec::<&str>::new());
    let scan = paper(&town, "contract with 惠农公司").await;
    for used in [&contract, &scan] {
        let reused = with(east.lease(&town, &[&other], &person, (on, 2, 2_000_000)), used);
        let reused = checks(&town, &reused).await;
        assert_eq!((reused["outcome"].as_str(), rules(&reused)), (Some("pass"), vec!["L51"]), "{reused}");
        assert_eq!(found(&reused, "L51")["figures"]["document_id"], json!(used));
        assert_eq!(found(&reused, "L51")["figures"]["case_ids"], json!([id(&first)]));
        // The sentence calls it by the name of its file.
        let name = town.officer().reads(&format!("/v1/documents/{used}")).await["name"].clone();
        let message = found(&reused, "L51")["message"].as_str().unwrap();
        assert!(message.contains(name.as_str().unwrap()) && !message.contains(used), "{message}");
    }
    // With the same party it is one matter.
    let same = with(east.lease(&town, &[&other], &east.firm, (on, 2, 2_000_000)), &contract);
    assert_eq!(rules(&checks(&town, &same).await), Vec::<&str>::new());
    // A contract on record shows nobody else's deal either.
    let of_before = paper(&town, "contract of 2022").await;
    let recorded = |lessee: &str, asset: &str| {
        json!({"asset_ids": [asset], "lessor_id": east.village, "lessee_id": lessee, "documents": [of_before],
            "term": {"from": "2022-01-01", "to": "2024-01-01"}, "recorded_late": town.late(),
            "schedule": [{"due_on": "2022-01-01", "amount_fen": 2_000_000}], "decision": town.decided(&east.minutes)})
    };
    let once = town.officer().creates("/v1/contracts", recorded(&east.firm, &one)).await;
    assert!(!rules(&once).contains(&"L51"), "{once}");
    let twice = town.officer().creates("/v1/contracts", recorded(&person, &other)).await;
    assert_eq!(found(&twice, "L51")["figures"]["contract_ids"], json!([id(&once)]), "{twice}");
}

pub async fn whoever_decides_is_paid_with_a_warning(town: Town) {
    let east = Village::of(&town).await;
    let shed = east.shed(&town).await;
    let sale = json!({"asset_id": shed, "kind": "sale_proceeds", "payer_id": east.firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    town.officer().creates("/v1/receipts", sale).await;
    let path = format!("/v1/accounts?party_id={}&purpose=disposal_proceeds", east.village);
    let account = id(&town.auditor().reads(&path).await["items"][0]);
    let payments = format!("/v1/accounts/{account}/payments");
    let paid = |purpose: &str, payee: &str| json!({"purpose": purpose, "payee_id": payee, "amount_fen": 100, "paid_on": town.today(), "document_id": east.minutes});
    let sound = town.officer().creates(&payments, paid("road_repair", &east.firm)).await;
    assert_eq!(sound["findings"], json!([]));
    let head = town.party("person", "张三", EAST).await;
    relates(&town, &head, &east.village, json!({"kind": "officer_of", "post": "head"})).await;
    relates(&town, &head, &east.firm, json!({"kind": "legal_representative"})).await;
    let to_firm = town.officer().creates(&payments, paid("road_repair", &east.firm)).await;
    assert_eq!(rules(&to_firm), ["L07"], "{to_firm}");
    let told = found(&to_firm, "L07");
    assert_eq!(
        (&told["severity"], &told["figures"]["path"]),
        (&json!("warn"), &json!(["head", "legal_representative"]))
    );
    assert!(told["message"].as_str().unwrap().contains("张三"), "{told}");
    let read = town.officer().reads(&format!("/v1/payments/{}", id(&to_firm))).await;
    assert_eq!(read["findings"], to_firm["findings"]);
    let listed = town.officer().reads(&payments).await;
    assert_eq!(listed["items"][1]["findings"], to_firm["findings"]);
    let itself = town.officer().creates(&payments, paid("road_repair", &east.village)).await;
    assert_eq!(
        (rules(&itself), &itself["findings"][0]["cause"]),
        (vec!["L35"], &json!("paid_to_itself")),
        "{itself}"
    );
    let refused = town.officer().posts(&payments, paid("office_buildings", &east.firm)).await;
    assert_eq!(refused.expect_problem(409, "blocked_by_loss_check")["rule"], "L38");
}

pub async fn what_a_village_pays_for_is_looked_at(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let officer = town.officer();
    let head = town.party("person", "张三", EAST).await;
    relates(&town, &head, &east.village, json!({"kind": "officer_of", "post": "head"})).await;
    let of = async |owner: &str| {
        let asset = town.asset("operating", "machinery", 100_000).await;
        town.registers(&asset, &east.minutes, json!([{"holder_id": owner, "share": "1"}])).await;
        asset
    };
    let (own, strange) = (of(&head).await, of(&east.firm).await);
    let buys = |asset: &str, seller: &str, price: i64| {
        json!({"right": "ownership", "effective_on": on, "documents": [east.minutes], "owner_consent_id": east.minutes,
            "lots": [{"asset_id": asset, "from_id": seller, "to_id": east.village, "share": "1"}],
            "consideration": {"kind": "price", "amount_fen": price}})
    };
    let of_head = checks(&town, &buys(&own, &head, 300_000_000)).await;
    assert_eq!(found(&of_head, "L07")["cause"], "seller_related", "{of_head}");
    assert_eq!(found(&of_head, "L15")["cause"], "decision_missing", "{of_head}");
    assert_eq!(found(&of_head, "L02")["cause"], "bought_unappraised", "{of_head}");
    // What it decides on, of somebody who has no part in that, for little, is bought.
    let mut lawful = buys(&strange, &east.firm, 90_000);
    lawful["decision"] = town.decided(&east.minutes);
    let checked = checks(&town, &lawful).await;
    assert_eq!(rules(&checked), Vec::<&str>::new(), "{checked}");
    let case = officer.creates("/v1/transfers", lawful).await;
    town.takes_through("transfers", &case).await;
    // One price for both goes to the county.
    let shed = east.shed(&town).await;
    let mut bundle = buys(&own, &head, 20_000_000);
    bundle["lots"] = json!([{"asset_id": shed, "from_id": east.village, "to_id": east.firm, "share": "1"},
        {"asset_id": own, "from_id": head, "to_id": east.firm, "share": "1"}]);
    bundle["decision"] = town.decided(&east.minutes);
    let bundled = checks(&town, &bundle).await;
    assert_eq!(found(&bundled, "L01")["cause"], "one_price_for_several", "{bundled}");

    // What it rents, it is not bound to more for by a word.
    let barn = of(&east.firm).await;
    let rents = json!({"right": "management", "effective_on": on, "documents": [east.minutes],
        "term": {"from": on, "to": on + Months::new(24)}, "decision": town.decided(&east.minutes),
        "lots": [{"asset_id": barn, "from_id": east.firm, "to_id": east.village, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": on + Days::new(30), "amount_fen": 100}]}});
    let case = officer.creates("/v1/transfers", rents).await;
    town.takes_through("transfers", &case).await;
    let contract = officer.reads(&format!("/v1/contracts?asset_id={barn}")).await["items"][0].clone();
    let more = json!({"contract": {"id": contract["id"], "corrected": {"schedule": [{"due_on": on + Days::new(30),
        "amount_fen": 300_000_000}]}}, "reason": "租金录入有误", "documents": [east.minutes]});
    let more = officer.posts("/v1/amendments?dry_run=true", more).await.expect(201);
    let undecided = found(&more, "L15");
    assert_eq!((&undecided["severity"], &more["outcome"]), (&json!("block"), &json!("block")), "{more}");
    // Nor does it let from now on what somebody else let, for a fen, without having decided on that.
    let hut = of(&east.firm).await;
    let private = json!({"asset_ids": [hut], "lessor_id": east.firm, "lessee_id": head, "documents": [east.minutes],
        "recorded_late": town.late(), "term": {"from": "2022-01-01", "to": "2032-01-01"},
        "schedule": [{"due_on": "2022-01-01", "amount_fen": 1}]});
    let private = officer.creates("/v1/contracts", private).await;
    let lets = json!({"contract": {"id": private["id"], "corrected": {"lessor_id": east.village}}, "reason": "出租方有误",
        "documents": [east.minutes]});
    let lets = officer.posts("/v1/amendments?dry_run=true", lets).await.expect(201);
    assert_eq!(found(&lets, "L15")["severity"], "block", "{lets}");
    assert_eq!(found(&lets, "L20")["cause"], "rent_below_investment", "{lets}");
}

pub async fn nobody_takes_back_what_a_case_was_led_through(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let officer = town.officer();
    let (head, nephew) = (town.party("person", "张三", EAST).await, town.party("person", "李四", EAST).await);
    relates(&town, &head, &east.village, json!({"kind": "officer_of", "post": "head"})).await;
    relates(&town, &nephew, &east.firm, json!({"kind": "legal_representative"})).await;
    let relations = format!("/v1/parties/{head}/relations");
    let kin = json!({"to_id": nephew, "kind": "kin", "period": {"from": "2020-01-01"}});
    let kin = format!("{relations}/{}", id(&officer.creates(&relations, kin).await));
    let shed = east.shed(&town).await;
    let lease = east.lease(&town, &[&shed], &east.firm, (on, 3, 12_000_000));
    let lease = officer.creates("/v1/transfers", lease).await;
    assert_eq!(found(&lease, "L07")["cause"], "parties_related", "{lease}");
    let never = officer.patches(&kin, Some("\"1\""), json!({"ended_on": "2020-01-01"})).await;
    let refused = never.expect_problem(409, "four_eyes");
    assert!(refused["case_ids"].as_array().unwrap().contains(&json!(id(&lease))), "{refused}");
    officer.decides("transfers", &lease, "withdraw").await.expect(200);

    // The amendment of a lease moves nothing, and rests on what lies on its asset.
    let grower = town.party("enterprise", "绿源公司", EAST).await;
    let lease = east.lease(&town, &[&shed], &grower, (on, 3, 12_000_000));
    let lease = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &lease).await;
    let contract = officer.reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0].clone();
    let ban = json!({"asset_id": shed, "kind": "seizure", "holder_id": east.firm, "period": {"from": on}});
    let ban = format!("/v1/restrictions/{}", id(&officer.creates("/v1/restrictions", ban).await));
    let amendment = json!({"contract": {"id": contract["id"], "corrected": {"lessee_id": east.firm}},
        "reason": "承租方有误", "documents": [east.minutes], "decision": town.decided(&east.minutes)});
    let amendment = officer.creates("/v1/amendments", amendment).await;
    assert_eq!(found(&amendment, "L12")["severity"], "block", "{amendment}");
    let refused = officer.patches(&ban, Some("\"1\""), json!({"released_on": on})).await;
    assert_eq!(refused.expect_problem(409, "four_eyes")["case_ids"], json!([id(&amendment)]));
}

pub async fn what_is_in_a_villages_hands_leaves_them_by_the_county(town: Town) {
    let east = Village::of(&town).await;
    let on = today(&town);
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let own = town.party("enterprise", "东村物业公司", EAST).await;
    let relations = format!("/v1/parties/{own}/relations");
    let controlled =
        json!({"to_id": east.village, "kind": "controlled_by", "period": {"from": "2020-01-01"}});
    let controlled = format!("{relations}/{}", id(&officer.creates(&relations, controlled).await));
    let shed = east.shed(&town).await;
    let gift = json!({"right": "management", "effective_on": on, "documents": [east.minutes],
        "term": {"from": on, "to": on + Months::new(120)}, "decision": town.decided(&east.minutes),
        "lots": [{"asset_id": shed, "from_id": east.village, "to_id": own, "share": "1"}],
        "consideration": {"kind": "none"}});
    let case = officer.creates("/v1/transfers", gift).await;
    assert_eq!(case["outcome"], "pass", "{case}");
    town.takes_through("transfers", &case).await;
    // Whoever is said to have a say in it takes it out of the village's hands as well; a trifle does not.
    let villager = town.party("person", "李四", EAST).await;
    let holds = |share: &str, more: Value| {
        let mut it = json!({"to_id": own, "kind": "shareholder", "share": share, "period": {"from": on}});
        it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        it
    };
    let say = format!("/v1/parties/{villager}/relations");
    let refused = officer.posts(&say, holds("51/100", json!({"document_id": east.minutes}))).await;
    assert_eq!(refused.expect_problem(409, "four_eyes")["asset_ids"], json!([shed]));
    let bare = county.posts(&say, holds("51/100", json!({}))).await;
    assert_eq!(bare.first_fault(), ("/document_id".to_owned(), "required_with".to_owned()));
    let unknown = json!({"document_id": east.village});
    let unknown = county.posts(&say, holds("51/100", unknown)).await;
    assert_eq!(unknown.first_fault(), ("/document_id".to_owned(), "not_found".to_owned()));
    officer.creates(&say, holds("1/100", json!({}))).await;

    let ends = json!({"ended_on": on});
    let refused = officer.patches(&controlled, Some("\"1\""), ends.clone()).await;
    assert_eq!(refused.expect_problem(409, "four_eyes")["asset_ids"], json!([shed]));
    let bare = county.patches(&controlled, Some("\"1\""), ends).await;
    assert_eq!(bare.first_fault(), ("/document_id".to_owned(), "required_with".to_owned()));
    let shown = json!({"ended_on": on, "document_id": east.minutes});
    county.patches(&controlled, Some("\"1\""), shown).await.expect(200);

    // What the village pledges to those who decide for it goes to the county; what is pledged to the village is given up with a paper.
    let head = town.party("person", "张三", EAST).await;
    relates(&town, &head, &east.village, json!({"kind": "officer_of", "post": "head"})).await;
    let hall = east.shed(&town).await;
    let pledges = |asset: &str, to: &str, debtor: &str| {
        json!({"asset_id": asset, "kind": "mortgage", "holder_id": to, "amount_fen": 5_000_000, "period": {"from": on},
            "document_id": east.minutes, "secures_debt_of_id": debtor})
    };
    let to_head = officer.posts("/v1/restrictions", pledges(&hall, &head, &east.village)).await;
    let to_head = to_head.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(found(&to_head, "L07")["cause"], "creditor_related", "{to_head}");
    // Whoever owns it on any of its days has it on what is theirs.
    let mut before = pledges(&hall, &east.firm, &head);
    before["period"] = json!({"from": "2021-07-15", "to": "2040-01-01"});
    let before = officer.posts("/v1/restrictions", before).await.expect_problem(409, "blocked_by_loss_check");
    assert_eq!(found(&before, "L13")["severity"], "block", "{before}");
    let plant = town.asset("operating", "workshop", 12_000_000).await;
    town.registers(&plant, &east.minutes, json!([{"holder_id": east.firm, "share": "1"}])).await;
    let held = officer.creates("/v1/restrictions", pledges(&plant, &east.village, &east.firm)).await;
    let held = format!("/v1/restrictions/{}", id(&held));
    let bare = officer.patches(&held, Some("\"1\""), json!({"released_on": on})).await;
    assert_eq!(bare.first_fault(), ("/document_id".to_owned(), "required_with".to_owned()));
    let shown = json!({"released_on": on, "document_id": east.minutes});
    officer.patches(&held, Some("\"1\""), shown).await.expect(200);
}
