//! Every operation of the OpenAPI document, tried by everybody: each role, every kind of bad token, in scope and out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::Method;
use sanquan::identity::{self, Keys, Permission, Role, Tokens};
use serde_json::{Value, json};

use crate::town::{Actor, Answer, EAST, TOWNSHIP, Town, WEST, World, document::document};

/// An operation of the document, with what it takes to call it in the eastern village.
struct Operation {
    method: Method,
    template: String,
    path: String,
    permission: Permission,
    body: Option<Value>,
}

impl Operation {
    /// Every operation that needs a token.
    fn all(world: &World, town: &Town) -> Vec<Self> {
        let mut all = Vec::new();
        for (template, item) in document()["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let Some(permission) = operation["x-permission"].as_str() else { continue };
                let method: Method = method.to_uppercase().parse().unwrap();
                let body = (method != Method::GET).then(|| body(&method, template, world, town));
                let path = path(&method, template, world);
                all.push(Self {
                    method,
                    template: template.clone(),
                    path,
                    permission: permission.parse().unwrap(),
                    body,
                });
            }
        }
        all
    }

    /// Calls it as a role does: of the steps in a case, each takes its own.
    async fn call_as(&self, by: &Actor<'_>, role: Role) -> Answer {
        let step = match role {
            Role::TownshipReviewer => "review",
            Role::CountyApprover => "approve",
            _ => "withdraw",
        };
        match &self.body {
            Some(body) if body["step"] == "withdraw" => self.send(by, &Some(json!({"step": step}))).await,
            Some(body) if body["steps"].is_array() => {
                let mut own = body.clone();
                own["steps"] = json!([step]);
                self.send(by, &Some(own)).await
            }
            body => self.send(by, body).await,
        }
    }

    async fn call(&self, by: &Actor<'_>) -> Answer {
        self.send(by, &self.body).await
    }

    /// Sends it without lasting effect: an act is a rehearsal, a change is of a version that never was.
    async fn send(&self, by: &Actor<'_>, body: &Option<Value>) -> Answer {
        let computes = ["/check", "/preview", "/queries/holders", "/me/password"]
            .iter()
            .any(|it| self.path.ends_with(it));
        let rehearsal = self.method == Method::POST && !computes;
        let path = if rehearsal { format!("{}?dry_run=true", self.path) } else { self.path.clone() };
        let mut request = by.request(self.method.clone(), &path);
        if self.method == Method::PATCH || corrects(&self.template) {
            request = request.header("If-Match", "\"999\"");
        }
        request = match body {
            None => request,
            Some(Value::Null) => {
                let part = reqwest::multipart::Part::bytes(b"minutes".to_vec()).file_name("minutes.txt");
                let part = part.mime_str("text/plain").unwrap();
                request.multipart(reqwest::multipart::Form::new().part("file", part))
            }
            Some(body) => request.json(body),
        };
        Answer::of(request).await
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

/// Whether an operation puts right what was recorded, of a version that the caller saw.
pub fn corrects(template: &str) -> bool {
    template.ends_with("/{id}/corrections")
}

/// Takes what witnesses sign. Nobody here is a witness, so it can only be refused.
pub const COSIGNATURES: &str = "/v1/journal/checkpoint/cosignatures";
/// Gives entries of all regions, so only to those who see the whole register.
const ENTRIES: &str = "/v1/journal/tiles/tile/entries/{index}";
/// Changes the caller's own password, of whom nobody here says the right one.
const PASSWORD: &str = "/v1/me/password";
/// Gives hashes, which tell nobody anything about a region.
const HASHES: &str = "/v1/journal/tiles/tile/{level}/{index}";

/// The address of an operation, about what lies in the eastern village.
pub fn path(method: &Method, template: &str, world: &World) -> String {
    let own = |prefix: &str| match prefix {
        "/v1/accounts/" => &world.account,
        "/v1/alterations/" => &world.alteration,
        "/v1/amendments/" => &world.amendment,
        "/v1/assets/" => &world.asset,
        "/v1/contracts/" => &world.contract,
        "/v1/corrections/" => &world.correction,
        "/v1/delegations/" => &world.delegation,
        "/v1/distributions/" => &world.distribution,
        "/v1/documents/" => &world.document,
        "/v1/maintenance-assignments/" => &world.assignment,
        "/v1/notices/" => &world.notice,
        "/v1/objections/" => &world.objection,
        "/v1/parties/" => &world.party,
        "/v1/payments/" => &world.payment,
        "/v1/policies/" => &world.policy,
        "/v1/projects/" => &world.project,
        "/v1/receipts/" => &world.receipt,
        "/v1/registrations/" => &world.registration,
        "/v1/restrictions/" => &world.restriction,
        "/v1/transfers/" => &world.transfer,
        "/v1/users/" => &world.user,
        _ => panic!("{template}: nothing of this kind in the village"),
    };
    let mut path = template.replace("{relation_id}", &world.relation).replace("{code}", EAST);
    path = path.replace("{level}", "0").replace("{index}", "000.p/1");
    if let Some((prefix, _)) = template.split_once("{id}") {
        path = path.replace("{id}", own(prefix));
    }
    match template {
        _ if *method != Method::GET => path,
        "/v1/restrictions" => format!("{path}?asset_id={}", world.asset),
        "/v1/policies/effective" => format!("{path}?region_code={EAST}"),
        "/v1/journal/proofs/inclusion" => format!("{path}?index={}", world.entry),
        "/v1/journal/proofs/consistency" => format!("{path}?from=1"),
        "/v1/maintenance-gaps" | "/v1/queries/holders" | "/v1/trial-balance" => {
            format!("{path}?region_code={EAST}")
        }
        _ => path,
    }
}

/// A good body for an operation; null where it is a file.
pub fn body(method: &Method, template: &str, world: &World, town: &Town) -> Value {
    let World { party, firm, asset, road, document, .. } = world;
    let period = json!({"from": "2022-01-01", "to": "2023-01-01"});
    match (method.as_str(), template) {
        ("POST", "/v1/accounts/{id}/payments") => json!({
            "purpose": "road_repair", "payee_id": firm, "amount_fen": 1, "paid_on": town.today(), "document_id": document,
        }),
        ("POST", "/v1/alterations") => World::end(asset),
        ("POST", "/v1/assets") => json!({
            "name": "水塔", "class": "public_welfare", "category": "water_supply", "region_code": EAST, "quantity": "1",
            "unit": "座", "original_value_fen": 100, "acquired_on": "2021-07-01", "service_life_months": 240,
            "residual_rate_bp": 500,
        }),
        ("POST", "/v1/amendments") => World::amended(asset, document),
        (
            "POST",
            "/v1/assets/{id}/corrections"
            | "/v1/projects/{id}/corrections"
            | "/v1/contracts/{id}/corrections",
        ) => json!({"void": true, "reason": "重复登记"}),
        ("PATCH", "/v1/assets/{id}") => json!({"location": "东村三组"}),
        ("POST", "/v1/contracts") => json!({
            "asset_ids": [asset], "lessor_id": party, "lessee_id": firm, "term": {"from": "2025-01-01", "to": "2026-01-01"},
            "schedule": [{"due_on": "2025-01-01", "amount_fen": 1}],
        }),
        ("POST", "/v1/corrections") => json!({
            "asset_id": asset, "right": "ownership", "effective_on": "2022-01-01", "reason": "录入有误",
            "holders": [{"holder_id": firm, "share": "1"}], "documents": [document], "decision": town.decided(document),
        }),
        ("POST", "/v1/delegations") => json!({
            "to_user_id": world.user, "steps": ["approve"], "reason": "外出学习", "region_code": EAST,
            "period": {"from": town.today(), "to": crate::town::ending(town)},
        }),
        ("POST", "/v1/delegations/{id}/decisions") => json!({"step": "revoke"}),
        ("POST", "/v1/notices") => json!({
            "case_id": world.registration, "opened_on": "2021-03-01", "closed_on": "2021-03-15", "place": "村务公开栏",
            "document_id": document,
        }),
        ("POST", "/v1/distributions" | "/v1/distributions/preview") => {
            json!({"asset_ids": [asset], "period": period})
        }
        ("POST", "/v1/documents") => Value::Null,
        ("POST", COSIGNATURES) => json!({"tree_size": 9_007_199_254_740_991_i64, "signature": "none"}),
        ("POST", "/v1/maintenance-assignments") => json!({
            "asset_id": asset, "responsible_id": party, "mode": "self_managed", "period": {"from": "2021-08-01"},
            "duties": "养护", "inspect_every_days": 90,
        }),
        ("PATCH", "/v1/maintenance-assignments/{id}") => json!({"to": "2025-01-01"}),
        ("POST", "/v1/me/password") => {
            json!({"old_password": "not the present one", "new_password": "eighth crane counts umbrellas"})
        }
        ("POST", "/v1/objections/{id}/decisions") => json!({"step": "dismiss", "answer": "已复核"}),
        ("POST", "/v1/notices/{id}/objections/decisions") => {
            json!({"step": "dismiss", "answer": "已复核", "objection_ids": [world.another_objection]})
        }
        ("POST", "/v1/parties") => {
            json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}})
        }
        ("PATCH", "/v1/parties/{id}") => json!({"name": "甲合作社"}),
        ("POST", "/v1/parties/{id}/erasure") => json!({"ground": "other_law", "document_id": world.document}),
        ("POST", "/v1/parties/{id}/relations") => {
            json!({"to_id": firm, "kind": "associate", "period": {"from": "2020-01-01"}})
        }
        ("PATCH", "/v1/parties/{id}/relations/{relation_id}") => json!({"ended_on": "2025-01-01"}),
        ("POST", "/v1/policies") => {
            json!({"region_code": EAST, "effective_from": "2031-01-01", "values": {"notice_days": 5}})
        }
        ("POST", "/v1/policies/simulate") => json!({"region_code": EAST, "values": {"rent_floor_bp": 700}}),
        ("POST", "/v1/projects") => json!({
            "code": "WC-2022-01", "name": "冷库项目", "year": 2022, "region_code": EAST,
            "funding": [{"source": "central", "amount_fen": 1}],
        }),
        ("POST", "/v1/queries/holders") => json!({"asset_ids": [asset]}),
        ("POST", "/v1/receipts") => json!({
            "asset_id": asset, "kind": "rent", "payer_id": firm, "amount_fen": 1, "received_on": "2022-01-03", "period": period,
        }),
        ("POST", "/v1/payments/{id}/reversal") => json!({"reason": "金额多录一个零"}),
        ("POST", "/v1/receipts/{id}/reversal") => json!({"reason": "重复录入"}),
        ("POST", "/v1/regions") => json!({"code": format!("{}299", &TOWNSHIP[..9]), "name": "新村"}),
        ("POST", "/v1/registrations") => json!({
            "asset_id": road, "effective_on": "2021-08-01", "documents": [document], "decision": town.decided(document),
            "ownership": [{"holder_id": party, "share": "1"}],
        }),
        ("POST", "/v1/restrictions") => json!({
            "asset_id": asset, "kind": "mortgage", "holder_id": firm, "amount_fen": 1, "document_id": document,
            "period": {"from": "2023-01-01"},
        }),
        ("PATCH", "/v1/restrictions/{id}") => json!({"released_on": "2024-01-01"}),
        ("POST", "/v1/transfers" | "/v1/transfers/check") => World::sale(asset, party, firm),
        ("POST", "/v1/users") => json!({
            "username": "another", "password": "correct horse battery", "roles": ["auditor"], "region_code": EAST,
        }),
        ("PATCH", "/v1/users/{id}") => json!({"disabled": true}),
        ("POST", _) if template.ends_with("/decisions") => json!({"step": "withdraw"}),
        _ => panic!("{method} {template}: no body is known"),
    }
}

pub async fn every_operation_answers_only_to_those_who_may(town: Town) {
    let world = World::of(&town).await;
    let operations = Operation::all(&world, &town);
    assert!(operations.len() > 60);
    let before = town.journal_size().await;

    let officer = town
        .registry
        .storage
        .read::<_, sanquan::storage::StorageError, _>(|unit| identity::by_name(unit, "township_officer"))
        .await
        .unwrap()
        .unwrap();
    let now = town.clock.now();
    let good = town.token("township_officer");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let claims = head.split_once('.').unwrap().1;
    let elsewhere = tempfile::tempdir().unwrap();
    sanquan::identity::Keyring::of(elsewhere.path(), 1, false, false).unwrap().make_missing().unwrap();
    let other_key = Tokens::new(&Keys::open(elsewhere.path()).unwrap());
    let mut forged = signature.to_owned();
    forged.replace_range(..1, if forged.starts_with('A') { "B" } else { "A" });
    let unsigned = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "JWT"}).to_string());
    let bad_tokens = [
        None,
        Some(String::new()),
        Some("nonsense".to_owned()),
        Some(town.registry.tokens.issue(&officer, now - TimeDelta::days(2), TimeDelta::days(1)).unwrap()),
        Some(town.registry.tokens.issue(&officer, now + TimeDelta::hours(1), TimeDelta::days(1)).unwrap()),
        Some(format!("{head}.{forged}")),
        Some(format!("{unsigned}.{claims}.")),
        Some(format!("{unsigned}.{claims}.{signature}")),
        Some(other_key.issue(&officer, now, TimeDelta::days(1)).unwrap()),
    ];
    for operation in &operations {
        for token in &bad_tokens {
            let answer = operation.call(&town.somebody(token.as_deref())).await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", operation.name());
            answer.expect_problem(401, "unauthenticated");
        }
    }

    for role in Role::ALL {
        let actor = town.actor(role.code());
        for operation in &operations {
            let answer = operation.call_as(&actor, *role).await;
            let told = format!("{} as {role}: {} {}", operation.name(), answer.status, answer.body);
            if !role.may(operation.permission) {
                assert_eq!(answer.body["permission"], operation.permission.code(), "{told}");
                answer.expect_problem(403, "permission_denied");
            } else if operation.template == ENTRIES {
                answer.expect_problem(403, "out_of_scope");
            } else if operation.template == COSIGNATURES || operation.template == PASSWORD {
                answer.expect_problem(422, "validation_failed");
            } else if operation.path.contains(&world.delegation) {
                // It is seen by whoever gave it, whoever received it, and auditors; whoever gave it revokes it.
                let own = matches!(role, Role::CountyApprover)
                    || *role == Role::Auditor && operation.method == Method::GET;
                assert_eq!(answer.status, if own { 200 } else { 404 }, "{told}");
            } else if operation.method == Method::GET {
                assert_eq!(answer.status, 200, "{told}");
            } else if *role == Role::VillageClerk && operation.permission == Permission::CasesDecide {
                // A clerk withdraws drafts of their own, and takes no other step.
                assert_eq!(answer.body["permission"], "cases:submit", "{told}");
            } else if operation.method == Method::PATCH || corrects(&operation.template) {
                assert_eq!(answer.status, 412, "{told}");
            } else {
                assert!([200, 201, 409].contains(&answer.status), "{told}");
            }
        }
    }
    assert_eq!(town.journal_size().await, before, "nobody changed anything");
}

pub async fn nobody_cites_a_document_that_they_cannot_see(town: Town) {
    let world = World::of(&town).await;
    let clerk = town.user_in("neighbour", &["township_officer"], WEST, None).await;
    let neighbour = town.somebody(Some(&clerk));
    let firm = town.party("enterprise", "惠农农业科技有限公司", WEST).await;
    let asset = neighbour
        .creates("/v1/assets", json!({
            "name": "冷库", "class": "operating", "category": "cold_store", "region_code": WEST, "quantity": "1",
            "unit": "座", "original_value_fen": 100, "acquired_on": "2021-07-01", "service_life_months": 240,
            "residual_rate_bp": 500,
        }))
        .await["id"]
        .clone();
    let period = json!({"from": "2024-01-01", "to": "2025-01-01"});
    let receipt = json!({"asset_id": asset, "kind": "rent", "payer_id": firm, "amount_fen": 1,
        "received_on": "2025-01-03", "period": period});
    let restriction = json!({"asset_id": asset, "kind": "dispute", "holder_id": firm, "period": period});
    let registration = json!({"asset_id": asset, "effective_on": "2021-08-01", "documents": [],
        "ownership": [{"holder_id": firm, "share": "1"}]});
    for (path, body, pointer) in [
        ("/v1/receipts", &receipt, "/document_id"),
        ("/v1/restrictions", &restriction, "/document_id"),
        ("/v1/registrations", &registration, "/documents/0"),
    ] {
        let mut citing = body.clone();
        citing[pointer.split('/').nth(1).unwrap()] =
            if pointer == "/documents/0" { json!([world.document]) } else { json!(world.document) };
        let refused = neighbour.posts(path, citing).await.expect_problem(422, "validation_failed");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!("not_found"))
        );
    }
}

pub async fn what_lies_elsewhere_cannot_be_seen_or_touched(town: Town) {
    let world = World::of(&town).await;
    let roles: Vec<_> = Role::ALL.iter().map(|it| it.code()).collect();
    let token = town.user_in("neighbour", &roles, WEST, None).await;
    let neighbour = town.somebody(Some(&token));
    let before = town.journal_size().await;

    for operation in Operation::all(&world, &town) {
        let answer = operation.call(&neighbour).await;
        let told = format!("{}: {} {}", operation.name(), answer.status, answer.body);
        if [ENTRIES, HASHES].contains(&operation.template.as_str()) {
            assert_eq!(answer.status, if operation.template == ENTRIES { 403 } else { 200 }, "{told}");
        } else if operation.template.contains('{') {
            let expected =
                if operation.template.starts_with("/v1/regions") { [200, 404] } else { [404, 404] };
            assert!(expected.contains(&answer.status), "{told}");
        } else if operation.method == Method::GET {
            let listed = answer.body["items"].as_array().map_or(0, |items| {
                items.iter().filter(|it| it["region_code"] == EAST || it["asset_id"] == world.asset).count()
            });
            let refused = matches!(answer.status, 403 | 404 | 422);
            assert!(refused || (answer.status == 200 && listed == 0), "{told}");
        } else if operation.template == PASSWORD {
            assert_eq!(answer.status, 422, "{told}");
        } else if operation.template == "/v1/queries/holders" {
            assert_eq!(answer.body["not_found"], json!([world.asset]), "{told}");
        } else if operation.template != "/v1/documents" {
            let unknown = answer.status == 422
                && answer.body["errors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|it| ["not_found", "unknown_region"].contains(&it["code"].as_str().unwrap()));
            assert!(unknown || [403, 404].contains(&answer.status), "{told}");
        }
    }
    assert_eq!(town.journal_size().await, before);
}
