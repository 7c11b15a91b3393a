//! The ground floor: small values that mean the same on every floor of the house.
//!
//! A value here cannot hold nonsense: it is made by a constructor that refuses, and its published schema says what that
//! takes. Whoever gives one, over HTTP, on the command line or in a file, is refused the same. It knows neither the
//! database nor HTTP; `storage::sql` says how each one is stored.

mod change;
mod closed_enum;
pub mod codes;
pub mod fault;
pub mod fen;
mod folded;
pub mod id;
pub mod numbers;
pub mod period;
pub mod region_code;
mod scope;
pub mod share;
pub mod words;

pub use change::{Change, Seen};
pub use codes::{Category, Quantity, UseCode, Username};
pub use fault::{Fault, Faults, Reason};
pub use fen::Fen;
pub use folded::Folded;
pub use id::Id;
pub use numbers::{BasisPoints, Days, Months, ProjectYear};
pub use period::{Period, Validity};
pub use region_code::{RegionCode, RegionLevel};
pub use scope::Scope;
pub use share::Share;
pub use words::{
    AlterationReason, Comment, Contact, CorrectionReason, DelegationReason, Duties, FileName, LateReason,
    Location, Name, NoticePlace, OverrideReason, ProjectCode, RegionName, ReversalReason, SearchText,
    Specification, Statement, TradeReference, Unit, Words,
};

pub(crate) use closed_enum::closed_enum;
