//! Division codes of twelve digits (统计用区划代码): two digits each for province, prefecture and county (GB/T 2260),
//! three each for township and village. Each level's code is its parent's with more digits in front of the zeros.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type};

use crate::values::{Reason, closed_enum};

closed_enum! {
    /// The level of a region.
    pub enum RegionLevel {
        /// 省.
        Province = "province",
        /// 地级市.
        City = "city",
        /// 县.
        County = "county",
        /// 乡镇.
        Township = "township",
        /// 村.
        Village = "village",
    }
}

impl RegionLevel {
    /// How many digits of a code are this level's and its parents'.
    const fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::City => 4,
            Self::County => 6,
            Self::Township => 9,
            Self::Village => 12,
        }
    }
}

/// The form of a division code, for clients: two digits that are not zeros, then levels of two, two, three and three digits,
/// of which none follows one that is zeros, but for the counties of cities that have none.
const PATTERN: &str = "^([1-9][0-9](0{10}|(0[1-9]|[1-9][0-9])(0{8}|(0[1-9]|[1-9][0-9])(0{6}|(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})([0-9]{3}))))|(4419|4420|4604|6202)00(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})([0-9]{3}))$";

/// The cities that have no counties (不设区的地级市): their townships lie right under the city, with zeros in the place of the
/// county. 东莞, 中山, 儋州, 嘉峪关.
const WITHOUT_COUNTIES: &[&str] = &["4419", "4420", "4604", "6202"];

/// A division code of twelve digits, of which the levels below its own are zeros.
///
/// It says what a region's code can be. Which regions there are, a dated table says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode {
    digits: [u8; 12],
    level: RegionLevel,
}

impl RegionCode {
    /// The level, which follows from the zeros at the end.
    pub const fn level(&self) -> RegionLevel {
        self.level
    }

    /// All twelve digits.
    pub fn as_str(&self) -> &str {
        // Only digits are ever put in.
        std::str::from_utf8(&self.digits).unwrap_or_default()
    }

    /// The digits of the level and its parents, without the zeros that fill up.
    pub fn prefix(&self) -> &str {
        self.as_str().get(..self.level.digits()).unwrap_or_default()
    }

    /// The region one level up; none for a province. Above a township of a city without counties that is the city.
    pub fn parent(&self) -> Option<Self> {
        let above = match self.level {
            RegionLevel::Province => return None,
            RegionLevel::City => RegionLevel::Province,
            RegionLevel::County => RegionLevel::City,
            RegionLevel::Township => RegionLevel::County,
            RegionLevel::Village => RegionLevel::Township,
        };
        let code = self.as_str().get(..above.digits())?;
        format!("{code:0<12}").parse().ok()
    }

    /// Whether another region is this one or lies in it.
    pub fn covers(&self, other: &Self) -> bool {
        other.as_str().starts_with(self.prefix())
    }

    /// The least code in this region.
    pub fn first(&self) -> String {
        format!("{:0<12}", self.prefix())
    }

    /// The greatest code in this region.
    pub fn last(&self) -> String {
        format!("{:9<12}", self.prefix())
    }
}

impl FromStr for RegionCode {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let wrong = || Reason::WrongForm { wanted: "twelve digits of a division code".to_owned() };
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| wrong())?;
        // GB/T 2260 numbers the provinces from 11 on.
        if !digits.iter().all(u8::is_ascii_digit) || digits.starts_with(b"0") {
            return Err(wrong());
        }
        // The levels are filled from the left: below a level of zeros there is nothing.
        let is_zero = |part: Option<&str>| part.is_none_or(|it| it.bytes().all(|it| it == b'0'));
        let parts = [0..2, 2..4, 4..6, 6..9, 9..12].map(|it| is_zero(text.get(it)));
        let no_counties = text.get(..4).is_some_and(|city| WITHOUT_COUNTIES.contains(&city));
        let level = match parts {
            [false, false, true, false, true] if no_counties => RegionLevel::Township,
            [false, false, true, false, false] if no_counties => RegionLevel::Village,
            [false, true, true, true, true] => RegionLevel::Province,
            [false, false, true, true, true] => RegionLevel::City,
            [false, false, false, true, true] => RegionLevel::County,
            [false, false, false, false, true] => RegionLevel::Township,
            [false, false, false, false, false] => RegionLevel::Village,
            _ => return Err(wrong()),
        };
        Ok(Self { digits, level })
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for RegionCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for RegionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.in_serde())
    }
}

impl utoipa::PartialSchema for RegionCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some(PATTERN))
            .description(Some(
                "A division code of twelve digits (统计用区划代码); each level's begins with its parent's.",
            ))
            .examples(["130828101201"])
            .into()
    }
}
impl utoipa::ToSchema for RegionCode {
    fn name() -> std::borrow::Cow<'static, str> {
        "RegionCode".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, level: Option<RegionLevel>) {
        assert_eq!(text.parse::<RegionCode>().ok().map(|it| it.level()), level, "{text}");
    }

    #[test]
    fn levels_are_told_by_zeros() {
        check("130000000000", Some(RegionLevel::Province));
        check("130800000000", Some(RegionLevel::City));
        check("130828000000", Some(RegionLevel::County));
        check("130828101000", Some(RegionLevel::Township));
        check("130828101201", Some(RegionLevel::Village));
        check("130000000201", None);
        check("130828000201", None);
        check("441900000000", Some(RegionLevel::City));
        check("441900003000", Some(RegionLevel::Township));
        check("441900003001", Some(RegionLevel::Village));
        check("620201100000", Some(RegionLevel::Township));
        check("130800003000", None);
        check("441900000001", None);
        check("000000000000", None);
        check("030828101201", None);
        check("", None);
        check("１３0828101201", None);
        check("13082810120", None);
        check("13082810120x", None);
    }

    proptest! {
        #[test]
        fn the_published_form_is_the_one_that_is_read(
            mut parts in prop::collection::vec(prop_oneof![Just(0_u32), 1..1000_u32], 5), special: bool,
        ) {
            if let (true, [province, city, ..]) = (special, parts.as_mut_slice()) {
                (*province, *city) = (44, 19);
            }
            let widths = [(100, 2), (100, 2), (100, 2), (1000, 3), (1000, 3)];
            let code: String = parts.iter().zip(widths).map(|(part, (most, width))| format!("{:0width$}", part % most)).collect();
            let schema = serde_json::json!({"type": "string", "pattern": PATTERN});
            prop_assert_eq!(jsonschema::is_valid(&schema, &code.clone().into()), code.parse::<RegionCode>().is_ok(), "{}", code);
        }
    }

    #[test]
    fn a_parent_covers_its_children() {
        let village: RegionCode = "130828101201".parse().unwrap();
        let township = village.parent().unwrap();
        assert_eq!(township.as_str(), "130828101000");
        assert!(township.covers(&village) && !village.covers(&township));
        assert_eq!((township.first(), township.last()), ("130828101000".into(), "130828101999".into()));
        let street: RegionCode = "441900003000".parse().unwrap();
        let city = street.parent().unwrap();
        assert_eq!((city.as_str(), city.level()), ("441900000000", RegionLevel::City));
        assert!(city.covers(&street) && city.covers(&"441900003001".parse().unwrap()));
        let province: RegionCode = "130000000000".parse().unwrap();
        assert_eq!(province.parent(), None);
        assert!(province.covers(&village) && province.covers(&province));
        assert_eq!(province.prefix(), "13");
        assert_eq!(serde_json::to_value(village).unwrap(), "130828101201");
        assert_eq!(serde_json::from_str::<RegionCode>("\"130828101201\"").unwrap(), village);
    }
}
