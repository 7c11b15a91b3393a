//! Faults as they are told: the first hundred of them, and how many more there are.

use crate::{
    http::shell::problem::{MOST_TOLD, Problem},
    values::{Fault, Faults},
};

/// Faults that were found so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    faults: Vec<Fault>,
    /// How many were found beyond those that are told.
    more: usize,
}

impl Told {
    /// Keeps a fault, or only counts it. What stands on the same place twice in a row is one.
    pub(super) fn push(&mut self, fault: Fault) {
        if self.faults.last() == Some(&fault) {
            return;
        }
        if self.faults.len() < MOST_TOLD {
            self.faults.push(fault);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Counts faults that are not told, whatever they are.
    pub(super) fn and_more(&mut self, count: usize) {
        self.more = self.more.saturating_add(count);
    }

    /// Whether the next fault would only be counted.
    pub(super) fn is_full(&self) -> bool {
        self.faults.len() >= MOST_TOLD
    }

    /// The faults that are told.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Ok where nothing was found.
    pub(super) fn none(self) -> Result<(), Problem> {
        let Self { faults, more } = self;
        Faults::none_of(faults).map_err(|faults| Problem::of_more(faults, more))
    }
}

impl Extend<Fault> for Told {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        for fault in faults {
            self.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Reason;

    #[test]
    fn what_is_not_told_is_counted() {
        let mut told = Told::default();
        for index in 0..MOST_TOLD + 5 {
            told.push(Fault::at(format!("/{index}"), Reason::Required));
        }
        told.and_more(7);
        assert_eq!((told.faults.len(), told.more, told.is_full()), (MOST_TOLD, 12, true));
    }
}
