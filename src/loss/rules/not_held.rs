//! L10: a giver gives more than it holds on some day of the term, all its lots in the asset together; or a contract lets what
//! whoever lets does not have on every day of its term.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{floored, money, whole},
    lots::by_asset_and_giver,
};
use crate::{
    loss::facts::{ContractFacts, Registered, TransferFacts},
    values::{Fen, share::Total},
};

pub(super) const L10: Rule = Rule {
    id: RuleId::L10,
    name: bilingual("无权处分", "The giver does not hold what it gives"),
    basis: "《中华人民共和国民法典》第三百一十一条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(not_held), Check::Contract(let_without_title)],
    causes: &[HOLDS_LESS, LET_WITHOUT_TITLE, ASSET_UNREGISTERED],
};

const HOLDS_LESS: Cause = Cause {
    code: "holds_less",
    severity: None,
    sentence: bilingual(
        "{from_id}拟转出资产{asset_id}{right}的{given_share}，但在整个期间内至少有一日仅持有{held_share}",
        "{from_id} gives {given_share} of the {right} of asset {asset_id}, of which it holds only {held_share} on some day of \
         the period",
    ),
    cure: bilingual(
        "请将份额减至其在整个期间持有的以内（现至多{held_share}），或者先登记其取得权利的依据",
        "give no more than it holds all the time ({held_share} at most), or have it registered first how it came by more",
    ),
};

const ASSET_UNREGISTERED: Cause = Cause {
    code: "asset_unregistered",
    severity: None,
    sentence: bilingual(
        "截至{effective_on}，资产{asset_id}没有首次登记的所有权人，{from_id}无从转移其{right}",
        "asset {asset_id} has no first registration by {effective_on}, and so {from_id} has no {right} of it to give",
    ),
    cure: bilingual(
        "请先办理首次登记（`POST /v1/registrations`），当时存续的租赁在 `management` 中登记；已登记的，请核对生效日",
        "register it first (POST /v1/registrations), with a lease that stands in `management`; where it is registered, check the day",
    ),
};

const LET_WITHOUT_TITLE: Cause = Cause {
    code: "let_without_title",
    severity: None,
    sentence: bilingual(
        "{lessor_id}出租资产{asset_id}，但在租期内至少有一日不持有其经营权，承租方{lessee_id}也没有由其取得",
        "{lessor_id} lets asset {asset_id}, of which it has no management on some day of the term, and {lessee_id} has none \
         from it either",
    ),
    cure: bilingual("请核对出租方，或者先办理登记", "check who lets, or have their right registered first"),
};

fn let_without_title(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    let without = contract
        .lets
        .iter()
        .filter(|it| it.registered == Registered::Within && !it.rented)
        .filter(|it| it.granted.is_zero() && it.left.is_zero());
    let found = without.map(|it| {
        Found::of(LET_WITHOUT_TITLE)
            .id("asset", it.asset)
            .id("lessor", contract.terms.lessor.id)
            .id("lessee", contract.terms.lessee.id)
    });
    found.collect()
}

fn not_held(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let found = by_asset_and_giver(deal).into_iter().filter_map(|((asset, from), taken)| {
        let (given, held) = (taken.share(), taken.held(|it| &it.held.least));
        // Nobody owns what was never registered, and nothing less would do.
        if held == whole(0) && taken.lots.iter().all(|it| it.owners.is_empty()) {
            let found = Found::of(ASSET_UNREGISTERED).at(taken.first).id("asset", asset).id("from", from);
            return Some(found.code("right", deal.right.code()).on("effective", deal.effective_on));
        }
        (given > held).then(|| {
            let books = taken.lots.first().map_or(Fen::ZERO, |it| it.asset.book_value);
            let beyond = money(books) * (&given - &held);
            Found::of(HOLDS_LESS)
                .at(taken.first)
                .id("asset", asset)
                .id("from", from)
                .code("right", deal.right.code())
                .share("given", Total::of(given))
                .at_risk(floored(&beyond))
                .share("held", Total::of(held))
        })
    });
    found.collect()
}
