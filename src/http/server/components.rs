//! The named parts of the document: what stands in several places stands once, under `components`, and whatever a client
//! has a type of has a name. Generators of clients make up names for what has none, and make the same up twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use utoipa::openapi::{
    Components, OpenApi, Ref, RefOr,
    header::Header,
    path::{Operation, Parameter, ParameterIn},
    response::Response,
    schema::{AdditionalProperties, Schema},
};

/// Gives a name to every variant of a choice, and to all that the document would say more than once.
pub(super) fn name(document: &mut OpenApi) {
    let mut components = document.components.take().unwrap_or_default();
    name_variants(&mut components.schemas);
    share_maps(&mut components.schemas);
    let mut operations = operations(document);
    refer_to_known(&components.schemas, &mut operations);
    share_headers(&mut components, &mut operations);
    share_parameters(&mut components, &mut operations);
    share_responses(&mut components, &mut operations);
    document.components = Some(components);
}

/// Every operation with its address.
fn operations(document: &mut OpenApi) -> Vec<(String, &mut Operation)> {
    let paths = document.paths.paths.iter_mut();
    paths
        .flat_map(|(path, item)| {
            let of_path = [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
            of_path.into_iter().flatten().map(|it| (path.clone(), it))
        })
        .collect()
}

/// Words as the name of a type: `Idempotency-Key` is `IdempotencyKey`.
pub(super) fn type_name(words: &str) -> String {
    let words = words.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words
        .map(|it| {
            it.chars()
                .next()
                .into_iter()
                .map(|it| it.to_ascii_uppercase())
                .chain(it.chars().skip(1))
                .collect::<String>()
        })
        .collect()
}

/// The tag of a variant: the one value that one of its fields may have.
fn tag(variant: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = variant else { return None };
    object.properties.values().find_map(|field| match field {
        RefOr::T(Schema::Object(field)) => match field.enum_values.as_deref() {
            Some([only]) => only.as_str().map(str::to_owned),
            _ => None,
        },
        _ => None,
    })
}

/// Whether it is a variant of a type that is told apart by a field.
pub(super) fn is_tagged(variant: &RefOr<Schema>) -> bool {
    tag(variant).is_some()
}

/// The variant `rent` of `ConsiderationRequest` is `RentConsiderationRequest`.
fn name_variants(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let known: BTreeSet<String> = schemas.keys().cloned().collect();
    let mut named = Vec::new();
    for (parent, schema) in schemas.iter_mut() {
        let RefOr::T(Schema::OneOf(choice)) = schema else { continue };
        for variant in &mut choice.items {
            let Some(tag) = tag(variant) else { continue };
            let name = format!("{}{parent}", type_name(&tag));
            if known.contains(&name) {
                continue;
            }
            let refers = RefOr::Ref(Ref::from_schema_name(&name));
            named.push((name, std::mem::replace(variant, refers)));
        }
    }
    schemas.extend(named);
}

/// Maps that several bodies have are one type.
fn share_maps(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let known: BTreeSet<String> = schemas.keys().cloned().collect();
    let mut maps = BTreeMap::new();
    let mut places = Vec::new();
    for (parent, schema) in schemas.iter_mut() {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for (field, part) in &mut object.properties {
            let is_map = |it: &Schema| match it {
                Schema::Object(it) => {
                    matches!(it.additional_properties.as_deref(), Some(AdditionalProperties::RefOr(_)))
                }
                _ => false,
            };
            if matches!(part, RefOr::T(it) if is_map(it)) {
                places.push(Place { part, name: type_name(field), whose: parent.clone() });
            }
        }
    }
    share("schemas", known, &mut maps, places);
    schemas.extend(maps);
}

/// Parameters refer to types that are known by a name, instead of describing them a second time.
fn refer_to_known(known: &BTreeMap<String, RefOr<Schema>>, operations: &mut [(String, &mut Operation)]) {
    let known: BTreeMap<String, &String> =
        known.iter().map(|(name, it)| (json!(it).to_string(), name)).collect();
    for (_, operation) in operations {
        for parameter in operation.parameters.iter_mut().flatten() {
            let RefOr::T(parameter) = parameter else { continue };
            let Some(schema) = &mut parameter.schema else { continue };
            if let Some(name) = known.get(&json!(schema).to_string()) {
                *schema = RefOr::Ref(Ref::from_schema_name(*name));
            }
        }
    }
}

fn share_headers(components: &mut Components, operations: &mut [(String, &mut Operation)]) {
    let mut places: Vec<Place<'_, Header>> = Vec::new();
    for (path, operation) in operations {
        for response in operation.responses.responses.values_mut() {
            let RefOr::T(response) = response else { continue };
            for (name, part) in &mut response.headers {
                places.push(Place { part, name: type_name(name), whose: resource(path) });
            }
        }
    }
    share("headers", BTreeSet::new(), &mut components.headers, places);
}

fn share_parameters(components: &mut Components, operations: &mut [(String, &mut Operation)]) {
    let mut places: Vec<Place<'_, Parameter>> = Vec::new();
    for (path, operation) in operations {
        for part in operation.parameters.iter_mut().flatten() {
            let RefOr::T(parameter) = part else { continue };
            let name = type_name(&parameter.name);
            // An address has the place of one thing, which is named there: "The asset".
            let whose = match (&parameter.parameter_in, parameter.description.as_deref()) {
                (ParameterIn::Path, Some(said)) => type_name(said.strip_prefix("The ").unwrap_or(said)),
                _ => resource(path),
            };
            places.push(Place { part, name, whose });
        }
    }
    share("parameters", BTreeSet::new(), &mut components.parameters, places);
}

fn share_responses(components: &mut Components, operations: &mut [(String, &mut Operation)]) {
    let mut places: Vec<Place<'_, Response>> = Vec::new();
    for (path, operation) in operations {
        for part in operation.responses.responses.values_mut() {
            let RefOr::T(response) = part else { continue };
            let name = response_name(&response.description);
            places.push(Place { part, name, whose: resource(path) });
        }
    }
    share("responses", BTreeSet::new(), &mut components.responses, places);
}

/// A problem is called by its codes, anything else by what is said of it.
fn response_name(description: &str) -> String {
    // Every second piece stands between the marks of a code.
    let codes: Vec<String> = description.split('`').skip(1).step_by(2).map(type_name).collect();
    if codes.is_empty() { type_name(description) } else { codes.join("Or") }
}

/// What an address is about: `Assets` for `/v1/assets/{id}/rights`.
fn resource(path: &str) -> String {
    type_name(path.trim_start_matches("/v1/").split('/').next().unwrap_or_default())
}

/// A place of the document, and how that what stands there would be called.
struct Place<'d, T> {
    part: &'d mut RefOr<T>,
    name: String,
    /// What goes before the name where other parts have the same one.
    whose: String,
}

/// Moves each part that stands in more than one place into the components, and leaves references to it. Names that are taken
/// are given to nothing else.
///
/// Names follow from what a part says, and not from how many others there are before it, so that they stay what they are when
/// operations are added. Parts that have the same name are told apart by the first place that no other has taken; what cannot be
/// told apart stays where it is.
fn share<T: Clone + Serialize>(
    room: &str,
    mut taken: BTreeSet<String>,
    named: &mut BTreeMap<String, RefOr<T>>,
    places: Vec<Place<'_, T>>,
) {
    let mut equal: BTreeMap<String, Vec<Place<'_, T>>> = BTreeMap::new();
    for place in places {
        if let RefOr::T(part) = &*place.part {
            equal.entry(json!(part).to_string()).or_default().push(place);
        }
    }
    equal.retain(|_, places| places.len() > 1);
    let mut groups: Vec<Vec<Place<'_, T>>> = equal.into_values().collect();
    groups.sort_by_cached_key(|it| it.first().map(|it| (it.whose.clone(), it.name.clone())));
    let plain: Vec<String> = groups.iter().filter_map(|it| it.first()).map(|it| it.name.clone()).collect();
    let is_common = |name: &String| plain.iter().filter(|it| *it == name).count() > 1;
    for places in groups {
        let names = places.iter().map(|it| match is_common(&it.name) {
            true => format!("{}{}", it.whose, it.name),
            false => it.name.clone(),
        });
        let Some(name) = names.into_iter().find(|it| !taken.contains(it)) else { continue };
        taken.insert(name.clone());
        let refers = Ref::new(format!("#/components/{room}/{name}"));
        for place in places {
            let part = std::mem::replace(place.part, RefOr::Ref(refers.clone()));
            named.entry(name.clone()).or_insert(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{
        ContentBuilder, ObjectBuilder, OneOfBuilder, PathItem, Paths, PathsBuilder, Required,
        ResponseBuilder,
        path::{HttpMethod, OperationBuilder, ParameterBuilder},
    };

    use super::*;

    fn place_of(name: &str, said: &str) -> Parameter {
        let place =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        place.description(Some(said)).build()
    }

    /// Operations at these addresses, each with one parameter, and with a response that says this.
    fn document(operations: &[(&str, Parameter, &str)]) -> OpenApi {
        let mut paths = PathsBuilder::new();
        for (path, parameter, said) in operations {
            let response = ResponseBuilder::new()
                .description(*said)
                .content("application/json", ContentBuilder::new().build());
            let operation = OperationBuilder::new().parameter(parameter.clone()).response("409", response);
            paths = paths.path(*path, PathItem::new(HttpMethod::Get, operation));
        }
        let paths: Paths = paths.build();
        let mut document = OpenApi::default();
        document.paths = paths;
        document
    }

    #[test]
    fn what_is_said_twice_is_said_once() {
        let asset = || place_of("id", "The asset");
        let mut document = document(&[
            ("/v1/assets/{id}", asset(), "`conflict`, `four_eyes`"),
            ("/v1/assets/{id}/rights", asset(), "`conflict`, `four_eyes`"),
            ("/v1/parties/{id}", place_of("id", "The party"), "`conflict`"),
        ]);
        name(&mut document);
        let said = json!(document);
        let shared = |path: &str| said["paths"][path]["get"].clone();
        for path in ["/v1/assets/{id}", "/v1/assets/{id}/rights"] {
            assert_eq!(shared(path)["parameters"][0], json!({"$ref": "#/components/parameters/Id"}));
            assert_eq!(
                shared(path)["responses"]["409"],
                json!({"$ref": "#/components/responses/ConflictOrFourEyes"})
            );
        }
        assert_eq!(said["components"]["parameters"]["Id"]["description"], "The asset");
        // What stands in one place stays there.
        assert_eq!(shared("/v1/parties/{id}")["parameters"][0]["description"], "The party");
        assert_eq!(shared("/v1/parties/{id}")["responses"]["409"]["description"], "`conflict`");
    }

    #[test]
    fn parts_of_one_name_are_told_apart_by_what_they_are_of() {
        let (asset, party) = (|| place_of("id", "The asset"), || place_of("id", "The party"));
        let mut document = document(&[
            ("/v1/assets/{id}", asset(), ""),
            ("/v1/assets/{id}/rights", asset(), ""),
            ("/v1/parties/{id}", party(), ""),
            ("/v1/parties/{id}/holdings", party(), ""),
        ]);
        name(&mut document);
        let components = document.components.unwrap_or_default();
        assert_eq!(components.parameters.keys().collect::<Vec<_>>(), ["AssetId", "PartyId"]);
    }

    #[test]
    fn variants_are_called_by_their_tag_and_their_type() {
        let variant = |kind: &str| {
            ObjectBuilder::new().property("kind", ObjectBuilder::new().enum_values(Some([kind]))).build()
        };
        let choice = OneOfBuilder::new().item(variant("rent")).item(variant("no_price")).build();
        let mut document = OpenApi::default();
        let components = document.components.get_or_insert_default();
        components.schemas.insert("PaidRequest".to_owned(), Schema::OneOf(choice).into());
        name(&mut document);
        let said = json!(document);
        let schemas = &said["components"]["schemas"];
        let refers = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(
            schemas["PaidRequest"]["oneOf"],
            json!([refers("RentPaidRequest"), refers("NoPricePaidRequest")])
        );
        assert_eq!(schemas["RentPaidRequest"]["properties"]["kind"]["enum"], json!(["rent"]));
    }

    #[test]
    fn a_parameter_refers_to_the_type_that_it_describes() {
        let level = ObjectBuilder::new().enum_values(Some(["village", "township"])).build();
        let mut parameter = place_of("level", "The level");
        parameter.schema = Some(level.clone().into());
        let mut document = document(&[("/v1/regions", parameter, "")]);
        document.components.get_or_insert_default().schemas.insert("Level".to_owned(), level.into());
        name(&mut document);
        let parameter = json!(document)["paths"]["/v1/regions"]["get"]["parameters"][0].clone();
        assert_eq!(parameter["schema"], json!({"$ref": "#/components/schemas/Level"}));
    }
}
