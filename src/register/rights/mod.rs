//! The three rights in assets over time: reading them as of any day and as known at any instant, recording acts that
//! change them, and the chain of those acts.

mod alter;
mod chain;
pub mod endings;
mod history;
pub mod model;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

pub use alter::{
    between, correct_grant, divide, end_asset, end_grant, last_days, make_void, merge, restore, undone,
};
pub use chain::{Break, BreakKind, Chain, Link, MovedShare, Source, chain};
pub use history::{Act, History, history};
pub use model::{Holding, Move, NewRight, Right, RightsError};

use crate::{
    identity::{Caller, Permission, Refusal, reason},
    journal::{self, Action, Actor, Known, Record},
    register::{assets, codes::RightKind},
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, Period, RegionCode, Scope, Share, closed_enum, id::kind},
};
use model::{Change, EndedBy, Owned};

/// Rights were moved: the entry says which rows closed and which opened.
pub const MOVED: Action = Action::named("rights_moved");

closed_enum! {
    /// The act that changes rights.
    pub enum InstrumentKind {
        /// First registration (首次登记).
        FirstRegistration = "first_registration",
        /// A transfer for good.
        Transfer = "transfer",
        /// A grant for a term, such as a lease.
        Grant = "grant",
        /// A correction of what was recorded wrongly (更正登记, 民法典 art. 220).
        Correction = "correction",
        /// The end of a grant before its term (提前终止).
        Termination = "termination",
        /// A grant for a further term (续期).
        Renewal = "renewal",
        /// The division of an asset into parts (拆分).
        Division = "division",
        /// The merger of assets into one (合并).
        Merger = "merger",
        /// The end of an asset (处置).
        Disposal = "disposal",
        /// Who owned an asset up to the day from which others are on record as its owners: before its first registration, or
        /// up to a later change (补登).
        PriorOwnership = "prior_ownership",
        /// The undoing of a disposal (恢复).
        Restoration = "restoration",
        /// The record of an asset was a mistake, and so was that of every right in it (作废).
        Voiding = "voiding",
    }
}

crate::storage::sql::stored_as_text!(InstrumentKind);

/// Why rights could not be read or recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordRefused {
    /// No such asset in the caller's region.
    #[error("no such asset")]
    NotFound,
    /// The asset has its first registration already.
    #[error("the asset is registered already")]
    AlreadyRegistered,
    /// The rights in an asset are not those in the others that it is to be merged with.
    #[error("the rights in asset {0} differ")]
    Differ(Id<kind::Asset>),
    /// No disposal of the asset is on record that could be undone from that day on.
    #[error("no disposal of the asset is on record")]
    NotDisposed,
    /// Who would own the asset again is there no more, and nobody succeeds to it.
    #[error("nobody succeeds to {0}")]
    SucceededByNobody(Id<kind::Party>),
    /// The rights do not allow it.
    #[error(transparent)]
    Rights(#[from] RightsError),
}

/// Why it was refused, or why it failed.
pub type RecordError = Refusal<RecordRefused>;

reason!(RecordRefused, RightsError);

/// A holder of a right, with the name under which the party is recorded.
#[derive(Debug, Clone)]
pub struct NamedHolding {
    /// What is held.
    pub holding: Holding,
    /// The holder's name.
    pub holder_name: String,
}

/// Who holds each right in an asset on a day, as far as is known.
#[derive(Debug, Clone)]
pub struct AssetRights {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// The day.
    pub as_of: NaiveDate,
    /// Owners.
    pub ownership: Vec<NamedHolding>,
    /// Who runs it.
    pub management: Vec<NamedHolding>,
    /// Who is paid by it.
    pub income: Vec<NamedHolding>,
}

/// The rights in an asset on a day.
pub fn rights_of(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    as_of: Option<NaiveDate>,
    known: Known,
) -> Result<AssetRights, RecordError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    rights_in(unit, &scope, asset, as_of, known)
}

/// The rights in an asset of a scope on a day, as far as is known.
pub(super) fn rights_in(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: Id<kind::Asset>,
    as_of: Option<NaiveDate>,
    known: Known,
) -> Result<AssetRights, RecordError> {
    let as_of = as_of.unwrap_or_else(|| unit.today());
    let rows = store::named_rights(unit, scope, asset, known)?;
    if rows.is_empty() && !assets::is_known(unit, scope, asset, known)? {
        return Err(RecordRefused::NotFound.into());
    }
    let (rights, names): (Vec<Right>, Vec<_>) = rows
        .into_iter()
        .map(|(right, name)| {
            let holder = right.holder_id;
            (right, (holder, name))
        })
        .unzip();
    let of_kind = |kind| -> Result<Vec<NamedHolding>, RecordError> {
        Ok(model::holders(&rights, kind, as_of)?
            .into_iter()
            .map(|holding| {
                let named = names.iter().find(|(id, _)| *id == holding.holder_id);
                NamedHolding { holder_name: named.map(|(_, name)| name.clone()).unwrap_or_default(), holding }
            })
            .collect())
    };
    Ok(AssetRights {
        asset_id: asset,
        as_of,
        ownership: of_kind(RightKind::Ownership)?,
        management: of_kind(RightKind::Management)?,
        income: of_kind(RightKind::Income)?,
    })
}

/// All rights on record in some assets, now; one statement for all of them.
pub fn standing(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    store::standing(unit, assets)
}

/// All rights that were on record in some assets, as far as is known.
pub fn known(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    known: Known,
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    store::known_rights(unit, &Scope::WHOLE, assets, known)
}

/// The rights of a day in some assets, as far as is known, by asset; few statements for all of them.
pub(super) fn on_day(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    day: NaiveDate,
    known: Known,
) -> Result<BTreeMap<Id<kind::Asset>, Vec<Right>>, StorageError> {
    Ok(by_asset(store::on_day(unit, assets, day, known)?))
}

/// Rights by their asset, in the order in which they come.
pub fn by_asset(rights: Vec<(Id<kind::Asset>, Right)>) -> BTreeMap<Id<kind::Asset>, Vec<Right>> {
    let mut by_asset: BTreeMap<_, Vec<Right>> = BTreeMap::new();
    for (asset, right) in rights {
        by_asset.entry(asset).or_default().push(right);
    }
    by_asset
}

/// A grant that is on record, or was.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Of a right in which asset.
    pub asset_id: Id<kind::Asset>,
    /// The right as it stood on record; what ended on its first day stands there no longer.
    pub right: Right,
    /// The case by which it was given, where there was one.
    pub case_id: Option<Id<kind::Case>>,
    /// Whether a correction took it off the record: it never was.
    pub is_taken_back: bool,
}

/// Every grant of a right in some assets that was ever on record, those included that were taken off it.
pub fn granted(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    kind: RightKind,
) -> Result<Vec<Granted>, StorageError> {
    store::granted(unit, assets, kind)
}

/// The assets of a scope in which some parties have ownership or a granted right on a day; at most a number of them.
pub(super) fn held_by(
    unit: &mut Read<'_>,
    scope: &Scope,
    holders: &[Id<kind::Party>],
    day: NaiveDate,
    known: Known,
    limit: usize,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    Ok(store::held_by(unit, scope, holders, day, known, limit)?.into_iter().collect())
}

/// The assets of which a party earns or earned income by a right, each with the days; in the order of the assets.
pub fn earning(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
) -> Result<Vec<(Id<kind::Asset>, Period)>, StorageError> {
    store::earning(unit, holder)
}

/// The assets in which a party is given more of a right on a day or later; at most a number of them. What comes back to it from
/// somebody to whom it let it was its own before.
pub fn begun_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: usize,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    let held = store::begun_from(unit, holder, day)?;
    let rights = by_asset(store::standing(unit, &held)?);
    let begun = rights.into_iter().filter(|(_, rights)| model::grows(rights, holder, day));
    Ok(begun.map(|(asset, _)| asset).take(limit).collect())
}

/// The assets in which a party holds a right on a day or will hold one later; at most a number of them.
pub fn held_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    store::held_from(unit, holder, day, limit)
}

/// The cases by which a party gave a share of any right from a day on; at most a number of them.
pub fn given_from(
    unit: &mut Read<'_>,
    giver: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    store::given_from(unit, giver, day, limit)
}

/// A move on record that takes effect after a day.
#[derive(Debug, Clone)]
pub struct LaterMove {
    /// The act.
    pub instrument_id: Id<kind::Instrument>,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Who gives.
    pub from_id: Id<kind::Party>,
    /// How much of the whole.
    pub share: Share,
}

/// The registered owners of an asset on a day with their shares, as they are on record now.
pub fn owners(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    day: NaiveDate,
) -> Result<Vec<(Id<kind::Party>, Share)>, StorageError> {
    store::owners(unit, asset, day)
}

/// Those who owned an asset on the last day, up to a day, on which anybody did.
pub fn last_owners(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    day: NaiveDate,
) -> Result<Vec<(Id<kind::Party>, Share)>, StorageError> {
    match store::end_of_ownership(unit, asset, day)?.and_then(|it| it.pred_opt()) {
        None => Ok(Vec::new()),
        Some(last) => store::owners(unit, asset, last),
    }
}

/// Who gave a party the ownership of an asset, by its last act that took effect up to a day, and how much of it each; of the
/// last transfer to anybody where no receiver is named.
pub fn givers(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    receiver: Option<Id<kind::Party>>,
    day: NaiveDate,
) -> Result<Vec<(Id<kind::Party>, Share)>, StorageError> {
    store::givers(unit, asset, receiver, day)
}

/// Moves of a right on record that take effect after a day, in some assets.
pub fn later_moves(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    right: RightKind,
    after: NaiveDate,
) -> Result<Vec<LaterMove>, StorageError> {
    store::later_moves(unit, assets, right, after)
}

/// A share of a right that somebody got for money.
#[derive(Debug, Clone)]
pub struct Bought {
    /// The act.
    pub instrument_id: Id<kind::Instrument>,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Who gave it.
    pub from_id: Id<kind::Party>,
    /// Who got it.
    pub to_id: Id<kind::Party>,
    /// How much of the whole.
    pub share: Share,
    /// The case of the act.
    pub case_id: Option<Id<kind::Case>>,
    /// The money that was given for it; none where it was given for nothing, or for something else.
    pub paid: Option<Fen>,
}

/// The cases by which some assets came of others that were divided or merged.
pub fn became_by(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, Id<kind::Case>>, StorageError> {
    store::became_by(unit, of)
}

/// The cases that moved or granted something by papers with the bytes of some SHA-256, with those.
pub fn moved_by_papers(
    unit: &mut Read<'_>,
    contents: &[String],
) -> Result<Vec<(String, Id<kind::Case>)>, StorageError> {
    store::moved_by_papers(unit, contents)
}

/// What anybody got of a right in some assets for money, by acts that took effect up to a day.
pub fn bought(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    right: RightKind,
    until: NaiveDate,
) -> Result<Vec<Bought>, StorageError> {
    store::bought(unit, assets, right, until)
}

/// A share that a first registration gives to a holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who gets it.
    pub holder_id: Id<kind::Party>,
    /// How much of the whole.
    pub share: Share,
    /// For how long, where it was granted for a term: only the days of it on which the asset is owned are put on record.
    pub term: Option<Period>,
}

impl Allocation {
    /// The days for which it is put on record, where the asset is owned from a day on; none where its term is over by then.
    pub fn days(&self, from: NaiveDate) -> Option<Period> {
        match self.term {
            None => Some(Period::since(from)),
            Some(term) => Period::new(term.from().max(from), term.to()).ok(),
        }
    }
}

/// What an act is, apart from what it moves.
#[derive(Debug, Clone)]
pub struct Instrument<'a> {
    /// What kind of act.
    pub kind: InstrumentKind,
    /// The case that it executes.
    pub case_id: Id<kind::Case>,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// The region of its assets.
    pub region: RegionCode,
    /// Its source documents.
    pub documents: &'a [Id<kind::Document>],
}

/// A share that moves in an asset, for a consideration.
#[derive(Debug, Clone)]
pub struct AssetMove {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// What moves.
    pub act: Move,
    /// What is given for this share; none where nothing is, or where it was given for several shares together.
    pub consideration: Option<Fen>,
}

/// Rights that a first registration would put on record, checked against the laws on every day. What was granted for a term that is
/// over by the first of them is none.
pub fn first_rights(allocations: &[Allocation], from: NaiveDate) -> Result<Vec<NewRight>, RightsError> {
    let right = |it: &Allocation| {
        Some(NewRight {
            kind: it.kind,
            holder_id: it.holder_id,
            grantor_id: None,
            through: Vec::new(),
            share: it.share,
            period: it.days(from)?,
            begun_by: None,
            ended_by: EndedBy::Nothing,
        })
    };
    let owners = allocations.iter().filter(|it| it.kind == RightKind::Ownership);
    let sum = crate::values::share::sum(owners.map(|it| it.share));
    if sum.exceeds_whole() {
        return Err(RightsError::Exceeded { kind: RightKind::Ownership, sum });
    }
    let open: Vec<NewRight> = allocations.iter().filter_map(right).collect();
    let first = Change { open, ..Change::default() };
    model::lawful(&model::foreseen(&[], &first), &[Period::since(from)])?;
    Ok(first.open)
}

/// Registers an asset for the first time: gives it its owners, and what rights are granted from the beginning.
pub fn register(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
    allocations: &[Allocation],
) -> Result<Id<kind::Instrument>, RecordError> {
    lock(unit, &Locked::Assets(&[asset]))?;
    if !store::standing(unit, &[asset])?.is_empty() {
        return Err(RecordRefused::AlreadyRegistered.into());
    }
    let open = first_rights(allocations, instrument.effective_on)?;
    let moves: Vec<store::MoveRow> = allocations.iter().map(|it| store::MoveRow::first(asset, it)).collect();
    let id = Id::new(unit.now());
    let owned = Owned::Also(vec![Period::since(instrument.effective_on)]);
    let effect = effect(unit, id, asset, &[], &Change { open, owned, ..Change::default() })?;
    record(unit, actor, id, instrument, &moves, &[effect])?;
    Ok(id)
}

/// Moves shares: all of them, or none. A correction moves them by way of whoever granted them to who was said to hold them.
pub fn move_shares(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    moves: &[AssetMove],
) -> Result<Id<kind::Instrument>, RecordError> {
    let mut assets: Vec<_> = moves.iter().map(|it| it.asset_id).collect();
    assets.sort();
    assets.dedup();
    lock(unit, &Locked::Assets(&assets))?;
    let mut standing = store::standing(unit, &assets)?;
    let rows: Vec<store::MoveRow> = moves.iter().map(store::MoveRow::of).collect();
    let id = Id::new(unit.now());
    let mut effects = Vec::with_capacity(moves.len());
    for it in moves {
        let rights: Vec<Right> = standing
            .iter()
            .filter(|(asset, _)| *asset == it.asset_id)
            .map(|(_, right)| right.clone())
            .collect();
        let change = match instrument.kind {
            InstrumentKind::Correction => model::put_right(&rights, &it.act)?,
            _ => model::moved(&rights, &it.act)?,
        };
        let effect = effect(unit, id, it.asset_id, &rights, &change)?;
        standing.retain(|(asset, right)| *asset != it.asset_id || !effect.closed.contains(&right.id));
        standing.extend(effect.opened.iter().map(|right| (it.asset_id, right.clone())));
        effects.push(effect);
    }
    record(unit, actor, id, instrument, &rows, &effects)?;
    Ok(id)
}

/// By what the holders of a right in an asset become those who should have been recorded.
#[derive(Debug, Clone)]
pub struct Restated {
    /// Who owned it before the day that was said to be the first.
    pub earlier: Option<Earlier>,
    /// What moves from who was said to hold it to who does.
    pub moves: Vec<AssetMove>,
}

/// Who owned an asset on days before its first registration.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The days, up to the one that was said to be the first.
    pub days: Period,
    /// The owners; their shares sum to exactly 1.
    pub owners: Vec<(Id<kind::Party>, Share)>,
}

/// Puts on record what should have been: one instrument, for the days before what was said to be the first and for those after.
///
/// The moves of an instrument that says who owned the asset earlier are those of its own day. What it restates from the day on
/// that was said to be the first follows from them: whoever owned it before is who owns it then, in the place of whatever
/// was said of that day, and the chain is followed like that.
pub fn restate(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
    restated: &Restated,
) -> Result<Id<kind::Instrument>, RecordError> {
    let Some(earlier) = &restated.earlier else {
        return move_shares(unit, actor, instrument, &restated.moves);
    };
    let mut rights = alter::locked(unit, asset)?;
    let id = Id::new(unit.now());
    let before = Change {
        open: earlier
            .owners
            .iter()
            .map(|(holder_id, share)| NewRight {
                kind: RightKind::Ownership,
                holder_id: *holder_id,
                grantor_id: None,
                through: Vec::new(),
                share: *share,
                period: earlier.days,
                begun_by: None,
                ended_by: EndedBy::Nothing,
            })
            .collect(),
        owned: Owned::Also(vec![earlier.days]),
        ..Change::default()
    };
    let mut effects = Vec::new();
    let mut apply = |rights: &mut Vec<Right>, change: &Change| -> Result<(), RecordError> {
        let effect = effect(unit, id, asset, rights, change)?;
        rights.retain(|it| !effect.closed.contains(&it.id));
        rights.extend(effect.opened.iter().cloned());
        effects.push(effect);
        Ok(())
    };
    apply(&mut rights, &before)?;
    for it in &restated.moves {
        let change = model::put_right(&rights, &it.act)?;
        apply(&mut rights, &change)?;
    }
    // Whoever owned it before the day on which it was said to begin is who is told to own it from then on.
    let moves: Vec<store::MoveRow> = earlier
        .owners
        .iter()
        .map(|(holder, share)| store::MoveRow::from_nobody(asset, RightKind::Ownership, *holder, *share))
        .collect();
    record(unit, actor, id, instrument, &moves, &effects)?;
    Ok(id)
}

/// What an act changes in one asset: rows whose recorded interval closes, and rows that open instead.
struct Effect {
    asset: Id<kind::Asset>,
    closed: Vec<Id<kind::Right>>,
    /// Who held what closes: whom it concerns, whether or not they hold as much afterwards.
    held_by: Vec<Id<kind::Party>>,
    opened: Vec<Right>,
}

/// What a change comes to, once the laws hold for it.
fn effect(
    unit: &Write<'_>,
    instrument: Id<kind::Instrument>,
    asset: Id<kind::Asset>,
    standing: &[Right],
    change: &Change,
) -> Result<Effect, RecordError> {
    let now = unit.now();
    let after = model::after(standing, change, instrument, || Id::new(now));
    model::lawful(&after, &model::owned_days_after(standing, change))?;
    let opened = after.into_iter().filter(|it| !standing.iter().any(|old| old.id == it.id)).collect();
    let closes = standing.iter().filter(|it| change.close.contains(&it.id));
    let held_by = closes.map(|it| it.holder_id).collect();
    Ok(Effect { asset, closed: change.close.clone(), held_by, opened })
}

/// Writes the instrument with its moves and documents, and what it changes. The journal entry tells all of it, so that the
/// rights on record can be rebuilt from the journal alone.
fn record(
    unit: &mut Write<'_>,
    actor: &Actor,
    id: Id<kind::Instrument>,
    instrument: &Instrument<'_>,
    moves: &[store::MoveRow],
    effects: &[Effect],
) -> Result<(), RecordError> {
    let closed: Vec<_> = effects.iter().flat_map(|it| &it.closed).collect();
    let opened = effects.iter().flat_map(|it| it.opened.iter().map(|right| opened_facts(it.asset, right)));
    let facts = json!({
        "instrument_id": id, "kind": instrument.kind, "case_id": instrument.case_id,
        "effective_on": instrument.effective_on, "documents": instrument.documents,
        "moved": moves.iter().map(store::MoveRow::facts).collect::<Vec<_>>(),
        "closed": closed, "opened": opened.collect::<Vec<_>>(),
    });
    let mut subjects: Vec<Id<kind::Subject>> = vec![id.seen_as(), instrument.case_id.seen_as()];
    subjects.extend(moves.iter().flat_map(store::MoveRow::subjects));
    subjects.extend(effects.iter().flat_map(|it| it.held_by.iter().map(|id| id.seen_as())));
    // What moves nothing, as another term of a grant does, is about its asset all the same.
    subjects.extend(effects.iter().map(|it| it.asset.seen_as()));
    subjects.extend(effects.iter().flat_map(|it| it.opened.iter().map(|right| right.holder_id.seen_as())));
    let mut named = BTreeSet::new();
    subjects.retain(|it| named.insert(*it));
    let entry = journal::append(unit, actor, &Record::new(MOVED, instrument.region, &subjects, &facts))?;
    store::insert_instrument(unit, id, instrument, entry, moves)?;
    for Effect { asset, closed, opened, .. } in effects {
        store::close(unit, closed, entry)?;
        store::open(unit, *asset, opened, entry)?;
    }
    Ok(())
}

/// A right that comes on record, as the journal describes it.
fn opened_facts(asset: Id<kind::Asset>, right: &Right) -> Value {
    json!({
        "id": right.id, "asset_id": asset, "kind": right.kind, "holder_id": right.holder_id,
        "grantor_id": right.grantor_id, "through": right.through, "share": right.share, "valid_from": right.period.from(),
        "valid_to": right.period.to(), "begun_by": right.begun_by, "ended_by": right.ended_by,
    })
}
