//! What goes to the county is approved by name: each rule with a reason, kept and shown for ever.

use chrono::{Days, Months, NaiveDate};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{Answer, COUNTY, EAST, Town, WEST, id},
};

/// An amount above which nothing goes.
const BEYOND: i64 = 9_007_199_254_740_991;

async fn county_approves_above(town: &Town, fen: i64) {
    let values = json!({"notice_days": 0, "county_approval_above_fen": fen});
    let policy = json!({"region_code": COUNTY, "effective_from": "2021-01-01", "values": values});
    town.actor("county_approver").creates("/v1/policies", policy).await;
}

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// A shed of a village that it lets to somebody, for a yearly rent, for three years from today on.
struct Lease {
    east: String,
    lessee: String,
    shed: String,
    case: Value,
}

/// What a lease for a sixth of the least rent is: the rule L20 sends it to the county.
const TOO_LITTLE: i64 = 100_000;
/// What a lease for enough is.
const ENOUGH: i64 = 6_000_000;

impl Lease {
    async fn of(town: &Town, lessee: (&str, &str), rent: i64) -> Self {
        let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
        let lessee = town.party(lessee.0, lessee.1, EAST).await;
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        let minutes = town.document().await;
        town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
        let asked = Self::asked(town, [&shed, &east, &lessee], rent, &minutes);
        let case = town.officer().creates("/v1/transfers", asked).await;
        Self { east, lessee, shed, case }
    }

    fn asked(town: &Town, [shed, east, lessee]: [&str; 3], rent: i64, minutes: &str) -> Value {
        let from = today(town);
        let due = |year: u32| from + Months::new(12 * year);
        let dues: Vec<_> = (0..3).map(|year| json!({"due_on": due(year), "amount_fen": rent})).collect();
        json!({
            "right": "management", "effective_on": from, "term": {"from": from, "to": due(3)}, "documents": [minutes],
            "lots": [{"asset_id": shed, "from_id": east, "to_id": lessee, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": dues}, "decision": town.decided(minutes),
        })
    }

    /// The village turns out to have a stake in whoever rents from it: the rule L07 finds it.
    async fn is_related(&self, town: &Town) {
        let stake = json!({"to_id": self.lessee, "kind": "shareholder", "share": "1/4", "period": {"from": "2020-01-01"}});
        town.officer().creates(&format!("/v1/parties/{}/relations", self.east), stake).await;
    }

    async fn shown(&self, town: &Town) -> Value {
        town.auditor().reads(&format!("/v1/transfers/{}", id(&self.case))).await
    }

    async fn approves(&self, town: &Town, overrides: Value) -> Answer {
        town.actor("county_approver")
            .posts(&self.path(), json!({"step": "approve", "overrides": overrides}))
            .await
    }

    fn path(&self) -> String {
        format!("/v1/transfers/{}/decisions", id(&self.case))
    }

    async fn goes_up_to_its_approval(&self, town: &Town) {
        for step in ["submit", "review", "start_notice", "close_notice"] {
            town.decides("transfers", &self.case, step).await.expect(200);
        }
    }
}

/// Where a refusal finds fault with what, in order.
fn faults(answer: Answer) -> Vec<(String, String)> {
    let refused = answer.expect_problem(422, "validation_failed");
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    refused["errors"].as_array().unwrap().iter().map(|it| (text(&it["pointer"]), text(&it["code"]))).collect()
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
}

pub async fn an_escalation_is_approved_by_name(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), TOO_LITTLE).await;
    lease.is_related(&town).await;
    let shown = lease.shown(&town).await;
    let found = shown["findings"].as_array().unwrap().iter().filter(|it| it["severity"] == "escalate");
    let rules: Vec<_> = found.map(|it| &it["rule"]).collect();
    assert_eq!(rules, ["L07", "L20"], "a case shows what was found when it was last looked at");
    assert_eq!(shown["outcome"], "escalate");
    let rule = |rule: &str| json!({"rule": rule, "reason": "镇里招租三次，仅此一家应租"});

    // Only whoever approves names any.
    let early = json!({"step": "submit", "overrides": [rule("L07")]});
    let refused = town.officer().posts(&lease.path(), early).await;
    assert_eq!(faults(refused), told(&[("/overrides", "not_applicable")]));
    let both = town.user("both", &["township_reviewer", "county_approver"], None).await;
    let both = town.somebody(Some(&both));
    town.decides("transfers", &lease.case, "submit").await.expect(200);
    both.posts(&lease.path(), json!({"step": "review"})).await.expect(200);
    for step in ["start_notice", "close_notice"] {
        town.decides("transfers", &lease.case, step).await.expect(200);
    }
    let notice =
        town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&lease.case))).await["items"][0]
            .clone();
    assert_eq!(notice["overrides"], json!([]));

    let before = town.journal_size().await;
    let approver = town.actor("county_approver");
    let missing = approver.posts(&lease.path(), json!({"step": "approve"})).await;
    let refused = missing.expect_problem(422, "validation_failed");
    let errors = refused["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{refused}");
    for (error, words) in errors.iter().zip([["L07", "related party"], ["L20", "Rent below"]]) {
        assert_eq!((&error["pointer"], &error["code"]), (&json!("/overrides"), &json!("override_missing")));
        for word in words {
            assert!(error["detail"].as_str().unwrap().contains(word), "{error}");
        }
    }
    let chinese = town.actor("county_approver").in_chinese();
    let refused = chinese.posts(&lease.path(), json!({"step": "approve", "overrides": [rule("L20")]})).await;
    let refused = refused.expect_problem(422, "validation_failed");
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    for word in ["`L07`", "与关联方交易", "惠农农业科技有限公司", "理由"] {
        assert!(detail.contains(word), "{detail}");
    }
    assert_eq!(refused["errors"].as_array().unwrap().len(), 1, "{refused}");
    for (overrides, found) in [
        (json!([]), &[("/overrides", "override_missing"), ("/overrides", "override_missing")][..]),
        (
            json!([rule("L07"), rule("L07"), rule("L01")]),
            &[
                ("/overrides/1/rule", "duplicate"),
                ("/overrides/2/rule", "nothing_to_override"),
                ("/overrides", "override_missing"),
            ],
        ),
        (json!([rule("L07"), rule("L20"), rule("L99")]), &[("/overrides/2/rule", "not_one_of")]),
        (json!([rule("L07"), {"rule": "L20", "reason": " \n "}]), &[("/overrides/1/reason", "blank")]),
        (json!([rule("L07"), {"rule": "L20", "reason": "。"}]), &[("/overrides/1/reason", "too_short")]),
        (json!([rule("L07"), {"rule": "L20"}]), &[("/overrides/1/reason", "required")]),
    ] {
        assert_eq!(faults(lease.approves(&town, overrides).await), told(found));
    }
    let whole = json!({"step": "approve", "comment": "同意。", "overrides": [rule("L20"), rule("L07")]});
    both.posts(&lease.path(), whole.clone()).await.expect_problem(409, "four_eyes");
    let rehearsed =
        approver.posts(&format!("{}?dry_run=true", lease.path()), whole.clone()).await.expect(200);
    assert_eq!(rehearsed["status"], "approved");
    assert_eq!(town.journal_size().await, before, "nothing was approved");
    assert_eq!(town.auditor().reads("/v1/overrides").await["items"], json!([]));

    let approves = || {
        let key = Some("approved-by-name");
        Answer::of(approver.request_with_key(Method::POST, &lease.path(), key).json(&whole))
    };
    let approved = approves().await.expect(200);
    let again = approves().await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &approved));
    let done = approved["steps_done"].as_array().unwrap().last().unwrap();
    assert_eq!((&done["step"], &done["overrides"]), (&json!("approve"), &json!([rule("L07"), rule("L20")])));
    assert_eq!(approved["steps_done"][0]["overrides"], json!([]));
    let twice =
        lease.approves(&town, json!([rule("L07"), rule("L20")])).await.expect_problem(409, "conflict");
    assert_eq!(twice["next_step"], "execute");
    town.decides("transfers", &lease.case, "execute").await.expect(200);

    // Whoever follows the chain, or reads the notice, finds it.
    let chain =
        town.auditor().reads(&format!("/v1/assets/{}/ownership-chain?kind=management", lease.shed)).await;
    let link =
        chain["links"].as_array().unwrap().iter().find(|it| it["case_id"] == lease.case["id"]).unwrap();
    let approvers = link["grounds"]["approvers"].as_array().unwrap();
    assert_eq!(approvers[0]["overrides"], json!([]));
    assert_eq!(approvers[1]["overrides"], json!([rule("L07"), rule("L20")]));
    let now = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notice))).await;
    assert_eq!((&now["content"], &now["content_sha256"]), (&notice["content"], &notice["content_sha256"]));
    let public = now["overrides"].as_array().unwrap();
    assert_eq!(public.len(), 2);
    assert_eq!(
        public[0],
        json!({"rule": "L07", "rule_name": "Dealing with a related party", "reason": "镇里招租三次，仅此一家应租",
            "approved_on": town.today()})
    );

    // Nobody alters it.
    for statement in ["update case_overrides set reason = '另一理由'", "delete from case_overrides"] {
        let refused = Beside::of(&town).execute(statement).unwrap_err().to_string();
        assert!(refused.contains("immutable"), "{statement}: {refused}");
    }

    // And so does whoever looks for what the county approved.
    let listed = town.auditor().reads("/v1/overrides").await;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let first = &items[0];
    assert_eq!(
        (&first["case_id"], &first["case_kind"], &first["rule"], &first["region_code"], &first["reason"]),
        (
            &lease.case["id"],
            &json!("transfer"),
            &json!("L07"),
            &json!(EAST),
            &json!("镇里招租三次，仅此一家应租")
        )
    );
    assert_eq!(first["causes"], json!(["parties_related"]));
    assert_eq!(first["findings"][0]["figures"]["to_id"], json!(lease.lessee));
    assert!(first["findings"][0]["message"].as_str().unwrap().contains("惠农农业科技有限公司"), "{first}");
    assert_eq!((&first["by"], &first["at"]), (&done["by"], &done["at"]));
    let (today, tomorrow) = (today(&town), today(&town) + Days::new(1));
    for (asked, count) in [
        ("rule=L20".to_owned(), 1),
        ("rule=L01".to_owned(), 0),
        (format!("region_code={EAST}"), 2),
        (format!("region_code={WEST}"), 0),
        (format!("from={today}&to={tomorrow}"), 2),
        (format!("to={today}"), 0),
        (format!("from={tomorrow}"), 0),
    ] {
        let found = approver.reads(&format!("/v1/overrides?{asked}")).await;
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{asked}");
    }
    let page = approver.reads("/v1/overrides?limit=1").await;
    assert_eq!(page["items"][0], items[0]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let last = approver.reads(&format!("/v1/overrides?limit=1&cursor={cursor}")).await;
    assert_eq!((&last["items"][0], &last["next_cursor"]), (&items[1], &Value::Null));
    let reversed = approver.gets(&format!("/v1/overrides?from={tomorrow}&to={today}")).await;
    assert_eq!(faults(reversed), told(&[("/to", "dates_reversed")]));
    approver.gets("/v1/overrides?rule=L99").await.expect_problem(422, "validation_failed");
    for role in ["village_clerk", "township_officer", "township_reviewer", "finance", "administrator"] {
        town.actor(role).gets("/v1/overrides").await.expect_problem(403, "permission_denied");
    }
    let elsewhere = town.user_in("elsewhere", &["auditor"], WEST, None).await;
    let elsewhere = town.somebody(Some(&elsewhere));
    assert_eq!(elsewhere.reads("/v1/overrides").await["items"], json!([]));
    elsewhere.gets(&format!("/v1/overrides?region_code={EAST}")).await.expect_problem(403, "out_of_scope");
}

pub async fn a_restriction_that_the_county_recorded_is_listed_by_name(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let bank = town.party("enterprise", "宁河县农村信用社", EAST).await;
    let minutes = town.document().await;
    let mut recorded = Vec::new();
    let said = "原合同遗失，已向信用社核实";
    for _ in 0..2 {
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
        let asked = json!({"asset_id": shed, "kind": "mortgage", "holder_id": bank, "amount_fen": 5_000_000,
            "period": {"from": "2022-01-01"}, "overrides": [{"rule": "L13", "reason": said}]});
        county.posts("/v1/restrictions?dry_run=true", asked.clone()).await.expect(201);
        recorded.push(county.posts("/v1/restrictions", asked).await.expect(201));
    }
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), TOO_LITTLE).await;
    lease.goes_up_to_its_approval(&town).await;
    lease.approves(&town, json!([{"rule": "L20", "reason": "镇里招租三次，仅此一家应租"}])).await.expect(200);

    // Whoever audits the region reads it beside what was approved in cases, in the order of the approvals.
    let auditor = town.auditor();
    let listed = auditor.reads(&format!("/v1/overrides?region_code={EAST}")).await;
    let items = listed["items"].as_array().unwrap();
    let named: Vec<_> =
        items.iter().map(|it| [&it["restriction_id"], &it["case_id"], &it["case_kind"]]).collect();
    let none = Value::Null;
    assert_eq!(
        named,
        [
            [&recorded[0]["id"], &none, &none],
            [&recorded[1]["id"], &none, &none],
            [&none, &lease.case["id"], &json!("transfer")]
        ],
        "{listed}"
    );
    let first = &items[0];
    assert_eq!(
        [&first["rule"], &first["region_code"], &first["reason"], &first["causes"]],
        [&json!("L13"), &json!(EAST), &json!(said), &json!(["unshown_debtor_unnamed"])]
    );
    assert_eq!(first["findings"], recorded[0]["findings"], "{first}");
    let message = first["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("东村股份经济合作社"), "{message}");
    assert_eq!((&first["by"], &items[2]["by"]), (&items[1]["by"], &items[1]["by"]), "the county's approver");
    let (today, tomorrow) = (today(&town), today(&town) + Days::new(1));
    for (asked, count) in [
        ("rule=L13".to_owned(), 2),
        ("rule=L20".to_owned(), 1),
        ("rule=L07".to_owned(), 0),
        (format!("region_code={WEST}"), 0),
        (format!("from={today}&to={tomorrow}"), 3),
        (format!("to={today}"), 0),
        (format!("from={tomorrow}"), 0),
    ] {
        let found = auditor.reads(&format!("/v1/overrides?{asked}")).await;
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{asked}");
    }
    let (mut paged, mut path) = (Vec::new(), "/v1/overrides?limit=1".to_owned());
    loop {
        let page = auditor.reads(&path).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/overrides?limit=1&cursor={cursor}");
    }
    assert_eq!(json!(paged), listed["items"]);
    let elsewhere = town.user_in("elsewhere", &["auditor"], WEST, None).await;
    assert_eq!(town.somebody(Some(&elsewhere)).reads("/v1/overrides").await["items"], json!([]));

    // It stays, whatever becomes of the restriction, and nobody alters it.
    let path = format!("/v1/restrictions/{}", id(&recorded[0]));
    officer
        .patches(&path, Some("\"1\""), json!({"released_on": tomorrow, "document_id": minutes}))
        .await
        .expect(200);
    assert_eq!(auditor.reads(&format!("/v1/overrides?region_code={EAST}")).await["items"], listed["items"]);
    for statement in
        ["update restriction_overrides set reason = '另一理由'", "delete from restriction_overrides"]
    {
        let refused = Beside::of(&town).execute(statement).unwrap_err().to_string();
        assert!(refused.contains("immutable"), "{statement}: {refused}");
    }
    // The journal commits to the reason, and does not hold it.
    let entries = auditor.reads(&format!("/v1/journal?subject_id={}&limit=100", id(&recorded[0]))).await;
    assert!(
        entries.to_string().contains("reason_sha256") && !entries.to_string().contains(said),
        "{entries}"
    );
}

pub async fn what_is_found_after_an_approval_is_approved_anew(town: Town) {
    county_approves_above(&town, 0).await;
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), ENOUGH).await;
    assert_eq!(lease.case["outcome"], "pass", "{}", lease.case);
    let both = town.user("both", &["township_reviewer", "county_approver"], None).await;
    let both = town.somebody(Some(&both));
    town.decides("transfers", &lease.case, "submit").await.expect(200);
    both.posts(&lease.path(), json!({"step": "review"})).await.expect(200);
    for step in ["start_notice", "close_notice"] {
        town.decides("transfers", &lease.case, step).await.expect(200);
    }
    let named = json!([{"rule": "L07", "reason": "招标中标"}]);
    // Nothing was found, so nothing is named.
    assert_eq!(
        faults(lease.approves(&town, named.clone()).await),
        told(&[("/overrides/0/rule", "nothing_to_override")])
    );
    town.decides("transfers", &lease.case, "approve").await.expect(200);
    lease.is_related(&town).await;

    let before = town.journal_size().await;
    let refused = town.decides("transfers", &lease.case, "execute").await.expect_problem(409, "conflict");
    assert_eq!((&refused["rules"], &refused["next_step"]), (&json!(["L07"]), &json!("approve")), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("惠农农业科技有限公司"), "{refused}");
    assert_eq!(refused["findings"][0]["rule"], "L07");
    let shown = lease.shown(&town).await;
    assert_eq!((&shown["status"], &shown["next_step"]), (&json!("approved"), &json!("approve")));
    let because =
        shown["steps_because"].as_array().unwrap().iter().find(|it| it["step"] == "approve").unwrap();
    let codes: Vec<_> = because["because"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["above_limit", "finding", "found_since_approval"]);
    assert_eq!(
        faults(town.actor("county_approver").posts(&lease.path(), json!({"step": "approve"})).await),
        told(&[("/overrides", "override_missing")])
    );
    // Whoever reviewed still approves nothing; whoever approved may look at it again.
    let whole = json!({"step": "approve", "overrides": named});
    both.posts(&lease.path(), whole.clone()).await.expect_problem(409, "four_eyes");
    assert_eq!(town.journal_size().await, before);
    assert_eq!(shown["next_step_by"]["not_by"].as_array().unwrap().len(), 2);
    // Two at once approve it once.
    let answers = join_all((0..2).map(|_| lease.approves(&town, named.clone()))).await;
    let mut statuses: Vec<_> = answers.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let executed = town.decides("transfers", &lease.case, "execute").await.expect(200);
    assert_eq!(executed["status"], "executed");
    let approvals: Vec<_> =
        executed["steps_done"].as_array().unwrap().iter().filter(|it| it["step"] == "approve").collect();
    assert_eq!((&approvals[0]["overrides"], &approvals[1]["overrides"]), (&json!([]), &named));
    assert_eq!(town.auditor().reads("/v1/overrides").await["items"].as_array().unwrap().len(), 1);

    // The database refuses a second decision as well, whatever program writes.
    let forged = "insert into case_steps (case_id, ordinal, step, taken_by, taken_at) \
        select case_id, 20, 'approve', taken_by, taken_at from case_steps where step = 'review' and ordinal = 1";
    let refused = Beside::of(&town).execute(forged).unwrap_err().to_string();
    assert!(refused.contains("case_four_eyes") || refused.contains("two deciding steps"), "{refused}");
    let twice = "insert into case_steps (case_id, ordinal, step, taken_by, taken_at) \
        select case_id, 20, step, taken_by, taken_at from case_steps where step = 'submit'";
    assert!(Beside::of(&town).execute(twice).is_err());
}

pub async fn an_approval_of_an_earlier_release_holds(town: Town) {
    county_approves_above(&town, 0).await;
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), ENOUGH).await;
    lease.goes_up_to_its_approval(&town).await;
    town.decides("transfers", &lease.case, "approve").await.expect(200);
    let mut beside = Beside::of(&town);
    beside.unguard("case_steps");
    beside.execute("update case_steps set overridden = null").unwrap();
    beside.execute("update cases set county_because = null").unwrap();
    lease.is_related(&town).await;

    let shown = lease.shown(&town).await;
    assert_eq!((&shown["next_step"], &shown["findings"][0]["rule"]), (&json!("execute"), &json!("L07")));
    let executed = town.decides("transfers", &lease.case, "execute").await.expect(200);
    assert_eq!(
        (&executed["status"], &executed["steps_done"][4]["overrides"]),
        (&json!("executed"), &json!([]))
    );
}

pub async fn a_reason_is_public_without_names_of_people(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let lease = Lease::of(&town, ("person", "欧阳大农"), TOO_LITTLE).await;
    lease.goes_up_to_its_approval(&town).await;
    let said = "欧阳大农系监测对象，租金从优";
    let approved = lease.approves(&town, json!([{"rule": "L20", "reason": said}])).await.expect(200);
    assert_eq!(approved["steps_done"][4]["overrides"][0]["reason"], said);
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&lease.case))).await;
    let public = &notices["items"][0];
    assert_eq!(public["overrides"][0]["reason"], "欧阳*系监测对象，租金从优");
    assert!(!public.to_string().contains("大农"), "{public}");
    // The journal commits to the reason, and does not hold it.
    let entries =
        town.auditor().reads(&format!("/v1/journal?subject_id={}&limit=100", id(&lease.case))).await;
    assert!(!entries.to_string().contains("监测对象"), "{entries}");
    let taken =
        entries["items"].as_array().unwrap().iter().find(|it| it["facts"]["step"] == "approve").unwrap();
    assert_eq!(taken["facts"]["overrides"][0]["rule"], "L20", "{taken}");
}

pub async fn a_case_says_why_it_needs_each_step(town: Town) {
    county_approves_above(&town, 1_000_000).await;
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), ENOUGH).await;
    let of = |case: &Value| -> Vec<(String, Vec<String>)> {
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let all = case["steps_because"].as_array().unwrap().iter();
        all.map(|it| {
            (
                text(&it["step"]),
                it["because"].as_array().unwrap().iter().map(|it| text(&it["code"])).collect(),
            )
        })
        .collect()
    };
    let steps: Vec<_> = of(&lease.case).into_iter().map(|it| it.0).collect();
    assert_eq!(json!(steps), lease.case["steps_required"]);
    let because = |case: &Value| of(case).into_iter().find(|it| it.0 == "approve").unwrap().1;
    assert_eq!(because(&lease.case), ["above_limit"]);
    let said = &lease.case["steps_because"][4]["because"][0];
    assert_eq!((&said["worth_fen"], &said["limit_fen"]), (&json!(18_000_000), &json!(1_000_000)));
    assert!(said["message"].as_str().unwrap().contains("180000 yuan"), "{said}");
    let chinese = town.officer().in_chinese().reads(&format!("/v1/transfers/{}", id(&lease.case))).await;
    let said = chinese["steps_because"][4]["because"][0]["message"].as_str().unwrap();
    assert!(said.contains("18万元") && said.contains("1万元"), "{said}");

    // What is looked at anew is said anew.
    lease.is_related(&town).await;
    assert_eq!(because(&lease.shown(&town).await), ["above_limit", "finding"]);
    county_approves_above(&town, BEYOND).await;
    let shown = lease.shown(&town).await;
    assert_eq!(because(&shown), ["finding"]);
    assert_eq!(shown["steps_because"][4]["because"][0]["rule"], "L07");
    town.takes_through("transfers", &lease.case).await;
    assert_eq!(because(&lease.shown(&town).await), ["finding"]);
    // And what was decided on is not.
    county_approves_above(&town, 0).await;
    assert_eq!(because(&lease.shown(&town).await), ["finding"]);
}

pub async fn what_was_rejected_is_asked_for_anew_and_shows_the_difference(town: Town) {
    county_approves_above(&town, BEYOND).await;
    let officer = town.officer();
    let lease = Lease::of(&town, ("enterprise", "惠农农业科技有限公司"), TOO_LITTLE).await;
    assert_eq!((&lease.case["resubmits"], &lease.case["changes"]), (&Value::Null, &Value::Null));
    let mut anew = lease.case["asked"].clone();
    anew["resubmits"] = lease.case["id"].clone();
    anew["consideration"]["schedule"][0]["amount_fen"] = json!(ENOUGH);
    anew["recorded_late"] = town.late();
    let refused = officer.posts("/v1/transfers", anew.clone()).await;
    assert_eq!(faults(refused), told(&[("/resubmits", "not_applicable")]), "it is still under way");
    town.decides("transfers", &lease.case, "submit").await.expect(200);
    let comment = json!({"step": "reject", "comment": "租金过低"});
    let rejected = town.actor("township_reviewer").posts(&lease.path(), comment).await.expect(200);
    assert_eq!(rejected["resubmitted_by"], json!([]));

    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let minutes = town.document().await;
    let elsewhere = town.user_in("elsewhere", &["township_officer"], WEST, None).await;
    let before = town.journal_size().await;
    let mut nowhere = anew.clone();
    nowhere["resubmits"] = json!("01a22000-0000-7000-8000-00000000c001");
    assert_eq!(faults(officer.posts("/v1/transfers", nowhere).await), told(&[("/resubmits", "not_found")]));
    // What is about another asset is asked for the first time.
    let mut another = anew.clone();
    another["lots"][0]["asset_id"] = json!(road);
    let refused = officer.posts("/v1/transfers", another).await;
    assert_eq!(faults(refused), told(&[("/resubmits", "not_applicable")]));
    // A case of another kind is none of this one.
    let other = json!({"asset_id": road, "effective_on": "2021-08-01", "documents": [minutes],
        "decision": town.decided(&minutes), "ownership": [{"holder_id": lease.east, "share": "1"}], "resubmits": lease.case["id"]});
    assert_eq!(faults(officer.posts("/v1/registrations", other).await), told(&[("/resubmits", "not_found")]));
    let refused = town.somebody(Some(&elsewhere)).posts("/v1/transfers", anew.clone()).await;
    assert!(faults(refused).contains(&("/resubmits".to_owned(), "not_found".to_owned())));
    assert_eq!(town.journal_size().await, before, "what was refused left no trace");

    let case = officer.creates("/v1/transfers", anew).await;
    assert_eq!((&case["resubmits"], &case["asked"]["resubmits"]), (&lease.case["id"], &lease.case["id"]));
    let differences = json!([
        {"pointer": "/consideration/schedule/0/amount_fen", "before": TOO_LITTLE, "after": ENOUGH},
        {"pointer": "/recorded_late", "before": null, "after": town.late()},
    ]);
    assert_eq!(case["changes"], differences);
    let path = format!("/v1/transfers/{}", id(&case));
    assert_eq!(town.auditor().reads(&path).await["changes"], differences);
    assert_eq!(lease.shown(&town).await["resubmitted_by"], json!([case["id"]]));
    town.takes_through("transfers", &case).await;
    assert_eq!(town.auditor().reads(&path).await["changes"], differences);
}
