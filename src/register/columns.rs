//! How the closed lists of the register are stored: as their codes.

use crate::{
    register::{
        codes::{AssetClass, PartyKind, RelationKind, RestrictionKind, RightKind, Sector},
        identifiers::IdentifierScheme,
        projects::FundingSource,
    },
    storage::sql::stored_as_text,
    values::RegionLevel,
};

stored_as_text!(RegionLevel, PartyKind, Sector, RelationKind, AssetClass, RightKind, RestrictionKind);
stored_as_text!(IdentifierScheme, FundingSource);
