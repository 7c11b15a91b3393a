//! L35: the money of a deal or of a distribution does not go into the account of whoever it belongs to.

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{DistributionFacts, TransferFacts},
    register::codes::Sector,
};

pub(super) const L35: Rule = Rule {
    id: RuleId::L35,
    name: bilingual("资金未进入权利人账户", "Money that does not reach the owner's account"),
    basis: "《中华人民共和国农村集体经济组织法》第四十四条",
    severity: Severity::Block,
    parameters: &[],
    checks: &[Check::Transfer(paid_to), Check::Distribution(booked_to)],
    causes: &[PAID_TO_ANOTHER, PAID_TO_PERSON, ACCOUNT_OF_ANOTHER],
};

const PAID_TO_ANOTHER: Cause = Cause {
    code: "paid_to_another",
    severity: None,
    sentence: bilingual(
        "价款支付给{payee_id}，而非出让方{from_id}",
        "the money goes to {payee_id} and not to the giver {from_id}",
    ),
    cure: bilingual("请将价款支付给出让方{from_id}", "have the money paid to {from_id}"),
};

const PAID_TO_PERSON: Cause = Cause {
    code: "paid_to_person",
    severity: None,
    sentence: bilingual(
        "集体{from_id}的价款支付给个人或农户{payee_id}",
        "money of the collective {from_id} goes to {payee_id}, a person or household",
    ),
    cure: bilingual("请将价款转入集体{from_id}的账户", "have the money paid into the account of {from_id}"),
};

const ACCOUNT_OF_ANOTHER: Cause = Cause {
    code: "account_of_another",
    severity: None,
    sentence: bilingual(
        "{party_id}应得的{amount_fen}记入{owner_id}的账户",
        "the {amount_fen} of {party_id} go into an account of {owner_id}",
    ),
    cure: bilingual("请记入{party_id}自己的账户", "put it into an account of {party_id}"),
};

fn paid_to(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let Some(payee) = deal.pay_to else { return Vec::new() };
    if deal.consideration.money().is_none() {
        return Vec::new();
    }
    let mut all: Vec<Found> = Vec::new();
    for lot in deal.lots.iter().filter(|it| it.from.is_public() && it.from.id != payee.id) {
        let cause = if lot.from.sector() == Sector::Collective && payee.kind.is_personal() {
            PAID_TO_PERSON
        } else {
            PAID_TO_ANOTHER
        };
        let found = Found::of(cause).id("payee", payee.id).id("from", lot.from.id);
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

fn booked_to(distribution: &DistributionFacts, _: &PolicyValues) -> Vec<Found> {
    let lines = distribution.lines.iter().enumerate();
    lines
        .filter(|(_, it)| it.account_owner != it.party.id)
        .map(|(index, it)| {
            Found::of(ACCOUNT_OF_ANOTHER)
                .at(index)
                .id("party", it.party.id)
                .id("owner", it.account_owner)
                .fen("amount", it.amount.get())
                .at_risk(it.amount.get())
        })
        .collect()
}
