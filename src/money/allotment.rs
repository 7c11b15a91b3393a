//! Dividing an amount of money exactly: no fen is lost, none is made, and nobody is favoured by the order of a list.
//!
//! Who claims what, and what is set aside first, is decided by the caller. Nothing here knows accounts or rights.

use std::{cmp::Ordering, collections::BTreeMap, iter};

use aws_lc_rs::digest;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

use crate::values::{Fen, Period, Share};

/// What somebody can claim of an amount, against the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<K> {
    /// Who claims.
    pub key: K,
    /// How much, in proportion to all the claims together; not negative.
    pub weight: BigRational,
    /// Decides between claims with the same remainder: the lesser first. See [`tie`].
    pub tie: [u8; 32],
}

/// Why an amount cannot be divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unallottable {
    /// There is money, and nobody to have it: no claim, or none above zero.
    #[error("nobody has a claim to the amount")]
    NoClaim,
    /// A claim to less than nothing.
    #[error("a claim is negative")]
    NegativeClaim,
    /// The lines do not sum to the amount. No claims do that: it would be a defect here, which must not reach the ledger.
    #[error("the lines of a division do not sum to its amount")]
    Unbalanced,
}

/// Divides an amount among claims by the largest remainder: each first has the whole fen of its quota, and the fen left
/// over go, one each, to the claims with the largest fractions.
///
/// The lines come in the order of the claims and sum to exactly the amount; each is less than one fen away from its exact
/// quota. Who has what does not depend on the order of the claims, as long as their ties differ.
///
/// The work grows with the number of claims, times the length of the weights' least common denominator.
///
/// # Errors
/// A negative weight; an amount above zero without a weight above zero.
pub fn allot<K: Clone>(amount: Fen, claims: &[Claim<K>]) -> Result<Vec<(K, Fen)>, Unallottable> {
    if claims.iter().any(|it| it.weight.is_negative()) {
        return Err(Unallottable::NegativeClaim);
    }
    if amount.is_zero() {
        return Ok(claims.iter().map(|it| (it.key.clone(), Fen::ZERO)).collect());
    }
    let rule = Proportion::of(amount, claims).ok_or(Unallottable::NoClaim)?;
    let mut quotas: Vec<Quota<'_, K>> = claims.iter().map(|it| rule.quota(it)).collect();
    let left_over = quotas.iter().fold(amount.get(), |left, it| left - it.fen);

    let mut by_remainder: Vec<&mut Quota<'_, K>> = quotas.iter_mut().collect();
    by_remainder.sort_by(|one, two| rule.precedence(one, two));
    for quota in by_remainder.into_iter().take(usize::try_from(left_over).unwrap_or_default()) {
        quota.fen += 1;
    }

    let lines = quotas.into_iter().map(|it| Some((it.claim.key.clone(), Fen::new(it.fen).ok()?)));
    let lines: Vec<(K, Fen)> = lines.collect::<Option<_>>().ok_or(Unallottable::Unbalanced)?;
    match Fen::sum(lines.iter().map(|(_, fen)| *fen)) {
        Some(sum) if sum == amount => Ok(lines),
        _ => Err(Unallottable::Unbalanced),
    }
}

/// The weight of each holder: its share times the days that it held it within a period, summed over all that it held.
///
/// Sorted by key, each key once; who held nothing within the period is left out. A period without an end has no number of
/// days: nobody has a weight in it.
pub fn day_weighted<K: Ord + Clone>(
    holdings: &[(K, Share, Period)],
    within: &Period,
) -> Vec<(K, BigRational)> {
    if within.to().is_none() {
        return Vec::new();
    }
    // Most holders hold shares of a few denominators. So the sums stay short until the denominators are brought together.
    let mut sums: BTreeMap<&K, BTreeMap<BigInt, BigInt>> = BTreeMap::new();
    for (key, share, held) in holdings {
        if let Some(days) = held.intersection(within).and_then(|it| it.days()) {
            let of_key = sums.entry(key).or_default();
            *of_key.entry(share.den().into()).or_default() += BigInt::from(share.num()) * days;
        }
    }
    let weight = |sums: &BTreeMap<BigInt, BigInt>| {
        let (sum, denominator) = summed(sums);
        BigRational::new(sum, denominator)
    };
    sums.into_iter().map(|(key, sums)| (key.clone(), weight(&sums))).collect()
}

/// The bytes that decide between equal remainders: SHA-256 of what is divided and of who claims.
///
/// As the seed is another for each division, it is another claimant's turn each time; and as anybody can compute it again,
/// nobody has to believe that it was chance.
pub fn tie(seed: &[u8], key: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [seed, key] {
        // The length goes first, so that a seed's end can never be read as a key's beginning.
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    let mut tie = [0; 32];
    for (to, from) in iter::zip(&mut tie, digest.as_ref()) {
        *to = *from;
    }
    tie
}

/// How much of an amount a weight is worth: the amount over the sum of all weights, on their common denominator.
struct Proportion {
    amount: BigInt,
    denominator: BigInt,
    sum: BigInt,
}

/// What is due to a claim.
struct Quota<'a, K> {
    claim: &'a Claim<K>,
    /// The whole fen.
    fen: i64,
    /// The first 64 binary places of the fraction of a fen beyond them.
    fraction: u128,
}

impl Proportion {
    /// None where all weights are zero.
    fn of<K>(amount: Fen, claims: &[Claim<K>]) -> Option<Self> {
        let mut sums: BTreeMap<BigInt, BigInt> = BTreeMap::new();
        for claim in claims {
            match sums.get_mut(claim.weight.denom()) {
                Some(sum) => *sum += claim.weight.numer(),
                None => {
                    sums.insert(claim.weight.denom().clone(), claim.weight.numer().clone());
                }
            }
        }
        let (sum, denominator) = summed(&sums);
        sum.is_positive().then(|| Self { amount: amount.get().into(), denominator, sum })
    }

    /// The quota of a weight in fen, times the sum: that way it is a whole number.
    fn due(&self, weight: &BigRational) -> BigInt {
        &self.amount * weight.numer() * (&self.denominator / weight.denom())
    }

    /// The exact fractions would be as long as the common denominator; tens of thousands of them do not fit in memory.
    /// So only their beginnings are kept, and [`Self::precedence`] asks for the rest where these are equal.
    fn quota<'a, K>(&self, claim: &'a Claim<K>) -> Quota<'a, K> {
        let scaled: BigInt = (self.due(&claim.weight) << 64_u32) / &self.sum;
        // At most the amount: 53 bits before the point and 64 behind it.
        let scaled = scaled.to_u128().unwrap_or_default();
        Quota {
            claim,
            fen: i64::try_from(scaled >> 64).unwrap_or_default(),
            fraction: scaled & u128::from(u64::MAX),
        }
    }

    /// Which of two claims is the first to have a fen that is left over.
    fn precedence<K>(&self, one: &Quota<'_, K>, two: &Quota<'_, K>) -> Ordering {
        let exact = |it: &Quota<'_, K>| self.due(&it.claim.weight) % &self.sum;
        two.fraction
            .cmp(&one.fraction)
            .then_with(|| {
                if one.claim.weight == two.claim.weight {
                    Ordering::Equal
                } else {
                    exact(two).cmp(&exact(one))
                }
            })
            .then_with(|| one.claim.tie.cmp(&two.claim.tie))
    }
}

/// The sum of fractions, given as numerators by denominator: its numerator and the least common denominator.
///
/// Adding the fractions one after the other would look for the greatest common divisor of ever longer numbers each time.
fn summed(fractions: &BTreeMap<BigInt, BigInt>) -> (BigInt, BigInt) {
    let mut common = BigInt::one();
    for denominator in fractions.keys() {
        // The remainder is as short as the new denominator, and has the same divisors in common with it.
        let divisor = (&common % denominator).gcd(denominator);
        common *= denominator / divisor;
    }
    let sum = fractions
        .iter()
        .fold(BigInt::zero(), |sum, (denominator, numerator)| sum + numerator * (&common / denominator));
    (sum, common)
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    fn ratio(num: i64, den: i64) -> BigRational {
        BigRational::new(num.into(), den.into())
    }

    fn claims(weights: &[BigRational]) -> Vec<Claim<usize>> {
        let claim = |(key, weight): (usize, &BigRational)| {
            let tie = tie(b"division", &key.to_be_bytes());
            Claim { key, weight: weight.clone(), tie }
        };
        weights.iter().enumerate().map(claim).collect()
    }

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    #[track_caller]
    fn check(amount: i64, weights: &[(i64, i64)], wanted: Result<&[i64], Unallottable>) {
        let weights: Vec<_> = weights.iter().map(|(num, den)| ratio(*num, *den)).collect();
        let lines = allot(fen(amount), &claims(&weights));
        let lines = lines.map(|it| it.iter().map(|(_, fen)| fen.get()).collect::<Vec<_>>());
        assert_eq!(lines, wanted.map(<[i64]>::to_vec), "{amount} by {weights:?}");
    }

    #[test]
    fn an_amount_is_divided_by_the_largest_remainder() {
        check(100, &[(1, 2), (1, 3), (1, 6)], Ok(&[50, 33, 17]));
        check(7_200_000, &[(56, 1), (44, 1)], Ok(&[4_032_000, 3_168_000]));
        check(10, &[(1, 1), (0, 1)], Ok(&[10, 0]));
        check(1, &[(2, 5), (1, 5), (2, 7)], Ok(&[1, 0, 0]));
        check(
            Fen::MAX,
            &[(1, i64::MAX), (1, i64::MAX - 1)],
            Ok(&[4_503_599_627_370_495, 4_503_599_627_370_496]),
        );
        check(0, &[(1, 2), (0, 1)], Ok(&[0, 0]));
        check(0, &[], Ok(&[]));
        check(0, &[(0, 1)], Ok(&[0]));
    }

    #[test]
    fn without_a_claim_there_is_no_division() {
        check(1, &[], Err(Unallottable::NoClaim));
        check(1, &[(0, 1), (0, 1)], Err(Unallottable::NoClaim));
        check(1, &[(2, 1), (-1, 1)], Err(Unallottable::NegativeClaim));
        check(0, &[(-1, 1)], Err(Unallottable::NegativeClaim));
    }

    #[test]
    fn remainders_that_differ_beyond_the_first_64_places_are_told_apart() {
        // Three quotas of about a third of a fen: the greatest has the fen, whatever its tie.
        let step = BigRational::new(1.into(), BigInt::one() << 200_u32);
        for ties in [[1, 2], [2, 1]] {
            let [one, two] = ties.map(|it| [it; 32]);
            let weights = [ratio(1, 3) + &step, ratio(1, 3), ratio(1, 3) - &step];
            let claims: Vec<_> = iter::zip(weights, [one, two, two])
                .enumerate()
                .map(|(key, (weight, tie))| Claim { key, weight, tie })
                .collect();
            assert_eq!(allot(fen(1), &claims).unwrap(), [(0, fen(1)), (1, fen(0)), (2, fen(0))]);
        }
    }

    #[test]
    fn equal_claims_take_turns_from_one_division_to_the_next() {
        let winners = (0..100_u64).map(|year| {
            let claims = ["一村", "二村"].map(|key| {
                let tie = tie(&year.to_be_bytes(), key.as_bytes());
                Claim { key, weight: BigRational::one(), tie }
            });
            let lines = allot(fen(1), &claims).unwrap();
            lines.into_iter().filter(|(_, fen)| !fen.is_zero()).map(|(key, _)| key).collect::<String>()
        });
        let of_the_first = winners.filter(|it| it == "一村").count();
        assert!((30..70).contains(&of_the_first), "{of_the_first} of 100");
    }

    #[test]
    fn a_tie_tells_the_seed_from_the_key() {
        assert_eq!(tie(b"seed", b"key"), tie(b"seed", b"key"));
        assert_ne!(tie(b"see", b"dkey"), tie(b"seed", b"key"));
        assert_ne!(tie(b"", b""), tie(b"", b"\0"));
    }

    #[test]
    fn a_county_of_claims_is_divided_at_once() {
        let weights: Vec<_> = (0..50_000).map(|it| ratio(it % 7 + 1, it % 400 + 1)).collect();
        let lines = allot(fen(123_456_789), &claims(&weights)).unwrap();
        assert_eq!(lines.len(), 50_000);
        assert_eq!(Fen::sum(lines.into_iter().map(|(_, it)| it)), Some(fen(123_456_789)));
    }

    fn day(after: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(after)
    }

    fn period(from: u64, to: Option<u64>) -> Period {
        Period::new(day(from), to.map(day)).unwrap()
    }

    #[test]
    fn a_holder_weighs_what_it_held_and_how_long() {
        let half = Share::new(1, 2).unwrap();
        let third = Share::new(1, 3).unwrap();
        let holdings = [
            ("合作社", half, period(100, None)),
            ("村集体", Share::WHOLE, period(0, Some(100))),
            ("村集体", half, period(100, Some(200))),
            ("村集体", third, period(200, None)),
            ("企业", half, period(365, None)),
        ];

        let weights = day_weighted(&holdings, &period(0, Some(365)));

        assert_eq!(weights, [("合作社", ratio(265, 2)), ("村集体", ratio(100 + 50 + 55, 1))]);
        assert_eq!(day_weighted(&holdings, &period(0, None)), []);
    }

    fn weights() -> impl Strategy<Value = Vec<BigRational>> {
        prop::collection::vec((0..1000_i64, 1..1000_i64).prop_map(|(num, den)| ratio(num, den)), 1..40)
            .prop_filter("somebody must have a claim", |it| it.iter().any(|it| !it.is_zero()))
    }

    proptest! {
        #[test]
        fn no_fen_is_lost_and_every_line_is_within_a_fen_of_its_quota(
            amount in prop_oneof![0..1000_i64, 0..=Fen::MAX], weights in weights(),
        ) {
            let lines = allot(fen(amount), &claims(&weights)).unwrap();
            prop_assert_eq!(Fen::sum(lines.iter().map(|(_, it)| *it)), Some(fen(amount)));
            let whole: BigRational = weights.iter().sum();
            for ((_, line), weight) in iter::zip(lines, &weights) {
                let quota = weight * BigInt::from(amount) / &whole;
                prop_assert!((ratio(line.get(), 1) - quota).abs() < BigRational::one());
            }
        }

        #[test]
        fn who_has_what_does_not_depend_on_the_order(
            amount in 0..1000_i64,
            (sorted, shuffled) in weights().prop_map(|it| claims(&it))
                .prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        ) {
            let mut lines = allot(fen(amount), &shuffled).unwrap();
            lines.sort_unstable();
            prop_assert_eq!(lines, allot(fen(amount), &sorted).unwrap());
        }

        #[test]
        fn a_greater_claim_never_has_less(amount in 0..1000_i64, weights in weights()) {
            let mut lines: Vec<_> = iter::zip(&weights, allot(fen(amount), &claims(&weights)).unwrap()).collect();
            lines.sort_unstable_by_key(|(weight, (_, fen))| (*weight, *fen));
            prop_assert!(lines.windows(2).all(|it| it[0].0 == it[1].0 || it[0].1.1 <= it[1].1.1));
        }

        #[test]
        fn whose_claim_grows_never_has_less_than_before(
            amount in 0..1000_i64, weights in weights(), at in any::<prop::sample::Index>(), more in 1..1000_i64,
        ) {
            let at = at.index(weights.len());
            let before = allot(fen(amount), &claims(&weights)).unwrap();
            let mut weights = weights;
            weights[at] += ratio(more, 7);
            let after = allot(fen(amount), &claims(&weights)).unwrap();
            prop_assert!(before[at].1 <= after[at].1);
        }

        #[test]
        fn the_weights_of_a_right_that_is_always_held_sum_to_its_days(
            cuts in prop::collection::btree_set(1..364_u64, 0..8), holders in prop::collection::vec(0..3_u8, 9),
        ) {
            let starts = iter::once(0).chain(cuts.iter().copied());
            let ends = cuts.iter().copied().map(Some).chain([None]);
            let holdings: Vec<_> = iter::zip(iter::zip(starts, ends), holders)
                .map(|((from, to), holder)| (holder, Share::WHOLE, period(from, to)))
                .collect();
            let weights = day_weighted(&holdings, &period(0, Some(365)));
            prop_assert_eq!(weights.iter().map(|(_, it)| it).sum::<BigRational>(), ratio(365, 1));
            prop_assert!(weights.is_sorted_by(|one, two| one.0 < two.0));
        }
    }
}
