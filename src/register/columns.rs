//! How the closed lists of the register are stored: as their codes.

use crate::{
    register::{
        assets::AssetStatus,
        codes::{
            AssetClass, OfficerPost, PartyKind, RecordStatus, RelationKind, RestrictionKind, RightKind,
            Sector,
        },
        parties::identifiers::IdentifierScheme,
        projects::FundingSource,
    },
    storage::sql::stored_as_text,
    values::RegionLevel,
};

stored_as_text!(
    RegionLevel,
    PartyKind,
    Sector,
    RelationKind,
    OfficerPost,
    AssetClass,
    AssetStatus,
    RightKind,
    RestrictionKind,
    IdentifierScheme,
    FundingSource,
    RecordStatus,
);
