//! The tables of notices and objections.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::{
    cases::{
        CaseKind,
        notices::{Notice, Objection, ObjectionStatus},
    },
    storage::{
        Read, StorageError, Write,
        schema::{cases, notices, objections},
    },
    values::{Id, RegionCode, Scope, id::kind},
};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = notices)]
#[diesel(treat_none_as_default_value = false)]
struct NoticeRow {
    id: Id<kind::Notice>,
    case_id: Id<kind::Case>,
    region_code: RegionCode,
    title_zh: String,
    title_en: String,
    opened_on: NaiveDate,
    due_on: NaiveDate,
    closed_on: Option<NaiveDate>,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = objections)]
#[diesel(treat_none_as_default_value = false)]
struct ObjectionRow {
    id: Id<kind::Objection>,
    notice_id: Id<kind::Notice>,
    text: String,
    contact: Option<String>,
    status: ObjectionStatus,
    raised_at: NaiveDateTime,
    answered_by: Option<Id<kind::User>>,
    answered_at: Option<NaiveDateTime>,
    answer: Option<String>,
}

impl From<ObjectionRow> for Objection {
    fn from(row: ObjectionRow) -> Self {
        Self {
            id: row.id,
            notice_id: row.notice_id,
            text: row.text,
            contact: row.contact,
            status: row.status,
            raised_at: row.raised_at.and_utc(),
            answer: row.answer,
            answered_at: row.answered_at.map(|it| it.and_utc()),
        }
    }
}

pub(super) fn post(unit: &mut Write<'_>, notice: &Notice) -> Result<(), StorageError> {
    let (title_zh, title_en) = notice.title.clone();
    let row = NoticeRow {
        id: notice.id,
        case_id: notice.case_id,
        region_code: notice.region_code,
        title_zh,
        title_en,
        opened_on: notice.opened_on,
        due_on: notice.due_on,
        closed_on: notice.closed_on,
    };
    unit.change(diesel::insert_into(notices::table).values(row))?;
    Ok(())
}

/// The notice of a case, and the first day on which it may come down.
pub(super) fn of_case(
    unit: &mut Read<'_>,
    case: Id<kind::Case>,
) -> Result<(Id<kind::Notice>, NaiveDate), StorageError> {
    Ok(notices::table
        .filter(notices::case_id.eq(case))
        .select((notices::id, notices::due_on))
        .first(unit.conn())?)
}

/// How many objections against a notice wait for an answer.
pub(super) fn open_objections(unit: &mut Read<'_>, notice: Id<kind::Notice>) -> Result<i64, StorageError> {
    Ok(objections::table
        .filter(objections::notice_id.eq(notice))
        .filter(objections::status.eq(ObjectionStatus::Open))
        .count()
        .get_result(unit.conn())?)
}

pub(super) fn take_down(
    unit: &mut Write<'_>,
    notice: Id<kind::Notice>,
    on: NaiveDate,
) -> Result<(), StorageError> {
    unit.change(diesel::update(notices::table.find(notice)).set(notices::closed_on.eq(on)))?;
    Ok(())
}

pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Id<kind::Notice>>,
    limit: i64,
) -> Result<Vec<Notice>, StorageError> {
    let mut query = notices::table
        .inner_join(cases::table)
        .filter(notices::region_code.between(scope.first(), scope.last()))
        .order(notices::id)
        .limit(limit)
        .select((NoticeRow::as_select(), cases::kind))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(notices::id.gt(after));
    }
    let rows: Vec<(NoticeRow, CaseKind)> = query.load(unit.conn())?;
    Ok(rows
        .into_iter()
        .map(|(row, case_kind)| Notice {
            id: row.id,
            case_id: row.case_id,
            case_kind,
            region_code: row.region_code,
            title: (row.title_zh, row.title_en),
            opened_on: row.opened_on,
            due_on: row.due_on,
            closed_on: row.closed_on,
        })
        .collect())
}

/// The region of a notice, and its case.
pub(super) fn place(
    unit: &mut Read<'_>,
    notice: Id<kind::Notice>,
) -> Result<Option<(RegionCode, Id<kind::Case>)>, StorageError> {
    Ok(notices::table
        .find(notice)
        .select((notices::region_code, notices::case_id))
        .first(unit.conn())
        .optional()?)
}

/// Whether a notice came down.
pub(super) fn is_closed(unit: &mut Read<'_>, notice: Id<kind::Notice>) -> Result<bool, StorageError> {
    let closed_on: Option<NaiveDate> =
        notices::table.find(notice).select(notices::closed_on).first(unit.conn())?;
    Ok(closed_on.is_some())
}

/// Whether there is such a notice in a scope.
pub(super) fn hangs_in(
    unit: &mut Read<'_>,
    scope: &Scope,
    notice: Id<kind::Notice>,
) -> Result<bool, StorageError> {
    let hangs = notices::table
        .filter(notices::id.eq(notice))
        .filter(notices::region_code.between(scope.first(), scope.last()));
    Ok(diesel::select(diesel::dsl::exists(hangs)).get_result(unit.conn())?)
}

pub(super) fn raise(unit: &mut Write<'_>, it: &Objection) -> Result<(), StorageError> {
    let row = ObjectionRow {
        id: it.id,
        notice_id: it.notice_id,
        text: it.text.clone(),
        contact: it.contact.clone(),
        status: it.status,
        raised_at: it.raised_at.naive_utc(),
        answered_by: None,
        answered_at: None,
        answer: None,
    };
    unit.change(
        diesel::insert_into(objections::table).values((&row, objections::salt.eq(Id::unguessable()))),
    )?;
    Ok(())
}

pub(super) fn objections(
    unit: &mut Read<'_>,
    notice: Id<kind::Notice>,
) -> Result<Vec<Objection>, StorageError> {
    let rows: Vec<ObjectionRow> = objections::table
        .filter(objections::notice_id.eq(notice))
        .order(objections::id)
        .select(ObjectionRow::as_select())
        .load(unit.conn())?;
    Ok(rows.into_iter().map(Objection::from).collect())
}

/// An objection within a scope, the region of its notice, and its case.
pub(super) fn objection(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Objection>,
) -> Result<Option<(Objection, RegionCode, Id<kind::Case>)>, StorageError> {
    let found: Option<(ObjectionRow, RegionCode, Id<kind::Case>)> = objections::table
        .inner_join(notices::table)
        .filter(objections::id.eq(id))
        .filter(notices::region_code.between(scope.first(), scope.last()))
        .select((ObjectionRow::as_select(), notices::region_code, notices::case_id))
        .first(unit.conn())
        .optional()?;
    Ok(found.map(|(row, region, case)| (row.into(), region, case)))
}

/// Writes down what was answered; whether the objection was still open.
pub(super) fn answer(unit: &mut Write<'_>, it: &Objection, by: Id<kind::User>) -> Result<bool, StorageError> {
    let open = objections::table
        .filter(objections::id.eq(it.id))
        .filter(objections::status.eq(ObjectionStatus::Open));
    let answered = unit.change(diesel::update(open).set((
        objections::status.eq(it.status),
        objections::answered_by.eq(by),
        objections::answered_at.eq(it.answered_at.map(|at| at.naive_utc())),
        objections::answer.eq(it.answer.as_deref()),
    )))?;
    Ok(answered > 0)
}
