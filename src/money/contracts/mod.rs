//! Contracts: the terms behind a lease, and how far they were kept.

pub mod endings;
pub(in crate::money) mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Record},
    money::receipts,
    register::{
        assets::{self, AssetStatus},
        parties::{self, PartyStanding},
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{
        Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope,
        id::kind,
        period::{self, calendar_day},
    },
};

const CONCLUDED: Action = Action::named("contract_concluded");

/// A payment that falls due, and what of it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day on which it falls due.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Fen,
    /// How much of it was received.
    pub received: Fen,
    /// Whether it does not fall due after all: on its day the contract does not run.
    pub lapsed: bool,
}

/// A contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The identifier.
    pub id: Id<kind::Contract>,
    /// What was agreed.
    pub agreed: NewContract,
    /// The day from which it no longer runs, where it ended before its term.
    pub ended_on: Option<NaiveDate>,
    /// The schedule with what came in, in the order of the days.
    pub schedule: Vec<Due>,
    /// What fell due up to a day and did not come in.
    pub arrears: Fen,
    /// What came in beyond everything that falls due: paid in advance for days on which the contract does not run, or too
    /// much.
    pub overpaid: Fen,
    /// The version of this record.
    pub version: i64,
}

/// A contract to be recorded.
#[derive(Debug, Clone)]
pub struct NewContract {
    /// The case that it came from; none for one made before the register.
    pub case_id: Option<Id<kind::Case>>,
    /// The region of its assets.
    pub region_code: RegionCode,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// What is let.
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// For how long.
    pub term: Period,
    /// What falls due, and when.
    pub dues: Vec<(NaiveDate, Fen)>,
}

/// Why a command on contracts was refused.
#[derive(Debug, thiserror::Error)]
pub enum ContractRefused {
    /// No such contract in the caller's region.
    #[error("no such contract")]
    NotFound,
    /// The asset has ended: it was disposed of, or others count in its place.
    #[error("asset {asset} is {status}")]
    Closed {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// How it ended.
        status: AssetStatus,
    },
}

/// Why it was refused, or why it failed.
pub type ContractError = Refusal<ContractRefused>;

reason!(ContractRefused);

/// Records the contract of an executed lease.
pub fn conclude(unit: &mut Write<'_>, actor: &Actor, asked: &NewContract) -> Result<Contract, ContractError> {
    let mut agreed = asked.clone();
    agreed.asset_ids.sort();
    agreed.asset_ids.dedup();
    agreed.dues.sort();
    let recorded = Recorded { id: Id::new(unit.now()), agreed, endings: Vec::new(), version: 1 };
    let Recorded { id, agreed, .. } = &recorded;
    store::insert(unit, *id, agreed)?;
    let facts = json!({
        "contract_id": id, "case_id": agreed.case_id, "lessor_id": agreed.lessor_id, "lessee_id": agreed.lessee_id,
        "asset_ids": agreed.asset_ids, "term": agreed.term,
        "schedule": agreed.dues.iter().map(|(due_on, amount)| json!({"due_on": due_on, "amount_fen": amount})).collect::<Vec<_>>(),
    });
    let subjects = recorded.subjects();
    journal::append(unit, actor, &Record::new(CONCLUDED, agreed.region_code, &subjects, &facts))?;
    Ok(Contract::of(recorded, Fen::ZERO, unit.today()))
}

/// A contract that was made before the register.
#[derive(Debug, Clone)]
pub struct OldContract {
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// What is let.
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// For how long.
    pub term: Period,
    /// What falls due, and when.
    pub dues: Vec<(NaiveDate, Fen)>,
}

/// Records a contract that was made before the register.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &OldContract) -> Result<Contract, ContractError> {
    let scope = caller.permit(Permission::ContractsWrite)?;
    let mut faults = faults_of(asked);
    let known = assets::facts(unit, &scope, &asked.asset_ids)?;
    for (index, _) in asked.asset_ids.iter().enumerate().filter(|(_, id)| !known.contains_key(id)) {
        faults.push(Fault::at(format!("/asset_ids/{index}"), Reason::NotFound { what: "asset" }));
    }
    // What is let is there from the first day of the term on, all of it.
    if let Some(since) = known.values().map(|it| it.write_off.acquired_on).max() {
        faults.extend(faults_of_days(asked, since, unit.today()));
    }
    let people = parties::standing(unit, &[asked.lessor_id, asked.lessee_id])?;
    faults.extend(faults_of_people(asked, &people));
    Faults::none_of(faults)?;
    lock(unit, &Locked::Assets(&asked.asset_ids))?;
    // Looked up again under the locks, which whoever ends an asset or a party takes.
    let people = parties::engaged(unit, &[asked.lessor_id, asked.lessee_id])?;
    Faults::none_of(faults_of_people(asked, &people))?;
    let known = assets::facts(unit, &scope, &asked.asset_ids)?;
    if let Some(ended) = known.values().find(|it| it.status.is_final()) {
        return Err(ContractRefused::Closed { asset: ended.id, status: ended.status }.into());
    }
    let region_code = region_of_all(known.values().map(|it| it.region_code)).ok_or_else(|| {
        let other = "/asset_ids/0".to_owned();
        Faults::one("/asset_ids", Reason::Contradicts { other })
    })?;
    let agreed = NewContract {
        case_id: None,
        region_code,
        lessor_id: asked.lessor_id,
        lessee_id: asked.lessee_id,
        asset_ids: asked.asset_ids.clone(),
        term: asked.term,
        dues: asked.dues.clone(),
    };
    conclude(unit, &caller.actor(), &agreed)
}

/// What is wrong with the days of a contract about what has been there since a day: nothing of it lies before that, its term
/// begins within a few years, and all falls due within a year of its end.
fn faults_of_days(asked: &OldContract, since: NaiveDate, today: NaiveDate) -> Vec<Fault> {
    let term = asked.term;
    let begins = period::before(term.from(), since)
        .or_else(|| period::beyond(term.from(), period::years_after(today, period::YEARS_AHEAD)))
        .map(|reason| Fault::at("/term/from", reason));
    begins.into_iter().chain(faults_of_due_days(&asked.dues, since, &term, "/schedule")).collect()
}

/// What is wrong with the days on which something falls due for the use of what has been there since a day: none lies before
/// that, and none later than a year after the end of the term. `at` points to the schedule.
pub fn faults_of_due_days(
    dues: &[(NaiveDate, Fen)],
    since: NaiveDate,
    term: &Period,
    at: &str,
) -> Vec<Fault> {
    let latest = term.to().map(|to| period::years_after(to, 1));
    let due = dues.iter().enumerate().filter_map(|(index, (due_on, _))| {
        let wrong = period::before(*due_on, since)
            .or_else(|| latest.and_then(|latest| period::beyond(*due_on, latest)));
        wrong.map(|reason| Fault::at(format!("{at}/{index}/due_on"), reason))
    });
    due.collect()
}

/// Who cannot be bound by a contract: nobody on record, a person whose data were erased, whoever had ended when it began.
fn faults_of_people(asked: &OldContract, people: &BTreeMap<Id<kind::Party>, PartyStanding>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, id) in [("/lessor_id", asked.lessor_id), ("/lessee_id", asked.lessee_id)] {
        match people.get(&id) {
            None => faults.push(Fault::at(at, Reason::NotFound { what: "party" })),
            Some(it) => faults.extend(it.refused_for(&asked.term).map(|reason| Fault::at(at, reason))),
        }
    }
    faults
}

/// The contracts of a party under which something is owed or may still come to be: those that run on a day or later, and
/// those under which what fell due did not come in. At most a number of them.
pub fn owing(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    on: NaiveDate,
    limit: usize,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    let found = store::of_party(unit, party)?;
    let runs = |it: &Contract| {
        it.agreed.term.to().is_none_or(|to| on < to) && it.ended_on.is_none_or(|ended| on < ended)
    };
    let mut found = completed(unit, found)?;
    found.retain(|it| runs(it) || !it.arrears.is_zero());
    Ok(found.into_iter().map(|it| it.id).take(limit).collect())
}

/// The contracts about some assets; at most a number of them.
pub fn about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    store::some_ids_about(unit, assets, limit)
}

/// What is wrong with a contract, as far as it shows without looking anything up.
fn faults_of(asked: &OldContract) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, id) in asked.asset_ids.iter().enumerate() {
        if asked.asset_ids.iter().take(index).any(|earlier| earlier == id) {
            faults.push(Fault::at(format!("/asset_ids/{index}"), Reason::Duplicate));
        }
    }
    if asked.lessor_id == asked.lessee_id {
        faults.push(Fault::at("/lessee_id", Reason::Contradicts { other: "/lessor_id".to_owned() }));
    }
    faults.extend(faults_of_schedule(&asked.dues, "/schedule"));
    faults
}

/// What is wrong with a schedule, as far as it shows without looking anything up: its days are in the calendar, and what falls due can be summed. `at` points
/// to the schedule.
pub fn faults_of_schedule(dues: &[(NaiveDate, Fen)], at: &str) -> Vec<Fault> {
    let days = dues.iter().enumerate().filter_map(|(index, (due_on, _))| {
        calendar_day(*due_on).err().map(|reason| Fault::at(format!("{at}/{index}/due_on"), reason))
    });
    let mut faults: Vec<Fault> = days.collect();
    if Fen::sum(dues.iter().map(|(_, amount)| *amount)).is_none() {
        faults.push(Fault::at(at, Reason::TooLarge { max: Fen::MAX.to_string() }));
    }
    faults
}

/// The smallest region that holds all of some regions; none where they have none in common.
fn region_of_all(regions: impl IntoIterator<Item = RegionCode>) -> Option<RegionCode> {
    regions
        .into_iter()
        .map(Some)
        .reduce(|together, one| {
            let one = one?;
            std::iter::successors(together, RegionCode::parent).find(|it| it.covers(&one))
        })
        .flatten()
}

/// The contract of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Contract>) -> Result<Contract, ContractError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let found = store::load(unit, &scope, Some(id), None, None, 1)?;
    let contract = found.into_iter().next().ok_or(ContractRefused::NotFound)?;
    completed(unit, vec![contract])?.into_iter().next().ok_or_else(|| ContractRefused::NotFound.into())
}

/// Whether there is a contract of an id in a scope.
pub(super) fn exists(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Contract>,
) -> Result<bool, StorageError> {
    Ok(!store::load(unit, scope, Some(id), None, None, 1)?.is_empty())
}

/// Contracts of a scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    asset: Option<Id<kind::Asset>>,
    after: Option<(RegionCode, Id<kind::Contract>)>,
    limit: i64,
) -> Result<Vec<Contract>, ContractError> {
    caller.permit(Permission::MoneyRead)?;
    let found = store::load(unit, scope, None, asset, after, limit)?;
    Ok(completed(unit, found)?)
}

fn completed(unit: &mut Read<'_>, found: Vec<Recorded>) -> Result<Vec<Contract>, StorageError> {
    let today = unit.today();
    let ids: Vec<_> = found.iter().map(|it| it.id).collect();
    let received: BTreeMap<_, _> = receipts::store::received_under(unit, &ids)?.into_iter().collect();
    let of = |it: Recorded| {
        let received = received.get(&it.id).copied().unwrap_or_default();
        Contract::of(it, received, today)
    };
    Ok(found.into_iter().map(of).collect())
}

/// A contract on record, without what came in.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) id: Id<kind::Contract>,
    pub(super) agreed: NewContract,
    /// In the order in which they were recorded.
    pub(super) endings: Vec<Ending>,
    pub(super) version: i64,
}

impl Recorded {
    /// The contract, whom it binds, and what it is about.
    pub(super) fn subjects(&self) -> Vec<Id<kind::Subject>> {
        let NewContract { lessor_id, lessee_id, asset_ids, .. } = &self.agreed;
        let parties = [lessor_id.seen_as(), lessee_id.seen_as()];
        std::iter::once(self.id.seen_as())
            .chain(parties)
            .chain(asset_ids.iter().map(|it| it.seen_as()))
            .collect()
    }
}

/// Days on which a contract does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// The first of them.
    pub(super) on: NaiveDate,
    /// The first day on which it runs again; none where it ended for good.
    pub(super) resumed_on: Option<NaiveDate>,
}

impl Ending {
    fn contains(&self, day: NaiveDate) -> bool {
        self.on <= day && self.resumed_on.is_none_or(|it| day < it)
    }
}

impl Contract {
    fn of(it: Recorded, received: Fen, today: NaiveDate) -> Self {
        let (schedule, overpaid) = settled(&it.agreed.dues, &it.endings, received);
        Self {
            id: it.id,
            ended_on: it.endings.iter().filter(|it| it.resumed_on.is_none()).map(|it| it.on).min(),
            arrears: arrears(&schedule, today),
            schedule,
            overpaid,
            agreed: it.agreed,
            version: it.version,
        }
    }
}

/// What came in settles what fell due first (民法典 art. 560), and what is left settles nothing. What would fall due on a
/// day on which the contract does not run lapses: the first day without the lease is the first without rent.
fn settled(dues: &[(NaiveDate, Fen)], endings: &[Ending], received: Fen) -> (Vec<Due>, Fen) {
    let mut left = received;
    let due = |(due_on, amount): &(NaiveDate, Fen)| {
        let lapsed = endings.iter().any(|it| it.contains(*due_on));
        let received = if lapsed { Fen::ZERO } else { left.min(*amount) };
        left = left.checked_sub(received).unwrap_or(Fen::ZERO);
        Due { due_on: *due_on, amount: *amount, received, lapsed }
    };
    let schedule = dues.iter().map(due).collect();
    (schedule, left)
}

/// What fell due up to a day and did not come in.
fn arrears(schedule: &[Due], on: NaiveDate) -> Fen {
    let missing = schedule
        .iter()
        .filter(|it| it.due_on <= on && !it.lapsed)
        .map(|it| it.amount.checked_sub(it.received).unwrap_or(Fen::ZERO));
    Fen::sum(missing).unwrap_or(Fen::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    #[expect(clippy::as_conversions, reason = "a test counts a few years")]
    fn dues(amounts: &[i64]) -> Vec<(NaiveDate, Fen)> {
        let first: NaiveDate = "2021-01-01".parse().unwrap();
        amounts
            .iter()
            .enumerate()
            .map(|(year, it)| (first + chrono::Months::new(12 * year as u32), fen(*it)))
            .collect()
    }

    #[test]
    fn money_settles_what_fell_due_first() {
        let (schedule, _) = settled(&dues(&[100, 100, 100]), &[], fen(150));
        assert_eq!(schedule.iter().map(|it| it.received.get()).collect::<Vec<_>>(), [100, 50, 0]);
        assert_eq!(arrears(&schedule, "2020-12-31".parse().unwrap()), Fen::ZERO);
        assert_eq!(arrears(&schedule, "2022-01-01".parse().unwrap()), fen(50));
        assert_eq!(arrears(&schedule, "2030-01-01".parse().unwrap()), fen(150));
    }

    #[test]
    fn what_would_fall_due_once_a_contract_ended_lapses_and_what_was_paid_for_it_is_too_much() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let ending = |on, resumed_on: Option<&str>| Ending { on: day(on), resumed_on: resumed_on.map(day) };
        let figures = |endings: &[Ending], received| {
            let (schedule, overpaid) = settled(&dues(&[100, 100, 100, 100]), endings, fen(received));
            let received: Vec<_> = schedule.iter().map(|it| (it.received.get(), it.lapsed)).collect();
            (received, overpaid.get(), arrears(&schedule, day("2030-01-01")).get())
        };
        let (owed, lapsed) = (|received| (received, false), (0, true));
        let ended = [ending("2023-01-01", None)];
        assert_eq!(figures(&ended, 150), (vec![owed(100), owed(50), lapsed, lapsed], 0, 50));
        assert_eq!(figures(&ended, 250), (vec![owed(100), owed(100), lapsed, lapsed], 50, 0));
        let the_day_after = [ending("2023-01-02", None)];
        assert_eq!(figures(&the_day_after, 250), (vec![owed(100), owed(100), owed(50), lapsed], 0, 50));
        let interrupted = [ending("2022-01-01", Some("2024-01-01"))];
        assert_eq!(figures(&interrupted, 250), (vec![owed(100), lapsed, lapsed, owed(100)], 50, 0));
    }

    fn old() -> OldContract {
        OldContract {
            lessor_id: uuid::Uuid::from_u128(1).into(),
            lessee_id: uuid::Uuid::from_u128(2).into(),
            asset_ids: vec![uuid::Uuid::from_u128(3).into()],
            term: Period::since("2021-01-01".parse().unwrap()),
            dues: dues(&[100, 100]),
        }
    }

    #[track_caller]
    fn check(asked: &OldContract, wanted: &[(&str, &str)]) {
        let found = faults_of(asked);
        let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!(found, wanted, "{asked:?}");
    }

    #[test]
    fn nobody_lets_to_themselves_or_the_same_thing_twice() {
        let asset = old().asset_ids[0];
        check(&old(), &[]);
        check(&OldContract { lessee_id: old().lessor_id, ..old() }, &[("/lessee_id", "contradicts")]);
        check(&OldContract { asset_ids: vec![asset, asset], ..old() }, &[("/asset_ids/1", "duplicate")]);
        check(&OldContract { dues: dues(&[Fen::MAX, 1]), ..old() }, &[("/schedule", "too_large")]);
        let long_ago = vec![("0021-01-01".parse().unwrap(), fen(1))];
        check(&OldContract { dues: long_ago, ..old() }, &[("/schedule/0/due_on", "wrong_date")]);
    }

    #[test]
    fn a_contract_lets_what_is_there_in_days_that_are_near() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let check = |asked: &OldContract, since, wanted: &[(&str, &str)]| {
            let found = faults_of_days(asked, day(since), day("2021-06-01"));
            let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
            assert_eq!(found, wanted, "{asked:?}");
        };
        let term = |from, to| Period::new(day(from), Some(day(to))).unwrap();
        check(&old(), "2021-01-01", &[]);
        check(
            &old(),
            "2021-01-02",
            &[("/term/from", "before_asset"), ("/schedule/0/due_on", "before_asset")],
        );
        let far = OldContract { term: term("2040-01-01", "2041-01-01"), dues: vec![], ..old() };
        check(&far, "2020-01-01", &[("/term/from", "too_late")]);
        let short = OldContract { term: term("2021-01-01", "2021-12-31"), dues: dues(&[1, 1, 1]), ..old() };
        check(&short, "2020-01-01", &[("/schedule/2/due_on", "too_late")]);
    }

    #[test]
    fn a_contract_over_two_villages_belongs_to_their_township() {
        let region = |code: &str| code.parse::<RegionCode>().unwrap();
        let of_all = |codes: &[&str]| region_of_all(codes.iter().map(|it| region(it)));
        assert_eq!(of_all(&["130828101201", "130828101201"]), Some(region("130828101201")));
        assert_eq!(of_all(&["130828101201", "130828101202"]), Some(region("130828101000")));
        assert_eq!(of_all(&["130828101201", "130828000000"]), Some(region("130828000000")));
        assert_eq!(of_all(&["130828101201", "140828101201", "130828101201"]), None);
        assert_eq!(of_all(&[]), None);
    }

    proptest! {
        #[test]
        fn no_more_is_settled_than_came_in_and_fell_due(
            amounts in prop::collection::vec(1..1_000_000_i64, 0..20), received in 0..20_000_000_i64,
        ) {
            let (schedule, overpaid) = settled(&dues(&amounts), &[], fen(received));
            let settled: i64 = schedule.iter().map(|it| it.received.get()).sum();
            prop_assert_eq!(settled, received.min(amounts.iter().sum()));
            prop_assert_eq!(settled + overpaid.get(), received);
        }
    }
}
