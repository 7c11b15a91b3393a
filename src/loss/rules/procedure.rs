//! What a village must have decided: L15.

use crate::{
    cases::{
        decision::{DecisionFlaw, Matter},
        policies::values::PolicyValues,
    },
    loss::{
        facts::{CONTRACTED_LAND, DecisionFacts, Facts, PartyFacts},
        finding::{Cause, Finding},
    },
    register::codes::{PartyKind, RightKind, Sector},
};

/// L15: a collective gives something up, has its rights confirmed or altered or its income divided without a decision that
/// carries it. One decision that was filed for nobody in particular speaks for every collective of the case.
pub(super) fn undecided(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let (deciding, matter, decisions): (Vec<PartyFacts>, Matter, &[DecisionFacts]) = match facts {
        Facts::Transfer(deal) => {
            let land = deal.all_lots().any(|it| it.asset.category == CONTRACTED_LAND);
            let to_households = deal.lots.iter().any(|it| it.to.kind == PartyKind::Household);
            let matter = match deal.right {
                RightKind::Management if land => Matter::LandContract,
                RightKind::Management => Matter::Lease,
                RightKind::Income if to_households => Matter::IncomeShares,
                RightKind::Ownership | RightKind::Income => Matter::Disposal,
            };
            (deal.all_lots().map(|it| it.from).collect(), matter, &deal.decisions)
        }
        Facts::Registration(registration) => {
            let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
            // Whoever would be said to hold less than stands decides on it as well.
            (
                owners.chain(&registration.standing).map(|it| it.holder).collect(),
                Matter::Confirmation,
                &registration.decisions,
            )
        }
        Facts::Distribution(distribution) => {
            let owners = distribution.sources.iter().flat_map(|it| it.owners.iter().copied());
            (owners.collect(), Matter::IncomePlan, &distribution.decisions)
        }
        Facts::Alteration(it) => (it.concerned.clone(), it.matter, &it.decisions),
    };
    let mut collectives: Vec<PartyFacts> = Vec::new();
    for party in deciding.into_iter().filter(|it| it.sector() == Sector::Collective) {
        if !collectives.contains(&party) {
            collectives.push(party);
        }
    }
    collectives.iter().filter_map(|it| flaw(*it, matter, decisions, policy)).collect()
}

fn flaw(
    collective: PartyFacts,
    matter: Matter,
    decisions: &[DecisionFacts],
    policy: &PolicyValues,
) -> Option<Finding> {
    let own = decisions.iter().find(|it| it.by == Some(collective.id));
    let Some(decided) = own.or_else(|| decisions.iter().find(|it| it.by.is_none())) else {
        return Some(
            Finding::of(Cause::DecisionMissing).id("party", collective.id).code("matter", matter.code()),
        );
    };
    let body = decided.decision.body().code();
    let members = decided.decision.votes().members;
    let found = match decided.decision.verdict(matter, policy.quorum()) {
        Ok(()) => return None,
        Err(DecisionFlaw::WrongBody { body, matter }) => {
            Finding::of(Cause::WrongBody).code("body", body.code()).code("matter", matter.code())
        }
        Err(DecisionFlaw::TooFewAttended { attended, needed }) => Finding::of(Cause::TooFewAttended)
            .code("body", body)
            .count("members", members)
            .count("attended", attended)
            .count("needed", needed),
        Err(DecisionFlaw::TooFewInFavour { in_favour, needed }) => Finding::of(Cause::TooFewInFavour)
            .code("body", body)
            .count("members", members)
            .count("in_favour", in_favour)
            .count("needed", needed),
    };
    Some(found.id("party", collective.id))
}
