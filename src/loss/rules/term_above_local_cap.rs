//! L19: the state or a collective lets for longer than its county wants to see without looking. What is longer than the law admits at all
//! L18 blocks, and it is not told twice. Land under contract has terms of its own, which L18 looks at. The county may agree to it.
//!
//! A renewal counts anew, and what was entered long after its day is judged by the numbers of that day, as in L18.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::years_after,
    lots::owned_by_public,
    ties::{gives_public, is_of_public},
};
use crate::{
    loss::facts::{AlterationFacts, ContractFacts, LandUse, LeaseTerms, RegistrationFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
    values::{Id, Period, id::kind},
};

pub(super) const L19: Rule = Rule {
    id: RuleId::L19,
    name: bilingual("租期超过县级规定", "Term above what the county set"),
    basis: "国办函〔2021〕51号；县级扶贫项目资产管理办法关于出租期限的规定",
    severity: Severity::Escalate,
    parameters: &["lease_term_county_years"],
    checks: &[
        Check::Transfer(let_for),
        Check::Registration(standing),
        Check::Alteration(lengthened),
        Check::Contract(agreed),
    ],
    causes: &[TERM_ABOVE_LOCAL_CAP],
};

/// The most that a lease may run by law, in years (民法典 art. 705).
const BY_LAW_YEARS: u32 = 20;

const TERM_ABOVE_LOCAL_CAP: Cause = Cause {
    code: "term_above_local_cap",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的租期至{until_on}，自{counted_from_on}起算超过县级规定的{cap_years}（至{latest_on}）",
        "asset {asset_id} is let until {until_on}; the {cap_years} that the county set end on {latest_on}, counted from {counted_from_on}",
    ),
    cure: bilingual("请缩短租期，或者由县级说明理由", "let it for less; otherwise the county says why not"),
};

fn let_for(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let Some(term) = deal.term.filter(|_| deal.right == RightKind::Management) else { return Vec::new() };
    let web = Web::of(&deal.ties);
    let mut public = deal
        .all_lots()
        .enumerate()
        .filter(|(_, it)| gives_public(&web, it) && is_no_land(&it.asset.category));
    let found = public.next().and_then(|(index, it)| Some(beyond(it.asset.id, &term, policy)?.at(index)));
    found.into_iter().collect()
}

fn standing(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let asset = &registration.asset;
    if !owned_by_public(registration) || !is_no_land(&asset.category) {
        return Vec::new();
    }
    let leases = registration.grants.iter().filter(|it| it.claim.right == RightKind::Management);
    let found = leases.filter_map(|it| Some(beyond(asset.id, &it.term?, policy)?.at(it.claim_number)));
    found.collect()
}

/// A contract on record that would run on days on which it did not.
fn lengthened(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let lengthened = alteration.eased.as_ref().filter(|it| it.lengthened);
    lengthened.and_then(|it| of_terms(it, alteration.is_public(it.lessor), policy)).into_iter().collect()
}

fn agreed(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    let of_public = is_of_public(&Web::of(&contract.ties), contract.terms.lessor);
    of_terms(&contract.terms, of_public, policy).into_iter().collect()
}

fn of_terms(it: &LeaseTerms, of_public: bool, policy: &PolicyValues) -> Option<Found> {
    let let_asset = it.lets.iter().filter(|_| of_public).find(|it| is_no_land(&it.category))?;
    beyond(let_asset.asset, &it.term, policy)
}

fn is_no_land(category: &str) -> bool {
    LandUse::of(category).is_none()
}

/// That a term runs longer than the county wants, and not longer than the law admits.
fn beyond(asset: Id<kind::Asset>, term: &Period, policy: &PolicyValues) -> Option<Found> {
    let (from, until) = (term.from(), term.to()?);
    let latest = years_after(from, u32::try_from(policy.lease_term_county_years).ok()?)?;
    let is_lawful = years_after(from, BY_LAW_YEARS).is_none_or(|last| until <= last);
    (until > latest && is_lawful).then(|| {
        let found = Found::of(TERM_ABOVE_LOCAL_CAP).id("asset", asset).on("until", until);
        found.on("counted_from", from).years("cap", policy.lease_term_county_years).on("latest", latest)
    })
}
