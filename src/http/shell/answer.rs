//! Answers: a resource with its place and version, and the tags by which clients see that it changed.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, EntityTag, Header, HeaderName, IfMatch, IfNoneMatch},
};
use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

use crate::{
    http::shell::problem::{Code, Problem},
    values::{Id, Seen, id::kind},
};

/// Where in the journal a resource changed last.
pub(crate) const JOURNAL_INDEX: HeaderName = HeaderName::from_static("journal-index");

/// Something with an address of its own.
pub(crate) trait Resource: Serialize {
    /// The path of the resource.
    fn location(&self) -> String;

    /// The version from which its `ETag` is made; none where it is made from the content.
    fn version(&self) -> Option<i64>;

    /// By which the journal knows it; none for what is computed from other things.
    fn subject(&self) -> Option<Id<kind::Subject>>;

    /// Whether a part of the answer follows from other things, so that equal versions need not have equal content: then its
    /// `ETag` is made from the version and from the content.
    fn follows_others(&self) -> bool {
        false
    }
}

/// A resource as it is answered: its JSON, and the tag by which a change of it is seen.
pub(crate) struct Written {
    pub(crate) body: String,
    pub(crate) tag: EntityTag,
}

impl Written {
    pub(crate) fn of(resource: &impl Resource) -> Result<Self, Problem> {
        let body = serde_json::to_string(resource).map_err(Problem::internal)?;
        let of_content = || hex::encode(digest(&SHA256, body.as_bytes()));
        let tag = match resource.version() {
            Some(version) if resource.follows_others() => format!("{version}-{}", of_content()),
            Some(version) => version.to_string(),
            None => of_content(),
        };
        // Strong, since equal tags have equal content.
        let tag = EntityTag::new_strong(tag);
        Ok(Self { body, tag })
    }
}

/// A resource that was asked for: with its `ETag` and `Journal-Index`, or 304 where the caller has this version already.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    pub(crate) resource: T,
    /// The index of the entry that last changed it.
    pub(crate) journal_index: Option<i64>,
}

impl<T: Resource> Responder for Fetched<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Written { body, tag } = match Written::of(&self.resource) {
            Ok(written) => written,
            Err(problem) => return HttpResponse::from_error(problem),
        };
        let known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|it| it.weak_eq(&tag)),
            _ => false,
        };
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header(header::ETag(tag));
        if let Some(index) = self.journal_index {
            answer.insert_header((JOURNAL_INDEX, index.to_string()));
        }
        if known { answer.finish() } else { answer.content_type("application/json").body(body) }
    }
}

/// The versions that the caller saw, by `If-Match` (RFC 9110, section 13.1.1): what a change must name. A weak tag matches
/// none, and neither does what is no tag of a version.
pub(crate) fn seen(request: &HttpRequest) -> Result<Seen, Problem> {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Err(Problem::new(Code::PreconditionRequired));
    }
    if names_star(request) {
        // `*` would mean "whatever it is by now", which is just what If-Match is asked for to prevent.
        return Err(Problem::new(Code::PreconditionFailed).saying(
            "修改记录须写明所读的版本，不接受 `If-Match: *`；请先读取，再将响应中的 `ETag` 原样写入，例如 `\"3\"`。",
            "A change names the version that it was made from, and * names none. Read the resource, and send its ETag, such as \"3\".",
        ));
    }
    match IfMatch::parse(request) {
        Ok(IfMatch::Items(tags)) => {
            let strong = tags.iter().filter(|it| !it.weak);
            let versions: Vec<_> = strong.filter_map(|it| version_of(it.tag())).collect();
            // Whoever names no version has read none, so it is no news that there is another one.
            if versions.is_empty() { Err(no_version(request)) } else { Ok(Seen::one_of(versions)) }
        }
        Ok(IfMatch::Any) | Err(_) => Err(no_version(request)),
    }
}

/// What a request says in `If-Match`.
fn if_match(request: &HttpRequest) -> impl Iterator<Item = &[u8]> {
    request.headers().get_all(header::IF_MATCH).map(header::HeaderValue::as_bytes)
}

/// Whether `*` stands in `If-Match`, alone or in a list.
fn names_star(request: &HttpRequest) -> bool {
    if_match(request).any(|it| it.split(|it| *it == b',').any(|it| it.trim_ascii() == b"*"))
}

/// What `If-Match` says is the tag of no version: reading again would not help.
fn no_version(request: &HttpRequest) -> Problem {
    let is_weak = if_match(request).any(|it| it.windows(2).any(|it| it == b"W/"));
    let problem = Problem::new(Code::PreconditionFailed);
    if is_weak {
        return problem.saying(
            "`If-Match` 请求头不得使用弱标签（以 `W/` 开头）；中间的代理压缩响应时会改成弱标签，请去掉 `W/`，只写引号及其中的内容，例如 `\"3\"`。",
            "If-Match must not name a weak tag. Proxies that compress make W/\"3\" of the tag \"3\": leave the W/ out, and send \
             the rest.",
        );
    }
    problem.saying(
        "`If-Match` 请求头的写法不对；请将读取时响应中的 `ETag` 连同双引号原样写入，例如 `\"3\"`。",
        "If-Match is no tag of a version; send the ETag as it was read, with its quotes, such as \"3\".",
    )
}

/// The version whose tag this is, as [`Written::of`] writes it. What follows from other things may have changed meanwhile: it
/// is not what a change is made to.
fn version_of(tag: &str) -> Option<i64> {
    let version = match tag.split_once('-') {
        Some((version, of_content)) if of_content.len() == 64 => version,
        _ => tag,
    };
    version.parse().ok().filter(|it: &i64| it.to_string() == version)
}
