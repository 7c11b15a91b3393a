//! What maintenance knows.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    journal::Known,
    values::{Days, Duties, Fen, Id, RegionCode, Validity, closed_enum, id::kind},
};

closed_enum! {
    /// In which way an asset is kept in repair (国办函〔2021〕51号).
    pub enum Mode {
        /// By the owner itself (自主管理).
        SelfManaged = "self_managed",
        /// By a share cooperation (股份合作).
        JointStock = "joint_stock",
        /// By somebody entrusted with it (业务托管).
        Entrusted = "entrusted",
    }
}

/// An assignment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAssignment {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Who answers for its upkeep.
    pub responsible_id: Id<kind::Party>,
    /// In which way.
    pub mode: Mode,
    /// From when until when.
    pub period: Validity,
    /// What there is to do.
    pub duties: Duties,
    /// How often it is inspected, in days.
    pub inspect_every_days: Days,
    /// What may be spent in a year.
    pub budget: Option<Fen>,
}

/// An assignment.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The identifier.
    pub id: Id<kind::Assignment>,
    /// What was assigned.
    pub assigned: NewAssignment,
    /// The version of this record.
    pub version: i64,
}

/// Which assignments are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Only assignments of this asset.
    pub asset_id: Option<Id<kind::Asset>>,
    /// Only assignments that hold on this day.
    pub as_of: Option<NaiveDate>,
    /// As far as is known.
    pub known: Known,
    /// Only assignments after this one.
    pub after: Option<Id<kind::Assignment>>,
}

/// Which gaps are wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedGaps {
    /// The day on which nobody answers.
    pub on: NaiveDate,
    /// As far as is known.
    pub known: Known,
    /// The instant that this is as of; none where it is now.
    pub known_at: Option<DateTime<Utc>>,
    /// Only gaps after this one, by region and then by asset.
    pub after: Option<(RegionCode, Id<kind::Asset>)>,
}

/// A public-welfare asset that nobody answers for.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// Its name.
    pub asset_name: String,
    /// Where it is.
    pub region_code: RegionCode,
    /// Since when nobody does: the day on which the last assignment ended, or the asset came.
    pub since: NaiveDate,
    /// By when somebody must, by the policy of the region; none where the calendar ends.
    pub due_on: Option<NaiveDate>,
    /// Whether that day was over on the day that was asked about.
    pub is_overdue: bool,
}
