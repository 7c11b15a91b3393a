//! L11: together with other acts that are under way, or recorded for a later day, the giver gives away more
//! than it holds; or an asset comes to an end after its owners have promised it to somebody.

use std::collections::BTreeMap;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, share},
    lots::by_asset_and_giver,
};
use crate::{
    loss::facts::{AlterationFacts, ContractFacts, Lost, RegistrationFacts, Rival, RivalAct, TransferFacts},
    register::codes::RightKind,
    values::{Id, Period, id::kind, share::Total},
};

pub(super) const L11: Rule = Rule {
    id: RuleId::L11,
    name: bilingual("一权多转", "The same right given twice"),
    basis: "《中华人民共和国民法典》第三百一十一条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[
        Check::Transfer(moved_twice),
        Check::Alteration(ended_though_promised),
        Check::Contract(let_twice),
        Check::Registration(standing_twice),
    ],
    causes: &[PROMISED_TWICE, LET_TWICE, LEASE_ON_RECORD],
};

const PROMISED_TWICE: Cause = Cause {
    code: "promised_twice",
    severity: None,
    sentence: bilingual(
        "{from_id}持有资产{asset_id}{right}的{held_share}，本次与其他{others}项在办或以后生效的事项（编号见 `others`）合计转出{promised_share}",
        "{from_id} holds {held_share} of the {right} of asset {asset_id}, and gives away {promised_share} by this and {others} \
         more acts that are under way or of a later day (see others)",
    ),
    cure: bilingual(
        "请先撤回、驳回或者更正其他事项，或者减少份额",
        "have the others withdrawn, rejected or put right first, or give less",
    ),
};

const LET_TWICE: Cause = Cause {
    code: "let_twice",
    severity: None,
    sentence: bilingual(
        "{lessor_id}出租资产{asset_id}，该期间内已有其他{others}份合同（编号见 `others`）",
        "{lessor_id} lets asset {asset_id} on days on which contracts on record let it already, {others} of them (see others)",
    ),
    cure: bilingual(
        "同一份租赁已单独登记合同的，请去掉 `contract`；否则请先更正或作废重复的合同",
        "leave `contract` out where it is the same lease, or correct the other one, or make it void, first",
    ),
};

const LEASE_ON_RECORD: Cause = Cause {
    code: "lease_on_record",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "{lessor_id}已以其他{others}份合同（编号见 `others`）将资产{asset_id}租给{lessee_id}，期限或者付款计划与本次不同，将重复计收租金",
        "{lessor_id} lets asset {asset_id} to {lessee_id} already by contracts on record, {others} of them (see others), with another term or schedule: \
         rent would be owed twice",
    ),
    cure: bilingual(
        "请填写与该合同相同的期限和付款计划，沿用该合同；合同有误的，先以 `POST /v1/amendments` 更正或者作废",
        "give the term and the schedule of that contract, which then stands under this lease; where it is wrong, have it put right first, or made void \
         (POST /v1/amendments)",
    ),
};

/// A lease that stands is on record by a contract of somebody else, or by one of its own that would be made a second time.
fn standing_twice(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let owner = registration.claims.iter().find(|it| it.right == RightKind::Ownership).map(|it| it.holder.id);
    let twice = registration.grants.iter().filter(|it| !it.others.is_empty());
    let found = twice.filter_map(|it| {
        let found =
            Found::of(LET_TWICE).at(it.claim_number).id("asset", registration.asset.id).id("lessor", owner?);
        let others: Vec<_> = it.others.iter().map(ToString::to_string).collect();
        Some(
            found
                .id("lessee", it.claim.holder.id)
                .list("others", others.clone())
                .list("contract_ids", others),
        )
    });
    found.collect()
}

/// The same was let before for some of the days.
fn let_twice(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    let twice = contract.lets.iter().filter(|it| !it.others.is_empty());
    let found = twice.map(|it| {
        let others: Vec<_> = it.others.iter().map(ToString::to_string).collect();
        Found::of(LET_TWICE)
            .id("asset", it.asset)
            .id("lessor", contract.terms.lessor.id)
            .id("lessee", contract.terms.lessee.id)
            .list("others", others.clone())
            .list("contract_ids", others)
    });
    found.collect()
}

fn moved_twice(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let span = deal.span();
    let found = by_asset_and_giver(deal).into_iter().filter_map(|((asset, from), taken)| {
        let held = taken.held(|it| &it.held.at_start);
        let (promised, others) = most_promised(taken.lots.iter().flat_map(|it| &it.rivals), &span)?;
        let promised = promised + taken.share();
        (promised > held).then(|| {
            // Of ownership the books say what is sold twice; what a term of anything else is worth they do not.
            let worth = taken.lots.first().filter(|_| deal.right == RightKind::Ownership);
            let too_much = &promised - &held;
            let lost = worth.map(|it| floored(&(money(it.asset.book_value) * too_much)));
            let found = promised_twice((asset, from, deal.right), held, promised, others);
            found.at(taken.first).at_risk_if(lost)
        })
    });
    found.chain(on_record(deal)).collect()
}

/// What is let to the same by a contract on record that is not taken for this lease.
fn on_record(deal: &TransferFacts) -> impl Iterator<Item = Found> {
    deal.let_already.iter().map(|it| {
        let others: Vec<_> = it.contracts.iter().map(ToString::to_string).collect();
        Found::of(LEASE_ON_RECORD)
            .id("asset", it.asset)
            .id("lessor", it.lessor)
            .id("lessee", it.lessee)
            .list("others", others.clone())
            .list("contract_ids", others)
    })
}

/// The whole of what the owners hold ends with the asset, so anything that another act takes is too much.
fn ended_though_promised(alteration: &AlterationFacts, _: &PolicyValues) -> Vec<Found> {
    let span = Period::since(alteration.effective_on);
    let mut by_holder: BTreeMap<_, Vec<&Lost>> = BTreeMap::new();
    for it in &alteration.lost {
        by_holder.entry((it.asset, it.claim.holder.id, it.claim.right)).or_default().push(it);
    }
    let found = by_holder.into_iter().filter_map(|((asset, from, right), lost)| {
        let held: Exact = lost.iter().map(|it| share(it.claim.share)).sum();
        let (promised, others) = most_promised(lost.iter().flat_map(|it| &it.rivals), &span)?;
        let promised = promised + &held;
        Some(promised_twice((asset, from, right), held, promised, others))
    });
    found.collect()
}

fn promised_twice(
    (asset, from, right): (Id<kind::Asset>, Id<kind::Party>, RightKind),
    held: Exact,
    promised: Exact,
    others: Vec<RivalAct>,
) -> Found {
    let those = |of: fn(&RivalAct) -> bool| others.iter().filter(|it| of(it)).map(|it| name(*it)).collect();
    Found::of(PROMISED_TWICE)
        .id("asset", asset)
        .id("from", from)
        .code("right", right.code())
        .share("held", Total::of(held))
        .share("promised", Total::of(promised))
        .list("others", others.iter().map(|it| name(*it)).collect())
        .list("case_ids", those(|it| matches!(it, RivalAct::Pending(_))))
        .list("instrument_ids", those(|it| matches!(it, RivalAct::LaterDated(_))))
        .list("contract_ids", those(|it| matches!(it, RivalAct::Contract(_))))
}

/// The most that competing acts take on any one day of a span, and which they are; none if there are none.
/// The sum only grows on a day on which one of them begins.
fn most_promised<'r>(
    rivals: impl Iterator<Item = &'r Rival>,
    span: &Period,
) -> Option<(Exact, Vec<RivalAct>)> {
    // Each act counts once, however many lots or losses name it, in whatever order: by the most that is said of it.
    let mut rivals: Vec<&Rival> = rivals.filter(|it| it.span.overlaps(span)).collect();
    rivals.sort_by_key(|it| (it.by, it.share, it.span.from(), it.span.to()));
    let by_act: BTreeMap<RivalAct, &Rival> = rivals.into_iter().map(|it| (it.by, it)).collect();
    let rivals: Vec<_> = by_act.into_values().collect();
    let days = rivals.iter().map(|it| it.span.from().max(span.from()));
    let sums = days.map(|day| {
        let on_that_day = rivals.iter().filter(|it| it.span.contains(day));
        let promised: Exact = on_that_day.clone().map(|it| share(it.share)).sum();
        (promised, on_that_day.map(|it| it.by).collect())
    });
    sums.max()
}

fn name(act: RivalAct) -> String {
    match act {
        RivalAct::Pending(case) => case.to_string(),
        RivalAct::LaterDated(instrument) => instrument.to_string(),
        RivalAct::Contract(contract) => contract.to_string(),
    }
}
