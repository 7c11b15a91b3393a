//! Sanquan (三权), floor by floor. Every import runs downwards.

pub mod identity;
pub mod journal;
pub mod storage;
pub mod values;
