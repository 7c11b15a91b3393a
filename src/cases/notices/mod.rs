//! Public notices of cases, and the objections that anybody may raise against them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::json;

use crate::{
    cases::{Case, CaseError, CaseKind, StepRefused},
    identity::{Caller, Denied, Permission},
    journal::{self, Action, Actor, Record},
    storage::{
        Read, StorageError, Write, failure,
        schema::{cases, notices, objections},
        sql::stored_as_text,
    },
    values::{Id, RegionCode, Scope, closed_enum, id::kind},
};

const RAISED: Action = Action::named("objection_raised");
const ANSWERED: Action = Action::named("objection_answered");

closed_enum! {
    /// What became of an objection.
    pub enum ObjectionStatus {
        /// Not answered: it holds the case.
        Open = "open",
        /// Found to be right.
        Upheld = "upheld",
        /// Found to be wrong.
        Dismissed = "dismissed",
    }
}

stored_as_text!(ObjectionStatus);

/// A public notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The identifier.
    pub id: Id<kind::Notice>,
    /// The case that it makes public.
    pub case_id: Id<kind::Case>,
    /// What the case is about.
    pub case_kind: CaseKind,
    /// The region in which it hangs.
    pub region_code: RegionCode,
    /// What it says, in Chinese and English.
    pub title: (String, String),
    /// The day on which it was posted.
    pub opened_on: NaiveDate,
    /// The first day on which it may come down.
    pub due_on: NaiveDate,
    /// The day on which it came down.
    pub closed_on: Option<NaiveDate>,
}

/// An objection.
#[derive(Debug, Clone)]
pub struct Objection {
    /// The identifier.
    pub id: Id<kind::Objection>,
    /// The notice objected to.
    pub notice_id: Id<kind::Notice>,
    /// What is objected.
    pub text: String,
    /// How to reach whoever objects: personal.
    pub contact: Option<String>,
    /// What became of it.
    pub status: ObjectionStatus,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// What was answered.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Why something about a notice was refused.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// No such notice or objection.
    #[error("no such notice or objection")]
    NotFound,
    /// The notice came down already.
    #[error("the notice is closed")]
    Closed,
    /// The objection was answered already.
    #[error("the objection was answered already")]
    Answered,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(NoticeError);

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

/// Posts the notice of a case, for at least so many days.
pub(super) fn open(unit: &mut Write<'_>, case: &Case, days: i64) -> Result<(), CaseError> {
    let today = unit.today();
    let due_on =
        TimeDelta::try_days(days).and_then(|it| today.checked_add_signed(it)).unwrap_or(NaiveDate::MAX);
    let (chinese, english) = match case.kind {
        CaseKind::Registration => ("资产确权登记公示", "Notice of a first registration"),
        CaseKind::Transfer => ("资产权利流转公示", "Notice of a transfer of rights"),
        CaseKind::Distribution => ("资产收益分配公示", "Notice of a distribution of income"),
        CaseKind::Correction => ("资产权利更正登记公示", "Notice of a correction of the register"),
        CaseKind::Alteration => {
            ("资产变更事项公示", "Notice of an alteration of an asset or of a right in it")
        }
    };
    let row = NoticeRow {
        id: Id::new(unit.now()),
        case_id: case.id,
        region_code: case.region_code,
        title_zh: chinese.to_owned(),
        title_en: english.to_owned(),
        opened_on: today,
        due_on,
        closed_on: None,
    };
    diesel::insert_into(notices::table).values(row).execute(unit.conn()).map_err(StorageError::from)?;
    Ok(())
}

/// Takes the notice of a case down, once it hung long enough and every objection is answered.
pub(super) fn close(unit: &mut Write<'_>, case: &Case) -> Result<(), CaseError> {
    let today = unit.today();
    let (id, due_on): (Id<kind::Notice>, NaiveDate) = notices::table
        .filter(notices::case_id.eq(case.id))
        .select((notices::id, notices::due_on))
        .first(unit.conn())
        .map_err(StorageError::from)?;
    if today < due_on {
        return Err(StepRefused::NoticeRunning { due_on }.into());
    }
    let open: i64 = objections::table
        .filter(objections::notice_id.eq(id))
        .filter(objections::status.eq(ObjectionStatus::Open))
        .count()
        .get_result(unit.conn())
        .map_err(StorageError::from)?;
    if open > 0 {
        return Err(StepRefused::ObjectionOpen { open }.into());
    }
    diesel::update(notices::table.find(id))
        .set(notices::closed_on.eq(today))
        .execute(unit.conn())
        .map_err(StorageError::from)?;
    Ok(())
}

/// Notices of a scope after an id, the oldest first. They are public: nobody needs a permission.
pub fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Id<kind::Notice>>,
    limit: i64,
) -> Result<Vec<Notice>, NoticeError> {
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
    let rows: Vec<(NoticeRow, CaseKind)> = query.load(unit.conn()).map_err(StorageError::from)?;
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

/// Raises an objection against a notice that hangs. Anybody may; the journal names nobody.
pub fn object(
    unit: &mut Write<'_>,
    request_id: Option<String>,
    notice: Id<kind::Notice>,
    text: &str,
    contact: Option<&str>,
) -> Result<Objection, NoticeError> {
    let found: Option<(RegionCode, Id<kind::Case>)> = notices::table
        .find(notice)
        .select((notices::region_code, notices::case_id))
        .first(unit.conn())
        .optional()
        .map_err(StorageError::from)?;
    let (region, case_id) = found.ok_or(NoticeError::NotFound)?;
    // The case is locked before its notice is looked at, so that it cannot be closed while an objection comes in.
    crate::storage::lock(unit, &crate::storage::Locked::Case(case_id))?;
    let closed_on: Option<NaiveDate> = notices::table
        .find(notice)
        .select(notices::closed_on)
        .first(unit.conn())
        .map_err(StorageError::from)?;
    if closed_on.is_some() {
        return Err(NoticeError::Closed);
    }
    let row = ObjectionRow {
        id: Id::new(unit.now()),
        notice_id: notice,
        text: text.to_owned(),
        contact: contact.map(str::to_owned),
        status: ObjectionStatus::Open,
        raised_at: unit.timestamp(),
        answered_by: None,
        answered_at: None,
        answer: None,
    };
    diesel::insert_into(objections::table).values(&row).execute(unit.conn()).map_err(StorageError::from)?;
    let facts = json!({"objection_id": row.id, "notice_id": notice, "case_id": case_id});
    let subjects = [row.id.seen_as(), notice.seen_as(), case_id.seen_as()];
    let actor = Actor { user_id: None, request_id };
    journal::append(unit, &actor, &Record::new(RAISED, region, &subjects, &facts))?;
    Ok(row.into())
}

/// Objections against a notice, with their contacts: for those who answer them.
///
/// # Errors
/// [`NoticeError::NotFound`] where no such notice hangs in the caller's region.
pub fn objections(
    unit: &mut Read<'_>,
    caller: &Caller,
    notice: Id<kind::Notice>,
) -> Result<Vec<Objection>, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    let hangs = notices::table
        .filter(notices::id.eq(notice))
        .filter(notices::region_code.between(scope.first(), scope.last()));
    let hangs: bool =
        diesel::select(diesel::dsl::exists(hangs)).get_result(unit.conn()).map_err(StorageError::from)?;
    if !hangs {
        return Err(NoticeError::NotFound);
    }
    let rows: Vec<ObjectionRow> = objections::table
        .filter(objections::notice_id.eq(notice))
        .order(objections::id)
        .select(ObjectionRow::as_select())
        .load(unit.conn())
        .map_err(StorageError::from)?;
    Ok(rows.into_iter().map(Objection::from).collect())
}

/// Answers an objection: from then on it no longer holds the case.
pub fn answer(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Objection>,
    status: ObjectionStatus,
    answer: &str,
) -> Result<Objection, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    let found: Option<(ObjectionRow, RegionCode, Id<kind::Case>)> = objections::table
        .inner_join(notices::table)
        .filter(objections::id.eq(id))
        .filter(notices::region_code.between(scope.first(), scope.last()))
        .select((ObjectionRow::as_select(), notices::region_code, notices::case_id))
        .first(unit.conn())
        .optional()
        .map_err(StorageError::from)?;
    let (mut row, region, case_id) = found.ok_or(NoticeError::NotFound)?;
    let now = unit.timestamp();
    let open =
        objections::table.filter(objections::id.eq(id)).filter(objections::status.eq(ObjectionStatus::Open));
    let answered = diesel::update(open)
        .set((
            objections::status.eq(status),
            objections::answered_by.eq(caller.user_id),
            objections::answered_at.eq(now),
            objections::answer.eq(answer),
        ))
        .execute(unit.conn())
        .map_err(StorageError::from)?;
    if answered == 0 {
        return Err(NoticeError::Answered);
    }
    row.status = status;
    row.answer = Some(answer.to_owned());
    row.answered_at = Some(now);
    let facts = json!({"objection_id": id, "case_id": case_id, "status": status});
    let subjects = [id.seen_as(), case_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(ANSWERED, region, &subjects, &facts))?;
    Ok(row.into())
}
