//! What is asked of a first registration: as it comes in, and as it is kept with its case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::{asked::RecordedLate, transfers::asked::DueRequest},
    cases::decision::{CollectiveDecisionInput, DecisionInput},
    values::{Fen, Id, Share, id::kind, period::PeriodInput},
};

/// The first registration of the rights in an asset.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RegistrationRequest {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub asset_id: Id<kind::Asset>,
    /// The day from which it works.
    #[schema(example = "2021-08-01")]
    pub effective_on: NaiveDate,
    /// The owners; their shares sum to exactly 1.
    #[schema(min_items = 1, max_items = 500)]
    pub ownership: Vec<AllocationRequest>,
    /// Who else runs it; what is not granted rests with the owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub management: Vec<GrantRequest>,
    /// Who else is paid by it; what is not granted rests with the owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub income: Vec<GrantRequest>,
    /// Source documents.
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the village decided; it confirms what was, and so may be later than the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// Why it is entered long after its day, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_late: Option<RecordedLate>,
    /// The case that this asks for anew: of the same kind, and rejected or withdrawn. The new case shows what is asked otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resubmits: Option<Id<kind::Case>>,
    /// The document by which a household consents to others holding its asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}

/// A right that was granted to somebody before the asset is registered: a standing lease.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    pub holder_id: Id<kind::Party>,
    /// How much of the whole right.
    pub share: Share,
    /// For how long it was granted, as it was agreed: it may have begun before the asset is registered. Absent where it has no
    /// end. A lease that was over by the day is recorded at `POST /v1/contracts`, one that begins later at `POST /v1/transfers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<PeriodInput>,
    /// The contract of a standing lease: what falls due under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<StandingContract>,
}

/// The contract of a lease that stands when the asset is registered. The owner with the largest share lets, of equal ones the first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingContract {
    /// What falls due, and when, over the whole term.
    #[schema(min_items = 1, max_items = 1200)]
    pub schedule: Vec<DueRequest>,
}

impl StandingContract {
    /// What falls due, and when.
    pub fn dues(&self) -> Vec<(NaiveDate, Fen)> {
        self.schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect()
    }
}

/// A holder and its share.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationRequest {
    /// Who holds.
    #[schema(value_type = uuid::Uuid)]
    pub holder_id: Id<kind::Party>,
    /// How much of the whole right.
    pub share: Share,
}
