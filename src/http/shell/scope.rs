//! The scope of what is asked for.

use crate::{
    http::shell::problem::{Code, Problem},
    values::{RegionCode, Scope},
};

/// A scope, the caller's own, confined to the region that was asked for.
pub(crate) fn confined(scope: &Scope, region: Option<RegionCode>) -> Result<Scope, Problem> {
    scope.within(region).ok_or_else(|| {
        let problem = Problem::new(Code::OutOfScope);
        match region {
            Some(region) => problem.with("region_code", region),
            None => problem,
        }
    })
}
