//! L14: what cannot be mortgaged at all: land that a collective or the state owns, and what schools, clinics and homes for the old are there
//! for (民法典 art. 399). The right to run land may be: whoever runs it for a debt of their own is left alone.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{EncumbranceFacts, LandUse, Measure},
    register::codes::{AssetClass, RestrictionKind},
};

pub(super) const L14: Rule = Rule {
    id: RuleId::L14,
    name: bilingual("不得抵押的财产", "What cannot be mortgaged"),
    basis: "《中华人民共和国民法典》第三百九十九条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Encumbrance(mortgaged)],
    causes: &[LAND_MORTGAGED, WELFARE_MORTGAGED, PUBLIC_ASSET_MORTGAGED, PERHAPS_LAND_MORTGAGED],
};

/// Words in the categories of what serves education, health and the care of the old.
const WELFARE: &[&str] =
    &["school", "schools", "kindergarten", "nursery", "clinic", "hospital", "health", "nursing", "elderly"];

/// Words in the categories of land beside those that end in `land`.
const LAND: &[&str] =
    &["paddy", "tudi", "gengdi", "lindi", "caodi", "nongtian", "yongdi", "zhaijidi", "huangdi"];

/// Whether a word of a category, which anybody spells as they like, is one of some.
fn says(category: &str, is_one: impl Fn(&str) -> bool) -> bool {
    category.split('_').any(|word| is_one(word.trim_end_matches(|it: char| it.is_ascii_digit())))
}

fn is_called_land(category: &str) -> bool {
    LandUse::of(category).is_some() || says(category, |it| it.ends_with("land") || LAND.contains(&it))
}

const LAND_MORTGAGED: Cause = Cause {
    code: "land_mortgaged",
    severity: None,
    sentence: bilingual(
        "土地{asset_id}归{owner_id}所有，土地所有权不得设定{restriction}",
        "land {asset_id} is {owner_id}'s, and no {restriction} can be laid on the ownership of land",
    ),
    cure: bilingual(
        "以土地经营权融资的，由经营权人为自己的债务办理，并以 `secures_debt_of_id` 填写",
        "whoever runs the land may mortgage the right to run it for a debt of their own: say whose (`secures_debt_of_id`)",
    ),
};

const WELFARE_MORTGAGED: Cause = Cause {
    code: "welfare_mortgaged",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}（{category}）是教育、医疗卫生、养老等公益设施，不得设定{restriction}",
        "asset {asset_id} ({category}) serves education, health or the care of the old: no {restriction} can be laid on it",
    ),
    cure: bilingual("请以其他财产提供担保", "give another security"),
};

const PUBLIC_ASSET_MORTGAGED: Cause = Cause {
    code: "public_asset_mortgaged",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}登记为公益性资产，拟设定{restriction}",
        "asset {asset_id} is on record as serving public welfare, and would be under a {restriction}",
    ),
    cure: bilingual(
        "公益设施不得抵押：请核实用途；确非公益设施的先由县级更正类别",
        "what serves the public cannot be mortgaged: see what it is used for, and have its class put right first where it does not",
    ),
};

const PERHAPS_LAND_MORTGAGED: Cause = Cause {
    code: "perhaps_land_mortgaged",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "{owner_id}的资产{asset_id}以亩或者公顷计量，可能是土地，拟设定{restriction}",
        "asset {asset_id} of {owner_id} is measured as land is, and would be under a {restriction}",
    ),
    cure: bilingual(
        "请核实标的：土地所有权不得抵押，只能以地上设施或者经营权抵押，并相应更正资产类型",
        "see what it is: the ownership of land is not mortgaged, only what stands on it or the right to run it; put the category right",
    ),
};

fn mortgaged(encumbrance: &EncumbranceFacts, _: &PolicyValues) -> Vec<Found> {
    let EncumbranceFacts { kind, asset, owners, running, debtor, .. } = encumbrance;
    if !matches!(kind, RestrictionKind::Mortgage | RestrictionKind::Pledge) {
        return Vec::new();
    }
    let Some(owner) = encumbrance.public_owners().into_iter().next() else { return Vec::new() };
    let of = |cause| Found::of(cause).id("asset", asset.id).code("restriction", kind.code());
    if asset.class == AssetClass::PublicWelfare && says(&asset.category, |it| WELFARE.contains(&it)) {
        return vec![of(WELFARE_MORTGAGED).code("category", asset.category.clone())];
    }
    let owns = |id| owners.iter().any(|it| it.id == id);
    let by_operator = debtor.is_some_and(|it| !owns(it.id) && running.iter().any(|runs| runs.id == it.id));
    if is_called_land(&asset.category) && !by_operator {
        return vec![of(LAND_MORTGAGED).id("owner", owner.id)];
    }
    // A category is spelt as anybody likes: what an asset is measured in, and of which class it is, says the same more plainly.
    if asset.class == AssetClass::PublicWelfare {
        return vec![of(PUBLIC_ASSET_MORTGAGED)];
    }
    if asset.measured_in == Some(Measure::Land) && !by_operator {
        return vec![of(PERHAPS_LAND_MORTGAGED).id("owner", owner.id)];
    }
    Vec::new()
}
