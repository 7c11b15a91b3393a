//! L15: a collective gives something up, or has its rights confirmed or altered or its income divided,
//! without a decision that carries it.
//!
//! One decision serves one collective: one that does not say whose it is serves the only collective that has no other.
//! Where nothing is given up but what was is confirmed, it serves all whom it concerns. What is given up is decided on
//! before that works; a confirmation may come later.
//!
//! An act that is judged as of its own day is judged by the law under which the village decided then.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use num_traits::Signed as _;

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, exact::lost};
use crate::{
    cases::decision::{DecisionFlaw, Matter},
    loss::facts::{
        AlterationFacts, CONTRACTED_LAND, Claim, ContractFacts, DecisionFacts, DistributionFacts, PartyFacts,
        RegistrationFacts, TransferFacts,
    },
    register::codes::{RightKind, Sector},
    values::{Id, id::kind},
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
        Check::Contract(of_contract),
    ],
    causes: &[
        DECISION_MISSING,
        ALTERATION_UNDECIDED,
        DECISION_OF_ANOTHER,
        WRONG_BODY,
        TOO_FEW_ATTENDED,
        TOO_FEW_IN_FAVOUR,
        DECISION_SHARED,
        DECIDED_AFTERWARDS,
        DECIDED_BY_NOBODY,
        DECIDED_BEFORE_SUCCESSION,
    ],
};

const DECISION_MISSING: Cause = Cause {
    code: "decision_missing",
    severity: None,
    sentence: bilingual(
        "集体{party_id}的{matter}事项未附民主决议",
        "there is no decision of the collective {party_id} on the {matter}",
    ),
};

/// Of a grant that ends before its term: the same matter, and no lease.
const ALTERATION_UNDECIDED: Cause = Cause {
    code: "alteration_undecided",
    severity: None,
    sentence: bilingual(
        "已授出的权利提前终止或续期，集体{party_id}未附民主决议（按{matter}事项决定）",
        "a grant ends before its term, or is renewed, without a decision of the collective {party_id} (decided like a {matter})",
    ),
};

const DECISION_OF_ANOTHER: Cause = Cause {
    code: "decision_of_another",
    severity: None,
    sentence: bilingual(
        "所附决议由{by_id}作出，不能代表集体{party_id}；集体{party_id}须有自己的{matter}决议",
        "the decision is one of {by_id}, and does not serve the collective {party_id}, which needs its own on the {matter}",
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

const DECISION_SHARED: Cause = Cause {
    code: "decision_shared",
    severity: None,
    sentence: bilingual(
        "一份决议只代表作出它的一个集体，集体{party_id}须有自己的{matter}决议（`decisions`，以 `by_id` 注明集体）",
        "one decision serves one collective, and {party_id} needs its own on the {matter} (`decisions`, each with its `by_id`)",
    ),
};

const DECIDED_BY_NOBODY: Cause = Cause {
    code: "decided_after_its_end",
    severity: None,
    sentence: bilingual(
        "集体{party_id}已于{ended_on}终止，其{decided_on}的决议无效；终止后由承继主体决定",
        "{party_id} ended on {ended_on} and decides nothing any more; its decision is of {decided_on}",
    ),
};

const DECIDED_BEFORE_SUCCESSION: Cause = Cause {
    code: "decided_before_succession",
    severity: None,
    sentence: bilingual(
        "{by_id}的决议作出于{decided_on}，早于集体{party_id}终止之日（{ended_on}），当时不能代其决定{matter}事项；请附{by_id}在该日或者以后的决议，\
         或者集体{party_id}终止以前自己的决议",
        "the decision of {by_id} is of {decided_on}, before {party_id} ended on {ended_on}, when it decided nothing for it: the {matter} \
         needs one of {by_id} of that day or later, or one of {party_id} itself of before",
    ),
};

const DECIDED_AFTERWARDS: Cause = Cause {
    code: "decided_afterwards",
    severity: None,
    sentence: bilingual(
        "集体{party_id}的决议作出于{decided_on}，晚于事项的生效日{effective_on}",
        "the decision of {party_id} is of {decided_on}, after the {effective_on} from which this works",
    ),
};

fn of_transfer(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let land = deal.all_lots().any(|it| it.asset.category == CONTRACTED_LAND);
    let to_households = deal.lots.iter().any(|it| it.to.kind.is_personal());
    let matter = match deal.right {
        RightKind::Management if land => Matter::LandContract,
        RightKind::Management => Matter::Lease,
        RightKind::Income if to_households => Matter::IncomeShares,
        RightKind::Ownership | RightKind::Income => Matter::Disposal,
    };
    let of_its_day = deal.entered.of_its_day;
    let wanted = Wanted {
        matter,
        before: Some(deal.effective_on),
        each_its_own: true,
        of_its_day,
        missing: DECISION_MISSING,
    };
    undecided(deal.all_lots().map(|it| it.from), wanted, &deal.decisions, policy)
}

/// Whoever would be left with less decides on that, and whoever owns the asset since on who is said to have owned it before; where
/// there is nobody of either, all whom it concerns confirm what was.
fn of_registration(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let loses = |it: &&Claim| lost(registration, it).is_positive();
    let givers = registration.standing.iter().filter(loses).map(|it| it.holder);
    let asked = collectives(givers.chain(registration.owners_since.iter().copied()));
    let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    let concerned = owners.chain(&registration.standing).map(|it| it.holder);
    let each_its_own = !asked.is_empty();
    let deciding = if each_its_own { asked } else { collectives(concerned) };
    let wanted = Wanted {
        matter: Matter::Confirmation,
        before: None,
        each_its_own,
        of_its_day: registration.entered.of_its_day,
        missing: DECISION_MISSING,
    };
    undecided(deciding.into_iter(), wanted, &registration.decisions, policy)
}

/// A plan is distributed when it is executed, which no decision of the past comes after.
fn of_distribution(distribution: &DistributionFacts, policy: &PolicyValues) -> Vec<Found> {
    let owners = distribution.sources.iter().flat_map(|it| it.owners.iter().copied());
    let wanted = Wanted {
        matter: Matter::IncomePlan,
        before: None,
        each_its_own: true,
        of_its_day: false,
        missing: DECISION_MISSING,
    };
    undecided(owners, wanted, &distribution.decisions, policy)
}

fn of_alteration(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let wanted = Wanted {
        matter: alteration.matter,
        before: Some(alteration.effective_on),
        each_its_own: true,
        of_its_day: alteration.entered.of_its_day,
        missing: match alteration.matter {
            Matter::Lease | Matter::LandContract | Matter::IncomeShares if !alteration.lost.is_empty() => {
                ALTERATION_UNDECIDED
            }
            _ => DECISION_MISSING,
        },
    };
    undecided(alteration.concerned.iter().copied(), wanted, &alteration.decisions, policy)
}

/// What a contract lets was decided on like any lease.
fn of_contract(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    let land = contract.terms.lets.iter().any(|it| it.category == CONTRACTED_LAND);
    let wanted = Wanted {
        matter: if land { Matter::LandContract } else { Matter::Lease },
        before: Some(contract.terms.term.from()),
        each_its_own: true,
        of_its_day: contract.entered.of_its_day,
        missing: DECISION_MISSING,
    };
    undecided(std::iter::once(contract.terms.lessor), wanted, &contract.decisions, policy)
}

/// The decisions that an act needs.
#[derive(Clone, Copy)]
struct Wanted {
    /// What is decided upon.
    matter: Matter,
    /// The last day on which it can be.
    before: Option<NaiveDate>,
    /// Whether each collective needs its own.
    each_its_own: bool,
    /// Whether it is judged as of its own day.
    of_its_day: bool,
    /// What is found where there is none at all.
    missing: Cause,
}

/// The collectives among some parties, each once. What the state took over from one that ended is decided on by no assembly.
fn collectives(parties: impl Iterator<Item = PartyFacts>) -> Vec<PartyFacts> {
    let mut collectives: Vec<PartyFacts> = Vec::new();
    let decides = |it: &PartyFacts| {
        let heir = it.succeeded_by.filter(|_| it.ended_on.is_some());
        it.sector() == Sector::Collective && heir.is_none_or(|it| it.sector == Sector::Collective)
    };
    for party in parties.filter(decides) {
        if !collectives.contains(&party) {
            collectives.push(party);
        }
    }
    collectives
}

/// What is wrong with the decision of each collective among those who must decide.
fn undecided(
    deciding: impl Iterator<Item = PartyFacts>,
    wanted: Wanted,
    decisions: &[DecisionFacts],
    policy: &PolicyValues,
) -> Vec<Found> {
    let deciding = collectives(deciding);
    // Whoever succeeds to one that ended decides in its place from then on.
    let own = |it: &PartyFacts| {
        let by_heir = decisions.iter().find(|of| of.by.is_some() && of.by == heir_of(it, of));
        by_heir.or_else(|| decisions.iter().find(|of| of.by == Some(it.id)))
    };
    let unnamed = decisions.iter().find(|it| it.by.is_none());
    let serves = |unnamed: &&DecisionFacts| {
        let without_own = deciding.iter().filter(|it| own(it).is_none());
        let whose: BTreeSet<_> = without_own.map(|it| heir_of(it, unnamed).unwrap_or(it.id)).collect();
        !wanted.each_its_own || whose.len() == 1
    };
    let flaws_of = |it: &PartyFacts| {
        if let Some(decided) = own(it).or_else(|| unnamed.filter(serves)) {
            return flaws(*it, decided, wanted, policy);
        }
        let too_early = |of: &&DecisionFacts| of.by.is_some() && of.by == it.succeeded_by.map(|it| it.id);
        if let (Some(early), Some(ended)) = (decisions.iter().find(too_early), it.ended_on) {
            let found = Found::of(DECIDED_BEFORE_SUCCESSION).on("decided", early.decision.decided_on());
            let found = found.on("ended", ended).code("matter", wanted.matter.code());
            let by = early.by.unwrap_or(it.id);
            return vec![found.id("by", by).id("party", it.id)];
        }
        // Of somebody who has nothing to decide here; where rights are confirmed, those of others may lie with it.
        let strange = |by: &Id<kind::Party>| {
            let is_theirs = |it: &PartyFacts| it.id == *by || it.succeeded_by.is_some_and(|it| it.id == *by);
            !matches!(wanted.matter, Matter::Confirmation) && !deciding.iter().any(is_theirs)
        };
        let found = match (unnamed, decisions.iter().filter_map(|it| it.by).find(strange)) {
            (Some(_), _) => Found::of(DECISION_SHARED),
            (None, None) => Found::of(wanted.missing),
            (None, Some(another)) => Found::of(DECISION_OF_ANOTHER).id("by", another),
        };
        vec![found.id("party", it.id).code("matter", wanted.matter.code())]
    };
    deciding.iter().flat_map(flaws_of).collect()
}

/// Who decided in the place of a collective that had ended by the day of a decision; none where it was there.
fn heir_of(collective: &PartyFacts, decided: &DecisionFacts) -> Option<Id<kind::Party>> {
    let ended = collective.ended_on.is_some_and(|it| decided.decision.decided_on() >= it);
    collective.succeeded_by.filter(|_| ended).map(|it| it.id)
}

/// What is wrong with the decision of a collective.
fn flaws(collective: PartyFacts, taken: &DecisionFacts, wanted: Wanted, policy: &PolicyValues) -> Vec<Found> {
    let decided = &taken.decision;
    let body = decided.body().code();
    let members = decided.votes().members;
    let verdict = if wanted.of_its_day {
        decided.verdict_of_its_day(wanted.matter, policy.quorum())
    } else {
        decided.verdict(wanted.matter, policy.quorum())
    };
    let carried = match verdict {
        Ok(()) => None,
        Err(DecisionFlaw::WrongBody { body, matter }) => {
            Some(Found::of(WRONG_BODY).code("body", body.code()).code("matter", matter.code()))
        }
        Err(DecisionFlaw::TooFewAttended { attended, needed }) => Some(
            Found::of(TOO_FEW_ATTENDED)
                .code("body", body)
                .count("members", members)
                .count("attended", attended)
                .count("needed", needed),
        ),
        Err(DecisionFlaw::TooFewInFavour { in_favour, needed }) => Some(
            Found::of(TOO_FEW_IN_FAVOUR)
                .code("body", body)
                .count("members", members)
                .count("in_favour", in_favour)
                .count("needed", needed),
        ),
    };
    let too_late = wanted.before.filter(|it| decided.decided_on() > *it);
    let afterwards = too_late.map(|effective_on| {
        Found::of(DECIDED_AFTERWARDS).on("decided", decided.decided_on()).on("effective", effective_on)
    });
    // One that says of nobody that they took it is taken for that of whoever was there to decide.
    let by_itself = taken.by == Some(collective.id) || heir_of(&collective, taken).is_none();
    let ended = collective.ended_on.filter(|it| by_itself && decided.decided_on() >= *it);
    let by_nobody =
        ended.map(|on| Found::of(DECIDED_BY_NOBODY).on("decided", decided.decided_on()).on("ended", on));
    carried.into_iter().chain(afterwards).chain(by_nobody).map(|it| it.id("party", collective.id)).collect()
}
