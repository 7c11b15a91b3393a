//! What is asked of a correction: as it comes in, and as it is kept with its case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::{asked::RecordedLate, registrations::asked::AllocationRequest},
    cases::decision::{CollectiveDecisionInput, DecisionInput},
    register::codes::RightKind,
    values::{CorrectionReason, Id, id::kind},
};

/// A correction: who should have been said to hold a right from a day on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights was recorded wrongly.
    pub right: RightKind,
    /// The first day for which it was.
    #[schema(example = "2021-08-01")]
    pub effective_on: NaiveDate,
    /// The first day for which it was not any more; absent where there is none. For ownership it is the day from which others are
    /// on record as owners, that of the first registration for days before it: from then on everything stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-08-01")]
    pub until: Option<NaiveDate>,
    /// Who held it in truth, owners with whom it rested included; the shares sum to exactly 1.
    #[schema(min_items = 1, max_items = 500)]
    pub holders: Vec<AllocationRequest>,
    /// What was wrong. It goes to the journal, so it must name nobody.
    pub reason: CorrectionReason,
    /// Source documents, at least one.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the collective that loses by it decided; of days before the first registration, the one that owns the asset since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// Why it is entered long after its day, where it is; a correction is made on the day on which it is executed, and
    /// judged by the policy of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_late: Option<RecordedLate>,
    /// The case that this asks for anew: of the same kind, and rejected or withdrawn. The new case shows what is asked otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resubmits: Option<Id<kind::Case>>,
    /// The document by which a household consents to losing what it was said to hold, or confirms who owned before it what it owns
    /// since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}
