//! Many at once: every operation that acts, by sixteen clients on the same thing, and all kinds of them side by side. On
//! PostgreSQL half of the clients ask a second server.
//!
//! Somebody wins and the others are refused, or all of them queue; nobody meets an error of the registry, nobody waits long,
//! and the database never has to end a circle of transactions that wait for each other.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;
use sanquan::identity::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    alterations::leased,
    permissions::{COSIGNATURES, body, corrects, path},
    town::{Actor, Answer, EAST, Engine, Town, WEST, World, document::document, id, postgres},
};

const CLIENTS: usize = 16;

/// What nobody should have to wait for, even on a busy machine.
const LONG: Duration = Duration::from_secs(10);

/// POSTs that only compute.
const COMPUTES: [&str; 4] = [
    "/v1/certificates/verification",
    "/v1/distributions/preview",
    "/v1/queries/holders",
    "/v1/transfers/check",
];

pub fn crowded(settings: &mut sanquan::settings::Settings) {
    settings.storage.connections = 8;
    settings.http.requests_per_minute = std::num::NonZeroU32::MAX;
    settings.http.sign_ins_per_minute = std::num::NonZeroU32::MAX;
}

/// An operation that acts.
#[derive(Debug, Clone)]
struct Operation {
    method: Method,
    template: &'static str,
    permission: Option<Permission>,
}

impl Operation {
    /// Every operation of the document that acts.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (template, item) in document()["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let method: Method = method.to_uppercase().parse().unwrap();
                if method == Method::GET || COMPUTES.contains(&template.as_str()) {
                    continue;
                }
                let permission = operation["x-permission"].as_str().map(|it| it.parse().unwrap());
                all.push(Self { method, template, permission });
            }
        }
        all
    }

    /// The kind of case that it takes a step in.
    fn decides(&self) -> Option<&'static str> {
        let kind = self.template.strip_prefix("/v1/")?.strip_suffix("/{id}/decisions")?;
        (!["objections", "delegations"].contains(&kind)).then_some(kind)
    }

    /// Somebody who may.
    fn by<'t>(&self, town: &'t Town) -> Actor<'t> {
        let Some(permission) = self.permission else { return town.somebody(None) };
        let may = |role: &&Role| role.may(permission);
        let officer = Some(Role::TownshipOfficer).filter(|it| may(&it));
        town.actor(officer.or_else(|| Role::ALL.iter().copied().find(|it| may(&it))).unwrap().code())
    }
}

/// A village with one of everything, and cases that can be taken through all their steps.
struct Scene {
    world: World,
    cases: BTreeMap<&'static str, Value>,
    /// A person who holds nothing, to be erased.
    person: String,
    /// An asset that nobody keeps in repair yet.
    bridge: String,
    /// An asset on which nothing rests, recorded by the officer.
    mistyped: String,
    /// A party on which nothing rests.
    mistyped_party: String,
    /// A project of the officer's that made nothing.
    mistyped_project: String,
    /// A contract of the officer's under which nothing came in.
    mistyped_contract: String,
    /// A receipt that can be reversed.
    undistributed: String,
    refresh_token: Value,
    /// The token of somebody who changes the password.
    careful: String,
}

impl Scene {
    async fn of(town: &Town) -> Self {
        let world = World::of(town).await;
        let officer = town.officer();
        let World { party, firm, document: minutes, .. } = &world;
        let decision = town.decided(minutes);
        let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
        let person = town.party("person", "王小农", EAST).await;
        let bridge = town.asset("public_welfare", "road", 60_000_000).await;
        let shed = town.asset("operating", "greenhouse", 12_000_000).await;
        let barn = town.asset("operating", "greenhouse", 12_000_000).await;
        let stall = town.asset("operating", "greenhouse", 12_000_000).await;
        let mill = town.asset("operating", "greenhouse", 12_000_000).await;
        let grower = town.party("cooperative", "绿源种植专业合作社", EAST).await;
        let owner = json!([{"holder_id": party, "share": "1"}]);
        for asset in [&shed, &barn, &stall, &mill] {
            town.registers(asset, minutes, owner.clone()).await;
        }
        leased(town, &barn, [party, firm], "1", ["2024-01-01", "2029-01-01"], minutes).await;
        let year = json!({"from": "2024-01-01", "to": "2025-01-01"});
        let mut receipts = Vec::new();
        for (asset, period) in
            [(&shed, &year), (&world.asset, &json!({"from": "2022-01-01", "to": "2023-01-01"}))]
        {
            let receipt = json!({"asset_id": asset, "kind": "rent", "payer_id": firm, "amount_fen": 90_000,
                "received_on": "2024-02-01", "period": period, "document_id": minutes});
            receipts.push(id(&officer.creates("/v1/receipts", receipt).await));
        }
        let drafts = [
            (
                "registrations",
                json!({
                    "asset_id": bridge, "effective_on": "2021-08-01", "documents": [minutes], "ownership": owner,
                    "decision": decision,
                }),
            ),
            (
                "transfers",
                json!({
                    "right": "management", "effective_on": "2025-01-01", "term": {"from": "2025-01-01", "to": "2026-01-01"},
                    "lots": [{"asset_id": stall, "from_id": party, "to_id": grower, "share": "1"}],
                    "consideration": {"kind": "rent", "schedule": [{"due_on": "2025-01-01", "amount_fen": 9_000_000}]},
                    "documents": [minutes], "decision": decision, "recorded_late": town.late(),
                }),
            ),
            (
                "corrections",
                json!({
                    "asset_id": mill, "right": "ownership", "effective_on": "2021-08-01", "reason": "首次登记份额录入有误",
                    "holders": [{"holder_id": party, "share": "2/3"}, {"holder_id": west, "share": "1/3"}],
                    "documents": [minutes], "decision": decision,
                }),
            ),
            // By then the correction has made the other village an owner as well.
            (
                "distributions",
                town.decided_by(json!({"asset_ids": [shed], "period": year}), minutes, &[party, &west]),
            ),
            ("amendments", World::amended(&barn, minutes)),
            (
                "alterations",
                json!({
                    "kind": "termination", "asset_id": barn, "right": "management", "holder_id": firm, "share": "1",
                    "effective_on": "2026-06-01", "reason": "承租方提前退租", "documents": [minutes], "decision": decision,
                }),
            ),
        ];
        let mut cases = BTreeMap::new();
        for (kind, draft) in drafts {
            cases.insert(kind, officer.creates(&format!("/v1/{kind}"), draft).await);
        }
        let mistyped = town.asset("operating", "greenhouse", 12_000_000).await;
        let project = json!({"code": "MD-2021-07", "name": "磨坊项目", "year": 2021, "region_code": EAST,
            "funding": [{"source": "county", "amount_fen": 5000}]});
        let mistyped_project = id(&officer.creates("/v1/projects", project).await);
        let let_out = town.asset("operating", "greenhouse", 12_000_000).await;
        let contract = json!({"asset_ids": [let_out], "lessor_id": party, "lessee_id": firm,
            "term": {"from": "2024-01-01", "to": "2026-01-01"},
            "schedule": [{"due_on": "2025-01-01", "amount_fen": 1000}]});
        let mistyped_contract = id(&officer.creates("/v1/contracts", contract).await);
        let refresh_token = signs_in(town.somebody(None)).await.expect(200)["refresh_token"].clone();
        let careful = town.user("careful", &["auditor"], None).await;
        let undistributed = receipts.remove(1);
        Self {
            world,
            cases,
            person,
            bridge,
            mistyped,
            mistyped_party: town.party("enterprise", "惠农公司", EAST).await,
            mistyped_project,
            mistyped_contract,
            undistributed,
            refresh_token,
            careful,
        }
    }
}

/// Signs in as the one user whose password is known.
async fn signs_in(anybody: Actor<'_>) -> Answer {
    let asked = json!({"username": "somebody", "password": "correct horse battery"});
    anybody.posts("/v1/tokens", asked).await
}

/// Whoever asks: a client, of one of the servers.
struct Client<'s> {
    town: &'s Town,
    scene: &'s Scene,
    base_url: &'s str,
}

impl Client<'_> {
    /// Sends an operation once, about the thing that all others are at; of a case, every step.
    async fn acts(&self, operation: &Operation) -> Vec<Answer> {
        match operation.decides() {
            Some(kind) => self.takes_all_steps(kind).await,
            None => vec![self.sends(operation).await],
        }
    }

    async fn takes_all_steps(&self, kind: &'static str) -> Vec<Answer> {
        let case = &self.scene.cases[kind];
        let mut answers = Vec::new();
        for step in case["steps_required"].as_array().unwrap() {
            let step = step.as_str().unwrap();
            let by = self.town.actor(Town::takes(step)).of(self.base_url);
            answers.push(timely(by.decides(kind, case, step)).await);
        }
        answers
    }

    async fn sends(&self, operation: &Operation) -> Answer {
        let Self { town, scene, base_url } = self;
        let by = operation.by(town).of(base_url);
        let mut path = path(&operation.method, operation.template, &scene.world);
        let body = match operation.template {
            "/v1/tokens" => return timely(signs_in(by)).await,
            "/v1/tokens/refresh" | "/v1/tokens/revoke" => json!({"refresh_token": scene.refresh_token}),
            "/v1/me/password" => {
                let by = town.somebody(Some(&scene.careful)).of(base_url);
                let body = json!({
                    "old_password": "correct horse battery", "new_password": "eighth crane counts umbrellas",
                });
                return timely(by.posts(operation.template, body)).await;
            }
            "/v1/delegations" => {
                let by = town.actor("county_approver").of(base_url);
                let mut body = body(&operation.method, operation.template, &scene.world, town);
                let given = by.reads(&format!("/v1/delegations/{}", scene.world.delegation)).await;
                body["to_user_id"] = given["to"]["id"].clone();
                return timely(by.posts(operation.template, body)).await;
            }
            "/v1/delegations/{id}/decisions" => {
                let by = town.actor("county_approver").of(base_url);
                let path = format!("/v1/delegations/{}/decisions", scene.world.delegation);
                return timely(by.posts(&path, json!({"step": "revoke"}))).await;
            }
            "/v1/notices/{id}/objections" => json!({"text": "界址不清", "contact": "东村三组"}),
            "/v1/parties/{id}/erasure" => {
                path = format!("/v1/parties/{}/erasure", scene.person);
                body(&operation.method, operation.template, &scene.world, town)
            }
            "/v1/parties/{id}" => {
                path = format!("/v1/parties/{}", scene.mistyped_party);
                body(&operation.method, operation.template, &scene.world, town)
            }
            "/v1/assets/{id}/corrections" => {
                path = format!("/v1/assets/{}/corrections", scene.mistyped);
                json!({"reason": "面积录入有误", "corrected": {"quantity": "2"}})
            }
            "/v1/projects/{id}/corrections" => {
                path = format!("/v1/projects/{}/corrections", scene.mistyped_project);
                json!({"reason": "年度录入有误", "corrected": {"year": 2022}})
            }
            "/v1/contracts/{id}/corrections" => {
                path = format!("/v1/contracts/{}/corrections", scene.mistyped_contract);
                let schedule = json!([{"due_on": "2024-01-01", "amount_fen": 1000}]);
                json!({"reason": "年份录入有误", "corrected": {"schedule": schedule}})
            }
            "/v1/receipts/{id}/reversal" => {
                path = format!("/v1/receipts/{}/reversal", scene.undistributed);
                body(&operation.method, operation.template, &scene.world, town)
            }
            _ => body(&operation.method, operation.template, &scene.world, town),
        };
        let mut request = by.request(operation.method.clone(), &path);
        if operation.method == Method::PATCH || corrects(operation.template) {
            let seen = by.gets(path.trim_end_matches("/corrections")).await.header("etag").to_owned();
            request = request.header("If-Match", seen);
        }
        request = match &body {
            Value::Null => {
                let part = reqwest::multipart::Part::bytes(b"minutes".to_vec()).file_name("minutes.txt");
                let part = part.mime_str("text/plain").unwrap();
                request.multipart(reqwest::multipart::Form::new().part("file", part))
            }
            body => request.json(&of_nobody_yet(body, operation, scene)),
        };
        timely(Answer::of(request)).await
    }
}

/// The same body, about things of this scene where those of the world have what is asked for already.
fn of_nobody_yet(body: &Value, operation: &Operation, scene: &Scene) -> Value {
    let mut body = body.clone();
    match operation.template {
        "/v1/maintenance-assignments" => body["asset_id"] = json!(scene.bridge),
        "/v1/users/{id}" => body = json!({"roles": ["auditor"]}),
        _ => {}
    }
    body
}

/// An answer that came in time and is no error of the registry's.
async fn timely(answer: impl Future<Output = Answer>) -> Answer {
    let asked = Instant::now();
    let answer = answer.await;
    assert!(answer.status < 500, "{}: {}", answer.status, answer.body);
    assert!(asked.elapsed() < LONG, "{:?} for {}: {}", asked.elapsed(), answer.status, answer.body);
    answer
}

/// Many name a party all the time, as a power company does that pays for many stations: whoever has to have it alone waits for
/// those who came before, and not for those who come after.
pub async fn whoever_waits_for_a_busy_party_gets_a_turn(town: Town) {
    let officer = town.officer();
    let payer = town.party("enterprise", "供电公司", EAST).await;
    let mut sheds = Vec::new();
    for _ in 0..6 {
        sheds.push(town.asset("operating", "greenhouse", 12_000_000).await);
    }
    let done = std::cell::Cell::new(false);
    let pays = async |shed: &str| {
        let mut paid = 0;
        while !done.get() {
            let receipt = json!({"asset_id": shed, "kind": "electricity", "payer_id": payer, "amount_fen": 100,
                "received_on": "2024-02-01", "period": {"from": "2023-01-01", "to": "2024-01-01"}});
            officer.posts("/v1/receipts", receipt).await.expect(201);
            paid += 1;
        }
        paid
    };
    let county = town.actor("county_approver");
    let renames = async {
        let path = format!("/v1/parties/{payer}");
        for name in ["供电所", "供电公司东部分公司"] {
            let tag = county.gets(&path).await.header("etag").to_owned();
            timely(county.patches(&path, Some(&tag), json!({"name": name}))).await.expect(200);
        }
        done.set(true);
    };
    let ((), paid) = futures_util::future::join(renames, join_all(sheds.iter().map(|it| pays(it)))).await;
    assert!(paid.iter().all(|it| *it > 0), "{paid:?}");
}

/// A lease is ended and let on by many at once. Who waited for somebody that began later comes after them, and is served or refused.
pub async fn a_lease_is_ended_and_let_on_at_once(town: Town) {
    const EACH: usize = 6;
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let grower = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 12_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    leased(&town, &shed, [&east, &firm], "1", ["2024-01-01", "2029-01-01"], &minutes).await;
    let ending = json!({
        "kind": "termination", "asset_id": shed, "right": "management", "holder_id": firm, "effective_on": "2026-06-01",
        "share": "1/16", "reason": "承租方提前退租", "documents": [minutes], "recorded_late": town.late(),
        "decision": town.decided(&minutes),
    });
    let letting = json!({
        "right": "management", "effective_on": "2026-01-01", "term": {"from": "2026-01-01", "to": "2029-01-01"},
        "lots": [{"asset_id": shed, "from_id": firm, "to_id": grower, "share": "1/16"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": "2026-01-01", "amount_fen": 900_000}]},
        "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let mut waiting = Vec::new();
    for (kind, asked) in
        std::iter::repeat_n([("alterations", &ending), ("transfers", &letting)], EACH).flatten()
    {
        let mut case = officer.creates(&format!("/v1/{kind}"), asked.clone()).await;
        while case["next_step"] != "execute" {
            let step = case["next_step"].as_str().unwrap().to_owned();
            case = town.decides(kind, &case, &step).await.expect(200);
        }
        waiting.push((kind, case));
    }

    let county = town.actor("county_approver");
    let answers =
        join_all(waiting.iter().map(|(kind, case)| timely(county.decides(kind, case, "execute")))).await;

    let statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
    assert!(statuses.iter().all(|it| [200, 409].contains(it)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    town.signed_size().await;
}

pub async fn whoever_acts_at_once_is_served_or_refused(town: Town) {
    let beside = if town.engine == Engine::Postgres { Some(town.beside()) } else { None };
    let scene = Scene::of(&town).await;
    let urls = [&town.base_url, beside.as_ref().map_or(&town.base_url, |it| &it.base_url)];
    let client = |number: usize| Client { town: &town, scene: &scene, base_url: urls[number % 2] };
    let operations = Operation::all();
    assert!(operations.len() > 30);

    for operation in &operations {
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let answers: Vec<Answer> =
            join_all(clients.iter().map(|it| it.acts(operation))).await.into_iter().flatten().collect();
        let mut statuses = BTreeMap::<u16, usize>::new();
        for it in &answers {
            *statuses.entry(it.status).or_default() += 1;
        }
        let won = answers.iter().any(|it| it.status < 300);
        // Nobody is a witness here, and no case is at the step where a notice on paper is recorded (`paper::` races for that).
        // Cases rest on the relation here: days of it that are over are not for whoever recorded it (`around::`).
        let relation = "/v1/parties/{id}/relations/{relation_id}";
        let wanted = ![COSIGNATURES, "/v1/notices", relation].contains(&operation.template);
        let first = answers.first().map(|it| &it.body);
        assert_eq!(won, wanted, "{} {}: {statuses:?} {first:?}", operation.method, operation.template);
    }
    for (kind, case) in &scene.cases {
        let case = town.officer().reads(&format!("/v1/{kind}/{}", id(case))).await;
        assert_eq!(case["status"], "executed", "{case}");
    }

    // All kinds side by side: each client goes through all of them, and begins at another one.
    let clients: Vec<_> = (0..CLIENTS).map(client).collect();
    join_all(clients.iter().zip(0..).map(|(client, number)| {
        let operations = operations.iter().filter(|it| it.decides().is_none());
        let begins_at = number * operations.clone().count() / CLIENTS;
        let some: Vec<_> = operations.clone().chain(operations).skip(begins_at).take(12).collect();
        async move {
            for operation in some {
                client.sends(operation).await;
            }
        }
    }))
    .await;

    let balance = town.auditor().reads(&format!("/v1/trial-balance?region_code={EAST}")).await;
    assert_eq!(balance["debits_fen"], balance["credits_fen"]);
    town.signed_size().await;
    if let Some(beside) = beside {
        beside.stops().await;
        let url = town.settings.database();
        let circles = tokio::task::spawn_blocking(move || postgres::deadlocks(&url)).await.unwrap();
        assert_eq!(circles, 0, "transactions waited for each other in a circle");
    }
}

/// Whoever takes a step either sees a relation, or comes before it in the journal.
pub async fn nobody_pays_for_a_village_that_ended(town: Town) {
    const ROUNDS: usize = 3;
    const PAYMENTS: usize = 12;
    town.notices_come_down_at_once().await;
    let (officer, county) = (town.officer(), town.actor("county_approver"));
    let minutes = town.document().await;
    let firm = town.party("enterprise", "修缮公司", EAST).await;
    let successor = town.party("village_collective", "新村股份经济合作社", EAST).await;
    for round in 0..ROUNDS {
        let east = town.party("village_collective", &format!("第{round}村股份经济合作社"), EAST).await;
        let shed = town.shed_of(&east, &minutes).await;
        let compensation = json!({"asset_id": shed, "kind": "compensation", "payer_id": firm, "amount_fen": 5000,
            "received_on": "2025-01-03", "period": {"from": "2024-01-01", "to": "2025-01-01"}});
        officer.creates("/v1/receipts", compensation).await;
        let accounts = town.auditor().reads(&format!("/v1/accounts?party_id={east}")).await;
        let account = id(&accounts["items"][0]);
        let path = format!("/v1/accounts/{account}/payments");
        let payment = json!({"purpose": "roof_repair", "payee_id": firm, "amount_fen": 1, "paid_on": town.today(),
            "document_id": minutes});
        let party = format!("/v1/parties/{east}");
        let tag = county.gets(&party).await.header("etag").to_owned();
        let end = json!({"ended_on": town.today(), "successor_id": successor});
        let pays = (0..PAYMENTS).map(|_| timely(officer.posts(&path, payment.clone())));
        let (paid, ended) = tokio::join!(join_all(pays), timely(county.patches(&party, Some(&tag), end)));

        town.signed_size().await;
        let entries = async |subject: &str, action: &str| -> Vec<i64> {
            let found =
                town.auditor().reads(&format!("/v1/journal?subject_id={subject}&action={action}")).await;
            found["items"].as_array().unwrap().iter().filter_map(|it| it["index"].as_i64()).collect()
        };
        assert!(paid.iter().all(|it| [201, 409].contains(&it.status)));
        if ended.status == 200 {
            let over = entries(&east, "party_changed").await.into_iter().max().unwrap();
            let then = entries(&account, "payment_made").await;
            assert_eq!(then.len(), paid.iter().filter(|it| it.status == 201).count());
            assert!(then.iter().all(|it| *it < over), "{then:?} {over}");
        } else {
            ended.expect_problem(409, "conflict");
        }
    }
}

pub async fn a_relation_is_recorded_at_the_moment_of_a_step(town: Town) {
    const ROUNDS: usize = 4;
    town.notices_come_down_at_once().await;
    let officer = town.officer();
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let head = town.party("person", "张三", EAST).await;
    let post = json!({"to_id": east, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{head}/relations"), post).await;
    for round in 0..ROUNDS {
        let firm = town.party("enterprise", &format!("第{round}公司"), EAST).await;
        let shed = town.shed_of(&east, &minutes).await;
        let on = town.today();
        let lease = json!({"right": "management", "effective_on": on, "documents": [minutes], "decision": town.decided(&minutes),
            "term": {"from": on, "to": "2029-01-01"}, "lots": [{"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}],
            "consideration": {"kind": "rent", "schedule": [{"due_on": on, "amount_fen": 9_000_000}]}});
        let mut case = officer.creates("/v1/transfers", lease).await;
        while case["next_step"] != "execute" {
            let step = case["next_step"].as_str().unwrap().to_owned();
            case = town.decides("transfers", &case, &step).await.expect(200);
        }
        let path = format!("/v1/parties/{head}/relations");
        let tie = json!({"to_id": firm, "kind": "legal_representative", "period": {"from": "2020-01-01"}});
        let county = town.actor("county_approver");
        let (executed, related) = tokio::join!(
            timely(county.decides("transfers", &case, "execute")),
            timely(officer.posts(&path, tie))
        );

        let related = related.expect(201);
        town.signed_size().await;
        let entry = async |subject: &str, action: &str| {
            let found =
                town.auditor().reads(&format!("/v1/journal?subject_id={subject}&action={action}")).await;
            found["items"].as_array().unwrap().iter().filter_map(|it| it["index"].as_i64()).max().unwrap()
        };
        if executed.status == 200 {
            let (then, later) =
                (entry(&id(&case), "case_step_taken").await, entry(&id(&related), "parties_related").await);
            assert!(then < later, "{then} {later}");
        } else {
            executed.expect_problem(409, "blocked_by_loss_check");
        }
    }
}
