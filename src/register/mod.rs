//! The register: regions, parties, projects, documents, assets, and the three rights in them over time.

pub mod codes;
mod columns;
pub mod identifiers;
pub mod rights;
