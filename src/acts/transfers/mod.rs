//! Transfers of shares of one of the three rights.

pub mod asked;
