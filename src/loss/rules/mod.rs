//! The loss rules: pure functions from the facts of a case to what is wrong with it.
//!
//! The same list is run when a case is drafted, when it is submitted, inside the transaction that executes it, and when
//! the whole register is searched. What a finding does to a case is told by [`Outcome`](super::finding::Outcome).

mod appraisal;
mod exact;
mod gift;
mod household;
mod income;
mod price;
mod procedure;
mod related;
mod scrapping;
mod term;
#[cfg(test)]
mod tests;
mod title;

use super::{
    facts::Facts,
    finding::{Finding, RuleId},
};
use crate::cases::policies::values::PolicyValues;

/// A loss rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The number that auditors know it under.
    pub id: RuleId,
    /// Everything that it finds in a case; nothing for facts that it does not speak of.
    pub check: fn(&Facts, &PolicyValues) -> Vec<Finding>,
}

impl Rule {
    /// The legal basis, in Chinese.
    pub const fn basis(&self) -> &'static str {
        self.id.basis()
    }
}

/// Every rule, in the order in which findings are reported.
pub const RULES: &[Rule] = &[
    Rule { id: RuleId::L01, check: price::below_appraisal },
    Rule { id: RuleId::L02, check: appraisal::missing },
    Rule { id: RuleId::L03, check: appraisal::stale },
    Rule { id: RuleId::L04, check: appraisal::defective },
    Rule { id: RuleId::L05, check: gift::check },
    Rule { id: RuleId::L07, check: related::check },
    Rule { id: RuleId::L10, check: title::not_held },
    Rule { id: RuleId::L11, check: title::given_twice },
    Rule { id: RuleId::L12, check: title::restricted },
    Rule { id: RuleId::L15, check: procedure::undecided },
    Rule { id: RuleId::L18, check: term::too_long },
    Rule { id: RuleId::L20, check: price::rent_below_floor },
    Rule { id: RuleId::L35, check: income::paid_elsewhere },
    Rule { id: RuleId::L36, check: income::more_than_received },
    Rule { id: RuleId::L38, check: income::forbidden_use },
    Rule { id: RuleId::L46, check: scrapping::too_early },
    Rule { id: RuleId::L48, check: household::taken },
    Rule { id: RuleId::L50, check: title::not_whole },
];

/// Everything that the rules find in a case, in the order of the rules.
pub fn check(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    RULES.iter().flat_map(|it| (it.check)(facts, policy)).collect()
}
