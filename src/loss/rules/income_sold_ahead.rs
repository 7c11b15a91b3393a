//! L22: the state or a collective gives the income of years to come for money ahead. The county may agree to it.
//!
//! What an asset brings later belongs to those who live in the village later. Whether what is paid is enough, L20 asks of a term, and
//! L01 and L02 of what is given for good. Whoever is paid year by year as the income comes has not sold it ahead.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, money, whole, years, years_between},
    ties::is_private,
};
use crate::{
    loss::facts::{Consideration, Payment, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
    values::Period,
};

pub(super) const L22: Rule = Rule {
    id: RuleId::L22,
    name: bilingual("预售未来收益", "Income of years to come sold ahead"),
    basis: "国办函〔2021〕51号",
    severity: Severity::Escalate,
    parameters: &["income_sale_years", "lease_term_cap_years"],
    checks: &[Check::Transfer(sold_ahead)],
    causes: &[INCOME_SOLD_AHEAD, INCOME_GIVEN_LONG, INCOME_SOLD_FOR_GOOD],
};

const INCOME_SOLD_AHEAD: Cause = Cause {
    code: "income_sold_ahead",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}至{until_on}的收益权一次性给予非公有主体{to_id}，超过{most_years}",
        "{from_id} gives {to_id}, a private party, the income of asset {asset_id} until {until_on} for money ahead, which is \
         more than {most_years}",
    ),
    cure: bilingual(
        "请缩短至{most_years}以内，或者改为按年收取；否则由县级说明理由后核准",
        "give no more than {most_years}, or be paid as the income comes; otherwise the county says why it agrees",
    ),
};

const INCOME_GIVEN_LONG: Cause = Cause {
    code: "income_given_long",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}至{until_on}的收益权给予非公有主体{to_id}，超过租赁的最长期限{cap_years}",
        "{from_id} gives {to_id}, a private party, the income of asset {asset_id} until {until_on}, which is longer than the {cap_years} for \
         which it may be let",
    ),
    cure: bilingual(
        "请将期限缩短至{cap_years}以内；否则由县级说明理由后核准",
        "give it for {cap_years} at most; otherwise the county says why it agrees",
    ),
};

const INCOME_SOLD_FOR_GOOD: Cause = Cause {
    code: "income_sold_for_good",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}的收益权永久给予非公有主体{to_id}",
        "{from_id} gives {to_id}, a private party, the income of asset {asset_id} for good",
    ),
    cure: bilingual(
        "请约定不超过政策年限的期限；否则由县级说明理由后核准",
        "give it for a term that the policy allows; otherwise the county says why it agrees",
    ),
};

fn sold_ahead(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    if deal.right != RightKind::Income || deal.consideration.is_nothing() {
        return Vec::new();
    }
    let ahead = is_ahead(deal, policy);
    let is_long = years(&deal.span()).is_some_and(|it| it > whole(policy.lease_term_cap_years));
    if !ahead && !is_long {
        return Vec::new();
    }
    let web = Web::of(&deal.ties);
    let lots = deal.all_lots().enumerate().filter(|(_, it)| it.from.is_public() && is_private(&web, it.to));
    let found = lots.map(|(index, lot)| {
        let found = match deal.span().to() {
            Some(until) if !ahead => {
                Found::of(INCOME_GIVEN_LONG).on("until", until).years("cap", policy.lease_term_cap_years)
            }
            Some(until) => {
                Found::of(INCOME_SOLD_AHEAD).on("until", until).years("most", policy.income_sale_years)
            }
            None => Found::of(INCOME_SOLD_FOR_GOOD),
        };
        found.at(index).id("from", lot.from.id).id("to", lot.to.id).id("asset", lot.asset.id)
    });
    found.collect()
}

/// How long before its first day income is sold in the ordinary course, in days.
const SOLD_WITHIN_DAYS: i64 = 365;

/// Whether more years of income are paid for at some time than may be.
fn is_ahead(deal: &TransferFacts, policy: &PolicyValues) -> bool {
    let span = deal.span();
    let Some(all) = years(&span) else { return true };
    let most = whole(policy.income_sale_years);
    if all <= most {
        // Income that begins more than a year from now is sold ahead from the day of entry on: one slice follows the other.
        let begins_later =
            !deal.entered.of_its_day && deal.entered.days_after(span.from()) < -SOLD_WITHIN_DAYS;
        let paid_now = matches!(deal.consideration, Consideration::Price(_) | Consideration::Swap { .. });
        let ahead = span.to().map(|to| years_between(deal.entered.on, to));
        return begins_later && paid_now && ahead.is_some_and(|it| it > most);
    }
    match &deal.consideration {
        Consideration::Rent(schedule) => is_paid_ahead(schedule, &span, &all, &most),
        Consideration::Price(_) | Consideration::Swap { .. } | Consideration::Nothing => true,
    }
}

/// Whether payments are at any time ahead of the income that came by then, by more years than may be: each pays for as many years as
/// its part of the whole.
fn is_paid_ahead(schedule: &[Payment], span: &Period, all: &Exact, most: &Exact) -> bool {
    let sum: Exact = schedule.iter().map(|it| money(it.amount)).sum();
    let mut payments = schedule.to_vec();
    payments.sort_unstable_by_key(|it| it.due_on);
    let mut paid = whole(0);
    payments.iter().any(|it| {
        paid += money(it.amount);
        &paid / &sum * all - years_between(span.from(), it.due_on) > *most
    })
}
