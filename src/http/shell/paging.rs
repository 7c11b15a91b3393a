//! Pages of lists: after a cursor (keyset pagination), with a `Link` to the next one (RFC 8288).

use actix_web::{HttpRequest, HttpResponse, http::header::LINK};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::shell::problem::Problem,
    values::{Faults, Reason},
};

/// The default number of items on a page.
pub(crate) const PAGE: i64 = 50;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The names of the parameters.
    pub(crate) const NAMES: &'static [&'static str] = &["limit", "cursor"];
}

/// Where a list goes on: which list it was, of what filters, and the last item that was seen.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor<After> {
    list: String,
    filters: String,
    after: After,
}

/// A page that is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    list: String,
    filters: String,
    limit: i64,
}

impl Page {
    /// Reads limit and cursor: the page, and the key after which it begins. A list is known by its address; a cursor of
    /// another list, or of other filters, is refused.
    pub(crate) fn asked<After: DeserializeOwned>(
        list: &str,
        filters: &impl Serialize,
        query: PageQuery,
    ) -> Result<(Self, Option<After>), Problem> {
        let filters = serde_json::to_vec(filters).map_err(Problem::internal)?;
        let filters = hex::encode(digest(&SHA256, &filters)).chars().take(16).collect::<String>();
        let refuse = || {
            let wanted = "the next_cursor of this very list".to_owned();
            Problem::from(Faults::one("/cursor", Reason::WrongForm { wanted }))
        };
        let after = match query.cursor {
            None => None,
            Some(text) => {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refuse())?;
                let cursor: Cursor<After> = serde_json::from_slice(&bytes).map_err(|_| refuse())?;
                if cursor.list != list || cursor.filters != filters {
                    return Err(refuse());
                }
                Some(cursor.after)
            }
        };
        Ok((Self { list: list.to_owned(), filters, limit: query.limit.unwrap_or(PAGE) }, after))
    }

    /// How many items to look for: one more than the page holds, which tells whether another page follows.
    pub(crate) const fn look_for(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// How many items the page holds at most.
    pub(crate) const fn limit(&self) -> i64 {
        self.limit
    }

    /// The answer: at most a page of what was found, and the way to the next.
    pub(crate) fn answer<Found, After: Serialize, Item: Serialize>(
        self,
        request: &HttpRequest,
        found: Vec<Found>,
        after: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem> {
        self.answer_as(request, found, after, |found, next_cursor| ListResponse {
            items: found.into_iter().map(render).collect::<Vec<_>>(),
            next_cursor,
        })
    }

    /// The same in another form than a list's: of what is on the page, and of the cursor of the next.
    pub(crate) fn answer_as<Found, After: Serialize, Body: Serialize>(
        self,
        request: &HttpRequest,
        mut found: Vec<Found>,
        after: impl Fn(&Found) -> After,
        render: impl FnOnce(Vec<Found>, Option<String>) -> Body,
    ) -> Result<HttpResponse, Problem> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        self.answer_so_far(request, found, more, after, render)
    }

    /// The answer: what was found, and the way to the next page where more follow.
    pub(crate) fn answer_portion<Found, After: Serialize, Item: Serialize>(
        self,
        request: &HttpRequest,
        found: Vec<Found>,
        more: bool,
        after: impl Fn(&Found) -> After,
        render: impl Fn(Found) -> Item,
    ) -> Result<HttpResponse, Problem> {
        self.answer_so_far(request, found, more, after, |found, next_cursor| ListResponse {
            items: found.into_iter().map(render).collect::<Vec<_>>(),
            next_cursor,
        })
    }

    fn answer_so_far<Found, After: Serialize, Body: Serialize>(
        self,
        request: &HttpRequest,
        found: Vec<Found>,
        more: bool,
        after: impl Fn(&Found) -> After,
        render: impl FnOnce(Vec<Found>, Option<String>) -> Body,
    ) -> Result<HttpResponse, Problem> {
        let next_cursor = match found.last().filter(|_| more) {
            None => None,
            Some(last) => {
                let cursor = Cursor { list: self.list, filters: self.filters, after: after(last) };
                Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).map_err(Problem::internal)?))
            }
        };
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &next_cursor {
            response.insert_header((LINK, format!("<{}>; rel=\"next\"", next(request, cursor))));
        }
        Ok(response.json(render(found, next_cursor)))
    }
}

/// The same address with another cursor.
fn next(request: &HttpRequest, cursor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    format!("{}?{}", request.path(), query.finish())
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListResponse<Item> {
    /// The items of this page, in a fixed order.
    pub(crate) items: Vec<Item>,
    /// What to give as `cursor` for the next page; null on the last.
    #[schema(required, example = "eyJsaXN0IjoicGFydGllcyJ9")]
    pub(crate) next_cursor: Option<String>,
}
