//! What was on record is said never to have been: a relation that ends on its first day, a restriction that is released from its own.
//!
//! Whoever entered something by mistake puts it right at once, alone. Once acts were looked at while it stood there, the loss rules went by
//! it: then somebody else says so, for the county, with why and a paper; and the journal names the acts, so that they are looked at again.

use serde_json::{Value, json};

use crate::{
    acts::{ActError, ActRefused},
    cases,
    identity::{Caller, Permission},
    register::{codes::Mistake, documents},
    storage::{Read, StorageError},
    values::{Fault, Faults, Id, Reason, RegionCode, Scope, id::kind},
};

/// How many acts are named at most.
pub(super) const TOLD: i64 = 100;

/// Why something is said never to have been.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mistaken {
    /// What was wrong with it.
    pub mistake: Option<Mistake>,
    /// The paper that shows it.
    pub document_id: Option<Id<kind::Document>>,
}

impl Mistaken {
    /// What is said in vain, where something only ends; or names a paper that is not there.
    pub(super) fn faults(
        &self,
        unit: &mut Read<'_>,
        scope: &Scope,
        never_was: bool,
    ) -> Result<Vec<Fault>, StorageError> {
        let mut faults = Vec::new();
        let said = [("/mistake", self.mistake.is_some()), ("/document_id", self.document_id.is_some())];
        for (at, _) in said.into_iter().filter(|(_, said)| *said && !never_was) {
            let because = "it was on record for some days".to_owned();
            faults.push(Fault::at(at, Reason::NotApplicable { because }));
        }
        if let Some(document) = self.document_id
            && !documents::missing(unit, scope, &[document])?.is_empty()
        {
            faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
        }
        Ok(faults)
    }

    /// What the journal says of it, where the caller may say so: `relied` are the acts that were looked at meanwhile.
    ///
    /// # Errors
    /// [`ActRefused::ReliedUpon`] of whoever recorded it, and of whoever does not approve for the county; what is missing.
    pub(super) fn told(
        &self,
        caller: &Caller,
        (region, recorder): (&RegionCode, Option<Id<kind::User>>),
        relied: &[Id<kind::Case>],
    ) -> Result<Value, ActError> {
        if !relied.is_empty() {
            let approves = caller.permit_in(Permission::CasesApprove, region).is_ok();
            if !approves || recorder == Some(caller.user_id) {
                return Err(ActRefused::ReliedUpon(relied.to_vec()).into());
            }
            let missing =
                [("/mistake", self.mistake.is_none()), ("/document_id", self.document_id.is_none())];
            let missing = missing
                .into_iter()
                .filter(|(_, missing)| *missing)
                .map(|(at, _)| Fault::at(at, Reason::RequiredWith { other: "case_ids".to_owned() }));
            Faults::none_of(missing.collect())?;
        }
        Ok(json!({"mistake": self.mistake, "document_id": self.document_id, "case_ids": relied}))
    }
}

/// The acts that were drafted about some assets or between some parties since something was put on record, and are under way or
/// were executed.
pub(super) fn relied_upon(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    parties: &[Id<kind::Party>],
    recorded: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    match recorded {
        Some(since) => cases::drafted_since(unit, (assets, parties), since, TOLD),
        // Nobody knows when it was put on record.
        None => Ok(Vec::new()),
    }
}
