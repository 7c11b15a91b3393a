//! L13: what the state or a collective owns secures the debt of somebody who does not own it. For the property of a collective that is void
//! (集组法 arts. 35 and 58).
//!
//! Whoever runs land under contract may mortgage the right to run it by law (农村土地承包法 art. 47), and takes nothing from its owner.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{EncumbranceFacts, LandUse, PartyFacts},
    register::codes::RestrictionKind,
};

pub(super) const L13: Rule = Rule {
    id: RuleId::L13,
    name: bilingual("为他人债务担保", "Security for somebody else's debt"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条、第五十八条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Encumbrance(secured)],
    causes: &[
        SECURES_DEBT_OF_ANOTHER,
        SECURES_DEBT_OF_OPERATOR,
        SECURES_DEBT_OF_CO_OWNER,
        DEBTOR_UNNAMED,
        UNSHOWN_DEBTOR_UNNAMED,
        STANDING_DEBTOR_UNNAMED,
        PLEDGED_UNSHOWN,
        PLEDGED_ABOVE_VALUE,
    ],
};

const PLEDGED_UNSHOWN: Cause = Cause {
    code: "pledged_unshown",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "{owner_id}的资产{asset_id}拟为其自身债务设定{restriction}，未附材料",
        "asset {asset_id} of {owner_id} would be under a {restriction} for its own debt, and no document shows it",
    ),
    cure: bilingual(
        "请附合同和集体的民主决议（`document_id`）；否则由县级逐条说明",
        "attach the contract with the decision of the collective (`document_id`); otherwise the county says why it agrees",
    ),
};

const PLEDGED_ABOVE_VALUE: Cause = Cause {
    code: "pledged_above_value",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{owner_id}的资产{asset_id}原值{cost_fen}，拟担保{amount_fen}",
        "asset {asset_id} of {owner_id} cost {cost_fen} and would secure {amount_fen}",
    ),
    cure: bilingual("请核对担保金额和合同", "look at the amount by the contract"),
};

/// What would be lost where the debt is not paid: the amount that is secured, and at most what the asset stands at in the books; none
/// where nobody said for how much it is.
fn at_stake(of: &EncumbranceFacts) -> Option<i64> {
    of.amount.map(|it| it.min(of.asset.book_value).get())
}

/// What the owner gives as security for its own debt. What is above the cost is no loss by itself: the owner has the loan.
fn own_debt(of: &EncumbranceFacts, owner: PartyFacts) -> Vec<Found> {
    let found = |cause| Found::of(cause).id("asset", of.asset.id).id("owner", owner.id);
    let cost = of.asset.original_value;
    let unshown = (!of.standing && !of.shown)
        .then(|| found(PLEDGED_UNSHOWN).code("restriction", of.kind.code()).at_risk_if(at_stake(of)));
    let above = of
        .amount
        .filter(|it| *it > cost)
        .map(|it| found(PLEDGED_ABOVE_VALUE).fen("cost", cost.get()).fen("amount", it.get()));
    unshown.into_iter().chain(above).collect()
}

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

const DEBTOR_UNNAMED: Cause = Cause {
    code: "debtor_unnamed",
    severity: None,
    sentence: bilingual(
        "{owner_id}的资产{asset_id}拟设定{restriction}，未写明为谁的债务担保",
        "asset {asset_id} of {owner_id} would be under a {restriction}, and nobody says whose debt it secures",
    ),
    cure: bilingual(
        "请以 `secures_debt_of_id` 填写债务人；为所有权人自己的债务的，填写所有权人",
        "say whose debt it is (`secures_debt_of_id`): the owner's own by naming the owner",
    ),
};

const UNSHOWN_DEBTOR_UNNAMED: Cause = Cause {
    code: "unshown_debtor_unnamed",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "补录的{restriction}设定于{owner_id}的资产{asset_id}，未写明为谁的债务担保，也未附材料",
        "a {restriction} of long ago is entered on asset {asset_id} of {owner_id}, without whose debt it secures and without a document",
    ),
    cure: bilingual(
        "请附当时的合同或者登记证明（`document_id`），并以 `secures_debt_of_id` 填写债务人",
        "attach the contract or the certificate of that day (`document_id`), and say whose debt it is (`secures_debt_of_id`)",
    ),
};

const STANDING_DEBTOR_UNNAMED: Cause = Cause {
    code: "standing_debtor_unnamed",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "补录的{restriction}设定于{owner_id}的资产{asset_id}，未写明为谁的债务担保",
        "a {restriction} of long ago is entered on asset {asset_id} of {owner_id}, without whose debt it secures",
    ),
    cure: bilingual(
        "请核对当时的合同，查明债务人；为他人担保的，依法请求确认无效",
        "see by the contract of that day whose debt it is; have one for somebody else's declared void",
    ),
};

const SECURES_DEBT_OF_CO_OWNER: Cause = Cause {
    code: "secures_debt_of_co_owner",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}由{owner_id}与{debtor_id}共有，整体为{debtor_id}的债务设定{restriction}",
        "asset {asset_id}, which {owner_id} and {debtor_id} own together, would as a whole secure a debt of {debtor_id} by a {restriction}",
    ),
    cure: bilingual(
        "集体、国有的份额不得为共有人的债务提供担保：请先分割，或者由债务人另行提供担保；否则由县级说明理由",
        "the part that is the state's or a collective's secures no debt of whoever owns the rest: divide the asset first, or have the debtor give \
         another security; otherwise the county says why it agrees",
    ),
};

/// A mortgage or a pledge of which nobody says what it secures: what is new says it; what stood long before it is entered is there.
fn unnamed(of: &EncumbranceFacts) -> Option<Found> {
    let owner = of.public_owners().into_iter().next()?;
    let cause = match (of.standing, of.shown) {
        (false, _) => DEBTOR_UNNAMED,
        (true, false) => UNSHOWN_DEBTOR_UNNAMED,
        (true, true) => STANDING_DEBTOR_UNNAMED,
    };
    let found = Found::of(cause).id("asset", of.asset.id).id("owner", owner.id);
    Some(found.code("restriction", of.kind.code()).at_risk_if(at_stake(of)))
}

fn secured(encumbrance: &EncumbranceFacts, _: &PolicyValues) -> Vec<Found> {
    let EncumbranceFacts { kind, asset, owners, running, debtor, .. } = encumbrance;
    if !matches!(kind, RestrictionKind::Mortgage | RestrictionKind::Pledge) {
        return Vec::new();
    }
    let Some(debtor) = debtor else { return unnamed(encumbrance).into_iter().collect() };
    let public = encumbrance.public_owners();
    let own = public.iter().find(|it| it.id == debtor.id).map(|it| own_debt(encumbrance, *it));
    let runs = running.iter().any(|it| it.id == debtor.id);
    let by_law = runs && LandUse::of(&asset.category).is_some();
    let other = public.iter().find(|it| it.id != debtor.id).filter(|_| !by_law).map(|owner| {
        let cause = match owners.iter().any(|it| it.id == debtor.id) {
            true => SECURES_DEBT_OF_CO_OWNER,
            false if runs => SECURES_DEBT_OF_OPERATOR,
            false => SECURES_DEBT_OF_ANOTHER,
        };
        let found = Found::of(cause).id("asset", asset.id).id("owner", owner.id).id("debtor", debtor.id);
        found.code("restriction", kind.code()).at_risk_if(at_stake(encumbrance))
    });
    other.into_iter().chain(own.into_iter().flatten()).collect()
}
