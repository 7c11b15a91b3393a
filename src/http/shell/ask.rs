//! Requests that ask and change nothing: readings, and POSTs that only compute.
//!
//! The caller is identified before anything else is examined, so that errors reveal nothing to those without permission.

use std::sync::Arc;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use chrono::{DateTime, Utc};
use futures_util::{TryStreamExt as _, future::LocalBoxFuture};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    http::shell::{
        act::Actor as _,
        answer::{Fetched, Resource},
        authentication::authenticate,
        body::{Body, Wire, is_json, parsed, read},
        last_changes::LastChanges,
        limits,
        operations::{Operations, method_not_allowed},
        parameters::parse_query,
        problem::{Code, Problem},
        registry::{Registry, part, registry},
        room::{BodyKind, Room},
        route::route,
        turns::{self, Turn},
    },
    identity::Caller,
    journal::{self, Known},
    storage::{Outlet, Read, Reader},
    values::{Fault, Id, Reason},
};

/// A GET: who asks, with what parameters.
pub(crate) struct Reading<Query = NoQuery> {
    pub(crate) registry: web::Data<Registry>,
    /// Runs what is asked: on a standby, if the operation declares that it may lag.
    pub(crate) reader: Reader,
    pub(crate) caller: Caller,
    pub(crate) query: Query,
    pub(crate) request: HttpRequest,
}

/// No parameters: any that is given is refused.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// As known when.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownQuery {
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    pub(crate) known_at: Option<DateTime<Utc>>,
}

/// Seals the journal up to an instant, so that what was known at it no longer changes.
pub(crate) async fn settled(registry: &Registry, known_at: Option<DateTime<Utc>>) -> Result<(), Problem> {
    let Some(instant) = known_at else { return Ok(()) };
    if instant > registry.storage.clock().now() {
        return Err(Fault::at("/known_at", Reason::InFuture).into());
    }
    Ok(journal::settle(&registry.storage, instant).await?)
}

/// Runs what an operation asks for in its turn: on a standby, if it declares that it may lag.
pub(crate) fn reader(request: &HttpRequest, registry: &Registry, turn: Arc<Turn>) -> Result<Reader, Problem> {
    let operations = part::<Operations>(request)?;
    let may_lag = operations.may_lag(request.method().as_str(), &route(request));
    Ok(registry.storage.keeping(turn).reader(may_lag))
}

impl<Query: DeserializeOwned + 'static> FromRequest for Reading<Query> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let registry = registry(&request)?;
            let caller = authenticate(&request).await?;
            let query = parse_query(&request)?;
            let turn = turns::wait(&request, &caller.waits_as()).await?;
            let reader = reader(&request, &registry, turn)?;
            Ok(Self { registry, reader, caller, query, request })
        })
    }
}

impl<Query> Reading<Query> {
    /// The identifier at a place of the path. What is no identifier is not found.
    pub(crate) fn id<Kind>(&self, name: &str) -> Result<Id<Kind>, Problem> {
        id_in(&self.request, name)
    }
}

/// A resource with its place in the journal.
fn fetched<T: Resource>(
    unit: &mut Read<'_>,
    changes: &LastChanges,
    resource: T,
    known: Known,
) -> Result<Fetched<T>, Problem> {
    let journal_index = changes.of(unit, &resource, known)?;
    Ok(Fetched { resource, journal_index })
}

impl<Query: Send + Sync + 'static> Reading<Query> {
    /// Answers with one resource, found by one statement.
    ///
    /// Where its last change must be asked for as well, both are asked for in one snapshot: a resource as it was before a
    /// change must not be told to have changed by it.
    pub(crate) async fn fetch<T, F>(self, query: F) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &Query) -> Result<T, Problem> + Send + Sync + 'static,
    {
        let Self { reader, caller, query: asked, request, .. } = self;
        let changes = part::<LastChanges>(&request)?;
        let find = Arc::new(move |unit: &mut Read<'_>| query(unit, &caller, &asked));
        let (alone, remembered) = (Arc::clone(&find), changes.clone());
        let found = reader.read(move |unit| {
            let resource = alone(unit)?;
            let index = remembered.remembered(&resource);
            Ok::<_, Problem>(index.map(|journal_index| Fetched { resource, journal_index }))
        });
        if let Some(fetched) = found.await? {
            return Ok(fetched);
        }
        reader
            .glance(move |unit| {
                let found = find(unit)?;
                fetched(unit, &changes, found, Known::Now)
            })
            .await
    }

    /// Answers with one resource as it was known at an instant, if one is given.
    pub(crate) async fn fetch_known<T, F>(
        self,
        known_at: Option<DateTime<Utc>>,
        query: F,
    ) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, Known) -> Result<T, Problem> + Send + Sync + 'static,
    {
        if known_at.is_none() {
            return self.fetch(move |unit, caller, _| query(unit, caller, Known::Now)).await;
        }
        settled(&self.registry, known_at).await?;
        self.glanced(known_at, move |unit, caller, known, _| query(unit, caller, known)).await
    }

    /// Answers with something about one thing, as it was known at an instant, if one is given.
    pub(crate) async fn compute_known<T, F>(
        self,
        known_at: Option<DateTime<Utc>>,
        query: F,
    ) -> Result<HttpResponse, Problem>
    where
        T: serde::Serialize + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, Known, &Query) -> Result<T, Problem> + Send + Sync + 'static,
    {
        settled(&self.registry, known_at).await?;
        let Self { reader, caller, query: asked, .. } = self;
        let answer = reader
            .of_what_was_known(known_at.is_some())
            .glance(move |unit| {
                let known = Known::at(unit, known_at)?;
                query(unit, &caller, known, &asked)
            })
            .await?;
        Ok(HttpResponse::Ok().json(answer))
    }

    /// Answers with one resource that takes several statements, which all see the same moment.
    pub(crate) async fn fetch_whole<T, F>(self, query: F) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &Query) -> Result<T, Problem> + Send + Sync + 'static,
    {
        self.glanced(None, move |unit, caller, _, asked| query(unit, caller, asked)).await
    }

    /// The same, as it was known at an instant, if one is given.
    pub(crate) async fn fetch_whole_known<T, F>(
        self,
        known_at: Option<DateTime<Utc>>,
        query: F,
    ) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, Known) -> Result<T, Problem> + Send + Sync + 'static,
    {
        settled(&self.registry, known_at).await?;
        self.glanced(known_at, move |unit, caller, known, _| query(unit, caller, known)).await
    }

    async fn glanced<T, F>(self, known_at: Option<DateTime<Utc>>, query: F) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, Known, &Query) -> Result<T, Problem> + Send + Sync + 'static,
    {
        let Self { reader, caller, query: asked, request, .. } = self;
        let changes = part::<LastChanges>(&request)?;
        reader
            .of_what_was_known(known_at.is_some())
            .glance(move |unit| {
                let known = Known::at(unit, known_at)?;
                let found = query(unit, &caller, known, &asked)?;
                fetched(unit, &changes, found, known)
            })
            .await
    }

    /// Answers with something that takes several statements, which all see the same moment.
    pub(crate) async fn compute<T, F>(self, query: F) -> Result<HttpResponse, Problem>
    where
        T: serde::Serialize + Send + 'static,
        F: Fn(&mut Read<'_>, &Caller, &Query) -> Result<T, Problem> + Send + Sync + 'static,
    {
        let Self { reader, caller, query: asked, .. } = self;
        let answer = reader.snapshot(move |unit| query(unit, &caller, &asked)).await?;
        Ok(HttpResponse::Ok().json(answer))
    }
}

impl<Query: Send + Sync + 'static> Reading<Query> {
    /// Answers line by line, each a JSON value (`application/x-ndjson`), while more is still looked for. What fails on the
    /// way cuts the answer short, so the last line should mark itself as the last.
    pub(crate) async fn stream<F>(self, query: F) -> Result<HttpResponse, Problem>
    where
        F: Fn(&mut Read<'_>, &Caller, &Query, &Outlet<web::Bytes>) -> Result<(), Problem>
            + Send
            + Sync
            + 'static,
    {
        let Self { reader, caller, query: asked, request, .. } = self;
        let turn = turns::kept(&request);
        let pieces = reader.stream(move |unit, outlet| query(unit, &caller, &asked, outlet)).await?;
        let pieces = pieces.inspect_err(move |failed| {
            let _held = &turn;
            Problem::log(failed);
        });
        Ok(HttpResponse::Ok().content_type(LINES).streaming(pieces))
    }
}

/// JSON values, one a line.
pub(crate) const LINES: &str = "application/x-ndjson";

/// Values as lines of JSON.
pub(crate) fn lines<T: serde::Serialize>(values: impl IntoIterator<Item = T>) -> Result<web::Bytes, Problem> {
    let mut bytes = Vec::new();
    for value in values {
        serde_json::to_writer(&mut bytes, &value).map_err(Problem::internal)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}

/// The identifier at a place of the path. What is no identifier is not found.
pub(crate) fn id_in<Kind>(request: &HttpRequest, name: &str) -> Result<Id<Kind>, Problem> {
    request.match_info().query(name).parse().map_err(|_| {
        let here = part::<Operations>(request).ok().and_then(|it| it.methods_at(request.path()));
        match here {
            // An address of its own, such as `/v1/transfers/check`, which only looks like an identifier to this method.
            Some(methods) if !methods.iter().any(|it| it == request.method().as_str()) => {
                method_not_allowed(&methods)
            }
            _ => Problem::new(Code::NotFound),
        }
    })
}

/// A POST that only computes: who asks, about what.
pub(crate) struct Asking<Content> {
    pub(crate) registry: web::Data<Registry>,
    pub(crate) caller: Caller,
    pub(crate) content: Content,
    /// The room that the content takes up.
    pub(crate) room: Room,
    turn: Arc<Turn>,
}

impl<T: Wire> FromRequest for Asking<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let registry = registry(&request)?;
            let caller = authenticate(&request).await?;
            let (content, room) = content(&request, payload).await?;
            let turn = turns::wait(&request, &caller.waits_as()).await?;
            Ok(Self { registry, caller, content, room, turn })
        })
    }
}

impl<T: Send + 'static> Asking<T> {
    /// Answers with what is computed, in a snapshot.
    pub(crate) async fn compute<A, F>(self, query: F) -> Result<HttpResponse, Problem>
    where
        A: serde::Serialize + Send + 'static,
        F: FnOnce(&mut Read<'_>, &Caller, &T) -> Result<A, Problem> + Send + 'static,
    {
        let Self { registry, caller, content, room, turn } = self;
        let storage = registry.storage.keeping(Arc::new((room, turn)));
        let answer = storage.snapshot(move |unit| query(unit, &caller, &content)).await?;
        Ok(HttpResponse::Ok().json(answer))
    }
}

/// A GET without a token, by the public.
pub(crate) struct PublicReading<Query> {
    pub(crate) registry: web::Data<Registry>,
    /// Runs what is asked, as for [`Reading`].
    pub(crate) reader: Reader,
    pub(crate) query: Query,
    pub(crate) request: HttpRequest,
}

impl<Query> PublicReading<Query> {
    /// Answers with one resource that takes several statements, which all see the same moment.
    pub(crate) async fn fetch_whole<T, F>(self, query: F) -> Result<Fetched<T>, Problem>
    where
        T: Resource + Send + 'static,
        F: Fn(&mut Read<'_>) -> Result<T, Problem> + Send + Sync + 'static,
    {
        let changes = part::<LastChanges>(&self.request)?;
        self.reader
            .glance(move |unit| {
                let found = query(unit)?;
                fetched(unit, &changes, found, Known::Now)
            })
            .await
    }
}

impl<Query: DeserializeOwned + 'static> FromRequest for PublicReading<Query> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let registry = registry(&request)?;
            limits::admit_public(&request)?;
            let query = parse_query(&request)?;
            let turn = turns::wait(&request, &limits::address(&request)).await?;
            let reader = reader(&request, &registry, turn)?;
            Ok(Self { registry, reader, query, request })
        })
    }
}

/// A POST without a token that only asks: a sign-in, or a check that anybody may make.
pub(crate) struct PublicAsking<Content> {
    pub(crate) registry: web::Data<Registry>,
    pub(crate) content: Content,
    pub(crate) request: HttpRequest,
    /// The room that the content takes up.
    _room: Room,
}

impl<T: Wire> FromRequest for PublicAsking<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let registry = registry(&request)?;
            limits::admit_public(&request)?;
            let (content, _room) = content(&request, payload).await?;
            Ok(Self { registry, content, request, _room })
        })
    }
}

async fn content<T: Wire>(request: &HttpRequest, payload: Payload) -> Result<(T, Room), Problem> {
    is_json(request)?;
    let Body { bytes, room } = read(request, payload, BodyKind::Json).await?;
    Ok((parsed(request, &bytes).await?, room))
}
