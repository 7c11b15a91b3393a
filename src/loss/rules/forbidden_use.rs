//! L38: income is put to a use that the policy forbids, by the purpose of the account or by the plan's own
//! words; or money is paid for one.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::loss::facts::{DistributionFacts, PaymentFacts};

pub(super) const L38: Rule = Rule {
    id: RuleId::L38,
    name: bilingual("收益用于禁止性支出", "Income put to a forbidden use"),
    basis: "国办函〔2021〕51号；乡镇扶贫资产收益分配使用管理办法关于禁止性支出的规定",
    severity: Severity::Block,
    parameters: &["forbidden_uses"],
    checks: &[Check::Distribution(forbidden_use), Check::Payment(paid_for)],
    causes: &[USE_FORBIDDEN],
};

const USE_FORBIDDEN: Cause = Cause {
    code: "use_forbidden",
    severity: None,
    sentence: bilingual(
        "收益{amount_fen}用于禁止性支出：{use}",
        "{amount_fen} of income are put to a forbidden use: {use}",
    ),
    cure: bilingual("请改为政策允许的用途", "put it to a use that the policy allows"),
};

fn forbidden_use(distribution: &DistributionFacts, policy: &PolicyValues) -> Vec<Found> {
    let forbidden = |code: &str| policy.forbidden_uses.iter().any(|it| it == code);
    let mut found = Vec::new();
    for (index, line) in distribution.lines.iter().enumerate() {
        let uses = std::iter::once(line.purpose.code()).chain(line.use_code.as_deref());
        for code in uses.filter(|it| forbidden(it)) {
            found.push(
                Found::of(USE_FORBIDDEN)
                    .at(index)
                    .code("use", code)
                    .fen("amount", line.amount.get())
                    .at_risk(line.amount.get()),
            );
        }
    }
    found
}

fn paid_for(payment: &PaymentFacts, policy: &PolicyValues) -> Vec<Found> {
    if !policy.forbidden_uses.contains(&payment.purpose) {
        return Vec::new();
    }
    let amount = payment.amount.get();
    vec![Found::of(USE_FORBIDDEN).code("use", &*payment.purpose).fen("amount", amount).at_risk(amount)]
}
