//! The register: regions, parties, projects, documents, assets, and the three rights in them over time.

pub mod assets;
mod because;
pub mod certificates;
pub mod codes;
mod columns;
pub mod documents;
pub mod holdings;
pub mod land;
pub mod parties;
pub mod projects;
pub mod regions;
pub mod restrictions;
pub mod rights;

pub use because::Because;
