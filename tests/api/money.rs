//! Money as it is held to account: no account is overdrawn on any day, nothing is divided twice or otherwise than it was
//! decided, and what is typed wrong is refused before it is booked.

use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{COUNTY, EAST, Engine, Town, WEST, id},
};

/// A village that owns an asset, and whoever pays for it.
struct Village {
    collective: String,
    firm: String,
    asset: String,
    minutes: String,
}

impl Village {
    async fn of(town: &Town) -> Self {
        town.notices_come_down_at_once().await;
        let collective = town.party("village_collective", "东村股份经济合作社", EAST).await;
        let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
        let minutes = town.document().await;
        let asset = town.shed_of(&collective, &minutes).await;
        Self { collective, firm, asset, minutes }
    }

    fn receipt(&self, amount_fen: i64) -> Value {
        received(&self.asset, &self.firm, amount_fen)
    }

    fn plan(&self, town: &Town) -> Value {
        json!({"asset_ids": [self.asset], "period": year(), "decision": town.decided(&self.minutes)})
    }
}

fn year() -> Value {
    json!({"from": "2024-01-01", "to": "2025-01-01"})
}

fn received(asset: &str, payer: &str, amount_fen: i64) -> Value {
    json!({
        "asset_id": asset, "kind": "rent", "payer_id": payer, "amount_fen": amount_fen, "received_on": "2025-01-03",
        "period": year(),
    })
}

fn with(body: &Value, changed: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in changed.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Sets numbers of the county's policy from a day on.
async fn policy(town: &Town, effective_from: &str, values: Value) {
    let policy = json!({"region_code": COUNTY, "effective_from": effective_from, "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

/// Takes a case as far as a step, which is not taken.
async fn up_to(town: &Town, case: &Value, stop: &str) -> Value {
    let mut case = case.clone();
    while case["next_step"] != stop {
        let step = case["next_step"].as_str().unwrap().to_owned();
        case = town.decides("distributions", &case, &step).await.expect(200);
    }
    case
}

async fn balance(town: &Town, account: &str, as_of: &str) -> i64 {
    let account = town.auditor().reads(&format!("/v1/accounts/{account}?as_of={as_of}")).await;
    account["balance_fen"].as_i64().unwrap()
}

pub async fn no_account_is_below_zero_on_any_day(town: Town) {
    let village = Village::of(&town).await;
    let Village { collective, firm, asset, minutes } = &village;
    let officer = town.officer();
    let price = |amount_fen: i64, on: &str| {
        let changed = json!({"kind": "sale_proceeds", "received_on": on});
        with(&received(asset, firm, amount_fen), &changed)
    };
    let first = officer.creates("/v1/receipts", price(1000, "2024-01-10")).await;
    let second = officer.creates("/v1/receipts", price(500, "2025-01-01")).await;
    let path = format!("/v1/accounts?party_id={collective}&purpose=disposal_proceeds");
    let account = id(&town.auditor().reads(&path).await["items"][0]);
    let payments = format!("/v1/accounts/{account}/payments");
    let paid = |amount_fen: i64, on: &str| {
        json!({"purpose": "road_repair", "payee_id": firm, "amount_fen": amount_fen, "paid_on": on,
            "document_id": minutes})
    };

    let early = officer.posts(&payments, paid(1, "2024-01-09")).await;
    let early = early.expect_problem(409, "account_overdrawn");
    assert_eq!((&early["available_fen"], &early["wanted_fen"]), (&json!(0), &json!(1)));
    officer.creates(&payments, paid(600, "2024-06-01")).await;
    let before = town.journal_size().await;
    let chinese = town.officer().in_chinese().posts(&payments, paid(401, "2024-03-01")).await;
    let refused = chinese.expect_problem(409, "account_overdrawn");
    assert_eq!((&refused["on"], &refused["available_fen"]), (&json!("2024-03-01"), &json!(400)));
    assert!(refused["detail"].as_str().unwrap().contains("4元"), "{refused}");
    assert_eq!(town.journal_size().await, before);
    officer.creates(&payments, paid(400, "2024-03-01")).await;
    // What came in later is there from then on.
    officer.posts(&payments, paid(1, "2024-12-31")).await.expect_problem(409, "account_overdrawn");
    officer.creates(&payments, paid(100, "2025-01-01")).await;

    // A payment that was mistyped is taken back once, from a day on that is not before it, and stays to be seen.
    let mistyped = officer.creates(&payments, paid(300, "2025-01-01")).await;
    let back = format!("/v1/payments/{}/reversal", id(&mistyped));
    let on = |day: &str| json!({"reason": "金额多录一个零", "booked_on": day});
    assert_eq!(officer.posts(&back, on("2024-12-31")).await.first_fault().1, "dates_reversed");
    assert_eq!(officer.posts(&back, on("2999-01-01")).await.first_fault().1, "in_future");
    town.auditor().posts(&back, json!({"reason": "误录"})).await.expect_problem(403, "permission_denied");
    let reversed = officer.posts(&back, on("2025-01-01")).await.expect(200);
    assert_eq!((&reversed["reversed"], &reversed["amount_fen"]), (&json!(true), &json!(300)), "{reversed}");
    officer.posts(&back, json!({"reason": "误录"})).await.expect_problem(409, "conflict");
    let listed = town.auditor().reads(&payments).await;
    let of_it = |it: &&Value| it["id"] == mistyped["id"];
    assert_eq!(listed["items"].as_array().unwrap().iter().find(of_it).unwrap()["reversed"], json!(true));
    let held = town.auditor().reads(&format!("/v1/accounts/{account}")).await;
    assert_eq!(held["balance_fen"], json!(400), "{held}");

    // A receipt that was spent is not taken back on a day on which it is missing, nor today.
    let reversal = |it: &Value| format!("/v1/receipts/{}/reversal", id(it));
    for reason in [
        json!({"reason": "重复录入", "booked_on": "2024-01-10"}),
        json!({"reason": "重复录入", "booked_on": "2025-06-01"}),
        json!({"reason": "重复录入"}),
    ] {
        officer.posts(&reversal(&first), reason).await.expect_problem(409, "account_overdrawn");
    }
    officer
        .posts(&reversal(&second), json!({"reason": "重复录入", "booked_on": "2025-01-01"}))
        .await
        .expect_problem(409, "account_overdrawn");
    let third = officer.creates("/v1/receipts", price(100, "2025-03-01")).await;
    officer
        .posts(&reversal(&second), json!({"reason": "重复录入", "booked_on": "2025-02-01"}))
        .await
        .expect_problem(409, "account_overdrawn");
    officer
        .posts(&reversal(&third), json!({"reason": "重复录入", "booked_on": "2025-03-01"}))
        .await
        .expect(200);
    for (on, held) in [
        ("2024-01-09", 0),
        ("2024-01-10", 1000),
        ("2024-03-01", 600),
        ("2024-06-01", 0),
        ("2024-12-31", 0),
        ("2025-01-01", 400),
        ("2025-03-01", 400),
    ] {
        assert_eq!(balance(&town, &account, on).await, held, "{on}");
    }

    // The database holds it as well, whoever books.
    let mut beside = Beside::of(&town);
    let mut book = |on: &str| {
        beside.execute(&format!(
            "insert into ledger_entries (id, booked_on, recorded_at, debit_account_id, credit_account_id, amount_fen, \
             kind, region_code, asset_id, party_id, purpose, entry_id) \
             select j.id, '{on}', l.recorded_at, l.debit_account_id, l.credit_account_id, 1, l.kind, l.region_code, \
             l.asset_id, l.party_id, l.purpose, j.id from ledger_entries l, journal_entries j \
             where l.kind = 'payment' and j.action = 'asset_recorded' limit 1"
        ))
    };
    for on in ["2024-01-09", "2024-03-01", "2024-12-31"] {
        let refused = book(on).unwrap_err().to_string();
        assert!(refused.contains("account_not_overdrawn") || refused.contains("below zero"), "{refused}");
    }
    book("2025-01-01").unwrap();
}

pub async fn the_policy_of_today_rules_what_is_paid_today(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let sold = json!({"kind": "sale_proceeds", "received_on": "2024-01-10"});
    officer.creates("/v1/receipts", with(&village.receipt(1000), &sold)).await;
    let path = format!("/v1/accounts?party_id={}", village.collective);
    let account = id(&town.auditor().reads(&path).await["items"][0]);
    policy(&town, "2026-01-01", json!({"forbidden_uses": ["banquets"]})).await;

    for paid_on in ["2025-12-31", "2026-01-01"] {
        let banquet = json!({"purpose": "banquets", "payee_id": village.firm, "amount_fen": 1, "paid_on": paid_on,
            "document_id": village.minutes});
        let refused = officer.posts(&format!("/v1/accounts/{account}/payments"), banquet).await;
        assert_eq!(refused.expect_problem(409, "blocked_by_loss_check")["rule"], "L38", "{paid_on}");
    }
}

pub async fn a_plan_that_no_longer_fits_is_drafted_anew(town: Town) {
    let village = Village::of(&town).await;
    let Village { collective: east, asset, minutes, .. } = &village;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let officer = town.officer();
    officer.creates("/v1/receipts", village.receipt(1000)).await;
    let decided = officer.creates("/v1/distributions", village.plan(&town)).await;
    let decided = up_to(&town, &decided, "execute").await;
    let correction = officer
        .creates("/v1/corrections", json!({
            "asset_id": asset, "right": "ownership", "effective_on": "2021-08-01", "reason": "首次登记权利人有误",
            "holders": [{"holder_id": west, "share": "1"}], "documents": [minutes], "decision": town.decided(minutes),
        }))
        .await;
    town.takes_through("corrections", &correction).await;

    let outdated =
        town.decides("distributions", &decided, "execute").await.expect_problem(409, "plan_outdated");
    assert_eq!((&outdated["changed"], &outdated["differing_lines"]), (&json!(["rights"]), &json!(2)));
    let line = |party: &str, planned: i64, now: i64| json!({"asset_id": asset, "party_id": party, "purpose": "undistributed", "planned_fen": planned, "now_fen": now});
    let differences = outdated["differences"].as_array().unwrap();
    assert!(differences.contains(&line(east, 1000, 0)) && differences.contains(&line(&west, 0, 1000)));
    let accounts = town.auditor().reads(&format!("/v1/accounts?party_id={east}")).await;
    assert_eq!(accounts["items"], json!([]));
    town.decides("distributions", &decided, "withdraw").await.expect(200);
    let anew = officer.creates("/v1/distributions", village.plan(&town)).await;
    town.takes_through("distributions", &anew).await;
    let accounts = town.auditor().reads(&format!("/v1/accounts?party_id={west}")).await;
    assert_eq!(accounts["items"][0]["balance_fen"], 1000);

    // What is set aside changes while a plan is on its way; a number that has nothing to do with it may change.
    let shed = town.shed_of(east, minutes).await;
    officer.creates("/v1/receipts", received(&shed, &village.firm, 1000)).await;
    let reserve = |bp: i64| json!({"set_asides": [{"purpose": "reserve", "bp": bp}]});
    policy(&town, "2021-01-01", reserve(500)).await;
    let plan = with(&village.plan(&town), &json!({"asset_ids": [shed]}));
    let case = officer.creates("/v1/distributions", plan.clone()).await;
    town.decides("distributions", &case, "submit").await.expect(200);
    policy(&town, "2021-01-01", json!({"idle_warn_days": 90})).await;
    town.decides("distributions", &case, "review").await.expect(200);
    policy(&town, "2021-01-01", reserve(1000)).await;
    let path = format!("/v1/distributions/{}/decisions", id(&case));
    let outdated = town.officer().in_chinese().posts(&path, json!({"step": "start_notice"})).await;
    let outdated = outdated.expect_problem(409, "plan_outdated");
    assert_eq!(outdated["changed"], json!(["set_asides"]));
    assert!(outdated["detail"].as_str().unwrap().contains("提取比例"), "{outdated}");
    town.decides("distributions", &case, "withdraw").await.expect(200);

    // The uses that a plan names are out of bounds since.
    let uses = json!({"uses": {east.clone(): [{"purpose": "public_posts", "share": "1/2"}, {"purpose": "members", "share": "1/2"}]}});
    let case = officer.creates("/v1/distributions", with(&plan, &uses)).await;
    policy(&town, "2021-01-01", json!({"uses": {"public_posts": {"min_bp": 8000}}})).await;
    let outdated = town.decides("distributions", &case, "submit").await.expect_problem(409, "plan_outdated");
    assert_eq!((&outdated["changed"], &outdated["differences"]), (&json!(["bounds"]), &json!([])));
    // No line differs, since none can be made: what is out of bounds is named instead.
    let share = &outdated["errors"][0];
    assert!(share["pointer"].as_str().unwrap().starts_with(&format!("/uses/{east}")), "{outdated}");
    assert!(outdated["detail"].as_str().unwrap().contains("can no longer be"), "{outdated}");
}

pub async fn two_plans_never_hold_the_same_income(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    officer.creates("/v1/receipts", village.receipt(1000)).await;
    // A draft holds nothing.
    let one = officer.creates("/v1/distributions", village.plan(&town)).await;
    let other = officer.creates("/v1/distributions", village.plan(&town)).await;
    let one = town.decides("distributions", &one, "submit").await.expect(200);

    let refused = town.decides("distributions", &other, "submit").await;
    let refused = refused.expect_problem(409, "blocked_by_loss_check");
    let findings = refused["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["rule"] == "L36").unwrap();
    assert_eq!(
        found["figures"],
        json!({"planned_fen": 1000, "received_fen": 1000, "reserved_fen": 1000, "available_fen": 0, "others": [id(&one)],
            "case_ids": [id(&one)]})
    );
    let nothing = officer.posts("/v1/distributions/preview", village.plan(&town)).await;
    assert_eq!(nothing.expect_problem(409, "nothing_to_distribute")["held_by"], json!([id(&one)]));
    let more = officer.creates("/v1/receipts", village.receipt(500)).await;
    let preview = officer.posts("/v1/distributions/preview", village.plan(&town)).await.expect(200);
    assert_eq!((&preview["amount_fen"], &preview["receipt_ids"]), (&json!(500), &json!([id(&more)])));
    assert_eq!(preview["held_elsewhere"], one["plan"]["receipt_ids"]);

    // The database holds it as well.
    let mut beside = Beside::of(&town);
    let of_other = match town.engine {
        Engine::Sqlite => format!("x'{}'", id(&other).replace('-', "")),
        Engine::Postgres => format!("'{}'", id(&other)),
    };
    let hold = format!("update distribution_receipts set held = true where case_id = {of_other}");
    beside.execute(&hold).unwrap_err();

    town.decides("distributions", &one, "reject").await.expect(200);
    let preview = officer.posts("/v1/distributions/preview", village.plan(&town)).await.expect(200);
    assert_eq!((&preview["amount_fen"], &preview["held_elsewhere"]), (&json!(1500), &json!([])));
    town.takes_through("distributions", &other).await;
    let preview = officer.posts("/v1/distributions/preview", village.plan(&town)).await.expect(200);
    assert_eq!(preview["receipt_ids"], json!([id(&more)]));
}

pub async fn no_part_of_income_goes_into_the_account_of_another(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let theirs = town.shed_of(&west, &village.minutes).await;
    officer.creates("/v1/receipts", received(&theirs, &village.firm, 7)).await;
    let plan = with(&village.plan(&town), &json!({"asset_ids": [theirs]}));
    let case = officer.creates("/v1/distributions", plan).await;
    town.takes_through("distributions", &case).await;
    officer.creates("/v1/receipts", village.receipt(1000)).await;
    let case = officer.creates("/v1/distributions", village.plan(&town)).await;

    // Somebody with the run of the database leads the money elsewhere.
    let mut beside = Beside::of(&town);
    let account = "(select id from accounts where region_code = '130828101202' and party_id is not null)";
    beside
        .execute(&format!("update distribution_lines set account_id = {account} where amount_fen = 1000"))
        .unwrap();

    let refused = town.decides("distributions", &case, "submit").await;
    let refused = refused.expect_problem(409, "blocked_by_loss_check");
    let findings = refused["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["rule"] == "L35").unwrap();
    assert_eq!(
        found["figures"],
        json!({"party_id": village.collective, "owner_id": west, "amount_fen": 1000})
    );
}

pub async fn a_slip_of_the_pen_is_refused_and_one_that_was_reversed_takes_no_room(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let typed = village.receipt(9_007_199_254_740_991);
    let refused = officer.posts("/v1/receipts", typed.clone()).await.expect_problem(422, "validation_failed");
    let error = &refused["errors"][0];
    assert_eq!((&error["pointer"], &error["code"]), (&json!("/amount_fen"), &json!("above_ceiling")));
    assert!(error["detail"].as_str().unwrap().contains("100000000.00 yuan"), "{error}");
    let refused = town.officer().in_chinese().posts("/v1/receipts", typed).await;
    let refused = refused.expect_problem(422, "validation_failed");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("100000000.00 元"), "{refused}");

    // A county whose assets earn more sets more, and one whose assets earn less sets less.
    let large = village.receipt(10_000_000_001);
    officer.posts("/v1/receipts", large.clone()).await.expect_problem(422, "validation_failed");
    policy(&town, "2021-01-01", json!({"receipt_ceiling_fen": 10_000_000_000_000_i64})).await;
    let receipt = officer.creates("/v1/receipts", large).await;
    let reversal = format!("/v1/receipts/{}/reversal", id(&receipt));
    officer.posts(&reversal, json!({"reason": "多录了零"})).await.expect(200);
    policy(&town, "2021-01-01", json!({"receipt_ceiling_fen": 100_000_000})).await;
    let more = village.receipt(100_000_001);
    officer.posts("/v1/receipts", more).await.expect_problem(422, "validation_failed");

    // However much ever passed through the outside account of a village: what counts is what is held.
    let mut beside = Beside::of(&town);
    let passed = 9_007_199_254_740_991_i64;
    let outside = format!(
        "update accounts set debits_fen = debits_fen + {passed}, credits_fen = credits_fen + {passed} \
         where region_code = '{EAST}' and party_id is null and asset_id is null"
    );
    beside.execute(&outside).unwrap();
    officer.creates("/v1/receipts", village.receipt(100)).await;
    let accounts = town.auditor().reads(&format!("/v1/accounts?region_code={EAST}&purpose=external")).await;
    let outside = &accounts["items"][0];
    assert_eq!((&outside["balance_fen"], &outside["debits_fen"]), (&json!(-100), &json!(passed)));
    // No account holds more than can be told exactly.
    let full = format!(
        "update accounts set credits_fen = debits_fen + {passed} where region_code = '{EAST}' and asset_id is not null"
    );
    beside.execute(&full).unwrap();
    let held = officer.posts("/v1/receipts", village.receipt(1)).await.expect_problem(409, "conflict");
    assert!(held["detail"].as_str().unwrap().contains("hold"), "{held}");
}

pub async fn a_trial_balance_says_what_the_accounts_of_a_village_hold(town: Town) {
    let village = Village::of(&town).await;
    let officer = town.officer();
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = &village.minutes;
    // It lies in the eastern village, and belongs to the western one.
    let theirs = town.shed_of(&west, minutes).await;
    officer.creates("/v1/receipts", received(&theirs, &village.firm, 1000)).await;
    let plan = with(&village.plan(&town), &json!({"asset_ids": [theirs]}));
    let case = officer.creates("/v1/distributions", plan).await;
    town.takes_through("distributions", &case).await;
    let account = id(&town.auditor().reads(&format!("/v1/accounts?party_id={west}")).await["items"][0]);
    officer
        .creates(&format!("/v1/accounts/{account}/payments"), json!({
            "purpose": "road_repair", "payee_id": village.firm, "amount_fen": 300, "paid_on": town.today(),
            "document_id": minutes,
        }))
        .await;

    let of = |region: &str| format!("/v1/trial-balance?region_code={region}");
    let auditor = town.auditor();
    let of_west = auditor.reads(&of(WEST)).await;
    let held = of_west["accounts"].as_array().unwrap().iter().find(|it| it["account_id"] == account).unwrap();
    assert_eq!(
        [&held["debits_fen"], &held["credits_fen"], &held["balance_fen"]].map(|it| it.as_i64().unwrap()),
        [300, 1000, 700]
    );
    let sums = |it: &Value| {
        ["debits_fen", "credits_fen", "from_elsewhere_fen"].map(|name| it[name].as_i64().unwrap())
    };
    assert_eq!(sums(&of_west), [300, 1300, 1000]);
    assert_eq!(sums(&auditor.reads(&of(EAST)).await), [2000, 1000, -1000]);
    let of_all = auditor.reads(&of(COUNTY)).await;
    assert_eq!(sums(&of_all), [2300, 2300, 0]);
    // Every account holds here what it holds there, on any day.
    for as_of in ["2025-01-02", "2025-01-03", &town.today()] {
        let balance = auditor.reads(&format!("{}&as_of={as_of}", of(COUNTY))).await;
        for it in balance["accounts"].as_array().unwrap() {
            let path = format!("/v1/accounts/{}?as_of={as_of}", it["account_id"].as_str().unwrap());
            assert_eq!(auditor.reads(&path).await["balance_fen"], it["balance_fen"], "{as_of}");
        }
        let [debits, credits, _] = sums(&balance);
        assert_eq!((debits, debits == 0), (credits, as_of == "2025-01-02"));
    }

    // Page by page it is the same, and the sums are those of all pages.
    let (mut accounts, mut next) = (Vec::new(), Some(format!("{}&limit=1", of(COUNTY))));
    while let Some(path) = next {
        let page = auditor.reads(&path).await;
        assert_eq!((sums(&page), &page["codes"]), (sums(&of_all), &of_all["codes"]));
        accounts.extend(page["accounts"].as_array().unwrap().clone());
        next = page["next_cursor"].as_str().map(|it| format!("{}&limit=1&cursor={it}", of(COUNTY)));
    }
    assert_eq!(json!(accounts), of_all["accounts"]);
    assert_eq!(accounts.len(), 4);

    // Whoever keeps the books of the western village sees what went into its account.
    town.signed_size().await;
    let bookkeeper = town.user_in("bookkeeper", &["finance"], WEST, None).await;
    let records = town.somebody(Some(&bookkeeper)).reads("/v1/income-records").await;
    let kinds: Vec<_> =
        records["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["distribution", "payment"]);
}

pub async fn nothing_is_worth_or_earns_anything_before_it_is_there(town: Town) {
    let village = Village::of(&town).await;
    let Village { collective, firm, asset, minutes } = &village;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let value = |on: &str| format!("/v1/assets/{asset}/value?on={on}");
    let figures = |it: &Value| {
        ["original_value_fen", "accumulated_depreciation_fen", "book_value_fen"]
            .map(|name| it[name].as_i64().unwrap())
    };
    assert_eq!(figures(&town.auditor().reads(&value("2021-06-30")).await), [0, 0, 0]);
    assert_eq!(figures(&town.auditor().reads(&value("2021-07-01")).await), [12_000_000, 0, 12_000_000]);

    let receipt = village.receipt(1000);
    let period = |from: &str, to: &str| json!({"from": from, "to": to});
    let assignment = json!({
        "asset_id": road, "responsible_id": collective, "mode": "self_managed", "period": {"from": "2021-08-01"},
        "duties": "养护", "inspect_every_days": 90,
    });
    let contract = json!({
        "asset_ids": [asset], "lessor_id": collective, "lessee_id": firm, "term": period("2022-01-01", "2027-01-01"),
        "schedule": [{"due_on": "2022-01-01", "amount_fen": 1}],
    });
    let mortgage = json!({"asset_id": asset, "kind": "mortgage", "holder_id": firm, "document_id": minutes,
        "period": {"from": "2022-01-01"}});
    let sale = json!({
        "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(minutes),
        "lots": [{"asset_id": asset, "from_id": collective, "to_id": firm, "share": "1"}],
        "consideration": {"kind": "price", "amount_fen": 12_000_000},
        "appraisal": {"value_fen": 12_000_000, "appraised_on": "2025-01-01", "appraiser_id": firm, "signatures": 2,
            "document_id": minutes},
    });
    let appraised = |on: &str| with(&sale["appraisal"], &json!({"appraised_on": on}));
    let due = |on: &str| json!([{"due_on": on, "amount_fen": 1}]);
    #[rustfmt::skip]
    let refused = [
        ("/v1/receipts", with(&receipt, &json!({"received_on": "2021-06-30"})), "/received_on", "before_asset"),
        ("/v1/receipts", with(&receipt, &json!({"received_on": "2040-01-01"})), "/received_on", "in_future"),
        ("/v1/receipts", with(&receipt, &json!({"period": period("2020-01-01", "2021-01-01")})), "/period/from", "before_asset"),
        ("/v1/receipts", with(&receipt, &json!({"period": period("2040-01-01", "2041-01-01")})), "/period/from", "too_late"),
        ("/v1/maintenance-assignments", with(&assignment, &json!({"period": {"from": "2021-06-30"}})), "/period/from", "before_asset"),
        ("/v1/maintenance-assignments", with(&assignment, &json!({"period": {"from": "2040-01-01"}})), "/period/from", "too_late"),
        ("/v1/contracts", with(&contract, &json!({"term": period("2021-06-30", "2027-01-01")})), "/term/from", "before_asset"),
        ("/v1/contracts", with(&contract, &json!({"term": period("2040-01-01", "2041-01-01")})), "/term/from", "too_late"),
        ("/v1/contracts", with(&contract, &json!({"schedule": due("2021-06-30")})), "/schedule/0/due_on", "before_asset"),
        ("/v1/contracts", with(&contract, &json!({"schedule": due("2040-01-01")})), "/schedule/0/due_on", "too_late"),
        ("/v1/restrictions", with(&mortgage, &json!({"period": {"from": "2021-06-30"}})), "/period/from", "before_asset"),
        ("/v1/transfers", with(&sale, &json!({"appraisal": appraised("2021-06-30")})), "/appraisal/appraised_on", "before_asset"),
        ("/v1/transfers", with(&sale, &json!({"appraisal": appraised("2040-01-01")})), "/appraisal/appraised_on", "in_future"),
    ];
    let before = town.journal_size().await;
    for (path, body, pointer, code) in refused {
        for speaker in [town.officer(), town.officer().in_chinese()] {
            let problem = speaker.posts(path, body.clone()).await.expect_problem(422, "validation_failed");
            let errors = problem["errors"].as_array().unwrap();
            let found = errors.iter().any(|it| it["pointer"] == pointer && it["code"] == code);
            assert!(found, "{path} {pointer} {code}: {problem}");
        }
    }
    assert_eq!(town.journal_size().await, before);
    for (path, body) in [
        (
            "/v1/receipts",
            with(
                &receipt,
                &json!({"received_on": "2021-07-01", "period": period("2021-01-01", "2022-01-01")}),
            ),
        ),
        ("/v1/maintenance-assignments", assignment),
        ("/v1/contracts", contract),
        ("/v1/restrictions", mortgage),
        ("/v1/transfers", sale),
    ] {
        town.officer().creates(path, body).await;
    }
}

pub async fn a_price_is_the_sellers_whoever_pays_it(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let payer = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let gift = json!({
        "right": "ownership", "effective_on": "2025-07-01", "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes),
    });
    let case = officer.creates("/v1/transfers", gift).await;
    town.takes_through("transfers", &case).await;
    let price = json!({"asset_id": shed, "kind": "sale_proceeds", "payer_id": payer, "amount_fen": 5000,
        "received_on": "2025-08-03", "period": {"from": "2025-07-01", "to": "2025-08-01"}});
    officer.creates("/v1/receipts", price).await;
    let held = |party: String| {
        let auditor = &auditor;
        async move {
            let accounts = auditor.reads(&format!("/v1/accounts?party_id={party}")).await;
            accounts["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["balance_fen"].as_i64().unwrap())
                .sum::<i64>()
        }
    };
    assert_eq!((held(east).await, held(west).await), (5000, 0));
}

pub async fn a_list_of_contracts_is_full_when_much_falls_due(town: Town) {
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let mut wanted = Vec::new();
    // Thousands of days on which something falls due, contract by contract.
    let dues: Vec<Value> =
        (0..1200).map(|it| json!({"due_on": "2022-01-01", "amount_fen": it + 1})).collect();
    for year in 2023..2041 {
        let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": firm,
            "term": {"from": "2022-01-01", "to": format!("{year}-01-01")}, "schedule": dues});
        wanted.push(id(&officer.creates("/v1/contracts", contract).await));
    }
    let mut path = format!("/v1/contracts?region_code={EAST}&limit=18");
    let (mut found, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = auditor.reads(&path).await;
        let items = page["items"].as_array().unwrap();
        pages.push(items.len());
        assert!(items.iter().all(|it| it["schedule"].as_array().unwrap().len() == 1200));
        found.extend(items.iter().map(id));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/contracts?region_code={EAST}&limit=18&cursor={cursor}");
    }
    assert_eq!((found, pages), (wanted, vec![16, 2]));
}

pub async fn income_is_for_days_of_its_asset_and_what_was_distributed_says_what_is_left_to_do(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let receipt = |from: &str, to: &str| {
        json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000, "received_on": "2025-01-03",
            "period": {"from": from, "to": to}})
    };
    for (from, to, at, code) in [
        ("2024-01-01", "2999-01-01", "/period/to", "too_late"),
        ("1900-01-01", "2025-01-01", "/period/from", "before_asset"),
        ("2020-06-30", "2025-01-01", "/period/from", "before_asset"),
    ] {
        let refused = officer.posts("/v1/receipts", receipt(from, to)).await;
        assert_eq!(refused.first_fault(), (at.to_owned(), code.to_owned()), "{from} {to}");
    }
    let paid = id(&officer.creates("/v1/receipts", receipt("2024-01-01", "2025-01-01")).await);
    let plan = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "decision": town.decided(&minutes)});
    let mut early = plan.clone();
    early["decision"]["decided_on"] = json!("1983-01-01");
    let early = officer.posts("/v1/distributions", early).await;
    assert_eq!(early.first_fault(), ("/decision/decided_on".to_owned(), "before_asset".to_owned()));
    let case = officer.creates("/v1/distributions", plan).await;
    town.takes_through("distributions", &case).await;
    let reversal = json!({"reason": "金额录入有误"});
    let refused = officer.in_chinese().posts(&format!("/v1/receipts/{paid}/reversal"), reversal).await;
    let detail = refused.expect_problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("不能撤销") && detail.contains("/payments"), "{detail}");
}
