//! Sanquan (三权), floor by floor. Every import runs downwards.

pub mod cases;
pub mod http;
pub mod identity;
pub mod journal;
pub mod money;
pub mod register;
pub mod storage;
pub mod values;
