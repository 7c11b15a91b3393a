//! What goes wrong around a registry is told with what to do about it, in English and in Chinese.

use std::{
    fs,
    io::{Seek as _, SeekFrom, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use age::{secrecy::ExposeSecret as _, x25519};
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    house::Beside,
    journal::grows,
    surroundings::{is_told, is_well, runs as runs_in},
    tampering::runs,
    town::{Answer, EAST, Engine, Town, postgres},
};

/// The program on a folder of data and a database, as an administrator runs it.
fn program(data: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanquan"));
    command.arg("--data-dir").arg(data).args(["--database-url", url]).args(arguments);
    command
}

/// Runs a program: its exit status, and what it says.
fn said(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs a program on a thread of its own, while the server and the story go on.
async fn meanwhile(mut command: Command) -> (Option<i32>, String, String) {
    tokio::task::spawn_blocking(move || said(&mut command)).await.unwrap()
}

/// Both languages tell what to do.
fn advises(wrong: &str, english: &str, chinese: &str) {
    assert!(wrong.contains(english) && wrong.contains(chinese), "{wrong}");
    for line in wrong.lines().filter(|it| it.contains('。')) {
        assert!(
            !line.contains("cannot") && !line.contains(" is "),
            "no English in a Chinese sentence: {line}"
        );
    }
}

/// A copy of the data folder of a town whose database is a file, as it would be if the town were stopped.
fn copied(town: &Town, to: &Path) -> PathBuf {
    fs::create_dir_all(to.join("keys")).unwrap();
    for entry in fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
        let name = entry.unwrap().file_name();
        fs::copy(town.settings.data_dir.join("keys").join(&name), to.join("keys").join(&name)).unwrap();
    }
    let database = to.join("sanquan.db");
    Beside::of(town).execute(&format!("vacuum into '{}'", database.display())).unwrap();
    database
}

/// Writes over a part of a file.
fn overwrites(path: &Path, from: u64, length: usize) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0xa5; length]).unwrap();
}

pub async fn damage_that_is_met_on_opening_is_told_as_damage(town: Town) {
    if town.engine != Engine::Sqlite {
        return;
    }
    grows(&town, 5).await;
    town.signed_size().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, from, length) in [("header", 0, 100), ("schema", 100, 3_996), ("both", 0, 4_096)] {
        let data = folder.path().join(name);
        let database = copied(&town, &data);
        let url = format!("sqlite://{}", database.display());
        let asks = |arguments: &[&str]| said(&mut program(&data, &url, arguments));
        let (code, text, wrong) = asks(&["verify"]);
        assert_eq!(code, Some(0), "{name}: {text}{wrong}");
        overwrites(&database, from, length);
        let before = fs::read(&database).unwrap();

        let (code, text, wrong) = asks(&["verify"]);
        assert!(code == Some(1) && text.contains("database_damaged ("), "{name}: {code:?} {text}{wrong}");
        advises(&wrong, "`sanquan restore`", "数据库文件已损坏");
        let (code, text, _) = asks(&["verify", "--json"]);
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(code, Some(1));
        assert_eq!(report["damages"][0]["kind"], "database_damaged", "{report}");
        assert_eq!(report["not_examined"], "after_damage", "{report}");
        let to = folder.path().join("backup");
        for command in
            [&["serve"][..], &["migrate"], &["token", "auditor"], &["backup", "--to", to.to_str().unwrap()]]
        {
            let (code, text, wrong) = asks(command);
            assert!(code == Some(1) && text.is_empty(), "{name} {command:?}: {text}{wrong}");
            assert!(wrong.contains("the file of the database is damaged"), "{name} {command:?}: {wrong}");
            advises(&wrong, "`sanquan restore`", "数据库文件已损坏");
        }
        assert!(fs::read(&database).unwrap() == before, "{name}: whoever looks writes nothing");
    }
}

pub async fn damage_that_is_met_at_work_is_told_until_the_end(mut town: Town) {
    is_well(&town).await;
    if town.engine != Engine::Sqlite {
        return;
    }
    let document = town.document().await;
    town.signed_size().await;
    town.stopping().await.unwrap();
    let mut beside = Beside::of(&town);
    beside.execute("pragma wal_checkpoint(truncate)").unwrap();
    let page = beside.number("select rootpage as count from sqlite_master where name = 'documents'");
    let size = beside.number("select page_size as count from pragma_page_size");
    drop(beside);
    let url = town.settings.database();
    let (from, length) = (u64::try_from((page - 1) * size).unwrap(), usize::try_from(size).unwrap());
    overwrites(Path::new(url.strip_prefix("sqlite://").unwrap()), from, length);

    town.restarts().await;
    is_well(&town).await;
    let read = town.auditor().gets(&format!("/v1/documents/{document}")).await;
    let why = read.expect_problem(500, "internal");
    assert!(why["detail"].as_str().unwrap().contains("restored from a backup"), "{why}");
    is_told(&town, "database_damaged").await;
    // What is not on that page goes on being read, and nobody is told that all is well.
    town.auditor().gets("/v1/me").await.expect(200);
    is_told(&town, "database_damaged").await;
    let why = town.auditor().in_chinese().gets(&format!("/v1/documents/{document}")).await;
    assert!(why.body["detail"].as_str().unwrap().contains("数据库文件已损坏"), "{}", why.body);
    let told = town.somebody(None).in_chinese().gets("/readyz").await;
    assert_eq!(told.status, 503);
    assert!(
        told.body["detail"].as_str().unwrap().contains("数据库文件已损坏，须从备份恢复"),
        "{}",
        told.body
    );
    town.stopping().await.unwrap();
}

pub async fn keys_that_are_not_whole_are_not_backed_up(town: Town) {
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    let folder = tempfile::tempdir().unwrap();
    let (to, sealed) = (folder.path().join("backups"), folder.path().join("keys.age"));
    let public = x25519::Identity::generate().to_public().to_string();
    let asked = [
        "backup",
        "--to",
        to.to_str().unwrap(),
        "--keys-to",
        sealed.to_str().unwrap(),
        "--recipient",
        &public,
    ];
    let aside = folder.path().join("aside");
    for file in [
        "token-signing.pkcs8",
        "personal-identifiers.key",
        "journal-signing.pkcs8",
        "certificate-signing.pkcs8",
    ] {
        let path = data.join("keys").join(file);
        for damaged in [None, Some(&b""[..]), Some(&b"garbage"[..])] {
            fs::rename(&path, &aside).unwrap();
            if let Some(bytes) = damaged {
                fs::write(&path, bytes).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            }
            let (code, text, wrong) = meanwhile(program(&data, &url, &asked)).await;
            assert!(code == Some(1) && text.is_empty(), "{file}: {text}{wrong}");
            assert!(wrong.contains(path.to_str().unwrap()), "{file}: {wrong}");
            advises(&wrong, "keys replace", "没有进行备份");
            assert!(!sealed.exists() && !to.exists(), "{file}: nothing is half there");
            fs::rename(&aside, &path).unwrap();
        }
    }
    // Whoever wants the rest gets it.
    let (code, _, wrong) = meanwhile(program(&data, &url, &asked)).await;
    assert!(code == Some(0) && sealed.exists(), "{wrong}");
}

pub async fn a_damaged_record_of_keys_is_named_with_a_way_out(town: Town) {
    grows(&town, 3).await;
    town.signed_size().await;
    let keys = town.settings.data_dir.join("keys");
    town.stopping().await.unwrap();
    for (file, key) in [("journal-keys.json", "journal"), ("certificate-keys.json", "certificates")] {
        let path = keys.join(file);
        for junk in ["", "{", "[]"] {
            fs::write(&path, junk).unwrap();
            let (code, _, wrong) = runs(&town, &["token", "auditor"]);
            assert!(code == Some(1) && wrong.contains(path.to_str().unwrap()), "{wrong}");
            advises(&wrong, &format!("`sanquan keys replace {key} --reason TEXT`"), "从密钥备份中恢复该文件");
        }
        fs::remove_file(&path).unwrap();
    }
    let path = keys.join("journal-last-signed");
    fs::write(&path, "junk").unwrap();
    let (code, _, wrong) = runs(&town, &["journal", "acknowledge-loss"]);
    assert!(code == Some(1) && wrong.contains(path.to_str().unwrap()), "{wrong}");
    advises(&wrong, "`sanquan verify --checkpoint FILE`", "登记系统会重新写入");
    // The way out is one.
    fs::remove_file(&path).unwrap();
    town.signed_size().await;
}

pub async fn settings_that_cannot_be_are_named_and_secrets_are_not_shown(town: Town) {
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    for (name, setting) in [
        ("SANQUAN_STORAGE__PATIENCE_SECONDS", "storage.patience_seconds"),
        ("SANQUAN_HTTP__TIMEOUT_SECONDS", "http.timeout_seconds"),
        ("SANQUAN_STORAGE__CONNECTIONS", "storage.connections"),
    ] {
        let (code, _, wrong) = said(program(&data, &url, &["serve"]).env(name, "0"));
        assert_eq!(code, Some(1), "{wrong}");
        assert!(wrong.contains(&format!("{setting} is 0, and must be from 1 to ")), "{wrong}");
        assert!(wrong.contains(&format!("设置项 {setting} 为 0，应为 1 至 ")), "{wrong}");
    }
    let (code, text, wrong) = said(&mut program(
        &data,
        "postgres://sanquan:s3cret@a.example,b.example/sanquan?sslmode=verify-full&sslpassword=s3cret",
        &["settings"],
    ));
    assert_eq!(code, Some(0), "{wrong}");
    let shown: Value = serde_json::from_str(&text).unwrap();
    let shown = shown["database_url"].as_str().unwrap();
    assert_eq!(
        shown,
        "postgres://sanquan:***@a.example,b.example/sanquan?sslmode=verify-full&sslpassword=***"
    );

    // Whoever verifies the registry of the settings need not name it again.
    grows(&town, 3).await;
    town.signed_size().await;
    let (code, text, wrong) = runs(&town, &["verify"]);
    assert!(code == Some(0) && text.starts_with("sound: "), "{text}{wrong}");
    let (code, _, wrong) = runs(&town, &["verify", "--documents"]);
    assert_eq!(code, Some(0), "{wrong}");
    let nowhere = tempfile::tempdir().unwrap();
    let (code, _, wrong) =
        said(Command::new(env!("CARGO_BIN_EXE_sanquan")).current_dir(nowhere.path()).args([
            "--data-dir",
            nowhere.path().to_str().unwrap(),
            "verify",
        ]));
    assert!(
        code == Some(2) && wrong.contains("there is no database at") && wrong.contains("--config"),
        "{wrong}"
    );
}

pub async fn settings_are_looked_at_before_anything_is_made(town: Town) {
    if town.engine == Engine::Postgres {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = "witness.example.cn+00000000+AAAA";
    for (name, value, english, chinese) in [
        ("LISTEN", "nonsense", "cannot listen on nonsense", "listen 须为本机的地址和端口"),
        ("LISTEN", "127.0.0.1:99999", "cannot listen on 127.0.0.1:99999", "listen 须为本机的地址和端口"),
        ("LISTEN", "192.0.2.1:8080", "cannot listen on 192.0.2.1:8080", "listen 须为本机的地址和端口"),
        ("DATABASE_URL", "mysql://a/b", "database_url must begin with", "数据库地址有误"),
        ("STORAGE__STANDBY_URL", "postgres://a/b", "SQLite has no standby", "SQLite 数据库没有备库"),
        ("HTTP__TRUSTED_PROXIES", "10.0.0.0/33", "http.trusted_proxies", "请写代理服务器的地址或网段"),
        ("HTTP__CORS_ORIGINS", "example", "http.cors_origins", "请写协议和主机"),
        ("JOURNAL__WITNESSES", witness, "journal.witnesses", "请按见证方公布的公钥原样填写"),
        ("JOURNAL__ORIGIN", "a b", "journal.origin", "名称中不得有空格和加号"),
        (
            "CERTIFICATES__PUBLIC_URL",
            "assets.example.cn",
            "certificates.public_url",
            "请写以 https:// 开头的地址",
        ),
        (
            "LOG__FILTER",
            "sanquan=loud",
            "log.filter is sanquan=loud, and",
            "设置项 log.filter 为 sanquan=loud，应为",
        ),
        ("LOG__FORMAT", "xml", "must be human or json", "应为 human 或 json"),
    ] {
        for command in ["settings", "serve", "migrate"] {
            // Nobody listens where the database is only migrated.
            if (command, value) == ("migrate", "192.0.2.1:8080") {
                continue;
            }
            let data = folder.path().join("data");
            let mut asked = Command::new(env!("CARGO_BIN_EXE_sanquan"));
            asked.current_dir(folder.path()).arg("--data-dir").arg(&data).arg(command);
            let (code, _, wrong) = said(asked.env(format!("SANQUAN_{name}"), value));
            assert_eq!(code, Some(1), "{command} {name}: {wrong}");
            advises(&wrong, english, chinese);
            let reason = wrong.lines().next().unwrap();
            assert_eq!(reason.matches(english).count(), 1, "said once: {wrong}");
            assert!(!data.exists(), "{command} {name}: nothing is made");
        }
    }
    // What another program listens at is told by whoever would serve there, before anything is made, and the settings are right.
    let listens = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listens.local_addr().unwrap().to_string();
    let data = folder.path().join("data");
    let asks = |command: &str| {
        let mut asked = Command::new(env!("CARGO_BIN_EXE_sanquan"));
        asked.current_dir(folder.path()).arg("--data-dir").arg(&data).args(["--listen", &address, command]);
        said(&mut asked)
    };
    let (code, _, wrong) = asks("serve");
    assert_eq!(code, Some(1), "{wrong}");
    advises(&wrong, "Another program listens there", "该地址和端口已被另一个程序占用");
    assert!(!data.exists(), "nothing is made");
    assert_eq!(asks("settings").0, Some(0));
}

/// A role of the server of a town's database, which is gone with this value.
struct Role {
    url: String,
    name: String,
}

impl Role {
    fn new(url: &str) -> Self {
        let name = format!("sanquan_test_{}", uuid::Uuid::now_v7().simple());
        let role = Self { url: url.to_owned(), name };
        role.administers(&format!("create role {} login password 'x'", role.name));
        role
    }

    fn administers(&self, statement: &str) {
        PgConnection::establish(&self.url).unwrap().batch_execute(statement).unwrap();
    }

    /// The URL with which this role connects.
    fn connects(&self) -> String {
        let mut url = url::Url::parse(&self.url).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some("x")).unwrap();
        url.into()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let name = &self.name;
        if let Ok(mut connection) = PgConnection::establish(&self.url) {
            let _ = connection.batch_execute(&format!("drop owned by {name}; drop role {name}"));
        }
    }
}

pub async fn a_registry_is_not_begun_anew_on_an_emptied_database(town: Town) {
    grows(&town, 5).await;
    town.signed_size().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let keys = town.settings.data_dir.join("keys");
    let copied = Command::new("cp").arg("-r").args([&keys, &data]).status();
    assert!(copied.unwrap().success());
    let empty = match town.engine {
        Engine::Sqlite => None,
        Engine::Postgres => postgres::empty_database(),
    };
    let file = data.join("sanquan.db");
    fs::write(&file, "").unwrap();
    let url = empty.as_ref().map_or_else(|| format!("sqlite://{}", file.display()), |it| it.url().to_owned());
    // However often it is tried: nothing is put into it meanwhile.
    for _ in 0..2 {
        let (code, _, wrong) = meanwhile(program(&data, &url, &["token", "auditor"])).await;
        assert!(code == Some(1) && wrong.contains("there is no journal in"), "{wrong}");
        advises(&wrong, "`sanquan restore`", "请在 database_url 中改为本系统的数据库");
    }
    let (code, _, wrong) = meanwhile(program(&data, &town.settings.database(), &["token", "auditor"])).await;
    assert_eq!(code, Some(0), "{wrong}");
    // A new registry has a folder of its own.
    fs::remove_dir_all(data.join("keys")).unwrap();
    let (code, _, wrong) = meanwhile(program(&data, &url, &["token", "auditor"])).await;
    assert!(code == Some(1) && !wrong.contains("there is no journal in"), "{wrong}");
}

pub async fn a_role_without_rights_is_told_what_it_lacks(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    let role = tokio::task::spawn_blocking(move || Role::new(&url)).await.unwrap();
    let asks = async || meanwhile(program(&data, &role.connects(), &["token", "auditor"])).await;
    // It may do nothing at all.
    let (code, _, wrong) = asks().await;
    assert!(code == Some(1) && wrong.contains(&role.name), "{wrong}");
    assert!(wrong.contains("may not create tables in the schema public"), "{wrong}");
    advises(&wrong, "make the role the owner of the tables", "数据库角色的权限不足");
    // It may see that nothing is to be migrated, and no more.
    let name = role.name.clone();
    role.administers(&format!(
        "grant usage on schema public to {name}; grant all on __diesel_schema_migrations to {name}"
    ));
    let (code, _, wrong) = asks().await;
    assert!(code == Some(1) && wrong.contains("may not read and change accounts"), "{wrong}");
    advises(&wrong, "make the role the owner of the tables", "数据库角色的权限不足");
    role.administers(&format!("grant all on all tables in schema public to {name}; grant all on all sequences in schema public to {name}"));
    let (code, _, wrong) = asks().await;
    assert_eq!(code, Some(0), "{wrong}");
    tokio::task::spawn_blocking(move || drop(role)).await.unwrap();
}

pub async fn a_right_that_somebody_misses_is_told_of_until_it_is_there(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    let url = town.settings.database();
    let role = tokio::task::spawn_blocking(move || Role::new(&url)).await.unwrap();
    let name = role.name.clone();
    role.administers(&format!(
        "grant all on schema public to {name}; grant all on all tables in schema public to {name}; create sequence odd"
    ));
    let mut settings = town.settings.clone();
    settings.database_url = role.connects();
    let server = Town::beside_with(&settings, &town.clock);
    let officer = town.officer().of(&server.base_url);
    let becomes = async |reasons: Value| {
        let began = Instant::now();
        while officer.gets("/readyz").await.body.get("reasons").cloned().unwrap_or_default() != reasons {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not become {reasons}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    becomes(Value::Null).await;
    // The watch itself does not write there.
    role.administers(&format!("revoke insert on parties from {name}"));
    let somebody = json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    officer.posts("/v1/parties", somebody.clone()).await.expect_problem(500, "internal");
    becomes(json!(["database_denied"])).await;
    // Sequences count as well.
    role.administers(&format!("grant insert on parties to {name}"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    becomes(json!(["database_denied"])).await;
    role.administers(&format!("grant usage on sequence odd to {name}"));
    becomes(Value::Null).await;
    officer.creates("/v1/parties", somebody).await;
    server.stops().await;
    role.administers("drop sequence odd");
    tokio::task::spawn_blocking(move || drop(role)).await.unwrap();
}

pub async fn a_right_that_is_missing_is_no_damage(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    grows(&town, 3).await;
    town.signed_size().await;
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    let role = tokio::task::spawn_blocking(move || Role::new(&url)).await.unwrap();
    let name = role.name.clone();
    // Whoever only looks needs no more than to read.
    role.administers(&format!(
        "grant usage on schema public to {name}; grant select on all tables in schema public to {name}"
    ));
    let asks = async |more: &[&str]| {
        meanwhile(program(&data, &role.connects(), &[&["verify"], more].concat())).await
    };
    let (code, text, wrong) = asks(&[]).await;
    assert_eq!(code, Some(0), "{text}{wrong}");
    role.administers(&format!("revoke select on receipts from {name}"));
    let (code, text, wrong) = asks(&[]).await;
    assert!(code == Some(2) && !text.contains("unreadable"), "{code:?} {text}{wrong}");
    assert!(
        wrong.contains(&format!("{name} may not read receipts")) && !wrong.contains("damaged"),
        "{wrong}"
    );
    advises(&wrong, "make the role the owner of the tables", "数据库角色的权限不足");
    let (code, text, _) = asks(&["--json"]).await;
    assert!(code == Some(2) && text.contains("may not read receipts"), "{text}");
    role.administers(&format!("grant select on receipts to {name}"));
    assert_eq!(asks(&[]).await.0, Some(0));
    tokio::task::spawn_blocking(move || drop(role)).await.unwrap();
}

pub async fn a_journal_under_another_name_is_not_gone_on_with(mut town: Town) {
    grows(&town, 3).await;
    town.signed_size().await;
    let was = town.registry.log.origin().to_owned();
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    let begins = async |origin: &str| {
        let mut command = program(&data, &url, &["token", "auditor"]);
        command.env("SANQUAN_JOURNAL__ORIGIN", origin);
        meanwhile(command).await
    };
    let (code, _, wrong) = begins("other.example.cn/journal").await;
    assert!(code == Some(1) && wrong.contains("other.example.cn/journal"), "{code:?} {wrong}");
    assert!(wrong.contains(&was), "{wrong}");
    advises(&wrong, "journal.origin", "请将 journal.origin 改回");
    let (code, _, wrong) = begins(&was).await;
    assert_eq!(code, Some(0), "{wrong}");
    // Nothing was done under the other name, and what is signed goes on.
    grows(&town, 2).await;
    town.signed_size().await;
    town.restarts().await;
    let (code, text, wrong) = runs(&town, &["verify"]);
    assert!(matches!(code, Some(0 | 3)), "{text}{wrong}");
}

pub async fn a_commit_that_hangs_is_no_damage(town: Town) {
    grows(&town, 3).await;
    let size = town.signed_size().await;
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    // What was signed last is in the file, and not yet in the database: as a server leaves it that waits for a standby.
    town.altered.store(true, std::sync::atomic::Ordering::Relaxed);
    town.stopping().await.unwrap();
    let mut beside = Beside::of(&town);
    beside.unguard("journal_checkpoints");
    beside.execute(&format!("delete from journal_checkpoints where tree_size = {size}")).unwrap();
    let verifies = async || meanwhile(program(&data, &url, &["verify"])).await;
    if town.engine == Engine::Postgres {
        let held = url.clone();
        let hold = move || {
            let mut connection = PgConnection::establish(&held).unwrap();
            let taken = "begin; select pg_advisory_xact_lock(x'53414e5155414e01'::bigint)";
            connection.batch_execute(taken).unwrap();
            connection
        };
        let server = tokio::task::spawn_blocking(hold).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let (code, text, wrong) = verifies().await;
        assert!(code == Some(3) && !wrong.contains("damaged"), "{text}{wrong}");
        assert!(
            text.contains("not examined: whether the checkpoint that was signed last is stored"),
            "{text}"
        );
        tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
    }
    // While nobody is about to store it, it is missing.
    let (code, text, _) = verifies().await;
    assert!(code == Some(1) && text.contains(&format!("checkpoint_missing tree_size={size} ")), "{text}");
}

pub async fn a_role_of_its_own_restores_what_the_extensions_of_a_server_stood_beside(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    grows(&town, 3).await;
    town.signed_size().await;
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    Beside::of(&town).execute("create extension amcheck").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (to, sealed, identity) =
        (folder.path().join("backups"), folder.path().join("keys.age"), folder.path().join("identity"));
    let owner = x25519::Identity::generate();
    fs::write(&identity, owner.to_string().expose_secret()).unwrap();
    let public = owner.to_public().to_string();
    let (from, keys) = (to.to_str().unwrap(), sealed.to_str().unwrap());
    let made = ["backup", "--to", from, "--keys-to", keys, "--recipient", &public];
    let (code, _, wrong) = meanwhile(program(&data, &url, &made)).await;
    assert_eq!(code, Some(0), "{wrong}");

    let empty = postgres::empty_database().unwrap();
    let role = {
        let url = empty.url().to_owned();
        tokio::task::spawn_blocking(move || Role::new(&url)).await.unwrap()
    };
    let restore = ["restore", "--from", from, "--keys", keys, "--identity", identity.to_str().unwrap()];
    let restored = folder.path().join("restored");
    let asks = async || meanwhile(program(&restored, &role.connects(), &restore)).await;
    // A role that may make no tables restores nothing, and nothing is left of that.
    role.administers("revoke create on schema public from public");
    let (code, _, wrong) = asks().await;
    assert!(code == Some(1) && wrong.contains("pg_restore failed"), "{wrong}");
    advises(&wrong, "must own the empty database", "没有恢复任何内容");
    assert!(!restored.exists(), "nothing is left of it");
    fs::create_dir_all(restored.join("keys")).unwrap();
    assert_eq!(asks().await.0, Some(1));
    assert!(restored.join("keys").exists(), "what was there stays");

    // The extension is there or not: it is none of the registry's.
    role.administers(&format!("grant create on schema public to {}; create extension amcheck", role.name));
    let (code, text, wrong) = asks().await;
    assert!(matches!(code, Some(0 | 3)) && text.contains("sound: "), "{text}{wrong}");
    role.administers(&format!("drop owned by {}; drop extension amcheck", role.name));
    role.administers(&format!("grant create on schema public to {}", role.name));
    fs::remove_dir_all(&restored).unwrap();
    let (code, text, wrong) = asks().await;
    assert!(matches!(code, Some(0 | 3)) && text.contains("sound: "), "{text}{wrong}");

    // A copy that fails is told with what to do, and leaves nothing either.
    role.administers("create table of_somebody_else (it text)");
    let before = fs::read_dir(to.join("snapshots")).unwrap().count();
    let asked = program(&restored, &role.connects(), &["backup", "--to", from]);
    let (code, text, wrong) = meanwhile(asked).await;
    assert!(code == Some(1) && wrong.contains("pg_dump failed"), "{text}{wrong}");
    advises(&wrong, "There is no backup of this time", "本次没有留下备份");
    assert_eq!(fs::read_dir(to.join("snapshots")).unwrap().count(), before);
    tokio::task::spawn_blocking(move || drop((role, empty))).await.unwrap();
}

pub async fn a_start_on_a_database_that_can_only_be_read_is_told(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    let (data, url) = (town.settings.data_dir.clone(), town.settings.database());
    let set = async |what: &'static str| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || postgres::set_database(&url, what)).await.unwrap();
    };
    set("set default_transaction_read_only = on").await;
    for command in [["serve"].as_slice(), &["migrate"], &["token", "auditor"]] {
        let (code, _, wrong) = meanwhile(program(&data, &url, command)).await;
        assert!(code == Some(1) && wrong.contains("the database can only be read"), "{wrong}");
        advises(&wrong, "name the primary in database_url", "请在 database_url 中改为主库");
    }
    set("reset default_transaction_read_only").await;
    is_well(&town).await;
}

/// Opens a door to a server at an address, for as long as the program runs.
fn opens_door(at: std::net::SocketAddr, to: (String, u16)) {
    let door = std::net::TcpListener::bind(at).unwrap();
    std::thread::spawn(move || {
        for guest in door.incoming() {
            let (Ok(guest), Ok(server)) = (guest, std::net::TcpStream::connect((to.0.as_str(), to.1))) else {
                return;
            };
            let ways = [(guest.try_clone().unwrap(), server.try_clone().unwrap()), (server, guest)];
            for (mut from, mut into) in ways {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut into);
                    let _ = into.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
}

/// Where a database is reached once what comes with it is called; until then by nobody who comes that way.
fn keeps_away(url: &str) -> (String, Box<dyn FnOnce() + Send>) {
    let Some(path) = url.strip_prefix("sqlite://") else {
        let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut through = url::Url::parse(url).unwrap();
        let to = (through.host_str().unwrap().to_owned(), through.port().unwrap_or(5_432));
        through.set_host(Some("127.0.0.1")).unwrap();
        through.set_port(Some(at.port())).unwrap();
        return (through.into(), Box::new(move || opens_door(at, to)));
    };
    let mut alone = SqliteConnection::establish(path).unwrap();
    alone
        .batch_execute("pragma locking_mode = exclusive; pragma journal_mode = wal; begin exclusive; commit")
        .unwrap();
    (url.to_owned(), Box::new(move || drop(alone)))
}

pub async fn a_start_waits_for_its_database_as_long_as_it_is_told(town: Town) {
    let folder = tempfile::tempdir().unwrap();
    let (data, url) = match town.engine {
        Engine::Sqlite => {
            let database = copied(&town, folder.path());
            (folder.path().to_owned(), format!("sqlite://{}", database.display()))
        }
        Engine::Postgres => (town.settings.data_dir.clone(), town.settings.database()),
    };
    let (through, back) = tokio::task::spawn_blocking(move || keeps_away(&url)).await.unwrap();
    let asks = |seconds: &str| {
        let mut command = program(&data, &through, &["token", "auditor"]);
        command.env("SANQUAN_STORAGE__WAIT_SECONDS", seconds);
        command
    };
    let (code, _, wrong) = meanwhile(asks("0")).await;
    assert_eq!(code, Some(1), "{wrong}");
    match town.engine {
        Engine::Sqlite => advises(&wrong, "End the other process", "数据库文件被另一个进程占用"),
        Engine::Postgres => advises(&wrong, "storage.wait_seconds", "无法连接数据库"),
    }
    let waiting = tokio::task::spawn_local(meanwhile(asks("120")));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!waiting.is_finished(), "it waits");
    tokio::task::spawn_blocking(back).await.unwrap();
    let (code, text, wrong) = waiting.await.unwrap();
    assert!(code == Some(0) && text.contains('.'), "{text}{wrong}");
    is_well(&town).await;
}

pub async fn a_server_that_answers_and_refuses_is_not_waited_for(town: Town) {
    if town.engine != Engine::Postgres {
        return;
    }
    let mut url = url::Url::parse(&town.settings.database()).unwrap();
    url.set_path("/sanquan_test_nobody");
    let mut command = program(&town.settings.data_dir, url.as_str(), &["token", "auditor"]);
    command.env("SANQUAN_STORAGE__WAIT_SECONDS", "120");
    let asked = Instant::now();
    let (code, _, wrong) = meanwhile(command).await;
    assert_eq!(code, Some(1), "{wrong}");
    assert!(asked.elapsed() < Duration::from_secs(60), "it waited: {wrong}");
    assert!(
        wrong.contains("does not let the registry in") && wrong.contains("sanquan_test_nobody"),
        "{wrong}"
    );
    advises(&wrong, "is the answer of the server", "数据库服务器拒绝了连接");
}

pub async fn a_file_that_is_removed_takes_no_changes(town: Town) {
    is_well(&town).await;
    let url = town.settings.database();
    let Some(path) = url.strip_prefix("sqlite://") else { return };
    town.signed_size().await;
    let aside = format!("{path}.aside");
    fs::rename(path, &aside).unwrap();
    let somebody = || json!({"kind": "enterprise", "name": "甲公司", "region_code": EAST, "identifier": {"scheme": "none"}});
    let refused = town.officer().posts("/v1/parties", somebody()).await;
    let why = refused.expect_problem(503, "unavailable");
    assert!(why["detail"].as_str().unwrap().contains("removed or exchanged"), "{why}");
    is_told(&town, "database_unreachable").await;
    // Another file of that name is not the one.
    fs::copy(&aside, path).unwrap();
    town.officer().posts("/v1/parties", somebody()).await.expect_problem(503, "unavailable");
    fs::rename(&aside, path).unwrap();
    is_well(&town).await;
    town.officer().creates("/v1/parties", somebody()).await;
    town.signed_size().await;
}

pub async fn a_database_that_does_not_answer_is_busy(town: Town) {
    is_well(&town).await;
    if town.engine != Engine::Postgres {
        // There, nobody keeps anybody from reading.
        return;
    }
    let url = town.settings.database();
    let hold = move || {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection
            .batch_execute("begin; lock table __diesel_schema_migrations in access exclusive mode")
            .unwrap();
        connection
    };
    // What it said before is so until it says otherwise.
    runs_in(&town, "insert into __diesel_schema_migrations (version) values ('20990101000000')").await;
    is_told(&town, "migrations_unknown").await;
    let held = tokio::task::spawn_blocking(hold).await.unwrap();
    let began = Instant::now();
    loop {
        let reasons = town.somebody(None).gets("/readyz").await.body["reasons"].clone();
        if reasons == json!(["database_busy", "migrations_unknown"]) {
            break;
        }
        assert_eq!(reasons, json!(["migrations_unknown"]));
        assert!(began.elapsed() < Duration::from_secs(60), "it is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::task::spawn_blocking(move || drop(held)).await.unwrap();
    runs_in(&town, "delete from __diesel_schema_migrations where version = '20990101000000'").await;
    is_well(&town).await;
}

/// A program in a room of its own, where a folder of this machine is another disk: a small one, or one that can only be read.
/// `None` where this machine lets nobody have such rooms.
fn in_a_room(mount: &str, program: &Command) -> Option<Command> {
    let room = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command
    };
    let allowed = room(&format!("set -e; {mount}")).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|it| it.success()) {
        eprintln!("left out: this machine gives nobody a disk of their own");
        return None;
    }
    let mut command = room(&format!("set -e; {mount}; exec \"$0\" \"$@\""));
    command.arg(program.get_program()).args(program.get_args());
    Some(command)
}

/// A server that a story started.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn a_full_disk_refuses_changes_and_goes_on(town: Town) {
    if town.engine != Engine::Sqlite {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (small, data) = (folder.path().join("small"), folder.path().join("data"));
    fs::create_dir(&small).unwrap();
    copied(&town, &data);
    let mount = format!(
        "mount -t tmpfs -o size=24m none '{}'; cp -r '{}' '{}'",
        small.display(),
        data.display(),
        small.display()
    );
    let inside = small.join("data");
    let url = format!("sqlite://{}", inside.join("sanquan.db").display());
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let serve = program(&inside, &url, &["--listen", &address, "serve"]);
    let Some(mut serve) = in_a_room(&mount, &serve) else { return };
    let serving = Serving(serve.stderr(Stdio::null()).spawn().unwrap());
    let base_url = format!("http://{address}");
    let began = Instant::now();
    while reqwest::get(format!("{base_url}/healthz")).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let officer = town.officer().of(&base_url);
    let body = |name: &str| json!({"kind": "enterprise", "name": name, "region_code": EAST, "identifier": {"scheme": "none"}});
    let made = officer.creates("/v1/parties", body("甲公司")).await;
    // Somebody else fills the disk.
    let filling = PathBuf::from(format!("/proc/{}/root{}", serving.0.id(), small.join("filling").display()));
    let mut filled = fs::File::create(&filling).unwrap();
    while filled.write_all(&[0; 4_096]).is_ok() {}
    drop(filled);
    let refused = officer.posts("/v1/parties", body("乙公司")).await;
    assert_eq!(refused.header("retry-after"), "60");
    refused.expect_problem(507, "storage_full");
    let minutes = reqwest::multipart::Part::bytes(vec![b'x'; 1 << 20]).file_name("minutes.txt");
    let form = reqwest::multipart::Form::new().part("file", minutes);
    let refused = Answer::of(officer.request(Method::POST, "/v1/documents").multipart(form)).await;
    refused.expect_problem(507, "storage_full");
    officer.reads(&format!("/v1/parties/{}", made["id"].as_str().unwrap())).await;
    let told = reqwest::get(format!("{base_url}/readyz")).await.unwrap();
    assert_eq!(told.status(), 507);
    fs::remove_file(&filling).unwrap();
    officer.creates("/v1/parties", body("乙公司")).await;
}

pub async fn disks_and_folders_that_cannot_be_used_are_told(town: Town) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = match town.engine {
        Engine::Sqlite => format!("sqlite://{}", copied(&town, &data).display()),
        Engine::Postgres => {
            fs::create_dir(&data).unwrap();
            town.settings.database()
        }
    };
    // A file where the folder of documents is to be.
    let keys = data.join("keys");
    if town.engine == Engine::Postgres {
        fs::create_dir(&keys).unwrap();
        for entry in fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), keys.join(entry.file_name())).unwrap();
        }
    }
    let documents = data.join("documents");
    fs::write(&documents, "no folder").unwrap();
    let (code, _, wrong) = meanwhile(program(&data, &url, &["token", "auditor"])).await;
    assert!(code == Some(1) && wrong.contains(documents.to_str().unwrap()), "{wrong}");
    advises(&wrong, "move it away", "请将其移走");
    fs::remove_file(&documents).unwrap();

    // The folder of another user: nobody is one to root, so that root becomes another one.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(if is_root { 0o700 } else { 0o500 })).unwrap();
    for file in [Path::new(url.strip_prefix("sqlite://").unwrap_or_default()), &keys] {
        if file.exists() && !is_root {
            fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
        }
    }
    let mut of_another = program(&data, &url, &["token", "auditor"]);
    if is_root {
        of_another.uid(65_534).gid(65_534).current_dir("/");
    }
    match of_another.output() {
        // Whoever it is may not even read the program.
        Err(_) => eprintln!("left out: another user cannot run the program"),
        Ok(output) => {
            let wrong = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.code() == Some(1) && wrong.contains(data.to_str().unwrap()), "{wrong}");
            advises(&wrong, "ser of the registry", "登记系统");
            assert!(wrong.contains("Permission denied"), "{wrong}");
        }
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    for file in [Path::new(url.strip_prefix("sqlite://").unwrap_or_default()), &keys] {
        if file.exists() && !is_root {
            let mode = if file.is_dir() { 0o700 } else { 0o600 };
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
    }

    // A full disk for the keys.
    let public = x25519::Identity::generate().to_public().to_string();
    let (to, small) = (folder.path().join("backups"), folder.path().join("small"));
    fs::create_dir(&small).unwrap();
    let sealed = small.join("keys.age");
    let backup = program(
        &data,
        &url,
        &[
            "backup",
            "--to",
            to.to_str().unwrap(),
            "--keys-to",
            sealed.to_str().unwrap(),
            "--recipient",
            &public,
        ],
    );
    let mount = format!(
        "mount -t tmpfs -o size=4k none '{0}'; head -c 4096 /dev/zero > '{0}/filling'",
        small.display()
    );
    if let Some(backup) = in_a_room(&mount, &backup) {
        let (code, _, wrong) = meanwhile(backup).await;
        assert!(code == Some(1) && wrong.contains(sealed.to_str().unwrap()), "{wrong}");
        advises(&wrong, "Make room on the disk of that file", "写入该文件时磁盘已满");
    }

    // A disk that was mounted anew as one that can only be read.
    if town.engine == Engine::Sqlite {
        let mount = format!("mount --bind '{0}' '{0}'; mount -o remount,bind,ro '{0}'", data.display());
        if let Some(serve) = in_a_room(&mount, &program(&data, &url, &["serve"])) {
            let (code, _, wrong) = meanwhile(serve).await;
            assert!(code == Some(1) && wrong.contains("the database can only be read"), "{wrong}");
            advises(&wrong, "mounted read-only", "只读方式挂载");
        }
    }
}
