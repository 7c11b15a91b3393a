//! Regions: the division codes that the register knows, with their names.

pub(in crate::register) mod store;

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use crate::{
    identity::{Caller, Denied, Permission, Refusal, reason},
    journal::{self, Action, Record},
    storage::{Read, StorageError, Write},
    values::{Fault, Faults, Id, Reason, RegionCode, RegionLevel, RegionName, Scope, id::kind},
};

const RECORDED: Action = Action::named("region_recorded");

/// A region.
#[derive(Debug, Clone)]
pub struct Region {
    /// Its division code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
    /// Its level, which follows from the code.
    pub level: RegionLevel,
    /// The version of this record.
    pub version: i64,
}

/// Why a command on regions was refused.
pub type RegionError = Refusal<RegionRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum RegionRefused {
    /// The code is recorded already.
    #[error("the region is recorded already")]
    AlreadyRecorded,
    /// No such region.
    #[error("no such region")]
    NotFound,
}

reason!(RegionRefused);

/// A region to be recorded.
#[derive(Debug, Clone)]
pub struct NewRegion {
    /// Its division code.
    pub code: RegionCode,
    /// Its name.
    pub name: RegionName,
}

/// Which regions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only regions whose code begins with these digits.
    pub prefix: Option<Prefix>,
    /// Only regions of this level.
    pub level: Option<RegionLevel>,
    /// Only regions after this one.
    pub after: Option<RegionCode>,
}

/// The first digits of division codes: one to twelve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Reads digits.
    ///
    /// # Errors
    /// A fault at the pointer when there are none, more than twelve, or something else than digits.
    pub fn parse(text: &str, pointer: &str) -> Result<Self, Faults> {
        if (1..=12).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Faults::one(pointer, Reason::WrongForm { wanted: "^[0-9]{1,12}$".to_owned() }))
    }

    /// The least and the greatest code that begins so.
    pub(super) fn range(&self) -> (String, String) {
        (format!("{:0<12}", self.0), format!("{:9<12}", self.0))
    }
}

/// A region as a subject of the journal, whose subjects are UUIDs: version 5, of its code (RFC 9562, section 5.5).
pub fn subject(code: RegionCode) -> Id<kind::Subject> {
    const REGIONS: Uuid = Uuid::from_u128(0x7c0c_36a1_52c4_4a5e_9d3f_8f6e_0f6a_1b27);
    Uuid::new_v5(&REGIONS, code.as_str().as_bytes()).into()
}

/// Records a region, below one that is recorded.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewRegion) -> Result<Region, RegionError> {
    let NewRegion { code, name } = asked;
    caller.permit_in(Permission::RegionsWrite, code)?;
    if let Some(parent) = code.parent()
        && store::find(unit, &parent)?.is_none()
    {
        return Err(Faults::one("/code", Reason::NoParentRegion { parent: parent.to_string() }).into());
    }
    let region = Region { code: *code, name: name.to_string(), level: code.level(), version: 1 };
    store::insert(unit, &region).map_err(|error| {
        if error.refused_by("regions_pkey") {
            RegionError::Because(RegionRefused::AlreadyRecorded)
        } else {
            error.into()
        }
    })?;
    let facts = json!({"code": code, "name": name, "level": region.level});
    journal::append(unit, &caller.actor(), &Record::new(RECORDED, *code, &[subject(*code)], &facts))?;
    Ok(region)
}

/// The region of a code, within the caller's scope or around it.
pub fn find(unit: &mut Read<'_>, caller: &Caller, code: &RegionCode) -> Result<Region, RegionError> {
    let scope = caller.permit(Permission::RegionsRead)?;
    if !visible(&scope, code) {
        return Err(RegionRefused::NotFound.into());
    }
    store::find(unit, code)?.ok_or(RegionRefused::NotFound.into())
}

/// Regions of the caller's scope and those around it, in the order of codes.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Region>, RegionError> {
    let scope = caller.permit(Permission::RegionsRead)?;
    let around: Vec<RegionCode> =
        std::iter::successors(scope.region().and_then(|it| it.parent()), RegionCode::parent).collect();
    Ok(store::list(unit, &scope, &around, wanted, limit)?)
}

/// The names of some regions; those that are not registered are missing. A name of a region is no secret.
pub fn names(
    unit: &mut Read<'_>,
    codes: &[RegionCode],
) -> Result<BTreeMap<RegionCode, String>, StorageError> {
    store::names(unit, codes)
}

/// The fault of the field that names a region which is not registered; none where it is.
///
/// Whether it lies in the caller's scope was checked before, by `Caller::permit_in`.
pub fn unknown(
    unit: &mut Read<'_>,
    region: &RegionCode,
    pointer: &str,
) -> Result<Option<Fault>, StorageError> {
    let found = store::find(unit, region)?;
    Ok(found.is_none().then(|| Fault::at(pointer, Reason::UnknownRegion)))
}

/// The fault of the field that names a region which is not registered, or lies outside a scope; none where neither is so.
pub(super) fn unknown_within(
    unit: &mut Read<'_>,
    scope: &Scope,
    region: &RegionCode,
    pointer: &str,
) -> Result<Option<Fault>, StorageError> {
    if scope.covers(region) {
        unknown(unit, region, pointer)
    } else {
        Ok(Some(Fault::at(pointer, Reason::UnknownRegion)))
    }
}

/// The scope of a list, confined further to the region that was asked for.
pub(super) fn confined(scope: &Scope, region: Option<RegionCode>) -> Result<Scope, Denied> {
    match (scope.within(region), region) {
        (Some(scope), _) => Ok(scope),
        (None, Some(region)) => Err(Denied::OutOfScope(region)),
        (None, None) => Ok(*scope),
    }
}

/// A caller sees what lies in their region, and the regions that it lies in.
fn visible(scope: &Scope, code: &RegionCode) -> bool {
    scope.covers(code) || scope.region().is_some_and(|own| code.covers(&own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<(&str, &str)>) {
        let range = Prefix::parse(text, "/prefix").ok().map(|it| it.range());
        assert_eq!(range, wanted.map(|(first, last)| (first.to_owned(), last.to_owned())), "{text}");
    }

    #[test]
    fn a_prefix_is_one_to_twelve_digits() {
        check("1", Some(("100000000000", "199999999999")));
        check("130828101", Some(("130828101000", "130828101999")));
        check("130828101201", Some(("130828101201", "130828101201")));
        for wrong in ["", "1308281012011", "13x", "1%", "１３"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_caller_sees_down_from_their_region_and_up_from_it() {
        let code = |text: &str| text.parse::<RegionCode>().unwrap();
        let township = Scope::of(code("130828101000"));
        assert!(visible(&township, &code("130828101201")));
        assert!(visible(&township, &code("130828000000")));
        assert!(visible(&township, &code("130000000000")));
        assert!(!visible(&township, &code("130828102000")));
        assert!(visible(&Scope::WHOLE, &code("110000000000")));
    }
}
