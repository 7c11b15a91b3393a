//! Funded projects: where the money of assets came from.

pub(in crate::register) mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    register::{Because, codes::RecordStatus, regions},
    storage::{Read, StorageError, Write},
    values::{
        Fault, Faults, Fen, Id, Name, ProjectCode, ProjectYear, Reason, RegionCode, Scope, closed_enum,
        id::kind,
    },
};

const RECORDED: Action = Action::named("project_recorded");
const CORRECTED: Action = Action::named("project_corrected");
const VOIDED: Action = Action::named("project_voided");

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

impl FundingSource {
    /// Whether such money is the state's or a village's, or was given for the public. What is borrowed, and what nobody says, may be
    /// anybody's.
    pub const fn is_public(self) -> bool {
        !matches!(self, Self::Loan | Self::Other)
    }
}

/// Money of a project from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FundingOfProject {
    /// Where it came from.
    pub source: FundingSource,
    /// How much, in fen; at least 1.
    #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 121_500_000)]
    pub amount_fen: Fen,
}

/// A funded project.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub funding: Vec<FundingOfProject>,
    /// Whether it counts.
    pub status: RecordStatus,
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
    pub funding: Vec<FundingOfProject>,
}

/// What should have been recorded of a project; what is none was recorded rightly.
#[derive(Debug, Clone, Default)]
pub struct CorrectedProject {
    /// Its code in the project library.
    pub code: Option<ProjectCode>,
    /// Its name.
    pub name: Option<Name>,
    /// The year of its funds.
    pub year: Option<ProjectYear>,
    /// Where it lies.
    pub region_code: Option<RegionCode>,
    /// Its money, all of it.
    pub funding: Option<Vec<FundingOfProject>>,
}

impl CorrectedProject {
    /// A project as it should have been recorded.
    fn of(&self, it: &Project) -> Project {
        Project {
            code: self.code.as_ref().map_or_else(|| it.code.clone(), ToString::to_string),
            name: self.name.as_ref().map_or_else(|| it.name.clone(), ToString::to_string),
            year: self.year.map_or(it.year, ProjectYear::get),
            region_code: self.region_code.unwrap_or(it.region_code),
            funding: self.funding.clone().unwrap_or_else(|| it.funding.clone()),
            ..it.clone()
        }
    }
}

/// Which projects are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only projects of this region and everything under it.
    pub region_code: Option<RegionCode>,
    /// Only projects of this year.
    pub year: Option<i32>,
    /// Only projects that count, or only those that are void; those that count where none is said.
    pub status: Option<RecordStatus>,
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
    faults.extend(faults_of_funding(&asked.funding, ""));
    Faults::none_of(faults)?;
    let project = Project {
        id: Id::new(unit.now()),
        code: asked.code.to_string(),
        name: asked.name.to_string(),
        year: asked.year.get(),
        region_code: asked.region_code,
        funding: asked.funding.clone(),
        status: RecordStatus::Recorded,
        version: 1,
        created_at: unit.now(),
    };
    let entry = journal_change(unit, &caller.actor(), RECORDED, &project, None)?;
    store::insert(unit, &project, entry).map_err(of_code)?;
    Ok(project)
}

/// A code that is taken is no failure.
fn of_code(error: StorageError) -> ProjectError {
    if error.refused_by("project_code_unique") {
        ProjectError::Because(ProjectRefused::AlreadyRecorded)
    } else {
        error.into()
    }
}

/// Money that cannot be summed; `at` points to the project.
fn faults_of_funding(funding: &[FundingOfProject], at: &str) -> Option<Fault> {
    let sum = Fen::sum(funding.iter().map(|it| it.amount_fen));
    let too_large = || Fault::at(format!("{at}/funding"), Reason::TooLarge { max: Fen::MAX.to_string() });
    sum.is_none().then(too_large)
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    project: &Project,
    because: Option<&Because<'_>>,
) -> Result<Id<kind::Entry>, StorageError> {
    let mut facts = json!({
        "project_id": project.id, "code": project.code, "name": project.name, "year": project.year,
        "region_code": project.region_code, "funding": project.funding,
    });
    let mut subjects: Vec<Id<kind::Subject>> = vec![project.id.seen_as()];
    if let (Value::Object(facts), Some(because)) = (&mut facts, because) {
        facts.extend(because.told());
        facts.insert("status".to_owned(), json!(project.status));
        facts.insert("version".to_owned(), json!(project.version));
        subjects.extend(because.case_id.map(Id::seen_as));
    }
    journal::append(unit, actor, &Record::new(action, project.region_code, &subjects, &facts))
}

/// A project as it should have been recorded; none where it was. `at` points to what is asked.
///
/// # Errors
/// Whatever could not have been recorded so, each thing at its field.
pub fn corrected(
    unit: &mut Read<'_>,
    scope: &Scope,
    project: &Project,
    asked: &CorrectedProject,
    at: &str,
) -> Result<Option<Project>, ProjectError> {
    let corrected = asked.of(project);
    if corrected == *project {
        return Ok(None);
    }
    let mut faults = Vec::from_iter(faults_of_funding(&corrected.funding, at));
    if corrected.region_code != project.region_code {
        let at = format!("{at}/region_code");
        faults.extend(regions::unknown_within(unit, scope, &corrected.region_code, &at)?);
    }
    if corrected.code != project.code && store::code_is_taken(unit, &corrected.code)? {
        faults.push(Fault::at(format!("{at}/code"), Reason::Duplicate));
    }
    Faults::none_of(faults)?;
    Ok(Some(corrected))
}

/// Puts on record what should have been said of a project that this unit of work has locked and read.
pub fn correct(
    unit: &mut Write<'_>,
    actor: &Actor,
    corrected: &Project,
    because: &Because<'_>,
) -> Result<Project, ProjectError> {
    change(unit, actor, CORRECTED, corrected.clone(), because)
}

/// Makes a project void that this unit of work has locked and read: it made nothing.
pub fn make_void(
    unit: &mut Write<'_>,
    actor: &Actor,
    project: &Project,
    because: &Because<'_>,
) -> Result<Project, ProjectError> {
    change(unit, actor, VOIDED, Project { status: RecordStatus::Voided, ..project.clone() }, because)
}

fn change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    mut project: Project,
    because: &Because<'_>,
) -> Result<Project, ProjectError> {
    project.version = project.version.saturating_add(1);
    let entry = journal_change(unit, actor, action, &project, Some(because))?;
    store::update(unit, &project, because.case_id, entry).map_err(of_code)?;
    Ok(project)
}

/// Who recorded a project.
pub fn recorder(unit: &mut Read<'_>, id: Id<kind::Project>) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), RECORDED)
}

/// The cases that corrected a project.
pub fn corrected_by(unit: &mut Read<'_>, id: Id<kind::Project>) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::corrected_by(unit, id)
}

/// Whether an asset can be said to be made by a project: one of the scope that is not void.
pub fn can_be_named(unit: &mut Read<'_>, scope: &Scope, id: Id<kind::Project>) -> Result<bool, StorageError> {
    store::can_be_named(unit, scope, id)
}

/// A project of a scope, as it is now.
pub fn one(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Project>,
) -> Result<Option<Project>, StorageError> {
    store::find(unit, scope, id)
}

/// The project of an id, within the caller's region, as far as is known.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Project>,
    known: Known,
) -> Result<Project, ProjectError> {
    let scope = caller.permit(Permission::ProjectsRead)?;
    let found = match known {
        Known::Now => store::find(unit, &scope, id)?,
        Known::Through(index) => store::find_through(unit, &scope, id, index)?,
    };
    found.ok_or(ProjectRefused::NotFound.into())
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

/// The money of some projects, as far as is known.
pub fn funding(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Project>],
    known: Known,
) -> Result<Vec<FundingOfProject>, StorageError> {
    Ok(match known {
        Known::Now => store::funding(unit, ids)?.into_iter().map(|(_, line)| line).collect(),
        Known::Through(index) => store::funding_through(unit, ids, index)?,
    })
}
