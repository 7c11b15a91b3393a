//! L01: the price is below the part of the appraisal that the policy asks for. The county may agree to it, down to a second floor
//! below which nobody may.
//!
//! The rule protects the wealth of the state and of collectives; a household may sell what is its own at any
//! price. The appraisal of management is a rent, which L20 looks at. What is paid later counts for less.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, money, paid, raised, rate, whole},
    ties::{gives_public, is_private, purchases},
};
use crate::{
    loss::facts::{LotFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
};

pub(super) const L01: Rule = Rule {
    id: RuleId::L01,
    name: bilingual("成交价低于评估价", "Price below the appraisal"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；行政事业单位国有资产处置办法关于成交价低于评估价百分之九十须报经批准的规定",
    severity: Severity::Escalate,
    parameters: &["price_floor_bp", "price_block_bp", "discount_rate_bp"],
    checks: &[Check::Transfer(priced)],
    causes: &[PRICE_BELOW_APPRAISAL, PRICE_FAR_BELOW_APPRAISAL, PRICE_ABOVE_APPRAISAL, ONE_PRICE_FOR_SEVERAL],
};

const PRICE_BELOW_APPRAISAL: Cause = Cause {
    code: "price_below_appraisal",
    severity: None,
    sentence: bilingual(
        "对价{price_fen}低于评估价值{appraised_fen}的{price_floor_bp}（{floor_fen}）",
        "the price of {price_fen} is below {floor_fen}, which is {price_floor_bp} of the appraisal of {appraised_fen}",
    ),
    cure: bilingual(
        "请将对价提高到{floor_fen}以上；否则由县级说明理由后核准",
        "agree on {floor_fen} or more; otherwise the county says why it agrees",
    ),
};

const PRICE_FAR_BELOW_APPRAISAL: Cause = Cause {
    code: "price_far_below_appraisal",
    severity: Some(Severity::Block),
    sentence: bilingual(
        "对价{price_fen}低于评估价值{appraised_fen}的{price_block_bp}（{floor_fen}）",
        "the price of {price_fen} is below {floor_fen}, which is {price_block_bp} of the appraisal of {appraised_fen}",
    ),
    cure: bilingual(
        "不得成交：请将对价提高到{floor_fen}以上，确有减值的重新评估",
        "nobody may agree to it: agree on {floor_fen} or more, or have what is worth less by now appraised anew",
    ),
};

const PRICE_ABOVE_APPRAISAL: Cause = Cause {
    code: "price_above_appraisal",
    severity: None,
    sentence: bilingual(
        "{to_id}以{price_fen}购入评估价值{appraised_fen}的资产，高出评估价值超过{price_floor_bp}所容许的幅度（至多{most_fen}）",
        "{to_id} pays {price_fen} for what is appraised at {appraised_fen}, above the {most_fen} of which that would be {price_floor_bp}",
    ),
    cure: bilingual(
        "请将价款降到{most_fen}以内；否则由县级说明理由后核准",
        "agree on {most_fen} or less; otherwise the county says why it agrees",
    ),
};

const ONE_PRICE_FOR_SEVERAL: Cause = Cause {
    code: "one_price_for_several",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}属{from_id}，与{owner_id}的其他资产合并作价{price_fen}，各自应得多少无从核对",
        "asset {asset_id} of {from_id} and others of {owner_id} have one price of {price_fen}: what either gets cannot be compared with \
         what it gives",
    ),
    cure: bilingual(
        "请按出让方分别作价、分别办理；否则由县级说明理由后核准",
        "agree on a price for each, and draft a case for each; otherwise the county says why it agrees",
    ),
};

/// One price for what is public and, in other assets, somebody private's: it is divided by what each cost, whatever it is worth.
fn one_price(deal: &TransferFacts) -> Vec<Found> {
    let web = Web::of(&deal.ties);
    let Some(price) = deal.consideration.money().filter(|it| *it > 0 && deal.is_for_good()) else {
        return Vec::new();
    };
    let public = deal.lots.iter().enumerate().find(|(_, it)| gives_public(&web, it));
    let private = |it: &&LotFacts| {
        let shared = deal.lots.iter().any(|of| of.asset.id == it.asset.id && gives_public(&web, of));
        is_private(&web, it.from) && !shared
    };
    let found = public.zip(deal.lots.iter().find(private)).map(|((index, lot), other)| {
        let found = Found::of(ONE_PRICE_FOR_SEVERAL).at(index).id("asset", lot.asset.id);
        found.id("from", lot.from.id).id("owner", other.from.id).fen("price", floored(&whole(price)))
    });
    found.into_iter().collect()
}

fn priced(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let found = [below_appraisal(deal, policy), above_appraisal(deal, policy), one_price(deal)];
    found.into_iter().flatten().collect()
}

/// What the state or a collective buys costs no more above its appraisal than what it sells may cost below it.
fn above_appraisal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&deal.ties);
    let (Some(appraisal), Some(price)) = (&deal.appraisal, deal.consideration.money()) else {
        return Vec::new();
    };
    let floor = rate(policy.price_floor_bp);
    let Some((index, lot)) =
        purchases(deal, &web).next().filter(|_| deal.is_for_good() && policy.price_floor_bp > 0)
    else {
        return Vec::new();
    };
    let (price, most) = (whole(price), money(appraisal.value) / floor);
    if price <= most {
        return Vec::new();
    }
    vec![
        Found::of(PRICE_ABOVE_APPRAISAL)
            .at(index)
            .id("to", lot.to.id)
            .fen("price", floored(&price))
            .fen("appraised", appraisal.value.get())
            .fen("most", floored(&most))
            .bp("price_floor", policy.price_floor_bp)
            .at_risk(raised(&(price - money(appraisal.value)))),
    ]
}

fn below_appraisal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let interest = rate(policy.discount_rate_bp);
    let (Some(appraisal), Some(price)) = (&deal.appraisal, paid(deal, &interest)) else {
        return Vec::new();
    };
    if deal.right == RightKind::Management || !deal.gives_public() {
        return Vec::new();
    }
    let floors = [
        (PRICE_FAR_BELOW_APPRAISAL, "price_block", policy.price_block_bp),
        (PRICE_BELOW_APPRAISAL, "price_floor", policy.price_floor_bp),
    ];
    let floors = floors.map(|(cause, name, bp)| (cause, name, bp, money(appraisal.value) * rate(bp)));
    // The gravest alone is told.
    let below = floors.into_iter().find(|(.., floor)| price < *floor);
    let found = below.map(|(cause, name, bp, floor)| {
        Found::of(cause)
            .fen("price", floored(&price))
            .fen("appraised", appraisal.value.get())
            .fen("floor", raised(&floor))
            .fen("missing", raised(&(floor - &price)))
            .at_risk(raised(&(money(appraisal.value) - &price)))
            .bp(name, bp)
            .on("appraised", appraisal.appraised_on)
    });
    found.into_iter().collect()
}
