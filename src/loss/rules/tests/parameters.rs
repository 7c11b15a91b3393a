//! The parameters of a rule are the keys of the policy that it reads: all of them, and no others.

use std::collections::BTreeSet;

use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

use super::{
    laws::{any_alteration, any_deal, any_distribution, any_registration},
    notices::any_notice,
    reclassed::at_which_numbers_matter,
    *,
};
use crate::{
    cases::policies::values::{Effective, Layer, POLICY_KEYS, PolicyOverrides},
    register::codes::DisposalWay,
};

/// The national numbers with one of them changed, in every way that this test knows and the policy admits.
fn changed(key: &str) -> Vec<PolicyValues> {
    let numbers = [0, 1, 2, 10, 30, 10_000, 100_000_000].map(|it| json!(it));
    let others = [
        json!("3/4"),
        json!({}),
        json!([]),
        json!(["office_buildings"]),
        json!(["road_repair"]),
        json!("inclusive"),
        json!(["2021-03-11", "2021-03-12"]),
    ];
    let with = |value: &Value| -> Option<PolicyValues> {
        let overrides: PolicyOverrides = serde_json::from_value(json!({ key: value })).ok()?;
        let layer = Layer { region_code: "130828000000".parse().unwrap(), version: 1, overrides };
        layer.overrides.faults().is_empty().then(|| Effective::layered(&[layer]).values)
    };
    let national = PolicyValues::national();
    numbers.iter().chain(&others).filter_map(with).filter(|it| *it != national).collect()
}

/// Acts of every kind, the same in every run.
fn acts(count: usize) -> Vec<Facts> {
    let mut runner = TestRunner::deterministic();
    let mut acts = chosen();
    acts.extend(at_which_numbers_matter());
    for _ in 0..count {
        acts.push(any_deal().new_tree(&mut runner).unwrap().current().into());
        acts.push(any_registration().new_tree(&mut runner).unwrap().current().into());
        acts.push(any_distribution().new_tree(&mut runner).unwrap().current().into());
        acts.push(any_alteration().new_tree(&mut runner).unwrap().current().into());
    }
    for _ in 0..count {
        acts.push(any_notice().new_tree(&mut runner).unwrap().current().into());
    }
    acts
}

/// Acts that hardly come about at random, and at which a number matters.
fn chosen() -> Vec<Facts> {
    let said = |book_value| SaidOfAsset {
        class: AssetClass::Operating,
        category: "greenhouse".to_owned(),
        original_value: fen(120_000_000),
        book_value: Some(fen(book_value)),
        serves_until: None,
    };
    let lowered = RestatedFacts {
        asset: id(1),
        on: Some(day("2026-06-01")),
        case: id(71),
        before: said(100_000_000),
        after: said(90_000_000),
    };
    let lowered = TransferFacts { appraisal: Some(appraised(33_333_333)), restated: vec![lowered], ..sale() };
    let house = party(40, PartyKind::Enterprise);
    let auctioned = TransferFacts {
        trade: None,
        auctioneer: Some(house),
        auction_shown: Some(true),
        ties: vec![
            in_office(officer(), OfficerPost::Head, east()),
            tie(officer(), RelationKind::Kin, person()),
            tie(person(), RelationKind::LegalRepresentative, house),
        ],
        ..sale()
    };
    let scrapped = |cause, proceeds| {
        let mut facts = disposal();
        if let Some(end) = &mut facts.disposal {
            (end.cause, end.way) = (cause, Some(DisposalWay::Scrapping));
            (end.proceeds, end.payer) = (Some(fen(proceeds)), Some(firm().id));
        }
        facts
    };
    vec![
        lowered.into(),
        auctioned.into(),
        scrapped(DisposalCause::EndOfLife, 1).into(),
        scrapped(DisposalCause::LowYield, 44_999_999).into(),
    ]
}

#[test]
fn a_rule_reads_exactly_the_parameters_that_it_declares() {
    let acts = acts(900);
    let national = PolicyValues::national();
    for rule in RULES {
        let before: Vec<_> = acts.iter().map(|it| found_by(rule.id, it, &national)).collect();
        // What a rule says it reads is looked for longer than what it does not.
        let matters = |policy: &PolicyValues, looked_at: usize| {
            acts.iter()
                .zip(&before)
                .take(looked_at)
                .any(|(it, before)| found_by(rule.id, it, policy) != *before)
        };
        let looked_at = |key: &&str| if rule.parameters.contains(key) { acts.len() } else { 600 };

        let read = POLICY_KEYS
            .iter()
            .filter(|key| changed(key).iter().any(|policy| matters(policy, looked_at(key))));

        let read: BTreeSet<_> = read.copied().collect();
        assert_eq!(read, rule.parameters.iter().copied().collect(), "{}", rule.id);
    }
}
