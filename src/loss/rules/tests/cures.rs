//! What is to be done about a finding fits what it does to the case.

use super::*;

#[test]
fn what_is_only_told_asks_the_county_for_nothing() {
    let told = RULES.iter().flat_map(|rule| {
        rule.causes.iter().filter(|it| rule.severity_of(it) == Severity::Warn).map(|it| (it.code, it.cure))
    });
    for (code, cure) in told {
        assert!(!cure.zh.contains("由县级"), "{code}: {}", cure.zh);
        assert!(!cure.en.contains("the county says why it agrees"), "{code}: {}", cure.en);
    }
}
