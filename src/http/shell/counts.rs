//! How many items a list may have, and how many fields an object: looked at before what is in them.
//!
//! A list of a hundred thousand empty objects costs whoever sends it little. Held against the schema of its items it would
//! cost the registry seconds, to say nothing that its length does not say as well.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    http::shell::json::{cut, escape},
    values::{Fault, Reason},
};

/// The most items, or fields, of what has no limit of its own.
const MOST: u64 = 10_000;

/// How deep schemas are followed: those of bodies end long before, and one that holds itself ends here.
const DEEPEST: u8 = 32;

/// What a schema says about the sizes of lists and objects.
#[derive(Debug, Default)]
pub(super) struct Counts {
    most_items: Option<u64>,
    most_fields: Option<u64>,
    items: Option<Box<Self>>,
    fields: HashMap<String, Self>,
    others: Option<Box<Self>>,
}

impl Counts {
    /// Reads them off a schema. `named` gives the schema of a name.
    pub(super) fn of(schema: &Value, named: &dyn Fn(&str) -> Option<Value>) -> Self {
        let mut counts = Self::default();
        counts.read(schema, named, 0);
        counts
    }

    /// Takes in a schema. Where there are several for one place, what any of them allows is allowed.
    fn read(&mut self, schema: &Value, named: &dyn Fn(&str) -> Option<Value>, depth: u8) {
        if depth > DEEPEST {
            return;
        }
        let deeper = depth.saturating_add(1);
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next())
            && let Some(found) = named(name)
        {
            self.read(&found, named, deeper);
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            for branch in schema.get(choice).and_then(Value::as_array).into_iter().flatten() {
                self.read(branch, named, deeper);
            }
        }
        let widest = |limit: &mut Option<u64>, keyword: &str| {
            *limit = (*limit).max(schema.get(keyword).and_then(Value::as_u64));
        };
        widest(&mut self.most_items, "maxItems");
        widest(&mut self.most_fields, "maxProperties");
        if let Some(items) = schema.get("items") {
            self.items.get_or_insert_default().read(items, named, deeper);
        }
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.fields.entry(name.clone()).or_default().read(field, named, deeper);
        }
        if let Some(others) = schema.get("additionalProperties").filter(|it| it.is_object()) {
            self.others.get_or_insert_default().read(others, named, deeper);
        }
    }

    /// The lists and objects of a value that are too large. What is in them is not looked at.
    pub(super) fn beyond(&self, value: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.look(value, &mut String::new(), &mut faults);
        faults
    }

    fn look(&self, value: &Value, pointer: &mut String, faults: &mut Vec<Fault>) {
        let too_many = |count: usize, most: Option<u64>| {
            let max = most.unwrap_or(MOST);
            (u64::try_from(count).unwrap_or(u64::MAX) > max).then_some(Reason::TooMany { max })
        };
        let length = pointer.len();
        match value {
            Value::Array(items) => match (too_many(items.len(), self.most_items), &self.items) {
                (Some(reason), _) => faults.push(Fault::at(cut(pointer), reason)),
                (None, Some(of_items)) => {
                    for (index, item) in items.iter().enumerate() {
                        pointer.push_str(&format!("/{index}"));
                        of_items.look(item, pointer, faults);
                        pointer.truncate(length);
                    }
                }
                (None, None) => {}
            },
            Value::Object(fields) => {
                // Where no other fields are allowed, each of them is told, as far as faults are told.
                let is_open = self.others.is_some();
                if let Some(reason) = too_many(fields.len(), self.most_fields).filter(|_| is_open) {
                    faults.push(Fault::at(cut(pointer), reason));
                    return;
                }
                for (name, field) in fields {
                    let Some(of_field) = self.fields.get(name).or(self.others.as_deref()) else { continue };
                    pointer.push('/');
                    pointer.push_str(&escape(name));
                    of_field.look(field, pointer, faults);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, wanted: &[(&str, u64)]) {
        let lots = json!({"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Lot"}});
        let lot = json!({"type": "object", "properties": {
            "by_name": {"type": "object", "additionalProperties": {"type": "array", "maxItems": 1, "items": {}}},
        }});
        let schema =
            json!({"anyOf": [{"type": "null"}, {"properties": {"lots": lots, "free": {"items": {}}}}]});
        let counts = Counts::of(&schema, &|name| (name == "Lot").then(|| lot.clone()));
        let found: Vec<_> = counts.beyond(&value).into_iter().map(|it| (it.pointer, it.reason)).collect();
        let wanted: Vec<_> =
            wanted.iter().map(|(at, max)| ((*at).to_owned(), Reason::TooMany { max: *max })).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_list_is_counted_before_its_items_are_looked_at() {
        check(json!({"lots": [{}, {}], "free": [1, 2, 3]}), &[]);
        check(json!({"lots": [{}, {}, {"by_name": {"a": [1, 2]}}]}), &[("/lots", 2)]);
        check(json!({"lots": [{"by_name": {"a": [1], "b": [1, 2]}}]}), &[("/lots/0/by_name/b", 1)]);
        check(json!({"free": vec![0; 10_001]}), &[("/free", 10_000)]);
        check(json!([1, 2, 3]), &[]);
    }
}
