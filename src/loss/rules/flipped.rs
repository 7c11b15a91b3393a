//! L09: a private party gives on what it had from the state or a collective not long ago, for much more than it paid, or pays, for it.
//!
//! Like is compared with like: what is paid for the whole of a right, and of what is had for a term what is paid for a year of it. What
//! moved for good is a warning, since nobody can undo the sale to it; whoever rents and lets on for more earns what the owner could have.
//! What one village had from another not long ago goes to private hands with the county alone: the other could have sold it itself.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, raised, rate, share, whole, years},
    ties::{is_of_one_purse, is_of_public, is_private},
};
use crate::{
    loss::facts::{Acquired, LotFacts, PartyFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
};

pub(super) const L09: Rule = Rule {
    id: RuleId::L09,
    name: bilingual("短期内高价转手", "Given on for much more"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；国办函〔2021〕51号",
    severity: Severity::Escalate,
    parameters: &["flip_window_days", "flip_ratio_bp"],
    checks: &[Check::Transfer(given_on)],
    causes: &[SOLD_ON_FOR_MORE, LET_ON_FOR_MORE, PASSED_THROUGH],
};

const SOLD_ON_FOR_MORE: Cause = Cause {
    code: "sold_on_for_more",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{from_id}于{acquired_on}以每整份{paid_fen}自{giver_id}取得资产{asset_id}的{right}，现以每整份{asked_fen}转出，超过其{flip_ratio_bp}",
        "{from_id} had the {right} of asset {asset_id} from {giver_id} on {acquired_on} at {paid_fen} for the whole, and gives \
         it on at {asked_fen}, more than {flip_ratio_bp} of that",
    ),
    cure: bilingual(
        "请核查当时的评估与决策，有串通压价的追回差额",
        "see how it was appraised and decided on then, and claim the difference back if anybody kept the price low",
    ),
};

const LET_ON_FOR_MORE: Cause = Cause {
    code: "let_on_for_more",
    severity: None,
    sentence: bilingual(
        "{from_id}自{acquired_on}起以每整份每年{paid_fen}自{giver_id}取得资产{asset_id}的{right}，现以每整份每年{asked_fen}转出，超过其{flip_ratio_bp}",
        "{from_id} has the {right} of asset {asset_id} from {giver_id} since {acquired_on} at {paid_fen} a year for the whole, \
         and gives it on at {asked_fen} a year, more than {flip_ratio_bp} of that",
    ),
    cure: bilingual(
        "请所有权人与其重新议定租金或者收回后直接出租；确有投入的附证明，由县级说明理由后核准",
        "the owner agrees on another rent with it, or takes it back and lets it itself; where it put money of its own in, show \
         that, and the county says why it agrees",
    ),
};

const PASSED_THROUGH: Cause = Cause {
    code: "passed_through",
    severity: None,
    sentence: bilingual(
        "{from_id}于{acquired_on}以每整份{paid_fen}自{giver_id}取得资产{asset_id}的{right}，现以每整份{asked_fen}转给{to_id}，超过其{flip_ratio_bp}",
        "{from_id} had the {right} of asset {asset_id} from {giver_id} on {acquired_on} at {paid_fen} for the whole, and gives \
         it to {to_id} at {asked_fen}, more than {flip_ratio_bp} of that",
    ),
    cure: bilingual(
        "请核查{giver_id}当时为何不自行转让、价款应归谁所有，由县级说明理由后核准",
        "see why {giver_id} did not give it there itself, and whose the price is: the county says why it agrees",
    ),
};

fn given_on(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let Some(sum) = deal.consideration.money() else { return Vec::new() };
    let ratio = rate(policy.flip_ratio_bp);
    let all: Exact = deal.lots.iter().map(weight).sum();
    let web = Web::of(&deal.ties);
    let to_private = |it: &LotFacts| deal.is_for_good() && is_private(&web, it.to);
    // What a village's own cooperative makes of it is the village's.
    let gains = |it: PartyFacts| is_private(&web, it) && web.collectives_behind(it.id).is_empty();
    let lots = deal.lots.iter().enumerate().filter(|(_, it)| gains(it.from) || to_private(it));
    lots.filter_map(|(index, lot)| {
        // What is paid for several lots together is paid for each by what it cost.
        let paid = whole(sum) * weight(lot) / &all;
        let lately = |it: &&Acquired| {
            let held_for = deal.days_since(it.on);
            is_of_public(&web, it.from)
                && !is_of_one_purse(&web, it.from.id, lot.from.id)
                && held_for.is_some_and(|it| it <= policy.flip_window_days)
        };
        let prices = lot.acquired.iter().filter(lately).filter_map(|it| {
            let (asked, bought) = alike(deal, (&paid, lot), it)?;
            (asked > &bought * &ratio).then_some((bought, asked, it))
        });
        let (bought, asked, it) = prices.min_by(|(one, ..), (other, ..)| one.cmp(other))?;
        let cause = match (gains(lot.from), deal.span().to()) {
            (false, _) => PASSED_THROUGH,
            (true, Some(_)) => LET_ON_FOR_MORE,
            (true, None) => SOLD_ON_FOR_MORE,
        };
        let found =
            Found::of(cause).at(index).id("from", lot.from.id).id("giver", it.from.id).id("to", lot.to.id);
        Some(
            found
                .id("asset", lot.asset.id)
                .code("right", deal.right.code())
                .on("acquired", it.on)
                .fen("paid", raised(&bought))
                .fen("asked", floored(&asked))
                .bp("flip_ratio", policy.flip_ratio_bp)
                .at_risk(floored(&missed(deal, lot, &(asked - bought)))),
        )
    })
    .collect()
}

/// What the giver of before does not get, where more is paid now for the whole of the right: of what is for a term, in all its years.
fn missed(deal: &TransferFacts, lot: &LotFacts, more: &Exact) -> Exact {
    let term = deal.term.filter(|it| it.to().is_some());
    let years = term.and_then(|it| years(&it)).unwrap_or_else(|| whole(1));
    more * share(lot.share) * years
}

/// What a lot weighs among others: what it cost, and something where it cost nothing.
fn weight(lot: &LotFacts) -> Exact {
    money(lot.asset.original_value).max(whole(1)) * share(lot.share)
}

/// What is paid now and what was paid then for the whole of the right, for a year of it where both are for a term; none where one is
/// for a term and the other for good.
fn alike(deal: &TransferFacts, (paid, lot): (&Exact, &LotFacts), it: &Acquired) -> Option<(Exact, Exact)> {
    let (now, then) = (paid / share(lot.share), money(it.paid) / share(it.share));
    let term = deal.term.filter(|it| it.to().is_some());
    match (term, it.term) {
        (None, None) if deal.right != RightKind::Management => Some((now, then)),
        (Some(one), Some(other)) => Some((now / years(&one)?, then / years(&other)?)),
        _ => None,
    }
}
