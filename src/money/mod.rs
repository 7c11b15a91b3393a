//! Money: accounts and the double-entry ledger, contracts, receipts and payments, and how income is divided.

pub mod accounts;
mod accounts_store;
pub mod allotment;
pub mod chart;
pub mod ledger;
mod ledger_store;
pub mod receipts;
mod receipts_store;
