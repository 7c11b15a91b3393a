//! Proceeds: what a sale by the state or a collective, or a disposal of what is theirs, brings: it falls due on a day, and is
//! settled by what comes in for the asset.
//!
//! What came in is not said of them but follows from receipts: whoever pays settles what it owes for the asset first, and whoever
//! owes nothing for it pays for others. A receipt that is reversed settles nothing any more. What stands in `received_fen` is
//! computed anew whenever a receipt for the asset is booked or reversed, under the lock of the asset.

mod settling;
mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use num_rational::BigRational;
use num_traits::Zero as _;
use serde_json::json;

use crate::{
    identity::{Caller, Permission},
    journal::{self, Action, Actor, Record},
    money::{
        MoneyError,
        allotment::{self, Claim},
    },
    register::{
        parties::Heirs,
        rights::{self, Bought, model::Move},
    },
    storage::{Read, StorageError, Write},
    values::{Fen, Id, RegionCode, Scope, closed_enum, id::kind},
};

/// What falls due for an asset that was sold or disposed of.
const FELL_DUE: Action = Action::named("proceeds_due");

/// What is owed no longer, since what brought it was undone.
const LAPSED: Action = Action::named("proceeds_lapsed");

/// What is owed after all.
const OWED_AGAIN: Action = Action::named("proceeds_owed_again");

closed_enum! {
    /// What brings proceeds.
    pub enum ProceedsKind {
        /// A sale (出售).
        Sale = "sale",
        /// A disposal: scrap value, compensation, what is repaid of an investment (处置).
        Disposal = "disposal",
    }
}

crate::storage::sql::stored_as_text!(ProceedsKind);

/// Proceeds that fall due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProceeds {
    /// What brings them.
    pub kind: ProceedsKind,
    /// The asset that was sold or disposed of.
    pub asset_id: Id<kind::Asset>,
    /// The region of the asset.
    pub region_code: RegionCode,
    /// To whom they are owed.
    pub creditor_id: Id<kind::Party>,
    /// Who owes them; none where that was not said.
    pub payer_id: Option<Id<kind::Party>>,
    /// How much.
    pub amount: Fen,
    /// The day from which the act works that brings them.
    pub since: NaiveDate,
    /// The day on which they fall due.
    pub due_on: NaiveDate,
}

/// Proceeds on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proceeds {
    /// The identifier.
    pub id: Id<kind::Proceeds>,
    /// The case that brought them.
    pub case_id: Id<kind::Case>,
    /// What falls due, and when.
    pub due: NewProceeds,
    /// How much of it came in.
    pub received: Fen,
    /// Whether they are owed no longer, since what brought them was undone.
    pub lapsed: bool,
    /// When they were recorded.
    pub recorded_at: DateTime<Utc>,
}

impl Proceeds {
    /// How much of them is open; nothing where they are owed no longer.
    pub fn open(&self) -> Fen {
        if self.lapsed {
            return Fen::ZERO;
        }
        Fen::new(self.due.amount.get().saturating_sub(self.received.get())).unwrap_or_default()
    }

    /// How much that comes in they take: what they are, and where they are owed no longer what came in before.
    const fn takes(&self) -> Fen {
        if self.lapsed { self.received } else { self.due.amount }
    }

    /// For how many days they have been open on a day; none where they are not, or fall due later.
    pub fn overdue_days(&self, on: NaiveDate) -> Option<i64> {
        let days = (on - self.due.due_on).num_days();
        (!self.open().is_zero() && days > 0).then_some(days)
    }
}

/// Which proceeds are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only those of which something is open, or of which nothing is.
    pub open: Option<bool>,
    /// Only those that a party owes or is owed.
    pub party: Option<Id<kind::Party>>,
    /// Only those of an asset.
    pub asset: Option<Id<kind::Asset>>,
    /// Only those that a case brought.
    pub case: Option<Id<kind::Case>>,
    /// Only those after these, in the order of the list.
    pub after: Option<(RegionCode, Id<kind::Proceeds>)>,
}

/// Puts on record what an executed case brings, and settles it by what came in ahead. The assets are locked.
pub fn record(
    unit: &mut Write<'_>,
    actor: &Actor,
    (case_id, region): (Id<kind::Case>, RegionCode),
    dues: &[NewProceeds],
) -> Result<(), StorageError> {
    if dues.is_empty() {
        return Ok(());
    }
    let made = |due: &NewProceeds| Proceeds {
        id: Id::new(unit.now()),
        case_id,
        due: due.clone(),
        received: Fen::ZERO,
        lapsed: false,
        recorded_at: unit.now(),
    };
    let all: Vec<Proceeds> = dues.iter().map(made).collect();
    store::insert(unit, &all)?;
    let told: Vec<_> = all
        .iter()
        .map(|it| {
            json!({
                "id": it.id, "kind": it.due.kind, "asset_id": it.due.asset_id, "creditor_id": it.due.creditor_id,
                "payer_id": it.due.payer_id, "amount_fen": it.due.amount, "due_on": it.due.due_on,
            })
        })
        .collect();
    let mut subjects: Vec<Id<kind::Subject>> = vec![case_id.seen_as()];
    for it in &all {
        subjects.extend([it.due.asset_id.seen_as(), it.due.creditor_id.seen_as()]);
        subjects.extend(it.due.payer_id.map(Id::seen_as));
    }
    subjects.sort();
    subjects.dedup();
    let facts = json!({"case_id": case_id, "proceeds": told});
    journal::append(unit, actor, &Record::new(FELL_DUE, region, &subjects, &facts))?;
    let mut assets: Vec<_> = dues.iter().map(|it| it.asset_id).collect();
    assets.sort();
    assets.dedup();
    settle(unit, &assets)
}

/// Works out anew how much came in of the proceeds of some assets. The assets are locked, and the unit has an entry of its own.
pub(in crate::money) fn settle(unit: &mut Write<'_>, assets: &[Id<kind::Asset>]) -> Result<(), StorageError> {
    let standing = store::of_assets(unit, assets)?;
    if standing.is_empty() {
        return Ok(());
    }
    let paid = store::paid_for(unit, assets)?;
    let heirs = Heirs::of(unit, standing.iter().map(|it| it.due.creditor_id))?;
    let taking = |creditor| heirs.taking(creditor).unwrap_or(creditor);
    for (proceeds, received) in settling::settled(&standing, taking, &paid) {
        if proceeds.received != received {
            store::receive(unit, proceeds.id, received)?;
        }
    }
    Ok(())
}

/// What a disposal of an asset brought is owed no longer: it was undone.
pub fn lapse_of_disposal(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
) -> Result<(), StorageError> {
    lapse(unit, actor, asset, |it| it.due.kind == ProceedsKind::Disposal)
}

/// Nothing is owed for an asset any longer: it should not have been recorded.
pub fn lapse_all(unit: &mut Write<'_>, actor: &Actor, asset: Id<kind::Asset>) -> Result<(), StorageError> {
    lapse(unit, actor, asset, |_| true)
}

fn lapse(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    which: impl Fn(&Proceeds) -> bool,
) -> Result<(), StorageError> {
    let owed = store::of_assets(unit, &[asset])?;
    let lapsed: Vec<_> = owed.iter().filter(|it| !it.lapsed && which(it)).collect();
    say_lapsed(unit, actor, asset, (&lapsed, true))
}

/// Says of some proceeds of an asset whether they are owed no longer.
fn say_lapsed(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    (which, lapsed): (&[&Proceeds], bool),
) -> Result<(), StorageError> {
    let Some(first) = which.first() else { return Ok(()) };
    let ids: Vec<_> = which.iter().map(|it| it.id).collect();
    store::say_lapsed(unit, &ids, lapsed)?;
    let mut subjects = vec![asset.seen_as()];
    subjects.extend(which.iter().map(|it| it.case_id.seen_as()));
    subjects.extend(which.iter().map(|it| it.due.creditor_id.seen_as()));
    subjects.extend(which.iter().filter_map(|it| it.due.payer_id).map(Id::seen_as));
    subjects.sort();
    subjects.dedup();
    let facts = json!({"asset_id": asset, "proceeds_ids": ids});
    let action = if lapsed { LAPSED } else { OWED_AGAIN };
    journal::append(unit, actor, &Record::new(action, Some(first.due.region_code), &subjects, &facts))?;
    Ok(())
}

/// Says anew what is owed for the sales of an asset once a correction said who bought it: whoever did owes its part of the price in the
/// place of who was said to, what was never sold is not paid for, and what was sold after all is. `moves` are what it moves, of one
/// right, from who was said to hold it to who does. The asset is locked.
pub fn follow_title(
    unit: &mut Write<'_>,
    actor: &Actor,
    asset: Id<kind::Asset>,
    moves: &[&Move],
) -> Result<(), StorageError> {
    let Some(right) = moves.first().map(|it| it.kind) else { return Ok(()) };
    let today = unit.today();
    let sold = rights::bought(unit, &[asset], right, today)?;
    let all = store::of_assets(unit, &[asset])?;
    let sales = all.iter().filter(|it| it.due.kind == ProceedsKind::Sale);
    let (mut lapsed, mut again, mut anew) = (Vec::new(), Vec::new(), Vec::new());
    for it in sales {
        let Some(payer) = it.due.payer_id else { continue };
        let of_it = |of: &&Bought| (of.case_id, of.from_id) == (Some(it.case_id), it.due.creditor_id);
        let share: BigRational = sold.iter().filter(of_it).map(|it| it.share.to_ratio()).sum();
        let moved = |from, to: Option<Id<kind::Party>>| {
            let days = move |of: &&Move| of.from_id == from && of.period.contains(it.due.since);
            moves.iter().copied().filter(days).filter(move |of| to.is_none_or(|to| of.to_id == to))
        };
        if share.is_zero() {
            continue;
        }
        if it.lapsed {
            let back: BigRational =
                moved(it.due.creditor_id, Some(payer)).map(|of| of.share.to_ratio()).sum();
            if back >= share {
                again.push(it);
            }
        } else if moved(payer, None).next().is_some() {
            lapsed.push(it);
            anew.extend(owed_instead(it, &share, moved(payer, None)));
        }
    }
    say_lapsed(unit, actor, asset, (&lapsed, true))?;
    say_lapsed(unit, actor, asset, (&again, false))?;
    for (case, region, due) in anew {
        record(unit, actor, (case, region), &[due])?;
    }
    settle(unit, &[asset])
}

/// Who owes what of a price, where a correction moved some of what was sold for it.
fn owed_instead<'a>(
    it: &Proceeds,
    sold: &BigRational,
    moved: impl Iterator<Item = &'a Move>,
) -> Vec<(Id<kind::Case>, RegionCode, NewProceeds)> {
    let mut parts = BTreeMap::<Option<Id<kind::Party>>, BigRational>::new();
    let mut left = sold.clone();
    for of in moved {
        let share = of.share.to_ratio().min(left.clone());
        left -= &share;
        *parts.entry(Some(of.to_id)).or_insert_with(BigRational::zero) += share;
    }
    *parts.entry(it.due.payer_id).or_insert_with(BigRational::zero) += left;
    let claims: Vec<_> = parts
        .into_iter()
        .filter(|(_, weight)| !weight.is_zero())
        .map(|(key, weight)| {
            let whose = key.map_or(it.id.uuid(), |party| party.uuid());
            Claim { key, weight, tie: allotment::tie(b"proceeds", whose.as_bytes()) }
        })
        .collect();
    let owed = allotment::allot(it.due.amount, &claims).unwrap_or_default().into_iter();
    // What goes back to whoever sold it was never sold.
    owed.filter(|(payer, amount)| *payer != Some(it.due.creditor_id) && !amount.is_zero())
        .map(|(payer_id, amount)| {
            (it.case_id, it.due.region_code, NewProceeds { payer_id, amount, ..it.due.clone() })
        })
        .collect()
}

/// Proceeds of a scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Proceeds>, MoneyError> {
    caller.permit(Permission::MoneyRead)?;
    Ok(store::list(unit, scope, wanted, limit)?)
}

/// What a case brought; few, since a case has few lots.
pub fn of_case(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Vec<Proceeds>, StorageError> {
    store::of_case(unit, case)
}

/// What some parties owe some others and fell due up to a day. One statement.
pub fn owed_by(
    unit: &mut Read<'_>,
    payers: &[Id<kind::Party>],
    creditors: &[Id<kind::Party>],
    on: NaiveDate,
) -> Result<Vec<Proceeds>, StorageError> {
    store::owed_by(unit, payers, creditors, on)
}

/// The open proceeds that a party owes or is owed; at most a number of them.
pub fn left_of(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Proceeds>>, StorageError> {
    store::left_of(unit, party, limit)
}
