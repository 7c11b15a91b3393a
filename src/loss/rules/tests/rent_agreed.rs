//! The rent of a contract that is put on record by itself (L20): of a part of an asset, and against an appraisal.

use super::*;

fn agreed(rent: i64, change: impl FnOnce(&mut LeaseTerms)) -> ContractFacts {
    let mut contract = contract();
    for payment in &mut contract.terms.rent {
        payment.amount = fen(rent);
    }
    change(&mut contract.terms);
    contract
}

#[test]
fn half_of_an_asset_bears_half_of_the_least_rent() {
    let half = |rent| agreed(rent, |terms| terms.lets[0].share = part("1/2"));
    leaves_alone(RuleId::L20, half(3_600_000));
    let figures = json!({"invested_fen": 60_000_000, "floor_fen": 3_600_000});
    check(RuleId::L20, half(3_599_999), &[escalates("rent_below_investment", figures)]);
}

#[test]
fn a_contract_is_held_against_the_rent_that_was_appraised() {
    // Five years of 72,000 yuan are eight tenths of 450,000.
    let appraised = |value| agreed(7_200_000, |terms| terms.appraised = Some(fen(value)));
    leaves_alone(RuleId::L20, appraised(45_000_000));
    let figures = json!({"rent_fen": 36_000_000, "appraised_fen": 45_000_001, "floor_fen": 36_000_001});
    check(RuleId::L20, appraised(45_000_001), &[escalates("rent_below_appraisal", figures)]);
}
