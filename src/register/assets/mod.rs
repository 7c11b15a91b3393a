//! Assets: what the money made. What they are worth on a day is computed, never stored.

pub mod book_value;
pub(in crate::register) mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    register::{
        Because,
        assets::book_value::{BookValue, WriteOff},
        codes::AssetClass,
        land::{LandUse, measures_land},
        projects, regions,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{
        BasisPoints, Category, Change, Fault, Faults, Fen, Id, Location, Months, Name, Period, Quantity,
        Reason, RegionCode, RegionLevel, Scope, SearchText, Seen, Specification, Unit, closed_enum,
        id::kind,
        period::{self, past_day},
    },
};

const RECORDED: Action = Action::named("asset_recorded");
const DESCRIBED: Action = Action::named("asset_described");
const DERIVED: Action = Action::named("asset_derived");
const CLOSED: Action = Action::named("asset_closed");
const REOPENED: Action = Action::named("asset_reopened");
/// An asset goes on as something else.
pub(super) const CONVERTED: Action = Action::named("asset_converted");
const SUSPENDED: Action = Action::named("asset_suspended");
/// What was recorded wrongly of an asset was put right: what a certificate says of it may be among that.
pub(super) const CORRECTED: Action = Action::named("asset_corrected");
const VOIDED: Action = Action::named("asset_voided");

closed_enum! {
    /// How an asset is used.
    pub enum AssetStatus {
        /// In use (在用).
        InUse = "in_use",
        /// Idle (闲置).
        Idle = "idle",
        /// Under repair (维修).
        UnderRepair = "under_repair",
        /// Scrapped (报废).
        Scrapped = "scrapped",
        /// Lost (灭失).
        Lost = "lost",
        /// Disposed of (已处置).
        Disposed = "disposed",
        /// Divided into parts, which count in its place (已拆分).
        Divided = "divided",
        /// Merged into another, which counts in its place (已合并).
        Merged = "merged",
        /// Recorded by mistake (已作废): it stays on record, and counts on no day.
        Voided = "voided",
    }
}

closed_enum! {
    /// How an asset in use, or soon in use again, is described; any other status is what a case comes to.
    pub enum AssetUse {
        /// In use (在用).
        InUse = "in_use",
        /// Idle (闲置).
        Idle = "idle",
        /// Under repair (维修).
        UnderRepair = "under_repair",
    }
}

impl From<AssetUse> for AssetStatus {
    fn from(used: AssetUse) -> Self {
        match used {
            AssetUse::InUse => Self::InUse,
            AssetUse::Idle => Self::Idle,
            AssetUse::UnderRepair => Self::UnderRepair,
        }
    }
}

impl AssetStatus {
    /// Whether a case has taken the asset out of use for good.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::InUse | Self::Idle | Self::UnderRepair)
    }

    /// Whether it was disposed of, in whatever way: what can be undone where the asset is found again.
    pub const fn is_disposed(self) -> bool {
        matches!(self, Self::Scrapped | Self::Lost | Self::Disposed)
    }
}

/// An asset.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The identifier.
    pub id: Id<kind::Asset>,
    /// The number under which people know it: the township's digits, the year of recording, and part of the identifier.
    pub registry_number: String,
    /// What it is, and where it is.
    pub described: NewAsset,
    /// How it is used.
    pub status: AssetStatus,
    /// The asset that it is a part of.
    pub parent_id: Option<Id<kind::Asset>>,
    /// The asset that it was merged into.
    pub merged_into_id: Option<Id<kind::Asset>>,
    /// The days on which it counts.
    pub counted: Counted,
    /// The version of this record.
    pub version: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// The days on which an asset counts in a total. Before them what it came from counts, after them what became of it: so a
/// whole and its parts are never counted together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// The first day; none for one that did not come from another.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer counts; none while it does.
    pub to: Option<NaiveDate>,
}

impl Counted {
    /// Whether it counts on a day.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

impl Asset {
    /// What it is worth in the books on a day; nothing on a day on which it does not count.
    pub fn value_on(&self, day: NaiveDate) -> BookValue {
        if self.counted.contains(day) { self.described.write_off.value_on(day) } else { BookValue::NOTHING }
    }

    /// The days on which it counts, from its acquisition on; none where it ended on the first of them.
    pub fn counts(&self) -> Option<Period> {
        Period::new(self.counted.from.unwrap_or(self.described.write_off.acquired_on), self.counted.to).ok()
    }
}

/// An asset to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsset {
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub class: AssetClass,
    /// What kind of thing it is.
    pub category: Category,
    /// Where it is: a village or a township.
    pub region_code: RegionCode,
    /// The project that made it.
    pub project_id: Option<Id<kind::Project>>,
    /// How much of it there is.
    pub quantity: Quantity,
    /// In what unit.
    pub unit: Unit,
    /// What it cost, and how that is written off.
    pub write_off: WriteOff,
    /// What more is known of it.
    pub details: Details,
}

/// What may be known of an asset, and may change: nothing else depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Details {
    /// Where exactly.
    pub location: Option<Location>,
    /// What exactly.
    pub specification: Option<Specification>,
}

impl Details {
    /// The details of what becomes of other assets: where it is, and what it is.
    pub fn of(location: Option<Location>, specification: Option<Specification>) -> Self {
        Self { location, specification }
    }
}

/// What changes in the details of an asset.
#[derive(Debug, Clone, Default)]
pub struct ChangedDetails {
    /// Where exactly.
    pub location: Change<Location>,
    /// What exactly.
    pub specification: Change<Specification>,
}

impl ChangedDetails {
    /// The details after the change.
    fn of(self, standing: Details) -> Details {
        Details {
            location: self.location.of(standing.location),
            specification: self.specification.of(standing.specification),
        }
    }
}

/// What changes in the description of an asset; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChangedAsset {
    /// A new name.
    pub name: Option<Name>,
    /// New details.
    pub details: ChangedDetails,
    /// A new use.
    pub status: Option<AssetUse>,
}

/// What should have been recorded of an asset; what is none was recorded rightly.
#[derive(Debug, Clone, Default)]
pub struct CorrectedAsset {
    /// Its name.
    pub name: Option<Name>,
    /// What it is for.
    pub class: Option<AssetClass>,
    /// What kind of thing it is.
    pub category: Option<Category>,
    /// Where it is.
    pub region_code: Option<RegionCode>,
    /// The project that made it.
    pub project_id: Change<Id<kind::Project>>,
    /// How much of it there is.
    pub quantity: Option<Quantity>,
    /// In what unit.
    pub unit: Option<Unit>,
    /// What it cost.
    pub original_value: Option<Fen>,
    /// The day from which it is there.
    pub acquired_on: Option<NaiveDate>,
    /// How long it serves.
    pub service_life_months: Option<Months>,
    /// What part of its cost is left in the end.
    pub residual_rate_bp: Option<BasisPoints>,
    /// What more is known of it.
    pub details: ChangedDetails,
}

impl CorrectedAsset {
    /// An asset as it should have been recorded.
    fn of(&self, it: &NewAsset) -> NewAsset {
        let write_off = it.write_off.clone();
        NewAsset {
            name: self.name.clone().unwrap_or_else(|| it.name.clone()),
            class: self.class.unwrap_or(it.class),
            category: self.category.clone().unwrap_or_else(|| it.category.clone()),
            region_code: self.region_code.unwrap_or(it.region_code),
            project_id: self.project_id.of(it.project_id),
            quantity: self.quantity.clone().unwrap_or_else(|| it.quantity.clone()),
            unit: self.unit.clone().unwrap_or_else(|| it.unit.clone()),
            write_off: WriteOff {
                original_value: self.original_value.unwrap_or(write_off.original_value),
                acquired_on: self.acquired_on.unwrap_or(write_off.acquired_on),
                service_life_months: self.service_life_months.unwrap_or(write_off.service_life_months),
                residual_rate_bp: self.residual_rate_bp.unwrap_or(write_off.residual_rate_bp),
                pieces: write_off.pieces,
            },
            details: self.details.clone().of(it.details.clone()),
        }
    }
}

/// What other rooms need to know of an asset.
#[derive(Debug, Clone)]
pub struct AssetFacts {
    /// The asset.
    pub id: Id<kind::Asset>,
    /// What it is for.
    pub class: AssetClass,
    /// What kind of thing it is.
    pub category: Category,
    /// In what unit it is counted.
    pub unit: Unit,
    /// Where it is.
    pub region_code: RegionCode,
    /// What it cost, and how that is written off.
    pub write_off: WriteOff,
    /// How it is used.
    pub status: AssetStatus,
    /// The first day on which it no longer counts; none while it does.
    pub ended_on: Option<NaiveDate>,
}

impl AssetFacts {
    /// Why something about the asset cannot begin on a day: the asset was not there yet. A part was there as long as the
    /// whole, before it was one by itself.
    pub fn not_there_on(&self, day: NaiveDate) -> Option<Reason> {
        period::before(day, self.write_off.acquired_on)
    }
}

/// Where an asset stands in the order of all: its region, then itself.
pub type Place = (RegionCode, Id<kind::Asset>);

/// Which assets are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only assets of this class.
    pub class: Option<AssetClass>,
    /// Only assets in this use.
    pub status: Option<AssetStatus>,
    /// Only assets of this category.
    pub category: Option<Category>,
    /// Only the parts of this asset.
    pub parent_id: Option<Id<kind::Asset>>,
    /// Only assets whose name contains this, whatever the case and the width of its letters.
    pub q: Option<SearchText>,
    /// Only assets after this one.
    pub after: Option<(RegionCode, Id<kind::Asset>)>,
}

/// Why a command on assets was refused.
pub type AssetError = Refusal<AssetRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum AssetRefused {
    /// No such asset in the caller's region.
    #[error("no such asset")]
    NotFound,
    /// The asset changed since the version that the caller saw.
    #[error("the asset changed meanwhile")]
    Outdated,
}

reason!(AssetRefused);

/// Records an asset. Nobody holds a right in it before its first registration.
pub fn record(unit: &mut Write<'_>, caller: &Caller, asked: &NewAsset) -> Result<Asset, AssetError> {
    let scope = caller.permit_in(Permission::AssetsWrite, &asked.region_code)?;
    // Whoever makes the project void waits, and sees the asset.
    lock(unit, &Locked::Projects(asked.project_id.as_slice()))?;
    let mut faults = faults_of(unit, &scope, asked, "")?;
    faults.extend(regions::unknown(unit, &asked.region_code, "/region_code")?);
    Faults::none_of(faults)?;
    let id: Id<kind::Asset> = Id::new(unit.now());
    let asset = Asset {
        id,
        registry_number: registry_number(&asked.region_code, unit.today().year(), id),
        described: asked.clone(),
        status: AssetStatus::InUse,
        parent_id: None,
        merged_into_id: None,
        counted: Counted::default(),
        version: 1,
        created_at: unit.now(),
    };
    let entry = journal_change(unit, &caller.actor(), RECORDED, &asset)?;
    store::insert(unit, &asset, entry)?;
    Ok(asset)
}

/// What cannot be in the description of an asset; `at` points to it.
fn faults_of(
    unit: &mut Read<'_>,
    scope: &Scope,
    asked: &NewAsset,
    at: &str,
) -> Result<Vec<Fault>, StorageError> {
    let mut faults = Vec::new();
    if !matches!(asked.region_code.level(), RegionLevel::Village | RegionLevel::Township) {
        let wanted = "a village or a township".to_owned();
        faults.push(Fault::at(format!("{at}/region_code"), Reason::WrongKind { wanted }));
    }
    faults.extend(unmeasured(asked.category.as_str(), asked.unit.as_str(), at));
    let wrong_day = past_day(asked.write_off.acquired_on, unit.today()).err();
    faults.extend(wrong_day.map(|it| Fault::at(format!("{at}/acquired_on"), it)));
    if let Some(project) = asked.project_id
        && !projects::can_be_named(unit, scope, project)?
    {
        faults.push(Fault::at(format!("{at}/project_id"), Reason::NotFound { what: "project" }));
    }
    Ok(faults)
}

/// What is wrong with the unit of what is called land and is not measured as land: what holds of land alone holds of no building.
pub fn unmeasured(category: &str, of_unit: &str, at: &str) -> Option<Fault> {
    let is_land = LandUse::of(category).is_some();
    let wanted = || "a measure of land".to_owned();
    (is_land && !measures_land(of_unit))
        .then(|| Fault::at(format!("{at}/unit"), Reason::WrongForm { wanted: wanted() }))
}

/// An asset as it should have been recorded; none where it was. `at` points to what is asked.
///
/// # Errors
/// Whatever could not have been recorded so, each thing at its field.
pub fn corrected(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: &Asset,
    asked: &CorrectedAsset,
    at: &str,
) -> Result<Option<Asset>, AssetError> {
    let described = asked.of(&asset.described);
    if described == asset.described {
        return Ok(None);
    }
    let mut faults = Vec::new();
    if described.region_code != asset.described.region_code {
        let at = format!("{at}/region_code");
        faults.extend(regions::unknown_within(unit, scope, &described.region_code, &at)?);
    }
    // The project that it has may lie outside, and was looked up when it was recorded.
    let own = described.project_id == asset.described.project_id;
    let asked = NewAsset { project_id: described.project_id.filter(|_| !own), ..described.clone() };
    faults.extend(faults_of(unit, scope, &asked, at)?);
    Faults::none_of(faults)?;
    Ok(Some(Asset { described, ..asset.clone() }))
}

/// Puts on record what should have been said of an asset that this unit of work has locked and read.
pub fn correct(
    unit: &mut Write<'_>,
    actor: &Actor,
    corrected: &Asset,
    because: &Because<'_>,
) -> Result<Asset, StorageError> {
    change_because(unit, actor, CORRECTED, corrected.clone(), Some(because))
}

/// Makes an asset void that this unit of work has locked and read: it counts on no day.
pub fn make_void(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: &Asset,
    because: &Because<'_>,
) -> Result<Asset, StorageError> {
    let mut void = asset.clone();
    void.status = AssetStatus::Voided;
    void.counted.to = Some(before_all_days());
    change_because(unit, actor, VOIDED, void, Some(because))
}

/// The first day of the calendar: what counts no longer from then on never did.
fn before_all_days() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}

/// Who recorded an asset; nobody where it became of others by a case.
pub fn recorder(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), RECORDED)
}

/// The assets that a project made, void ones left out; at most a number of them.
pub fn of_project(
    unit: &mut Read<'_>,
    project: Id<kind::Project>,
    limit: i64,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    store::of_project(unit, project, limit)
}

/// Records an asset that became of others from a day on: a part of `parent`, or what several were merged into.
pub fn derive(
    unit: &mut Write<'_>,
    actor: &Actor,
    described: &NewAsset,
    parent: Option<Id<kind::Asset>>,
    from: NaiveDate,
) -> Result<Asset, StorageError> {
    let id: Id<kind::Asset> = Id::new(unit.now());
    let asset = Asset {
        id,
        registry_number: registry_number(&described.region_code, unit.today().year(), id),
        described: described.clone(),
        status: AssetStatus::InUse,
        parent_id: parent,
        merged_into_id: None,
        counted: Counted { from: Some(from), to: None },
        version: 1,
        created_at: unit.now(),
    };
    let entry = journal_change(unit, actor, DERIVED, &asset)?;
    store::insert(unit, &asset, entry)?;
    Ok(asset)
}

/// What became of an asset, from which day on.
#[derive(Debug, Clone, Copy)]
pub struct Closing {
    /// How it ended.
    pub status: AssetStatus,
    /// What it was merged into.
    pub merged_into_id: Option<Id<kind::Asset>>,
    /// The first day on which it no longer counts.
    pub on: NaiveDate,
}

/// Takes an asset out of use for good.
pub fn close(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: &Asset,
    closing: &Closing,
) -> Result<(), StorageError> {
    let mut closed = asset.clone();
    closed.status = closing.status;
    closed.merged_into_id = closing.merged_into_id;
    closed.counted.to = Some(closing.on);
    change(unit, actor, CLOSED, closed)
}

/// Takes an asset into use again.
pub fn reopen(unit: &mut Write<'_>, actor: &Actor, asset: &Asset) -> Result<(), StorageError> {
    let mut opened = asset.clone();
    opened.status = AssetStatus::InUse;
    opened.counted.to = None;
    change(unit, actor, REOPENED, opened)
}

/// Puts an asset that this unit of work has locked and read to another use, or out of use for some time, by a case.
pub fn put_to_use(
    unit: &mut Write<'_>,
    actor: &Actor,
    before: &Asset,
    after: &Asset,
    (case_id, documents): (Id<kind::Case>, &[Id<kind::Document>]),
) -> Result<(), StorageError> {
    let action = if after.status == AssetStatus::InUse { CONVERTED } else { SUSPENDED };
    let after = Asset { version: before.version.saturating_add(1), ..after.clone() };
    let told =
        Map::from_iter([("case_id".to_owned(), json!(case_id)), ("documents".to_owned(), json!(documents))]);
    let entry = journal_telling(unit, actor, action, &after, (told, Some(case_id)))?;
    if store::update(unit, &after, before.version, entry)? {
        Ok(())
    } else {
        Err(StorageError::Corrupt(format!("asset {} changed under its lock", after.id)))
    }
}

/// Changes an asset that this unit of work has locked and read.
fn change(unit: &mut Write<'_>, actor: &Actor, action: Action, asset: Asset) -> Result<(), StorageError> {
    change_because(unit, actor, action, asset, None).map(drop)
}

/// The same, and says why.
fn change_because(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    mut asset: Asset,
    because: Option<&Because<'_>>,
) -> Result<Asset, StorageError> {
    let seen = asset.version;
    asset.version = seen.saturating_add(1);
    let entry = journal_because(unit, actor, action, &asset, because)?;
    if store::update(unit, &asset, seen, entry)? {
        Ok(asset)
    } else {
        Err(StorageError::Corrupt(format!("asset {} changed under its lock", asset.id)))
    }
}

/// A number that can be read out over a telephone: no central counter has to be asked for it, and the random part of the
/// identifier keeps it apart from others. In Crockford's base 32, which has no letters that look like digits.
fn registry_number(region: &RegionCode, year: i32, id: Id<kind::Asset>) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let township = region.as_str().get(..9).unwrap_or_default();
    let bits = id.uuid().as_u128();
    let text: String = (0..10_u32)
        .rev()
        .filter_map(|place| usize::try_from((bits >> (place * 5)) & 31).ok())
        .filter_map(|digit| DIGITS.get(digit).copied().map(char::from))
        .collect();
    let (one, two) = text.split_at_checked(5).unwrap_or((&text, ""));
    format!("{township}-{year}-{one}-{two}")
}

/// Changes the description of an asset.
pub fn describe(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Asset>,
    seen: &Seen,
    asked: &ChangedAsset,
) -> Result<Asset, AssetError> {
    let scope = caller.permit(Permission::AssetsWrite)?;
    let standing = store::find(unit, &scope, id)?.ok_or(AssetRefused::NotFound)?;
    if !seen.includes(standing.version) {
        return Err(AssetRefused::Outdated.into());
    }
    let mut asset = standing.clone();
    if let Some(status) = asked.status {
        if asset.status.is_final() {
            return Err(Faults::one(
                "/status",
                Reason::Contradicts { other: asset.status.code().to_owned() },
            )
            .into());
        }
        asset.status = status.into();
    }
    asset.described.name = asked.name.clone().unwrap_or(asset.described.name);
    asset.described.details = asked.details.clone().of(asset.described.details);
    let of = |it: &Asset| (it.described.name.clone(), it.described.details.clone(), it.status);
    if of(&asset) == of(&standing) {
        unit.is_so_already();
        return Ok(standing);
    }
    asset.version = standing.version.saturating_add(1);
    let entry = journal_change(unit, &caller.actor(), DESCRIBED, &asset)?;
    if store::update(unit, &asset, standing.version, entry)? {
        Ok(asset)
    } else {
        Err(AssetRefused::Outdated.into())
    }
}

/// The asset of an id, within the caller's region, as far as is known. One statement.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Asset>,
    known: Known,
) -> Result<Asset, AssetError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    let found = match known {
        Known::Now => store::find(unit, &scope, id)?,
        Known::Through(index) => store::find_through(unit, &scope, id, index)?,
    };
    found.ok_or(AssetRefused::NotFound.into())
}

/// Whether an asset is in a scope, and was on record as far as is known.
pub fn is_known(
    unit: &mut Read<'_>,
    scope: &Scope,
    id: Id<kind::Asset>,
    known: Known,
) -> Result<bool, StorageError> {
    store::is_known(unit, scope, id, known)
}

/// Assets of a scope, by region and then by the time of their recording. One statement.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Asset>, AssetError> {
    caller.permit(Permission::AssetsRead)?;
    Ok(store::list(unit, scope, wanted, limit)?)
}

/// What is known of some assets in a scope; those that do not exist, or lie outside, are missing.
pub fn facts(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, AssetFacts>, StorageError> {
    store::facts(unit, scope, ids)
}

/// The assets of the projects by which some assets were made, with those: the latest, where there are very many.
pub fn of_same_projects(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, Id<kind::Project>>, StorageError> {
    store::of_same_projects(unit, of)
}

/// The names of some assets, wherever they lie, as far as is known.
pub fn names(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Asset>],
    known: Known,
) -> Result<BTreeMap<Id<kind::Asset>, String>, StorageError> {
    match known {
        Known::Now => store::names(unit, ids),
        Known::Through(index) => store::names_through(unit, ids, index),
    }
}

/// Some assets of a scope, in the order of their identifiers.
pub fn some(unit: &mut Read<'_>, scope: &Scope, ids: &[Id<kind::Asset>]) -> Result<Vec<Asset>, StorageError> {
    store::some(unit, scope, ids)
}

/// What an asset was divided into or merged into, in the order of the identifiers; nothing where it was neither.
pub fn became(unit: &mut Read<'_>, id: Id<kind::Asset>) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    store::became(unit, id)
}

/// The assets that one was divided or merged from.
pub fn came_from(unit: &mut Read<'_>, it: &Asset) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    let mut all = store::merged_into(unit, it.id)?;
    all.extend(it.parent_id);
    Ok(all)
}

/// The assets that some were divided or merged from, and those that they became.
pub fn family(unit: &mut Read<'_>, of: &[Id<kind::Asset>]) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    store::family(unit, of)
}

/// What a version of an asset says that decides what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidThen {
    /// What it is for.
    pub class: AssetClass,
    /// What kind of thing it is.
    pub category: Category,
    /// What it cost, and how it is written off.
    pub write_off: WriteOff,
}

/// A version of an asset that says something else of that than the one before it.
#[derive(Debug, Clone)]
pub struct SaidOtherwise {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// What was said before.
    pub before: SaidThen,
    /// What was said then.
    pub after: SaidThen,
    /// The entry that says it.
    pub entry_id: Id<kind::Entry>,
    /// Whether it was said when the asset came of the one of which the other was said, and not of the same asset later.
    pub by_becoming: bool,
}

impl SaidThen {
    /// What was said of an asset as far as one that came of it has that, where it is said to be something else. What each costs is
    /// another matter: a part costs less than the whole.
    fn other_than(&self, origin: &Self) -> Option<Self> {
        let is_same = self.class == origin.class && self.category == origin.category;
        (!is_same).then(|| Self { write_off: self.write_off.clone(), ..origin.clone() })
    }
}

/// Every time that something else was said of some assets, in the order of their versions; and where an asset that came of another is
/// said to be another kind of thing from the beginning. One statement for many of them.
pub fn said_otherwise(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Asset>],
    steps: &BTreeSet<CameFrom>,
) -> Result<Vec<SaidOtherwise>, StorageError> {
    store::said_otherwise(unit, ids, steps)
}

/// An asset, and one that it was divided or merged from.
pub type CameFrom = (Id<kind::Asset>, Id<kind::Asset>);

/// Where some assets come from.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// Each of them with itself, and with what it was divided or merged from, as far back as it goes.
    pub of: BTreeSet<CameFrom>,
    /// Each asset on the way with what it came from at once.
    pub steps: BTreeSet<CameFrom>,
}

/// What some assets were divided or merged from, as far back as it goes.
pub fn origins(unit: &mut Read<'_>, of: &[Id<kind::Asset>]) -> Result<Origins, StorageError> {
    let mut found: BTreeSet<_> = of.iter().map(|id| (*id, *id)).collect();
    let mut steps = BTreeSet::new();
    let mut last: Vec<_> = found.iter().copied().collect();
    while !last.is_empty() {
        let ids: Vec<_> = last.iter().map(|(_, origin)| *origin).collect();
        let before = store::came_from(unit, &ids)?;
        steps.extend(before.iter().copied());
        let mut further = Vec::new();
        for (of, origin) in &last {
            for (_, earlier) in before.iter().filter(|(it, _)| it == origin) {
                if found.insert((*of, *earlier)) {
                    further.push((*of, *earlier));
                }
            }
        }
        last = further;
    }
    Ok(Origins { of: found, steps })
}

/// The pieces of whatever was divided into some assets, those among them, each with the whole that was divided first.
pub fn pieces_of_one(
    unit: &mut Read<'_>,
    of: &BTreeSet<Id<kind::Asset>>,
) -> Result<BTreeMap<Id<kind::Asset>, Id<kind::Asset>>, StorageError> {
    let (mut wholes, mut last) = (BTreeSet::new(), of.clone());
    while !last.is_empty() {
        let above = store::divided_from(unit, &last)?;
        let pieces: BTreeSet<_> = above.iter().map(|(piece, _)| *piece).collect();
        // What is no piece of anything else is a whole, where it is one of anything at all.
        wholes.extend(last.difference(&pieces).filter(|it| !of.contains(it)).copied());
        last = above.into_iter().map(|(_, whole)| whole).collect();
    }
    let mut found = BTreeMap::new();
    let mut last: BTreeMap<_, _> = wholes.into_iter().map(|it| (it, it)).collect();
    while !last.is_empty() {
        let below = store::divided_into(unit, &last.keys().copied().collect())?;
        let of_whole = |(piece, above): (_, Id<kind::Asset>)| Some((piece, *last.get(&above)?));
        let next: BTreeMap<_, _> = below.into_iter().filter_map(of_whole).collect();
        found.extend(next.iter().map(|(piece, whole)| (*piece, *whole)));
        last = next;
    }
    Ok(found)
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    asset: &Asset,
) -> Result<Id<kind::Entry>, StorageError> {
    journal_because(unit, actor, action, asset, None)
}

fn journal_because(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    asset: &Asset,
    because: Option<&Because<'_>>,
) -> Result<Id<kind::Entry>, StorageError> {
    let told = because.map(|it| (it.told(), it.case_id)).unwrap_or_default();
    journal_telling(unit, actor, action, asset, told)
}

fn journal_telling(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    asset: &Asset,
    (told, case_id): (Map<String, Value>, Option<Id<kind::Case>>),
) -> Result<Id<kind::Entry>, StorageError> {
    let (it, written_off) = (&asset.described, &asset.described.write_off);
    let mut facts = json!({
        "asset_id": asset.id, "registry_number": asset.registry_number, "name": it.name, "class": it.class,
        "category": it.category, "region_code": it.region_code, "project_id": it.project_id, "quantity": it.quantity,
        "unit": it.unit, "original_value_fen": written_off.original_value, "pieces": written_off.pieces,
        "acquired_on": written_off.acquired_on, "service_life_months": written_off.service_life_months,
        "residual_rate_bp": written_off.residual_rate_bp,
        "status": asset.status, "version": asset.version,
        "parent_id": asset.parent_id, "merged_into_id": asset.merged_into_id, "counts_from": asset.counted.from,
        "counts_to": asset.counted.to,
    });
    if let (Value::Object(facts), Value::Object(details)) = (&mut facts, json!(it.details)) {
        facts.extend(details);
    }
    let mut subjects: Vec<Id<kind::Subject>> = vec![asset.id.seen_as()];
    if let Value::Object(facts) = &mut facts {
        facts.extend(told);
    }
    subjects.extend(case_id.map(Id::seen_as));
    subjects.extend(it.project_id.map(Id::seen_as));
    subjects.extend([asset.parent_id, asset.merged_into_id].into_iter().flatten().map(Id::seen_as));
    journal::append(unit, actor, &Record::new(action, it.region_code, &subjects, &facts))
}

/// Those of some assets that are in a scope, as far as is known; few statements for all of them.
pub(super) fn existing(
    unit: &mut Read<'_>,
    scope: &Scope,
    ids: &[Id<kind::Asset>],
    known: Known,
) -> Result<BTreeSet<Id<kind::Asset>>, StorageError> {
    store::existing(unit, scope, ids, known)
}

/// The next assets of a scope, as far as is known, in the order of all.
pub(super) fn next_places(
    unit: &mut Read<'_>,
    scope: &Scope,
    after: Option<Place>,
    known: Known,
    limit: i64,
) -> Result<Vec<Place>, StorageError> {
    store::next_places(unit, scope, after, known, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_another_is_held_against_what_kind_of_thing_that_was() {
        let said = |class, category: &str, value: i64| SaidThen {
            class,
            category: category.parse().unwrap(),
            write_off: WriteOff {
                original_value: Fen::new(value).unwrap(),
                pieces: book_value::Pieces::default(),
                acquired_on: NaiveDate::MIN,
                service_life_months: 240.try_into().unwrap(),
                residual_rate_bp: 500.try_into().unwrap(),
            },
        };
        let whole = said(AssetClass::Operating, "shed", 100);
        // A part costs less than the whole, and is the same kind of thing.
        assert_eq!(said(AssetClass::Operating, "shed", 50).other_than(&whole), None);
        let land = said(AssetClass::Operating, "forest_land", 50);
        assert_eq!(land.other_than(&whole), Some(said(AssetClass::Operating, "shed", 50)));
    }

    #[test]
    fn registry_numbers_are_short_and_tell_assets_apart() {
        let region = "130828101201".parse().unwrap();
        let number = |id: u128| registry_number(&region, 2026, Id::from(uuid::Uuid::from_u128(id)));
        assert_eq!(number(0), "130828101-2026-00000-00000");
        assert_eq!(number(33), "130828101-2026-00000-00011");
        assert_ne!(number(1), number(2));
    }
}
