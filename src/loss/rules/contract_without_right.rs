//! L25: a contract lets an asset whose management nobody was given under it: whoever rents is on record as paying, and not as
//! running it. And the other way round: whoever runs an asset of the village for a term, when it is registered, has no contract
//! for it. The lease is registered with the asset (`management` of a registration), or by a transfer that is entered late.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    lots::owned_by_public,
    ties::{is_private, keeps},
};
use crate::{
    loss::facts::{ContractFacts, Registered, RegistrationFacts},
    register::{
        codes::{PartyKind, RightKind},
        parties::ties::Web,
    },
};

pub(super) const L25: Rule = Rule {
    id: RuleId::L25,
    name: bilingual("合同没有登记的权利", "A contract without a right"),
    basis: "《中华人民共和国农村集体经济组织法》第三十条；《中华人民共和国民法典》第七百零三条",
    severity: Severity::Escalate,
    parameters: &[],
    checks: &[Check::Contract(without_right), Check::Registration(without_contract)],
    causes: &[
        CONTRACT_WITHOUT_RIGHT,
        LET_ASSET_UNREGISTERED,
        STANDING_GRANT_WITHOUT_CONTRACT,
        IN_PLACE_WITHOUT_CONTRACT,
    ],
};

/// The codes of what is found of a contract for the want of a right, and of nothing else.
pub(super) const LACKING_RIGHT: &[&str] = &[CONTRACT_WITHOUT_RIGHT.code, LET_ASSET_UNREGISTERED.code];

/// What is found of a contract whose asset had no first registration, and has one by now, without the lease.
pub(super) fn once_registered(cause: &Cause) -> Option<Cause> {
    (cause.code == LET_ASSET_UNREGISTERED.code).then_some(CONTRACT_WITHOUT_RIGHT)
}

const CONTRACT_WITHOUT_RIGHT: Cause = Cause {
    code: "contract_without_right",
    severity: None,
    sentence: bilingual(
        "合同出租资产{asset_id}，但承租方{lessee_id}没有登记的经营权",
        "the contract lets asset {asset_id}, of which {lessee_id} has no management on record",
    ),
    cure: bilingual(
        "请以补录的转移（`POST /v1/transfers`，`recorded_late`）登记该租赁，期限和付款计划与合同一致：沿用该合同，不另立合同；不一致的，先更正合同",
        "register the lease by a transfer that is recorded late (POST /v1/transfers, `recorded_late`), with the term and the schedule of the contract, \
         which then stands under it and is not made a second time; where they differ, put the contract right first",
    ),
};

const LET_ASSET_UNREGISTERED: Cause = Cause {
    code: "let_asset_unregistered",
    severity: None,
    sentence: bilingual(
        "合同出租资产{asset_id}，该资产尚未确权登记，出租方{lessor_id}的权利无从核对",
        "the contract lets asset {asset_id}, which has no first registration, so that nothing shows the right of {lessor_id}",
    ),
    cure: bilingual(
        "请办理确权登记，并在 `management` 中登记该租赁（不填 `contract`，沿用该合同）；租赁始于确权登记生效以后的，先确权登记，再以 `POST /v1/transfers` 补录",
        "register it, with the lease in `management`, without `contract`: it stands under this one; where the lease began after the day of the \
         registration, register it first and then enter the lease (POST /v1/transfers)",
    ),
};

const STANDING_GRANT_WITHOUT_CONTRACT: Cause = Cause {
    code: "standing_grant_without_contract",
    severity: None,
    sentence: bilingual(
        "{to_id}在{until_on}以前持有资产{asset_id}的{right}（份额{given_share}），未附合同",
        "{to_id} would have {given_share} of the {right} of asset {asset_id} until {until_on}, without a contract",
    ),
    cure: bilingual("请补充合同及租金（`contract`）", "add it with its rent (`contract`)"),
};

const IN_PLACE_WITHOUT_CONTRACT: Cause = Cause {
    code: "in_place_without_contract",
    severity: None,
    sentence: bilingual(
        "更正后，{to_id}代替{from_id}在{until_on}以前持有资产{asset_id}的{right}（份额{given_share}），没有合同，也没有租金",
        "by the correction {to_id} would have {given_share} of the {right} of asset {asset_id} until {until_on} in the place of {from_id}, without \
         a contract and for no rent",
    ),
    cure: bilingual(
        "请以 `POST /v1/amendments` 更正合同的承租方（`lessee_id`），权利和租金随合同更正",
        "have the lessee of the contract put right (POST /v1/amendments, `lessee_id`): the right and the rent follow it",
    ),
};

fn without_contract(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    if !owned_by_public(registration) {
        return Vec::new();
    }
    let web = Web::of(&registration.ties);
    let found = registration.grants.iter().filter_map(|it| {
        let until = it.term?.to()?;
        let lacking = it.rent.is_none()
            && is_private(&web, it.claim.holder)
            && (registration.standing.is_empty() || it.in_place_of.is_some());
        let share_of_alleviation =
            it.claim.right == RightKind::Income && it.claim.holder.kind == PartyKind::Household;
        // What the village's own cooperative runs for it is given back to it: as by a transfer.
        let own = registration
            .claims
            .iter()
            .filter(|of| of.right == RightKind::Ownership)
            .any(|of| keeps(&web, of.holder, it.claim.holder));
        (lacking && !share_of_alleviation && !own).then(|| {
            let found = match it.in_place_of {
                Some(from) => Found::of(IN_PLACE_WITHOUT_CONTRACT).id("from", from),
                None => Found::of(STANDING_GRANT_WITHOUT_CONTRACT),
            };
            found
                .at(it.claim_number)
                .id("to", it.claim.holder.id)
                .id("asset", registration.asset.id)
                .code("right", it.claim.right.code())
                .share("given", it.claim.share)
                .on("until", until)
        })
    });
    found.collect()
}

fn without_right(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    let found = contract.lets.iter().filter_map(|it| {
        let cause = match it.registered {
            Registered::Never => LET_ASSET_UNREGISTERED,
            Registered::Within if it.granted.is_zero() && (it.rented || !it.left.is_zero()) => {
                CONTRACT_WITHOUT_RIGHT
            }
            Registered::Within | Registered::Later => return None,
        };
        let found = Found::of(cause).id("asset", it.asset).id("lessor", contract.terms.lessor.id);
        Some(found.id("lessee", contract.terms.lessee.id))
    });
    found.collect()
}
