//! The tables of cases.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use serde_json::Value;

use crate::{
    cases::{
        Case, CaseHead, CaseKind, CaseStatus, Concerning, CountyBecause, Dealt, DealtLot, DealtWith,
        ListedCase, Lot, NewOverride, Resting, RivalCase, Step, StepDone, StepOf, Wanted, overrides,
    },
    register::codes::RightKind,
    storage::{
        Read, StorageError, Write, day_of, insert_all,
        schema::{case_facts, case_lots, case_steps, cases},
    },
    values::{Id, RegionCode, Scope, Share, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = cases)]
#[diesel(treat_none_as_default_value = false)]
struct CaseRow {
    id: Id<kind::Case>,
    kind: CaseKind,
    status: CaseStatus,
    region_code: RegionCode,
    asked: String,
    findings: String,
    outcome: String,
    policy_version: String,
    steps_required: String,
    created_by: Id<kind::User>,
    created_at: NaiveDateTime,
    version: i64,
    county_because: Option<String>,
    resubmits: Option<Id<kind::Case>>,
}

impl TryFrom<CaseRow> for Case {
    type Error = StorageError;

    fn try_from(row: CaseRow) -> Result<Self, StorageError> {
        let corrupt = || StorageError::Corrupt(format!("case {}", row.id));
        Ok(Self {
            id: row.id,
            kind: row.kind,
            status: row.status,
            region_code: row.region_code,
            asked: serde_json::from_str(&row.asked).map_err(|_| corrupt())?,
            findings: serde_json::from_str(&row.findings).map_err(|_| corrupt())?,
            outcome: row.outcome.clone(),
            policy_version: row.policy_version.clone(),
            steps_required: steps(&row.steps_required).ok_or_else(corrupt)?,
            steps_done: Vec::new(),
            created_by: row.created_by,
            created_at: row.created_at.and_utc(),
            version: row.version,
            county_because: row
                .county_because
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(|_| corrupt())?,
            unnamed: Vec::new(),
            resubmits: row.resubmits,
        })
    }
}

/// Why the county approves, as it is kept.
fn because(kept: Option<&[CountyBecause]>) -> Option<String> {
    kept.map(|it| serde_json::json!(it).to_string())
}

/// What of a case stands in a list: neither what was asked nor what was found is read from the database.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = cases)]
struct ListedRow {
    id: Id<kind::Case>,
    kind: CaseKind,
    status: CaseStatus,
    region_code: RegionCode,
    outcome: String,
    policy_version: String,
    steps_required: String,
    created_by: Id<kind::User>,
    created_at: NaiveDateTime,
    version: i64,
}

/// The steps behind their codes.
fn steps(codes: &str) -> Option<Vec<Step>> {
    codes.split_ascii_whitespace().map(|it| it.parse().ok()).collect()
}

fn codes(steps: &[Step]) -> String {
    steps.iter().map(|it| it.code()).collect::<Vec<_>>().join(" ")
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = case_lots)]
#[diesel(treat_none_as_default_value = false)]
struct LotRow {
    case_id: Id<kind::Case>,
    ordinal: i32,
    asset_id: Id<kind::Asset>,
    kind: RightKind,
    from_id: Option<Id<kind::Party>>,
    to_id: Option<Id<kind::Party>>,
    share_num: i64,
    share_den: i64,
}

impl TryFrom<LotRow> for Lot {
    type Error = StorageError;

    fn try_from(row: LotRow) -> Result<Self, StorageError> {
        let share = Share::new(row.share_num, row.share_den)
            .map_err(|_| StorageError::Corrupt(format!("a lot of case {}", row.case_id)))?;
        Ok(Self { asset_id: row.asset_id, kind: row.kind, from_id: row.from_id, to_id: row.to_id, share })
    }
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = case_steps)]
#[diesel(treat_none_as_default_value = false)]
struct StepRow {
    case_id: Id<kind::Case>,
    ordinal: i32,
    step: Step,
    taken_by: Id<kind::User>,
    taken_at: NaiveDateTime,
    comment: Option<String>,
    overridden: Option<i32>,
    notice_id: Option<Id<kind::Notice>>,
    on_behalf_of: Option<Id<kind::User>>,
    delegation_id: Option<Id<kind::Delegation>>,
}

pub(super) fn insert(unit: &mut Write<'_>, case: &Case, lots: &[Lot]) -> Result<(), StorageError> {
    let row = CaseRow {
        id: case.id,
        kind: case.kind,
        status: case.status,
        region_code: case.region_code,
        asked: case.asked.to_string(),
        findings: case.findings.to_string(),
        outcome: case.outcome.clone(),
        policy_version: case.policy_version.clone(),
        steps_required: codes(&case.steps_required),
        created_by: case.created_by,
        created_at: case.created_at.naive_utc(),
        version: case.version,
        county_because: because(case.county_because.as_deref()),
        resubmits: case.resubmits,
    };
    unit.change(diesel::insert_into(cases::table).values(row))?;
    let rows: Vec<LotRow> = (0..)
        .zip(lots)
        .map(|(ordinal, lot)| LotRow {
            case_id: case.id,
            ordinal,
            asset_id: lot.asset_id,
            kind: lot.kind,
            from_id: lot.from_id,
            to_id: lot.to_id,
            share_num: lot.share.num(),
            share_den: lot.share.den(),
        })
        .collect();
    insert_all!(unit, case_lots::table, &rows)
}

pub(super) fn find(
    unit: &mut Read<'_>,
    scope: &Scope,
    of_kind: CaseKind,
    id: Id<kind::Case>,
) -> Result<Option<Case>, StorageError> {
    let row: Option<CaseRow> = cases::table
        .find(id)
        .filter(cases::kind.eq(of_kind))
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .select(CaseRow::as_select())
        .first(unit.conn())
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    Ok(with_steps(unit, vec![row])?.pop())
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    of_kind: CaseKind,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<ListedCase>, StorageError> {
    let mut query = cases::table
        .filter(cases::kind.eq(of_kind))
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .order(cases::id)
        .limit(limit)
        .select(ListedRow::as_select())
        .into_boxed();
    if let Some(status) = wanted.status {
        query = query.filter(cases::status.eq(status));
    }
    if let Some(after) = wanted.after {
        query = query.filter(cases::id.gt(after));
    }
    let rows: Vec<ListedRow> = query.load(unit.conn())?;
    let mut taken = steps_taken(unit, &rows.iter().map(|it| it.id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let corrupt = || StorageError::Corrupt(format!("case {}", row.id));
            Ok(ListedCase {
                steps_required: steps(&row.steps_required).ok_or_else(corrupt)?,
                steps_done: taken.remove(&row.id).unwrap_or_default(),
                id: row.id,
                kind: row.kind,
                status: row.status,
                region_code: row.region_code,
                outcome: row.outcome,
                policy_version: row.policy_version,
                created_by: row.created_by,
                created_at: row.created_at.and_utc(),
                version: row.version,
            })
        })
        .collect()
}

/// The cases of a scope, of any kind, that have come to their execution.
pub(super) fn executed(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Case>],
) -> Result<Vec<Case>, StorageError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = cases::table
        .filter(cases::id.eq_any(ids))
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .filter(cases::status.eq(CaseStatus::Executed))
        .select(CaseRow::as_select())
        .load(unit.conn())?;
    with_steps(unit, rows)
}

/// The steps that were taken in some cases.
fn steps_taken(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, Vec<StepDone>>, StorageError> {
    let steps: Vec<StepRow> = case_steps::table
        .filter(case_steps::case_id.eq_any(ids))
        .order((case_steps::case_id, case_steps::ordinal))
        .select(StepRow::as_select())
        .load(unit.conn())?;
    let mut naming: Vec<_> =
        steps.iter().filter(|it| it.overridden.is_some_and(|it| it > 0)).map(|it| it.case_id).collect();
    naming.dedup();
    let mut named = if naming.is_empty() { BTreeMap::new() } else { overrides::of_steps(unit, &naming)? };
    let mut taken = BTreeMap::<_, Vec<StepDone>>::new();
    for it in steps {
        let done = StepDone {
            step: it.step,
            by: it.taken_by,
            at: it.taken_at.and_utc(),
            comment: it.comment,
            on_paper: it.notice_id,
            on_behalf_of: it.on_behalf_of.zip(it.delegation_id),
            overrides: it.overridden.map(|_| named.remove(&(it.case_id, it.ordinal)).unwrap_or_default()),
        };
        taken.entry(it.case_id).or_default().push(done);
    }
    Ok(taken)
}

/// Who drafted a case, how far it is, and the steps that were taken in it.
pub(super) type Course = (Id<kind::User>, CaseStatus, Vec<StepDone>);

/// Who drafted some cases, how far each is, and the steps that were taken in it.
pub(super) fn taken(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, Course>, StorageError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut taken = steps_taken(unit, ids)?;
    let rows: Vec<(Id<kind::Case>, Id<kind::User>, CaseStatus)> = cases::table
        .filter(cases::id.eq_any(ids))
        .select((cases::id, cases::created_by, cases::status))
        .load(unit.conn())?;
    let with_steps = |(id, by, status)| (id, (by, status, taken.remove(&id).unwrap_or_default()));
    Ok(rows.into_iter().map(with_steps).collect())
}

/// Cases with the steps that were taken in them.
fn with_steps(unit: &mut Read<'_>, rows: Vec<CaseRow>) -> Result<Vec<Case>, StorageError> {
    let mut taken = steps_taken(unit, &rows.iter().map(|it| it.id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let mut case = Case::try_from(row)?;
            case.steps_done = taken.remove(&case.id).unwrap_or_default();
            Ok(case)
        })
        .collect()
}

pub(super) fn lots(unit: &mut Read<'_>, id: Id<kind::Case>) -> Result<Vec<Lot>, StorageError> {
    let rows: Vec<LotRow> = case_lots::table
        .filter(case_lots::case_id.eq(id))
        .order(case_lots::ordinal)
        .select(LotRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Lot::try_from).collect()
}

/// What a case of a scope is about, and where.
pub(super) fn kind_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Case>,
) -> Result<Option<(CaseKind, RegionCode)>, StorageError> {
    Ok(cases::table
        .find(id)
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .select((cases::kind, cases::region_code))
        .first(unit.conn())
        .optional()?)
}

/// What some cases are about.
pub(super) fn kinds_of(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, CaseKind>, StorageError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(2000) {
        let kinds: Vec<(Id<kind::Case>, CaseKind)> =
            cases::table.filter(cases::id.eq_any(some)).select((cases::id, cases::kind)).load(unit.conn())?;
        found.extend(kinds);
    }
    Ok(found)
}

/// What some cases are about, and when they were drafted.
pub(super) fn heads(unit: &mut Read<'_>, ids: &[Id<kind::Case>]) -> Result<Vec<CaseHead>, StorageError> {
    let mut found = Vec::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Case>, CaseKind, NaiveDateTime)> = cases::table
            .filter(cases::id.eq_any(some))
            .select((cases::id, cases::kind, cases::created_at))
            .load(unit.conn())?;
        found.extend(rows.into_iter().map(|(id, kind, at)| CaseHead { id, kind, at: at.and_utc() }));
    }
    Ok(found)
}

/// What a case asks for.
pub(super) fn asked(unit: &mut Read<'_>, id: Id<kind::Case>) -> Result<Option<Value>, StorageError> {
    let asked: Option<String> = cases::table.find(id).select(cases::asked).first(unit.conn()).optional()?;
    let read = asked.as_deref().map(serde_json::from_str).transpose();
    read.map_err(|_| StorageError::Corrupt(format!("case {id}")))
}

/// The cases of a scope that ask for a case anew, the latest first.
pub(super) fn resubmitted_by(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Case>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    Ok(cases::table
        .filter(cases::resubmits.eq(id))
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .order(cases::id.desc())
        .select(cases::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// Who drafted a case, when, and where.
pub(super) fn drafted(
    unit: &mut Read<'_>,
    id: Id<kind::Case>,
) -> Result<(Id<kind::User>, DateTime<Utc>, RegionCode), StorageError> {
    let (by, at, region): (_, NaiveDateTime, _) = cases::table
        .find(id)
        .select((cases::created_by, cases::created_at, cases::region_code))
        .first(unit.conn())?;
    Ok((by, at.and_utc(), region))
}

/// Everybody who gives or receives in a case.
pub(super) fn parties(unit: &mut Read<'_>, id: Id<kind::Case>) -> Result<Vec<Id<kind::Party>>, StorageError> {
    Ok(lots(unit, id)?.into_iter().flat_map(|it| [it.from_id, it.to_id]).flatten().collect())
}

/// Writes down the last step of a case, and how the case stands after it.
pub(super) fn take_step(
    unit: &mut Write<'_>,
    case: &Case,
    named: &[NewOverride],
) -> Result<(), StorageError> {
    let Some((done, before)) = case.steps_done.split_last() else {
        return Err(StorageError::Corrupt(format!("case {} without a step", case.id)));
    };
    let ordinal = i32::try_from(before.len()).unwrap_or(i32::MAX);
    let overridden = done.overrides.as_ref().map(|it| i32::try_from(it.len()).unwrap_or(i32::MAX));
    let row = StepRow {
        case_id: case.id,
        ordinal,
        step: done.step,
        taken_by: done.by,
        taken_at: done.at.naive_utc(),
        comment: done.comment.clone(),
        overridden,
        notice_id: done.on_paper,
        on_behalf_of: done.on_behalf_of.map(|(user, _)| user),
        delegation_id: done.on_behalf_of.map(|(_, delegation)| delegation),
    };
    unit.change(
        diesel::insert_into(case_steps::table).values((row, case_steps::salt.eq(Id::unguessable()))),
    )?;
    let (case_id, region_code) = (case.id, case.region_code);
    overrides::keep(unit, &StepOf { case_id, ordinal, region_code, by: done.by, at: done.at }, named)?;
    unit.alter(
        cases::table.find(case.id),
        (
            cases::status.eq(case.status),
            cases::findings.eq(case.findings.to_string()),
            cases::outcome.eq(&case.outcome),
            cases::policy_version.eq(&case.policy_version),
            cases::steps_required.eq(codes(&case.steps_required)),
            cases::version.eq(case.version),
            cases::county_because.eq(because(case.county_because.as_deref())),
        ),
    )?;
    Ok(())
}

/// The standings of drafts and of what is under way.
pub(super) const OPEN: &[CaseStatus] = &[
    CaseStatus::Draft,
    CaseStatus::Submitted,
    CaseStatus::Reviewed,
    CaseStatus::Noticed,
    CaseStatus::Approved,
];

/// Whether a case counts as a rival: submitted, and not yet at its end.
const PENDING: &[CaseStatus] =
    &[CaseStatus::Submitted, CaseStatus::Reviewed, CaseStatus::Noticed, CaseStatus::Approved];

pub(super) fn rivals(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    right: RightKind,
    but: Option<Id<kind::Case>>,
) -> Result<Vec<RivalCase>, StorageError> {
    let rows: Vec<(LotRow, CaseKind)> = case_lots::table
        .inner_join(cases::table)
        .filter(case_lots::asset_id.eq_any(assets))
        .filter(case_lots::kind.eq(right))
        .filter(cases::status.eq_any(PENDING))
        .order((case_lots::case_id, case_lots::ordinal))
        .select((LotRow::as_select(), cases::kind))
        .load(unit.conn())?;
    let mut rivals: Vec<RivalCase> = Vec::new();
    for (row, kind) in rows.into_iter().filter(|(row, _)| Some(row.case_id) != but) {
        let case_id = row.case_id;
        let lot = row.try_into()?;
        match rivals.last_mut().filter(|it| it.case_id == case_id) {
            Some(rival) => rival.lots.push(lot),
            None => rivals.push(RivalCase { case_id, kind, asked: Value::Null, lots: vec![lot] }),
        }
    }
    // What a case asks for is read once, however many lots it has.
    let ids: Vec<_> = rivals.iter().map(|it| it.case_id).collect();
    let mut asked: BTreeMap<_, _> = asked_of_all(unit, &ids)?.into_iter().collect();
    for rival in &mut rivals {
        let missing = || StorageError::Corrupt(format!("case {}", rival.case_id));
        rival.asked = asked.remove(&rival.case_id).ok_or_else(missing)?;
    }
    Ok(rivals)
}

pub(super) fn under_way_of(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let of_lots = case_lots::table
        .filter(case_lots::from_id.eq(party).or(case_lots::to_id.eq(party)))
        .select(case_lots::case_id);
    Ok(cases::table
        .filter(cases::status.eq_any(PENDING))
        .filter(cases::id.eq_any(of_lots).or(cases::asked.like(format!("%{party}%"))))
        .order(cases::id)
        .select(cases::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// The cases that move something in some assets, of some standings.
macro_rules! about {
    ($assets:expr, $statuses:expr) => {
        case_lots::table
            .inner_join(cases::table)
            .filter(case_lots::asset_id.eq_any($assets))
            .filter(cases::status.eq_any($statuses))
            .order(case_lots::case_id)
            .select(case_lots::case_id)
            .distinct()
    };
}

/// Whether something rests on what a case is about: it is under way, or was executed.
const RESTING: &[CaseStatus] = &[
    CaseStatus::Submitted,
    CaseStatus::Reviewed,
    CaseStatus::Noticed,
    CaseStatus::Approved,
    CaseStatus::Executed,
];

pub(super) fn resting_on(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    Ok(about!(assets, RESTING).limit(limit).load(unit.conn())?)
}

pub(super) fn resting_since(
    unit: &mut Read<'_>,
    what: Concerning<'_>,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Resting>, StorageError> {
    type Row = (Id<kind::Case>, RegionCode, Id<kind::User>, CaseStatus);
    let since = since.unwrap_or(DateTime::UNIX_EPOCH).naive_utc();
    let touched = || {
        let step = case_steps::table
            .filter(case_steps::case_id.eq(cases::id))
            .filter(case_steps::taken_at.ge(since));
        let look = case_facts::table
            .filter(case_facts::case_id.eq(cases::id))
            .filter(case_facts::looked_at.ge(since));
        let touched = cases::created_at.ge(since).or(exists(step)).or(exists(look));
        let row = (cases::id, cases::region_code, cases::created_by, cases::status);
        cases::table
            .filter(cases::status.eq_any(OPEN).or(cases::status.eq(CaseStatus::Executed).and(touched)))
            .select(row)
            .into_boxed()
    };
    // Whoever gives or receives.
    let of = |parties: &[Id<kind::Party>]| {
        let sides = case_lots::from_id.eq_any(parties.to_vec()).or(case_lots::to_id.eq_any(parties.to_vec()));
        case_lots::table.filter(sides).select(case_lots::case_id)
    };
    // What the rules went by when they last looked at it.
    let facts_name = |id: String| {
        let facts = case_facts::table.filter(case_facts::case_id.eq(cases::id));
        exists(facts.filter(case_facts::facts.like(format!("%{id}%"))))
    };
    // Each part finds its cases by an index; all of them in one statement would look through every case.
    let parts = match what {
        Concerning::Asset(asset) => {
            let moved = case_lots::table.filter(case_lots::asset_id.eq(asset)).select(case_lots::case_id);
            // The amendment of a lease moves nothing where its lessee stays.
            let amended = touched().filter(cases::kind.eq(CaseKind::Amendment));
            vec![touched().filter(cases::id.eq_any(moved)), amended.filter(facts_name(asset.to_string()))]
        }
        Concerning::Tie { ends, near } => {
            let [one, other] = ends.map(|it| facts_name(it.to_string()));
            let led_through = touched().filter(cases::id.eq_any(of(near)));
            vec![touched().filter(cases::id.eq_any(of(&ends))), led_through.filter(one).filter(other)]
        }
        Concerning::Both([one, other]) => vec![
            touched()
                .filter(cases::id.eq_any(of(&[one, other])))
                .filter(cases::id.eq_any(of(&[one])).or(cases::asked.like(format!("%{one}%"))))
                .filter(cases::id.eq_any(of(&[other])).or(cases::asked.like(format!("%{other}%")))),
        ],
    };
    let mut found = BTreeMap::new();
    for part in parts {
        let rows: Vec<Row> = part.load(unit.conn())?;
        found.extend(rows.into_iter().map(|(id, region_code, drafted_by, status)| {
            (id, Resting { id, region_code, drafted_by, is_open: !status.is_final() })
        }));
    }
    Ok(found.into_values().collect())
}

pub(super) fn altering(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let executed_since = case_steps::table
        .filter(case_steps::case_id.eq(cases::id))
        .filter(case_steps::step.eq(Step::Execute))
        .filter(case_steps::taken_at.gt(since.naive_utc()));
    Ok(about!(assets, RESTING)
        .filter(cases::kind.eq(CaseKind::Alteration))
        .filter(cases::status.ne(CaseStatus::Executed).or(exists(executed_since)))
        .limit(limit)
        .load(unit.conn())?)
}

pub(super) fn under_way_about(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    but: Option<Id<kind::Case>>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut query = about!(assets, PENDING).limit(limit).into_boxed();
    if let Some(but) = but {
        query = query.filter(case_lots::case_id.ne(but));
    }
    Ok(query.load(unit.conn())?)
}

/// The amendments of some things that were executed; at most a number of them.
pub(super) fn amended_by(
    unit: &mut Read<'_>,
    what: Id<kind::Subject>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    Ok(cases::table
        .filter(cases::status.eq(CaseStatus::Executed))
        .filter(cases::kind.eq(CaseKind::Amendment))
        .filter(cases::asked.like(format!("%\"id\":\"{what}\"%")))
        .order(cases::id)
        .select(cases::id)
        .limit(limit)
        .load(unit.conn())?)
}

/// The amendments under way that name something. What is under way is little, so what it asks for is looked through.
pub(super) fn amending(
    unit: &mut Read<'_>,
    what: Id<kind::Subject>,
    but: Option<Id<kind::Case>>,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut query = cases::table
        .filter(cases::status.eq_any(PENDING))
        .filter(cases::kind.eq(CaseKind::Amendment))
        .filter(cases::asked.like(format!("%{what}%")))
        .order(cases::id)
        .select(cases::id)
        .limit(limit)
        .into_boxed();
    if let Some(but) = but {
        query = query.filter(cases::id.ne(but));
    }
    Ok(query.load(unit.conn())?)
}

/// So many lots of other deals are looked at: no village gives more in the days that count.
const LOTS_AROUND: i64 = 10_000;

/// The lots of other deals.
pub(super) fn dealt(unit: &mut Read<'_>, with: &DealtWith<'_>) -> Result<Vec<Dealt>, StorageError> {
    type Row = (Id<kind::Case>, RightKind, Option<Id<kind::Party>>, Option<Id<kind::Party>>, Id<kind::Asset>);
    let mut query = case_lots::table
        .inner_join(cases::table)
        .filter(cases::kind.eq(CaseKind::Transfer))
        .filter(cases::status.eq_any(RESTING))
        .filter(case_lots::from_id.eq_any(with.givers))
        .filter(
            case_lots::to_id.eq_any(with.receivers).or(case_lots::asset_id.nullable().eq_any(with.assets)),
        )
        .order((case_lots::case_id.desc(), case_lots::ordinal))
        .limit(LOTS_AROUND)
        .select((
            case_lots::case_id,
            case_lots::kind,
            case_lots::from_id,
            case_lots::to_id,
            case_lots::asset_id,
        ))
        .into_boxed();
    if let Some(but) = with.but {
        query = query.filter(cases::id.ne(but));
    }
    let rows: Vec<Row> = query.load(unit.conn())?;
    let mut lots = BTreeMap::<Id<kind::Case>, Vec<DealtLot>>::new();
    for (case, right, giver, receiver, asset_id) in rows {
        let (Some(giver_id), Some(receiver_id)) = (giver, receiver) else { continue };
        lots.entry(case).or_default().push(DealtLot { right, giver_id, receiver_id, asset_id });
    }
    if lots.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = lots.keys().copied().collect();
    let mut dealt = Vec::new();
    for some in ids.chunks(2000) {
        let asked: Vec<(Id<kind::Case>, String, NaiveDateTime, Option<i64>)> = cases::table
            .left_join(case_facts::table)
            .filter(cases::id.eq_any(some))
            .order(cases::id)
            .select((cases::id, cases::asked, cases::created_at, case_facts::worth_fen.nullable()))
            .load(unit.conn())?;
        for (case_id, asked, created_at, worth_fen) in asked {
            let asked =
                serde_json::from_str(&asked).map_err(|_| StorageError::Corrupt(format!("case {case_id}")))?;
            let lots = lots.remove(&case_id).unwrap_or_default();
            let drafted_on = day_of(created_at.and_utc());
            dealt.push(Dealt { case_id, asked, worth_fen, drafted_on, lots });
        }
    }
    Ok(dealt)
}

/// The transfers of some givers that rest on a trade, the latest where there are very many.
pub(super) fn traded(
    unit: &mut Read<'_>,
    givers: &[Id<kind::Party>],
    but: Option<Id<kind::Case>>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let mut query = case_lots::table
        .inner_join(cases::table)
        .filter(cases::kind.eq(CaseKind::Transfer))
        .filter(cases::status.eq_any(RESTING))
        .filter(case_lots::from_id.eq_any(givers))
        // What else has such a word in it is read, and found to name none.
        .filter(cases::asked.like("%\"exchange\"%"))
        .order(case_lots::case_id.desc())
        .limit(LOTS_AROUND)
        .select(case_lots::case_id)
        .into_boxed();
    if let Some(but) = but {
        query = query.filter(cases::id.ne(but));
    }
    let mut ids: Vec<Id<kind::Case>> = query.load(unit.conn())?;
    ids.dedup();
    Ok(ids)
}

/// What some cases ask for.
pub(super) fn asked_of_all(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Case>],
) -> Result<Vec<(Id<kind::Case>, Value)>, StorageError> {
    let mut found = Vec::new();
    for some in ids.chunks(2000) {
        let rows: Vec<(Id<kind::Case>, String)> = cases::table
            .filter(cases::id.eq_any(some))
            .order(cases::id)
            .select((cases::id, cases::asked))
            .load(unit.conn())?;
        for (id, asked) in rows {
            let asked =
                serde_json::from_str(&asked).map_err(|_| StorageError::Corrupt(format!("case {id}")))?;
            found.push((id, asked));
        }
    }
    Ok(found)
}
