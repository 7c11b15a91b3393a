//! The table of what approvals named.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::{
    cases::{
        CaseKind,
        overrides::{Agreed, Named, NamedBySteps, NewOverride, Override, Published, StepOf, Wanted},
    },
    storage::{
        Read, StorageError, Write, beginning_of, insert_all,
        schema::{case_overrides, cases},
    },
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Insertable)]
#[diesel(table_name = case_overrides)]
struct NewRow {
    id: Id<kind::Override>,
    case_id: Id<kind::Case>,
    ordinal: i32,
    rule: String,
    reason: String,
    public_reason: String,
    findings: String,
    region_code: RegionCode,
    named_by: Id<kind::User>,
    named_at: NaiveDateTime,
    salt: Id<kind::Salt>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = case_overrides)]
struct Row {
    id: Id<kind::Override>,
    case_id: Id<kind::Case>,
    rule: String,
    reason: String,
    findings: String,
    region_code: RegionCode,
    named_by: Id<kind::User>,
    named_at: NaiveDateTime,
}

pub(super) fn insert(unit: &mut Write<'_>, step: &StepOf, named: &[NewOverride]) -> Result<(), StorageError> {
    let at = step.at;
    // What one approval names stands in the order in which it names it, although all of it is of one instant.
    let mut ids: Vec<Id<kind::Override>> = named.iter().map(|_| Id::new(at)).collect();
    ids.sort();
    let rows: Vec<NewRow> = named
        .iter()
        .zip(ids)
        .map(|(it, id)| NewRow {
            id,
            case_id: step.case_id,
            ordinal: step.ordinal,
            rule: it.rule.clone(),
            reason: it.reason.to_string(),
            public_reason: it.public_reason.clone(),
            findings: it.findings.to_string(),
            region_code: step.region_code,
            named_by: step.by,
            named_at: at.naive_utc(),
            salt: Id::unguessable(),
        })
        .collect();
    insert_all!(unit, case_overrides::table, &rows)
}

pub(super) fn of_steps(unit: &mut Read<'_>, cases: &[Id<kind::Case>]) -> Result<NamedBySteps, StorageError> {
    let rows: Vec<(Id<kind::Case>, i32, String, String)> = case_overrides::table
        .filter(case_overrides::case_id.eq_any(cases))
        .order((case_overrides::case_id, case_overrides::ordinal, case_overrides::rule))
        .select((
            case_overrides::case_id,
            case_overrides::ordinal,
            case_overrides::rule,
            case_overrides::reason,
        ))
        .load(unit.conn())?;
    let mut named = BTreeMap::<_, Vec<_>>::new();
    for (case, ordinal, rule, reason) in rows {
        named.entry((case, ordinal)).or_default().push(Named { rule, reason });
    }
    Ok(named)
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Override>, StorageError> {
    let mut query = case_overrides::table
        .inner_join(cases::table)
        .filter(case_overrides::region_code.between(scope.first(), scope.last()))
        .order((case_overrides::region_code, case_overrides::id))
        .limit(limit)
        .select((Row::as_select(), cases::kind))
        .into_boxed();
    if let Some(rule) = &wanted.rule {
        query = query.filter(case_overrides::rule.eq(rule));
    }
    if let Some(from) = wanted.from.and_then(beginning_of) {
        query = query.filter(case_overrides::named_at.ge(from.naive_utc()));
    }
    if let Some(to) = wanted.to.and_then(beginning_of) {
        query = query.filter(case_overrides::named_at.lt(to.naive_utc()));
    }
    if let Some((region, id)) = wanted.after {
        query = query
            .filter(case_overrides::region_code.ge(region))
            .filter(case_overrides::region_code.gt(region).or(case_overrides::id.gt(id)));
    }
    let rows: Vec<(Row, CaseKind)> = query.load(unit.conn())?;
    rows.into_iter()
        .map(|(row, case_kind)| {
            let findings = serde_json::from_str(&row.findings)
                .map_err(|_| StorageError::Corrupt(format!("override {}", row.id)))?;
            Ok(Override {
                id: row.id,
                to: Agreed::Case(row.case_id, case_kind),
                region_code: row.region_code,
                rule: row.rule,
                findings,
                reason: row.reason,
                by: row.named_by,
                at: row.named_at.and_utc(),
            })
        })
        .collect()
}

pub(super) fn published(
    unit: &mut Read<'_>,
    cases: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, Vec<Published>>, StorageError> {
    let rows: Vec<(Id<kind::Case>, String, String, NaiveDateTime)> = case_overrides::table
        .filter(case_overrides::case_id.eq_any(cases))
        .order((case_overrides::case_id, case_overrides::ordinal, case_overrides::rule))
        .select((
            case_overrides::case_id,
            case_overrides::rule,
            case_overrides::public_reason,
            case_overrides::named_at,
        ))
        .load(unit.conn())?;
    let mut published = BTreeMap::<_, Vec<_>>::new();
    for (case, rule, reason, at) in rows {
        published.entry(case).or_default().push(Published { rule, reason, at: at.and_utc() });
    }
    Ok(published)
}
