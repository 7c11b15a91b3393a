//! Opens a registry according to the settings: folder, keys, database, documents.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs as _},
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use ipnet::{IpNet, Ipv4Net};
use tempfile::TempDir;
use url::Url;

use crate::{
    http::{HttpSettings, Pace, Registry},
    identity::{KeyError, Keyring, KeyringError, Keys, Signer, log_key_files, open_log_keys},
    journal::{self, Log, LogError, Standing, Succession, check_names, commit_to_all_rows, notes::Head},
    register::documents::{ContentError, DocumentStore},
    settings::{JournalSection, Settings},
    storage::{
        Clock, ClockLimits, NoStandby, Standby, Storage, StorageError, StorageSettings, Target, chain,
        copies::{Programs, takes_connections},
        copy_of_abandoned, files,
        folding::fold_names,
        migrate,
    },
};

/// Why a registry could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be created.
    #[error("the data folder {0} cannot be created")]
    Folder(String, #[source] std::io::Error),
    /// Nobody can be served at this address.
    #[error("cannot listen on {0}")]
    Listening(String, #[source] std::io::Error),
    /// The URL names no engine.
    #[error("database_url must begin with postgres:// or sqlite://")]
    Url,
    /// A setting names no standby of the database.
    #[error("storage.standby_url")]
    Standby(#[from] NoStandby),
    /// A setting names no origin.
    #[error(
        "http.cors_origins: {0} is no origin, such as https://assets.example.cn or http://localhost:5173"
    )]
    Origin(String),
    /// A setting names no network.
    #[error("http.trusted_proxies: {0} is neither a network nor an address, such as 10.0.0.0/24 or 10.0.0.5")]
    Proxy(String),
    /// A setting is no address that the public could reach.
    #[error("certificates.public_url: {0} is no address such as https://assets.example.cn")]
    PublicUrl(String),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The keys are not those of this registry.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The database has nothing in it, where the folder of the keys is that of a registry with a journal.
    #[error(
        "there is no journal in {database}, but keys/journal-last-signed says that this registry signed {signed} entries"
    )]
    Emptied {
        /// The database.
        database: String,
        /// How many entries were signed.
        signed: u64,
    },
    /// The journal has another name than the settings give it.
    #[error(
        "journal.origin makes this the journal {set}, and its last checkpoint is signed as that of the journal {was}"
    )]
    Renamed {
        /// The name in its last checkpoint.
        was: String,
        /// The name that the settings give it.
        set: String,
    },
    /// The journal cannot be signed with these settings.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The folder of the documents cannot be used.
    #[error(transparent)]
    Documents(#[from] ContentError),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The database that the settings name.
pub(super) fn target(settings: &Settings) -> Result<Target, OpenError> {
    Target::parse(&settings.database(), settings.storage.sqlite_full_sync).ok_or(OpenError::Url)
}

/// The standby that the settings name, if they name one.
pub(super) fn standby_target(settings: &Settings) -> Result<Option<Target>, OpenError> {
    match settings.storage.standby_url.as_str() {
        "" => Ok(None),
        url => Ok(Some(target(settings)?.standby(url)?)),
    }
}

/// Looks at the settings that name something, before anything is opened or made by them.
pub(super) fn check(settings: &Settings) -> Result<(), OpenError> {
    let is_address =
        settings.listen.rsplit_once(':').is_some_and(|it| !it.0.is_empty() && it.1.parse::<u16>().is_ok());
    if !is_address {
        return Err(OpenError::Listening(settings.listen.clone(), io::ErrorKind::InvalidInput.into()));
    }
    target(settings)?;
    standby_target(settings)?;
    cors_origins(settings)?;
    trusted_proxies(settings)?;
    let public_url = &settings.certificates.public_url;
    if !public_url.is_empty() && !is_public(public_url) {
        return Err(OpenError::PublicUrl(public_url.clone()));
    }
    Ok(check_names(&settings.journal.origin, &settings.journal.witnesses)?)
}

/// Whether certificates can lead to an address.
fn is_public(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    url.is_some_and(|it| it.query().is_none() && it.fragment().is_none())
}

/// Looks whether a server could listen where the settings have it listen, at any port: somebody may be serving at theirs.
pub(super) fn check_address(settings: &Settings) -> Result<(), OpenError> {
    let listening = |error| OpenError::Listening(settings.listen.clone(), error);
    let found = settings.listen.to_socket_addrs().map_err(listening)?;
    let any: Vec<_> = found.map(|it| SocketAddr::new(it.ip(), 0)).collect();
    TcpListener::bind(any.as_slice()).map(drop).map_err(listening)
}

/// Listens where the settings have the server listen.
pub(super) fn listen(settings: &Settings) -> Result<TcpListener, OpenError> {
    check(settings)?;
    TcpListener::bind(&settings.listen).map_err(|error| OpenError::Listening(settings.listen.clone(), error))
}

/// Creates the data folder, accessible only to its owner.
pub(super) fn create_data_folder(settings: &Settings) -> Result<(), OpenError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.data_dir)
        .map_err(|error| OpenError::Folder(settings.data_dir.display().to_string(), error))
}

/// The file in which the registry records what it signed last.
pub(super) fn last_signed(settings: &Settings) -> PathBuf {
    keys_folder(settings).join("journal-last-signed")
}

/// The folder of the documents.
pub(super) fn documents_folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("documents")
}

/// The folder of the keys.
pub(super) fn keys_folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("keys")
}

/// The file in which the registry records the succession of the journal's keys.
pub(super) fn journal_succession(settings: &Settings) -> PathBuf {
    keys_folder(settings).join("journal-keys.json")
}

/// Which keys sign the journal, and which did.
pub(super) fn succession(settings: &Settings) -> Result<Succession, KeyError> {
    let path = journal_succession(settings);
    files::recall(&path).map_err(|source| KeyError::of_succession(path, source))
}

/// Whether the data folder has the keys that sign the journal.
pub(super) fn has_log_keys(settings: &Settings) -> Result<bool, OpenError> {
    let [ed25519, _] = log_key_files(&keys_folder(settings), succession(settings)?.generation);
    Ok(ed25519.exists())
}

/// The keys that the settings use.
pub(super) fn keyring(settings: &Settings) -> Result<Keyring, KeyError> {
    let generation = succession(settings)?.generation;
    Keyring::of(&keys_folder(settings), generation, settings.journal.sm2, settings.certificates.sm2)
}

/// Opens the journal's log with its keys.
pub(super) fn open_log(settings: &Settings) -> Result<Log, OpenError> {
    let succession = succession(settings)?;
    let keys = open_log_keys(&keys_folder(settings), succession.generation, settings.journal.sm2)?;
    let JournalSection { origin, witnesses, .. } = &settings.journal;
    Ok(Log::new(keys, succession, origin, witnesses, last_signed(settings))?)
}

fn storage_settings(settings: &Settings) -> StorageSettings {
    StorageSettings {
        connections: settings.storage.connections,
        patience: Duration::from_secs(settings.storage.patience_seconds),
        statement_timeout: Duration::from_secs(settings.storage.statement_timeout_seconds),
        clock: ClockLimits {
            ahead: TimeDelta::hours(settings.journal.clock_ahead_hours.into()),
            behind: TimeDelta::seconds(settings.journal.clock_behind_seconds.into()),
        },
    }
}

/// The settings for what may take as long as it needs, such as an examination.
pub(super) fn unhurried(settings: &Settings) -> StorageSettings {
    StorageSettings { statement_timeout: Duration::ZERO, ..storage_settings(settings) }
}

/// A database opened for examination.
pub(super) struct Examined {
    pub(super) storage: Storage,
    /// The temporary folder of the copy that is examined in its place, if any.
    _copy: Option<TempDir>,
}

/// Opens an existing database read-only. If a server left it with changes still in its log, a copy is opened instead.
pub(super) fn examine(settings: &Settings, target: &Target) -> Result<Examined, Box<dyn std::error::Error>> {
    if !target.is_there() {
        return Err(format!(
            "there is no database at {target}: name it with --database, or give the settings (--config) or the data folder (--data-dir) of \
             the registry"
        )
        .into());
    }
    let copied = copy_of_abandoned(target).map_err(|error| {
        format!(
            "a server left {target} with changes in a log beside it, so a copy must be examined, and that cannot be created in {}: \
             {error}. Set TMPDIR to a folder with enough room",
            std::env::temp_dir().display()
        )
    })?;
    let (target, copy) = match &copied {
        Some((copy, _)) => (copy.clone(), true),
        None => (target.clone(), false),
    };
    let unhurried = unhurried(settings);
    if copy {
        // This applies the log to the copy, as the next server would apply it to the database.
        drop(Storage::open(&target, &unhurried, Clock::default())?);
    }
    let storage = Storage::open_read_only(&target, &unhurried, Clock::default())?;
    Ok(Examined { storage, _copy: copied.map(|it| it.1) })
}

/// The origins whose pages may use the interface, each written as browsers write it.
fn cors_origins(settings: &Settings) -> Result<Vec<String>, OpenError> {
    let origins = settings.http.cors_origins.iter().filter(|it| !it.is_empty());
    let origin = |text: &String| {
        let url = Url::parse(text).ok().filter(|it| matches!(it.scheme(), "http" | "https"));
        let url = url.filter(|it| it.path() == "/" && it.query().is_none() && it.fragment().is_none());
        url.map(|it| it.origin().ascii_serialization()).ok_or_else(|| OpenError::Origin(text.clone()))
    };
    origins.map(origin).collect()
}

/// The networks of the proxies before the registry; a single address is a network of one. One that is written as IPv6 and maps
/// IPv4 is one of IPv4, as its addresses are.
fn trusted_proxies(settings: &Settings) -> Result<Vec<IpNet>, OpenError> {
    const MAPPED: u8 = 96;
    let mapped = |it: IpNet| {
        let IpAddr::V4(address) = it.addr().to_canonical() else { return it };
        let prefix = it.prefix_len().checked_sub(MAPPED).filter(|_| it.addr().is_ipv6());
        prefix.and_then(|it| Ipv4Net::new(address, it).ok()).map_or(it, IpNet::V4)
    };
    let network = |text: &String| {
        let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse().ok().or_else(alone).map(mapped).ok_or_else(|| OpenError::Proxy(text.clone()))
    };
    settings.http.trusted_proxies.iter().filter(|it| !it.is_empty()).map(network).collect()
}

/// The programs of PostgreSQL that the settings name.
pub(super) fn programs(settings: &Settings) -> Programs {
    let folder = &settings.storage.postgres_programs;
    Programs { folder: (!folder.as_os_str().is_empty()).then(|| folder.clone()) }
}

/// Upgrades the database, as soon as it can be reached: after a restart of the machine it may come up later than this program. A server
/// that takes connections and refuses this one is not waited for.
fn migrate_once_there(target: &Target, settings: &Settings) -> Result<(), StorageError> {
    let patience = Duration::from_secs(settings.storage.wait_seconds);
    let asked = Instant::now();
    loop {
        match migrate(target) {
            Err(why)
                if why.is_answered()
                    && !patience.is_zero()
                    && takes_connections(target, &programs(settings)) =>
            {
                return Err(why);
            }
            Err(why @ (StorageError::Unreachable(_) | StorageError::Held(_)))
                if asked.elapsed() < patience =>
            {
                tracing::warn!(why = chain(&why), "the database cannot be used yet");
                std::thread::sleep(TRIED_EVERY);
            }
            outcome => return outcome,
        }
    }
}

/// How often a database is tried that cannot be reached.
const TRIED_EVERY: Duration = Duration::from_millis(500);

/// Opens the database, upgrades it, and has the journal commit to rows that it does not cover yet.
pub(super) fn open_upgraded(settings: &Settings, clock: Clock) -> Result<Storage, OpenError> {
    check(settings)?;
    create_data_folder(settings)?;
    let target = target(settings)?;
    migrate_once_there(&target, settings)?;
    let storage = Storage::open(&target, &storage_settings(settings), clock)?;
    refuse_emptied(&storage, settings, &target)?;
    refuse_renamed(&storage, settings)?;
    commit_to_all_rows(&storage)?;
    fold_names(&storage)?;
    Ok(storage)
}

/// A registry that signed its journal is not begun anew on a database without one, such as a file that was cut to nothing or a
/// database of another name.
fn refuse_emptied(storage: &Storage, settings: &Settings, target: &Target) -> Result<(), OpenError> {
    // Whether the file can be read is looked at when the journal is signed.
    let Ok(Some(Head { size: signed @ 1.., .. })) = journal::read_head(&last_signed(settings)) else {
        return Ok(());
    };
    match storage.read_now(journal::standing)? {
        Standing { sealed: 0, pending: 0, .. } => {
            Err(OpenError::Emptied { database: target.to_string(), signed })
        }
        _ => Ok(()),
    }
}

/// A journal keeps its name: what was signed under another one cannot be gone on with, and nobody would be told until the next checkpoint
/// is missed.
fn refuse_renamed(storage: &Storage, settings: &Settings) -> Result<(), OpenError> {
    // Keys that are missing or cannot be read are told by those that need them.
    let Ok(log) = open_log(settings) else { return Ok(()) };
    let last = storage.read_now::<_, StorageError>(|unit| journal::checkpoint(unit, None))?;
    match last.and_then(|note| log.former_name(&note)) {
        Some(was) => Err(OpenError::Renamed { was, set: log.origin().to_owned() }),
        None => Ok(()),
    }
}

/// Opens the registry, and upgrades the database. Keys are created only for a registry in which nothing was done yet.
pub fn open(settings: &Settings, clock: Clock) -> Result<Arc<Registry>, OpenError> {
    let standby = standby_target(settings)?;
    let mut storage = open_upgraded(settings, clock.clone())?;
    if let Some(standby) = standby {
        let lag = Duration::from_secs(settings.storage.standby_lag_seconds.get().into());
        storage = storage.with_standby(Standby::new(&standby, &storage_settings(settings), clock, lag));
    }
    let keyring = keyring(settings)?.settled(&storage)?;
    let folder = keys_folder(settings);
    let keys = Keys::open(&folder)?;
    let signer = Signer::open(&folder, settings.certificates.sm2)?;
    let log = open_log(settings)?;
    let documents = DocumentStore::in_folder(&documents_folder(settings))?;
    let http = HttpSettings {
        requests_per_minute: settings.http.requests_per_minute,
        strangers_per_minute: settings.http.strangers_per_minute,
        sign_ins_per_minute: settings.http.sign_ins_per_minute,
        requests_at_once: match settings.http.requests_at_once {
            0 => usize::try_from(settings.storage.connections.saturating_mul(3) / 4)
                .unwrap_or(usize::MAX)
                .max(1),
            set => set,
        },
        sign_ins_at_once: (settings.http.sign_ins_at_once > 0).then_some(settings.http.sign_ins_at_once),
        sign_in_patience: Duration::from_secs(settings.http.sign_in_patience_seconds),
        objections_per_day: settings.http.objections_per_day,
        body_bytes: settings.http.body_bytes,
        document_bytes: settings.http.document_bytes,
        bodies_bytes: settings.http.bodies_bytes,
        bodies_bytes_per_user: settings.http.bodies_bytes_per_user,
        answers_bytes: settings.http.answers_bytes,
        pace: Pace {
            bytes: settings.http.pace_bytes,
            within: Duration::from_secs(settings.http.pace_seconds),
        },
        connections: settings.http.connections,
        write_timeout: Duration::from_secs(settings.http.write_timeout_seconds),
        timeout: Duration::from_secs(settings.http.timeout_seconds),
        shutdown_timeout: Duration::from_secs(settings.http.shutdown_seconds),
        workers: (settings.http.workers > 0).then_some(settings.http.workers),
        cors_origins: cors_origins(settings)?,
        trusted_proxies: trusted_proxies(settings)?,
        origin: settings.certificates.origin.clone(),
        public_url: settings.certificates.public_url.trim_end_matches('/').to_owned(),
    };
    Ok(Registry::new(storage, keys, keyring, signer, log, documents, http))
}
