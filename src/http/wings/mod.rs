//! The wings: one for each room, with its operations, their bodies and answers, and the words of its refusals.

pub(in crate::http) mod cases;
pub(in crate::http) mod delegations;
pub(in crate::http) mod identity;
pub(in crate::http) mod journal;
pub(in crate::http) mod maintenance;
pub(in crate::http) mod money;
pub(in crate::http) mod register;
pub(in crate::http) mod system;
