//! Lists: a list is its filters, the key of its items, and its query.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    http::shell::{
        act::Actor,
        ask::{NoQuery, id_in, reader, settled},
        paging::{Page, PageQuery},
        parameters::parse_query_and,
        problem::Problem,
        registry::{Registry, registry},
        scope::confined,
        turns,
    },
    identity::Caller,
    journal::Known,
    storage::{Read, Reader},
    values::{Id, RegionCode, Scope},
};

/// By what a list can be narrowed: the parameters of its query beside `limit` and `cursor`.
pub(crate) trait Filters: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The region to which the caller's scope is confined.
    fn region(&self) -> Option<RegionCode> {
        None
    }

    /// The instant as known at which the items are wanted.
    fn known_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

impl Filters for NoQuery {}

/// Items of a list that may end before the page is full.
pub(crate) struct Portion<Found> {
    pub(crate) items: Vec<Found>,
    /// Whether more follow.
    pub(crate) more: bool,
}

/// A GET of a list: who asks, for which items, for which page of them. Items are in the order of their keys, `After`.
pub(crate) struct Listing<Filtered, After, Who = Caller> {
    pub(crate) request: HttpRequest,
    registry: Data<Registry>,
    /// Runs the query: on a standby, if the operation declares that it may lag.
    reader: Reader,
    caller: Who,
    filters: Filtered,
    page: PageQuery,
    key: PhantomData<fn(After)>,
}

/// What the query of a list is given.
pub(crate) struct Wanted<Filtered, After> {
    pub(crate) filters: Filtered,
    /// The caller's scope, confined to the region of the filters.
    pub(crate) scope: Scope,
    /// As known when.
    pub(crate) known: Known,
    /// Items after this key.
    pub(crate) after: Option<After>,
    /// How many at most.
    pub(crate) limit: i64,
}

impl<Filtered: Filters, After: 'static, Who: Actor> FromRequest for Listing<Filtered, After, Who> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let registry = registry(&request)?;
            let caller = Who::identify(&request).await?;
            let (filters, page) = parse_query_and(&request, PageQuery::NAMES)?;
            let turn = turns::wait(&request, &caller.waits_as()).await?;
            let reader = reader(&request, &registry, turn)?;
            Ok(Self { request, registry, reader, caller, filters, page, key: PhantomData })
        })
    }
}

impl<Filtered, After, Who> Listing<Filtered, After, Who>
where
    Filtered: Filters,
    After: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Who: Actor,
{
    /// The identifier at a place of the path. What is no identifier is not found.
    pub(crate) fn id<Kind>(&self, name: &str) -> Result<Id<Kind>, Problem> {
        id_in(&self.request, name)
    }

    /// Answers with a page of what one statement finds.
    pub(crate) async fn answer<Found, Refused, Item>(
        self,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<Vec<Found>, Refused>
        + Send
        + Sync
        + 'static,
        key: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem>
    where
        Found: Send + 'static,
        Problem: From<Refused>,
        Item: Serialize,
    {
        self.answered(false, find, key, render).await
    }

    /// Answers with a page of what several statements find, which all see the same moment.
    pub(crate) async fn answer_whole<Found, Refused, Item>(
        self,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<Vec<Found>, Refused>
        + Send
        + Sync
        + 'static,
        key: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem>
    where
        Found: Send + 'static,
        Problem: From<Refused>,
        Item: Serialize,
    {
        self.answered(true, find, key, render).await
    }

    /// Answers with a page that is full when its items say much, however few they are; what is found is not one more than
    /// the page holds, but says itself whether more follow.
    pub(crate) async fn answer_portion<Found, Refused, Item>(
        self,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<Portion<Found>, Refused>
        + Send
        + Sync
        + 'static,
        key: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem>
    where
        Found: Send + 'static,
        Problem: From<Refused>,
        Item: Serialize,
    {
        let (request, page, Portion { items, more }) = self.found(true, Page::limit, find).await?;
        page.answer_portion(&request, items, more, key, render)
    }

    /// Answers with a page of what several statements find, and with what they find beside it, in a form of its own.
    pub(crate) async fn answer_beside<Beside, Found, Refused, Body>(
        self,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<(Beside, Vec<Found>), Refused>
        + Send
        + Sync
        + 'static,
        key: impl Fn(&Found) -> After,
        render: impl FnOnce(Beside, Vec<Found>, Option<String>) -> Body,
    ) -> Result<HttpResponse, Problem>
    where
        Beside: Send + 'static,
        Found: Send + 'static,
        Problem: From<Refused>,
        Body: Serialize,
    {
        let (request, page, (beside, found)) = self.found(true, Page::look_for, find).await?;
        page.answer_as(&request, found, key, |found, next_cursor| render(beside, found, next_cursor))
    }

    async fn answered<Found, Refused, Item>(
        self,
        whole: bool,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<Vec<Found>, Refused>
        + Send
        + Sync
        + 'static,
        key: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem>
    where
        Found: Send + 'static,
        Problem: From<Refused>,
        Item: Serialize,
    {
        let (request, page, found) = self.found(whole, Page::look_for, find).await?;
        page.answer(&request, found, key, render)
    }

    /// What is found for a page.
    async fn found<Found, Refused>(
        self,
        whole: bool,
        limit: fn(&Page) -> i64,
        find: impl Fn(&mut Read<'_>, &Who, Wanted<Filtered, After>) -> Result<Found, Refused>
        + Send
        + Sync
        + 'static,
    ) -> Result<(HttpRequest, Page, Found), Problem>
    where
        Found: Send + 'static,
        Problem: From<Refused>,
    {
        let Self { request, registry, reader, caller, filters, page, .. } = self;
        let (page, after) = Page::asked(request.path(), &filters, page)?;
        let (scope, limit) = (confined(&caller.scope(), filters.region())?, limit(&page));
        let known_at = filters.known_at();
        settled(&registry, known_at).await?;
        let look = move |unit: &mut Read<'_>| {
            let known = Known::at(unit, known_at)?;
            let (filters, after) = (filters.clone(), after.clone());
            Ok::<_, Problem>(find(unit, &caller, Wanted { filters, scope, known, after, limit })?)
        };
        let reader = reader.of_what_was_known(known_at.is_some());
        let found = if whole || known_at.is_some() {
            reader.snapshot(look).await?
        } else {
            reader.read(look).await?
        };
        Ok((request, page, found))
    }
}
