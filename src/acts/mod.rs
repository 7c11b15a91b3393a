//! Acts that go through a case and are checked for asset loss.
//!
//! What is asked for implements [`Act`]; each kind of act is a folder with what is asked, what it comes to and how it is
//! carried out. [`draft`] opens the case of any act and [`decide`] takes a step in it. The rules run when an act is drafted,
//! at every step, and again inside the executing transaction, so a stale pass is worth nothing.

mod act;
pub mod alterations;
pub mod amendments;
pub mod asked;
pub mod contracts;
pub mod corrections;
pub mod departures;
pub mod distributions;
pub mod encumbrances;
mod error;
mod giving_back;
pub mod grounds;
mod leases;
mod named;
mod names;
mod noticed;
pub mod paper_notices;
mod papers;
pub mod policy_readers;
pub mod registrations;
pub mod relations;
mod restated;
mod rivals;
pub mod simulation;
pub mod taken_back;
pub mod transfers;

pub use act::{
    Act, AskedStep, Checked, Decided, Looked, Occasion, Override, as_needed_now, check, decide, draft,
    findings_of,
};
pub use error::{ActError, ActRefused, Difference};
pub use names::names;
pub use noticed::{Terms, Untrue};
pub use policy_readers::policy_keys_read;

/// The keys of the policy that this room reads.
const POLICY_KEYS_READ: &[&str] = &["county_approval_above_fen", "late_entry_days"];
