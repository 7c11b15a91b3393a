//! Preventing loss: what an act would do, as facts; the rules that look at facts; what they find.
//!
//! Everything here is pure: no connection, no clock, no names. Rooms above load the facts and act upon the
//! findings.

pub mod around;
pub mod check;
pub mod facts;
pub mod finding;
pub mod rules;
pub mod sentence;
pub mod worth;
