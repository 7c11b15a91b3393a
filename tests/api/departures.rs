//! Parties come and go: who may be recorded under what number, and what must be settled before somebody leaves.

use serde_json::{Value, json};

use crate::{
    alterations::leased,
    house::Beside,
    town::{Answer, EAST, Engine, Town, WEST, id},
};

/// A citizen's number that passes the check character of credit codes as well.
const TWO_FACED: &str = "110105194912310118";

fn alike(number: &str) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1;
    let mut sum = 0;
    for byte in number.bytes().take(17) {
        sum += ALPHABET.iter().position(|it| *it == byte).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    char::from(ALPHABET[(31 - sum % 31) % 31]).to_string()
}

/// Numbers of citizens born on a day whose last character is that of a credit code as well.
fn two_faced() -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    (0..1000)
        .map(|sequence| {
            let body = format!("11010519491231{sequence:03}");
            let sum: u32 = body.bytes().zip(WEIGHTS).map(|(it, weight)| u32::from(it - b'0') * weight).sum();
            let check = b"10X98765432"[usize::try_from(sum % 11).unwrap()];
            format!("{body}{}", char::from(check))
        })
        .find(|it| it.ends_with(&alike(it)))
        .unwrap()
}

pub async fn a_persons_number_is_never_an_organisations_code(town: Town) {
    let officer = town.officer();
    let firm = |value: &str| {
        json!({"kind": "enterprise", "name": "惠农公司", "region_code": EAST,
            "identifier": {"scheme": "uscc", "value": value}})
    };
    let refused = |body: Value, code: &'static str| {
        let officer = &officer;
        async move {
            let problem = officer.posts("/v1/parties", body).await.expect_problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/identifier/value");
            assert_eq!(problem["errors"][0]["code"], code, "{problem}");
            problem.to_string()
        }
    };
    let number = two_faced();
    let said = refused(firm(&number), "citizen_number").await;
    assert!(!said.contains(&number), "{said}");
    refused(firm(TWO_FACED), "citizen_number").await;
    // 14 is no kind of body that the establishment office registers.
    refused(firm("14350100M000100Y43"), "unknown_registration").await;
    officer.creates("/v1/parties", firm("91350100M000100Y43")).await;

    let today = (town.clock.now() + chrono::TimeDelta::hours(8)).date_naive();
    let person = |born: chrono::NaiveDate| {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let body = format!("110105{}002", born.format("%Y%m%d"));
        let sum: u32 = body.bytes().zip(WEIGHTS).map(|(it, weight)| u32::from(it - b'0') * weight).sum();
        let check = char::from(b"10X98765432"[usize::try_from(sum % 11).unwrap()]);
        json!({"kind": "person", "name": "王小农", "region_code": EAST,
            "identifier": {"scheme": "citizen_id", "value": format!("{body}{check}")}})
    };
    refused(person(today.succ_opt().unwrap()), "in_future").await;
    officer.creates("/v1/parties", person(today)).await;
}

pub async fn a_city_without_counties_is_registered_down_to_its_villages(town: Town) {
    let administrator = town.actor("administrator");
    let region = |code: &str, name: &str| json!({"code": code, "name": name});
    let street = region("441900003000", "东城街道");
    let orphan = administrator.posts("/v1/regions", street.clone()).await;
    assert_eq!(orphan.expect_problem(422, "validation_failed")["errors"][0]["code"], "unknown_region");
    for (code, name, level) in [
        ("440000000000", "广东省", "province"),
        ("441900000000", "东莞市", "city"),
        ("441900003000", "东城街道", "township"),
        ("441900003001", "岗贝社区", "village"),
    ] {
        assert_eq!(administrator.creates("/v1/regions", region(code, name)).await["level"], level);
    }
    let below = administrator.reads("/v1/regions?prefix=4419&limit=10").await;
    let codes: Vec<_> = below["items"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["441900000000", "441900003000", "441900003001"]);
    // Elsewhere a township has a county.
    let wrong = administrator.posts("/v1/regions", region("130800003000", "某镇")).await;
    wrong.expect_problem(422, "validation_failed");
    // Who has the city has its villages.
    let clerk = town.user_in("dongguan", &["township_officer"], "441900000000", None).await;
    let party = json!({"kind": "village_collective", "name": "岗贝股份经济联合社", "region_code": "441900003001",
        "identifier": {"scheme": "none"}});
    town.somebody(Some(&clerk)).creates("/v1/parties", party).await;
}

/// Takes a case through its steps up to one.
async fn goes_up_to(town: &Town, kind: &str, case: &Value, last: &str) -> Value {
    let mut case = case.clone();
    while let Some(step) = case["next_step"].as_str().filter(|it| *it != last).map(str::to_owned) {
        case = town.decides(kind, &case, &step).await.expect(200);
    }
    case
}

/// A lease of a whole asset.
fn lease(town: &Town, asset: &str, from: &str, to: &str, minutes: &str) -> Value {
    json!({
        "right": "management", "effective_on": "2026-01-01", "term": {"from": "2026-01-01", "to": "2027-01-01"},
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2026-01-01", "amount_fen": 720_000}]},
        "decision": town.decided(minutes),
    })
}

pub async fn nobody_is_erased_who_is_about_to_be_given_something(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let tenant = town.party("household", "王小农", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    let ask = format!("/v1/parties/{tenant}/erasure");

    // A draft reserves nothing; what is under way does.
    let case = officer.creates("/v1/transfers", lease(&town, &shed, &east, &tenant, &minutes)).await;
    county.posts(&format!("{ask}?dry_run=true"), erasure.clone()).await.expect(200);
    let case = goes_up_to(&town, "transfers", &case, "execute").await;
    let held = county.posts(&ask, erasure.clone()).await.expect_problem(409, "conflict");
    assert_eq!(held["left"]["case_ids"], json!([case["id"]]), "{held}");
    assert_eq!(held["left"]["asset_ids"], json!([]));

    town.takes_through("transfers", &case).await;
    let held = county.posts(&ask, erasure.clone()).await.expect_problem(409, "conflict");
    assert_eq!(held["left"]["asset_ids"], json!([shed]));
    assert_eq!(held["asset_id"], shed);
    assert_eq!(held["left"]["contract_ids"].as_array().unwrap().len(), 1);

    // A mortgage, and the upkeep of a road, are held as well.
    let keeper = town.party("person", "赵大农", EAST).await;
    let road = town.asset("public_welfare", "road", 60_000_000).await;
    let mortgage = json!({"asset_id": road, "kind": "transfer_ban", "holder_id": keeper, "period": {"from": "2022-01-01"}});
    let mortgage = id(&officer.creates("/v1/restrictions", mortgage).await);
    let upkeep = json!({"asset_id": road, "responsible_id": keeper, "mode": "self_managed", "duties": "养护",
        "period": {"from": "2021-08-01"}, "inspect_every_days": 90});
    let upkeep = id(&officer.creates("/v1/maintenance-assignments", upkeep).await);
    let ask = format!("/v1/parties/{keeper}/erasure");
    let held = county.posts(&ask, erasure.clone()).await.expect_problem(409, "conflict");
    assert_eq!(
        (&held["left"]["restriction_ids"], &held["left"]["assignment_ids"]),
        (&json!([mortgage]), &json!([upkeep]))
    );

    // Once erased, nobody is given anything, by whatever act.
    let gone = town.party("household", "李小农", EAST).await;
    let barn = town.shed_of(&east, &minutes).await;
    let drafted = officer.creates("/v1/transfers", lease(&town, &barn, &east, &gone, &minutes)).await;
    county.posts(&format!("/v1/parties/{gone}/erasure"), erasure).await.expect(200);
    let submitted = town.decides("transfers", &drafted, "submit").await;
    let refused = submitted.expect_problem(409, "conflict");
    assert_eq!(refused["errors"][0]["code"], "party_erased", "{refused}");
    let contract = json!({"asset_ids": [barn], "lessor_id": east, "lessee_id": gone,
        "term": {"from": "2022-01-01"}, "schedule": [{"due_on": "2022-01-01", "amount_fen": 1}]});
    let seizure =
        json!({"asset_id": barn, "kind": "seizure", "holder_id": gone, "period": {"from": "2022-01-01"}});
    let upkeep = json!({"asset_id": barn, "responsible_id": gone, "mode": "self_managed", "duties": "养护",
        "period": {"from": "2021-08-01"}, "inspect_every_days": 90});
    for (path, body) in
        [("/v1/contracts", contract), ("/v1/restrictions", seizure), ("/v1/maintenance-assignments", upkeep)]
    {
        let refused = officer.posts(path, body).await.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["code"], "party_erased", "{path}");
    }
}

pub async fn a_village_that_ends_leaves_nothing_or_names_its_successor(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let other = town.party("village_collective", "北村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let proceeds = json!({"asset_id": shed, "kind": "compensation", "payer_id": firm, "amount_fen": 5000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", proceeds).await;

    let path = format!("/v1/parties/{east}");
    let county = town.actor("county_approver");
    let ends = |body: Value| {
        let (county, path) = (&county, &path);
        async move {
            let tag = county.gets(path).await.header("etag").to_owned();
            county.patches(path, Some(&tag), body).await
        }
    };
    let held = ends(json!({"ended_on": "2025-06-01"})).await.expect_problem(409, "conflict");
    assert_eq!(held["left"]["asset_ids"], json!([shed]));
    assert_eq!(held["left"]["accounts"][0]["balance_fen"], 5000);
    for (body, code) in [
        (json!({"successor_id": west}), "not_applicable"),
        (json!({"ended_on": "2025-06-01", "successor_id": east}), "contradicts"),
        (json!({"ended_on": "2025-06-01", "successor_id": shed}), "not_found"),
    ] {
        let refused = ends(body).await.expect_problem(422, "validation_failed");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!("/successor_id"), &json!(code))
        );
    }
    let ended = ends(json!({"ended_on": "2025-06-01", "successor_id": west})).await.expect(200);
    assert_eq!((&ended["ended_on"], &ended["successor_id"]), (&json!("2025-06-01"), &json!(west)));

    // What it owned can leave it: to its successor, and to nobody else.
    let gift = |to: &str| {
        json!({
            "right": "ownership", "effective_on": "2025-07-01", "documents": [minutes],
            "lots": [{"asset_id": shed, "from_id": east, "to_id": to, "share": "1"}],
            "consideration": {"kind": "none"}, "decision": town.decided(&minutes),
        })
    };
    let refused = officer.posts("/v1/transfers", gift(&other)).await.expect_problem(422, "validation_failed");
    assert_eq!(
        (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
        (&json!("/lots/0/from_id"), &json!("only_to_successor"))
    );
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("to_id") && detail.contains("西村") && !detail.contains(&west), "{detail}");
    let case = officer.creates("/v1/transfers", gift(&west)).await;
    town.takes_through("transfers", &case).await;
    let rights = auditor.reads(&format!("/v1/assets/{shed}/rights")).await;
    assert_eq!(rights["ownership"][0]["holder_id"], json!(west));
    // Nothing comes to it any more.
    let back = json!({
        "right": "ownership", "effective_on": "2025-08-01", "documents": [minutes],
        "lots": [{"asset_id": shed, "from_id": west, "to_id": east, "share": "1"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes),
    });
    let refused = officer.posts("/v1/transfers", back).await.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "party_ended");
    // Whoever holds nothing ends by itself.
    let tag = officer.gets(&format!("/v1/parties/{other}")).await.header("etag").to_owned();
    let ended = json!({"ended_on": "2025-06-01"});
    officer.patches(&format!("/v1/parties/{other}"), Some(&tag), ended).await.expect(200);
}

pub async fn whoever_is_erased_or_ends_at_the_same_moment_gets_nothing(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county, auditor) = (town.officer(), town.actor("county_approver"), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    for round in 0..6 {
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
        let tenant =
            town.party(if round % 2 == 0 { "household" } else { "cooperative" }, "王小农", EAST).await;
        let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": tenant,
            "term": {"from": "2022-01-01"}, "schedule": [{"due_on": "2030-01-01", "amount_fen": 1}]});
        let leave = async {
            if round % 2 == 0 {
                let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
                county.posts(&format!("/v1/parties/{tenant}/erasure"), erasure).await.status
            } else {
                let ended = json!({"ended_on": "2022-01-01"});
                officer.patches(&format!("/v1/parties/{tenant}"), Some("\"1\""), ended).await.status
            }
        };
        let (left, bound) =
            futures_util::join!(leave, async { officer.posts("/v1/contracts", contract).await.status });
        assert!(matches!((left, bound), (200, 422) | (409, 201)), "{round}: {left} {bound}");
        let contracts = auditor.reads(&format!("/v1/contracts?asset_id={shed}")).await;
        assert_eq!(contracts["items"].as_array().unwrap().len(), usize::from(bound == 201));
    }
}

/// A change of a party as it is now.
pub async fn changes(town: &Town, role: &str, party: &str, body: Value) -> Answer {
    let path = format!("/v1/parties/{party}");
    let tag = town.auditor().gets(&path).await.header("etag").to_owned();
    town.actor(role).patches(&path, Some(&tag), body).await
}

#[track_caller]
fn is_at(refused: Answer, pointer: &str, code: &str) {
    assert_eq!(refused.first_fault(), (pointer.to_owned(), code.to_owned()));
}

pub async fn what_a_village_owns_waits_for_a_public_successor_who_stays(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let north = town.party("village_collective", "北村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let to = |successor: &str| json!({"ended_on": "2025-06-01", "successor_id": successor});

    // The village's own clerk does not say who takes what it owns; nor does a firm take it.
    let clerk = town.user_in("clerk-of-east", &["village_clerk"], EAST, None).await;
    let clerk = town.somebody(Some(&clerk));
    let refused = clerk.patches(&format!("/v1/parties/{east}"), Some("\"1\""), to(&west)).await;
    refused.expect_problem(403, "out_of_scope");
    is_at(changes(&town, "township_officer", &east, to(&firm)).await, "/successor_id", "wrong_kind");
    let tomorrow = json!({"ended_on": "2999-01-01", "successor_id": west});
    is_at(changes(&town, "township_officer", &east, tomorrow).await, "/ended_on", "in_future");
    // It was there for as long as it was given something.
    let before = json!({"ended_on": "2020-01-01", "successor_id": west});
    let refused = changes(&town, "township_officer", &east, before).await.expect_problem(409, "conflict");
    assert_eq!(refused["left"]["asset_ids"], json!([shed]), "{refused}");

    // Who takes it, one person of the township does not say alone.
    changes(&town, "township_officer", &east, to(&west)).await.expect_problem(403, "permission_denied");
    changes(&town, "county_approver", &east, to(&west)).await.expect(200);
    // Whoever succeeds to it stays as long as something waits for it.
    let refused = changes(&town, "township_officer", &west, json!({"ended_on": "2025-07-01"})).await;
    let refused = refused.expect_problem(409, "conflict");
    assert_eq!(refused["left"]["predecessor_ids"], json!([east]), "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("still hold first") && !detail.contains("may name its successor"), "{detail}");
    let refused = changes(&town, "township_officer", &west, to(&east)).await;
    is_at(refused, "/successor_id", "party_ended");
    // Another successor, or none any more: then it has to leave nothing.
    changes(&town, "county_approver", &east, json!({"successor_id": north})).await.expect(200);
    let refused = changes(&town, "county_approver", &east, json!({"successor_id": null})).await;
    refused.expect_problem(409, "conflict");
    changes(&town, "township_officer", &west, json!({"ended_on": "2025-07-01"})).await.expect(200);
    changes(&town, "township_officer", &east, json!({"ended_on": null}))
        .await
        .expect_problem(403, "permission_denied");
    let alive = changes(&town, "county_approver", &east, json!({"ended_on": null})).await.expect(200);
    assert_eq!((&alive["ended_on"], &alive["successor_id"]), (&Value::Null, &Value::Null));
    officer.reads(&format!("/v1/assets/{shed}/rights")).await;
}

pub async fn nothing_is_laid_on_a_party_beyond_its_end(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let gone = town.party("household", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let barn = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    changes(&town, "township_officer", &gone, json!({"ended_on": "2025-06-01"})).await.expect(200);

    let contract = |to: &str| {
        json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": gone,
            "term": {"from": "2022-01-01", "to": to}, "schedule": [{"due_on": "2022-01-01", "amount_fen": 1}]})
    };
    let restriction = |to: &str| {
        json!({"asset_id": shed, "kind": "mortgage", "holder_id": gone, "document_id": minutes,
            "period": {"from": "2022-01-01", "to": to}})
    };
    let relation =
        |to: &str| json!({"to_id": east, "kind": "member", "period": {"from": "2022-01-01", "to": to}});
    let related = format!("/v1/parties/{gone}/relations");
    is_at(officer.posts("/v1/contracts", contract("2025-06-02")).await, "/lessee_id", "party_ended");
    is_at(officer.posts("/v1/restrictions", restriction("2025-06-02")).await, "/holder_id", "party_ended");
    is_at(officer.posts(&related, relation("2025-06-02")).await, "/period/to", "party_ended");
    let registration = json!({"asset_id": barn, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": gone, "share": "1"}], "decision": town.decided(&minutes)});
    is_at(officer.posts("/v1/registrations", registration).await, "/ownership/0/holder_id", "party_ended");
    // What ended with it can be recorded.
    officer.creates("/v1/contracts", contract("2025-06-01")).await;
    officer.creates("/v1/restrictions", restriction("2025-06-01")).await;
    officer.creates(&related, relation("2025-06-01")).await;
    let early = json!({"to_id": east, "kind": "member", "period": {"from": "2900-01-01"}});
    let of_firm = format!("/v1/parties/{firm}/relations");
    is_at(officer.posts(&of_firm, early).await, "/period/from", "too_late");
    let early =
        json!({"asset_id": shed, "kind": "seizure", "holder_id": firm, "period": {"from": "2900-01-01"}});
    is_at(officer.posts("/v1/restrictions", early).await, "/period/from", "too_late");

    // Nobody is paid who is not there any more, and nobody pays whose data are gone.
    let compensation = json!({"asset_id": shed, "kind": "compensation", "payer_id": firm, "amount_fen": 5000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", compensation.clone()).await;
    let accounts = town.auditor().reads(&format!("/v1/accounts?party_id={east}")).await;
    let pay = format!("/v1/accounts/{}/payments", id(&accounts["items"][0]));
    let payment = json!({"purpose": "roof_repair", "payee_id": gone, "amount_fen": 1, "paid_on": "2025-06-01",
        "document_id": minutes});
    is_at(officer.posts(&pay, payment).await, "/payee_id", "party_ended");
    let erased = town.party("person", "赵大农", EAST).await;
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    county.posts(&format!("/v1/parties/{erased}/erasure"), erasure).await.expect(200);
    let mut unknown = compensation;
    unknown["payer_id"] = json!(erased);
    is_at(officer.posts("/v1/receipts", unknown).await, "/payer_id", "party_erased");
}

pub async fn income_that_comes_after_its_holder_goes_to_who_succeeds_or_is_kept_unclaimed(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county, auditor) = (town.officer(), town.actor("county_approver"), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let north = town.party("village_collective", "北村股份经济合作社", WEST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let gone = town.party("household", "王小农", EAST).await;
    let closed = town.party("enterprise", "惠民公司", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let quarter = |holder: &str| {
        let term = json!({"from": "2021-08-01", "to": "2031-08-01"});
        json!({"holder_id": holder, "share": "1/4", "term": term})
    };
    let registration = json!({"asset_id": shed, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes),
        "income": [quarter(&gone), quarter(&north), quarter(&closed)]});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let correction = json!({"asset_id": shed, "right": "income", "effective_on": "2025-01-01",
        "until": "2031-08-01", "holders": [{"holder_id": east, "share": "1"}], "reason": "收益权期满", "documents": [minutes],
        "owner_consent_id": minutes, "decision": town.decided(&minutes), "recorded_late": town.late()});
    let case = officer.creates("/v1/corrections", correction).await;
    if case["outcome"] == "block" {
        panic!("{case}");
    }
    town.takes_through("corrections", &case).await;
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    county.posts(&format!("/v1/parties/{gone}/erasure"), erasure).await.expect(200);
    changes(&town, "township_officer", &closed, json!({"ended_on": "2025-06-01"})).await.expect(200);
    let succeeded = json!({"ended_on": "2025-06-01", "successor_id": west});
    changes(&town, "county_approver", &north, succeeded).await.expect(200);

    // The rent of a year in which all of them held their part comes in late.
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1001,
        "received_on": "2025-07-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", rent).await;
    let plan = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/distributions", plan).await;
    town.takes_through("distributions", &case).await;
    let case = auditor.reads(&format!("/v1/distributions/{}", id(&case))).await;
    let lines = case["plan"]["lines"].as_array().or(case["lines"].as_array()).unwrap().clone();
    let of = |party: &str, ground: &str| -> i64 {
        let its = lines.iter().filter(|it| it["party_id"] == party && it["because"]["ground"] == ground);
        its.map(|it| it["amount_fen"].as_i64().unwrap()).sum()
    };
    let (own, unclaimed, succeeded) =
        (of(&east, "income_right"), of(&east, "unclaimed"), of(&west, "income_right"));
    assert_eq!(own + unclaimed + succeeded, 1001, "{case}");
    assert!((500..=501).contains(&unclaimed) && (250..=251).contains(&succeeded), "{case}");
    assert!(lines.iter().all(|it| it["party_id"] == json!(east) || it["party_id"] == json!(west)), "{case}");
    let kept = lines.iter().find(|it| it["because"]["ground"] == "unclaimed").unwrap();
    // It is held apart, for whom it is due to, and nobody spends it; which the notice says.
    assert_eq!(kept["purpose"], "unclaimed");
    let account = format!("/v1/accounts/{}", kept["account_id"].as_str().unwrap());
    let held = auditor.reads(&account).await;
    assert_eq!((&held["balance_fen"], &held["purpose"]), (&json!(unclaimed), &json!("unclaimed")), "{held}");
    let payment = json!({"purpose": "roof_repair", "payee_id": firm, "amount_fen": 1, "paid_on": town.today(),
        "document_id": minutes});
    let refused =
        officer.posts(&format!("{account}/payments"), payment).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("keeps what others are due"), "{refused}");
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    let text = notice["content"]["text"]["zh"].as_str().unwrap();
    assert!(text.contains("东村股份经济合作社，无人领取的收益，为权利人代存，不得支出"), "{text}");
}

pub async fn nobody_decides_after_its_end(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    changes(&town, "county_approver", &east, json!({"ended_on": "2025-06-01", "successor_id": west}))
        .await
        .expect(200);
    let gift = |decided_on: &str| {
        let mut decision = town.decided(&minutes);
        decision["decided_on"] = json!(decided_on);
        json!({"right": "ownership", "effective_on": "2025-07-01", "documents": [minutes], "recorded_late": town.late(),
            "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1"}],
            "consideration": {"kind": "none"}, "decision": decision})
    };
    // From its end on whoever succeeds to it decides in its place.
    for (by, decided_on, wanted) in [
        (Some(&east), "2025-06-01", json!(["L15"])),
        (Some(&east), "2025-06-20", json!(["L15"])),
        (Some(&east), "2025-05-31", json!([])),
        (Some(&west), "2025-06-01", json!([])),
        (Some(&west), "2025-05-31", json!(["L15"])),
        (None, "2025-05-31", json!([])),
        (None, "2025-06-20", json!([])),
    ] {
        let mut gift = gift(decided_on);
        if let Some(by) = by {
            gift["decision"]["by_id"] = json!(by);
        }
        let case = officer.creates("/v1/transfers", gift).await;
        let rules: Vec<_> =
            case["findings"].as_array().unwrap().iter().map(|it| it["rule"].clone()).collect();
        assert_eq!(json!(rules), wanted, "{decided_on}: {case}");
    }
    let mut gift_of_heir = gift("2025-06-20");
    gift_of_heir["decision"]["by_id"] = json!(west);
    let case = officer.creates("/v1/transfers", gift_of_heir).await;
    town.takes_through("transfers", &case).await;
    let notices = town.somebody(None).reads(&format!("/v1/notices?case_id={}", id(&case))).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notices["items"][0]))).await;
    assert_eq!(notice["content"]["decisions"][0]["by"]["name"], "西村股份经济合作社", "{notice}");
    // Nor before there was anything to decide about.
    for path in ["/v1/transfers", "/v1/transfers/check"] {
        let early = officer.posts(path, gift("1983-01-01")).await;
        assert_eq!(early.first_fault(), ("/decision/decided_on".to_owned(), "before_asset".to_owned()));
    }
    // Of whom else data are erased, and what goes with the end of a party, the refusals say.
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    let refused =
        county.posts(&format!("/v1/parties/{west}/erasure"), erasure).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("household"), "{refused}");
    let path = format!("/v1/parties/{west}");
    let tag = officer.gets(&path).await.header("etag").to_owned();
    let clerk = town.officer().in_chinese();
    let refused = clerk.patches(&path, Some(&tag), json!({"successor_id": east})).await;
    let refused = refused.expect_problem(422, "validation_failed");
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("一并填写") && detail.contains("ended_on") && !detail.contains("missing"),
        "{detail}"
    );
}

pub async fn nobody_leaves_while_income_of_their_days_is_not_distributed(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let tenant = town.party("household", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    let registration = json!({"asset_id": shed, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes),
        "income": [{"holder_id": east, "share": "1/2"}, {"holder_id": tenant, "share": "1/2"}]});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let rent = id(&officer.creates("/v1/receipts", rent).await);
    let correction = json!({"asset_id": shed, "right": "income", "effective_on": "2025-01-01",
        "holders": [{"holder_id": east, "share": "1"}], "reason": "收益权期满", "documents": [minutes],
        "owner_consent_id": minutes,
        "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/corrections", correction).await;
    town.takes_through("corrections", &case).await;

    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    let held = county.posts(&format!("/v1/parties/{tenant}/erasure"), erasure).await;
    let held = held.expect_problem(409, "conflict");
    assert_eq!(held["left"]["receipt_ids"], json!([rent]), "{held}");
    assert_eq!(held["left"]["asset_ids"], json!([]), "{held}");
}

pub async fn nobody_is_related_to_whoever_ends_at_that_moment(town: Town) {
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    // Whoever ends the firm has begun, and is not through yet.
    let mut beside = Beside::of(&town);
    let row = match town.engine {
        Engine::Sqlite => format!("x'{}'", firm.replace('-', "")),
        Engine::Postgres => format!("'{firm}'"),
    };
    match town.engine {
        Engine::Sqlite => beside.execute("begin immediate").unwrap(),
        Engine::Postgres => {
            beside.execute("begin").unwrap();
            beside.execute(&format!("select 1 from parties where id = {row} for update")).unwrap()
        }
    };
    beside.execute(&format!("update parties set ended_on = '2025-01-01' where id = {row}")).unwrap();
    let stake =
        json!({"to_id": firm, "kind": "shareholder", "share": "1/3", "period": {"from": "2024-01-01"}});
    let path = format!("/v1/parties/{east}/relations");
    let ends = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        beside.execute("commit").unwrap();
    };
    let (related, ()) = futures_util::future::join(officer.posts(&path, stake), ends).await;
    let refused = related.expect_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "/to_id", "{refused}");
}

pub async fn nobody_alone_makes_another_of_whoever_holds_something(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let clerk = town.user_in("clerk-of-east", &["village_clerk"], EAST, None).await;
    let clerk = town.somebody(Some(&clerk));
    let minutes = town.document().await;
    let recorded = |kind: &str, name: &str, scheme: &str, value: &str| json!({"kind": kind, "name": name, "region_code": EAST, "identifier": {"scheme": scheme, "value": value}});
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let grower = id(&clerk
        .creates("/v1/parties", recorded("household", "王小农", "citizen_id", "11010519491231002X"))
        .await);
    let firm = id(&clerk
        .creates("/v1/parties", recorded("enterprise", "惠农公司", "uscc", "91350100M000100Y43"))
        .await);
    let patched = async |who: &crate::town::Actor<'_>, party: &str, body: Value| {
        let path = format!("/v1/parties/{party}");
        let tag = auditor.gets(&path).await.header("etag").to_owned();
        who.patches(&path, Some(&tag), body).await
    };
    let county = town.actor("county_approver");
    // As long as nothing rests on it, a slip is put right at once.
    let other = json!({"name": "惠农农业公司"});
    patched(&clerk, &firm, other).await.expect(200);

    let home = town.asset("household", "courtyard", 1_000_000).await;
    town.registers(&home, &minutes, json!([{"holder_id": grower, "share": "1"}])).await;
    let shed = town.shed_of(&east, &minutes).await;
    let drafted = officer.creates("/v1/transfers", lease(&town, &shed, &east, &firm, &minutes)).await;
    let drafted = goes_up_to(&town, "transfers", &drafted, "close_notice").await;

    let swaps = [
        (
            &grower,
            json!({"name": "赵六", "identifier": {"scheme": "citizen_id", "value": "110105194912310070"}}),
        ),
        (&grower, json!({"name": "赵六"})),
        (&firm, json!({"identifier": {"scheme": "uscc", "value": "91350100M000100738"}})),
        (&firm, json!({"name": "绿源公司"})),
        (&firm, json!({"identifier": {"scheme": "none"}})),
        (&east, json!({"name": "张三股份经济合作社"})),
    ];
    for (party, body) in swaps {
        for who in [&clerk, &officer] {
            let answer = patched(who, party, body.clone()).await;
            if answer.status == 422 {
                panic!("{body}: {}", answer.expect(422));
            }
            let refused = answer.expect_problem(409, "conflict");
            let rests = refused["resting"].as_object().unwrap();
            assert!(rests.values().any(|it| it != &json!([])), "{refused}");
        }
        // The county renames, since names do change; what identifies somebody it does not change either.
        if body.get("identifier").is_some() {
            patched(&county, party, body).await.expect_problem(409, "conflict");
        }
    }
    let rights = auditor.reads(&format!("/v1/assets/{home}/rights")).await;
    assert_eq!(rights["ownership"][0]["holder_name"], "王小农");
    // What is missing is filled in, and what is there stays what it is.
    let known = json!({"identifier": {"scheme": "uscc", "value": "N2130726MF00000060"}});
    let filled = patched(&officer, &east, known.clone()).await.expect(200);
    assert_eq!(filled["identifier"]["value"], "N2130726MF00000060");
    patched(&officer, &east, known).await.expect(200);
    let renamed = patched(&county, &grower, json!({"name": "王大农"})).await.expect(200);
    assert_eq!(renamed["name"], "王大农");
    patched(&county, &firm, json!({"name": "惠农集团"})).await.expect(200);
    town.decides("transfers", &drafted, "close_notice").await.expect(200);
    town.decides("transfers", &drafted, "approve").await.expect_problem(409, "conflict");
    // Whoever recorded it does not rename it, whatever else they may do.
    let own = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let own = id(&county.creates("/v1/parties", own).await);
    let barn = town.asset("operating", "greenhouse", 12_000_000).await;
    let seizure =
        json!({"asset_id": barn, "kind": "seizure", "holder_id": own, "period": {"from": "2022-01-01"}});
    officer.creates("/v1/restrictions", seizure).await;
    patched(&county, &own, json!({"name": "乙公司"})).await.expect_problem(409, "conflict");
}

pub async fn what_was_paid_to_a_successor_stays_with_it_and_is_told(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let county = town.actor("county_approver");
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let heir = town.party("enterprise", "惠民公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let registration = json!({"asset_id": shed, "effective_on": "2021-08-01", "documents": [minutes],
        "ownership": [{"holder_id": east, "share": "1"}], "decision": town.decided(&minutes),
        "income": [{"holder_id": firm, "share": "1", "term": {"from": "2021-08-01", "to": "2031-08-01"}}]});
    let case = officer.creates("/v1/registrations", registration).await;
    town.takes_through("registrations", &case).await;
    let rent = json!({"asset_id": shed, "kind": "rent", "payer_id": heir, "amount_fen": 1001,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    officer.creates("/v1/receipts", rent).await;

    let ended = json!({"ended_on": town.today(), "successor_id": heir});
    changes(&town, "township_officer", &firm, ended.clone()).await.expect_problem(403, "permission_denied");
    // Nor does an approver who recorded whom it names.
    let own = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let own = id(&county.creates("/v1/parties", own).await);
    let to_own = json!({"ended_on": town.today(), "successor_id": own});
    changes(&town, "county_approver", &firm, to_own).await.expect_problem(409, "four_eyes");
    changes(&town, "county_approver", &firm, ended.clone()).await.expect(200);
    // As long as nothing was done by it, it can be undone.
    changes(&town, "county_approver", &firm, json!({"ended_on": null})).await.expect(200);
    changes(&town, "county_approver", &firm, ended).await.expect(200);

    let plan = json!({"asset_ids": [shed], "period": {"from": "2024-01-01", "to": "2025-01-01"},
        "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/distributions", plan).await;
    let case = id(&case);
    let drafted = auditor.reads(&format!("/v1/distributions/{case}")).await;
    let lines = drafted["plan"]["lines"].as_array().or(drafted["lines"].as_array()).unwrap().clone();
    assert_eq!(lines.len(), 1, "{drafted}");
    assert_eq!((&lines[0]["party_id"], &lines[0]["because"]["successor_of"]), (&json!(heir), &json!([firm])));
    town.takes_through("distributions", &drafted).await;
    let notice = town.somebody(None).reads(&format!("/v1/notices?case_id={case}")).await["items"][0].clone();
    let notice = town.somebody(None).reads(&format!("/v1/notices/{}", id(&notice))).await;
    let content = &notice["content"];
    assert_eq!(content["income"]["lines"][0]["successor_of"][0]["name"], "惠农公司", "{notice}");
    assert!(content["text"]["zh"].as_str().unwrap().contains("分配：惠民公司（承继惠农公司）"), "{content}");

    for undone in [json!({"ended_on": null}), json!({"successor_id": own}), json!({"successor_id": null})] {
        let refused = changes(&town, "county_approver", &firm, undone).await.expect_problem(409, "conflict");
        assert_eq!(refused["case_ids"], json!([case]), "{refused}");
    }
}

pub async fn what_one_that_ended_still_gets_or_holds_is_its_heirs(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let family = town.party("household", "王小农", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let compensation = |amount: i64| {
        json!({"asset_id": shed, "kind": "compensation", "payer_id": firm, "amount_fen": amount,
            "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}})
    };
    officer.creates("/v1/receipts", compensation(5000)).await;

    // What people leave goes to people.
    let to_firm = json!({"ended_on": "2025-06-01", "successor_id": firm});
    is_at(changes(&town, "county_approver", &family, to_firm).await, "/successor_id", "wrong_kind");

    let to_west = json!({"ended_on": "2025-06-01", "successor_id": west});
    changes(&town, "county_approver", &east, to_west).await.expect(200);
    // Whoever could not say it does not take it back.
    let undone = json!({"ended_on": null, "successor_id": null});
    changes(&town, "township_officer", &east, undone).await.expect_problem(403, "permission_denied");

    let proceeds = |party: &str| format!("/v1/accounts?party_id={party}&purpose=disposal_proceeds");
    let account = id(&auditor.reads(&proceeds(&east)).await["items"][0]);
    let pays = async |payee: &str| {
        let payment = json!({"purpose": "handed_over", "payee_id": payee, "amount_fen": 5000, "paid_on": town.today(),
            "document_id": minutes});
        officer.posts(&format!("/v1/accounts/{account}/payments"), payment).await
    };
    let refused = pays(&firm).await.expect_problem(409, "conflict");
    assert_eq!(refused["successor_id"], json!(west), "{refused}");
    pays(&west).await.expect(201);
    officer.creates("/v1/receipts", compensation(700)).await;
    let of_heir = auditor.reads(&proceeds(&west)).await;
    assert_eq!(of_heir["items"][0]["balance_fen"], json!(700), "{of_heir}");
}

pub async fn a_party_was_there_for_as_long_as_it_took_something_on(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let heir = town.party("enterprise", "惠民公司", EAST).await;
    for (kind, body, left) in [
        (
            "maintenance-assignments",
            json!({"asset_id": shed, "mode": "entrusted", "duties": "养护",
            "inspect_every_days": 90, "period": {"from": "2026-01-01"}}),
            "assignment_ids",
        ),
        (
            "contracts",
            json!({"asset_ids": [shed], "lessor_id": east, "term": {"from": "2026-01-01", "to": "2027-01-01"},
            "schedule": [{"due_on": "2026-01-01", "amount_fen": 9}]}),
            "contract_ids",
        ),
        (
            "restrictions",
            json!({"asset_id": shed, "kind": "mortgage", "amount_fen": 100, "document_id": minutes,
            "period": {"from": "2026-01-01"}}),
            "restriction_ids",
        ),
        (
            "relations",
            json!({"to_id": east, "kind": "member", "period": {"from": "2026-01-01"}}),
            "relation_ids",
        ),
    ] {
        let firm = town.party("enterprise", "惠农公司", EAST).await;
        let (mut body, path) = (
            body,
            match kind {
                "relations" => format!("/v1/parties/{firm}/relations"),
                _ => format!("/v1/{kind}"),
            },
        );
        let whose = match kind {
            "maintenance-assignments" => Some("responsible_id"),
            "contracts" => Some("lessee_id"),
            "restrictions" => Some("holder_id"),
            _ => None,
        };
        if let Some(whose) = whose {
            body[whose] = json!(firm);
        }
        let made = officer.creates(&path, body).await;
        let ends = json!({"ended_on": "2025-01-01", "successor_id": heir});
        let refused =
            changes(&town, "county_approver", &firm, ends.clone()).await.expect_problem(409, "conflict");
        assert_eq!(refused["left"][left], json!([id(&made)]), "{kind}: {refused}");
        // What never was does not bind it.
        let never = match kind {
            "maintenance-assignments" => Some((format!("{path}/{}", id(&made)), json!({"to": "2026-01-01"}))),
            "restrictions" => Some((format!("{path}/{}", id(&made)), json!({"released_on": "2026-01-01"}))),
            "relations" => Some((format!("{path}/{}", id(&made)), json!({"ended_on": "2026-01-01"}))),
            _ => None,
        };
        if let Some((path, body)) = never {
            let tag = officer.gets(&path).await.header("etag").to_owned();
            // What somebody else recorded, no other clerk says never was.
            if kind != "restrictions" {
                let clerk = town.actor("village_clerk");
                clerk.patches(&path, Some(&tag), body.clone()).await.expect_problem(403, "permission_denied");
            }
            // And nothing is done where it is only rehearsed.
            let rehearsed = officer.patches(&format!("{path}?dry_run=true"), Some(&tag), body.clone()).await;
            assert_eq!((rehearsed.status, rehearsed.header("dry-run")), (200, "true"), "{kind}");
            assert_eq!(officer.gets(&path).await.header("etag"), tag);
            let unknown = officer.patches(&format!("{path}?foo=1"), Some(&tag), body.clone()).await;
            unknown.expect_problem(422, "validation_failed");
            officer.patches(&path, Some(&tag), body).await.expect(200);
            changes(&town, "county_approver", &firm, ends).await.expect(200);
        }
    }
}

pub async fn whoever_was_paid_stays_who_it_was(town: Town) {
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let buyer = town.party("enterprise", "惠民公司", EAST).await;
    let payee = town.party("enterprise", "惠农公司", EAST).await;
    let sum = json!({"asset_id": shed, "kind": "compensation", "payer_id": buyer, "amount_fen": 5000,
        "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
    let receipt = id(&officer.creates("/v1/receipts", sum).await);
    let path = format!("/v1/accounts?party_id={east}&purpose=disposal_proceeds");
    let account = id(&officer.reads(&path).await["items"][0]);
    let payment = json!({"purpose": "roof_repair", "payee_id": payee, "amount_fen": 5000, "paid_on": town.today(),
        "document_id": minutes});
    let payment = id(&officer.creates(&format!("/v1/accounts/{account}/payments"), payment).await);
    for (party, key, what) in [(&payee, "payment_ids", &payment), (&buyer, "receipt_ids", &receipt)] {
        let renamed = changes(&town, "township_officer", party, json!({"name": "另一家公司"})).await;
        let refused = renamed.expect_problem(409, "conflict");
        assert_eq!(refused["resting"][key], json!([what]), "{refused}");
    }
    let early = changes(&town, "township_officer", &payee, json!({"ended_on": "2025-01-01"})).await;
    assert_eq!(early.expect_problem(409, "conflict")["left"]["payment_ids"], json!([payment]));
}

pub async fn what_comes_back_from_a_subtenant_was_the_villages_before(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let heir = town.party("village_collective", "新西村股份经济合作社", WEST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    leased(&town, &shed, [&east, &west], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    leased(&town, &shed, [&west, &firm], "1/2", ["2024-06-01", "2027-01-01"], &minutes).await;

    // From 2027 on the whole is with the village again, which it let before it ended.
    let ends = json!({"ended_on": "2026-06-01", "successor_id": heir});
    changes(&town, "county_approver", &west, ends).await.expect(200);
    // What it is given from the day on is another thing.
    let north = town.party("village_collective", "北村股份经济合作社", WEST).await;
    let barn = town.shed_of(&east, &minutes).await;
    leased(&town, &barn, [&east, &north], "1/2", ["2024-01-01", "2026-08-01"], &minutes).await;
    leased(&town, &barn, [&east, &north], "1/4", ["2026-07-01", "2029-01-01"], &minutes).await;
    let ends = json!({"ended_on": "2026-06-01", "successor_id": heir});
    let refused = changes(&town, "county_approver", &north, ends).await.expect_problem(409, "conflict");
    assert_eq!(refused["left"]["asset_ids"], json!([barn]), "{refused}");
}

pub async fn nothing_comes_back_to_whoever_is_gone(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, county, auditor) = (town.officer(), town.actor("county_approver"), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let gone = town.party("household", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let cattle = town.asset("household", "livestock", 1_000_000).await;
    town.registers(&cattle, &minutes, json!([{"holder_id": gone, "share": "1"}])).await;

    // What was its own was taken and paid for, and all of the price was paid out.
    let disposed = json!({"kind": "disposal", "asset_id": cattle, "cause": "natural_disaster", "effective_on": "2025-08-01",
        "reason": "洪水冲毁", "documents": [minutes], "owner_consent_id": minutes, "recorded_late": town.late(),
        "technical_report_id": report});
    let case = officer.creates("/v1/alterations", disposed).await;
    town.takes_through("alterations", &case).await;
    let compensation = json!({"asset_id": cattle, "kind": "compensation", "payer_id": firm, "amount_fen": 5000,
        "received_on": "2025-09-01", "period": {"from": "2025-08-01", "to": "2025-09-01"}});
    officer.creates("/v1/receipts", compensation).await;
    let account = id(&auditor.reads(&format!("/v1/accounts?party_id={gone}")).await["items"][0]);
    let payment = json!({"purpose": "handed_over", "payee_id": firm, "amount_fen": 5000, "paid_on": "2025-09-02",
        "document_id": minutes});
    let payment = id(&officer.creates(&format!("/v1/accounts/{account}/payments"), payment).await);
    // What it rented was paid, what it held is released, whom it belonged to is past.
    let contract = json!({"asset_ids": [shed], "lessor_id": east, "lessee_id": gone,
        "term": {"from": "2022-01-01", "to": "2025-01-01"}, "schedule": [{"due_on": "2022-01-01", "amount_fen": 1000}]});
    let contract = id(&officer.creates("/v1/contracts", contract).await);
    let rent = json!({"asset_id": shed, "contract_id": contract, "kind": "rent", "payer_id": gone, "amount_fen": 1000,
        "received_on": "2022-02-01", "period": {"from": "2022-01-01", "to": "2023-01-01"}});
    let rent = id(&officer.creates("/v1/receipts", rent).await);
    let mortgage = json!({"asset_id": shed, "kind": "mortgage", "holder_id": gone, "document_id": minutes,
        "period": {"from": "2022-01-01"}});
    let mortgage = id(&officer.creates("/v1/restrictions", mortgage).await);
    let mortgage = format!("/v1/restrictions/{mortgage}");
    officer.patches(&mortgage, Some("\"1\""), json!({"released_on": "2025-01-01"})).await.expect(200);
    let member =
        json!({"to_id": east, "kind": "member", "period": {"from": "2022-01-01", "to": "2025-01-01"}});
    let member = id(&officer.creates(&format!("/v1/parties/{gone}/relations"), member).await);
    let member = format!("/v1/parties/{gone}/relations/{member}");
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    county.posts(&format!("/v1/parties/{gone}/erasure"), erasure).await.expect(200);

    // A payment that is booked back is kept for whom it is due to, and spent by nobody.
    let reversal = json!({"reason": "付款误记"});
    let back = format!("/v1/payments/{payment}/reversal");
    officer.posts(&back, reversal.clone()).await.expect(200);
    let of_gone = auditor.reads(&format!("/v1/accounts?party_id={gone}")).await;
    let mut held: Vec<_> =
        of_gone["items"].as_array().unwrap().iter().map(|it| (&it["purpose"], &it["balance_fen"])).collect();
    held.sort_by_key(|it| it.0.to_string());
    assert_eq!(
        held,
        [(&json!("disposal_proceeds"), &json!(0)), (&json!("unclaimed"), &json!(5000))],
        "{of_gone}"
    );
    officer.posts(&back, reversal.clone()).await.expect_problem(409, "conflict");
    // Nobody is left who would owe the rent again.
    let refused = officer.posts(&format!("/v1/receipts/{rent}/reversal"), reversal.clone()).await;
    let refused = refused.expect_problem(409, "conflict");
    assert_eq!(
        (&refused["party_id"], &refused["contract_id"]),
        (&json!(gone), &json!(contract)),
        "{refused}"
    );
    // Nor anybody who would hold, belong, or rent for longer.
    let again = officer.patches(&mortgage, Some("\"2\""), json!({"released_on": null})).await;
    is_at(again, "/released_on", "party_erased");
    is_at(
        officer.patches(&mortgage, Some("\"2\""), json!({"released_on": "2025-06-01"})).await,
        "/released_on",
        "party_erased",
    );
    officer.patches(&mortgage, Some("\"2\""), json!({"released_on": "2024-06-01"})).await.expect(200);
    for ended_on in [json!(null), json!("2025-06-01")] {
        let again = officer.patches(&member, Some("\"1\""), json!({"ended_on": ended_on})).await;
        is_at(again, "/ended_on", "party_erased");
    }
    let amended = |corrected: Value| {
        json!({"contract": {"id": contract, "corrected": corrected}, "reason": "录入有误", "documents": [minutes],
            "decision": town.decided(&minutes), "owner_consent_id": minutes})
    };
    let longer = [
        json!({"term": {"from": "2022-01-01", "to": "2027-01-01"}}),
        json!({"schedule": [{"due_on": "2022-01-01", "amount_fen": 2000}]}),
        json!({"schedule": [{"due_on": "2021-08-01", "amount_fen": 1000}]}),
    ];
    // Where nothing would fall due, no due is agreed upon.
    let nothing = amended(json!({"schedule": [{"due_on": "2022-01-01", "amount_fen": 0}]}));
    is_at(
        officer.posts("/v1/amendments", nothing).await,
        "/contract/corrected/schedule/0/amount_fen",
        "too_small",
    );
    for corrected in longer {
        let refused = officer.posts("/v1/amendments", amended(corrected.clone())).await;
        let refused = refused.expect_problem(409, "conflict");
        assert_eq!(refused["party_id"], json!(gone), "{corrected}: {refused}");
    }
    // A contract under which somebody would owe who is gone is void; then nothing is owed, and the receipt is booked back.
    let void = json!({"contract": {"id": contract, "void": true}, "reason": "租金未收到，承租人信息已删除",
        "documents": [minutes], "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", void).await;
    town.takes_through("amendments", &case).await;
    officer.posts(&format!("/v1/receipts/{rent}/reversal"), reversal).await.expect(200);
    town.signed_size().await;
    let report = crate::tampering::checked(&town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}

pub async fn a_receipt_of_whoever_rented_and_is_gone_is_put_right(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let gone = town.party("household", "王小农", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let lease = json!({
        "right": "management", "effective_on": "2022-01-01", "term": {"from": "2022-01-01", "to": "2025-01-01"},
        "lots": [{"asset_id": shed, "from_id": east, "to_id": gone, "share": "1"}], "documents": [minutes],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2022-01-01", "amount_fen": 18_000_000}]},
        "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let case = officer.creates("/v1/transfers", lease).await;
    town.takes_through("transfers", &case).await;
    let contract = id(&town.auditor().reads(&format!("/v1/contracts?asset_id={shed}")).await["items"][0]);
    let rent = json!({"asset_id": shed, "contract_id": contract, "kind": "rent", "payer_id": gone, "amount_fen": 18_000_000,
        "received_on": "2022-02-01", "period": {"from": "2022-01-01", "to": "2023-01-01"}});
    let rent = id(&officer.creates("/v1/receipts", rent).await);
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    county.posts(&format!("/v1/parties/{gone}/erasure"), erasure).await.expect(200);

    let back = format!("/v1/receipts/{rent}/reversal");
    let reversal = json!({"reason": "误记他人款项"});
    officer.posts(&back, reversal.clone()).await.expect_problem(409, "conflict");
    // Nobody corrects whose the lease was: nobody could be told.
    let corrected = json!({
        "asset_id": shed, "right": "management", "effective_on": "2022-01-01", "until": "2025-01-01", "reason": "误登",
        "documents": [minutes], "decision": town.decided(&minutes), "owner_consent_id": minutes,
        "holders": [{"holder_id": east, "share": "1"}],
    });
    let refused = officer.posts("/v1/corrections", corrected).await.expect_problem(409, "conflict");
    assert!(refused["party_id"] == json!(gone) || refused["resting"].is_object(), "{refused}");
    // What is owed by nobody any more is void, and the receipt is booked back.
    let void = json!({"contract": {"id": contract, "void": true}, "reason": "租金未收到，承租人信息已删除",
        "documents": [minutes], "decision": town.decided(&minutes)});
    let case = officer.creates("/v1/amendments", void).await;
    town.takes_through("amendments", &case).await;
    officer.posts(&back, reversal).await.expect(200);
    let rights = town.auditor().reads(&format!("/v1/assets/{shed}/rights?as_of=2023-01-01")).await;
    assert_eq!(rights["management"][0]["holder_id"], json!(gone), "{rights}");
}

pub async fn income_of_whoever_is_gone_waits_for_them(town: Town) {
    let report = town.report().await;
    town.notices_come_down_at_once().await;
    let (officer, county, auditor) = (town.officer(), town.actor("county_approver"), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let gone = town.party("household", "王小农", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let cattle = town.asset("household", "livestock", 1_000_000).await;
    town.registers(&cattle, &minutes, json!([{"holder_id": gone, "share": "1"}])).await;
    let shed = town.shed_of(&east, &minutes).await;
    for asset in [&cattle, &shed] {
        let disposed = json!({"kind": "disposal", "asset_id": asset, "cause": "natural_disaster", "effective_on": "2025-08-01",
            "reason": "洪水冲毁", "documents": [minutes], "owner_consent_id": minutes, "recorded_late": town.late(),
            "technical_report_id": report, "decision": town.decided(&minutes)});
        let case = officer.creates("/v1/alterations", disposed).await;
        town.takes_through("alterations", &case).await;
    }
    let erasure = json!({"ground": "consent_withdrawn", "document_id": minutes});
    county.posts(&format!("/v1/parties/{gone}/erasure"), erasure).await.expect(200);
    let comes_in = async |asset: &str, amount: i64, [from, to]: [&str; 2]| {
        let income = json!({"asset_id": asset, "kind": "other", "payer_id": firm, "amount_fen": amount,
            "received_on": "2025-11-01", "period": {"from": from, "to": to}});
        officer.creates("/v1/receipts", income).await;
    };
    let plan =
        |asset: &str| json!({"asset_ids": [asset], "period": {"from": "2025-07-01", "to": "2025-11-01"}});

    // Of days on which it had the cattle, and of days on which nobody did: both wait for it, and nobody spends them.
    comes_in(&cattle, 1001, ["2025-07-01", "2025-08-01"]).await;
    comes_in(&cattle, 300, ["2025-09-01", "2025-10-01"]).await;
    let case = officer.creates("/v1/distributions", plan(&cattle)).await;
    assert_eq!((&case["outcome"], &case["findings"]), (&json!("pass"), &json!([])), "{case}");
    town.takes_through("distributions", &case).await;
    let accounts = auditor.reads(&format!("/v1/accounts?party_id={gone}&purpose=unclaimed")).await;
    let account = &accounts["items"][0];
    assert_eq!(account["balance_fen"], json!(1301), "{accounts}");
    let payment = json!({"purpose": "handed_over", "payee_id": firm, "amount_fen": 1, "paid_on": town.today(),
        "document_id": minutes});
    let refused = officer.posts(&format!("/v1/accounts/{}/payments", id(account)), payment).await;
    refused.expect_problem(409, "conflict");
    // What still comes of the village's shed is the village's, and it decides on it.
    comes_in(&shed, 500, ["2025-09-01", "2025-10-01"]).await;
    let mut asked = plan(&shed);
    let undecided = officer.creates("/v1/distributions", asked.clone()).await;
    assert_eq!(undecided["findings"][0]["rule"], "L15", "{undecided}");
    asked["decision"] = town.decided(&minutes);
    let case = officer.creates("/v1/distributions", asked).await;
    town.takes_through("distributions", &case).await;
    let accounts = auditor.reads(&format!("/v1/accounts?party_id={east}")).await;
    let held: i64 =
        accounts["items"].as_array().unwrap().iter().map(|it| it["balance_fen"].as_i64().unwrap()).sum();
    assert_eq!(held, 500, "{accounts}");
    // Where nobody ever held anything, that is said.
    let barn = town.asset("operating", "barn", 12_000_000).await;
    comes_in(&barn, 100, ["2025-09-01", "2025-10-01"]).await;
    let refused = officer.posts("/v1/distributions", plan(&barn)).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("or before; register it first"), "{refused}");
    town.signed_size().await;
    let report = crate::tampering::checked(&town, sanquan::verify::Trust::default()).await;
    assert!(report.is_sound(), "{report:?}");
}
