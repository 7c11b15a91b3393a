//! What is asked of a contract that is put on record by itself: as it comes in; and its papers, as they are kept with it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::{asked::RecordedLate, transfers::asked::DueRequest},
    cases::decision::{CollectiveDecisionInput, DecisionInput, Decisions},
    money::contracts::OldContract,
    values::{Faults, Id, id::kind, period::PeriodInput},
};

/// A contract that was made before the register. It moves no right, and so it has to stand under one: where whoever rents by it
/// has no management on record, that is a finding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ContractRequest {
    /// What is let.
    #[schema(min_items = 1, max_items = 200, value_type = Vec<uuid::Uuid>)]
    pub asset_ids: Vec<Id<kind::Asset>>,
    /// Who lets.
    #[schema(value_type = uuid::Uuid)]
    pub lessor_id: Id<kind::Party>,
    /// Who rents.
    #[schema(value_type = uuid::Uuid)]
    pub lessee_id: Id<kind::Party>,
    /// For how long.
    pub term: PeriodInput,
    /// What falls due, and when.
    #[schema(min_items = 1, max_items = 1200)]
    pub schedule: Vec<DueRequest>,
    /// What the letting collective decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// Why it is entered long after its day, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_late: Option<RecordedLate>,
    /// Source documents: the contract itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a household that lets consents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}

impl ContractRequest {
    /// What was agreed.
    ///
    /// # Errors
    /// A term outside the calendar, or that ends before it begins.
    pub fn agreed(&self) -> Result<OldContract, Faults> {
        Ok(OldContract {
            lessor_id: self.lessor_id,
            lessee_id: self.lessee_id,
            asset_ids: self.asset_ids.clone(),
            term: self.term.parse("/term")?,
            dues: self.schedule.iter().map(|it| (it.due_on, it.amount_fen)).collect(),
        })
    }

    /// What it comes with.
    pub fn papers(&self) -> ContractPapers {
        ContractPapers {
            decision: self.decision,
            decisions: self.decisions.clone(),
            recorded_late: self.recorded_late.clone(),
            documents: self.documents.clone(),
            owner_consent_id: self.owner_consent_id,
        }
    }
}

/// What a contract came with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ContractPapers {
    /// What the letting collective decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// Why it was entered long after its day, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_late: Option<RecordedLate>,
    /// Source documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a household that lets consented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}

impl ContractPapers {
    /// What the villages decided.
    pub fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }
}
