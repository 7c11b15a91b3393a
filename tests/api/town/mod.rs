//! A town to tell stories in: its own database, its own server on a free port, and somebody in each office.

pub mod document;
pub mod postgres;
pub mod wire;
mod world;

pub use world::{World, ending};

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    net::TcpListener,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::{Client, Method, RequestBuilder};
use sanquan::{
    demo,
    http::Registry,
    identity::Role,
    journal::{self, Signing},
    settings::{Flags, Settings},
    storage::{Clock, StorageError, Target, migrate},
};
use serde_json::{Value, json};

/// The engine on which a story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A township with two villages, and the registry that serves it.
pub struct Town {
    pub engine: Engine,
    pub registry: Arc<Registry>,
    pub settings: Settings,
    pub base_url: String,
    pub clock: Clock,
    /// Whether a story laid hands on the database: then it is no more what its journal says, and is not examined in the end.
    pub altered: Arc<AtomicBool>,
    tokens: BTreeMap<&'static str, String>,
    client: Client,
    server: actix_web::dev::ServerHandle,
}

pub use demo::{COUNTY, TOWNSHIP, VILLAGE as EAST};
pub const WEST: &str = "130828101202";

type Story = fn(Town) -> Pin<Box<dyn Future<Output = ()>>>;

impl Town {
    /// Tells a story in a town of its own, whose settings may differ from the usual ones.
    pub fn tell(engine: Engine, change: fn(&mut Settings), story: Story) {
        let folder = tempfile::tempdir().unwrap();
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                postgres::database(|url| migrate(&Target::parse(url, true).unwrap()).unwrap())
            }
        };
        let url = database.as_ref().map(|it| it.url().to_owned());
        let mut settings = Self::settings(folder.path(), url);
        change(&mut settings);
        actix_web::rt::System::new().block_on(async {
            let clock = Clock::default();
            let registry = sanquan::cli::open(&settings, clock.clone()).unwrap();
            let tokens = demo::load(&registry, &settings.data_dir, true).await.unwrap();
            Self::lives(engine, settings, clock, registry, tokens, story).await;
        });
    }

    /// Tells a story in the town of a registry that was stored: a folder of data, and a database for PostgreSQL.
    pub fn takes_up(
        engine: Engine,
        data: &Path,
        database: Option<String>,
        clock: &Clock,
        story: impl FnOnce(Self) -> Pin<Box<dyn Future<Output = ()>>>,
    ) {
        let mut settings = Self::settings(data, database);
        settings.http.requests_per_minute = std::num::NonZeroU32::MAX;
        actix_web::rt::System::new().block_on(async {
            let registry = sanquan::cli::open(&settings, clock.clone()).unwrap();
            let mut tokens = BTreeMap::new();
            for role in Role::ALL.iter().map(|it| it.code()) {
                let user = registry
                    .storage
                    .read::<_, StorageError, _>(move |unit| sanquan::identity::by_name(unit, role))
                    .await
                    .unwrap();
                // Users are called by their roles in a demo county.
                if let Some(user) = user {
                    let day = chrono::TimeDelta::days(1);
                    tokens.insert(role, registry.tokens.issue(&user, clock.now(), day).unwrap());
                }
            }
            Self::lives(engine, settings, clock.clone(), registry, tokens, story).await;
        });
    }

    /// The settings of a town: quick, and on a free port.
    fn settings(data: &Path, database: Option<String>) -> Settings {
        let flags = Flags {
            data_dir: Some(data.to_owned()),
            database_url: database,
            listen: Some("127.0.0.1:0".to_owned()),
            ..Flags::default()
        };
        let mut settings = Settings::read(&flags).unwrap();
        settings.storage.connections = 4;
        // A busy machine is no reason to fail: whatever must not take long, its own story says so.
        settings.storage.patience_seconds = 60;
        settings.storage.statement_timeout_seconds = 120;
        settings.http.timeout_seconds = 120;
        settings.http.sign_in_patience_seconds = 60;
        settings.http.strangers_per_minute = std::num::NonZeroU32::MAX;
        settings.http.objections_per_day = std::num::NonZeroU32::MAX;
        settings.storage.sqlite_full_sync = false;
        // Stories move their clocks by years, and the clocks of some machines step back by minutes.
        settings.journal.clock_ahead_hours = u32::MAX;
        settings.journal.clock_behind_seconds = 3600;
        settings.http.workers = 1;
        settings
    }

    /// Serves a registry until a story is told.
    async fn lives(
        engine: Engine,
        settings: Settings,
        clock: Clock,
        registry: Arc<Registry>,
        tokens: BTreeMap<&'static str, String>,
        story: impl FnOnce(Self) -> Pin<Box<dyn Future<Output = ()>>>,
    ) {
        let socket = TcpListener::bind(&settings.listen).unwrap();
        let server = sanquan::http::serve(&registry, socket).unwrap();
        let (base_url, handle) = (server.base_url.clone(), server.handle.clone());
        let running = actix_web::rt::spawn(server.run());
        // A server that was restarted leaves no connection behind that a story would send into.
        let idle = std::time::Duration::from_secs(1);
        let client = Client::builder().pool_idle_timeout(idle).build().unwrap();
        let server = handle.clone();
        let (altered, examined) = (Arc::new(AtomicBool::new(false)), settings.clone());
        let opened = Arc::downgrade(&registry);
        let town = Self {
            engine,
            registry,
            settings,
            base_url,
            clock,
            altered: Arc::clone(&altered),
            tokens,
            client,
            server,
        };
        story(town).await;
        // On a busy machine a story may end before its first entries were signed.
        if let Some(registry) = opened.upgrade().filter(|_| !altered.load(Ordering::Relaxed)) {
            let signed =
                registry.storage.read::<_, sanquan::storage::StorageError, _>(journal::signed_size).await;
            if signed.is_ok_and(|it| it == 0) {
                sign(&registry).await;
            }
        }
        handle.stop(false).await;
        running.await.unwrap().unwrap();
        if !altered.load(Ordering::Relaxed) {
            sound(&examined);
        }
    }

    /// Somebody in an office, by the role.
    pub fn actor(&self, role: &str) -> Actor<'_> {
        self.somebody(Some(&self.tokens[role]))
    }

    pub fn officer(&self) -> Actor<'_> {
        self.actor("township_officer")
    }

    pub fn auditor(&self) -> Actor<'_> {
        self.actor("auditor")
    }

    /// Somebody with a token of their own, or with none.
    pub fn somebody(&self, token: Option<&str>) -> Actor<'_> {
        let base_url = self.base_url.clone();
        Actor { town: self, base_url, token: token.map(str::to_owned), language: "en" }
    }

    /// Starts a second server on the same database.
    pub fn beside(&self) -> Beside {
        Self::beside_with(&self.settings, &self.clock)
    }

    /// Starts a second server by settings of its own.
    pub fn beside_with(settings: &Settings, clock: &Clock) -> Beside {
        let registry = sanquan::cli::open(settings, clock.clone()).unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = sanquan::http::serve(&registry, socket).unwrap();
        let (base_url, handle) = (server.base_url.clone(), server.handle.clone());
        Beside { base_url, handle, running: actix_web::rt::spawn(server.run()) }
    }

    /// Tells the server to stop; it ends when what is in flight has been answered.
    pub fn stopping(&self) -> actix_web::rt::task::JoinHandle<()> {
        actix_web::rt::spawn(self.server.stop(true))
    }

    /// Stops the server and starts it anew, with the keys that lie there now. The story stops it in the end.
    pub async fn restarts(&mut self) {
        self.server.stop(true).await;
        self.registry = sanquan::cli::open(&self.settings, self.clock.clone()).unwrap();
        let socket = TcpListener::bind(&self.settings.listen).unwrap();
        let server = sanquan::http::serve(&self.registry, socket).unwrap();
        (self.base_url, self.server) = (server.base_url.clone(), server.handle.clone());
        actix_web::rt::spawn(server.run());
    }

    pub fn token(&self, role: &str) -> &str {
        &self.tokens[role]
    }

    /// How many entries the journal has, once everything that was done is sealed.
    pub async fn journal_size(&self) -> i64 {
        let storage = &self.registry.storage;
        // While the server's own sealer is at it, nobody else can tell whether it is done.
        while storage.upkeep(|unit| journal::seal_next(unit, 1000)).await.unwrap() != Some(0) {
            tokio::task::yield_now().await;
        }
        storage.read::<_, sanquan::storage::StorageError, _>(journal::size).await.unwrap()
    }

    /// How many entries the last checkpoint signs for, once everything that was done is sealed and signed.
    pub async fn signed_size(&self) -> i64 {
        self.journal_size().await;
        self.signs().await;
        let storage = &self.registry.storage;
        storage.read::<_, sanquan::storage::StorageError, _>(journal::signed_size).await.unwrap()
    }

    /// Tries to sign what is sealed, once nobody else is at it.
    pub async fn signs(&self) -> Signing {
        sign(&self.registry).await
    }

    /// A new token for somebody in an office, such as after the clock ran past the life of the first.
    pub async fn renewed(&self, role: &'static str) -> String {
        let user = self
            .registry
            .storage
            .read::<_, sanquan::storage::StorageError, _>(move |unit| sanquan::identity::by_name(unit, role))
            .await
            .unwrap();
        let now = self.clock.now();
        self.registry.tokens.issue(&user.unwrap(), now, chrono::TimeDelta::days(1)).unwrap()
    }

    /// Makes a user of the county and gives their token. Everybody here has the same password.
    pub async fn user(&self, username: &str, roles: &[&str], party: Option<&str>) -> String {
        self.user_in(username, roles, COUNTY, party).await
    }

    /// Makes a user of a region and gives their token.
    pub async fn user_in(&self, username: &str, roles: &[&str], region: &str, party: Option<&str>) -> String {
        let password = "correct horse battery";
        self.actor("administrator")
            .creates("/v1/users", json!({
                "username": username, "password": password, "roles": roles, "region_code": region, "party_id": party,
            }))
            .await;
        let signed_in = self
            .somebody(None)
            .posts("/v1/tokens", json!({"username": username, "password": password}))
            .await
            .expect(200);
        signed_in["access_token"].as_str().unwrap().to_owned()
    }

    // What most stories begin with.

    pub async fn document(&self) -> String {
        self.document_of("township_officer").await
    }

    pub async fn document_of(&self, role: &'static str) -> String {
        self.brings(role, b"minutes").await
    }

    /// What a technician wrote of an asset, or whoever saw what a disaster did to it: no minutes.
    pub async fn report(&self) -> String {
        self.brings("township_officer", b"report").await
    }

    /// A paper that says something of its own.
    pub async fn paper(&self, says: &'static str) -> String {
        self.brings("township_officer", says.as_bytes()).await
    }

    /// The photograph of a notice on paper.
    pub async fn photograph(&self) -> String {
        self.brings("township_officer", b"photograph").await
    }

    async fn brings(&self, role: &'static str, bytes: &'static [u8]) -> String {
        let part =
            reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("minutes.txt").mime_str("text/plain");
        let form = reqwest::multipart::Form::new().part("file", part.unwrap());
        let answer =
            self.actor(role).request(Method::POST, "/v1/documents").multipart(form).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        id(&answer.json::<Value>().await.unwrap())
    }

    /// What an exchange gives out on a trade: no minutes.
    pub async fn confirmation(&self) -> String {
        let part =
            reqwest::multipart::Part::bytes(b"confirmation of a trade".to_vec()).file_name("trade.txt");
        let form = reqwest::multipart::Form::new().part("file", part.mime_str("text/plain").unwrap());
        let answer =
            self.officer().request(Method::POST, "/v1/documents").multipart(form).send().await.unwrap();
        id(&answer.json::<Value>().await.unwrap())
    }

    pub async fn party(&self, kind: &str, name: &str, region: &str) -> String {
        let body =
            json!({"kind": kind, "name": name, "region_code": region, "identifier": {"scheme": "none"}});
        id(&self.officer().creates("/v1/parties", body).await)
    }

    pub async fn asset(&self, class: &str, category: &str, value_fen: i64) -> String {
        let project = self
            .officer()
            .creates("/v1/projects", json!({
                "code": uuid::Uuid::new_v4().to_string(), "name": "设施蔬菜大棚项目", "year": 2021, "region_code": TOWNSHIP,
                "funding": [{"source": "central", "amount_fen": value_fen + 1}],
            }))
            .await;
        let body = json!({
            "name": "日光温室大棚", "class": class, "category": category, "region_code": EAST, "project_id": project["id"],
            "quantity": "1", "unit": "处", "original_value_fen": value_fen, "acquired_on": "2021-07-01",
            "service_life_months": 240, "residual_rate_bp": 500,
        });
        id(&self.officer().creates("/v1/assets", body).await)
    }

    /// What the village decided, by all the votes it takes, before anything that is done here.
    pub fn decided(&self, document: &str) -> Value {
        json!({"body": "members_assembly", "decided_on": "2021-07-01", "members": 100, "attended": 80, "in_favour": 75,
            "document_id": document})
    }

    /// The same act, on which each of several villages decided for itself.
    pub fn decided_by(&self, mut act: Value, document: &str, villages: &[&String]) -> Value {
        act.as_object_mut().unwrap().remove("decision");
        let by = |village: &&String| {
            let mut decision = self.decided(document);
            decision["by_id"] = json!(village);
            decision
        };
        act["decisions"] = villages.iter().map(by).collect();
        act
    }

    /// Why an act of long ago is entered only now.
    pub fn late(&self) -> Value {
        json!({"reason": "补录：登记簿启用前的事项"})
    }

    /// A greenhouse that is registered to one owner.
    pub async fn shed_of(&self, owner: &str, document: &str) -> String {
        let shed = self.asset("operating", "greenhouse", 12_000_000).await;
        self.registers(&shed, document, json!([{"holder_id": owner, "share": "1"}])).await;
        shed
    }

    /// Registers an asset to its owners, through all the steps of its case.
    pub async fn registers(&self, asset: &str, document: &str, ownership: Value) -> String {
        let case = self
            .officer()
            .creates("/v1/registrations", json!({
                "asset_id": asset, "effective_on": "2021-08-01", "documents": [document], "ownership": ownership,
                "decision": self.decided(document),
            }))
            .await;
        self.takes_through("registrations", &case).await
    }

    /// Today, by the clock of this town.
    pub fn today(&self) -> String {
        (self.clock.now() + chrono::TimeDelta::hours(8)).date_naive().to_string()
    }

    /// The county's notices need not hang in this town, what its villages decided long ago carries all that is told here, and who
    /// has not paid its rent yet is told elsewhere.
    pub async fn notices_come_down_at_once(&self) {
        self.actor("county_approver")
            .creates(
                "/v1/policies",
                json!({
                    "region_code": COUNTY, "effective_from": "2021-01-01", "values": Self::patient(),
                }),
            )
            .await;
    }

    /// The numbers of a county that waits for nothing, and whose villages decided whatever they do in 2021.
    pub fn patient() -> Value {
        json!({"notice_days": 0, "decision_validity_days": 36_500, "arrears_warn_days": 3650, "arrears_escalate_days": 3650})
    }

    /// Takes a case through the steps that it needs, each by who may take it.
    pub async fn takes_through(&self, kind: &str, case: &Value) -> String {
        let mut case = case.clone();
        while let Some(step) = case["next_step"].as_str().map(str::to_owned) {
            case = self.decides(kind, &case, &step).await.expect(200);
        }
        assert_eq!(case["status"], "executed");
        id(&case)
    }

    /// The role that takes a step in a case.
    pub fn takes(step: &str) -> &'static str {
        match step {
            "submit" | "start_notice" | "withdraw" => "township_officer",
            "review" | "close_notice" => "township_reviewer",
            _ => "county_approver",
        }
    }

    /// Takes one step of a case, by who may take it.
    pub async fn decides(&self, kind: &str, case: &Value, step: &str) -> Answer {
        self.actor(Self::takes(step)).decides(kind, case, step).await
    }
}

/// A second server on the database of a town.
pub struct Beside {
    pub base_url: String,
    handle: actix_web::dev::ServerHandle,
    running: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
}

impl Beside {
    pub async fn stops(self) {
        self.handle.stop(false).await;
        self.running.await.unwrap().unwrap();
    }
}

/// The rules that found something for the county in a case, each once.
pub fn escalating(case: &Value) -> Vec<String> {
    let findings = case["findings"].as_array().into_iter().flatten();
    let mut rules: Vec<_> = findings
        .filter(|it| it["severity"] == "escalate")
        .map(|it| it["rule"].as_str().unwrap().to_owned())
        .collect();
    rules.dedup();
    rules
}

/// The `id` of an answer.
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned()
}

/// Somebody who uses the interface.
pub struct Actor<'t> {
    town: &'t Town,
    base_url: String,
    token: Option<String>,
    language: &'static str,
}

impl Actor<'_> {
    /// The same person, who asks another server.
    pub fn of(mut self, base_url: &str) -> Self {
        base_url.clone_into(&mut self.base_url);
        self
    }

    pub fn in_chinese(mut self) -> Self {
        self.language = "zh-CN";
        self
    }

    /// A request with everything that most have: the token, the language, and for a POST a key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let key = (method == Method::POST).then(|| uuid::Uuid::new_v4().to_string());
        self.request_with_key(method, path, key.as_deref())
    }

    /// A request by a key of the story's own, or by none.
    pub fn request_with_key(&self, method: Method, path: &str, key: Option<&str>) -> RequestBuilder {
        let mut request = self
            .town
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header("Accept-Language", self.language);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        request
    }

    /// Takes one step of a case. Whoever approves names what goes to the county as the case shows it now, and says why.
    pub async fn decides(&self, kind: &str, case: &Value, step: &str) -> Answer {
        let path = format!("/v1/{kind}/{}", id(case));
        let mut decision = json!({"step": step});
        if step == "approve" {
            let shown = self.gets(&path).await.body;
            let named: Vec<_> = escalating(&shown)
                .into_iter()
                .map(|rule| json!({"rule": rule, "reason": "情况属实"}))
                .collect();
            if !named.is_empty() {
                decision["overrides"] = json!(named);
            }
        }
        self.posts(&format!("{path}/decisions"), decision).await
    }

    pub async fn gets(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn posts(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patches(&self, path: &str, seen: Option<&str>, body: Value) -> Answer {
        let mut request = self.request(Method::PATCH, path).json(&body);
        if let Some(seen) = seen {
            request = request.header("If-Match", seen);
        }
        Answer::of(request).await
    }

    /// Posts and expects that something was made.
    pub async fn creates(&self, path: &str, body: Value) -> Value {
        self.posts(path, body).await.expect(201)
    }

    /// Gets and expects to find it.
    pub async fn reads(&self, path: &str) -> Value {
        self.gets(path).await.expect(200)
    }
}

/// Whether a Chinese sentence has no Latin letters but those that are typed, which stand in backquotes, and those of units.
pub fn is_for_people(text: &str) -> bool {
    let spoken: String = text.split('`').step_by(2).collect();
    let spoken = spoken.replace("JSON", "").replace("UTF-8", "");
    !text.is_ascii()
        && text.ends_with('。')
        && !spoken.chars().any(|it| it.is_ascii_alphabetic() || "^$[]|\\".contains(it))
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Sends a request. Whatever comes back must be what the OpenAPI document says.
    pub async fn of(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = client.execute(request).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let of_lines = headers.get("content-type").is_some_and(|it| it == "application/x-ndjson");
        let body = if of_lines {
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect()
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        let answer = Self { status, headers, body };
        document::fits(method.as_str(), &path, &answer);
        if answer.header("content-type") == "application/problem+json"
            && answer.header("content-language") == "zh-CN"
        {
            let detail = answer.body["detail"].as_str().unwrap_or_default();
            assert!(is_for_people(detail), "{path}: {detail}");
        }
        answer
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A problem of a code, in the form that all have.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        self.body
    }

    /// The field that is named first among those that are wrong, and why it is.
    #[track_caller]
    pub fn first_fault(self) -> (String, String) {
        let refused = self.expect_problem(422, "validation_failed");
        let text = |name: &str| refused["errors"][0][name].as_str().unwrap().to_owned();
        (text("pointer"), text("code"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

/// Tries to sign what is sealed, once nobody else is at it.
async fn sign(registry: &Registry) -> Signing {
    loop {
        let log = Arc::clone(&registry.log);
        let signing = registry.storage.upkeep(move |unit| journal::sign_next(unit, &log)).await.unwrap();
        if signing != Signing::NotOurTurn {
            return signing;
        }
        tokio::task::yield_now().await;
    }
}

/// Whatever a story did, in the end the tables say what the journal says.
fn sound(settings: &Settings) {
    let url = settings.database();
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
        .args(["--data-dir", settings.data_dir.to_str().unwrap(), "verify", "--database", &url])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, wrong) = (text(&checked.stdout), text(&checked.stderr));
    // What was not signed for when the story ended is no damage; and the clock of a story may have run ahead of the program's.
    let ahead = [
        "sealed_in_future",
        "not covered by a checkpoint",
        "nothing_signed",
        "not examined: whether the files of the database",
    ];
    let is_ahead = !said.is_empty() && said.lines().all(|line| ahead.iter().any(|it| line.starts_with(it)));
    assert!(
        matches!(checked.status.code(), Some(0 | 3)) || is_ahead,
        "the registry in the end: {said}{wrong}"
    );
}
