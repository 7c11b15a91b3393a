//! Leases that stand when a ledger is entered: what was typed wrongly of them, what came in before, what begins later and what was over,
//! who lets, and which of two ends. And relations between parties that cannot stand in them.

use serde_json::{Value, json};

use crate::{
    times::noted,
    town::{EAST, TOWNSHIP, Town, id},
};

/// A village with an asset that was let long before it is registered.
#[derive(Clone)]
struct Ledger {
    east: String,
    firm: String,
    grower: String,
    shed: String,
    minutes: String,
}

fn yearly(from: i32, to: i32, amount: i64) -> Value {
    (from..to).map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": amount})).collect()
}

fn rules(looked_at: &Value) -> Vec<&str> {
    looked_at["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

impl Ledger {
    async fn of(town: &Town) -> Self {
        town.notices_come_down_at_once().await;
        Self {
            east: town.party("village_collective", "东村股份经济合作社", EAST).await,
            firm: town.party("enterprise", "惠农公司", EAST).await,
            grower: town.party("enterprise", "绿源公司", EAST).await,
            shed: town.asset("operating", "greenhouse", 12_000_000).await,
            minutes: town.document().await,
        }
    }

    fn registration(&self, town: &Town, management: Value) -> Value {
        json!({"asset_id": self.shed, "effective_on": "2023-08-01", "documents": [self.minutes], "recorded_late": town.late(),
            "ownership": [{"holder_id": self.east, "share": "1"}], "management": management,
            "decision": town.decided(&self.minutes)})
    }

    /// What the ledger says of the lease that stands.
    fn lease(&self, share: &str, (from, to): (i32, i32), amount: i64) -> Value {
        json!({"holder_id": self.firm, "share": share, "contract": {"schedule": yearly(from, to, amount)},
            "term": {"from": format!("{from}-01-01"), "to": format!("{to}-01-01")}})
    }

    async fn registered(&self, town: &Town, management: Value) {
        let case = town.officer().creates("/v1/registrations", self.registration(town, management)).await;
        town.takes_through("registrations", &case).await;
    }

    async fn contracts(&self, town: &Town) -> Vec<Value> {
        let listed = town.officer().reads(&format!("/v1/contracts?asset_id={}", self.shed)).await;
        listed["items"].as_array().unwrap().clone()
    }

    async fn runs_it(&self, town: &Town, day: &str, known_at: Option<&str>) -> Value {
        let known = known_at.map(|it| format!("&known_at={it}")).unwrap_or_default();
        let path = format!("/v1/assets/{}/rights?as_of={day}{known}", self.shed);
        town.auditor().reads(&path).await["management"][0]["holder_id"].clone()
    }
}

pub async fn a_wrong_lessee_and_a_wrong_term_of_a_standing_lease_are_put_right_at_one_go(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, grower, shed, minutes } = &ledger;
    let officer = town.officer();
    ledger.registered(&town, json!([ledger.lease("1", (2022, 2030), 800_000)])).await;
    let contract = ledger.contracts(&town).await.remove(0);
    let corrected = json!({"lessee_id": grower, "term": {"from": "2021-10-01", "to": "2029-10-01"}});
    // What was executed is not put right at once, and the answer says how it is.
    let version = format!("\"{}\"", contract["version"]);
    let at_once = officer
        .request(reqwest::Method::POST, &format!("/v1/contracts/{}/corrections", id(&contract)))
        .header("If-Match", version)
        .json(&json!({"corrected": corrected, "reason": "承租方录入有误"}));
    let refused = crate::town::Answer::of(at_once).await;
    assert_eq!(refused.status, 409, "{:?}", refused.body);

    let amendment = json!({"contract": {"id": contract["id"], "corrected": corrected}, "reason": "承租方和期限录入有误",
        "documents": [minutes], "decision": town.decided(minutes)});
    // A term that was over by the registration is none that stood.
    let mut over = amendment.clone();
    over["contract"]["corrected"]["term"] = json!({"from": "2021-10-01", "to": "2023-08-01"});
    over["contract"]["corrected"]["schedule"] = yearly(2022, 2023, 800_000);
    let (pointer, code) = officer.posts("/v1/amendments", over).await.first_fault();
    assert_eq!((pointer.as_str(), code.as_str()), ("/contract/corrected/term/to", "contradicts"));

    let known_before = noted(&town).await;
    let case = officer.creates("/v1/amendments", amendment).await;
    assert_ne!(case["outcome"], "block", "{case}");
    for step in ["submit", "review", "start_notice"] {
        town.decides("amendments", &case, step).await.expect(200);
    }
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let text = notices["items"][0]["content"]["text"]["zh"].as_str().unwrap().to_owned();
    assert!(text.contains("绿源公司") && text.contains("2029年9月30日"), "{text}");
    for step in ["close_notice", "approve", "execute"] {
        town.decides("amendments", &case, step).await.expect(200);
    }

    // The holding and the contract say the same, from the registration on to the right day.
    assert_eq!(ledger.runs_it(&town, "2023-08-01", None).await, json!(grower));
    assert_eq!(ledger.runs_it(&town, "2029-09-30", None).await, json!(grower));
    assert_eq!(ledger.runs_it(&town, "2029-10-01", None).await, json!(east));
    let now = ledger.contracts(&town).await.remove(0);
    assert_eq!((&now["lessee_id"], &now["term"]), (&json!(grower), &corrected["term"]), "{now}");
    assert_eq!(now["stands_under"][0]["holder_id"], json!(grower), "{now}");
    assert!(now["ended_on"].is_null(), "{now}");
    // As known before, it was said of the other one.
    assert_eq!(ledger.runs_it(&town, "2023-08-01", Some(&known_before)).await, json!(firm));
    assert_eq!(ledger.runs_it(&town, "2029-12-31", Some(&known_before)).await, json!(firm));
    let then = format!("/v1/contracts/{}?known_at={known_before}", id(&contract));
    assert_eq!(town.auditor().reads(&then).await["lessee_id"], json!(firm));
    for right in ["ownership", "management"] {
        let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain?kind={right}")).await;
        assert_eq!(chain["breaks"], json!([]), "{chain}");
    }
    // It ends like any lease, and its contract with it.
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": grower,
        "effective_on": "2026-01-01", "reason": "承租方提前退租", "documents": [minutes],
        "decision": town.decided(minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &case).await;
    assert_eq!(ledger.contracts(&town).await[0]["ended_on"], "2026-01-01");
    // From then on something rests on it.
    let again = json!({"contract": {"id": contract["id"], "corrected": {"lessee_id": firm}}, "reason": "误",
        "documents": [minutes], "decision": town.decided(minutes)});
    let refused = officer.posts("/v1/amendments", again).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("POST /v1/amendments"), "{refused}");
}

pub async fn the_head_of_a_village_does_not_become_a_lessee_by_a_correction_unseen(town: Town) {
    let ledger = Ledger::of(&town).await;
    let officer = town.officer();
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": ledger.east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
    ledger.registered(&town, json!([ledger.lease("1", (2022, 2030), 800_000)])).await;
    let contract = ledger.contracts(&town).await.remove(0);
    let amendment = |corrected: Value| {
        json!({"contract": {"id": contract["id"], "corrected": corrected}, "reason": "录入有误",
            "documents": [ledger.minutes], "decision": town.decided(&ledger.minutes)})
    };
    let case = officer.creates("/v1/amendments", amendment(json!({"lessee_id": head}))).await;
    assert!(rules(&case).contains(&"L07"), "{case}");
    // Nor is it let for longer than the law allows, or for next to nothing.
    let longer = json!({"term": {"from": "2022-01-01", "to": "2062-01-01"}});
    let case = officer.creates("/v1/amendments", amendment(longer)).await;
    assert!(rules(&case).contains(&"L18"), "{case}");
    let cheaper = json!({"lessee_id": ledger.grower, "schedule": yearly(2022, 2030, 1)});
    let case = officer.creates("/v1/amendments", amendment(cheaper)).await;
    assert!(rules(&case).contains(&"L20"), "{case}");
}

pub async fn rent_of_before_the_registration_is_received_and_divided(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    ledger.registered(&town, json!([ledger.lease("1", (2022, 2030), 800_000)])).await;
    let contract = ledger.contracts(&town).await.remove(0);
    // Nobody forgives it: it is owed until it is said to have come in.
    let owed = contract["arrears_fen"].as_i64().unwrap();
    assert_eq!(owed % 800_000, 0, "{contract}");
    let paid = json!({"asset_id": shed, "contract_id": contract["id"], "kind": "rent", "payer_id": firm, "amount_fen": 800_000,
        "received_on": "2022-01-05", "period": {"from": "2022-01-01", "to": "2023-01-01"}});
    officer.creates("/v1/receipts", paid).await;
    let now = ledger.contracts(&town).await.remove(0);
    assert_eq!(now["arrears_fen"], json!(owed - 800_000));
    let asked = json!({"asset_ids": [shed], "period": {"from": "2022-01-01", "to": "2023-01-01"},
        "documents": [minutes], "decision": town.decided(minutes)});
    let plan = officer.posts("/v1/distributions/preview", asked.clone()).await.expect(200);
    for line in plan["lines"].as_array().unwrap() {
        assert_eq!(line["party_id"], json!(east), "{plan}");
        let early = &line["because"]["before_registration"];
        assert_eq!(early, &json!({"received_fen": 800_000, "held_on": "2023-08-01"}), "{plan}");
    }
    // Once it is on record who owned it by then, it is theirs.
    let old = town.party("village_collective", "老村股份经济合作社", EAST).await;
    let correction = json!({"asset_id": shed, "right": "ownership", "effective_on": "2021-07-01", "until": "2023-08-01",
        "holders": [{"holder_id": old, "share": "1"}], "reason": "登记起始日偏晚", "documents": [minutes],
        "decision": town.decided(minutes)});
    let case = officer.creates("/v1/corrections", correction).await;
    town.takes_through("corrections", &case).await;
    let plan = officer.posts("/v1/distributions/preview", asked).await.expect(200);
    for line in plan["lines"].as_array().unwrap() {
        assert_eq!((&line["party_id"], &line["because"]["before_registration"]), (&json!(old), &Value::Null));
    }
}

pub async fn leases_of_before_and_after_the_registration_are_told_their_place(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let refused = async |lease: Value| {
        let body = ledger.registration(&town, json!([lease]));
        let english =
            officer.posts("/v1/registrations", body.clone()).await.expect_problem(422, "validation_failed");
        let chinese = town.officer().in_chinese().posts("/v1/registrations", body).await;
        let chinese = chinese.expect_problem(422, "validation_failed");
        let [one, other] = [&english, &chinese].map(|it| it["errors"][0].clone());
        let text = |it: &Value| it["detail"].as_str().unwrap_or_default().to_owned();
        let where_ = (one["pointer"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap().to_owned());
        (where_, text(&one), text(&other))
    };
    // What was over has its place among the contracts, and what begins later is a transfer.
    let (at, english, chinese) = refused(ledger.lease("1", (2022, 2023), 800_000)).await;
    assert_eq!(at, ("/management/0/term/to".to_owned(), "contradicts".to_owned()));
    assert!(
        [&english, &chinese]
            .iter()
            .all(|it| it.contains("POST /v1/contracts") || it.contains("/v1/contracts"))
    );
    let (at, english, chinese) = refused(ledger.lease("1", (2024, 2029), 800_000)).await;
    assert_eq!(at, ("/management/0/term/from".to_owned(), "too_late".to_owned()));
    assert!([&english, &chinese].iter().all(|it| it.contains("/v1/transfers")));

    // Both ways lead there.
    ledger.registered(&town, json!([])).await;
    let past = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "recorded_late": town.late(),
        "term": {"from": "2022-01-01", "to": "2023-01-01"}, "schedule": yearly(2022, 2023, 800_000),
        "documents": [minutes], "decision": town.decided(minutes)});
    officer.creates("/v1/contracts", past).await;
    let next: chrono::NaiveDate = town.today().parse().unwrap();
    let from = next + chrono::Months::new(1);
    let to = from + chrono::Months::new(36);
    let signed = json!({"right": "management", "effective_on": from, "documents": [minutes], "term": {"from": from, "to": to},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}], "decision": town.decided(minutes),
        "consideration": {"kind": "rent", "schedule": (0..3).map(|year| json!({"due_on": from + chrono::Months::new(12 * year),
            "amount_fen": 800_000})).collect::<Vec<_>>()}});
    let case = officer.creates("/v1/transfers", signed).await;
    town.takes_through("transfers", &case).await;
    assert_eq!(ledger.runs_it(&town, &from.to_string(), None).await, json!(firm));
}

pub async fn the_notice_of_a_standing_lease_names_who_lets_and_who_rents(town: Town) {
    let ledger = Ledger::of(&town).await;
    let officer = town.officer();
    let person = town.party("person", "王小明", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", TOWNSHIP).await;
    let mut lease = ledger.lease("1", (2022, 2030), 800_000);
    lease["holder_id"] = json!(person);
    let mut asked = ledger.registration(&town, json!([lease]));
    // Of equal owners the first that is named lets.
    asked["ownership"] =
        json!([{"holder_id": west, "share": "1/2"}, {"holder_id": ledger.east, "share": "1/2"}]);
    let asked = town.decided_by(asked, &ledger.minutes, &[&west, &ledger.east]);
    let case = officer.creates("/v1/registrations", asked).await;
    for step in ["submit", "review", "start_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let content = &notices["items"][0]["content"];
    let lets = content["rights"].as_array().unwrap().iter().find(|it| it["right"] == "management").unwrap();
    assert_eq!(lets["lessor"]["id"], json!(west), "{lets}");
    assert_eq!((&lets["to"]["id"], &lets["to"]["name"]), (&Value::Null, &json!("王*")), "{lets}");
    assert_eq!(lets["term"], json!({"from": "2022-01-01", "to": "2030-01-01"}));
    let text = &content["text"];
    let zh = "由西村股份经济合作社出租给王*，期限自2022年1月1日至2029年12月31日，租金共64000.00元";
    assert!(text["zh"].as_str().unwrap().contains(zh), "{text}");
    assert!(text["en"].as_str().unwrap().contains("let to 王* by 西村股份经济合作社"), "{text}");
    assert!(!text.to_string().contains("王小明"), "{text}");
    for step in ["close_notice", "approve", "execute"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    assert_eq!(ledger.contracts(&town).await[0]["lessor_id"], json!(west));

    // A transfer by both chooses alike.
    let other = town.asset("operating", "greenhouse", 12_000_000).await;
    let owners = json!([{"holder_id": west, "share": "1/2"}, {"holder_id": ledger.east, "share": "1/2"}]);
    let registration = json!({"asset_id": other, "effective_on": "2021-08-01", "documents": [ledger.minutes], "ownership": owners});
    let registration = town.decided_by(registration, &ledger.minutes, &[&west, &ledger.east]);
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let lot = |from: &str| json!({"asset_id": other, "from_id": from, "to_id": ledger.firm, "share": "1/2"});
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [ledger.minutes],
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "lots": [lot(&west), lot(&ledger.east)], "recorded_late": town.late(),
        "consideration": {"kind": "rent", "schedule": yearly(2024, 2029, 800_000)}});
    let lease = town.decided_by(lease, &ledger.minutes, &[&west, &ledger.east]);
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let listed = officer.reads(&format!("/v1/contracts?asset_id={other}")).await;
    assert_eq!(listed["items"][0]["lessor_id"], json!(west), "{listed}");
}

pub async fn two_leases_of_one_pair_end_one_by_one(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    ledger.registered(&town, json!([])).await;
    let lease = async |to: i32, amount: i64| {
        let act = json!({"right": "management", "effective_on": "2024-01-01", "documents": [minutes], "recorded_late": town.late(),
            "term": {"from": "2024-01-01", "to": format!("{to}-01-01")}, "decision": town.decided(minutes),
            "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1/2"}],
            "consideration": {"kind": "rent", "schedule": yearly(2024, to, amount)}});
        let case = officer.creates("/v1/transfers", act).await;
        town.takes_through("transfers", &case).await;
    };
    lease(2029, 500_000).await;
    lease(2031, 600_000).await;
    let contracts = ledger.contracts(&town).await;
    let ending = |contract: &Value| {
        json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "contract_id": contract,
            "effective_on": "2026-06-01", "reason": "承租方退回其中一份", "documents": [minutes],
            "decision": town.decided(minutes), "recorded_late": town.late()})
    };
    let [longer, shorter] = ["2031-01-01", "2029-01-01"]
        .map(|to| contracts.iter().find(|it| it["term"]["to"] == to).unwrap().clone());
    // A contract of somebody else, or of nothing here.
    let (pointer, code) =
        officer.posts("/v1/alterations", ending(&json!(uuid::Uuid::new_v4()))).await.first_fault();
    assert_eq!((pointer.as_str(), code.as_str()), ("/contract_id", "not_found"));
    let mut others = ending(&longer["id"]);
    others["holder_id"] = json!(ledger.grower);
    let (pointer, code) = officer.posts("/v1/alterations", others).await.first_fault();
    assert_eq!((pointer.as_str(), code.as_str()), ("/contract_id", "contradicts"));

    let case = officer.creates("/v1/alterations", ending(&longer["id"])).await;
    town.takes_through("alterations", &case).await;
    let ended =
        |all: &[Value], of: &Value| all.iter().find(|it| it["id"] == of["id"]).unwrap()["ended_on"].clone();
    let now = ledger.contracts(&town).await;
    assert_eq!(ended(&now, &longer), json!("2026-06-01"), "{now:?}");
    assert_eq!(ended(&now, &shorter), Value::Null, "{now:?}");
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2028-12-31")).await;
    let held =
        rights["management"].as_array().unwrap().iter().find(|it| it["holder_id"] == json!(firm)).unwrap();
    assert_eq!(held["share"], "1/2", "{rights}");
    // Unless it is said which, all that is left ends.
    let mut all = ending(&Value::Null);
    all.as_object_mut().unwrap().remove("contract_id");
    all["effective_on"] = json!("2026-07-01");
    let case = officer.creates("/v1/alterations", all).await;
    town.takes_through("alterations", &case).await;
    let now = ledger.contracts(&town).await;
    assert_eq!((ended(&now, &longer), ended(&now, &shorter)), (json!("2026-06-01"), json!("2026-07-01")));
}

pub async fn relations_are_between_those_who_can_stand_in_them(town: Town) {
    let officer = town.officer();
    let village = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let other = town.party("village_collective", "西村股份经济合作社", EAST).await;
    let person = town.party("person", "张三", EAST).await;
    let relation =
        |to: &str, kind: &str| json!({"to_id": to, "kind": kind, "period": {"from": "2020-01-01"}});
    for (from, to, kind, pointer, code) in [
        (&village, &person, "officer_of", "/kind", "not_one_of"),
        (&village, &other, "kin", "/kind", "not_one_of"),
        (&person, &village, "kin", "/to_id", "wrong_kind"),
        (&person, &person, "kin", "/to_id", "contradicts"),
        (&person, &village, "controlled_by", "/kind", "not_one_of"),
        (&village, &person, "member", "/to_id", "wrong_kind"),
    ] {
        let path = format!("/v1/parties/{from}/relations");
        let refused = officer.posts(&path, relation(to, kind)).await;
        let refused = refused.expect_problem(422, "validation_failed");
        let first = &refused["errors"][0];
        assert_eq!((&first["pointer"], &first["code"]), (&json!(pointer), &json!(code)), "{kind}: {refused}");
        let chinese = town.officer().in_chinese().posts(&path, relation(to, kind)).await;
        chinese.expect_problem(422, "validation_failed");
    }
    officer.creates(&format!("/v1/parties/{person}/relations"), relation(&village, "officer_of")).await;
}

/// What the findings of a case are, by rule and cause.
/// The county no longer lets villages wait for their rent.
async fn asks_for_what_is_owed(town: &Town) {
    let values = json!({"arrears_warn_days": 30, "arrears_escalate_days": 180});
    let policy = json!({"region_code": EAST, "effective_from": "2025-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

fn causes(looked_at: &Value) -> Vec<(&str, &str)> {
    let findings = looked_at["findings"].as_array().unwrap().iter();
    findings.map(|it| (it["rule"].as_str().unwrap(), it["cause"].as_str().unwrap())).collect()
}

impl Ledger {
    /// The firm rents the shed of the village from 2024 to 2029, by a transfer that is entered late; rent falls due on the first day of each
    /// year, and none came in.
    async fn let_by_a_transfer(&self, town: &Town, schedule: Value) -> Value {
        self.registered(town, json!([])).await;
        let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [self.minutes],
            "term": {"from": "2024-01-01", "to": "2029-01-01"}, "recorded_late": town.late(),
            "lots": [{"asset_id": self.shed, "from_id": self.east, "to_id": self.firm, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": schedule}, "decision": town.decided(&self.minutes)});
        let case = town.officer().creates("/v1/transfers", lease).await;
        town.takes_through("transfers", &case).await;
        self.contracts(town).await.remove(0)
    }

    fn amendment(&self, town: &Town, contract: &Value, corrected: Value) -> Value {
        json!({"contract": {"id": contract["id"], "corrected": corrected}, "reason": "承租方录入有误",
            "documents": [self.minutes], "decision": town.decided(&self.minutes)})
    }

    async fn is_unbroken(&self, town: &Town) {
        let path = format!("/v1/assets/{}/ownership-chain?kind=management", self.shed);
        let chain = town.auditor().reads(&path).await;
        assert_eq!(chain["breaks"], json!([]), "{chain}");
        crate::alterations::told_by_the_journal(town).await;
    }
}

pub async fn a_wrong_lessee_of_a_lease_made_by_a_transfer_is_put_right_with_what_is_owed(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, grower, shed, minutes } = &ledger;
    let officer = town.officer();
    let contract = ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_800_000)).await;
    asks_for_what_is_owed(&town).await;
    let owed = contract["arrears_fen"].as_i64().unwrap();
    assert!(owed > 0, "{contract}");
    // For how long it is let is what the village decided, and nobody rents from themselves.
    let longer =
        ledger.amendment(&town, &contract, json!({"term": {"from": "2024-01-01", "to": "2030-01-01"}}));
    let refused = officer.posts("/v1/amendments", longer).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("POST /v1/amendments"), "{refused}");
    let oneself = ledger.amendment(&town, &contract, json!({"lessee_id": east}));
    officer.posts("/v1/amendments", oneself).await.expect_problem(422, "validation_failed");

    // Who owes, and who would, the county is told; and it is let to nobody who decides for the village.
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
    let to_head = officer
        .creates("/v1/amendments", ledger.amendment(&town, &contract, json!({"lessee_id": head})))
        .await;
    assert!(causes(&to_head).contains(&("L06", "receiver_decides")), "{to_head}");
    let amendment = ledger.amendment(&town, &contract, json!({"lessee_id": grower}));
    let case = officer.creates("/v1/amendments", amendment.clone()).await;
    assert_eq!(causes(&case), [("L23", "lessee_replaced_in_arrears")], "{case}");
    let figures = &case["findings"][0]["figures"];
    assert_eq!(
        (&figures["lessee_id"], &figures["to_id"], &figures["overdue_fen"]),
        (&json!(firm), &json!(grower), &json!(owed)),
        "{case}"
    );
    town.takes_through("amendments", &case).await;

    // The right and the contract say the same, from the first day on, and the debt is where the contract is.
    assert_eq!(ledger.runs_it(&town, "2024-01-01", None).await, json!(grower));
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!((&now["lessee_id"], &now["arrears_fen"]), (&json!(grower), &json!(owed)), "{now}");
    assert_eq!((&now["ended_on"], &now["term"]), (&Value::Null, &contract["term"]), "{now}");
    assert_eq!(now["stands_under"][0]["holder_id"], json!(grower), "{now}");
    // Whoever owed nothing rents again; who does owe is let nothing anew.
    let renewal = |holder: &str| {
        json!({"kind": "renewal", "asset_id": shed, "right": "management", "holder_id": holder,
        "effective_on": "2029-01-01", "term": {"from": "2029-01-01", "to": "2031-01-01"}, "reason": "续租",
        "schedule": yearly(2029, 2031, 1_800_000), "documents": [minutes], "decision": town.decided(minutes)})
    };
    let looked_at = officer.posts("/v1/alterations?dry_run=true", renewal(grower)).await.expect(201);
    assert!(causes(&looked_at).contains(&("L23", "renewed_in_arrears")), "{looked_at}");
    // It ends as any, and is no record to be put right from then on.
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": grower,
        "effective_on": "2026-01-01", "reason": "提前退租", "documents": [minutes], "decision": town.decided(minutes),
        "recorded_late": town.late()});
    let case = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &case).await;
    assert_eq!(ledger.contracts(&town).await[0]["ended_on"], "2026-01-01");
    officer.posts("/v1/amendments", amendment).await.expect_problem(409, "conflict");
    ledger.is_unbroken(&town).await;
}

pub async fn a_renewed_lease_is_put_right_from_its_end_and_its_hanging_end_is_drafted_anew(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { firm, grower, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let first = ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_800_000)).await;
    let renewal = json!({"kind": "renewal", "asset_id": shed, "right": "management", "holder_id": firm,
        "effective_on": "2029-01-01", "term": {"from": "2029-01-01", "to": "2031-01-01"}, "reason": "续租",
        "schedule": yearly(2029, 2031, 1_800_000), "documents": [minutes], "decision": town.decided(minutes)});
    let case = officer.creates("/v1/alterations", renewal).await;
    let renewed_by = town.takes_through("alterations", &case).await;
    let all = ledger.contracts(&town).await;
    let renewed = all.iter().find(|it| it["id"] != first["id"]).unwrap();
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm,
        "contract_id": renewed["id"], "effective_on": "2029-06-01", "reason": "提前退租", "documents": [minutes],
        "decision": town.decided(minutes)});
    let hanging = officer.creates("/v1/alterations", ends).await;

    // The renewal would go on with whoever never rented.
    let of_first = ledger.amendment(&town, &first, json!({"lessee_id": grower}));
    let refused = officer.posts("/v1/amendments", of_first.clone()).await.expect_problem(409, "conflict");
    assert_eq!(refused["case_ids"], json!([renewed_by]), "{refused}");
    for contract in [renewed, &first] {
        let amendment = ledger.amendment(&town, contract, json!({"lessee_id": grower}));
        let case = officer.creates("/v1/amendments", amendment).await;
        town.takes_through("amendments", &case).await;
    }
    for day in ["2024-01-01", "2029-01-01", "2030-12-31"] {
        assert_eq!(ledger.runs_it(&town, day, None).await, json!(grower), "{day}");
    }
    // What was asked of whoever rented cannot be any more: that is no fault of whoever takes the next step.
    let refused = officer.decides("alterations", &hanging, "submit").await.expect_problem(409, "conflict");
    assert_eq!(
        (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
        (&json!("/contract_id"), &json!("contradicts")),
        "{refused}"
    );
    officer.decides("alterations", &hanging, "withdraw").await.expect(200);
    ledger.is_unbroken(&town).await;
}

pub async fn who_runs_it_is_put_right_by_way_of_whoever_let_it(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, grower, shed, minutes } = &ledger;
    let officer = town.officer();
    ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_800_000)).await;
    let to = |holder: &str| {
        json!({"asset_id": shed, "right": "management", "effective_on": "2025-06-01", "until": "2029-01-01",
            "holders": [{"holder_id": holder, "share": "1"}], "reason": "承租方误登", "documents": [minutes],
            "decision": town.decided(minutes)})
    };
    asks_for_what_is_owed(&town).await;
    let case = officer.creates("/v1/corrections", to(grower)).await;
    // What fell due from then on is owed no longer, and what did before stays with the firm.
    let found = causes(&case);
    assert!(found.contains(&("L20", "overdue_rent_given_up")), "{case}");
    assert!(found.contains(&("L23", "lessee_leaves_in_arrears")), "{case}");
    town.takes_through("corrections", &case).await;
    let [ended] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!(
        (&ended["lessee_id"], &ended["ended_on"], &ended["arrears_fen"]),
        (&json!(firm), &json!("2025-06-01"), &json!(3_600_000)),
        "{ended}"
    );
    assert_eq!(ledger.runs_it(&town, "2025-06-01", None).await, json!(grower));
    assert_eq!(ledger.runs_it(&town, "2025-05-31", None).await, json!(firm));
    // The firm has nothing of it any more that could end, and what the grower has is the village's to end.
    let ends = |holder: &str| {
        json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": holder,
        "effective_on": "2026-01-01", "reason": "提前退租", "documents": [minutes], "decision": town.decided(minutes),
        "recorded_late": town.late()})
    };
    assert_ne!(officer.posts("/v1/alterations", ends(firm)).await.status, 201);
    // Said back, the contract runs again, and what it lets is let by it.
    let case = officer.creates("/v1/corrections", to(firm)).await;
    town.takes_through("corrections", &case).await;
    let [again] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!(
        (&again["ended_on"], &again["stands_under"][0]["holder_id"]),
        (&Value::Null, &json!(firm)),
        "{again}"
    );
    assert_eq!(ledger.runs_it(&town, "2028-12-31", None).await, json!(firm));
    assert_eq!(ledger.runs_it(&town, "2029-01-01", None).await, json!(east));
    ledger.is_unbroken(&town).await;
}

pub async fn a_contract_of_before_the_registration_stands_once_there_is_a_right(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let asked = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "recorded_late": town.late(),
        "term": {"from": "2022-01-01", "to": "2030-01-01"}, "schedule": yearly(2022, 2030, 800_000),
        "documents": [minutes], "decision": town.decided(minutes)});
    let contract = officer.creates("/v1/contracts", asked).await;
    assert!(causes(&contract).contains(&("L25", "let_asset_unregistered")), "{contract}");
    let known_before = noted(&town).await;
    let mut lease = ledger.lease("1", (2022, 2030), 800_000);
    lease.as_object_mut().unwrap().remove("contract");
    ledger.registered(&town, json!([lease])).await;
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!((&now["id"], &now["stands_under"][0]["holder_id"]), (&contract["id"], &json!(firm)), "{now}");
    assert!(!rules(&now).contains(&"L25"), "{now}");
    // What was known before is known as of then.
    let path = format!("/v1/contracts/{}?known_at={known_before}", id(&contract));
    let then = town.auditor().reads(&path).await;
    assert!(rules(&then).contains(&"L25"), "{then}");
}

pub async fn what_the_dead_owed_is_asked_of_whoever_succeeds(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { firm, grower, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_800_000)).await;
    let ended = crate::departures::changes(
        &town,
        "county_approver",
        firm,
        json!({"ended_on": "2026-01-01", "successor_id": grower}),
    );
    ended.await.expect(200);
    asks_for_what_is_owed(&town).await;
    let lease = json!({"right": "management", "effective_on": "2029-01-01", "term": {"from": "2029-01-01", "to": "2031-01-01"},
        "lots": [{"asset_id": shed, "from_id": ledger.east, "to_id": grower, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": yearly(2029, 2031, 1_800_000)}, "decision": town.decided(minutes)});
    let anew = officer.posts("/v1/transfers/check", lease).await.expect(200);
    let found = anew["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "L23");
    let found = found.unwrap_or_else(|| panic!("{anew}"));
    assert_eq!(
        (&found["cause"], &found["figures"]["lessee_id"]),
        (&json!("renewed_in_arrears"), &json!(grower)),
        "{anew}"
    );
}

pub async fn rent_at_the_end_is_not_gone_with_an_early_end(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let at_the_end = json!([{"due_on": "2028-12-31", "amount_fen": 10_000_000}]);
    ledger.let_by_a_transfer(&town, at_the_end).await;
    let ends = |on: &str| {
        json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm,
        "effective_on": on, "reason": "提前退租", "documents": [minutes], "decision": town.decided(minutes),
        "recorded_late": town.late()})
    };
    let case = officer.creates("/v1/alterations", ends("2026-01-01")).await;
    let found = case["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "used_term_unpaid");
    let found = found.unwrap_or_else(|| panic!("{case}"));
    let figures = &found["figures"];
    assert_eq!(
        (&found["severity"], &figures["used_fen"], &figures["fell_due_fen"], &found["at_risk_fen"]),
        (&json!("escalate"), &json!(4_000_000), &json!(0), &json!(4_000_000)),
        "{case}"
    );
    town.takes_through("alterations", &case).await;
}

pub async fn the_head_rents_nothing_with_the_registration(town: Town) {
    let ledger = Ledger::of(&town).await;
    let officer = town.officer();
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": ledger.east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
    let today: chrono::NaiveDate = town.today().parse().unwrap();
    let registration = |holder: &str, from: chrono::NaiveDate| {
        let to = from + chrono::Months::new(60);
        let schedule: Vec<_> = (0..5)
            .map(|year| json!({"due_on": from + chrono::Months::new(12 * year), "amount_fen": 1_800_000}))
            .collect();
        json!({"asset_id": ledger.shed, "effective_on": today, "documents": [ledger.minutes],
            "ownership": [{"holder_id": ledger.east, "share": "1"}], "decision": town.decided(&ledger.minutes),
            "management": [{"holder_id": holder, "share": "1", "term": {"from": from, "to": to},
                "contract": {"schedule": schedule}}]})
    };
    let long_ago = today - chrono::Months::new(24);
    let looks = async |body: Value| officer.posts("/v1/registrations?dry_run=true", body).await.expect(201);
    let lately = looks(registration(&head, today)).await;
    assert!(causes(&lately).contains(&("L06", "receiver_decides")), "{lately}");
    assert_eq!(lately["outcome"], "block", "{lately}");
    let stood = looks(registration(&head, long_ago)).await;
    assert!(causes(&stood).contains(&("L07", "holder_related")), "{stood}");
    assert!(!rules(&stood).contains(&"L06"), "{stood}");
    // Of whoever is not related a lease of today is told where it is large, and one that stood is none.
    let firm = looks(registration(&ledger.firm, long_ago)).await;
    assert!(!rules(&firm).contains(&"L17"), "{firm}");
}

pub async fn a_lease_does_not_go_to_somebody_else_by_a_correction_without_a_word_of_its_rent(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { grower, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let contract = ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_900_000)).await;
    let correction = |holder: &str| {
        json!({"asset_id": shed, "right": "management", "effective_on": "2024-01-01", "until": "2029-01-01",
            "holders": [{"holder_id": holder, "share": "1"}], "reason": "承租方误登", "documents": [minutes],
            "decision": town.decided(minutes)})
    };
    let case = officer.creates("/v1/corrections", correction(grower)).await;
    let found = causes(&case);
    assert!(found.contains(&("L20", "later_rent_lapses")), "{case}");
    assert!(found.contains(&("L25", "in_place_without_contract")), "{case}");
    let told =
        case["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "later_rent_lapses").unwrap();
    assert_eq!(told["severity"], "escalate", "{told}");
    let later = contract["schedule"].as_array().unwrap().iter();
    let later = later.filter(|it| it["due_on"].as_str().unwrap() >= town.today().as_str()).count();
    assert_eq!(told["figures"]["given_up_fen"], json!(later * 1_900_000), "{told}");
    // Nor does whoever decides for the village come in so.
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": ledger.east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
    let to_head = officer.creates("/v1/corrections", correction(&head)).await;
    assert!(causes(&to_head).contains(&("L06", "receiver_decides")), "{to_head}");
    // The way that keeps the rent leaves none of it to lapse.
    let amendment = ledger.amendment(&town, &contract, json!({"lessee_id": grower}));
    let case = officer.creates("/v1/amendments", amendment).await;
    assert!(!rules(&case).contains(&"L20") && !rules(&case).contains(&"L25"), "{case}");
}

pub async fn whoever_comes_in_the_place_of_two_is_looked_at_as_in_that_of_the_gravest(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, grower, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    // The firm has half of it by the registration, the grower the other half by a lease of today's kind.
    ledger.registered(&town, json!([ledger.lease("1/2", (2022, 2029), 900_000)])).await;
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [minutes],
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": grower, "share": "1/2"}],
        "consideration": {"kind": "rent", "schedule": yearly(2024, 2029, 900_000)}, "decision": town.decided(minutes)});
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
    let to_head = json!({"asset_id": shed, "right": "management", "effective_on": "2024-01-01", "until": "2029-01-01",
        "holders": [{"holder_id": head, "share": "1"}], "reason": "承租方误登", "documents": [minutes],
        "decision": town.decided(minutes)});
    let case = officer.creates("/v1/corrections", to_head).await;
    assert!(causes(&case).contains(&("L06", "receiver_decides")), "{case}");
    assert_eq!(case["outcome"], "block", "{case}");
}

pub async fn a_contract_on_record_is_not_made_a_second_time_by_the_lease_that_gives_it_its_right(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let asked = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "recorded_late": town.late(),
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": yearly(2024, 2029, 1_800_000),
        "documents": [minutes], "decision": town.decided(minutes)});
    let contract = officer.creates("/v1/contracts", asked).await;
    assert!(causes(&contract).contains(&("L25", "let_asset_unregistered")), "{contract}");
    let lease = |schedule: Value| {
        json!({"right": "management", "effective_on": "2024-01-01", "documents": [minutes],
            "term": {"from": "2024-01-01", "to": "2029-01-01"}, "recorded_late": town.late(),
            "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": schedule}, "decision": town.decided(minutes)})
    };
    // Nobody gives what was never registered, and that is told once.
    let early = officer.posts("/v1/transfers/check", lease(yearly(2024, 2029, 1_800_000))).await.expect(200);
    assert!(
        causes(&early).contains(&("L10", "asset_unregistered")) && !rules(&early).contains(&"L50"),
        "{early}"
    );
    ledger.registered(&town, json!([])).await;
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert!(causes(&now).contains(&("L25", "contract_without_right")), "{now}");
    // Another schedule would make another contract of it.
    let other = officer.creates("/v1/transfers", lease(yearly(2024, 2029, 1_900_000))).await;
    assert!(causes(&other).contains(&("L11", "lease_on_record")), "{other}");
    assert_eq!(other["outcome"], "escalate", "{other}");
    let case = officer.creates("/v1/transfers", lease(yearly(2024, 2029, 1_800_000))).await;
    assert!(!rules(&case).contains(&"L11"), "{case}");
    town.takes_through("transfers", &case).await;
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!((&now["id"], &now["arrears_fen"]), (&contract["id"], &contract["arrears_fen"]), "{now}");
    assert_eq!(now["stands_under"][0]["holder_id"], json!(firm), "{now}");
    assert!(!rules(&now).contains(&"L25"), "{now}");
    // It ends with its right.
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm,
        "effective_on": "2026-01-01", "reason": "提前退租", "documents": [minutes], "decision": town.decided(minutes),
        "recorded_late": town.late()});
    let case = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &case).await;
    assert_eq!(ledger.contracts(&town).await[0]["ended_on"], "2026-01-01");
}

/// Puts a contract right, or makes it void, at once, as whoever sees it now.
async fn at_once(town: &Town, contract: &Value, wrong: Value) -> crate::town::Answer {
    let officer = town.officer();
    let path = format!("/v1/contracts/{}", id(contract));
    let tag = officer.gets(&path).await.header("etag").to_owned();
    let request = officer.request(reqwest::Method::POST, &format!("{path}/corrections"));
    crate::town::Answer::of(request.header("If-Match", tag).json(&wrong)).await
}

pub async fn a_contract_that_a_transfer_gave_its_right_is_put_right_with_it(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { east, firm, grower, shed, minutes } = &ledger;
    let officer = town.officer();
    ledger.registered(&town, json!([])).await;
    let due = |amount: i64| json!([{"due_on": "2028-12-31", "amount_fen": amount}]);
    let asked = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "recorded_late": town.late(),
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "schedule": due(10_000_000),
        "documents": [minutes], "decision": town.decided(minutes)});
    let contract = officer.creates("/v1/contracts", asked).await;
    assert_eq!(contract["case_id"], Value::Null, "{contract}");
    let lease = json!({"right": "management", "effective_on": "2024-01-01", "documents": [minutes],
        "term": {"from": "2024-01-01", "to": "2029-01-01"}, "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": due(10_000_000)}, "decision": town.decided(minutes)});
    let mut case = officer.creates("/v1/transfers", lease).await;
    while case["next_step"] != "execute" {
        let step = case["next_step"].as_str().unwrap().to_owned();
        case = town.decides("transfers", &case, &step).await.expect(200);
    }
    // What says otherwise by now is no longer the contract that was decided on, and a second one would be made beside it.
    let schedule = |amount: i64| json!({"corrected": {"schedule": due(amount)}, "reason": "租金录入有误"});
    at_once(&town, &contract, schedule(11_000_000)).await.expect(200);
    let refused = town.decides("transfers", &case, "execute").await;
    assert_eq!(refused.status, 409, "{:?}", refused.body);
    at_once(&town, &contract, schedule(10_000_000)).await.expect(200);
    let known_before = noted(&town).await;
    case = officer.reads(&format!("/v1/transfers/{}", id(&case))).await;
    let case = town.takes_through("transfers", &case).await;

    // The contract is that of the case from then on, and the chain says so.
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!((&now["id"], &now["case_id"]), (&contract["id"], &json!(case)), "{now}");
    let path = format!("/v1/contracts/{}?known_at={known_before}", id(&contract));
    assert_eq!(town.auditor().reads(&path).await["case_id"], Value::Null);
    let path = format!("/v1/assets/{shed}/ownership-chain?kind=management");
    let chain = town.auditor().reads(&path).await;
    let links = chain["links"].as_array().unwrap();
    assert!(links.iter().any(|it| it["grounds"]["contract_ids"] == json!([contract["id"]])), "{chain}");
    // Whoever recorded it leaves the right without it no more, and neither does an amendment.
    for wrong in [json!({"void": true, "reason": "误录"}), schedule(9_000_000)] {
        let refused = at_once(&town, &contract, wrong).await.expect_problem(409, "conflict");
        assert_eq!(refused["resting"]["case_ids"], json!([case]), "{refused}");
    }
    let void = json!({"contract": {"id": contract["id"], "void": true}, "reason": "误录", "documents": [minutes],
        "decision": town.decided(minutes)});
    officer.posts("/v1/amendments", void).await.expect_problem(409, "conflict");

    // Who rents is put right in both.
    let amendment = ledger.amendment(&town, &contract, json!({"lessee_id": grower}));
    let amended = officer.creates("/v1/amendments", amendment).await;
    town.takes_through("amendments", &amended).await;
    let [now] = ledger.contracts(&town).await.try_into().unwrap();
    assert_eq!((&now["lessee_id"], &now["case_id"]), (&json!(grower), &json!(case)), "{now}");
    assert_eq!(now["stands_under"][0]["holder_id"], json!(grower), "{now}");
    assert!(!rules(&now).contains(&"L10") && !rules(&now).contains(&"L25"), "{now}");
    assert_eq!(ledger.runs_it(&town, "2024-01-01", None).await, json!(grower));
    ledger.is_unbroken(&town).await;
    // A termination finds the right behind it, beside another lease of the same two.
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": grower,
        "contract_id": contract["id"], "effective_on": "2026-01-01", "reason": "提前退租", "documents": [minutes],
        "decision": town.decided(minutes), "recorded_late": town.late()});
    let ended = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &ended).await;
    assert_eq!(ledger.contracts(&town).await[0]["ended_on"], "2026-01-01");
    ledger.is_unbroken(&town).await;
}

pub async fn a_contract_that_a_registration_gave_its_right_is_put_right_with_it(town: Town) {
    let of_village = Ledger::of(&town).await;
    for with_contract in [true, false] {
        let ledger =
            Ledger { shed: town.asset("operating", "greenhouse", 12_000_000).await, ..of_village.clone() };
        let Ledger { east, firm, grower, shed, minutes } = &ledger;
        let officer = town.officer();
        let due = json!([{"due_on": "2029-12-31", "amount_fen": 10_000_000}]);
        let term = json!({"from": "2022-01-01", "to": "2030-01-01"});
        let asked = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm, "recorded_late": town.late(),
            "term": term, "schedule": due, "documents": [minutes], "decision": town.decided(minutes)});
        let contract = officer.creates("/v1/contracts", asked).await;
        let mut lease = json!({"holder_id": firm, "share": "1", "term": term});
        if with_contract {
            lease["contract"] = json!({"schedule": due});
        }
        let case = officer.creates("/v1/registrations", ledger.registration(&town, json!([lease]))).await;
        let case = town.takes_through("registrations", &case).await;
        let [now] = ledger.contracts(&town).await.try_into().unwrap();
        assert_eq!((&now["id"], &now["case_id"]), (&contract["id"], &json!(case)), "{now}");
        let refused = at_once(&town, &contract, json!({"void": true, "reason": "误录"})).await;
        let refused = refused.expect_problem(409, "conflict");
        assert_eq!(refused["resting"]["case_ids"], json!([case]), "{refused}");
        let corrected = json!({"lessee_id": grower, "term": {"from": "2022-01-01", "to": "2031-01-01"}});
        let amended =
            officer.creates("/v1/amendments", ledger.amendment(&town, &contract, corrected.clone())).await;
        town.takes_through("amendments", &amended).await;
        let [now] = ledger.contracts(&town).await.try_into().unwrap();
        assert_eq!((&now["lessee_id"], &now["term"]), (&json!(grower), &corrected["term"]), "{now}");
        assert_eq!(ledger.runs_it(&town, "2030-12-31", None).await, json!(grower));
        ledger.is_unbroken(&town).await;
    }
}

pub async fn a_renewal_that_ended_on_its_first_day_hinders_nobody_to_put_its_lease_right(town: Town) {
    let ledger = Ledger::of(&town).await;
    let Ledger { firm, grower, shed, minutes, .. } = &ledger;
    let officer = town.officer();
    let first = ledger.let_by_a_transfer(&town, yearly(2024, 2029, 1_800_000)).await;
    let renewal = json!({"kind": "renewal", "asset_id": shed, "right": "management", "holder_id": firm,
        "effective_on": "2029-01-01", "term": {"from": "2029-01-01", "to": "2031-01-01"}, "reason": "续租",
        "schedule": yearly(2029, 2031, 1_800_000), "documents": [minutes], "decision": town.decided(minutes)});
    let case = officer.creates("/v1/alterations", renewal).await;
    town.takes_through("alterations", &case).await;
    let all = ledger.contracts(&town).await;
    let renewed = all.iter().find(|it| it["id"] != first["id"]).unwrap();
    let ends = json!({"kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm,
        "contract_id": renewed["id"], "effective_on": "2029-01-01", "reason": "不再续租", "documents": [minutes],
        "decision": town.decided(minutes)});
    let case = officer.creates("/v1/alterations", ends).await;
    town.takes_through("alterations", &case).await;

    // Nothing of the renewal could be put right any more, and nothing of it goes on.
    let amendment = ledger.amendment(&town, &first, json!({"lessee_id": grower}));
    let case = officer.creates("/v1/amendments", amendment).await;
    town.takes_through("amendments", &case).await;
    assert_eq!(ledger.runs_it(&town, "2028-12-31", None).await, json!(grower));
    assert_eq!(ledger.runs_it(&town, "2029-01-01", None).await, json!(ledger.east));
    ledger.is_unbroken(&town).await;
}
