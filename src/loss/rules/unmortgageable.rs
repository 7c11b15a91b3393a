//! L14: what cannot be mortgaged at all: land that a collective or the state owns, and what schools, clinics and homes for the old are there
//! for (民法典 art. 399). The right to run land may be: whoever runs it for a debt of their own is left alone.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{EncumbranceFacts, LandUse},
    register::codes::{AssetClass, RestrictionKind},
};

pub(super) const L14: Rule = Rule {
    id: RuleId::L14,
    name: bilingual("不得抵押的财产", "What cannot be mortgaged"),
    basis: "《中华人民共和国民法典》第三百九十九条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Encumbrance(mortgaged)],
    causes: &[LAND_MORTGAGED, WELFARE_MORTGAGED],
};

/// The categories of what serves education, health and the care of the old.
const WELFARE: &[&str] = &[
    "school",
    "kindergarten",
    "clinic",
    "village_clinic",
    "hospital",
    "health_centre",
    "nursing_home",
    "elderly_home",
];

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

fn mortgaged(encumbrance: &EncumbranceFacts, _: &PolicyValues) -> Vec<Found> {
    let EncumbranceFacts { kind, asset, owners, running, debtor } = encumbrance;
    if !matches!(kind, RestrictionKind::Mortgage | RestrictionKind::Pledge) {
        return Vec::new();
    }
    let Some(owner) = owners.iter().find(|it| it.is_public()) else { return Vec::new() };
    let of = |cause| Found::of(cause).id("asset", asset.id).code("restriction", kind.code());
    if asset.class == AssetClass::PublicWelfare && WELFARE.contains(&asset.category.as_str()) {
        return vec![of(WELFARE_MORTGAGED).code("category", asset.category.clone())];
    }
    let owns = |id| owners.iter().any(|it| it.id == id);
    let by_operator = debtor.is_some_and(|it| !owns(it.id) && running.iter().any(|runs| runs.id == it.id));
    if LandUse::of(&asset.category).is_none() || by_operator {
        return Vec::new();
    }
    vec![of(LAND_MORTGAGED).id("owner", owner.id)]
}
