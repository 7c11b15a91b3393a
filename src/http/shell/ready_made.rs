//! Answers that are the same for everybody until the server is replaced: tagged, and compressed once, not for each request.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, EntityTag, Header as _, IfNoneMatch, VARY,
        },
    },
    web::Bytes,
};
use aws_lc_rs::digest::{SHA256, digest};
use flate2::{Compression, read::GzEncoder};
use tokio::sync::OnceCell;

use crate::http::shell::{pieces::in_pieces, problem::Problem};

/// An answer.
#[derive(Debug)]
pub(crate) struct ReadyMade {
    media_type: String,
    caching: &'static str,
    plain: Variant,
    compressed: OnceCell<Variant>,
}

/// It in one encoding. Each has a tag of its own.
#[derive(Debug, Clone)]
struct Variant {
    bytes: Bytes,
    tag: EntityTag,
}

impl Variant {
    fn of(bytes: Bytes) -> Self {
        let hash = hex::encode(digest(&SHA256, &bytes));
        Self { tag: EntityTag::new_strong(hash.chars().take(32).collect()), bytes }
    }
}

impl ReadyMade {
    /// An answer of these bytes.
    pub(crate) fn of(media_type: impl Into<String>, caching: &'static str, bytes: Bytes) -> Arc<Self> {
        let media_type = media_type.into();
        Arc::new(Self { media_type, caching, plain: Variant::of(bytes), compressed: OnceCell::new() })
    }

    /// It in the encoding that a request takes; 304 where it has it already.
    pub(crate) async fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let is_compressed = takes_gzip(request);
        let variant = if is_compressed { self.compressed().await? } else { self.plain.clone() };
        let is_known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|it| it.weak_eq(&variant.tag)),
            Err(_) => false,
        };
        let mut answer =
            HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        answer
            .insert_header((ETAG, variant.tag.to_string()))
            .insert_header((CACHE_CONTROL, self.caching))
            .insert_header((VARY, "accept-encoding"));
        if is_known {
            return Ok(answer.finish());
        }
        if is_compressed || request.headers().contains_key(ACCEPT_ENCODING) {
            // Said of the plain variant as well, so that nobody compresses it for this request alone.
            answer.insert_header((CONTENT_ENCODING, if is_compressed { "gzip" } else { "identity" }));
        }
        Ok(answer.content_type(self.media_type.as_str()).body(in_pieces(variant.bytes, ())))
    }

    /// It compressed. However many ask for it at once, it is compressed once.
    async fn compressed(&self) -> Result<Variant, Problem> {
        let compress = async || {
            let bytes = self.plain.bytes.clone();
            let compressing = tokio::task::spawn_blocking(move || {
                let mut compressed = Vec::new();
                let mut encoder = GzEncoder::new(bytes.as_ref(), Compression::default());
                std::io::copy(&mut encoder, &mut compressed).map(|_| Variant::of(compressed.into()))
            });
            compressing.await.map_err(Problem::internal)?.map_err(Problem::internal)
        };
        self.compressed.get_or_try_init(compress).await.cloned()
    }
}

/// Whether whoever sent a request takes gzip.
fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(ACCEPT_ENCODING).filter_map(|it| it.to_str().ok());
    accepted.flat_map(|it| it.split(',')).any(|it| {
        let (name, quality) = it.split_once(';').unwrap_or((it, ""));
        let is_refused = quality.trim().strip_prefix("q=").is_some_and(|it| it.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header, test::TestRequest};

    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (accepted, wanted) in [
            ("gzip", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("GZIP", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT_ENCODING, accepted));
            assert_eq!(takes_gzip(&request.to_http_request()), wanted, "{accepted}");
        }
    }
}
