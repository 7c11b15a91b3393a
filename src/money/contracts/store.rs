//! The tables of contracts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::{
    dsl::{count_star, exists},
    prelude::*,
};
use serde_json::json;

use crate::{
    money::contracts::{Checked, Ending, NewContract, Papers, Recorded, Wanted},
    register::codes::RecordStatus,
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{
            contract_assets, contract_checks, contract_dues, contract_endings, contract_versions, contracts,
            journal_leaves,
        },
    },
    values::{Fen, Id, Period, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contracts)]
#[diesel(treat_none_as_default_value = false)]
struct ContractRow {
    id: Id<kind::Contract>,
    case_id: Option<Id<kind::Case>>,
    region_code: RegionCode,
    lessor_id: Id<kind::Party>,
    lessee_id: Id<kind::Party>,
    term_from: NaiveDate,
    term_to: Option<NaiveDate>,
    version: i64,
    recorded_at: NaiveDateTime,
    status: RecordStatus,
}

/// What a version of a contract says, the case that decided a correction or gave the contract its right, and the journal entry that says it.
#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_versions)]
#[diesel(treat_none_as_default_value = false)]
struct VersionRow {
    contract_id: Id<kind::Contract>,
    version: i64,
    region_code: RegionCode,
    lessor_id: Id<kind::Party>,
    lessee_id: Id<kind::Party>,
    term_from: NaiveDate,
    term_to: Option<NaiveDate>,
    /// With a blank between them.
    asset_ids: String,
    status: RecordStatus,
    case_id: Option<Id<kind::Case>>,
    entry_id: Id<kind::Entry>,
}

/// What a version of a contract came with, and what the rules said of it then.
#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_checks)]
struct CheckRow {
    contract_id: Id<kind::Contract>,
    version: i64,
    papers: String,
    findings: String,
    policy_version: String,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_assets)]
struct AssetRow {
    contract_id: Id<kind::Contract>,
    asset_id: Id<kind::Asset>,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_dues)]
#[diesel(treat_none_as_default_value = false)]
struct DueRow {
    contract_id: Id<kind::Contract>,
    ordinal: i32,
    due_on: NaiveDate,
    amount_fen: Fen,
    /// The versions that say it: from this one on, and until another one, where it was wrong.
    since_version: i64,
    until_version: Option<i64>,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = contract_endings)]
#[diesel(treat_none_as_default_value = false)]
struct EndingRow {
    contract_id: Id<kind::Contract>,
    ordinal: i32,
    ended_on: NaiveDate,
    resumed_on: Option<NaiveDate>,
    entry_id: Id<kind::Entry>,
    resumed_by: Option<Id<kind::Entry>>,
    superseded_by: Option<Id<kind::Entry>>,
}

pub(super) fn insert(
    unit: &mut Write<'_>,
    it: &Recorded,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let agreed = &it.agreed;
    let row = ContractRow {
        id: it.id,
        case_id: agreed.case_id,
        region_code: agreed.region_code,
        lessor_id: agreed.lessor_id,
        lessee_id: agreed.lessee_id,
        term_from: agreed.term.from(),
        term_to: agreed.term.to(),
        version: it.version,
        recorded_at: unit.timestamp(),
        status: it.status,
    };
    unit.change(diesel::insert_into(contracts::table).values(row))?;
    insert_version(unit, it, None, entry)?;
    insert_assets(unit, it.id, &agreed.asset_ids)?;
    insert_dues(unit, it, 0)
}

/// Writes what the rules say of the version of a contract.
pub(super) fn insert_check(
    unit: &mut Write<'_>,
    it: &Recorded,
    checked: &Checked,
) -> Result<(), StorageError> {
    let row = CheckRow {
        contract_id: it.id,
        version: it.version,
        papers: checked.papers.to_string(),
        findings: json!(checked.findings).to_string(),
        policy_version: checked.policy_version.clone(),
    };
    unit.change(diesel::insert_into(contract_checks::table).values(row))?;
    Ok(())
}

/// What the rules said last of some contracts, up to the version in which each is.
pub(super) fn checked(
    unit: &mut Read<'_>,
    of: &[Recorded],
) -> Result<BTreeMap<Id<kind::Contract>, Checked>, StorageError> {
    let versions: BTreeMap<_, _> = of.iter().map(|it| (it.id, it.version)).collect();
    let ids: Vec<_> = versions.keys().copied().collect();
    let rows: Vec<CheckRow> = contract_checks::table
        .filter(contract_checks::contract_id.eq_any(ids))
        .order((contract_checks::contract_id, contract_checks::version))
        .select(CheckRow::as_select())
        .load(unit.conn())?;
    let mut last = BTreeMap::new();
    for row in rows {
        if versions.get(&row.contract_id).is_some_and(|it| row.version <= *it) {
            let corrupt =
                |_| StorageError::Corrupt(format!("what was found of contract {}", row.contract_id));
            let checked = Checked {
                papers: serde_json::from_str(&row.papers).map_err(corrupt)?,
                findings: serde_json::from_str(&row.findings).map_err(corrupt)?,
                policy_version: row.policy_version,
            };
            last.insert(row.contract_id, checked);
        }
    }
    Ok(last)
}

/// The papers with which the contracts of some lessors were put on record, each with who lets and who rents.
pub(super) fn papers_of(
    unit: &mut Read<'_>,
    lessors: &[Id<kind::Party>],
) -> Result<Vec<Papers>, StorageError> {
    type Row = (Id<kind::Contract>, Id<kind::Party>, Id<kind::Party>, String);
    let rows: Vec<Row> = contracts::table
        .inner_join(contract_checks::table.on(contract_checks::contract_id.eq(contracts::id)))
        .filter(contracts::lessor_id.eq_any(lessors))
        .filter(contracts::status.eq(RecordStatus::Recorded))
        .order((contracts::id, contract_checks::version))
        .select((contracts::id, contracts::lessor_id, contracts::lessee_id, contract_checks::papers))
        .load(unit.conn())?;
    let read = |(contract_id, lessor_id, lessee_id, papers): Row| {
        let papers = serde_json::from_str(&papers)
            .map_err(|_| StorageError::Corrupt(format!("the papers of contract {contract_id}")))?;
        Ok(Papers { contract_id, lessor_id, lessee_id, papers })
    };
    rows.into_iter().map(read).collect()
}

fn insert_version(
    unit: &mut Write<'_>,
    it: &Recorded,
    case_id: Option<Id<kind::Case>>,
    entry_id: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let agreed = &it.agreed;
    let row = VersionRow {
        contract_id: it.id,
        version: it.version,
        region_code: agreed.region_code,
        lessor_id: agreed.lessor_id,
        lessee_id: agreed.lessee_id,
        term_from: agreed.term.from(),
        term_to: agreed.term.to(),
        asset_ids: agreed.asset_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        status: it.status,
        case_id,
        entry_id,
    };
    unit.change(diesel::insert_into(contract_versions::table).values(row))?;
    Ok(())
}

fn insert_assets(
    unit: &mut Write<'_>,
    id: Id<kind::Contract>,
    assets: &[Id<kind::Asset>],
) -> Result<(), StorageError> {
    let rows: Vec<AssetRow> =
        assets.iter().map(|asset_id| AssetRow { contract_id: id, asset_id: *asset_id }).collect();
    insert_all!(unit, contract_assets::table, &rows)
}

/// Writes the schedule as the present version says it, behind what earlier ones said.
fn insert_dues(unit: &mut Write<'_>, it: &Recorded, first: i32) -> Result<(), StorageError> {
    let dues: Vec<DueRow> = (first..)
        .zip(&it.agreed.dues)
        .map(|(ordinal, (due_on, amount))| DueRow {
            contract_id: it.id,
            ordinal,
            due_on: *due_on,
            amount_fen: *amount,
            since_version: it.version,
            until_version: None,
        })
        .collect();
    insert_all!(unit, contract_dues::table, &dues)
}

/// Writes a new version of a contract that is locked. What was said before stays with the versions that said it.
pub(super) fn correct(
    unit: &mut Write<'_>,
    it: &Recorded,
    case: Option<Id<kind::Case>>,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let Some(before) = load(unit, &Scope::WHOLE, &Wanted { id: Some(it.id), ..Wanted::default() }, 1)?.pop()
    else {
        return Err(StorageError::Corrupt(format!("contract {} is missing", it.id)));
    };
    let agreed = &it.agreed;
    unit.alter(
        contracts::table.find(it.id),
        (
            contracts::region_code.eq(agreed.region_code),
            contracts::lessor_id.eq(agreed.lessor_id),
            contracts::lessee_id.eq(agreed.lessee_id),
            contracts::term_from.eq(agreed.term.from()),
            contracts::term_to.eq(agreed.term.to()),
            contracts::version.eq(it.version),
            contracts::status.eq(it.status),
        ),
    )?;
    insert_version(unit, it, case, entry)?;
    let (was, is) = (&before.agreed.asset_ids, &agreed.asset_ids);
    let left: Vec<_> = was.iter().copied().filter(|id| !is.contains(id)).collect();
    let come: Vec<_> = is.iter().copied().filter(|id| !was.contains(id)).collect();
    if !left.is_empty() {
        let of_contract = contract_assets::table.filter(contract_assets::contract_id.eq(it.id));
        unit.remove(of_contract.filter(contract_assets::asset_id.eq_any(left)))?;
    }
    insert_assets(unit, it.id, &come)?;
    if before.agreed.dues == agreed.dues {
        return Ok(());
    }
    let last: Option<i32> = contract_dues::table
        .filter(contract_dues::contract_id.eq(it.id))
        .select(diesel::dsl::max(contract_dues::ordinal))
        .first(unit.conn())?;
    let current = contract_dues::table
        .filter(contract_dues::contract_id.eq(it.id))
        .filter(contract_dues::until_version.is_null());
    unit.alter(current, contract_dues::until_version.eq(it.version))?;
    insert_dues(unit, it, last.map_or(0, |it| it.saturating_add(1)))
}

/// Writes which case gave a contract its right that was recorded by itself.
pub(super) fn adopt(
    unit: &mut Write<'_>,
    it: &Recorded,
    case: Id<kind::Case>,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    unit.alter(
        contracts::table.find(it.id),
        (contracts::case_id.eq(case), contracts::version.eq(it.version)),
    )?;
    insert_version(unit, it, Some(case), entry)
}

/// When a contract was recorded.
pub(super) fn recorded_at(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
) -> Result<DateTime<Utc>, StorageError> {
    let at: NaiveDateTime = contracts::table.find(id).select(contracts::recorded_at).first(unit.conn())?;
    Ok(at.and_utc())
}

/// The contracts that some cases made, or gave their right, each with its case.
pub(super) fn made_by(
    unit: &mut Read<'_>,
    cases: &[Id<kind::Case>],
) -> Result<Vec<super::MadeBy>, StorageError> {
    let mut found = Vec::new();
    for some in cases.chunks(2000) {
        found.extend(
            contracts::table
                .filter(contracts::case_id.eq_any(some.to_vec()))
                .order(contracts::id)
                .select((contracts::case_id.assume_not_null(), contracts::id))
                .load::<super::MadeBy>(unit.conn())?,
        );
    }
    Ok(found)
}

/// The cases that corrected a contract, or gave it its right.
pub(super) fn corrected_by(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let cases: Vec<Option<Id<kind::Case>>> = contract_versions::table
        .filter(contract_versions::contract_id.eq(id))
        .filter(contract_versions::case_id.is_not_null())
        .order(contract_versions::version)
        .select(contract_versions::case_id)
        .load(unit.conn())?;
    Ok(cases.into_iter().flatten().collect())
}

/// A contract as it was said to be when the journal had reached an index, where it belonged to the scope then and does now.
pub(super) fn find_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Contract>,
    index: i64,
) -> Result<Option<Recorded>, StorageError> {
    let row: Option<(VersionRow, Option<Id<kind::Case>>)> = contract_versions::table
        .inner_join(contracts::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(contract_versions::entry_id)))
        .filter(contracts::id.eq(id))
        .filter(contracts::region_code.between(scope.first(), scope.last()))
        .filter(journal_leaves::leaf_index.le(index))
        .order(contract_versions::version.desc())
        .select((VersionRow::as_select(), contracts::case_id))
        .first(unit.conn())
        .optional()?;
    let Some((row, case_id)) = row.filter(|(row, _)| scope.covers(&row.region_code)) else {
        return Ok(None);
    };
    let case_id = case_id_by(unit, id, (case_id, row.version))?;
    let corrupt = |what: &str| StorageError::Corrupt(format!("the {what} of contract {id}"));
    let asset_ids: Result<_, _> = row.asset_ids.split_ascii_whitespace().map(str::parse).collect();
    let dues = contract_dues::table
        .filter(contract_dues::contract_id.eq(id))
        .filter(contract_dues::since_version.le(row.version))
        .filter(contract_dues::until_version.is_null().or(contract_dues::until_version.gt(row.version)))
        .order(contract_dues::ordinal)
        .select((contract_dues::due_on, contract_dues::amount_fen))
        .load(unit.conn())?;
    let agreed = NewContract {
        case_id,
        region_code: row.region_code,
        lessor_id: row.lessor_id,
        lessee_id: row.lessee_id,
        asset_ids: asset_ids.map_err(|_| corrupt("assets"))?,
        term: Period::new(row.term_from, row.term_to).map_err(|_| corrupt("term"))?,
        dues,
    };
    let endings = endings_through(unit, id, index)?;
    Ok(Some(Recorded { id, agreed, endings, status: row.status, version: row.version }))
}

/// The case of a contract as a version of it knew it: one that gave the contract its right later was not its own by then.
fn case_id_by(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
    (case_id, version): (Option<Id<kind::Case>>, i64),
) -> Result<Option<Id<kind::Case>>, StorageError> {
    let Some(case_id) = case_id else { return Ok(None) };
    let adopted_later = contract_versions::table
        .filter(contract_versions::contract_id.eq(id))
        .filter(contract_versions::version.gt(version))
        .filter(contract_versions::case_id.eq(case_id));
    let adopted_later: bool = diesel::select(exists(adopted_later)).get_result(unit.conn())?;
    Ok(if adopted_later { None } else { Some(case_id) })
}

/// The days on which a contract did not run, as far as was known when the journal had reached an index.
fn endings_through(
    unit: &mut Read<'_>,
    id: Id<kind::Contract>,
    index: i64,
) -> Result<Vec<Ending>, StorageError> {
    let rows: Vec<EndingRow> = contract_endings::table
        .filter(contract_endings::contract_id.eq(id))
        .order(contract_endings::ordinal)
        .select(EndingRow::as_select())
        .load(unit.conn())?;
    let said_by = rows.iter().flat_map(|it| [Some(it.entry_id), it.resumed_by, it.superseded_by]);
    let said_by: Vec<_> = said_by.flatten().collect();
    let known: Vec<Id<kind::Entry>> = journal_leaves::table
        .filter(journal_leaves::entry_id.eq_any(said_by))
        .filter(journal_leaves::leaf_index.le(index))
        .select(journal_leaves::entry_id)
        .load(unit.conn())?;
    let is_known = |entry: &Id<kind::Entry>| known.contains(entry);
    let known_of = |it: EndingRow| Ending {
        on: it.ended_on,
        resumed_on: it.resumed_on.filter(|_| it.resumed_by.as_ref().is_some_and(is_known)),
    };
    let stood = |it: &EndingRow| is_known(&it.entry_id) && !it.superseded_by.as_ref().is_some_and(is_known);
    Ok(rows.into_iter().filter(stood).map(known_of).collect())
}

/// Contracts with what was agreed, without what came in.
pub(super) fn load(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Recorded>, StorageError> {
    let rows = rows(unit, scope, wanted, limit)?;
    assembled(unit, rows)
}

/// The same as far as all that falls due under them comes to a number of dues, but the first of them in any case; and whether
/// more follow.
pub(super) fn load_portion(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    (limit, most_dues): (i64, i64),
) -> Result<(Vec<Recorded>, bool), StorageError> {
    let mut rows = rows(unit, scope, wanted, limit.saturating_add(1))?;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let counted: Vec<(Id<kind::Contract>, i64)> = contract_dues::table
        .filter(contract_dues::contract_id.eq_any(&ids))
        .filter(contract_dues::until_version.is_null())
        .group_by(contract_dues::contract_id)
        .select((contract_dues::contract_id, count_star()))
        .load(unit.conn())?;
    let counted: BTreeMap<_, _> = counted.into_iter().collect();
    let found = rows.len();
    let mut dues = 0_i64;
    let listed = rows.iter().zip(0_i64..).take_while(|(row, place)| {
        dues = dues.saturating_add(counted.get(&row.id).copied().unwrap_or_default());
        *place < limit && (*place == 0 || dues <= most_dues)
    });
    let listed = listed.count();
    rows.truncate(listed);
    Ok((assembled(unit, rows)?, listed < found))
}

fn rows(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<ContractRow>, StorageError> {
    let mut query = contracts::table
        .filter(contracts::region_code.between(scope.first(), scope.last()))
        .order((contracts::region_code, contracts::id))
        .limit(limit)
        .select(ContractRow::as_select())
        .into_boxed();
    if let Some(id) = wanted.id {
        query = query.filter(contracts::id.eq(id));
    }
    if let Some(status) = wanted.status {
        query = query.filter(contracts::status.eq(status));
    }
    if let Some(asset) = wanted.asset {
        query = query.filter(
            contracts::id.eq_any(
                contract_assets::table
                    .filter(contract_assets::asset_id.eq(asset))
                    .select(contract_assets::contract_id),
            ),
        );
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(contracts::region_code.ge(region))
            .filter(contracts::region_code.gt(region).or(contracts::id.gt(id)));
    }
    Ok(query.load(unit.conn())?)
}

/// The contracts that count on some assets whose term is not over by a day, within no scope: who may alter an asset may alter what is
/// agreed about it.
pub(super) fn about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Recorded>, StorageError> {
    let about = contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .select(contract_assets::contract_id);
    let rows: Vec<ContractRow> = contracts::table
        .filter(contracts::id.eq_any(about))
        .filter(contracts::status.eq(RecordStatus::Recorded))
        .filter(contracts::term_to.is_null().or(contracts::term_to.gt(on)))
        .order(contracts::id)
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    assembled(unit, rows)
}

/// All contracts that ever were about some assets, in the order of their identifiers.
pub(super) fn ids_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    Ok(contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .order(contract_assets::contract_id)
        .distinct()
        .select(contract_assets::contract_id)
        .load(unit.conn())?)
}

/// Contracts that count about some assets, in the order of their identifiers; at most a number of them.
pub(super) fn some_ids_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Contract>>, StorageError> {
    Ok(contract_assets::table
        .inner_join(contracts::table)
        .filter(contract_assets::asset_id.eq_any(assets))
        .filter(contracts::status.eq(RecordStatus::Recorded))
        .order(contract_assets::contract_id)
        .select(contract_assets::contract_id)
        .distinct()
        .limit(limit)
        .load(unit.conn())?)
}

/// The contracts of a party, on either side.
pub(super) fn of_party(unit: &mut Read<'_>, party: Id<kind::Party>) -> Result<Vec<Recorded>, StorageError> {
    let rows: Vec<ContractRow> = contracts::table
        .filter(contracts::lessor_id.eq(party).or(contracts::lessee_id.eq(party)))
        .order(contracts::id)
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    assembled(unit, rows)
}

/// The contracts that count by which anybody rents any of some assets, and those by which some parties rent anything from some others.
pub(super) fn rented_by(
    unit: &mut Read<'_>,
    lessees: &[Id<kind::Party>],
    (assets, lessors): (&[Id<kind::Asset>], &[Id<kind::Party>]),
) -> Result<Vec<Recorded>, StorageError> {
    let about = contract_assets::table
        .filter(contract_assets::asset_id.eq_any(assets))
        .select(contract_assets::contract_id);
    // Two questions, each by its index, and not one with an "or" that reads the whole table.
    let mut rows: Vec<ContractRow> = contracts::table
        .filter(contracts::lessee_id.eq_any(lessees))
        .filter(contracts::lessor_id.eq_any(lessors))
        .filter(contracts::status.eq(RecordStatus::Recorded))
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    let of_assets: Vec<ContractRow> = contracts::table
        .filter(contracts::id.eq_any(about))
        .filter(contracts::status.eq(RecordStatus::Recorded))
        .select(ContractRow::as_select())
        .load(unit.conn())?;
    rows.extend(of_assets);
    rows.sort_by_key(|it| it.id);
    rows.dedup_by_key(|it| it.id);
    assembled(unit, rows)
}

/// What belongs to each contract, in the order in which it comes.
fn grouped<T>(all: impl Iterator<Item = (Id<kind::Contract>, T)>) -> BTreeMap<Id<kind::Contract>, Vec<T>> {
    let mut of_each = BTreeMap::<_, Vec<T>>::new();
    for (contract, it) in all {
        of_each.entry(contract).or_default().push(it);
    }
    of_each
}

/// Contracts with all that belongs to them.
fn assembled(unit: &mut Read<'_>, rows: Vec<ContractRow>) -> Result<Vec<Recorded>, StorageError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let assets: Vec<AssetRow> = contract_assets::table
        .filter(contract_assets::contract_id.eq_any(&ids))
        .order((contract_assets::contract_id, contract_assets::asset_id))
        .select(AssetRow::as_select())
        .load(unit.conn())?;
    let dues: Vec<DueRow> = contract_dues::table
        .filter(contract_dues::contract_id.eq_any(&ids))
        .filter(contract_dues::until_version.is_null())
        .order((contract_dues::contract_id, contract_dues::ordinal))
        .select(DueRow::as_select())
        .load(unit.conn())?;
    let endings: Vec<EndingRow> = contract_endings::table
        .filter(contract_endings::contract_id.eq_any(&ids))
        .filter(contract_endings::superseded_by.is_null())
        .order((contract_endings::contract_id, contract_endings::ordinal))
        .select(EndingRow::as_select())
        .load(unit.conn())?;
    let mut assets_of = grouped(assets.into_iter().map(|it| (it.contract_id, it.asset_id)));
    let mut dues_of = grouped(dues.into_iter().map(|it| (it.contract_id, (it.due_on, it.amount_fen))));
    let ended = |it: EndingRow| (it.contract_id, Ending { on: it.ended_on, resumed_on: it.resumed_on });
    let mut endings_of = grouped(endings.into_iter().map(ended));
    rows.into_iter()
        .map(|row| {
            let term = Period::new(row.term_from, row.term_to)
                .map_err(|_| StorageError::Corrupt(format!("the term of contract {}", row.id)))?;
            let agreed = NewContract {
                case_id: row.case_id,
                region_code: row.region_code,
                lessor_id: row.lessor_id,
                lessee_id: row.lessee_id,
                asset_ids: assets_of.remove(&row.id).unwrap_or_default(),
                term,
                dues: dues_of.remove(&row.id).unwrap_or_default(),
            };
            let endings = endings_of.remove(&row.id).unwrap_or_default();
            Ok(Recorded { id: row.id, agreed, endings, status: row.status, version: row.version })
        })
        .collect()
}

/// Writes that a contract does not run on some days more.
pub(super) fn end(
    unit: &mut Write<'_>,
    it: &Recorded,
    ending: Ending,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let last: Option<i32> = contract_endings::table
        .filter(contract_endings::contract_id.eq(it.id))
        .select(diesel::dsl::max(contract_endings::ordinal))
        .first(unit.conn())?;
    let row = EndingRow {
        contract_id: it.id,
        ordinal: last.map_or(0, |it| it.saturating_add(1)),
        ended_on: ending.on,
        resumed_on: ending.resumed_on,
        entry_id: entry,
        resumed_by: ending.resumed_on.map(|_| entry),
        superseded_by: None,
    };
    unit.change(diesel::insert_into(contract_endings::table).values(row))?;
    update(unit, it, entry)
}

/// Writes that a contract ran on some of the days on which it was said to stand still until it ran again: others are said instead.
pub(super) fn supersede(
    unit: &mut Write<'_>,
    it: &Recorded,
    ending: Ending,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let said = contract_endings::table
        .filter(contract_endings::contract_id.eq(it.id))
        .filter(contract_endings::ended_on.eq(ending.on))
        .filter(contract_endings::resumed_on.eq(ending.resumed_on))
        .filter(contract_endings::superseded_by.is_null());
    unit.alter(said, contract_endings::superseded_by.eq(entry))?;
    update(unit, it, entry)
}

/// Writes that a contract which ended on a day runs again from another on.
pub(super) fn resume(
    unit: &mut Write<'_>,
    it: &Recorded,
    ended_on: NaiveDate,
    on: NaiveDate,
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let ended = contract_endings::table
        .filter(contract_endings::contract_id.eq(it.id))
        .filter(contract_endings::ended_on.eq(ended_on))
        .filter(contract_endings::superseded_by.is_null())
        .filter(contract_endings::resumed_on.is_null());
    unit.alter(ended, (contract_endings::resumed_on.eq(on), contract_endings::resumed_by.eq(entry)))?;
    update(unit, it, entry)
}

/// Writes that a contract is about further assets.
pub(super) fn add_assets(
    unit: &mut Write<'_>,
    it: &Recorded,
    assets: &[Id<kind::Asset>],
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    insert_assets(unit, it.id, assets)?;
    update(unit, it, entry)
}

/// Writes the version of a contract whose assets are locked.
fn update(unit: &mut Write<'_>, it: &Recorded, entry: Id<kind::Entry>) -> Result<(), StorageError> {
    unit.alter(contracts::table.find(it.id), contracts::version.eq(it.version))?;
    insert_version(unit, it, None, entry)
}
