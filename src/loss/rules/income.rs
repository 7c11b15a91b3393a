//! Where money goes: L35 to an account that is not the owner's, L36 more than there is, L38 to a forbidden use.

use crate::{
    cases::policies::values::PolicyValues,
    loss::{
        facts::{Facts, TransferFacts},
        finding::{Cause, Finding},
    },
    register::codes::Sector,
    values::Fen,
};

use super::exact::{Exact, floored, money};
use num_traits::Zero as _;

/// L35: the money of a deal or of a distribution does not go into the account of whoever it belongs to.
pub(super) fn paid_elsewhere(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(deal) => paid_to(deal),
        Facts::Distribution(distribution) => distribution
            .lines
            .iter()
            .enumerate()
            .filter(|(_, it)| it.account_owner != it.party.id)
            .map(|(index, it)| {
                Finding::of(Cause::AccountOfAnother)
                    .at(index)
                    .id("party", it.party.id)
                    .id("owner", it.account_owner)
                    .fen("amount", it.amount.get())
            })
            .collect(),
        Facts::Registration(_) | Facts::Alteration(_) => Vec::new(),
    }
}

fn paid_to(deal: &TransferFacts) -> Vec<Finding> {
    let Some(payee) = deal.pay_to else { return Vec::new() };
    if deal.consideration.money().is_none() {
        return Vec::new();
    }
    let mut found: Vec<Finding> = Vec::new();
    for lot in deal.lots.iter().filter(|it| it.from.is_public() && it.from.id != payee.id) {
        let cause = if lot.from.sector() == Sector::Collective && payee.kind.is_personal() {
            Cause::PaidToPerson
        } else {
            Cause::PaidToAnother
        };
        let finding = Finding::of(cause).id("payee", payee.id).id("from", lot.from.id);
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

/// L36: a plan distributes more than was received and not kept back.
pub(super) fn more_than_received(facts: &Facts, _: &PolicyValues) -> Vec<Finding> {
    let Facts::Distribution(distribution) = facts else { return Vec::new() };
    let planned: Exact =
        distribution.lines.iter().map(|it| money(it.amount)).fold(Exact::zero(), |sum, it| sum + it);
    let available = distribution.received.checked_sub(distribution.reserved).unwrap_or(Fen::ZERO);
    if planned <= money(available) {
        return Vec::new();
    }
    vec![
        Finding::of(Cause::MoreThanReceived)
            .fen("planned", floored(&planned))
            .fen("available", available.get())
            .fen("received", distribution.received.get())
            .fen("reserved", distribution.reserved.get()),
    ]
}

/// L38: a line is put to a use that the policy forbids.
pub(super) fn forbidden_use(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let Facts::Distribution(distribution) = facts else { return Vec::new() };
    let forbidden = |code: &str| policy.forbidden_uses.iter().any(|it| it == code);
    let mut found = Vec::new();
    for (index, line) in distribution.lines.iter().enumerate() {
        let uses = std::iter::once(line.purpose.code()).chain(line.use_code.as_deref());
        for code in uses.filter(|it| forbidden(it)) {
            found.push(
                Finding::of(Cause::UseForbidden).at(index).code("use", code).fen("amount", line.amount.get()),
            );
        }
    }
    found
}
