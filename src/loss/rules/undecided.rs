//! L15: a collective gives something up, or has its rights confirmed or altered or its income divided,
//! without a decision that carries it.
//!
//! One decision serves one collective: one that does not say whose it is serves the only collective that has no other.
//! Where nothing is given up but what was is confirmed, it serves all whom it concerns. What is given up is decided on
//! before that works; a confirmation may come later.
//!
//! A decision is measured by the law of the day on which it was taken, whenever it is entered. So that nobody gains by dating one back,
//! it carries by that law alone only what takes effect within a while: for what is done later it is measured by the law of that day as
//! well, and told to be old. That the township agrees to contracting land out (农村土地承包法) is its
//! review of the case, without which nothing is executed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use num_traits::Signed as _;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, in_books, lost},
    ties::{acting, is_private, keeps, large_purchases},
};
use crate::{
    cases::decision::{DecisionBody, DecisionFlaw, Law, Matter, VillageDecision, Votes},
    loss::check::Figure,
    loss::facts::{
        AlterationFacts, Claim, ContractFacts, DecisionFacts, DistributionFacts, LandUse, PartyFacts,
        Payment, RegistrationFacts, TransferFacts,
    },
    register::{
        codes::{RightKind, Sector},
        parties::ties::Web,
    },
    values::{Id, id::kind},
};

pub(super) const L15: Rule = Rule {
    id: RuleId::L15,
    name: bilingual("缺少有效的民主决议", "No valid decision of the village"),
    basis: "《中华人民共和国农村集体经济组织法》第二十六条至第二十八条",
    severity: Severity::Block,
    parameters: &[
        "decision_validity_days",
        "assembly_members_floor",
        "decision_attendance",
        "decision_approval",
        "exchange_required_above_fen",
    ],
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
        TOO_FEW_VILLAGERS_ATTENDED,
        TOO_FEW_VILLAGERS_IN_FAVOUR,
        TOO_FEW_FOR_LAND,
        DECISION_OUT_OF_DATE,
        ASSEMBLY_TOO_SMALL,
    ],
};

/// The legal bases of what is found by another law than that of the rule.
pub(super) const BASES: &[(&str, &str)] = &[
    (
        TOO_FEW_VILLAGERS_ATTENDED.code,
        "《中华人民共和国村民委员会组织法》第二十二条、第二十六条（决议之日有效的规定）",
    ),
    (
        TOO_FEW_VILLAGERS_IN_FAVOUR.code,
        "《中华人民共和国村民委员会组织法》第二十二条、第二十六条（决议之日有效的规定）",
    ),
    (
        TOO_FEW_FOR_LAND.code,
        "《中华人民共和国农村土地承包法》（2002年）第十八条、第四十八条，（2018年修正）第十九条、第五十二条",
    ),
];

const DECISION_MISSING: Cause = Cause {
    code: "decision_missing",
    severity: None,
    sentence: bilingual(
        "集体{party_id}的{matter}事项未附民主决议",
        "there is no decision of the collective {party_id} on the {matter}",
    ),
    cure: bilingual(
        "请附其决议（`decision`）及会议记录",
        "attach its decision (`decision`) with the minutes",
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
    cure: bilingual(
        "请附其决议（`decision`）及会议记录",
        "attach its decision (`decision`) with the minutes",
    ),
};

const DECISION_OF_ANOTHER: Cause = Cause {
    code: "decision_of_another",
    severity: None,
    sentence: bilingual(
        "所附决议由{by_id}作出，不能代表集体{party_id}",
        "the decision is one of {by_id}, and does not serve the collective {party_id}",
    ),
    cure: bilingual(
        "请附集体{party_id}自己的{matter}决议",
        "attach one of {party_id} itself on the {matter}",
    ),
};

const WRONG_BODY: Cause = Cause {
    code: "wrong_body",
    severity: None,
    sentence: bilingual(
        "{body}无权就{matter}事项作出集体{party_id}的决议",
        "the {body} cannot decide on the {matter} for the collective {party_id}",
    ),
    cure: bilingual(
        "请由成员大会就该事项作出决议；依法或者依章程可由成员代表大会决定的，由其决议",
        "have the assembly of the members decide, or that of their delegates where the law or the charter leaves it to them",
    ),
};

const TOO_FEW_ATTENDED: Cause = Cause {
    code: "too_few_attended",
    severity: None,
    sentence: bilingual(
        "{body}应到{members}人，实到{attended}人，至少应到会{needed}人（农村集体经济组织法第二十七条）",
        "of {members} in the {body} {attended} attended, where {needed} must (农村集体经济组织法 art. 27)",
    ),
    cure: bilingual("请由{party_id}重新召开会议", "{party_id} must meet again"),
};

const TOO_FEW_IN_FAVOUR: Cause = Cause {
    code: "too_few_in_favour",
    severity: None,
    sentence: bilingual(
        "{body}共{members}人，同意{in_favour}人，至少应有{needed}人同意（农村集体经济组织法第二十七条、第二十八条）",
        "of {members} in the {body} {in_favour} were in favour, where {needed} must be (农村集体经济组织法 arts. 27, 28)",
    ),
    cure: bilingual("请由{party_id}重新决议", "{party_id} must decide anew"),
};

const DECISION_SHARED: Cause = Cause {
    code: "decision_shared",
    severity: None,
    sentence: bilingual(
        "一份决议只代表作出它的一个集体，集体{party_id}须有自己的{matter}决议",
        "one decision serves one collective, and {party_id} needs its own on the {matter}",
    ),
    cure: bilingual(
        "请在 `decisions` 中分别附各集体的决议，以 `by_id` 注明集体",
        "attach the decision of each (`decisions`), with its `by_id`",
    ),
};

const DECIDED_BY_NOBODY: Cause = Cause {
    code: "decided_after_its_end",
    severity: None,
    sentence: bilingual(
        "集体{party_id}已于{ended_on}终止，其{decided_on}的决议无效",
        "{party_id} ended on {ended_on} and decides nothing any more; its decision is of {decided_on}",
    ),
    cure: bilingual(
        "终止后由承继主体决定，请附承继主体的决议",
        "whoever succeeds to it decides: attach a decision of theirs",
    ),
};

const DECIDED_BEFORE_SUCCESSION: Cause = Cause {
    code: "decided_before_succession",
    severity: None,
    sentence: bilingual(
        "{by_id}的决议作出于{decided_on}，早于集体{party_id}终止之日（{ended_on}），当时不能代其决定{matter}事项",
        "the decision of {by_id} is of {decided_on}, before {party_id} ended on {ended_on}, when it decided on no {matter} for it",
    ),
    cure: bilingual(
        "请附{by_id}在该日或者以后的{matter}决议，或者集体{party_id}终止以前自己的决议",
        "attach one of {by_id} of that day or later on the {matter}, or one of {party_id} itself of before",
    ),
};

const DECIDED_AFTERWARDS: Cause = Cause {
    code: "decided_afterwards",
    severity: None,
    sentence: bilingual(
        "集体{party_id}的决议作出于{decided_on}，晚于事项的生效日{effective_on}",
        "the decision of {party_id} is of {decided_on}, after the {effective_on} from which this works",
    ),
    cure: bilingual(
        "请更正生效日或者决议日；决议应在生效以前作出",
        "put the days right: what works is decided on before",
    ),
};

const TOO_FEW_VILLAGERS_ATTENDED: Cause = Cause {
    code: "too_few_villagers_attended",
    severity: None,
    sentence: bilingual(
        "{decided_on}的{body}应到{members}人，实到{attended}人，依当时的村民委员会组织法至少应到会{needed}人",
        "of {members} in the {body} of {decided_on} {attended} attended, where by 村民委员会组织法, the law of that day, {needed} must",
    ),
    cure: bilingual("请由{party_id}重新决议", "{party_id} must decide anew"),
};

const TOO_FEW_VILLAGERS_IN_FAVOUR: Cause = Cause {
    code: "too_few_villagers_in_favour",
    severity: None,
    sentence: bilingual(
        "{decided_on}的{body}实到{attended}人，同意{in_favour}人，依当时的村民委员会组织法至少应有{needed}人同意",
        "of {attended} who came to the {body} of {decided_on} {in_favour} were in favour, where by 村民委员会组织法, the law of that \
         day, {needed} must be",
    ),
    cure: bilingual("请由{party_id}重新决议", "{party_id} must decide anew"),
};

const TOO_FEW_FOR_LAND: Cause = Cause {
    code: "too_few_for_land",
    severity: None,
    sentence: bilingual(
        "{decided_on}的{body}共{members}人，同意发包土地的{in_favour}人，依农村土地承包法至少应有三分之二即{needed}人同意",
        "of {members} in the {body} of {decided_on} {in_favour} were in favour of contracting the land out, where by 农村土地承包法 \
         two thirds, {needed}, must be",
    ),
    cure: bilingual("请由{party_id}重新决议", "{party_id} must decide anew"),
};

/// No law says for how long a decision is good: that it is old is told, and what it is worth is measured by the law of the act's day too.
const DECISION_OUT_OF_DATE: Cause = Cause {
    code: "decision_out_of_date",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "集体{party_id}的决议作出于{decided_on}，距事项所在的{served_on}已超过{validity_days}，须同时符合{served_on}的法律",
        "the decision of {party_id} is of {decided_on}, more than {validity_days} before {served_on}, and must carry what is \
         done then by the law of that day as well",
    ),
    cure: bilingual(
        "请核实该决议是否就本事项作出，否则重新决议",
        "see whether it was about this very act, or have it decided anew",
    ),
};

/// The register does not know how many members a collective has: the county may find that these are all.
const ASSEMBLY_TOO_SMALL: Cause = Cause {
    code: "assembly_too_small",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "集体{party_id}的{body}全体仅{members}人，少于{floor}人",
        "the whole {body} of {party_id} is said to be {members} people, which is fewer than {floor}",
    ),
    cure: bilingual(
        "请核对应到人数并附成员或者代表名册，确为全体的由县级说明后核准",
        "see who belongs to it and attach the list of them; the county agrees if these are all",
    ),
};

fn of_transfer(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let land = deal.all_lots().any(|it| LandUse::of(&it.asset.category).is_some());
    let to_households = deal.lots.iter().any(|it| it.to.kind.is_personal());
    let matter = match deal.right {
        RightKind::Management if land => Matter::LandContract,
        RightKind::Management => Matter::Lease,
        RightKind::Income if to_households => Matter::IncomeShares,
        RightKind::Ownership | RightKind::Income => Matter::Disposal,
    };
    let wanted = Wanted {
        matter,
        before: Some(deal.effective_on),
        served_on: Some(deal.effective_on),
        each_its_own: true,
        missing: DECISION_MISSING,
    };
    let web = Web::of(&deal.ties);
    // What it pays much for is money given away.
    let buyers = large_purchases(deal, &web, policy).flat_map(|(_, it)| acting(&web, it.to));
    let deciding = deal.all_lots().map(|it| it.from).chain(buyers);
    let found = undecided(deciding, wanted, &deal.decisions, policy);
    found.into_iter().map(|it| worth_of_undecided(deal, it)).collect()
}

/// Adds what a collective gives for good without having decided on it at all, as the books have it.
fn worth_of_undecided(deal: &TransferFacts, found: Found) -> Found {
    let Some(Figure::Text(party)) =
        found.figures.get("party_id").filter(|_| found.cause == DECISION_MISSING && deal.is_for_good())
    else {
        return found;
    };
    let given = in_books(deal.all_lots().filter(|it| it.from.id.to_string() == *party));
    found.at_risk(floored(&given))
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
        // What was never anybody else's was confirmed whenever it was; what somebody loses is decided on for this very case.
        served_on: each_its_own.then_some(registration.entered.on),
        each_its_own,
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
        served_on: Some(distribution.today),
        each_its_own: true,
        missing: DECISION_MISSING,
    };
    undecided(owners, wanted, &distribution.decisions, policy)
}

fn of_alteration(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let wanted = Wanted {
        matter: alteration.matter,
        before: Some(alteration.effective_on),
        served_on: Some(alteration.effective_on),
        each_its_own: true,
        missing: match alteration.matter {
            Matter::Lease | Matter::LandContract | Matter::IncomeShares if !alteration.lost.is_empty() => {
                ALTERATION_UNDECIDED
            }
            _ => DECISION_MISSING,
        },
    };
    undecided(alteration.concerned.iter().copied(), wanted, &alteration.decisions, policy)
}

/// What a contract lets was decided on like any lease, and what it binds a village to pay like any purchase.
fn of_contract(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    let land = contract.terms.lets.iter().any(|it| LandUse::of(&it.category).is_some());
    let wanted = Wanted {
        matter: if land { Matter::LandContract } else { Matter::Lease },
        before: Some(contract.terms.term.from()),
        served_on: Some(contract.terms.term.from()),
        each_its_own: true,
        missing: DECISION_MISSING,
    };
    // What somebody public rents of somebody private for much is money given away.
    let (web, terms) = (Web::of(&contract.ties), &contract.terms);
    let is_much = Payment::total(&terms.rent) > i128::from(policy.exchange_required_above_fen);
    let rents = is_much && is_private(&web, terms.lessor) && !keeps(&web, terms.lessee, terms.lessor);
    let tenants = if rents { acting(&web, terms.lessee) } else { Vec::new() };
    undecided(std::iter::once(terms.lessor).chain(tenants), wanted, &contract.decisions, policy)
}

/// The decisions that an act needs.
#[derive(Clone, Copy)]
struct Wanted {
    /// What is decided upon.
    matter: Matter,
    /// The last day on which it can be.
    before: Option<NaiveDate>,
    /// The day on which what was decided is done; none where it was so long before.
    served_on: Option<NaiveDate>,
    /// Whether each collective needs its own.
    each_its_own: bool,
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
    let (law, validity) = (Law::of(decided.decided_on()), policy.decision_validity_days);
    let is_stale = |day: &NaiveDate| (*day - decided.decided_on()).num_days() > validity;
    let stale_on = wanted.served_on.filter(is_stale);
    let stale = stale_on.map(|day| {
        Found::of(DECISION_OUT_OF_DATE)
            .on("decided", decided.decided_on())
            .on("served", day)
            .days("validity", validity)
    });
    // Nobody gains by taking a decision from before a law for what is done long after it.
    let of_act = stale_on.map(Law::of).filter(|it| *it != law);
    let laws = [Some(law), of_act].into_iter().flatten();
    let carried = laws.filter_map(|law| falls_short(decided, law, wanted.matter, policy));
    let Votes { members, .. } = decided.votes();
    // A council is small, and decides nothing of this.
    let is_assembly = decided.body() != DecisionBody::Council;
    let small = (is_assembly && i64::from(members) < policy.assembly_members_floor).then(|| {
        let floor = u32::try_from(policy.assembly_members_floor).unwrap_or(u32::MAX);
        let found = Found::of(ASSEMBLY_TOO_SMALL).code("body", decided.body().code());
        found.count("members", members).count("floor", floor)
    });
    let too_late = wanted.before.filter(|it| decided.decided_on() > *it);
    let afterwards = too_late.map(|effective_on| {
        Found::of(DECIDED_AFTERWARDS).on("decided", decided.decided_on()).on("effective", effective_on)
    });
    // One that says of nobody that they took it is taken for that of whoever was there to decide.
    let by_itself = taken.by == Some(collective.id) || heir_of(&collective, taken).is_none();
    let ended = collective.ended_on.filter(|it| by_itself && decided.decided_on() >= *it);
    let by_nobody =
        ended.map(|on| Found::of(DECIDED_BY_NOBODY).on("decided", decided.decided_on()).on("ended", on));
    let all = carried.chain(afterwards).chain(by_nobody).chain(stale).chain(small);
    all.map(|it| it.id("party", collective.id)).collect()
}

/// Why a decision does not carry a matter by a law.
fn falls_short(decided: &VillageDecision, law: Law, matter: Matter, policy: &PolicyValues) -> Option<Found> {
    let Votes { members, attended, .. } = decided.votes();
    let by = |cause: Cause| Found::of(cause).code("body", decided.body().code());
    let then = |cause: Cause| by(cause).on("decided", decided.decided_on());
    Some(match (decided.verdict_by(law, matter, policy.quorum()).err()?, law) {
        (DecisionFlaw::WrongBody { matter, .. }, _) => by(WRONG_BODY).code("matter", matter.code()),
        (DecisionFlaw::TooFewAttended { attended, needed }, Law::Collectives) => {
            by(TOO_FEW_ATTENDED).count("members", members).count("attended", attended).count("needed", needed)
        }
        (DecisionFlaw::TooFewAttended { attended, needed }, Law::Villagers) => {
            then(TOO_FEW_VILLAGERS_ATTENDED)
                .count("members", members)
                .count("attended", attended)
                .count("needed", needed)
        }
        (DecisionFlaw::TooFewInFavour { in_favour, needed }, Law::Collectives) => by(TOO_FEW_IN_FAVOUR)
            .count("members", members)
            .count("in_favour", in_favour)
            .count("needed", needed),
        (DecisionFlaw::TooFewInFavour { in_favour, needed }, Law::Villagers) => {
            then(TOO_FEW_VILLAGERS_IN_FAVOUR)
                .count("attended", attended)
                .count("in_favour", in_favour)
                .count("needed", needed)
        }
        (DecisionFlaw::TooFewForLand { in_favour, needed }, _) => then(TOO_FEW_FOR_LAND)
            .count("members", members)
            .count("in_favour", in_favour)
            .count("needed", needed),
    })
}
