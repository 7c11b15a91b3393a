//! What was known is never changed by what comes later: whatever can be asked about an instant is asked while it is the
//! present, and again in the end, and is answered by the same bytes.
//!
//! What can be asked is what the OpenAPI document says can be, so that a new reading is asked as well; one that this story
//! does not know how to ask makes it fail.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    cases::{Village, parties},
    drawn, noted, written,
};
use crate::town::{EAST, TOWNSHIP, Town, document::document, id};

/// Days that are asked about: in the midst of it, and when every term is over.
const DAYS: [&str; 2] = ["2024-07-01", "2031-01-01"];

/// A question about an instant.
#[derive(Debug, Clone)]
struct Question {
    method: Method,
    address: String,
    accept: String,
    body: Option<Value>,
}

/// An answer, to the letter.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: u16,
    headers: BTreeMap<String, String>,
    text: String,
}

/// What there is to ask about.
struct Things<'t> {
    town: &'t Town,
    village: Village<'t>,
    relations: Vec<(String, String)>,
    restrictions: BTreeSet<String>,
    seizures: Vec<String>,
    assignments: Vec<String>,
    projects: Vec<String>,
    contracts: Vec<String>,
}

impl Things<'_> {
    /// The addresses of a reading, each with what it must be asked with.
    fn addresses(&self, template: &str) -> Vec<String> {
        let at = |template: &str, ids: &[String]| -> Vec<String> {
            ids.iter().map(|it| format!("{}?", template.replace("{id}", it))).collect()
        };
        let of_assets = |path: &str| -> Vec<String> {
            self.village.assets.iter().map(|it| format!("{path}?asset_id={it}&")).collect()
        };
        match template {
            "/v1/assets/{id}"
            | "/v1/assets/{id}/beneficial-owners"
            | "/v1/assets/{id}/ownership-chain"
            | "/v1/assets/{id}/rights" => at(template, &self.village.assets),
            "/v1/parties/{id}" | "/v1/parties/{id}/holdings" | "/v1/parties/{id}/relations" => {
                at(template, &self.village.parties)
            }
            "/v1/parties/{id}/relations/{relation_id}" => {
                let path = |(party, relation): &(String, String)| {
                    format!("/v1/parties/{party}/relations/{relation}?")
                };
                self.relations.iter().map(path).collect()
            }
            "/v1/restrictions" => of_assets(template),
            "/v1/restrictions/{id}" => at(template, &self.restrictions.iter().cloned().collect::<Vec<_>>()),
            "/v1/maintenance-assignments" => {
                let mut all = of_assets(template);
                all.push(format!("{template}?region_code={TOWNSHIP}&"));
                all
            }
            "/v1/maintenance-gaps" => {
                DAYS.iter().map(|it| format!("{template}?region_code={TOWNSHIP}&on={it}&")).collect()
            }
            "/v1/maintenance-assignments/{id}" => at(template, &self.assignments),
            "/v1/projects/{id}" => at(template, &self.projects),
            "/v1/contracts/{id}" => at(template, &self.contracts),
            // A certificate says when it was issued, so no two are alike: the stories of certificates hold what it says.
            "/v1/assets/{id}/certificate" => Vec::new(),
            "/v1/queries/holders" => vec![format!("{template}?region_code={EAST}&")],
            _ => panic!("{template} can be asked what was known, but this story does not know how to ask it"),
        }
    }

    /// Everything that can be asked about an instant.
    fn questions(&self, known_at: &str) -> Vec<Question> {
        let mut all = Vec::new();
        for (template, operations) in document()["paths"].as_object().unwrap() {
            let reading = &operations["get"];
            let Some(parameters) = parameters(template, reading) else { continue };
            let days: Vec<String> = match parameters.contains("as_of") {
                true => DAYS.iter().map(|it| format!("as_of={it}&")).collect(),
                false => vec![String::new()],
            };
            let kinds = if parameters.contains("kind") { &["", "kind=management&"][..] } else { &[""] };
            for address in self.addresses(template) {
                for (day, kind) in days.iter().flat_map(|day| kinds.iter().map(move |kind| (day, kind))) {
                    for accept in reading["responses"]["200"]["content"].as_object().unwrap().keys() {
                        let address = format!("{address}{day}{kind}known_at={known_at}");
                        let accept = accept.clone();
                        all.push(Question { method: Method::GET, address, accept, body: None });
                    }
                }
            }
        }
        for day in DAYS {
            let body = json!({"asset_ids": self.village.assets, "as_of": day, "known_at": known_at});
            all.push(Question {
                method: Method::POST,
                address: "/v1/queries/holders".to_owned(),
                accept: "application/json".to_owned(),
                body: Some(body),
            });
        }
        all
    }

    async fn answer(&self, question: &Question) -> Said {
        let Question { method, address, accept, body } = question.clone();
        let mut request =
            self.town.auditor().request_with_key(method, &address, None).header("Accept", accept);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        // Only the hour at which something is answered, and by the how many times, may differ.
        let of_the_request =
            |name: &str| name == "date" || name.contains("request") || name.contains("limit");
        let said = answer.headers().iter().filter(|(name, _)| !of_the_request(name.as_str()));
        let headers = said.map(|(name, it)| (name.to_string(), it.to_str().unwrap().to_owned())).collect();
        Said { status: answer.status().as_u16(), headers, text: answer.text().await.unwrap() }
    }

    async fn changes(&self, path: String, body: Value) {
        // Whoever holds something is renamed by the county.
        let of_party = path.starts_with("/v1/parties/") && !path.contains("/relations/");
        let who = self.town.actor(if of_party { "county_approver" } else { "township_officer" });
        let tag = who.gets(&path).await.header("etag").to_owned();
        let said = who.patches(&path, Some(&tag), body.clone()).await;
        if said.body["code"] != "four_eyes" {
            said.expect(200);
            return;
        }
        // Cases rest on it: the county says so, with a paper.
        let mut with_paper = body;
        with_paper["mistake"] = json!("wrong_day");
        with_paper["document_id"] = json!(self.town.document().await);
        self.town.actor("county_approver").patches(&path, Some(&tag), with_paper).await.expect(200);
    }

    async fn corrects(&self, path: String, body: Value) {
        let officer = self.town.officer();
        let tag = officer.gets(&path).await.header("etag").to_owned();
        let request = officer.request(Method::POST, &format!("{path}/corrections")).header("If-Match", tag);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }

    /// Changes something besides the rights, other things each time; says whether there is more to change.
    async fn is_kept_up(&mut self, turn: usize) -> bool {
        let officer = self.town.officer();
        let [one, other, .., firm, _] = &self.village.parties[..] else { unreachable!() };
        let assets = self.village.assets.iter().zip(&self.village.family.assets).rev();
        let open = assets.filter(|(_, it)| !it.is_closed).map(|(id, _)| id.clone()).next();
        match turn {
            0 => self.changes(format!("/v1/parties/{one}"), json!({"name": "东村集体经济组织"})).await,
            1 | 8 => {
                let from = if turn == 1 { "2022-01-01" } else { "2025-01-01" };
                let relation = json!({"to_id": firm, "kind": "shareholder", "share": format!("1/{}", turn + 2),
                    "period": {"from": from}});
                let made = officer.creates(&format!("/v1/parties/{other}/relations"), relation).await;
                self.relations.push((other.clone(), id(&made)));
            }
            2 => {
                let body = json!({"name": "一号大棚", "location": "东村三组", "specification": "砖混"});
                self.changes(format!("/v1/assets/{}", self.village.assets[0]), body).await;
                if let Some(asset) = open {
                    self.changes(format!("/v1/assets/{asset}"), json!({"status": "idle"})).await;
                }
            }
            3 | 9 => {
                // Where every asset has come to its end by now, nothing can be laid on any.
                let Some(asset) = open else { return true };
                let body = json!({"asset_id": asset, "kind": "seizure", "holder_id": firm,
                    "period": {"from": "2022-01-01", "to": "2022-02-01"}});
                self.seizures.push(id(&officer.creates("/v1/restrictions", body).await));
            }
            4 => {
                let road = self.town.asset("public_welfare", "road", 60_000_000).await;
                let body = json!({"asset_id": road, "responsible_id": one, "mode": "self_managed", "duties": "养护",
                    "period": {"from": "2021-08-01"}, "inspect_every_days": 90});
                self.assignments.push(id(&officer.creates("/v1/maintenance-assignments", body).await));
                let project = json!({"code": "HB-7", "name": "冷库项目", "year": 2022, "region_code": EAST,
                    "funding": [{"source": "county", "amount_fen": 500}]});
                self.projects.push(id(&officer.creates("/v1/projects", project).await));
                let contract = json!({"asset_ids": [road], "lessor_id": one, "lessee_id": other,
                    "term": {"from": "2022-01-01", "to": "2034-01-01"},
                    "schedule": [{"due_on": "2033-01-01", "amount_fen": 900}]});
                self.contracts.push(id(&officer.creates("/v1/contracts", contract).await));
            }
            5 => {
                let (party, relation) = &self.relations[0];
                let path = format!("/v1/parties/{party}/relations/{relation}");
                self.changes(path, json!({"ended_on": "2024-01-01"})).await;
            }
            6 => {
                let path = format!("/v1/maintenance-assignments/{}", self.assignments[0]);
                self.changes(path, json!({"to": "2024-01-01"})).await;
                let funding = json!([{"source": "county", "amount_fen": 5_000_000}]);
                let wrong = json!({"corrected": {"funding": funding}, "reason": "万元误作元"});
                self.corrects(format!("/v1/projects/{}", self.projects[0]), wrong).await;
                let schedule = json!([{"due_on": "2032-01-01", "amount_fen": 90_000}]);
                let wrong = json!({"corrected": {"schedule": schedule}, "reason": "年份录入有误"});
                self.corrects(format!("/v1/contracts/{}", self.contracts[0]), wrong).await;
            }
            7 => {
                if let Some(seizure) = self.seizures.first() {
                    let path = format!("/v1/restrictions/{seizure}");
                    let seen = officer.reads(&path).await;
                    // What lay on an asset that has ended since comes back to nothing.
                    if seen["released_on"].is_null() {
                        self.changes(path, json!({"released_on": "2022-01-15"})).await;
                    }
                }
            }
            10 => {
                self.changes(format!("/v1/parties/{firm}"), json!({"name": "惠农农业集团"})).await;
                let void = json!({"void": true, "reason": "重复登记"});
                self.corrects(format!("/v1/projects/{}", self.projects[0]), void.clone()).await;
                self.corrects(format!("/v1/contracts/{}", self.contracts[0]), void).await;
            }
            _ => {
                // Whoever still holds something names who takes it over, and is there until the last of it has begun: the
                // village may have granted something from today on.
                let ended = json!({"ended_on": self.town.today(), "successor_id": one});
                let path = format!("/v1/parties/{firm}");
                let tag = officer.gets(&path).await.header("etag").to_owned();
                let answer = self.town.actor("county_approver").patches(&path, Some(&tag), ended).await;
                if answer.status != 200 {
                    let refused = answer.expect_problem(409, "conflict");
                    let begun = refused["left"]["asset_ids"].as_array().unwrap();
                    assert!(
                        begun.iter().all(|it| self.village.assets.iter().any(|id| it == id)),
                        "{refused}"
                    );
                    assert!(!begun.is_empty() && refused["left"]["case_ids"] == json!([]), "{refused}");
                }
            }
        }
        turn < 11
    }

    async fn finds_restrictions(&mut self) {
        for asset in &self.village.assets {
            let all = self.town.officer().reads(&format!("/v1/restrictions?asset_id={asset}")).await;
            self.restrictions.extend(all["items"].as_array().unwrap().iter().map(id));
        }
    }
}

/// The names of the parameters of a reading; none where it cannot be asked what was known.
fn parameters<'d>(template: &str, reading: &'d Value) -> Option<BTreeSet<&'d str>> {
    let named = reading["parameters"].as_array()?.iter().map(|it| it["name"].as_str().unwrap());
    let named: BTreeSet<&str> = named.collect();
    let answerable = [
        "id",
        "relation_id",
        "asset_id",
        "region_code",
        "as_of",
        "on",
        "known_at",
        "kind",
        "limit",
        "cursor",
        "Accept-Language",
        "If-None-Match",
    ];
    named.contains("known_at").then(|| {
        let unknown: Vec<_> = named.iter().filter(|it| !answerable.contains(it)).collect();
        assert!(unknown.is_empty(), "{template} has {unknown:?}, which this story does not know");
        named
    })
}

/// Only one operation is told in its body what was known.
fn asked_in_bodies() -> Vec<&'static str> {
    let asks = |operations: &Value| {
        operations.as_object().unwrap().values().any(|it| {
            let schema = &it["requestBody"]["content"]["application/json"]["schema"];
            let name = schema["$ref"].as_str().and_then(|it| it.strip_prefix("#/components/schemas/"));
            name.is_some_and(|it| {
                document()["components"]["schemas"][it].to_string().contains("\"known_at\"")
            })
        })
    };
    let paths = document()["paths"].as_object().unwrap().iter();
    paths.filter(|(_, operations)| asks(operations)).map(|(path, _)| path.as_str()).collect()
}

pub async fn no_later_act_changes_what_was_known(town: Town) {
    let (_, seed) = drawn(1);
    println!("{}: drawn from {seed}", town.engine);
    town.notices_come_down_at_once().await;
    let (parties, minutes) = (parties(&town).await, town.document().await);
    let village = Village::of(&town, &parties, &minutes, seed << 32).await;
    let mut things = Things {
        town: &town,
        village,
        relations: vec![],
        restrictions: BTreeSet::new(),
        seizures: vec![],
        assignments: vec![],
        projects: vec![],
        contracts: vec![],
    };
    assert_eq!(asked_in_bodies(), ["/v1/queries/holders"]);

    let mut said: Vec<(Question, Said)> = Vec::new();
    let mut turn = 0;
    loop {
        let known_at = written(noted(&town).await);
        for question in things.questions(&known_at) {
            let answer = things.answer(&question).await;
            assert_eq!(answer.status, 200, "{question:?} {}", answer.text);
            said.push((question, answer));
        }
        things.village.lives_on().await;
        things.village.lives_on().await;
        if !things.is_kept_up(turn).await {
            break;
        }
        things.finds_restrictions().await;
        turn += 1;
    }
    noted(&town).await;

    let mut changed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (question, answer) in &said {
        let again = things.answer(question).await;
        assert_eq!(again, *answer, "{question:?}");
        let (asked, _) = question.address.split_once("known_at").unwrap_or((&question.address, ""));
        changed.entry(format!("{} {}", question.accept, asked)).or_default().insert(&answer.text);
    }
    println!("{}: {} answers about {} instants", town.engine, said.len(), turn + 1);
    assert!(changed.values().filter(|it| it.len() > 1).count() > 20, "what is done does change what is said");
}
