//! L07: whoever gets what the state or a collective gives, or the money for it, is related to those who decide for the giver: their
//! kin, the companies of their kin, and so on through others (`register::parties::ties`). The county may agree to it, and then
//! knows. What L06 blocks is not told again.
//!
//! The auctioneer is looked at as well: it may neither take part itself, nor be close to either side.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    self_dealing::{at_risk, let_to_themselves, with_themselves},
    ties::{Dealing, acting, along, dealings, gives_public, in_hand, is_private, keeps, purchases},
};
use crate::{
    loss::facts::{
        ContractFacts, EncumbranceFacts, GrantMade, Granting, PartyFacts, PaymentFacts, RegistrationFacts,
        TransferFacts,
    },
    register::{
        codes::{RestrictionKind, RightKind},
        parties::ties::{Path, Web},
    },
};

pub(super) const L07: Rule = Rule {
    id: RuleId::L07,
    name: bilingual("与关联方交易", "Dealing with a related party"),
    basis: "《中华人民共和国农村集体经济组织法》第二十九条、第三十四条",
    severity: Severity::Escalate,
    parameters: &["related_party_depth"],
    checks: &[
        Check::Transfer(related),
        Check::Registration(standing),
        Check::Contract(letting),
        Check::Payment(paying),
        Check::Encumbrance(securing),
    ],
    causes: &[
        PARTIES_RELATED,
        SELLER_RELATED,
        PAYEE_RELATED,
        SUBLESSEE_RELATED,
        RELATED_BY_NOW,
        AUCTIONEER_IS_PARTY,
        AUCTIONEER_RELATED,
        HOLDER_RELATED,
        LESSEE_RELATED,
        LESSOR_RELATED,
        PAYEE_RELATED_TO_OFFICERS,
        CREDITOR_RELATED,
    ],
};

const PARTIES_RELATED: Cause = Cause {
    code: "parties_related",
    severity: None,
    sentence: bilingual(
        "受让方{to_id}与出让方{from_id}存在关联关系（{path}）",
        "the receiver {to_id} is related to the giver {from_id} ({path})",
    ),
    cure: bilingual(
        "请核实程序和对价，关联人员回避；由县级逐条说明",
        "look into how it came to it, and for what, without those who are related; the county says why it agrees",
    ),
};

const SELLER_RELATED: Cause = Cause {
    code: "seller_related",
    severity: None,
    sentence: bilingual(
        "{to_id}有偿取得{from_id}的资产，后者是其管理人员或者与其存在关联关系（{path}）",
        "{to_id} pays for what {from_id} gives, who is one of those who decide for it, or is related to them ({path})",
    ),
    cure: bilingual(
        "请核实是否需要以及价格，关联人员回避；由县级逐条说明",
        "look into whether it is needed, and at what price, without those who are related; the county says why it agrees",
    ),
};

const PAYEE_RELATED: Cause = Cause {
    code: "payee_related",
    severity: None,
    sentence: bilingual(
        "收款方{pay_to_id}与出让方{from_id}存在关联关系（{path}）",
        "{pay_to_id}, who is paid, is related to the giver {from_id} ({path})",
    ),
    cure: bilingual(
        "请将价款支付给出让方自己；否则由县级逐条说明",
        "have the giver paid itself; otherwise the county says why it agrees",
    ),
};

const SUBLESSEE_RELATED: Cause = Cause {
    code: "sublessee_related",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}转给{to_id}，后者与所有权人{owner_id}存在关联关系（{path}）",
        "{from_id} gives asset {asset_id} on to {to_id}, who is related to its owner {owner_id} ({path})",
    ),
    cure: bilingual(
        "请核实是否借中间人承租，以及程序和租金；由县级逐条说明",
        "look into whether somebody rents for them, and for what rent; the county says why it agrees",
    ),
};

const RELATED_BY_NOW: Cause = Cause {
    code: "related_by_now",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "补录事项的受让方{to_id}现与出让方{from_id}存在关联关系（{path}）",
        "the receiver {to_id} of what is entered late is related to the giver {from_id} by now ({path})",
    ),
    cure: bilingual(
        "请核实该关系在事项发生当日是否已经存在，已存在的更正关系的起始日",
        "look into whether they were related on the day of the act already, and put the relation right where they were",
    ),
};

const AUCTIONEER_IS_PARTY: Cause = Cause {
    code: "auctioneer_is_party",
    severity: Some(Severity::Block),
    sentence: bilingual(
        "拍卖人{auctioneer_id}自己出让或者取得所拍卖的资产（《中华人民共和国拍卖法》第二十二条、第二十三条）",
        "the auctioneer {auctioneer_id} gives or gets what it auctions (Auction Law, arts. 22 and 23)",
    ),
    cure: bilingual("请另行委托拍卖人", "have somebody else auction it"),
};

const AUCTIONEER_RELATED: Cause = Cause {
    code: "auctioneer_related",
    severity: None,
    sentence: bilingual(
        "拍卖人{auctioneer_id}与交易当事人{party_id}存在关联关系（{path}）",
        "the auctioneer {auctioneer_id} is related to {party_id}, a party of the deal ({path})",
    ),
    cure: bilingual(
        "请另行委托拍卖人；否则由县级逐条说明",
        "have somebody else auction it; otherwise the county says why it agrees",
    ),
};

const HOLDER_RELATED: Cause = Cause {
    code: "holder_related",
    severity: None,
    sentence: bilingual(
        "拟登记的权利人{to_id}与所有权人{from_id}存在关联关系（{path}）",
        "{to_id}, who would be registered, is related to the owner {from_id} ({path})",
    ),
    cure: bilingual(
        "请核实当时的程序和对价，由县级逐条说明",
        "look into how it came to it, and for what; the county says why it agrees",
    ),
};

const LESSEE_RELATED: Cause = Cause {
    code: "lessee_related",
    severity: None,
    sentence: bilingual(
        "承租方{to_id}与出租方{from_id}存在关联关系（{path}）",
        "{to_id}, who rents, is related to {from_id}, who lets ({path})",
    ),
    cure: bilingual("请核实当时的程序和租金", "look into how it came to it, and for what rent"),
};

const LESSOR_RELATED: Cause = Cause {
    code: "lessor_related",
    severity: None,
    sentence: bilingual(
        "{to_id}向{from_id}承租，后者是其管理人员或者与其存在关联关系（{path}）",
        "{to_id} rents of {from_id}, who is one of those who decide for it, or is related to them ({path})",
    ),
    cure: bilingual(
        "请核实是否需要以及租金，关联人员回避；由县级逐条说明",
        "look into whether it is needed, and at what rent, without those who are related; the county says why it agrees",
    ),
};

const PAYEE_RELATED_TO_OFFICERS: Cause = Cause {
    code: "payee_related_to_officers",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "收款{amount_fen}的{to_id}是付款方{from_id}的管理人员，或者与其存在关联关系（{path}）",
        "{to_id}, who is paid {amount_fen}, is one of those who decide for {from_id}, who pays, or is related to them ({path})",
    ),
    cure: bilingual("请核对付款依据", "look at what it is paid for"),
};

const CREDITOR_RELATED: Cause = Cause {
    code: "creditor_related",
    severity: None,
    sentence: bilingual(
        "{to_id}将在{from_id}的资产上享有{restriction}，其是{from_id}的管理人员或者与其存在关联关系（{path}）",
        "{to_id} would have a {restriction} of what {from_id} owns, and is one of those who decide for it, or is related to them ({path})",
    ),
    cure: bilingual(
        "请核实债务是否真实、关联人员是否回避；由县级逐条说明",
        "look into whether there is such a debt, and whether those who are related had no part in it; the county says why it agrees",
    ),
};

/// How a private party is one of those who decide for a public one, in their hands, or related to them. What the owner itself has a part in, as
/// in the bank it owes, is no interest of theirs.
fn close_to_deciders(web: &Web, public: PartyFacts, private: PartyFacts, depth: i64) -> Option<Path> {
    close_by(web, (public, private), |it| {
        web.insiders(it.id).into_iter().find_map(|(insider, _)| web.path(insider, private.id, depth))
    })
}

/// Whoever would have a mortgage or a pledge of what is the village's.
fn securing(of: &EncumbranceFacts, policy: &PolicyValues) -> Vec<Found> {
    let secures = matches!(of.kind, RestrictionKind::Mortgage | RestrictionKind::Pledge);
    let Some(holder) = of.holder.filter(|_| secures) else { return Vec::new() };
    let web = Web::of(&of.ties);
    let found = of.owners.iter().find_map(|owner| {
        let path = close_to_deciders(&web, *owner, holder, policy.related_party_depth)?;
        let found = Found::of(CREDITOR_RELATED).id("from", owner.id).id("to", holder.id);
        Some(along(&path, found.code("restriction", of.kind.code())))
    });
    found.into_iter().collect()
}

/// Whoever would be registered as running an asset of the village, or as paid by it.
fn standing(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&registration.ties);
    let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    let owners: Vec<_> = owners.map(|it| it.holder).collect();
    let untold = |it: &&Granting| {
        it.made != GrantMade::Lengthened && let_to_themselves(registration, &web, it).is_none()
    };
    let found = registration.grants.iter().filter(untold).filter_map(|it| {
        let path = owners.iter().find_map(|owner| {
            Some((owner, close(&web, *owner, it.claim.holder, policy.related_party_depth)?))
        });
        let (owner, path) = path?;
        let found = Found::of(HOLDER_RELATED).at(it.claim_number).id("from", owner.id);
        Some(along(&path, found.id("to", it.claim.holder.id)))
    });
    found.collect()
}

fn letting(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    let (web, terms) = (Web::of(&contract.ties), &contract.terms);
    let path = close(&web, terms.lessor, terms.lessee, policy.related_party_depth);
    let found = path.map(|it| {
        along(&it, Found::of(LESSEE_RELATED).id("from", terms.lessor.id).id("to", terms.lessee.id))
    });
    // What somebody public rents it pays for.
    let rents = || {
        let path = close_to_deciders(&web, terms.lessee, terms.lessor, policy.related_party_depth)?;
        Some(along(&path, Found::of(LESSOR_RELATED).id("from", terms.lessor.id).id("to", terms.lessee.id)))
    };
    found.or_else(rents).into_iter().collect()
}

/// Whoever is paid by a village or an office.
fn paying(payment: &PaymentFacts, policy: &PolicyValues) -> Vec<Found> {
    let (web, payer, payee) = (Web::of(&payment.ties), payment.payer, payment.payee);
    let path = close(&web, payer, payee, policy.related_party_depth);
    let found = path.map(|it| {
        let found = Found::of(PAYEE_RELATED_TO_OFFICERS).id("from", payer.id).id("to", payee.id);
        along(&it, found.fen("amount", payment.amount.get()))
    });
    found.into_iter().collect()
}

/// How a private party is close to a public one, or to the village whose own organisation that is: those who decide for it have it in
/// hand, or it is related to them.
fn close(web: &Web, public: PartyFacts, private: PartyFacts, depth: i64) -> Option<Path> {
    close_by(web, (public, private), |it| web.path(it.id, private.id, depth))
}

/// In hand, or by a path from whoever is public, or acts for it.
fn close_by(
    web: &Web,
    (public, private): (PartyFacts, PartyFacts),
    related: impl Fn(PartyFacts) -> Option<Path>,
) -> Option<Path> {
    if !is_private(web, private) || keeps(web, public, private) {
        return None;
    }
    acting(web, public).into_iter().find_map(|it| {
        let in_hand = in_hand(web, it).remove(&private.id).map(|it| it.path);
        in_hand.or_else(|| related(it))
    })
}

fn related(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let (web, depth) = (Web::of(&deal.ties), policy.related_party_depth);
    let mut told: Vec<_> =
        with_themselves(deal, &web).into_iter().map(|(it, _)| (it.by.id, it.other.id)).collect();
    let found = dealings(deal, &web).into_iter().filter_map(|dealing| {
        let Dealing { giver, by, other, lot } = dealing;
        if told.contains(&(by.id, other.id)) || keeps(&web, by, other) {
            return None;
        }
        let path = web.path(giver.id, other.id, depth)?;
        told.push((by.id, other.id));
        let found = match lot {
            Some(lot) => {
                let found = Found::of(PARTIES_RELATED).at(lot).id("from", giver.id).id("to", other.id);
                along(&path, found)
            }
            None => along(&path, Found::of(PAYEE_RELATED).id("from", giver.id).id("pay_to", other.id)),
        };
        Some(found.at_risk_if(at_risk(deal, &dealing)))
    });
    let mut all: Vec<_> = found.collect();
    all.extend(bought(deal, &web, depth));
    all.extend(let_on(deal, &web, depth));
    all.extend(auctioneer_is_close(deal, &web, depth));
    if all.is_empty() {
        all.extend(related_by_now(deal, depth));
    }
    all
}

/// What a public body pays for to those who decide for it, or to who is close to them.
fn bought(deal: &TransferFacts, web: &Web, depth: i64) -> Vec<Found> {
    let found = purchases(deal, web).filter_map(|(index, lot)| {
        let path = close_to_deciders(web, lot.to, lot.from, depth)?;
        let found = Found::of(SELLER_RELATED).at(index).id("from", lot.from.id).id("to", lot.to.id);
        Some(along(&path, found))
    });
    found.collect()
}

/// Whoever rents what a lessee lets on is close to the public owner, who could not let it to them unseen.
fn let_on(deal: &TransferFacts, web: &Web, depth: i64) -> Vec<Found> {
    if deal.right == RightKind::Ownership {
        return Vec::new();
    }
    let lots = deal.all_lots().enumerate().filter(|(_, it)| !it.from.is_public());
    let found = lots.filter_map(|(index, lot)| {
        // What a village's own organisation gives is looked at as what the village gives.
        let behind = acting(web, lot.from);
        let is_other = |it: &&PartyFacts| !behind.iter().any(|of| of.id == it.id);
        let owners = lot.owners.iter().filter(is_other);
        let (owner, path) = owners.into_iter().find_map(|it| Some((it, close(web, *it, lot.to, depth)?)))?;
        let found = Found::of(SUBLESSEE_RELATED).at(index).id("from", lot.from.id).id("to", lot.to.id);
        Some(along(&path, found.id("owner", owner.id).id("asset", lot.asset.id)))
    });
    found.collect()
}

/// What is entered late is judged by who was who then; who is related by now is told all the same.
fn related_by_now(deal: &TransferFacts, depth: i64) -> Option<Found> {
    let web = Web::of(&deal.ties_today);
    dealings(deal, &web).into_iter().find_map(|it| {
        let path = close(&web, it.giver, it.other, depth)?;
        Some(along(&path, Found::of(RELATED_BY_NOW).id("from", it.giver.id).id("to", it.other.id)))
    })
}

/// Whom the auctioneer is too close to. What the state or a collective runs to trade what it has is nobody's.
pub(super) fn auctioneer_is_close(deal: &TransferFacts, web: &Web, depth: i64) -> Option<Found> {
    let auctioneer = deal.auctioneer.filter(|it| !it.is_public() && deal.gives_public())?.id;
    let receivers = deal.all_lots().filter(|it| gives_public(web, it)).map(|it| it.to.id);
    let receivers: Vec<_> = receivers.chain(deal.pay_to.map(|it| it.id)).collect();
    let gives = deal.all_lots().any(|it| it.from.id == auctioneer);
    if gives || receivers.contains(&auctioneer) {
        return Some(Found::of(AUCTIONEER_IS_PARTY).id("auctioneer", auctioneer));
    }
    let mut parties: Vec<_> = deal.all_lots().map(|it| it.from.id).chain(receivers).collect();
    parties.sort_unstable();
    parties.dedup();
    parties.into_iter().find_map(|party| {
        let path = web.path(party, auctioneer, depth)?;
        Some(along(&path, Found::of(AUCTIONEER_RELATED).id("auctioneer", auctioneer).id("party", party)))
    })
}
