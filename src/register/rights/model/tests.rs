//! The rights in an asset after acts by hand, and after any acts at all.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::Zero as _;
use proptest::prelude::*;

use super::*;
use crate::{
    register::rights::endings::{Ending, carried, ended, ended_grant, same_from},
    values::share::sum,
};

fn party(number: u8) -> Id<kind::Party> {
    Id::from(uuid::Uuid::from_u128(number.into()))
}

fn act(number: u8) -> Id<kind::Instrument> {
    Id::from(uuid::Uuid::from_u128(number.into()))
}

fn day(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 1, 1).unwrap() + chrono::TimeDelta::days(number)
}

fn share(num: i64, den: i64) -> Share {
    Share::new(num, den).unwrap()
}

#[expect(clippy::as_conversions, reason = "a test counts a few rows")]
fn owned(holders: &[(u8, Share)]) -> Vec<Right> {
    holders
        .iter()
        .enumerate()
        .map(|(index, (holder, share))| Right {
            id: Id::from(uuid::Uuid::from_u128(1000 + index as u128)),
            kind: RightKind::Ownership,
            holder_id: party(*holder),
            grantor_id: None,
            through: vec![],
            share: *share,
            period: Period::since(day(0)),
            begun_by: act(0),
            ended_by: None,
        })
        .collect()
}

fn perform(rights: &[Right], it: &Move) -> Result<Vec<Right>, RightsError> {
    Ok(recorded(rights, &moved(rights, it)?))
}

fn recorded(rights: &[Right], change: &Change) -> Vec<Right> {
    let mut last = rights.iter().map(|it| it.id.uuid().as_u128()).max().unwrap_or(5000);
    after(rights, change, act(1), || {
        last += 1;
        Id::from(uuid::Uuid::from_u128(last))
    })
}

fn end(rights: &[Right], holder: u8, share: Option<Share>, on: i64) -> Result<Vec<Right>, RightsError> {
    let ending =
        Ending { kind: RightKind::Management, holder_id: party(holder), share, on: day(on), only: None };
    Ok(recorded(rights, &ended_grant(rights, &ending, Some)?.0))
}

fn lease(from: u8, to: u8, share: Share, period: (i64, i64)) -> Move {
    let period = Period::new(day(period.0), Some(day(period.1))).unwrap();
    Move { kind: RightKind::Management, from_id: party(from), to_id: party(to), share, period }
}

fn sale(from: u8, to: u8, share: Share, on: i64) -> Move {
    let period = Period::since(day(on));
    Move { kind: RightKind::Ownership, from_id: party(from), to_id: party(to), share, period }
}

#[track_caller]
fn check(rights: &[Right], kind: RightKind, on: i64, wanted: &[(u8, Share)]) {
    lawful(rights, &owned_days(rights)).unwrap();
    let mut held: BTreeMap<Id<kind::Party>, BigRational> = BTreeMap::new();
    for it in holders(rights, kind, day(on)).unwrap() {
        *held.entry(it.holder_id).or_insert_with(BigRational::zero) += it.share.to_ratio();
    }
    let wanted: BTreeMap<_, _> = wanted.iter().map(|(id, share)| (party(*id), share.to_ratio())).collect();
    assert_eq!(held, wanted, "{kind} on day {on}");
}

#[test]
fn what_is_leased_comes_back_to_the_owner_who_leased_it() {
    let rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
    let rights = perform(&rights, &lease(1, 9, share(2, 3), (100, 200))).unwrap();
    check(&rights, RightKind::Management, 99, &[(1, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Management, 100, &[(9, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Management, 200, &[(1, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Ownership, 150, &[(1, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Income, 150, &[(1, share(2, 3)), (2, share(1, 3))]);
}

#[test]
fn a_sublease_carves_the_lease_and_ends_before_it() {
    let rights = owned(&[(1, Share::WHOLE)]);
    let rights = perform(&rights, &lease(1, 9, Share::WHOLE, (0, 300))).unwrap();
    let rights = perform(&rights, &lease(9, 8, share(1, 4), (100, 200))).unwrap();
    check(&rights, RightKind::Management, 50, &[(9, Share::WHOLE)]);
    check(&rights, RightKind::Management, 150, &[(9, share(3, 4)), (8, share(1, 4))]);
    check(&rights, RightKind::Management, 250, &[(9, Share::WHOLE)]);
    check(&rights, RightKind::Management, 300, &[(1, Share::WHOLE)]);
}

#[test]
fn a_lease_that_is_given_back_rests_with_the_owner_again() {
    let rights = owned(&[(1, Share::WHOLE)]);
    let rights = perform(&rights, &lease(1, 9, Share::WHOLE, (0, 300))).unwrap();
    let back = perform(&rights, &lease(9, 1, Share::WHOLE, (100, 300))).unwrap();
    check(&back, RightKind::Management, 99, &[(9, Share::WHOLE)]);
    check(&back, RightKind::Management, 100, &[(1, Share::WHOLE)]);
    assert_eq!(back.iter().filter(|it| it.kind == RightKind::Management).count(), 1);
    assert_eq!(back.iter().find(|it| it.kind == RightKind::Management).unwrap().ended_by, Some(act(1)));
}

#[test]
fn a_sale_does_not_break_a_lease() {
    let rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
    let rights = perform(&rights, &lease(1, 9, share(2, 3), (0, 300))).unwrap();
    let rights = perform(&rights, &sale(1, 2, share(2, 3), 100)).unwrap();
    check(&rights, RightKind::Ownership, 99, &[(1, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Ownership, 100, &[(2, Share::WHOLE)]);
    check(&rights, RightKind::Management, 150, &[(9, share(2, 3)), (2, share(1, 3))]);
    check(&rights, RightKind::Management, 300, &[(2, Share::WHOLE)]);
}

#[test]
fn nobody_gives_what_they_do_not_hold_on_every_day() {
    let rights = owned(&[(1, Share::WHOLE)]);
    let rights = perform(&rights, &lease(1, 9, share(1, 2), (100, 200))).unwrap();
    let refused = perform(&rights, &lease(1, 8, Share::WHOLE, (50, 150))).unwrap_err();
    assert!(matches!(refused, RightsError::Insufficient { on, .. } if on == day(100)));
    assert!(perform(&rights, &sale(2, 1, share(1, 9), 0)).is_err());
    assert_eq!(
        least_held(&rights, RightKind::Management, party(1), &Period::since(day(0))).to_string(),
        "1/2"
    );
}

#[test]
fn what_was_recorded_wrongly_is_restated_and_what_was_built_on_it_moves_along() {
    let rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
    let rights = perform(&rights, &sale(1, 3, share(1, 3), 100)).unwrap();
    let half = share(1, 2);
    let wanted = [(party(1), half), (party(2), half)];

    let moves = restated(&rights, RightKind::Ownership, &wanted, &Period::since(day(0))).unwrap();

    assert_eq!(moves, [sale(1, 2, share(1, 6), 0)]);
    let after = perform(&rights, &moves[0]).unwrap();
    check(&after, RightKind::Ownership, 0, &[(1, half), (2, half)]);
    check(&after, RightKind::Ownership, 100, &[(1, share(1, 6)), (2, half), (3, share(1, 3))]);
    assert_eq!(restated(&after, RightKind::Ownership, &wanted, &Period::since(day(0))).unwrap(), []);
}

#[test]
fn what_ends_early_goes_back_to_whoever_granted_it() {
    let rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
    let rights = perform(&rights, &lease(1, 9, share(2, 3), (0, 300))).unwrap();
    let rights = perform(&rights, &lease(2, 9, share(1, 3), (0, 200))).unwrap();
    let ended = end(&rights, 9, None, 100).unwrap();
    check(&ended, RightKind::Management, 99, &[(9, Share::WHOLE)]);
    check(&ended, RightKind::Management, 100, &[(1, share(2, 3)), (2, share(1, 3))]);
    assert!(end(&ended, 9, None, 100).is_err());
    assert!(matches!(end(&rights, 1, None, 100), Err(RightsError::NoGrant { .. })));

    let half = end(&rights, 9, Some(share(1, 2)), 100).unwrap();
    check(&half, RightKind::Management, 150, &[(1, share(1, 3)), (2, share(1, 6)), (9, share(1, 2))]);
    check(&half, RightKind::Management, 250, &[(1, share(1, 3)), (2, share(1, 3)), (9, share(1, 3))]);
    let refused = end(&half, 9, Some(share(2, 3)), 100).unwrap_err();
    assert!(matches!(refused, RightsError::Insufficient { held, .. } if held.to_string() == "1/2"));
}

#[test]
fn no_right_outlives_the_one_that_it_was_granted_from() {
    let rights = owned(&[(1, Share::WHOLE)]);
    let rights = perform(&rights, &lease(1, 9, Share::WHOLE, (0, 300))).unwrap();
    // The lessee sublets everything, so that no row of its own is left, and so does the one who has it then.
    let rights = perform(&rights, &lease(9, 8, Share::WHOLE, (50, 300))).unwrap();
    let rights = perform(&rights, &lease(8, 7, share(1, 4), (60, 300))).unwrap();

    let middle = end(&rights, 8, None, 100).unwrap();
    check(&middle, RightKind::Management, 99, &[(8, share(3, 4)), (7, share(1, 4))]);
    check(&middle, RightKind::Management, 100, &[(9, Share::WHOLE)]);
    check(&middle, RightKind::Management, 300, &[(1, Share::WHOLE)]);

    let all = end(&rights, 9, None, 100).unwrap();
    check(&all, RightKind::Management, 100, &[(1, Share::WHOLE)]);

    let half = end(&rights, 9, Some(share(1, 2)), 100).unwrap();
    check(&half, RightKind::Management, 150, &[(1, share(1, 2)), (8, share(3, 8)), (7, share(1, 8))]);
}

#[test]
fn who_gives_a_sublease_back_stands_between_nobody_any_more() {
    let rights = owned(&[(1, Share::WHOLE)]);
    let rights = perform(&rights, &lease(1, 9, Share::WHOLE, (0, 300))).unwrap();
    let rights = perform(&rights, &lease(9, 8, share(1, 2), (50, 300))).unwrap();
    let rights = perform(&rights, &lease(8, 9, share(1, 2), (80, 300))).unwrap();
    assert!(matches!(end(&rights, 8, None, 100), Err(RightsError::NoGrant { .. })));
    check(&end(&rights, 9, None, 100).unwrap(), RightKind::Management, 100, &[(1, Share::WHOLE)]);
}

#[test]
fn an_asset_that_ended_has_no_rights_until_it_is_found_again() {
    let rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
    let rights = perform(&rights, &lease(1, 9, share(2, 3), (0, 300))).unwrap();
    let rights = perform(&rights, &sale(2, 1, share(1, 3), 250)).unwrap();
    let change = ended(&rights, day(100)).unwrap();
    let gone = recorded(&rights, &change);
    assert_eq!(lawful(&gone, &owned_days_after(&rights, &change)), Ok(()));
    check(&gone, RightKind::Management, 99, &[(9, share(2, 3)), (2, share(1, 3))]);
    for kind in RightKind::ALL {
        check(&gone, *kind, 100, &[]);
        check(&gone, *kind, 260, &[]);
    }
    assert!(perform(&gone, &sale(1, 2, share(1, 3), 150)).is_err());

    let change = carried(&rights, day(200));
    let found = recorded(&gone, &change);
    assert_eq!(lawful(&found, &owned_days_after(&gone, &change)), Ok(()));
    check(&found, RightKind::Ownership, 150, &[]);
    check(&found, RightKind::Management, 200, &[(9, share(2, 3)), (2, share(1, 3))]);
    check(&found, RightKind::Ownership, 260, &[(1, Share::WHOLE)]);
    check(&found, RightKind::Management, 300, &[(1, Share::WHOLE)]);
    assert!(matches!(lawful(&found, &owned_days(&gone)), Err(RightsError::Unowned { .. })));
    assert!(matches!(lawful(&gone, &owned_days(&rights)), Err(RightsError::NotWhole { .. })));
}

#[test]
fn a_thousand_sales_of_a_part_stay_exact_or_are_refused() {
    let mut rights = owned(&[(1, Share::WHOLE)]);
    let mut refused = 0;
    for (from, divisor) in (1..=5).cycle().zip([3, 7, 11].into_iter().cycle()).take(1000) {
        let held = held(&rights, RightKind::Ownership, party(from), day(0)).to_ratio().clone();
        let part = Share::from_ratio(&(held / num_bigint::BigInt::from(divisor)));
        let sold = part.map_err(RightsError::from).and_then(|part| {
            let after = perform(&rights, &sale(from, from % 5 + 1, part, 0))?;
            lawful(&after, &owned_days(&after)).map(|()| after)
        });
        match sold {
            Ok(after) => rights = after,
            Err(error) => {
                assert_eq!(error, RightsError::TooFine);
                refused += 1;
            }
        }
        assert!(sum(rights.iter().map(|it| it.share)).is_whole());
    }
    assert!((900..1000).contains(&refused), "{refused}");
}

#[derive(Debug, Clone)]
struct Wish {
    kind: RightKind,
    from: u8,
    to: u8,
    share: Share,
    on: i64,
    term: Option<i64>,
    ends: Option<Ends>,
}

/// What a wish asks for in place of a move.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Grant { partly: bool },
    Division,
    Asset { found_after: i64 },
}

fn wish() -> impl Strategy<Value = Wish> {
    let kinds = prop::sample::select(vec![RightKind::Ownership, RightKind::Management, RightKind::Income]);
    let ends = prop_oneof![
        6 => Just(None),
        2 => any::<bool>().prop_map(|partly| Some(Ends::Grant { partly })),
        1 => Just(Some(Ends::Division)),
        1 => (0..100_i64).prop_map(|found_after| Some(Ends::Asset { found_after })),
    ];
    let term = prop::option::of(1..300_i64);
    (kinds, 1..5_u8, 1..5_u8, 1..4_i64, 1..6_i64, 0..400_i64, term, ends).prop_map(
        |(kind, from, to, a, b, on, term, ends)| Wish {
            kind,
            from,
            to,
            share: share(a.min(b), a.max(b)),
            on,
            term: term.filter(|_| kind != RightKind::Ownership),
            ends,
        },
    )
}

/// What comes of a wish: the rights, and the days on which the asset is owned; none where it cannot be.
fn fulfilled(rights: &[Right], it: &Wish) -> Option<(Vec<Right>, Vec<Period>)> {
    let on = day(it.on);
    match it.ends {
        None => {
            let period = Period::new(on, it.term.map(|term| day(it.on + term))).unwrap();
            let (from_id, to_id) = (party(it.from), party(it.to));
            let act = Move { kind: it.kind, from_id, to_id, share: it.share, period };
            let change = moved(rights, &act).ok().filter(|_| it.from != it.to)?;
            Some((recorded(rights, &change), owned_days_after(rights, &change)))
        }
        Some(Ends::Grant { partly }) => {
            let share = partly.then_some(it.share);
            let ending = Ending { kind: it.kind, holder_id: party(it.from), share, on, only: None };
            let (change, _) = ended_grant(rights, &ending, Some).ok()?;
            let after = recorded(rights, &change);
            let outlives = |it: &Right| {
                it.kind == ending.kind
                    && hands(it).contains(&ending.holder_id)
                    && it.period.overlaps(&Period::since(on))
            };
            assert!(partly || !after.iter().any(outlives), "{after:#?}");
            Some((after, owned_days_after(rights, &change)))
        }
        Some(_) if !owned_days(rights).iter().any(|it| it.contains(on)) => None,
        Some(Ends::Division) => {
            // Divided, and its parts merged again: the rights are as before, from that day on.
            let part = recorded(&[], &carried(rights, on));
            let merged = recorded(&[], &carried(&part, on));
            assert!(same_from(rights, &part, on) && same_from(rights, &merged, on));
            let left = ended(rights, on).unwrap();
            lawful(&recorded(rights, &left), &owned_days_after(rights, &left)).unwrap();
            Some((merged, owned_days_after(&[], &carried(&part, on))))
        }
        Some(Ends::Asset { found_after }) => {
            let end = ended(rights, on).unwrap();
            let gone = recorded(rights, &end);
            lawful(&gone, &owned_days_after(rights, &end)).unwrap();
            let found_on = day(it.on + found_after);
            owned_days(rights).iter().find(|it| it.contains(found_on))?;
            let back = carried(rights, found_on);
            let found = recorded(&gone, &back);
            assert!(same_from(rights, &found, found_on));
            Some((found, owned_days_after(&gone, &back)))
        }
    }
}

proptest! {
    #[test]
    fn a_restatement_makes_the_holders_what_they_should_have_been(
        before in prop::collection::vec(1..20_i64, 1..5), after in prop::collection::vec(0..20_i64, 1..6),
    ) {
        let parts = |weights: &[i64]| -> Vec<(u8, Share)> {
            let whole: i64 = weights.iter().sum();
            let held = (1..).zip(weights).filter(|(_, it)| **it > 0);
            held.map(|(number, it)| (number, share(*it, whole))).collect()
        };
        prop_assume!(after.iter().sum::<i64>() > 0);
        let mut rights = owned(&parts(&before));
        let wanted: Vec<_> = parts(&after).into_iter().map(|(number, it)| (party(number), it)).collect();

        for it in restated(&rights, RightKind::Ownership, &wanted, &Period::since(day(7))).unwrap() {
            rights = perform(&rights, &it).unwrap();
        }

        check(&rights, RightKind::Ownership, 7, &parts(&after));
        check(&rights, RightKind::Ownership, 6, &parts(&before));
    }

    #[test]
    fn every_right_sums_to_one_on_every_day_after_any_acts(wishes in prop::collection::vec(wish(), 1..25)) {
        let mut rights = owned(&[(1, share(2, 3)), (2, share(1, 3))]);
        for it in &wishes {
            let before = rights.clone();
            let Some((after, days)) = fulfilled(&rights, it) else { continue };
            if lawful(&after, &days).is_err() {
                // Only shares that can no longer be told exactly are refused at this point.
                prop_assert_eq!(lawful(&after, &days), Err(RightsError::TooFine));
                continue;
            }
            rights = after;
            for probe in [0, it.on, it.on + 1, it.on + it.term.unwrap_or(500), 900] {
                let is_owned = days.iter().any(|it| it.contains(day(probe)));
                for kind in RightKind::ALL {
                    let sum = sum(holders(&rights, *kind, day(probe)).unwrap().iter().map(|it| it.share));
                    prop_assert!(if is_owned { sum.is_whole() } else { sum.is_zero() }, "{} on {}: {}", kind, probe, sum);
                }
                if probe < it.on && !matches!(it.ends, Some(Ends::Division)) {
                    prop_assert_eq!(
                        held(&rights, it.kind, party(it.from), day(probe)),
                        held(&before, it.kind, party(it.from), day(probe))
                    );
                }
            }
        }
    }
}
