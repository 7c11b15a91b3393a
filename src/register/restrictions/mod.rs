//! Restrictions: what lies on an asset and stands in the way of moving it.

pub mod overrides;
mod store;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use self::overrides::NewOverride;
use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    register::{
        assets::{self, AssetFacts, AssetStatus},
        codes::RestrictionKind,
        documents, parties,
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fault, Faults, Fen, Id, Name, Period, Reason, RegionCode, Seen, id::kind, period},
};

pub(super) const IMPOSED: Action = Action::named("restriction_imposed");
pub(super) const CARRIED: Action = Action::named("restriction_carried");
pub(super) const RELEASED: Action = Action::named("restriction_released");

/// A restriction.
#[derive(Debug, Clone)]
pub struct Restriction {
    /// The identifier.
    pub id: Id<kind::Restriction>,
    /// The asset on which it lies.
    pub asset_id: Id<kind::Asset>,
    /// What it is.
    pub kind: RestrictionKind,
    /// Who holds it.
    pub holder_id: Id<kind::Party>,
    /// For how much.
    pub amount: Option<Fen>,
    /// From when until when.
    pub period: Period,
    /// The document behind it.
    pub document_id: Option<Id<kind::Document>>,
    /// Whose debt it secures; none where nobody said.
    pub secures_debt_of: Option<Id<kind::Party>>,
    /// Where it is registered, where that was said.
    pub registered: Option<Elsewhere>,
    /// What the loss rules found of it when it was recorded, as it is kept.
    pub findings: Option<Value>,
    /// The day from which it no longer lies there.
    pub released_on: Option<NaiveDate>,
    /// The version of this record.
    pub version: i64,
}

impl Restriction {
    /// The days on which it lies there: its period, up to its release; none where it was released from the beginning.
    pub fn days(&self) -> Option<Period> {
        match self.released_on {
            None => Some(self.period),
            Some(released) => Period::new(self.period.from(), Some(released))
                .ok()
                .and_then(|until| until.intersection(&self.period)),
        }
    }
}

/// A restriction to be recorded.
#[derive(Debug, Clone)]
pub struct NewRestriction {
    /// The asset on which it lies.
    pub asset_id: Id<kind::Asset>,
    /// What it is.
    pub kind: RestrictionKind,
    /// Who holds it.
    pub holder_id: Id<kind::Party>,
    /// For how much.
    pub amount: Option<Fen>,
    /// From when until when.
    pub period: Period,
    /// The document behind it.
    pub document_id: Option<Id<kind::Document>>,
    /// Whose debt it secures; none where nobody said.
    pub secures_debt_of: Option<Id<kind::Party>>,
    /// Where it is registered, where that is said.
    pub registered: Option<Elsewhere>,
    /// What the loss rules found of it, and what was said of that.
    pub findings: Option<Value>,
    /// The rules that the county names although they found something.
    pub named: Vec<NewOverride>,
}

/// Where a restriction is registered beside this register: at a court, or with the authority for such rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The authority.
    pub authority: Name,
    /// Under what it stands there.
    pub reference: Name,
}

/// Why a command on restrictions was refused.
pub type RestrictionError = Refusal<RestrictionRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum RestrictionRefused {
    /// No such restriction in the caller's region.
    #[error("no such restriction")]
    NotFound,
    /// The restriction changed since the version that the caller saw.
    #[error("the restriction changed meanwhile")]
    Outdated,
    /// The asset has ended: it was disposed of, or others count in its place.
    #[error("the asset is {0}")]
    Closed(AssetStatus),
    /// It would lie on the asset after that has ended.
    #[error("the asset is {0} by then")]
    Outlasts(AssetStatus),
}

reason!(RestrictionRefused);

/// Records a restriction on an asset.
pub fn impose(
    unit: &mut Write<'_>,
    caller: &Caller,
    asked: &NewRestriction,
) -> Result<Restriction, RestrictionError> {
    let scope = caller.permit(Permission::RestrictionsWrite)?;
    let mut faults = Vec::new();
    let known = assets::facts(unit, &scope, &[asked.asset_id])?;
    match known.get(&asked.asset_id) {
        None => faults.push(Fault::at("/asset_id", Reason::NotFound { what: "asset" })),
        Some(asset) => {
            let begins = asked.period.from();
            let wrong = asset.not_there_on(begins).or_else(|| period::too_far_ahead(begins, unit.today()));
            faults.extend(wrong.map(|reason| Fault::at("/period/from", reason)));
        }
    }
    match parties::standing(unit, &[asked.holder_id])?.get(&asked.holder_id) {
        None => faults.push(Fault::at("/holder_id", Reason::NotFound { what: "party" })),
        Some(holder) => {
            let refused = holder.refused_for(&asked.period);
            faults.extend(refused.map(|it| Fault::at("/holder_id", it)));
        }
    }
    if let Some(debtor) = asked.secures_debt_of {
        let at = "/secures_debt_of_id";
        let secures = matches!(asked.kind, RestrictionKind::Mortgage | RestrictionKind::Pledge);
        match parties::standing(unit, &[debtor])?.get(&debtor) {
            _ if !secures => {
                faults
                    .push(Fault::at(at, Reason::NotApplicable { because: format!("kind = {}", asked.kind) }));
            }
            None => faults.push(Fault::at(at, Reason::NotFound { what: "party" })),
            Some(it) => faults.extend(it.refused_on(asked.period.from()).map(|it| Fault::at(at, it))),
        }
    }
    if let Some(document) = asked.document_id
        && !documents::missing(unit, &scope, &[document])?.is_empty()
    {
        faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
    }
    Faults::none_of(faults)?;
    lock(unit, &Locked::Assets(&[asked.asset_id]))?;
    // Looked up again under the locks, which whoever ends the asset or the holder takes as well.
    let concerned: Vec<_> = std::iter::once(asked.holder_id).chain(asked.secures_debt_of).collect();
    let mut engaged = parties::engaged(unit, &concerned)?;
    if let Some(debtor) = asked.secures_debt_of.and_then(|it| engaged.get(&it))
        && let Some(refused) = debtor.refused_on(asked.period.from())
    {
        return Err(Faults::one("/secures_debt_of_id", refused).into());
    }
    let holder = engaged.remove(&asked.holder_id);
    if let Some(refused) = holder.and_then(|it| it.refused_for(&asked.period)) {
        return Err(Faults::one("/holder_id", refused).into());
    }
    let known = assets::facts(unit, &scope, &[asked.asset_id])?;
    if let Some(early) = known.values().find_map(|it| it.not_there_on(asked.period.from())) {
        return Err(Faults::one("/period/from", early).into());
    }
    if let Some(ended) = known.values().find(|it| it.status.is_final()) {
        return Err(RestrictionRefused::Closed(ended.status).into());
    }
    let restriction = Restriction {
        id: Id::new(unit.now()),
        asset_id: asked.asset_id,
        kind: asked.kind,
        holder_id: asked.holder_id,
        amount: asked.amount,
        period: asked.period,
        document_id: asked.document_id,
        secures_debt_of: asked.secures_debt_of,
        registered: asked.registered.clone(),
        findings: asked.findings.clone(),
        released_on: None,
        version: 1,
    };
    let region = known.get(&asked.asset_id).map(|it| it.region_code);
    let of_journal = |it: &NewOverride| json!({"rule": it.rule, "reason_sha256": documents::sha256(it.reason.as_str().as_bytes())});
    let more = (!asked.named.is_empty()).then(|| ("overrides", asked.named.iter().map(of_journal).collect()));
    let entry = journal_change(unit, &caller.actor(), IMPOSED, (&restriction, more), region)?;
    store::insert(unit, &[&restriction])?;
    store::insert_versions(unit, &[(&restriction, entry)])?;
    if let Some(region_code) = region {
        let of = overrides::Of { restriction_id: restriction.id, region_code, by: caller.user_id };
        overrides::keep(unit, &of, &asked.named)?;
    }
    Ok(restriction)
}

/// Who put a restriction on record; none where nobody knows, as of one that was carried over from another asset.
pub fn imposed_by(
    unit: &mut Read<'_>,
    id: Id<kind::Restriction>,
) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), IMPOSED)
}

/// Who released a restriction each time, or took that back: the first one first.
pub fn released_by(
    unit: &mut Read<'_>,
    id: Id<kind::Restriction>,
) -> Result<Vec<journal::Authored>, StorageError> {
    journal::authors(unit, id.seen_as(), RELEASED)
}

/// Releases a restriction from a day on, or says that it was not released after all. `because` is what the journal says of a day that was
/// put right, or of the paper that shows the release.
pub fn release(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Restriction>,
    seen: &Seen,
    (released_on, because): (Option<NaiveDate>, Option<Value>),
) -> Result<Restriction, RestrictionError> {
    let asset = in_scope(unit, caller, Permission::RestrictionsWrite, id, Known::Now)?.asset_id;
    // Whoever ends the asset, and lets the restriction lie on what it becomes, holds the same lock.
    lock(unit, &Locked::Assets(&[asset]))?;
    let mut restriction = in_scope(unit, caller, Permission::RestrictionsWrite, id, Known::Now)?;
    if !seen.includes(restriction.version) {
        return Err(RestrictionRefused::Outdated.into());
    }
    let seen_version = restriction.version;
    if restriction.released_on == released_on {
        unit.is_so_already();
        return Ok(restriction);
    }
    let known = assets::facts(unit, &caller.scope, &[restriction.asset_id])?;
    if let Some(ended) = known.values().find(|it| outlasts(&restriction, released_on, it)) {
        return Err(RestrictionRefused::Outlasts(ended.status).into());
    }
    if released_on.is_some_and(|day| day < restriction.period.from()) {
        return Err(Faults::one(
            "/released_on",
            Reason::TooSmall { min: restriction.period.from().to_string() },
        )
        .into());
    }
    // Whoever is there no more holds nothing for longer.
    if let Some(longer) = lengthened(&restriction, released_on) {
        let holder = parties::engaged(unit, &[restriction.holder_id])?.remove(&restriction.holder_id);
        if let Some(gone) = holder.and_then(|it| it.refused_for(&longer)) {
            return Err(Faults::one("/released_on", gone).into());
        }
    }
    if !store::release(unit, id, seen_version, released_on)? {
        return Err(RestrictionRefused::Outdated.into());
    }
    restriction.released_on = released_on;
    restriction.version = seen_version.saturating_add(1);
    let region = known.get(&restriction.asset_id).map(|it| it.region_code);
    let name = if restriction.days().is_none() { "never_was" } else { "put_right" };
    let more = because.map(|it| (name, it));
    let entry = journal_change(unit, &caller.actor(), RELEASED, (&restriction, more), region)?;
    store::insert_versions(unit, &[(&restriction, entry)])?;
    Ok(restriction)
}

/// The days of a restriction by another release, where they are more than before.
fn lengthened(restriction: &Restriction, released_on: Option<NaiveDate>) -> Option<Period> {
    let after = Restriction { released_on, ..restriction.clone() }.days();
    after.filter(|after| !restriction.days().is_some_and(|before| before.covers(after)))
}

/// Whether a restriction would by another release lie on its asset when that is there no more: what lay on an asset that has ended lies
/// on what it became, and comes back to nothing.
pub fn outlasts(restriction: &Restriction, released_on: Option<NaiveDate>, asset: &AssetFacts) -> bool {
    let goes_beyond = |longer: Period| asset.ended_on.is_none_or(|ended| longer.ends_after(ended));
    asset.status.is_final() && lengthened(restriction, released_on).is_some_and(goes_beyond)
}

/// The restrictions that lie on some assets on a day or later.
pub fn open_from(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Restriction>, StorageError> {
    let from_then_on = Period::since(on);
    let found = store::of_assets(unit, of, Known::Now)?.into_iter();
    Ok(found.filter(|it| it.days().is_some_and(|days| days.overlaps(&from_then_on))).collect())
}

/// The restrictions that a party holds on a day or will hold later; at most a number of them.
pub fn held_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    store::held_from(unit, holder, day, limit)
}

/// The restrictions of a party that begin on a day or later; at most a number of them.
pub fn begun_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    store::begun_from(unit, holder, day, limit)
}

/// The restrictions that ever lay on some assets; at most a number of them.
pub fn ever_on(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    limit: i64,
) -> Result<Vec<Id<kind::Restriction>>, StorageError> {
    store::ids_on(unit, of, limit)
}

/// The first day on which a restriction ever lay on an asset: none of those that were released from their first day on.
pub fn first_day(unit: &mut Read<'_>, of: Id<kind::Asset>) -> Result<Option<NaiveDate>, StorageError> {
    let found = store::of_assets(unit, &[of], Known::Now)?;
    Ok(found.iter().filter_map(|it| it.days().map(|days| days.from())).min())
}

/// Lets the restrictions that lie on an asset lie on others from a day on, each in full: whoever has a mortgage on a thing
/// has it on every part of it (民法典担保制度解释 arts. 38, 39). `also` are assets on which the same ones lie; there
/// they end as well.
pub fn carry(
    unit: &mut Write<'_>,
    actor: &Actor,
    from: &[Restriction],
    also: &[Restriction],
    to: &[Id<kind::Asset>],
    (on, region): (NaiveDate, RegionCode),
) -> Result<(), StorageError> {
    let mut carried = Vec::new();
    for it in from {
        let Some(days) = it.days().and_then(|days| days.intersection(&Period::since(on))) else { continue };
        carried.extend(to.iter().map(|asset_id| Restriction {
            id: Id::new(unit.now()),
            asset_id: *asset_id,
            period: days,
            released_on: None,
            version: 1,
            ..it.clone()
        }));
    }
    let mut left: Vec<Restriction> = from.iter().chain(also).cloned().collect();
    for it in &mut left {
        // What would only begin later never does.
        it.released_on = Some(on.max(it.period.from()));
        it.version = it.version.saturating_add(1);
    }
    let mut versions = Vec::new();
    for (action, changed) in [(CARRIED, &carried), (RELEASED, &left)] {
        for it in changed {
            versions.push((it, journal_change(unit, actor, action, (it, None), Some(region))?));
        }
    }
    store::insert(unit, &carried.iter().collect::<Vec<_>>())?;
    store::release_all(unit, &left.iter().map(|it| it.id).collect::<Vec<_>>(), on)?;
    store::insert_versions(unit, &versions)
}

/// The restriction of an id, within the caller's region, as far as is known.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Restriction>,
    known: Known,
) -> Result<Restriction, RestrictionError> {
    in_scope(unit, caller, Permission::AssetsRead, id, known)
}

/// The restrictions that lie on an asset of the caller's region on a day, or that ever lay on it, as far as is known.
pub fn of_asset(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    as_of: Option<NaiveDate>,
    known: Known,
) -> Result<Vec<Restriction>, RestrictionError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    if !assets::is_known(unit, &scope, asset, known)? {
        return Err(Faults::one("/asset_id", Reason::NotFound { what: "asset" }).into());
    }
    Ok(match as_of {
        Some(day) => active(unit, &[asset], day, known)?,
        None => store::of_assets(unit, &[asset], known)?,
    })
}

/// The restrictions that lie on some assets on a day, as far as is known.
pub fn active(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    on: NaiveDate,
    known: Known,
) -> Result<Vec<Restriction>, StorageError> {
    let lies = |it: &Restriction| it.days().is_some_and(|days| days.contains(on));
    Ok(store::of_assets(unit, of, known)?.into_iter().filter(lies).collect())
}

/// On which asset each of some restrictions lies, or lay; those that do not exist are missing.
pub fn assets_under(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Restriction>],
) -> Result<BTreeMap<Id<kind::Restriction>, Id<kind::Asset>>, StorageError> {
    store::assets_under(unit, ids)
}

/// The restrictions that an act over a span meets, each with the days on which it lies: those that lie on an asset on the
/// first day of the span, and those that are not over today and lie on it on some day of the span.
pub fn met(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    span: &Period,
    today: NaiveDate,
) -> Result<Vec<(Restriction, Period)>, StorageError> {
    let is_met =
        |days: &Period| days.contains(span.from()) || (days.overlaps(span) && days.ends_after(today));
    let found = store::of_assets(unit, of, Known::Now)?.into_iter().filter_map(|it| Some((it.days()?, it)));
    Ok(found.filter(|(days, _)| is_met(days)).map(|(days, it)| (it, days)).collect())
}

fn in_scope(
    unit: &mut Read<'_>,
    caller: &Caller,
    permission: Permission,
    id: Id<kind::Restriction>,
    known: Known,
) -> Result<Restriction, RestrictionError> {
    let scope = caller.permit(permission)?;
    store::find(unit, &scope, id, known)?.ok_or(RestrictionRefused::NotFound.into())
}

fn journal_change(
    unit: &mut Write<'_>,
    actor: &Actor,
    action: Action,
    (it, more): (&Restriction, Option<(&str, Value)>),
    region: Option<RegionCode>,
) -> Result<Id<kind::Entry>, StorageError> {
    let mut facts = json!({
        "restriction_id": it.id, "asset_id": it.asset_id, "kind": it.kind, "holder_id": it.holder_id,
        "amount_fen": it.amount, "period": it.period, "document_id": it.document_id, "released_on": it.released_on,
        "version": it.version, "secures_debt_of_id": it.secures_debt_of, "registered_elsewhere": it.registered.is_some(),
    });
    if let (Some((name, more)), Some(facts)) = (more, facts.as_object_mut()) {
        facts.insert(name.to_owned(), more);
    }
    let subjects = [it.id.seen_as(), it.asset_id.seen_as(), it.holder_id.seen_as()].into_iter();
    let subjects: Vec<_> = subjects.chain(it.secures_debt_of.map(Id::seen_as)).collect();
    journal::append(unit, actor, &Record::new(action, region, &subjects, &facts))
}
