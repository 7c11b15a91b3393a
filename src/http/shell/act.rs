//! Acting POSTs: each runs once for its `Idempotency-Key`, or only as a rehearsal with `?dry_run=true`, as a PATCH does.
//!
//! The first answer to a key is kept in the same transaction as the act, so an act and its answer exist together or not
//! at all. A retry gets that answer, and the key for something else is refused. While the first still runs the retry waits
//! for it, on this server or on another one: for half of the time that a request has.
//!
//! A key belongs to the work and not to the request: where the request is given up, because it took too long or because
//! its client went away, the work runs to its end, and until then nobody else has the key.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    web,
};
use aws_lc_rs::digest::{Context, SHA256};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use tokio::sync::{Notify, futures::OwnedNotified};
use utoipa::IntoParams;

use crate::{
    http::shell::{
        answer::{Resource, Written, seen},
        authentication::{authenticate, request_id},
        body::{Body, Wire, is_json, parsed, read},
        limits,
        parameters::parse_query,
        problem::{Code, Problem},
        registry::{Registry, part, registry},
        room::{BodyKind, Room},
        turns::{self, Turn},
    },
    identity::Caller,
    storage::{Answer, Failure, StorageError, Write, claim_key, keep_answer, kept_answer},
    values::{Fault, Id, Reason, Scope, Seen, id::kind},
};

const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How a client names one act, so that sending it twice does it once.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only documents a header, which `Acting` reads")]
pub(crate) struct IdempotencyKey {
    /// A key of the client's choosing for this one act, such as a UUID: the same key with the same request gives the
    /// first answer again (with `Idempotency-Replayed: true`), with another request it is refused. While the first still
    /// runs, the same key waits for its answer. Kept for 30 days.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 128,
        pattern = "^[!-~]{1,128}$",
        example = "5b0f6f0e-3c61-4d0e-9d7d-6a1c1f1f7a10"
    )]
    idempotency_key: String,
}

/// Whether to act, or only to answer what acting would.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DryRun {
    /// With `true` the whole command runs and is rolled back: the answer is what the act would have answered, with
    /// `Dry-Run: true`, and nothing is stored.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
}

/// Keys whose first request still runs on this server.
#[derive(Debug, Default)]
pub(crate) struct RunningActs(Arc<Mutex<RunningKeys>>);

/// Whose keys they are, the keys, and what tells those who wait for one that it is free.
type RunningKeys = HashMap<(Id<kind::User>, String), Arc<Notify>>;

/// Holds a key while its request runs.
#[derive(Debug)]
struct Running {
    all: Arc<Mutex<RunningKeys>>,
    mine: (Id<kind::User>, String),
}

impl RunningActs {
    /// Takes a key once it is free; none where that takes longer than `patience`.
    async fn begin(&self, user: Id<kind::User>, key: &str, patience: Duration) -> Option<Running> {
        let mine = (user, key.to_owned());
        let taken = async {
            loop {
                match self.try_to_begin(&mine) {
                    Ok(running) => return running,
                    Err(free) => free.await,
                }
            }
        };
        tokio::time::timeout(patience, taken).await.ok()
    }

    /// Takes a key, or gives what ends when the key is free.
    fn try_to_begin(&self, mine: &(Id<kind::User>, String)) -> Result<Running, OwnedNotified> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(mine.clone()) {
            Entry::Vacant(free) => {
                free.insert(Arc::default());
                Ok(Running { all: Arc::clone(&self.0), mine: mine.clone() })
            }
            // Asked for while the key is surely taken, so that it cannot become free unnoticed.
            Entry::Occupied(taken) => Err(Arc::clone(taken.get()).notified_owned()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(free) = self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.mine) {
            free.notify_waiters();
        }
    }
}

/// What an act came to.
#[derive(Debug)]
pub(crate) struct Done {
    status: StatusCode,
    location: Option<String>,
    etag: Option<String>,
    body: String,
}

impl Done {
    /// Something was made: 201 with its place, version and content.
    pub(crate) fn created(made: &impl Resource) -> Result<Self, Problem> {
        Self::with(StatusCode::CREATED, made)
    }

    /// Something was changed: 200 with its new version and content.
    pub(crate) fn changed(changed: &impl Resource) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, changed)
    }

    fn with(status: StatusCode, resource: &impl Resource) -> Result<Self, Problem> {
        let Written { body, tag } = Written::of(resource)?;
        Ok(Self {
            location: (status == StatusCode::CREATED).then(|| resource.location()),
            etag: Some(tag.to_string()),
            body,
            status,
        })
    }

    /// The answer to a change that needs no idempotency key (`PATCH` has its `If-Match`).
    pub(crate) fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/json");
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = value {
                response.insert_header((name, value));
            }
        }
        response.body(self.body)
    }
}

/// Who acts, and whose the keys are.
pub(crate) trait Actor: Clone + Send + Sync + Sized + 'static {
    /// Finds out who sent a request, and whether they may send it.
    async fn identify(request: &HttpRequest) -> Result<Self, Problem>;

    /// What they may see.
    fn scope(&self) -> Scope;

    /// As whom their requests wait for their turn.
    fn waits_as(&self) -> String;

    /// To whom keys belong: nobody can use up, or look into, the keys of another. `fingerprint` is of what is asked.
    fn owner(&self, registry: &Registry, fingerprint: &str) -> Id<kind::User>;
}

impl Actor for Caller {
    async fn identify(request: &HttpRequest) -> Result<Self, Problem> {
        authenticate(request).await
    }

    fn scope(&self) -> Scope {
        self.scope
    }

    fn waits_as(&self) -> String {
        self.user_id.to_string()
    }

    fn owner(&self, _: &Registry, _: &str) -> Id<kind::User> {
        self.user_id
    }
}

/// The public: whoever shows no token. Strangers cannot be told apart, so a key of theirs is good for one request alone: that
/// of the same content from the same address. What somebody else sends by the same key is another act.
#[derive(Debug, Clone)]
pub(crate) struct Public {
    pub(crate) request_id: Option<String>,
    address: String,
}

impl Actor for Public {
    async fn identify(request: &HttpRequest) -> Result<Self, Problem> {
        limits::admit_public(request)?;
        Ok(Self { request_id: request_id(request), address: limits::address(request) })
    }

    /// Whoever asks for what is public sees it everywhere.
    fn scope(&self) -> Scope {
        Scope::WHOLE
    }

    fn waits_as(&self) -> String {
        self.address.clone()
    }

    /// A digest by the registry's own key, so that nobody finds an address by it.
    fn owner(&self, registry: &Registry, fingerprint: &str) -> Id<kind::User> {
        let digest = registry.keys.vault.digest(&format!("stranger {} {fingerprint}", self.address));
        let half = digest.get(..32).and_then(|it| uuid::Uuid::try_parse(it).ok());
        half.unwrap_or_default().into()
    }
}

/// A POST that acts: who asks, for what, by which key, and whether in earnest. `Content` is the parsed body.
pub(crate) struct Acting<Content, Who = Caller> {
    registry: web::Data<Registry>,
    running: web::Data<RunningActs>,
    caller: Who,
    content: Content,
    /// The room that the content takes up, for as long as anything works on it.
    room: Option<Room>,
    turn: Option<Arc<Turn>>,
    key: String,
    fingerprint: String,
    dry_run: bool,
}

impl<T: Wire, Who: Actor> FromRequest for Acting<T, Who> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Acting::<(), Who>::begin(&request).await?.with_json(&request, payload).await })
    }
}

impl<Who: Actor> Acting<(), Who> {
    /// What is known before the body is read: that the caller is permitted, and the key.
    pub(crate) async fn begin(request: &HttpRequest) -> Result<Self, Problem> {
        let (registry, running) = (registry(request)?, part(request)?);
        let caller = Who::identify(request).await?;
        let key = match request.headers().get("idempotency-key") {
            None => return Err(Problem::new(Code::IdempotencyKeyRequired)),
            Some(key) => key
                .to_str()
                .ok()
                .filter(|it| (1..=128).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic()))
                .ok_or_else(|| {
                    let wanted = "1 to 128 visible ASCII characters".to_owned();
                    Fault::at("/Idempotency-Key", Reason::WrongForm { wanted })
                })?
                .to_owned(),
        };
        let DryRun { dry_run } = parse_query(request)?;
        Ok(Self {
            registry,
            running,
            caller,
            content: (),
            room: None,
            turn: None,
            key,
            fingerprint: String::new(),
            dry_run,
        })
    }

    /// The same act with its body of JSON.
    async fn with_json<T: Wire>(
        mut self,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Acting<T, Who>, Problem> {
        is_json(request)?;
        let Body { bytes, room } = read(request, payload, BodyKind::Json).await?;
        let content = parsed(request, &bytes).await?;
        let fingerprint = self.fingerprint(request, &[&bytes]);
        self.wait_for_turn(request).await?;
        Ok(self.about(content, room, fingerprint))
    }

    /// What the key is used for: method, path, and the parts of the content.
    pub(crate) fn fingerprint(&self, request: &HttpRequest, content: &[&[u8]]) -> String {
        let mut context = Context::new(&SHA256);
        for part in [request.method().as_str().as_bytes(), request.path().as_bytes()].iter().chain(content) {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        hex::encode(context.finish())
    }

    /// Waits for the turn of whoever acts; once the body was read.
    pub(crate) async fn wait_for_turn(&mut self, request: &HttpRequest) -> Result<(), Problem> {
        self.turn = Some(turns::wait(request, &self.caller.waits_as()).await?);
        Ok(())
    }

    /// The same act with its parsed body.
    pub(crate) fn about<T>(self, content: T, room: Room, fingerprint: String) -> Acting<T, Who> {
        Acting {
            registry: self.registry,
            running: self.running,
            caller: self.caller,
            key: self.key,
            dry_run: self.dry_run,
            fingerprint,
            content,
            room: Some(room),
            turn: self.turn,
        }
    }
}

/// Why a command did not run to its end: it was refused, or had run before.
enum Stopped {
    Refused(Problem),
    Replayed(Box<Answer>),
}

impl From<StorageError> for Stopped {
    fn from(error: StorageError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl Failure for Stopped {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Refused(problem) => problem.storage(),
            Self::Replayed(_) => None,
        }
    }
}

impl<T, Who> Acting<T, Who> {
    /// The shared state.
    pub(crate) const fn registry(&self) -> &web::Data<Registry> {
        &self.registry
    }

    /// Whether nothing of it is kept.
    pub(crate) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }
}

impl<T: Send + Sync + 'static, Who: Actor> Acting<T, Who> {
    /// The parsed body.
    pub(crate) const fn content(&self) -> &T {
        &self.content
    }

    /// Runs the command: in earnest, as a rehearsal, or not again.
    pub(crate) async fn perform<F>(self, command: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Write<'_>, &Registry, &Who, &T) -> Result<Done, Problem> + Send + 'static,
    {
        let Self { registry, running, caller, content, room, turn, key, fingerprint, dry_run } = self;
        let in_use = || Problem::new(Code::IdempotencyKeyInUse).header(header::RETRY_AFTER, "1");
        let patience = registry.settings.timeout / 2;
        let owner = caller.owner(&registry, &fingerprint);
        let running = running.begin(owner, &key, patience).await.ok_or_else(in_use)?;
        let inside = web::Data::clone(&registry);
        // The work has the key, its room and its turn for as long as it runs, whatever becomes of the request. One that is given up
        // has none of them: whoever sends it again is not kept waiting by it.
        let storage = registry.storage.keeping(Arc::new((running, room, turn)));
        let run = move |unit: &mut Write<'_>| -> Result<Done, Stopped> {
            if !claim_key(unit, owner, &key, patience)? {
                return Err(in_use().into());
            }
            if let Some(answer) = kept_answer(unit, owner, &key)? {
                return Err(if answer.fingerprint == fingerprint {
                    Stopped::Replayed(Box::new(answer))
                } else {
                    Problem::new(Code::IdempotencyKeyReused).into()
                });
            }
            let done = command(unit, &inside, &caller, &content)?;
            let answer = Answer {
                user_id: owner,
                idempotency_key: key.clone(),
                fingerprint: fingerprint.clone(),
                status: done.status.as_u16().into(),
                location: done.location.clone(),
                etag: done.etag.clone(),
                body: done.body.clone(),
                answered_at: unit.timestamp(),
            };
            keep_answer(unit, &answer)?;
            Ok(done)
        };
        let outcome = if dry_run { storage.rehearse(run).await } else { storage.write(run).await };
        let mut response = match outcome {
            Ok(done) => done.respond(),
            Err(Stopped::Refused(problem)) => return Err(problem),
            Err(Stopped::Replayed(answer)) => {
                let status = u16::try_from(answer.status).ok().and_then(|it| StatusCode::from_u16(it).ok());
                let done = Done {
                    status: status.ok_or_else(|| Problem::internal("a kept answer has no status"))?,
                    location: answer.location,
                    etag: answer.etag,
                    body: answer.body,
                };
                let mut response = done.respond();
                response.headers_mut().insert(REPLAYED, header::HeaderValue::from_static("true"));
                response
            }
        };
        if dry_run {
            response.headers_mut().insert(DRY_RUN, header::HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// The version that a change is made to, so that nobody overwrites what they have not seen.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only documents a header, which `Changing` reads")]
pub(crate) struct IfMatch {
    /// The `ETag` of the version that you read, or several of them of which one must be the current one, separated by commas. `*`
    /// names none, and is refused.
    #[param(rename = "If-Match", example = "\"1\"")]
    if_match: String,
}

/// A POST that acts on a resource as the caller saw it: a change of it that is also kept for retries.
pub(crate) struct Correcting<Content> {
    act: Acting<Content>,
    seen: Seen,
}

impl<T: Wire> FromRequest for Correcting<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let act = Acting::<(), Caller>::begin(&request).await?;
            let seen = seen(&request)?;
            Ok(Self { act: act.with_json(&request, payload).await?, seen })
        })
    }
}

impl<T: Send + Sync + 'static> Correcting<T> {
    /// Runs the command on the version that the caller saw: in earnest, as a rehearsal, or not again.
    pub(crate) async fn perform<F>(self, command: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Write<'_>, &Caller, &Seen, &T) -> Result<Done, Problem> + Send + 'static,
    {
        let Self { act, seen } = self;
        act.perform(move |unit, _, caller, asked| command(unit, caller, &seen, asked)).await
    }
}

/// A PATCH: who asks, for what, of which version.
pub(crate) struct Changing<Content> {
    registry: web::Data<Registry>,
    caller: Caller,
    seen: Seen,
    content: Content,
    dry_run: bool,
    room: Room,
    turn: Arc<Turn>,
}

impl<T: Wire> FromRequest for Changing<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let registry = registry(&request)?;
            let caller = authenticate(&request).await?;
            let seen = seen(&request)?;
            let DryRun { dry_run } = parse_query(&request)?;
            is_json(&request)?;
            let Body { bytes, room } = read(&request, payload, BodyKind::Json).await?;
            let content = parsed(&request, &bytes).await?;
            let turn = turns::wait(&request, &caller.waits_as()).await?;
            Ok(Self { registry, caller, seen, content, dry_run, room, turn })
        })
    }
}

impl<T: Send + Sync + 'static> Changing<T> {
    /// Runs the command on the version that the caller saw: in earnest, or as a rehearsal.
    pub(crate) async fn perform<F>(self, command: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Write<'_>, &Caller, &Seen, &T) -> Result<Done, Problem> + Send + 'static,
    {
        let Self { registry, caller, seen, content, dry_run, room, turn } = self;
        let storage = registry.storage.keeping(Arc::new((room, turn)));
        let run = move |unit: &mut Write<'_>| command(unit, &caller, &seen, &content);
        if !dry_run {
            return Ok(storage.write(run).await?.respond());
        }
        let mut response = storage.rehearse(run).await?.respond();
        response.headers_mut().insert(DRY_RUN, header::HeaderValue::from_static("true"));
        Ok(response)
    }

    /// The parsed body.
    pub(crate) const fn content(&self) -> &T {
        &self.content
    }

    /// The shared state.
    pub(crate) const fn registry(&self) -> &web::Data<Registry> {
        &self.registry
    }
}
