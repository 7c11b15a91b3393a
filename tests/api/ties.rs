//! Who is related to whom, through everyone: deals with oneself, with one's kin and with what they have in hand; appraisers and
//! auctioneers; those who decide.

use std::{collections::BTreeSet, time::Instant};

use chrono::{Days, NaiveDate, TimeDelta};
use sanquan::{
    register::{
        codes::{PartyKind, RelationKind},
        parties::{
            self,
            ties::{Tie, Web},
        },
    },
    storage::StorageError,
    values::{Id, Share, id::kind},
};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{EAST, Engine, TOWNSHIP, Town, id},
};

fn today(town: &Town) -> NaiveDate {
    (town.clock.now() + TimeDelta::hours(8)).date_naive()
}

/// Records how a party stands to another since 2020, and gives the relation.
async fn relates(town: &Town, from: &str, kind: &str, to: &str) -> String {
    let relation = json!({"to_id": to, "kind": kind, "period": {"from": "2020-01-01"}});
    id(&town.officer().creates(&format!("/v1/parties/{from}/relations"), relation).await)
}

/// The head of a village, who is on record as such.
async fn head_of(town: &Town, village: &str) -> String {
    let head = town.party("person", "张三", EAST).await;
    let office =
        json!({"to_id": village, "kind": "officer_of", "post": "head", "period": {"from": "2020-01-01"}});
    town.officer().creates(&format!("/v1/parties/{head}/relations"), office).await;
    head
}

/// A lease of a year from a day on, decided by the village, for a rent at which nothing is wrong.
fn lease(town: &Town, asset: &str, [from, to]: [&str; 2], on: NaiveDate, minutes: &str) -> Value {
    json!({
        "right": "management", "effective_on": on, "term": {"from": on, "to": on + Days::new(365)}, "documents": [minutes],
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}],
        "consideration": {"kind": "rent", "schedule": [{"due_on": on, "amount_fen": 900_000}]},
        "decision": town.decided(minutes),
    })
}

/// A sale of today, for what the asset was appraised at.
fn sale(town: &Town, asset: &str, [from, to]: [&str; 2], appraiser: &str, minutes: &str) -> Value {
    let on = today(town);
    json!({
        "right": "ownership", "effective_on": on, "documents": [minutes], "decision": town.decided(minutes),
        "lots": [{"asset_id": asset, "from_id": from, "to_id": to, "share": "1"}],
        "consideration": {"kind": "price", "amount_fen": 12_000_000},
        "appraisal": {"value_fen": 12_000_000, "appraised_on": on, "appraiser_id": appraiser, "signatures": 2,
            "document_id": minutes},
    })
}

fn rules(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

async fn checks(town: &Town, deal: &Value) -> Value {
    town.officer().posts("/v1/transfers/check", deal.clone()).await.expect(200)
}

/// What is found is just this, with this outcome.
#[track_caller]
fn comes_to(check: &Value, outcome: &str, expected: &[&str]) {
    assert_eq!((&check["outcome"], rules(check)), (&json!(outcome), expected.to_vec()), "{check:#}");
}

pub async fn the_nephew_s_house_appraises_and_the_cousin_s_company_leases(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let head = head_of(&town, &east).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let house = town.party("enterprise", "诚信资产评估有限公司", TOWNSHIP).await;
    let kin = town.party("person", "李四", EAST).await;
    let on = today(&town);
    let lets = |to: &str| lease(&town, &shed, [&east, to], on, &minutes);
    comes_to(&checks(&town, &lets(&firm)).await, "pass", &[]);
    comes_to(&checks(&town, &sale(&town, &shed, [&east, &firm], &house, &minutes)).await, "pass", &[]);

    relates(&town, &kin, "kin", &head).await;
    relates(&town, &kin, "legal_representative", &house).await;
    let appraised = checks(&town, &sale(&town, &shed, [&east, &firm], &house, &minutes)).await;
    comes_to(&appraised, "block", &["L04"]);
    let figures = &appraised["findings"][0]["figures"];
    assert_eq!(figures["path"], json!(["head", "kin", "legal_representative"]));
    assert_eq!(figures["path_ids"], json!([east, head, kin, house]));

    // The same house as the auctioneer, and another one as the appraiser.
    let other = town.party("enterprise", "公信资产评估有限公司", TOWNSHIP).await;
    let mut auctioned = sale(&town, &shed, [&east, &firm], &other, &minutes);
    auctioned["auctioneer_id"] = json!(house);
    comes_to(&checks(&town, &auctioned).await, "escalate", &["L07"]);
    auctioned["auctioneer_id"] = json!(firm);
    comes_to(&checks(&town, &auctioned).await, "block", &["L07"]);

    // The cousin's company leases: the county knows, and may agree.
    let cousin = town.party("person", "王五", EAST).await;
    relates(&town, &kin, "kin", &cousin).await;
    relates(&town, &cousin, "legal_representative", &firm).await;
    let leased = town.officer().in_chinese().creates("/v1/transfers", lets(&firm)).await;
    comes_to(&leased, "escalate", &["L07"]);
    let message = leased["findings"][0]["message"].as_str().unwrap();
    assert!(
        message.contains(
            "张三（东村股份经济合作社的负责人）—亲属→李四—亲属→王五—法定代表人→惠农农业科技有限公司"
        ),
        "{message}"
    );
    let shown = town.auditor().reads(&format!("/v1/transfers/{}", id(&leased))).await;
    let message = shown["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("张三 (head of 东村股份经济合作社) —kin→ 李四"), "{message}");
    // By as many steps as the policy looks.
    let nearer =
        json!({"region_code": EAST, "effective_from": "2021-01-01", "values": {"related_party_depth": 2}});
    town.actor("county_approver").creates("/v1/policies", nearer).await;
    comes_to(&checks(&town, &lets(&firm)).await, "pass", &[]);
    let farther =
        json!({"region_code": EAST, "effective_from": "2021-01-01", "values": {"related_party_depth": 3}});
    town.actor("county_approver").creates("/v1/policies", farther).await;
    comes_to(&checks(&town, &lets(&firm)).await, "escalate", &["L07"]);

    // The head himself, and what he controls, gets nothing, and no one may agree to it.
    comes_to(&checks(&town, &lets(&head)).await, "block", &["L06"]);
    let own = town.party("enterprise", "三丰农业有限公司", EAST).await;
    relates(&town, &own, "controlled_by", &head).await;
    let blocked = checks(&town, &lets(&own)).await;
    comes_to(&blocked, "block", &["L06"]);
    assert_eq!(blocked["findings"][0]["figures"]["path_ids"], json!([east, head, own]));
    let mut paid = lets(&kin);
    paid["pay_to_id"] = json!(own);
    let paid = checks(&town, &paid).await;
    assert!(rules(&paid).starts_with(&["L06", "L07"]), "{paid}");

    // What the village's own cooperative runs has not left it, whoever speaks for the cooperative.
    let cooperative = town.party("cooperative", "东村农机专业合作社", EAST).await;
    relates(&town, &cooperative, "controlled_by", &east).await;
    relates(&town, &head, "legal_representative", &cooperative).await;
    comes_to(&checks(&town, &lets(&cooperative)).await, "pass", &[]);
    // Its members rent from the village as ever.
    let member = town.party("household", "赵六户", EAST).await;
    relates(&town, &member, "member", &east).await;
    relates(&town, &member, "member", &cooperative).await;
    comes_to(&checks(&town, &lets(&member)).await, "pass", &[]);
}

pub async fn what_a_village_s_own_cooperative_gives_on_is_looked_at_as_the_village_s(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let own = town.party("cooperative", "东村农机专业合作社", EAST).await;
    let strange = town.party("cooperative", "绿源种植专业合作社", EAST).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let minutes = town.document().await;
    let head = head_of(&town, &east).await;
    relates(&town, &own, "controlled_by", &east).await;
    let officer = town.officer();
    let on = today(&town);
    let lets_on = |asset: &str, from: &str, to: &str, rent: i64| {
        let mut deal = lease(&town, asset, [from, to], on, &minutes);
        deal["consideration"]["schedule"][0]["amount_fen"] = json!(rent);
        deal["sublease_consent_id"] = json!(minutes);
        town.decided_by(deal, &minutes, &[&east])
    };
    let mut sheds = Vec::new();
    for cooperative in [&own, &own, &strange, &strange] {
        let shed = town.shed_of(&east, &minutes).await;
        let run =
            officer.creates("/v1/transfers", lease(&town, &shed, [&east, cooperative], on, &minutes)).await;
        town.takes_through("transfers", &run).await;
        sheds.push(shed);
    }
    // The head gets nothing of what the cooperative runs, as little as of the village.
    let to_head = checks(&town, &lets_on(&sheds[0], &own, &head, 900_000)).await;
    assert!(rules(&to_head).contains(&"L06") && to_head["outcome"] == "block", "{to_head}");
    let to_head = checks(&town, &lets_on(&sheds[2], &strange, &head, 900_000)).await;
    assert!(!rules(&to_head).contains(&"L06"), "{to_head}");
    // Two leases below the limit are one above it; those of another cooperative are its own.
    for (of, expected) in [([&sheds[0], &sheds[1]], true), ([&sheds[2], &sheds[3]], false)] {
        let from = if expected { &own } else { &strange };
        let [first, second] = of.map(|it| lets_on(it, from, &firm, 15_000_000));
        let first = officer.creates("/v1/transfers", first).await;
        town.decides("transfers", &first, "submit").await.expect(200);
        let second = checks(&town, &second).await;
        assert_eq!(rules(&second).contains(&"L08"), expected, "{second}");
    }
}

pub async fn nobody_leaves_an_office_for_a_day(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let officer = town.officer();
    let (on, yesterday) = (today(&town), today(&town) - Days::new(1));
    let let_on = |to: &str, day| lease(&town, &shed, [&east, to], day, &minutes);
    // Until when somebody was the head, and whether that counts for a deal of yesterday that is entered today: whoever was it when the
    // village decided does not leave in between.
    let decided = NaiveDate::from_ymd_opt(2021, 7, 1).unwrap();
    for (until, expected) in [
        (decided, &[][..]),
        (decided + Days::new(1), &["L06"]),
        (on, &["L06"]),
        (on + Days::new(1), &["L06"]),
    ] {
        let head = town.party("person", "张三", EAST).await;
        let office =
            json!({"to_id": east, "kind": "officer_of", "period": {"from": "2020-01-01", "to": until}});
        officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
        let found = checks(&town, &let_on(&head, yesterday)).await;
        assert_eq!(rules(&found), expected, "until {until}");
    }
    // From when on.
    for (from, expected) in [(yesterday, &["L06"][..]), (on, &["L06"]), (on + Days::new(1), &[])] {
        let head = town.party("person", "张三", EAST).await;
        let office = json!({"to_id": east, "kind": "officer_of", "period": {"from": from}});
        officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
        let found = checks(&town, &let_on(&head, yesterday)).await;
        assert_eq!(rules(&found), expected, "from {from}");
    }
    // Of what is entered long after its day, and says why, those count who were it on that day; who is it by now is told.
    let late = |to: &str| {
        let mut late = let_on(to, NaiveDate::from_ymd_opt(2022, 3, 1).unwrap());
        late["recorded_late"] = town.late();
        late
    };
    for (period, expected) in [
        (json!({"from": "2024-01-01"}), &["L07"][..]),
        (json!({"from": "2020-01-01", "to": "2022-03-01"}), &[]),
        (json!({"from": "2020-01-01", "to": "2022-03-02"}), &["L06"]),
    ] {
        let head = town.party("person", "张三", EAST).await;
        let office = json!({"to_id": east, "kind": "officer_of", "period": period});
        officer.creates(&format!("/v1/parties/{head}/relations"), office).await;
        assert_eq!(rules(&checks(&town, &late(&head)).await), expected, "{period}");
    }

    // Who was it when the case was drafted is it for that case, whatever is recorded afterwards.
    let head = head_of(&town, &east).await;
    let relations = format!("/v1/parties/{head}/relations");
    let office = officer.reads(&relations).await["items"][0].clone();
    assert_eq!((&office["kind"], &office["post"]), (&json!("officer_of"), &json!("head")));
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let cousin = town.party("person", "李四", EAST).await;
    relates(&town, &cousin, "kin", &head).await;
    relates(&town, &firm, "controlled_by", &cousin).await;
    let case = officer.creates("/v1/transfers", let_on(&firm, on + Days::new(3))).await;
    comes_to(&case, "escalate", &["L07"]);
    town.clock.advance(TimeDelta::days(1));
    let office = format!("{relations}/{}", id(&office));
    let renewed = town.renewed("township_officer").await;
    let officer = town.somebody(Some(&renewed));
    let seen = officer.gets(&office).await.header("etag").to_owned();
    officer.patches(&office, Some(&seen), json!({"ended_on": today(&town)})).await.expect(200);
    let path = format!("/v1/transfers/{}/decisions", id(&case));
    let submitted = officer.posts(&path, json!({"step": "submit"})).await.expect(200);
    comes_to(&submitted, "escalate", &["L07"]);
    let drafted_now = let_on(&firm, on + Days::new(3));
    let check = officer.posts("/v1/transfers/check", drafted_now).await.expect(200);
    assert_eq!(
        rules(&check),
        ["L07", "L11"],
        "the case that is under way, and who was the head when the village decided"
    );
}

pub async fn an_auctioneer_stands_in_the_notice_and_in_the_chain(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let [appraiser, house] = ["公信资产评估有限公司", "兴隆拍卖有限公司"];
    let appraiser = town.party("enterprise", appraiser, TOWNSHIP).await;
    let house = town.party("enterprise", house, TOWNSHIP).await;
    let mut deal = sale(&town, &shed, [&east, &firm], &appraiser, &minutes);
    deal["auctioneer_id"] = json!(uuid::Uuid::new_v4());
    let (pointer, code) = town.officer().posts("/v1/transfers", deal.clone()).await.first_fault();
    assert_eq!((pointer.as_str(), code.as_str()), ("/auctioneer_id", "not_found"));
    deal["auctioneer_id"] = json!(house);
    let case = town.officer().creates("/v1/transfers", deal).await;
    comes_to(&case, "pass", &[]);
    let executed = town.takes_through("transfers", &case).await;
    let notices = town.auditor().reads(&format!("/v1/notices?region_code={EAST}")).await;
    let notices = notices["items"].as_array().unwrap();
    let notice = notices.iter().find(|it| it["case_id"] == json!(executed)).unwrap();
    let notice = town.auditor().reads(&format!("/v1/notices/{}", id(notice))).await;
    assert_eq!(notice["content"]["auctioneer"]["name"], "兴隆拍卖有限公司", "{notice}");
    assert!(notice["content"]["text"]["zh"].as_str().unwrap().contains("拍卖人：兴隆拍卖有限公司。"));
    let chain = town.auditor().reads(&format!("/v1/assets/{shed}/ownership-chain")).await;
    let link = chain["links"].as_array().unwrap().iter().find(|it| it["case_id"] == json!(executed)).unwrap();
    assert_eq!(link["grounds"]["auctioneer_id"], json!(house));
}

pub async fn nobody_decides_on_the_case_of_their_kin(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let minutes = town.document().await;
    let shed = town.shed_of(&east, &minutes).await;
    let firm = town.party("enterprise", "惠农农业科技有限公司", EAST).await;
    let office = town.party("township_government", "城关镇人民政府", TOWNSHIP).await;
    let [reviewer, owner, stranger] = ["钱七", "孙八", "周九"];
    let reviewer = town.party("person", reviewer, TOWNSHIP).await;
    let owner = town.party("person", owner, EAST).await;
    let stranger = town.party("person", stranger, TOWNSHIP).await;
    relates(&town, &reviewer, "kin", &owner).await;
    relates(&town, &firm, "controlled_by", &owner).await;
    // All of them work for the township, which passes nothing on.
    for it in [&reviewer, &stranger] {
        relates(&town, it, "employed_by", &office).await;
        relates(&town, it, "member", &east).await;
    }
    relates(&town, &owner, "officer_of", &office).await;
    let case = town
        .officer()
        .creates("/v1/transfers", lease(&town, &shed, [&east, &firm], today(&town), &minutes))
        .await;
    comes_to(&case, "pass", &[]);
    // Nobody takes in the case of their own firm for the township, or of their kin.
    for (name, concerned) in [("own", &firm), ("kin", &reviewer)] {
        let officer = town.user(name, &["township_officer"], Some(concerned)).await;
        let submits = format!("/v1/transfers/{}/decisions", id(&case));
        let refused = town.somebody(Some(&officer)).posts(&submits, json!({"step": "submit"})).await;
        refused.expect_problem(409, "party_to_the_case");
    }
    // Whoever works for the village does.
    let clerk = town.user("clerk", &["township_officer"], Some(&east)).await;
    let clerk = town.somebody(Some(&clerk));
    clerk.decides("transfers", &case, "submit").await.expect(200);

    let path = format!("/v1/transfers/{}/decisions", id(&case));
    let related = town.user("related", &["township_reviewer", "county_approver"], Some(&reviewer)).await;
    let before = town.journal_size().await;
    for step in ["review", "reject"] {
        let refused = town.somebody(Some(&related)).in_chinese().posts(&path, json!({"step": step})).await;
        let refused = refused.expect_problem(409, "party_to_the_case");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("钱*—亲属→孙*←受控制—惠农农业科技有限公司"), "{detail}");
        assert_eq!(refused["path_ids"], json!([reviewer, owner, firm]));
    }
    let refused = town.somebody(Some(&related)).posts(&path, json!({"step": "review"})).await;
    let refused = refused.expect_problem(409, "party_to_the_case");
    assert!(refused["detail"].as_str().unwrap().contains("钱* —kin→ 孙*"), "{refused}");
    assert_eq!(town.journal_size().await, before);
    // Whoever is on record as the office itself is close to nobody by it; nor is a stranger.
    let of_office = town.user("of_office", &["township_reviewer"], Some(&office)).await;
    town.somebody(Some(&of_office)).posts(&path, json!({"step": "review"})).await.expect(200);
    town.decides("transfers", &case, "start_notice").await.expect(200);
    town.decides("transfers", &case, "close_notice").await.expect(200);
    let refused = town.somebody(Some(&related)).posts(&path, json!({"step": "approve"})).await;
    refused.expect_problem(409, "party_to_the_case");
    let unknown = town.user("stranger", &["county_approver"], Some(&stranger)).await;
    town.somebody(Some(&unknown)).posts(&path, json!({"step": "approve"})).await.expect(200);
}

pub async fn a_post_goes_with_officers_alone(town: Town) {
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let person = town.party("person", "张三", EAST).await;
    let path = format!("/v1/parties/{person}/relations");
    for kind in ["officer_of", "employed_by", "associate"] {
        let relation = json!({"to_id": east, "kind": kind, "period": {"from": "2020-01-01"}});
        let made = town.officer().creates(&path, relation).await;
        assert_eq!((&made["kind"], &made["post"]), (&json!(kind), &Value::Null));
    }
    let other = town.party("person", "李四", EAST).await;
    let kin = json!({"to_id": other, "kind": "kin", "post": "head", "period": {"from": "2020-01-01"}});
    let (pointer, code) = town.officer().posts(&path, kin).await.first_fault();
    assert_eq!((pointer.as_str(), code.as_str()), ("/post", "not_applicable"));
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }
}

fn party(number: usize) -> Id<kind::Party> {
    uuid::Uuid::from_u128(0x2_0000_0000 + u128::try_from(number).unwrap()).into()
}

fn literal(engine: Engine, id: uuid::Uuid) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", id.simple()),
        Engine::Postgres => format!("'{id}'::uuid"),
    }
}

/// Writes parties beside the registry, by what they are.
fn writes_parties(town: &Town, beside: &mut Beside, kinds: &[(usize, PartyKind)]) {
    for some in kinds.chunks(500) {
        let rows: Vec<_> = some
            .iter()
            .map(|(number, kind)| {
                let id = literal(town.engine, party(*number).uuid());
                let sector = kind.sector();
                format!("({id}, '{kind}', '{sector}', '某', '{EAST}', 'none', '2025-01-01 00:00:00')")
            })
            .collect();
        let columns = "id, kind, sector, name, region_code, identifier_scheme, created_at";
        beside.execute(&format!("insert into parties ({columns}) values {}", rows.join(", "))).unwrap();
    }
}

/// Writes ties beside the registry, each with the days on which it is in force.
fn writes_ties(town: &Town, beside: &mut Beside, ties: &[(Tie, [&str; 2])]) {
    for some in ties.chunks(500) {
        let rows: Vec<_> = some
            .iter()
            .map(|(tie, [from, to])| {
                let [id, one, other] =
                    [uuid::Uuid::new_v4(), tie.from.uuid(), tie.to.uuid()].map(|it| literal(town.engine, it));
                let share =
                    tie.share.map_or("null, null".to_owned(), |it| format!("{}, {}", it.num(), it.den()));
                let to = if to.is_empty() { "null".to_owned() } else { format!("'{to}'") };
                let kind = tie.kind;
                format!("({id}, {one}, {other}, '{kind}', {share}, '{from}', {to}, 1, '2025-01-01 00:00:00')")
            })
            .collect();
        let columns =
            "id, from_id, to_id, kind, share_num, share_den, valid_from, valid_to, version, recorded_at";
        beside
            .execute(&format!("insert into party_relations ({columns}) values {}", rows.join(", ")))
            .unwrap();
    }
}

async fn around(town: &Town, ids: &[Id<kind::Party>], days: &[NaiveDate], depth: i64) -> Vec<Tie> {
    let (ids, days) = (ids.to_vec(), days.to_vec());
    let found = town
        .registry
        .storage
        .read::<_, StorageError, _>(move |unit| parties::ties_around(unit, &ids, &days, depth))
        .await;
    found.unwrap()
}

/// The ties that one query finds are all that a search through all of them goes by, on whatever graph; and it finds no other than
/// those in force.
pub async fn what_is_looked_up_is_all_that_a_search_needs(town: Town) {
    const PARTIES: usize = 60;
    let mut dice = Dice(20_261_130);
    let mut beside = Beside::of(&town);
    let kinds: Vec<_> = (0..PARTIES).map(|it| (it, dice.of(PartyKind::ALL))).collect();
    writes_parties(&town, &mut beside, &kinds);
    let periods =
        [["2020-01-01", ""], ["2020-01-01", "2025-03-01"], ["2025-03-01", ""], ["2025-01-01", "2025-01-01"]];
    let mut ties = BTreeSet::new();
    while ties.len() < 170 {
        let (from, to) = (dice.below(PARTIES), dice.below(PARTIES));
        let kind = dice.of(RelationKind::ALL);
        let share = Share::new(1 + i64::try_from(dice.below(30)).unwrap(), 200).unwrap();
        let tie = Tie {
            from: party(from),
            from_kind: kinds[from].1,
            kind,
            post: None,
            share: (kind == RelationKind::Shareholder).then_some(share),
            to: party(to),
            to_kind: kinds[to].1,
        };
        if from != to {
            ties.insert((tie, dice.of(&periods)));
        }
    }
    let ties: Vec<_> = ties.into_iter().collect();
    writes_ties(&town, &mut beside, &ties);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let in_force = |days: &[NaiveDate]| -> Vec<Tie> {
        let on = |from: &str, to: &str, it: NaiveDate| day(from) <= it && (to.is_empty() || day(to) > it);
        let of = ties.iter().filter(|(_, [from, to])| days.iter().any(|it| on(from, to, *it)));
        of.map(|(tie, _)| *tie).collect()
    };
    let mut found_some = 0;
    for round in 0..240 {
        let days: &[&str] =
            dice.of(&[&["2025-02-28"][..], &["2025-03-01"], &["2025-02-28", "2025-03-01"], &["2019-12-31"]]);
        let days: Vec<_> = days.iter().map(|it| day(it)).collect();
        let (one, other, depth) = (dice.below(PARTIES), dice.below(PARTIES), 1 + round % 8);
        if one == other {
            continue;
        }
        let all = in_force(&days);
        let looked_up = around(&town, &[party(one), party(other)], &days, depth).await;
        assert!(looked_up.iter().all(|it| all.contains(it) && it.counts()), "{looked_up:?}");
        let expected = Web::of(&all).path(party(one), party(other), depth);
        let found = Web::of(&looked_up).path(party(one), party(other), depth);
        found_some += usize::from(found.is_some());
        assert_eq!(
            found.map(|it| it.steps.len()),
            expected.map(|it| it.steps.len()),
            "{one} to {other} in {depth} on {days:?}"
        );
    }
    assert!((20..220).contains(&found_some), "{found_some} of the pairs are related");
}

/// Ten thousand members, employees and small shareholders of somebody are not gone through, and ten thousand who are close to
/// somebody are not gone through twice.
pub async fn a_hub_is_not_gone_through_again_and_again(town: Town) {
    const MANY: usize = 10_000;
    let mut beside = Beside::of(&town);
    let [village, employer, hub, firm] = [1, 2, 3, 4];
    let of_number = |number: usize| match number {
        1 => PartyKind::VillageCollective,
        2..=4 => PartyKind::Enterprise,
        _ => PartyKind::Person,
    };
    let kinds: Vec<_> = (1..10 + 3 * MANY).map(|it| (it, of_number(it))).collect();
    writes_parties(&town, &mut beside, &kinds);
    let tie = |from: usize, kind, to: usize| {
        let share = (kind == RelationKind::Shareholder).then(|| Share::new(1, 10_000).unwrap());
        let tie = Tie {
            from: party(from),
            from_kind: of_number(from),
            kind,
            post: None,
            share,
            to: party(to),
            to_kind: of_number(to),
        };
        (tie, ["2020-01-01", ""])
    };
    let mut ties = vec![
        tie(10, RelationKind::OfficerOf, village),
        tie(10, RelationKind::Kin, 11),
        tie(11, RelationKind::LegalRepresentative, firm),
    ];
    for it in 0..MANY {
        ties.push(tie(10 + it, RelationKind::Member, village));
        ties.push(tie(10 + it, RelationKind::Shareholder, village));
        ties.push(tie(10 + MANY + it, RelationKind::EmployedBy, employer));
        ties.push(tie(10 + MANY + it, RelationKind::Shareholder, employer));
        if it > 0 {
            ties.push(tie(9 + 2 * MANY + it, RelationKind::Associate, hub));
            ties.push(tie(9 + 2 * MANY + it, RelationKind::Kin, 9 + MANY + it));
        }
    }
    writes_ties(&town, &mut beside, &ties);
    if town.engine == Engine::Postgres {
        beside.execute("analyze").unwrap();
    }
    let days = [NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()];
    for (what, seeds, depth, most) in [
        ("a village and its lessee", vec![village, firm], 4, 10),
        ("an employer of thousands", vec![village, employer], 4, 10),
        ("an employer of thousands, deeply", vec![village, employer], 8, 10),
        ("somebody close to thousands", vec![village, hub], 4, 2 * MANY + 10),
        ("somebody close to thousands, deeply", vec![village, hub], 8, 2 * MANY + 10),
    ] {
        let seeds: Vec<_> = seeds.into_iter().map(party).collect();
        let started = Instant::now();
        let found = around(&town, &seeds, &days, depth).await;
        let took = started.elapsed();
        println!("{}: {what}: {} ties in {took:?}", town.engine, found.len());
        assert!(found.len() <= most, "{what}: {} ties", found.len());
        assert!(took.as_secs() < 20, "{what} took {took:?}");
    }
    let found = around(&town, &[party(village), party(firm)], &days, 4).await;
    let path = Web::of(&found).path(party(village), party(firm), 4).unwrap();
    assert_eq!(path.parties, [village, 10, 11, firm].map(party));
}
