//! L17: the state or a collective gives above a value to somebody private what was offered neither on a property exchange nor at an auction.
//!
//! Value is what `open_market` says: of a sale the greater of the price and of what was invested, of a lease the greater of all the rent
//! and, for an operating asset, of what of its books goes with the term.
//!
//! An auction is as open (拍卖法第三条、第四条): anybody may bid. It is held by an auction firm that is close to neither side, and shown by
//! its confirmation (拍卖法第十一条、第五十二条); one by somebody close is no trade, and what is wrong with it L07 says.
//!
//! Lawful without a trade, and left alone: what passes between the state and collectives, what a village's own cooperative runs for it,
//! land that people contract, what is given for nothing (which L05 looks at), and what was agreed before there were such exchanges
//! (国办发〔2014〕71号) and is entered now with its reason. Whoever has rented it has it again on equal terms first (优先权): of such a renewal
//! the rules ask an appraisal, by which the terms are equal to what others would pay; without one it is a warning. A renewal is what goes on
//! from a lease: where somebody rented it for a month, and would have it for twenty years, that is let anew as a whole.
//!
//! What is let when an asset is registered is no lease of before, and is asked the same.

use chrono::NaiveDate;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, money, share, whole, years, years_between},
    open_market::{leaving, missing_for, value},
    related_party::auctioneer_is_close,
    ties::{is_of_public, is_private, keeps},
};
use crate::{
    loss::{
        facts::{GrantMade, Granting, LandUse, LotFacts, Payment, RegistrationFacts, TransferFacts},
        worth,
    },
    register::{
        codes::{AssetClass, PartyKind, RightKind},
        parties::ties::Web,
    },
    values::{Id, Period, id::kind},
};

pub(super) const L17: Rule = Rule {
    id: RuleId::L17,
    name: bilingual("应进场交易而未进场", "Not offered in the open"),
    basis: "介政办发〔2020〕27号；《浙江省农村集体资产管理条例》第三十五条",
    severity: Severity::Escalate,
    parameters: &["exchange_required_above_fen", "appraisal_validity_days", "related_party_depth"],
    checks: &[Check::Transfer(untraded), Check::Registration(registered)],
    causes: &[
        TRADE_MISSING,
        LEASE_OF_TODAY_UNTRADED,
        RENEWED_WITHOUT_TRADE,
        TRADE_WITHOUT_DOCUMENT,
        AUCTION_WITHOUT_DOCUMENT,
        TRADED_AFTER_EFFECT,
        TRADE_STALE,
        TRADE_USED_BEFORE,
        LESSEE_PUT_RIGHT_UNTRADED,
        LENGTHENED_UNTRADED,
    ],
};

/// The first day of which deals are asked whether they were offered on an exchange.
const EXCHANGES: Option<NaiveDate> = NaiveDate::from_ymd_opt(2015, 1, 1);

/// For how many days after its term whoever stays on has rented it before.
const STAYING_ON_DAYS: i64 = 90;

/// For how many years at least somebody has rented what it has again first.
const RENTED_YEARS: i64 = 1;

/// How many times as long as it was rented before it is let again at most, for that to go on from it.
const TIMES_AS_LONG: i64 = 5;

const TRADE_MISSING: Cause = Cause {
    code: "trade_missing",
    severity: None,
    sentence: bilingual(
        "{from_id}向非公有主体{to_id}交易的价值{value_fen}超过{threshold_fen}，应当进入农村产权交易场所或者由拍卖企业公开交易而未附交易记录",
        "{from_id} gives {to_id}, a private party, what is worth {value_fen}, above the {threshold_fen} from which on it is offered on a property exchange or at an auction",
    ),
    cure: bilingual(
        "请进场交易并以 `exchange` 填写交易记录，或者委托与各方无关的拍卖企业拍卖并填写 `auctioneer_id`；不公开交易的由县级说明理由",
        "have it traded there and say how (`exchange`), or have an auction firm that is close to nobody auction it (`auctioneer_id`); otherwise the county says why not",
    ),
};

const LEASE_OF_TODAY_UNTRADED: Cause = Cause {
    code: "lease_of_today_untraded",
    severity: None,
    sentence: bilingual(
        "随首次登记的租赁自{from_on}起，是新近的出租：{owner_id}租给非公有主体{to_id}的价值{value_fen}超过{threshold_fen}，应当进入农村产权交易场所公开交易",
        "the lease that is registered with the asset runs from {from_on} on, and is one of today: {owner_id} lets {to_id}, a private party, what is worth \
         {value_fen}, above the {threshold_fen} from which on it is offered on a property exchange",
    ),
    cure: bilingual(
        "请先登记资产，再以转移登记（`POST /v1/transfers`）附 `exchange` 办理该租赁；不进场的由县级说明理由",
        "register the asset, and let it by a transfer that says how it was traded (POST /v1/transfers, `exchange`); otherwise the county says why not",
    ),
};

const RENEWED_WITHOUT_TRADE: Cause = Cause {
    code: "renewed_without_trade",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{from_id}未经公开交易向原承租方{to_id}续租，价值{value_fen}超过{threshold_fen}",
        "{from_id} lets to {to_id}, who rented it before, what is worth {value_fen}, above {threshold_fen}, without having offered it",
    ),
    cure: bilingual(
        "优先承租以同等条件为前提：请评估租金，以 `POST /v1/transfers` 附 `appraisal` 办理；以续租办理的，请在决议中写明租金的依据",
        "whoever rented it has it again on equal terms: have the rent appraised, and draft the lease with it (POST /v1/transfers, `appraisal`); in a \
         renewal the minutes say what the rent rests on",
    ),
};

const TRADE_WITHOUT_DOCUMENT: Cause = Cause {
    code: "trade_without_document",
    severity: None,
    sentence: bilingual(
        "交易价值{value_fen}，填写了{traded_on}的进场交易记录，但除决议、评估和同意文件外未附成交确认书或者合同",
        "{value_fen} are said to have been traded on {traded_on}, and nothing shows it beside decisions, appraisals and consents",
    ),
    cure: bilingual(
        "请以 `exchange.document_id` 附交易场所的成交确认书，或者以 `documents` 附合同",
        "attach the confirmation of the exchange (`exchange.document_id`), or the contract (`documents`)",
    ),
};

const AUCTION_WITHOUT_DOCUMENT: Cause = Cause {
    code: "auction_without_document",
    severity: None,
    sentence: bilingual(
        "价值{value_fen}由{auctioneer_id}拍卖，但除决议、评估和同意文件外未附拍卖成交确认书",
        "{value_fen} are said to have been auctioned by {auctioneer_id}, and nothing shows it beside decisions, appraisals and consents",
    ),
    cure: bilingual(
        "请以 `documents` 附拍卖成交确认书",
        "attach the confirmation of the auction (`documents`)",
    ),
};

const TRADED_AFTER_EFFECT: Cause = Cause {
    code: "traded_after_effect",
    severity: None,
    sentence: bilingual(
        "进场交易日{traded_on}晚于生效日{effective_on}",
        "it was traded on {traded_on}, after it took effect on {effective_on}",
    ),
    cure: bilingual(
        "请核对日期；先成交后进场的由县级说明理由",
        "check the days; what was given before it was offered, the county looks into",
    ),
};

const TRADE_STALE: Cause = Cause {
    code: "trade_stale",
    severity: None,
    sentence: bilingual(
        "进场交易日{traded_on}距生效日{effective_on}已{passed_days}，超过{valid_days}",
        "it was traded on {traded_on}, {passed_days} before it takes effect on {effective_on}, more than {valid_days}",
    ),
    cure: bilingual(
        "请重新进场交易，或者由县级说明理由",
        "offer it again; otherwise the county says why not",
    ),
};

const TRADE_USED_BEFORE: Cause = Cause {
    code: "trade_used_before",
    severity: None,
    sentence: bilingual(
        "{traded_on}的进场交易记录（同一交易场所、同一编号）已用于其他{others}个案件，编号见 `case_ids`",
        "the trade of {traded_on}, on the same exchange under the same reference, is that of {others} other cases (see case_ids)",
    ),
    cure: bilingual(
        "请核对成交编号，每次成交填写自己的编号；确为同一次成交分案办理的，由县级说明理由",
        "check the reference, each trade has its own; where one trade is carried out by several cases the county says why it agrees",
    ),
};

const LESSEE_PUT_RIGHT_UNTRADED: Cause = Cause {
    code: "lessee_put_right_untraded",
    severity: None,
    sentence: bilingual(
        "更正后，{owner_id}价值{value_fen}的租赁由{from_id}改归{to_id}，超过{threshold_fen}，应当公开交易：{to_id}不是当时登记的成交方、承租方",
        "by this a lease of {owner_id}, worth {value_fen}, above the {threshold_fen} from which on it is offered in the open, would be that of {to_id} and not of \
         {from_id}, to whom it went by what is on record",
    ),
    cure: bilingual(
        "请核对当时的成交确认书和合同确由{to_id}签订；换承租方的，终止原租赁后重新公开出租；由县级说明理由后核准",
        "see that the confirmation of the trade and the contract of then name {to_id}; where the lessee changes, end the lease and offer it anew; the county says why it agrees",
    ),
};

const LENGTHENED_UNTRADED: Cause = Cause {
    code: "lengthened_untraded",
    severity: None,
    sentence: bilingual(
        "更正将{to_id}的租期自{from_on}起延长：{owner_id}延长出租的价值{value_fen}超过{threshold_fen}，应当公开交易",
        "by this {to_id} would rent for longer, from {from_on} on: what {owner_id} lets by that is worth {value_fen}, above the {threshold_fen} from which on it is offered in the open",
    ),
    cure: bilingual(
        "请核对原合同的期限；要续租的，办理续期或者转移登记（附 `exchange`）；由县级说明理由后核准",
        "see that the contract of then says so; where it is to be let for longer, renew it or let it by a transfer (`exchange`); the county says why it agrees",
    ),
};

pub(super) fn untraded(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let before = deal.entered.of_its_day && EXCHANGES.is_some_and(|since| deal.effective_on < since);
    let lots = leaving(deal);
    let Some((first, lot)) = lots.first().copied().filter(|_| !before && !deal.consideration.is_nothing())
    else {
        return Vec::new();
    };
    let given: Vec<_> = lots.iter().map(|(_, it)| *it).collect();
    let value = value(deal, &given);
    if value <= whole(policy.exchange_required_above_fen) {
        return Vec::new();
    }
    let of_value = |cause| Found::of(cause).fen("value", floored(&value));
    let Some(trade) = &deal.trade else {
        if let Some(auctioneer) = open_auction(deal, policy) {
            let unshown = deal.auction_shown == Some(false);
            let found = unshown.then(|| of_value(AUCTION_WITHOUT_DOCUMENT).id("auctioneer", auctioneer));
            return found.into_iter().collect();
        }
        let is_renewal = lots.iter().all(|(_, it)| rented_before(deal, it));
        let cause = match (is_renewal, &deal.appraisal) {
            (true, Some(_)) => return Vec::new(),
            (true, None) => RENEWED_WITHOUT_TRADE,
            (false, _) => TRADE_MISSING,
        };
        let found = of_value(cause).at(first).id("from", lot.from.id).id("to", lot.to.id);
        let found = found.fen("threshold", policy.exchange_required_above_fen);
        return vec![found.at_risk_if(missing_for(deal, &given))];
    };
    let mut found = Vec::new();
    if !trade.used_by.is_empty() {
        let others: Vec<_> = trade.used_by.iter().map(ToString::to_string).collect();
        let used = Found::of(TRADE_USED_BEFORE).on("traded", trade.on);
        found.push(used.list("others", others.clone()).list("case_ids", others));
    }
    if !trade.confirmed.unwrap_or(deal.sources > 0) {
        found.push(of_value(TRADE_WITHOUT_DOCUMENT).on("traded", trade.on));
    }
    let passed = (deal.effective_on - trade.on).num_days();
    let of_days = |cause| Found::of(cause).on("traded", trade.on).on("effective", deal.effective_on);
    if passed < 0 {
        found.push(of_days(TRADED_AFTER_EFFECT));
    } else if passed > policy.appraisal_validity_days {
        let stale = of_days(TRADE_STALE).days("passed", passed);
        found.push(stale.days("valid", policy.appraisal_validity_days));
    }
    found
}

/// Who auctions what is given, where that is an open trade: an auction firm, or what the state or a collective runs, that is close to
/// nobody who deals.
pub(super) fn open_auction(deal: &TransferFacts, policy: &PolicyValues) -> Option<Id<kind::Party>> {
    let auctioneer = deal.auctioneer.filter(|_| deal.is_auctioned())?;
    let is_firm = matches!(auctioneer.kind, PartyKind::Enterprise | PartyKind::StateEnterprise);
    let deals = deal.all_lots().any(|it| [it.from.id, it.to.id].contains(&auctioneer.id));
    let is_close = || auctioneer_is_close(deal, &Web::of(&deal.ties), policy.related_party_depth).is_some();
    (is_firm && !deals && !is_close()).then_some(auctioneer.id)
}

/// The leases of today that are registered with their asset.
fn registered(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let (web, asset) = (Web::of(&registration.ties), &registration.asset);
    let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    let owners: Vec<_> = owners.map(|it| it.holder).filter(|it| is_of_public(&web, *it)).collect();
    let Some(owner) = owners.first() else { return Vec::new() };
    let is_land = LandUse::of(&asset.category).is_some();
    let leaves = |it: &&Granting| {
        let holder = it.claim.holder;
        it.claim.right == RightKind::Management
            && is_private(&web, holder)
            && !(is_land && holder.kind.is_personal())
            && !owners.iter().any(|owner| keeps(&web, *owner, holder))
    };
    let is_first = registration.standing.is_empty();
    let found = registration.grants.iter().filter(leaves).filter_map(|it| {
        let cause = match (it.made, it.in_place_of) {
            (GrantMade::LongAgo, _) => return None,
            (GrantMade::Lengthened, _) => LENGTHENED_UNTRADED,
            (GrantMade::Lately, _) if is_first => LEASE_OF_TODAY_UNTRADED,
            (GrantMade::Lately | GrantMade::ByTransfer, Some(_)) => LESSEE_PUT_RIGHT_UNTRADED,
            (GrantMade::Lately | GrantMade::ByTransfer, None) => return None,
        };
        let days = it.term.unwrap_or(Period::since(registration.effective_on));
        let rent = whole(it.rent.as_deref().map_or(0, Payment::total));
        let worth = match asset.class {
            AssetClass::Operating => {
                rent.max(worth::let_for(money(asset.book_value) * share(it.claim.share), &days))
            }
            _ => rent,
        };
        // What was let before there were exchanges is asked for none.
        let before = it.in_place_of.is_some() && EXCHANGES.is_some_and(|since| days.from() < since);
        (!before && worth > whole(policy.exchange_required_above_fen)).then(|| {
            let found = match it.in_place_of {
                Some(from) => Found::of(cause).id("from", from),
                None => Found::of(cause),
            };
            found
                .at(it.claim_number)
                .id("owner", owner.id)
                .id("to", it.claim.holder.id)
                .on("from", days.from())
                .fen("value", floored(&worth))
                .fen("threshold", policy.exchange_required_above_fen)
        })
    });
    found.collect()
}

/// Whether whoever receives rented the same up to the day of the deal, or stayed on for a while, and for long enough for this to go on from
/// it.
fn rented_before(deal: &TransferFacts, lot: &LotFacts) -> bool {
    let on = deal.effective_on;
    // Two leases that are agreed upon at once are one, and none of them a renewal.
    let agreed_on = if deal.entered.of_its_day { on } else { on.min(deal.entered.on) };
    if deal.right != RightKind::Management {
        return false;
    }
    // From the last of the leases back to the first of those that follow each other.
    let mut since = on;
    loop {
        let follows = |it: &&Period| {
            let lately = |to: NaiveDate| (since - to).num_days() <= STAYING_ON_DAYS;
            it.from() < since && it.to().is_none_or(lately)
        };
        let Some(earlier) = lot.earlier_terms.iter().filter(follows).map(Period::from).min() else { break };
        since = earlier;
    }
    let rented = years_between(since, on);
    let longest = &rented * whole(TIMES_AS_LONG);
    let is_half_over = (agreed_on - since).num_days() * 2 >= (on - since).num_days();
    is_half_over && rented >= whole(RENTED_YEARS) && years(&deal.span()).is_some_and(|it| it <= longest)
}
