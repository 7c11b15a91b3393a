//! L47: an asset is registered with an owner that its class does not fit: what is for the public with a private party, what is a
//! household's with somebody else, what public money built for income with a firm. The county may agree to it.
//!
//! Class is about function, and roof-top stations can belong to the village: those are operating assets then, and no household's.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, ties::is_private};
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
    parameters: &[],
    checks: &[Check::Registration(registered)],
    causes: &[PUBLIC_ASSET_OF_PRIVATE, HOUSEHOLD_ASSET_OF_OTHERS, FUNDED_ASSET_OF_FIRM],
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
        "扶贫资金形成的经营性资产应尽量确权到受益的农户或者村集体，请核对资金来源和批复",
        "what these funds built for income belongs to whom it is to benefit, or to the village: check the funds and what was \
         approved",
    ),
};

fn registered(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let class = registration.asset.class;
    let web = Web::of(&registration.ties);
    let owners = registration.claims.iter().enumerate().filter(|(_, it)| it.right == RightKind::Ownership);
    // Who owned it before is not asked again.
    let new = owners.filter(|(_, it)| registration.standing.iter().all(|was| !same(it, was)));
    let found = new.filter_map(|(index, it)| {
        let kind = it.holder.kind;
        let private = is_private(&web, it.holder);
        let cause = match class {
            AssetClass::PublicWelfare if private => PUBLIC_ASSET_OF_PRIVATE,
            AssetClass::Household if !kind.is_personal() => HOUSEHOLD_ASSET_OF_OTHERS,
            AssetClass::Operating
                if private && matches!(kind, PartyKind::Enterprise | PartyKind::StateEnterprise) =>
            {
                FUNDED_ASSET_OF_FIRM
            }
            _ => return None,
        };
        let found = Found::of(cause).at(index).id("asset", registration.asset.id).id("owner", it.holder.id);
        Some(found.code("class", class.code()).share("owned", it.share))
    });
    found.collect()
}

fn same(it: &Claim, was: &Claim) -> bool {
    it.right == was.right && it.holder.id == was.holder.id
}
