//! L48: a household or a person gives up a right in an asset, or the income of its asset is distributed, without its
//! recorded consent.

use num_traits::Signed as _;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, exact};
use crate::{
    loss::facts::{
        AlterationFacts, Claim, ContractFacts, DistributionFacts, Rebinding, Rebound, RegistrationFacts,
        TransferFacts,
    },
    register::codes::RightKind,
    values::share::Total,
};

pub(super) const L48: Rule = Rule {
    id: RuleId::L48,
    name: bilingual(
        "未经同意取走农户或个人资产",
        "What is a household's or a person's taken without its consent",
    ),
    basis: "国办函〔2021〕51号；《中华人民共和国民法典》第二百零七条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[
        Check::Transfer(given_up),
        Check::Registration(registered_away),
        Check::Distribution(distributed),
        Check::Alteration(lost),
        Check::Contract(let_by_others),
    ],
    causes: &[
        HOUSEHOLD_CONSENT_MISSING,
        HOUSEHOLD_INCOME_DISTRIBUTED,
        HOUSEHOLD_ASSET_RECLASSED,
        HOUSEHOLD_CONTRACT_EASED,
        HOUSEHOLD_BOUND_TO_MORE,
        PRIOR_OWNERSHIP_UNCONFIRMED,
        HOUSEHOLD_LEASE_LOST,
    ],
};

const HOUSEHOLD_CONSENT_MISSING: Cause = Cause {
    code: "household_consent_missing",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}持有的资产{asset_id}的{right}（份额{lost_share}）被转出，无其本人同意的书面记录",
        "{from_id} loses {lost_share} of the {right} of asset {asset_id} without its recorded consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

const HOUSEHOLD_INCOME_DISTRIBUTED: Cause = Cause {
    code: "household_income_distributed",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的收益归农户或个人{from_id}所有，未经其同意不得分配",
        "the income of asset {asset_id} is that of {from_id} and is distributed without its recorded consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书，或者不列入分配",
        "attach what they signed (`owner_consent_id`), or leave it out of the plan",
    ),
};

const HOUSEHOLD_ASSET_RECLASSED: Cause = Cause {
    code: "household_asset_reclassed",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}所有的到户类资产{asset_id}拟改列为{class}，无其本人同意的书面记录",
        "asset {asset_id} of {from_id} would be recorded as {class} without its recorded consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

const HOUSEHOLD_CONTRACT_EASED: Cause = Cause {
    code: "household_contract_eased",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}出租的合同将减少或推迟其应收租金，或者改变承租方、标的、期限，无其本人同意的书面记录",
        "a contract by which {from_id} lets would bring less, or later, or let otherwise, without its recorded consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

const HOUSEHOLD_BOUND_TO_MORE: Cause = Cause {
    code: "household_bound_to_more",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}将成为合同的承租方，或者增加、提前其应付租金，无其本人同意的书面记录",
        "{from_id} would rent by a contract, or owe more by it, or sooner, without its recorded consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

const PRIOR_OWNERSHIP_UNCONFIRMED: Cause = Cause {
    code: "prior_ownership_unconfirmed",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}此后是资产{asset_id}的所有权人，未书面确认此前的所有权人",
        "{from_id} owns asset {asset_id} since, and has not confirmed in writing who is said to have owned it before",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的确认书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

const HOUSEHOLD_LEASE_LOST: Cause = Cause {
    code: "household_lease_lost",
    severity: None,
    sentence: bilingual(
        "农户或个人{from_id}承租的合同将作废、缩短期限、减少标的，或者改由他人承租，无其本人同意的书面记录",
        "a contract by which {from_id} rents would be void, be shorter, let less, or bind another lessee, without its recorded \
         consent",
    ),
    cure: bilingual(
        "请以 `owner_consent_id` 附其本人签字的同意书",
        "attach what they signed (`owner_consent_id`)",
    ),
};

fn given_up(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let lots = deal.all_lots().enumerate();
    lots.filter(|(_, it)| it.from.kind.is_personal() && it.owner_consent.is_none())
        .map(|(index, it)| {
            Found::of(HOUSEHOLD_CONSENT_MISSING)
                .at(index)
                .id("from", it.from.id)
                .id("asset", it.asset.id)
                .code("right", deal.right.code())
                .share("lost", it.share)
        })
        .collect()
}

/// A household or a person would be registered with less of a right than it held, or somebody else as the owner before it.
fn registered_away(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    if registration.owner_consent.is_some() {
        return Vec::new();
    }
    let mut seen = Vec::new();
    let mut found = Vec::new();
    // What a household or a person owns, others would have rights in without its word.
    let owns = |it: &&Claim| it.right == RightKind::Ownership && it.holder.kind.is_personal();
    for owner in registration.claims.iter().filter(owns).filter(|_| registration.standing.is_empty()) {
        let others = registration.grants.iter().filter(|it| it.claim.holder.id != owner.holder.id);
        found.extend(others.map(|it| {
            Found::of(HOUSEHOLD_CONSENT_MISSING)
                .at(it.claim_number)
                .id("from", owner.holder.id)
                .id("asset", registration.asset.id)
                .code("right", it.claim.right.code())
                .share("lost", it.claim.share)
        }));
    }
    for it in registration.standing.iter().filter(|it| it.holder.kind.is_personal()) {
        if seen.contains(&(it.right, it.holder.id)) {
            continue;
        }
        seen.push((it.right, it.holder.id));
        let lost = exact::lost(registration, it);
        if lost.is_positive() {
            found.push(
                Found::of(HOUSEHOLD_CONSENT_MISSING)
                    .id("from", it.holder.id)
                    .id("asset", registration.asset.id)
                    .code("right", it.right.code())
                    .share("lost", Total::of(lost)),
            );
        }
    }
    found.extend(rebound(&registration.rebound));
    let since = registration.owners_since.iter().filter(|it| it.kind.is_personal());
    found.extend(since.map(|it| {
        Found::of(PRIOR_OWNERSHIP_UNCONFIRMED).id("from", it.id).id("asset", registration.asset.id)
    }));
    found
}

/// A household or a person loses something that nobody is given: a grant is ended, an asset is disposed of, or is to be a household's no
/// longer.
fn lost(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    let reclassed = alteration
        .reclassed
        .iter()
        .filter(|it| it.owner.kind.is_personal() && alteration.owner_consent.is_none())
        .map(|it| {
            Found::of(HOUSEHOLD_ASSET_RECLASSED)
                .id("from", it.owner.id)
                .id("asset", it.asset)
                .code("class", it.class.code())
        });
    let rebound = rebound(&alteration.rebound).filter(|_| alteration.owner_consent.is_none());
    let of_households = alteration.lost.iter().filter(|it| it.claim.holder.kind.is_personal());
    of_households
        .filter(|_| alteration.owner_consent.is_none())
        .map(|it| {
            Found::of(HOUSEHOLD_CONSENT_MISSING)
                .id("from", it.claim.holder.id)
                .id("asset", it.asset)
                .code("right", it.claim.right.code())
                .share("lost", it.claim.share)
        })
        .chain(reclassed)
        .chain(rebound)
        .collect()
}

/// What a household or a person owns would be on record as let by it, without its word.
fn let_by_others(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    let lessor = contract.terms.lessor;
    if !lessor.kind.is_personal() || contract.owner_consent.is_some() {
        return Vec::new();
    }
    let lets = contract.terms.lets.iter().map(|it| {
        Found::of(HOUSEHOLD_CONSENT_MISSING)
            .id("from", lessor.id)
            .id("asset", it.asset)
            .code("right", RightKind::Management.code())
            .share("lost", it.share)
    });
    lets.collect()
}

/// A contract would bind people to more, or leave them with less.
fn rebound(all: &[Rebound]) -> impl Iterator<Item = Found> {
    all.iter().filter(|it| it.party.kind.is_personal()).map(|it| {
        let cause = match it.by {
            Rebinding::Lets => HOUSEHOLD_CONTRACT_EASED,
            Rebinding::Owes => HOUSEHOLD_BOUND_TO_MORE,
            Rebinding::Loses => HOUSEHOLD_LEASE_LOST,
        };
        Found::of(cause).id("from", it.party.id)
    })
}

fn distributed(distribution: &DistributionFacts, _: &PolicyValues) -> Vec<Found> {
    let mut found = Vec::new();
    for source in distribution.sources.iter().filter(|it| it.owner_consent.is_none()) {
        for owner in source.owners.iter().filter(|it| it.kind.is_personal()) {
            // What goes to the owner itself needs no consent.
            if distribution.lines.iter().any(|it| it.party.id != owner.id) {
                found.push(
                    Found::of(HOUSEHOLD_INCOME_DISTRIBUTED).id("from", owner.id).id("asset", source.asset.id),
                );
            }
        }
    }
    found
}
