//! The page at `/docs`: Swagger UI over the document, with a box that finds operations and a key for every
//! request. All of it comes from this server, and its policy lets nothing else in.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_SECURITY_POLICY, HeaderValue},
    web::{self, Bytes, Path, ServiceConfig},
};
use utoipa_swagger_ui::Config;

use crate::http::shell::{
    limits::admit_public,
    problem::{Code, Problem},
    ready_made::ReadyMade,
};

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

/// What is large, and changes with a release of Swagger UI alone, is kept for a day; the rest is asked for each time.
const CACHING: [&str; 2] = ["public, no-cache", "public, max-age=86400"];

/// The files of the page by their names, made ready when the first of them is asked for.
static FILES: LazyLock<HashMap<&str, Arc<ReadyMade>>> = LazyLock::new(|| {
    let own = OWN.iter().map(|(name, media_type, text)| {
        (*name, ReadyMade::of(*media_type, CACHING[0], Bytes::from_static(text.as_bytes())))
    });
    let of_library = OF_LIBRARY.iter().filter_map(|name| {
        let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).ok()??;
        let bytes = Bytes::from(found.bytes.into_owned());
        Some((*name, ReadyMade::of(found.content_type, CACHING[1], bytes)))
    });
    own.chain(of_library).collect()
});

async fn file(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    admit_public(&request)?;
    let found = FILES.get(name.as_str()).ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut answer = found.answer(&request).await?;
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(answer)
}
