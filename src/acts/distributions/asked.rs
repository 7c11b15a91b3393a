//! What is asked of a distribution: as it comes in, and as it is kept with its case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::asked::RecordedLate,
    cases::decision::{CollectiveDecisionInput, DecisionInput},
    money::distributions::UseShare,
    values::{Id, id::kind, period::ClosedPeriodInput},
};

/// A distribution of income.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DistributionRequest {
    /// The assets whose income is divided.
    #[schema(min_items = 1, max_items = 500, value_type = Vec<uuid::Uuid>)]
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// The period, with its end: receipts whose own period lies within it are divided.
    pub period: ClosedPeriodInput,
    /// The uses of each party's part, by party; shares of one party sum to 1. A party that is not named gets the least
    /// parts of the policy and leaves the rest undistributed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<uuid::Uuid, Vec<UseShare>>)]
    pub uses: BTreeMap<Id<kind::Party>, Vec<UseShare>>,
    /// What the collective that owns the assets decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// Why it is entered long after its day, where it is; income is distributed on the day on which that is executed, and by
    /// the policy of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_late: Option<RecordedLate>,
    /// The case that this asks for anew: of the same kind, and rejected or withdrawn. The new case shows what is asked otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resubmits: Option<Id<kind::Case>>,
    /// Source documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a household consents to the distribution of its asset's income.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}
