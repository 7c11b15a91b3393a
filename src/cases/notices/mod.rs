//! Public notices of cases, and the objections that anybody may raise against them.
//!
//! A notice keeps the bytes that hung: what it said can be shown for ever as it was said, whatever became of the register
//! since. It hangs for the days that the policy asks for, and comes down with its case where that comes to another end.

pub mod content;
mod days;
pub mod paper;
mod store;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

pub use days::{DayCount, NoticeDays};

use self::{content::NoticeContent, paper::OnPaper};
use crate::{
    cases::{
        self, Case, CaseError, CaseKind, StepRefused,
        policies::{self, values::PolicyValues},
    },
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Record},
    storage::{Locked, Read, StorageError, Write, lock, sql::stored_as_text},
    values::{Contact, Fault, Faults, Id, Reason, RegionCode, Scope, Statement, closed_enum, id::kind},
};

const POSTED: Action = Action::named("notice_posted");
const TAKEN_DOWN: Action = Action::named("notice_taken_down");
const RAISED: Action = Action::named("objection_raised");
const ANSWERED: Action = Action::named("objection_answered");

closed_enum! {
    /// What became of an objection.
    pub enum ObjectionStatus {
        /// Not answered: it holds the case.
        Open = "open",
        /// Found to be right: the case goes no further as it is.
        Upheld = "upheld",
        /// Found to be wrong.
        Dismissed = "dismissed",
    }
}

closed_enum! {
    /// Why a notice came down.
    pub enum ClosedBecause {
        /// Its days were over, and no objection was left.
        PeriodOver = "period_over",
        /// Its case was rejected.
        CaseRejected = "case_rejected",
        /// Its case was withdrawn.
        CaseWithdrawn = "case_withdrawn",
    }
}

stored_as_text!(ObjectionStatus, ClosedBecause);

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
    /// What it is headed by, in Chinese and English.
    pub title: (String, String),
    /// The days for which it hangs.
    pub days: NoticeDays,
    /// What it says, in the very bytes that hung; none for one that an earlier release posted, or that hung on paper.
    pub content: Option<String>,
    /// The day on which it came down, and why.
    pub closed: Option<(NaiveDate, ClosedBecause)>,
    /// Where it hung, where it hung on paper and was recorded afterwards.
    pub on_paper: Option<OnPaper>,
}

impl Notice {
    /// The hash of what it says, in hexadecimal.
    pub fn content_sha256(&self) -> Option<String> {
        self.content.as_deref().map(cases::sha256)
    }
}

/// Which notices are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only that of this case.
    pub case_id: Option<Id<kind::Case>>,
    /// Only those that hang, or only those that came down.
    pub hanging: Option<bool>,
    /// Only those after this one.
    pub after: Option<Id<kind::Notice>>,
}

/// Notices of a list, and whether more follow.
#[derive(Debug)]
pub struct Found {
    /// The notices.
    pub items: Vec<Notice>,
    /// Whether more follow.
    pub more: bool,
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
    /// Objections were answered already.
    #[error("answered already")]
    Answered(Vec<Id<kind::Objection>>),
    /// Whoever drafted the case, or works for a party of it, does not answer what is objected to it.
    #[error(transparent)]
    Concerned(StepRefused),
}

reason!(NoticeRefused);

/// The days for which a notice hangs that is posted today.
pub fn days_from_today(unit: &Read<'_>, policy: &PolicyValues) -> NoticeDays {
    NoticeDays::of(unit.today(), policy.notice_days, policy.notice_day_count, &policy.rest_days)
}

/// Posts the notice of a case. What it says is kept in canonical form, and hangs like that.
pub fn post(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: &Case,
    id: Id<kind::Notice>,
    days: NoticeDays,
    content: &NoticeContent,
) -> Result<(), StorageError> {
    let written = serde_json_canonicalizer::to_string(content)
        .map_err(|error| StorageError::Corrupt(format!("the notice of case {}: {error}", case.id)))?;
    let notice = Notice {
        id,
        case_id: case.id,
        case_kind: case.kind,
        region_code: case.region_code,
        title: (content.title.zh.clone(), content.title.en.clone()),
        days,
        content: Some(written),
        closed: None,
        on_paper: None,
    };
    store::post(unit, &notice)?;
    let facts = json!({
        "notice_id": id, "case_id": case.id, "opened_on": days.opened_on, "due_on": days.due_on,
        "content_sha256": notice.content_sha256(),
    });
    let subjects = [id.seen_as(), case.id.seen_as()];
    journal::append(unit, actor, &Record::new(POSTED, case.region_code, &subjects, &facts))?;
    Ok(())
}

/// The objections that hold a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The notice against which they were raised.
    pub notice_id: Id<kind::Notice>,
    /// How many wait for an answer.
    pub open: i64,
    /// How many were upheld: the case goes no further as it is.
    pub upheld: i64,
}

/// The objections that hold a case; none where nothing does.
pub fn held(unit: &mut Read<'_>, case: &Case) -> Result<Option<Held>, StorageError> {
    if case.status.is_final() {
        return Ok(None);
    }
    let Some(notice) = store::of_case(unit, case.id)? else { return Ok(None) };
    let (open, upheld) = store::holding(unit, notice.id)?;
    Ok((open > 0 || upheld > 0).then_some(Held { notice_id: notice.id, open, upheld }))
}

/// Refuses a step while an objection against the notice of the case holds it: one that waits for an answer, or one that was
/// upheld.
pub(super) fn free_of_objections(unit: &mut Read<'_>, case: &Case) -> Result<(), CaseError> {
    match held(unit, case)? {
        Some(Held { upheld, .. }) if upheld > 0 => Err(StepRefused::ObjectionUpheld { upheld }.into()),
        Some(Held { open, .. }) => Err(StepRefused::ObjectionOpen { open }.into()),
        None => Ok(()),
    }
}

/// Takes the notice of a case down, once its days are over and no objection holds the case.
pub(super) fn close(unit: &mut Write<'_>, actor: &Actor, case: &Case) -> Result<(), CaseError> {
    let today = unit.today();
    // However long it still hangs, an objection that was upheld holds the case for good.
    if let Some(Held { upheld, .. }) = held(unit, case)?.filter(|it| it.upheld > 0) {
        return Err(StepRefused::ObjectionUpheld { upheld }.into());
    }
    if let Some(due_on) = store::of_case(unit, case.id)?.map(|it| it.due_on).filter(|it| today < *it) {
        return Err(StepRefused::NoticeRunning { due_on }.into());
    }
    free_of_objections(unit, case)?;
    Ok(take_down(unit, actor, case, ClosedBecause::PeriodOver)?)
}

/// Takes the notice of a case down, if one hangs.
pub(super) fn take_down(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: &Case,
    because: ClosedBecause,
) -> Result<(), StorageError> {
    let Some(notice) = store::of_case(unit, case.id)?.filter(|it| it.closed_on.is_none()) else {
        return Ok(());
    };
    let today = unit.today();
    store::take_down(unit, notice.id, today, because)?;
    let facts =
        json!({"notice_id": notice.id, "case_id": case.id, "closed_on": today, "closed_because": because});
    let subjects = [notice.id.seen_as(), case.id.seen_as()];
    journal::append(unit, actor, &Record::new(TAKEN_DOWN, case.region_code, &subjects, &facts))?;
    Ok(())
}

/// The notice of a case; none before it is posted.
pub fn of_case(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Notice>, StorageError> {
    match store::of_case(unit, case)? {
        Some(standing) => store::find(unit, standing.id),
        None => Ok(None),
    }
}

/// Some notices, the oldest first.
pub fn some(unit: &mut Read<'_>, ids: &[Id<kind::Notice>]) -> Result<Vec<Notice>, StorageError> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::some(unit, ids) }
}

/// A notice. They are public: nobody needs a permission.
pub fn find(unit: &mut Read<'_>, id: Id<kind::Notice>) -> Result<Notice, NoticeError> {
    store::find(unit, id)?.ok_or(NoticeRefused::NotFound.into())
}

/// How many bytes the contents of a list's notices may come to, but for the first of them.
const LISTED_BYTES: i64 = 4 << 20;

/// Notices of a scope, the oldest first: so many at most, and fewer where they say much. They are public: nobody needs a
/// permission.
pub fn list(unit: &mut Read<'_>, scope: &Scope, wanted: &Wanted, limit: i64) -> Result<Found, NoticeError> {
    let sizes = store::sizes(unit, scope, wanted, limit.saturating_add(1))?;
    let mut bytes = 0_i64;
    let listed = sizes.iter().zip(0_i64..).take_while(|((_, size), place)| {
        bytes = bytes.saturating_add(*size);
        *place < limit && (*place == 0 || bytes <= LISTED_BYTES)
    });
    let ids: Vec<_> = listed.map(|((id, _), _)| *id).collect();
    Ok(Found { more: ids.len() < sizes.len(), items: store::some(unit, &ids)? })
}

/// Refuses a notice that never was. Asked before anything is written, so that whoever guesses keeps nobody waiting.
pub fn known(unit: &mut Read<'_>, notice: Id<kind::Notice>) -> Result<(), NoticeError> {
    store::place(unit, notice)?.map(|_| ()).ok_or_else(|| NoticeRefused::NotFound.into())
}

/// What came of raising an objection.
#[derive(Debug)]
pub enum Raised {
    /// It is on record now.
    New(Objection),
    /// The same was objected before, word for word and by the same contact: it is that objection.
    Before(Objection),
}

/// Raises an objection against a notice that hangs. Anybody may; the journal names nobody. What was objected already in the same
/// words by whoever is reached in the same way is on record once, so that nobody answers it twice; somebody else's same words are an
/// objection of theirs.
pub fn object(
    unit: &mut Write<'_>,
    request_id: Option<String>,
    notice: Id<kind::Notice>,
    text: &Statement,
    contact: Option<&Contact>,
) -> Result<Raised, NoticeError> {
    let (region, case_id) = store::place(unit, notice)?.ok_or(NoticeRefused::NotFound)?;
    let today = unit.today();
    if contact.is_none() && policies::effective(unit, region, today)?.values.objection_contact_required {
        return Err(Faults::one("/contact", Reason::Required).into());
    }
    // The case is locked before its notice is looked at, so that it cannot be closed while an objection comes in.
    lock(unit, &Locked::Case(case_id))?;
    if store::is_closed(unit, notice)? {
        return Err(NoticeRefused::Closed.into());
    }
    if let Some(before) = store::same(unit, notice, text, contact)? {
        unit.is_so_already();
        return Ok(Raised::Before(before));
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
    Ok(Raised::New(objection))
}

/// Objections against a notice after one of them, at most a number, with their contacts: for those who answer them.
///
/// # Errors
/// [`NoticeRefused::NotFound`] where no such notice hangs in the caller's region.
pub fn objections(
    unit: &mut Read<'_>,
    caller: &Caller,
    notice: Id<kind::Notice>,
    after: Option<Id<kind::Objection>>,
    limit: i64,
) -> Result<Vec<Objection>, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    if !store::hangs_in(unit, &scope, notice)? {
        return Err(NoticeRefused::NotFound.into());
    }
    Ok(store::objections(unit, notice, after, limit)?)
}

/// Answers an objection: where it is dismissed it no longer holds the case; where it is upheld the case goes no further as it
/// is.
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
    // The case is locked as for a step in it: nothing is decided on while its objections are.
    lock(unit, &Locked::Case(case_id))?;
    if objection.status == ObjectionStatus::Open {
        cases::unconcerned(unit, caller, case_id)?.map_err(NoticeRefused::Concerned)?;
    }
    objection.status = status;
    objection.answer = Some(answer.to_string());
    objection.answered_at = Some(unit.now());
    if !store::answer(unit, &objection, caller.user_id)? {
        return Err(NoticeRefused::Answered(vec![id]).into());
    }
    let facts = json!({"objection_id": id, "case_id": case_id, "status": status});
    let subjects = [id.seen_as(), case_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(ANSWERED, region, &subjects, &facts))?;
    Ok(objection)
}

/// Answers many objections against one notice by one decision, each of which waits for its answer: they are all dismissed, or
/// all upheld. Each gets the same answer, and an entry of its own in the journal.
///
/// # Errors
/// Those of [`answer`]; nothing is answered where one of them is none of this notice, or was answered already.
pub fn answer_many(
    unit: &mut Write<'_>,
    caller: &Caller,
    notice: Id<kind::Notice>,
    ids: &[Id<kind::Objection>],
    status: ObjectionStatus,
    answer: &Statement,
) -> Result<Answered, NoticeError> {
    let scope = caller.permit(Permission::ObjectionsAnswer)?;
    if !store::hangs_in(unit, &scope, notice)? {
        return Err(NoticeRefused::NotFound.into());
    }
    let (region, case_id) = store::place(unit, notice)?.ok_or(NoticeRefused::NotFound)?;
    lock(unit, &Locked::Case(case_id))?;
    let found = store::of_notice(unit, notice, ids)?;
    let mut seen = BTreeSet::new();
    let wrong = ids.iter().enumerate().filter_map(|(index, id)| {
        let reason = if !seen.insert(*id) {
            Reason::Duplicate
        } else if found.iter().any(|(it, _)| it == id) {
            return None;
        } else {
            Reason::NotFound { what: "objection" }
        };
        Some(Fault::at(format!("/objection_ids/{index}"), reason))
    });
    Faults::none_of(wrong.collect())?;
    cases::unconcerned(unit, caller, case_id)?.map_err(NoticeRefused::Concerned)?;
    // None of them is answered meanwhile: that takes the lock of the case as well.
    let answered: Vec<_> =
        found.iter().filter(|(_, it)| *it != ObjectionStatus::Open).map(|(id, _)| *id).collect();
    if !answered.is_empty() {
        return Err(NoticeRefused::Answered(answered).into());
    }
    let at = unit.now();
    store::answer_many(unit, ids, status, answer, caller.user_id, at)?;
    let entries: Vec<_> = ids
        .iter()
        .map(|id| {
            let facts = json!({"objection_id": id, "case_id": case_id, "status": status});
            ([id.seen_as(), case_id.seen_as()], facts)
        })
        .collect();
    let records: Vec<_> =
        entries.iter().map(|(subjects, facts)| Record::new(ANSWERED, region, subjects, facts)).collect();
    journal::append_all(unit, &caller.actor(), &records)?;
    let (open, upheld) = store::holding(unit, notice)?;
    Ok(Answered { notice_id: notice, answered: ids.len(), open, upheld })
}

/// What came of answering many objections.
#[derive(Debug)]
pub struct Answered {
    /// The notice against which they were raised.
    pub notice_id: Id<kind::Notice>,
    /// How many were answered now.
    pub answered: usize,
    /// How many still wait for an answer.
    pub open: i64,
    /// How many were upheld, now or before.
    pub upheld: i64,
}
