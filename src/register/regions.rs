//! Regions: the division codes that the register knows, with their names.

use serde_json::json;

use crate::{
    identity::{Caller, Denied, Permission},
    journal::{self, Action, Record},
    register::regions_store as store,
    storage::{Failure, Read, StorageError, Write},
    values::{Faults, Reason, RegionCode, RegionLevel, Scope},
};

const RECORDED: Action = Action::named("region_recorded");

/// A region.
#[derive(Debug, Clone)]
pub struct Region {
    /// Its division code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
    /// Its level, told by the code.
    pub level: RegionLevel,
    /// The version of this record.
    pub version: i64,
}

/// Why a command on regions was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// The code is recorded already.
    #[error("the region is recorded already")]
    AlreadyRecorded,
    /// No such region.
    #[error("no such region")]
    NotFound,
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for RegionError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Records a region, below one that is recorded.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    code: RegionCode,
    name: &str,
) -> Result<Region, RegionError> {
    caller.permit_in(Permission::RegionsWrite, &code)?;
    if let Some(parent) = code.parent()
        && store::find(unit, &parent)?.is_none()
    {
        return Err(Faults::one("/code", Reason::UnknownRegion).into());
    }
    let region = Region { code, name: name.to_owned(), level: code.level(), version: 1 };
    store::insert(unit, &region).map_err(|error| {
        if error.refused_by("regions_pkey") { RegionError::AlreadyRecorded } else { error.into() }
    })?;
    let facts = json!({"code": code, "name": name, "level": region.level});
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, code, &[], &facts))?;
    Ok(region)
}

/// The region of a code, within the caller's scope or around it.
pub fn find(unit: &mut Read<'_>, caller: &Caller, code: &RegionCode) -> Result<Region, RegionError> {
    let scope = caller.permit(Permission::RegionsRead)?;
    if !visible(&scope, code) {
        return Err(RegionError::NotFound);
    }
    store::find(unit, code)?.ok_or(RegionError::NotFound)
}

/// Regions of the caller's scope whose code begins with some digits, in the order of codes.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    prefix: &str,
    level: Option<RegionLevel>,
    after: Option<&RegionCode>,
    limit: i64,
) -> Result<Vec<Region>, RegionError> {
    let scope = caller.permit(Permission::RegionsRead)?;
    Ok(store::list(unit, &scope, prefix, level, after, limit)?)
}

/// Holds a region that somebody writes in against the caller's scope and the register.
pub fn require(unit: &mut Read<'_>, region: &RegionCode, pointer: &str) -> Result<(), RegionError> {
    match store::find(unit, region)? {
        Some(_) => Ok(()),
        None => Err(Faults::one(pointer, Reason::UnknownRegion).into()),
    }
}

/// A caller sees what lies in their region, and the regions that it lies in.
fn visible(scope: &Scope, code: &RegionCode) -> bool {
    scope.covers(code) || scope.region().is_some_and(|own| code.covers(&own))
}
