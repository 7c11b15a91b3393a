//! Acts that end rights, or change the asset under them: the early end of a grant, division, merger, disposal,
//! restoration.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    journal::Actor,
    register::{
        codes::RightKind,
        parties::{self, Heirs},
        rights::{
            Instrument, RecordError, RecordRefused, Right, effect,
            endings::{self, Ending},
            model::{Change, NewRight, hands},
            record, store,
        },
    },
    storage::{Locked, Read, StorageError, Write, lock},
    values::{Fen, Id, Period, Share, id::kind},
};

/// Ends what a party was granted in an asset, and everything that came through its hands.
pub fn end_grant(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
    ending: &Ending,
) -> Result<Id<kind::Instrument>, RecordError> {
    let rights = locked(unit, asset)?;
    let heirs = between(unit, &rights)?;
    let (change, returned) = endings::ended_grant(&rights, ending, |it| heirs.taking(it))?;
    let moves: Vec<store::MoveRow> = returned
        .iter()
        .map(|it| store::MoveRow {
            asset_id: asset,
            kind: ending.kind,
            from_id: Some(it.from_id),
            to_id: it.to_id,
            share: it.share,
            consideration: None,
        })
        .collect();
    let id = Id::new(unit.now());
    let effect = effect(unit, id, asset, &rights, &change)?;
    record(unit, actor, id, instrument, &moves, &[effect])?;
    Ok(id)
}

/// How much goes from whom to whom.
type Passing = (Id<kind::Party>, Id<kind::Party>, Share);

/// Puts a grant on record as it should have been said, with what goes from who was said to hold it to who does, where that is
/// another.
pub fn correct_grant(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
    (change, moved): (&Change, Option<Passing>),
) -> Result<Id<kind::Instrument>, RecordError> {
    let rights = locked(unit, asset)?;
    let moves: Vec<_> = moved
        .into_iter()
        .map(|(from, to, share)| store::MoveRow {
            asset_id: asset,
            kind: RightKind::Management,
            from_id: Some(from),
            to_id: Some(to),
            share,
            consideration: None,
        })
        .collect();
    let id = Id::new(unit.now());
    let effect = effect(unit, id, asset, &rights, change)?;
    record(unit, actor, id, instrument, &moves, &[effect])?;
    Ok(id)
}

/// Who takes what those would have again through whose hands granted rights came, where they are there no more.
pub fn between(unit: &mut Read<'_>, rights: &[Right]) -> Result<Heirs, StorageError> {
    Heirs::of(unit, rights.iter().flat_map(|it| it.through.iter().copied()))
}

/// Divides an asset: every part has from then on the rights that the whole had, and the whole has none.
pub fn divide(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    whole: Id<kind::Asset>,
    parts: &[Id<kind::Asset>],
) -> Result<Id<kind::Instrument>, RecordError> {
    let rights = locked(unit, whole)?;
    become_others(unit, actor, instrument, &[(whole, rights)], parts)
}

/// Merges assets that have the same rights into one that has them from then on.
///
/// # Errors
/// [`RecordRefused::Differ`] with the first asset whose rights are others.
pub fn merge(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    merged: &[Id<kind::Asset>],
    whole: Id<kind::Asset>,
) -> Result<Id<kind::Instrument>, RecordError> {
    lock(unit, &Locked::Assets(merged))?;
    let standing = store::standing(unit, merged)?;
    let mut before: Vec<(Id<kind::Asset>, Vec<Right>)> = Vec::new();
    for id in merged {
        let rights: Vec<Right> =
            standing.iter().filter(|(asset, _)| asset == id).map(|(_, right)| right.clone()).collect();
        if let Some((_, first)) = before.first()
            && !endings::same_from(first, &rights, instrument.effective_on)
        {
            return Err(RecordRefused::Differ(*id).into());
        }
        before.push((*id, rights));
    }
    become_others(unit, actor, instrument, &before, &[whole])
}

/// Ends every right in some assets that have the same ones, and lets each of others have them.
fn become_others(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    before: &[(Id<kind::Asset>, Vec<Right>)],
    after: &[Id<kind::Asset>],
) -> Result<Id<kind::Instrument>, RecordError> {
    let on = instrument.effective_on;
    let carried = before.first().map(|(_, rights)| endings::carried(rights, on)).unwrap_or_default();
    let mut moves: Vec<store::MoveRow> = Vec::new();
    for (asset, rights) in before {
        moves.extend(given_up(*asset, rights, on));
    }
    for asset in after {
        moves.extend(carried.open.iter().filter(|it| it.period.from() == on).map(|it| taken_up(*asset, it)));
    }
    let id = Id::new(unit.now());
    let mut effects = Vec::new();
    for (asset, rights) in before {
        effects.push(effect(unit, id, *asset, rights, &endings::ended(rights, on)?)?);
    }
    for asset in after {
        effects.push(effect(unit, id, *asset, &[], &carried)?);
    }
    record(unit, actor, id, instrument, &moves, &effects)?;
    Ok(id)
}

/// Ends every right in an asset. `proceeds` is what came of it for each owner's share, in the order of [`last_days`].
pub fn end_asset(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
    proceeds: &[Fen],
) -> Result<Id<kind::Instrument>, RecordError> {
    let rights = locked(unit, asset)?;
    let mut moves = given_up(asset, &rights, instrument.effective_on);
    let owners = moves.iter_mut().filter(|it| it.kind == RightKind::Ownership);
    for (owner, part) in owners.zip(proceeds) {
        owner.consideration = Some(*part);
    }
    let id = Id::new(unit.now());
    let effect = effect(unit, id, asset, &rights, &endings::ended(&rights, instrument.effective_on)?)?;
    record(unit, actor, id, instrument, &moves, &[effect])?;
    Ok(id)
}

/// Takes every right off the record of an asset that was recorded by mistake. As known before it they held; as known from
/// then on none of them ever did.
pub fn make_void(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
) -> Result<(), RecordError> {
    let rights = locked(unit, asset)?;
    let Some(first) = rights.iter().map(|it| it.period.from()).min() else { return Ok(()) };
    let moves = given_up(asset, &rights, instrument.effective_on);
    let id = Id::new(unit.now());
    let effect = effect(unit, id, asset, &rights, &endings::ended(&rights, first)?)?;
    record(unit, actor, id, instrument, &moves, &[effect])
}

/// Lets the rights hold again that the disposal of an asset ended, as they would hold without it.
///
/// # Errors
/// [`RecordRefused::NotDisposed`], as for [`undone`].
pub fn restore(
    unit: &mut Write<'_>,
    actor: &Actor,
    instrument: &Instrument<'_>,
    asset: Id<kind::Asset>,
) -> Result<Id<kind::Instrument>, RecordError> {
    let standing = locked(unit, asset)?;
    let on = instrument.effective_on;
    let back = endings::carried(&undone(unit, asset, on)?, on);
    let moves: Vec<store::MoveRow> =
        back.open.iter().filter(|it| it.period.from() == on).map(|it| taken_up(asset, it)).collect();
    let id = Id::new(unit.now());
    let effect = effect(unit, id, asset, &standing, &back)?;
    record(unit, actor, id, instrument, &moves, &[effect])?;
    Ok(id)
}

/// The rights that the disposal of an asset ended, as they stood on record before it, and as they are from a day on those of whoever
/// succeeds to who is there no more.
///
/// # Errors
/// [`RecordRefused::NotDisposed`] where no disposal is on record, or only one that takes effect after the day;
/// [`RecordRefused::SucceededByNobody`] where an owner has ended and is not succeeded.
pub fn undone(unit: &mut Read<'_>, asset: Id<kind::Asset>, on: NaiveDate) -> Result<Vec<Right>, RecordError> {
    let disposal = store::disposal_of(unit, asset)?.filter(|it| it.effective_on <= on);
    let mut rights = store::closed_by(unit, asset, &disposal.ok_or(RecordRefused::NotDisposed)?)?;
    rights.retain(|it| it.period.overlaps(&Period::since(on)));
    let people: BTreeSet<_> =
        rights.iter().flat_map(|it| hands(it).into_iter().chain(it.grantor_id)).collect();
    let mut people = parties::standing(unit, &people.into_iter().collect::<Vec<_>>())?;
    let heirs = Heirs::among(unit, &mut people)?;
    // Whoever was erased is refused by its own reason.
    let is_left = |it: &&Right| {
        it.kind == RightKind::Ownership
            && heirs.taking(it.holder_id).is_none()
            && people.get(&it.holder_id).is_some_and(|it| !it.erased)
    };
    if let Some(it) = rights.iter().find(is_left) {
        return Err(RecordRefused::SucceededByNobody(it.holder_id).into());
    }
    Ok(endings::succeeded(rights, |it| heirs.taking(it)))
}

/// The ownership that ends with an asset on a day, by row.
pub fn last_days(rights: &[Right], on: NaiveDate) -> impl Iterator<Item = &Right> {
    rights.iter().filter(move |it| it.kind == RightKind::Ownership && it.period.contains(on))
}

pub(super) fn locked(unit: &mut Write<'_>, asset: Id<kind::Asset>) -> Result<Vec<Right>, StorageError> {
    lock(unit, &Locked::Assets(&[asset]))?;
    Ok(store::standing(unit, &[asset])?.into_iter().map(|(_, right)| right).collect())
}

fn given_up(asset: Id<kind::Asset>, rights: &[Right], on: NaiveDate) -> Vec<store::MoveRow> {
    let on_that_day = rights.iter().filter(|it| it.period.contains(on));
    let moves = on_that_day.map(|it| store::MoveRow {
        asset_id: asset,
        kind: it.kind,
        from_id: Some(it.holder_id),
        to_id: None,
        share: it.share,
        consideration: None,
    });
    moves.collect()
}

const fn taken_up(asset: Id<kind::Asset>, it: &NewRight) -> store::MoveRow {
    store::MoveRow::from_nobody(asset, it.kind, it.holder_id, it.share)
}
