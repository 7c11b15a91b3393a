//! Sanquan (三权), floor by floor. Every import runs downwards.

pub mod values;
