//! The caller: who asks, with what roles, and how far they see.

use crate::{
    identity::{Permission, Role},
    journal::Actor,
    values::{Id, RegionCode, Scope, id::kind},
};

/// Who asks, as the registry knew them when their token was checked.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user_id: Id<kind::User>,
    /// The name under which the user signs in.
    pub username: String,
    /// What the user is.
    pub roles: Vec<Role>,
    /// How far the user sees.
    pub scope: Scope,
    /// The party for which the user works, whose cases the user cannot decide.
    pub party_id: Option<Id<kind::Party>>,
    /// The id of this request.
    pub request_id: Option<String>,
}

/// Why a caller was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// None of the caller's roles may do it.
    #[error("the permission {0} is needed")]
    Permission(Permission),
    /// It lies outside the region that the caller sees.
    #[error("outside the caller's region")]
    OutOfScope(RegionCode),
}

impl Caller {
    /// The scope in which the caller may do it.
    ///
    /// # Errors
    /// [`Denied::Permission`] when none of the caller's roles has the permission.
    pub fn permit(&self, permission: Permission) -> Result<Scope, Denied> {
        if self.may(permission) { Ok(self.scope) } else { Err(Denied::Permission(permission)) }
    }

    /// Like [`permit`](Self::permit), for something that is done in a given region.
    ///
    /// # Errors
    /// [`Denied::Permission`], and [`Denied::OutOfScope`] when the region is not the caller's.
    pub fn permit_in(&self, permission: Permission, region: &RegionCode) -> Result<Scope, Denied> {
        let scope = self.permit(permission)?;
        if scope.covers(region) { Ok(scope) } else { Err(Denied::OutOfScope(*region)) }
    }

    /// Whether one of the caller's roles has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// The caller, as the journal names them.
    pub fn actor(&self) -> Actor {
        Actor { user_id: Some(self.user_id), request_id: self.request_id.clone() }
    }
}
