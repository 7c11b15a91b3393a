//! L13: what the state or a collective owns secures the debt of somebody who does not own it. For the property of a collective that is void
//! (集组法 arts. 35 and 58).
//!
//! Whoever runs land under contract may mortgage the right to run it by law (农村土地承包法 art. 47), and takes nothing from its owner.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{EncumbranceFacts, LandUse},
    register::codes::RestrictionKind,
};

pub(super) const L13: Rule = Rule {
    id: RuleId::L13,
    name: bilingual("为他人债务担保", "Security for somebody else's debt"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条、第五十八条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Encumbrance(secured)],
    causes: &[SECURES_DEBT_OF_ANOTHER, SECURES_DEBT_OF_OPERATOR],
};

const SECURES_DEBT_OF_ANOTHER: Cause = Cause {
    code: "secures_debt_of_another",
    severity: None,
    sentence: bilingual(
        "{owner_id}的资产{asset_id}为{debtor_id}的债务设定{restriction}",
        "asset {asset_id} of {owner_id} would secure a debt of {debtor_id} by a {restriction}",
    ),
    cure: bilingual(
        "集体、国有资产不得为他人债务提供担保；请由债务人另行提供担保",
        "what is the state's or a collective's secures nobody else's debts: have the debtor give another security",
    ),
};

const SECURES_DEBT_OF_OPERATOR: Cause = Cause {
    code: "secures_debt_of_operator",
    severity: None,
    sentence: bilingual(
        "{debtor_id}只享有资产{asset_id}的经营权，所有权属{owner_id}，以该资产为其债务设定{restriction}无效",
        "{debtor_id} has only the management of asset {asset_id}, which {owner_id} owns: a {restriction} of it for its own debt is void",
    ),
    cure: bilingual("请由经营方以自有财产另行提供担保", "have it give a security that is its own"),
};

fn secured(encumbrance: &EncumbranceFacts, _: &PolicyValues) -> Vec<Found> {
    let EncumbranceFacts { kind, asset, owners, running, debtor } = encumbrance;
    let secures = matches!(kind, RestrictionKind::Mortgage | RestrictionKind::Pledge);
    let (Some(debtor), Some(owner)) = (debtor, owners.iter().find(|it| it.is_public())) else {
        return Vec::new();
    };
    let runs = running.iter().any(|it| it.id == debtor.id);
    let by_law = runs && LandUse::of(&asset.category).is_some();
    if !secures || by_law || owners.iter().any(|it| it.id == debtor.id) {
        return Vec::new();
    }
    let cause = if runs { SECURES_DEBT_OF_OPERATOR } else { SECURES_DEBT_OF_ANOTHER };
    let found = Found::of(cause).id("asset", asset.id).id("owner", owner.id).id("debtor", debtor.id);
    vec![found.code("restriction", kind.code())]
}
