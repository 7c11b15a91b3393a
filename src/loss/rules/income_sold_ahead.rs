//! L22: the state or a collective gives the income of years to come for money ahead. The county may agree to it.
//!
//! What an asset brings later belongs to those who live in the village later. Whether what is paid is enough, L20 asks of a term, and
//! L01 and L02 of what is given for good. Whoever is paid year by year as the income comes has not sold it ahead.
//!
//! Households have a part of the income for nothing, and that is what alleviation is for; whose it is is looked at anew as households
//! are (the income certificates of 仁寿县 are given out every year). More than half of it, for good, to one of them is no part of many.

use std::collections::BTreeMap;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, money, share, whole, years, years_between},
    lots::owned_by_public,
    ties::{gives_public, is_private},
};
use crate::{
    loss::facts::{Consideration, LotFacts, Payment, RegistrationFacts, TransferFacts},
    register::{codes::RightKind, parties::ties::Web},
    values::{Period, Share},
};

pub(super) const L22: Rule = Rule {
    id: RuleId::L22,
    name: bilingual("预售未来收益", "Income of years to come sold ahead"),
    basis: "国办函〔2021〕51号",
    severity: Severity::Escalate,
    parameters: &["income_sale_years", "lease_term_cap_years"],
    checks: &[Check::Transfer(given), Check::Registration(registered)],
    causes: &[
        INCOME_SOLD_AHEAD,
        INCOME_GIVEN_LONG,
        INCOME_SOLD_FOR_GOOD,
        INCOME_TO_ONE_HOUSEHOLD,
        INCOME_IS_ONE_HOUSEHOLD_S,
    ],
};

const INCOME_TO_ONE_HOUSEHOLD: Cause = Cause {
    code: "income_to_one_household",
    severity: None,
    sentence: bilingual(
        "{from_id}将资产{asset_id}收益权的{given_share}永久给予农户或个人{to_id}一家",
        "{from_id} gives {to_id}, one household or person, {given_share} of the income of asset {asset_id} for good",
    ),
    cure: bilingual(
        "请约定期限并定期调整，或者由多户享有；否则由县级说明理由后核准",
        "give it for a term after which it is looked at anew, or to several households; otherwise the county says why it agrees",
    ),
};

const INCOME_IS_ONE_HOUSEHOLD_S: Cause = Cause {
    code: "income_is_one_household_s",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}收益权的{given_share}拟登记为农户或个人{to_id}一家享有，没有期限",
        "{given_share} of the income of asset {asset_id} would be registered as that of {to_id}, one household or person, without a term",
    ),
    cure: bilingual(
        "请核对当时的决议；应当定期调整的，填写期限",
        "see what was decided, and say for how long where it is looked at anew",
    ),
};

fn given(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut all = sold_ahead(deal, policy);
    all.extend(to_one(deal));
    all
}

/// From which share on a household has the income of an asset nearly alone.
fn is_most(part: &Exact) -> bool {
    *part > Exact::new(1.into(), 2.into())
}

/// What of the income of an asset goes for nothing and for good to one household.
fn to_one(deal: &TransferFacts) -> Vec<Found> {
    if deal.right != RightKind::Income || !deal.is_for_good() || !deal.consideration.is_nothing() {
        return Vec::new();
    }
    let mut parts = BTreeMap::<_, (usize, &LotFacts, Exact)>::new();
    let (lots, web) = (deal.lots.iter().enumerate(), Web::of(&deal.ties));
    for (index, lot) in lots.filter(|(_, it)| gives_public(&web, it) && it.to.kind.is_personal()) {
        let part = parts.entry((lot.asset.id, lot.to.id)).or_insert_with(|| (index, lot, whole(0)));
        part.2 += share(lot.share);
    }
    let most = parts.into_values().filter(|(.., part)| is_most(part));
    most.filter_map(|(index, lot, part)| {
        let found = Found::of(INCOME_TO_ONE_HOUSEHOLD).at(index).id("from", lot.from.id).id("to", lot.to.id);
        Some(found.id("asset", lot.asset.id).share("given", Share::from_ratio(&part).ok()?))
    })
    .collect()
}

/// The same of what is said to be so already.
fn registered(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    if !owned_by_public(registration) {
        return Vec::new();
    }
    let of_one = registration.grants.iter().filter(|it| {
        let endless = it.term.is_none_or(|term| term.to().is_none());
        it.claim.right == RightKind::Income && it.claim.holder.kind.is_personal() && endless
    });
    let most = of_one.filter(|it| is_most(&share(it.claim.share)));
    most.map(|it| {
        let found = Found::of(INCOME_IS_ONE_HOUSEHOLD_S).at(it.claim_number).id("to", it.claim.holder.id);
        found.id("asset", registration.asset.id).share("given", it.claim.share)
    })
    .collect()
}

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
    let lots =
        deal.all_lots().enumerate().filter(|(_, it)| gives_public(&web, it) && is_private(&web, it.to));
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
