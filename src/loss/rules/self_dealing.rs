//! L06: whoever decides for a public giver gets what it gives, or a company gets it that such people have in hand. Nobody may agree
//! to that: 集组法 art. 35 forbids it to those people themselves.
//!
//! Those are its officers, its legal representative and whoever controls it. What a village's own cooperative runs for it is no such
//! deal, whoever of the village represents it (`ties::is_own`); kin, and companies of kin, are left to L07.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::floored,
    open_market::{missing_for, paid_for},
    ties::{Dealing, Hold, acting, along, dealings, in_hand, is_private, keeps},
};
use crate::{
    loss::facts::{GrantMade, Granting, PartyFacts, RegistrationFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
};

pub(super) const L06: Rule = Rule {
    id: RuleId::L06,
    name: bilingual("自我交易", "Self-dealing"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(self_dealing), Check::Registration(standing)],
    causes: &[RECEIVER_DECIDES, RECEIVER_IN_HAND, RECEIVER_HELD_TOGETHER, PAYEE_DECIDES],
};

const RECEIVER_DECIDES: Cause = Cause {
    code: "receiver_decides",
    severity: None,
    sentence: bilingual(
        "受让方{to_id}本人参与出让方{from_id}的决策或管理（{path}）",
        "the receiver {to_id} is one of those who decide for the giver {from_id} ({path})",
    ),
    cure: bilingual(
        "不得办理：请公开选择与决策人员无关的受让方",
        "nobody may agree to it: find somebody else, openly, who has no part in the decision",
    ),
};

const RECEIVER_IN_HAND: Cause = Cause {
    code: "receiver_in_hand",
    severity: None,
    sentence: bilingual(
        "受让方{to_id}由参与出让方{from_id}决策或管理的人控制（{path}）",
        "the receiver {to_id} is in the hands of those who decide for the giver {from_id} ({path})",
    ),
    cure: bilingual(
        "不得办理：请公开选择与决策人员无关的受让方",
        "nobody may agree to it: find somebody else, openly, who has no part in the decision",
    ),
};

const RECEIVER_HELD_TOGETHER: Cause = Cause {
    code: "receiver_held_together",
    severity: None,
    sentence: bilingual(
        "参与出让方{from_id}决策或管理的人合计持有受让方{to_id}的{held_share}（{path}）",
        "those who decide for the giver {from_id} hold {held_share} of the receiver {to_id} together ({path})",
    ),
    cure: bilingual(
        "不得办理：请公开选择与决策人员无关的受让方",
        "nobody may agree to it: find somebody else, openly, who has no part in the decision",
    ),
};

const PAYEE_DECIDES: Cause = Cause {
    code: "payee_decides",
    severity: None,
    sentence: bilingual(
        "款项付给{pay_to_id}，其参与出让方{from_id}的决策或管理，或由这样的人控制（{path}）",
        "the money is paid to {pay_to_id}, who is one of those who decide for the giver {from_id}, or in their hands ({path})",
    ),
    cure: bilingual("请将价款支付给出让方自己的账户", "have the giver itself paid"),
};

/// The dealings of a deal in which whoever decides for the giver, or what they have in hand, stands on the other side.
pub(super) fn with_themselves(deal: &TransferFacts, web: &Web) -> Vec<(Dealing, Hold)> {
    let mut found: Vec<(Dealing, Hold)> = Vec::new();
    for it in dealings(deal, web) {
        // What is found of a village is not told again of its own organisation, which gives for it.
        let is_told = found.iter().any(|(of, _)| (of.by.id, of.other.id) == (it.by.id, it.other.id));
        if is_told || keeps(web, it.by, it.other) {
            continue;
        }
        found.extend(in_hand(web, it.giver).remove(&it.other.id).map(|hold| (it, hold)));
    }
    found
}

/// What a giver would lose by a dealing, where the figures say it: what it gives to the other and is not paid for, or the money for what it
/// gives that the other is paid.
pub(super) fn at_risk(deal: &TransferFacts, dealing: &Dealing) -> Option<i64> {
    let lots = deal.lots.iter().filter(|it| it.from.id == dealing.by.id);
    if dealing.lot.is_some() {
        let to_other: Vec<_> = lots.filter(|it| it.to.id == dealing.other.id).collect();
        return missing_for(deal, &to_other);
    }
    let paid = floored(&paid_for(deal, &lots.collect::<Vec<_>>()));
    (paid > 0).then_some(paid)
}

/// By which of those who decide for a public owner somebody gets the management of what it owns, where that is let as by a transfer: lately,
/// or by one that was said of somebody else. What was let long ago goes to the county (L07).
pub(super) fn let_to_themselves(
    registration: &RegistrationFacts,
    web: &Web,
    grant: &Granting,
) -> Option<(PartyFacts, Hold)> {
    if grant.made == GrantMade::LongAgo || grant.claim.right != RightKind::Management {
        return None;
    }
    let owners = registration.claims.iter().filter(|it| it.right == RightKind::Ownership);
    owners.map(|it| it.holder).find_map(|owner| {
        let holder = grant.claim.holder;
        if !is_private(web, holder) || keeps(web, owner, holder) {
            return None;
        }
        let mut behind = acting(web, owner).into_iter();
        behind.find_map(|it| Some((it, in_hand(web, it).remove(&holder.id)?)))
    })
}

/// A lease of today that is registered with its asset is a deal like any.
fn standing(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&registration.ties);
    let found = registration.grants.iter().filter_map(|it| {
        let (owner, hold) = let_to_themselves(registration, &web, it)?;
        let found = along(&hold.path, Found::of(cause_of(&hold)).id("from", owner.id));
        let found = match &hold.together {
            Some(held) => found.share("held", held),
            None => found,
        };
        Some(found.at(it.claim_number).id("to", it.claim.holder.id))
    });
    found.collect()
}

/// What whoever receives is to those who decide.
fn cause_of(hold: &Hold) -> Cause {
    if hold.together.is_some() {
        RECEIVER_HELD_TOGETHER
    } else if hold.path.steps.len() == 1 {
        RECEIVER_DECIDES
    } else {
        RECEIVER_IN_HAND
    }
}

fn self_dealing(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let found = with_themselves(deal, &Web::of(&deal.ties)).into_iter().map(|(dealing, hold)| {
        let Dealing { giver, other, lot, .. } = dealing;
        let cause = match lot {
            None => PAYEE_DECIDES,
            Some(_) => cause_of(&hold),
        };
        let found = along(&hold.path, Found::of(cause).id("from", giver.id));
        let found = match &hold.together {
            Some(held) => found.share("held", held),
            None => found,
        };
        let found = found.at_risk_if(at_risk(deal, &dealing));
        match lot {
            Some(lot) => found.at(lot).id("to", other.id),
            None => found.id("pay_to", other.id),
        }
    });
    found.collect()
}
