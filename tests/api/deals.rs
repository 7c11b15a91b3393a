//! Deals of every day that the law allows, none of which the rules stop or send to the county for a reason of theirs; and ways around
//! the rules, each of which they find.

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};

use crate::town::{COUNTY, EAST, TOWNSHIP, Town, WEST, id};

fn today(town: &Town) -> NaiveDate {
    town.today().parse().unwrap()
}

/// The parties of these deals, in a county whose notices need not hang; all other numbers are the country's.
struct Parties {
    east: String,
    west: String,
    township: String,
    cooperative: String,
    firm: String,
    grower: String,
    appraiser: String,
    household: String,
    head: String,
    nephew: String,
}

impl Parties {
    async fn of(town: &Town) -> Self {
        let policy =
            json!({"region_code": COUNTY, "effective_from": "2000-01-01", "values": {"notice_days": 0}});
        town.actor("county_approver").creates("/v1/policies", policy).await;
        let all = Self {
            east: town.party("village_collective", "东村股份经济合作社", EAST).await,
            west: town.party("village_collective", "西村股份经济合作社", WEST).await,
            township: town.party("township_government", "平泉镇人民政府", TOWNSHIP).await,
            cooperative: town.party("cooperative", "东村农机专业合作社", EAST).await,
            firm: town.party("enterprise", "惠农农业科技有限公司", EAST).await,
            grower: town.party("enterprise", "绿源种植有限公司", EAST).await,
            appraiser: town.party("enterprise", "公信资产评估有限公司", TOWNSHIP).await,
            household: town.party("household", "赵六户", EAST).await,
            head: town.party("person", "张三", EAST).await,
            nephew: town.party("person", "李四", EAST).await,
        };
        let relates = async |from: &str, kind: &str, to: &str| {
            let relation = json!({"to_id": to, "kind": kind, "period": {"from": "2012-01-01"}});
            town.officer().creates(&format!("/v1/parties/{from}/relations"), relation).await;
        };
        relates(&all.head, "officer_of", &all.east).await;
        relates(&all.nephew, "kin", &all.head).await;
        relates(&all.cooperative, "controlled_by", &all.east).await;
        all
    }
}

/// An asset that is owned by somebody since a day.
async fn owned(town: &Town, owner: &str, (class, category, value): (&str, &str, i64), since: &str) -> String {
    let officer = town.officer();
    let measure = if category.ends_with("_land") { "亩" } else { "处" };
    let body = json!({
        "name": "日光温室大棚", "class": class, "category": category, "region_code": EAST, "quantity": "1", "unit": measure,
        "original_value_fen": value, "acquired_on": since, "service_life_months": 240, "residual_rate_bp": 500,
    });
    let asset = id(&officer.creates("/v1/assets", body).await);
    let paper = town.document().await;
    let registration = json!({
        "asset_id": asset, "effective_on": since, "documents": [paper], "decision": by_all(since, &paper),
        "ownership": [{"holder_id": owner, "share": "1"}], "recorded_late": town.late(), "owner_consent_id": paper,
    });
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    asset
}

/// A decision that carries anything, of three quarters of all members.
fn by_all(on: impl ToString, paper: &str) -> Value {
    json!({"body": "members_assembly", "decided_on": on.to_string(), "members": 100, "attended": 80, "in_favour": 75,
        "document_id": paper})
}

/// The same, of one collective.
fn by(collective: &str, on: impl ToString, paper: &str) -> Value {
    let mut decision = by_all(on, paper);
    decision["by_id"] = json!(collective);
    decision
}

fn deal(right: &str, asset: &str, from: &str, to: &str, on: impl ToString, paper: &str) -> Value {
    json!({
        "right": right, "effective_on": on.to_string(), "documents": [paper], "consideration": {"kind": "none"},
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}],
    })
}

/// A lease for some years, at a yearly rent that falls due ahead.
fn lease(asset: &str, from: &str, to: &str, (on, years): (NaiveDate, u32), rent: i64, paper: &str) -> Value {
    let due = |year: u32| on + Months::new(12 * year);
    let dues: Vec<_> = (0..years).map(|year| json!({"due_on": due(year), "amount_fen": rent})).collect();
    let mut act = deal("management", asset, from, to, on, paper);
    act["term"] = json!({"from": on, "to": due(years)});
    act["consideration"] = json!({"kind": "rent", "schedule": dues});
    act
}

fn with(mut act: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        act[name] = value.clone();
    }
    act
}

fn appraised(by: &str, value: i64, on: NaiveDate, paper: &str) -> Value {
    json!({"value_fen": value, "appraised_on": on, "appraiser_id": by, "signatures": 2, "document_id": paper})
}

/// What the rules find that is more than a warning: none of it may stop what is lawful.
async fn grave(town: &Town, path: &str, act: &Value) -> Vec<String> {
    let answer = match path {
        "/v1/transfers" => town.officer().posts("/v1/transfers/check", act.clone()).await.expect(200),
        path => town.officer().posts(&format!("{path}?dry_run=true"), act.clone()).await.expect(201),
    };
    let findings = answer["findings"].as_array().unwrap().iter().filter(|it| it["severity"] != "warn");
    for it in findings.clone() {
        assert!(it["message"].is_string() && it["cure"].is_string() && it["evidence"].is_array(), "{it}");
    }
    findings.map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn passes(name: &str, grave: Vec<String>) {
    assert!(grave.is_empty(), "{name}: {grave:?}");
}

#[track_caller]
fn finds(name: &str, grave: &[String], rule: &str) {
    assert!(grave.iter().any(|it| it == rule), "{name}: {grave:?}");
}

pub async fn ten_lawful_deals_are_stopped_by_nothing(town: Town) {
    let all = Parties::of(&town).await;
    let Parties { east, west, township, cooperative, firm, grower, appraiser, household, .. } = &all;
    let (now, paper) = (today(&town), town.document().await);
    let shed = async || owned(&town, east, ("operating", "greenhouse", 12_000_000), "2014-01-01").await;
    let transfer = async |name: &str, act: Value| passes(name, grave(&town, "/v1/transfers", &act).await);

    // 1. A good lease of 2014, entered late with its reason, decided by the law of that day.
    let agreed = NaiveDate::from_ymd_opt(2014, 5, 1).unwrap();
    let old = with(
        lease(&shed().await, east, firm, (agreed, 10), 900_000, &paper),
        json!({"recorded_late": town.late(), "decision": {"body": "members_assembly", "decided_on": "2014-04-10", "members": 100,
            "attended": 51, "in_favour": 26, "document_id": paper}}),
    );
    transfer("a good lease of 2014", old).await;

    // 2. A sale at the appraisal, through the exchange.
    let dear = owned(&town, east, ("operating", "greenhouse", 90_000_000), "2014-01-01").await;
    let sale = with(
        deal("ownership", &dear, east, firm, now, &paper),
        json!({"consideration": {"kind": "price", "amount_fen": 80_000_000}, "decision": by_all(now, &paper),
            "appraisal": appraised(appraiser, 80_000_000, now - Days::new(30), &paper),
            "exchange": {"platform": "县农村产权交易中心", "reference": "2026-0117", "traded_on": now,
                "document_id": town.confirmation().await}}),
    );
    transfer("a sale through the exchange", sale).await;

    // 3. A lease today, and what is let on with the owner's consent for a little more.
    let let_out = shed().await;
    let head = with(
        lease(&let_out, east, firm, (now, 5), 900_000, &paper),
        json!({"decision": by_all(now, &paper)}),
    );
    transfer("a lease", head.clone()).await;
    let case = town.officer().creates("/v1/transfers", head).await;
    town.takes_through("transfers", &case).await;
    let sublease = lease(&let_out, firm, grower, (now, 2), 950_000, &paper);
    transfer("a sublease", with(sublease, json!({"sublease_consent_id": paper}))).await;

    // 4. The village's own cooperative runs what the village owns, without a rent.
    let mut run = deal("management", &shed().await, east, cooperative, now, &paper);
    run["term"] = json!({"from": now, "to": now + Months::new(60)});
    transfer("the village's own cooperative", with(run, json!({"decision": by_all(now, &paper)}))).await;

    // 5. One village gives another what it does not need; both decided.
    let gift = with(
        deal("ownership", &shed().await, east, west, now, &paper),
        json!({"decisions": [by(east, now, &paper), by(west, now, &paper)]}),
    );
    transfer("a gift between villages", gift).await;

    // 6. Forest land, contracted out for seventy years for a fee paid once, by the delegates of 2005.
    let forest = owned(&town, east, ("operating", "forest_land", 30_000_000), "2004-01-01").await;
    let contracted = NaiveDate::from_ymd_opt(2005, 5, 1).unwrap();
    let mut land = lease(&forest, east, grower, (contracted, 70), 1, &paper);
    land["consideration"] =
        json!({"kind": "rent", "schedule": [{"due_on": contracted, "amount_fen": 20_000_000}]});
    let land = with(
        land,
        json!({"recorded_late": town.late(), "decision": {"body": "delegates_assembly", "decided_on": "2005-04-20", "members": 30,
            "attended": 24, "in_favour": 20, "document_id": paper}}),
    );
    transfer("forest land for seventy years", land).await;

    // 7. The township hands over to the village what a project built.
    let station = owned(&town, township, ("operating", "solar_station", 90_000_000), "2020-01-01").await;
    let handed = with(
        deal("ownership", &station, township, east, now, &paper),
        json!({"decision": by_all(now, &paper)}),
    );
    transfer("a hand-over", handed).await;

    // 8. A household sells its own cattle, and lets on what it rents, by its own word and the owner's.
    let cattle = owned(&town, household, ("household", "livestock", 1_000_000), "2020-01-01").await;
    let mut sold = deal("ownership", &cattle, household, firm, now, &paper);
    sold["consideration"] = json!({"kind": "price", "amount_fen": 800_000});
    transfer("a household's own cattle", with(sold, json!({"owner_consent_id": paper}))).await;

    // 9. A swap of the same worth, appraised on both sides.
    let [ours, theirs] =
        [shed().await, owned(&town, firm, ("operating", "greenhouse", 12_000_000), "2014-01-01").await];
    let mut swap = deal("ownership", &ours, east, firm, now, &paper);
    let report = appraised(appraiser, 6_000_000, now - Days::new(10), &paper);
    swap["consideration"] = json!({"kind": "swap", "appraisal": report,
        "lots": [{"asset_id": theirs, "from_id": firm, "to_id": east, "share": "1"}]});
    transfer("a fair swap", with(swap, json!({"appraisal": report, "decision": by_all(now, &paper)}))).await;

    // 10. A ledger comes in with the lease that stands.
    let body = json!({
        "name": "冷库", "class": "operating", "category": "cold_store", "region_code": EAST, "quantity": "1", "unit": "座",
        "original_value_fen": 12_000_000, "acquired_on": "2020-01-01", "service_life_months": 240, "residual_rate_bp": 500,
    });
    let store = id(&town.officer().creates("/v1/assets", body).await);
    let dues: Vec<_> =
        (2024..2029).map(|year| json!({"due_on": format!("{year}-01-01"), "amount_fen": 900_000})).collect();
    let registration = json!({
        "asset_id": store, "effective_on": "2024-01-01", "documents": [paper], "recorded_late": town.late(),
        "ownership": [{"holder_id": east, "share": "1"}], "decision": by_all("2020-01-01", &paper),
        "management": [{"holder_id": firm, "share": "1", "term": {"from": "2024-01-01", "to": "2029-01-01"},
            "contract": {"schedule": dues}}],
    });
    passes("a standing lease", grave(&town, "/v1/registrations", &registration).await);
}

pub async fn ten_ways_around_are_found(town: Town) {
    let all = Parties::of(&town).await;
    let Parties { east, firm, grower, appraiser, head, nephew, .. } = &all;
    let (now, paper) = (today(&town), town.document().await);
    let shed = async || owned(&town, east, ("operating", "greenhouse", 12_000_000), "2014-01-01").await;
    let transfer = async |name: &str, rule: &str, act: Value| {
        let act = with(act, json!({"decision": by_all(now, &paper)}));
        finds(name, &grave(&town, "/v1/transfers", &act).await, rule);
    };
    let price = |fen: i64| json!({"kind": "price", "amount_fen": fen});
    let one = shed().await;

    // 1. The income of an asset, for good, for a fen; and fifty years of it for a yuan.
    let income = with(deal("income", &one, east, firm, now, &paper), json!({"consideration": price(1)}));
    transfer("income for good", "L22", income.clone()).await;
    transfer("income for good, unappraised", "L02", income.clone()).await;
    let term = json!({"from": now, "to": now + Months::new(600)});
    transfer(
        "fifty years of income",
        "L20",
        with(income, json!({"consideration": price(100), "term": term})),
    )
    .await;

    // 2. A rent that is worth nothing since it falls due at the end.
    let mut late = lease(&one, east, firm, (now, 20), 900_000, &paper);
    let last = now + Months::new(239);
    late["consideration"] = json!({"kind": "rent", "schedule": [{"due_on": last, "amount_fen": 14_500_000}]});
    transfer("rent at the end", "L20", late).await;

    // 3. A sale at a thousandth of the appraisal, and one of an appraisal at a thousandth of the books.
    let sale = |price_fen: i64, worth: i64| {
        with(
            deal("ownership", &one, east, firm, now, &paper),
            json!({"consideration": price(price_fen), "appraisal": appraised(appraiser, worth, now, &paper)}),
        )
    };
    transfer("a thousandth of the appraisal", "L01", sale(12_000, 12_000_000)).await;
    transfer("an appraisal far below the books", "L04", sale(12_000, 12_000)).await;

    // 4. Straight to whoever decides; to their kin; and through a lessee.
    transfer("to the head", "L06", lease(&one, east, head, (now, 5), 900_000, &paper)).await;
    transfer("to the nephew", "L07", lease(&one, east, nephew, (now, 5), 900_000, &paper)).await;
    let let_out = shed().await;
    let agreed = with(
        lease(&let_out, east, firm, (now, 5), 900_000, &paper),
        json!({"decision": by_all(now, &paper)}),
    );
    let case = town.officer().creates("/v1/transfers", agreed).await;
    town.takes_through("transfers", &case).await;
    let through = |to: &str, rent: i64| {
        let act = lease(&let_out, firm, to, (now, 2), rent, &paper);
        with(act, json!({"sublease_consent_id": paper}))
    };
    transfer("to the nephew through a lessee", "L07", through(nephew, 950_000)).await;

    // 5. What was let cheap is let on dear, straight and by way of a company.
    transfer("let on dear", "L09", through(grower, 9_000_000)).await;
    let case = town.officer().creates("/v1/transfers", through(grower, 950_000)).await;
    town.takes_through("transfers", &case).await;
    let farther = with(
        lease(&let_out, grower, &all.household, (now, 2), 9_000_000, &paper),
        json!({"sublease_consent_id": paper}),
    );
    transfer("let on dear by way of a company", "L09", farther).await;

    // 6. Swapped for something that is called dear.
    let junk = owned(&town, firm, ("operating", "greenhouse", 12_000_000), "2014-01-01").await;
    let mut swap = deal("ownership", &one, east, firm, now, &paper);
    swap["consideration"] = json!({"kind": "swap", "appraised_fen": 12_000_000,
        "lots": [{"asset_id": junk, "from_id": firm, "to_id": east, "share": "1"}]});
    swap["appraisal"] = appraised(appraiser, 6_000_000, now, &paper);
    transfer("swapped by word", "L04", swap).await;

    // 7. A lease that is renewed as soon as it has begun.
    let after = now + Months::new(60);
    let again = json!({
        "kind": "renewal", "asset_id": let_out, "right": "management", "holder_id": firm, "effective_on": after,
        "term": {"from": after, "to": after + Months::new(240)}, "reason": "续租", "documents": [paper],
        "schedule": [{"due_on": after, "amount_fen": 30_000_000}], "decision": by_all(now, &paper),
    });
    finds("renewed at once", &grave(&town, "/v1/alterations", &again).await, "L18");

    // 8. A contract of fifty years for a fen, by somebody who owns nothing of it.
    let strange = json!({
        "asset_ids": [one], "lessor_id": all.west, "lessee_id": firm, "term": {"from": "2015-01-01", "to": "2065-01-01"},
        "schedule": [{"due_on": "2015-01-01", "amount_fen": 1}], "recorded_late": town.late(), "documents": [paper],
    });
    let found = grave(&town, "/v1/contracts", &strange).await;
    for rule in ["L10", "L15", "L18", "L20"] {
        finds("a contract out of nowhere", &found, rule);
    }

    // 9. By way of the first registration: a public road to a company, and a greenhouse run for ever and for nothing.
    let unregistered = async |class: &str, category: &str| {
        let body = json!({
            "name": "通村公路", "class": class, "category": category, "region_code": EAST, "quantity": "1", "unit": "条",
            "original_value_fen": 12_000_000, "acquired_on": "2020-01-01", "service_life_months": 240, "residual_rate_bp": 500,
        });
        id(&town.officer().creates("/v1/assets", body).await)
    };
    let registered = |asset: &str, owner: &str, others: Value| {
        with(
            json!({"asset_id": asset, "effective_on": "2020-01-01", "documents": [paper], "recorded_late": town.late(),
                "ownership": [{"holder_id": owner, "share": "1"}], "decision": by_all("2020-01-01", &paper)}),
            others,
        )
    };
    let road = registered(&unregistered("public_welfare", "road").await, firm, json!({}));
    finds("a road to a company", &grave(&town, "/v1/registrations", &road).await, "L47");
    let free = json!([{"holder_id": firm, "share": "1"}]);
    let run = registered(&unregistered("operating", "greenhouse").await, east, json!({"management": free}));
    finds("run for ever", &grave(&town, "/v1/registrations", &run).await, "L05");

    // 10. By way of a correction.
    let correction = json!({
        "asset_id": one, "right": "ownership", "effective_on": "2014-01-01", "recorded_late": town.late(), "holders": [{"holder_id": firm, "share": "1"}],
        "reason": "首次登记时所有权人录入有误", "documents": [paper], "decision": by_all(now, &paper),
    });
    let correction = town.officer().posts("/v1/corrections?dry_run=true", correction).await;
    finds("by a correction", &rules(&correction.expect(201)), "L05");
}

fn rules(answer: &Value) -> Vec<String> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}
