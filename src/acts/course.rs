//! What a step runs through, whatever the kind of the case.

use serde::de::DeserializeOwned;

use crate::{
    acts::{ActError, Checked, admit, standing, stored},
    cases::{
        self, Case, CaseKind, Step,
        policies::{self, values::Effective},
    },
    identity::Caller,
    storage::{Locked, Write, lock},
    values::{Id, id::kind},
};

/// A step that is to be taken in a case.
pub(super) struct Taking {
    pub(super) kind: CaseKind,
    pub(super) id: Id<kind::Case>,
    pub(super) step: Step,
    pub(super) comment: Option<String>,
}

/// Takes a step: the assets are locked, the rules look anew under the policy of the day, what they block goes no further,
/// and the last step executes what was looked at.
pub(super) fn take_step<Asked: DeserializeOwned, Looked>(
    unit: &mut Write<'_>,
    caller: &Caller,
    Taking { kind, id, step, comment }: Taking,
    assets: impl FnOnce(&Asked) -> Vec<Id<kind::Asset>>,
    look: impl FnOnce(&mut Write<'_>, &Case, &Asked, &Effective) -> Result<(Checked, Looked), ActError>,
    execute: impl FnOnce(&mut Write<'_>, &Case, &Asked, Looked) -> Result<(), ActError>,
) -> Result<Case, ActError> {
    let case = cases::about_to(unit, caller, kind, id, step)?;
    let asked: Asked = stored(&case.asked, &case)?;
    // Held until the end: what the rules see is what is executed.
    let mut assets = assets(&asked);
    assets.sort();
    assets.dedup();
    lock(unit, &Locked::Assets(&assets))?;
    let today = unit.today();
    let policy = policies::effective(unit, case.region_code, today)?;
    if step.ends() {
        return Ok(cases::take_step(unit, caller, &case, step, comment, &standing(&case), &policy.values)?);
    }
    let (checked, looked) = look(unit, &case, &asked, &policy)?;
    admit(&checked, &case, step)?;
    if step == Step::Execute {
        execute(unit, &case, &asked, looked)?;
    }
    Ok(cases::take_step(unit, caller, &case, step, comment, &checked.assessment(), &policy.values)?)
}
