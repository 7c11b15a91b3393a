//! SQLite by itself: the statements of a request over and over, prepared once, every column read, nothing around them.

use std::{
    error::Error,
    time::{Duration, Instant, SystemTime},
};

use rusqlite::{Connection, Params, Row, Statement, params};

/// What comes out, or why it does not.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ASSET: &str = "id, registry_number, name, class, category, region_code, project_id, parent_id, quantity, unit,
    original_value_fen, acquired_on, service_life_months, residual_rate_bp, location, specification, status, version, created_at";
/// What the township sees.
const SCOPE: [&str; 2] = ["130828101000", "130828101999"];

/// What a receipt of an asset says: the texts are those of a receipt on record.
struct Known {
    asset: Vec<u8>,
    region: String,
    payer: Vec<u8>,
    recorder: Vec<u8>,
    income: Vec<u8>,
    external: Vec<u8>,
    facts: String,
    body: String,
    location: String,
    fingerprint: String,
    moment: String,
}

/// How often a second the statements of a request run, in that many loops side by side.
pub fn rate(database: &str, case: &str, seconds: f64, loops: usize) -> Outcome<f64> {
    let run = |seed| {
        let conn = open(database)?;
        let known = known(&conn)?;
        let mut once = prepared(&conn, case)?;
        let (mut chance, mut done) = (seed, 0_u64);
        let (started, wanted) = (Instant::now(), Duration::from_secs_f64(seconds));
        while started.elapsed() < wanted {
            // Xorshift: any asset, at the price of three instructions.
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            once(&known[usize::try_from(chance % known.len() as u64)?])?;
            done += 1;
        }
        Ok(done as f64 / started.elapsed().as_secs_f64())
    };
    std::thread::scope(|scope| {
        let loops: Vec<_> =
            (1..=loops as u64).map(|seed| scope.spawn(move || run(seed * 0x9E37_79B9_7F4A_7C15))).collect();
        loops.into_iter().map(|it| it.join().map_err(|_| "a loop stopped")?).sum()
    })
}

/// A connection with the registry's own pragmas.
pub fn open(database: &str) -> Outcome<Connection> {
    let conn = Connection::open(database)?;
    conn.execute_batch(
        "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full;
         pragma foreign_keys = on; pragma recursive_triggers = on; pragma trusted_schema = off;
         pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 1000;",
    )?;
    Ok(conn)
}

fn known(conn: &Connection) -> Outcome<Vec<Known>> {
    let mut statement = conn.prepare(
        "select a.id, a.region_code, r.payer_id, r.recorded_by, i.id, e.id, j.facts, k.body, k.location, k.fingerprint, r.recorded_at
         from assets a
         join receipts r on r.id = (select id from receipts where asset_id = a.id limit 1)
         join accounts i on i.asset_id = a.id and i.purpose = 'income'
         join accounts e on e.region_code = a.region_code and e.purpose = 'external' and e.party_id is null and e.asset_id is null
         join ledger_entries l on l.receipt_id = r.id
         join journal_entries j on j.id = l.entry_id
         cross join (select * from idempotent_answers where location like '/v1/receipts/%' limit 1) k",
    )?;
    let rows = statement.query_map([], |it| {
        Ok(Known {
            asset: it.get(0)?,
            region: it.get(1)?,
            payer: it.get(2)?,
            recorder: it.get(3)?,
            income: it.get(4)?,
            external: it.get(5)?,
            facts: it.get(6)?,
            body: it.get(7)?,
            location: it.get(8)?,
            fingerprint: it.get(9)?,
            moment: it.get(10)?,
        })
    })?;
    let known: Vec<Known> = rows.collect::<Result<_, _>>()?;
    if known.is_empty() { Err("the database has no assets with receipts".into()) } else { Ok(known) }
}

/// Runs a statement to its end and reads every column of every row.
fn drain(statement: &mut Statement<'_>, values: impl Params) -> Outcome<()> {
    let columns = statement.column_count();
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        (0..columns).try_for_each(|column| touch(row, column))?;
    }
    Ok(())
}

fn touch(row: &Row<'_>, column: usize) -> Outcome<()> {
    std::hint::black_box(row.get_ref(column)?);
    Ok(())
}

/// The statements of a request, ready to be run once for each asset that is drawn.
fn prepared<'c>(conn: &'c Connection, case: &str) -> Outcome<Box<dyn FnMut(&Known) -> Outcome<()> + 'c>> {
    let prepare = |sql: &str| conn.prepare(sql);
    Ok(match case {
        "asset" => {
            let mut find = prepare(&format!(
                "select {ASSET} from assets where id = ? and region_code between ? and ? limit 1"
            ))?;
            Box::new(move |it| drain(&mut find, params![it.asset, SCOPE[0], SCOPE[1]]))
        }
        "page" => {
            let mut list = prepare(&format!(
                "select {ASSET} from assets where region_code between ? and ? order by region_code, id limit ?"
            ))?;
            Box::new(move |_| drain(&mut list, params![SCOPE[0], SCOPE[1], 51]))
        }
        "rights" => {
            let mut begin = prepare("begin deferred")?;
            let mut rights = prepare(
                "select r.id, r.asset_id, r.kind, r.holder_id, r.grantor_id, r.share_num, r.share_den, r.valid_from, r.valid_to,
                        r.begun_by, r.ended_by, r.recorded_from, r.recorded_to, p.name
                 from rights r join assets a on r.asset_id = a.id join parties p on p.id = r.holder_id
                 where r.asset_id = ? and a.region_code between ? and ? and r.recorded_to is null order by r.valid_from, r.id",
            )?;
            let mut restrictions = prepare(
                "select id, asset_id, kind, holder_id, amount_fen, valid_from, valid_to, document_id, released_on, version, recorded_at
                 from restrictions where asset_id in (?) order by asset_id, id",
            )?;
            let mut assignments = prepare(
                "select id, asset_id, responsible_id, mode, valid_from, valid_to, duties, inspect_every_days, budget_fen, version,
                        recorded_at
                 from maintenance_assignments where asset_id = ? order by valid_from",
            )?;
            let mut rollback = prepare("rollback")?;
            Box::new(move |it| {
                drain(&mut begin, [])?;
                drain(&mut rights, params![it.asset, SCOPE[0], SCOPE[1]])?;
                drain(&mut restrictions, params![it.asset])?;
                drain(&mut assignments, params![it.asset])?;
                drain(&mut rollback, [])
            })
        }
        "receipt" => receipt(conn)?,
        _ => return Err(format!("no such case: {case}").into()),
    })
}

fn receipt<'c>(conn: &'c Connection) -> Outcome<Box<dyn FnMut(&Known) -> Outcome<()> + 'c>> {
    let prepare = |sql: &str| conn.prepare(sql);
    let mut begin = prepare("begin immediate")?;
    let mut answered = prepare(
        "select user_id, idempotency_key, fingerprint, status, location, etag, body, answered_at from idempotent_answers
         where user_id = ? and idempotency_key = ? limit 1",
    )?;
    let mut known = prepare(
        "select region_code, exists (select 1 from parties where id = ?), exists (select 1 from documents where id = ?),
                exists (select 1 from contract_assets where contract_id = ? and asset_id = ?),
                exists (select 1 from accounts where id = ?),
                exists (select 1 from accounts where accounts.region_code = assets.region_code and purpose = ?
                        and party_id is null and asset_id is null)
         from assets where id = ? and region_code between ? and ? limit 1",
    )?;
    let mut receipts = prepare(
        "insert into receipts (id, asset_id, contract_id, kind, payer_id, amount_fen, received_on, period_from, period_to,
                               document_id, region_code, recorded_by, recorded_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut entries = prepare(
        "insert into journal_entries (id, at, actor_id, action, region_code, facts, request_id, feed) values (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut subjects =
        prepare("insert into journal_subjects (subject_id, entry_id, changed) values (?, ?, false), (?, ?, false), (?, ?, true)")?;
    let mut pending = prepare("insert into journal_pending (entry_id) values (?)")?;
    let mut ledger = prepare(
        "insert into ledger_entries (id, booked_on, recorded_at, debit_account_id, credit_account_id, amount_fen, kind, region_code,
                                     asset_id, party_id, purpose, case_id, receipt_id, payment_id, reverses_id, entry_id)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut answers = prepare(
        "insert into idempotent_answers (user_id, idempotency_key, fingerprint, status, location, etag, body, answered_at)
         values (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut commit = prepare("commit")?;
    // Like the registry's own, identifiers begin with the time; this run's are numbered from there.
    let mut number = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
    let none: Option<Vec<u8>> = None;
    Ok(Box::new(move |it| {
        number += 1;
        let id: &[u8] = &(number << 32).to_be_bytes();
        let key = format!("{number:036}");
        drain(&mut begin, [])?;
        drain(&mut answered, params![it.recorder, key])?;
        drain(
            &mut known,
            params![it.payer, none, none, it.asset, it.income, "external", it.asset, SCOPE[0], SCOPE[1]],
        )?;
        drain(
            &mut receipts,
            params![
                id,
                it.asset,
                none,
                "rent",
                it.payer,
                7_200_000,
                "2025-07-03",
                "2025-01-01",
                "2026-01-01",
                none,
                it.region,
                it.recorder,
                it.moment
            ],
        )?;
        drain(
            &mut entries,
            params![id, it.moment, it.recorder, "receipt_booked", it.region, it.facts, key, "income"],
        )?;
        drain(&mut subjects, params![it.asset, id, it.payer, id, id, id])?;
        drain(&mut pending, params![id])?;
        drain(
            &mut ledger,
            params![
                id,
                "2025-07-03",
                it.moment,
                it.external,
                it.income,
                7_200_000,
                "receipt",
                it.region,
                it.asset,
                it.payer,
                "income",
                none,
                id,
                none,
                none,
                id
            ],
        )?;
        drain(
            &mut answers,
            params![it.recorder, key, it.fingerprint, 201, it.location, "\"1\"", it.body, it.moment],
        )?;
        drain(&mut commit, [])
    }))
}
