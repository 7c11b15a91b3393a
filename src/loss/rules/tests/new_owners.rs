//! Who would own an asset by a correction (L47): whoever did before is not asked again, and nobody else is spared for it.

use super::*;

#[test]
fn a_new_owner_is_asked_whoever_owned_it_and_whatever_else_was_its_own() {
    let of_class = |owner, standing: Vec<Claim>| {
        let mut facts = registered(&[claim(RightKind::Ownership, owner, "1")]);
        facts.asset.class = AssetClass::PublicWelfare;
        RegistrationFacts { standing, ..facts }
    };
    let found = [escalates("public_asset_of_private", json!({"owner_id": person().id, "lot": 0}))];
    leaves_alone(RuleId::L47, of_class(person(), vec![claim(RightKind::Ownership, person(), "1/2")]));
    check(RuleId::L47, of_class(person(), vec![claim(RightKind::Ownership, east(), "1")]), &found);
    let ran_it = vec![claim(RightKind::Ownership, east(), "1"), claim(RightKind::Management, person(), "1")];
    check(RuleId::L47, of_class(person(), ran_it), &found);
}
