//! Which of several media types a request prefers (RFC 9110, section 12.5.1).

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header as _, Quality, QualityItem},
};
use mime::Mime;

use crate::http::shell::{
    problem::{Code, Problem},
    vocabulary::{Quoted, Several},
};

/// The `Vary` of a negotiated answer: caches keep one for each form, and for each language of it.
pub(crate) const VARIES: &str = "Accept, Accept-Language";

/// JSON, which most operations answer with and nothing else.
pub(crate) const JSON: &str = "application/json";

/// The offered media type that the request prefers; the first offered one where it prefers none, or where
/// its `Accept` cannot be read.
///
/// # Errors
/// `not_acceptable`, with what is offered, where it wants none of them.
pub(crate) fn preferred(request: &HttpRequest, offered: &[&'static str]) -> Result<&'static str, Problem> {
    let ranges = Accept::parse(request).map(|it| it.0).unwrap_or_default();
    best(&ranges, offered).ok_or_else(|| {
        Problem::new(Code::NotAcceptable)
            .saying(
                "可提供的格式为{offered}；请相应改写 `Accept` 请求头。",
                "What can be given is {offered}; name one of these in Accept.",
            )
            .put("offered", Several(offered.iter().map(Quoted).collect()))
    })
}

fn best(ranges: &[QualityItem<Mime>], offered: &[&'static str]) -> Option<&'static str> {
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let mut best: Option<(&'static str, Quality)> = None;
    for it in offered.iter().copied() {
        let quality = quality(ranges, it);
        if quality > best.map_or(Quality::ZERO, |(_, quality)| quality) {
            best = Some((it, quality));
        }
    }
    best.map(|(it, _)| it)
}

/// The quality of a media type: that of the range that matches it most precisely.
fn quality(ranges: &[QualityItem<Mime>], offered: &str) -> Quality {
    let kind = offered.split('/').next();
    let matching = ranges.iter().filter_map(|it| {
        let precision = match it.item.essence_str() {
            exact if exact == offered => 2,
            range if range.strip_suffix("/*").is_some_and(|it| Some(it) == kind) => 1,
            "*/*" => 0,
            _ => return None,
        };
        Some((precision, it.quality))
    });
    matching.max_by_key(|(precision, _)| *precision).map_or(Quality::ZERO, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[track_caller]
    fn check(accept: &str, wanted: Option<&str>) {
        let request = TestRequest::default().insert_header(("accept", accept)).to_http_request();
        let offered = [JSON, "image/svg+xml"];
        assert_eq!(preferred(&request, &offered).ok(), wanted, "{accept}");
    }

    #[test]
    fn the_form_that_is_preferred_is_given() {
        let silent = TestRequest::default().to_http_request();
        assert_eq!(preferred(&silent, &[JSON, "image/svg+xml"]).ok(), Some(JSON));
        check("*/*", Some(JSON));
        check("image/svg+xml", Some("image/svg+xml"));
        check("IMAGE/SVG+XML", Some("image/svg+xml"));
        check("image/*", Some("image/svg+xml"));
        check("application/json, image/svg+xml", Some(JSON));
        check("application/json;q=0.5, image/svg+xml;q=0.9", Some("image/svg+xml"));
        check("application/json;q=0.5, image/svg+xml;q=0.2", Some(JSON));
        // A precise range overrides the wider ones.
        check("*/*, application/json;q=0", Some("image/svg+xml"));
        check("*/*;q=0.1, image/svg+xml;q=0", Some(JSON));
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(JSON));
        check("application/json;charset=utf-8", Some(JSON));
    }

    #[test]
    fn what_cannot_be_given_is_refused() {
        check("text/html", None);
        check("image/svg+xml;q=0", None);
        check("image/png, text/*", None);
    }
}
