//! L47: an asset is registered with an owner that its class does not fit: what is for the public with a private party, what is a
//! household's with somebody else, what public money built for income with a firm, or, where it is worth much, with anybody private and no village. The county may agree to it.
//!
//! What benefits a household may be its own, and so may what cost little; what a village's own cooperative has, the village has.
//!
//! Class is about function, and roof-top stations can belong to the village: those are operating assets then, and no household's.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    ties::{is_of_public, is_private},
};
use crate::{
    loss::facts::{Claim, RegistrationFacts},
    register::{
        codes::{AssetClass, PartyKind, RightKind},
        parties::ties::Web,
    },
};

pub(super) const L47: Rule = Rule {
    id: RuleId::L47,
    name: bilingual("资产类别与所有权人不符", "An owner that the class does not fit"),
    basis: "国办函〔2021〕51号",
    severity: Severity::Escalate,
    parameters: &["exchange_required_above_fen"],
    checks: &[Check::Registration(registered)],
    causes: &[
        PUBLIC_ASSET_OF_PRIVATE,
        HOUSEHOLD_ASSET_OF_OTHERS,
        FUNDED_ASSET_OF_FIRM,
        FUNDED_ASSET_OF_PRIVATE,
    ],
};

const PUBLIC_ASSET_OF_PRIVATE: Cause = Cause {
    code: "public_asset_of_private",
    severity: None,
    sentence: bilingual(
        "{class}{asset_id}拟确权给非公有主体{owner_id}（份额{owned_share}）",
        "{asset_id} is {class} and would belong, in {owned_share}, to {owner_id}, a private party",
    ),
    cure: bilingual(
        "公益性资产应归村集体、乡镇或者行业主管部门所有，请核对所有权人或者资产类别",
        "check the owner, or the class: what is for the public belongs to the village, the township or the office in charge",
    ),
};

const HOUSEHOLD_ASSET_OF_OTHERS: Cause = Cause {
    code: "household_asset_of_others",
    severity: None,
    sentence: bilingual(
        "{class}{asset_id}拟确权给{owner_id}（份额{owned_share}），而不是农户或者个人",
        "{asset_id} is {class} and would belong, in {owned_share}, to {owner_id}, which is no household",
    ),
    cure: bilingual(
        "请核对所有权人；归村集体的请先更正资产类别",
        "check the owner; where the village owns it correct the class first",
    ),
};

const FUNDED_ASSET_OF_FIRM: Cause = Cause {
    code: "funded_asset_of_firm",
    severity: None,
    sentence: bilingual(
        "{class}{asset_id}拟确权给企业{owner_id}（份额{owned_share}）",
        "{asset_id} is {class} and would belong, in {owned_share}, to the enterprise {owner_id}",
    ),
    cure: bilingual(
        "扶贫资金形成的经营性资产应尽量确权到受益的农户或者村集体，请核对资金来源和批复；确由企业自有资金购建的，由县级说明理由后核准",
        "what these funds built for income belongs to whom it is to benefit, or to the village: check the funds and what was \
         approved; where the enterprise paid for it itself, the county says so",
    ),
};

const FUNDED_ASSET_OF_PRIVATE: Cause = Cause {
    code: "funded_asset_of_private",
    severity: None,
    sentence: bilingual(
        "{class}{asset_id}由公共资金形成，原值{original_value_fen}（超过{threshold_fen}），拟确权给{owner_id}（份额{owned_share}），登记各方中没有村集体",
        "{asset_id} is {class} that public funds built for {original_value_fen}, above {threshold_fen}; it would belong, in {owned_share}, to \
         {owner_id}, and no village is among those who own it",
    ),
    cure: bilingual(
        "价值较大的经营性资产应尽量确权到村集体；确应归受益的农户、个人或者合作社的，附项目批复，由县级说明理由后核准",
        "what is worth much belongs to the village; where it is that of those who benefit by it, attach what was approved, and the county says why \
         it agrees",
    ),
};

fn registered(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let class = registration.asset.class;
    let web = Web::of(&registration.ties);
    let owners = registration.claims.iter().enumerate().filter(|(_, it)| it.right == RightKind::Ownership);
    let (cost, threshold) = (registration.asset.original_value.get(), policy.exchange_required_above_fen);
    // A correction is about an asset that was registered before, and knows no project.
    let is_funded = registration.project.is_some_and(|it| it.public);
    let left_village =
        is_funded && cost > threshold && !registration.claims.iter().any(|it| it.holder.is_public());
    // Who owned it before is not asked again.
    let new = owners.filter(|(_, it)| registration.standing.iter().all(|was| !same(it, was)));
    let found = new.filter_map(|(index, it)| {
        let kind = it.holder.kind;
        let private = is_private(&web, it.holder);
        let cause = match class {
            AssetClass::PublicWelfare if private => PUBLIC_ASSET_OF_PRIVATE,
            AssetClass::Household if !kind.is_personal() => HOUSEHOLD_ASSET_OF_OTHERS,
            AssetClass::Operating
                if private
                    && matches!(kind, PartyKind::Enterprise | PartyKind::StateEnterprise)
                    && !is_of_public(&web, it.holder) =>
            {
                FUNDED_ASSET_OF_FIRM
            }
            AssetClass::Operating if private && left_village && !is_of_public(&web, it.holder) => {
                FUNDED_ASSET_OF_PRIVATE
            }
            _ => return None,
        };
        let found = Found::of(cause).at(index).id("asset", registration.asset.id).id("owner", it.holder.id);
        let found = found.code("class", class.code()).share("owned", it.share);
        let is_large = cause.code == FUNDED_ASSET_OF_PRIVATE.code;
        Some(if is_large { found.fen("original_value", cost).fen("threshold", threshold) } else { found })
    });
    found.collect()
}

fn same(it: &Claim, was: &Claim) -> bool {
    it.right == was.right && it.holder.id == was.holder.id
}
