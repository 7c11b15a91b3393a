//! Projects: the funded undertakings that made assets, with their money.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::Reading,
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::projects::{self, FundingLine, FundingSource, NewProject, Project, ProjectRefused, Wanted},
    values::{Fault, Fen, Id, Name, ProjectCode, ProjectYear, Reason, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch);
}

impl From<ProjectRefused> for Problem {
    fn from(reason: ProjectRefused) -> Self {
        match reason {
            ProjectRefused::NotFound => Self::new(Code::NotFound),
            ProjectRefused::AlreadyRecorded => {
                Self::new(Code::AlreadyRegistered).at(Fault::at("/code", Reason::Duplicate))
            }
        }
    }
}

/// Money of a project from one source.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FundingOfProject {
    /// Where it came from.
    source: FundingSource,
    /// How much, in fen; at least 1.
    #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 121_500_000)]
    amount_fen: Fen,
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
    /// The version of this record.
    #[schema(minimum = 1, example = 1)]
    version: i64,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<Project> for ProjectResponse {
    fn from(project: Project) -> Self {
        let funding = project
            .funding
            .into_iter()
            .map(|it| FundingOfProject { source: it.source, amount_fen: it.amount })
            .collect();
        Self {
            id: project.id,
            code: project.code,
            name: project.name,
            year: project.year,
            region_code: project.region_code,
            funding,
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
            funding: asked
                .funding
                .iter()
                .map(|it| FundingLine { source: it.source, amount: it.amount_fen })
                .collect(),
        };
        Done::created(&ProjectResponse::from(projects::record(unit, caller, &project)?))
    })
    .await
}

/// Which projects are wanted.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProjectsFilters {
    /// Only projects of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only projects of this year.
    #[param(example = 2021)]
    year: Option<i32>,
}

impl Filters for ProjectsFilters {}

/// Lists projects.
#[utoipa::path(tag = "register", operation_id = "list_projects", security(("bearer" = ["projects:read"])),
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
                let ProjectsFilters { region_code, year } = it.filters;
                projects::list(unit, caller, &Wanted { region_code, year, after: it.after }, it.limit)
            },
            |it| (it.region_code, it.id),
            ProjectResponse::from,
        )
        .await
}

/// Shows a project.
#[utoipa::path(tag = "register", operation_id = "get_project", security(("bearer" = ["projects:read"])),
    params(("id" = uuid::Uuid, Path, description = "The project")), responses(
    (status = 200, description = "The project", body = ProjectResponse)))]
#[get("/v1/projects/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<ProjectResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch_whole(move |unit, caller, _| Ok(projects::find(unit, caller, id)?.into())).await
}
