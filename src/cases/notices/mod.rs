//! Public notices of cases, and the objections that anybody may raise against them.

mod store;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;

use crate::{
    cases::{Case, CaseError, CaseKind, StepRefused},
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, Write, lock, sql::stored_as_text},
    values::{Contact, Id, RegionCode, Scope, Statement, closed_enum, id::kind},
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
pub type NoticeError = Refusal<NoticeRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum NoticeRefused {
    /// No such notice or objection.
    #[error("no such notice or objection")]
    NotFound,
    /// The notice came down already.
    #[error("the notice is closed")]
    Closed,
    /// The objection was answered already.
    #[error("the objection was answered already")]
    Answered,
}

reason!(NoticeRefused);

/// Posts the notice of a case, for at least so many days.
pub(super) fn open(unit: &mut Write<'_>, case: &Case, days: i64) -> Result<(), CaseError> {
    let today = unit.today();
    let due_on =
        TimeDelta::try_days(days).and_then(|it| today.checked_add_signed(it)).unwrap_or(NaiveDate::MAX);
    let (chinese, english) = case.kind.notice_title();
    let notice = Notice {
        id: Id::new(unit.now()),
        case_id: case.id,
        case_kind: case.kind,
        region_code: case.region_code,
        title: (chinese.to_owned(), english.to_owned()),
        opened_on: today,
        due_on,
        closed_on: None,
    };
    Ok(store::post(unit, &notice)?)
}

/// Takes the notice of a case down, once it hung long enough and every objection is answered.
pub(super) fn close(unit: &mut Write<'_>, case: &Case) -> Result<(), CaseError> {
    let today = unit.today();
    let (id, due_on) = store::of_case(unit, case.id)?;
    if today < due_on {
        return Err(StepRefused::NoticeRunning { due_on }.into());
    }
    let open = store::open_objections(unit, id)?;
    if open > 0 {
        return Err(StepRefused::ObjectionOpen { open }.into());
    }
    Ok(store::take_down(unit, id, today)?)
}

/// Notices of a scope after an id, the oldest first. They are public: nobody needs a permission.
pub fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Id<kind::Notice>>,
    limit: i64,
) -> Result<Vec<Notice>, NoticeError> {
    Ok(store::list(unit, scope, after, limit)?)
}

/// Raises an objection against a notice that hangs. Anybody may; the journal names nobody.
pub fn object(
    unit: &mut Write<'_>,
    request_id: Option<String>,
    notice: Id<kind::Notice>,
    text: &Statement,
    contact: Option<&Contact>,
) -> Result<Objection, NoticeError> {
    let (region, case_id) = store::place(unit, notice)?.ok_or(NoticeRefused::NotFound)?;
    // The case is locked before its notice is looked at, so that it cannot be closed while an objection comes in.
    lock(unit, &Locked::Case(case_id))?;
    if store::is_closed(unit, notice)? {
        return Err(NoticeRefused::Closed.into());
    }
    let objection = Objection {
        id: Id::new(unit.now()),
        notice_id: notice,
        text: text.to_string(),
        contact: contact.map(ToString::to_string),
        status: ObjectionStatus::Open,
        raised_at: unit.now(),
        answer: None,
        answered_at: None,
    };
    store::raise(unit, &objection)?;
    let facts = json!({"objection_id": objection.id, "notice_id": notice, "case_id": case_id});
    let subjects = [objection.id.seen_as(), notice.seen_as(), case_id.seen_as()];
    let actor = Actor { user_id: None, request_id };
    journal::append(unit, &actor, &Record::new(RAISED, region, &subjects, &facts))?;
    Ok(objection)
}

/// Objections against a notice, with their contacts: for those who answer them.
///
/// # Errors
/// [`NoticeRefused::NotFound`] where no such notice hangs in the caller's region.
pub fn objections(
    unit: &mut Read<'_>,
    caller: &Caller,
    notice: Id<kind::Notice>,
) -> Result<Vec<Objection>, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    if !store::hangs_in(unit, &scope, notice)? {
        return Err(NoticeRefused::NotFound.into());
    }
    Ok(store::objections(unit, notice)?)
}

/// Answers an objection: from then on it no longer holds the case.
pub fn answer(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Objection>,
    status: ObjectionStatus,
    answer: &Statement,
) -> Result<Objection, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    let (mut objection, region, case_id) =
        store::objection(unit, &scope, id)?.ok_or(NoticeRefused::NotFound)?;
    objection.status = status;
    objection.answer = Some(answer.to_string());
    objection.answered_at = Some(unit.now());
    if !store::answer(unit, &objection, caller.user_id)? {
        return Err(NoticeRefused::Answered.into());
    }
    let facts = json!({"objection_id": id, "case_id": case_id, "status": status});
    let subjects = [id.seen_as(), case_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(ANSWERED, region, &subjects, &facts))?;
    Ok(objection)
}
