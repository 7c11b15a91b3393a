//! The face of the registry: the shell that every wing uses, and one wing for each room.
//!
//! A handler parses, calls one command or query, and renders. Status codes, languages, tokens, retries and pages are
//! the shell's; what is allowed and what is right is decided below.

mod render;
mod server;
mod shell;
mod wings;

pub use server::{
    life::{Server, serve},
    openapi::{document, text as document_text},
};
pub use shell::registry::{HttpSettings, Pace, Registry};
