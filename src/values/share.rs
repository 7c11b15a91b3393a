//! Shares: exact fractions of a right, greater than zero and at most the whole.

use std::{cmp::Ordering, fmt, str::FromStr};

use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type};

use crate::values::Reason;

/// An exact share of a right, in lowest terms: greater than zero, at most 1.
///
/// Numerator and denominator fit in 64 bits. What would not is refused as too fine, never rounded.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    num: i64,
    den: i64,
}

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self { num: 1, den: 1 };

    /// The share `num/den`, reduced to lowest terms.
    ///
    /// # Errors
    /// A zero denominator, a share of zero or below, a share above the whole.
    pub fn new(num: i64, den: i64) -> Result<Self, Reason> {
        if den == 0 {
            return Err(Reason::ZeroDenominator);
        }
        if num <= 0 || den < 0 {
            return Err(Reason::ShareNotPositive);
        }
        if num > den {
            return Err(Reason::ShareAboveWhole);
        }
        let divisor = num.gcd(&den);
        Ok(Self { num: num.div_euclid(divisor), den: den.div_euclid(divisor) })
    }

    /// The numerator, in lowest terms.
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator, in lowest terms.
    pub const fn den(self) -> i64 {
        self.den
    }

    /// Whether this is the whole.
    pub fn is_whole(self) -> bool {
        self == Self::WHOLE
    }

    /// The share as a fraction of any size.
    pub fn to_ratio(self) -> BigRational {
        BigRational::new(self.num.into(), self.den.into())
    }

    /// The share of a fraction of any size.
    ///
    /// # Errors
    /// Not greater than zero, above the whole, or too fine for 64 bits.
    pub fn from_ratio(ratio: &BigRational) -> Result<Self, Reason> {
        if !ratio.is_positive() {
            return Err(Reason::ShareNotPositive);
        }
        if *ratio > BigRational::one() {
            return Err(Reason::ShareAboveWhole);
        }
        match (ratio.numer().to_i64(), ratio.denom().to_i64()) {
            (Some(num), Some(den)) => Self::new(num, den),
            _ => Err(Reason::ShareTooFine),
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// Above the whole, or too fine.
    pub fn checked_add(self, other: Self) -> Result<Self, Reason> {
        Self::from_ratio(&(self.to_ratio() + other.to_ratio()))
    }

    /// What is left when another share is taken away; none when nothing is.
    ///
    /// # Errors
    /// [`Reason::ShareNotPositive`] when more would be taken than there is; too fine.
    pub fn checked_sub(self, other: Self) -> Result<Option<Self>, Reason> {
        let left = self.to_ratio() - other.to_ratio();
        if left.is_zero() { Ok(None) } else { Self::from_ratio(&left).map(Some) }
    }

    /// A share of this share.
    ///
    /// # Errors
    /// Too fine.
    pub fn checked_mul(self, other: Self) -> Result<Self, Reason> {
        Self::from_ratio(&(self.to_ratio() * other.to_ratio()))
    }

    /// How much of a greater share this is.
    ///
    /// # Errors
    /// Above the whole when this share is the greater one; too fine.
    pub fn checked_div(self, greater: Self) -> Result<Self, Reason> {
        Self::from_ratio(&(self.to_ratio() / greater.to_ratio()))
    }
}

/// The exact sum of any number of shares; it may be nothing, and may be more than the whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total(BigRational);

/// Adds shares up exactly, whatever their denominators.
pub fn sum(shares: impl IntoIterator<Item = Share>) -> Total {
    Total(shares.into_iter().fold(BigRational::zero(), |sum, share| sum + share.to_ratio()))
}

impl Total {
    /// A sum that was computed as a fraction.
    pub const fn of(ratio: BigRational) -> Self {
        Self(ratio)
    }

    /// Whether the sum is exactly the whole.
    pub fn is_whole(&self) -> bool {
        self.0.is_one()
    }

    /// Whether the sum is more than the whole.
    pub fn exceeds_whole(&self) -> bool {
        self.0 > BigRational::one()
    }

    /// Whether there is nothing.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// What is missing to the whole; none when nothing is.
    ///
    /// # Errors
    /// Above the whole ([`Reason::ShareNotPositive`]), or too fine.
    pub fn residual(&self) -> Result<Option<Share>, Reason> {
        let left = BigRational::one() - &self.0;
        if left.is_zero() { Ok(None) } else { Share::from_ratio(&left).map(Some) }
    }

    /// The sum as a fraction.
    pub const fn to_ratio(&self) -> &BigRational {
        &self.0
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.numer(), self.0.denom())
    }
}
impl Serialize for Total {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Total {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some("^(0|[1-9][0-9]*)/[1-9][0-9]*$"))
            .description(Some(
                "An exact fraction `n/d` in lowest terms, such as a sum or a product of shares. It may be zero, and its numbers may be longer than 64 bits: it is never rounded.",
            ))
            .examples(["1/6"])
            .into()
    }
}
impl utoipa::ToSchema for Total {
    fn name() -> std::borrow::Cow<'static, str> {
        "Fraction".into()
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        // The products of two 64-bit numbers fit in 128 bits.
        (i128::from(self.num) * i128::from(other.den)).cmp(&(i128::from(other.num) * i128::from(self.den)))
    }
}
impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Share {
    type Err = Reason;

    /// Reads `n/d`, or `1` for the whole.
    fn from_str(text: &str) -> Result<Self, Reason> {
        let wrong = || Reason::WrongForm { wanted: "n/d, such as 1/3, or 1".to_owned() };
        let number = |text: &str| {
            if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
                return Err(wrong());
            }
            // Nineteen digits are the most that 64 bits hold and that the published pattern lets through. So a number too
            // great is refused as it is written, even where its fraction could be reduced.
            match text.parse::<i64>() {
                Ok(number) if text.len() <= 19 => Ok(number),
                _ => Err(Reason::ShareTooFine),
            }
        };
        let (num, den) = match text.split_once('/') {
            Some((num, den)) => (number(num)?, number(den)?),
            None => (number(text)?, 1),
        };
        Self::new(num, den)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}
impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.in_serde())
    }
}

impl utoipa::PartialSchema for Share {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some("^[0-9]{1,19}(/[0-9]{1,19})?$"))
            .description(Some(
                "An exact share `n/d` of a right: greater than zero, at most 1/1; `1` is read as the whole.",
            ))
            .examples(["1/3"])
            .into()
    }
}
impl utoipa::ToSchema for Share {
    fn name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<&str, &str>) {
        let read = text.parse::<Share>();
        assert_eq!(
            read.as_ref().map(ToString::to_string).map_err(Reason::code),
            wanted.map(str::to_owned),
            "{text}"
        );
    }

    #[test]
    fn shares_are_read_exactly_or_refused() {
        check("1", Ok("1/1"));
        check("2/6", Ok("1/3"));
        check("9223372036854775806/9223372036854775807", Ok("9223372036854775806/9223372036854775807"));
        check("1/9223372036854775808", Err("share_too_fine"));
        check("2/18446744073709551614", Err("share_too_fine"));
        check("00000000000000000001/2", Err("share_too_fine"));
        check("007/8", Ok("7/8"));
        check("0", Err("share_not_positive"));
        check("2", Err("share_above_whole"));
        check("0/0", Err("zero_denominator"));
        check("1/0", Err("zero_denominator"));
        check("0/5", Err("share_not_positive"));
        check("3/2", Err("share_above_whole"));
        for wrong in ["", "1/", "/2", "-1/2", "+1/2", "1 /2", "1/2/3", "0.5", "一/二", "1/-2"] {
            check(wrong, Err("wrong_form"));
        }
    }

    #[test]
    fn what_goes_over_the_wire_is_the_text() {
        assert_eq!(serde_json::to_value(Share::WHOLE).unwrap(), "1/1");
        assert_eq!(serde_json::from_str::<Share>("\"2/4\"").unwrap(), Share::new(1, 2).unwrap());
        assert!(serde_json::from_str::<Share>("0.5").is_err());
        assert!(serde_json::from_str::<Share>("1").is_err());
    }

    #[test]
    fn the_last_place_of_64_bits_is_not_rounded_away() {
        let finest = Share::new(1, i64::MAX).unwrap();
        let half = Share::new(1, 2).unwrap();
        assert_eq!(finest.checked_add(half), Err(Reason::ShareTooFine));
        assert_eq!(finest.checked_mul(half), Err(Reason::ShareTooFine));
        assert_eq!(finest.checked_div(finest), Ok(Share::WHOLE));
        assert_eq!(half.checked_sub(half), Ok(None));
        assert_eq!(finest.checked_sub(half), Err(Reason::ShareNotPositive));
        assert_eq!(Share::WHOLE.checked_div(half), Err(Reason::ShareAboveWhole));
        assert_eq!(sum([Share::WHOLE, half]).to_string(), "3/2");
        assert_eq!(sum([Share::WHOLE, half]).residual(), Err(Reason::ShareNotPositive));
        assert!(sum([]).is_zero());
    }

    #[test]
    fn a_thousand_divisions_stay_exact_or_are_refused() {
        let mut share = Share::WHOLE;
        let mut refused = 0;
        for divisor in [3, 7, 11].into_iter().cycle().take(1000) {
            match share.checked_mul(Share::new(1, divisor).unwrap()) {
                Ok(finer) => share = finer,
                Err(reason) => {
                    assert_eq!(reason, Reason::ShareTooFine);
                    refused += 1;
                }
            }
        }
        assert!(refused > 900);
        assert_eq!(share.num(), 1);
    }

    fn share() -> impl Strategy<Value = Share> {
        (1..1_000_000_i64, 1..1_000_000_i64).prop_map(|(a, b)| Share::new(a.min(b), a.max(b)).unwrap())
    }

    proptest! {
        #[test]
        fn taking_away_undoes_adding(one in share(), two in share()) {
            if let Ok(sum) = one.checked_add(two) {
                prop_assert_eq!(sum.checked_sub(two), Ok(Some(one)));
            } else {
                prop_assert!(sum([one, two]).exceeds_whole());
            }
        }

        #[test]
        fn a_share_and_its_residual_are_the_whole(one in share()) {
            match sum([one]).residual().unwrap() {
                Some(rest) => prop_assert!(sum([one, rest]).is_whole()),
                None => prop_assert!(one.is_whole()),
            }
        }

        #[test]
        fn shares_in_proportion_sum_to_the_whole(heads in prop::collection::vec(1..1000_i64, 1..60)) {
            let all = heads.iter().sum();
            let shares = heads.iter().map(|it| Share::new(*it, all).unwrap());
            prop_assert!(sum(shares).is_whole());
        }

        #[test]
        fn dividing_undoes_taking_a_share_of_a_share(one in share(), two in share()) {
            prop_assert_eq!(one.checked_mul(two).and_then(|it| it.checked_div(two)), Ok(one));
        }

        #[test]
        fn what_is_written_reads_the_same(one in share()) {
            prop_assert_eq!(one.to_string().parse::<Share>(), Ok(one));
        }

        #[test]
        fn order_is_the_order_of_fractions(one in share(), two in share()) {
            prop_assert_eq!(one.cmp(&two), one.to_ratio().cmp(&two.to_ratio()));
        }
    }
}
