//! Documents on the wire.

use actix_multipart::{Multipart, MultipartError};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    body::SizedStream,
    dev::Payload,
    error::PayloadError,
    get,
    http::header::{self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue},
    post, web,
};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, future::LocalBoxFuture};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::Reading,
        body::{Body, read},
        pieces::pieces,
        problem::{Code, Problem},
        room::{self, BodyKind},
        routes::Routes,
        texts::{NAMED_BY_RFC_8187, NAMED_IN_UTF8, SHORT_MEDIA_TYPE},
    },
    identity::Caller,
    register::documents::{self, ContentError, Document, DocumentRefused, NewDocument},
    storage::{self, StorageError},
    values::{Fault, FileName, Id, Reason, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(bring).service(fetch).service(content);
}

impl From<DocumentRefused> for Problem {
    fn from(reason: DocumentRefused) -> Self {
        match reason {
            DocumentRefused::NotFound => Self::new(Code::NotFound),
        }
    }
}

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        // The hash stands on the document's row, by which whoever restores it can find it.
        match &error {
            ContentError::Altered(sha256) => {
                Self::failing(Code::ContentAltered, &error).with("sha256", sha256.clone())
            }
            ContentError::Missing(sha256) => {
                Self::failing(Code::ContentMissing, &error).with("sha256", sha256.clone())
            }
            ContentError::Folder(_) | ContentError::Objects(_) => match storage::of_the_disk(&error) {
                Some(StorageError::Unusable(_)) | None => Self::internal(error),
                Some(of_the_disk) => of_the_disk.into(),
            },
        }
    }
}

/// A file, as a part of a multipart body.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it only documents the body, which `Upload` reads")]
struct DocumentUpload {
    /// The file, with its name and media type.
    #[schema(value_type = String, format = Binary, min_length = 1, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A document.
#[derive(Debug, Serialize, ToSchema)]
struct DocumentResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Document>,
    /// SHA-256 of its bytes, in hexadecimal.
    #[schema(
        min_length = 64,
        max_length = 64,
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    sha256: String,
    /// How many bytes.
    #[schema(minimum = 1, example = 48213)]
    size: i64,
    /// What kind of file it is.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// The name of the file.
    #[schema(example = "会议纪要.pdf")]
    name: String,
    /// When it was brought.
    created_at: DateTime<Utc>,
}

impl From<Document> for DocumentResponse {
    fn from(it: Document) -> Self {
        Self {
            id: it.id,
            sha256: it.sha256,
            size: it.size,
            media_type: it.media_type,
            name: it.name,
            created_at: it.created_at,
        }
    }
}

impl Resource for DocumentResponse {
    fn location(&self) -> String {
        format!("/v1/documents/{}", self.id)
    }

    /// Documents never change.
    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// A file that came in.
struct File {
    name: FileName,
    media_type: String,
    bytes: web::Bytes,
}

/// The greatest length of a media type.
const MEDIA_TYPE: usize = 255;

/// An acting POST with a file instead of JSON.
struct Upload(Acting<File>);

impl FromRequest for Upload {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let mut act = Acting::<(), Caller>::begin(&request).await?;
            let multipart = request
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|it| it.to_str().ok())
                .is_some_and(|it| it.to_ascii_lowercase().starts_with("multipart/form-data"));
            if !multipart {
                return Err(Problem::new(Code::UnsupportedMediaType)
                    .saying(
                        "上传文件须用 `multipart/form-data`；请将 `Content-Type` 请求头和请求体改为该格式，文件放在 `file` 字段。",
                        "The body must be multipart/form-data, with the file in its field `file`.",
                    ));
            }
            let Body { bytes, room } = read(&request, payload, BodyKind::Document).await?;
            let file = parse(&request, bytes).await?;
            let File { name, media_type, bytes } = &file;
            // The content is what the key is used for: the line between the parts is another each time that a file is sent.
            let fingerprint = act.fingerprint(&request, &[name.as_bytes(), media_type.as_bytes(), bytes]);
            act.wait_for_turn(&request).await?;
            Ok(Self(act.about(file, room, fingerprint)))
        })
    }
}

/// The one part called `file`.
async fn parse(request: &HttpRequest, bytes: web::Bytes) -> Result<File, Problem> {
    let in_utf8 = has_readable_head(&bytes);
    let malformed = move |error: MultipartError| match error {
        MultipartError::ContentDispositionMissing if !in_utf8 => ill_formed(NAMED_IN_UTF8),
        _ => Problem::new(Code::MalformedRequest).saying(
            "上传的请求体无法解析；请按 `multipart/form-data` 的格式重新发送。",
            "The multipart body cannot be parsed; send it again in the form of multipart/form-data.",
        ),
    };
    let length = bytes.len();
    let pieces = pieces(bytes).map(Ok::<_, PayloadError>);
    let mut parts = Multipart::new(request.headers(), pieces);
    let mut found = None;
    while let Some(part) = parts.next().await {
        let part = part.map_err(malformed)?;
        let disposition = part.content_disposition().cloned();
        let field = disposition.as_ref().and_then(ContentDisposition::get_name).unwrap_or_default();
        if field != "file" {
            return Err(Fault::at(format!("/{field}"), Reason::UnknownField).into());
        }
        if found.is_some() {
            return Err(Fault::at("/file", Reason::Duplicate).into());
        }
        let name = disposition.as_ref().map(name_in).transpose()?.flatten();
        let name = name.unwrap_or_else(|| "document".to_owned());
        let name: FileName = name.parse().map_err(|reason| Fault::at("/file", reason))?;
        let media_type =
            part.content_type().map_or("application/octet-stream".to_owned(), ToString::to_string);
        if media_type.len() > MEDIA_TYPE {
            return Err(ill_formed(SHORT_MEDIA_TYPE));
        }
        let bytes = part
            .try_fold(Vec::with_capacity(length), |mut all, some| async move {
                all.extend_from_slice(&some);
                Ok(all)
            })
            .await
            .map_err(malformed)?;
        if bytes.is_empty() {
            return Err(Fault::at("/file", Reason::TooShort { min: 1 }).into());
        }
        found = Some(File { name, media_type, bytes: bytes.into() });
    }
    found.ok_or_else(|| Fault::at("/file", Reason::Required).into())
}

/// Whether the lines above the first part can be read.
fn has_readable_head(bytes: &[u8]) -> bool {
    let head = bytes.windows(4).position(|it| it == b"\r\n\r\n").and_then(|end| bytes.get(..end));
    head.is_none_or(|it| std::str::from_utf8(it).is_ok())
}

fn ill_formed(wanted: &str) -> Problem {
    Fault::at("/file", Reason::WrongForm { wanted: wanted.to_owned() }).into()
}

/// The name of a file as its sender gave it: by `filename*` (RFC 8187) where that is there, or else by `filename`.
fn name_in(disposition: &ContentDisposition) -> Result<Option<String>, Problem> {
    let Some(ExtendedValue { charset, value, .. }) = disposition.get_filename_ext() else {
        return Ok(disposition.get_filename().map(str::to_owned));
    };
    let name = match charset {
        Charset::Iso_8859_1 => Some(value.iter().copied().map(char::from).collect()),
        Charset::Us_Ascii => String::from_utf8(value.clone()).ok(),
        Charset::Ext(name) if name.eq_ignore_ascii_case("utf-8") => String::from_utf8(value.clone()).ok(),
        _ => None,
    };
    name.map(Some).ok_or_else(|| ill_formed(NAMED_BY_RFC_8187))
}

/// Brings a document in.
///
/// It is known by its content: the same bytes are kept once. Its name is the one in `filename*` (RFC 8187, in UTF-8) or
/// `filename`. The same file sent again by the same key is a retry, whatever stands between the parts of the body.
#[utoipa::path(tag = "register", operation_id = "bring_document", security(("bearer" = ["documents:write"])), params(IdempotencyKey, DryRun),
    request_body(content = DocumentUpload, content_type = "multipart/form-data"), responses(
    (status = 201, description = "The document", body = DocumentResponse)))]
#[post("/v1/documents")]
async fn bring(upload: Upload) -> Result<HttpResponse, Problem> {
    let Upload(act) = upload;
    let bytes = &act.content().bytes;
    let sha256 = if act.is_dry_run() {
        documents::sha256(bytes)
    } else {
        // The bytes are kept before the transaction: without a row that names them, they are nobody's and harm nobody.
        act.registry().documents.put(bytes.clone()).await?
    };
    act.perform(move |unit, _, caller, file| {
        let document = NewDocument {
            sha256: sha256.clone(),
            size: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
            media_type: file.media_type.clone(),
            name: file.name.to_string(),
        };
        Done::created(&DocumentResponse::from(documents::record(unit, caller, &document)?))
    })
    .await
}

/// Shows what a document is.
#[utoipa::path(tag = "register", operation_id = "get_document", security(("bearer" = ["documents:read"])),
    params(("id" = uuid::Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The document", body = DocumentResponse)))]
#[get("/v1/documents/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<DocumentResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, _| Ok(documents::find(unit, caller, id)?.into())).await
}

/// The bytes of a document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it only documents the answer")]
struct DocumentContent(Vec<u8>);

/// What an open file takes up of the room for answers: more than is read ahead of it, since there are fewer files that can be open.
const OPEN: usize = 256 << 10;

/// Gives the bytes of a document, checked against their hash.
#[utoipa::path(tag = "register", operation_id = "get_document_content", security(("bearer" = ["documents:read"])),
    params(("id" = uuid::Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The bytes", body = DocumentContent, content_type = "application/octet-stream"),
    (status = 500, description = "`content_altered`, `content_missing`")))]
#[get("/v1/documents/{id}/content")]
async fn content(asked: Reading) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    let Reading { registry, caller, request, .. } = asked;
    let mut room = room::for_answer(&request)?;
    room.hold(OPEN)?;
    let document = registry.storage.read(move |unit| documents::find(unit, &caller, id)).await?;
    let content = registry.documents.open(&document.sha256).await?;
    let pieces = content.pieces.inspect_err(move |error| {
        let _held = &room;
        Problem::internal(error).log();
    });
    // A file is always downloaded and never run: what is in it came from outside.
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            // Percent-encoded (RFC 8187): names are Chinese, and nothing in one can break out of the header.
            parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: document.name.into_bytes(),
            })],
        })
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .insert_header((header::ETAG, format!("\"{}\"", document.sha256)))
        .body(SizedStream::new(content.size, pieces)))
}
