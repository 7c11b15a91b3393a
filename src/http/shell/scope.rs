//! The scope of what is asked for.

use crate::{
    http::shell::problem::{Code, Problem},
    identity::Denied,
    values::{RegionCode, Scope},
};

/// A scope, the caller's own, confined to the region that was asked for.
pub(crate) fn confined(scope: &Scope, region: Option<RegionCode>) -> Result<Scope, Problem> {
    scope.within(region).ok_or_else(|| match region {
        Some(region) => Denied::OutOfScope(region).into(),
        None => Problem::new(Code::OutOfScope),
    })
}
