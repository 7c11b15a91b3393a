//! The operations of the OpenAPI document: their addresses, their methods, and the permission that each of them needs.

use std::collections::HashMap;

use actix_web::{dev::ResourceDef, http::header};
use serde_json::Value;
use utoipa::openapi::{OpenApi, path::Operation};

use crate::{
    http::shell::problem::{Code, Problem},
    identity::Permission,
};

/// Every address with its operations by method.
pub(crate) fn operations(
    document: &OpenApi,
) -> impl Iterator<Item = (&str, Vec<(&'static str, &Operation)>)> {
    document.paths.paths.iter().map(|(path, item)| {
        let methods = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PATCH", &item.patch),
            ("PUT", &item.put),
            ("DELETE", &item.delete),
        ];
        let methods = methods.into_iter().filter_map(|(name, it)| Some((name, it.as_ref()?))).collect();
        (path.as_str(), methods)
    })
}

/// Where the published document says which permission an operation needs.
pub(crate) const PERMISSION: &str = "x-permission";

/// The permission that an operation needs; none for what needs no token.
pub(crate) fn permission(operation: &Operation) -> Option<Permission> {
    operation.extensions.as_ref()?.get(PERMISSION)?.as_str()?.parse().ok()
}

/// Where the published document says that an answer may lack what other servers recorded within the last moment: a standby may
/// give it.
pub(crate) const MAY_LAG: &str = "x-may-lag";

/// Whether a standby may answer an operation.
pub(crate) fn may_lag(operation: &Operation) -> bool {
    operation.extensions.as_ref().and_then(|it| it.get(MAY_LAG)) == Some(&Value::Bool(true))
}

/// What each operation of the OpenAPI document asks for: the one place where its permission is declared.
#[derive(Debug)]
pub(crate) struct Operations {
    /// By path, then by method.
    by_path: HashMap<String, HashMap<String, Declared>>,
    /// The paths that are patterns, each made ready once: whoever asks for what is not there is held against all of them.
    patterns: Vec<(ResourceDef, String)>,
}

/// What an operation declares.
#[derive(Debug, Clone, Copy)]
struct Declared {
    /// The permission, or none for what needs no token.
    permission: Option<Permission>,
    /// Whether a standby may answer it.
    may_lag: bool,
}

impl Operations {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let by_path: HashMap<String, _> = operations(document)
            .map(|(path, methods)| {
                let methods = methods
                    .into_iter()
                    .map(|(method, operation)| {
                        let (permission, may_lag) = (permission(operation), may_lag(operation));
                        (method.to_owned(), Declared { permission, may_lag })
                    })
                    .collect();
                (path.to_owned(), methods)
            })
            .collect();
        let patterns = by_path.keys().filter(|it| it.contains('{'));
        let patterns = patterns.map(|it| (ResourceDef::new(it.as_str()), it.clone())).collect();
        Self { by_path, patterns }
    }

    /// The permission of an operation. The outer `None`: there is no such operation, and nobody is permitted.
    pub(crate) fn permission(&self, method: &str, pattern: &str) -> Option<Option<Permission>> {
        Some(self.by_path.get(pattern)?.get(method)?.permission)
    }

    /// Whether a standby may answer an operation.
    pub(crate) fn may_lag(&self, method: &str, pattern: &str) -> bool {
        self.by_path.get(pattern).and_then(|it| it.get(method)).is_some_and(|it| it.may_lag)
    }

    /// The methods that an address answers to, when it is an address at all.
    pub(crate) fn methods_at(&self, path: &str) -> Option<Vec<String>> {
        // An address that is written out goes before one that fits a pattern.
        let methods = self.by_path.get(path).or_else(|| {
            let (_, pattern) = self.patterns.iter().find(|(resource, _)| resource.is_match(path))?;
            self.by_path.get(pattern)
        })?;
        let mut methods: Vec<String> = methods.keys().cloned().collect();
        methods.sort();
        Some(methods)
    }
}

/// Refuses a method that the address does not answer to, and names those that it does.
pub(crate) fn method_not_allowed(methods: &[String]) -> Problem {
    Problem::new(Code::MethodNotAllowed).header(header::ALLOW, methods.join(", "))
}
