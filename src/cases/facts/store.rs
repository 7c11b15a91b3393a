//! The table of the facts of cases.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::exists, prelude::*};

use super::{Examined, Look, Window};
use crate::{
    cases::{CaseKind, CaseStatus, Step, store::OPEN},
    storage::{
        Read, StorageError, Write, beginning_of,
        schema::{case_facts, case_steps, cases},
    },
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable, AsChangeset)]
#[diesel(table_name = case_facts)]
struct Row {
    kind: String,
    format: i32,
    facts: String,
    worth_fen: i64,
    of_its_day: bool,
    of_its_kind: bool,
    policy_on: NaiveDate,
    looked_at: NaiveDateTime,
}

pub(super) fn keep(unit: &mut Write<'_>, case: Id<kind::Case>, look: &Look) -> Result<(), StorageError> {
    let row = || Row {
        kind: look.kind.clone(),
        format: look.format,
        facts: look.facts.clone(),
        worth_fen: look.worth_fen,
        of_its_day: look.of_its_day,
        of_its_kind: look.of_its_kind,
        policy_on: look.policy_on,
        looked_at: unit.timestamp(),
    };
    let (altered, inserted) = (row(), row());
    if unit.alter(case_facts::table.find(case), altered)? == 0 {
        // A draft, or a case of which an earlier release kept none.
        unit.change(diesel::insert_into(case_facts::table).values((case_facts::case_id.eq(case), inserted)))?;
    }
    Ok(())
}

/// The instants of the days of execution; all there are where a day is beyond them.
fn instants(window: &Window) -> (NaiveDateTime, NaiveDateTime) {
    let instant = |day| beginning_of(day).map(|it| it.naive_utc());
    (
        instant(window.executed.from()).unwrap_or(NaiveDateTime::MIN),
        window.executed.to().and_then(instant).unwrap_or(NaiveDateTime::MAX),
    )
}

pub(super) fn examined(
    unit: &mut Read<'_>,
    window: &Window,
    after: Option<(RegionCode, Id<kind::Case>)>,
    limit: i64,
) -> Result<Vec<Examined>, StorageError> {
    type Of = (Id<kind::Case>, CaseKind, CaseStatus, RegionCode);
    let (from, to) = instants(window);
    let executed = cases::status
        .eq(CaseStatus::Executed)
        .and(case_facts::looked_at.ge(from))
        .and(case_facts::looked_at.lt(to));
    let mut query = cases::table
        .inner_join(case_facts::table)
        .filter(cases::region_code.between(window.scope.first(), window.scope.last()))
        .filter(case_facts::format.eq(window.format))
        .filter(cases::status.eq_any(OPEN).or(executed))
        .order((cases::region_code, cases::id))
        .limit(limit)
        .select(((cases::id, cases::kind, cases::status, cases::region_code), Row::as_select()))
        .into_boxed();
    if let Some((region, id)) = after {
        query = query
            .filter(cases::region_code.ge(region))
            .filter(cases::region_code.gt(region).or(cases::id.gt(id)));
    }
    let rows: Vec<(Of, Row)> = query.load(unit.conn())?;
    let examined = |((case_id, kind, status, region_code), row): (Of, Row)| Examined {
        case_id,
        kind,
        status,
        region_code,
        look: Look {
            kind: row.kind,
            format: row.format,
            facts: row.facts,
            worth_fen: row.worth_fen,
            of_its_day: row.of_its_day,
            of_its_kind: row.of_its_kind,
            policy_on: row.policy_on,
        },
        looked_at: row.looked_at.and_utc(),
    };
    Ok(rows.into_iter().map(examined).collect())
}

pub(super) fn not_examined(unit: &mut Read<'_>, window: &Window) -> Result<i64, StorageError> {
    let (from, to) = instants(window);
    let kept = case_facts::table
        .filter(case_facts::case_id.eq(cases::id))
        .filter(case_facts::format.eq(window.format));
    let execution = case_steps::table
        .filter(case_steps::case_id.eq(cases::id))
        .filter(case_steps::step.eq(Step::Execute))
        .filter(case_steps::taken_at.ge(from))
        .filter(case_steps::taken_at.lt(to));
    let executed = cases::status.eq(CaseStatus::Executed).and(exists(execution));
    Ok(cases::table
        .filter(cases::region_code.between(window.scope.first(), window.scope.last()))
        .filter(cases::status.eq_any(OPEN).or(executed))
        .filter(diesel::dsl::not(exists(kept)))
        .count()
        .get_result(unit.conn())?)
}

pub(super) fn place_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    case: Id<kind::Case>,
) -> Result<Option<(RegionCode, Id<kind::Case>)>, StorageError> {
    Ok(cases::table
        .find(case)
        .filter(cases::region_code.between(scope.first(), scope.last()))
        .select((cases::region_code, cases::id))
        .first(unit.conn())
        .optional()?)
}
