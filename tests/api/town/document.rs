//! Whether an answer is what the OpenAPI document says.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

static PUBLISHED: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(sanquan::http::document()).unwrap());

/// The document with everything about an operation where the operation is: shared parameters, responses and headers are put
/// in the place of the references to them. Schemas go on referring to each other.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = PUBLISHED.clone();
    put_in_place(&mut document["paths"]);
    document
});

fn put_in_place(part: &mut Value) {
    let shared = ["parameters", "responses", "headers"].map(|it| format!("#/components/{it}/"));
    if let Some(place) = part["$ref"].as_str().filter(|it| shared.iter().any(|room| it.starts_with(room))) {
        *part = PUBLISHED.pointer(&place[1..]).unwrap_or_else(|| panic!("nothing is at {place}")).clone();
    }
    match part {
        Value::Object(fields) => fields.values_mut().for_each(put_in_place),
        Value::Array(items) => items.iter_mut().for_each(put_in_place),
        _ => {}
    }
}

/// The document as clients get it.
pub fn published() -> &'static Value {
    &PUBLISHED
}

/// The document, with everything about an operation where the operation is.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The template of the document that an address fits, `/v1/assets/{id}` for `/v1/assets/0190…`.
pub fn template(path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (mut asked, mut known) = (path.split('/'), template.split('/'));
        loop {
            match (asked.next(), known.next()) {
                (None, None) => return true,
                (Some(_), Some(known)) if known.starts_with('{') => {}
                (Some(asked), Some(known)) if asked == known => {}
                _ => return false,
            }
        }
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    // A literal address goes before one with a place in it.
    paths
        .get_key_value(path)
        .map(|(it, _)| it.as_str())
        .or_else(|| paths.keys().map(String::as_str).find(|it| fits(it)))
}

/// Asserts that the document knows the status of an answer, its media type, its headers, and the form of its body.
#[track_caller]
pub fn fits(method: &str, path: &str, answer: &Answer) {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

    let Some(template) = template(path) else { return };
    let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        assert_eq!(answer.status, 405, "{method} {path} is not in the document");
        return;
    }
    let said = &operation["responses"][answer.status.to_string()];
    assert!(said.is_object(), "{method} {template} does not document {}: {}", answer.status, answer.body);
    if answer.status < 400 {
        for header in said["headers"].as_object().into_iter().flat_map(|it| it.keys()) {
            let sometimes =
                ["Link", "Dry-Run", "Idempotency-Replayed", "Journal-Index"].contains(&header.as_str());
            assert!(sometimes || !answer.header(header).is_empty(), "{method} {template} promises {header}");
        }
    }
    let Some(content) = said["content"].as_object() else {
        assert_eq!(answer.body, json!(""), "{method} {template} documents no body for {}", answer.status);
        return;
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let Some(schema) = content.get(media_type).map(|it| &it["schema"]) else {
        assert!(
            content.contains_key("application/octet-stream"),
            "{method} {template}: {media_type} is not documented"
        );
        return;
    };
    let validator = *VALIDATORS.lock().unwrap().entry(schema.to_string()).or_insert_with(|| {
        let mut whole = schema.as_object().cloned().unwrap_or_default();
        whole.insert("components".to_owned(), DOCUMENT["components"].clone());
        let validator =
            jsonschema::options().should_validate_formats(true).should_ignore_unknown_formats(true);
        Box::leak(Box::new(validator.build(&Value::Object(whole)).unwrap()))
    });
    let faults: Vec<_> =
        validator.iter_errors(&answer.body).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(faults.is_empty(), "{method} {template} {} {faults:#?}\n{}", answer.status, answer.body);
}
