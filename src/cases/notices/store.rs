//! The tables of notices and objections.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::{
    cases::{
        CaseKind, CaseStatus,
        notices::{
            ClosedBecause, Notice, NoticeDays, Objection, ObjectionStatus, Wanted,
            paper::{Hung, OnPaper},
        },
    },
    storage::{
        Read, StorageError, Write,
        schema::{case_lots, cases, notices, objections, paper_notices},
    },
    values::{Contact, Id, RegionCode, Scope, Statement, id::kind},
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
    content: Option<String>,
    closed_because: Option<ClosedBecause>,
}

impl NoticeRow {
    fn of_kind(self, case_kind: CaseKind, paper: Option<PaperRow>) -> Notice {
        Notice {
            id: self.id,
            case_id: self.case_id,
            case_kind,
            region_code: self.region_code,
            title: (self.title_zh, self.title_en),
            days: NoticeDays { opened_on: self.opened_on, due_on: self.due_on },
            content: self.content,
            closed: self.closed_on.zip(self.closed_because),
            on_paper: paper.map(|it| OnPaper {
                place: it.place,
                document_id: it.document_id,
                recorded_by: it.recorded_by,
                recorded_at: it.recorded_at.and_utc(),
            }),
        }
    }
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = paper_notices)]
struct PaperRow {
    notice_id: Id<kind::Notice>,
    place: String,
    document_id: Id<kind::Document>,
    recorded_by: Id<kind::User>,
    recorded_at: NaiveDateTime,
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
        opened_on: notice.days.opened_on,
        due_on: notice.days.due_on,
        closed_on: notice.closed.map(|(on, _)| on),
        content: notice.content.clone(),
        closed_because: notice.closed.map(|(_, because)| because),
    };
    unit.change(diesel::insert_into(notices::table).values(row))?;
    if let Some(it) = &notice.on_paper {
        let row = PaperRow {
            notice_id: notice.id,
            place: it.place.clone(),
            document_id: it.document_id,
            recorded_by: it.recorded_by,
            recorded_at: it.recorded_at.naive_utc(),
        };
        let salted = (row, paper_notices::salt.eq(Id::unguessable()));
        unit.change(diesel::insert_into(paper_notices::table).values(salted))?;
    }
    Ok(())
}

/// A notice, its photograph and its days.
type HungRow = (Id<kind::Notice>, Id<kind::Document>, NaiveDate, Option<NaiveDate>);

fn hung((id, document_id, opened_on, closed_on): HungRow) -> Option<Hung> {
    Some(Hung { id: Some(id), opened_on, closed_on: closed_on?, document_id })
}

/// When the notice of a case hung on paper; none where it did not.
pub(super) fn hung_on_paper(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Hung>, StorageError> {
    let found: Option<HungRow> = notices::table
        .inner_join(paper_notices::table)
        .filter(notices::case_id.eq(case))
        .select((notices::id, paper_notices::document_id, notices::opened_on, notices::closed_on))
        .first(unit.conn())
        .optional()?;
    Ok(found.and_then(hung))
}

/// The first notice on paper that hung on other days than that of a case, and of which there is one of some photographs.
pub(super) fn with_photograph(
    unit: &mut Read<'_>,
    case: Id<kind::Case>,
    own: &Hung,
    photographs: &[Id<kind::Document>],
) -> Result<Option<(Id<kind::Case>, Hung)>, StorageError> {
    let mut query = notices::table
        .inner_join(paper_notices::table)
        .inner_join(cases::table)
        .filter(paper_notices::document_id.eq_any(photographs))
        .filter(notices::case_id.ne(case))
        .filter(cases::status.ne_all([CaseStatus::Rejected, CaseStatus::Withdrawn]))
        .filter(notices::opened_on.ne(own.opened_on).or(notices::closed_on.ne(own.closed_on)))
        .order(notices::id)
        .select((
            notices::case_id,
            (notices::id, paper_notices::document_id, notices::opened_on, notices::closed_on),
        ))
        .into_boxed();
    if let Some(id) = own.id {
        query = query.filter(notices::id.lt(id));
    }
    let found: Option<(Id<kind::Case>, HungRow)> = query.first(unit.conn()).optional()?;
    Ok(found.and_then(|(case, it)| Some((case, hung(it)?))))
}

/// Whether the notice of another case of a kind about any of some assets hung here, and came to nothing: the case is not executed.
pub(super) fn hung_here_in_vain(
    unit: &mut Read<'_>,
    (kinds, case): (&[CaseKind], Id<kind::Case>),
    assets: &[Id<kind::Asset>],
) -> Result<bool, StorageError> {
    let about = case_lots::table.filter(case_lots::asset_id.eq_any(assets)).select(case_lots::case_id);
    let found: Option<Id<kind::Notice>> = notices::table
        .inner_join(cases::table)
        .left_join(paper_notices::table)
        .filter(paper_notices::notice_id.is_null())
        .filter(cases::kind.eq_any(kinds))
        .filter(cases::id.ne(case))
        .filter(cases::status.ne(CaseStatus::Executed))
        .filter(cases::id.eq_any(about))
        .select(notices::id)
        .first(unit.conn())
        .optional()?;
    Ok(found.is_some())
}

/// How the notice of a case stands.
#[derive(Queryable, Selectable)]
#[diesel(table_name = notices)]
pub(super) struct Standing {
    pub(super) id: Id<kind::Notice>,
    pub(super) due_on: NaiveDate,
    pub(super) closed_on: Option<NaiveDate>,
}

/// The notice of a case; none before it is posted.
pub(super) fn of_case(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Standing>, StorageError> {
    Ok(notices::table
        .filter(notices::case_id.eq(case))
        .select(Standing::as_select())
        .first(unit.conn())
        .optional()?)
}

/// How many objections against a notice hold its case: those that wait for an answer, and those that were upheld.
pub(super) fn holding(unit: &mut Read<'_>, notice: Id<kind::Notice>) -> Result<(i64, i64), StorageError> {
    let found: Vec<(ObjectionStatus, i64)> = objections::table
        .filter(objections::notice_id.eq(notice))
        .filter(objections::status.ne(ObjectionStatus::Dismissed))
        .group_by(objections::status)
        .select((objections::status, diesel::dsl::count_star()))
        .load(unit.conn())?;
    let of = |status| found.iter().find(|(it, _)| *it == status).map_or(0, |(_, count)| *count);
    Ok((of(ObjectionStatus::Open), of(ObjectionStatus::Upheld)))
}

pub(super) fn take_down(
    unit: &mut Write<'_>,
    notice: Id<kind::Notice>,
    on: NaiveDate,
    because: ClosedBecause,
) -> Result<(), StorageError> {
    let target = notices::table.find(notice);
    unit.alter(target, (notices::closed_on.eq(on), notices::closed_because.eq(because)))?;
    Ok(())
}

pub(super) fn find(unit: &mut Read<'_>, id: Id<kind::Notice>) -> Result<Option<Notice>, StorageError> {
    Ok(some(unit, &[id])?.pop())
}

/// Some notices, the oldest first.
pub(super) fn some(unit: &mut Read<'_>, ids: &[Id<kind::Notice>]) -> Result<Vec<Notice>, StorageError> {
    let rows: Vec<(NoticeRow, CaseKind, Option<PaperRow>)> = notices::table
        .inner_join(cases::table)
        .left_join(paper_notices::table)
        .filter(notices::id.eq_any(ids))
        .order(notices::id)
        .select((NoticeRow::as_select(), cases::kind, Option::<PaperRow>::as_select()))
        .load(unit.conn())?;
    Ok(rows.into_iter().map(|(row, kind, paper)| row.of_kind(kind, paper)).collect())
}

/// The notices of a scope, the oldest first, each with the bytes of what it says.
pub(super) fn sizes(
    unit: &mut Read<'_>,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<(Id<kind::Notice>, i64)>, StorageError> {
    let mut query = notices::table
        .filter(notices::region_code.between(scope.first(), scope.last()))
        .order(notices::id)
        .limit(limit)
        .select((notices::id, octet_length(notices::content)))
        .into_boxed();
    if let Some(case) = wanted.case_id {
        query = query.filter(notices::case_id.eq(case));
    }
    match wanted.hanging {
        Some(true) => query = query.filter(notices::closed_on.is_null()),
        Some(false) => query = query.filter(notices::closed_on.is_not_null()),
        None => {}
    }
    if let Some(after) = wanted.after {
        query = query.filter(notices::id.gt(after));
    }
    let found: Vec<(Id<kind::Notice>, Option<i32>)> = query.load(unit.conn())?;
    Ok(found.into_iter().map(|(id, bytes)| (id, bytes.map_or(0, i64::from))).collect())
}

diesel::define_sql_function! {
    /// The bytes of a text.
    fn octet_length(text: diesel::sql_types::Nullable<diesel::sql_types::Text>) -> diesel::sql_types::Nullable<diesel::sql_types::Integer>;
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
    after: Option<Id<kind::Objection>>,
    limit: i64,
) -> Result<Vec<Objection>, StorageError> {
    let mut query = objections::table
        .filter(objections::notice_id.eq(notice))
        .order(objections::id)
        .limit(limit)
        .select(ObjectionRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(objections::id.gt(after));
    }
    let rows: Vec<ObjectionRow> = query.load(unit.conn())?;
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
    let answered = unit.alter(
        open,
        (
            objections::status.eq(it.status),
            objections::answered_by.eq(by),
            objections::answered_at.eq(it.answered_at.map(|at| at.naive_utc())),
            objections::answer.eq(it.answer.as_deref()),
        ),
    )?;
    Ok(answered > 0)
}

/// The objection against a notice that says the same, word for word, by whoever is reached in the same way.
pub(super) fn same(
    unit: &mut Read<'_>,
    notice: Id<kind::Notice>,
    text: &Statement,
    contact: Option<&Contact>,
) -> Result<Option<Objection>, StorageError> {
    let same = objections::table
        .filter(objections::notice_id.eq(notice))
        .filter(objections::text.eq(text.to_string()))
        .order(objections::id)
        .select(ObjectionRow::as_select())
        .into_boxed();
    let same = match contact {
        Some(contact) => same.filter(objections::contact.eq(contact.to_string())),
        None => same.filter(objections::contact.is_null()),
    };
    let row: Option<ObjectionRow> = same.first(unit.conn()).optional()?;
    Ok(row.map(Objection::from))
}

/// Which of some objections were raised against a notice, and what became of each.
pub(super) fn of_notice(
    unit: &mut Read<'_>,
    notice: Id<kind::Notice>,
    ids: &[Id<kind::Objection>],
) -> Result<Vec<(Id<kind::Objection>, ObjectionStatus)>, StorageError> {
    Ok(objections::table
        .filter(objections::notice_id.eq(notice))
        .filter(objections::id.eq_any(ids))
        .order(objections::id)
        .select((objections::id, objections::status))
        .load(unit.conn())?)
}

/// Writes down what was answered to many objections that are open.
pub(super) fn answer_many(
    unit: &mut Write<'_>,
    ids: &[Id<kind::Objection>],
    status: ObjectionStatus,
    answer: &Statement,
    by: Id<kind::User>,
    at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let open = objections::table
        .filter(objections::id.eq_any(ids))
        .filter(objections::status.eq(ObjectionStatus::Open));
    unit.alter(
        open,
        (
            objections::status.eq(status),
            objections::answered_by.eq(by),
            objections::answered_at.eq(at.naive_utc()),
            objections::answer.eq(answer.to_string()),
        ),
    )?;
    Ok(())
}
