//! What every wing uses: tokens, bodies, problems, pages, idempotency, limits, languages.

pub(in crate::http) mod act;
pub(in crate::http) mod answer;
pub(in crate::http) mod ask;
pub(in crate::http) mod authentication;
pub(in crate::http) mod body;
mod callers;
#[cfg(test)]
pub(in crate::http) mod chinese;
pub(in crate::http) mod codes;
mod counts;
pub(in crate::http) mod deadline;
pub(in crate::http) mod findings;
pub(in crate::http) mod hindrance;
mod json;
pub(in crate::http) mod language;
pub(in crate::http) mod last_changes;
pub(in crate::http) mod limits;
pub(in crate::http) mod listing;
pub(in crate::http) mod metrics;
pub(in crate::http) mod negotiation;
pub(in crate::http) mod operations;
pub(in crate::http) mod paging;
pub(in crate::http) mod parameters;
pub(in crate::http) mod pieces;
pub(in crate::http) mod problem;
#[cfg(test)]
mod problem_document;
pub(in crate::http) mod published;
pub(in crate::http) mod readiness;
pub(in crate::http) mod ready_made;
pub(in crate::http) mod registry;
pub(in crate::http) mod room;
pub(in crate::http) mod route;
pub(in crate::http) mod routes;
mod rules;
pub(in crate::http) mod scope;
pub(in crate::http) mod strangers;
pub(in crate::http) mod texts;
mod told;
pub(in crate::http) mod turns;
pub(in crate::http) mod vocabulary;
