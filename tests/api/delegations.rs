//! Whoever is away has another decide in their place, and both count as having decided.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    notices::registration,
    town::{Actor, EAST, TOWNSHIP, Town, WEST, id},
};

fn today(town: &Town) -> NaiveDate {
    town.today().parse().unwrap()
}

async fn id_of(actor: &Actor<'_>) -> Value {
    actor.reads("/v1/me").await["id"].clone()
}

fn asked(town: &Town, to: &Value, step: &str) -> Value {
    let from = today(town);
    json!({
        "to_user_id": to, "steps": [step], "period": {"from": from, "to": from + Days::new(30)},
        "reason": "外出学习，期间由副职代行",
    })
}

/// A registration that waits for its approval.
async fn waits_for_approval(town: &Town) -> Value {
    let case = registration(town).await;
    for step in ["submit", "review", "start_notice", "close_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    case
}

fn decisions(case: &Value) -> String {
    format!("/v1/registrations/{}/decisions", id(case))
}

fn approve() -> Value {
    json!({"step": "approve"})
}

pub async fn whoever_is_away_has_another_decide(town: Town) {
    town.notices_come_down_at_once().await;
    let deputy = town.user("deputy", &["township_officer"], None).await;
    let deputy = town.somebody(Some(&deputy));
    let (approver, reviewer) = (town.actor("county_approver"), town.actor("township_reviewer"));
    let (me, chief) = (id_of(&deputy).await, id_of(&approver).await);
    let case = waits_for_approval(&town).await;

    let good = asked(&town, &me, "approve");
    deputy.posts(&decisions(&case), approve()).await.expect_problem(403, "permission_denied");
    deputy.posts("/v1/delegations", good.clone()).await.expect_problem(403, "permission_denied");
    let lower = town.user_in("lower", &["township_reviewer"], TOWNSHIP, None).await;
    let lower = id_of(&town.somebody(Some(&lower))).await;
    let clerk = town.user("clerk", &["village_clerk"], None).await;
    let clerk = id_of(&town.somebody(Some(&clerk))).await;
    let auditor = id_of(&town.auditor()).await;
    for other in [&chief, &lower, &clerk, &auditor] {
        let refused = approver.posts("/v1/delegations", asked(&town, other, "approve")).await;
        refused.expect_problem(409, "conflict");
    }
    let with = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed
    };
    let named = |name: &str| {
        let mut changed = with("to_username", json!(name));
        changed["to_user_id"] = Value::Null;
        changed
    };
    let days = |from: u64, to: u64| json!({"from": today(&town) + Days::new(from), "to": today(&town) + Days::new(to)});
    let past = json!({"from": today(&town) - Days::new(1), "to": today(&town) + Days::new(1)});
    for (changed, fault) in [
        (with("to_user_id", json!(id(&case))), ("/to_user_id", "not_found")),
        (with("to_user_id", Value::Null), ("/to_user_id", "required_with")),
        (with("to_username", json!("deputy")), ("/to_username", "contradicts")),
        (named("nobody_of_that_name"), ("/to_username", "not_found")),
        (with("steps", json!(["review"])), ("/steps/0", "not_applicable")),
        (with("steps", json!(["approve", "approve"])), ("/steps/1", "duplicate")),
        (with("steps", json!([])), ("/steps", "too_short")),
        (with("period", past), ("/period/from", "too_small")),
        (with("period", days(0, 181)), ("/period/to", "too_late")),
        (with("period", days(181, 190)), ("/period/from", "too_late")),
        (with("period", days(2, 2)), ("/period/to", "dates_reversed")),
        (with("reason", json!(" ")), ("/reason", "blank")),
        (with("region_code", json!("130828199999")), ("/region_code", "unknown_region")),
    ] {
        let refused = approver.posts("/v1/delegations", changed).await;
        assert_eq!(refused.first_fault(), (fault.0.to_owned(), fault.1.to_owned()));
    }
    let elsewhere = approver.posts("/v1/delegations", with("region_code", json!("130000000000"))).await;
    elsewhere.expect_problem(403, "out_of_scope");

    // One that has not begun, and one about another village, do not count.
    approver.creates("/v1/delegations", with("period", days(5, 10))).await;
    let mut elsewhere = named(deputy.reads("/v1/me").await["username"].as_str().unwrap());
    elsewhere["region_code"] = json!(WEST);
    assert_eq!(approver.creates("/v1/delegations", elsewhere).await["to"]["id"], me);
    deputy.posts(&decisions(&case), approve()).await.expect_problem(403, "permission_denied");
    let given = approver.creates("/v1/delegations", with("region_code", json!(EAST))).await;
    assert_eq!((&given["in_force"], &given["from"]["id"], &given["to"]["id"]), (&json!(true), &chief, &me));
    let nobody = json!({"step": "approve", "on_behalf_of": auditor});
    deputy.posts(&decisions(&case), nobody).await.expect_problem(403, "permission_denied");
    let approved = deputy.posts(&decisions(&case), approve()).await.expect(200);
    let done = approved["steps_done"].as_array().unwrap().last().unwrap();
    assert_eq!((&done["step"], &done["by"], &done["on_behalf_of"]), (&json!("approve"), &me, &chief));
    assert_eq!(done["delegation_id"], given["id"]);
    town.journal_size().await;
    let journal = town.auditor().reads(&format!("/v1/journal?subject_id={}&limit=500", id(&case))).await;
    let told = journal["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&told["facts"]["on_behalf_of"], &told["facts"]["delegation_id"]),
        (&chief, &given["id"]),
        "{told}"
    );
    deputy.posts(&decisions(&case), json!({"step": "execute"})).await.expect(200);
    let asset = approved["asked"]["asset_id"].as_str().unwrap();
    let chain = town.auditor().reads(&format!("/v1/assets/{asset}/ownership-chain")).await;
    assert_eq!(chain["links"][0]["grounds"]["approvers"][1]["on_behalf_of"], chief);

    // Both see it, and so do auditors.
    let listed = async |actor: &Actor<'_>, query: &str| {
        actor.reads(&format!("/v1/delegations{query}")).await["items"].as_array().unwrap().len()
    };
    assert_eq!(listed(&approver, "?direction=given").await, 3);
    assert_eq!(listed(&approver, "?direction=received").await, 0);
    assert_eq!(listed(&deputy, "?direction=received").await, 3);
    assert_eq!(listed(&deputy, &format!("?on={}", town.today())).await, 2);
    assert_eq!(listed(&reviewer, "").await, 0);
    assert_eq!(listed(&town.auditor(), "").await, 3);
    assert_eq!(listed(&town.auditor(), &format!("?region_code={EAST}")).await, 1);
    let path = format!("/v1/delegations/{}", id(&given));
    for actor in [&approver, &deputy, &town.auditor()] {
        assert_eq!(actor.reads(&path).await["id"], given["id"]);
    }
    reviewer.gets(&path).await.expect_problem(404, "not_found");

    // Half a year of a year at most, one delegation added to another; and nobody who looks after users decides in another's place.
    let both = town.user("both", &["administrator", "township_officer"], None).await;
    let both = id_of(&town.somebody(Some(&both))).await;
    approver.posts("/v1/delegations", with("to_user_id", both)).await.expect_problem(409, "conflict");
    approver.creates("/v1/delegations", with("period", days(25, 160))).await;
    let more = approver.posts("/v1/delegations", with("period", days(170, 300))).await;
    assert_eq!(more.first_fault(), ("/period/to".to_owned(), "too_late".to_owned()));
    let last = approver.creates("/v1/delegations", with("period", days(170, 190))).await;
    let none = approver.posts("/v1/delegations", with("period", days(180, 200))).await;
    assert_eq!(none.first_fault(), ("/period/to".to_owned(), "too_late".to_owned()), "{last}");
    let none = approver.posts("/v1/delegations", with("period", days(165, 167))).await;
    assert_eq!(none.first_fault(), ("/period/from".to_owned(), "not_applicable".to_owned()));

    // Only whoever gave it revokes it, and once.
    let revokes = format!("{path}/decisions");
    let revoke = json!({"step": "revoke"});
    reviewer.posts(&revokes, revoke.clone()).await.expect_problem(404, "not_found");
    let ended = approver.posts(&revokes, revoke.clone()).await.expect(200);
    assert_eq!((&ended["in_force"], &ended["ended_because"]), (&json!(false), &json!("revoked")));
    approver.posts(&revokes, revoke.clone()).await.expect_problem(409, "conflict");
    let case = waits_for_approval(&town).await;
    deputy.posts(&decisions(&case), approve()).await.expect_problem(403, "permission_denied");

    // While a step is taken by it, it is revoked before or after.
    let given = approver.creates("/v1/delegations", good.clone()).await;
    let revokes = format!("/v1/delegations/{}/decisions", id(&given));
    let approves = decisions(&case);
    let (decided, ended) =
        futures_util::join!(deputy.posts(&approves, approve()), approver.posts(&revokes, revoke));
    ended.expect(200);
    let after = approver.reads(&format!("/v1/registrations/{}", id(&case))).await;
    match decided.status {
        200 => assert_eq!(after["status"], "approved"),
        _ => {
            decided.expect_problem(403, "permission_denied");
            assert_eq!(after["status"], "noticed");
        }
    }
}

pub async fn whoever_delegated_counts_as_having_decided(town: Town) {
    town.notices_come_down_at_once().await;
    let deputy = town.user("deputy", &["township_officer"], None).await;
    let deputy = town.somebody(Some(&deputy));
    let me = id_of(&deputy).await;
    let both = town.user("both", &["township_reviewer", "county_approver"], None).await;
    let both = town.somebody(Some(&both));
    let chief = id_of(&both).await;
    for step in ["review", "approve"] {
        both.creates("/v1/delegations", asked(&town, &me, step)).await;
    }
    let review = json!({"step": "review"});

    // They reviewed: nobody approves in their place. Nor the other way round.
    let case = registration(&town).await;
    town.decides("registrations", &case, "submit").await.expect(200);
    both.posts(&decisions(&case), review.clone()).await.expect(200);
    for step in ["start_notice", "close_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    deputy.posts(&decisions(&case), approve()).await.expect_problem(409, "four_eyes");
    let case = registration(&town).await;
    town.decides("registrations", &case, "submit").await.expect(200);
    let reviewed = deputy.posts(&decisions(&case), review.clone()).await.expect(200);
    assert_eq!(reviewed["steps_done"][1]["on_behalf_of"], chief);
    for step in ["start_notice", "close_notice"] {
        town.decides("registrations", &case, step).await.expect(200);
    }
    both.posts(&decisions(&case), approve()).await.expect_problem(409, "four_eyes");
    deputy.posts(&decisions(&case), approve()).await.expect_problem(409, "four_eyes");
    let shown = both.reads(&format!("/v1/registrations/{}", id(&case))).await;
    let kept = shown["next_step_by"]["not_by"].as_array().unwrap();
    assert!(kept.contains(&me) && kept.contains(&chief), "{kept:?}");
    // The database refuses it as well.
    let forged = "insert into case_steps (case_id, ordinal, step, taken_by, taken_at) \
        select case_id, 20, 'approve', on_behalf_of, taken_at from case_steps where on_behalf_of is not null";
    let refused = Beside::of(&town).execute(forged).unwrap_err().to_string();
    assert!(refused.contains("deciding steps") || refused.contains("case_four_eyes"), "{refused}");
    town.decides("registrations", &case, "approve").await.expect(200);

    // Several people delegate it: whoever takes the step says in whose place.
    let approver = town.actor("county_approver");
    approver.creates("/v1/delegations", asked(&town, &me, "approve")).await;
    let case = waits_for_approval(&town).await;
    let several = deputy.posts(&decisions(&case), approve()).await.expect_problem(409, "conflict");
    assert_eq!(several["delegator_ids"].as_array().unwrap().len(), 2, "{several}");
    let named = json!({"step": "approve", "on_behalf_of": chief});
    let approved = deputy.posts(&decisions(&case), named).await.expect(200);
    assert_eq!(approved["steps_done"].as_array().unwrap().last().unwrap()["on_behalf_of"], chief);

    // What they drafted nobody decides on in their place, nor what they are a party of.
    let drafts = town.user("drafts", &["township_officer", "township_reviewer"], None).await;
    let drafts = town.somebody(Some(&drafts));
    let drafter = id_of(&drafts).await;
    drafts.creates("/v1/delegations", asked(&town, &me, "review")).await;
    let shown = registration(&town).await;
    let mut again = shown["asked"].clone();
    again.as_object_mut().unwrap().retain(|_, it| !it.is_null());
    let own = drafts.creates("/v1/registrations", again).await;
    town.decides("registrations", &own, "submit").await.expect(200);
    let named = |of: &Value| json!({"step": "review", "on_behalf_of": of});
    deputy.posts(&decisions(&own), named(&drafter)).await.expect_problem(409, "four_eyes");
    let village = shown["asked"]["ownership"][0]["holder_id"].as_str().unwrap();
    let party = town.user("party", &["township_reviewer"], Some(village)).await;
    let party = town.somebody(Some(&party));
    let concerned = id_of(&party).await;
    party.creates("/v1/delegations", asked(&town, &me, "review")).await;
    deputy.posts(&decisions(&own), named(&concerned)).await.expect_problem(409, "party_to_the_case");
    // What was delegated is not passed on.
    deputy
        .posts("/v1/delegations", asked(&town, &chief, "review"))
        .await
        .expect_problem(403, "permission_denied");

    // It ends with the role of whoever delegated, and does not come back with it.
    let administrator = town.actor("administrator");
    let path = format!("/v1/users/{}", chief.as_str().unwrap());
    for roles in [json!(["auditor"]), json!(["township_reviewer", "county_approver"])] {
        let seen = administrator.gets(&path).await.header("etag").to_owned();
        administrator.patches(&path, Some(&seen), json!({"roles": roles})).await.expect(200);
    }
    deputy.posts(&decisions(&own), named(&chief)).await.expect_problem(403, "permission_denied");
    let left = town.auditor().reads("/v1/delegations").await;
    let of_chief: Vec<_> =
        left["items"].as_array().unwrap().iter().filter(|it| it["from"]["id"] == chief).collect();
    assert_eq!(of_chief.len(), 2);
    assert!(of_chief.iter().all(|it| it["ended_because"] == "delegator_left"), "{of_chief:?}");
    // And with the account of whoever it was given to.
    let path = format!("/v1/users/{}", me.as_str().unwrap());
    let seen = administrator.gets(&path).await.header("etag").to_owned();
    administrator.patches(&path, Some(&seen), json!({"disabled": true})).await.expect(200);
    let left = town.auditor().reads("/v1/delegations").await;
    assert!(left["items"].as_array().unwrap().iter().all(|it| !it["ended_at"].is_null()), "{left}");
}

pub async fn the_numbers_of_a_policy_say_what_they_are(town: Town) {
    let schema = town.actor("county_approver").reads("/v1/policies/schema").await;
    let items = schema["items"].as_array().unwrap();
    let of = |key: &str| items.iter().find(|it| it["key"] == key).unwrap();
    let days = of("notice_days");
    assert_eq!((&days["unit"], &days["minimum"], &days["maximum"]), (&json!("days"), &json!(0), &json!(365)));
    assert_eq!((&days["default"], &days["read_by_rules"]), (&json!(10), &json!(["L16"])));
    assert_eq!(days["read_by_rooms"], json!(["cases"]));
    assert_eq!(of("notice_day_count")["choices"], json!(["after_posting", "inclusive"]));
    assert_eq!(of("decision_approval")["default"], "2/3");
    let chinese = town.actor("county_approver").in_chinese().reads("/v1/policies/schema").await;
    assert_eq!(chinese["items"].as_array().unwrap().len(), items.len());
    assert!(chinese["items"][0]["about"].as_str().unwrap().contains("公示的天数"));
}
