//! The face of the registry: the shell that every wing uses, and one wing for each room.
//!
//! A handler parses, calls one command or query, and renders. Status codes, languages, tokens, retries and pages are
//! the shell's; what is allowed and what is right is decided below.

mod act;
mod answer;
pub mod app;
mod ask;
mod authentication;
mod body;
mod language;
mod last_changes;
mod limits;
mod metrics;
mod negotiation;
mod openapi;
mod paging;
mod parameters;
mod problem;
mod published;
mod registry;
mod route;
mod routes;
mod texts;

mod cases;
mod identity;
mod journal;
mod maintenance;
mod money;
mod register;
mod system;

pub use app::{Server, serve};
pub use openapi::{document, text as document_text};
pub use registry::{HttpSettings, Registry};
