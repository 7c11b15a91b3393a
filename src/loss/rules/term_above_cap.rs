//! L18: a lease runs longer than the cap (民法典 art. 705: twenty years), or has no end.
//!
//! Land under contract has terms of its own (art. 332). A renewal counts anew from the day on which it
//! begins, so earlier terms do not add up.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, exact::years_after};
use crate::{
    loss::facts::{CONTRACTED_LAND, TransferFacts},
    register::codes::RightKind,
};

pub(super) const L18: Rule = Rule {
    id: RuleId::L18,
    name: bilingual("期限超过法定上限", "Term above the cap"),
    basis: "《中华人民共和国民法典》第七百零五条、第三百三十二条",
    severity: Severity::Block,
    parameters: &["lease_term_cap_years"],
    checks: &[Check::Transfer(too_long)],
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
    match deal.term.and_then(|it| it.to()) {
        None => without_end(deal),
        Some(until) => {
            let from = deal.span().from();
            let cap = policy.lease_term_cap_years;
            let latest = u32::try_from(cap).ok().and_then(|it| years_after(from, it));
            match latest.filter(|latest| until > *latest) {
                None => Vec::new(),
                Some(latest) => vec![
                    Found::of(TERM_ABOVE_CAP)
                        .on("until", until)
                        .on("counted_from", from)
                        .years("cap", cap)
                        .on("latest", latest),
                ],
            }
        }
    }
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
