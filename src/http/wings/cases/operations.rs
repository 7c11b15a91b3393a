//! What can be done with the cases of any act: they are drafted, listed, shown, and decided on.

use actix_web::{HttpRequest, HttpResponse};

use crate::{
    acts::{self, Act, AskedStep, Decided, Override},
    cases::{self, Case},
    http::{
        shell::{
            act::{Acting, Done},
            answer::{Fetched, Resource},
            ask::{Reading, id_in},
            language::Language,
            problem::Problem,
        },
        wings::cases::case::{CaseResponse, CasesListing, DecisionRequest, ListedCaseResponse},
    },
    identity::Caller,
    storage::{Read, StorageError},
};

/// Declares the operations on the cases of an act: what is asked, how its cases are answered with, the tag and the paths; then
/// for each operation what the document says of it, its identifier, the description of its answer, and the codes of its
/// refusals by their status. They are called `draft`, `list`, `fetch` and `decide`; the file imports actix's `get` and `post`.
macro_rules! case_operations {
    (
        $asked:ident, $answer:ident, $tag:literal: $all:literal, $one:literal, $decisions:literal;
        $(#[$drafting:meta])* $draft:literal: $drafted:literal $(, $draft_status:literal $draft_refused:literal)*;
        $(#[$listing:meta])* $list:literal: $listed:literal;
        $(#[$showing:meta])* $get:literal: $shown:literal;
        $(#[$deciding:meta])* $decide:literal: $decided:literal $(, $decide_status:literal $decide_refused:literal)*;
    ) => {
        $(#[$drafting])*
        #[utoipa::path(tag = $tag, operation_id = $draft, security(("bearer" = ["cases:draft"])),
            params($crate::http::shell::act::IdempotencyKey, $crate::http::shell::act::DryRun),
            request_body = $asked, responses(
            (status = 201, description = $drafted, body = $answer),
            $((status = $draft_status, description = $draft_refused)),*))]
        #[post($all)]
        async fn draft(
            request: actix_web::HttpRequest,
            act: $crate::http::shell::act::Acting<$asked>,
        ) -> Result<actix_web::HttpResponse, $crate::http::shell::problem::Problem> {
            $crate::http::wings::cases::operations::draft::<$asked, $answer>(&request, act).await
        }

        $(#[$listing])*
        #[utoipa::path(tag = $tag, operation_id = $list, security(("bearer" = ["cases:read"])), extensions(("x-may-lag" = json!(true))),
            params($crate::http::wings::cases::case::CasesFilters, $crate::http::shell::paging::PageQuery),
            responses(
            (status = 200, description = $listed,
                body = $crate::http::shell::paging::ListResponse<$crate::http::wings::cases::case::ListedCaseResponse>)))]
        #[get($all)]
        async fn list(
            asked: $crate::http::wings::cases::case::CasesListing,
        ) -> Result<actix_web::HttpResponse, $crate::http::shell::problem::Problem> {
            $crate::http::wings::cases::operations::list::<$asked>(asked).await
        }

        $(#[$showing])*
        #[utoipa::path(tag = $tag, operation_id = $get, security(("bearer" = ["cases:read"])),
            params(("id" = uuid::Uuid, Path, description = "The case")), responses(
            (status = 200, description = $shown, body = $answer)))]
        #[get($one)]
        async fn fetch(
            asked: $crate::http::shell::ask::Reading,
        ) -> Result<$crate::http::shell::answer::Fetched<$answer>, $crate::http::shell::problem::Problem> {
            $crate::http::wings::cases::operations::fetch::<$asked, $answer>(asked).await
        }

        $(#[$deciding])*
        #[utoipa::path(tag = $tag, operation_id = $decide, security(("bearer" = ["cases:decide"])),
            params(("id" = uuid::Uuid, Path, description = "The case"),
                $crate::http::shell::act::IdempotencyKey, $crate::http::shell::act::DryRun),
            request_body = $crate::http::wings::cases::case::DecisionRequest, responses(
            (status = 200, description = $decided, body = $answer),
            $((status = $decide_status, description = $decide_refused)),*))]
        #[post($decisions)]
        async fn decide(
            request: actix_web::HttpRequest,
            act: $crate::http::shell::act::Acting<$crate::http::wings::cases::case::DecisionRequest>,
        ) -> Result<actix_web::HttpResponse, $crate::http::shell::problem::Problem> {
            $crate::http::wings::cases::operations::decide::<$asked, $answer>(&request, act).await
        }
    };
}

pub(super) use case_operations;

/// How the cases of an act are answered with.
pub(super) trait CaseAnswer<A: Act>: Resource + Sized {
    /// The answer for a case, with what its act comes to where that was just worked out.
    fn of(
        unit: &mut Read<'_>,
        caller: &Caller,
        case: Case,
        plan: Option<A::Plan>,
        language: Language,
    ) -> Result<Self, StorageError>;
}

impl<A: Act> CaseAnswer<A> for CaseResponse {
    fn of(
        unit: &mut Read<'_>,
        caller: &Caller,
        case: Case,
        _: Option<A::Plan>,
        language: Language,
    ) -> Result<Self, StorageError> {
        Self::of(unit, caller, case, language)
    }
}

/// Drafts the case of an act.
pub(super) async fn draft<A, Answer>(request: &HttpRequest, act: Acting<A>) -> Result<HttpResponse, Problem>
where
    A: Act + Send + Sync + 'static,
    Answer: CaseAnswer<A>,
{
    let language = Language::of(request);
    act.perform(move |unit, _, caller, asked| {
        let (case, plan) = acts::draft(unit, caller, asked)?;
        Done::created(&Answer::of(unit, caller, case, Some(plan), language)?)
    })
    .await
}

/// Lists the cases of an act.
pub(super) async fn list<A: Act>(asked: CasesListing) -> Result<HttpResponse, Problem> {
    asked
        .answer_whole(
            move |unit, caller, it| -> Result<Vec<_>, Problem> {
                let status = it.filters.status;
                let wanted = cases::Wanted { scope: Some(it.scope), status, after: it.after };
                let found = cases::list(unit, caller, A::KIND, &wanted, it.limit)?;
                found.into_iter().map(|it| Ok(ListedCaseResponse::of(it)?)).collect()
            },
            |it| it.id,
            |it| it,
        )
        .await
}

/// Shows a case of an act.
pub(super) async fn fetch<A, Answer>(asked: Reading) -> Result<Fetched<Answer>, Problem>
where
    A: Act,
    Answer: CaseAnswer<A> + Send + 'static,
{
    let (id, language) = (asked.id("id")?, Language::of(&asked.request));
    asked
        .fetch_whole(move |unit, caller, _| {
            let case = cases::find(unit, caller, A::KIND, id)?;
            let case = acts::as_needed_now::<A>(unit, case)?;
            Ok(Answer::of(unit, caller, case, None, language)?)
        })
        .await
}

/// Takes a step in a case of an act.
pub(super) async fn decide<A, Answer>(
    request: &HttpRequest,
    act: Acting<DecisionRequest>,
) -> Result<HttpResponse, Problem>
where
    A: Act,
    Answer: CaseAnswer<A>,
{
    let (id, language) = (id_in(request, "id")?, Language::of(request));
    act.perform(move |unit, _, caller, asked| {
        let named = asked.overrides.iter().flatten();
        let wanted = AskedStep {
            step: asked.step,
            comment: asked.comment.clone(),
            on_behalf_of: asked.on_behalf_of,
            overrides: named.map(Override::from).collect(),
        };
        let Decided { case, plan } = acts::decide::<A>(unit, caller, id, &wanted)?;
        Done::changed(&Answer::of(unit, caller, case, plan, language)?)
    })
    .await
}
