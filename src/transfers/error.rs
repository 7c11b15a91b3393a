//! Why an act that goes through a case was refused.

use crate::{
    cases::{CaseError, StepRefused},
    identity::Denied,
    money::{contracts::ContractError, distributions::DistributionError},
    register::rights::{RecordError, RightsError},
    storage::{Failure, StorageError},
    transfers::finding::Finding,
    values::Faults,
};

/// Why an act was refused.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The shares that are asked for do not fit the rights, or each other.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The asset has its first registration already.
    #[error("the asset is registered already")]
    AlreadyRegistered,
    /// The asset was not registered by the day.
    #[error("the asset is not registered by the day")]
    NotRegistered,
    /// What is to be corrected says already what it should.
    #[error("there is nothing to correct")]
    NothingToCorrect,
    /// The loss rules block it.
    #[error("the loss rules block it")]
    Blocked(Vec<Finding>),
    /// The case does not allow it.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The distribution cannot be.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// The contract of a lease cannot be.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for ActError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Case(error) => error.storage(),
            Self::Distribution(error) => error.storage(),
            Self::Contract(error) => error.storage(),
            _ => None,
        }
    }
}

impl From<StepRefused> for ActError {
    fn from(refused: StepRefused) -> Self {
        Self::Case(refused.into())
    }
}

impl From<RecordError> for ActError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NotFound => Self::Case(CaseError::NotFound),
            RecordError::AlreadyRegistered => Self::AlreadyRegistered,
            RecordError::Rights(error) => Self::Rights(error),
            RecordError::Denied(denied) => Self::Denied(denied),
            RecordError::Storage(error) => Self::Storage(error),
        }
    }
}
