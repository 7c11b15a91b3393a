//! Why something on record is corrected or made void.

use serde_json::{Map, Value, json};

use crate::values::{CorrectionReason, Id, id::kind};

/// Why, and by what, something on record is corrected or made void.
#[derive(Debug, Clone, Copy)]
pub struct Because<'a> {
    /// What was wrong; it goes to the journal and names nobody.
    pub reason: &'a CorrectionReason,
    /// The case that decided it; none where whoever recorded it put it right at once.
    pub case_id: Option<Id<kind::Case>>,
    /// The papers that show it.
    pub documents: &'a [Id<kind::Document>],
}

impl Because<'_> {
    /// What the entry tells of it.
    pub(crate) fn told(&self) -> Map<String, Value> {
        let members = [
            ("reason", json!(self.reason)),
            ("case_id", json!(self.case_id)),
            ("documents", json!(self.documents)),
        ];
        members.into_iter().map(|(name, it)| (name.to_owned(), it)).collect()
    }
}
