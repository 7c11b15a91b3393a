//! L08: deals that are small one by one come to more than a limit together: of the same giver with the same receiver, or whoever controls
//! it or is controlled by it, or with organisations about assets of one project, within so many days. The sum is what the limits are for.
//!
//! A deal that is above a limit by itself is held to it anyway, and is no part of anything; nor is what was traded on an exchange, or
//! appraised, where that is what the limit asks for. A lease for a year or more that begins when another of the same asset is over is a
//! renewal, and no part of it. People who rent a shed each of one project are what projects are for: they count by themselves alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, whole, years},
    open_market::{amount, leaving},
    ties::is_own,
};
use crate::{
    loss::facts::{DealFacts, LotFacts, Near, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
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
    causes: &[SPLIT_BELOW_EXCHANGE, SPLIT_BELOW_APPRAISAL, SPLIT_BELOW_COUNTY],
};

const SPLIT_BELOW_EXCHANGE: Cause = Cause {
    code: "split_below_exchange",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一对方或者就同一项目的资产共{deals}笔交易，合计{sum_fen}，超过应当进场交易的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with the same party, or about the assets of one project: together {sum_fen}, above the {threshold_fen} from which on they are offered on an exchange, and none of them by itself",
    ),
    cure: bilingual(
        "请按合计金额进场交易，或者由县级说明理由",
        "trade them as the sum asks; otherwise the county says why not",
    ),
};

const SPLIT_BELOW_APPRAISAL: Cause = Cause {
    code: "split_below_appraisal",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一对方或者就同一项目的资产共{deals}笔交易，合计{sum_fen}，超过应当评估的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with the same party, or about the assets of one project: together {sum_fen}, above the {threshold_fen} from which on they are appraised, and none of them by itself",
    ),
    cure: bilingual(
        "请按合计金额评估，或者由县级说明理由",
        "appraise them as the sum asks; otherwise the county says why not",
    ),
};

const SPLIT_BELOW_COUNTY: Cause = Cause {
    code: "split_below_county",
    severity: None,
    sentence: bilingual(
        "{from_id}在前后{window_days}内与同一对方或者就同一项目的资产共{deals}笔交易，合计{sum_fen}，超过应当由县级批准的{threshold_fen}，每笔均未超过",
        "within {window_days} {from_id} makes {deals} deals with the same party, or about the assets of one project: together {sum_fen}, above the {threshold_fen} from which on the county approves, and none of them by itself",
    ),
    cure: bilingual("请按合计金额报县级批准", "have the county decide on them as the sum asks"),
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
    if leaving.is_empty() || deal.nearby.is_empty() || deal.consideration.is_nothing() {
        return Vec::new();
    }
    let web = Web::of(&deal.ties);
    let leaves = |it: &DealFacts| {
        let giver = deal.all_lots().find(|lot| lot.from.id == it.giver).map(|lot| lot.from);
        giver.is_some_and(|giver| !it.receivers.iter().all(|to| is_own(&web, giver, *to)))
    };
    let mut together = BTreeMap::<Together, BTreeMap<Id<kind::Case>, &DealFacts>>::new();
    for it in deal.nearby.iter().filter(|it| is_part(deal, it, policy) && leaves(it)) {
        together.entry((it.giver, it.near)).or_default().insert(it.case, it);
    }
    let (mut found, mut told) = (Vec::new(), BTreeSet::new());
    for ((giver, near), others) in together {
        let of_it = |it: &LotFacts| it.from.id == giver && is_near(it, near);
        let lots: Vec<_> = leaving.iter().filter(|(_, it)| of_it(it)).collect();
        let Some((first, _)) = lots.first().copied().copied() else { continue };
        let own = amount(deal, &lots.iter().map(|(_, it)| *it).collect::<Vec<_>>());
        for limit in limits(deal, policy) {
            let Some((sum, cases)) = beyond(&limit, &own, &others) else { continue };
            if told.insert((giver, limit.cause.code, cases.clone())) {
                let deals = u32::try_from(cases.len()).unwrap_or(u32::MAX).saturating_add(1);
                found.push(
                    Found::of(limit.cause)
                        .at(first)
                        .id("from", giver)
                        .days("window", policy.structuring_window_days)
                        .count("deals", deals)
                        .fen("sum", floored(&sum))
                        .fen("own", floored(&own))
                        .fen("threshold", limit.above)
                        .list("case_ids", cases.iter().map(ToString::to_string).collect()),
                );
            }
        }
    }
    found
}

fn limits(deal: &TransferFacts, policy: &PolicyValues) -> [Limit; 3] {
    [
        Limit {
            cause: SPLIT_BELOW_EXCHANGE,
            above: policy.exchange_required_above_fen,
            applies: deal.trade.is_none(),
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

/// Whether a lot is of those whose deals are near in a way.
fn is_near(lot: &LotFacts, near: Near) -> bool {
    match near {
        Near::Receiver(receiver) => lot.to.id == receiver,
        // What a lot moves is of a project that one of the lots named; which one, the sum of all of them does not ask.
        Near::Project(_) => !lot.to.kind.is_personal(),
    }
}

/// Whether another deal lies near enough in time, and is no lease of which this one is the renewal, or the other way round.
fn is_part(deal: &TransferFacts, other: &DealFacts, policy: &PolicyValues) -> bool {
    let apart = (other.on - deal.effective_on).num_days().abs();
    apart <= policy.structuring_window_days && !renews(deal, other)
}

fn renews(deal: &TransferFacts, other: &DealFacts) -> bool {
    let is_long = |it: &Period| years(it).is_none_or(|it| it >= whole(1));
    let same_asset = deal.all_lots().any(|it| other.assets.contains(&it.asset.id));
    match (deal.term, other.term) {
        (Some(one), Some(another)) if deal.right == RightKind::Management && other.right == deal.right => {
            same_asset && is_long(&one) && is_long(&another) && !one.overlaps(&another)
        }
        _ => false,
    }
}
