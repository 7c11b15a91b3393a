//! Funded projects: where the money of assets came from.

pub(in crate::register) mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Record},
    register::regions,
    storage::{Read, StorageError, Write},
    values::{
        Fault, Faults, Fen, Id, Name, ProjectCode, ProjectYear, Reason, RegionCode, closed_enum, id::kind,
    },
};

const RECORDED: Action = Action::named("project_recorded");

closed_enum! {
    /// Where money came from.
    pub enum FundingSource {
        /// Central special funds (中央资金).
        Central = "central",
        /// Provincial funds (省级资金).
        Provincial = "provincial",
        /// Municipal funds (市级资金).
        Municipal = "municipal",
        /// County funds (县级资金).
        County = "county",
        /// East-west cooperation (东西部协作).
        EastWestCooperation = "east_west_cooperation",
        /// Paired assistance (定点帮扶).
        PairedAssistance = "paired_assistance",
        /// Donations (社会捐赠).
        Donation = "donation",
        /// Bonds (债券).
        Bond = "bond",
        /// Loans (贷款).
        Loan = "loan",
        /// Raised by the village itself (自筹).
        SelfRaised = "self_raised",
        /// Anything else.
        Other = "other",
    }
}

/// Money from one source.
#[derive(Debug, Clone, Copy)]
pub struct FundingLine {
    /// Where it came from.
    pub source: FundingSource,
    /// How much.
    pub amount: Fen,
}

/// A funded project.
#[derive(Debug, Clone)]
pub struct Project {
    /// The identifier.
    pub id: Id<kind::Project>,
    /// Its code in the project library.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The year of its funds.
    pub year: i32,
    /// Where it lies.
    pub region_code: RegionCode,
    /// Its money.
    pub funding: Vec<FundingLine>,
    /// The version of this record.
    pub version: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// A project to be recorded.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Its code in the project library.
    pub code: ProjectCode,
    /// Its name.
    pub name: Name,
    /// The year of its funds.
    pub year: ProjectYear,
    /// Where it lies.
    pub region_code: RegionCode,
    /// Its money.
    pub funding: Vec<FundingLine>,
}

/// Which projects are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only projects of this region and everything under it.
    pub region_code: Option<RegionCode>,
    /// Only projects of this year.
    pub year: Option<i32>,
    /// Only projects after this one.
    pub after: Option<(RegionCode, Id<kind::Project>)>,
}

/// Why a command on projects was refused.
pub type ProjectError = Refusal<ProjectRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum ProjectRefused {
    /// No such project in the caller's region.
    #[error("no such project")]
    NotFound,
    /// A project with this code is recorded already.
    #[error("the code is recorded already")]
    AlreadyRecorded,
}

reason!(ProjectRefused);

/// Records a project with its money.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewProject) -> Result<Project, ProjectError> {
    caller.permit_in(Permission::ProjectsWrite, &asked.region_code)?;
    let mut faults = Vec::from_iter(regions::unknown(unit, &asked.region_code, "/region_code")?);
    if Fen::sum(asked.funding.iter().map(|it| it.amount)).is_none() {
        faults.push(Fault::at("/funding", Reason::TooLarge { max: Fen::MAX.to_string() }));
    }
    Faults::none_of(faults)?;
    let project = Project {
        id: Id::new(unit.now()),
        code: asked.code.to_string(),
        name: asked.name.to_string(),
        year: asked.year.get(),
        region_code: asked.region_code,
        funding: asked.funding.clone(),
        version: 1,
        created_at: unit.now(),
    };
    store::insert(unit, &project).map_err(|error| {
        if error.refused_by("project_code_unique") {
            ProjectError::Because(ProjectRefused::AlreadyRecorded)
        } else {
            error.into()
        }
    })?;
    let facts = json!({
        "project_id": project.id, "code": project.code, "name": project.name, "year": project.year,
        "region_code": project.region_code,
        "funding": project.funding.iter().map(|it| json!({"source": it.source, "amount_fen": it.amount})).collect::<Vec<_>>(),
    });
    let subjects = [project.id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, project.region_code, &subjects, &facts))?;
    Ok(project)
}

/// The project of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Project>) -> Result<Project, ProjectError> {
    let scope = caller.permit(Permission::ProjectsRead)?;
    store::find(unit, &scope, id)?.ok_or(ProjectRefused::NotFound.into())
}

/// Projects of the caller's scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Project>, ProjectError> {
    let scope = caller.permit(Permission::ProjectsRead)?;
    let scope = regions::confined(&scope, wanted.region_code)?;
    Ok(store::list(unit, &scope, wanted, limit)?)
}

/// Some projects, wherever they lie. Who may see what of them, the caller decides.
pub fn some(unit: &mut Read<'_>, ids: &[Id<kind::Project>]) -> Result<Vec<Project>, StorageError> {
    store::some(unit, ids)
}

/// The money of some projects.
pub fn funding(unit: &mut Read<'_>, ids: &[Id<kind::Project>]) -> Result<Vec<FundingLine>, StorageError> {
    Ok(store::funding(unit, ids)?.into_iter().map(|(_, line)| line).collect())
}
