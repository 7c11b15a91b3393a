//! Opening a registry as the settings say: folder, keys, database, documents.

use std::{os::unix::fs::DirBuilderExt as _, path::PathBuf, sync::Arc, time::Duration};

use tempfile::TempDir;
use url::Url;

use crate::{
    http::{HttpSettings, Registry},
    identity::{KeyError, Keys, Signer, log_key_files, open_log_keys},
    journal::{Log, LogError, Succession, commit_to_all_rows},
    register::documents::{ContentError, DocumentStore},
    settings::{JournalSection, Settings},
    storage::{
        Clock, Storage, StorageError, StorageSettings, Target, files, folding::fold_names, left_behind,
        migrate,
    },
};

/// Why a registry could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be made.
    #[error("the data folder {0} cannot be made")]
    Folder(String, #[source] std::io::Error),
    /// The URL names no engine.
    #[error("database_url must begin with postgres:// or sqlite://")]
    Url,
    /// A setting names no origin.
    #[error(
        "http.cors_origins: {0} is no origin, such as https://assets.example.cn or http://localhost:5173"
    )]
    Origin(String),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The journal cannot be signed as the settings say.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The documents cannot be kept.
    #[error(transparent)]
    Documents(#[from] ContentError),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Where the settings say that the database is.
pub(super) fn target(settings: &Settings) -> Result<Target, OpenError> {
    Target::parse(&settings.database(), settings.storage.sqlite_full_sync).ok_or(OpenError::Url)
}

/// Makes the data folder, for its owner alone.
pub(super) fn prepare(settings: &Settings) -> Result<(), OpenError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&settings.data_dir)
        .map_err(|error| OpenError::Folder(settings.data_dir.display().to_string(), error))
}

/// Where the registry remembers what it signed last.
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

/// Where the registry remembers which keys of the journal followed which.
pub(super) fn journal_succession(settings: &Settings) -> PathBuf {
    keys_folder(settings).join("journal-keys.json")
}

fn succession(settings: &Settings) -> Result<Succession, KeyError> {
    let path = journal_succession(settings);
    files::recall(&path).map_err(|source| KeyError::File { path, source })
}

/// Whether the keys that sign the journal are here.
pub(super) fn has_log_keys(settings: &Settings) -> Result<bool, OpenError> {
    let [ed25519, _] = log_key_files(&keys_folder(settings), succession(settings)?.generation);
    Ok(ed25519.exists())
}

/// The journal's log by its keys, which are made where they are missing.
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
    }
}

/// A database that is examined.
pub(super) struct Examined {
    pub(super) storage: Storage,
    /// The folder of the copy that stands for it, where there is one.
    _copy: Option<TempDir>,
}

/// Opens a database that is there, to read it and no more. Where it was left behind in the middle of work, a copy of it.
pub(super) fn examine(settings: &Settings, target: &Target) -> Result<Examined, Box<dyn std::error::Error>> {
    if !target.is_there() {
        return Err(format!("there is no database at {target}").into());
    }
    let left_behind = left_behind(target).map_err(|error| {
        format!(
            "a server left {target} with changes in a log beside it, so a copy is examined, and that cannot be made in {}: \
             {error}. Name a folder with room for it in TMPDIR",
            std::env::temp_dir().display()
        )
    })?;
    let (target, copy) = match &left_behind {
        Some((copy, _)) => (copy.clone(), true),
        None => (target.clone(), false),
    };
    // Whoever examines a database may take as long as that takes.
    let unhurried = StorageSettings { statement_timeout: Duration::ZERO, ..storage_settings(settings) };
    if copy {
        // The log is taken into the copy, as the next server would take it into the database.
        drop(Storage::open(&target, &unhurried, Clock::default())?);
    }
    let storage = Storage::open_read_only(&target, &unhurried, Clock::default())?;
    Ok(Examined { storage, _copy: left_behind.map(|it| it.1) })
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

/// Opens the database, brings it up to date, and has the journal commit to what it does not know yet.
pub(super) fn bring_up(settings: &Settings, clock: Clock) -> Result<Storage, OpenError> {
    prepare(settings)?;
    let target = target(settings)?;
    migrate(&target)?;
    let storage = Storage::open(&target, &storage_settings(settings), clock)?;
    commit_to_all_rows(&storage)?;
    fold_names(&storage)?;
    Ok(storage)
}

/// Opens the registry: makes what is missing, and brings the database up to date.
pub fn open(settings: &Settings, clock: Clock) -> Result<Arc<Registry>, OpenError> {
    let storage = bring_up(settings, clock)?;
    let folder = keys_folder(settings);
    let keys = Keys::open(&folder)?;
    let signer = Signer::open(&folder, settings.certificates.sm2)?;
    let log = open_log(settings)?;
    let documents = DocumentStore::in_folder(&documents_folder(settings))?;
    let http = HttpSettings {
        requests_per_minute: settings.http.requests_per_minute,
        sign_ins_per_minute: settings.http.sign_ins_per_minute,
        body_bytes: settings.http.body_bytes,
        document_bytes: settings.http.document_bytes,
        timeout: Duration::from_secs(settings.http.timeout_seconds),
        shutdown_timeout: Duration::from_secs(settings.http.shutdown_seconds),
        workers: (settings.http.workers > 0).then_some(settings.http.workers),
        cors_origins: cors_origins(settings)?,
        origin: settings.certificates.origin.clone(),
        public_url: settings.certificates.public_url.trim_end_matches('/').to_owned(),
    };
    Ok(Registry::new(storage, keys, signer, log, documents, http))
}
