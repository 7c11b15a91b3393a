//! Projects: the funded undertakings that made assets, with their money.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::amendments::{self, Wrong, asked::ProjectCorrection},
    http::shell::{
        act::{Acting, Correcting, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::{
        codes::RecordStatus,
        projects::{self, FundingOfProject, NewProject, Project, ProjectRefused, Wanted},
    },
    values::{CorrectionReason, Fault, Id, Name, ProjectCode, ProjectYear, Reason, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(correct);
}

impl From<ProjectRefused> for Problem {
    fn from(reason: ProjectRefused) -> Self {
        match reason {
            ProjectRefused::NotFound => Self::new(Code::NotFound),
            ProjectRefused::AlreadyRecorded => {
                Self::new(Code::AlreadyRegistered).at(Fault::at("/code", Reason::OnRecord))
            }
        }
    }
}

/// A project to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ProjectRequest {
    /// Its code in the project library; unique in the register.
    code: ProjectCode,
    /// Its name.
    name: Name,
    /// The year of its funds.
    year: ProjectYear,
    /// Where it lies.
    region_code: RegionCode,
    /// Its money, line by line.
    #[schema(min_items = 1, max_items = 100)]
    funding: Vec<FundingOfProject>,
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
struct ProjectResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Project>,
    /// Its code in the project library.
    #[schema(example = "HB-2021-0042")]
    code: String,
    /// Its name.
    #[schema(example = "设施蔬菜大棚项目")]
    name: String,
    /// The year of its funds.
    #[schema(example = 2021)]
    year: i32,
    /// Where it lies.
    region_code: RegionCode,
    /// Its money, in the order in which it was recorded.
    funding: Vec<FundingOfProject>,
    /// Whether it counts.
    status: RecordStatus,
    /// The version of this record.
    #[schema(minimum = 1, example = 1)]
    version: i64,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<Project> for ProjectResponse {
    fn from(project: Project) -> Self {
        Self {
            id: project.id,
            code: project.code,
            name: project.name,
            year: project.year,
            region_code: project.region_code,
            funding: project.funding,
            status: project.status,
            version: project.version,
            created_at: project.created_at,
        }
    }
}

impl Resource for ProjectResponse {
    fn location(&self) -> String {
        format!("/v1/projects/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a project with its money.
#[utoipa::path(tag = "register", operation_id = "record_project", security(("bearer" = ["projects:write"])),
    params(IdempotencyKey, DryRun), request_body = ProjectRequest, responses(
    (status = 201, description = "The project", body = ProjectResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`already_registered`: a project has this code")))]
#[post("/v1/projects")]
async fn record(act: Acting<ProjectRequest>) -> Result<HttpResponse, Problem> {
    act.perform(move |unit, _, caller, asked| {
        let project = NewProject {
            code: asked.code.clone(),
            name: asked.name.clone(),
            year: asked.year,
            region_code: asked.region_code,
            funding: asked.funding.clone(),
        };
        Done::created(&ProjectResponse::from(projects::record(unit, caller, &project)?))
    })
    .await
}

/// Which projects are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProjectsFilters {
    /// Only projects of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only projects of this year.
    #[param(example = 2021)]
    year: Option<i32>,
    /// Only projects of this status; those that count unless said.
    #[param(inline)]
    status: Option<RecordStatus>,
}

impl Filters for ProjectsFilters {}

/// Lists projects.
#[utoipa::path(tag = "register", operation_id = "list_projects", security(("bearer" = ["projects:read"])), extensions(("x-may-lag" = json!(true))),
    params(ProjectsFilters, PageQuery), responses(
    (status = 200, description = "Projects by region", body = ListResponse<ProjectResponse>),
    (status = 403, description = "`out_of_scope`")))]
#[get("/v1/projects")]
async fn list(
    asked: Listing<ProjectsFilters, (RegionCode, Id<kind::Project>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer_whole(
            |unit, caller, it| {
                let ProjectsFilters { region_code, year, status } = it.filters;
                let wanted = Wanted { region_code, year, status, after: it.after };
                projects::list(unit, caller, &wanted, it.limit)
            },
            |it| (it.region_code, it.id),
            ProjectResponse::from,
        )
        .await
}

/// Shows a project.
#[utoipa::path(tag = "register", operation_id = "get_project", security(("bearer" = ["projects:read"])),
    params(("id" = uuid::Uuid, Path, description = "The project"), KnownQuery), responses(
    (status = 200, description = "The project", body = ProjectResponse)))]
#[get("/v1/projects/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<ProjectResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_whole_known(known_at, move |unit, caller, known| {
            Ok(projects::find(unit, caller, id, known)?.into())
        })
        .await
}

/// What is wrong with the record of a project: some of it, or that it is there at all.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ProjectCorrectionRequest {
    /// What should have been recorded; absent where the record is void.
    corrected: Option<ProjectCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and made nothing.
    #[serde(default)]
    #[schema(default = false)]
    void: bool,
    /// What was wrong. It goes to the journal, so it must name nobody.
    reason: CorrectionReason,
}

/// Puts right what was recorded wrongly of a project, while nothing rests on it.
///
/// At once, by whoever recorded it: money typed in 万元 instead of 元, a wrong code, name, year or place; or all of it is void.
/// Once an asset names the project, or a case does, `POST /v1/amendments` puts it right. As known before it, the registry says
/// what it said.
#[utoipa::path(tag = "register", operation_id = "correct_project", security(("bearer" = ["projects:write"])),
    params(("id" = uuid::Uuid, Path, description = "The project"), IdempotencyKey, DryRun, IfMatch),
    request_body = ProjectCorrectionRequest, responses(
    (status = 200, description = "The project as it should have been recorded", body = ProjectResponse),
    (status = 409, description = "`conflict`: nothing to correct, recorded by somebody else, or `resting` says what rests on it")))]
#[post("/v1/projects/{id}/corrections")]
async fn correct(
    request: HttpRequest,
    change: Correcting<ProjectCorrectionRequest>,
) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let wrong = Wrong::of(asked.corrected.as_ref(), asked.void, "")?;
            let project = amendments::correct_project(unit, caller, id, seen, wrong, &asked.reason)?;
            Done::changed(&ProjectResponse::from(project))
        })
        .await
}
