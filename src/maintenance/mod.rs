//! Who keeps assets in repair.

pub mod assignments;
