//! Appraisals that are missing or worth nothing: L02 and L04.

use super::{
    exact::{floored, invested, whole},
    related::{path_between, ties_that_count},
};
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{AppraisalFacts, Consideration, Facts, LotFacts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::RightKind,
};

/// L02: the state or a collective sells or swaps ownership above a value, and nobody has appraised it.
///
/// The value is the greater of the price and the money invested in what is given: a low price does not make a sale small.
/// Leases need no appraisal (国有资产评估管理办法 art. 4), and what is given for nothing is no sale.
pub(super) fn missing(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    if deal.right != RightKind::Ownership || matches!(deal.consideration, Consideration::Nothing) {
        return Vec::new();
    }
    let public: Vec<_> = unappraised(deal).filter(|it| it.from.is_public()).collect();
    if public.is_empty() {
        return Vec::new();
    }
    let price = whole(deal.consideration.money().unwrap_or_default());
    let value = invested(public.into_iter()).max(price);
    if value <= whole(policy.appraisal_required_above_fen) {
        return Vec::new();
    }
    vec![
        Finding::of(Cause::AppraisalMissing)
            .fen("value", floored(&value))
            .fen("threshold", policy.appraisal_required_above_fen),
    ]
}

/// The lots that no appraisal speaks of: each side of a swap has one of its own.
fn unappraised(deal: &TransferFacts) -> impl Iterator<Item = &LotFacts> {
    let given = if deal.appraisal.is_some() { &[] } else { deal.lots.as_slice() };
    let in_return = match &deal.consideration {
        Consideration::Swap { lots, appraised: None } => lots.as_slice(),
        _ => &[],
    };
    given.iter().chain(in_return)
}

/// L03: the appraisal speaks of a day further back than it is good for, or of a day after the deal.
pub(super) fn stale(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let Some(appraisal) = &deal.appraisal else { return Vec::new() };
    if !deal.gives_public() {
        return Vec::new();
    }
    let age = deal.effective_on.signed_duration_since(appraisal.appraised_on).num_days();
    if (0..=policy.appraisal_validity_days).contains(&age) {
        return Vec::new();
    }
    vec![
        Finding::of(Cause::AppraisalStale)
            .on("appraised", appraisal.appraised_on)
            .days("validity", policy.appraisal_validity_days)
            .on("deal", deal.effective_on),
    ]
}

/// L04: an appraisal by a party of the deal or somebody related to one, without enough signatures, or without a report
/// on this object.
///
/// Two signatures are asked of the appraisals that the law orders (资产评估法 arts. 3, 28), which are those of ownership.
pub(super) fn defective(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Transfer(deal) = facts else { return Vec::new() };
    let Some(appraisal) = &deal.appraisal else { return Vec::new() };
    if !deal.gives_public() {
        return Vec::new();
    }
    let mut findings: Vec<_> = conflict(deal, appraisal).into_iter().collect();
    if deal.right == RightKind::Ownership && i64::from(appraisal.signatures) < policy.appraisal_signatures_min
    {
        let needed = u32::try_from(policy.appraisal_signatures_min).unwrap_or(u32::MAX);
        let finding = Finding::of(Cause::TooFewSignatures);
        findings.push(finding.count("signatures", appraisal.signatures).count("needed", needed));
    }
    if appraisal.document.is_none() {
        findings.push(Finding::of(Cause::ReportMissing).fen("appraised", appraisal.value.get()));
    }
    findings
}

/// Whom the appraiser is too close to: first the parties themselves, then those that it is related to.
fn conflict(deal: &TransferFacts, appraisal: &AppraisalFacts) -> Option<Finding> {
    let mut parties: Vec<_> = deal.all_lots().flat_map(|it| [it.from.id, it.to.id]).collect();
    parties.sort_unstable();
    parties.dedup();
    if parties.contains(&appraisal.appraiser) {
        return Some(Finding::of(Cause::AppraiserIsParty).id("appraiser", appraisal.appraiser));
    }
    let ties = ties_that_count(deal);
    parties.into_iter().find_map(|party| {
        let path = path_between(appraisal.appraiser, party, &ties)?;
        Some(path.described(
            Finding::of(Cause::AppraiserRelated).id("appraiser", appraisal.appraiser).id("party", party),
        ))
    })
}
