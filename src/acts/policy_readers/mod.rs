//! Which rules and rooms read which numbers of a policy.

#[cfg(test)]
mod document;

use std::collections::BTreeSet;

use super::POLICY_KEYS_READ;
use crate::{
    cases,
    loss::rules::{RULES, RuleId},
    maintenance::assignments as maintenance,
    money,
};

/// The rooms that read numbers of a policy beside the rules, each with those that it reads.
const ROOMS: &[(&str, &[&str])] = &[
    ("acts", POLICY_KEYS_READ),
    ("cases", cases::POLICY_KEYS_READ),
    ("maintenance", maintenance::POLICY_KEYS_READ),
    ("money", money::POLICY_KEYS_READ),
];

/// The rules that read a number of a policy, in their order.
pub fn rules_reading(key: &str) -> Vec<RuleId> {
    RULES.iter().filter(|it| it.parameters.contains(&key)).map(|it| it.id).collect()
}

/// The rooms that read a number of a policy beside the rules.
pub fn rooms_reading(key: &str) -> Vec<&'static str> {
    ROOMS.iter().filter(|(_, read)| read.contains(&key)).map(|(room, _)| *room).collect()
}

/// The keys of the policy that anything reads: a rule by its parameters, a room by what it declares. To set any other changes
/// nothing, until something reads it.
pub fn policy_keys_read() -> BTreeSet<&'static str> {
    let of_rules = RULES.iter().flat_map(|it| it.parameters);
    of_rules.chain(ROOMS.iter().flat_map(|(_, read)| read.iter())).copied().collect()
}
