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

use age::x25519;
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

/// Keeps everybody from a database, until what is returned is called.
fn keeps_away(url: &str) -> Box<dyn FnOnce() + Send> {
    let Some(path) = url.strip_prefix("sqlite://") else {
        postgres::set_database(url, "allow_connections false");
        let url = url.to_owned();
        return Box::new(move || postgres::set_database(&url, "allow_connections true"));
    };
    let mut alone = SqliteConnection::establish(path).unwrap();
    alone
        .batch_execute("pragma locking_mode = exclusive; pragma journal_mode = wal; begin exclusive; commit")
        .unwrap();
    Box::new(move || drop(alone))
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
    let asks = |seconds: &str| {
        let mut command = program(&data, &url, &["token", "auditor"]);
        command.env("SANQUAN_STORAGE__WAIT_SECONDS", seconds);
        command
    };
    let of = url.clone();
    let back = tokio::task::spawn_blocking(move || keeps_away(&of)).await.unwrap();
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
