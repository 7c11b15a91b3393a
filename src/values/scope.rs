//! Scopes: the part of the register that somebody may see.

use crate::values::RegionCode;

/// A region and everything under it, or the whole register. Every query of a room is confined to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(Option<RegionCode>);

impl Scope {
    /// The whole register.
    pub const WHOLE: Self = Self(None);

    /// A region and everything under it.
    pub const fn of(region: RegionCode) -> Self {
        Self(Some(region))
    }

    /// The region that the scope ends at; none for the whole register.
    pub const fn region(&self) -> Option<RegionCode> {
        self.0
    }

    /// The least region code inside, as text, for a range query.
    pub fn first(&self) -> String {
        self.0.map_or_else(|| "000000000000".to_owned(), |it| it.first())
    }

    /// The greatest region code inside, as text, for a range query.
    pub fn last(&self) -> String {
        self.0.map_or_else(|| "999999999999".to_owned(), |it| it.last())
    }

    /// The codes of the regions around, and of none in particular: everybody inside may see what belongs to them.
    pub fn around(&self) -> Vec<String> {
        let around = std::iter::successors(self.0.and_then(|it| it.parent()), RegionCode::parent);
        around.map(|it| it.to_string()).chain(["000000000000".to_owned()]).collect()
    }

    /// Whether a region lies inside.
    pub fn covers(&self, region: &RegionCode) -> bool {
        self.0.is_none_or(|it| it.covers(region))
    }

    /// This scope, confined further to a region that was asked for; none where the two do not meet.
    pub fn within(&self, asked: Option<RegionCode>) -> Option<Self> {
        match (self.0, asked) {
            (_, None) => Some(*self),
            (None, Some(asked)) => Some(Self::of(asked)),
            (Some(own), Some(asked)) if own.covers(&asked) => Some(Self::of(asked)),
            (Some(own), Some(asked)) if asked.covers(&own) => Some(*self),
            _ => None,
        }
    }
}
