//! Parameters of a query: checked against the schemas that the OpenAPI document publishes, as bodies are.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use actix_web::HttpRequest;
use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::{
    http::shell::{
        body::collect,
        json::{cut, escape},
        operations::operations,
        problem::Problem,
        published::Published,
        registry::part,
        route::route,
        texts::IN_UTF8,
        told::Told,
    },
    values::{Fault, Reason},
};

/// Parses the query of a request. Every bad parameter is named by a pointer of its name.
pub(crate) fn parse_query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    checked(request)?;
    parse(request.query_string())
}

/// Parses the query of a request into two: the second has the parameters of these names, the first all others.
pub(crate) fn parse_query_and<T: DeserializeOwned, More: DeserializeOwned>(
    request: &HttpRequest,
    names: &[&str],
) -> Result<(T, More), Problem> {
    let (more, own): (Vec<_>, Vec<_>) =
        checked(request)?.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    let text = |pairs: Vec<(String, String)>| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    Ok((parse(&text(own))?, parse(&text(more))?))
}

/// The parameters of a request, checked against the document.
fn checked(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let not_utf8 = not_utf8(request.query_string(), &pairs);
    part::<Parameters>(request)?.check(request.method().as_str(), &route(request), &pairs, &not_utf8)?;
    Ok(pairs)
}

/// The parameters whose texts are not in UTF-8: what stands there was replaced where they were read, and would be looked for
/// as something that nobody wrote.
fn not_utf8(query: &str, pairs: &[(String, String)]) -> Vec<Fault> {
    let written = query.to_ascii_lowercase().matches("%ef%bf%bd").count();
    let replaced = |text: &str| text.matches(char::REPLACEMENT_CHARACTER).count();
    if pairs.iter().map(|(name, text)| replaced(name) + replaced(text)).sum::<usize>() <= written {
        return Vec::new();
    }
    let bad = pairs.iter().filter(|(name, text)| replaced(name) + replaced(text) > 0);
    bad.map(|(name, _)| {
        Fault::at(cut(&format!("/{}", escape(name))), Reason::WrongForm { wanted: IN_UTF8.to_owned() })
    })
    .collect()
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let parsed = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(parsed).map_err(|error| {
        let name = error.path().to_string();
        Fault::at(format!("/{name}"), Reason::WrongForm { wanted: error.inner().to_string() }).into()
    })
}

/// What each operation takes in its query, compiled when it is first asked.
pub(crate) struct Parameters {
    published: Arc<Published>,
    /// By path, then by method: the schema of the query, as JSON.
    declared: HashMap<String, HashMap<&'static str, Box<str>>>,
    compiled: RwLock<HashMap<String, HashMap<String, Arc<Query>>>>,
}

/// What one operation takes.
struct Query {
    schemas: Map<String, Value>,
    validator: Validator,
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parameters")
    }
}

impl Parameters {
    pub(crate) fn of(document: &OpenApi, published: &Arc<Published>) -> Self {
        let components = json!(document.components);
        let declared = operations(document)
            .map(|(path, methods)| {
                let schemas = methods
                    .into_iter()
                    .map(|(method, it)| (method, query_of(&json!(it), &components).into()));
                (path.to_owned(), schemas.collect())
            })
            .collect();
        Self { published: Arc::clone(published), declared, compiled: RwLock::default() }
    }

    fn check(
        &self,
        method: &str,
        pattern: &str,
        pairs: &[(String, String)],
        not_utf8: &[Fault],
    ) -> Result<(), Problem> {
        let query = self.query(method, pattern)?;
        let mut faults = Told::default();
        faults.extend(not_utf8.iter().cloned());
        let mut given = Map::new();
        for (name, text) in pairs {
            let value = typed(query.schemas.get(name), text);
            if given.insert(name.clone(), value).is_some() {
                faults.push(Fault::at(cut(&format!("/{}", escape(name))), Reason::Duplicate));
            }
        }
        for error in query.validator.iter_errors(&Value::Object(given)) {
            collect(&error, "", &mut faults);
        }
        faults.none()
    }

    fn query(&self, method: &str, pattern: &str) -> Result<Arc<Query>, Problem> {
        let broken = || Problem::internal("the parameters cannot be reached");
        let known = self.compiled.read().map_err(|_| broken())?;
        if let Some(known) = known.get(pattern).and_then(|it| it.get(method)) {
            return Ok(Arc::clone(known));
        }
        drop(known);
        let declared = self.declared.get(pattern).and_then(|it| it.get(method)).ok_or_else(broken)?;
        let schema: Value = serde_json::from_str(declared).map_err(Problem::internal)?;
        let schemas = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let query = Arc::new(Query { validator: self.published.validator(schema, pattern)?, schemas });
        let mut compiled = self.compiled.write().map_err(|_| broken())?;
        compiled.entry(pattern.to_owned()).or_default().insert(method.to_owned(), Arc::clone(&query));
        Ok(query)
    }
}

/// The part itself, where a reference to one of the components stands.
fn itself<'d>(part: &'d Value, components: &'d Value) -> &'d Value {
    let named = part.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix("#/components"));
    named.and_then(|it| components.pointer(it)).unwrap_or(part)
}

/// The schema of the query of an operation: an object of its parameters, and no others.
fn query_of(operation: &Value, components: &Value) -> String {
    let (mut schemas, mut required) = (Map::new(), Vec::new());
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let parameter = itself(parameter, components);
        let said = |what: &str| parameter.get(what).cloned().unwrap_or_default();
        if let (Value::String(name), true) = (said("name"), said("in") == "query") {
            schemas.insert(name.clone(), itself(&said("schema"), components).clone());
            required.extend((said("required") == true).then_some(name));
        }
    }
    json!({"type": "object", "properties": schemas, "required": required, "additionalProperties": false})
        .to_string()
}

/// A parameter as JSON of the type in its schema: an integer, a boolean or a string.
fn typed(schema: Option<&Value>, text: &str) -> Value {
    let is = |wanted: &str| {
        schema.map(|it| &it["type"]).is_some_and(|it| {
            it == wanted || it.as_array().is_some_and(|all| all.iter().any(|one| one == wanted))
        })
    };
    let parsed = if is("integer") {
        text.parse::<i64>().ok().map(Value::from)
    } else if is("boolean") {
        text.parse::<bool>().ok().map(Value::from)
    } else {
        None
    };
    parsed.unwrap_or_else(|| Value::from(text))
}
