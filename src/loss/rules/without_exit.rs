//! L42: a share or a loan that the state or a collective put money into is registered, and nothing says who uses the money, until when, and
//! for what: it has neither an end nor a return.
//!
//! Such an investment stands with whoever uses it (`management`), for a term with an end, under a contract by which something falls due.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual, lots::owned_by_public};
use crate::{
    loss::facts::{AssetFacts, Granting, Measure, RegistrationFacts},
    register::codes::RightKind,
};

pub(super) const L42: Rule = Rule {
    id: RuleId::L42,
    name: bilingual("投资无退出约定", "An investment without an exit"),
    basis: "国办函〔2021〕51号；县级扶贫项目资产管理办法关于入股、借款须约定期限、收益和退出的规定",
    severity: Severity::Escalate,
    parameters: &[],
    checks: &[Check::Registration(without_exit)],
    causes: &[INVESTMENT_WITHOUT_EXIT, INVESTMENT_WITHOUT_PAPER],
};

/// Words in the categories of assets that are money put into somebody else's business.
const INVESTMENTS: &[&str] = &[
    "investment",
    "investments",
    "invest",
    "equity",
    "debt",
    "loan",
    "loans",
    "lending",
    "stock",
    "stocks",
    "stake",
    "share",
    "shares",
    "shareholding",
    "bond",
    "bonds",
    "deposit",
    "guquan",
    "zhaiquan",
    "rugu",
    "jiekuan",
    "touzi",
];

/// Whether an asset is money put into somebody's business: by what it is called, or by what it is measured in, since anybody spells a
/// category as they like.
fn is_investment(asset: &AssetFacts) -> bool {
    let says = |word: &str| INVESTMENTS.contains(&word.trim_end_matches(|it: char| it.is_ascii_digit()));
    asset.measured_in == Some(Measure::Money) || asset.category.split('_').any(says)
}

const INVESTMENT_WITHOUT_EXIT: Cause = Cause {
    code: "investment_without_exit",
    severity: None,
    sentence: bilingual(
        "投资类资产{asset_id}未登记使用方及有截止日的期限和应付收益",
        "nothing says who uses the investment {asset_id}, until when, and what falls due for it",
    ),
    cure: bilingual(
        "请以 `management` 登记使用方、期限和合同；没有约定的，先补签协议",
        "register who does, with the term and the contract (`management`), and agree on them first where nobody did",
    ),
};

const INVESTMENT_WITHOUT_PAPER: Cause = Cause {
    code: "investment_without_paper",
    severity: None,
    sentence: bilingual("投资类资产{asset_id}未附投资协议", "nothing shows the investment {asset_id}"),
    cure: bilingual(
        "请以 `documents` 附协议及担保材料",
        "attach the agreement, and what secures it (`documents`)",
    ),
};

fn without_exit(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let asset = &registration.asset;
    let is_first = registration.standing.is_empty();
    if !is_first || !is_investment(asset) || !owned_by_public(registration) {
        return Vec::new();
    }
    let causes = [
        (INVESTMENT_WITHOUT_EXIT, !registration.grants.iter().any(has_exit)),
        (INVESTMENT_WITHOUT_PAPER, registration.sources == 0),
    ];
    let found = causes.into_iter().filter(|(_, is_so)| *is_so);
    found.map(|(cause, _)| Found::of(cause).id("asset", asset.id)).collect()
}

/// Whether somebody uses it for a term with an end, and something falls due for it.
fn has_exit(it: &Granting) -> bool {
    it.claim.right == RightKind::Management
        && it.term.is_some_and(|term| term.to().is_some())
        && it.rent.as_ref().is_some_and(|dues| dues.iter().any(|it| !it.amount.is_zero()))
}
