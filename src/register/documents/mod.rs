//! Documents: bytes that are known by their content (SHA-256), in an object store; the register keeps what they are.

mod store;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, SHA256, digest};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{TryStreamExt as _, stream::BoxStream};
use object_store::{
    GetResult, ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use serde_json::json;

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Record},
    storage::{Read, StorageError, Write, chain, files},
    values::{Id, Scope, id::kind},
};

const BROUGHT: Action = Action::named("document_brought");

/// Where the bytes of documents are kept.
#[derive(Debug, Clone)]
pub struct DocumentStore {
    folder: PathBuf,
    objects: Arc<dyn ObjectStore>,
}

/// Why bytes could not be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The folder cannot be used.
    #[error("the folder of documents cannot be used")]
    Folder(#[source] std::io::Error),
    /// The object store failed.
    #[error("the object store failed")]
    Objects(#[from] object_store::Error),
    /// The bytes are not those that were brought.
    #[error("the content of {0} is not what was brought")]
    Altered(String),
    /// The bytes are gone.
    #[error("the content of {0} is gone")]
    Missing(String),
}

impl DocumentStore {
    /// A store in a folder of this machine, which is made where it is missing.
    pub fn in_folder(folder: &Path) -> Result<Self, ContentError> {
        files::private_folder(folder).map_err(|error| {
            let named = format!("{}: {error}", folder.display());
            ContentError::Folder(std::io::Error::new(error.kind(), named))
        })?;
        // What is answered as kept outlives a power failure: file and folders are on disk before `put` returns.
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { folder: folder.to_owned(), objects: Arc::new(objects) })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps bytes, and gives their SHA-256 in hexadecimal; they are on disk before this returns.
    ///
    /// What is there under that hash already is read and compared: if it is missing, cut short, altered or unreadable, these
    /// bytes replace it.
    pub async fn put(&self, bytes: impl Into<PutPayload> + AsRef<[u8]>) -> Result<String, ContentError> {
        let sha256 = sha256(bytes.as_ref());
        match self.check(&sha256).await {
            Ok(()) => {
                // An earlier release, or another request at this moment, may have left it in memory only.
                let path = file_of(&self.folder, &sha256);
                let settled = tokio::task::spawn_blocking(move || files::settle(&path)).await;
                settled.map_err(std::io::Error::other).flatten().map_err(ContentError::Folder)?;
                return Ok(sha256);
            }
            Err(ContentError::Missing(_)) => {}
            Err(error) => {
                tracing::warn!(
                    sha256,
                    error = chain(&error),
                    "a document that was brought again replaces what was kept of it"
                );
            }
        }
        self.objects.put(&place(&sha256), bytes.into()).await?;
        Ok(sha256)
    }

    /// The bytes of a SHA-256, which were checked against it: piece by piece, so that no file is in memory as a whole.
    pub async fn open(&self, sha256: &str) -> Result<Content, ContentError> {
        self.check(sha256).await?;
        let found = self.find(sha256).await?;
        Ok(Content { size: found.meta.size, pieces: found.into_stream() })
    }

    /// Holds what is kept under a SHA-256 against it.
    async fn check(&self, sha256: &str) -> Result<(), ContentError> {
        let mut pieces = self.find(sha256).await?.into_stream();
        let mut context = Context::new(&SHA256);
        while let Some(piece) = pieces.try_next().await? {
            context.update(&piece);
        }
        if hex::encode(context.finish()) == sha256 {
            Ok(())
        } else {
            Err(ContentError::Altered(sha256.to_owned()))
        }
    }

    async fn find(&self, sha256: &str) -> Result<GetResult, ContentError> {
        self.objects.get(&place(sha256)).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => ContentError::Missing(sha256.to_owned()),
            error => error.into(),
        })
    }
}

/// The bytes of a document.
pub struct Content {
    /// How many there are.
    pub size: u64,
    /// They themselves, piece by piece.
    pub pieces: BoxStream<'static, Result<Bytes, object_store::Error>>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({})", self.size)
    }
}

/// Where the bytes of a SHA-256 are in the folder of documents.
pub fn file_of(folder: &Path, sha256: &str) -> PathBuf {
    folder.join(place(sha256).as_ref())
}

/// The SHA-256 of bytes, in hexadecimal, by which a document is known.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

/// Two levels of folders, so that none holds millions of files.
fn place(sha256: &str) -> ObjectPath {
    let (first, rest) = sha256.split_at_checked(2).unwrap_or((sha256, ""));
    ObjectPath::from_iter([first, rest])
}

/// A document.
#[derive(Debug, Clone)]
pub struct Document {
    /// The identifier.
    pub id: Id<kind::Document>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: i64,
    /// What kind of file it is.
    pub media_type: String,
    /// The name of the file.
    pub name: String,
    /// When it was brought.
    pub created_at: DateTime<Utc>,
}

/// A document whose bytes are kept already.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: i64,
    /// What kind of file it is.
    pub media_type: String,
    /// The name of the file.
    pub name: String,
}

/// Why something about a document was refused.
pub type DocumentError = Refusal<DocumentRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum DocumentRefused {
    /// No such document in the caller's region.
    #[error("no such document")]
    NotFound,
}

reason!(DocumentRefused);

/// Records a document in the caller's region.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewDocument) -> Result<Document, DocumentError> {
    let scope = caller.permit(Permission::DocumentsWrite)?;
    let document = Document {
        id: Id::new(unit.now()),
        sha256: asked.sha256.clone(),
        size: asked.size,
        media_type: asked.media_type.clone(),
        name: asked.name.clone(),
        created_at: unit.now(),
    };
    store::insert(unit, &document, &scope, caller.user_id)?;
    // A file's name may name a person, so it stays out of the journal; the content's hash is what proves it.
    let facts = json!({
        "document_id": document.id, "sha256": document.sha256, "size": document.size,
        "media_type": document.media_type,
    });
    let subjects = [document.id.seen_as()];
    let record = Record::new(BROUGHT, scope.region(), &subjects, &facts);
    journal::append(unit, &caller.actor(), &record)?;
    Ok(document)
}

/// The document of an id. Whoever may read documents sees those of their region and of the regions around it.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Document>) -> Result<Document, DocumentError> {
    let scope = caller.permit(Permission::DocumentsRead)?;
    let found = store::find(unit, id)?.filter(|(_, region)| is_seen_from(&scope, region));
    found.map(|(document, _)| document).ok_or(DocumentRefused::NotFound.into())
}

/// Whether a document that was brought in a region is seen from a scope: from around the region, and from inside of it.
fn is_seen_from(scope: &Scope, region_code: &str) -> bool {
    (scope.first()..=scope.last()).contains(&region_code.to_owned())
        || scope.around().iter().any(|it| it == region_code)
}

/// What is on record of the bytes of a document.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The document.
    pub id: Id<kind::Document>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: i64,
}

/// What is on record of the bytes of documents, whatever their regions, after one.
pub fn kept(
    unit: &mut Read<'_>,
    after: Option<Id<kind::Document>>,
    limit: i64,
) -> Result<Vec<Kept>, StorageError> {
    store::kept(unit, after, limit)
}

/// How many documents are on record.
pub fn count(unit: &mut Read<'_>) -> Result<i64, StorageError> {
    store::count(unit)
}

/// The SHA-256 of the bytes of some documents, in hexadecimal.
pub fn contents(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Document>],
) -> Result<BTreeMap<Id<kind::Document>, String>, StorageError> {
    store::contents(unit, ids)
}

/// The names of the files of some documents, wherever they were brought.
pub fn names(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Document>],
) -> Result<BTreeMap<Id<kind::Document>, String>, StorageError> {
    store::names(unit, ids)
}

/// The documents that have the bytes of a SHA-256.
pub fn alike(unit: &mut Read<'_>, sha256: &str) -> Result<Vec<Id<kind::Document>>, StorageError> {
    store::alike(unit, sha256)
}

/// Those of some documents that are not on record, or cannot be seen from a scope.
pub fn missing(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Document>],
) -> Result<Vec<Id<kind::Document>>, StorageError> {
    let regions = store::regions_of(unit, ids)?;
    let is_seen = |id: &Id<kind::Document>| regions.get(id).is_some_and(|it| is_seen_from(scope, it));
    Ok(ids.iter().copied().filter(|it| !is_seen(it)).collect())
}
