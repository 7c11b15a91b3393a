//! L15: a collective gives something up, or has its rights confirmed or altered or its income divided,
//! without a decision that carries it. One decision that was filed for no collective in particular holds for
//! every collective of the case.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    cases::decision::{DecisionFlaw, Matter},
    loss::facts::{
        AlterationFacts, CONTRACTED_LAND, DecisionFacts, DistributionFacts, PartyFacts, RegistrationFacts,
        TransferFacts,
    },
    register::codes::{PartyKind, RightKind, Sector},
};

pub(super) const L15: Rule = Rule {
    id: RuleId::L15,
    name: bilingual("缺少有效的民主决议", "No valid decision of the village"),
    basis: "《中华人民共和国农村集体经济组织法》第二十六条至第二十八条",
    severity: Severity::Block,
    parameters: &["decision_attendance", "decision_approval"],
    checks: &[
        Check::Transfer(of_transfer),
        Check::Registration(of_registration),
        Check::Distribution(of_distribution),
        Check::Alteration(of_alteration),
    ],
    causes: &[DECISION_MISSING, WRONG_BODY, TOO_FEW_ATTENDED, TOO_FEW_IN_FAVOUR],
};

const DECISION_MISSING: Cause = Cause {
    code: "decision_missing",
    severity: None,
    sentence: bilingual(
        "集体{party_id}的{matter}事项未附民主决议",
        "there is no decision of the collective {party_id} on the {matter}",
    ),
};

const WRONG_BODY: Cause = Cause {
    code: "wrong_body",
    severity: None,
    sentence: bilingual(
        "{body}无权就{matter}事项作出集体{party_id}的决议",
        "the {body} cannot decide on the {matter} for the collective {party_id}",
    ),
};

const TOO_FEW_ATTENDED: Cause = Cause {
    code: "too_few_attended",
    severity: None,
    sentence: bilingual(
        "{body}应到{members}人，实到{attended}人，至少应到会{needed}人",
        "of {members} in the {body} {attended} attended, where {needed} must",
    ),
};

const TOO_FEW_IN_FAVOUR: Cause = Cause {
    code: "too_few_in_favour",
    severity: None,
    sentence: bilingual(
        "{body}共{members}人，同意{in_favour}人，至少应有{needed}人同意",
        "of {members} in the {body} {in_favour} were in favour, where {needed} must be",
    ),
};

fn of_transfer(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let land = deal.all_lots().any(|it| it.asset.category == CONTRACTED_LAND);
    let to_households = deal.lots.iter().any(|it| it.to.kind == PartyKind::Household);
    let matter = match deal.right {
        RightKind::Management if land => Matter::LandContract,
        RightKind::Management => Matter::Lease,
        RightKind::Income if to_households => Matter::IncomeShares,
        RightKind::Ownership | RightKind::Income => Matter::Disposal,
    };
    undecided(deal.all_lots().map(|it| it.from), matter, &deal.decisions, policy)
}

/// Whoever holds something now decides as well, since the registration may leave it with less.
fn of_registration(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    let deciding = owners.chain(&registration.standing).map(|it| it.holder);
    undecided(deciding, Matter::Confirmation, &registration.decisions, policy)
}

fn of_distribution(distribution: &DistributionFacts, policy: &PolicyValues) -> Vec<Found> {
    let owners = distribution.sources.iter().flat_map(|it| it.owners.iter().copied());
    undecided(owners, Matter::IncomePlan, &distribution.decisions, policy)
}

fn of_alteration(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    undecided(alteration.concerned.iter().copied(), alteration.matter, &alteration.decisions, policy)
}

/// What is wrong with the decision of each collective among those who must decide.
fn undecided(
    deciding: impl Iterator<Item = PartyFacts>,
    matter: Matter,
    decisions: &[DecisionFacts],
    policy: &PolicyValues,
) -> Vec<Found> {
    let mut collectives: Vec<PartyFacts> = Vec::new();
    for party in deciding.filter(|it| it.sector() == Sector::Collective) {
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
) -> Option<Found> {
    let own = decisions.iter().find(|it| it.by == Some(collective.id));
    let Some(decided) = own.or_else(|| decisions.iter().find(|it| it.by.is_none())) else {
        return Some(Found::of(DECISION_MISSING).id("party", collective.id).code("matter", matter.code()));
    };
    let body = decided.decision.body().code();
    let members = decided.decision.votes().members;
    let found = match decided.decision.verdict(matter, policy.quorum()) {
        Ok(()) => return None,
        Err(DecisionFlaw::WrongBody { body, matter }) => {
            Found::of(WRONG_BODY).code("body", body.code()).code("matter", matter.code())
        }
        Err(DecisionFlaw::TooFewAttended { attended, needed }) => Found::of(TOO_FEW_ATTENDED)
            .code("body", body)
            .count("members", members)
            .count("attended", attended)
            .count("needed", needed),
        Err(DecisionFlaw::TooFewInFavour { in_favour, needed }) => Found::of(TOO_FEW_IN_FAVOUR)
            .code("body", body)
            .count("members", members)
            .count("in_favour", in_favour)
            .count("needed", needed),
    };
    Some(found.id("party", collective.id))
}
