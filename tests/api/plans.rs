//! How the engines look for what is asked: the statements that requests really run, and the plans that the engines make for
//! them. On the paths that must stay as fast in a large register as in a small one, no table that grows with it is read from
//! one end to the other.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, Once, PoisonError},
};

use chrono::TimeDelta;
use diesel::{
    QueryableByName, RunQueryDsl,
    connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation},
    sql_query, sql_types,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    house::Beside,
    town::{EAST, Engine, Town, WEST},
};

/// The statements of databases that are watched, by what their URLs end in, each with how often it ran.
static WATCHED: Mutex<BTreeMap<String, BTreeMap<String, usize>>> = Mutex::new(BTreeMap::new());

thread_local! {
    /// To what this thread opened a connection last.
    static OPENED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Hears what a connection runs. Diesel gives one to each connection that is opened after [`watch`]; the registry makes another
/// once it is open, on the same thread.
struct Ear {
    url: String,
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                url.split('?').next().unwrap_or_default().clone_into(&mut self.url);
                OPENED.set(self.url.clone());
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(statements) = watched.get_mut(&self.url) {
                    // Behind the statement stand the values that are bound to it.
                    let text = query.to_string();
                    let statement = text.split(" -- binds:").next().unwrap_or_default().trim();
                    *statements.entry(statement.to_owned()).or_default() += 1;
                }
            }
            _ => {}
        }
    }
}

/// Lets connections be heard that are opened from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Ear { url: OPENED.with_borrow(Clone::clone) })))
            .unwrap();
    });
}

/// The tables that grow with the register.
const LARGE: [&str; 25] = [
    "asset_versions",
    "assets",
    "assignment_versions",
    "case_overrides",
    "case_steps",
    "cases",
    "documents",
    "funding_lines",
    "instrument_documents",
    "instrument_moves",
    "instruments",
    "journal_entries",
    "journal_leaves",
    "journal_nodes",
    "journal_subjects",
    "maintenance_assignments",
    "parties",
    "party_relations",
    "party_versions",
    "projects",
    "relation_versions",
    "restriction_overrides",
    "restriction_versions",
    "restrictions",
    "rights",
];

/// How many rows there are of most things. The planner of PostgreSQL goes by what it finds in the tables.
const ROWS: i64 = 4_000;

/// What the tables are filled with: the table with its columns, and what stands in the row of the number `n`. `@k` is the
/// identifier of the thing `n` of the kind `k`, `#` a hash of its own, `@company` one company.
const FILLING: [(&str, &str); 22] = [
    (
        "journal_entries (id, at, action, region_code, facts)",
        "@1, '2025-01-01 00:00:00', 'tested', '130828101201', '{}'",
    ),
    ("journal_leaves (leaf_index, entry_id, hash, sealed_at)", "1000000 + n, @1, #, '2025-01-01 00:00:00'"),
    ("journal_nodes (level, node_index, hash)", "1, 1000000 + n, #"),
    (
        "parties (id, kind, sector, name, region_code, identifier_scheme, created_at)",
        "@2, 'enterprise', 'private', '企业', '130828101201', 'none', '2025-01-01 00:00:00'",
    ),
    ("party_versions (party_id, version, name, entry_id)", "@2, 1, '企业', @1"),
    (
        "projects (id, code, name, year, region_code, created_at)",
        "@3, 'F-' || n, '项目', 2021, '130828101201', '2025-01-01 00:00:00'",
    ),
    ("funding_lines (project_id, ordinal, source, amount_fen)", "@3, 0, 'central', 1"),
    (
        "documents (id, sha256, size, media_type, name, region_code, created_at)",
        "@4, '90e63d85fa1ab2c8ed65222f3ebd794b1e524b4b7cf84bec451542d0451b2985', 7, 'text/plain', 'f', '130828101201', '2025-01-01 00:00:00'",
    ),
    (
        "assets (id, registry_number, name, class, category, region_code, project_id, quantity, unit, original_value_fen, \
         acquired_on, service_life_months, residual_rate_bp, status, created_at)",
        "@5, 'F-' || n, '大棚', 'operating', 'greenhouse', '130828101201', @3, '1', '处', 1, '2021-07-01', 240, 500, 'in_use', \
         '2025-01-01 00:00:00'",
    ),
    (
        "asset_versions (asset_id, version, name, status, entry_id, class, category, region_code, project_id, quantity, unit, \
         original_value_fen, acquired_on, service_life_months, residual_rate_bp, pieces)",
        "@5, 1, '大棚', 'in_use', @1, 'operating', 'greenhouse', '130828101201', @3, '1', '处', 1, '2021-07-01', 240, 500, ''",
    ),
    ("journal_subjects (subject_id, entry_id)", "@5, @1"),
    (
        "cases (id, kind, status, region_code, asked, findings, outcome, policy_version, steps_required, created_by, created_at)",
        "@6, 'transfer', 'executed', '130828101201', '{}', '[]', 'pass', 'national', '', @2, '2025-01-01 00:00:00'",
    ),
    (
        "instruments (id, kind, case_id, effective_on, recorded_at, entry_id)",
        "@7, 'transfer', @6, '2021-08-01', '2025-01-01 00:00:00', @1",
    ),
    (
        "instrument_moves (instrument_id, ordinal, asset_id, kind, to_id, share_num, share_den)",
        "@7, 0, @5, 'ownership', @2, 1, 1",
    ),
    ("instrument_documents (instrument_id, document_id)", "@7, @4"),
    (
        "rights (id, asset_id, kind, holder_id, share_num, share_den, valid_from, begun_by, recorded_from, recorded_by)",
        "@8, @5, 'ownership', @2, 1, 1, '2021-08-01', @7, '2025-01-01 00:00:00', @1",
    ),
    (
        "party_relations (id, from_id, to_id, kind, share_num, share_den, valid_from, recorded_at)",
        "@9, @2, @company, 'shareholder', 1, 4000, '2020-01-01', '2025-01-01 00:00:00'",
    ),
    ("relation_versions (relation_id, version, entry_id)", "@9, 1, @1"),
    (
        "restrictions (id, asset_id, kind, holder_id, valid_from, recorded_at)",
        "@a, @5, 'mortgage', @2, '2022-01-01', '2025-01-01 00:00:00'",
    ),
    ("restriction_versions (restriction_id, version, entry_id)", "@a, 1, @1"),
    (
        "maintenance_assignments (id, asset_id, responsible_id, mode, valid_from, duties, inspect_every_days, recorded_at)",
        "@b, @5, @2, 'self_managed', '2021-08-01', '养护', 90, '2025-01-01 00:00:00'",
    ),
    ("assignment_versions (assignment_id, version, entry_id)", "@b, 1, @1"),
];

/// Fills the tables beside what the town has recorded.
fn fill(town: &Town, beside: &mut Beside, company: &str) {
    for (table, row) in FILLING {
        let mut row = row.replace("@company", &literal(town.engine, company));
        for kind in "123456789ab".chars() {
            row = row.replace(
                &format!("@{kind}"),
                &match town.engine {
                    Engine::Sqlite => format!("unhex(printf('{kind:0>8}%024x', n))"),
                    Engine::Postgres => format!("('{kind:0>8}' || lpad(to_hex(n), 24, '0'))::uuid"),
                },
            );
        }
        let (hash, numbers) = match town.engine {
            Engine::Sqlite => (
                "unhex(printf('%064x', n))",
                format!(
                    "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {ROWS})"
                ),
            ),
            Engine::Postgres => (
                "decode(lpad(to_hex(n), 64, '0'), 'hex')",
                format!("with numbers (n) as (select generate_series(1, {ROWS}))"),
            ),
        };
        let row = row.replace('#', hash);
        let statement = match town.engine {
            Engine::Sqlite => format!("insert into {table} {numbers} select {row} from numbers"),
            Engine::Postgres => format!("{numbers} insert into {table} select {row} from numbers"),
        };
        beside.execute(&statement).unwrap_or_else(|why| panic!("{statement}: {why}"));
    }
    if town.engine == Engine::Postgres {
        beside.execute("analyze").unwrap();
    }
}

/// An identifier as a value of a statement.
fn literal(engine: Engine, id: &str) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", id.replace('-', "")),
        Engine::Postgres => format!("'{id}'::uuid"),
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// The plan for a statement whatever its values are, line by line.
fn plan(beside: &mut Beside, statement: &str) -> Vec<String> {
    match beside {
        Beside::Sqlite(connection) => {
            let steps = sql_query(format!("explain query plan {statement}")).load::<Step>(connection);
            steps.unwrap().into_iter().map(|it| it.detail).collect()
        }
        Beside::Postgres(connection) => {
            let values = (1..).take_while(|it| statement.contains(&format!("${it}"))).count();
            let values = match vec!["null"; values].join(", ") {
                none if none.is_empty() => none,
                some => format!("({some})"),
            };
            // Without these ways a plan has only those left whose cost does not grow with the tables; where there is none
            // of them, it goes one of these ways all the same, and that is what is looked for.
            connection
                .batch_execute(&format!(
                    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;
                     set enable_mergejoin = off; prepare asked as {statement}"
                ))
                .unwrap();
            let lines = sql_query(format!("explain execute asked{values}")).load::<Line>(connection).unwrap();
            connection.batch_execute("deallocate asked").unwrap();
            lines.into_iter().map(|it| it.line).collect()
        }
    }
}

/// The large tables that a plan reads from one end to the other, by index or not. In the order of an index and up to a limit
/// is not to the other end.
fn read_whole(engine: Engine, plan: &[String]) -> Vec<String> {
    let sorted = plan.iter().any(|it| it.contains("USE TEMP B-TREE FOR") || it.contains("Sort"));
    let limited = plan.iter().any(|it| it.trim_start().starts_with("Limit"));
    let named = |line: &str, before: &str| {
        let behind = line.split_once(before)?.1;
        let table = behind.split_ascii_whitespace().next()?;
        LARGE.contains(&table).then(|| table.to_owned())
    };
    let found = plan.iter().enumerate().filter_map(|(place, line)| match engine {
        Engine::Sqlite => {
            let by_index = line.contains(" USING ");
            named(line, "SCAN ").filter(|_| sorted || !by_index)
        }
        Engine::Postgres if line.contains("Seq Scan on ") => named(line, "Seq Scan on "),
        Engine::Postgres if line.contains("Index Scan using ") || line.contains("Index Only Scan using ") => {
            let is_sought = plan.get(place + 1).is_some_and(|it| it.contains("Index Cond:"));
            named(line, " on ").filter(|_| !is_sought && (sorted || !limited))
        }
        Engine::Postgres => None,
    });
    found.collect()
}

pub async fn no_large_table_is_read_from_end_to_end(town: Town) {
    town.notices_come_down_at_once().await;
    let (officer, auditor) = (town.officer(), town.auditor());
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let company = town.party("enterprise", "惠农冷链有限公司", EAST).await;
    let invests =
        json!({"to_id": company, "kind": "shareholder", "share": "1/3", "period": {"from": "2020-01-01"}});
    officer.creates(&format!("/v1/parties/{east}/relations"), invests).await;
    let store = town.asset("operating", "cold_store", 12_000_000).await;
    let minutes = town.document().await;
    let owners = json!([{"holder_id": east, "share": "2/3"}, {"holder_id": company, "share": "1/3"}]);
    town.registers(&store, &minutes, owners).await;
    let gift = json!({
        "right": "ownership", "effective_on": "2024-03-01", "documents": [minutes],
        "lots": [{"asset_id": store, "from_id": east, "to_id": west, "share": "1/4"}],
        "consideration": {"kind": "none"}, "decision": town.decided(&minutes), "recorded_late": town.late(),
    });
    let gift = officer.creates("/v1/transfers", gift).await;
    town.takes_through("transfers", &gift).await;
    let mortgage = json!({"asset_id": store, "kind": "mortgage", "holder_id": west, "document_id": minutes,
        "period": {"from": "2022-01-01"}});
    officer.creates("/v1/restrictions", mortgage).await;
    let upkeep = json!({"asset_id": store, "responsible_id": east, "mode": "self_managed", "duties": "养护",
        "period": {"from": "2021-08-01"}, "inspect_every_days": 90});
    officer.creates("/v1/maintenance-assignments", upkeep).await;
    let signed = town.signed_size().await;
    let now = town.clock.now();
    let instant = now.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    town.clock.advance(TimeDelta::minutes(1));
    let mut beside = Beside::of(&town);
    let other = town.party("enterprise", "绿源农业有限公司", EAST).await;
    town.journal_size().await;
    fill(&town, &mut beside, &other);

    let page = auditor.reads("/v1/assets?limit=2").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let mut paths = Vec::new();
    for when in [String::new(), format!("&known_at={instant}")] {
        paths.extend([
            format!("/v1/assets/{store}?{}", when.trim_start_matches('&')),
            format!("/v1/assets/{store}/rights?as_of=2024-06-01{when}"),
            format!("/v1/assets/{store}/ownership-chain?as_of=2024-06-01{when}"),
            format!("/v1/assets/{store}/ownership-chain?kind=management&as_of=2024-06-01{when}"),
            format!("/v1/assets/{store}/beneficial-owners?as_of=2024-06-01{when}"),
            format!("/v1/parties/{east}/holdings?as_of=2024-06-01{when}"),
            format!("/v1/parties/{east}/relations?as_of=2024-06-01{when}"),
            format!("/v1/restrictions?asset_id={store}&as_of=2024-06-01{when}"),
            format!("/v1/maintenance-assignments?asset_id={store}&as_of=2024-06-01{when}"),
            format!("/v1/maintenance-gaps?region_code={EAST}&on=2024-06-01{when}"),
            format!("/v1/queries/holders?region_code={WEST}&as_of=2024-06-01{when}"),
        ]);
    }
    paths.extend([
        "/v1/assets?limit=2".to_owned(),
        format!("/v1/assets?limit=2&cursor={cursor}"),
        format!("/v1/assets/{store}/certificate"),
        "/v1/journal?limit=2".to_owned(),
        "/v1/journal?limit=2&after=5".to_owned(),
        format!("/v1/journal?limit=2&subject_id={store}"),
        format!("/v1/journal/proofs/inclusion?index=3&tree_size={signed}"),
        format!("/v1/journal/proofs/consistency?from=3&to={signed}"),
    ]);
    let url = town.settings.database();
    let url = url.strip_prefix("sqlite://").unwrap_or(&url).to_owned();
    let listening = || WATCHED.lock().unwrap().insert(url.clone(), BTreeMap::new());
    let heard = || WATCHED.lock().unwrap().remove(&url).unwrap().into_keys().collect::<BTreeSet<_>>();
    let mut asked: Vec<(String, BTreeSet<String>)> = Vec::new();
    for path in paths {
        listening();
        auditor.gets(&path).await.expect(200);
        asked.push((path, heard()));
    }
    listening();
    let chain = format!("/v1/assets/{store}/ownership-chain");
    let drawn = auditor.request(Method::GET, &chain).header("Accept", "image/svg+xml").send().await.unwrap();
    assert_eq!(drawn.status(), 200);
    asked.push((format!("{chain} as a picture"), heard()));
    for known in [json!({}), json!({"known_at": instant})] {
        let mut body = json!({"asset_ids": [store, company], "as_of": "2024-06-01"});
        body.as_object_mut().unwrap().extend(known.as_object().unwrap().clone());
        listening();
        auditor.posts("/v1/queries/holders", body).await.expect(200);
        asked.push(("POST /v1/queries/holders".to_owned(), heard()));
    }

    let mut faults = Vec::new();
    for (path, statements) in asked {
        let queries: Vec<&String> =
            statements.iter().filter(|it| it.to_ascii_lowercase().starts_with("select")).collect();
        assert!(!queries.is_empty(), "{path}: nothing was heard");
        for statement in queries {
            let plan = plan(&mut beside, statement);
            let whole = read_whole(town.engine, &plan);
            if !whole.is_empty() {
                faults.push(format!(
                    "{path} reads all of {}:\n{statement}\n{}",
                    whole.join(", "),
                    plan.join("\n")
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    // What finds nothing must be able to find something.
    for (statement, table) in [
        ("select count(*) from rights where share_num = 1", "rights"),
        (
            "select facts from journal_entries where action = 'tested' order by region_code limit 1",
            "journal_entries",
        ),
    ] {
        assert_eq!(read_whole(town.engine, &plan(&mut beside, statement)), [table], "{statement}");
    }
}

/// How many queries answer a check of a lease of so many assets, and what it found. Nothing is put on record by it.
async fn queries_of_check(
    town: &Town,
    lots: &[Value],
    (minutes, confirmation): (&str, &str),
) -> (BTreeMap<String, usize>, Value) {
    let url = town.settings.database();
    let url = url.strip_prefix("sqlite://").unwrap_or(&url).to_owned();
    let today = town.today();
    let asked = json!({"right": "management", "lots": lots, "effective_on": today, "documents": [minutes],
        "term": {"from": today, "to": "2031-01-01"}, "decision": town.decided(minutes),
        "consideration": {"kind": "rent", "schedule": [{"due_on": today, "amount_fen": 9_000_000_000_i64}]},
        "exchange": {"platform": "宁河县农村产权交易中心", "reference": "CD-2026-0117", "traded_on": today,
            "document_id": confirmation}});
    WATCHED.lock().unwrap().insert(url.clone(), BTreeMap::new());
    let found = town.officer().posts("/v1/transfers/check", asked).await.expect(200);
    let statements = WATCHED.lock().unwrap().remove(&url).unwrap();
    let queries = statements.into_iter().filter(|(it, _)| it.to_ascii_lowercase().starts_with("select"));
    (queries.collect(), found)
}

pub async fn a_check_of_many_lots_asks_no_more_than_that_of_one(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let firm = town.party("enterprise", "惠农公司", EAST).await;
    let minutes = town.document().await;
    let mut lots = Vec::new();
    for _ in 0..12 {
        let shed = town.shed_of(&east, &minutes).await;
        lots.push(json!({"asset_id": shed, "from_id": east, "to_id": firm, "share": "1"}));
    }
    let confirmation = town.confirmation().await;
    // What is asked once and remembered is asked by the first, and what works in the background asks now and then: each query counts as
    // often as it is asked at least.
    let fewest = async |lots: &[Value]| {
        let mut fewest: Option<BTreeMap<String, usize>> = None;
        for _ in 0..5 {
            let (queries, found) = queries_of_check(&town, lots, (&minutes, &confirmation)).await;
            assert_eq!(found["outcome"], "pass", "{found}");
            // On SQLite a list has a place for each of its values.
            let mut alike = BTreeMap::<String, usize>::new();
            for (query, count) in queries {
                *alike.entry(query.replace(", ?", "")).or_default() += count;
            }
            let queries = alike;
            let least = |(it, before): (String, usize)| Some((before.min(*queries.get(&it)?), it));
            fewest = Some(match fewest {
                Some(before) => before.into_iter().filter_map(least).map(|(count, it)| (it, count)).collect(),
                None => queries,
            });
        }
        fewest.unwrap_or_default()
    };
    let (one, many) = (fewest(&lots[..1]).await, fewest(&lots).await);
    assert!(one.values().sum::<usize>() > 5, "{one:#?}");
    let asked = |it: &String| [&one, &many].map(|of| of.get(it).copied().unwrap_or_default());
    let differs: Vec<_> = one.keys().chain(many.keys()).filter(|it| asked(it)[0] != asked(it)[1]).collect();
    let differs: Vec<_> = differs.into_iter().map(|it| (asked(it), it)).collect();
    assert!(differs.is_empty(), "asked so often for one lot and for many:\n{differs:#?}");
}
