//! A small model of the three rights, to hold the registry against: a short calendar on which every day says in full who
//! has what, and by which way it came. It shares nothing with the registry, and knows neither periods nor rows.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

pub type Fraction = BigRational;
/// A party, by its place in the order of identifiers.
pub type Party = usize;
/// A day of the calendar.
pub type Day = usize;

/// How many days the calendar has; the last one stands for all that follow.
pub const DAYS: Day = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Ownership,
    Management,
    Income,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Ownership, Self::Management, Self::Income];

    const fn place(self) -> usize {
        match self {
            Self::Ownership => 0,
            Self::Management => 1,
            Self::Income => 2,
        }
    }
}

/// The way by which a share came to whoever has it: the owner who granted it, none where all did, and the hands through
/// which it went since. Who owns has it from nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub grantor: Option<Party>,
    pub hands: Vec<Party>,
}

impl Way {
    fn ends_at(&self, party: Party) -> bool {
        self.hands.last() == Some(&party)
    }

    /// The way on to another party; none where the share is back with the owner who granted it, or with the only one.
    fn on_to(&self, party: Party, owners: &[Party]) -> Option<Self> {
        let to_there = self.hands.iter().copied().take_while(|it| *it != party);
        let hands = to_there.chain([party]).collect();
        let rests = owners.contains(&party) && (self.grantor == Some(party) || owners.len() == 1);
        (!rests).then_some(Self { grantor: self.grantor, hands })
    }

    /// The same without its last hand, which never had it.
    fn but_for_last(&self) -> Self {
        let hands = self.hands.split_last().map_or_else(Vec::new, |(_, before)| before.to_vec());
        Self { grantor: self.grantor, hands }
    }

    /// The way up to the party before another; none where an owner was before it.
    fn back_before(&self, party: Party) -> Option<Self> {
        let hands: Vec<Party> = self.hands.iter().copied().take_while(|it| *it != party).collect();
        (!hands.is_empty()).then_some(Self { grantor: self.grantor, hands })
    }
}

/// A share, as it is written.
pub fn fraction(num: i64, den: i64) -> Fraction {
    Fraction::new(num.into(), den.into())
}

/// Shares of a right on a day, by the way they came.
pub type Shares = BTreeMap<Way, Fraction>;

/// How the registry says that a right in an asset is shared on a day, once something was done.
pub type Told<'a> = Option<&'a dyn Fn(Kind, Day) -> Shares>;

/// Who has what on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnDay([Shares; 3]);

fn sum<'a>(shares: impl IntoIterator<Item = &'a Fraction>) -> Fraction {
    shares.into_iter().fold(Fraction::zero(), |sum, it| sum + it)
}

fn put(shares: &mut Shares, way: Way, share: Fraction) {
    let held = shares.remove(&way).unwrap_or_else(Fraction::zero) + share;
    if held.is_positive() {
        shares.insert(way, held);
    }
}

impl OnDay {
    pub fn shares(&self, kind: Kind) -> &Shares {
        &self.0[kind.place()]
    }

    fn shares_mut(&mut self, kind: Kind) -> &mut Shares {
        &mut self.0[kind.place()]
    }

    pub fn is_owned(&self) -> bool {
        !self.shares(Kind::Ownership).is_empty()
    }

    /// What rests with each owner of what was not granted. Owners keep their part of it less what they granted; where one
    /// granted more than is left to them since, the others bear it in proportion.
    fn resting(&self, kind: Kind) -> BTreeMap<Party, Fraction> {
        if kind == Kind::Ownership || !self.is_owned() {
            return BTreeMap::new();
        }
        let granted = self.shares(kind);
        let by = |grantor| sum(granted.iter().filter(|(way, _)| way.grantor == grantor).map(|(_, it)| it));
        let left_by_all = Fraction::one() - by(None);
        let owners = self.shares(Kind::Ownership).iter().map(|(way, share)| (way.hands[0], share));
        let own = owners.map(|(owner, share)| (owner, share * &left_by_all - by(Some(owner))));
        let own: BTreeMap<Party, Fraction> = own.filter(|(_, it)| it.is_positive()).collect();
        let (all, rest) = (sum(own.values()), Fraction::one() - sum(granted.values()));
        let resting = own.into_iter().map(|(owner, it)| (owner, it * &rest / &all));
        resting.filter(|(_, it)| it.is_positive()).collect()
    }

    /// What everybody holds of a right: granted, or resting with them as owners.
    pub fn holders(&self, kind: Kind) -> BTreeMap<(Party, bool), Fraction> {
        let mut holders = BTreeMap::new();
        for (way, share) in self.shares(kind) {
            let holder = way.hands[way.hands.len() - 1];
            *holders.entry((holder, false)).or_insert_with(Fraction::zero) += share;
        }
        holders.extend(self.resting(kind).into_iter().map(|(owner, share)| ((owner, true), share)));
        holders
    }

    /// All that a party holds of a right.
    pub fn held(&self, kind: Kind, party: Party) -> Fraction {
        sum(self.holders(kind).iter().filter(|((holder, _), _)| *holder == party).map(|(_, it)| it))
    }

    fn granted_to(&self, kind: Kind, party: Party) -> Vec<(Way, Fraction)> {
        let shares = self.shares(kind).iter().filter(|(way, _)| way.ends_at(party));
        shares.map(|(way, share)| (way.clone(), share.clone())).collect()
    }

    /// Whether it is open from which of several shares a party gives.
    fn leaves_a_choice(&self, it: &Move) -> bool {
        let granted = self.granted_to(it.kind, it.from);
        granted.len() > 1 && it.share < sum(granted.iter().map(|(_, share)| share))
    }

    /// Moves a share: first what the giver was granted, then what rests with them. Where the giver has several shares and
    /// gives a part of them, any part will do: then it is as the registry says, if it says so.
    /// What is put right goes by way of whoever granted it, and not through the hands of who never had it.
    fn moved(&mut self, it: &Move, (told, corrects): (Option<&Shares>, bool)) -> Result<(), Refused> {
        if self.held(it.kind, it.from) < it.share {
            return Err(Refused::Lacking);
        }
        let mut left = it.share.clone();
        let owners: Vec<Party> = self.shares(Kind::Ownership).keys().map(|way| way.hands[0]).collect();
        for (way, share) in self.granted_to(it.kind, it.from) {
            let part = match told {
                Some(told) => &share - told.get(&way).unwrap_or(&Fraction::zero()),
                None => share.clone().min(left.clone()),
            };
            assert!(!part.is_negative() && part <= left, "{part} of {share} was taken for {it:?}");
            left -= &part;
            let shares = self.shares_mut(it.kind);
            put(shares, way.clone(), -part.clone());
            let on = match it.kind {
                Kind::Ownership => Some(Way { grantor: None, hands: vec![it.to] }),
                Kind::Management | Kind::Income if corrects => way.but_for_last().on_to(it.to, &owners),
                Kind::Management | Kind::Income => way.on_to(it.to, &owners),
            };
            if let Some(way) = on {
                put(shares, way, part);
            }
        }
        assert!(told.is_none() || left.is_zero(), "{left} was taken from nothing for {it:?}");
        put(self.shares_mut(it.kind), Way { grantor: Some(it.from), hands: vec![it.to] }, left);
        Ok(())
    }
}

/// A share that moves, for some days or for good.
#[derive(Debug, Clone)]
pub struct Move {
    pub kind: Kind,
    pub from: Party,
    pub to: Party,
    pub share: Fraction,
    pub on: Day,
    pub until: Option<Day>,
}

/// What somebody does to one of the assets that became of one; an asset is known by its place among them.
#[derive(Debug, Clone)]
pub enum Act {
    Register { asset: usize, on: Day, given: [Vec<(Party, Fraction)>; 3] },
    Move { asset: usize, it: Move },
    End { asset: usize, kind: Kind, holder: Party, share: Option<Fraction>, on: Day },
    Correct { asset: usize, kind: Kind, holders: Vec<(Party, Fraction)>, on: Day, until: Option<Day> },
    Divide { asset: usize, on: Day },
    Merge { assets: [usize; 2], on: Day },
    Dispose { asset: usize, on: Day },
    Restore { asset: usize, on: Day },
    Impose { asset: usize, holder: Party, on: Day, until: Option<Day> },
    Release { asset: usize, holder: Party, on: Day },
}

/// Acts, one a line.
pub fn listed(acts: &[Act]) -> String {
    let lines = acts.iter().map(|it| format!("\n    {it:?}"));
    let lines = lines.map(|it| it.replace("Ratio { numer: ", "").replace(", denom: ", "/"));
    lines.map(|it| it.replace(" }", "").replace(" {", "")).collect()
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Somebody would give what they do not have.
    Lacking,
    /// Nothing was granted that could end.
    NothingGranted,
    /// Shares do not sum to the whole.
    NotWhole,
    /// Shares sum to more than the whole.
    Exceeded,
    /// The asset has its rights already.
    Registered,
    /// The assets have other rights each.
    Differ,
    /// The asset was not disposed of, or only later.
    NotDisposed,
    /// It would be released before it was imposed.
    Backwards,
    /// A share would be too fine to be written down.
    TooFine,
}

/// What somebody has on an asset: a mortgage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mortgage {
    holder: Party,
    from: Day,
    until: Option<Day>,
    released: Option<Day>,
}

impl Mortgage {
    fn lies_on(&self, day: Day) -> bool {
        self.from <= day && [self.until, self.released].into_iter().flatten().all(|end| day < end)
    }

    /// What is left of it from a day on.
    fn carried(&self, on: Day) -> Option<Self> {
        let until = [self.until, self.released].into_iter().flatten().min();
        let from = self.from.max(on);
        until.is_none_or(|it| from < it).then_some(Self { holder: self.holder, from, until, released: None })
    }
}

/// An asset over all days.
#[derive(Debug, Clone, Default)]
pub struct Asset {
    days: Vec<OnDay>,
    mortgages: Vec<Mortgage>,
    pub is_registered: bool,
    /// Whether it became of another, or is no more.
    pub is_closed: bool,
    /// The day from which it is no more, and who would have what without that.
    disposed: Option<(Day, Vec<OnDay>)>,
}

impl Asset {
    fn unregistered() -> Self {
        Self { days: vec![OnDay::default(); DAYS], ..Self::default() }
    }

    /// Who has what on a day; nobody on a day before all.
    pub fn on(&self, day: Day) -> &OnDay {
        &self.days[day]
    }

    pub fn is_disposed(&self) -> bool {
        self.disposed.is_some()
    }

    /// Who has a mortgage on it on a day.
    pub fn mortgaged_to(&self, day: Day) -> Vec<Party> {
        let mut holders: Vec<Party> =
            self.mortgages.iter().filter(|it| it.lies_on(day)).map(|it| it.holder).collect();
        holders.sort_unstable();
        holders
    }

    /// Whether somebody has a mortgage on it that could be released.
    pub fn has_mortgage_of(&self, holder: Party) -> bool {
        let open = |it: &&Mortgage| it.holder == holder && it.released.is_none();
        self.mortgages.iter().any(|it| open(&it))
    }

    fn register(&mut self, on: Day, given: &[Vec<(Party, Fraction)>; 3]) -> Result<(), Refused> {
        if self.is_registered {
            return Err(Refused::Registered);
        }
        for (kind, given) in Kind::ALL.into_iter().zip(given) {
            match sum(given.iter().map(|(_, share)| share)) {
                sum if sum > Fraction::one() => return Err(Refused::Exceeded),
                sum if kind == Kind::Ownership && !sum.is_one() => return Err(Refused::NotWhole),
                _ => {}
            }
            for day in self.days.iter_mut().skip(on) {
                for (party, share) in given {
                    put(day.shares_mut(kind), Way { grantor: None, hands: vec![*party] }, share.clone());
                }
            }
        }
        self.is_registered = true;
        Ok(())
    }

    fn moved(&mut self, it: &Move, (told, corrects): (Told<'_>, bool)) -> Result<(), Refused> {
        for day in it.on..it.until.unwrap_or(DAYS) {
            let is_open = self.days[day].leaves_a_choice(it);
            let told = told.filter(|_| is_open).map(|told| told(it.kind, day));
            self.days[day].moved(it, (told.as_ref(), corrects))?;
        }
        Ok(())
    }

    /// Ends what somebody was granted, by its part everything that came through their hands; it goes back before them.
    fn end(&mut self, kind: Kind, holder: Party, share: Option<&Fraction>, on: Day) -> Result<(), Refused> {
        let through = |day: &OnDay| -> Vec<(Way, Fraction)> {
            let shares = day.shares(kind).iter().filter(|(way, _)| way.hands.contains(&holder));
            shares.map(|(way, share)| (way.clone(), share.clone())).collect()
        };
        if kind == Kind::Ownership || self.days.iter().skip(on).all(|it| through(it).is_empty()) {
            return Err(Refused::NothingGranted);
        }
        let granted = sum(through(&self.days[on]).iter().map(|(_, it)| it));
        let part = match share {
            Some(share) if *share > granted => return Err(Refused::Lacking),
            Some(share) => share / granted,
            None => Fraction::one(),
        };
        for day in self.days.iter_mut().skip(on) {
            for (way, share) in through(day) {
                put(day.shares_mut(kind), way.clone(), -&share * &part);
                if let Some(back) = way.back_before(holder) {
                    put(day.shares_mut(kind), back, share * &part);
                }
            }
        }
        Ok(())
    }

    /// The moves by which the holders of a day become others: who has too much gives to who has too little, both in the
    /// order of identifiers.
    fn restated(&self, kind: Kind, wanted: &[(Party, Fraction)], on: Day, until: Option<Day>) -> Vec<Move> {
        let mut missing: BTreeMap<Party, Fraction> = BTreeMap::new();
        for (party, share) in wanted {
            *missing.entry(*party).or_insert_with(Fraction::zero) += share;
        }
        for ((party, _), share) in self.days[on].holders(kind) {
            *missing.entry(party).or_insert_with(Fraction::zero) -= share;
        }
        let mut moves = Vec::new();
        while let Some(from) = missing.iter().find(|(_, it)| it.is_negative()).map(|(it, _)| *it) {
            let (to, lacking) = missing.iter().find(|(_, it)| it.is_positive()).unwrap();
            let (to, share) = (*to, lacking.clone().min(-&missing[&from]));
            *missing.get_mut(&from).unwrap() += &share;
            *missing.get_mut(&to).unwrap() -= &share;
            moves.push(Move { kind, from, to, share, on, until });
        }
        moves
    }

    /// The same from a day on, and nothing before it.
    fn from(&self, on: Day) -> Self {
        let mut from = Self::unregistered();
        from.days[on..].clone_from_slice(&self.days[on..]);
        from.mortgages = self.mortgages.iter().filter_map(|it| it.carried(on)).collect();
        from.is_registered = true;
        from
    }

    /// Nothing from a day on.
    fn cut(&mut self, on: Day) {
        self.days[on..].fill(OnDay::default());
        self.is_closed = true;
    }

    /// Lets go of what lies on it from a day on, for what it becomes.
    fn free(&mut self, on: Day) {
        for it in self.mortgages.iter_mut().filter(|it| it.carried(on).is_some()) {
            it.released = Some(on.max(it.from));
        }
    }

    /// Whether a share has become so fine that few more steps are left before it cannot be written down.
    fn is_fine(&self) -> bool {
        let coarse = num_bigint::BigInt::from(1_i64 << 31);
        let shares = |day: &OnDay| Kind::ALL.map(|kind| day.holders(kind).into_values().collect::<Vec<_>>());
        self.days.iter().flat_map(shares).flatten().any(|it| *it.denom() > coarse)
    }
}

/// An asset and all that became of it, in the order in which they came to be.
#[derive(Debug, Clone)]
pub struct Family {
    pub assets: Vec<Asset>,
}

impl Family {
    pub fn new() -> Self {
        Self { assets: vec![Asset::unregistered()] }
    }

    /// Whether the registry may choose from which of several shares somebody gives: then the model must be told.
    pub fn leaves_a_choice(&self, act: &Act) -> bool {
        let over = |asset: &Asset, it: &Move| {
            (it.on..it.until.unwrap_or(DAYS)).any(|day| asset.days[day].leaves_a_choice(it))
        };
        match act {
            Act::Move { asset, it } => over(&self.assets[*asset], it),
            Act::Correct { asset, kind, holders, on, until } => {
                let asset = &self.assets[*asset];
                asset.restated(*kind, holders, *on, *until).iter().any(|it| over(asset, it))
            }
            _ => false,
        }
    }

    pub fn is_fine(&self) -> bool {
        self.assets.iter().any(Asset::is_fine)
    }

    /// What comes of an act.
    pub fn after(&self, act: &Act, told: Told<'_>) -> Result<Self, Refused> {
        let mut after = self.clone();
        let all = &mut after.assets;
        match act {
            Act::Register { asset, on, given } => all[*asset].register(*on, given)?,
            Act::Move { asset, it } => all[*asset].moved(it, (told, false))?,
            Act::End { asset, kind, holder, share, on } => {
                all[*asset].end(*kind, *holder, share.as_ref(), *on)?;
            }
            Act::Correct { asset, kind, holders, on, until } => {
                for it in all[*asset].restated(*kind, holders, *on, *until) {
                    all[*asset].moved(&it, (told, true))?;
                }
            }
            Act::Divide { asset, on } => {
                let part = all[*asset].from(*on);
                all[*asset].cut(*on);
                all[*asset].free(*on);
                all.extend([part.clone(), part]);
            }
            Act::Merge { assets: [one, other], on } => {
                let first = all[*one].from(*on);
                if first.days != all[*other].from(*on).days {
                    return Err(Refused::Differ);
                }
                for it in [one, other] {
                    all[*it].cut(*on);
                    all[*it].free(*on);
                }
                all.push(first);
            }
            Act::Dispose { asset, on } => {
                let asset = &mut all[*asset];
                asset.disposed = Some((*on, asset.days.clone()));
                asset.cut(*on);
            }
            Act::Restore { asset, on } => {
                let asset = &mut all[*asset];
                match asset.disposed.take() {
                    Some((day, days)) if day <= *on => asset.days[*on..].clone_from_slice(&days[*on..]),
                    _ => return Err(Refused::NotDisposed),
                }
                asset.is_closed = false;
            }
            Act::Impose { asset, holder, on, until } => {
                let mortgage = Mortgage { holder: *holder, from: *on, until: *until, released: None };
                all[*asset].mortgages.push(mortgage);
            }
            Act::Release { asset, holder, on } => {
                let open = |it: &&mut Mortgage| it.holder == *holder && it.released.is_none();
                let found = all[*asset].mortgages.iter_mut().find(open);
                let it = found.filter(|it| it.from <= *on).ok_or(Refused::Backwards)?;
                it.released = Some(*on);
            }
        }
        Ok(after)
    }

    /// Whether the same mortgages lie on two assets from a day on.
    pub fn are_mortgaged_alike(&self, one: usize, other: usize, on: Day) -> bool {
        let from_then_on = |asset: usize| {
            let mut mortgages = self.assets[asset].from(on).mortgages;
            mortgages.sort();
            mortgages
        };
        from_then_on(one) == from_then_on(other)
    }

    /// Everybody who holds something of a right in an asset on a day.
    pub fn parties(&self, asset: usize, kind: Kind, day: Day) -> Vec<Party> {
        let holders = self.assets[asset].days[day].holders(kind);
        holders.into_keys().map(|(party, _)| party).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
