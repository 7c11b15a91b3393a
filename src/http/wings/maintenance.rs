//! The wing of maintenance.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    maintenance::assignments::{
        self, AssignRefused, Assignment, Gap, NewAssignment, Wanted, WantedGaps, model::Mode,
    },
    values::{Days, Duties, Fen, Id, RegionCode, Validity, id::kind, period::PeriodInput},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(assign).service(list).service(fetch).service(end).service(gaps);
}

impl From<AssignRefused> for Problem {
    fn from(reason: AssignRefused) -> Self {
        match reason {
            AssignRefused::NotFound => Self::new(Code::NotFound),
            AssignRefused::Closed(status) => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，不能再落实管护责任；请选择仍在册的资产。",
                    "The asset is {status}; nobody can be assigned to it any more.",
                )
                .put("status", status)
                .with("asset_status", status),
            AssignRefused::Outdated => Self::new(Code::PreconditionFailed),
            AssignRefused::AlreadyHeld(held) => Self::new(Code::Conflict)
                .saying(
                    "该资产在此期间已有管护主体；请先终止原有的管护责任，或另定期间。",
                    "Another body answers for the asset on some of these days; end that first, or name other days.",
                )
                .with("responsible_id", held.by)
                .with("period", held.during),
        }
    }
}

/// An assignment to be made.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AssignmentRequest {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Who answers for its upkeep.
    #[schema(value_type = uuid::Uuid)]
    responsible_id: Id<kind::Party>,
    /// In which way.
    mode: Mode,
    /// From when until when.
    period: PeriodInput,
    /// What there is to do.
    duties: Duties,
    /// How often it is inspected, in days.
    inspect_every_days: Days,
    /// What may be spent in a year.
    budget_fen: Option<Fen>,
}

/// The end of an assignment.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AssignmentEndRequest {
    /// The first day on which it no longer holds; null where it goes on after all.
    #[schema(required, example = "2026-01-01")]
    to: Option<NaiveDate>,
}

/// Who answers for an asset's upkeep.
#[derive(Debug, Serialize, ToSchema)]
struct AssignmentResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Assignment>,
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Who answers.
    #[schema(value_type = uuid::Uuid)]
    responsible_id: Id<kind::Party>,
    /// In which way.
    mode: Mode,
    /// From when until when; on no day where it ends on its first, since it was entered by mistake.
    period: Validity,
    /// What there is to do.
    #[schema(value_type = String, example = "路面、边沟日常养护")]
    duties: Duties,
    /// How often it is inspected, in days.
    inspect_every_days: Days,
    /// What may be spent in a year.
    #[schema(required)]
    budget_fen: Option<Fen>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

impl From<Assignment> for AssignmentResponse {
    fn from(assignment: Assignment) -> Self {
        let it = assignment.assigned;
        Self {
            id: assignment.id,
            asset_id: it.asset_id,
            responsible_id: it.responsible_id,
            mode: it.mode,
            period: it.period,
            duties: it.duties,
            inspect_every_days: it.inspect_every_days,
            budget_fen: it.budget,
            version: assignment.version,
        }
    }
}

impl Resource for AssignmentResponse {
    fn location(&self) -> String {
        format!("/v1/maintenance-assignments/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Makes a body answer for an asset's upkeep.
#[utoipa::path(tag = "maintenance", operation_id = "assign_maintenance", security(("bearer" = ["maintenance:write"])), params(IdempotencyKey, DryRun),
    request_body = AssignmentRequest, responses(
    (status = 201, description = "The assignment", body = AssignmentResponse),
    (status = 409, description = "`conflict`: another body answers on some of these days")))]
#[post("/v1/maintenance-assignments")]
async fn assign(act: Acting<AssignmentRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, _, caller, asked| {
        let assignment = NewAssignment {
            asset_id: asked.asset_id,
            responsible_id: asked.responsible_id,
            mode: asked.mode,
            period: asked.period.parse("/period")?.into(),
            duties: asked.duties.clone(),
            inspect_every_days: asked.inspect_every_days,
            budget: asked.budget_fen,
        };
        Done::created(&AssignmentResponse::from(assignments::assign(unit, caller, &assignment)?))
    })
    .await
}

/// Which assignments are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AssignmentsFilters {
    /// Only assignments of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only assignments in this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only assignments that hold on this day.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

impl Filters for AssignmentsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }

    fn known_at(&self) -> Option<DateTime<Utc>> {
        self.known_at
    }
}

/// Lists maintenance assignments.
#[utoipa::path(tag = "maintenance", operation_id = "list_maintenance_assignments", security(("bearer" = ["maintenance:read"])), extensions(("x-may-lag" = json!(true))), params(AssignmentsFilters, PageQuery), responses(
    (status = 200, description = "Assignments in the order of their recording", body = ListResponse<AssignmentResponse>)))]
#[get("/v1/maintenance-assignments")]
async fn list(asked: Listing<AssignmentsFilters, Id<kind::Assignment>>) -> Result<HttpResponse, Problem> {
    asked
        .answer_whole(
            |unit, caller, it| {
                let AssignmentsFilters { asset_id, as_of, .. } = it.filters;
                let wanted = Wanted { asset_id, as_of, known: it.known, after: it.after };
                assignments::list(unit, caller, &it.scope, &wanted, it.limit)
            },
            |it| it.id,
            AssignmentResponse::from,
        )
        .await
}

/// Shows a maintenance assignment.
#[utoipa::path(tag = "maintenance", operation_id = "get_maintenance_assignment", security(("bearer" = ["maintenance:read"])),
    params(("id" = uuid::Uuid, Path, description = "The assignment"), KnownQuery), responses(
    (status = 200, description = "The assignment", body = AssignmentResponse)))]
#[get("/v1/maintenance-assignments/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<AssignmentResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_known(known_at, move |unit, caller, known| {
            Ok(assignments::find(unit, caller, id, known)?.into())
        })
        .await
}

/// Ends a maintenance assignment, or takes an end back that was entered by mistake.
#[utoipa::path(tag = "maintenance", operation_id = "end_maintenance_assignment", security(("bearer" = ["maintenance:write"])),
    params(("id" = uuid::Uuid, Path, description = "The assignment"), DryRun, IfMatch), request_body = AssignmentEndRequest, responses(
    (status = 200, description = "The assignment as it is now", body = AssignmentResponse),
    (status = 409, description = "`conflict`: another body answers on some of these days")))]
#[patch("/v1/maintenance-assignments/{id}")]
async fn end(request: HttpRequest, change: Changing<AssignmentEndRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            Done::changed(&AssignmentResponse::from(assignments::end(unit, caller, id, seen, asked.to)?))
        })
        .await
}

/// Where and when.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GapsFilters {
    /// Only assets of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// The day; today unless said.
    on: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

impl Filters for GapsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }

    fn known_at(&self) -> Option<DateTime<Utc>> {
        self.known_at
    }
}

/// What is missing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum GapKind {
    /// Nobody answers for the asset's upkeep.
    NoResponsibleBody,
}

/// A public-welfare asset that nobody answers for.
#[derive(Debug, Serialize, ToSchema)]
struct GapResponse {
    /// What is missing.
    kind: GapKind,
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Its name.
    #[schema(example = "村组道路")]
    asset_name: String,
    /// Where it is.
    region_code: RegionCode,
    /// Since when nobody does.
    since: NaiveDate,
    /// By when somebody must: `responsible_body_within_days` of the region's policy after that day. Null where the calendar ends.
    #[schema(required)]
    due_on: Option<NaiveDate>,
    /// Whether that day is over on the day that was asked about.
    is_overdue: bool,
}

impl From<Gap> for GapResponse {
    fn from(it: Gap) -> Self {
        Self {
            kind: GapKind::NoResponsibleBody,
            is_overdue: it.is_overdue,
            asset_id: it.asset_id,
            asset_name: it.asset_name,
            region_code: it.region_code,
            since: it.since,
            due_on: it.due_on,
        }
    }
}

/// Lists public-welfare assets that nobody answers for.
#[utoipa::path(tag = "maintenance", operation_id = "list_maintenance_gaps", security(("bearer" = ["maintenance:read"])), extensions(("x-may-lag" = json!(true))), params(GapsFilters, PageQuery), responses(
    (status = 200, description = "Assets by region", body = ListResponse<GapResponse>)))]
#[get("/v1/maintenance-gaps")]
async fn gaps(asked: Listing<GapsFilters, (RegionCode, Id<kind::Asset>)>) -> Result<HttpResponse, Problem> {
    asked
        .answer_whole(
            |unit, caller, it| {
                let on = it.filters.on.unwrap_or_else(|| unit.today());
                let wanted =
                    WantedGaps { on, known: it.known, known_at: it.filters.known_at, after: it.after };
                assignments::gaps(unit, caller, &it.scope, &wanted, it.limit)
            },
            |it| (it.region_code, it.asset_id),
            GapResponse::from,
        )
        .await
}
