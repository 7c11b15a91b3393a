//! Pictures, pages and exchange formats: what an answer looks like where it is no plain JSON of a wing.

pub(in crate::http) mod bods;
pub(in crate::http) mod certificate_sheet;
pub(in crate::http) mod chain_picture;
