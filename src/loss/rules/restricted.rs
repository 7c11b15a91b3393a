//! L12: the asset is under a restriction on some day of the term. A seizure or a ban forbids the act; to
//! anything else the holder of the restriction may consent, and a receiver who is that holder does. The same
//! goes for an asset that comes to an end.

use std::collections::BTreeSet;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{AlterationFacts, ContractFacts, RestrictionFacts, TransferFacts},
    register::codes::RestrictionKind,
    values::{Id, id::kind},
};

pub(super) const L12: Rule = Rule {
    id: RuleId::L12,
    name: bilingual("权利受到限制", "Asset under a restriction"),
    basis: "《中华人民共和国民法典》第四百零六条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(moved_under), Check::Alteration(ended_under), Check::Contract(let_under)],
    causes: &[RESTRICTION_FORBIDS, CONSENT_OF_HOLDER_MISSING],
};

const RESTRICTION_FORBIDS: Cause = Cause {
    code: "restriction_forbids",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}处于{restriction}状态，不得转移",
        "asset {asset_id} is under a {restriction} and cannot be moved",
    ),
};

const CONSENT_OF_HOLDER_MISSING: Cause = Cause {
    code: "consent_of_holder_missing",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}上有{restriction}，权利人{holder_id}未出具同意文件",
        "asset {asset_id} is under a {restriction}, and its holder {holder_id} has not consented",
    ),
};

fn moved_under(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let span = deal.span();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (index, lot) in deal.all_lots().enumerate() {
        for it in lot.restrictions.iter().filter(|it| it.period.overlaps(&span)) {
            let Some(cause) =
                in_the_way(it).filter(|cause| *cause == RESTRICTION_FORBIDS || it.holder != lot.to.id)
            else {
                continue;
            };
            if seen.insert((lot.asset.id, it.kind, it.holder)) {
                let found = Found::of(cause).at(index).id("asset", lot.asset.id).id("holder", it.holder);
                all.push(found.code("restriction", it.kind.code()));
            }
        }
    }
    all
}

fn ended_under(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    lying_on(&alteration.restrictions)
}

fn let_under(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    lying_on(&contract.restrictions)
}

fn lying_on(restrictions: &[(Id<kind::Asset>, RestrictionFacts)]) -> Vec<Found> {
    let found = restrictions.iter().filter_map(|(asset, it)| {
        let found = Found::of(in_the_way(it)?).id("asset", *asset).id("holder", it.holder);
        Some(found.code("restriction", it.kind.code()))
    });
    found.collect()
}

/// Why a restriction stands in the way of an act; none if its holder has consented.
const fn in_the_way(it: &RestrictionFacts) -> Option<Cause> {
    match it.kind {
        RestrictionKind::Seizure | RestrictionKind::TransferBan => Some(RESTRICTION_FORBIDS),
        RestrictionKind::Mortgage | RestrictionKind::Pledge | RestrictionKind::Dispute => {
            if it.consent.is_some() { None } else { Some(CONSENT_OF_HOLDER_MISSING) }
        }
    }
}
