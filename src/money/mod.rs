//! Money: accounts and the double-entry ledger, contracts, receipts, payments, and how income is divided.

pub mod accounts;
pub mod allotment;
pub mod contracts;
pub mod distributions;
pub mod ledger;
pub mod payments;
pub mod proceeds;
pub mod receipts;
mod reversal;

use ledger::LedgerRefused;
pub use reversal::Reversal;

use crate::{
    identity::{Refusal, reason, takes_over},
    values::{Id, id::kind},
};

/// The keys of the policy that this room reads.
pub const POLICY_KEYS_READ: &[&str] = &["forbidden_uses", "receipt_ceiling_fen", "set_asides", "uses"];

/// Why a command on money was refused.
#[derive(Debug, thiserror::Error)]
pub enum MoneyRefused {
    /// Nothing of that id in the caller's region.
    #[error("no such account or receipt")]
    NotFound,
    /// Nobody owns the asset on the day, so there is nobody to book proceeds to.
    #[error("the asset has no owner on the day")]
    NoOwner,
    /// The account is not one that somebody spends from.
    #[error("the account is not a party's")]
    NotOfAParty,
    /// The account keeps what others are due, and nothing is spent from it.
    #[error("the account keeps what others are due")]
    Unclaimed,
    /// The party whose account it is is there no more; what it holds goes to whoever succeeds it alone, if anybody does.
    #[error("whose account it is is there no more")]
    OwnerGone(Option<Id<kind::Party>>),
    /// Booked back, it would be owed again by somebody who is there no more, and whose place nobody takes.
    #[error("{party} would owe it again under contract {contract}, and is there no more")]
    DebtorGone {
        /// Under which contract.
        contract: Id<kind::Contract>,
        /// Who would owe it.
        party: Id<kind::Party>,
    },
    /// The receipt was distributed already.
    #[error("the receipt was distributed already")]
    Distributed,
    /// The asset should not have been recorded, and is void.
    #[error("the asset is void")]
    Void,
    /// The policy in force forbids the use (rule L38).
    #[error("the use {0} is forbidden")]
    ForbiddenUse(String),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerRefused),
}

/// Why it was refused, or why it failed.
pub type MoneyError = Refusal<MoneyRefused>;

reason!(MoneyRefused);
takes_over!(LedgerRefused => MoneyRefused);
