//! Money: whole fen, never a fraction and never a float.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::SchemaType, schema::Type,
};

use crate::values::Reason;

/// An amount of money in fen (a hundredth of a yuan), from 0 to 2^53 − 1: the greatest that a JavaScript client can hold
/// without losing a fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// The greatest amount: 2^53 − 1 fen.
    pub const MAX: i64 = 9_007_199_254_740_991;
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of so many fen.
    ///
    /// # Errors
    /// Below 0 or above [`Self::MAX`].
    pub fn new(fen: i64) -> Result<Self, Reason> {
        match fen {
            ..0 => Err(Reason::TooSmall { min: "0".to_owned() }),
            0..=Self::MAX => Ok(Self(fen)),
            _ => Err(Reason::TooLarge { max: Self::MAX.to_string() }),
        }
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether there is no money.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` above the greatest amount.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|it| Self::new(it).ok())
    }

    /// The difference; `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(|it| Self::new(it).ok())
    }

    /// The sum of many; `None` above the greatest amount.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// The amount in yuan with two decimals, for people: `1234.56`.
    pub fn yuan(self) -> String {
        format!("{}.{:02}", self.0.div_euclid(100), self.0.rem_euclid(100))
    }
}

/// An amount in fen as ledgers write it in Chinese: in 万元 where two decimals say it all, and in 元 otherwise; it may be below zero.
pub fn in_chinese(fen: i64) -> String {
    const PART: i64 = 10_000;
    const WAN: i64 = 100 * PART;
    if fen.abs() < WAN || fen % PART != 0 {
        return format!("{}元", in_yuan(fen));
    }
    let sign = if fen < 0 { "-" } else { "" };
    let (wan, part) = ((fen / WAN).abs(), (fen % WAN / PART).abs());
    let part = if part == 0 { String::new() } else { format!(".{part:02}").trim_end_matches('0').to_owned() };
    format!("{sign}{wan}{part}万元")
}

/// An amount in fen as it stands in an English sentence; it may be below zero.
pub fn in_english(fen: i64) -> String {
    format!("{} yuan", in_yuan(fen))
}

/// Yuan, with two decimals where there are fen.
fn in_yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = ((fen / 100).abs(), (fen % 100).abs());
    if rest == 0 { format!("{sign}{yuan}") } else { format!("{sign}{yuan}.{rest:02}") }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Fen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fen = i64::deserialize(deserializer)?;
        Self::new(fen).map_err(|reason| reason.in_serde())
    }
}

impl utoipa::PartialSchema for Fen {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(Self::MAX))
            .description(Some("An amount of money in fen, a hundredth of a yuan; at most 2^53 − 1."))
            .examples([7_200_000])
            .into()
    }
}
impl utoipa::ToSchema for Fen {
    fn name() -> std::borrow::Cow<'static, str> {
        "Fen".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_stay_within_what_every_client_can_hold() {
        assert_eq!(Fen::new(-1), Err(Reason::TooSmall { min: "0".into() }));
        assert!(Fen::new(Fen::MAX).is_ok());
        assert!(Fen::new(Fen::MAX + 1).is_err());
        assert_eq!(Fen(Fen::MAX).checked_add(Fen(1)), None);
        assert_eq!(Fen(1).checked_sub(Fen(2)), None);
        assert_eq!(Fen::sum([Fen(1), Fen(2)]), Some(Fen(3)));
        assert_eq!(Fen(123_405).yuan(), "1234.05");
    }

    #[track_caller]
    fn check_read(text: &str, wanted: Option<i64>) {
        assert_eq!(serde_json::from_str::<Fen>(text).ok().map(Fen::get), wanted, "{text}");
    }

    #[test]
    fn an_amount_on_the_wire_is_a_whole_number() {
        check_read("0", Some(0));
        check_read("9007199254740991", Some(Fen::MAX));
        check_read("9007199254740992", None);
        check_read("-1", None);
        check_read("12.5", None);
        check_read("\"12\"", None);
        assert_eq!(serde_json::to_string(&Fen(7_200_000)).unwrap(), "7200000");
    }

    #[test]
    fn amounts_are_written_as_ledgers_write_them() {
        assert_eq!([in_english(5), in_english(-123_400)], ["0.05 yuan", "-1234 yuan"]);
        let written: Vec<_> =
            [0, 5, 5000, 99_999_900, 1_000_000, 1_234_000_000, 10_000_500, 4_590_000_000, -25_000_000]
                .into_iter()
                .map(in_chinese)
                .collect();

        let wanted =
            ["0元", "0.05元", "50元", "999999元", "1万元", "1234万元", "100005元", "4590万元", "-25万元"];
        assert_eq!(written, wanted);
        assert_eq!(in_chinese(1_234_567_890), "12345678.90元");
        assert_eq!(in_chinese(105_250_000), "105.25万元");
    }
}
