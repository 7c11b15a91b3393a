//! What people wish for, at random: mostly what can be, so that much comes of it, and now and then what cannot.

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::model::{Act, DAYS, Day, Family, Fraction, Kind, Move, Party, fraction};

/// Who is there, and what their wishes go through.
#[derive(Debug, Clone, Copy)]
pub struct Means {
    /// How many parties there are.
    pub parties: usize,
    /// How many of them, the first ones, may own.
    pub owners: usize,
    /// The last day on which an asset can be changed: some acts must not lie in the future.
    pub today: Day,
    /// Whether a right can be granted for good, and granted when the asset is first registered.
    pub unusual_grants: bool,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Register,
    Move,
    End,
    Correct,
    Divide,
    Merge,
    Dispose,
    Restore,
    Impose,
    Release,
}

/// Something that somebody wishes for; what it is about follows from how things are.
#[derive(Debug, Clone)]
pub struct Wish {
    what: What,
    kind: Kind,
    /// Picks among the assets, the holders and the parties.
    picks: [usize; 4],
    weights: Vec<i64>,
    on: Day,
    term: Option<Day>,
    part: (i64, i64),
    /// Whether it goes by what is there.
    sensible: bool,
}

fn wish() -> impl Strategy<Value = Wish> {
    let what = prop_oneof![
        1 => Just(What::Register),
        9 => Just(What::Move),
        4 => Just(What::End),
        3 => Just(What::Correct),
        2 => Just(What::Divide),
        2 => Just(What::Merge),
        1 => Just(What::Dispose),
        2 => Just(What::Restore),
        1 => Just(What::Impose),
        1 => Just(What::Release),
    ];
    let kind = prop_oneof![
        2 => Just(Kind::Ownership),
        3 => Just(Kind::Management),
        2 => Just(Kind::Income),
    ];
    let part = (1..4_i64, 1..5_i64).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let rest = (prop::option::weighted(0.8, 1..DAYS), part, prop::bool::weighted(0.85));
    let weights = prop::collection::vec(1..5_i64, 1..4);
    (what, kind, any::<[u16; 4]>(), weights, 0..DAYS - 1, rest).prop_map(
        |(what, kind, picks, weights, on, (term, part, sensible))| Wish {
            what,
            kind,
            picks: picks.map(usize::from),
            weights,
            on,
            term,
            part,
            sensible,
        },
    )
}

/// A source of wishes that begins the same for the same seed.
pub struct Wishes {
    runner: TestRunner,
    strategy: BoxedStrategy<Wish>,
}

impl Wishes {
    pub fn of(seed: u128) -> Self {
        let bytes = [seed.to_le_bytes(), (!seed).to_le_bytes()].concat();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let runner = TestRunner::new_with_rng(Config::default(), rng);
        Self { runner, strategy: wish().boxed() }
    }

    /// What somebody does next to the assets of a family: first of all, register the first one.
    pub fn next(&mut self, family: &Family, means: &Means) -> Option<Act> {
        let tries = 8;
        (0..tries).find_map(|_| {
            let mut wish = self.strategy.new_tree(&mut self.runner).unwrap().current();
            if !family.assets[0].is_registered {
                wish.what = What::Register;
            }
            wish.act(family, means)
        })
    }
}

impl Wish {
    /// What is to be done; none where there is nothing of the kind to be done.
    fn act(&self, family: &Family, means: &Means) -> Option<Act> {
        let fits = |it: &usize| match self.what {
            What::Restore if self.sensible => family.assets[*it].is_disposed(),
            What::Restore => family.assets[*it].is_disposed() || !family.assets[*it].is_closed,
            _ => !family.assets[*it].is_closed,
        };
        let assets: Vec<usize> = (0..family.assets.len()).filter(fits).collect();
        let asset = *assets.get(self.picks[0] % assets.len().max(1))?;
        let (kind, on) = (self.kind, self.on);
        let until = self.term.map(|it| on + it).filter(|it| *it < DAYS);
        let is_owned = family.assets[asset].on(on).is_owned();
        match self.what {
            What::Register if !self.sensible || !family.assets[asset].is_registered => {
                let (on, sensible) = (if self.sensible { on % 4 } else { on }, self.sensible);
                let ownership = self.shares(self.picks[1], means.owners, sensible);
                let granted = |pick: usize| match pick % 8 {
                    0 if means.unusual_grants => {
                        vec![(pick % means.parties, fraction(self.part.0, self.part.1))]
                    }
                    _ => vec![],
                };
                let given = [ownership, granted(self.picks[2]), granted(self.picks[3])];
                Some(Act::Register { asset, on, given })
            }
            What::Move => {
                let from = self.holder(family, asset, means);
                let receivers = if kind == Kind::Ownership { means.owners } else { means.parties };
                let to = Some(self.picks[2] % receivers).filter(|it| *it != from)?;
                let until = if kind == Kind::Ownership { None } else { until };
                if kind != Kind::Ownership && until.is_none() && !means.unusual_grants {
                    return None;
                }
                let days = (on..until.unwrap_or(DAYS)).map(|it| family.assets[asset].on(it));
                let share = self.part_of(days.map(|it| it.held(kind, from)).min()?)?;
                Some(Act::Move { asset, it: Move { kind, from, to, share, on, until } })
            }
            What::End => {
                let granted = family.assets[asset].on(on).shares(kind);
                let granted: Vec<&Party> = granted.keys().flat_map(|it| &it.hands).collect();
                let pick = granted.get(self.picks[1] % granted.len().max(1));
                let holder = if self.sensible { **pick? } else { self.picks[1] % means.parties };
                let held = family.assets[asset].on(on).held(kind, holder);
                let share = if self.picks[2].is_multiple_of(2) { self.part_of(held) } else { None };
                Some(Act::End { asset, kind, holder, share, on })
            }
            What::Correct if is_owned => {
                let among = if kind == Kind::Ownership { means.owners } else { means.parties };
                let until = if kind == Kind::Ownership { None } else { until };
                let holders = self.shares(self.picks[1], among, true);
                Some(Act::Correct { asset, kind, holders, on, until })
            }
            What::Divide if is_owned && on <= means.today => Some(Act::Divide { asset, on }),
            What::Merge if on <= means.today => {
                let same = |it: &usize| family.assets[*it].on(on) == family.assets[asset].on(on);
                let others: Vec<usize> =
                    assets.into_iter().filter(|it| *it != asset && (!self.sensible || same(it))).collect();
                let other = *others.get(self.picks[1] % others.len().max(1))?;
                let owned = is_owned && family.assets[other].on(on).is_owned();
                let alike = family.are_mortgaged_alike(asset, other, on);
                (owned && alike).then_some(Act::Merge { assets: [asset, other], on })
            }
            What::Dispose if is_owned && on <= means.today => Some(Act::Dispose { asset, on }),
            What::Restore if on <= means.today => Some(Act::Restore { asset, on }),
            What::Impose => {
                let holder = self.picks[1] % means.parties;
                let fresh = !family.assets[asset].has_mortgage_of(holder);
                fresh.then_some(Act::Impose { asset, holder, on, until })
            }
            What::Release => {
                let holder = (0..means.parties).find(|it| family.assets[asset].has_mortgage_of(*it))?;
                Some(Act::Release { asset, holder, on })
            }
            _ => None,
        }
    }

    /// Shares of some parties that follow each other; the whole where it is to make sense.
    fn shares(&self, first: usize, among: usize, sensible: bool) -> Vec<(Party, Fraction)> {
        let weights: Vec<i64> = self.weights.iter().copied().take(among).collect();
        let all: i64 = weights.iter().sum::<i64>() + if sensible { 0 } else { self.part.0 - 2 };
        let shares = weights.iter().map(|it| fraction((*it).min(all.max(1)), all.max(1)));
        (first..).map(|it| it % among).zip(shares).collect()
    }

    /// Who gives: somebody who has something, or anybody.
    fn holder(&self, family: &Family, asset: usize, means: &Means) -> Party {
        let holders = family.parties(asset, self.kind, self.on);
        match holders.get(self.picks[1] % holders.len().max(1)) {
            Some(holder) if self.sensible => *holder,
            _ => self.picks[1] % means.parties,
        }
    }

    /// A part of what somebody has; of everything, whatever they have, where it need not make sense.
    fn part_of(&self, held: Fraction) -> Option<Fraction> {
        let part = fraction(self.part.0, self.part.1);
        let finer = &held * &part;
        match () {
            () if !self.sensible => Some(part),
            () if held <= fraction(0, 1) => None,
            // What is finer could not be asked for.
            () if *finer.denom() > i64::MAX.into() => Some(held),
            () => Some(finer),
        }
    }
}
