//! What is asked of a transfer: as it comes in, and as it is kept with its case.
//!
//! One shape serves both, since a case must be able to show to the letter what was asked. What fields mean together is
//! checked where the facts are loaded.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::asked::RecordedLate,
    cases::decision::{CollectiveDecisionInput, DecisionInput},
    register::codes::{DealWay, RightKind},
    values::{
        Faults, Fen, Id, Name, Period, Share, TradeReference,
        id::kind,
        period::{PeriodInput, days_of_act},
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
    #[schema(min_items = 1, max_items = 500)]
    pub lots: Vec<LotRequest>,
    /// What is given for it.
    pub consideration: ConsiderationRequest,
    /// Whom the money is paid to; absent for the givers themselves, each its part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub pay_to_id: Option<Id<kind::Party>>,
    /// In what way ownership is given: an auction needs its auctioneer, or the trade on an exchange; a swap gives something back, a
    /// donation nothing, a sale and an auction a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<DealWay>,
    /// The day on which a price falls due that the state or a collective is paid; by the policy (`proceeds_due_days`) unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2025-07-31")]
    pub proceeds_due_on: Option<NaiveDate>,
    /// The day from which it works.
    #[schema(example = "2025-07-01")]
    pub effective_on: NaiveDate,
    /// The term after which the right comes back; absent for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<PeriodInput>,
    /// The appraisal of what is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appraisal: Option<AppraisalRequest>,
    /// Who auctions what is given, where somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub auctioneer_id: Option<Id<kind::Party>>,
    /// What the giving collective decided.
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
    /// The trade on a property exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeRequest>,
    /// Source documents.
    #[serde(default)]
    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// The document by which a giving household consents, or by which the owner consents to what a lessee lets on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
    /// The document by which the owner agrees to what a lessee lets on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub sublease_consent_id: Option<Id<kind::Document>>,
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
        #[schema(min_items = 1, max_items = 500)]
        lots: Vec<LotRequest>,
        /// The appraised value of what comes back, where it was appraised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appraised_fen: Option<Fen>,
        /// The appraisal of what comes back. A value without one counts for nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appraisal: Option<AppraisalRequest>,
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
    #[schema(value_type = i64, format = Int64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 7_200_000)]
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
    pub platform: Name,
    /// The reference of the trade there.
    pub reference: TradeReference,
    /// The day of the trade.
    #[schema(example = "2025-06-20")]
    pub traded_on: NaiveDate,
    /// The confirmation of the exchange. Minutes, appraisals and consents show no trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub document_id: Option<Id<kind::Document>>,
}

impl ExchangeRequest {
    /// Whether it is the same trade as another: the same reference on the same exchange, however either is typed.
    pub fn is_same_trade(&self, other: &Self) -> bool {
        let typed = |text: &str| -> String {
            let text = text.nfkc().filter(|it| it.is_alphanumeric());
            text.flat_map(char::to_lowercase).collect()
        };
        let (one, another) = (typed(self.platform.as_str()), typed(other.platform.as_str()));
        let is_one_exchange = one.contains(&another) || another.contains(&one);
        is_one_exchange && typed(self.reference.as_str()) == typed(other.reference.as_str())
    }
}

impl TransferRequest {
    /// The appraisals of both sides, each with its field.
    pub fn appraisals(&self) -> impl Iterator<Item = (&'static str, &AppraisalRequest)> {
        let returned = match &self.consideration {
            ConsiderationRequest::Swap { appraisal, .. } => appraisal.as_ref(),
            _ => None,
        };
        let given = self.appraisal.as_ref().map(|it| ("/appraisal", it));
        given.into_iter().chain(returned.map(|it| ("/consideration/appraisal", it)))
    }

    /// The lots, those that come back in a swap behind those that are given.
    pub fn all_lots(&self) -> impl Iterator<Item = &LotRequest> {
        self.lots.iter().chain(match &self.consideration {
            ConsiderationRequest::Swap { lots, .. } => lots.as_slice(),
            _ => &[],
        })
    }

    /// The papers that show it: its source documents, and the confirmation of the exchange, each once.
    pub fn papers(&self) -> Vec<Id<kind::Document>> {
        let mut papers = self.documents.clone();
        let confirmation = self.exchange.as_ref().and_then(|it| it.document_id);
        papers.extend(confirmation.filter(|it| !self.documents.contains(it)));
        papers
    }

    /// Whether somebody auctions what is given, and no exchange.
    pub fn is_auctioned(&self) -> bool {
        let is_auction = self.way.is_none_or(|it| it == DealWay::Auction);
        is_auction && self.auctioneer_id.is_some() && self.exchange.is_none()
    }

    /// The days for which it moves the right.
    ///
    /// # Errors
    /// Days outside the calendar, and a term that does not begin with the transfer, each with its field.
    pub fn days(&self) -> Result<Period, Faults> {
        days_of_act(self.effective_on, self.term)
    }
}
