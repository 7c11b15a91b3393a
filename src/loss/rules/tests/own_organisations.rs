//! What a village's own cooperative gives, lets, sells and is owed: it is the village's, by every rule; that of any other is not.

use super::*;
use crate::{
    loss::facts::DealFacts,
    loss::facts::{EndedEarly, GivenUp, LaterRent, Near, RentGivenUp, ReplacedFacts},
};

fn own() -> Tie {
    tie(cooperative(), RelationKind::ControlledBy, east())
}

/// A cooperative in which the village has a part, and a villager has another.
fn not_its_own() -> Vec<Tie> {
    vec![own(), holding(person(), "1/10", cooperative())]
}

fn head() -> Tie {
    in_office(officer(), OfficerPost::Head, east())
}

/// The cooperative gives what the village gives in a deal.
fn by_cooperative(ties: Vec<Tie>, mut deal: TransferFacts) -> TransferFacts {
    for lot in &mut deal.lots {
        (lot.from, lot.owners) = (cooperative(), vec![east()]);
        lot.owner_consent = Some(id(102));
    }
    TransferFacts { ties, ..deal }
}

fn small_lease() -> TransferFacts {
    let mut deal = lease();
    deal.lots = vec![lot(1, east(), firm(), "1")];
    deal
}

fn causes(rule: RuleId, facts: impl Into<Facts>) -> Vec<&'static str> {
    found_by(rule, &facts.into(), &PolicyValues::national()).iter().map(|it| it.cause.code).collect()
}

/// The same is found of what the village's own cooperative gives as of what the village gives itself, and nothing of another's.
#[track_caller]
fn as_the_village(rule: RuleId, deal: TransferFacts) {
    let of_village = causes(rule, deal.clone());
    assert!(!of_village.is_empty(), "{rule} finds nothing of the village's");
    assert_eq!(causes(rule, by_cooperative(vec![own()], deal.clone())), of_village, "{rule}");
    assert_eq!(causes(rule, by_cooperative(not_its_own(), deal.clone())), Vec::<&str>::new(), "{rule}");
    assert_eq!(causes(rule, by_cooperative(Vec::new(), deal)), Vec::<&str>::new(), "{rule}");
}

#[test]
fn what_it_gives_is_held_to_what_is_the_village_s() {
    as_the_village(RuleId::L05, TransferFacts { consideration: Consideration::Nothing, ..small_lease() });
    as_the_village(RuleId::L18, TransferFacts { term: None, ..small_lease() });
    as_the_village(RuleId::L02, TransferFacts { appraisal: None, ..sale() });
    let income = TransferFacts { right: RightKind::Income, ..for_term(sale(), "2026-07-01", "2036-07-01") };
    as_the_village(RuleId::L22, income);
    as_the_village(RuleId::L35, TransferFacts { pay_to: Some(person()), ..sale() });
    let stale = |mut it: TransferFacts| {
        it.appraisal = Some(AppraisalFacts { appraised_on: day("2024-06-01"), ..appraised(80_000_000) });
        it
    };
    as_the_village(RuleId::L03, stale(sale()));
    let swap = swapped(vec![lot(1, east(), firm(), "1")], vec![lot(2, firm(), east(), "1/100")]);
    as_the_village(RuleId::L05, swap);
}

#[test]
fn whoever_decides_for_the_village_gets_nothing_of_it() {
    let lets = |to: PartyFacts, more: Vec<Tie>| {
        let mut deal = by_cooperative([vec![own(), head()], more].concat(), small_lease());
        deal.lots[0].to = to;
        deal
    };
    check(RuleId::L06, lets(officer(), vec![]), &[blocks("receiver_decides", json!({"from_id": east().id}))]);
    leaves_alone(RuleId::L07, lets(officer(), vec![]));
    let in_hand = vec![tie(officer(), RelationKind::LegalRepresentative, firm())];
    check(RuleId::L06, lets(firm(), in_hand), &[blocks("receiver_in_hand", json!({}))]);
    // Nor does whoever represents the cooperative itself.
    let represented = vec![tie(person(), RelationKind::LegalRepresentative, cooperative())];
    let found = [blocks("receiver_decides", json!({"from_id": cooperative().id}))];
    check(RuleId::L06, lets(person(), represented), &found);
    let of_kin = vec![tie(officer(), RelationKind::Kin, person())];
    let found = [escalates("parties_related", json!({"from_id": east().id, "to_id": person().id}))];
    check(RuleId::L07, lets(person(), of_kin), &found);
    leaves_alone(RuleId::L07, lets(firm(), vec![]));
    // One that is not the village's gives what is its own; the owner's people are looked at all the same.
    let mut strange = by_cooperative([not_its_own(), vec![head()]].concat(), small_lease());
    strange.lots[0].to = officer();
    leaves_alone(RuleId::L06, strange.clone());
    check(RuleId::L07, strange, &[escalates("sublessee_related", json!({}))]);
}

#[test]
fn what_stays_with_the_village_has_not_left_it() {
    let other = party(61, PartyKind::Cooperative);
    let ties = vec![
        own(),
        tie(other, RelationKind::ControlledBy, east()),
        head(),
        tie(officer(), RelationKind::LegalRepresentative, cooperative()),
        tie(officer(), RelationKind::LegalRepresentative, other),
    ];
    let mut deal = by_cooperative(
        ties,
        TransferFacts { consideration: Consideration::Nothing, trade: None, ..small_lease() },
    );
    deal.lots[0].to = other;
    for rule in [RuleId::L05, RuleId::L06, RuleId::L07, RuleId::L08, RuleId::L17] {
        leaves_alone(rule, deal.clone());
    }
    deal.lots[0].to = east();
    for rule in [RuleId::L05, RuleId::L06, RuleId::L07, RuleId::L08, RuleId::L17] {
        leaves_alone(rule, deal.clone());
    }
    // The village may be paid for what its cooperative lets.
    let paid = by_cooperative(vec![own()], TransferFacts { pay_to: Some(east()), ..small_lease() });
    leaves_alone(RuleId::L35, paid);
}

#[test]
fn what_is_split_between_a_village_and_its_cooperative_is_one() {
    let other = |giver: PartyFacts| DealFacts {
        case: id(300),
        giver: giver.id,
        near: Near::Receiver(firm().id),
        right: RightKind::Management,
        on: day("2026-06-20"),
        made_on: None,
        term: Some(over("2026-06-20", "2031-06-20")),
        assets: vec![id(2)],
        receivers: vec![firm()],
        worth: fen(15_000_000),
        traded: false,
        appraised: false,
        of_other_projects: false,
        beside: vec![],
    };
    let small = |nearby: DealFacts| {
        let mut deal = TransferFacts {
            consideration: at_once([15_000_000]),
            trade: None,
            nearby: vec![nearby],
            ..small_lease()
        };
        deal.lots[0].asset.class = AssetClass::PublicWelfare;
        deal
    };
    let found = [escalates("split_below_exchange", json!({"deals": 2, "sum_fen": 30_000_000}))];
    check(RuleId::L08, small(other(east())), &found);
    check(RuleId::L08, by_cooperative(vec![own()], small(other(cooperative()))), &found);
    check(RuleId::L08, by_cooperative(vec![own()], small(other(east()))), &found);
    check(RuleId::L08, TransferFacts { ties: vec![own()], ..small(other(cooperative())) }, &found);
    leaves_alone(RuleId::L08, TransferFacts { ties: not_its_own(), ..small(other(cooperative())) });
    leaves_alone(RuleId::L08, by_cooperative(not_its_own(), small(other(cooperative()))));
}

fn owed_to(lessor: PartyFacts) -> ArrearsFacts {
    ArrearsFacts {
        contract: id(80),
        lessor,
        lessee: firm().id,
        assets: vec![id(1)],
        amount: fen(7_200_000),
        since: day("2025-01-01"),
        payments: 2,
        on: day("2026-06-15"),
        behind: vec![],
        kin: vec![],
    }
}

#[test]
fn whoever_owes_it_rents_nothing_anew() {
    let lets = |lessor| TransferFacts { arrears: vec![owed_to(lessor)], ..small_lease() };
    let found = [blocks("renewed_in_arrears", json!({}))];
    check(RuleId::L23, lets(east()), &found);
    check(RuleId::L23, by_cooperative(vec![own()], lets(cooperative())), &found);
    check(RuleId::L23, by_cooperative(vec![own()], lets(east())), &found);
    check(RuleId::L23, TransferFacts { ties: vec![own()], ..lets(cooperative()) }, &found);
    leaves_alone(RuleId::L23, by_cooperative(not_its_own(), lets(cooperative())));
    leaves_alone(RuleId::L23, TransferFacts { ties: not_its_own(), ..lets(cooperative()) });
    // Something else of the same purse goes to the county.
    let mut another = by_cooperative(vec![own()], lets(east()));
    another.arrears[0].assets = vec![id(9)];
    check(RuleId::L23, another, &[escalates("rent_long_overdue", json!({"lessor_id": east().id}))]);
    // Who lets is known as the village's own where no tie of the deal says it.
    let told = TransferFacts { own_organisations: vec![cooperative().id], ..lets(cooperative()) };
    check(RuleId::L23, told, &found);
}

#[test]
fn whoever_takes_the_place_of_its_debtor_is_told() {
    let replaced = ReplacedFacts { owed: owed_to(cooperative()), by: household().id, passes: true };
    let amended = |own_organisations| AlterationFacts {
        replaced: vec![replaced.clone()],
        own_organisations,
        ..termination()
    };
    check(
        RuleId::L23,
        amended(vec![cooperative().id]),
        &[escalates("lessee_replaced_in_arrears", json!({"lessor_id": cooperative().id}))],
    );
    leaves_alone(RuleId::L23, amended(vec![]));
}

#[test]
fn rent_that_it_gives_up_is_the_village_s() {
    let later = LaterRent {
        contract: id(80),
        lessor: cooperative(),
        lessee: firm().id,
        amount: fen(5_700_000),
        from: day("2026-06-16"),
    };
    let overdue = RentGivenUp {
        contract: id(81),
        lessor: cooperative(),
        lessee: firm().id,
        amount: fen(1),
        due_before: day("2026-06-15"),
    };
    let ended = EndedEarly {
        contract: id(82),
        lessor: cooperative(),
        lessee: firm().id,
        term: over("2024-07-01", "2028-07-01"),
        on: day("2026-07-01"),
        rent: fen(4_000_000),
        fell_due: fen(0),
        greatest: fen(0),
    };
    let alteration = |own_organisations| AlterationFacts {
        later_rent: vec![later.clone()],
        overdue_given_up: vec![overdue.clone()],
        ended_early: vec![ended.clone()],
        given_up: Some(GivenUp { creditor: cooperative(), due_by: day("2026-06-15"), amount: fen(1) }),
        own_organisations,
        ..termination()
    };
    let all = ["due_rent_given_up", "overdue_rent_given_up", "used_term_unpaid", "later_rent_lapses"];
    assert_eq!(causes(RuleId::L20, alteration(vec![cooperative().id])), all);
    leaves_alone(RuleId::L20, alteration(vec![]));
    let corrected = |own_organisations| RegistrationFacts {
        later_rent: vec![later.clone()],
        overdue_given_up: vec![overdue.clone()],
        own_organisations,
        ..registration()
    };
    assert_eq!(
        causes(RuleId::L20, corrected(vec![cooperative().id])),
        ["overdue_rent_given_up", "later_rent_lapses"]
    );
    leaves_alone(RuleId::L20, corrected(vec![]));
}

#[test]
fn what_it_lets_by_a_contract_is_let_as_the_village_lets() {
    let of = |ties: Vec<Tie>, change: &dyn Fn(&mut LeaseTerms)| {
        let mut it = ContractFacts { ties, ..contract() };
        it.terms.lessor = cooperative();
        change(&mut it.terms);
        it
    };
    let cheap =
        |terms: &mut LeaseTerms| terms.rent = vec![Payment { due_on: day("2026-07-01"), amount: fen(1) }];
    let endless = |terms: &mut LeaseTerms| terms.term = since("2026-07-01");
    assert_eq!(causes(RuleId::L20, of(vec![own()], &cheap)), ["rent_below_investment"]);
    leaves_alone(RuleId::L20, of(not_its_own(), &cheap));
    assert_eq!(causes(RuleId::L18, of(vec![own()], &endless)), ["term_without_end"]);
    leaves_alone(RuleId::L18, of(not_its_own(), &endless));
    let decides = vec![own(), head(), tie(officer(), RelationKind::LegalRepresentative, firm())];
    assert_eq!(causes(RuleId::L07, of(decides, &|_| ())), ["lessee_related"]);
    leaves_alone(RuleId::L07, of(vec![own(), head()], &|_| ()));
}

#[test]
fn what_it_owns_is_let_as_the_village_s() {
    let standing = |ties: Vec<Tie>| {
        let claims =
            [claim(RightKind::Ownership, cooperative(), "1"), claim(RightKind::Management, officer(), "1")];
        let grants = vec![Granting {
            claim_number: 1,
            claim: claims[1],
            term: Some(over("2026-07-01", "2027-07-01")),
            rent: Some(vec![Payment { due_on: day("2026-07-01"), amount: fen(1) }]),
            others: vec![],
            made: GrantMade::Lately,
            in_place_of: None,
        }];
        RegistrationFacts { grants, ties, ..registered(&claims) }
    };
    assert_eq!(causes(RuleId::L06, standing(vec![own(), head()])), ["receiver_decides"]);
    assert_eq!(causes(RuleId::L20, standing(vec![own()])), ["rent_below_investment"]);
    for rule in [RuleId::L06, RuleId::L07, RuleId::L20] {
        leaves_alone(rule, standing([not_its_own(), vec![head()]].concat()));
    }
}

#[test]
fn what_lies_on_it_is_asked_of_everybody_who_would_rent() {
    use crate::{loss::facts::RestrictionFacts, register::codes::RestrictionKind};

    let claims = [
        claim(RightKind::Ownership, east(), "1"),
        claim(RightKind::Management, west(), "1/2"),
        claim(RightKind::Management, household(), "1/2"),
    ];
    let grant = |number: usize| Granting {
        claim_number: number,
        claim: claims[number],
        term: Some(over("2026-07-01", "2031-07-01")),
        rent: Some(vec![]),
        others: vec![],
        made: GrantMade::ByTransfer,
        in_place_of: Some(firm().id),
    };
    // Who would rent first is who holds it, and needs no word of its own.
    let dispute =
        |kind| RestrictionFacts { kind, holder: west().id, period: since("2025-01-01"), consent: None };
    let under = |kind| RegistrationFacts {
        grants: vec![grant(1), grant(2)],
        restrictions: vec![dispute(kind)],
        ..registered(&claims)
    };
    let found = [escalates("let_to_another_under_restriction", json!({}))];
    check(RuleId::L12, under(RestrictionKind::Dispute), &found);
    check(RuleId::L12, under(RestrictionKind::Seizure), &[blocks("restriction_forbids", json!({}))]);
}

#[test]
fn what_it_lets_to_whoever_is_close_to_the_village_is_told_once() {
    let let_on = |head_of: PartyFacts, owners: Vec<PartyFacts>| {
        let ties = vec![
            own(),
            in_office(officer(), OfficerPost::Head, head_of),
            tie(officer(), RelationKind::Kin, person()),
        ];
        let mut deal = by_cooperative(ties, small_lease());
        (deal.lots[0].to, deal.lots[0].owners) = (person(), owners);
        deal
    };
    let found = json!({"from_id": east().id, "to_id": person().id});
    check(RuleId::L07, let_on(east(), vec![east()]), &[escalates("parties_related", found)]);
    // Another village that owns it as well is not the one for which it lets.
    let found = json!({"from_id": cooperative().id, "owner_id": west().id});
    let both = vec![east(), west()];
    check(RuleId::L07, let_on(west(), both), &[escalates("sublessee_related", found)]);
}
