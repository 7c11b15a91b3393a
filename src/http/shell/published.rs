//! The OpenAPI document as it is published: the text that clients get, and the schemas that their requests are held
//! against. It is kept as text, of which little is needed at a time; taken apart it would fill more memory than the rest.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jsonschema::Validator;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::http::shell::{problem::Problem, ready_made::ReadyMade, rules};

/// The document.
pub(crate) struct Published {
    text: Arc<ReadyMade>,
    /// The schemas by their names, as JSON.
    schemas: HashMap<String, Box<str>>,
}

impl std::fmt::Debug for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Published")
    }
}

impl Published {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let schemas = document.components.iter().flat_map(|it| &it.schemas);
        Self {
            text: ReadyMade::of(
                "application/json",
                "public, no-cache",
                serde_json::to_vec(document).unwrap_or_default().into(),
            ),
            schemas: schemas.map(|(name, it)| (name.clone(), json!(it).to_string().into())).collect(),
        }
    }

    /// The document as clients get it.
    pub(crate) const fn text(&self) -> &Arc<ReadyMade> {
        &self.text
    }

    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.schemas.get(name)?).ok()
    }

    /// Compiles a schema with those that it refers to; `what` is named where that fails.
    pub(crate) fn validator(&self, mut schema: Value, what: &str) -> Result<Validator, Problem> {
        let failed =
            |error: String| Problem::internal(format!("the schema of {what} cannot be compiled: {error}"));
        let mut needed: BTreeMap<String, Value> = BTreeMap::new();
        let mut open = references(&schema);
        while let Some(name) = open.pop() {
            let Some(text) = self.schemas.get(&name).filter(|_| !needed.contains_key(&name)) else {
                continue;
            };
            let mut found: Value = serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
            open.extend(references(&found));
            if let (Value::Object(schema), Some(_)) = (&mut found, rules::of(&name)) {
                schema.insert(rules::KEYWORD.to_owned(), name.clone().into());
            }
            needed.insert(name, found);
        }
        if let Value::Object(schema) = &mut schema {
            schema.insert("components".to_owned(), json!({"schemas": needed}));
        }
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .with_keyword(rules::KEYWORD, rules::keyword)
            .build(&schema)
            .map_err(|error| failed(error.to_string()))
    }
}

/// The names of the schemas that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next());
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
