//! Two times: what held on a day, and what the registry said of it at an instant.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanquan::{values::Share, verify::Trust};
use serde_json::{Value, json};

use crate::{
    alterations::{altered, leased},
    certificates::{certificate, checks},
    tampering::checked,
    town::{Answer, EAST, Town, WEST, id},
};

/// The instant at which the town is, as an auditor writes it down, once everything is sealed; the next thing happens a
/// minute later.
pub async fn noted(town: &Town) -> String {
    town.journal_size().await;
    let now = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    town.clock.advance(TimeDelta::minutes(1));
    now
}

/// Who holds a right, and how much of it all together.
fn shares(rights: &Value, kind: &str) -> Vec<(String, String)> {
    let mut together: BTreeMap<String, Share> = BTreeMap::new();
    for it in rights[kind].as_array().unwrap() {
        let share: Share = it["share"].as_str().unwrap().parse().unwrap();
        let held = together.entry(it["holder_id"].as_str().unwrap().to_owned());
        held.and_modify(|it| *it = it.checked_add(share).unwrap()).or_insert(share);
    }
    together.into_iter().map(|(holder, share)| (holder, share.to_string())).collect()
}

fn sorted<const N: usize>(held: [(&str, &str); N]) -> Vec<(String, String)> {
    let mut held = held.map(|(holder, share)| (holder.to_owned(), share.to_owned())).to_vec();
    held.sort();
    held
}

fn correction(asset: &str, minutes: &str, town: &Town, holders: Value) -> Value {
    json!({"asset_id": asset, "right": "ownership", "effective_on": "2021-08-01", "holders": holders,
        "reason": "首次登记份额录入有误", "documents": [minutes], "decision": town.decided(minutes)})
}

pub async fn a_correction_leaves_what_was_said_before_it(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let shed = town.asset("operating", "greenhouse", 120_000_000).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]);
    let registration = town.registers(&shed, &minutes, owners.clone()).await;
    let spring = noted(&town).await;

    let halves = json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]);
    let same = officer.posts("/v1/corrections", correction(&shed, &minutes, &town, owners)).await;
    same.expect_problem(409, "conflict");
    let short = json!([{"holder_id": east, "share": "1/2"}]);
    let short = officer.posts("/v1/corrections", correction(&shed, &minutes, &town, short)).await;
    assert_eq!(short.expect_problem(422, "validation_failed")["errors"][0]["pointer"], "/holders");
    let mut undecided = correction(&shed, &minutes, &town, halves.clone());
    undecided.as_object_mut().unwrap().remove("decision");
    let undecided = officer.creates("/v1/corrections", undecided).await;
    assert_eq!(undecided["findings"][0]["rule"], "L15");
    let case = officer.creates("/v1/corrections", correction(&shed, &minutes, &town, halves)).await;
    assert!(case["steps_required"].as_array().unwrap().contains(&json!("approve")));
    let corrected = town.takes_through("corrections", &case).await;

    let path = format!("/v1/assets/{shed}/rights?as_of=2022-01-01");
    let now = auditor.reads(&path).await;
    assert_eq!(shares(&now, "ownership"), sorted([(&east, "1/2"), (&west, "1/2")]));
    let then = auditor.reads(&format!("{path}&known_at={spring}")).await;
    assert_eq!(shares(&then, "ownership"), sorted([(&east, "2/3"), (&west, "1/3")]));
    assert_eq!(shares(&then, "income"), sorted([(&east, "2/3"), (&west, "1/3")]));
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    let cases: Vec<_> =
        chain["links"].as_array().unwrap().iter().map(|it| it["case_id"].as_str().unwrap()).collect();
    assert_eq!((cases, &chain["breaks"]), (vec![registration.as_str(), corrected.as_str()], &json!([])));
    assert_eq!(chain["links"][1]["kind"], "correction");
    assert_eq!(chain["links"][1]["moved"][0]["share"], "1/6");
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain?known_at={spring}")).await;
    assert_eq!(chain["links"].as_array().unwrap().len(), 1);

    let tomorrow = (town.clock.now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let refused = auditor.gets(&format!("{path}&known_at={tomorrow}")).await;
    let refused = refused.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "in_future");
    let before_all = auditor.gets(&format!("{path}&known_at=2020-01-01T00:00:00Z")).await;
    before_all.expect_problem(404, "not_found");
}

pub async fn a_correction_of_a_mistake_moves_what_was_built_on_it(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let lease = json!({
        "right": "management", "effective_on": "2024-01-01", "term": {"from": "2024-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "consideration": {"kind": "rent", "schedule": (0..5).map(|year| json!({
            "due_on": format!("{}-01-01", 2024 + year), "amount_fen": 720_000})).collect::<Vec<_>>()},
    });
    let lease = town.officer().creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &lease).await;

    // The lease was for a half only, and with another firm than was typed.
    let other = town.party("enterprise", "绿源农业有限公司", EAST).await;
    let body = json!({
        "asset_id": shed, "right": "management", "effective_on": "2024-01-01", "until": "2029-01-01",
        "holders": [{"holder_id": other, "share": "1/2"}, {"holder_id": east, "share": "1/2"}],
        "reason": "承租方录入有误", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let case = town.officer().creates("/v1/corrections", body).await;
    town.takes_through("corrections", &case).await;

    for (day, wanted) in [
        ("2023-12-31", sorted([(&east, "1/1")])),
        ("2024-01-01", sorted([(&east, "1/2"), (&other, "1/2")])),
        ("2029-01-01", sorted([(&east, "1/1")])),
    ] {
        let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of={day}")).await;
        assert_eq!(shares(&rights, "management"), wanted, "{day}");
        assert_eq!(shares(&rights, "ownership"), sorted([(&east, "1/1")]));
    }
    let land = town.asset("operating", "greenhouse", 1).await;
    let early = json!({
        "asset_id": land, "right": "ownership", "effective_on": "2024-01-01",
        "holders": [{"holder_id": west, "share": "1"}], "reason": "未登记", "documents": [minutes],
        "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    town.officer().posts("/v1/corrections", early).await.expect_problem(409, "conflict");
}

pub async fn a_village_owned_from_an_earlier_day_than_was_registered(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    // It is theirs since August 2021; 2022 was typed.
    let registration = json!({"asset_id": shed, "effective_on": "2022-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let before = noted(&town).await;
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2022-01-03", "period": {"from": "2021-08-01", "to": "2022-01-01"}});
    officer.creates("/v1/receipts", rent).await;

    let of = |day: &str, right: &str, holders: Value| {
        json!({"asset_id": shed, "right": right, "effective_on": day,
        "holders": holders, "reason": "登记日期录入有误", "documents": [minutes], "decision": town.decided(&minutes),
        "recorded_late": town.late()})
    };
    let whole = json!([{"holder_id": east, "share": "1"}]);
    let early = officer.posts("/v1/corrections", of("2021-06-30", "ownership", whole.clone())).await;
    assert_eq!(early.first_fault(), ("/effective_on".to_owned(), "before_asset".to_owned()));
    let income = officer.posts("/v1/corrections", of("2021-08-01", "income", whole.clone())).await;
    income.expect_problem(409, "conflict");
    // Two villages owned it for its first year; what one of them lost by the slip it decides on.
    let halves = json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]);
    let case = officer.creates("/v1/corrections", of("2021-08-01", "ownership", halves)).await;
    assert!(case["steps_required"].as_array().unwrap().contains(&json!("approve")), "{case}");
    town.takes_through("corrections", &case).await;
    // Of which day each line of its notice is.
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let text = notice["content"]["text"]["zh"].as_str().unwrap().to_owned();
    assert!(text.contains("转至西村股份经济合作社，自2022年8月1日起。"), "{text}");

    let on = async |day: &str, known: &str| {
        let rights = auditor.reads(&format!("/v1/assets/{shed}/rights?as_of={day}{known}")).await;
        shares(&rights, "ownership")
    };
    let both = sorted([(&east, "1/2"), (&west, "1/2")]);
    for day in ["2021-08-01", "2022-07-31", "2022-08-01", "2024-01-01"] {
        assert_eq!(on(day, "").await, both, "{day}");
    }
    assert_eq!(on("2021-07-31", "").await, []);
    let known = format!("&known_at={before}");
    assert_eq!(on("2022-01-01", &known).await, []);
    assert_eq!(on("2022-08-01", &known).await, sorted([(&east, "1/1")]));
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    let links: Vec<_> = chain["links"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(
        (links, &chain["breaks"]),
        (vec![&json!("correction"), &json!("first_registration")], &json!([]))
    );
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain?known_at={before}")).await;
    assert_eq!((chain["links"].as_array().unwrap().len(), &chain["breaks"]), (1, &json!([])));
    // What came in for those days is theirs.
    let plan = json!({"asset_ids": [shed], "period": {"from": "2021-08-01", "to": "2022-01-01"}});
    let plan = officer.posts("/v1/distributions/preview", plan).await.expect(200);
    assert_eq!(plan["amount_fen"], 1000);

    // And earlier still, by the same owners: nothing else moves.
    let again = of(
        "2021-07-01",
        "ownership",
        json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]),
    );
    let case = officer.creates("/v1/corrections", again).await;
    town.takes_through("corrections", &case).await;
    assert_eq!(on("2021-07-01", "").await, both);
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain}");
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn whoever_owned_it_before_owns_it_until_it_was_registered(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let gone = town.party("village_collective", "北村股份经济合作社47", WEST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = json!({"asset_id": shed, "effective_on": "2022-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let path = format!("/v1/parties/{gone}");
    let ended = json!({"ended_on": "2022-08-01", "successor_id": east});
    officer.patches(&path, Some("\"1\""), ended).await.expect(200);

    let of = |until: Option<&str>| {
        let mut correction = json!({"asset_id": shed, "right": "ownership", "effective_on": "2021-08-05",
            "holders": [{"holder_id": gone, "share": "1"}], "reason": "原属北村", "documents": [minutes],
            "decision": town.decided(&minutes), "recorded_late": town.late()});
        if let Some(until) = until {
            correction["until"] = json!(until);
        }
        correction
    };
    // It is not there any more on the days from the registration on, and takes nothing of them.
    let present = officer.posts("/v1/corrections", of(None)).await;
    assert_eq!(present.first_fault(), ("/holders/0/holder_id".to_owned(), "party_ended".to_owned()));
    let present = officer.posts("/v1/corrections", of(None)).await.expect_problem(422, "validation_failed");
    assert!(present["errors"][0]["detail"].as_str().unwrap().contains("until, term.to"), "{present}");
    for (until, code) in [("2022-07-01", "too_small"), ("2022-09-01", "too_large")] {
        let gap = officer.posts("/v1/corrections", of(Some(until))).await;
        assert_eq!(gap.first_fault().1, code, "{until}");
    }
    let case = officer.creates("/v1/corrections", of(Some("2022-08-01"))).await;
    town.takes_through("corrections", &case).await;
    let owner = async |day: &str| {
        let rights = auditor.reads(&format!("/v1/assets/{shed}/rights?as_of={day}")).await;
        shares(&rights, "ownership")
    };
    for (day, wanted) in
        [("2021-08-05", &gone), ("2022-07-31", &gone), ("2022-08-01", &east), ("2025-01-01", &east)]
    {
        assert_eq!(owner(day).await, sorted([(wanted, "1/1")]), "{day}");
    }
    let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain}");
    // From the first registration on ownership moves for good.
    let mut later = of(Some("2024-01-01"));
    later["effective_on"] = json!("2023-01-01");
    later["holders"] = json!([{"holder_id": east, "share": "1"}]);
    let later = officer.posts("/v1/corrections", later).await;
    assert_eq!(later.first_fault(), ("/until".to_owned(), "not_applicable".to_owned()));
    // A notice names whose the only decision is, and sets it off from the day.
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let content = &notice["content"];
    assert_eq!(content["decisions"][0]["by"]["name"], "东村股份经济合作社", "{content}");
    assert!(
        content["text"]["zh"].as_str().unwrap().contains("决议：东村股份经济合作社，2021年7月1日"),
        "{content}"
    );
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

/// An asset that a village is registered to from a day on.
async fn registered_from(town: &Town, day: &str, owners: Value, minutes: &str) -> String {
    let asset = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = json!({"asset_id": asset, "effective_on": day, "documents": [minutes], "ownership": owners,
        "decision": town.decided(minutes), "recorded_late": town.late()});
    let case = town.officer().creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    asset
}

/// A correction of who owned an asset from a day on, up to another or for good.
fn owned(town: &Town, asset: &str, days: (&str, Option<&str>), holders: Value, minutes: &str) -> Value {
    let mut correction = correction(asset, minutes, town, holders);
    correction["effective_on"] = json!(days.0);
    if let Some(until) = days.1 {
        correction["until"] = json!(until);
    }
    correction
}

/// Who owned an asset on some days, and that its chain holds together on each of them.
async fn owned_on(town: &Town, asset: &str, wanted: &[(&str, Vec<(String, String)>)]) {
    for (day, owners) in wanted {
        let rights = town.auditor().reads(&format!("/v1/assets/{asset}/rights?as_of={day}")).await;
        assert_eq!(&shares(&rights, "ownership"), owners, "{day}");
        let chain = town.auditor().reads(&format!("/v1/assets/{asset}/ownership-chain?as_of={day}")).await;
        assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{day}: {chain:#}");
    }
    let chain = town.auditor().reads(&format!("/v1/assets/{asset}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    for it in chain["links"].as_array().unwrap() {
        let parts = it["holders_after"].as_array().unwrap().iter();
        let parts = parts.map(|it| it["share"].as_str().unwrap().parse::<Share>().unwrap());
        let whole = parts.reduce(|all, it| all.checked_add(it).unwrap());
        assert_eq!(whole, Some(Share::WHOLE).filter(|_| it["kind"] != "disposal"), "{it}");
    }
}

pub async fn a_beginning_corrected_twice_leaves_a_whole_chain(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let corrected = async |correction: Value| {
        let correction = town.decided_by(correction, &minutes, &[&east, &west]);
        let case = town.officer().creates("/v1/corrections", correction).await;
        town.takes_through("corrections", &case).await;
    };
    let all = |holder: &str| json!([{"holder_id": holder, "share": "1"}]);
    let both = |one: &str, other: &str| json!([{"holder_id": east, "share": one}, {"holder_id": west, "share": other}]);
    for (first, then) in [(all(&east), all(&west)), (both("1/2", "1/2"), both("1/3", "2/3"))] {
        let shed = registered_from(&town, "2023-08-01", first, &minutes).await;
        let owners = match then.as_array().unwrap().as_slice() {
            [_] => sorted([(&west, "1/1")]),
            _ => sorted([(&east, "1/3"), (&west, "2/3")]),
        };
        corrected(owned(&town, &shed, ("2023-08-01", None), then.clone(), &minutes)).await;
        owned_on(&town, &shed, &[("2023-08-01", owners.clone())]).await;
        // It was theirs two years earlier; and a month earlier still.
        for day in ["2021-08-01", "2021-07-02"] {
            corrected(owned(&town, &shed, (day, None), then.clone(), &minutes)).await;
            owned_on(&town, &shed, &[(day, owners.clone()), ("2023-08-01", owners.clone())]).await;
        }
        // What is said of the first of these days is a move like any other, and gives way to an earlier one as well.
        corrected(owned(&town, &shed, ("2021-07-02", None), all(&east), &minutes)).await;
        corrected(owned(&town, &shed, ("2021-07-01", None), all(&east), &minutes)).await;
        let east = sorted([(&east, "1/1")]);
        let days = ["2021-07-01", "2021-07-02", "2021-08-01", "2023-08-01", "2025-01-01"];
        owned_on(&town, &shed, &days.map(|day| (day, east.clone()))).await;
    }
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn who_was_said_to_have_owned_it_before_is_put_right(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let north = town.party("village_collective", "北村股份经济合作社", EAST).await;
    let family = town.party("household", "王成家户", EAST).await;
    let minutes = town.document().await;
    let all = |holder: &str| json!([{"holder_id": holder, "share": "1"}]);
    let of = |holder: &str| sorted([(holder, "1/1")]);
    let corrected = async |correction: Value, by: &[&String]| {
        let correction = town.decided_by(correction, &minutes, by);
        let case = officer.creates("/v1/corrections", correction).await;
        assert_eq!(case["findings"], json!([]), "{case:#}");
        town.takes_through("corrections", &case).await;
        id(&case)
    };
    let shed = registered_from(&town, "2022-08-01", all(&family), &minutes).await;
    let said = |days, holder: &str| owned(&town, &shed, days, all(holder), &minutes);

    // Nobody loses anything by what is said of days of which nothing was: whoever owns it since confirms it.
    let of_others = town.decided_by(said(("2021-08-05", Some("2022-08-01")), &west), &minutes, &[&west]);
    let unconfirmed = officer.creates("/v1/corrections", of_others).await;
    assert_eq!(
        (&unconfirmed["findings"][0]["rule"], &unconfirmed["findings"][0]["figures"]["from_id"]),
        (&json!("L48"), &json!(family)),
        "{unconfirmed:#}"
    );
    let mut confirmed = said(("2021-08-05", Some("2022-08-01")), &west);
    confirmed["owner_consent_id"] = json!(minutes);
    corrected(confirmed, &[&west]).await;
    owned_on(&town, &shed, &[("2021-08-05", of(&west)), ("2022-08-01", of(&family))]).await;

    // It was another village. From the day of the registration on the family owns it, which stays.
    let for_good = officer.posts("/v1/corrections", said(("2021-08-05", None), &north)).await;
    let for_good = for_good.expect_problem(409, "conflict");
    assert_eq!(
        (&for_good["asset_id"], &for_good["held_by_others_from"]),
        (&json!(shed), &json!("2022-08-01"))
    );
    assert!(for_good["detail"].as_str().unwrap().contains("until (2022-08-01)"), "{for_good}");
    for (until, code) in [("2022-07-31", "too_small"), ("2022-08-02", "too_large")] {
        let other = officer.posts("/v1/corrections", said(("2021-08-05", Some(until)), &north)).await;
        assert_eq!(other.first_fault(), ("/until".to_owned(), code.to_owned()));
    }
    // The village that was said to have owned it decides on that.
    let undecided = town.decided_by(said(("2021-08-05", Some("2022-08-01")), &north), &minutes, &[&north]);
    let undecided = officer.creates("/v1/corrections", undecided).await;
    assert_eq!(
        (&undecided["findings"][0]["rule"], &undecided["findings"][0]["figures"]["party_id"]),
        (&json!("L15"), &json!(west)),
        "{undecided:#}"
    );
    let before = noted(&town).await;
    corrected(said(("2021-08-05", Some("2022-08-01")), &north), &[&west]).await;
    let days = ["2021-08-05", "2022-07-31"].map(|day| (day, of(&north)));
    owned_on(&town, &shed, &days).await;
    owned_on(&town, &shed, &[("2022-08-01", of(&family)), ("2025-01-01", of(&family))]).await;
    let then = auditor.reads(&format!("/v1/assets/{shed}/rights?as_of=2021-08-05&known_at={before}")).await;
    assert_eq!(shares(&then, "ownership"), of(&west));

    // From some day between on two villages did; and another one before all of them.
    let both = json!([{"holder_id": west, "share": "1/4"}, {"holder_id": north, "share": "3/4"}]);
    corrected(owned(&town, &shed, ("2022-01-01", Some("2022-08-01")), both, &minutes), &[&north]).await;
    let for_good = officer.posts("/v1/corrections", said(("2021-07-15", None), &east)).await;
    assert_eq!(for_good.expect_problem(409, "conflict")["held_by_others_from"], "2021-08-05");
    let mine = town.decided_by(said(("2021-07-15", Some("2021-08-05")), &east), &minutes, &[&east]);
    let mine = officer.creates("/v1/corrections", mine).await;
    assert_eq!(
        (&mine["findings"][0]["rule"], &mine["findings"][0]["figures"]["party_id"]),
        (&json!("L15"), &json!(north)),
        "{mine:#}"
    );
    corrected(said(("2021-07-15", Some("2021-08-05")), &east), &[&north]).await;
    // Whoever owned it first owned it earlier still, whatever followed.
    corrected(said(("2021-07-10", None), &east), &[&east]).await;
    owned_on(
        &town,
        &shed,
        &[
            ("2021-07-10", of(&east)),
            ("2021-08-04", of(&east)),
            ("2021-08-05", of(&north)),
            ("2021-12-31", of(&north)),
            ("2022-01-01", sorted([(&west, "1/4"), (&north, "3/4")])),
            ("2022-07-31", sorted([(&west, "1/4"), (&north, "3/4")])),
            ("2022-08-01", of(&family)),
        ],
    )
    .await;
    assert_eq!(
        officer
            .posts("/v1/corrections", said(("2023-01-01", Some("2024-01-01")), &north))
            .await
            .first_fault(),
        ("/until".to_owned(), "not_applicable".to_owned())
    );

    // A first owner that gave it on meanwhile was another.
    let barn = registered_from(&town, "2022-08-01", all(&west), &minutes).await;
    let given = json!({"right": "ownership", "effective_on": "2024-01-01", "documents": [minutes],
        "lots": [{"asset_id": barn, "from_id": west, "to_id": east, "share": "1"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes), "recorded_late": town.late()});
    let given = officer.creates("/v1/transfers", given).await;
    town.takes_through("transfers", &given).await;
    let said = |days, holder: &str| owned(&town, &barn, days, all(holder), &minutes);
    let for_good = officer.posts("/v1/corrections", said(("2022-08-01", None), &north)).await;
    assert_eq!(for_good.expect_problem(409, "conflict")["held_by_others_from"], "2024-01-01");
    let case = corrected(said(("2022-08-01", Some("2024-01-01")), &north), &[&west]).await;
    owned_on(
        &town,
        &barn,
        &[("2022-08-01", of(&north)), ("2023-12-31", of(&north)), ("2024-01-01", of(&east))],
    )
    .await;
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    let links: Vec<_> = chain["links"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(links, ["first_registration", "prior_ownership", "transfer"]);
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={case}")).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let text = notice["content"]["text"]["zh"].as_str().unwrap();
    assert!(text.contains("期限：2022年8月1日至2023年12月31日。"), "{text}");
    // The beginning of both was earlier, and the end of the first stays.
    corrected(said(("2022-02-01", None), &north), &[&north]).await;
    owned_on(
        &town,
        &barn,
        &[("2022-02-01", of(&north)), ("2023-12-31", of(&north)), ("2024-01-01", of(&east))],
    )
    .await;
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn a_mistake_is_put_right_up_to_the_day_on_which_others_hold_it(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let [firm, grower, other] = ["惠农农业科技有限公司", "绿源种植专业合作社", "丰收农机专业合作社"]
        .map(|name| (name, "cooperative"));
    let firm = town.party("enterprise", firm.0, EAST).await;
    let grower = town.party(grower.1, grower.0, EAST).await;
    let other = town.party(other.1, other.0, EAST).await;
    leased(&town, &shed, [&east, &firm], "1", ["2023-01-01", "2028-01-01"], &minutes).await;
    leased(&town, &shed, [&firm, &grower], "1", ["2025-01-01", "2027-01-01"], &minutes).await;
    let said = |until: &str| {
        json!({"asset_id": shed, "right": "management", "effective_on": "2024-01-01", "until": until,
            "holders": [{"holder_id": other, "share": "1"}], "reason": "承租方录入有误", "documents": [minutes],
            "decision": town.decided(&minutes), "recorded_late": town.late()})
    };
    let beyond = officer.posts("/v1/corrections", said("2026-01-01")).await.expect_problem(409, "conflict");
    assert_eq!(
        (&beyond["right"], &beyond["held_by_others_from"]),
        (&json!("management"), &json!("2025-01-01")),
        "{beyond}"
    );
    assert!(beyond["detail"].as_str().unwrap().contains("until (2025-01-01)"), "{beyond}");
    let case = officer.creates("/v1/corrections", said("2025-01-01")).await;
    town.takes_through("corrections", &case).await;
    for (day, wanted) in
        [("2023-12-31", &firm), ("2024-01-01", &other), ("2024-12-31", &other), ("2025-01-01", &grower)]
    {
        let rights = auditor.reads(&format!("/v1/assets/{shed}/rights?as_of={day}")).await;
        assert_eq!(shares(&rights, "management"), sorted([(wanted, "1/1")]), "{day}");
    }
}

pub async fn whose_it_was_before_it_was_lost_and_found_is_put_right(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let barn = town.asset("operating", "barn", 12_000_000).await;
    town.registers(&barn, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let acts = json!({"documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "asset_id": barn, "reason": "洪水冲毁"});
    let act = |of: Value| {
        let mut all = acts.clone();
        all.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        all
    };
    altered(
        &town,
        act(json!({"kind": "disposal", "cause": "natural_disaster", "effective_on": "2024-01-01",
            "technical_report_id": report})),
    )
    .await;
    altered(&town, act(json!({"kind": "restoration", "effective_on": "2025-01-01"}))).await;
    let mut of_half = correction(
        &barn,
        &minutes,
        &town,
        json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]),
    );
    of_half["recorded_late"] = town.late();
    let across = officer.posts("/v1/corrections", of_half.clone()).await.expect_problem(409, "conflict");
    assert_eq!(across["held_by_others_from"], "2024-01-01", "{across}");
    // Nobody owned it in between.
    of_half["until"] = json!("2024-01-01");
    let case = officer.creates("/v1/corrections", of_half.clone()).await;
    town.takes_through("corrections", &case).await;
    of_half["effective_on"] = json!("2025-01-01");
    of_half.as_object_mut().unwrap().remove("until");
    let case = officer.creates("/v1/corrections", of_half).await;
    town.takes_through("corrections", &case).await;
    let half = sorted([(&east, "1/2"), (&west, "1/2")]);
    owned_on(
        &town,
        &barn,
        &[
            ("2021-08-01", half.clone()),
            ("2023-12-31", half.clone()),
            ("2024-06-01", Vec::new()),
            ("2025-01-01", half),
        ],
    )
    .await;
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    // That it was the village's earlier still changes nothing of that.
    let mut earlier = correction(
        &barn,
        &minutes,
        &town,
        json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]),
    );
    earlier["effective_on"] = json!("2021-07-15");
    earlier["recorded_late"] = town.late();
    let case = officer.creates("/v1/corrections", earlier).await;
    town.takes_through("corrections", &case).await;
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
}

pub async fn whose_a_sold_asset_was_is_put_right_before_it_is_sold_again(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let barn = town.asset("operating", "barn", 12_000_000).await;
    town.registers(&barn, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let lost = || {
        json!({"kind": "disposal", "asset_id": barn, "cause": "natural_disaster", "effective_on": "2025-08-01",
            "reason": "洪水冲毁", "documents": [minutes], "decision": town.decided(&minutes),
            "recorded_late": town.late(), "technical_report_id": report})
    };
    altered(&town, lost()).await;
    let mut correction = correction(&barn, &minutes, &town, json!([{"holder_id": west, "share": "1"}]));
    correction["recorded_late"] = town.late();
    let refused = officer.posts("/v1/corrections", correction.clone()).await.expect_problem(409, "conflict");
    assert_eq!(refused["carried_into"], json!([]));
    assert!(refused["detail"].as_str().unwrap().contains("restoration"), "{refused}");

    altered(
        &town,
        json!({"kind": "restoration", "asset_id": barn, "effective_on": "2025-08-01", "reason": "权属登记有误，撤销处置",
            "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late()}),
    )
    .await;
    let case = officer.creates("/v1/corrections", correction).await;
    town.takes_through("corrections", &case).await;
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!((&chain["complete"], &chain["breaks"]), (&json!(true), &json!([])), "{chain:#}");
    let last = chain["links"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["holders_after"]),
        (&json!("restoration"), &json!([{"holder_id": west, "share": "1/1"}])),
        "{chain:#}"
    );
    altered(&town, lost()).await;
    owned_on(
        &town,
        &barn,
        &[("2021-08-01", sorted([(&west, "1/1")])), ("2025-07-31", sorted([(&west, "1/1")]))],
    )
    .await;
    let chain = auditor.reads(&format!("/v1/assets/{barn}/ownership-chain")).await;
    assert_eq!(chain["breaks"], json!([]), "{chain:#}");
    let after = chain["links"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&after["kind"], &after["moved"][0]["from_id"]),
        (&json!("disposal"), &json!(west)),
        "{chain:#}"
    );
}

pub async fn earlier_days_said_at_the_same_moment_leave_one_chain(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    for round in 0..3 {
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        let owners = json!([{"holder_id": east, "share": "1"}]);
        let registration = json!({"asset_id": shed, "effective_on": "2022-08-01", "documents": [minutes],
            "ownership": owners, "decision": town.decided(&minutes), "recorded_late": town.late()});
        let case = officer.creates("/v1/registrations", registration).await;
        town.takes_through("registrations", &case).await;
        let mut cases = Vec::new();
        for day in ["2021-08-01", "2021-08-03", "2021-08-05", "2021-08-07", "2021-08-09"] {
            let correction = json!({"asset_id": shed, "right": "ownership", "effective_on": day, "holders": owners,
                "reason": "登记日期录入有误", "documents": [minutes], "decision": town.decided(&minutes)});
            let mut case = officer.creates("/v1/corrections", correction).await;
            while let Some(step) = case["next_step"].as_str().filter(|it| *it != "execute").map(str::to_owned)
            {
                case = town.decides("corrections", &case, &step).await.expect(200);
            }
            cases.push(case);
        }
        // In whatever order they come to the asset, what comes after an earlier day has nothing to correct any more.
        let done = join_all(cases.iter().map(|it| town.decides("corrections", it, "execute"))).await;
        assert!(done.iter().any(|it| it.status == 200));
        assert!(done.iter().all(|it| matches!(it.status, 200 | 409)));
        for _ in 0..2 {
            let chain = auditor.reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
            assert_eq!(
                (&chain["complete"], &chain["breaks"]),
                (&json!(true), &json!([])),
                "{round}: {chain}"
            );
            let links = chain["links"].as_array().unwrap();
            let after = json!([{"holder_id": east, "share": "1/1"}]);
            assert!(links.iter().all(|it| it["holders_after"] == after), "{round}: {chain}");
            town.journal_size().await;
        }
    }
}

pub async fn what_was_known_then_is_never_changed_by_what_comes_later(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor, county) = (town.officer(), town.auditor(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let relation =
        json!({"to_id": west, "kind": "shareholder", "share": "1/4", "period": {"from": "2020-01-01"}});
    let relation = id(&officer.creates(&format!("/v1/parties/{east}/relations"), relation).await);
    let mortgage = json!({"asset_id": shed, "kind": "mortgage", "holder_id": west, "document_id": minutes,
        "period": {"from": "2022-01-01"}});
    let mortgage = id(&officer.creates("/v1/restrictions", mortgage).await);
    let assignment = json!({"asset_id": shed, "responsible_id": east, "mode": "self_managed", "duties": "养护",
        "period": {"from": "2021-08-01"}, "inspect_every_days": 90});
    let assignment = id(&officer.creates("/v1/maintenance-assignments", assignment).await);

    let readings = [
        format!("/v1/assets/{shed}?"),
        format!("/v1/parties/{east}?"),
        format!("/v1/parties/{east}/relations?"),
        format!("/v1/parties/{east}/relations?as_of=2024-06-01&"),
        format!("/v1/parties/{east}/relations/{relation}?"),
        format!("/v1/restrictions?asset_id={shed}&"),
        format!("/v1/restrictions?asset_id={shed}&as_of=2024-06-01&"),
        format!("/v1/restrictions/{mortgage}?"),
        format!("/v1/maintenance-assignments?asset_id={shed}&"),
        format!("/v1/maintenance-assignments?asset_id={shed}&as_of=2024-06-01&"),
        format!("/v1/maintenance-assignments/{assignment}?"),
        format!("/v1/assets/{shed}/rights?as_of=2020-01-01&"),
        format!("/v1/assets/{shed}/rights?as_of=2024-06-01&"),
        format!("/v1/assets/{shed}/rights?as_of=2030-01-01&"),
        format!("/v1/assets/{shed}/ownership-chain?as_of=2030-01-01&"),
        format!("/v1/assets/{shed}/ownership-chain?kind=management&as_of=2030-01-01&"),
    ];
    let mut said: Vec<(String, Value)> = Vec::new();
    for act in 0..8 {
        let instant = noted(&town).await;
        for reading in &readings {
            let path = format!("{reading}known_at={instant}");
            let answer = auditor.reads(&path).await;
            said.push((path, answer));
        }
        let change = |path: String, body: Value| {
            let (officer, county) = (&officer, &county);
            async move {
                // Whoever holds something is renamed, and succeeded, by the county.
                let by = if path.starts_with("/v1/parties/") && !path.contains("relations") {
                    county
                } else {
                    officer
                };
                let tag = by.gets(&path).await.header("etag").to_owned();
                by.patches(&path, Some(&tag), body).await.expect(200);
            }
        };
        match act {
            0 => change(format!("/v1/parties/{east}"), json!({"name": "东村集体经济组织"})).await,
            1 => change(format!("/v1/assets/{shed}"), json!({"name": "一号大棚", "status": "idle"})).await,
            2 => {
                let path = format!("/v1/parties/{east}/relations/{relation}");
                change(path, json!({"ended_on": "2024-01-01"})).await;
            }
            3 => change(format!("/v1/restrictions/{mortgage}"), json!({"released_on": "2024-01-01"})).await,
            4 => {
                change(format!("/v1/maintenance-assignments/{assignment}"), json!({"to": "2024-01-01"}))
                    .await;
            }
            5 => {
                let halves =
                    json!([{"holder_id": east, "share": "1/2"}, {"holder_id": west, "share": "1/2"}]);
                let case =
                    officer.creates("/v1/corrections", correction(&shed, &minutes, &town, halves)).await;
                town.takes_through("corrections", &case).await;
            }
            6 => {
                let gift = json!({
                    "right": "ownership", "effective_on": "2024-03-01", "documents": [minutes],
                    "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1/4"}],
                    "consideration": {"kind": "none"}, "decision": town.decided(&minutes), "recorded_late": town.late(),
                });
                let case = officer.creates("/v1/transfers", gift).await;
                town.takes_through("transfers", &case).await;
            }
            _ => {
                let ended = json!({"ended_on": town.today(), "successor_id": west});
                change(format!("/v1/parties/{east}"), ended).await;
            }
        }
    }

    let mut answers: Vec<Value> = said.iter().map(|(_, it)| it.clone()).collect();
    answers.dedup();
    assert!(answers.len() > 20, "the acts did change what is said");
    for (path, answer) in &said {
        assert_eq!(auditor.reads(path).await, *answer, "{path}");
    }
}

pub async fn who_was_thought_to_keep_a_road_is_known_after_it_was_put_right(town: Town) {
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let path = format!("/v1/maintenance-gaps?region_code={EAST}&on=2024-06-01");
    let gaps = async |known: &str| -> Vec<(String, String)> {
        let found = auditor.reads(&format!("{path}{known}")).await;
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let found = found["items"].as_array().unwrap().iter();
        found.map(|it| (text(&it["asset_id"]), text(&it["since"]))).collect()
    };
    let unkept = vec![(road.clone(), "2021-07-01".to_owned())];
    let first = noted(&town).await;
    assert_eq!(gaps("").await, unkept);

    // That somebody had kept it all along came to the office late, and that they had stopped even later.
    let kept = json!({"asset_id": road, "responsible_id": east, "mode": "self_managed", "duties": "养护",
        "period": {"from": "2022-01-01"}, "inspect_every_days": 90});
    let kept = id(&officer.creates("/v1/maintenance-assignments", kept).await);
    let second = noted(&town).await;
    let path_of_it = format!("/v1/maintenance-assignments/{kept}");
    let seen = officer.gets(&path_of_it).await;
    let ended = officer.request(reqwest::Method::PATCH, &path_of_it).header("If-Match", seen.header("etag"));
    Answer::of(ended.json(&json!({"to": "2023-01-01"}))).await.expect(200);
    let third = noted(&town).await;

    assert_eq!(gaps(&format!("&known_at={first}")).await, unkept);
    assert_eq!(gaps(&format!("&known_at={second}")).await, []);
    let stopped = vec![(road, "2023-01-01".to_owned())];
    assert_eq!((gaps(&format!("&known_at={third}")).await, gaps("").await), (stopped.clone(), stopped));
    assert_eq!(gaps("&known_at=2020-01-01T00:00:00Z").await, [], "nobody knew of the road");
    let tomorrow = (town.clock.now() + TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%SZ");
    auditor.gets(&format!("{path}&known_at={tomorrow}")).await.expect_problem(422, "validation_failed");
}

pub async fn what_was_entered_by_mistake_never_held_and_keeps_nothing_else_out(town: Town) {
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let changes = async |path: &str, body: Value| {
        let tag = officer.gets(path).await.header("etag").to_owned();
        officer.patches(path, Some(&tag), body).await
    };
    let keeps = |body: &str, from: &str| {
        json!({"asset_id": road, "responsible_id": body, "mode": "self_managed", "duties": "养护",
            "period": {"from": from}, "inspect_every_days": 90})
    };
    let mistaken = id(&officer.creates("/v1/maintenance-assignments", keeps(&west, "2022-01-01")).await);
    let path = format!("/v1/maintenance-assignments/{mistaken}");
    officer
        .posts("/v1/maintenance-assignments", keeps(&east, "2021-08-01"))
        .await
        .expect_problem(409, "conflict");
    changes(&path, json!({"to": "2021-12-31"})).await.expect_problem(422, "validation_failed");
    let never = changes(&path, json!({"to": "2022-01-01"})).await.expect(200);
    assert_eq!(never["period"], json!({"from": "2022-01-01", "to": "2022-01-01"}));
    let before = noted(&town).await;
    let gaps = async |known: &str| {
        let gaps =
            auditor.reads(&format!("/v1/maintenance-gaps?region_code={EAST}&on=2024-06-01{known}")).await;
        gaps["items"].as_array().unwrap().iter().map(|it| it["since"].clone()).collect::<Vec<_>>()
    };
    // Nobody kept it on any day, and whoever did is put on record over the very day.
    assert_eq!(gaps("").await, ["2021-07-01"]);
    let kept = id(&officer.creates("/v1/maintenance-assignments", keeps(&east, "2021-08-01")).await);
    assert_eq!(gaps("").await, Vec::<Value>::new());
    assert_eq!(gaps(&format!("&known_at={before}")).await, ["2021-07-01"]);
    let refused = changes(&path, json!({"to": null})).await;
    assert_eq!(refused.expect_problem(409, "conflict")["responsible_id"], json!(east));
    let on = auditor.reads(&format!("/v1/maintenance-assignments?asset_id={road}&as_of=2022-01-01")).await;
    assert_eq!(on["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [kept]);

    // So it is with how parties stand to each other.
    let path = format!("/v1/parties/{west}/relations");
    let stake = |share: &str| json!({"to_id": firm, "kind": "shareholder", "share": share, "period": {"from": "2022-01-01"}});
    let mistaken = format!("{path}/{}", id(&officer.creates(&path, stake("1")).await));
    let theirs = format!("/v1/parties/{east}/relations");
    officer.posts(&theirs, stake("1")).await.expect_problem(422, "share_exceeded");
    let never = changes(&mistaken, json!({"ended_on": "2022-01-01"})).await.expect(200);
    assert_eq!(never["period"], json!({"from": "2022-01-01", "to": "2022-01-01"}));
    officer.creates(&theirs, stake("1")).await;
    changes(&mistaken, json!({"ended_on": null})).await.expect_problem(422, "share_exceeded");
    let holders = auditor.reads(&format!("/v1/parties/{west}/relations?as_of=2022-01-01")).await;
    assert_eq!(holders["items"], json!([]));

    // An end is not taken back over the end of somebody else.
    let path = format!("/v1/parties/{west}/relations");
    let member =
        json!({"to_id": firm, "kind": "member", "period": {"from": "2022-01-01", "to": "2023-01-01"}});
    let member = format!("{path}/{}", id(&officer.creates(&path, member).await));
    let bridge = town.asset("public_welfare", "bridge", 60_000_000).await;
    let mut body = keeps(&west, "2022-01-01");
    body["asset_id"] = json!(bridge);
    body["period"]["to"] = json!("2023-01-01");
    let body = format!(
        "/v1/maintenance-assignments/{}",
        id(&officer.creates("/v1/maintenance-assignments", body).await)
    );
    changes(&format!("/v1/parties/{west}"), json!({"ended_on": "2024-01-01"})).await.expect(200);
    for (path, field) in [(&member, "ended_on"), (&body, "to")] {
        for day in [json!(null), json!("2024-02-01")] {
            let refused = changes(path, json!({field: day})).await;
            assert_eq!(refused.first_fault(), (format!("/{field}"), "party_ended".to_owned()), "{path}");
        }
        changes(path, json!({field: "2023-06-01"})).await.expect(200);
    }
    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

/// A person is recorded with a citizen number.
async fn person(town: &Town, name: &str, number: &str) -> String {
    let body = json!({"kind": "person", "name": name, "region_code": EAST,
        "identifier": {"scheme": "citizen_id", "value": number}});
    id(&town.officer().creates("/v1/parties", body).await)
}

pub async fn a_persons_data_are_corrected_and_then_erased_and_every_proof_holds(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor, county) = (town.officer(), town.auditor(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let tenant = person(&town, "王小农", "11010519491231002X").await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let spring = noted(&town).await;

    // The number was typed wrongly, and so was the name, and nothing rests on them yet: what was said before is still known as it was said.
    let (path, rights) =
        (format!("/v1/parties/{tenant}"), format!("/v1/assets/{shed}/rights?as_of=2025-06-01"));
    let seen = auditor.gets(&path).await;
    let right =
        json!({"name": "王晓农", "identifier": {"scheme": "citizen_id", "value": "440524188001010014"}});
    let patch = officer.request(reqwest::Method::PATCH, &path).header("If-Match", seen.header("etag"));
    let corrected = Answer::of(patch.json(&right)).await.expect(200);
    assert_eq!(corrected["identifier"]["value"], "440*************14");
    let wrong = officer.request(reqwest::Method::PATCH, &path).header("If-Match", "\"2\"");
    let wrong = wrong.json(&json!({"identifier": {"scheme": "citizen_id", "value": "440524188001010015"}}));
    let wrong = Answer::of(wrong).await.expect_problem(422, "validation_failed");
    assert_eq!(wrong["errors"][0]["pointer"], "/identifier/value");
    let then = auditor.reads(&format!("{path}?known_at={spring}")).await;
    assert_eq!(
        (&then["name"], &then["identifier"]["value"]),
        (&json!("王小农"), &json!("110*************2X"))
    );
    let again = json!({"kind": "person", "name": "另一人", "region_code": EAST,
        "identifier": {"scheme": "citizen_id", "value": "440524188001010014"}});
    officer.posts("/v1/parties", again).await.expect_problem(409, "already_registered");
    leased(&town, &shed, [&east, &tenant], "1", ["2025-01-01", "2026-01-01"], &minutes).await;
    let summer = noted(&town).await;
    let held = auditor.reads(&format!("{rights}&known_at={summer}")).await;
    let issued = certificate(&town, &shed).await;

    // Only the county erases, only a person, and only one who holds nothing any more.
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    let ask = format!("{path}/erasure");
    officer.posts(&ask, erasure.clone()).await.expect_problem(403, "permission_denied");
    let organisation = format!("/v1/parties/{east}/erasure");
    county.posts(&organisation, erasure.clone()).await.expect_problem(409, "conflict");
    let other = person(&town, "赵大农", "110105194912310038").await;
    leased(&town, &shed, [&east, &other], "1", ["2026-01-01", "2027-01-01"], &minutes).await;
    let holds = county.posts(&format!("/v1/parties/{other}/erasure"), erasure.clone()).await;
    assert_eq!(holds.expect_problem(409, "conflict")["asset_id"], shed);
    // Rent is still owed: whoever owes it must be known.
    let owes = county.posts(&ask, erasure.clone()).await.expect_problem(409, "conflict");
    let contract = owes["left"]["contract_ids"][0].clone();
    let rent = json!({"asset_id": shed, "contract_id": contract, "kind": "rent", "payer_id": tenant, "amount_fen": 9_000_000,
        "received_on": "2025-01-03", "period": {"from": "2025-01-01", "to": "2026-01-01"}});
    officer.creates("/v1/receipts", rent).await;
    let nowhere = json!({"ground": "other_law", "document_id": shed});
    let nowhere = county.posts(&ask, nowhere).await.expect_problem(422, "validation_failed");
    assert_eq!(nowhere["errors"][0]["pointer"], "/document_id");

    let left = county.posts(&ask, erasure.clone()).await.expect(200);
    assert_eq!((&left["name"], &left["identifier"]["value"]), (&json!("（已依法删除）"), &Value::Null));
    assert!(left["erased_at"].is_string());
    county.posts(&ask, erasure).await.expect_problem(409, "conflict");
    let patch = officer.request(reqwest::Method::PATCH, &path).header("If-Match", "\"3\"");
    Answer::of(patch.json(&json!({"name": "王晓农"}))).await.expect_problem(409, "conflict");
    for known in ["", &format!("?known_at={spring}"), &format!("?known_at={summer}")] {
        let told = auditor.reads(&format!("{path}{known}")).await.to_string();
        // Of the number no more than its region would be enough; an identifier may have three of its digits by chance.
        let numbered = told.contains("440524") || told.contains("440*");
        assert!(!told.contains("农") && !numbered && told.contains("已依法删除"), "{told}");
    }
    // All but the name is known as it was.
    let mut known = auditor.reads(&format!("{rights}&known_at={summer}")).await;
    assert_eq!(known["management"][0]["holder_name"], "（已依法删除）");
    known["management"][0]["holder_name"] = json!("王晓农");
    assert_eq!(known, held);
    // The number is free: whoever it belongs to can be recorded anew.
    person(&town, "王晓农", "440524188001010014").await;

    town.signed_size().await;
    let report = checked(&town, Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
    let journal = auditor.reads(&format!("/v1/journal?subject_id={tenant}&limit=100")).await.to_string();
    assert!(journal.contains("party_erased") && !journal.contains("晓农"), "{journal}");
    assert_eq!(checks(&town, issued["jws"].as_str().unwrap()).await["valid"], true);
}

pub async fn who_loses_by_a_correction_is_found_in_the_journal(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = json!({"asset_id": shed, "effective_on": "2022-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    // It was never east's, and west had it a year before.
    let correction = json!({"asset_id": shed, "right": "ownership", "effective_on": "2021-08-01",
        "holders": [{"holder_id": west, "share": "1"}], "reason": "权利人录入有误", "documents": [minutes],
        "decision": town.decided(&minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/corrections", correction).await;
    town.takes_through("corrections", &case).await;
    town.journal_size().await;
    let found = auditor.reads(&format!("/v1/journal?subject_id={east}&action=rights_moved&limit=10")).await;
    let cases: Vec<_> = found["items"].as_array().unwrap().iter().map(|it| &it["facts"]["case_id"]).collect();
    assert!(cases.contains(&&case["id"]), "{found}");
}
