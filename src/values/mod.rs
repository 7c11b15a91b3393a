//! The ground floor: small values that mean the same on every floor of the house.
//!
//! A value here cannot hold nonsense: it is made by a constructor that refuses. It knows neither the
//! database nor HTTP; `storage::types` says how each one is stored.

mod closed_enum;
pub mod fault;
pub mod fen;
pub mod id;
pub mod period;
pub mod region_code;
mod scope;
pub mod share;

pub use fault::{Fault, Faults, Reason};
pub use fen::Fen;
pub use id::Id;
pub use period::Period;
pub use region_code::{RegionCode, RegionLevel};
pub use scope::Scope;
pub use share::Share;

pub(crate) use closed_enum::closed_enum;
