//! What was put right so that something else can be done with it: L35, L46, L47 and L49.

use super::*;
use crate::register::codes::DisposalWay;

/// What was on record of the greenhouse: it cost 1,200,000 yuan, stood in the books with 900,000, and served until 2041.
fn before() -> SaidOfAsset {
    SaidOfAsset {
        class: AssetClass::Operating,
        category: "greenhouse".to_owned(),
        original_value: fen(120_000_000),
        book_value: Some(fen(90_000_000)),
        serves_until: Some(day("2041-07-01")),
    }
}

fn restated(on: &str, change: impl FnOnce(&mut SaidOfAsset)) -> RestatedFacts {
    let mut after = before();
    change(&mut after);
    RestatedFacts { asset: id(1), on: Some(day(on)), case: id(71), before: before(), after }
}

/// The greenhouse as it would be disposed of after it was put right.
fn after(it: RestatedFacts, cause: DisposalCause) -> AlterationFacts {
    let mut facts = disposal();
    let end = facts.disposal.as_mut().unwrap();
    (end.cause, end.way, end.report) = (cause, Some(DisposalWay::Scrapping), None);
    (end.proceeds, end.payer) = (None, Some(firm().id));
    end.asset.class = it.after.class;
    end.asset.original_value = it.after.original_value;
    end.asset.book_value = it.after.book_value.unwrap();
    end.serves_until = it.after.serves_until;
    facts.restated = vec![it];
    facts
}

fn with(mut facts: AlterationFacts, change: impl FnOnce(&mut DisposalFacts)) -> AlterationFacts {
    change(facts.disposal.as_mut().unwrap());
    facts
}

#[test]
fn nothing_is_made_old_for_its_disposal() {
    // The life ends on the day before: by the books that are left, 5 % of the cost.
    let aged = |on: &str| {
        let it = restated(on, |it| {
            (it.book_value, it.serves_until) = (Some(fen(6_000_000)), Some(day("2026-07-01")));
        });
        after(it, DisposalCause::EndOfLife)
    };
    let found = json!({"asset_id": id::<kind::Asset>(1), "case_id": id::<kind::Case>(71), "restated_on": "2026-06-01",
        "serves_until_on": "2041-07-01", "at_risk_fen": 90_000_000});
    check(RuleId::L46, aged("2026-06-01"), &[blocks("scrapped_before_former_life", found)]);
    let found = json!({"restated_on": "2026-06-01", "book_value_fen": 90_000_000, "received_fen": 0, "floor_fen": 45_000_000});
    check(RuleId::L35, aged("2026-06-01"), &[escalates("received_far_below_former_books", found)]);
    // With what shows it, and for what it was worth.
    leaves_alone(RuleId::L46, with(aged("2026-06-01"), |it| it.report = Some(id(104))));
    leaves_alone(RuleId::L35, with(aged("2026-06-01"), |it| it.proceeds = Some(fen(45_000_000))));
    let a_fen_less = with(aged("2026-06-01"), |it| it.proceeds = Some(fen(44_999_999)));
    check(RuleId::L35, a_fen_less, &[escalates("received_far_below_former_books", json!({}))]);
    // Entered on 15 June 2026: two years are from 15 June 2024 on.
    for (on, is_found) in
        [("2024-06-14", false), ("2024-06-15", true), ("2026-07-01", true), ("2026-07-02", true)]
    {
        let found = found_by(RuleId::L46, &aged(on).into(), &PolicyValues::national());
        assert_eq!(!found.is_empty(), is_found, "{on}");
    }
    // What is said of another asset, and what was always said so.
    let mut elsewhere = aged("2026-06-01");
    elsewhere.restated[0].asset = id(9);
    leaves_alone(RuleId::L46, elsewhere.clone());
    leaves_alone(RuleId::L35, elsewhere);
    // By one that was over long before anyway.
    let mut over = aged("2026-06-01");
    over.restated[0].before.serves_until = Some(day("2026-06-30"));
    leaves_alone(RuleId::L46, over.clone());
    leaves_alone(RuleId::L35, over);
    // What it is that ends goes on.
    leaves_alone(
        RuleId::L46,
        with(aged("2026-06-01"), |it| {
            (it.way, it.until) = (Some(DisposalWay::Suspension), Some(day("2026-12-01")));
        }),
    );
}

#[test]
fn a_life_that_was_mistyped_of_something_small_is_a_warning() {
    let small = |cost: i64| {
        let mut it = restated("2026-06-01", |it| it.serves_until = Some(day("2026-07-01")));
        for said in [&mut it.before, &mut it.after] {
            (said.original_value, said.book_value) = (fen(cost), Some(fen(cost)));
        }
        after(it, DisposalCause::EndOfLife)
    };
    check(
        RuleId::L46,
        small(20_000_000),
        &[warns("small_before_former_life", json!({"threshold_fen": 20_000_000}))],
    );
    check(
        RuleId::L35,
        small(20_000_000),
        &[warns("scrapped_below_former_books", json!({"threshold_fen": 20_000_000}))],
    );
    check(RuleId::L46, small(20_000_001), &[blocks("scrapped_before_former_life", json!({}))]);
    check(RuleId::L35, small(20_000_001), &[escalates("received_far_below_former_books", json!({}))]);
}

#[test]
fn nothing_is_made_cheap_or_a_road_for_its_disposal() {
    let cheap = || {
        let it = restated("2026-06-01", |it| (it.original_value, it.book_value) = (fen(1), Some(fen(1))));
        with(after(it, DisposalCause::LowYield), |it| {
            (it.report, it.proceeds) = (Some(id(104)), Some(fen(1)))
        })
    };
    let found = json!({"book_value_fen": 90_000_000, "received_fen": 1, "at_risk_fen": 89_999_999});
    check(RuleId::L35, cheap(), &[escalates("received_far_below_former_books", found)]);
    // Torn down for what it is said to have cost, or for nothing.
    let torn_down = with(cheap(), |it| (it.cause, it.way) = (DisposalCause::Demolition, None));
    check(RuleId::L35, torn_down, &[escalates("received_far_below_former_books", json!({}))]);
    // What is told by the record as it is, is told once, and by what was before where that is worse.
    let lowered = with(cheap(), |it| it.asset.book_value = fen(3));
    check(RuleId::L35, lowered, &[escalates("received_far_below_former_books", json!({}))]);
    let road = || {
        let it = restated("2026-06-01", |it| it.class = AssetClass::PublicWelfare);
        with(after(it, DisposalCause::LowYield), |it| it.report = Some(id(104)))
    };
    check(RuleId::L35, road(), &[escalates("received_far_below_former_books", json!({"received_fen": 0}))]);
    let mut always = road();
    always.restated[0].before.class = AssetClass::PublicWelfare;
    leaves_alone(RuleId::L35, always);
    leaves_alone(RuleId::L35, AlterationFacts { restated: Vec::new(), ..road() });
}

#[test]
fn what_was_written_off_is_held_against_what_stood_in_the_books_of_it() {
    let given_up = |lowered_to, books, proceeds| {
        let it = restated("2026-06-01", |it| it.book_value = Some(fen(lowered_to)));
        with(after(it, DisposalCause::LowYield), |it| {
            (it.report, it.proceeds, it.asset.book_value) = (Some(id(104)), Some(fen(proceeds)), fen(books));
        })
    };
    let found = |books: i64| [escalates("received_far_below_former_books", json!({"book_value_fen": books}))];
    // To nothing: half of what stood there has to come of it.
    leaves_alone(RuleId::L35, given_up(0, 0, 45_000_000));
    check(RuleId::L35, given_up(0, 0, 44_999_999), &found(90_000_000));
    // To nine tenths of the whole, of which it is a piece: it stood in the books with a ninth more than it does.
    leaves_alone(RuleId::L35, given_up(81_000_000, 45_000_000, 25_000_000));
    check(RuleId::L35, given_up(81_000_000, 45_000_000, 24_999_999), &found(50_000_000));
}

#[test]
fn what_is_registered_as_public_is_not_struck_off_in_silence() {
    let void = |cost: i64, public, twin| {
        let asset = AssetFacts { original_value: fen(cost), book_value: fen(7), ..greenhouse(1) };
        AlterationFacts { struck_off: Some(StruckOff { asset, public, twin }), ..termination() }
    };
    let found = json!({"original_value_fen": 20_000_001, "threshold_fen": 20_000_000, "at_risk_fen": 7});
    check(RuleId::L46, void(20_000_001, true, None), &[escalates("struck_off_without_disposal", found)]);
    leaves_alone(RuleId::L46, void(20_000_000, true, None));
    leaves_alone(RuleId::L46, void(20_000_001, false, None));
    check(
        RuleId::L46,
        void(20_000_001, true, Some(id(2))),
        &[warns("struck_off_as_duplicate", json!({"twin_asset_id": id::<kind::Asset>(2)}))],
    );
    // By what it was said to have cost before.
    let mut lowered = void(1, true, None);
    lowered.restated = vec![restated("2026-06-01", |it| it.original_value = fen(1))];
    let found = json!({"original_value_fen": 120_000_000});
    check(RuleId::L46, lowered, &[escalates("struck_off_without_disposal", found)]);
}

#[test]
fn what_is_for_a_household_is_said_to_be_before_it_is_given_to_one() {
    let given = |it: RestatedFacts, to| {
        let mut deal = TransferFacts { consideration: Consideration::Nothing, restated: vec![it], ..sale() };
        (deal.lots[0].to, deal.lots[0].asset.class) = (to, AssetClass::Household);
        deal
    };
    let became = || restated("2026-06-01", |it| it.class = AssetClass::Household);
    let found = json!({"before_class": "operating", "after_class": "household", "ago_days": 14});
    check(RuleId::L49, given(became(), household()), &[escalates("reclassed_before_deal", found)]);
    leaves_alone(RuleId::L49, given(became(), township()));
    let under_way = RestatedFacts { on: None, ..became() };
    check(RuleId::L49, given(under_way, household()), &[escalates("reclassing_under_way", json!({}))]);
    let relabelled = |cost| AlterationFacts {
        relabelled: Some(Relabelled {
            asset: id(1),
            before: AssetClass::Operating,
            after: AssetClass::Household,
            public: true,
            cost,
        }),
        ..termination()
    };
    check(RuleId::L49, relabelled(Some(fen(20_000_001))), &[escalates("class_would_change", json!({}))]);
    check(RuleId::L49, relabelled(None), &[escalates("class_would_change", json!({}))]);
    check(RuleId::L49, relabelled(Some(fen(20_000_000))), &[warns("small_class_would_change", json!({}))]);
}

/// The greenhouse is land by now, and let to a person.
fn contracted(on: &str) -> TransferFacts {
    let mut deal = TransferFacts {
        restated: vec![restated(on, |it| it.category = "arable_land".to_owned())],
        ..lease()
    };
    for lot in &mut deal.lots {
        lot.to = person();
        lot.asset.category = "arable_land".to_owned();
    }
    deal
}

#[test]
fn what_became_land_is_contracted_out_as_what_it_was() {
    let of_lots = |cause: &dyn Fn(usize) -> Expected| [cause(0), cause(1)];
    let freed = |rules: Value| {
        of_lots(&move |lot| {
            escalates(
                "freed_before_deal",
                json!({"lot": lot, "former_rules": rules, "restated_on": "2026-06-01"}),
            )
        })
    };
    let for_nothing = |on: &str| TransferFacts { consideration: Consideration::Nothing, ..contracted(on) };
    check(RuleId::L49, for_nothing("2026-06-01"), &freed(json!(["L05"])));
    let untraded = |on: &str| TransferFacts { trade: None, ..contracted(on) };
    check(RuleId::L49, untraded("2026-06-01"), &freed(json!(["L17"])));
    // Offered in the open, for the least rent of a building.
    leaves_alone(RuleId::L49, contracted("2026-06-01"));
    leaves_alone(RuleId::L49, for_nothing("2024-06-14"));
    let mut of_firm = untraded("2026-06-01");
    of_firm.lots.iter_mut().for_each(|it| it.to = firm());
    leaves_alone(RuleId::L49, of_firm);
    // It served the public as well: both are said.
    let mut both = untraded("2026-06-01");
    both.lots.truncate(1);
    both.restated[0].before.class = AssetClass::PublicWelfare;
    let found = [
        warns("reclassed_before_lease", json!({})),
        escalates("freed_before_deal", json!({"former_rules": ["L17"]})),
    ];
    check(RuleId::L49, both, &found);
    // Of many that were, each is found, told apart or not.
    for many in [8, 9] {
        let mut deal = for_nothing("2026-06-01");
        let (one, was) = (deal.lots[0].clone(), deal.restated[0].clone());
        deal.lots = (1..=many)
            .map(|it| LotFacts { asset: AssetFacts { id: id(it), ..one.asset.clone() }, ..one.clone() })
            .collect();
        deal.restated = (1..=many).map(|it| RestatedFacts { asset: id(it), ..was.clone() }).collect();
        let found: Vec<_> = (0..many)
            .map(|lot| escalates("freed_before_deal", json!({"lot": lot, "former_rules": ["L05"]})))
            .collect();
        check(RuleId::L49, deal, &found);
    }
    // Land that was land before.
    let mut always = for_nothing("2026-06-01");
    always.restated[0].before.category = "orchard".to_owned();
    leaves_alone(RuleId::L49, always);
    // A slip of the pen in what cost little.
    let mut small = for_nothing("2026-06-01");
    small.restated[0].before.original_value = fen(20_000_000);
    small.restated[0].after.original_value = fen(20_000_000);
    let warned =
        of_lots(&|lot| warns("freed_before_small_deal", json!({"lot": lot, "threshold_fen": 20_000_000})));
    check(RuleId::L49, small, &warned);
    // Of long ago: the rent of land is no rent of what was built.
    let mut late = TransferFacts { consideration: at_once([1]), ..contracted("2026-06-01") };
    late.entered.of_its_day = true;
    check(RuleId::L49, late, &freed(json!(["L20"])));
}

/// Plots of land that were something else on record, contracted out to a person for nothing.
fn plots(restated: Vec<RestatedFacts>) -> TransferFacts {
    let mut deal = TransferFacts { consideration: Consideration::Nothing, ..contracted("2026-06-01") };
    let one = deal.lots[0].clone();
    let plot = |of: &RestatedFacts| AssetFacts { id: of.asset, ..one.asset.clone() };
    deal.lots = restated.iter().map(|it| LotFacts { asset: plot(it), ..one.clone() }).collect();
    deal.restated = restated;
    deal
}

/// What was said otherwise of a plot of land.
fn plot(number: u128, on: &str, change: impl FnOnce(&mut SaidOfAsset)) -> RestatedFacts {
    let mut it = restated(on, |it| it.category = "arable_land".to_owned());
    it.asset = id(number);
    change(&mut it.before);
    it
}

#[test]
fn of_more_than_eight_changes_the_deal_is_looked_at_as_before_them_all() {
    // An orchard was land before, and by itself frees of nothing.
    let orchard = || plot(20, "2026-06-01", |it| it.category = "orchard".to_owned());
    let built = |count| (1..=count).map(|it| plot(it, "2026-06-01", |_| ()));
    let found = |count: usize| -> Vec<_> {
        (0..count)
            .map(|lot| escalates("freed_before_deal", json!({"lot": lot, "former_rules": ["L05"]})))
            .collect()
    };
    check(RuleId::L49, plots(built(8).chain([orchard()]).collect()), &found(9));
    // Neither what was put right long ago nor what is no other kind of thing since makes them many.
    let long_ago = plot(21, "2024-06-14", |_| ());
    let dearer = plot(22, "2026-06-01", |it| {
        (it.category, it.original_value) = ("arable_land".to_owned(), fen(110_000_000));
    });
    check(RuleId::L49, plots(built(7).chain([orchard(), long_ago, dearer]).collect()), &found(7));
}

#[test]
fn what_became_a_household_s_is_let_for_nothing_as_what_it_was() {
    // The category stays, and the class alone frees the gift.
    let mut deal = TransferFacts {
        consideration: Consideration::Nothing,
        restated: vec![restated("2026-06-01", |it| it.class = AssetClass::Household)],
        ..lease()
    };
    deal.lots.truncate(1);
    (deal.lots[0].to, deal.lots[0].asset.class) = (household(), AssetClass::Household);
    let found = [
        warns("reclassed_before_lease", json!({})),
        escalates("freed_before_deal", json!({"former_rules": ["L05"]})),
    ];
    check(RuleId::L49, deal, &found);
}

#[test]
fn what_became_land_is_given_back_in_a_swap_as_what_it_was() {
    // A person lets the village something, and runs what was a greenhouse for it, which nobody was offered.
    let mut back = lot(1, east(), person(), "1");
    back.asset.category = "arable_land".to_owned();
    let swap = swapped(vec![lot(2, person(), east(), "1")], vec![back]);
    let deal = TransferFacts {
        right: RightKind::Management,
        restated: vec![restated("2026-06-01", |it| it.category = "arable_land".to_owned())],
        trade: None,
        ..for_term(swap, "2026-07-01", "2031-07-01")
    };
    let found = json!({"lot": 1, "former_rules": ["L17"]});
    check(RuleId::L49, deal, &[escalates("freed_before_deal", found)]);
}

/// Acts at which the numbers matter by which these are looked at.
pub(super) fn at_which_numbers_matter() -> Vec<Facts> {
    let house = party(40, PartyKind::Enterprise);
    let untraded = TransferFacts { trade: None, ..contracted("2026-06-01") };
    let auctioned = TransferFacts {
        auctioneer: Some(house),
        auction_shown: Some(true),
        ties: vec![
            in_office(officer(), OfficerPost::Head, east()),
            tie(officer(), RelationKind::Kin, cooperative()),
            tie(cooperative(), RelationKind::LegalRepresentative, house),
        ],
        ..untraded.clone()
    };
    let paid_late = Payment { due_on: day("2031-07-01"), amount: fen(36_000_000) };
    let mut late =
        TransferFacts { consideration: Consideration::Rent(vec![paid_late]), ..contracted("2026-06-01") };
    late.entered.of_its_day = true;
    let struck_off = |cost| StruckOff {
        asset: AssetFacts { original_value: fen(cost), ..greenhouse(1) },
        public: true,
        twin: None,
    };
    let road = restated("2026-06-01", |it| it.class = AssetClass::PublicWelfare);
    let aged = restated("2026-06-01", |it| it.serves_until = Some(day("2026-07-01")));
    vec![
        untraded.into(),
        auctioned.into(),
        contracted("2026-06-01").into(),
        late.into(),
        AlterationFacts { struck_off: Some(struck_off(50_000_000)), ..termination() }.into(),
        after(road, DisposalCause::LowYield).into(),
        after(aged, DisposalCause::EndOfLife).into(),
        funded(person(), 50_000_000).into(),
    ]
}

/// What public money built is registered to one owner.
fn funded(owner: PartyFacts, cost: i64) -> RegistrationFacts {
    let mut facts = registered(&[claim(RightKind::Ownership, owner, "1")]);
    facts.asset.original_value = fen(cost);
    facts.project = Some(MadeBy { year: 2021, public: true, acquired_on: day("2021-07-01") });
    facts
}

#[test]
fn what_public_money_built_for_much_is_no_private_party_s_without_the_county() {
    for owner in [person(), household(), cooperative()] {
        let found = json!({"owner_id": owner.id, "lot": 0, "original_value_fen": 20_000_001, "threshold_fen": 20_000_000});
        check(RuleId::L47, funded(owner, 20_000_001), &[escalates("funded_asset_of_private", found)]);
        leaves_alone(RuleId::L47, funded(owner, 20_000_000));
    }
    check(RuleId::L47, funded(firm(), 20_000_001), &[escalates("funded_asset_of_firm", json!({}))]);
    let whole = holding(east(), "1", firm());
    leaves_alone(RuleId::L47, RegistrationFacts { ties: vec![whole], ..funded(firm(), 20_000_001) });
    leaves_alone(RuleId::L47, funded(east(), 20_000_001));
    // The village's own, unless somebody else has a say in it.
    let own = vec![tie(cooperative(), RelationKind::ControlledBy, east())];
    let of = |ties| RegistrationFacts { ties, ..funded(cooperative(), 20_000_001) };
    leaves_alone(RuleId::L47, of(own.clone()));
    let shared = [own, vec![holding(person(), "1/10", cooperative())]].concat();
    check(RuleId::L47, of(shared), &[escalates("funded_asset_of_private", json!({}))]);
    let mut with_village = funded(household(), 20_000_001);
    with_village.claims =
        vec![claim(RightKind::Ownership, household(), "1/2"), claim(RightKind::Ownership, east(), "1/2")];
    leaves_alone(RuleId::L47, with_village);
    let mut private = funded(person(), 20_000_001);
    private.project.iter_mut().for_each(|it| it.public = false);
    leaves_alone(RuleId::L47, private);
    leaves_alone(RuleId::L47, RegistrationFacts { project: None, ..funded(person(), 20_000_001) });
}

#[test]
fn nothing_is_there_before_the_funds_that_made_it() {
    let since = |on: &str| {
        let mut facts = funded(east(), 1);
        facts.project.iter_mut().for_each(|it| it.acquired_on = day(on));
        facts
    };
    let found = json!({"acquired_on": "2020-12-31", "not_before_on": "2021-01-01"});
    check(RuleId::L49, since("2020-12-31"), &[warns("acquired_before_project", found)]);
    leaves_alone(RuleId::L49, since("2021-01-01"));
    leaves_alone(RuleId::L49, registration());
}
