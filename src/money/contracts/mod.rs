//! Contracts: the terms behind a lease, and how far they were kept.

pub mod endings;
pub(in crate::money) mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    loss::finding::Finding,
    money::receipts,
    register::{
        Because,
        assets::{self, AssetStatus},
        codes::{RecordStatus, RightKind},
        parties::{self, Heirs, PartyStanding},
        rights::{self, Right, model::lets_to},
    },
    storage::{Read, StorageError, Write},
    values::{
        Fault, Faults, Fen, Id, Period, Reason, RegionCode, Scope, Share,
        id::kind,
        period::{self, calendar_day},
    },
};

const ADOPTED: Action = Action::named("contract_adopted");
const CONCLUDED: Action = Action::named("contract_concluded");
const CORRECTED: Action = Action::named("contract_corrected");
const VOIDED: Action = Action::named("contract_voided");

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
    /// Whether it counts.
    pub status: RecordStatus,
    /// The version of this record.
    pub version: i64,
    /// The rights under which it lets what it lets, where it is read to be shown.
    pub under: Vec<Under>,
    /// What the loss rules say of it, where it is read to be shown; none of one that was made by a case, which says it.
    pub checked: Option<Checked>,
}

/// A right in an asset under which a contract stands: whoever rents by it holds it, or has let it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Who holds the management by now.
    pub holder_id: Id<kind::Party>,
    /// How much of it.
    pub share: Share,
    /// For how long.
    pub period: Period,
}

/// What the loss rules say of a contract that was put on record by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What it came with: what was decided, and the papers.
    pub papers: Value,
    /// What was found, in the order of the rules.
    pub findings: Vec<Finding>,
    /// The policy that it was found with.
    pub policy_version: String,
}

/// A contract to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContract {
    /// The case that it came from, or that gave it its right; none for one that was recorded by itself and has none of a case.
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
    /// A party of the contract is there no more, and nobody takes its place, so that it cannot be bound to more.
    #[error("{0} is there no more")]
    Gone(Id<kind::Party>),
    /// What the village decided when it let is put right with the rights, and not with the contract.
    #[error("case {0} decided that")]
    DecidedBy(Id<kind::Case>),
}

/// Why it was refused, or why it failed.
pub type ContractError = Refusal<ContractRefused>;

reason!(ContractRefused);

/// Records the contract of an executed lease.
pub fn conclude(unit: &mut Write<'_>, actor: &Actor, asked: &NewContract) -> Result<(), StorageError> {
    put_on_record(unit, actor, asked, None).map(|_| ())
}

/// Puts on record that the case of a lease gave its right to a contract that was recorded by itself, and that this unit of work has locked.
/// From then on it is the contract of that case: it is put right, and ends, with what the case gave.
pub fn adopt(
    unit: &mut Write<'_>,
    actor: &Actor,
    id: Id<kind::Contract>,
    case: Id<kind::Case>,
) -> Result<(), StorageError> {
    let Some(mut recorded) = one(unit, &Scope::WHOLE, id)? else {
        return Err(StorageError::Corrupt(format!("contract {id} is missing")));
    };
    recorded.agreed.case_id = Some(case);
    recorded.version = recorded.version.saturating_add(1);
    let facts = json!({
        "contract_id": id, "case_id": case, "asset_ids": recorded.agreed.asset_ids, "version": recorded.version,
    });
    let mut subjects = recorded.subjects();
    subjects.push(case.seen_as());
    let entry =
        journal::append(unit, actor, &Record::new(ADOPTED, recorded.agreed.region_code, &subjects, &facts))?;
    store::adopt(unit, &recorded, case, entry)
}

/// Records a contract that moves no right, with what the rules say of it.
pub fn record(
    unit: &mut Write<'_>,
    actor: &Actor,
    asked: &NewContract,
    checked: &Checked,
) -> Result<Contract, ContractError> {
    let recorded = put_on_record(unit, actor, asked, Some(checked))?;
    let today = unit.today();
    let shown = shown(unit, vec![recorded], Known::Now, today)?.pop();
    shown.ok_or_else(|| ContractRefused::NotFound.into())
}

fn put_on_record(
    unit: &mut Write<'_>,
    actor: &Actor,
    asked: &NewContract,
    checked: Option<&Checked>,
) -> Result<Recorded, StorageError> {
    let agreed = asked.clone().in_order();
    let status = RecordStatus::Recorded;
    let recorded = Recorded { id: Id::new(unit.now()), agreed, endings: Vec::new(), status, version: 1 };
    let entry = journal_terms(unit, actor, CONCLUDED, &recorded, (None, checked))?;
    store::insert(unit, &recorded, entry)?;
    if let Some(checked) = checked {
        store::insert_check(unit, &recorded, checked)?;
    }
    Ok(recorded)
}

impl NewContract {
    /// The same with everything in the order in which it is kept.
    fn in_order(mut self) -> Self {
        self.asset_ids.sort();
        self.asset_ids.dedup();
        self.dues.sort();
        self
    }
}

/// What an entry says of the terms of a contract.
fn journal_terms(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    recorded: &Recorded,
    (because, checked): (Option<&Because<'_>>, Option<&Checked>),
) -> Result<Id<kind::Entry>, StorageError> {
    let Recorded { id, agreed, .. } = recorded;
    let mut facts = json!({
        "contract_id": id, "case_id": agreed.case_id, "lessor_id": agreed.lessor_id, "lessee_id": agreed.lessee_id,
        "asset_ids": agreed.asset_ids, "term": agreed.term,
        "schedule": agreed.dues.iter().map(|(due_on, amount)| json!({"due_on": due_on, "amount_fen": amount})).collect::<Vec<_>>(),
    });
    let mut subjects = recorded.subjects();
    if let (Value::Object(facts), Some(checked)) = (&mut facts, checked) {
        let rules: BTreeSet<_> = checked.findings.iter().map(|it| it.rule).collect();
        facts.insert("found".to_owned(), json!(rules));
        facts.insert("policy_version".to_owned(), json!(checked.policy_version));
    }
    if let (Value::Object(facts), Some(because)) = (&mut facts, because) {
        // The case that it came from is on record; the one that decided the correction is named.
        facts.extend(because.told());
        facts.insert("status".to_owned(), json!(recorded.status));
        facts.insert("version".to_owned(), json!(recorded.version));
        subjects.extend(because.case_id.map(Id::seen_as));
    }
    journal::append(unit, actor, &Record::new(action, agreed.region_code, &subjects, &facts))
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

/// What is wrong with a contract that would be recorded by itself, each thing at its field.
pub fn faults(unit: &mut Read<'_>, scope: &Scope, asked: &OldContract) -> Result<Vec<Fault>, StorageError> {
    faults_in(unit, scope, asked, None, "")
}

/// The region to which a contract belongs that would be recorded by itself.
///
/// # Errors
/// [`ContractRefused::Closed`] where what it lets has ended; regions that have none in common.
pub fn region(unit: &mut Read<'_>, scope: &Scope, asked: &OldContract) -> Result<RegionCode, ContractError> {
    region_of(unit, scope, asked, &[], "")
}

/// What a contract came with that was put on record by itself, and what was found of it last; none where nothing is on record of that.
pub fn checked(unit: &mut Read<'_>, of: &Recorded) -> Result<Option<Checked>, StorageError> {
    Ok(store::checked(unit, std::slice::from_ref(of))?.remove(&of.id))
}

/// What is wrong with a contract of a scope; `standing` is what is on record, which was looked up when it was recorded. `at`
/// points to it.
fn faults_in(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &OldContract,
    standing: Option<&NewContract>,
    at: &str,
) -> Result<Vec<Fault>, StorageError> {
    let mut faults = faults_of(asked, at);
    let on_record = |id: &Id<kind::Asset>| standing.is_some_and(|it| it.asset_ids.contains(id));
    let mut known = assets::facts(unit, &Scope::WHOLE, &asked.asset_ids)?;
    known.retain(|id, it| scope.covers(&it.region_code) || on_record(id));
    for (index, _) in asked.asset_ids.iter().enumerate().filter(|(_, id)| !known.contains_key(id)) {
        faults.push(Fault::at(format!("{at}/asset_ids/{index}"), Reason::NotFound { what: "asset" }));
    }
    // What is let is there from the first day of the term on, all of it.
    if let Some(since) = known.values().map(|it| it.write_off.acquired_on).max() {
        faults.extend(faults_of_days(asked, since, unit.today(), at));
    }
    let people = parties::standing(unit, &[asked.lessor_id, asked.lessee_id])?;
    let asked_anew =
        |id: Id<kind::Party>| standing.is_none_or(|it| ![it.lessor_id, it.lessee_id].contains(&id));
    let of_people = faults_of_people(asked, &people, at);
    faults.extend(of_people.into_iter().filter(|it| {
        let id = if it.pointer.ends_with("/lessor_id") { asked.lessor_id } else { asked.lessee_id };
        asked_anew(id)
    }));
    Ok(faults)
}

/// The region of a contract, where none of its assets has ended but those that it is about already. `at` points to it.
fn region_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &OldContract,
    standing: &[Id<kind::Asset>],
    at: &str,
) -> Result<RegionCode, ContractError> {
    let known = assets::facts(unit, &Scope::WHOLE, &asked.asset_ids)?;
    let is_new = |it: &&assets::AssetFacts| !standing.contains(&it.id);
    if let Some(ended) = known.values().filter(is_new).find(|it| it.status.is_final()) {
        return Err(ContractRefused::Closed { asset: ended.id, status: ended.status }.into());
    }
    if known.values().filter(is_new).any(|it| !scope.covers(&it.region_code)) {
        return Err(ContractRefused::NotFound.into());
    }
    let region = region_of_all(known.values().map(|it| it.region_code));
    Ok(region.ok_or_else(|| {
        let other = format!("{at}/asset_ids/0");
        Faults::one(format!("{at}/asset_ids"), Reason::Contradicts { other })
    })?)
}

/// What should have been recorded of a contract; what is none was recorded rightly.
#[derive(Debug, Clone, Default)]
pub struct CorrectedContract {
    /// Who lets.
    pub lessor_id: Option<Id<kind::Party>>,
    /// Who rents.
    pub lessee_id: Option<Id<kind::Party>>,
    /// What is let, all of it.
    pub asset_ids: Option<Vec<Id<kind::Asset>>>,
    /// For how long.
    pub term: Option<Period>,
    /// What falls due, and when, all of it.
    pub dues: Option<Vec<(NaiveDate, Fen)>>,
}

/// What of the contract of a lease is put right together with the right under it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WithRight {
    /// Who rents.
    pub lessee: bool,
    /// For how long.
    pub term: bool,
}

/// A contract as it should have been recorded; none where it was. `at` points to what is asked.
///
/// Whom the contract of a lease binds, what it lets, and for how long is what the village decided when it let: the rights say
/// it, and it is put right with them; `with_right` says as to what the right under it is put right together with it. How its rent falls due
/// is its own.
///
/// # Errors
/// Whatever could not have been recorded so, each thing at its field.
pub fn corrected(
    unit: &mut Read<'_>,
    scope: &Scope,
    (recorded, with_right): (&Recorded, WithRight),
    asked: &CorrectedContract,
    at: &str,
) -> Result<Option<Recorded>, ContractError> {
    let standing = &recorded.agreed;
    let decided = asked.lessor_id.is_some()
        || asked.asset_ids.is_some()
        || (asked.lessee_id.is_some() && !with_right.lessee)
        || (asked.term.is_some() && !with_right.term);
    if let Some(case) = standing.case_id.filter(|_| decided) {
        return Err(ContractRefused::DecidedBy(case).into());
    }
    let described = OldContract {
        lessor_id: asked.lessor_id.unwrap_or(standing.lessor_id),
        lessee_id: asked.lessee_id.unwrap_or(standing.lessee_id),
        asset_ids: asked.asset_ids.clone().unwrap_or_else(|| standing.asset_ids.clone()),
        term: asked.term.unwrap_or(standing.term),
        dues: asked.dues.clone().unwrap_or_else(|| standing.dues.clone()),
    };
    Faults::none_of(faults_in(unit, scope, &described, Some(standing), at)?)?;
    if let Some(gone) = gone_and_bound(unit, &described, standing)? {
        return Err(ContractRefused::Gone(gone).into());
    }
    // Where nothing else is let, it belongs where it belonged.
    let region_code = match &asked.asset_ids {
        Some(_) => region_of(unit, scope, &described, &standing.asset_ids, at)?,
        None => standing.region_code,
    };
    let agreed = NewContract {
        case_id: standing.case_id,
        region_code,
        lessor_id: described.lessor_id,
        lessee_id: described.lessee_id,
        asset_ids: described.asset_ids,
        term: described.term,
        dues: described.dues,
    };
    let agreed = agreed.in_order();
    Ok((agreed != *standing).then(|| Recorded { agreed, ..recorded.clone() }))
}

/// Who would be bound to more by other terms of a contract that binds it already, and is there no more to be bound; none where nobody
/// would.
fn gone_and_bound(
    unit: &mut Read<'_>,
    asked: &OldContract,
    standing: &NewContract,
) -> Result<Option<Id<kind::Party>>, StorageError> {
    let longer = asked.term.intersection(&standing.term) != Some(asked.term);
    let wider = asked.asset_ids.iter().any(|id| !standing.asset_ids.contains(id));
    let dearer = eased_by(&standing.dues, &asked.dues, NaiveDate::MAX) > 0;
    let mut bound = Vec::new();
    if longer || wider {
        bound.extend([asked.lessor_id].into_iter().filter(|it| *it == standing.lessor_id));
    }
    if longer || wider || dearer {
        bound.extend([asked.lessee_id].into_iter().filter(|it| *it == standing.lessee_id));
    }
    if bound.is_empty() {
        return Ok(None);
    }
    let heirs = Heirs::of(unit, bound.iter().copied())?;
    Ok(bound.into_iter().find(|it| heirs.taking(*it).is_none()))
}

/// How much of what falls due has by a day.
pub fn due_by(dues: &[(NaiveDate, Fen)], day: NaiveDate) -> i128 {
    let due = dues.iter().filter(|(on, _)| *on <= day);
    due.map(|(_, amount)| i128::from(amount.get())).sum()
}

/// By how much at most less has fallen due on some day, a last one at most, by one schedule than by another.
pub fn eased_by(dues: &[(NaiveDate, Fen)], than: &[(NaiveDate, Fen)], last: NaiveDate) -> i128 {
    let days: BTreeSet<NaiveDate> = than.iter().map(|(on, _)| *on).filter(|on| *on <= last).collect();
    days.into_iter().map(|day| due_by(than, day) - due_by(dues, day)).max().unwrap_or_default().max(0)
}

/// Who rents by a contract and would owe some of it by today if an amount had not come in; none where nothing would be owed.
pub(super) fn debtor_without(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
    amount: Fen,
) -> Result<Option<Id<kind::Party>>, StorageError> {
    let Some(recorded) = one(unit, &Scope::WHOLE, id)? else { return Ok(None) };
    let received = receipts::store::received_under(unit, &[id], Known::Now)?;
    let received = received.first().map_or(Fen::ZERO, |(_, it)| *it);
    let lessee = recorded.agreed.lessee_id;
    let left = received.checked_sub(amount).unwrap_or(Fen::ZERO);
    let contract = Contract::of(recorded, left, unit.today());
    Ok((contract.status == RecordStatus::Recorded && !contract.arrears.is_zero()).then_some(lessee))
}

/// Puts on record what should have been said of a contract that this unit of work has locked and read.
///
/// What the rules say of it by then is recorded with it, where it was recorded by itself.
pub fn correct(
    unit: &mut Write<'_>,
    actor: &Actor,
    corrected: &Recorded,
    checked: Option<&Checked>,
    because: &Because<'_>,
) -> Result<Contract, ContractError> {
    change(unit, actor, CORRECTED, corrected.clone(), (because, checked))
}

/// Makes a contract void that this unit of work has locked and read: nothing falls due under it, on no day.
pub fn make_void(
    unit: &mut Write<'_>,
    actor: &Actor,
    recorded: &Recorded,
    because: &Because<'_>,
) -> Result<Contract, ContractError> {
    change(
        unit,
        actor,
        VOIDED,
        Recorded { status: RecordStatus::Voided, ..recorded.clone() },
        (because, None),
    )
}

fn change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    mut recorded: Recorded,
    (because, checked): (&Because<'_>, Option<&Checked>),
) -> Result<Contract, ContractError> {
    recorded.version = recorded.version.saturating_add(1);
    let entry = journal_terms(unit, actor, action, &recorded, (Some(because), checked))?;
    store::correct(unit, &recorded, because.case_id, entry)?;
    if let Some(checked) = checked {
        store::insert_check(unit, &recorded, checked)?;
    }
    let today = unit.today();
    let corrected = shown(unit, vec![recorded], Known::Now, today)?.pop();
    corrected.ok_or_else(|| ContractRefused::NotFound.into())
}

/// Who recorded a contract; of the contract of a lease, who executed that.
pub fn recorder(unit: &mut Read<'_>, id: Id<kind::Contract>) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), CONCLUDED)
}

/// A contract, after the case that made it or gave it its right.
pub type MadeBy = (Id<kind::Case>, Id<kind::Contract>);

/// The contracts that some cases made, or gave their right, each with its case.
pub fn made_by(unit: &mut Read<'_>, cases: &[Id<kind::Case>]) -> Result<Vec<MadeBy>, StorageError> {
    store::made_by(unit, cases)
}

/// The cases that corrected a contract, or gave it its right.
pub fn corrected_by(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::corrected_by(unit, id)
}

/// A contract of a scope as it is recorded now, without what came in.
pub fn one(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Contract>,
) -> Result<Option<Recorded>, StorageError> {
    let wanted = Wanted { id: Some(id), ..Wanted::default() };
    Ok(store::load(unit, scope, &wanted, 1)?.pop())
}

/// What is wrong with the days of a contract about what has been there since a day: nothing of it lies before that, its term
/// begins within a few years, and all falls due within a year of its end.
fn faults_of_days(asked: &OldContract, since: NaiveDate, today: NaiveDate, at: &str) -> Vec<Fault> {
    let term = asked.term;
    let begins = period::before(term.from(), since)
        .or_else(|| period::too_far_ahead(term.from(), today))
        .map(|reason| Fault::at(format!("{at}/term/from"), reason));
    begins
        .into_iter()
        .chain(faults_of_due_days(&asked.dues, since, Some(&term), &format!("{at}/schedule")))
        .collect()
}

/// What is wrong with the days on which something falls due for the use of what has been there since a day: none lies before
/// that, and none later than a year after the end of the term, where the term is known. Days outside the calendar are told by
/// [`faults_of_schedule`]. `at` points to the schedule.
pub fn faults_of_due_days(
    dues: &[(NaiveDate, Fen)],
    since: NaiveDate,
    term: Option<&Period>,
    at: &str,
) -> Vec<Fault> {
    let latest = term.and_then(Period::to).map(|to| period::years_after(to, 1));
    let due = dues.iter().enumerate().filter_map(|(index, (due_on, _))| {
        let due_on = calendar_day(*due_on).ok()?;
        let wrong = period::before(due_on, since)
            .or_else(|| latest.and_then(|latest| period::beyond(due_on, latest)));
        wrong.map(|reason| Fault::at(format!("{at}/{index}/due_on"), reason))
    });
    due.collect()
}

/// Who cannot be bound by a contract: nobody on record, a person whose data were erased, whoever had ended when it began.
fn faults_of_people(
    asked: &OldContract,
    people: &BTreeMap<Id<kind::Party>, PartyStanding>,
    at: &str,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (field, id) in [("lessor_id", asked.lessor_id), ("lessee_id", asked.lessee_id)] {
        let at = format!("{at}/{field}");
        match people.get(&id) {
            None => faults.push(Fault::at(at, Reason::NotFound { what: "party" })),
            Some(it) => {
                faults.extend(it.refused_for(&asked.term).map(|reason| Fault::at(at.clone(), reason)));
            }
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
    Ok(still_bound(unit, found, on)?.into_iter().take(limit).collect())
}

/// The contracts by which a party rents something from a day on or later; at most a number of them.
pub fn begun_from(
    unit: &mut Read<'_>,
    lessee: Id<kind::Party>,
    day: NaiveDate,
    limit: usize,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    let begun = |it: &Recorded| {
        it.status == RecordStatus::Recorded && it.agreed.lessee_id == lessee && it.agreed.term.from() >= day
    };
    let found = store::of_party(unit, lessee)?.into_iter().filter(begun);
    Ok(found.map(|it| it.id).take(limit).collect())
}

/// Those of some contracts that run on a day or later, or under which what fell due by today did not come in.
fn still_bound(
    unit: &mut Read<'_>,
    found: Vec<Recorded>,
    on: NaiveDate,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    let runs = |it: &Contract| it.agreed.term.ends_after(on) && it.ended_on.is_none_or(|ended| on < ended);
    let today = unit.today();
    let mut found = completed(unit, found, Known::Now, today)?;
    found.retain(|it| it.status == RecordStatus::Recorded && (runs(it) || !it.arrears.is_zero()));
    Ok(found.into_iter().map(|it| it.id).collect())
}

/// The contracts about some assets, void ones left out; at most a number of them.
pub fn about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    store::some_ids_about(unit, assets, limit)
}

/// The contracts about an asset that run today or later, or under which what fell due did not come in; at most a number of
/// them.
pub fn binding(
    unit: &mut Read<'_>,
    of: Id<kind::Asset>,
    limit: i64,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    let found = of_asset(unit, of)?;
    let today = unit.today();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(still_bound(unit, found, today)?.into_iter().take(limit).collect())
}

/// The contracts by which anybody rents any of some assets, and those by which some parties rent anything from some others, void ones
/// left out; with what was owed under them on a day.
pub fn rented_by(
    unit: &mut Read<'_>,
    lessees: &[Id<kind::Party>],
    of: (&[Id<kind::Asset>], &[Id<kind::Party>]),
    on: NaiveDate,
) -> Result<Vec<Contract>, StorageError> {
    let found = store::rented_by(unit, lessees, of)?;
    completed(unit, found, Known::Now, on)
}

/// Some contracts with what was owed under them on a day.
pub fn owed_under(
    unit: &mut Read<'_>,
    some: Vec<Recorded>,
    on: NaiveDate,
) -> Result<Vec<Contract>, StorageError> {
    completed(unit, some, Known::Now, on)
}

/// The first day on which a contract about an asset runs, or something falls due under one; none of void ones.
pub fn first_day(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    let days =
        |it: Recorded| it.agreed.dues.iter().map(|(due_on, _)| *due_on).chain([it.agreed.term.from()]).min();
    Ok(of_asset(unit, of)?.into_iter().filter_map(days).min())
}

/// The contracts about an asset, void ones left out.
fn of_asset(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Vec<Recorded>, StorageError> {
    let wanted = Wanted { asset: Some(of), status: Some(RecordStatus::Recorded), ..Wanted::default() };
    store::load(unit, &Scope::WHOLE, &wanted, i64::MAX)
}

/// When a contract was recorded.
pub fn recorded_at(unit: &mut Read<'_>, id: Id<kind::Contract>) -> Result<DateTime<Utc>, StorageError> {
    store::recorded_at(unit, id)
}

/// What is wrong with a contract, as far as it shows without looking anything up.
fn faults_of(asked: &OldContract, at: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, id) in asked.asset_ids.iter().enumerate() {
        if asked.asset_ids.iter().take(index).any(|earlier| earlier == id) {
            faults.push(Fault::at(format!("{at}/asset_ids/{index}"), Reason::Duplicate));
        }
    }
    if asked.lessor_id == asked.lessee_id {
        let other = format!("{at}/lessor_id");
        faults.push(Fault::at(format!("{at}/lessee_id"), Reason::Contradicts { other }));
    }
    faults.extend(faults_of_schedule(&asked.dues, &format!("{at}/schedule")));
    faults
}

/// What is wrong with a schedule, as far as it shows without looking anything up: its days are in the calendar, something falls due on
/// each of them, and all of it can be summed. `at` points to the schedule.
pub fn faults_of_schedule(dues: &[(NaiveDate, Fen)], at: &str) -> Vec<Fault> {
    let days = dues.iter().enumerate().filter_map(|(index, (due_on, _))| {
        calendar_day(*due_on).err().map(|reason| Fault::at(format!("{at}/{index}/due_on"), reason))
    });
    let mut faults: Vec<Fault> = days.collect();
    let nothing = dues.iter().enumerate().filter(|(_, (_, amount))| amount.is_zero());
    faults.extend(nothing.map(|(index, _)| {
        Fault::at(format!("{at}/{index}/amount_fen"), Reason::TooSmall { min: "1".to_owned() })
    }));
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

/// The contract of an id, within the caller's region, as far as is known: with what was said of it, what had come in, and what
/// was owed on a day.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Contract>,
    known: Known,
    on: NaiveDate,
) -> Result<Contract, ContractError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let found = match known {
        Known::Now => one(unit, &scope, id)?,
        Known::Through(index) => store::find_through(unit, &scope, id, index)?,
    };
    let contract = found.ok_or(ContractRefused::NotFound)?;
    shown(unit, vec![contract], known, on)?.pop().ok_or_else(|| ContractRefused::NotFound.into())
}

/// Whether there is a contract of an id in a scope.
pub(super) fn exists(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Contract>,
) -> Result<bool, StorageError> {
    Ok(one(unit, scope, id)?.is_some())
}

/// Which contracts are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only the one of this identifier.
    pub id: Option<Id<kind::Contract>>,
    /// Only contracts about this asset.
    pub asset: Option<Id<kind::Asset>>,
    /// Only contracts that count, or only those that are void.
    pub status: Option<RecordStatus>,
    /// Only contracts after this one.
    pub after: Option<(RegionCode, Id<kind::Contract>)>,
}

/// How many dues the schedules of a list may have, but for the first of them.
const LISTED_DUES: i64 = 20_000;

/// Contracts of a scope, by region and then by the time of their recording; those that count where no status is wanted. So many
/// at most, and fewer where much falls due under them; and whether more follow.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<(Vec<Contract>, bool), ContractError> {
    caller.permit(Permission::MoneyRead)?;
    // What is void is no contract, and is shown only to whoever asks for it.
    let status = Some(wanted.status.unwrap_or(RecordStatus::Recorded));
    let wanted = Wanted { status, ..*wanted };
    let (found, more) = store::load_portion(unit, scope, &wanted, (limit, LISTED_DUES))?;
    let today = unit.today();
    Ok((shown(unit, found, Known::Now, today)?, more))
}

/// Contracts with what had come in as far as is known, and what was owed on a day.
fn completed(
    unit: &mut Read<'_>,
    found: Vec<Recorded>,
    known: Known,
    on: NaiveDate,
) -> Result<Vec<Contract>, StorageError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = found.iter().map(|it| it.id).collect();
    let received: BTreeMap<_, _> = receipts::store::received_under(unit, &ids, known)?.into_iter().collect();
    let of = |it: Recorded| {
        let received = received.get(&it.id).copied().unwrap_or_default();
        Contract::of(it, received, on)
    };
    Ok(found.into_iter().map(of).collect())
}

/// The same as they are shown: with the rights under which they stand, and with what the rules said of them.
fn shown(
    unit: &mut Read<'_>,
    found: Vec<Recorded>,
    known: Known,
    on: NaiveDate,
) -> Result<Vec<Contract>, StorageError> {
    let mut checked = store::checked(unit, &found)?;
    let assets: BTreeSet<_> = found.iter().flat_map(|it| it.agreed.asset_ids.iter().copied()).collect();
    let assets: Vec<_> = assets.into_iter().collect();
    let rights = rights::by_asset(rights::known(unit, &assets, known)?);
    let mut contracts = completed(unit, found, known, on)?;
    for it in &mut contracts {
        it.under = under(&it.agreed, &rights);
        it.checked = checked.remove(&it.id);
        // What was found for the want of a right is found no longer once there is one.
        if let Some(checked) = &mut it.checked {
            let last = it.agreed.term.to().and_then(|until| until.pred_opt()).unwrap_or(NaiveDate::MAX);
            let to_the_end = |of: &&Under| of.period.contains(last);
            let stands = || it.under.iter().filter(to_the_end).map(|of| of.asset_id);
            checked.findings.retain(|found| !found.is_cured_by_right_in(stands()));
            // An asset that was registered since without the lease lacks that, and no registration any more.
            let owned = |asset: &Id<kind::Asset>| {
                let mut of = rights.get(asset).into_iter().flatten();
                of.any(|of| of.kind == RightKind::Ownership && of.period.overlaps(&it.agreed.term))
            };
            let registered: Vec<_> = it.agreed.asset_ids.iter().copied().filter(owned).collect();
            checked.findings.iter_mut().for_each(|found| found.tell_of_registered(&registered));
        }
    }
    Ok(contracts)
}

/// The rights under which a contract lets what it lets, of those in its assets: the management that came to whoever rents by it,
/// for days of its term.
fn under(agreed: &NewContract, rights: &BTreeMap<Id<kind::Asset>, Vec<Right>>) -> Vec<Under> {
    let of_asset = |asset: &Id<kind::Asset>| {
        let of = rights.get(asset).into_iter().flatten();
        let of = of.filter(|it| lets_to(it, agreed.lessee_id, &agreed.term));
        let under = |it: &Right| Under {
            asset_id: *asset,
            holder_id: it.holder_id,
            share: it.share,
            period: it.period,
        };
        of.map(under).collect::<Vec<_>>()
    };
    agreed.asset_ids.iter().flat_map(of_asset).collect()
}

/// The papers with which a contract was put on record by itself.
#[derive(Debug)]
pub struct Papers {
    /// The contract.
    pub contract_id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// What it came with.
    pub papers: Value,
}

/// The papers with which the contracts of some lessors were put on record.
pub fn papers_of(unit: &mut Read<'_>, lessors: &[Id<kind::Party>]) -> Result<Vec<Papers>, StorageError> {
    store::papers_of(unit, lessors)
}

/// A contract on record that says the very same as one that would be recorded; none where none does.
pub fn identical(
    unit: &mut Read<'_>,
    asked: &NewContract,
) -> Result<Option<Id<kind::Contract>>, StorageError> {
    let asked = asked.clone().in_order();
    let same = |it: &Recorded| NewContract { case_id: None, ..it.agreed.clone().in_order() } == asked;
    let found = store::about(unit, &asked.asset_ids, asked.term.from())?;
    Ok(found.iter().find(|it| same(it)).map(|it| it.id))
}

/// A contract under which no right was moved, and the days on which it lets an asset.
#[derive(Debug, Clone)]
pub struct Occupying {
    /// The contract.
    pub id: Id<kind::Contract>,
    /// Who lets.
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    pub lessee_id: Id<kind::Party>,
    /// What is let.
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// The days of its term, up to the one from which it no longer runs.
    pub days: Period,
    /// Whether it came from a lease that went through a case.
    pub of_case: bool,
    /// What falls due, and when.
    pub dues: Vec<(NaiveDate, Fen)>,
}

/// The contracts that let some assets on some day of a period, void ones left out; one statement whatever the number of assets.
pub fn occupying(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    period: &Period,
) -> Result<Vec<Occupying>, StorageError> {
    let found = store::about(unit, assets, period.from())?;
    let occupying = found.into_iter().filter_map(|it| {
        let ended_on = it.endings.iter().filter(|it| it.resumed_on.is_none()).map(|it| it.on).min();
        let term = it.agreed.term;
        let until = [term.to(), ended_on].into_iter().flatten().min();
        let days = Period::new(term.from(), until).ok()?;
        days.overlaps(period).then(|| Occupying {
            id: it.id,
            lessor_id: it.agreed.lessor_id,
            lessee_id: it.agreed.lessee_id,
            asset_ids: it.agreed.asset_ids,
            days,
            of_case: it.agreed.case_id.is_some(),
            dues: it.agreed.dues,
        })
    });
    Ok(occupying.collect())
}

/// A contract on record, without what came in.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The identifier.
    pub id: Id<kind::Contract>,
    /// What was agreed.
    pub agreed: NewContract,
    /// In the order in which they were recorded.
    pub(super) endings: Vec<Ending>,
    /// Whether it counts.
    pub status: RecordStatus,
    /// The version of this record.
    pub version: i64,
}

impl Recorded {
    /// Whether it was ever said to run no longer, on days of its term.
    pub fn has_ended(&self) -> bool {
        !self.endings.is_empty()
    }

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
    fn of(it: Recorded, received: Fen, on: NaiveDate) -> Self {
        let never_ran = (it.status == RecordStatus::Voided)
            .then(|| Ending { on: it.agreed.dues.first().map_or(on, |first| first.0), resumed_on: None });
        let endings: Vec<_> = it.endings.iter().copied().chain(never_ran).collect();
        let (schedule, overpaid) = settled(&it.agreed.dues, &endings, received);
        Self {
            id: it.id,
            ended_on: it.endings.iter().filter(|it| it.resumed_on.is_none()).map(|it| it.on).min(),
            arrears: arrears(&schedule, on),
            status: it.status,
            schedule,
            overpaid,
            agreed: it.agreed,
            version: it.version,
            under: Vec::new(),
            checked: None,
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
        let found = faults_of(asked, "");
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
            let found = faults_of_days(asked, day(since), day("2021-06-01"), "");
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
