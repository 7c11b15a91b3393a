//! A village with one of everything, for stories that go through all operations.

use serde_json::{Value, json};

use super::{EAST, Town, id};

/// One of everything in the eastern village, by its identifier.
pub struct World {
    pub party: String,
    pub firm: String,
    pub relation: String,
    pub project: String,
    pub document: String,
    pub asset: String,
    pub road: String,
    pub restriction: String,
    pub registration: String,
    pub transfer: String,
    pub correction: String,
    pub alteration: String,
    pub amendment: String,
    pub distribution: String,
    pub notice: String,
    pub objection: String,
    pub another_objection: String,
    pub policy: String,
    pub assignment: String,
    pub contract: String,
    pub receipt: String,
    pub account: String,
    pub payment: String,
    pub user: String,
    pub delegation: String,
    /// The index of the journal's first entry about the asset.
    pub entry: i64,
}

impl World {
    /// Makes it, each thing by whoever has to.
    pub async fn of(town: &Town) -> Self {
        let officer = town.officer();
        let made = |answer: Value| id(&answer);
        town.notices_come_down_at_once().await;
        let party = town.party("village_collective", "东村股份经济合作社", EAST).await;
        let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
        let document = town.document_of("village_clerk").await;
        let relation = made(
            officer
                .creates(&format!("/v1/parties/{party}/relations"), json!({
                    "to_id": firm, "kind": "shareholder", "share": "1/4", "period": {"from": "2020-01-01"},
                }))
                .await,
        );
        let project = made(
            officer
                .creates(
                    "/v1/projects",
                    json!({
                        "code": "WC-2021-07", "name": "设施蔬菜大棚项目", "year": 2021, "region_code": EAST,
                        "funding": [{"source": "central", "amount_fen": 500_000_000}],
                    }),
                )
                .await,
        );
        let asset = town.asset("operating", "greenhouse", 12_000_000).await;
        let road = town.asset("public_welfare", "road", 60_000_000).await;
        let registration =
            town.registers(&asset, &document, json!([{"holder_id": party, "share": "1"}])).await;
        let restriction = made(
            officer
                .creates("/v1/restrictions", json!({
                    "asset_id": asset, "kind": "mortgage", "holder_id": firm, "amount_fen": 1, "document_id": document,
                    "period": {"from": "2022-01-01", "to": "2022-02-01"},
                }))
                .await,
        );
        let assignment = made(
            officer
                .creates("/v1/maintenance-assignments", json!({
                    "asset_id": road, "responsible_id": party, "mode": "self_managed", "period": {"from": "2021-08-01"},
                    "duties": "路面、边沟日常养护", "inspect_every_days": 90,
                }))
                .await,
        );
        let contract = made(
            officer
                .creates(
                    "/v1/contracts",
                    json!({
                        "asset_ids": [asset], "lessor_id": party, "lessee_id": firm,
                        "term": {"from": "2022-01-01", "to": "2027-01-01"},
                        "schedule": [{"due_on": "2022-01-01", "amount_fen": 1_000_000}],
                    }),
                )
                .await,
        );
        let receipt = made(
            officer
                .creates("/v1/receipts", json!({
                    "asset_id": asset, "contract_id": contract, "kind": "rent", "payer_id": firm, "amount_fen": 1000,
                    "received_on": "2022-01-03", "period": {"from": "2022-01-01", "to": "2023-01-01"},
                }))
                .await,
        );
        let distribution = officer
            .creates(
                "/v1/distributions",
                json!({
                    "asset_ids": [asset], "period": {"from": "2022-01-01", "to": "2023-01-01"},
                    "uses": {party.clone(): [{"purpose": "village_public_welfare", "share": "1"}]},
                    "decision": town.decided(&document),
                }),
            )
            .await;
        let distribution = town.takes_through("distributions", &distribution).await;
        let path = format!("/v1/accounts?party_id={party}&purpose=village_public_welfare");
        let account = id(&officer.reads(&path).await["items"][0]);
        let payment = made(
            officer
                .creates(&format!("/v1/accounts/{account}/payments"), json!({
                    "purpose": "road_repair", "payee_id": firm, "amount_fen": 100, "paid_on": town.today(),
                    "document_id": document,
                }))
                .await,
        );
        let transfer = officer.creates("/v1/transfers", Self::sale(&asset, &party, &firm)).await;
        let transfer = id(&transfer);
        let correction = made(
            officer
                .creates("/v1/corrections", json!({
                    "asset_id": asset, "right": "ownership", "effective_on": "2022-01-01", "reason": "录入有误",
                    "holders": [{"holder_id": firm, "share": "1"}], "documents": [document],
                    "decision": town.decided(&document),
                }))
                .await,
        );
        let alteration = made(officer.creates("/v1/alterations", Self::end(&asset)).await);
        let amendment = made(officer.creates("/v1/amendments", Self::amended(&asset, &document)).await);
        let hung = officer
            .creates(
                "/v1/registrations",
                json!({
                    "asset_id": road, "effective_on": "2021-08-01", "documents": [document],
                    "decision": town.decided(&document), "ownership": [{"holder_id": party, "share": "1"}],
                }),
            )
            .await;
        for step in ["submit", "review", "start_notice"] {
            town.decides("registrations", &hung, step).await.expect(200);
        }
        let public = town.somebody(None);
        let notices = public.reads(&format!("/v1/notices?region_code={EAST}&limit=500")).await;
        let notice =
            notices["items"].as_array().unwrap().iter().find(|it| it["case_id"] == hung["id"]).unwrap();
        let notice = id(notice);
        let objected = json!({"text": "界址不清", "contact": "东村三组"});
        let objection = made(public.creates(&format!("/v1/notices/{notice}/objections"), objected).await);
        let objected = json!({"text": "造价过高"});
        let another_objection =
            made(public.creates(&format!("/v1/notices/{notice}/objections"), objected).await);
        let policy = made(
            town.actor("county_approver")
                .creates(
                    "/v1/policies",
                    json!({
                        "region_code": EAST, "effective_from": "2030-01-01", "values": {"notice_days": 5},
                    }),
                )
                .await,
        );
        let user = made(
            town.actor("administrator")
                .creates("/v1/users", json!({
                    "username": "somebody", "password": "correct horse battery", "roles": ["auditor"], "region_code": EAST,
                }))
                .await,
        );
        let deputy = town.user("deputy", &["township_officer"], None).await;
        let deputy = town.somebody(Some(&deputy)).reads("/v1/me").await["id"].clone();
        let delegation = made(
            town.actor("county_approver")
                .creates(
                    "/v1/delegations",
                    json!({
                        "to_user_id": deputy, "steps": ["approve"], "reason": "外出学习",
                        "period": {"from": town.today(), "to": ending(town)},
                    }),
                )
                .await,
        );
        town.signed_size().await;
        let about = town.auditor().reads(&format!("/v1/journal?subject_id={asset}&limit=1")).await;
        let entry = about["items"][0]["index"].as_i64().unwrap();
        Self {
            party,
            firm,
            relation,
            project,
            document,
            asset,
            road,
            restriction,
            registration,
            transfer,
            correction,
            alteration,
            amendment,
            distribution,
            notice,
            objection,
            another_objection,
            policy,
            assignment,
            contract,
            receipt,
            account,
            payment,
            user,
            delegation,
            entry,
        }
    }

    /// A disposal that is blocked, but that can be drafted.
    pub fn end(asset: &str) -> Value {
        json!({
            "kind": "disposal", "asset_id": asset, "cause": "low_yield", "effective_on": "2025-02-01",
            "reason": "效益低下", "documents": [],
        })
    }

    /// What an asset cost was typed in another unit.
    pub fn amended(asset: &str, document: &str) -> Value {
        json!({
            "asset": {"id": asset, "corrected": {"original_value_fen": 120_000}}, "reason": "金额单位录入有误",
            "documents": [document],
        })
    }

    /// A sale that every rule has something to say about, but that can be drafted.
    pub fn sale(asset: &str, from: &str, to: &str) -> Value {
        json!({
            "right": "ownership", "effective_on": "2025-02-01", "documents": [],
            "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1/2"}],
            "consideration": {"kind": "price", "amount_fen": 1_000_000},
        })
    }
}

/// A hundred days from today on.
pub fn ending(town: &Town) -> String {
    let today: chrono::NaiveDate = town.today().parse().unwrap();
    (today + chrono::Days::new(100)).to_string()
}
