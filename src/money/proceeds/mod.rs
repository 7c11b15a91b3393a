//! Proceeds: what a sale by the state or a collective, or a disposal of what is theirs, brings: it falls due on a day, and is
//! settled by what comes in for the asset.
//!
//! What came in is not said of them but follows from receipts: whoever pays settles what it owes for the asset first, and whoever
//! owes nothing for it pays for others. A receipt that is reversed settles nothing any more. What stands in `received_fen` is
//! computed anew whenever a receipt for the asset is booked or reversed, under the lock of the asset.

mod settling;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Permission},
    journal::{self, Action, Actor, Record},
    money::MoneyError,
    storage::{Read, StorageError, Write},
    values::{Fen, Id, RegionCode, Scope, closed_enum, id::kind},
};

/// What falls due for an asset that was sold or disposed of.
const FELL_DUE: Action = Action::named("proceeds_due");

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
    for (proceeds, received) in settling::settled(&standing, &paid) {
        if proceeds.received != received {
            store::receive(unit, proceeds.id, received)?;
        }
    }
    Ok(())
}

/// What a disposal of an asset brought is owed no longer: it was undone.
pub fn lapse_of_disposal(unit: &mut Write<'_>, asset: Id<kind::Asset>) -> Result<(), StorageError> {
    store::lapse(unit, asset, Some(ProceedsKind::Disposal))
}

/// Says anew of each sale of an asset whether its price is owed: what a correction took back never moved, and is not paid for.
/// `holds` says whether a party holds anything in the asset on the day of the sale, as is known now. The asset is locked.
pub fn follow_title(
    unit: &mut Write<'_>,
    asset: Id<kind::Asset>,
    holds: impl Fn(Id<kind::Party>, NaiveDate) -> bool,
) -> Result<(), StorageError> {
    for it in store::sales_of(unit, asset)? {
        let lapsed = it.due.payer_id.is_some_and(|payer| !holds(payer, it.due.since));
        if lapsed != it.lapsed {
            store::say_lapsed(unit, it.id, lapsed)?;
        }
    }
    settle(unit, &[asset])
}

/// Nothing is owed for an asset any longer: it should not have been recorded.
pub fn lapse_all(unit: &mut Write<'_>, asset: Id<kind::Asset>) -> Result<(), StorageError> {
    store::lapse(unit, asset, None)
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
