//! A registry that an earlier release stored is taken up as it is: every answer stays, and the journal is sound.
//!
//! A folder of `tests/upgrades` holds one registry of each engine, what the program that made it answered about it, and the
//! journal as that program exported it. `CONTRIBUTING.md` says how a release adds one.

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use libtest_mimic::Trial;
use lzma_rust2::XzReader;
use reqwest::Method;
use sanquan::{
    storage::{Clock, Target, migrate},
    verify::{self, Trust},
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::{
    tampering::{Bundle, apart_from_amcheck, checked},
    town::{Engine, Town, postgres},
};

/// The registries that are kept, by the days on which they were stored.
const STORED: &[&str] = &["2026-11-25"];

/// Answers that this program gives otherwise on purpose, by their paths, and why.
const OTHERWISE: &[(&str, &str)] = &[(
    "/v1/trial-balance?region_code=130828101201&as_of=2026-11-28",
    "a trial balance says what the accounts of a region hold, and not what the rows about its assets moved",
)];

/// An answer of the program that stored a registry, without what changes with the moment.
#[derive(Deserialize)]
struct Recorded {
    #[serde(rename = "as")]
    role: String,
    path: String,
    accept: String,
    /// What was sent; none for a GET.
    sent: Option<Value>,
    status: u16,
    #[serde(rename = "type")]
    media_type: String,
    body: Value,
}

/// What a program answered about everything in its registry.
#[derive(Deserialize)]
struct Record {
    asked_at: DateTime<Utc>,
    journal_size: u64,
    answers: Vec<Recorded>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrades")
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    XzReader::new(fs::File::open(path).unwrap(), true).read_to_end(&mut bytes).unwrap();
    bytes
}

fn extracted(path: &Path, to: &Path) {
    tar::Archive::new(unpacked(path).as_slice()).unpack(to).unwrap();
}

/// The upgrades on an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let one = |day: &'static str| {
        Trial::test(format!("{engine}::upgrades::the_registry_of_{day}_keeps_its_answers"), move || {
            take_up(engine, day);
            Ok(())
        })
    };
    let migrated = |day: &'static str| {
        Trial::test(
            format!("{engine}::upgrades::the_registry_of_{day}_is_sound_once_it_is_migrated"),
            move || {
                migrate_alone(engine, day, false);
                migrate_alone(engine, day, true);
                Ok(())
            },
        )
    };
    let keys = |day: &'static str| {
        Trial::test(
            format!("{engine}::upgrades::the_keys_of_the_registry_of_{day}_are_recorded"),
            move || {
                record_keys(engine, day);
                Ok(())
            },
        )
    };
    let lost = |day: &'static str| {
        Trial::test(
            format!("{engine}::upgrades::a_key_of_the_registry_of_{day}_that_was_lost_before_is_named"),
            move || {
                replace_unrecorded_key(engine, day);
                Ok(())
            },
        )
    };
    STORED.iter().flat_map(|day| [one(day), migrated(day), keys(day), lost(day)]).collect()
}

/// What holds without any town.
pub fn house_trials() -> Vec<Trial> {
    vec![Trial::test("house::migrations_that_were_released_stay_as_they_are", || {
        let faults = changed_migrations();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
    })]
}

/// Files of released migrations that are not what they were.
fn changed_migrations() -> Vec<String> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let list = fs::read_to_string(root().join("frozen-migrations.sha256")).unwrap();
    let mut listed = BTreeSet::new();
    let mut faults = Vec::new();
    for (hash, path) in list.lines().map(|line| line.split_once("  ").unwrap()) {
        listed.insert(Path::new(path).parent().unwrap().to_owned());
        match fs::read(migrations.join(path)) {
            Ok(bytes) if hex::encode(Sha256::digest(&bytes)) == hash => {}
            Ok(_) => {
                faults.push(format!("{path} was released and is changed: write a new migration instead"))
            }
            Err(_) => faults.push(format!("{path} was released and is gone")),
        }
    }
    assert!(listed.len() > 20);
    faults
}

/// The statements of a dump in which rows stand as text: the rows become inserts, which need no program to restore them.
fn statements(dump: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let mut lines = dump.lines();
    while let Some(line) = lines.next() {
        let Some((into, _)) = line.strip_prefix("COPY ").and_then(|it| it.split_once(" FROM stdin;")) else {
            // What begins so is for the program that restores dumps, and no statement.
            if !line.starts_with('\\') {
                let last = statements.last_mut().unwrap();
                last.push_str(line);
                last.push('\n');
            }
            continue;
        };
        let rows: Vec<String> = lines
            .by_ref()
            .take_while(|it| *it != "\\.")
            .map(|row| format!("({})", row.split('\t').map(literal).collect::<Vec<_>>().join(", ")))
            .collect();
        for some in rows.chunks(200) {
            statements
                .push(format!("insert into {into} overriding system value values {};\n", some.join(",\n")));
        }
    }
    statements
}

/// A field of a row, as a statement writes it.
fn literal(field: &str) -> String {
    if field == "\\N" {
        return "null".to_owned();
    }
    let mut text = String::new();
    let mut characters = field.chars();
    while let Some(it) = characters.next() {
        text.push(match it {
            '\\' => match characters.next().unwrap() {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                other => other,
            },
            other => other,
        });
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A stored registry of an engine, in a folder and, for PostgreSQL, in a database.
fn restored(engine: Engine, day: &str) -> (TempDir, Option<postgres::Database>) {
    let stored = root().join(day);
    let folder = tempfile::tempdir().unwrap();
    extracted(&stored.join(format!("{engine}-data-dir.tar.xz")), folder.path());
    extracted(&stored.join(format!("{engine}-journal.tar.xz")), folder.path());
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => postgres::empty_database().inspect(|database| {
            let dump = String::from_utf8(unpacked(&stored.join("postgres.sql.xz"))).unwrap();
            let mut connection = PgConnection::establish(database.url()).unwrap();
            for statement in statements(&dump) {
                connection.batch_execute(&statement).unwrap();
            }
        }),
    };
    (folder, database)
}

/// Runs the program on a stored registry.
fn runs(data: &Path, url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
        .args(["--data-dir", data.to_str().unwrap(), "--database-url", url])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// Whoever brings a database up to date by hand has what an auditor needs, whether or not the server that was stopped had
/// sealed everything.
fn migrate_alone(engine: Engine, day: &str, pending: bool) {
    let (folder, database) = restored(engine, day);
    let data = folder.path().join("data");
    let url = match &database {
        Some(it) => it.url().to_owned(),
        None => format!("sqlite://{}", data.join("sanquan.db").display()),
    };
    if pending {
        let (id, at) = match engine {
            Engine::Sqlite => ("x'0190b6a47c1e7c3e9d1a2f6c8a3b5d7e'", "2026-11-25 12:00:00"),
            Engine::Postgres => ("'0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e'", "2026-11-25 12:00:00"),
        };
        for statement in [
            format!(
                "insert into journal_entries (id, at, action, region_code, facts) \
                 values ({id}, '{at}', 'tested', '000000000000', '{{}}')"
            ),
            format!("insert into journal_pending (entry_id) values ({id})"),
        ] {
            match engine {
                Engine::Sqlite => {
                    let file = url.strip_prefix("sqlite://").unwrap();
                    SqliteConnection::establish(file).unwrap().batch_execute(&statement).unwrap();
                }
                Engine::Postgres => {
                    PgConnection::establish(&url).unwrap().batch_execute(&statement).unwrap();
                }
            }
        }
    }
    let verify = ["verify", "--database", url.as_str()];
    let (code, said) = runs(&data, &url, &verify);
    assert!(code == Some(3) && said.contains("not examined: the"), "{said}");

    // Whoever was stopped after the migrations, and before the journal committed to rows.
    migrate(&Target::parse(&url, true).unwrap()).unwrap();
    let (code, said) = runs(&data, &url, &verify);
    assert!(code == Some(3) && said.contains("no entry commits to them yet"), "{said}");

    let (code, said) = runs(&data, &url, &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = runs(&data, &url, &verify);
    // What waited since then was not signed for long.
    assert_eq!(code, Some(if pending { 3 } else { 0 }), "{said}");
    assert!(
        said.contains("sound: ") && said.contains("rows of assets were committed to as they were found"),
        "{said}"
    );
    assert!(!apart_from_amcheck(&said).contains("not examined"), "{said}");
}

/// An earlier release kept no fingerprints: those of its keys are recorded at the first start, if they are all there.
fn record_keys(engine: Engine, day: &str) {
    let (folder, database) = restored(engine, day);
    let data = folder.path().join("data");
    let url = match &database {
        Some(it) => it.url().to_owned(),
        None => format!("sqlite://{}", data.join("sanquan.db").display()),
    };
    let (file, aside) = (data.join("keys/personal-identifiers.key"), folder.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    let token = ["token", "auditor"];
    for _ in 0..2 {
        let (code, said) = runs(&data, &url, &token);
        assert!(code == Some(1) && said.contains("缺少密钥 `personal_identifiers`"), "{said}");
        assert!(!file.exists());
    }
    fs::rename(&aside, &file).unwrap();
    for _ in 0..2 {
        let (code, said) = runs(&data, &url, &token);
        assert_eq!(code, Some(0), "{said}");
    }
    // From then on another one is told from it.
    let mut another = fs::read(&file).unwrap();
    another[0] ^= 1;
    fs::write(&file, another).unwrap();
    let (code, said) = runs(&data, &url, &token);
    assert!(code == Some(1) && said.contains("不是本登记系统使用的密钥"), "{said}");
}

/// A key of the journal that was lost before its fingerprint was on record: whoever kept its public half names it.
fn replace_unrecorded_key(engine: Engine, day: &str) {
    let (folder, database) = restored(engine, day);
    let data = folder.path().join("data");
    let url = match &database {
        Some(it) => it.url().to_owned(),
        None => format!("sqlite://{}", data.join("sanquan.db").display()),
    };
    let exported = folder.path().join("journal");
    let keys = fs::read_to_string(exported.join("keys.json")).unwrap();
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let former = keys["keys"][0].as_str().unwrap();
    let lost = data.join("keys/journal-signing.pkcs8");
    fs::remove_file(&lost).unwrap();
    let replace = ["keys", "replace", "journal", "--reason", "硬盘损坏"];
    // Without the key, nobody can say what the journal goes on from, and nothing changes, however often it is asked for.
    for _ in 0..2 {
        let (code, said) = runs(&data, &url, &replace);
        assert!(code == Some(1) && said.contains("--former-key"), "{said}");
        assert!(!lost.exists(), "no key is left that would be taken for the registry's own");
    }
    let (code, said) = runs(&data, &url, &[&replace[..], &["--former-key", "no key"]].concat());
    assert!(code == Some(1) && !lost.exists(), "{said}");
    let (code, said) = runs(&data, &url, &[&replace[..], &["--former-key", former]].concat());
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = runs(&data, &url, &["token", "auditor"]);
    assert_eq!(code, Some(0), "{said}");
    let kept = exported.join("checkpoint");
    let (code, said) = runs(&data, &url, &["verify", "--checkpoint", kept.to_str().unwrap()]);
    assert!(matches!(code, Some(0 | 3)) && said.contains("sound: "), "{said}");
}

fn take_up(engine: Engine, day: &str) {
    let (folder, database) = restored(engine, day);
    let stored = root().join(day);
    let record: Record =
        serde_json::from_slice(&unpacked(&stored.join(format!("{engine}-answers.json.xz")))).unwrap();
    // Answers that hold for today are those of the day on which the other program was asked.
    let clock = Clock::default();
    clock.advance(record.asked_at - clock.now());
    let data = folder.path().join("data");
    let url = database.as_ref().map(|it| it.url().to_owned());
    let exported = folder.path().join("journal");
    Town::takes_up(engine, &data, url, &clock, move |town| {
        Box::pin(async move {
            let (told, mut faults) = held_against(&town, &record).await;
            assert!(told > 2000, "{told} answers were compared");
            faults.truncate(20);
            assert!(faults.is_empty(), "{}", faults.join("\n"));
            sound(&town, &record, &exported).await;
        })
    });
}

/// How many answers were compared, and which are not what they were.
async fn held_against(town: &Town, record: &Record) -> (usize, Vec<String>) {
    let mut faults = Vec::new();
    for recorded in &record.answers {
        let Recorded { path, status, .. } = recorded;
        let method = if recorded.sent.is_some() { Method::POST } else { Method::GET };
        let mut request = town.actor(&recorded.role).request(method, path).header("Accept", &recorded.accept);
        if let Some(sent) = &recorded.sent {
            request = request.json(sent);
        }
        let answer = request.send().await.unwrap();
        let now = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        let body = match recorded.media_type.as_str() {
            "application/octet-stream" => Value::String(hex::encode(&bytes)),
            "application/x-ndjson" => bytes
                .split(|it| *it == b'\n')
                .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
                .collect(),
            _ => serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        };
        let place = format!("{} as {}", path, recorded.role);
        if now == *status && OTHERWISE.iter().any(|(of, _)| of == path) {
            continue;
        }
        if now == *status {
            differences(&without_bodies(path, &recorded.body), &body, &place, &mut faults);
        } else {
            faults.push(format!("{place}: {now} instead of {status}: {body}"));
        }
    }
    (record.answers.len(), faults)
}

/// A list of cases as it was, without what each of them is about: a list says that no more, so that five hundred cases are
/// bounded; a single case does. Of a case under way, without what was found when it was last decided on.
fn without_bodies(path: &str, body: &Value) -> Value {
    let rooms = ["alterations", "corrections", "distributions", "registrations", "transfers"];
    let mut body = body.clone();
    // A case under way shows what the rules of today find by the policy of today, and no more what they found when it was last
    // decided on.
    let single = rooms.iter().any(|room| path.starts_with(&format!("/v1/{room}/")));
    let is_over = ["executed", "rejected", "withdrawn"].iter().any(|it| body["status"] == *it);
    if single
        && !is_over
        && let Some(case) = body.as_object_mut()
    {
        case.retain(|name, _| !["findings", "outcome", "policy_version"].contains(&name.as_str()));
    }
    if rooms.iter().any(|room| path.starts_with(&format!("/v1/{room}?")))
        && let Some(items) = body["items"].as_array_mut()
    {
        for case in items.iter_mut().filter_map(Value::as_object_mut) {
            case.retain(|name, _| !["asked", "findings"].contains(&name.as_str()));
        }
    }
    body
}

/// The members of answers that are sentences.
const WORDS: &[&str] = &["title", "detail", "message"];

/// What an answer said and another does not. A field that is new may be there beside the others.
fn differences(old: &Value, new: &Value, place: &str, faults: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            // What no region set comes from the default of the program, of which there is a later version.
            let of_program = old.get("region_code") == Some(&Value::Null);
            for (name, value) in old {
                match new.get(name) {
                    Some(now) if of_program && name == "version" && now.as_i64() >= value.as_i64() => {}
                    // Words for people may be said better; codes and figures say the same.
                    Some(Value::String(now)) if WORDS.contains(&name.as_str()) && !now.is_empty() => {}
                    Some(now) => differences(value, now, &format!("{place} {name}"), faults),
                    None => faults.push(format!("{place}: {name} is gone")),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(old, new, &format!("{place} {index}"), faults);
            }
        }
        _ if old == new => {}
        (Value::String(old), Value::String(new))
            if regional(old).is_some() && regional(old) == regional(new) => {}
        _ => faults.push(format!("{place}: {new} instead of {old}")),
    }
}

/// Of the versions of a policy, those of regions.
fn regional(versions: &str) -> Option<&str> {
    let (_, of_regions) = versions.strip_prefix("national@")?.split_once(' ').unwrap_or_default();
    Some(of_regions)
}

/// Database, export and the export of the other program verify, each going on from what was signed then.
async fn sound(town: &Town, record: &Record, exported: &Path) {
    let size = u64::try_from(town.signed_size().await).unwrap();
    assert!(size >= record.journal_size, "{size}");
    let signed = format!("/v1/journal/checkpoint?tree_size={}", record.journal_size);
    let kept = record.answers.iter().find(|it| it.path == signed).unwrap();
    let trust = Trust {
        names: Some(town.registry.log.names()),
        checkpoints: vec![kept.body.as_str().unwrap().to_owned()],
        ..Trust::default()
    };
    let in_database = checked(town, trust.clone()).await;
    assert!(in_database.is_sound() && in_database.is_whole(), "{in_database:?}");
    let found: BTreeSet<_> = in_database.committed_as_found.iter().map(|it| it.table.as_str()).collect();
    assert!(found.contains("assets") && found.contains("ledger_entries"), "{found:?}");
    let written_now = Bundle::of(town).await.verify(&trust);
    assert!(written_now.is_sound(), "{written_now:?}");
    assert_eq!(written_now.entries, size);
    for trust in [trust, Trust::default()] {
        let written_then = verify::bundle(exported, &trust).unwrap();
        assert!(written_then.is_sound(), "{written_then:?}");
        assert_eq!(written_then.entries, record.journal_size);
    }
}
