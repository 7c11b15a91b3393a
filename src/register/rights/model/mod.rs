//! What the three rights in one asset are over time, and what happens to them when a share moves. Pure.
//!
//! Ownership is always on record in full. Management and income are on record as far as they were granted; the rest
//! rests with the owners and comes back to them when a grant ends. So on every day each right has holders whose shares
//! sum to exactly 1.
//!
//! `held` works out who holds what on a day, `moved` what an act changes, `laws` what must hold once it is recorded.

mod held;
mod laws;
mod moved;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

pub use held::{
    Part, division, farthest_from_whole, grows, held, holders, holders_over, least_held, next_owners,
};
pub use laws::{after, foreseen, lawful, owned_days, owned_days_after};
pub(super) use moved::remaining;
pub use moved::{hands, lets_to, moved, put_right, restated};

use crate::{
    register::codes::RightKind,
    values::{Id, Period, Reason, Share, id::kind, share::Total},
};

/// A right on record: a holder's share of one of the three rights in an asset, for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The row.
    pub id: Id<kind::Right>,
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who holds it.
    pub holder_id: Id<kind::Party>,
    /// The owner out of whose part it was granted; none for ownership, and for a grant by all owners pro rata.
    pub grantor_id: Option<Id<kind::Party>>,
    /// The parties through whose hands it came, the owner's grantee first: a sublease came through its lessor's. It ends
    /// with what each of them was granted. Empty for ownership, and for what an owner granted itself.
    pub through: Vec<Id<kind::Party>>,
    /// How much of it.
    pub share: Share,
    /// The days on which it holds.
    pub period: Period,
    /// The act that began it.
    pub begun_by: Id<kind::Instrument>,
    /// The act that ended it before its time.
    pub ended_by: Option<Id<kind::Instrument>>,
}

/// A right to be put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRight {
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who will hold it.
    pub holder_id: Id<kind::Party>,
    /// The owner out of whose part it is granted.
    pub grantor_id: Option<Id<kind::Party>>,
    /// The parties through whose hands it comes.
    pub through: Vec<Id<kind::Party>>,
    /// How much of it.
    pub share: Share,
    /// The days on which it will hold.
    pub period: Period,
    /// The act that began it; none for the act that is being recorded.
    pub begun_by: Option<Id<kind::Instrument>>,
    /// Whether the act that is being recorded ends it.
    pub ended_by: EndedBy,
}

/// Which act ended a right before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// None: it runs for its period.
    Nothing,
    /// An act on record.
    Earlier(Id<kind::Instrument>),
    /// The act that is being recorded.
    ThisAct,
}

/// What recording an act changes: rows whose recorded interval closes, and rows that open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Rows that are no longer what the register says.
    pub close: Vec<Id<kind::Right>>,
    /// Rows that the register says instead.
    pub open: Vec<NewRight>,
    /// What the act does to the days on which the asset is owned.
    pub owned: Owned,
}

/// What an act does to the days on which an asset is owned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Owned {
    /// Nothing: whoever gives, somebody has.
    #[default]
    AsBefore,
    /// It is owned on more days, in their order: those from its first registration on, or from its restoration on.
    Also(Vec<Period>),
    /// It is owned no longer from a day on.
    Until(NaiveDate),
}

/// A share that moves from one party to another for a period; open-ended when it is for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which of the three rights.
    pub kind: RightKind,
    /// Who gives.
    pub from_id: Id<kind::Party>,
    /// Who receives.
    pub to_id: Id<kind::Party>,
    /// How much of the whole right.
    pub share: Share,
    /// For which days.
    pub period: Period,
}

/// What a party holds of a right on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub holder_id: Id<kind::Party>,
    /// How much of the whole right.
    pub share: Share,
    /// The days around it on which it is held like this.
    pub period: Period,
    /// Whether it rests with an owner because nobody else was granted it.
    pub residual: bool,
}

/// Why rights cannot be as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// The giver holds less than is to be moved, on some day of the period.
    #[error("{holder} holds {held} of {kind} on {on}, less than {wanted}")]
    Insufficient {
        /// The giver.
        holder: Id<kind::Party>,
        /// The right.
        kind: RightKind,
        /// A day on which it is not enough.
        on: NaiveDate,
        /// What is held then.
        held: Total,
        /// What should move.
        wanted: Share,
    },
    /// Shares sum to more than the whole.
    #[error("the shares of {kind} sum to {sum}")]
    Exceeded {
        /// The right.
        kind: RightKind,
        /// The sum.
        sum: Total,
    },
    /// The shares of ownership do not sum to the whole.
    #[error("the shares of ownership sum to {sum}")]
    NotWhole {
        /// The sum.
        sum: Total,
    },
    /// The party has no grant of the right that could end.
    #[error("{holder} was granted no {kind} that holds on {on} or later")]
    NoGrant {
        /// The party.
        holder: Id<kind::Party>,
        /// The right.
        kind: RightKind,
        /// The day on which it should end.
        on: NaiveDate,
    },
    /// A right would hold on days on which nobody owns the asset.
    #[error("{kind} would hold from {on} on, when nobody owns the asset")]
    Unowned {
        /// The right.
        kind: RightKind,
        /// The first day of the right.
        on: NaiveDate,
    },
    /// A share would no longer fit in 64-bit numbers.
    #[error("a share would be too fine")]
    TooFine,
}

impl From<Reason> for RightsError {
    /// Arithmetic on shares that are known to fit leaves one way to fail.
    fn from(_: Reason) -> Self {
        Self::TooFine
    }
}
