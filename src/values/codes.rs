//! Short texts in a fixed form: codes of open lists, such as `greenhouse`, and decimal quantities.

use std::{fmt, ops::Deref, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type};

use crate::values::Reason;

/// Declares a text in a fixed form: as a pattern for clients, and as the test that reads it.
macro_rules! forms {
    ($($(#[doc = $about:literal])+ $name:ident = $pattern:literal, $example:literal, $fits:expr;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            const PATTERN: &'static str = $pattern;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Reason;

            fn from_str(text: &str) -> Result<Self, Reason> {
                let fits: fn(&str) -> bool = $fits;
                if fits(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Reason::WrongForm { wanted: Self::PATTERN.to_owned() })
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|reason: Reason| reason.in_serde())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::String))
                    .pattern(Some(Self::PATTERN))
                    .description(Some(concat!($($about),+).trim()))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

forms! {
    /// What kind of thing an asset is: a code in small letters.
    Category = "^[a-z][a-z0-9_]{1,47}$", "greenhouse", |text| {
        text.starts_with(|it: char| it.is_ascii_lowercase())
            && (2..=48).contains(&text.len())
            && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
    };
    /// What money is spent on: a code in small letters.
    UseCode = "^[a-z_]{2,64}$", "roof_repair", |text| {
        (2..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
    };
    /// The name by which somebody signs in: it is typed, told on the telephone, and stands in logs.
    Username = "^[a-z0-9][a-z0-9._-]{0,63}$", "officer", |text| {
        let common = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
        text.len() <= 64
            && text.bytes().next().is_some_and(common)
            && text.bytes().all(|it| common(it) || b"._-".contains(&it))
    };
    /// How much of something there is: a decimal number above zero with at most six places.
    Quantity = r"^(0\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,11}(\.[0-9]{1,6})?)$", "3.5", |text| {
        let (whole, places) = match text.split_once('.') {
            Some((whole, places)) => (whole, Some(places)),
            None => (text, None),
        };
        let digits = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        digits(whole, 12)
            && places.is_none_or(|it| digits(it, 6))
            && if whole == "0" { places.is_some_and(|it| !it.ends_with('0')) } else { !whole.starts_with('0') }
    };
}

impl Quantity {
    /// The quantity in millionths, exactly.
    pub fn millionths(&self) -> i128 {
        let (whole, places) = self.0.split_once('.').unwrap_or((&self.0, ""));
        // Eighteen digits at most, as its form has it.
        format!("{whole}{places:0<6}").parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(quantity: &str, wanted: Option<i128>) {
        assert_eq!(quantity.parse::<Quantity>().ok().map(|it| it.millionths()), wanted, "{quantity}");
    }

    #[test]
    fn quantities_are_read_to_their_last_place() {
        check("3.5", Some(3_500_000));
        check("0.000001", Some(1));
        check("999999999999.999999", Some(999_999_999_999_999_999));
        check("10.50", Some(10_500_000));
        for wrong in
            ["", "0", "0.0", "0.10", "01", "1.", ".5", "-1", "1.0000001", "1000000000000", "１", "many"]
        {
            check(wrong, None);
        }
    }

    fn holds<T>(text: &str) -> Result<(), TestCaseError>
    where
        T: FromStr<Err = Reason> + utoipa::PartialSchema + ToString + PartialEq + fmt::Debug,
    {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let read = text.parse::<T>();
        prop_assert_eq!(jsonschema::is_valid(&schema, &text.into()), read.is_ok(), "{:?}", text);
        if let Ok(value) = read {
            prop_assert_eq!(value.to_string().parse::<T>(), Ok(value));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_published_form_of_a_quantity_is_the_one_that_is_read(text in "[0-9.０]{0,16}|[0-9]{1,13}\\.[0-9]{0,7}") {
            holds::<Quantity>(&text)?;
        }

        #[test]
        fn the_published_form_of_a_code_is_the_one_that_is_read(text in "[a-zA0_9é.-]{0,3}|[a-z0-9_]{44,67}|[a-z_]{60,66}") {
            holds::<Category>(&text)?;
            holds::<UseCode>(&text)?;
            holds::<Username>(&text)?;
        }
    }
}
