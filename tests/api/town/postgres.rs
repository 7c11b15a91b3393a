//! PostgreSQL for the tests: finds or starts a server, and gives every test a database of its own.
//!
//! A server is looked for once in each test process:
//!
//! 1. `SANQUAN_TEST_POSTGRES_URL`, the URL of a running server whose user may create databases;
//! 2. else the server programs of this machine, version 13 or later, from which a throw-away cluster is
//!    started. It listens on the loopback interface only, and it goes when the test process goes, however that ends.
//!
//! Without either there is no server, and what to leave out then is the caller's affair. Only
//! `SANQUAN_TEST_REQUIRE_POSTGRES=1`, as the gate sets it, makes that a failure here. Everything in this file
//! blocks: call it from `spawn_blocking`.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection as _, sql_query,
    sql_types,
};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

const URL_VARIABLE: &str = "SANQUAN_TEST_POSTGRES_URL";
const REQUIRED_VARIABLE: &str = "SANQUAN_TEST_REQUIRE_POSTGRES";

/// Every database that a test run makes is called `<PREFIX><run>_<number>`, the run being 32 hexadecimal digits.
const PREFIX: &str = "sanquan_test_";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A new database with the schema that `migrate` makes, given the URL of an empty database.
///
/// `migrate` runs once in a test process; later databases are copies of the first, so it must be the same for all
/// callers, and must have closed its connections when it returns. `None` where there is no server.
pub(crate) fn database(migrate: impl FnOnce(&str)) -> Option<Database> {
    let server = server()?;
    let template = server.template(migrate);
    let name = server.new_name();
    server.create_database_from_template(template, &name);

    Some(Database { server, url: server.url_of(&name), name })
}

/// A new database with nothing in it. `None` where there is no server.
pub(crate) fn empty_database() -> Option<Database> {
    let server = server()?;
    let name = server.new_name();
    server.create_database_from_template("template0", &name);
    Some(Database { server, url: server.url_of(&name), name })
}

/// Ends every connection to the database of a URL, as a restart of the server would.
pub(crate) fn terminate_connections(url: &str) {
    terminate_connections_but(&mut PgConnection::establish(url).unwrap());
}

/// Sets the database of a URL, from another one of the same server, and ends every connection to it so that what is set holds
/// for all of them.
pub(crate) fn set_database(url: &str, what: &str) {
    let (others, name) = url.rsplit_once('/').unwrap();
    let name = name.split('?').next().unwrap();
    let mut connection = PgConnection::establish(&format!("{others}/postgres")).unwrap();
    connection.batch_execute(&format!("alter database \"{name}\" {what}")).unwrap();
    let ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    sql_query(ended).bind::<sql_types::Text, _>(name).execute(&mut connection).unwrap();
}

fn terminate_connections_but(connection: &mut PgConnection) {
    sql_query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(connection)
    .unwrap();
}

/// How often the server ended a circle of transactions that waited for each other in the database of a URL. The
/// connections to it are ended first: what they counted is told when they end.
pub(crate) fn deadlocks(url: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = sql_types::BigInt)]
        counted: i64,
    }
    const ENDED: &str = "select count(*) as counted from pg_stat_activity a
        where a.datname = current_database() and a.backend_type = 'client backend' and a.backend_start <
            (select me.backend_start from pg_stat_activity me where me.pid = pg_backend_pid())";

    let mut connection = PgConnection::establish(url).unwrap();
    terminate_connections_but(&mut connection);
    while sql_query(ENDED).get_result::<Counted>(&mut connection).unwrap().counted > 0 {
        thread::sleep(Duration::from_millis(20));
    }
    sql_query("select deadlocks as counted from pg_stat_database where datname = current_database()")
        .get_result::<Counted>(&mut connection)
        .unwrap()
        .counted
}

/// The one server of this test process, or `None` if the machine has none.
///
/// # Panics
/// If a server was named or can be started and does not answer, or if one is required and there is none.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();

    let found = SERVER.get_or_init(|| Server::find().map_err(|why| why.to_string()));
    found.as_ref().unwrap_or_else(|why| panic!("no PostgreSQL for the tests: {why}")).as_ref()
}

/// A database that is dropped with this value, whoever is still connected to it.
pub(crate) struct Database {
    server: &'static Server,
    url: String,
    name: String,
}

impl Database {
    /// The URL to connect to this database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.drop_database(&self.name);
    }
}

/// A running PostgreSQL whose user may create databases.
pub(crate) struct Server {
    admin_url: Url,
    run: String,
    named: AtomicU32,
    template: OnceLock<String>,
    /// Tells later runs, by its application name, that the databases of this one are in use.
    _presence: Mutex<PgConnection>,
    _cluster: Option<Cluster>,
}

impl Server {
    /// The URL of the maintenance database, from which databases are created.
    pub(crate) fn admin_url(&self) -> &str {
        self.admin_url.as_str()
    }

    /// Creates the database `name` as a copy of `template`, to which nobody may be connected.
    ///
    /// # Panics
    /// If the server refuses.
    pub(crate) fn create_database_from_template(&self, template: &str, name: &str) {
        self.administer(&format!(r#"create database "{name}" template "{template}""#))
            .unwrap_or_else(|why| panic!("database {name} from {template}: {why}"));
    }

    /// Drops the database `name` and ends all connections to it. A failure is printed only: this also runs
    /// while a failed test unwinds.
    pub(crate) fn drop_database(&self, name: &str) {
        if let Err(why) = self.administer(&format!(r#"drop database if exists "{name}" with (force)"#)) {
            eprintln!("database {name} remains: {why}");
        }
    }

    /// The name of the migrated template, made by the first caller while the others wait.
    fn template(&self, migrate: impl FnOnce(&str)) -> &str {
        self.template.get_or_init(|| {
            let name = self.new_name();
            self.create_database_from_template("template0", &name);
            migrate(&self.url_of(&name));
            name
        })
    }

    fn find() -> Outcome<Option<Self>> {
        if let Some(url) = env::var_os(URL_VARIABLE) {
            let url = Url::parse(&url.to_string_lossy()).map_err(|why| format!("{URL_VARIABLE}: {why}"))?;
            return Self::at(url, None).map(Some);
        }

        match Programs::find() {
            Some(programs) => {
                let cluster = Cluster::start(&programs)?;
                Self::at(cluster.url()?, Some(cluster)).map(Some)
            }
            None if env::var_os(REQUIRED_VARIABLE).is_some_and(|value| value != "0") => Err(format!(
                "{REQUIRED_VARIABLE} is set, {URL_VARIABLE} is not, and no server programs (initdb, postgres) were found"
            )
            .into()),
            None => Ok(None),
        }
    }

    fn at(admin_url: Url, cluster: Option<Cluster>) -> Outcome<Self> {
        let run = Uuid::now_v7().simple().to_string();
        let mut presence = PgConnection::establish(admin_url.as_str())?;
        sql_query(format!("set application_name = '{PREFIX}{run}'")).execute(&mut presence)?;
        drop_leftovers(&mut presence)?;

        Ok(Self {
            admin_url,
            run,
            named: AtomicU32::new(0),
            template: OnceLock::new(),
            _presence: Mutex::new(presence),
            _cluster: cluster,
        })
    }

    fn new_name(&self) -> String {
        format!("{PREFIX}{}_{}", self.run, self.named.fetch_add(1, Ordering::Relaxed))
    }

    fn url_of(&self, database: &str) -> String {
        let mut url = self.admin_url.clone();
        url.set_path(database);
        url.into()
    }

    fn administer(&self, statement: &str) -> Outcome<()> {
        let mut connection = PgConnection::establish(self.admin_url())?;
        sql_query(statement).execute(&mut connection)?;
        Ok(())
    }
}

/// Drops the databases of test runs that are over: those of which no connection bears the run's name any more.
fn drop_leftovers(connection: &mut PgConnection) -> Outcome<()> {
    #[derive(QueryableByName)]
    struct Leftover {
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }

    let leftovers: Vec<Leftover> = sql_query(format!(
        "select d.datname::text as name from pg_database d \
         where d.datname ~ '^{PREFIX}[0-9a-f]{{32}}_[0-9]+$' \
         and not exists (select from pg_stat_activity a where a.application_name = substring(d.datname for {}))",
        PREFIX.len() + 32
    ))
    .load(connection)?;
    for Leftover { name } in leftovers {
        sql_query(format!(r#"drop database if exists "{name}" with (force)"#)).execute(connection)?;
    }
    Ok(())
}

/// The folder of PostgreSQL's server programs.
struct Programs(PathBuf);

impl Programs {
    /// The folder that `pg_config` names, else the highest version that Debian's packages have installed, else the
    /// first one on the search path.
    fn find() -> Option<Self> {
        let configured = Command::new("pg_config").arg("--bindir").output().ok().map(|answer| {
            let folder = String::from_utf8_lossy(&answer.stdout);
            PathBuf::from(folder.trim())
        });
        let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        packaged.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        let on_the_path: Vec<PathBuf> =
            env::var_os("PATH").map(|paths| env::split_paths(&paths).collect()).unwrap_or_default();

        configured
            .into_iter()
            .chain(packaged.into_iter().map(|(_, folder)| folder))
            .chain(on_the_path)
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .map(Self)
    }
}

/// A throw-away cluster in a temporary folder, with a watchdog that outlives this process and removes both.
struct Cluster {
    port: u16,
    process: u32,
    /// The watchdog acts when this end of the pipe closes. The kernel closes it, however this process ends; the
    /// destructors of statics do not run.
    _lifeline: ChildStdin,
}

impl Cluster {
    fn start(programs: &Programs) -> Outcome<Self> {
        Self::made_by(programs, |data| {
            let mut made = Command::new(programs.0.join("initdb"));
            made.args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(data);
            made
        })
    }

    /// A standby of another cluster.
    fn follow(programs: &Programs, primary: &Self) -> Outcome<Self> {
        Self::made_by(programs, |data| {
            let mut made = Command::new(programs.0.join("pg_basebackup"));
            made.args(["--checkpoint=fast", "--write-recovery-conf", "--no-sync", "--dbname"])
                .arg(url_on(primary.port))
                .arg("--pgdata")
                .arg(data);
            made
        })
    }

    fn made_by(programs: &Programs, make: impl FnOnce(&Path) -> Command) -> Outcome<Self> {
        let account = Account::for_servers()?;
        let folder = account.new_folder()?;
        let lifeline = start_watchdog(&account, &folder)?;
        let data = folder.join("data");
        account.run(&mut make(&data), &folder)?;

        speak_chinese(&account, &folder);

        // Somebody else may take a probed port before the server does, so there is more than one try.
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let mut process = start_postgres(programs, &account, &folder, port)?;
            if became_ready(&mut process, &data, port)? {
                return Ok(Self { port, process: process.id(), _lifeline: lifeline });
            }
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(format!("the throw-away server does not start\n{log}").into())
    }

    fn url(&self) -> Outcome<Url> {
        Ok(Url::parse(&url_on(self.port))?)
    }

    /// Sends a signal to all its processes: first to the one that starts others.
    fn signal(&self, name: &str) {
        let listed =
            || fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.process)).unwrap_or_default();
        let send = |to: &str| {
            let _ = Command::new("kill").args(["-s", name, to]).stderr(Stdio::null()).status();
        };
        if name == "KILL" {
            // They end with the first one, which nobody could list any more then.
            listed().split_whitespace().for_each(send);
        }
        send(&self.process.to_string());
        listed().split_whitespace().for_each(send);
    }
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = sql_types::Bool)]
    it: bool,
}

/// A primary and its standby, for one story.
pub(crate) struct Pair {
    primary: Cluster,
    standby: Cluster,
}

impl Pair {
    /// Starts both; `None` where there are no programs to start them with.
    ///
    /// # Panics
    /// If they do not start.
    pub(crate) fn start() -> Option<Self> {
        let programs = Programs::find().filter(|it| it.0.join("pg_basebackup").is_file())?;
        let started = Cluster::start(&programs).and_then(|primary| {
            let standby = Cluster::follow(&programs, &primary)?;
            Ok(Self { primary, standby })
        });
        Some(started.unwrap_or_else(|why| panic!("no standby for the tests: {why}")))
    }

    pub(crate) fn primary_url(&self) -> String {
        url_on(self.primary.port)
    }

    pub(crate) fn standby_url(&self) -> String {
        url_on(self.standby.port)
    }

    /// Runs a statement on the standby.
    pub(crate) fn on_standby(&self, statement: &str) {
        PgConnection::establish(&self.standby_url()).unwrap().batch_execute(statement).unwrap();
    }

    /// Locks a table on the standby and nowhere else: a lock of the primary is replayed, and nothing more is. It lasts until the
    /// standby replays again.
    pub(crate) fn locks_on_standby(&self, table: &str) {
        let mut standby = PgConnection::establish(&self.standby_url()).unwrap();
        let mut is_so = |what: &str| -> bool {
            let asked = sql_query(format!("select {what} as it"));
            asked.get_result::<Said>(&mut standby).unwrap().it
        };
        let mut primary = PgConnection::establish(&self.primary_url()).unwrap();
        primary.batch_execute(&format!("begin; lock table {table} in access exclusive mode")).unwrap();
        let locked = format!(
            "exists (select from pg_locks where relation = '{table}'::regclass and mode = 'AccessExclusiveLock' and granted)"
        );
        while !is_so(&locked) {
            thread::sleep(Duration::from_millis(10));
        }
        self.on_standby("select pg_wal_replay_pause()");
        while !is_so("pg_is_wal_replay_paused()") {
            thread::sleep(Duration::from_millis(10));
        }
        primary.batch_execute("rollback").unwrap();
    }

    /// Stops all processes of the standby, or has them go on.
    pub(crate) fn standby_stands_still(&self, still: bool) {
        self.standby.signal(if still { "STOP" } else { "CONT" });
    }

    /// The same of the primary.
    pub(crate) fn primary_stands_still(&self, still: bool) {
        self.primary.signal(if still { "STOP" } else { "CONT" });
    }

    pub(crate) fn kill_standby(&self) {
        self.standby.signal("KILL");
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // A story that failed may have left them standing still, and then nothing ends them.
        self.primary.signal("CONT");
        self.standby.signal("CONT");
    }
}

fn url_on(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

/// Makes the Chinese locale in `folder`, where the machine has what it takes, so that the server's messages are Chinese, as
/// they are in many offices: whatever depends on English words is found out.
fn speak_chinese(account: &Account, folder: &Path) {
    let locale = folder.join(LOCALES).join(CHINESE);
    if fs::create_dir(folder.join(LOCALES)).is_ok()
        && let Some((uid, gid)) = account.step_down_to
        && chown(folder.join(LOCALES), Some(uid), Some(gid)).is_err()
    {
        return;
    }
    // It ends with an error for a mere warning, so what it made is looked at, and not how it ended.
    let mut command = Command::new("localedef");
    command.args(["-i", "zh_CN", "-f", "UTF-8"]).arg(locale);
    let _ = account.apply(&mut command, folder).output();
}

const LOCALES: &str = "locales";
const CHINESE: &str = "zh_CN.UTF-8";

/// Durability is switched off, since nothing here outlives the process. The time zone is not UTC, so that a
/// statement that depends on the server's time zone is found out.
fn start_postgres(programs: &Programs, account: &Account, folder: &Path, port: u16) -> Outcome<Child> {
    let settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",
        "jit=off",
        "timezone=Asia/Shanghai",
    ];
    let log = fs::File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = Command::new(programs.0.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    for setting in settings {
        command.args(["-c", setting]);
    }
    if folder.join(LOCALES).join(CHINESE).join("LC_MESSAGES").is_dir() {
        command.env("LOCPATH", folder.join(LOCALES)).args(["-c", &format!("lc_messages={CHINESE}")]);
    }
    // A group of its own: an interrupt from the terminal is for this process, and the watchdog does the rest.
    command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(account.apply(&mut command, folder).spawn()?)
}

/// Waits until the server answers; `false` if it ended instead, or has not answered after a minute.
fn became_ready(process: &mut Child, data: &Path, port: u16) -> Outcome<bool> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = sql_types::Text)]
        data_directory: String,
    }

    let started = Instant::now();
    while process.try_wait()?.is_none() {
        if let Ok(mut connection) = PgConnection::establish(&url_on(port)) {
            let found: Setting = sql_query("select current_setting('data_directory') as data_directory")
                .get_result(&mut connection)?;
            // Otherwise another process's server has won the port.
            if Path::new(&found.data_directory) == data {
                return Ok(true);
            }
        }
        if started.elapsed() > Duration::from_secs(60) {
            process.kill()?;
            process.wait()?;
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(false)
}

/// Starts the shell that waits for the end of this process, then stops the server and removes `folder`.
///
/// It reads the server's process id where the server wrote it; a negative one is `initdb`'s and no server's. An
/// `initdb` that is still running may add files while they are being removed, so that is tried again.
fn start_watchdog(account: &Account, folder: &Path) -> Outcome<ChildStdin> {
    const SCRIPT: &str = r#"
        cat
        pid=$(head -n 1 data/postmaster.pid)
        case "$pid" in
            '' | *[!0-9]*) ;;
            *)
                kill -s QUIT "$pid"
                tries=0
                while [ -e data/postmaster.pid ] && kill -s 0 "$pid" && [ "$tries" -lt 50 ]; do
                    sleep 0.1
                    tries=$((tries + 1))
                done
                ;;
        esac
        cd /
        tries=0
        until rm -rf -- "$1" || [ "$tries" -ge 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
    "#;

    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "watchdog"]).arg(folder);
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let watchdog = account.apply(&mut command, folder).spawn()?;
    Ok(watchdog.stdin.ok_or("the watchdog has no pipe")?)
}

/// The account that the server runs under. PostgreSQL refuses to run as root, so root steps down.
struct Account {
    step_down_to: Option<(u32, u32)>,
}

impl Account {
    fn for_servers() -> Outcome<Self> {
        if TempDir::new()?.path().metadata()?.uid() != 0 {
            return Ok(Self { step_down_to: None });
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        let ids = ["postgres", "nobody"].iter().find_map(|name| ids_of(name, &accounts));
        Ok(Self {
            step_down_to: Some(ids.ok_or("root must step down, and there is no user postgres or nobody")?),
        })
    }

    /// A new folder that belongs to this account, in memory if there is room, else in a temporary place that the
    /// account can reach.
    fn new_folder(&self) -> Outcome<PathBuf> {
        let memory = Some(PathBuf::from("/dev/shm")).filter(|folder| has_room(folder));
        let parent = memory
            .into_iter()
            .chain([env::temp_dir(), "/tmp".into(), "/var/tmp".into()])
            .find(|folder| self.step_down_to.is_none() || open_to_all(folder))
            .ok_or("no temporary folder is open to all users")?;
        let folder = TempDir::with_prefix_in("sanquan-", parent)?;
        if let Some((uid, gid)) = self.step_down_to {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        Ok(folder.keep())
    }

    fn apply<'a>(&self, command: &'a mut Command, folder: &Path) -> &'a mut Command {
        if let Some((uid, gid)) = self.step_down_to {
            command.uid(uid).gid(gid);
        }
        command.current_dir(folder)
    }

    fn run(&self, command: &mut Command, folder: &Path) -> Outcome<()> {
        let answer = self.apply(command, folder).output()?;
        if answer.status.success() {
            return Ok(());
        }
        let program = OsString::from(command.get_program());
        Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&answer.stderr)).into())
    }
}

/// The user and group id of `name` in the text of `/etc/passwd`.
fn ids_of(name: &str, accounts: &str) -> Option<(u32, u32)> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Whether `folder` is there and has room for the databases of the tests that run at the same time. Creating a
/// database makes some 300 files, which takes 25 times as long on some disks as in memory.
fn has_room(folder: &Path) -> bool {
    const ENOUGH_KIB: u64 = 2 * 1024 * 1024;
    let Ok(answer) = Command::new("df").arg("-Pk").arg(folder).output() else { return false };
    let table = String::from_utf8_lossy(&answer.stdout);
    let free = table.lines().nth(1).and_then(|line| line.split_whitespace().nth(3));
    free.and_then(|kib| kib.parse().ok()).is_some_and(|kib: u64| kib >= ENOUGH_KIB)
}

/// Whether every user may enter `folder` and write in it.
fn open_to_all(folder: &Path) -> bool {
    const ENTER: u32 = 0o001;
    const WRITE: u32 = 0o002;
    let allows =
        |folder: &Path, wanted: u32| folder.metadata().is_ok_and(|found| found.mode() & wanted == wanted);

    allows(folder, ENTER | WRITE) && folder.ancestors().all(|above| allows(above, ENTER))
}
