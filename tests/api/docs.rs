//! The page at `/docs` and what the document says to whoever reads it there: examples that are taken as they
//! stand, words by which operations are found, and who may use them.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use sanquan::identity::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    alterations::leased,
    permissions::path,
    town::{Actor, Answer, EAST, Town, World, document::document, id},
};

/// What needs no town.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("docs::every_operation_is_found_by_the_words_of_offices", || told(not_found())),
        Trial::test("docs::every_operation_says_who_may_use_it", || told(silent_on_who_may())),
        Trial::test("docs::every_body_has_an_example", || told(without_example())),
        Trial::test("docs::nothing_is_said_of_operations_that_are_gone", || told(gone())),
    ]
}

fn told(faults: Vec<String>) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Every operation: its method, its address, and what the document says of it.
fn operations() -> impl Iterator<Item = (Method, &'static str, &'static Value)> {
    document()["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let of_path = item.as_object().unwrap().iter();
        of_path.map(|(method, it)| (method.to_uppercase().parse().unwrap(), path.as_str(), it))
    })
}

fn name(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap()
}

/// Words that people search by, each with the operation that they mean. `.ci/page.mjs` types the same ones
/// into the page.
const WORDS: &str = include_str!("words.csv");

/// Whether a word stands in a text as the page looks for it: where a word of letters begins, and anywhere in
/// Chinese, but not in the name of a role.
fn has(text: &str, word: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let of_letters = word.starts_with(is_letter);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let goes_on = of_letters && before.ends_with(is_letter);
        !goes_on && !after.starts_with("人员")
    })
}

/// Words by which the operation meant is not found, as the page searches: every word in something that is
/// said of it.
fn not_found() -> Vec<String> {
    let said: BTreeMap<&str, String> = operations()
        .map(|(method, path, it)| {
            let fields = ["operationId", "summary", "description", "x-summary-zh"]
                .map(|name| it[name].as_str().unwrap_or_default());
            let lists =
                ["tags", "x-keywords"].into_iter().flat_map(|name| it[name].as_array().into_iter().flatten());
            let words: Vec<_> = fields.into_iter().chain(lists.filter_map(Value::as_str)).collect();
            (name(it), format!("{method}\n{path}\n{}", words.join("\n")).to_lowercase())
        })
        .collect();
    let mut faults = Vec::new();
    let (mut english, mut chinese) = (BTreeSet::new(), BTreeSet::new());
    for line in WORDS.lines().skip(1) {
        let [who, phrase, meant] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        if phrase.is_ascii() {
            english.insert(phrase)
        } else {
            chinese.insert(phrase)
        };
        let fits = |text: &String| phrase.to_lowercase().split(' ').all(|word| has(text, word));
        let found: Vec<_> = said.iter().filter(|(_, text)| fits(text)).map(|(name, _)| *name).collect();
        if !found.contains(&meant) {
            faults.push(format!(
                "{who}: {phrase} does not find {meant}, but {found:?}: add it in http/server/words.rs"
            ));
        }
        // Who may use what is said of every operation; any other word that is said of so many finds nothing.
        if found.len() > said.len() / 3
            && phrase.parse::<Role>().is_err()
            && phrase.parse::<Permission>().is_err()
        {
            faults.push(format!("{who}: {phrase} finds {} of {} operations", found.len(), said.len()));
        }
    }
    assert!(english.len() >= 30 && chinese.len() >= 30, "{} and {}", english.len(), chinese.len());
    for (_, _, operation) in operations() {
        let keywords = operation["x-keywords"].as_array().map_or(0, Vec::len);
        let called = operation["x-summary-zh"].as_str().unwrap_or_default();
        if keywords == 0 || called.is_empty() || called.is_ascii() {
            faults.push(format!(
                "{}: say in http/server/words.rs what it is called in Chinese, and what it is searched by",
                name(operation)
            ));
        }
    }
    faults
}

/// Operations whose descriptions do not name the permission that they need and all roles that have it, and no
/// other.
fn silent_on_who_may() -> Vec<String> {
    let mut faults = Vec::new();
    for (_, _, operation) in operations() {
        let description = operation["description"].as_str().unwrap();
        let said = match operation["x-permission"].as_str() {
            None => vec!["Needs no token.".to_owned(), "无需令牌。".to_owned()],
            Some(needed) => {
                let permission: Permission = needed.parse().unwrap();
                let roles = Role::ALL.iter().filter(|it| it.may(permission)).map(|it| format!("`{it}`"));
                let roles: Vec<_> = roles.collect();
                assert!(!roles.is_empty(), "{needed} is nobody's");
                let chinese = description.lines().find(|it| it.contains("需要权限"));
                let named = chinese.and_then(|it| it.split_once("角色：")?.1.split_once('。'));
                let count = named.map_or(0, |(it, _)| it.split('、').count());
                if count != roles.len() {
                    faults.push(format!("{} names {count} roles in Chinese", name(operation)));
                }
                vec![
                    format!("Needs the permission `{needed}`, which these roles have: {}.", roles.join(", ")),
                    format!("需要权限 `{needed}`"),
                ]
            }
        };
        let missing = said.iter().filter(|it| !description.contains(it.as_str()));
        faults.extend(missing.map(|it| format!("{} does not say: {it}", name(operation))));
        if operation["x-permission"] == "cases:decide"
            && !description.contains("`execute`: `county_approver`")
        {
            faults.push(format!("{} does not say who takes which step", name(operation)));
        }
    }
    faults
}

/// The schema of the JSON that an operation takes.
fn schema(operation: &Value) -> Option<&Value> {
    operation["requestBody"]["content"]["application/json"].get("schema")
}

/// The examples of an operation, each by its name.
fn examples(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let shown = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
    shown.into_iter().flatten().map(|(name, it)| (name, &it["value"]))
}

/// Operations that take JSON and show none, and examples that their own schemas refuse.
fn without_example() -> Vec<String> {
    let mut faults = Vec::new();
    for (_, _, operation) in operations() {
        let Some(schema) = schema(operation) else { continue };
        let mut whole = schema.as_object().cloned().unwrap();
        whole.insert("components".to_owned(), document()["components"].clone());
        let options = jsonschema::options().should_validate_formats(true).should_ignore_unknown_formats(true);
        let validator = options.build(&Value::Object(whole)).unwrap();
        if examples(operation).count() == 0 {
            faults.push(format!("{}: show what is sent in http/server/examples.json", name(operation)));
        }
        for (of, example) in examples(operation) {
            let refused = validator.iter_errors(example);
            faults.extend(refused.map(|it| format!("{} {of}: {it}", name(operation))));
        }
    }
    faults
}

/// Words and examples of operations that are not there.
fn gone() -> Vec<String> {
    let known: BTreeSet<_> = operations().map(|(_, _, it)| name(it)).collect();
    let examples: Value = serde_json::from_str(include_str!("../../src/http/server/examples.json")).unwrap();
    let words = include_str!("../../src/http/server/words.rs");
    let (_, words) = words.split_once("const OPERATIONS").unwrap();
    let is_name = |it: &&str| it.contains('_') && it.chars().all(|it| it.is_ascii_lowercase() || it == '_');
    let words = words.split_once("];").unwrap().0.split('"').filter(is_name);
    let named = examples.as_object().unwrap().keys().map(String::as_str).chain(words);
    named.filter(|it| !known.contains(it)).map(|it| format!("{it} is no operation")).collect()
}

pub async fn the_page_brings_all_that_it_needs(town: Town) {
    let anybody = town.somebody(None);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = client.get(format!("{}/docs", town.base_url)).send().await.unwrap();
    assert_eq!((moved.status().as_u16(), &moved.headers()["location"]), (307, &"/docs/".parse().unwrap()));
    let page = anybody.gets("/docs/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.body.as_str().unwrap();
    assert!(text.contains(r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#));
    // Whatever it loads is a file of this server, and neither script nor style stands in the page itself.
    let named: Vec<&str> = ["src=\"", "href=\""].iter().flat_map(|it| text.split(it).skip(1)).collect();
    let named: BTreeSet<_> = named.iter().map(|it| it.split('"').next().unwrap()).collect();
    assert!(named.len() >= 5 && named.iter().all(|it| !it.contains("//")), "{named:?}");
    assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("onload"));
    for file in named {
        let address =
            if file == "../openapi.json" { "/openapi.json".to_owned() } else { format!("/docs/{file}") };
        let answer = client.get(format!("{}{address}", town.base_url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let fits = [("js", "javascript"), ("css", "css"), ("png", "image/png"), ("json", "json")];
        assert!(
            fits.iter().any(|(end, of)| file.ends_with(end) && media_type.contains(of)),
            "{file}: {media_type}"
        );
    }
    anybody.gets("/docs/index.html").await.expect_problem(404, "not_found");
    anybody.gets("/docs/../Cargo.toml").await.expect_problem(404, "not_found");
    anybody.gets("/docs/%2e%2e/%2e%2e/etc/passwd").await.expect_problem(404, "not_found");
}

/// The identifiers of the examples end in these digits: what each of them stands for in this town.
type Meant = Vec<(&'static str, String)>;

/// A town in which everything is there that the examples speak of.
async fn meant(town: &Town, world: &World) -> Meant {
    let report = town.report().await;
    let (document, officer) = (&world.document, town.officer());
    let village = town.party("village_collective", "营字村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "绿源农业有限公司", EAST).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", EAST).await;
    let household = town.party("household", "王某某", EAST).await;
    let mut assets = Vec::new();
    for owner in [&village, &village, &village, &village, &firm] {
        let asset = town.asset("operating", "greenhouse", 12_000_000).await;
        town.registers(&asset, document, json!([{"holder_id": owner, "share": "1"}])).await;
        assets.push(asset);
    }
    let [asset, other, let_out, lost, firms] = assets.try_into().unwrap();
    leased(town, &let_out, [&village, &firm], "1", ["2023-01-01", "2026-01-01"], document).await;
    let contracts = town.auditor().reads(&format!("/v1/contracts?asset_id={let_out}")).await;
    let contract = contracts["items"][0]["id"].as_str().unwrap().to_owned();
    let flood = json!({
        "kind": "disposal", "asset_id": lost, "cause": "natural_disaster", "effective_on": "2025-06-30",
        "reason": "洪水冲毁",
        "technical_report_id": report, "documents": [document], "decision": town.decided(document),
        "recorded_late": town.late(),
    });
    let flood = officer.creates("/v1/alterations", flood).await;
    town.takes_through("alterations", &flood).await;
    let income = json!({
        "asset_id": asset, "kind": "rent", "payer_id": firm, "amount_fen": 100_000,
        "received_on": "2025-07-03",
        "period": {"from": "2025-01-01", "to": "2026-01-01"},
    });
    officer.creates("/v1/receipts", income).await;
    vec![
        ("a001", asset),
        ("a002", other),
        ("a003", let_out),
        ("a004", world.road.clone()),
        ("a005", lost),
        ("a006", firms),
        ("b001", village),
        ("b002", firm),
        ("b003", appraiser),
        ("b004", household),
        ("c001", document.clone()),
        ("d001", world.project.clone()),
        ("e001", contract),
        ("f001", world.another_objection.clone()),
        ("9001", world.user.clone()),
        ("7001", world.registration.clone()),
    ]
}

/// An example with identifiers of this town in the place of those that it shows.
fn in_town(example: &Value, meant: &Meant) -> Value {
    const NOTHING: &str = "01a22000-0000-7000-8000-00000000";
    let mut text = example.to_string();
    for (digits, real) in meant {
        text = text.replace(&format!("{NOTHING}{digits}"), real);
    }
    assert!(!text.contains(NOTHING), "nothing in the town stands for an identifier of {text}");
    serde_json::from_str(&text).unwrap()
}

/// Why an example, right as it is, is refused here: how things stand, not how they are said.
const STANDS_OTHERWISE: &[(&str, &str)] = &[
    // The name, the password and the token of an example are nobody's.
    ("sign_in", "bad_credentials"),
    ("refresh_tokens", "bad_credentials"),
    ("revoke_tokens", "bad_credentials"),
    ("change_password", "wrong_password"),
    // And nobody takes a password that is printed here.
    ("change_password", "too_guessable"),
    // Nobody is a witness here.
    ("cosign_journal_checkpoint", "not_found"),
    // There is less in the account, or was on that day.
    ("pay_from_account", "account_overdrawn"),
    // What was received was distributed already.
    ("reverse_receipt", "conflict"),
    // Somebody answers for the road already.
    ("assign_maintenance", "conflict"),
    // Nobody delegates from a day that is over, and whoever is named here takes no steps.
    ("delegate_decisions", "too_small"),
    ("delegate_decisions", "conflict"),
    // The case was executed already.
    ("record_paper_notice", "conflict"),
    // The party holds something still.
    ("change_party", "conflict"),
];

pub async fn every_example_is_taken(town: Town) {
    let world = World::of(&town).await;
    let meant = meant(&town, &world).await;
    let person = meant.iter().find(|(digits, _)| *digits == "b004").unwrap().1.clone();
    let relative = town.party("person", "李四", crate::town::EAST).await;
    let (mut taken, mut faults) = (0, Vec::new());
    for (method, template, operation) in operations() {
        let of = name(operation);
        let by = match operation["x-permission"].as_str() {
            None => town.somebody(None),
            Some(needed) => {
                let permission: Permission = needed.parse().unwrap();
                town.actor(Role::ALL.iter().rfind(|it| it.may(permission)).unwrap().code())
            }
        };
        let address = match of {
            "correct_asset" => template.replace("{id}", &town.asset("operating", "greenhouse", 1_200).await),
            // Nothing came in under it yet.
            "correct_contract" => {
                let asset = town.asset("operating", "greenhouse", 1_200).await;
                let contract = json!({
                    "asset_ids": [asset], "lessor_id": world.party, "lessee_id": world.firm,
                    "term": {"from": "2024-01-01", "to": "2029-01-01"},
                    "schedule": [{"due_on": "2028-07-01", "amount_fen": 7_200_000}],
                });
                template.replace("{id}", &id(&town.officer().creates("/v1/contracts", contract).await))
            }
            "erase_party" => template.replace("{id}", &person),
            "relate_party" => template.replace("{id}", &world.firm),
            _ if examples(operation).count() == 0 => continue,
            _ => path(&method, template, &world),
        };
        for (example, body) in examples(operation) {
            let body = in_town(body, &meant);
            // People are kin, and hold offices.
            let address = match body["kind"].as_str() {
                Some("kin" | "officer_of") => template.replace("{id}", &relative),
                _ => address.clone(),
            };
            let step = body["step"].as_str().filter(|_| of.starts_with("decide_on_"));
            let answer = match step {
                Some(step) => sent(&town.actor(Town::takes(step)), &method, &address, operation, &body).await,
                None => sent(&by, &method, &address, operation, &body).await,
            };
            let code = answer.body["code"].as_str().unwrap_or_default();
            let codes =
                answer.body["errors"].as_array().into_iter().flatten().map(|it| it["code"].as_str().unwrap());
            let codes: Vec<_> = codes.collect();
            let reasons = if codes.is_empty() { vec![code] } else { codes };
            let stands_otherwise = reasons.iter().all(|it| STANDS_OTHERWISE.contains(&(of, *it)));
            let waits_its_turn = step.is_some() && answer.status == 409;
            match answer.status {
                200 | 201 => taken += 1,
                _ if waits_its_turn || stands_otherwise => {}
                _ => faults.push(format!("{of}, {example}: {}", answer.body)),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(taken >= 60, "{taken} examples were taken");
}

/// Sends an example as the page does; an act is a rehearsal where the operation knows that.
async fn sent(by: &Actor<'_>, method: &Method, address: &str, operation: &Value, body: &Value) -> Answer {
    let takes = |name: &str| {
        let mut all = operation["parameters"].as_array().into_iter().flatten();
        all.any(|it| {
            it["name"] == name || it["$ref"].as_str().is_some_and(|it| it.ends_with(&format!("/{name}")))
        })
    };
    let rehearsal = if takes("dry_run") { "?dry_run=true" } else { "" };
    let mut request = by.request(method.clone(), &format!("{address}{rehearsal}")).json(body);
    if takes("If-Match") {
        // What is corrected is what was read.
        let seen = by.gets(address.trim_end_matches("/corrections")).await;
        request = request.header("If-Match", seen.header("etag").to_owned());
    }
    Answer::of(request).await
}
