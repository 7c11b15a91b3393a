//! Examples of what is sent: for every operation that takes JSON at least one, whole, as an office would send
//! it. The identifiers in them are those of nothing; everything else is taken as it stands.

use std::{collections::BTreeMap, sync::LazyLock};

use utoipa::openapi::{OpenApi, PathItem, RefOr, example::Example, path::Operation};

/// By `operationId`, then by the name of the example. A file that cannot be read has none, which a test
/// finds.
static EXAMPLES: LazyLock<BTreeMap<String, BTreeMap<String, Example>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Shows them with their operations.
pub(super) fn show(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let PathItem { put, post, patch, .. } = item;
        for operation in [put, post, patch].into_iter().flatten() {
            show_with(operation);
        }
    }
}

fn show_with(operation: &mut Operation) {
    let shown = operation.operation_id.as_deref().and_then(|it| EXAMPLES.get(it));
    let (Some(shown), Some(RefOr::T(body))) = (shown, &mut operation.request_body) else { return };
    if let Some(RefOr::T(content)) = body.content.get_mut("application/json") {
        content.examples = shown.iter().map(|(name, it)| (name.clone(), RefOr::T(it.clone()))).collect();
    }
}
