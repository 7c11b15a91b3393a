//! Land, as far as it is told from other things: by the category of an asset, and by what it is measured in.

use serde::{Deserialize, Serialize};

/// The category of an asset that is land under contract and does not say which.
pub const CONTRACTED_LAND: &str = "contracted_land";

/// What land under contract is used for, by the category of the asset. It has terms of its own and not those of a lease (民法典 art. 332).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LandUse {
    /// Arable land (耕地) and orchards (园地), and land under contract that does not say which.
    Arable,
    /// Grassland (草地).
    Grassland,
    /// Forest land (林地).
    Forest,
}

impl LandUse {
    /// The use of an asset of a category; none for what is no land under contract. Words for the same land count alike.
    pub fn of(category: &str) -> Option<Self> {
        match category {
            CONTRACTED_LAND | "arable_land" | "farmland" | "farm_land" | "cultivated_land" | "cropland"
            | "paddy_field" | "dry_land" | "garden_land" | "orchard" => Some(Self::Arable),
            "grassland" | "pasture" | "grazing_land" => Some(Self::Grassland),
            "forest_land" | "forestland" | "woodland" => Some(Self::Forest),
            _ => None,
        }
    }
}

/// Whether a unit is one in which land is measured. What is counted in pieces is no land, whatever it is called.
pub fn measures_land(unit: &str) -> bool {
    let unit = unit.trim().to_lowercase();
    Measure::of(&unit) == Some(Measure::Land)
        || ["平方米", "平米", "㎡", "m2", "m²"].iter().any(|it| unit.ends_with(it))
}

/// What an asset is measured in, where that tells what kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// In 亩 or hectares, as land is.
    Land,
    /// In money, or in shares of something.
    Money,
}

impl Measure {
    /// What a unit says; none for one in which many kinds of things are counted.
    pub fn of(unit: &str) -> Option<Self> {
        let unit = unit.trim().to_lowercase();
        // An apartment is counted in 单元, and is no money.
        if unit.ends_with("单元") {
            return None;
        }
        let is_of = |ends: &[&str], words: &[&str]| {
            ends.iter().any(|it| unit.ends_with(it)) || words.contains(&unit.as_str())
        };
        if is_of(&["亩", "公顷", "垧"], &["mu", "ha", "hectare", "hectares"]) {
            Some(Self::Land)
        } else if is_of(&["元", "股"], &["份额", "yuan", "cny", "rmb", "share", "shares"]) {
            Some(Self::Money)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn land_is_measured_as_land() {
        for unit in ["亩", "公顷", "平方米", "㎡", "mu"] {
            assert!(measures_land(unit), "{unit}");
        }
        for unit in ["座", "处", "间", "元", "单元", "条"] {
            assert!(!measures_land(unit), "{unit}");
        }
    }

    #[test]
    fn words_for_the_same_land_count_alike() {
        assert_eq!(LandUse::of("farmland"), LandUse::of("arable_land"));
        assert_eq!(LandUse::of("woodland"), LandUse::of("forest_land"));
        assert_eq!(LandUse::of("pasture"), LandUse::of("grassland"));
        assert_eq!(LandUse::of("greenhouse"), None);
    }
}
