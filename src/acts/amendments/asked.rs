//! What is asked of an amendment: as it comes in, and as it is kept with its case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    cases::decision::{DecisionInput, Decisions},
    register::{
        assets::{ChangedDetails, CorrectedAsset},
        codes::AssetClass,
    },
    values::{
        BasisPoints, Category, Change, CorrectionReason, Fen, Id, Location, Months, Name, Quantity,
        RegionCode, Specification, Unit, id::kind,
    },
};

/// What should have been recorded of an asset; absent fields were recorded rightly.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct AssetCorrection {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<AssetClass>,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Where it is: a village or a township.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<RegionCode>,
    /// The project that made it; null where none did.
    #[serde(default, skip_serializing_if = "Change::keeps")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub project_id: Change<Id<kind::Project>>,
    /// How much of it there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// In what unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// What it cost, in fen: 1 万元 are 1 000 000 fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_value_fen: Option<Fen>,
    /// The day from which it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2021-07-01")]
    pub acquired_on: Option<NaiveDate>,
    /// How long it serves, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_life_months: Option<Months>,
    /// What part of its cost is left in the end, in basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_rate_bp: Option<BasisPoints>,
    /// Where exactly; null where that is not known.
    #[serde(default, skip_serializing_if = "Change::keeps")]
    #[schema(value_type = Option<Location>)]
    pub location: Change<Location>,
    /// What exactly; null where there is nothing to say.
    #[serde(default, skip_serializing_if = "Change::keeps")]
    #[schema(value_type = Option<Specification>)]
    pub specification: Change<Specification>,
}

impl From<&AssetCorrection> for CorrectedAsset {
    fn from(it: &AssetCorrection) -> Self {
        Self {
            name: it.name.clone(),
            class: it.class,
            category: it.category.clone(),
            region_code: it.region_code,
            project_id: it.project_id,
            quantity: it.quantity.clone(),
            unit: it.unit.clone(),
            original_value: it.original_value_fen,
            acquired_on: it.acquired_on,
            service_life_months: it.service_life_months,
            residual_rate_bp: it.residual_rate_bp,
            details: ChangedDetails {
                location: it.location.clone(),
                specification: it.specification.clone(),
            },
        }
    }
}

/// What is wrong with the record of an asset: some of it, or that it is there at all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetAmendment {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Asset>,
    /// What should have been recorded; absent where the record is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<AssetCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and counts on no day.
    #[serde(default)]
    #[schema(default = false)]
    pub void: bool,
}

/// An amendment: what was recorded wrongly is corrected, or is void, although something rests on it already.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendmentRequest {
    /// The asset that was recorded wrongly.
    pub asset: AssetAmendment,
    /// What was wrong. It goes to the journal, so it must name nobody.
    pub reason: CorrectionReason,
    /// The papers that show it, at least one.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the village decided; asked for where rights in an asset are void with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub decisions: Vec<DecisionInput>,
    /// The document by which a household consents to what it loses where an asset is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
}

impl AmendmentRequest {
    /// What the villages decided.
    pub fn decided(&self) -> Decisions<'_> {
        Decisions { one: self.decision.as_ref(), each: &self.decisions }
    }
}
