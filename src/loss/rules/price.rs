//! Prices and rents that are too low: L01 and L20.
//!
//! They protect the wealth of the state and of collectives; for what a household sells its own, the price is its own.

use super::exact::{Exact, floored, invested, money, raised, rate, whole, years};
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{Facts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::RightKind,
};

/// L01: the price is below the part of the appraisal that policy asks for. The county may agree to it.
///
/// The appraisal of management is a rent, which L20 looks at.
pub(super) fn below_appraisal(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let (Some(appraisal), Some(price)) = (&deal.appraisal, deal.consideration.money()) else {
        return Vec::new();
    };
    if deal.right == RightKind::Management || !deal.gives_public() {
        return Vec::new();
    }
    let price = whole(price);
    let floor = money(appraisal.value) * rate(policy.price_floor_bp);
    if price >= floor {
        return Vec::new();
    }
    vec![
        Finding::of(Cause::PriceBelowAppraisal)
            .fen("price", floored(&price))
            .fen("appraised", appraisal.value.get())
            .fen("floor", raised(&floor))
            .fen("missing", raised(&(floor - price)))
            .bp("price_floor", policy.price_floor_bp)
            .on("appraised", appraisal.appraised_on),
    ]
}

/// L20: the rent of a year is below a part of the money invested, or the whole rent below a part of the appraised one.
/// The county may agree to it.
///
/// A single sum for a term is a rent that is paid at once.
pub(super) fn rent_below_floor(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let Some(rent) = deal.consideration.money() else { return Vec::new() };
    if deal.right != RightKind::Management || !deal.gives_public() {
        return Vec::new();
    }
    let rent = whole(rent);
    below_investment(deal, &rent, policy)
        .into_iter()
        .chain(below_appraised_rent(deal, &rent, policy))
        .collect()
}

fn below_investment(deal: &TransferFacts, rent: &Exact, policy: &PolicyValues) -> Option<Finding> {
    let term = deal.term?;
    let annual = rent / years(&term)?;
    let invested = invested(deal.lots.iter());
    let floor = &invested * rate(policy.rent_floor_bp);
    (annual < floor).then(|| {
        Finding::of(Cause::RentBelowInvestment)
            .fen("annual_rent", floored(&annual))
            .fen("rent", floored(rent))
            .fen("invested", floored(&invested))
            .fen("floor", raised(&floor))
            .bp("rent_floor", policy.rent_floor_bp)
            .days("term", term.days().unwrap_or_default())
    })
}

fn below_appraised_rent(deal: &TransferFacts, rent: &Exact, policy: &PolicyValues) -> Option<Finding> {
    let appraisal = deal.appraisal.as_ref()?;
    let floor = money(appraisal.value) * rate(policy.rent_comparable_floor_bp);
    (*rent < floor).then(|| {
        Finding::of(Cause::RentBelowAppraisal)
            .fen("rent", floored(rent))
            .fen("appraised", appraisal.value.get())
            .fen("floor", raised(&floor))
            .bp("comparable_floor", policy.rent_comparable_floor_bp)
    })
}
