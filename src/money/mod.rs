//! Money: what assets earn, and how it is divided.

pub mod allotment;
