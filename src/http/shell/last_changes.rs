//! Where in the journal a resource changed last: the `Journal-Index` of an answer.
//!
//! It is a header and no field, since an entry gets its index only once it is sealed: the same version of a resource would
//! have two contents, and its strong `ETag` would be wrong.

use moka::sync::Cache;

use crate::{
    http::shell::answer::Resource,
    journal::{self, Known},
    storage::{Read, StorageError},
    values::{Id, id::kind},
};

/// A cache: the index of the entry that made a version of a resource never changes.
#[derive(Debug, Clone)]
pub(crate) struct LastChanges(Cache<(Id<kind::Subject>, i64), i64>);

/// How many versions are remembered.
const REMEMBERED: u64 = 100_000;

impl Default for LastChanges {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl LastChanges {
    /// The index of the entry that last changed a resource, where that is known without asking: the inner none is for what
    /// the journal does not follow as such.
    pub(crate) fn remembered(&self, resource: &impl Resource) -> Option<Option<i64>> {
        let Some(subject) = resource.subject() else { return Some(None) };
        self.0.get(&(subject, resource.version()?)).map(Some)
    }

    /// The index of the entry that last changed a resource, as it is answered; none until that entry is sealed, and for
    /// what the journal does not follow as such.
    pub(crate) fn of(
        &self,
        unit: &mut Read<'_>,
        resource: &impl Resource,
        known: Known,
    ) -> Result<Option<i64>, StorageError> {
        if let Some(index) = self.remembered(resource) {
            return Ok(index);
        }
        let Some(subject) = resource.subject() else { return Ok(None) };
        let version = resource.version().map(|it| (subject, it));
        let index = journal::last_change(unit, subject, known)?;
        if let (Some(version), Some(index)) = (version, index) {
            self.0.insert(version, index);
        }
        Ok(index)
    }
}
