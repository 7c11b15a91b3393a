//! What is asked of an amendment: as it comes in, and as it is kept with its case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    acts::transfers::asked::DueRequest,
    cases::decision::{CollectiveDecisionInput, DecisionInput},
    money::contracts::CorrectedContract,
    register::{
        assets::{ChangedDetails, CorrectedAsset},
        codes::AssetClass,
        projects::{CorrectedProject, FundingOfProject},
    },
    values::{
        BasisPoints, Category, Change, CorrectionReason, Fault, Faults, Fen, Id, Location, Months, Name,
        ProjectCode, ProjectYear, Quantity, Reason, RegionCode, Specification, Unit, id::kind,
        period::PeriodInput,
    },
};

/// What should have been recorded of an asset; absent fields were recorded rightly.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct AssetCorrection {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub class: Option<AssetClass>,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category: Option<Category>,
    /// Where it is: a village or a township.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// The project that made it; null where none did.
    #[serde(default, skip_serializing_if = "Change::keeps")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub project_id: Change<Id<kind::Project>>,
    /// How much of it there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quantity: Option<Quantity>,
    /// In what unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit: Option<Unit>,
    /// What it cost, in fen: 1 万元 are 1 000 000 fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub original_value_fen: Option<Fen>,
    /// The day from which it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2021-07-01")]
    pub acquired_on: Option<NaiveDate>,
    /// How long it serves, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_life_months: Option<Months>,
    /// What part of its cost is left in the end, in basis points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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

/// What should have been recorded of a project; absent fields were recorded rightly.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct ProjectCorrection {
    /// Its code in the project library; unique in the register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ProjectCode>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The year of its funds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<ProjectYear>,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<RegionCode>,
    /// Its money, all of it, line by line: 1 万元 are 1 000 000 fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 100)]
    pub funding: Option<Vec<FundingOfProject>>,
}

impl From<&ProjectCorrection> for CorrectedProject {
    fn from(it: &ProjectCorrection) -> Self {
        Self {
            code: it.code.clone(),
            name: it.name.clone(),
            year: it.year,
            region_code: it.region_code,
            funding: it.funding.clone(),
        }
    }
}

/// What is wrong with the record of a project: some of it, or that it is there at all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectAmendment {
    /// The project.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Project>,
    /// What should have been recorded; absent where the record is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<ProjectCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and made nothing.
    #[serde(default)]
    #[schema(default = false)]
    pub void: bool,
}

/// What should have been recorded of a contract; absent fields were recorded rightly. Of the contract of a lease that went
/// through a case only the schedule is its own: the rest is what the village decided, and is put right with the rights. Of one
/// asset, who rents is put right here with the right under it, and of a lease that stood when its asset was registered for how
/// long as well. What was owed is owed by the right lessee from then on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct ContractCorrection {
    /// What is let, all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 200, value_type = Option<Vec<uuid::Uuid>>)]
    pub asset_ids: Option<Vec<Id<kind::Asset>>>,
    /// Who lets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub lessor_id: Option<Id<kind::Party>>,
    /// Who rents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub lessee_id: Option<Id<kind::Party>>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<PeriodInput>,
    /// What falls due, and when, all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 1200)]
    pub schedule: Option<Vec<DueRequest>>,
}

impl ContractCorrection {
    /// What should have been recorded. `at` points to it.
    ///
    /// # Errors
    /// A term that ends before it begins, or lies outside the calendar.
    pub(super) fn parse(&self, at: &str) -> Result<CorrectedContract, Faults> {
        let term = self.term.map(|it| it.parse(&format!("{at}/term"))).transpose()?;
        let dues = self.schedule.as_ref();
        Ok(CorrectedContract {
            lessor_id: self.lessor_id,
            lessee_id: self.lessee_id,
            asset_ids: self.asset_ids.clone(),
            term,
            dues: dues.map(|it| it.iter().map(|due| (due.due_on, due.amount_fen)).collect()),
        })
    }
}

/// What is wrong with the record of a contract: some of it, or that it is there at all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractAmendment {
    /// The contract.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Contract>,
    /// What should have been recorded; absent where the record is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<ContractCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and nothing falls due under it.
    #[serde(default)]
    #[schema(default = false)]
    pub void: bool,
}

/// An amendment: what was recorded wrongly is corrected, or is void, although something rests on it already. It is about an
/// asset, a project or a contract, just one of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendmentRequest {
    /// The asset that was recorded wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetAmendment>,
    /// The project that was recorded wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectAmendment>,
    /// The contract that was recorded wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractAmendment>,
    /// The version of the record that is put right. The case keeps the one that it was drafted on: if the record says something
    /// else by then, the case goes no further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 1)]
    pub version: Option<i64>,
    /// What was wrong. It goes to the journal, so it must name nobody.
    pub reason: CorrectionReason,
    /// The papers that show it, at least one.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<uuid::Uuid>)]
    pub documents: Vec<Id<kind::Document>>,
    /// What the village decided; asked for where rights in an asset are void with it, and where less would fall due under a
    /// contract, or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
    pub decisions: Vec<DecisionInput>,
    /// The document by which a household consents to what it loses where an asset is void, and to
    /// its asset being one of another class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub owner_consent_id: Option<Id<kind::Document>>,
    /// The case that this asks for anew: of the same kind, and rejected or withdrawn. The new case shows what is asked otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resubmits: Option<Id<kind::Case>>,
}

/// What an amendment is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    Asset(&'a AssetAmendment),
    Project(&'a ProjectAmendment),
    Contract(&'a ContractAmendment),
}

impl AmendmentRequest {
    /// The one thing that it is about.
    ///
    /// # Errors
    /// It is about nothing, or about more than one thing.
    pub(super) fn about(&self) -> Result<About<'_>, Faults> {
        let all = [
            self.asset.as_ref().map(|it| ("/asset", About::Asset(it))),
            self.project.as_ref().map(|it| ("/project", About::Project(it))),
            self.contract.as_ref().map(|it| ("/contract", About::Contract(it))),
        ];
        let mut all = all.into_iter().flatten();
        let (first, about) = all.next().ok_or_else(|| Faults::one("/asset", Reason::Required))?;
        let contradicts = |(at, _)| Fault::at(at, Reason::Contradicts { other: first.to_owned() });
        Faults::none_of(all.map(contradicts).collect())?;
        Ok(about)
    }
}
