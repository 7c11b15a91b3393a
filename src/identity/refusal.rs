//! Refusals: what every command and query may meet, and beside it the reasons of its own room.

use crate::{
    identity::Denied,
    storage::{Failure, StorageError},
    values::Faults,
};

/// Why something was refused. `Reason` is what the room itself refuses by, and alone needs words in its wing.
#[derive(Debug, thiserror::Error)]
pub enum Refusal<Reason> {
    /// By a rule of the room.
    #[error(transparent)]
    Because(Reason),
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl<Reason> Refusal<Reason> {
    /// Two things that were judged one by one, or why not: all bad fields of both at once, and those before what a room
    /// refuses by.
    ///
    /// # Errors
    /// What refuses either.
    pub fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(failed @ (Self::Storage(_) | Self::Denied(_))), _)
            | (_, Err(failed @ (Self::Storage(_) | Self::Denied(_)))) => Err(failed),
            (Err(Self::Invalid(one)), Err(Self::Invalid(other))) => Err(Self::Invalid(one.and(other))),
            (Err(Self::Invalid(faults)), _) | (_, Err(Self::Invalid(faults))) => Err(Self::Invalid(faults)),
            (Err(refused), _) | (_, Err(refused)) => Err(refused),
        }
    }

    /// The same refusal, where another room puts its reason in terms of its own.
    pub fn map<Other>(self, put: impl FnOnce(Reason) -> Other) -> Refusal<Other> {
        match self {
            Self::Because(reason) => Refusal::Because(put(reason)),
            Self::Invalid(faults) => Refusal::Invalid(faults),
            Self::Denied(denied) => Refusal::Denied(denied),
            Self::Storage(error) => Refusal::Storage(error),
        }
    }
}

impl<Reason: Send + 'static> Failure for Refusal<Reason> {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Because(_) | Self::Invalid(_) | Self::Denied(_) => None,
        }
    }
}

/// Makes a refusal of a room's reason, and of what the reason itself is made from.
macro_rules! reason {
    ($reason:ty $(, $inner:ty)*) => {
        impl From<$reason> for $crate::identity::Refusal<$reason> {
            fn from(reason: $reason) -> Self {
                Self::Because(reason)
            }
        }

        $(impl From<$inner> for $crate::identity::Refusal<$reason> {
            fn from(inner: $inner) -> Self {
                Self::Because(inner.into())
            }
        })*
    };
}
pub(crate) use reason;

/// Takes what another room refuses over as a refusal of this room, whose reason is made from the other's.
macro_rules! takes_over {
    ($inner:ty => $reason:ty) => {
        impl From<$crate::identity::Refusal<$inner>> for $crate::identity::Refusal<$reason> {
            fn from(refusal: $crate::identity::Refusal<$inner>) -> Self {
                refusal.map(Into::into)
            }
        }
    };
}
pub(crate) use takes_over;
