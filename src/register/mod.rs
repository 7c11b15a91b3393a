//! The register: regions, parties, projects, documents, assets, and the three rights in them over time.

pub mod assets;
mod assets_store;
pub mod book_value;
pub mod certificates;
pub mod codes;
mod columns;
pub mod documents;
pub mod erasure;
pub mod holdings;
pub mod identifiers;
pub mod parties;
mod parties_store;
pub mod projects;
mod projects_store;
pub mod regions;
mod regions_store;
pub mod relations;
pub mod restrictions;
pub mod rights;
