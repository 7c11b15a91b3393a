//! Notices that hung on paper before their cases were on record: recorded afterwards, with where they hung and the photograph.
//!
//! Such a notice has come down when it is recorded: it says nothing here, and nobody objects to it any more. What its days and its day
//! come to, the room above asks the loss rules.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    cases::{
        Case, CaseKind,
        notices::{ClosedBecause, Notice, NoticeDays, store},
    },
    identity::Caller,
    journal::{self, Action, Record},
    storage::{Read, StorageError, Write},
    values::{Id, NoticePlace, id::kind},
};

const RECORDED: Action = Action::named("notice_recorded_on_paper");

/// Where a notice hung that hung on paper, and who says so.
#[derive(Debug, Clone)]
pub struct OnPaper {
    /// Where.
    pub place: String,
    /// The photograph of it.
    pub document_id: Id<kind::Document>,
    /// Who recorded it.
    pub recorded_by: Id<kind::User>,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

/// A notice on paper that is to be recorded.
#[derive(Debug, Clone)]
pub struct NewPaperNotice {
    /// The day on which it was posted.
    pub opened_on: NaiveDate,
    /// The day on which it came down.
    pub closed_on: NaiveDate,
    /// Where it hung.
    pub place: NoticePlace,
    /// The photograph of it.
    pub document_id: Id<kind::Document>,
}

/// When a notice hung on paper, and what shows it.
#[derive(Debug, Clone, Copy)]
pub struct Hung {
    /// The notice; none before it is on record.
    pub id: Option<Id<kind::Notice>>,
    /// The day on which it was posted.
    pub opened_on: NaiveDate,
    /// The day on which it came down.
    pub closed_on: NaiveDate,
    /// The photograph of it.
    pub document_id: Id<kind::Document>,
}

/// Whether what a case is about was made public here before, by another case of such a kind that was not executed: what was objected to
/// then is not made public by a photograph now.
pub fn hung_here_in_vain(
    unit: &mut Read<'_>,
    case: &Case,
    assets: &[Id<kind::Asset>],
) -> Result<bool, StorageError> {
    // A lease is asked for by a transfer or as a renewal: one is as public as the other.
    let kinds: &[CaseKind] = match case.kind {
        CaseKind::Transfer | CaseKind::Alteration => &[CaseKind::Transfer, CaseKind::Alteration],
        _ => std::slice::from_ref(&case.kind),
    };
    store::hung_here_in_vain(unit, (kinds, case.id), assets)
}

/// Puts a notice that hung on paper on record as that of a case. `days` are those for which it had to hang.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    case: &Case,
    days: NoticeDays,
    asked: &NewPaperNotice,
) -> Result<Notice, StorageError> {
    let (zh, en) = case.kind.notice_title(false);
    let notice = Notice {
        id: Id::new(unit.now()),
        case_id: case.id,
        case_kind: case.kind,
        region_code: case.region_code,
        title: (zh.to_owned(), en.to_owned()),
        days,
        content: None,
        closed: Some((asked.closed_on, ClosedBecause::PeriodOver)),
        on_paper: Some(OnPaper {
            place: asked.place.to_string(),
            document_id: asked.document_id,
            recorded_by: caller.user_id,
            recorded_at: unit.now(),
        }),
    };
    store::post(unit, &notice)?;
    let facts = json!({
        "notice_id": notice.id, "case_id": case.id, "opened_on": asked.opened_on, "closed_on": asked.closed_on,
        "due_on": days.due_on, "document_id": asked.document_id,
    });
    let subjects = [notice.id.seen_as(), case.id.seen_as(), asked.document_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, case.region_code, &subjects, &facts))?;
    Ok(notice)
}

/// When the notice of a case hung on paper; none where it did not.
pub fn hung(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Hung>, StorageError> {
    store::hung_on_paper(unit, case)
}

/// The first notice on paper, of those recorded before that of a case, that hung on other days, and of which there is one of some
/// photographs: one sheet may have been about many cases, and hung once. A case that came to nothing keeps no photograph.
pub fn with_photograph(
    unit: &mut Read<'_>,
    case: Id<kind::Case>,
    hung: &Hung,
    photographs: &[Id<kind::Document>],
) -> Result<Option<(Id<kind::Case>, Hung)>, StorageError> {
    store::with_photograph(unit, case, hung, photographs)
}
