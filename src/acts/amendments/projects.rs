//! Projects that were recorded wrongly.

use super::{
    Amended, Plan, Weighed, Wrong, around,
    asked::{AmendmentRequest, ProjectAmendment, ProjectCorrection},
    may_be_corrected, resting, settled,
};
use crate::{
    acts::{ActError, ActRefused, Looked, Occasion, named::Named},
    cases::{CaseRefused, decision::Matter},
    identity::{Caller, Permission},
    journal::Actor,
    register::{
        Because,
        codes::RecordStatus,
        projects::{self, Project},
    },
    storage::{Locked, Read, Write, lock},
    values::{CorrectionReason, Faults, Id, Reason, Scope, Seen, id::kind},
};

/// Puts a project right at once, on which nothing rests yet, by whoever recorded it.
pub fn correct_project(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Project>,
    seen: &Seen,
    wrong: Wrong<'_, ProjectCorrection>,
    reason: &CorrectionReason,
) -> Result<Project, ActError> {
    let scope = caller.permit(Permission::ProjectsWrite)?;
    // Whoever records an asset of it holds a lock that does not go with this one.
    lock(unit, &Locked::Project(id))?;
    let project = projects::one(unit, &scope, id)?.ok_or(ActRefused::Case(CaseRefused::NotFound))?;
    let resting = resting::on_project(unit, id)?;
    let recorder = projects::recorder(unit, id)?;
    may_be_corrected(caller, (seen, project.version), resting, recorder)?;
    let because = Because { reason, case_id: None, documents: &[] };
    Ok(match amended_project(unit, &scope, &project, wrong, "")? {
        Some(corrected) => projects::correct(unit, &caller.actor(), &corrected, &because)?,
        None => projects::make_void(unit, &caller.actor(), &project, &because)?,
    })
}

/// A project as it should have been recorded; none where it should not have been. `at` points to what is asked.
fn amended_project(
    unit: &mut Read<'_>,
    scope: &Scope,
    project: &Project,
    wrong: Wrong<'_, ProjectCorrection>,
    at: &str,
) -> Result<Option<Project>, ActError> {
    if project.status == RecordStatus::Voided {
        return Err(ActRefused::Void.into());
    }
    let Wrong::Said(corrected) = wrong else { return Ok(None) };
    let at = format!("{at}/corrected");
    let corrected = projects::corrected(unit, scope, project, &corrected.into(), &at)?;
    Ok(Some(corrected.ok_or(ActRefused::NothingToCorrect)?))
}

/// The project that an amendment is about, as it is and as it should have been.
fn put_right(
    unit: &mut Read<'_>,
    scope: &Scope,
    it: &ProjectAmendment,
) -> Result<(Project, Option<Project>), ActError> {
    let project = projects::one(unit, scope, it.id)?;
    let project = project.ok_or_else(|| Faults::one("/project/id", Reason::NotFound { what: "project" }));
    let (wrong, project) = Faults::both(Wrong::of(it.corrected.as_ref(), it.void, "/project"), project)?;
    let amended = amended_project(unit, scope, &project, wrong, "/project")?;
    Ok((project, amended))
}

/// What the amendment of a project comes to.
pub(super) fn look(
    unit: &mut Read<'_>,
    at: &Occasion<'_>,
    asked: &AmendmentRequest,
    it: &ProjectAmendment,
) -> Result<Looked<Plan>, ActError> {
    let found = asked.named(unit, at, Named::default())?;
    let (known, (project, amended)) = found.with(put_right(unit, &at.scope, it))?;
    if amended.is_none() {
        settled(resting::on_void_project(unit, it.id, at.case_id())?)?;
    }
    let after = amended.as_ref().unwrap_or(&project);
    let funds = |it: &Project| it.funding.iter().map(|line| i128::from(line.amount_fen.get())).sum::<i128>();
    let weighed = Weighed {
        region: around(project.region_code, after.region_code),
        since: unit.today(),
        worth: funds(&project).max(funds(after)),
        // Where money came from is nobody's right.
        concerned: Vec::new(),
        lost: Vec::new(),
        lots: Vec::new(),
        matter: Matter::Confirmation,
        eased: None,
        reclassed: Vec::new(),
        relabelled: None,
        struck_off: None,
        rebound: Vec::new(),
        given_up: None,
        replaced: Vec::new(),
        later_rent: Vec::new(),
    };
    asked.judged(unit, at, known, weighed, Plan::Project(Amended::of(project, amended)))
}

/// Puts on record what should have been.
pub(super) fn execute(
    unit: &mut Write<'_>,
    actor: &Actor,
    amended: &Amended<Project>,
    because: &Because<'_>,
) -> Result<(), ActError> {
    match &amended.after {
        Some(corrected) => projects::correct(unit, actor, corrected, because)?,
        None => projects::make_void(unit, actor, &amended.before, because)?,
    };
    Ok(())
}
