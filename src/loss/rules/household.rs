//! What a household owns is the household's: L48.

use num_traits::{Signed as _, Zero as _};

use super::exact::{Exact, share};
use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{AlterationFacts, Claim, DistributionFacts, Facts, RegistrationFacts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::PartyKind,
    values::share::Total,
};

/// L48: a household gives up a right in an asset, or the income of its asset is distributed, without its recorded consent.
pub(super) fn taken(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(deal) => given_up(deal),
        Facts::Registration(registration) => registered_away(registration),
        Facts::Distribution(distribution) => distributed(distribution),
        Facts::Alteration(alteration) => lost(alteration),
    }
}

fn given_up(deal: &TransferFacts) -> Vec<Finding> {
    let lots = deal.all_lots().enumerate();
    lots.filter(|(_, it)| it.from.kind == PartyKind::Household && it.owner_consent.is_none())
        .map(|(index, it)| {
            Finding::of(Cause::HouseholdConsentMissing)
                .at(index)
                .id("from", it.from.id)
                .id("asset", it.asset.id)
                .code("right", deal.right.code())
                .share("lost", it.share)
        })
        .collect()
}

/// A household that held more of a right than it would be registered with.
fn registered_away(registration: &RegistrationFacts) -> Vec<Finding> {
    if registration.owner_consent.is_some() {
        return Vec::new();
    }
    let of = |claims: &[Claim], it: &Claim| -> Exact {
        let same = claims.iter().filter(|other| other.right == it.right && other.holder.id == it.holder.id);
        same.map(|other| share(other.share)).fold(Exact::zero(), |sum, part| sum + part)
    };
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for it in registration.standing.iter().filter(|it| it.holder.kind == PartyKind::Household) {
        if seen.contains(&(it.right, it.holder.id)) {
            continue;
        }
        seen.push((it.right, it.holder.id));
        let lost = of(&registration.standing, it) - of(&registration.claims, it);
        if lost.is_positive() {
            found.push(
                Finding::of(Cause::HouseholdConsentMissing)
                    .id("from", it.holder.id)
                    .id("asset", registration.asset.id)
                    .code("right", it.right.code())
                    .share("lost", Total::of(lost)),
            );
        }
    }
    found
}

/// What a household loses though nobody is given it: a grant that is ended, an asset that is disposed of.
fn lost(alteration: &AlterationFacts) -> Vec<Finding> {
    let of_households = alteration.lost.iter().filter(|it| it.claim.holder.kind == PartyKind::Household);
    of_households
        .filter(|_| alteration.owner_consent.is_none())
        .map(|it| {
            Finding::of(Cause::HouseholdConsentMissing)
                .id("from", it.claim.holder.id)
                .id("asset", it.asset)
                .code("right", it.claim.right.code())
                .share("lost", it.claim.share)
        })
        .collect()
}

fn distributed(distribution: &DistributionFacts) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in distribution.sources.iter().filter(|it| it.owner_consent.is_none()) {
        for owner in source.owners.iter().filter(|it| it.kind == PartyKind::Household) {
            // What goes to the owning household itself is nobody's to ask about.
            if distribution.lines.iter().any(|it| it.party.id != owner.id) {
                found.push(
                    Finding::of(Cause::HouseholdIncomeDistributed)
                        .id("from", owner.id)
                        .id("asset", source.asset.id),
                );
            }
        }
    }
    found
}
