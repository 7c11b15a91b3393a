//! Acts that go through a case and are checked for asset loss.
//!
//! What is asked for implements [`Act`]; each kind of act is a folder with what is asked, what it comes to and how it is
//! carried out. [`draft`] opens the case of any act and [`decide`] takes a step in it. The rules run when an act is drafted,
//! at every step, and again inside the executing transaction, so a stale pass is worth nothing.

mod act;
pub mod alterations;
pub mod corrections;
pub mod distributions;
mod error;
pub mod grounds;
mod named;
mod noticed;
pub mod registrations;
mod rivals;
pub mod transfers;

pub use act::{Act, Checked, Decided, Looked, Occasion, as_needed_now, check, decide, draft, findings_of};
pub use error::{ActError, Difference};
pub use noticed::Terms;
