//! Delegations over HTTP: who decides in whose place, and until when.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::{Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    identity::delegations::{
        self, DAYS_AT_MOST, DelegatedStep, Delegation, DelegationError, DelegationRefused, Deputy, Direction,
        EndedBecause, NewDelegation, Wanted,
    },
    register::regions,
    storage::{Read, StorageError},
    values::{
        DelegationReason, Faults, Id, Period, Reason, RegionCode, Username, id::kind,
        period::ClosedPeriodInput,
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(give).service(list).service(fetch).service(decide);
}

impl From<DelegationRefused> for Problem {
    fn from(reason: DelegationRefused) -> Self {
        match reason {
            DelegationRefused::NotFound => Self::new(Code::NotFound),
            DelegationRefused::ToOneself => Self::new(Code::Conflict).saying(
                "不能委托自己代行；请填写另一名用户。",
                "Nobody delegates to themselves; name another user.",
            ),
            DelegationRefused::LowerOffice => Self::new(Code::Conflict).saying(
                "受托人的管辖区域不包含您的管辖区域；请委托本单位或者上级单位的人员。",
                "The other user's region does not hold yours: delegate to somebody of the same office, or of a higher one.",
            ),
            DelegationRefused::TakesNoSteps => Self::new(Code::Conflict).saying(
                "受托人不在乡镇、县级办理案件；请委托办理案件的人员，或者请管理员调整其角色。",
                "The other user takes no steps in cases for a township or a county; name one who does, or have an administrator \
                 change their roles.",
            ),
            DelegationRefused::Ended => Self::new(Code::Conflict).saying(
                "该委托已经终止或者期满，无须撤销。",
                "The delegation has ended already; there is nothing to revoke.",
            ),
            DelegationRefused::NotDelegated => Self::new(Code::PermissionDenied).saying(
                "该人员没有委托您代行此步骤，或者委托已经终止、期满、不含本案所在区域；请去掉 `on_behalf_of`，或者请其另行委托。",
                "They delegated this step to you neither for today nor for the region of the case, or it has ended; leave on_behalf_of \
                 out, or have them delegate it.",
            ),
            DelegationRefused::Several(people) => Self::new(Code::Conflict)
                .saying(
                    "有多人委托您代行此步骤（见 `delegator_ids`）；请以 `on_behalf_of` 写明代谁办理。",
                    "Several people delegated this step to you (delegator_ids); say in whose place you take it (on_behalf_of).",
                )
                .with("delegator_ids", people),
        }
    }
}

/// Deciding steps that somebody is to take in the caller's place.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct DelegationRequest {
    /// Who is to take them: somebody who takes steps in cases, whose region is the caller's or holds it. This, or `to_username`.
    #[schema(value_type = Option<uuid::Uuid>)]
    to_user_id: Option<Id<kind::User>>,
    /// The same person by the name under which they sign in.
    to_username: Option<Username>,
    /// Which decisions, of those that the caller takes: with `review` go closing notices and rejecting, with `approve` executing and
    /// rejecting.
    #[schema(min_items = 1, max_items = 2)]
    steps: Vec<DelegatedStep>,
    /// Only about cases in this region and everything under it; all that the caller sees unless said.
    region_code: Option<RegionCode>,
    /// On which days: from today or a later day on, for 180 days at most.
    period: ClosedPeriodInput,
    /// Why.
    reason: DelegationReason,
}

/// A user of a delegation.
#[derive(Debug, Serialize, ToSchema)]
struct DelegationUser {
    /// The user.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::User>,
    /// The name under which the user signs in.
    #[schema(example = "county_approver")]
    username: String,
}

/// Deciding steps that somebody takes in another's place.
#[derive(Debug, Serialize, ToSchema)]
struct DelegationResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Delegation>,
    /// Who delegates.
    from: DelegationUser,
    /// To whom.
    to: DelegationUser,
    /// Which decisions.
    steps: Vec<DelegatedStep>,
    /// Only about cases in this region; null for all that whoever delegates sees.
    #[schema(required)]
    region_code: Option<RegionCode>,
    /// On which days.
    period: Period,
    /// Why.
    #[schema(example = "外出学习，期间由副职代行")]
    reason: String,
    /// Whether it counts today.
    in_force: bool,
    /// When it was given.
    given_at: DateTime<Utc>,
    /// When it ended before its days were over; null where it did not.
    #[schema(required)]
    ended_at: Option<DateTime<Utc>>,
    /// Why it did.
    #[schema(required)]
    ended_because: Option<EndedBecause>,
}

impl DelegationResponse {
    fn all(unit: &mut Read<'_>, found: Vec<Delegation>) -> Result<Vec<Self>, StorageError> {
        let names = delegations::usernames(unit, &found)?;
        let today = unit.today();
        let user = |id| DelegationUser { id, username: names.get(&id).cloned().unwrap_or_default() };
        let one = |it: Delegation| Self {
            from: user(it.from_id),
            to: user(it.to_id),
            in_force: it.is_in_force(today),
            id: it.id,
            steps: it.steps,
            region_code: it.region_code,
            period: it.period,
            reason: it.reason,
            given_at: it.given_at,
            ended_at: it.ended.map(|(at, _)| at),
            ended_because: it.ended.map(|(_, because)| because),
        };
        Ok(found.into_iter().map(one).collect())
    }

    fn one(unit: &mut Read<'_>, found: Delegation) -> Result<Self, Problem> {
        Self::all(unit, vec![found])?.pop().ok_or_else(|| Problem::new(Code::NotFound))
    }
}

impl Resource for DelegationResponse {
    fn location(&self) -> String {
        format!("/v1/delegations/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

const _: () = assert!(DAYS_AT_MOST == 180, "what the document says of the days");

/// Has another user take deciding steps in the caller's place, for some days.
///
/// Only what the caller's own roles take can be delegated, and it is not passed on. The step says in whose place it was taken; both
/// people count as having taken it: neither takes the other decision of the case, and where one of them drafted the case, is a party
/// of it or is related to one, the step is refused. A delegation ends with its days, when it is revoked, and with the account or the
/// role of either.
#[utoipa::path(tag = "identity", operation_id = "delegate_decisions", security(("bearer" = ["delegations:write"])), params(IdempotencyKey, DryRun),
    request_body = DelegationRequest, responses(
    (status = 201, description = "The delegation", body = DelegationResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`conflict`: the other user's office is a lower one, or they take no steps in cases")))]
#[post("/v1/delegations")]
async fn give(act: Acting<DelegationRequest>) -> Result<HttpResponse, Problem> {
    act.perform(move |unit, _, caller, asked| {
        if let Some(region) = &asked.region_code {
            Faults::none_of(Vec::from_iter(regions::unknown(unit, region, "/region_code")?))?;
        }
        let to = match (asked.to_user_id, &asked.to_username) {
            (Some(id), None) => Deputy::Known(id),
            (None, Some(name)) => Deputy::Called(name.clone()),
            (None, None) => {
                let other = "/to_username".to_owned();
                Err(Faults::one("/to_user_id", Reason::RequiredWith { other }))?
            }
            (Some(_), Some(_)) => {
                Err(Faults::one("/to_username", Reason::Contradicts { other: "to_user_id".to_owned() }))?
            }
        };
        let wanted = NewDelegation {
            to,
            steps: asked.steps.clone(),
            region_code: asked.region_code,
            period: asked.period,
            reason: asked.reason.clone(),
        };
        let given = delegations::give(unit, caller, &wanted)?;
        Done::created(&DelegationResponse::one(unit, given)?)
    })
    .await
}

/// Which delegations are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DelegationsFilters {
    /// Only those that the caller gave, or only those that the caller received.
    #[param(inline)]
    direction: Option<Direction>,
    /// Only those in force on this day.
    #[param(example = "2026-01-01")]
    on: Option<NaiveDate>,
    /// Of those that others gave, only such as are about this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
}

impl Filters for DelegationsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists delegations: those that the caller gave and received; for auditors, all of their region.
#[utoipa::path(tag = "identity", operation_id = "list_delegations", security(("bearer" = ["delegations:read"])),
    params(DelegationsFilters, PageQuery), responses(
    (status = 200, description = "Delegations, in the order in which they were given", body = ListResponse<DelegationResponse>)))]
#[get("/v1/delegations")]
async fn list(asked: Listing<DelegationsFilters, Id<kind::Delegation>>) -> Result<HttpResponse, Problem> {
    asked
        .answer_whole(
            |unit, caller, it| -> Result<Vec<_>, DelegationError> {
                let wanted = Wanted { direction: it.filters.direction, on: it.filters.on, after: it.after };
                let found = delegations::list(unit, caller, &it.scope, &wanted, it.limit)?;
                Ok(DelegationResponse::all(unit, found)?)
            },
            |it| it.id,
            |it| it,
        )
        .await
}

/// Shows a delegation.
#[utoipa::path(tag = "identity", operation_id = "get_delegation", security(("bearer" = ["delegations:read"])),
    params(("id" = uuid::Uuid, Path, description = "The delegation")), responses(
    (status = 200, description = "The delegation", body = DelegationResponse)))]
#[get("/v1/delegations/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<DelegationResponse>, Problem> {
    let id = asked.id("id")?;
    asked
        .fetch(move |unit, caller, _| {
            let found = delegations::find(unit, caller, id)?;
            DelegationResponse::one(unit, found)
        })
        .await
}

/// What can be done about a delegation.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DelegationStep {
    /// It ends at once.
    Revoke,
}

/// What is to be done about a delegation.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct DelegationDecisionRequest {
    /// What.
    step: DelegationStep,
}

/// Revokes a delegation of one's own. What was done by it stays done.
#[utoipa::path(tag = "identity", operation_id = "revoke_delegation", security(("bearer" = ["delegations:write"])),
    params(("id" = uuid::Uuid, Path, description = "The delegation"), IdempotencyKey, DryRun), request_body = DelegationDecisionRequest, responses(
    (status = 200, description = "The delegation as it is now", body = DelegationResponse),
    (status = 409, description = "`conflict`: it has ended already")))]
#[post("/v1/delegations/{id}/decisions")]
async fn decide(
    request: HttpRequest,
    act: Acting<DelegationDecisionRequest>,
) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| match asked.step {
        DelegationStep::Revoke => {
            let revoked = delegations::revoke(unit, caller, id)?;
            Done::changed(&DelegationResponse::one(unit, revoked)?)
        }
    })
    .await
}
