//! L18: a lease runs longer than the cap (民法典 art. 705: twenty years), or has no end.
//!
//! Land under contract has terms of its own (art. 332). A renewal counts anew from the day on which it
//! begins, so earlier terms do not add up. A contract on record that is corrected to run longer is judged like
//! one that is agreed now; how long it ran by what was on record is not asked again.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, exact::years_after};
use crate::{
    loss::facts::{
        AlterationFacts, CONTRACTED_LAND, ContractFacts, EasedTerms, RegistrationFacts, TransferFacts,
    },
    register::codes::RightKind,
    values::{Id, Period, id::kind},
};

pub(super) const L18: Rule = Rule {
    id: RuleId::L18,
    name: bilingual("期限超过法定上限", "Term above the cap"),
    basis: "《中华人民共和国民法典》第七百零五条、第三百三十二条",
    severity: Severity::Block,
    parameters: &["lease_term_cap_years"],
    checks: &[
        Check::Transfer(too_long),
        Check::Alteration(lengthened),
        Check::Contract(agreed),
        Check::Registration(standing),
    ],
    causes: &[TERM_ABOVE_CAP, TERM_WITHOUT_END],
};

const TERM_ABOVE_CAP: Cause = Cause {
    code: "term_above_cap",
    severity: None,
    sentence: bilingual(
        "期限至{until_on}，自{counted_from_on}起算超过{cap_years}，最迟应至{latest_on}",
        "the term runs until {until_on}; {cap_years} from {counted_from_on} end on {latest_on}",
    ),
};

const TERM_WITHOUT_END: Cause = Cause {
    code: "term_without_end",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}的经营权交给非公有主体{to_id}，未约定期限",
        "{from_id} grants {to_id}, a private party, the management of asset {asset_id} without an end",
    ),
};

fn too_long(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if deal.right != RightKind::Management || deal.all_lots().all(|it| it.asset.category == CONTRACTED_LAND) {
        return Vec::new();
    }
    let span = deal.span();
    match deal.term.and_then(|it| it.to()) {
        None => without_end(deal),
        Some(_) => above_cap(&span, policy).into_iter().collect(),
    }
}

/// A contract on record that would run on days on which it did not.
fn lengthened(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let lengthened = alteration.eased.as_ref().filter(|it| it.lengthened);
    lengthened.map(|it| of_terms(it, policy)).unwrap_or_default()
}

fn agreed(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    of_terms(&contract.terms, policy)
}

/// The leases that stand when an asset is registered: beyond the cap they are void, and nothing of that is put on record.
fn standing(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    if registration.asset.category == CONTRACTED_LAND {
        return Vec::new();
    }
    let let_by_lease = registration.grants.iter().filter(|it| it.claim.right == RightKind::Management);
    let_by_lease.filter_map(|it| Some(above_cap(&it.term?, policy)?.at(it.claim_number))).collect()
}

fn of_terms(it: &EasedTerms, policy: &PolicyValues) -> Vec<Found> {
    let mut lets = it.lets.iter().filter(|it| it.category != CONTRACTED_LAND).peekable();
    if lets.peek().is_none() {
        return Vec::new();
    }
    if it.term.to().is_some() {
        return above_cap(&it.term, policy).into_iter().collect();
    }
    if !it.lessor.is_public() || it.lessee.is_public() {
        return Vec::new();
    }
    let without_end = |of: Id<kind::Asset>| {
        Found::of(TERM_WITHOUT_END).id("from", it.lessor.id).id("to", it.lessee.id).id("asset", of)
    };
    lets.map(|it| without_end(it.asset)).collect()
}

/// That a term with an end runs longer than it may.
fn above_cap(term: &Period, policy: &PolicyValues) -> Option<Found> {
    let (from, until) = (term.from(), term.to()?);
    let cap = policy.lease_term_cap_years;
    let latest = u32::try_from(cap).ok().and_then(|it| years_after(from, it));
    latest.filter(|latest| until > *latest).map(|latest| {
        Found::of(TERM_ABOVE_CAP)
            .on("until", until)
            .on("counted_from", from)
            .years("cap", cap)
            .on("latest", latest)
    })
}

fn without_end(deal: &TransferFacts) -> Vec<Found> {
    let lots = deal.all_lots().enumerate();
    lots.filter(|(_, it)| it.from.is_public() && !it.to.is_public() && it.asset.category != CONTRACTED_LAND)
        .map(|(index, it)| {
            Found::of(TERM_WITHOUT_END)
                .at(index)
                .id("from", it.from.id)
                .id("to", it.to.id)
                .id("asset", it.asset.id)
        })
        .collect()
}
