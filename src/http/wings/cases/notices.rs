//! Public notices and objections on the wire. Reading notices and objecting to them needs no token.

use actix_web::{HttpRequest, HttpResponse, get, http::header::ETAG, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::paper_notices,
    cases::{
        CaseKind,
        notices::{
            self, Answered, ClosedBecause, Notice, NoticeError, NoticeRefused, Objection, ObjectionStatus,
            Raised, content::NoticeContent, paper::NewPaperNotice,
        },
        overrides::{self, Published},
    },
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey, Public},
        answer::{Fetched, Resource},
        ask::{NoQuery, PublicReading, id_in},
        findings::PublishedOverride,
        language::Language,
        limits,
        listing::{Filters, Listing, Portion},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    storage::{Read, StorageError},
    values::{Contact, Id, NoticePlace, RegionCode, Statement, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(list)
        .service(record_on_paper)
        .service(fetch)
        .service(content)
        .service(raise)
        .service(objections)
        .service(answer)
        .service(answer_many);
}

impl From<NoticeRefused> for Problem {
    fn from(reason: NoticeRefused) -> Self {
        match reason {
            NoticeRefused::NotFound => Self::new(Code::NotFound),
            NoticeRefused::Closed => Self::new(Code::Conflict).saying(
                "公示已经结束，不再受理异议；请直接向县级主管部门反映。",
                "The notice has come down; turn to the county instead.",
            ),
            NoticeRefused::Answered(ids) => Self::new(Code::Conflict)
                .saying(
                    "异议已经答复（见 `objection_ids`），不能再次答复；请查阅已有的答复，一并答复的请去掉这些异议后重新提交。",
                    "What objection_ids names was answered already: read the answers that were given, and leave these out where \
                     many are answered by one decision.",
                )
                .with("objection_ids", ids),
            NoticeRefused::Concerned(refused) => refused.into(),
        }
    }
}

/// A public notice.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Notice>,
    /// The case that it makes public.
    #[schema(value_type = uuid::Uuid)]
    case_id: Id<kind::Case>,
    /// What the case is about.
    case_kind: CaseKind,
    /// The region in which it hangs.
    region_code: RegionCode,
    /// What it is headed by.
    #[schema(example = "Notice of a transfer of rights")]
    title: String,
    /// The day on which it was posted, in China's time.
    #[schema(example = "2026-11-28")]
    opened_on: NaiveDate,
    /// The last day on which it hangs, which counts to its end at 24:00; null where it may come down at once.
    #[schema(required, example = "2026-12-08")]
    last_day: Option<NaiveDate>,
    /// The first day on which it may come down.
    #[schema(example = "2026-12-09")]
    due_on: NaiveDate,
    /// The day on which it came down; null while it hangs.
    #[schema(required, example = "2026-12-09")]
    closed_on: Option<NaiveDate>,
    /// Why it came down; null while it hangs.
    #[schema(required)]
    closed_because: Option<ClosedBecause>,
    /// Where it hung, where it hung on paper and was recorded afterwards; null for a notice that was posted here.
    #[schema(required)]
    on_paper: Option<OnPaperResponse>,
    /// What it says: in the very form that hung, its members in the canonical order of RFC 8785. Null for notices that were
    /// posted by releases which kept no more than their titles, and for those that hung on paper.
    #[schema(required, value_type = Option<NoticeContent>)]
    content: Option<Box<RawValue>>,
    /// SHA-256 of the bytes of `content`, in hexadecimal.
    #[schema(required, example = "0f4c5a0c8a6e4b8fb6e2f3c1d2a5978813b0c4d5e6f7089a1b2c3d4e5f60718a")]
    content_sha256: Option<String>,
    /// What the county approved although a loss rule had found something, once it did: each rule with the reason. It is no part of
    /// `content`, whose bytes are those that hung before.
    overrides: Vec<PublishedOverride>,
}

/// Where a notice hung on paper.
#[derive(Debug, Serialize, ToSchema)]
struct OnPaperResponse {
    /// Where.
    #[schema(example = "东村村务公开栏")]
    place: String,
    /// The photograph of it.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
}

/// A notice, and what approvals of its case named.
type WithOverrides = (Notice, Vec<Published>);

/// Notices, each with what approvals of its case named.
fn with_overrides(unit: &mut Read<'_>, notices: Vec<Notice>) -> Result<Vec<WithOverrides>, StorageError> {
    let cases: Vec<_> = notices.iter().map(|it| it.case_id).collect();
    let mut published = overrides::published(unit, &cases)?;
    let with = |it: Notice| {
        let named = published.remove(&it.case_id).unwrap_or_default();
        (it, named)
    };
    Ok(notices.into_iter().map(with).collect())
}

/// A notice as it is answered. What it says goes out in the bytes that are kept, unread.
fn response((notice, named): WithOverrides, language: Language) -> Result<NoticeResponse, StorageError> {
    Ok(NoticeResponse {
        overrides: PublishedOverride::all(named, language)?,
        content_sha256: notice.content_sha256(),
        content: notice.content.and_then(|it| RawValue::from_string(it).ok()),
        last_day: notice.days.last_day(),
        on_paper: notice.on_paper.map(|it| OnPaperResponse {
            place: it.place,
            document_id: it.document_id,
            recorded_at: it.recorded_at,
        }),
        id: notice.id,
        case_id: notice.case_id,
        case_kind: notice.case_kind,
        region_code: notice.region_code,
        title: language.of_two(&notice.title.0, &notice.title.1).to_owned(),
        opened_on: notice.days.opened_on,
        due_on: notice.days.due_on,
        closed_on: notice.closed.map(|(on, _)| on),
        closed_because: notice.closed.map(|(_, because)| because),
    })
}

/// Which notices are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NoticesFilters {
    /// Only notices of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only the notice of this case.
    #[param(value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// `true` for notices that hang, `false` for those that came down.
    hanging: Option<bool>,
}

impl Filters for NoticesFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists public notices, with what they say.
///
/// A page may hold fewer of them than `limit` where they say much; `next_cursor` leads on.
#[utoipa::path(tag = "cases", operation_id = "list_notices", security(()), extensions(("x-may-lag" = json!(true))), params(NoticesFilters, PageQuery), responses(
    (status = 200, description = "Notices in the order of their posting", body = ListResponse<NoticeResponse>)))]
#[get("/v1/notices")]
async fn list(asked: Listing<NoticesFilters, Id<kind::Notice>, Public>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&asked.request);
    asked
        .answer_portion(
            move |unit, _, it| -> Result<_, NoticeError> {
                let (case_id, hanging) = (it.filters.case_id, it.filters.hanging);
                let wanted = notices::Wanted { case_id, hanging, after: it.after };
                let found = notices::list(unit, &it.scope, &wanted, it.limit)?;
                let items = with_overrides(unit, found.items)?.into_iter();
                let items = items.map(|it| Ok((it.0.id, response(it, language)?)));
                let items = items.collect::<Result<Vec<_>, StorageError>>()?;
                Ok(Portion { items, more: found.more })
            },
            |it| it.0,
            |it| it.1,
        )
        .await
}

/// Shows a public notice, with what it says.
#[utoipa::path(tag = "cases", operation_id = "get_notice", security(()),
    params(("id" = uuid::Uuid, Path, description = "The notice")), responses(
    (status = 200, description = "The notice", body = NoticeResponse)))]
#[get("/v1/notices/{id}")]
async fn fetch(asked: PublicReading<NoQuery>) -> Result<Fetched<NoticeResponse>, Problem> {
    let (id, language) = (id_in(&asked.request, "id")?, Language::of(&asked.request));
    asked
        .fetch_whole(move |unit| {
            let found = notices::find(unit, id)?;
            let found =
                with_overrides(unit, vec![found])?.pop().ok_or_else(|| Problem::new(Code::NotFound))?;
            Ok(response(found, language)?)
        })
        .await
}

/// Gives what a notice says, byte for byte as it hung.
///
/// Their SHA-256 stands in the journal, in the entry by which the notice was posted. A notice that a release without this
/// posted has no content.
#[utoipa::path(tag = "cases", operation_id = "get_notice_content", security(()),
    params(("id" = uuid::Uuid, Path, description = "The notice")), responses(
    (status = 200, description = "The bytes that hung", body = NoticeContent)))]
#[get("/v1/notices/{id}/content")]
async fn content(asked: PublicReading<NoQuery>) -> Result<HttpResponse, Problem> {
    let id = id_in(&asked.request, "id")?;
    let notice = asked.reader.read(move |unit| notices::find(unit, id)).await?;
    let (Some(sha256), Some(content)) = (notice.content_sha256(), notice.content) else {
        return Err(Problem::new(Code::NotFound));
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((ETAG, format!("\"{sha256}\"")))
        .body(content))
}

/// A public notice that hung on paper.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PaperNoticeRequest {
    /// The case that it made public.
    #[schema(value_type = uuid::Uuid)]
    case_id: Id<kind::Case>,
    /// The day on which it was posted.
    #[schema(example = "2021-03-01")]
    opened_on: NaiveDate,
    /// The day on which it came down.
    #[schema(example = "2021-03-15")]
    closed_on: NaiveDate,
    /// Where it hung.
    place: NoticePlace,
    /// The photograph of it as it hung.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
}

/// Records that the public notice of a case hung on paper, before the case was on record.
///
/// The case need not hang again: its steps `start_notice` and `close_notice` count as done by it. That is for what is put on record long
/// after it happened: first registrations, and transfers and alterations that are entered long after their day with the reason
/// (`recorded_late`), whose notice came down before they worked. The case stands where its notice would be posted. The days are
/// counted by the policy by which the case is judged. The county approves such a case, whatever it is about, and the rule L16 names
/// the notice to it.
#[utoipa::path(tag = "cases", operation_id = "record_paper_notice", security(("bearer" = ["cases:submit"])), params(IdempotencyKey, DryRun),
    request_body = PaperNoticeRequest, responses(
    (status = 201, description = "The notice", body = NoticeResponse),
    (status = 409, description = "`conflict`: the notice of the case hangs here, or another step comes first; `blocked_by_loss_check`: it hung for too few days, or for too long")))]
#[post("/v1/notices")]
async fn record_on_paper(
    request: HttpRequest,
    act: Acting<PaperNoticeRequest>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    act.perform(move |unit, _, caller, asked| {
        let wanted = NewPaperNotice {
            opened_on: asked.opened_on,
            closed_on: asked.closed_on,
            place: asked.place.clone(),
            document_id: asked.document_id,
        };
        let recorded = paper_notices::record(unit, caller, asked.case_id, &wanted)?;
        Done::created(&response((recorded, Vec::new()), language)?)
    })
    .await
}

impl Resource for NoticeResponse {
    fn location(&self) -> String {
        format!("/v1/notices/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// An objection to be raised.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ObjectionRequest {
    /// What is objected.
    text: Statement,
    /// How to be reached; seen only by the offices that answer.
    contact: Option<Contact>,
}

/// An objection that was received.
#[derive(Debug, Serialize, ToSchema)]
struct ReceivedResponse {
    /// The identifier, to ask about it.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Objection>,
    /// The notice objected to.
    #[schema(value_type = uuid::Uuid)]
    notice_id: Id<kind::Notice>,
    /// What became of it.
    status: ObjectionStatus,
    /// When it was raised.
    raised_at: DateTime<Utc>,
}

/// Raises an objection against a notice.
///
/// Anybody may, without a token, for as long as the notice hangs. An objection that waits for its answer holds the case. Where the
/// policy of the region asks for a contact (`objection_contact_required`), it is needed.
///
/// What was objected already in the same words and with the same contact is that objection: it comes back with 200, and what
/// became of it. From one address a number of objections a day are taken against one notice (429).
///
/// The same request with the same key gives the first answer again. A key is no more than that here: other people's keys,
/// and the same key with other content, are other objections.
#[utoipa::path(tag = "cases", operation_id = "object_to_notice", security(()), params(("id" = uuid::Uuid, Path, description = "The notice"), IdempotencyKey, DryRun),
    request_body = ObjectionRequest, responses(
    (status = 200, description = "The same was objected before", body = ReceivedResponse),
    (status = 201, description = "The objection was received", body = ReceivedResponse),
    (status = 409, description = "`conflict`: the notice has come down")))]
#[post("/v1/notices/{id}/objections")]
async fn raise(request: HttpRequest, act: Acting<ObjectionRequest, Public>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.registry().storage.read(move |unit| notices::known(unit, id).map_err(Problem::from)).await?;
    // Counted for notices that there are: invented ones would be remembered without end.
    limits::admit_objection(&request, id)?;
    act.perform(move |unit, _, anybody, asked| {
        let request_id = anybody.request_id.clone();
        let received = |it: Objection| ReceivedResponse {
            id: it.id,
            notice_id: it.notice_id,
            status: it.status,
            raised_at: it.raised_at,
        };
        match notices::object(unit, request_id, id, &asked.text, asked.contact.as_ref())? {
            Raised::New(it) => Done::created(&received(it)),
            Raised::Before(it) => Done::changed(&received(it)),
        }
    })
    .await
}

impl Resource for ReceivedResponse {
    fn location(&self) -> String {
        format!("/v1/notices/{}/objections", self.notice_id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// An objection, as the offices that answer see it.
#[derive(Debug, Serialize, ToSchema)]
struct ObjectionResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Objection>,
    /// The notice objected to.
    #[schema(value_type = uuid::Uuid)]
    notice_id: Id<kind::Notice>,
    /// What is objected.
    #[schema(example = "租金低于市场价。")]
    text: String,
    /// How to reach whoever objects.
    #[schema(required, example = "东村三组")]
    contact: Option<String>,
    /// What became of it.
    status: ObjectionStatus,
    /// When it was raised.
    raised_at: DateTime<Utc>,
    /// What was answered.
    #[schema(required, example = "经复核，租金以评估价为准。")]
    answer: Option<String>,
    /// When it was answered.
    #[schema(required)]
    answered_at: Option<DateTime<Utc>>,
}

impl From<Objection> for ObjectionResponse {
    fn from(it: Objection) -> Self {
        Self {
            id: it.id,
            notice_id: it.notice_id,
            text: it.text,
            contact: it.contact,
            status: it.status,
            raised_at: it.raised_at,
            answer: it.answer,
            answered_at: it.answered_at,
        }
    }
}

impl Resource for ObjectionResponse {
    fn location(&self) -> String {
        format!("/v1/notices/{}/objections", self.notice_id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Lists the objections against a notice, for those who answer them.
#[utoipa::path(tag = "cases", operation_id = "list_objections", security(("bearer" = ["objections:answer"])),
    params(("id" = uuid::Uuid, Path, description = "The notice"), PageQuery), responses(
    (status = 200, description = "The objections, in the order in which they were raised", body = ListResponse<ObjectionResponse>)))]
#[get("/v1/notices/{id}/objections")]
async fn objections(asked: Listing<NoQuery, Id<kind::Objection>>) -> Result<HttpResponse, Problem> {
    let id: Id<kind::Notice> = asked.id("id")?;
    asked
        .answer_whole(
            move |unit, caller, it| notices::objections(unit, caller, id, it.after, it.limit),
            |it| it.id,
            ObjectionResponse::from,
        )
        .await
}

/// How an objection is answered.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is right.
    Uphold,
    /// It is wrong.
    Dismiss,
}

impl Verdict {
    const fn status(self) -> ObjectionStatus {
        match self {
            Self::Uphold => ObjectionStatus::Upheld,
            Self::Dismiss => ObjectionStatus::Dismissed,
        }
    }
}

/// The answer to an objection.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    /// How it is answered.
    step: Verdict,
    /// What is answered.
    answer: Statement,
}

/// Answers an objection.
///
/// One that is dismissed no longer holds the case. One that is upheld holds it for good: the case is rejected or withdrawn,
/// and asked for anew as it should be. Whoever drafted the case, or works for a party of it, does not answer.
#[utoipa::path(tag = "cases", operation_id = "answer_objection", security(("bearer" = ["objections:answer"])),
    params(("id" = uuid::Uuid, Path, description = "The objection"), IdempotencyKey, DryRun), request_body = AnswerRequest, responses(
    (status = 200, description = "The objection as it is now", body = ObjectionResponse),
    (status = 409, description = "`conflict`: it was answered already; `four_eyes`, `party_to_the_case`")))]
#[post("/v1/objections/{id}/decisions")]
async fn answer(request: HttpRequest, act: Acting<AnswerRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let answered = notices::answer(unit, caller, id, asked.step.status(), &asked.answer)?;
        Done::changed(&ObjectionResponse::from(answered))
    })
    .await
}

/// The answer to many objections against one notice.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AnswersRequest {
    /// How they are answered.
    step: Verdict,
    /// What is answered to each of them, and why.
    answer: Statement,
    /// The objections; each of them waits for its answer.
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 500)]
    objection_ids: Vec<Id<kind::Objection>>,
}

/// How a notice stands after many objections were answered.
#[derive(Debug, Serialize, ToSchema)]
struct AnsweredResponse {
    /// The notice objected to.
    #[schema(value_type = uuid::Uuid)]
    notice_id: Id<kind::Notice>,
    /// How many objections were answered.
    #[schema(minimum = 1, example = 40)]
    answered: usize,
    /// How many still wait for an answer.
    #[schema(minimum = 0, example = 0)]
    open_objections: i64,
    /// How many were upheld, now or before.
    #[schema(minimum = 0, example = 0)]
    upheld_objections: i64,
}

impl Resource for AnsweredResponse {
    fn location(&self) -> String {
        format!("/v1/notices/{}/objections", self.notice_id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.notice_id.seen_as())
    }
}

/// Answers many objections against a notice by one decision.
///
/// They are named, up to 500 of them, and get the same answer: for objections that say the same, and for those that were sent to
/// hold the case. Either all of them are answered or none. Who may answer, and what it does to the case, is as for one.
#[utoipa::path(tag = "cases", operation_id = "answer_objections", security(("bearer" = ["objections:answer"])),
    params(("id" = uuid::Uuid, Path, description = "The notice"), IdempotencyKey, DryRun), request_body = AnswersRequest, responses(
    (status = 200, description = "How the notice stands now", body = AnsweredResponse),
    (status = 409, description = "`conflict`: one of them was answered already; `four_eyes`, `party_to_the_case`")))]
#[post("/v1/notices/{id}/objections/decisions")]
async fn answer_many(request: HttpRequest, act: Acting<AnswersRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let answered =
            notices::answer_many(unit, caller, id, &asked.objection_ids, asked.step.status(), &asked.answer)?;
        let Answered { notice_id, answered, open, upheld } = answered;
        Done::changed(&AnsweredResponse {
            notice_id,
            answered,
            open_objections: open,
            upheld_objections: upheld,
        })
    })
    .await
}
