//! Facts are kept as JSON, and rules find the same in what is read back.

use proptest::prelude::*;

use super::{
    laws::{any_alteration, any_deal, any_distribution, any_registration},
    *,
};
use crate::loss::{
    check::{self, AnyFacts},
    facts::{
        EndedEarly, GivenUp, LaterRent, Rebinding, Rebound, Reclassed, RentGivenUp, ReplacedFacts,
        RestrictionFacts, Rival, RivalAct, Successor,
    },
};
use crate::register::codes::{RestrictionKind, Sector};

fn read(kind: &str, kept: &str) -> Option<Result<AnyFacts, serde_json::Error>> {
    AnyFacts::read(kind, &mut serde_json::Deserializer::from_str(kept))
}

fn read_back<F: check::Facts>(facts: &F) -> AnyFacts {
    let kept = serde_json::to_string(facts).unwrap();
    read(F::KIND, &kept).unwrap().unwrap()
}

#[track_caller]
fn finds_the_same<F: check::Facts>(facts: &F) {
    let mut strict = PolicyValues::national();
    (strict.rent_floor_bp, strict.price_floor_bp, strict.lease_term_cap_years) = (10_000, 10_000, 1);
    let back = read_back(facts);
    for policy in [&PolicyValues::national(), &strict] {
        assert_eq!(finding::check_kept(&back, policy), finding::check(facts, policy));
    }
    // To the letter, so that nothing is lost that no rule looks at yet.
    let again = match back {
        AnyFacts::Transfer(it) => json!(it),
        AnyFacts::Registration(it) => json!(it),
        AnyFacts::Distribution(it) => json!(it),
        AnyFacts::Alteration(it) => json!(it),
        AnyFacts::Contract(it) => json!(it),
        AnyFacts::Notice(it) => json!(it),
        AnyFacts::Encumbrance(it) => json!(it),
        AnyFacts::Payment(it) => json!(it),
    };
    assert_eq!(again, json!(facts));
    holds_no_text(&json!(facts));
}

/// Nothing that is kept is a name or free text: every text is an identifier, a day, a share or a code.
#[track_caller]
fn holds_no_text(kept: &Value) {
    match kept {
        Value::String(text) => {
            let is_code = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "_-/".contains(it);
            assert!(text.chars().all(is_code), "{text}");
        }
        Value::Array(items) => items.iter().for_each(holds_no_text),
        Value::Object(members) => members.values().for_each(holds_no_text),
        Value::Number(number) => assert!(number.is_i64() || number.is_u64(), "{number}"),
        Value::Null | Value::Bool(_) => {}
    }
}

proptest! {
    #[test]
    fn a_deal_is_read_back_as_it_was(facts in any_deal()) {
        finds_the_same(&facts);
    }

    #[test]
    fn a_registration_is_read_back_as_it_was(facts in any_registration()) {
        finds_the_same(&facts);
    }

    #[test]
    fn a_distribution_is_read_back_as_it_was(facts in any_distribution()) {
        finds_the_same(&facts);
    }

    #[test]
    fn an_alteration_is_read_back_as_it_was(facts in any_alteration()) {
        finds_the_same(&facts);
    }
}

fn restriction() -> RestrictionFacts {
    RestrictionFacts {
        kind: RestrictionKind::Mortgage,
        holder: firm().id,
        period: since("2023-01-01"),
        consent: Some(id(103)),
    }
}

fn rivals() -> Vec<Rival> {
    let of = |by| Rival { by, share: part("1/3"), span: over("2026-01-01", "2027-01-01") };
    vec![of(RivalAct::Pending(id(201))), of(RivalAct::LaterDated(id(202))), of(RivalAct::Contract(id(203)))]
}

fn ended() -> PartyFacts {
    let succeeded_by = Some(Successor { id: east().id, sector: Sector::Collective });
    PartyFacts { ended_on: Some(day("2025-01-01")), succeeded_by, ..west() }
}

#[test]
fn what_the_strategies_leave_out_is_read_back_as_well() {
    let acquired = Acquired {
        from: ended(),
        on: day("2024-01-01"),
        term: Some(over("2024-01-01", "2030-01-01")),
        share: part("1/3"),
        paid: fen(500),
    };
    let one = LotFacts {
        rivals: rivals(),
        restrictions: vec![restriction()],
        earlier_terms: vec![over("2020-01-01", "2025-01-01")],
        acquired: vec![acquired],
        ..lot(1, ended(), firm(), "2/3")
    };
    let swap = Consideration::Swap {
        lots: vec![lot(2, firm(), east(), "1")],
        appraised: Some(fen(7)),
        appraisal: None,
    };
    for consideration in [swap, Consideration::Nothing, Consideration::Price(fen(3)), at_once([1, 2])] {
        let ties = vec![in_office(person(), OfficerPost::Head, east()), holding(east(), "1/4", firm())];
        let deal = TransferFacts {
            consideration,
            ties,
            pay_to: Some(firm()),
            auctioneer: Some(appraiser()),
            lots: vec![one.clone()],
            ..sale()
        };
        finds_the_same(&deal);
    }
    finds_the_same(&PaymentFacts {
        payer: east(),
        payee: firm(),
        purpose: "office_buildings".to_owned(),
        amount: fen(5),
        account: Some(Purpose::Members),
        ties: vec![in_office(person(), OfficerPost::Head, east())],
    });
    finds_the_same(&EncumbranceFacts {
        kind: RestrictionKind::Pledge,
        asset: greenhouse(1),
        owners: vec![east()],
        running: vec![firm()],
        debtor: Some(firm()),
        standing: true,
        shown: false,
        holder: Some(person()),
        amount: Some(fen(7)),
        ties: vec![in_office(person(), OfficerPost::Head, east())],
    });
    finds_the_same(&ContractFacts { restrictions: vec![(id(1), restriction())], ..contract() });
    for registered in [Registered::Within, Registered::Later, Registered::Never] {
        finds_the_same(&ContractFacts { lets: vec![LettingFacts { registered, ..letting() }], ..contract() });
    }
    let overdue = RentGivenUp {
        contract: id(300),
        lessor: east(),
        lessee: firm().id,
        amount: fen(4),
        due_before: day("2026-01-01"),
    };
    let claim = Claim { right: RightKind::Management, holder: firm(), share: part("1/2") };
    let early = EndedEarly {
        contract: id(300),
        lessor: east(),
        lessee: firm().id,
        term: over("2024-01-01", "2030-01-01"),
        on: day("2026-06-15"),
        rent: fen(1_000),
        fell_due: fen(2),
        greatest: fen(1),
    };
    let later = LaterRent {
        contract: id(82),
        lessor: east(),
        lessee: firm().id,
        amount: fen(8),
        from: day("2026-06-16"),
    };
    finds_the_same(&AlterationFacts {
        own_organisations: vec![cooperative().id],
        effective_on: day("2026-06-15"),
        entered: entered(),
        matter: Matter::Disposal,
        concerned: vec![east()],
        lost: vec![Lost { asset: id(1), claim, rivals: rivals() }],
        owner_consent: Some(id(102)),
        restrictions: vec![(id(1), restriction())],
        decisions: both_decided(),
        disposal: None,
        eased: Some(LeaseTerms { appraised: Some(fen(9)), lengthened: true, ..contract().terms }),
        reclassed: vec![Reclassed { asset: id(1), owner: household(), class: AssetClass::Operating }],
        rebound: [Rebinding::Lets, Rebinding::Owes, Rebinding::Loses]
            .map(|by| Rebound { party: firm(), by })
            .to_vec(),
        given_up: Some(GivenUp { creditor: east(), due_by: day("2026-06-15"), amount: fen(5) }),
        overdue_given_up: vec![overdue.clone()],
        divided: Some(Divided {
            asset: id(1),
            public: true,
            pieces: vec![PieceFacts { quantity: 1, unit: String::new(), cost: fen(2), of_its_kind: false }],
        }),
        sources: None,
        relabelled: Some(Relabelled {
            asset: id(1),
            before: AssetClass::PublicWelfare,
            after: AssetClass::Operating,
            public: true,
            cost: Some(fen(3)),
        }),
        ended_early: vec![early.clone()],
        replaced: Vec::new(),
        later_rent: vec![later.clone()],
        restated: Vec::new(),
        struck_off: Some(StruckOff { asset: greenhouse(1), public: true, twin: Some(id(2)) }),
    });
    let grant = Granting {
        claim_number: 1,
        claim,
        term: Some(over("2024-01-01", "2030-01-01")),
        rent: Some(vec![Payment { due_on: day("2025-01-01"), amount: fen(1) }]),
        others: vec![id(70)],
        made: GrantMade::ByTransfer,
        in_place_of: Some(household().id),
    };
    let arrears = vec![ArrearsFacts {
        contract: id(81),
        lessor: east(),
        lessee: firm().id,
        assets: vec![id(2)],
        amount: fen(7),
        since: day("2026-01-01"),
        payments: 1,
        on: day("2026-06-15"),
        behind: Vec::new(),
        kin: Vec::new(),
    }];
    let replaced = ReplacedFacts {
        owed: ArrearsFacts {
            contract: id(80),
            lessor: east(),
            lessee: firm().id,
            assets: vec![id(1)],
            amount: fen(6),
            since: day("2026-01-01"),
            payments: 2,
            on: day("2026-06-15"),
            behind: vec![person().id],
            kin: vec![household().id],
        },
        by: cooperative().id,
        passes: true,
    };
    finds_the_same(&RegistrationFacts {
        own_organisations: vec![cooperative().id],
        effective_on: day("2026-07-01"),
        asset: greenhouse(1),
        claims: vec![claim],
        grants: vec![grant],
        ties: vec![tie(officer(), RelationKind::OfficerOf, east())],
        restrictions: Vec::new(),
        standing: vec![claim],
        owners_since: vec![east()],
        rebound: vec![Rebound { party: firm(), by: Rebinding::Owes }],
        overdue_given_up: vec![overdue],
        ended_early: vec![early],
        replaced: vec![replaced],
        later_rent: vec![later],
        arrears,
        owner_consent: None,
        entered: entered(),
        decisions: decided(),
        sources: 2,
        project: Some(MadeBy { year: 2021, public: true, acquired_on: day("2021-07-01") }),
    });
}

/// A sum of shares is read back whatever its numbers are.
#[test]
fn a_sum_beyond_64_bits_is_read_back() {
    let fine = |number: i64| Share::new(1, i64::MAX - number).unwrap();
    let held = share::sum([fine(0), fine(1), fine(2), fine(3)]);
    let held = Held { at_start: held.clone(), least: held };
    finds_the_same(&TransferFacts { lots: vec![LotFacts { held, ..lot(1, east(), firm(), "1") }], ..sale() });
}

#[test]
fn what_a_later_release_adds_is_left_alone() {
    let mut kept = json!(sale());
    kept["weather"] = json!({"sunny": true});
    kept["lots"][0]["asset"]["colour"] = json!("green");

    let facts = read("transfer", &kept.to_string()).unwrap().unwrap();

    let national = PolicyValues::national();
    assert_eq!(finding::check_kept(&facts, &national), finding::check(&sale(), &national));
    assert!(read("weather", "{}").is_none());
    assert!(read("transfer", "{}").unwrap().is_err());
}
