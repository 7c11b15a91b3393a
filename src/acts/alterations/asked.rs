//! What is asked of an alteration: as it comes in, and as it is kept with its case.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors};

use crate::{
    acts::{asked::RecordedLate, transfers::asked::DueRequest},
    cases::decision::{CollectiveDecisionInput, DecisionInput, Decisions},
    register::codes::{DisposalCause, DisposalPaper, DisposalWay, RightKind},
    values::{
        AlterationReason, Category, Faults, Fen, Id, Location, Name, Period, Quantity, Share, Specification,
        Unit,
        id::kind,
        period::{ClosedPeriodInput, PeriodInput, days_of_act},
    },
};

/// Declares the kinds of alterations, each with what all of them have in common.
macro_rules! alterations {
    ($($(#[$meta:meta])* $kind:ident { $($field:tt)* })+) => {
        /// What ends or renews a grant, or changes the asset under all rights.
        #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
        #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
        pub enum AlterationRequest {
            $(
                $(#[$meta])*
                $kind {
                    $($field)*
                    /// The day from which it works.
                    #[schema(example = "2025-07-01")]
                    effective_on: NaiveDate,
                    /// Why.
                    reason: AlterationReason,
                    /// Source documents.
                    #[schema(max_items = 100, value_type = Vec<uuid::Uuid>)]
                    documents: Vec<Id<kind::Document>>,
                    /// What the village decided.
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    decision: Option<DecisionInput>,
                    /// What each of several collectives decided, each with its `by_id`: one decision serves one collective.
                    #[serde(default, skip_serializing_if = "Vec::is_empty")]
                    #[schema(max_items = 500, value_type = Vec<CollectiveDecisionInput>)]
                    decisions: Vec<DecisionInput>,
                    /// Why it is entered long after its day, where it is.
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    recorded_late: Option<RecordedLate>,
                    /// The case that this asks for anew: of the same kind, and rejected or withdrawn. The new case shows what is asked
                    /// otherwise.
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    #[schema(value_type = Option<uuid::Uuid>)]
                    resubmits: Option<Id<kind::Case>>,
                    /// The document by which a household consents to what it loses.
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    #[schema(value_type = Option<uuid::Uuid>)]
                    owner_consent_id: Option<Id<kind::Document>>,
                    /// The documents by which holders of restrictions consent, by restriction.
                    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
                    #[schema(value_type = std::collections::HashMap<uuid::Uuid, uuid::Uuid>)]
                    restriction_consents: BTreeMap<Id<kind::Restriction>, Id<kind::Document>>,
                },
            )+
        }

        impl AlterationRequest {
            /// What all kinds have in common.
            pub const fn papers(&self) -> Papers<'_> {
                match self {
                    $(
                        Self::$kind {
                            effective_on, reason, documents, decision, decisions, recorded_late, resubmits,
                            owner_consent_id, restriction_consents, ..
                        } => Papers {
                            effective_on: *effective_on,
                            reason,
                            documents: documents.as_slice(),
                            decided: Decisions { one: decision.as_ref(), each: decisions.as_slice() },
                            recorded_late: recorded_late.as_ref(),
                            resubmits: *resubmits,
                            owner_consent_id: *owner_consent_id,
                            restriction_consents,
                        },
                    )+
                }
            }
        }
    };
}

alterations! {
    /// A grant ends before its term and goes back to whom it was granted by; what came through the holder's hands ends with
    /// it.
    Termination {
        /// The asset.
        #[schema(value_type = uuid::Uuid)]
        asset_id: Id<kind::Asset>,
        /// Which right was granted: management or income.
        right: RightKind,
        /// To whom it was granted.
        #[schema(value_type = uuid::Uuid)]
        holder_id: Id<kind::Party>,
        /// How much of the whole right ends; all that the holder was granted unless said. Of what came through the
        /// holder's hands the same part ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<Share>,
        /// The contract of the lease that ends, where several leases of the holder run in the asset; every grant of the holder ends
        /// unless said, and of a `share` each by the same part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<uuid::Uuid>)]
        contract_id: Option<Id<kind::Contract>>,
    }
    /// A grant is given to the same holder by the same givers for a further term, which begins on the day on which it ends.
    /// It is checked as a lease is.
    Renewal {
        /// The asset.
        #[schema(value_type = uuid::Uuid)]
        asset_id: Id<kind::Asset>,
        /// Which right was granted: management or income.
        right: RightKind,
        /// To whom it was granted.
        #[schema(value_type = uuid::Uuid)]
        holder_id: Id<kind::Party>,
        /// The further term; it begins on the day from which the renewal works.
        term: ClosedPeriodInput,
        /// What is paid for it; absent for nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(max_items = 1200)]
        schedule: Vec<DueRequest>,
    }
    /// An asset is divided into parts that have all its rights.
    Division {
        /// The asset.
        #[schema(value_type = uuid::Uuid)]
        asset_id: Id<kind::Asset>,
        /// The parts; what they cost sums to what the asset cost, and quantities of its unit to its quantity.
        #[schema(min_items = 2, max_items = 200)]
        parts: Vec<PartRequest>,
    }
    /// Assets that have the same rights are merged into one that has them.
    Merger {
        /// The assets; alike in class, region, day of acquisition, service life and residual rate.
        #[schema(min_items = 2, max_items = 200, value_type = Vec<uuid::Uuid>)]
        asset_ids: Vec<Id<kind::Asset>>,
        /// The name of what they become.
        name: Name,
        /// How much of it there is; the sum of theirs where the unit is the same.
        quantity: Quantity,
        /// In what unit.
        unit: Unit,
        /// What kind of thing it is; theirs unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<Category>,
        /// Where exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// What exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        specification: Option<Specification>,
    }
    /// An asset comes to an end, and every right in it; or it goes on as something else (`conversion`), or is not used for some time
    /// (`suspension`).
    Disposal {
        /// The asset.
        #[schema(value_type = uuid::Uuid)]
        asset_id: Id<kind::Asset>,
        /// Why.
        cause: DisposalCause,
        /// The technical report on it, or the proof of the disaster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<uuid::Uuid>)]
        technical_report_id: Option<Id<kind::Document>>,
        /// What comes of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proceeds_fen: Option<Fen>,
        /// In what way; the usual one for the cause unless said: a loss report after a disaster, a withdrawal at the end of an
        /// investment, a demolition, and else scrapping.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<DisposalWay>,
        /// The papers that show why it may be, each as what it is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(max_items = 20)]
        evidence: Vec<EvidenceRequest>,
        /// The new project that takes its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<uuid::Uuid>)]
        replaced_by_project_id: Option<Id<kind::Project>>,
        /// With a suspension: the first day on which it is used again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(example = "2026-01-01")]
        until: Option<NaiveDate>,
        /// With a conversion: what it goes on as; absent where only its use changes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        becomes: Option<ConvertedRequest>,
        /// Who pays what comes of it: the scrap dealer, the authority that compensates, the company that repays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<uuid::Uuid>)]
        payer_id: Option<Id<kind::Party>>,
        /// The day on which what comes of it falls due; by the policy (`proceeds_due_days`) unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(example = "2025-07-31")]
        proceeds_due_on: Option<NaiveDate>,
    }
    /// A disposal is undone: it was recorded wrongly, or the asset was found again.
    Restoration {
        /// The asset.
        #[schema(value_type = uuid::Uuid)]
        asset_id: Id<kind::Asset>,
    }
}

/// What all kinds of alterations have in common.
#[derive(Debug, Clone, Copy)]
pub struct Papers<'a> {
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: &'a AlterationReason,
    /// Source documents.
    pub documents: &'a [Id<kind::Document>],
    /// What the villages decided.
    pub decided: Decisions<'a>,
    /// Why it is entered long after its day, where it is.
    pub recorded_late: Option<&'a RecordedLate>,
    /// The case that this asks for anew.
    pub resubmits: Option<Id<kind::Case>>,
    /// The document by which a household consents to what it loses.
    pub owner_consent_id: Option<Id<kind::Document>>,
    /// The documents by which holders of restrictions consent, by restriction.
    pub restriction_consents: &'a BTreeMap<Id<kind::Restriction>, Id<kind::Document>>,
}

impl AlterationRequest {
    /// The assets that it is about, in the order in which they are named.
    pub fn asset_ids(&self) -> Vec<Id<kind::Asset>> {
        match self {
            Self::Merger { asset_ids, .. } => asset_ids.clone(),
            Self::Termination { asset_id, .. }
            | Self::Renewal { asset_id, .. }
            | Self::Division { asset_id, .. }
            | Self::Disposal { asset_id, .. }
            | Self::Restoration { asset_id, .. } => vec![*asset_id],
        }
    }

    /// The days for which it works: the term of a renewal, for any other kind from its day on.
    ///
    /// # Errors
    /// Days outside the calendar, and a term that does not begin with the renewal, each with its field.
    pub fn days(&self) -> Result<Period, Faults> {
        let term = match self {
            Self::Renewal { term, .. } => Some(PeriodInput { from: term.from, to: Some(term.to) }),
            _ => None,
        };
        days_of_act(self.papers().effective_on, term)
    }
}

impl Validate for AlterationRequest {
    /// The schema says what each field may be; what fields mean together is checked where the facts are loaded.
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

/// A paper that shows why an asset may be disposed of.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRequest {
    /// What it is.
    pub kind: DisposalPaper,
    /// The document.
    #[schema(value_type = uuid::Uuid)]
    pub document_id: Id<kind::Document>,
}

/// What an asset goes on as. What is absent stays as it is; what it is for, its class, stays in any case.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct ConvertedRequest {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// What exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<Specification>,
}

/// A part that an asset is divided into. It has the asset's class, region, project, day of acquisition, service life and
/// residual rate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRequest {
    /// Its name.
    pub name: Name,
    /// How much of it there is.
    pub quantity: Quantity,
    /// In what unit.
    pub unit: Unit,
    /// What of the asset's cost falls to it.
    pub original_value_fen: Fen,
    /// What kind of thing it is; that of the asset unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Where exactly; as the asset unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<Specification>,
}
