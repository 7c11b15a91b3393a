//! The OpenAPI document: generated from the handlers, completed with what the shell itself answers to every operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use utoipa::{
    OpenApi as _,
    openapi::{
        Components, Content, HeaderBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required,
        ResponseBuilder,
        extensions::ExtensionsBuilder,
        header::Header,
        path::{Operation, ParameterBuilder, ParameterIn},
        response::Response,
        schema::{AdditionalProperties, ArrayItems, KnownFormat, Schema, SchemaFormat, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    http::{
        server::{assembly, components, examples, words},
        shell::{
            operations::{PERMISSION, permission},
            problem::{Code, ProblemBody},
        },
    },
    identity::{Permission, Role, delegations::Direction},
};

/// The frame of the document; the wings add their operations.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Sanquan",
        description = "Sanquan (三权, the three rights): the registry of the assets that poverty-alleviation projects leave behind in villages: who owns each, who runs it, who is paid by it, who keeps it in repair, where its money went, and whether it left the hands of the village for less than it was worth.\n\nAmounts are integers of fen, shares exact fractions `n/d`, days `YYYY-MM-DD` in UTC+8, instants RFC 3339 in UTC, periods half-open. Problems follow RFC 9457, in Chinese or English by `Accept-Language`.",
        contact(name = "Sanquan developers", url = "https://sanquan.invalid"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ProblemBody, Direction)),
    tags(
        (name = "system", description = "The server itself: its health, its metrics, this document."),
        (name = "identity", description = "Users, sign-in, tokens."),
        (name = "register", description = "Regions, parties, projects, documents, assets, and the three rights in them."),
        (name = "certificates", description = "Registration certificates, signed and printable, and checking them."),
        (name = "cases", description = "Cases and their steps, public notices, objections, and the policies of regions."),
        (name = "transfers", description = "Transfers of rights, checked for asset loss before they can happen."),
        (name = "alterations", description = "Grants ended and renewed, assets divided, merged, disposed of and restored."),
        (name = "money", description = "Contracts, receipts, distributions, accounts, and the feed for finance systems."),
        (name = "maintenance", description = "Who keeps public-welfare assets in repair, and which have nobody."),
        (name = "journal", description = "Every change of the register, in the order in which it happened.")
    )
)]
pub(crate) struct Frame;

/// The whole document.
pub fn document() -> OpenApi {
    let mut document = Frame::openapi();
    document.merge(assembly::described());
    complete(&mut document);
    words::describe(&mut document);
    examples::show(&mut document);
    // Last, since what is said of operations alike is looked for in all of it.
    components::name(&mut document);
    document
}

/// The permission as the handlers declare it: the one scope of the bearer token in their `security`.
fn declared_permission(operation: &Operation) -> Option<Permission> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    requirements.pointer("/0/bearer/0")?.as_str()?.parse().ok()
}

/// Says the permission in words and as an extension. Scopes are for OAuth 2.0, so tools would trip over it there.
fn describe_permission(operation: &mut Operation) {
    let needs = match declared_permission(operation) {
        Some(permission) => {
            operation.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
            let declared = ExtensionsBuilder::new().add(PERMISSION, permission.code()).build();
            operation.extensions.get_or_insert_default().merge(declared);
            let roles = Role::ALL.iter().filter(|it| it.may(permission)).map(|it| format!("`{it}`"));
            let roles = roles.collect::<Vec<_>>().join(", ");
            format!("Needs the permission `{permission}`, which these roles have: {roles}.")
        }
        None => "Needs no token.".to_owned(),
    };
    operation.description = Some(match operation.description.take().filter(|it| !it.is_empty()) {
        Some(said) => format!("{said}\n\n{needs}"),
        None => needs,
    });
}

/// Lists refer to what they list instead of describing it a second time.
fn refer_to_items(components: &mut Components) {
    let known: BTreeSet<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in &mut components.schemas {
        let Some(item) = name.strip_prefix("ListResponse_").filter(|it| known.contains(*it)) else {
            continue;
        };
        let RefOr::T(Schema::Object(list)) = schema else { continue };
        if let Some(RefOr::T(Schema::Array(items))) = list.properties.get_mut("items") {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

/// Days that need no example of their own get the same one.
fn show_days(components: &mut Components) {
    for schema in components.schemas.values_mut() {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for field in object.properties.values_mut() {
            if let RefOr::T(Schema::Object(field)) = field
                && field.format == Some(SchemaFormat::KnownFormat(KnownFormat::Date))
                && field.example.is_none()
            {
                field.example = Some(json!("2025-07-01"));
            }
        }
    }
}

/// The variants of a tagged type are closed to unknown fields, as all that comes in is.
fn close_variants(components: &mut Components) {
    for schema in components.schemas.values_mut() {
        let RefOr::T(Schema::OneOf(variants)) = schema else { continue };
        if !variants.items.iter().all(components::is_tagged) {
            continue;
        }
        for variant in &mut variants.items {
            if let RefOr::T(Schema::Object(object)) = variant {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
}

/// Adds what the shell does for every operation alike, so that no handler has to repeat it.
fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert(
        "bearer".to_owned(),
        RefOr::T(SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some(
                    "An access token from `POST /v1/tokens`. The permission that an operation needs stands in its `x-permission`.",
                ))
                .build(),
        )),
    );
    refer_to_items(components);
    close_variants(components);
    show_days(components);
    let resources = resources(document);
    for item in document.paths.paths.values_mut() {
        complete_path(item, &resources);
    }
}

/// The schemas of what has an address of its own: whatever some operation makes.
fn resources(document: &OpenApi) -> BTreeSet<String> {
    let posts = document.paths.paths.values().filter_map(|item| item.post.as_ref());
    posts.filter_map(|it| it.responses.responses.get("201").and_then(schema_of)).collect()
}

/// The name of the schema of a response.
fn schema_of(response: &RefOr<Response>) -> Option<String> {
    let RefOr::T(response) = response else { return None };
    response.content.values().find_map(|it| match it {
        RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) => {
            schema.ref_location.rsplit('/').next().map(str::to_owned)
        }
        _ => None,
    })
}

fn complete_path(item: &mut PathItem, resources: &BTreeSet<String>) {
    for (acts, operation) in [
        (false, item.get.as_mut()),
        (true, item.post.as_mut()),
        (true, item.patch.as_mut()),
        (true, item.put.as_mut()),
        (true, item.delete.as_mut()),
    ] {
        let Some(operation) = operation else { continue };
        complete_operation(operation, acts);
        describe_headers(operation, acts, resources);
    }
}

/// Describes the headers of what succeeds: where it is, which version it is, where the list goes on.
fn describe_headers(operation: &mut Operation, acts: bool, resources: &BTreeSet<String>) {
    let mut has_tag = false;
    for (status, response) in &mut operation.responses.responses {
        let schema = schema_of(response).unwrap_or_default();
        let RefOr::T(response) = response else { continue };
        if !status.starts_with('2') {
            continue;
        }
        let mut say = |name: &str, header: RefOr<Header>| response.headers.insert(name.to_owned(), header);
        if resources.contains(&schema) {
            has_tag = true;
            say("ETag", RefOr::T(version_header()));
            if !acts {
                say(JOURNAL_INDEX, RefOr::T(index_header()));
            }
        }
        if status == "201" {
            say("Location", text_header("Where the resource is."));
        }
        if schema.starts_with("ListResponse") {
            say("Link", text_header("The next page, where there is one: `<…>; rel=\"next\"` (RFC 8288)."));
        }
    }
    if has_tag && !acts {
        let known = ParameterBuilder::new()
            .name("If-None-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("The `ETag` of the version that you have: 304 where it is still the same."))
            .schema(Some(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).examples(["\"1\""])))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(known));
        let unchanged = ResponseBuilder::new()
            .description("You have this version already")
            .header("ETag", version_header())
            .header(JOURNAL_INDEX, index_header())
            .build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
    }
}

fn complete_operation(operation: &mut Operation, acts: bool) {
    describe_permission(operation);
    let secured = permission(operation).is_some();
    let json_body = operation.request_body.is_some();
    let parameters: Vec<(String, ParameterIn)> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|it| match it {
            RefOr::T(parameter) => Some((parameter.name.clone(), parameter.parameter_in.clone())),
            RefOr::Ref(_) => None,
        })
        .collect();
    let has = |name: &str| parameters.iter().any(|(it, _)| it == name);
    let in_path = parameters.iter().any(|(_, place)| *place == ParameterIn::Path);
    let in_query = parameters.iter().any(|(_, place)| *place == ParameterIn::Query);

    let mut codes: Vec<Code> = vec![Code::TooManyRequests, Code::Internal, Code::Unavailable];
    if acts {
        codes.push(Code::StorageFull);
    }
    if secured {
        codes.extend([Code::Unauthenticated, Code::PermissionDenied]);
    }
    if json_body {
        codes.extend([
            Code::MalformedRequest,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::ValidationFailed,
        ]);
    }
    if in_query {
        codes.push(Code::ValidationFailed);
    }
    if in_path {
        codes.push(Code::NotFound);
    }
    if has("Idempotency-Key") {
        codes.extend([Code::IdempotencyKeyRequired, Code::IdempotencyKeyInUse, Code::IdempotencyKeyReused]);
    }
    if has("If-Match") {
        codes.extend([Code::PreconditionRequired, Code::PreconditionFailed]);
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let of_status = by_status.entry(code.status().as_u16()).or_default();
        if !of_status.contains(&code) {
            of_status.push(code);
        }
    }
    for (status, codes) in by_status {
        add_problem(operation, status, &codes);
    }
    describe_problems(operation);

    if acts || in_query || in_path {
        let language = ParameterBuilder::new()
            .name("Accept-Language")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("The language of problems and findings: `zh-CN` (the default) or `en`."))
            .schema(Some(
                ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).examples(["zh-CN", "en"]),
            ))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(language));
    }
    if has("Idempotency-Key") {
        for (status, response) in &mut operation.responses.responses {
            if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
                response.headers.insert(
                    "Idempotency-Replayed".to_owned(),
                    text_header("`true` where this is the first answer, given again."),
                );
                response
                    .headers
                    .insert("Dry-Run".to_owned(), text_header("`true` where nothing was stored."));
            }
        }
    }
}

/// Adds a problem of the shell to the problems that the operation names itself.
fn add_problem(operation: &mut Operation, status: u16, codes: &[Code]) {
    let said = codes.iter().map(|it| format!("`{}`", it.text())).collect::<Vec<_>>().join(", ");
    let entry = operation
        .responses
        .responses
        .entry(status.to_string())
        .or_insert_with(|| RefOr::T(ResponseBuilder::new().build()));
    if let RefOr::T(response) = entry {
        response.description =
            if response.description.is_empty() { said } else { format!("{}; {said}", response.description) };
    }
}

/// Gives every response of a refusal the one form of a problem.
fn describe_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if !(status.starts_with('4') || status.starts_with('5')) {
            continue;
        }
        response.content.clear();
        let schema = Ref::from_schema_name("ProblemBody");
        response
            .content
            .insert("application/problem+json".to_owned(), RefOr::T(Content::new(Some(RefOr::Ref(schema)))));
        if status == "429" {
            for (name, text) in [
                ("RateLimit", "What is left: `\"default\";r=0;t=12`."),
                ("RateLimit-Policy", "The quota: `\"default\";q=6000;w=60`."),
                ("Retry-After", "Seconds to wait."),
            ] {
                response.headers.insert(name.to_owned(), text_header(text));
            }
        }
    }
}

fn text_schema() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn text_header(description: &str) -> RefOr<Header> {
    RefOr::T(HeaderBuilder::new().schema(Some(text_schema())).description(Some(description)).build())
}

fn version_header() -> Header {
    let version = "The version of the resource, to send as `If-Match` with a change of it.";
    HeaderBuilder::new().schema(Some(text_schema())).description(Some(version)).build()
}

const JOURNAL_INDEX: &str = "Journal-Index";

fn index_header() -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(0))))
        .description(Some(
            "The index of the journal's entry that last changed the resource as it is answered; missing until that entry is sealed.",
        ))
        .build()
}

/// The document as it is committed: indented by two spaces, with one line feed at the end.
pub fn text(document: &OpenApi) -> String {
    format!("{:#}\n", json!(document))
}
