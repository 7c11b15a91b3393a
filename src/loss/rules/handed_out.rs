//! L39: a village hands more of its income out to its members as such than the county wants to see without looking (一分了之).
//!
//! What pays for work, for posts, for upkeep or for those in need is no handout, and has purposes of its own. Nor is what a household, or
//! anybody else, has by an income right of theirs: that is their part, and never was the village's to hand out. But that nearly all of the
//! income of what is the village's goes to one household is told: whoever has it year after year should be one of those it is for.

use std::collections::BTreeMap;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, rate, whole},
};
use crate::{
    cases::{policies::values::WHOLE_BP, purpose::Purpose},
    loss::facts::{DistributionFacts, IncomeSource, PartyFacts},
    register::codes::Sector,
};

pub(super) const L39: Rule = Rule {
    id: RuleId::L39,
    name: bilingual("一分了之", "Handed out to members"),
    basis: "国办函〔2021〕51号",
    severity: Severity::Escalate,
    parameters: &["members_share_max_bp"],
    checks: &[Check::Distribution(distributed)],
    causes: &[HANDED_OUT, TO_ONE_HOUSEHOLD],
};

const TO_ONE_HOUSEHOLD: Cause = Cause {
    code: "to_one_household",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "本次分配{total_fen}中，农户或个人{party_id}一家分得{own_fen}，占{own_share_bp}，超过{most_bp}，而资产属国有或者集体所有",
        "of the {total_fen} that come of what is the state's or a collective's, {own_fen} go to {party_id}, one household or person: {own_share_bp}, more than {most_bp}",
    ),
    cure: bilingual(
        "请核对其收益权和帮扶对象资格，连年由一家分得的由村集体重新评议",
        "see by which right it has that, and whether it is one of those whom it is for; have the village look at it anew where it has it every year",
    ),
};

const HANDED_OUT: Cause = Cause {
    code: "handed_out",
    severity: None,
    sentence: bilingual(
        "{party_id}本次分配{total_fen}中直接分给成员{members_fen}，占{members_share_bp}，超过{most_bp}",
        "of the {total_fen} that are {party_id}'s, {members_fen} go to its members as such: {members_share_bp}, more than {most_bp}",
    ),
    cure: bilingual(
        "请增加公益岗位、运行维护等用途，或者由县级说明理由",
        "give more to posts, upkeep or the like; otherwise the county says why not",
    ),
};

fn distributed(distribution: &DistributionFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut all = handed_out(distribution, policy);
    all.extend(to_one_household(distribution, policy));
    all
}

/// Whether nearly all of the income of what households own nothing of goes to one of them.
fn to_one_household(distribution: &DistributionFacts, policy: &PolicyValues) -> Option<Found> {
    let is_public = |it: &IncomeSource| !it.owners.is_empty() && it.owners.iter().all(PartyFacts::is_public);
    if !distribution.sources.iter().all(is_public) {
        return None;
    }
    let total: i128 = distribution.lines.iter().map(|it| i128::from(it.amount.get())).sum();
    let lines = distribution.lines.iter().enumerate().filter(|(_, it)| it.party.kind.is_personal());
    let mut parts = BTreeMap::new();
    for (index, line) in lines {
        let (_, amount) = parts.entry(line.party.id).or_insert((index, 0_i128));
        *amount += i128::from(line.amount.get());
    }
    let most = rate(policy.members_share_max_bp);
    let (party, (first, own)) = parts.into_iter().find(|(_, (_, it))| whole(*it) > whole(total) * &most)?;
    let part: Exact = whole(own) * whole(WHOLE_BP) / whole(total);
    Some(
        Found::of(TO_ONE_HOUSEHOLD)
            .at(first)
            .id("party", party)
            .fen("total", floored(&whole(total)))
            .fen("own", floored(&whole(own)))
            .bp("own_share", floored(&part))
            .bp("most", policy.members_share_max_bp),
    )
}

fn handed_out(distribution: &DistributionFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut parts = BTreeMap::new();
    for (index, line) in distribution.lines.iter().enumerate() {
        if line.party.sector() != Sector::Collective {
            continue;
        }
        let (first, all, members) = parts.entry(line.party.id).or_insert((None, 0_i128, 0_i128));
        let amount = i128::from(line.amount.get());
        *all += amount;
        if line.purpose == Purpose::Members {
            *members += amount;
            first.get_or_insert(index);
        }
    }
    let most = rate(policy.members_share_max_bp);
    let found = parts.into_iter().filter_map(|(party, (first, all, members))| {
        let first = first.filter(|_| whole(members) > whole(all) * &most)?;
        let part: Exact = whole(members) * whole(WHOLE_BP) / whole(all);
        Some(
            Found::of(HANDED_OUT)
                .at(first)
                .id("party", party)
                .fen("total", floored(&whole(all)))
                .fen("members", floored(&whole(members)))
                .bp("members_share", floored(&part))
                .bp("most", policy.members_share_max_bp),
        )
    });
    found.collect()
}
