//! The page at `/docs`: Swagger UI over the document, with a box that finds operations and a key for every
//! request. All of it comes from this server, and its policy lets nothing else in.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    web::{self, Bytes, Path, ServiceConfig},
};
use utoipa_swagger_ui::Config;

use crate::http::shell::problem::{Code, Problem};

/// What the page is: its own files, by their names.
const OWN: &[(&str, &str, &str)] = &[
    ("", "text/html; charset=utf-8", include_str!("index.html")),
    ("page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
];

/// What it takes from Swagger UI.
const OF_LIBRARY: &[&str] = &["favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"];

/// The policy of the page (Content Security Policy, level 3): scripts, styles and answers of this server
/// alone, and the pictures that stand in the style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The addresses of the page.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::redirect("/docs", "/docs/")).service(web::resource("/docs/{file:.*}").get(file));
}

async fn file(name: Path<String>) -> Result<HttpResponse, Problem> {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    if let Some((_, media_type, text)) = OWN.iter().find(|(own, ..)| *own == name.as_str()) {
        return Ok(answer.content_type(*media_type).body(*text));
    }
    let Some(wanted) = OF_LIBRARY.iter().find(|it| **it == name.as_str()) else {
        return Err(Problem::new(Code::NotFound));
    };
    let found = utoipa_swagger_ui::serve(wanted, Arc::new(Config::default())).map_err(Problem::internal)?;
    let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    // It is large, and changes with a release of Swagger UI alone.
    answer.insert_header((CACHE_CONTROL, "public, max-age=86400"));
    Ok(answer.content_type(found.content_type).body(match found.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }))
}
