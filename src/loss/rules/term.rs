//! How long management may be given away: L18.

use super::exact::years_after;
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{CONTRACTED_LAND, Facts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::RightKind,
};

/// L18: a lease runs longer than the cap (民法典 art. 705: twenty years), or has no end. Land under contract has terms of
/// its own (art. 332). A renewal counts anew from the day on which it begins, so earlier terms do not add up.
pub(super) fn too_long(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
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
                    Finding::of(Cause::TermAboveCap)
                        .on("until", until)
                        .on("counted_from", from)
                        .years("cap", cap)
                        .on("latest", latest),
                ],
            }
        }
    }
}

fn without_end(deal: &TransferFacts) -> Vec<Finding> {
    let lots = deal.all_lots().enumerate();
    lots.filter(|(_, it)| it.from.is_public() && !it.to.is_public() && it.asset.category != CONTRACTED_LAND)
        .map(|(index, it)| {
            Finding::of(Cause::TermWithoutEnd)
                .at(index)
                .id("from", it.from.id)
                .id("to", it.to.id)
                .id("asset", it.asset.id)
        })
        .collect()
}
