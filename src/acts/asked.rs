//! What is asked of a transfer, a registration, a distribution: as it comes in, and as it is kept with its case.
//!
//! One shape serves both, since a case must be able to show to the letter what was asked. What fields mean together is
//! checked where the facts are loaded.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    cases::decision::DecisionInput,
    money::distributions::UseShare,
    register::codes::RightKind,
    values::{
        Fen, Id, Share,
        id::kind,
        period::{ClosedPeriodInput, PeriodInput},
    },
};

/// A transfer of shares of one of the three rights. A sale moves ownership against a price; a lease moves management for
/// a term against a rent; what moves for a term comes back by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Which of the three rights moves.
    pub right: RightKind,
    /// What moves from whom to whom.
    #[schema(min_items = 1, max_items = 200)]
    pub lots: Vec<LotRequest>,
    /// What is given for it.
    pub consideration: ConsiderationRequest,
    /// Whom the money is paid to; absent for the givers themselves, each its part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub pay_to_id: Option<Id<kind::Party>>,
    /// The day from which it works.
    #[schema(example = "2025-07-01")]
    pub effective_on: NaiveDate,
    /// The term after which the right comes back; absent for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<PeriodInput>,
    /// The appraisal of what is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appraisal: Option<AppraisalRequest>,
    /// What the village decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// The trade on a property exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeRequest>,
    /// Source documents.
    #[serde(default)]
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a giving household consents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
    /// The documents by which holders of restrictions consent, by restriction.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<uuid::Uuid, uuid::Uuid>)]
    pub restriction_consents: BTreeMap<Id<kind::Restriction>, Id<kind::Document>>,
}

/// A share of an asset's right that moves.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LotRequest {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub asset_id: Id<kind::Asset>,
    /// Who gives.
    #[schema(value_type = uuid::Uuid)]
    pub from_id: Id<kind::Party>,
    /// Who receives.
    #[schema(value_type = uuid::Uuid)]
    pub to_id: Id<kind::Party>,
    /// How much of the whole right.
    pub share: Share,
}

/// What is given for what moves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConsiderationRequest {
    /// A sum of money.
    Price {
        /// The sum.
        amount_fen: Fen,
    },
    /// Payments over time.
    Rent {
        /// Each payment, in any order.
        #[schema(min_items = 1, max_items = 1200)]
        schedule: Vec<DueRequest>,
    },
    /// The same right in other assets.
    Swap {
        /// What comes back.
        #[schema(min_items = 1, max_items = 200)]
        lots: Vec<LotRequest>,
        /// The appraised value of what comes back, where it was appraised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appraised_fen: Option<Fen>,
    },
    /// Nothing.
    None {},
}

/// A payment that falls due.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueRequest {
    /// The day on which it falls due.
    #[schema(example = "2025-07-01")]
    pub due_on: NaiveDate,
    /// How much.
    #[schema(minimum = 1)]
    pub amount_fen: Fen,
}

/// An appraisal of what is given: for ownership its value, for management the rent of the whole term.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppraisalRequest {
    /// What it came to.
    pub value_fen: Fen,
    /// The day of which it speaks.
    #[schema(example = "2025-06-01")]
    pub appraised_on: NaiveDate,
    /// Who appraised.
    #[schema(value_type = uuid::Uuid)]
    pub appraiser_id: Id<kind::Party>,
    /// How many appraisers signed.
    #[schema(maximum = 100, example = 2)]
    pub signatures: u32,
    /// The report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub document_id: Option<Id<kind::Document>>,
}

/// A trade on a property exchange.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    /// The exchange.
    #[schema(min_length = 1, max_length = 200, example = "承德市农村产权交易中心")]
    pub platform: String,
    /// The reference of the trade there.
    #[schema(min_length = 1, max_length = 100, example = "CD-2025-0117")]
    pub reference: String,
    /// The day of the trade.
    #[schema(example = "2025-06-20")]
    pub traded_on: NaiveDate,
}

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
    pub management: Vec<AllocationRequest>,
    /// Who else is paid by it; what is not granted rests with the owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub income: Vec<AllocationRequest>,
    /// Source documents.
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the village decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// The document by which a household consents to others holding its asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
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
    /// The first day for which it was not any more; absent for ownership, and where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-08-01")]
    pub until: Option<NaiveDate>,
    /// Who held it in truth, owners with whom it rested included; the shares sum to exactly 1.
    #[schema(min_items = 1, max_items = 500)]
    pub holders: Vec<AllocationRequest>,
    /// What was wrong. It goes to the journal, so it must name nobody.
    #[schema(min_length = 1, max_length = 2000, example = "首次登记时份额录入有误，应各为二分之一")]
    pub reason: String,
    /// Source documents, at least one.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the village decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// The document by which a household consents to losing what it was said to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}

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
    /// What the village decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// Source documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a household consents to the distribution of its asset's income.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}
