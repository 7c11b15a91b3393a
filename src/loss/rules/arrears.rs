//! L23: whoever owes the state or a collective rent under a contract is let the same asset anew, or another one of the same owner.
//!
//! What fell due lately is a warning. Whoever has not paid for long, or for more than one payment, is let nothing anew of what it did not
//! pay for, and nothing else without the county. What is owed is what the receipts on record leave open: whoever paid has it recorded.
//! What was let again long ago, and is entered only now with its reason, is a fact: the county sees what was owed then.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{ArrearsFacts, LotFacts, TransferFacts},
    register::codes::RightKind,
};

pub(super) const L23: Rule = Rule {
    id: RuleId::L23,
    name: bilingual("承租方拖欠租金", "Rent in arrears"),
    basis: "《中华人民共和国民法典》第七百二十二条",
    severity: Severity::Escalate,
    parameters: &["arrears_warn_days", "arrears_escalate_days"],
    checks: &[Check::Transfer(owing)],
    causes: &[
        RENT_OVERDUE,
        RENT_LONG_OVERDUE,
        RENEWED_IN_ARREARS,
        OWED_BY_ONE_BEHIND,
        OWED_BY_KIN,
        LET_AGAIN_TO_KIN,
    ],
};

const RENT_OVERDUE: Cause = Cause {
    code: "rent_overdue",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent, which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual("请催收；已收的请登记收款", "demand it, or record what came in"),
};

const RENT_LONG_OVERDUE: Cause = Cause {
    code: "rent_long_overdue",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent, {payments} payments, the first of which fell due on \
         {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先催收并登记收款再出租，否则由县级说明理由后核准",
        "have it paid and recorded as received before anything is let to it; otherwise the county says why it agrees",
    ),
};

const RENEWED_IN_ARREARS: Cause = Cause {
    code: "renewed_in_arrears",
    severity: Some(Severity::Block),
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}就资产{asset_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}，不得续租",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent for asset {asset_id}, {payments} payments, the first \
         of which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先收清欠租并登记收款",
        "have it paid, and recorded as received, before it is let to it again",
    ),
};

const OWED_BY_ONE_BEHIND: Cause = Cause {
    code: "owed_by_one_behind",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，与受让方{to_id}为同一控制或者同户的{lessee_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id}, which is in the same hands or of the same household as the receiver {to_id}, owes {lessor_id} {overdue_fen} of rent, {payments} \
         payments, the first of which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先催收并登记收款再出租，否则由县级说明理由后核准",
        "have it paid and recorded as received before anything is let to them; otherwise the county says why it agrees",
    ),
};

const OWED_BY_KIN: Cause = Cause {
    code: "owed_by_kin",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "截至{owed_on}，受让方{to_id}的亲属一方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id}, of the kin of the receiver {to_id}, owes {lessor_id} {overdue_fen} of rent since {since_on}, for {overdue_days}",
    ),
    cure: bilingual(
        "请核实是否由欠租人实际承租，并催收欠租",
        "see who runs it in fact, and demand what is owed",
    ),
};

const LET_AGAIN_TO_KIN: Cause = Cause {
    code: "let_again_to_kin",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，{lessee_id}就资产{asset_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}，现将该资产租给其亲属一方{to_id}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent for asset {asset_id} since {since_on}, for {overdue_days}, and it goes to {to_id}, of their kin",
    ),
    cure: bilingual(
        "请先催收并登记收款；确由亲属自己承租的，由县级说明理由后核准",
        "have it paid and recorded as received first; where the kin rents it for itself the county says why it agrees",
    ),
};

fn owing(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if deal.right == RightKind::Ownership {
        return Vec::new();
    }
    let found =
        deal.arrears.iter().filter_map(|it| told(deal, it, policy).or_else(|| of_kin(deal, it, policy)));
    found.collect()
}

/// Kin of whoever owes have debts of their own, and not those of others: what such a lease may be for is told, and of the same asset it
/// goes to the county.
fn of_kin(deal: &TransferFacts, owed: &ArrearsFacts, policy: &PolicyValues) -> Option<Found> {
    let overdue = (owed.on - owed.since).num_days();
    let is_long = overdue > policy.arrears_escalate_days || owed.payments > 1;
    if !owed.lessor.is_public() || overdue <= policy.arrears_warn_days || !is_long {
        return None;
    }
    let to_kin = || deal.lots.iter().filter(|it| owed.kin.contains(&it.to.id) && it.from.is_public());
    let again = to_kin().find(|it| owed.assets.contains(&it.asset.id));
    let found = match again {
        Some(lot) => Found::of(LET_AGAIN_TO_KIN).id("asset", lot.asset.id).id("to", lot.to.id),
        None => {
            let lot = to_kin().find(|it| it.from.id == owed.lessor.id)?;
            Found::of(OWED_BY_KIN).id("to", lot.to.id)
        }
    };
    Some(owed_by(owed, overdue, found))
}

fn owed_by(owed: &ArrearsFacts, overdue: i64, found: Found) -> Found {
    found
        .id("contract", owed.contract)
        .id("lessor", owed.lessor.id)
        .id("lessee", owed.lessee)
        .fen("overdue", owed.amount.get())
        .at_risk(owed.amount.get())
        .on("since", owed.since)
        .on("owed", owed.on)
        .days("overdue", overdue)
}

fn told(deal: &TransferFacts, owed: &ArrearsFacts, policy: &PolicyValues) -> Option<Found> {
    let overdue = (owed.on - owed.since).num_days();
    let is_debtor = |it: &LotFacts| it.to.id == owed.lessee || owed.behind.contains(&it.to.id);
    let to_debtor = |it: &&LotFacts| is_debtor(it) && it.from.is_public();
    let let_again = deal.lots.iter().filter(to_debtor).find(|it| owed.assets.contains(&it.asset.id));
    let by_creditor = deal.lots.iter().filter(to_debtor).find(|it| it.from.id == owed.lessor.id);
    let given = let_again.or(by_creditor).filter(|_| owed.lessor.is_public())?;
    let through = (given.to.id != owed.lessee).then_some(given.to.id);
    let is_long = overdue > policy.arrears_escalate_days || owed.payments > 1;
    let found = match let_again {
        _ if overdue <= policy.arrears_warn_days => return None,
        _ if !is_long => Found::of(RENT_OVERDUE),
        _ if through.is_some() => {
            Found::of(OWED_BY_ONE_BEHIND).id("to", given.to.id).count("payments", owed.payments)
        }
        Some(lot) if !deal.entered.of_its_day => {
            Found::of(RENEWED_IN_ARREARS).id("asset", lot.asset.id).count("payments", owed.payments)
        }
        _ => Found::of(RENT_LONG_OVERDUE).count("payments", owed.payments),
    };
    Some(owed_by(owed, overdue, found))
}
