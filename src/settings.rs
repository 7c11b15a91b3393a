//! Configuration: defaults, then a TOML file, then the environment (`SANQUAN_…`), then the command line.

use std::{fmt, num::NonZeroU32, ops::RangeInclusive, path::PathBuf};

use config::{Config, Environment, File, FileFormat, Map, Source as _, Value, ValueKind};
use serde::{Deserialize, Serialize};

/// How the registry is set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where to listen: address and port; port 0 for any free one.
    pub listen: String,
    /// The folder for keys, documents, and the SQLite database.
    pub data_dir: PathBuf,
    /// `postgres://…` or `sqlite://path`; empty for SQLite in the folder.
    pub database_url: String,
    /// How the database is used.
    pub storage: StorageSection,
    /// How the interface behaves.
    pub http: HttpSection,
    /// How the journal is signed.
    pub journal: JournalSection,
    /// How certificates are issued.
    pub certificates: CertificatesSection,
    /// How the log is written.
    pub log: LogSection,
}

/// How the database is used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    /// The most connections to keep open.
    pub connections: u32,
    /// How long a request waits for its turn before it is refused as busy, in seconds.
    pub patience_seconds: u64,
    /// How long one statement may run on PostgreSQL, in seconds.
    pub statement_timeout_seconds: u64,
    /// How long a start waits for a database that cannot be reached, in seconds.
    pub wait_seconds: u64,
    /// Whether SQLite waits for the disk at every commit.
    pub sqlite_full_sync: bool,
    /// `postgres://…` of a standby of the database, which answers what may be a moment old; empty for none.
    pub standby_url: String,
    /// How far the standby may be behind what other servers recorded, in seconds, before the primary is asked instead. It is
    /// never behind what this server recorded.
    pub standby_lag_seconds: NonZeroU32,
    /// The folder of PostgreSQL's programs (`pg_dump`, `pg_restore`), for backups; empty to look for them on the search path
    /// and where Debian's packages put them.
    pub postgres_programs: PathBuf,
}

/// How the interface behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// Requests a minute for one user, or for one address without a token.
    pub requests_per_minute: NonZeroU32,
    /// Requests a minute for one address, of all who show no valid token.
    pub strangers_per_minute: NonZeroU32,
    /// Attempts to sign in a minute for one user name.
    pub sign_ins_per_minute: NonZeroU32,
    /// How many requests of one user, or of one address without a token, are worked on at a time; 0 for three quarters of the
    /// connections to the database.
    pub requests_at_once: usize,
    /// How many passwords are worked on at a time, each in 19 MiB of memory; 0 for as many as there are cores.
    pub sign_ins_at_once: usize,
    /// How long others wait for that before they are refused, in seconds.
    pub sign_in_patience_seconds: u64,
    /// Objections of one address against one notice in a day.
    pub objections_per_day: NonZeroU32,
    /// The greatest body of a request that is not a document, in bytes.
    pub body_bytes: usize,
    /// The greatest document, in bytes.
    pub document_bytes: usize,
    /// The most bytes of bodies that are held at a time.
    pub bodies_bytes: usize,
    /// The most of them for one user.
    pub bodies_bytes_per_user: usize,
    /// The most bytes of answers that wait for their clients at a time: a quarter for strangers, the rest for users.
    pub answers_bytes: usize,
    /// How many bytes of a body must come within `pace_seconds`, and so on until it is there.
    pub pace_bytes: usize,
    /// See `pace_bytes`.
    pub pace_seconds: u64,
    /// The most connections that are open at a time, as far as the system gives the registry that many descriptors.
    pub connections: usize,
    /// How long an answer waits for a client that takes nothing of it, in seconds.
    pub write_timeout_seconds: u64,
    /// How long a request may take, in seconds; what users send is not counted as long as it keeps its pace.
    pub timeout_seconds: u64,
    /// How long requests in flight may still take when the server is told to stop, in seconds.
    pub shutdown_seconds: u64,
    /// Threads that answer requests; 0 for one for each core.
    pub workers: usize,
    /// The origins whose pages may use the interface from a browser, such as `https://assets.example.cn`.
    pub cors_origins: Vec<String>,
    /// The networks or addresses of the proxies before the registry, such as `10.0.0.5` or `10.0.0.0/24`: their
    /// `X-Forwarded-For` and `Forwarded` are believed, and nobody else's.
    pub trusted_proxies: Vec<String>,
}

/// How the journal is signed, and who may witness it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalSection {
    /// The name of the journal in its checkpoints; empty for one that follows from its key. It must never change.
    pub origin: String,
    /// Whether checkpoints are signed by SM2 with SM3 as well.
    pub sm2: bool,
    /// The verifier keys (`name+hash+key`) of those whose cosignatures are taken.
    pub witnesses: Vec<String>,
    /// How many hours the clock may be ahead of what was sealed last, before nothing is recorded until an administrator
    /// confirms it by `sanquan confirm-clock`.
    pub clock_ahead_hours: u32,
    /// How many seconds the clock may be behind what was sealed last, before nothing is sealed until it has caught up.
    pub clock_behind_seconds: u32,
}

/// How certificates are issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificatesSection {
    /// The name of the registry on certificates, such as its host name; empty for one that follows from its key.
    pub origin: String,
    /// The address at which the public reaches the registry, such as `https://assets.example.cn`: where the code on a
    /// printed certificate leads. Empty for a code that holds the path alone.
    pub public_url: String,
    /// Whether certificates are signed by SM2 with SM3 as well.
    pub sm2: bool,
}

/// How the log is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// For people or for machines.
    pub format: LogFormat,
    /// What is logged, as a filter of `tracing`.
    pub filter: String,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They cannot be read. The error names the file.
    #[error(transparent)]
    Read(#[from] config::ConfigError),
    /// Some of them are none that the registry works with.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<WrongSetting>),
}

/// Something that is set and that the registry does not work with. Says in English and in Chinese, each in a line, what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongSetting {
    name: String,
    set: String,
    wanted: Wanted,
}

/// What a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// A whole number of a range.
    Number(RangeInclusive<u64>),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A text.
    Text,
    /// A list of texts.
    List,
    /// A section with settings of its own.
    Section,
    /// There is no such setting.
    Nothing,
}

impl fmt::Display for WrongSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, set, wanted } = self;
        match wanted {
            Wanted::Number(range) => {
                let (least, most) = (range.start(), range.end());
                writeln!(f, "{name} is {set}, and must be from {least} to {most}")?;
                write!(f, "设置项 {name} 为 {set}，应为 {least} 至 {most}")
            }
            Wanted::Choice(words) => {
                writeln!(f, "{name} is {set}, and must be {}", words.join(" or "))?;
                write!(f, "设置项 {name} 为 {set}，应为 {}", words.join(" 或 "))
            }
            Wanted::Text => {
                writeln!(f, "{name} must be a text in quotation marks")?;
                write!(f, "设置项 {name} 应为引号中的文本")
            }
            Wanted::List => {
                writeln!(f, "{name} must be a list of texts, such as [\"one\", \"another\"]")?;
                write!(f, "设置项 {name} 应为文本列表，例如 [\"一项\", \"另一项\"]")
            }
            Wanted::Section => {
                writeln!(f, "{name} is a section, whose settings stand below a line [{name}]")?;
                write!(f, "{name} 是一节设置，各项应写在 [{name}] 一行之下")
            }
            Wanted::Nothing => {
                let set_in_chinese = if set == ENVIRONMENT { "环境变量" } else { set };
                writeln!(f, "there is no setting {name}, which stands in {set}")?;
                write!(f, "没有名为 {name} 的设置项，请更正（位于：{set_in_chinese}）")
            }
        }
    }
}

/// How the source of what stands in variables is called.
const ENVIRONMENT: &str = "the environment";

/// The most seconds of anything that somebody waits for.
const HOUR: u64 = 3_600;
/// The most of anything that is counted and has no other end: what 32 bits hold.
const COUNT: u64 = 4_294_967_295;
/// The most bytes of anything that is held in memory.
const MEMORY: u64 = 1 << 40;

/// What is set on the command line; what is none is not.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The TOML file; `sanquan.toml` of the current folder where none is given and one is there.
    pub config: Option<PathBuf>,
    /// Where to listen.
    pub listen: Option<String>,
    /// The folder for data.
    pub data_dir: Option<PathBuf>,
    /// The database.
    pub database_url: Option<String>,
}

/// The defaults, as the file would give them.
const DEFAULTS: &str = r#"
listen = "127.0.0.1:8080"
data_dir = "data"
database_url = ""

[storage]
connections = 8
patience_seconds = 10
statement_timeout_seconds = 30
wait_seconds = 0
sqlite_full_sync = true
standby_url = ""
standby_lag_seconds = 1
postgres_programs = ""

[http]
requests_per_minute = 6000
strangers_per_minute = 1200
sign_ins_per_minute = 10
requests_at_once = 0
sign_ins_at_once = 0
sign_in_patience_seconds = 3
objections_per_day = 30
body_bytes = 1048576
document_bytes = 20971520
bodies_bytes = 100663296
bodies_bytes_per_user = 41943040
answers_bytes = 67108864
pace_bytes = 32768
pace_seconds = 10
connections = 2048
write_timeout_seconds = 30
timeout_seconds = 30
shutdown_seconds = 30
workers = 0
cors_origins = []
trusted_proxies = []

[journal]
origin = ""
sm2 = false
witnesses = []
clock_ahead_hours = 72
clock_behind_seconds = 5

[certificates]
origin = ""
public_url = ""
sm2 = false

[log]
format = "human"
filter = "info"
"#;

/// The numbers, and what each may be.
const NUMBERS: [(&str, RangeInclusive<u64>); 26] = [
    ("storage.connections", 1..=10_000),
    ("storage.patience_seconds", 1..=HOUR),
    ("storage.statement_timeout_seconds", 1..=HOUR),
    ("storage.wait_seconds", 0..=24 * HOUR),
    ("storage.standby_lag_seconds", 1..=HOUR),
    ("http.requests_per_minute", 1..=COUNT),
    ("http.strangers_per_minute", 1..=COUNT),
    ("http.sign_ins_per_minute", 1..=COUNT),
    ("http.requests_at_once", 0..=10_000),
    ("http.sign_ins_at_once", 0..=1_024),
    ("http.sign_in_patience_seconds", 0..=HOUR),
    ("http.objections_per_day", 1..=COUNT),
    ("http.body_bytes", 1..=MEMORY),
    ("http.document_bytes", 1..=MEMORY),
    ("http.bodies_bytes", 1..=MEMORY),
    ("http.bodies_bytes_per_user", 1..=MEMORY),
    ("http.answers_bytes", 1..=MEMORY),
    ("http.pace_bytes", 1..=MEMORY),
    ("http.pace_seconds", 1..=HOUR),
    ("http.connections", 1..=1_000_000),
    ("http.write_timeout_seconds", 1..=HOUR),
    ("http.timeout_seconds", 1..=HOUR),
    ("http.shutdown_seconds", 0..=HOUR),
    ("http.workers", 0..=1_024),
    ("journal.clock_ahead_hours", 1..=1_000_000),
    ("journal.clock_behind_seconds", 0..=24 * HOUR),
];

/// The settings that are one of some words.
const CHOICES: [(&str, &[&str]); 1] = [("log.format", &["human", "json"])];

/// Holds what is set against the defaults: whether there is such a setting, and whether it may be what it is.
fn look_through(
    set: &Map<String, Value>,
    known: &Map<String, Value>,
    section: &str,
    wrong: &mut Vec<WrongSetting>,
) {
    let mut set: Vec<_> = set.iter().collect();
    set.sort_by_key(|it| it.0);
    for (key, value) in set {
        let name = format!("{section}{key}");
        let wanted = match (known.get(key).map(|it| &it.kind), &value.kind) {
            (None, _) => Some(Wanted::Nothing),
            (Some(ValueKind::Table(known)), ValueKind::Table(set)) => {
                look_through(set, known, &format!("{name}."), wrong);
                None
            }
            (Some(ValueKind::Table(_)), _) => Some(Wanted::Section),
            (Some(default), _) => unmet(&name, default, value),
        };
        if let Some(wanted) = wanted {
            let set = match wanted {
                Wanted::Nothing => value.origin().unwrap_or("the command line").to_owned(),
                _ => value.to_string(),
            };
            wrong.push(WrongSetting { name, set, wanted });
        }
    }
}

/// What a setting must be, if it is not.
fn unmet(name: &str, default: &ValueKind, value: &Value) -> Option<Wanted> {
    let is_list = matches!(value.kind, ValueKind::Array(_));
    let is_text = !is_list && !matches!(value.kind, ValueKind::Table(_) | ValueKind::Nil);
    if let Some((_, range)) = NUMBERS.iter().find(|it| it.0 == name) {
        let fits = whole(&value.kind).is_some_and(|it| range.contains(&it));
        return (!fits).then(|| Wanted::Number(range.clone()));
    }
    if let Some((_, words)) = CHOICES.iter().find(|it| it.0 == name) {
        let fits = words.contains(&&*value.to_string());
        return (!fits).then_some(Wanted::Choice(words));
    }
    match default {
        ValueKind::Boolean(_) => {
            value.clone().into_bool().is_err().then_some(Wanted::Choice(&["true", "false"]))
        }
        ValueKind::Array(_) => (!is_list).then_some(Wanted::List),
        _ => (!is_text).then_some(Wanted::Text),
    }
}

/// A number as a file or a variable has it, if it is a whole one that is not negative.
fn whole(value: &ValueKind) -> Option<u64> {
    match value {
        ValueKind::I64(it) => (*it).try_into().ok(),
        ValueKind::I128(it) => (*it).try_into().ok(),
        ValueKind::U64(it) => Some(*it),
        ValueKind::U128(it) => (*it).try_into().ok(),
        ValueKind::String(it) => it.trim().parse().ok(),
        _ => None,
    }
}

impl Settings {
    /// Reads the settings from all places. The error names each that cannot be, and what would be right.
    pub fn read(flags: &Flags) -> Result<Self, SettingsError> {
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        builder = match &flags.config {
            Some(path) => builder.add_source(File::from(path.clone()).format(FileFormat::Toml)),
            None => builder.add_source(File::new("sanquan.toml", FileFormat::Toml).required(false)),
        };
        // The tests' own variables share the prefix and are no settings.
        let environment = std::env::vars().filter(|(name, _)| !name.starts_with("SANQUAN_TEST_")).collect();
        let environment = Environment::with_prefix("SANQUAN")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.cors_origins")
            .with_list_parse_key("http.trusted_proxies")
            .with_list_parse_key("journal.witnesses")
            .source(Some(environment));
        let read = builder
            .add_source(environment)
            .set_override_option("listen", flags.listen.clone())?
            .set_override_option("data_dir", flags.data_dir.as_ref().map(|it| it.display().to_string()))?
            .set_override_option("database_url", flags.database_url.clone())?
            .build()?;
        let known = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build()?;
        let mut wrong = Vec::new();
        look_through(&read.collect()?, &known.collect()?, "", &mut wrong);
        if wrong.is_empty() { Ok(read.try_deserialize()?) } else { Err(SettingsError::Wrong(wrong)) }
    }

    /// The URL of the database: the one that is set, or SQLite in the data folder.
    pub fn database(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}", self.data_dir.join("sanquan.db").display())
        } else {
            self.database_url.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_above_the_file_and_the_file_above_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[storage]\nconnections = 3\n").unwrap();

        let flags = Flags { config: Some(path), listen: Some("127.0.0.1:2".to_owned()), ..Flags::default() };
        let settings = Settings::read(&flags).unwrap();

        assert_eq!(settings.listen, "127.0.0.1:2");
        assert_eq!(settings.storage.connections, 3);
        assert_eq!(settings.http.document_bytes, 20_971_520);
        assert_eq!(settings.database(), "sqlite://data/sanquan.db");
    }

    #[test]
    fn the_journal_is_signed_by_one_key_and_witnessed_by_nobody_unless_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, "").unwrap();
        let read =
            || Settings::read(&Flags { config: Some(path.clone()), ..Flags::default() }).unwrap().journal;
        let settings = read();
        assert!(settings.origin.is_empty() && !settings.sm2 && settings.witnesses.is_empty());

        std::fs::write(
            &path,
            "[journal]\norigin = \"o\"\nsm2 = true\nwitnesses = [\"a+1+b=\", \"c+2+d=\"]\n",
        )
        .unwrap();
        let settings = read();
        assert_eq!((settings.origin.as_str(), settings.sm2), ("o", true));
        assert_eq!(settings.witnesses, ["a+1+b=", "c+2+d="]);
    }

    #[test]
    fn a_number_that_nothing_works_with_is_named_with_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Settings::read(&Flags { config: Some(path.clone()), ..Flags::default() })
        };
        read("").unwrap();
        let told = read("[storage]\npatience_seconds = 0\n[http]\ntimeout_seconds = 0\nworkers = 0\n");
        let told = told.unwrap_err().to_string();
        let wanted = [
            "http.timeout_seconds is 0, and must be from 1 to 3600",
            "设置项 http.timeout_seconds 为 0，应为 1 至 3600",
            "storage.patience_seconds is 0, and must be from 1 to 3600",
            "设置项 storage.patience_seconds 为 0，应为 1 至 3600",
        ];
        assert_eq!(told.lines().collect::<Vec<_>>(), wanted);

        // Every number of the settings has its range.
        let all = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build().unwrap();
        let all: serde_json::Map<String, serde_json::Value> = all.try_deserialize().unwrap();
        let mut numbers = Vec::new();
        for (section, settings) in all.iter().filter_map(|it| Some((it.0, it.1.as_object()?))) {
            numbers.extend(
                settings.iter().filter(|it| it.1.is_number()).map(|it| format!("{section}.{}", it.0)),
            );
        }
        numbers.sort();
        let mut named: Vec<_> = NUMBERS.iter().map(|it| it.0.to_owned()).collect();
        named.sort();
        assert_eq!(numbers, named);
    }

    #[test]
    fn what_cannot_be_is_told_without_words_of_the_language_that_it_is_written_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        for (text, english, chinese) in [
            ("[http]\nrequests_per_minute = 0", "must be from 1 to 4294967295", "应为 1 至 4294967295"),
            (
                "[http]\nrequests_per_minute = -1",
                "requests_per_minute is -1, and",
                "requests_per_minute 为 -1，应为",
            ),
            ("[http]\npace_seconds = \"99999999999999999999\"", "must be from 1 to 3600", "应为 1 至 3600"),
            ("[http]\npace_seconds = 1.5", "is 1.5, and must be from 1 to 3600", "为 1.5，应为 1 至 3600"),
            ("[http]\npace_seconds = []", "must be from 1 to 3600", "应为 1 至 3600"),
            ("[http]\ncors_origins = \"a\"", "http.cors_origins must be a list", "应为文本列表"),
            ("[log]\nformat = \"xml\"", "is xml, and must be human or json", "为 xml，应为 human 或 json"),
            ("[journal]\nsm2 = \"perhaps\"", "must be true or false", "应为 true 或 false"),
            ("listen = [1]", "listen must be a text", "应为引号中的文本"),
            ("log = 1", "log is a section", "是一节设置"),
            (
                "listn = \"127.0.0.1:1\"",
                "there is no setting listn, which stands in ",
                "没有名为 listn 的设置项",
            ),
            (
                "[http]\npace = 1",
                "there is no setting http.pace, which stands in ",
                "没有名为 http.pace 的设置项",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let told = Settings::read(&Flags { config: Some(path.clone()), ..Flags::default() });
            let told = told.unwrap_err().to_string();
            assert!(told.contains(english) && told.contains(chinese), "{text}: {told}");
            for word in ["expected", "nonzero", "u32", "u64", "enum", "unsigned", "invalid", "unknown"] {
                assert!(!told.contains(word), "{told}");
            }
            assert_eq!(told.lines().count(), 2, "{told}");
            let names_the_file = told.matches("s.toml").count() == 2;
            assert_eq!(names_the_file, told.contains("there is no setting"), "{told}");
        }
    }

    #[test]
    fn a_misspelt_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, "lisen = \"127.0.0.1:1\"\n").unwrap();

        let error = Settings::read(&Flags { config: Some(path), ..Flags::default() }).unwrap_err();

        assert!(error.to_string().contains("lisen"), "{error}");
    }
}
