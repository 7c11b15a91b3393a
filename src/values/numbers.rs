//! Whole numbers with a range: how long, how often, what part.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::SchemaType, schema::Type,
};

use crate::values::Reason;

/// Declares whole numbers, each with its least and its greatest value.
macro_rules! ranges {
    ($($(#[doc = $about:literal])+ $name:ident = $min:literal..=$max:literal, $example:literal;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(i32);

        impl $name {
            /// The number.
            pub const fn get(self) -> i32 {
                self.0
            }
        }

        impl TryFrom<i32> for $name {
            type Error = Reason;

            fn try_from(number: i32) -> Result<Self, Reason> {
                match number {
                    ..$min => Err(Reason::TooSmall { min: $min.to_string() }),
                    $min..=$max => Ok(Self(number)),
                    _ => Err(Reason::TooLarge { max: $max.to_string() }),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Reason;

            fn from_str(text: &str) -> Result<Self, Reason> {
                let number = text.parse::<i32>();
                number.map_err(|_| Reason::WrongType { wanted: "integer".to_owned() })?.try_into()
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                i32::deserialize(deserializer)?.try_into().map_err(|reason: Reason| reason.in_serde())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::Integer))
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
                    .minimum(Some($min))
                    .maximum(Some($max))
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

ranges! {
    /// A number of months, from 1 to a hundred years.
    Months = 1..=1200, 240;
    /// A part of a whole in basis points, from 0 to 10000.
    BasisPoints = 0..=10000, 500;
    /// A number of days, from 1 to about ten years.
    Days = 1..=3660, 90;
    /// The year of a project's funds, from 2012 to 2100.
    ProjectYear = 2012..=2100, 2021;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds<T>(number: i32) -> Result<(), TestCaseError>
    where
        T: TryFrom<i32, Error = Reason>
            + std::str::FromStr<Err = Reason>
            + utoipa::PartialSchema
            + ToString
            + Copy
            + PartialEq
            + fmt::Debug,
    {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let read = T::try_from(number);
        prop_assert_eq!(jsonschema::is_valid(&schema, &number.into()), read.is_ok(), "{}", number);
        if let Ok(value) = read {
            prop_assert_eq!(value.to_string().parse::<T>(), Ok(value));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_published_range_is_the_one_that_is_read(
            number in prop_oneof![-2..12_i32, 1198..1203_i32, 3658..3663_i32, 2010..2103_i32, 9998..10003_i32, any::<i32>()],
        ) {
            holds::<Months>(number)?;
            holds::<BasisPoints>(number)?;
            holds::<Days>(number)?;
            holds::<ProjectYear>(number)?;
        }
    }

    #[test]
    fn what_lies_outside_is_told_from_what_is_no_number() {
        assert_eq!("1201".parse::<Months>(), Err(Reason::TooLarge { max: "1200".to_owned() }));
        assert_eq!("-1".parse::<BasisPoints>(), Err(Reason::TooSmall { min: "0".to_owned() }));
        assert_eq!("1.5".parse::<Days>(), Err(Reason::WrongType { wanted: "integer".to_owned() }));
    }
}
