//! JSON as it was written: a field that stands twice in an object is a fault, and so is a number that would be rounded.
//!
//! Most readers of JSON keep the last of two equal fields and the nearest number that they can hold. Then the registry would
//! record something that nobody wrote.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use uuid::Uuid;

use crate::{
    http::shell::told::Told,
    values::{Fault, Reason},
};

/// The most bytes of a pointer that are told: a name may be as long as the body.
const LONGEST_POINTER: usize = 512;

/// Reads a text. What was written twice or cannot be kept comes back beside the value, each by its pointer.
///
/// # Errors
/// Where the text is no JSON.
pub(super) fn read(text: &str) -> Result<(Value, Told), serde_json::Error> {
    let mut reader = Reader { numbers: Numbers(text), pointer: String::new(), faults: Told::default() };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = (&mut reader).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, reader.faults))
}

/// Whether a text was not read because of how deep it is nested.
pub(super) fn is_too_deep(error: &serde_json::Error) -> bool {
    // The crate gives this error no kind of its own.
    error.is_syntax() && error.to_string().starts_with("recursion limit exceeded")
}

/// Escapes a field's name for a JSON pointer (RFC 6901).
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A pointer, of which the end is left out where it is long.
pub(super) fn cut(pointer: &str) -> String {
    match pointer.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST_POINTER) {
        Some(end) => format!("{}…", pointer.get(..end).unwrap_or_default()),
        None => pointer.to_owned(),
    }
}

struct Reader<'t> {
    numbers: Numbers<'t>,
    /// Where in the value the reader is.
    pointer: String,
    faults: Told,
}

impl Reader<'_> {
    /// Keeps what is wrong here. More of it than is ever told is only counted: it would cost whoever sends it little, and us
    /// much.
    fn wrong(&mut self, reason: Reason) {
        if self.faults.is_full() {
            self.faults.and_more(1);
        } else {
            self.faults.push(Fault::at(cut(&self.pointer), reason));
        }
    }

    /// Reads what stands one step further in.
    fn step<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(step));
        let done = read(self);
        self.pointer.truncate(length);
        done
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        self.numbers.next();
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        self.numbers.next();
        Ok(number.into())
    }

    /// A number with a fraction or an exponent, or beyond 64 bits.
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        match whole(self.numbers.next().unwrap_or_default()) {
            // JSON Schema counts `1.0` as an integer, serde does not: such numbers are kept whole.
            Some(Whole::Number(whole)) => return Ok(whole.into()),
            None if number.fract() == 0.0 => {
                self.wrong(Reason::WrongType { wanted: "integer".to_owned() });
            }
            Some(Whole::TooLarge) | None => {}
        }
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = {
            let index = list.len().to_string();
            self.step(&index, |reader| items.next_element_seed(reader))?
        } {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        // One identifier can be written in small and in large letters.
        let mut ids = BTreeSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            let is_known_id = Uuid::try_parse(&name).is_ok_and(|id| !ids.insert(id));
            let value = self.step(&name, |reader| {
                if is_known_id || object.contains_key(&name) {
                    reader.wrong(Reason::Duplicate);
                }
                fields.next_value_seed(&mut *reader)
            })?;
            object.entry(name).or_insert(value);
        }
        Ok(Value::Object(object))
    }
}

/// The numbers of a JSON text as they are written, in their order.
struct Numbers<'t>(&'t str);

impl<'t> Iterator for Numbers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.0.as_bytes();
        let (mut at, mut in_text) = (0, false);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if in_text => at += 1,
                b'"' => in_text = !in_text,
                b'-' | b'0'..=b'9' if !in_text => {
                    let rest = self.0.get(at..).unwrap_or_default();
                    let is_part = |it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.' | 'e' | 'E');
                    let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
                    let (number, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
                    self.0 = rest;
                    return Some(number);
                }
                _ => {}
            }
            at += 1;
        }
        self.0 = "";
        None
    }
}

/// A number without a fraction.
#[derive(Debug, PartialEq, Eq)]
enum Whole {
    Number(i64),
    TooLarge,
}

/// What a number in JSON comes to exactly; none where it has a fraction.
fn whole(written: &str) -> Option<Whole> {
    let (sign, number) = written.strip_prefix('-').map_or((1, written), |it| (-1, it));
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (before, behind) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{before}{behind}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(Whole::Number(0));
    }
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = i64::try_from(behind.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?;
    let power = exponent.checked_sub(places)?.checked_add(zeros)?;
    let power = u32::try_from(power).ok()?;
    let number = || {
        let number = significant.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(power)?)?;
        i64::try_from(number.checked_mul(sign)?).ok()
    };
    Some(number().map_or(Whole::TooLarge, Whole::Number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Value, faults: &[(&str, &str)]) {
        let (value, found) = read(text).unwrap();
        let found = found.into_faults();
        let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!((&value, found.as_slice()), (&wanted, faults), "{text}");
    }

    #[test]
    fn a_field_stands_once_in_an_object() {
        check(r#"{"a": 1, "b": {"a": 2}}"#, json!({"a": 1, "b": {"a": 2}}), &[]);
        check(r#"{"a": 1, "a": 1}"#, json!({"a": 1}), &[("/a", "duplicate")]);
        check(
            r#"{"l": [0, {"x/y": 1, "x\u002fy": {"k": 1, "k": 2}}], "l": 3}"#,
            json!({"l": [0, {"x/y": 1}]}),
            &[("/l/1/x~1y", "duplicate"), ("/l/1/x~1y/k", "duplicate"), ("/l", "duplicate")],
        );
        let (small, large) = ("0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e", "0190B6A4-7C1E-7C3E-9D1A-2F6C8A3B5D7E");
        check(
            &format!(r#"{{"{small}": 1, "{large}": 2}}"#),
            json!({small: 1, large: 2}),
            &[(&format!("/{large}"), "duplicate")],
        );
    }

    #[test]
    fn a_number_is_kept_as_it_was_written_or_refused() {
        let wrong = [("/0", "wrong_type")];
        check("[1.0, 1e3, 1.50e1, -0, -7.00, 0.0e9]", json!([1, 1000, 15, 0, -7, 0]), &[]);
        check("[9007199254740990.9]", json!([9_007_199_254_740_991.0]), &wrong);
        check("[9007199254740991.0000000000000001]", json!([9_007_199_254_740_991.0]), &wrong);
        check("[4503599627370495.99]", json!([4_503_599_627_370_496.0]), &wrong);
        check("[1.00000000000000000001]", json!([1.0]), &wrong);
        check("[1e-400]", json!([0.0]), &wrong);
        check("[9007199254740993.0]", json!([9_007_199_254_740_993_i64]), &[]);
        check("[0.5]", json!([0.5]), &[]);
        check("[18446744073709551616]", json!([18_446_744_073_709_551_616.0]), &[]);
        check(
            r#"["1.5\"-2", -9223372036854775808, {"3": 1.5}, 1e2]"#,
            json!(["1.5\"-2", i64::MIN, {"3": 1.5}, 100]),
            &[],
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_told_from_what_is_no_json() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(is_too_deep(&read(&deep).unwrap_err()));
        assert!(!is_too_deep(&read("[1,]").unwrap_err()));
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in ["", "{", "[1,]", "[1] 2", "01", "1e400", r#""\ud800""#, "{1: 2}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_properly_is_read_as_it_is(value in any_json()) {
            let (read, faults) = read(&value.to_string()).unwrap();
            prop_assert_eq!((read, faults.into_faults()), (value, Vec::new()));
        }

        #[test]
        fn a_whole_number_is_whole_however_it_is_written(number in any::<i64>(), places in 0_usize..20) {
            let with_zeros = format!("{number}.{}", "0".repeat(places + 1));
            prop_assert_eq!(whole(&with_zeros), Some(Whole::Number(number)));
            let with_more = format!("{number}.{}1", "0".repeat(places));
            prop_assert_eq!(whole(&with_more), None);
        }
    }
}
