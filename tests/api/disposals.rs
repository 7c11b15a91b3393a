//! Disposals by their kinds, what they and sales bring and who owes it still, and what was said otherwise of an asset before it is
//! given away.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::town::{EAST, Town, WEST, id};

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + TimeDelta::hours(8)).date_naive()
}

/// What the rules found, each with its cause.
fn found(case: &Value) -> Vec<(&str, &str)> {
    // Two sales of one village to one firm are held to their sum, which is no matter here.
    let all = case["findings"].as_array().unwrap().iter().filter(|it| it["rule"] != "L08");
    all.map(|it| (it["rule"].as_str().unwrap(), it["cause"].as_str().unwrap())).collect()
}

/// Why an asset is disposed of, what is said of that, and what is found.
type Kind = (&'static str, Value, Vec<(&'static str, &'static str)>);

/// A village, a firm, the minutes of the village, and a project.
struct Village {
    east: String,
    firm: String,
    minutes: String,
    project: String,
    /// What shows something of a disposal, by what it is.
    papers: BTreeMap<&'static str, String>,
}

impl Village {
    async fn of(town: &Town) -> Self {
        town.notices_come_down_at_once().await;
        let project = json!({"code": "2026-路-001", "name": "新建道路", "year": 2026, "region_code": EAST,
            "funding": [{"source": "county", "amount_fen": 1_000_000}]});
        let mut papers = BTreeMap::new();
        for kind in [
            "technical_report",
            "disaster_proof",
            "official_decision",
            "compensation_agreement",
            "investment_agreement",
            "conversion_plan",
        ] {
            papers.insert(kind, town.paper(kind).await);
        }
        Self {
            papers,
            east: town.party("village_collective", "东村股份经济合作社", EAST).await,
            firm: town.party("enterprise", "惠农农业科技有限公司", EAST).await,
            minutes: town.document().await,
            project: id(&town.officer().creates("/v1/projects", project).await),
        }
    }

    async fn owns(&self, town: &Town, class: &str, value_fen: i64) -> String {
        let asset = town.asset(class, "greenhouse", value_fen).await;
        town.registers(&asset, &self.minutes, json!([{"holder_id": self.east, "share": "1"}])).await;
        asset
    }

    fn disposal(&self, town: &Town, asset: &str, cause: &str, said: &Value) -> Value {
        let mut asked = json!({"kind": "disposal", "asset_id": asset, "cause": cause, "effective_on": town.today(),
            "reason": "经核查应予处置", "documents": [self.minutes], "decision": town.decided(&self.minutes)});
        asked.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        asked
    }

    /// A sale to the firm for what the asset was appraised at.
    fn sale(&self, town: &Town, asset: &str, said: &Value) -> Value {
        let mut asked = json!({
            "right": "ownership", "effective_on": town.today(), "documents": [self.minutes],
            "lots": [{"asset_id": asset, "from_id": self.east, "to_id": self.firm, "share": "1"}],
            "consideration": {"kind": "price", "amount_fen": 12_000_000}, "decision": town.decided(&self.minutes),
        });
        asked.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        asked
    }

    fn papers(&self, kinds: &[&str]) -> Value {
        kinds.iter().map(|it| json!({"kind": it, "document_id": self.papers[*it]})).collect()
    }
}

async fn drafted(town: &Town, body: &Value) -> Value {
    town.officer().posts("/v1/alterations?dry_run=true", body.clone()).await.expect(201)
}

pub async fn each_kind_of_disposal_says_what_it_lacks(town: Town) {
    let village = Village::of(&town).await;
    let asset = village.owns(&town, "operating", 12_000_000).await;
    let early = ("L46", "scrapped_early");
    let lacks = ("L46", "disposal_evidence_missing");
    let named = |kinds: &[&str], document: &str| -> Value {
        kinds.iter().map(|it| json!({"kind": it, "document_id": document})).collect()
    };
    let nothing = ("L35", "nothing_received");
    let (far_below, scrapped) = (("L35", "received_far_below_books"), ("L35", "scrapped_below_books"));
    let paid = json!({"proceeds_fen": 100, "payer_id": village.firm});
    let with = |said: Value| {
        let mut all = paid.clone();
        all.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        all
    };
    let kinds: Vec<Kind> = vec![
        ("natural_disaster", json!({}), vec![lacks, early]),
        ("natural_disaster", json!({"evidence": village.papers(&["disaster_proof"])}), vec![]),
        (
            "natural_disaster",
            json!({"technical_report_id": village.papers["technical_report"], "way": "scrapping"}),
            vec![],
        ),
        // What the village decided shows nothing else, whatever it is called.
        (
            "natural_disaster",
            json!({"technical_report_id": village.minutes, "evidence": named(&["disaster_proof"], &village.minutes)}),
            vec![lacks, early],
        ),
        ("demolition", json!({}), vec![nothing, lacks, early]),
        (
            "demolition",
            with(json!({"evidence": named(&["official_decision", "compensation_agreement"],
                &village.papers["official_decision"])})),
            vec![far_below, ("L46", "one_paper_for_several")],
        ),
        (
            "demolition",
            with(json!({"evidence": village.papers(&["official_decision"])})),
            vec![far_below, lacks],
        ),
        (
            "demolition",
            with(json!({"evidence": village.papers(&["official_decision", "compensation_agreement"])})),
            vec![far_below],
        ),
        ("end_of_life", json!({}), vec![scrapped, early]),
        ("end_of_life", json!({"evidence": village.papers(&["technical_report"])}), vec![scrapped]),
        ("low_yield", json!({"way": "conversion"}), vec![lacks]),
        ("low_yield", json!({"way": "conversion", "evidence": village.papers(&["conversion_plan"])}), vec![]),
        ("low_yield", json!({"way": "suspension"}), vec![lacks]),
        ("low_yield", json!({"way": "suspension", "until": today(&town) + Days::new(90)}), vec![]),
        ("investment_ended", json!({}), vec![nothing, lacks]),
        (
            "investment_ended",
            with(json!({"evidence": village.papers(&["investment_agreement"])})),
            vec![far_below],
        ),
        ("replaced", json!({}), vec![lacks, early]),
        ("replaced", json!({"replaced_by_project_id": village.project}), vec![]),
        ("other", json!({}), vec![scrapped, early]),
        (
            "other",
            json!({"proceeds_fen": 100, "technical_report_id": village.papers["technical_report"]}),
            vec![("L35", "payer_unnamed"), scrapped],
        ),
    ];
    for (cause, said, wanted) in kinds {
        let case = drafted(&town, &village.disposal(&town, &asset, cause, &said)).await;
        let of = |case: &Value| {
            found(case).into_iter().map(|(rule, of)| (rule.to_owned(), of.to_owned())).collect::<Vec<_>>()
        };
        let wanted: Vec<_> = wanted.into_iter().map(|(rule, of)| (rule.to_owned(), of.to_owned())).collect();
        let mut got = of(&case);
        got.sort();
        assert_eq!(got, wanted, "{cause} {said}");
    }
    let bare = village.disposal(&town, &asset, "low_yield", &json!({"way": "conversion"}));
    let told = drafted(&town, &bare).await["findings"][0].clone();
    assert_eq!(told["figures"]["missing"], json!(["conversion_plan"]), "{told}");
    let chinese = town.officer().in_chinese().posts("/v1/alterations?dry_run=true", bare).await.expect(201);
    assert!(chinese["findings"][0]["message"].as_str().unwrap().contains("转产方案"), "{chinese}");

    // What does not go with a way or a cause is refused at its field.
    for (cause, said, at, code) in [
        ("investment_ended", json!({"way": "scrapping"}), "/way", "not_applicable"),
        ("low_yield", json!({"way": "scrapping", "until": "2030-01-01"}), "/until", "not_applicable"),
        ("low_yield", json!({"way": "suspension", "until": town.today()}), "/until", "too_small"),
        ("low_yield", json!({"becomes": {"name": "仓库"}}), "/becomes", "not_applicable"),
        (
            "low_yield",
            json!({"way": "suspension", "until": "2027-06-01", "proceeds_fen": 1}),
            "/proceeds_fen",
            "not_applicable",
        ),
        ("other", json!({"payer_id": village.firm}), "/payer_id", "not_applicable"),
        ("other", json!({"proceeds_due_on": "2027-01-01"}), "/proceeds_due_on", "not_applicable"),
        (
            "other",
            json!({"proceeds_fen": 1, "proceeds_due_on": "2099-01-01"}),
            "/proceeds_due_on",
            "too_late",
        ),
        ("replaced", json!({"replaced_by_project_id": asset}), "/replaced_by_project_id", "not_found"),
        (
            "other",
            json!({"evidence": [{"kind": "rumour", "document_id": village.minutes}]}),
            "/evidence/0/kind",
            "not_one_of",
        ),
    ] {
        let body = village.disposal(&town, &asset, cause, &said);
        let refused = town.officer().posts("/v1/alterations", body).await;
        assert_eq!(refused.first_fault(), (at.to_owned(), code.to_owned()), "{said}");
    }
}

pub async fn what_is_converted_or_not_used_goes_on(town: Town) {
    let village = Village::of(&town).await;
    let (shed, mill) = (
        village.owns(&town, "operating", 12_000_000).await,
        village.owns(&town, "operating", 9_000_000).await,
    );
    let converted = village.disposal(&town, &shed, "low_yield", &json!({"way": "conversion",
        "evidence": village.papers(&["conversion_plan"]), "becomes": {"name": "冷库", "category": "cold_store"}}));
    let case = town.officer().creates("/v1/alterations", converted).await;
    let case = town.takes_through("alterations", &case).await;
    let asset = town.auditor().reads(&format!("/v1/assets/{shed}")).await;
    assert_eq!(
        (&asset["name"], &asset["category"], &asset["status"]),
        (&json!("冷库"), &json!("cold_store"), &json!("in_use"))
    );
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={case}")).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let told = &notice["content"]["alteration"];
    assert_eq!((&told["way"], &told["becomes"][0]["name"]), (&json!("conversion"), &json!("冷库")), "{told}");

    let until = today(&town) + Days::new(90);
    let suspended =
        village.disposal(&town, &mill, "low_yield", &json!({"way": "suspension", "until": until}));
    let case = town.officer().creates("/v1/alterations", suspended).await;
    town.takes_through("alterations", &case).await;
    let asset = town.auditor().reads(&format!("/v1/assets/{mill}")).await;
    assert_eq!(asset["status"], "idle");
    for asset in [&shed, &mill] {
        let rights = town.auditor().reads(&format!("/v1/assets/{asset}/rights")).await;
        assert_eq!(rights["ownership"][0]["holder_id"], json!(village.east), "{rights}");
        let chain = town.auditor().reads(&format!("/v1/assets/{asset}/ownership-chain")).await;
        assert_eq!(chain["links"].as_array().unwrap().len(), 1, "{chain}");
    }
    // Used again, by whoever describes it.
    let used = town
        .officer()
        .patches(&format!("/v1/assets/{mill}"), Some("\"2\""), json!({"status": "in_use"}))
        .await;
    used.expect(200);
}

pub async fn an_auction_has_its_auctioneer(town: Town) {
    let village = Village::of(&town).await;
    let asset = village.owns(&town, "operating", 12_000_000).await;
    let house = town.party("enterprise", "诚信拍卖有限公司", EAST).await;
    let checked = |said: Value| {
        let sale = village.sale(&town, &asset, &said);
        let officer = town.officer();
        async move { officer.posts("/v1/transfers/check", sale).await }
    };
    let fault = |answer: crate::town::Answer| answer.first_fault();
    assert_eq!(
        fault(checked(json!({"way": "auction"})).await),
        ("/auctioneer_id".into(), "required_with".into())
    );
    checked(json!({"way": "auction", "auctioneer_id": house})).await.expect(200);
    let traded =
        json!({"platform": "县农村产权交易中心", "reference": "JY2026-01", "traded_on": town.today()});
    checked(json!({"way": "auction", "exchange": traded})).await.expect(200);
    checked(json!({"way": "sale"})).await.expect(200);
    let contradicts = ("/way".to_owned(), "contradicts".to_owned());
    assert_eq!(fault(checked(json!({"way": "donation"})).await), contradicts);
    assert_eq!(fault(checked(json!({"way": "swap"})).await), contradicts);
    checked(json!({"way": "donation", "consideration": {"kind": "none"}})).await.expect(200);
    let due = json!({"consideration": {"kind": "none"}, "proceeds_due_on": "2027-01-01"});
    assert_eq!(fault(checked(due).await), ("/proceeds_due_on".into(), "not_applicable".into()));
}

async fn proceeds(town: &Town, query: &str) -> Vec<Value> {
    let listed = town.auditor().reads(&format!("/v1/proceeds?{query}")).await;
    listed["items"].as_array().unwrap().clone()
}

pub async fn a_price_is_looked_for_until_it_came_in(town: Town) {
    let village = Village::of(&town).await;
    let (officer, day) = (town.officer(), today(&town));
    let appraiser = town.party("enterprise", "公允资产评估有限公司", EAST).await;
    let appraised = json!({"value_fen": 12_000_000, "appraised_on": town.today(), "appraiser_id": appraiser,
        "signatures": 2, "document_id": village.minutes});
    let shed = village.owns(&town, "operating", 12_000_000).await;
    let mill = village.owns(&town, "operating", 12_000_000).await;
    // By the policy it falls due within thirty days; it was agreed that it had by the thirty-first day before today.
    let due_on = day - Days::new(31);
    let said = json!({"appraisal": appraised, "way": "sale"});
    let by_policy = officer.creates("/v1/transfers?dry_run=true", village.sale(&town, &mill, &said)).await;
    assert_eq!((found(&by_policy), &by_policy["proceeds"]), (vec![], &json!([])));
    let late = json!({"appraisal": appraised, "proceeds_due_on": day + Days::new(31)});
    let late = officer.creates("/v1/transfers?dry_run=true", village.sale(&town, &mill, &late)).await;
    assert_eq!(found(&late), [("L35", "proceeds_due_late")]);
    let said = json!({"appraisal": appraised, "way": "sale", "proceeds_due_on": due_on});
    let case = officer.creates("/v1/transfers", village.sale(&town, &shed, &said)).await;
    let case = town.takes_through("transfers", &case).await;

    let open = proceeds(&town, &format!("region_code={EAST}&open=true")).await;
    assert_eq!(open.len(), 1, "{open:?}");
    let it = &open[0];
    assert_eq!(
        [&it["kind"], &it["case_id"], &it["asset_id"], &it["creditor_id"], &it["payer_id"], &it["due_on"]],
        [
            &json!("sale"),
            &json!(case),
            &json!(shed),
            &json!(village.east),
            &json!(village.firm),
            &json!(due_on)
        ]
    );
    assert_eq!(
        [&it["amount_fen"], &it["received_fen"], &it["open_fen"], &it["days_overdue"], &it["lapsed"]],
        [&json!(12_000_000), &json!(0), &json!(12_000_000), &json!(31), &json!(false)]
    );
    let of_case = town.auditor().reads(&format!("/v1/transfers/{case}")).await["proceeds"].clone();
    assert_eq!((&of_case[0]["id"], &of_case[0]["open_fen"]), (&it["id"], &json!(12_000_000)), "{of_case}");
    for (query, wanted) in [
        (format!("party_id={}", village.firm), 1),
        (format!("party_id={}&open=false", village.east), 0),
        (format!("asset_id={mill}"), 0),
        (format!("case_id={case}"), 1),
        (format!("region_code={WEST}"), 0),
    ] {
        assert_eq!(proceeds(&town, &query).await.len(), wanted, "{query}");
    }

    // Whoever owes it is sold nothing else without the county.
    let next = village.sale(&town, &mill, &json!({"appraisal": appraised}));
    let checks = |next: Value| async { town.officer().posts("/v1/transfers/check", next).await.expect(200) };
    let told = checks(next.clone()).await;
    assert_eq!((&told["outcome"], found(&told)), (&json!("escalate"), vec![("L35", "proceeds_overdue")]));
    let overdue = |it: &&Value| it["rule"] == "L35";
    let overdue = told["findings"].as_array().unwrap().iter().find(overdue).unwrap();
    assert_eq!(overdue["figures"]["overdue_days"], 31, "{told}");

    // What comes in settles it to the fen, and what is booked back opens it again.
    let paid = |amount_fen: i64| {
        json!({"asset_id": shed, "kind": "sale_proceeds", "payer_id": village.firm,
        "amount_fen": amount_fen, "received_on": town.today(), "period": {"from": due_on, "to": day + Days::new(1)}})
    };
    officer.creates("/v1/receipts", paid(11_999_999)).await;
    let part = &proceeds(&town, "open=true").await[0];
    assert_eq!((&part["received_fen"], &part["open_fen"]), (&json!(11_999_999), &json!(1)));
    assert_eq!(found(&checks(next.clone()).await), [("L35", "proceeds_overdue")]);
    let rest = officer.creates("/v1/receipts", paid(1)).await;
    assert_eq!(proceeds(&town, "open=true").await.len(), 0);
    assert_eq!(proceeds(&town, "open=false").await[0]["days_overdue"], Value::Null);
    assert_eq!(found(&checks(next.clone()).await), []);
    let back = format!("/v1/receipts/{}/reversal", id(&rest));
    officer.posts(&back, json!({"reason": "重复录入"})).await.expect(200);
    assert_eq!(proceeds(&town, "open=true").await[0]["open_fen"], 1);
    assert_eq!(found(&checks(next.clone()).await), [("L35", "proceeds_overdue")]);

    // What should never have been recorded as sold is not paid for.
    let correction = json!({"asset_id": shed, "right": "ownership", "effective_on": town.today(),
        "reason": "重复录入，实际没有出售", "holders": [{"holder_id": village.east, "share": "1"}],
        "documents": [village.minutes], "decision": town.decided(&village.minutes)});
    let case = officer.creates("/v1/corrections", correction).await;
    town.takes_through("corrections", &case).await;
    let lapsed = &proceeds(&town, &format!("asset_id={shed}")).await[0];
    assert_eq!((&lapsed["lapsed"], &lapsed["open_fen"]), (&json!(true), &json!(0)));
    assert_eq!(found(&checks(next).await), []);
    town.signed_size().await;
    let report = crate::tampering::checked(&town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn what_a_disposal_brings_falls_due_and_lapses_with_it(town: Town) {
    let village = Village::of(&town).await;
    let shed = village.owns(&town, "operating", 12_000_000).await;
    let asked = village.disposal(
        &town,
        &shed,
        "demolition",
        &json!({"proceeds_fen": 12_000_000, "payer_id": village.firm,
        "evidence": village.papers(&["official_decision", "compensation_agreement"])}),
    );
    let case = town.officer().creates("/v1/alterations", asked).await;
    assert_eq!(found(&case), []);
    town.takes_through("alterations", &case).await;
    let due = proceeds(&town, &format!("asset_id={shed}")).await;
    assert_eq!(due[0]["due_on"], json!(today(&town) + Days::new(30)), "{due:?}");
    assert_eq!((&due[0]["kind"], &due[0]["days_overdue"]), (&json!("disposal"), &Value::Null));
    let paid = json!({"asset_id": shed, "kind": "compensation", "payer_id": village.firm, "amount_fen": 11_997_000,
        "received_on": town.today(), "period": {"from": town.today(), "to": today(&town) + Days::new(1)}});
    town.officer().creates("/v1/receipts", paid).await;
    assert_eq!(proceeds(&town, "open=true").await[0]["open_fen"], 3_000);

    let again = json!({"kind": "restoration", "asset_id": shed, "effective_on": town.today(), "reason": "未拆除，予以恢复",
        "documents": [village.minutes], "decision": town.decided(&village.minutes)});
    let case = town.officer().creates("/v1/alterations", again).await;
    town.takes_through("alterations", &case).await;
    let lapsed = &proceeds(&town, &format!("asset_id={shed}")).await[0];
    assert_eq!(
        [&lapsed["lapsed"], &lapsed["open_fen"], &lapsed["received_fen"]],
        [&json!(true), &json!(0), &json!(11_997_000)]
    );
    assert_eq!(proceeds(&town, "open=true").await.len(), 0);
}

pub async fn what_served_the_public_is_not_sold_as_something_else(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let appraiser = town.party("enterprise", "公允资产评估有限公司", EAST).await;
    let appraised = json!({"appraisal": {"value_fen": 12_000_000, "appraised_on": town.today(),
        "appraiser_id": appraiser, "signatures": 2, "document_id": village.minutes}});
    let clinic = village.owns(&town, "public_welfare", 12_000_000).await;
    let sale = village.sale(&town, &clinic, &appraised);
    let checks = || async { town.officer().posts("/v1/transfers/check", sale.clone()).await.expect(200) };
    let before: Vec<String> = found(&checks().await).iter().map(|it| it.1.to_owned()).collect();
    assert!(!before.iter().any(|it| it.contains("reclass")), "{before:?}");
    let amendment = |asset: &str, corrected: Value| {
        json!({"asset": {"id": asset, "corrected": corrected},
        "reason": "类别登记有误", "documents": [village.minutes]})
    };

    let case = officer.creates("/v1/amendments", amendment(&clinic, json!({"class": "operating"}))).await;
    assert_eq!(found(&case), [("L49", "class_would_change")]);
    town.decides("amendments", &case, "submit").await.expect(200);
    let told = checks().await;
    let cause = |told: &Value| found(told).contains(&("L49", "reclassing_under_way"));
    assert!(cause(&told), "{told}");
    let case = town.auditor().reads(&format!("/v1/amendments/{}", id(&case))).await;
    let case = town.takes_through("amendments", &case).await;
    let told = checks().await;
    assert_eq!(
        (&told["outcome"], found(&told)),
        (&json!("escalate"), vec![("L49", "reclassed_before_deal")])
    );
    let figures = &told["findings"][0]["figures"];
    assert_eq!(
        [&figures["case_id"], &figures["restated_on"], &figures["ago_days"]],
        [&json!(case), &json!(town.today()), &json!(0)]
    );
    let county = json!({"region_code": "130828000000", "effective_from": "2021-01-01", "values": {"reclass_window_days": 0}});
    town.actor("county_approver").creates("/v1/policies", county).await;
    assert_eq!(found(&checks().await), [("L49", "reclassed_before_deal")]);

    // A cost that was lowered by a case, and the part of what was relabelled.
    let mill = village.owns(&town, "operating", 12_000_000).await;
    let case =
        officer.creates("/v1/amendments", amendment(&mill, json!({"original_value_fen": 11_999_999}))).await;
    town.takes_through("amendments", &case).await;
    let told = officer.posts("/v1/transfers/check", village.sale(&town, &mill, &appraised)).await.expect(200);
    assert_eq!(found(&told), [("L49", "value_amended_before_deal")]);
    let press = village.owns(&town, "operating", 12_000_000).await;
    let case = officer.creates("/v1/amendments", amendment(&press, json!({"service_life_months": 61}))).await;
    town.takes_through("amendments", &case).await;
    let told =
        officer.posts("/v1/transfers/check", village.sale(&town, &press, &appraised)).await.expect(200);
    assert!(found(&told).contains(&("L49", "write_off_amended_before_deal")), "{told}");
    let divided = json!({"kind": "division", "asset_id": clinic, "effective_on": town.today(), "reason": "分割",
        "documents": [village.minutes], "decision": town.decided(&village.minutes), "parts": [
            {"name": "一号", "quantity": "1", "unit": "间", "original_value_fen": 6_000_000},
            {"name": "二号", "quantity": "1", "unit": "间", "original_value_fen": 6_000_000}]});
    let case = officer.creates("/v1/alterations", divided).await;
    town.takes_through("alterations", &case).await;
    let parts = town.auditor().reads(&format!("/v1/assets?parent_id={clinic}")).await;
    let part = id(&parts["items"][0]);
    let told = officer.posts("/v1/transfers/check", village.sale(&town, &part, &appraised)).await.expect(200);
    assert!(found(&told).contains(&("L49", "reclassed_before_deal")), "{told}");
}

pub async fn a_part_is_no_other_kind_of_thing_than_the_whole(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let shed = village.owns(&town, "operating", 12_000_000).await;
    let part = |name: &str, category: &str, unit: &str| json!({"name": name, "category": category, "quantity": "1", "unit": unit, "original_value_fen": 6_000_000});
    let divided = json!({"kind": "division", "asset_id": shed, "effective_on": town.today(), "reason": "分割",
        "documents": [village.minutes], "decision": town.decided(&village.minutes),
        "parts": [part("林地", "forest_land", "亩"), part("大棚", "greenhouse", "间")]});
    let case = officer.creates("/v1/alterations", divided).await;
    town.takes_through("alterations", &case).await;
    let parts = town.auditor().reads(&format!("/v1/assets?parent_id={shed}")).await;
    for it in parts["items"].as_array().unwrap() {
        let lease = json!({"right": "management", "effective_on": town.today(), "documents": [village.minutes],
            "lots": [{"asset_id": id(it), "from_id": village.east, "to_id": village.firm, "share": "1"}],
            "term": {"from": town.today(), "to": today(&town) + Days::new(69 * 365)},
            "consideration": {"kind": "rent", "schedule": [{"due_on": town.today(), "amount_fen": 90_000_000}]},
            "decision": town.decided(&village.minutes)});
        let told = officer.posts("/v1/transfers/check", lease).await.expect(200);
        let is_told = found(&told).contains(&("L49", "category_amended_before_lease"));
        assert_eq!(is_told, it["category"] == "forest_land", "{told}");
        if is_told {
            let of = told["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "L49").unwrap();
            assert_eq!(of["figures"]["case_id"], id(&case), "{of}");
        }
    }
}

pub async fn an_asset_in_parts_is_looked_at_to_whomever_they_go(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let house = village.owns(&town, "operating", 60_000_000).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", EAST).await;
    let appraisal = json!({"value_fen": 6_000_000, "appraised_on": town.today(), "appraiser_id": appraiser,
        "signatures": 2, "document_id": town.report().await});
    let mut told = json!({});
    for name in ["甲", "乙", "丙", "丁"] {
        let person = town.party("person", name, EAST).await;
        let asked = json!({"right": "ownership", "effective_on": town.today(), "documents": [village.minutes],
            "lots": [{"asset_id": house, "from_id": village.east, "to_id": person, "share": "1/10"}],
            "consideration": {"kind": "price", "amount_fen": 6_000_000}, "appraisal": appraisal,
            "decision": town.decided(&village.minutes)});
        told = officer.creates("/v1/transfers", asked).await;
        town.decides("transfers", &told, "submit").await.expect(200);
    }
    let parts = told["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "asset_in_parts");
    assert_eq!(parts.unwrap()["figures"]["deals"], 4, "{told}");
}

/// A case about an asset that was recorded wrongly.
fn amendment(town: &Town, village: &Village, asset: &str, wrong: &Value) -> Value {
    let mut about = json!({"id": asset});
    about.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
    json!({"asset": about, "reason": "登记有误", "documents": [village.minutes],
        "decision": town.decided(&village.minutes)})
}

async fn puts_right(town: &Town, village: &Village, asset: &str, corrected: Value) {
    let asked = amendment(town, village, asset, &json!({"corrected": corrected}));
    let case = town.officer().creates("/v1/amendments", asked).await;
    town.takes_through("amendments", &case).await;
}

fn found_in(case: &Value, cause: &str) -> Option<String> {
    let found = case["findings"].as_array().unwrap().iter().find(|it| it["cause"] == cause);
    found.map(|it| it["severity"].as_str().unwrap().to_owned())
}

pub async fn what_is_registered_is_not_struck_off_as_if_it_never_was(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let struck_off = |asset: &str| {
        let asked = amendment(&town, &village, asset, &json!({"void": true}));
        async { town.officer().creates("/v1/amendments?dry_run=true", asked).await }
    };
    let shed = village.owns(&town, "operating", 300_000_000).await;
    let told = struck_off(&shed).await;
    assert_eq!(found_in(&told, "struck_off_without_disposal").as_deref(), Some("escalate"), "{told}");
    let small = village.owns(&town, "operating", 12_000_000).await;
    assert_eq!(found(&struck_off(&small).await), []);
    // Recorded again, it is no duplicate before the village has that.
    let recorded = town.auditor().reads(&format!("/v1/assets/{shed}")).await;
    let again = json!({"name": recorded["name"], "class": "operating", "category": "greenhouse", "region_code": EAST,
        "project_id": recorded["project_id"], "quantity": "1", "unit": "处", "original_value_fen": 300_000_000,
        "acquired_on": "2021-07-01", "service_life_months": 240, "residual_rate_bp": 500});
    let again = id(&officer.creates("/v1/assets", again).await);
    assert!(found_in(&struck_off(&shed).await, "struck_off_without_disposal").is_some());
    town.registers(&again, &village.minutes, json!([{"holder_id": village.east, "share": "1"}])).await;
    let told = struck_off(&shed).await;
    assert_eq!(found_in(&told, "struck_off_as_duplicate").as_deref(), Some("warn"), "{told}");
    assert_eq!(found_in(&told, "struck_off_without_disposal"), None);
}

pub async fn what_is_the_villages_is_no_households_for_being_called_so(town: Town) {
    let village = Village::of(&town).await;
    let household = town.party("household", "张三户", EAST).await;
    let called = |asset: &str| {
        let asked = amendment(&town, &village, asset, &json!({"corrected": {"class": "household"}}));
        async { town.officer().creates("/v1/amendments?dry_run=true", asked).await }
    };
    let small = village.owns(&town, "operating", 12_000_000).await;
    let told = called(&small).await;
    assert_eq!(found_in(&told, "small_class_would_change").as_deref(), Some("warn"), "{told}");
    let shed = village.owns(&town, "operating", 60_000_000).await;
    let told = called(&shed).await;
    assert_eq!(found_in(&told, "class_would_change").as_deref(), Some("escalate"), "{told}");
    puts_right(&town, &village, &shed, json!({"class": "household"})).await;
    let gift = json!({"right": "ownership", "effective_on": town.today(), "documents": [village.minutes],
        "lots": [{"asset_id": shed, "from_id": village.east, "to_id": household, "share": "1"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&village.minutes)});
    let told = town.officer().posts("/v1/transfers/check", gift).await.expect(200);
    assert_eq!(found_in(&told, "reclassed_before_deal").as_deref(), Some("escalate"), "{told}");
}

pub async fn nothing_is_made_old_cheap_or_a_road_for_its_disposal(town: Town) {
    let village = Village::of(&town).await;
    let report = json!({"technical_report_id": village.papers["technical_report"]});
    let with_report = |said: Value| {
        let mut all = report.clone();
        all.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        all
    };
    let far_below = ("L35", "received_far_below_former_books");
    let early = ("L46", "scrapped_before_former_life");
    let a_fen = json!({"proceeds_fen": 1, "payer_id": village.firm});
    let scrapped = || json!({"way": "scrapping"});
    for (corrected, cause, said, wanted) in [
        (json!({"service_life_months": 12}), "end_of_life", json!({}), vec![far_below, early]),
        (json!({"acquired_on": "2000-01-01"}), "end_of_life", a_fen.clone(), vec![far_below, early]),
        (
            json!({"original_value_fen": 1}),
            "low_yield",
            with_report(json!({"way": "scrapping", "proceeds_fen": 1, "payer_id": village.firm})),
            vec![far_below],
        ),
        (json!({"class": "public_welfare"}), "low_yield", with_report(scrapped()), vec![far_below]),
    ] {
        let asset = village.owns(&town, "operating", 60_000_000).await;
        puts_right(&town, &village, &asset, corrected.clone()).await;
        let told = drafted(&town, &village.disposal(&town, &asset, cause, &said)).await;
        let mut all = found(&told);
        all.sort_unstable();
        assert_eq!(all, wanted, "{corrected} {told}");
    }
    // What was mistyped of something small.
    let small = village.owns(&town, "operating", 12_000_000).await;
    puts_right(&town, &village, &small, json!({"service_life_months": 12})).await;
    let told = drafted(&town, &village.disposal(&town, &small, "end_of_life", &json!({}))).await;
    assert_eq!(found_in(&told, "small_before_former_life").as_deref(), Some("warn"), "{told}");
    assert_eq!(told["outcome"], "pass", "{told}");
}

pub async fn a_building_is_not_contracted_out_as_land(town: Town) {
    let village = Village::of(&town).await;
    let outsider = town.party("person", "外村李四", WEST).await;
    let lease = |asset: &str, consideration: Value| {
        let body = json!({"right": "management", "effective_on": town.today(), "documents": [village.minutes],
            "lots": [{"asset_id": asset, "from_id": village.east, "to_id": outsider, "share": "1"}],
            "term": {"from": town.today(), "to": today(&town) + Days::new(7300)},
            "consideration": consideration, "decision": town.decided(&village.minutes)});
        async { town.officer().posts("/v1/transfers/check", body).await.expect(200) }
    };
    let nothing = || json!({"kind": "none"});
    let shed = village.owns(&town, "operating", 60_000_000).await;
    puts_right(&town, &village, &shed, json!({"category": "arable_land", "unit": "亩"})).await;
    let told = lease(&shed, nothing()).await;
    assert_eq!(found_in(&told, "freed_before_deal").as_deref(), Some("escalate"), "{told}");
    let small = village.owns(&town, "operating", 12_000_000).await;
    puts_right(&town, &village, &small, json!({"category": "arable_land", "unit": "亩"})).await;
    let told = lease(&small, nothing()).await;
    assert_eq!(found_in(&told, "freed_before_small_deal").as_deref(), Some("warn"), "{told}");
    // By a conversion.
    let mill = village.owns(&town, "operating", 60_000_000).await;
    puts_right(&town, &village, &mill, json!({"unit": "亩"})).await;
    let converted = village.disposal(
        &town,
        &mill,
        "low_yield",
        &json!({"way": "conversion",
        "evidence": village.papers(&["conversion_plan"]), "becomes": {"category": "arable_land"}}),
    );
    let case = town.officer().creates("/v1/alterations", converted).await;
    town.takes_through("alterations", &case).await;
    let told = lease(&mill, nothing()).await;
    assert_eq!(found_in(&told, "freed_before_deal").as_deref(), Some("escalate"), "{told}");
}

pub async fn what_public_money_built_is_registered_to_whom_it_is_for(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let registered = |asset: &str, owners: Value| {
        let body = json!({"asset_id": asset, "effective_on": "2021-08-01", "documents": [village.minutes],
            "ownership": owners, "decision": town.decided(&village.minutes)});
        async { town.officer().creates("/v1/registrations?dry_run=true", body).await }
    };
    let whole = |owner: &str| json!([{"holder_id": owner, "share": "1"}]);
    let shed = town.asset("operating", "greenhouse", 300_000_000).await;
    let small = town.asset("operating", "greenhouse", 20_000_000).await;
    let cooperative = town.party("cooperative", "果蔬专业合作社", EAST).await;
    for owner in [
        town.party("person", "书记", EAST).await,
        town.party("household", "张三户", EAST).await,
        cooperative.clone(),
    ] {
        let told = registered(&shed, whole(&owner)).await;
        assert_eq!(found_in(&told, "funded_asset_of_private").as_deref(), Some("escalate"), "{told}");
        assert_eq!(found_in(&registered(&small, whole(&owner)).await, "funded_asset_of_private"), None);
        let halves =
            json!([{"holder_id": owner, "share": "1/2"}, {"holder_id": village.east, "share": "1/2"}]);
        assert_eq!(found_in(&registered(&shed, halves).await, "funded_asset_of_private"), None);
    }
    let own = json!({"kind": "controlled_by", "to_id": village.east, "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{cooperative}/relations"), own).await;
    assert_eq!(found_in(&registered(&shed, whole(&cooperative)).await, "funded_asset_of_private"), None);

    // Put right at once, and so before anything rests on it: it was there before its funds.
    let path = format!("/v1/assets/{shed}");
    let told = registered(&shed, whole(&village.east)).await;
    assert_eq!(found_in(&told, "acquired_before_project"), None);
    let request = officer.request(reqwest::Method::POST, &format!("{path}/corrections"));
    let wrong = json!({"corrected": {"acquired_on": "2000-01-01"}, "reason": "日期录错"});
    crate::town::Answer::of(request.header("If-Match", "\"1\"").json(&wrong)).await.expect(200);
    let told = registered(&shed, whole(&village.east)).await;
    assert_eq!(found_in(&told, "acquired_before_project").as_deref(), Some("warn"), "{told}");
}
