//! Wealth that is given away: L05, for nothing or in a swap for less.

use super::exact::{Exact, floored, in_books, invested, money, rate, whole};
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{Consideration, Facts, LotFacts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::{AssetClass, PartyKind, RightKind},
    values::Fen,
};

/// L05: a private party gets what is the state's or a collective's for nothing, or a swap brings back too little.
///
/// Between the state and collectives an asset may pass for nothing: that is how what a project built is handed over.
/// Somebody who is to keep an asset in repair needs no right in it for that, but a maintenance assignment.
pub(super) fn check(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    match &deal.consideration {
        Consideration::Swap { lots, appraised } => {
            unequal_swap(deal, lots, *appraised, policy).into_iter().collect()
        }
        paid if paid.is_nothing() => given_for_nothing(deal),
        _ => Vec::new(),
    }
}

fn given_for_nothing(deal: &TransferFacts) -> Vec<Finding> {
    let given_away =
        |it: &LotFacts| it.from.is_public() && !it.to.is_public() && !is_meant_for_it(it, deal.right);
    let lots = deal.lots.iter().enumerate().filter(|(_, it)| given_away(it));
    let found = lots.map(|(index, lot)| {
        Finding::of(Cause::GivenForNothing)
            .at(index)
            .id("from", lot.from.id)
            .id("to", lot.to.id)
            .id("asset", lot.asset.id)
            .code("right", deal.right.code())
            .share("given", lot.share)
    });
    found.collect()
}

/// What alleviation is for. A household gets its part of the income as a right to it, without owning anything (the
/// income certificates of 仁寿县), or the cattle that were bought for it. Both are gifts by intent; that the members'
/// assembly must have decided on the first is for L15 to say.
fn is_meant_for_it(lot: &LotFacts, right: RightKind) -> bool {
    lot.to.kind == PartyKind::Household
        && (right == RightKind::Income || lot.asset.class == AssetClass::Household)
}

/// One side of a swap, in fen.
struct Side {
    appraised: Option<Exact>,
    in_books: Exact,
    invested: Exact,
    is_public: bool,
}

impl Side {
    fn of(lots: &[LotFacts], appraised: Option<Fen>) -> Self {
        Self {
            appraised: appraised.map(money),
            in_books: in_books(lots.iter()),
            invested: invested(lots.iter()),
            is_public: lots.iter().any(|it| it.from.is_public()),
        }
    }

    /// What this side gives and gets back, where it gets back too little.
    ///
    /// Like is compared with like: appraisals where both sides have one, else what stands in the books. Where only this
    /// side was appraised, what comes back must reach the appraisal too, counted at no more than was ever invested in it.
    fn gets_too_little(&self, back: &Self, least: &Exact) -> Option<(Exact, Exact)> {
        let pairs = match (&self.appraised, &back.appraised) {
            (Some(given), Some(returned)) => vec![(given, returned)],
            (Some(given), None) => vec![(&self.in_books, &back.in_books), (given, &back.invested)],
            (None, _) => vec![(&self.in_books, &back.in_books)],
        };
        let short = pairs.into_iter().find(|(given, returned)| **returned < *given * least)?;
        Some((short.0.clone(), short.1.clone()))
    }
}

fn unequal_swap(
    deal: &TransferFacts,
    lots: &[LotFacts],
    appraised: Option<Fen>,
    policy: &PolicyValues,
) -> Option<Finding> {
    let ours = Side::of(&deal.lots, deal.appraisal.as_ref().map(|it| it.value));
    let theirs = Side::of(lots, appraised);
    let least = whole(1) - rate(policy.swap_tolerance_bp);
    let short = [(&ours, &theirs), (&theirs, &ours)]
        .into_iter()
        .filter(|(giver, _)| giver.is_public)
        .find_map(|(giver, back)| giver.gets_too_little(back, &least));
    let (given, returned) = short?;
    Some(
        Finding::of(Cause::SwapUnequal)
            .fen("given", floored(&given))
            .fen("returned", floored(&returned))
            .bp("tolerance", policy.swap_tolerance_bp),
    )
}
