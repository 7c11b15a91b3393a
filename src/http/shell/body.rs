//! Bodies: JSON checked against the very schemas that the OpenAPI document publishes, then by the type's own rules.
//!
//! So the document cannot promise what the server does not do, and every bad field comes back at once.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, RwLock},
    thread::available_parallelism,
};

use actix_web::{HttpMessage, HttpRequest, dev::Payload, http::header, web};
use futures_util::StreamExt as _;
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::Instant};
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::{
    http::shell::{
        counts::Counts,
        deadline::Deadline,
        json::{self, cut, escape},
        problem::{Code, MOST_TOLD, Problem},
        published::Published,
        registry::{part, registry},
        room::{self, BodyKind, Room},
        rules,
        strangers::Known,
        told::Told,
    },
    values::{Fault, Faults, Reason, words},
};

/// A request body: its schema says what each field may be, `Validate` what fields may be together.
pub(crate) trait Wire: DeserializeOwned + ToSchema + Validate + Send + 'static {}
impl<T: DeserializeOwned + ToSchema + Validate + Send + 'static> Wire for T {}

/// Refuses what is not declared to be JSON.
pub(crate) fn is_json(request: &HttpRequest) -> Result<(), Problem> {
    let json = request
        .mime_type()
        .ok()
        .flatten()
        .is_some_and(|it| it.subtype() == mime::JSON || it.suffix() == Some(mime::JSON));
    if json {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType)
            .saying(
                "请求体须为 JSON 格式；请将 `Content-Type` 请求头写为 `application/json`。",
                "The body must be JSON, and Content-Type must say application/json.",
            )
            .header(header::ACCEPT, "application/json"))
    }
}

/// A body that was read, and the room that it takes up for as long as anything is kept of it.
pub(crate) struct Body {
    pub(crate) bytes: web::Bytes,
    pub(crate) room: Room,
}

/// Reads a whole body, up to a limit. What is announced to be larger is refused before it is read, and so is what there is
/// no room for.
///
/// Whoever has shown a token may take as long as it takes, as long as enough comes in: links in villages are slow. A stranger
/// has the time of the whole request.
pub(crate) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    kind: BodyKind,
) -> Result<Body, Problem> {
    let registry = registry(request)?;
    let (limit, pace) = (kind.limit(&registry.settings), registry.settings.pace);
    let too_large = || Problem::new(Code::PayloadTooLarge).with("limit_bytes", limit);
    let announced = announced(request);
    if announced.is_some_and(|it| it > limit) {
        return Err(too_large());
    }
    let mut room = room::for_body(request, kind)?;
    room.hold(announced.unwrap_or_default())?;
    let deadline = request
        .extensions()
        .get::<Known>()
        .filter(|it| it.is_so())
        .and_then(|_| request.extensions().get::<Deadline>().cloned());
    let mut bytes = web::BytesMut::with_capacity(announced.unwrap_or_default());
    let (mut since, mut come) = (Instant::now(), 0_usize);
    loop {
        let Ok(next) = tokio::time::timeout_at(since + pace.within, payload.next()).await else {
            return Err(Problem::new(Code::RequestTimeout)
                .saying(
                    "请求体传得过慢：{seconds} 秒内不足 {bytes} 字节。请检查网络后重新发送；重发时沿用原来的 `Idempotency-Key`。",
                    "The body came too slowly: fewer than {bytes} bytes in {seconds} seconds. Send it again, with the same \
                     Idempotency-Key.",
                )
                .put("bytes", pace.bytes)
                .put("seconds", pace.within.as_secs()));
        };
        let Some(chunk) = next else { break };
        let chunk = chunk.map_err(|_| {
            Problem::new(Code::MalformedRequest)
                .saying("请求体没有收完整，请重新发送。", "The body did not arrive whole; send it again.")
        })?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        room.grow(bytes.len().saturating_add(chunk.len()))?;
        bytes.extend_from_slice(&chunk);
        come = come.saturating_add(chunk.len());
        if come >= pace.bytes {
            (since, come) = (Instant::now(), 0);
            if let Some(deadline) = &deadline {
                deadline.put_off();
            }
        }
    }
    if let Some(deadline) = &deadline {
        deadline.put_off();
    }
    Ok(Body { bytes: bytes.freeze(), room })
}

/// How many bytes a body is announced to have; none where it comes in pieces, or has none.
fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Bodies of at least so many bytes are read and checked away from the threads that answer requests.
const HEAVY: usize = 16 << 10;

/// Parses a body of JSON, or reports what is wrong with it. What takes long does so on a thread of its own, and as many at a
/// time do as there are cores: a body takes up many times its size while it is checked.
pub(crate) async fn parsed<T: Wire>(request: &HttpRequest, bytes: &web::Bytes) -> Result<T, Problem> {
    let schemas = part::<Schemas>(request)?;
    if bytes.len() < HEAVY {
        return schemas.parse(bytes);
    }
    let turn = Arc::clone(&schemas.heavy).acquire_owned().await.map_err(Problem::internal)?;
    let bytes = bytes.clone();
    let parsing = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        schemas.parse(&bytes)
    });
    parsing.await.map_err(Problem::internal)?
}

/// The schemas of the document, compiled when a body of their type first comes.
pub(crate) struct Schemas {
    published: Arc<Published>,
    compiled: RwLock<HashMap<TypeId, Arc<Compiled>>>,
    /// Turns at checking what is large.
    heavy: Arc<Semaphore>,
}

/// A schema as bodies are held against it: first how many of everything there may be, then the rest.
struct Compiled {
    counts: Counts,
    validator: Validator,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schemas")
    }
}

impl Schemas {
    pub(crate) fn of(published: &Arc<Published>) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            published: Arc::clone(published),
            compiled: RwLock::default(),
            heavy: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Parses a body, or reports every fault in it.
    pub(crate) fn parse<T: Wire>(&self, bytes: &[u8]) -> Result<T, Problem> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(Problem::new(Code::MalformedRequest).saying(
                "请求体不是 UTF-8 编码，请以 UTF-8 编码重新发送。",
                "The body is not valid UTF-8; encode it so.",
            ));
        };
        let (value, mut told) = match json::read(text) {
            Ok(read) => read,
            Err(error) if json::is_too_deep(&error) => {
                return Err(Problem::new(Code::MalformedRequest).saying(
                    "请求体的括号嵌套过深，至多 127 层；请按接口说明的结构书写后重新发送。",
                    "The body has objects or lists within each other, more than 127 deep; write it as the document of the \
                     interface shows.",
                ));
            }
            Err(error) => {
                return Err(Problem::new(Code::MalformedRequest)
                    .saying(
                        "请求体不是有效的 JSON，第 {line} 行第 {column} 个字符处有误；请检查引号、逗号和括号后重新发送。",
                        "The body is not valid JSON at line {line}, column {column}; look at its quotes, commas and brackets.",
                    )
                    .put("line", error.line())
                    .put("column", error.column()));
            }
        };
        let schema = self.compiled::<T>()?;
        Faults::none_of(schema.counts.beyond(&value))?;
        for error in schema.validator.iter_errors(&value) {
            collect(&error, "", &mut told);
        }
        told.none()?;
        let parsed: T = serde_path_to_error::deserialize(&value).map_err(|error| {
            let said = error.inner().to_string();
            let reason = Reason::from_serde(&said).unwrap_or(Reason::WrongForm { wanted: said });
            let code = match reason {
                Reason::ShareTooFine => Code::ShareTooFine,
                _ => Code::ValidationFailed,
            };
            Problem::new(code).at(Fault::at(pointer(error.path()), reason))
        })?;
        if let Err(errors) = parsed.validate() {
            let mut faults = Vec::new();
            collect_rules(&errors, "", &mut faults);
            Faults::none_of(faults)?;
        }
        Ok(parsed)
    }

    fn compiled<T: Wire>(&self) -> Result<Arc<Compiled>, Problem> {
        let broken = || Problem::internal("the schemas cannot be reached");
        if let Some(known) = self.compiled.read().map_err(|_| broken())?.get(&TypeId::of::<T>()) {
            return Ok(Arc::clone(known));
        }
        let name = T::name();
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        let counts = Counts::of(&schema, &|name| self.published.schema(name));
        let compiled = Arc::new(Compiled { counts, validator: self.published.validator(schema, &name)? });
        self.compiled.write().map_err(|_| broken())?.insert(TypeId::of::<T>(), Arc::clone(&compiled));
        Ok(compiled)
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Turns an error of the schema into faults; of a choice between schemas, those of the branch that fits best.
pub(super) fn collect(error: &ValidationError<'_>, base: &str, faults: &mut Told) {
    use ValidationErrorKind as Kind;
    let at = cut(&format!("{base}{}", error.instance_path()));
    let mut say = |reason: Reason| faults.push(Fault::at(at.clone(), reason));
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected.iter().take(MOST_TOLD) {
                faults.push(Fault::at(cut(&format!("{at}/{}", escape(name))), Reason::UnknownField));
            }
            faults.and_more(unexpected.len().saturating_sub(MOST_TOLD));
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(Fault::at(format!("{at}/{}", escape(name)), Reason::Required));
        }
        Kind::Type { kind } => say(match wanted(kind) {
            // What goes only with another kind of the same thing, and is null or absent here.
            wanted if wanted == "null" => {
                Reason::NotApplicable { because: "only null can stand here".to_owned() }
            }
            wanted => Reason::WrongType { wanted },
        }),
        Kind::MinLength { limit } => say(Reason::TooShort { min: *limit }),
        Kind::MaxLength { limit } => say(Reason::TooLong { max: *limit }),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => say(Reason::TooFew { min: *limit }),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => say(Reason::TooMany { max: *limit }),
        Kind::Minimum { limit } | Kind::ExclusiveMinimum { limit } => {
            say(Reason::TooSmall { min: limit.to_string() })
        }
        Kind::Maximum { limit } | Kind::ExclusiveMaximum { limit } => {
            say(Reason::TooLarge { max: limit.to_string() })
        }
        Kind::Enum { options } => say(Reason::NotOneOf { allowed: listed(options) }),
        Kind::Constant { expected_value } => say(Reason::NotOneOf { allowed: expected_value.to_string() }),
        Kind::Pattern { pattern } => {
            let text = error.instance().as_str().unwrap_or_default();
            say(words::refused(pattern, text)
                .unwrap_or_else(|| Reason::WrongForm { wanted: pattern.clone() }));
        }
        Kind::Format { format } if format == "date" => say(Reason::WrongDate),
        Kind::Format { format } => say(Reason::WrongForm { wanted: format.clone() }),
        Kind::Custom { message, .. } => match rules::broken(message) {
            Some((reason, field)) => faults.push(Fault::at(format!("{at}{field}"), reason)),
            None => say(Reason::WrongForm { wanted: message.clone() }),
        },
        Kind::UniqueItems => say(Reason::Duplicate),
        Kind::PropertyNames { error } => {
            let mut of_name = Told::default();
            collect(error, "", &mut of_name);
            let at = cut(&format!("{at}/{}", escape(error.instance().as_str().unwrap_or_default())));
            faults.extend(of_name.into_faults().into_iter().map(|it| Fault::at(at.clone(), it.reason)));
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let choice = error.instance_path().as_str();
            let mut branches: Vec<_> = context.iter().filter(|it| !is_null_branch(it, error)).collect();
            if let Some((field, tags)) = no_such_tag(&branches, choice) {
                let allowed = tags.join(", ");
                faults.push(Fault::at(format!("{base}{field}"), Reason::NotOneOf { allowed }));
                return;
            }
            branches.sort_by_key(|it| (other_tag(it, choice).is_some(), it.len()));
            match branches.first() {
                Some(branch) if !branch.is_empty() => {
                    for inner in *branch {
                        collect(inner, base, faults);
                    }
                }
                _ => say(Reason::WrongForm { wanted: "one of the documented forms".to_owned() }),
            }
        }
        other => say(Reason::WrongForm { wanted: other.keyword().to_owned() }),
    }
}

/// The branch that only allows null.
fn is_null_branch(branch: &[ValidationError<'static>], choice: &ValidationError<'_>) -> bool {
    branch.iter().any(|error| {
        error.instance_path().as_str() == choice.instance_path().as_str()
            && matches!(error.kind(), ValidationErrorKind::Type { kind } if wanted(kind) == "null")
    })
}

/// Where a branch is one for another tag: the field of the tag, and the tag of the branch.
fn other_tag<'e>(branch: &'e [ValidationError<'static>], choice: &str) -> Option<(&'e str, &'e str)> {
    branch.iter().find_map(|error| {
        let field = error.instance_path().as_str();
        let is_own = field.strip_prefix(choice)?.strip_prefix('/').is_some_and(|it| !it.contains('/'));
        let tag = match error.kind() {
            ValidationErrorKind::Constant { expected_value } => expected_value.as_ref(),
            ValidationErrorKind::Enum { options } => match options.as_array()?.as_slice() {
                [only] => only,
                _ => return None,
            },
            _ => return None,
        };
        tag.as_str().filter(|_| is_own).map(|tag| (field, tag))
    })
}

/// Where all branches are for other tags: the field of the tag, and every tag that there is.
fn no_such_tag<'e>(
    branches: &[&'e Vec<ValidationError<'static>>],
    choice: &str,
) -> Option<(&'e str, Vec<&'e str>)> {
    let others: Vec<_> = branches.iter().copied().map(|it| other_tag(it, choice)).collect::<Option<_>>()?;
    let (field, _) = others.first().copied()?;
    others.iter().all(|(it, _)| *it == field).then(|| (field, others.iter().map(|(_, tag)| *tag).collect()))
}

fn wanted(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => {
            set.iter().map(|it| it.to_string()).filter(|it| it != "null").collect::<Vec<_>>().join(" / ")
        }
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    options
        .iter()
        .filter(|it| !it.is_null())
        .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Turns what `Validate` found into faults. A rule between fields names its field in the parameter `field`.
fn collect_rules(errors: &ValidationErrors, base: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        match kind {
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    let named = error.params.get("field").and_then(Value::as_str);
                    let field = named.unwrap_or(field.as_ref());
                    let at = if field == "__all__" {
                        base.to_owned()
                    } else {
                        format!("{base}/{}", escape(field))
                    };
                    faults.push(Fault::at(at, rule(&error.code, &error.params)));
                }
            }
            ValidationErrorsKind::Struct(inner) => collect_rules(inner, &format!("{base}/{field}"), faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect_rules(inner, &format!("{base}/{field}/{index}"), faults);
                }
            }
        }
    }
}

fn rule(code: &str, params: &HashMap<std::borrow::Cow<'static, str>, Value>) -> Reason {
    let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match code {
        "dates_reversed" => Reason::DatesReversed,
        "duplicate" => Reason::Duplicate,
        "required" => Reason::Required,
        "contradicts" => Reason::Contradicts { other: text("other") },
        "not_applicable" => Reason::NotApplicable { because: text("because") },
        other => Reason::WrongForm { wanted: other.to_owned() },
    }
}
