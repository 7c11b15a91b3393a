//! The server: the list of the wings, the layers around them, the OpenAPI document, and the life of it all.

mod answers;
mod assembly;
mod components;
mod connections;
mod cors;
mod examples;
pub(in crate::http) mod life;
mod middleware;
pub(in crate::http) mod openapi;
mod page;
mod parts;
mod patience;
mod pipelining;
mod words;
