//! L08: deals that are small one by one come to more than a limit together: of the same giver with the same receiver, or whoever controls
//! it or is controlled by it, within so many days. The sum is what the limits are for. Of one asset that is given
//! away for good by parts, or by the pieces that it was divided into, it does not matter to whom they go. What organisations that have nothing to do with each other get of one project, each a unit of it, is
//! lawful: it is a warning.
//!
//! A deal that is above a limit by itself is held to it anyway, and is no part of anything; nor is what was traded on an exchange, or
//! appraised, where that is what the limit asks for. A lease for a year or more that begins when another of the same asset is over, and
//! is agreed upon while that runs or after it, is a renewal, and no part of it; several that are agreed upon ahead of each other are one
//! lease in parts. A lease of something of another project that begins when the other is over splits nothing either.
//! People who rent a shed each of one project are what projects are for: they count by themselves alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, whole, years},
    open_market::{leaving, missing_for, value},
    ties::{along, is_of_one_purse, keeps},
    untraded::open_auction,
};
use crate::{
    loss::facts::{DealFacts, LotFacts, Near, TransferFacts},
    register::{
        codes::RightKind,
        parties::ties::{Path, Web},
    },
    values::{Id, Period, id::kind},
};

pub(super) const L08: Rule = Rule {
    id: RuleId::L08,
    name: bilingual("化整为零", "Split into small deals"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；介政办发〔2020〕27号",
    severity: Severity::Escalate,
    parameters: &[
        "structuring_window_days",
        "exchange_required_above_fen",
        "appraisal_required_above_fen",
        "county_approval_above_fen",
    ],
    checks: &[Check::Transfer(structured)],
    causes: &[
        SPLIT_BELOW_EXCHANGE,
        SPLIT_BELOW_APPRAISAL,
        SPLIT_BELOW_COUNTY,
        ASSET_IN_PARTS,
        PIECES_OF_ONE,
        PROJECT_IN_PARTS,
    ],
};

/// What can be done of deals below a limit, by what the limit asks for. What was executed already is no longer offered.
const SPLIT_BELOW_EXCHANGE: Cause = Cause {
    code: "split_below_exchange",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一方（{path}）共{deals}笔交易，合计{sum_fen}，超过应当进场交易的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with one party ({path}): together {sum_fen}, above the {threshold_fen} from which on they are offered on an exchange, and none of them by itself",
    ),
    cure: bilingual(
        "本笔及未执行的各笔请合并进场交易；已执行的补作评估核对价格，低于评估的追回差额；否则由县级说明理由",
        "offer this one and those not yet executed together; have the executed ones appraised, and claim back what was too little; otherwise the county says why not",
    ),
};

const SPLIT_BELOW_APPRAISAL: Cause = Cause {
    code: "split_below_appraisal",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一方（{path}）共{deals}笔交易，合计{sum_fen}，超过应当评估的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with one party ({path}): together {sum_fen}, above the {threshold_fen} from which on they are appraised, and none of them by itself",
    ),
    cure: bilingual(
        "请为本笔附评估报告；已执行的各笔补作评估，低于评估的追回差额；否则由县级说明理由",
        "have this one appraised, and the executed ones as well, and claim back what was too little; otherwise the county says why not",
    ),
};

const SPLIT_BELOW_COUNTY: Cause = Cause {
    code: "split_below_county",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一方（{path}）共{deals}笔交易，合计{sum_fen}，超过应当由县级批准的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with one party ({path}): together {sum_fen}, above the {threshold_fen} from which on the county approves, and none of them by itself",
    ),
    cure: bilingual(
        "请报县级按合计金额批准本笔，并一并核查已执行的各笔",
        "have the county decide on this one as the sum asks, and look into those that are executed",
    ),
};

const ASSET_IN_PARTS: Cause = Cause {
    code: "asset_in_parts",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内将资产{asset_id}分{deals}笔转让给不同主体，合计{sum_fen}，超过应当进场交易、评估或者由县级批准的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} gives asset {asset_id} away by {deals} deals with different parties: together {sum_fen}, above {threshold_fen} from which on it is offered, appraised or approved, and none of them by itself",
    ),
    cure: bilingual(
        "请按整项资产进场交易、评估；已执行的各笔补作评估核对价格；否则由县级说明理由",
        "offer and appraise the asset as a whole; have the executed deals appraised; otherwise the county says why not",
    ),
};

const PIECES_OF_ONE: Cause = Cause {
    code: "pieces_of_one",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内将资产{asset_id}分割后的各部分分{deals}笔转让，合计{sum_fen}，超过应当进场交易、评估或者由县级批准的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} gives the pieces that asset {asset_id} was divided into away by {deals} deals: together {sum_fen}, above {threshold_fen} from which on it is offered, appraised or approved, and none of them by itself",
    ),
    cure: bilingual(
        "请按分割前的整项资产进场交易、评估；已执行的各笔补作评估核对价格；否则由县级说明理由",
        "offer and appraise the pieces together, as the asset that they were; have the executed deals appraised; otherwise the county says why not",
    ),
};

const PROJECT_IN_PARTS: Cause = Cause {
    code: "project_in_parts",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{from_id}在前后{window_days}内就资产{asset_id}所属的同一项目与互不关联的主体共{deals}笔交易，合计{sum_fen}，超过{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with unrelated parties about the project of asset {asset_id}: together {sum_fen}, above {threshold_fen}, and none of them by itself",
    ),
    cure: bilingual(
        "请核实各方确无关联、各单元均公开招租或者出售",
        "see that they are unrelated in fact, and that each unit was offered openly",
    ),
};

/// Deals of a giver that are near to this one in one way.
type Together = (Id<kind::Party>, Near);

/// A limit, with what says that a deal does what it asks for.
struct Limit {
    cause: Cause,
    above: i64,
    applies: bool,
    met_by: fn(&DealFacts) -> bool,
}

fn structured(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let leaving = leaving(deal);
    if deal.consideration.is_nothing() {
        return Vec::new();
    }
    let web = Web::of(&deal.ties);
    // What a village gives and what its own cooperative does is told of whoever gives here.
    let given_by = |giver: Id<kind::Party>| {
        let of = |it: &&LotFacts| is_of_one_purse(&web, giver, it.from.id);
        deal.all_lots().filter(of).map(|lot| lot.from).min_by_key(|it| it.id)
    };
    let leaves = |it: &DealFacts| {
        given_by(it.giver).is_some_and(|giver| !it.receivers.iter().all(|to| keeps(&web, giver, *to)))
    };
    let mut together = BTreeMap::<Together, BTreeMap<Id<kind::Case>, &DealFacts>>::new();
    for it in deal.nearby.iter().filter(|it| is_part(deal, it, policy) && leaves(it)) {
        let giver = given_by(it.giver).map_or(it.giver, |giver| giver.id);
        together.entry((giver, it.near)).or_default().insert(it.case, it);
        for asset in in_parts(deal, &web, it) {
            // What is known of this asset alone counts for what it says.
            let of_asset = together.entry((giver, Near::Asset(asset))).or_default();
            of_asset.entry(it.case).or_insert(it);
        }
    }
    let (mut found, mut told) = (Vec::new(), BTreeSet::new());
    for ((giver, near), others) in together {
        let in_this_way = others.values().filter(|it| it.near == near);
        let beside: BTreeSet<_> = in_this_way.flat_map(|it| it.beside.iter().copied()).collect();
        let of_it = |it: &LotFacts| is_of_one_purse(&web, giver, it.from.id) && is_near(it, near, &beside);
        let lots: Vec<_> = leaving.iter().copied().filter(|(_, it)| of_it(it)).collect();
        let Some((first, lot)) = lots.first().copied() else { continue };
        let given: Vec<_> = lots.iter().map(|(_, it)| *it).collect();
        let own = value(deal, &given);
        let figures = |found: Found, limit: &Limit, sum: &Exact, cases: &[Id<kind::Case>]| {
            let deals = u32::try_from(cases.len()).unwrap_or(u32::MAX).saturating_add(1);
            found
                .at(first)
                .id("from", giver)
                .days("window", policy.structuring_window_days)
                .count("deals", deals)
                .fen("sum", floored(sum))
                .fen("own", floored(&own))
                .fen("threshold", limit.above)
                .list("case_ids", cases.iter().map(ToString::to_string).collect())
                .at_risk_if(missing_for(deal, &given))
        };
        for limit in limits(deal, policy) {
            let Some((sum, cases)) = beyond(&limit, &own, &others) else { continue };
            if let Near::Receiver(to) = near {
                if told.insert((giver, limit.cause.code, cases.clone())) {
                    let link = link(&web, to, cases.iter().filter_map(|it| others.get(it).copied()));
                    let of_limit = along(&link, Found::of(limit.cause).id("to", to));
                    found.push(figures(of_limit, &limit, &sum, &cases));
                }
                continue;
            }
            // What was told of one party is not told again of its project; nor is a project by each of its limits.
            let is_told = told
                .iter()
                .any(|(of, _, known)| *of == giver && cases.iter().all(|case| known.contains(case)));
            if !is_told {
                let (cause, asset) = match near {
                    Near::Asset(whole) if whole != lot.asset.id => (PIECES_OF_ONE, whole),
                    Near::Asset(asset) => (ASSET_IN_PARTS, asset),
                    Near::Receiver(_) | Near::Project(_) => (PROJECT_IN_PARTS, lot.asset.id),
                };
                found.push(figures(Found::of(cause).id("asset", asset), &limit, &sum, &cases));
                told.insert((giver, cause.code, cases));
            }
        }
    }
    found
}

/// Why some deals are with the party of this one: through whom, where any of them is with another.
fn link<'a>(web: &Web, to: Id<kind::Party>, others: impl Iterator<Item = &'a DealFacts>) -> Path {
    let hands = web.hands(to);
    let receivers: BTreeSet<_> = others.flat_map(|it| &it.receivers).map(|it| it.id).collect();
    let through = receivers.iter().find_map(|it| hands.get(it).cloned());
    through.unwrap_or_else(|| Path::from(to))
}

fn limits(deal: &TransferFacts, policy: &PolicyValues) -> [Limit; 3] {
    // Whoever is named as an auctioneer, and shows nothing, offered nothing.
    let is_shown = deal.auction_shown == Some(true);
    let is_traded = deal.trade.is_some() || is_shown && open_auction(deal, policy).is_some();
    [
        Limit {
            cause: SPLIT_BELOW_EXCHANGE,
            above: policy.exchange_required_above_fen,
            applies: !is_traded,
            met_by: |it| it.traded,
        },
        Limit {
            cause: SPLIT_BELOW_APPRAISAL,
            above: policy.appraisal_required_above_fen,
            applies: deal.appraisal.is_none() && deal.is_for_good(),
            met_by: |it| it.appraised || it.term.is_some() || it.right == RightKind::Management,
        },
        Limit {
            cause: SPLIT_BELOW_COUNTY,
            above: policy.county_approval_above_fen,
            applies: true,
            met_by: |_| false,
        },
    ]
}

/// The sum of this deal and of the others that are below a limit, with those, where it is above it and none of them is.
fn beyond(
    limit: &Limit,
    own: &Exact,
    others: &BTreeMap<Id<kind::Case>, &DealFacts>,
) -> Option<(Exact, Vec<Id<kind::Case>>)> {
    let above = whole(limit.above);
    if !limit.applies || limit.above <= 0 || *own > above {
        return None;
    }
    let parts =
        others.values().filter(|it| !(limit.met_by)(it) && money(it.worth) <= above && !it.worth.is_zero());
    let parts: Vec<_> = parts.collect();
    let sum = parts.iter().map(|it| money(it.worth)).sum::<Exact>() + own;
    (!parts.is_empty() && sum > above).then(|| (sum, parts.iter().map(|it| it.case).collect()))
}

/// The assets that both this deal and another move for good, by parts of them.
fn in_parts(deal: &TransferFacts, web: &Web, other: &DealFacts) -> BTreeSet<Id<kind::Asset>> {
    if !deal.is_for_good() || other.right != deal.right || other.term.is_some() {
        return BTreeSet::new();
    }
    let of_giver = |it: &&LotFacts| is_of_one_purse(web, other.giver, it.from.id);
    let given = deal.all_lots().filter(of_giver).map(|it| it.asset.id);
    given.filter(|it| other.assets.contains(it)).collect()
}

/// Whether a lot is of those whose deals are near in a way. `beside` is what of the deal is known to be of a project, or a piece of a whole.
fn is_near(lot: &LotFacts, near: Near, beside: &BTreeSet<Id<kind::Asset>>) -> bool {
    match near {
        Near::Receiver(receiver) => lot.to.id == receiver,
        Near::Asset(asset) => lot.asset.id == asset || beside.contains(&lot.asset.id),
        Near::Project(_) => {
            !lot.to.kind.is_personal() && (beside.is_empty() || beside.contains(&lot.asset.id))
        }
    }
}

/// Whether another deal lies near enough in time, and is no lease of which this one is the renewal, or the other way round. Leases
/// of one asset that are agreed upon at once, each of a later day, are agreed upon together.
fn is_part(deal: &TransferFacts, other: &DealFacts, policy: &PolicyValues) -> bool {
    let between = |one: NaiveDate, another: NaiveDate| (one - another).num_days().abs();
    let effective = between(other.on, deal.effective_on);
    let are_terms_of_one = deal.term.is_some() && other.term.is_some() && is_of_same_asset(deal, other);
    let made = other.made_on.filter(|_| are_terms_of_one).map_or(effective, |it| between(it, made_on(deal)));
    effective.min(made) <= policy.structuring_window_days && !renews(deal, other) && !follows(deal, other)
}

fn is_of_same_asset(deal: &TransferFacts, other: &DealFacts) -> bool {
    deal.all_lots().any(|it| other.assets.contains(&it.asset.id))
}

/// The day on which a deal was made: that of its draft, or its own where it is entered afterwards.
fn made_on(deal: &TransferFacts) -> NaiveDate {
    deal.entered.on.min(deal.effective_on)
}

/// Whether one of both is let before or after the other, and is of another project: who rents one thing after another splits nothing.
fn follows(deal: &TransferFacts, other: &DealFacts) -> bool {
    let let_for = |right, term: Option<Period>| term.filter(|_| right == RightKind::Management);
    match (let_for(deal.right, deal.term), let_for(other.right, other.term)) {
        (Some(one), Some(another)) => other.of_other_projects && !one.overlaps(&another),
        _ => false,
    }
}

fn renews(deal: &TransferFacts, other: &DealFacts) -> bool {
    let is_long = |it: &Period| years(it).is_none_or(|it| it >= whole(1));
    let (Some(one), Some(another)) = (deal.term, other.term) else { return false };
    let both_let = deal.right == RightKind::Management && other.right == deal.right;
    if !both_let
        || !is_of_same_asset(deal, other)
        || !is_long(&one)
        || !is_long(&another)
        || one.overlaps(&another)
    {
        return false;
    }
    // Where nobody kept when the other was made, it was made in its time.
    let (first, later_made_on) = match another.from() <= one.from() {
        true => (another, Some(made_on(deal))),
        false => (one, other.made_on),
    };
    later_made_on.is_none_or(|it| it >= first.from())
}
